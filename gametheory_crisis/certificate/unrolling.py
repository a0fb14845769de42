"""A graph of moves unrolled over states and days, at one point of the parameters.

The order of events on an edge is that of the model language: payments and settings are read before
the edge, settings take effect, then days pass one by one, each with its hazard and its deadline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from gametheory_crisis.certificate.evaluation import Evaluator
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.language.graph import Chance, Decision, Edge, Graph, edges
from gametheory_crisis.results import Number

BREAKDOWN = ""
"""Name of the place at which the clock's breakdown edge is about to be taken."""


class Place(NamedTuple):
    """Where play stands, but for the offers made today.

    While days are ``left`` to pass, ``node`` is where play will stand after them.
    """

    day: int
    node: str
    left: int
    state: tuple[int, ...]
    expired: bool


class Leg(NamedTuple):
    """One way on: its probability, the index of the place it leads to, the days until then."""

    probability: Number
    place: int
    days: int


_Ways: TypeAlias = tuple[tuple[Number, Place], ...]


@dataclass(frozen=True, slots=True)
class Unrolled:
    """All places that play can reach, each behind every place it leads to.

    Where play can come back, a place stands behind those it leads to on the same day, and no place
    knows the day.

    Attributes
    ----------
    places : the last is where play starts, unless play can come back
    edges : the edges that leave each place
    exits : for each place and edge, the legs; none where the edge cannot be taken
    names : for each place, the values of the day and of the state
    fresh : places on which play can stand with no offer made on that day
    """

    places: tuple[Place, ...]
    edges: tuple[tuple[Edge, ...], ...]
    exits: tuple[tuple[tuple[Leg, ...], ...], ...]
    names: tuple[dict[str, Number], ...]
    fresh: frozenset[int]


