"""Gambit's ``.nfg`` files: the table of a game, as payoffs or as outcomes."""

from __future__ import annotations

import math

from gametheory_crisis.interop.gambit_forms import GambitOutcome, GambitTable
from gametheory_crisis.interop.gambit_header import read_header
from gametheory_crisis.interop.gambit_tokens import Kind, Tokens
from gametheory_crisis.interop.names import distinct

MAX_PROFILES = 20_000


def read_nfg(data: bytes, source: str) -> GambitTable:
    """Read a game in strategic form.

    Parameters
    ----------
    data : the bytes of the file
    source : name of the file, for messages

    Raises
    ------
    ModelError : the file is no game; the message names line and column
    """
    tokens = Tokens(data, source)
    warnings: list[str] = []
    title, players = read_header(tokens, "NFG", "1")
    strategies = _strategies(tokens, players, warnings)
    comment = tokens.text() if tokens.comes(Kind.TEXT) else ""
    profiles = math.prod(map(len, strategies))
    outcomes: dict[int, GambitOutcome]
    named = tokens.comes(Kind.OPEN)
    if named:
        outcomes = _outcomes(tokens, len(players))
        results = tuple(_result(tokens, outcomes) for _ in range(profiles))
    else:
        outcomes = {
            number: GambitOutcome("", tuple(tokens.number() for _ in players))
            for number in range(1, profiles + 1)
        }
        results = tuple(outcomes)
    if not tokens.comes(Kind.END):
        tokens.fail(f"all {profiles} profiles have their payoffs; more follows", tokens.next)
    return GambitTable(
        title, comment, players, strategies, outcomes, results, named, tuple(warnings)
    )


def _strategies(
    tokens: Tokens, players: tuple[str, ...], warnings: list[str]
) -> tuple[tuple[str, ...], ...]:
    """Names of the strategies; the file has lists of labels or only their numbers."""
    opening = tokens.take(Kind.OPEN)
    strategies: list[tuple[str, ...]] = []
    while not tokens.comes(Kind.CLOSE):
        token = tokens.next
        if token.kind is Kind.OPEN:
            tokens.take(Kind.OPEN)
            labels = []
            while not tokens.comes(Kind.CLOSE):
                labels.append(tokens.text())
            tokens.take(Kind.CLOSE)
        else:
            labels = [""] * min(tokens.whole("a number of strategies"), MAX_PROFILES + 1)
        if not labels:
            tokens.fail("a player needs at least one strategy", token)
        if len(labels) * math.prod(map(len, strategies)) > MAX_PROFILES:
            tokens.fail(f"more than {MAX_PROFILES:,} profiles of strategies", token)
        player = f"a strategy of player {len(strategies) + 1}"
        strategies.append(distinct(player, labels, warnings))
    tokens.take(Kind.CLOSE)
    if len(strategies) != len(players):
        found = f"strategies of {len(strategies)}, but {len(players)} players"
        tokens.fail(found, opening)
    return tuple(strategies)


def _outcomes(tokens: Tokens, players: int) -> dict[int, GambitOutcome]:
    """The list ``{ { "label" 1, 2 } … }``, numbered from 1; number 0 stands for no outcome."""
    outcomes: dict[int, GambitOutcome] = {}
    tokens.take(Kind.OPEN)
    while not tokens.comes(Kind.CLOSE):
        tokens.take(Kind.OPEN)
        label = tokens.text()
        payoffs = tuple(tokens.number() for _ in range(players))
        tokens.take(Kind.CLOSE)
        outcomes[len(outcomes) + 1] = GambitOutcome(label, payoffs)
    tokens.take(Kind.CLOSE)
    return outcomes


def _result(tokens: Tokens, outcomes: dict[int, GambitOutcome]) -> int:
    token = tokens.next
    number = tokens.whole("the number of an outcome")
    if number and number not in outcomes:
        tokens.fail(f"there is no outcome {number}", token)
    return number
