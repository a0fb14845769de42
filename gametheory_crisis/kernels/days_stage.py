"""Which equilibrium of a simultaneous stage is played: all are found in floats, one is selected.

A stage of two players with two actions each is always decided, degenerate ones included, by the
signs of its payoffs' differences.  Payoffs count to `FLOAT_BITS` bits of a player's largest, so
that differences of rounding are none.
"""

from __future__ import annotations

from math import frexp, ldexp

import numpy as np

from gametheory_crisis.kernels.days_arrays import MIXED
from gametheory_crisis.kernels.days_larger import solve_larger
from gametheory_crisis.kernels.days_ties import MOST_MIXED, PAYOFF, close, greater
from gametheory_crisis.kernels.jit import inlined, jit

FLOAT_BITS = 40
"""Payoffs of a stage count to so many bits of the largest."""


@inlined
def solve_stage(payoffs, movers, group, rule, beyond, mixes, start):
    """The equilibrium of a stage of any shape that a rule selects.

    Parameters
    ----------
    payoffs : float64 (at least the number of profiles, players)
    movers, group : `MOVER`, of which those from ``group[0]`` to ``group[1]`` move
    beyond : None leaves two players with more than two actions undecided where dominance does not
        settle it, and saves the long compilation of what does; anything else does not
    mixes, start : float64, of which those from ``start`` on are overwritten where play is mixed:
        probabilities of the actions, mover by mover

    Returns
    -------
    The profile, `MIXED` or `UNDECIDED`; and the number of equilibria found.
    """
    first, stop = group
    if stop - first == 2 and movers[first]["size"] == 2 and movers[first + 1]["size"] == 2:
        row, column = movers[first]["player"], movers[first + 1]["player"]
        return solve_two_by_two(payoffs, row, column, rule, mixes, start)
    return solve_larger(payoffs, movers, group, rule, beyond, mixes, start)


@inlined
def lead(payoffs, player, one, other, unit):
    """By how much one profile is better for a player than another; 0 if payoffs tie.

    ``unit`` is the largest payoff's last bit that counts.
    """
    difference = payoffs[one, player] - payoffs[other, player]
    if abs(difference) > unit:
        return difference
    rounded = np.rint(payoffs[one, player] / unit) - np.rint(payoffs[other, player] / unit)
    return difference if rounded != 0.0 else 0.0


@inlined
def last_bit(payoffs, player):
    """The last bit that counts of a player's largest payoff in a 2x2 stage, a power of two."""
    largest = 0.0
    for k in range(4):
        size = abs(payoffs[k, player])
        largest = size if size > largest else largest
    return ldexp(1.0, frexp(largest)[1] - FLOAT_BITS)


@inlined
def solve_two_by_two(payoffs, row, column, rule, mixes, start):
    """The equilibrium of a 2x2 stage that a rule selects.

    Parameters
    ----------
    payoffs : float64 (at least 4, players), profiles in order, the second mover's action fastest
    row, column : the players who move
    mixes, start : float64, of which the 4 from ``start`` on are overwritten where play is mixed

    Returns
    -------
    The profile, or `MIXED`; and the number of extreme equilibria.
    """
    unit, other_unit = last_bit(payoffs, row), last_bit(payoffs, column)
    # What the first action is better by: the row player's in either column, and the other way.
    first, second = lead(payoffs, row, 0, 2, unit), lead(payoffs, row, 1, 3, unit)
    upper, lower = lead(payoffs, column, 0, 1, other_unit), lead(payoffs, column, 2, 3, other_unit)
    if same_sign(first, second) and upper != 0.0 and lower != 0.0:
        a = 0 if first > 0.0 else 1
        return 2 * a + (0 if (upper if a == 0 else lower) > 0.0 else 1), 1
    if same_sign(upper, lower) and first != 0.0 and second != 0.0:
        b = 0 if upper > 0.0 else 1
        return b + (0 if (first if b == 0 else second) > 0.0 else 2), 1
    return select_of_nine(payoffs, row, column, rule, mixes, start, (first, second), (upper, lower))


