"""A stage game without end as a stochastic game at a point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, is_finite
from gametheory_crisis.games.reach import live_branches, standing
from gametheory_crisis.games.stage import Branch, Check, Kind, Night, Position, StageGame
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
    known: dict[int, Onward] = field(default_factory=dict)

    def build(self) -> PlacedGame:
        positions = state_positions(self.game, self.reached)
        self.factors = tuple(self.value(slot) for slot in self.game.discount)
        self.nothing: tuple[Any, ...] = (0,) * len(self.factors)
        for state, index in enumerate(positions):
            self.known[index] = Onward(self.nothing, {(state, 0): 1}, {})
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
            self._along(position, branch_of(position, actions))
            for actions in product(*map(range, counts))
        )

    def _along(self, position: Position, branch: int) -> Onward:
        taken = position.branches[branch]
        after = self._onward(taken.target)
        if not taken.pays:
            return after
        pays = tuple(p + self.value(slot) for p, slot in zip(after.pays, taken.pays, strict=True))
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
        branches = list(self._live(position))
        return _average(
            [self.value(branch.probability) for branch in branches],
            [self._along(position, position.branches.index(branch)) for branch in branches],
        )

    def _live(self, position: Position) -> Iterator[Any]:
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
    checks: list[Check] = [*game.checks]
    for index in reached:
        checks.extend(game.positions[index].checks)
    for check in checks:
        conditions = [check.condition if check.exact is None or not exact else check.exact]
        if check.exact is not None and exact:
            entry = game.tape.entries[check.exact]
            operands = entry[1] if isinstance(entry, tuple) else ()
            if any(isinstance(evaluator.value(slot), float) for slot in operands):
                conditions = [check.condition]
        if any(evaluator.value(condition) != 1 for condition in conditions):
            raise ParameterError(check.message)


def check_discounting(game: StageGame, reached: Sequence[int], evaluator: Evaluator) -> None:
    """Refuse play that can go on for ever where a player does not discount.

    Raises
    ------
    ParameterError
        Naming the player and a node.
    """
    patient = [
        player
        for player, slot in zip(game.players, game.discount, strict=True)
        if evaluator.value(slot) == 1
    ]
    if not patient:
        return
    endless = endless_position(
        game,
        reached,
        lambda position: live_branches(game, position, evaluator),
        lambda night: night.hazard is None or evaluator.value(night.hazard) == 0,
    )
    if endless is not None:
        raise ParameterError(
            f"the discount factor of {patient[0]} is 1 and nothing breaks down where play can go "
            f"on for ever (at '{game.positions[endless].node}'); let the factor be below 1, or the "
            "hazard above 0"
        )


def endless_position(
    game: StageGame,
    reached: Sequence[int],
    live: Callable[[Position], Sequence[Branch]],
    calm: Callable[[Night], bool],
) -> int | None:
    """A position from which the players together can keep play going for ever, if there is one.

    What a lottery must leave sooner or later does not go on for ever.

    Parameters
    ----------
    live : the branches of a position that can be taken
    calm : whether a night has no hazard
    """
    ways: dict[int, list[int]] = {}
    before: dict[int, list[int]] = {}
    for index in reached:
        position = game.positions[index]
        if position.night is None:
            ways[index] = [branch.target for branch in live(position)]
        else:
            ways[index] = [position.night.tomorrow] if calm(position.night) else []
        for target in ways[index]:
            before.setdefault(target, []).append(index)
    left = {index: len(targets) for index, targets in ways.items()}
    leaving = [index for index, number in left.items() if number == 0]
    gone = set(leaving)
    while leaving:
        for index in before.get(leaving.pop(), ()):
            left[index] -= 1
            by_chance = game.positions[index].kind is Kind.CHANCE
            if index not in gone and (by_chance or left[index] == 0):
                gone.add(index)
                leaving.append(index)
    staying = sorted(ways.keys() - gone)
    return next((k for k in staying if game.positions[k].movers), staying[0] if staying else None)
