"""Peeling: boxes one inside another, each a thin slice smaller than the one before.

Sources: J. Friedman & N. Fisher (1999), Bump hunting in high-dimensional data, Statistics and
Computing 9; J. Kwakkel & M. Jaxa-Rozen (2016), Improving scenario discovery,
Environmental Modelling & Software 79 (gain per point removed, for columns with many equal values).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis.scenarios.box_limits import Flags, Floats, Limits, between, beyond

PEELED = 0.05
"""Share of a box's points that a peel takes away, as near as equal values allow."""
FEWEST = 20
"""No box holds fewer points, and fewer members are not described."""
LEAST_COVERAGE = 0.05
"""A box that covers less describes nothing, however pure it is."""


@dataclass(frozen=True, eq=False)
class Peeling:
    """Boxes one inside another, from the whole space inwards.

    Attributes
    ----------
    boxes : the whole space first
    inside, hits : int64 (boxes,), points inside, and members among them
    """

    boxes: tuple[Limits, ...]
    inside: NDArray[np.int64]
    hits: NDArray[np.int64]

    @cached_property
    def coverage(self) -> Floats:
        """Share of the members inside; float64 (boxes,), never rising."""
        return np.asarray(self.hits / max(int(self.hits[0]), 1))

    @cached_property
    def density(self) -> Floats:
        """Share of members among the points inside; float64 (boxes,)."""
        return np.asarray(self.hits / self.inside)

    @cached_property
    def mass(self) -> Floats:
        """Share of all points inside; float64 (boxes,), falling."""
        return np.asarray(self.inside / self.inside[0])

    @cached_property
    def restricted(self) -> NDArray[np.int64]:
        """Number of restricted columns; int64 (boxes,)."""
        return np.array([len(box.restricted) for box in self.boxes], dtype=np.int64)

    def choice(self, density: float) -> int:
        """The box with the largest F-score among those pure enough; the larger one on a tie.

        Where no box reaches ``density`` and covers anything to speak of, all are compared.
        """
        score = 2 * self.hits / (self.hits[0] + self.inside)
        good = (self.density >= density) & (self.coverage >= LEAST_COVERAGE)
        return int(np.argmax(np.where(good, score, -1.0) if good.any() else score))


def peel(points: Floats, members: Flags) -> Peeling:
    """Take thin slices off the box until it is pure, or small.

    Of the two slices of every column, that one goes whose loss raises the density most, for each
    point it takes along.
    """
    limits = Limits.none(points.shape[1])
    boxes, inside, hits = [limits], [len(points)], [int(np.count_nonzero(members))]
    while 0 < hits[-1] < inside[-1]:
        slice_ = _best_slice(points, members)
        if slice_ is None:
            break
        column, upper, limit = slice_
        kept = beyond(points[:, column], limit, upper)
        points, members = points[kept], members[kept]
        limits = limits.moved(column, upper, limit)
        boxes.append(limits)
        inside.append(len(points))
        hits.append(int(np.count_nonzero(members)))
    return Peeling(tuple(boxes), np.array(inside), np.array(hits))


def _best_slice(points: Floats, members: Flags) -> tuple[int, bool, float] | None:
    """Column, side and new limit of the best peel; None where the box would become too small."""
    best, best_gain = None, -np.inf
    density = np.count_nonzero(members) / len(points)
    for column in range(points.shape[1]):
        values = np.ascontiguousarray(points[:, column])
        for upper in (False, True):
            limit = _slice_limit(values, upper)
            if limit is None:
                continue
            kept = beyond(values, limit, upper)
            count = int(np.count_nonzero(kept))
            if not FEWEST <= count < len(values):
                continue
            hits = int(np.count_nonzero(kept & members))
            gain = (hits / count - density) / (len(values) - count)
            if gain > best_gain:
                best, best_gain = (column, upper, limit), gain
    return best


def _slice_limit(values: Floats, upper: bool) -> float | None:
    """Where a slice ends: equal values go together, and the outermost value goes at least."""
    if upper:
        mirrored = _slice_limit(-values, False)
        return None if mirrored is None else -mirrored
    size = max(int(PEELED * len(values)), 1)
    if size >= len(values):
        return None
    lowest = np.partition(values, size)[: size + 1]
    inner, outer = lowest[size], lowest[:size]
    if outer.min() < inner:
        return between(float(outer[outer < inner].max()), float(inner))
    further = values[values > inner]
    return between(float(inner), float(further.min())) if further.size else None
