"""Expressions evaluated at many points at once.

As at one point, undefined is ``nan``, an overflow is infinite, and nothing here raises or warns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.certificate.evaluation import as_float
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.results import Number

Floats: TypeAlias = NDArray[np.float64]
Values: TypeAlias = Floats | float
"""Values at many points, or one that holds at all of them."""
Function: TypeAlias = Callable[..., Any]


def _divide(a: Values, b: Values) -> Any:
    return np.where(np.equal(b, 0), np.nan, np.divide(a, b))


def _power(base: Values, exponent: Values) -> Any:
    undefined = np.equal(base, 0) & np.less(exponent, 0)
    undefined = undefined | np.isnan(base) | np.isnan(exponent)
    return np.where(undefined, np.nan, np.float_power(base, exponent))


def _log(a: Values) -> Any:
    return np.where(np.greater(a, 0), np.log(a), np.nan)


def _phi(a: Values) -> Any:
    from scipy.special import ndtr

    return ndtr(a)


def _decided(holds: Any, a: Values, b: Values) -> Any:
    return np.where(np.isnan(a) | np.isnan(b), np.nan, holds)


def _kleene(decisive: float) -> Function:
    """``and`` (0 decides) or ``or`` (1 decides) of three-valued conditions."""

    def apply(a: Values, b: Values) -> Any:
        decided = np.equal(a, decisive) | np.equal(b, decisive)
        return np.where(decided, decisive, np.where(np.isnan(a), a, b))

    return apply


def _where(condition: Values, a: Values, b: Values) -> Any:
    return np.where(np.isnan(condition), np.nan, np.where(np.equal(condition, 1), a, b))


FUNCTIONS: dict[Operation, Function] = {
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
    Operation.PHI: _phi,
    Operation.LESS: lambda a, b: _decided(np.less(a, b), a, b),
    Operation.LESS_EQUAL: lambda a, b: _decided(np.less_equal(a, b), a, b),
    Operation.EQUAL: lambda a, b: _decided(np.equal(a, b), a, b),
    Operation.AND: _kleene(0.0),
    Operation.OR: _kleene(1.0),
    Operation.NOT: lambda a: 1 - a,
    Operation.WHERE: _where,
}
"""The operations that a model's expressions may hold, over arrays."""


class _Program(NamedTuple):
    """What remains of an expression once the parameters are put in.

    Registers hold first the ``constants``, then the values of ``inputs``, then one result per step;
    a step is a function and the registers that it reads. The last register is the value.
    """

    constants: tuple[float, ...]
    inputs: tuple[str, ...]
    steps: tuple[tuple[Function, tuple[int, ...]], ...]


class Arrays:
    """The numbers of a graph's expressions at one point of the parameters and many of the rest.

    Parameters
    ----------
    expressions : the graph of expressions
    values : value of every parameter
    """

    def __init__(self, expressions: Expressions, values: Mapping[str, Number]) -> None:
        self._expressions = expressions
        self._parameters = {name: as_float(value) for name, value in values.items()}
        self._known: dict[int, float] = {}
        self._programs: dict[int, _Program] = {}

    def reads(self, expression: int) -> frozenset[str]:
        """Names other than parameters on which the value depends."""
        return self._expressions.free_symbols(expression) - self._parameters.keys()

    def value(self, expression: int, names: Mapping[str, Values]) -> Values:
        """Values of an expression, given those of what else it reads; shapes broadcast."""
        if expression not in self._known and expression not in self._programs:
            with np.errstate(all="ignore"):
                self._compile(expression)
        program = self._programs.get(expression)
        if program is None:
            return self._known[expression]
        registers: list[Any] = [*program.constants, *(names[name] for name in program.inputs)]
        with np.errstate(all="ignore"):
            for function, operands in program.steps:
                registers.append(function(*[registers[operand] for operand in operands]))
        result: Values = registers[-1]
        return result

    def _compile(self, expression: int) -> None:
        """Fold what the parameters decide; keep the rest as a program."""
        nodes = self._expressions.closure([expression])
        rest = [node for node in nodes if not self._fold(node)]
        if not rest:
            return
        steps = {node: found for node in rest if (found := self._expressions.operation(node))}
        inputs = [node for node in rest if node not in steps]
        read = {operand for _, operands in steps.values() for operand in operands}
        constants = sorted(read - set(rest))
        register = {node: k for k, node in enumerate([*constants, *inputs, *steps])}
        self._programs[expression] = _Program(
            tuple(self._known[node] for node in constants),
            tuple(self._expressions.symbol_name(node) or "" for node in inputs),
            tuple(
                (FUNCTIONS[operation], tuple(register[operand] for operand in operands))
                for operation, operands in steps.values()
            ),
        )

    def _fold(self, node: int) -> bool:
        """Whether the parameters decide the node's value, which is then known."""
        if node in self._known:
            return True
        constant = self._expressions.constant(node)
        name = self._expressions.symbol_name(node)
        found = self._expressions.operation(node)
        if constant is not None:
            self._known[node] = as_float(constant)
        elif name is not None and name in self._parameters:
            self._known[node] = self._parameters[name]
        elif found is not None and all(operand in self._known for operand in found[1]):
            operands = [self._known[operand] for operand in found[1]]
            self._known[node] = float(FUNCTIONS[found[0]](*operands))
        return node in self._known
