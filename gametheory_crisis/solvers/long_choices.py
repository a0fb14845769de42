"""Decisions over long deadlines in the form that strategies are shown from."""

from __future__ import annotations

import numpy as np

from gametheory_crisis.games.reach import Place
from gametheory_crisis.games.stage import Position, StageGame
from gametheory_crisis.kernels.days_arrays import MIXED, NOWHERE
from gametheory_crisis.solvers.long_deadline import LongSolution
from gametheory_crisis.solvers.long_induction import Segment
from gametheory_crisis.solvers.one_day import Decided
from gametheory_crisis.solvers.stage_equilibria import Mix


def decided(game: StageGame, found: LongSolution, segment: Segment) -> dict[Place, Decided]:
    """What is decided on the days of a segment, by position and day."""
    places = found.places
    result = {}
    for row, taken in enumerate(segment.branches):
        day = -1 if segment.low < 0 else segment.low + row
        for column in np.flatnonzero(taken > NOWHERE).tolist():
            index = int(places.positions[column])
            branch = int(taken[column])
            mix = None
            if branch == MIXED:
                start = int(places.mix[column])
                mix = _mix(game.positions[index], segment.mixes[row, start:].tolist())
            result[index, day] = Decided(branch, mix=mix)
    return result


def _mix(position: Position, shares: list[float]) -> Mix:
    """The probabilities of each mover's actions, from those of all movers in a row."""
    mix, start = [], 0
    for size in position.shape:
        mix.append(tuple(shares[start : start + size]))
        start += size
    return tuple(mix)
