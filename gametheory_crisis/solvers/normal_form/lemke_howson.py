"""Equilibria of a bimatrix game by complementary pivoting (Lemke and Howson 1964).

A path starts at the artificial equilibrium (0, 0), drops one label, and picks up in turn, in either
polytope, the label that came in twice, until the label dropped is found again.  Ties are broken
lexicographically, so that a degenerate game behaves like one that is not: no path can cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gametheory_crisis.errors import SolverError
from gametheory_crisis.solvers.normal_form.extreme_equilibria import (
    IntegerMatrix,
    Matrix,
    column_polytope,
    order_of,
    positive_integers,
    row_polytope,
)
from gametheory_crisis.solvers.polyhedron import Tableau, Vector


def lemke_howson(
    A: Matrix, B: Matrix, labels: Sequence[int] | None = None
) -> list[tuple[Vector, Vector]]:
    """The equilibria at the ends of the paths from the origin, each once.

    Parameters
    ----------
    A, B : payoffs of the row and of the column player, m rows of n rationals each
    labels : labels to drop, i < m a row and m + j a column; all of them where it is None

    Returns
    -------
    Extreme equilibria, sorted as by `extreme_equilibria`; at least one, not always all.
    """
    rows, columns = positive_integers(A, B)
    dropped = range(len(rows) + len(columns)) if labels is None else labels
    return sorted({_end_of_path(rows, columns, label) for label in dropped}, key=order_of)


def _end_of_path(
    rows: IntegerMatrix, columns: IntegerMatrix, dropped: int
) -> tuple[Vector, Vector]:
    m, n = len(rows), len(columns)
    polytopes = [row_polytope(columns, m), column_polytope(rows, n)]
    # A row is a variable of P that is not in the basis at the origin; a column one of Q.
    turn = 0 if dropped < m else 1
    entering = dropped
    while True:
        tableau = polytopes[turn]
        place = tableau.leaving(entering)
        if place is None:
            raise SolverError("a path left the best response polytopes")
        leaving = tableau.basis[place]
        polytopes[turn] = tableau.pivot(place, entering)
        if leaving == dropped:
            break
        entering, turn = leaving, 1 - turn
    return _shares(polytopes[0], 0, m), _shares(polytopes[1], m, m + n)


def _shares(tableau: Tableau, low: int, high: int) -> Vector:
    values = tableau.point(high)[low:]
    total = sum(values, Fraction(0))
    return tuple(value / total for value in values)
