"""Play of a game in which one player knows private numbers, as a tree with values per type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from gametheory_crisis.certificate.evaluation import distance, undefined
from gametheory_crisis.certificate.profile import ROUNDING
from gametheory_crisis.certificate.screening_types import Arithmetic, Column, Types
from gametheory_crisis.certificate.unrolling import Unrolled, Unroller, probability
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

Offers = Mapping[str, Number]
Worths = dict[str, Any]
"""Per player what play is worth to it, for each type of the informed player, or for all alike."""


class Leg(NamedTuple):
    """One way on from an edge: its probability, and play after it."""

    probability: Number
    play: Play


@dataclass
class Way:
    """One edge that can be taken, what it is worth, and the informed player's best after it."""

    edge: int
    name: str
    legs: list[Leg]
    worths: Worths
    best: Any


@dataclass
class Play:
    """Play from one place on.

    Attributes
    ----------
    place : index among the unrolled places
    node : None where days pass, or the clock breaks down
    offers : those of the day
    ways : the edges that can be taken
    shares : the probability of each way, for each type where it differs
    worths : what play is worth
    best : what it is worth to the informed player if it always does what is best for its type
    """

    place: int
    node: GraphNode | None
    offers: Offers
    ways: list[Way] = field(default_factory=list)
    shares: list[Any] = field(default_factory=list)
    worths: Worths = field(default_factory=dict)
    best: Any = 0


Policy = Callable[[Play], list[Any]]
"""The probability of each way from a place, once its ways are known."""


class Plays:
    """Makes trees of play.

    Parameters
    ----------
    graph : the game
    arithmetic : its numbers

    Attributes
    ----------
    informed : the player with private numbers
    unrolled : all places, but for the offers made

    Raises
    ------
    UnsupportedGame
        If a move is simultaneous, or hidden, or play may go on for ever.
    """

    def __init__(self, graph: Graph, arithmetic: Arithmetic) -> None:
        for node in graph.nodes.values():
            if isinstance(node, Simultaneous) or (
                not isinstance(node, Terminal) and node.observed_by is not None
            ):
                raise UnsupportedGame(f"'{node.name}' is no public move of one player")
        self.graph, self.arithmetic = graph, arithmetic
        (self.informed,) = graph.private
        self.unrolled: Unrolled = Unroller(graph, arithmetic.numbers).unroll()
        value, one = arithmetic.numbers.value, arithmetic.numbers.number(1)
        discount = graph.clock.discount
        self._discount = {
            player: value(discount[player], {}) if player in discount else one
            for player in graph.players
        }

    @property
    def start(self) -> int:
        """The place on which play starts."""
        return len(self.unrolled.places) - 1

    def node(self, place: int) -> GraphNode | None:
        """The node at a place; None while days pass and where the clock breaks down."""
        where = self.unrolled.places[place]
        return None if where.left else self.graph.nodes.get(where.node)

    def names(self, place: int, offers: Offers) -> dict[str, Number]:
        """What expressions read besides parameters and private numbers."""
        return {**self.unrolled.names[place], **offers}

    def play(self, place: int, offers: Offers, types: Types, policy: Policy) -> Play:
        """Play from a place on."""
        play = Play(place, self.node(place), offers)
        if isinstance(play.node, Terminal):
            names = self.names(place, offers)
            play.worths = {
                player: self.arithmetic.value(play.node.payoffs[player], names, types)
                for player in self.graph.players
            }
            play.best = play.worths[self.informed]
            return play
        made = offers
        if isinstance(play.node, Offer):
            (number,) = policy(play)
            made = {**offers, play.node.variable: number}
        for edge, legs in enumerate(self.unrolled.exits[place]):
            if legs:
                play.ways.append(self._way(place, edge, offers, made, types, policy))
        play.shares = self._shares(play, policy)
        play.worths = {
            player: _mixed(play.shares, [way.worths[player] for way in play.ways])
            for player in self.graph.players
        }
        play.best = self._best(play)
        return play

    def _way(
        self, place: int, edge: int, offers: Offers, made: Offers, types: Types, policy: Policy
    ) -> Way:
        legs = [
            (leg, self.play(leg.place, {} if leg.days else made, types, policy))
            for leg in self.unrolled.exits[place][edge]
        ]
        pays, names = self.unrolled.edges[place][edge].pays, self.names(place, made)
        worths: Worths = {}
        best: Any = 0
        for player, factor in self._discount.items():
            paid = self.arithmetic.value(pays[player], names, types) if player in pays else 0
            worths[player] = paid + sum(
                leg.probability * (factor**leg.days * below.worths[player]) for leg, below in legs
            )
            if player == self.informed:
                best = paid + sum(
                    leg.probability * (factor**leg.days * below.best) for leg, below in legs
                )
        node = self.node(place)
        name = node.actions[edge].name if isinstance(node, Decision) else ""
        return Way(edge, name, [Leg(leg.probability, below) for leg, below in legs], worths, best)

    def _shares(self, play: Play, policy: Policy) -> list[Any]:
        match play.node:
            case Chance() as node:
                names = self.names(play.place, play.offers)
                value = self.arithmetic.numbers.value
                chances = [
                    probability(
                        value(node.events[way.edge].probability, names),
                        f"the probability of '{node.events[way.edge].name}' at '{node.name}'",
                    )
                    for way in play.ways
                ]
                if distance(sum(chances), 1.0) > ROUNDING:
                    raise ParameterError(f"the probabilities at '{node.name}' do not sum to 1")
                return chances
            case Decision():
                return policy(play)
            case _:
                return [self.arithmetic.numbers.number(1)]

    def _best(self, play: Play) -> Any:
        if isinstance(play.node, Decision) and play.node.player == self.informed:
            best = play.ways[0].best
            for way in play.ways[1:]:
                best = np.maximum(best, way.best)
            return best
        return _mixed(play.shares, [way.best for way in play.ways])


