"""The search for descriptions of regimes in a sample, and their check on fresh points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis.scenarios import prim, tree
from gametheory_crisis.analysis.scenarios.box_limits import Flags, Floats, Limits
from gametheory_crisis.analysis.scenarios.peeling import FEWEST
from gametheory_crisis.analysis.scenarios.results import (
    DESCRIBED,
    EVERYWHERE,
    NO_BOX,
    NOWHERE,
    TOO_FEW,
    Box,
    Rule,
    Scenario,
    Tree,
)
from gametheory_crisis.analysis.scenarios.words import Fit, Restriction, Weight
from gametheory_crisis.sweeps.space import Varied

NO_REGIME = -1


@dataclass(frozen=True, eq=False)
class Sample:
    """Points and the regimes found there.

    Attributes
    ----------
    points : float64 (points, parameters)
    regime : int8 (points,), index of the regime, -1 where unsolved
    """

    points: Floats
    regime: NDArray[np.int8]

    @property
    def unsolved(self) -> int:
        """Number of points that are of no regime."""
        return int(np.count_nonzero(self.regime == NO_REGIME))

    def fit(self, inside: Flags, regime: int) -> Fit:
        """How well the points ``inside``, bool (points,), fit a regime."""
        members = self.regime == regime
        counts = (np.count_nonzero(flags) for flags in (members, inside, members & inside))
        return Fit(len(members), *map(int, counts))


@dataclass(frozen=True, eq=False)
class Discovery:
    """Turns boxes of numbers into restrictions of parameters with their figures."""

    varied: tuple[Varied, ...]
    regimes: tuple[str, ...]
    sample: Sample
    fresh: Sample

    @property
    def whole(self) -> Flags:
        """Which columns are whole numbers; bool (parameters,)."""
        return np.array([one.integer for one in self.varied], dtype=np.bool_)

    def scenario(self, regime: int, density: float, boxes: int) -> Scenario:
        """One regime, described by at most ``boxes`` boxes."""
        points, members = self.sample.points, self.sample.regime == regime
        verdict = _verdict(members)
        found: list[prim.Found] = []
        if verdict == DESCRIBED:
            found = prim.cover(points, members, self.whole, density=density, most=boxes)
            verdict = DESCRIBED if found else NO_BOX
        together = [
            sample.fit(_held(found, sample.points), regime) for sample in (self.sample, self.fresh)
        ]
        described = tuple(self._box(one, regime) for one in found)
        return Scenario(self.regimes[regime], verdict, described, *together)

    def tree(self, asked: Sequence[int], depth: int) -> Tree:
        """All regimes asked for told apart by one tree."""
        kinds, fresh = (
            np.where(np.isin(sample.regime, asked), sample.regime, NO_REGIME).astype(np.int64)
            for sample in (self.sample, self.fresh)
        )
        grown = tree.grow(self.sample.points, kinds, depth)
        leaves = tree.leaves_of(grown, self.sample.points, self.whole)
        rules = tuple(
            Rule(self.regimes[leaf.kind], *self._description(leaf.limits, leaf.kind))
            for leaf in leaves
            if leaf.kind != NO_REGIME
        )
        spoken = {rule.regime for rule in rules}
        return Tree(
            depth=depth,
            rules=rules,
            accuracy=_right(leaves, self.sample.points, kinds),
            fresh_accuracy=_right(leaves, self.fresh.points, fresh),
            silent=tuple(self.regimes[k] for k in asked if self.regimes[k] not in spoken),
        )

    def _box(self, found: prim.Found, regime: int) -> Box:
        limits = found.limits
        description = self._description(limits, regime)
        weights = tuple(self._weight(limits, int(k), regime) for k in limits.restricted)
        return Box(self.regimes[regime], *description, weights, found.peeling, found.chosen)

    def _description(self, limits: Limits, regime: int) -> tuple[tuple[Restriction, ...], Fit, Fit]:
        restrictions = tuple(_restriction(self.varied[k], limits, k) for k in limits.restricted)
        fits = (s.fit(limits.holds(s.points), regime) for s in (self.sample, self.fresh))
        fit, fresh = fits
        return restrictions, fit, fresh

    def _weight(self, limits: Limits, column: int, regime: int) -> Weight:
        wider = limits.without(column).holds(self.sample.points)
        chances = (
            prim.quasi_p_value(sample.points, sample.regime == regime, limits, column)
            for sample in (self.sample, self.fresh)
        )
        return Weight(self.sample.fit(wider, regime).density, *chances)


def _verdict(members: Flags) -> str:
    """Whether there is anything to describe."""
    count = int(np.count_nonzero(members))
    if count == 0:
        return NOWHERE
    if count == len(members):
        return EVERYWHERE
    return DESCRIBED if count >= FEWEST else TOO_FEW


def _held(found: Sequence[prim.Found], points: Floats) -> Flags:
    """The points in any of the boxes."""
    held = np.zeros(len(points), dtype=np.bool_)
    for one in found:
        held |= one.limits.holds(points)
    return held


def _restriction(varied: Varied, limits: Limits, column: int) -> Restriction:
    low, high = float(limits.low[column]), float(limits.high[column])
    if varied.integer:
        # Limits lie halfway between whole numbers.
        low, high = low + 0.5, high - 0.5
    lower, upper = (end if math.isfinite(end) else None for end in (low, high))
    return Restriction(varied.name, lower, upper, varied.integer)


def _right(leaves: list[tree.Leaf], points: Floats, kinds: NDArray[np.int64]) -> float:
    """Share of the points of which the leaves say the right kind."""
    return float(np.mean(tree.predicted(leaves, points) == kinds))
