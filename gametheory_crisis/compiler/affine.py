"""Expressions as intercept and slope in one name."""

from __future__ import annotations

from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions


def affine_parts(expressions: Expressions, root: int, name: str) -> tuple[int, int] | None:
    """Handles of ``(a, b)`` with ``root = a + b * name``, or None where it is not affine.

    A choice by ``where`` counts as affine only if its condition does not read ``name``.
    """
    zero, one = expressions.number(0), expressions.number(1)
    parts: dict[int, tuple[int, int]] = {}
    for handle in expressions.closure([root]):
        if name not in expressions.free_symbols(handle):
            parts[handle] = (handle, zero)
            continue
        if expressions.symbol_name(handle) is not None:
            parts[handle] = (zero, one)
            continue
        node = expressions.operation(handle)
        if node is None:
            raise ValueError("a constant reads no name")
        operation, operands = node
        if any(operand not in parts for operand in operands):
            return None
        found = _combine(expressions, operation, [parts[operand] for operand in operands], zero)
        if found is None:
            return None
        parts[handle] = found
    return parts[root]


def _combine(
    expressions: Expressions, operation: Operation, parts: list[tuple[int, int]], zero: int
) -> tuple[int, int] | None:
    (a, b), (c, d) = parts[0], parts[1] if len(parts) > 1 else (zero, zero)
    match operation:
        case Operation.ADD | Operation.SUB:
            return expressions.apply(operation, a, c), expressions.apply(operation, b, d)
        case Operation.NEG:
            return expressions.neg(a), expressions.neg(b)
        case Operation.MUL if d == zero:
            return expressions.mul(a, c), expressions.mul(b, c)
        case Operation.MUL if b == zero:
            return expressions.mul(a, c), expressions.mul(a, d)
        case Operation.DIV if d == zero:
            return expressions.div(a, c), expressions.div(b, c)
        case Operation.WHERE if b == zero:
            (e, f) = parts[2]
            intercept = expressions.apply(Operation.WHERE, a, c, e)
            return intercept, expressions.apply(Operation.WHERE, a, d, f)
        case _:
            return None
