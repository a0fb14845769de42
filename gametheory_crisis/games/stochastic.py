"""A stochastic game at a point: what each action profile in each state pays and leads to.

A *state* is a place of choice, or one to which play comes back; whatever lies between two states
(chance, nights, ends of play) is already averaged. Where the horizon is infinite, this is the form
that is solved: Shapley (1953), with discount factors per player and ends of play.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from gametheory_crisis.games.arithmetic import Number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

StateProfile: TypeAlias = tuple[tuple[Number, ...], ...]
"""Per player the probability of each of its actions in one state; ``(1,)`` where it does not
move."""
StationaryProfile: TypeAlias = tuple[StateProfile, ...]
"""What every player does in every state, on every day."""


@dataclass(frozen=True, slots=True)
class Onward:
    """What follows until play stands in a state again, or has ended.

    Attributes
    ----------
    pays : per player the expected payments and payoffs of ends, discounted to today
    moves : probability of standing next in a state, so many days later, by (state, days)
    ends : probability of ending in an outcome before that, so many days later, by (outcome, days)
    """

    pays: tuple[Number, ...]
    moves: Mapping[tuple[int, int], Number]
    ends: Mapping[tuple[int, int], Number]


@dataclass(frozen=True)
class StochasticGame:
    """A game without end, at a point.

    Attributes
    ----------
    factors : per player the daily discount factor
    sizes : per state the number of actions of each player, 1 where it does not move
    onward : per state what follows each action profile, the last player's action changing fastest
    start : what follows until play first stands in a state
    """

    factors: tuple[Number, ...]
    sizes: tuple[tuple[int, ...], ...]
    onward: tuple[tuple[Onward, ...], ...]
    start: Onward

    @property
    def num_players(self) -> int:
        """How many players there are."""
        return len(self.factors)

    @property
    def num_profiles(self) -> int:
        """How many pure stationary profiles there are."""
        return prod(len(rows) for rows in self.onward)


@dataclass(frozen=True)
class StochasticArrays:
    """A stochastic game as the kernels read it: one row per state and action profile.

    Attributes
    ----------
    sizes : int64 (states, players), number of actions
    row : int64 (states + 1,), rows ``row[s]:row[s + 1]`` belong to state ``s``, the last player's
        action changing fastest
    pays : float64 (rows, players)
    entry : int64 (rows + 1,), entries ``entry[r]:entry[r + 1]`` belong to row ``r``
    target : int64 (entries,), the state that comes next
    weight : float64 (entries, players), its probability times the player's discount until then
    """

    sizes: NDArray[np.int64]
    row: NDArray[np.int64]
    pays: NDArray[np.float64]
    entry: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]


def stochastic_arrays(game: StochasticGame) -> StochasticArrays:
    """The game in floats, for the kernels."""
    import numpy as np

    rows = [onward for state in game.onward for onward in state]
    players = game.num_players
    factors = [float(factor) for factor in game.factors]
    entries = [
        (target, [float(share) * factor**days for factor in factors])
        for onward in rows
        for (target, days), share in onward.moves.items()
    ]
    return StochasticArrays(
        sizes=np.array(game.sizes, dtype=np.int64).reshape(-1, players),
        row=np.cumsum([0, *(len(state) for state in game.onward)], dtype=np.int64),
        pays=np.array([[float(p) for p in o.pays] for o in rows], dtype=np.float64).reshape(
            -1, players
        ),
        entry=np.cumsum([0, *(len(onward.moves) for onward in rows)], dtype=np.int64),
        target=np.array([target for target, _ in entries], dtype=np.int64),
        weight=np.array([w for _, w in entries], dtype=np.float64).reshape(-1, players),
    )
