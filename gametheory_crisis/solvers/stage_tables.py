"""Many points of a game of one simultaneous stage: all its equilibria, by the batch kernel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.stage import StageGame
from gametheory_crisis.kernels.operations import RELATIVE_TIE
from gametheory_crisis.solvers.cell_selection import BASIC_RULES
from gametheory_crisis.solvers.cells import NO_GAME, SOLVED, UNDEFINED, Floats, PointSolver
from gametheory_crisis.solvers.equilibrium_tables import DOUBTFUL, EquilibriumTable, TableSolver
from gametheory_crisis.solvers.normal_form.two_by_two import two_by_two
from gametheory_crisis.solvers.slot_values import SlotValues


class StageTables(TableSolver):
    """Solves points of a stage of two movers.

    Parameters
    ----------
    game : the game; it begins with the stage
    profiles : for each profile what follows: payoffs, outcomes and expected day, evaluated together
    checks : the conditions without which there is no game, or None where there are none
    """

    def __init__(
        self,
        game: StageGame,
        profiles: SlotValues,
        checks: SlotValues | None,
        fallback: PointSolver,
    ) -> None:
        super().__init__(game, fallback)
        self.stage = game.positions[game.start]
        self.profiles = profiles
        self.checks = checks
        small = self.stage.shape == (2, 2)
        self.tabled = (*BASIC_RULES, "mixed", *(("risk",) if small else ()))

    def table(self, columns: Mapping[str, Floats], num: int) -> EquilibriumTable:
        """The equilibria at a list of points; see `TableSolver.table`."""
        players, outcomes = len(self.game.players), len(self.game.outcomes)
        size = players + outcomes + 1
        values = self.profiles.at(columns, num).reshape(-1, size, num)
        defined = np.isfinite(values[0, 0])
        usable = values if defined.all() else np.where(defined, values, 0.0)
        first, second = (
            np.ascontiguousarray(usable[:, player].T).reshape(num, *self.stage.shape)
            for player in self.stage.movers
        )
        point, x, y, settled = _all_equilibria(first, second)
        status = np.where(settled, SOLVED, DOUBTFUL).astype(np.int8)
        status[~defined] = UNDEFINED
        if self.checks is not None:
            status[~np.all(self.checks.at(columns, num) == 1.0, axis=0)] = NO_GAME
        if ((status == UNDEFINED) | (status == NO_GAME)).any():
            kept = status[point] == SOLVED
            point, x, y = point[kept], x[kept], y[kept]
        expected = np.zeros((size, len(point)))
        for profile, after in enumerate(usable):
            i, j = divmod(profile, self.stage.shape[1])
            expected += after.take(point, axis=1) * (x[:, i] * y[:, j])
        return EquilibriumTable(
            status=status,
            point=point,
            payoffs=expected[:players],
            outcomes=expected[players:-1],
            day=expected[-1],
            scores={
                "mixed": lambda: _mixing(first[point], second[point], x, y),
                "risk": lambda: _safety(first, second, point, x),
            },
        )


def _all_equilibria(
    first: Floats, second: Floats
) -> tuple[NDArray[np.int64], Floats, Floats, NDArray[np.bool_]]:
    """The game of each equilibrium, its strategies, and which games are settled."""
    if first.shape[1:] == (2, 2):
        return two_by_two(first, second)  # no kernel to compile
    from gametheory_crisis.kernels.bimatrix import all_equilibria
    from gametheory_crisis.kernels.bimatrix_mixtures import COMPLETE

    offsets, x, y, status = all_equilibria(first, second)
    point = np.repeat(np.arange(len(status)), np.diff(offsets))
    order = _file_order(point, x, y)
    return point[order], x[order], y[order], status == COMPLETE


def _file_order(point: NDArray[np.int64], x: Floats, y: Floats) -> NDArray[np.intp]:
    """Points in turn; of each the pure equilibria first, then earlier actions before later ones."""
    mixed = ~((x.max(axis=1) == 1.0) & (y.max(axis=1) == 1.0))
    keys = [*(-y.T[::-1]), *(-x.T[::-1]), mixed, point]
    return np.lexsort(keys)


def _mixing(first: Floats, second: Floats, x: Floats, y: Floats) -> Floats:
    """How many actions each equilibrium mixes; more than any if, in a symmetric game, all do alike.

    Parameters
    ----------
    first, second : float64 (total, rows, columns), the payoffs in the game of each equilibrium
    x, y : float64 (total, rows), (total, columns)
    """
    support = (x > 0).sum(axis=1) + (y > 0).sum(axis=1)
    if x.shape[1] == y.shape[1]:
        symmetric = np.all(_close(first, second.transpose(0, 2, 1)), axis=(1, 2))
        alike = np.all(_close(x, y), axis=1)
        support = support + (symmetric & alike) * (2 * x.shape[1] + 1)
    return np.asarray(support, dtype=np.float64)


def _safety(first: Floats, second: Floats, point: NDArray[np.int64], x: Floats) -> Floats:
    """What both movers of a 2x2 game lose by deviating alone, multiplied, at each equilibrium.

    Risk dominance compares it (Harsanyi and Selten 1988, section 3.9).  No payoff ties here, so
    several equilibria are two strict ones and a mixed one, which counts just where the others are
    equal.

    Parameters
    ----------
    first, second : float64 (games, 2, 2)
    point : int64 (total,), the game of each equilibrium
    x : float64 (total, 2)
    """
    gains = np.abs(first[:, 0] - first[:, 1]), np.abs(second[:, :, 0] - second[:, :, 1])
    column = np.where(_top_left(first, second), 0, 1)
    every = np.arange(len(first))
    one = gains[0][every, column] * gains[1][every, 0]
    other = gains[0][every, 1 - column] * gains[1][every, 1]
    pure = np.where(x[:, 0] == 1.0, one[point], other[point])
    equal = np.where(_close(one, other), 2 * np.maximum(one, other) + 1, -1.0)
    return np.where((x == 1.0).any(axis=1), pure, equal[point])


def _top_left(first: Floats, second: Floats) -> NDArray[np.bool_]:
    """Whether the first actions of both go together, of games with two strict equilibria."""
    return (first[:, 0, 0] > first[:, 1, 0]) & (second[:, 0, 0] > second[:, 0, 1])


def _close(one: Floats, other: Floats) -> NDArray[np.bool_]:
    slack = RELATIVE_TIE * np.maximum(np.abs(one), np.abs(other))
    return np.asarray(np.abs(one - other) <= slack)
