"""Moves behind an offer to a player of finitely many types, type by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gametheory_crisis.errors import NotFinite
from gametheory_crisis.games.arithmetic import Number, as_float, greater, is_finite
from gametheory_crisis.games.reach import Place
from gametheory_crisis.games.screening import OfferStage
from gametheory_crisis.games.stage import Kind
from gametheory_crisis.solvers.screening.order import Order
from gametheory_crisis.solvers.screening.public_moves import ByType, Ends
from gametheory_crisis.solvers.screening.setting import Setting
from gametheory_crisis.solvers.screening.type_run import Run, Runner, Worth, average

Picks: TypeAlias = Mapping[Place, int]
Answers: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class TypeSet:
    """The types of the informed player.

    Attributes
    ----------
    names, labels : of each type, and in words
    prior : its probability
    numbers : its private numbers
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    prior: tuple[Number, ...]
    numbers: tuple[Mapping[str, Number], ...]

    @classmethod
    def at(cls, setting: Setting) -> TypeSet:
        """The types at a point, those of probability 0 left out.

        Raises
        ------
        NotFinite
            A private number is undefined.
        """
        slots, player = setting.game.types, setting.players[setting.informed]
        if slots is None:
            raise ValueError("the informed player has no types")
        value = setting.evaluator.value
        rows = [
            (name, value(prior), {key: value(each[k]) for key, each in slots.numbers.items()})
            for k, (name, prior) in enumerate(zip(slots.names, slots.prior, strict=True))
        ]
        for name, _, numbers in rows:
            for key, number in numbers.items():
                if not is_finite(number):
                    raise NotFinite(f"'{key}' of type '{name}' is not finite at this point")
        drawn = [row for row in rows if row[1] != 0]
        return cls(
            tuple(name for name, _, _ in drawn),
            tuple(f"{player}: {name}" for name, _, _ in drawn),
            tuple(prior for _, prior, _ in drawn),
            tuple(numbers for _, _, numbers in drawn),
        )


