"""What each profile of a game of one simultaneous stage leads to, for many points at once."""

from __future__ import annotations

from gametheory_crisis.compiler.freezing import make_tape
from gametheory_crisis.compiler.induction import Induction
from gametheory_crisis.games.stage import Kind, StageGame
from gametheory_crisis.games.tape import Tape


def stage_slots(game: StageGame) -> tuple[Tape, tuple[int, ...], tuple[int, ...]] | None:
    """The play after each profile as slots of a tape, and the slots of the game's conditions.

    Slots come profile by profile: payoffs of all players, probabilities of all outcomes, expected
    day.  None where the game is not two movers' choice at once and nothing before it.
    """
    stage = game.positions[game.start]
    if stage.kind is not Kind.SIMULTANEOUS or not game.single_stage or len(stage.movers) != 2:
        return None
    writer = Induction(game, last=False)
    writer.certain = False
    slots: list[int] = []
    for branch in stage.branches:
        slots.extend(writer.along(branch, stage).handles())
    conditions = [*game.checks, *(c for position in game.positions for c in position.checks)]
    checks = tuple(writer.lifted[check.condition] for check in conditions)
    return make_tape(writer.graph), tuple(slots), checks
