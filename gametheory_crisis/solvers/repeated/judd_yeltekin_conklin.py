"""The payoffs of all subgame-perfect equilibria between an inner and an outer polygon.

Judd, K., Yeltekin, S. and Conklin, J. (2003). Computing supergame equilibria. Econometrica 71(4),
1239-1254.  Pure actions with public randomisation.  The outer polygon is the intersection of half
planes in given directions, mapped down until it rests; each polygon on the way holds the set.  The
inner one begins as a polygon that its own image holds, so that all of its payoffs are equilibrium
payoffs, and is mapped up.  Their distance is the error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import SolverError
from gametheory_crisis.solvers.repeated.abreu_sannikov import lowest, rules
from gametheory_crisis.solvers.repeated.polygons import (
    Point,
    apart,
    clip,
    contains,
    cut,
    hull,
)
from gametheory_crisis.solvers.repeated.stage_facts import StageFacts

DIRECTIONS = 128
MAX_STEPS = 20_000
STILL = 1e-10
"""Levels that move no more than this rest, in units of the spread of the payoffs."""
SLACK = 1e-12
"""Allowance for rounding, in the same units: outwards in the outer polygon, none in the inner."""
SHRINKING = (1e-6, 1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Shares by which the outer polygon is shrunk for a polygon that its own image holds."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Brackets:
    """Polygons around and inside a set of equilibrium payoffs.

    Attributes
    ----------
    outer, inner : vertices, counterclockwise
    error : Hausdorff distance of the two; infinite where just one is empty
    steps : applications of the operator
    """

    outer: list[Point]
    inner: list[Point]
    error: float
    steps: int


def judd_yeltekin_conklin(
    stage: StageFacts, discount: Fraction, directions: int = DIRECTIONS
) -> Brackets:
    """Bracket the set of payoffs of subgame-perfect equilibria.

    Parameters
    ----------
    discount : above 0 and below 1
    directions : of half planes and of extreme points, at least 4, evenly spread

    Raises
    ------
    SolverError
        If the outer polygon did not rest after `MAX_STEPS` steps.
    """
    operator = _Operator(stage, discount, directions)
    outer, down = operator.outer()
    inner, up = operator.inner(outer, stage)
    return Brackets(outer, inner, apart(outer, inner), down + up)


class _Operator:
    """The operator B of Abreu, Pearce and Stacchetti (1990), seen from given directions."""

    def __init__(self, stage: StageFacts, discount: Fraction, directions: int) -> None:
        angles = [2 * pi * k / directions for k in range(directions)]
        self.normals = np.array([(cos(angle), sin(angle)) for angle in angles])
        self.delta = float(discount)
        found = rules(stage, discount)
        self.payoffs = [(float(r.payoffs[0]), float(r.payoffs[1])) for r in found]
        self.margins = [(float(r.margins[0]), float(r.margins[1])) for r in found]
        self.box = _box(self.payoffs)
        self.scale = max(1e-300, self.box[2][0] - self.box[0][0], self.box[2][1] - self.box[0][1])

    def outer(self) -> tuple[list[Point], int]:
        """The outer polygon at rest, and the steps that it took."""
        levels = (np.array(self.payoffs) @ self.normals.T).max(axis=0)
        for step in range(MAX_STEPS):
            polygon = self._polygon(levels)
            if not polygon:
                return [], step
            reached = [points @ self.normals.T for points in self._images(polygon, -SLACK)]
            if not reached:
                return [], step + 1
            image = np.minimum(np.concatenate(reached).max(axis=0) + SLACK * self.scale, levels)
            if (levels - image).max() <= STILL * self.scale:
                return self._polygon(image), step + 1
            levels = image
        raise SolverError(f"the outer polygon did not rest after {MAX_STEPS:,} steps")

    def inner(self, outer: list[Point], stage: StageFacts) -> tuple[list[Point], int]:
        """An inner polygon at rest, and the steps that it took; empty where none was found."""
        polygon = self._beginning(outer, stage)
        for step in range(MAX_STEPS if polygon else 0):
            image = self._extremes(polygon)
            moved, polygon = apart(polygon, image), hull([*polygon, *image])
            if moved <= STILL * self.scale:
                return polygon, step + 1
        return polygon, 0

    def _beginning(self, outer: list[Point], stage: StageFacts) -> list[Point]:
        """A polygon that its own image holds."""
        middle = np.array(outer).mean(axis=0) if outer else np.zeros(2)
        for share in SHRINKING if len(outer) > 2 else ():
            points = (1 - share) * np.array(outer) + share * middle
            candidate = hull([(float(x), float(y)) for x, y in points])
            image = self._extremes(candidate)
            if len(image) > 2 and all(contains(image, point) for point in candidate):
                return candidate
        # A stage equilibrium played for ever holds itself.
        pure = (stage.payoffs(actions) for actions in stage.pure_equilibria)
        return hull([(float(x), float(y)) for x, y in pure])

    def _extremes(self, polygon: Sequence[Point]) -> list[Point]:
        """The convex hull of an extreme point of the image in each direction."""
        images = self._images(polygon, 0.0)
        if not images:
            return []
        points = np.concatenate(images)
        best = np.unique((points @ self.normals.T).argmax(axis=0))
        return hull([(float(x), float(y)) for x, y in points[best]])

    def _images(self, polygon: Sequence[Point], slack: float) -> list[Floats]:
        """Per enforceable profile the vertices of what it can be worth today."""
        worst, found = lowest(polygon), []
        for payoffs, margins in zip(self.payoffs, self.margins, strict=True):
            ahead = list(polygon)
            for axis in range(2):
                # Where no margin is asked for, rounding must not cut off the worst point.
                if margins[axis] > 0:
                    least = float(worst[axis]) + margins[axis] + slack * self.scale
                    ahead = clip(ahead, axis, least)
            if ahead:
                points = np.array(ahead, dtype=np.float64)
                found.append((1 - self.delta) * np.array(payoffs) + self.delta * points)
        return found

    def _polygon(self, levels: Floats) -> list[Point]:
        """The intersection of the half planes."""
        polygon: list[Point] = self.box
        for (x, y), level in zip(self.normals, levels, strict=True):
            polygon = cut(polygon, (float(x), float(y)), float(level))
        return hull(polygon, SLACK * self.scale)


def _box(points: Sequence[tuple[float, float]]) -> list[Point]:
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    return [(left, low), (right, low), (right, high), (left, high)]
