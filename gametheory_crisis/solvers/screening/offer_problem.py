"""One offer at one point: what is expected of the types on both sides of a cutoff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import as_float
from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.games.reach import Place
from gametheory_crisis.games.screening import OfferStage
from gametheory_crisis.solvers.screening.after import Aftermath, Picks
from gametheory_crisis.solvers.screening.beliefs import mean_type, types_between
from gametheory_crisis.solvers.screening.crossing import Crossing
from gametheory_crisis.solvers.screening.setting import Setting

Floats: TypeAlias = NDArray[np.float64]

MAX_COMBINATIONS = 64
MAX_KEPT = 16
"""Weighted types that are kept for the next who asks."""


@dataclass(frozen=True)
class Side:
    """The types on one side of a cutoff, and what is expected of them once an answer is given.

    Attributes
    ----------
    mass : float64 (offers,), their probability
    payoffs, by_offer : float64 (players, offers), given that the type is one of them
    """

    mass: Floats
    payoffs: Floats
    by_offer: Floats


class OfferProblem:
    """One offer and its answer, before a distribution of types.

    Parameters
    ----------
    setting : the game at a point, in floats
    stage : the offer and its answer
    day : of the place of the offer
    number : name of the private number
    distribution : what the offerer thinks of it

    Raises
    ------
    ParameterError
        The range of the offer is empty.
    UnsupportedGame
        There are more than two answers, or the choices behind them cannot be told apart.
    """

    def __init__(
        self,
        setting: Setting,
        stage: OfferStage,
        day: int,
        number: str,
        distribution: Distribution,
    ) -> None:
        self.setting, self.distribution, self.number = setting, distribution, number
        self.place: Place = (stage.offer, day)
        self.answer: Place = (stage.answer, day)
        self.proposer = stage.proposer
        position = setting.positions[stage.offer]
        self.limits = (
            as_float(setting.number(position.low, self.place)),
            as_float(setting.number(position.high, self.place)),
        )
        if not self.limits[0] <= self.limits[1]:
            raise ParameterError(f"the range of the offer at '{position.node}' is empty")
        branches = setting.positions[stage.answer].branches
        if len(branches) != 2:
            raise UnsupportedGame(
                f"the answer at '{setting.positions[stage.answer].node}' has {len(branches)} "
                "actions; to an offer beside a private number from a continuum there can be two"
            )
        self.after = Aftermath(setting, self.place, number, position.variable, self.answer)
        self.behind = tuple(frozenset(setting.below([p])) for p in setting.followers(self.answer))
        both = [p for p in self.after.contested if all(p in places for places in self.behind)]
        if both:
            raise UnsupportedGame(
                f"'{setting.positions[both[0][0]].node}' comes after both answers, and the choice "
                "there goes by the types left; write a node for each"
            )
        self.deal = self._deal()
        first = (self.place, self.answer)
        self._affine = [self.after.is_affine([*first, *places]) for places in self.behind]
        self._points: dict[object, tuple[Floats, Floats]] = {}

    def _deal(self) -> int:
        """The branch of the answer that counts as accepting: the first whose worth reads the
        offer."""
        reads, variable = self.setting.curves.tape.reads, self.after.variable
        for k, branch in enumerate(self.setting.positions[self.answer[0]].branches):
            slots = [
                s for p in self.behind[k] for s in self.setting.slots(p, self.setting.informed)
            ]
            slots += [branch.pays[self.setting.informed]] if branch.pays else []
            if any(variable in reads[slot] for slot in slots):
                return k
        return 0

    # Both sides of a cutoff

    def interval(self, crossing: Crossing, branch: int, cutoffs: Floats) -> tuple[Floats, Floats]:
        """The types that give an answer, where a cutoff divides them."""
        low = np.full_like(cutoffs, self.distribution.low)
        high = np.full_like(cutoffs, self.distribution.high)
        above = (branch == crossing.deal) == (crossing.willingness > 0)
        return (cutoffs, high) if above else (low, cutoffs)

    def points(
        self, crossing: Crossing, branch: int, offers: Floats, cutoffs: Floats
    ) -> tuple[Floats, Floats]:
        """Types who give an answer, with weights that sum to 1; (offers, points)."""
        a, b = self.interval(crossing, branch, cutoffs)
        if self._affine[branch]:
            types = mean_type(self.distribution, a, b)[:, None]
            return types, np.ones_like(types)
        picks = {**crossing.picks, self.answer: branch}
        key = (*picks.items(), crossing.willingness, offers.tobytes(), cutoffs.tobytes())
        if key not in self._points:

            def turns(types: Floats) -> list[Floats]:
                return self.after.turns(offers[:, None], types, picks)

            if len(self._points) >= MAX_KEPT:
                self._points.clear()
            self._points[key] = types_between(self.distribution, a, b, turns)
        return self._points[key]

    def side(self, crossing: Crossing, branch: int, offers: Floats, cutoffs: Floats) -> Side:
        """What is expected of the types who give an answer."""
        types, weights = self.points(crossing, branch, offers, cutoffs)
        picks = {**crossing.picks, self.answer: branch}
        worth = self.after.worth(offers[:, None], types, picks)
        mass = self.distribution.mass_between(*self.interval(crossing, branch, cutoffs))
        return Side(
            mass,
            (worth.payoffs * weights).sum(axis=-1),
            (worth.by_offer * weights).sum(axis=-1),
        )

    def margins(self, crossing: Crossing, offers: Floats, cutoffs: Floats) -> Iterator[Floats]:
        """What those who choose by beliefs expect to lose by each other choice, per choice.

        Each is divided by its size, so that rounding is of the order of the spacing of floats at 1.
        """
        for branch in (0, 1):
            picks = {**crossing.picks, self.answer: branch}
            for place in self.after.contested:
                if place not in self.behind[branch]:
                    continue
                types, weights = self.points(crossing, branch, offers, cutoffs)
                mover = self.setting.positions[place[0]].movers[0]
                options = self.after.options(place, offers[:, None], types, picks)
                means = [(option.payoffs[mover] * weights).sum(axis=-1) for option in options]
                mine = means[picks[place]]
                for k, other in enumerate(means):
                    if k != picks[place]:
                        size = np.maximum(np.abs(mine), np.abs(other))
                        yield (mine - other) / np.where(size > 0, size, 1.0)

    # One combination of picks

    def picks(self) -> Iterator[Picks]:
        """All that those who choose by beliefs can choose, in the order of the file."""
        sizes = [len(self.setting.positions[p[0]].branches) for p in self.after.contested]
        if np.prod(sizes, dtype=np.float64) > MAX_COMBINATIONS:
            raise UnsupportedGame(
                f"after the answers to '{self.after.variable}' there are more than "
                f"{MAX_COMBINATIONS} combinations of choices that go by the types left"
            )
        for chosen in product(*map(range, sizes)):
            yield dict(zip(self.after.contested, chosen, strict=True))

    def crossing(self, picks: Picks) -> Crossing:
        """The answers, given what others pick."""
        low, high = self.limits
        return Crossing(self.after, self.answer, self.deal, picks, (low, high), self.distribution)

    def alternatives(self, picks: Picks) -> Iterator[tuple[Place, int]]:
        """The choices that are not picked, in the order of `margins`."""
        for branch in (0, 1):
            for place in self.after.contested:
                if place in self.behind[branch]:
                    for k in range(len(self.setting.positions[place[0]].branches)):
                        if k != picks[place]:
                            yield place, k

    def expected(
        self, crossing: Crossing, offers: Floats, cutoffs: Floats
    ) -> tuple[Floats, Floats]:
        """Payoffs (players, offers) and the expected day of the end (offers,)."""
        payoffs: Floats = np.zeros((len(self.setting.players), len(offers)))
        days = np.zeros(len(offers))
        for branch in (0, 1):
            side = self.side(crossing, branch, offers, cutoffs)
            payoffs = payoffs + side.mass * side.payoffs
            types, weights = self.points(crossing, branch, offers, cutoffs)
            picks = {**crossing.picks, self.answer: branch}
            reached = self.after.reached(offers[:, None], types, picks)
            for place, share in reached.items():
                if self.setting.is_end(place):
                    day = self.setting.day(place)
                    days = days + side.mass * day * (share * weights).sum(axis=-1)
        return payoffs, days