class Unroller:
    """Finds the places of a graph; the numbers come from ``numbers``."""

    def __init__(self, graph: Graph, numbers: Evaluator) -> None:
        self._graph = graph
        self._numbers = numbers
        self._deadline = self._whole_deadline()
        self._order: dict[Place, int] = {}
        self._exits: dict[Place, tuple[_Ways, ...]] = {}

    def unroll(self) -> Unrolled:
        """All places, found depth first.

        Raises
        ------
        UnsupportedGame
            If play can come back to a place without a deadline that ends it.
        ParameterError
            If the deadline, a hazard or a probability is none.
        """
        start = tuple(variable.start for variable in self._graph.state.values())
        stack = [Place(0, self._graph.start, 0, start, expired=False)]
        ancestors: set[Place] = set()
        while stack:
            place = stack[-1]
            if place in self._order:
                stack.pop()
            elif place in self._exits:
                ancestors.discard(self._recurrent(place))
                self._order[place] = len(self._order)
            else:
                ancestors.add(self._recurrent(place))
                self._exits[place] = self._ways_out(place)
                stack.extend(self._unvisited(place, ancestors))
        return self._numbered()

    def names(self, place: Place) -> dict[str, Number]:
        """The day and the state, as expressions read them."""
        names = dict(zip(self._graph.state, map(self._numbers.number, place.state), strict=True))
        names["day"] = self._numbers.number(place.day)
        return names

    def _whole_deadline(self) -> int | None:
        clock = self._graph.clock
        if clock.deadline is None or clock.expires is None:
            return None
        deadline = self._numbers.value(clock.deadline, {})
        if not deadline >= 1 or deadline == float("inf") or deadline != int(deadline):
            raise ParameterError(
                f"the deadline is {float(deadline):g}, not a whole number from 1 on"
            )
        return int(deadline)

    def _recurrent(self, place: Place) -> Place:
        """What must not come again: the place, or without a deadline the place on any day."""
        return place if self._deadline is not None else place._replace(day=0)

    def _unvisited(self, place: Place, ancestors: set[Place]) -> list[Place]:
        following = [target for ways in self._exits[place] for _, target in ways]
        for target in following:
            if target not in self._order and self._recurrent(target) in ancestors:
                raise UnsupportedGame(
                    f"play can come back to '{target.node or 'breakdown'}' for ever; "
                    "a certificate needs a deadline or a graph without a cycle"
                )
        return [target for target in following if target not in self._order]

    def _numbered(self) -> Unrolled:
        places = tuple(self._order)
        exits = tuple(
            tuple(
                tuple(
                    Leg(probability, self._order[target], target.day - place.day)
                    for probability, target in ways
                )
                for ways in self._exits[place]
            )
            for place in places
        )
        later = {leg.place for legs in exits for ways in legs for leg in ways if leg.days}
        return Unrolled(
            places,
            tuple(self._edges(place) for place in places),
            exits,
            tuple(self.names(place) for place in places),
            frozenset(later | {len(places) - 1}),
        )

    def _edges(self, place: Place) -> tuple[Edge, ...]:
        if place.left:
            return (Edge(place.node, place.left),)
        if place.node == BREAKDOWN:
            breakdown = self._graph.clock.breakdown
            return () if breakdown is None else (breakdown,)
        return edges(self._graph.nodes[place.node])

    def _ways_out(self, place: Place) -> tuple[_Ways, ...]:
        names = self.names(place)
        return tuple(
            self._follow(place, edge, names) if possible else ()
            for edge, possible in zip(self._edges(place), self._possible(place, names), strict=True)
        )

    def _possible(self, place: Place, names: dict[str, Number]) -> list[bool]:
        """Which edges can be taken: available actions, events whose probability is not 0."""
        node = None if place.left else self._graph.nodes.get(place.node)
        value, reads = self._numbers.value, self._numbers.reads
        match node:
            case Decision():
                return [
                    action.condition is None or value(action.condition, names) == 1
                    for action in node.actions
                ]
            case Chance():
                return [
                    not reads(event.probability) <= names.keys()
                    or value(event.probability, names) != 0
                    for event in node.events
                ]
            case _:
                return [True] * len(self._edges(place))

    def _follow(self, place: Place, edge: Edge, names: dict[str, Number]) -> _Ways:
        state = tuple(
            int(self._numbers.value(edge.set[name], names)) if name in edge.set else level
            for name, level in zip(self._graph.state, place.state, strict=True)
        )
        return self._pass_days(Place(place.day, edge.target, edge.days, state, place.expired))

    def _pass_days(self, place: Place) -> _Ways:
        """Where play stands once the next of the days that are left have passed."""
        clock, one = self._graph.clock, self._numbers.number(1)
        if not place.left:
            return ((one, place),)
        if place.expired or (self._deadline is None and clock.hazard is None):
            return ((one, place._replace(day=place.day + place.left, left=0)),)
        if clock.hazard is None:
            return ((one, self._arrive(place, self._quiet_days(place))),)
        onward = self._arrive(place, 1)
        if self._deadline is not None and place.day >= self._deadline:
            return ((one, onward),)
        struck = Place(place.day + 1, BREAKDOWN, 0, place.state, expired=False)
        hazard = probability(self._numbers.value(clock.hazard, self.names(struck)), "the hazard")
        return tuple(way for way in ((hazard, struck), (one - hazard, onward)) if way[0])

    def _quiet_days(self, place: Place) -> int:
        """Days without a hazard until all are through or the clock expires."""
        return place.left if self._deadline is None else min(place.left, self._deadline - place.day)

    def _arrive(self, place: Place, days: int) -> Place:
        """The place ``days`` later if nothing breaks down, the deadline regarded."""
        day, clock = place.day + days, self._graph.clock
        if self._deadline is not None and clock.expires is not None and day >= self._deadline:
            return Place(day, clock.expires, 0, place.state, expired=True)
        return place._replace(day=day, left=place.left - days)


def probability(value: Number, what: str) -> Number:
    """The value itself, checked to lie in [0, 1]."""
    if not 0 <= value <= 1:
        raise ParameterError(f"{what} is {float(value):g}, outside [0, 1]")
    return value
