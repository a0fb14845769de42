"""The operations of a tape on single numbers: exact rationals where both operands are, else floats.

This is the reference for every other back-end.  On floats it gives the bits that the compiled
kernel gives; on rationals the exact value.  Undefined is ``nan`` and nothing here raises.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.kernels.operations import RELATIVE_TIE, Operation

Number: TypeAlias = Fraction | float

NAN = math.nan
MAX_EXACT_BITS = 1 << 20
"""An exact power longer than this is computed in floating point instead."""


def is_nan(value: Number) -> bool:
    """Whether a number is undefined."""
    return value != value


def as_float(value: Number) -> float:
    """The nearest float; a rational beyond the range of floats is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def is_finite(value: Number) -> bool:
    """Whether a number is defined and not infinite."""
    return isinstance(value, Fraction) or math.isfinite(value)


def _both_exact(a: Number, b: Number) -> bool:
    return isinstance(a, Fraction) and isinstance(b, Fraction)


def close(a: Number, b: Number) -> bool:
    """Whether two payoffs tie: equal if exact, else equal but for rounding."""
    if _both_exact(a, b):
        return a == b
    x, y = as_float(a), as_float(b)
    return abs(x - y) <= RELATIVE_TIE * max(abs(x), abs(y))


def greater(a: Number, b: Number) -> bool:
    """Whether ``a`` exceeds ``b`` by more than a tie."""
    if _both_exact(a, b):
        return a > b
    x, y = as_float(a), as_float(b)
    return x - y > RELATIVE_TIE * max(abs(x), abs(y))


def _mixed(function: Callable[[Number, Number], Number]) -> Callable[[Number, Number], Number]:
    """``function`` of two numbers, as floats unless both are exact."""

    def apply(a: Number, b: Number) -> Number:
        return function(a, b) if _both_exact(a, b) else function(as_float(a), as_float(b))

    return apply


def _divide(a: Number, b: Number) -> Number:
    return NAN if b == 0 else a / b


def _power(a: Number, b: Number) -> Number:
    if isinstance(a, Fraction) and isinstance(b, Fraction) and b.denominator == 1:
        if a == 0 and b < 0:
            return NAN
        bits = max(a.numerator.bit_length(), a.denominator.bit_length())
        if bits * abs(b) <= MAX_EXACT_BITS:
            return a ** int(b)
    return _float_power(as_float(a), as_float(b))


def _float_power(a: float, b: float) -> float:
    if a != a or b != b or (a == 0 and b < 0) or (a < 0 and b != math.floor(b)):
        return NAN
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and math.fmod(b, 2.0) != 0 else math.inf
    except ValueError:
        return NAN


def _exp(a: Number) -> Number:
    if a == 0 and isinstance(a, Fraction):
        return Fraction(1)
    try:
        return math.exp(as_float(a))
    except OverflowError:
        return math.inf


def _log(a: Number) -> Number:
    if a == 1 and isinstance(a, Fraction):
        return Fraction(0)
    x = as_float(a)
    return math.log(x) if x > 0 else NAN


def _sqrt(a: Number) -> Number:
    if isinstance(a, Fraction) and a >= 0:
        top, bottom = math.isqrt(a.numerator), math.isqrt(a.denominator)
        if top * top == a.numerator and bottom * bottom == a.denominator:
            return Fraction(top, bottom)
    x = as_float(a)
    return math.sqrt(x) if x >= 0 else NAN


def _phi(a: Number) -> Number:
    return 0.5 * math.erfc(-as_float(a) * math.sqrt(0.5))


def _minimum(a: Number, b: Number) -> Number:
    return a if a < b or a != a else b


def _maximum(a: Number, b: Number) -> Number:
    return a if a > b or a != a else b


def _truth(value: bool) -> Fraction:
    return _ONE if value else _ZERO


_ZERO, _ONE = Fraction(0), Fraction(1)


def _decided(function: Callable[[Number, Number], bool]) -> Callable[[Number, Number], Number]:
    def apply(a: Number, b: Number) -> Number:
        if is_nan(a) or is_nan(b):
            return NAN
        if not _both_exact(a, b):
            a, b = as_float(a), as_float(b)
        return _truth(function(a, b))

    return apply


def _and(a: Number, b: Number) -> Number:
    if a == 0 or b == 0:
        return _ZERO
    return NAN if is_nan(a) or is_nan(b) else _ONE


def _or(a: Number, b: Number) -> Number:
    if a == 1 or b == 1:
        return _ONE
    return NAN if is_nan(a) or is_nan(b) else _ZERO


def _not(a: Number) -> Number:
    return NAN if is_nan(a) else _truth(a == 0)


def _where(condition: Number, a: Number, b: Number) -> Number:
    return NAN if is_nan(condition) else (a if condition == 1 else b)


def _select(condition: Number, a: Number, b: Number) -> Number:
    return a if condition != 0 else b


APPLY: dict[Operation, Callable[..., Number]] = {
    Operation.ADD: _mixed(lambda a, b: a + b),
    Operation.SUB: _mixed(lambda a, b: a - b),
    Operation.MUL: _mixed(lambda a, b: a * b),
    Operation.DIV: _mixed(_divide),
    Operation.POW: _power,
    Operation.NEG: lambda a: -a,
    Operation.EXP: _exp,
    Operation.LOG: _log,
    Operation.SQRT: _sqrt,
    Operation.ABS: abs,
    Operation.MIN: _minimum,
    Operation.MAX: _maximum,
    Operation.PHI: _phi,
    Operation.LESS: _decided(lambda a, b: a < b),
    Operation.LESS_EQUAL: _decided(lambda a, b: a <= b),
    Operation.EQUAL: _decided(lambda a, b: a == b),
    Operation.AND: _and,
    Operation.OR: _or,
    Operation.NOT: _not,
    Operation.WHERE: _where,
    Operation.GREATER: lambda a, b: _truth(greater(a, b)),
    Operation.SAME: lambda a, b: _truth(a == b),
    Operation.SELECT: _select,
    Operation.CLOSE: lambda a, b: _truth(close(a, b)),
    Operation.FINITE: lambda a: _truth(is_finite(a)),
    Operation.COPY: lambda a: a,
}
"""What each operation does to single numbers."""
