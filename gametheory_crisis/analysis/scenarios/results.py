"""What scenario discovery finds: boxes and rules in plain words, with their figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gametheory_crisis.analysis.scenarios.peeling import Peeling
from gametheory_crisis.analysis.scenarios.words import Fit, Restriction, Weight, percent

DESCRIBED, NOWHERE, EVERYWHERE, TOO_FEW, NO_BOX = (
    "described",
    "nowhere",
    "everywhere",
    "too few points",
    "no box",
)
"""Verdicts on a regime."""


@dataclass(frozen=True, eq=False)
class Rule:
    """A conjunction of restrictions that stands for a regime: a leaf of the tree.

    Attributes
    ----------
    restrictions : of the restricted parameters alone, in the order in which they vary
    fit : on the points on which it was found
    fresh : on points that had no part in finding it
    """

    regime: str
    restrictions: tuple[Restriction, ...]
    fit: Fit
    fresh: Fit

    @property
    def conditions(self) -> str:
        """``c_iran < 0.21 and threat > 0.34``."""
        return " and ".join(one.text for one in self.restrictions) or "always"

    @property
    def text(self) -> str:
        """``strike: c_iran < 0.21 and threat > 0.34; covers 92 %, pure to 88 %``."""
        return f"{self.regime}: {self.conditions}; {self.fit.text}"

    def to_dict(self) -> dict[str, Any]:
        """The rule and its figures."""
        return {
            "text": self.text,
            "restrictions": [one.to_dict() for one in self.restrictions],
            "fit": self.fit.to_dict(),
            "fresh": self.fresh.to_dict(),
        }


@dataclass(frozen=True, eq=False)
class Box(Rule):
    """A box in which a regime lies thick.

    Attributes
    ----------
    weights : what each restriction does, in their order
    peeling : the boxes from the whole space inwards, for the trade-off of coverage and density;
        on the points outside the boxes found before
    chosen : the one of them that became the box when its limits were set more finely
    """

    weights: tuple[Weight, ...]
    peeling: Peeling = field(repr=False)
    chosen: int

    def to_dict(self) -> dict[str, Any]:
        """The box, its figures and its peeling trajectory."""
        document = super().to_dict()
        for one, weight in zip(document["restrictions"], self.weights, strict=True):
            one.update(weight.to_dict())
        trajectory: dict[str, Any] = {
            name: getattr(self.peeling, name).tolist()
            for name in ("coverage", "density", "mass", "restricted")
        }
        return document | {"trajectory": trajectory | {"chosen": self.chosen}}


@dataclass(frozen=True, eq=False)
class Scenario:
    """One regime, described by boxes.

    Attributes
    ----------
    verdict : ``described``, or why it is not: the regime is found ``nowhere`` or ``everywhere``, it
        has ``too few points``, or ``no box`` tells it from the rest
    boxes : the first covers most; each was found on the points that the earlier ones leave
    fit, fresh : of all boxes together
    """

    regime: str
    verdict: str
    boxes: tuple[Box, ...]
    fit: Fit
    fresh: Fit

    @property
    def text(self) -> str:
        """The scenario in a line, or in one line for each box."""
        if self.verdict != DESCRIBED:
            return f"{self.regime}: {self._silence()}"
        if len(self.boxes) == 1:
            return self.boxes[0].text
        whole = f"{self.regime}: {len(self.boxes)} boxes; their union {self.fit.text}"
        return "\n".join([whole, *(f"  {box.conditions}; {box.fit.text}" for box in self.boxes)])

    def _silence(self) -> str:
        """Why there is no box."""
        many, all_ = self.fit.members, f"{self.fit.points:,} points"
        return {
            NOWHERE: f"at none of the {all_}",
            EVERYWHERE: f"at every one of the {all_}",
            TOO_FEW: f"at {many:,} of {all_}, too few to describe; a larger sample has more",
            NO_BOX: f"at {many:,} of {all_} ({percent(many / self.fit.points)}); "
            "no box tells them from the rest",
        }[self.verdict]

    def to_dict(self) -> dict[str, Any]:
        """The scenario, its boxes and their figures."""
        return {
            "verdict": self.verdict,
            "text": self.text,
            "share": self.fit.members / self.fit.points,
            "boxes": [box.to_dict() for box in self.boxes],
            "fit": self.fit.to_dict(),
            "fresh": self.fresh.to_dict(),
        }


@dataclass(frozen=True, eq=False)
class Tree:
    """A shallow tree as rules, one for each leaf that stands for a regime.

    Attributes
    ----------
    depth : questions one after the other, at most
    rules : in the order of the questions
    accuracy, fresh_accuracy : share of the points to which the leaves give the regime that they
        have, on the sample and on fresh points; a point of none of the regimes asked for is right
        where no rule holds
    silent : regimes asked for that no leaf stands for
    """

    depth: int
    rules: tuple[Rule, ...]
    accuracy: float
    fresh_accuracy: float
    silent: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One line for each leaf."""
        lines = [rule.text for rule in self.rules]
        lines += [f"{name}: prevails in no leaf" for name in self.silent]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The rules and the accuracy."""
        return {
            "depth": self.depth,
            "accuracy": self.accuracy,
            "fresh_accuracy": self.fresh_accuracy,
            "rules": [{"regime": rule.regime} | rule.to_dict() for rule in self.rules],
            "silent": list(self.silent),
        }
