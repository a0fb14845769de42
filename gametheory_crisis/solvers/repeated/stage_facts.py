"""What a stage game of two players offers: equilibria, temptations, minmax and feasible payoffs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import TypeAlias

from gametheory_crisis.solvers.normal_form.bimatrix import BimatrixSolution, solve_bimatrix
from gametheory_crisis.solvers.repeated.automata import Actions, Mix, sure_actions
from gametheory_crisis.solvers.repeated.polygons import Point, hull

Matrix: TypeAlias = Sequence[Sequence[Fraction]]


@dataclass(frozen=True, eq=False)
class StageFacts:
    """A bimatrix game in rationals; rows are the first player's actions in both tables.

    Attributes
    ----------
    tables : per player the payoffs, ``tables[i][a][b]``
    """

    tables: tuple[Matrix, Matrix]

    @property
    def sizes(self) -> Actions:
        """Numbers of actions."""
        return len(self.tables[0]), len(self.tables[0][0])

    @property
    def profiles(self) -> list[Actions]:
        """All action profiles, the second player's action changing fastest."""
        return list(product(range(self.sizes[0]), range(self.sizes[1])))

    def sure(self, actions: Actions) -> tuple[Mix, Mix]:
        """A profile of actions as mixtures."""
        return sure_actions(actions, self.sizes)

    def payoffs(self, actions: Actions) -> tuple[Fraction, Fraction]:
        """Both players' payoffs at a profile."""
        a, b = actions
        return self.tables[0][a][b], self.tables[1][a][b]

    def expected(self, player: int, mixes: tuple[Mix, Mix]) -> Fraction:
        """A player's payoff if both mix."""
        table = self.tables[player]
        return sum(
            (
                x * y * table[a][b]
                for a, x in enumerate(mixes[0])
                if x
                for b, y in enumerate(mixes[1])
                if y
            ),
            Fraction(0),
        )

    def reply(self, player: int, action: int, other: Mix) -> Fraction:
        """A player's payoff from an action against a mixture of the other's."""
        table = self.tables[player]
        own = table[action] if player == 0 else [row[action] for row in table]
        return sum((share * value for share, value in zip(other, own, strict=True)), Fraction(0))

    def temptation(self, player: int, actions: Actions) -> Fraction:
        """The most that a player gains today by leaving a profile; never negative."""
        return self._best_replies[player][actions[1 - player]] - self.payoffs(actions)[player]

    @cached_property
    def _best_replies(self) -> tuple[list[Fraction], list[Fraction]]:
        """Per player the best payoff against each action of the other."""
        first, second = self.tables
        return list(map(max, zip(*first, strict=True))), list(map(max, second))

    @cached_property
    def equilibria(self) -> BimatrixSolution:
        """All (extreme) equilibria of the stage."""
        return solve_bimatrix(*self.tables, "vertex_enumeration", exact=True, label=0)

    @cached_property
    def pure_equilibria(self) -> list[Actions]:
        """The profiles that tempt nobody."""
        return [a for a in self.profiles if not any(self.temptation(i, a) for i in range(2))]

    @cached_property
    def pure_minmax(self) -> tuple[Fraction, Fraction]:
        """What each player can secure against the other's worst action, knowing it."""
        first, second = self._best_replies
        return min(first), min(second)

    @cached_property
    def mixed_minmax(self) -> tuple[Fraction, Fraction]:
        """What each player can secure against the other's worst mixture."""
        first, second = self.tables
        turned = [list(column) for column in zip(*second, strict=True)]
        return _value(first), _value(turned)

    @cached_property
    def feasible(self) -> list[Point]:
        """Vertices of the convex hull of all payoffs, counterclockwise."""
        return hull([self.payoffs(actions) for actions in self.profiles])


def _value(table: Matrix) -> Fraction:
    """Value of a zero-sum game to the row player."""
    negative = [[-entry for entry in row] for row in table]
    solution = solve_bimatrix(table, negative, "lemke_howson", exact=True, label=0)
    x, y = solution.equilibria[0]
    return sum((p * q * table[a][b] for a, p in enumerate(x) for b, q in enumerate(y)), Fraction(0))
