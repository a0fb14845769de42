"""Stationary play as the limit of games with ever longer deadlines.

Where offers are continuous, a game without end is solved as what its finite versions lead to: from
a horizon at which nothing is paid any more, days are solved backwards (Rubinstein 1982; Stahl
1972).  Once the choices stay the same from day to day, values move along a smooth map, most often
an affine one, and Newton's method jumps to its fixed point.  A jump counts only if the day before
the fixed point repeats it, choices and values, so that what is returned is a Markov perfect
equilibrium to rounding.

Parts of the game to which play cannot come back are solved first, each at its own limit: a counter
that stops costs one small fixed point per level and not as many days as levels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.stage import StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.solvers.one_day import Decided, OneDay, Tomorrow
from gametheory_crisis.solvers.recursion import Profile
from gametheory_crisis.solvers.stochastic.absorption import NEVER_ENDS, ends_of_play, with_ends
from gametheory_crisis.solvers.stochastic.components import Component, components
from gametheory_crisis.solvers.stochastic.day_operator import Day, DayOperator, Point
from gametheory_crisis.solvers.stochastic.fixed_point import attracts, distance, fixed_point
from gametheory_crisis.solvers.values import TieBook, Value

FIRST_TRY = 16
"""Days after which the fixed point is first looked for; then whenever the days have doubled."""
STEADY = 8
"""Days for which the choices must have stayed the same before a jump."""
MOST_UNKNOWNS = 1_000
"""Values that move together beyond which no jump is made: its linear system would be too large."""
CYCLE = 1e-9
"""Play cycles if values come back so much closer than they move in a day."""


@dataclass(frozen=True, slots=True)
class StationaryLimit:
    """What games with ever longer deadlines lead to.

    Attributes
    ----------
    profile : ``decisions[index, -1]`` for each position at which play can stand. The outcomes of
        its value sum to below 1, and its day is ``nan``, where play may go on for ever
    converged : whether the profile is an equilibrium: the day before repeats choices and values.
        Otherwise it is the one whose values change the least from day to day
    gap : the largest change of a value from the last day to the day before
    days : how many days were solved
    notes : why the equilibrium may not be the only one that the limit leads to
    """

    profile: Profile
    converged: bool
    gap: float
    days: int
    notes: tuple[str, ...] = ()


def stationary_limit(
    game: StageGame,
    values: Mapping[str, Number],
    *,
    select: str | None = None,
    most_days: int = 20_000,
    tolerance: float = 1e-12,
) -> StationaryLimit:
    """The stationary equilibrium to which games with ever longer deadlines lead, if they settle.

    Parameters
    ----------
    game : a game without end
    values : every parameter
    select : rule at simultaneous stages with several equilibria, see `solvers.recursion`; ``all``
        takes the first
    most_days : days to solve before giving up, over all parts of the game
    tolerance : change of a value from one day to the day before, as a share of the player's largest
        payoff, that counts as none; at least the rounding of stages where one is mixed

    Raises
    ------
    ParameterError
        The point has no game, or a payoff is not finite.
    SolverError
        The game has an end.
    UnsupportedGame
        A stage that answers a continuous offer has no equilibrium in pure strategies.
    """
    if not game.endless:
        raise SolverError("the game comes to an end: it has no stationary limit")
    evaluator = Evaluator(game.tape, values, exact=False)
    one_day = OneDay(game, evaluator, False, TieBook(), {}, select)
    decided: dict[int, Decided] = {}
    converged, gap, days = True, 0.0, 0
    for component in components(game, evaluator):
        for index in component.members:
            one_day.require(game.positions[index].checks)
        part = _solve(one_day, component, max(1, most_days - days), tolerance)
        one_day.settled |= part.values
        decided |= part.decided
        converged = converged and part.converged
        gap = max(gap, part.gap)
        days += part.days
    decisions = {(index, -1): chosen for index, chosen in sorted(decided.items())}
    value = _shown(game, one_day.settled[game.start])
    return StationaryLimit(Profile(value, decisions), converged, gap, days, tuple(one_day.notes))


@dataclass(frozen=True, slots=True)
class _Part:
    """A component with its values; see `StationaryLimit`."""

    values: Mapping[int, Value]
    decided: Mapping[int, Decided]
    converged: bool
    gap: float
    days: int


def _solve(one_day: OneDay, component: Component, most_days: int, tolerance: float) -> _Part:
    """A component, those that it leads to being solved."""
    if component.targets:
        return _settle(DayOperator(one_day, component), most_days, tolerance)
    index = component.members[0]
    if one_day.game.positions[index].reads:
        return _Part({}, {}, True, 0.0, 0)  # solved with the offer that it answers
    one_day.kept, one_day.today, one_day.decided = {}, {}, {}
    value = one_day.solve(index, Tomorrow(one_day.settled))
    return _Part({index: value}, one_day.decided, True, 0.0, 0)


def _settle(operator: DayOperator, most_days: int, tolerance: float) -> _Part:
    """Solve days backwards until they repeat, or repeat but for numbers that Newton's method finds.

    Points that are kept for comparison stand at powers of two (R. Brent, An improved Monte Carlo
    factorization algorithm, BIT 20, 1980), so that a cycle of any length is seen.
    """
    point = anchor = operator.horizon()
    day = operator(point)
    best = (math.inf, point, day)
    steady, days, next_try, before = 0, 1, FIRST_TRY, math.inf
    while True:
        gap = distance(day, point)
        best = min(best, (gap, point, day), key=lambda found: found[0])
        cycling = distance(day, anchor) <= CYCLE * gap
        if days >= next_try or cycling:
            found, allowed = None, max(tolerance, day.noise)
            if steady >= STEADY and gap > 0:
                found = _jump(operator, point, day, days, allowed)
            left = gap if cycling else _further(gap, before)
            if found is None and left <= allowed:
                found = _confirmed(operator, day.point, day, days, allowed)
            if found is not None:
                return found
        if cycling or days >= most_days:
            return _unsettled(operator, best[1], best[2], days)
        if days >= next_try:
            next_try, anchor = 2 * days, day.point
        point, before, earlier = day.point, gap, day.choices
        day = operator(point)
        days += 1
        steady = steady + 1 if day.choices == earlier else 0


def _further(gap: float, before: float) -> float:
    """The sum of all further changes, if they shrink as the last one did."""
    if gap == 0:
        return 0.0
    return gap * gap / (before - gap) if gap < before else math.inf


def _jump(
    operator: DayOperator, point: Point, day: Day, days: int, tolerance: float
) -> _Part | None:
    """The fixed point with a day's choices, if it is an equilibrium and days lead to it."""
    if point.payoffs.size > MOST_UNKNOWNS:
        return None
    slope = operator.slope(point, day)
    fixed = fixed_point(operator, point, day, slope, tolerance)
    if fixed is None or not attracts(operator, point, fixed, slope, day, tolerance):
        return None
    return _confirmed(operator, fixed, day, days, tolerance)


