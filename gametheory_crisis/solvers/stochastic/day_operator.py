"""One day as a map: from what positions are worth tomorrow to what they are worth today."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from gametheory_crisis.solvers.one_day import Decided, OneDay, Tomorrow
from gametheory_crisis.solvers.stage_equilibria import FLOAT_BITS
from gametheory_crisis.solvers.stochastic.components import Component
from gametheory_crisis.solvers.values import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STEP = 2.0**-20
"""Step of difference quotients, as a share of the largest payoff of the player."""
STAGE_NOISE = 2.0 ** (5 - FLOAT_BITS)
"""Rounding of values where a stage is mixed, as a share of the largest payoff."""


@dataclass(frozen=True, slots=True)
class Point:
    """What the targets of a component are worth, at dawn.

    Attributes
    ----------
    payoffs : (targets, players)
    days : per target the expected number of days until play ends; infinite where it may not
    """

    payoffs: NDArray[np.float64]
    days: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """What one day makes of a point.

    Attributes
    ----------
    point : what the targets are worth a day earlier
    values : of all members; among the outcomes, ``~k`` is standing at dawn at target ``k``
    decided : what is decided at the members
    scale : (players,) the largest payoff of each player, in size, at any member on any day so far,
        or where play leaves the component; 1 where all are 0
    """

    point: Point
    values: Mapping[int, Value]
    decided: Mapping[int, Decided]
    scale: NDArray[np.float64]

    @property
    def choices(self) -> Hashable:
        """Who does what: the same on two days whose plans differ in numbers only."""
        return tuple((index, _choice(decided)) for index, decided in self.decided.items())

    @property
    def noise(self) -> float:
        """The share of the largest payoff to which values are rounded."""
        mixes = any(decided.mix is not None for decided in self.decided.values())
        return STAGE_NOISE if mixes else 0.0


class DayOperator:
    """One day at the members of a component.

    Parameters
    ----------
    one_day : knows the values of all positions to which play can leave the component
    component : has targets

    Attributes
    ----------
    groups : the targets by number, so grouped that no target's value depends on two of a group
    """

    def __init__(self, one_day: OneDay, component: Component) -> None:
        self.one_day = one_day
        self.component = component
        positions = one_day.game.positions
        self.solved = [index for index in component.members if not positions[index].reads]
        self.num_players = len(one_day.game.players)
        self.notes = dict(one_day.notes)
        self.groups = _groups(component.reads)
        leaving = {branch.target for k in component.members for branch in positions[k].branches}
        after = [one_day.settled[k] for k in sorted(leaving) if k in one_day.settled]
        self._largest = self._sizes(after)

    def horizon(self) -> Point:
        """Nothing is paid any more: the value of a game that stops."""
        import numpy as np

        targets = len(self.component.targets)
        return Point(np.zeros((targets, self.num_players)), (0.0,) * targets)

    def __call__(
        self, point: Point, kept: Mapping[int, Decided] | None = None, *, bound: bool = False
    ) -> Day:
        """The day before a point; ``kept`` and ``bound`` as in `OneDay`."""
        one_day = self.one_day
        one_day.notes.clear()
        one_day.notes.update(self.notes)
        one_day.kept, one_day.bound = kept or {}, bound
        one_day.today, one_day.decided = {}, {}
        tomorrow = Tomorrow(ChainMap(self._dawns(point), one_day.settled))
        for index in self.solved:
            one_day.today[index] = one_day.solve(index, tomorrow)
        return self._day(one_day.today, one_day.decided)

    def slope(self, point: Point, day: Day) -> NDArray[np.float64]:
        """How today's payoffs move with tomorrow's while the choices of a day are kept.

        Difference quotients, many columns at once (Curtis, Powell and Reid 1974): what one target
        is worth depends on few others.

        Returns
        -------
        (targets x players, targets x players)
        """
        import numpy as np

        targets = len(self.component.targets)
        shape = (targets, self.num_players)
        result = np.zeros((*shape, *shape))
        here = self(point, day.decided, bound=True).point.payoffs
        for group in self.groups:
            for player in range(self.num_players):
                moved = point.payoffs.copy()
                moved[group, player] += STEP * day.scale[player]
                there = self(Point(moved, point.days), day.decided, bound=True).point.payoffs
                for target in group:
                    step = moved[target, player] - point.payoffs[target, player]
                    rows = [k for k, reads in enumerate(self.component.reads) if target in reads]
                    result[rows, :, target, player] = (there[rows] - here[rows]) / step
        size = targets * self.num_players
        return result.reshape(size, size)

    def _dawns(self, point: Point) -> dict[int, Value]:
        return {
            target: Value(tuple(payoffs), {~k: Fraction(1)}, days)
            for k, (target, payoffs, days) in enumerate(
                zip(self.component.targets, point.payoffs.tolist(), point.days, strict=True)
            )
        }

    def _day(self, values: Mapping[int, Value], decided: Mapping[int, Decided]) -> Day:
        import numpy as np

        dawns = [values[target] for target in self.component.targets]
        payoffs = np.array([value.payoffs for value in dawns], dtype=np.float64)
        point = Point(payoffs, tuple(float(value.day) for value in dawns))
        self._largest = np.maximum(self._largest, self._sizes(values.values()))
        scale = np.where(self._largest > 0, self._largest, 1.0)
        return Day(point, values, decided, scale)

    def _sizes(self, values: Iterable[Value]) -> NDArray[np.float64]:
        """The largest payoff of each player in size."""
        import numpy as np

        rows = [value.payoffs for value in values]
        payoffs = np.array(rows, dtype=np.float64).reshape(-1, self.num_players)
        sizes: NDArray[np.float64] = np.abs(payoffs).max(axis=0, initial=0.0)
        return sizes


def _choice(decided: Decided) -> Hashable:
    plan = () if decided.plan is None else tuple(sorted(decided.plan.choices.items()))
    mix = () if decided.mix is None else tuple(tuple(p != 0 for p in row) for row in decided.mix)
    return decided.branch, plan, mix


def _groups(reads: Sequence[frozenset[int]]) -> list[list[int]]:
    """Targets in as few groups as come easily, no two of a group read by the same target."""
    rivals: list[set[int]] = [set() for _ in reads]
    for read in reads:
        for target in read:
            rivals[target] |= read
    groups: list[list[int]] = []
    for target in range(len(reads)):
        for group in groups:
            if rivals[target].isdisjoint(group):
                group.append(target)
                break
        else:
            groups.append([target])
    return groups
