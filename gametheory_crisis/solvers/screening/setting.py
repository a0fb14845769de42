"""A game of offers to an informed player at one point, as every part of its solution sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float, is_finite
from gametheory_crisis.games.curves import Curves
from gametheory_crisis.games.reach import Place, standing
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.games.stage import Check, Kind, Position
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.solvers.one_day import ways_by_night

MAX_DAYS = 10_000


class Setting:
    """A game at one point.

    Parameters
    ----------
    game : the game; no offer follows another
    curves : its arithmetic with derivatives
    point : every parameter
    exact : keep rationals

    Attributes
    ----------
    positions, players, informed, deals : of the game; ``deals`` by the position of the offer
    factors : each player's daily discount factor
    days : days before the deadline, 0 without one
    start : where play begins

    Raises
    ------
    ParameterError
        There is no game at this point.
    UnsupportedGame
        Play can go on for ever.
    """

    def __init__(
        self, game: ScreeningGame, curves: Curves, point: Mapping[str, Number], *, exact: bool
    ) -> None:
        stage = game.stage
        if stage.endless:
            raise UnsupportedGame("play beside private numbers can go on for ever")
        self.game, self.curves, self.exact = game, curves, exact
        self.point = dict(point) if exact else {k: as_float(v) for k, v in point.items()}
        self.positions, self.players, self.informed = stage.positions, stage.players, game.informed
        self.deals = {offer.offer: offer for offer in game.offers}
        self.evaluator = Evaluator(curves.tape, self.point, exact=exact)
        self._require(stage.checks)
        if game.types is not None:
            self._require(game.types.checks)
        self.factors = tuple(self.evaluator.value(slot) for slot in stage.discount)
        self.days = 0 if stage.deadline is None else self._deadline(stage.deadline)
        self.standing = standing(stage, self.days, self.evaluator)
        for index, day in self.standing:
            self.evaluator.set_day(max(day, 0))
            self._require(self.positions[index].checks)
        self.start: Place = (stage.start, 0 if self.positions[stage.start].repeats else -1)

    def day(self, place: Place) -> int:
        """The day on which a place stands."""
        index, day = place
        return day if day >= 0 else int(self.evaluator.value(self.positions[index].day))

    def after(self, place: Place, branch: int) -> Place:
        """Where a branch leads."""
        return self.positions[place[0]].branches[branch].target, place[1]

    def number(self, slot: int, place: Place) -> Number:
        """A number that reads parameters and the day only."""
        self.evaluator.set_day(max(place[1], 0))
        return self.evaluator.value(slot)

    def by_night(self, place: Place) -> list[tuple[Number, Place]]:
        """Where a night leads, with probabilities."""
        index, day = place
        position = self.positions[index]
        if position.night is None:
            raise ValueError("days pass at nights only")
        last = position.repeats and day + 1 == self.days
        self.evaluator.set_day(max(day, 0))
        ways = ways_by_night(position.night, self.evaluator, deadline=last)
        next_day = -1 if last or day < 0 else day + 1
        return [(weight, (target, next_day)) for weight, target in ways]

    def followers(self, place: Place) -> list[Place]:
        """The places to which play can go on from a place."""
        position = self.positions[place[0]]
        if position.night is not None:
            return [target for _, target in self.by_night(place)]
        return [self.after(place, k) for k in range(len(position.branches))]

    def below(self, roots: Iterable[Place]) -> list[Place]:
        """All places that play can reach from some, in an order in which it moves forwards."""
        found: set[Place] = set()
        stack = list(roots)
        while stack:
            place = stack.pop()
            if place not in found:
                found.add(place)
                stack.extend(self.followers(place))
        return sorted(found, key=lambda p: (p[1] < 0, p[1], -p[0]))

    def slots(self, place: Place, player: int | None = None) -> list[int]:
        """The slots of what is paid at a place, to one player or to all."""
        position = self.positions[place[0]]
        rows: Sequence[tuple[int, ...]] = (position.payoffs, *(b.pays for b in position.branches))
        return [slot for row in rows if row for slot in (row if player is None else [row[player]])]

    def is_choice(self, place: Place, *, informed: bool) -> bool:
        """Whether somebody decides at a place: the informed player, or another."""
        position = self.positions[place[0]]
        if position.kind is not Kind.DECISION or len(position.branches) < 2:
            return False
        return (position.movers == (self.informed,)) is informed

    def is_end(self, place: Place) -> bool:
        """Whether play ends at a place."""
        return self.positions[place[0]].kind is Kind.TERMINAL

    def state(self, position: Position) -> dict[str, int]:
        """The state variables at a position, by name."""
        return dict(zip(self.game.stage.state, position.state, strict=True))

    def _require(self, checks: Sequence[Check]) -> None:
        for check in checks:
            exact = self.exact and check.exact is not None
            condition = check.exact if exact and check.exact is not None else check.condition
            holds = self.evaluator.value(condition) == 1
            if not holds and not (exact and self.evaluator.value(check.condition) == 1):
                raise ParameterError(check.message)

    def _deadline(self, slot: int) -> int:
        deadline = self.evaluator.value(slot)
        if not is_finite(deadline) or deadline != int(deadline) or not 1 <= deadline <= MAX_DAYS:
            raise ParameterError(
                f"the deadline is {as_float(deadline):g}, "
                f"not a whole number of days from 1 to {MAX_DAYS:,}"
            )
        return int(deadline)
