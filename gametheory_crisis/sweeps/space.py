"""The box of parameters that an analysis varies, and points drawn from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.distributions import Distribution, distribution
from gametheory_crisis.points import unknown_parameter

if TYPE_CHECKING:
    from gametheory_crisis.language.graph import Parameter
    from gametheory_crisis.model import Model

Floats: TypeAlias = NDArray[np.float64]
Spread: TypeAlias = tuple[float, float] | tuple[str, Sequence[float]]
"""Two ends, or a distribution: its name in the model language and its arguments."""

DESIGNS = ("sobol", "lhs", "random")
"""Ways to draw points."""
MOST_NUMBERS = 400_000_000
"""Of a sample; they are held in memory twice, once as shares of probability."""


@dataclass(frozen=True, slots=True)
class Varied:
    """A parameter that varies, uniformly between two ends unless a distribution says otherwise.

    A whole number takes each of its values with equal probability, or rounds what is drawn.
    """

    name: str
    low: float
    high: float
    integer: bool = False
    distribution: Distribution | None = None

    def at(self, share: Floats) -> Floats:
        """The values below which the given shares of the probability lie; ``share`` in [0, 1)."""
        if self.distribution is not None:
            drawn = np.asarray(self.distribution.quantile(share), dtype=np.float64)
            return np.rint(drawn) if self.integer else drawn
        if self.integer:
            return np.minimum(np.floor(self.low + share * (self.high - self.low + 1)), self.high)
        return self.low + share * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class ParameterSpace:
    """The parameters that vary, in order; the others are fixed."""

    varied: tuple[Varied, ...]
    fixed: dict[str, float]

    @classmethod
    def of(
        cls,
        model: Model,
        over: Mapping[str, Spread] | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> ParameterSpace:
        """What varies, and the numbers of what does not.

        Parameters
        ----------
        over : parameters that vary; default all that have a range of more than one point and are
            not in ``values``
        values : the other parameters, where they differ from the file's

        Raises
        ------
        ParameterError
            An unknown parameter, one that both varies and is fixed, a spread that leaves the
            parameter's range, or nothing that varies.
        """
        values = dict(values or {})
        point = model.point(values)
        parameters = model.graph.parameters
        if over is None:
            over = {
                name: (float(p.range[0]), float(p.range[1]))
                for name, p in parameters.items()
                if p.range is not None and p.range[0] < p.range[1] and name not in values
            }
        for name in over:
            if name not in parameters:
                raise ParameterError(unknown_parameter(name, model.parameters))
            if name in values:
                raise ParameterError(f"'{name}' varies and is also set to a number")
        if not over:
            raise ParameterError("nothing varies: no parameter that is left free has a range")
        varied = tuple(_varied(parameters[name], spread) for name, spread in over.items())
        fixed = {name: float(value) for name, value in point.items() if name not in over}
        return cls(varied, fixed)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters that vary."""
        return tuple(one.name for one in self.varied)

    def columns(self, shares: Floats) -> dict[str, Floats]:
        """Points from shares in the unit cube, float64 (points, parameters)."""
        return {
            one.name: np.ascontiguousarray(one.at(shares[:, k]))
            for k, one in enumerate(self.varied)
        }


def _varied(parameter: Parameter, spread: Spread) -> Varied:
    name, first = parameter.name, spread[0]
    if isinstance(first, str):
        drawn = distribution(first, tuple(spread[1]))  # type: ignore[arg-type]
        low, high = float(drawn.low), float(drawn.high)
        _check_ends(parameter, low, high)
        return Varied(name, low, high, parameter.integer, drawn)
    low, high = float(first), float(spread[1])  # type: ignore[arg-type]
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ParameterError(f"'{name}' varies from {low:g} to {high:g}: no interval")
    _check_ends(parameter, low, high)
    if parameter.integer:
        low, high = math.ceil(low), math.floor(high)
        if low > high:
            raise ParameterError(f"'{name}' is a whole number, and there is none between its ends")
    return Varied(name, low, high, parameter.integer)


def _check_ends(parameter: Parameter, low: float, high: float) -> None:
    if parameter.range is None:
        return
    ends = [float(end) for end in parameter.range]
    if low < ends[0] or high > ends[1]:
        raise ParameterError(
            f"'{parameter.name}' varies from {low:g} to {high:g}, "
            f"but its range is [{ends[0]:g}, {ends[1]:g}]"
        )


def draw(design: str, num: int, dimensions: int, seed: int | None) -> Floats:
    """Points of the unit cube.

    Parameters
    ----------
    design : ``sobol`` (scrambled; balanced where ``num`` is a power of two), ``lhs`` (a Latin
        hypercube) or ``random``
    seed : the same seed gives the same points; None takes one from the system

    Returns
    -------
    float64 (num, dimensions), every number in [0, 1)

    Raises
    ------
    ParameterError
        An unknown design, no point, or more than memory holds.
    """
    from scipy.stats import qmc

    if design not in DESIGNS:
        raise ParameterError(f"unknown design '{design}'; designs: {', '.join(DESIGNS)}")
    if num < 1:
        raise ParameterError(f"a sample has at least one point, not {num}")
    most = MOST_NUMBERS // max(dimensions, 1)
    if num > most:
        raise ParameterError(
            f"{num:,} points of {dimensions} parameters do not fit in memory; at most {most:,} do"
        )
    generator = np.random.default_rng(seed)
    if design == "random":
        return generator.random((num, dimensions))
    if design == "lhs":
        points: Floats = qmc.LatinHypercube(dimensions, rng=generator).random(num)
        return points
    engine = qmc.Sobol(dimensions, rng=generator)
    # `random` warns where the number is no power of two; whole powers are cut instead.
    power = max(num - 1, 0).bit_length()
    return np.ascontiguousarray(engine.random_base2(power)[:num])
