"""One bimatrix game by a method of choice: exact answers, found in floats first where that pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gametheory_crisis.errors import SolverError
from gametheory_crisis.solvers.normal_form.components import NashComponent, components
from gametheory_crisis.solvers.normal_form.extreme_equilibria import (
    ExtremeEquilibrium,
    IntegerMatrix,
    Matrix,
    in_order,
    indexed_equilibria,
    positive_integers,
    support,
)
from gametheory_crisis.solvers.normal_form.lemke_howson import lemke_howson
from gametheory_crisis.solvers.normal_form.multilinear import sure
from gametheory_crisis.solvers.normal_form.pure_profiles import pure_equilibria
from gametheory_crisis.solvers.normal_form.regular import Supports, regular_equilibria
from gametheory_crisis.solvers.normal_form.support_enumeration import support_enumeration
from gametheory_crisis.solvers.polyhedron import Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METHODS = ("vertex_enumeration", "support_enumeration", "lemke_howson", "pure")

FLOATS_FROM, PATHS_IN_FLOATS_FROM = 22, 60
"""Actions of both players from which floats are asked first; below, loading them costs more."""


@dataclass(frozen=True, slots=True)
class BimatrixSolution:
    """Equilibria of one bimatrix game, all exact.

    Attributes
    ----------
    equilibria : extreme equilibria, sorted
    components : the connected sets that they span; empty where they are not known to be all
    complete : whether the components are all there are
    notes : what stands against that
    """

    equilibria: tuple[tuple[Vector, Vector], ...]
    components: tuple[NashComponent, ...]
    complete: bool
    notes: tuple[str, ...] = ()


def solve_bimatrix(
    A: Matrix, B: Matrix, method: str, *, exact: bool, label: int | None
) -> BimatrixSolution:
    """Solve a bimatrix game by one of `METHODS`.

    Parameters
    ----------
    A, B : payoffs of the row and of the column player, m rows of n rationals each
    exact : ask no floats first
    label : the label that Lemke-Howson drops; None for all of them in turn
    """
    if method == "vertex_enumeration":
        return _whole(_all_equilibria(A, B, exact=exact))
    if method == "support_enumeration":
        return _all_by_supports(A, B)
    if method == "pure":
        return BimatrixSolution(_pure(A, B), (), False, ("mixed equilibria were not sought",))
    labels = range(len(A) + len(A[0])) if label is None else [label]
    ends = None if exact else _ends_by_floats(A, B, labels)
    return BimatrixSolution(
        tuple(lemke_howson(A, B, labels) if ends is None else ends),
        (),
        False,
        ("Lemke-Howson paths need not lead to every equilibrium",),
    )


def _whole(found: Sequence[ExtremeEquilibrium]) -> BimatrixSolution:
    pairs = tuple((equilibrium.x, equilibrium.y) for equilibrium in found)
    return BimatrixSolution(pairs, tuple(components(found)), True)


def _all_by_supports(A: Matrix, B: Matrix) -> BimatrixSolution:
    """Found by supports; the indices, which supports do not tell, are those of the vertices."""
    found = support_enumeration(A, B)
    indexed = indexed_equilibria(A, B)
    if found != [(equilibrium.x, equilibrium.y) for equilibrium in indexed]:
        raise SolverError("supports and vertices lead to different equilibria")
    return _whole(indexed)


def _all_equilibria(A: Matrix, B: Matrix, *, exact: bool) -> list[ExtremeEquilibrium]:
    found = None if exact else _by_floats(A, B)
    return indexed_equilibria(A, B) if found is None else found


def _pure(A: Matrix, B: Matrix) -> tuple[tuple[Vector, Vector], ...]:
    """The pure equilibria, the earlier actions first."""
    tables = [[payoff for row in matrix for payoff in row] for matrix in (A, B)]
    shape = len(A), len(A[0])
    pairs = (sure(actions, shape) for actions in pure_equilibria(tables, shape))
    return tuple((x, y) for x, y in pairs)


def _by_floats(A: Matrix, B: Matrix) -> list[ExtremeEquilibrium] | None:
    """All equilibria as the floating point kernel finds them, settled exactly.

    None where there is any doubt, or the game too small.
    """
    if len(A) + len(A[0]) < FLOATS_FROM:
        return None

    from gametheory_crisis.kernels.bimatrix import all_equilibria
    from gametheory_crisis.kernels.bimatrix_mixtures import COMPLETE

    rows, columns = positive_integers(A, B)
    row, column = _up_to_one(rows), _up_to_one(columns).T
    _, x, y, status = all_equilibria(row[None], column[None])
    if status[0] != COMPLETE:
        return None
    return _settled(rows, columns, [(support(p), support(q)) for p, q in zip(x, y, strict=True)])


def _ends_by_floats(
    A: Matrix, B: Matrix, labels: Sequence[int]
) -> list[tuple[Vector, Vector]] | None:
    """The ends of Lemke-Howson paths followed in floats, settled exactly.

    None where a path is lost or its end not regular, or the game too small.
    """
    if len(A) + len(A[0]) < PATHS_IN_FLOATS_FROM:
        return None

    from gametheory_crisis.kernels.lemke_howson import FOUND
    from gametheory_crisis.kernels.lemke_howson import lemke_howson as follow

    rows, columns = positive_integers(A, B)
    row, column = _up_to_one(rows), _up_to_one(columns).T
    supports = set()
    for label in labels:
        x, y, status, _ = follow(row, column, label)
        if status != FOUND:
            return None
        supports.add((support(x), support(y)))
    found = regular_equilibria(rows, columns, sorted(supports))
    return None if found is None else [(e.x, e.y) for e in in_order(found)]


def settle(A: Matrix, B: Matrix, supports: Sequence[Supports]) -> BimatrixSolution | None:
    """The equilibria with these supports as all of the game; None where there is any doubt of it.

    There is none if each is regular and the indices sum to 1.
    """
    found = _settled(*positive_integers(A, B), supports)
    return None if found is None else _whole(found)


def _settled(
    rows: IntegerMatrix, columns: IntegerMatrix, supports: Sequence[Supports]
) -> list[ExtremeEquilibrium] | None:
    found = regular_equilibria(rows, columns, supports)
    if found is None or sum(equilibrium.index for equilibrium in found) != 1:
        return None
    return in_order(found)


def _up_to_one(payoffs: IntegerMatrix) -> NDArray[np.float64]:
    """Positive integers over the greatest, so that no size is beyond floats."""
    import numpy as np

    most = max(map(max, payoffs))
    return np.array([[entry / most for entry in row] for row in payoffs])
