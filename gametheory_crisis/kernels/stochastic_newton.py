"""Newton's method on the equations of a stochastic game, eliminated state by state.

The unknowns are one number per action (its probability or the logarithm of it), the values of all
states, and a precision.  The equations of a state hold only its own actions, but the values of all
states.  With ``k`` actions in all and ``n`` players a state has ``k + n`` equations; ``k`` of them
serve to eliminate its actions.  What is left is one system in the values and the precision.

A *block* holds the equations of one state, float64 (rows, width): first the ``k`` equations of
actions, then the ``n`` of values, then, where the precision is unknown, the *border*, which says in
which direction the step goes.  The columns are the state's actions, the values state by state, the
precision, and the right-hand sides.

Payoffs are assumed to have spread 1.
"""

from __future__ import annotations

import numpy as np

from gametheory_crisis.kernels.jit import jit
from gametheory_crisis.kernels.stochastic_stages import (
    action_values,
    copy,
    copy_rows,
    merged,
    next_actions,
    regret,
    rounding,
    share_of_others,
    solve,
    stage_payoffs,
    state_end,
    subtract_row,
)

FREE = 1e-11
"""An unknown whose coefficients are all smaller than this is left where it is."""
MOST_STEPS = 12
CLEAN = 1e-13
"""A step this small, next to the largest value, ends the polishing."""
ASTRAY = 3.0
"""A probability of this size says that the polishing will come to nothing."""
NEGATIVE, TINY = 1e-9, 1e-14
"""A probability further below zero than the first is none; one below the second is zero."""
LARGEST_REGRET = 1e-12
"""Most regret of an equilibrium."""


@jit
def worth_derivatives(game, payoffs, shares, s, slopes, onward):
    """How what actions are worth in state ``s`` depends on the others' shares and on the values.

    Parameters
    ----------
    slopes : float64 (k, k), overwritten: by action and by the share of another action of the state
    onward : float64 (k, states), overwritten: by action and by the value of a state to its player
    """
    sizes, row, _, entry, target, weight, first = game
    players = sizes.shape[1]
    base = first[s, 0]
    for a in range(len(slopes)):
        for b in range(len(slopes)):
            slopes[a, b] = 0.0
        for t in range(onward.shape[1]):
            onward[a, t] = 0.0
    actions = np.zeros(players, np.int64)
    for r in range(row[s], row[s + 1]):
        for i in range(players):
            a = first[s, i] + actions[i] - base
            others = share_of_others(first, s, shares, actions, i, i)
            if others != 0.0:
                for e in range(entry[r], entry[r + 1]):
                    onward[a, target[e]] += others * weight[e, i]
            for j in range(players):
                if j != i:
                    share = share_of_others(first, s, shares, actions, i, j)
                    slopes[a, first[s, j] + actions[j] - base] += payoffs[r, i] * share
        next_actions(sizes, s, actions)


@jit
def eliminate_state(block, own, stop, kept):
    """Eliminate the first ``own`` unknowns from a block, which is modified.

    An unknown on which none of the equations bears is left where it is, and one of these goes
    unused.

    Parameters
    ----------
    stop : only the equations in the rows before this one serve
    kept : float64 (own, at least the block's width), overwritten with a triangular system for
        these unknowns
    """
    used = 0
    for k in range(own):
        best = used
        for r in range(used + 1, stop):
            if abs(block[r, k]) > abs(block[best, k]):
                best = r
        if not (used < stop and abs(block[best, k]) > FREE):
            for j in range(block.shape[1]):
                kept[k, j] = 0.0
            kept[k, k] = 1.0
            continue
        for j in range(block.shape[1]):
            exchanged = block[used, j]
            block[used, j] = block[best, j]
            block[best, j] = exchanged
            kept[k, j] = block[used, j]
        subtract_row(block, used, k, used + 1, block.shape[0])
        used += 1


@jit
def substitute_back(kept, own, side, rest, step):
    """The eliminated unknowns of a state from the rest of the solution; sets ``step``, (own,).

    Parameters
    ----------
    kept : float64 (own, at least side + 1), of `eliminate_state`
    side : the column of the right-hand side
    rest : float64, the solution for the values and, where it is unknown, the precision
    """
    for k in range(own - 1, -1, -1):
        value = kept[k, side]
        for j in range(k + 1, own):
            value -= kept[k, j] * step[j]
        for j in range(len(rest)):
            value -= kept[k, own + j] * rest[j]
        step[k] = value / kept[k, k]


@jit
def mean_equation(block, place, start, size, own, i, players, shares, worth, slopes, onward):
    """Write into row ``place`` minus the derivative of what player ``i`` gets on average.

    ``start`` and ``size`` say where its actions stand in the state; ``shares`` and ``worth`` are
    those of the state.  Returns that average.
    """
    mean = 0.0
    for a in range(start, start + size):
        mean += shares[a] * worth[a]
        block[place, a] -= worth[a]
        for b in range(own):
            block[place, b] -= shares[a] * slopes[a, b]
        for t in range(onward.shape[1]):
            block[place, own + t * players + i] -= shares[a] * onward[a, t]
    return mean


