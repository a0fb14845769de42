"""Proof, in rationals, that multilinear equations have a root close to an approximate one.

Krawczyk's test (1969; Neumaier 1990, section 5.1): with an approximate inverse ``Y`` of the
derivative, the map ``x - Y F(x)`` sends the box of radius ``r`` about ``x`` into itself and
contracts there if ``|Y F(x)| + max |I - Y F'(box)| r < r``; the box then holds exactly one root.
Everything is computed in rationals but ``Y``, which may be any matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.solvers.normal_form.multilinear import contracted

Point = tuple[tuple[Fraction, ...], ...]

RADII = tuple(Fraction(1, 10**k) for k in (3, 4, 5, 6, 7, 8, 9, 10, 11))
"""Radii of the boxes that are tried, the largest first."""
CLOSE = Fraction(1, 10**11)
"""Error at which a root counts as enclosed."""
BITS = 640
"""Binary digits kept of a refined root."""
TALLEST = 1 << 260
"""Largest denominator of a rational that is recognised."""


@dataclass(frozen=True, slots=True)
class Equation:
    """A function of the other players' probabilities that must vanish.

    Attributes
    ----------
    player : the player on whose own probabilities it does not depend
    table : values at the pure profiles of all players, the player itself with a single action
    """

    player: int
    table: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """A root enclosed.

    Attributes
    ----------
    point : per player its probabilities, which add up to 1
    error : most by which a probability differs from the true root's; 0 where the point is the root
    radius : no other root is within this distance of the point
    """

    point: Point
    error: Fraction
    radius: Fraction

    def same(self, other: Root) -> bool:
        """Whether another enclosure holds this very root."""
        return _distance(self.point, other.point) + self.error + other.error < self.radius


class Equations:
    """As many equations as unknowns, the probabilities of all actions but each player's last."""

    def __init__(self, sizes: Sequence[int], equations: Sequence[Equation]) -> None:
        self.sizes, self.equations = tuple(sizes), tuple(equations)

    def values(self, point: Point) -> list[Fraction]:
        """The equations' values."""
        return [self._value(equation, point) for equation in self.equations]

    def _value(self, equation: Equation, point: Point) -> Fraction:
        return _expectation(equation, self.sizes, point, keep=equation.player)[0]

    def derivative(self, point: Point) -> list[list[Fraction]]:
        """Rows of derivatives by the free probabilities."""
        return [
            [
                value - along[-1]
                for j, size in enumerate(self.sizes)
                if size > 1
                for along in [self._along(equation, point, j)]
                for value in along[:-1]
            ]
            for equation in self.equations
        ]

    def _along(self, equation: Equation, point: Point, j: int) -> list[Fraction]:
        """An equation's value if player j is sure of each of its actions in turn."""
        if j == equation.player:
            return [Fraction(0)] * self.sizes[j]
        return _expectation(equation, self.sizes, point, keep=j)

    def enclose(self, approximate: Sequence[Sequence[float]]) -> Root | None:
        """The proven root within `CLOSE` of an approximate one, or None where the proof fails."""
        return self._proven(_on_simplices([[Fraction(float(p)) for p in a] for a in approximate]))

    def _proven(self, point: Point) -> Root | None:
        slopes = self.derivative(point)
        inverse = approximate_inverse(slopes)
        if inverse is None:
            return None
        miss = _largest(_times(inverse, self.values(point)))
        for radius in RADII:
            contraction = self._contraction(point, slopes, inverse, radius)
            if contraction < 1 and miss + contraction * radius < radius:
                error = miss / (1 - contraction) * max(self.sizes)
                return Root(point, error, radius) if error < CLOSE else None
        return None

    def _contraction(
        self,
        point: Point,
        slopes: list[list[Fraction]],
        inverse: list[list[Fraction]],
        radius: Fraction,
    ) -> Fraction:
        """A bound on the row sums of ``I - Y F'`` over the box of a radius about a point."""
        loose = self._looseness(point, radius)
        most = Fraction(0)
        for m, row in enumerate(inverse):
            total = Fraction(0)
            for n in range(len(slopes)):
                centre = sum((y * slope[n] for y, slope in zip(row, slopes, strict=True)), _ZERO)
                total += abs((1 if m == n else 0) - centre)
                total += sum((abs(y) * w[n] for y, w in zip(row, loose, strict=True)), _ZERO)
            most = max(most, total)
        return most

    def _looseness(self, point: Point, radius: Fraction) -> list[list[Fraction]]:
        """Most by which each derivative in the box differs from that at the point."""
        small = tuple(tuple(map(abs, part)) for part in point)
        # The last probability takes up what the free ones move by.
        large = tuple(
            tuple(
                p + radius * (len(part) - 1 if a == len(part) - 1 else 1) * (len(part) > 1)
                for a, p in enumerate(part)
            )
            for part in small
        )
        sizes = self.sizes
        rows = []
        for equation in self.equations:
            magnitude = Equation(equation.player, tuple(map(abs, equation.table)))
            row: list[Fraction] = []
            for j, size in enumerate(sizes):
                if size == 1:
                    continue
                if j == equation.player:
                    row += [_ZERO] * (size - 1)
                    continue
                wide = _expectation(magnitude, sizes, large, keep=j)
                narrow = _expectation(magnitude, sizes, small, keep=j)
                gaps = [w - n for w, n in zip(wide, narrow, strict=True)]
                row += [gap + gaps[-1] for gap in gaps[:-1]]
            rows.append(row)
        return rows

    def refine(self, root: Root) -> Root:
        """The same root to some hundred digits, or exactly where it is recognised as rational."""
        point = self._polished(root.point)
        rational = _recognised(point)
        if not any(self.values(rational)) and _distance(rational, root.point) < root.radius:
            return Root(rational, _ZERO, root.radius)
        finer = self._proven(point)
        return finer if finer is not None and root.same(finer) else root

    def _polished(self, point: Point) -> Point:
        """A point from which Newton's method with a fixed inverse moves no farther.

        Where only two players mix the equations are linear, and the first step is exact.
        """
        slopes = self.derivative(point)
        if sum(size > 1 for size in self.sizes) == 2:
            step = solve(slopes, self.values(point))
            return point if step is None else _moved(point, step, self.sizes)
        inverse = approximate_inverse(slopes)
        if inverse is None:
            return point
        last = Fraction(1)
        while True:
            step = _times(inverse, self.values(point))
            size = _largest(step)
            if size == 0 or size > last / 2:
                return point
            point, last = _rounded(_moved(point, step, self.sizes)), size


