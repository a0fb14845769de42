"""What a solver returns: equilibria with their certificates, in one frozen shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

Number: TypeAlias = Fraction | float
"""An exact rational, or a float where the model's arithmetic is not rational."""

SCHEMA = "gametheory_crisis.solve/1"


@dataclass(frozen=True, slots=True)
class Reply:
    """The action chosen while the offer lies in ``[low, high]``.

    Among the replies of one choice, the first whose interval contains the offer holds.
    """

    low: Number
    high: Number
    play: str


@dataclass(frozen=True, slots=True)
class Score:
    """What an action can be worth to a player who knows its private numbers.

    The worth is ``constant`` plus, for each private number, its slope times the number.
    """

    constant: float
    slopes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """What one player does at one place, in one state, on one day.

    Attributes
    ----------
    play : probability of each action, in the file's order; empty for a continuous offer
    offer : the number offered; None where the choice is among actions
    replies : the whole rule where the action depends on the offer made before it on the same day;
        ``play`` is then the reply to the offer made in equilibrium
    optimal : intervals of offers among which the offerer is indifferent, where they are more than
        the single point ``offer``
    reached : probability that play gets here
    expired : whether the clock has expired here
    type : the player's private type, empty where it has none
    seen : what the player has seen so far, in order; None where all moves are public. What is seen
        on a later day than all before it stands behind an entry such as ``day 2``
    exact_play : ``play`` in rationals, where it was computed so and is not sure
    offers : each number offered and its probability, where the offer is mixed
    ranges : for each action whose probability varies among the equilibria that this one stands for,
        the least and the largest
    cutoff : where one private number of the player decides, drawn from a continuum, the value at
        which the player is indifferent
    reservation : where a continuum of types answers an offer, pairs of a type's private number and
        the offer that leaves it indifferent, in ascending order of the types
    scores : where several private numbers from a continuum decide, per action all that it can be
        worth, by what the player does later; the action with the largest score is taken
    ties : probability with which each action is taken by the types to whom the best ones are worth
        the same, where such types have positive probability and randomise
    """

    player: str
    day: int
    state: Mapping[str, int]
    play: Mapping[str, float]
    reached: float
    offer: Number | None = None
    replies: tuple[Reply, ...] = ()
    optimal: tuple[tuple[Number, Number], ...] = ()
    expired: bool = False
    type: str = ""
    seen: tuple[str, ...] | None = None
    exact_play: Mapping[str, Fraction] | None = None
    offers: tuple[tuple[Number, float], ...] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    cutoff: Mapping[str, float] = field(default_factory=dict)
    reservation: tuple[tuple[float, float], ...] = ()
    scores: Mapping[str, tuple[Score, ...]] = field(default_factory=dict)
    ties: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The entry of `strategies` in the JSON form."""
        entry: dict[str, Any] = {"player": self.player, "day": self.day, "state": dict(self.state)}
        entry |= _knowledge(self.type, self.seen)
        if self.offers:
            entry["play"] = {"offers": [[float(x), share] for x, share in self.offers]}
        elif self.offer is not None:
            entry["play"] = {"offer": float(self.offer)}
        else:
            entry["play"] = dict(self.play)
        if self.ranges:
            entry["ranges"] = {action: list(ends) for action, ends in self.ranges.items()}
        if self.replies:
            entry["replies"] = [
                {"from": float(reply.low), "to": float(reply.high), "play": reply.play}
                for reply in self.replies
            ]
        if self.optimal:
            entry["optimal"] = [[float(low), float(high)] for low, high in self.optimal]
        if self.cutoff:
            entry["cutoff"] = dict(self.cutoff)
        if self.reservation:
            entry["reservation"] = [list(pair) for pair in self.reservation]
        if self.scores:
            entry["scores"] = {
                action: [[score.constant, dict(score.slopes)] for score in scores]
                for action, scores in self.scores.items()
            }
        if self.ties:
            entry["ties"] = dict(self.ties)
        entry["reached"] = self.reached
        return entry


def _knowledge(type_: str, seen: tuple[str, ...] | None) -> dict[str, Any]:
    """What a player knows beyond the public moves, as JSON."""
    known: dict[str, Any] = {"type": type_} if type_ else {}
    return known if seen is None else {**known, "seen": list(seen)}


@dataclass(frozen=True, slots=True)
class Belief:
    """What one player believes at one place: the probability of each history in words.

    Attributes
    ----------
    player, day, state, type, seen, reached : as in `Choice`
    belief : each history that the player cannot tell apart, and its probability
    supporting : where more than one belief supports the equilibrium, the vertices of the set of
        those that do; per vertex the probability of each history
    support : the interval in which private numbers of others, drawn from a continuum, are still
        thought to lie; the belief is the prior given that
    """

    player: str
    day: int
    state: Mapping[str, int]
    belief: tuple[tuple[str, Number], ...]
    reached: float
    type: str = ""
    seen: tuple[str, ...] = ()
    supporting: tuple[tuple[Number, ...], ...] = ()
    support: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The entry of `beliefs` in the JSON form."""
        entry: dict[str, Any] = {"player": self.player, "day": self.day, "state": dict(self.state)}
        entry |= _knowledge(self.type, self.seen)
        entry["belief"] = [[history, float(share)] for history, share in self.belief]
        if self.supporting:
            entry["supporting"] = [list(map(float, vertex)) for vertex in self.supporting]
        if self.support:
            entry["support"] = {name: list(ends) for name, ends in self.support.items()}
        entry["reached"] = self.reached
        return entry


