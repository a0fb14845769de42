"""How far a point is from another regime: by one parameter alone, and by all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gametheory_crisis.analysis.arguments import point_values, whole_number
from gametheory_crisis.analysis.flip.alone import (
    MOST_CHANGES,
    Line,
    changes_of,
    explore,
    plain_stretches,
)
from gametheory_crisis.analysis.flip.field import Effort, Ends, Field, Floats
from gametheory_crisis.analysis.flip.jointly import boundary, nearest_flip
from gametheory_crisis.analysis.flip.results import Crossing, Flips, Margin, Nearest, Stretch

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.solvers.spreading import Progress


def flip(
    model: Model,
    values: Mapping[str, Any] | None = None,
    /,
    *,
    over: Mapping[str, Ends] | Sequence[str] | None = None,
    seed: int | None = 0,
    select: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    **parameters: Any,
) -> Flips:
    """The nearest points at which the regime changes.

    >>> import gametheory_crisis as gtc
    >>> found = gtc.flip(gtc.load("sixty_day_ultimatum"), c_iran=0.3)
    >>> found.regime, found.nearest.name, str(found.nearest.nearest.becomes)
    ('deal', 'face', 'strike')

    A flip is a point whose first equilibrium has another regime than that of the base point, or at
    which the set of the regimes of all equilibria is another one. Points that are unsolved are no
    flips; crossings into them are listed for what they are. A tie on the boundary between two
    regimes belongs to neither.

    Each parameter alone is scanned over its range, more densely about the base point, the ends and
    every crossing found, and crossings are closed in on by bisection. Of the models that are solved
    in blocks all stretches wider than 1/4096 of the range are found, and thinner ones whose
    distance from the base point, from an end or from another crossing is no more than their width;
    their places are known to the last bit that the game's own ties allow. Slower models are scanned
    more coarsely, and placed to 1e-9; a note says so. The nearest point jointly is the best found
    by rays in thousands of directions and a descent along the boundary from the nearest of them: an
    upper bound of the distance, never more than that of one parameter alone.

    Parameters
    ----------
    values, **parameters : the base point; see `Model.point`; the mapping serves where a parameter
        is called as an option is
    over : the parameters that vary: names, or names with two ends; default all that have a range
    seed : of the directions; the same seed gives the same result
    select : rule that picks the equilibrium that counts as the first; see `run_sweep`
    threads : default: all that the process may use; the result does not depend on it
    progress : called now and then with the points solved, and with how many they will be when the
        batch at hand is done

    Raises
    ------
    ParameterError
        No such point, it lies outside of what varies, or nothing varies.
    UnsupportedGame
        No engine solves the model, or the rule does not apply to it.
    """
    if seed is not None:
        seed = whole_number("seed", seed, 0)
    base = point_values(values) | parameters
    field = Field(model, base, over, select, threads, progress)
    lines = [_axis(field, k) for k in range(len(field.names))]
    explore(field, lines)
    alone = tuple(_margin(field, k, line) for k, line in enumerate(lines))
    jointly = _jointly(field, alone, seed)
    return Flips(
        model=model.name,
        parameters=field.point,
        place=field.place(field.code),
        alone=alone,
        jointly=jointly,
        points=field.solved,
        regimes=model.regimes,
        select=select,
        notes=tuple(_notes(field, lines, alone)),
    )


def _axis(field: Field, k: int) -> Line:
    """The line along one parameter through the base point, in the parameter's own values."""

    def points(at: Floats) -> Floats:
        rows = np.tile(field.base, (len(at), 1))
        rows[:, k] = at
        return rows

    low, high, base = (float(array[k]) for array in (field.low, field.high, field.base))
    return Line(low, high, base, points, bool(field.whole[k]))


