"""The unknowns of a system, and probabilities made of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.solvers.cutoffs.layout import Comparison, Floats, OwnSet
from gametheory_crisis.solvers.cutoffs.replies import TREMBLE

NARROW = 1e-14
"""Types so unlikely that it does not matter which they are."""


class Mixture(NamedTuple):
    """What a player without shocks, or one with them as others see it, does: ``at`` are unknowns.

    ``at`` has one unknown per action but the last.
    """

    player: int
    place: OwnSet
    at: slice


class Blend(NamedTuple):
    """How a player with shocks mixes parallel plans: one unknown per plan but the last."""

    player: int
    comparison: Comparison
    members: tuple[int, ...]
    at: slice


class Height(NamedTuple):
    """How high the types lie that play a sequence: 0 the lowest, 1 the highest."""

    player: int
    shock: int
    sequence: int
    at: int


def behaviour(shares: Floats) -> Floats:
    """Probabilities of all actions, from those of all but the last."""
    rest = np.clip(1 - shares.sum(axis=1, keepdims=True), 0.0, 1.0)
    rest = np.where(rest < 1e-15, 0.0, rest)
    return np.concatenate([np.clip(shares, 0.0, 1.0), rest], axis=1)


def nearest(numbers: Floats) -> Floats:
    """The probabilities nearest to some numbers, row by row (Held, Wolfe and Crowder 1974)."""
    falling = -np.sort(-numbers, axis=1)
    counts = np.arange(1, numbers.shape[1] + 1)
    excess = (np.cumsum(falling, axis=1) - 1) / counts
    used = (falling > excess).sum(axis=1)
    level = excess[np.arange(len(numbers)), used - 1]
    found: Floats = np.maximum(numbers - level[:, None], 0.0)
    return found


def moment_span(shock: Distribution, masses: Floats) -> tuple[Floats, Floats]:
    """The integral of a shock over the lowest and over the highest types of a probability."""
    low = shock.moment_between(shock.low, shock.quantile(masses))
    high = shock.moment_between(shock.quantile(1 - masses), shock.high)
    return low, high


def height_share(shock: Distribution, masses: Floats, moments: Floats) -> Floats:
    """How high the types lie over which a shock integrates to a number; 0 where lowest.

    Parameters
    ----------
    masses, moments : of the types, mistakes included
    """
    meant = meant_masses(masses)
    low, high = moment_span(shock, meant)
    moment = moments * (meant / np.where(masses > 0, masses, 1.0))
    width = np.maximum(high - low, NARROW)
    found: Floats = np.where(high - low > NARROW, (moment - low) / width, 0.5)
    return found


def meant_masses(masses: Floats) -> Floats:
    """Probabilities of sequences had every mistake been certain."""
    mistakes = np.floor((10 - np.log10(np.maximum(masses, 1e-300))) / -np.log10(TREMBLE))
    found: Floats = np.clip(masses / TREMBLE**mistakes, 1e-300, 1.0)
    return found


def typical_points(width: int) -> Floats:
    """Two points of the unit cube at which nothing is special."""
    steps = np.sqrt(np.arange(2.0, width + 2))
    return 0.2 + 0.6 * (np.outer([1.0, 2.3], steps) % 1) / max(width, 1)
