"""What a Gambit file says, before it becomes a model: a tree or a table.

Labels are those of the file, except that the actions of one information set, and the strategies of
one player, already have names of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

NATURE = -1
"""In place of a player, at chance moves."""
END = -1
"""In place of an information set, where the game ends."""


@dataclass(frozen=True, slots=True)
class GambitOutcome:
    """A label and the payoff of each player."""

    label: str
    payoffs: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class GambitSet:
    """An information set.

    Attributes
    ----------
    player : index of the player, or `NATURE`
    number : the number that the file gives it among those of its player
    label : empty where the file gives none
    actions : names, all different
    probabilities : of each action, summing to 1; empty for a player
    """

    player: int
    number: int
    label: str
    actions: tuple[str, ...]
    probabilities: tuple[Fraction, ...] = ()


@dataclass(frozen=True, slots=True)
class GambitNode:
    """A node of the tree.

    Attributes
    ----------
    label : empty where the file gives none
    set : index of its information set, `END` where the game ends
    outcome : number of the outcome that stands here, 0 for none
    parent : index of the node before, -1 for the root
    branch : index of the action that leads here
    """

    label: str
    set: int
    outcome: int
    parent: int
    branch: int


@dataclass(frozen=True)
class GambitTree:
    """A game in extensive form; nodes stand in preorder, the root first.

    Attributes
    ----------
    title, comment : texts of the header
    players : labels
    nodes, sets : the tree and its information sets, these in the order of their first nodes
    outcomes : by number
    warnings : what had to be mended
    """

    title: str
    comment: str
    players: tuple[str, ...]
    nodes: tuple[GambitNode, ...]
    sets: tuple[GambitSet, ...]
    outcomes: dict[int, GambitOutcome]
    warnings: tuple[str, ...]

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Per node the nodes behind it, in the order of its actions."""
        behind: list[list[int]] = [[] for _ in self.nodes]
        for index, node in enumerate(self.nodes[1:], start=1):
            behind[node.parent].append(index)
        return tuple(map(tuple, behind))

    @cached_property
    def members(self) -> tuple[tuple[int, ...], ...]:
        """Per information set its nodes."""
        nodes: list[list[int]] = [[] for _ in self.sets]
        for index, node in enumerate(self.nodes):
            if node.set != END:
                nodes[node.set].append(index)
        return tuple(map(tuple, nodes))

    @cached_property
    def own_past(self) -> tuple[tuple[int, int] | None, ...]:
        """Per node the last information set before it of the player who moves there, and the
        action taken there; None where there is none, at chance nodes and at ends.
        """
        last: list[dict[int, tuple[int, int]]] = []
        past: list[tuple[int, int] | None] = []
        for node in self.nodes:
            so_far: dict[int, tuple[int, int]] = {}
            if node.parent >= 0:
                so_far = last[node.parent]
                before = self.nodes[node.parent].set
                player = self.sets[before].player
                if player != NATURE:
                    so_far = {**so_far, player: (before, node.branch)}
            last.append(so_far)
            mover = NATURE if node.set == END else self.sets[node.set].player
            past.append(so_far.get(mover))
        return tuple(past)


@dataclass(frozen=True, slots=True)
class GambitTable:
    """A game in strategic form.

    Attributes
    ----------
    title, comment, players, outcomes, warnings : as in `GambitTree`
    strategies : per player the names of its strategies
    results : number of the outcome of each profile, the first player's strategy changing fastest
    named : whether the file lists outcomes; otherwise each profile has one of its own
    """

    title: str
    comment: str
    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    outcomes: dict[int, GambitOutcome]
    results: tuple[int, ...]
    named: bool
    warnings: tuple[str, ...]
