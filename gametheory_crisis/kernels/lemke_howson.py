"""One equilibrium of a bimatrix game in floats by the path of Lemke and Howson.

The players' polytopes, ``{x >= 0: B' x <= 1}`` and ``{y >= 0: A y <= 1}`` with payoffs made
positive, are kept as dictionaries: one row for each basic variable, one column for each other
variable, and the right-hand sides; that is half the size of full tableaux.  A label below the
number of rows is the row player's action, label ``rows + j`` the column player's.

The ratio test is lexicographic: right-hand sides are thought to be perturbed by powers of an
infinitesimal, so that a degenerate game does not cycle.

Source: Lemke and Howson (1964), Equilibrium points of bimatrix games, SIAM Journal 12(2); von
Stengel (2007), Equilibrium computation for two-player games, in: Algorithmic Game Theory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gametheory_crisis.kernels.bimatrix_mixtures import (
    COMPLETE,
    NOT_FINITE,
    eliminate,
    tabulate,
)
from gametheory_crisis.kernels.jit import entry_point, jit, source_digest

MAX_PIVOTS = 10_000_000
"""Longest path that is followed."""
ZERO = 1e-11
"""An entry of a dictionary that is smaller is not pivoted on, and ratios that are closer tie."""
LARGEST_REGRET = 1e-9
"""Most that a player may gain by deviating, payoffs having spread 1."""
FOUND, NOT_FOUND, INFINITE = 1, 2, 3
"""Status of a path."""


@jit
def fill(table, dictionary, basic, cobasic, first_slack, first_own):
    """Set up the dictionary of the polytope of the mixtures that ``table`` has as columns.

    Parameters
    ----------
    table : float64 (num_slacks, num_own), of `tabulate`
    dictionary : float64 (num_slacks, num_own + 1), overwritten
    basic, cobasic : int64 (num_slacks,) and (num_own,), labels, overwritten
    first_slack, first_own : the lowest label of each kind
    """
    num_slacks, num_own = table.shape
    for k in range(num_slacks):
        for c in range(num_own):
            dictionary[k, c] = table[k, c]
        dictionary[k, num_own] = 1.0
        basic[k] = first_slack + k
    for c in range(num_own):
        cobasic[c] = first_own + c


@jit
def smaller_ratio(dictionary, basic, cobasic, entering, first_slack, row, other):
    """Whether ``row`` precedes ``other``, whose ratios tie, in the lexicographic order.

    The perturbation of slack ``k`` is the k-th power of an infinitesimal; its column is a unit
    vector where the slack is basic.
    """
    num, num_own = len(basic), len(cobasic)
    scale, other_scale = 1.0 / dictionary[row, entering], 1.0 / dictionary[other, entering]
    for label in range(first_slack, first_slack + num):
        value, other_value = 0.0, 0.0
        for c in range(num_own):
            if cobasic[c] == label:
                value, other_value = dictionary[row, c], dictionary[other, c]
        value = 1.0 if basic[row] == label else value
        other_value = 1.0 if basic[other] == label else other_value
        gap = value * scale - other_value * other_scale
        if abs(gap) > ZERO:
            return gap < 0.0
    return False


@jit
def leaving_row(dictionary, basic, cobasic, entering, first_slack):
    """The row whose variable leaves, by the lexicographic ratio test; -1 if there is none."""
    num_own = len(cobasic)
    best = -1
    least = np.inf
    for k in range(len(basic)):
        value = dictionary[k, entering]
        if value <= ZERO:
            continue
        ratio = dictionary[k, num_own] / value
        less = ratio < least - ZERO
        if not less and ratio <= least + ZERO:
            less = smaller_ratio(dictionary, basic, cobasic, entering, first_slack, k, best)
        if less:
            best, least = k, ratio
    return best


@jit
def pivot(dictionary, basic, cobasic, row, column, line):
    """Exchange the variables of a row and a column; all arrays are modified."""
    num, width = dictionary.shape
    reciprocal = 1.0 / dictionary[row, column]
    for c in range(width):
        line[c] = dictionary[row, c] * reciprocal
    line[column] = reciprocal
    for k in range(num):
        factor = dictionary[k, column]
        if factor != 0.0:
            dictionary[k, column] = 0.0
            for c in range(width):
                dictionary[k, c] -= factor * line[c]
    for c in range(width):
        dictionary[row, c] = line[c]
    kept = basic[row]
    basic[row] = cobasic[column]
    cobasic[column] = kept


@jit
def enter(dictionary, basic, cobasic, label, first_slack, line):
    """Let the variable with a label enter; returns the label that leaves, -1 if none can."""
    column = 0
    for c in range(len(cobasic)):
        column = c if cobasic[c] == label else column
    row = leaving_row(dictionary, basic, cobasic, column, first_slack)
    if row < 0:
        return -1
    leaving = basic[row]
    pivot(dictionary, basic, cobasic, row, column, line)
    return leaving


@jit
def supports(basic, first_own, played):
    """Mark the actions whose variables are basic in ``played``, int64; returns their number."""
    num_own = len(played)
    for a in range(num_own):
        played[a] = 0
    num = 0
    for k in range(len(basic)):
        a = basic[k] - first_own
        if a >= 0 and a < num_own:
            played[a] = 1
            num += 1
    return num


@jit
def polish(table, own, opposing, num, mixture):
    """The mixture over ``opposing`` that makes ``own`` equally good, from the given numbers.

    ``own`` and ``opposing`` mark ``num`` actions each; ``mixture`` is overwritten, unless there is
    none.
    """
    num_own, num_other = table.shape
    system = np.empty((num, num + 1))
    i = 0
    for a in range(num_own):
        if own[a] == 1:
            j = 0
            for b in range(num_other):
                if opposing[b] == 1:
                    system[i, j] = table[a, b]
                    j += 1
            system[i, num] = 1.0
            i += 1
    sign, _ = eliminate(system, num)
    total = 0.0
    for j in range(num):
        total += system[j, num]
    if sign == 0 or not total > 0.0:
        return
    j = 0
    for b in range(num_other):
        mixture[b] = 0.0
        if opposing[b] == 1:
            mixture[b] = system[j, num] / total
            j += 1


@jit
def read(dictionary, basic, first_own, mixture):
    """The mixture of a dictionary's own variables, as the path has left it."""
    width = dictionary.shape[1]
    num_own = len(mixture)
    for a in range(num_own):
        mixture[a] = 0.0
    total = 0.0
    for k in range(len(basic)):
        a = basic[k] - first_own
        if a >= 0 and a < num_own:
            mixture[a] = max(dictionary[k, width - 1], 0.0)
            total += mixture[a]
    for a in range(num_own):
        mixture[a] /= total


