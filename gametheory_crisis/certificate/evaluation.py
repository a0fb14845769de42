"""Expressions evaluated at one point, exactly where every number that enters is rational.

The type of a number tells how it came about: a `Fraction` is exact, and whatever a float enters, be
it only through a condition, is a float.  Undefined is ``nan``, an overflow is infinite, and nothing
here raises.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.results import Number

Function: TypeAlias = Callable[..., Number]

MAX_EXACT_BITS = 1 << 17
"""A rational with a longer numerator or denominator goes on as a float."""


def as_float(value: Number) -> float:
    """The nearest float; infinite where the rational is beyond the range of floats."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def undefined(value: Number) -> bool:
    """Whether a number is ``nan``."""
    return value != value


def distance(a: Number, b: Number) -> Number:
    """``|a - b|``"""
    return max(a - b, b - a)


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _uniform(*operands: Number) -> tuple[Number, ...]:
    """The operands as they are if all are exact, else all as floats."""
    if any(isinstance(operand, float) for operand in operands):
        return tuple(map(as_float, operands))
    return operands


def _arithmetic(function: Callable[[Number, Number], Number]) -> Function:
    def apply(a: Number, b: Number) -> Number:
        if type(a) is not type(b):
            return function(as_float(a), as_float(b))
        result = function(a, b)
        if isinstance(result, Fraction) and _bits(result) > MAX_EXACT_BITS:
            return as_float(result)
        return result

    return apply


def _divide(a: Number, b: Number) -> Number:
    return math.nan if b == 0 else a / b


def power(base: Number, exponent: Number) -> Number:
    """``base ** exponent``, exact for a rational base and a whole exponent of reasonable size."""
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        if base == 0 and exponent < 0:
            return math.nan
        if base in (0, 1, -1) or _bits(base) * abs(exponent) <= MAX_EXACT_BITS:
            return base ** int(exponent)
    return _float_power(as_float(base), as_float(exponent))


