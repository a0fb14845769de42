"""Distributions of private numbers that need no special function but one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from gametheory_crisis.games.continuum import Distribution, Floats, Numbers


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    """Every number between ``low`` and ``high`` alike."""

    low: float
    high: float

    @property
    def mean(self) -> float:
        return self.low / 2 + self.high / 2

    def cdf(self, x: Numbers) -> Any:
        return (np.clip(x, self.low, self.high) - self.low) / (self.high - self.low)

    def sf(self, x: Numbers) -> Any:
        return (self.high - np.clip(x, self.low, self.high)) / (self.high - self.low)

    def pdf(self, x: Numbers) -> Any:
        x = np.asarray(x, np.float64)
        inside = (self.low <= x) & (x <= self.high)
        return np.where(inside, 1 / (self.high - self.low), 0.0)[()]

    def quantile(self, q: Numbers) -> Any:
        q = np.asarray(q, np.float64)
        return np.where(
            q < 0.5,
            self.low + q * (self.high - self.low),
            self.high - (1 - q) * (self.high - self.low),
        )[()]

    def mass_between(self, a: Numbers, b: Numbers) -> Any:
        a, b = self._inside(a, b)
        return (b - a) / (self.high - self.low)

    def moment_between(self, a: Numbers, b: Numbers) -> Any:
        a, b = self._inside(a, b)
        return (b - a) / (self.high - self.low) * (a / 2 + b / 2)


@dataclass(frozen=True, slots=True)
class Triangular(Distribution):
    """A density that rises in a straight line from ``low`` to ``mode`` and falls to ``high``."""

    low: float
    mode: float
    high: float

    @property
    def mean(self) -> float:
        return self.low / 3 + self.mode / 3 + self.high / 3

    @property
    def kinks(self) -> tuple[float, ...]:
        return (self.mode,) if self.low < self.mode < self.high else ()

    def cdf(self, x: Numbers) -> Any:
        return self.mass_between(self.low, x)

    def sf(self, x: Numbers) -> Any:
        return self.mass_between(x, self.high)

    def pdf(self, x: Numbers) -> Any:
        x = np.asarray(x, np.float64)
        rising = (x < self.mode) | (self.mode == self.high)
        density = np.where(rising, self._slope(x, self.low), self._slope(x, self.high))
        return np.where((self.low <= x) & (x <= self.high), density, 0.0)[()]

    def quantile(self, q: Numbers) -> Any:
        q = np.asarray(q, np.float64)
        width = self.high - self.low
        left = self.low + np.sqrt(q * width * (self.mode - self.low))
        right = self.high - np.sqrt((1 - q) * width * (self.high - self.mode))
        return np.where(q * width <= self.mode - self.low, left, right)[()]

    def mass_between(self, a: Numbers, b: Numbers) -> Any:
        """By the trapezium rule on each side of the mode, exact for a straight density."""
        total: Any = 0.0
        for u, v, foot in self._sides(a, b):
            total = total + (v - u) / 2 * (self._slope(u, foot) + self._slope(v, foot))
        return total

    def moment_between(self, a: Numbers, b: Numbers) -> Any:
        """By Simpson's rule on each side of the mode, exact for parabolas."""
        total: Any = 0.0
        for u, v, foot in self._sides(a, b):
            first, last = self._slope(u, foot), self._slope(v, foot)
            total = total + (v - u) / 6 * (u * first + (u + v) * (first + last) + v * last)
        return total

    def _sides(self, a: Numbers, b: Numbers) -> tuple[tuple[Floats, Floats, float], ...]:
        """What of an interval lies below the mode, and what above, each with its zero density."""
        a, b = self._inside(a, b)
        return (
            (np.minimum(a, self.mode), np.minimum(b, self.mode), self.low),
            (np.maximum(a, self.mode), np.maximum(b, self.mode), self.high),
        )

    def _slope(self, x: Floats, foot: float) -> Floats:
        """The density on the side of ``foot``, an end of the support; 0 if the mode is that end."""
        if foot == self.mode:
            return np.zeros_like(x)
        return 2 * ((x - foot) / (self.mode - foot)) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Exponential(Distribution):
    """Numbers above 0, rarer by ``rate`` per unit."""

    rate: float
    low: float = 0.0
    high: float = math.inf

    @property
    def mean(self) -> float:
        return 1 / self.rate

    def cdf(self, x: Numbers) -> Any:
        return -np.expm1(-self.rate * np.maximum(x, 0.0))

    def sf(self, x: Numbers) -> Any:
        return np.exp(-self.rate * np.maximum(x, 0.0))

    def pdf(self, x: Numbers) -> Any:
        return np.where(np.asarray(x) < 0, 0.0, self.rate * self.sf(x))[()]

    def quantile(self, q: Numbers) -> Any:
        with np.errstate(divide="ignore"):
            return -np.log1p(-np.asarray(q, np.float64)) / self.rate

    def mass_between(self, a: Numbers, b: Numbers) -> Any:
        a, _, steps = self._steps(a, b)
        return np.exp(-self.rate * a) * -np.expm1(-steps)

    def moment_between(self, a: Numbers, b: Numbers) -> Any:
        """By 1 - (1 + y) exp(-y) as the incomplete gamma function that it is."""
        a, survives, steps = self._steps(a, b)
        beyond = special.gammainc(2.0, steps) / self.rate
        return survives * (a * -np.expm1(-steps) + beyond)

    def _steps(self, a: Numbers, b: Numbers) -> tuple[Floats, Floats, Floats]:
        """The lower end (finite), the probability beyond it, and the interval in units of rate."""
        a, b = self._inside(a, b)
        survives = np.exp(-self.rate * a)
        a = np.where(np.isinf(a), 0.0, a)
        return a, survives, self.rate * (b - a)
