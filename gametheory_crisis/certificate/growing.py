"""A graph of moves unrolled into histories: everything that can happen, in order."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from gametheory_crisis.certificate.evaluation import Evaluator, distance
from gametheory_crisis.certificate.knowledge import InformationSets, Knowledge
from gametheory_crisis.certificate.positions import Move, Position, arrived, drawn
from gametheory_crisis.certificate.private_types import type_draws
from gametheory_crisis.certificate.profile import ROUNDING
from gametheory_crisis.certificate.tree import History, Tree, Vector
from gametheory_crisis.certificate.unrolling import BREAKDOWN, Unrolled, Unroller, probability
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Expr,
    Graph,
    GraphNode,
    Offer,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.results import Number

MAX_HISTORIES = 1_000_000
"""The most histories that are unrolled."""


def grow(graph: Graph, numbers: Evaluator, samples: Sequence[Mapping[str, Number]] = ({},)) -> Tree:
    """All histories of a game.

    Parameters
    ----------
    graph, numbers : the game and its arithmetic
    samples : values of private numbers that are no part of a type. What a history pays is worked
        out at each sample: its ``payoffs`` and ``pays`` hold one vector per sample, end to end

    Raises
    ------
    UnsupportedGame
        If an offer or a type is a continuum, if a probability reads a number of the samples, if
        play may go on for ever, or if there are more than `MAX_HISTORIES` histories.
    ParameterError
        If the numbers leave no game.
    """
    return _Grower(graph, numbers, samples).tree()


class _Grower:
    def __init__(
        self, graph: Graph, numbers: Evaluator, samples: Sequence[Mapping[str, Number]]
    ) -> None:
        self._samples = samples
        self._graph = graph
        self._numbers = numbers
        self._players = tuple(graph.players)
        self._one = numbers.number(1)
        self._unrolled: Unrolled = Unroller(graph, numbers).unroll()
        self._histories: list[History] = []
        self._queue: deque[tuple[int, Position]] = deque()
        self._sets = InformationSets(tuple(graph.nodes))

    def tree(self) -> Tree:
        """Grow every branch, the shorter histories first."""
        self._check_probabilities()
        starts = self._draw_types()
        while self._queue:
            index, position = self._queue.popleft()
            self._grow(index, position)
        return Tree(self._histories, self._sets.found, starts)

    def _add(
        self,
        parent: int,
        label: str,
        position: Position,
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
        position = Position(start, {}, {}, {}, Knowledge.none(self._players))
        latest = {self._add(-1, "", position, self._one): position}
        for ways in type_draws(self._graph, self._numbers, self._samples[0].keys()):
            latest = {
                self._add(index, way.label, position, way.probability): drawn(position, way)
                for index, position in latest.items()
                for way in ways
            }
        self._queue.extend(latest.items())
        return {index: dict(position.types) for index, position in latest.items()}

    def _grow(self, index: int, position: Position) -> None:
        place = self._unrolled.places[position.place]
        node = None if place.left else self._graph.nodes.get(place.node)
        names = {**self._unrolled.names[position.place], **position.private, **position.offers}
        if isinstance(node, Terminal):
            self._histories[index].payoffs = self._sampled(node.payoffs, names)
            self._histories[index].outcome = node.outcome
            return
        for move in self._moves(index, node, names, position):
            if move.edge >= 0:
                self._follow(index, move, {**names, **move.position.offers})
            else:
                child = self._add(index, move.label, move.position, move.chance)
                self._queue.append((child, move.position))

    def _moves(
        self, index: int, node: GraphNode | None, names: Mapping[str, Number], position: Position
    ) -> Iterator[Move]:
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
                return iter((Move("", self._one, 0, position),))

    def _events(
        self, node: Chance, names: Mapping[str, Number], position: Position
    ) -> Iterator[Move]:
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
                yield Move(label, chance, edge, self._shown(position, node, {label: None}))

    def _check_probabilities(self) -> None:
        """Refuse a probability that reads a private number of the samples."""
        for node in self._graph.nodes.values():
            for event in node.events if isinstance(node, Chance) else ():
                read = self._numbers.reads(event.probability) & self._samples[0].keys()
                if read:
                    raise UnsupportedGame(
                        f"the probability of '{event.name}' at '{node.name}' reads the continuum "
                        f"'{min(read)}'"
                    )

    def _actions(self, index: int, node: Decision, position: Position) -> Iterator[Move]:
        exits = self._unrolled.exits[position.place]
        open_edges = [edge for edge in range(len(node.actions)) if exits[edge]]
        actions = tuple(node.actions[edge].name for edge in open_edges)
        after = self._decide(index, node.name, node.player, actions, position)
        for action, edge, behind in zip(actions, open_edges, after, strict=True):
            label = f"{node.player}: {action}"
            behind = self._shown(behind, node, {label: node.player})
            yield Move(label, self._one, edge, behind)

    def _offers(
        self, index: int, node: Offer, names: Mapping[str, Number], position: Position
    ) -> Iterator[Move]:
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
            yield Move(label, self._one, 0, behind._replace(offers=offers))

    def _simultaneous(self, index: int, node: Simultaneous, position: Position) -> Iterator[Move]:
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
                yield Move(label, self._one, -1, behind._replace(chosen=chosen))
                continue
            labels: dict[str, str | None] = {
                f"{i}: {a}": i for i, a in zip(movers, chosen, strict=True)
            }
            behind = self._shown(behind._replace(chosen=()), node, labels)
            yield Move(label, self._one, results[chosen], behind)

    def _decide(
        self,
        index: int,
        node: str,
        player: str,
        actions: tuple[str, ...],
        position: Position,
        numbers: tuple[Number, ...] = (),
    ) -> list[Position]:
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
        position: Position,
        node: Chance | Decision | Offer | Simultaneous,
        labels: Mapping[str, str | None],
    ) -> Position:
        """The position once ``labels``, each with the player who moved, have been seen."""
        day = self._unrolled.places[position.place].day
        watching = self._players if node.observed_by is None else node.observed_by
        knowledge = position.knowledge
        for label, mover in labels.items():
            seeing = {*watching} if mover is None else {*watching, mover}
            knowledge = knowledge.shown(label, day, seeing)
        return position._replace(knowledge=knowledge)

    def _follow(self, index: int, move: Move, names: Mapping[str, Number]) -> None:
        """Take an edge: its payments, then its days, on each of which the clock may break down."""
        position = move.position
        edge = self._unrolled.edges[position.place][move.edge]
        legs = self._unrolled.exits[position.place][move.edge]
        pays = self._sampled(edge.pays, names) if edge.pays else ()
        if len(legs) == 1 and not self._breaks_down(legs[0].place):
            behind = arrived(position, legs[0].place, legs[0].days)
            child = self._add(index, move.label, behind, move.chance, legs[0].days, pays)
            self._queue.append((child, behind))
            return
        between = self._add(index, move.label, position, move.chance, 0, pays)
        for chance, place, days in legs:
            behind, label = arrived(position, place, days), ""
            if self._breaks_down(place):
                label, day = "clock: breakdown", self._unrolled.places[place].day
                knowledge = behind.knowledge.shown(label, day, self._players)
                behind = behind._replace(knowledge=knowledge)
            child = self._add(between, label, behind, chance, days)
            self._queue.append((child, behind))

    def _sampled(self, paid: Mapping[str, Expr], names: Mapping[str, Number]) -> Vector:
        """What is paid to each player, 0 where nothing is said, at each sample."""
        zero = self._numbers.number(0)
        return tuple(
            self._numbers.value(paid[i], known) if i in paid else zero
            for known in ({**names, **sample} if sample else names for sample in self._samples)
            for i in self._players
        )

    def _breaks_down(self, place: int) -> bool:
        return self._unrolled.places[place].node == BREAKDOWN