def _margin(field: Field, k: int, line: Line) -> Margin:
    crossings = [
        Crossing(
            value=change.at,
            change=change.at - line.base,
            share=(change.at - line.base) / float(field.width[k]),
            before=field.place(change.before),
            becomes=field.place(change.after),
            beyond=change.beyond,
            flips=change.after >= 0 and change.after != field.code,
        )
        for change in changes_of(line)
    ]
    crossings.sort(key=lambda crossing: abs(crossing.change))
    return Margin(
        name=field.names[k],
        value=line.base,
        low=line.low,
        high=line.high,
        integer=line.whole,
        crossings=tuple(crossings),
        stretches=tuple(
            Stretch(stretch.first, stretch.last, field.place(stretch.code))
            for stretch in plain_stretches(line)
        ),
    )


def _jointly(field: Field, alone: Sequence[Margin], seed: int | None) -> Nearest | None:
    """The nearest flip of all parameters together."""
    flips = [(k, m.nearest) for k, m in enumerate(alone) if m.nearest is not None]
    known = np.zeros((len(flips), len(alone)))
    for row, (k, crossing) in enumerate(flips):
        known[row, k] = (crossing.beyond - alone[k].value) / field.width[k]
    single = min(flips, key=lambda pair: abs(pair[1].share), default=None)
    found = nearest_flip(field, known, seed) if len(alone) > 1 else None
    change = None if found is None else boundary(field, found)
    if found is not None and change is not None:
        whole = np.where(field.whole, found, 0.0)
        scaled, beyond = (
            field.scaled(field.at((whole + at * (found - whole))[None, :]))[0]
            for at in (change.at, change.beyond)
        )
        distance = float(np.linalg.norm(scaled))
        if single is None or distance < abs(single[1].share):
            return _nearest(field, scaled, beyond, change.after)
    if single is None:
        return None
    return _single(field, *single)


def _nearest(field: Field, scaled: Floats, beyond: Floats, code: int) -> Nearest:
    """A scaled boundary point, and one beyond it, by name."""

    def named(numbers: Floats) -> dict[str, float]:
        return dict(zip(field.names, numbers.tolist(), strict=True))

    return Nearest(
        distance=float(np.linalg.norm(scaled)),
        point=named(field.at(scaled[None, :])[0]),
        shares=named(scaled),
        becomes=field.place(code),
        beyond=named(field.at(beyond[None, :])[0]),
    )


def _single(field: Field, k: int, crossing: Crossing) -> Nearest:
    """The flip of one parameter, as a point of all."""
    start = dict(zip(field.names, field.base.tolist(), strict=True))
    name = field.names[k]
    return Nearest(
        distance=abs(crossing.share),
        point=start | {name: crossing.value},
        shares=dict.fromkeys(field.names, 0.0) | {name: crossing.share},
        becomes=crossing.becomes,
        beyond=start | {name: crossing.beyond},
    )


def _notes(field: Field, lines: Sequence[Line], alone: Sequence[Margin]) -> list[str]:
    """What should be known of the base point and of the search."""
    notes, place = [], field.place(field.code)
    if not place.solved:
        notes.append(
            f"the base point itself is {place}: what counts as a flip is any point with a regime"
        )
    elif any(m.nearest is not None and m.nearest.change == 0.0 for m in alone):
        notes.append(f"the base point lies on a boundary: {', '.join(place.regimes)} meet there")
    elif len(place.regimes) > 1:
        notes.append(
            f"the base point has equilibria of several regimes: {', '.join(place.regimes)}; "
            "a flip changes this set, or which of them is listed first"
        )
    for margin, line in zip(alone, lines, strict=True):
        if len(line.changes()) > MOST_CHANGES:
            notes.append(f"{margin.name} changes the regime so often that not all places are exact")
    return [*notes, _guarantee(field.effort)]


def _guarantee(effort: Effort) -> str:
    """What the scan of one parameter cannot have missed."""
    near = "near the point itself, an end or a crossing" if effort.thorough else "near the point"
    return (
        f"alone, stretches wider than 1/{effort.scan} of a range are found, and thinner ones "
        f"{near}; together, it is the nearest point found, and no proof that none is nearer"
    )
