"""Best replies to a stationary profile: what the best plan of deviations gains a player."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.certificate.deviations import largest_gain
from gametheory_crisis.certificate.evaluation import as_float, undefined
from gametheory_crisis.certificate.markov_days import Days, Onward, Vector, mean
from gametheory_crisis.certificate.markov_systems import solve
from gametheory_crisis.certificate.moves import Offers, with_offer
from gametheory_crisis.language.graph import Chance, Decision, Offer, Simultaneous, Terminal
from gametheory_crisis.results import Number

MAX_ROUNDS = 200
"""The most times that a deviator's plan is improved."""
SETTLED = 1e-14
"""An improvement of a float by less, as a share, is rounding."""
NEGLIGIBLE = 1e-9
"""So is an improvement by less than this share of the gain."""

Plans: TypeAlias = tuple[Onward, ...]
"""Per player what follows until the day is over if that player alone deviates, as best it can."""


def worths(days: Days, plans: Mapping[int, Sequence[Onward]]) -> dict[int, Vector]:
    """What each fresh place is worth to each player, who follows its own plan every day."""
    columns = [
        solve(
            {place: days.weights(plan[i], i) for place, plan in plans.items()},
            {place: plan[i].pays[i] for place, plan in plans.items()},
        )
        for i in range(len(days.players))
    ]
    return {place: tuple(column[place] for column in columns) for place in plans}


def largest_regret(days: Days, values: Mapping[int, Vector]) -> Number:
    """The most that any player gains by deviating at any position, once or ever again.

    If no player gains by deviating on a single day, none gains at all, for what lies far ahead
    counts little (Blackwell 1965). Otherwise the deviators' plans are improved one after the other
    (Howard 1960), each plan worth more than the last, until a day's deviation adds nothing. A
    deviator looks for its offers as in games that end, so with continuous offers the gain is the
    largest that was found.

    Parameters
    ----------
    values : what each fresh place is worth under the profile
    """
    tomorrow = values
    for _ in range(MAX_ROUNDS):
        replies = _Replies(days, values, tomorrow)
        plans = replies.plans()
        gain = replies.gain
        if not math.isfinite(as_float(gain)) or not _improve(days, plans, tomorrow, gain):
            break
        tomorrow = worths(days, plans)
    return gain


def _improve(
    days: Days, plans: Mapping[int, Plans], tomorrow: Mapping[int, Vector], gain: Number
) -> bool:
    """Whether plans are worth more than what follows tomorrow's, rounding apart."""
    for place, plan in plans.items():
        for i, known in enumerate(tomorrow[place]):
            more = days.worth(plan[i], i, tomorrow) - known
            rounding = SETTLED * max(1.0, abs(as_float(known))) + NEGLIGIBLE * as_float(gain)
            if more > (0 if isinstance(more, Fraction) else rounding):
                return True
    return False


