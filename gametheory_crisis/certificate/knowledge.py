"""What players have seen, and the information sets that follow from it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from gametheory_crisis.results import Number

Taken: TypeAlias = tuple[int, int]
"""An information set and the action taken there, by their positions."""


class _Known(NamedTuple):
    """What one player knows of a history: what it saw, the day of the last of it, its last choice.

    ``before`` keeps what sights alone may not tell: which actions the player once had.
    """

    seen: tuple[str, ...] = ()
    day: int = 0
    before: Taken | None = None


class Knowledge:
    """What every player knows at a history; never changed, only extended into a new one."""

    def __init__(self, known: dict[str, _Known]) -> None:
        self._known = known

    @classmethod
    def none(cls, players: Sequence[str]) -> Knowledge:
        """That of the beginning."""
        return cls(dict.fromkeys(players, _Known()))

    def of(self, player: str) -> _Known:
        """What one player knows."""
        return self._known[player]

    def shown(self, label: str, day: int, watching: Collection[str]) -> Knowledge:
        """The knowledge once those who are watching have seen a move."""
        known = dict(self._known)
        for player in watching:
            seen, last, before = known[player]
            dated = (f"day {day}", label) if day > last else (label,)
            known[player] = _Known((*seen, *dated), day, before)
        return Knowledge(known)

    def decided(self, player: str, information_set: int, action: int) -> Knowledge:
        """The knowledge once a player has chosen."""
        chosen = self._known[player]._replace(before=(information_set, action))
        return Knowledge({**self._known, player: chosen})


@dataclass(slots=True)
class InformationSet:
    """Histories that the player who moves there cannot tell apart.

    Attributes
    ----------
    player, day, type : who moves, when, and its type (empty where it has none)
    seen : what it has seen, in order
    actions : the names of its actions; of an offer the numbers in words
    numbers : of an offer the numbers, else empty
    node : the first of its nodes in the file
    histories : in order
    """

    player: str
    day: int
    type: str
    seen: tuple[str, ...]
    actions: tuple[str, ...]
    numbers: tuple[Number, ...]
    node: str
    histories: list[int] = field(default_factory=list)

    def like(self, other: InformationSet) -> bool:
        """Whether two sets differ at most in what the player could have done before."""
        return replace(self, histories=[]) == replace(other, histories=[])

    def __str__(self) -> str:
        """The place of choice in words, for messages."""
        where = f"{self.player} at '{self.node}' on day {self.day}"
        where += f" as type {self.type}" if self.type else ""
        return where + f", having seen {', '.join(self.seen) or 'nothing'}"


class InformationSets:
    """The information sets met so far, in the order of their first histories.

    Parameters
    ----------
    nodes : the model's nodes in the file's order
    """

    def __init__(self, nodes: Sequence[str]) -> None:
        self.found: list[InformationSet] = []
        self._rank = {node: rank for rank, node in enumerate(nodes)}
        self._numbers: dict[tuple[object, ...], int] = {}

    def join(
        self,
        history: int,
        node: str,
        player: str,
        day: int,
        type_: str,
        actions: tuple[str, ...],
        numbers: tuple[Number, ...],
        knowledge: Knowledge,
    ) -> int:
        """Put a history into the set it belongs to; the set's position in `found`."""
        seen, _, before = knowledge.of(player)
        key = player, day, type_, seen, actions, before
        position = self._numbers.setdefault(key, len(self.found))
        if position == len(self.found):
            self.found.append(InformationSet(player, day, type_, seen, actions, numbers, node))
        information_set = self.found[position]
        information_set.histories.append(history)
        if self._rank[node] < self._rank[information_set.node]:
            information_set.node = node
        return position
