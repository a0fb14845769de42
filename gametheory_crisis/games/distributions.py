"""The distributions of private numbers, by the names that a model gives them.

This module imports numpy and scipy, so it is imported where it is needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.games.continuum_bells import Beta, Normal
from gametheory_crisis.games.continuum_elementary import Exponential, Triangular, Uniform

__all__ = ["Distribution", "distribution"]


def distribution(name: str, arguments: Sequence[float]) -> Distribution:
    """The distribution that a model calls ``name``.

    Parameters
    ----------
    name : ``uniform``, ``beta``, ``normal``, ``triangular`` or ``exponential``
    arguments : as many as the model language asks for, in its order

    Raises
    ------
    ParameterError
        If the arguments make no distribution.
    """
    numbers = [float(argument) for argument in arguments]
    if not all(map(math.isfinite, numbers)):
        raise ParameterError(f"{name}: every argument must be finite")
    made = _MAKERS[name](*numbers)
    if math.isfinite(made.high) and math.isinf(made.high - made.low):
        raise ParameterError(f"{name}: the support is too wide for floats")
    return made


def _uniform(low: float, high: float) -> Uniform:
    if not low < high:
        raise ParameterError("uniform: lo must lie below hi")
    return Uniform(low, high)


def _beta(a: float, b: float, low: float, high: float) -> Beta:
    if not (a > 0 and b > 0):
        raise ParameterError("beta: a and b must be positive")
    if not low < high:
        raise ParameterError("beta: lo must lie below hi")
    return Beta(a, b, low, high)


def _normal(mu: float, sd: float) -> Normal:
    if not sd > 0:
        raise ParameterError("normal: sd must be positive")
    return Normal(mu, sd)


def _triangular(low: float, mode: float, high: float) -> Triangular:
    if not (low <= mode <= high and low < high):
        raise ParameterError("triangular: lo, mode and hi must come in this order, lo below hi")
    return Triangular(low, mode, high)


def _exponential(rate: float) -> Exponential:
    if not rate > 0:
        raise ParameterError("exponential: rate must be positive")
    return Exponential(rate)


_MAKERS: dict[str, Callable[..., Distribution]] = {
    "uniform": _uniform,
    "beta": _beta,
    "normal": _normal,
    "triangular": _triangular,
    "exponential": _exponential,
}
