"""What all results of sensitivity analyses have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.results import plain

if TYPE_CHECKING:
    from gametheory_crisis.sweeps.space import Varied

Floats: TypeAlias = NDArray[np.float64]

SCHEMA = "gametheory_crisis.sensitivity/1"
CONSTANT = 1e-12
"""What varies by less, relative to its size, varies by rounding alone."""

TAIL = 0.005
"""Probability beyond each end of an unbounded distribution where a range is needed."""


@dataclass(frozen=True)
class Study(ABC):
    """An analysis of a model over a box of parameters.

    Attributes
    ----------
    model : name of the model
    over : the parameters that vary, in the model's order
    values : the other parameters
    select : the rule that picked one of several equilibria; None for the one listed first
    quantities : names of what was analysed
    status : number of points by status, in words
    unsolved : how many points have no solution
    """

    model: str
    over: tuple[Varied, ...]
    values: dict[str, float]
    select: str | None
    quantities: tuple[str, ...]
    status: dict[str, int]
    unsolved: int

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that vary."""
        return tuple(one.name for one in self.over)

    @property
    def points(self) -> int:
        """How many points were solved, or tried."""
        return sum(self.status.values())

    @abstractmethod
    def table(self, k: int) -> Floats:
        """What was found of quantity ``k``, in one array."""

    def twin(self, k: int) -> str | None:
        """The first quantity before ``k`` of which all the same was found; None without one.

        Where players do not mix, an outcome's probability and its regime are such twins.
        """
        found = self.table(k)
        for earlier in range(k):
            if np.array_equal(self.table(earlier), found):
                return self.quantities[earlier]
        return None

    def header(self, method: str) -> dict[str, Any]:
        """The part of ``to_dict`` that does not depend on the method."""
        return {
            "schema": SCHEMA,
            "method": method,
            "model": self.model,
            "parameters": {name: plain(value) for name, value in self.values.items()},
            "over": {one.name: _spread(one) for one in self.over},
            "select": self.select,
            "points": self.points,
            "status": self.status,
            "unsolved": self.unsolved,
        }

    def attributes(self, method: str) -> dict[str, Any]:
        """Attributes of a data set."""
        known: dict[str, Any] = {"model": self.model, "method": method, "points": self.points}
        known["unsolved"] = self.unsolved
        if self.select is not None:
            known["select"] = self.select
        return known | {f"parameter_{name}": value for name, value in self.values.items()}


def _spread(one: Varied) -> dict[str, Any]:
    kind = "uniform" if one.distribution is None else type(one.distribution).__name__.lower()
    return {"from": finite(one.low), "to": finite(one.high), "distribution": kind}


def finite(number: float) -> float | None:
    """A number as JSON writes it; None where there is none."""
    return float(number) if math.isfinite(number) else None


def interval(ends: Floats) -> list[float] | None:
    """Two ends as JSON writes them; None where there are none."""
    return [float(end) for end in ends] if np.isfinite(ends).all() else None


def binary_scale(numbers: Floats) -> float:
    """A power of two about as large as the largest number.

    Divided by it, numbers keep all their digits, and their squares stay finite.
    """
    return math.ldexp(1.0, math.frexp(float(np.abs(numbers).max(initial=0.0)))[1] - 1)


def is_constant(numbers: Floats) -> bool:
    """Whether finite numbers differ by no more than rounding."""
    return bool(np.ptp(numbers) <= CONSTANT * np.abs(numbers).max())
