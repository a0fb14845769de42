"""Consistent beliefs that make given pure choices sequentially rational, where there are any.

Of the histories of an information set only *classes* matter, those with the same mistakes on the
way: within a class Bayes' rule fixes the ratios.  Each information set off the path is given the
classes that share its belief; orders K that put just these lowest are a linear programme; and
rationality is linear in the products z of the sizes of mistakes, once common factors are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import prod
from typing import TypeAlias

from gametheory_crisis.games.extensive import Behaviour, Beliefs, ExtensiveGame
from gametheory_crisis.solvers.extensive_form.consistency import (
    Mistakes,
    Orders,
    Row,
    Ways,
    beliefs_of,
    combined,
    difference,
    ways,
)
from gametheory_crisis.solvers.extensive_form.recall import Move
from gametheory_crisis.solvers.extensive_form.values import worth
from gametheory_crisis.solvers.polyhedron import feasible

MOST_TRIES = 2_000
"""Combinations of lowest classes that are tried for one profile at most."""


MOST_CLASSES = 8
"""Classes of histories of one information set of which all sets are tried."""


class Undecided(Exception):
    """Beliefs that satisfy all linear conditions exist, but no consistent ones were found."""


@dataclass(frozen=True, slots=True)
class Place:
    """An information set off the path.

    Attributes
    ----------
    index : the information set
    classes : the different mistakes on the way to it
    losses : per class and other action what is lost by that action there, times the class's weight
    """

    index: int
    classes: tuple[Mistakes, ...]
    losses: tuple[tuple[Fraction, ...], ...]

    @property
    def free(self) -> bool:
        """Whether the choice is best whatever is believed."""
        return all(loss >= 0 for row in self.losses for loss in row)

    def proper(self, classes: Sequence[int]) -> dict[int, Mistakes]:
        """The mistakes of some classes without those that all of them share."""
        shared = frozenset.intersection(*(self.classes[c] for c in classes))
        return {c: self.classes[c] - shared for c in classes}

    def conditions(self, classes: Sequence[int]) -> list[list[Fraction]]:
        """Rows of coefficients, per class, of sums that must be at least 0."""
        return [list(row) for row in zip(*(self.losses[c] for c in classes), strict=True)]

    @property
    def small(self) -> bool:
        """Whether all sets of classes can be tried."""
        return len(self.classes) <= MOST_CLASSES

    def weights(self) -> tuple[int, ...] | None:
        """Classes that can share a belief under which the choice is best, or None."""
        everything = range(len(self.classes))
        found = feasible(*average(self.conditions(everything), len(self.classes)))
        return None if found is None else tuple(c for c in everything if found[c])

    def possible(self) -> Iterator[tuple[int, ...]]:
        """Sets of classes that can share the belief, the largest first.

        All of them where the classes are few; else all together, some, and each by itself.
        """
        everything = range(len(self.classes))
        sizes = reversed(range(1, len(self.classes) + 1))
        candidates: Iterable[tuple[int, ...]]
        if self.small:
            candidates = (s for size in sizes for s in combinations(everything, size))
        else:
            candidates = (tuple(everything), self.weights() or (), *((c,) for c in everything))
        for classes in candidates:
            if classes and _positive(self.conditions(classes), len(classes)) is not None:
                yield classes


_Pick: TypeAlias = tuple[Place, tuple[int, ...]]
"""An information set and the classes that share its belief."""


class BeliefSearch:
    """The search for the beliefs that support one pure profile of a game in rationals."""

    def __init__(self, game: ExtensiveGame, behaviour: Behaviour) -> None:
        self.game, self.behaviour = game, behaviour
        self.known: Ways = ways(game, behaviour)
        self._after = worth(game, behaviour)
        self._tries, self._undecided = 0, False

    def beliefs(self) -> Beliefs | None:
        """Consistent beliefs under which every choice is best, or None where there are none.

        Raises
        ------
        Undecided
            Neither such beliefs nor their absence could be shown.
        """
        if not self._best_on_path():
            return None
        if any(place.weights() is None for place in self.bound):
            return None
        found = self._search([])
        if found is None and (self._undecided or not all(place.small for place in self.bound)):
            raise Undecided
        return found

    def _best_on_path(self) -> bool:
        """Whether every choice is best at the information sets that play reaches."""
        for index, mistakes in enumerate(self.known.mistakes):
            if frozenset() in mistakes:
                place = self._place(index)
                if any(loss < 0 for loss in place.losses[place.classes.index(frozenset())]):
                    return False
        return True

    @cached_property
    def off_path(self) -> list[Place]:
        """Information sets that play does not reach."""
        return [
            self._place(index)
            for index, mistakes in enumerate(self.known.mistakes)
            if frozenset() not in mistakes
        ]

    @cached_property
    def bound(self) -> list[Place]:
        """Those of them at which not every belief will do."""
        return [place for place in self.off_path if not place.free]

    def _place(self, index: int) -> Place:
        here = self.game.information_sets[index]
        taken = next(a for a, share in enumerate(self.behaviour[index]) if share)
        classes = tuple(dict.fromkeys(self.known.mistakes[index]))
        losses = {way: [Fraction(0)] * (len(here.actions) - 1) for way in classes}
        for history, way, weight in zip(
            here.histories, self.known.mistakes[index], self.known.weight[index], strict=True
        ):
            values = [self._after[c][here.player] for c in self.game.histories.children[history]]
            gains = [values[taken] - v for a, v in enumerate(values) if a != taken]
            losses[way] = [
                total + Fraction(weight) * Fraction(gain)
                for total, gain in zip(losses[way], gains, strict=True)
            ]
        return Place(index, classes, tuple(tuple(losses[way]) for way in classes))

    def _search(self, picked: list[_Pick]) -> Beliefs | None:
        """Beliefs with the classes picked so far, at the other information sets any that serve."""
        if len(picked) == len(self.bound):
            return self._settled(picked)
        place = self.bound[len(picked)]
        for classes in place.possible():
            self._tries += 1
            if self._tries > MOST_TRIES:
                raise Undecided
            further = [*picked, (place, classes)]
            if _orders(further).solution() is not None:
                found = self._search(further)
                if found is not None:
                    return found
        return None

    def _settled(self, picked: Sequence[_Pick]) -> Beliefs | None:
        """Beliefs shared by the classes picked at each information set, if there are any."""
        order = _orders(picked).solution()
        products = _products(picked)
        if order is None or products is None:
            return None
        rows, ratios = list[Row](), list[Fraction]()
        for place, classes in picked:
            first, *others = place.proper(classes).values()
            rows += [difference(way, first) for way in others]
            ratios += [products[way] / products[first] for way in others]
        size = _sizes(rows, ratios)
        if size is None:
            self._undecided = True
            return None
        return beliefs_of(self.game, self.known, order, size)


def _orders(picked: Sequence[_Pick]) -> Orders:
    """What the orders of mistakes must satisfy for the classes picked to be the lowest."""
    orders = Orders()
    for place, classes in picked:
        others = [way for c, way in enumerate(place.classes) if c not in classes]
        orders.add([place.classes[c] for c in classes], others)
    return orders


def _products(picked: Sequence[_Pick]) -> dict[Mistakes, Fraction] | None:
    """Products of sizes of mistakes, each for itself, that make all choices best."""
    proper = [place.proper(classes) for place, classes in picked]
    names = list(dict.fromkeys(way for ways_here in proper for way in ways_here.values()))
    at = {way: k for k, way in enumerate(names)}
    rows = []
    for (place, classes), ways_here in zip(picked, proper, strict=True):
        for condition in place.conditions(classes):
            row = [Fraction(0)] * len(names)
            for c, loss in zip(classes, condition, strict=True):
                row[at[ways_here[c]]] += loss
            rows.append(row)
    found = _positive(rows, len(names))
    return None if found is None else dict(zip(names, found, strict=True))


def _positive(rows: Sequence[Sequence[Fraction]], num: int) -> list[Fraction] | None:
    """Numbers of at least 1 for which all linear forms are at least 0, or None.

    The forms are homogeneous, so positive numbers will do if and only if such do.
    """
    if not rows:
        return [Fraction(1)] * num
    found = feasible(slacked(rows), [-sum(row) for row in rows])
    return None if found is None else [1 + extra for extra in found[:num]]


def slacked(rows: Sequence[Sequence[Fraction]]) -> list[list[Fraction | int]]:
    """Linear forms, each less a variable of its own: what they exceed zero by."""
    return [[*row, *(-int(k == j) for j in range(len(rows)))] for k, row in enumerate(rows)]


def average(
    rows: Sequence[Sequence[Fraction]], num: int
) -> tuple[list[list[Fraction | int]], list[int]]:
    """The equations of ``num`` probabilities under which the rows are at least 0 on average.

    The unknowns are the probabilities, then what each row exceeds 0 by.
    """
    return [[*[1] * num, *[0] * len(rows)], *slacked(rows)], [1, *[0] * len(rows)]


def _sizes(rows: Sequence[Row], ratios: Sequence[Fraction]) -> dict[Move, Fraction] | None:
    """Sizes of mistakes with given products, or None where none were found.

    Each row is solved for a mistake that occurs in it once; where that is impossible, or rows
    depend on each other and contradict each other, products have to be chosen otherwise.
    """
    solved: list[tuple[Move, Row, Fraction]] = []
    for row, ratio in zip(rows, ratios, strict=True):
        rest, right = dict(row), ratio
        for pivot, other, value in solved:
            power = rest.get(pivot, 0) * other[pivot]
            if power:
                rest = combined(rest, 1, other, -power)
                right /= value**power
        unit = next((move for move in sorted(rest) if abs(rest[move]) == 1), None)
        if unit is None:
            if rest or right != 1:
                return None
            continue
        solved.append((unit, rest, right))
    size: dict[Move, Fraction] = {}
    for pivot, row, ratio in reversed(solved):
        others = prod(
            (size.get(m, Fraction(1)) ** power for m, power in row.items() if m != pivot),
            start=Fraction(1),
        )
        size[pivot] = (ratio / others) ** row[pivot]
    return size
