"""Where only the actions' names tell a player two histories of the same day apart.

What a player has seen is compared by walking two histories at once: moves that the player sees are
made in both, under the same name; a move that it does not see is made in one of them alone; days
pass in both. Private types play no part, since no player's actions depend on them.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import (
    Chance,
    Clock,
    Decision,
    Edge,
    GraphNode,
    Offer,
    Simultaneous,
    StateVariable,
    Terminal,
)
from gametheory_crisis.language.integers import State, Value, evaluator

MAX_STEPS = 100_000
"""Moves looked at, for all players; what has not been found by then goes without a warning."""
MAX_WARNINGS = 8
"""For each player."""

_Seen: TypeAlias = tuple[str, ...] | None
"""What a player sees of a move: who moved and how; None where it sees nothing."""


class Spot(NamedTuple):
    """Where play stands; while days are ``left`` to pass, where it will stand after them."""

    node: str
    state: State
    expired: bool
    left: int


_Pair: TypeAlias = tuple[Spot, Spot]


class Lookalikes:
    """Walks the graph for one player after the other."""

    def __init__(
        self,
        nodes: Mapping[str, GraphNode],
        start: str,
        clock: Clock,
        variables: Mapping[str, StateVariable],
        expressions: Expressions,
    ) -> None:
        self._nodes = nodes
        self._order = {name: index for index, name in enumerate(nodes)}
        self._clock = clock
        self._expressions = expressions
        self._positions = {name: index for index, name in enumerate(variables)}
        self._evaluators: dict[int, Callable[[State], Value]] = {}
        self._steps = 0
        first = tuple(variable.start for variable in variables.values())
        self._start = Spot(start, first, expired=False, left=0)

    def warnings(self, players: Mapping[str, str]) -> Iterator[str]:
        """One sentence for each player and pair of nodes."""
        moves = [node for node in self._nodes.values() if not isinstance(node, Terminal)]
        movers = {player for node in moves for player in _movers(node)}
        hidden = [set(node.observed_by) for node in moves if node.observed_by is not None]
        shown = Counter(itertools.chain.from_iterable(hidden))
        unsure = [name for name in players if name in movers and shown[name] < len(hidden)]
        for player in unsure:
            found = self._told_apart(player, MAX_STEPS // len(unsure))
            yield from itertools.islice(found, MAX_WARNINGS)

    def _told_apart(self, player: str, steps: int) -> Iterator[str]:
        self._steps = 0
        told: set[frozenset[str]] = set()
        seen: set[_Pair] = {(self._start, self._start)}
        waiting = list(seen)
        while waiting and self._steps < steps:
            one, other = waiting.pop()
            self._steps += 1
            choices = self._choices(one, player), self._choices(other, player)
            if choices[0] != choices[1] and None not in choices:
                nodes = frozenset((one.node, other.node))
                if nodes not in told:
                    told.add(nodes)
                    yield _sentence(player, sorted(nodes, key=self._order.__getitem__))
                continue
            for first, second in itertools.islice(self._onward(one, other, player), steps):
                self._steps += 1
                pair = (first, second) if first <= second else (second, first)
                if pair not in seen:
                    seen.add(pair)
                    waiting.append(pair)

    def _choices(self, spot: Spot, player: str) -> frozenset[str] | None:
        """Names of the player's actions; None where it does not move."""
        node = self._nodes[spot.node]
        if spot.left or player not in _movers(node):
            return None
        match node:
            case Decision():
                return frozenset(str(name) for name, _ in self._named_edges(node, spot.state))
            case Offer():
                return frozenset({f"offer {node.low} {node.high} {node.grid}"})
            case Simultaneous():
                return frozenset(node.actions[player])
            case _:
                return None

    def _onward(self, one: Spot, other: Spot, player: str) -> Iterator[_Pair]:
        """Pairs that follow and between which the player has seen no difference."""
        if one.left and other.left:
            yield from self._days(one, other)
            return
        moves, others = self._moves(one, player), self._moves(other, player)
        for seen, spots in moves.items():
            if seen is None:
                yield from ((spot, other) for spot in spots)
            else:
                yield from itertools.product(spots, others.get(seen, ()))
        yield from ((one, spot) for spot in others.get(None, ()))

    def _days(self, one: Spot, other: Spot) -> Iterator[_Pair]:
        """Days pass in both, until one has arrived or the clock strikes both."""
        days = min(one.left, other.left)
        yield one._replace(left=one.left - days), other._replace(left=other.left - days)
        if one.expired or other.expired:
            return
        if self._clock.breakdown is not None:
            edge = self._clock.breakdown
            yield self._after(edge, one), self._after(edge, other)
        if self._clock.expires is not None:
            expires = self._clock.expires
            yield Spot(expires, one.state, True, 0), Spot(expires, other.state, True, 0)

    def _moves(self, spot: Spot, player: str) -> dict[_Seen, set[Spot]]:
        """Where moves lead, by what the player sees of them; none while days pass."""
        node = self._nodes[spot.node]
        moves: dict[_Seen, set[Spot]] = {}
        if not spot.left:
            for name, edge in self._named_edges(node, spot.state):
                self._steps += 1
                moves.setdefault(_seen(node, name, player), set()).add(self._after(edge, spot))
        return moves

    def _named_edges(
        self, node: GraphNode, state: State
    ) -> Iterator[tuple[str | tuple[str, ...], Edge]]:
        match node:
            case Decision():
                for action in node.actions:
                    if action.condition is None or self._value(action.condition, state):
                        yield action.name, action.edge
            case Chance():
                yield from ((event.name, event.edge) for event in node.events)
            case Simultaneous():
                yield from node.results.items()
            case Offer():
                yield "offer", node.edge

    def _after(self, edge: Edge, spot: Spot) -> Spot:
        values = list(spot.state)
        for name, handle in edge.set.items():
            values[self._positions[name]] = int(self._value(handle, spot.state))
        return Spot(edge.target, tuple(values), spot.expired, edge.days)

    def _value(self, handle: int, state: State) -> Value:
        if handle not in self._evaluators:
            self._evaluators[handle] = evaluator(self._expressions, handle, self._positions)
        return self._evaluators[handle](state)


def _movers(node: GraphNode) -> Collection[str]:
    if isinstance(node, Simultaneous):
        return node.actions
    return (node.player,) if isinstance(node, Decision | Offer) else ()


def _is_public(node: GraphNode, player: str) -> bool:
    return isinstance(node, Terminal) or node.observed_by is None or player in node.observed_by


def _seen(node: GraphNode, name: str | tuple[str, ...], player: str) -> _Seen:
    """What ``player`` sees of the move ``name`` at ``node``."""
    match node:
        case Simultaneous() if not _is_public(node, player):
            own = dict(zip(node.actions, name, strict=True)).get(player)
            return None if own is None else (player, own)
        case Simultaneous():
            return (*node.actions, *name)
        case Decision() | Offer() if _is_public(node, player) or node.player == player:
            return (node.player, str(name))
        case Chance() if _is_public(node, player):
            return ("", str(name))
        case _:
            return None


def _sentence(player: str, nodes: list[str]) -> str:
    places = f"at '{nodes[0]}' and at '{nodes[-1]}'" if nodes[1:] else f"twice at '{nodes[0]}'"
    return f"{player} can have seen the same {places}; only its actions' names tell them apart"
