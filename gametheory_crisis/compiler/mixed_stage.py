"""Mixed play at a stage on a tape: the 2x2 equilibrium in closed form, and what excludes others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from gametheory_crisis.games.stage import Position
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions


def mixed_equilibrium(
    graph: Expressions, position: Position, payoffs: Sequence[Sequence[int]]
) -> tuple[int, list[int]]:
    """The equilibrium of a 2x2 stage in which both mix.

    Each mixes so that the other is indifferent; that is a probability between 0 and 1 just where
    each player's best action changes, strictly, with the other's.

    Returns
    -------
    The handle of 1 where there is such an equilibrium, else 0, and the probability of each profile.
    """
    first, second = position.movers
    a = [row[first] for row in payoffs]
    b = [row[second] for row in payoffs]
    flag = graph.mul(_turns(graph, a[0], a[2], a[3], a[1]), _turns(graph, b[0], b[1], b[3], b[2]))
    row = _share(graph, graph.sub(b[3], b[2]), graph.sub(b[0], b[1]))
    column = _share(graph, graph.sub(a[3], a[1]), graph.sub(a[0], a[2]))
    one = graph.number(1)
    return flag, [
        graph.mul(p, q)
        for p in (row, graph.sub(one, row))
        for q in (column, graph.sub(one, column))
    ]


def tie_flag(graph: Expressions, position: Position, payoffs: Sequence[Sequence[int]]) -> int:
    """The handle of 1 where a mover of a 2x2 stage is indifferent against some action."""
    first, second = position.movers
    a = [row[first] for row in payoffs]
    b = [row[second] for row in payoffs]
    flag = graph.number(0)
    for one, other in ((a[0], a[2]), (a[1], a[3]), (b[0], b[1]), (b[2], b[3])):
        flag = graph.apply(Operation.MAX, flag, graph.apply(Operation.CLOSE, one, other))
    return flag


def _turns(graph: Expressions, here: int, other: int, there: int, back: int) -> int:
    """1 where ``here > other`` and ``there > back``, or both the other way round."""
    up = [graph.apply(Operation.GREATER, x, y) for x, y in ((here, other), (there, back))]
    down = [graph.apply(Operation.GREATER, y, x) for x, y in ((here, other), (there, back))]
    return graph.add(graph.mul(*up), graph.mul(*down))


def _share(graph: Expressions, gain: int, loss: int) -> int:
    """The probability at which ``gain`` and ``loss`` of the other player balance."""
    return graph.apply(Operation.DIV, gain, graph.add(gain, loss))


def dominance_flag(graph: Expressions, position: Position, payoffs: Sequence[Sequence[int]]) -> int:
    """The handle of 1 where iterated strict dominance by pure actions leaves a single profile."""
    one = graph.number(1)
    kept = [[one] * size for size in position.shape]
    for _ in range(sum(position.shape) - len(position.shape)):
        kept = [
            [
                graph.mul(
                    kept[axis][action], _undominated(graph, position, payoffs, kept, axis, action)
                )
                for action in range(size)
            ]
            for axis, size in enumerate(position.shape)
        ]
    left = one
    for flags in kept:
        left = graph.mul(left, graph.apply(Operation.SAME, graph.total(flags), one))
    return left


def _undominated(
    graph: Expressions,
    position: Position,
    payoffs: Sequence[Sequence[int]],
    kept: Sequence[Sequence[int]],
    axis: int,
    action: int,
) -> int:
    """1 unless another action that is kept is better against all that the others keep."""
    one, result = graph.number(1), graph.number(1)
    player = position.movers[axis]
    others = [range(size) if k != axis else (0,) for k, size in enumerate(position.shape)]
    for better in range(position.shape[axis]):
        if better == action:
            continue
        dominates = kept[axis][better]
        for profile in product(*others):
            played = one
            for k, other in enumerate(profile):
                played = played if k == axis else graph.mul(played, kept[k][other])
            new = payoffs[_index(position, profile, axis, better)][player]
            old = payoffs[_index(position, profile, axis, action)][player]
            worse = graph.sub(one, graph.apply(Operation.GREATER, new, old))
            dominates = graph.mul(dominates, graph.sub(one, graph.mul(played, worse)))
        result = graph.mul(result, graph.sub(one, dominates))
    return result


def _index(position: Position, profile: Sequence[int], axis: int, action: int) -> int:
    index = 0
    for k, (size, other) in enumerate(zip(position.shape, profile, strict=True)):
        index = index * size + (action if k == axis else other)
    return index
