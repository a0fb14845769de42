"""An offer to a continuum of types as a part of a public game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.reach import Place
from gametheory_crisis.results import Belief, Choice, Reply
from gametheory_crisis.solvers.screening.arcs import Arc
from gametheory_crisis.solvers.screening.behind import SHOWN, Behind
from gametheory_crisis.solvers.screening.one_offer import OneOffer
from gametheory_crisis.solvers.screening.public_moves import ByType, choice
from gametheory_crisis.solvers.screening.setting import Setting

Floats: TypeAlias = NDArray[np.float64]

TABLE = 33
"""Types per smooth piece of a table of reservations."""


class Offered(Behind):
    """An offer, and all that follows it.

    Attributes
    ----------
    solved : the offer and its answers
    """

    def __init__(self, solved: OneOffer) -> None:
        problem, chosen = solved.problem, solved.chosen
        super().__init__(problem.after, problem.distribution)
        self.solved, self.problem = solved, problem
        self.crossing = chosen.arc.crossing
        self.offer, self.cutoff = np.array([chosen.offer]), np.array([chosen.cutoff])
        self.payoffs: Sequence[Number] = chosen.payoffs
        self.day: Number = chosen.day
        self.notes: Sequence[str] = solved.notes
        self.groups = [self._group(branch) for branch in (0, 1)]
        self.reached: dict[Place, float] = {}
        for group in self.groups:
            for place, share in self.spread(self.offer[:, None], *group).items():
                self.reached[place] = self.reached.get(place, 0.0) + share
        self.ends = self.all_ends(self.reached)
        self.by_type: Sequence[ByType] = self._by_type()

    def _group(self, branch: int) -> tuple[dict[Place, int], Floats, Floats, float]:
        """The picks, types and weights behind an answer, and its probability."""
        problem, crossing = self.problem, self.crossing
        types, weights = problem.points(crossing, branch, self.offer, self.cutoff)
        ends = problem.interval(crossing, branch, self.cutoff)
        mass = float(self.distribution.mass_between(*ends)[0])
        return {**crossing.picks, problem.answer: branch}, types, weights, mass

    def _by_type(self) -> list[ByType]:
        """The types that a result shows, each with the answer of its side of the cutoff."""
        sides = [self.all_types(self.offer[:, None], group[0]) for group in self.groups]
        order = self.crossing.willingness
        accepts = order * self.distribution.quantile(SHOWN) >= order * self.cutoff[0]
        deal = self.problem.deal
        return [sides[deal if accept else 1 - deal][k] for k, accept in enumerate(accepts.tolist())]

    def choices(self, reached: Number) -> list[tuple[Place, Choice]]:
        """What is chosen, where the offer is made with probability ``reached``."""
        problem, setting = self.problem, self.setting
        share = as_float(reached)
        made = replace(
            choice(setting, problem.place, {}, share),
            offer=float(self.offer[0]),
            optimal=self.solved.optimal,
        )
        branches = setting.positions[problem.answer[0]].branches
        masses = [group[3] for group in self.groups]
        answer = replace(
            choice(
                setting,
                problem.answer,
                {branch.label: mass for branch, mass in zip(branches, masses, strict=True)},
                share,
            ),
            cutoff={problem.number: float(self.cutoff[0])} if min(masses) > 0 else {},
            reservation=self.reservations,
        )
        found = [(problem.place, made), (problem.answer, answer)]
        below = {p: share * probability for p, probability in self.reached.items()}
        for branch, (picks, types, weights, _) in enumerate(self.groups):
            rows = self.decisions(
                [p for p in self.after.places if p in problem.behind[branch]],
                self.offer[:, None],
                picks,
                types,
                weights,
                below,
            )
            found += [(p, replace(row, replies=self._replies(p, branch))) for p, row in rows]
        return _merged(setting, found)

    def beliefs(self, reached: Number) -> list[tuple[Place, Belief]]:
        """What uninformed players who choose after an answer think of the types left."""
        problem, setting, share = self.problem, self.setting, as_float(reached)
        found = []
        for branch in (0, 1):
            low, high = problem.interval(self.crossing, branch, self.cutoff)
            for place in self.after.places:
                if place in problem.behind[branch] and setting.is_choice(place, informed=False):
                    position = setting.positions[place[0]]
                    found.append(
                        (
                            place,
                            Belief(
                                player=setting.players[position.movers[0]],
                                day=setting.day(place),
                                state=setting.state(position),
                                belief=(),
                                reached=share * self.reached.get(place, 0.0),
                                support={problem.number: (float(low[0]), float(high[0]))},
                            ),
                        )
                    )
        return found

    @cached_property
    def reservations(self) -> tuple[tuple[float, float], ...]:
        """Types, ascending, and the offer that leaves each indifferent."""
        found: dict[float, float] = {}
        for arc in self._arcs():
            if arc.fixed is None:
                low, high = arc.segment.low, arc.segment.high
                types = np.unique(np.append(np.linspace(low, high, TABLE), self._within(arc)))
                for type_, offer in zip(types, arc.crossing.offers_for(types), strict=True):
                    found.setdefault(float(type_), float(offer))
        return tuple(sorted(found.items()))

    def _within(self, arc: Arc) -> list[float]:
        """The cutoff of the offer that is made, where it lies on an arc."""
        cutoff = float(self.cutoff[0])
        return [cutoff] if arc.segment.low <= cutoff <= arc.segment.high else []

    def _arcs(self) -> list[Arc]:
        """All arcs, those with the picks of the offer that is made first."""
        return sorted(self.solved.arcs, key=lambda arc: arc.crossing is not self.crossing)

    def _replies(self, place: Place, branch: int) -> tuple[Reply, ...]:
        """What is chosen at a place after each offer, where it is not always the same."""
        problem = self.problem
        position = self.setting.positions[place[0]]
        if not self.setting.is_choice(place, informed=False):
            return ()
        rows: list[tuple[float, float, str]] = []
        for arc in self._arcs():
            low, high = arc.offers
            middle = np.array([(arc.segment.low + arc.segment.high) / 2])
            offers, cutoffs = arc.at(middle)
            picks = {**arc.crossing.picks, problem.answer: branch}
            types, _ = problem.points(arc.crossing, branch, offers, cutoffs)
            taken = self.after.taken(offers[:, None], types, picks)[place]
            rows.append((low, high, position.branches[int(taken.flat[0])].label))
        if len({label for _, _, label in rows}) == 1:
            return ()
        return tuple(Reply(low, high, label) for low, high, label in _joined(rows))


def _joined(rows: Sequence[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    """Intervals in ascending order, neighbours alike made one; the first given hold on overlaps."""
    cuts = sorted({end for low, high, _ in rows for end in (low, high)})
    found: list[tuple[float, float, str]] = []
    for low, high in pairwise(cuts):
        label = next((name for a, b, name in rows if a <= low and high <= b), None)
        if label is None:
            continue
        if found and found[-1][2] == label and found[-1][1] == low:
            found[-1] = (found[-1][0], high, label)
        else:
            found.append((low, high, label))
    return found


def _merged(setting: Setting, rows: Sequence[tuple[Place, Choice]]) -> list[tuple[Place, Choice]]:
    """One entry per place.

    Raises
    ------
    UnsupportedGame
        A place that comes after both answers has two.
    """
    found: dict[Place, Choice] = {}
    for place, row in rows:
        if place in found and found[place].play != row.play and row.play:
            node = setting.positions[place[0]].node
            if setting.is_choice(place, informed=False):
                raise UnsupportedGame(
                    f"'{node}' comes after both answers, and differently; write a node for each"
                )
        found.setdefault(place, row)
    return list(found.items())
