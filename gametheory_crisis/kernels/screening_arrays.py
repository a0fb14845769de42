"""What the kernel of daily offers reads and writes, and piecewise polynomials as it keeps them.

A smooth piece of a function on ``[a, b]`` is kept by its values at the Chebyshev points of the
interval, both ends included; `Points` has what goes with their number.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from gametheory_crisis.kernels.jit import jit


class Points(NamedTuple):
    """Chebyshev points of [-1, 1] in ascending order.

    Attributes
    ----------
    nodes : float64 (n,)
    weights : float64 (n,), of the barycentric formula
    slopes : float64 (n, n), the matrix that differentiates
    """

    nodes: Any
    weights: Any
    slopes: Any


class Prior(NamedTuple):
    """The distribution of positions in the order of types.

    Attributes
    ----------
    even : whether the share of types below a position is the position itself
    power : the share of types below position s goes to 0 with s as s to this power does
    ends : float64 (pieces + 1,), from 0 to 1
    factor, bend, mean : float64 (pieces, terms), Chebyshev coefficients per piece of the logarithm
        of the share of types below s over s ** power, of the elasticity of the share, and of the
        mean position below s. All keep their digits where hardly any types are.
    kinks : float64, positions inside (0, 1) at which something is not smooth, ascending
    """

    even: bool
    power: float
    ends: Any
    factor: Any
    bend: Any
    mean: Any
    kinks: Any


class Daily(NamedTuple):
    """The numbers of daily offers, per day t and type segment j.

    A pair ``[t, j]`` stands for ``pair[0] + pair[1] * s`` at position s between ``knots[j]`` and
    ``knots[j + 1]``.

    Attributes
    ----------
    knots : float64 (segments + 1,), from 0 to 1
    deal : float64 (days, segments, 2), what a deal gives the informed player besides the offer
    slope : float64 (days, segments, 2), what a unit of the offer gives it
    gain : float64 (days, 2), what a deal gives the proposer: constant, and per unit of the offer
    extra : float64 (days, segments, 2), what a deal gives the proposer by type
    waiting : float64 (days, 2, segments, 2), payments on a refusal: informed player, proposer
    broken : float64 (days, 2, segments, 2), values of a breakdown in the night: likewise
    hazard : float64 (days,)
    limits : float64 (days, 2), least and greatest offer
    discount : float64 (2,), informed player, proposer
    """

    knots: Any
    deal: Any
    slope: Any
    gain: Any
    extra: Any
    waiting: Any
    broken: Any
    hazard: Any
    limits: Any
    discount: Any


class Pieces(NamedTuple):
    """Functions of the state once an offer has been refused.

    Attributes
    ----------
    ends : float64 (pieces + 1,)
    reservation : float64 (pieces, n), the offer that leaves the last type indifferent
    worth : float64 (pieces, n), the proposer's value over the types that are left (see `gathered`)
    marginal : float64 (pieces, n), what the last type adds to its value summed over types
    """

    ends: Any
    reservation: Any
    worth: Any
    marginal: Any


@jit
def piece_of(ends: Any, s: float) -> Any:
    """The piece that holds a position; the earlier where two meet."""
    low, high = 0, len(ends) - 2
    while low < high:
        middle = (low + high) // 2
        if s <= ends[middle + 1]:
            high = middle
        else:
            low = middle + 1
    return low


@jit
def interpolated(points: Any, values: Any, u: float) -> Any:
    """The polynomial through ``values`` at ``u`` in [-1, 1]."""
    top, bottom = 0.0, 0.0
    for i in range(len(values)):
        distance = u - points.nodes[i]
        if distance == 0.0:
            return values[i]
        share = points.weights[i] / distance
        top += share * values[i]
        bottom += share
    return top / bottom


@jit
def clenshaw(coefficients: Any, u: float) -> Any:
    """A sum of Chebyshev polynomials at ``u`` in [-1, 1]."""
    value, after = 0.0, 0.0
    for k in range(len(coefficients) - 1, 0, -1):
        value, after = coefficients[k] + 2.0 * u * value - after, value
    return coefficients[0] + u * value - after


@jit
def tabulated(ends: Any, coefficients: Any, s: float) -> Any:
    """A piecewise function given by Chebyshev coefficients."""
    p = piece_of(ends, s)
    u = 2.0 * (s - ends[p]) / (ends[p + 1] - ends[p]) - 1.0
    return clenshaw(coefficients[p], min(max(u, -1.0), 1.0))


@jit
def mass_at(prior: Any, s: float) -> Any:
    """The share of types below a position."""
    if prior.even or s <= 0.0:
        return s
    return min(math.exp(_log_mass(prior, s)), 1.0)


@jit
def _log_mass(prior: Any, s: float) -> Any:
    return prior.power * math.log(s) + tabulated(prior.ends, prior.factor, s)


@jit
def density_at(prior: Any, s: float) -> Any:
    """The density of types at a position."""
    if prior.even:
        return 1.0
    bend = tabulated(prior.ends, prior.bend, s)
    if s > 0.0:
        return math.exp(_log_mass(prior, s)) * bend / s
    return math.exp(tabulated(prior.ends, prior.factor, 0.0)) if prior.power == 1.0 else 0.0


@jit
def mean_at(prior: Any, s: float) -> Any:
    """The mean position of the types below a position."""
    return 0.5 * s if prior.even else tabulated(prior.ends, prior.mean, s)


@jit
def position_of(prior: Any, mass: float) -> Any:
    """The position below which a share of types lies."""
    if prior.even or mass <= 0.0 or mass >= 1.0:
        return min(max(mass, 0.0), 1.0)
    goal = math.log(mass)
    low, high = 0.0, 1.0
    s = 0.5
    for _ in range(200):
        gap = _log_mass(prior, s) - goal
        if gap > 0.0:
            high = s
        else:
            low = s
        bend = tabulated(prior.ends, prior.bend, s)
        following = s * math.exp(-gap / bend) if bend > 0.0 else low
        if not low < following < high:
            following = 0.5 * (low + high)
        if abs(following - s) <= 2e-16 * s or high - low <= 2e-16 * high:
            return following
        s = following
    return s


@jit
def line(pairs: Any, j: int, s: float) -> Any:
    """A quantity by type, at a position of segment ``j``."""
    return pairs[j, 0] + pairs[j, 1] * s


@jit
def gathered(prior: Any, knots: Any, pairs: Any, j: int, s: float) -> Any:
    """A quantity by type over all types below a position of segment ``j``.

    On average, which keeps its digits where hardly any types are; as a sum where types are even,
    so that what is quadratic stays so.
    """
    if j == 0 and not prior.even:
        return pairs[0, 0] + pairs[0, 1] * mean_at(prior, s)
    total, below, moment = 0.0, 0.0, 0.0
    for i in range(j + 1):
        end = s if i == j else knots[i + 1]
        mass = mass_at(prior, end)
        following = mass * mean_at(prior, end)
        total += pairs[i, 0] * (mass - below) + pairs[i, 1] * (following - moment)
        below, moment = mass, following
    return total if prior.even else total / below
