"""One Nash equilibrium of a state's stage, the one nearest what was played there before.

A stage is a state's game when the future is worth given values.  With two players who have a choice
its equilibria come from Lemke-Howson paths; with more of them only pure ones are looked for here.
"""

from __future__ import annotations

import numpy as np

from gametheory_crisis.kernels.bimatrix_mixtures import COMPLETE, tabulate
from gametheory_crisis.kernels.jit import jit
from gametheory_crisis.kernels.lemke_howson import FOUND, follow_path
from gametheory_crisis.kernels.stochastic_stages import copy, merged, next_actions

EVEN = 1e-11
"""Payoffs, of spread 1, that are closer tie."""
MOST_PATHS = 8
"""Most Lemke-Howson paths followed in a stage."""


@merged
def count_movers(sizes, s, movers):
    """Write the players who have a choice in state ``s`` into ``movers``; returns their number."""
    num = 0
    for i in range(sizes.shape[1]):
        if sizes[s, i] > 1:
            movers[num] = i
            num += 1
    return num


@jit
def is_pure_equilibrium(sizes, s, payoffs, r, actions):
    """Whether nobody gains by deviating from row ``r``, in which ``actions`` are played."""
    stride = 1
    for i in range(sizes.shape[1] - 1, -1, -1):
        bottom = r - actions[i] * stride
        for a in range(sizes[s, i]):
            if payoffs[bottom + a * stride, i] > payoffs[r, i] + EVEN:
                return False
        stride *= sizes[s, i]
    return True


@jit
def nearest_pure(game, s, payoffs, shares, chosen):
    """Write the pure equilibrium nearest ``shares`` into ``chosen``, a vector of actions.

    Returns whether there is one.
    """
    sizes, row, first = game[0], game[1], game[6]
    players = sizes.shape[1]
    actions = np.zeros(players, np.int64)
    most = -1.0
    for r in range(row[s], row[s + 1]):
        if is_pure_equilibrium(sizes, s, payoffs, r, actions):
            near = 0.0
            for i in range(players):
                near += shares[first[s, i] + actions[i]]
            if near > most + EVEN:
                most = near
                copy(actions, chosen)
        next_actions(sizes, s, actions)
    return most >= 0.0


@jit
def distance(one, other):
    """The largest difference between the entries of two vectors."""
    most = 0.0
    for k in range(len(one)):
        most = max(most, abs(one[k] - other[k]))
    return most


@jit
def nearest_mixed(game, s, payoffs, shares, i, j):
    """Play the equilibrium of players ``i`` and ``j`` nearest ``shares``, which is modified.

    They are the only ones with a choice.  Returns whether a path was followed to its end.
    """
    sizes, row, first = game[0], game[1], game[6]
    num_i, num_j = sizes[s, i], sizes[s, j]
    own, other = np.empty((num_i, num_j)), np.empty((num_j, num_i))
    for a in range(num_i):
        for b in range(num_j):
            own[a, b] = payoffs[row[s] + a * num_j + b, i]
            other[b, a] = payoffs[row[s] + a * num_j + b, j]
    table, other_table = np.empty((num_i, num_j)), np.empty((num_j, num_i))
    if max(tabulate(own, table), tabulate(other, other_table)) != COMPLETE:
        return False
    mix_i = shares[first[s, i] : first[s, i] + num_i]
    mix_j = shares[first[s, j] : first[s, j] + num_j]
    before_i, before_j = np.empty(num_i), np.empty(num_j)
    copy(mix_i, before_i)
    copy(mix_j, before_j)
    x, y = np.empty(num_i), np.empty(num_j)
    least = np.inf
    for label in range(min(num_i + num_j, MOST_PATHS)):
        status, _ = follow_path(table, other_table, label, x, y)
        apart = max(distance(x, before_i), distance(y, before_j))
        if status == FOUND and apart < least - EVEN:
            least = apart
            copy(x, mix_i)
            copy(y, mix_j)
    return least < np.inf


@jit
def stage_alone(game, s, payoffs):
    """The stage of state ``s`` as a game of one state and one day."""
    sizes, row, _, _, target, weight, first = game
    start, stop = row[s], row[s + 1]
    return (
        sizes[s : s + 1],
        np.array([0, stop - start]),
        payoffs[start:stop],
        np.zeros(stop - start + 1, np.int64),
        target[:0],
        weight[:0],
        first[s : s + 1] - first[s, 0],
    )


@merged
def play_stage(game, s, payoffs, pure, shares, chosen, movers):
    """Play an equilibrium of the stage of state ``s``: ``shares`` is modified there.

    Parameters
    ----------
    pure : whether a pure equilibrium is preferred to a nearer mixed one
    chosen, movers : int64 (players,), modified

    Returns whether one was found; if not, ``shares`` is left as it was.
    """
    sizes, first = game[0], game[6]
    num = count_movers(sizes, s, movers)
    if num == 2 and not pure and nearest_mixed(game, s, payoffs, shares, movers[0], movers[1]):
        return True
    if nearest_pure(game, s, payoffs, shares, chosen):
        for i in range(sizes.shape[1]):
            for a in range(first[s, i], first[s, i] + sizes[s, i]):
                shares[a] = 0.0
            shares[first[s, i] + chosen[i]] = 1.0
        return True
    return num == 2 and nearest_mixed(game, s, payoffs, shares, movers[0], movers[1])
