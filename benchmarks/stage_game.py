"""All equilibria of a 2x2 stage over a grid of payoffs, against peers that take game by game."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np

import gametheory_crisis as gtc
from benchmarks.measure import Row, compare

NUM = 1000
PEER_NUM = 20
MODEL = """\
format: 1
title: Mutual restraint
players: [A, B]
parameters:
  t: {value: 4, range: [0, 6], doc: striking a side that holds back}
  s: {value: 0, range: [-3, 3], doc: holding back while struck}
game:
  round:
    simultaneous: {A: [hold, strike], B: [hold, strike]}
    results:
      - {when: [hold, hold], outcome: calm, payoffs: {A: 3, B: 3}}
      - {when: [hold, strike], outcome: b_strikes, payoffs: {A: s, B: t}}
      - {when: [strike, hold], outcome: a_strikes, payoffs: {A: t, B: s}}
      - {when: [strike, strike], outcome: war, payoffs: {A: 1, B: 1}}
"""


def run() -> list[Row | str]:
    """Games per second; the peers solve the same payoffs on a coarser grid."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stage.yaml"
        path.write_text(MODEL, encoding="utf-8")
        model = gtc.load(path)

    def ours() -> gtc.Sweep:
        return gtc.run_sweep(model, _axes(NUM), quantities=("equilibria",), threads=1)

    rows: list[Row | str] = []
    for name, solve in (("QuantEcon", _quantecon()), ("nashpy", _nashpy())):
        if solve is None:
            rows.append(f"{name} is not installed: no comparison")
            continue
        counts = gtc.run_sweep(model, _axes(PEER_NUM)).equilibria
        assert counts is not None
        assert [solve(t, s) for t, s in _points()] == counts.ravel().tolist()

        def theirs(solve: object = solve) -> list[int]:
            return [solve(t, s) for t, s in _points()]  # type: ignore[operator]

        pair = (ours, float(NUM**2)), (theirs, float(PEER_NUM**2))
        rows.append(compare("all equilibria, with their regimes", *pair, name, unit="games/s"))
    return rows


def _axes(num: int) -> dict[str, np.ndarray]:
    # Ends chosen so that no cell ties: there the peers' tolerances differ from ours.
    return {"t": np.linspace(0.013, 5.9, num), "s": np.linspace(-2.97, 2.9, num)}


def _points() -> list[tuple[float, float]]:
    axes = _axes(PEER_NUM)
    return [(t, s) for t in axes["t"] for s in axes["s"]]


def _payoffs(t: float, s: float) -> tuple[np.ndarray, np.ndarray]:
    row = np.array([[3.0, s], [t, 1.0]])
    return row, row.T


def _quantecon() -> object:
    try:
        from quantecon import game_theory
    except ImportError:
        return None

    def solve(t: float, s: float) -> int:
        a, b = _payoffs(t, s)
        players = [game_theory.Player(a), game_theory.Player(b.T)]
        return len(game_theory.support_enumeration(game_theory.NormalFormGame(players)))

    return solve


def _nashpy() -> object:
    import nashpy

    def solve(t: float, s: float) -> int:
        a, b = _payoffs(t, s)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return len(list(nashpy.Game(a, b).support_enumeration()))

    return solve
