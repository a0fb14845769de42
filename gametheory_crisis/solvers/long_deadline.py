"""Backward induction over long deadlines: one equilibrium at a point, in floats, in little memory.

Values are kept for two days and, about every square root of the deadline, for the positions at
which a day begins. Decisions are kept packed as long as they take little memory; what does not fit
is solved again from there, days at a time, and comes out the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.kernels.days_arrays import SEVERAL, TIED
from gametheory_crisis.solvers.long_induction import RULES, Induction, Segment
from gametheory_crisis.solvers.long_reach import standing
from gametheory_crisis.solvers.long_stage import LongPoint, Places

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LongSolution:
    """One equilibrium of a game with a long deadline.

    Attributes
    ----------
    payoffs : per player, on day 0
    expected_day : expected day of the end
    days : the deadline
    places : the columns of the decisions
    known : the decisions on known days, behind the deadline
    selected : nodes at which one of several equilibria was selected
    tied : nodes at which options tied, the first of them taken
    """

    payoffs: tuple[float, ...]
    expected_day: float
    days: int
    places: Places
    known: Segment
    selected: tuple[str, ...]
    tied: tuple[str, ...]
    _induction: Induction = field(repr=False)

    def segments(self, *, backwards: bool = False) -> Iterator[Segment]:
        """The decisions of all days before the deadline, some days at a time.

        The arrays are used again for the next segment: what is to last must be copied.
        """
        lows = self._induction.lows
        for low in reversed(lows) if backwards else lows:
            yield self._induction.segment(low)

    def decisions(self, day: int) -> Segment:
        """The decisions of one day before the deadline."""
        if not 0 <= day < self.days:
            raise ValueError(f"day {day} is not one of the {self.days} days before the deadline")
        segment = self._induction.segment(day - day % self._induction.spacing)
        row = slice(day - segment.low, day - segment.low + 1)
        return Segment(day, segment.branches[row].copy(), segment.mixes[row].copy())

    @cached_property
    def ends(self) -> Floats:
        """Probability of each outcome on each day, float64 (days, outcomes)."""
        return self._induction.follow(self.segments(), self.known)

    @property
    def outcomes(self) -> Floats:
        """Probability of each outcome, float64 (outcomes,)."""
        total: Floats = self.ends.sum(axis=0)
        return total


def solve_long(
    point: LongPoint,
    *,
    select: str = "payoff",
    spacing: int | None = None,
    watch: Callable[[Segment], None] | None = None,
) -> LongSolution:
    """One subgame-perfect equilibrium of a game with a deadline, as `solve_recursion` selects it.

    Parameters
    ----------
    point : a game with a deadline in which no offer is continuous, see `long_stage` and `at_point`
    select : one of `RULES`
    spacing : days between the days whose values are kept; by default the square root of all. The
        results do not depend on it
    watch : called with the decisions as they are found: those on known days first, then segment by
        segment backwards from the deadline. The arrays are used again

    Raises
    ------
    UnsupportedGame
        The rule is none of `RULES`.
    ParameterError
        The point has no game on some day, or a payoff is not finite.
    SolverError
        Too many stages need an exact method.
    """
    if select not in RULES:
        raise UnsupportedGame(
            f"long deadlines are solved under the rules {', '.join(RULES)}, not '{select}'"
        )
    chosen = max(1, isqrt(point.days)) if spacing is None else spacing
    induction = Induction(point, standing(point), select, chosen)
    known = induction.solve_known()
    if watch is not None:
        watch(known)
    for low in reversed(induction.lows):
        segment = induction.segment(low)
        if watch is not None:
            watch(segment)
    induction.done()
    start = induction.values[0, point.stage.start]
    return LongSolution(
        payoffs=tuple(float(number) for number in start[:-1]),
        expected_day=float(start[-1]),
        days=point.days,
        places=point.stage.places,
        known=known,
        selected=induction.flagged(SEVERAL),
        tied=induction.flagged(TIED),
        _induction=induction,
    )
