"""All equilibria of a small bimatrix game by its supports, those that dominance excludes left out.

For every support of one player, the *mixer*, its mixtures are found first and only then the
opponent's that complete them.  In that order nothing is missed: let a vertex of the set of
equilibria have the mixer's support ``own`` and let ``replies`` be the best replies to it.  Either
they are as many as ``own``; then the linear system of (own, replies) gives the mixture, and the
opponent's, unless it is singular or unclear, which is doubt.  Or they are more; then some subset of
them gives a regular system whose solution has a slack of zero, which is doubt too, whatever the
opponent's mixture is.  A support is passed over only where one of its actions is clearly worse than
another at every reply that is not itself clearly dominated.

Source: Porter, Nudelman and Shoham (2008), Simple search methods for finding a Nash equilibrium,
Games and Economic Behavior 63(2), for pruning by conditional dominance.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gametheory_crisis.kernels.bimatrix_mixtures import (
    COMPLETE,
    DOUBTFUL,
    FEASIBLE,
    INFEASIBLE,
    SINGULAR,
    TIE,
    UNCLEAR,
    solve_mixture,
)
from gametheory_crisis.kernels.jit import inlined, jit

SMALL = 5
"""Most actions a player; dominance among them is packed into one integer."""
SIZES = np.array([actions.bit_count() for actions in range(1 << SMALL)])
LOWEST = np.array([(actions & -actions).bit_length() - 1 for actions in range(1 << SMALL)])
HIGHEST = np.array([actions.bit_length() - 1 for actions in range(1 << SMALL)])
"""Number of actions, lowest and highest action of every set."""
ROUNDING = 1e-14
"""Rounding error of the closed forms, payoffs having spread 1."""


class SmallRoom(NamedTuple):
    """Room to work in; the mixer has k actions, no more than the replier.

    Attributes
    ----------
    mixer_dominance, replier_dominance : int64 (2 ** opponent's actions,), of `pack_dominance`
    system, members : float64 (k, k + 1) and int64 (2, k), of `solve_mixture`
    """

    mixer_dominance: Any
    replier_dominance: Any
    system: Any
    members: Any


@jit
def make_small_room(num_mixer, num_replier):
    """Room for games of a shape with at most `SMALL` actions a player."""
    return SmallRoom(
        np.empty(1 << num_replier, dtype=np.int64),
        np.empty(1 << num_mixer, dtype=np.int64),
        np.empty((num_mixer, num_mixer + 1)),
        np.empty((2, num_mixer), dtype=np.int64),
    )


@inlined
def pack_dominance(table, dominance):
    """Write, for every set of the opponent's actions, which of the player's dominate which.

    Bit ``c * num_own + a`` of ``dominance[opposing]`` says that ``a`` clearly beats ``c`` at every
    one of the actions ``opposing``.
    """
    num_own, num_other = table.shape
    dominance[0] = -1
    for b in range(num_other):
        wins = 0
        for c in range(num_own):
            for a in range(num_own):
                better = table[a, b] - table[c, b] > TIE
                wins |= (1 if better else 0) << (c * num_own + a)
        for rest in range(1 << b):
            dominance[(1 << b) | rest] = dominance[rest] & wins


@inlined
def undominated(dominance, num_own):
    """The actions that no other dominates, by one entry of `pack_dominance`."""
    kept = 0
    every = (1 << num_own) - 1
    for a in range(num_own):
        kept |= (1 if (dominance >> (a * num_own)) & every == 0 else 0) << a
    return kept


@jit
def enumerate_supports(mixer, replier, room, mixtures, replies, place):
    """All equilibria of a game with at most `SMALL` actions a player, support by support.

    Parameters
    ----------
    mixer, replier : tables of the two players
    room : `SmallRoom`, modified
    mixtures, replies, place : float64 (capacity, actions), strategies of the mixer and of the
        replier in equilibrium, written from row ``place`` on

    Returns
    -------
    The row after the last that was written, -1 unless it is below the capacity, the status, and the
    sum of the equilibria's indices.
    """
    num_own, num_other = mixer.shape
    dominance, other_dominance = room.mixer_dominance, room.replier_dominance
    pack_dominance(mixer, dominance)
    pack_dominance(replier, other_dominance)
    status, end = pure_equilibria(dominance, other_dominance, mixtures, replies, place)
    indices = end - place
    for own in range(3, 1 << num_own):
        plausible = undominated(other_dominance[own], num_other)
        excluded = own & ~undominated(dominance[plausible], num_own)
        if excluded or SIZES[own] == 1 or SIZES[own] > SIZES[plausible]:
            continue
        chosen = plausible
        while chosen and status == COMPLETE and end >= 0:
            if SIZES[chosen] == SIZES[own]:
                status, index = complete_support(
                    mixer,
                    replier,
                    (own, chosen),
                    dominance,
                    room.system,
                    room.members,
                    mixtures,
                    replies,
                    end,
                )
                end += abs(index)
                indices += index
                if end == len(mixtures):
                    end = -1
            chosen = (chosen - 1) & plausible
    return end, status, indices


@inlined
def pure_equilibria(dominance, other_dominance, mixtures, replies, place):
    """Write the equilibria in which the mixer plays one action; returns status and end.

    Where a best reply to an action is not clear, that is doubt, unless no equilibrium uses it.
    """
    num_own, num_other = mixtures.shape[1], replies.shape[1]
    end = place
    for a in range(num_own):
        best = undominated(other_dominance[1 << a], num_other)
        rivals = undominated(dominance[best], num_own)
        if rivals >> a & 1:
            if SIZES[best] > 1 or SIZES[rivals] > 1:
                return DOUBTFUL, end
            if end + 1 >= len(mixtures):
                return COMPLETE, np.int64(-1)
            for k in range(num_own):
                mixtures[end, k] = 0.0
            for k in range(num_other):
                replies[end, k] = 0.0
            mixtures[end, a] = 1.0
            replies[end, LOWEST[best]] = 1.0
            end += 1
    return COMPLETE, end


@inlined
def complete_support(
    mixer, replier, supports, dominance, system, members, mixtures, replies, place
):
    """Write the equilibrium with given supports, if there is one, into row ``place``.

    ``supports`` holds the mixer's and the replier's.  Returns the status and the index of the
    equilibrium, 0 where there is none.
    """
    num_own = len(mixer)
    own, chosen = supports
    verdict, sign, clear, best = solve(replier, chosen, own, system, members, mixtures, place)
    if verdict == UNCLEAR:
        # Whatever the numbers are, the support includes `clear` and the replies are among `best`.
        excluded = clear & ~undominated(dominance[best], num_own)
        return COMPLETE if excluded else DOUBTFUL, 0
    rivals = undominated(dominance[chosen], num_own)
    if verdict == INFEASIBLE or own & ~rivals:
        return COMPLETE, 0
    verdict, other_sign, _, _ = solve(mixer, own, chosen, system, members, replies, place)
    if verdict != FEASIBLE:
        return COMPLETE if verdict == INFEASIBLE else DOUBTFUL, 0
    # Index of a nondegenerate equilibrium of a game with positive payoffs (Shapley, 1974).
    return COMPLETE, sign * other_sign * (1 if SIZES[own] % 2 == 1 else -1)


@inlined
def solve(table, own, opposing, system, members, mixtures, place):
    """`solve_mixture` for at least two actions a player, in closed form up to three."""
    if SIZES[own] > 3:
        return solve_mixture(table, own, opposing, system, members, mixtures, place)
    return solve_few(table, own, opposing, mixtures, place)


@inlined
def solve_few(table, own, opposing, mixtures, place):
    """`solve_mixture` for two or three actions a player.

    The mixture is orthogonal to the differences of the rows ``own``: a vector product, and with
    two actions the third weight is 0.
    """
    a, c, b, d = LOWEST[own], HIGHEST[own], LOWEST[opposing], HIGHEST[opposing]
    e, f = LOWEST[own ^ (1 << a)], LOWEST[opposing ^ (1 << b)]
    first, last = table[a, b] - table[c, b], table[a, d] - table[c, d]
    if SIZES[own] == 2:
        weight_b, weight_f, weight_d = -last, 0.0, first
    else:
        middle = table[a, f] - table[c, f]
        u, v, w = table[a, b] - table[e, b], table[a, f] - table[e, f], table[a, d] - table[e, d]
        weight_b, weight_f, weight_d = (
            v * last - w * middle,
            w * first - u * last,
            u * middle - v * first,
        )
    sign = 1
    if weight_b + weight_f + weight_d < 0.0:
        sign = -1
        weight_b, weight_f, weight_d = -weight_b, -weight_f, -weight_d
    largest = max(abs(weight_b), abs(weight_f), abs(weight_d))
    if largest <= SINGULAR:
        return UNCLEAR, 0, 0, (1 << len(table)) - 1
    doubt = TIE * largest + ROUNDING
    if min(weight_b, weight_f, weight_d) < -doubt:
        return INFEASIBLE, sign, 0, 0
    clear = (1 if weight_b > doubt else 0) << b
    clear |= (1 if weight_f > doubt else 0) << f
    clear |= (1 if weight_d > doubt else 0) << d
    best = own
    for k in range(len(table)):
        slack = weight_b * (table[a, b] - table[k, b]) + weight_d * (table[a, d] - table[k, d])
        slack += weight_f * (table[a, f] - table[k, f])
        if slack < -doubt and not own >> k & 1:
            return INFEASIBLE, sign, 0, 0
        best |= (1 if slack <= doubt else 0) << k
    total = weight_b + weight_f + weight_d
    for k in range(mixtures.shape[1]):
        mixtures[place, k] = 0.0
    mixtures[place, b] = weight_b / total
    mixtures[place, f] = weight_f / total
    mixtures[place, d] = weight_d / total
    return FEASIBLE if clear == opposing and best == own else UNCLEAR, sign, clear, best
