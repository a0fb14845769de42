"""Repeated games worked out from the definitions, slowly, sharing nothing with the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product

Table = Sequence[Sequence[Fraction]]


def mixture(play, names: Sequence[str]) -> list[Fraction]:
    shares = {play: 1} if isinstance(play, str) else play
    return [Fraction(shares.get(name, 0)) for name in names]


def after(automaton, state: str, seen: tuple[str, str]) -> str:
    moves = automaton.moves[state]
    return moves[seen] if seen in moves else moves["*"]


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Gaussian elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(len(rows)):
        pivot = next(r for r in range(k, len(rows)) if rows[r][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [entry / rows[k][k] for entry in rows[k]]
        for r, row in enumerate(rows):
            if r != k and row[k]:
                rows[r] = [a - row[k] * b for a, b in zip(row, rows[k], strict=True)]
    return [row[-1] for row in rows]


def worth(
    tables: Sequence[Table],
    names: Sequence[Sequence[str]],
    automaton,
    delta: Fraction,
    player: int,
    instead: Mapping[str, str] | None = None,
) -> dict[str, Fraction]:
    """A player's average payoff from each state on; ``instead`` is what it does in some states."""
    states = list(automaton.play)
    matrix = [[Fraction(int(s == t)) for t in states] for s in states]
    right = []
    for s, state in enumerate(states):
        plays = list(automaton.play[state])
        if instead and state in instead:
            plays[player] = instead[state]
        first, second = (mixture(play, own) for play, own in zip(plays, names, strict=True))
        total = Fraction(0)
        for a, b in product(range(len(first)), range(len(second))):
            share = first[a] * second[b]
            if share:
                total += share * Fraction(tables[player][a][b])
                following = after(automaton, state, (names[0][a], names[1][b]))
                matrix[s][states.index(following)] -= delta * share
        right.append((1 - delta) * total)
    return dict(zip(states, solved(matrix, right), strict=True))


def best_one_shot(tables, names, automaton, delta: Fraction) -> Fraction:
    """The most that a player gains by one deviation, in whatever state."""
    most = Fraction(0)
    for player in range(2):
        value = worth(tables, names, automaton, delta, player)
        for state, action in product(automaton.play, names[player]):
            other = mixture(automaton.play[state][1 - player], names[1 - player])
            now = Fraction(0)
            for k, share in enumerate(other):
                a, b = names[player].index(action), k
                cell = (a, b) if player == 0 else (b, a)
                seen = names[0][cell[0]], names[1][cell[1]]
                later = value[after(automaton, state, seen)]
                stage = Fraction(tables[player][cell[0]][cell[1]])
                now += share * ((1 - delta) * stage + delta * later)
            most = max(most, now - value[state])
    return most


def best_plan(tables, names, automaton, delta: Fraction) -> Fraction:
    """The most that a player gains, from the start, by any plan over the automaton's states."""
    most = Fraction(0)
    for player in range(2):
        value = worth(tables, names, automaton, delta, player)[automaton.start]
        for actions in product(names[player], repeat=len(automaton.play)):
            plan = dict(zip(automaton.play, actions, strict=True))
            gained = worth(tables, names, automaton, delta, player, plan)[automaton.start] - value
            most = max(most, gained)
    return most
