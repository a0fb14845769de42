"""States from which daily offers are followed: a spread, around the path, and jumps of rules."""

from __future__ import annotations

import numpy as np

from gametheory_crisis.certificate.arrays import Floats
from gametheory_crisis.certificate.screening_paths import NEAR, Player
from gametheory_crisis.certificate.screening_tables import Flags

NUM_STATES = 12
"""States spread over the range from which play is followed on every day."""
NUM_JUMPS = 6
"""Jumps of each rule at most, from both sides of which play is followed on every day."""
AROUND = np.array([1.0, 0.9, 0.99, 1.01, 1.1])
"""The path's state and those around it from which play is followed, as shares of it."""
_PATH = slice(NUM_STATES, NUM_STATES + len(AROUND))
_BEFORE = NUM_STATES + len(AROUND)


class Starts:
    """The same number of states on every day and at expiry; where there are fewer, 1 is repeated.

    The last four are those after the two last offers of the range on the day before, worst for
    types first: as the rules are just below these states, and just above.

    Attributes
    ----------
    states, right : (days + 1, states), the states; with ``right``, as the rules are just above
    """

    def __init__(self, player: Player) -> None:
        days = player.game.num_days
        jumps = _jumps(player)
        ends = np.ones((days + 1, 2))
        day = np.repeat(np.arange(days), 2)
        ends[1:] = player.response(day, player.ranges.ravel(), np.ones(2 * days)).reshape(days, 2)
        spread = np.linspace(1 / NUM_STATES, 1.0, NUM_STATES)
        below = np.concatenate([spread, np.ones(len(AROUND) + 1)])
        self.states = np.concatenate(
            [np.tile(below, (days + 1, 1)), jumps, jumps, np.zeros((days + 1, 1)), ends, ends],
            axis=1,
        )
        self.right = np.zeros(self.states.shape, bool)
        first = len(below) + jumps.shape[1]
        self.right[:, first : first + jumps.shape[1] + 1] = True
        self.right[:, -2:] = True

    def on(self, day: int, path: float, before: float) -> tuple[Floats, Flags]:
        """The states of one day, given those of the path on this day and on the one before."""
        self.states[day, _PATH] = np.minimum(path * AROUND, 1.0)
        self.states[day, _BEFORE] = before
        return self.states[day], self.right[day]


def _jumps(player: Player) -> Floats:
    """Where the offers of each day jump, and the demands of the day before, (days + 1, jumps)."""
    offers = [*player.offers.jumps(NEAR, NUM_JUMPS), []]
    reservations = [[], *player.reservations.jumps(NEAR, NUM_JUMPS)]
    both = [sorted({*a, *b}) for a, b in zip(offers, reservations, strict=True)]
    most = max(map(len, both))
    return np.array([[*each, *[1.0] * (most - len(each))] for each in both])