def solve(
    matrix: Sequence[Sequence[Fraction]], target: Sequence[Fraction]
) -> list[Fraction] | None:
    """The exact solution of a square linear system, None where it is singular."""
    rows = [[*row, t] for row, t in zip(matrix, target, strict=True)]
    for c in range(len(rows)):
        pivot = next((r for r in range(c, len(rows)) if rows[r][c]), None)
        if pivot is None:
            return None
        rows[c], rows[pivot] = rows[pivot], rows[c]
        rows[c] = [value / rows[c][c] for value in rows[c]]
        for r in range(len(rows)):
            if r != c and rows[r][c]:
                factor = rows[r][c]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[c], strict=True)]
    return [row[-1] for row in rows]


def approximate_inverse(matrix: Sequence[Sequence[Fraction]]) -> list[list[Fraction]] | None:
    """An inverse in floating point, as rationals; None where there is none to speak of."""
    if not matrix:
        return []
    floats = np.array([[float(value) for value in row] for row in matrix])
    try:
        inverse = np.linalg.inv(floats)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(inverse).all():
        return None
    return [[Fraction(float(value)) for value in row] for row in inverse]


_ZERO = Fraction(0)


def _expectation(
    equation: Equation, sizes: Sequence[int], weights: Sequence[Sequence[Fraction]], *, keep: int
) -> list[Fraction]:
    """An equation's table summed over all players but one, with the others' weights."""
    left: list[Number] = list(equation.table)
    shape = [1 if i == equation.player else size for i, size in enumerate(sizes)]
    for axis in reversed(range(len(shape))):
        if axis not in (keep, equation.player):
            left = contracted(left, shape, axis, weights[axis])
            shape[axis] = 1
    return [Fraction(value) for value in left]


def _on_simplices(parts: Sequence[Sequence[Fraction]]) -> Point:
    """The point with the same free probabilities, and last ones that make the sums 1."""
    return tuple((*part[:-1], 1 - sum(part[:-1], _ZERO)) for part in parts)


def _moved(point: Point, step: Sequence[Fraction], sizes: Sequence[int]) -> Point:
    """A point less a step in the free probabilities."""
    moves = iter(step)
    return _on_simplices(
        [
            [*(p - next(moves) for p in part[: size - 1]), _ZERO]
            for part, size in zip(point, sizes, strict=True)
        ]
    )


def _rounded(point: Point) -> Point:
    return _on_simplices([[Fraction(round(p * (1 << BITS)), 1 << BITS) for p in q] for q in point])


def _recognised(point: Point) -> Point:
    """The rationals of bounded denominators closest to a point."""
    return _on_simplices([[p.limit_denominator(TALLEST) for p in part] for part in point])


def _times(matrix: Sequence[Sequence[Fraction]], vector: Sequence[Fraction]) -> list[Fraction]:
    return [sum((m * v for m, v in zip(row, vector, strict=True)), _ZERO) for row in matrix]


def _largest(numbers: Sequence[Fraction]) -> Fraction:
    return max(map(abs, numbers), default=_ZERO)


def _distance(one: Point, other: Point) -> Fraction:
    return max(
        (abs(p - q) for a, b in zip(one, other, strict=True) for p, q in zip(a, b, strict=True)),
        default=_ZERO,
    )
