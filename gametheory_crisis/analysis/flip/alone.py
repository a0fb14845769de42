"""Where the regime changes along a line: a scan that is dense where it matters, then bisection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gametheory_crisis.analysis.flip.field import Codes, Field, Floats, several

THIN = 1e-8
"""A stretch of ties is a boundary's own where it is shorter than that share of the line."""
RESOLUTION = 2.0**-64
"""No gap narrower than that share of the line is closed further."""
MOST_CHANGES = 400
"""A line with more changes than that is noise; the rest of them is left as the scan found it."""
ROUNDS = 2
"""How often the surroundings of new crossings are looked at."""
MOST_VALUES = 4096
"""A whole number that has no more values than that is tried at all of them."""


class Line:
    """A segment, its points known so far, and what stands there.

    Attributes
    ----------
    low, high, base : where the segment begins and ends, and where it starts from
    whole : whether only whole numbers count
    points : the model's points (n, d) at some places of the segment
    at, codes : float64 and int64 (n,), the places looked at, ascending, and what stands there
    """

    def __init__(
        self,
        low: float,
        high: float,
        base: float,
        points: Callable[[Floats], Floats],
        whole: bool = False,
    ) -> None:
        self.low, self.high, self.base, self.whole = low, high, base, whole
        self.points = points
        self.at: Floats = np.empty(0)
        self.codes: Codes = np.empty(0, dtype=np.int64)

    def add(self, at: Floats, codes: Codes) -> None:
        """Keep what stands at new places."""
        places, index = np.unique(np.concatenate([self.at, at]), return_index=True)
        self.at, self.codes = places, np.concatenate([self.codes, codes])[index]

    def changes(self) -> Codes:
        """Indices of the places after which something else stands."""
        return np.flatnonzero(self.codes[1:] != self.codes[:-1])

    def scan(self, steps: int, ratio: float, finest: float) -> Floats:
        """Places for a first look: equal steps, and dense about the start and both ends."""
        if self.whole and self.high - self.low < MOST_VALUES:
            return np.arange(self.low, self.high + 1.0)
        equal = np.linspace(self.low, self.high, steps + 1)
        anchors = np.array([self.base, self.low, self.high])
        return self.tidy(np.concatenate([equal, anchors, self._about(anchors, ratio, finest)]))

    def surroundings(self, ratio: float, finest: float) -> Floats:
        """Places about every change, at distances that grow geometrically, up to the next one."""
        k = self.changes()[:MOST_CHANGES]
        edges = np.concatenate([self.at[k], self.at[k + 1]])
        return self.tidy(self._about(edges, ratio, finest))

    def middles(self, finest: float) -> Floats:
        """Places between neighbours of which one stands for something else than the other."""
        k = self.changes()
        if len(k) > MOST_CHANGES:
            distance = np.minimum(abs(self.at[k] - self.base), abs(self.at[k + 1] - self.base))
            k = k[np.argsort(distance, kind="stable")[:MOST_CHANGES]]
        before, after = self.at[k], self.at[k + 1]
        middle = before + (after - before) / 2
        if self.whole:
            middle = np.floor(middle)
        fresh = (middle > before) & (middle < after) & (after - before > finest)
        return np.unique(middle[fresh])

    def _about(self, anchors: Floats, ratio: float, finest: float) -> Floats:
        count = int(np.ceil(-np.log(finest) / np.log(ratio)))
        steps = (self.high - self.low) * ratio ** -np.arange(1.0, count + 1)
        spread: Floats = (anchors[:, None, None] + np.array([-1.0, 1.0])[:, None] * steps).ravel()
        return spread

    def tidy(self, places: Floats) -> Floats:
        """Those on the line that are not known yet, whole where they must be, each once."""
        if self.whole:
            places = np.rint(places)
        inside = places[(places >= self.low) & (places <= self.high)]
        return np.setdiff1d(inside, self.at)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring places of a line at which the same stands, from the first to the last known."""

    first: float
    last: float
    code: int


@dataclass(frozen=True, slots=True)
class Change:
    """Where a line passes from one stretch to another.

    Attributes
    ----------
    at : place of the change; of a boundary with ties, the middle of the ties
    before, after : what stands on the side of the line's start, and beyond
    beyond : the nearest place found at which ``after`` stands
    """

    at: float
    before: int
    after: int
    beyond: float


def explore(field: Field, lines: Sequence[Line]) -> None:
    """Find all changes along some lines, closing in on all of them together."""
    effort = field.effort
    _look(field, lines, [line.scan(effort.scan, effort.ratio, effort.finest) for line in lines])
    close_in(field, lines)
    for _ in range(ROUNDS if effort.thorough else 0):
        before = sum(len(line.changes()) for line in lines)
        about = [line.surroundings(effort.ratio, effort.finest) for line in lines]
        _look(field, lines, about)
        close_in(field, lines)
        if sum(len(line.changes()) for line in lines) == before:
            return


def close_in(field: Field, lines: Sequence[Line]) -> None:
    """Halve the gaps between different neighbours until they are closed.

    The middle may be unlike both sides; then both halves are gone into.
    """
    while True:
        fine = [_finest(field, line) for line in lines]
        middles = [line.middles(gap) for line, gap in zip(lines, fine, strict=True)]
        if not any(map(len, middles)):
            return
        _look(field, lines, middles)


def _finest(field: Field, line: Line) -> float:
    """A gap that is narrow enough.

    Numbers near 0 are so dense that there it is a share of the line.
    """
    width = line.high - line.low
    return max(field.effort.gap * min(1.0, width), RESOLUTION * width)


def _look(field: Field, lines: Sequence[Line], places: Sequence[Floats]) -> None:
    """Solve new places of all lines in one batch."""
    rows = [line.points(at) for line, at in zip(lines, places, strict=True)]
    codes = field.codes(np.concatenate(rows))
    ends = np.cumsum([len(at) for at in places])[:-1]
    for line, at, found in zip(lines, places, np.split(codes, ends), strict=True):
        line.add(at, found)


def stretches_of(line: Line) -> list[Stretch]:
    """The stretches of a line, ascending."""
    edges = line.changes()
    firsts = np.concatenate([[0], edges + 1])
    lasts = np.concatenate([edges, [len(line.at) - 1]])
    return [
        Stretch(float(line.at[a]), float(line.at[b]), int(line.codes[a]))
        for a, b in zip(firsts, lasts, strict=True)
    ]


def plain_stretches(line: Line) -> list[Stretch]:
    """The stretches without ties that are but the boundary between two others.

    Where the same stands on both sides of such ties, it is one stretch. Ties at which the line
    starts or ends stay.
    """
    kept: list[Stretch] = []
    for stretch in stretches_of(line):
        inner = stretch.first > line.low and stretch.last < line.high
        start = stretch.first <= line.base <= stretch.last
        thin = stretch.last - stretch.first <= THIN * (line.high - line.low)
        if several(stretch.code) and thin and inner and not start and not line.whole:
            continue
        if kept and kept[-1].code == stretch.code:
            kept[-1] = Stretch(kept[-1].first, stretch.last, stretch.code)
        else:
            kept.append(stretch)
    return kept


def changes_of(line: Line) -> list[Change]:
    """The changes along a line, ascending, each told from the side of the line's start."""
    kept = plain_stretches(line)
    found = []
    for a, b in pairwise(kept):
        upwards = a.last >= line.base
        near, far = (a, b) if upwards else (b, a)
        beyond = far.first if upwards else far.last
        at = beyond if line.whole else a.last + (b.first - a.last) / 2
        # A start that is itself a tie is the boundary.
        if near.last - near.first <= THIN * (line.high - line.low) and several(near.code):
            at = line.base if near.first <= line.base <= near.last else at
        found.append(Change(at, near.code, far.code, beyond))
    return found
