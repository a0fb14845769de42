"""Stochastic games for tests: random ones, and attrition, which has a closed form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.stochastic import Onward, StochasticGame

NOTHING = Onward((), {}, {})


def random_game(
    states: int, players: int, actions: int, seed: int, discount: float = 0.95
) -> StochasticGame:
    """Payoffs uniform on [0, 1), every state reached from everywhere with random probabilities."""
    rng = np.random.default_rng(seed)
    onward = []
    for _ in range(states):
        rows = []
        for _ in range(actions**players):
            shares = rng.exponential(size=states)
            moves = {(t, 1): float(x) for t, x in enumerate(shares / shares.sum())}
            rows.append(Onward(tuple(rng.random(players).tolist()), moves, {}))
        onward.append(tuple(rows))
    sizes = ((actions,) * players,) * states
    return StochasticGame((discount,) * players, sizes, tuple(onward), NOTHING)


def uneven_game(
    sizes: Sequence[Sequence[int]], seed: int, factors: Sequence[Number]
) -> StochasticGame:
    """Small whole payoffs, some ends, and any numbers of actions, in rationals."""
    rng = np.random.default_rng(seed)
    onward = []
    for state in sizes:
        rows = []
        for _ in range(prod(state)):
            weights = [int(x) for x in rng.integers(0, 4, len(sizes) + 1)]
            total = sum(weights) or 1
            moves = {
                (t, 1 + int(rng.integers(2))): Fraction(x, total)
                for t, x in enumerate(weights[:-1])
                if x
            }
            pays = tuple(Fraction(int(x)) for x in rng.integers(-5, 6, len(factors)))
            rows.append(Onward(pays, moves, {(0, 0): 1 - sum(moves.values())}))
        onward.append(tuple(rows))
    return StochasticGame(
        tuple(factors), tuple(tuple(state) for state in sizes), tuple(onward), NOTHING
    )


def attrition(
    both_stay: Sequence[Number],
    both_quit: Sequence[Number],
    prizes: Sequence[Number],
    *,
    goes_on: Number,
    factor: Number,
) -> StochasticGame:
    """Stay or quit, at once, until somebody quits; play goes on with a probability if none does."""
    zero = prizes[0] * 0
    rows = (
        Onward(tuple(both_stay), {(0, 1): goes_on}, {}),
        Onward((prizes[0], zero), {}, {}),
        Onward((zero, prizes[1]), {}, {}),
        Onward(tuple(both_quit), {}, {}),
    )
    return StochasticGame((factor, factor), ((2, 2),), (rows,), NOTHING)


def with_payments(
    game: StochasticGame, change: Callable[[int, Number, Number], Number]
) -> StochasticGame:
    """The game with each payment changed, given the player, it, and the weight of what follows."""
    onward = tuple(
        tuple(
            Onward(
                tuple(
                    change(
                        i,
                        pay,
                        sum(p * game.factors[i] ** days for (_, days), p in row.moves.items()),
                    )
                    for i, pay in enumerate(row.pays)
                ),
                row.moves,
                row.ends,
            )
            for row in state
        )
        for state in game.onward
    )
    return StochasticGame(game.factors, game.sizes, onward, game.start)


def relabelled(game: StochasticGame, order: Sequence[int]) -> StochasticGame:
    """The game in which player ``k`` is the one who was ``order[k]``."""
    sizes = tuple(tuple(state[i] for i in order) for state in game.sizes)
    onward = []
    for old, new, state in zip(game.sizes, sizes, game.onward, strict=True):
        place = {acts: r for r, acts in enumerate(product(*map(range, old)))}
        rows = []
        for acts in product(*map(range, new)):
            before = [0] * len(order)
            for k, i in enumerate(order):
                before[i] = acts[k]
            row = state[place[tuple(before)]]
            rows.append(Onward(tuple(row.pays[i] for i in order), row.moves, row.ends))
        onward.append(tuple(rows))
    return StochasticGame(tuple(game.factors[i] for i in order), sizes, tuple(onward), game.start)
