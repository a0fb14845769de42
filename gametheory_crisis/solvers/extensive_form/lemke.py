"""One equilibrium of two players in sequence form, by complementary pivoting (Lemke 1965).

With costs in place of payoffs, all positive, Lemke's path ends at an equilibrium (Koller, Megiddo
and von Stengel 1996, theorem 4.1); lexicographic pivots keep it from cycling.  The problem is no
larger than the tree, so that games are solved whose equilibria are too many to list.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from gametheory_crisis.errors import SolverError
from gametheory_crisis.solvers.extensive_form.sequence_form import SequenceForm
from gametheory_crisis.solvers.polyhedron import Tableau, Vector

MOST_PIVOTS = 20_000
"""Steps of the path after which it is given up."""


def one_equilibrium(form: SequenceForm) -> tuple[Vector, Vector]:
    """The realisation plans at the end of the path.

    Raises
    ------
    SolverError
        The path is longer than `MOST_PIVOTS`.
    """
    matrix, right = _complementarity(form)
    values = _lemke(matrix, right)
    m, n = (len(own.moves) for own in form.players)
    return values[:m], values[m : m + n]


def _complementarity(form: SequenceForm) -> tuple[list[list[int]], list[int]]:
    """M and b of the problem: z >= 0, b + M z >= 0, z complementary to b + M z.

    z holds both plans, then the worth of each information set as the difference of two numbers.
    """
    plans = [form.plan_equations(i) for i in (0, 1)]
    lengths = [len(own.moves) for own in form.players]
    starts = [0, lengths[0]]
    size = sum(lengths) + 2 * sum(len(right) for _, right in plans)
    matrix, bound = [[0] * size for _ in range(size)], [0] * size
    for j, row in enumerate(_costs(form, 0)):
        matrix[j][lengths[0] : sum(lengths)] = row
    for k, column in enumerate(zip(*_costs(form, 1), strict=True)):
        matrix[lengths[0] + k][: lengths[0]] = column
    at = sum(lengths)
    for first, (equations, right) in zip(starts, plans, strict=True):
        for sign in (1, -1):
            for equation, end in zip(equations, right, strict=True):
                bound[at] = -sign * end
                for k, entry in enumerate(equation):
                    matrix[at][first + k] = sign * entry
                    matrix[first + k][at] = -sign * entry
                at += 1
    return matrix, bound


def _costs(form: SequenceForm, i: int) -> list[list[int]]:
    """What a player loses against more than its largest payoff, times a number that makes all of
    it whole."""
    least = min(-Fraction(form.game.payoffs[end][form.players[i].player]) for end in form.game.ends)
    losses = [[-entry for entry in row] for row in form.payoffs[i]]
    costs = form.with_constant(losses, 1 - least)
    scale = lcm(*(entry.denominator for row in costs for entry in row))
    return [[int(entry * scale) for entry in row] for row in costs]


def _lemke(matrix: Sequence[Sequence[int]], bound: Sequence[int]) -> Vector:
    """A solution z of the linear complementarity problem, by Lemke's path.

    The variables are w, then z, then the artificial one, in w - M z - z0 = b.
    """
    size = len(bound)
    rows = tuple(
        [*(int(k == r) for k in range(size)), *(-entry for entry in row), -1, end]
        for r, (row, end) in enumerate(zip(matrix, bound, strict=True))
    )
    order, artificial = tuple(range(size)), 2 * size
    left = min(order, key=lambda r: (bound[r], -r))
    tableau = Tableau(rows, order, 1, order).pivot(left, artificial)
    for _ in range(MOST_PIVOTS):
        entering = left + size if left < size else left - size
        place = tableau.leaving(entering)
        if place is None:
            raise SolverError("the path of complementary pivots ends in a ray")
        left = tableau.basis[place]
        tableau = tableau.pivot(place, entering)
        if left == artificial:
            return tableau.point(2 * size)[size:]
    raise SolverError(f"no equilibrium within {MOST_PIVOTS:,} complementary pivots")
