"""A tree read from a file as a model: who moves, who sees it, and what each end is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from gametheory_crisis.interop.gambit_forms import END, NATURE, GambitSet, GambitTree
from gametheory_crisis.interop.model_text import (
    ModelText,
    check_size,
    end,
    head,
    model_text,
    outcome_labels,
    outcome_names,
    player_names,
    quoted,
)
from gametheory_crisis.interop.names import Namer, identifier, short
from gametheory_crisis.interop.number_text import model_number
from gametheory_crisis.interop.sight import check_recall, sight
from gametheory_crisis.language.values import MAX_NAME


def tree_model(tree: GambitTree, source: str) -> ModelText:
    """The model file of a tree.

    Raises
    ------
    UnsupportedGame : imperfect recall, or a game too large for a model file
    """
    check_recall(tree, source)
    moves = sum(node.set != END for node in tree.nodes)
    ends = len(tree.nodes) - moves
    check_size(ends * (6 + 2 * len(tree.players)) + moves * 16, source)
    return _Writing(tree, source).text()


class Ends:
    """The outcome and the payoffs at each end: those on the way to it, added up.

    Attributes
    ----------
    labels, payoffs : of each outcome asked for so far, by its name
    """

    def __init__(self, tree: GambitTree, warnings: list[str]) -> None:
        self._tree = tree
        self._numbers = outcome_names(tree.outcomes, warnings)
        self._together = Namer("outcome", warnings, self._numbers.values())
        self._names: dict[tuple[int, ...], str] = {}
        self.labels: dict[str, str] = {}
        self.payoffs: dict[str, tuple[Fraction, ...]] = {}

    def outcome(self, node: int) -> tuple[str, tuple[Fraction, ...]]:
        """Name of the outcome at an end, and its payoffs."""
        numbers = self._on_path(node)
        if numbers not in self._names:
            self._names[numbers] = self._enter(numbers)
        name = self._names[numbers]
        return name, self.payoffs[name]

    def _enter(self, numbers: tuple[int, ...]) -> str:
        """A name for the outcomes that stand on one path together."""
        outcomes = [self._tree.outcomes[number] for number in numbers]
        name = self._numbers[numbers[0] if numbers else 0]
        if len(numbers) > 1:
            joined = "_and_".join(self._numbers[number] for number in numbers)
            name = self._together.name("", joined[:MAX_NAME])
        self.labels[name] = " + ".join(outcome.label for outcome in outcomes if outcome.label)
        self.payoffs[name] = tuple(
            sum((outcome.payoffs[player] for outcome in outcomes), Fraction(0))
            for player in range(len(self._tree.players))
        )
        return name

    def _on_path(self, node: int) -> tuple[int, ...]:
        numbers = []
        while node >= 0:
            if self._tree.nodes[node].outcome:
                numbers.append(self._tree.nodes[node].outcome)
            node = self._tree.nodes[node].parent
        return tuple(reversed(numbers))


class _Writing:
    """One tree being written."""

    def __init__(self, tree: GambitTree, source: str) -> None:
        self._tree = tree
        self._source = source
        self._warnings = list(tree.warnings)
        self._labels = player_names(tree.players, self._warnings)
        self._players = tuple(self._labels)
        self._warnings += _equal_labels(tree, self._players)
        self._ends = Ends(tree, self._warnings)
        seen = sight(tree)
        self._observers = seen.observers(tree)
        self._nodes = _node_names(tree, self._players, self._warnings)
        self._told = _announced_names(tree, seen.announced)
        taken = Namer("node", [], self._nodes.values())
        self._before = {
            node: taken.name("", f"tell_{name}"[:MAX_NAME])
            for node, name in self._nodes.items()
            if tree.nodes[node].set in self._told
        }

    def text(self) -> ModelText:
        """The whole file."""
        game = [line for node in self._nodes for line in self._lines(node)]
        if not self._nodes:
            game = [f"  the_end: {self._end(0)}"]
        lines = [
            *head(self._tree.title, self._tree.comment, self._source, self._labels),
            "game:",
            *game,
            *outcome_labels(self._ends.labels),
        ]
        return model_text(lines, self._warnings)

    def _lines(self, index: int) -> Iterator[str]:
        """A node of the game, and before it what tells the player where it is."""
        node = self._tree.nodes[index]
        owner = self._tree.sets[node.set]
        if index in self._before:
            yield from self._telling(index)
        yield f"  {self._nodes[index]}:"
        label = owner.label or node.label
        if label and identifier(label) != label:
            yield f"    doc: {quoted(label)}"
        if owner.player == NATURE:
            yield f"    chance: {{{_events(owner)}}}"
        else:
            yield f"    player: {self._players[owner.player]}"
        if index in self._observers:
            names = [self._players[player] for player in self._observers[index]]
            yield f"    observed_by: [{', '.join(names)}]"
        yield "    next:" if owner.player == NATURE else "    actions:"
        for action, child in zip(owner.actions, self._tree.children[index], strict=True):
            yield f"      {action}: {self._target(child)}"

    def _telling(self, index: int) -> Iterator[str]:
        """The chance move with one event that only the player at a node sees."""
        information_set = self._tree.nodes[index].set
        event = self._told[information_set]
        yield f"  {self._before[index]}:"
        yield f"    chance: {{{event}: 1}}"
        yield f"    observed_by: [{self._players[self._tree.sets[information_set].player]}]"
        yield f"    next: {{{event}: {self._nodes[index]}}}"

    def _target(self, index: int) -> str:
        if self._tree.nodes[index].set == END:
            return self._end(index)
        return self._before.get(index) or self._nodes[index]

    def _end(self, index: int) -> str:
        outcome, payoffs = self._ends.outcome(index)
        return end(outcome, self._players, payoffs)


def _events(owner: GambitSet) -> str:
    pairs = zip(owner.actions, owner.probabilities, strict=True)
    return ", ".join(f"{event}: {model_number(probability)}" for event, probability in pairs)


def _equal_labels(tree: GambitTree, players: Sequence[str]) -> Iterator[str]:
    """A warning for each information set whose label another one of its player has."""
    seen: set[tuple[int, str]] = set()
    for owner in tree.sets:
        if owner.label and (owner.player, owner.label) in seen and owner.player != NATURE:
            yield (
                f"information set '{short(owner.label)}' of {players[owner.player]} stands twice; "
                "numbers tell the nodes apart"
            )
        seen.add((owner.player, owner.label))


def _node_names(tree: GambitTree, players: Sequence[str], warnings: list[str]) -> dict[int, str]:
    """A name for every node that moves: its label, that of its information set, or a number."""
    namer = Namer("node", warnings)
    names: dict[int, str] = {}
    for index, node in enumerate(tree.nodes):
        if node.set != END:
            owner = tree.sets[node.set]
            mover = "chance" if owner.player == NATURE else players[owner.player]
            place = identifier(owner.label) or f"{mover[:40]}_{owner.number}"
            names[index] = namer.name(node.label, place)
    return names


def _announced_names(tree: GambitTree, announced: frozenset[int]) -> dict[int, str]:
    """Names of what players are told where they move; no event of a chance move has them."""
    events = {action for owner in tree.sets if owner.player == NATURE for action in owner.actions}
    namers = [Namer("information set", [], events) for _ in tree.players]
    return {
        k: namers[tree.sets[k].player].name(
            "", identifier(tree.sets[k].label) or f"at_{tree.sets[k].number}"
        )
        for k in sorted(announced)
    }
