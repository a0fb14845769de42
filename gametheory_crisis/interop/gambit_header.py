"""What the files of both of Gambit's formats begin with, and how they write payoffs."""

from __future__ import annotations

from fractions import Fraction

from gametheory_crisis.interop.gambit_tokens import Kind, Tokens, shown

MAX_PLAYERS = 50


def read_header(tokens: Tokens, form: str, version: str) -> tuple[str, tuple[str, ...]]:
    """Read ``EFG 2 R "title" { "player" … }``, for the form and version given.

    Returns
    -------
    The title, and the labels of the players.

    Raises
    ------
    ModelError : the file begins otherwise
    """
    first = tokens.next
    if first.kind is not Kind.WORD or first.text != form:
        tokens.fail(f"expected '{form} {version} R', found {shown(first)}", first)
    tokens.take(Kind.WORD)
    number = tokens.take(Kind.NUMBER)
    if number.text != version:
        tokens.fail(f"only version {version} of this format is known", number)
    tokens.word("R", "D")
    title = tokens.text()
    opening = tokens.take(Kind.OPEN)
    players: list[str] = []
    while not tokens.comes(Kind.CLOSE):
        if len(players) == MAX_PLAYERS:
            tokens.fail(f"more than {MAX_PLAYERS} players", opening)
        players.append(tokens.text())
    tokens.take(Kind.CLOSE)
    if not players:
        tokens.fail("a game needs at least one player", opening)
    return title, tuple(players)


def read_payoffs(tokens: Tokens, players: tuple[str, ...]) -> tuple[Fraction, ...]:
    """Read ``{ 1, 2 }``, one number for each player."""
    opening = tokens.take(Kind.OPEN)
    payoffs = []
    while not tokens.comes(Kind.CLOSE):
        payoffs.append(tokens.number())
    tokens.take(Kind.CLOSE)
    if len(payoffs) != len(players):
        found = f"{len(payoffs)} {'payoff' if len(payoffs) == 1 else 'payoffs'}"
        tokens.fail(f"{found} for {len(players)} players", opening)
    return tuple(payoffs)
