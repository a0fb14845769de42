"""A grid of labels filled in from few of its cells: blocks are split where labels meet.

The grid is covered by blocks of cells that share their edges, and the corners of all blocks are
known. A block in which two known cells differ is split, down to single cells: in two where the
corners differ in one direction only, else in four. Whatever is learnt on the edge of a block counts
for the block on the other side too, so that a boundary is followed through all blocks that it
crosses. (Quadtrees and their kin: Samet 1984, "The quadtree and related hierarchical data
structures", ACM Computing Surveys 16.)

When nothing is left to split, every region with a known cell in it is exact; a *region* is cells
of one label that hang together, if only by corners. For suppose that a cell of it has its label
and a neighbour in it has another. The neighbour is not known, so a block that was not split covers
both and gives them one label. Where two blocks meet, a corner of one is in both, so that all
blocks give a cell the same label, and the first cell would have the other label as well.
For the same reason a cell whose eight neighbours are not all labelled as it is is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Indices: TypeAlias = NDArray[np.intp]
Labels: TypeAlias = NDArray[np.int32]
Size: TypeAlias = tuple[int, int]
Labelling: TypeAlias = Callable[[Indices, Indices], Labels]
"""Labels, none of them negative, of the cells in some rows and columns."""

UNKNOWN, WANTED = -1, -2
"""Stand in the place of a label."""
PIECE = 1 << 22
"""Cells of blocks that are looked at together, which bounds the memory."""
DRIFT = np.sqrt([2.0, 3.0]), np.sqrt([5.0, 7.0])
"""How far the probe moves down and across, as a share of a block, from a block to the next one
below and to the next one to its right."""


def refine(
    shape: tuple[int, int], strides: Size, labelling: Labelling
) -> tuple[Labels, NDArray[np.bool_]]:
    """Label every cell of a grid, and ask for the labels of few.

    Parameters
    ----------
    shape : rows and columns, at least 2 each
    strides : of the first lattice of cells, down and across, powers of two; the last row and the
        last column belong to it
    labelling : called once for each round of cells; never asked twice for the same cell

    Returns
    -------
    labels : int32 ``shape``
    known : bool ``shape``, True where the label was asked for
    """
    blocks = _Blocks(shape, strides)
    wanted = blocks.first_cells()
    while len(wanted) or blocks.new:
        rows, columns = np.divmod(wanted, blocks.width)
        if len(wanted):
            blocks.flat[wanted] = labelling(rows, columns)
        wanted = blocks.split_mixed(rows, columns)
    labels = blocks.labels[: shape[0], : shape[1]]
    known = labels >= 0
    blocks.fill()
    return labels, known


class _Blocks:
    """The labels of a grid, and the blocks of each size that are not split.

    A block of size (a, b) covers (a + 1) x (b + 1) cells, or as many as there are up to the last
    row and column. Blocks of a size are numbered along the rows of blocks. Those of size (1, 1)
    have nothing but known corners and are not kept.

    Attributes
    ----------
    first : the size of the blocks at first
    last : the last row and the last column
    width : cells in a row of ``labels``
    labels : int32, the grid with a margin of unknown cells after its last row and column
    flat : the same in one dimension; the index of a cell is its *position*
    counts : by size of block, rows of blocks and blocks in a row
    whole : by size, bool (blocks,), True for the blocks that are there and not split
    new : by size, the numbers of the blocks that came with the last split
    """

    def __init__(self, shape: tuple[int, int], first: Size) -> None:
        self.first = first
        self.last = shape[0] - 1, shape[1] - 1
        self.width = shape[1] + first[1]
        self.labels = np.full((shape[0] + first[0], self.width), UNKNOWN, dtype=np.int32)
        self.flat = self.labels.reshape(-1)
        heights, widths = ([1 << k for k in range(most.bit_length())] for most in first)
        self.counts = {
            (a, b): (-(-self.last[0] // a), -(-self.last[1] // b)) for a in heights for b in widths
        }
        self.whole: dict[Size, NDArray[np.bool_]] = {}
        self.new: dict[Size, Indices] = {}

    def first_cells(self) -> Indices:
        """Positions of the first lattice, and of a probe inside every block of it."""
        if self.first == (1, 1):
            rows, columns = np.indices((self.last[0] + 1, self.last[1] + 1)).reshape(2, -1)
            return self._positions(rows, columns)
        blocks = np.arange(math.prod(self.counts[self.first]))
        self._add({self.first: [blocks]})
        lattice = self._corners(self.first, blocks, self.first)
        return _distinct(np.concatenate([lattice, self._probes()]))

    def _probes(self) -> Indices:
        """A cell inside every block of the first size, its place different from block to block.

        Along every row, column and diagonal of blocks the places fill a block evenly (Weyl 1916,
        on multiples of irrational numbers), so that a straight band that slips through the lattice
        meets some of them.
        """
        place = np.indices(self.counts[self.first]).reshape(2, -1)
        cell = []
        for index, step, last, (down, across) in zip(
            place, self.first, self.last, DRIFT, strict=True
        ):
            share = (down * place[0] + across * place[1]) % 1.0
            inside = np.minimum(last - index * step, step) - 1
            cell.append(index * step + 1 + (share * inside).astype(np.intp))
        return self._positions(cell[0], cell[1])

    def split_mixed(self, rows: Indices, columns: Indices) -> Indices:
        """Split the blocks in which labels meet, now that some cells are known.

        Returns
        -------
        positions of the cells that have to be known next
        """
        wanted = [np.empty(0, dtype=np.intp)]
        parts: dict[Size, list[Indices]] = {}
        for size in self.whole:
            touched = [self._around(size, rows, columns)]
            if size in self.new:
                touched.append(self.new[size])
            mixed = self._mixed(size, _distinct(np.concatenate(touched)))
            self.whole[size][mixed] = False
            for part, numbers in self._cuts(size, mixed):
                wanted.append(self._corners(size, numbers, part))
                if part != (1, 1):
                    parts.setdefault(part, []).append(self._parts(size, numbers, part))
        self._add(parts)
        return np.concatenate(wanted)

    def fill(self) -> None:
        """Give all cells of the whole blocks the label of their corners."""
        for size, whole in self.whole.items():
            windows = sliding_window_view(self.labels, (size[0] + 1, size[1] + 1), writeable=True)
            rows, columns = self._origins(size, np.flatnonzero(whole))
            windows[rows, columns] = self.labels[rows, columns][:, None, None]

    def _add(self, blocks: dict[Size, list[Indices]]) -> None:
        """Blocks that are there from now on."""
        self.new = {size: np.concatenate(numbers) for size, numbers in blocks.items()}
        for size, numbers in self.new.items():
            if size not in self.whole:
                self.whole[size] = np.zeros(math.prod(self.counts[size]), dtype=np.bool_)
            self.whole[size][numbers] = True

    def _positions(self, rows: Indices, columns: Indices) -> Indices:
        positions: Indices = rows * self.width + columns
        return positions

    def _origins(self, size: Size, numbers: Indices) -> tuple[Indices, Indices]:
        """First rows and first columns of blocks."""
        down, across = np.divmod(numbers, self.counts[size][1])
        return down * size[0], across * size[1]

    def _around(self, size: Size, rows: Indices, columns: Indices) -> Indices:
        """The whole blocks in which cells lie, or on whose edges."""
        down, across = (
            # A cell on a shared edge also belongs to the block before.
            np.stack([np.maximum(at - 1, 0) // step, np.minimum(at // step, count - 1)])
            for at, step, count in zip((rows, columns), size, self.counts[size], strict=True)
        )
        numbers: Indices = (down[:, None] * self.counts[size][1] + across).reshape(-1)
        return numbers[self.whole[size][numbers]]

    def _pieces(self, size: Size, numbers: Indices) -> Iterator[Indices]:
        """Blocks, so many at a time."""
        step = max(1, PIECE // ((size[0] + 1) * (size[1] + 1)))
        for start in range(0, len(numbers), step):
            yield numbers[start : start + step]

    def _mixed(self, size: Size, numbers: Indices) -> Indices:
        """Those among some blocks in which two known cells differ."""
        windows = sliding_window_view(self.labels, (size[0] + 1, size[1] + 1))
        found = [np.empty(0, dtype=np.intp)]
        for piece in self._pieces(size, numbers):
            cells = windows[self._origins(size, piece)]
            differ = (cells != cells[:, :1, :1]) & (cells >= 0)
            found.append(piece[differ.any(axis=(1, 2))])
        return np.concatenate(found)

    def _cuts(self, size: Size, numbers: Indices) -> Iterator[tuple[Size, Indices]]:
        """Blocks to be split, by the size of their parts.

        A straight boundary is crossed in one direction, and only in that one are the blocks that
        it runs through made smaller, until they are but one step wide.
        """
        rows, columns = self._origins(size, numbers)
        ends = np.minimum(rows + size[0], self.last[0]), np.minimum(columns + size[1], self.last[1])
        here, right = self.labels[rows, columns], self.labels[rows, ends[1]]
        below, beyond = self.labels[ends[0], columns], self.labels[ends]
        down = (here != below) | (right != beyond)
        across = (here != right) | (below != beyond)
        only_down, only_across = down & ~across, across & ~down
        if size[0] == 1:
            only_down[:] = False
        if size[1] == 1:
            only_across[:] = False
        half = max(size[0] // 2, 1), max(size[1] // 2, 1)
        for part, chosen in (
            ((half[0], size[1]), only_down),
            ((size[0], half[1]), only_across),
            (half, ~(only_down | only_across)),
        ):
            if chosen.any():
                yield part, numbers[chosen]

    def _parts(self, size: Size, numbers: Indices, part: Size) -> Indices:
        """The blocks of a smaller size inside blocks."""
        down, across = np.divmod(numbers, self.counts[size][1])
        times = size[0] // part[0], size[1] // part[1]
        rows = times[0] * down + np.arange(times[0])[:, None, None]
        columns = times[1] * across + np.arange(times[1])[:, None]
        count = self.counts[part]
        inside = (rows < count[0]) & (columns < count[1])
        parts: Indices = (rows * count[1] + columns)[inside]
        return parts

    def _corners(self, size: Size, numbers: Indices, part: Size) -> Indices:
        """The corners of blocks' parts that are neither known nor wanted yet; they are now."""
        found = [np.empty(0, dtype=np.intp)]
        down, across = (np.arange(0, s + 1, p) for s, p in zip(size, part, strict=True))
        for piece in self._pieces(size, numbers):
            first_rows, first_columns = self._origins(size, piece)
            rows = np.minimum(first_rows[:, None] + down, self.last[0])
            columns = np.minimum(first_columns[:, None] + across, self.last[1])
            cells = self._positions(rows[:, :, None], columns[:, None, :]).reshape(-1)
            fresh = _distinct(cells[self.flat[cells] == UNKNOWN])
            self.flat[fresh] = WANTED
            found.append(fresh)
        return np.concatenate(found)


def _distinct(numbers: Indices) -> Indices:
    """Numbers from 0 on, each once: by sorting, several times as fast as `np.unique`'s hashing."""
    ordered = np.sort(numbers)
    return ordered[np.diff(ordered, prepend=-1) > 0]
