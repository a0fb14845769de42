"""All extreme equilibria of a bimatrix game, support by support.

For two supports I and J, of any sizes, the strategies y on J against which all of I are best
replies are a face of the best response polytope, and likewise for x; an extreme equilibrium with
these supports is a vertex of either face.  Where the game is not degenerate a face is one point or
none and this is the usual enumeration of supports; where it is, nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from gametheory_crisis.solvers.normal_form.extreme_equilibria import (
    IntegerMatrix,
    Matrix,
    order_of,
    positive_integers,
)
from gametheory_crisis.solvers.polyhedron import Vector, vertices


def support_enumeration(A: Matrix, B: Matrix) -> list[tuple[Vector, Vector]]:
    """All extreme equilibria of a bimatrix game, each once, sorted as `extreme_equilibria` does.

    Takes time in proportion to 2^(m + n) and is meant for small games and as a check.
    """
    rows, columns = positive_integers(A, B)
    found = []
    for first in _supports(len(rows)):
        for second in _supports(len(columns)):
            answers = _face(rows, first, second)
            if answers:
                found += [(x, y) for x in _face(columns, second, first) for y in answers]
    return sorted(found, key=order_of)


def _supports(size: int) -> Iterator[tuple[int, ...]]:
    for played in range(1, size + 1):
        yield from combinations(range(size), played)


def _face(payoffs: IntegerMatrix, best: Sequence[int], played: Sequence[int]) -> list[Vector]:
    """Vertices with support ``played`` of the strategies against which all of ``best`` are best.

    Parameters
    ----------
    payoffs : positive; the replying player's actions by row, the other's by column
    """
    worse = [i for i in range(len(payoffs)) if i not in best]
    system = [
        [*(row[j] for j in played), *(int(k == i) for k in worse)] for i, row in enumerate(payoffs)
    ]
    found = []
    for point in vertices(system, [1] * len(payoffs)):
        shares = point[: len(played)]
        if all(shares):
            total, mixed = sum(shares), [Fraction(0)] * len(payoffs[0])
            for j, share in zip(played, shares, strict=True):
                mixed[j] = share / total
            found.append(tuple(mixed))
    return found
