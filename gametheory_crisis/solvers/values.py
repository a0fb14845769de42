"""What play from a position on is worth, and how the choices at ties are enumerated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gametheory_crisis.games.arithmetic import Number, close, greater


@dataclass(frozen=True, slots=True)
class Value:
    """Expected result of play from a position on.

    Attributes
    ----------
    payoffs : one per player, in units of the position's day
    outcomes : probability of each outcome that can still happen, by index
    day : expected day of the end; ``nan`` where play may go on for ever
    """

    payoffs: tuple[Number, ...]
    outcomes: dict[int, Number]
    day: Number

    def plus(self, pays: Sequence[Number]) -> Value:
        """The value with payments added."""
        if not pays:
            return self
        total = tuple(value + pay for value, pay in zip(self.payoffs, pays, strict=True))
        return Value(total, self.outcomes, self.day)

    def discounted(self, factors: Sequence[Number]) -> Value:
        """The value a day earlier."""
        payoffs = tuple(f * value for f, value in zip(factors, self.payoffs, strict=True))
        return Value(payoffs, self.outcomes, self.day)


def mixture(weights: Sequence[Number], values: Sequence[Value]) -> Value:
    """The expected value under ``weights``; an event of probability 0 never happens."""
    happening = [(w, v) for w, v in zip(weights, values, strict=True) if w != 0]
    if len(happening) == 1 and happening[0][0] == 1:
        return happening[0][1]
    outcomes: dict[int, Number] = {}
    for weight, value in happening:
        for outcome, probability in value.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + weight * probability
    players = range(len(values[0].payoffs))
    payoffs = tuple(sum(w * v.payoffs[i] for w, v in happening) for i in players)
    return Value(payoffs, outcomes, sum(w * v.day for w, v in happening))


def largest(numbers: Sequence[Number]) -> list[int]:
    """Indices of the largest numbers, those that tie with it included."""
    best = numbers[0]
    for number in numbers[1:]:
        if greater(number, best):
            best = number
    return [k for k, number in enumerate(numbers) if close(number, best)]


@dataclass(slots=True)
class TieBook:
    """Enumerates the runs of a solver that must choose among tied options.

    A run asks `pick` at each tie, in an order that depends only on earlier picks. The first run
    takes the first option everywhere; `advance` prepares the next run, the last tie changing
    fastest.
    """

    _picks: list[int] = field(default_factory=list)
    _sizes: list[int] = field(default_factory=list)
    _cursor: int = 0

    def pick(self, num_options: int) -> int:
        """Index of the option to take now."""
        if num_options == 1:
            return 0
        if self._cursor == len(self._picks):
            self._picks.append(0)
            self._sizes.append(num_options)
        self._cursor += 1
        return self._picks[self._cursor - 1]

    def advance(self) -> bool:
        """Prepare the next run; False when all have been made."""
        while self._picks and self._picks[-1] + 1 == self._sizes[-1]:
            self._picks.pop()
            self._sizes.pop()
        self._cursor = 0
        if not self._picks:
            return False
        self._picks[-1] += 1
        return True
