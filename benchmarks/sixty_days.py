"""The sixty-day ultimatum on 400 x 400 cells, T = 60."""

from __future__ import annotations

import numba
import numpy as np

import gametheory_crisis as gtc
from benchmarks.measure import Row, compare

NUM = 400
C_IRAN = np.linspace(0, 0.6, NUM)
THREAT = np.linspace(0, 0.6, NUM)


@numba.njit(error_model="numpy", nogil=True)
def by_hand(point, c_iran, threat, regime, day, payoff):  # type: ignore[no-untyped-def]
    """Backward induction of this one model, one cell after the other, as one would write it."""
    T, p, c_us, c_isr, rein, face, d = point
    for i in range(len(threat)):
        for j in range(len(c_iran)):
            if threat[i] - c_isr >= 0.0:
                us, iran, israel, end = p - c_us, 1.0 - p - c_iran[j], threat[i] - c_isr, 1
            else:
                us, iran, israel, end = 0.0, 1.0, 0.0, 2
            if -rein > us:
                us, iran, israel, end = -rein, 1.0, 0.0, 2
            when = T
            for today in range(int(T) - 1, -1, -1):
                us, iran, israel = d * us, d * iran, d * israel
                offer = min(max(iran + face, 0.0), 1.0)
                if iran + face <= 1.0 and 1.0 - offer >= us:
                    us, iran, israel, end, when = 1.0 - offer, offer - face, 0.0, 0, today
            regime[i, j] = end
            day[i, j] = when
            payoff[0, i, j], payoff[1, i, j], payoff[2, i, j] = us, iran, israel


def run() -> list[Row | str]:
    """Cells per second on one thread, same inputs and outputs."""
    model = gtc.load("sixty_day_ultimatum")
    values = {name: float(value) for name, value in model.point().items()}
    names = ("T", "p", "c_us", "c_isr", "rein", "face", "d")
    point = tuple(values[name] for name in names)
    regime = np.empty((NUM, NUM), dtype=np.int8)
    day, payoff = np.empty((NUM, NUM)), np.empty((3, NUM, NUM))

    def theirs() -> None:
        by_hand(point, C_IRAN, THREAT, regime, day, payoff)

    def ours() -> gtc.Sweep:
        axes = {"threat": THREAT, "c_iran": C_IRAN}
        return gtc.run_sweep(model, axes, quantities=("payoff", "expected_day"), threads=1)

    theirs()
    swept = ours()
    assert np.array_equal(swept.regime, regime)
    assert np.allclose(swept.payoff, payoff, rtol=0, atol=1e-12)
    assert np.array_equal(swept.expected_day, day)
    return [compare("map, one thread", (ours, NUM**2), (theirs, NUM**2), "by hand", aim="0.15")]
