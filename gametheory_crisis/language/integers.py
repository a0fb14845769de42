"""Whole-number arithmetic of ``if`` and ``set``: exact, bounded, decided while a file is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions

Value: TypeAlias = int | Fraction
State: TypeAlias = tuple[int, ...]

MAX_BITS = 256
"""Longest number that an intermediate result may be."""

_REFUSED = {
    Operation.SQRT: "sqrt",
    Operation.EXP: "exp",
    Operation.LOG: "log",
    Operation.PHI: "Phi",
    Operation.POW: "a power whose exponent is not a small whole number",
}


class Undefined(ArithmeticError):
    """A division by zero, or a number that is too long."""


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
    expressions: Expressions, handle: int, names: Mapping[str, int]
) -> Callable[[State], Value]:
    """A function that gives the value of ``handle`` in a state; it remembers what it has computed.

    Parameters
    ----------
    names : position of each state variable in a state

    Notes
    -----
    Conditions are 1 or 0. The function raises `Undefined` where there is no value; the branch of
    ``where`` that is not chosen, and what ``and`` or ``or`` need not read, may be undefined.
    """
    nodes = expressions.closure([handle])
    reads = [names[name] for name in sorted(expressions.free_symbols(handle))]
    known: dict[State, Value | None] = {}

    def value(state: State) -> Value:
        key = tuple(state[position] for position in reads)
        if key not in known:
            known[key] = _evaluate(expressions, nodes, names, state)
        result = known[key]
        if result is None:
            raise Undefined
        return result

    return value


def _evaluate(
    expressions: Expressions, nodes: list[int], names: Mapping[str, int], state: State
) -> Value | None:
    values: dict[int, Value | None] = {}
    for node in nodes:
        constant, name = expressions.constant(node), expressions.symbol_name(node)
        if constant is not None:
            values[node] = _plain(constant)
        elif name is not None:
            values[node] = state[names[name]]
        else:
            operation, operands = expressions.operation(node)  # type: ignore[misc]
            result = _apply(operation, [values[operand] for operand in operands])
            values[node] = None if result is None or _too_long(result) else _plain(result)
    return values[nodes[-1]]


def _plain(value: Value) -> Value:
    """A whole number as an int, whose arithmetic is much faster than a fraction's."""
    return value.numerator if value.denominator == 1 else value


def _too_long(value: Value) -> bool:
    return max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS


def _apply(operation: Operation, operands: list[Value | None]) -> Value | None:
    """Value of an operation; None is undefined."""
    first = operands[0]
    match operation:
        case Operation.WHERE:
            return None if first is None else operands[1 if first else 2]
        case Operation.AND:
            if 0 in operands:
                return 0
        case Operation.OR:
            if 1 in operands:
                return 1
        case _:
            pass
    numbers = [operand for operand in operands if operand is not None]
    return _defined(operation, numbers) if len(numbers) == len(operands) else None


def _defined(operation: Operation, numbers: list[Value]) -> Value | None:
    a, b = numbers[0], numbers[-1]
    match operation:
        case Operation.ADD:
            return a + b
        case Operation.SUB:
            return a - b
        case Operation.MUL:
            return a * b
        case Operation.DIV:
            return Fraction(a) / b if b else None
        case Operation.NEG:
            return -a
        case Operation.ABS:
            return a if a >= 0 else -a
        case Operation.MIN:
            return a if a < b else b
        case Operation.MAX:
            return b if a < b else a
        case Operation.LESS:
            return int(a < b)
        case Operation.LESS_EQUAL:
            return int(a <= b)
        case Operation.EQUAL:
            return int(a == b)
        case Operation.AND:
            return int(bool(a) and bool(b))
        case Operation.OR:
            return int(bool(a) or bool(b))
        case Operation.NOT:
            return int(not a)
        case _:
            return None
