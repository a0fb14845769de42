"""The pure equilibria of a bimatrix game."""

from __future__ import annotations

from fractions import Fraction

from gametheory_crisis.solvers.normal_form.extreme_equilibria import Matrix
from gametheory_crisis.solvers.polyhedron import Vector


def pure_equilibria(A: Matrix, B: Matrix) -> list[tuple[Vector, Vector]]:
    """All equilibria in which both players play one action for sure, the earlier actions first."""
    best_rows = [max(column) for column in zip(*A, strict=True)]
    best_columns = [max(row) for row in B]
    return [
        (_sure(i, len(A)), _sure(j, len(best_rows)))
        for i, row in enumerate(A)
        for j, payoff in enumerate(row)
        if payoff == best_rows[j] and B[i][j] == best_columns[i]
    ]


def _sure(action: int, num: int) -> Vector:
    return tuple(Fraction(int(k == action)) for k in range(num))
