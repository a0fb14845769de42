"""How daily offers are played: states, offers, ends and payoffs, by day and by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.games.screening_rules import MEETING, PiecewiseRule, ScreeningRules
from gametheory_crisis.solvers.screening.daily import TOLERANCE, DailySolution, solve_daily
from gametheory_crisis.solvers.screening.daily_numbers import DailyNumbers
from gametheory_crisis.solvers.screening.subgame import Prospect

Floats = NDArray[np.float64]

ROUGHER = 10.0
"""How many times as rough a second solution is with which an approximation is compared."""
UNSETTLED, UNSETTLED_TOLERANCES = 1e-4, 1e4
"""An approximation that moves by more than both, the second in tolerances, is no solution."""
SURE = 1e-9
"""Odds nearer than this to 0 or 1 are so."""
SHOWN_TYPES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Positions, as shares of all types, of the types of a continuum whose payoffs are listed."""


@dataclass(frozen=True)
class Strand:
    """One way in which daily offers can be played, up to when types accept.

    Play has several ways where the proposer draws between two offers, because an earlier offer at
    the end of its range counts on the draw.

    Attributes
    ----------
    weight : probability of the draws that lead this way
    states : float64 (days + 1,), the position below which types are left: before each day's offer,
        and at expiry
    left : float64 (days + 1,), the share of types left
    offers : float64 (days,)
    expiry : what expiry leads to in the state in which it is reached
    """

    weight: float
    states: Floats
    left: Floats
    offers: Floats
    expiry: Prospect


@dataclass(frozen=True)
class DailyPath:
    """The play of daily offers.

    Attributes
    ----------
    strands : the ways in which it goes
    alive : float64 (days + 1,), probability that no breakdown has happened before the day
    payoffs : float64 (players,)
    ends : per outcome the probability of ending so, by day
    """

    strands: tuple[Strand, ...]
    alive: Floats
    payoffs: Floats
    ends: Mapping[int, Mapping[int, float]]

    @property
    def outcomes(self) -> dict[int, float]:
        """The probability of each outcome."""
        return {outcome: sum(days.values()) for outcome, days in self.ends.items()}

    @property
    def expected_day(self) -> float:
        """The expected day of the end."""
        return sum(day * p for days in self.ends.values() for day, p in days.items())


@dataclass(frozen=True)
class TypeOutlook:
    """What the path is worth to one type, and how it ends for it."""

    position: float
    payoff: float
    outcomes: Mapping[int, float]


def solve_and_play(
    game: ScreeningGame, point: Mapping[str, Number], days: int, tolerance: float | None = None
) -> tuple[DailySolution, DailyPath]:
    """The equilibrium of daily offers and its path; see `solve_daily`.

    Where functions are approximated, small errors grow over the days in a way that no sum of them
    bounds: what the path is worth is compared with what a rougher tolerance gives.

    Raises
    ------
    SolverError
        The two differ by more than can be called an error, besides what `solve_daily` raises.
    """
    solution = solve_daily(game, point, days, tolerance)
    path = play(solution)
    if solution.exact:
        return solution, path
    tolerance = TOLERANCE if tolerance is None else tolerance
    rough = play(solve_daily(game, point, days, ROUGHER * tolerance))
    moved = float(np.max(np.abs(path.payoffs - rough.payoffs)))
    for outcome, share in path.outcomes.items():
        moved = max(moved, abs(share - rough.outcomes.get(outcome, 0.0)))
    if not moved <= max(UNSETTLED, UNSETTLED_TOLERANCES * tolerance):
        raise SolverError(
            f"over {days} days the offers to this continuum do not settle: payoffs or "
            f"probabilities move by {moved:.2g} when the tolerance does; take a shorter deadline, "
            "a uniform distribution, or finitely many types"
        )
    return replace(solution, error=max(solution.error, moved)), path


