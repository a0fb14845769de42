"""How a sweep is cut into chunks, each of which is solved and written by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.solvers.equilibrium_tables import TableSolver
from gametheory_crisis.solvers.pointwise import CellByCell
from gametheory_crisis.sweeps.plan import Box, Plan

BYTES = 48 << 20
"""Numbers of a chunk before compression: large against the overhead of a file, small in memory."""
FEWEST, MOST = 1 << 14, 1 << 23
"""Cells of a chunk, where the size is chosen by itself."""
IN_ALL = 64
"""A sweep of some size has at least so many chunks, so that one cut short has got somewhere."""
TABLE_CELLS, SLOW_CELLS = 1 << 16, 1 << 10
"""Cells of a chunk of models that are solved in tables, and one by one."""
MOST_CHUNKS = 200_000
"""More files than that are a burden to file systems."""


@dataclass(frozen=True, slots=True)
class ChunkGrid:
    """A regular division of the points into chunks; those at the far ends may be smaller.

    Attributes
    ----------
    shape : number of points along each dimension
    chunk : the same of a whole chunk
    """

    shape: tuple[int, ...]
    chunk: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of chunks along each dimension."""
        return tuple(-(-n // c) for n, c in zip(self.shape, self.chunk, strict=True))

    def __len__(self) -> int:
        return math.prod(self.counts)

    def places(self) -> Iterator[tuple[int, ...]]:
        """The place of every chunk, the last dimension fastest."""
        return product(*map(range, self.counts))

    def place(self, number: int) -> tuple[int, ...]:
        """The place of a chunk, counted from 0 as `places` lists them."""
        found = []
        for count in reversed(self.counts):
            number, index = divmod(number, count)
            found.append(index)
        return tuple(reversed(found))

    def box(self, number: int) -> Box:
        """The points of a chunk."""
        return tuple(
            slice(k * c, min((k + 1) * c, n))
            for k, c, n in zip(self.place(number), self.chunk, self.shape, strict=True)
        )

    def size(self, number: int) -> int:
        """Number of points of a chunk."""
        return math.prod(part.stop - part.start for part in self.box(number))


def chunk_grid(plan: Plan, cells: int | None = None) -> ChunkGrid:
    """A division whose chunks have about so many cells, long where the kernel's blocks run.

    Raises
    ------
    ParameterError
        The chunks would be too many.
    """
    wanted = usual_cells(plan) if cells is None else cells
    if wanted < 1:
        raise ParameterError(f"a chunk has at least one cell, not {wanted}")
    chunk = [1] * len(plan.shape)
    for axis in _in_order(plan):
        chunk[axis] = min(plan.shape[axis], max(1, wanted // math.prod(chunk)))
    grid = ChunkGrid(plan.shape, tuple(chunk))
    if len(grid) > MOST_CHUNKS:
        raise ParameterError(
            f"{len(grid):,} chunks are too many files; at most {MOST_CHUNKS:,}: larger chunks"
        )
    return grid


def usual_cells(plan: Plan) -> int:
    """Cells of a chunk, by the size of a cell and the pace of the model."""
    solver = plan.model.block_solver
    if isinstance(solver, CellByCell):
        return SLOW_CELLS
    if isinstance(solver, TableSolver):
        return TABLE_CELLS
    cells = min(BYTES // bytes_of_cell(plan), MOST)
    return max(FEWEST, min(cells, -(-plan.size // IN_ALL)))


def bytes_of_cell(plan: Plan) -> int:
    """Bytes that a cell takes before compression."""
    sizes = {
        "equilibria": 4,
        "expected_day": 8,
        "payoff": 8 * len(plan.model.players),
        "probability": 8 * len(plan.model.outcomes),
    }
    return 6 + sum(sizes[name] for name in plan.quantities)


def _in_order(plan: Plan) -> Sequence[int]:
    """Dimensions in the order in which a chunk fills them."""
    others = [axis for axis in reversed(range(len(plan.shape))) if axis != plan.inner]
    return [plan.inner, *others]
