"""What is left of a tree where some events never happen and numbers have values.

Cutting off what never happens leaves fewer histories in the information sets, and may leave none.
Where two actions of an offer stand for one number, the earlier of them stays; players who see
numbers cannot tell apart histories that differ only in how a number was written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from gametheory_crisis.games.extensive import ExtensiveForm, Histories, InformationSet


@dataclass(frozen=True, slots=True)
class Pruned:
    """A tree, and the history of the whole tree that each of its histories was."""

    histories: Histories
    information_sets: tuple[InformationSet, ...]
    kept: tuple[int, ...]


def prune(form: ExtensiveForm, never: Collection[int], words: Mapping[int, str]) -> Pruned:
    """The tree without some histories and all that continue them.

    Parameters
    ----------
    never : histories whose last move never happens
    words : for the slot of each number offered, the number as text
    """
    if not never and not words:
        return Pruned(form.histories, form.information_sets, tuple(range(len(form.histories))))
    return _Pruner(form, never, words).prune()


class _Pruner:
    """Numbers anew what is left."""

    def __init__(
        self, form: ExtensiveForm, never: Collection[int], words: Mapping[int, str]
    ) -> None:
        self.form = form
        self.words = words
        self.actions = [self._actions(place) for place in form.information_sets]
        self.renamed = {
            f"{form.players[place.player]}: {action}": f"{form.players[place.player]}: {text}"
            for place in form.information_sets
            for action, text in zip(place.actions, self._texts(place), strict=True)
            if place.numbers
        }
        self.kept = self._kept(never)
        self.number = {history: number for number, history in enumerate(self.kept)}

    def prune(self) -> Pruned:
        """The tree that is left."""
        old, kept = self.form.histories, self.kept
        at, places = self._information_sets()
        histories = Histories(
            parent=tuple(self.number.get(old.parent[h], -1) for h in kept),
            children=tuple(
                tuple(self.number[child] for child in old.children[h] if child in self.number)
                for h in kept
            ),
            label=tuple(self.renamed.get(old.label[h], old.label[h]) for h in kept),
            information_set=tuple(at),
            node=tuple(old.node[h] for h in kept),
            day=tuple(old.day[h] for h in kept),
            outcome=tuple(old.outcome[h] for h in kept),
        )
        return Pruned(histories, places, kept)

    def _texts(self, place: InformationSet) -> tuple[str, ...]:
        """Names of a place's actions, numbers as they are here."""
        if not place.numbers:
            return place.actions
        return tuple(self.words[int(slot)] for slot in place.numbers)

    def _actions(self, place: InformationSet) -> dict[int, int]:
        """For each action that stays its new index."""
        texts = self._texts(place)
        first = [k for k, text in enumerate(texts) if text not in texts[:k]]
        return {action: index for index, action in enumerate(first)}

    def _kept(self, never: Collection[int]) -> tuple[int, ...]:
        histories = self.form.histories
        gone = set(never)
        for place, actions in zip(self.form.information_sets, self.actions, strict=True):
            if len(actions) < len(place.actions):
                for history in place.histories:
                    children = histories.children[history]
                    gone.update(child for k, child in enumerate(children) if k not in actions)
        for history, parent in enumerate(histories.parent):
            if parent in gone:
                gone.add(history)
        return tuple(history for history in range(len(histories)) if history not in gone)

    def _information_sets(self) -> tuple[list[int], tuple[InformationSet, ...]]:
        """The information set of each history that stays, and all of them."""
        image: dict[int, int] = {}
        keys: dict[tuple[object, ...], int] = {}
        members: list[list[int]] = []
        found: list[InformationSet] = []
        at = []
        for history in self.kept:
            old = self.form.histories.information_set[history]
            if old < 0:
                at.append(-1)
                continue
            if old not in image:
                place = self._renamed(old, image)
                key = place.player, place.day, place.type, place.seen, place.actions, place.before
                image[old] = keys.setdefault(key, len(found))
                if image[old] == len(found):
                    found.append(place)
                    members.append([])
            members[image[old]].append(history)
            at.append(image[old])
        places = zip(found, members, strict=True)
        return at, tuple(self._placed(place, histories) for place, histories in places)

    def _renamed(self, old: int, image: Mapping[int, int]) -> InformationSet:
        place = self.form.information_sets[old]
        texts, actions = self._texts(place), self.actions[old]
        before = None
        if place.before is not None:
            earlier, action = place.before
            before = image[earlier], self.actions[earlier][action]
        return replace(
            place,
            actions=tuple(texts[action] for action in actions),
            seen=tuple(self.renamed.get(entry, entry) for entry in place.seen),
            before=before,
            numbers=tuple(place.numbers[action] for action in actions) if place.numbers else (),
        )

    def _placed(self, place: InformationSet, histories: list[int]) -> InformationSet:
        """With its histories, and what they have in common."""
        form = self.form
        nodes = {form.histories.node[history] for history in histories}
        node = next((name for name in form.nodes if name in nodes), place.node)
        numbers = tuple(self.number[history] for history in histories)
        if not form.states:
            return replace(place, histories=numbers, node=node)
        columns = zip(*(form.states[history] for history in histories), strict=True)
        values = {name: set(column) for name, column in zip(form.state, columns, strict=False)}
        state = {name: value.pop() for name, value in values.items() if len(value) == 1}
        return replace(place, histories=numbers, node=node, state=state)