@dataclass(frozen=True, slots=True)
class TypeValue:
    """What an equilibrium is worth to one type of a player, and how it ends for it.

    ``type`` is the type's name, empty where the type is a number from a continuum; ``numbers`` are
    its private numbers.
    """

    player: str
    type: str
    numbers: Mapping[str, float]
    payoff: float
    outcomes: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """The entry of `by_type` in the JSON form."""
        return {
            "player": self.player,
            **({"type": self.type} if self.type else {}),
            "numbers": dict(self.numbers),
            "payoff": self.payoff,
            "outcomes": dict(self.outcomes),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Equilibrium:
    """One equilibrium.

    Attributes
    ----------
    payoffs : expected payoff of each player on day 0
    outcomes : probability of each outcome; sums to 1
    regime : name of the regime that the equilibrium belongs to
    expected_day : expected day of the end; None where play may go on for ever
    strategies : for each place of choice, one entry per player, state and day
    regret : the most that any player gains by deviating anywhere, in payoff units of that day
    exact : whether every number, the regret included, was computed in rational arithmetic
    exact_payoffs : the payoffs as rationals, where ``exact``
    beliefs : in games of imperfect information, what players believe where they move
    ends : probability of each outcome on each day on which it can be reached
    kind : in words what kind of equilibrium it is (``pooling on beer``), where there is a word
    refined_away : why a refinement rules the equilibrium out; empty where it stands
    by_type : payoffs and outcomes of single types of a player who knows more than others; of a
        continuum, of types spread over it
    error : estimate of the largest numerical error of payoffs and probabilities, where the method
        approximates; None where nothing but rounding is lost
    """

    payoffs: Mapping[str, float]
    outcomes: Mapping[str, float]
    regime: str
    expected_day: float | None
    strategies: Mapping[str, tuple[Choice, ...]]
    regret: float
    exact: bool
    beliefs: Mapping[str, tuple[Belief, ...]] = field(default_factory=dict)
    exact_payoffs: Mapping[str, Fraction] | None = None
    ends: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    kind: str = ""
    refined_away: str = ""
    by_type: tuple[TypeValue, ...] = ()
    error: float | None = None

    def __repr__(self) -> str:
        payoffs = ", ".join(f"{name} {value:.6g}" for name, value in self.payoffs.items())
        return f"<Equilibrium {self.kind or self.regime}: {payoffs}>"

    def to_dict(self) -> dict[str, Any]:
        """The entry of `equilibria` in the JSON form."""
        return {
            "payoffs": dict(self.payoffs),
            "outcomes": dict(self.outcomes),
            "regime": self.regime,
            "expected_day": self.expected_day,
            "strategies": {
                node: [choice.to_dict() for choice in choices]
                for node, choices in self.strategies.items()
            },
            "beliefs": {
                node: [belief.to_dict() for belief in beliefs]
                for node, beliefs in self.beliefs.items()
            },
            "regret": self.regret,
            "exact": self.exact,
        } | {
            name: given
            for name, given in (
                ("kind", self.kind),
                ("refined_away", self.refined_away),
                ("by_type", [value.to_dict() for value in self.by_type]),
                ("error", self.error),
            )
            if given not in ("", [], None)
        }


@dataclass(frozen=True, slots=True, repr=False)
class Solution:
    """The equilibria of a model at one point.

    ``complete`` is true only where the method finds every equilibrium of ``concept``; ``notes`` say
    in words what stands against it. ``refined_away`` are the equilibria that a refinement removed,
    each with the reason.
    """

    model: str
    parameters: Mapping[str, Number]
    concept: str
    method: str
    complete: bool
    equilibria: tuple[Equilibrium, ...]
    notes: tuple[str, ...] = ()
    refined_away: tuple[Equilibrium, ...] = ()

    def __repr__(self) -> str:
        count = len(self.equilibria)
        noun = "equilibrium" if count == 1 else "equilibria"
        known = "complete" if self.complete else "perhaps not all"
        return f"<Solution of {self.model}: {count} {self.concept} {noun}, {known}>"

    def to_dict(self) -> dict[str, Any]:
        """What ``crisis solve --json`` prints."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "parameters": {name: plain(value) for name, value in self.parameters.items()},
            "concept": self.concept,
            "method": self.method,
            "complete": self.complete,
            "equilibria": [equilibrium.to_dict() for equilibrium in self.equilibria],
            "notes": list(self.notes),
            "refined_away": [equilibrium.to_dict() for equilibrium in self.refined_away],
        }


def plain(value: Number) -> int | float:
    """A number as JSON writes it: whole numbers without a decimal point."""
    return int(value) if value == int(value) else float(value)
