"""What a solved part of a game shows of the moves in it, where types are a continuum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.games.reach import Place
from gametheory_crisis.games.stage import Kind
from gametheory_crisis.results import Choice
from gametheory_crisis.solvers.screening.after import Aftermath, Picks
from gametheory_crisis.solvers.screening.crossing import looked_at, spread
from gametheory_crisis.solvers.screening.public_moves import ByType, Ends, choice

Floats: TypeAlias = NDArray[np.float64]

SHOWN = np.linspace(0.05, 0.95, 10)
"""Quantiles of the types that a result shows."""


class Behind:
    """What a part shows of the moves in it, given the types and weights of each group of them."""

    def __init__(self, after: Aftermath, distribution: Distribution) -> None:
        self.after, self.setting, self.distribution = after, after.setting, distribution

    def spread(
        self, offer: Floats, picks: Picks, types: Floats, weights: Floats, mass: float
    ) -> dict[Place, float]:
        """Probability of each place, where a group of types has probability ``mass``."""
        reached = self.after.reached(offer, types, picks)
        return {p: mass * float((share * weights).sum()) for p, share in reached.items()}

    def all_ends(self, reached: Mapping[Place, float]) -> Ends:
        """Probability of each outcome and day."""
        found: Ends = {}
        for place, share in reached.items():
            if self.setting.is_end(place):
                end = self.setting.positions[place[0]].outcome, self.setting.day(place)
                found[end] = found.get(end, 0.0) + share
        return found

    def all_types(self, offer: Floats, picks: Picks) -> list[ByType]:
        """What the part is worth to the types that a result shows."""
        types = self.distribution.quantile(SHOWN)[None, :]
        payoffs = self.after.worth(offer, types, picks).payoffs[self.setting.informed, 0]
        outcomes: list[dict[int, Number]] = [{} for _ in SHOWN]
        for place, share in self.after.reached(offer, types, picks).items():
            if self.setting.is_end(place):
                outcome = self.setting.positions[place[0]].outcome
                for k, found in enumerate(outcomes):
                    found[outcome] = found.get(outcome, 0.0) + float(share[0, k])
        return [ByType(float(p), o) for p, o in zip(payoffs, outcomes, strict=True)]

    def decisions(
        self,
        places: Sequence[Place],
        offer: Floats,
        picks: Picks,
        types: Floats,
        weights: Floats,
        reached: Mapping[Place, float],
    ) -> Iterator[tuple[Place, Choice]]:
        """What is chosen at places, on average over the types that get there."""
        taken = self.after.taken(offer, types, picks)
        chances = self.after.reached(offer, types, picks)
        for place in places:
            position = self.setting.positions[place[0]]
            if position.kind is not Kind.DECISION or place not in taken:
                continue
            likely = chances.get(place, np.zeros_like(weights)) * weights
            if not likely.sum() > 0:
                likely = weights
            rows = np.broadcast_to(taken[place], likely.shape)
            play = {
                branch.label: float((likely * (rows == k)).sum() / likely.sum())
                for k, branch in enumerate(position.branches)
            }
            row = choice(self.setting, place, play, reached.get(place, 0.0))
            if place in self.after.sorting:
                row = replace(row, cutoff=self._cutoff(place, offer, picks))
            yield place, row

    def _cutoff(self, place: Place, offer: Floats, picks: Picks) -> dict[str, float]:
        """The private number at which the informed player's choice at a place changes.

        Of all types, those that do not get there included.

        Raises
        ------
        UnsupportedGame
            It changes more than once.
        """
        low, high = looked_at(self.distribution)

        def taken(types: Floats) -> NDArray[np.intp]:
            rows = self.after.taken(offer, types[None, :], picks)[place]
            row: NDArray[np.intp] = np.broadcast_to(rows, (1, len(types)))[0]
            return row

        types = spread(self.distribution, low, high, 129)
        rows = taken(types)
        changes = np.nonzero(rows[:-1] != rows[1:])[0]
        if len(changes) > 1:
            raise UnsupportedGame(
                f"the choice at '{self.setting.positions[place[0]].node}' changes more than once "
                f"with '{self.after.number}'; give the offer a grid (grid: 21) and the continuum "
                "points (points: 20)"
            )
        if not len(changes):
            return {}
        below, above = float(types[changes[0]]), float(types[changes[0] + 1])
        first = rows[changes[0]]
        while (middle := below / 2 + above / 2) not in (below, above):
            if taken(np.array([middle]))[0] == first:
                below = middle
            else:
                above = middle
        return {self.after.number: above}
