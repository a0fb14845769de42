"""What a sweep holds of each cell, as data sets and stores describe it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gametheory_crisis.sweeps.sweep import Sweep

STATUS = (
    "pending",
    "solved",
    "tie",
    "several regimes",
    "not converged",
    "payoff not finite",
    "no game at this point",
)
"""Meaning of each value of ``status``."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a data set.

    Attributes
    ----------
    source : the field of `Sweep` that holds it
    dims : names of its dimensions
    empty : what stands in a cell that was not computed
    """

    name: str
    source: str
    dims: tuple[str, ...]
    dtype: str
    empty: float
    attributes: dict[str, Any] = field(default_factory=dict)

    def stored(self, num_regimes: int) -> str:
        """The type in a store: there a set of few regimes takes no more than it needs."""
        if self.name != "regimes" or num_regimes > 16:
            return self.dtype
        return "uint8" if num_regimes <= 8 else "uint16"


def variables(sweep: Sweep) -> list[Variable]:
    """The variables of a sweep's data set, those that it does not hold included."""
    grid, regimes = tuple(sweep.axes), sweep.regimes
    masks = [1 << index for index in range(len(regimes))]
    day = {"long_name": "expected day of the end"}
    statuses = _flags(range(len(STATUS)), STATUS)
    return [
        Variable("regime", "regime", grid, "int8", -1, _flags(range(len(regimes)), regimes)),
        Variable("regimes", "regimes_mask", grid, "int32", 0, _flags(masks, regimes, "flag_masks")),
        Variable("status", "status", grid, "int8", 0, statuses),
        Variable("equilibria", "equilibria", grid, "int32", 0),
        Variable("expected_day", "expected_day", grid, "float64", np.nan, day),
        Variable("probability", "probability", ("outcome", *grid), "float64", np.nan),
        Variable("payoff", "payoff", ("player", *grid), "float64", np.nan),
    ]


def coordinates(sweep: Sweep) -> dict[str, tuple[str, Any, dict[str, str]]]:
    """Dimension, values and attributes of each coordinate."""
    found: dict[str, tuple[str, Any, dict[str, str]]] = {
        name: (name, values, sweep.attributes.get(name, {})) for name, values in sweep.axes.items()
    }
    dim = next(iter(sweep.axes), "")
    for name, values in sweep.columns.items():
        found[name] = (dim, values, sweep.attributes.get(name, {}))
    found["outcome"] = ("outcome", list(sweep.outcomes), {})
    found["player"] = ("player", list(sweep.players), {})
    return found


def model_attributes(sweep: Sweep) -> dict[str, Any]:
    """The model, its regimes, and the parameters that are the same everywhere."""
    attributes: dict[str, Any] = {"model": sweep.model, "regimes": ",".join(sweep.regimes)}
    return attributes | {f"parameter_{name}": value for name, value in sweep.values.items()}


def _flags(codes: Sequence[int], names: Sequence[str], key: str = "flag_values") -> dict[str, Any]:
    """The meaning of codes, as the CF conventions write it."""
    words = " ".join(name.replace(" ", "_") for name in names)
    return {key: np.array(codes, dtype=np.int32), "flag_meanings": words}
