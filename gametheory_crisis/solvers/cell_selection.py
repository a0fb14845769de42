"""Which of several equilibria of a cell its regime and its numbers are of.

All equilibria found count in a cell's status, its set of regimes and their number, whatever the
rule.  Without a rule the one listed first is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, greater
from gametheory_crisis.kernels.operations import RELATIVE_TIE
from gametheory_crisis.solvers.cells import SEVERAL, STUCK, Cells, Floats, Indices
from gametheory_crisis.solvers.normal_form.selection import RULES

BASIC_RULES = ("payoff", "first")
"""Rules that need nothing but the payoffs of the equilibria listed."""
_NEEDS = {
    "risk": "compares strict equilibria of a simultaneous stage",
    "mixed": "counts the actions that are mixed at simultaneous stages",
    "logit": "follows a path of logit equilibria",
}


def check_rule(rule: str | None, served: Collection[str]) -> None:
    """Refuse a rule that shows no equilibrium of a cell.

    Parameters
    ----------
    rule : a name, or None for the equilibrium listed first
    served : the rules that apply to the model

    Raises
    ------
    ParameterError
        There is no such rule, or it selects none.
    UnsupportedGame
        The rule does not apply.
    """
    if rule is None or rule in served:
        return
    if rule == "all":
        raise ParameterError(
            f"a cell shows one equilibrium, and 'all' selects none; selections: {', '.join(RULES)}"
        )
    if rule not in RULES:
        raise ParameterError(f"unknown selection '{rule}'; selections: {', '.join(RULES)}")
    usable = " or ".join(name for name in RULES if name in served)
    raise UnsupportedGame(
        f"the selection '{rule}' {_NEEDS[rule]}, which does not apply to sweeps of this model; "
        f"take {usable}"
    )


def largest_sum(payoffs: Sequence[Sequence[Number]]) -> int:
    """Index of the equilibrium with the largest sum of all players' payoffs, the earliest on a tie.

    Parameters
    ----------
    payoffs : for each equilibrium the payoff of each player
    """
    sums = [sum(row) for row in payoffs]
    best = 0
    for index, total in enumerate(sums):
        if greater(total, sums[best]):
            best = index
    return best


def best_of_each(
    point: NDArray[np.int64], score: Floats | None, num: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many equilibria each of ``num`` points has, and where the one with the best score stands.

    Parameters
    ----------
    point : int64 (total,), ascending: the point of each equilibrium
    score : float64 (total,), finite; the earliest on a tie.  None takes the earliest

    Returns
    -------
    counts, best : int64 (num,); what ``best`` holds for a point without equilibria means nothing
    """
    counts = np.bincount(point, minlength=num)
    best = np.cumsum(counts) - counts
    if score is None:
        return counts, best
    first = best.copy()
    for k in range(1, int(counts.max(initial=0))):
        more = np.flatnonzero(counts > k)
        here, held = score[first[more] + k], score[best[more]]
        won = here - held > RELATIVE_TIE * np.maximum(np.abs(here), np.abs(held))
        best[more[won]] = first[more[won]] + k
    return counts, best


def show_selected(out: Cells, rows: Indices, cells: Indices, selected: Cells) -> None:
    """Write regime and numbers of the equilibria that a rule selects into cells solved before.

    A cell in which the rule selects none does not count as solved.

    Parameters
    ----------
    out : modified in place
    rows, cells : the places
    selected : one row with a cell for each place
    """
    for name in ("regime", "expected_day", "payoff", "probability"):
        target = getattr(out, name)
        if target.size:
            target[..., rows, cells] = getattr(selected, name)[..., 0, :]
    regime = selected.regime[0]
    status, mask = out.status[rows, cells], out.regimes_mask[rows, cells]
    bit = np.where(regime >= 0, np.left_shift(1, np.maximum(regime, 0).astype(np.int32)), 0)
    new = (mask & bit) != bit
    mask |= bit
    several = (mask & (mask - 1)) != 0
    status = np.where(regime < 0, STUCK, np.where(several, SEVERAL, status))
    out.status[rows, cells] = status
    out.regimes_mask[rows, cells] = mask
    if out.equilibria.size:
        out.equilibria[rows, cells] += new
