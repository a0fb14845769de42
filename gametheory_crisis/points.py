"""Points: values of a model's parameters, checked against what the file says of them."""

from __future__ import annotations

import difflib
import math
import sys
from fractions import Fraction
from numbers import Rational
from typing import TYPE_CHECKING, Any

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.language.graph import Graph, Parameter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def unknown_parameter(name: str, known: tuple[str, ...]) -> str:
    """The message for a parameter that a model does not have."""
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"parameters: {', '.join(known) or 'none'}"
    return f"unknown parameter '{name}'; {hint}"


def parameter_value(parameter: Parameter, value: Any) -> Fraction:
    """A value for a parameter, checked against its range and kept exact.

    A float counts as the decimal that it prints as; a text may be a ratio (``"7/10"``).

    Raises
    ------
    ParameterError
        Not a number, not finite, outside the range, or fractional where a whole number is due.
    """
    try:
        rational = isinstance(value, (Rational, str))
        exact = Fraction(value) if rational else Fraction(repr(float(value)))
        float(exact)
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise ParameterError(f"{parameter.name} = {value!r} is not a finite number") from None
    if parameter.integer and exact.denominator != 1:
        raise ParameterError(f"{parameter.name} = {value} is not a whole number")
    if parameter.range is not None and not parameter.range[0] <= exact <= parameter.range[1]:
        low, high = (f"{float(end):g}" for end in parameter.range)
        raise ParameterError(
            f"{parameter.name} = {float(exact):g} is outside its range [{low}, {high}]"
        )
    return exact


def bounds(parameter: Parameter) -> tuple[float, float, float]:
    """Lowest and highest value of a parameter, and 1 where it is whole."""
    low, high = (-math.inf, math.inf) if parameter.range is None else map(float, parameter.range)
    return max(low, -sys.float_info.max), min(high, sys.float_info.max), float(parameter.integer)


def admissible(graph: Graph, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rows of ``points``, float64 (n, parameters), respect ranges and whole numbers."""
    import numpy as np

    good: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=1))
    for k, parameter in enumerate(graph.parameters.values()):
        if parameter.range is not None:
            low, high = (float(end) for end in parameter.range)
            good &= (points[:, k] >= low) & (points[:, k] <= high)
        if parameter.integer:
            good &= points[:, k] == np.floor(points[:, k])
    return good
