"""Private numbers in the order of willingness, and integrals over intervals of that order.

A *position* s in [0, 1] stands for the types up to it, from the most resistant on: an affine image
of the private number of a continuum, the share of types where they are finitely many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.certificate.arrays import Arrays, Floats
from gametheory_crisis.certificate.evaluation import Evaluator, as_float
from gametheory_crisis.certificate.private_types import type_draws
from gametheory_crisis.certificate.screening_kinks import kinks
from gametheory_crisis.certificate.shock_distributions import Shock
from gametheory_crisis.certificate.shock_draws import shocks_of
from gametheory_crisis.errors import SolverError, UnsupportedGame
from gametheory_crisis.games.screening_rules import ScreeningRules
from gametheory_crisis.language.graph import Graph, Private

MEETING = 1e-11
"""Positions nearer than this to where two types meet are there."""
SAME = 1e-9
"""Claimed ends, as a share of the width, and shares of types may be off by this much."""

NUM_SPREAD = 257
"""Numbers between which kinks of payoffs are looked for."""

_NUM_NODES = 20
_roots, _weights = np.polynomial.legendre.leggauss(_NUM_NODES)
_u = (_roots + 1) / 2
_NODES = _u * _u * (3 - 2 * _u)
"""Gauss-Legendre nodes drawn to both ends, where a density may have a power of its argument."""
_WEIGHTS = _weights * 3 * _u * (1 - _u)


class Positions(Protocol):
    """The prior by position.

    Attributes
    ----------
    kinks : positions inside (0, 1) at which densities or numbers are not smooth, ascending
    names : of the types, where they are finitely many, in the order of `nodes`
    """

    kinks: Sequence[float]
    names: Sequence[str]

    def numbers(self, positions: Floats) -> dict[str, Floats]:
        """The private numbers at each position, by name."""

    def beside(self, positions: Floats, right: NDArray[np.bool_]) -> Floats:
        """Positions of the types just below each position, or just above where it says so."""

    def mass(self, low: Floats, high: Floats) -> Floats:
        """The probability of each interval of positions."""

    def nodes(self, low: Floats, high: Floats, inner: Floats) -> tuple[dict[str, Floats], Floats]:
        """Private numbers and weights of a quadrature over each interval, in a last dimension.

        ``inner`` are further positions at which the integrand is not smooth, in a last dimension:
        for all intervals, or for each its own.
        """


NONE = np.empty(0)
"""No further positions."""
CHUNK = 16_384
"""Intervals integrated over at once."""


def piecewise(integral: Callable[[slice], Floats], number: int) -> Floats:
    """Integrals over many intervals, given those over a slice of them; so memory stays bounded."""
    if number <= CHUNK:
        return integral(slice(0, number))
    return np.concatenate([integral(slice(k, k + CHUNK)) for k in range(0, number, CHUNK)])


def positions_of(
    graph: Graph, numbers: Evaluator, arrays: Arrays, rules: ScreeningRules
) -> Positions:
    """The prior of a game's only private numbers, in the order that the rules claim.

    Raises
    ------
    SolverError
        If the rules are for other types.
    """
    (private,) = graph.private.values()
    if private.draws:
        (shock,) = shocks_of(graph, numbers)[private.player]
        (draw,) = private.draws.values()
        ends, claimed = (shock.low, shock.high), (rules.low, rules.high)
        if rules.names or not np.allclose(claimed, ends, rtol=0, atol=SAME * (ends[1] - ends[0])):
            raise SolverError(f"rules for {claimed} where '{shock.name}' lies in {ends}")
        arguments = [as_float(numbers.value(each, {})) for each in draw.arguments]
        density = _density(draw.distribution, arguments)
        spread = np.linspace(shock.low, shock.high, NUM_SPREAD)
        switches = kinks(graph, arrays, shock.name, spread, range(len(rules.days) + 1))
        return ContinuumPositions(shock, rules, density, switches)
    return TypePositions(graph, private, numbers, rules)


def _density(distribution: str, arguments: Sequence[float]) -> Callable[[Floats], Floats] | None:
    """Proportional to the density; None where it is the same everywhere."""
    from scipy import stats

    match distribution:
        case "uniform":
            return None
        case "beta":
            a, b, low, high = arguments
            frozen = stats.beta(a, b, loc=low, scale=high - low)
        case "triangular":
            low, mode, high = arguments
            frozen = stats.triang((mode - low) / (high - low), loc=low, scale=high - low)
        case _:
            raise UnsupportedGame(f"daily offers to types of a {distribution} distribution")
    return lambda numbers: np.asarray(frozen.pdf(numbers))


class ContinuumPositions:
    """One private number, drawn from a continuum.

    Parameters
    ----------
    shock : the private number
    rules : with its order
    density : of the number; None where it is even
    switches : numbers at which payoffs are not smooth
    """

    def __init__(
        self,
        shock: Shock,
        rules: ScreeningRules,
        density: Callable[[Floats], Floats] | None,
        switches: Sequence[float],
    ) -> None:
        self._shock, self._rules, self._density = shock, rules, density
        self.names: Sequence[str] = ()
        self._width = shock.high - shock.low
        knots = [(knot - shock.low) / self._width for knot in (*shock.knots, *switches)]
        self.kinks: Sequence[float] = sorted(
            knots if rules.ascending else [1 - knot for knot in knots]
        )

    def numbers(self, positions: Floats) -> dict[str, Floats]:
        return {self._shock.name: self._rules.number(positions)}

    def beside(self, positions: Floats, right: NDArray[np.bool_]) -> Floats:
        return positions

    def mass(self, low: Floats, high: Floats) -> Floats:
        if self._density is None:
            return np.asarray(high - low)
        ends = self._rules.number(low), self._rules.number(high)
        return self._shock.mass(*(ends if self._rules.ascending else ends[::-1]))

    def nodes(self, low: Floats, high: Floats, inner: Floats) -> tuple[dict[str, Floats], Floats]:
        known = np.broadcast_to(
            np.array([0.0, *self.kinks, 1.0]), (*inner.shape[:-1], len(self.kinks) + 2)
        )
        cuts = np.sort(np.concatenate([known, inner], axis=-1), axis=-1)
        lower = np.minimum(np.maximum(cuts[..., :-1], low[..., None]), high[..., None])
        upper = np.minimum(np.maximum(cuts[..., 1:], low[..., None]), high[..., None])
        at = lower[..., None] + (upper - lower)[..., None] * _NODES
        numbers = self._rules.number(at)
        density = np.broadcast_to(_WEIGHTS, at.shape)
        if self._density is not None:
            density = density * self._density(numbers)
        # The probability of an interval is known better than a quadrature finds it.
        total = density.sum(axis=-1, keepdims=True)
        share = self.mass(lower, upper)[..., None] / np.where(total > 0, total, 1)
        shape = (*low.shape, -1)
        return {self._shock.name: numbers.reshape(shape)}, (density * share).reshape(shape)


class TypePositions:
    """Finitely many types, each an interval of positions.

    Raises
    ------
    SolverError
        If the claimed shares are not those of the prior.
    """

    def __init__(
        self, graph: Graph, private: Private, numbers: Evaluator, rules: ScreeningRules
    ) -> None:
        draws = {
            draw.types[private.player]: draw for ways in type_draws(graph, numbers) for draw in ways
        }
        if set(rules.names) != draws.keys():
            raise SolverError(f"rules for {', '.join(rules.names)}, not for {', '.join(draws)}")
        self.names: Sequence[str] = rules.names
        shares = np.cumsum([as_float(draws[name].probability) for name in rules.names])
        if len(rules.shares) != len(shares) or np.max(np.abs(shares - rules.shares)) > SAME:
            raise SolverError(f"the shares {rules.shares} are not those of the types")
        self._ends = np.array([0.0, *rules.shares[:-1], 1.0])
        self._numbers = {
            name: np.array([as_float(draws[each].numbers[name]) for each in rules.names])
            for name in private.numbers
        }
        self.kinks: Sequence[float] = [float(end) for end in self._ends[1:-1]]

    def type_at(self, positions: Floats) -> NDArray[np.intp]:
        """Index of the type at each position; where two types meet, the more resistant one."""
        return np.searchsorted(self._ends[1:-1], positions - MEETING)

    def numbers(self, positions: Floats) -> dict[str, Floats]:
        at = self.type_at(positions)
        return {name: values[at] for name, values in self._numbers.items()}

    def beside(self, positions: Floats, right: NDArray[np.bool_]) -> Floats:
        return np.where(right, np.minimum(positions + SAME, 1.0), positions)

    def mass(self, low: Floats, high: Floats) -> Floats:
        return np.asarray(high - low)

    def nodes(self, low: Floats, high: Floats, inner: Floats) -> tuple[dict[str, Floats], Floats]:
        lower = np.minimum(np.maximum(self._ends[:-1], low[..., None]), high[..., None])
        upper = np.minimum(np.maximum(self._ends[1:], low[..., None]), high[..., None])
        shape = lower.shape
        numbers = {name: np.broadcast_to(each, shape) for name, each in self._numbers.items()}
        return numbers, upper - lower
