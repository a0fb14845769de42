"""An assessment as what a result shows: choices and beliefs, by node."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.extensive import (
    Assessment,
    ExtensiveGame,
    Family,
    InformationSet,
)
from gametheory_crisis.results import Belief, Choice
from gametheory_crisis.solvers.extensive_form.values import reach


def choices(game: ExtensiveGame, family: Family) -> dict[str, tuple[Choice, ...]]:
    """What is done at every information set, by node."""
    shares = reach(game, family.assessment.behaviour)
    result: dict[str, list[Choice]] = {}
    for index, place in enumerate(game.information_sets):
        reached = sum(shares[history] for history in place.histories)
        result.setdefault(place.node, []).append(_choice(game, family, index, as_float(reached)))
    return {node: tuple(entries) for node, entries in result.items()}


def _choice(game: ExtensiveGame, family: Family, index: int, reached: float) -> Choice:
    place = game.information_sets[index]
    shares = family.assessment.behaviour[index]
    taken = [k for k, share in enumerate(shares) if share != 0]
    numbers = [(place.numbers[k], as_float(shares[k])) for k in taken] if place.numbers else []
    mixed = len(taken) > 1
    return Choice(
        player=game.players[place.player],
        day=place.day,
        state=dict(place.state),
        play={} if numbers else _named(place, [as_float(share) for share in shares]),
        exact_play=_exact(place, shares) if mixed else None,
        reached=reached,
        offer=numbers[0][0] if numbers else None,
        offers=tuple(numbers) if numbers and mixed else (),
        expired=place.expired,
        type=place.type,
        seen=place.seen,
        ranges={
            place.actions[action]: (as_float(low), as_float(high))
            for (where, action), (low, high) in family.ranges.items()
            if where == index
        },
    )


def _named(place: InformationSet, shares: Sequence[float]) -> dict[str, float]:
    return dict(zip(place.actions, shares, strict=True))


def _exact(place: InformationSet, shares: Sequence[Number]) -> dict[str, Fraction] | None:
    rational = [share for share in shares if isinstance(share, Fraction)]
    if len(rational) < len(shares):
        return None
    return dict(zip(place.actions, rational, strict=True))


def beliefs(game: ExtensiveGame, assessment: Assessment) -> dict[str, tuple[Belief, ...]]:
    """What is believed at every information set of more than one history, by node."""
    if assessment.beliefs is None:
        return {}
    shares = reach(game, assessment.behaviour)
    result: dict[str, list[Belief]] = {}
    for index, place in enumerate(game.information_sets):
        if len(place.histories) == 1:
            continue
        belief = Belief(
            player=game.players[place.player],
            day=place.day,
            state=dict(place.state),
            belief=tuple(
                (game.histories.words(history), share)
                for history, share in zip(place.histories, assessment.beliefs[index], strict=True)
            ),
            reached=as_float(sum(shares[history] for history in place.histories)),
            type=place.type,
            seen=place.seen,
            supporting=assessment.supporting.get(index, ()),
        )
        result.setdefault(place.node, []).append(belief)
    return {node: tuple(entries) for node, entries in result.items()}
