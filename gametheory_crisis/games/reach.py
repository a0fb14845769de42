"""Where play can stand: which positions of a stage game are reached, and on which days."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TypeAlias

from gametheory_crisis.games.stage import Kind, StageGame

Place: TypeAlias = tuple[int, int]
"""Index of a position and day; day -1 where the position has a day of its own."""


def standing(game: StageGame, days: int) -> frozenset[Place]:
    """All places at which play can stand, whatever is chosen.

    Parameters
    ----------
    days : days before the deadline, 0 without one
    """
    found: set[Place] = set()
    stack: list[Place] = [(game.start, 0 if game.positions[game.start].repeats else -1)]
    while stack:
        place = stack.pop()
        if place not in found:
            found.add(place)
            stack.extend(_following(game, place, days))
    return frozenset(found)


def _following(game: StageGame, place: Place, days: int) -> list[Place]:
    index, day = place
    position = game.positions[index]
    if position.night is None:
        return [(branch.target, day) for branch in position.branches]
    night = position.night
    if day + 1 == days and position.repeats:
        targets, day = (night.tomorrow_at_deadline, night.breakdown_at_deadline), -1
    else:
        targets, day = (night.tomorrow, night.breakdown), day + 1 if position.repeats else -1
    return [(target, day) for target in targets if target is not None]


def first_days(game: StageGame) -> tuple[int, ...]:
    """The earliest day on which play can stand at each position.

    For a position after a deadline: the shortest deadline behind which play can stand there.
    """
    first = [-1] * len(game.positions)
    queue = deque([(game.start, 0)])
    while queue:
        index, day = queue.popleft()
        if first[index] >= 0:
            continue
        first[index] = day
        for target, passing in _onward(game, index):
            if passing:
                queue.append((target, day + 1))
            else:
                queue.appendleft((target, day))
    return tuple(first)


def _onward(game: StageGame, index: int) -> Iterator[tuple[int, bool]]:
    """The positions that may follow, and whether a day before the deadline passes."""
    position = game.positions[index]
    for branch in position.branches:
        yield branch.target, False
    night = position.night
    if position.kind is Kind.NIGHT and night is not None:
        targets = (
            night.tomorrow,
            night.breakdown,
            night.tomorrow_at_deadline,
            night.breakdown_at_deadline,
        )
        for target in targets:
            if target is not None:
                yield target, position.repeats
