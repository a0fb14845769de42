"""All local maxima of a piecewise smooth function whose derivative is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Signs: TypeAlias = Callable[[Floats], Floats]
"""Sign of the derivative, ``nan`` where it has none."""
Turns: TypeAlias = Callable[[Floats], list[Floats]]
"""Numbers whose sign changes where the function has a kink or a jump."""

Before: TypeAlias = Callable[[Floats, NDArray[np.intp]], NDArray[np.bool_]]
"""Whether points come before what is looked for, in the intervals of these indices."""

DIVISIONS = 120
"""Enough to come from a step of the grid down to neighbouring floats, but next to 0."""
SECTIONS = np.arange(1, 16)[:, None] / 16
"""Where intervals are divided, besides the middle, as shares of them."""

END_STEPS = 0.5 ** np.arange(1, 40, 2)
"""How far from the ends of a segment signs are looked at, as shares of it."""


@dataclass(frozen=True)
class Segment:
    """An interval on which the function is smooth, its local maxima, and whether it is flat."""

    low: float
    high: float
    maxima: tuple[float, ...]
    flat: bool


def segments(grid: Floats, slope: Signs, turns: Turns) -> list[Segment]:
    """The smooth segments between the ends of a grid, each with its local maxima.

    What is narrower than the grid's steps can be missed, if it comes in pairs.

    Parameters
    ----------
    grid : ascending points at which signs are looked at first
    slope, turns : see `Signs` and `Turns`
    """
    pieces = []
    start = float(grid[0])
    for left, right in _breaks(grid, turns):
        if left >= start:
            pieces.append((start, left))
        start = right
    pieces.append((start, float(grid[-1])))
    return [_segment(low, high, grid, slope) for low, high in pieces if low <= high]


def _breaks(grid: Floats, turns: Turns) -> list[tuple[float, float]]:
    """Neighbouring floats between which a turn changes its sign, ascending."""
    found: set[tuple[float, float]] = set()
    for k, values in enumerate(turns(grid)):
        signs = np.sign(values)
        cells = np.nonzero(signs[:-1] != signs[1:])[0]
        if len(cells):
            first = signs[cells]
            low, high = _narrow(
                grid[cells],
                grid[cells + 1],
                lambda t, at, k=k, first=first: np.sign(turns(t)[k]) == first[at],  # type: ignore[misc]
            )
            found.update(zip(low.tolist(), high.tolist(), strict=True))
    return sorted(found)


def _segment(low: float, high: float, grid: Floats, slope: Signs) -> Segment:
    # Towards the ends a derivative can die out, and take a hump below the grid's steps with it.
    closer = (high - low) * END_STEPS
    inner = np.unique(np.concatenate([grid, low + closer, high - closer]))
    inner = inner[(inner > low) & (inner < high)]
    points = np.array([low, *inner, high]) if high > low else np.array([low])
    signs = slope(points)
    rises, falls = np.where(signs == signs, signs, 1.0), np.where(signs == signs, signs, -1.0)
    found = set(points[_peaks(signs)].tolist())
    cells = np.nonzero((rises[:-1] > 0) & (falls[1:] < 0))[0]
    if len(cells):
        left, right = _narrow(points[cells], points[cells + 1], lambda t, _: slope(t) > 0)
        found.update(left.tolist(), right.tolist())
    return Segment(low, high, tuple(sorted(found)), bool(np.all(signs == 0)))


def _peaks(signs: Floats) -> NDArray[np.bool_]:
    """The points at which the function does not rise in any direction, as far as signs show."""
    peaks: NDArray[np.bool_] = (signs == 0) | np.isnan(signs)
    peaks[0] |= bool(signs[0] < 0)
    peaks[-1] |= bool(signs[-1] > 0)
    return peaks


def _narrow(low: Floats, high: Floats, before: Before) -> tuple[Floats, Floats]:
    """Divide intervals until their ends are neighbours; ``before`` holds at the low ends."""
    cells = np.arange(len(low))
    for _ in range(DIVISIONS):
        middle = low / 2 + high / 2
        if np.all((middle <= low) | (middle >= high)):
            break
        # Many points at once cost little more than one.
        inner = np.vstack([low * (1 - SECTIONS) + high * SECTIONS, middle])
        points = np.clip(np.sort(inner, axis=0), low, high)
        holds = before(points.ravel(), np.tile(cells, len(points))).reshape(points.shape)
        holds = (points <= low) | (holds & (points < high))
        first = np.argmin(np.vstack([holds, np.zeros_like(cells, bool)]), axis=0)
        ladder = np.vstack([low, points, high])
        low, high = ladder[first, cells], ladder[first + 1, cells]
    return low, high
