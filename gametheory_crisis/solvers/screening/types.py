"""The types of an informed player in the order in which they give in, at one point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.games.continuum_bells import Beta
from gametheory_crisis.games.continuum_elementary import Triangular, Uniform
from gametheory_crisis.games.distributions import distribution
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.kernels.screening_arrays import Prior
from gametheory_crisis.solvers.screening.chebyshev import coefficients, fitted
from gametheory_crisis.solvers.screening.resistant import near_the_most_resistant

Floats = NDArray[np.float64]

TABLE_POINTS = 16
TABLE_TOLERANCE = 1e-13
"""Largest error of the tabulated distribution function."""


@dataclass(frozen=True)
class Types:
    """Types along the positions of `ScreeningRules`: from the most resistant to the most willing.

    Attributes
    ----------
    numbers : per private number its value at each end of a continuum, or for each type in order
    knots : float64 (segments + 1,), the ends of the types' intervals; 0 and 1 for a continuum
    names : names of the types in order; empty for a continuum
    order : indices of the types in the file's order; (0, 1) or (1, 0) for the ends of a continuum
    distribution : of the private number, of a continuum
    positions : of the positions, on [0, 1]; None where it is even by construction
    """

    numbers: Mapping[str, Floats]
    knots: Floats
    names: tuple[str, ...]
    order: tuple[int, ...]
    distribution: Distribution | None = None
    positions: Distribution | None = None

    @property
    def ascending(self) -> bool:
        """Whether a larger private number is more willing, in a continuum."""
        return self.order[0] == 0

    def number(self, positions: Floats) -> Floats:
        """The private number of a continuum at positions."""
        (ends,) = self.numbers.values()
        return np.asarray(ends[0] + (ends[1] - ends[0]) * positions)

    @property
    def even(self) -> bool:
        """Whether the share of types below a position is the position itself."""
        return self.positions is None or isinstance(self.positions, Uniform)

    def mass(self, at: Floats) -> Floats:
        """The share of types below positions."""
        return at if self.positions is None else np.asarray(self.positions.cdf(at))

    def moment(self, at: Floats) -> Floats:
        """The integral of the position over the types below positions."""
        return (
            0.5 * at**2 if self.positions is None else np.asarray(self.positions.partial_mean(at))
        )

    def mean(self, at: Floats) -> Floats:
        """The mean position of the types below positions."""
        if self.positions is None or self.even:
            return 0.5 * at
        mass = self.mass(at)
        power = near_the_most_resistant(self.positions).power
        few = mass < 1e-280
        return np.where(few, power / (power + 1) * at, self.moment(at) / np.where(few, 1.0, mass))

    def gathered(self, knots: Floats, pairs: Floats, segment: int, positions: Floats) -> Floats:
        """A quantity by type over the types below positions, as the kernel has it.

        The sum where types are even, else the average.
        """
        if self.even:
            return self.integral(knots, pairs, positions)
        if segment == 0:
            return np.asarray(pairs[0, 0] + pairs[0, 1] * self.mean(positions))
        return self.integral(knots, pairs, positions) / self.mass(positions)

    def integral(self, knots: Floats, pairs: Floats, positions: Floats) -> Floats:
        """A quantity, affine in the position within segments, summed over the types below.

        Parameters
        ----------
        knots : float64 (segments + 1,)
        pairs : float64 (..., segments, 2), intercept and slope
        positions : float64, broadcasts against the leading axes of ``pairs``
        """
        total: Floats = np.zeros(())
        for j in range(len(knots) - 1):
            low = np.asarray(knots[j])
            high = np.clip(positions, knots[j], knots[j + 1])
            share, moment = self.mass(high) - self.mass(low), self.moment(high) - self.moment(low)
            total = total + pairs[..., j, 0] * share + pairs[..., j, 1] * moment
        return total


def continuum(game: ScreeningGame, point: Mapping[str, Number], ascending: bool) -> Types:
    """A continuum of types in one of its two orders.

    Raises
    ------
    ParameterError
        The arguments make no distribution.
    UnsupportedGame
        The support is unbounded, or the density is.
    """
    slots = game.continuum
    if slots is None:
        raise ValueError("the types are no continuum")
    evaluator = Evaluator(game.stage.tape, point)
    drawn = distribution(
        slots.distribution, [as_float(evaluator.value(slot)) for slot in slots.arguments]
    )
    if not np.isfinite(drawn.low) or not np.isfinite(drawn.high):
        raise UnsupportedGame(
            f"'{slots.name}' has no bounds, and offers are made day after day; "
            "draw it from a bounded distribution: uniform, triangular or beta"
        )
    if not np.all(np.isfinite(drawn.pdf(np.array([drawn.low, drawn.high])))):
        raise UnsupportedGame(
            f"the density of '{slots.name}' has no bound at an end of its range, and offers are "
            "made day after day; take shape parameters of at least 1"
        )
    ends = np.array([drawn.low, drawn.high] if ascending else [drawn.high, drawn.low])
    order = (0, 1) if ascending else (1, 0)
    knots = np.array([0.0, 1.0])
    return Types({slots.name: ends}, knots, (), order, drawn, _of_positions(drawn, ascending))


def _of_positions(drawn: Distribution, ascending: bool) -> Distribution:
    """The distribution of positions: on [0, 1], mirrored where low numbers are willing."""
    match drawn:
        case Uniform():
            return Uniform(0.0, 1.0)
        case Beta():
            a, b = (drawn.a, drawn.b) if ascending else (drawn.b, drawn.a)
            return Beta(a, b, 0.0, 1.0)
        case Triangular():
            mode = (drawn.mode - drawn.low) / (drawn.high - drawn.low)
            return Triangular(0.0, mode if ascending else 1.0 - mode, 1.0)
        case _:
            raise ValueError("a distribution without bounds has no positions")


def finite(game: ScreeningGame, point: Mapping[str, Number]) -> tuple[Floats, dict[str, Floats]]:
    """The probabilities of finitely many types and their private numbers, in the file's order.

    Raises
    ------
    ParameterError
        The probabilities are none.
    """
    slots = game.types
    if slots is None:
        raise ValueError("the types are a continuum")
    evaluator = Evaluator(game.stage.tape, point)
    for check in slots.checks:
        if evaluator.value(check.condition) != 1:
            raise ParameterError(check.message)

    def values(entries: tuple[int, ...]) -> Floats:
        return np.array([as_float(evaluator.value(slot)) for slot in entries])

    return values(slots.prior), {name: values(v) for name, v in slots.numbers.items()}


def in_order(
    names: tuple[str, ...], shares: Floats, numbers: Mapping[str, Floats], order: Iterable[int]
) -> Types:
    """Finitely many types from the most resistant to the most willing; none of probability 0."""
    kept = [int(k) for k in order if shares[k] > 0]
    knots = np.concatenate([[0.0], np.cumsum(shares[kept])])
    knots[-1] = 1.0
    return Types(
        {name: values[kept] for name, values in numbers.items()},
        knots,
        tuple(names[k] for k in kept),
        tuple(kept),
    )


def prior(types: Types) -> Prior:
    """The distribution of positions, as the kernel reads it."""
    if types.positions is None or types.even:
        nothing = np.zeros((1, 1))
        return Prior(True, 1.0, np.array([0.0, 1.0]), nothing, nothing, nothing, types.knots[1:-1])
    low_end = near_the_most_resistant(types.positions)

    def tables(at: Floats) -> list[Floats]:
        return [low_end.factor(at), low_end.bend(at), types.mean(at)]

    kinks = types.positions.kinks
    ends, values = fitted(tables, [0.0, *kinks, 1.0], TABLE_POINTS, TABLE_TOLERANCE)
    factor, bend, mean = (coefficients(rows) for rows in values)
    return Prior(False, low_end.power, ends, factor, bend, mean, np.array(kinks))
