"""Stage iteration: equilibria of all stages, the values that they lead to, and again.

After Pollatschek and Avi-Itzhak (1969), who iterate so for zero-sum games.  In each round every
state's stage is solved for the present values, where need be by its own branch of logit equilibria,
and Newton's method is tried on the supports found.
Nothing makes the rounds settle; their number is bounded.
"""

from __future__ import annotations

import numpy as np

from gametheory_crisis.kernels.jit import jit
from gametheory_crisis.kernels.stochastic_logit import BOLD, follow
from gametheory_crisis.kernels.stochastic_newton import is_equilibrium, solve_support
from gametheory_crisis.kernels.stochastic_stage_nash import play_stage, stage_alone
from gametheory_crisis.kernels.stochastic_stages import regret, state_end

STEPS_PER_ACTION = 40
"""Most steps along the logit branch of a stage, for each of its actions."""


@jit
def iterate_stages(game, pure, most_rounds, profile, values):
    """Iterate from a profile, which is overwritten with the best one met, as are ``values``.

    Parameters
    ----------
    pure : whether pure equilibria of stages are preferred to nearer mixed ones

    Returns
    -------
    Whether the best profile is an equilibrium, and the number of rounds.
    """
    total = len(profile)
    payoffs, worth = np.empty(game[2].shape), np.empty(total)
    chosen, movers = np.empty(game[0].shape[1], np.int64), np.empty(game[0].shape[1], np.int64)
    shares, now = profile.copy(), np.empty(values.shape)
    trial, trial_values = np.empty(total), np.empty(values.shape)
    first, alone, worthless = game[6], np.empty(total), np.empty((1, values.shape[1]))
    best = np.inf
    for round_ in range(most_rounds + 1):
        gain = regret(game, shares, now, payoffs, worth)
        if gain < best:
            best = gain
            profile[:] = shares
            values[:] = now
        if not gain < np.inf:
            return False, round_
        if is_equilibrium(best, values):
            return True, round_
        if round_ == most_rounds:
            break
        for s in range(len(values)):
            if not play_stage(game, s, payoffs, pure, shares, chosen, movers):
                base, end = first[s, 0], state_end(first, s, total)
                steps = STEPS_PER_ACTION * (end - base)
                stage = stage_alone(game, s, payoffs)
                found, _, _ = follow(stage, BOLD, steps, alone[: end - base], worthless)
                if found:
                    shares[base:end] = alone[: end - base]
        trial[:] = shares
        trial_values[:] = now
        degenerate = round_ > 0
        gain = solve_support(game, shares > 0.0, degenerate, trial, trial_values, payoffs, worth)
        if gain < np.inf:
            shares[:] = trial
    return False, most_rounds
