"""Many points of a game that has several equilibria at each: all of them, in tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.solvers.cell_selection import (
    BASIC_RULES,
    best_of_each,
    check_rule,
    show_selected,
)
from gametheory_crisis.solvers.cells import (
    QUANTITIES,
    SEVERAL,
    SOLVED,
    TIE,
    Cells,
    Floats,
    Indices,
    empty_cells,
    in_one_row,
)
from gametheory_crisis.solvers.regimes import LIKELIEST_TIE
from gametheory_crisis.solvers.slot_values import SlotValues
from gametheory_crisis.solvers.spreading import Progress, default_threads, spread

if TYPE_CHECKING:
    from gametheory_crisis.games.extensive import ExtensiveForm
    from gametheory_crisis.games.stage import StageGame
    from gametheory_crisis.solvers.cells import PointSolver

FEW = 64
"""Doubtful cells solved between two reports of progress."""
DOUBTFUL = 0
"""Status of a cell in a table that must be solved on its own."""


@dataclass(frozen=True)
class EquilibriumTable:
    """All equilibria of a list of points.

    Attributes
    ----------
    status : int8 (points,), as in `Cells`, or `DOUBTFUL`
    point : int64 (total,), ascending: the point that each equilibrium belongs to; none for a point
        that is not solved
    payoffs : float64 (players, total)
    outcomes : float64 (outcomes, total), probabilities
    day : float64 (total,), expected day of the end
    known : int64 (points,), how many equilibria are known, where that may be more than the table
        has
    scores : for a rule of selection that needs more than payoffs, what gives its score of each
        equilibrium, float64 (total,): the largest of a point is selected
    """

    status: NDArray[np.int8]
    point: NDArray[np.int64]
    payoffs: Floats
    outcomes: Floats
    day: Floats
    known: NDArray[np.int64] | None = None
    scores: Mapping[str, Callable[[], Floats]] = field(default_factory=dict)


class TableSolver(ABC):
    """Solves points in tables, names the regimes, and asks a slower solver where in doubt.

    Parameters
    ----------
    game : the game; its tape holds the conditions of the regimes
    fallback : solves the doubtful points

    Attributes
    ----------
    chunk : cells per task of a thread
    tabled : rules of selection that need no more than a table
    default : the rule that no rule amounts to
    """

    chunk = 1 << 13
    tabled: tuple[str, ...] = BASIC_RULES
    default = "first"

    def __init__(self, game: StageGame | ExtensiveForm, fallback: PointSolver) -> None:
        self.game = game
        self.fallback = fallback

    @abstractmethod
    def table(self, columns: Mapping[str, Floats], num: int) -> EquilibriumTable:
        """The equilibria at a list of ``num`` points, one value per parameter and point."""

    @property
    def rules(self) -> tuple[str, ...]:
        """Rules of selection that apply."""
        return tuple(dict.fromkeys((*self.tabled, *self.fallback.rules)))

    def slow(self, select: str | None) -> bool:
        """Whether a rule asks the slower solver wherever there are several equilibria."""
        return select in self.rules and select not in (self.default, *self.tabled)

    def left_open(self, status: NDArray[np.int8]) -> NDArray[np.bool_]:
        """Cells in which a rule that a table cannot apply may select another equilibrium."""
        return np.asarray((status == TIE) | (status == SEVERAL))

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
        sizes = len(self.game.players), len(self.game.outcomes)
        out = empty_cells(*sizes, rows, cells, quantities)

        def task(start: int, stop: int) -> None:
            num = (stop - start) * cells
            columns = {name: np.full(num, value) for name, value in fixed.items()}
            columns |= {name: np.repeat(values[start:stop], cells) for name, values in row.items()}
            columns |= {name: np.tile(values, stop - start) for name, values in cell.items()}
            self._store(columns, out, start, stop, select)

        spread(
            task, rows, cells, max(1, self.chunk // cells), threads or default_threads(), progress
        )
        doubtful = out.status == DOUBTFUL
        again = self.left_open(out.status) if self.slow(select) else np.zeros_like(doubtful)

        def points(rows: Indices, cells: Indices) -> dict[str, Floats]:
            some = {name: values[rows] for name, values in row.items()}
            return some | {name: values[cells] for name, values in cell.items()}

        for left, write in ((doubtful, _replace), (again, show_selected)):
            for rows_left, cells_left in _few_by_few(left, progress):
                found = self.fallback.solve_columns(
                    fixed, points(rows_left, cells_left), select=select
                )
                write(out, rows_left, cells_left, found)
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

    def _store(
        self,
        columns: Mapping[str, Floats],
        out: Cells,
        start: int,
        stop: int,
        select: str | None,
    ) -> None:
        """Solve the points of some rows and write them into ``out``, the doubtful ones unsolved."""
        num = (stop - start) * out.status.shape[1]
        table = self.table(columns, num)
        score = None if select == self.default else _score(table, select)
        found = summarise(table, self.regimes(table, columns), out, score)
        for name in _FIELDS:
            target, source = getattr(out, name), getattr(found, name)
            if target.size:
                shape = (*target.shape[:-2], stop - start, target.shape[-1])
                target[..., start:stop, :] = source.reshape(shape)

    def regimes(self, table: EquilibriumTable, columns: Mapping[str, Floats]) -> NDArray[np.int64]:
        """Index of the regime of each equilibrium."""
        names = [name for name, _ in self.game.regimes]
        own = np.array([names.index(outcome) for outcome in self.game.outcomes])
        regime = own[_likeliest(table.outcomes)]
        if self._conditions is None or not len(table.point):
            return regime
        inputs = {name: np.ascontiguousarray(v[table.point]) for name, v in columns.items()}
        inputs["day"] = table.day
        inputs["outcome:forever"] = np.zeros(len(table.point))
        for name, shares in zip(self.game.outcomes, table.outcomes, strict=True):
            inputs[f"outcome:{name}"] = np.ascontiguousarray(shares)
        holds = self._conditions.at(inputs, len(table.point))
        for k, index in reversed(list(enumerate(self._conditional))):
            regime = np.where(holds[k] == 1.0, index, regime)
        return regime

    @cached_property
    def _conditional(self) -> list[int]:
        return [k for k, (_, condition) in enumerate(self.game.regimes) if condition is not None]

    @cached_property
    def _conditions(self) -> SlotValues | None:
        slots = tuple(slot for _, slot in self.game.regimes if slot is not None)
        return SlotValues(self.game.tape, slots) if slots else None


_FIELDS = tuple(Cells.__dataclass_fields__)


def _score(table: EquilibriumTable, select: str | None) -> Floats | None:
    """What a rule compares, where the table has it."""
    if select == "payoff":
        return np.asarray(table.payoffs.sum(axis=0))
    score = table.scores.get(select or "")
    return None if score is None else score()


def _few_by_few(
    wanted: NDArray[np.bool_], progress: Progress | None
) -> Iterator[tuple[Indices, Indices]]:
    """Rows and cells of those wanted, some at a time.

    What is slow is done between them rather than in threads, so that an interrupt is heeded.
    """
    places = np.argwhere(wanted)
    for start in range(0, len(places), FEW):
        if progress is not None:
            progress(start, len(places))
        rows, cells = places[start : start + FEW].T
        yield rows, cells
    if progress is not None and len(places):
        progress(len(places), len(places))


def _replace(out: Cells, rows: Indices, cells: Indices, found: Cells) -> None:
    """Write cells that were solved on their own."""
    for name in _FIELDS:
        target = getattr(out, name)
        if target.size:
            target[..., rows, cells] = getattr(found, name)[..., 0, :]


def _likeliest(outcomes: Floats) -> NDArray[np.int64]:
    """Index of the likeliest outcome of each column, the earlier on a tie."""
    best = np.zeros(outcomes.shape[1], dtype=np.int64)
    most = outcomes[0].copy()
    for index in range(1, len(outcomes)):
        more = outcomes[index] > most + LIKELIEST_TIE
        best[more] = index
        most[more] = outcomes[index][more]
    return best


def summarise(
    table: EquilibriumTable,
    regime: NDArray[np.int64],
    like: Cells,
    score: Floats | None = None,
) -> Cells:
    """One equilibrium of each point, and the set of regimes of all, as one row of cells.

    Parameters
    ----------
    regime : of each equilibrium
    like : tells which quantities are wanted
    score : float64 (total,), the best of each point is shown; None shows the first
    """
    num = len(table.status)
    counts, best = best_of_each(table.point, score, num)
    wanted = [name for name in QUANTITIES if getattr(like, name).size]
    cells = empty_cells(len(table.payoffs), len(table.outcomes), 1, num, wanted)
    solved = counts > 0
    shown = best[solved]
    masks = np.zeros(num, dtype=np.int32)
    np.bitwise_or.at(masks, table.point, np.left_shift(1, regime).astype(np.int32))
    several = masks & (masks - 1) != 0
    status = np.where(counts > 1, np.where(several, SEVERAL, TIE), table.status)
    cells.status[0] = np.where(solved & (table.status == SOLVED), status, table.status)
    cells.regime[0] = -1
    cells.regime[0, solved] = regime[shown]
    cells.regimes_mask[0] = masks
    if cells.equilibria.size:
        cells.equilibria[0] = counts
        if table.known is not None:
            cells.equilibria[0, solved] = np.maximum(counts, table.known)[solved]
    for target, source in (
        (cells.expected_day, table.day),
        (cells.payoff, table.payoffs),
        (cells.probability, table.outcomes),
    ):
        if target.size:
            target[...] = np.nan
            target[..., 0, solved] = source[..., shown]
    return cells
