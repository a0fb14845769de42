"""A private number from a continuum, before play and in the parts of a public game."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.games.reach import Place
from gametheory_crisis.games.screening import ContinuumSlots
from gametheory_crisis.games.tape_arrays import ArrayEvaluator
from gametheory_crisis.solvers.screening.behind import SHOWN
from gametheory_crisis.solvers.screening.beliefs import mean_type, types_between
from gametheory_crisis.solvers.screening.offer_problem import OfferProblem
from gametheory_crisis.solvers.screening.offered import Offered
from gametheory_crisis.solvers.screening.one_offer import best_offer
from gametheory_crisis.solvers.screening.public_moves import Part
from gametheory_crisis.solvers.screening.setting import Setting
from gametheory_crisis.solvers.screening.unoffered import Unoffered

Floats: TypeAlias = NDArray[np.float64]


class Continuum:
    """A private number from a continuum before play."""

    def __init__(self, setting: Setting, slots: ContinuumSlots, distribution: Distribution) -> None:
        self.setting, self.name, self.distribution = setting, slots.name, distribution
        self._shown: Floats = distribution.quantile(SHOWN)
        self.types: Sequence[tuple[str, Mapping[str, float]]] = [
            ("", {self.name: float(c)}) for c in self._shown
        ]

    def mean(self, slot: int, place: Place) -> Number:
        """The expected value of a number."""
        ends = np.array([self.distribution.low]), np.array([self.distribution.high])
        curves = self.setting.curves
        if curves.is_affine(slot, self.name):
            types = mean_type(self.distribution, *ends)
            return float(self._values(slot, place, types)[0])
        signs = curves.switches[slot, self.name]

        def turns(types: Floats) -> list[Floats]:
            return [self._values(switch, place, types) for switch in signs]

        types, weights = types_between(self.distribution, *ends, turns)
        return float((self._values(slot, place, types) * weights).sum())

    def each(self, slot: int, place: Place) -> Sequence[Number]:
        """The number for each of the types shown."""
        values: list[Number] = self._values(slot, place, self._shown).tolist()
        return values

    def part(self, place: Place) -> Part:
        """The solution of an offer, or of moves that no offer precedes."""
        setting = self.setting
        stage = setting.deals.get(place[0])
        if stage is None:
            return Unoffered(setting, place, self.name, self.distribution)
        problem = OfferProblem(setting, stage, place[1], self.name, self.distribution)
        return Offered(best_offer(problem))

    def _values(self, slot: int, place: Place, types: Floats) -> Floats:
        inputs = {**self.setting.point, "day": float(max(place[1], 0)), self.name: types}
        value = ArrayEvaluator(self.setting.curves.tape, inputs).value(slot)
        return np.broadcast_to(value, types.shape)
