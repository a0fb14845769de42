"""The range of an offer, split where an answer to it changes.

Where all payoffs are affine in the number offered, the breakpoints are intersections of lines,
found exactly by carrying piecewise affine values from the answers up to the offer; elsewhere they
are bracketed on a grid and bisected to neighbouring floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.stage import Kind, Position
from gametheory_crisis.solvers.offer_subgame import Choices, Gains, OfferSubgame
from gametheory_crisis.solvers.pure_nash import deviations
from gametheory_crisis.solvers.values import Value, largest

GRID = 256
"""Intervals on which breakpoints are bracketed where payoffs are not affine in the offer."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An interval of offers on which all choices below stay the same.

    ``gains`` holds, for each decision below, what every branch is worth to its mover in the middle.
    """

    low: Number
    high: Number
    choices: Choices
    gains: Gains


def segments(subgame: OfferSubgame) -> list[Segment]:
    """The offers as intervals on which the choices below stay the same, in order.

    Empty where a single number can be offered.
    """
    if subgame.low == subgame.high:
        return []
    if subgame.affine:
        ends = _breakpoints(subgame)
        return [_segment(subgame, low, high) for low, high in pairwise(ends)]
    subgame.stage.note(
        f"changes of the answers to '{subgame.variable}' within 1/{GRID} of its range that cancel "
        "are not looked for"
    )
    return _bisected(subgame)


def _segment(
    subgame: OfferSubgame, low: Number, high: Number, choices: Choices | None = None
) -> Segment:
    middle = subgame.play((low + high) / 2, choices)
    for index, row in middle.gains.items():
        if len(largest(row)) > 1:
            node = subgame.game.positions[index].node
            subgame.stage.note(f"of the answers that tie at '{node}' only the first is listed")
    return Segment(low, high, middle.choices, middle.gains)


def _breakpoints(subgame: OfferSubgame) -> list[Number]:
    """Ends of the intervals on which all choices below stay the same, for affine payoffs.

    Splits at every intersection that could change a choice, position by position from the last in
    play; on the intervals found so far everything further down is affine.
    """
    ends = [subgame.low, subgame.high]
    for index in subgame.below:
        if subgame.game.positions[index].kind not in (Kind.DECISION, Kind.SIMULTANEOUS):
            continue
        found = set(ends)
        for low, high in pairwise(ends):
            found.update(_crossings(subgame, index, low, high))
        ends = sorted(found)
    return ends


def _crossings(subgame: OfferSubgame, index: int, low: Number, high: Number) -> list[Number]:
    """Offers inside an interval at which two options tie for someone who chooses."""
    choices = subgame.play((low + high) / 2).choices
    left = subgame.options(index, low, choices)
    right = subgame.options(index, high, choices)
    found = []
    for a, b, player in _rivals(subgame.game.positions[index]):
        start = _payoff(left[a], player) - _payoff(left[b], player)
        end = _payoff(right[a], player) - _payoff(right[b], player)
        if (start < 0 < end) or (end < 0 < start):
            crossing = low + (high - low) * (start / (start - end))
            if low < crossing < high:
                found.append(crossing)
    return found


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


def _bisected(subgame: OfferSubgame) -> list[Segment]:
    """The segments for payoffs of any form, between neighbouring floats."""
    low, high = as_float(subgame.low), as_float(subgame.high)
    grid = [low + (high - low) * k / GRID for k in range(GRID)] + [high]
    plans = [subgame.play(offer).choices for offer in grid]
    found: list[Segment] = []
    start = grid[0]
    for k in range(GRID):
        a, b, plan = grid[k], grid[k + 1], plans[k]
        while plan != plans[k + 1]:
            last, first, following = _change(subgame, a, b, plan)
            found.append(_segment(subgame, start, last, plan))
            start = a = first
            plan = following
    found.append(_segment(subgame, start, high, plans[-1]))
    return found


def _change(
    subgame: OfferSubgame, a: float, b: float, plan: Choices
) -> tuple[float, float, Choices]:
    """Neighbouring floats in ``[a, b]`` between which the choices change from ``plan``."""
    following = subgame.play(b).choices
    while True:
        middle = a + (b - a) / 2
        if not a < middle < b:
            return a, b, following
        at_middle = subgame.play(middle).choices
        if at_middle == plan:
            a = middle
        else:
            b, following = middle, at_middle
