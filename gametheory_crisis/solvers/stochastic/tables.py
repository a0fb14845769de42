"""Many points of a game without end: one Markov perfect equilibrium at each, with its regret.

At each point all pure profiles are searched, and of the equilibria among them the one with the
largest sum of payoffs is taken; where there is none, a mixed one is looked for. What is taken
counts only if its regret, computed anew, vanishes; every other point is left to a slower solver.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.endless_play import endless_position, ways_by_night
from gametheory_crisis.games.stage import Position, StageGame
from gametheory_crisis.games.stochastic_point import place_states
from gametheory_crisis.kernels.operations import RELATIVE_TIE
from gametheory_crisis.solvers.cells import NO_GAME, SOLVED, UNDEFINED, PointSolver
from gametheory_crisis.solvers.equilibrium_tables import DOUBTFUL, EquilibriumTable, TableSolver
from gametheory_crisis.solvers.slot_values import SlotValues
from gametheory_crisis.solvers.stochastic.batched import (
    BatchedGame,
    Floats,
    Whole,
    batched_game,
    evaluate,
)
from gametheory_crisis.solvers.stochastic.mixed import cell_equilibria

MAX_REGRET = 1e-9
"""Largest regret of a cell that counts as solved, as a share of the largest payoff."""
ROUNDING = 16 * 2.0**-52
"""Relative error of a discounted probability."""
LISTED = 64
"""Pure equilibria for which there is room in every cell; cells with more are solved again."""
CROWDED = 128
"""Cells with more equilibria that are solved together."""


class MarkovTables(TableSolver):
    """Solves points of a game whose choices are all finite and whose profiles can be enumerated.

    Parameters
    ----------
    game : a game without end
    fallback : solves the points left over

    Attributes
    ----------
    num_processes : Markov decision processes that are solved at each point
    """

    chunk = 1 << 10
    tabled = ("payoff",)
    default = "payoff"

    def __init__(self, game: StageGame, fallback: PointSolver) -> None:
        super().__init__(game, fallback)
        self.stage_game = game
        self.everywhere = range(len(game.positions))
        self.index: dict[int, int] = {}
        self.placed = place_states(game, self.everywhere, self._note)
        self.numbers = SlotValues(game.tape, tuple(self.index))
        checks = [check.condition for check in game.checks]
        checks += [check.condition for p in game.positions for check in p.checks]
        self.checks = SlotValues(game.tape, tuple(dict.fromkeys(checks))) if checks else None
        self.chances = self._chances()
        own = np.prod(np.array(self.placed.game.sizes, dtype=float), axis=0)
        self.num_processes = int(own.prod() / own.max())

    def left_open(self, status: NDArray[np.int8]) -> NDArray[np.bool_]:
        """All solved cells: a table does not hold the equilibria that are not selected."""
        return np.asarray((status == SOLVED) | super().left_open(status))

    def _note(self, slot: int) -> float:
        """Remember that a slot's number is asked for; any number serves here."""
        self.index.setdefault(slot, len(self.index))
        return 0.5

    def _chances(self) -> list[int]:
        """Slots of probabilities and hazards that depend on the point."""
        slots = [
            branch.probability
            for position in self.stage_game.positions
            for branch in position.branches
            if branch.probability is not None
        ]
        nights = [
            position.night for position in self.stage_game.positions if position.night is not None
        ]
        slots += [night.hazard for night in nights if night.hazard is not None]
        entries = self.game.tape.entries
        return [s for s in dict.fromkeys(slots) if not isinstance(entries[s], Fraction)]

    def table(self, columns: Mapping[str, Floats], num: int) -> EquilibriumTable:
        """The equilibria at a list of points; see `TableSolver.table`."""
        values = self.numbers.at(columns, num)
        status = np.full(num, DOUBTFUL, dtype=np.int8)
        defined = np.isfinite(values).all(axis=0)
        plain = defined & self._regular(values)
        status[~defined] = UNDEFINED
        if self.checks is not None:
            broken = ~np.all(self.checks.at(columns, num) == 1.0, axis=0)
            status[broken] = NO_GAME
            plain &= ~broken
        cells = np.flatnonzero(plain)
        if not len(cells):
            return self._nothing(status)
        game = self._games(values[:, cells])
        which, play, known = self._equilibria(game, len(cells))
        evaluated = evaluate(game.take(which), play)
        good = evaluated.regret <= MAX_REGRET * np.maximum(evaluated.scale, 1e-300)
        status[cells[which[good]]] = SOLVED
        status[cells[which[~good]]] = DOUBTFUL
        good &= status[cells[which]] == SOLVED
        outcomes = evaluated.outcomes[:, good]
        outcomes[self.game.outcomes.index("forever")] = evaluated.forever[good]
        num_known = np.ones(num, dtype=np.int64)
        num_known[cells] = known
        return EquilibriumTable(
            status=status,
            point=cells[which[good]],
            payoffs=evaluated.payoffs[:, good],
            outcomes=outcomes,
            day=evaluated.day[good],
            known=num_known,
        )

    def _nothing(self, status: NDArray[np.int8]) -> EquilibriumTable:
        """A table without equilibria."""
        return EquilibriumTable(
            status=status,
            point=np.zeros(0, dtype=np.int64),
            payoffs=np.zeros((len(self.game.players), 0)),
            outcomes=np.zeros((len(self.game.outcomes), 0)),
            day=np.zeros(0),
        )

    def _games(self, values: Floats) -> BatchedGame:
        placed = place_states(
            self.stage_game,
            self.everywhere,
            lambda slot: np.ascontiguousarray(values[self.index[slot]]),
        )
        return batched_game(placed.game, values.shape[1], len(self.game.outcomes))

    def _regular(self, values: Floats) -> NDArray[np.bool_]:
        """Where play can stand at every place of choice, though some events never happen, and
        everybody discounts or play breaks down in the end."""
        chances = values[[self.index[slot] for slot in self.chances]]
        sure = np.where(chances == 0.0, -1, np.where(chances == 1.0, 1, 0))
        patient = (values[[self.index[slot] for slot in self.stage_game.discount]] >= 1.0).any(
            axis=0
        )
        kinds, kind = np.unique(np.vstack([sure, patient]), axis=1, return_inverse=True)
        regular = [
            self._is_regular(dict(zip(self.chances, column, strict=False)), bool(column[-1]))
            for column in kinds.T
        ]
        return np.array(regular)[kind.ravel()]

    def _is_regular(self, sure: Mapping[int, int], patient: bool) -> bool:
        """``sure`` is -1 or 1 for the slot of a chance of 0 or 1, else 0."""

        def ways(position: Position) -> list[int]:
            night = position.night
            if night is None:
                live = (b for b in position.branches if sure.get(_slot(b.probability), 0) != -1)
                return [branch.target for branch in live]
            known = -1 if night.hazard is None else sure.get(night.hazard, 0)
            return ways_by_night(night, broken=known != -1, calm=known != 1)

        if patient and endless_position(self.stage_game, self.everywhere, ways) is not None:
            return False
        seen: set[int] = set()
        stack = [self.stage_game.start]
        while stack:
            index = stack.pop()
            if index not in seen:
                seen.add(index)
                stack += ways(self.stage_game.positions[index])
        return all(k in seen for k in self.placed.positions if self.stage_game.positions[k].movers)

    # Equilibria

    def _equilibria(self, game: BatchedGame, num: int) -> tuple[Whole, Floats, Whole]:
        """The equilibria selected, and how many are known.

        Returns
        -------
        which : int64 (total,), ascending: the game of each; a game in which the sums of payoffs of
            several tie has the first and the last of them
        play : float64 (total, actions)
        known : int64 (games,)
        """
        from gametheory_crisis.kernels.stochastic_pure import COMPLETE, MAX_CANDIDATES

        status, count, rows = _pure(game, num, LISTED)
        complete = status == COMPLETE
        crowded = np.flatnonzero(complete & (count > LISTED))
        for start in range(0, len(crowded), CROWDED):
            some = crowded[start : start + CROWDED]
            _, _, rows[:, some] = _pure(game.take(some), len(some), MAX_CANDIDATES)
        pure, lacking = np.flatnonzero(complete & (count > 0)), complete & (count == 0)
        tied = pure[(rows[0, pure] != rows[1, pure]).any(axis=1)]
        mixed = cell_equilibria(game.one, game.pays[lacking], game.weight[lacking])
        which = [pure, tied, np.flatnonzero(lacking)[mixed.converged]]
        play = [
            _pure_play(game, rows[0, pure]),
            _pure_play(game, rows[1, tied]),
            mixed.profiles[mixed.converged],
        ]
        order = np.argsort(np.concatenate(which), kind="stable")
        known = np.maximum(count, 1)
        return np.concatenate(which)[order], np.concatenate(play)[order], known


