"""The Patient Rule Induction Method: boxes in which the points of one kind lie thick.

Sources: J. Friedman & N. Fisher (1999), Bump hunting in high-dimensional data, Statistics and
Computing 9 (peeling, pasting, covering); B. Bryant & R. Lempert (2010), Thinking inside the box,
Technological Forecasting and Social Change 77 (coverage, density, quasi-p-values).

The *members* are the points to be described. A box's coverage is the share of the members that lie
inside, its density the share of the points inside that are members. Where one number has to stand
for both it is their harmonic mean, the F-score: of a box with k points, h of them among the H
members, it is 2 h / (H + k).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gametheory_crisis.analysis.scenarios.box_limits import (
    ROUNDING,
    Flags,
    Floats,
    Limits,
    between,
    beyond,
    rounded,
)
from gametheory_crisis.analysis.scenarios.peeling import FEWEST, Peeling, peel

WORTH = 0.01
"""What a limit, or one more box, has to add to the F-score to be kept."""
CHANCE = 0.05
"""A restriction that is as likely by chance is dropped."""
ROUNDS = 20
"""The limits have settled long before."""


@dataclass(frozen=True, eq=False)
class Found:
    """A box, and the peeling that led to it.

    Attributes
    ----------
    limits : the box, pasted, simplified and rounded
    peeling : on the points that no earlier box holds
    chosen : index of the box that was taken from the peeling
    """

    limits: Limits
    peeling: Peeling
    chosen: int


def cover(
    points: Floats, members: Flags, whole: Flags, *, density: float = 0.8, most: int = 1
) -> list[Found]:
    """Boxes that describe the members, each found on the points that the earlier ones leave.

    Parameters
    ----------
    points : float64 (points, columns)
    members : bool (points,), the points to be described; neither all nor none
    whole : bool (columns,), columns of whole numbers
    density : how pure a box should be, where that can be had
    most : boxes at most; a further one is kept if it adds `WORTH` to the F-score of all together
        and leaves them as pure as they are, or as ``density`` asks

    Returns
    -------
    list of Found
        Empty where no box tells the members from the others. It does not depend on the order of
        the points.
    """
    found: list[Found] = []
    held = np.zeros(len(points), dtype=np.bool_)
    floor = 0.0
    while len(found) < most and np.count_nonzero(members & ~held) >= FEWEST:
        left = ~held
        box = find_box(points[left], members[left], whole, density)
        together = held | box.limits.holds(points)
        better = f_score(together, members) >= f_score(held, members) + WORTH
        purity = _purity(together, members)
        if not (len(box.limits.restricted) and better and purity >= floor):
            break
        found.append(box)
        held, floor = together, min(density, purity)
    return found


def find_box(points: Floats, members: Flags, whole: Flags, density: float) -> Found:
    """One box: peeled, chosen from the peeling, pasted, simplified and rounded."""
    peeling = peel(points, members)
    chosen = peeling.choice(density)
    limits = paste(points, members, peeling.boxes[chosen], density)
    limits = simplify(points, members, limits, density)
    return Found(_neat(points, members, whole, limits, density), peeling, chosen)


def _neat(points: Floats, members: Flags, whole: Flags, limits: Limits, density: float) -> Limits:
    """The box with its limits rounded as much as its purity allows."""
    floor = _lowest_purity(_purity(limits.holds(points), members), density)
    for share in (ROUNDING, ROUNDING / 10):
        neat = rounded(limits, points, whole, share)
        if _purity(neat.holds(points), members) >= floor:
            return neat
    return rounded(limits, points, whole, 0.0)


def _purity(inside: Flags, members: Flags) -> float:
    """Share of members among the points inside, of which there are some."""
    return np.count_nonzero(inside & members) / int(np.count_nonzero(inside))


def _lowest_purity(now: float, density: float) -> float:
    """How pure a box stays that is made simpler: as asked for, or else nearly as it is."""
    return density if now >= density else now - WORTH


def f_score(inside: Flags, members: Flags) -> float:
    """The harmonic mean of coverage and density; 0 where nothing is held."""
    hits = int(np.count_nonzero(inside & members))
    return 2 * hits / max(int(np.count_nonzero(inside)) + int(np.count_nonzero(members)), 1)


def quasi_p_value(points: Floats, members: Flags, limits: Limits, column: int) -> float:
    """How likely a column's restriction is by chance (Bryant & Lempert 2010).

    The probability that, of as many points as the box holds, at least as many are members, were
    each a member with the density of the box without the restriction. It is no proper p-value on
    the points on which the box was found, since the limits were sought there.
    """
    from scipy.stats import binom

    wider = limits.without(column).holds(points)
    inside = limits.holds(points)
    if not inside.any():
        return 1.0
    chance = np.count_nonzero(wider & members) / np.count_nonzero(wider)
    hits = np.count_nonzero(inside & members)
    return float(binom.sf(hits - 1, np.count_nonzero(inside), chance))


# Pasting and simplifying


def paste(points: Floats, members: Flags, limits: Limits, density: float) -> Limits:
    """Put every limit where the F-score is largest, one after the other, until none moves.

    Friedman & Fisher paste slices back on as long as the density rises; here a slice is as thin as
    a single point, and may also be taken off. The box stays as pure as it is, or as ``density``
    asks.
    """
    for _ in range(ROUNDS):
        before = limits
        for column, upper in limits.sides:
            limit = _best_limit(points, members, limits, column, upper, density)
            limits = limits.moved(column, upper, limit)
        if np.array_equal(before.low, limits.low) and np.array_equal(before.high, limits.high):
            break
    return limits


def _best_limit(
    points: Floats, members: Flags, limits: Limits, column: int, upper: bool, density: float
) -> float:
    """The limit with the largest F-score, all others as they are; the outermost on a tie."""
    others = limits.freed(column, upper).holds(points)
    values, hit = points[others, column], members[others]
    order = np.argsort(values if upper else -values, kind="stable")
    values, hits = values[order], np.cumsum(hit[order])
    inside = np.arange(1, len(values) + 1)
    now = limits.limit(column, upper)
    held = int(np.count_nonzero(beyond(values, now, upper)))
    floor = min(density, hits[held - 1] / held)
    score = 2 * hits / (np.count_nonzero(members) + inside)
    allowed = (hits >= floor * inside) & (inside >= min(FEWEST, held))
    allowed[:-1] &= values[:-1] != values[1:]
    score[~allowed] = -1.0
    count = len(score) - int(np.argmax(score[::-1]))
    if count == held:
        return now
    if count == len(values):
        return np.inf if upper else -np.inf
    return between(float(values[count - 1]), float(values[count]))


def simplify(points: Floats, members: Flags, limits: Limits, density: float) -> Limits:
    """Take away the limits that do not matter, the least important first.

    A limit matters if the F-score falls by `WORTH` without it, or the density below what is asked
    for; a restriction as likely by chance as `CHANCE` does not matter in any case.
    """
    while len(limits.sides):
        loose = _superfluous(points, members, limits, density)
        if loose is None:
            return limits
        limits = paste(points, members, loose, density)
    return limits


def _superfluous(points: Floats, members: Flags, limits: Limits, density: float) -> Limits | None:
    """The box without the limit that matters least; None where all matter."""
    inside = limits.holds(points)
    score = f_score(inside, members)
    floor = _lowest_purity(_purity(inside, members), density)
    chances = {k: quasi_p_value(points, members, limits, int(k)) for k in limits.restricted}
    least, best = None, -np.inf
    for column, upper in limits.sides:
        looser = limits.freed(column, upper)
        held = looser.holds(points)
        remaining = f_score(held, members)
        pure = np.count_nonzero(held & members) >= floor * np.count_nonzero(held)
        idle = chances[column] > CHANCE or (remaining > score - WORTH and pure)
        if idle and remaining > best:
            least, best = looser, remaining
    return least
