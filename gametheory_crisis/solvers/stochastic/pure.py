"""All pure Markov perfect equilibria of a stochastic game at a point.

A kernel proposes, with a tolerance that rounding cannot exceed; the exact values decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import Number, is_finite
from gametheory_crisis.games.stochastic import (
    StateProfile,
    StationaryProfile,
    StochasticGame,
    stochastic_arrays,
)
from gametheory_crisis.solvers.pure_nash import deviations
from gametheory_crisis.solvers.stochastic.values import solve_sparse, weights

TIE = 1e-9
"""Largest gain in a game that is not in rationals, relative to what the player's choices are
worth."""
MAX_PROFILES = 1_000_000
"""Pure profiles beyond which they are not searched."""
FEW = 16
"""So few profiles are decided one by one sooner than a kernel is loaded."""
NO_VALUE = (
    "the value of play cannot be told: a payoff is not finite, or under some strategies "
    "play neither ends nor is discounted"
)


@dataclass(frozen=True, slots=True)
class PureEquilibria:
    """Pure Markov perfect equilibria.

    Attributes
    ----------
    profiles : in the order of the file: by state, then player, then action
    exhaustive : whether all profiles were searched; if not, none is listed
    truncated : whether there may be more than those listed, because so many are ties
    """

    profiles: tuple[StationaryProfile, ...]
    exhaustive: bool
    truncated: bool

    @property
    def complete(self) -> bool:
        """Whether there are no others."""
        return self.exhaustive and not self.truncated


def pure_equilibria(game: StochasticGame, *, most_profiles: int = MAX_PROFILES) -> PureEquilibria:
    """All pure stationary profiles from which nobody gains by deviating, in any state.

    States that play does not reach count as much as the others. In rationals equilibria are exact;
    otherwise a relative gain up to `TIE` is a tie.

    Parameters
    ----------
    game : under every profile play ends or is discounted, for every player
    most_profiles : a game of more pure stationary profiles is not searched

    Raises
    ------
    SolverError
        If the values of some profile do not exist, or a payoff is not finite.
    """
    if game.num_profiles > most_profiles:
        return PureEquilibria((), exhaustive=False, truncated=False)
    numbers = list(game_numbers(game))
    if not all(map(is_finite, numbers)):
        raise SolverError(NO_VALUE)
    tolerance = 0 if all(isinstance(number, int | Fraction) for number in numbers) else TIE
    candidates, truncated = _candidates(game)
    test = _OneShot(game)
    try:
        found = [
            pure_profile(game, rows)
            for rows in sorted(candidates)
            if all(gain <= tolerance * scale for gain, scale in test.gains(rows))
        ]
    except ZeroDivisionError as error:
        raise SolverError(NO_VALUE) from error
    return PureEquilibria(tuple(found), exhaustive=True, truncated=truncated)


def pure_profile(game: StochasticGame, rows: Sequence[int]) -> StationaryProfile:
    """The strategies that lead to one action profile in each state.

    Parameters
    ----------
    rows : per state the index in ``game.onward[state]``
    """
    return tuple(_point_masses(sizes, row) for sizes, row in zip(game.sizes, rows, strict=True))


def rounding(game: StochasticGame) -> float:
    """Relative error of the weights that `stochastic_arrays` gives."""
    days = max((days for rows in game.onward for o in rows for _, days in o.moves), default=0)
    return (days + 4) * 2.0**-52


class _OneShot:
    """What deviations from pure profiles of a game gain, in the arithmetic of its numbers.

    Only the rows that one deviation can lead to are looked at, and each row's weights once.
    """

    def __init__(self, game: StochasticGame) -> None:
        self.game = game
        self._weights: dict[tuple[int, int, int], dict[int, Number]] = {}

    def gains(self, rows: Sequence[int]) -> Iterator[tuple[Number, Number]]:
        """Of each player the most it gains in any state, and the size of what its choices are
        worth."""
        for player in range(self.game.num_players):
            values = self._values(rows, player)
            gains: list[Number] = [0]
            worths = list(values)
            for state, row in enumerate(rows):
                for other in deviations(row, player, self.game.sizes[state]):
                    worths.append(self._worth(state, other, player, values))
                    gains.append(worths[-1] - values[state])
            yield max(gains), max(max(worths), -min(worths))

    def _values(self, rows: Sequence[int], player: int) -> list[Number]:
        """What each state is worth to a player."""
        system = []
        for state, row in enumerate(rows):
            equation: dict[int, Number] = {state: Fraction(1)}
            for target, weight in self._onward(state, row, player).items():
                equation[target] = equation.get(target, 0) - weight
            system.append(equation)
        pays = [self.game.onward[state][row].pays[player] for state, row in enumerate(rows)]
        return solve_sparse(system, pays)

    def _worth(self, state: int, row: int, player: int, values: Sequence[Number]) -> Number:
        """What a row is worth to a player if play goes on with ``values``."""
        worth = self.game.onward[state][row].pays[player]
        for target, weight in self._onward(state, row, player).items():
            worth += weight * values[target]
        return worth

    def _onward(self, state: int, row: int, player: int) -> dict[int, Number]:
        key = state, row, player
        if key not in self._weights:
            self._weights[key] = weights(self.game, self.game.onward[state][row], player)
        return self._weights[key]


def game_numbers(game: StochasticGame) -> Iterator[Number]:
    """All numbers that the equilibria of a game depend on."""
    yield from game.factors
    for onward in chain.from_iterable(game.onward):
        yield from onward.pays
        yield from onward.moves.values()


def _candidates(game: StochasticGame) -> tuple[list[tuple[int, ...]], bool]:
    """Per state the rows of every profile that may be an equilibrium, and whether some are cut."""
    if game.num_profiles <= FEW:
        return list(product(*(range(len(rows)) for rows in game.onward))), False
    from gametheory_crisis.kernels.stochastic_pure import MAX_CANDIDATES, TOO_MANY, pure_candidates
    from gametheory_crisis.kernels.stochastic_pure import NO_VALUE as UNKNOWN

    arrays = stochastic_arrays(game)
    rows, status, _ = pure_candidates(
        arrays.sizes,
        arrays.row,
        arrays.pays,
        arrays.entry,
        arrays.target,
        arrays.weight,
        rounding(game),
        MAX_CANDIDATES,
    )
    if status == UNKNOWN:
        raise SolverError(NO_VALUE)
    return [tuple(profile) for profile in (rows - arrays.row[:-1]).tolist()], status == TOO_MANY


def _point_masses(sizes: Sequence[int], row: int) -> StateProfile:
    """The strategies in a state that lead to one of its rows."""
    masses = []
    for size in reversed(sizes):
        row, action = divmod(row, size)
        masses.append(tuple(Fraction(int(a == action)) for a in range(size)))
    return tuple(reversed(masses))
