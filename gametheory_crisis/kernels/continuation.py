"""Vertices of a polyhedron followed from one point of the parameters to many others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gametheory_crisis.kernels.jit import entry_point, jit, source_digest

SAME, OTHER, DOUBT = 1, 0, 2
"""Whether all vertices keep their zeros; in doubt where a number is too close to 0 to tell."""
RESIDUAL = 1e-9
"""A row that the others imply may miss by this much."""
PIVOT = 1e-9
"""A smaller pivot is none."""


@jit
def solve_support(matrix, right, support, size, work, point):
    """Solve for the positive variables of one vertex; the others are 0.

    Parameters
    ----------
    matrix : float64 (rows, columns)
    right : float64 (rows,)
    support : int64 (columns,), the first ``size`` are the positive variables
    work : float64 (rows, columns + 1), modified
    point : float64 (columns,), modified: the vertex

    Returns
    -------
    Whether there is exactly one solution.
    """
    rows = matrix.shape[0]
    if size > rows:
        return False
    for i in range(rows):
        for k in range(size):
            work[i, k] = matrix[i, support[k]]
        work[i, size] = right[i]
    for k in range(size):
        best = k
        for i in range(k + 1, rows):
            if abs(work[i, k]) > abs(work[best, k]):
                best = i
        if not abs(work[best, k]) > PIVOT:
            return False
        for j in range(k, size + 1):
            swap = work[k, j]
            work[k, j] = work[best, j]
            work[best, j] = swap
        for i in range(rows):
            if i != k and work[i, k] != 0.0:
                factor = work[i, k] / work[k, k]
                for j in range(k, size + 1):
                    work[i, j] -= factor * work[k, j]
    for i in range(size, rows):
        if not abs(work[i, size]) <= RESIDUAL:
            return False
    point[:] = 0.0
    for k in range(size):
        point[support[k]] = work[k, size] / work[k, k]
    return True


def _build(digest: int) -> Callable[..., Any]:
    @entry_point
    def follow(matrix, right, support, sizes, margin, verdict, points):
        """Follow the vertices of {z >= 0: matrix z = right}, known at one point, to many.

        Parameters
        ----------
        matrix : float64 (points, rows, columns)
        right : float64 (points, rows)
        support : int64 (vertices, columns), the positive variables of each vertex
        sizes : int64 (vertices,), how many they are
        margin : a number above it is positive, one below its negative negative
        verdict : int8 (points,), modified: `SAME` stays where all positive variables of all
            vertices are positive; else `OTHER`, or `DOUBT` if nothing is clearly negative
        points : float64 (points, vertices, columns), modified

        Returns
        -------
        The digest of the sources that this code was compiled from.
        """
        work = np.empty((matrix.shape[1], matrix.shape[2] + 1))
        for cell in range(matrix.shape[0]):
            if verdict[cell] != SAME:
                continue
            for v in range(len(sizes)):
                point = points[cell, v]
                if not solve_support(matrix[cell], right[cell], support[v], sizes[v], work, point):
                    verdict[cell] = OTHER
                    break
                for k in range(sizes[v]):
                    if point[support[v, k]] < -margin:
                        verdict[cell] = OTHER
                    elif not point[support[v, k]] > margin and verdict[cell] == SAME:
                        verdict[cell] = DOUBT
                if verdict[cell] == OTHER:
                    break
        return digest

    return follow


follow = _build(source_digest(__name__))
"""Follows vertices; see the docstring of the function itself."""
