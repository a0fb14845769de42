"""Stages of a long deadline that are larger than 2x2: by dominance, or by all their supports."""

from __future__ import annotations

import numpy as np

from gametheory_crisis.kernels.bimatrix import make_room, solve_small
from gametheory_crisis.kernels.bimatrix_mixtures import COMPLETE
from gametheory_crisis.kernels.bimatrix_supports import SMALL, make_small_room
from gametheory_crisis.kernels.days_arrays import MIXED
from gametheory_crisis.kernels.days_ties import MOST_MIXED, PAYOFF, UNDECIDED, close, greater
from gametheory_crisis.kernels.jit import jit

MAX_LISTED = 64
"""Room for the equilibria of a small stage."""


@jit
def solve_larger(payoffs, movers, group, rule, beyond, mixes, start):
    """As `solve_stage`, for other than two players with two actions each."""
    first, stop = group
    players = np.empty(stop - first, dtype=np.int64)
    sizes = np.empty(stop - first, dtype=np.int64)
    for axis in range(stop - first):
        players[axis] = movers[first + axis]["player"]
        sizes[axis] = movers[first + axis]["size"]
    profile = undominated_profile(payoffs, players, sizes)
    if profile >= 0:
        return profile, 1
    if len(sizes) != 2 or max(sizes[0], sizes[1]) > SMALL:
        return UNDECIDED, 0
    if beyond is None:
        return UNDECIDED, 0
    return solve_bimatrix(payoffs, players, sizes, rule, mixes[start:])


@jit
def undominated_profile(payoffs, players, sizes):
    """The profile that is left by iterated strict dominance, or -1 where several are.

    Parameters
    ----------
    payoffs : float64 (at least the number of profiles, players)
    players, sizes : int64, who moves and how many actions each has
    """
    num = len(sizes)
    most, profiles = 0, 1
    for axis in range(num):
        most = max(most, sizes[axis])
        profiles *= sizes[axis]
    gone = np.zeros((num, most), dtype=np.bool_)
    left = 0
    for axis in range(num):
        left += sizes[axis] - 1
    shrinking = True
    while shrinking and left > 0:
        shrinking = False
        stride = profiles
        for axis in range(num):
            stride //= sizes[axis]
            for a in range(sizes[axis]):
                if not gone[axis, a] and is_dominated(
                    payoffs, players, sizes, axis, stride, a, gone, profiles
                ):
                    gone[axis, a] = True
                    shrinking = True
                    left -= 1
    if left > 0:
        return -1
    profile = 0
    for axis in range(num):
        kept = 0
        for a in range(sizes[axis]):
            kept = kept if gone[axis, a] else a
        profile = profile * sizes[axis] + kept
    return profile


@jit
def is_dominated(payoffs, players, sizes, axis, stride, a, gone, profiles):
    """Whether another action of a mover is better at every profile that is left."""
    for b in range(sizes[axis]):
        if b == a or gone[axis, b]:
            continue
        better = True
        for k in range(profiles):
            if (k // stride) % sizes[axis] != a or is_gone(k, sizes, gone):
                continue
            other = k + (b - a) * stride
            if not greater(payoffs[other, players[axis]], payoffs[k, players[axis]]):
                better = False
                break
        if better:
            return True
    return False


@jit
def is_gone(profile, sizes, gone):
    """Whether a profile holds an action that is gone."""
    for back in range(len(sizes)):
        axis = len(sizes) - 1 - back
        if gone[axis, profile % sizes[axis]]:
            return True
        profile //= sizes[axis]
    return False


@jit
def solve_bimatrix(payoffs, players, sizes, rule, mix):
    """As `solve_stage`, for two players with at most `SMALL` actions each."""
    rows, columns = sizes[0], sizes[1]
    A = np.empty((1, rows, columns))
    B = np.empty((1, rows, columns))
    for a in range(rows):
        for b in range(columns):
            A[0, a, b] = payoffs[a * columns + b, players[0]]
            B[0, a, b] = payoffs[a * columns + b, players[1]]
    x = np.empty((MAX_LISTED, rows))
    y = np.empty((MAX_LISTED, columns))
    zero = np.int64(0)
    room = make_room(rows, columns)
    small = make_small_room(min(rows, columns), max(rows, columns))
    count, status = solve_small(A, B, zero, x, y, zero, room, small)
    if status != COMPLETE or count <= 0:
        return UNDECIDED, 0
    chosen = select(payoffs, A[0], B[0], x, y, count, rule)
    row, column = -1, -1
    for a in range(rows):
        mix[a] = x[chosen, a]
        row = a if x[chosen, a] == 1.0 else row
    for b in range(columns):
        mix[rows + b] = y[chosen, b]
        column = b if y[chosen, b] == 1.0 else column
    return (row * columns + column if row >= 0 and column >= 0 else MIXED), count


@jit
def select(payoffs, A, B, x, y, count, rule):
    """Index of the equilibrium that a rule picks, the earliest in the file's order on a tie."""
    order = in_file_order(x, y, count)
    only_alike = False
    if rule == MOST_MIXED and is_symmetric(A, B):
        for e in range(count):
            only_alike |= same(x[e], y[e])
    chosen, most = -1, 0.0
    for place in range(count):
        e = order[place]
        if only_alike and not same(x[e], y[e]):
            continue
        worth = 0.0
        if rule == PAYOFF:
            worth = welfare(payoffs, x[e], y[e])
        elif rule == MOST_MIXED:
            worth = float(np.sum(x[e] > 0.0) + np.sum(y[e] > 0.0))
        if chosen < 0 or greater(worth, most):
            chosen, most = e, worth
    return chosen


@jit
def in_file_order(x, y, count):
    """Equilibria with the pure ones first, more of an earlier action before less."""
    order = np.arange(count)
    for e in range(1, count):
        place = e
        while place > 0 and comes_before(x, y, order[place], order[place - 1]):
            order[place], order[place - 1] = order[place - 1], order[place]
            place -= 1
    return order


@jit
def comes_before(x, y, one, other):
    """Whether one equilibrium stands before another in the file's order."""
    pure = np.max(x[one]) == 1.0 and np.max(y[one]) == 1.0
    if pure != (np.max(x[other]) == 1.0 and np.max(y[other]) == 1.0):
        return pure
    for a in range(x.shape[1]):
        if x[one, a] != x[other, a]:
            return x[one, a] > x[other, a]
    for b in range(y.shape[1]):
        if y[one, b] != y[other, b]:
            return y[one, b] > y[other, b]
    return False


@jit
def is_symmetric(A, B):
    """Whether a stage stays the same when the players change places."""
    if A.shape[0] != A.shape[1]:
        return False
    for a in range(A.shape[0]):
        for b in range(A.shape[1]):
            if not close(A[a, b], B[b, a]):
                return False
    return True


@jit
def same(one, other):
    """Whether two mixtures are the same."""
    alike = True
    for a in range(len(one)):
        alike &= close(one[a], other[a])
    return alike


@jit
def welfare(payoffs, x, y):
    """Sum of all players' payoffs at a profile of mixtures."""
    total = 0.0
    for a in range(len(x)):
        for b in range(len(y)):
            share = x[a] * y[b]
            if share != 0.0:
                row = 0.0
                for i in range(payoffs.shape[1]):
                    row += payoffs[a * len(y) + b, i]
                total += share * row
    return total
