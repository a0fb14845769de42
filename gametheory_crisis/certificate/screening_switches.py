"""Where along the order of types the informed player's own choices after offers change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gametheory_crisis.certificate.arrays import Floats
from gametheory_crisis.certificate.screening_leaves import Leaf, Leaves
from gametheory_crisis.certificate.screening_positions import NONE, Positions
from gametheory_crisis.certificate.screening_tables import Flags, Integers

NUM_SPREAD = 257
"""Positions between which one change of each choice is looked for."""
HALVINGS = 50


class Switches:
    """Positions at which choices change, by day.

    Parameters
    ----------
    worths : what leaves are worth
    leaves : those of the subgame
    positions : the prior
    """

    def __init__(self, worths: Leaves, leaves: Sequence[Leaf], positions: Positions) -> None:
        self._worths, self._positions = worths, positions
        self._leaves = [leaf for leaf in leaves if worths.decides(leaf)]
        self._by_day = any("day" in worths.reads(leaf, worths.informed) for leaf in self._leaves)
        self._known: dict[int, list[float]] = {}

    def at(self, days: Integers) -> Floats:
        """The positions, in a last dimension; for each day its own where choices read the day."""
        if not self._leaves:
            return NONE
        if not self._by_day:
            return np.array(self._on(0))
        several, which = np.unique(days, return_inverse=True)
        found = [self._on(int(day)) for day in several]
        most = max(map(len, found))
        # Where there are fewer, the end of the scale cuts off nothing.
        return np.array([[*each, *[1.0] * (most - len(each))] for each in found])[which]

    def _on(self, day: int) -> list[float]:
        if day not in self._known:
            places = (place for leaf in self._leaves for place in self._of(leaf, day))
            self._known[day] = sorted(set(places))
        return self._known[day]

    def _of(self, leaf: Leaf, day: int) -> list[float]:
        low = np.linspace(0.0, 1.0, NUM_SPREAD)
        before, after = low[:-1], low[1:]
        differ = self._differ(leaf, day, before, after)
        before, after = before[differ], after[differ]
        for _ in range(HALVINGS if len(before) else 0):
            middle = (before + after) / 2
            left = self._differ(leaf, day, before, middle)
            before, after = np.where(left, before, middle), np.where(left, middle, after)
        return [float(place) for place in after]

    def _differ(self, leaf: Leaf, day: int, a: Floats, b: Floats) -> Flags:
        return np.asarray((self._choices(leaf, day, a) != self._choices(leaf, day, b)).any(axis=0))

    def _choices(self, leaf: Leaf, day: int, at: Floats) -> Floats:
        worth = self._worths.worth(leaf, day, self._positions.numbers(at), ())
        rows = [weight for play in worth.plays.values() for weight in play.values()]
        return np.stack([np.broadcast_to(row, at.shape) for row in rows])
