"""Which of several equilibria of a stage is played."""

from __future__ import annotations

from collections.abc import Sequence

from gametheory_crisis.games.arithmetic import Number, greater
from gametheory_crisis.solvers.normal_form.selection import RULES, select
from gametheory_crisis.solvers.pure_nash import Payoffs
from gametheory_crisis.solvers.stage_equilibria import Mix, profile_shares

SELECTIONS = RULES
"""Rules that pick one equilibrium; those but ``first`` and ``payoff`` see the movers alone."""


def select_equilibrium(
    rule: str,
    profiles: Sequence[Mix],
    payoffs: Payoffs,
    shape: Sequence[int],
    movers: Sequence[int],
) -> int:
    """Index of the equilibrium that a rule picks.

    Parameters
    ----------
    rule : one of `SELECTIONS`; ``payoff`` takes the largest sum of all players' payoffs, those who
        do not move included, and the earliest on a tie
    profiles : the equilibria
    payoffs, shape, movers : as in `stage_equilibria`

    Raises
    ------
    UnsupportedGame
        The rule does not apply to this stage.
    """
    if rule == "first" or len(profiles) == 1:
        return 0
    if rule != "payoff":
        own = [[row[player] for row in payoffs] for player in movers]
        return select(rule, profiles, own, shape)
    sums = [_welfare(mix, payoffs) for mix in profiles]
    best = 0
    for index, total in enumerate(sums):
        if greater(total, sums[best]):
            best = index
    return best


def _welfare(mix: Mix, payoffs: Payoffs) -> Number:
    shares = profile_shares(mix)
    return sum(share * sum(row) for share, row in zip(shares, payoffs, strict=True) if share != 0)
