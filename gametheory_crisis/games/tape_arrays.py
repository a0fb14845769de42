"""A tape's slots over whole arrays of inputs at once, in floats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from gametheory_crisis.games.arithmetic import as_float
from gametheory_crisis.games.tape import Tape
from gametheory_crisis.kernels.operations import Operation

Floats: TypeAlias = NDArray[np.float64]


def _divide(a: Floats, b: Floats) -> Any:
    return np.where(b == 0, np.nan, a / np.where(b == 0, 1.0, b))


def _power(a: Floats, b: Floats) -> Any:
    return np.where((a == 0) & (b < 0), np.nan, np.power(a, b))


def _log(a: Floats) -> Any:
    return np.where(a > 0, np.log(np.where(a > 0, a, 1.0)), np.nan)


def _truth(holds: Callable[[Floats, Floats], Any]) -> Callable[[Floats, Floats], Any]:
    def apply(a: Floats, b: Floats) -> Any:
        return np.where(np.isnan(a) | np.isnan(b), np.nan, holds(a, b).astype(np.float64))

    return apply


def _and(a: Floats, b: Floats) -> Any:
    known = np.where(np.isnan(a) | np.isnan(b), np.nan, 1.0)
    return np.where((a == 0) | (b == 0), 0.0, known)


def _or(a: Floats, b: Floats) -> Any:
    known = np.where(np.isnan(a) | np.isnan(b), np.nan, 0.0)
    return np.where((a == 1) | (b == 1), 1.0, known)


def _where(condition: Floats, a: Floats, b: Floats) -> Any:
    return np.where(np.isnan(condition), np.nan, np.where(condition == 1, a, b))


APPLY: dict[Operation, Callable[..., Any]] = {
    Operation.ADD: np.add,
    Operation.SUB: np.subtract,
    Operation.MUL: np.multiply,
    Operation.DIV: _divide,
    Operation.POW: _power,
    Operation.NEG: np.negative,
    Operation.EXP: np.exp,
    Operation.LOG: _log,
    Operation.SQRT: np.sqrt,
    Operation.ABS: np.abs,
    Operation.MIN: np.minimum,
    Operation.MAX: np.maximum,
    Operation.PHI: ndtr,
    Operation.LESS: _truth(np.less),
    Operation.LESS_EQUAL: _truth(np.less_equal),
    Operation.EQUAL: _truth(np.equal),
    Operation.AND: _and,
    Operation.OR: _or,
    Operation.NOT: lambda a: 1 - a,
    Operation.WHERE: _where,
}
"""The operations that a model's expressions may hold; undefined is ``nan``."""


class ArrayEvaluator:
    """Values of a tape's slots, each computed once for all points.

    Parameters
    ----------
    tape : the tape
    inputs : per name a number or an array; arrays broadcast against each other
    """

    def __init__(self, tape: Tape, inputs: Mapping[str, Any]) -> None:
        self._tape = tape
        self._inputs = inputs
        self._known: dict[int, Any] = {}

    def values(self, slots: Iterable[int]) -> list[Any]:
        """The value of each slot, as an array or a single float."""
        wanted = list(slots)
        known, entries = self._known, self._tape.entries
        with np.errstate(all="ignore"):
            for slot in self._tape.closure(wanted):
                if slot in known:
                    continue
                entry = entries[slot]
                if isinstance(entry, tuple):
                    operation, operands = entry
                    known[slot] = APPLY[operation](*(known[operand] for operand in operands))
                elif isinstance(entry, str):
                    known[slot] = np.asarray(self._inputs[entry], dtype=np.float64)
                else:
                    known[slot] = np.float64(as_float(entry))
        return [known[slot] for slot in wanted]

    def value(self, slot: int) -> Any:
        """The value of one slot."""
        return self.values((slot,))[0]
