"""All offers and the cutoffs that go with them, in smooth pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.kernels.operations import RELATIVE_TIE
from gametheory_crisis.solvers.screening.crossing import Crossing, spread
from gametheory_crisis.solvers.screening.maxima import Segment, segments
from gametheory_crisis.solvers.screening.offer_problem import OfferProblem

Floats: TypeAlias = NDArray[np.float64]

GRID = 129
"""Cutoffs, and twice the offers, at which the derivative of a payoff is looked at first."""
ROUNDING = 4e-15
"""A derivative smaller than this share of its terms is none."""
GAP = 1e-12
"""Offers further apart than this share of their range do not meet."""


@dataclass(frozen=True)
class Arc:
    """A smooth piece of what an offerer can choose.

    Attributes
    ----------
    crossing : the answers, given the picks of the others
    fixed : the type at which all offers of the arc divide those who accept from others; None where
        the cutoff moves, and is indifferent about its offer
    segment : the cutoffs, or where they are fixed the offers
    """

    crossing: Crossing
    fixed: float | None
    segment: Segment

    def at(self, points: Floats) -> tuple[Floats, Floats]:
        """Offers and cutoffs at points of the segment."""
        return _at(self.crossing, self.fixed, points)

    @property
    def offers(self) -> tuple[float, float]:
        """The lowest and the highest offer."""
        offers, _ = self.at(np.array([self.segment.low, self.segment.high]))
        return float(offers.min()), float(offers.max())


def arcs(problem: OfferProblem, crossing: Crossing) -> Iterator[Arc]:
    """All offers of the range, given the picks of the others."""
    for fixed, low, high in _kinds(crossing):
        found = list(_pieces(problem, crossing, fixed, low, high))
        yield from found
        if fixed is None:
            for before, after in pairwise(found):
                yield from _leap(problem, before, after)


def _leap(problem: OfferProblem, before: Arc, after: Arc) -> Iterator[Arc]:
    """Offers between two arcs whose cutoffs meet: where the gain from a deal jumps at a type."""
    cutoff = after.segment.low
    (left,), _ = before.at(np.array([before.segment.high]))
    (right,), _ = after.at(np.array([cutoff]))
    low, high = problem.limits
    if abs(right - left) > GAP * (high - low):
        ends = min(left, right), max(left, right)
        yield from _pieces(problem, before.crossing, cutoff, *ends)


def _pieces(
    problem: OfferProblem, crossing: Crossing, fixed: float | None, low: float, high: float
) -> Iterator[Arc]:
    if fixed is None:
        grid = np.unique(np.clip(spread(problem.distribution, low, high, GRID), low, high))
    else:
        grid = np.unique(np.linspace(low, high, GRID // 2))
    slope = partial(_slope, problem, crossing, fixed)
    turns = partial(_turns, problem, crossing, fixed)
    for segment in segments(grid, slope, turns):
        yield Arc(crossing, fixed, segment)


def _kinds(crossing: Crossing) -> Iterator[tuple[float | None, float, float]]:
    """Where all types accept, some, and none: the cutoff if fixed, and the ends of the arc."""
    most, least = crossing.most, crossing.least
    generous, stingy = crossing.generous, crossing.stingy
    every = crossing.gain_at(stingy, least) >= 0
    nobody = crossing.gain_at(generous, most) <= 0
    if crossing.gain_at(generous, least) >= 0:
        first = stingy if every else float(crossing.offers_for(np.array([least]))[0])
        yield least, min(first, generous), max(first, generous)
    if not every and not nobody:
        ends = crossing.cutoff(generous, upper=False), crossing.cutoff(stingy, upper=True)
        yield None, min(ends), max(ends)
    if crossing.gain_at(stingy, most) <= 0:
        last = generous if nobody else float(crossing.offers_for(np.array([most]))[0])
        yield most, min(last, stingy), max(last, stingy)


def _at(crossing: Crossing, fixed: float | None, points: Floats) -> tuple[Floats, Floats]:
    """Offers and cutoffs: the points are one of them."""
    if fixed is None:
        return crossing.offers_for(points), points
    return points, np.full_like(points, fixed)


def _slope(
    problem: OfferProblem, crossing: Crossing, fixed: float | None, points: Floats
) -> Floats:
    """Sign of the derivative of the offerer's payoff along an arc."""
    offers, cutoffs = _at(crossing, fixed, points)
    i = problem.proposer
    sides = [problem.side(crossing, branch, offers, cutoffs) for branch in (0, 1)]
    terms = [side.mass * side.by_offer[i] for side in sides]
    if fixed is None:
        gain = crossing.gain(offers, cutoffs)
        types = cutoffs[:, None]
        options = problem.after.options(problem.answer, offers[:, None], types, crossing.picks)
        deal, refusal = (options[k].payoffs[i, :, 0] for k in (problem.deal, 1 - problem.deal))
        density = problem.distribution.pdf(cutoffs) * crossing.willingness
        with np.errstate(all="ignore"):
            moved = np.where(gain.by_type == 0, 0.0, -gain.by_type / gain.by_offer)
            terms = [term * moved for term in terms]
            sized = (np.abs(refusal) + np.abs(deal)) * np.abs(density)
            total = np.sum(terms, axis=0) + (refusal - deal) * density
            size = np.sum(np.abs(terms), axis=0) + sized
    else:
        total, size = np.sum(terms, axis=0), np.sum(np.abs(terms), axis=0)
    none = np.isfinite(size) & (np.abs(total) <= ROUNDING * size)
    return np.where(none, 0.0, np.sign(total))


def _turns(
    problem: OfferProblem, crossing: Crossing, fixed: float | None, points: Floats
) -> list[Floats]:
    """Numbers whose sign changes where the offerer's payoff has a kink or a jump."""
    offers, cutoffs = _at(crossing, fixed, points)
    near = np.clip(cutoffs, crossing.lowest, crossing.highest)[:, None]
    found = []
    for branch in (0, 1):
        picks = {**crossing.picks, problem.answer: branch}
        found += [t[:, 0] for t in problem.after.turns(offers[:, None], near, picks)]
    if fixed is None:
        found += [points - kink for kink in problem.distribution.kinks]
    margins = (
        np.where(np.abs(m) <= RELATIVE_TIE, 0.0, m)
        for m in problem.margins(crossing, offers, cutoffs)
    )
    return [*found, *margins]


def holds(problem: OfferProblem, arc: Arc) -> bool:
    """Whether those who choose by beliefs choose as the arc has it."""
    if not problem.after.contested:
        return True
    low, high = arc.segment.low, arc.segment.high
    points = low + (high - low) * np.linspace(0, 1, 9)
    offers, cutoffs = arc.at(points)
    picks = arc.crossing.picks
    others = problem.alternatives(picks)
    margins = problem.margins(arc.crossing, offers, cutoffs)
    for (place, k), margin in zip(others, margins, strict=True):
        inner = margin[1:-1] if high > low else margin
        lasting = high > low and bool(np.all(np.abs(inner) <= RELATIVE_TIE))
        if (lasting and k < picks[place]) or np.any(inner < -RELATIVE_TIE):
            return False
    return True
