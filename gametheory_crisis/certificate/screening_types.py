"""The types of a player with private numbers as arrays: all of them, or nodes of a quadrature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.certificate.arrays import Arrays
from gametheory_crisis.certificate.evaluation import Evaluator, as_float
from gametheory_crisis.certificate.private_types import type_draws
from gametheory_crisis.certificate.shock_distributions import Shock
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Number

Column: TypeAlias = NDArray[Any]
"""A number per type, rationals as objects."""

FARTHEST = 8.5
"""Types farther out on the normal scale have a probability below rounding."""
NUM_GRID = 129
_PANELS = np.linspace(-FARTHEST, FARTHEST, 18)
_roots, _weights = np.polynomial.legendre.leggauss(12)


class Types:
    """Some types and the probability that each stands for.

    Attributes
    ----------
    numbers : per private number its value for each type
    weights : the prior; 0 for types that are only looked at
    names : of the types, empty for a continuum
    """

    def __init__(
        self, numbers: Mapping[str, Column], weights: Column, names: tuple[str, ...] = ()
    ) -> None:
        self.numbers, self.weights, self.names = dict(numbers), weights, names

    def __len__(self) -> int:
        return len(self.weights)


def finite_types(graph: Graph, numbers: Evaluator) -> Types:
    """The types of the only player who has any; those of probability 0 are left out."""
    ((player, private),) = graph.private.items()
    draws = [draw for ways in type_draws(graph, numbers) for draw in ways]
    dtype = object if numbers.exact else np.float64
    return Types(
        {name: np.array([draw.numbers[name] for draw in draws], dtype) for name in private.numbers},
        np.array([draw.probability for draw in draws], dtype),
        tuple(draw.types[player] for draw in draws),
    )


class Continuum:
    """The types of a continuum: nodes of a quadrature on its normal scale, and single types.

    Attributes
    ----------
    shock : the private number
    grid : numbers spread over the scale, ascending

    Parameters
    ----------
    shock : the private number
    switches : given the grid, the numbers at which payoffs are not smooth
    """

    def __init__(
        self, shock: Shock, switches: Callable[[NDArray[np.float64]], Iterable[float]]
    ) -> None:
        self.shock = shock
        self.grid = shock.from_normal(np.linspace(-FARTHEST, FARTHEST, NUM_GRID))
        knots = shock.to_normal(np.array([*shock.knots, *switches(self.grid)]))
        self._cuts = np.unique(np.concatenate([_PANELS, knots[np.abs(knots) < FARTHEST]]))
        self._numbers, self._weights = self._panels(self._cuts)

    def points(self, numbers: NDArray[np.float64]) -> Types:
        """Single types, without weight."""
        return Types({self.shock.name: numbers}, np.zeros(len(numbers)))

    def types(self, kinks: Iterable[float], looks: Iterable[float] = ()) -> Types:
        """Nodes for all types, between points of the normal scale, and further types."""
        inner = np.array(list(kinks), np.float64)
        inner = np.unique(inner[np.abs(inner) < FARTHEST])
        split = (
            np.unique(np.searchsorted(self._cuts, inner) - 1) if len(inner) else np.empty(0, int)
        )
        parts = [(np.delete(self._numbers, split, 0), np.delete(self._weights, split, 0))]
        for panel in split:
            low, high = self._cuts[panel], self._cuts[panel + 1]
            inside = inner[(inner > low) & (inner < high)]
            parts.append(self._panels(np.concatenate([[low], inside, [high]])))
        weights = np.concatenate([part.ravel() for _, part in parts])
        further = self.shock.from_normal(np.array(list(looks), np.float64))
        numbers = np.concatenate([*(part.ravel() for part, _ in parts), further])
        weights = np.concatenate([weights / weights.sum(), np.zeros(len(further))])
        return Types({self.shock.name: numbers}, weights)

    def _panels(self, cuts: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Numbers and weights between neighbouring points of the scale, (panels, nodes)."""
        from scipy.special import ndtr

        low, high = cuts[:-1, None], cuts[1:, None]
        at = (low + high) / 2 + (high - low) / 2 * _roots
        density = np.exp(-at * at / 2) * _weights
        # The probability of a panel is known better than its quadrature finds it.
        tail = np.where(low > 0, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))
        numbers = self.shock.from_normal(at.ravel()).reshape(at.shape)
        return numbers, density / density.sum(axis=1, keepdims=True) * tail


class Arithmetic:
    """The numbers of a game's expressions for all types at once.

    Parameters
    ----------
    graph : the game
    values : value of every parameter
    numbers : the arithmetic at one point; where it is rational, so is that of arrays
    """

    def __init__(self, graph: Graph, values: Mapping[str, Number], numbers: Evaluator) -> None:
        self.numbers = numbers
        self.arrays = Arrays(graph.expressions, values)

    def value(self, expression: int, names: Mapping[str, Any], types: Types) -> Any:
        """The value for each type; one number where it is the same for all."""
        private = self.numbers.reads(expression) & types.numbers.keys()
        many = any(isinstance(value, np.ndarray) for value in names.values())
        if not private and not many:
            return self.numbers.value(expression, names)
        if not self.numbers.exact:
            floats = {
                name: value if isinstance(value, np.ndarray) else as_float(value)
                for name, value in names.items()
            }
            return self.arrays.value(expression, {**floats, **types.numbers})
        column = np.empty(len(types), object)
        for k in range(len(types)):
            own = {name: types.numbers[name][k] for name in private}
            column[k] = self.numbers.value(expression, {**names, **own})
        return column

    def total(self, weights: Column, values: Any) -> Number:
        """The sum over types of a probability times a value; what is impossible does not count."""
        values = np.broadcast_to(np.asarray(values), weights.shape)
        counts = weights != 0
        found: Number = np.sum(weights[counts] * values[counts]) if counts.any() else 0
        return found