@jit
def regret(table, own, other):
    """What a player gains by the best deviation, in units of the table; at least 0."""
    num_own, num_other = table.shape
    best = -np.inf
    mean = 0.0
    for a in range(num_own):
        value = 0.0
        for b in range(num_other):
            value += table[a, b] * other[b]
        best = value if value > best else best
        mean += own[a] * value
    return best - mean


@jit
def is_mixture(vector):
    """Whether a vector consists of probabilities that sum to 1."""
    least, total = 0.0, 0.0
    for value in vector:
        least = value if value < least else least
        total += value
    return least >= 0.0 and abs(total - 1.0) <= LARGEST_REGRET


@jit
def is_found(table, other_table, x, y):
    """Whether two vectors are mixtures with no more regret than `LARGEST_REGRET`."""
    mixed = is_mixture(x) and is_mixture(y)
    worst = max(regret(table, x, y), regret(other_table, y, x))
    return mixed and worst <= LARGEST_REGRET


@jit
def follow_path(table, other_table, label, x, y):
    """Follow the path from the label; ``x`` and ``y`` are overwritten.

    Parameters
    ----------
    table, other_table : of the row and of the column player, each with its own actions first

    Returns
    -------
    Status and number of pivots.
    """
    num_rows, num_columns = table.shape
    basic_x, cobasic_x = np.empty(num_columns, np.int64), np.empty(num_rows, np.int64)
    basic_y, cobasic_y = np.empty(num_rows, np.int64), np.empty(num_columns, np.int64)
    in_x = np.empty((num_columns, num_rows + 1))
    in_y = np.empty((num_rows, num_columns + 1))
    line_x, line_y = np.empty(num_rows + 1), np.empty(num_columns + 1)
    zero = np.int64(0)
    fill(other_table, in_x, basic_x, cobasic_x, num_rows, zero)
    fill(table, in_y, basic_y, cobasic_y, zero, num_rows)
    entering = label
    first = label < num_rows
    pivots = 0
    while pivots < MAX_PIVOTS:
        if first:
            entering = enter(in_x, basic_x, cobasic_x, entering, num_rows, line_x)
        else:
            entering = enter(in_y, basic_y, cobasic_y, entering, zero, line_y)
        pivots += 1
        first = not first
        if entering == label or entering < 0:
            break
    if entering != label:
        return NOT_FOUND, pivots
    # A long path gathers rounding errors; its last supports have a solution without them.
    rows_played, columns_played = np.empty(num_rows, np.int64), np.empty(num_columns, np.int64)
    num = supports(basic_x, zero, rows_played)
    if num == supports(basic_y, num_rows, columns_played):
        polish(other_table, columns_played, rows_played, num, x)
        polish(table, rows_played, columns_played, num, y)
        if is_found(table, other_table, x, y):
            return FOUND, pivots
    read(in_x, basic_x, zero, x)
    read(in_y, basic_y, num_rows, y)
    return FOUND if is_found(table, other_table, x, y) else NOT_FOUND, pivots


def _build(digest: int) -> Callable[..., Any]:
    @entry_point
    def solve(row, column, label):
        """`lemke_howson` of contiguous arrays, and the digest of the sources."""
        num_rows, num_columns = row.shape
        x, y = np.zeros(num_rows), np.zeros(num_columns)
        table, other_table = np.empty((num_rows, num_columns)), np.empty((num_columns, num_rows))
        status = max(tabulate(row, table), tabulate(column, other_table))
        if status == NOT_FINITE:
            return x, y, INFINITE, 0, digest
        if status != COMPLETE:
            return x, y, NOT_FOUND, 0, digest
        found, pivots = follow_path(table, other_table, label, x, y)
        return x, y, found, pivots, digest

    return solve


_solve = _build(source_digest(__name__))


def lemke_howson(
    row: ArrayLike, column: ArrayLike, label: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64], int, int]:
    """The equilibrium at the end of the path that drops a label.

    Parameters
    ----------
    row, column : (rows, columns), payoffs of the row player and of the column player
    label : the action dropped at first, in [0, rows + columns): the row player's come first

    Returns
    -------
    x : float64 (rows,), strategy of the row player
    y : float64 (columns,), strategy of the column player
    status : 1 found, with a regret of at most `LARGEST_REGRET` of the spread of payoffs; 2 the path
        was lost to rounding or is too long, and the strategies mean nothing; 3 a payoff is not
        finite
    pivots : length of the path
    """
    payoffs = np.array(row, dtype=np.float64, order="C")
    others = np.array(np.transpose(column), dtype=np.float64, order="C")
    x, y, status, pivots, _ = _solve(payoffs, others, label)
    return x, y, int(status), int(pivots)
