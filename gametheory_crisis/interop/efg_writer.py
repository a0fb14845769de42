"""Extensive games as Gambit's ``.efg`` text, strict enough for all who read that format.

Outcomes stand at ends only, labels are unique where they must be, numbers are exact, and a chance
move with one event, which only tells somebody something, is left out: the information sets say who
knows what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from gametheory_crisis.games.extensive import ExtensiveGame
from gametheory_crisis.interop.number_text import exact, number_text
from gametheory_crisis.results import Number


def efg_text(game: ExtensiveGame, title: str) -> str:
    """The game in Gambit's extensive format.

    Parameters
    ----------
    game : its floats are written as the decimals that they print as
    title : any text

    Raises
    ------
    NotFinite : a number is none
    UnsupportedGame : a number has thousands of digits
    """
    players = " ".join(label(player) for player in game.players)
    lines = [f"EFG 2 R {label(title)} {{ {players} }}", '""', *_Writer(game).lines()]
    return "\n".join(lines) + "\n"


def label(text: str) -> str:
    """A text in quotes, without the characters that readers take differently."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return '"' + plain.replace("\\", "/").replace('"', "'") + '"'


def unique(texts: Sequence[str]) -> tuple[str, ...]:
    """The texts, the later of equal ones with a number behind."""
    given: dict[str, None] = {}
    for text in texts:
        name, number = text, 1
        while name in given:
            number += 1
            name = f"{text}_{number}"
        given[name] = None
    return tuple(given)


class _Writer:
    """One game being written."""

    def __init__(self, game: ExtensiveGame) -> None:
        self._game = game
        self._written: set[int] = set()
        self._num_chance = 0
        self._outcomes: dict[tuple[int, tuple[Number, ...]], int] = {}
        for end in game.ends:
            key = game.histories.outcome[end], game.payoffs[end]
            self._outcomes.setdefault(key, len(self._outcomes) + 1)
        self._outcome_labels = unique([game.outcomes[outcome] for outcome, _ in self._outcomes])
        self._numbers, self._labels = self._information_sets()

    def lines(self) -> Iterator[str]:
        """A line for each node, in preorder."""
        histories = self._game.histories
        for history, children in enumerate(histories.children):
            if not children:
                yield self._end(history)
            elif histories.information_set[history] >= 0:
                yield self._move(histories.information_set[history])
            elif len(children) > 1:
                yield self._chance(children)

    def _information_sets(self) -> tuple[list[int], list[str]]:
        """Per information set its number among those of its player, and its label."""
        places = self._game.information_sets
        numbers, labels = [0] * len(places), [""] * len(places)
        for player in range(len(self._game.players)):
            own = [k for k, place in enumerate(places) if place.player == player]
            for number, (k, name) in enumerate(
                zip(own, unique([places[k].node for k in own]), strict=True), start=1
            ):
                numbers[k], labels[k] = number, name
        return numbers, labels

    def _move(self, information_set: int) -> str:
        place = self._game.information_sets[information_set]
        actions = " ".join(map(label, place.actions))
        name = label(self._labels[information_set])
        number = self._numbers[information_set]
        return f'p "" {place.player + 1} {number} {name} {{ {actions} }} 0'

    def _chance(self, children: Sequence[int]) -> str:
        self._num_chance += 1
        words = [self._game.histories.label[child] for child in children]
        events = unique([word.rpartition(": ")[2] for word in words])
        shares = _shares([self._game.probability[child] for child in children])
        odds = zip(events, shares, strict=True)
        written = " ".join(f"{label(event)} {number_text(share)}" for event, share in odds)
        return f'c "" {self._num_chance} "" {{ {written} }} 0'

    def _end(self, history: int) -> str:
        game = self._game
        number = self._outcomes[game.histories.outcome[history], game.payoffs[history]]
        payoffs = ", ".join(number_text(exact(payoff)) for payoff in game.payoffs[history])
        name = label(self._outcome_labels[number - 1])
        return f't "" {number} {name} {{ {payoffs} }}'


def _shares(probabilities: Sequence[Number]) -> list[Fraction]:
    """Probabilities that sum to 1 exactly; of floats the largest makes up for the rounding."""
    shares = [exact(probability) for probability in probabilities]
    largest = max(range(len(shares)), key=shares.__getitem__)
    shares[largest] += 1 - sum(shares)
    return shares
