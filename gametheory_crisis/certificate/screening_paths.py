"""Rules of daily offers: what is offered in a state, who takes it, and the state after it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gametheory_crisis.certificate.arrays import Floats, Values
from gametheory_crisis.certificate.screening_days import DailyOffers
from gametheory_crisis.certificate.screening_tables import SNAP, Days, Flags, Integers, Table
from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.screening_rules import ScreeningRules

ROUNDING = 1e-7
"""Claimed offers may miss the range, as a share of the larger of 1 and its width, by this much."""
SURE = 1e-7
"""Probabilities nearer than this to 0 or 1 are taken for them."""
FINE = 1e-15
"""The state after an offer is searched down to this, or until the offer is met as well."""
MAX_STEPS = 100
NEAR = 1e-8
"""A claimed state that the day's offer misses by more, in units of the offer, is not followed."""


class Step(NamedTuple):
    """One day of play in some states.

    Attributes
    ----------
    offers, after : the offer and the state once it has been refused
    odds : the probability that play goes on as in states just above, where ``after`` is on a jump
    missed : by how much an offer misses those that lead to the claimed state, at most
    """

    offers: Floats
    after: Floats
    odds: Floats
    missed: float


class Player:
    """Play by the rules of a claim.

    Attributes
    ----------
    reservations, offers, after : the rules of all days
    signs : per day 1 where a larger offer is better for the informed player, else -1
    ranges : float64 (days, 2), the ends of the range of offers times the sign, ascending
    units : per day what a unit of the offer is worth to the type in the middle
    """

    def __init__(self, game: DailyOffers, rules: ScreeningRules) -> None:
        if len(rules.days) != game.num_days:
            raise SolverError(f"rules for {len(rules.days)} days, not for {game.num_days}")
        self.game = game
        self.reservations = Table([day.reservation for day in rules.days])
        self.offers = Table([day.offer for day in rules.days])
        self.after = Table([day.after for day in rules.days])
        self._aligned = np.array_equal(self.offers.first, self.after.first) and np.array_equal(
            self.offers.low, self.after.low
        )
        width = game.limits[:, 1] - game.limits[:, 0]
        days = np.arange(game.num_days)[:, None]
        worth = self.acceptance(days, game.limits, np.array([[0.5]]))
        worth = np.broadcast_to(worth, game.limits.shape)
        rises = np.where(width > 0, (worth[:, 1] - worth[:, 0]) / np.where(width > 0, width, 1), 0)
        self.units = np.abs(rises)
        self.signs = np.where(rises < 0, -1.0, 1.0)
        self.ranges = np.sort(self.signs[:, None] * game.limits, axis=1)

    def demands(self, days: Days, positions: Floats, right: Flags) -> Floats:
        """What types ask for, in offers signed such that more is better for them."""
        signed: Floats = self.signs[days] * self.reservations.at(days, positions, right)
        return signed

    def acceptance(self, days: Days, offers: Floats, positions: Floats) -> Values:
        """What taking an offer is worth to types, besides what a refusal pays."""
        game, numbers = self.game, self.game.positions.numbers(positions)
        return game.accepting(game.informed, days, offers, numbers) - game.refusing(
            game.informed, days, offers, numbers
        )

    def step(self, day: int, states: Floats, right: Flags) -> Step:
        """The day's offer in each state, and the state after a refusal.

        Raises
        ------
        SolverError
            If an offer may not be made.
        """
        pieces = self.offers.pieces(day, states, right)
        offers = self._permitted(day, self.offers.on(pieces, states))
        if not self._aligned:
            pieces = self.after.pieces(day, states, right)
        after = np.minimum(np.maximum(self.after.on(pieces, states), 0.0), states)
        y = self.signs[day] * offers
        below, above = self._around(day, after)
        lacks = np.where(after < states - SNAP, above - y, 0.0)
        missed = np.maximum(lacks, np.where(after > SNAP, y - below, 0.0))
        largest = float(np.max(missed))
        if not largest <= NEAR:
            far = ~(missed <= NEAR)
            after[far] = self.response(np.full(far.sum(), day), y[far], states[far])
            below, above = self._around(day, after)
        odds = self._odds(day, offers, after, below, above)
        if day == self.game.num_days - 1:
            odds = self._favoured(after, below, above, odds)
        return Step(offers, after, np.where(after >= states - SNAP, right, odds), max(largest, 0.0))

    def _favoured(self, after: Floats, below: Floats, above: Floats, odds: Floats) -> Floats:
        """The odds at expiry where someone is indifferent whom no type's demand tells apart.

        The offer brought the tie about, so it is broken in the offerer's favour.
        """
        game = self.game
        lower, upper = (
            game.expiry.expected(
                np.full(len(after), game.num_days),
                after,
                np.full(len(after), side),
                [game.proposer],
            ).payoffs[game.proposer]
            for side in (False, True)
        )
        better = (upper > lower + NEAR * np.maximum(1.0, np.abs(lower))) & (after > SNAP)
        return np.where(better & (np.abs(above - below) <= NEAR), 1.0, odds)

    def _around(self, days: Days, positions: Floats) -> tuple[Floats, Floats]:
        """Demands just below and just above some positions; the same array if all are equal."""
        left, right = self.reservations.sides(days, positions)
        below = self.signs[days] * left
        return below, below if right is left else self.signs[days] * right

    def freely_right(self, day: int, states: Floats, claimed: float) -> Flags:
        """Where the offer jumps, no type minds to which side, and the claim is that just above."""
        left, right = self.offers.sides(day, states)
        if not day or left is right:
            return np.zeros(len(states), bool)
        below, above = self._around(day - 1, states)
        free = below - above <= NEAR * np.maximum(1.0, np.abs(below))
        return np.asarray(free & (np.abs(left - claimed) > np.abs(right - claimed)))

    def odds(self, days: Days, offers: Floats, after: Floats) -> Floats:
        """How likely play goes on as just above, so that the type there is indifferent."""
        return self._odds(days, offers, after, *self._around(days, after))

    def _odds(
        self, days: Days, offers: Floats, after: Floats, below: Floats, above: Floats
    ) -> Floats:
        odds = np.zeros(offers.shape)
        if above is below:
            return odds
        jump = below - above > NEAR * np.maximum(1.0, np.abs(below))
        if not jump.any():
            return odds
        at, day = after[jump], np.broadcast_to(days, jump.shape)[jump]
        worth = self.acceptance(day, offers[jump], at)
        worst = self.acceptance(day, self.signs[day] * above[jump], at)
        best = self.acceptance(day, self.signs[day] * below[jump], at)
        share = np.clip((best - worth) / (best - worst), 0.0, 1.0)
        share = np.where(share < SURE, 0.0, np.where(share > 1 - SURE, 1.0, share))
        odds[jump] = np.where(self._between_types(at), 1.0, share)
        return odds

    def _between_types(self, positions: Floats) -> Flags:
        """Whether one of finitely many types ends there and the next begins.

        Between the offers that they ask for nobody is indifferent, and nothing hangs on a lottery.
        """
        found = np.zeros(positions.shape, bool)
        if self.game.positions.names:
            for kink in self.game.positions.kinks:
                found |= np.abs(positions - kink) <= SNAP
        return found

    def _permitted(self, day: int, offers: Floats) -> Floats:
        low, high = self.game.limits[day].tolist()
        slack = ROUNDING * max(1.0, high - low)
        for worst in (offers.min(), offers.max()):
            if worst < low - slack or worst > high + slack:
                raise SolverError(f"the offer {worst:g} may not be made on day {day}")
        return np.asarray(np.minimum(np.maximum(offers, low), high))

    def response(self, days: Integers, y: Floats, states: Floats) -> Floats:
        """The state after each signed offer has been refused, by search of the demands.

        All arrays are (offers,).
        """
        if not len(y):
            return np.empty(0)
        table, begin = self.reservations, self.reservations.first[days]
        # What is asked for at the start and at the end of each of a day's pieces, falling.
        asked = np.stack([table.starts, table.stops], axis=-1).ravel()
        size = 2 * (table.first[days + 1] - begin)
        row = np.concatenate([[0], np.cumsum(size)])
        place = np.arange(row[-1]) - np.repeat(row[:-1], size)
        wants = np.repeat(self.signs[days], size) * asked[np.repeat(2 * begin, size) + place]
        met = np.where(wants <= np.repeat(y, size), place, np.repeat(size, size))
        first = np.minimum.reduceat(met, row[:-1])
        piece = begin + np.minimum(first, size - 1) // 2
        found = np.where(first == size, 1.0, table.low[piece])
        inside = first % 2 == 1
        if inside.any():
            found[inside] = self._crossing(days[inside], piece[inside], y[inside])
        return np.minimum(found, states)

    def _crossing(self, days: Integers, pieces: Integers, y: Floats) -> Floats:
        """Where demands fall to y on a smooth piece, by false position (Illinois) and halving."""
        table, signs = self.reservations, self.signs[days]
        low, high = table.low[pieces], table.high[pieces]
        above, below = signs * table.starts[pieces] - y, signs * table.stops[pieces] - y
        missed = -below
        for count in range(MAX_STEPS):
            if np.all((missed <= FINE * np.maximum(1.0, np.abs(y))) | (high - low <= FINE)):
                break
            share = above / (above - below) if count % 3 < 2 else np.full(len(y), 0.5)
            middle = low + share * (high - low)
            lead = signs * table.on(pieces, middle) - y
            up = lead > 0
            # Halving the stale end's value keeps false position from creeping up from one side.
            above, below = np.where(up, lead, above / 2), np.where(up, below / 2, lead)
            low, high = np.where(up, middle, low), np.where(up, high, middle)
            missed = np.where(up, missed, -lead)
        return np.asarray(high)
