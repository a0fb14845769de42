"""Backward induction over many points at once: blocks, threads, a second look at ties."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.program import SolutionProgram
from gametheory_crisis.games.schedule import Schedule, schedule
from gametheory_crisis.solvers.specialised import Kernel, Plan

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]
Progress: TypeAlias = Callable[[int, int], None]

QUANTITIES = ("equilibria", "expected_day", "payoff", "probability")
"""What is stored besides regime and status, unless fewer are asked for."""
CHUNK = 1 << 16
"""Cells per task of a thread."""
LONG_CHUNK = 1 << 19
"""The same where cells are so quick that handing out tasks shows: if every thread gets several."""
PIECE = 1 << 14
"""Points of a list per task of a thread."""
PARTIAL_CHUNK = 1 << 9
"""The same where cells may have to be solved one by one: an interrupt waits for the task to end."""
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


def _copy(part: Cells, whole: Cells, first: int, last: int) -> None:
    for name, values in vars(part).items():
        if values.size:
            getattr(whole, name)[..., first:last] = values


def default_threads() -> int:
    """Threads that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
    _plans: dict[tuple[bool, tuple[str, ...], tuple[str, ...]], Plan] = field(
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
            ``always`` or ``never``; see `Plan`.  The result does not depend on it

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
        plan = self.plan(tuple(row), tuple(cell))
        work = rows * cells * plan.operations_per_cell(fixed, row, cell)
        kernel = plan.kernel(quantities, work, specialise)
        task = _Sweeping(self, fixed, row, cell, out, kernel, select)
        threads = threads or default_threads()
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
        plan = self.plan((), tuple(columns))
        work = num * plan.operations_per_cell(fixed, columns)
        kernel = plan.kernel(quantities, work, specialise)

        def solve_piece(start: int, stop: int) -> None:
            points = {name: values[start:stop] for name, values in columns.items()}
            part = empty_cells(*sizes, 1, stop - start, quantities)
            _Sweeping(self, fixed, {}, points, part, kernel, select)(0, 1)
            _copy(part, out, start, stop)

        spread(solve_piece, num, 1, PIECE, threads or default_threads(), progress)
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
        """Compile now what so many cells, in calls of `solve` to come, will pay for."""
        plan = self.plan(tuple(row), tuple(cell))
        work = num_cells * plan.operations_per_cell(fixed, row, cell)
        plan.anticipate(quantities, work, specialise)

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

    def plan(self, row: tuple[str, ...], cell: tuple[str, ...], *, last: bool = False) -> Plan:
        """The plan for parameters that change by row and by cell; made once.

        Parameters
        ----------
        last : ties are broken towards the last option
        """
        found = self._plans.get((last, row, cell))
        if found is None:
            program = self.alternative if last else self.program
            found = Plan(schedule(program, row, cell), self.num_players, self.num_outcomes)
            self._plans[last, row, cell] = found
        return found


class _Sweeping:
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
        plan = solver.plan(tuple(row), tuple(cell)).schedule
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
        plan = self.solver.plan((), tuple(points), last=True).schedule
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


def spread(
    task: Callable[[int, int], None],
    rows: int,
    cells: int,
    step: int,
    threads: int,
    progress: Progress | None,
) -> None:
    """Run a task over all rows, ``step`` at a time, on several threads."""
    chunks = [(start, min(start + step, rows)) for start in range(0, rows, step)]
    done = 0
    if progress is not None:
        progress(0, rows * cells)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        waiting: dict[Future[None], int] = {}
        upcoming = iter(chunks)
        try:
            while True:
                for start, stop in upcoming:
                    waiting[pool.submit(task, start, stop)] = (stop - start) * cells
                    if len(waiting) > 2 * threads:
                        break
                if not waiting:
                    return
                finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += waiting.pop(future)
                    future.result()
                if progress is not None:
                    progress(done, rows * cells)
        except BaseException:
            for future in waiting:
                future.cancel()
            raise
