"""Two players in sequence form, and all extreme equilibria.

A *realisation plan* x of a player gives each sequence of its moves a weight, with E x = e: the
empty sequence weighs 1, and the sequences that go on from an information set together as much as
the one that leads there (von Stengel 1996).  With p the worth of each information set, plans that
are best replies are described by polyhedra no larger than the tree (Koller, Megiddo and von Stengel
1996):

    Q = {(y, p): F y = f, y >= 0, E' p - A y >= 0},
    P = {(x, q): E x = e, x >= 0, F' q - B' x >= 0}.

An equilibrium is a pair of points such that of each sequence either the weight or the slack is
zero.  With payoffs of at least 0 every point of Q has p >= 0, so Q has no line.  The points of Q
that are complementary to a given x form a face of Q, which is bounded: in a direction (0, p) of it
p is zero at the information sets that x reaches, from the last to the first, and then at the
others, from the first to the last.  So each such face is the convex hull of vertices of Q, and the
set of equilibria is a union of products of hulls of vertices of P and of Q.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TypeAlias

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.extensive import Behaviour, ExtensiveGame
from gametheory_crisis.solvers.extensive_form.recall import Sequences, last_moves, sequences
from gametheory_crisis.solvers.normal_form.components import closed_sets
from gametheory_crisis.solvers.normal_form.extreme_equilibria import bits
from gametheory_crisis.solvers.polyhedron import Vector, feasible, lexicographic_bases, start

Rows: TypeAlias = list[list[Fraction]]

MOST_BASES = 10_000
"""Bases of either polyhedron that are visited at most."""


@dataclass(frozen=True, slots=True)
class SequenceForm:
    """Two players' sequences and what pairs of them contribute to their payoffs.

    Attributes
    ----------
    game : the tree
    players : the sequences of the row and of the column player
    payoffs : per player and pair of sequences the payoffs of the ends that the pair leads to,
        weighed by nature's moves; one row per sequence of the first player
    sizes : per player and information set the number of actions
    """

    game: ExtensiveGame
    players: tuple[Sequences, Sequences]
    payoffs: tuple[Rows, Rows]
    sizes: tuple[tuple[int, ...], tuple[int, ...]]

    def gradient(self, i: int, other: Sequence[Fraction]) -> list[Fraction]:
        """What each sequence of player ``i`` adds to its payoff, per unit of weight."""
        rows = self.payoffs[i] if i == 0 else zip(*self.payoffs[i], strict=True)
        used = [(k, weight) for k, weight in enumerate(other) if weight]
        return [sum((row[k] * w for k, w in used), Fraction(0)) for row in map(tuple, rows)]

    def best_moves(self, i: int, other: Sequence[Fraction]) -> int:
        """The sequences whose last move is best against a plan, as a bit mask.

        A plan is a best reply exactly if it gives weight to these alone.
        """
        own, value = self.players[i], self.gradient(i, other)
        best = 1
        for at in reversed(range(len(own.places))):
            options = own.after(at, self.sizes[i][at])
            most = max(value[k] for k in options)
            best |= sum(1 << k for k in options if value[k] == most)
            value[own.before[at]] += most
        return best

    def with_constant(self, rows: Rows, constant: Fraction) -> Rows:
        """Payoffs to which a constant is added at every end."""
        last, changed = last_moves(self.game), [list(row) for row in rows]
        for end in self.game.ends:
            row, column = (own.number[last[end][own.player]] for own in self.players)
            changed[row][column] += constant * Fraction(self.game.chance[end])
        return changed

    def plan_equations(self, i: int) -> tuple[list[list[int]], list[int]]:
        """E and e: what makes a vector of weights a realisation plan."""
        own = self.players[i]
        rows = [[int(k == 0) for k in range(len(own.moves))]]
        for at, before in enumerate(own.before):
            row = [0] * len(own.moves)
            row[before] = -1
            for k in own.after(at, self.sizes[i][at]):
                row[k] = 1
            rows.append(row)
        return rows, [1] + [0] * len(own.places)


def sequence_form(game: ExtensiveGame, first: int, second: int) -> SequenceForm:
    """The sequence form of a game in rationals in which two players move, who remember."""
    own = (sequences(game, first), sequences(game, second))
    last = last_moves(game)
    payoffs = tuple([[Fraction(0)] * len(own[1].moves) for _ in own[0].moves] for _ in range(2))
    for end in game.ends:
        row = own[0].number[last[end][first]]
        column = own[1].number[last[end][second]]
        for i, player in enumerate((first, second)):
            payoffs[i][row][column] += Fraction(game.chance[end] * game.payoffs[end][player])
    sizes = tuple(
        tuple(len(game.information_sets[place].actions) for place in side.places) for side in own
    )
    return SequenceForm(game, own, (payoffs[0], payoffs[1]), (sizes[0], sizes[1]))


def behaviour_of(form: SequenceForm, plans: tuple[Vector, Vector]) -> Behaviour:
    """Realisation plans as choices; where a plan's own moves exclude a place, its first action."""
    rows: list[tuple[Fraction, ...]] = [()] * len(form.game.information_sets)
    for own, sizes, plan in zip(form.players, form.sizes, plans, strict=True):
        for at, place in enumerate(own.places):
            weight = plan[own.before[at]]
            shares = [plan[k] for k in own.after(at, sizes[at])]
            rows[place] = (
                tuple(share / weight for share in shares)
                if weight
                else tuple(Fraction(int(k == 0)) for k in range(sizes[at]))
            )
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class PlanSubset:
    """A maximal set conv(x) x conv(y) of equilibria in realisation plans; ``x`` and ``y`` are its
    extreme points."""

    x: tuple[Vector, ...]
    y: tuple[Vector, ...]


