"""Many points of trees with private shocks, each by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gametheory_crisis.solvers.pointwise import CellByCell
from gametheory_crisis.solvers.regimes import regime_of
from gametheory_crisis.solvers.values import Value

if TYPE_CHECKING:
    from gametheory_crisis.engines.cutoffs import CutoffsEngine


class CutoffsCells(CellByCell):
    """Solves points of one model in cutoff strategies, without certificates."""

    shared = True

    def __init__(self, engine: CutoffsEngine) -> None:
        self.engine = engine
        self.num_players = len(engine.graph.players)
        self.num_outcomes = len(engine.graph.outcomes)

    def equilibria(self, point: Mapping[str, float]) -> Sequence[tuple[Value, int]]:
        """The equilibria at a point; see `CellByCell.equilibria`."""
        form = self.engine.form(point).form
        found = self.engine.found(self.engine.game(point)).equilibria
        return [(played.value, regime_of(form, point, played.value)) for played in found]
