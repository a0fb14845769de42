"""Where play can go on for ever, and whether every player discounts there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.reach import live_branches
from gametheory_crisis.games.stage import Kind, Night, Position, StageGame
from gametheory_crisis.games.tape import Evaluator


def check_discounting(game: StageGame, reached: Sequence[int], evaluator: Evaluator) -> None:
    """Refuse play that can go on for ever where a player does not discount.

    Raises
    ------
    ParameterError
        Naming the player and a node.
    """
    patient = [
        player
        for player, slot in zip(game.players, game.discount, strict=True)
        if evaluator.value(slot) == 1
    ]
    if not patient:
        return

    def ways(position: Position) -> list[int]:
        if position.night is None:
            return [branch.target for branch in live_branches(game, position, evaluator)]
        hazard = 0 if position.night.hazard is None else evaluator.value(position.night.hazard)
        return ways_by_night(position.night, broken=hazard != 0, calm=hazard != 1)

    endless = endless_position(game, reached, ways)
    if endless is not None:
        raise ParameterError(
            f"the discount factor of {patient[0]} is 1 and play can go on for ever (at "
            f"'{game.positions[endless].node}'); let the factor be below 1, or the hazard of a "
            "breakdown that ends play above 0 there"
        )


def ways_by_night(night: Night, *, broken: bool, calm: bool) -> list[int]:
    """Where a night leads; ``broken``, ``calm`` : whether it can break down, and not."""
    ways = [night.tomorrow] if calm else []
    if broken and night.breakdown is not None:
        ways.append(night.breakdown)
    return ways


def endless_position(
    game: StageGame, reached: Sequence[int], ways: Callable[[Position], Sequence[int]]
) -> int | None:
    """A position from which the players together can keep play going for ever, if there is one.

    What a lottery, or a night that may break down, must leave sooner or later does not go on for
    ever.

    Parameters
    ----------
    ways : the positions to which a position can lead
    """
    before: dict[int, list[int]] = {}
    left: dict[int, int] = {}
    for index in reached:
        targets = ways(game.positions[index])
        left[index] = len(targets)
        for target in targets:
            before.setdefault(target, []).append(index)
    leaving = [index for index, number in left.items() if number == 0]
    gone = set(leaving)
    while leaving:
        for index in before.get(leaving.pop(), ()):
            left[index] -= 1
            by_chance = game.positions[index].kind in (Kind.CHANCE, Kind.NIGHT)
            if index not in gone and (by_chance or left[index] == 0):
                gone.add(index)
                leaving.append(index)
    staying = sorted(left.keys() - gone)
    return next((k for k in staying if game.positions[k].movers), staying[0] if staying else None)
