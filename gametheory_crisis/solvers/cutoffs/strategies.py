"""An equilibrium in cutoff strategies as what a result shows: choices by node, types."""

from __future__ import annotations

from gametheory_crisis.games.arithmetic import as_float
from gametheory_crisis.games.extensive import InformationSet
from gametheory_crisis.games.shocks import ShockGame
from gametheory_crisis.results import Choice, TypeValue
from gametheory_crisis.solvers.cutoffs.play import Played, SetPlay, type_numbers


def choices(game: ShockGame, played: Played) -> dict[str, tuple[Choice, ...]]:
    """What is done at every information set, by node."""
    result: dict[str, list[Choice]] = {}
    for index, place in enumerate(game.tree.information_sets):
        result.setdefault(place.node, []).append(_choice(game, place, played.sets[index]))
    return {node: tuple(entries) for node, entries in result.items()}


def _choice(game: ShockGame, place: InformationSet, own: SetPlay) -> Choice:
    named = dict(zip(place.actions, own.play, strict=True))
    taken = [k for k, share in enumerate(own.play) if share > 0]
    numbers = [(place.numbers[k], own.play[k]) for k in taken] if place.numbers else []
    return Choice(
        player=game.tree.players[place.player],
        day=place.day,
        state=dict(place.state),
        play={} if numbers else named,
        reached=own.reached,
        offer=numbers[0][0] if numbers else None,
        offers=tuple(numbers) if len(numbers) > 1 else (),
        expired=place.expired,
        type=place.type,
        seen=place.seen,
        scores=dict(zip(place.actions, own.scores, strict=True)) if own.scores else {},
        cutoff={} if own.cutoff is None else dict([own.cutoff]),
        ties=dict(zip(place.actions, own.ties, strict=True)) if own.ties else {},
    )


def type_values(game: ShockGame, played: Played) -> tuple[TypeValue, ...]:
    """What types of players with one shock get, at a few quantiles."""
    found = []
    for player, results in sorted(played.types.items()):
        shock = next(s for s in game.shocks if s.player == player)
        numbers = type_numbers(game, player)
        for number, payoff, shares in zip(numbers, results.payoffs, results.outcomes, strict=True):
            found.append(
                TypeValue(
                    player=game.tree.players[player],
                    type="",
                    numbers={shock.name: as_float(number)},
                    payoff=float(payoff),
                    outcomes=dict(zip(game.tree.outcomes, map(float, shares), strict=True)),
                )
            )
    return tuple(found)
