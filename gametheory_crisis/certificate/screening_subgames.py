"""What follows daily offers: finite public subgames in which private numbers may count.

Uninformed players move first and know that the types up to a *state* are left; what follows their
last move, be it nature's or the informed player's, is a *leaf*, a function of the type alone. All
is worked out for many states, each on its own day, at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from gametheory_crisis.certificate.arrays import Arrays, Floats, Values
from gametheory_crisis.certificate.screening_leaves import Leaf, Leaves, Paid, best, times
from gametheory_crisis.certificate.screening_positions import Positions, piecewise
from gametheory_crisis.certificate.screening_switches import Switches
from gametheory_crisis.certificate.screening_tables import Flags, Integers
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.language.graph import Chance, Decision, Edge, Graph, Terminal, edges

ASIDE = 1e-9
"""Where movers are indifferent at a state, they choose as in states this share away from it."""


@dataclass(frozen=True)
class Fork:
    """A move of an uninformed player (``actions`` named) or of nature (``chances``)."""

    node: str
    later: int
    branches: tuple[Tree, ...]
    player: str = ""
    actions: tuple[str, ...] = ()
    chances: tuple[int, ...] = ()


Tree: TypeAlias = Leaf | Fork
Plays: TypeAlias = dict[tuple[str, int], tuple[Values, dict[str, Values]]]


@dataclass(frozen=True)
class Expected:
    """What a subgame is worth in some states, to all types that are left taken together.

    Attributes
    ----------
    payoffs : per player and state, the integral over the types that are left
    weights : per leaf and state, the probability that play gets to it
    plays : per node of an uninformed player and days later: in each state the probability that
        play gets there, and that of each action besides
    """

    payoffs: dict[str, Values]
    weights: Floats
    plays: Plays


class OverTypes(NamedTuple):
    """What happens in a subgame in some states, together over the types that are left.

    Attributes
    ----------
    ends : per outcome and days later, the probability in each state
    plays : per node of the informed player and days later, the probability of each action in each
        state, at each node of the quadrature over types
    """

    ends: dict[tuple[str, int], Values]
    plays: dict[tuple[str, int], dict[str, Values]]


class Subgame:
    """A public subgame after offers have ended.

    Parameters
    ----------
    graph : the game
    arrays : its arithmetic
    positions : the prior
    discount : daily, by player
    start : the edge that leads to it

    Raises
    ------
    UnsupportedGame
        If an uninformed player moves after the informed one, or nobody's offer is finite.
    """

    def __init__(
        self,
        graph: Graph,
        arrays: Arrays,
        positions: Positions,
        discount: Mapping[str, float],
        start: Edge,
    ) -> None:
        self._graph, self._arrays, self._positions = graph, arrays, positions
        self._worths = Leaves(graph, arrays, discount)
        self._informed = self._worths.informed
        self.leaves: list[Leaf] = []
        self._tree = self._follow(start, 0, ())
        self._switches = Switches(self._worths, self.leaves, positions)
        private = set(positions.numbers(np.zeros(1)))
        self._reads_types = [
            {player for player in graph.players if self._worths.reads(leaf, player) & private}
            for leaf in self.leaves
        ]

    # The tree

    def _follow(self, edge: Edge, later: int, paid: tuple[Paid, ...]) -> Tree:
        paid = (*paid, Paid(edge.pays, later)) if edge.pays else paid
        later += edge.days
        node = self._graph.nodes[edge.target]
        if not self._uninformed_below(edge.target):
            self.leaves.append(Leaf(len(self.leaves), edge.target, later, paid))
            return self.leaves[-1]
        if isinstance(node, Chance):
            branches = tuple(self._follow(event.edge, later, paid) for event in node.events)
            chances = tuple(event.probability for event in node.events)
            return Fork(node.name, later, branches, chances=chances)
        if not isinstance(node, Decision) or node.player == self._informed:
            raise UnsupportedGame(
                f"'{node.name}' stands above moves of uninformed players: daily offers to a player "
                "with private numbers cannot be certified"
            )
        actions = self._worths.available(node)
        branches = tuple(self._follow(action.edge, later, paid) for action in actions)
        names = tuple(action.name for action in actions)
        return Fork(node.name, later, branches, node.player, names)

    def _uninformed_below(self, name: str) -> bool:
        node = self._graph.nodes[name]
        if not isinstance(node, Terminal | Chance) and not (
            isinstance(node, Decision) and node.player == self._informed
        ):
            return True
        return any(self._uninformed_below(edge.target) for edge in edges(node))

    # States

    def expected(
        self, days: Integers, states: Floats, right: Flags, players: Sequence[str]
    ) -> Expected:
        """What the subgame is worth where types up to each state are left, to some players.

        Where movers are indifferent, they choose as in states just below, or above for ``right``.
        ``days`` are those on which the subgame starts, one per state.
        """
        integrals = aside = _Integrals(self, days, states)
        if isinstance(self._tree, Fork):
            moved = np.where(right, states * (1 + ASIDE), states * (1 - ASIDE))
            aside = _Integrals(self, days, np.clip(moved, ASIDE, 1.0))
        weights = np.zeros((len(self.leaves), len(states)))
        plays: Plays = {}
        self._choose(self._tree, days, aside, np.ones(len(states)), weights, plays)
        payoffs = {
            player: sum(
                times(weight, integrals.of(leaf, player))
                for leaf, weight in zip(self.leaves, weights, strict=True)
            )
            for player in players
        }
        return Expected(payoffs, weights, plays)

    def integral(self, leaf: Leaf, player: str, days: Integers, states: Floats) -> Floats:
        """What a leaf is worth to a player, summed over the types up to each state."""
        if player not in self._reads_types[leaf.index]:
            worth = self._worths.worth(leaf, days, {}, {player}).payoffs[player]
            return np.asarray(worth * self._positions.mass(np.zeros_like(states), states))
        cuts = self._switches.at(days)

        def integral(rows: slice) -> Floats:
            inner = cuts[rows] if cuts.ndim > 1 else cuts
            low, high = np.zeros_like(states[rows]), states[rows]
            numbers, weights = self._positions.nodes(low, high, inner)
            worth = self._worths.worth(leaf, days[rows, None], numbers, {player})
            return np.asarray(np.sum(weights * worth.payoffs[player], axis=-1))

        return piecewise(integral, len(states))

    def _choose(
        self,
        tree: Tree,
        days: Integers,
        integrals: _Integrals,
        reach: Floats,
        weights: Floats,
        plays: Plays,
    ) -> None:
        """Add to ``weights`` how likely each leaf is, and to ``plays`` what is done."""
        if isinstance(tree, Leaf):
            weights[tree.index] += reach
            return
        shares = self._shares(tree, days, integrals)
        if tree.player:
            play = dict(zip(tree.actions, shares, strict=True))
            plays[tree.node, tree.later] = reach, play
        for branch, share in zip(tree.branches, shares, strict=True):
            self._choose(branch, days, integrals, reach * share, weights, plays)

    def _shares(self, fork: Fork, days: Integers, integrals: _Integrals) -> list[Values]:
        """The probability of each branch in each state."""
        if not fork.player:
            names = {"day": np.asarray(days + fork.later, np.float64)}
            return [self._arrays.value(chance, names) for chance in fork.chances]
        if id(fork) not in integrals.shares:
            own = [self._tree_worth(each, days, integrals, fork.player) for each in fork.branches]
            integrals.shares[id(fork)] = best(own, 0.0)
        return integrals.shares[id(fork)]

    def _tree_worth(self, tree: Tree, days: Integers, integrals: _Integrals, player: str) -> Floats:
        if isinstance(tree, Leaf):
            return integrals.of(tree, player)
        shares = self._shares(tree, days, integrals)
        worths = (self._tree_worth(each, days, integrals, player) for each in tree.branches)
        total: Floats = sum(
            (share * worth for share, worth in zip(shares, worths, strict=True)),
            np.zeros(len(days)),
        )
        return total

    def informed(self, days: Integers, expected: Expected, numbers: Mapping[str, Floats]) -> Floats:
        """What it is worth to one type per state, given what the others do in that state."""
        total = np.zeros(expected.weights.shape[1:])
        for weight, worth in self._informed_worths(days, expected, numbers):
            total = total + times(weight, worth)
        return total

    def informed_all(
        self, days: Integers, expected: Expected, numbers: Mapping[str, Floats]
    ) -> Floats:
        """What it is worth to all types in all states, (states, types)."""
        total = np.zeros(1)
        for weight, worth in self._informed_worths(days[:, None], expected, numbers):
            total = total + times(weight[:, None], worth)
        return total

    def _informed_worths(
        self, days: Integers, expected: Expected, numbers: Mapping[str, Floats]
    ) -> Iterator[tuple[Floats, Values]]:
        """Per leaf how likely it is, and what it is worth to types."""
        for leaf, weight in zip(self.leaves, expected.weights, strict=True):
            worth = self._worths.worth(leaf, days, numbers, {self._informed})
            yield weight, worth.payoffs[self._informed]

    def over_types(self, days: Integers, states: Floats, expected: Expected) -> OverTypes:
        """How play ends in some states, and what the informed player does there."""
        found = OverTypes({}, {})
        numbers, mass = self._positions.nodes(
            np.zeros_like(states), states, self._switches.at(days)
        )
        for leaf, weight in zip(self.leaves, expected.weights, strict=True):
            worth = self._worths.worth(leaf, days[:, None], numbers, ())
            here = weight[:, None] * mass
            for key, share in worth.ends.items():
                found.ends[key] = found.ends.get(key, 0.0) + np.sum(here * share, axis=-1)
            for place, play in worth.plays.items():
                known = found.plays.setdefault(place, {})
                for action, share in play.items():
                    known[action] = known.get(action, 0.0) + here * share
        return found


class _Integrals:
    """Sums over the types up to some states, each found when it is first asked for.

    Attributes
    ----------
    shares : by identity of a player's fork, the probability of each branch, where it is known
    """

    def __init__(self, subgame: Subgame, days: Integers, states: Floats) -> None:
        self._subgame, self._days, self._states = subgame, days, states
        self._known: dict[tuple[int, str], Floats] = {}
        self.shares: dict[int, list[Values]] = {}

    def of(self, leaf: Leaf, player: str) -> Floats:
        """What a leaf is worth to a player, over the types up to each state."""
        key = leaf.index, player
        if key not in self._known:
            self._known[key] = self._subgame.integral(leaf, player, self._days, self._states)
        return self._known[key]
