"""Proven bounds on what the states of a stochastic game are worth to a player.

A bound is guessed in floats, as the value of the game in which the others harm the player most, and
then checked in whole multiples of small units, rounded outward: a guess that is no more than what
one step of that game makes of it is a bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, isfinite, nan
from typing import TypeAlias

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.stochastic import StochasticGame
from gametheory_crisis.solvers.stochastic.values import solve_sparse

Groups: TypeAlias = Sequence[Sequence[Sequence[int]]]
"""Per state groups of rows: the player picks the group, its opponents a row of that group."""
Ways: TypeAlias = Mapping[int, tuple[int, int]]
"""Least and greatest weight of each next state."""

PAY_BITS = 52
"""The largest payment has about ``2 ** PAY_BITS`` units."""
WEIGHT_BITS = 60
"""Weights are multiples of ``2 ** -WEIGHT_BITS``."""
HORIZON_BITS = 10
"""Horizons are multiples of ``2 ** -HORIZON_BITS``."""
INEXACT = Fraction(1, 2**40)
"""Relative margin around numbers that are not rational."""
MARGINS = tuple(2**bits for bits in range(4, 40, 5))
"""How far from its guess a bound is tried, in units for each step of the horizon."""
MAX_ROUNDS = 50
"""Rounds of policy iteration for a guess."""
FEW = 60
"""Systems of so few equations are solved without a library."""
SMALL = 1e-12
"""A smaller relative gain is no reason to change a policy."""


class LowerBound:
    """What each state is worth to a player at least, in any subgame-perfect equilibrium.

    Parameters
    ----------
    game : a game in finite numbers
    player : whose values are bounded
    sign : 1, or -1 to bound their negatives: what they are at most

    Attributes
    ----------
    unit : what bounds are multiples of
    values : per state the bound in units; None where play may last too long to find any
    """

    def __init__(self, game: StochasticGame, player: int, sign: int) -> None:
        given = [[onward.pays[player] for onward in state] for state in game.onward]
        exact = all(isinstance(pay, int | Fraction) for state in given for pay in state)
        pays = [[sign * Fraction(pay) for pay in state] for state in given]
        largest = max((abs(pay) for state in pays for pay in state), default=Fraction(0))
        slack = Fraction(0) if exact else INEXACT * largest
        self.unit = Fraction(2) ** (_bits(largest) - PAY_BITS)
        self._pays = [[floor((pay - slack) / self.unit) for pay in state] for state in pays]
        powers: dict[int, Fraction] = {}
        self._ways = [
            [_discounted(onward.moves, game.factors[player], powers) for onward in state]
            for state in game.onward
        ]
        self._floats = [
            [{t: greatest / 2**WEIGHT_BITS for t, (_, greatest) in way.items()} for way in state]
            for state in self._ways
        ]
        self._horizon = self._proven_horizon()
        self.values: list[int] | None = None
        if self._horizon is not None:
            worst = min((pay for state in self._pays for pay in state), default=0)
            self.values = [2 * min(worst, 0) * days >> HORIZON_BITS for days in self._horizon]

    def worth(self, state: int, row: int) -> int:
        """What a row is worth at least, in units times ``2 ** WEIGHT_BITS``."""
        return self._worth(state, row, self.values or ())

    def tighten(self, groups: Groups) -> None:
        """Raise the bound as far as can be proven, for play that stays within the groups' rows."""
        if self.values is None or self._horizon is None:
            return
        guess = _AgainstAll(self._pays, self._floats, groups).values()
        for margin in MARGINS if all(map(isfinite, guess)) else ():
            bound = [
                floor(value) - (margin * days >> HORIZON_BITS)
                for value, days in zip(guess, self._horizon, strict=True)
            ]
            if self.holds(bound, groups):
                self.values = list(map(max, self.values, bound))
                return

    def holds(self, bound: Sequence[int], groups: Groups) -> bool:
        """Whether one step makes no less of a bound, in units, than it is; it then is one."""
        return all(
            max(min(self._worth(state, row, bound) for row in group) for group in groups[state])
            >= least << WEIGHT_BITS
            for state, least in enumerate(bound)
        )

    def _worth(self, state: int, row: int, values: Sequence[int]) -> int:
        worth = self._pays[state][row] << WEIGHT_BITS
        for target, (least, greatest) in self._ways[state][row].items():
            value = values[target]
            worth += value * (least if value > 0 else greatest)
        return worth

    def _proven_horizon(self) -> list[int] | None:
        """Per state a number that every row lowers, in expectation, by at least half a step.

        It is the longest horizon, in multiples of ``2 ** -HORIZON_BITS`` steps.
        """
        ones = [[-1] * len(state) for state in self._pays]
        everything = [[list(range(len(state)))] for state in self._pays]
        guess = _AgainstAll(ones, self._floats, everything).values()
        if not all(isfinite(days) and days < 0 for days in guess):
            return None
        horizon = [ceil(-days * 2**HORIZON_BITS) + 1 for days in guess]
        half = 2 ** (HORIZON_BITS - 1)
        for ways, days in zip(self._ways, horizon, strict=True):
            for way in ways:
                later = sum(greatest * horizon[target] for target, (_, greatest) in way.items())
                if later > (days - half) << WEIGHT_BITS:
                    return None
        return horizon


