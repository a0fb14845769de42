"""From the graph of moves to the form of games in which offers screen a player's private numbers.

The graph is expanded as if the private numbers were parameters; what is left to do is to find the
offers and their answers, and to say which feature stands in the way where one does.
"""

from __future__ import annotations

from dataclasses import replace

from gametheory_crisis.compiler.checks import sums_to_one, within
from gametheory_crisis.compiler.freezing import make_tape
from gametheory_crisis.compiler.screening_class import (
    daily_offer,
    screened,
    screening_obstacle,
)
from gametheory_crisis.compiler.stages import StageBuilder
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.screening import (
    ContinuumSlots,
    DailyOffers,
    OfferStage,
    ScreeningGame,
    TypeSlots,
)
from gametheory_crisis.games.stage import Check, Kind, Position, StageGame
from gametheory_crisis.language.graph import Graph, Private


def screening_game(graph: Graph) -> ScreeningGame:
    """The form of a model in which an informed player answers offers.

    Raises
    ------
    UnsupportedGame
        The model has a feature that no engine of this class handles; the message names it.
    """
    obstacle = screening_obstacle(graph)
    if obstacle is not None:
        raise UnsupportedGame(obstacle)
    private = screened(graph)
    builder = StageBuilder(replace(graph, private={}, joint_prior=()))
    continuum, types = _continuum(private, builder), _types(private, builder)
    stage = builder.build()
    # The prior's slots were written before the game was frozen, and are in its tape.
    stage = replace(stage, tape=make_tape(builder.expressions))
    informed = stage.players.index(private.player)
    offers = _offers(stage, informed)
    return ScreeningGame(
        stage=stage,
        informed=informed,
        continuum=continuum,
        types=types,
        offers=offers,
        daily=None if daily_offer(graph) is None else _daily(stage, offers),
    )


def _continuum(private: Private, builder: StageBuilder) -> ContinuumSlots | None:
    for name, draw in private.draws.items():
        handles = builder.expressions.substitute(
            list(draw.arguments), {}, builder.graph.expressions
        )
        return ContinuumSlots(name, draw.distribution, tuple(handles))
    return None


def _types(private: Private, builder: StageBuilder) -> TypeSlots | None:
    if private.prior is None:
        return None
    expressions = builder.expressions

    def here(handles: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(expressions.substitute(list(handles), {}, builder.graph.expressions))

    prior = here(private.prior)
    whose = f"of the types of {private.player}"
    checks = [
        Check(within(expressions, handle, 0, 1), f"the probabilities {whose} are not all in [0, 1]")
        for handle in prior
    ]
    condition, exact = sums_to_one(expressions, prior)
    checks.append(Check(condition, f"the probabilities {whose} do not sum to 1", exact))
    numbers = {name: here(values) for name, values in private.numbers.items()}
    return TypeSlots(private.types, prior, numbers, tuple(checks))


def _offers(stage: StageGame, informed: int) -> tuple[OfferStage, ...]:
    found = []
    for index, position in enumerate(stage.positions):
        if position.kind is Kind.OFFER:
            answer = position.branches[0].target
            if stage.positions[answer].movers != (informed,):
                raise UnsupportedGame(
                    f"the offer at '{position.node}' is not answered at once by "
                    f"{stage.players[informed]}"
                )
            found.append(OfferStage(index, answer, position.movers[0]))
    return tuple(found)


def _daily(stage: StageGame, offers: tuple[OfferStage, ...]) -> DailyOffers:
    (only,) = (offer for offer in offers if offer.offer == stage.start)
    answer = stage.positions[only.answer]
    nights = [k for k, b in enumerate(answer.branches) if _is_night(stage.positions, b.target)]
    if len(answer.branches) != 2 or len(nights) != 1 or answer.branches[nights[0]].offer:
        raise UnsupportedGame(
            f"the answer at '{answer.node}' has to be one of two: a deal, or a day that passes"
        )
    refusal = nights[0]
    return DailyOffers(only, 1 - refusal, refusal, answer.branches[refusal].target)


def _is_night(positions: tuple[Position, ...], target: int) -> bool:
    return positions[target].kind is Kind.NIGHT
