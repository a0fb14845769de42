"""Morris trajectories and elementary effects, as arrays."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError

Floats: TypeAlias = NDArray[np.float64]

RESAMPLES = 1000


def trajectories(num: int, dimensions: int, levels: int, generator: np.random.Generator) -> Floats:
    """Walks through the unit cube that change one coordinate after the other, each once.

    A step is ``levels / (2 (levels - 1))`` up or down, so that every level is as likely as any
    other (Morris 1991, Technometrics 33, section 3).

    Parameters
    ----------
    num : of walks
    levels : of each coordinate, evenly from 0 to 1; an even number

    Returns
    -------
    float64 (num, dimensions + 1, dimensions)

    Raises
    ------
    ParameterError
        The levels are odd or fewer than two.
    """
    if levels < 2 or levels % 2:
        raise ParameterError(f"Morris screening needs an even number of levels, not {levels}")
    step = levels / (2 * (levels - 1))
    lower = generator.integers(0, levels // 2, size=(num, dimensions)) / (levels - 1)
    rises = generator.random((num, dimensions)) < 0.5
    turn = generator.permuted(np.tile(np.arange(dimensions), (num, 1)), axis=1)
    # A coordinate moves at its turn: it is at its first place until then, and past it afterwards.
    moved = np.arange(dimensions + 1)[None, :, None] > turn[:, None, :]
    return np.asarray(lower[:, None, :] + step * (moved == rises[:, None, :]))


def elementary_effects(walks: Floats, numbers: Floats) -> Floats:
    """Change of a number per unit of the coordinate that changes, step by step.

    Parameters
    ----------
    walks : float64 (num, dimensions + 1, dimensions), one coordinate changes at a time
    numbers : float64 (num, dimensions + 1)

    Returns
    -------
    float64 (dimensions, num); nan where an end of the step has no number
    """
    steps = np.diff(walks, axis=1)
    who = np.abs(steps).argmax(axis=2)
    size = np.take_along_axis(steps, who[:, :, None], axis=2)[:, :, 0]
    effects = np.empty((walks.shape[2], len(walks)))
    effects[who, np.arange(len(walks))[:, None]] = np.diff(numbers, axis=1) / size
    return effects


def mean_interval(sizes: Floats, confidence: float, generator: np.random.Generator) -> Floats:
    """Percentile bootstrap interval of a mean; float64 (2,)."""
    means = generator.choice(sizes, size=(RESAMPLES, len(sizes))).mean(axis=1)
    tail = (1 - confidence) / 2
    ends: Floats = np.quantile(means, [tail, 1 - tail])
    return ends
