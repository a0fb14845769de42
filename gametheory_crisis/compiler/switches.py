"""Where an expression can have a kink or a jump in one name."""

from __future__ import annotations

from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions

_COMPARISONS = (Operation.LESS, Operation.LESS_EQUAL, Operation.EQUAL)


def switches(expressions: Expressions, handle: int, name: str) -> tuple[int, ...]:
    """The numbers whose sign decides what ``min``, ``max``, ``abs`` and ``where`` choose.

    Those that read ``name``, in the order in which the arithmetic needs them. Between their roots
    in ``name`` the expression is as smooth as the branches chosen there. Comparisons count wherever
    they stand in a condition, so no root is missed, but one may change nothing.
    """
    found: dict[int, None] = {}
    zero = expressions.number(0)
    for node in expressions.closure([handle]):
        if name not in expressions.free_symbols(node):
            continue
        operation = expressions.operation(node)
        if operation is None:
            continue
        kind, operands = operation
        if kind in (Operation.MIN, Operation.MAX) or kind in _COMPARISONS:
            found[_difference(expressions, *operands)] = None
        elif kind is Operation.ABS:
            found[_difference(expressions, operands[0], zero)] = None
    return tuple(node for node in found if name in expressions.free_symbols(node))


def _difference(expressions: Expressions, a: int, b: int) -> int:
    return a if expressions.constant(b) == 0 else expressions.sub(a, b)
