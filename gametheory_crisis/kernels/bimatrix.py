"""All equilibria of bimatrix games in floats: quick, and silent where they are not beyond doubt.

A game has status `COMPLETE` only if it is clearly nondegenerate wherever that bears on equilibria:
every one stands on numbers clear of zero, nobody gains from a deviation on the payoffs as they were
given, and the indices sum to 1.  A near tie, relative to the spread of a player's payoffs, is
`DOUBTFUL`: an exact method must be asked.

Equilibria are listed by the size of the row player's support, then by the lowest action that
only one of the row player's supports has, then likewise for the column player: pure ones come
first, by (row, column).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gametheory_crisis.kernels.bimatrix_mixtures import (
    COMPLETE,
    TIE,
    TOO_LARGE,
    tabulate,
)
from gametheory_crisis.kernels.bimatrix_settling import settle
from gametheory_crisis.kernels.bimatrix_supports import (
    SMALL,
    enumerate_supports,
    make_small_room,
)
from gametheory_crisis.kernels.bimatrix_vertices import FULL, enumerate_vertices, make_walk
from gametheory_crisis.kernels.jit import entry_point, inlined, jit, source_digest

MAX_ACTIONS = 62
"""Most actions of both players together: a set of labels is one integer."""
FIRST_QUEUE, MAX_QUEUE = 64, 1 << 17
"""Room for vertices waiting in the queue, at first and at most; four times as many may be seen."""


@inlined
def solve_two_by_two(row, column, game, x, y, place):
    """All equilibria of a 2x2 game into rows ``place`` to ``place + 2``; 0 where one is not clear.

    Every candidate is written, and counted only if it is one: there is nothing to mispredict.

    Parameters
    ----------
    row, column, game : float64 (n, 2, 2), payoffs of which those of ``game`` are meant
    x, y : float64 (at least place + 3, 2), modified
    """
    first = row[game, 0, 0] - row[game, 1, 0]
    second = row[game, 0, 1] - row[game, 1, 1]
    upper = column[game, 0, 0] - column[game, 0, 1]
    lower = column[game, 1, 0] - column[game, 1, 1]
    bound = TIE * max(abs(first), abs(second))
    other_bound = TIE * max(abs(upper), abs(lower))
    # An infinite or undefined difference is not above its bound either.
    clear = (abs(first) > bound) & (abs(second) > bound)
    clear &= (abs(upper) > other_bound) & (abs(lower) > other_bound)
    if not clear:
        return 0
    end = place
    for a in range(2):
        for b in range(2):
            x[end, a] = 1.0
            x[end, 1 - a] = 0.0
            y[end, b] = 1.0
            y[end, 1 - b] = 0.0
            best = ((first if b == 0 else second) > 0.0) == (a == 0)
            best &= ((upper if a == 0 else lower) > 0.0) == (b == 0)
            end += 1 if best else 0
    x[end, 0] = lower / (lower - upper)
    x[end, 1] = upper / (upper - lower)
    y[end, 0] = second / (second - first)
    y[end, 1] = first / (first - second)
    mixed = ((first > 0.0) != (second > 0.0)) & ((upper > 0.0) != (lower > 0.0))
    return end - place + (1 if mixed else 0)


@inlined
def solve_small(row, column, game, x, y, place, room, small):
    """All equilibria of a game by supports; all arrays but the payoffs are modified.

    Parameters
    ----------
    row, column, game : float64 (n, rows, columns), payoffs of which those of ``game`` are meant
    x, y, place : float64 (capacity, rows) and (capacity, columns), written from row ``place`` on
    room : the players' payoffs and tables, each player's own actions first
    small : `SmallRoom`

    Returns
    -------
    Number of equilibria, -1 where there is no room for one more, and the status.
    """
    status = load(row, column, game, room)
    if status != COMPLETE:
        return 0, status
    mixer, replier, mixtures, replies = room[2], room[3], x, y
    if len(mixer) > len(replier):
        mixer, replier, mixtures, replies = replier, mixer, y, x
    end, status, index = enumerate_supports(mixer, replier, small, mixtures, replies, place)
    return settle(room[0], room[1], x, y, place, end, status, index)


@inlined
def solve_large(row, column, game, x, y, place, room, walk):
    """As `solve_small`, by vertices; the number is `FULL` where the queue is too small."""
    status = load(row, column, game, room)
    if status != COMPLETE:
        return 0, status
    mixer, replier, mixtures, replies = room[2], room[3], x, y
    if len(mixer) > len(replier):
        mixer, replier, mixtures, replies = replier, mixer, y, x
    end, status, index = enumerate_vertices(mixer, replier, walk, mixtures, replies, place)
    return settle(room[0], room[1], x, y, place, end, status, index)


@inlined
def load(row, column, game, room):
    """Write payoffs and tables of a game into ``room``; returns the status of `tabulate`."""
    payoffs, other_payoffs, table, other_table = room
    num_rows, num_columns = payoffs.shape
    for a in range(num_rows):
        for b in range(num_columns):
            payoffs[a, b] = row[game, a, b]
            other_payoffs[b, a] = column[game, a, b]
    return max(tabulate(payoffs, table), tabulate(other_payoffs, other_table))


@jit
def make_room(num_rows, num_columns):
    """Room for payoffs and tables of games of a shape, see `solve_small`."""
    return (
        np.empty((num_rows, num_columns)),
        np.empty((num_columns, num_rows)),
        np.empty((num_rows, num_columns)),
        np.empty((num_columns, num_rows)),
    )


@jit
def stage_equilibria(row, column, x_out, y_out):
    """All equilibria of one game, for use inside other kernels.

    Parameters
    ----------
    row, column : float64 (rows, columns), contiguous; the payoffs of the two players
    x_out, y_out : float64 (capacity, rows) and (capacity, columns), modified; there must be room
        for one more than there are equilibria

    Returns
    -------
    count : number of equilibria written, 0 unless the status is `COMPLETE`, -1 without enough room
    status : as in `all_equilibria`
    """
    num_rows, num_columns = row.shape
    least, most = min(num_rows, num_columns), max(num_rows, num_columns)
    # Variables, because for literals the callees are compiled anew.
    first, capacity = np.int64(0), np.int64(FIRST_QUEUE)
    rows = row.reshape((1, num_rows, num_columns))
    columns = column.reshape((1, num_rows, num_columns))
    if least == 2 and most == 2 and len(x_out) >= 3:
        count = solve_two_by_two(rows, columns, first, x_out, y_out, first)
        if count > 0:
            return count, COMPLETE
    if num_rows + num_columns > MAX_ACTIONS:
        return 0, TOO_LARGE
    room = make_room(num_rows, num_columns)
    if most <= SMALL:
        small = make_small_room(least, most)
        return solve_small(rows, columns, first, x_out, y_out, first, room, small)
    while capacity <= MAX_QUEUE:
        walk = make_walk(least, most, capacity)
        count, status = solve_large(rows, columns, first, x_out, y_out, first, room, walk)
        if count != FULL:
            return count, status
        capacity *= 2
    return 0, TOO_LARGE


@jit
def lengthen(mixtures, num):
    """Twice as much room, with the first ``num`` mixtures kept."""
    longer = np.empty((2 * len(mixtures), mixtures.shape[1]))
    for e in range(num):
        for a in range(mixtures.shape[1]):
            longer[e, a] = mixtures[e, a]
    return longer


def _build_small(digest: int) -> Callable[..., Any]:
    @entry_point
    def solve_games(row, column):
        """`all_equilibria` by supports, of contiguous arrays, and the digest of the sources."""
        num, num_rows, num_columns = row.shape
        offsets = np.zeros(num + 1, dtype=np.int64)
        statuses = np.zeros(num, dtype=np.int8)
        x = np.empty((2 * num + 64, num_rows))
        y = np.empty((2 * num + 64, num_columns))
        room = make_room(num_rows, num_columns)
        small = make_small_room(min(num_rows, num_columns), max(num_rows, num_columns))
        total, game = np.int64(0), np.int64(0)
        while game < num:
            count, status = 0, COMPLETE
            if num_rows == 2 and num_columns == 2 and total + 3 <= len(x):
                count = solve_two_by_two(row, column, game, x, y, total)
            if count == 0:
                count, status = solve_small(row, column, game, x, y, total, room, small)
            if count < 0:
                x, y = lengthen(x, total), lengthen(y, total)
                continue
            total += count
            game += 1
            offsets[game] = total
            statuses[game - 1] = status
        return offsets, x[:total].copy(), y[:total].copy(), statuses, digest

    return solve_games


def _build_large(digest: int) -> Callable[..., Any]:
    @entry_point
    def solve_games(row, column):
        """`all_equilibria` by vertices, of contiguous arrays, and the digest of the sources."""
        num, num_rows, num_columns = row.shape
        least, most = min(num_rows, num_columns), max(num_rows, num_columns)
        offsets = np.zeros(num + 1, dtype=np.int64)
        statuses = np.zeros(num, dtype=np.int8)
        x = np.empty((2 * num + 64, num_rows))
        y = np.empty((2 * num + 64, num_columns))
        room = make_room(num_rows, num_columns)
        capacity = np.int64(FIRST_QUEUE)
        walk = make_walk(least, most, capacity)
        total, game = np.int64(0), np.int64(0)
        while game < num:
            count, status = solve_large(row, column, game, x, y, total, room, walk)
            if count == FULL and 2 * capacity <= MAX_QUEUE:
                capacity *= 2
                walk = make_walk(least, most, capacity)
                continue
            if count == FULL:
                count, status = 0, TOO_LARGE
            if count < 0:
                x, y = lengthen(x, total), lengthen(y, total)
                continue
            total += count
            game += 1
            offsets[game] = total
            statuses[game - 1] = status
        return offsets, x[:total].copy(), y[:total].copy(), statuses, digest

    return solve_games


# Two entry points, because the second takes long to compile and small games do without.
_solve_small_games = _build_small(source_digest(__name__))
_solve_large_games = _build_large(source_digest(__name__))


def all_equilibria(
    row: ArrayLike, column: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]:
    """All equilibria of every game of a batch.

    Parameters
    ----------
    row, column : (n, rows, columns), payoffs of the row player and of the column player

    Returns
    -------
    offsets : int64 (n + 1,); the equilibria of game ``k`` are ``offsets[k]`` to ``offsets[k + 1]``
    x : float64 (total, rows), strategies of the row player
    y : float64 (total, columns), strategies of the column player
    status : int8 (n,): 1 all equilibria found; 2 in doubt, an exact method must be asked; 3 a
        payoff is not finite; 4 too many actions or vertices.  Only games with status 1 have
        equilibria listed.
    """
    payoffs, others = _contiguous(row), _contiguous(column)
    num, num_rows, num_columns = payoffs.shape
    if num_rows + num_columns > MAX_ACTIONS:
        empty = np.empty((0, num_rows)), np.empty((0, num_columns))
        return np.zeros(num + 1, np.int64), *empty, np.full(num, TOO_LARGE, np.int8)
    small = max(num_rows, num_columns) <= SMALL
    offsets, x, y, status, _ = (_solve_small_games if small else _solve_large_games)(
        payoffs, others
    )
    return offsets, x, y, status


def _contiguous(payoffs: ArrayLike) -> NDArray[np.float64]:
    """The payoffs in the one type that the kernel is compiled for: contiguous and writable."""
    array = np.ascontiguousarray(payoffs, dtype=np.float64)
    return array if array.flags.writeable else array.copy()
