"""Many points of games in which offers screen private numbers, each by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gametheory_crisis.solvers.pointwise import CellByCell
from gametheory_crisis.solvers.values import Value

if TYPE_CHECKING:
    from gametheory_crisis.engines.screening import ScreeningEngine


class ScreeningCells(CellByCell):
    """Solves points of one model; a cell whose certificate contradicts it counts as unsolved."""

    shared = True

    def __init__(self, engine: ScreeningEngine) -> None:
        self.engine = engine
        self.num_players = len(engine.graph.players)
        self.num_outcomes = len(engine.graph.outcomes)

    def equilibria(self, point: Mapping[str, float]) -> Sequence[tuple[Value, int]]:
        """The equilibria at a point; see `CellByCell.equilibria`."""
        return self.engine.certified_values(point)
