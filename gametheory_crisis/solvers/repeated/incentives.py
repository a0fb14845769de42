"""At which discount factors a profile is an equilibrium: the sets, exactly, and the critical value.

A profile is subgame perfect if and only if no one-shot deviation gains in any state (Abreu 1988,
Proposition 1); each gain is a polynomial in the discount factor.  It is a Nash equilibrium if and
only if no plan of a deviator is worth more at the start: a plan is optimal over a set that its own
one-shot deviations tell, and on that set one polynomial decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.solvers.repeated.motion import Choices, Step, difference, long_run, totals
from gametheory_crisis.solvers.repeated.unit_roots import Cell, Partition, Polynomial

MAX_PLANS = 500
"""Optimal plans of a deviator, over all discount factors."""


@dataclass(frozen=True, slots=True)
class DiscountSet:
    """The discount factors in [0, 1) at which something holds, as closed intervals.

    Attributes
    ----------
    intervals : ends, rising; an upper end of 1 is open
    limit : whether it holds nowhere but in the limit as the discount factor goes to 1: what
        deviations gain, per period, then goes to nothing
    """

    intervals: tuple[tuple[Number, Number], ...]
    limit: bool


def subgame_perfect_set(players: Sequence[Choices], most: Fraction = Fraction(1)) -> DiscountSet:
    """Where no one-shot deviation of the players gains in any state.

    Parameters
    ----------
    most : discount factors above this are left out
    """
    gains = [g for choices in players for g in _gains(choices, choices.prescribed)]
    partition = Partition([*gains, *_bound(most)])

    def holds(cell: Cell) -> bool:
        return all(partition.sign(gain, cell) <= 0 for gain in [*gains, *_bound(most)])

    return _as_set(partition, holds, lambda: most == 1 and _is_limit(players, everywhere=True))


def nash_set(players: Sequence[Choices], most: Fraction = Fraction(1)) -> DiscountSet:
    """Where no plan of one of the players is worth more than the prescribed one from the start.

    Raises
    ------
    SolverError
        If a deviator's best plan changes too often with the discount factor.
    """
    searches = [_PlanSearch(choices) for choices in players]
    while True:
        asked = [p for search in searches for p in search.polynomials]
        partition = Partition([*asked, *_bound(most)])
        open_cell = next(
            (
                (search, cell)
                for cell in partition.cells
                if cell.sample is not None
                for search in searches
                if search.verdict(partition, cell) is None
            ),
            None,
        )
        if open_cell is None:
            break
        search, cell = open_cell
        assert cell.sample is not None
        search.explore(cell.sample)

    def holds(cell: Cell) -> bool:
        within = all(partition.sign(bound, cell) <= 0 for bound in _bound(most))
        return within and all(search.verdict(partition, cell) for search in searches)

    return _as_set(partition, holds, lambda: most == 1 and _is_limit(players, everywhere=False))


@dataclass(frozen=True, slots=True)
class _BestPlan:
    """A plan that is optimal wherever none of ``gains`` is positive, and what it is worth more."""

    gains: list[Polynomial]
    better: Polynomial


class _PlanSearch:
    """The optimal plans of one deviator, found one discount factor after the other."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.plans: list[_BestPlan] = []

    @property
    def polynomials(self) -> list[Polynomial]:
        """All whose signs decide."""
        return [p for plan in self.plans for p in (*plan.gains, plan.better)]

    def verdict(self, partition: Partition, cell: Cell) -> bool | None:
        """Whether the prescribed plan is optimal all over a cell; None where that is not known."""
        plan = self._optimal(partition, cell)
        return None if plan is None else partition.sign(plan.better, cell) <= 0

    def explore(self, discount: Fraction) -> None:
        """Add the plan that is optimal at a discount factor."""
        if len(self.plans) == MAX_PLANS:
            raise SolverError(f"a deviator has more than {MAX_PLANS} best plans")
        start, prescribed = self.choices.start, self.choices.prescribed
        plan = best_plan(self.choices, discount)
        (gain, x), (loss, y) = plan[start], prescribed[start]
        better = difference((plan, x), (prescribed, y), gain - loss)
        self.plans.append(_BestPlan(_gains(self.choices, plan), better))

    def _optimal(self, partition: Partition, cell: Cell) -> _BestPlan | None:
        for plan in self.plans:
            if all(partition.sign(gain, cell) <= 0 for gain in plan.gains):
                return plan
        return None


