"""Where to look for a better number than the one offered."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterable

NUM_PROBES = 65
"""Equally spaced deviations, both ends included."""
NUM_REFINEMENTS = 25
"""Steps of golden section around the best of them."""
NUDGE = 1e-9
"""Distance at which both sides of a bound are probed, as a share of the range."""
GOLDEN = (math.sqrt(5) - 1) / 2


def largest_gain(
    gain: Callable[[float], float], low: float, high: float, bounds: Iterable[float]
) -> float:
    """The largest gain found on ``[low, high]``; ``nan`` where one is undefined.

    Parameters
    ----------
    gain : the gain at a number; may jump at ``bounds`` and is taken to be smooth elsewhere
    low, high : ends of the range
    bounds : numbers at which an answer changes; each is probed, and close by on both sides
    """
    step = (high - low) / (NUM_PROBES - 1)
    regular = [low + step * k for k in range(NUM_PROBES - 1)]
    nudge = NUDGE * (high - low)
    near = (bound + shift for bound in bounds for shift in (-nudge, 0.0, nudge))
    points = sorted({*regular, high, *(x for x in near if low <= x <= high)})
    gains = {x: gain(x) for x in points}
    if any(math.isnan(value) for value in gains.values()):
        return math.nan
    summit = max(regular, key=gains.__getitem__)
    position = bisect(points, summit) - 1
    left, right = points[max(position - 1, 0)], points[min(position + 1, len(points) - 1)]
    return max(*gains.values(), _golden_section(gain, left, right))


def _golden_section(gain: Callable[[float], float], left: float, right: float) -> float:
    """The largest gain met while narrowing the bracket ``[left, right]`` (Kiefer 1953)."""
    inner_left, inner_right = right - GOLDEN * (right - left), left + GOLDEN * (right - left)
    gain_left, gain_right = gain(inner_left), gain(inner_right)
    best = max(gain_left, gain_right)
    for _ in range(NUM_REFINEMENTS):
        if gain_left >= gain_right:
            right, inner_right, gain_right = inner_right, inner_left, gain_left
            inner_left = right - GOLDEN * (right - left)
            gain_left = gain(inner_left)
        else:
            left, inner_left, gain_left = inner_left, inner_right, gain_right
            inner_right = left + GOLDEN * (right - left)
            gain_right = gain(inner_right)
        best = max(best, gain_left, gain_right)
    return best