def play(solution: DailySolution) -> DailyPath:
    """The path that the rules lead to."""
    numbers = solution.numbers
    alive = np.concatenate([[1.0], np.cumprod(1 - numbers.hazard)])
    strands = tuple(_strand(numbers, *found) for found in follow(solution.rules))
    ends: dict[int, dict[int, float]] = {}
    payoffs = np.zeros(len(numbers.discount))
    for strand in strands:
        _add_ends(numbers, strand, alive, ends)
        payoffs = payoffs + strand.weight * _payoffs(numbers, strand, alive)
    return DailyPath(strands, alive, payoffs, ends)


def _strand(
    numbers: DailyNumbers, weight: float, states: Floats, offers: Floats, odds: float
) -> Strand:
    expiry = _expiry(numbers, float(states[-1]), odds)
    return Strand(weight, states, numbers.types.mass(states), offers, expiry)


def _expiry(numbers: DailyNumbers, state: float, odds: float) -> Prospect:
    """What expiry leads to in a state; ``odds`` are those of what it leads to just above it.

    Where someone is indifferent there and no type's reservation offer tells the two sides apart,
    the tie, which the last offer brought about, is broken in the proposer's favour.
    """
    k = next(k for k, s in enumerate(numbers.expiry) if s.upto >= state - MEETING)
    below = numbers.expiry[k].prospect
    if state < numbers.expiry[k].upto - MEETING or k + 1 == len(numbers.expiry):
        return below
    above = numbers.expiry[k + 1].prospect
    here, p, r = np.array(state), numbers.proposer, numbers.informed
    asks = [_at(each, each.payoffs[r], state) for each in (below, above)]
    if abs(asks[0] - asks[1]) > MEETING:
        return above if odds >= 0.5 else below
    worth = [float(numbers.types.integral(e.knots, e.payoffs[p], here)) for e in (below, above)]
    return above if worth[1] > worth[0] else below


def _at(prospect: Prospect, pairs: Floats, position: float) -> float:
    pair = pairs[_segment(prospect.knots, position)]
    return float(pair[0] + pair[1] * position)


def follow(rules: ScreeningRules) -> list[tuple[float, Floats, Floats, float]]:
    """All ways of play: probability, states before each day and at expiry, offers, and odds.

    The odds are those with which the last offer counts on what follows states just above.
    """
    open_ways: list[tuple[float, float, list[float], list[float]]] = [(1.0, 0.0, [1.0], [])]
    for day in rules.days:
        following = []
        for weight, odds, states, offers in open_ways:
            state = states[-1]
            made, left = _limits(day.offer, state), _limits(day.after, state)
            sides = [(odds, 1), (1.0 - odds, 0)]
            if odds in (0.0, 1.0) or not abs(made[0] - made[1]) > MEETING:
                sides = [(1.0, 0 if odds < 0.5 else 1)]
            for share, side in sides:
                after = min(max(left[side], 0.0), state)
                later = _odds(rules, day.reservation, made[side], after)
                if after >= state - MEETING:
                    later = float(side)
                way = (weight * share, later, [*states, after], [*offers, made[side]])
                following.append(way)
        open_ways = following
    return [(weight, np.array(s), np.array(x), odds) for weight, odds, s, x in open_ways]


def _limits(rule: PiecewiseRule, state: float) -> tuple[float, float]:
    """A rule's limits in a state from the left and from the right; see `PiecewiseRule.at`."""
    last = len(rule.coefficients) - 1
    if not last:
        value = _on_piece(rule, 0, state)
        return value, value
    around = np.array([state - MEETING, state + MEETING])
    pieces = (np.searchsorted(rule.ends, around, side="right") - 1).tolist()
    left, right = (min(max(piece, 0), last) for piece in pieces)
    value = _on_piece(rule, left, state)
    return value, value if left == right else _on_piece(rule, right, state)


