"""What offers lead to where an uninformed player's choice after them is a lottery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, TypeAlias

from gametheory_crisis.results import Number

if TYPE_CHECKING:
    from gametheory_crisis.certificate.screening_alternatives import Alternatives

Plan: TypeAlias = Mapping[int, Mapping[int, Number]]
"""For each place of an uninformed player, the probability of the edges that it may take."""


class Lotteries:
    """Equilibria after an offer in which an uninformed player mixes, and so does a type.

    They are looked for where the player likes its second action while few types expect it to be
    taken, and no more once many do; between two of its plans that differ at one place.
    """

    def __init__(
        self, alternatives: Alternatives, made: Mapping[str, Number], generous: bool
    ) -> None:
        self._of, self._made, self._generous = alternatives, made, generous

    def worths(self) -> Iterator[Number]:
        """What the offer is worth in each."""
        for one, other in combinations(self._of.plans, 2):
            places = [place for place in one if one[place] != other[place]]
            if len(places) == 1:
                search = self._by_types if self._of.continuum is None else self._by_bisection
                yield from search(one, places[0], *one[places[0]], *other[places[0]])

    def _look(
        self, plan: Plan, place: int, one: int, other: int, odds: Number
    ) -> tuple[Number, Number, bool]:
        """Lead of the second action, worth of the offer, whether all else stands, at some odds."""
        mixed = {**plan, place: {one: 1 - odds, other: odds}}
        answered = self._of.answered(self._made, mixed, self._generous)
        lead = self._of.lead(answered, place, other, one)
        worth = self._of.expected(answered, self._made)
        return lead, worth, self._of.stands(answered, but=place)

    def _by_bisection(self, plan: Plan, place: int, one: int, other: int) -> Iterator[Number]:
        low, high = 0.0, 1.0
        before, after = (self._look(plan, place, one, other, each) for each in (low, high))
        if not before[0] > 0 > after[0]:
            return
        for _ in range(50):
            middle = (low + high) / 2
            found = self._look(plan, place, one, other, middle)
            if found[0] > 0:
                low, before = middle, found
            else:
                high, after = middle, found
        share = before[0] / (before[0] - after[0])
        if after[2]:
            yield (1 - share) * before[1] + share * after[1]

    def _by_types(self, plan: Plan, place: int, one: int, other: int) -> Iterator[Number]:
        """With finitely many types, answers change at odds that leave one of them indifferent."""
        offer = self._made[self._of.variable]
        at_one = self._of.leads(offer, self._of.types, plan)
        moved = {**plan, place: {other: plan[place][one]}}
        at_other = self._of.leads(offer, self._of.types, moved)
        turns = {a / (a - b) for a, b in zip(at_one, at_other, strict=True) if a * b < 0}
        cuts = [0 * offer, *sorted(turns), 0 * offer + 1]
        segments = [self._segment(plan, place, one, other, a, b) for a, b in pairwise(cuts)]
        for before, after in pairwise(segments):
            if before[0] > 0 > after[0] and before[3] and after[3]:
                share = before[0] / (before[0] - after[0])
                yield (1 - share) * before[2] + share * after[1]
        yield from (worth for found in segments if found[0] == 0 for worth in found[1:3])

    def _segment(
        self, plan: Plan, place: int, one: int, other: int, low: Number, high: Number
    ) -> tuple[Number, Number, Number, bool]:
        """Lead between two odds, worth at both, affine in between, and whether all else stands."""
        a, b = (2 * low + high) / 3, (low + 2 * high) / 3
        at_a, at_b = (self._look(plan, place, one, other, each) for each in (a, b))
        return at_a[0], 2 * at_a[1] - at_b[1], 2 * at_b[1] - at_a[1], at_a[2] and at_b[2]
