"""What plays of daily offers are worth, evaluated from the last day back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gametheory_crisis.certificate.arrays import Floats, Values
from gametheory_crisis.certificate.screening_follower import Plays
from gametheory_crisis.certificate.screening_paths import Player, Step
from gametheory_crisis.certificate.screening_tables import Integers


class Worths(NamedTuple):
    """What plays are worth to the proposer, and to the types that are followed.

    To the proposer it is the sum over all types up to the state; to a type what it gets if it takes
    the best of all offers to come or lets the clock end them.

    Attributes
    ----------
    proposer, types : per day and at expiry, in payoff units of that day, one number per play
    onward_proposer, onward_types : the same of the night before, when the clock may break down
    """

    proposer: list[Floats]
    types: list[Floats]
    onward_proposer: list[Floats]
    onward_types: list[Floats]


def worths(player: Player, plays: Plays) -> Worths:
    """Evaluate plays."""
    game, days = player.game, player.game.num_days
    last = plays.mornings[-1]
    at = np.full(len(last.states), days)
    expected = game.expiry.expected(at, last.states, last.right, [game.proposer])
    proposer = np.broadcast_to(expected.payoffs[game.proposer], at.shape)
    types = game.expiry.informed(at, expected, game.positions.numbers(last.types))
    gained, taken, paid = _flows(player, plays)
    struck = _struck(player, plays)
    found = Worths([proposer], [types], [], [])
    for day in reversed(range(days)):
        hazard = game.hazards[day]
        onward_proposer, onward_types = (1 - hazard) * proposer, (1 - hazard) * types
        if day in struck:
            onward_proposer = onward_proposer + hazard * struck[day][0]
            onward_types = onward_types + hazard * struck[day][1]
        found.onward_proposer.append(onward_proposer)
        found.onward_types.append(onward_types)
        step, by_lot = plays.steps[day], plays.lots[day]
        after = _back(step, by_lot, onward_proposer)
        proposer = gained[day] + game.discount[game.proposer] * after
        after = _back(step, by_lot, onward_types)
        types = np.maximum(taken[day], paid[day] + game.discount[game.informed] * after)
        found.proposer.append(proposer)
        found.types.append(types)
    return Worths(*(each[::-1] for each in found))


def _back(step: Step, by_lot: Integers, onward: Floats) -> Floats:
    """From the plays of the next morning to those that lead to them."""
    number = len(step.after)
    if not len(by_lot):
        return onward[:number]
    found, odds = onward[:number].copy(), step.odds[by_lot]
    second = onward[number : number + len(by_lot)]
    found[by_lot] = (1 - odds) * found[by_lot] + odds * second
    return found


def _flows(player: Player, plays: Plays) -> Iterator[list[Floats]]:
    """Per day what a play's deals and payments give the proposer, and deals and payments a type."""
    game, mornings = player.game, plays.mornings[:-1]
    rows = [len(morning.states) for morning in mornings]
    days = np.repeat(np.arange(len(rows)), rows)
    states = np.concatenate([morning.states for morning in mornings])
    offers = np.concatenate([step.offers for step in plays.steps])
    after = np.concatenate([step.after for step in plays.steps])
    own = game.positions.numbers(np.concatenate([morning.types for morning in mornings]))
    gained = game.accepted(game.proposer, days, offers, after, states)
    for flow in (
        gained + game.refused(game.proposer, days, offers, after),
        game.accepting(game.informed, days, offers, own),
        game.refusing(game.informed, days, offers, own),
    ):
        yield split(flow, rows)


def split(flow: Values, rows: list[int]) -> list[Floats]:
    """A row of numbers, or one for all, in parts of given sizes."""
    ends = np.cumsum(rows).tolist()
    whole = np.broadcast_to(flow, (ends[-1],))
    return [whole[end - number : end] for end, number in zip(ends, rows, strict=True)]


def _struck(player: Player, plays: Plays) -> dict[int, tuple[Floats, Floats]]:
    """Per day with a hazard, what a breakdown in the night after it is worth to both."""
    game = player.game
    nights = np.flatnonzero(game.hazards).tolist()
    if game.breakdown is None or not nights:
        return {}
    mornings = [plays.mornings[day + 1] for day in nights]
    rows = [len(morning.states) for morning in mornings]
    days = np.repeat(np.array(nights) + 1, rows)
    states, right, types = (np.concatenate(each) for each in list(zip(*mornings, strict=True))[:3])
    expected = game.breakdown.expected(days, states, right, [game.proposer])
    both = (
        split(expected.payoffs[game.proposer], rows),
        split(game.breakdown.informed(days, expected, game.positions.numbers(types)), rows),
    )
    return dict(zip(nights, zip(*both, strict=True), strict=True))
