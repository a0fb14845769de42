"""What a search for the nearest flips has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gametheory_crisis.analysis.flip.field import Place
from gametheory_crisis.results import Number, plain

SCHEMA = "gametheory_crisis.flip/1"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A value of one parameter at which something else begins, the others as at the base point.

    Attributes
    ----------
    value : the boundary; of whole numbers the first one beyond it
    change : ``value`` less the base point's
    share : the change as a share of the range that was searched, with its sign
    before, becomes : what stands on the base point's side, and just beyond
    beyond : the nearest value found at which ``becomes`` stands
    flips : whether ``becomes`` has a regime or a set of regimes unlike the base point's
    """

    value: float
    change: float
    share: float
    before: Place
    becomes: Place
    beyond: float
    flips: bool

    @property
    def side(self) -> str:
        """``above`` or ``below`` the base point."""
        return "above" if self.beyond > self.value - self.change else "below"

    @property
    def shown(self) -> float:
        """The value for people: 0 where it differs from 0 only by the search's own precision."""
        return 0.0 if abs(self.value) * abs(self.share) < 1e-9 * abs(self.change) else self.value

    @property
    def kind(self) -> str:
        """``regime``, ``set``, ``unsolved`` or ``solved``.

        The regime changes; or it stays, and the set of the regimes of all equilibria changes; or
        what comes has no regime; or what went before had none.
        """
        return kind_of(self.before, self.becomes)

    def to_dict(self) -> dict[str, Any]:
        """The crossing as JSON has it."""
        return {
            "value": self.value,
            "change": self.change,
            "share": self.share,
            "side": self.side,
            "kind": self.kind,
            "flips": self.flips,
            "becomes": self.becomes.to_dict(),
            "beyond": self.beyond,
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """Values of one parameter from ``low`` to ``high`` at which the same is found."""

    low: float
    high: float
    place: Place


@dataclass(frozen=True, slots=True)
class Margin:
    """One parameter by itself, the others as at the base point.

    Attributes
    ----------
    name, value : the parameter, and its value at the base point
    low, high : the range that was searched
    integer : whether the parameter is a whole number
    crossings : all that were found, nearest first
    stretches : what stands between them, ascending
    """

    name: str
    value: float
    low: float
    high: float
    integer: bool
    crossings: tuple[Crossing, ...]
    stretches: tuple[Stretch, ...]

    @property
    def nearest(self) -> Crossing | None:
        """The nearest flip; None where the parameter alone flips nothing."""
        return next((crossing for crossing in self.crossings if crossing.flips), None)

    def to_dict(self) -> dict[str, Any]:
        """The margin as JSON has it."""
        nearest = self.nearest
        return {
            "parameter": self.name,
            "value": plain(self.value),
            "range": [plain(self.low), plain(self.high)],
            "integer": self.integer,
            "nearest": None if nearest is None else self.crossings.index(nearest),
            "crossings": [crossing.to_dict() for crossing in self.crossings],
            "stretches": [
                {"from": stretch.low, "to": stretch.high, **stretch.place.to_dict()}
                for stretch in self.stretches
            ],
        }


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest point found at which the regime flips, all parameters moving together.

    Attributes
    ----------
    distance : Euclidean, each parameter measured in widths of its range
    point : the boundary's value of every parameter that varies
    shares : the changes as shares of the ranges, with their signs
    becomes : what stands just beyond
    beyond : the nearest point found at which it stands
    """

    distance: float
    point: Mapping[str, float]
    shares: Mapping[str, float]
    becomes: Place
    beyond: Mapping[str, float]

    @property
    def largest(self) -> str:
        """The parameter that changes most, by share of its range."""
        return max(self.shares, key=lambda name: abs(self.shares[name]))

    def to_dict(self) -> dict[str, Any]:
        """The point as JSON has it."""
        return {
            "distance": self.distance,
            "largest": self.largest,
            "point": dict(self.point),
            "shares": dict(self.shares),
            "becomes": self.becomes.to_dict(),
            "beyond": dict(self.beyond),
        }


@dataclass(frozen=True, repr=False)
class Flips:
    """How far a point is from another regime.

    Attributes
    ----------
    model, parameters : name of the model, and the whole base point
    place : what stands at the base point
    alone : each parameter that varies, in the model's order or in that of ``over``
    jointly : all of them together; None where no flip was found
    points : how many points were solved
    regimes : names of all regimes of the model
    select : the rule that picked the first equilibrium; None for the one listed first
    notes : what should be known of the base point and of the search, in sentences
    """

    model: str
    parameters: Mapping[str, Number]
    place: Place
    alone: tuple[Margin, ...]
    jointly: Nearest | None
    points: int
    regimes: tuple[str, ...]
    select: str | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        if self.jointly is None:
            return f"<Flips of {self.model}: {self.place}, no flip found>"
        there = f"{self.jointly.becomes} at distance {self.jointly.distance:.6g}"
        return f"<Flips of {self.model}: {self.place}, nearest {there}>"

    @property
    def regime(self) -> str | None:
        """Regime of the base point; None where it is unsolved."""
        return self.place.regime

    @property
    def nearest(self) -> Margin | None:
        """The parameter whose flip is nearest, by share of its range; None where none flips."""
        found = [(abs(m.nearest.share), m) for m in self.alone if m.nearest is not None]
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def __getitem__(self, name: str) -> Margin:
        for margin in self.alone:
            if margin.name == name:
                return margin
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """What ``crisis flip --json`` prints."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "parameters": {name: plain(value) for name, value in self.parameters.items()},
            "select": self.select,
            **self.place.to_dict(),
            "alone": [margin.to_dict() for margin in self.alone],
            "jointly": None if self.jointly is None else self.jointly.to_dict(),
            "points": self.points,
            "notes": list(self.notes),
        }


def kind_of(before: Place, becomes: Place) -> str:
    """What changes from one place to another; see `Crossing.kind`."""
    if not becomes.solved:
        return "unsolved"
    if not before.solved:
        return "solved"
    return "set" if before.regime == becomes.regime else "regime"
