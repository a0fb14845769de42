"""The offers that may be best: the ends of the segments, limits at these ends, maxima inside."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gametheory_crisis.errors import NotFinite, ParameterError
from gametheory_crisis.games.arithmetic import Number, as_float, close, greater
from gametheory_crisis.solvers.offer_segments import Segment
from gametheory_crisis.solvers.offer_subgame import Choices, Gains, OfferSubgame, Path
from gametheory_crisis.solvers.values import Value

INTERIOR = 32
"""Points per smooth piece from which the bounded maximisation starts."""
NEARBY = Fraction(1, 10**6)
"""Where the only number that can be offered is as it were moved, to see which ties vanish."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An offer that may be best, with what follows it.

    ``flat`` is the interval of offers that serve the offerer equally, in the same segment.
    """

    offer: Number
    value: Value
    choices: Choices
    path: Path
    flat: tuple[Number, Number] | None = None


def at_ends(subgame: OfferSubgame, segments: Sequence[Segment]) -> list[Candidate]:
    """The ends of the segments, each answered as the offerer likes best.

    Where payoffs are not affine, inner ends are already known but for rounding.
    """
    if not segments:
        return [_end(subgame, subgame.low, _surroundings(subgame))]
    sides = [segment.gains for segment in segments]
    first = _end(subgame, segments[0].low, sides[:1])
    last = _end(subgame, segments[-1].high, sides[-1:])
    if not subgame.affine:
        return [first, last]
    inner = [
        _end(subgame, segment.low, (before, segment.gains))
        for before, segment in zip(sides, segments[1:], strict=False)
    ]
    return [first, *inner, last]


def in_segment(subgame: OfferSubgame, segment: Segment) -> list[Candidate]:
    """Best offers of a segment with its answers: the limits at its ends, or inside."""
    low = _answered(subgame, segment.low, segment.choices)
    high = _answered(subgame, segment.high, segment.choices)
    if not subgame.affine:
        return [low, high, *_inside(subgame, segment)]
    if close(low.value.payoffs[subgame.offerer], high.value.payoffs[subgame.offerer]):
        flat = (segment.low, segment.high)
        return [_answered(subgame, segment.low, segment.choices, flat)]
    return [low, high]


def _surroundings(subgame: OfferSubgame) -> list[Gains]:
    """The gains at numbers next to the only one that can be offered, where they are defined."""
    distance = NEARBY * (max(subgame.low, -subgame.low) + 1)
    found = []
    for offer in (subgame.low - distance, subgame.low + distance):
        try:
            found.append(subgame.play(offer).gains)
        except (NotFinite, ParameterError):
            continue
    return found


def _end(subgame: OfferSubgame, offer: Number, beside: Sequence[Gains]) -> Candidate:
    play = subgame.play(offer, beside=beside)
    return Candidate(offer, play.value, play.choices, subgame.path(play.choices))


def _answered(
    subgame: OfferSubgame,
    offer: Number,
    choices: Choices,
    flat: tuple[Number, Number] | None = None,
) -> Candidate:
    play = subgame.play(offer, choices)
    return Candidate(offer, play.value, play.choices, subgame.path(play.choices), flat)


def _inside(subgame: OfferSubgame, segment: Segment) -> list[Candidate]:
    """Best offers between the ends of a segment on which payoffs are not affine."""
    low, high = as_float(segment.low), as_float(segment.high)
    if not low < high:
        return []

    def gain(offer: float) -> float:
        value = subgame.play(offer, segment.choices).value
        return as_float(value.payoffs[subgame.offerer])

    grid = [low + (high - low) * k / INTERIOR for k in range(INTERIOR)] + [high]
    gains = [gain(offer) for offer in grid]
    if max(gains) == min(gains):
        return [_answered(subgame, low, segment.choices, (low, high))]
    k = max(range(1, INTERIOR), key=gains.__getitem__)
    found = [grid[k]]
    peak = _golden_section(gain, grid[k - 1], grid[k + 1])
    if greater(gain(peak), max(gains)):  # else a number of the grid is as good, and simpler
        found.append(peak)
    return [_answered(subgame, offer, segment.choices) for offer in found]


def _golden_section(gain: Callable[[float], float], low: float, high: float) -> float:
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
