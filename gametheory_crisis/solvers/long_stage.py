"""A stage game with a deadline as flat arrays, and its numbers at a point and by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.stage import Kind, Night, Phase, Position, StageGame
from gametheory_crisis.kernels.days_arrays import (
    BRANCH,
    CHANCE,
    DECISION,
    MOVER,
    NIGHT,
    POSITION,
    SIMULTANEOUS,
    TERMINAL,
    DailyNumbers,
    FlatStage,
    compute,
)
from gametheory_crisis.solvers.long_numbers import Numbering, whole

DAYS_AT_ONCE = 8
"""Days whose numbers are computed together: as many floats as a cache line holds."""
MAX_DAYS = 1_000_000
"""Longest deadline."""
MAX_BRANCHES = (1 << 15) - 1
"""Most ways on from a position: decisions are kept in 16 bits."""

_KINDS = {
    Kind.TERMINAL: TERMINAL,
    Kind.DECISION: DECISION,
    Kind.SIMULTANEOUS: SIMULTANEOUS,
    Kind.CHANCE: CHANCE,
    Kind.NIGHT: NIGHT,
}


@dataclass(frozen=True, slots=True)
class Places:
    """The places of choice of a long game, one per column of its decisions.

    Attributes
    ----------
    positions : int64 (columns,), index of each among the stage game's positions
    num_fixed : the columns before this one stand on one known day, the others on every day before
        the deadline
    node, state, expired : where each stands in the model
    mix : int64 (columns,), where the probabilities of the actions begin among those of mixed play,
        mover by mover; -1 for a place at which one player chooses
    num_shares : how many probabilities there are
    """

    positions: NDArray[np.int64]
    num_fixed: int
    node: tuple[str, ...]
    state: tuple[tuple[int, ...], ...]
    expired: tuple[bool, ...]
    mix: NDArray[np.int64]
    num_shares: int


@dataclass(frozen=True)
class LongStage:
    """A stage game as the kernels of long deadlines read it, for all points of its parameters.

    Attributes
    ----------
    game : the game itself
    arrays : its positions; *numbers* are indices into a point's numbers
    places : where players choose
    most_profiles : the most branches that a position has
    beyond : whether two players move at once and one has more than two actions
    num_numbers : how many numbers a day has
    never, daily : code of the numbers that never change at a point, and of those that the day moves
    constants, inputs : numbers that are constants, with their values; that are parameters, with
        their names
    first, rows : the first number that changes, and the register of each that does
    sources : registers that hold a number which never changes, and that number
    start, deadline, discount : the position of the start; numbers
    checks : numbers that must be 1, and what is wrong if they are not
    day_moves_play : whether a probability or a hazard reads the day
    """

    game: StageGame
    arrays: FlatStage
    places: Places
    most_profiles: int
    beyond: bool
    num_numbers: int
    never: NDArray[np.int32]
    daily: NDArray[np.int32]
    constants: tuple[NDArray[np.int64], NDArray[np.float64]]
    inputs: tuple[tuple[int, str], ...]
    first: int
    rows: NDArray[np.int32]
    sources: NDArray[np.int32]
    start: int
    deadline: int
    discount: tuple[int, ...]
    checks: tuple[tuple[int, str], ...]
    day_moves_play: bool


@dataclass(frozen=True)
class LongPoint:
    """A long game at a point.

    Attributes
    ----------
    stage : the game
    numbers : see `DailyNumbers`
    factors : float64 (players,), daily discount factors
    days : the deadline
    """

    stage: LongStage
    numbers: DailyNumbers
    factors: NDArray[np.float64]
    days: int

    @property
    def place_days(self) -> NDArray[np.int64]:
        """The day of each place of choice, -1 for those of every day before the deadline."""
        numbers = self.stage.arrays.positions["day"][self.stage.places.positions]
        days = np.full(len(numbers), -1, dtype=np.int64)
        known = numbers >= 0
        days[known] = self.numbers.numbers[numbers[known]]
        return days


def long_stage(game: StageGame) -> LongStage:
    """The flat arrays of a stage game.

    Raises
    ------
    UnsupportedGame
        The game has no deadline, an offer from a continuum, or a position with very many branches.
    """
    if game.deadline is None or not game.positions[game.start].repeats:
        raise UnsupportedGame("only games with a deadline are solved day by day")
    for position in game.positions:
        if position.kind is Kind.OFFER:
            raise UnsupportedGame(
                f"the offer at '{position.node}' is continuous; give it a grid (grid: 21)"
            )
        if len(position.branches) > MAX_BRANCHES:
            raise UnsupportedGame(f"'{position.node}' has more than {MAX_BRANCHES:,} ways on")
    return _Flattener(game).flatten()


def at_point(stage: LongStage, values: Mapping[str, Number]) -> LongPoint:
    """The numbers of a long game at a point.

    Raises
    ------
    ParameterError
        The point has no game.
    """
    numbers = np.zeros(stage.num_numbers)
    numbers[stage.constants[0]] = stage.constants[1]
    for number, name in stage.inputs:
        numbers[number] = as_float(values[name])
    compute(stage.never, numbers)
    for number, message in stage.checks:
        if numbers[number] != 1:
            raise ParameterError(message)
    deadline = float(numbers[stage.deadline])
    if not (1 <= deadline <= MAX_DAYS and deadline == int(deadline)):
        raise ParameterError(
            f"the deadline is {deadline:g}, not a whole number of days from 1 to {MAX_DAYS:,}"
        )
    num_registers = 1 + len(stage.sources) + len(stage.daily)
    registers = np.zeros((num_registers, DAYS_AT_ONCE))
    registers[1 : 1 + len(stage.sources)] = numbers[stage.sources][:, None]
    daily = DailyNumbers(
        numbers, stage.first, stage.rows, stage.daily, registers, np.array([-1], dtype=np.int64)
    )
    return LongPoint(stage, daily, numbers[list(stage.discount)], int(deadline))


@dataclass
class _Rows:
    """The arrays of a `FlatStage` as they grow; slots stand where numbers will."""

    positions: list[tuple[int, ...]] = field(default_factory=list)
    branches: list[tuple[int, ...]] = field(default_factory=list)
    movers: list[tuple[int, int]] = field(default_factory=list)
    checks: list[int] = field(default_factory=list)
    table: list[tuple[int, ...]] = field(default_factory=list)


class _Flattener:
    """Turns positions into rows of slots, then slots into numbers."""

    def __init__(self, game: StageGame) -> None:
        self.game = game
        self.rows = _Rows()
        self.num_columns = 0
        self.num_shares = 0
        self.payments: dict[tuple[int, ...], int] = {}

    def flatten(self) -> LongStage:
        """All positions, then the arithmetic that they need."""
        game, rows = self.game, self.rows
        num_fixed = sum(not position.repeats for position in game.positions)
        for index, position in enumerate(game.positions):
            if position.repeats is not (index >= num_fixed):
                raise ValueError("positions on known days come before those of every day")
            self._add(position)
        assert game.deadline is not None
        extra = [game.deadline, *game.discount, *(check.condition for check in game.checks)]
        positions, branches = self._tables()
        paid = {slot for row in rows.table for slot in row}
        moving = {*branches["probability"].tolist(), *positions["hazard"].tolist()} - {-1}
        others = {*branches["offer"].tolist(), *positions["day"].tolist()} - {-1}
        numbering = Numbering(game, {*extra, *rows.checks, *paid, *moving, *others})
        number = numbering.number
        return LongStage(
            game=game,
            arrays=self._freeze(num_fixed, positions, branches, number),
            places=self._places(num_fixed, positions),
            most_profiles=max(len(position.branches) for position in game.positions),
            beyond=any(len(p.shape) == 2 and max(p.shape) > 2 for p in game.positions),
            num_numbers=len(number),
            never=numbering.never,
            daily=numbering.daily,
            constants=numbering.constants,
            inputs=numbering.inputs,
            first=numbering.first,
            rows=numbering.rows,
            sources=numbering.sources,
            start=game.start,
            deadline=number[game.deadline],
            discount=tuple(number[slot] for slot in game.discount),
            checks=tuple((number[check.condition], check.message) for check in game.checks),
            day_moves_play=any("day" in game.tape.reads[slot] for slot in moving),
        )

    def _add(self, position: Position) -> None:
        rows, kind = self.rows, position.kind
        starts = len(rows.branches), len(rows.movers), len(rows.checks)
        for branch in position.branches:
            pays = self._payment(branch.pays)
            numbers = _slot(branch.probability), _slot(branch.offer)
            rows.branches.append((branch.target, pays, *numbers))
        sizes = position.shape or [len(position.branches)] * len(position.movers)
        rows.movers.extend(zip(position.movers, sizes, strict=True))
        rows.checks.extend(check.condition for check in position.checks)
        chooses = kind in (Kind.DECISION, Kind.SIMULTANEOUS)
        has_day = not position.repeats and (chooses or kind is Kind.TERMINAL)
        rows.positions.append(
            (
                _KINDS[kind],
                starts[0],
                len(rows.branches),
                self._payment(position.payoffs),
                position.outcome,
                position.day if has_day else -1,
                *_night(position.night),
                starts[1],
                len(rows.movers),
                self.num_columns if chooses else -1,
                self.num_shares if kind is Kind.SIMULTANEOUS else -1,
                starts[2],
                len(rows.checks),
            )
        )
        self.num_columns += chooses
        self.num_shares += sum(position.shape)

    def _payment(self, slots: tuple[int, ...]) -> int:
        """The row of ``table`` that holds the players' payments; -1 for none."""
        if not slots:
            return -1
        if slots not in self.payments:
            self.payments[slots] = len(self.rows.table)
            self.rows.table.append(slots)
        return self.payments[slots]

    def _tables(self) -> tuple[NDArray[np.void], NDArray[np.void]]:
        rows = self.rows
        return np.array(rows.positions, dtype=POSITION), np.array(rows.branches, dtype=BRANCH)

    def _freeze(
        self,
        num_fixed: int,
        positions: NDArray[np.void],
        branches: NDArray[np.void],
        number: Mapping[int, int],
    ) -> FlatStage:
        """Put numbers where slots stood."""

        def numbers(slots: Iterable[int]) -> NDArray[np.int32]:
            return whole([-1 if slot < 0 else number[slot] for slot in slots])

        for name in ("day", "hazard"):
            positions[name] = numbers(positions[name].tolist())
        for name in ("probability", "offer"):
            branches[name] = numbers(branches[name].tolist())
        table = numbers(slot for row in self.rows.table for slot in row)
        return FlatStage(
            num_fixed=num_fixed,
            positions=positions,
            branches=branches,
            movers=np.array(self.rows.movers, dtype=MOVER),
            checks=numbers(self.rows.checks),
            table=table.reshape(-1, len(self.game.players)),
        )

    def _places(self, num_fixed: int, rows: NDArray[np.void]) -> Places:
        chosen = np.flatnonzero(rows["column"] >= 0)
        positions = [self.game.positions[index] for index in chosen]
        return Places(
            positions=chosen,
            num_fixed=int(np.count_nonzero(chosen < num_fixed)),
            node=tuple(position.node for position in positions),
            state=tuple(position.state for position in positions),
            expired=tuple(position.phase is Phase.EXPIRED for position in positions),
            mix=rows["mix"][chosen].astype(np.int64),
            num_shares=self.num_shares,
        )


def _night(night: Night | None) -> tuple[int, int, int, int, int]:
    """The hazard and the four ways of a night; -1 for none."""
    if night is None:
        return -1, -1, -1, -1, -1
    return (
        _slot(night.hazard),
        night.tomorrow,
        _slot(night.breakdown),
        _slot(night.tomorrow_at_deadline),
        _slot(night.breakdown_at_deadline),
    )


def _slot(slot: int | None) -> int:
    return -1 if slot is None else slot
