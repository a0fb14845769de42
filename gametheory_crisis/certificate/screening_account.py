"""What daily offers lead to along the path: payoffs and outcomes by day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from gametheory_crisis.certificate.arrays import Floats, Values
from gametheory_crisis.certificate.screening_follower import Morning, Plays
from gametheory_crisis.certificate.screening_paths import Player
from gametheory_crisis.certificate.screening_subgames import Expected, OverTypes, Subgame
from gametheory_crisis.certificate.screening_tables import Flags, Integers


class PathDay(NamedTuple):
    """The states in which a day can begin; several only where play went on by lot.

    Attributes
    ----------
    states, right : the states, and whether play goes on as in states just above
    odds_of : the probability of each, as far as it is by lot
    offers, after : the offer, and the state once it is refused
    odds : the probability that play then goes on as in states just above
    """

    states: Floats
    right: Flags
    odds_of: Floats
    offers: Floats
    after: Floats
    odds: Floats

    def next_rows(self) -> tuple[Integers, Integers]:
        """Rows of the next day that follow each state: the likely one, and the one by lot."""
        first = np.arange(len(self.states))
        by_lot = np.flatnonzero((self.odds > 0) & (self.odds < 1))
        second = first.copy()
        second[by_lot] = len(first) + np.arange(len(by_lot))
        return first, second


class Last(NamedTuple):
    """The states in which the clock expires, and the probability of each as far as by lot."""

    states: Floats
    right: Flags
    odds_of: Floats


def path_of(plays: Plays) -> tuple[list[PathDay], Last]:
    """The path among all plays."""
    odds_of, days = np.ones(1), []
    for morning, step in zip(plays.mornings[:-1], plays.steps, strict=True):
        rows = morning.path
        odds = step.odds[rows]
        days.append(
            PathDay(
                morning.states[rows],
                morning.right[rows],
                odds_of,
                step.offers[rows],
                step.after[rows],
                odds,
            )
        )
        by_lot = (odds > 0) & (odds < 1)
        if by_lot.any():
            stay = np.where(by_lot, 1 - odds, 1.0)
            odds_of = np.concatenate([odds_of * stay, (odds_of * odds)[by_lot]])
    last: Morning = plays.mornings[-1]
    return days, Last(last.states[last.path], last.right[last.path], odds_of)


class Stop(NamedTuple):
    """A subgame that follows the offers, as the path reaches it.

    Attributes
    ----------
    subgame : which
    days : int (states,), the days on which it is reached
    chance : float64 (states,), the probability that the clock leads to it from the day's states, on
        day 0
    place : the states and the odds of each
    expected, over_types : what it leads to
    """

    subgame: Subgame
    days: Integers
    chance: Floats
    place: Last
    expected: Expected
    over_types: OverTypes


@dataclass
class Account:
    """What play by the rules leads to.

    Attributes
    ----------
    payoffs : by player
    ends : per outcome the probability by day
    breakdown, expiry : the subgames that the path reaches
    survival : per day, the probability that the clock has not broken down before
    """

    player: Player
    payoffs: dict[str, Values] = field(default_factory=dict)
    ends: dict[str, Floats] = field(default_factory=dict)
    breakdown: Stop | None = None
    expiry: Stop | None = None
    survival: Floats = field(default_factory=lambda: np.empty(0))

    def add_path(self, days: list[PathDay], last: Last) -> None:
        """Add up what the path is worth."""
        game = self.player.game
        self.payoffs = dict.fromkeys(game.discount, 0.0)
        self.survival = np.concatenate([[1.0], np.cumprod(1 - game.hazards)])
        nights = np.flatnonzero(game.hazards)
        if game.breakdown is not None and len(nights):
            places = [Last(*path[:3]) for path in days[1:]] + [last]
            chance = self.survival[nights] * game.hazards[nights]
            reached = [places[night] for night in nights.tolist()]
            self.breakdown = self._stop(game.breakdown, nights + 1, chance, reached)
        when = np.array([game.num_days])
        self.expiry = self._stop(game.expiry, when, self.survival[-1:], [last])
        self._add_deals(days)

    def stops(self) -> list[Stop]:
        """All subgames that the path reaches."""
        return [stop for stop in (self.breakdown, self.expiry) if stop is not None]

    def _add_deals(self, days: list[PathDay]) -> None:
        """Add up the deals of all days at once."""
        game = self.player.game
        states, _, odds_of, offers, after, _ = map(np.concatenate, zip(*days, strict=True))
        rows = [len(path.states) for path in days]
        day = np.repeat(np.arange(len(days)), rows)
        weights = np.repeat(self.survival[:-1], rows) * odds_of
        for player, factor in game.discount.items():
            taken = game.accepted(player, day, offers, after, states)
            paid = game.refused(player, day, offers, after)
            self.payoffs[player] += np.sum(factor**day * weights * (taken + paid))
        mass = game.positions.mass(after, states) * weights
        for outcome, share in game.outcomes(day, offers).items():
            self._end(outcome, day, mass * share)

    def _stop(self, subgame: Subgame, days: Integers, chance: Floats, places: list[Last]) -> Stop:
        rows = [len(place.states) for place in places]
        place = Last(*map(np.concatenate, zip(*places, strict=True)))
        day, chance = np.repeat(days, rows), np.repeat(chance, rows)
        discount = self.player.game.discount
        expected = subgame.expected(day, place.states, place.right, list(discount))
        stop = Stop(
            subgame,
            day,
            chance,
            place,
            expected,
            subgame.over_types(day, place.states, expected),
        )
        weights = chance * place.odds_of
        for player, factor in discount.items():
            self.payoffs[player] += np.sum(factor**day * weights * expected.payoffs[player])
        for (outcome, later), share in stop.over_types.ends.items():
            self._end(outcome, day + later, weights * share)
        return stop

    def _end(self, outcome: str, days: Integers, shares: Values) -> None:
        found = np.bincount(days, weights=np.broadcast_to(shares, days.shape))
        known = self.ends.get(outcome, np.empty(0))
        both = np.zeros(max(len(known), len(found)))
        both[: len(known)] += known
        both[: len(found)] += found
        self.ends[outcome] = both

    def by_day(self, outcome: str) -> dict[int, float]:
        """The probability of an outcome on the days on which it can happen."""
        found = self.ends.get(outcome, np.empty(0))
        return {int(day): float(found[day]) for day in np.flatnonzero(found)}
