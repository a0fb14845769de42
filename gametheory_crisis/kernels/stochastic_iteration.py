"""Stage iteration: equilibria of all stages, the values that they lead to, and again.

After Pollatschek and Avi-Itzhak (1969), who iterate so for zero-sum games.  In each round every
state's stage is solved for the present values, where need be by its own branch of logit equilibria,
and Newton's method is tried on the supports found.
Nothing makes the rounds settle; their number is bounded.
"""

from __future__ import annotations

import numpy as np

from gametheory_crisis.kernels.stochastic_logit import BOLD, follow
from gametheory_crisis.kernels.stochastic_newton import is_equilibrium, solve_support
from gametheory_crisis.kernels.stochastic_stage_nash import play_stage, stage_alone
from gametheory_crisis.kernels.stochastic_stages import (
    copy,
    copy_rows,
    merged,
    regret,
    state_end,
)

STEPS_PER_ACTION = 40
"""Most steps along the logit branch of a stage, for each of its actions."""


@merged
def iterate_stages(game, pure, most_rounds, walks, profile, values):
    """Iterate from a profile, which is overwritten with the best one met, as are ``values``.

    Parameters
    ----------
    pure : whether pure equilibria of stages are preferred to nearer mixed ones
    walks : None leaves off at a stage that only its logit branch solves, and saves the long
        compilation of the walk; anything else does not

    Returns
    -------
    Whether the best profile is an equilibrium, and whether a walk is wanting.
    """
    total = len(profile)
    payoffs, worth = np.empty(game[2].shape), np.empty(total)
    chosen, movers = np.empty(game[0].shape[1], np.int64), np.empty(game[0].shape[1], np.int64)
    shares, now, support = np.empty(total), np.empty(values.shape), np.empty(total, np.bool_)
    copy(profile, shares)
    trial, trial_values = np.empty(total), np.empty(values.shape)
    first, alone, worthless = game[6], np.empty(total), np.empty((1, values.shape[1]))
    best = np.inf
    for round_ in range(most_rounds + 1):
        gain = regret(game, shares, now, payoffs, worth)
        if gain < best:
            best = gain
            copy(shares, profile)
            copy_rows(now, values)
        if not gain < np.inf:
            return False, False
        if is_equilibrium(best, values):
            return True, False
        if round_ == most_rounds:
            break
        for s in range(len(values)):
            if play_stage(game, s, payoffs, pure, shares, chosen, movers):
                continue
            if walks is None:
                return False, True
            base, end = first[s, 0], state_end(first, s, total)
            steps = STEPS_PER_ACTION * (end - base)
            stage = stage_alone(game, s, payoffs)
            found, _, _ = follow(stage, BOLD, steps, alone[: end - base], worthless)
            if found:
                copy(alone, shares[base:end])
        for a in range(total):
            support[a] = shares[a] > 0.0
        copy(shares, trial)
        copy_rows(now, trial_values)
        degenerate = round_ > 0
        gain = solve_support(game, support, degenerate, trial, trial_values, payoffs, worth)
        if gain < np.inf:
            copy(trial, shares)
    return False, False
