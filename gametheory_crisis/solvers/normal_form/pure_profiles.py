"""Pure equilibria of games of many players, and actions that no equilibrium uses; all exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from gametheory_crisis.games.arithmetic import Number, greater
from gametheory_crisis.solvers.normal_form.multilinear import Payoffs, restricted


def pure_equilibria(payoffs: Payoffs, shape: Sequence[int]) -> list[tuple[int, ...]]:
    """All profiles of actions at which nobody gains by deviating, in lexicographic order.

    Payoffs are compared as they stand: exactly for rationals, to the last bit for floats.
    """
    best = [_best_replies(table, shape, i) for i, table in enumerate(payoffs)]
    return [
        actions
        for index, actions in enumerate(product(*map(range, shape)))
        if all(replies[index] for replies in best)
    ]


def _best_replies(table: Sequence[Number], shape: Sequence[int], axis: int) -> list[bool]:
    """Per profile whether a player's action is a best reply to the others'."""
    inner = prod(shape[axis + 1 :])
    block = inner * shape[axis]
    best = [False] * len(table)
    for start in range(0, len(table), block):
        for k in range(start, start + inner):
            line = range(k, k + block, inner)
            most = max(table[p] for p in line)
            for p in line:
                best[p] = table[p] == most
    return best


def undominated(payoffs: Payoffs, shape: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Per player the actions that survive iterated strict dominance by pure actions.

    No equilibrium, pure or mixed, gives another action weight.
    """
    kept = [list(range(size)) for size in shape]
    shrinking = True
    while shrinking:
        shrinking = False
        for i, table in enumerate(payoffs):
            rows = {a: list(_row(table, shape, kept, i, a)) for a in kept[i]}
            left = [
                a for a in kept[i] if not any(all(map(greater, rows[b], rows[a])) for b in rows)
            ]
            if len(left) < len(kept[i]):
                kept[i], shrinking = left, True
    return tuple(map(tuple, kept))


def _row(
    table: Sequence[Number], shape: Sequence[int], kept: Sequence[Sequence[int]], i: int, a: int
) -> Iterator[Number]:
    """A player's payoffs from one action against all that the others have left."""
    yield from restricted(table, shape, [[a] if j == i else kept[j] for j in range(len(shape))])
