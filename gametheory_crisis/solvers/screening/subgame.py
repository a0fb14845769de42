"""Public moves after the last offer: what they lead to, for whatever types are left.

Those who do not know the private numbers choose by what they expect of the types left, the
positions below some state; the informed player chooses for each of its types. Payoffs are affine in
the position within a segment of types, so what a decision depends on is found by roots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.games.stage import Kind, Position
from gametheory_crisis.solvers.screening.payoffs import Payoffs
from gametheory_crisis.solvers.screening.types import Types

Floats = NDArray[np.float64]

SAMPLES = 65
"""States at which the options of an uninformed player are compared to find where they cross."""
TIE = 1e-12
"""Expected payoffs nearer than this, as a share, tie; the earlier action is taken."""


@dataclass(frozen=True)
class Prospect:
    """What a position leads to, type by type, while the choices below it stay the same.

    Attributes
    ----------
    knots : float64 (segments + 1,), segments of positions
    payoffs : float64 (players, segments, 2), intercept and slope in the position
    ends : per outcome and number of days from now, float64 (segments,), its probability
    choices : per position of the stage game, each mover's branch: float64 (segments, branches), the
        probability that a type of a segment takes it
    """

    knots: Floats
    payoffs: Floats
    ends: Mapping[tuple[int, int], Floats]
    choices: Mapping[int, Floats] = field(default_factory=dict)

    def on(self, knots: Floats) -> Prospect:
        """The same on finer segments."""
        if len(knots) == len(self.knots):
            return self
        inside = 0.5 * (knots[:-1] + knots[1:])
        rows = np.searchsorted(self.knots, inside) - 1
        return Prospect(
            knots,
            self.payoffs[:, rows],
            {key: shares[rows] for key, shares in self.ends.items()},
            {key: taken[rows] for key, taken in self.choices.items()},
        )


@dataclass(frozen=True)
class Stretch:
    """A prospect that holds in all states up to ``upto``, from the end of the stretch before."""

    upto: float
    prospect: Prospect


class Subgame:
    """Solves public moves after the last offer.

    Parameters
    ----------
    game : the form
    types : the types in order
    payoffs : numbers of the stage game's slots by type
    discount : float64 (players,), per day
    """

    def __init__(
        self,
        game: ScreeningGame,
        types: Types,
        payoffs: Payoffs,
        discount: Floats,
    ) -> None:
        self._positions = game.stage.positions
        self._players = game.stage.players
        self._informed = game.informed
        self._types = types
        self._payoffs = payoffs
        self._discount = discount
        self._known: dict[int, list[Stretch]] = {}

    def solve(self, index: int) -> list[Stretch]:
        """What a position leads to, by the state in which it is reached.

        Raises
        ------
        UnsupportedGame
            The informed player's choice tells others what they go by, or payoffs are not affine.
        """
        found = self._known.get(index)
        if found is None:
            found = self._known[index] = self._solved(index)
        return found

    def _solved(self, index: int) -> list[Stretch]:
        position = self._positions[index]
        match position.kind:
            case Kind.TERMINAL:
                return [Stretch(1.0, self._end(position))]
            case Kind.CHANCE:
                return self._chance(position)
            case Kind.NIGHT:
                return self._night(position)
            case Kind.DECISION if position.movers == (self._informed,):
                return self._informed_choice(index, position)
            case Kind.DECISION:
                return self._uninformed_choice(index, position)
            case _:
                raise UnsupportedGame(
                    f"the move at '{position.node}' comes after the offers to a player with "
                    "private numbers; only decisions of one player and chance may"
                )

    def _end(self, position: Position) -> Prospect:
        knots = self._types.knots
        payoffs = np.array([self._payoffs.by_type(s, position.node) for s in position.payoffs])
        return Prospect(knots, payoffs, {(position.outcome, 0): np.ones(len(knots) - 1)})

    def _branches(self, position: Position) -> list[list[Stretch]]:
        """What each branch leads to, its payments included."""
        found = []
        for branch in position.branches:
            stretches = self.solve(branch.target)
            if branch.pays:
                paid = np.array([self._payoffs.by_type(s, position.node) for s in branch.pays])
                stretches = [
                    Stretch(s.upto, _paid(s.prospect, self._types.knots, paid)) for s in stretches
                ]
            found.append(stretches)
        return found

    def _chance(self, position: Position) -> list[Stretch]:
        shares = [self._payoffs.number(branch.probability) for branch in position.branches]
        return [
            Stretch(upto, _mixture(prospects, shares))
            for _, upto, prospects in _together(self._branches(position))
        ]

    def _night(self, position: Position) -> list[Stretch]:
        night = position.night
        if night is None:
            raise ValueError("a night leads somewhere")
        if night.breakdown is not None:
            raise UnsupportedGame(
                f"days pass at '{position.node}' with a hazard of a breakdown; after daily offers "
                "to a player with private numbers days may pass only without one"
            )
        later = []
        for stretch in self.solve(night.tomorrow):
            prospect = stretch.prospect
            payoffs = prospect.payoffs * self._discount[:, None, None]
            ends = {(outcome, days + 1): share for (outcome, days), share in prospect.ends.items()}
            later.append(
                Stretch(stretch.upto, Prospect(prospect.knots, payoffs, ends, prospect.choices))
            )
        return later

    def _uninformed_choice(self, index: int, position: Position) -> list[Stretch]:
        (player,) = position.movers
        found = []
        for low, upto, prospects in _together(self._branches(position)):
            knots = prospects[0].knots

            def worth(states: Floats, prospects: Sequence[Prospect] = prospects) -> Floats:
                return np.array(
                    [self._types.integral(p.knots, p.payoffs[player], states) for p in prospects]
                )

            for end, best in _best(worth, low, upto, len(prospects)):
                taken = np.zeros((len(knots) - 1, len(prospects)))
                taken[:, best] = 1.0
                chosen = prospects[best]
                below = {**_choices(prospects), index: taken}
                found.append(Stretch(end, Prospect(knots, chosen.payoffs, chosen.ends, below)))
        return found

    def _informed_choice(self, index: int, position: Position) -> list[Stretch]:
        found = []
        for _, upto, prospects in _together(self._branches(position)):
            if any(self._goes_by_types(branch.target) for branch in position.branches):
                raise UnsupportedGame(
                    f"the choice at '{position.node}' after the offers tells those who move after "
                    "it about private numbers that they go by"
                )
            knots = _crossings(prospects, self._informed)
            prospects = [prospect.on(knots) for prospect in prospects]
            middle = 0.5 * (knots[:-1] + knots[1:])
            worth = np.array(
                [
                    p.payoffs[self._informed, :, 0] + p.payoffs[self._informed, :, 1] * middle
                    for p in prospects
                ]
            )
            best = _first_largest(worth)
            segments = np.arange(len(knots) - 1)
            payoffs = np.array([p.payoffs for p in prospects])[best, :, segments]
            taken = np.zeros((len(segments), len(prospects)))
            taken[segments, best] = 1.0
            ends: dict[tuple[int, int], Floats] = {}
            for k, prospect in enumerate(prospects):
                for key, share in prospect.ends.items():
                    ends[key] = ends.get(key, 0.0) + share * taken[:, k]
            below = {**_choices(prospects), index: taken}
            found.append(Stretch(upto, Prospect(knots, payoffs.transpose(1, 0, 2), ends, below)))
        return found

    def _goes_by_types(self, index: int) -> bool:
        """Whether somebody uninformed chooses at a position, or below, by the types left."""
        position = self._positions[index]
        night = position.night
        below = [b.target for b in position.branches] + ([night.tomorrow] if night else [])
        if position.kind is Kind.DECISION and position.movers != (self._informed,):
            payoffs = [
                s.prospect.payoffs[position.movers[0]]
                for b in position.branches
                for s in self.solve(b.target)
            ]
            if any(np.ptp(p[:, 0]) > 0 or np.any(p[:, 1] != 0) for p in payoffs):
                return True
        return any(self._goes_by_types(target) for target in below)


def _together(
    branches: Sequence[Sequence[Stretch]],
) -> Iterable[tuple[float, float, list[Prospect]]]:
    """The stretches on which all branches keep their prospects, on common segments of types."""
    uptos = sorted({stretch.upto for stretches in branches for stretch in stretches})
    low = 0.0
    for upto in uptos:
        prospects = [next(s.prospect for s in b if s.upto >= upto) for b in branches]
        knots = np.unique(np.concatenate([prospect.knots for prospect in prospects]))
        yield low, upto, [prospect.on(knots) for prospect in prospects]
        low = upto


def _choices(prospects: Sequence[Prospect]) -> dict[int, Floats]:
    return {key: taken for prospect in prospects for key, taken in prospect.choices.items()}


def _paid(prospect: Prospect, knots: Floats, paid: Floats) -> Prospect:
    """A prospect with payments on the way to it; ``paid`` is (players, segments, 2)."""
    rows = np.searchsorted(knots, 0.5 * (prospect.knots[:-1] + prospect.knots[1:])) - 1
    payoffs = prospect.payoffs + paid[:, rows]
    return Prospect(prospect.knots, payoffs, prospect.ends, prospect.choices)


def _mixture(prospects: Sequence[Prospect], shares: Sequence[float]) -> Prospect:
    ends: dict[tuple[int, int], Floats] = {}
    for prospect, share in zip(prospects, shares, strict=True):
        for key, probability in prospect.ends.items():
            if share:
                ends[key] = ends.get(key, 0.0) + share * probability
    happening = [(p, s) for p, s in zip(prospects, shares, strict=True) if s]
    payoffs = np.sum([s * p.payoffs for p, s in happening], axis=0)
    return Prospect(prospects[0].knots, payoffs, ends, _choices(prospects))


def _first_largest(worth: Floats) -> NDArray[np.int64]:
    """Per column the first row that is as large as the largest, but for rounding."""
    largest = worth.max(axis=0)
    near = worth >= largest - TIE * np.maximum(np.abs(largest), np.abs(worth).max(axis=0))
    return np.asarray(np.argmax(near, axis=0))


def _best(
    worth: Callable[[Floats], Floats], low: float, upto: float, options: int
) -> list[tuple[float, int]]:
    """Stretches of states between ``low`` and ``upto``: where each ends, and its best option."""
    if options == 1:
        return [(upto, 0)]
    share = np.linspace(0.0, 1.0, SAMPLES)[1:] if low == 0.0 else np.linspace(0.0, 1.0, SAMPLES)
    states = low + (upto - low) * share
    best = _first_largest(worth(states))
    found: list[tuple[float, int]] = []
    for k in np.flatnonzero(np.diff(best)):
        first, second = int(best[k]), int(best[k + 1])

        def lead(state: float, first: int = first, second: int = second) -> float:
            values = worth(np.array([state]))[:, 0]
            return float(values[first] - values[second])

        a, b = float(states[k]), float(states[k + 1])
        if lead(a) > 0.0 > lead(b):
            found.append((float(brentq(lead, a, b, xtol=1e-15)), first))
        else:
            # At a sample itself the two tie: there the one ends and the other begins.
            found.append((a if lead(a) <= 0.0 else b, first))
    return [*found, (upto, int(best[-1]))]


def _crossings(prospects: Sequence[Prospect], player: int) -> Floats:
    """Common segments of types, split where two prospects are worth the same to a player."""
    knots = prospects[0].knots
    extra: list[float] = []
    for j in range(len(knots) - 1):
        lines = [p.payoffs[player, j] for p in prospects]
        for k, (a0, a1) in enumerate(lines):
            for b0, b1 in lines[:k]:
                if a1 != b1:
                    at = (b0 - a0) / (a1 - b1)
                    if knots[j] < at < knots[j + 1]:
                        extra.append(float(at))
    return np.unique(np.concatenate([knots, extra]))
