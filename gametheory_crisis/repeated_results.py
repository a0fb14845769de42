"""What `RepeatedGame` takes and returns: automata, critical discount factors, sets of payoffs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from typing import Any, TypeAlias

from gametheory_crisis.games.arithmetic import Number, as_float

Play: TypeAlias = "str | Mapping[str, Number]"
"""An action, or the probability of each action that is mixed."""
Vertices: TypeAlias = tuple[tuple[Number, Number], ...]
"""Corners of a convex polygon, counterclockwise; two are a segment, one is a point."""

ANY = "*"


@dataclass(frozen=True)
class Automaton:
    """A strategy profile of both players with finitely many states.

    Attributes
    ----------
    play : per state what each player does: an action's name, or a mixture
    moves : per state the next state for each pair of actions seen; ``"*"`` is any other pair
    start : the state in which play begins

    Examples
    --------
    Grim trigger: ``Automaton({"peace": ("hold", "hold"), "war": ("arm", "arm")}, {"peace":
    {("hold", "hold"): "peace", "*": "war"}, "war": {"*": "war"}}, "peace")``.
    """

    play: Mapping[str, tuple[Play, Play]]
    moves: Mapping[str, Mapping[tuple[str, str] | str, str]]
    start: str

    def to_dict(self) -> dict[str, Any]:
        """The automaton as JSON; a pair of actions is written ``a, b``."""
        return {
            "start": self.start,
            "play": {state: [_json(p) for p in plays] for state, plays in self.play.items()},
            "moves": {
                state: {
                    seen if isinstance(seen, str) else ", ".join(seen): after
                    for seen, after in moves.items()
                }
                for state, moves in self.moves.items()
            },
        }


@dataclass(frozen=True)
class CriticalDiscount:
    """When a strategy profile is an equilibrium of the repeated game.

    Attributes
    ----------
    strategy : its name
    concept : ``subgame perfect`` or ``Nash``
    target : the actions that it sustains
    payoffs : of the target, in every period
    critical : the least discount factor at which it is an equilibrium; 1 where it is one only in
        the limit, None where nowhere. A rational where it is one; else a float, to 1e-12 (for the
        penal code to 1e-9)
    discounts : all discount factors at which it is one, as closed intervals; an upper end of 1 is
        open unless there is a hazard
    thresholds : the critical value as each player alone would need it
    hazard : probability that play breaks down overnight
    note : in words, what has to be known to read the numbers right
    automaton : the profile; None where no simple one is known
    """

    strategy: str
    concept: str
    target: tuple[str, str]
    payoffs: tuple[Fraction, Fraction]
    critical: Number | None
    discounts: tuple[tuple[Number, Number], ...]
    thresholds: tuple[Number | None, Number | None]
    hazard: Fraction
    note: str = ""
    automaton: Automaton | None = field(default=None, repr=False)

    def holds(self, delta: Number) -> bool:
        """Whether it is an equilibrium at a discount factor below 1."""
        return delta < 1 and any(low <= delta <= high for low, high in self.discounts)

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON."""
        return {
            "strategy": self.strategy,
            "concept": self.concept,
            "target": list(self.target),
            "payoffs": [_json(value) for value in self.payoffs],
            "critical": _json(self.critical),
            "discounts": [[_json(low), _json(high)] for low, high in self.discounts],
            "thresholds": [_json(value) for value in self.thresholds],
            "hazard": _json(self.hazard),
            "note": self.note,
            "automaton": None if self.automaton is None else self.automaton.to_dict(),
        }


@dataclass(frozen=True)
class Sustained:
    """Whether a strategy profile is an equilibrium at one discount factor, computed exactly.

    Attributes
    ----------
    delta : the discount factor; a float counts as the decimal that it prints as
    payoffs : per player the average payoff per period
    nash, subgame_perfect : whether it is one
    nash_regret : the most that a player gains by another strategy, from the start, per period
    regret : the most that a player gains by a one-shot deviation in any state, per period
    """

    delta: Fraction
    payoffs: tuple[Fraction, Fraction]
    nash: bool
    subgame_perfect: bool
    nash_regret: Fraction
    regret: Fraction

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON."""
        return {
            "delta": _json(self.delta),
            "payoffs": [_json(value) for value in self.payoffs],
            "nash": self.nash,
            "subgame_perfect": self.subgame_perfect,
            "nash_regret": _json(self.nash_regret),
            "regret": _json(self.regret),
        }


@dataclass(frozen=True)
class PayoffSet:
    """The average payoffs of all subgame-perfect equilibria in pure actions, publicly randomised.

    Attributes
    ----------
    delta : the discount factor
    method : ``abreu_sannikov`` or ``jyc``
    vertices : of the convex set; empty where there is no equilibrium. For ``jyc`` of the polygon
        around it
    inner : of a polygon whose payoffs are all equilibrium payoffs: exactly so by
        ``abreu_sannikov``, to rounding by ``jyc``; None where none is known
    exact : whether nothing was rounded
    error : distance of ``vertices`` and ``inner`` from the set at most; None where it is not known
    threats : each player's worst equilibrium payoff; None where there is no equilibrium
    steps : iterations
    note : in words, what stands against relying on the set
    """

    delta: Fraction
    method: str
    vertices: Vertices
    inner: Vertices | None
    exact: bool
    error: float | None
    threats: tuple[Number, Number] | None
    steps: int
    note: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is no equilibrium in pure actions."""
        return not self.vertices

    @property
    def area(self) -> float:
        """Area in squared payoff units; 0 of a point and of a segment."""
        from gametheory_crisis.solvers.repeated.polygons import area

        return float(area(self.vertices))

    def contains(self, payoffs: tuple[Number, Number], within: float = 0.0) -> bool:
        """Whether a pair of payoffs lies in the set, or no further than ``within`` from it."""
        from gametheory_crisis.solvers.repeated.polygons import contains

        return contains(self.vertices, payoffs, within)

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON."""
        return {
            "delta": _json(self.delta),
            "method": self.method,
            "vertices": _pairs(self.vertices),
            "inner": None if self.inner is None else _pairs(self.inner),
            "exact": self.exact,
            "error": self.error,
            "threats": None if self.threats is None else [_json(value) for value in self.threats],
            "steps": self.steps,
            "note": self.note,
        }


def _pairs(vertices: Vertices) -> list[list[Any]]:
    return [[_json(x), _json(y)] for x, y in vertices]


def _json(value: Any) -> Any:
    """A number as JSON can hold it, and whatever else may stand beside it."""
    if isinstance(value, Mapping):
        return {key: _json(entry) for key, entry in value.items()}
    if isinstance(value, (Fraction, float)):
        number = as_float(value)
        return number if isfinite(number) else None
    return value