@jit
def select_of_nine(payoffs, row, column, rule, mixes, start, by_row, by_column):
    """As `solve_two_by_two`, among all extreme equilibria; each player has up to three strategies.

    ``by_row`` are the leads of the row player's first action in either column, ``by_column``
    those of the other's in either row.
    """
    inner = (between(by_column), between(by_row))
    chosen, most, count = -1, 0.0, 0
    only_alike = rule == MOST_MIXED and has_alike(payoffs, row, column, by_row, by_column, inner)
    for mixing in range(2):
        for k in range(9):
            i, j = k // 3, k % 3
            pure = i != 1 and j != 1
            if pure == (mixing == 1) or not replies(i, j, by_row, by_column):
                continue
            count += 1
            x, y = first_share(i, inner[0]), first_share(j, inner[1])
            if only_alike and not alike(x, y):
                continue
            worth = 0.0
            if rule == PAYOFF:
                worth = welfare_of_two(payoffs, x, y)
            elif rule == MOST_MIXED:
                worth = float((i == 1) + (j == 1))
            if chosen < 0 or greater(worth, most):
                chosen, most = k, worth
    i, j = chosen // 3, chosen % 3
    x, y = first_share(i, inner[0]), first_share(j, inner[1])
    mixes[start], mixes[start + 1] = x, 1.0 - x
    mixes[start + 2], mixes[start + 3] = y, 1.0 - y
    return (MIXED if i == 1 or j == 1 else i + j // 2), count


@inlined
def same_sign(a, b):
    """Whether two numbers are both positive or both negative."""
    return (a > 0.0 and b > 0.0) or (a < 0.0 and b < 0.0)


@inlined
def between(leads):
    """Probability of the opponent's first action at which a player is indifferent; 0 for none."""
    return leads[1] / (leads[1] - leads[0]) if same_sign(leads[0], -leads[1]) else 0.0


@inlined
def first_share(strategy, inner):
    """Probability of the first action: strategy 0 takes it, 2 the second, 1 is between."""
    return inner if strategy == 1 else 1.0 - 0.5 * strategy


@jit
def replies(i, j, by_row, by_column):
    """Whether two strategies (0 the first action, 2 the second, 1 between) answer each other."""
    own = 0.0 if j == 1 else by_row[j // 2]
    other = 0.0 if i == 1 else by_column[i // 2]
    if i == 1 and not same_sign(by_column[0], -by_column[1]):
        return False
    if j == 1 and not same_sign(by_row[0], -by_row[1]):
        return False
    fits = own == 0.0 if i == 1 else (1 - i) * own >= 0.0
    return fits and (other == 0.0 if j == 1 else (1 - j) * other >= 0.0)


@jit
def has_alike(payoffs, row, column, by_row, by_column, inner):
    """Whether a 2x2 stage is symmetric and an equilibrium has both do the same."""
    for k in range(4):
        if not close(payoffs[k, row], payoffs[2 * (k % 2) + k // 2, column]):
            return False
    for i in range(3):
        for j in range(3):
            x, y = first_share(i, inner[0]), first_share(j, inner[1])
            if alike(x, y) and replies(i, j, by_row, by_column):
                return True
    return False


@jit
def alike(x, y):
    """Whether two players do the same with their two actions."""
    return close(x, y) and close(1.0 - x, 1.0 - y)


@jit
def welfare_of_two(payoffs, x, y):
    """Sum of all players' payoffs where the first actions have probabilities ``x`` and ``y``."""
    total = 0.0
    for k in range(4):
        share = (x if k < 2 else 1.0 - x) * (y if k % 2 == 0 else 1.0 - y)
        if share != 0.0:
            row = 0.0
            for i in range(payoffs.shape[1]):
                row += payoffs[k, i]
            total += share * row
    return total