def _float_power(base: float, exponent: float) -> float:
    if undefined(base) or undefined(exponent) or (base == 0 and exponent < 0):
        return math.nan
    if base < 0 and not exponent.is_integer():
        return math.nan
    try:
        return float(base**exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf


def _exp(a: Number) -> float:
    try:
        return math.exp(as_float(a))
    except OverflowError:
        return math.inf


def _log(a: Number) -> float:
    x = as_float(a)
    return math.log(x) if x > 0 else math.nan


def _sqrt(a: Number) -> float:
    return math.sqrt(as_float(a)) if a >= 0 else math.nan


def _phi(a: Number) -> float:
    return 0.5 * math.erfc(-as_float(a) / math.sqrt(2))


def _extreme(choose: Callable[[Number, Number], Number]) -> Function:
    def apply(a: Number, b: Number) -> Number:
        x, y = _uniform(a, b)
        return math.nan if undefined(x) or undefined(y) else choose(x, y)

    return apply


def _comparison(holds: Callable[[Number, Number], bool]) -> Function:
    def apply(a: Number, b: Number) -> Number:
        x, y = _uniform(a, b)
        if undefined(x) or undefined(y):
            return math.nan
        return type(x)(holds(x, y))

    return apply


def _kleene(decisive: int) -> Function:
    """``and`` (0 decides) or ``or`` (1 decides) of three-valued conditions."""

    def apply(a: Number, b: Number) -> Number:
        if a == decisive or (undefined(a) and b != decisive):
            return a
        return b if b == decisive or undefined(b) else _uniform(a, b)[0]

    return apply


def _where(condition: Number, a: Number, b: Number) -> Number:
    if undefined(condition):
        return math.nan
    chosen = a if condition else b
    return as_float(chosen) if isinstance(condition, float) else chosen


FUNCTIONS: dict[Operation, Function] = {
    Operation.ADD: _arithmetic(operator.add),
    Operation.SUB: _arithmetic(operator.sub),
    Operation.MUL: _arithmetic(operator.mul),
    Operation.DIV: _arithmetic(_divide),
    Operation.POW: power,
    Operation.NEG: operator.neg,
    Operation.EXP: _exp,
    Operation.LOG: _log,
    Operation.SQRT: _sqrt,
    Operation.ABS: abs,
    Operation.MIN: _extreme(min),
    Operation.MAX: _extreme(max),
    Operation.PHI: _phi,
    Operation.LESS: _comparison(operator.lt),
    Operation.LESS_EQUAL: _comparison(operator.le),
    Operation.EQUAL: _comparison(operator.eq),
    Operation.AND: _kleene(0),
    Operation.OR: _kleene(1),
    Operation.NOT: lambda a: 1 - a,
    Operation.WHERE: _where,
}
"""The operations that a model's expressions may hold."""


class _Program(NamedTuple):
    """What remains of an expression once the parameters are put in.

    Registers hold first the ``constants``, then the values of ``inputs``, then one result per step;
    a step is a function and the registers that it reads.  The last register is the value.
    """

    constants: tuple[Number, ...]
    inputs: tuple[str, ...]
    steps: tuple[tuple[Function, tuple[int, ...]], ...]


class Evaluator:
    """The numbers of a graph's expressions at one point of the parameters.

    Parameters
    ----------
    expressions : the graph of expressions
    values : value of every parameter
    rational : whether to compute in rationals as far as possible; else all is floats

    Attributes
    ----------
    exact : whether no number handed out so far has a float in it
    """

    def __init__(
        self, expressions: Expressions, values: Mapping[str, Number], *, rational: bool
    ) -> None:
        self._expressions = expressions
        self._rational = rational
        self.exact = rational
        self._values = {name: self.number(value) for name, value in values.items()}
        self._known: dict[int, Number] = {}
        self._programs: dict[int, _Program] = {}

    def number(self, value: Number | int) -> Number:
        """A number in the arithmetic of this point; whole floats are exact."""
        if not self._rational:
            return as_float(value)
        if isinstance(value, float) and not value.is_integer():
            self.exact = False
            return value
        return Fraction(value)

    def reads(self, expression: int) -> frozenset[str]:
        """Names other than parameters on which the value depends."""
        return self._expressions.free_symbols(expression) - self._values.keys()

    def value(self, expression: int, names: Mapping[str, Number]) -> Number:
        """Value of an expression, given the values of what else it reads."""
        if expression not in self._known and expression not in self._programs:
            self._compile(expression)
        program = self._programs.get(expression)
        if program is None:
            result = self._known[expression]
        else:
            registers = [*program.constants, *(names[name] for name in program.inputs)]
            for function, operands in program.steps:
                registers.append(function(*[registers[operand] for operand in operands]))
            result = registers[-1]
        if self.exact and isinstance(result, float):
            self.exact = False
        return result

    def _compile(self, expression: int) -> None:
        """Fold what the parameters decide; keep the rest as a program."""
        nodes = self._expressions.closure([expression])
        open_nodes = [node for node in nodes if not self._fold(node)]
        if not open_nodes:
            return
        operations = {node: self._expressions.operation(node) for node in open_nodes}
        inputs = [node for node in open_nodes if operations[node] is None]
        steps = [(node, found) for node, found in operations.items() if found is not None]
        read = {operand for _, (_, operands) in steps for operand in operands}
        constants = sorted(read - operations.keys())
        order = [*constants, *inputs, *(node for node, _ in steps)]
        register = {node: position for position, node in enumerate(order)}
        self._programs[expression] = _Program(
            tuple(self._known[node] for node in constants),
            tuple(self._expressions.symbol_name(node) or "" for node in inputs),
            tuple(
                (FUNCTIONS[operation], tuple(register[operand] for operand in operands))
                for _, (operation, operands) in steps
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
            self._known[node] = self.number(constant)
        elif name is not None and name in self._values:
            self._known[node] = self._values[name]
        elif found is not None and all(operand in self._known for operand in found[1]):
            self._known[node] = FUNCTIONS[found[0]](*(self._known[operand] for operand in found[1]))
        return node in self._known
