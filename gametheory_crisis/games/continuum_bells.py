"""Distributions of private numbers that crowd somewhere: the normal and the beta distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from gametheory_crisis.games.continuum import NODES, WEIGHTS, Distribution, Floats, Numbers


@dataclass(frozen=True, slots=True)
class Normal(Distribution):
    """The normal distribution with mean ``mu`` and standard deviation ``sd``."""

    mu: float
    sd: float
    low: float = -math.inf
    high: float = math.inf

    @property
    def mean(self) -> float:
        return self.mu

    def cdf(self, x: Numbers) -> Any:
        return special.ndtr(self._standard(x))

    def sf(self, x: Numbers) -> Any:
        return special.ndtr(-self._standard(x))

    def pdf(self, x: Numbers) -> Any:
        return _density(self._standard(x)) / self.sd

    def quantile(self, q: Numbers) -> Any:
        return self.mu + self.sd * special.ndtri(q)

    def mass_between(self, a: Numbers, b: Numbers) -> Any:
        a, b = self._felt(a, b)
        u, v = self._standard(a), self._standard(b)
        mirrored = u > 0
        upper, lower = np.where(mirrored, -u, v), np.where(mirrored, -v, u)
        difference = special.ndtr(upper) - special.ndtr(lower)
        return np.where(self._close(a, b), self._quadrature(a, b, moment=False), difference)[()]

    def moment_between(self, a: Numbers, b: Numbers) -> Any:
        a, b = self._felt(a, b)
        fall = _density_fall(self._standard(a), self._standard(b))
        difference = self.mu * self.mass_between(a, b) + self.sd * fall
        return np.where(self._close(a, b), self._quadrature(a, b, moment=True), difference)[()]

    def _standard(self, x: Numbers) -> Floats:
        return (np.asarray(x, np.float64) - self.mu) / self.sd

    def _felt(self, a: Numbers, b: Numbers) -> tuple[Floats, Floats]:
        """An interval, as far as its probability can be told from 0 in floats."""
        a, b = self._inside(a, b)
        first, last = self.mu - 40 * self.sd, self.mu + 40 * self.sd
        return np.clip(a, first, last), np.clip(b, first, last)

    def _close(self, a: Floats, b: Floats) -> Any:
        """Whether the density hardly bends between two numbers."""
        bend = 1 + np.maximum(np.abs(self._standard(a)), np.abs(self._standard(b)))
        return (b - a) / self.sd * bend < 1

    def _quadrature(self, a: Floats, b: Floats, *, moment: bool) -> Any:
        half = (b - a) / 2
        points = (a / 2 + b / 2)[..., None] + half[..., None] * NODES
        density = self.pdf(points)
        return half * (WEIGHTS * (points * density if moment else density)).sum(axis=-1)


@dataclass(frozen=True, slots=True)
class Beta(Distribution):
    """The beta distribution with shape ``a`` and ``b``, stretched from ``low`` to ``high``."""

    a: float
    b: float
    low: float
    high: float

    @property
    def mean(self) -> float:
        share = self.a / (self.a + self.b)
        return self.low * (1 - share) + self.high * share

    def cdf(self, x: Numbers) -> Any:
        below, above = self._shares(x)
        return _beta_below(below, above, self.a, self.b)

    def sf(self, x: Numbers) -> Any:
        below, above = self._shares(x)
        return _beta_below(above, below, self.b, self.a)

    def pdf(self, x: Numbers) -> Any:
        x = np.asarray(x, np.float64)
        density = self._density(*self._shares(x)) / (self.high - self.low)
        return np.where((self.low <= x) & (x <= self.high), density, 0.0)[()]

    def quantile(self, q: Numbers) -> Any:
        below = special.betaincinv(self.a, self.b, q)
        above = special.betainccinv(self.b, self.a, q)
        width = self.high - self.low
        return np.where(below < 0.5, self.low + width * below, self.high - width * above)[()]

    def mass_between(self, a: Numbers, b: Numbers) -> Any:
        a, b = self._inside(a, b)
        difference = self._difference(a, b, self.a, self.b)
        return np.where(self._close(a, b), self._quadrature(a, b, moment=False), difference)[()]

    def moment_between(self, a: Numbers, b: Numbers) -> Any:
        """By t times the density as a mixture of two beta densities, one for each end."""
        a, b = self._inside(a, b)
        share = self.a / (self.a + self.b)
        towards_low = (1 - share) * self._difference(a, b, self.a, self.b + 1)
        towards_high = share * self._difference(a, b, self.a + 1, self.b)
        mixture = self.low * towards_low + self.high * towards_high
        return np.where(self._close(a, b), self._quadrature(a, b, moment=True), mixture)[()]

    def _shares(self, x: Numbers) -> tuple[Floats, Floats]:
        """How far ``x`` lies from the low and from the high end, as shares of the width."""
        x, _ = self._inside(x, self.high)
        width = self.high - self.low
        return (x - self.low) / width, (self.high - x) / width

    def _density(self, below: Floats, above: Floats) -> Any:
        """The density per share of the width, at the share ``below`` = 1 - ``above``."""
        with np.errstate(divide="ignore"):
            powers = special.xlogy(self.a - 1, below) + special.xlogy(self.b - 1, above)
        return np.exp(powers - special.betaln(self.a, self.b))

    def _difference(self, x: Floats, y: Floats, a: float, b: float) -> Any:
        """The probability between two numbers under shape ``a``, ``b``, from the nearer tail."""
        (x_below, x_above), (y_below, y_above) = self._shares(x), self._shares(y)
        start = _beta_below(x_below, x_above, a, b)
        up = _beta_below(y_below, y_above, a, b) - start
        down = _beta_below(x_above, x_below, b, a) - _beta_below(y_above, y_below, b, a)
        return np.where(start > 0.5, down, up)

    def _close(self, x: Floats, y: Floats) -> Any:
        """Whether the density hardly bends between two numbers."""
        near_low, _ = self._shares(x)
        _, near_high = self._shares(y)
        bend = (1 + abs(self.a - 1)) * near_high + (1 + abs(self.b - 1)) * near_low
        return (y - x) / (self.high - self.low) * bend < near_low * near_high

    def _quadrature(self, x: Floats, y: Floats, *, moment: bool) -> Any:
        """Gauss's rule in the distance from the nearer end, which rounding leaves intact."""
        width = self.high - self.low
        near_low, near_high = self._shares(x)[0], self._shares(y)[1]
        from_low = (near_low <= near_high)[..., None]
        step = (y - x) / width
        near = np.minimum(near_low, near_high)[..., None] + step[..., None] * (1 + NODES) / 2
        density = self._density(
            np.where(from_low, near, 1 - near), np.where(from_low, 1 - near, near)
        )
        # An infinite density at an end matters only where there is nothing to integrate.
        with np.errstate(invalid="ignore"):
            if moment:
                t = np.where(from_low, self.low + width * near, self.high - width * near)
                density = density * t
            return step / 2 * (WEIGHTS * density).sum(axis=-1)


def _beta_below(below: Floats, above: Floats, a: float, b: float) -> Any:
    """The beta probability of at most the share ``below``; ``above`` is 1 less it, unrounded."""
    far = special.betaincc(b, a, above)
    return np.where(below <= above, special.betainc(a, b, below), far)[()]


def _density(z: Floats) -> Any:
    """The standard normal density."""
    return np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _density_fall(u: Floats, v: Floats) -> Any:
    """The standard normal density at ``u`` less that at ``v``."""
    higher = np.minimum(np.abs(u), np.abs(v))
    fall = -np.expm1(-np.abs((v - u) * (v + u)) / 2)
    return np.where(np.abs(u) <= np.abs(v), 1.0, -1.0) * _density(higher) * fall
