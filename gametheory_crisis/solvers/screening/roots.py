"""Roots and maxima of functions of one number, exact where the functions are affine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from gametheory_crisis.games.arithmetic import Number, as_float

CELLS = 16
"""Parts of an interval that are looked at one by one where a function is not affine."""
DEPTH = 3
"""How often parts are parted again, before a root is bisected."""
POINTS = 65
"""Points at which the derivative of a curve is looked at."""
INSIDE = Fraction(43, 100)
"""Where between the ends a function is checked to be affine."""


def roots(
    function: Callable[[Number], Sequence[Number]], low: Number, high: Number
) -> list[Number]:
    """The numbers inside an interval where one of some functions changes its sign.

    Where a function is affine the root is exact, if its values are; elsewhere it is a float.
    """
    if not low < high:
        return []
    found: set[Number] = set()
    count = len(function(low))
    for k in range(count):
        found.update(_roots(lambda x, k=k: function(x)[k], low, high, DEPTH))  # type: ignore[misc]
    return sorted(x for x in found if low < x < high)


def _roots(
    function: Callable[[Number], Number], low: Number, high: Number, depth: int
) -> Iterator[Number]:
    first, last = function(low), function(high)
    if _is_affine(function, low, high, first, last):
        if first != last and (first <= 0 <= last or last <= 0 <= first):
            yield low + (high - low) * first / (first - last)
        return
    if depth == 0:
        if (first < 0 < last) or (last < 0 < first):
            yield _bisect(function, as_float(low), as_float(high), rising=first < 0)
        return
    cuts = [low + (high - low) * Fraction(k, CELLS) for k in range(CELLS + 1)]
    for a, b in pairwise(cuts):
        yield from _roots(function, a, b, depth - 1)
        if function(b) == 0:
            yield b


def _is_affine(
    function: Callable[[Number], Number], low: Number, high: Number, first: Number, last: Number
) -> bool:
    inside = function(low + (high - low) * INSIDE)
    chord = first + (last - first) * INSIDE
    if isinstance(inside, Fraction) and isinstance(chord, Fraction):
        return inside == chord
    size = max(abs(as_float(first)), abs(as_float(last)))
    return abs(as_float(inside) - as_float(chord)) <= 1e-14 * size


def _bisect(
    function: Callable[[Number], Number], low: float, high: float, *, rising: bool
) -> float:
    while True:
        middle = low / 2 + high / 2
        if middle in (low, high):
            return low
        if (function(middle) < 0) is rising:
            low = middle
        else:
            high = middle


def maxima(
    worth: Callable[[Number], tuple[Number, Number]], low: Number, high: Number
) -> tuple[list[Number], bool]:
    """The local maxima of a smooth function on an interval, and whether it is flat.

    Parameters
    ----------
    worth : gives the value and the derivative
    """
    if low == high:
        return [low], False
    first, last = worth(low)[0], worth(high)[0]
    if _is_affine(lambda x: worth(x)[0], low, high, first, last) and _is_affine(
        lambda x: worth(x)[1], low, high, worth(low)[1], worth(high)[1]
    ):
        return [low, high], first == last
    points = [low + (high - low) * Fraction(k, POINTS - 1) for k in range(POINTS)]
    slopes = [worth(x)[1] for x in points]
    found = [low] if not slopes[0] > 0 else []
    found += [high] if not slopes[-1] < 0 else []
    for (a, rise), (b, fall) in pairwise(zip(points, slopes, strict=True)):
        if rise > 0 > fall or (rise != rise and fall < 0) or (rise > 0 and fall != fall):
            found.append(_bisect(lambda x: -worth(x)[1], as_float(a), as_float(b), rising=True))
        elif rise == 0:
            found.append(a)
    return found, False
