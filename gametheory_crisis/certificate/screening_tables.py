"""One rule of daily offers on all its days, evaluated in many states on many days at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.certificate.arrays import Floats
from gametheory_crisis.games.screening_rules import PiecewiseRule

Flags: TypeAlias = NDArray[np.bool_]
Integers: TypeAlias = NDArray[np.intp]
Days: TypeAlias = Integers | int
"""A day for each position, in shapes that broadcast, or one for all; so for pieces."""

SNAP = 1e-11
"""Positions nearer than this to the end of a piece are on it."""
NEGLIGIBLE = 1e-15
"""Terms of a polynomial smaller than this share of the day's largest are left out."""


class Table:
    """The pieces of a rule's days, one day after the other.

    Attributes
    ----------
    first : int (days + 1,), where the pieces of each day begin
    low, high : float64 (pieces,), the ends of each piece
    starts, stops : float64 (pieces,), values at the start and at the end of each piece, its ends
        included

    Parameters
    ----------
    rules : one per day
    """

    def __init__(self, rules: Sequence[PiecewiseRule]) -> None:
        counts = [len(rule.ends) - 1 for rule in rules]
        self.first = np.concatenate([[0], np.cumsum(counts)])
        self.low = np.concatenate([rule.ends[:-1] for rule in rules])
        self.high = np.concatenate([rule.ends[1:] for rule in rules])
        self._width = self.high - self.low
        whole = np.zeros((self.first[-1], max(rule.coefficients.shape[1] for rule in rules)))
        for rule, a, b in zip(rules, self.first[:-1], self.first[1:], strict=True):
            whole[a:b, : rule.coefficients.shape[1]] = rule.coefficients
        self.starts = whole @ (-1.0) ** np.arange(whole.shape[1])
        self.stops = whole.sum(axis=1)
        self._terms = self._significant(whole)
        # Positions lie in [0, 1]: days two units apart do not mix in one ascending list.
        day = np.repeat(np.arange(len(rules)), counts)
        inside = self.low > 0
        self._inner = 2.0 * day[inside] + self.low[inside]
        self._alone = np.array(counts) == 1

    def _significant(self, coefficients: Floats) -> Floats:
        """Terms by piece, (terms, pieces), without the highest where they are rounding."""
        sizes = np.maximum.reduceat(np.abs(coefficients), self.first[:-1])
        counts = np.flatnonzero(~(sizes <= NEGLIGIBLE * sizes.max(axis=1, keepdims=True)).all(0))
        terms = counts[-1] + 1 if len(counts) else 1
        return np.ascontiguousarray(coefficients[:, :terms].T)

    def at(self, days: Days, positions: Floats, right: Flags) -> Floats:
        """Values; where pieces meet, from the right where it says so, else from the left."""
        return self.on(self.pieces(days, positions, right), positions)

    def pieces(self, days: Days, positions: Floats, right: Flags) -> Days:
        """The piece of each position; of two that meet there the right one where it says so."""
        piece = self._piece(days, positions)
        if isinstance(piece, int):
            return piece
        low, high = self.low[piece], self.high[piece]
        from_below = (positions - low <= SNAP) & (low > 0) & ~right
        from_above = (high - positions <= SNAP) & (high < 1) & right
        return np.asarray(piece - from_below + from_above)

    def sides(self, days: Days, positions: Floats) -> tuple[Floats, Floats]:
        """Limits from the left and from the right; the same array if they nowhere differ."""
        piece = self._piece(days, positions)
        if isinstance(piece, int):
            left = self.on(piece, positions)
            return left, left
        low, high = self.low[piece], self.high[piece]
        from_below = (positions - low <= SNAP) & (low > 0)
        from_above = (high - positions <= SNAP) & (high < 1)
        near = from_below | from_above
        left = self.on(piece - from_below, positions)
        if not near.any():
            return left, left
        right = left.copy()
        right[near] = self.on((piece + from_above)[near], positions[near])
        return left, right

    def _piece(self, days: Days, positions: Floats) -> Days:
        if isinstance(days, int) and self._alone[days]:
            return int(self.first[days])
        return np.searchsorted(self._inner, 2.0 * days + positions) + days

    def on(self, pieces: Days, positions: Floats) -> Floats:
        """Values on given pieces, by Clenshaw's recurrence for sums of Chebyshev polynomials."""
        x = 2 * (positions - self.low[pieces]) / self._width[pieces] - 1
        x = np.minimum(np.maximum(x, -1.0), 1.0)
        if len(self._terms) == 1:
            return np.asarray(self._terms[0][pieces] + 0 * x)
        value, after = self._terms[-1][pieces], 0.0
        for row in self._terms[-2:0:-1]:
            value, after = row[pieces] + 2 * x * value - after, value
        return np.asarray(self._terms[0][pieces] + x * value - after)

    def jumps(self, least: float, most: int) -> list[list[float]]:
        """Per day the positions at which values jump by ``least`` times the larger of 1 and them.

        Of more than ``most`` on one day some, evenly among them.
        """
        at = np.flatnonzero(self.low > 0)
        before = self.stops[at - 1]
        at = at[np.abs(self.starts[at] - before) > least * np.maximum(1.0, np.abs(before))]
        cuts = np.searchsorted(at, self.first).tolist()
        by_day = [self.low[at[a:b]] for a, b in pairwise(cuts)]
        return [_some(positions, most).tolist() for positions in by_day]


def _some(positions: Floats, most: int) -> Floats:
    if len(positions) <= most:
        return positions
    return np.asarray(positions[np.linspace(0, len(positions) - 1, most).astype(int)])
