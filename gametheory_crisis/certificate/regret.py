"""Policy evaluation and best responses over an unrolled game.

One pass, from the places at which play ends back to the first, computes at every position what each
player gets under the profile, and what each could get by deviating alone, here and ever after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from gametheory_crisis.certificate.deviations import largest_gain
from gametheory_crisis.certificate.evaluation import as_float, power, undefined
from gametheory_crisis.certificate.moves import Moves, Offers, with_offer
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Graph,
    Offer,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.results import Number

Vector: TypeAlias = tuple[Number, ...]


class Worth(NamedTuple):
    """Per player, in units of the day: the profile's payoff, and that of a best response."""

    profile: Vector
    best: Vector


class Assessment:
    """Worth of every position of a game, and the regret.

    Attributes
    ----------
    regret : after `assess`, the most that any player gains by deviating at any position; ``nan``
        where a payoff is undefined
    """

    def __init__(self, graph: Graph, moves: Moves) -> None:
        self._moves = moves
        self._numbers = moves.numbers
        self._zero = moves.numbers.number(0)
        self._players = tuple(graph.players)
        self._discounts = tuple(
            moves.numbers.value(graph.clock.discount[player], {})
            if player in graph.clock.discount
            else moves.numbers.number(1)
            for player in self._players
        )
        self._factors: dict[int, Vector] = {}
        self._settled: dict[int, Worth] = {}
        self._below: dict[tuple[int, Offers], Worth] = {}
        self.regret = self._zero

    def assess(self) -> Worth:
        """Worth of the start, once every position has been assessed."""
        unrolled = self._moves.unrolled
        for index in range(len(unrolled.places)):
            if index in unrolled.fresh or not self._moves.reads(index):
                self._worth(index, ())
                self._below.clear()
        return self._settled[len(unrolled.places) - 1]

    def _worth(self, index: int, offers: Offers) -> Worth:
        known = self._below.get((index, offers)) if offers else self._settled.get(index)
        if known is not None:
            return known
        worth = self._evaluate(index, offers)
        for profile, best in zip(*worth, strict=True):
            # Two equal infinities are no gain, though their difference is undefined.
            gain = self._zero if best == profile else best - profile
            if gain > self.regret or undefined(gain):
                self.regret = gain
        if offers:
            self._below[index, offers] = worth
        else:
            self._settled[index] = worth
        return worth

    def _evaluate(self, index: int, offers: Offers) -> Worth:
        node = self._moves.node(index)
        match node:
            case Terminal():
                names = self._moves.names(index, offers)
                payoffs = [self._numbers.value(node.payoffs[i], names) for i in self._players]
                return Worth(tuple(payoffs), tuple(payoffs))
            case Decision():
                return self._decision(index, node, offers)
            case Simultaneous():
                return self._simultaneous(index, node, offers)
            case Chance():
                chances = self._moves.chances(index, node, offers)
                worths = [self._along(index, edge, offers) for edge in chances]
                return self._mean(list(chances.values()), worths)
            case Offer():
                return self._offer(index, node, offers)
            case None:
                return self._along(index, 0, offers)

    def _along(self, index: int, edge_index: int, offers: Offers) -> Worth:
        """Worth of taking an edge, in units of the day on which it is taken."""
        moves = self._moves
        edge = moves.unrolled.edges[index][edge_index]
        legs = moves.unrolled.exits[index][edge_index]
        if not edge.pays and len(legs) == 1 and not legs[0].days:
            return self._worth(legs[0].place, moves.carried(legs[0].place, 0, offers))
        names = moves.names(index, offers)
        profile = [
            self._numbers.value(edge.pays[player], names) if player in edge.pays else self._zero
            for player in self._players
        ]
        best = profile.copy()
        for chance, place, days in legs:
            ahead = self._worth(place, moves.carried(place, days, offers))
            for i, factor in enumerate(self._discount(days)):
                if factor:
                    profile[i] += chance * factor * ahead.profile[i]
                    best[i] += chance * factor * ahead.best[i]
        return Worth(tuple(profile), tuple(best))

    def _discount(self, days: int) -> Vector:
        if days not in self._factors:
            count = self._numbers.number(days)
            self._factors[days] = tuple(power(discount, count) for discount in self._discounts)
        return self._factors[days]

    def _decision(self, index: int, node: Decision, offers: Offers) -> Worth:
        weights = self._moves.mixture(index, node, offers)
        ahead = [self._along(index, edge, offers) for edge in weights]
        worth = self._mean(list(weights.values()), ahead)
        i = self._players.index(node.player)
        return _deviating(worth, i, [option.best[i] for option in ahead])

    def _simultaneous(self, index: int, node: Simultaneous, offers: Offers) -> Worth:
        weights = self._moves.mixture(index, node, offers)
        ahead = [self._along(index, edge, offers) for edge in weights]
        worth = self._mean(list(weights.values()), ahead)
        for position, player in enumerate(node.actions):
            i = self._players.index(player)
            others = self._moves.mixture(index, node, offers, idle=player)
            values = dict.fromkeys(node.actions[player], self._zero)
            for edge, actions in enumerate(node.results):
                if others[edge]:
                    values[actions[position]] += others[edge] * ahead[edge].best[i]
            worth = _deviating(worth, i, values.values())
        return worth

    def _offer(self, index: int, node: Offer, offers: Offers) -> Worth:
        moves, i = self._moves, self._players.index(node.player)

        def ahead(number: Number) -> Worth:
            return self._along(index, 0, with_offer(offers, node.variable, number))

        offered = moves.offers_made(index, node, offers)
        weights, worths = [w for _, w in offered], [ahead(number) for number, _ in offered]
        made = self._mean(weights, worths)
        grid = moves.grid(index, node, offers)
        if grid is not None:
            return _deviating(made, i, [ahead(number).best[i] for number in grid])
        low, high = moves.offer_range(index, node, offers)
        gain = largest_gain(
            lambda x: as_float(ahead(x).best[i]),
            as_float(low),
            as_float(high),
            moves.reply_bounds(index),
        )
        return _deviating(made, i, [*(worth.best[i] for worth in worths), gain])

    def _mean(self, weights: Sequence[Number], worths: Sequence[Worth]) -> Worth:
        """The mean worth; what has no weight does not count, however undefined."""
        profile = [self._zero] * len(self._players)
        best = profile.copy()
        for weight, worth in zip(weights, worths, strict=True):
            if weight == 1:
                return worth
            if weight:
                profile = [a + weight * b for a, b in zip(profile, worth.profile, strict=True)]
                best = [a + weight * b for a, b in zip(best, worth.best, strict=True)]
        return Worth(tuple(profile), tuple(best))


def _deviating(worth: Worth, i: int, values: Iterable[Number]) -> Worth:
    """``worth`` with the best response of player ``i`` replaced by the largest of ``values``."""
    values = list(values)
    best = next((value for value in values if undefined(value)), max(values))
    return Worth(worth.profile, (*worth.best[:i], best, *worth.best[i + 1 :]))
