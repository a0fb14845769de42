"""Offers that are not made, after which somebody who chooses by beliefs has to mix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.kernels.operations import RELATIVE_TIE
from gametheory_crisis.solvers.screening.arcs import GRID, Arc, arcs
from gametheory_crisis.solvers.screening.crossing import Crossing
from gametheory_crisis.solvers.screening.offer_problem import OfferProblem

Floats: TypeAlias = NDArray[np.float64]

SLACK = 1e-9
"""What rounding may do to margins, shares and offers where pieces meet."""


def between(problem: OfferProblem, held: Sequence[Arc], best: float) -> tuple[str, ...]:
    """What to note, once it is known that offers outside all arcs are no better than ``best``.

    Raises
    ------
    UnsupportedGame
        Somebody would have to mix after an offer that may be the best.
    """
    if not problem.after.contested:
        return ()
    notes = ["what is thought of the types after an answer that none gives is not unique"]
    crossings = [problem.crossing(picks) for picks in problem.picks()]
    for low, high in _gaps(problem, held):
        node = _mixed(problem, crossings, low, high, best)
        if node is None:
            nodes = (f"'{problem.setting.positions[p[0]].node}'" for p in problem.after.contested)
            raise UnsupportedGame(
                f"after an offer of {problem.after.variable} between {low:.6g} and {high:.6g} "
                f"whoever moves at {', '.join(nodes)} would have to mix; give the offer a grid "
                "(grid: 21) and the continuum points (points: 20)"
            )
        notes.append(
            f"after offers between {low:.6g} and {high:.6g}, which are not made, the choice at "
            f"'{node}' is mixed"
        )
    return tuple(notes)


def _gaps(problem: OfferProblem, held: Sequence[Arc]) -> list[tuple[float, float]]:
    """Intervals of offers that belong to no arc."""
    low, high = problem.limits
    slack = SLACK * max(abs(low), abs(high), high - low)
    found, reach = [], low
    for first, last in [*sorted(arc.offers for arc in held), (high, high)]:
        if first > reach + slack:
            found.append((reach, first))
        reach = max(reach, last)
    return found


def _mixed(
    problem: OfferProblem, crossings: list[Crossing], low: float, high: float, best: float
) -> str | None:
    """The node at which a mixture answers every offer of a gap, none of them beating ``best``.

    Whoever mixes is indifferent at one cutoff, and mixes so that the type there is, too.
    """
    offers = np.linspace(low, high, GRID // 2)
    for one, other in combinations(crossings, 2):
        differing = [p for p in problem.after.contested if one.picks[p] != other.picks[p]]
        if len(differing) != 1:
            continue
        for cutoff in _indifferent(problem, one):
            cutoffs = np.full_like(offers, cutoff)
            first, second = (c.gain(offers, cutoffs).level for c in (one, other))
            with np.errstate(all="ignore"):
                share = -second / (first - second)
            margins = list(_stakes(problem, one, other, offers, cutoffs))
            if not np.all((share >= -SLACK) & (share <= 1 + SLACK)) or margins:
                continue
            worths = [problem.expected(c, offers, cutoffs)[0] for c in (one, other)]
            mixed = share * worths[0] + (1 - share) * worths[1]
            if np.all(mixed[problem.proposer] <= best + SLACK * max(1.0, abs(best))):
                return problem.setting.positions[differing[0][0]].node
    return None


def _indifferent(problem: OfferProblem, crossing: Crossing) -> list[float]:
    """Cutoffs at which smooth pieces end."""
    return sorted(
        {
            cutoff
            for arc in arcs(problem, crossing)
            if arc.fixed is None
            for cutoff in (arc.segment.low, arc.segment.high)
        }
    )


def _stakes(
    problem: OfferProblem, one: Crossing, other: Crossing, offers: Floats, cutoffs: Floats
) -> Iterator[Floats]:
    """The margins that speak against a mixture of two picks."""
    for mine, theirs in ((one, other), (other, one)):
        order = problem.alternatives(mine.picks)
        for (place, k), margin in zip(order, problem.margins(mine, offers, cutoffs), strict=True):
            swap = mine.picks[place] != theirs.picks[place] and k == theirs.picks[place]
            if np.any(np.abs(margin) > SLACK) if swap else np.any(margin < -RELATIVE_TIE):
                yield margin
