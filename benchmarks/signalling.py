"""All perfect Bayesian equilibria of a signalling game on a grid, against point after point."""

from __future__ import annotations

import numpy as np

import gametheory_crisis as gtc
from benchmarks.measure import Row, compare

NUM = 500
FEW = 12


def run() -> list[Row | str]:
    """Cells per second, one thread."""
    model = gtc.load("beer_quiche")

    def swept() -> gtc.Sweep:
        return gtc.run_sweep(model, _axes(NUM), threads=1)

    def solved() -> list[int]:
        grid = _axes(FEW)
        points = [{"p": p, "peace": peace} for p in grid["p"] for peace in grid["peace"]]
        return [len(model.solve(point).equilibria) for point in points]

    assert gtc.run_sweep(model, _axes(FEW)).equilibria.ravel().tolist() == solved()
    pair = (swept, float(NUM**2)), (solved, float(FEW**2))
    return [compare("all equilibria, with their regimes", *pair, "solve", unit="cells/s")]


def _axes(num: int) -> dict[str, np.ndarray]:
    return {"p": np.linspace(0.02, 0.98, num), "peace": np.linspace(0.11, 3.98, num)}
