"""Decisions kept, packed, on the way backwards, so that the way forwards need not solve again."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.kernels.days_arrays import MIXED
from gametheory_crisis.solvers.long_stage import Places

BUDGET = 1 << 27
"""Bytes that packed decisions may take; those beyond it are solved again when asked for."""
FASTEST = 1


class Archive:
    """Packed decisions, by the first day of their segment.

    From day to day little changes, so what is decided at one place after the other, day by day,
    packs well; of the probabilities only those of mixed play are kept.
    """

    def __init__(self, places: Places) -> None:
        mixing = np.flatnonzero(places.mix >= 0)
        mixing = mixing[np.argsort(places.mix[mixing])]
        shares = np.arange(places.num_shares)
        self._owner = mixing[np.searchsorted(places.mix[mixing], shares, side="right") - 1]
        self._packed: dict[int, tuple[bytes, NDArray[np.float64]]] = {}
        self._size = 0

    def keep(self, low: int, branches: NDArray[np.int16], mixes: NDArray[np.float64]) -> None:
        """Keep the decisions of a `Segment`, unless the budget is spent."""
        if low in self._packed or self._size > BUDGET:
            return
        packed = zlib.compress(branches.T.tobytes(), FASTEST)
        shares = mixes[self._mixed(branches)]
        self._size += len(packed) + shares.nbytes
        self._packed[low] = packed, shares

    def restore(self, low: int, branches: NDArray[np.int16], mixes: NDArray[np.float64]) -> bool:
        """Write kept decisions into arrays of their shape; whether there were any."""
        if low not in self._packed:
            return False
        packed, shares = self._packed[low]
        by_place = np.frombuffer(zlib.decompress(packed), dtype=np.int16)
        branches[:] = by_place.reshape(branches.shape[::-1]).T
        mixes[self._mixed(branches)] = shares
        return True

    def _mixed(self, branches: NDArray[np.int16]) -> NDArray[np.bool_]:
        """Which probabilities are those of mixed play, bool (days, shares)."""
        return np.asarray(branches[:, self._owner] == MIXED)
