"""A graph of moves unrolled into histories: everything that can happen, in order."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gametheory_crisis.certificate.evaluation import Evaluator, distance
from gametheory_crisis.certificate.knowledge import InformationSets, Knowledge
from gametheory_crisis.certificate.private_types import TypeDraw, type_draws
from gametheory_crisis.certificate.profile import ROUNDING
from gametheory_crisis.certificate.tree import History, Tree, Vector
from gametheory_crisis.certificate.unrolling import BREAKDOWN, Unrolled, Unroller, probability
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Graph,
    GraphNode,
    Offer,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.results import Number

MAX_HISTORIES = 1_000_000
"""The most histories that are unrolled."""


class _Position(NamedTuple):
    """Where a history stands, as far as its continuation depends on it.

    ``place`` is an index into the places of the unrolled graph, ``chosen`` what has been chosen so
    far at a simultaneous node.
    """

    place: int
    types: Mapping[str, str]
    private: Mapping[str, Number]
    offers: Mapping[str, Number]
    knowledge: Knowledge
    chosen: tuple[str, ...] = ()


class _Move(NamedTuple):
    """A move about to be made: its words, its probability, what is known behind it."""

    label: str
    chance: Number
    edge: int
    position: _Position


def grow(graph: Graph, numbers: Evaluator) -> Tree:
    """All histories of a game.

    Raises
    ------
    UnsupportedGame
        If an offer or a type is a continuum, if play may go on for ever, or if there are more than
        `MAX_HISTORIES` histories.
    ParameterError
        If the numbers leave no game.
    """
    return _Grower(graph, numbers).tree()


class _Grower:
    def __init__(self, graph: Graph, numbers: Evaluator) -> None:
        self._graph = graph
        self._numbers = numbers
        self._players = tuple(graph.players)
        self._one = numbers.number(1)
        self._unrolled: Unrolled = Unroller(graph, numbers).unroll()
        self._histories: list[History] = []
        self._queue: deque[tuple[int, _Position]] = deque()
        self._sets = InformationSets(tuple(graph.nodes))

    def tree(self) -> Tree:
        """Grow every branch, the shorter histories first."""
        starts = self._draw_types()
        while self._queue:
            index, position = self._queue.popleft()
            self._grow(index, position)
        return Tree(self._histories, self._sets.found, starts)

    def _add(
        self,
        parent: int,
        label: str,
        position: _Position,
        chance: Number,
        days: int = 0,
        pays: Vector = (),
    ) -> int:
        index = len(self._histories)
        if index >= MAX_HISTORIES:
            raise UnsupportedGame(f"more than {MAX_HISTORIES} histories: no certificate for them")
        day = self._unrolled.places[position.place].day
        self._histories.append(History(parent, label, day, chance, days, pays))
        if parent >= 0:
            self._histories[parent].children.append(index)
        return index

    def _draw_types(self) -> dict[int, dict[str, str]]:
        """The beginning and the draws of types."""
        start = len(self._unrolled.places) - 1
        position = _Position(start, {}, {}, {}, Knowledge.none(self._players))
        latest = {self._add(-1, "", position, self._one): position}
        for ways in type_draws(self._graph, self._numbers):
            latest = {
                self._add(index, way.label, position, way.probability): _drawn(position, way)
                for index, position in latest.items()
                for way in ways
            }
        self._queue.extend(latest.items())
        return {index: dict(position.types) for index, position in latest.items()}

    def _grow(self, index: int, position: _Position) -> None:
        place = self._unrolled.places[position.place]
        node = None if place.left else self._graph.nodes.get(place.node)
        names = {**self._unrolled.names[position.place], **position.private, **position.offers}
        if isinstance(node, Terminal):
            payoffs = (self._numbers.value(node.payoffs[i], names) for i in self._players)
            self._histories[index].payoffs = tuple(payoffs)
            self._histories[index].outcome = node.outcome
            return
        for move in self._moves(index, node, names, position):
            if move.edge >= 0:
                self._follow(index, move, {**names, **move.position.offers})
            else:
                child = self._add(index, move.label, move.position, move.chance)
                self._queue.append((child, move.position))

    def _moves(
        self, index: int, node: GraphNode | None, names: Mapping[str, Number], position: _Position
    ) -> Iterator[_Move]:
        match node:
            case Chance():
                return self._events(node, names, position)
            case Decision():
                return self._actions(index, node, position)
            case Offer():
                return self._offers(index, node, names, position)
            case Simultaneous():
                return self._simultaneous(index, node, position)
            case _:
                return iter((_Move("", self._one, 0, position),))

    def _events(
        self, node: Chance, names: Mapping[str, Number], position: _Position
    ) -> Iterator[_Move]:
        exits = self._unrolled.exits[position.place]
        chances = [
            probability(
                self._numbers.value(event.probability, names),
                f"the probability of '{event.name}' at '{node.name}'",
            )
            if exits[edge]
            else self._numbers.number(0)
            for edge, event in enumerate(node.events)
        ]
        if distance(sum(chances), 1.0) > ROUNDING:
            raise ParameterError(f"the probabilities at '{node.name}' do not sum to 1")
        for edge, chance in enumerate(chances):
            if chance:
                label = f"nature: {node.events[edge].name}"
                yield _Move(label, chance, edge, self._shown(position, node, {label: None}))

    def _actions(self, index: int, node: Decision, position: _Position) -> Iterator[_Move]:
        exits = self._unrolled.exits[position.place]
        open_edges = [edge for edge in range(len(node.actions)) if exits[edge]]
        actions = tuple(node.actions[edge].name for edge in open_edges)
        after = self._decide(index, node.name, node.player, actions, position)
        for action, edge, behind in zip(actions, open_edges, after, strict=True):
            label = f"{node.player}: {action}"
            behind = self._shown(behind, node, {label: node.player})
            yield _Move(label, self._one, edge, behind)

    def _offers(
        self, index: int, node: Offer, names: Mapping[str, Number], position: _Position
    ) -> Iterator[_Move]:
        if node.grid is None:
            raise UnsupportedGame(
                f"the offer at '{node.name}' is a continuum: a certificate of hidden moves or "
                "private types needs a `grid`"
            )
        # Two equal numbers of a grid are one offer.
        grid = tuple(dict.fromkeys(self._numbers.value(entry, names) for entry in node.grid))
        if not all(map(math.isfinite, grid)):
            raise ParameterError(
                f"a number on the grid of the offer at '{node.name}' is not finite"
            )
        actions = tuple(map(str, grid))
        after = self._decide(index, node.name, node.player, actions, position, grid)
        for action, number, behind in zip(actions, grid, after, strict=True):
            label = f"{node.player}: {action}"
            behind = self._shown(behind, node, {label: node.player})
            offers = {**position.offers, node.variable: number}
            yield _Move(label, self._one, 0, behind._replace(offers=offers))

    def _simultaneous(self, index: int, node: Simultaneous, position: _Position) -> Iterator[_Move]:
        """The next player's choice, which nobody sees before the last has chosen."""
        movers = tuple(node.actions)
        player = movers[len(position.chosen)]
        actions = node.actions[player]
        results = {profile: edge for edge, profile in enumerate(node.results)}
        after = self._decide(index, node.name, player, actions, position)
        for action, behind in zip(actions, after, strict=True):
            chosen = (*position.chosen, action)
            label = f"{player}: {action}"
            if len(chosen) < len(movers):
                yield _Move(label, self._one, -1, behind._replace(chosen=chosen))
                continue
            labels: dict[str, str | None] = {
                f"{i}: {a}": i for i, a in zip(movers, chosen, strict=True)
            }
            behind = self._shown(behind._replace(chosen=()), node, labels)
            yield _Move(label, self._one, results[chosen], behind)

    def _decide(
        self,
        index: int,
        node: str,
        player: str,
        actions: tuple[str, ...],
        position: _Position,
        numbers: tuple[Number, ...] = (),
    ) -> list[_Position]:
        """Put a history into its information set; the position behind each action."""
        day, knowledge = self._unrolled.places[position.place].day, position.knowledge
        type_ = position.types.get(player, "")
        found = self._sets.join(index, node, player, day, type_, actions, numbers, knowledge)
        self._histories[index].information_set = found
        return [
            position._replace(knowledge=knowledge.decided(player, found, action))
            for action in range(len(actions))
        ]

    def _shown(
        self,
        position: _Position,
        node: Chance | Decision | Offer | Simultaneous,
        labels: Mapping[str, str | None],
    ) -> _Position:
        """The position once ``labels``, each with the player who moved, have been seen."""
        day = self._unrolled.places[position.place].day
        watching = self._players if node.observed_by is None else node.observed_by
        knowledge = position.knowledge
        for label, mover in labels.items():
            seeing = {*watching} if mover is None else {*watching, mover}
            knowledge = knowledge.shown(label, day, seeing)
        return position._replace(knowledge=knowledge)

    def _follow(self, index: int, move: _Move, names: Mapping[str, Number]) -> None:
        """Take an edge: its payments, then its days, on each of which the clock may break down."""
        position = move.position
        edge = self._unrolled.edges[position.place][move.edge]
        legs = self._unrolled.exits[position.place][move.edge]
        pays: Vector = ()
        if edge.pays:
            zero = self._numbers.number(0)
            pays = tuple(
                self._numbers.value(edge.pays[i], names) if i in edge.pays else zero
                for i in self._players
            )
        if len(legs) == 1 and not self._breaks_down(legs[0].place):
            behind = _arrived(position, legs[0].place, legs[0].days)
            child = self._add(index, move.label, behind, move.chance, legs[0].days, pays)
            self._queue.append((child, behind))
            return
        between = self._add(index, move.label, position, move.chance, 0, pays)
        for chance, place, days in legs:
            behind, label = _arrived(position, place, days), ""
            if self._breaks_down(place):
                label, day = "clock: breakdown", self._unrolled.places[place].day
                knowledge = behind.knowledge.shown(label, day, self._players)
                behind = behind._replace(knowledge=knowledge)
            child = self._add(between, label, behind, chance, days)
            self._queue.append((child, behind))

    def _breaks_down(self, place: int) -> bool:
        return self._unrolled.places[place].node == BREAKDOWN


def _drawn(position: _Position, way: TypeDraw) -> _Position:
    """The position after a draw of types; a player may draw its type in parts."""
    types = dict(position.types)
    for player, name in way.types.items():
        types[player] = f"{types[player]} {name}" if player in types else name
    return position._replace(types=types, private={**position.private, **way.numbers})


def _arrived(position: _Position, place: int, days: int) -> _Position:
    """The position at a place ``days`` later, when the offers of before no longer stand."""
    return position._replace(place=place, offers={} if days else position.offers)
