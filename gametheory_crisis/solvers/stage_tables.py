"""Many points of a game of one simultaneous stage: all its equilibria, by the batch kernel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gametheory_crisis.games.stage import StageGame
from gametheory_crisis.solvers.block_induction import (
    NO_GAME,
    SOLVED,
    UNDEFINED,
    Floats,
    PointSolver,
)
from gametheory_crisis.solvers.equilibrium_tables import DOUBTFUL, EquilibriumTable, TableSolver
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

    def table(self, columns: Mapping[str, Floats], num: int) -> EquilibriumTable:
        """The equilibria at a list of points; see `TableSolver.table`."""
        from gametheory_crisis.kernels.bimatrix import all_equilibria

        stage = self.stage
        players, outcomes = len(self.game.players), len(self.game.outcomes)
        rows, actions = stage.shape
        values = self.profiles.at(columns, num).reshape(rows * actions, players + outcomes + 1, -1)
        defined = np.isfinite(values[0, 0])
        usable = values if defined.all() else np.where(defined, values, 0.0)
        tables = [
            np.ascontiguousarray(usable[:, player].T).reshape(-1, rows, actions)
            for player in stage.movers
        ]
        offsets, x, y, settled = all_equilibria(*tables)
        status = np.where(settled == 1, SOLVED, DOUBTFUL).astype(np.int8)
        status[~defined] = UNDEFINED
        if self.checks is not None:
            status[~np.all(self.checks.at(columns, num) == 1.0, axis=0)] = NO_GAME
        counts = np.diff(offsets)
        point = np.repeat(np.arange(len(status)), counts)
        if ((status == UNDEFINED) | (status == NO_GAME)).any():
            kept = status[point] == SOLVED
            point, x, y = point[kept], x[kept], y[kept]
        if stage.shape != (2, 2):  # which has at most one mixed equilibrium, and it comes last
            order = _file_order(point, x, y)
            point, x, y = point[order], x[order], y[order]
        expected = np.zeros((players + outcomes + 1, len(point)))
        for profile, after in enumerate(usable):
            i, j = divmod(profile, actions)
            expected += after.take(point, axis=1) * (x[:, i] * y[:, j])
        return EquilibriumTable(
            status=status,
            point=point,
            payoffs=expected[:players],
            outcomes=expected[players:-1],
            day=expected[-1],
        )


def _file_order(point: np.ndarray, x: Floats, y: Floats) -> np.ndarray:
    """Points in turn; of each the pure equilibria first, then earlier actions before later ones."""
    mixed = ~((x.max(axis=1) == 1.0) & (y.max(axis=1) == 1.0))
    keys = [*(-y.T[::-1]), *(-x.T[::-1]), mixed, point]
    return np.lexsort(keys)
