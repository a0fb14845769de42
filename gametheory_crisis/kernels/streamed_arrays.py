"""What the kernels of a long deadline's certificate read: places, edges, and mixed choices."""

from __future__ import annotations

import numpy as np

from gametheory_crisis.kernels.jit import inlined, jit

END, CHOICE, JOINT, NATURE, WAIT = 0, 1, 2, 3, 4
"""Kinds of place."""
FINE, NO_CHOICE, NO_DISTRIBUTION, NO_CHANCE = 0, 1, 2, 3
"""Status: a choice is missing or unavailable; its probabilities, or nature's, are none."""
ROUNDING = 1e-9
"""Probabilities may miss 1 in sum by this much."""

PLACE = np.dtype(
    [
        (name, np.int32)
        for name in (
            "kind",
            "edge",
            "stop_edge",
            "gain",
            "outcome",
            "mover",
            "stop_mover",
            "column",
            "shares",
            "hazard",
            "onward",
            "struck",
            "expired",
            "struck_late",
        )
    ]
)
"""One place; what does not apply is -1.

edge, stop_edge : its edges
gain, outcome : of an end: the row of payoffs, the index of the outcome
mover, stop_mover : its players
column, shares : of a choice: its column in the stream, and where its probabilities begin there
hazard : number, of a place where a day passes
onward, struck : where it passes to without and with a breakdown; and where the new day is the
    deadline: ``expired`` and ``struck_late``
"""
EDGE = np.dtype([(name, np.int32) for name in ("target", "pays", "chance")])
"""One edge: the place that it leads to on the same day, a row of payments and a number, or -1."""
PLAYER = np.dtype([("index", np.int32), ("actions", np.int32)])
"""One player at a place, and how many actions it has there."""


@jit
def load_shares(here, players, mixes, shares):
    """Probabilities of the actions at a joint move; False where they are none."""
    place = 0
    for m in range(here["mover"], here["stop_mover"]):
        total = 0.0
        for a in range(place, place + players[m]["actions"]):
            shares[a] = mixes[here["shares"] + a]
            if not shares[a] >= 0.0:
                return False
            total += shares[a]
        if not abs(total - 1.0) <= ROUNDING:
            return False
        place += players[m]["actions"]
    return True


@inlined
def share_of(here, players, profile, without, shares):
    """Probability of a profile, one player's own action left out; and that action."""
    place, rest, share, own = 0, profile, 1.0, 0
    for m in range(here["mover"], here["stop_mover"]):
        place += players[m]["actions"]
    for m in range(here["stop_mover"] - 1, here["mover"] - 1, -1):
        num = players[m]["actions"]
        place -= num
        if m == without:
            own = rest % num
        else:
            share *= shares[place + rest % num]
        rest //= num
    return share, own