def _confirmed(
    operator: DayOperator, point: Point, day: Day, days: int, tolerance: float
) -> _Part | None:
    """A point as an equilibrium, if a day before it repeats its values and choices.

    Ties are broken anew first, as on any day; where that leads away from the point, the choices
    that led to it are kept: the limit of strict choices may be a tie.
    """
    reached = operator(point, day.decided)
    if reached.choices != day.choices or distance(reached, point) > tolerance:
        return None
    for kept in (None, day.decided):
        now = reached
        for _ in range(3):
            ends = ends_of_play(operator, point, now)
            if ends is None:
                break
            point = Point(point.payoffs, tuple(float(value.day) for value in ends))
            then = operator(point, kept)
            if distance(then, point) > tolerance:
                break
            if then.choices == now.choices:
                values = with_ends(then.values, ends)
                return _Part(values, dict(then.decided), True, _moved(then, point), days)
            now = then
    return None


def _unsettled(operator: DayOperator, point: Point, day: Day, days: int) -> _Part:
    """The day that repeats best; outcomes are left out where not even its choices repeat."""
    ends = ends_of_play(operator, point, day)
    if ends is None:
        nothing: dict[int, Number] = {}
        ends = [Value(tuple(row), nothing, math.inf) for row in point.payoffs.tolist()]
    values = with_ends(day.values, ends)
    return _Part(values, dict(day.decided), False, _moved(day, point), days)


def _moved(day: Day, point: Point) -> float:
    """The largest change of a payoff from a point to the day before."""
    import numpy as np

    return float(np.abs(day.point.payoffs - point.payoffs).max())


def _shown(game: StageGame, value: Value) -> Value:
    """A value with the probability of play without end under its name, where the game names it."""
    outcomes = dict(value.outcomes)
    forever = outcomes.pop(NEVER_ENDS, Fraction(0))
    if forever and "forever" in game.outcomes:
        outcomes[game.outcomes.index("forever")] = forever
    return Value(value.payoffs, outcomes, math.nan if math.isinf(value.day) else value.day)