def _on_piece(rule: PiecewiseRule, piece: int, state: float) -> float:
    """The polynomial of a piece, by Clenshaw's recurrence in plain floats: one state is quick."""
    low, high = float(rule.ends[piece]), float(rule.ends[piece + 1])
    x = min(max(2 * (state - low) / (high - low) - 1, -1.0), 1.0)
    first, *terms = rule.coefficients[piece].tolist()
    value = after = 0.0
    for term in reversed(terms):
        value, after = term + 2 * x * value - after, value
    return float(first + x * value - after)


def _odds(rules: ScreeningRules, reservation: PiecewiseRule, offer: float, after: float) -> float:
    """How likely tomorrow's offer is the one made in states just above ``after``.

    Where the proposer is indifferent between two, today's offer counts on the one just above, worse
    for the types that are left, unless it lies between the two reservation offers that they bring
    about. Between two of finitely many types nobody's indifference counts on it.
    """
    if rules.shares and min(abs(after - share) for share in rules.shares) <= MEETING:
        return 1.0
    below, above = _limits(reservation, after)
    if abs(above - below) <= MEETING:
        return 1.0
    odds = (offer - below) / (above - below)
    if odds < SURE or odds > 1 - SURE:
        return float(odds > 0.5)
    return odds


def _add_ends(
    numbers: DailyNumbers, strand: Strand, alive: Floats, ends: dict[int, dict[int, float]]
) -> None:
    def add(outcome: int, day: int, share: float) -> None:
        if share:
            by_day = ends.setdefault(outcome, {})
            by_day[day] = by_day.get(day, 0.0) + strand.weight * share

    accepted = alive[:-1] * (strand.left[:-1] - strand.left[1:])
    for outcome, shares in numbers.deal_ends.items():
        for day, share in enumerate(accepted * shares):
            add(outcome, day, float(share))
    for prospect, nights in _breakdowns(numbers):
        struck = alive[nights] * numbers.hazard[nights]
        found = _totals(numbers, prospect, strand.states[nights + 1])
        for (outcome, later), shares in found.items():
            for night, share in zip(nights.tolist(), (struck * shares).tolist(), strict=True):
                add(outcome, night + 1 + later, share)
    last = _totals(numbers, strand.expiry, strand.states[-1:])
    for (outcome, later), shares in last.items():
        add(outcome, numbers.days + later, float(alive[-1] * shares[0]))


def _breakdowns(numbers: DailyNumbers) -> list[tuple[Prospect, NDArray[np.intp]]]:
    """What breakdowns lead to, each with the days in whose nights it does."""
    found: dict[int, tuple[Prospect, list[int]]] = {}
    for day, prospect in enumerate(numbers.broken):
        if prospect is not None:
            found.setdefault(id(prospect), (prospect, []))[1].append(day)
    return [(prospect, np.array(days)) for prospect, days in found.values()]


def _totals(
    numbers: DailyNumbers, prospect: Prospect, states: Floats
) -> dict[tuple[int, int], Floats]:
    """Probability of each end, over all types left in some states, and of being one of them."""
    cuts = numbers.types.mass(np.minimum(prospect.knots, states[:, None]))
    shares = np.diff(cuts)
    return {key: shares @ probability for key, probability in prospect.ends.items()}


def _payoffs(numbers: DailyNumbers, strand: Strand, alive: Floats) -> Floats:
    """Expected payoffs of all players on day 0, on one way of play."""
    days, types, states, expiry = numbers.days, numbers.types, strand.states, strand.expiry
    worth = numbers.discount[:, None] ** np.arange(days + 1)

    def summed(pairs: Floats, low: Floats | float, high: Floats) -> Floats:
        knots = types.knots
        return types.integral(knots, pairs, high) - types.integral(knots, pairs, np.asarray(low))

    deal = numbers.deal + numbers.slope * strand.offers[:, None, None]
    gained = summed(deal, states[1:], states[:-1])
    waited = types.integral(types.knots, numbers.waiting, states[1:])
    total = np.sum(worth[:, :-1] * alive[:-1] * (gained + waited), axis=1)
    for prospect, nights in _breakdowns(numbers):
        struck = worth[:, nights + 1] * alive[nights] * numbers.hazard[nights]
        pairs = prospect.payoffs[:, None]
        lost = types.integral(prospect.knots, pairs, states[nights + 1])
        total = total + np.sum(struck * lost, axis=1)
    final = types.integral(expiry.knots, expiry.payoffs, states[-1])
    return np.asarray(total + worth[:, days] * alive[-1] * final)


