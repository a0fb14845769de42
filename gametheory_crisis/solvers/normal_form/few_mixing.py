"""Equilibria with given supports in which one or two players mix: convex polytopes, exactly.

If only one player mixes, everything that has to hold is linear in its probabilities.  If two do,
what makes each of them indifferent is linear in the other's, and only what the remaining players
would gain depends on both.  So the equilibria are found in rationals, a continuum of them too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, product
from math import comb

from gametheory_crisis.solvers.normal_form.multilinear import Supports, contracted, gain_table

Vector = list[Fraction]

MOST_BASES = 5_000
"""Combinations of constraints that are tried for the vertices of one polytope."""


@dataclass(frozen=True, slots=True)
class Faces:
    """The equilibria with given supports.

    Attributes
    ----------
    points : per extreme point with exactly these supports, and per player, the probabilities of
        its support
    continuum : whether there are more equilibria with these supports: all products of mixtures of
        the players' extreme probabilities, extreme points with smaller supports included
    """

    points: tuple[tuple[tuple[Fraction, ...], ...], ...] = ()
    continuum: bool = False


@dataclass
class _Conditions:
    """What must hold of one player's probabilities: functions that are zero, or not positive."""

    zero: list[Vector] = field(default_factory=list)
    not_positive: list[Vector] = field(default_factory=list)


def few_mixing(
    payoffs: Sequence[Sequence[Fraction]], shape: Sequence[int], supports: Supports
) -> Faces | None:
    """All equilibria in which one or two players mix exactly their supports.

    None where it cannot be told: where more players mix, unless nothing that they do matters; where
    there are too many constraints; where the gains of those who do not mix change sign among the
    candidates.
    """
    mixing = [i for i, support in enumerate(supports) if len(support) > 1]
    if not 1 <= len(mixing) <= 2:
        return _all_of_them(payoffs, shape, supports)
    conditions = {i: _Conditions() for i in mixing}
    joint: list[Vector] = []
    for player, equal, gain in _gains(payoffs, shape, supports):
        others = [i for i in mixing if i != player]
        if len(others) == 2:
            joint.append(gain)
        elif others:
            part = conditions[others[0]]
            (part.zero if equal else part.not_positive).append(gain)
        elif gain[0] > 0 or (equal and gain[0] < 0):
            return Faces()
    corners: dict[int, list[Vector]] = {i: [] for i in mixing}
    # The one with more equations first, which most often has no solution.
    for i in sorted(mixing, key=lambda i: -len(conditions[i].zero)):
        found = vertices(len(supports[i]), conditions[i].zero, conditions[i].not_positive)
        if found is None:
            return None
        # The mean of the vertices is inside: where it is 0, all of the polytope is.
        if not found or not all(map(any, zip(*found, strict=True))):
            return Faces()
        corners[i] = found
    pairs = list(product(*corners.values())) if joint else []
    for gain in joint:
        worths = [_pair(gain, p, q) for p, q in pairs]
        if max(worths) > 0:
            level = [pair for pair, worth in zip(pairs, worths, strict=True) if worth == 0]
            return None if min(worths) < 0 or _mix_all(level) else Faces()
    return _faces(supports, corners)


def _all_of_them(
    payoffs: Sequence[Sequence[Fraction]], shape: Sequence[int], supports: Supports
) -> Faces | None:
    """A continuum if all mixtures within the supports are equilibria, otherwise None."""
    for _, equal, gain in _gains(payoffs, shape, supports):
        if max(gain) > 0 or (equal and min(gain) < 0):
            return None
    return Faces(continuum=True)


def _mix_all(pairs: Sequence[tuple[Vector, ...]]) -> bool:
    """Whether a mixture of pairs of probabilities may give every action weight."""
    return bool(pairs) and all(
        all(map(any, zip(*part, strict=True))) for part in zip(*pairs, strict=True)
    )


def _faces(supports: Supports, corners: dict[int, list[Vector]]) -> Faces:
    parts = [
        [tuple(p) for p in corners[i] if all(p)] if i in corners else [(_ONE,)]
        for i in range(len(supports))
    ]
    return Faces(tuple(product(*parts)), any(len(found) > 1 for found in corners.values()))


def _gains(
    payoffs: Sequence[Sequence[Fraction]], shape: Sequence[int], supports: Supports
) -> Iterator[tuple[int, bool, Vector]]:
    """Per player and action what it gains on the first of the support, at the others' actions.

    The flag tells actions of the support, which must not gain or lose.
    """
    for i, support in enumerate(supports):
        for a in range(shape[i]):
            if a != support[0]:
                gain = gain_table(payoffs[i], shape, supports, i, (a, support[0]))
                yield i, a in support, gain


def _pair(table: Vector, p: Vector, q: Vector) -> Fraction:
    """A bilinear function, given by its table, at two vectors of probabilities."""
    inner = contracted(table, (len(p), len(q)), 1, q)
    return Fraction(contracted(inner, (len(p),), 0, p)[0])


def vertices(
    size: int, zero: Sequence[Vector], not_positive: Sequence[Vector]
) -> list[Vector] | None:
    """The vertices of the probabilities at which linear functions vanish or are not positive.

    Every choice of constraints that may be tight is tried; None where there are too many.
    """
    plane = _reduced([[*row, _ZERO] for row in zero] + [[_ONE] * (size + 1)])
    if plane is None:
        return []
    unit = [[_ONE if a == b else _ZERO for b in range(size)] for a in range(size)]
    walls = [*unit, *not_positive]
    free = size - len(plane)
    if comb(len(walls), free) > MOST_BASES:
        return None
    found: list[Vector] = []
    for tight in combinations(walls, free):
        rows = _reduced([*plane, *([*wall, _ZERO] for wall in tight)])
        if rows is None or len(rows) < size:
            continue
        point = [row[-1] for row in rows]
        fits = min(point) >= 0 and all(_dot(row, point) <= 0 for row in not_positive)
        if fits and point not in found:
            found.append(point)
    return found


def _reduced(rows: Sequence[Vector]) -> list[Vector] | None:
    """The reduced echelon form of equations, right-hand sides last; None if they contradict."""
    left, done = [list(row) for row in rows], 0
    for column in range(len(rows[0]) - 1):
        pivot = next((r for r in range(done, len(left)) if left[r][column]), None)
        if pivot is None:
            continue
        left[done], left[pivot] = left[pivot], left[done]
        head = left[done][column]
        left[done] = [value / head for value in left[done]]
        for r, row in enumerate(left):
            if r != done and row[column]:
                factor = row[column]
                left[r] = [x - factor * y for x, y in zip(row, left[done], strict=True)]
        done += 1
    return None if any(row[-1] for row in left[done:]) else left[:done]


def _dot(row: Sequence[Fraction], point: Sequence[Fraction]) -> Fraction:
    return sum((a * x for a, x in zip(row, point, strict=True)), _ZERO)


_ZERO, _ONE = Fraction(0), Fraction(1)
