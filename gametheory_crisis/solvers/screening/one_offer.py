"""The best offer to a player whose private number comes from a continuum.

The offerer does not know the number and chooses, in effect, the *cutoff*: the type that the offer
leaves indifferent between a deal and a refusal. What is expected of the types on both sides of it,
at the offer that goes with it, is the offerer's payoff; its derivative is exact, and all its local
maxima are looked for between the kinks. Offers that all types accept, or none, are pieces of their
own. Where others choose after an answer by what they think of the types left, every combination of
their choices is solved, and holds where it is the best for each of them at the cutoff in question.

The model is that of J. Fearon (1995), Rationalist Explanations for War, International Organization
49(3), with any distribution and any payoffs in which types can be ordered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gametheory_crisis.kernels.operations import RELATIVE_TIE
from gametheory_crisis.solvers.screening.arcs import Arc, arcs, holds
from gametheory_crisis.solvers.screening.mixed_answers import between
from gametheory_crisis.solvers.screening.offer_problem import OfferProblem


@dataclass(frozen=True)
class Candidate:
    """An offer that may be the best one.

    Attributes
    ----------
    offer, cutoff : the number offered and the type at which answers change
    payoffs : of each player
    day : expected day of the end
    arc : where it comes from
    """

    offer: float
    cutoff: float
    payoffs: tuple[float, ...]
    day: float
    arc: Arc


@dataclass(frozen=True)
class OneOffer:
    """A solved offer.

    Attributes
    ----------
    problem : what was solved
    chosen : the offer that is made
    arcs : all answers to all offers, those beside ``chosen`` first
    optimal : the interval of offers among which the offerer is indifferent, where it is one
    notes : why there may be more equilibria, and where somebody mixes after offers not made
    """

    problem: OfferProblem
    chosen: Candidate
    arcs: tuple[Arc, ...]
    optimal: tuple[tuple[float, float], ...]
    notes: tuple[str, ...] = ()


def best_offer(problem: OfferProblem) -> OneOffer:
    """The best offer, ties broken as the solution concept of the package says.

    Raises
    ------
    NotFinite
        A payoff is not finite for some type or offer.
    UnsupportedGame
        Single crossing fails, or somebody would have to mix after some offers.
    """
    held = [
        arc
        for picks in problem.picks()
        for crossing in problem.crossing(picks).orders()
        for arc in arcs(problem, crossing)
        if holds(problem, arc)
    ]
    candidates = [c for arc in held for c in _candidates(problem, arc)]
    best = max((c.payoffs[problem.proposer] for c in candidates), default=-np.inf)
    notes = between(problem, held, best)
    tied = [c for c in candidates if _ties(c.payoffs[problem.proposer], best)]
    soonest = min(c.day for c in tied)
    chosen = min((c for c in tied if _ties(c.day, soonest)), key=lambda c: c.offer)
    optimal: tuple[tuple[float, float], ...] = ()
    if chosen.arc.segment.flat:
        optimal = (chosen.arc.offers,)
    return OneOffer(problem, chosen, tuple(held), optimal, notes)


def _candidates(problem: OfferProblem, arc: Arc) -> list[Candidate]:
    points = np.array(arc.segment.maxima)
    if not len(points):
        return []
    offers, cutoffs = arc.at(points)
    payoffs, days = problem.expected(arc.crossing, offers, cutoffs)
    return [
        Candidate(float(x), float(s), tuple(row), float(day), arc)
        for x, s, row, day in zip(offers, cutoffs, payoffs.T.tolist(), days, strict=True)
    ]


def _ties(a: float, b: float) -> bool:
    return abs(a - b) <= RELATIVE_TIE * max(abs(a), abs(b))
