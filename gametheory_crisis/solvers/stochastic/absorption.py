"""How play ends from each target of a component on, while its choices stay as they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.solvers.stochastic.day_operator import Day, DayOperator, Point
from gametheory_crisis.solvers.values import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEVER_ENDS = -(1 << 40)
"""Stands among the outcomes for play that never ends; smaller than the name of any dawn."""


def ends_of_play(operator: DayOperator, point: Point, day: Day) -> list[Value] | None:
    """The value of each target with its outcomes and the expected days until the end.

    Both follow from one linear system: between two dawns play ends, or stands at a target again.
    None where the choices of the day do not repeat themselves at the point.
    """
    import numpy as np

    targets = operator.component.targets
    start = Point(point.payoffs, (0.0,) * len(targets))
    step = operator(start, day.decided, bound=True)
    if step.choices != day.choices:
        return None
    rows = [step.values[target].outcomes for target in targets]
    moves = np.array([[float(row.get(~k, 0)) for k in range(len(targets))] for row in rows])
    ends = sorted({outcome for row in rows for outcome in row if not _is_dawn(outcome)})
    right = [[float(row.get(outcome, 0)) for outcome in ends] for row in rows]
    leaving = _may_end(moves, np.array(right).reshape(len(targets), -1))
    chances = _chances(moves, right, ends, leaving)
    days = _days(moves, [float(step.values[t].day) for t in targets], chances)
    return [
        Value(tuple(row), outcomes, count)
        for row, outcomes, count in zip(point.payoffs.tolist(), chances, days, strict=True)
    ]


def with_ends(values: Mapping[int, Value], ends: Sequence[Value]) -> dict[int, Value]:
    """The values of the members, with the outcomes from the next dawn on put in."""
    result = {}
    for index, value in values.items():
        outcomes: dict[int, Number] = {}
        for outcome, chance in value.outcomes.items():
            after = ends[~outcome].outcomes if _is_dawn(outcome) else {outcome: 1}
            for end, share in after.items():
                outcomes[end] = outcomes.get(end, 0) + chance * share
        result[index] = Value(value.payoffs, outcomes, value.day)
    return result


def _is_dawn(outcome: int) -> bool:
    return NEVER_ENDS < outcome < 0


def _may_end(moves: NDArray[np.float64], right: NDArray[np.float64]) -> list[int]:
    """Targets from which play leaves the component with positive probability."""
    leaving = right.sum(axis=1) > 0
    while True:
        further = leaving | (moves[:, leaving].sum(axis=1) > 0)
        if (further == leaving).all():
            return [int(k) for k in leaving.nonzero()[0]]
        leaving = further


def _chances(
    moves: NDArray[np.float64],
    right: Sequence[Sequence[float]],
    ends: Sequence[int],
    leaving: Sequence[int],
) -> list[dict[int, Number]]:
    """Probability of each outcome from each target on."""
    import numpy as np

    inner = moves[np.ix_(leaving, leaving)]
    stuck = np.delete(moves[leaving], leaving, axis=1).sum(axis=1)
    known = np.column_stack([np.array(right).reshape(len(moves), -1)[leaving], stuck])
    solved = np.linalg.solve(np.eye(len(leaving)) - inner, known) if leaving else known
    result: list[dict[int, Number]] = [{NEVER_ENDS: 1} for _ in moves]
    for k, row in zip(leaving, solved.tolist(), strict=True):
        result[k] = {}
        for end, chance in zip([*ends, NEVER_ENDS], row, strict=True):
            if chance != 0:
                result[k][end] = result[k].get(end, 0) + chance
    return result


def _days(
    moves: NDArray[np.float64], nights: Sequence[float], chances: Sequence[Mapping[int, Number]]
) -> list[float]:
    """Expected days until the end from each target on; infinite where play may never end."""
    import numpy as np

    ending = [k for k, outcomes in enumerate(chances) if NEVER_ENDS not in outcomes]
    result = [math.inf] * len(chances)
    inner = np.eye(len(ending)) - moves[np.ix_(ending, ending)]
    if ending:
        for k, days in zip(
            ending, np.linalg.solve(inner, np.array([nights[k] for k in ending])), strict=True
        ):
            result[k] = float(days)
    return result
