"""A profile of decisions as the strategies that a result shows: by node, player, state and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.reach import standing
from gametheory_crisis.games.stage import Branch, Kind, Phase, Position, StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.results import Choice, Reply
from gametheory_crisis.solvers.offer_replies import named
from gametheory_crisis.solvers.offers import OfferPlan
from gametheory_crisis.solvers.recursion import Profile
from gametheory_crisis.solvers.stage_equilibria import Mix, profile_shares

Place: TypeAlias = tuple[int, int]
"""Index of a position and day; day -1 where the position has a day of its own."""


def strategies(
    game: StageGame, values: Mapping[str, Number], profile: Profile, days: int
) -> dict[str, tuple[Choice, ...]]:
    """The choices of a profile at every place and day at which play could stand.

    Parameters
    ----------
    days : days before the deadline, 0 without one
    """
    reach = _Reach(game, Evaluator(game.tape, values), profile, days)
    reach.run()
    groups: dict[tuple[str, int, int, tuple[int, ...], bool], list[Place]] = {}
    for index, today in reach.mass:
        position = game.positions[index]
        if position.movers:
            day = today if today >= 0 else int(reach.evaluator.value(position.day))
            expired = position.phase is Phase.EXPIRED
            for axis in range(len(position.movers)):
                key = (position.node, axis, day, position.state, expired)
                groups.setdefault(key, []).append((index, today))
    result: dict[str, list[Choice]] = {}
    for key in sorted(groups, key=lambda k: (k[2], k[3], k[4], k[1])):
        result.setdefault(key[0], []).append(_choice(reach, key[1], key[2], groups[key]))
    return {node: tuple(choices) for node, choices in result.items()}


@dataclass
class _Reach:
    """Follows a profile, and every deviation from it, forwards through the days.

    Attributes
    ----------
    mass : probability of each place at which play could stand, 0 where only deviations lead there
    ruled : places that follow from the offer that is made where one is made from a grid
    """

    game: StageGame
    evaluator: Evaluator
    profile: Profile
    days: int
    mass: dict[Place, Number] = field(default_factory=dict)
    ruled: set[Place] = field(default_factory=set)
    standing: frozenset[Place] = frozenset()

    def run(self) -> None:
        """Compute the reach of every place."""
        positions = self.game.positions
        self.standing = standing(self.game, self.days, self.evaluator)
        repeating = [k for k in reversed(range(len(positions))) if positions[k].repeats]
        start = positions[self.game.start]
        self.mass[self.game.start, 0 if start.repeats else -1] = 1
        for day in range(self.days):
            self.evaluator.set_day(day)
            for index in repeating:
                self._spread(index, day)
        for index in reversed(range(len(positions))):
            if not positions[index].repeats:
                self._spread(index, -1)

    def plan(self, index: int, day: int) -> OfferPlan | None:
        """The plan of the offer that a position answers."""
        offer = self.game.positions[index].answers
        return None if offer < 0 else self.profile.decisions[offer, day].plan

    def chosen(self, index: int, day: int) -> int:
        """The branch taken at a place of choice."""
        plan = self.plan(index, day)
        return self.profile.decisions[index, day].branch if plan is None else plan.choices[index]

    def _spread(self, index: int, day: int) -> None:
        mass = self.mass.get((index, day))
        position = self.game.positions[index]
        if mass is None:
            return
        if position.kind is Kind.NIGHT:
            self._spread_night(position, day, mass)
            return
        for branch, share in zip(position.branches, self._shares(index, day), strict=True):
            self._add(branch.target, day, mass * share)
            follows = branch.offer is not None or (index, day) in self.ruled
            if follows and share != 0:
                self.ruled.add((branch.target, day))

    def _shares(self, index: int, day: int) -> Sequence[Number]:
        """Probability of each branch of a position, once play is there."""
        position = self.game.positions[index]
        if not position.movers:
            return [self._probability(branch, index, day) for branch in position.branches]
        mix = self.mix(index, day)
        if mix is not None:
            return profile_shares(mix)
        chosen = self.chosen(index, day)
        return [int(k == chosen) for k in range(len(position.branches))]

    def mix(self, index: int, day: int) -> Mix | None:
        """The probabilities at a place where play is mixed."""
        decided = self.profile.decisions.get((index, day))
        return None if decided is None else decided.mix

    def _probability(self, branch: Branch, index: int, day: int) -> Number:
        assert branch.probability is not None
        plan = self.plan(index, day)
        if plan is None:
            return self.evaluator.value(branch.probability)
        offer = self.game.positions[self.game.positions[index].answers]
        return self.evaluator.value(branch.probability, {offer.variable: plan.offer})

    def _spread_night(self, position: Position, day: int, mass: Number) -> None:
        night = position.night
        assert night is not None
        last = position.repeats and day + 1 == self.days
        tomorrow = night.tomorrow_at_deadline if last else night.tomorrow
        breakdown = night.breakdown_at_deadline if last else night.breakdown
        assert tomorrow is not None
        next_day = day + 1 if position.repeats and not last else -1
        if night.hazard is not None and breakdown is not None:
            hazard = self.evaluator.value(night.hazard)
            self._add(breakdown, next_day, mass * hazard)
            mass = mass * (1 - hazard)
        self._add(tomorrow, next_day, mass)

    def _add(self, index: int, day: int, mass: Number) -> None:
        if (index, day) in self.standing:
            self.mass[index, day] = self.mass.get((index, day), 0) + mass


def _choice(reach: _Reach, axis: int, day: int, places: list[Place]) -> Choice:
    """One entry; several places where the choice answers one of several numbers from a grid."""
    shown = max(places, key=lambda place: (reach.mass[place], place in reach.ruled))
    index, today = shown
    position = reach.game.positions[index]
    names = _names(position, axis)
    mix = reach.mix(index, today)
    taken = 0 if mix is not None else _action(position, reach.chosen(index, today), axis)
    offer: Number | None = None
    optimal: tuple[tuple[Number, Number], ...] = ()
    plan = reach.profile.decisions[shown].plan if position.kind is Kind.OFFER else None
    if plan is not None:
        offer, optimal = plan.offer, plan.optimal
    elif position.branches[0].offer is not None:
        slot = position.branches[taken].offer
        assert slot is not None
        offer = reach.evaluator.value(slot)
    return Choice(
        player=reach.game.players[position.movers[axis]],
        day=day,
        state=dict(zip(reach.game.state, position.state, strict=True)),
        play={} if offer is not None else _play(names, taken, mix, axis),
        exact_play=_exact_play(names, mix, axis),
        reached=as_float(sum(reach.mass[place] for place in places)),
        offer=offer,
        replies=_replies(reach, axis, places, names),
        optimal=optimal,
        expired=position.phase is Phase.EXPIRED,
    )


def _play(names: tuple[str, ...], taken: int, mix: Mix | None, axis: int) -> dict[str, float]:
    if mix is None:
        return {name: float(k == taken) for k, name in enumerate(names)}
    return {name: as_float(share) for name, share in zip(names, mix[axis], strict=True)}


def _exact_play(names: tuple[str, ...], mix: Mix | None, axis: int) -> dict[str, Fraction] | None:
    if mix is None:
        return None
    shares = [share for share in mix[axis] if isinstance(share, Fraction)]
    return dict(zip(names, shares, strict=True)) if len(shares) == len(names) else None


def _replies(
    reach: _Reach, axis: int, places: list[Place], names: tuple[str, ...]
) -> tuple[Reply, ...]:
    index, today = places[0]
    position = reach.game.positions[index]
    plan = reach.plan(index, today)
    if plan is not None:
        rule = [(a, b, _action(position, branch, axis)) for a, b, branch in plan.replies[index]]
        return named(rule, names)
    if not position.offers:
        return ()
    if any(reach.mix(*place) is not None for place in places):
        raise UnsupportedGame(
            f"the simultaneous move at '{position.node}' mixes in reply to an offer of the same "
            "day; let a day pass between them"
        )
    replies = []
    for place in places:
        number = reach.evaluator.value(reach.game.positions[place[0]].offers[0][1])
        action = names[_action(position, reach.chosen(*place), axis)]
        replies.append(Reply(number, number, action))
    return tuple(sorted(replies, key=lambda reply: reply.low))


def _names(position: Position, axis: int) -> tuple[str, ...]:
    if position.kind is Kind.SIMULTANEOUS:
        return position.actions[axis]
    return tuple(branch.label for branch in position.branches)


def _action(position: Position, branch: int, axis: int) -> int:
    """The action of one mover in a branch."""
    if position.kind is not Kind.SIMULTANEOUS:
        return branch
    for size in reversed(position.shape[axis + 1 :]):
        branch //= size
    return branch % position.shape[axis]
