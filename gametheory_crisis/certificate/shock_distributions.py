"""Distributions of private numbers drawn from a continuum, by `scipy.stats`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

FloatArray: TypeAlias = NDArray[np.float64]

FARTHEST = 37.0
"""Standard normal numbers beyond this, on either side, do not occur."""

OUTERMOST = 1e-9
"""Where a support is unbounded, types beyond this quantile are not looked at one by one."""

_ROUNDING_MASS = 1e-13
"""A switch point that cuts off less than this at an end of the support lies at the end."""

_HALVINGS = 62
"""By so many halvings a quantile is found to the last digit."""

Moment: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
"""The integral of ``t dF(t)`` between two bounds, given the probability between them."""


class Shock:
    """One private number from a continuum.

    Numbers are also measured on a *normal scale*, on which the shock is standard normal; and on a
    *smooth scale*, a smooth image of the support on which the density falls off as quickly,
    whatever it does at the ends of the support. Here the two are one.

    Attributes
    ----------
    name : the private number
    low, high : the ends of its support, perhaps infinite
    outermost : the same, or the `OUTERMOST` quantiles where they are infinite
    knots : where inside the support the density has a kink
    median : the middle
    usual, spread : the 5 % and the 95 % quantile, and the distance between them; of a distribution
        too narrow for floats the outermost numbers
    farthest : on the smooth scale, the number on either side beyond which nothing occurs
    """

    farthest = FARTHEST

    def __init__(
        self, name: str, distribution: Any, moment: Moment, knots: tuple[float, ...] = ()
    ) -> None:
        self.name = name
        self._distribution = distribution
        self._moment = moment
        low, high = distribution.support()
        self.low, self.high = float(low), float(high)
        self.knots = knots
        self.outermost = (
            self.low if math.isfinite(self.low) else float(distribution.ppf(OUTERMOST)),
            self.high if math.isfinite(self.high) else float(distribution.isf(OUTERMOST)),
        )
        lower, self.median, upper = self.quantile(np.array([0.05, 0.5, 0.95])).tolist()
        self.usual = (lower, upper) if lower < upper else self.outermost
        self.spread = self.usual[1] - self.usual[0]
        self._inside = self._box_inside()

    def mass(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """The probability of each interval, without cancellation in either tail."""
        low, high = np.broadcast_arrays(low, high)
        upper = low > self.median
        mass = np.empty(low.shape)
        mass[upper] = self._distribution.sf(low[upper]) - self._distribution.sf(high[upper])
        lower = ~upper
        mass[lower] = self._distribution.cdf(high[lower]) - self._distribution.cdf(low[lower])
        return mass

    def first_moment(self, low: FloatArray, high: FloatArray, mass: FloatArray) -> FloatArray:
        """The integral of ``t dF(t)`` over each interval, given the probability of each."""
        moment = self._moment(low, high, mass)
        # Differences of closed forms cancel on short intervals, but the mean lies inside.
        with np.errstate(invalid="ignore"):
            ends = np.where(mass > 0, low * mass, 0.0), np.where(mass > 0, high * mass, 0.0)
        return np.asarray(np.clip(moment, *ends))

    def divides(self, value: float) -> bool:
        """Whether there are types on both sides of a number."""
        return bool(self._distribution.cdf(value) > 0 and self._distribution.sf(value) > 0)

    def quantile(self, shares: FloatArray) -> FloatArray:
        """The numbers below which these shares of the types lie."""
        return np.asarray(self._distribution.ppf(shares), dtype=np.float64)

    def upper_quantile(self, shares: FloatArray) -> FloatArray:
        """The numbers above which these shares of the types lie."""
        return np.asarray(self._distribution.isf(shares), dtype=np.float64)

    def from_normal(self, scores: FloatArray) -> FloatArray:
        """The numbers at these points of the normal scale."""
        tail = special.ndtr(-np.abs(scores))
        values = np.empty(np.shape(scores))
        upper = scores > 0
        values[upper] = self.upper_quantile(tail[upper])
        values[~upper] = self.quantile(tail[~upper])
        return self.inside(values)

    def to_normal(self, values: FloatArray) -> FloatArray:
        """Where numbers lie on the normal scale."""
        lower = special.ndtri(self._distribution.cdf(values))
        upper = -special.ndtri(self._distribution.sf(values))
        scores = np.where(values > self.median, upper, lower)
        return np.asarray(np.clip(scores, -FARTHEST, FARTHEST))

    def from_smooth(self, scores: FloatArray) -> FloatArray:
        """The numbers at these points of the smooth scale."""
        return self.from_normal(scores)

    def to_smooth(self, values: FloatArray) -> FloatArray:
        """Where numbers lie on the smooth scale."""
        return self.to_normal(values)

    def smooth_density(self, scores: FloatArray) -> FloatArray:
        """The density at these points of the smooth scale."""
        return np.asarray(np.exp(-0.5 * scores**2) / math.sqrt(2 * math.pi))

    def inside(self, values: FloatArray) -> FloatArray:
        """The values, those that rounding takes to a finite end taken off it again.

        At an end two scores may tie that differ for all types inside.
        """
        return np.asarray(np.clip(values, *self._inside))

    def snapped(self, values: FloatArray) -> FloatArray:
        """The values inside the support, those at an end up to rounding moved to the end."""
        inside = np.clip(values, self.low, self.high)
        if math.isfinite(self.low):
            below = self._distribution.cdf(inside) < _ROUNDING_MASS
            inside = np.where(below, self.low, inside)
        if math.isfinite(self.high):
            above = self._distribution.sf(inside) < _ROUNDING_MASS
            inside = np.where(above, self.high, inside)
        return inside

    def between(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """A number inside each interval."""
        low = np.where(np.isfinite(low), low, np.minimum(high, self.median) - self.spread)
        high = np.where(np.isfinite(high), high, np.maximum(low, self.median) + self.spread)
        return 0.5 * (low + high)

    def _box_inside(self) -> tuple[float, float]:
        """The support without the outermost numbers at its finite ends."""
        low, high = self.low, self.high
        share = np.array([_ROUNDING_MASS])
        step = max(_ROUNDING_MASS * self.spread, 4 * math.ulp(self.median))
        if math.isfinite(low):
            low = max(float(self.quantile(share)[0]), low + step)
        if math.isfinite(high):
            high = min(float(self.upper_quantile(share)[0]), high - step)
        return low, high


class BetaShock(Shock):
    """A private number with a beta distribution.

    Its quantiles have no closed form and are found by halving. On its smooth scale the position
    between the ends of the support, not the probability, is that of a standard normal number.
    """

    def __init__(self, name: str, a: float, b: float, low: float, high: float) -> None:
        self._a, self._b = a, b
        self._start, self._width = low, high - low
        self.farthest = FARTHEST / math.sqrt(min(1.0, a, b))
        tilted = stats.beta(a + 1, b, loc=low, scale=high - low)
        moment = _beta_moment(tilted, low, (high - low) * a / (a + b))
        super().__init__(name, stats.beta(a, b, loc=low, scale=high - low), moment)

    def quantile(self, shares: FloatArray) -> FloatArray:
        """The numbers below which these shares of the types lie."""
        found = self._halved(lambda values: self._distribution.cdf(values) < shares, shares)
        return np.where(shares <= 0, self.low, np.where(shares >= 1, self.high, found))

    def upper_quantile(self, shares: FloatArray) -> FloatArray:
        """The numbers above which these shares of the types lie."""
        found = self._halved(lambda values: self._distribution.sf(values) > shares, shares)
        return np.where(shares <= 0, self.high, np.where(shares >= 1, self.low, found))

    def _halved(self, below: Callable[[FloatArray], FloatArray], like: FloatArray) -> FloatArray:
        low, high = np.full(np.shape(like), -self.farthest), np.full(np.shape(like), self.farthest)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            lower = below(self._position(middle))
            low, high = np.where(lower, middle, low), np.where(lower, high, middle)
        return self._position(0.5 * (low + high))

    def _position(self, scores: FloatArray) -> FloatArray:
        return np.asarray(self._start + self._width * special.ndtr(scores))

    def from_smooth(self, scores: FloatArray) -> FloatArray:
        """The numbers at these points of the smooth scale."""
        return self.inside(self._position(scores))

    def to_smooth(self, values: FloatArray) -> FloatArray:
        """Where numbers lie on the smooth scale."""
        below, above = (values - self.low) / self._width, (self.high - values) / self._width
        scores = np.where(below < above, special.ndtri(below), -special.ndtri(above))
        return np.asarray(np.clip(scores, -self.farthest, self.farthest))

    def smooth_density(self, scores: FloatArray) -> FloatArray:
        """The density at these points of the smooth scale."""
        exponent = (self._a - 1) * special.log_ndtr(scores)
        exponent += (self._b - 1) * special.log_ndtr(-scores)
        exponent -= special.betaln(self._a, self._b) + 0.5 * scores**2
        return np.asarray(np.exp(exponent) / math.sqrt(2 * math.pi))


def uniform_moment(low: FloatArray, high: FloatArray, mass: FloatArray) -> FloatArray:
    """The mean of an interval is its middle."""
    return 0.5 * (low + high) * mass


def normal_moment(distribution: Any, mean: float, deviation: float) -> Moment:
    """``-deviation**2 f(t)`` is an antiderivative of ``(t - mean) f(t)``."""

    def moment(low: FloatArray, high: FloatArray, mass: FloatArray) -> FloatArray:
        drop = distribution.pdf(low) - distribution.pdf(high)
        return np.asarray(mean * mass + deviation**2 * drop)

    return moment


def exponential_moment(distribution: Any, rate: float) -> Moment:
    """Those above a number exceed it by as much in the mean as all exceed 0."""

    def above(bound: FloatArray) -> FloatArray:
        tail = distribution.sf(bound)
        return np.where(tail > 0, np.where(tail > 0, bound + 1 / rate, 0.0) * tail, 0.0)

    def moment(low: FloatArray, high: FloatArray, mass: FloatArray) -> FloatArray:
        return above(low) - above(high)

    return moment


def _beta_moment(tilted: Any, low_end: float, mean_above: float) -> Moment:
    """``y dF(a, b)`` is ``a / (a + b) dF(a + 1, b)`` on the unit interval."""

    def moment(low: FloatArray, high: FloatArray, mass: FloatArray) -> FloatArray:
        return np.asarray(low_end * mass + mean_above * (tilted.cdf(high) - tilted.cdf(low)))

    return moment


def triangular_moment(distribution: Any, mode: float) -> Moment:
    """Simpson's rule on either side of the mode: exact, as ``t f(t)`` is quadratic there."""

    def side(low: FloatArray, high: FloatArray) -> FloatArray:
        middle = 0.5 * (low + high)
        ends = low * distribution.pdf(low) + high * distribution.pdf(high)
        return np.asarray((high - low) / 6 * (ends + 4 * middle * distribution.pdf(middle)))

    def moment(low: FloatArray, high: FloatArray, mass: FloatArray) -> FloatArray:
        return side(np.minimum(low, mode), np.minimum(high, mode)) + side(
            np.maximum(low, mode), np.maximum(high, mode)
        )

    return moment
