"""Many points one after the other, for games that the block kernel does not express."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from gametheory_crisis.errors import NotFinite, ParameterError, SolverError, UnsupportedGame
from gametheory_crisis.games.stage import StageGame
from gametheory_crisis.solvers.block_induction import (
    NO_GAME,
    QUANTITIES,
    SEVERAL,
    SOLVED,
    STUCK,
    TIE,
    UNDEFINED,
    Cells,
    Floats,
    Progress,
    default_threads,
    empty_cells,
    in_one_row,
)
from gametheory_crisis.solvers.cell_workers import solve_shared
from gametheory_crisis.solvers.recursion import solve_recursion
from gametheory_crisis.solvers.regimes import regime_of
from gametheory_crisis.solvers.values import Value

WORTH_A_PROCESS = 250
"""A process, which takes seconds to start, is worth that for so many points."""


class CellByCell(ABC):
    """Solves points one after the other; see `BlockSolver` for the methods.

    Threads would wait for the interpreter lock; where it is worth it there are processes instead.

    Attributes
    ----------
    num_players, num_outcomes : sizes of what is stored
    shared : whether many points are shared out over processes, to which the solver is pickled
    """

    num_players: int
    num_outcomes: int
    shared = False

    @abstractmethod
    def equilibria(self, point: Mapping[str, float]) -> Sequence[tuple[Value, int]]:
        """The equilibria at a point: the value of each, and the index of its regime."""

    def solve(
        self,
        fixed: Mapping[str, float],
        row: Mapping[str, Floats],
        cell: Mapping[str, Floats],
        *,
        quantities: Sequence[str] = QUANTITIES,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Cells:
        """Solve every combination of a row with a cell; see `BlockSolver.solve`."""
        rows = len(next(iter(row.values()))) if row else 1
        cells = len(next(iter(cell.values()))) if cell else 1
        processes = min(threads or default_threads(), rows * cells // WORTH_A_PROCESS)
        if self.shared and processes > 1 and sys.executable:
            return solve_shared(self, fixed, row, cell, quantities, processes, progress)
        out = empty_cells(self.num_players, self.num_outcomes, rows, cells, quantities)
        if progress is not None:
            progress(0, rows * cells)
        for r in range(rows):
            for c in range(cells):
                point = dict(fixed)
                point |= {name: float(values[r]) for name, values in row.items()}
                point |= {name: float(values[c]) for name, values in cell.items()}
                self._cell(point, out, r, c)
            if progress is not None:
                progress((r + 1) * cells, rows * cells)
        return out

    def solve_columns(
        self,
        fixed: Mapping[str, float],
        columns: Mapping[str, Floats],
        *,
        quantities: Sequence[str] = QUANTITIES,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Cells:
        """Solve a list of points; see `PointSolver`."""
        by_row = self.solve(
            fixed, columns, {}, quantities=quantities, threads=threads, progress=progress
        )
        return in_one_row(by_row)

    def _cell(self, point: Mapping[str, float], out: Cells, r: int, c: int) -> None:
        """Solve one point and store it."""
        found: Sequence[tuple[Value, int]] = ()
        try:
            found = self.equilibria(point)
            status = SOLVED if found else STUCK
        except NotFinite:
            status = UNDEFINED
        except ParameterError:
            status = NO_GAME
        except (UnsupportedGame, SolverError):
            status = STUCK
        regimes = {regime for _, regime in found}
        if len(found) > 1:
            status = SEVERAL if len(regimes) > 1 else TIE
        out.status[r, c] = status
        out.regime[r, c] = found[0][1] if found else -1
        out.regimes_mask[r, c] = sum(1 << regime for regime in regimes)
        if out.equilibria.size:
            out.equilibria[r, c] = len(found)
        _store(found[0][0] if found else None, out, r, c)


def _store(value: Value | None, out: Cells, r: int, c: int) -> None:
    """The numbers of the first equilibrium of a cell."""
    if out.expected_day.size:
        out.expected_day[r, c] = np.nan if value is None else float(value.day)
    for i in range(out.payoff.shape[0] if out.payoff.size else 0):
        out.payoff[i, r, c] = np.nan if value is None else float(value.payoffs[i])
    for k in range(out.probability.shape[0] if out.probability.size else 0):
        share = np.nan if value is None else float(value.outcomes.get(k, 0))
        out.probability[k, r, c] = share


class PointwiseSolver(CellByCell):
    """Solves points of one game of public moves by plain backward induction in floats."""

    def __init__(self, game: StageGame) -> None:
        self.game = game
        self.num_players = len(game.players)
        self.num_outcomes = len(game.outcomes)

    def equilibria(self, point: Mapping[str, float]) -> Sequence[tuple[Value, int]]:
        """The equilibria at a point; see `CellByCell.equilibria`."""
        found = solve_recursion(self.game, point, exact=False)
        values = [profile.value for profile in found.profiles]
        return [(value, regime_of(self.game, point, value)) for value in values]
