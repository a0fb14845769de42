"""What can be done at each position of an unrolled game, and what the profile does there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from gametheory_crisis.certificate.evaluation import Evaluator, distance
from gametheory_crisis.certificate.profile import ROUNDING, Profile
from gametheory_crisis.certificate.unrolling import Place, Unrolled, probability
from gametheory_crisis.errors import ParameterError, SolverError
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Graph,
    GraphNode,
    Offer,
    Simultaneous,
    Terminal,
    edges,
)
from gametheory_crisis.results import Number

LAST = ""
"""Stands among the offers for the number offered last, whatever its name."""

Offers: TypeAlias = tuple[tuple[str, Number], ...]
"""The offers of the day that still matter, by name."""


class Moves:
    """The moves of an unrolled game and of a profile in it.

    A position is the index of a place together with the offers made on that day.
    """

    def __init__(
        self, graph: Graph, unrolled: Unrolled, profile: Profile, numbers: Evaluator
    ) -> None:
        self.unrolled = unrolled
        self.numbers = numbers
        self._graph = graph
        self._profile = profile
        self._reads = _offers_read(graph, profile, numbers)

    def node(self, index: int) -> GraphNode | None:
        """The node at a place; None while days pass and where the clock breaks down."""
        place = self.unrolled.places[index]
        return None if place.left else self._graph.nodes.get(place.node)

    def names(self, index: int, offers: Offers) -> Mapping[str, Number]:
        """What expressions read at a position, beside parameters."""
        names = self.unrolled.names[index]
        return {**names, **dict(offers)} if offers else names

    def carried(self, index: int, days: int, offers: Offers) -> Offers:
        """The offers that still matter at a place reached after ``days``."""
        if days or not offers:
            return ()
        reads = self.reads(index)
        return tuple(offer for offer in offers if offer[0] in reads)

    def reads(self, index: int) -> frozenset[str]:
        """Names of the offers that matter at a place or below it on the same day."""
        node = self.node(index)
        return frozenset() if node is None else self._reads[node.name]

    def open_edges(self, index: int) -> list[int]:
        """The edges that can be taken from a place."""
        return [edge for edge, legs in enumerate(self.unrolled.exits[index]) if legs]

    def branches(self, index: int, offers: Offers) -> list[tuple[Number, int, Offers]]:
        """The ways that play takes from a position: probability, edge, offers behind it."""
        node = self.node(index)
        match node:
            case Terminal():
                return []
            case Decision() | Simultaneous():
                weights = self.mixture(index, node, offers)
            case Chance():
                weights = self.chances(index, node, offers)
            case Offer():
                return [
                    (weight, 0, with_offer(offers, node.variable, number))
                    for number, weight in self.offers_made(index, node, offers)
                    if weight
                ]
            case None:
                weights = {0: self.numbers.number(1)}
        return [(weight, edge, offers) for edge, weight in weights.items() if weight]

    def mixture(
        self, index: int, node: Decision | Simultaneous, offers: Offers, idle: str = ""
    ) -> dict[int, Number]:
        """Probability of each edge; ``idle`` leaves one player's own choice out of the product."""
        place, last = self.unrolled.places[index], dict(offers).get(LAST)
        if isinstance(node, Decision):
            open_edges = self.open_edges(index)
            names = [node.actions[edge].name for edge in open_edges]
            weights = self._profile.weights(place, node.player, names, last)
            return dict(zip(open_edges, weights, strict=True))
        joint = [self.numbers.number(1)] * len(node.results)
        for position, (player, actions) in enumerate(node.actions.items()):
            if player != idle:
                weights = self._profile.weights(place, player, actions, last)
                play = dict(zip(actions, weights, strict=True))
                joint = [
                    weight * play[result[position]]
                    for weight, result in zip(joint, node.results, strict=True)
                ]
        return dict(enumerate(joint))

    def chances(self, index: int, node: Chance, offers: Offers) -> dict[int, Number]:
        """Probability of each event; one of probability 0 never happens and is left out."""
        names = self.names(index, offers)
        chances = {
            edge: probability(
                self.numbers.value(node.events[edge].probability, names),
                f"the probability of '{node.events[edge].name}' at '{node.name}'",
            )
            for edge in self.open_edges(index)
        }
        if distance(sum(chances.values()), 1.0) > ROUNDING:
            raise ParameterError(f"the probabilities at '{node.name}' do not sum to 1")
        return {edge: chance for edge, chance in chances.items() if chance}

    # Offers

    def offer_range(self, index: int, node: Offer, offers: Offers) -> tuple[Number, Number]:
        """Both ends of what may be offered."""
        names = self.names(index, offers)
        low, high = self.numbers.value(node.low, names), self.numbers.value(node.high, names)
        if not -math.inf < low <= high < math.inf:
            raise ParameterError(
                f"the range of the offer at '{node.name}' is empty: "
                f"[{float(low):g}, {float(high):g}]"
            )
        return low, high

    def grid(self, index: int, node: Offer, offers: Offers) -> list[Number] | None:
        """The numbers that may be offered, if they are finitely many."""
        if node.grid is None:
            return None
        names = self.names(index, offers)
        return [self.numbers.value(entry, names) for entry in node.grid]

    def offers_made(self, index: int, node: Offer, offers: Offers) -> list[tuple[Number, Number]]:
        """The numbers that the profile offers and their probabilities.

        Each is put on the grid or into the range if rounding errs.

        Raises
        ------
        SolverError
            If a number may not be offered.
        """
        place = self.unrolled.places[index]
        return [
            (self._permitted(index, node, offers, claimed), weight)
            for claimed, weight in self._profile.offers(place, node.player)
        ]

    def _permitted(self, index: int, node: Offer, offers: Offers, claimed: Number) -> Number:
        """The number nearest to the one claimed that may be offered."""
        grid = self.grid(index, node, offers)
        if grid is None:
            low, high = self.offer_range(index, node, offers)
            nearest = min(max(self.numbers.number(claimed), low), high)
        else:
            nearest = min(grid, key=lambda entry: distance(entry, claimed))
        if distance(nearest, claimed) > ROUNDING * max(1.0, claimed, -claimed):
            where = self._profile.describe(self.unrolled.places[index], node.player)
            raise SolverError(f"the offer {float(claimed):g} may not be made by {where}")
        return nearest

    def reply_bounds(self, index: int) -> set[float]:
        """Numbers at which an answer to the offer made at a place changes."""
        bounds: set[float] = set()
        seen, stack = {index}, [index]
        while stack:
            legs = [leg for ways in self.unrolled.exits[stack.pop()] for leg in ways]
            for leg in legs:
                node = self.node(leg.place)
                if leg.days or leg.place in seen or node is None:
                    continue
                seen.add(leg.place)
                bounds.update(self._bounds_at(self.unrolled.places[leg.place], node))
                if not isinstance(node, Offer):
                    stack.append(leg.place)
        return bounds

    def _bounds_at(self, place: Place, node: GraphNode) -> Iterable[float]:
        for player in _deciders(node):
            for low, high, _ in self._profile.replies(place, player):
                yield from (float(low), float(high))


