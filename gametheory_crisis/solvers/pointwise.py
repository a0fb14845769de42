"""Many points one after the other, for games that the block kernel does not express."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from gametheory_crisis.errors import NotFinite, ParameterError, SolverError, UnsupportedGame
from gametheory_crisis.games.stage import Kind, StageGame
from gametheory_crisis.solvers.cell_selection import BASIC_RULES, check_rule, largest_sum
from gametheory_crisis.solvers.cell_workers import CellWorkers, solve_shared
from gametheory_crisis.solvers.cells import (
    NO_GAME,
    QUANTITIES,
    SEVERAL,
    SOLVED,
    STUCK,
    TIE,
    UNDEFINED,
    Cells,
    Floats,
    empty_cells,
    in_one_row,
)
from gametheory_crisis.solvers.normal_form.selection import RULES
from gametheory_crisis.solvers.recursion import solve_recursion
from gametheory_crisis.solvers.regimes import regime_of
from gametheory_crisis.solvers.spreading import Progress, default_threads
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
    rules : rules of selection that apply
    default : the rule that no rule amounts to, if there is one
    """

    num_players: int
    num_outcomes: int
    shared = False
    rules: tuple[str, ...] = BASIC_RULES
    default: str | None = "first"
    _kept: CellWorkers | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_kept"}

    @contextmanager
    def keeping_workers(self, points: int, threads: int | None = None) -> Iterator[None]:
        """Keep processes alive between calls that together solve about so many points."""
        processes = min(threads or default_threads(), points // WORTH_A_PROCESS)
        if not self.shared or processes < 2 or not sys.executable:
            yield
            return
        with CellWorkers(self, processes) as workers:
            self._kept = workers
            try:
                yield
            finally:
                self._kept = None

    @abstractmethod
    def equilibria(self, point: Mapping[str, float]) -> Sequence[tuple[Value, int]]:
        """The equilibria at a point: the value of each, and the index of its regime."""

    def selected(
        self, point: Mapping[str, float], found: Sequence[tuple[Value, int]], rule: str
    ) -> tuple[Value, int]:
        """The equilibrium that a rule takes of those found, or another where it finds its own.

        Raises
        ------
        UnsupportedGame, SolverError
            It takes none at this point.
        """
        del point
        if rule == "payoff":
            return found[largest_sum([value.payoffs for value, _ in found])]
        return found[0]

    def solve(
        self,
        fixed: Mapping[str, float],
        row: Mapping[str, Floats],
        cell: Mapping[str, Floats],
        *,
        quantities: Sequence[str] = QUANTITIES,
        select: str | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Cells:
        """Solve every combination of a row with a cell; see `BlockSolver.solve`."""
        check_rule(select, self.rules)
        rows = len(next(iter(row.values()))) if row else 1
        cells = len(next(iter(cell.values()))) if cell else 1
        processes = min(threads or default_threads(), rows * cells // WORTH_A_PROCESS)
        if self._kept is not None:
            return solve_shared(self, fixed, row, cell, quantities, self._kept, progress, select)
        if self.shared and processes > 1 and sys.executable:
            with CellWorkers(self, processes) as workers:
                return solve_shared(self, fixed, row, cell, quantities, workers, progress, select)
        out = empty_cells(self.num_players, self.num_outcomes, rows, cells, quantities)
        if progress is not None:
            progress(0, rows * cells)
        for r in range(rows):
            for c in range(cells):
                point = dict(fixed)
                point |= {name: float(values[r]) for name, values in row.items()}
                point |= {name: float(values[c]) for name, values in cell.items()}
                self._cell(point, out, r, c, select)
            if progress is not None:
                progress((r + 1) * cells, rows * cells)
        return out

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
        """Solve a list of points; see `PointSolver`."""
        by_row = self.solve(
            fixed,
            columns,
            {},
            quantities=quantities,
            select=select,
            threads=threads,
            progress=progress,
        )
        return in_one_row(by_row)

    def _cell(
        self, point: Mapping[str, float], out: Cells, r: int, c: int, select: str | None
    ) -> None:
        """Solve one point and store it."""
        found: Sequence[tuple[Value, int]] = ()
        shown: tuple[Value, int] | None = None
        try:
            found = self.equilibria(point)
            status = SOLVED if found else STUCK
            if found:
                shown = found[0] if select is None else self.selected(point, found, select)
        except NotFinite:
            status = UNDEFINED
        except ParameterError:
            status = NO_GAME
        except (UnsupportedGame, SolverError):
            status = STUCK
        regimes = {regime for _, regime in found}
        number = len(found)
        if shown is not None and shown[1] not in regimes:
            regimes.add(shown[1])
            number += 1
        if number > 1 and shown is not None:
            status = SEVERAL if len(regimes) > 1 else TIE
        out.status[r, c] = status
        out.regime[r, c] = -1 if shown is None else shown[1]
        out.regimes_mask[r, c] = sum(1 << regime for regime in regimes)
        if out.equilibria.size:
            out.equilibria[r, c] = number
        _store(None if shown is None else shown[0], out, r, c)


def _store(value: Value | None, out: Cells, r: int, c: int) -> None:
    """The numbers of the equilibrium that a cell shows."""
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

    @cached_property
    def stages(self) -> bool:
        """Whether some move is simultaneous."""
        return any(position.kind is Kind.SIMULTANEOUS for position in self.game.positions)

    @property
    def rules(self) -> tuple[str, ...]:  # type: ignore[override]
        """All rules where there is a simultaneous stage, else those that need none."""
        return RULES if self.stages else BASIC_RULES

    @property
    def default(self) -> str | None:  # type: ignore[override]
        """None where stages are among other moves: they are then played by ``payoff``."""
        return None if self.stages and not self.game.single_stage else "first"

    def equilibria(self, point: Mapping[str, float]) -> Sequence[tuple[Value, int]]:
        """The equilibria at a point; see `CellByCell.equilibria`."""
        return self._listed(point, None)

    def selected(
        self, point: Mapping[str, float], found: Sequence[tuple[Value, int]], rule: str
    ) -> tuple[Value, int]:
        """See `CellByCell.selected`; rules that look into stages are applied at each of them."""
        if rule == "payoff" or not self.stages:
            return super().selected(point, found, rule)
        return self._listed(point, rule)[0]

    def _listed(self, point: Mapping[str, float], select: str | None) -> list[tuple[Value, int]]:
        found = solve_recursion(self.game, point, exact=False, select=select)
        values = [profile.value for profile in found.profiles]
        return [(value, regime_of(self.game, point, value)) for value in values]