def all_equilibria(form: SequenceForm, most_bases: int = MOST_BASES) -> list[PlanSubset] | None:
    """All maximal Nash subsets in realisation plans; None where the polyhedra are too large."""
    candidates: list[list[Vector]] = []
    for i in (0, 1):
        plans = _best_reply_vertices(form, i, most_bases)
        if plans is None:
            return None
        candidates.append(plans)
    best = [[form.best_moves(i, plan) for plan in candidates[1 - i]] for i in (0, 1)]
    played = [[_support(plan) for plan in plans] for plans in candidates]
    partners = [
        sum(
            1 << k
            for k in range(len(candidates[1]))
            if not support & ~best[0][k] and not played[1][k] & ~best[1][j]
        )
        for j, support in enumerate(played[0])
    ]
    return [
        PlanSubset(
            extreme_points([candidates[0][j] for j, p in enumerate(partners) if not shared & ~p]),
            extreme_points([candidates[1][k] for k in bits(shared)]),
        )
        for shared in sorted(closed_sets(partners), key=lambda shared: (shared & -shared, shared))
    ]


def _best_reply_vertices(form: SequenceForm, i: int, most: int) -> list[Vector] | None:
    """The plans of player ``i`` at the vertices of its polyhedron, greatest first, each once.

    The unknowns are the plan, the worth of the opponent's information sets and the slack of its
    sequences.
    """
    own, other = form.players[i], form.players[1 - i]
    equations, right = form.plan_equations(i)
    duals, _ = form.plan_equations(1 - i)
    payoffs = _at_least_zero(form, 1 - i)
    num = len(other.moves)
    matrix: list[list[Fraction | int]] = [[*row, *[0] * (len(duals) + num)] for row in equations]
    for k in range(num):
        gains = [payoffs[j][k] if i == 0 else payoffs[k][j] for j in range(len(own.moves))]
        slack = [-int(k == other_k) for other_k in range(num)]
        matrix.append([*(-gain for gain in gains), *(row[k] for row in duals), *slack])
    tableau = start(matrix, [*right, *[0] * num])
    if tableau is None:
        raise SolverError("the best replies to a plan must form a set that is not empty")
    found: dict[Vector, None] = {}
    visited = 0
    for basis in islice(lexicographic_bases(tableau), most + 1):
        visited += 1
        found[basis.point(len(own.moves))] = None
    return None if visited > most else sorted(found, reverse=True)


def _at_least_zero(form: SequenceForm, i: int) -> Rows:
    """Payoffs of a player with a constant added at every end that makes the least of them zero."""
    least = min(Fraction(form.game.payoffs[end][form.players[i].player]) for end in form.game.ends)
    return form.with_constant(form.payoffs[i], -least)


def _support(plan: Vector) -> int:
    return sum(1 << k for k, weight in enumerate(plan) if weight)


def extreme_points(points: Sequence[Vector]) -> tuple[Vector, ...]:
    """Those of some points that are not averages of the others."""
    kept = list(points)
    for point in points:
        others = [other for other in kept if other != point]
        rows = [[*values] for values in zip(*others, strict=True)]
        if others and feasible([*rows, [1] * len(others)], [*point, 1]) is not None:
            kept = others
    return tuple(kept)
