"""The numbers of daily offers at one point, as the kernel and the path read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.screening import DailyOffers, ScreeningGame
from gametheory_crisis.games.stage import Kind, Position
from gametheory_crisis.games.tape_arrays import ArrayEvaluator
from gametheory_crisis.kernels.screening_arrays import Daily
from gametheory_crisis.solvers.screening.payoffs import Payoffs, num_types, pairs, type_inputs
from gametheory_crisis.solvers.screening.subgame import Prospect, Stretch, Subgame
from gametheory_crisis.solvers.screening.types import Types

Floats = NDArray[np.float64]

OFFERS = np.array([0.0, 0.43, 1.0])
"""Offers at which payoffs are computed, as shares of the range; the middle one is a check."""
CURVED = 1e-11


@dataclass(frozen=True)
class DailyNumbers:
    """Daily offers at one point, with the types in order.

    Attributes
    ----------
    types : the types
    deal : float64 (players, days, segments, 2), what a deal gives but for the offer; a pair is
        intercept and slope in the position
    slope : float64 (players, days, segments, 2), what a unit of the offer gives in a deal
    waiting : float64 (players, days, segments, 2), payments on a refusal
    hazard : float64 (days,), of a breakdown in the night after the day
    limits : float64 (days, 2), least and greatest offer
    discount : float64 (players,), per day
    deal_ends : per outcome float64 (days,), its probability given a deal
    broken : per day, what a breakdown in the night after it leads to; None without a hazard
    expiry : what expiry leads to, by state
    proposer, informed : indices of players
    """

    types: Types
    deal: Floats
    slope: Floats
    waiting: Floats
    hazard: Floats
    limits: Floats
    discount: Floats
    deal_ends: Mapping[int, Floats]
    broken: Sequence[Prospect | None]
    expiry: Sequence[Stretch]
    proposer: int
    informed: int

    @property
    def days(self) -> int:
        """Number of days before the deadline."""
        return len(self.hazard)

    def kernel(self) -> Daily:
        """What the kernel reads.

        Raises
        ------
        UnsupportedGame
            What the proposer gets from an offer depends on the type, or both sides want the same
            offers.
        """
        p, r, knots = self.proposer, self.informed, self.types.knots
        both = [r, p]
        per_unit = self.slope[p, :, :1, 0]
        uneven = np.abs(self.slope[p, ..., 0] - per_unit) + np.abs(self.slope[p, ..., 1])
        if np.any(uneven > CURVED * np.abs(per_unit)):
            raise UnsupportedGame(
                "what the proposer gets from a unit of its daily offer depends on the private "
                "number; give the offer a grid (grid: 21)"
            )
        at_ends = self.slope[r][..., 0][..., None] + self.slope[r][..., 1][..., None] * np.stack(
            [knots[:-1], knots[1:]], axis=-1
        )
        if np.any(per_unit * at_ends.reshape(self.days, -1) >= 0):
            raise UnsupportedGame(
                "daily offers have to be better for one side and worse for the other the larger "
                "they are, for every type and on every day"
            )
        first = self.deal[p, :, 0, 0]
        extra = self.deal[p].copy()
        extra[..., 0] -= first[:, None]
        broken = np.zeros((self.days, 2, len(knots) - 1, 2))
        for t, prospect in enumerate(self.broken):
            if prospect is not None:
                broken[t] = _on_types(prospect, knots)[both]
        return Daily(
            knots=np.ascontiguousarray(knots),
            deal=np.ascontiguousarray(self.deal[r]),
            slope=np.ascontiguousarray(self.slope[r]),
            gain=np.ascontiguousarray(np.stack([first, per_unit[:, 0]], axis=-1)),
            extra=np.ascontiguousarray(extra),
            waiting=np.ascontiguousarray(self.waiting[both].transpose(1, 0, 2, 3)),
            broken=broken,
            hazard=np.ascontiguousarray(self.hazard),
            limits=np.ascontiguousarray(self.limits),
            discount=np.ascontiguousarray(self.discount[both]),
        )


def _on_types(prospect: Prospect, knots: Floats) -> Floats:
    """Payoffs of a prospect on the types' own segments.

    Raises
    ------
    UnsupportedGame
        The informed player's choice after a breakdown depends on its type.
    """
    if len(prospect.knots) != len(knots):
        raise UnsupportedGame(
            "after a breakdown the choice of the player with private numbers depends on them; "
            "only at expiry may it"
        )
    return prospect.payoffs


def daily_numbers(
    game: ScreeningGame, point: Mapping[str, Number], types: Types, days: int
) -> DailyNumbers:
    """All numbers of daily offers at a point.

    Raises
    ------
    ParameterError, NotFinite
        There is no game at the point.
    UnsupportedGame
        Payoffs are not affine in the offer or in the private number, or what follows the offers is
        not solved; the message says which.
    """
    assert game.daily is not None
    return _Reader(game, game.daily, point, types, days).numbers()


class _Reader:
    """Evaluates the slots of daily offers."""

    def __init__(
        self,
        game: ScreeningGame,
        daily: DailyOffers,
        point: Mapping[str, Number],
        types: Types,
        days: int,
    ) -> None:
        self.game, self.daily, self.types, self.days = game, daily, types, days
        self.stage = game.stage
        self.positions = game.stage.positions
        self.point = {name: as_float(value) for name, value in point.items()}
        self.offer = self.positions[daily.stage.offer]
        self.answer = self.positions[daily.stage.answer]
        calendar = {"day": np.arange(days, dtype=np.float64)}
        self.by_day = ArrayEvaluator(self.stage.tape, {**self.point, **calendar})
        self.limits = self._limits()
        width = self.limits[:, 1] - self.limits[:, 0]
        self.width = np.where(width > 0, width, 1.0)
        self.full = ArrayEvaluator(
            self.stage.tape,
            {
                **self.point,
                "day": calendar["day"][:, None, None],
                **{name: v[None, :, None] for name, v in type_inputs(types).items()},
                self.offer.variable: (self.limits[:, :1] + self.width[:, None] * OFFERS)[:, None],
            },
        )

    def numbers(self) -> DailyNumbers:
        self._check()
        deal, slope, deal_ends = self._deal()
        waiting, waiting_slope = self._payments(self.answer.branches[self.daily.refusal].pays)
        upfront, upfront_slope = self._payments(self.offer.branches[0].pays)
        if np.any(waiting_slope != 0) or np.any(upfront_slope != 0):
            raise UnsupportedGame(
                f"what is paid at '{self.offer.node}' or on a refusal at '{self.answer.node}' "
                "reads the offer; with private numbers only a deal may"
            )
        discount = np.array(
            [float(self.by_day.value(slot)) for slot in self.stage.discount], dtype=np.float64
        )
        hazard, broken, expiry = self._night(discount)
        return DailyNumbers(
            types=self.types,
            deal=deal + upfront,
            slope=slope,
            waiting=waiting + upfront,
            hazard=hazard,
            limits=self.limits,
            discount=discount,
            deal_ends=deal_ends,
            broken=broken,
            expiry=expiry,
            proposer=self.daily.stage.proposer,
            informed=self.game.informed,
        )

    def _limits(self) -> Floats:
        ends = self.by_day.values((self.offer.low, self.offer.high))
        return np.stack([np.broadcast_to(end, (self.days,)) for end in ends], axis=-1)

    def _check(self) -> None:
        """All conditions without which nothing can be played."""
        for position in self.positions:
            for check in position.checks:
                if not np.all(self.by_day.value(check.condition) == 1):
                    raise ParameterError(check.message)

    # Deals

    def _deal(self) -> tuple[Floats, Floats, dict[int, Floats]]:
        deal, slope = self._payments(self.answer.branches[self.daily.deal].pays)
        ends: dict[int, Floats] = {}
        everywhere = np.ones(self.days)
        for share, position in self._ends(self.answer.branches[self.daily.deal].target, everywhere):
            more, per_unit = self._by_type(position.payoffs, position.node)
            deal = deal + share[None, :, None, None] * more
            slope = slope + share[None, :, None, None] * per_unit
            ends[position.outcome] = ends.get(position.outcome, 0.0) + share
        return deal, slope, ends

    def _ends(self, index: int, share: Floats) -> list[tuple[Floats, Position]]:
        """The ends that a deal can lead to, each with its probability on every day."""
        position = self.positions[index]
        if position.kind is Kind.TERMINAL:
            return [(share, position)]
        if position.kind is not Kind.CHANCE or any(branch.pays for branch in position.branches):
            raise UnsupportedGame(
                f"the deal at '{self.answer.node}' leads to '{position.node}'; with daily offers "
                "and private numbers it has to end play, by chance at most"
            )
        found = []
        for branch in position.branches:
            if branch.probability is None:
                raise ValueError("an event of chance has a probability")
            probability = self.full.value(branch.probability)
            each = np.broadcast_to(probability, (self.days, 1, 1))[:, 0, 0]
            found += self._ends(branch.target, share * each)
        return found

    def _payments(self, slots: Sequence[int]) -> tuple[Floats, Floats]:
        if slots:
            return self._by_type(slots, self.answer.node)
        nothing = np.zeros((len(self.stage.players), self.days, len(self.types.knots) - 1, 2))
        return nothing, nothing

    def _by_type(self, slots: Sequence[int], node: str) -> tuple[Floats, Floats]:
        """Per player and day the part without the offer, and what a unit of the offer gives."""
        shape = (self.days, num_types(self.types), len(OFFERS))
        values = np.stack([np.broadcast_to(v, shape) for v in self.full.values(slots)])
        if not np.all(np.isfinite(values)):
            raise NotFinite(f"a payoff at '{node}' is not finite for some type or offer")
        low, inside, high = values[..., 0], values[..., 1], values[..., 2]
        error = np.abs(low + OFFERS[1] * (high - low) - inside)
        if np.any(error > CURVED * (np.abs(low) + np.abs(inside) + np.abs(high))):
            raise UnsupportedGame(
                f"a payoff at '{node}' is not affine in '{self.offer.variable}', and offers are "
                "made day after day; give the offer a grid (grid: 21)"
            )
        per_unit = (high - low) / self.width[:, None]
        constant = low - per_unit * self.limits[:, :1]
        return pairs(self.types, constant, node), pairs(self.types, per_unit, node)

    # Nights

    def _night(self, discount: Floats) -> tuple[Floats, list[Prospect | None], Sequence[Stretch]]:
        night = self.positions[self.daily.night].night
        if night is None or night.tomorrow_at_deadline is None:
            raise UnsupportedGame("daily offers need a clock with a deadline")
        hazard = np.zeros(self.days)
        broken: list[Prospect | None] = [None] * self.days
        if night.hazard is not None and night.breakdown is not None:
            hazard = np.array(np.broadcast_to(self.by_day.value(night.hazard), (self.days,)))
            at_deadline = night.breakdown_at_deadline
            broken = self._broken(night.breakdown, at_deadline, hazard, discount)
        expiry = self._subgame(discount, None).solve(night.tomorrow_at_deadline)
        return hazard, broken, expiry

    def _broken(
        self, running: int, late: int | None, hazard: Floats, discount: Floats
    ) -> list[Prospect | None]:
        found: list[Prospect | None] = []
        steady = self._steady(running)
        for day in range(self.days):
            if hazard[day] == 0:
                found.append(None)
            elif day == self.days - 1 and late is not None:
                found.append(self._only(self._subgame(discount, None), late))
            elif steady and found and found[-1] is not None:
                found.append(found[-1])
            else:
                found.append(self._only(self._subgame(discount, day + 1), running))
        return found

    def _steady(self, index: int) -> bool:
        """Whether nothing at a position or below reads the day."""
        stack, seen = [index], set()
        while stack:
            position = self.positions[stack.pop()]
            slots = [*position.payoffs]
            for branch in position.branches:
                slots += branch.pays
                slots += [] if branch.probability is None else [branch.probability]
                if branch.target not in seen:
                    seen.add(branch.target)
                    stack.append(branch.target)
            if position.night is not None or any("day" in self.stage.tape.reads[s] for s in slots):
                return False
        return True

    def _only(self, subgame: Subgame, index: int) -> Prospect:
        stretches = subgame.solve(index)
        if len(stretches) > 1:
            raise UnsupportedGame(
                f"what happens at '{self.positions[index].node}' after a breakdown depends on the "
                "types that are left; only at expiry may it"
            )
        return stretches[0].prospect

    def _subgame(self, discount: Floats, day: int | None) -> Subgame:
        inputs = self.point if day is None else {**self.point, "day": float(day)}
        payoffs = Payoffs(self.stage.tape, inputs, self.types)
        return Subgame(self.game, self.types, payoffs, discount)
