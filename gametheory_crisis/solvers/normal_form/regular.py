"""An equilibrium found in floating point, settled exactly from its supports."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.solvers.normal_form.extreme_equilibria import (
    ExtremeEquilibrium,
    IntegerMatrix,
    determinant_sign,
)
from gametheory_crisis.solvers.polyhedron import Vector, feasible

Supports: TypeAlias = tuple[Sequence[int], Sequence[int]]
"""The actions that the row and the column player play."""


def regular_equilibrium(
    rows: IntegerMatrix, columns: IntegerMatrix, first: Sequence[int], second: Sequence[int]
) -> ExtremeEquilibrium | None:
    """The equilibrium with supports ``first`` and ``second``, if there is one and it is regular.

    Regular is one whose equations have a single solution, all probabilities in it positive, and
    whose unused actions are all worse than those used: it is alone in its component, and its index
    follows from two determinants (Shapley 1974).

    Parameters
    ----------
    rows, columns : the game as `positive_integers` gives it
    """
    if len(first) != len(second):
        return None
    by_row = determinant_sign([[rows[i][j] for j in second] for i in first])
    by_column = determinant_sign([[columns[j][i] for i in first] for j in second])
    if not by_row or not by_column:
        return None
    x, y = _only_mixture(columns, second, first), _only_mixture(rows, first, second)
    if x is None or y is None:
        return None
    sign = by_row * by_column
    return ExtremeEquilibrium(x, y, sign if len(first) % 2 else -sign)


def _only_mixture(
    payoffs: IntegerMatrix, best: Sequence[int], played: Sequence[int]
) -> Vector | None:
    """The mixture of all of ``played`` against which ``best``, and no other actions, are best."""
    weights = feasible([[payoffs[i][j] for j in played] for i in best], [1] * len(best))
    if weights is None or not all(weights):
        return None
    shares = [Fraction(0)] * len(payoffs[0])
    total = sum(weights)
    for j, weight in zip(played, weights, strict=True):
        shares[j] = weight / total
    for i, row in enumerate(payoffs):
        if i not in best and sum(row[j] * w for j, w in zip(played, weights, strict=True)) >= 1:
            return None
    return tuple(shares)


def regular_equilibria(
    rows: IntegerMatrix,
    columns: IntegerMatrix,
    supports: Sequence[Supports],
) -> list[ExtremeEquilibrium] | None:
    """The equilibria with these pairs of supports; None unless each is there and regular."""
    found = []
    for first, second in supports:
        equilibrium = regular_equilibrium(rows, columns, first, second)
        if equilibrium is None:
            return None
        found.append(equilibrium)
    return found
