"""Equilibria of stochastic games, one game after another: the entry point of the mixed kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gametheory_crisis.kernels.jit import entry_point, source_digest
from gametheory_crisis.kernels.stochastic_iteration import iterate_stages
from gametheory_crisis.kernels.stochastic_logit import BOLD, CAREFUL, follow
from gametheory_crisis.kernels.stochastic_newton import is_equilibrium, solve_support
from gametheory_crisis.kernels.stochastic_stages import (
    copy,
    evaluate,
    first_actions,
    merged,
    regret,
    scaled,
)

ON_SUPPORT, PURE_STAGES, MIXED_STAGES, BOLD_WALK, CAREFUL_WALK = 0, 1, 2, 3, 4
"""Plans: Newton's method on the start's support; stage iteration from the start that prefers pure
equilibria of stages, or the nearest; the logit branch, quickly or carefully."""
WALKS = {BOLD_WALK, CAREFUL_WALK}
WAITING, FOUND, NOT_FOUND, UNDEFINED = 0, 1, 2, 3
"""Status of a game: waiting is one that wants plans which the code at hand lacks; undefined where
a value of the start is infinite or not a number."""


@merged
def on_support(game, shares, values):
    """Solve the equations of the support of ``shares``; both arrays are overwritten.

    Returns whether that is an equilibrium.
    """
    evaluate(game, shares, values)
    total = len(shares)
    payoffs, worth, support = np.empty(game[2].shape), np.empty(total), np.empty(total, np.bool_)
    for a in range(total):
        support[a] = shares[a] > 0.0
    degenerate = total > 0
    gain = solve_support(game, support, degenerate, shares, values, payoffs, worth)
    return gain < np.inf and is_equilibrium(gain, values)


def _build(digest: int) -> Callable[..., Any]:
    # All plans stand in this one function: every level of calls above a large kernel has all of it
    # optimised once more.
    @entry_point
    def solve(sizes, row, pays, entry, target, weight, plans, bounds, start, stages, walks, out):
        """`solve_games` of arrays that have been checked; returns the digest of the sources.

        Parameters
        ----------
        stages, walks : None leaves games `WAITING` that want these plans, and saves the long
            compilation of them; anything else does not
        out : profiles, regrets, statuses, chosen and precisions; and of games that are waiting, the
            regrets of the best profiles in the scaled games and the plans to go on with, float64
            and int64 (games,); modified
        """
        profiles, regrets, statuses, chosen, precisions, gains, begun = out
        first, total = first_actions(sizes)
        values, worth, payoffs = np.empty(sizes.shape), np.empty(total), np.empty(pays.shape[1:])
        trial = np.empty(total)
        for g in range(len(pays)):
            if statuses[g] != WAITING:
                continue
            game, finite = scaled(sizes, row, pays[g], entry, target, weight[g])
            found, waits = False, False
            for k in range(begun[g], len(plans)):
                plan, precision = plans[k], 0.0
                copy(start, trial)
                if plan in (BOLD_WALK, CAREFUL_WALK):
                    if walks is None:
                        waits = True
                    else:
                        control = BOLD if plan == BOLD_WALK else CAREFUL
                        found, precision, _ = follow(game, control, bounds[k], trial, values)
                elif stages is None:
                    waits = True
                elif plan == ON_SUPPORT:
                    found = on_support(game, trial, values)
                else:
                    pure = plan == PURE_STAGES
                    found, waits = iterate_stages(game, pure, bounds[k], walks, trial, values)
                if waits:
                    begun[g] = k
                    break
                gain = regret(game, trial, values, payoffs, worth)
                if found or gain < gains[g]:
                    gains[g], chosen[g], precisions[g] = gain, plan, precision
                    copy(trial, profiles[g])
                if found:
                    break
            if waits:
                continue
            unscaled = (sizes, row, pays[g], entry, target, weight[g], first)
            regrets[g] = regret(unscaled, profiles[g], values, payoffs, worth)
            statuses[g] = FOUND if found else NOT_FOUND
            statuses[g] = statuses[g] if finite and regrets[g] < np.inf else UNDEFINED
        return digest

    return solve


_solve = _build(source_digest(__name__))


def solve_games(
    sizes: ArrayLike,
    row: ArrayLike,
    pays: ArrayLike,
    entry: ArrayLike,
    target: ArrayLike,
    weight: ArrayLike,
    plans: ArrayLike,
    bounds: ArrayLike,
    start: ArrayLike,
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.float64],
]:
    """One equilibrium each of games that differ in their numbers alone.

    Parameters
    ----------
    sizes, row, entry, target : as in `StochasticArrays`
    pays : float64 (games, rows, players)
    weight : float64 (games, entries, players)
    plans : int64 (plans,), carried out in turn until one finds an equilibrium
    bounds : int64 (plans,), most rounds or steps of each
    start : float64 (actions,), the profile to start from where a plan asks for one

    Returns
    -------
    profiles : float64 (games, actions), the equilibria, or the best profiles met; state after
        state and player after player
    regrets : float64 (games,), most that a player gains by deviating once, in its units
    statuses : int64 (games,), `FOUND` where that is at most 1e-12 of the spread of the player's
        payoffs within a state, but for rounding; else `NOT_FOUND` or `UNDEFINED`
    plans : int64 (games,), the plan that the profile is from, -1 for the start
    precisions : float64 (games,), how far a walk went along the logit branch
    """
    # Copies, because the code is compiled anew for arrays that are read-only or have gaps.
    numbers = [np.array(a, np.float64, order="C") for a in (pays, weight, start)]
    wholes = [np.array(a, np.int64, order="C") for a in (sizes, row, entry, target, plans, bounds)]
    sizes, row, entry, target, plans, bounds = wholes
    pays, weight, start = numbers
    games = len(pays)
    profiles = np.empty((games, len(start)))
    profiles[:] = start
    regrets, precisions, gains = np.empty(games), np.zeros(games), np.full(games, np.inf)
    statuses, chosen = np.full(games, WAITING), np.full(games, -1)
    begun = np.zeros(games, np.int64)
    out = profiles, regrets, statuses, chosen, precisions, gains, begun
    arguments = sizes, row, pays, entry, target, weight, plans, bounds, start
    # Each of the three is compiled by itself.  Only stages that want walks need both.
    for stages, walks in ((True, None), (None, True), (True, True)):
        waiting = set(plans[begun[statuses == WAITING]].tolist())
        if not waiting:
            break
        if (stages and not waiting <= WALKS) or (walks and waiting & WALKS):
            _solve(*arguments, stages, walks, out)
    return profiles, regrets, statuses, chosen, precisions
