"""The parts of a game without end in which play can go round, those that come last first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gametheory_crisis.games.reach import live_branches, standing
from gametheory_crisis.games.stage import StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.solvers.one_day import ways_by_night


@dataclass(frozen=True, slots=True)
class Component:
    """Positions that can all be reached from one another, or one position by itself.

    Attributes
    ----------
    members : indices of the positions, in ascending order
    targets : those to which nights of other members lead; empty where play cannot come back
    reads : for each target, the numbers of the targets on whose value of tomorrow its value of
        today depends
    """

    members: tuple[int, ...]
    targets: tuple[int, ...] = ()
    reads: tuple[frozenset[int], ...] = ()


def components(game: StageGame, evaluator: Evaluator) -> list[Component]:
    """The positions at which play can stand at a point, so grouped that no group leads to a later
    one of the list."""
    same_day, by_night = ways_on(game, evaluator)
    onward = {index: [*same_day[index], *by_night[index]] for index in same_day}
    return [_component(sorted(group), same_day, by_night) for group in strongly_connected(onward)]


def ways_on(game: StageGame, evaluator: Evaluator) -> tuple[dict[int, list[int]], ...]:
    """For each position at which play can stand, where it can go on the same day, and by night."""
    same_day: dict[int, list[int]] = {}
    by_night: dict[int, list[int]] = {}
    for index, _ in sorted(standing(game, 0, evaluator)):
        position = game.positions[index]
        branches = live_branches(game, position, evaluator)
        same_day[index] = [branch.target for branch in branches]
        ways = [] if position.night is None else ways_by_night(position.night, evaluator)
        by_night[index] = [way for _, way in ways]
    return same_day, by_night


def first_days(
    start: int, same_day: Mapping[int, Sequence[int]], by_night: Mapping[int, Sequence[int]]
) -> dict[int, int]:
    """The first day on which play could stand at each position, whatever is chosen."""
    found: dict[int, int] = {}
    today, day = {start}, 0
    while today:
        reached = _closure(today, same_day) - found.keys()
        found |= dict.fromkeys(reached, day)
        today = {way for index in reached for way in by_night[index]} - found.keys()
        day += 1
    return found


def strongly_connected(onward: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """The strongly connected components of a graph, each before all that lead to it.

    Source: R. Tarjan, Depth-first search and linear graph algorithms, SIAM J. Computing 1 (1972).
    """
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    open_: dict[int, None] = {}
    found: list[list[int]] = []
    for root in onward:
        stack = [] if root in number else [(root, iter(onward[root]))]
        while stack:
            vertex, targets = stack[-1]
            if vertex not in number:
                number[vertex] = low[vertex] = len(number)
                open_[vertex] = None
            target = next(targets, None)
            if target is None:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    low[above] = min(low[above], low[vertex])
                if low[vertex] == number[vertex]:
                    found.append(_closed_by(vertex, open_))
            elif target not in number:
                stack.append((target, iter(onward[target])))
            elif target in open_:
                low[vertex] = min(low[vertex], number[target])
    return found


def _closed_by(root: int, open_: dict[int, None]) -> list[int]:
    """The vertices opened since the root of a component, the root included."""
    group = []
    while True:
        vertex, _ = open_.popitem()
        group.append(vertex)
        if vertex == root:
            return group


def _component(
    members: Sequence[int],
    same_day: Mapping[int, Sequence[int]],
    by_night: Mapping[int, Sequence[int]],
) -> Component:
    inside = set(members)
    targets = sorted({way for index in members for way in by_night[index] if way in inside})
    number = {target: k for k, target in enumerate(targets)}
    reads = []
    for target in targets:
        below = _closure([target], same_day)
        reads.append(frozenset(number[w] for k in below for w in by_night[k] if w in number))
    return Component(tuple(members), tuple(targets), tuple(reads))


def _closure(roots: Iterable[int], onward: Mapping[int, Sequence[int]]) -> set[int]:
    found: set[int] = set()
    stack = list(roots)
    while stack:
        index = stack.pop()
        if index not in found:
            found.add(index)
            stack.extend(onward[index])
    return found
