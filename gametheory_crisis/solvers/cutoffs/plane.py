"""All equilibria in two unknowns.

The unit square is cut into cells; a cell is clear where one equation cannot vanish in it, judged by
its corners and by how much they differ. What is left is divided further until Newton's method has
found the root that every cell hides. Cells that stay doubtful to the end lie where best replies
leap, and a note tells of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.solvers.cutoffs.layout import Floats
from gametheory_crisis.solvers.cutoffs.newton import Misses, distinct, jacobians, newton
from gametheory_crisis.solvers.cutoffs.roots import Found, Root
from gametheory_crisis.solvers.cutoffs.system import System

CELLS = 24
"""Cells along each side of the first grid."""
FIRST_DEPTH = 2
"""Halvings before Newton's method is tried."""
MAX_DEPTH = 12
MAX_CELLS = 4000
MAX_ROOTS = 64
"""More roots are parts of a continuum."""
NEARLY_SINGULAR = 1e-5
"""A root where the equations' determinant is smaller may have another one beside it."""


def plane_roots(system: System) -> Found:
    """All equilibria of a system with two unknowns."""
    found = Found()
    cells = _grid()
    roots = np.zeros((0, 2))
    for depth in range(MAX_DEPTH):
        cells = cells[_doubtful(system.misses, cells)]
        if depth >= FIRST_DEPTH and len(cells):
            centres = (cells[:, :2] + cells[:, 2:]) / 2
            fresh = newton(system.misses, centres[: MAX_CELLS // 4])
            roots = _merged(system.misses, roots, fresh)
            cells = cells[~_explained(cells, roots)]
        if not len(cells):
            break
        if len(cells) > MAX_CELLS or len(roots) > MAX_ROOTS:
            found.note("a player is indifferent over a range of others' probabilities")
            break
        cells = _quarters(cells)
    else:
        found.note(
            "best replies leap at some probabilities of others, as many types change their minds "
            "at once: equilibria in which these types mix are not listed"
        )
    if len(roots) <= MAX_ROOTS:
        roots = _beside(system.misses, roots)
    if len(roots) and np.any(_determinants(system.misses, roots) < NEARLY_SINGULAR):
        found.note("two equilibria may be nearer to each other than the search can tell")
    found.roots = [Root(root) for root in roots]
    return found


def _grid() -> Floats:
    """(cells, 4) low and high corner of each cell, narrower near the sides of the square."""
    marks = (1 - np.cos(np.linspace(0, np.pi, CELLS + 1))) / 2
    low, high = marks[:-1], marks[1:]
    x, y = (mesh.ravel() for mesh in np.meshgrid(low, low, indexing="ij"))
    right, top = (mesh.ravel() for mesh in np.meshgrid(high, high, indexing="ij"))
    return np.stack([x, y, right, top], axis=1)


def _doubtful(misses: Misses, cells: Floats) -> NDArray[np.bool_]:
    """Whether both equations may vanish in a cell."""
    corners = cells[:, [[0, 1], [0, 3], [2, 1], [2, 3]]]
    centres = corners.mean(axis=1, keepdims=True)
    points, where = np.unique(
        np.concatenate([corners, centres], axis=1).reshape(-1, 2), axis=0, return_inverse=True
    )
    values = misses(points)[np.ravel(where)].reshape(len(cells), 5, 2)
    low, high = values.min(axis=1), values.max(axis=1)
    margin = (high - low) / 2 + 1e-12
    doubtful: NDArray[np.bool_] = ((low <= margin) & (high >= -margin)).all(axis=1)
    return doubtful


def _quarters(cells: Floats) -> Floats:
    low, high = cells[:, :2], cells[:, 2:]
    middle = (low + high) / 2
    parts = []
    for right in (False, True):
        for top in (False, True):
            upper = np.array([right, top])
            parts.append(
                np.concatenate(
                    [np.where(upper, middle, low), np.where(upper, high, middle)], axis=1
                )
            )
    return np.concatenate(parts)


def _explained(cells: Floats, roots: Floats) -> NDArray[np.bool_]:
    """Whether a root lies in a cell or right beside it."""
    low, high = cells[:, None, :2], cells[:, None, 2:]
    margin = high - low
    inside = (roots >= low - margin) & (roots <= high + margin)
    both: NDArray[np.bool_] = inside[..., 0] & inside[..., 1]
    explained: NDArray[np.bool_] = both.sum(axis=1) > 0
    return explained


def _merged(misses: Misses, roots: Floats, fresh: Floats) -> Floats:
    together = np.concatenate([roots, fresh])
    return distinct(together, misses(together)) if len(together) else together


def _beside(misses: Misses, roots: Floats) -> Floats:
    """Roots, and those that starts all around them lead to."""
    if not len(roots):
        return roots
    ring = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y], np.float64)
    starts = [roots[:, None, :] + radius * ring for radius in (1e-2, 1e-3, 1e-4)]
    points = np.clip(np.concatenate(starts, axis=1).reshape(-1, 2), 0.0, 1.0)
    return _merged(misses, roots, newton(misses, points))


def _determinants(misses: Misses, roots: Floats) -> Floats:
    matrices = jacobians(misses, roots, misses(roots))
    size = np.abs(matrices).max(axis=(1, 2))
    found: Floats = np.abs(np.linalg.det(matrices)) / np.maximum(size, 1.0) ** 2
    return found
