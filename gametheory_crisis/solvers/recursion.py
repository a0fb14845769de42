"""Backward induction over (position, day): all subgame-perfect equilibria at one point.

Works in exact rationals as long as the model's arithmetic is rational, and lists every equilibrium
that ties at decisions, offers and stages make, by running the induction once per combination of
choices at ties.  Simultaneous stages are solved with all their equilibria, mixed ones included;
elsewhere play is pure.  Only values cross a night, so the work is days times positions, and
histories are never unrolled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from gametheory_crisis.errors import NotFinite, ParameterError, SolverError
from gametheory_crisis.games.arithmetic import Number, is_finite
from gametheory_crisis.games.reach import live_branches, standing
from gametheory_crisis.games.stage import Branch, Check, Kind, Position, StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.solvers.offers import OfferPlan, best_offer
from gametheory_crisis.solvers.stage_equilibria import (
    Mix,
    StageEquilibria,
    is_pure,
    profile_shares,
    stage_equilibria,
)
from gametheory_crisis.solvers.stage_selection import SELECTIONS as STAGE_RULES
from gametheory_crisis.solvers.stage_selection import select_equilibrium
from gametheory_crisis.solvers.values import TieBook, Value, largest, mixture

MAX_EQUILIBRIA = 64
MAX_PLACES = 50_000
"""Places of choice, over all equilibria, beyond which fewer equilibria are listed, but two."""
MAX_DAYS = 1_000_000
MAX_BITS = 1 << 15
"""Rationals longer than this are given up for floats: their cost grows faster than the days."""
SELECTIONS = ("all", *STAGE_RULES)


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided at a position on a day.

    Attributes
    ----------
    branch : the branch taken (in a subgame below an offer, after the offer made); -1 where play is
        mixed
    plan : the whole plan of a continuous offer
    mix : the probabilities at a simultaneous position where play is mixed
    """

    branch: int
    plan: OfferPlan | None = None
    mix: Mix | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One equilibrium: the value of the game and what is decided everywhere.

    ``decisions[index, day]`` for positions that repeat, ``decisions[index, -1]`` for the others.
    """

    value: Value
    decisions: Mapping[tuple[int, int], Decided]


@dataclass(frozen=True, slots=True)
class Recursion:
    """All equilibria found.

    Attributes
    ----------
    profiles : the equilibria
    notes : why the list may not be complete; empty where it is
    days : days before the deadline, 0 without one
    exact : whether rationals were kept where the values are rational
    """

    profiles: tuple[Profile, ...]
    notes: tuple[str, ...]
    days: int
    exact: bool


class _TooLong(Exception):
    """Rationals have outgrown `MAX_BITS`."""


def solve_recursion(
    game: StageGame, values: Mapping[str, Number], *, exact: bool = True, select: str | None = None
) -> Recursion:
    """All subgame-perfect equilibria of a stage game at one point that mix at stages only.

    Parameters
    ----------
    game : the game
    values : every parameter
    exact : compute in rationals where the values are rational, unless they outgrow `MAX_BITS`
    select : rule at simultaneous stages with several equilibria, one of `SELECTIONS`; None is
        ``all`` for a game of a single stage and ``payoff`` otherwise

    Returns
    -------
    At most `MAX_EQUILIBRIA` profiles, fewer of a very large game; the first takes the earliest
    option at every tie.

    Raises
    ------
    ParameterError
        The point has no game, or a payoff is not finite.
    UnsupportedGame
        A stage that answers a continuous offer has no equilibrium in pure strategies.
    """
    try:
        return _enumerate(game, values, exact=exact, select=select)
    except _TooLong:
        return _enumerate(game, values, exact=False, select=select)


def _enumerate(
    game: StageGame, values: Mapping[str, Number], *, exact: bool, select: str | None
) -> Recursion:
    """One run per combination of choices at ties."""
    book = TieBook()
    notes: dict[str, None] = {}
    profiles: list[Profile] = []
    while True:
        run = _Run(game, values, book, notes, exact=exact, select=select)
        profiles.append(run.solve())
        if not book.advance():
            break
        most = min(MAX_EQUILIBRIA, max(2, MAX_PLACES // len(run.standing)))
        if len(profiles) >= most:
            notes[f"only the first {most} equilibria are listed"] = None
            break
    return Recursion(tuple(profiles), tuple(notes), run.days, exact)


@dataclass
class _Run:
    """One backward induction, with the picks of a `TieBook` at ties."""

    game: StageGame
    values: Mapping[str, Number]
    book: TieBook
    notes: dict[str, None]
    exact: bool
    select: str | None
    days: int = 0
    today: int = -1
    decisions: dict[tuple[int, int], Decided] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.evaluator = Evaluator(self.game.tape, self.values, exact=self.exact)
        self.fixed: dict[int, Value] = {}
        self.current: dict[int, Value] = {}
        self.tomorrow: dict[int, Value] = {}
        self.day: Number = Fraction(0)
        self.factors: tuple[Number, ...] = ()
        self.standing: frozenset[tuple[int, int]] = frozenset()
        if self.select is None:
            self.select = "all" if self.game.single_stage else "payoff"

    def solve(self) -> Profile:
        """Positions on known days first, then the days before the deadline, backwards."""
        game = self.game
        self._check(game.checks, "")
        self.factors = tuple(self.evaluator.value(slot) for slot in game.discount)
        if game.deadline is not None:
            self.days = self._deadline()
        self.standing = standing(game, self.days, self.evaluator)
        for index, position in enumerate(game.positions):
            if (index, -1) in self.standing:
                self._check(position.checks, "")
                self.day = self.evaluator.value(position.day)
                if not position.reads:
                    self.fixed[index] = self._solve(index, position)
        for day in range(self.days - 1, -1, -1):
            self._solve_day(day)
        start = self.tomorrow if self.days else self.fixed
        return Profile(start[game.start], self.decisions)

    def _solve_day(self, day: int) -> None:
        self.today = day
        self.evaluator.set_day(day)
        self.day = Fraction(day)
        self.current = {}
        for index, position in enumerate(self.game.positions):
            if (index, day) in self.standing:
                self._check(position.checks, f" on day {day}")
                if not position.reads:
                    self.current[index] = self._solve(index, position)
        self.tomorrow = self.current
        if self.exact and any(_bits(value) > MAX_BITS for value in self.current.values()):
            raise _TooLong

    def _deadline(self) -> int:
        assert self.game.deadline is not None
        deadline = self.evaluator.value(self.game.deadline)
        if not is_finite(deadline) or deadline != int(deadline) or not 1 <= deadline <= MAX_DAYS:
            raise ParameterError(
                f"the deadline is {float(deadline):g}, "
                f"not a whole number of days from 1 to {MAX_DAYS:,}"
            )
        return int(deadline)

    def _check(self, checks: tuple[Check, ...], when: str) -> None:
        for check in checks:
            condition = check.exact if self.exact and check.exact is not None else check.condition
            holds = self.evaluator.value(condition)
            if holds != 1 and check.exact is not None and self._approximate(check.exact):
                holds = self.evaluator.value(check.condition)
            if holds != 1:
                day = when if "day" in self.game.tape.reads[condition] else ""
                raise ParameterError(f"{check.message}{day}")

    def _approximate(self, condition: int) -> bool:
        """Whether floats entered the numbers that a condition compares."""
        entry = self.game.tape.entries[condition]
        return isinstance(entry, tuple) and any(
            isinstance(self.evaluator.value(slot), float) for slot in entry[1]
        )

    # What the solver of an offer asks

    def known(self, index: int) -> Value:
        """Value of a position that does not depend on an offer."""
        value = self.current.get(index)
        return self.fixed[index] if value is None else value

    def tie(self, num_options: int) -> int:
        """Which of several tied options to take in this run."""
        return self.book.pick(num_options)

    def note(self, message: str) -> None:
        """Record why the list of equilibria may not be complete."""
        self.notes[message] = None

    # One position

    def _solve(self, index: int, position: Position) -> Value:
        match position.kind:
            case Kind.TERMINAL:
                payoffs = tuple(self._finite(slot, position) for slot in position.payoffs)
                return Value(payoffs, {position.outcome: Fraction(1)}, self.day)
            case Kind.NIGHT:
                return self._night(position)
            case Kind.OFFER:
                return self._offer(index, position)
        if position.kind is Kind.CHANCE:
            branches = live_branches(self.game, position, self.evaluator)
            weights = [self._probability(branch) for branch in branches]
            return mixture(weights, [self._after(branch, position) for branch in branches])
        options = [self._after(branch, position) for branch in position.branches]
        if position.kind is Kind.SIMULTANEOUS:
            return self._stage(index, position, options)
        branch = self._decision(position, options)
        self._record(index, position, Decided(branch))
        return options[branch]

    def _record(self, index: int, position: Position, decided: Decided) -> None:
        self.decisions[index, self.today if position.repeats else -1] = decided

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

    def _night(self, position: Position) -> Value:
        night = position.night
        assert night is not None
        last = position.repeats and self.today + 1 == self.days
        values = self.tomorrow if position.repeats and not last else self.fixed
        tomorrow = night.tomorrow_at_deadline if last else night.tomorrow
        breakdown = night.breakdown_at_deadline if last else night.breakdown
        hazard = 0 if night.hazard is None else self.evaluator.value(night.hazard)
        ways = [(hazard, breakdown), (1 - hazard, tomorrow)]
        live = [(w, values[way]) for w, way in ways if w != 0 and way is not None]
        return mixture([w for w, _ in live], [v for _, v in live]).discounted(self.factors)

    def _decision(self, position: Position, options: list[Value]) -> int:
        """The mover's best branch; ties in the file's order, between offers soonest end first."""
        mover = position.movers[0]
        tied = largest([option.payoffs[mover] for option in options])
        if position.branches[0].offer is not None:
            tied.sort(key=lambda k: (options[k].day, self._offered(position.branches[k])))
        return tied[self.tie(len(tied))]

    def _offered(self, branch: Branch) -> Number:
        assert branch.offer is not None
        return self.evaluator.value(branch.offer)

    def _stage(self, index: int, position: Position, options: list[Value]) -> Value:
        payoffs = [option.payoffs for option in options]
        found = stage_equilibria(payoffs, position.shape, position.movers)
        if not found.complete:
            self.note(f"there may be more equilibria at '{position.node}'")
        mix = found.profiles[self._selected(position, payoffs, found)]
        shares = profile_shares(mix)
        pure = is_pure(mix)
        branch = shares.index(1) if pure else -1
        self._record(index, position, Decided(branch, mix=None if pure else mix))
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
        plan = best_offer(self, position)
        self._record(index, position, Decided(0, plan))
        return plan.value


def _bits(value: Value) -> int:
    """Length of the longest denominator among payoffs."""
    return max(p.denominator.bit_length() if isinstance(p, Fraction) else 0 for p in value.payoffs)
