"""The stage that a game of public moves repeats, or could repeat: two players, one move at a time.

A game of a single simultaneous move is a stage as it stands.  A game that comes back to a
simultaneous move every day repeats one if every state of it has the same payments: then states only
remember, and a breakdown that pays the same whatever was played only shortens the future.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, is_finite
from gametheory_crisis.games.payoffs import exact_number
from gametheory_crisis.games.stage import Branch, Check, Kind, Position, StageGame
from gametheory_crisis.games.tape import Evaluator

Payoffs = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class ModelStage:
    """A stage game of two players, read from a model at a point.

    Attributes
    ----------
    players : indices of the movers, the one who chooses rows first
    actions : names of each mover's actions
    tables : per mover the payoffs, rows first
    hazard : probability that the repetition breaks down overnight
    """

    players: tuple[int, int]
    actions: tuple[tuple[str, ...], tuple[str, ...]]
    tables: tuple[list[list[Fraction]], list[list[Fraction]]]
    hazard: Fraction


def read_stage(game: StageGame, values: Mapping[str, Number]) -> ModelStage:
    """The stage of a game at a point.

    Raises
    ------
    UnsupportedGame
        The game is neither a single simultaneous move of two players nor the repetition of one.
    ParameterError
        There is no game at the point.
    """
    return _Reading(game, values).stage()


@dataclass(frozen=True, slots=True)
class _After:
    """What an action profile leads to: payments today, and the nights that may follow, or none."""

    payoffs: Payoffs
    nights: frozenset[int]
    ends: bool


class _Reading:
    def __init__(self, game: StageGame, values: Mapping[str, Number]) -> None:
        self.game = game
        self.evaluator = Evaluator(game.tape, values)
        self.hazards: set[Fraction] = set()
        self.lasting: set[Payoffs] = set()

    def stage(self) -> ModelStage:
        game = self.game
        if len(game.players) != 2:
            raise UnsupportedGame(
                f"a repeated game needs two players; this model has {len(game.players)}"
            )
        if game.deadline is not None:
            raise UnsupportedGame(
                "play ends at the deadline; a repeated game goes on: leave the deadline out"
            )
        self._check(game.checks)
        rows = self._rows(game.start)
        found, pending, tables = {game.start}, [game.start], None
        while pending:
            index = pending.pop()
            mine, following = self._table(index)
            if tables is not None and mine != tables:
                raise UnsupportedGame(
                    f"what '{game.positions[index].node}' pays changes with the state; in a "
                    "repeated game the stage is the same every day"
                )
            tables = mine
            pending += sorted(following - found)
            found |= following
        if len(self.hazards) > 1 or len(self.lasting) > 1:
            raise UnsupportedGame(
                "the breakdown depends on what was played; in a repeated game it does not"
            )
        assert tables is not None
        first, second = rows.movers
        names = rows.actions[0], rows.actions[1]
        matrices = self._matrices(tables, first, rows), self._matrices(tables, second, rows)
        hazard = next(iter(self.hazards), Fraction(0))
        return ModelStage((first, second), names, matrices, hazard)

    def _rows(self, index: int) -> Position:
        position = self.game.positions[index]
        if position.kind is not Kind.SIMULTANEOUS or len(position.movers) != 2:
            raise UnsupportedGame(
                f"'{position.node}' is no simultaneous move of both players; a repeated game has "
                "one such move as its stage and nothing else"
            )
        return position

    def _matrices(
        self, tables: Sequence[Payoffs], player: int, rows: Position
    ) -> list[list[Fraction]]:
        width = rows.shape[1]
        flat = [payoffs[player] for payoffs in tables]
        return [flat[k : k + width] for k in range(0, len(flat), width)]

    def _table(self, index: int) -> tuple[list[Payoffs], set[int]]:
        """Payoffs of all profiles at a simultaneous position, and the ones that come tomorrow."""
        position = self._rows(index)
        start = self.game.positions[self.game.start]
        if (position.actions, position.movers) != (start.actions, start.movers):
            raise UnsupportedGame(
                f"'{position.node}' and '{start.node}' are different moves; a repeated game has one"
            )
        self._check(position.checks)
        after = [self._after(branch, position) for branch in position.branches]
        if len({way.ends for way in after}) > 1:
            raise UnsupportedGame(
                f"after '{position.node}' some play ends and some goes on; in a repeated game all "
                "of it goes on"
            )
        return [way.payoffs for way in after], {
            self._morning(night) for way in after for night in way.nights
        }

    def _after(self, branch: Branch, position: Position) -> _After:
        paid = self._numbers(branch.pays, position)
        target = self.game.positions[branch.target]
        self._check(target.checks)
        if target.kind is Kind.NIGHT:
            return _After(paid, frozenset([branch.target]), False)
        if target.kind is Kind.TERMINAL:
            return _After(_sum(paid, self._numbers(target.payoffs, target)), frozenset(), True)
        if target.kind is not Kind.CHANCE:
            raise UnsupportedGame(
                f"'{target.node}' is a second move on the same day; a repeated game has one a day"
            )
        total, nights, ends = paid, set[int](), set[bool]()
        for event in target.branches:
            share = self._chance(event)
            if share:
                way = self._after(event, target)
                total = _sum(total, tuple(share * value for value in way.payoffs))
                nights |= way.nights
                ends.add(way.ends)
        if len(ends) > 1:
            raise UnsupportedGame(f"'{target.node}' decides by chance whether play goes on")
        return _After(total, frozenset(nights), ends.pop())

    def _morning(self, index: int) -> int:
        """The position on the day after a night."""
        night = self.game.positions[index].night
        assert night is not None
        hazard = Fraction(0)
        if night.hazard is not None and night.breakdown is not None:
            hazard = self._exact(night.hazard, "the hazard")
        self.hazards.add(hazard)
        if hazard:
            assert night.breakdown is not None
            self._collect(night.breakdown, self._nothing())
        self._rows(night.tomorrow)
        return night.tomorrow

    def _collect(self, index: int, paid: Payoffs) -> None:
        """Note what a breakdown may pay."""
        position = self.game.positions[index]
        if position.kind is Kind.TERMINAL:
            self.lasting.add(_sum(paid, self._numbers(position.payoffs, position)))
        elif position.kind is Kind.CHANCE:
            for event in position.branches:
                if self._chance(event):
                    self._collect(event.target, _sum(paid, self._numbers(event.pays, position)))
        else:
            raise UnsupportedGame("play goes on after the breakdown; in a repeated game it ends")

    def _chance(self, event: Branch) -> Fraction:
        assert event.probability is not None
        return self._exact(event.probability, "a probability")

    def _numbers(self, slots: Sequence[int], position: Position) -> Payoffs:
        if not slots:
            return self._nothing()
        return tuple(self._exact(slot, f"a payoff at '{position.node}'") for slot in slots)

    def _nothing(self) -> Payoffs:
        return (Fraction(0),) * len(self.game.players)

    def _exact(self, slot: int, what: str) -> Fraction:
        number = self.evaluator.value(slot)
        if not is_finite(number):
            raise NotFinite(f"{what} is not finite at this point")
        return exact_number(number)

    def _check(self, checks: Sequence[Check]) -> None:
        for check in checks:
            if self.evaluator.value(check.condition) != 1:
                raise ParameterError(check.message)


def _sum(first: Payoffs, second: Payoffs) -> Payoffs:
    return tuple(a + b for a, b in zip(first, second, strict=True))
