"""First-order and total Sobol indices of arrays, and their bootstrap intervals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

RESAMPLES = 1000
GROUPS = 4096
"""The bootstrap draws at most so many groups of neighbouring rows, each taken whole."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Sums over groups of base rows from which indices follow.

    A quantity may have several outputs. Its variance is the sum of theirs, and so is the part of it
    that a parameter explains (Lamboni, Monod & Makowski 2011, Reliability Engineering & System
    Safety 96, section 3.2): for the membership in every regime, the indices of the regime itself.

    Attributes
    ----------
    rows : float64 (groups,), how many rows each has
    sums : float64 (outputs, groups), of both base samples
    squares : float64 (groups,), of both base samples, over all outputs
    first, total : float64 (parameters, groups), the numerators, over all outputs
    """

    rows: Floats
    sums: Floats
    squares: Floats
    first: Floats
    total: Floats

    def indices(self, weights: Floats) -> tuple[Floats, Floats]:
        """First-order and total indices, each float64 (draws, parameters).

        Parameters
        ----------
        weights : float64 (draws, groups), how often each group counts

        Returns
        -------
        They are nan where the variance of a draw is zero.
        """
        rows = weights @ self.rows
        means = weights @ self.sums.T / (2 * rows[:, None])
        variance = weights @ self.squares / (2 * rows) - (means**2).sum(axis=1)
        # What is left of a variance of zero after rounding is no variance.
        variance[variance <= 1e-14 * (weights @ self.squares / (2 * rows))] = np.nan
        scale = (rows * variance)[:, None]
        return weights @ self.first.T / scale, weights @ self.total.T / scale


def terms(samples: Iterable[Floats], groups: int = GROUPS) -> Terms:
    """Sums over groups of rows.

    Parameters
    ----------
    samples : for each output float64 (2 + parameters, n): its numbers at the base sample A, at the
        base sample B, and for each parameter at A with that parameter's column from B
    groups : at most so many

    The numerator of a first-order index is mean of f_B (f_AB - f_A) (Saltelli et al. 2010,
    Computer Physics Communications 181, table 2 b), of a total one mean of (f_A - f_AB)^2 / 2
    (Jansen 1999, Computer Physics Communications 117; f there). Numbers are centred first.
    """
    made = [_terms_of_one(sample, groups) for sample in samples]
    return Terms(
        rows=made[0].rows,
        sums=np.concatenate([one.sums for one in made]),
        squares=np.sum([one.squares for one in made], axis=0),
        first=np.sum([one.first for one in made], axis=0),
        total=np.sum([one.total for one in made], axis=0),
    )


def _terms_of_one(sample: Floats, groups: int) -> Terms:
    num = sample.shape[1]
    edges = np.linspace(0, num, min(groups, num), endpoint=False).astype(np.intp)
    # Without centring, f_B times a difference of small mean would be all noise.
    centred = sample - sample.mean()
    a, b = centred[:2]

    def grouped(numbers: Floats) -> Floats:
        return np.add.reduceat(numbers, edges, axis=-1)

    steps = centred[2:] - a
    return Terms(
        rows=np.diff(np.append(edges, num)).astype(np.float64),
        sums=grouped(a + b)[None],
        squares=grouped(a**2 + b**2),
        first=grouped(b * steps),
        total=grouped(steps**2) / 2,
    )


def sobol_indices(f_a: Floats, f_b: Floats, f_ab: Floats) -> tuple[Floats, Floats]:
    """First-order and total indices of one output.

    Parameters
    ----------
    f_a, f_b : float64 (n,), the numbers at the base samples A and B
    f_ab : float64 (parameters, n), the numbers at A with one parameter's column from B

    Returns
    -------
    float64 (parameters,) each; nan where the output is constant
    """
    found = terms([np.vstack([f_a, f_b, f_ab])])
    first, total = found.indices(np.ones((1, len(found.rows))))
    return first[0], total[0]


def intervals(found: Terms, confidence: float, generator: np.random.Generator) -> Floats:
    """Percentile intervals from a bootstrap over base rows (Efron & Tibshirani 1993, chapter 13).

    Returns
    -------
    float64 (2, parameters, 2): of first-order and of total indices, lower and upper end; nan where
    most resamples have no variance
    """
    num = len(found.rows)
    drawn = generator.integers(0, num, size=(RESAMPLES, num))
    drawn += num * np.arange(RESAMPLES)[:, None]
    weights = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape)
    both = np.stack(found.indices(weights.astype(np.float64)))
    good = np.isfinite(both).all(axis=(0, 2))
    if np.count_nonzero(good) <= RESAMPLES / 2:
        return np.full((2, both.shape[2], 2), np.nan)
    tail = (1 - confidence) / 2
    ends: Floats = np.quantile(both[:, good], [tail, 1 - tail], axis=1)
    return np.moveaxis(ends, 0, -1)
