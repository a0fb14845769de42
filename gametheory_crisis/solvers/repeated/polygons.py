"""Convex polygons in the plane, a point and a segment among them, in rationals or in floats.

A polygon is the list of its vertices, counterclockwise from the leftmost (the lowest of these); two
vertices are a segment, one is a point, none the empty set.  Rationals stay rational.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import hypot, inf
from typing import TypeAlias

from gametheory_crisis.games.arithmetic import Number

Point: TypeAlias = tuple[Number, Number]


def hull(points: Iterable[Point], slack: float = 0) -> list[Point]:
    """The convex hull.

    Parameters
    ----------
    slack : vertices no further than this from the segment between their neighbours are left out, as
        are points no further than this from one another; 0 for rationals
    """
    ordered = sorted(set(points))
    if len(ordered) > 2:
        ordered = [*_chain(ordered)[:-1], *_chain(ordered[::-1])[:-1]]
    return _simplified(ordered, slack) if slack else ordered


def _chain(ordered: Sequence[Point]) -> list[Point]:
    """Half of a hull (Andrew 1979, Information Processing Letters 9)."""
    chain: list[Point] = []
    for point in ordered:
        while len(chain) > 1 and turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain


def _simplified(polygon: Sequence[Point], slack: float) -> list[Point]:
    """A polygon without vertices that add next to nothing."""
    kept = list(polygon)
    k = 0
    while k < len(kept) and len(kept) > 1:
        before, after = kept[k - 1], kept[(k + 1) % len(kept)]
        if _from_segment(before, after, kept[k]) <= slack:
            del kept[k]
        else:
            k += 1
    return kept


def turn(a: Point, b: Point, c: Point) -> Number:
    """Twice the signed area of a triangle: positive where a, b, c turn to the left."""
    doubled: Number = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return doubled


def contains(polygon: Sequence[Point], point: Point, slack: float = 0) -> bool:
    """Whether a point lies in a polygon, or no further than about ``slack`` outside."""
    if slack:
        return bool(polygon) and distance(polygon, point) <= slack
    if len(polygon) < 3:
        if not polygon or turn(polygon[0], polygon[-1], point) != 0:
            return False
        return all(_between(polygon[0][k], point[k], polygon[-1][k]) for k in range(2))
    edges = zip(polygon, [*polygon[1:], polygon[0]], strict=True)
    return all(turn(a, b, point) >= 0 for a, b in edges)


def _between(a: Number, value: Number, b: Number) -> bool:
    return a <= value <= b or b <= value <= a


def clip(polygon: Sequence[Point], axis: int, level: Number) -> list[Point]:
    """The part of a polygon with coordinate ``axis`` at least ``level``."""
    kept: list[Point] = []
    for a, b in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        if a[axis] >= level:
            kept.append(a)
        if (a[axis] < level < b[axis]) or (b[axis] < level < a[axis]):
            kept.append(crossing(a, b, axis, level))
    return list(dict.fromkeys(kept))


def crossing(a: Point, b: Point, axis: int, level: Number) -> Point:
    """The point of a segment at which a coordinate takes a value strictly between the ends'."""
    share = (level - a[axis]) / (b[axis] - a[axis])
    other = a[1 - axis] + share * (b[1 - axis] - a[1 - axis])
    return (level, other) if axis == 0 else (other, level)


def cut(polygon: Sequence[Point], normal: Point, level: Number) -> list[Point]:
    """The part of a polygon where the product with ``normal`` is at most ``level``."""
    heights = [normal[0] * x + normal[1] * y - level for x, y in polygon]
    kept: list[Point] = []
    for k, a in enumerate(polygon):
        following = (k + 1) % len(polygon)
        b, above, next_above = polygon[following], heights[k], heights[following]
        if above <= 0:
            kept.append(a)
        if (above < 0 < next_above) or (next_above < 0 < above):
            share = above / (above - next_above)
            kept.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
    return list(dict.fromkeys(kept))


def chord(
    polygon: Sequence[Point], axis: int, level: Number, slack: float = 0
) -> tuple[Number, Number] | None:
    """Least and greatest other coordinate where coordinate ``axis`` is ``level``; None if nowhere.

    Vertices no further than ``slack`` from the level count as on it.
    """
    others: list[Number] = []
    for a, b in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        gap: Number = a[axis] - level
        if -slack <= gap <= slack:
            others.append(a[1 - axis])
        if (a[axis] < level < b[axis]) or (b[axis] < level < a[axis]):
            others.append(crossing(a, b, axis, level)[1 - axis])
    return (min(others), max(others)) if others else None


def distance(polygon: Sequence[Point], point: Point) -> float:
    """Distance of a point from a polygon that is not empty; 0 inside."""
    if len(polygon) > 2 and contains(polygon, point):
        return 0.0
    edges = zip(polygon, [*polygon[1:], *polygon[:1]], strict=True)
    return min(_from_segment(a, b, point) for a, b in edges)


def apart(first: Sequence[Point], second: Sequence[Point]) -> float:
    """Hausdorff distance of two polygons; infinite where just one of them is empty."""
    if not first or not second:
        return inf if first or second else 0.0
    return max(
        *(distance(first, point) for point in second),
        *(distance(second, point) for point in first),
    )


def _from_segment(a: Point, b: Point, point: Point) -> float:
    ax, ay, px, py = (float(v) for v in (*a, *point))
    dx, dy = float(b[0]) - ax, float(b[1]) - ay
    length = dx * dx + dy * dy
    share = 0.0
    if length:
        share = min(max(((px - ax) * dx + (py - ay) * dy) / length, 0.0), 1.0)
    return hypot(px - ax - share * dx, py - ay - share * dy)


def area(polygon: Sequence[Point]) -> Number:
    """The area; 0 of a segment, a point and the empty set."""
    total: Number = 0
    for a, b in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        total += a[0] * b[1] - a[1] * b[0]
    return total / 2
