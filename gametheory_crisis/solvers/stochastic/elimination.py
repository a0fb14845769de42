"""What no subgame-perfect equilibrium of a stochastic game plays, by iterated elimination.

In a subgame-perfect equilibrium nobody plays an action that is worse than another of its own,
whatever the others do now and whatever equilibrium is played next. What is played next is known
only within bounds, and may depend on all that has happened; so each action counts at its best and
the other at its worst. Actions that fall narrow the bounds, and narrower bounds let more fall.

Source: Fudenberg and Tirole (1991), Game theory, section 4.6 (iterated conditional dominance);
Shaked and Sutton (1984), Involuntary unemployment as a perfect equilibrium in a bargaining model,
Econometrica 52(6) (bounds on what equilibria are worth).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import inf, prod
from typing import TypeAlias

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import Number, is_finite
from gametheory_crisis.games.stochastic import StationaryProfile, StochasticGame
from gametheory_crisis.solvers.stochastic.pure import NO_VALUE, game_numbers, pure_profile
from gametheory_crisis.solvers.stochastic.value_bounds import LowerBound

Alive: TypeAlias = list[list[list[int]]]
"""Per state and player the actions that are left."""


@dataclass(frozen=True, slots=True)
class Survivors:
    """What subgame-perfect equilibria may play and be worth, those in mixed strategies and those
    that depend on history included.

    Attributes
    ----------
    actions : per state and player the actions that no proof has removed, in order
    bounds : per state and player what the state is worth at least and at most; infinite where play
        may last too long to tell
    profile : the one equilibrium, if a single profile is left in every state
    """

    actions: tuple[tuple[tuple[int, ...], ...], ...]
    bounds: tuple[tuple[tuple[Number, Number], ...], ...]
    profile: StationaryProfile | None

    @property
    def unique(self) -> bool:
        """Whether it is proven that there is exactly one subgame-perfect equilibrium."""
        return self.profile is not None


def surviving_actions(game: StochasticGame) -> Survivors:
    """Remove actions until no more can be proven never to be played.

    Actions that are worse by less than about ``2 ** -40`` of what is at stake may stay; ties stay.

    Parameters
    ----------
    game : under every profile play ends or is discounted, for every player

    Raises
    ------
    SolverError
        If a number is not finite.
    """
    if not all(map(is_finite, game_numbers(game))):
        raise SolverError(NO_VALUE)
    players = range(game.num_players)
    bounds = [(LowerBound(game, i, 1), LowerBound(game, i, -1)) for i in players]
    alive: Alive = [[list(range(size)) for size in sizes] for sizes in game.sizes]
    changed = True
    while changed:  # each round but the last removes an action
        for player, (low, high) in enumerate(bounds):
            groups = [_rows(*state, player) for state in zip(game.sizes, alive, strict=True)]
            low.tighten(groups)
            high.tighten([[[row for group in state for row in group]] for state in groups])
        changed = _remove(game, alive, bounds)
    left = tuple(tuple(tuple(actions) for actions in state) for state in alive)
    single = all(len(actions) == 1 for state in left for actions in state)
    rows = [_rows(*state, 0)[0][0] for state in zip(game.sizes, alive, strict=True)]
    return Survivors(
        actions=left,
        bounds=tuple(
            tuple(_interval(low, high, state) for low, high in bounds)
            for state in range(len(game.sizes))
        ),
        profile=pure_profile(game, rows) if single else None,
    )


def _remove(
    game: StochasticGame, alive: Alive, bounds: Sequence[tuple[LowerBound, LowerBound]]
) -> bool:
    """Remove the dominated actions of each state, in turn until none is left; whether any was."""
    removed = False
    for state, sizes in enumerate(game.sizes):
        movers = [i for i, size in enumerate(sizes) if size > 1 and bounds[i][0].values is not None]
        changed = True
        while changed:
            changed = False
            for player in movers:
                groups = _rows(sizes, alive[state], player)
                kept = _undominated(groups, state, *bounds[player])
                if len(kept) < len(groups):
                    alive[state][player] = [alive[state][player][k] for k in kept]
                    changed = removed = True
    return removed


def _undominated(
    groups: Sequence[Sequence[int]], state: int, low: LowerBound, high: LowerBound
) -> list[int]:
    """The own actions that no other beats at every profile of the others, within the bounds.

    ``groups`` : per own action the rows, in the same order of the others' profiles
    """
    least = [[low.worth(state, row) for row in group] for group in groups]
    most = [[-high.worth(state, row) for row in group] for group in groups]
    return [
        k
        for k, best in enumerate(most)
        if not any(all(map(int.__lt__, best, worst)) for worst in least)
    ]


def _rows(sizes: Sequence[int], alive: Sequence[Sequence[int]], player: int) -> list[list[int]]:
    """Per own action the rows of a state at which the others' actions are left, in one order."""
    strides = [prod(sizes[i + 1 :]) for i in range(len(sizes))]
    others = [[0] if i == player else alive[i] for i in range(len(sizes))]
    offsets = [sum(map(int.__mul__, actions, strides)) for actions in product(*others)]
    return [[own * strides[player] + offset for offset in offsets] for own in alive[player]]


def _interval(low: LowerBound, high: LowerBound, state: int) -> tuple[Number, Number]:
    if low.values is None or high.values is None:
        return -inf, inf
    return low.values[state] * low.unit, -high.values[state] * high.unit
