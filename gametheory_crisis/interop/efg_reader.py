"""Gambit's ``.efg`` files: the tree of a game, written in preorder.

Read as data from a stranger: size and number of nodes are bounded and no part of the reading
recurses, so that a file of any depth ends in a tree or in a located error.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from gametheory_crisis.interop.gambit_forms import (
    END,
    NATURE,
    GambitNode,
    GambitOutcome,
    GambitSet,
    GambitTree,
)
from gametheory_crisis.interop.gambit_header import read_header, read_payoffs
from gametheory_crisis.interop.gambit_tokens import Kind, Token, Tokens
from gametheory_crisis.interop.names import distinct

MAX_NODES = 20_000
TOLERANCE = Fraction(1, 10**9)
"""By how much the probabilities of a chance move may miss 1; the likeliest then makes up for it."""


def read_efg(data: bytes, source: str) -> GambitTree:
    """Read a game in extensive form.

    Parameters
    ----------
    data : the bytes of the file
    source : name of the file, for messages

    Raises
    ------
    ModelError : the file is no game; the message names line and column
    """
    tokens = Tokens(data, source)
    title, players = read_header(tokens, "EFG", "2")
    comment = tokens.text() if tokens.comes(Kind.TEXT) else ""
    return _Reading(tokens, players).tree(title, comment)


class _Opened(NamedTuple):
    """A node whose branches are still being read."""

    node: int
    branches: int


class _Reading:
    """One file being read, from its first node on."""

    def __init__(self, tokens: Tokens, players: tuple[str, ...]) -> None:
        self._tokens = tokens
        self._players = players
        self._nodes: list[GambitNode] = []
        self._sets: list[GambitSet] = []
        self._labels: list[tuple[str, ...]] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._outcomes: dict[int, GambitOutcome] = {}
        self._used: dict[int, Token] = {}
        self._warnings: list[str] = []

    def tree(self, title: str, comment: str) -> GambitTree:
        """The whole tree."""
        tokens = self._tokens
        opened: list[_Opened] = []
        taken: list[int] = []
        while opened or not self._nodes:
            parent, branch = (opened[-1].node, taken[-1]) if opened else (-1, 0)
            if tokens.comes(Kind.END) and opened:
                missing = self._sets[self._nodes[parent].set].actions[branch]
                tokens.fail(f"the file ends where '{missing}' should lead on", tokens.next)
            branches = self._node(parent, branch)
            if opened:
                taken[-1] += 1
            if branches:
                opened.append(_Opened(len(self._nodes) - 1, branches))
                taken.append(0)
            while opened and taken[-1] == opened[-1].branches:
                opened.pop()
                taken.pop()
        if not tokens.comes(Kind.END):
            tokens.fail("the tree is complete, and yet more follows", tokens.next)
        for number, token in self._used.items():
            if number not in self._outcomes:
                tokens.fail(f"outcome {number} has payoffs nowhere in the file", token)
        return GambitTree(
            title,
            comment,
            self._players,
            tuple(self._nodes),
            tuple(self._sets),
            self._outcomes,
            tuple(self._warnings),
        )

    def _node(self, parent: int, branch: int) -> int:
        """Read one node; the number of its branches."""
        tokens = self._tokens
        if len(self._nodes) == MAX_NODES:
            tokens.fail(f"the game has more than {MAX_NODES:,} nodes", tokens.next)
        kind = tokens.word("c", "p", "t").text
        label = tokens.text()
        information_set = {"c": self._chance, "p": self._personal, "t": _end}[kind]()
        outcome = self._outcome()
        self._nodes.append(GambitNode(label, information_set, outcome, parent, branch))
        return 0 if kind == "t" else len(self._sets[information_set].actions)

    def _chance(self) -> int:
        return self._information_set(NATURE)

    def _personal(self) -> int:
        token = self._tokens.next
        player = self._tokens.whole("the number of a player")
        if not 1 <= player <= len(self._players):
            self._tokens.fail(f"there is no player {player}", token)
        return self._information_set(player - 1)

    def _information_set(self, player: int) -> int:
        """Index of the information set that stands here, entered where it is new."""
        tokens, token = self._tokens, self._tokens.next
        number = tokens.whole("the number of an information set")
        label = tokens.text() if tokens.comes(Kind.TEXT) else ""
        brace = tokens.next
        labels, probabilities = self._actions(chance=player == NATURE)
        known = self._numbers.get((player, number))
        if known is None:
            if not labels:
                tokens.fail(f"information set {number} is new here and needs its actions", token)
            self._numbers[player, number] = len(self._sets)
            where = f"an action at line {tokens.line(token)}"
            actions = distinct(where, labels, self._warnings)
            if player == NATURE:
                probabilities = self._whole_chance(probabilities, brace)
            self._labels.append(labels)
            self._sets.append(GambitSet(player, number, label, actions, probabilities))
            return len(self._sets) - 1
        if labels and labels != self._labels[known]:
            tokens.fail(f"information set {number} had other actions before", brace)
        if probabilities and self._whole_chance(probabilities) != self._sets[known].probabilities:
            tokens.fail(f"chance move {number} had other probabilities before", brace)
        return known

    def _actions(self, *, chance: bool) -> tuple[tuple[str, ...], tuple[Fraction, ...]]:
        """Labels of actions and, of a chance move, their probabilities; nothing if none stand."""
        tokens = self._tokens
        labels: list[str] = []
        probabilities: list[Fraction] = []
        if not tokens.comes(Kind.OPEN):
            return (), ()
        tokens.take(Kind.OPEN)
        while not tokens.comes(Kind.CLOSE) or not labels:
            labels.append(tokens.text())
            if chance:
                token = tokens.next
                probabilities.append(tokens.number())
                if not 0 <= probabilities[-1] <= 1:
                    tokens.fail("a probability lies between 0 and 1", token)
        tokens.take(Kind.CLOSE)
        return tuple(labels), tuple(probabilities)

    def _whole_chance(
        self, probabilities: tuple[Fraction, ...], brace: Token | None = None
    ) -> tuple[Fraction, ...]:
        """Probabilities that sum to 1; with ``brace``, what is mended or wrong is told."""
        gap = 1 - sum(probabilities, Fraction(0))
        if gap == 0:
            return probabilities
        if brace is not None:
            total = f"the probabilities sum to {float(1 - gap):.12g}, not to 1"
            if abs(gap) > TOLERANCE:
                self._tokens.fail(total, brace)
            line = self._tokens.line(brace)
            self._warnings.append(f"line {line}: {total}; the largest makes up for it")
        largest = max(range(len(probabilities)), key=probabilities.__getitem__)
        return (
            *probabilities[:largest],
            probabilities[largest] + gap,
            *probabilities[largest + 1 :],
        )

    def _outcome(self) -> int:
        """Number of the outcome at a node; what it says of the outcome is kept."""
        tokens, token = self._tokens, self._tokens.next
        number = tokens.whole("the number of an outcome")
        label = tokens.text() if tokens.comes(Kind.TEXT) else ""
        if tokens.comes(Kind.OPEN):
            payoffs = read_payoffs(tokens, self._players)
            known = self._outcomes.get(number)
            if number == 0:
                tokens.fail("outcome 0 means none and has no payoffs", token)
            if known is not None and known.payoffs != payoffs:
                tokens.fail(f"outcome {number} had other payoffs before", token)
            if known is None or (label and not known.label):
                self._outcomes[number] = GambitOutcome(label, payoffs)
        if number:
            self._used.setdefault(number, token)
        return number


def _end() -> int:
    return END
