"""The best continuous offer at a point, and the rule by which it is answered.

Below an offer the others' choices change only at breakpoints.  Where all payoffs are affine in the
number offered these are intersections of lines, found exactly by carrying piecewise affine values
from the answers up to the offer; elsewhere they are bracketed on a grid and bisected to
neighbouring floats.  Between breakpoints the offerer's payoff is affine, or smooth, and its maximum
is at an end or inside; at a breakpoint the answer that suits the offerer best is an equilibrium of
the subgame, so a best offer exists.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Protocol, TypeAlias

from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float, close, greater, is_finite
from gametheory_crisis.games.stage import Branch, Kind, Position, StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.results import Reply
from gametheory_crisis.solvers.pure_nash import deviations, pure_nash
from gametheory_crisis.solvers.values import Value, mixture

GRID = 256
"""Intervals on which breakpoints are bracketed where payoffs are not affine in the offer."""
INTERIOR = 32
"""Points per smooth piece from which the bounded maximisation starts."""
NEARBY = Fraction(1, 10**6)
"""Where the only number that can be offered is as it were moved, to see which ties vanish."""


Gains: TypeAlias = dict[int, tuple[Number, ...]]
"""For each decision below an offer, what each branch is worth to the one who decides."""


class Stage(Protocol):
    """What the offer needs from the solver of the day around it."""

    game: StageGame
    evaluator: Evaluator
    day: Number

    def known(self, index: int) -> Value:
        """Value of a position that does not depend on an offer."""

    def tie(self, num_options: int) -> int:
        """Which of several tied options to take."""

    def note(self, message: str) -> None:
        """Record why the list of equilibria may not be complete."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An interval of offers on which all choices below stay the same.

    ``gains`` holds, for each decision below, what every branch is worth to its mover in the middle.
    """

    low: Number
    high: Number
    choices: dict[int, int]
    gains: Gains


@dataclass(frozen=True, slots=True)
class Candidate:
    """An offer that may be best, with what follows it.

    ``flat`` is the interval of offers that serve the offerer equally, in the same segment.
    """

    offer: Number
    value: Value
    choices: dict[int, int]
    path: frozenset[tuple[int, int]]
    flat: tuple[Number, Number] | None = None


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """The offer made, what it is worth, and the rules of those who answer.

    Attributes
    ----------
    offer, value : the number offered, and the value of play with it
    choices : for each position below, the branch taken after ``offer``
    replies : for each position below at which someone chooses, the branch taken after every offer
    optimal : intervals of offers among which the offerer is indifferent
    """

    offer: Number
    value: Value
    choices: dict[int, int]
    replies: dict[int, tuple[tuple[Number, Number, int], ...]]
    optimal: tuple[tuple[Number, Number], ...]


def best_offer(stage: Stage, position: Position) -> OfferPlan:
    """The offer made at a position, ties broken as the solution concept of the package says."""
    return _Offer(stage, position).solve()


class _Offer:
    """One offer, on one day."""

    def __init__(self, stage: Stage, position: Position) -> None:
        self.stage = stage
        self.game = stage.game
        self.position = position
        self.variable = position.variable
        self.offerer = position.movers[0]
        self.branch = position.branches[0]
        self.low = stage.evaluator.value(position.low)
        self.high = stage.evaluator.value(position.high)
        if not self.low <= self.high:
            raise ParameterError(f"the range of the offer at '{position.node}' is empty")
        self.below = self._positions_below()
        self.affine = self._is_affine()

    def _positions_below(self) -> list[int]:
        """Positions that read the offer, those that come later in play first."""
        found: set[int] = set()
        stack = [self.branch.target]
        while stack:
            index = stack.pop()
            position = self.game.positions[index]
            if index not in found and self.variable in position.reads:
                found.add(index)
                stack.extend(branch.target for branch in position.branches)
        return sorted(found)

    def _is_affine(self) -> bool:
        for position in (self.position, *(self.game.positions[i] for i in self.below)):
            slots = [*position.payoffs, *(slot for b in position.branches for slot in b.pays)]
            if any(self._reads(s) and (s, self.variable) not in self.game.affine for s in slots):
                return False
            if any(
                b.probability is not None and self._reads(b.probability) for b in position.branches
            ):
                return False
        return True

    def _reads(self, slot: int) -> bool:
        return self.variable in self.game.tape.reads[slot]

    # Play after one offer

    def play(
        self,
        offer: Number,
        forced: dict[int, int] | None = None,
        *,
        beside: Sequence[Gains] | None = None,
        gains: Gains | None = None,
    ) -> tuple[Value, dict[int, int]]:
        """Value of an offer, and the choices below it.

        ``forced`` fixes the choices; otherwise each position takes its best branch, the earliest on
        a tie.  With ``beside``, the gains at offers on either side, a tie that the offer brings
        about goes to the branch that the offerer likes best.  ``gains`` is filled where given.
        """
        values: dict[int, Value] = {}
        choices: dict[int, int] = {}
        for index in self.below:
            position = self.game.positions[index]
            if position.kind is Kind.TERMINAL:
                payoffs = tuple(self._number(slot, offer, position) for slot in position.payoffs)
                values[index] = Value(payoffs, {position.outcome: Fraction(1)}, self.stage.day)
                continue
            options = [self._after(branch, offer, values, position) for branch in position.branches]
            if position.kind is Kind.CHANCE:
                weights = [self._probability(b, offer, position) for b in position.branches]
                values[index] = mixture(weights, options)
                continue
            if gains is not None and position.kind is Kind.DECISION:
                gains[index] = tuple(option.payoffs[position.movers[0]] for option in options)
            if forced is not None:
                choice = forced[index]
            elif position.kind is Kind.SIMULTANEOUS:
                choice = self._stage_choice(position, options)
            else:
                sides = None if beside is None else [row[index] for row in beside]
                choice = self._decision(position, options, sides)
            choices[index] = choice
            values[index] = options[choice]
        return self._after(self.branch, offer, values, self.position), choices

    def _after(
        self, branch: Branch, offer: Number, values: dict[int, Value], position: Position
    ) -> Value:
        value = values.get(branch.target)
        if value is None:
            value = self.stage.known(branch.target)
        return value.plus([self._number(slot, offer, position) for slot in branch.pays])

    def _number(self, slot: int, offer: Number, position: Position) -> Number:
        number = self.stage.evaluator.value(slot, {self.variable: offer})
        if not is_finite(number):
            raise NotFinite(
                f"a payoff at '{position.node}' is not finite where "
                f"{self.variable} = {as_float(offer):.6g}"
            )
        return number

    def _probability(self, branch: Branch, offer: Number, position: Position) -> Number:
        assert branch.probability is not None
        probability = self._number(branch.probability, offer, position)
        if not 0 <= probability <= 1:
            raise ParameterError(
                f"the probability of '{branch.label}' at '{position.node}' is not in [0, 1] where "
                f"{self.variable} = {as_float(offer):.6g}"
            )
        return probability

    def _decision(
        self,
        position: Position,
        options: Sequence[Value],
        sides: Sequence[Sequence[Number]] | None,
    ) -> int:
        tied = _best([option.payoffs[position.movers[0]] for option in options])
        if sides is None:
            return tied[0]
        passing = [k for k in tied if not any(_lasting(j, k, sides) for j in tied if j < k)]
        served = [options[k].payoffs[self.offerer] for k in passing]
        return passing[_best(served)[0]]

    def _stage_choice(self, position: Position, options: Sequence[Value]) -> int:
        payoffs = [option.payoffs for option in options]
        equilibria = pure_nash(payoffs, position.shape, position.movers)
        if not equilibria:
            raise UnsupportedGame(
                f"the simultaneous move at '{position.node}' has no equilibrium in pure strategies "
                "for some offers; mixed stages are not solved yet"
            )
        self.stage.note(f"mixed equilibria at '{position.node}' are not looked for")
        best = equilibria[0]
        for profile in equilibria[1:]:
            if greater(sum(payoffs[profile]), sum(payoffs[best])):
                best = profile
        return best

    # Segments

    def segments(self) -> list[Segment]:
        """The offers as intervals on which the choices below stay the same, in order."""
        if self.low == self.high:
            return []
        if self.affine:
            ends = self._breakpoints()
            return [self._segment(a, b) for a, b in pairwise(ends)]
        self.stage.note(
            f"changes of the answers to '{self.variable}' within 1/{GRID} of its range that cancel "
            "are not looked for"
        )
        return self._bisected()

    def _segment(self, low: Number, high: Number, choices: dict[int, int] | None = None) -> Segment:
        gains: Gains = {}
        _, choices = self.play((low + high) / 2, choices, gains=gains)
        for index, row in gains.items():
            if len(_best(row)) > 1:
                node = self.game.positions[index].node
                self.stage.note(f"of the answers that tie at '{node}' only the first is listed")
        return Segment(low, high, choices, gains)

    def _breakpoints(self) -> list[Number]:
        """Ends of the intervals on which all choices below stay the same, for affine payoffs.

        Splits at every intersection that could change a choice, position by position from the last
        in play; on the intervals found so far everything further down is affine.
        """
        ends = [self.low, self.high]
        for depth, index in enumerate(self.below):
            position = self.game.positions[index]
            if position.kind not in (Kind.DECISION, Kind.SIMULTANEOUS):
                continue
            known = self.below[:depth]
            found = set(ends)
            for low, high in pairwise(ends):
                found.update(self._crossings(position, known, low, high))
            ends = sorted(found)
        return ends

    def _crossings(
        self, position: Position, known: Sequence[int], low: Number, high: Number
    ) -> list[Number]:
        """Offers inside an interval at which two options tie for someone who chooses."""
        choices = self.play((low + high) / 2)[1]
        left = self._options(position, known, choices, low)
        right = self._options(position, known, choices, high)
        found = []
        for a, b, player in _rivals(position):
            start = _payoff(left[a], player) - _payoff(left[b], player)
            end = _payoff(right[a], player) - _payoff(right[b], player)
            if (start < 0 < end) or (end < 0 < start):
                crossing = low + (high - low) * (start / (start - end))
                if low < crossing < high:
                    found.append(crossing)
        return found

    def _options(
        self, position: Position, known: Sequence[int], choices: dict[int, int], offer: Number
    ) -> list[Value]:
        """Value of each branch after an offer, the choices further down given."""
        values: dict[int, Value] = {}
        for index in known:
            below = self.game.positions[index]
            if below.kind is Kind.TERMINAL:
                payoffs = tuple(self._number(slot, offer, below) for slot in below.payoffs)
                values[index] = Value(payoffs, {}, 0)
                continue
            options = [self._after(branch, offer, values, below) for branch in below.branches]
            if below.kind is Kind.CHANCE:
                weights = [self._probability(branch, offer, below) for branch in below.branches]
                values[index] = mixture(weights, options)
            else:
                values[index] = options[choices[index]]
        return [self._after(branch, offer, values, position) for branch in position.branches]

    def _bisected(self) -> list[Segment]:
        low, high = as_float(self.low), as_float(self.high)
        grid = [low + (high - low) * k / GRID for k in range(GRID)] + [high]
        plans = [self.play(offer)[1] for offer in grid]
        found: list[Segment] = []
        start = grid[0]
        for k in range(GRID):
            a, b, plan = grid[k], grid[k + 1], plans[k]
            while plan != plans[k + 1]:
                last, first, following = self._change(a, b, plan)
                found.append(self._segment(start, last, plan))
                start = a = first
                plan = following
        found.append(self._segment(start, high, plans[-1]))
        return found

    def _change(
        self, a: float, b: float, plan: dict[int, int]
    ) -> tuple[float, float, dict[int, int]]:
        """Neighbouring floats in ``[a, b]`` between which the choices change from ``plan``."""
        following = self.play(b)[1]
        while True:
            middle = a + (b - a) / 2
            if not a < middle < b:
                return a, b, following
            at_middle = self.play(middle)[1]
            if at_middle == plan:
                a = middle
            else:
                b, following = middle, at_middle

    # The best offer

    def solve(self) -> OfferPlan:
        """Collect the candidates and choose."""
        segments = self.segments()
        points = self._points(segments)
        candidates = [c for segment in segments for c in self._in_segment(segment)] + points
        best = candidates[0].value.payoffs[self.offerer]
        for candidate in candidates[1:]:
            if greater(candidate.value.payoffs[self.offerer], best):
                best = candidate.value.payoffs[self.offerer]
        tied = [c for c in candidates if close(c.value.payoffs[self.offerer], best)]
        tied.sort(key=self._rank)
        distinct: dict[frozenset[tuple[int, int]], Candidate] = {}
        for candidate in tied:
            distinct.setdefault(candidate.path, candidate)
        options = list(distinct.values())
        chosen = options[self.stage.tie(len(options))]
        flat = _merged([c.flat for c in tied if c.path == chosen.path and c.flat is not None])
        return OfferPlan(
            chosen.offer,
            chosen.value,
            chosen.choices,
            self._replies(segments, points, chosen),
            flat,
        )

    def _rank(self, candidate: Candidate) -> tuple[Number, Number, list[int]]:
        """Soonest end first, then the lowest offer, then the earliest answers, in order of play."""
        answers = [candidate.choices[k] for k in reversed(self.below) if k in candidate.choices]
        return candidate.value.day, candidate.offer, answers

    def _points(self, segments: Sequence[Segment]) -> list[Candidate]:
        """The ends of the segments, each answered as the offerer likes best.

        Where payoffs are not affine, inner ends are already known but for rounding.
        """
        if not segments:
            return [self._point(self.low, self._surroundings())]
        sides = [segment.gains for segment in segments]
        first = self._point(segments[0].low, sides[:1])
        last = self._point(segments[-1].high, sides[-1:])
        if not self.affine:
            return [first, last]
        inner = [
            self._point(segment.low, (before, segment.gains))
            for before, segment in zip(sides, segments[1:], strict=False)
        ]
        return [first, *inner, last]

    def _surroundings(self) -> list[Gains]:
        """The gains at numbers next to the only one that can be offered, where they are defined."""
        distance = NEARBY * (max(self.low, -self.low) + 1)
        found = []
        for offer in (self.low - distance, self.low + distance):
            gains: Gains = {}
            try:
                self.play(offer, gains=gains)
            except (NotFinite, ParameterError):
                continue
            found.append(gains)
        return found

    def _point(self, offer: Number, beside: Sequence[Gains]) -> Candidate:
        value, choices = self.play(offer, beside=beside)
        return Candidate(offer, value, choices, self._path(choices))

    def _candidate(
        self, offer: Number, choices: dict[int, int], flat: tuple[Number, Number] | None = None
    ) -> Candidate:
        value, choices = self.play(offer, choices)
        return Candidate(offer, value, choices, self._path(choices), flat)

    def _path(self, choices: dict[int, int]) -> frozenset[tuple[int, int]]:
        """The choices that play meets after the offer."""
        path: set[tuple[int, int]] = set()
        stack = [self.branch.target]
        while stack:
            index = stack.pop()
            position = self.game.positions[index]
            if self.variable not in position.reads:
                path.add((index, -1))
            elif index in choices:
                path.add((index, choices[index]))
                stack.append(position.branches[choices[index]].target)
            else:
                stack.extend(branch.target for branch in position.branches)
                path.add((index, -1))
        return frozenset(path)

    def _in_segment(self, segment: Segment) -> list[Candidate]:
        """Best offers of a segment with its answers: the limits at its ends, or inside."""
        low = self._candidate(segment.low, segment.choices)
        high = self._candidate(segment.high, segment.choices)
        if not self.affine:
            return [low, high, *self._inside(segment)]
        if close(low.value.payoffs[self.offerer], high.value.payoffs[self.offerer]):
            return [self._candidate(segment.low, segment.choices, (segment.low, segment.high))]
        return [low, high]

    def _inside(self, segment: Segment) -> list[Candidate]:
        low, high = as_float(segment.low), as_float(segment.high)
        if not low < high:
            return []

        def gain(offer: float) -> float:
            value, _ = self.play(offer, segment.choices)
            return as_float(value.payoffs[self.offerer])

        grid = [low + (high - low) * k / INTERIOR for k in range(INTERIOR)] + [high]
        gains = [gain(offer) for offer in grid]
        if max(gains) == min(gains):
            return [self._candidate(low, segment.choices, (low, high))]
        k = max(range(1, INTERIOR), key=gains.__getitem__)
        found = [grid[k]]
        peak = golden_section(gain, grid[k - 1], grid[k + 1])
        if greater(gain(peak), max(gains)):  # else a number of the grid is as good, and simpler
            found.append(peak)
        return [self._candidate(offer, segment.choices) for offer in found]

    # The rule of the answers

    def _replies(
        self, segments: Sequence[Segment], points: Sequence[Candidate], chosen: Candidate
    ) -> dict[int, tuple[tuple[Number, Number, int], ...]]:
        pieces = [(point.offer, point.offer, point.choices) for point in points]
        pieces += [(segment.low, segment.high, segment.choices) for segment in segments]
        pieces.sort(key=lambda piece: piece[:2])
        pieces = [
            (a, b, chosen.choices if a == b == chosen.offer else choices)
            for a, b, choices in pieces
        ]
        rules = {}
        for index in self.below:
            if self.game.positions[index].movers:
                rules[index] = _rule([(a, b, choices[index]) for a, b, choices in pieces])
        return rules


def _best(numbers: Sequence[Number]) -> list[int]:
    """Indices of the largest numbers, those that tie with it included."""
    best = numbers[0]
    for number in numbers[1:]:
        if greater(number, best):
            best = number
    return [k for k, number in enumerate(numbers) if close(number, best)]


def _lasting(first: int, second: int, sides: Sequence[Sequence[Number]]) -> bool:
    """Whether a tie outlasts a change of the offer, the later branch never becoming the better."""
    return any(close(row[first], row[second]) for row in sides) and not any(
        greater(row[second], row[first]) for row in sides
    )


def _rivals(position: Position) -> list[tuple[int, int, int | None]]:
    """Pairs of branches, and the player for whom a tie between them matters (None: the sum)."""
    num = len(position.branches)
    if position.kind is Kind.DECISION:
        mover = position.movers[0]
        return [(a, b, mover) for a in range(num) for b in range(a + 1, num)]
    pairs: list[tuple[int, int, int | None]] = [
        (profile, other, player)
        for profile in range(num)
        for axis, player in enumerate(position.movers)
        for other in deviations(profile, axis, position.shape)
        if profile < other
    ]
    return pairs + [(a, b, None) for a in range(num) for b in range(a + 1, num)]


def _payoff(value: Value, player: int | None) -> Number:
    return sum(value.payoffs) if player is None else value.payoffs[player]


def _merged(intervals: Sequence[tuple[Number, Number]]) -> tuple[tuple[Number, Number], ...]:
    """Intervals with those that touch made one."""
    result: list[tuple[Number, Number]] = []
    for low, high in sorted(intervals):
        if result and low <= result[-1][1]:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def _rule(
    pieces: Sequence[tuple[Number, Number, int]],
) -> tuple[tuple[Number, Number, int], ...]:
    """Adjacent pieces merged by choice, ordered so that the first that contains an offer holds.

    Where two intervals meet, the one that owns the common end comes first.
    """
    runs: list[list[tuple[Number, Number, int]]] = []
    for piece in pieces:
        if runs and runs[-1][0][2] == piece[2]:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    merged = [(run[0][0], run[-1][1], run[0][2]) for run in runs]
    before: dict[int, set[int]] = {k: set() for k in range(len(runs))}
    for k in range(len(runs) - 1):
        owns_end = runs[k][-1][0] == runs[k][-1][1]
        before[k + 1 if owns_end else k].add(k if owns_end else k + 1)
    ordered: list[tuple[Number, Number, int]] = []
    while before:
        free = min((k for k, needs in before.items() if not needs), key=lambda k: merged[k][2])
        ordered.append(merged[free])
        del before[free]
        for needs in before.values():
            needs.discard(free)
    return tuple(ordered)


def golden_section(gain: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with a single peak between two numbers is largest, kinks and jumps allowed.

    Source: J. Kiefer, Sequential minimax search for a maximum, Proc. AMS 4 (1953).
    """
    ratio = (math.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    at_a, at_b = gain(a), gain(b)
    best = (at_a, a) if at_a >= at_b else (at_b, b)
    while low < a < b < high:
        if at_a >= at_b:
            high, b, at_b = b, a, at_a
            a = high - ratio * (high - low)
            at_a = gain(a)
            best = max(best, (at_a, a))
        else:
            low, a, at_a = a, b, at_b
            b = low + ratio * (high - low)
            at_b = gain(b)
            best = max(best, (at_b, b))
    return best[1]


def named(rule: Sequence[tuple[Number, Number, int]], names: Sequence[str]) -> tuple[Reply, ...]:
    """A rule with the names of the branches."""
    return tuple(Reply(low, high, names[choice]) for low, high, choice in rule)
