"""A profile of decisions as the strategies that a result shows: by node, player, state and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.reach import Place
from gametheory_crisis.games.stage import Kind, Phase, Position, StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.results import Choice, Reply
from gametheory_crisis.solvers.offer_replies import named
from gametheory_crisis.solvers.one_day import ways_by_night
from gametheory_crisis.solvers.play import Play, follow
from gametheory_crisis.solvers.recursion import Profile
from gametheory_crisis.solvers.stage_equilibria import Mix
from gametheory_crisis.solvers.stochastic.components import first_days, ways_on
from gametheory_crisis.solvers.stochastic.first_passage import ever_reached

_MOVE = {Kind.DECISION: "decision", Kind.SIMULTANEOUS: "simultaneous move"}

Key: TypeAlias = tuple[str, int, int, tuple[int, ...], bool]
"""Node, axis of the mover, day, state, and whether the clock has expired."""


def strategies(
    game: StageGame,
    values: Mapping[str, Number],
    profile: Profile,
    days: int,
    first: int | None = None,
) -> dict[str, tuple[Choice, ...]]:
    """The choices of a profile at every place and day at which play could stand.

    Parameters
    ----------
    days : days before the deadline, 0 without one
    first : show the first so many days only, where they are fewer
    """
    play = follow(game, Evaluator(game.tape, values), profile, days, first)
    groups: dict[Key, list[Place]] = {}
    for index, today in play.mass:
        position = game.positions[index]
        day = today if today >= 0 else int(play.evaluator.value(position.day))
        for axis in range(len(position.movers)):
            expired = position.phase is Phase.EXPIRED
            key = (position.node, axis, day, position.state, expired)
            groups.setdefault(key, []).append((index, today))
    chances = [as_float(sum(play.mass[place] for place in places)) for places in groups.values()]
    return _by_node(play, groups, chances)


def stationary_strategies(
    game: StageGame, values: Mapping[str, Number], profile: Profile
) -> dict[str, tuple[Choice, ...]]:
    """The choices of a stationary profile, one per node, player and state at which play could
    stand.

    ``day`` is the first day on which play could stand there, whatever is chosen; ``reached`` the
    probability that it ever does under the profile.

    Parameters
    ----------
    game : a game without end
    profile : ``decisions[index, -1]`` for every position of choice that answers no continuous offer
    """
    play = Play(game, Evaluator(game.tape, values), profile)
    same_day, by_night = ways_on(game, play.evaluator)
    first = first_days(game.start, same_day, by_night)
    steps = {index: _steps(play, index) for index in sorted(first, reverse=True)}
    nodes: dict[tuple[str, tuple[int, ...]], list[int]] = {}
    for index in steps:
        position = game.positions[index]
        if position.movers:
            nodes.setdefault((position.node, position.state), []).append(index)
    movers = [index for indices in nodes.values() for index in indices]
    sought = [*nodes.values(), *([index] for index in movers)]
    chances = ever_reached(steps, game.start, sought)
    play.mass = {(k, -1): chance for k, chance in zip(movers, chances[len(nodes) :], strict=True)}
    groups: dict[Key, list[Place]] = {}
    reached: list[float] = []
    for ((node, state), indices), chance in zip(nodes.items(), chances, strict=False):
        day = min(first[index] for index in indices)
        for axis in range(len(game.positions[indices[0]].movers)):
            groups[node, axis, day, state, False] = [(index, -1) for index in indices]
            reached.append(chance)
    return _by_node(play, groups, reached)


def _steps(play: Play, index: int) -> list[tuple[int, float]]:
    """Where play goes from a position on, with probabilities."""
    position = play.game.positions[index]
    if position.night is not None:
        ways = ways_by_night(position.night, play.evaluator)
        return [(target, as_float(weight)) for weight, target in ways]
    shares = play.shares(index, -1)
    play.rule(index, -1, shares)
    targets = [branch.target for branch in position.branches]
    return [(t, as_float(share)) for t, share in zip(targets, shares, strict=True) if share != 0]


def _by_node(
    play: Play, groups: Mapping[Key, list[Place]], chances: Sequence[float]
) -> dict[str, tuple[Choice, ...]]:
    """The choices of each node, by day, state and mover; ``chances`` of play getting there."""
    result: dict[str, list[Choice]] = {}
    reached = dict(zip(groups, chances, strict=True))
    for key in sorted(groups, key=lambda k: (k[2], k[3], k[4], k[1])):
        choice = _choice(play, key[1], key[2], groups[key], reached[key])
        result.setdefault(key[0], []).append(choice)
    return {node: tuple(choices) for node, choices in result.items()}


def _choice(play: Play, axis: int, day: int, places: list[Place], reached: float) -> Choice:
    """One entry; several places where the choice answers one of several numbers from a grid."""
    shown = max(places, key=lambda place: (play.mass[place], place in play.ruled))
    index, today = shown
    position = play.game.positions[index]
    names = _names(position, axis)
    mix = play.mix(index, today)
    taken = 0 if mix is not None else _action(position, play.chosen(index, today), axis)
    offer: Number | None = None
    offers: tuple[tuple[Number, float], ...] = ()
    plan = play.profile.decisions[shown].plan if position.kind is Kind.OFFER else None
    if plan is not None:
        offer = plan.offer
    elif position.branches[0].offer is not None:
        numbers = _numbers(play, position)
        if mix is None:
            offer = numbers[taken]
        else:
            made = zip(numbers, mix[axis], strict=True)
            offers = tuple((number, as_float(share)) for number, share in made if share != 0)
    return Choice(
        player=play.game.players[position.movers[axis]],
        day=day,
        state=dict(zip(play.game.state, position.state, strict=True)),
        play={} if offers or offer is not None else _play(names, taken, mix, axis),
        exact_play=_exact_play(names, mix, axis),
        reached=reached,
        offer=offer,
        replies=_replies(play, axis, places, names),
        optimal=() if plan is None else plan.optimal,
        expired=position.phase is Phase.EXPIRED,
        offers=offers,
    )


def _numbers(play: Play, position: Position) -> list[Number]:
    """The numbers of a grid of offers."""
    slots = [branch.offer for branch in position.branches]
    return [play.evaluator.value(slot) for slot in slots if slot is not None]


def _play(names: tuple[str, ...], taken: int, mix: Mix | None, axis: int) -> dict[str, float]:
    if mix is None:
        return {name: float(k == taken) for k, name in enumerate(names)}
    return {name: as_float(share) for name, share in zip(names, mix[axis], strict=True)}


def _exact_play(names: tuple[str, ...], mix: Mix | None, axis: int) -> dict[str, Fraction] | None:
    if mix is None:
        return None
    shares = [share for share in mix[axis] if isinstance(share, Fraction)]
    return dict(zip(names, shares, strict=True)) if len(shares) == len(names) else None


def _replies(
    play: Play, axis: int, places: list[Place], names: tuple[str, ...]
) -> tuple[Reply, ...]:
    index, today = places[0]
    position = play.game.positions[index]
    plan = play.plan(index, today)
    if plan is not None:
        rule = [(a, b, _action(position, branch, axis)) for a, b, branch in plan.replies[index]]
        return named(rule, names)
    if not position.offers:
        return ()
    if any(play.mix(*place) is not None for place in places):
        raise UnsupportedGame(
            f"the {_MOVE[position.kind]} at '{position.node}' mixes in reply to an offer of the "
            "same day; let a day pass between them"
        )
    replies = []
    for place in places:
        number = play.evaluator.value(play.game.positions[place[0]].offers[0][1])
        action = names[_action(position, play.chosen(*place), axis)]
        replies.append(Reply(number, number, action))
    return tuple(sorted(replies, key=lambda reply: reply.low))


def _names(position: Position, axis: int) -> tuple[str, ...]:
    if position.kind is Kind.SIMULTANEOUS:
        return position.actions[axis]
    return tuple(branch.label for branch in position.branches)


def _action(position: Position, branch: int, axis: int) -> int:
    """The action of one mover in a branch."""
    if position.kind is not Kind.SIMULTANEOUS:
        return branch
    for size in reversed(position.shape[axis + 1 :]):
        branch //= size
    return branch % position.shape[axis]
