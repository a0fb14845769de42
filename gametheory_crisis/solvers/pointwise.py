"""Many points one after the other, for games that the block kernel does not express."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
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
    empty_cells,
    forbid,
)
from gametheory_crisis.solvers.recursion import Recursion, solve_recursion
from gametheory_crisis.solvers.regimes import regime_of


@dataclass(frozen=True)
class PointwiseSolver:
    """Solves points of one game by plain backward induction in floats."""

    game: StageGame

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
        del threads  # the interpreter lock leaves nothing to share out
        rows = len(next(iter(row.values()))) if row else 1
        cells = len(next(iter(cell.values()))) if cell else 1
        players, outcomes = len(self.game.players), len(self.game.outcomes)
        out = empty_cells(players, outcomes, rows, cells, quantities)
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

    def solve_points(
        self,
        columns: Mapping[str, Floats],
        admissible: NDArray[np.bool_],
        *,
        threads: int | None = None,
    ) -> Cells:
        """Solve a list of points; see `BlockSolver.solve_points`."""
        out = self.solve({}, {}, columns, threads=threads)
        forbid(out, admissible)
        return out

    def _cell(self, point: Mapping[str, float], out: Cells, r: int, c: int) -> None:
        """Solve one point and store it."""
        found: Recursion | None = None
        out.regime[r, c] = -1
        out.regimes_mask[r, c] = 0
        try:
            found = solve_recursion(self.game, point, exact=False)
            out.status[r, c] = SOLVED
        except NotFinite:
            out.status[r, c] = UNDEFINED
        except ParameterError:
            out.status[r, c] = NO_GAME
        except UnsupportedGame:
            out.status[r, c] = STUCK
        if found is not None:
            regimes = [regime_of(self.game, point, profile.value) for profile in found.profiles]
            out.regime[r, c] = regimes[0]
            out.regimes_mask[r, c] = sum(1 << regime for regime in set(regimes))
            if len(regimes) > 1:
                out.status[r, c] = SEVERAL if len(set(regimes)) > 1 else TIE
        self._numbers(found, out, r, c)

    def _numbers(self, found: Recursion | None, out: Cells, r: int, c: int) -> None:
        value = None if found is None else found.profiles[0].value
        if out.equilibria.size:
            out.equilibria[r, c] = 0 if found is None else len(found.profiles)
        if out.expected_day.size:
            out.expected_day[r, c] = np.nan if value is None else float(value.day)
        for i in range(out.payoff.shape[0] if out.payoff.size else 0):
            out.payoff[i, r, c] = np.nan if value is None else float(value.payoffs[i])
        for k in range(out.probability.shape[0] if out.probability.size else 0):
            share = np.nan if value is None else float(value.outcomes.get(k, 0))
            out.probability[k, r, c] = share
