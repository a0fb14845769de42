"""The strategies and beliefs under test, looked up for each information set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias, TypeVar

from gametheory_crisis.certificate.evaluation import Evaluator, distance
from gametheory_crisis.certificate.knowledge import InformationSet
from gametheory_crisis.certificate.profile import ROUNDING, is_distribution, offers_of, play_of
from gametheory_crisis.certificate.tree import Tree
from gametheory_crisis.errors import SolverError
from gametheory_crisis.results import Belief, Choice, Number

NEAR = 1e-6
"""Numbers in words are told apart down to this, relative to their size."""

QUIET = "clock: no breakdown"
"""What may be said of a day that passes, and need not."""

Words: TypeAlias = tuple[str, ...]
_Key: TypeAlias = tuple[str, int, str, Words]
_Entry = TypeVar("_Entry", Choice, Belief)


class Vocabulary:
    """The labels of a tree's moves, found again however their numbers are written."""

    def __init__(self, tree: Tree) -> None:
        self._known: dict[str, str] = {}
        self._numbers: dict[str, dict[str, Fraction]] = defaultdict(dict)
        for information_set in tree.information_sets:
            numbers = self._numbers[information_set.player]
            for action, number in zip(
                information_set.actions, information_set.numbers, strict=False
            ):
                numbers[f"{information_set.player}: {action}"] = Fraction(number)

    def words(self, labels: Iterable[str]) -> Words:
        """The tree's own labels for those given; what it does not know stays as it is.

        Days that pass are no moves, so that nothing happened on them need not be said.
        """
        parts = [part for label in labels for part in label.split(", ") if part != QUIET]
        for part in parts:
            if part not in self._known:
                self._known[part] = self._nearest(part)
        return tuple(self._known[part] for part in parts)

    def _nearest(self, label: str) -> str:
        player, _, text = label.partition(": ")
        numbers = self._numbers.get(player)
        number = _number(text) if numbers else None
        if not numbers or number is None or label in numbers:
            return label
        misses = {known: float(abs(value - number)) for known, value in numbers.items()}
        nearest = min(misses, key=misses.__getitem__)
        return nearest if misses[nearest] <= NEAR * max(1.0, float(abs(number))) else label


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


