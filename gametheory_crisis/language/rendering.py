"""Expressions and numbers as text of the language."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions

PRECEDENCE = {
    Operation.OR: 1,
    Operation.AND: 2,
    Operation.NOT: 3,
    Operation.LESS: 4,
    Operation.LESS_EQUAL: 4,
    Operation.EQUAL: 4,
    Operation.ADD: 5,
    Operation.SUB: 5,
    Operation.MUL: 6,
    Operation.DIV: 6,
    Operation.NEG: 7,
    Operation.POW: 8,
}
INFIX = {
    Operation.OR: " or ",
    Operation.AND: " and ",
    Operation.LESS: " < ",
    Operation.LESS_EQUAL: " <= ",
    Operation.EQUAL: " == ",
    Operation.ADD: " + ",
    Operation.SUB: " - ",
    Operation.MUL: " * ",
    Operation.DIV: " / ",
    Operation.POW: " ** ",
}


def render(expressions: Expressions, handle: int) -> str:
    """The expression as text of the language, with no more parentheses than needed."""

    @cache
    def text(handle: int) -> tuple[str, int]:
        constant, name = expressions.constant(handle), expressions.symbol_name(handle)
        if constant is not None:
            number = render_number(constant)
            return number, 9 if constant >= 0 and "/" not in number else 5
        if name is not None:
            return name, 9
        operation, operands = expressions.operation(handle)  # type: ignore[misc]
        level = PRECEDENCE.get(operation, 0)
        if not level:
            inside = ", ".join(text(operand)[0] for operand in operands)
            name = "Phi" if operation is Operation.PHI else operation.name.lower()
            return f"{name}({inside})", 9
        parts = []
        for position, operand in enumerate(operands):
            part, inner = text(operand)
            tight = position == 1 and operation in (Operation.SUB, Operation.DIV)
            tight = tight or (position == 0 and operation is Operation.POW)
            parts.append(f"({part})" if inner < level or (tight and inner == level) else part)
        if operation is Operation.NOT:
            return f"not {parts[0]}", level
        if operation is Operation.NEG:
            return f"-{parts[0]}", level
        return INFIX[operation].join(parts), level

    return text(handle)[0]


def render_number(value: Fraction) -> str:
    """A rational as a short decimal where it has one, else as a ratio."""
    decimal = f"{float(value):.12g}"
    if Fraction(decimal) == value:
        return decimal
    return f"{value.numerator}/{value.denominator}"
