"""Boxes with sides along the axes: which points lie inside, and limits that read well."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

ROUNDING = 0.005
"""Share of a box's points that may change sides where a limit is rounded."""
FINEST = 18
"""Digits after which rounding is given up."""


@dataclass(frozen=True, eq=False)
class Limits:
    """A box: the points with ``low < x < high`` in every column.

    Attributes
    ----------
    low, high : float64 (columns,), infinite where there is no limit
    """

    low: Floats
    high: Floats

    @classmethod
    def none(cls, columns: int) -> Limits:
        """The whole space."""
        return cls(np.full(columns, -np.inf), np.full(columns, np.inf))

    @property
    def restricted(self) -> NDArray[np.intp]:
        """Columns that have a limit, ascending."""
        return np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high))

    @property
    def sides(self) -> list[tuple[int, bool]]:
        """Every limit there is: its column, and whether it is the upper one."""
        ends = ((False, self.low), (True, self.high))
        found = [(int(k), upper) for upper, end in ends for k in np.flatnonzero(np.isfinite(end))]
        return sorted(found)

    def limit(self, column: int, upper: bool) -> float:
        """One limit, infinite where there is none."""
        return float((self.high if upper else self.low)[column])

    def moved(self, column: int, upper: bool, limit: float) -> Limits:
        """The box with one limit put elsewhere."""
        low, high = self.low.copy(), self.high.copy()
        (high if upper else low)[column] = limit
        return Limits(low, high)

    def freed(self, column: int, upper: bool) -> Limits:
        """The box with one limit taken away."""
        return self.moved(column, upper, np.inf if upper else -np.inf)

    def without(self, column: int) -> Limits:
        """The box with both limits of a column taken away."""
        return self.freed(column, False).freed(column, True)

    def holds(self, points: Floats) -> Flags:
        """Which rows of ``points``, float64 (points, columns), lie inside; bool (points,)."""
        inside = np.ones(len(points), dtype=np.bool_)
        for column in self.restricted:
            values = points[:, column]
            inside &= (self.low[column] < values) & (values < self.high[column])
        return inside


def beyond(values: Floats, limit: float, upper: bool) -> Flags:
    """The values on the inner side of a limit."""
    return values < limit if upper else values > limit


def between(below: float, above: float) -> float:
    """The middle of two numbers; neither may be so large that half of it is lost."""
    return 0.5 * below + 0.5 * above


def readable(limit: float, values: Floats, most: int) -> float:
    """The number with the fewest decimals that can stand for a limit.

    Parameters
    ----------
    values : float64 (points,), ascending
    most : values that may come to lie on the other side

    Returns
    -------
    float
        None of ``values``; ``limit`` itself where no number of fewer digits will do.
    """
    place = int(np.searchsorted(values, limit))
    below = float(values[max(place - 1 - most, 0)])
    above = float(values[min(place + most, len(values) - 1)])
    if not below < limit < above:
        return limit
    largest = max(abs(below), abs(above))
    first = -math.floor(math.log10(largest)) - 1
    for decimals in range(first, first + FINEST):
        number = round(limit, decimals)
        at = np.searchsorted(values, number)
        if below < number < above and values[at] != number:
            return number
    return limit


def rounded(limits: Limits, points: Floats, whole: Flags, share: float = ROUNDING) -> Limits:
    """A box whose limits read well and that holds nearly the same points.

    Parameters
    ----------
    points : float64 (points, columns)
    whole : bool (columns,), columns of whole numbers, whose limits go halfway between two
    share : how many of the box's points may change sides at each limit
    """
    most = int(share * np.count_nonzero(limits.holds(points)))
    for column, upper in limits.sides:
        limit = limits.limit(column, upper)
        if whole[column]:
            better = math.ceil(limit) - 0.5 if upper else math.floor(limit) + 0.5
        else:
            others = limits.freed(column, upper).holds(points)
            better = readable(limit, np.sort(points[others, column]), most)
        limits = limits.moved(column, upper, better)
    return limits