class Claims:
    """What is claimed about each information set of a tree.

    Parameters
    ----------
    tree : the game
    strategies : choices by node; they are found by player, day, type and what was seen
    beliefs : likewise; None where the claim has none
    numbers : the arithmetic to use
    """

    def __init__(
        self,
        tree: Tree,
        strategies: Mapping[str, tuple[Choice, ...]],
        beliefs: Mapping[str, tuple[Belief, ...]] | None,
        numbers: Evaluator,
    ) -> None:
        self._tree = tree
        self._numbers = numbers
        self._vocabulary = Vocabulary(tree)
        self._choices = self._by_knowledge(strategies)
        self._beliefs = self._by_knowledge(beliefs or {})

    def behaviour(self, information_set: InformationSet) -> tuple[Number, ...]:
        """The probability of each action.

        Raises
        ------
        SolverError
            If there is no choice for the set, or several that differ, or it is none among the
            actions that are available there.
        """
        here = self._choices_of(information_set)
        plays = [self._weights(choice, information_set) for choice in here]
        if len(set(plays)) == 1:
            return plays[0]
        return plays[self._position_among_alike(information_set, len(plays))]

    def choice(self, information_set: InformationSet) -> Choice:
        """The choice of an information set.

        Raises
        ------
        SolverError
            If there is no choice for the set, or several that differ.
        """
        here = self._choices_of(information_set)
        if all(choice == here[0] for choice in here):
            return here[0]
        return here[self._position_among_alike(information_set, len(here))]

    def _choices_of(self, information_set: InformationSet) -> list[Choice]:
        """The choices that may be meant for an information set, at least one."""
        found = self._of(self._choices, information_set)
        fitting = [(node, c) for node, c in found if _fits(c, information_set)] or found
        here = [c for node, c in fitting if node == information_set.node]
        here = here or [c for _, c in fitting]
        if not here:
            raise SolverError(f"no choice of {information_set}")
        return here

    def _position_among_alike(self, information_set: InformationSet, num_choices: int) -> int:
        """Which of the choices given for all sets alike, in order, is that of this one."""
        alike = self._alike(information_set)
        if len(alike) != num_choices:
            raise SolverError(f"two choices of {information_set}")
        return alike.index(information_set)

    def _alike(self, information_set: InformationSet) -> list[InformationSet]:
        """The sets that differ only in actions long past, in the order of their first histories."""
        alike = [each for each in self._tree.information_sets if each.like(information_set)]
        entered = self._tree.spans()[0]
        return sorted(alike, key=lambda each: min(entered[h] for h in each.histories))

    def belief(
        self, information_set: InformationSet
    ) -> tuple[tuple[Number, ...], list[tuple[Number, ...]]]:
        """The probability of each history, and the vertices of the beliefs claimed to serve too.

        Numbers are as the claim has them. A single history needs no claim.

        Raises
        ------
        SolverError
            If there is no belief where there are several histories, or several beliefs that
            differ, or it is no probability distribution over the set's histories.
        """
        histories = information_set.histories
        positions: dict[Words, int] = {}
        for position, history in enumerate(histories):
            words = self._vocabulary.words(self._tree.words(history))
            if positions.setdefault(words, position) != position:
                raise SolverError(f"two histories of {information_set} are the same in words")
        claimed = []
        for _, belief in self._of(self._beliefs, information_set):
            order = [positions.get(self._vocabulary.words([words])) for words, _ in belief.belief]
            # Where sets differ only in actions long past, a belief belongs to the set it speaks of.
            if any(position is not None for position in order):
                claimed.append((belief, order))
        if not claimed:
            if len(histories) == 1:
                return (Fraction(1),), []
            raise SolverError(f"no belief of {information_set}")
        shares = {self._spread(order, b.belief, information_set) for b, order in claimed}
        if len(shares) > 1:
            raise SolverError(f"two beliefs of {information_set}")
        vertices = [
            self._spread(order, list(zip(order, vertex, strict=True)), information_set)
            for belief, order in claimed
            for vertex in belief.supporting
        ]
        return shares.pop(), vertices

    def _spread(
        self,
        order: Sequence[int | None],
        pairs: Sequence[tuple[object, Number]],
        information_set: InformationSet,
    ) -> tuple[Number, ...]:
        """A claimed distribution over histories, in the order of the set's own."""
        shares: list[Number] = [Fraction(0)] * len(information_set.histories)
        for position, (words, share) in zip(order, pairs, strict=True):
            if position is not None:
                shares[position] += _plain(share)
            elif share:
                raise SolverError(f"'{words}' is believed in, but no history of {information_set}")
        if not is_distribution(shares):
            raise SolverError(
                f"the belief sums to {float(sum(shares)):g}, or has a negative probability, for "
                f"{information_set}"
            )
        return tuple(shares)

    def _weights(self, choice: Choice, information_set: InformationSet) -> tuple[Number, ...]:
        actions = information_set.actions
        if information_set.numbers:
            weights = self._offered(choice, information_set)
        else:
            play = play_of(choice)
            weights = [self._numbers.number(play.get(action, 0)) for action in actions]
        if not is_distribution(weights):
            raise SolverError(
                f"the probabilities over {', '.join(actions)} sum to {float(sum(weights)):g}, "
                f"not 1, in the choice of {information_set}"
            )
        return tuple(weights)

    def _offered(self, choice: Choice, information_set: InformationSet) -> list[Number]:
        grid = information_set.numbers
        weights = [self._numbers.number(0) for _ in grid]
        for number, share in offers_of(choice):
            nearest = min(range(len(grid)), key=lambda k: distance(grid[k], number))
            if distance(grid[nearest], number) > ROUNDING * max(1.0, number, -number):
                raise SolverError(
                    f"the offer {float(number):g} may not be made by {information_set}"
                )
            weights[nearest] += self._numbers.number(share)
        return weights

    def _by_knowledge(
        self, entries: Mapping[str, tuple[_Entry, ...]]
    ) -> dict[_Key, list[tuple[str, _Entry]]]:
        found: dict[_Key, list[tuple[str, _Entry]]] = defaultdict(list)
        for node, group in entries.items():
            for entry in group:
                seen = self._vocabulary.words(entry.seen or ())
                found[entry.player, entry.day, entry.type, seen].append((node, entry))
        return dict(found)

    def _of(
        self, entries: Mapping[_Key, list[tuple[str, _Entry]]], of: InformationSet
    ) -> list[tuple[str, _Entry]]:
        seen = self._vocabulary.words(of.seen)
        return entries.get((of.player, of.day, of.type, seen), [])


def _fits(choice: Choice, information_set: InformationSet) -> bool:
    """Whether a choice is among just the actions that the set has."""
    if information_set.numbers:
        return bool(offers_of(choice))
    return choice.play.keys() == set(information_set.actions)


def _plain(share: Number) -> Number:
    """A whole float as the rational that it is."""
    return Fraction(share) if isinstance(share, float) and share.is_integer() else share
