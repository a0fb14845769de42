"""Where play can stand: which positions of a stage game are reached, and on which days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from gametheory_crisis.games.stage import Branch, Position, StageGame
from gametheory_crisis.games.tape import Evaluator

MAX_LISTED = 64
"""Days that are looked at one by one; all later ones count as alike."""

Place: TypeAlias = tuple[int, int]
"""Index of a position and day; day -1 where the position has a day of its own."""


def standing(game: StageGame, days: int, evaluator: Evaluator) -> frozenset[Place]:
    """All places at which play can stand at a point, whatever is chosen.

    An event of probability 0 never happens, so what only it leads to is not among them.

    Parameters
    ----------
    days : days before the deadline, 0 without one
    evaluator : of the game's tape at the point; its day is changed
    """
    found: set[Place] = set()
    first = 0 if game.positions[game.start].repeats else -1
    waiting: dict[int, list[int]] = {first: [game.start]}
    for day in (*range(days), -1):
        if day >= 0:
            evaluator.set_day(day)
        stack = waiting.pop(day, [])
        while stack:
            index = stack.pop()
            if (index, day) in found:
                continue
            found.add((index, day))
            position = game.positions[index]
            stack.extend(branch.target for branch in live_branches(game, position, evaluator))
            for target, when in _by_night(position, day, days, evaluator):
                (stack if when == day else waiting.setdefault(when, [])).append(target)
    return frozenset(found)


def live_branches(game: StageGame, position: Position, evaluator: Evaluator) -> list[Branch]:
    """The branches that play can take; what depends on an offer always counts."""
    return [
        branch
        for branch in position.branches
        if branch.probability is None or position.reads or evaluator.value(branch.probability) != 0
    ]


def _by_night(
    position: Position, day: int, days: int, evaluator: Evaluator
) -> list[tuple[int, int]]:
    """Where a night leads, and on which day."""
    night = position.night
    if night is None:
        return []
    last = position.repeats and day + 1 == days
    tomorrow = night.tomorrow_at_deadline if last else night.tomorrow
    breakdown = night.breakdown_at_deadline if last else night.breakdown
    hazard = 0 if night.hazard is None else evaluator.value(night.hazard)
    targets = ([] if hazard == 1 else [tomorrow]) + ([] if hazard == 0 else [breakdown])
    when = day + 1 if position.repeats and not last else -1
    return [(target, when) for target in targets if target is not None]


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
