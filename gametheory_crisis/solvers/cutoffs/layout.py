"""The shape of a tree, or of a part of it: what the solver needs to know before any number.

A *sequence* of a player is what it has done up to a history: the last of its information sets on
the way and the action there (perfect recall makes the rest follow).  Sequence 0 is having done
nothing.  A *plan* at an information set says what a player does there and at all its later ones
that this leaves possible; it is the set of the sequences that it passes through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.extensive import Histories, InformationSet

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

MAX_PLANS = 64
"""Plans at one information set that can be told apart."""


@dataclass(frozen=True)
class OwnSet:
    """An information set as the player who moves there sees it.

    Attributes
    ----------
    index : of the information set in the game
    before : the sequence that leads here
    first : the sequence of the first action here; those of the others follow
    num_actions : how many there are
    """

    index: int
    before: int
    first: int
    num_actions: int

    @property
    def after(self) -> slice:
        """The sequences that end here."""
        return slice(self.first, self.first + self.num_actions)


@dataclass(frozen=True)
class Moves:
    """All that one player can do in a part of a tree.

    Attributes
    ----------
    sets : its information sets, each behind those before it
    end_sequence : (ends,) the player's sequence at each end
    num_sequences : how many there are, sequence 0 included
    """

    sets: tuple[OwnSet, ...]
    end_sequence: Integers
    num_sequences: int

    def plans(self, place: OwnSet) -> tuple[frozenset[int], ...]:
        """The plans at an information set, those of earlier actions first.

        Raises
        ------
        UnsupportedGame
            There are more than `MAX_PLANS`.
        """
        found: list[frozenset[int]] = []
        for sequence in range(place.first, place.first + place.num_actions):
            later = [self.plans(behind) for behind in self.sets if behind.before == sequence]
            for choice in product(*later):
                found.append(frozenset({sequence}).union(*choice))
                if len(found) > MAX_PLANS:
                    raise UnsupportedGame(
                        "a player with private numbers from a continuum can do more than "
                        f"{MAX_PLANS} things in sequence; replace the continuum by finitely many "
                        "types (points: 20)"
                    )
        return tuple(found)


@dataclass(frozen=True)
class Comparison:
    """The plans at one information set, ready to be compared.

    Attributes
    ----------
    place : the information set
    membership : (plans, sequences) 1 where a plan passes through a sequence
    differences : (plans * plans, sequences) the first plan's membership less the second's
    """

    place: OwnSet
    membership: Floats
    differences: Floats

    @property
    def num_plans(self) -> int:
        return len(self.membership)


@dataclass(frozen=True)
class Layout:
    """A part of a tree: a history and all that follow it, closed under information sets.

    Attributes
    ----------
    root : the history
    ends : the histories where the game ends
    chance : per end the histories that moves of nature lead to on the way from the root
    moves : per player
    set_sequences : per information set of the part, per history there, every player's sequence
    set_chance : the same for moves of nature
    set_ends : per information set the positions in ``ends`` of those behind it
    """

    root: int
    ends: tuple[int, ...]
    chance: tuple[tuple[int, ...], ...]
    moves: tuple[Moves, ...]
    set_sequences: dict[int, Integers]
    set_chance: dict[int, tuple[tuple[int, ...], ...]]
    set_ends: dict[int, Integers]

    def needed(self, player: int) -> Integers:
        """A player's sequences behind which somebody moves, itself or another."""
        found = [rows[:, player] for rows in self.set_sequences.values()]
        return np.unique(np.concatenate(found))


def lay_out(
    histories: Histories, sets: Sequence[InformationSet], num_players: int, root: int
) -> Layout:
    """The shape of the part of a tree that a history begins."""
    inside = descendants(histories, root)
    indices = sorted({histories.information_set[h] for h in inside} - {-1})
    places: list[list[OwnSet]] = [[] for _ in range(num_players)]
    count = [1] * num_players
    known: dict[int, OwnSet] = {}
    rows: dict[int, list[int]] = {root: [0] * num_players}
    for history in inside:
        index, row = histories.information_set[history], rows[history]
        if index >= 0 and index not in known:
            player, width = sets[index].player, len(sets[index].actions)
            known[index] = OwnSet(index, row[player], count[player], width)
            places[player].append(known[index])
            count[player] += width
        for action, child in enumerate(histories.children[history]):
            rows[child] = list(row)
            if index >= 0:
                rows[child][sets[index].player] = known[index].first + action
    ends = tuple(h for h in inside if not histories.children[h])
    nature = {root: ()} | {h: _nature(histories, root, h) for h in inside if h != root}
    return Layout(
        root=root,
        ends=ends,
        chance=tuple(nature[end] for end in ends),
        moves=tuple(
            Moves(tuple(own), np.array([rows[end][player] for end in ends]), count[player])
            for player, own in enumerate(places)
        ),
        set_sequences={
            index: np.array([rows[history] for history in sets[index].histories])
            for index in indices
        },
        set_chance={
            index: tuple(nature[history] for history in sets[index].histories) for index in indices
        },
        set_ends={
            index: np.nonzero(np.isin(ends, _behind(histories, sets[index].histories)))[0]
            for index in indices
        },
    )


def descendants(histories: Histories, root: int) -> list[int]:
    """A history and all that follow it, in order."""
    found, last = [root], root
    while histories.children[last]:
        last = histories.children[last][-1]
    found += range(root + 1, last + 1)
    return found


def _behind(histories: Histories, starts: Sequence[int]) -> list[int]:
    """All histories that follow one of several, themselves included."""
    return [history for start in starts for history in descendants(histories, start)]


def compare(moves: Moves, place: OwnSet) -> Comparison:
    """The plans at an information set; see `Comparison`."""
    plans = moves.plans(place)
    membership = np.zeros((len(plans), moves.num_sequences))
    for row, plan in enumerate(plans):
        membership[row, sorted(plan)] = 1
    differences = membership[:, None, :] - membership[None, :, :]
    return Comparison(place, membership, differences.reshape(-1, moves.num_sequences))


def _nature(histories: Histories, root: int, history: int) -> tuple[int, ...]:
    """The steps from the root to a history that are moves of nature."""
    steps = []
    while history != root:
        before = histories.parent[history]
        if histories.information_set[before] < 0:
            steps.append(history)
        history = before
    return tuple(steps)
