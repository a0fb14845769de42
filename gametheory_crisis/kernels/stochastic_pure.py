"""Pure Markov perfect equilibria of a stochastic game in floats, exhaustively.

The stationary strategies of all players but one are enumerated; the *solver*, the player with the
most of them, then faces a Markov decision process, and policy iteration gives all its replies. So
there is one process for each combination of the others' strategies instead of one linear system for
each profile. A reply is kept where no player gains by a deviation in any state, reached or not.

Rounding loses no equilibrium: gains are compared with a bound of their error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gametheory_crisis.kernels.jit import entry_point, jit, source_digest
from gametheory_crisis.kernels.stochastic_dense import (
    PAY,
    evaluate,
    optimise,
    tolerances,
    worth_of,
)

COMPLETE, DOUBTFUL, TOO_MANY, NO_VALUE = 1, 2, 3, 4
"""Status: all equilibria are listed; some profile may or may not be one; more candidates than there
is room for; a number is not finite, or play may last too long for floats to tell its value."""
MAX_CANDIDATES = 4096
"""Candidates at one point."""


@jit
def lay_out(sizes, row):
    """The states of choice and the actions in them.

    Returns
    -------
    place : int64 (states,), index among the states of choice, ``-1 - index`` among the others
    free : int64 (choices,), the states of choice
    first : int64 (choices,), their first rows
    own_sizes, strides : int64 (players, choices), actions, and rows from one action to the next
    solver : the player with the most strategies
    """
    states, players = sizes.shape
    place = np.empty(states, np.int64)
    free = np.empty(states, np.int64)
    num = 0
    for s in range(states):
        if row[s + 1] - row[s] > 1:
            place[s] = num
            free[num] = s
            num += 1
        else:
            place[s] = num - s - 1
    free = free[:num].copy()
    own_sizes = np.empty((players, num), np.int64)
    strides = np.empty((players, num), np.int64)
    solver, most = 0, 0.0
    for j in range(players):
        strategies = 1.0
        for s in range(num):
            own_sizes[j, s] = sizes[free[s], j]
            strategies *= sizes[free[s], j]
            strides[j, s] = 1
            for i in range(j + 1, players):
                strides[j, s] *= sizes[free[s], i]
        if strategies > most:
            solver, most = j, strategies
    return place, free, row[free], own_sizes, strides, solver


@jit
def allocate(frame, num_rows, room):
    """Arrays for one game after the other: dense, settled, limits, work, buffers, found, tested."""
    place, _, _, sizes, _, _ = frame
    players, num = sizes.shape
    others = len(place) - num
    widest = 1
    for s in range(num):
        count = 1
        for j in range(players):
            count *= sizes[j, s]
        widest = max(widest, count)
    dense = np.zeros((players, num_rows, num)), np.zeros((players, 3, num_rows))
    settled = np.zeros((players, others, others + num + 3))
    work = (
        np.zeros(num, np.int64),
        np.zeros((num, num + 1)),
        np.zeros(num),
        np.zeros((num, widest)),
    )
    buffers = (
        np.zeros((5, num * players), np.int64),
        np.zeros((num, widest + 2), np.int64),
        np.zeros(num, np.int64),
    )
    found, tested = np.zeros((room, num), np.int64), np.zeros((room, 2, players))
    return dense, settled, np.zeros((3, players)), work, buffers, found, tested


@jit
def gain_of(moves, reward, rows, first, sizes, strides, limit, work):
    """The most that a player gains by one deviation, and the size of what its choices are worth.

    Parameters
    ----------
    rows : int64 (states,), the profile
    first : int64 (states,), first row of each state
    sizes, strides : int64 (states,), the player's actions and the rows from one to the next
    limit : where the gain exceeds it, only that is said
    """
    _, system, value, _ = work
    if not evaluate(moves, reward, rows, system, value):
        return np.inf, 0.0
    gain, scale = 0.0, 0.0
    for s in range(len(rows)):
        scale = max(scale, abs(value[s]))
        own = (rows[s] - first[s]) // strides[s] % sizes[s]
        for a in range(sizes[s]):
            if a != own:
                worth = worth_of(moves, reward, rows[s] + (a - own) * strides[s], value)
                gain = max(gain, worth - value[s])
                scale = max(scale, abs(worth))
        if gain > limit:
            break
    return gain, scale


@jit
def actions_of_others(sizes, strides, solver, digits):
    """The choices of all players but one, as a number with one digit for each.

    ``digits`` : int64 (5, choices * players), overwritten: the state of each digit, its stride in
    rows, its base, its value 0, and its direction 1. Returns how many there are.
    """
    num = 0
    for s in range(sizes.shape[1]):
        for j in range(sizes.shape[0]):
            if j != solver and sizes[j, s] > 1:
                digits[0, num] = s
                digits[1, num] = strides[j, s]
                digits[2, num] = sizes[j, s]
                digits[3, num] = 0
                digits[4, num] = 1
                num += 1
    return num


@jit
def step_on(digits, num, base):
    """Change one digit by one, in the order of the reflected Gray code; ``base`` follows.

    Returns whether there was a number left.
    """
    for d in range(num - 1, -1, -1):
        following = digits[3, d] + digits[4, d]
        if following >= 0 and following < digits[2, d]:
            digits[3, d] = following
            base[digits[0, d]] += digits[4, d] * digits[1, d]
            return True
        digits[4, d] = -digits[4, d]
    return False


@jit
def keep(dense, frame, rows, limits, tested, work):
    """Whether nobody gains more than rounding may explain; the others are asked before the solver.

    ``tested`` : float64 (2, players), overwritten: gains and scales.
    """
    moves, rewards = dense
    _, _, first, sizes, strides, solver = frame
    players = moves.shape[0]
    for k in range(players):
        j = (solver + 1 + k) % players
        gain, scale = gain_of(
            moves[j], rewards[j, PAY], rows, first, sizes[j], strides[j], limits[2, j], work
        )
        if not gain <= limits[2, j]:
            return False
        tested[0, j], tested[1, j] = gain, scale
    return True


@jit
def tied(value, worth, base, strides, sizes, tolerance, rows, ties):
    """List the choices that are as good as any; ``rows`` becomes the first of each state.

    Parameters
    ----------
    value, worth : float64 (choices,) and (choices, actions), of `optimise`
    base, strides, sizes : int64 (choices,), the solver's actions as rows
    ties : int64 (choices, actions + 2), overwritten: rows, then how many, then the one in use
    """
    last = ties.shape[1] - 1
    for s in range(len(base)):
        num = 0
        for a in range(sizes[s]):
            if worth[s, a] >= value[s] - tolerance:
                ties[s, num] = base[s] + a * strides[s]
                num += 1
        ties[s, last - 1] = num
        ties[s, last] = 0
        rows[s] = ties[s, 0]


@jit
def next_reply(ties, rows):
    """The next combination of tied choices; returns whether there was one."""
    last = ties.shape[1] - 1
    for s in range(len(rows) - 1, -1, -1):
        ties[s, last] = (ties[s, last] + 1) % ties[s, last - 1]
        rows[s] = ties[s, ties[s, last]]
        if ties[s, last] > 0:
            return True
    return False


@jit
def search(dense, frame, limits, work, buffers, found, tested):
    """All profiles at which nobody gains more than rounding may explain.

    Parameters
    ----------
    dense, limits, work : as in `tolerances`
    frame : of `lay_out`
    buffers : ``digits``, ``ties`` and ``rows``, overwritten
    found : int64 (room, choices), overwritten: the row of each state of choice
    tested : float64 (room, 2, players), overwritten: gains and scales

    Returns
    -------
    How many there are; one more than there is room for if there are more.
    """
    moves, rewards = dense
    _, _, first, sizes, strides, solver = frame
    digits, ties, rows = buffers
    base = first.copy()
    chosen = np.zeros(len(first), np.int64)
    num_digits = actions_of_others(sizes, strides, solver, digits)
    num = 0
    more = True
    while more:
        choices = (base, strides[solver], sizes[solver])
        # Every policy has values: `tolerances` has found a horizon.
        _, gap = optimise(moves[solver], rewards[solver, PAY], choices, chosen, work)
        # The values may be short of the best ones by horizon * gap.
        slack = limits[0, solver] * gap + 2.0 * limits[1, solver]
        slack = max(slack, limits[2, solver])
        tied(work[2], work[3], base, strides[solver], sizes[solver], slack, rows, ties)
        another = True
        while another:
            room = num < len(found)
            spot = num if room else 0
            if keep(dense, frame, rows, limits, tested[spot], work):
                if not room:
                    return num + 1
                found[num] = rows
                num += 1
            another = next_reply(ties, rows)
        more = step_on(digits, num_digits, base)
    return num


def _build_candidates(digest: int) -> Callable[..., Any]:
    @entry_point
    def candidates(sizes, row, pays, entry, target, weight, rounding, room):
        """All profiles that may be a pure Markov perfect equilibrium; none that is one is missing.

        Parameters
        ----------
        sizes, row, pays, entry, target, weight : of `StochasticArrays`; the values of a profile
            exist, whatever the profile
        rounding : relative error of the weights
        room : candidates at most

        Returns
        -------
        profiles : int64 (candidates, states), the row of each state, in no particular order
        status : `COMPLETE`, `TOO_MANY` or `NO_VALUE`; all are listed only with the first
        digest : of the sources that this code was compiled from
        """
        frame = lay_out(sizes, row)
        place, free, _, _, _, _ = frame
        dense, settled, limits, work, buffers, found, tested = allocate(frame, len(pays), room)
        profiles = np.empty((0, len(place)), np.int64)
        structure = (row, entry, target)
        if not tolerances(
            structure, pays, weight, place, free, dense, settled, rounding, work, limits
        ):
            return profiles, NO_VALUE, digest
        num = search(dense, frame, limits, work, buffers, found, tested)
        status = COMPLETE if num <= room else TOO_MANY
        num = min(num, room)
        profiles = np.empty((num, len(place)), np.int64)
        for k in range(num):
            for s in range(len(place)):
                profiles[k, s] = found[k, place[s]] if place[s] >= 0 else row[s]
        return profiles, status, digest

    return candidates


pure_candidates = _build_candidates(source_digest(__name__))
"""Candidates of one game; see the docstring of the function itself."""
