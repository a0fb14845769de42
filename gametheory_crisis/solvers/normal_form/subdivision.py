"""All roots of multilinear equations in a product of simplices, by subdivision.

A function that is affine in each player's probabilities takes its extremes over a product of
simplices at products of vertices.  So a cell in which some function has one sign at all of them
holds no root, which needs no interval arithmetic.  The equations are also multiplied by the
inverse of their derivative at the cell's centre: then each of them nearly depends on one unknown
alone, and where the derivative differs from the identity by less than 1 throughout the cell it
holds at most one root (a contraction argument; compare Neumaier 1990, chapter 5).

Functions are scaled to at most 1 in size; a sign counts only beyond `MARGIN`, far above what
rounding can do, so a cell is never discarded wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.solvers.normal_form.simplex_cells import (
    FloatArray,
    at_vertices,
    inflated,
    inside,
    local_derivative,
)

MARGIN = 1e-12
BATCH = 64
INFLATION = 1.5
"""How much larger than a cell is the simplex in which its root is looked for and is unique."""
INJECTIVE = 0.9
HALVINGS = 22
"""A cell whose edges have been halved this often on average is given up."""
MOST_GIVEN_UP = 24


@dataclass(frozen=True, slots=True)
class System:
    """Functions of the probabilities of several players, each affine in each player's.

    Attributes
    ----------
    sizes : (N,) number of actions of each player
    equations : (d, k_1, ..., k_N) values at pure profiles of the functions that must vanish, one
        for each of the ``d = sum(k_i - 1)`` unknowns
    also_zero : (q, k_1, ..., k_N) further functions that vanish where those do
    not_positive : (r, k_1, ..., k_N) functions that must not be positive
    """

    sizes: tuple[int, ...]
    equations: FloatArray
    also_zero: FloatArray
    not_positive: FloatArray


@dataclass(frozen=True, slots=True)
class Roots:
    """The roots found, as indices of the caller's certificates, and whether there are no others.

    Attributes
    ----------
    found : what `certify` gave for each root
    settled : whether every other root is excluded
    cells : cells looked at
    """

    found: tuple[int, ...]
    settled: bool
    cells: int


Certify = Callable[[list[FloatArray]], "int | None"]


def find_roots(system: System, certify: Certify, *, most_cells: int) -> Roots:
    """All roots in the closed product of simplices that break no inequality.

    Parameters
    ----------
    system : the functions
    certify : called with an approximate root (per player its probabilities); proves that there is
        a true root within 1e-11 of it and returns a number that names the root, the same
        whenever it is the same; None where there is no proof.  A root that it has named may lie
        outside of the simplices, or break an inequality
    most_cells : cells to look at before giving up
    """
    search = _Search(system, certify)
    cells = given_up = 0
    while search.waiting and cells < most_cells and given_up < MOST_GIVEN_UP:
        looked, lost = search.advance()
        cells += looked
        given_up += lost
    settled = not search.waiting and not given_up
    return Roots(tuple(sorted(search.found)), settled, cells)


class _Search:
    """Cells still to be looked at, as stacked vertex matrices, the deepest last."""

    def __init__(self, system: System, certify: Certify) -> None:
        self._system, self._certify = system, certify
        self._tables = np.concatenate(
            [system.equations, system.also_zero, system.not_positive], axis=0
        )
        self._mixing = [j for j, size in enumerate(system.sizes) if size > 1]
        self._edges = [
            (j, a, b) for j in self._mixing for a, b in combinations(range(system.sizes[j]), 2)
        ]
        self._deepest = HALVINGS * len(self._edges)
        self._cells: list[FloatArray] = [np.eye(size)[None] for size in system.sizes]
        self._depth = np.zeros(1, dtype=np.int64)
        self.found: set[int] = set()

    @property
    def waiting(self) -> int:
        """How many cells are left."""
        return len(self._depth)

    def advance(self) -> tuple[int, int]:
        """Look at one batch; returns how many cells that were and how many are given up."""
        cells = [vertices[-BATCH:] for vertices in self._cells]
        depth = self._depth[-BATCH:]
        self._cells = [vertices[:-BATCH] for vertices in self._cells]
        self._depth = self._depth[:-BATCH]
        values = at_vertices(self._tables, cells)
        keep = self._possible(values)
        cells, depth, values = [c[keep] for c in cells], depth[keep], values[keep]
        looked = len(keep)
        if not len(depth):
            return looked, 0
        conditioned, inverse = self._conditioned(values)
        flat = conditioned.reshape(*conditioned.shape[:2], -1)
        slack = MARGIN * (1.0 + np.abs(inverse).sum(axis=2))
        open_ = ((flat.min(axis=2) <= slack) & (flat.max(axis=2) >= -slack)).all(axis=1)
        if not open_.any():
            return looked, 0
        single = np.flatnonzero(open_)
        single = single[self._injective([c[single] for c in cells], inverse[single])]
        for c in single:
            open_[c] = not self._holds_known_root([vertices[c] for vertices in cells])
        deep = open_ & (depth >= self._deepest)
        split = open_ & ~deep
        self._split([c[split] for c in cells], depth[split], values[split])
        return looked, int(deep.sum())

    def _possible(self, values: FloatArray) -> NDArray[np.bool_]:
        """Per cell whether no function's signs exclude a root."""
        flat = values.reshape(*values.shape[:2], -1)
        zeros = len(self._system.equations) + len(self._system.also_zero)
        low, high = flat.min(axis=2), flat.max(axis=2)
        balanced = (low[:, :zeros] <= MARGIN) & (high[:, :zeros] >= -MARGIN)
        return np.asarray(balanced.all(axis=1) & (low[:, zeros:] <= MARGIN).all(axis=1))

    def _conditioned(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The equations times the inverse of their derivative, and that inverse.

        The inverse is the identity where there is none.
        """
        equations = values[:, : len(self._system.equations)]
        slopes = local_derivative(equations, self._mixing)
        singular = ~(np.abs(np.linalg.det(slopes)) > 1e-200)
        slopes[singular] = np.eye(slopes.shape[1])
        inverse = np.linalg.inv(slopes)
        huge = ~(np.abs(inverse).max(axis=(1, 2)) < 1e10)
        inverse[huge] = np.eye(slopes.shape[1])
        flat = equations.reshape(*equations.shape[:2], -1)
        return np.asarray(inverse @ flat).reshape(equations.shape), np.asarray(inverse)

    def _injective(self, cells: list[FloatArray], inverse: FloatArray) -> NDArray[np.bool_]:
        """Per cell whether there is at most one root in and around it.

        That is where the derivative of the conditioned equations is within `INJECTIVE` of the
        identity all over the inflated cell.
        """
        values = at_vertices(self._system.equations, [inflated(c, INFLATION) for c in cells])
        flat = values.reshape(*values.shape[:2], -1)
        values = ((inverse / INFLATION) @ flat).reshape(values.shape)
        sums = np.zeros(values.shape[:2])
        column = 0
        for j in self._mixing:
            ahead = np.moveaxis(values, j + 2, 0)
            for line in ahead[1:]:
                slopes = (line - ahead[0]).reshape(*sums.shape, -1)
                slopes[:, column] -= 1.0
                sums += np.abs(slopes).max(axis=2)
                column += 1
        rounding = MARGIN * np.abs(inverse).sum(axis=2).max(axis=1, initial=0.0)
        return np.asarray(sums.max(axis=1, initial=0.0) + rounding <= INJECTIVE)

    def _holds_known_root(self, cell: list[FloatArray]) -> bool:
        """Whether a root that has been named lies in or around a cell that has at most one."""
        root = newton(self._system, [c.mean(axis=0) for c in cell])
        if root is None or not inside(root, [inflated(c[None], INFLATION)[0] for c in cell]):
            return False
        name = self._certify(root)
        if name is None:
            return False
        self.found.add(name)
        return True

    def _split(self, cells: list[FloatArray], depth: NDArray[np.int64], values: FloatArray) -> None:
        """Halve in each cell the edge along which the equations change most.

        They are taken as they stand: once conditioned, they change by 1 along the shortest edge.
        """
        if not len(depth):
            return
        values = values[:, : len(self._system.equations)]
        change = np.stack([_change(values, *edge) for edge in self._edges], axis=1)
        choice = change.argmax(axis=1)
        stacks, depths = [self._cells], [self._depth]
        for e in np.unique(choice):
            j, a, b = self._edges[e]
            chosen = choice == e
            for kept in (a, b):
                half = [c[chosen] for c in cells]
                middle = (half[j][:, a] + half[j][:, b]) / 2.0
                half[j][:, b if kept == a else a] = middle
                stacks.append(half)
                depths.append(depth[chosen] + 1)
        self._cells = [np.concatenate(parts) for parts in zip(*stacks, strict=True)]
        self._depth = np.concatenate(depths)


def _change(values: FloatArray, j: int, a: int, b: int) -> FloatArray:
    """Per cell the most that any function changes along an edge of player j's simplex."""
    ahead = np.moveaxis(values, j + 2, 2)
    return np.asarray(np.abs(ahead[:, :, a] - ahead[:, :, b]).reshape(len(values), -1).max(axis=1))


def newton(system: System, start: list[FloatArray]) -> list[FloatArray] | None:
    """The root of the equations that Newton's method finds, or None."""
    point = [p.copy() for p in start]
    for _ in range(40):
        residual, slopes = _linearised(system, point)
        try:
            move: FloatArray = np.asarray(np.linalg.solve(slopes, -residual))
        except np.linalg.LinAlgError:
            return None
        if not np.abs(move).max() < 10.0:
            return None
        for p, part in zip(point, _parts(system.sizes, move), strict=True):
            p[1:] += part
            p[0] -= part.sum()
        if np.abs(move).max() < 1e-14:
            return point
    return point if np.abs(move).max() < 1e-11 else None


def _linearised(system: System, point: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """The equations' values at a point and their (d, d) derivative."""
    columns = []
    for j in range(len(point)):
        values = system.equations
        for axis in reversed(range(len(point))):
            if axis != j:
                values = np.tensordot(values, point[axis], axes=([axis + 1], [0]))
        columns.append(values[:, 1:] - values[:, :1])
        residual = values @ point[j]
    return residual, np.concatenate(columns, axis=1)


def _parts(sizes: Sequence[int], vector: FloatArray) -> Iterator[FloatArray]:
    start = 0
    for size in sizes:
        yield vector[start : start + size - 1]
        start += size - 1
