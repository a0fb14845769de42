"""What follows daily offers once no uninformed player moves any more, type by type."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from gametheory_crisis.certificate.arrays import Arrays, Floats, Values
from gametheory_crisis.certificate.screening_tables import Days
from gametheory_crisis.language.graph import (
    Action,
    Chance,
    Decision,
    Edge,
    Graph,
    Offer,
    Simultaneous,
    Terminal,
    edges,
)

TIE = 1e-12
"""Payoffs nearer than this, as a share of the larger, are the same to who chooses."""


class Paid(NamedTuple):
    """Payments (by player) of an edge, and how many days after the start of the subgame."""

    amounts: Mapping[str, int]
    later: int


@dataclass(frozen=True)
class Leaf:
    """A node from which no uninformed player moves any more, and what was paid on the way."""

    index: int
    node: str
    later: int
    paid: tuple[Paid, ...]


@dataclass
class Worth:
    """What a leaf is worth to types.

    Attributes
    ----------
    payoffs : by player
    ends : probability of each outcome, so many days later
    plays : probability of each action of the informed player, by node and days later
    """

    payoffs: dict[str, Values]
    ends: dict[tuple[str, int], Values] = field(default_factory=dict)
    plays: dict[tuple[str, int], dict[str, Values]] = field(default_factory=dict)


class Leaves:
    """Moves of nature and of the informed player, who knows its type.

    Attributes
    ----------
    informed : name of the player

    Parameters
    ----------
    graph : the game
    arrays : its arithmetic
    discount : daily, by player
    """

    def __init__(self, graph: Graph, arrays: Arrays, discount: Mapping[str, float]) -> None:
        self._graph, self._arrays, self._discount = graph, arrays, discount
        (self.informed,) = graph.private
        self._decided: dict[int, bool] = {}

    def available(self, node: Decision) -> list[Action]:
        """The actions whose conditions hold in the state that daily offers leave as it is."""
        state = {name: float(each.start) for name, each in self._graph.state.items()}
        return [
            action
            for action in node.actions
            if action.condition is None or self._arrays.value(action.condition, state) == 1
        ]

    def worth(
        self, leaf: Leaf, day: Days, numbers: Mapping[str, Floats], players: Collection[str]
    ) -> Worth:
        """What a leaf is worth to some types and players.

        Parameters
        ----------
        day : on which the subgame starts; broadcasts against the private numbers
        """
        if leaf.index not in self._decided:
            self._decided[leaf.index] = self.decides(leaf)
        # Payoffs of others may be free of types where those of who chooses are not.
        wanted = {*players, self.informed} if self._decided[leaf.index] else set(players)
        worth = self._node(leaf.node, day, leaf.later, numbers, wanted)
        for player in worth.payoffs:
            factor = self._discount[player]
            total = factor**leaf.later * worth.payoffs[player]
            for paid in leaf.paid:
                if player in paid.amounts:
                    names = {**numbers, "day": np.asarray(day + paid.later, np.float64)}
                    value = self._arrays.value(paid.amounts[player], names)
                    total = total + factor**paid.later * value
            worth.payoffs[player] = total
        return worth

    def _node(
        self,
        name: str,
        day: Days,
        later: int,
        numbers: Mapping[str, Floats],
        players: Collection[str],
    ) -> Worth:
        """What a node is worth on the day on which it is reached."""
        node = self._graph.nodes[name]
        names: dict[str, Values] = {**numbers, "day": np.asarray(day + later, np.float64)}
        value = self._arrays.value
        if isinstance(node, Terminal):
            payoffs = {player: value(node.payoffs[player], names) for player in players}
            return Worth(payoffs, {(node.outcome, later): 1.0})
        if isinstance(node, Chance):
            behind = [self._edge(each.edge, day, later, numbers, players) for each in node.events]
            weights = [value(event.probability, names) for event in node.events]
            return _mixed(weights, behind)
        if not isinstance(node, Decision):
            raise ValueError(f"'{name}' is an offer")
        actions = self.available(node)
        behind = [self._edge(action.edge, day, later, numbers, players) for action in actions]
        weights = best([each.payoffs[node.player] for each in behind], 1.0)
        worth = _mixed(weights, behind)
        worth.plays[name, later] = {
            action.name: weight for action, weight in zip(actions, weights, strict=True)
        }
        return worth

    def _edge(
        self,
        edge: Edge,
        day: Days,
        later: int,
        numbers: Mapping[str, Floats],
        players: Collection[str],
    ) -> Worth:
        worth = self._node(edge.target, day, later + edge.days, numbers, players)
        names: dict[str, Values] = {**numbers, "day": np.asarray(day + later, np.float64)}
        for player in players:
            factor = self._discount[player]
            worth.payoffs[player] = factor**edge.days * worth.payoffs[player]
            if player in edge.pays:
                paid = self._arrays.value(edge.pays[player], names)
                worth.payoffs[player] = worth.payoffs[player] + paid
        return worth

    def decides(self, leaf: Leaf) -> bool:
        """Whether the informed player moves there."""
        return any(isinstance(node, Decision) for node in self._below(leaf))

    def reads(self, leaf: Leaf, player: str) -> frozenset[str]:
        """What a player's payoff depends on besides parameters."""
        wanted = {player, self.informed} if self.decides(leaf) else {player}
        found = [paid.amounts.get(each) for paid in leaf.paid for each in wanted]
        for node in self._below(leaf):
            found += [edge.pays.get(each) for edge in edges(node) for each in wanted]
            if isinstance(node, Terminal):
                found += [node.payoffs[each] for each in wanted]
            elif isinstance(node, Chance):
                found += [event.probability for event in node.events]
        reads = (self._arrays.reads(handle) for handle in found if handle is not None)
        return frozenset().union(*reads)

    def _below(self, leaf: Leaf) -> Iterator[Decision | Offer | Simultaneous | Chance | Terminal]:
        stack = [leaf.node]
        while stack:
            node = self._graph.nodes[stack.pop()]
            stack += [edge.target for edge in edges(node)]
            yield node


def best(payoffs: Sequence[Values], least: float) -> list[Values]:
    """The probability of each option if the first of the best is taken, ``nan`` if one is.

    Parameters
    ----------
    payoffs : of the options
    least : options tie within a share of the largest, or of this where all are smaller
    """
    own = np.stack(np.broadcast_arrays(*payoffs))
    slack = TIE * np.maximum(least, np.abs(own).max(axis=0))
    chosen = np.argmax(own >= own.max(axis=0) - slack, axis=0)
    undefined = np.where(np.isnan(own).any(axis=0), np.nan, 1.0)
    return [(chosen == k) * undefined for k in range(len(payoffs))]


def times(weight: Values, value: Values) -> Values:
    """The product, where weight 0 makes anything 0."""
    return np.where(np.equal(weight, 0), 0.0, np.multiply(weight, value))


def _mixed(weights: Sequence[Values], behind: Sequence[Worth]) -> Worth:
    """A lottery over what lies behind the branches of a node; weight 0 never happens."""
    payoffs = {
        player: sum(
            (
                times(weight, each.payoffs[player])
                for weight, each in zip(weights, behind, strict=True)
            ),
            start=np.float64(0.0),
        )
        for player in behind[0].payoffs
    }
    worth = Worth(payoffs)
    for weight, each in zip(weights, behind, strict=True):
        for key, share in each.ends.items():
            worth.ends[key] = worth.ends.get(key, 0.0) + weight * share
        for place, play in each.plays.items():
            known = worth.plays.setdefault(place, dict.fromkeys(play, 0.0))
            for action, share in play.items():
                known[action] = known[action] + weight * share
    return worth
