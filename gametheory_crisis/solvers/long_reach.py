"""Where play can stand in a long game, day by day, in little memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.kernels.days_forward import reach_day
from gametheory_crisis.solvers.long_stage import LongPoint


@dataclass(frozen=True)
class Standing:
    """The positions at which play can stand, whatever is chosen.

    Attributes
    ----------
    sets : different sets of positions, one bit each
    set_of : int32 (days,), which of them belongs to each day before the deadline
    known : uint8 (positions,), the positions on known days
    """

    sets: tuple[NDArray[np.uint8], ...]
    set_of: NDArray[np.int32]
    known: NDArray[np.uint8]

    def between(self, low: int, high: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The sets of the days ``low`` to ``high``, uint8 (sets, positions), and whose is which."""
        used, set_of = np.unique(self.set_of[low:high], return_inverse=True)
        packed = np.stack([self.sets[k] for k in used])
        return np.unpackbits(packed, axis=1, count=len(self.known)), set_of.astype(np.int64)


def standing(point: LongPoint) -> Standing:
    """Follow play from its start, day by day, until the sets of positions come again."""
    num = len(point.stage.arrays.positions)
    today, tomorrow = np.zeros(num, dtype=np.uint8), np.zeros(num, dtype=np.uint8)
    today[point.stage.start] = 1
    sets: list[NDArray[np.uint8]] = []
    index: dict[bytes, int] = {}
    set_of = np.empty(point.days, dtype=np.int32)
    day = 0
    while day < point.days:
        _reach(point, day, today, tomorrow)
        packed = np.packbits(today)
        found = index.setdefault(packed.tobytes(), len(sets))
        set_of[day] = found
        if found == len(sets):
            sets.append(packed)
        elif not point.stage.day_moves_play:
            _repeat(set_of, int(np.argmax(set_of[:day] == found)), day)
            break
        if day + 1 < point.days:
            today, tomorrow = tomorrow, today
            tomorrow[:] = 0
        day += 1
    last = np.unpackbits(sets[set_of[-1]], count=num)
    known = np.zeros(num, dtype=np.uint8)
    _reach(point, point.days - 1, last, known)
    _reach(point, -1, known, known)
    return Standing(tuple(sets), set_of, known)


def _reach(
    point: LongPoint, day: int, today: NDArray[np.uint8], tomorrow: NDArray[np.uint8]
) -> None:
    reach_day(point.stage.arrays, point.numbers, (day, point.days), today, tomorrow)


def _repeat(set_of: NDArray[np.int32], first: int, day: int) -> None:
    """Continue a sequence of sets that on ``day`` is where it was on the day ``first``."""
    period = day - first
    for later in range(day, len(set_of)):
        set_of[later] = set_of[later - period]
