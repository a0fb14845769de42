"""Where play can stand: which positions of a stage game are reached, and on which days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from gametheory_crisis.games.stage import StageGame

MAX_LISTED = 64
"""Days that are looked at one by one; all later ones count as alike."""

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


@dataclass(frozen=True, slots=True)
class Days:
    """A set of days: those listed, and all from ``onwards`` on (None: no others)."""

    listed: tuple[int, ...]
    onwards: int | None


def days_of_play(game: StageGame) -> tuple[Days, ...]:
    """The days on which play can stand at each position of a game with a deadline.

    For a position behind the deadline: the deadlines behind which play can stand there.  Where play
    alternates for ever, a position that comes up again and again counts as reached every day.
    """
    running, recurring = _running(game)
    late = [_closure(game, _deadline_targets(game, today)) for today in running]
    last = _closure(game, _deadline_targets(game, recurring))
    return tuple(
        _days(index, running, recurring, 0) if position.repeats else _days(index, late, last, 1)
        for index, position in enumerate(game.positions)
    )


def _days(index: int, sets: list[frozenset[int]], recurring: frozenset[int], first: int) -> Days:
    onwards = first + len(sets) if index in recurring else None
    listed = [first + k for k, positions in enumerate(sets) if index in positions]
    while onwards is not None and listed and listed[-1] == onwards - 1:
        onwards = listed.pop()
    return Days(tuple(listed), onwards)


def _running(game: StageGame) -> tuple[list[frozenset[int]], frozenset[int]]:
    """Positions by day until the sets begin to recur, and all that stand on the days that do."""
    history = [_closure(game, {game.start})]
    while True:
        following = _closure(game, _tomorrow(game, history[-1]))
        if following in history or len(history) == MAX_LISTED:
            start = history.index(following) if following in history else 0
            return history[:start], frozenset().union(*history[start:], following)
        history.append(following)


def _closure(game: StageGame, roots: Iterable[int]) -> frozenset[int]:
    """Positions of the same phase that play can reach: on the same day, or after the deadline."""
    found: set[int] = set()
    stack = list(roots)
    while stack:
        index = stack.pop()
        if index not in found:
            found.add(index)
            position = game.positions[index]
            stack.extend(branch.target for branch in position.branches)
            if position.night is not None and not position.repeats:
                stack.append(position.night.tomorrow)
    return frozenset(found)


def _tomorrow(game: StageGame, today: Iterable[int]) -> set[int]:
    nights = [night for k in today if (night := game.positions[k].night) is not None]
    targets = [target for night in nights for target in (night.tomorrow, night.breakdown)]
    return {target for target in targets if target is not None}


def _deadline_targets(game: StageGame, today: Iterable[int]) -> set[int]:
    nights = [night for k in today if (night := game.positions[k].night) is not None]
    targets = [
        target
        for night in nights
        for target in (night.tomorrow_at_deadline, night.breakdown_at_deadline)
    ]
    return {target for target in targets if target is not None}
