"""Which of several equilibria is played: the rules of selection, in exact comparisons.

Payoffs are tables as in `multilinear`, equilibria profiles of them.  Where two numbers are floats
that differ by rounding alone they tie, and a tie goes to the equilibrium listed first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product

from gametheory_crisis.errors import SolverError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, close, greater
from gametheory_crisis.solvers.normal_form.multilinear import (
    Payoffs,
    Profile,
    action_values,
    expected,
    restricted,
)
from gametheory_crisis.solvers.normal_form.pure_profiles import undominated

RULES = ("payoff", "risk", "logit", "mixed", "first")


def select(rule: str, equilibria: Sequence[Profile], payoffs: Payoffs, shape: Sequence[int]) -> int:
    """Index of the equilibrium that a rule picks.

    Parameters
    ----------
    rule : ``first``, the earliest in the list; ``payoff``, the largest sum of the players'
        payoffs; ``mixed``, the most actions with positive probability, in a game that is the same
        for all players among the profiles in which all do the same, if there are any; ``risk``,
        see `risk_dominant`; ``logit``, the one nearest to the limit of the logit path
    equilibria : at least one profile; per player the probability of each action
    payoffs : ``payoffs[i]`` over the profiles of actions, the last player's action fastest
    shape : number of actions of each player

    Raises
    ------
    UnsupportedGame
        under ``risk`` where the game does not come down to two players with two actions each, or
        no equilibrium is strict; for a rule that does not exist
    SolverError
        under ``logit`` where the path does not arrive
    """
    if not equilibria:
        raise SolverError("there is no equilibrium to select from")
    if rule not in _PICK:
        raise UnsupportedGame(f"no rule of selection is called {rule!r}; use {', '.join(RULES)}")
    return 0 if len(equilibria) == 1 else _PICK[rule](equilibria, payoffs, shape)


def risk_dominant(equilibria: Sequence[Profile], payoffs: Payoffs, shape: Sequence[int]) -> int:
    """Index of the risk-dominant equilibrium of a 2x2 game (Harsanyi and Selten 1988, section 3.9).

    That is the pure one with the larger product of what each player would lose by deviating alone,
    which in games of this size is where the linear tracing procedure leads from the bicentric
    prior.  If two products are equal their theory takes the mixed equilibrium.  Actions that
    iterated strict dominance removes do not count, nor do players whom it leaves one action.

    Raises
    ------
    UnsupportedGame
        if what is left is not 2x2, if no pure equilibrium is strict, or if two products are equal
        and no mixed equilibrium is listed
    """
    kept = undominated(payoffs, shape)
    sizes = [len(actions) for actions in kept]
    if [size for size in sizes if size > 1] != [2, 2]:
        raise UnsupportedGame(
            "risk dominance is defined for two players with two actions each; "
            "the rule logit selects in games of any size"
        )
    tables = [restricted(table, shape, kept) for table in payoffs]
    best, tied = -1, False
    most: Number = _ZERO
    for index, profile in enumerate(equilibria):
        left = [[part[a] for a in actions] for part, actions in zip(profile, kept, strict=True)]
        losses = _losses(tables, sizes, left) if _pure(profile) else _ZERO
        if best >= 0 and close(losses, most):
            tied = True
        elif greater(losses, most):
            best, most, tied = index, losses, False
    if best < 0:
        raise UnsupportedGame(
            "risk dominance compares strict equilibria, and there is none; use the rule logit"
        )
    return _fully_mixed(equilibria) if tied else best


def _losses(payoffs: Payoffs, shape: Sequence[int], profile: Profile) -> Number:
    """The product of what each player with two actions would lose by the other one; 0 on a tie."""
    product_: Number = Fraction(1)
    for i, part in enumerate(profile):
        if len(part) == 1:
            continue
        values = action_values(payoffs[i], shape, i, profile)
        own, other = values if part[0] > 0 else reversed(values)
        if not greater(own, other):
            return _ZERO
        product_ = product_ * (own - other)
    return product_


def _fully_mixed(equilibria: Sequence[Profile]) -> int:
    for index, profile in enumerate(equilibria):
        if not _pure(profile):
            return index
    raise UnsupportedGame(
        "neither of two equilibria risk-dominates the other, and the mixed one is not listed"
    )


def _largest_sum(equilibria: Sequence[Profile], payoffs: Payoffs, shape: Sequence[int]) -> int:
    best, most = 0, _welfare(equilibria[0], payoffs, shape)
    for index, profile in enumerate(equilibria):
        worth = _welfare(profile, payoffs, shape)
        if greater(worth, most):
            best, most = index, worth
    return best


def _welfare(profile: Profile, payoffs: Payoffs, shape: Sequence[int]) -> Number:
    return sum((expected(table, shape, profile) for table in payoffs), start=_ZERO)


def _first(equilibria: Sequence[Profile], payoffs: Payoffs, shape: Sequence[int]) -> int:
    del equilibria, payoffs, shape
    return 0


def _most_mixed(equilibria: Sequence[Profile], payoffs: Payoffs, shape: Sequence[int]) -> int:
    candidates = list(range(len(equilibria)))
    if symmetric(payoffs, shape):
        alike = [k for k in candidates if _alike(equilibria[k])]
        candidates = alike or candidates
    return max(candidates, key=lambda k: sum(p > 0 for part in equilibria[k] for p in part))


def symmetric(payoffs: Payoffs, shape: Sequence[int]) -> bool:
    """Whether the game stays the same when players change places, actions by their order."""
    if len(set(shape)) > 1:
        return False
    profiles = list(product(*map(range, shape)))
    index = {actions: k for k, actions in enumerate(profiles)}
    for i in range(len(shape) - 1):
        order = list(range(len(shape)))
        order[i], order[i + 1] = i + 1, i
        for k, actions in enumerate(profiles):
            swapped = index[tuple(actions[j] for j in order)]
            if not all(close(payoffs[j][k], payoffs[order[j]][swapped]) for j in range(len(shape))):
                return False
    return True


def _alike(profile: Profile) -> bool:
    return all(close(p, q) for part in profile for p, q in zip(part, profile[0], strict=True))


def _pure(profile: Profile) -> bool:
    return all(sum(p > 0 for p in part) == 1 for part in profile)


def _nearest_to_logit(equilibria: Sequence[Profile], payoffs: Payoffs, shape: Sequence[int]) -> int:
    from gametheory_crisis.solvers.normal_form.logit import logit_equilibrium

    limit = logit_equilibrium(payoffs, shape)
    if limit.status != "equilibrium" or limit.route == "supports":
        raise SolverError(
            f"the logit path is {limit.path.status} at precision {limit.precision:.3g}",
            {"profile": limit.profile, "regret": limit.regret},
        )
    return min(range(len(equilibria)), key=lambda k: _distance(equilibria[k], limit.profile))


def _distance(one: Profile, other: Profile) -> float:
    return max(
        abs(float(p) - float(q))
        for a, b in zip(one, other, strict=True)
        for p, q in zip(a, b, strict=True)
    )


_ZERO = Fraction(0)

_PICK: dict[str, Callable[[Sequence[Profile], Payoffs, Sequence[int]], int]] = {
    "payoff": _largest_sum,
    "risk": risk_dominant,
    "logit": _nearest_to_logit,
    "mixed": _most_mixed,
    "first": _first,
}
