"""What players have seen and done, and the information sets that follow from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from gametheory_crisis.compiler.tree_steps import Spot
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.extensive import InformationSet
from gametheory_crisis.games.stage import Phase

MAX_REMEMBERED = 20_000_000
"""Moves that all information sets together remember: long plays make it large, not wide trees."""

Before: TypeAlias = tuple[int, int] | None
"""An information set and the action taken there."""


class Memories:
    """Everything that a player may have seen; equal memories are one number."""

    def __init__(self) -> None:
        self._index: dict[tuple[int, str, int], int] = {}
        self._last: list[tuple[int, str, int]] = [(-1, "", 0)]
        self._lengths = [0]

    def after(self, memory: int, entry: str, day: int) -> int:
        """The memory of one more entry; memory 0 is that of nothing."""
        key = memory, entry, day
        found = self._index.get(key)
        if found is None:
            found = self._index[key] = len(self._last)
            self._last.append(key)
            self._lengths.append(self._lengths[memory] + 1)
        return found

    def length(self, memory: int) -> int:
        """How many moves are remembered."""
        return self._lengths[memory]

    def entries(self, memory: int) -> tuple[str, ...]:
        """What is remembered, in order, with the day where it is later than all before."""
        steps = []
        while memory:
            memory, entry, day = self._last[memory]
            steps.append((entry, day))
        found, today = [], 0
        for entry, day in reversed(steps):
            if day > today:
                found.append(f"day {day}")
                today = day
            found.append(entry)
        return tuple(found)


class Knowledge(NamedTuple):
    """What each player knows at a history, beside the day.

    ``types`` are the names of private types, ``seen`` memories, ``before`` each player's own last
    choice.
    """

    types: tuple[str, ...]
    seen: tuple[int, ...]
    before: tuple[Before, ...]

    @classmethod
    def nothing(cls, num_players: int) -> Knowledge:
        """At the beginning."""
        return cls(("",) * num_players, (0,) * num_players, (None,) * num_players)

    def shown(self, memories: Memories, players: Iterable[int], entry: str, day: int) -> Knowledge:
        """After some players have seen a move."""
        seen = list(self.seen)
        for player in players:
            seen[player] = memories.after(seen[player], entry, day)
        return self._replace(seen=tuple(seen))

    def decided(self, player: int, information_set: int, action: int) -> Knowledge:
        """After a player's own choice."""
        before = list(self.before)
        before[player] = information_set, action
        return self._replace(before=tuple(before))

    def drawn(self, player: int, name: str) -> Knowledge:
        """After a player has learnt its type, or another part of it."""
        types = list(self.types)
        types[player] = f"{types[player]} {name}".strip()
        return self._replace(types=tuple(types))


@dataclass(slots=True)
class _Draft:
    """An information set that may still grow."""

    player: int
    actions: tuple[str, ...]
    numbers: tuple[int, ...]
    day: int
    expired: bool
    type: str
    memory: int
    before: Before
    node: int
    state: dict[str, int]
    histories: list[int] = field(default_factory=list)


class InformationSets:
    """Collects the histories that players cannot tell apart.

    A player knows the day, its type, what it has seen, the actions that it has, and its own last
    information set and choice: the last makes recall perfect even where actions that were available
    told it something.
    """

    def __init__(
        self, memories: Memories, nodes: tuple[str, ...], variables: tuple[str, ...]
    ) -> None:
        self._memories = memories
        self._nodes = nodes
        self._rank = {name: rank for rank, name in enumerate(nodes)}
        self._variables = variables
        self._index: dict[tuple[object, ...], int] = {}
        self._drafts: list[_Draft] = []

    def join(
        self,
        history: int,
        spot: Spot,
        player: int,
        actions: tuple[str, ...],
        numbers: tuple[int, ...],
        knowledge: Knowledge,
    ) -> int:
        """Index of the information set of a history at which a player moves."""
        type_, memory = knowledge.types[player], knowledge.seen[player]
        before = knowledge.before[player]
        key = player, spot.day, type_, memory, actions, numbers, before
        rank, state = self._rank[spot.node], dict(zip(self._variables, spot.state, strict=True))
        found = self._index.get(key)
        if found is None:
            found = self._index[key] = len(self._drafts)
            expired = spot.phase is Phase.EXPIRED
            self._drafts.append(
                _Draft(
                    player, actions, numbers, spot.day, expired, type_, memory, before, rank, state
                )
            )
        draft = self._drafts[found]
        draft.histories.append(history)
        draft.node = min(draft.node, rank)
        if draft.state != state:
            draft.state = {k: v for k, v in draft.state.items() if state[k] == v}
        return found

    def listed(self) -> tuple[InformationSet, ...]:
        """All information sets, in the order of their first histories.

        Raises
        ------
        UnsupportedGame
            Together they remember more than `MAX_REMEMBERED` moves.
        """
        remembered = sum(self._memories.length(draft.memory) for draft in self._drafts)
        if remembered > MAX_REMEMBERED:
            raise UnsupportedGame(
                f"players remember {remembered:,} moves at {len(self._drafts):,} information sets, "
                f"more than the {MAX_REMEMBERED:,} that can be kept; shorten the deadline"
            )
        return tuple(
            InformationSet(
                player=draft.player,
                actions=draft.actions,
                histories=tuple(draft.histories),
                node=self._nodes[draft.node],
                day=draft.day,
                state=draft.state,
                type=draft.type,
                seen=self._memories.entries(draft.memory),
                before=draft.before,
                expired=draft.expired,
                numbers=draft.numbers,
            )
            for draft in self._drafts
        )
