"""All extreme equilibria of a bimatrix game, by the vertices of its best response polytopes.

With positive payoffs the polytopes are (von Stengel 2007, *Algorithmic Game Theory*, ch. 3)

    P = {x >= 0 : B' x + s = 1},        Q = {y >= 0 : r + A y = 1},

a strategy being a vector divided by its sum.  Label i < m stands for row i (x_i and r_i), label
m + j for column j (s_j and y_j).  A pair of vertices is an equilibrium where of each label one of
its two variables is zero; such pairs, (0, 0) left out, are the *extreme* equilibria, of which every
other one is made up (Avis, Rosenberg, Savani and von Stengel 2010, *Economic Theory* 42).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from gametheory_crisis.errors import SolverError
from gametheory_crisis.solvers.polyhedron import Tableau, Vector, lexicographic_bases

Matrix = Sequence[Sequence[Fraction]]
IntegerMatrix = list[list[int]]

MOST_NUMBERS = 30_000_000
"""Most numbers in all the tableaux of a polytope."""


@dataclass(frozen=True, slots=True)
class ExtremeEquilibrium:
    """A pair of vertices, and its share in the index of the component that it belongs to.

    The share is the sum of the indices of the equilibria that the pair stands for once the payoffs
    are perturbed by infinitesimals; 0 where it stands for none.
    """

    x: Vector
    y: Vector
    index: int


def extreme_equilibria(A: Matrix, B: Matrix) -> list[tuple[Vector, Vector]]:
    """All extreme equilibria of a bimatrix game, each once.

    Parameters
    ----------
    A, B : payoffs of the row and of the column player, m rows of n rationals each

    Returns
    -------
    Pairs of mixed strategies (x, y), sorted by how many actions the two play (so the pure ones
    first), then by the row player's actions, the column player's, and the probabilities of the
    earlier actions, the greatest first.

    Raises
    ------
    SolverError : the polytopes have too many vertices (`MOST_NUMBERS`)
    """
    return [(found.x, found.y) for found in indexed_equilibria(A, B)]


def indexed_equilibria(A: Matrix, B: Matrix) -> list[ExtremeEquilibrium]:
    """As `extreme_equilibria`, with the index of each; the indices of a game sum to 1."""
    rows, columns = positive_integers(A, B)
    m, n = len(rows), len(columns)
    first = _vertices(row_polytope(columns, m), 0, m)
    second = _vertices(column_polytope(rows, n), m, m + n)
    index = _indices(first, second, rows, columns)
    positive = _positive_at(second, m + n)
    everything = (1 << len(second)) - 1
    numbers = list(second)
    found = []
    for own in first:
        if not own & (1 << m) - 1:
            continue
        partners = everything
        for label in bits(own):
            partners &= ~positive[label]
        x = _strategy(first[own][1])
        for other in (numbers[k] for k in bits(partners)):
            y = _strategy(second[other][1])
            found.append(ExtremeEquilibrium(x, y, index.get((own, other), 0)))
    return in_order(found)


def in_order(found: Iterable[ExtremeEquilibrium]) -> list[ExtremeEquilibrium]:
    """Equilibria sorted as by `order_of`."""
    return sorted(found, key=lambda equilibrium: order_of((equilibrium.x, equilibrium.y)))


def order_of(pair: tuple[Vector, Vector]) -> tuple[object, ...]:
    """The key that sorts: how many actions are played, then which, then with what probability."""
    x, y = pair
    first, second = support(x), support(y)
    return len(first) + len(second), first, second, [-share for share in (*x, *y)]


def support(strategy: Iterable[float | Fraction]) -> tuple[int, ...]:
    """The actions that a strategy plays."""
    return tuple(k for k, share in enumerate(strategy) if share)


def positive_integers(A: Matrix, B: Matrix) -> tuple[IntegerMatrix, IntegerMatrix]:
    """An equivalent game with positive integer payoffs: A by its rows, B by its columns.

    What a player gets is moved by a constant for each action of the other, which leaves all best
    responses as they are, and then divided by the common divisor.
    """
    return _positive(A), _positive(list(zip(*B, strict=True)))


def _positive(payoffs: Matrix) -> IntegerMatrix:
    scale = lcm(*(entry.denominator for row in payoffs for entry in row))
    whole = [[int(entry * scale) for entry in row] for row in payoffs]
    least = [min(column) for column in zip(*whole, strict=True)]
    above = [[a - low for a, low in zip(row, least, strict=True)] for row in whole]
    divisor = gcd(*(a for row in above for a in row)) or 1
    return [[a // divisor + 1 for a in row] for row in above]


def row_polytope(columns: IntegerMatrix, m: int) -> Tableau:
    """The basis x = 0 of P, from the column player's payoffs by columns."""
    n = len(columns)
    rows = tuple([*column, *(int(k == j) for k in range(n)), 1] for j, column in enumerate(columns))
    slack = tuple(range(m, m + n))
    return Tableau(rows, slack, 1, slack)


