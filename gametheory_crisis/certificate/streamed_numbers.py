"""Expressions evaluated over many states at once, and anew on each day where they read it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.certificate.evaluation import as_float
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.results import Number

Floats: TypeAlias = NDArray[np.float64]
Column: TypeAlias = Any
"""A float, or one float per state."""


def _divide(a: Column, b: Column) -> Column:
    return np.where(b == 0, math.nan, np.divide(a, b))


def _power(base: Column, exponent: Column) -> Column:
    undefined = (base == 0) & (exponent < 0) | (base < 0) & (exponent != np.floor(exponent))
    undefined = undefined | np.isnan(base) | np.isnan(exponent)
    return np.where(undefined, math.nan, np.power(base, exponent))


def _phi(a: Column) -> Column:
    return 0.5 * np.vectorize(math.erfc, otypes=[float])(-np.asarray(a) / math.sqrt(2))


def _comparison(holds: Callable[[Column, Column], Column]) -> Callable[..., Column]:
    def apply(a: Column, b: Column) -> Column:
        return np.where(np.isnan(a) | np.isnan(b), math.nan, holds(a, b))

    return apply


def _kleene(decisive: float) -> Callable[..., Column]:
    def apply(a: Column, b: Column) -> Column:
        open_ = np.where(np.isnan(a) | np.isnan(b), math.nan, 1.0 - decisive)
        return np.where((a == decisive) | (b == decisive), decisive, open_)

    return apply


def _where(condition: Column, a: Column, b: Column) -> Column:
    return np.where(np.isnan(condition), math.nan, np.where(condition == 1, a, b))


FUNCTIONS: dict[Operation, Callable[..., Column]] = {
    Operation.ADD: np.add,
    Operation.SUB: np.subtract,
    Operation.MUL: np.multiply,
    Operation.DIV: _divide,
    Operation.POW: _power,
    Operation.NEG: np.negative,
    Operation.EXP: np.exp,
    Operation.LOG: lambda a: np.where(np.greater(a, 0), np.log(a), math.nan),
    Operation.SQRT: lambda a: np.where(np.greater_equal(a, 0), np.sqrt(a), math.nan),
    Operation.ABS: np.abs,
    Operation.MIN: np.minimum,
    Operation.MAX: np.maximum,
    Operation.PHI: _phi,
    Operation.LESS: _comparison(np.less),
    Operation.LESS_EQUAL: _comparison(np.less_equal),
    Operation.EQUAL: _comparison(np.equal),
    Operation.AND: _kleene(0.0),
    Operation.OR: _kleene(1.0),
    Operation.NOT: lambda a: 1.0 - a,
    Operation.WHERE: _where,
}
"""The operations that a model's expressions may hold, over columns; undefined is ``nan``."""


class Program:
    """One expression over columns of names, ready for the day.

    Parameters
    ----------
    expressions, expression : the graph of expressions, and the one to evaluate
    names : float or float64 (states,) of each name but ``day``
    """

    def __init__(
        self, expressions: Expressions, expression: int, names: Mapping[str, Column]
    ) -> None:
        self._root = expression
        self._known: dict[int, Column] = {}
        self._steps: list[tuple[int, Callable[..., Column], tuple[int, ...]]] = []
        self._day: int | None = None
        for node in expressions.closure([expression]):
            constant, name = expressions.constant(node), expressions.symbol_name(node)
            found = expressions.operation(node)
            if constant is not None:
                self._known[node] = as_float(constant)
            elif name == "day":
                self._day = node
            elif name is not None:
                self._known[node] = names[name]
            elif found is not None and "day" in expressions.free_symbols(node):
                self._steps.append((node, FUNCTIONS[found[0]], found[1]))
            elif found is not None:
                operands = [self._known[operand] for operand in found[1]]
                with np.errstate(all="ignore"):
                    self._known[node] = FUNCTIONS[found[0]](*operands)

    def on(self, day: float) -> Column:
        """The value on a day, a float or one per state."""
        known = self._known
        if self._day is not None:
            known[self._day] = day
        with np.errstate(all="ignore"):
            for node, function, operands in self._steps:
                known[node] = function(*[known[operand] for operand in operands])
        return known[self._root]


class DailyNumbers:
    """The numbers of a game at a point: those that never change, and those of the day.

    Attributes
    ----------
    values : float64 (numbers,), after `finish`; the first is 0
    """

    def __init__(self, expressions: Expressions, parameters: Mapping[str, Number]) -> None:
        self._expressions = expressions
        self._parameters = {name: as_float(value) for name, value in parameters.items()}
        self._blocks: list[tuple[int, Program, int]] = []
        self._constant: list[tuple[int, int, Column]] = []
        self._shared: dict[tuple[int, int | None, int], int] = {}
        self._num = 1
        self.values: Floats = np.zeros(1)

    def single(self, expression: int) -> float:
        """The value of an expression that reads parameters only."""
        return float(Program(self._expressions, expression, self._parameters).on(0.0))

    def add(
        self, expression: int, columns: Mapping[str, Floats], num: int, day: int | None, shift: int
    ) -> NDArray[np.int32]:
        """Numbers for an expression in several states.

        Parameters
        ----------
        columns : float64 (num,) of each name but parameters and the day
        num : the states
        day : the day, None where it changes
        shift : days that the expression is ahead of the day

        Returns
        -------
        int32 (num,), the number of each state: one for all where the expression reads no state
        """
        reads = self._expressions.free_symbols(expression)
        if reads.isdisjoint(columns):
            key = expression, day if "day" in reads else -1, shift
            if key not in self._shared:
                self._shared[key] = int(self._new(expression, {}, 1, day, shift)[0])
            return np.full(num, self._shared[key], dtype=np.int32)
        return self._new(expression, columns, num, day, shift)

    def finish(self) -> None:
        """Compute what never changes."""
        self.values = np.zeros(self._num)
        for start, num, value in self._constant:
            self.values[start : start + num] = value

    def load(self, day: int) -> None:
        """Put the numbers of a day in their place."""
        for start, program, reach in self._blocks:
            shift, num = reach % 2, reach // 2
            self.values[start : start + num] = program.on(float(day + shift))

    def _new(
        self, expression: int, columns: Mapping[str, Floats], num: int, day: int | None, shift: int
    ) -> NDArray[np.int32]:
        program = Program(self._expressions, expression, {**self._parameters, **columns})
        start = self._num
        self._num += num
        if day is None and "day" in self._expressions.free_symbols(expression):
            self._blocks.append((start, program, 2 * num + shift))
        else:
            self._constant.append((start, num, program.on(float((day or 0) + shift))))
        return np.arange(start, start + num, dtype=np.int32)
