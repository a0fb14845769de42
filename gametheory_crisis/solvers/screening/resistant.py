"""How few the most resistant types are: distributions near position 0, without loss of digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.games.continuum_bells import Beta
from gametheory_crisis.games.continuum_elementary import Triangular

Floats = NDArray[np.float64]

SMALL = 1e-250
"""The share of types is told from a power of the position where that power is at least this."""


@dataclass(frozen=True)
class BetaEnd:
    """A beta distribution on [0, 1] near 0; see `near_the_most_resistant`."""

    positions: Beta

    @property
    def power(self) -> float:
        """The share of types below s goes to 0 as s to this power does."""
        return self.positions.a

    def factor(self, at: Floats) -> Floats:
        """The logarithm of the share of types below s over s ** power."""
        a, b = self.positions.a, self.positions.b
        few = at**a < SMALL
        inside = np.where(few, 0.5, at)
        told = np.log(special.betainc(a, b, inside)) - a * np.log(inside)
        series = np.log(special.hyp2f1(a, 1 - b, a + 1, np.where(few, at, 0.0)))
        least: Floats = series - np.log(a) - special.betaln(a, b)
        return np.where(few, least, told)

    def bend(self, at: Floats) -> Floats:
        """The elasticity of the share of types below s."""
        a, b = self.positions.a, self.positions.b
        return np.asarray((1 - at) ** (b - 1) * np.exp(-special.betaln(a, b) - self.factor(at)))


@dataclass(frozen=True)
class TriangularEnd:
    """A triangular distribution on [0, 1] near 0; see `near_the_most_resistant`."""

    positions: Triangular

    @property
    def power(self) -> float:
        """The share of types below s goes to 0 as s to this power does."""
        return 2.0 if self.positions.mode > 0 else 1.0

    def factor(self, at: Floats) -> Floats:
        """The logarithm of the share of types below s over s ** power."""
        mode = self.positions.mode
        if mode == 0:
            return np.asarray(np.log(2 - at))
        beyond = np.maximum(at, mode)
        rest = np.log(self.positions.cdf(beyond)) - 2 * np.log(beyond)
        return np.asarray(np.where(at <= mode, -np.log(mode), rest))

    def bend(self, at: Floats) -> Floats:
        """The elasticity of the share of types below s."""
        mode = self.positions.mode
        if mode == 0:
            return (2 - 2 * at) / (2 - at)
        beyond = np.maximum(at, mode)
        rest = beyond * self.positions.pdf(beyond) / self.positions.cdf(beyond)
        return np.where(at <= mode, 2.0, rest)


def near_the_most_resistant(positions: Distribution) -> BetaEnd | TriangularEnd:
    """What tells few types from hardly any.

    Offers depend on shares among the types that are left, however few these are; the distribution
    function itself has lost their digits where it is small.
    """
    match positions:
        case Beta():
            return BetaEnd(positions)
        case Triangular():
            return TriangularEnd(positions)
        case _:
            raise ValueError("only distributions that are not even have a table")