def with_offer(offers: Offers, variable: str, number: Number) -> Offers:
    """The offers after one more."""
    return tuple(sorted({**dict(offers), variable: number, LAST: number}.items()))


def _deciders(node: GraphNode) -> tuple[str, ...]:
    if isinstance(node, Decision):
        return (node.player,)
    return tuple(node.actions) if isinstance(node, Simultaneous) else ()


def movers(node: GraphNode | None) -> frozenset[str]:
    """The players who choose at a node."""
    match node:
        case Decision() | Offer():
            return frozenset({node.player})
        case Simultaneous():
            return frozenset(node.actions)
        case _:
            return frozenset()


def _offers_read(graph: Graph, profile: Profile, numbers: Evaluator) -> dict[str, frozenset[str]]:
    """For each node, the offers that its subtree of the same day reads.

    A node whose choice depends on the offer made last reads `LAST`.
    """
    variables = {node.variable for node in graph.nodes.values() if isinstance(node, Offer)}
    own = {
        name: frozenset().union(*map(numbers.reads, expressions_at(node))) & variables
        | ({LAST} if profile.answers(name) else frozenset())
        for name, node in graph.nodes.items()
    }
    reads, grows = dict(own), True
    while grows:
        before = dict(reads)
        # What follows a node mostly stands behind it in the file, so one round is often all.
        for name, node in reversed(graph.nodes.items()):
            below = [reads[edge.target] for edge in edges(node) if not edge.days]
            made = {node.variable, LAST} if isinstance(node, Offer) else frozenset()
            reads[name] = own[name] | (frozenset().union(*below) - made)
        grows = reads != before
    return reads


def expressions_at(node: GraphNode) -> list[int]:
    """What is computed at a node and on its edges, settings apart."""
    found = [expression for edge in edges(node) for expression in edge.pays.values()]
    match node:
        case Terminal():
            found += node.payoffs.values()
        case Chance():
            found += (event.probability for event in node.events)
        case Offer():
            found += [node.low, node.high, *(node.grid or ())]
        case _:
            pass
    return found
