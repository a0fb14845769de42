"""One day of a stationary profile: what it pays, where play stands when the day is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from gametheory_crisis.certificate.evaluation import power
from gametheory_crisis.certificate.moves import Moves, Offers
from gametheory_crisis.language.graph import Graph, Terminal
from gametheory_crisis.results import Number

Vector: TypeAlias = tuple[Number, ...]
Key = TypeVar("Key")


class Onward(NamedTuple):
    """What follows from a position until the day is over.

    Attributes
    ----------
    pays : per player the expected payments and payoffs of the day
    moves : probability of standing at a place so many days later, by (place, days)
    ends : probability of each outcome in which play ends today
    """

    pays: Vector
    moves: Mapping[tuple[int, int], Number]
    ends: Mapping[str, Number]


class Days:
    """The days of a stationary profile.

    A day begins at a *fresh* place, on which no offer has been made yet.

    Attributes
    ----------
    players : names of the players
    factors : per player its daily discount factor
    """

    def __init__(self, graph: Graph, moves: Moves, factors: Vector) -> None:
        self.moves = moves
        self.players = tuple(graph.players)
        self.factors = factors
        self.zero = moves.numbers.number(0)
        self._nothing = (self.zero,) * len(self.players)
        self._powers: dict[tuple[int, int], Number] = {}
        self._settled: dict[tuple[int, Offers], Onward] = {}
        self._below: dict[tuple[int, Offers], Onward] = {}

    def fresh(self) -> dict[int, Onward]:
        """What follows from each fresh place, under the profile."""
        for index in self.openings():
            self.onward(index)
            self.forget_offers()
        return {index: self.onward(index) for index in sorted(self.moves.unrolled.fresh)}

    def openings(self) -> list[int]:
        """The places that are met without regard to an offer, those behind others first."""
        unrolled = self.moves.unrolled
        return [
            index
            for index in range(len(unrolled.places))
            if index in unrolled.fresh or not self.moves.reads(index)
        ]

    def onward(self, index: int, offers: Offers = ()) -> Onward:
        """What follows from a position under the profile."""
        settled = self._below if offers else self._settled
        if (index, offers) not in settled:
            settled[index, offers] = self._find(index, offers)
        return settled[index, offers]

    def _find(self, index: int, offers: Offers) -> Onward:
        node = self.moves.node(index)
        if isinstance(node, Terminal):
            return self.end(index, node, offers)
        branches = self.moves.branches(index, offers)
        return mean(
            [weight for weight, _, _ in branches],
            [self._along(index, edge, made) for _, edge, made in branches],
        )

    def forget_offers(self) -> None:
        """Drop what is remembered of positions at which an offer has been made."""
        self._below.clear()

    def end(self, index: int, node: Terminal, offers: Offers) -> Onward:
        """What follows from a position where play ends."""
        numbers, names = self.moves.numbers, self.moves.names(index, offers)
        payoffs = tuple(numbers.value(node.payoffs[player], names) for player in self.players)
        return Onward(payoffs, {}, {node.outcome: numbers.number(1)})

    def _along(self, index: int, edge: int, offers: Offers) -> Onward:
        position = self.today(index, edge, offers)
        return self.take(index, edge, offers, position and self.onward(*position))

    def today(self, index: int, edge: int, offers: Offers) -> tuple[int, Offers] | None:
        """The position to which an edge leads on the same day; None where days pass."""
        leg = self.moves.unrolled.exits[index][edge][0]
        return None if leg.days else (leg.place, self.moves.carried(leg.place, 0, offers))

    def take(self, index: int, edge: int, offers: Offers, ahead: Onward | None) -> Onward:
        """What follows from taking an edge.

        Parameters
        ----------
        ahead : what follows from the position of `today`
        """
        if ahead is None:
            legs = self.moves.unrolled.exits[index][edge]
            moves = {(leg.place, leg.days): leg.probability for leg in legs}
            ahead = Onward(self._nothing, moves, {})
        written = self.moves.unrolled.edges[index][edge].pays
        if not written:
            return ahead
        names, value = self.moves.names(index, offers), self.moves.numbers.value
        pays = tuple(
            pay + value(written[player], names) if player in written else pay
            for player, pay in zip(self.players, ahead.pays, strict=True)
        )
        return ahead._replace(pays=pays)

    def weights(self, onward: Onward, i: int) -> dict[int, Number]:
        """By how much the worth of each place counts today for player ``i``."""
        row: dict[int, Number] = defaultdict(lambda: self.zero)
        for (place, days), chance in onward.moves.items():
            if (i, days) not in self._powers:
                count = self.moves.numbers.number(days)
                self._powers[i, days] = power(self.factors[i], count)
            if self._powers[i, days]:
                row[place] += chance * self._powers[i, days]
        return dict(row)

    def worth(self, onward: Onward, i: int, tomorrow: Mapping[int, Vector]) -> Number:
        """What ``onward`` is worth to player ``i``, given what each fresh place is worth."""
        total = onward.pays[i]
        for place, weight in self.weights(onward, i).items():
            total += weight * tomorrow[place][i]
        return total


def mean(weights: Sequence[Number], onwards: Sequence[Onward]) -> Onward:
    """The mean of what follows; what has no weight does not count, however undefined."""
    parts = [part for part in zip(weights, onwards, strict=True) if part[0]]
    if len(parts) == 1 and parts[0][0] == 1:
        return parts[0][1]
    columns = zip(*(onward.pays for _, onward in parts), strict=True)
    pays = tuple(_dot((weight for weight, _ in parts), column) for column in columns)
    moves = _merge((weight, onward.moves) for weight, onward in parts)
    ends = _merge((weight, onward.ends) for weight, onward in parts)
    return Onward(pays, moves, ends)


def _dot(weights: Iterable[Number], values: Iterable[Number]) -> Number:
    products = [weight * value for weight, value in zip(weights, values, strict=True)]
    return sum(products[1:], products[0])


def _merge(parts: Iterable[tuple[Number, Mapping[Key, Number]]]) -> dict[Key, Number]:
    merged: dict[Key, Number] = {}
    for weight, shares in parts:
        for key, share in shares.items():
            merged[key] = merged[key] + weight * share if key in merged else weight * share
    return merged
