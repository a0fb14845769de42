"""Expressions as one hash-consed graph.

Every number of a model is a node of one `Expressions` graph: equal subexpressions are one node, so
a model's arithmetic is stored, printed and later computed once.  Numbers are exact rationals.
Nothing here reads text (see `language.parser`) and nothing computes with floats (see `games.tape`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.kernels.operations import ARITY, COMMUTATIVE, CONDITIONS, Operation

Node: TypeAlias = tuple[object, ...]

MAX_INTEGER_POWER = 64
"""A constant whole exponent up to this size becomes multiplications."""
MAX_CONSTANT_BITS = 4096
"""Constants with a longer numerator or denominator are refused when folded."""

ZERO, ONE = Fraction(0), Fraction(1)


class ConstantError(ValueError):
    """A constant that is undefined (a division by zero) or absurdly long."""


class Expressions:
    """A growing graph of expressions; a handle is the index of a node.

    Handles are created by `number`, `symbol` and `apply` (or one of its shorthands) and stay valid
    for the life of the graph.  A node comes after its operands, so indices are a topological order.
    Constants are folded exactly, and only identities that hold wherever an operand may be undefined
    are applied: ``0 * (1 / x)`` stays as it is.

    Parameters
    ----------
    strict : raise `ConstantError` for a constant that is undefined or absurdly long; otherwise
        leave it standing, to be computed (and found undefined) only if it is used
    """

    def __init__(self, *, strict: bool = True) -> None:
        self._strict = strict
        self._nodes: list[Node] = []
        self._index: dict[Node, int] = {}
        self._free: list[frozenset[str]] = []

    def __len__(self) -> int:
        return len(self._nodes)

    def _intern(self, node: Node, free: frozenset[str]) -> int:
        handle = self._index.get(node)
        if handle is None:
            handle = self._index[node] = len(self._nodes)
            self._nodes.append(node)
            self._free.append(free)
        return handle

    # Making nodes

    def number(self, value: Fraction | int) -> int:
        """Handle of an exact constant."""
        return self._intern(("number", Fraction(value)), frozenset())

    def symbol(self, name: str) -> int:
        """Handle of a free name."""
        return self._intern(("symbol", name), frozenset({name}))

    def apply(self, operation: Operation, *operands: int) -> int:
        """Handle of ``operation`` on ``operands``, simplified where that is always sound."""
        if len(operands) != ARITY[operation]:
            raise TypeError(f"{operation.name} takes {ARITY[operation]} operands")
        try:
            simpler = self._simplify(operation, operands)
        except ConstantError:
            if self._strict:
                raise
            simpler = None
        if simpler is not None:
            return simpler
        if operation in COMMUTATIVE and operands[0] > operands[1]:
            operands = (operands[1], operands[0])
        free = frozenset().union(*(self._free[operand] for operand in operands))
        return self._intern((operation, *operands), free)

    def add(self, a: int, b: int) -> int:
        """``a + b``"""
        return self.apply(Operation.ADD, a, b)

    def sub(self, a: int, b: int) -> int:
        """``a - b``"""
        return self.apply(Operation.SUB, a, b)

    def mul(self, a: int, b: int) -> int:
        """``a * b``"""
        return self.apply(Operation.MUL, a, b)

    def div(self, a: int, b: int) -> int:
        """``a / b``"""
        return self.apply(Operation.DIV, a, b)

    def neg(self, a: int) -> int:
        """``-a``"""
        return self.apply(Operation.NEG, a)

    def total(self, terms: Iterable[int]) -> int:
        """Sum of ``terms``, added from the left."""
        result = None
        for term in terms:
            result = term if result is None else self.add(result, term)
        return self.number(0) if result is None else result

    # Reading nodes

    def constant(self, handle: int) -> Fraction | None:
        """The value of a constant, or None."""
        node = self._nodes[handle]
        return node[1] if node[0] == "number" else None  # type: ignore[return-value]

    def symbol_name(self, handle: int) -> str | None:
        """The name of a symbol, or None."""
        node = self._nodes[handle]
        return node[1] if node[0] == "symbol" else None  # type: ignore[return-value]

    def operation(self, handle: int) -> tuple[Operation, tuple[int, ...]] | None:
        """The operation and operands of a node, or None for a constant or a symbol."""
        head, *operands = self._nodes[handle]
        return (head, tuple(operands)) if isinstance(head, Operation) else None  # type: ignore[arg-type]

    def free_symbols(self, handle: int) -> frozenset[str]:
        """Names that the expression reads."""
        return self._free[handle]

    def is_condition(self, handle: int) -> bool:
        """Whether the expression is a condition and not a number."""
        return self._nodes[handle][0] in CONDITIONS

    def closure(self, roots: Iterable[int]) -> list[int]:
        """All nodes that ``roots`` need, operands first."""
        needed: set[int] = set()
        stack = list(roots)
        while stack:
            handle = stack.pop()
            if handle not in needed:
                needed.add(handle)
                node = self._nodes[handle]
                if isinstance(node[0], Operation):
                    stack.extend(node[1:])  # type: ignore[arg-type]
        return sorted(needed)

    def substitute(
        self, roots: Iterable[int], values: Mapping[str, int], source: Expressions | None = None
    ) -> list[int]:
        """``roots`` of ``source`` (default: this graph) rebuilt here, names replaced by handles."""
        source = source or self
        roots = list(roots)
        image: dict[int, int] = {}
        for handle in source.closure(roots):
            node = source._nodes[handle]
            if node[0] == "number":
                image[handle] = self.number(node[1])  # type: ignore[arg-type]
            elif node[0] == "symbol":
                name: str = node[1]  # type: ignore[assignment]
                image[handle] = values[name] if name in values else self.symbol(name)
            else:
                operands = (image[operand] for operand in node[1:])  # type: ignore[index]
                image[handle] = self.apply(node[0], *operands)  # type: ignore[arg-type]
        return [image[root] for root in roots]

    # Simplification

    def _simplify(self, operation: Operation, operands: tuple[int, ...]) -> int | None:
        constants = [self.constant(operand) for operand in operands]
        if all(constant is not None for constant in constants):
            value = _fold(operation, constants)  # type: ignore[arg-type]
            if value is not None:
                _guard(value)
                return self.number(value)
        match operation:
            case Operation.ADD:
                if constants[0] == 0:
                    return operands[1]
                if constants[1] == 0:
                    return operands[0]
            case Operation.SUB:
                if constants[1] == 0:
                    return operands[0]
                if constants[0] == 0:
                    return self.neg(operands[1])
            case Operation.MUL:
                if constants[0] == 1:
                    return operands[1]
                if constants[1] == 1:
                    return operands[0]
                if constants[0] == -1:
                    return self.neg(operands[1])
                if constants[1] == -1:
                    return self.neg(operands[0])
            case Operation.DIV:
                if constants[1] == 0:
                    raise ConstantError("division by zero")
                if constants[1] == 1:
                    return operands[0]
            case Operation.POW:
                return self._power(operands[0], constants[1])
            case Operation.NEG:
                inner = self.operation(operands[0])
                if inner is not None and inner[0] is Operation.NEG:
                    return inner[1][0]
            case Operation.WHERE | Operation.SELECT:
                if constants[0] is not None:
                    return operands[1] if constants[0] else operands[2]
                if operation is Operation.SELECT and operands[1] == operands[2]:
                    return operands[1]
            case Operation.AND:
                if 0 in constants:
                    return self.number(0)
                if 1 in constants:
                    return operands[1] if constants[0] == 1 else operands[0]
            case Operation.OR:
                if 1 in constants:
                    return self.number(1)
                if 0 in constants:
                    return operands[1] if constants[0] == 0 else operands[0]
            case _:
                pass
        return None

    def _power(self, base: int, exponent: Fraction | None) -> int | None:
        """A constant whole power as multiplications, by squaring."""
        if exponent is None or exponent.denominator != 1 or abs(exponent) > MAX_INTEGER_POWER:
            return None
        count = abs(exponent.numerator)
        if count == 0:
            return self.number(1) if self.constant(base) is not None else None
        result, square = None, base
        while True:
            if count & 1:
                result = square if result is None else self.mul(result, square)
            count >>= 1
            if not count:
                break
            square = self.mul(square, square)
        assert result is not None
        return result if exponent > 0 else self.div(self.number(1), result)


def _guard(value: Fraction) -> None:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_CONSTANT_BITS:
        raise ConstantError("a constant with more than a thousand digits")


def _fold(operation: Operation, values: list[Fraction]) -> Fraction | None:
    """Exact value of an operation on constants, or None where it is not rational."""
    a = values[0]
    b = values[1] if len(values) > 1 else ZERO
    match operation:
        case Operation.ADD:
            return a + b
        case Operation.SUB:
            return a - b
        case Operation.MUL:
            return a * b
        case Operation.DIV:
            if b == 0:
                raise ConstantError("division by zero")
            return a / b
        case Operation.POW:
            return _fold_power(a, b)
        case Operation.NEG:
            return -a
        case Operation.ABS:
            return abs(a)
        case Operation.MIN:
            return min(a, b)
        case Operation.MAX:
            return max(a, b)
        case Operation.LESS:
            return Fraction(a < b)
        case Operation.LESS_EQUAL:
            return Fraction(a <= b)
        case Operation.EQUAL | Operation.SAME:
            return Fraction(a == b)
        case Operation.GREATER:
            return Fraction(a > b)
        case Operation.AND:
            return Fraction(bool(a) and bool(b))
        case Operation.OR:
            return Fraction(bool(a) or bool(b))
        case Operation.NOT:
            return Fraction(not a)
        case Operation.FINITE:
            return ONE
        case Operation.COPY:
            return a
        case Operation.LOG:
            if a <= 0:
                raise ConstantError("logarithm of a number that is not positive")
            return None
        case Operation.SQRT:
            if a < 0:
                raise ConstantError("square root of a negative number")
            return None
        case Operation.WHERE | Operation.SELECT:
            return b if a else values[2]
        case _:
            return None


def _fold_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator != 1:
        if base < 0:
            raise ConstantError("a fractional power of a negative number")
        return None
    if base == 0 and exponent < 0:
        raise ConstantError("division by zero")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base not in (0, 1, -1) and bits * abs(exponent) > MAX_CONSTANT_BITS:
        raise ConstantError("a constant with more than a thousand digits")
    return base ** int(exponent)