def _pure_play(game: BatchedGame, rows: Whole) -> Floats:
    """The probabilities of all actions, float64 (games, actions), from the row of each state."""
    play = np.zeros((len(rows), int(game.one.sizes.sum())))
    for state in range(rows.shape[1]):
        for player in range(game.pays.shape[2]):
            play[np.arange(len(rows)), game.action[rows[:, state], player]] = 1.0
    return play


def _pure(game: BatchedGame, num: int, room: int) -> tuple[NDArray[np.int8], Whole, Whole]:
    """Per game the status and number of pure equilibria, and the rows, int64 (2, games, states), of
    the first and the last of those with the largest sum of payoffs among the first ``room``."""
    from gametheory_crisis.kernels.stochastic_pure_cells import solve_cells

    one = game.one
    states, players = len(one.sizes), game.pays.shape[2]
    status = np.zeros(num, dtype=np.int8)
    count = np.zeros(num, dtype=np.int64)
    profile = np.zeros((num, room, states), dtype=np.int64)
    payoff = np.zeros((num, room, players))
    solve_cells(
        (one.sizes, one.row, one.entry, one.target),
        (game.pays, game.weight),
        (game.start_pays, np.arange(states), game.start_weight),
        ROUNDING,
        0,
        num,
        (status, count, profile, payoff),
    )
    ends = best_sums(payoff.sum(axis=2), np.minimum(count, room))
    return status, count, np.stack([profile[np.arange(num), end] for end in ends])


def _slot(slot: int | None) -> int:
    return -1 if slot is None else slot


def best_sums(sums: Floats, count: Whole) -> tuple[Whole, Whole]:
    """The first and the last column with the largest sum of each row, of ``count`` columns."""
    first = np.zeros(len(sums), dtype=np.int64)
    most = sums[:, 0].copy()
    columns = range(1, int(count.max(initial=0)))
    for column in columns:
        more = (column < count) & (sums[:, column] - most > _slack(most, sums[:, column]))
        first[more] = column
        most[more] = sums[more, column]
    last = first.copy()
    for column in columns:
        ties = np.abs(sums[:, column] - most) <= _slack(most, sums[:, column])
        last[ties & (column < count) & (column > first)] = column
    return first, last


def _slack(one: Floats, other: Floats) -> Floats:
    return np.asarray(RELATIVE_TIE * np.maximum(np.abs(one), np.abs(other)))