class _Replies:
    """Best replies within a day.

    Parameters
    ----------
    values : what each fresh place is worth under the profile
    tomorrow : what each is worth to a deviator

    Attributes
    ----------
    gain : after `plans`, the most that any player gains at any position; ``nan`` where a payoff is
        undefined
    """

    def __init__(
        self, days: Days, values: Mapping[int, Vector], tomorrow: Mapping[int, Vector]
    ) -> None:
        self._days = days
        self._moves = days.moves
        self._values = values
        self._tomorrow = tomorrow
        self._settled: dict[int, Plans] = {}
        self._below: dict[tuple[int, Offers], Plans] = {}
        self.gain: Number = days.zero

    def plans(self) -> dict[int, Plans]:
        """The best plan of each player at each fresh place."""
        for index in self._days.openings():
            self._plans(index, ())
            self._below.clear()
            self._days.forget_offers()
        return {index: self._settled[index] for index in sorted(self._moves.unrolled.fresh)}

    def _plans(self, index: int, offers: Offers) -> Plans:
        known = self._below.get((index, offers)) if offers else self._settled.get(index)
        if known is not None:
            return known
        plans = self._find(index, offers)
        profile = self._days.onward(index, offers)
        for i, plan in enumerate(plans):
            best, kept = self._worth(plan, i), self._days.worth(profile, i, self._values)
            # Two equal infinities are no gain, though their difference is undefined.
            gain = self._days.zero if best == kept else best - kept
            if gain > self.gain or undefined(gain):
                self.gain = gain
        if offers:
            self._below[index, offers] = plans
        else:
            self._settled[index] = plans
        return plans

    def _find(self, index: int, offers: Offers) -> Plans:
        node = self._moves.node(index)
        match node:
            case Terminal():
                return (self._days.end(index, node, offers),) * len(self._days.players)
            case Decision():
                return self._decision(index, node, offers)
            case Simultaneous():
                return self._simultaneous(index, node, offers)
            case Chance():
                chances = self._moves.chances(index, node, offers)
                ahead = [self._along(index, edge, offers) for edge in chances]
                return _mixed(list(chances.values()), ahead)
            case Offer():
                return self._offer(index, node, offers)
            case None:
                return self._along(index, 0, offers)

    def _along(self, index: int, edge: int, offers: Offers) -> Plans:
        days = self._days
        position = days.today(index, edge, offers)
        if position is None:
            return (days.take(index, edge, offers, None),) * len(days.players)
        return tuple(days.take(index, edge, offers, plan) for plan in self._plans(*position))

    def _decision(self, index: int, node: Decision, offers: Offers) -> Plans:
        weights = self._moves.mixture(index, node, offers)
        ahead = [self._along(index, edge, offers) for edge in weights]
        i = self._days.players.index(node.player)
        plans = _mixed(list(weights.values()), ahead)
        return self._deviating(plans, i, [option[i] for option in ahead])

    def _simultaneous(self, index: int, node: Simultaneous, offers: Offers) -> Plans:
        weights = self._moves.mixture(index, node, offers)
        ahead = [self._along(index, edge, offers) for edge in weights]
        plans = _mixed(list(weights.values()), ahead)
        for position, player in enumerate(node.actions):
            i = self._days.players.index(player)
            others = self._moves.mixture(index, node, offers, idle=player)
            options = []
            for action in node.actions[player]:
                edges = [e for e, result in enumerate(node.results) if result[position] == action]
                options.append(mean([others[e] for e in edges], [ahead[e][i] for e in edges]))
            plans = self._deviating(plans, i, options)
        return plans

    def _offer(self, index: int, node: Offer, offers: Offers) -> Plans:
        moves, i = self._moves, self._days.players.index(node.player)

        def ahead(number: Number) -> Plans:
            return self._along(index, 0, with_offer(offers, node.variable, number))

        made = moves.offers_made(index, node, offers)
        offered = [ahead(number) for number, _ in made]
        plans = _mixed([weight for _, weight in made], offered)
        grid = moves.grid(index, node, offers)
        if grid is not None:
            return self._deviating(plans, i, [ahead(number)[i] for number in grid])
        options = [option[i] for option in offered]

        def worth(number: float) -> float:
            options.append(ahead(number)[i])
            return as_float(self._worth(options[-1], i))

        low, high = moves.offer_range(index, node, offers)
        largest_gain(worth, as_float(low), as_float(high), moves.reply_bounds(index))
        return self._deviating(plans, i, options)

    def _deviating(self, plans: Plans, i: int, options: Sequence[Onward]) -> Plans:
        """``plans`` with that of player ``i`` replaced by its best option."""
        values = [self._worth(option, i) for option in options]
        best = next((value for value in values if undefined(value)), max(values))
        position = next(k for k, value in enumerate(values) if value is best)
        return (*plans[:i], options[position], *plans[i + 1 :])

    def _worth(self, plan: Onward, i: int) -> Number:
        return self._days.worth(plan, i, self._tomorrow)


def _mixed(weights: Sequence[Number], options: Sequence[Plans]) -> Plans:
    return tuple(mean(weights, column) for column in zip(*options, strict=True))
