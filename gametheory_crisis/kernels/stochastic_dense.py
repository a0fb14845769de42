"""A stochastic game as one dense array per player, and a Markov decision process in it.

States in which nobody has a choice are eliminated once; the systems that remain have one equation
for each *state of choice*. ``I - P`` is diagonally dominant by rows, so elimination without
pivoting has a backward error below ``8 n^2 eps``, and the inverse turns it into an error of the
values of at most ``horizon`` times as much: the most that one unit in every state can sum up to.

Source: Howard (1960), Dynamic programming and Markov processes (policy iteration); Higham (2002),
Accuracy and stability of numerical algorithms, section 9.5 (elimination).
"""

from __future__ import annotations

import numpy as np

from gametheory_crisis.kernels.jit import jit

LOOSE = 1e-7
"""A relative gain above it is one, whatever the rounding."""
MARGIN = 1e-12
"""A smaller relative gain is no reason to change a policy."""
MAX_ROUNDS = 200
"""Rounds of policy iteration."""
EPSILON = 2.0**-52
PAY, SIZE, UNIT = 0, 1, 2
"""Kinds of rewards: what is paid, how large that is, and one."""


@jit
def solve(system, num):
    """Solve ``num`` equations for all right-hand sides, which are columns ``num`` and up.

    The matrix is diagonally dominant with positive diagonal; all columns are modified, and the
    right-hand sides become the solutions. Returns whether all pivots were positive.
    """
    width = system.shape[1]
    for k in range(num):
        if not system[k, k] > 0.0:
            return False
        reciprocal = 1.0 / system[k, k]
        for r in range(k + 1, num):
            factor = system[r, k] * reciprocal
            if factor != 0.0:
                for c in range(k + 1, width):
                    system[r, c] -= factor * system[k, c]
    for c in range(num, width):
        for k in range(num - 1, -1, -1):
            total = system[k, c]
            for j in range(k + 1, num):
                total -= system[k, j] * system[j, c]
            system[k, c] = total / system[k, k]
    return True


@jit
def densify(structure, pays, weight, place, player, moves, rewards, settled):
    """One player's game without the states in which nobody has a choice.

    Parameters
    ----------
    structure : ``row``, ``entry`` and ``target`` of the game
    place : int64 (states,), index among the states of choice, or ``-1 - index`` among the others
    moves : float64 (rows, choices), overwritten: weight of the next state of choice
    rewards : float64 (3, rows), overwritten: `PAY`, `SIZE`, `UNIT` until then
    settled : float64 (others, others + choices + 3), overwritten: for each state without a choice
        the same in its last columns

    Returns
    -------
    Whether the states without a choice have values.
    """
    row, entry, target = structure
    others = settled.shape[0]
    num = moves.shape[1]
    settled[:] = 0.0
    for s in range(len(place)):
        k = -1 - place[s]
        if k >= 0:
            settled[k, k] = 1.0
            pay = pays[row[s], player]
            settled[k, others + num + PAY] = pay
            settled[k, others + num + SIZE] = abs(pay)
            settled[k, others + num + UNIT] = 1.0
            for e in range(entry[row[s]], entry[row[s] + 1]):
                following = place[target[e]]
                if following >= 0:
                    settled[k, others + following] += weight[e, player]
                else:
                    settled[k, -1 - following] -= weight[e, player]
    if not solve(settled, others):
        return False
    moves[:] = 0.0
    for s in range(len(place)):
        if place[s] < 0:
            continue
        for r in range(row[s], row[s + 1]):
            pay = pays[r, player]
            rewards[PAY, r] = pay
            rewards[SIZE, r] = abs(pay)
            rewards[UNIT, r] = 1.0
            for e in range(entry[r], entry[r + 1]):
                following = place[target[e]]
                share = weight[e, player]
                if following >= 0:
                    moves[r, following] += share
                else:
                    through = settled[-1 - following, others:]
                    for c in range(num):
                        moves[r, c] += share * through[c]
                    for kind in range(3):
                        rewards[kind, r] += share * through[num + kind]
    return True


@jit
def evaluate(moves, reward, rows, system, value):
    """What play is worth where ``rows`` are played; ``system`` and ``value`` are overwritten."""
    num = len(rows)
    for s in range(num):
        r = rows[s]
        for c in range(num):
            system[s, c] = -moves[r, c]
        system[s, s] += 1.0
        system[s, num] = reward[r]
    if not solve(system, num):
        return False
    for s in range(num):
        value[s] = system[s, num]
    return True


