"""Who sees which moves of a tree, so that what players have seen gives its information sets.

A Gambit file lists the nodes that a player cannot tell apart; a model says who sees each move. Most
games need no more than to hide the moves between the nodes of one information set. Where that
leaves two information sets alike, a player is told at its node where it is: a chance move with one
event that only this player sees, named for the information set.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.interop.gambit_forms import END, NATURE, GambitTree


@dataclass(frozen=True, slots=True)
class Sight:
    """What the players see.

    Attributes
    ----------
    hidden : per player the nodes whose moves it does not see; its own it always sees
    announced : information sets at which the player is told where it is
    """

    hidden: tuple[frozenset[int], ...]
    announced: frozenset[int]

    def observers(self, tree: GambitTree) -> dict[int, tuple[int, ...]]:
        """Players that see the move of a node, for the nodes that not all who care see.

        Those who move nowhere below a node, and the player who moves there, do not care.
        """
        below: list[set[int]] = [set() for _ in tree.nodes]
        seen: dict[int, tuple[int, ...]] = {}
        for index in range(len(tree.nodes) - 1, -1, -1):
            node = tree.nodes[index]
            mover = NATURE if node.set == END else tree.sets[node.set].player
            care = sorted(below[index] - {mover, NATURE})
            seeing = tuple(player for player in care if index not in self.hidden[player])
            if len(seeing) < len(care):
                seen[index] = seeing
            if node.parent >= 0:
                below[node.parent] |= below[index] | {mover}
        return seen


def check_recall(tree: GambitTree, source: str) -> None:
    """Raise an `UnsupportedGame` where a player forgets what it has seen or done."""
    for information_set, members in enumerate(tree.members):
        past = {tree.own_past[node] for node in members}
        owner = tree.sets[information_set]
        if len(past) > 1 and owner.player != NATURE:
            label = f" ('{owner.label}')" if owner.label else ""
            raise UnsupportedGame(
                f"{source}: '{tree.players[owner.player]}' has imperfect recall: at information "
                f"set {owner.number}{label} it does not remember its own earlier moves; read the "
                "game's strategic form instead (`crisis import --strategic`, in Python "
                "`strategic_form=True`)"
            )


def sight(tree: GambitTree) -> Sight:
    """How to let players see what their information sets say they know.

    Parameters
    ----------
    tree : a game of perfect recall
    """
    hidden, announced = [], set()
    for player in range(len(tree.players)):
        own = [k for k, entry in enumerate(tree.sets) if entry.player == player]
        unseen = _between(tree, own)
        if _split(_views(tree, player, unseen, set()), tree, own):
            unseen = frozenset(range(len(tree.nodes)))
        announced |= _announcements(tree, player, own, unseen)
        hidden.append(unseen)
    return Sight(tuple(hidden), frozenset(announced))


def _between(tree: GambitTree, own: Iterable[int]) -> frozenset[int]:
    """Nodes at which the paths to two nodes of one information set part."""
    parting = set()
    for information_set in own:
        members = tree.members[information_set]
        on_path: set[int] = set()
        for member in members if len(members) > 1 else ():
            node = member
            while node >= 0 and node not in on_path:
                on_path.add(node)
                node = tree.nodes[node].parent
            if node >= 0:
                parting.add(node)
    return frozenset(parting)


def _views(tree: GambitTree, player: int, unseen: frozenset[int], announced: set[int]) -> list[int]:
    """Per node a number for what the player has seen on the way to it; equal where all is."""
    numbers: dict[tuple[int, int, int | str], int] = {}
    views: list[int] = []
    for node in tree.nodes:
        view = views[node.parent] if node.parent >= 0 else 0
        if node.parent >= 0:
            before = tree.sets[tree.nodes[node.parent].set]
            if before.player == player or node.parent not in unseen:
                move = (view, before.player, before.actions[node.branch])
                view = numbers.setdefault(move, len(numbers) + 1)
        if node.set in announced:
            view = numbers.setdefault((view, NATURE, node.set), len(numbers) + 1)
        views.append(view)
    return views


def _split(views: list[int], tree: GambitTree, own: Iterable[int]) -> bool:
    """Whether the player has seen different things at nodes of one information set."""
    return any(len({views[node] for node in tree.members[k]}) > 1 for k in own)


def _announcements(
    tree: GambitTree, player: int, own: list[int], unseen: frozenset[int]
) -> set[int]:
    """The information sets to announce, so that no two look alike; the earlier ones first."""
    announced: set[int] = set()
    while True:
        views = _views(tree, player, unseen, announced)
        alike: dict[int, list[int]] = defaultdict(list)
        for k in own:
            alike[views[tree.members[k][0]]].append(k)
        unclear = {k for group in alike.values() if len(group) > 1 for k in group}
        first = {k for k in unclear if not _follows(tree, k, unclear)}
        if not unclear:
            return announced
        announced |= first


def _follows(tree: GambitTree, information_set: int, others: set[int]) -> bool:
    """Whether one of ``others`` is the player's own past at an information set."""
    past = tree.own_past[tree.members[information_set][0]]
    while past is not None:
        if past[0] in others:
            return True
        past = tree.own_past[tree.members[past[0]][0]]
    return False
