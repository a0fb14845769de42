"""Products of simplices, many at once, and multilinear functions at their vertices.

A cell is per player a matrix whose rows are the vertices of a simplex of probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]


def at_vertices(tables: FloatArray, cells: Sequence[FloatArray]) -> FloatArray:
    """(B, q, k_1, ..., k_N) values of q tables at the products of the vertices of B cells.

    Parameters
    ----------
    tables : (q, k_1, ..., k_N) values at pure profiles
    cells : per player (B, k_j, k_j) vertices (rows) of each cell
    """
    values = np.broadcast_to(tables, (len(cells[0]), *tables.shape))
    for j, vertices in enumerate(cells):
        if vertices.shape[1] == 1:
            continue
        last = np.moveaxis(values, j + 2, -1)
        flat = last.reshape(len(vertices), -1, last.shape[-1]) @ vertices.transpose(0, 2, 1)
        values = np.moveaxis(flat.reshape(last.shape), -1, j + 2)
    return values


def local_derivative(values: FloatArray, mixing: Sequence[int]) -> FloatArray:
    """(B, q, d) derivatives at the centres of cells, by weight moved from the first vertices.

    Parameters
    ----------
    values : (B, q, k_1, ..., k_N) values at products of vertices
    mixing : the players with more than one vertex
    """
    columns = []
    for j in mixing:
        others = tuple(axis for axis in range(2, values.ndim) if axis != j + 2)
        mean = values.mean(axis=others)
        columns.append(mean[:, :, 1:] - mean[:, :, :1])
    return np.concatenate(columns, axis=2)


def inflated(vertices: FloatArray, factor: float) -> FloatArray:
    """(B, k, k) vertices of simplices a number of times as large about the same centres."""
    centre = vertices.mean(axis=1, keepdims=True)
    return np.asarray(centre + factor * (vertices - centre))


def inside(point: list[FloatArray], cell: list[FloatArray]) -> bool:
    """Whether a point lies well inside a product of simplices."""
    for p, vertices in zip(point, cell, strict=True):
        if len(p) > 1:
            weights = np.linalg.solve(vertices.T, p)
            if not weights.min() > 1e-3:
                return False
    return True
