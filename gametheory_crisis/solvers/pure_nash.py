"""Pure Nash equilibria of one simultaneous stage, and the profiles next to a profile.

Payoffs tie but for rounding; `normal_form.pure_profiles` compares them to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
