"""Pure equilibria of a simultaneous stage as flags on a tape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from gametheory_crisis.games.stage import Position
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions


def equilibrium_flags(
    graph: Expressions, position: Position, payoffs: Sequence[Sequence[int]]
) -> list[int]:
    """For each profile the handle of 1 where no mover gains by deviating, else 0.

    A mover's best payoff against the others is computed once per profile of the others.
    """
    one = graph.number(1)
    flags = [one] * len(payoffs)
    for axis, player in enumerate(position.movers):
        for group in _groups(position.shape, axis):
            best = payoffs[group[0]][player]
            for profile in group[1:]:
                best = graph.apply(Operation.MAX, best, payoffs[profile][player])
            for profile in group:
                worse = graph.apply(Operation.GREATER, best, payoffs[profile][player])
                flags[profile] = graph.mul(flags[profile], graph.sub(one, worse))
    return flags


def _groups(shape: Sequence[int], axis: int) -> list[list[int]]:
    """Profiles that differ in one mover's action only."""
    stride = prod(shape[axis + 1 :])
    size = shape[axis]
    groups: dict[int, list[int]] = {}
    for profile in range(prod(shape)):
        own = profile // stride % size
        groups.setdefault(profile - own * stride, []).append(profile)
    return list(groups.values())
