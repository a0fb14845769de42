"""Stages, values and gains of a stochastic game: the ground of the other stochastic kernels.

A *game* is a tuple of arrays: ``sizes``, ``row``, ``pays``, ``entry``, ``target`` and ``weight`` of
`StochasticArrays`, and ``first``, int64 (states, players), which says where each player's actions
in each state begin in a profile.  A profile is one float64 vector of probabilities, the ``shares``,
state after state and player after player.  ``payoffs``, float64 (rows, players), are what action
profiles are worth if the future is worth ``values``, float64 (states, players); ``worth`` is what
each action is worth to its player, in the order of a profile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from gametheory_crisis.kernels.jit import jit

SINGULAR = 1e-13
"""A pivot smaller than this, next to the largest entry of its system, ends an elimination."""
ROUNDING = 1e-14
"""Relative rounding error of a gain: some 50 units in the last place of what is compared."""


def merged(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `jit`, but made part of its only caller before that is compiled.

    Compiled by itself, a large function is optimised again with every level of calls above it.
    """
    compiled: Callable[..., Any] = numba.njit(error_model="numpy", nogil=True, inline="always")(
        function
    )
    return compiled


@jit
def first_actions(sizes):
    """Where each player's actions in each state begin in a profile, and the profile's length."""
    states, players = sizes.shape
    first = np.empty((states, players), np.int64)
    total = 0
    for s in range(states):
        for i in range(players):
            first[s, i] = total
            total += sizes[s, i]
    return first, total


@merged
def state_end(first, s, total):
    """Where the actions of state ``s`` end in a profile of length ``total``."""
    return first[s + 1, 0] if s + 1 < len(first) else total


@jit
def next_actions(sizes, s, actions):
    """Step to the next action profile of state ``s``; ``actions`` is modified."""
    for i in range(len(actions) - 1, -1, -1):
        actions[i] += 1
        if actions[i] < sizes[s, i]:
            return
        actions[i] = 0


@jit
def share_of_others(first, s, shares, actions, i, j):
    """Probability that all players but ``i`` and ``j`` act as in ``actions``."""
    share = 1.0
    for k in range(len(actions)):
        if k not in (i, j):
            share *= shares[first[s, k] + actions[k]]
    return share


@merged
def stage_payoffs(game, values, payoffs):
    """What each action profile is worth if the future is worth ``values``; sets ``payoffs``."""
    _, _, pays, entry, target, weight, _ = game
    rows, players = pays.shape
    for r in range(rows):
        for i in range(players):
            payoffs[r, i] = pays[r, i]
        for e in range(entry[r], entry[r + 1]):
            t = target[e]
            for i in range(players):
                payoffs[r, i] += weight[e, i] * values[t, i]


@jit
def action_values(game, payoffs, shares, worth):
    """What each action is worth to its player, given the others' ``shares``; sets ``worth``."""
    sizes, row, _, _, _, _, first = game
    states, players = sizes.shape
    for a in range(len(worth)):
        worth[a] = 0.0
    # After the last action profile of a state comes the first of the next.
    actions = np.zeros(players, np.int64)
    for s in range(states):
        for r in range(row[s], row[s + 1]):
            for i in range(players):
                others = share_of_others(first, s, shares, actions, i, i)
                worth[first[s, i] + actions[i]] += others * payoffs[r, i]
            next_actions(sizes, s, actions)


@jit
def pivot_row(system, k, stop):
    """Bring the row from ``k`` to ``stop`` whose entry in column ``k`` is largest to place ``k``.

    Modified in place; returns the size of that entry.
    """
    best = k
    for r in range(k + 1, stop):
        if abs(system[r, k]) > abs(system[best, k]):
            best = r
    if best != k:
        for j in range(system.shape[1]):
            kept = system[k, j]
            system[k, j] = system[best, j]
            system[best, j] = kept
    return abs(system[k, k])


@jit
def subtract_row(system, place, column, start, stop):
    """Clear ``column`` of rows ``start`` to ``stop`` but for itself by means of row ``place``.

    The entries of the column itself are left as they are, and thought to be zero.
    """
    reciprocal = 1.0 / system[place, column]
    line = system[place, column + 1 :]
    for r in range(start, stop):
        factor = system[r, column] * reciprocal
        if factor != 0.0:
            other = system[r, column + 1 :]
            for j in range(len(line)):
                other[j] -= factor * line[j]


