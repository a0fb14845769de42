"""Counts of solved cells by status and by regime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.sweeps.variables import STATUS

if TYPE_CHECKING:
    from gametheory_crisis.solvers.cells import Cells
    from gametheory_crisis.sweeps.sweep import Sweep

WORD = 8
"""Cells whose codes fill a word of the machine."""
SOLVED, SEVERAL = STATUS.index("solved"), STATUS.index("several regimes")


@dataclass(frozen=True)
class Tally:
    """How many cells have each status and each regime.

    Attributes
    ----------
    status : int64, by `STATUS`
    regime : int64, by regime of the first equilibrium
    among : int64, by regime of any equilibrium
    """

    status: NDArray[np.int64]
    regime: NDArray[np.int64]
    among: NDArray[np.int64]

    @classmethod
    def of(cls, cells: Cells | Sweep, num_regimes: int) -> Tally:
        """Counts of some cells."""
        status, regime = cells.status.reshape(-1), cells.regime.reshape(-1)
        masks = cells.regimes_mask.reshape(-1)
        by_regime = _counts(regime, num_regimes)
        among = by_regime.copy()
        unusual = _others(status, SOLVED)
        by_status = np.bincount(status[unusual], minlength=len(STATUS)).astype(np.int64)
        by_status[SOLVED] += len(status) - len(unusual)
        # Where a rule selects none of several equilibria, their regimes are known all the same.
        first = regime[unusual]
        several = unusual[(status[unusual] == SEVERAL) | (first < 0)]
        for k in range(num_regimes):
            among[k] += np.count_nonzero((masks[several] >> k & 1 == 1) & (regime[several] != k))
        return cls(by_status, by_regime, among)


def _words(codes: NDArray[np.int8]) -> tuple[NDArray[np.uint64], NDArray[np.int8]]:
    """Eight neighbours at a time as one number, and those left over."""
    whole = len(codes) - len(codes) % WORD
    return np.ascontiguousarray(codes[:whole]).view(np.uint64), codes[whole:]


def _alike(code: int) -> np.uint64:
    """The number that stands for eight times the same code."""
    return np.uint64(np.full(WORD, code, dtype=np.int8).view(np.uint64)[0])


def _others(codes: NDArray[np.int8], usual: int) -> NDArray[np.intp]:
    """Positions of codes in whose neighbourhood not all are the usual one."""
    words, left = _words(codes)
    hit = np.flatnonzero(words != _alike(usual))
    near = (WORD * hit[:, None] + np.arange(WORD)).ravel()
    return np.concatenate((near, len(codes) - len(left) + np.arange(len(left))))


def _counts(codes: NDArray[np.int8], num: int) -> NDArray[np.int64]:
    """How often each code from 0 to ``num - 1`` occurs.

    Neighbours are mostly alike, so eight at a time are compared with eight of the likeliest code,
    then what remains with the next one.
    """
    words, left = _words(codes)
    counts = np.zeros(num, dtype=np.int64)
    some = codes[:: max(1, len(codes) // 1000)]
    for k in sorted(range(num), key=lambda code: -np.count_nonzero(some == code)):
        remaining = words[words != _alike(k)]
        counts[k] += WORD * (len(words) - len(remaining))
        words = remaining
    mixed = np.concatenate((words.view(np.int8), left))
    for k in range(num):
        counts[k] += np.count_nonzero(mixed == k)
    return counts
