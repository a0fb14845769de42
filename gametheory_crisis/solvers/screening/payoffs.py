"""Payoffs as they depend on the type, the offer and the day, at one point."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import NotFinite, UnsupportedGame
from gametheory_crisis.games.tape import Tape
from gametheory_crisis.games.tape_arrays import ArrayEvaluator
from gametheory_crisis.solvers.screening.types import Types

Floats = NDArray[np.float64]

INSIDE = 0.41
"""Where, between the ends, payoffs are checked to be affine."""
CURVED = 1e-11
"""A payoff is affine if it is so but for this share."""


class Payoffs:
    """Numbers of a stage game's slots by type, at one point and on one day.

    Parameters
    ----------
    tape : the arithmetic
    inputs : parameters, and ``day`` where slots read it
    types : the types in order
    """

    def __init__(self, tape: Tape, inputs: Mapping[str, float], types: Types) -> None:
        self._types = types
        self._evaluator = ArrayEvaluator(tape, {**inputs, **type_inputs(types)})

    def number(self, slot: int | None) -> float:
        """A number that depends on no type."""
        if slot is None:
            raise ValueError("an event of chance has a probability")
        return float(self._evaluator.value(slot))

    def by_type(self, slot: int, node: str) -> Floats:
        """Intercept and slope in the position, per segment; float64 (segments, 2).

        Raises
        ------
        UnsupportedGame
            It is not affine in a continuum.
        NotFinite
            It is undefined for some type.
        """
        values = np.broadcast_to(self._evaluator.value(slot), (num_types(self._types),))
        if not np.all(np.isfinite(values)):
            raise NotFinite(f"a payoff at '{node}' is not finite for some type")
        return pairs(self._types, values, node)


def num_types(types: Types) -> int:
    """How many types payoffs are computed for: all, or three of a continuum."""
    return len(types.names) or 3


def type_inputs(types: Types) -> dict[str, Floats]:
    """The private numbers of the types that payoffs are computed for."""
    if types.names:
        return dict(types.numbers)
    (name,) = types.numbers
    return {name: types.number(np.array([0.0, INSIDE, 1.0]))}


def pairs(types: Types, values: Floats, node: str) -> Floats:
    """Values per type, the last axis, as intercept and slope per segment, the last two axes.

    Raises
    ------
    UnsupportedGame
        They are not affine in a continuum.
    """
    if types.names:
        return np.stack([values, np.zeros_like(values)], axis=-1)
    low, inside, high = values[..., 0], values[..., 1], values[..., 2]
    slope = high - low
    error = np.abs(low + INSIDE * slope - inside)
    if np.any(error > CURVED * (np.abs(low) + np.abs(high) + np.abs(inside))):
        (name,) = types.numbers
        raise UnsupportedGame(
            f"a payoff at '{node}' is not affine in '{name}', and offers are made day after day; "
            "take a private number in which it is, or give the offer a grid (grid: 21) and the "
            "continuum points (points: 20)"
        )
    return np.stack([low, slope], axis=-1)[..., None, :]
