"""The branch of logit equilibria of a stochastic game that leaves the centroid, by arc length.

At precision ``t`` every player plays each action in each state with a probability proportional to
``exp(t * worth)``, where the future is worth what such play makes it.  The solutions that join the
centroid at ``t = 0`` form a curve which, in almost every game, ends in a Markov perfect equilibrium
as ``t`` grows (Eibelshäuser and Poensgen 2019).  It may turn back in ``t``, and is followed by its
arc length.

A *point* is one vector: the logarithms of the probabilities, the values state by state, and the
precision.  Payoffs are assumed to have spread 1.
"""

from __future__ import annotations

import numpy as np

from gametheory_crisis.kernels.jit import jit
from gametheory_crisis.kernels.stochastic_newton import (
    eliminate_state,
    is_equilibrium,
    largest_state,
    mean_equation,
    settle,
    solve_support,
    substitute_back,
    worth_derivatives,
)
from gametheory_crisis.kernels.stochastic_stages import (
    action_values,
    centroid,
    copy,
    copy_rows,
    evaluate,
    merged,
    regret,
    solve,
    stage_payoffs,
    state_end,
)

BOLD = (1e-3, (0.9, 0.2, 0.5), np.inf)
"""How to follow the curve to some equilibrium, quickly; see `follow`."""
CAREFUL = (1e-8, (0.98, 0.05, 0.2), 0.01)
"""How to follow the curve to its own end."""
FIRST_STEP = 1.0
SHORTEST_STEP = 1e-9
MOST_CORRECTIONS = 8
LARGEST_PRECISION = 1e7
"""Farther out rounding hides whether an action is still losing ground."""
FIRST_TRY = 1.0
"""No support is tried at a lower precision."""
FIRST_LOCAL_TRY = 1e3
"""Degenerate equilibria are looked for from here on."""
NEXT_TRY = 3.0
"""A support that failed is tried again at so many times the precision."""
RARE, RARER = -5.0, -1.2
"""An action is left out of the support if its logarithm, next to the best action's, will be less
than `RARE` plus `RARER` times the precision's once the precision has grown by the factor `OUTLOOK`:
what is played at the curve's end may be played rarely."""
OUTLOOK = 3.0


@merged
def logit_block(game, s, point, shares, worth, slopes, onward, block):
    """The linearised equations of state ``s``; sets ``block`` but for the border.

    Each player's probabilities add up to one, the logarithm of each but its first action exceeds
    the first's by the precision times what it is worth more, and the state is worth what the player
    gets on average.  The equations of logarithms are divided by 1 + precision.  The right-hand
    sides are those of a step of Newton's method and of the tangent.
    """
    sizes, first = game[0], game[6]
    states, players = sizes.shape
    base, own, total = first[s, 0], slopes.shape[0], len(shares)
    num = states * players
    side = own + num + 1
    precision = point[total + num]
    unit = 1.0 / (1.0 + precision)
    near, own_worth = shares[base : base + own], worth[base : base + own]
    for k in range(own + players):
        for c in range(block.shape[1]):
            block[k, c] = 0.0
    for i in range(players):
        start = first[s, i] - base
        block[start, side] = 1.0
        for a in range(start, start + sizes[s, i]):
            block[start, a] = near[a]
            block[start, side] -= near[a]
            if a == start:
                continue
            for b in range(own):
                block[a, b] = -unit * precision * (slopes[a, b] - slopes[start, b]) * near[b]
            block[a, a] += unit
            block[a, start] -= unit
            for t in range(states):
                slope = onward[a, t] - onward[start, t]
                block[a, own + t * players + i] = -unit * precision * slope
            gap = own_worth[a] - own_worth[start]
            block[a, own + num] = -unit * gap
            apart = point[base + a] - point[base + start]
            block[a, side] = -unit * (apart - precision * gap)
        equation = own + i
        mean = mean_equation(
            block, equation, start, sizes[s, i], own, i, players, near, own_worth, slopes, onward
        )
        for b in range(own):
            block[equation, b] *= near[b]
        block[equation, own + s * players + i] += 1.0
        block[equation, side] = mean - point[total + s * players + i]


