"""Rows of cells: solved by a kernel first, and looked at again where choices tie or it is stuck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.schedule import Schedule
from gametheory_crisis.solvers.cells import (
    SEVERAL,
    STUCK,
    TIE,
    Cells,
    Floats,
    Indices,
    empty_cells,
)
from gametheory_crisis.solvers.specialised import Kernel

if TYPE_CHECKING:
    from gametheory_crisis.solvers.block_induction import BlockSolver


class RowSolver:
    """Solves rows of one sweep, and looks again at the cells that need it."""

    def __init__(
        self,
        solver: BlockSolver,
        fixed: Mapping[str, float],
        row: Mapping[str, Floats],
        cell: Mapping[str, Floats],
        out: Cells,
        kernel: Kernel | None,
        select: str | None,
    ) -> None:
        self.solver = solver
        self.fixed = fixed
        self.row = row
        self.cell = cell
        self.out = out
        self.select = None if select == solver.default else select
        plan = solver.tiered_schedule(tuple(row), tuple(cell)).schedule
        self.first_look = block_task(plan, fixed, row, cell, out, kernel)

    def __call__(self, start: int, stop: int) -> None:
        """Solve rows ``start`` to ``stop``."""
        self.first_look(start, stop)
        status = self.out.status[start:stop]
        tied = _sparse(status == TIE)
        if len(tied):
            places = self._cells(tied, start)
            self._break_ties_the_other_way(*places)
            if self.select is not None:
                self._show_selected(*places)
        if self.solver.program.partial:
            irregular = _sparse(status == STUCK)
            if len(irregular):
                self._one_by_one(*self._cells(irregular, start))

    def _cells(self, flat: NDArray[np.intp], start: int) -> tuple[Indices, Indices]:
        """Rows and cells of positions in the rows from ``start`` on, counted through."""
        rows, cells = np.divmod(flat, self.out.status.shape[1])
        return rows + start, cells

    def _points(self, rows: Indices, cells: Indices) -> dict[str, Floats]:
        """The swept parameters at some cells, as columns."""
        points = {name: values[rows] for name, values in self.row.items()}
        return points | {name: values[cells] for name, values in self.cell.items()}

    def _break_ties_the_other_way(self, rows: Indices, cells: Indices) -> None:
        """Solve tied cells once more, and add the regime found to those of the cell."""
        points = self._points(rows, cells)
        other = empty_cells(self.solver.num_players, self.solver.num_outcomes, 1, len(rows), ())
        plan = self.solver.tiered_schedule((), tuple(points), last=True).schedule
        block_task(plan, self.fixed, {}, points, other)(0, 1)
        found = other.regime[0]
        differs = (found >= 0) & (found != self.out.regime[rows, cells])
        rows, cells, found = rows[differs], cells[differs], found[differs]
        self.out.regimes_mask[rows, cells] |= np.left_shift(1, found.astype(np.int32))
        self.out.status[rows, cells] = SEVERAL

    def _show_selected(self, rows: Indices, cells: Indices) -> None:
        """Let the rule pick among all equilibria of tied cells."""
        from gametheory_crisis.solvers.cell_selection import show_selected

        points = self._points(rows, cells)
        found = self.solver.fallback.solve_columns(self.fixed, points, select=self.select)
        show_selected(self.out, rows, cells, found)

    def _one_by_one(self, rows: Indices, cells: Indices) -> None:
        """Solve irregular cells by themselves."""
        points = self._points(rows, cells)
        found = self.solver.fallback.solve_columns(self.fixed, points, select=self.select)
        for name in self.out.__dataclass_fields__:
            target = getattr(self.out, name)
            if target.size:
                target[..., rows, cells] = getattr(found, name)[..., 0, :]


def block_task(
    plan: Schedule,
    fixed: Mapping[str, float],
    row: Mapping[str, Floats],
    cell: Mapping[str, Floats],
    out: Cells,
    kernel: Kernel | None = None,
) -> Callable[[int, int], None]:
    """A function that solves rows ``start`` to ``stop``, by the block kernel or by another."""
    from gametheory_crisis.kernels import blocks

    constants = np.array([fixed[name] for name in plan.fixed[0]], dtype=np.float64)
    by_row = _table(plan.row[0], row, out.regime.shape[0])
    by_cell = _table(plan.cell[0], cell, out.regime.shape[1])
    store = (
        out.regime,
        out.regimes_mask,
        out.status,
        out.equilibria,
        out.expected_day,
        out.payoff,
        out.probability,
    )
    if kernel is not None:
        return lambda start, stop: kernel(constants, by_row, by_cell, -0.0, start, stop, store)
    arguments: tuple[Any, ...] = (
        plan.code,
        plan.bounds,
        plan.num_registers,
        plan.constants,
        (plan.fixed[1], constants),
        (plan.row[1], by_row),
        (plan.cell[1], by_cell),
        np.array([plan.deadline, plan.day], dtype=np.int64),
        plan.initial,
        plan.following,
        plan.results,
    )

    def run(start: int, stop: int) -> None:
        compiled_from = blocks.solve_rows(*arguments, start, stop, store)
        if compiled_from != blocks.DIGEST:
            raise RuntimeError("compiled kernels are older than their sources; clear numba's cache")

    return run


def _sparse(mask: NDArray[np.bool_]) -> Indices:
    """Positions where a mask holds, counted through; quick where they are few.

    Eight neighbours are looked at together first.
    """
    flat = np.ascontiguousarray(mask).ravel()
    whole = len(flat) - len(flat) % 8
    hit = np.flatnonzero(flat[:whole].view(np.uint64))
    near = (8 * hit[:, None] + np.arange(8)).ravel()
    rest = whole + np.flatnonzero(flat[whole:])
    return np.concatenate((near[flat[near]], rest))


def _table(names: Sequence[str], values: Mapping[str, Floats], length: int) -> Floats:
    table = np.empty((len(names), length))
    for k, name in enumerate(names):
        table[k] = values[name]
    return table
