"""How play moves through a graph day by day: edges, nights, breakdown, deadline and expiry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gametheory_crisis.compiler.classify import holds, next_state
from gametheory_crisis.games.stage import Phase
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import Action, Decision, Edge, Graph


class Spot(NamedTuple):
    """Where play stands.

    ``left`` days are still to pass before ``node`` is reached; a spot with days left is a night on
    which play may break down.
    """

    node: str
    state: tuple[int, ...]
    day: int
    phase: Phase
    left: int = 0


class Substitution:
    """Expressions of a graph rebuilt in one new graph, with names replaced by numbers."""

    def __init__(self, source: Expressions) -> None:
        self.expressions = Expressions(strict=False)
        self._source = source
        self._known: dict[tuple[int, tuple[int | None, ...]], int] = {}
        self._reads: dict[int, tuple[str, ...]] = {}

    def __call__(self, handle: int, names: Mapping[str, int]) -> int:
        """The image of ``handle``; ``names`` gives handles of the new graph."""
        reads = self._reads.get(handle)
        if reads is None:
            reads = self._reads[handle] = tuple(sorted(self._source.free_symbols(handle)))
        key = handle, tuple(names.get(name) for name in reads)
        image = self._known.get(key)
        if image is None:
            image = self._known[key] = self.expressions.substitute([handle], names, self._source)[0]
        return image


class Steps:
    """The steps of play in one graph, for one length of its deadline.

    Attributes
    ----------
    graph, deadline : the model, and the days before its deadline
    substitute : where the model's numbers are collected
    """

    def __init__(self, graph: Graph, deadline: int | None) -> None:
        if (deadline is None) != (graph.clock.deadline is None):
            raise ValueError("a number of days belongs to a clock with a deadline, and only there")
        self.graph = graph
        self.deadline = deadline
        self.substitute = Substitution(graph.expressions)
        self._states: dict[tuple[int, tuple[int, ...]], tuple[int, ...]] = {}
        self._available: dict[tuple[str, tuple[int, ...]], tuple[Action, ...]] = {}
        self._names: dict[tuple[tuple[int, ...], int], dict[str, int]] = {}

    def start(self) -> Spot:
        """Where play begins."""
        state = tuple(variable.start for variable in self.graph.state.values())
        return Spot(self.graph.start, state, 0, Phase.RUNNING)

    def available(self, node: Decision, spot: Spot) -> tuple[Action, ...]:
        """The actions that can be taken in a state."""
        key = node.name, spot.state
        if key not in self._available:
            self._available[key] = tuple(
                action for action in node.actions if holds(self.graph, action.condition, spot.state)
            )
        return self._available[key]

    def follow(self, edge: Edge, spot: Spot) -> Spot:
        """Where an edge leads: to a node, or into a night on which play may break down."""
        state = spot.state
        if edge.set:
            key = id(edge), state
            if key not in self._states:
                self._states[key] = next_state(self.graph, edge.set, state)
            state = self._states[key]
        spot = Spot(edge.target, state, spot.day, spot.phase, edge.days)
        return self._until_chance(spot)

    def names(self, spot: Spot) -> dict[str, int]:
        """Handles of the state variables and of the day."""
        return self._at(spot.state, spot.day)

    def hazard(self, spot: Spot) -> int | None:
        """The hazard of the coming night, read on the next day; None where none can be."""
        clock = self.graph.clock
        if clock.hazard is None or clock.breakdown is None or spot.phase is not Phase.RUNNING:
            return None
        hazard = self.substitute(clock.hazard, self._at(spot.state, spot.day + 1))
        return None if self.substitute.expressions.constant(hazard) == 0 else hazard

    def tomorrow(self, spot: Spot) -> Spot:
        """Where a night leads on which play does not break down."""
        return self._until_chance(self._dawn(spot))

    def struck(self, spot: Spot) -> Spot:
        """The morning after a breakdown, on which the clock's edge of that name is taken."""
        late = spot.day + 1 == self.deadline
        phase = Phase.LATE if late else Phase.RUNNING
        return Spot(spot.node, spot.state, spot.day + 1, phase)

    def _at(self, state: tuple[int, ...], day: int) -> dict[str, int]:
        found = self._names.get((state, day))
        if found is None:
            number = self.substitute.expressions.number
            found = dict(zip(self.graph.state, map(number, state), strict=True))
            found["day"] = number(day)
            self._names[state, day] = found
        return found

    def _until_chance(self, spot: Spot) -> Spot:
        while spot.left and self.hazard(spot) is None:
            spot = self._dawn(spot)
        return spot

    def _dawn(self, spot: Spot) -> Spot:
        day, expires = spot.day + 1, self.graph.clock.expires
        over = spot.phase is Phase.LATE or (spot.phase is Phase.RUNNING and day == self.deadline)
        if over and expires is not None:
            return Spot(expires, spot.state, day, Phase.EXPIRED)
        return spot._replace(day=day, left=spot.left - 1)
