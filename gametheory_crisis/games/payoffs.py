"""Payoffs given as arrays: checked, all of one shape, and read exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Rational
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError

PayoffArray: TypeAlias = NDArray[Any]
"""Finite payoffs: integers, floats, or objects that are all `Fraction`."""


def payoff_arrays(payoffs: Sequence[Any]) -> list[PayoffArray]:
    """Each player's payoffs as an array; what is not an array of numbers becomes one of Fractions.

    Parameters
    ----------
    payoffs : per player a nested sequence or an array of integers, floats, `Fraction`s or
        `Decimal`s. Never changed

    Raises
    ------
    ParameterError : no players, ragged or different shapes, a player without actions, or an entry
        that is not a finite number
    """
    if not payoffs:
        raise ParameterError("no payoffs: give an array for each player")
    arrays = [_array(table, f"player {i + 1}") for i, table in enumerate(payoffs)]
    for i, array in enumerate(arrays):
        if array.shape != arrays[0].shape:
            raise ParameterError(
                f"the payoffs of player {i + 1} have shape {array.shape}, "
                f"those of player 1 {arrays[0].shape}"
            )
    return arrays


def exact_number(value: Any) -> Fraction:
    """A number as a rational; a float counts as the decimal that it prints as.

    Raises
    ------
    TypeError, ValueError : not a real number, or not finite
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, (np.integer, np.bool_)):
        return Fraction(int(value))
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, (float, Decimal, np.floating)):
        return Fraction(str(value))
    raise TypeError(f"{value!r} is not a number")


def exact_table(array: PayoffArray) -> Any:
    """The entries as rationals, in lists nested like the array's axes."""
    if array.ndim > 1:
        return [exact_table(part) for part in array]
    return [exact_number(value) for value in array]


def floats(array: PayoffArray) -> NDArray[np.float64]:
    """The entries as the nearest floats, contiguous."""
    return np.ascontiguousarray(array, dtype=np.float64)


def _array(table: Any, owner: str) -> PayoffArray:
    if isinstance(table, np.ma.MaskedArray) and np.ma.is_masked(table):
        raise ParameterError(f"the payoffs of {owner} have masked entries")
    if isinstance(table, np.ndarray):
        table = np.asarray(table)  # a matrix or another subclass as a plain array
    if isinstance(table, np.ndarray) and table.dtype.kind in "biuf":
        array = table
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            place = np.argwhere(~np.isfinite(array))[0].tolist()
            raise ParameterError(
                f"the payoff of {owner} at {place} is {array[tuple(place)]}, not a finite number"
            )
    else:
        array = _of_fractions(table, owner)
    if array.ndim < 2 or 0 in array.shape[-2:]:
        raise ParameterError(
            f"the payoffs of {owner} have shape {array.shape}; "
            "an axis is needed for each player, with at least one action"
        )
    return array


def _of_fractions(table: Any, owner: str) -> PayoffArray:
    try:
        array = np.array(table, dtype=object)
    except ValueError:
        raise ParameterError(_ragged(owner)) from None
    exact = np.empty(array.shape, dtype=object)
    for place, value in _entries(array):
        if isinstance(value, (list, tuple, np.ndarray)):
            raise ParameterError(_ragged(owner))
        try:
            exact[place] = exact_number(value)
        except (TypeError, ValueError, OverflowError):
            raise ParameterError(
                f"the payoff of {owner} at {list(place)} is {value!r}, not a finite number"
            ) from None
    return exact


def _entries(array: PayoffArray) -> Iterator[tuple[tuple[int, ...], Any]]:
    return ((place, array[place]) for place in np.ndindex(array.shape))


def _ragged(owner: str) -> str:
    return f"the payoffs of {owner} are ragged: rows differ in length"
