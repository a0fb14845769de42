"""The parts of a description: what it says of a parameter, and how well it fits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a description fits a sample of points.

    Attributes
    ----------
    points : all points of the sample
    members : those of the regime
    inside : those that meet the description
    hits : those that do both
    """

    points: int
    members: int
    inside: int
    hits: int

    @property
    def coverage(self) -> float:
        """Share of the regime's points that meet the description; nan where it has none."""
        return self.hits / self.members if self.members else math.nan

    @property
    def density(self) -> float:
        """Share of the regime among the points that meet the description; nan where none does."""
        return self.hits / self.inside if self.inside else math.nan

    @property
    def mass(self) -> float:
        """Share of all points that meet the description."""
        return self.inside / self.points

    @property
    def text(self) -> str:
        """``covers 92 %, pure to 88 %``."""
        if not self.members:
            return f"no such point; holds {percent(self.mass)} of the others"
        if not self.inside:
            return "holds no point"
        return f"covers {percent(self.coverage)}, pure to {percent(self.density)}"

    def to_dict(self) -> dict[str, Any]:
        """Shares and counts; None for a share of nothing."""
        shares = {"coverage": self.coverage, "density": self.density, "mass": self.mass}
        counts = {"points": self.points, "members": self.members}
        found: dict[str, Any] = {k: None if math.isnan(v) else v for k, v in shares.items()}
        return found | counts | {"inside": self.inside, "hits": self.hits}


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a description says of one parameter.

    Attributes
    ----------
    low, high : the limits; None where there is none. They do not belong to what is described,
        except those of whole numbers, which do
    whole : whether the parameter is a whole number
    """

    parameter: str
    low: float | None
    high: float | None
    whole: bool = False

    @property
    def text(self) -> str:
        """``0.1 < threat < 0.34``, ``T >= 12``."""
        less, more = ("<=", ">=") if self.whole else ("<", ">")
        low = "" if self.low is None else f"{self.low:.15g}"
        high = "" if self.high is None else f"{self.high:.15g}"
        if self.low is None:
            return f"{self.parameter} {less} {high}"
        if self.high is None:
            return f"{self.parameter} {more} {low}"
        if self.whole and self.low == self.high:
            return f"{self.parameter} = {low}"
        return f"{low} {less} {self.parameter} {less} {high}"

    @property
    def ends(self) -> tuple[float, float]:
        """The limits as numbers between which a value lies, those of whole numbers halfway."""
        room = 0.5 if self.whole else 0.0
        low = -math.inf if self.low is None else self.low - room
        high = math.inf if self.high is None else self.high + room
        return low, high

    def holds(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which values of the parameter it admits; bool, of the shape of ``values``."""
        low, high = self.ends
        admitted: NDArray[np.bool_] = (low < values) & (values < high)
        return admitted

    def to_dict(self) -> dict[str, Any]:
        """The limits, and whether they belong to what is described."""
        ends = {"low": self.low, "high": self.high, "whole": self.whole}
        return {"parameter": self.parameter, "text": self.text} | ends


@dataclass(frozen=True, slots=True)
class Weight:
    """What a box owes to the restriction of one parameter.

    Attributes
    ----------
    density_without : the box's density on the sample if the restriction is taken away
    quasi_p_value : how likely by chance the restriction raises the density so much (Bryant &
        Lempert 2010); on the points on which its limits were sought
    p_value : the same on the fresh points, where it is a proper p-value
    """

    density_without: float
    quasi_p_value: float
    p_value: float

    def to_dict(self) -> dict[str, float]:
        """The three numbers by name."""
        return {
            "density_without": self.density_without,
            "quasi_p_value": self.quasi_p_value,
            "p_value": self.p_value,
        }


def percent(share: float) -> str:
    """A share in percent; all and nothing are said of nothing less."""
    rounded = round(100 * share)
    if rounded == 100 and share < 1:
        return f"{math.floor(1000 * share) / 10:.1f} %" if share < 0.9999 else "over 99.9 %"
    if rounded == 0 and share > 0:
        return "under 1 %"
    return f"{rounded} %"
