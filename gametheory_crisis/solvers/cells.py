"""Solved cells: what is kept of each, and what every solver of many points has in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.solvers.spreading import Progress

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]

QUANTITIES = ("equilibria", "expected_day", "payoff", "probability")
"""What is stored besides regime and status, unless fewer are asked for."""
SOLVED, TIE, SEVERAL, STUCK, UNDEFINED, NO_GAME = 1, 2, 3, 4, 5, 6
"""Status of a cell."""


@dataclass(frozen=True)
class Cells:
    """Solved cells in rows.

    Attributes
    ----------
    regime : int8 (rows, cells), -1 where unsolved
    regimes_mask : int32 (rows, cells), bit k set where regime k belongs to an equilibrium found
    equilibria : int32 (rows, cells), 1 where the equilibrium is unique, else how many were found
    status : int8 (rows, cells): 1 solved, 2 tie, 3 several regimes, 4 not converged, 5 payoff not
        finite, 6 no game at this point
    expected_day : float64 (rows, cells)
    payoff : float64 (players, rows, cells)
    probability : float64 (outcomes, rows, cells)
    """

    regime: NDArray[np.int8]
    regimes_mask: NDArray[np.int32]
    equilibria: NDArray[np.int32]
    status: NDArray[np.int8]
    expected_day: Floats
    payoff: Floats
    probability: Floats


def empty_cells(
    players: int, outcomes: int, rows: int, cells: int, quantities: Sequence[str] = QUANTITIES
) -> Cells:
    """Pending cells; quantities that are not wanted take no memory."""

    def room(name: str) -> tuple[int, int]:
        return (rows, cells) if name in quantities else (0, 0)

    return Cells(
        regime=np.empty((rows, cells), dtype=np.int8),
        regimes_mask=np.empty((rows, cells), dtype=np.int32),
        equilibria=np.empty(room("equilibria"), dtype=np.int32),
        status=np.zeros((rows, cells), dtype=np.int8),
        expected_day=np.empty(room("expected_day")),
        payoff=np.empty((players, *room("payoff"))),
        probability=np.empty((outcomes, *room("probability"))),
    )


def forbid(cells: Cells, admissible: NDArray[np.bool_]) -> None:
    """Mark cells of the only row as having no game, where they are not admissible."""
    bad = np.nonzero(~admissible)[0]
    cells.status[0, bad] = NO_GAME
    cells.regime[0, bad] = -1
    cells.regimes_mask[0, bad] = 0
    cells.equilibria[0, bad] = 0
    cells.expected_day[0, bad] = np.nan
    cells.payoff[:, 0, bad] = np.nan
    cells.probability[:, 0, bad] = np.nan


def in_one_row(by_row: Cells) -> Cells:
    """Rows of a single cell each as one row."""
    return Cells(**{name: np.swapaxes(values, -1, -2) for name, values in vars(by_row).items()})


def copy_cells(part: Cells, whole: Cells, first: int, last: int) -> None:
    """Put a part into the place of the cells ``first`` to ``last`` of every row."""
    for name, values in vars(part).items():
        if values.size:
            getattr(whole, name)[..., first:last] = values


class PointSolver(Protocol):
    """Solves any list of points."""

    @property
    def rules(self) -> tuple[str, ...]:
        """Rules of selection that apply."""

    @property
    def default(self) -> str | None:
        """The rule that no rule amounts to, if there is one."""

    def solve_columns(
        self,
        fixed: Mapping[str, float],
        columns: Mapping[str, Floats],
        *,
        quantities: Sequence[str] = QUANTITIES,
        select: str | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Cells:
        """Solve a list of points.

        Parameters
        ----------
        fixed : parameters that are the same at every point
        columns : at least one of the others, float64 (points,) each
        quantities, select, threads, progress : see `BlockSolver.solve`

        Returns
        -------
        Cells
            One row with a cell for each point.
        """
