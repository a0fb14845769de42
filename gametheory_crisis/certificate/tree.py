"""The histories of a game and its information sets.

Unlike a place, which forgets how play got there, a history is one sequence of moves, nature's and
hidden ones included. What each player has seen of it makes the information sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from gametheory_crisis.certificate.knowledge import InformationSet
from gametheory_crisis.results import Number

START = "the beginning"
"""A history without a move, in words."""

Vector: TypeAlias = tuple[Number, ...]


@dataclass(slots=True)
class History:
    """One history.

    Attributes
    ----------
    parent : the history before the last move, -1 for the beginning
    label : the last move in words; empty where only days passed
    day : the day
    chance : probability of the last move if nature made it; 1 if a player did
    days : days that passed with the last move
    pays : per player what it paid, on the day before those days; empty where nothing
    information_set : where a player moves, its information set, else -1
    payoffs : per player where the game ends, in units of the day; empty elsewhere
    outcome : name of the outcome where the game ends
    children : the histories one move longer, by action or event
    """

    parent: int
    label: str
    day: int
    chance: Number
    days: int = 0
    pays: Vector = ()
    information_set: int = -1
    payoffs: Vector = ()
    outcome: str = ""
    children: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tree:
    """All histories of a game; each stands behind those that it continues.

    Attributes
    ----------
    histories : the first is the beginning
    information_sets : where players move
    starts : the histories at which all types are drawn and play begins, with those types
    """

    histories: list[History]
    information_sets: list[InformationSet]
    starts: dict[int, dict[str, str]]

    def words(self, index: int) -> tuple[str, ...]:
        """The moves of a history."""
        labels = []
        while index >= 0:
            labels.append(self.histories[index].label)
            index = self.histories[index].parent
        return tuple(label for label in reversed(labels) if label) or (START,)

    def subgames(self) -> Iterator[int]:
        """The histories at which a subgame begins: all that is known behind them is known of them.

        The beginning and the ends are left out.
        """
        entered, left = self.spans()
        first, last = list(entered), list(left)
        for information_set in self.information_sets:
            times = [entered[history] for history in information_set.histories]
            for history in information_set.histories:
                first[history], last[history] = min(times), max(times) + 1
        for index in range(len(self.histories) - 1, 0, -1):
            for child in self.histories[index].children:
                first[index] = min(first[index], first[child])
                last[index] = max(last[index], last[child])
            closed = first[index] == entered[index] and last[index] <= left[index]
            if closed and self.histories[index].children:
                yield index

    def spans(self) -> tuple[list[int], list[int]]:
        """For each history its place depth first, and the place behind all that continue it."""
        sizes = [1] * len(self.histories)
        for index in range(len(self.histories) - 1, 0, -1):
            sizes[self.histories[index].parent] += sizes[index]
        entered = [0] * len(self.histories)
        for index, history in enumerate(self.histories):
            behind = entered[index] + 1
            for child in history.children:
                entered[child] = behind
                behind += sizes[child]
        return entered, [start + size for start, size in zip(entered, sizes, strict=True)]