@jit
def solve(system, num):
    """Solve ``num`` equations whose right-hand sides stand from column ``num`` on.

    Modified in place, by elimination with partial pivoting.  Returns whether there is a solution,
    which replaces the right-hand sides.
    """
    largest = 0.0
    for k in range(num):
        for j in range(num):
            size = abs(system[k, j])
            largest = size if size > largest else largest
    for k in range(num):
        if not pivot_row(system, k, num) > SINGULAR * largest:
            return False
        subtract_row(system, k, k, k + 1, num)
    for side in range(num, system.shape[1]):
        for k in range(num - 1, -1, -1):
            value = system[k, side]
            for j in range(k + 1, num):
                value -= system[k, j] * system[j, side]
            system[k, side] = value / system[k, k]
    return True


@jit
def evaluate(game, shares, values):
    """The exact value of a profile, by one linear system per player; sets ``values``.

    Returns whether all values are defined and finite.
    """
    sizes, row, pays, entry, target, weight, first = game
    states, players = sizes.shape
    system = np.empty((states, states + 1))
    actions = np.zeros(players, np.int64)
    finite = True
    for i in range(players):
        for s in range(states):
            for t in range(states + 1):
                system[s, t] = 0.0
            system[s, s] = 1.0
            for r in range(row[s], row[s + 1]):
                share = share_of_others(first, s, shares, actions, -1, -1)
                next_actions(sizes, s, actions)
                if share == 0.0:
                    continue
                system[s, states] += share * pays[r, i]
                for e in range(entry[r], entry[r + 1]):
                    system[s, target[e]] -= share * weight[e, i]
        if not solve(system, states):
            return False
        for s in range(states):
            values[s, i] = system[s, states]
            finite &= values[s, i] - values[s, i] == 0.0
    return finite


@merged
def spreads(game, payoffs, scale):
    """The largest spread of each player's payoffs within a state; sets ``scale``, (players,).

    What may be rounding alone is no spread: it is 1 then, or the size of the payoffs.
    """
    sizes, row = game[0], game[1]
    states, players = sizes.shape
    for i in range(players):
        spread, size = 0.0, 0.0
        for s in range(states):
            low, high = np.inf, -np.inf
            for r in range(row[s], row[s + 1]):
                payoff = payoffs[r, i]
                low = payoff if payoff < low else low
                high = payoff if payoff > high else high
                size = abs(payoff) if abs(payoff) > size else size
            spread = high - low if high - low > spread else spread
        scale[i] = spread
        if spread <= ROUNDING * size:
            scale[i] = size if size > 0.0 else 1.0


@merged
def centroid(game, shares):
    """The profile in which every action is equally likely; sets ``shares``."""
    sizes, first = game[0], game[6]
    for s in range(sizes.shape[0]):
        for i in range(sizes.shape[1]):
            for a in range(first[s, i], first[s, i] + sizes[s, i]):
                shares[a] = 1.0 / sizes[s, i]


@jit
def scaled(sizes, row, pays, entry, target, weight):
    """The game with each player's payoffs divided by their spread at the centroid's values.

    Returns
    -------
    The game, and whether the centroid has a finite value: if not, the payoffs are as they were.
    """
    first, total = first_actions(sizes)
    game = (sizes, row, pays, entry, target, weight, first)
    shares, values = np.empty(total), np.empty(sizes.shape)
    payoffs, scale = np.empty(pays.shape), np.ones(sizes.shape[1])
    centroid(game, shares)
    finite = evaluate(game, shares, values)
    if finite:
        stage_payoffs(game, values, payoffs)
        spreads(game, payoffs, scale)
    for r in range(len(pays)):
        for i in range(len(scale)):
            payoffs[r, i] = pays[r, i] / scale[i]
    return (sizes, row, payoffs, entry, target, weight, first), finite


@jit
def regret(game, shares, values, payoffs, worth):
    """The most that a player gains by deviating once from a profile.

    Sets ``values`` to the profile's exact values, ``payoffs`` and ``worth`` to the stages that
    they make; infinite where the profile has no finite value.
    """
    if not evaluate(game, shares, values):
        return np.inf
    stage_payoffs(game, values, payoffs)
    action_values(game, payoffs, shares, worth)
    sizes, first = game[0], game[6]
    most = 0.0
    for s in range(sizes.shape[0]):
        for i in range(sizes.shape[1]):
            if sizes[s, i] > 1:
                for a in range(first[s, i], first[s, i] + sizes[s, i]):
                    most = max(most, worth[a] - values[s, i])
    return most


@jit
def rounding(values):
    """What rounding alone may feign as a gain, payoffs having spread 1."""
    largest = 0.0
    for s in range(values.shape[0]):
        for i in range(values.shape[1]):
            size = abs(values[s, i])
            largest = size if size > largest else largest
    return ROUNDING * largest


@jit
def copy(source, target):
    """Set a vector to another."""
    for k in range(len(target)):
        target[k] = source[k]


@jit
def copy_rows(source, target):
    """Set a matrix to another."""
    for k in range(target.shape[0]):
        for c in range(target.shape[1]):
            target[k, c] = source[k, c]
