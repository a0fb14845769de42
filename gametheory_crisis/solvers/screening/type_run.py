"""Play of one type after one offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, greater, is_finite
from gametheory_crisis.games.reach import Place
from gametheory_crisis.games.stage import Kind
from gametheory_crisis.solvers.screening.setting import Setting


@dataclass(frozen=True)
class Worth:
    """What something is worth to each player, and how that moves with the offer."""

    payoffs: tuple[Number, ...]
    by_offer: tuple[Number, ...]

    def scaled(self, weights: Sequence[Number]) -> Worth:
        """The worth times one number per player."""
        return Worth(
            tuple(w * p for w, p in zip(weights, self.payoffs, strict=True)),
            tuple(w * p for w, p in zip(weights, self.by_offer, strict=True)),
        )


@dataclass(frozen=True)
class Run:
    """Play of one type: the worth of each place, the branches taken, and what is reached."""

    worths: dict[Place, Worth]
    taken: dict[Place, int]
    reached: dict[Place, Number]


class Runner:
    """Backward induction for one type after one offer.

    Parameters
    ----------
    setting : the game at a point
    places : all places, the first one first, in an order in which play moves forwards
    inputs : the private numbers of the type, and the number offered
    picks : the branches taken where they are given
    variable : name of the offer
    """

    def __init__(
        self,
        setting: Setting,
        places: Sequence[Place],
        inputs: Mapping[str, Number],
        picks: Mapping[Place, int],
        variable: str,
    ) -> None:
        self._setting, self._places, self._picks = setting, places, picks
        self._inputs, self._variable = inputs, variable
        self._worths: dict[Place, Worth] = {}
        self._taken: dict[Place, int] = {}

    def run(self) -> Run:
        """The worth of every place, and play forwards."""
        for place in reversed(self._places):
            self.worth(place)
        reached: dict[Place, Number] = {self._places[0]: 1}
        for place in self._places:
            if place in reached:
                for target, share in self._steps(place):
                    if share != 0:
                        reached[target] = reached.get(target, 0) + reached[place] * share
        return Run(self._worths, self._taken, reached)

    def value(self, slot: int, place: Place) -> Number:
        """A number at a place."""
        self._setting.evaluator.set_day(max(place[1], 0))
        return self._setting.evaluator.value(slot, self._inputs)

    def worth(self, place: Place) -> Worth:
        """What a place is worth."""
        found = self._worths.get(place)
        if found is None:
            found = self._worths[place] = self._solve(place)
        return found

    def options(self, place: Place) -> list[Worth]:
        """What each branch of a place is worth, payments on the way included."""
        found = []
        for k, branch in enumerate(self._setting.positions[place[0]].branches):
            worth = self.worth(self._setting.after(place, k))
            found.append(_plus(self._paid(branch.pays, place), worth) if branch.pays else worth)
        return found

    def _solve(self, place: Place) -> Worth:
        position = self._setting.positions[place[0]]
        match position.kind:
            case Kind.TERMINAL:
                return self._paid(position.payoffs, place)
            case Kind.NIGHT:
                ways = self._setting.by_night(place)
                later = average([w for w, _ in ways], [self.worth(p) for _, p in ways])
                return later.scaled(self._setting.factors)
            case Kind.CHANCE:
                return self._chance(place)
            case Kind.OFFER if place == self._places[0]:
                return self.options(place)[0]
            case Kind.DECISION:
                return self._decision(place)
            case _:
                raise UnsupportedGame(
                    f"the move at '{position.node}' follows an answer of a player with private "
                    "numbers; only decisions of one player and chance may"
                )

    def _chance(self, place: Place) -> Worth:
        branches = self._setting.positions[place[0]].branches
        options = self.options(place)
        shares = [self._probability(branch.probability, place) for branch in branches]
        total = average(shares, options)
        moved = [
            self._slope(branch.probability or 0, place, option.payoffs[0])
            for branch, option in zip(branches, options, strict=True)
        ]
        by_offer = tuple(
            slope + sum(m * o.payoffs[i] for m, o in zip(moved, options, strict=True))
            for i, slope in enumerate(total.by_offer)
        )
        return Worth(total.payoffs, by_offer)

    def _decision(self, place: Place) -> Worth:
        options = self.options(place)
        taken = self._picks.get(place)
        if taken is None:
            mover = self._setting.positions[place[0]].movers[0]
            taken = 0
            for k, option in enumerate(options):
                if greater(option.payoffs[mover], options[taken].payoffs[mover]):
                    taken = k
        self._taken[place] = taken
        return options[taken]

    def _steps(self, place: Place) -> list[tuple[Place, Number]]:
        setting = self._setting
        position = setting.positions[place[0]]
        if position.kind is Kind.NIGHT:
            return [(target, weight) for weight, target in setting.by_night(place)]
        targets = setting.followers(place)
        if position.kind is Kind.CHANCE:
            branches = position.branches
            shares = [self._probability(branch.probability, place) for branch in branches]
            return list(zip(targets, shares, strict=True))
        taken = self._taken.get(place, 0)
        return [(target, int(k == taken)) for k, target in enumerate(targets)]

    def _probability(self, slot: int | None, place: Place) -> Number:
        if slot is None:
            raise ValueError("an event has a probability")
        share = self.value(slot, place)
        if not 0 <= share <= 1:
            node = self._setting.positions[place[0]].node
            raise ParameterError(f"a probability at '{node}' is not in [0, 1] for some offer")
        return share

    def _paid(self, slots: tuple[int, ...], place: Place) -> Worth:
        payoffs = tuple(self.value(slot, place) for slot in slots)
        if not all(map(is_finite, payoffs)):
            node = self._setting.positions[place[0]].node
            raise NotFinite(f"a payoff at '{node}' is not finite for some type or offer")
        slopes = tuple(
            self._slope(slot, place, payoff) for slot, payoff in zip(slots, payoffs, strict=True)
        )
        return Worth(payoffs, slopes)

    def _slope(self, slot: int, place: Place, like: Number) -> Number:
        """The derivative of a number in the offer; a nothing like ``like`` where it reads none."""
        slope = self._setting.curves.slopes.get((slot, self._variable))
        return like * 0 if slope is None else self.value(slope, place)


def _plus(a: Worth, b: Worth) -> Worth:
    return Worth(
        tuple(x + y for x, y in zip(a.payoffs, b.payoffs, strict=True)),
        tuple(x + y for x, y in zip(a.by_offer, b.by_offer, strict=True)),
    )


def average(weights: Sequence[Number], worths: Sequence[Worth]) -> Worth:
    players = range(len(worths[0].payoffs))

    def total(rows: Sequence[Sequence[Number]]) -> tuple[Number, ...]:
        return tuple(
            sum(w * row[i] for w, row in zip(weights, rows, strict=True) if w != 0) for i in players
        )

    return Worth(total([w.payoffs for w in worths]), total([w.by_offer for w in worths]))