def _bits(number: Fraction) -> int:
    """An exponent of two of about the size of a number."""
    return number.numerator.bit_length() - number.denominator.bit_length()


def _discounted(
    moves: Mapping[tuple[int, int], Number], factor: Number, powers: dict[int, Fraction]
) -> Ways:
    """The weights of the next states, rounded outward; ``powers`` of the factor are kept."""
    total: dict[int, Fraction] = {}
    exact = isinstance(factor, int | Fraction)
    for (target, days), share in moves.items():
        if days not in powers:
            powers[days] = Fraction(factor) ** days
        total[target] = total.get(target, Fraction(0)) + Fraction(share) * powers[days]
        exact = exact and isinstance(share, int | Fraction)
    slack = Fraction(0) if exact else INEXACT
    return {
        target: (
            floor(weight * (1 - slack) * 2**WEIGHT_BITS),
            ceil(weight * (1 + slack) * 2**WEIGHT_BITS),
        )
        for target, weight in total.items()
    }


@dataclass(frozen=True)
class _AgainstAll:
    """A game in floats in which one player picks groups and its opponents together rows of them.

    Attributes
    ----------
    pays : per state and row what is paid
    ways : per state and row the weights of the next states
    groups : what can be picked
    """

    pays: Sequence[Sequence[int]]
    ways: Sequence[Sequence[Mapping[int, float]]]
    groups: Groups

    def values(self) -> list[float]:
        """About what each state is worth to the player; nan where that cannot be told.

        By policy iteration on the groups, as Hoffman and Karp (1966), On nonterminating stochastic
        games.
        """
        chosen = [0] * len(self.groups)
        rows = [state[0][0] for state in self.groups]
        for _ in range(MAX_ROUNDS):
            try:
                values = self._answered(chosen, rows)
            except (ZeroDivisionError, OverflowError):
                return [nan] * len(self.groups)
            small = SMALL * max(map(abs, values), default=0.0)
            changed = False
            for state, value in enumerate(values):
                options = [self._least(state, group, values) for group in self.groups[state]]
                best = max(range(len(options)), key=lambda k: options[k][0])
                if options[best][0] > value + small:
                    chosen[state], rows[state], changed = best, options[best][1], True
            if not changed:
                break
        return values

    def _answered(self, chosen: Sequence[int], rows: list[int]) -> list[float]:
        """The values if the opponents do their worst, from ``rows`` on, which are modified."""
        for _ in range(MAX_ROUNDS):
            values = _play(self.pays, self.ways, rows)
            small = SMALL * max(map(abs, values), default=0.0)
            changed = False
            for state, value in enumerate(values):
                lowest, row = self._least(state, self.groups[state][chosen[state]], values)
                if lowest < value - small:
                    rows[state], changed = row, True
            if not changed:
                break
        return values

    def _least(
        self, state: int, group: Sequence[int], values: Sequence[float]
    ) -> tuple[float, int]:
        """The least that a row of a group is worth, and that row."""
        return min((self._worth(state, row, values), row) for row in group)

    def _worth(self, state: int, row: int, values: Sequence[float]) -> float:
        later = sum(weight * values[target] for target, weight in self.ways[state][row].items())
        return self.pays[state][row] + later


def _play(
    pays: Sequence[Sequence[int]],
    ways: Sequence[Sequence[Mapping[int, float]]],
    rows: Sequence[int],
) -> list[float]:
    """What each state is worth where certain rows are played."""
    system: list[dict[int, Number]] = []
    for state, row in enumerate(rows):
        equation: dict[int, Number] = {state: 1.0}
        for target, weight in ways[state][row].items():
            equation[target] = equation.get(target, 0.0) - weight
        system.append(equation)
    known: list[Number] = [float(pays[state][row]) for state, row in enumerate(rows)]
    if len(rows) > FEW:
        return _solve_many(system, known)
    return [float(value) for value in solve_sparse(system, known)]


def _solve_many(system: Sequence[Mapping[int, Number]], known: Sequence[Number]) -> list[float]:
    """As `solve_sparse`, with a library that orders the equations so that few zeros fill in."""
    import numpy as np
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import splu

    entries = [(float(v), r, c) for r, row in enumerate(system) for c, v in row.items()]
    data, rows, columns = zip(*entries, strict=True)
    matrix = csc_array((data, (rows, columns)), shape=(len(system), len(system)))
    try:
        solution: list[float] = splu(matrix).solve(np.array(known, dtype=float)).tolist()
    except RuntimeError as error:  # singular
        raise ZeroDivisionError from error
    return solution
