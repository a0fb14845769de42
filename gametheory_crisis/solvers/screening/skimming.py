"""Whether more willing types give in earlier, whatever is offered later: single crossing.

A deal on one day is compared with all that may come instead: deals on later days, a breakdown,
expiry. If what a deal gains over waiting grows with the type on every day and at every offer, then
in every equilibrium the types left after a refusal are those below some position (Fudenberg,
Levine and Tirole 1985).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.solvers.screening.daily_numbers import DailyNumbers
from gametheory_crisis.solvers.screening.subgame import Prospect

Floats = NDArray[np.float64]

ROUNDING = 1e-12
"""A fall of this share of the largest step is none."""


def check_skimming(game: ScreeningGame, numbers: DailyNumbers) -> bool:
    """See that more willing types have more to gain from a deal, on every day.

    Returns
    -------
    bool
        Whether they have so strictly on all days but the last. Where they have not, types who would
        sign anyway may be indifferent between days.

    Raises
    ------
    UnsupportedGame
        They have not; the message says on which day and where in the order of types.
    """
    margins, scale = _margins(numbers)
    bad = margins < -ROUNDING * scale
    if not np.any(bad):
        return bool(np.all(margins[:-1] > ROUNDING * scale))
    day, step = (int(k) for k in np.argwhere(bad)[-1])
    types = numbers.types
    if types.names:
        where = f"between the types {types.names[step]} and {types.names[step + 1]}"
    else:
        (name,) = types.numbers
        where = f"with '{name}'"
    informed = game.stage.players[numbers.informed]
    raise UnsupportedGame(
        f"single crossing fails: on day {day} what {informed} gains from a deal over waiting does "
        f"not change in one direction {where}; give the offer a grid (grid: 21)"
    )


def order_of_types(numbers: DailyNumbers) -> list[int]:
    """The types, or the ends of a continuum, from the most resistant to the most willing.

    By what a deal on the last day gains over expiry, at the middle of the range of offers; where
    that is the same, by the day before, and so on.
    """
    r = numbers.informed
    middle = numbers.limits.mean(axis=1)
    corners = np.array([0.0, 1.0]) if not numbers.types.names else np.zeros(1)

    def at(pairs: Floats) -> Floats:
        """Values of types, the last axis."""
        values = pairs[..., 0][..., None] + pairs[..., 1][..., None] * corners
        return np.asarray(values.reshape(*values.shape[:-2], -1))

    expiry = numbers.expiry[-1].prospect
    later = at(expiry.payoffs[r][_rows(numbers, expiry.knots)])
    waiting, factor = at(numbers.waiting[r]), numbers.discount[r]
    deals = at(numbers.deal[r]) + at(numbers.slope[r]) * middle[:, None]
    outside = np.empty_like(deals)
    for t in range(numbers.days - 1, -1, -1):
        h, broken = numbers.hazard[t], numbers.broken[t]
        later = factor * (1 - h) * later + waiting[t]
        if broken is not None:
            later = later + factor * h * at(broken.payoffs[r][_rows(numbers, broken.knots)])
        outside[t] = later
    return [int(k) for k in np.lexsort(np.round(deals - outside, 12))]


def _rows(numbers: DailyNumbers, knots: Floats) -> NDArray[np.int64]:
    """For each of the types' segments a segment of ``knots`` inside it."""
    inside = 0.5 * (numbers.types.knots[:-1] + numbers.types.knots[1:])
    return np.searchsorted(knots, inside) - 1


def _margins(numbers: DailyNumbers) -> tuple[Floats, float]:
    """By how much more a deal gains over waiting from one type to the next, at least.

    Returns
    -------
    float64 (days, steps), and the size of the steps; a continuum is one step
    """
    r = numbers.informed
    ends = np.stack(
        [
            _steps(numbers, numbers.deal[r]) + _steps(numbers, numbers.slope[r]) * limit[:, None]
            for limit in numbers.limits.T
        ]
    )
    least, most = ends.min(axis=0), ends.max(axis=0)
    later = np.max([_prospect_steps(numbers, s.prospect) for s in numbers.expiry], axis=0)
    margins = np.empty_like(least)
    waiting = _steps(numbers, numbers.waiting[r])
    for t in range(numbers.days - 1, -1, -1):
        h, factor = numbers.hazard[t], numbers.discount[r]
        wait = waiting[t] + factor * (1 - h) * later
        broken = numbers.broken[t]
        if broken is not None:
            wait = wait + factor * h * _prospect_steps(numbers, broken)
        margins[t] = least[t] - wait
        later = np.maximum(most[t], wait)
    scale = float(max(np.max(np.abs(ends), initial=0.0), np.max(np.abs(margins), initial=0.0)))
    return margins, scale


def _steps(numbers: DailyNumbers, pairs: Floats) -> Floats:
    """What a quantity grows by from type to type, or over a continuum; the last axis."""
    if numbers.types.names:
        return np.diff(pairs[..., 0], axis=-1)
    return np.asarray(pairs[..., 1])


def _prospect_steps(numbers: DailyNumbers, prospect: Prospect) -> Floats:
    """The largest growth from type to type while the choices below stay the same."""
    payoffs = prospect.payoffs[numbers.informed]
    if numbers.types.names:
        return np.diff(payoffs[:, 0])
    return np.array([payoffs[:, 1].max()])
