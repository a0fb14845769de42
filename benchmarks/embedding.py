"""Single points solved inside a user's compiled function, against a batch of the same points."""

from __future__ import annotations

import numba
import numpy as np

import gametheory_crisis as gtc
from benchmarks.measure import Row, compare

NUM = 5000


def run() -> list[Row | str]:
    """Points per second of ``model.kernel()`` beside ``model.solve_batch`` on one thread."""
    model = gtc.load("sixty_day_ultimatum")
    kernel = model.kernel()
    theta = np.tile([float(value) for value in model.point().values()], (NUM, 1))
    theta[:, model.parameters.index("c_iran")] = np.linspace(0, 0.6, NUM)

    @numba.njit
    def mean(points):  # type: ignore[no-untyped-def]
        total = 0.0
        for k in range(len(points)):
            total += kernel(points[k]).payoffs[0]
        return total / len(points)

    def batch() -> float:
        return float(model.solve_batch(theta, threads=1).payoff[0].mean())

    assert abs(mean(theta) - batch()) < 1e-12
    pair = (lambda: mean(theta), float(NUM)), (batch, float(NUM))
    return [compare("one point at a time", *pair, "batch", unit="points/s")]
