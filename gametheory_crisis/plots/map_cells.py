"""From the cells of a sweep to the pixels of a map: scales, kinds of cells, room for labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gametheory_crisis.sweeps.sweep import Sweep

SOLVED, TIE, SEVERAL, STUCK = 1, 2, 3, 4
UNSELECTED = 8
"""Status of a cell with equilibria of which a rule of selection takes none."""
PIECE = 1 << 20
"""Cells that are looked at together, which bounds the memory."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How the values of one axis lie along the side of a map.

    Attributes
    ----------
    log : whether equal ratios get equal lengths
    low, high : ends of the side; a single value stands in the middle
    """

    values: NDArray[np.float64]
    log: bool
    low: float
    high: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Scale:
        """The scale of an axis: logarithmic where the values are a geometric sequence."""
        ordered = np.sort(values)
        low, high = float(ordered[0]), float(ordered[-1])
        if low == high:
            half = abs(low) / 10 or 0.5
            return cls(values, False, low - half, high + half)
        return cls(values, _is_geometric(ordered), low, high)

    @property
    def single(self) -> bool:
        """Whether the axis has only one value."""
        return bool(self.values.min() == self.values.max())

    def _place(self, value: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.log(value) if self.log else np.asarray(value, dtype=np.float64)

    def share(self, value: float) -> float:
        """Where ``value`` lies between the ends, from 0 to 1."""
        low, high = self._place(self.low), self._place(self.high)
        return float((self._place(value) - low) / (high - low))

    def holds(self, value: float) -> bool:
        """Whether ``value`` lies between the smallest and the largest value."""
        return float(self.values.min()) <= value <= float(self.values.max())

    def nearest(self, pixels: int) -> NDArray[np.int64]:
        """For each of ``pixels`` equal parts of the side, the index of the value nearest to it."""
        order = np.argsort(self.values, kind="stable")
        places = self._place(self.values[order])
        borders = (places[1:] + places[:-1]) / 2
        low, high = self._place(self.low), self._place(self.high)
        centres = low + (high - low) * (np.arange(pixels) + 0.5) / pixels
        return order[np.searchsorted(borders, centres)]


def _is_geometric(ordered: NDArray[np.float64]) -> bool:
    if len(ordered) < 3 or ordered[0] <= 0:
        return False
    ratios, steps = ordered[1:] / ordered[:-1], np.diff(ordered)
    return bool(np.ptp(ratios) <= 1e-6 * ratios[0] and np.ptp(steps) > 1e-6 * steps[-1])


@dataclass(frozen=True, slots=True)
class Kind:
    """What a cell shows.

    ``regimes`` are indices into the sweep's regimes, the one of the first equilibrium first; none
    where the cell is unsolved.
    """

    status: int
    regimes: tuple[int, ...] = ()

    @property
    def solved(self) -> bool:
        """Whether the cell has an equilibrium."""
        return bool(self.regimes)


def kinds_of_cells(sweep: Sweep) -> tuple[list[Kind], NDArray[np.int64]]:
    """The kinds of cells that occur, and the kind ``[y, x]`` of every cell."""
    rows, columns = sweep.status.shape
    step = max(1, PIECE // columns)
    parts = [slice(start, start + step) for start in range(0, rows, step)]
    index = np.empty((rows, columns), dtype=np.int64)
    numbers: dict[int, int] = {}
    for part in parts:
        codes = _codes(sweep.status[part], sweep.regime[part], sweep.regimes_mask[part])
        values, place = np.unique(codes, return_inverse=True)
        known = [numbers.setdefault(value, len(numbers)) for value in values.tolist()]
        index[part] = np.array(known)[place].reshape(codes.shape)
    ordered = sorted(numbers)
    rank = np.empty(len(ordered), dtype=np.int64)
    rank[[numbers[value] for value in ordered]] = np.arange(len(ordered))
    for part in parts:
        index[part] = rank[index[part]]
    return [_kind(value) for value in ordered], index


def _codes(
    status: NDArray[np.int8], regime: NDArray[np.int8], regimes_mask: NDArray[np.int32]
) -> NDArray[np.int64]:
    """One number for the kind of each cell; `_kind` reads it."""
    grade = status.astype(np.int64)
    first = regime.astype(np.int64)
    solved = np.isin(grade, (SOLVED, TIE, SEVERAL)) & (first >= 0)
    mask = regimes_mask.astype(np.int64) & 0xFFFFFFFF
    several = solved & ((mask & (mask - 1)) != 0)
    code = np.where(solved, first + 1, 0)
    code = code << 34 | np.where(several, mask, 0) << 2 | np.where(grade == TIE, 1, 0)
    grade = np.where((grade == STUCK) & (mask != 0), UNSELECTED, grade)
    codes: NDArray[np.int64] = np.where(solved, code, -1 - grade)
    return codes


def _kind(code: int) -> Kind:
    if code < 0:
        return Kind(-1 - code)
    first, mask = (code >> 34) - 1, code >> 2 & 0xFFFFFFFF
    others = tuple(k for k in range(32) if mask >> k & 1 and k != first)
    status = TIE if code & 1 else SEVERAL if others else SOLVED
    return Kind(status, (first, *others))


def borders(index: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Pixels ``[row, column]`` at which a neighbour below or to the right is of another kind."""
    edge = np.zeros(index.shape, dtype=np.bool_)
    edge[:-1] |= index[:-1] != index[1:]
    edge[:, :-1] |= index[:, :-1] != index[:, 1:]
    return edge


def roomiest(region: NDArray[np.bool_], height: int, width: int) -> tuple[float, float] | None:
    """Centre (row, column) of the box of that size deepest inside a region, or None if none fits.

    A summed-area table tells at once which boxes lie inside; the widest margin around the box that
    still leaves such a place is found by bisection.
    """
    sums = np.pad(region.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))

    def places(margin: int) -> NDArray[np.int64]:
        h, w = height + 2 * margin, width + 2 * margin
        if h > region.shape[0] or w > region.shape[1]:
            return np.empty((0, 2), dtype=np.int64)
        inside = sums[h:, w:] - sums[:-h, w:] - sums[h:, :-w] + sums[:-h, :-w]
        corners: NDArray[np.int64] = np.argwhere(inside == h * w)
        corners += (h // 2, w // 2)
        return corners

    best, low, high = places(0), 0, max(region.shape)
    if not len(best):
        return None
    while low + 1 < high:
        middle = (low + high) // 2
        found = places(middle)
        low, high, best = (middle, high, found) if len(found) else (low, middle, best)
    centre = best[np.argmin(((best - best.mean(0)) ** 2).sum(1))]
    return float(centre[0]), float(centre[1])