class Moves:
    """An offer and the moves behind it, or moves that no offer precedes.

    Parameters
    ----------
    setting : the game at a point
    root : the place of the offer, or of the first move
    types : the types
    stage : the offer and its answer

    Attributes
    ----------
    places : all places, in an order in which play moves forwards
    contested : where uninformed players choose by the types they think are left
    answer, variable : of the offer; None and empty where there is none
    """

    def __init__(
        self, setting: Setting, root: Place, types: TypeSet, stage: OfferStage | None
    ) -> None:
        self.setting, self.root, self.types = setting, root, types
        self.answer: Place | None = None if stage is None else (stage.answer, root[1])
        self.variable = setting.positions[root[0]].variable
        order = Order(setting, root, frozenset(setting.game.private_numbers), self.answer)
        self.places, self.contested = order.places, order.contested
        self._runs: dict[object, Run] = {}

    # One type

    def _runner(self, type_: int, offer: Number | None, picks: Picks) -> Runner:
        inputs = dict(self.types.numbers[type_])
        if offer is not None:
            inputs[self.variable] = offer
        return Runner(self.setting, self.places, inputs, picks, self.variable)

    def run(self, type_: int, offer: Number | None, answers: Answers | None, picks: Picks) -> Run:
        """Play of a type; without ``answers`` it answers as is best for it."""
        answer = None if answers is None else answers[type_]
        key = (type_, offer, answer, tuple(picks.items()))
        found = self._runs.get(key)
        if found is None:
            given = dict(picks)
            if self.answer is not None and answer is not None:
                given[self.answer] = answer
            found = self._runs[key] = self._runner(type_, offer, given).run()
        return found

    def answers(self, type_: int, offer: Number, picks: Picks) -> list[Worth]:
        """What each answer is worth to a type."""
        if self.answer is None:
            raise ValueError("no offer is answered")
        return self._runner(type_, offer, picks).options(self.answer)

    def turns(self, type_: int, picks: Picks, offer: Number) -> list[Number]:
        """Numbers whose sign changes where a choice of a type, or behind it, may change, or where
        a payoff has a kink."""
        runner = self._runner(type_, offer, picks)
        found: list[Number] = []
        for place in self.places:
            for slot in self.setting.slots(place):
                switches = self.setting.curves.switches.get((slot, self.variable), ())
                found += [runner.value(switch, place) for switch in switches]
            position = self.setting.positions[place[0]]
            if position.kind is Kind.DECISION and place not in self.contested:
                mover = position.movers[0]
                worths = [option.payoffs[mover] for option in runner.options(place)]
                found += [a - b for k, a in enumerate(worths) for b in worths[:k]]
        return found

    def of_type(
        self, type_: int, offer: Number | None, answers: Answers | None, picks: Picks
    ) -> ByType:
        """What play is worth to a type, and how it ends."""
        run = self.run(type_, offer, answers, picks)
        outcomes: dict[int, Number] = {}
        for place, share in run.reached.items():
            if self.setting.is_end(place):
                outcome = self.setting.positions[place[0]].outcome
                outcomes[outcome] = outcomes.get(outcome, 0) + share
        return ByType(run.worths[self.root].payoffs[self.setting.informed], outcomes)

    # All types

    def total(self, offer: Number | None, answers: Answers | None, picks: Picks) -> Worth:
        """What the root is worth on average."""
        worths = [
            self.run(k, offer, answers, picks).worths[self.root]
            for k in range(len(self.types.names))
        ]
        return average(self.types.prior, worths)

    def ends(self, offer: Number | None, answers: Answers | None, picks: Picks) -> Ends:
        """Probability of each outcome and day."""
        found: Ends = {}
        for k, prior in enumerate(self.types.prior):
            for place, share in self.run(k, offer, answers, picks).reached.items():
                if self.setting.is_end(place):
                    end = self.setting.positions[place[0]].outcome, self.setting.day(place)
                    found[end] = found.get(end, 0) + prior * share
        return found

    def weights(
        self, place: Place, offer: Number | None, answers: Answers | None, picks: Picks
    ) -> list[Number]:
        """What is thought of the types at a place; where none of them gets there, that it is the
        one that loses least by going there."""
        count = range(len(self.types.names))
        masses: list[Number] = [
            prior * self.run(k, offer, answers, picks).reached.get(place, 0)
            for k, prior in enumerate(self.types.prior)
        ]
        total: Number = sum(masses)
        if total == 0:
            losses = [self._loss(k, place, offer, answers, picks) for k in count]
            least = min(losses)
            masses = [
                prior if _is_least(loss, least) else 0
                for prior, loss in zip(self.types.prior, losses, strict=True)
            ]
            total = sum(masses)
        return [mass / total for mass in masses]

    def _loss(
        self,
        type_: int,
        place: Place,
        offer: Number | None,
        answers: Answers | None,
        picks: Picks,
    ) -> Number:
        """What a type loses by the answer that leads to a place."""
        if self.answer is None or offer is None or answers is None:
            return 0
        informed = self.setting.informed
        worths = [option.payoffs[informed] for option in self.answers(type_, offer, picks)]
        leading = [
            worth
            for worth, target in zip(worths, self.setting.followers(self.answer), strict=True)
            if place in self.setting.below([target])
        ]
        return worths[answers[type_]] - max(leading) if leading else 0

    def expected(
        self, place: Place, offer: Number | None, answers: Answers | None, picks: Picks
    ) -> list[Number]:
        """What each branch of a contested place is worth to its mover."""
        mover = self.setting.positions[place[0]].movers[0]
        weights = self.weights(place, offer, answers, picks)
        rows = []
        for k in range(len(weights)):
            runner = self._runner(k, offer, picks)
            rows.append([option.payoffs[mover] for option in runner.options(place)])
        return [
            sum(w * row[b] for w, row in zip(weights, rows, strict=True))
            for b in range(len(rows[0]))
        ]

    def best(
        self, place: Place, offer: Number | None, answers: Answers | None, picks: Picks
    ) -> int:
        """The best branch of a contested place, the earliest of those that tie."""
        given = dict.fromkeys(self.contested, 0) | dict(picks)
        options = self.expected(place, offer, answers, given)
        best = 0
        for k, option in enumerate(options):
            if greater(option, options[best]):
                best = k
        return best


def _is_least(loss: Number, least: Number) -> bool:
    """Whether a loss is the least one, but for rounding."""
    return loss == least or abs(as_float(loss - least)) <= 1e-12 * abs(as_float(loss))
