"""The strategies under test, looked up place by place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from gametheory_crisis.certificate.evaluation import Evaluator, distance
from gametheory_crisis.certificate.unrolling import Place
from gametheory_crisis.errors import SolverError
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Choice, Number

ROUNDING = 1e-9
"""Probabilities may miss 1 in sum, and offers an end of their range, by this much."""


def is_distribution(weights: Sequence[Number]) -> bool:
    """Whether numbers are probabilities that sum to 1, up to rounding."""
    return all(weight >= 0 for weight in weights) and distance(sum(weights), 1.0) <= ROUNDING


def play_of(choice: Choice) -> Mapping[str, Number]:
    """The probability of each action, in rationals where the choice has them."""
    return choice.play if choice.exact_play is None else choice.exact_play


def offers_of(choice: Choice) -> tuple[tuple[Number, Number], ...]:
    """The numbers offered and their probabilities; empty where the choice is no offer."""
    if choice.offers:
        return choice.offers
    return () if choice.offer is None else ((choice.offer, Fraction(1)),)


class _Interval(NamedTuple):
    low: Number
    high: Number
    action: str


class Profile:
    """What every player does at every place.

    Parameters
    ----------
    graph : the game
    strategies : for each node, one choice per player, state and day
    numbers : the arithmetic to use
    stationary : whether a choice holds on every day, whatever its own

    Raises
    ------
    SolverError
        If two choices are given for one place, or one leaves a state variable open.
    """

    def __init__(
        self,
        graph: Graph,
        strategies: Mapping[str, tuple[Choice, ...]],
        numbers: Evaluator,
        *,
        stationary: bool = False,
    ) -> None:
        self._stationary = stationary
        self._variables = tuple(graph.state)
        self._numbers = numbers
        self._choices: dict[tuple[Place, str], Choice] = {}
        self._plays: dict[tuple[Place, str], tuple[Number, ...]] = {}
        self._replies: dict[tuple[Place, str], tuple[_Interval, ...]] = {}
        self._answering = {
            node
            for node, choices in strategies.items()
            if any(choice.replies for choice in choices)
        }
        for node, choices in strategies.items():
            for choice in choices:
                if choice.state.keys() != graph.state.keys():
                    raise SolverError(f"a choice of {choice.player} at '{node}' in no whole state")
                levels = tuple(choice.state[name] for name in self._variables)
                day = 0 if stationary else choice.day
                place = Place(day, node, 0, levels, choice.expired)
                if (place, choice.player) in self._choices:
                    raise SolverError(f"two choices of {self.describe(place, choice.player)}")
                self._choices[place, choice.player] = choice

    def weights(
        self, place: Place, player: str, actions: Sequence[str], last_offer: Number | None
    ) -> tuple[Number, ...]:
        """Probability of each of ``actions``, the available ones, after an offer if one was made.

        Raises
        ------
        SolverError
            If there is no choice here, or it is none among ``actions``.
        """
        replies = self.replies(place, player)
        if replies and last_offer is not None:
            reply = _first_reply(replies, last_offer)
            if reply is None:
                raise SolverError(
                    f"no reply to the offer {float(last_offer):g} in the choice of "
                    f"{self.describe(place, player)}"
                )
            if reply not in actions:
                raise SolverError(f"unavailable action '{reply}' of {self.describe(place, player)}")
            return tuple(self._numbers.number(action == reply) for action in actions)
        if (place, player) not in self._plays:
            self._plays[place, player] = self._play(place, player, actions)
        return self._plays[place, player]

    def offers(self, place: Place, player: str) -> tuple[tuple[Number, Number], ...]:
        """The numbers that the player offers, each with its probability."""
        made = offers_of(self._choice(place, player))
        if not made or not all(math.isfinite(number) for number, _ in made):
            raise SolverError(f"no offer of {self.describe(place, player)}")
        weights = tuple(self._numbers.number(weight) for _, weight in made)
        if not is_distribution(weights):
            raise SolverError(
                f"the probabilities of the offers sum to {float(sum(weights)):g}, not 1, in the "
                f"choice of {self.describe(place, player)}"
            )
        return tuple((number, weight) for (number, _), weight in zip(made, weights, strict=True))

    def replies(self, place: Place, player: str) -> tuple[_Interval, ...]:
        """The rule by which the choice depends on the offer; empty if it does not."""
        if (place, player) not in self._replies:
            self._replies[place, player] = tuple(
                _Interval(self._bound(reply.low), self._bound(reply.high), reply.play)
                for reply in self._choice(place, player).replies
            )
        return self._replies[place, player]

    def answers(self, node: str) -> bool:
        """Whether any choice at a node depends on an offer."""
        return node in self._answering

    def _bound(self, value: Number) -> Number:
        # Bounds only steer the choice, so a float among rationals does not taint the payoffs.
        return value if isinstance(value, float) else self._numbers.number(value)

    def _play(self, place: Place, player: str, actions: Sequence[str]) -> tuple[Number, ...]:
        play = play_of(self._choice(place, player))
        weights = tuple(self._numbers.number(play.get(action, 0)) for action in actions)
        if not is_distribution(weights):
            raise SolverError(
                f"the probabilities over {', '.join(actions)} sum to {float(sum(weights)):g}, "
                f"not 1, in the choice of {self.describe(place, player)}"
            )
        return weights

    def _choice(self, place: Place, player: str) -> Choice:
        try:
            return self._choices[place, player]
        except KeyError:
            raise SolverError(f"no choice of {self.describe(place, player)}") from None

    def describe(self, place: Place, player: str) -> str:
        """A place of choice in words, for messages."""
        state = ", ".join(
            f"{name} = {level}" for name, level in zip(self._variables, place.state, strict=True)
        )
        where = f"{player} at '{place.node}'"
        where += "" if self._stationary else f" on day {place.day}"
        where += f" in state {state}" if state else ""
        return where + (", the clock expired" if place.expired else "")


def _first_reply(replies: tuple[_Interval, ...], offer: Number) -> str | None:
    """The first reply whose interval holds the offer, or the nearest if rounding made a gap."""
    for low, high, action in replies:
        if low <= offer <= high:
            return action
    miss, action = min((max(low - offer, offer - high), action) for low, high, action in replies)
    return action if miss <= ROUNDING * max(1.0, offer, -offer) else None
