"""Newton's method from many starts at once, in the unit cube."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gametheory_crisis.solvers.cutoffs.layout import Floats

STEP = 1e-7
"""Step of the differences that stand for derivatives."""
MAX_ITERATIONS = 40
SOLVED = 1e-11
"""Largest error of a root."""
ROUNDING = 1e-12
"""Unknowns this near to 0 or 1 are there."""
SAME = 1e-7
"""Roots that differ by less are one."""

Misses = Callable[[Floats], Floats]


@dataclass
class Counted:
    """A function that knows at how many points it has been evaluated, and at how many it may be.

    Attributes
    ----------
    misses : the function
    most : points after which a search stops, soon if not at once
    points : how many there have been
    """

    misses: Misses
    most: int
    points: int = 0

    def __call__(self, points: Floats) -> Floats:
        self.points += len(points)
        return self.misses(points)

    @property
    def spent(self) -> bool:
        """Whether a search has to stop."""
        return self.points >= self.most


def newton(misses: Misses, starts: Floats) -> Floats:
    """The roots that starts lead to, each once, in descending order.

    Parameters
    ----------
    misses : of points (batches, unknowns) in [0, 1], as many numbers that are 0 at a root; if
        `Counted`, no step is begun once it is spent
    starts : float64 (starts, unknowns)
    """
    points, values = starts.copy(), misses(starts)
    active = np.ones(len(points), bool)
    for _ in range(MAX_ITERATIONS):
        active &= np.abs(values).max(axis=1) > 1e-15
        if not active.any() or (isinstance(misses, Counted) and misses.spent):
            break
        moved, changed = _improved(misses, points[active], values[active])
        progress = np.abs(moved - points[active]).max(axis=1) > 0
        points[active], values[active] = moved, changed
        active[active] = progress
    points = points[np.abs(values).max(axis=1) <= SOLVED]
    # Next to a side, play that is next to impossible would pass for play that beliefs follow.
    points = np.where(points < ROUNDING, 0.0, np.where(points > 1 - ROUNDING, 1.0, points))
    if not len(points):
        return points
    values = misses(points)
    good = np.abs(values).max(axis=1) <= SOLVED
    return distinct(points[good], values[good])


def _improved(misses: Misses, points: Floats, values: Floats) -> tuple[Floats, Floats]:
    """One step each, shortened until the error falls; where it never does the point stays."""
    steps = _steps(jacobians(misses, points, values), values)
    best, best_values = points.copy(), values.copy()
    waiting = np.ones(len(points), bool)
    for halvings in range(12):
        if not waiting.any():
            break
        tried = np.clip(points[waiting] + steps[waiting] / 2**halvings, 0.0, 1.0)
        found = misses(tried)
        better = np.abs(found).max(axis=1) < np.abs(values[waiting]).max(axis=1)
        where = np.nonzero(waiting)[0][better]
        best[where], best_values[where] = tried[better], found[better]
        waiting[where] = False
    return best, best_values


def jacobians(misses: Misses, points: Floats, values: Floats) -> Floats:
    """(batches, equations, unknowns) derivatives, by differences that stay inside the cube."""
    batches, width = points.shape
    signs = np.where(points > 0.5, -1.0, 1.0)
    shifted = points[:, None, :] + STEP * signs[:, None, :] * np.eye(width)
    found = misses(shifted.reshape(-1, width)).reshape(batches, width, width)
    return ((found - values[:, None, :]) / (STEP * signs[..., None])).transpose(0, 2, 1)


def _steps(matrices: Floats, values: Floats) -> Floats:
    width = matrices.shape[1]
    damped = matrices + 1e-14 * np.eye(width)
    steps = np.empty_like(values)
    for k, (matrix, value) in enumerate(zip(damped, values, strict=True)):
        steps[k] = np.linalg.lstsq(matrix, -value, rcond=1e-12)[0]
    return steps


def distinct(points: Floats, values: Floats) -> Floats:
    """The best of each cluster of points."""
    kept = np.zeros((0, points.shape[1]))
    for k in np.argsort(np.abs(values).max(axis=1, initial=0.0), kind="stable"):
        if np.all(np.abs(points[k] - kept).max(axis=1, initial=0.0) > SAME):
            kept = np.vstack([kept, points[k]])
    order = sorted(kept, key=lambda point: [-round(float(x), 9) for x in point])
    return np.array(order).reshape(-1, points.shape[1])
