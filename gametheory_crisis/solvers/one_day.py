"""What is done at one position of a day, told what the next day is worth.

Backward induction and the search for stationary play both ask this of every position: the one day
after day, the other until the days no longer differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from gametheory_crisis.errors import NotFinite, ParameterError, SolverError
from gametheory_crisis.games.arithmetic import Number, is_finite
from gametheory_crisis.games.reach import live_branches
from gametheory_crisis.games.stage import Branch, Check, Kind, Night, Position, StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.solvers.offers import OfferPlan, best_offer
from gametheory_crisis.solvers.stage_equilibria import (
    Mix,
    StageEquilibria,
    is_pure,
    profile_shares,
    stage_equilibria,
)
from gametheory_crisis.solvers.stage_selection import select_equilibrium
from gametheory_crisis.solvers.values import TieBook, Value, largest, mixture


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided at a position on a day.

    Attributes
    ----------
    branch : the branch taken (in a subgame below an offer, after the offer made); -1 where play is
        mixed
    plan : the whole plan of a continuous offer
    mix : where play is mixed, the probability of each action, one row per mover
    """

    branch: int
    plan: OfferPlan | None = None
    mix: Mix | None = None


@dataclass(frozen=True, slots=True)
class Tomorrow:
    """What the next day is worth.

    Attributes
    ----------
    values : of the positions to which nights lead
    deadline : whether the next day is the deadline
    """

    values: Mapping[int, Value]
    deadline: bool = False


