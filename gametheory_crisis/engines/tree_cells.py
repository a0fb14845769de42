"""Many points of extensive games, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gametheory_crisis.solvers.extensive_form.values import value_of
from gametheory_crisis.solvers.pointwise import CellByCell
from gametheory_crisis.solvers.regimes import regime_of
from gametheory_crisis.solvers.values import Value

if TYPE_CHECKING:
    from gametheory_crisis.engines.tree import TreeEngine


class TreeCells(CellByCell):
    """Solves points of one extensive game by the method of its class, in floats."""

    rules = ("payoff", "logit", "first")

    def __init__(self, engine: TreeEngine) -> None:
        self.engine = engine
        self.num_players = len(engine.graph.players)
        self.num_outcomes = len(engine.graph.outcomes)

    def equilibria(self, point: Mapping[str, float]) -> Sequence[tuple[Value, int]]:
        """The equilibria at a point; see `CellByCell.equilibria`."""
        return self._listed(point, None)

    def selected(
        self, point: Mapping[str, float], found: Sequence[tuple[Value, int]], rule: str
    ) -> tuple[Value, int]:
        """See `CellByCell.selected`; the end of the logit path may be no equilibrium listed."""
        if rule != "logit":
            return super().selected(point, found, rule)
        return self._listed(point, rule)[0]

    def _listed(self, point: Mapping[str, float], select: str | None) -> list[tuple[Value, int]]:
        from gametheory_crisis.engines.tree import find

        game = self.engine.game(point, exact=False)
        form = self.engine.form(point)
        families = find(game, "tree", select).families
        values = [value_of(game, family.assessment.behaviour) for family in families]
        return [(value, regime_of(form, point, value)) for value in values]
