"""Sequences of a player's own moves, and whether players remember them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.extensive import ExtensiveGame, InformationSet

Move: TypeAlias = tuple[int, int]
"""An information set and an action there."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """The sequences of one player's moves; each is named by its last move.

    Attributes
    ----------
    player : the player
    places : the player's information sets, earlier ones first
    moves : the last move of every sequence; the first sequence is the empty one, with move (-1, -1)
    number : the sequence that ends with a move
    before : per information set in ``places`` the sequence that leads to it
    """

    player: int
    places: tuple[int, ...]
    moves: tuple[Move, ...]
    number: dict[Move, int]
    before: tuple[int, ...]

    def after(self, at: int, num_actions: int) -> range:
        """The sequences that go on from the information set ``places[at]``."""
        first = self.number[self.places[at], 0]
        return range(first, first + num_actions)


def last_moves(game: ExtensiveGame) -> list[tuple[Move, ...]]:
    """Per history each player's last own move on the way to it, (-1, -1) where there is none."""
    found: list[tuple[Move, ...]] = [((-1, -1),) * len(game.players)] * len(game.histories)
    for history, children in enumerate(game.histories.children):
        place = game.histories.information_set[history]
        for action, child in enumerate(children):
            found[child] = found[history]
            if place >= 0:
                i = game.information_sets[place].player
                found[child] = (*found[child][:i], (place, action), *found[child][i + 1 :])
    return found


def forgotten(game: ExtensiveGame) -> int | None:
    """The first information set at which a player has forgotten its own moves, or None.

    A player remembers if all histories of an information set follow the same last move of its own;
    by induction they then follow the same sequence of moves.
    """
    last = last_moves(game)
    for index, place in enumerate(game.information_sets):
        if len({last[history][place.player] for history in place.histories}) > 1:
            return index
    return None


def require_perfect_recall(game: ExtensiveGame, purpose: str) -> None:
    """Refuse a game in which a player forgets.

    Raises
    ------
    UnsupportedGame
        Names the information set and what needs recall.
    """
    index = forgotten(game)
    if index is not None:
        place = game.information_sets[index]
        raise UnsupportedGame(
            f"{game.players[place.player]} forgets its own moves at {words(place)}: "
            f"{purpose} needs perfect recall"
        )


def words(place: InformationSet) -> str:
    """An information set in words: its node and what has been seen."""
    return f"'{place.node}'" + (f" after {', '.join(place.seen)}" if place.seen else "")


def sequences(game: ExtensiveGame, player: int) -> Sequences:
    """The sequences of a player who remembers."""
    last = last_moves(game)
    own = [k for k, place in enumerate(game.information_sets) if place.player == player]
    moves: list[Move] = [(-1, -1)]
    for place in own:
        moves += [(place, a) for a in range(len(game.information_sets[place].actions))]
    number = {move: k for k, move in enumerate(moves)}
    before = [number[last[game.information_sets[k].histories[0]][player]] for k in own]
    return Sequences(player, tuple(own), tuple(moves), number, tuple(before))


def movers(game: ExtensiveGame) -> tuple[int, ...]:
    """The players who move somewhere."""
    return tuple(sorted({place.player for place in game.information_sets}))
