"""All perfect Bayesian equilibria of a signalling game on a grid, against point after point."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import gametheory_crisis as gtc
from benchmarks.measure import Row, compare

NUM = 500
FEW = 12
MODEL = """\
format: 1
title: Beer or quiche
players: [Sender, Receiver]
parameters: {p: {value: 0.9, range: [0, 1]}, c: {value: 2, range: [0, 4]}}
private:
  Sender:
    type: {strong: p, weak: 1 - p}
    beer_lover: {strong: 1, weak: 0}
game:
  breakfast: {player: Sender, actions: {beer: after_beer, quiche: after_quiche}}
  after_beer:
    player: Receiver
    actions:
      duel: {outcome: beer_duel, payoffs: {Sender: beer_lover, Receiver: 1 - beer_lover}}
      leave: {outcome: beer_peace, payoffs: {Sender: beer_lover + c, Receiver: beer_lover}}
  after_quiche:
    player: Receiver
    actions:
      duel: {outcome: quiche_duel, payoffs: {Sender: 1 - beer_lover, Receiver: 1 - beer_lover}}
      leave: {outcome: quiche_peace, payoffs: {Sender: 1 - beer_lover + c, Receiver: beer_lover}}
"""


def run() -> list[Row | str]:
    """Cells per second, one thread."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "beer_quiche.yaml"
        path.write_text(MODEL, encoding="utf-8")
        model = gtc.load(path)

    def swept() -> gtc.Sweep:
        return gtc.run_sweep(model, _axes(NUM), threads=1)

    def solved() -> list[int]:
        grid = _axes(FEW)
        return [len(model.solve(p=p, c=c).equilibria) for p in grid["p"] for c in grid["c"]]

    assert gtc.run_sweep(model, _axes(FEW)).equilibria.ravel().tolist() == solved()
    pair = (swept, float(NUM**2)), (solved, float(FEW**2))
    return [compare("all equilibria, with their regimes", *pair, "solve", unit="cells/s")]


def _axes(num: int) -> dict[str, np.ndarray]:
    return {"p": np.linspace(0.01, 0.99, num), "c": np.linspace(0.02, 3.98, num)}
