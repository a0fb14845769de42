"""Play below a continuous offer: what a number is worth once made, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeAlias

from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float, close, greater, is_finite
from gametheory_crisis.games.stage import Branch, Kind, Position, StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.solvers.pure_nash import pure_nash
from gametheory_crisis.solvers.values import Value, largest, mixture

Choices: TypeAlias = dict[int, int]
"""For each position below an offer at which someone chooses, the branch taken."""
Gains: TypeAlias = dict[int, tuple[Number, ...]]
"""For each decision below an offer, what each branch is worth to the one who decides."""
Path: TypeAlias = frozenset[tuple[int, int]]
"""The positions that play meets after an offer, with the branch taken or -1 if nobody chooses."""


class Stage(Protocol):
    """What an offer needs from the solver of the day around it."""

    game: StageGame
    evaluator: Evaluator
    day: Number

    def known(self, index: int) -> Value:
        """Value of a position that does not depend on an offer."""

    def tie(self, num_options: int) -> int:
        """Which of several tied options to take."""

    def note(self, message: str) -> None:
        """Record why the list of equilibria may not be complete."""


@dataclass(frozen=True, slots=True)
class Play:
    """What follows one offer: its value, the choices below it, and the gains they were made for."""

    value: Value
    choices: Choices
    gains: Gains


class OfferSubgame:
    """One continuous offer, on one day, and the positions below it that read the number offered.

    Parameters
    ----------
    stage : the solver of the day
    position : where the offer is made

    Attributes
    ----------
    offerer : index of the player who offers
    low, high : ends of the range of the offer
    below : indices of the positions that read the offer, those that come later in play first
    affine : whether all payoffs are affine in the number offered, and no probability reads it

    Raises
    ------
    ParameterError
        The range of the offer is empty.
    """

    def __init__(self, stage: Stage, position: Position) -> None:
        self.stage = stage
        self.game = stage.game
        self.position = position
        self.variable = position.variable
        self.offerer = position.movers[0]
        self.branch = position.branches[0]
        self.low = stage.evaluator.value(position.low)
        self.high = stage.evaluator.value(position.high)
        if not self.low <= self.high:
            raise ParameterError(f"the range of the offer at '{position.node}' is empty")
        self.below = self._positions_below()
        self.affine = self._is_affine()

    def play(
        self,
        offer: Number,
        forced: Choices | None = None,
        *,
        beside: Sequence[Gains] | None = None,
    ) -> Play:
        """Play after an offer.

        ``forced`` fixes the choices; otherwise each position takes its best branch, the earliest on
        a tie.  With ``beside``, the gains at offers on either side, a tie that the offer brings
        about goes to the branch that the offerer likes best.

        Raises
        ------
        NotFinite
            A payoff is not finite after this offer.
        ParameterError
            A probability is not in [0, 1] after this offer.
        UnsupportedGame
            A simultaneous move has no equilibrium in pure strategies after this offer.
        """
        choices: Choices = {}
        gains: Gains = {}

        def choose(index: int, options: Sequence[Value]) -> int:
            position = self.game.positions[index]
            if position.kind is Kind.DECISION:
                gains[index] = tuple(option.payoffs[position.movers[0]] for option in options)
            if forced is not None:
                choices[index] = forced[index]
            elif position.kind is Kind.SIMULTANEOUS:
                choices[index] = self._stage_choice(position, options)
            else:
                sides = None if beside is None else [row[index] for row in beside]
                choices[index] = self._decision(position, options, sides)
            return choices[index]

        values = self._values(self.below, offer, choose)
        return Play(self._after(self.branch, offer, values, self.position), choices, gains)

    def options(self, index: int, offer: Number, choices: Choices) -> list[Value]:
        """Value of each branch of a position after an offer, the choices further down given."""
        further = (below for below in self.below if below < index)
        values = self._values(further, offer, lambda below, _: choices[below])
        position = self.game.positions[index]
        return [self._after(branch, offer, values, position) for branch in position.branches]

    def path(self, choices: Choices) -> Path:
        """The choices that play meets after the offer."""
        path: set[tuple[int, int]] = set()
        stack = [self.branch.target]
        while stack:
            index = stack.pop()
            position = self.game.positions[index]
            if self.variable not in position.reads:
                path.add((index, -1))
            elif index in choices:
                path.add((index, choices[index]))
                stack.append(position.branches[choices[index]].target)
            else:
                stack.extend(branch.target for branch in position.branches)
                path.add((index, -1))
        return frozenset(path)

    def _positions_below(self) -> list[int]:
        found: set[int] = set()
        stack = [self.branch.target]
        while stack:
            index = stack.pop()
            position = self.game.positions[index]
            if index not in found and self.variable in position.reads:
                found.add(index)
                stack.extend(branch.target for branch in position.branches)
        return sorted(found)

    def _is_affine(self) -> bool:
        for position in (self.position, *(self.game.positions[i] for i in self.below)):
            slots = [*position.payoffs, *(slot for b in position.branches for slot in b.pays)]
            if any(self._reads(s) and (s, self.variable) not in self.game.affine for s in slots):
                return False
            if any(
                b.probability is not None and self._reads(b.probability) for b in position.branches
            ):
                return False
        return True

    def _reads(self, slot: int) -> bool:
        return self.variable in self.game.tape.reads[slot]

    def _values(
        self,
        indices: Iterable[int],
        offer: Number,
        choose: Callable[[int, Sequence[Value]], int],
    ) -> dict[int, Value]:
        """Value of positions after an offer; ``choose(index, options)`` picks the branches."""
        values: dict[int, Value] = {}
        for index in indices:
            position = self.game.positions[index]
            if position.kind is Kind.TERMINAL:
                payoffs = tuple(self._number(slot, offer, position) for slot in position.payoffs)
                values[index] = Value(payoffs, {position.outcome: Fraction(1)}, self.stage.day)
                continue
            options = [self._after(branch, offer, values, position) for branch in position.branches]
            if position.kind is Kind.CHANCE:
                weights = [self._probability(b, offer, position) for b in position.branches]
                values[index] = mixture(weights, options)
            else:
                values[index] = options[choose(index, options)]
        return values

    def _after(
        self, branch: Branch, offer: Number, values: dict[int, Value], position: Position
    ) -> Value:
        value = values.get(branch.target)
        if value is None:
            value = self.stage.known(branch.target)
        return value.plus([self._number(slot, offer, position) for slot in branch.pays])

    def _number(self, slot: int, offer: Number, position: Position) -> Number:
        number = self.stage.evaluator.value(slot, {self.variable: offer})
        if not is_finite(number):
            raise NotFinite(
                f"a payoff at '{position.node}' is not finite where "
                f"{self.variable} = {as_float(offer):.6g}"
            )
        return number

    def _probability(self, branch: Branch, offer: Number, position: Position) -> Number:
        assert branch.probability is not None
        probability = self._number(branch.probability, offer, position)
        if not 0 <= probability <= 1:
            raise ParameterError(
                f"the probability of '{branch.label}' at '{position.node}' is not in [0, 1] where "
                f"{self.variable} = {as_float(offer):.6g}"
            )
        return probability

    def _decision(
        self,
        position: Position,
        options: Sequence[Value],
        sides: Sequence[Sequence[Number]] | None,
    ) -> int:
        payoffs = [option.payoffs[position.movers[0]] for option in options]
        if sides is None and not self.affine:
            # A bisection must see the crossing itself, not where rounding ends.
            return payoffs.index(max(payoffs))
        tied = largest(payoffs)
        if sides is None:
            return tied[0]
        passing = [k for k in tied if not any(_lasting(j, k, sides) for j in tied if j < k)]
        served = [options[k].payoffs[self.offerer] for k in passing]
        return passing[largest(served)[0]]

    def _stage_choice(self, position: Position, options: Sequence[Value]) -> int:
        """The pure equilibrium with the largest sum of payoffs, the earliest on a tie."""
        payoffs = [option.payoffs for option in options]
        equilibria = pure_nash(payoffs, position.shape, position.movers)
        if not equilibria:
            raise UnsupportedGame(
                f"the simultaneous move at '{position.node}' has no equilibrium in pure strategies "
                "for some offers; give the offer a grid (grid: 21)"
            )
        self.stage.note(f"mixed equilibria at '{position.node}' are not looked for")
        best = equilibria[0]
        for profile in equilibria[1:]:
            if greater(sum(payoffs[profile]), sum(payoffs[best])):
                best = profile
        return best


def _lasting(first: int, second: int, sides: Sequence[Sequence[Number]]) -> bool:
    """Whether a tie outlasts a change of the offer, the later branch never becoming the better."""
    return any(close(row[first], row[second]) for row in sides) and not any(
        greater(row[second], row[first]) for row in sides
    )
