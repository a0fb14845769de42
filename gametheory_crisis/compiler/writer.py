"""Writing a game's arithmetic: the handful of operations that every part of an induction uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from gametheory_crisis.games.reach import Days, days_of_play
from gametheory_crisis.games.stage import Kind, Position, StageGame
from gametheory_crisis.kernels.operations import PARTIAL, Operation
from gametheory_crisis.language.expressions import Expressions


@dataclass(frozen=True, slots=True)
class Play:
    """What play from a position on leads to, as handles.

    Attributes
    ----------
    payoffs : per player, in units of the position's day
    outcomes : probability of each outcome, or the index of the one outcome where play is certain
    day : expected days until the end
    """

    payoffs: tuple[int, ...]
    outcomes: tuple[int, ...]
    day: int

    def handles(self) -> tuple[int, ...]:
        """All handles in a fixed order."""
        return (*self.payoffs, *self.outcomes, self.day)

    def like(self, handles: Sequence[int]) -> Play:
        """A play of this one's shape from handles in that order."""
        n, m = len(self.payoffs), len(self.outcomes)
        return Play(tuple(handles[:n]), tuple(handles[n : n + m]), handles[n + m])


class Writer:
    """Writes operations of one game into a graph of its own.

    Attributes
    ----------
    game : the game
    last : whether ties go to the last option instead of the first
    graph : what has been written
    lifted : handle of every slot of the game's tape
    certain : whether play is certain, so that one outcome is reached
    zero, one : handles of these numbers
    """

    def __init__(self, game: StageGame, *, last: bool) -> None:
        self.game = game
        self.last = last
        self.graph = Expressions(strict=False)
        self.lifted = self.lift(range(len(game.tape)), {})
        self.certain = not any(_uncertain(position) for position in game.positions)
        self.zero, self.one = self.graph.number(0), self.graph.number(1)
        self.days_of_play: dict[int, Days] = {}
        if game.deadline is not None:
            self.days_of_play = dict(zip(map(id, game.positions), days_of_play(game), strict=True))
        self.flags: dict[tuple[str, bool], dict[int, None]] = {}

    def lift(self, slots: Sequence[int] | range, names: dict[str, int]) -> dict[int, int]:
        """Slots of the game's tape as handles here, with inputs replaced."""
        image: dict[int, int] = {}
        for slot in self.game.tape.closure(slots):
            entry = self.game.tape.entries[slot]
            if isinstance(entry, Fraction):
                image[slot] = self.graph.number(entry)
            elif isinstance(entry, str):
                image[slot] = names[entry] if entry in names else self.graph.symbol(entry)
            else:
                image[slot] = self.graph.apply(entry[0], *(image[o] for o in entry[1]))
        return image

    def apply(self, operation: Operation, *operands: int) -> int:
        """An operation."""
        return self.graph.apply(operation, *operands)

    def negate(self, flag: int) -> int:
        """1 where a flag is 0."""
        return self.graph.sub(self.one, flag)

    def both(self, *flags: int) -> int:
        """1 where all flags are 1; flags are never undefined, so constants fold."""
        result = self.one
        for flag in flags:
            if self.graph.constant(flag) == 0:
                return self.zero
            result = self.graph.mul(result, flag)
        return result

    def choose(self, flag: int, a: Play, b: Play) -> Play:
        """``a`` where the flag holds, else ``b``."""
        pairs = zip(a.handles(), b.handles(), strict=True)
        return a.like([self.apply(Operation.SELECT, flag, x, y) for x, y in pairs])

    def beats(self, new: int, old: int) -> int:
        """Whether a later option is taken over an earlier one of that payoff."""
        if self.last:
            return self.negate(self.apply(Operation.GREATER, old, new))
        return self.apply(Operation.GREATER, new, old)

    def flag(self, name: str, condition: int, position: Position) -> None:
        """Count a condition at a position among the flags that a point ends with.

        On a day on which play cannot stand there it does not count.
        """
        if self.game.deadline is not None:
            deadline = self.lifted[self.game.deadline]
            day = self.graph.symbol("day") if position.repeats else deadline
            days = self.days_of_play[id(position)]
            condition = self.both(condition, self._among(day, days, 0 if position.repeats else 1))
        self.count(name, condition, repeats=position.repeats)

    def _among(self, day: int, days: Days, first: int) -> int:
        """Whether a day, which is ``first`` or later, is one of some days."""
        if days.onwards == first:
            return self.one
        flags = [self.apply(Operation.SAME, day, self.graph.number(k)) for k in days.listed]
        if days.onwards is not None:
            onwards = self.graph.number(days.onwards)
            flags.append(self.apply(Operation.LESS_EQUAL, onwards, day))
        return self.graph.total(flags)

    def count(self, name: str, condition: int, *, repeats: bool) -> None:
        """Count a condition among the flags, on every day if it ``repeats``."""
        if self.graph.constant(condition) != 0:
            self.flags.setdefault((name, repeats), {})[condition] = None

    def payoff(self, slot: int, position: Position) -> int:
        """A payoff's handle; flagged where it may fail to be finite."""
        handle = self.lifted[slot]
        entries = (self.graph.operation(h) for h in self.graph.closure([handle]))
        if any(entry is not None and entry[0] in PARTIAL for entry in entries):
            infinite = self.negate(self.apply(Operation.FINITE, handle))
            self.flag("undefined", infinite, position)
        return handle

    def average(self, weights: Sequence[int], options: Sequence[Play]) -> Play:
        """Expected play."""
        if len(options) == 1:
            return options[0]
        handles = []
        for row in zip(*(option.handles() for option in options), strict=True):
            if len(set(row)) == 1:
                handles.append(row[0])
                continue
            terms = [self.graph.mul(w, h) for w, h in zip(weights, row, strict=True)]
            handles.append(self.graph.total(terms))
        return options[0].like(handles)

    def ending(self, position: Position, payoffs: Sequence[int]) -> Play:
        """The play that ends at a terminal with some payoffs."""
        if self.certain:
            outcomes: tuple[int, ...] = (self.graph.number(position.outcome),)
        else:
            num = len(self.game.outcomes)
            outcomes = tuple(self.graph.number(int(k == position.outcome)) for k in range(num))
        return Play(tuple(payoffs), outcomes, self.zero)


def _uncertain(position: Position) -> bool:
    """Whether play may go several ways from a position once everybody's choices are made."""
    if position.kind is Kind.CHANCE:
        return len(position.branches) > 1
    if position.kind is Kind.SIMULTANEOUS:
        return mixes(position)
    return position.night is not None and position.night.hazard is not None


def mixes(position: Position) -> bool:
    """Whether a stage is one whose mixed equilibrium is written too: two players, two actions."""
    return position.shape == (2, 2)
