"""Slow and obvious twins of the solvers of stochastic games, and random games to try them on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction as F
from itertools import product
from random import Random
from typing import Any

from gametheory_crisis.games.stochastic import Onward, StochasticGame

Strategy = tuple[int, ...]
"""A player's action in each state."""


def solve(matrix: list[list[F]], right: list[F]) -> list[F]:
    """The solution of a square system, by Gauss and Jordan with pivots where they are found."""
    rows = [[*row, known] for row, known in zip(matrix, right, strict=True)]
    for k in range(len(rows)):
        at = next(r for r in range(k, len(rows)) if rows[r][k] != 0)
        rows[k], rows[at] = rows[at], rows[k]
        rows[k] = [entry / rows[k][k] for entry in rows[k]]
        for r in range(len(rows)):
            if r != k:
                factor = rows[r][k]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]


def index(sizes: Sequence[int], actions: Sequence[int]) -> int:
    """Place of a profile among all of a state, the last player's action changing fastest."""
    return list(product(*map(range, sizes))).index(tuple(actions))


def values(game: StochasticGame, strategies: Sequence[Strategy], player: int) -> list[F]:
    """What each state is worth to a player if all follow their strategies."""
    states = range(len(game.sizes))
    matrix = [[F(int(s == t)) for t in states] for s in states]
    right = []
    for s in states:
        row = index(game.sizes[s], [strategy[s] for strategy in strategies])
        onward = game.onward[s][row]
        right.append(F(onward.pays[player]))
        for (target, days), share in onward.moves.items():
            matrix[s][target] -= F(share) * F(game.factors[player]) ** days
    return solve(matrix, right)


def strategies_of(game: StochasticGame, player: int) -> Iterator[Strategy]:
    """All pure stationary strategies of a player."""
    return product(*(range(sizes[player]) for sizes in game.sizes))


def is_equilibrium(game: StochasticGame, strategies: Sequence[Strategy]) -> bool:
    """Whether no player has a stationary strategy that is better for it in any state."""
    for player in range(game.num_players):
        now = values(game, strategies, player)
        for other in strategies_of(game, player):
            changed = [*strategies[:player], other, *strategies[player + 1 :]]
            if any(a > b for a, b in zip(values(game, changed, player), now, strict=True)):
                return False
    return True


def equilibria(game: StochasticGame) -> list[tuple[int, ...]]:
    """Every pure Markov perfect equilibrium as the place of its profile in each state, sorted."""
    every = product(*(strategies_of(game, i) for i in range(game.num_players)))
    return sorted(
        tuple(
            index(sizes, [strategy[s] for strategy in strategies])
            for s, sizes in enumerate(game.sizes)
        )
        for strategies in every
        if is_equilibrium(game, strategies)
    )


def onward(pays: Sequence[Any], moves: dict[tuple[int, int], Any]) -> Onward:
    """What follows a profile; play ends at once with what is left of probability."""
    left = 1 - sum(moves.values())
    return Onward(tuple(pays), moves, {(0, 0): left} if left else {})


def random_game(
    seed: int,
    sizes: Sequence[Sequence[int]],
    factors: Sequence[Any] = (F(1, 2), F(1, 2)),
    *,
    pays: Sequence[Any] = (-1, 0, 1),
    leak: F = F(0),
    fan: int = 1,
    longest: int = 1,
) -> StochasticGame:
    """A random game in rationals.

    Parameters
    ----------
    sizes : per state the number of actions of each player
    pays : what payments are drawn from
    leak : probability that play ends after any profile
    fan : next states of a profile at most
    longest : days to the next state at most
    """
    random = Random(seed)

    def follow() -> Onward:
        moves: dict[tuple[int, int], Any] = {}
        num = random.randint(1, fan)
        for _ in range(num):
            key = (random.randrange(len(sizes)), random.randint(1, longest))
            moves[key] = moves.get(key, F(0)) + (1 - leak) / num
        return onward([F(random.choice(pays)) for _ in factors], moves)

    def rows(counts: Sequence[int]) -> tuple[Onward, ...]:
        return tuple(follow() for _ in product(*map(range, counts)))

    return StochasticGame(
        factors=tuple(factors),
        sizes=tuple(tuple(counts) for counts in sizes),
        onward=tuple(rows(counts) for counts in sizes),
        start=onward([F(0)] * len(factors), {(0, 0): F(1)}),
    )
