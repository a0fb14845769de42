"""Which beliefs are consistent: limits of Bayes' rule as mistakes vanish (Kreps and Wilson 1982).

An assessment is consistent if choices that are never made can be given probabilities c e^K with
c > 0, K >= 1 and e falling to zero (all others keeping theirs) such that the beliefs are the limits
of those by Bayes' rule: of the histories of an information set those that take mistakes of the
lowest total order K share the belief, in proportion to the products of c, of nature's probabilities
and of the choices made (their lemmas A1 and A2).

That this is necessary, too: take mistakes that vanish and bring the beliefs about.  In logarithms
they satisfy, in the limit, linear equations (for the ratios of beliefs), while other sums grow
without bound (for mistakes, and for histories without belief).  If the equations had no solution c,
or the inequalities no solution K, some combination of them would, by the theorem of the
alternative, contradict itself already along the sequence.  So K is a linear programme in rationals,
and c solves equations in logarithms; it exists if and only if every integer relation among their
left sides holds for the products on the right.  Both are decided here without rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import log, prod
from typing import TypeAlias, TypeVar

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.extensive import Assessment, Behaviour, Beliefs, ExtensiveGame
from gametheory_crisis.solvers.extensive_form.recall import Move
from gametheory_crisis.solvers.polyhedron import feasible

Mistakes: TypeAlias = frozenset[Move]
"""The choices on the way to a history that are never made."""
Row: TypeAlias = dict[Move, int]
"""A linear form in the logarithms, or in the orders, of mistakes."""
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Ways:
    """How the histories at which players move are reached.

    Attributes
    ----------
    mistakes : per information set and history the choices on the way that are never made
    weight : per information set and history the probability of all the other moves on the way
    """

    mistakes: tuple[tuple[Mistakes, ...], ...]
    weight: tuple[tuple[Number, ...], ...]


def ways(game: ExtensiveGame, behaviour: Behaviour, tolerance: float = 0.0) -> Ways:
    """The mistakes and the weight of every history at which a player moves.

    Parameters
    ----------
    tolerance : choices of at most this probability count as never made
    """
    mistakes: list[Mistakes] = [frozenset()] * len(game.histories)
    weight: list[Number] = [Fraction(1)] * len(game.histories)
    for history, children in enumerate(game.histories.children):
        place = game.histories.information_set[history]
        for action, child in enumerate(children):
            share = game.probability[child] if place < 0 else behaviour[place][action]
            wrong = place >= 0 and share <= tolerance
            mistakes[child] = mistakes[history] | {(place, action)} if wrong else mistakes[history]
            weight[child] = weight[history] if wrong or share == 1 else weight[history] * share
    return Ways(
        tuple(tuple(mistakes[h] for h in place.histories) for place in game.information_sets),
        tuple(tuple(weight[h] for h in place.histories) for place in game.information_sets),
    )


@dataclass
class Orders:
    """Conditions on the orders K >= 1 of mistakes."""

    rows: list[tuple[Row, int]] = field(default_factory=list)
    """Linear forms and what they must be: 0 equal to zero, 1 at least one."""

    def add(self, lowest: Sequence[Mistakes], others: Iterable[Mistakes]) -> None:
        """Some ways have one and the same order, the others a larger one."""
        base = lowest[0]
        self.rows += [(difference(way, base), 0) for way in lowest[1:]]
        self.rows += [(difference(way, base), 1) for way in others]

    def solution(self) -> dict[Move, Fraction] | None:
        """Orders of the mistakes that are named, or None where there are none."""
        rows = [(row, kind) for row, kind in self.rows if row or kind]
        if any(not row for row, _ in rows):
            return None
        moves: list[Move] = sorted({move for row, _ in rows for move in row})
        slacks = [k for k, (_, kind) in enumerate(rows) if kind]
        matrix: list[list[int]] = []
        right: list[int] = []
        for k, (row, kind) in enumerate(rows):
            matrix.append([*(row.get(m, 0) for m in moves), *(-int(s == k) for s in slacks)])
            right.append(kind - sum(row.values()))
        found = feasible(matrix, right) if matrix else ()
        if found is None:
            return None
        return {move: 1 + extra for move, extra in zip(moves, found, strict=False)}


def difference(way: Mistakes, base: Mistakes) -> Row:
    """The mistakes of one way less those of another."""
    return {**dict.fromkeys(way - base, 1), **dict.fromkeys(base - way, -1)}


def relations(rows: Sequence[Row]) -> list[dict[int, int]]:
    """Integer combinations of rows, by their numbers, of which all relations are made up.

    A relation is a combination of rows that is zero.
    """
    found: list[dict[int, int]] = []
    reduced: list[tuple[Move, Row, dict[int, int]]] = []
    for number, row in enumerate(rows):
        rest, combination = dict(row), {number: 1}
        for pivot, other, made_of in reduced:
            if pivot in rest:
                a, b = other[pivot], rest[pivot]
                rest = combined(rest, a, other, -b)
                combination = combined(combination, a, made_of, -b)
        if rest:
            pivot = min((abs(power), move) for move, power in rest.items())[1]
            reduced.append((pivot, rest, combination))
        else:
            found.append(combination)
    return found


def combined(one: Mapping[_Key, int], a: int, other: Mapping[_Key, int], b: int) -> dict[_Key, int]:
    """The sum of two linear forms, times ``a`` and ``b``."""
    total = {key: a * value for key, value in one.items()}
    for key, value in other.items():
        total[key] = total.get(key, 0) + b * value
    return {key: value for key, value in total.items() if value}


def is_consistent(game: ExtensiveGame, assessment: Assessment, tolerance: float = 0.0) -> bool:
    """Whether beliefs are limits of Bayes' rule for choices that all have positive probability.

    Parameters
    ----------
    assessment : with beliefs
    tolerance : probabilities up to it count as zero, and as equal where their logarithms differ by
        no more; 0 decides without rounding, and is for rationals

    Raises
    ------
    ValueError
        The assessment has no beliefs.
    """
    beliefs = assessment.beliefs
    if beliefs is None:
        raise ValueError("the assessment has no beliefs")
    known = ways(game, assessment.behaviour, tolerance)
    orders, rows, ratios = Orders(), list[Row](), list[Number]()
    for place, belief in enumerate(beliefs):
        mistakes, weight = known.mistakes[place], known.weight[place]
        believed = [k for k, share in enumerate(belief) if share > tolerance]
        excess = sum(belief, Fraction(-1))
        if not believed or not -tolerance <= excess <= tolerance or min(belief) < 0:
            return False
        others = [mistakes[k] for k in range(len(belief)) if k not in believed]
        orders.add([mistakes[k] for k in believed], others)
        first = believed[0]
        for k in believed[1:]:
            rows.append(difference(mistakes[k], mistakes[first]))
            ratios.append(belief[k] * weight[first] / (belief[first] * weight[k]))
    return orders.solution() is not None and _agree(rows, ratios, tolerance)


def _agree(rows: Sequence[Row], ratios: Sequence[Number], tolerance: float) -> bool:
    """Whether some positive numbers have the products on the right."""
    for relation in relations(rows):
        if tolerance == 0:
            if prod(ratios[k] ** power for k, power in relation.items()) != 1:
                return False
        else:
            miss = sum(power * log(ratios[k]) for k, power in relation.items())
            if abs(miss) > tolerance * sum(map(abs, relation.values())):
                return False
    return True


def beliefs_of(
    game: ExtensiveGame,
    known: Ways,
    order: Mapping[Move, Fraction],
    size: Mapping[Move, Fraction],
) -> Beliefs:
    """The beliefs that mistakes of given orders and sizes bring about.

    Parameters
    ----------
    order, size : K and c of each mistake; 1 where it is not named
    """
    found = []
    for place in range(len(game.information_sets)):
        mistakes = known.mistakes[place]
        totals = [sum((order.get(m, Fraction(1)) for m in way), Fraction(0)) for way in mistakes]
        lowest = min(totals)
        shares = [
            weight * prod((size.get(m, Fraction(1)) for m in way), start=Fraction(1))
            if total == lowest
            else Fraction(0)
            for way, weight, total in zip(mistakes, known.weight[place], totals, strict=True)
        ]
        whole = sum(shares)
        found.append(tuple(share / whole for share in shares))
    return tuple(found)
