"""A profile followed through a game: who chooses what, with which probability, at each place."""

from __future__ import annotations

from collections.abc import Sequence

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.reach import Place, standing
from gametheory_crisis.games.stage import Branch, StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.solvers.offers import OfferPlan
from gametheory_crisis.solvers.one_day import ways_by_night
from gametheory_crisis.solvers.recursion import Profile
from gametheory_crisis.solvers.stage_equilibria import Mix, profile_shares


class Play:
    """A profile at a point.

    Attributes
    ----------
    mass : probability of each place at which play could stand, 0 where only deviations lead there
    ruled : places that follow from the offer that is made where one is made from a grid
    """

    def __init__(self, game: StageGame, evaluator: Evaluator, profile: Profile) -> None:
        self.game = game
        self.evaluator = evaluator
        self.profile = profile
        self.mass: dict[Place, Number] = {}
        self.ruled: set[Place] = set()

    def plan(self, index: int, day: int) -> OfferPlan | None:
        """The plan of the offer that a position answers."""
        offer = self.game.positions[index].answers
        return None if offer < 0 else self.profile.decisions[offer, day].plan

    def chosen(self, index: int, day: int) -> int:
        """The branch taken at a place of choice."""
        plan = self.plan(index, day)
        return self.profile.decisions[index, day].branch if plan is None else plan.choices[index]

    def mix(self, index: int, day: int) -> Mix | None:
        """The probabilities at a place where play is mixed."""
        decided = self.profile.decisions.get((index, day))
        return None if decided is None else decided.mix

    def shares(self, index: int, day: int) -> Sequence[Number]:
        """Probability of each branch of a position, once play is there."""
        position = self.game.positions[index]
        if not position.movers:
            return [self._probability(branch, index, day) for branch in position.branches]
        mix = self.mix(index, day)
        if mix is not None:
            return profile_shares(mix)
        chosen = self.chosen(index, day)
        return [int(k == chosen) for k in range(len(position.branches))]

    def rule(self, index: int, day: int, shares: Sequence[Number]) -> None:
        """Put down which places on the same day follow from an offer that is made."""
        for branch, share in zip(self.game.positions[index].branches, shares, strict=True):
            if share != 0 and (branch.offer is not None or (index, day) in self.ruled):
                self.ruled.add((branch.target, day))

    def _probability(self, branch: Branch, index: int, day: int) -> Number:
        assert branch.probability is not None
        plan = self.plan(index, day)
        if plan is None:
            return self.evaluator.value(branch.probability)
        offer = self.game.positions[self.game.positions[index].answers]
        return self.evaluator.value(branch.probability, {offer.variable: plan.offer})


def follow(
    game: StageGame, evaluator: Evaluator, profile: Profile, days: int, first: int | None = None
) -> Play:
    """Play, and every deviation from it, forwards through the days of a game that ends.

    Parameters
    ----------
    days : days before the deadline, 0 without one
    first : follow play through the first so many days only, where they are fewer
    """
    play = Play(game, evaluator, profile)
    if first is not None and first < days:
        return _begin(play, first)
    reached = standing(game, days, evaluator)
    repeats = [position.repeats for position in game.positions]
    downwards = range(len(repeats) - 1, -1, -1)
    play.mass[game.start, 0 if repeats[game.start] else -1] = 1
    for day in range(days):
        evaluator.set_day(day)
        for index in downwards:
            if repeats[index]:
                _spread(play, reached, index, day, last=day + 1 == days)
    for index in downwards:
        if not repeats[index]:
            _spread(play, reached, index, -1)
    return play


def _begin(play: Play, first: int) -> Play:
    """The first days, on which no deadline is met."""
    game = play.game
    reached = standing(game, first + 1, play.evaluator)
    play.mass[game.start, 0] = 1
    for day in range(first):
        play.evaluator.set_day(day)
        for index in reversed(range(len(game.positions))):
            if game.positions[index].repeats:
                _spread(play, reached, index, day)
    play.mass = {place: mass for place, mass in play.mass.items() if 0 <= place[1] < first}
    return play


def _spread(
    play: Play, reached: frozenset[Place], index: int, day: int, *, last: bool = False
) -> None:
    """Pass on the probability of a place; ``last`` on the day before the deadline."""
    mass = play.mass.get((index, day))
    if mass is None:
        return
    night = play.game.positions[index].night
    if night is not None:
        next_day = -1 if last or day < 0 else day + 1
        for weight, target in ways_by_night(night, play.evaluator, deadline=last):
            _add(play, reached, (target, next_day), mass * weight)
        return
    shares = play.shares(index, day)
    for branch, share in zip(play.game.positions[index].branches, shares, strict=True):
        _add(play, reached, (branch.target, day), mass * share)
    play.rule(index, day, shares)


def _add(play: Play, reached: frozenset[Place], place: Place, mass: Number) -> None:
    if place in reached:
        play.mass[place] = play.mass.get(place, 0) + mass
