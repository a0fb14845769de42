"""One equilibrium of large random bimatrix games, one thread, both from the same label."""

from __future__ import annotations

import numpy as np

from benchmarks.measure import Row, compare
from gametheory_crisis.kernels.lemke_howson import FOUND, lemke_howson

SIZES = ((50, 20, 5), (100, 10, 5), (200, 4, 3))
"""Actions, games, pairs of runs."""


def run() -> list[Row | str]:
    """Paths per second; both follow the same path, so the ratio is that of a pivot."""
    try:
        from quantecon import game_theory
    except ImportError:
        return ["QuantEcon is not installed: no comparison"]
    rows: list[Row | str] = []
    for actions, num, runs in SIZES:
        generator = np.random.default_rng(actions)
        # Paths of large games vary from ten pivots to a million: only those of some length count.
        games = []
        while len(games) < num:
            a, b = generator.random((2, actions, actions))
            _, _, status, pivots = lemke_howson(a, b)
            if status == FOUND and actions / 2 < pivots < 20_000:
                games.append((a, b))
        peers = [
            game_theory.NormalFormGame(
                [game_theory.Player(a), game_theory.Player(np.ascontiguousarray(b.T))]
            )
            for a, b in games
        ]
        for (a, b), peer in zip(games, peers, strict=True):
            x, y, _, _ = lemke_howson(a, b)
            theirs = game_theory.lemke_howson(peer)
            assert max(abs(x - theirs[0]).max(), abs(y - theirs[1]).max()) < 1e-6
        rows.append(
            compare(
                f"one equilibrium, {actions} x {actions}",
                (lambda g=games: [lemke_howson(*game) for game in g], float(num)),
                (lambda p=peers: [game_theory.lemke_howson(game) for game in p], float(num)),
                "QuantEcon",
                unit="games/s",
                runs=runs,
                aim="1",
            )
        )
    return rows
