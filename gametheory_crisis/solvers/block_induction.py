"""Backward induction over many points at once: blocks, threads, a second look at ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gametheory_crisis.games.program import SolutionProgram
from gametheory_crisis.games.schedule import schedule
from gametheory_crisis.solvers.block_rows import RowSolver
from gametheory_crisis.solvers.cells import (
    QUANTITIES,
    Cells,
    Floats,
    PointSolver,
    copy_cells,
    empty_cells,
)
from gametheory_crisis.solvers.specialised import TieredSchedule
from gametheory_crisis.solvers.spreading import Progress, default_threads, spread

CHUNK = 1 << 16
"""Cells per task of a thread."""
LONG_CHUNK = 1 << 19
"""The same where cells are so quick that handing out tasks shows: if every thread gets several."""
PIECE = 1 << 14
"""Points of a list per task of a thread."""
PARTIAL_CHUNK = 1 << 9
"""The same where cells may have to be solved one by one: an interrupt waits for the task to end."""


@dataclass(frozen=True)
class BlockSolver:
    """Solves points of one game in blocks.

    Attributes
    ----------
    program : ties broken towards the first option
    alternative : ties broken towards the last, which shows a second equilibrium where there is one
    fallback : solves the points that are too irregular for a partial program
    """

    program: SolutionProgram
    alternative: SolutionProgram
    num_players: int
    num_outcomes: int
    fallback: PointSolver
    _schedules: dict[tuple[bool, tuple[str, ...], tuple[str, ...]], TieredSchedule] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

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
        specialise: str = "auto",
    ) -> Cells:
        """Solve every combination of a row with a cell.

        Parameters
        ----------
        fixed : parameters that are the same everywhere
        row : parameters by row, float64 (rows,)
        cell : parameters by cell, float64 (cells,)
        quantities : some of `QUANTITIES`
        select : rule that picks the equilibrium shown where a point has several; None takes the
            earliest action at a tie, and at a stage the largest sum of payoffs
        threads : default: all that the process may use; the result does not depend on it
        progress : called with cells done and cells in all
        specialise : whether to use code compiled for this game and these parameters: ``auto``,
            ``always`` or ``never``; see `TieredSchedule`.  The result does not depend on it

        Raises
        ------
        ParameterError
            ``specialise`` is another word, or there is no such rule.
        UnsupportedGame
            The rule does not apply.
        """
        self._check(select)
        rows = len(next(iter(row.values()))) if row else 1
        cells = len(next(iter(cell.values()))) if cell else 1
        out = empty_cells(self.num_players, self.num_outcomes, rows, cells, quantities)
        tiers = self.tiered_schedule(tuple(row), tuple(cell))
        threads = threads or default_threads()
        work = rows * cells * tiers.operations_per_cell(fixed, row, cell)
        kernel = tiers.kernel(quantities, work / threads, specialise)
        task = RowSolver(self, fixed, row, cell, out, kernel, select)
        chunk = CHUNK
        if self.program.partial or self.slow(select):
            chunk = PARTIAL_CHUNK
        elif kernel is not None and self.program.deadline is None:
            chunk = max(CHUNK, min(LONG_CHUNK, rows * cells // (4 * threads)))
        step = max(1, chunk // max(cells, 1))
        spread(task, rows, cells, step, threads, progress)
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
        specialise: str = "auto",
    ) -> Cells:
        """Solve a list of points as one row of cells; see `PointSolver` and `solve`.

        The points are cut into pieces, so that several threads share them.
        """
        self._check(select)
        num = len(next(iter(columns.values())))
        sizes = self.num_players, self.num_outcomes
        out = empty_cells(*sizes, 1, num, quantities)
        tiers = self.tiered_schedule((), tuple(columns))
        threads = threads or default_threads()
        work = num * tiers.operations_per_cell(fixed, columns)
        kernel = tiers.kernel(quantities, work / threads, specialise)

        def solve_piece(start: int, stop: int) -> None:
            points = {name: values[start:stop] for name, values in columns.items()}
            part = empty_cells(*sizes, 1, stop - start, quantities)
            RowSolver(self, fixed, {}, points, part, kernel, select)(0, 1)
            copy_cells(part, out, start, stop)

        spread(solve_piece, num, 1, PIECE, threads, progress)
        return out

    def anticipate(
        self,
        fixed: Mapping[str, float],
        row: Mapping[str, Floats],
        cell: Mapping[str, Floats],
        num_cells: int,
        *,
        quantities: Sequence[str],
        specialise: str,
    ) -> None:
        """Compile now what so many cells, in calls of `solve` on all threads, will pay for."""
        tiers = self.tiered_schedule(tuple(row), tuple(cell))
        work = num_cells * tiers.operations_per_cell(fixed, row, cell)
        tiers.anticipate(quantities, work / default_threads(), specialise)

    @property
    def rules(self) -> tuple[str, ...]:
        """Rules of selection that apply."""
        return self.fallback.rules

    @property
    def default(self) -> str | None:
        """The rule that no rule amounts to, if there is one."""
        return self.fallback.default

    def slow(self, select: str | None) -> bool:
        """Whether a rule asks for every stage with several equilibria point by point."""
        stages = "mixed" in self.rules
        return stages and select in self.rules and select != self.default

    def _check(self, select: str | None) -> None:
        from gametheory_crisis.solvers.cell_selection import check_rule

        check_rule(select, self.rules)

    def tiered_schedule(
        self, row: tuple[str, ...], cell: tuple[str, ...], *, last: bool = False
    ) -> TieredSchedule:
        """The schedule for parameters that change by row and by cell; made once.

        Parameters
        ----------
        last : ties are broken towards the last option
        """
        found = self._schedules.get((last, row, cell))
        if found is None:
            program = self.alternative if last else self.program
            sizes = self.num_players, self.num_outcomes
            found = TieredSchedule(schedule(program, row, cell), *sizes)
            self._schedules[last, row, cell] = found
        return found
