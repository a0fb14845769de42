"""One Markov perfect equilibrium of random stochastic games, one thread, game after game.

The peer's linear algebra uses as many threads as it is let: set ``OPENBLAS_NUM_THREADS=1``, which
is also faster for it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from benchmarks.measure import Row, compare, seconds
from gametheory_crisis.games.stochastic import StochasticArrays
from gametheory_crisis.solvers.stochastic.mixed import one_equilibrium

DISCOUNT = 0.95
PEERED = ((5, 2, 3, 12), (5, 3, 2, 8), (20, 2, 3, 4))
"""States, players, actions and games compared with a peer."""
COUNTED = (
    (5, 2, 2, 120),
    (5, 2, 3, 120),
    (5, 3, 2, 90),
    (5, 3, 3, 30),
    (20, 2, 3, 60),
    (20, 3, 2, 40),
    (50, 2, 3, 30),
    (50, 3, 2, 10),
)
"""States, players, actions and games of which an equilibrium is asked: 500 in all."""


class Game:
    """Payoffs and shares of the next states, uniform and exponential, from a seed.

    ``payoffs[s]`` has the axes player and actions, ``shares[s]`` actions and next state.
    """

    def __init__(self, states: int, players: int, actions: int, seed: int) -> None:
        generator = np.random.default_rng(seed)
        shape = (actions,) * players
        self.payoffs = [generator.random((players, *shape)) for _ in range(states)]
        drawn = [generator.exponential(size=(*shape, states)) for _ in range(states)]
        self.shares = [chances / chances.sum(axis=-1, keepdims=True) for chances in drawn]

    def arrays(self) -> StochasticArrays:
        """The game as our kernels take it."""
        states, players = len(self.payoffs), len(self.payoffs[0])
        rows = self.payoffs[0][0].size
        pays = np.concatenate([table.reshape(players, rows).T for table in self.payoffs])
        shares = np.concatenate([table.reshape(rows * states) for table in self.shares])
        return StochasticArrays(
            sizes=np.array([table.shape[1:] for table in self.payoffs], dtype=np.int64),
            row=np.arange(states + 1) * rows,
            pays=np.ascontiguousarray(pays),
            entry=np.arange(states * rows + 1) * states,
            target=np.tile(np.arange(states), states * rows),
            weight=np.repeat(DISCOUNT * shares[:, np.newaxis], players, axis=1),
        )

    def regret(self, mixes: list[list[np.ndarray[Any, Any]]]) -> float:
        """The most that a player gains by deviating once; ``mixes[s][i]`` as in a profile."""
        states, players = len(self.payoffs), len(self.payoffs[0])
        joint = []
        for state in mixes:
            share = np.ones(())
            for mix in state:
                share = np.multiply.outer(share, mix)
            joint.append(share)
        chain = np.array(
            [np.tensordot(w, c, players) for w, c in zip(joint, self.shares, strict=True)]
        )
        most = 0.0
        for i in range(players):
            today = [float((w * t[i]).sum()) for w, t in zip(joint, self.payoffs, strict=True)]
            values = np.linalg.solve(np.eye(states) - DISCOUNT * chain, today)
            for s, j in product(range(states), [i]):
                worth = self.payoffs[s][i] + DISCOUNT * self.shares[s] @ values
                worth = np.moveaxis(worth, j, 0)
                for mix in reversed([mix for k, mix in enumerate(mixes[s]) if k != j]):
                    worth = worth @ mix
                most = max(most, float(worth.max() - values[s]))
        return most


def ours(game: Game) -> list[list[np.ndarray[Any, Any]]]:
    """Our equilibrium, from the arrays."""
    found = one_equilibrium(game.arrays())
    return [[np.array(mix, float) for mix in state] for state in found.profile]


def run() -> list[Row | str]:
    """How many games are solved, how fast, and against the homotopies of sgamesolver."""
    return [*_counted(), *_peered()]


def _counted() -> list[Row | str]:
    lines: list[Row | str] = []
    solved, asked = 0, 0
    for states, players, actions, num in COUNTED:
        games = [Game(states, players, actions, seed) for seed in range(num)]
        arrays = [game.arrays() for game in games]
        one_equilibrium(arrays[0])
        taken = seconds(lambda a=arrays: [one_equilibrium(one) for one in a])
        regrets = [game.regret(ours(game)) for game in games]
        settled = sum(regret < 1e-8 for regret in regrets)
        solved, asked = solved + settled, asked + num
        lines.append(
            f"{states} states, {players} players, {actions} actions: {settled} of {num} games to a"
            f" regret below 1e-8, {1e3 * taken / num:.3g} ms each"
        )
    assert solved >= 0.99 * asked, f"{solved} of {asked} games solved"
    return [*lines, f"{solved} of {asked} games in all (aim: 99 %)"]


def _peered() -> list[Row | str]:
    try:
        import sgamesolver
    except ImportError:
        return ["sgamesolver is not installed: no comparison"]
    # Its release 1.0.2 reads a name that NumPy 2 has dropped; nothing else in it needs NumPy 1.
    vars(np).setdefault("NaN", np.nan)
    lines: list[Row | str] = []
    for states, players, actions, num in PEERED:
        games = [Game(states, players, actions, seed) for seed in range(num)]
        arrays = [game.arrays() for game in games]
        for game in games:
            assert game.regret(ours(game)) < 1e-8
        for name in ("QRE", "LogTracing"):
            theirs = _peer(sgamesolver, name, games)
            solved = sum(_settled(game, one) for game, one in zip(games, theirs(), strict=True))
            assert solved >= num // 2, f"{name} of sgamesolver solved {solved} of {num} games"
            lines.append(
                compare(
                    f"{states} states, {players} players, {actions} actions",
                    (lambda a=arrays: [one_equilibrium(one) for one in a], float(num)),
                    (theirs, float(num)),
                    f"sgamesolver {name}",
                    unit="games/s",
                    runs=3,
                    aim="20",
                )
            )
    return lines


def _peer(library: Any, name: str, games: list[Game]) -> Callable[[], list[Any]]:
    """A run of one of the peer's homotopies over games; their set-up is not timed twice."""
    theirs = [library.SGame(game.payoffs, game.shares, DISCOUNT) for game in games]

    def solve() -> list[Any]:
        found = []
        for game in theirs:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                homotopy = getattr(library.homotopy, name)(game)
                homotopy.solver_setup()
                homotopy.solver.verbose = 0
                homotopy.solve()
            found.append(homotopy.equilibrium)
        return found

    return solve


def _settled(game: Game, theirs: Any) -> bool:
    """Whether the peer has found an equilibrium to the precision that it aims at."""
    if theirs is None:
        return False
    players = len(game.payoffs[0])
    mixes = [
        [theirs.strategies[s, i, : table.shape[1 + i]] for i in range(players)]
        for s, table in enumerate(game.payoffs)
    ]
    return game.regret(mixes) < 1e-3