def best_plan(choices: Choices, discount: Fraction) -> list[Step]:
    """A plan that is optimal from every state on, by policy iteration (Howard 1960)."""
    picks = [0] * len(choices.steps)
    improved = True
    while improved:
        improved = False
        worth = totals(choices.plan(picks), discount)
        for state, ways in enumerate(choices.steps):
            values = [payoff + discount * worth[after] for payoff, after in ways]
            best = max(range(len(values)), key=values.__getitem__)
            if values[best] > values[picks[state]]:
                picks[state], improved = best, True
    return choices.plan(picks)


def _is_limit(players: Sequence[Choices], *, everywhere: bool) -> bool:
    """Whether very patient players gain nothing per period, from the start or in every state."""
    for choices in players:
        plan = _patient_plan(choices)
        states = range(len(plan)) if everywhere else [choices.start]
        if any(long_run(plan, s) > long_run(choices.prescribed, s) for s in states):
            return False
    return True


def _patient_plan(choices: Choices) -> list[Step]:
    """The plan that is optimal at all discount factors from some one up to 1."""
    asked: list[Polynomial] = []
    discount = Fraction(1, 2)
    for _ in range(MAX_PLANS):
        plan = best_plan(choices, discount)
        asked += _gains(choices, plan)
        partition = Partition(asked)
        last = partition.cells[-1]
        if all(partition.sign(gain, last) <= 0 for gain in _gains(choices, plan)):
            return plan
        assert last.sample is not None
        discount = last.sample
    raise SolverError(f"a deviator has more than {MAX_PLANS} best plans")


def _gains(choices: Choices, plan: Sequence[Step]) -> list[Polynomial]:
    """Gains from one-shot deviations from a plan, those left out that are never positive."""
    gains = {
        difference((plan, after), (plan, plan[state][1]), payoff - plan[state][0])
        for state, ways in enumerate(choices.steps)
        for payoff, after in ways
    }
    return sorted(gain for gain in gains if any(c > 0 for c in gain))


def _bound(most: Fraction) -> list[Polynomial]:
    """What is at most zero up to a discount factor."""
    return [] if most == 1 else [(-most.numerator, most.denominator)]


def _as_set(
    partition: Partition, holds: Callable[[Cell], bool], limit: Callable[[], bool]
) -> DiscountSet:
    intervals = tuple(_merged((cell, holds(cell)) for cell in partition.cells))
    return DiscountSet(intervals, not intervals and limit())


def _merged(cells: Iterable[tuple[Cell, bool]]) -> list[tuple[Number, Number]]:
    """Neighbouring cells at which something holds, joined."""
    intervals: list[tuple[Number, Number]] = []
    joined = False
    for cell, good in cells:
        if good and joined:
            intervals[-1] = intervals[-1][0], cell.high.value
        elif good:
            intervals.append((cell.low.value, cell.high.value))
        joined = good
    return intervals


@dataclass(frozen=True, slots=True)
class AtOneDiscount:
    """How one player fares at a discount factor, per period.

    Attributes
    ----------
    payoff : of the profile
    plan_regret : what the best plan is worth more, from the start
    regret : what the best one-shot deviation is worth more, in whatever state
    """

    payoff: Fraction
    plan_regret: Fraction
    regret: Fraction


def one_discount(choices: Choices, discount: Fraction) -> AtOneDiscount:
    """A player's payoff and regrets, exactly."""
    worth, best = (
        totals(plan, discount) for plan in (choices.prescribed, best_plan(choices, discount))
    )
    regret = max(
        payoff + discount * worth[after] - worth[state]
        for state, ways in enumerate(choices.steps)
        for payoff, after in ways
    )
    share, start = 1 - discount, choices.start
    return AtOneDiscount(share * worth[start], share * (best[start] - worth[start]), share * regret)
