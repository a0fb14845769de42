"""Polyhedra {z >= 0 : M z = b} in exact arithmetic: feasible points, vertices, best points.

All work is done on integer tableaux, fraction-free (Edmonds 1967): an entry is the tableau's entry
times the determinant of the basis, so every division leaves no remainder and no common factors have
to be sought.  Ties in the ratio test are broken lexicographically (Dantzig, Orden and Wolfe 1955),
as if the right hand side were shifted by infinitesimals of falling order: no sequence of pivots
cycles, and the lexicographically feasible bases are the vertices of a *simple* polyhedron close by,
whose graph is connected.  Walking that graph visits every vertex of the polyhedron itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TypeAlias

Rational: TypeAlias = Fraction | int
Vector: TypeAlias = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Tableau:
    """A basis of M z = b and the system solved for it, every number times ``denominator``.

    Attributes
    ----------
    rows : per basic variable the coefficients of all variables and the right hand side; rows beyond
        those of the basis (an objective) are carried along
    basis : the basic variable of each row
    denominator : absolute value of the determinant of the basis, positive
    order : variables of the basis from which lexicographic comparisons are counted
    """

    rows: tuple[list[int], ...]
    basis: tuple[int, ...]
    denominator: int
    order: tuple[int, ...]

    def pivot(self, place: int, entering: int) -> Tableau:
        """The tableau in which a variable has taken the place of the basic one in row ``place``."""
        old, pivot_row = self.denominator, self.rows[place]
        if pivot_row[entering] < 0:
            pivot_row = [-entry for entry in pivot_row]
        new = pivot_row[entering]
        rows = list(self.rows)
        for i, row in enumerate(self.rows):
            if i == place:
                continue
            factor = row[entering]
            if factor:
                rows[i] = [
                    (a * new - factor * b) // old for a, b in zip(row, pivot_row, strict=True)
                ]
            elif new != old:
                rows[i] = [a * new // old for a in row]
        rows[place] = pivot_row
        basis = (*self.basis[:place], entering, *self.basis[place + 1 :])
        return Tableau(tuple(rows), basis, new, self.order)

    def leaving(self, entering: int) -> int | None:
        """The row whose variable leaves when another enters; None where it may grow for ever."""
        rows = self.rows
        tied = [i for i in range(len(self.basis)) if rows[i][entering] > 0]
        for k in (-1, *self.order):
            if len(tied) < 2:
                break
            best, rest = tied[0], [tied[0]]
            for i in tied[1:]:
                excess = rows[i][k] * rows[best][entering] - rows[best][k] * rows[i][entering]
                if excess < 0:
                    best, rest = i, [i]
                elif excess == 0:
                    rest.append(i)
            tied = rest
        return tied[0] if tied else None

    def support(self) -> int:
        """The variables that are not zero, as a bit mask; no two vertices have the same."""
        mask = 0
        for row, variable in zip(self.rows, self.basis, strict=False):
            if row[-1]:
                mask |= 1 << variable
        return mask

    def point(self, num: int) -> Vector:
        """The values of the first ``num`` variables."""
        values = [Fraction(0)] * num
        for row, variable in zip(self.rows, self.basis, strict=False):
            if variable < num and row[-1]:
                values[variable] = Fraction(row[-1], self.denominator)
        return tuple(values)


def vertices(matrix: Sequence[Sequence[Rational]], right: Sequence[Rational]) -> list[Vector]:
    """All vertices of {z >= 0 : matrix z = right}, each once, the greatest first.

    Parameters
    ----------
    matrix : one row per equation; rows may depend on each other. At least one row
    right : right hand side of each equation

    Returns
    -------
    The vertices in falling lexicographic order; none where the set is empty. An unbounded set is
    the sum of their convex hull and a cone, of which nothing is said here.
    """
    tableau = start(matrix, right)
    if tableau is None:
        return []
    num = len(matrix[0])
    found: dict[int, Tableau] = {}
    for basis in lexicographic_bases(tableau):
        found.setdefault(basis.support(), basis)
    return sorted((basis.point(num) for basis in found.values()), reverse=True)


def feasible(matrix: Sequence[Sequence[Rational]], right: Sequence[Rational]) -> Vector | None:
    """A vertex of {z >= 0 : matrix z = right}, or None where the set is empty."""
    tableau = start(matrix, right)
    return None if tableau is None else tableau.point(len(matrix[0]))


@dataclass(frozen=True, slots=True)
class Maximum:
    """The greatest value of a linear objective and a vertex that attains it.

    Where the objective grows without bound, ``value`` is None and ``point`` some vertex.
    """

    value: Fraction | None
    point: Vector


def maximum(
    objective: Sequence[Rational], matrix: Sequence[Sequence[Rational]], right: Sequence[Rational]
) -> Maximum | None:
    """Maximise ``objective . z`` over {z >= 0 : matrix z = right}; None where the set is empty."""
    tableau = start(matrix, right)
    if tableau is None:
        return None
    scale = lcm(*(Fraction(c).denominator for c in objective))
    costs = [int(c * scale) for c in objective]
    reduced = [-cost * tableau.denominator for cost in costs] + [0]
    for row, variable in zip(tableau.rows, tableau.basis, strict=True):
        cost = costs[variable]
        if cost:
            reduced = [a + cost * b for a, b in zip(reduced, row, strict=True)]
    best, bounded = _climb(
        Tableau((*tableau.rows, reduced), tableau.basis, tableau.denominator, tableau.order)
    )
    value = Fraction(best.rows[-1][-1], best.denominator * scale) if bounded else None
    return Maximum(value, best.point(len(costs)))


def lexicographic_bases(tableau: Tableau) -> Iterator[Tableau]:
    """All lexicographically feasible bases that pivots from a feasible one lead to, itself first.

    They are the vertices of the polyhedron with its right hand side shifted by infinitesimals.
    """
    num = len(tableau.rows[0]) - 1 if tableau.rows else 0
    first = sum(1 << variable for variable in tableau.basis)
    seen = {first}
    stack: list[tuple[int, Tableau, int | None, int]] = [(first, tableau, None, 0)]
    while stack:
        mask, current, place, entering = stack.pop()
        if place is not None:
            current = current.pivot(place, entering)
        yield current
        for entering in range(num):
            if mask >> entering & 1:
                continue
            place = current.leaving(entering)
            if place is None:
                continue
            after = mask ^ (1 << entering) ^ (1 << current.basis[place])
            if after not in seen:
                seen.add(after)
                stack.append((after, current, place, entering))


def start(matrix: Sequence[Sequence[Rational]], right: Sequence[Rational]) -> Tableau | None:
    """A feasible basis of {z >= 0 : matrix z = right}, redundant equations left out.

    None where the set is empty.  Lexicographic comparisons count from the basis found.
    """
    rows = [_integers(row, end) for row, end in zip(matrix, right, strict=True)]
    num, basis = len(matrix[0]), _unit_columns(rows)
    without = [i for i, variable in enumerate(basis) if variable is None]
    for k, i in enumerate(without):
        for row in rows:
            row.insert(-1, 1 if row is rows[i] else 0)
        basis[i] = num + k
    chosen = tuple(variable for variable in basis if variable is not None)
    objective = [-sum(rows[i][j] for i in without) for j in range(num)]
    objective += [0] * len(without) + [-sum(rows[i][-1] for i in without)]
    best, _ = _climb(Tableau((*rows, objective), chosen, 1, chosen))
    return None if best.rows[-1][-1] else _without_artificial(best, num)


def _without_artificial(tableau: Tableau, num: int) -> Tableau:
    """The tableau of the first ``num`` variables; the others are zero and leave the basis."""
    for place, variable in enumerate(tableau.basis):
        if variable >= num:
            entering = next((j for j in range(num) if tableau.rows[place][j]), None)
            if entering is not None:
                tableau = tableau.pivot(place, entering)
    kept = [place for place, variable in enumerate(tableau.basis) if variable < num]
    basis = tuple(tableau.basis[place] for place in kept)
    rows = tuple([*tableau.rows[place][:num], tableau.rows[place][-1]] for place in kept)
    return Tableau(rows, basis, tableau.denominator, basis)


def _climb(tableau: Tableau) -> tuple[Tableau, bool]:
    """Pivot until the objective in the last row is greatest; False where it has no bound."""
    while True:
        objective = tableau.rows[-1]
        entering = min(range(len(objective) - 1), key=objective.__getitem__, default=None)
        if entering is None or objective[entering] >= 0:
            return tableau, True
        place = tableau.leaving(entering)
        if place is None:
            return tableau, False
        tableau = tableau.pivot(place, entering)


def _integers(row: Sequence[Rational], end: Rational) -> list[int]:
    """An equation times a number that makes it integer, with a right hand side of at least 0."""
    scale = lcm(*(Fraction(entry).denominator for entry in (*row, end)))
    if end < 0:
        scale = -scale
    return [int(entry * scale) for entry in (*row, end)]


def _unit_columns(rows: Sequence[Sequence[int]]) -> list[int | None]:
    """For each row a variable that stands in it once and nowhere else, where there is one."""
    found: list[int | None] = [None] * len(rows)
    for j in range(len(rows[0]) - 1):
        holders = [i for i, row in enumerate(rows) if row[j]]
        if len(holders) == 1 and rows[holders[0]][j] == 1 and found[holders[0]] is None:
            found[holders[0]] = j
    return found
