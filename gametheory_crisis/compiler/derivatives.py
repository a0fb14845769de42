"""Derivatives of expressions, as expressions of the same graph."""

from __future__ import annotations

import math
from fractions import Fraction

from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions

_DENSITY_AT_ZERO = Fraction(1 / math.sqrt(2 * math.pi))
"""Of the standard normal distribution."""


def derivative(expressions: Expressions, handle: int, name: str) -> int:
    """Handle of the derivative of a number with respect to a symbol.

    At a kink of ``min``, ``max``, ``abs`` or ``where`` it is the derivative of the branch that is
    chosen there; see `compiler.switches` for where the kinks lie. A jump of ``where`` has no part
    in it. The derivative can be undefined where the number is not, as that of ``sqrt(x)`` at 0 is.

    Raises
    ------
    ValueError
        The expression is a condition, or no expression of the language.
    """
    found: dict[int, int] = {}
    zero = expressions.number(0)
    for node in expressions.closure([handle]):
        if name not in expressions.free_symbols(node) or expressions.is_condition(node):
            found[node] = zero
        elif expressions.symbol_name(node) is not None:
            found[node] = expressions.number(1)
        else:
            found[node] = _Rule(expressions, node).apply(found)
    if expressions.is_condition(handle):
        raise ValueError("a condition has no derivative")
    return found[handle]


class _Rule:
    """The rule of differentiation of one node that reads the symbol."""

    def __init__(self, expressions: Expressions, node: int) -> None:
        operation = expressions.operation(node)
        if operation is None:
            raise ValueError("a constant reads no name")
        self.e = expressions
        self.node = node
        self.operation, self.operands = operation

    def apply(self, slopes: dict[int, int]) -> int:
        """The node's derivative, given those of its operands."""
        e, operands = self.e, self.operands
        a, da = operands[0], slopes[operands[0]]
        b, db = (operands[1], slopes[operands[1]]) if len(operands) > 1 else (a, da)
        match self.operation:
            case Operation.ADD | Operation.SUB:
                return e.apply(self.operation, da, db)
            case Operation.NEG:
                return e.neg(da)
            case Operation.MUL:
                return e.add(self._times(da, b), self._times(a, db))
            case Operation.DIV:
                return e.div(e.sub(da, self._times(self.node, db)), b)
            case Operation.POW:
                return self._power(a, da, b, db)
            case Operation.EXP:
                return self._times(self.node, da)
            case Operation.LOG:
                return e.div(da, a)
            case Operation.SQRT:
                return e.div(da, self._times(e.number(2), self.node))
            case Operation.PHI:
                half_square = e.div(e.mul(a, a), e.number(2))
                fall = e.apply(Operation.EXP, e.neg(half_square))
                return self._times(e.mul(e.number(_DENSITY_AT_ZERO), fall), da)
            case _:
                return self._branch(a, da, b, db, slopes)

    def _power(self, a: int, da: int, b: int, db: int) -> int:
        """Of a ** b: the part that moves the base, and the part that moves the exponent."""
        e = self.e
        base = self._times(e.mul(b, e.apply(Operation.POW, a, e.sub(b, e.number(1)))), da)
        if e.constant(db) == 0:
            return base
        return e.add(base, self._times(e.mul(self.node, e.apply(Operation.LOG, a)), db))

    def _branch(self, a: int, da: int, b: int, db: int, slopes: dict[int, int]) -> int:
        """Of an operation that chooses among its operands."""
        e = self.e
        match self.operation:
            case Operation.ABS:
                return self._where(e.apply(Operation.LESS, a, e.number(0)), e.neg(da), da)
            case Operation.MIN:
                return self._where(e.apply(Operation.LESS, a, b), da, db)
            case Operation.MAX:
                return self._where(e.apply(Operation.LESS, b, a), da, db)
            case Operation.WHERE:
                return self._where(a, db, slopes[self.operands[2]])
            case _:
                raise ValueError(f"{self.operation.name} is no operation of the language")

    def _where(self, condition: int, a: int, b: int) -> int:
        return a if a == b else self.e.apply(Operation.WHERE, condition, a, b)

    def _times(self, a: int, b: int) -> int:
        """A product that is nothing where a factor does not move with the symbol."""
        if self.e.constant(a) == 0 or self.e.constant(b) == 0:
            return self.e.number(0)
        return self.e.mul(a, b)
