"""How likely it is that a player's shocks lie in a region with straight sides.

What a plan is worth is affine in the player's shocks, so the types to whom one plan is worth more
than others make a convex region: an interval of one shock, a polygon of two. Its probability and
its first moments follow from the distribution functions where there is one shock. Of two, the
second is integrated so, and the first by Gauss's rule on panels whose ends are all the kinks there
are: corners of the region, ends of the supports, kinks of the densities; and quantiles, so that no
panel is wide on the scale of either distribution.

A region is given by ``rows[b, c]``, in batch b the coefficients of a number that must be positive:
the constant, then the slope in each shock.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.games.continuum_bells import Beta
from gametheory_crisis.solvers.cutoffs.layout import Floats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)
LEVELS = (1e-18, 1e-9, 1e-6, 1e-3, 0.03, 0.25)
"""Quantiles at which panels end, and their mirror images above the median."""


def region(
    rows: Floats, shocks: tuple[Distribution, ...], *, moments: bool
) -> tuple[Floats, Floats]:
    """Probability and first moments of a region.

    Parameters
    ----------
    rows : float64 (batches, conditions, 1 + shocks); see above
    shocks : the distributions of one shock or of two
    moments : whether the moments are needed; zeros stand for them where not

    Returns
    -------
    masses : (batches,) probability of the region
    integrals : (batches, shocks) the integral of each shock over it
    """
    if len(shocks) == 1:
        return _interval(rows, shocks[0], moments=moments)
    outer, inner = shocks
    if _unwieldy_outside(outer) > _unwieldy_outside(inner):
        masses, integrals = _polygon(rows[..., [0, 2, 1]], inner, outer, moments=moments)
        return masses, integrals[:, ::-1]
    return _polygon(rows, outer, inner, moments=moments)


def _interval(rows: Floats, shock: Distribution, *, moments: bool) -> tuple[Floats, Floats]:
    constants, slopes = rows[..., 0], rows[..., 1]
    crossing = _divided(-constants, slopes)
    low = np.where(slopes > 0, crossing, -np.inf).max(axis=-1, initial=shock.low)
    high = np.where(slopes < 0, crossing, np.inf).min(axis=-1, initial=shock.high)
    never = ((slopes == 0) & (constants <= 0)).any(axis=-1)
    high = np.where(never, low, np.maximum(low, high))
    masses = np.where(never, 0.0, _mass(shock, low, high))
    if not moments:
        return masses, np.zeros((len(rows), 1))
    return masses, np.where(never, 0.0, shock.moment_between(low, high))[:, None]


def _mass(shock: Distribution, low: Floats, high: Floats) -> Any:
    """The probability of an interval, by the quicker way where it has no lower or no upper end."""
    if np.all(high >= shock.high):
        return shock.sf(low)
    if np.all(low <= shock.low):
        return shock.cdf(high)
    return shock.mass_between(low, high)


def _divided(numerator: Floats, denominator: Floats) -> Floats:
    """A quotient whose value is of no interest where the denominator is 0."""
    with np.errstate(over="ignore"):
        return numerator / np.where(denominator == 0, 1.0, denominator)


# Two shocks


def _polygon(
    rows: Floats, outer: Distribution, inner: Distribution, *, moments: bool
) -> tuple[Floats, Floats]:
    if np.all((rows[..., 1] == 0) | (rows[..., 2] == 0)):
        return _rectangle(rows, outer, inner, moments=moments)
    points, weights = _rule(_panel_ends(rows, outer, inner), outer)
    low, high, allowed = _slice(rows, points)
    shares = np.where(allowed, _between(inner, low, high), 0.0) * weights
    masses = shares.sum(axis=-1)
    if not moments:
        return masses, np.zeros((len(rows), 2))
    low = inner.low if low is None else low
    high = inner.high if high is None else high
    means = np.where(allowed, inner.moment_between(low, high), 0.0) * weights
    return masses, np.stack([(shares * points).sum(axis=-1), means.sum(axis=-1)], axis=-1)


def _rectangle(
    rows: Floats, outer: Distribution, inner: Distribution, *, moments: bool
) -> tuple[Floats, Floats]:
    """A region each side of which is a bound on one shock alone."""
    sides, integrals = [], []
    for column, shock in ((1, outer), (2, inner)):
        bounds = rows[..., [0, column]].copy()
        bounds[..., 0] = np.where(rows[..., 3 - column] != 0, 1.0, bounds[..., 0])
        mass, integral = _interval(bounds, shock, moments=moments)
        sides.append(mass)
        integrals.append(integral[:, 0])
    crossed = [integrals[0] * sides[1], integrals[1] * sides[0]]
    return sides[0] * sides[1], np.stack(crossed, axis=-1)


def _slice(rows: Floats, points: Floats) -> tuple[Any, Any, Any]:
    """Between which inner shocks the region lies at each outer one, and whether it is there at all.

    ``points`` are (batches, points); a bound that no batch has is None.
    """
    low: Any = None
    high: Any = None
    allowed: Any = np.True_
    for condition in range(rows.shape[1]):
        constant, along, across = (rows[:, condition, k, None] for k in range(3))
        line = constant + along * points
        crossing = _divided(-line, across)
        if np.any(across > 0):
            bound = np.where(across > 0, crossing, -np.inf)
            low = bound if low is None else np.maximum(low, bound)
        if np.any(across < 0):
            bound = np.where(across < 0, crossing, np.inf)
            high = bound if high is None else np.minimum(high, bound)
        if np.any(across == 0):
            allowed = allowed & ((across != 0) | (line > 0))
    return low, high, allowed


def _between(shock: Distribution, low: Any, high: Any) -> Any:
    """The probability of an interval, from the nearer tail."""
    if low is None and high is None:
        return 1.0
    if low is None:
        return shock.cdf(high)
    if high is None:
        return shock.sf(low)
    above = low > shock.quantile(0.5)
    difference = np.where(above, shock.sf(low) - shock.sf(high), shock.cdf(high) - shock.cdf(low))
    return np.maximum(difference, 0.0)


def _panel_ends(rows: Floats, outer: Distribution, inner: Distribution) -> Floats:
    """Per batch the ends of the panels, ascending: (batches, ends)."""
    own, marks = _marks(outer), _marks(inner)
    found = [np.broadcast_to(own, (len(rows), len(own)))]
    lines = [rows[:, condition] for condition in range(rows.shape[1])]
    for line in lines:
        constant, along, across = (line[:, k, None] for k in range(3))
        if np.any((along != 0) & (across != 0)):
            found.append(_divided(-(constant + across * marks), along))
        if np.any((along != 0) & (across == 0)):
            found.append(_divided(-constant, along))
    for one, other in combinations(lines, 2):
        determinant = one[:, 1] * other[:, 2] - other[:, 1] * one[:, 2]
        meeting = one[:, 2] * other[:, 0] - other[:, 2] * one[:, 0]
        found.append(_divided(meeting, determinant)[:, None])
    ends = np.clip(np.concatenate(found, axis=1), own[0], own[-1])
    ends.sort(axis=1)
    used = np.ones(ends.shape[1], bool)
    used[1:] = (np.diff(ends, axis=1) > 0).any(axis=0)
    return ends[:, used]


@lru_cache(maxsize=256)
def _marks(shock: Distribution) -> Floats:
    """Numbers at which panels end for the sake of one distribution, ascending."""
    levels = np.array([*LEVELS, 0.5, *(1 - level for level in reversed(LEVELS[1:]))])
    marks = list(np.asarray(shock.quantile(levels), np.float64))
    step = marks[-1] - marks[-2]
    while shock.sf(marks[-1]) > LEVELS[0]:
        marks.append(marks[-1] + step)
    marks += [end for end in (shock.low, shock.high) if math.isfinite(end)]
    return np.unique(np.clip([*marks, *shock.kinks], shock.low, shock.high))


@lru_cache(maxsize=256)
def _unwieldy_outside(shock: Distribution) -> int:
    """Rank of a shock for being the first one: partial means of a beta distribution take long."""
    return 2 if _crowds_at_an_end(shock) else int(not isinstance(shock, Beta))


@lru_cache(maxsize=256)
def _crowds_at_an_end(shock: Distribution) -> bool:
    """Whether the density is infinite at an end of the support."""
    return bool(np.isinf(shock.pdf(np.array([shock.low, shock.high]))).any())


def _rule(ends: Floats, shock: Distribution) -> tuple[Floats, Floats]:
    """Points and weights of Gauss's rule on all panels: (batches, points)."""
    crowded = _crowds_at_an_end(shock)
    if crowded:
        ends = np.asarray(shock.cdf(ends))
    half = np.diff(ends, axis=1)[..., None] / 2
    points = (ends[:, :-1, None] + half * (1 + NODES)).reshape(len(ends), -1)
    weights = np.asarray(half * WEIGHTS).reshape(len(ends), -1)
    if crowded:
        return np.asarray(shock.quantile(points)), weights
    return points, weights * shock.pdf(points)
