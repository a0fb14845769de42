"""Who accepts an offer: the informed player's gain from a deal, and the cutoffs that follow."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.games.reach import Place
from gametheory_crisis.solvers.screening.after import Aftermath, Picks

Floats: TypeAlias = NDArray[np.float64]

OFFERS, TYPES = 33, 65
"""Offers and types at which single crossing is checked."""
FLAT = 1e-12
"""A change of the gain by less than this share of its size is none."""
TAIL = 1e-290
"""Types beyond which others are so rare are left out of account."""


@dataclass(frozen=True)
class Gain:
    """What a deal gives the informed player over a refusal, and its derivatives; (offers,)."""

    level: Floats
    by_offer: Floats
    by_type: Floats


class Crossing:
    """The informed player's answers, given what others pick where that depends on beliefs.

    Parameters
    ----------
    after : what follows the answers
    answer : the place of the answer
    deal : the branch that counts as accepting
    picks : what others choose
    limits : ends of the range of offers
    distribution : of the private number

    Attributes
    ----------
    generosity : 1 where a higher offer is more readily accepted, else -1
    willingness : 1 where a larger private number is a more willing type, else -1
    alike : whether all types gain the same, so that either order of them will do
    lowest, highest : ends of the types looked at; those of the support where they are finite

    Raises
    ------
    UnsupportedGame
        Single crossing fails.
    """

    def __init__(
        self,
        after: Aftermath,
        answer: Place,
        deal: int,
        picks: Picks,
        limits: tuple[float, float],
        distribution: Distribution,
    ) -> None:
        self.after, self.answer, self.deal, self.picks = after, answer, deal, picks
        self.low, self.high = limits
        self.lowest, self.highest = looked_at(distribution)
        self.generosity, self.willingness, self.alike = 1, 1, False
        self._check(distribution)

    @property
    def generous(self) -> float:
        """The most generous offer."""
        return self.high if self.generosity > 0 else self.low

    @property
    def stingy(self) -> float:
        """The least generous offer."""
        return self.low if self.generosity > 0 else self.high

    @property
    def least(self) -> float:
        """The least willing type."""
        return self.lowest if self.willingness > 0 else self.highest

    @property
    def most(self) -> float:
        """The most willing type."""
        return self.highest if self.willingness > 0 else self.lowest

    def gain(self, offers: Floats, types: Floats) -> Gain:
        """The gain from a deal, of one type per offer."""
        table = self._table(offers[:, None], types[:, None])
        return Gain(table.level[:, 0], table.by_offer[:, 0], table.by_type[:, 0])

    def gain_at(self, offer: float, type_: float) -> float:
        """The gain of one type from one offer."""
        return float(self.gain(np.array([offer]), np.array([type_])).level[0])

    def offers_for(self, types: Floats) -> Floats:
        """The offer that leaves each type indifferent; the nearest end where there is none.

        Newton's method inside a bracket that halves where it does not help.
        """
        a, b = np.full(len(types), self.stingy), np.full(len(types), self.generous)
        at_a, at_b = self.gain(a, types).level, self.gain(b, types).level
        offers = np.where(at_a >= 0, a, np.where(at_b <= 0, b, a / 2 + b / 2))
        open_ = (at_a < 0) & (at_b > 0)
        chord = a - at_a * (b - a) / np.where(open_, at_b - at_a, 1.0)
        offers = np.where(open_, np.clip(chord, self.low, self.high), offers)
        finest = 1e-17 * (self.high - self.low)
        for _ in range(200):
            if not open_.any():
                break
            gain = self.gain(offers, types)
            a, b = np.where(gain.level <= 0, offers, a), np.where(gain.level >= 0, offers, b)
            with np.errstate(all="ignore"):
                step = offers - gain.level / gain.by_offer
            near = np.maximum(np.spacing(np.abs(offers)), finest)
            open_ &= ~((np.abs(step - offers) <= near) | (np.abs(b - a) <= near))
            inside = (step - a) * (step - b) < 0
            offers = np.where(open_, np.where(inside, step, a / 2 + b / 2), offers)
        return offers

    def cutoff(self, offer: float, *, upper: bool) -> float:
        """The type indifferent about an offer, ``least`` or ``most`` where there is none.

        Where an interval of types is, the more willing end with ``upper``, else the other.
        """
        below, above = self.least, self.most
        for end in (below, above):
            level = self.gain_at(offer, end)
            accepts = level > 0 or (level == 0 and not upper)
            if accepts and end == below:
                return below
            if not accepts and end == above:
                return above
        while True:
            middle = below / 2 + above / 2
            if middle in (below, above):
                return above if not upper else below
            level = self.gain_at(offer, middle)
            if level > 0 or (level == 0 and not upper):
                above = middle
            else:
                below = middle

    def orders(self) -> list[Crossing]:
        """The orders of types to try: this one, and its reverse where all types are alike."""
        if not self.alike:
            return [self]
        reverse = copy(self)
        reverse.willingness = -self.willingness
        return [self, reverse]

    # Single crossing

    def _table(self, offers: Floats, types: Floats) -> Gain:
        options = self.after.options(self.answer, offers, types, self.picks)
        deal, refusal = options[self.deal], options[1 - self.deal]
        i = self.after.setting.informed
        return Gain(
            deal.payoffs[i] - refusal.payoffs[i],
            deal.by_offer[i] - refusal.by_offer[i],
            deal.by_type[i] - refusal.by_type[i],
        )

    def _check(self, distribution: Distribution) -> None:
        offers = np.linspace(self.low, self.high, OFFERS if self.high > self.low else 1)
        types = spread(distribution, self.lowest, self.highest, TYPES)
        table = self._table(offers[:, None], types[None, :])
        size = np.abs(table.level)
        if len(offers) > 1:
            steps = np.diff(table.level, axis=0)
            self.generosity = 1 if steps.sum() >= 0 else -1
            near = np.maximum(size[1:], size[:-1])
            falls = self.generosity * steps <= FLAT * near / OFFERS
            wrong = self.generosity * table.by_offer * (self.high - self.low) < -FLAT * size
            falls |= wrong[1:] | wrong[:-1]
            self._refuse(falls, offers, types, "rise strictly with the offer, or fall strictly,")
        steps = np.diff(table.level, axis=1)
        near = np.maximum(size[:, 1:], size[:, :-1])
        self.willingness = 1 if steps.sum() >= 0 else -1
        self.alike = bool(np.all(np.abs(steps) <= FLAT * near))
        falls = self.willingness * steps < -FLAT * near
        wrong = self.willingness * table.by_type * np.gradient(types) < -FLAT * size
        falls |= wrong[:, 1:] | wrong[:, :-1]
        self._refuse(falls, offers, types, f"move one way with '{self.after.number}'")

    def _refuse(self, fails: NDArray[np.bool_], offers: Floats, types: Floats, what: str) -> None:
        if not fails.any():
            return
        row, column = np.argwhere(fails)[0]
        setting = self.after.setting
        position = setting.positions[self.answer[0]]
        raise UnsupportedGame(
            f"at '{position.node}' what {setting.players[setting.informed]} gains from "
            f"'{position.branches[self.deal].label}' does not {what} for every type: it "
            f"fails near {self.after.number} = {types[column]:.6g}, "
            f"{self.after.variable} = {offers[row]:.6g}; "
            "give the offer a grid (grid: 21) and the continuum points (points: 20)"
        )


def looked_at(distribution: Distribution) -> tuple[float, float]:
    """The ends of the support, or where types become too rare for floats."""
    low, high = distribution.low, distribution.high
    middle = float(distribution.quantile(0.5))
    if np.isinf(high):
        high = _thin(lambda c: float(distribution.sf(c)), middle, 1.0)
    if np.isinf(low):
        low = _thin(lambda c: float(distribution.cdf(c)), middle, -1.0)
    return low, high


def _thin(tail: Callable[[float], float], middle: float, sign: float) -> float:
    """Where a tail has become thin."""
    near, step = middle, 1.0
    while tail(middle + sign * step) > TAIL:
        step *= 2
    far = middle + sign * step
    for _ in range(60):
        half = near / 2 + far / 2
        near, far = (half, far) if tail(half) > TAIL else (near, half)
    return near


def spread(distribution: Distribution, low: float, high: float, count: int) -> Floats:
    """Types between two, evenly by number and by probability, ascending."""
    evenly = np.linspace(low, high, count)
    shares = np.linspace(distribution.cdf(low), distribution.cdf(high), count)[1:-1]
    likely = np.clip(distribution.quantile(shares), low, high)
    return np.unique(np.concatenate([evenly, likely[np.isfinite(likely)]]))
