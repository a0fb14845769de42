"""Where play can go on for ever, and whether every player discounts there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.reach import live_branches
from gametheory_crisis.games.stage import Branch, Kind, Night, Position, StageGame
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
    endless = endless_position(
        game,
        reached,
        lambda position: live_branches(game, position, evaluator),
        lambda night: night.hazard is None or evaluator.value(night.hazard) == 0,
    )
    if endless is not None:
        raise ParameterError(
            f"the discount factor of {patient[0]} is 1 and nothing breaks down where play can go "
            f"on for ever (at '{game.positions[endless].node}'); let the factor be below 1, or the "
            "hazard above 0"
        )


def endless_position(
    game: StageGame,
    reached: Sequence[int],
    live: Callable[[Position], Sequence[Branch]],
    calm: Callable[[Night], bool],
) -> int | None:
    """A position from which the players together can keep play going for ever, if there is one.

    What a lottery must leave sooner or later does not go on for ever.

    Parameters
    ----------
    live : the branches of a position that can be taken
    calm : whether a night has no hazard
    """
    ways: dict[int, list[int]] = {}
    before: dict[int, list[int]] = {}
    for index in reached:
        position = game.positions[index]
        if position.night is None:
            ways[index] = [branch.target for branch in live(position)]
        else:
            ways[index] = [position.night.tomorrow] if calm(position.night) else []
        for target in ways[index]:
            before.setdefault(target, []).append(index)
    left = {index: len(targets) for index, targets in ways.items()}
    leaving = [index for index, number in left.items() if number == 0]
    gone = set(leaving)
    while leaving:
        for index in before.get(leaving.pop(), ()):
            left[index] -= 1
            by_chance = game.positions[index].kind is Kind.CHANCE
            if index not in gone and (by_chance or left[index] == 0):
                gone.add(index)
                leaving.append(index)
    staying = sorted(ways.keys() - gone)
    return next((k for k in staying if game.positions[k].movers), staying[0] if staying else None)