@jit
def correct(game, point, heading, work, move, tangent):
    """A step of Newton's method at right angles to ``heading``, and the tangent.

    Parameters
    ----------
    work : shares, payoffs, worth, kept and system, all overwritten
    move : overwritten with the step
    tangent : overwritten with the unit tangent that points along ``heading``

    Returns whether there are such vectors.
    """
    shares, payoffs, worth, kept, system = work
    first = game[6]
    states, players = first.shape
    total, num = len(shares), states * players
    for a in range(total):
        shares[a] = np.exp(point[a])
    stage_payoffs(game, point[total : total + num].reshape((states, players)), payoffs)
    action_values(game, payoffs, shares, worth)
    border = system[num]
    copy(heading[total:], border[: num + 1])
    border[num + 1] = 0.0
    border[num + 2] = 1.0
    for s in range(states):
        base, end = first[s, 0], state_end(first, s, total)
        own = end - base
        slopes, onward = np.empty((own, own)), np.empty((own, states))
        block = np.empty((own + players + 1, own + num + 3))
        worth_derivatives(game, payoffs, shares, s, slopes, onward)
        logit_block(game, s, point, shares, worth, slopes, onward, block)
        copy(heading[base:end], block[own + players, :own])
        copy(border, block[own + players, own:])
        eliminate_state(block, own, own + players, kept[base:end])
        copy_rows(block[own : own + players, own:], system[s * players : (s + 1) * players])
        copy(block[own + players, own:], border)
    if not solve(system, num + 1):
        return False
    for side, vector in ((num + 1, move), (num + 2, tangent)):
        copy(system[:, side], vector[total:])
        for s in range(states):
            base, end = first[s, 0], state_end(first, s, total)
            substitute_back(
                kept[base:end], end - base, end - base + side, vector[total:], vector[base:end]
            )
    square, size = 0.0, 0.0
    for k in range(len(tangent)):
        square += tangent[k] * tangent[k]
        size += abs(move[k])
    norm = np.sqrt(square)
    for k in range(len(tangent)):
        tangent[k] /= norm
    return norm < np.inf and size < np.inf


@merged
def land(game, heading, tolerance, point, work, move, tangent):
    """Correct a predicted point until it lies on the curve; ``point`` is modified.

    ``tolerance`` : of the last correction, relative to the unknowns

    Returns whether it came to lie there, and the number of corrections.
    """
    total = len(work[0])
    before = np.inf
    for correction in range(1, MOST_CORRECTIONS + 1):
        # A probability far above one says that the prediction was too bold.
        plausible = point[-1] >= 0.0
        for a in range(total):
            plausible &= point[a] <= 1.0
        if not plausible:
            return False, correction
        if not correct(game, point, heading, work, move, tangent):
            return False, correction
        size = 0.0
        for k in range(len(move)):
            point[k] += move[k]
            size = max(size, abs(move[k]) / (1.0 + abs(point[k])))
        if size <= tolerance:
            return point[-1] >= 0.0, correction
        if size > 0.7 * before:
            return False, correction
        before = size
    return False, MOST_CORRECTIONS


@merged
def is_smooth(point, landed, heading, tangent, length, total, limits):
    """Whether a step has kept to the curve, as far as its ends can tell.

    ``limits`` : least cosine between the tangents, most by which a probability may differ from the
    prediction, and most by which it may change
    """
    turn, miss, shift = 0.0, 0.0, 0.0
    for k in range(len(point)):
        turn += heading[k] * tangent[k]
    for a in range(total):
        here = np.exp(landed[a])
        miss = max(miss, abs(here - np.exp(point[a] + length * heading[a])))
        shift = max(shift, abs(here - np.exp(point[a])))
    return turn >= limits[0] and miss <= limits[1] and shift <= limits[2]


@merged
def guess_support(game, point, heading, support):
    """Mark the actions that seem to be played at the curve's end; returns whether any mark changed.

    An action that is not played loses ground in proportion to the precision.
    """
    sizes, first = game[0], game[6]
    rare = RARE + RARER * np.log(max(point[-1], 1.0))
    changed = False
    for s in range(sizes.shape[0]):
        for i in range(sizes.shape[1]):
            start, stop = first[s, i], first[s, i] + sizes[s, i]
            best = start
            for a in range(start, stop):
                best = a if point[a] > point[best] else best
            for a in range(start, stop):
                drift = (heading[a] - heading[best]) * point[-1]
                loss = min(drift / heading[-1], 0.0) if heading[-1] > 0.0 else 0.0
                played = a == best or point[a] - point[best] + (OUTLOOK - 1.0) * loss > rare
                changed |= played != support[a]
                support[a] = played
    return changed


