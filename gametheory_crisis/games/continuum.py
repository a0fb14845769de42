"""What every distribution of a private number can say, with all digits in the tails too.

Differences of nearby probabilities are never formed where they would cancel: what lies between two
numbers is computed from the nearer tail, or by quadrature where the two are close.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Numbers: TypeAlias = npt.ArrayLike

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
"""Gauss's rule with 20 points on [-1, 1]."""


class Distribution(ABC):
    """A continuous distribution on an interval.

    All methods take a number or an array of numbers (float64; infinite ones allowed) and return as
    many.

    Attributes
    ----------
    low, high : ends of the support, infinite where it has none
    mean : expected value
    kinks : numbers inside the support at which the density is not smooth, ascending
    """

    __slots__ = ()

    low: float
    high: float

    @property
    @abstractmethod
    def mean(self) -> float: ...

    @property
    def kinks(self) -> tuple[float, ...]:
        return ()

    @abstractmethod
    def cdf(self, x: Numbers) -> Any:
        """Probability of a number of at most ``x``."""

    @abstractmethod
    def sf(self, x: Numbers) -> Any:
        """Probability of a number above ``x``."""

    @abstractmethod
    def pdf(self, x: Numbers) -> Any:
        """Density at ``x``; 0 outside the support."""

    @abstractmethod
    def quantile(self, q: Numbers) -> Any:
        """The number that a draw does not exceed with probability ``q``."""

    @abstractmethod
    def mass_between(self, a: Numbers, b: Numbers) -> Any:
        """Probability of the numbers from ``a`` to ``b``; 0 where they are none."""

    @abstractmethod
    def moment_between(self, a: Numbers, b: Numbers) -> Any:
        """Integral of t dF(t) from ``a`` to ``b``; 0 where there is nothing between."""

    def partial_mean(self, x: Numbers) -> Any:
        """Integral of t dF(t) up to ``x``."""
        return self.moment_between(self.low, x)

    def _inside(self, a: Numbers, b: Numbers) -> tuple[Floats, Floats]:
        """The part of the support between two numbers, empty rather than backwards."""
        lower = np.clip(np.asarray(a, np.float64), self.low, self.high)
        upper = np.clip(np.asarray(b, np.float64), self.low, self.high)
        return lower, np.maximum(lower, upper)
