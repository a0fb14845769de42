"""Whole-number arithmetic of ``if`` and ``set``: exact, bounded, decided while a file is read."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from operator import itemgetter
from typing import TypeAlias

from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions

Value: TypeAlias = int | Fraction
State: TypeAlias = tuple[int, ...]

MAX_BITS = 256
"""Longest number that an intermediate result may be."""
_LIMIT = 1 << MAX_BITS
MEMORY_COST = 8
"""Steps that remembering a value counts for, beside those of its operations."""
OPERATION_COST, FRACTION_COST = 2, 16
"""Steps that an operation counts for, on whole numbers and where there may be fractions."""

_REFUSED = {
    Operation.SQRT: "sqrt",
    Operation.EXP: "exp",
    Operation.LOG: "log",
    Operation.PHI: "Phi",
    Operation.POW: "a power whose exponent is not a small whole number",
}


class Undefined(ArithmeticError):
    """A division by zero, or a number that is too long."""


class TooMuchWork(Exception):
    """A `Meter` is spent."""


class Meter:
    """Counts steps of work, so that no file takes long to read.

    Parameters
    ----------
    steps : how many may be taken
    """

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        """Take ``steps``.

        Raises
        ------
        TooMuchWork : there are not so many left
        """
        self._left -= steps
        if self._left < 0:
            raise TooMuchWork


def not_whole(expressions: Expressions, handle: int) -> str | None:
    """Why ``handle`` is not arithmetic on whole numbers, or None where it is."""
    for node in expressions.closure([handle]):
        constant = expressions.constant(node)
        if constant is not None and constant.denominator != 1:
            return f"`if` and `set` use whole numbers only, not {constant}"
        found = expressions.operation(node)
        if found is not None and found[0] in _REFUSED:
            return f"`if` and `set` use whole numbers only; {_REFUSED[found[0]]} is not available"
    return None


def evaluator(
    expressions: Expressions,
    handle: int,
    names: Mapping[str, int],
    meter: Meter | None = None,
) -> Callable[[State], Value]:
    """A function that gives the value of ``handle`` in a state; it remembers what it has computed.

    Parameters
    ----------
    names : position of each state variable in a state
    meter : pays for every computation

    Notes
    -----
    Conditions are 1 or 0. The function raises `Undefined` where there is no value; the branch of
    ``where`` that is not chosen, and what ``and`` or ``or`` need not read, may be undefined.
    """
    program = _Program(expressions, handle, names)
    read = picker(sorted(names[name] for name in expressions.free_symbols(handle)), len(names))
    known: dict[object, Value | None] = {}

    def value(state: State) -> Value:
        key = read(state)
        if key in known:
            result = known[key]
        else:
            if meter is not None:
                meter.spend(program.cost)
            result = known[key] = program.run(state)
        if result is None:
            raise Undefined
        return result

    return value


def picker(positions: Sequence[int], length: int) -> Callable[[State], object]:
    """A function that gives what stands at ``positions`` (ascending) of a tuple, as a key."""
    if len(positions) == length:
        return _everything
    return itemgetter(*positions) if positions else _nothing


def _everything(state: State) -> State:
    return state


def _nothing(state: State) -> None:
    return None


class StateArithmetic:
    """Conditions and changes of state of a graph in which all of them have a value.

    Parameters
    ----------
    names : the state variables, in the order of a state
    """

    def __init__(self, expressions: Expressions, names: Iterable[str]) -> None:
        self._expressions = expressions
        self._positions = {name: position for position, name in enumerate(names)}
        self._evaluators: dict[int, Callable[[State], Value]] = {}

    def value(self, handle: int, state: State) -> int:
        """The value of an expression that is a whole number."""
        compute = self._evaluators.get(handle)
        if compute is None:
            compute = evaluator(self._expressions, handle, self._positions)
            self._evaluators[handle] = compute
        return int(compute(state))

    def after(self, changes: Mapping[str, int], state: State) -> State:
        """The state after ``changes``, all of them read in ``state``."""
        if not changes:
            return state
        values = list(state)
        for name, handle in changes.items():
            values[self._positions[name]] = self.value(handle, state)
        return tuple(values)


class _Program:
    """An expression as a list of steps, each on the values of earlier ones."""

    def __init__(self, expressions: Expressions, handle: int, names: Mapping[str, int]) -> None:
        nodes = expressions.closure([handle])
        slots = {node: slot for slot, node in enumerate(nodes)}
        self._initial: list[Value | None] = [None] * len(nodes)
        self._variables: list[tuple[int, int]] = []
        self._steps: list[tuple[int, Operation, tuple[int, ...]]] = []
        for slot, node in enumerate(nodes):
            constant, name = expressions.constant(node), expressions.symbol_name(node)
            if constant is not None:
                self._initial[slot] = _plain(constant)
            elif name is not None:
                self._variables.append((slot, names[name]))
            else:
                operation, operands = expressions.operation(node)  # type: ignore[misc]
                places = tuple(slots[operand] for operand in operands)
                self._steps.append((slot, operation, places))
        divides = any(operation is Operation.DIV for _, operation, _ in self._steps)
        self.cost = MEMORY_COST + len(nodes) * (FRACTION_COST if divides else OPERATION_COST)

    def run(self, state: State) -> Value | None:
        """The value in a state; None is undefined."""
        values = self._initial.copy()
        for slot, position in self._variables:
            values[slot] = state[position]
        for slot, operation, places in self._steps:
            result = _apply(operation, [values[place] for place in places])
            values[slot] = None if result is None or _too_long(result) else _plain(result)
        return values[-1]


def _plain(value: Value) -> Value:
    """A whole number as an int, whose arithmetic is much faster than a fraction's."""
    return value if isinstance(value, int) or value.denominator != 1 else value.numerator


def _too_long(value: Value) -> bool:
    if isinstance(value, int):
        return not -_LIMIT < value < _LIMIT
    return max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS


def _apply(operation: Operation, operands: list[Value | None]) -> Value | None:
    """Value of an operation; None is undefined."""
    if operation is Operation.WHERE:
        first = operands[0]
        return None if first is None else operands[1 if first else 2]
    if operation is Operation.AND and 0 in operands:
        return 0
    if operation is Operation.OR and 1 in operands:
        return 1
    return None if None in operands else _DEFINED[operation](*operands)


_DEFINED: dict[Operation, Callable[..., Value | None]] = {
    Operation.ADD: operator.add,
    Operation.SUB: operator.sub,
    Operation.MUL: operator.mul,
    Operation.DIV: lambda a, b: Fraction(a) / b if b else None,
    Operation.NEG: operator.neg,
    Operation.ABS: abs,
    Operation.MIN: min,
    Operation.MAX: max,
    Operation.LESS: lambda a, b: int(a < b),
    Operation.LESS_EQUAL: lambda a, b: int(a <= b),
    Operation.EQUAL: lambda a, b: int(a == b),
    Operation.AND: lambda a, b: int(bool(a) and bool(b)),
    Operation.OR: lambda a, b: int(bool(a) or bool(b)),
    Operation.NOT: lambda a: int(not a),
}
