"""Daily offers to an informed player against the clock: perfect Bayesian equilibrium in cutoffs.

Source of the recursion: Sobel and Takahashi (1983); Fudenberg, Levine and Tirole (1985).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import SolverError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.games.screening_rules import DayRules, PiecewiseRule, ScreeningRules
from gametheory_crisis.kernels import screening as kernel
from gametheory_crisis.solvers.screening.chebyshev import (
    chebyshev_points,
    coefficients,
    fitted,
)
from gametheory_crisis.solvers.screening.daily_numbers import DailyNumbers, daily_numbers
from gametheory_crisis.solvers.screening.skimming import check_skimming, order_of_types
from gametheory_crisis.solvers.screening.types import Types, continuum, finite, in_order, prior

Floats = NDArray[np.float64]

FEW_POINTS = 4
"""Points per piece where all functions are quadratic at most."""
MANY_POINTS = 20
SAME = 1e-12
"""Jumps of this share are rounding where all functions are quadratic."""
CLOSE = 1000.0
"""Elsewhere jumps smaller than this many tolerances are."""
TOLERANCE = 1e-10
"""Default of the largest error on one day."""


@dataclass(frozen=True)
class DailySolution:
    """The equilibrium of daily offers, as rules for every day.

    Attributes
    ----------
    numbers : what was solved
    rules : both sides' strategies, on and off the path
    error : estimate of the largest error of values
    exact : whether all functions are quadratic at most, so that nothing but rounding is lost
    strict : whether more willing types give in earlier in every equilibrium; see `check_skimming`
    """

    numbers: DailyNumbers
    rules: ScreeningRules
    error: float
    exact: bool
    strict: bool


def solve_daily(
    game: ScreeningGame, point: Mapping[str, Number], days: int, tolerance: float | None = None
) -> DailySolution:
    """The equilibrium at a point.

    Parameters
    ----------
    days : before the deadline
    tolerance : largest error of offers and values on one day, in units of both; `TOLERANCE` if None

    Raises
    ------
    ParameterError
        There is no game at the point.
    UnsupportedGame
        Types are not skimmed, or payoffs are of a kind that is not solved; the message says where.
    SolverError
        More pieces than can be kept.
    """
    types, numbers = _ordered(game, point, days)
    strict = check_skimming(game, numbers)
    daily, known = numbers.kernel(), prior(types)
    number = FEW_POINTS if types.even and not np.any(daily.slope[..., 1]) else MANY_POINTS
    tolerance = TOLERANCE if tolerance is None else tolerance
    ends, final = _at_expiry(numbers, known.kinks, number, tolerance)
    close = SAME if number == FEW_POINTS else CLOSE * tolerance
    status, day, position, error, sizes, pool, values = kernel.solve_days(
        chebyshev_points(number), known, daily, ends, list(final), tolerance, close
    )
    if status != kernel.SOLVED:
        _fail(status, int(day), float(position), types)
    # The smallest error that float64 arithmetic allows grows with the number of days.
    error = float(error) + days * float(np.finfo(float).eps)
    rules = ScreeningRules(
        days=_rules(sizes, pool, values),
        ascending=types.ascending,
        **_support(types),
        names=types.names,
        shares=tuple(float(share) for share in types.knots[1:]) if types.names else (),
        error=error,
    )
    return DailySolution(numbers, rules, error, number == FEW_POINTS, strict)


def _ordered(
    game: ScreeningGame, point: Mapping[str, Number], days: int
) -> tuple[Types, DailyNumbers]:
    """The types in the order in which they give in, and all numbers."""
    if game.continuum is not None:
        types = continuum(game, point, ascending=True)
        numbers = daily_numbers(game, point, types, days)
        if order_of_types(numbers)[0] == 0:
            return types, numbers
        types = continuum(game, point, ascending=False)
        return types, daily_numbers(game, point, types, days)
    assert game.types is not None
    shares, private = finite(game, point)
    types = in_order(game.types.names, shares, private, range(len(shares)))
    order = order_of_types(daily_numbers(game, point, types, days))
    types = in_order(game.types.names, shares, private, [types.order[k] for k in order])
    return types, daily_numbers(game, point, types, days)


def _support(types: Types) -> dict[str, float]:
    if types.distribution is None:
        return {}
    return {"low": types.distribution.low, "high": types.distribution.high}


def _at_expiry(
    numbers: DailyNumbers, kinks: Floats, points: int, tolerance: float
) -> tuple[Floats, Floats]:
    """At expiry by state: the most willing type's payoff, the proposer's and its marginal one.

    Returns
    -------
    ends : float64 (pieces + 1,)
    values : float64 (3, pieces, points)
    """
    types = numbers.types
    all_ends, all_values, low = [np.zeros(1)], [], 0.0
    for stretch in numbers.expiry:
        if stretch.upto <= low:
            # A tie at the very end of the states leaves no stretch to one of the choices.
            continue
        knots, payoffs = stretch.prospect.knots, stretch.prospect.payoffs
        breaks = np.unique(np.concatenate([knots, kinks]))
        inner = [float(b) for b in breaks if low < b < stretch.upto]
        for a, b in zip([low, *inner], [*inner, stretch.upto], strict=True):
            j = int(np.searchsorted(knots, 0.5 * (a + b))) - 1
            informed, proposer = payoffs[numbers.informed, j], payoffs[numbers.proposer]

            def values(
                s: Floats,
                informed: Floats = informed,
                proposer: Floats = proposer,
                j: int = j,
                knots: Floats = knots,
            ) -> list[Floats]:
                rate = proposer[j, 0] + proposer[j, 1] * s
                worth = types.gathered(knots, proposer, j, s)
                return [informed[0] + informed[1] * s, worth, rate]

            pieces, fit = fitted(values, [a, b], points, 0.1 * tolerance)
            all_ends.append(pieces[1:])
            all_values.append(fit)
        low = stretch.upto
    return np.concatenate(all_ends), np.ascontiguousarray(np.concatenate(all_values, axis=1))


def _rules(sizes: NDArray[np.int64], ends: Floats, values: Floats) -> tuple[DayRules, ...]:
    """The kernel's pools, which begin with the last day, as one entry per day."""
    coefs = coefficients(values)
    found: list[DayRules] = []
    at_end = at_value = 0
    for reserved, made in sizes[::-1]:
        first = ends[at_end : at_end + reserved + 1]
        second = ends[at_end + reserved + 1 : at_end + reserved + made + 2]
        at_end += reserved + made + 2
        rows = np.split(
            coefs[at_value : at_value + reserved + 2 * made], [reserved, reserved + made]
        )
        at_value += reserved + 2 * made
        found.append(
            DayRules(
                PiecewiseRule(first, rows[0]),
                PiecewiseRule(second, rows[1]),
                PiecewiseRule(second, rows[2]),
            )
        )
    return tuple(found[::-1])


def _fail(status: int, day: int, position: float, types: Types) -> None:
    if status == kernel.NOT_MONOTONE:
        name = types.names[0] if types.names else ""
        if not types.names:
            (private,) = types.numbers
            name = f"{private} = {float(types.number(np.array([position]))[0]):.6g}"
        raise UnsupportedGame(
            f"types do not give in one after the other: on day {day}, near {name}, a more willing "
            "type would ask for a better offer than a more resistant one"
        )
    if status == kernel.TOO_MANY_PIECES:
        raise SolverError(
            f"more than {kernel.MAX_PIECES:,} pieces on day {day}; allow a larger --tolerance"
        )
    raise SolverError(f"values are not finite on day {day}")
