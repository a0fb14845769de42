"""Pure Nash equilibria of one simultaneous stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TypeAlias

from gametheory_crisis.games.arithmetic import Number, greater

Payoffs: TypeAlias = Sequence[Sequence[Number]]
"""``payoffs[profile][i]``: profiles in lexicographic order, the last player's action fastest."""


def pure_nash(payoffs: Payoffs, shape: Sequence[int], movers: Sequence[int]) -> list[int]:
    """Indices of the profiles at which no mover gains by deviating.

    Parameters
    ----------
    payoffs : payoff of every player of the game at each profile
    shape : number of actions of each mover
    movers : for each mover, the index of the player in the rows of ``payoffs``
    """
    return [
        profile
        for profile in range(len(payoffs))
        if not any(
            greater(payoffs[other][player], payoffs[profile][player])
            for axis, player in enumerate(movers)
            for other in deviations(profile, axis, shape)
        )
    ]


def deviations(profile: int, axis: int, shape: Sequence[int]) -> Iterator[int]:
    """The profiles that one mover can reach from a profile, itself left out."""
    stride = 1
    for size in shape[axis + 1 :]:
        stride *= size
    own = profile // stride % shape[axis]
    for action in range(shape[axis]):
        if action != own:
            yield profile + (action - own) * stride


def dominance_solvable(payoffs: Payoffs, shape: Sequence[int], movers: Sequence[int]) -> bool:
    """Whether iterated strict dominance by pure actions leaves a single profile.

    If so, it is the only equilibrium, in mixed strategies too.
    """
    kept = [list(range(size)) for size in shape]
    shrinking = True
    while shrinking:
        shrinking = False
        for axis, player in enumerate(movers):
            for action in kept[axis]:
                if any(
                    _dominates(payoffs, shape, kept, axis, player, better, action)
                    for better in kept[axis]
                    if better != action
                ):
                    kept[axis].remove(action)
                    shrinking = True
                    break
    return all(len(actions) == 1 for actions in kept)


def _dominates(
    payoffs: Payoffs,
    shape: Sequence[int],
    kept: Sequence[Sequence[int]],
    axis: int,
    player: int,
    better: int,
    worse: int,
) -> bool:
    others = [[0] if k == axis else list(actions) for k, actions in enumerate(kept)]
    for combination in product(*others):
        profile = list(combination)
        profile[axis] = better
        best = payoffs[_index(profile, shape)][player]
        profile[axis] = worse
        if not greater(best, payoffs[_index(profile, shape)][player]):
            return False
    return True


def _index(profile: Sequence[int], shape: Sequence[int]) -> int:
    index = 0
    for action, size in zip(profile, shape, strict=True):
        index = index * size + action
    return index
