"""The days of a long game solved some at a time, from the values kept on the days between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import NotFinite, ParameterError
from gametheory_crisis.kernels.days import solve_days
from gametheory_crisis.kernels.days_arrays import NO_GAME, NOT_FINITE, NOWHERE, SEVERAL, SOLVED
from gametheory_crisis.kernels.days_forward import spread_days
from gametheory_crisis.kernels.days_ties import FIRST, MOST_MIXED, PAYOFF
from gametheory_crisis.solvers.long_archive import Archive
from gametheory_crisis.solvers.long_reach import Standing
from gametheory_crisis.solvers.long_settling import Settled, Settling
from gametheory_crisis.solvers.long_stage import LongPoint

Floats = NDArray[np.float64]

RULES = {"payoff": PAYOFF, "mixed": MOST_MIXED, "first": FIRST}
"""Rules of selection at stages with several equilibria, see `stage_selection`."""
KNOWN = -1
"""Stands for the day of positions that know theirs."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What is decided on some days in a row.

    Attributes
    ----------
    low : the first day; `KNOWN` for the one row of the places on known days
    branches : int16 (days, columns), per place of choice the branch taken, -1 where play is mixed,
        -2 where play cannot stand
    mixes : float64 (days, shares), the probabilities of the actions where play is mixed
    """

    low: int
    branches: NDArray[np.int16]
    mixes: Floats

    @property
    def high(self) -> int:
        """The day behind the last."""
        return self.low + len(self.branches)


class Induction:
    """Solves segments of days, each from the values kept on the day behind it.

    Attributes
    ----------
    spacing : days in a segment
    lows : the first day of each segment
    values : float64 (2, positions, players + 1), values and expected days on even and odd days
    """

    def __init__(self, point: LongPoint, standing: Standing, select: str, spacing: int) -> None:
        arrays = point.stage.arrays
        self.point = point
        self.spacing = min(spacing, point.days)
        self.lows = range(0, point.days, self.spacing)
        num, num_players = len(arrays.positions), len(point.factors)
        self.values = np.zeros((2, num, num_players + 1))
        self._standing = standing
        self._rule = RULES[select]
        self._settling = Settling(point, select)
        self._flags = np.zeros(num, dtype=np.uint8)
        self._payoffs = np.empty((point.stage.most_profiles, num_players))
        places = point.stage.places
        self._branches = np.empty((self.spacing, len(places.positions)), dtype=np.int16)
        self._mixes = np.empty((self.spacing, places.num_shares))
        self._mornings = _mornings(point)
        self._archive = Archive(places)
        self._kept: dict[int, Floats] = {}
        self._held = point.days

    def solve_known(self) -> Segment:
        """Solve the positions on known days, behind the deadline."""
        point = self.point
        num_fixed = point.stage.arrays.num_fixed
        places = point.stage.places
        segment = Segment(
            KNOWN,
            np.full((1, len(places.positions)), NOWHERE, dtype=np.int16),
            np.zeros((1, places.num_shares)),
        )
        sets = self._standing.known[None], np.zeros(1, dtype=np.int64)
        self._solve(segment, sets)
        self.values[1, :num_fixed] = self.values[0, :num_fixed]
        return segment

    def segment(self, low: int) -> Segment:
        """The decisions of the days from ``low`` on; the first time also the values on ``low``."""
        high = min(low + self.spacing, self.point.days)
        length = high - low
        segment = Segment(low, self._branches[:length], self._mixes[:length])
        if low == self._held or self._archive.restore(low, segment.branches, segment.mixes):
            self._held = low
            return segment
        if high < self.point.days:
            self.values[high % 2, self._mornings] = self._kept[high]
        self._held = self.point.days
        segment.branches[:] = NOWHERE
        self._solve(segment, self._standing.between(low, high))
        self._held = low
        self._archive.keep(low, segment.branches, segment.mixes)
        if low not in self._kept:
            self._kept[low] = self.values[low % 2, self._mornings]
        return segment

    def done(self) -> None:
        """All days have been solved once; what is solved again was found possible."""
        self._settling.most_asked = inf

    def flagged(self, flag: int) -> tuple[str, ...]:
        """Nodes of the positions with a flag."""
        positions = self.point.stage.game.positions
        found = np.flatnonzero(self._flags & flag)
        return tuple(dict.fromkeys(positions[index].node for index in found))

    def follow(self, segments: Iterator[Segment], known: Segment) -> Floats:
        """Probability of each outcome by day, float64 (days, outcomes)."""
        point, stage = self.point, self.point.stage
        num_fixed, num_outcomes = stage.arrays.num_fixed, len(stage.game.outcomes)
        mass = np.zeros((2, len(stage.arrays.positions)))
        mass[0, stage.start] = 1.0
        ends = np.zeros((point.days, num_outcomes))
        for segment in segments:
            self._spread(segment, mass, ends[segment.low : segment.high])
        mass[0, :num_fixed] += mass[1, :num_fixed]
        last = np.zeros((len(stage.arrays.positions), 1))
        self._spread(known, mass, last)
        found = np.flatnonzero(last[:, 0])
        days = point.numbers.numbers[stage.arrays.positions["day"][found]].astype(np.int64)
        longer = np.zeros((max([point.days - 1, *days]) + 1, num_outcomes))
        longer[: point.days] = ends
        np.add.at(longer, (days, stage.arrays.positions["outcome"][found]), last[found, 0])
        return longer

    def _spread(self, segment: Segment, mass: Floats, ends: Floats) -> None:
        point = self.point
        high = 0 if segment.low == KNOWN else segment.high
        spread_days(
            point.stage.arrays,
            point.numbers,
            (segment.low, high, point.days),
            mass,
            (segment.branches, segment.mixes),
            ends,
        )

    def _solve(self, segment: Segment, sets: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
        """Solve the days of a segment; what the kernel leaves open is settled exactly."""
        point, arrays = self.point, self.point.stage.arrays
        known = segment.low == KNOWN
        last = KNOWN if known else segment.high - 1
        where = np.array([last, 0 if known else arrays.num_fixed], dtype=np.int64)
        while True:
            status, _ = solve_days(
                arrays,
                point.numbers,
                point.factors,
                (segment.low, point.days),
                where,
                self.values,
                sets,
                (segment.branches, segment.mixes),
                self._flags,
                (self._rule, self._payoffs, True if point.stage.beyond else None),
            )
            if status == SOLVED:
                return
            day, position = int(where[0]), int(where[1])
            self._refuse(status, day, position)
            today = self.values[0 if known else day % 2]
            settled = self._settling.settle(today, position, day)
            self._record(segment, settled, day, position)
            where[1] = position + 1

    def _refuse(self, status: int, day: int, position: int) -> None:
        """Raise what a status other than an open stage means."""
        where = self.point.stage.game.positions[position]
        if status == NOT_FINITE:
            raise NotFinite(f"a payoff at '{where.node}' is not finite at this point")
        if status == NO_GAME:
            numbers, arrays = self.point.numbers.numbers, self.point.stage.arrays
            first = arrays.positions["first_check"][position]
            failing = next(
                check
                for k, check in enumerate(where.checks)
                if numbers[arrays.checks[first + k]] != 1
            )
            reads = self.point.stage.game.tape.reads[failing.condition]
            when = f" on day {day}" if day >= 0 and "day" in reads else ""
            raise ParameterError(f"{failing.message}{when}")

    def _record(self, segment: Segment, settled: Settled, day: int, position: int) -> None:
        """Enter an equilibrium that was settled exactly."""
        arrays = self.point.stage.arrays
        row = day - segment.low
        segment.branches[row, arrays.positions["column"][position]] = settled.branch
        start = arrays.positions["mix"][position]
        segment.mixes[row, start : start + len(settled.shares)] = settled.shares
        self._flags[position] |= SEVERAL if settled.several else 0


def _mornings(point: LongPoint) -> NDArray[np.int64]:
    """The positions before the deadline at which a day can begin."""
    arrays = point.stage.arrays
    running = arrays.positions[arrays.num_fixed :]
    targets = np.unique([running["onward"], running["struck"]])
    return np.append(targets[targets >= 0], point.stage.start).astype(np.int64)
