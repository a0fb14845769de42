"""Conditions under which a tree's numbers make a game, each only where play can get."""

from __future__ import annotations

from collections.abc import Sequence

from gametheory_crisis.compiler.checks import sums_to_one, within
from gametheory_crisis.compiler.tree_steps import Spot, Steps
from gametheory_crisis.games.stage import Check, Phase
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.graph import Chance, Offer


class TreeChecks:
    """Collects the checks of all histories, equal ones once."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._expressions = steps.substitute.expressions
        self._found: dict[Check, None] = {}
        self._dead: dict[tuple[int, int], int] = {}

    def listed(self) -> tuple[Check, ...]:
        """All checks, in the order of the histories that need them first."""
        return tuple(self._found)

    def dead(self, before: int, probability: int) -> int:
        """The condition that an event or one before it has probability 0."""
        found = self._dead.get((before, probability))
        if found is None:
            never = self._expressions.apply(
                Operation.EQUAL, probability, self._expressions.number(0)
            )
            found = self._expressions.apply(Operation.OR, before, never)
            self._dead[before, probability] = found
        return found

    def probabilities(
        self, spot: Spot, dead: int, node: Chance, probabilities: Sequence[int]
    ) -> None:
        """The events at a chance node are a lottery."""
        where = self._where(spot, [event.probability for event in node.events])
        message = f"the probabilities at '{node.name}' are not all in [0, 1]{where}"
        for probability in probabilities:
            self._require(dead, within(self._expressions, probability, 0, 1), message)
        nearly, exact = sums_to_one(self._expressions, probabilities)
        message = f"the probabilities at '{node.name}' do not sum to 1{where}"
        self._require(dead, nearly, message, exact)

    def offer_range(self, spot: Spot, dead: int, node: Offer, low: int, high: int) -> None:
        """There are numbers to offer."""
        condition = self._expressions.apply(Operation.LESS_EQUAL, low, high)
        where = self._where(spot, [node.low, node.high])
        self._require(dead, condition, f"the range of the offer at '{node.name}' is empty{where}")

    def hazard(self, spot: Spot, dead: int, hazard: int) -> None:
        """A night breaks down with a probability."""
        source = self._steps.graph.clock.hazard
        where = self._where(spot, [] if source is None else [source])
        condition = within(self._expressions, hazard, 0, 1)
        self._require(dead, condition, f"the hazard of a breakdown is not in [0, 1]{where}")

    def _require(self, dead: int, condition: int, message: str, exact: int | None = None) -> None:
        if self._expressions.constant(condition if exact is None else exact) == 1:
            return
        condition = self._expressions.apply(Operation.OR, dead, condition)
        if exact is not None:
            exact = self._expressions.apply(Operation.OR, dead, exact)
        self._found[Check(condition, message, exact)] = None

    def _where(self, spot: Spot, handles: Sequence[int]) -> str:
        """The state, and the day where before a deadline the expressions read it."""
        graph = self._steps.graph
        state = zip(graph.state, spot.state, strict=True)
        values = ", ".join(f"{name} = {value}" for name, value in state)
        words = f" where {values}" if values else ""
        free = graph.expressions.free_symbols
        reads_day = any("day" in free(handle) for handle in handles)
        running = spot.phase is Phase.RUNNING and self._steps.deadline is not None
        return f"{words} on day {spot.day}" if reads_day and running else words
