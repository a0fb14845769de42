"""All equilibria of random bimatrix games, one thread, against peers that take game by game.

Payoffs are uniform.  Every game must be settled, and what a peer finds must be among what we find.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Row, compare
from gametheory_crisis.kernels.bimatrix import all_equilibria

Games = tuple[NDArray[np.float64], NDArray[np.float64]]
Mixtures = Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]]
Solver = Callable[[object], Mixtures]

SIZES = (
    # actions, games of ours, games of a peer, aim
    (2, 200_000, 2_000, "50"),
    (3, 50_000, 1_000, "15"),
    (4, 20_000, 500, "10"),
    (6, 2_000, 150, "5"),
    (8, 400, 40, "5"),
    (10, 60, 10, "5"),
    (12, 12, 3, "5"),
)
SLOW_PEER = 10
"""Games of a peer that is no match."""


def run() -> list[Row | str]:
    """Games per second of each size; a ratio to each peer's better method."""
    rows: list[Row | str] = []
    solvers = _quantecon()
    if not solvers:
        rows.append("QuantEcon is not installed: no comparison")
    for actions, num, num_peer, aim in SIZES:
        games = _games(actions, num)
        for title, wrap, solve in solvers:
            if title.endswith("supports") and actions > 6:
                continue
            few = min(num_peer, 300) if title.endswith("vertices") else num_peer
            rows.append(_row(games, title, [wrap(a, b) for a, b in _first(games, few)], solve, aim))
        if actions <= 4:
            wrapped = [_nashpy(a, b) for a, b in _first(games, SLOW_PEER)]
            rows.append(_row(games, "nashpy supports", wrapped, _nashpy_supports, aim))
    return rows


def _row(games: Games, title: str, wrapped: list[object], solve: Solver, aim: str) -> Row:
    offsets, x, y, status = all_equilibria(*games)
    assert (status == 1).all()
    for k, game in enumerate(wrapped):
        ours = slice(offsets[k], offsets[k + 1])
        for strategies in solve(game):
            gap = abs(x[ours] - strategies[0]).max(axis=1) + abs(y[ours] - strategies[1]).max(
                axis=1
            )
            assert gap.min() < 1e-6, (title, k)

    def theirs() -> None:
        for game in wrapped:
            for _ in solve(game):
                pass

    what = f"all equilibria, {games[0].shape[1]} x {games[0].shape[2]}"
    pair = (lambda: all_equilibria(*games), float(len(games[0]))), (theirs, float(len(wrapped)))
    return compare(what, *pair, title, unit="games/s", aim=aim)


def _games(actions: int, num: int) -> Games:
    generator = np.random.default_rng(actions)
    shape = (num, actions, actions)
    return generator.random(shape), generator.random(shape)


def _first(games: Games, num: int) -> Iterable[Games]:
    return zip(games[0][:num], games[1][:num], strict=True)


def _quantecon() -> list[
    tuple[str, Callable[[NDArray[np.float64], NDArray[np.float64]], object], Solver]
]:
    try:
        from quantecon import game_theory
    except ImportError:
        return []

    def wrap(a: NDArray[np.float64], b: NDArray[np.float64]) -> object:
        players = [game_theory.Player(a), game_theory.Player(np.ascontiguousarray(b.T))]
        return game_theory.NormalFormGame(players)

    return [
        ("QuantEcon supports", wrap, game_theory.support_enumeration),
        ("QuantEcon vertices", wrap, game_theory.vertex_enumeration),
    ]


def _nashpy(a: NDArray[np.float64], b: NDArray[np.float64]) -> object:
    import nashpy

    return nashpy.Game(a, b)


def _nashpy_supports(game: object) -> Mixtures:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(game.support_enumeration())  # type: ignore[attr-defined]
