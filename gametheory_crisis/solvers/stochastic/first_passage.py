"""The probability that play ever stands at a place: first passage in a Markov chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from gametheory_crisis.solvers.stochastic.components import strongly_connected

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Steps: TypeAlias = Mapping[int, Sequence[tuple[int, float]]]
"""For each place, where play goes from there and with which probability; nowhere where it ends."""

ROUNDING = 1e-12
"""A probability so close to 1 is 1 but for rounding."""


def ever_reached(steps: Steps, start: int, groups: Sequence[Sequence[int]]) -> list[float]:
    """For each group of places, the probability that play from a start ever stands in it.

    Parameters
    ----------
    steps : the chain; what has probability 0 may be left out
    """
    chain = _Chain(steps, start)
    chances = [min(1.0, max(0.0, chain.reaches(group))) for group in groups]
    return [1.0 if chance > 1 - ROUNDING else chance for chance in chances]


@dataclass
class _Chain:
    """A chain, split into places that play leaves for good and classes that it never leaves.

    With ``Q`` the steps among the former, ``(I - Q)^-1`` counts expected visits (Kemeny and Snell
    1960, chapter 3); the first of them is a visit divided by the visits that it brings about.
    """

    steps: Steps
    start: int
    class_of: dict[int, int] = field(default_factory=dict)
    number: dict[int, int] = field(default_factory=dict)
    returning: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        onward = self._onward()
        for group in strongly_connected(onward):
            inside = set(group)
            if len(group) == 1 and group[0] not in onward[group[0]]:
                self.number[group[0]] = len(self.number)
            elif all(target in inside for place in group for target in onward[place]):
                self.class_of |= dict.fromkeys(group, group[0])
            else:
                self.returning |= inside
                self.number |= {place: len(self.number) + k for k, place in enumerate(group)}

    def reaches(self, group: Sequence[int]) -> float:
        """The probability of ever standing in a group of places."""
        passing = [place for place in group if place in self.number]
        classes = {self.class_of[place] for place in group if place in self.class_of}
        if self.start in self.class_of:
            return float(self.class_of[self.start] in classes)
        if not classes and not self.returning.intersection(passing) and len(passing) == 1:
            return float(self._visits[self.number[passing[0]]])
        caught = self._caught(classes)
        before = float(caught[self.number[self.start]])
        if not passing:
            return before
        import numpy as np

        rows = [self.number[place] for place in passing]
        columns = np.zeros((len(self.number), len(rows)))
        columns[rows, range(len(rows))] = 1.0
        among = self._solver.solve(columns)[rows]
        first = np.linalg.solve(among.T, self._visits[rows])
        return before + float(first @ (1 - caught[rows]))

    def _onward(self) -> dict[int, list[int]]:
        """What can follow each place that play can get to."""
        onward: dict[int, list[int]] = {}
        stack = [self.start]
        while stack:
            place = stack.pop()
            if place not in onward:
                onward[place] = [target for target, chance in self.steps[place] if chance > 0]
                stack.extend(onward[place])
        return onward

    @cached_property
    def _solver(self) -> Any:
        """Solves systems with ``I - Q``."""
        from scipy.sparse import csc_matrix
        from scipy.sparse.linalg import splu

        entries = [(k, k, 1.0) for k in self.number.values()]
        for place, k in self.number.items():
            for target, chance in self.steps[place]:
                if chance > 0 and target in self.number:
                    entries.append((k, self.number[target], -chance))
        rows, columns, numbers = zip(*entries, strict=True)
        size = len(self.number)
        return splu(csc_matrix((numbers, (rows, columns)), shape=(size, size)))

    @cached_property
    def _visits(self) -> NDArray[np.float64]:
        """Expected visits to each place that is left for good."""
        import numpy as np

        unit = np.zeros(len(self.number))
        unit[self.number[self.start]] = 1.0
        visits: NDArray[np.float64] = self._solver.solve(unit, trans="T")
        return visits

    def _caught(self, classes: set[int]) -> NDArray[np.float64]:
        """From each place that is left for good, the probability of ending up in some classes."""
        import numpy as np

        into = np.zeros(len(self.number))
        if not classes:
            return into
        for place, k in self.number.items():
            for target, chance in self.steps[place]:
                if chance > 0 and self.class_of.get(target) in classes:
                    into[k] += chance
        caught: NDArray[np.float64] = self._solver.solve(into)
        return caught