def shown_types(numbers: DailyNumbers) -> list[tuple[float, float]]:
    """The types whose payoffs are listed, each from a position to another.

    All of finitely many; of a continuum some, of no width.
    """
    knots, drawn = numbers.types.knots, numbers.types.distribution
    if drawn is None:
        return [(float(a), float(b)) for a, b in pairwise(knots)]
    shares = np.array(SHOWN_TYPES)
    (ends,) = numbers.types.numbers.values()
    found = drawn.quantile(shares if numbers.types.ascending else 1 - shares)
    return [(float(s), float(s)) for s in (found - ends[0]) / (ends[1] - ends[0])]


def still_there(strand: Strand, low: float, high: float) -> Floats:
    """The share of a type that is left before each day, and at expiry; float64 (days + 1,)."""
    if low == high:
        return (low <= strand.states).astype(np.float64)
    return np.clip((strand.states - low) / (high - low), 0.0, 1.0)


def outlook(numbers: DailyNumbers, path: DailyPath, low: float, high: float) -> TypeOutlook:
    """What the type between two positions gets, and how play ends for it."""
    payoff, outcomes = 0.0, dict[int, float]()
    for strand in path.strands:
        there = still_there(strand, low, high)
        payoff += strand.weight * _type_payoff(
            numbers, strand, path.alive, there, 0.5 * (low + high), outcomes
        )
    return TypeOutlook(0.5 * (low + high), payoff, outcomes)


def _type_payoff(
    numbers: DailyNumbers,
    strand: Strand,
    alive: Floats,
    there: Floats,
    position: float,
    outcomes: dict[int, float],
) -> float:
    """A type's payoff on one way of play; adds how it ends to ``outcomes``."""
    r, knots = numbers.informed, numbers.types.knots

    def at(knots: Floats, pairs: Floats) -> Floats:
        segment = _segment(knots, position)
        return np.asarray(pairs[..., segment, 0] + pairs[..., segment, 1] * position)

    def add(outcome: int, share: float) -> None:
        outcomes[outcome] = outcomes.get(outcome, 0.0) + strand.weight * share

    worth = numbers.discount[r] ** np.arange(numbers.days + 1)
    deal = at(knots, numbers.deal[r]) + strand.offers * at(knots, numbers.slope[r])
    accepted, refused = there[:-1] - there[1:], there[1:]
    each = accepted * deal + refused * at(knots, numbers.waiting[r])
    payoff = float(np.sum(worth[:-1] * alive[:-1] * each))
    for outcome, shares in numbers.deal_ends.items():
        add(outcome, float(np.sum(alive[:-1] * accepted * shares)))
    struck = alive[:-1] * numbers.hazard * refused
    last = alive[-1] * there[-1]
    ways = [*zip(worth[1:], struck, numbers.broken, strict=True), (worth[-1], last, strand.expiry)]
    for factor, share, prospect in ways:
        if prospect is not None:
            payoff += float(factor * share * at(prospect.knots, prospect.payoffs[r]))
            for (outcome, _), probability in prospect.ends.items():
                add(outcome, float(share * probability[_segment(prospect.knots, position)]))
    return payoff


def _segment(knots: Floats, position: float) -> int:
    return int(np.clip(np.searchsorted(knots, position) - 1, 0, len(knots) - 2))
