"""What other offers would lead to, where the informed player answers each by its type.

After an offer, uninformed players may move again, who know which types are left. There are
finitely many things that they can do; each of them makes every type's best answer plain, and with
it who is left. Those that are then best for who does them are equilibria after the offer. Where
there are several, the one that is worst for the offerer counts, as that is enough to hold it to its
claim; where there is none without a lottery, one of the players mixes so that types do as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.certificate.evaluation import as_float, undefined
from gametheory_crisis.certificate.screening_lotteries import Lotteries, Plan
from gametheory_crisis.certificate.screening_plays import Play, Plays, gain, max_defined, reached
from gametheory_crisis.certificate.screening_types import (
    Column,
    Continuum,
    Types,
)
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.language.graph import Decision, Offer
from gametheory_crisis.results import Number

MAX_PLANS = 256
"""The most ways in which uninformed players can go on after an offer."""
NUM_OFFERS = 25
"""Offers spread over the range."""
SPARSE = 4
"""Of the spread of types, one in so many has its reservation offers tried."""
AROUND = (1e-6, 1e-4, 1e-2)
"""Distances of further offers from the claimed one, as shares of the range."""
ZOOMS = 7
"""A change of answers is narrowed down so often, each time by the number of types spread."""
ROUNDING = 1e-9
"""What is not rational may be off by this, as a share of the largest payoff."""


class Answered(NamedTuple):
    """Play after an offer, and the types that it has values for."""

    types: Types
    play: Play


class Alternatives:
    """Other offers at one place.

    Parameters
    ----------
    plays : makes the play
    place, offers : where the offer is made
    types : all types, with the prior; nodes of a quadrature for a continuum
    continuum : the private number, where it is drawn from one
    """

    def __init__(
        self,
        plays: Plays,
        place: int,
        offers: Mapping[str, Number],
        types: Types,
        continuum: Continuum | None,
    ) -> None:
        self._plays, self._offers, self._types = plays, offers, types
        self._numbers = plays.arithmetic.numbers
        self.exact, self.continuum = self._numbers.exact, continuum
        node = plays.node(place)
        assert isinstance(node, Offer)
        self._node, self.types, self.variable = node, types, node.variable
        (leg,) = plays.unrolled.exits[place][0]
        self._pays = plays.unrolled.edges[place][0].pays
        self._place, self._answer = place, leg.place
        names = plays.names(place, offers)
        self.low = self._numbers.value(node.low, names)
        self.high = self._numbers.value(node.high, names)
        self.plans = list(self._all_plans())

    def _all_plans(self) -> Iterator[Plan]:
        plays, places, stack = self._plays, dict[int, list[int]](), [self._answer]
        seen: set[int] = set()
        while stack:
            place = stack.pop()
            if place in seen:
                continue
            seen.add(place)
            node, exits = plays.node(place), plays.unrolled.exits[place]
            if isinstance(node, Decision) and node.player != plays.informed:
                places[place] = [edge for edge, legs in enumerate(exits) if legs]
            stack += [leg.place for legs in exits for leg in legs]
        if np.prod([len(edges) for edges in places.values()], dtype=float) > MAX_PLANS:
            raise UnsupportedGame(
                f"more than {MAX_PLANS} ways to go on after the offer at '{self._node.name}'"
            )
        one = self._numbers.number(1)
        for edges in product(*places.values()):
            yield {place: {edge: one} for place, edge in zip(places, edges, strict=True)}

    def best(self, claimed: Number) -> Number:
        """The most that another offer is worth to the offerer."""
        worths = [
            worth
            for offer in self._tried(claimed)
            for generous in ((True, False) if self.continuum is None else (True,))
            if (worth := self._worth(offer, generous)) is not None
        ]
        return max_defined(worths) if worths else -np.inf

    # Which offers

    def _tried(self, claimed: Number) -> list[Number]:
        """Ends of the range, a spread, some around the claimed one, and reservation offers.

        Where payoffs are affine in the offer, no other offers count: between reservation offers
        everybody's answer stays the same, so that the offerer's worth is affine in its offer.
        """
        low, high = self.low, self.high
        found: set[Number] = {low, high}
        for plan in self.plans:
            found.update(self._reservations(plan))
        if not self.exact:
            width = high - low
            found.update(map(float, np.linspace(float(low), float(high), NUM_OFFERS)))
            for share in AROUND:
                found |= {claimed - share * width, claimed + share * width}
        return sorted(offer for offer in found if low <= offer <= high)

    def _reservations(self, plan: Plan) -> list[Number]:
        """The offers that leave types indifferent between two answers."""
        types = self._types
        if self.continuum is not None:
            types = self.continuum.points(self.continuum.grid[::SPARSE])
        low = np.array([self.low] * len(types))
        high = np.array([self.high] * len(types))
        if self.exact:
            return self._exact_reservations(types, plan)
        at_low, at_high = self.leads(low, types, plan), self.leads(high, types, plan)
        inside = at_low * at_high < 0
        if not inside.any():
            return []
        for _ in range(60):
            middle = (low + high) / 2
            # The offer differs by type, and so do the types' numbers: one pass serves all.
            same = self.leads(middle, types, plan) * at_low > 0
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        return [float(offer) for offer in high[inside]]

    def _exact_reservations(self, types: Types, plan: Plan) -> list[Number]:
        at_low = self.leads(self.low, types, plan)
        at_high = self.leads(self.high, types, plan)
        found = []
        for a, b in zip(at_low, at_high, strict=True):
            if (a < 0 < b) or (b < 0 < a):
                found.append(self.low + (self.high - self.low) * (a / (a - b)))
        return found

    def leads(self, offers: Any, types: Types, plan: Plan) -> Column:
        """By how much each type prefers the first answer to the best of the others."""
        made = {**self._offers, self._node.variable: offers}
        play = self._plays.play(self._answer, made, types, self._policy(plan, generous=True))
        rest = play.ways[1].worths[self._plays.informed]
        for way in play.ways[2:]:
            rest = np.maximum(rest, way.worths[self._plays.informed])
        lead: Column = play.ways[0].worths[self._plays.informed] - rest + 0 * types.weights
        return lead

    # What an offer is worth

    def _worth(self, offer: Number, generous: bool) -> Number | None:
        """What an offer is worth to the offerer; None where no equilibrium after it is found."""
        made = {**self._offers, self._node.variable: offer}
        found = []
        for plan in self.plans:
            answered = self.answered(made, plan, generous)
            if len(self.plans) == 1 or self.stands(answered):
                found.append(self.expected(answered, made))
        if not found:
            found = list(Lotteries(self, made, generous).worths())
        if not found:
            return None
        return min(found) if not any(map(undefined, found)) else float("nan")

    def expected(self, answered: Answered, made: Mapping[str, Number]) -> Number:
        """What the offerer expects."""
        arithmetic, player = self._plays.arithmetic, self._node.player
        types, worth = answered.types, answered.play.worths[player]
        if player in self._pays:
            names = self._plays.names(self._place, made)
            worth = worth + arithmetic.value(self._pays[player], names, types)
        return arithmetic.total(types.weights, worth)

    def stands(self, answered: Answered, but: int = -1) -> bool:
        """Whether uninformed players do what is best for them, given who is left.

        The place ``but`` is not looked at.
        """
        arithmetic, informed = self._plays.arithmetic, self._plays.informed
        for place, weights in reached(answered.play, answered.types.weights, informed):
            node = place.node
            if isinstance(node, Decision) and node.player != informed and place.place != but:
                gained = gain(place, node.player, weights, arithmetic)
                scale = 0.0 if self.exact else _scale(place, node.player)
                if not gained <= ROUNDING * scale:
                    return False
        return True

    def lead(self, answered: Answered, place: int, one: int, other: int) -> Number:
        """By how much the mover of a place prefers one edge to another, given who is left."""
        arithmetic, total = self._plays.arithmetic, self._numbers.number(0)
        types, informed = answered.types, self._plays.informed
        for each, weights in reached(answered.play, types.weights, informed):
            if each.place == place and isinstance(each.node, Decision):
                worths = {way.edge: way.worths[each.node.player] for way in each.ways}
                total = total + arithmetic.total(weights, worths[one] - worths[other])
        return total

    def answered(self, made: Mapping[str, Number], plan: Plan, generous: bool) -> Answered:
        """What every type does after an offer if the others follow a plan."""
        policy = self._policy(plan, generous)
        types = self._types
        if self.continuum is not None:
            kinks = switches(self._plays, self._answer, made, policy, self.continuum)
            types = self.continuum.types(kinks)
        return Answered(types, self._plays.play(self._answer, made, types, policy))

    def _policy(self, plan: Plan, generous: bool) -> Any:
        def policy(play: Play) -> list[Any]:
            node = play.node
            assert isinstance(node, Decision)
            if node.player != self._plays.informed:
                return [plan[play.place].get(way.edge, 0) for way in play.ways]
            favoured = self._node.player if play.place == self._answer else ""
            return best_ways(play, self._plays.informed, favoured, generous)

        return policy


def best_ways(play: Play, player: str, favoured: str, generous: bool) -> list[Any]:
    """Per way, 1 for the types to whom it is the best.

    Among several, the one that is best for ``favoured`` (or worst, if not ``generous``), or the
    first.
    """
    worths = [way.worths[player] for way in play.ways]
    others = [way.worths[favoured] for way in play.ways] if favoured else []
    rows = np.array(np.broadcast_arrays(*worths, *others, subok=True))
    own, other = rows[: len(worths)], rows[len(worths) :]
    exact = own.dtype == object
    best = np.max(own, axis=0)
    slack = 0 if exact else 1e-12 * np.maximum(1.0, np.abs(best))
    tied = own >= best - slack
    if favoured:
        other = other if generous else -other
        worst = np.min(other, axis=0) - 1
        chosen = np.argmax(np.where(tied, other, worst), axis=0)
    else:
        chosen = np.argmax(tied, axis=0)
    undefined_here = np.asarray(own != own).any(axis=0)
    if np.any(undefined_here):
        return [np.where(undefined_here, np.nan, chosen == k) for k in range(len(own))]
    return [np.where(chosen == k, 1, 0) for k in range(len(own))]


def switches(
    plays: Plays, place: int, made: Mapping[str, Number], policy: Any, continuum: Continuum
) -> list[float]:
    """Points of the normal scale at which what the informed player does anywhere changes."""

    def changes(numbers: NDArray[np.float64]) -> NDArray[np.intp]:
        types = continuum.points(numbers)
        play = plays.play(place, made, types, policy)
        rows = [
            np.broadcast_to(np.asarray(share, float), numbers.shape)
            for each, _ in reached(play, types.weights)
            if isinstance(each.node, Decision) and each.node.player == plays.informed
            for share in each.shares
        ]
        differ = np.array([row[1:] != row[:-1] for row in rows])
        return np.flatnonzero(differ.any(axis=0)) if rows else np.empty(0, np.intp)

    found = []
    for k in changes(continuum.grid):
        low, high = continuum.grid[k], continuum.grid[k + 1]
        for _ in range(ZOOMS):
            inner = np.linspace(low, high, len(continuum.grid))
            inside = changes(inner)
            if not len(inside):
                break
            low, high = inner[inside[0]], inner[inside[0] + 1]
        found.append((low + high) / 2)
    return [float(score) for score in continuum.shock.to_normal(np.array(found))]


def _scale(play: Play, player: str) -> float:
    return max(1.0, *(as_float(np.max(np.abs(way.worths[player]))) for way in play.ways))