def _mixed(shares: list[Any], worths: list[Any]) -> Any:
    """A lottery; what has probability 0 does not count, defined or not."""
    total: Any = 0
    for share, worth in zip(shares, worths, strict=True):
        if isinstance(share, np.ndarray):
            total = total + np.where(share == 0, 0, share * worth)
        elif share != 0:
            total = total + share * worth
    return total


def reached(play: Play, weights: Column, whose: str = "") -> Iterator[tuple[Play, Column]]:
    """Every place of a tree, with the probability that each type gets there.

    With ``whose``, everybody else is taken to move towards the place: these are the weights of
    beliefs about that player's type.
    """
    yield play, weights
    node = play.node
    own = not whose or (isinstance(node, Decision) and node.player == whose)
    for way, share in zip(play.ways, play.shares, strict=True):
        onward = weights * share if own else weights
        for leg in way.legs:
            chance = leg.probability if not whose else 1
            yield from reached(leg.play, onward * chance, whose)


def gain(play: Play, player: str, weights: Column, arithmetic: Arithmetic) -> Number:
    """What the mover of a place gains by its best action, given who gets there.

    Where nobody does, it may believe in the prior or in any one type, whichever serves its choice.
    """
    if undefined(arithmetic.total(np.abs(weights), 1)):
        return float("nan")
    reach = arithmetic.total(weights, 1)
    claimed = play.worths[player]
    if reach:
        best = max_defined([arithmetic.total(weights, way.worths[player]) for way in play.ways])
        gained: Number = (best - arithmetic.total(weights, claimed)) / reach
        return gained
    gains = np.array([way.worths[player] - claimed + 0 * weights for way in play.ways])
    return _least_gain(gains)


def _least_gain(gains: Column) -> Number:
    """The least that the best way gains, (ways, types), over beliefs in one type or two."""
    least: Number = np.min(np.max(gains, axis=0))
    ways = range(len(gains))
    differences = [gains[a] - gains[b] for a in ways for b in ways if a < b]
    found = {int(pick(row)) for row in differences for pick in (np.argmin, np.argmax)}
    for row in differences:
        for s in found:
            for t in found:
                if row[s] < 0 < row[t]:
                    odds = row[t] / (row[t] - row[s])
                    both = odds * gains[:, s] + (1 - odds) * gains[:, t]
                    least = min(least, np.max(both))
    return least


def max_defined(values: list[Any]) -> Any:
    """The largest; ``nan`` if any is."""
    return next((value for value in values if undefined(value)), max(values))
