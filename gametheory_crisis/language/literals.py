"""Numbers as text: exact rationals of the digits that are written."""

from __future__ import annotations

import re
from fractions import Fraction

from gametheory_crisis.errors import CrisisError

MAX_LITERAL = 64
MAX_EXPONENT = 300

LITERAL = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]{1,6}))?")
RATIO = re.compile(rf"\s*([+-]?)\s*({LITERAL.pattern})\s*(?:/\s*({LITERAL.pattern})\s*)?")


class ExpressionError(CrisisError, ValueError):
    """Text that is no expression of the language; ``column`` counts from 0 inside the text."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message, column)
        self.message = message
        self.column = column

    def __str__(self) -> str:
        return self.message


def parse_constant(text: str) -> Fraction:
    """The exact value of a decimal, a scientific number or a ratio of two (``7/10``).

    Raises
    ------
    ExpressionError : anything else, or a number beyond what a float holds
    """
    match = RATIO.fullmatch(text) if len(text) <= 2 * MAX_LITERAL + 8 else None
    if match is None:
        shown = text if len(text) <= 40 else text[:37] + "..."
        raise ExpressionError(f"expected a number such as 0.25, 1e-3 or 7/10, found '{shown}'")
    sign, above, _, below, _ = match.groups()
    value = literal(above, 0)
    if below is not None:
        divisor = literal(below, 0)
        if divisor == 0:
            raise ExpressionError("division by zero", match.start(4))
        value /= divisor
    return -value if sign == "-" else value


def literal(text: str, column: int) -> Fraction:
    """The exact value of an unsigned decimal number that stands at ``column``."""
    match = LITERAL.fullmatch(text)
    if match is None:
        raise ExpressionError(f"'{text[:40]}' is not a decimal number", column)
    if len(text) > MAX_LITERAL:
        raise ExpressionError(f"a number with more than {MAX_LITERAL} characters", column)
    if abs(int(match[1] or 0)) > MAX_EXPONENT:
        raise ExpressionError(f"'{text[:40]}' is beyond the numbers that can be computed", column)
    return Fraction(text)
