"""The claimed choices of a game in which one player knows private numbers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from gametheory_crisis.certificate.evaluation import as_float, distance
from gametheory_crisis.certificate.profile import is_distribution, offers_of, play_of
from gametheory_crisis.certificate.screening_plays import Play, Plays, Policy, reached
from gametheory_crisis.certificate.screening_types import Types
from gametheory_crisis.certificate.shock_distributions import Shock
from gametheory_crisis.errors import SolverError
from gametheory_crisis.language.graph import Decision, Offer
from gametheory_crisis.results import Choice, Number

SAME = 1e-7
"""Probabilities may differ by this from those that follow from a cutoff."""
ROUNDING = 1e-9
"""Offers may miss their range by this, as a share of the larger of 1 and their size."""


class Claim:
    """What is claimed, by place.

    Parameters
    ----------
    plays : the game
    strategies : choices by node
    shock : the private number, where it is a continuum
    """

    def __init__(
        self, plays: Plays, strategies: Mapping[str, tuple[Choice, ...]], shock: Shock | None
    ) -> None:
        self.plays, self._shock = plays, shock
        self._strategies = strategies

    def cutoffs(self) -> list[float]:
        """All claimed cutoffs, on the normal scale."""
        if self._shock is None:
            return []
        found = {
            float(choice.cutoff[self._shock.name])
            for choices in self._strategies.values()
            for choice in choices
            if self._shock.name in choice.cutoff
        }
        inside = np.clip(np.array(sorted(found)), self._shock.low, self._shock.high)
        return [float(score) for score in self._shock.to_normal(inside)]

    def policy(self, types: Types) -> Policy:
        """The claim as the choice at every place."""

        def choose(play: Play) -> list[Any]:
            if isinstance(play.node, Offer):
                return [self._offer(play)]
            if isinstance(play.node, Decision) and play.node.player == self.plays.informed:
                return self._informed(play, types)
            (choice,) = self.choices(play)
            return self._weights(choice, play)

        return choose

    def choices(self, play: Play) -> list[Choice]:
        """The claimed choices at a place, one unless there are types.

        Raises
        ------
        SolverError
            If there is none, or there are several for one type.
        """
        place = self.plays.unrolled.places[play.place]
        state = dict(zip(self.plays.graph.state, place.state, strict=True))
        found = [
            choice
            for choice in self._strategies.get(place.node, ())
            if (choice.day, choice.expired) == (place.day, place.expired)
            and dict(choice.state) == state
        ]
        if not found or len({choice.type for choice in found}) < len(found):
            what = "several choices" if found else "no choice"
            raise SolverError(f"{what} at '{place.node}' on day {place.day}")
        return found

    def _offer(self, play: Play) -> Number:
        node, plays = play.node, self.plays
        assert isinstance(node, Offer)
        (choice,) = self.choices(play)
        made = offers_of(choice)
        if len(made) != 1:
            raise SolverError(f"no single offer at '{node.name}'")
        numbers, names = plays.arithmetic.numbers, plays.names(play.place, play.offers)
        low, high = numbers.value(node.low, names), numbers.value(node.high, names)
        claimed = numbers.number(made[0][0])
        nearest = min(max(claimed, low), high)
        if distance(nearest, claimed) > ROUNDING * max(1.0, claimed, -claimed):
            raise SolverError(f"the offer {as_float(claimed):g} may not be made at '{node.name}'")
        return nearest

    def _weights(self, choice: Choice, play: Play) -> list[Number]:
        actions = [way.name for way in play.ways]
        numbers, claimed = self.plays.arithmetic.numbers, play_of(choice)
        weights = [numbers.number(claimed.get(action, 0)) for action in actions]
        if not is_distribution(weights):
            raise SolverError(
                f"the probabilities over {', '.join(actions)} sum to {float(sum(weights)):g}, "
                f"not 1, in the choice of {choice.player}"
            )
        return weights

    def _informed(self, play: Play, types: Types) -> list[Any]:
        choices = {choice.type: choice for choice in self.choices(play)}
        if types.names and choices.keys() != {""}:
            missing = set(types.names) - choices.keys()
            if missing:
                raise SolverError(f"no choice of type '{min(missing)}'")
            rows = [self._weights(choices[name], play) for name in types.names]
            return list(np.array(rows, types.weights.dtype).T)
        choice = choices[""]
        if self._shock is None or self._shock.name not in choice.cutoff:
            return list(self._weights(choice, play))
        return self._sides(play, types, choice)

    def _sides(self, play: Play, types: Types, choice: Choice) -> list[Any]:
        """On each side of a cutoff all types take the action with the least regret there.

        Where types gain the same, so that both ways round will do, the claimed probabilities tell
        which it is, and of two ways that they do not tell apart it is the offerer's favourite.
        """
        assert self._shock is not None
        below = types.numbers[self._shock.name] < float(choice.cutoff[self._shock.name])
        rows = self._rows(play, self.plays.informed, below)
        size = max(1.0, float(np.abs(rows).max()))
        regrets = rows.max(axis=0) - rows
        most = np.array([regrets[:, side].max(axis=1, initial=0.0) for side in (below, ~below)])
        favour = self._rows(play, self._offerer(play), below) * types.weights
        mass = as_float(types.weights[below].sum())
        claimed = [float(choice.play.get(way.name, 0.0)) for way in play.ways]

        def order(pair: tuple[int, ...]) -> tuple[float, float, float]:
            first, second = pair
            worth = favour[first, below].sum() + favour[second, ~below].sum()
            share = mass if first != second else 1.0
            miss = abs(claimed[first] - share)
            return (
                max(0.0, max(most[0, first], most[1, second]) - ROUNDING * size),
                miss if miss > SAME else 0.0,
                -worth,
            )

        chosen = min(product(range(len(rows)), repeat=2), key=order)
        shares = [np.zeros(len(types)) for _ in play.ways]
        for action, side in zip(chosen, (below, ~below), strict=True):
            shares[action][side] = 1.0
        return list(shares)

    def _rows(self, play: Play, player: str, like: Any) -> Any:
        """What each way is worth to a player, (ways, types)."""
        return np.array([np.broadcast_to(way.worths[player], like.shape) for way in play.ways])

    def _offerer(self, play: Play) -> str:
        """Who made the last offer that has been answered or is to be; else the informed player."""
        made = [n for n in self.plays.graph.nodes.values() if isinstance(n, Offer)]
        return next((n.player for n in made if n.variable in play.offers), self.plays.informed)


def check_answers(play: Play, types: Types, claim: Claim) -> None:
    """See that the probabilities of a continuum's actions follow from its cutoffs.

    Raises
    ------
    SolverError
        If one does not; the message names the place.
    """
    total = claim.plays.arithmetic.total
    for place, weights in reached(play, types.weights, claim.plays.informed):
        node = place.node
        if not isinstance(node, Decision) or node.player != claim.plays.informed or types.names:
            continue
        reach = as_float(total(weights, 1))
        if not reach > ROUNDING:
            continue
        (choice,) = claim.choices(place)
        for way, share in zip(place.ways, place.shares, strict=True):
            found = as_float(total(weights, share)) / reach
            if abs(found - float(choice.play.get(way.name, 0.0))) > max(SAME, ROUNDING / reach):
                raise SolverError(
                    f"{node.player} plays '{way.name}' at '{node.name}' with probability "
                    f"{choice.play.get(way.name, 0.0):g} by the choice and {found:g} by its cutoff"
                )
