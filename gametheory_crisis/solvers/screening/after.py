"""What an answer leads to: the moves behind it, for any offers and any types at once.

Those who know no private number choose alike for all types. Where that depends on which types they
think are left, the choice is given from outside; everywhere else it is the best one, the earliest
of those that tie. The informed player chooses for each type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.games.reach import Place
from gametheory_crisis.games.stage import Kind
from gametheory_crisis.games.tape_arrays import ArrayEvaluator
from gametheory_crisis.kernels.operations import RELATIVE_TIE
from gametheory_crisis.solvers.screening.order import Order
from gametheory_crisis.solvers.screening.setting import Setting

Floats: TypeAlias = NDArray[np.float64]
Picks: TypeAlias = Mapping[Place, int]
"""For each place at which the choice depends on the types left, the branch taken."""


@dataclass(frozen=True)
class Worth:
    """What something is worth, and how that moves with the offer and with the private number.

    Each is float64 (players, offers, types).
    """

    payoffs: Floats
    by_offer: Floats
    by_type: Floats

    def scaled(self, weight: Any) -> Worth:
        """The worth times a number, or one number per player."""
        return Worth(self.payoffs * weight, self.by_offer * weight, self.by_type * weight)

    def __add__(self, other: Worth) -> Worth:
        return Worth(
            self.payoffs + other.payoffs,
            self.by_offer + other.by_offer,
            self.by_type + other.by_type,
        )


class Aftermath:
    """The moves from a place on.

    Parameters
    ----------
    setting : the game at a point, in floats
    root : the place
    number : name of the private number
    variable : name of the offer that was made last, empty where there was none
    answer : where it is answered, the answer being given from outside

    Attributes
    ----------
    contested : the places where an uninformed player chooses by the types left, in order of play
    sorting : the places behind the answer where types of the informed player may part
    affine : whether all payoffs are affine in the private number, given the offer and the picks

    Raises
    ------
    UnsupportedGame
        Somebody chooses by the types left after a further choice of the informed player.
    """

    def __init__(
        self,
        setting: Setting,
        root: Place,
        number: str,
        variable: str = "",
        answer: Place | None = None,
    ) -> None:
        self.setting, self.root = setting, root
        self.number, self.variable, self.answer = number, variable, answer
        order = Order(setting, root, frozenset({number}), answer)
        self.places, self.contested = order.places, order.contested
        self.sorting = order.sorting
        self._factors = np.array(setting.factors, dtype=np.float64)[:, None, None]
        self._open = [
            place
            for place in self.places
            if place != answer
            and place not in self.contested
            and (
                setting.is_choice(place, informed=True) or setting.is_choice(place, informed=False)
            )
        ]
        self._switches = self._all_switches()
        self.affine = self.is_affine(self.places)

    def is_affine(self, places: Sequence[Place]) -> bool:
        """Whether what some places pay is affine in the private number, whoever chooses there."""
        curves = self.setting.curves
        return not any(place in self.sorting for place in places) and all(
            curves.is_affine(slot, self.number)
            for place in places
            for slot in self.setting.slots(place)
        )

    def _mover(self, place: Place) -> int:
        return self.setting.positions[place[0]].movers[0]

    def _all_switches(self) -> list[tuple[int, Place]]:
        """The slots whose signs decide about payoffs, with the places where they are read."""
        found: dict[tuple[int, Place], None] = {}
        for place in self.places:
            for slot in self.setting.slots(place):
                for name in (self.number, self.variable):
                    for switch in self.setting.curves.switches.get((slot, name), ()):
                        found[switch, place] = None
        return list(found)

    # Worth

    def worth(self, offers: Floats, types: Floats, picks: Picks) -> Worth:
        """What the root is worth; ``offers`` is (offers, 1) and ``types`` (offers, types)."""
        return _Evaluation(self, offers, types, picks).worth(self.root)

    def options(self, place: Place, offers: Floats, types: Floats, picks: Picks) -> list[Worth]:
        """What each branch of a place is worth."""
        return _Evaluation(self, offers, types, picks).options(place)

    def turns(self, offers: Floats, types: Floats, picks: Picks) -> list[Floats]:
        """Numbers whose sign changes where a payoff has a kink or a jump in offer or type."""
        evaluation = _Evaluation(self, offers, types, picks)
        found = [evaluation.value(slot, place) for slot, place in self._switches]
        for place in self._open:
            mover = self._mover(place)
            options = [option.payoffs[mover] for option in evaluation.options(place)]
            found += [a - b for k, a in enumerate(options) for b in options[:k]]
        return found

    def taken(self, offers: Floats, types: Floats, picks: Picks) -> dict[Place, NDArray[np.intp]]:
        """The branch taken at each decision below, by offer and type."""
        evaluation = _Evaluation(self, offers, types, picks)
        evaluation.worth(self.root)
        return evaluation.taken

    def reached(self, offers: Floats, types: Floats, picks: Picks) -> dict[Place, Floats]:
        """Probability of each place below, and of the root itself, by offer and type."""
        return _Evaluation(self, offers, types, picks).reached()


class _Evaluation:
    """All that is computed for one array of offers and types."""

    def __init__(self, after: Aftermath, offers: Floats, types: Floats, picks: Picks) -> None:
        self._after, self._setting, self._picks = after, after.setting, picks
        self.shape = np.broadcast_shapes(offers.shape, types.shape)
        self._inputs: dict[str, Any] = {**after.setting.point, after.number: types}
        if after.variable:
            self._inputs[after.variable] = offers
        self._arrays: dict[int, ArrayEvaluator] = {}
        self._known: dict[Place, Worth] = {}
        self.taken: dict[Place, NDArray[np.intp]] = {}

    def value(self, slot: int, place: Place) -> Floats:
        """A number at a place, by offer and type."""
        day = max(place[1], 0)
        arrays = self._arrays.get(day)
        if arrays is None:
            inputs = {**self._inputs, "day": float(day)}
            arrays = self._arrays[day] = ArrayEvaluator(self._setting.curves.tape, inputs)
        value: Floats = np.broadcast_to(arrays.value(slot), self.shape)
        return value

    def worth(self, place: Place) -> Worth:
        """What a place is worth."""
        found = self._known.get(place)
        if found is None:
            found = self._known[place] = self._solve(place)
        return found

    def options(self, place: Place) -> list[Worth]:
        """What each branch of a place is worth, payments on the way included."""
        found = []
        for k, branch in enumerate(self._setting.positions[place[0]].branches):
            worth = self.worth(self._setting.after(place, k))
            found.append(self._paid(branch.pays, place) + worth if branch.pays else worth)
        return found

    def reached(self) -> dict[Place, Floats]:
        """See `Aftermath.reached`."""
        self.worth(self._after.root)
        found: dict[Place, Floats] = {self._after.root: np.ones(self.shape)}
        for place in self._after.places:
            if place not in found:
                continue
            for target, share in self._steps(place):
                found[target] = found.get(target, np.zeros(self.shape)) + found[place] * share
        return found

    def _steps(self, place: Place) -> list[tuple[Place, Any]]:
        setting = self._setting
        position = setting.positions[place[0]]
        if position.night is not None:
            return [(target, weight) for weight, target in setting.by_night(place)]
        steps: list[tuple[Place, Any]] = []
        for k, branch in enumerate(position.branches):
            match position.kind:
                case Kind.DECISION:
                    share: Any = self.taken[place] == k
                case Kind.CHANCE:
                    share = self._probability(branch.probability, place)
                case _:
                    share = 1.0
            steps.append((setting.after(place, k), share))
        return steps

    def _solve(self, place: Place) -> Worth:
        position = self._setting.positions[place[0]]
        match position.kind:
            case Kind.TERMINAL:
                return self._paid(position.payoffs, place)
            case Kind.NIGHT:
                factors = self._after._factors
                later = [self.worth(p).scaled(w) for w, p in self._setting.by_night(place)]
                return _sum(later).scaled(factors)
            case Kind.CHANCE:
                return self._chance(place)
            case Kind.DECISION:
                return self._decision(place)
            case Kind.OFFER if place == self._after.root:
                return self.options(place)[0]
            case _:
                raise UnsupportedGame(
                    f"the move at '{position.node}' follows an answer of a player with private "
                    "numbers; only decisions of one player and chance may"
                )

    def _chance(self, place: Place) -> Worth:
        weighted = []
        options = self.options(place)
        for branch, option in zip(self._setting.positions[place[0]].branches, options, strict=True):
            weight = self._probability(branch.probability, place)
            share = option.scaled(weight)
            moved = self._slope(branch.probability or 0, place, self._after.variable)
            by_offer = share.by_offer + moved * option.payoffs
            weighted.append(Worth(share.payoffs, by_offer, share.by_type))
        return _sum(weighted)

    def _probability(self, slot: int | None, place: Place) -> Floats:
        if slot is None:
            raise ValueError("an event has a probability")
        share = self.value(slot, place)
        if not np.all((share >= 0) & (share <= 1)):
            node = self._setting.positions[place[0]].node
            raise ParameterError(f"a probability at '{node}' is not in [0, 1] for some offer")
        return share

    def _decision(self, place: Place) -> Worth:
        options = self.options(place)
        if place in self._picks:
            taken = np.full(self.shape, self._picks[place])
        else:
            mover = self._setting.positions[place[0]].movers[0]
            taken = _first_best([option.payoffs[mover] for option in options])
        self.taken[place] = taken

        def chosen(part: Callable[[Worth], Floats]) -> Floats:
            stacked = np.stack([part(option) for option in options])
            rows = np.broadcast_to(taken, stacked.shape[1:])[None]
            best: Floats = np.take_along_axis(stacked, rows, axis=0)[0]
            return best

        return Worth(
            chosen(lambda w: w.payoffs), chosen(lambda w: w.by_offer), chosen(lambda w: w.by_type)
        )

    def _paid(self, slots: tuple[int, ...], place: Place) -> Worth:
        """What slots pay, one for each player."""
        payoffs = np.stack([self.value(slot, place) for slot in slots])
        if not np.all(np.isfinite(payoffs)):
            node = self._setting.positions[place[0]].node
            raise NotFinite(f"a payoff at '{node}' is not finite for some type or offer")
        variable, number = self._after.variable, self._after.number
        by_offer = np.stack([self._slope(slot, place, variable) for slot in slots])
        by_type = np.stack([self._slope(slot, place, number) for slot in slots])
        return Worth(payoffs, by_offer, by_type)

    def _slope(self, slot: int, place: Place, name: str) -> Floats:
        slope = self._setting.curves.slopes.get((slot, name))
        return np.zeros(self.shape) if slope is None else self.value(slope, place)


def _sum(parts: Sequence[Worth]) -> Worth:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _first_best(options: Sequence[Floats]) -> NDArray[np.intp]:
    """The best of some options, by element; the earliest of those that tie."""
    best, taken = options[0], np.zeros(options[0].shape, dtype=np.intp)
    for k, option in enumerate(options[1:], start=1):
        size = np.maximum(np.abs(option), np.abs(best))
        better = option - best > RELATIVE_TIE * size
        best, taken = np.where(better, option, best), np.where(better, k, taken)
    return taken
