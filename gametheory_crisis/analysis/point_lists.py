"""Lists of points, solved for an analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import SolverError
from gametheory_crisis.solvers.block_induction import BlockSolver
from gametheory_crisis.sweeps.variables import STATUS

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.solvers.cells import Cells
    from gametheory_crisis.solvers.spreading import Progress

LONG = 1 << 20
"""With fewer points, code compiled for the model would hardly save what compiling takes."""
WITH_SOLUTION = ("solved", "tie", "several regimes")
"""Statuses of points that have one."""


def solve_points(
    model: Model,
    fixed: Mapping[str, float],
    columns: Mapping[str, NDArray[np.float64]],
    *,
    quantities: Sequence[str] = (),
    select: str | None = None,
    total: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Cells:
    """Solve a list of points; see `PointSolver.solve_columns`.

    Parameters
    ----------
    total : how many points there will be in one long list, of which this is a part; 0 for short
        lists that come one after the other
    """
    options: dict[str, Any] = {"select": select, "threads": threads, "progress": progress}
    if isinstance(model.block_solver, BlockSolver):
        options["specialise"] = "auto" if total >= LONG else "never"
    cells: Cells = model.block_solver.solve_columns(
        fixed, columns, quantities=quantities, **options
    )
    return cells


def counts_by_status(status: NDArray[np.int8]) -> dict[str, int]:
    """How many points have which status, in words; statuses that no point has are left out."""
    counts = np.bincount(status, minlength=len(STATUS))
    return {word: int(count) for word, count in zip(STATUS, counts, strict=True) if count}


def check_some_solved(counts: dict[str, int]) -> None:
    """An error where not a single point has a solution.

    Parameters
    ----------
    counts : see `counts_by_status`

    Raises
    ------
    SolverError
        So it is.
    """
    if counts.keys().isdisjoint(WITH_SOLUTION):
        reasons = ", ".join(f"{count:,} {word}" for word, count in counts.items())
        raise SolverError(f"none of the {sum(counts.values()):,} points has a solution: {reasons}")
