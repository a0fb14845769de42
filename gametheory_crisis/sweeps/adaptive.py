"""A map of regimes from few of its cells: solved where regimes meet, and filled in between."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.model import Model
from gametheory_crisis.solvers.cells import Cells, empty_cells
from gametheory_crisis.solvers.pointwise import CellByCell
from gametheory_crisis.solvers.spreading import Progress
from gametheory_crisis.sweeps.plan import SAMPLE, Plan, grid_plan
from gametheory_crisis.sweeps.refinement import Indices, Labels, refine
from gametheory_crisis.sweeps.sweep import Sweep

START = 16
"""Stride of the first lattice: 0.4 % of a large map's cells are on it, and as many are probes."""
USUAL_PART = 50
"""One cell in so many is solved in a usual map."""
BLOCKS = 8
"""The first lattice has no fewer blocks along an axis, as long as there are cells for them."""


@dataclass(frozen=True)
class Adaptive:
    """A map that was solved in some cells and filled in between.

    Attributes
    ----------
    sweep : regime, regimes and status of every cell; no quantities
    evaluated : bool, in the shape of the map: True where the cell was solved, False where filled
    strides : of the first lattice of cells, down and across
    """

    sweep: Sweep
    evaluated: NDArray[np.bool_]
    strides: tuple[int, int]

    @property
    def solved(self) -> int:
        """How many cells were solved."""
        return int(np.count_nonzero(self.evaluated))

    @property
    def guarantee(self) -> str:
        """What was solved, and what that says of the cells that were not; see `refine`."""
        size = self.evaluated.size
        if self.solved == size:
            return f"All {size:,} cells solved."
        rows, columns = self.strides
        return (
            f"{self.solved:,} of {size:,} cells solved ({100 * self.solved / size:.2f} %). Every "
            "other cell lies in a block whose solved cells, its corners among them, are all alike, "
            "and is taken to be like them. A region of like cells that touch is exact if any of "
            f"them was solved, as it is if it holds {rows} x {columns} cells; a narrower one can "
            "be missed."
        )


def run_adaptive(
    model: Model,
    axes: Mapping[str, ArrayLike],
    values: Mapping[str, Any] | None = None,
    *,
    select: str | None = None,
    start: int = START,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Adaptive:
    """Map the regimes over two parameters without solving every cell.

    A lattice of cells and a probe in each of its blocks are solved first, then the cells of ever
    smaller blocks where two differ in regime, regimes or status. So ties are filled in only where
    all solved cells of a block are ties of the same regimes, and a cell beside one of another kind
    is solved, not filled.

    Parameters
    ----------
    axes : two parameters and their values, two or more each, those of the rows first
    values : the other parameters, where they differ from the file's
    select : rule where a cell has several equilibria, see `run_sweep`
    start : stride of the lattice, a power of two, less along a short axis; regions that hold a
        square of so many cells are found, and narrower ones if they touch the lattice, a probe or
        what is solved because of them; 1 solves every cell
    threads : default: all that the process may use; the result does not depend on it
    progress : called now and then with cells solved and cells known to be needed, which grow

    Raises
    ------
    ParameterError
        An unknown parameter, a value outside its range, not two axes of two values, or a start
        that is no power of two.
    UnsupportedGame
        No engine solves the model, or the rule does not apply to it.
    """
    plan = grid_plan(model, axes, values, (), select)
    _check(plan, start)
    # In an order of their own, so that the map's rows and columns can be exchanged.
    names = sorted(plan.axes)
    shape = len(plan.axes[names[0]]), len(plan.axes[names[1]])
    strides = _stride(shape[0], start), _stride(shape[1], start)
    solver = _CellSolver(plan, names, threads, progress)
    with _workers_for(plan, threads):
        labels, evaluated = refine(shape, strides, solver)
    if names != list(plan.axes):
        labels, evaluated, strides = labels.T, evaluated.T, strides[::-1]
    return Adaptive(Sweep.of(plan, solver.cells(labels)), evaluated, strides)


def _workers_for(plan: Plan, threads: int | None) -> AbstractContextManager[None]:
    """Processes that last from one round to the next, where the model is solved by processes."""
    solver = plan.model.block_solver
    if isinstance(solver, CellByCell):
        return solver.keeping_workers(plan.size // USUAL_PART, threads)
    return nullcontext()


def _check(plan: Plan, start: int) -> None:
    if len(plan.axes) != 2:
        raise ParameterError(f"an adaptive map has two axes, not {len(plan.axes)}")
    for name, values in plan.axes.items():
        if len(values) < 2:
            raise ParameterError(f"the axis '{name}' of an adaptive map needs two values or more")
    whole = isinstance(start, int | np.integer) and start >= 1
    if not whole or start & (start - 1):
        raise ParameterError(f"the start of an adaptive map is a power of two, not {start!r}")


def _stride(length: int, start: int) -> int:
    """Stride of the first lattice along an axis."""
    largest = max(1, (length - 1) // BLOCKS)
    return min(int(start), 1 << (largest.bit_length() - 1))


class _CellSolver:
    """Solves cells of a grid, and labels each with the number of its kind.

    A kind is a regime, a set of regimes and a status, packed into one number: the regime from -1 on
    in 8 bits, the status in 8, the set above. Kinds are numbered as they turn up.
    """

    def __init__(
        self, plan: Plan, names: list[str], threads: int | None, progress: Progress | None
    ) -> None:
        self.plan = plan
        self.names = names
        self.threads = threads
        self.progress = progress
        self.solved = 0
        self.kinds: dict[int, int] = {}

    def __call__(self, rows: Indices, columns: Indices) -> Labels:
        """Kinds of some cells."""
        points = {
            name: self.plan.axes[name][index]
            for name, index in zip(self.names, (rows, columns), strict=True)
        }
        listed = replace(self.plan, axes={SAMPLE: np.arange(len(rows))}, columns=points)
        progress = None if self.progress is None else self._show
        found = listed.solve(threads=self.threads, progress=progress)
        self.solved += len(rows)
        mask = found.regimes_mask.astype(np.int64)
        kinds = (mask << 16) | (found.status.astype(np.int64) << 8) | (found.regime + 1)
        different, place = np.unique(kinds, return_inverse=True)
        numbers = [self.kinds.setdefault(kind, len(self.kinds)) for kind in different.tolist()]
        return np.array(numbers, dtype=np.int32)[place]

    def _show(self, done: int, number: int) -> None:
        if self.progress is not None:
            self.progress(self.solved + done, self.solved + number)

    def cells(self, labels: Labels) -> Cells:
        """The cells of a grid from their labels."""
        kinds = np.array(list(self.kinds), dtype=np.int64)
        model = self.plan.model
        bare = empty_cells(len(model.players), len(model.outcomes), 0, 0, ())
        return replace(
            bare,
            regime=((kinds & 0xFF) - 1).astype(np.int8)[labels],
            regimes_mask=(kinds >> 16).astype(np.int32)[labels],
            status=(kinds >> 8 & 0xFF).astype(np.int8)[labels],
        )
