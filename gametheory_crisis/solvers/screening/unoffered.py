"""Moves that no offer precedes, for a continuum of types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.arithmetic import Number, as_float, greater
from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.games.reach import Place
from gametheory_crisis.results import Belief, Choice
from gametheory_crisis.solvers.screening.after import Aftermath, Picks
from gametheory_crisis.solvers.screening.behind import Behind
from gametheory_crisis.solvers.screening.beliefs import mean_type, types_between
from gametheory_crisis.solvers.screening.public_moves import ByType
from gametheory_crisis.solvers.screening.setting import Setting

Floats: TypeAlias = NDArray[np.float64]


class Unoffered(Behind):
    """Moves that no offer precedes."""

    def __init__(
        self, setting: Setting, place: Place, number: str, distribution: Distribution
    ) -> None:
        super().__init__(Aftermath(setting, place, number), distribution)
        self.offer = np.zeros((1, 1))
        self.types, self.weights = self._points({})
        self.picks = self._picks()
        self.types, self.weights = self._points(self.picks)
        worth = self.after.worth(self.offer, self.types, self.picks).payoffs
        self.payoffs: Sequence[Number] = (worth * self.weights).sum(axis=-1)[:, 0].tolist()
        self.reached = self.spread(self.offer, self.picks, self.types, self.weights, 1.0)
        self.ends = self.all_ends(self.reached)
        self.day: Number = sum(day * share for (_, day), share in self.ends.items())
        self.by_type: Sequence[ByType] = self.all_types(self.offer, self.picks)
        self.notes: Sequence[str] = ()

    def choices(self, reached: Number) -> list[tuple[Place, Choice]]:
        """What is chosen, where play gets here with probability ``reached``."""
        shares = {p: as_float(reached) * share for p, share in self.reached.items()}
        return list(
            self.decisions(
                self.after.places,
                self.offer,
                self.picks,
                self.types,
                self.weights,
                shares,
            )
        )

    def beliefs(self, reached: Number) -> list[tuple[Place, Belief]]:
        """None: nothing has been learnt."""
        return []

    def _points(self, picks: Picks) -> tuple[Floats, Floats]:
        ends = np.array([self.distribution.low]), np.array([self.distribution.high])
        if self.after.affine:
            types = mean_type(self.distribution, *ends)[:, None]
            return types, np.ones_like(types)
        given = dict.fromkeys(self.after.contested, 0) | dict(picks)
        return types_between(
            self.distribution, *ends, lambda types: self.after.turns(self.offer, types, given)
        )

    def _picks(self) -> dict[Place, int]:
        """What those choose who go by what they expect of all types; the last choose first."""
        picks = dict.fromkeys(self.after.contested, 0)
        for place in reversed(self.after.contested):
            types, weights = self._points(picks)
            mover = self.setting.positions[place[0]].movers[0]
            options = self.after.options(place, self.offer, types, picks)
            means = [float((option.payoffs[mover] * weights).sum()) for option in options]
            for k, mean in enumerate(means):
                if greater(mean, means[picks[place]]):
                    picks[place] = k
        return picks
