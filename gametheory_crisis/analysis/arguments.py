"""What all analyses take as arguments, checked before anything is solved."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.points import unknown_parameter

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.sweeps.space import Spread

DISTRIBUTIONS = {"uniform": 2, "beta": 4, "normal": 2, "triangular": 3, "exponential": 1}
"""Distributions of the model language, and how many numbers each takes."""


def whole_number(name: str, number: Any, least: int | None = None) -> int:
    """An argument that is a whole number, of any integer type.

    Raises
    ------
    ParameterError
        It is none, or lies below ``least``.
    """
    try:
        found = operator.index(number)
    except TypeError:
        found = None
    if found is None or isinstance(number, bool):
        raise ParameterError(f"{name} is a whole number, not {number!r}")
    if least is not None and found < least:
        raise ParameterError(f"{name} = {found} is below {least}")
    return found


def real_number(name: str, number: Any) -> float:
    """An argument that is a number, infinite and undefined ones included.

    Raises
    ------
    ParameterError
        It is none.
    """
    try:
        return float(number)
    except (TypeError, ValueError, OverflowError):
        raise ParameterError(f"{name} is a number, not {number!r}") from None


def num_threads(threads: Any) -> int | None:
    """How many threads are asked for, at least one; None leaves it to the solver."""
    return None if threads is None else whole_number("threads", threads, 1)


def texts(name: str, given: Any) -> list[str]:
    """One text or several.

    Raises
    ------
    ParameterError
        Something else.
    """
    if isinstance(given, str):
        return [given]
    found = list(given) if isinstance(given, Iterable) else [given]
    if not all(isinstance(text, str) for text in found):
        raise ParameterError(f"{name} is a text or a list of texts, not {given!r}")
    return found


def point_values(values: Any) -> dict[str, Any]:
    """Values of some parameters by name; whether they are good is for `Model.point` to say.

    Raises
    ------
    ParameterError
        They are not given by name.
    """
    if values is None:
        return {}
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise ParameterError(f"values are given by name, as in {{'cost': 0.3}}, not {values!r}")
    return dict(values)


def read_over(model: Model, over: Any) -> dict[str, Spread] | None:
    """What varies: names with two ends or a distribution each, or a list of names.

    A name alone stands for its range in the file. Whether a name is known and the ends lie in its
    range is for `ParameterSpace` to say.

    Raises
    ------
    ParameterError
        Something else.
    """
    if over is None:
        return None
    listed = isinstance(over, Iterable) and not isinstance(over, str)
    if not listed or not all(isinstance(name, str) for name in over):
        raise ParameterError(f"over is {over!r}: write a list of names, or names with two ends")
    if isinstance(over, Mapping):
        return {name: _spread(name, spread) for name, spread in over.items()}
    return {name: _range(model, name) for name in over}


def _range(model: Model, name: str) -> Spread:
    parameter = model.graph.parameters.get(name)
    if parameter is None:
        raise ParameterError(unknown_parameter(name, model.parameters))
    if parameter.range is None:
        raise ParameterError(f"'{name}' has no range in the file; give its two ends")
    return float(parameter.range[0]), float(parameter.range[1])


def _spread(name: str, spread: Any) -> Spread:
    first, second = _pair(name, spread)
    if isinstance(first, str):
        return first, _distribution_arguments(name, first, second)
    try:
        low, high = float(first), float(second)
    except (TypeError, ValueError, OverflowError):
        raise ParameterError(f"'{name}' varies between two numbers, not {spread!r}") from None
    if not math.isfinite(high - low):
        raise ParameterError(f"'{name}' varies from {low:g} to {high:g}: no finite interval")
    return low, high


def _pair(name: str, spread: Any) -> tuple[Any, Any]:
    try:
        first, second = () if isinstance(spread, str) else tuple(spread)
    except (TypeError, ValueError):
        raise ParameterError(f"'{name}' varies between two numbers, not {spread!r}") from None
    return first, second


def _distribution_arguments(name: str, kind: str, given: Any) -> Sequence[float]:
    if kind not in DISTRIBUTIONS:
        known = ", ".join(DISTRIBUTIONS)
        raise ParameterError(f"'{name}': unknown distribution '{kind}'; distributions: {known}")
    wanted = DISTRIBUTIONS[kind]
    numbers = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else []
    if len(numbers) != wanted:
        raise ParameterError(f"'{name}': {kind} takes {wanted} numbers, not {given!r}")
    return tuple(real_number(f"'{name}': an argument of {kind}", number) for number in numbers)
