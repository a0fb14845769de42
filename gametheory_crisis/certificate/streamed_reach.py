"""Where play can stand in a long game on each day, found from the certificate's own places."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.certificate.streamed_game import StreamedGame
from gametheory_crisis.kernels.streamed_reach import mark_day


class Standing:
    """The places at which play can stand on each day, whatever is chosen.

    Attributes
    ----------
    known : uint8 (places,), of those behind the deadline
    """

    def __init__(self, game: StreamedGame) -> None:
        self._num = len(game.flat.places)
        self._sets: list[NDArray[np.uint8]] = []
        self._set_of: list[int] = []
        self._last: tuple[int, NDArray[np.uint8]] | None = None
        index: dict[bytes, int] = {}
        today, later = np.zeros(self._num, np.uint8), np.zeros(self._num, np.uint8)
        today[game.start] = 1
        arrays: Any = tuple(game.flat)
        bounds = game.num_known, self._num
        for day in range(game.days):
            game.numbers.load(day)
            mark_day(arrays, game.numbers.values, bounds, day + 1 == game.days, today, later)
            packed = np.packbits(today)
            number = index.setdefault(packed.tobytes(), len(self._sets))
            if number == len(self._sets):
                self._sets.append(packed)
            self._set_of.append(number)
            today, later = later, today
            later[:] = 0
        mark_day(arrays, game.numbers.values, (0, game.num_known), False, today, today)
        self.known = today

    def on(self, day: int) -> NDArray[np.uint8]:
        """The places of a day, uint8 (places,)."""
        number = self._set_of[day]
        if self._last is None or self._last[0] != number:
            self._last = number, np.unpackbits(self._sets[number], count=self._num)
        return self._last[1]