@merged
def support_block(game, s, support, shares, worth, values, slopes, onward, block):
    """The linearised equations of state ``s`` on a support; sets ``block``.

    Each player's probabilities add up to one, its actions of the support are equally good, other
    actions have probability zero, and the state is worth what the player gets on average.
    """
    sizes, first = game[0], game[6]
    states, players = values.shape
    base, own = first[s, 0], slopes.shape[0]
    side = block.shape[1] - 1
    for k in range(block.shape[0]):
        for c in range(block.shape[1]):
            block[k, c] = 0.0
    near, own_worth = shares[base : base + own], worth[base : base + own]
    for i in range(players):
        start = first[s, i] - base
        lead = -1
        for a in range(start, start + sizes[s, i]):
            if not support[base + a]:
                block[a, a] = 1.0
                block[a, side] = -near[a]
            elif lead < 0:
                lead = a
                block[a, side] = 1.0
            else:
                for b in range(own):
                    block[a, b] = slopes[a, b] - slopes[lead, b]
                for t in range(states):
                    block[a, own + t * players + i] = onward[a, t] - onward[lead, t]
                block[a, side] = own_worth[lead] - own_worth[a]
        for a in range(start, start + sizes[s, i]):
            if support[base + a]:
                block[lead, a] = 1.0
                block[lead, side] -= near[a]
        mean = mean_equation(
            block, own + i, start, sizes[s, i], own, i, players, near, own_worth, slopes, onward
        )
        block[own + i, own + s * players + i] += 1.0
        block[own + i, side] = mean - values[s, i]


@jit
def largest_state(first, total):
    """The most actions that a state has."""
    most = 0
    for s in range(len(first)):
        most = max(most, state_end(first, s, total) - first[s, 0])
    return most


@merged
def polish(game, support, local, shares, values, payoffs, worth):
    """Solve the equations of a support by Newton's method from ``shares`` and ``values``.

    Both are modified, as are ``payoffs`` and ``worth``.

    What a player does in one state may be determined by another player's indifference in another
    state.  If ``local``, mixtures that are not determined within their state are left where they
    are, as befits players who are indifferent whatever the others do.

    Returns whether the steps died away.  The probabilities may still be negative, and the actions
    left out may be better.
    """
    first = game[6]
    states, players = values.shape
    total, num = len(shares), states * players
    kept = np.empty((total, largest_state(first, total) + num + 1))
    system, step = np.empty((num, num + 1)), np.empty(total)
    before = np.inf
    for _ in range(MOST_STEPS):
        stage_payoffs(game, values, payoffs)
        action_values(game, payoffs, shares, worth)
        for s in range(states):
            base, end = first[s, 0], state_end(first, s, total)
            own = end - base
            slopes, onward = np.empty((own, own)), np.empty((own, states))
            block = np.empty((own + players, own + num + 1))
            worth_derivatives(game, payoffs, shares, s, slopes, onward)
            support_block(game, s, support, shares, worth, values, slopes, onward, block)
            stop = own if local else own + players
            eliminate_state(block, own, stop, kept[base:end])
            copy_rows(block[own:, own:], system[s * players : (s + 1) * players])
        if not solve(system, num):
            return False
        size, room, most = 0.0, 1.0, 0.0
        for k in range(num):
            values[k // players, k % players] += system[k, num]
            size = max(size, abs(system[k, num]))
            room = max(room, abs(values[k // players, k % players]))
        for s in range(states):
            base, end = first[s, 0], state_end(first, s, total)
            own = end - base
            substitute_back(kept[base:end], own, own + num, system[:, num], step[base:end])
        for a in range(total):
            shares[a] = shares[a] + step[a] if support[a] else 0.0
            size, most = max(size, abs(step[a])), max(most, abs(shares[a]))
        if not (size < np.inf and most < ASTRAY):
            return False
        # Rounding may keep the steps from dying away any further.
        if size <= CLEAN * room or (size <= 1e-9 * room and size >= 0.5 * before):
            return True
        before = size
    return False


@jit
def settle(game, shares):
    """Make a vector of shares a profile, with exact zeros for what is next to nothing; modified.

    Returns whether no probability was further below zero than `NEGATIVE`.
    """
    sizes, first = game[0], game[6]
    least = 0.0
    for s in range(sizes.shape[0]):
        for i in range(sizes.shape[1]):
            start, stop = first[s, i], first[s, i] + sizes[s, i]
            total = 0.0
            for a in range(start, stop):
                least = min(least, shares[a])
                shares[a] = shares[a] if shares[a] > TINY else 0.0
                total += shares[a]
            if not total > 0.0:
                return False
            for a in range(start, stop):
                shares[a] /= total
    return least >= -NEGATIVE


@merged
def is_equilibrium(gain, values):
    """Whether a profile with this regret and these values is an equilibrium but for rounding."""
    return gain <= LARGEST_REGRET + rounding(values)


@jit
def solve_support(game, support, degenerate, shares, values, payoffs, worth):
    """Solve the equations of a support near ``shares`` and ``values``, which are overwritten.

    Parameters
    ----------
    degenerate : whether to try both ways of `polish`, not just the one for mixtures that players'
        indifference determines
    payoffs, worth : overwritten

    Returns
    -------
    The regret of the profile found; infinite, and the arrays mean nothing, where there is none.
    """
    start, start_values = np.empty(shares.shape), np.empty(values.shape)
    copy(shares, start)
    copy_rows(values, start_values)
    gain = np.inf
    for local in (False, True):
        if local and (not degenerate or (gain < np.inf and is_equilibrium(gain, values))):
            break
        copy(start, shares)
        copy_rows(start_values, values)
        gain = np.inf
        if polish(game, support, local, shares, values, payoffs, worth) and settle(game, shares):
            gain = regret(game, shares, values, payoffs, worth)
    return gain