def column_polytope(rows: IntegerMatrix, n: int) -> Tableau:
    """The basis y = 0 of Q, from the row player's payoffs by rows."""
    m = len(rows)
    slack = tuple(range(m))
    return Tableau(
        tuple([*(int(k == i) for k in range(m)), *row, 1] for i, row in enumerate(rows)),
        slack,
        1,
        slack,
    )


_Vertices = dict[int, tuple[list[int], list[int]]]
"""Per vertex, known by its support: the variables of each of its bases; weights of the actions."""


def _vertices(origin: Tableau, low: int, high: int) -> _Vertices:
    """The vertices of a polytope whose variables ``low`` to ``high`` are the strategy."""
    most = MOST_NUMBERS // (len(origin.rows) * len(origin.rows[0]))
    found: _Vertices = {}
    for number, tableau in enumerate(lexicographic_bases(origin)):
        if number == most:
            raise SolverError(
                f"a game with more than {most:,} vertices is too large for all its equilibria; "
                "method='lemke_howson' finds one"
            )
        support = tableau.support()
        if support not in found:
            found[support] = ([], _weights(tableau, low, high))
        found[support][0].append(sum(1 << variable for variable in tableau.basis))
    return found


def _weights(tableau: Tableau, low: int, high: int) -> list[int]:
    weights = [0] * (high - low)
    for row, variable in zip(tableau.rows, tableau.basis, strict=True):
        if low <= variable < high:
            weights[variable - low] = row[-1]
    return weights


def _indices(
    first: _Vertices, second: _Vertices, rows: IntegerMatrix, columns: IntegerMatrix
) -> dict[tuple[int, int], int]:
    """The sum of the indices of the bases that are equilibria, per pair of vertices.

    A basis of P and one of Q without a common variable are an equilibrium of the perturbed game,
    which is not degenerate: its index is (-1)^(k + 1) sign(det A_IJ det B_IJ) on the supports I
    and J of size k (Shapley 1974).
    """
    m, n = len(rows), len(columns)
    everything = (1 << m + n) - 1
    home = {basis: support for support, (bases, _) in second.items() for basis in bases}
    index: dict[tuple[int, int], int] = {}
    for support, (bases, _) in first.items():
        for basis in bases:
            other = home.get(everything ^ basis)
            played = [label for label in bits(basis) if label < m]
            if other is None or not played:
                continue
            against = [label - m for label in bits(everything ^ basis) if label >= m]
            sign = determinant_sign([[rows[i][j] for j in against] for i in played])
            sign *= determinant_sign([[columns[j][i] for j in against] for i in played])
            index[support, other] = index.get((support, other), 0) + (
                sign if len(played) % 2 else -sign
            )
    return index


def determinant_sign(matrix: IntegerMatrix) -> int:
    """The sign of a determinant, by fraction-free elimination (Bareiss 1968)."""
    rows, sign, last = [list(row) for row in matrix], 1, 1
    for k in range(len(rows)):
        place = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if place is None:
            return 0
        if place != k:
            rows[k], rows[place] = rows[place], rows[k]
            sign = -sign
        top = rows[k]
        for row in rows[k + 1 :]:
            factor = row[k]
            for j in range(k + 1, len(rows)):
                row[j] = (row[j] * top[k] - factor * top[j]) // last
        last = top[k]
    return sign if last > 0 else -sign


def _positive_at(vertices: _Vertices, num: int) -> list[int]:
    """For each variable the vertices at which it is positive, as a bit mask of their numbers."""
    masks = [0] * num
    for number, support in enumerate(vertices):
        for label in bits(support):
            masks[label] |= 1 << number
    return masks


def _strategy(weights: list[int]) -> Vector:
    total = sum(weights)
    return tuple(Fraction(weight, total) for weight in weights)


def bits(mask: int) -> list[int]:
    """The numbers of the bits that are set, ascending."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