@merged
def end_near(game, point, support, profile, values, work):
    """Set ``profile`` and ``values`` to what solves the equations of a support near a point.

    Where Newton's method finds nothing it is the point itself, restricted to the support.

    Returns its regret, and the largest difference between its probabilities and the point's.
    """
    total = len(profile)
    _, payoffs, worth, _, _ = work
    for a in range(total):
        profile[a] = np.exp(point[a]) if support[a] else 0.0
    for s in range(values.shape[0]):
        copy(point[total + s * values.shape[1] :], values[s])
    degenerate = point[-1] >= FIRST_LOCAL_TRY
    gain = solve_support(game, support, degenerate, profile, values, payoffs, worth)
    if not gain < np.inf:
        for a in range(total):
            profile[a] = np.exp(point[a]) if support[a] else 0.0
        settle(game, profile)
        gain = regret(game, profile, values, payoffs, worth)
    apart = 0.0
    for a in range(total):
        apart = max(apart, abs(profile[a] - np.exp(point[a])))
    return gain, apart


@merged
def centroid_point(game, total):
    """The point at precision 0, and whether it has finite values."""
    sizes = game[0]
    shares, values = np.empty(total), np.zeros(sizes.shape)
    centroid(game, shares)
    finite = evaluate(game, shares, values)
    point = np.zeros(total + values.size + 1)
    for a in range(total):
        point[a] = np.log(shares[a])
    for s in range(values.shape[0]):
        base = total + s * values.shape[1]
        copy(values[s], point[base : base + values.shape[1]])
    return point, finite


@jit
def follow(game, control, most_steps, profile, values):
    """Follow the curve until the solution on a guessed support is an equilibrium.

    Parameters
    ----------
    control : (tolerance, limits, nearest), as in `land`, as in `is_smooth`, and the most by which
        the equilibrium's probabilities may differ from the curve's
    profile, values : overwritten with the equilibrium, or with the best profile met on the way

    Returns
    -------
    Whether it is an equilibrium, the precision reached, and the number of steps.
    """
    tolerance, limits, nearest = control
    total, num = len(profile), values.size
    kept = np.empty((total, largest_state(game[6], total) + num + 3))
    payoffs, worth = np.empty(game[2].shape), np.empty(total)
    work = (np.empty(total), payoffs, worth, kept, np.empty((num + 1, num + 3)))
    point, finite = centroid_point(game, total)
    for a in range(total):
        profile[a] = np.exp(point[a])
    best = regret(game, profile, values, payoffs, worth)
    if not finite or is_equilibrium(best, values):
        return finite, 0.0, 0
    heading, tangent, move = np.zeros(len(point)), np.zeros(len(point)), np.zeros(len(point))
    heading[-1] = 1.0
    if not correct(game, point, heading, work, move, tangent):
        return False, 0.0, 0
    copy(tangent, heading)
    support = np.zeros(total, np.bool_)
    trial, trial_values = np.empty(total), np.empty(values.shape)
    landed, length, tried = np.empty(len(point)), FIRST_STEP, 0.0
    for step in range(most_steps):
        if length < SHORTEST_STEP or point[-1] > LARGEST_PRECISION:
            return False, point[-1], step
        for k in range(len(point)):
            landed[k] = point[k] + length * heading[k]
        found, corrections = land(game, heading, tolerance, landed, work, move, tangent)
        if not (found and is_smooth(point, landed, heading, tangent, length, total, limits)):
            length *= 0.5
            continue
        copy(landed, point)
        copy(tangent, heading)
        length *= 2.5 if corrections <= 2 else 1.5 if corrections <= 4 else 0.8
        if point[-1] < FIRST_TRY:
            if tried > 0.0:
                # The walk has slipped onto the way back.
                return False, point[-1], step
            continue
        if not guess_support(game, point, heading, support) and point[-1] < NEXT_TRY * tried:
            continue
        tried = point[-1]
        gain, apart = end_near(game, point, support, trial, trial_values, work)
        if gain < best and apart <= nearest:
            best = gain
            copy(trial, profile)
            copy_rows(trial_values, values)
            if is_equilibrium(best, values):
                return True, point[-1], step
    return False, point[-1], most_steps