@dataclass
class OneDay:
    """Solves positions one by one; those that a position leads to on its day come before it.

    Attributes
    ----------
    game, evaluator, exact : the game at a point, and whether its arithmetic is rational
    book : picks among tied options
    notes : why the list of equilibria may not be complete
    select : rule at stages with several equilibria, see `solvers.recursion.SELECTIONS`
    kept : choices that are kept where they are among the best, whatever the book says
    bound : whether ``kept`` holds at decisions even where another branch is better
    day : the day on which the positions stand
    settled, today : values of the positions solved so far, on no particular day and on this one
    decided : what is decided at the positions solved so far

    Raises
    ------
    ParameterError
        The point has no game.
    """

    game: StageGame
    evaluator: Evaluator
    exact: bool
    book: TieBook
    notes: dict[str, None]
    select: str | None = None
    kept: Mapping[int, Decided] = field(default_factory=dict)
    bound: bool = False
    day: Number = Fraction(0)
    settled: dict[int, Value] = field(default_factory=dict)
    today: dict[int, Value] = field(default_factory=dict)
    decided: dict[int, Decided] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.require(self.game.checks)
        self.factors = tuple(self.evaluator.value(slot) for slot in self.game.discount)
        if self.select is None:
            self.select = "all" if self.game.single_stage else "payoff"

    def require(self, checks: Sequence[Check], when: str = "") -> None:
        """Refuse a point at which a condition fails; ``when`` tells the day.

        Raises
        ------
        ParameterError
            With the message of the first condition that fails.
        """
        for check in checks:
            condition = check.exact if self.exact and check.exact is not None else check.condition
            holds = self.evaluator.value(condition)
            if holds != 1 and check.exact is not None and self._approximate(check.exact):
                holds = self.evaluator.value(check.condition)
            if holds != 1:
                day = when if "day" in self.game.tape.reads[condition] else ""
                raise ParameterError(f"{check.message}{day}")

    def solve(self, index: int, tomorrow: Tomorrow) -> Value:
        """Value of a position that answers no continuous offer; its decision is put down."""
        position = self.game.positions[index]
        match position.kind:
            case Kind.TERMINAL:
                payoffs = tuple(self._finite(slot, position) for slot in position.payoffs)
                return Value(payoffs, {position.outcome: Fraction(1)}, self.day)
            case Kind.NIGHT:
                return self._night(position, tomorrow)
            case Kind.OFFER:
                return self._offer(index, position)
        if position.kind is Kind.CHANCE:
            branches = live_branches(self.game, position, self.evaluator)
            weights = [self._probability(branch) for branch in branches]
            return mixture(weights, [self._after(branch, position) for branch in branches])
        options = [self._after(branch, position) for branch in position.branches]
        if position.kind is Kind.SIMULTANEOUS:
            return self._stage(index, position, options)
        branch = self._decision(index, position, options)
        self.decided[index] = Decided(branch)
        return options[branch]

    # What the solver of an offer asks

    def known(self, index: int) -> Value:
        """Value of a position that does not depend on an offer."""
        value = self.today.get(index)
        return self.settled[index] if value is None else value

    def tie(self, num_options: int) -> int:
        """Which of several tied options to take."""
        return self.book.pick(num_options)

    def note(self, message: str) -> None:
        """Record why the list of equilibria may not be complete."""
        self.notes[message] = None

    # One position

    def _approximate(self, condition: int) -> bool:
        """Whether floats entered the numbers that a condition compares."""
        entry = self.game.tape.entries[condition]
        return isinstance(entry, tuple) and any(
            isinstance(self.evaluator.value(slot), float) for slot in entry[1]
        )

    def _after(self, branch: Branch, position: Position) -> Value:
        return self.known(branch.target).plus([self._finite(s, position) for s in branch.pays])

    def _finite(self, slot: int, position: Position) -> Number:
        number = self.evaluator.value(slot)
        if not is_finite(number):
            raise NotFinite(f"a payoff at '{position.node}' is not finite at this point")
        return number

    def _probability(self, branch: Branch) -> Number:
        assert branch.probability is not None
        return self.evaluator.value(branch.probability)

    def _night(self, position: Position, tomorrow: Tomorrow) -> Value:
        assert position.night is not None
        ways = ways_by_night(position.night, self.evaluator, deadline=tomorrow.deadline)
        value = mixture([w for w, _ in ways], [tomorrow.values[way] for _, way in ways])
        if self.game.endless:  # no position knows its day: days count from each position on
            value = replace(value, day=value.day + 1)
        return value.discounted(self.factors)

    def _decision(self, index: int, position: Position, options: Sequence[Value]) -> int:
        """The mover's best branch; ties in the file's order, between offers soonest end first."""
        kept = self.kept.get(index)
        if kept is not None and self.bound:
            return kept.branch
        mover = position.movers[0]
        tied = largest([option.payoffs[mover] for option in options])
        if kept is not None and kept.branch in tied:
            return kept.branch
        if position.branches[0].offer is not None:
            tied.sort(key=lambda k: (options[k].day, self._offered(position.branches[k])))
        return tied[self.tie(len(tied))]

    def _offered(self, branch: Branch) -> Number:
        assert branch.offer is not None
        return self.evaluator.value(branch.offer)

    def _stage(self, index: int, position: Position, options: Sequence[Value]) -> Value:
        kept = self.kept.get(index)
        if kept is not None and self.bound and kept.mix is None:
            self.decided[index] = kept
            return options[kept.branch]
        payoffs = [option.payoffs for option in options]
        found = stage_equilibria(payoffs, position.shape, position.movers)
        if not found.complete:
            self.note(f"there may be more equilibria at '{position.node}'")
        mix = found.profiles[self._selected(position, payoffs, found)]
        shares = profile_shares(mix)
        pure = is_pure(mix)
        branch = shares.index(1) if pure else -1
        self.decided[index] = Decided(branch, mix=None if pure else mix)
        return mixture(shares, options)

    def _selected(
        self, position: Position, payoffs: list[tuple[Number, ...]], found: StageEquilibria
    ) -> int:
        """Which equilibrium of a stage is played."""
        if not found.profiles:
            raise SolverError(f"no equilibrium was found at '{position.node}'")
        if self.select == "all":
            if found.continuum and not self.game.single_stage:
                self.note(f"of the continuum of equilibria at '{position.node}' the ends are taken")
            return self.tie(len(found.profiles))
        if len(found.profiles) > 1:
            self.note(f"at '{position.node}' one of several equilibria is selected")
        assert self.select is not None
        return select_equilibrium(
            self.select, found.profiles, payoffs, position.shape, position.movers
        )

    def _offer(self, index: int, position: Position) -> Value:
        kept = self.kept.get(index)
        plan = best_offer(self, position) if kept is None else self._kept_offer(position, kept)
        self.decided[index] = Decided(0, plan)
        return plan.value

    def _kept_offer(self, position: Position, kept: Decided) -> OfferPlan:
        """The best offer after which the kept choices follow, where it is among the best."""
        assert kept.plan is not None
        taker = _Taker(self)
        first = plan = best_offer(taker, position)
        while plan.choices != kept.plan.choices:
            taker.pick += 1
            if taker.pick >= taker.num_options:
                return first
            plan = best_offer(taker, position)
        return plan


class _Taker:
    """The stage around an offer, with a pick among tied offers of its own."""

    def __init__(self, day: OneDay) -> None:
        self.game, self.evaluator, self.day = day.game, day.evaluator, day.day
        self.known, self.note = day.known, day.note
        self.pick = 0
        self.num_options = 1

    def tie(self, num_options: int) -> int:
        """The pick, and a record of how many there are."""
        self.num_options = num_options
        return self.pick


def ways_by_night(
    night: Night, evaluator: Evaluator, *, deadline: bool = False
) -> list[tuple[Number, int]]:
    """Where a night can lead: the probability and the index of each position.

    Parameters
    ----------
    deadline : whether the next day is the deadline
    """
    tomorrow = night.tomorrow_at_deadline if deadline else night.tomorrow
    breakdown = night.breakdown_at_deadline if deadline else night.breakdown
    hazard = 0 if night.hazard is None else evaluator.value(night.hazard)
    ways = [(hazard, breakdown), (1 - hazard, tomorrow)]
    return [(weight, way) for weight, way in ways if weight != 0 and way is not None]
