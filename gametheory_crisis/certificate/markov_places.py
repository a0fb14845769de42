"""The places of a game without a deadline, to which play may come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gametheory_crisis.certificate.evaluation import Evaluator
from gametheory_crisis.certificate.moves import movers
from gametheory_crisis.certificate.unrolling import Leg, Place, Unrolled, Unroller
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.language.graph import Chance, Graph, GraphNode
from gametheory_crisis.results import Number

MAX_PLACES = 200_000
"""The most places that are looked at."""


class StationaryUnroller(Unroller):
    """Finds the places of a graph without a deadline, whatever the day: all have day 0."""

    @property
    def start(self) -> Place:
        """Where play starts."""
        state = tuple(variable.start for variable in self._graph.state.values())
        return Place(0, self._graph.start, 0, state, expired=False)

    def unroll(self) -> Unrolled:
        """All places, day by day, those of a day depth first.

        Raises
        ------
        UnsupportedGame
            If play can go round without a day passing, or there are more than `MAX_PLACES`.
        ParameterError
            If a hazard or a probability is none.
        """
        fresh = {self.start: None}
        waiting = list(fresh)
        while waiting:
            for place in self._explore_day(waiting.pop()):
                if place not in fresh:
                    fresh[place] = None
                    waiting.append(place)
        return Unrolled(
            places=tuple(self._order),
            edges=tuple(self._edges(place) for place in self._order),
            exits=tuple(self._legs(place) for place in self._order),
            names=tuple(self.names(place) for place in self._order),
            fresh=frozenset(self._order[place] for place in fresh),
        )

    def names(self, place: Place) -> dict[str, Number]:
        """The state, as expressions read it; no day, for it has no end."""
        return dict(zip(self._graph.state, map(self._numbers.number, place.state), strict=True))

    def _explore_day(self, first: Place) -> list[Place]:
        """Number the new places of a day that begins at ``first``; where it may lead to."""
        later: list[Place] = []
        stack, ancestors = [first], set[Place]()
        while stack:
            place = stack[-1]
            if place in self._order:
                stack.pop()
            elif place in self._exits:
                ancestors.discard(place)
                self._order[place] = len(self._order)
            else:
                if len(self._exits) >= MAX_PLACES:
                    raise UnsupportedGame(f"more than {MAX_PLACES:,} places: no certificate")
                ancestors.add(place)
                self._exits[place] = self._ways_out(place)
                targets = [target for ways in self._exits[place] for _, target in ways]
                later += [target._replace(day=0) for target in targets if target.day]
                today = [target for target in targets if not target.day]
                if not ancestors.isdisjoint(today):
                    raise UnsupportedGame(f"play can come back to '{place.node}' on the same day")
                stack += today
        return later

    def _legs(self, place: Place) -> tuple[tuple[Leg, ...], ...]:
        return tuple(
            tuple(
                Leg(chance, self._order[target._replace(day=0)], target.day)
                for chance, target in ways
            )
            for ways in self._exits[place]
        )


def node_at(graph: Graph, place: Place) -> GraphNode | None:
    """The node at a place; None while days pass and where the clock breaks down."""
    return None if place.left else graph.nodes.get(place.node)


def later_movers(graph: Graph, unrolled: Unrolled) -> list[frozenset[str]]:
    """For each place, the players who may still move once play has left it."""
    here = [movers(node_at(graph, place)) for place in unrolled.places]
    later = [frozenset[str]()] * len(here)

    def grows(index: int) -> bool:
        found = frozenset().union(*(later[target] | here[target] for target in ways[index]))
        if found == later[index]:
            return False
        later[index] = found
        return True

    ways = [_targets(unrolled, index) for index in range(len(here))]
    _propagate(ways, grows)
    return later


def endless_places(graph: Graph, unrolled: Unrolled, numbers: Evaluator) -> list[int]:
    """The places at which the players can together see to it that play goes on for ever.

    They choose every move but nature's; chances that depend on an offer count as theirs. Where
    there is no such place, every play ends, or meets a hazard ever again.
    """
    alive = [True] * len(unrolled.places)

    def dies(index: int) -> bool:
        node = node_at(graph, unrolled.places[index])
        stays = [all(alive[leg.place] for leg in legs) for legs in unrolled.exits[index] if legs]
        forced = node is None or (isinstance(node, Chance) and not _steered(node))
        if not alive[index] or (stays and (all(stays) if forced else any(stays))):
            return False
        alive[index] = False
        return True

    def _steered(node: Chance) -> bool:
        return any(numbers.reads(event.probability) - graph.state.keys() for event in node.events)

    _propagate([_targets(unrolled, index) for index in range(len(alive))], dies)
    return [index for index, survives in enumerate(alive) if survives]


def _targets(unrolled: Unrolled, index: int) -> list[int]:
    return [leg.place for legs in unrolled.exits[index] for leg in legs]


def _propagate(ways: Sequence[Sequence[int]], changes: Callable[[int], bool]) -> None:
    """Visit every place, and again the places before one that ``changes``, until none does."""
    before: list[list[int]] = [[] for _ in ways]
    for index, targets in enumerate(ways):
        for target in targets:
            before[target].append(index)
    waiting = list(reversed(range(len(ways))))
    while waiting:
        index = waiting.pop()
        if changes(index):
            waiting.extend(before[index])
