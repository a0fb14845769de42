"""Many points of games without end, one after the other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gametheory_crisis.engines.request import Request
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.solvers.pointwise import CellByCell
from gametheory_crisis.solvers.values import Value

if TYPE_CHECKING:
    from gametheory_crisis.engines.markov import MarkovEngine


class MarkovCells(CellByCell):
    """Solves points of one game as `MarkovEngine.solve` does, in floats, certificates included."""

    rules = ("payoff", "logit", "mixed", "first")
    default = "payoff"

    def __init__(self, engine: MarkovEngine) -> None:
        self.engine = engine
        self.num_players = len(engine.graph.players)
        self.num_outcomes = len(engine.graph.outcomes)
        self.regimes = [name for name, _ in engine.stage_game.regimes]

    def equilibria(self, point: Mapping[str, float]) -> Sequence[tuple[Value, int]]:
        """The equilibria at a point; see `CellByCell.equilibria`."""
        return self._listed(point, None)

    def selected(
        self, point: Mapping[str, float], found: Sequence[tuple[Value, int]], rule: str
    ) -> tuple[Value, int]:
        """See `CellByCell.selected`; without a rule the one with the largest sum is found."""
        return found[0] if rule == "payoff" else self._listed(point, rule)[0]

    def _listed(self, point: Mapping[str, float], select: str | None) -> list[tuple[Value, int]]:
        found = self.engine.solve(point, Request(select=select))
        result = []
        for equilibrium in found.equilibria:
            outcomes: dict[int, Number] = dict(enumerate(equilibrium.outcomes.values()))
            day = math.nan if equilibrium.expected_day is None else equilibrium.expected_day
            value = Value(tuple(equilibrium.payoffs.values()), outcomes, day)
            result.append((value, self.regimes.index(equilibrium.regime)))
        return result
