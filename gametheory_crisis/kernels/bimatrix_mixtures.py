"""Numeric ground of the bimatrix kernels: comparable payoffs and one mixture at a time.

Kernels work on a *table* per player, float64 (own actions, opponent's actions), whose columns are
the payoffs less the least of the column, over the largest spread of a column, plus 1.  That leaves
every equilibrium as it was and makes tolerances relative.  Sets of actions are the bits of int64.

A number is decided only where it is clear of zero; the rest is doubt, left to an exact method.

Arrays are passed one by one: passing a tuple of many arrays costs more than solving a small game.
"""

from __future__ import annotations

import numpy as np

from gametheory_crisis.kernels.jit import jit

TIE = 1e-9
"""What is closer to zero than this, payoffs having spread 1, is in doubt."""
SINGULAR = 1e-6
"""Least pivot of a linear system that is solved: mixtures are right to 1e-7 at the very worst."""
PIVOT_ERROR = 1e-13
"""Rounding error of a solution, times the least pivot: some 500 units in the last place."""

COMPLETE, DOUBTFUL, NOT_FINITE, TOO_LARGE = 1, 2, 3, 4
"""Status of a game."""
INFEASIBLE, UNCLEAR, FEASIBLE = -1, 0, 1
"""Verdict on a mixture."""


@jit
def tabulate(payoffs, table):
    """Write a player's table; ``payoffs`` is float64 (own actions, opponent's actions).

    Returns `COMPLETE`, `NOT_FINITE`, or `DOUBTFUL` where the spread of the payoffs is not finite.
    """
    num_own, num_other = payoffs.shape
    spread = 0.0
    infinite = False
    for b in range(num_other):
        least = payoffs[0, b]
        most = least
        for a in range(num_own):
            value = payoffs[a, b]
            infinite |= value - value != 0.0
            least = value if value < least else least
            most = value if value > most else most
        for a in range(num_own):
            table[a, b] = payoffs[a, b] - least
        spread = most - least if most - least > spread else spread
    if infinite:
        return NOT_FINITE
    if spread - spread != 0.0:
        return DOUBTFUL
    spread = spread if spread > 0.0 else 1.0
    for a in range(num_own):
        for b in range(num_other):
            table[a, b] = table[a, b] / spread + 1.0
    return COMPLETE


@jit
def list_actions(own, num_own, opposing, num_opposing, members):
    """Write two sets of actions into the rows of ``members``; returns the size of the first."""
    num = 0
    for a in range(num_own):
        if own >> a & 1:
            members[0, num] = a
            num += 1
    k = 0
    for b in range(num_opposing):
        if opposing >> b & 1:
            members[1, k] = b
            k += 1
    return num


@jit
def eliminate(system, num):
    """Solve ``num`` equations whose right-hand sides stand in column ``num``; modified in place.

    Gaussian elimination with partial pivoting; the solution replaces the right-hand sides.

    Returns
    -------
    The sign of the determinant and the least pivot; the sign is 0, and there is no solution, where
    that is below `SINGULAR`.
    """
    sign = 1
    least = np.inf
    for k in range(num):
        best = k
        for i in range(k + 1, num):
            if abs(system[i, k]) > abs(system[best, k]):
                best = i
        if best != k:
            sign = -sign
            for j in range(k, num + 1):
                kept = system[k, j]
                system[k, j] = system[best, j]
                system[best, j] = kept
        pivot = system[k, k]
        least = abs(pivot) if abs(pivot) < least else least
        if least < SINGULAR:
            return 0, least
        sign = -sign if pivot < 0.0 else sign
        reciprocal = 1.0 / pivot
        for i in range(k + 1, num):
            factor = system[i, k] * reciprocal
            for j in range(k + 1, num + 1):
                system[i, j] -= factor * system[k, j]
    for k in range(num - 1, -1, -1):
        value = system[k, num]
        for j in range(k + 1, num):
            value -= system[k, j] * system[j, num]
        system[k, num] = value / system[k, k]
    return sign, least


@jit
def solve_mixture(table, own, opposing, system, members, mixtures, place):
    """The opponent's mixture over ``opposing`` that makes the actions ``own`` equally good.

    Parameters
    ----------
    table : the player's, float64 (num_own, num_other)
    own, opposing : sets of actions, equally many, say k
    system, members : float64 (at least k, k + 1) and int64 (2, at least k), modified
    mixtures, place : float64 (n, num_other), of which row ``place`` is overwritten, with
        probabilities if the verdict is `FEASIBLE`

    Returns
    -------
    verdict : `FEASIBLE` if the mixture is clearly positive on ``opposing`` and every action outside
        ``own`` is clearly worse, `INFEASIBLE` if one of these clearly fails, else `UNCLEAR`
    sign : of the determinant of the table restricted to ``own`` and ``opposing``
    clear : the opposing actions whose probability is clearly positive
    best : the player's actions that may be best replies
    """
    num_own, num_other = table.shape
    num = list_actions(own, num_own, opposing, num_other, members)
    for i in range(num):
        for j in range(num):
            system[i, j] = table[members[0, i], members[1, j]]
        system[i, num] = 1.0
    sign, least = eliminate(system, num)
    if sign == 0:
        return UNCLEAR, sign, 0, (1 << num_own) - 1
    total = 0.0
    largest = 0.0
    for j in range(num):
        total += system[j, num]
        largest = max(largest, abs(system[j, num]))
    doubt = (TIE + PIVOT_ERROR / least) * largest
    clear = 0
    for j in range(num):
        if system[j, num] < -doubt:
            return INFEASIBLE, sign, 0, 0
        clear |= (1 if system[j, num] > doubt else 0) << members[1, j]
    best = own
    for a in range(num_own):
        slack = 1.0
        for j in range(num):
            slack -= table[a, members[1, j]] * system[j, num]
        if slack < -doubt:
            return INFEASIBLE, sign, 0, 0
        best |= (1 if slack <= doubt else 0) << a
    for b in range(num_other):
        mixtures[place, b] = 0.0
    for j in range(num):
        mixtures[place, members[1, j]] = system[j, num] / total
    verdict = FEASIBLE if clear == opposing and best == own else UNCLEAR
    return verdict, sign, clear, best
