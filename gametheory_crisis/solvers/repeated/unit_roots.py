"""Where polynomials with rational coefficients are at most zero between 0 and 1, decided exactly.

Roots are isolated by Descartes' rule of signs and bisection (Collins and Akritas 1976, Polynomial
real root isolation using Descartes' rule of signs), so nothing is rounded until a root that is no
rational number is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from math import gcd, lcm
from typing import TypeAlias

Polynomial: TypeAlias = tuple[int, ...]
"""Coefficients in rising order, the last one not zero, without a common factor; zero is ()."""

FLOAT_BITS = 64
"""Halvings beyond which a root's bracket holds one float, but for unlucky places."""


def polynomial(coefficients: Sequence[Fraction | int]) -> Polynomial:
    """A positive multiple with whole coefficients: the signs are those of the argument."""
    scale = lcm(*(Fraction(c).denominator for c in coefficients)) if coefficients else 1
    return _primitive([int(c * scale) for c in coefficients])


def _primitive(coefficients: Sequence[int]) -> Polynomial:
    end = len(coefficients)
    while end and coefficients[end - 1] == 0:
        end -= 1
    content = gcd(*coefficients[:end]) if end else 1
    return tuple(c // content for c in coefficients[:end])


def sign_at(p: Polynomial, x: Fraction) -> int:
    """Sign of ``p(x)``: -1, 0 or 1."""
    top, bottom, total, scale = x.numerator, x.denominator, 0, 1
    for c in reversed(p):
        total, scale = total * top + c * scale, scale * bottom
    return (total > 0) - (total < 0)


@dataclass(frozen=True, slots=True)
class Root:
    """A root, known to lie between two rationals; known exactly where they are equal."""

    low: Fraction
    high: Fraction

    @property
    def value(self) -> Fraction | float:
        """The root: a rational, or else the nearest float but for one rounding."""
        return self.low if self.low == self.high else float((self.low + self.high) / 2)


@dataclass(frozen=True, slots=True)
class Cell:
    """A root, or an open interval between neighbouring roots or ends.

    Attributes
    ----------
    low, high : the ends; the same for a root
    sample : a rational inside an interval; None for a root
    """

    low: Root
    high: Root
    sample: Fraction | None


class Partition:
    """The interval from 0 to 1, 1 left out, cut at the roots of polynomials.

    Parameters
    ----------
    polynomials : those whose signs will be asked for
    """

    def __init__(self, polynomials: Iterable[Polynomial]) -> None:
        self._squarefree = {p: squarefree(p) for p in polynomials if len(p) > 1}
        product: Polynomial = (1,)
        for part in {part for part in self._squarefree.values() if _variations(part)}:
            product = _times(product, _quotient(part, _common(part, product)))
        self.roots = unit_roots(product)

    @cached_property
    def cells(self) -> list[Cell]:
        """All cells in rising order, beginning with the point 0."""
        zero, one = Root(Fraction(0), Fraction(0)), Root(Fraction(1), Fraction(1))
        points = [zero, *self.roots, one]
        cells = []
        for left, right in pairwise(points):
            cells.append(Cell(left, left, None))
            cells.append(Cell(left, right, _simplest(left.high, right.low)))
        return cells

    def sign(self, p: Polynomial, cell: Cell) -> int:
        """Sign of one of the polynomials all over a cell."""
        if len(p) < 2:
            return 0 if not p else (1 if p[0] > 0 else -1)
        if cell.sample is not None:
            return sign_at(p, cell.sample)
        root = cell.low
        if root.low != root.high:
            # The bracket holds no other root of any polynomial.
            part = self._squarefree[p]
            if sign_at(part, root.low) != sign_at(part, root.high):
                return 0
        return sign_at(p, root.low)


def unit_roots(p: Polynomial) -> list[Root]:
    """The roots of a square-free polynomial strictly between 0 and 1, rising, in brackets apart."""
    exact: list[Fraction] = []
    found = _isolated(p)
    while isinstance(found, Fraction):
        exact.append(found)
        p = _quotient(p, (-found.numerator, found.denominator))
        found = _isolated(p)
    brackets = [_refined(p, low, high, exact) for low, high in found]
    return sorted([*brackets, *(Root(x, x) for x in exact)], key=lambda root: root.low)


def _isolated(p: Polynomial) -> list[tuple[Fraction, Fraction]] | Fraction:
    """Open intervals with one root each; or a root in the middle of an interval, once met."""
    intervals = []
    stack = [(p, Fraction(0), Fraction(1))]
    while stack:
        local, low, high = stack.pop()
        count = _variations(local)
        if count == 1:
            intervals.append((low, high))
        elif count > 1:
            middle = (low + high) / 2
            if sign_at(p, middle) == 0:
                return middle
            degree = len(local) - 1
            left = _primitive([c << (degree - k) for k, c in enumerate(local)])
            stack += [(left, low, middle), (_primitive(_shifted(left)), middle, high)]
    return intervals


def _variations(p: Polynomial) -> int:
    """Changes of sign that bound the number of roots between 0 and 1; exact if 0 or 1."""
    signs = [c > 0 for c in _shifted(p[::-1]) if c]
    return sum(a != b for a, b in pairwise(signs))


def _shifted(p: Sequence[int]) -> list[int]:
    """Coefficients of p(x + 1)."""
    shifted = list(p)
    for k in range(len(p) - 1):
        shifted[k:] = list(accumulate(reversed(shifted[k:])))[::-1]
    return shifted


def _refined(p: Polynomial, low: Fraction, high: Fraction, others: Sequence[Fraction]) -> Root:
    """A bracket that holds one float, keeps clear of all other roots, or is a rational root."""
    ends, leading = (low, high), abs(p[-1])
    # The ends may be roots themselves: the sign inside is what counts.
    before = _sign_after(p, low)
    steps = 0
    while True:
        if leading * (high - low) < 1:
            # By the rational root theorem a rational root is a multiple of 1 / leading.
            candidate = Fraction((leading * high).__floor__(), leading)
            if low < candidate < high and sign_at(p, candidate) == 0:
                return Root(candidate, candidate)
            apart = ends[0] < low and high < ends[1] and not any(low <= x <= high for x in others)
            if apart and (float(low) == float(high) or steps >= FLOAT_BITS):
                return Root(low, high)
        middle = (low + high) / 2
        sign = sign_at(p, middle)
        if sign == 0:
            return Root(middle, middle)
        low, high = (middle, high) if sign == before else (low, middle)
        steps += 1


def _sign_after(p: Polynomial, x: Fraction) -> int:
    """Sign of ``p`` just above ``x``."""
    sign = sign_at(p, x)
    return sign if sign else sign_at(_derivative(p), x)


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """A rational with a small denominator strictly between two others."""
    denominator = 2
    while True:
        candidate = Fraction((low * denominator).__floor__() + 1, denominator)
        if candidate < high:
            return candidate
        denominator *= 2


def _derivative(p: Polynomial) -> Polynomial:
    return _primitive([k * c for k, c in enumerate(p)][1:])


def squarefree(p: Polynomial) -> Polynomial:
    """The polynomial with the same roots, each of them simple."""
    return _quotient(p, _common(p, _derivative(p)))


def _common(p: Polynomial, q: Polynomial) -> Polynomial:
    """Greatest common divisor."""
    while q:
        p, q = q, _remainder(p, q)
    return p if p[-1] > 0 else tuple(-c for c in p)


def _remainder(p: Polynomial, q: Polynomial) -> Polynomial:
    rest = list(p)
    while len(rest) >= len(q):
        last, scale = rest[-1], q[-1]
        start = len(rest) - len(q)
        rest = [c * scale for c in rest]
        for k, c in enumerate(q):
            rest[start + k] -= last * c
        rest = list(_primitive(rest))
    return tuple(rest)


def _quotient(p: Polynomial, q: Polynomial) -> Polynomial:
    """``p / q`` where the division leaves no rest, but for a positive factor."""
    rest = [Fraction(c) for c in p]
    result = [Fraction(0)] * (len(p) - len(q) + 1)
    for k in reversed(range(len(result))):
        result[k] = rest[k + len(q) - 1] / q[-1]
        for j, c in enumerate(q):
            rest[k + j] -= result[k] * c
    return polynomial(result)


def _times(p: Polynomial, q: Polynomial) -> Polynomial:
    return _primitive(multiplied(p, q))


def multiplied(p: Sequence[int], q: Sequence[int]) -> list[int]:
    """Coefficients of a product."""
    product = [0] * max(len(p) + len(q) - 1, 0)
    for j, a in enumerate(p):
        for k, b in enumerate(q):
            product[j + k] += a * b
    return product
