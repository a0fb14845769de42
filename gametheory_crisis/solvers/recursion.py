"""Backward induction over (position, day): all subgame-perfect equilibria at one point.

Works in exact rationals as long as the model's arithmetic is rational, and lists every equilibrium
that ties at decisions, offers and stages make, by running the induction once per combination of
choices at ties.  Simultaneous stages are solved with all their equilibria, mixed ones included;
elsewhere play is pure.  Only values cross a night, so the work is days times positions, and
histories are never unrolled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.arithmetic import Number, is_finite
from gametheory_crisis.games.reach import standing
from gametheory_crisis.games.stage import StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.solvers.one_day import Decided, OneDay, Tomorrow
from gametheory_crisis.solvers.stage_selection import SELECTIONS as STAGE_RULES
from gametheory_crisis.solvers.values import TieBook, Value

MAX_EQUILIBRIA = 64
MAX_PLACES = 50_000
"""Places of choice, over all equilibria, beyond which fewer equilibria are listed, but two."""
MAX_DAYS = 1_000_000
MAX_BITS = 1 << 15
"""Rationals longer than this are given up for floats: their cost grows faster than the days."""
SELECTIONS = ("all", *STAGE_RULES)


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


class _Run:
    """One backward induction, with the picks of a `TieBook` at ties.

    Attributes
    ----------
    days : days before the deadline, 0 without one
    standing : the places at which play can stand
    decisions : what is decided, see `Profile`
    """

    def __init__(
        self,
        game: StageGame,
        values: Mapping[str, Number],
        book: TieBook,
        notes: dict[str, None],
        *,
        exact: bool,
        select: str | None,
    ) -> None:
        self.game = game
        self.evaluator = Evaluator(game.tape, values, exact=exact)
        self.one_day = OneDay(game, self.evaluator, exact, book, notes, select)
        self.days = 0 if game.deadline is None else self._deadline(game.deadline)
        self.standing = standing(game, self.days, self.evaluator)
        self.decisions: dict[tuple[int, int], Decided] = {}

    def solve(self) -> Profile:
        """Positions on known days first, then the days before the deadline, backwards."""
        settled = self._solve_settled()
        tomorrow = Tomorrow(settled, deadline=True)
        for day in range(self.days - 1, -1, -1):
            tomorrow = Tomorrow(self._solve_day(day, tomorrow))
        return Profile(tomorrow.values[self.game.start], self.decisions)

    def _solve_settled(self) -> dict[int, Value]:
        """The positions that know their day."""
        one_day = self.one_day
        for index, position in enumerate(self.game.positions):
            if (index, -1) in self.standing:
                one_day.require(position.checks)
                one_day.day = self.evaluator.value(position.day)
                if not position.reads:
                    one_day.settled[index] = one_day.solve(index, Tomorrow(one_day.settled))
        self._put_down(-1)
        return one_day.settled

    def _solve_day(self, day: int, tomorrow: Tomorrow) -> dict[int, Value]:
        """The positions that stand on a day before the deadline."""
        one_day = self.one_day
        self.evaluator.set_day(day)
        one_day.day = Fraction(day)
        one_day.today = today = {}
        for index, position in enumerate(self.game.positions):
            if (index, day) in self.standing:
                one_day.require(position.checks, f" on day {day}")
                if not position.reads:
                    today[index] = one_day.solve(index, tomorrow)
        self._put_down(day)
        if one_day.exact and any(_bits(value) > MAX_BITS for value in today.values()):
            raise _TooLong
        return today

    def _put_down(self, day: int) -> None:
        self.decisions |= {(index, day): chosen for index, chosen in self.one_day.decided.items()}
        self.one_day.decided = {}

    def _deadline(self, slot: int) -> int:
        deadline = self.evaluator.value(slot)
        if not is_finite(deadline) or deadline != int(deadline) or not 1 <= deadline <= MAX_DAYS:
            raise ParameterError(
                f"the deadline is {float(deadline):g}, "
                f"not a whole number of days from 1 to {MAX_DAYS:,}"
            )
        return int(deadline)


def _bits(value: Value) -> int:
    """Length of the longest denominator among payoffs."""
    return max(p.denominator.bit_length() if isinstance(p, Fraction) else 0 for p in value.payoffs)
