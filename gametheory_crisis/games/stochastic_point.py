"""A stage game without end as a stochastic game at a point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, is_finite
from gametheory_crisis.games.endless_play import check_discounting
from gametheory_crisis.games.reach import standing
from gametheory_crisis.games.stage import Branch, Check, Kind, Position, StageGame
from gametheory_crisis.games.stochastic import Onward, StochasticGame
from gametheory_crisis.games.tape import Evaluator


@dataclass(frozen=True)
class PlacedGame:
    """A stochastic game, and where in the stage game its states are.

    Attributes
    ----------
    game : the stochastic game
    positions : per state the index of its position
    """

    game: StochasticGame
    positions: tuple[int, ...]


def stochastic_at_point(
    game: StageGame, values: Mapping[str, Number], *, exact: bool = True
) -> PlacedGame:
    """The stochastic game at a point.

    Parameters
    ----------
    game : a game without end whose choices are all finite
    values : every parameter
    exact : compute in rationals where the values are rational

    Raises
    ------
    ParameterError
        The point has no game, or a player does not discount where play can stay for ever.
    NotFinite
        A payoff is undefined or infinite.
    UnsupportedGame
        A continuous offer.
    """
    evaluator = Evaluator(game.tape, values, exact=exact)
    reached = sorted(index for index, _ in standing(game, 0, evaluator))
    _check(game, reached, evaluator, exact=exact)
    check_discounting(game, reached, evaluator)

    def value(slot: int) -> Number:
        number = evaluator.value(slot)
        if not is_finite(number):
            raise NotFinite("a payoff is not finite at this point")
        return number

    return place_states(game, reached, value)


def place_states(
    game: StageGame, reached: Sequence[int], value: Callable[[int], Any]
) -> PlacedGame:
    """Average over all that lies between places of choice.

    Parameters
    ----------
    reached : indices of the positions at which play can stand
    value : the number in a slot of the game's tape; an array over points serves as well, and then
        the numbers of the game are arrays
    """
    return _Builder(game, reached, value).build()


def state_positions(game: StageGame, reached: Sequence[int]) -> list[int]:
    """Positions that become states: places of choice, and lotteries at dawn, so that no cycle
    avoids all states."""
    dawns = set()
    for index in reached:
        night = game.positions[index].night
        if night is not None:
            dawns |= {night.tomorrow, night.breakdown}
    return [
        index
        for index in reached
        if game.positions[index].movers
        or (game.positions[index].kind is Kind.CHANCE and index in dawns)
    ]


def branch_of(position: Position, actions: Sequence[int]) -> int:
    """The branch that one action per player of the game leads along."""
    branch = 0
    shape = position.shape or (len(position.branches),)
    for mover, size in zip(position.movers, shape, strict=True):
        branch = branch * size + actions[mover]
    return branch


def action_counts(position: Position, num_players: int) -> tuple[int, ...]:
    """Number of actions of each player of the game, 1 where it does not move."""
    counts = [1] * num_players
    shape = position.shape or (len(position.branches),)
    for mover, size in zip(position.movers, shape, strict=bool(position.movers)):
        counts[mover] = size
    return tuple(counts)


@dataclass
class _Builder:
    """Follows play from state to state.

    Its zeros and ones are whole numbers, which mix with rationals, floats and arrays alike.
    """

    game: StageGame
    reached: Sequence[int]
    value: Callable[[int], Any]
    factors: tuple[Any, ...] = field(init=False)
    known: dict[int, Onward] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.factors = tuple(self.value(slot) for slot in self.game.discount)

    def build(self) -> PlacedGame:
        """The stochastic game; to be called once."""
        positions = state_positions(self.game, self.reached)
        nothing = (0,) * len(self.factors)
        for state, index in enumerate(positions):
            self.known[index] = Onward(nothing, {(state, 0): 1}, {})
        start = self._onward(self.game.start)
        return PlacedGame(
            StochasticGame(
                factors=self.factors,
                sizes=tuple(
                    action_counts(self.game.positions[index], len(self.factors))
                    for index in positions
                ),
                onward=tuple(self._state(self.game.positions[index]) for index in positions),
                start=start,
            ),
            tuple(positions),
        )

    def _state(self, position: Position) -> tuple[Onward, ...]:
        if position.kind is Kind.CHANCE:
            return (self._lottery(position),)
        counts = action_counts(position, len(self.factors))
        return tuple(
            self._along(position.branches[branch_of(position, actions)])
            for actions in product(*map(range, counts))
        )

    def _along(self, branch: Branch) -> Onward:
        """What follows a branch, its payments included."""
        after = self._onward(branch.target)
        if not branch.pays:
            return after
        pays = tuple(p + self.value(slot) for p, slot in zip(after.pays, branch.pays, strict=True))
        return Onward(pays, after.moves, after.ends)

    def _onward(self, index: int) -> Onward:
        """What follows from a position on; positions in between are averaged without recursion."""
        stack = [index]
        while stack:
            top = stack[-1]
            waiting = [k for k in self._below(top) if k not in self.known]
            if waiting and top not in self.known:
                stack.extend(waiting)
                continue
            stack.pop()
            if top not in self.known:
                self.known[top] = self._between(self.game.positions[top])
        return self.known[index]

    def _below(self, index: int) -> Iterator[int]:
        position = self.game.positions[index]
        if position.night is None:
            return (branch.target for branch in self._live(position))
        return (target for _, target in self._ways(position))

    def _between(self, position: Position) -> Onward:
        match position.kind:
            case Kind.TERMINAL:
                pays = tuple(self.value(slot) for slot in position.payoffs)
                return Onward(pays, {}, {(position.outcome, 0): 1})
            case Kind.NIGHT:
                ways = list(self._ways(position))
                after = _average([w for w, _ in ways], [self.known[k] for _, k in ways])
                return _a_day_later(after, self.factors)
            case Kind.CHANCE:
                return self._lottery(position)
            case _:
                raise UnsupportedGame(
                    f"the offer at '{position.node}' is continuous; give it a grid (grid: 21)"
                )

    def _lottery(self, position: Position) -> Onward:
        live = [(branch.probability, branch) for branch in self._live(position)]
        return _average(
            [self.value(slot) for slot, _ in live if slot is not None],
            [self._along(branch) for _, branch in live],
        )

    def _live(self, position: Position) -> Iterator[Branch]:
        """The branches that can be taken."""
        for branch in position.branches:
            if branch.probability is None or _possible(self.value(branch.probability)):
                yield branch

    def _ways(self, position: Position) -> Iterator[tuple[Any, int]]:
        """Where a night leads, with probabilities."""
        night = position.night
        assert night is not None
        hazard = 0 if night.hazard is None else self.value(night.hazard)
        if night.breakdown is not None and _possible(hazard):
            yield hazard, night.breakdown
        if _possible(1 - hazard):
            yield 1 - hazard, night.tomorrow


def _possible(weight: Any) -> bool:
    """Whether an event can happen; over many points it always counts."""
    return not isinstance(weight, Fraction | float | int) or weight != 0


def _average(shares: Sequence[Any], after: Sequence[Onward]) -> Onward:
    if len(after) == 1 and isinstance(shares[0], Fraction | float) and shares[0] == 1:
        return after[0]
    moves: dict[tuple[int, int], Any] = {}
    ends: dict[tuple[int, int], Any] = {}
    for share, onward in zip(shares, after, strict=True):
        for total, part in ((moves, onward.moves), (ends, onward.ends)):
            for key, probability in part.items():
                total[key] = total.get(key, 0) + share * probability
    players = range(len(after[0].pays))
    pays = tuple(sum(s * o.pays[i] for s, o in zip(shares, after, strict=True)) for i in players)
    return Onward(pays, moves, ends)


def _a_day_later(after: Onward, factors: Sequence[Any]) -> Onward:
    return Onward(
        tuple(f * p for f, p in zip(factors, after.pays, strict=True)),
        {(state, days + 1): share for (state, days), share in after.moves.items()},
        {(outcome, days + 1): share for (outcome, days), share in after.ends.items()},
    )


def _check(game: StageGame, reached: Sequence[int], evaluator: Evaluator, *, exact: bool) -> None:
    """Refuse a point that has no game."""
    checks = [*game.checks, *(check for index in reached for check in game.positions[index].checks)]
    for check in checks:
        if evaluator.value(_condition(game, check, evaluator, exact=exact)) != 1:
            raise ParameterError(check.message)


def _condition(game: StageGame, check: Check, evaluator: Evaluator, *, exact: bool) -> int:
    """The slot of a check's condition: the exact one, unless floats enter what it compares."""
    if not exact or check.exact is None:
        return check.condition
    entry = game.tape.entries[check.exact]
    operands = entry[1] if isinstance(entry, tuple) else ()
    approximate = any(isinstance(evaluator.value(slot), float) for slot in operands)
    return check.condition if approximate else check.exact