@jit
def worth_of(moves, reward, r, value):
    """What a row is worth if play goes on with ``value``."""
    total = reward[r]
    for c in range(len(value)):
        total += moves[r, c] * value[c]
    return total


@jit
def optimise(moves, reward, choices, chosen, work):
    """The values of a Markov decision process, by policy iteration.

    Parameters
    ----------
    choices : ``base``, ``step`` and ``count``, int64 (states,): choice ``a`` is row
        ``base + a * step``
    chosen : int64 (states,), modified: the policy to start from
    work : ``rows``, ``system``, ``value`` and ``worth``, overwritten: the last two are the values
        of the last policy and those of each choice

    Returns
    -------
    Whether there are values, and the most that some choice adds to the last policy's.
    """
    base, step, count = choices
    rows, system, value, worth = work
    gap = 0.0
    for _ in range(MAX_ROUNDS):
        for s in range(len(rows)):
            rows[s] = base[s] + chosen[s] * step[s]
        if not evaluate(moves, reward, rows, system, value):
            return False, gap
        gap, scale = 0.0, 0.0
        for s in range(len(rows)):
            for a in range(count[s]):
                worth[s, a] = worth_of(moves, reward, base[s] + a * step[s], value)
                gap = max(gap, worth[s, a] - value[s])
                scale = max(scale, abs(worth[s, a]))
        if gap <= MARGIN * scale:
            break
        for s in range(len(rows)):
            best = value[s] + MARGIN * scale
            for a in range(count[s]):
                if worth[s, a] > best:
                    best = worth[s, a]
                    chosen[s] = a
    return True, gap


@jit
def largest_sum(moves, rewards, settled, kind, row, free, work):
    """The most that rewards of a kind sum up to from any state, and how much that may be short.

    Returns
    -------
    The sum under the best policy found, infinite where there is none, and what one more change of
    policy adds in one step.
    """
    num, others = len(free), settled.shape[0]
    base, step, count = np.empty(num, np.int64), np.ones(num, np.int64), np.empty(num, np.int64)
    for s in range(num):
        base[s] = row[free[s]]
        count[s] = row[free[s] + 1] - base[s]
    chosen = np.zeros(num, np.int64)
    known, gap = optimise(moves, rewards[kind], (base, step, count), chosen, work)
    if not known:
        return np.inf, gap
    value = work[2]
    largest = 0.0
    for s in range(num):
        largest = max(largest, value[s])
    for k in range(others):
        total = settled[k, others + num + kind]
        for c in range(num):
            total += settled[k, others + c] * value[c]
        largest = max(largest, total)
    return largest, gap


@jit
def tolerances(structure, pays, weight, place, free, dense, settled, rounding, work, limits):
    """Make every player's game dense, and find what gains may be due to rounding.

    Parameters
    ----------
    place : as in `densify`
    free : int64 (choices,), the states of choice
    dense : ``moves`` float64 (players, rows, choices) and ``rewards`` float64 (players, 3, rows),
        overwritten
    settled : float64 (players, others, others + choices + 3), overwritten, as in `densify`
    rounding : relative error of the weights
    limits : float64 (3, players), overwritten: the horizon, the error of a value, and the gain that
        a candidate may have

    Returns
    -------
    Whether all numbers are finite and all values can be told.
    """
    row = structure[0]
    moves, rewards = dense
    relative = 8.0 * EPSILON * len(place) ** 2 + rounding
    for i in range(moves.shape[0]):
        for r in range(pays.shape[0]):
            if not np.isfinite(pays[r, i]):
                return False
        for e in range(weight.shape[0]):
            if not (weight[e, i] >= 0.0 and np.isfinite(weight[e, i])):
                return False
        if not densify(structure, pays, weight, place, i, moves[i], rewards[i], settled[i]):
            return False
        horizon, gap = largest_sum(moves[i], rewards[i], settled[i], UNIT, row, free, work)
        if not (gap < 0.5 and relative * horizon < 0.05):
            return False
        horizon /= 1.0 - gap
        size, gap = largest_sum(moves[i], rewards[i], settled[i], SIZE, row, free, work)
        size += horizon * gap
        limits[0, i] = horizon
        limits[1, i] = 4.0 * relative * horizon * size
        limits[2, i] = max(LOOSE * size, 2.0 * limits[1, i])
    return True
