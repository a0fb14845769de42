"""Exact numbers as other programs, and the model language, read them."""

from __future__ import annotations

import math
from fractions import Fraction

from gametheory_crisis.errors import NotFinite, UnsupportedGame
from gametheory_crisis.language.literals import MAX_EXPONENT, MAX_LITERAL
from gametheory_crisis.results import Number

MAX_PLACES = 20
"""Decimals with more places than that, and whole numbers with more noughts, get an exponent."""
MAX_BITS = 10_000
"""Beyond some thousand digits Python writes no number."""


def exact(number: Number) -> Fraction:
    """A number as a rational; a float counts as the decimal that it prints as.

    Raises
    ------
    NotFinite : the number is none
    """
    if isinstance(number, Fraction):
        return number
    if not math.isfinite(number):
        raise NotFinite(f"a payoff or probability is {number}; no file of a game can hold that")
    return Fraction(repr(float(number)))


def number_text(number: Fraction) -> str:
    """The number as a whole number, a decimal or a ratio ``a/b``; nothing is rounded.

    Raises
    ------
    UnsupportedGame : it has thousands of digits
    """
    if max(abs(number.numerator), number.denominator).bit_length() > MAX_BITS:
        raise UnsupportedGame("a number has thousands of digits, too many to be written exactly")
    return _decimal(number) or f"{number.numerator}/{number.denominator}"


def model_number(number: Fraction) -> str:
    """As `number_text`, for a number that the model language must be able to read.

    Raises
    ------
    UnsupportedGame : it has more digits than the language reads
    """
    text = number_text(number)
    longest = max(map(len, text.lstrip("-").split("/")))
    _, _, exponent = text.partition("e")
    if longest > MAX_LITERAL or abs(int(exponent or 0)) > MAX_EXPONENT:
        raise UnsupportedGame(
            f"a number needs {longest} digits to be exact; a model has at most {MAX_LITERAL}"
        )
    return text


def _decimal(number: Fraction) -> str:
    """A finite decimal, empty where there is none."""
    twos, fives, rest = 0, 0, number.denominator
    while rest % 2 == 0:
        twos, rest = twos + 1, rest // 2
    while rest % 5 == 0:
        fives, rest = fives + 1, rest // 5
    if rest != 1:
        return ""
    places = max(twos, fives)
    digits = str(abs(number.numerator) * 10**places // number.denominator)
    sign = "-" if number < 0 else ""
    if places == 0:
        noughts = len(digits) - len(digits.rstrip("0"))
        short = number != 0 and noughts > MAX_PLACES
        return f"{sign}{digits[:-noughts]}e{noughts}" if short else sign + digits
    if places > MAX_PLACES:
        return f"{sign}{digits}e-{places}"
    digits = digits.rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"
