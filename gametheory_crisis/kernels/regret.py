"""The regret of profiles of many bimatrix games, by its definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gametheory_crisis.kernels.jit import entry_point, jit, source_digest

COARSE = 1e-6
"""Payoffs that differ by less than this share of their size are rounded too coarsely."""


@jit
def gain(payoffs, game, own, other, profile, axis):
    """The most that a player gains by leaving its mixture in a profile.

    Parameters
    ----------
    payoffs : (n, rows, columns), of the player whose actions are along ``axis``, 1 or 2
    own, other : (profiles, actions), mixtures
    """
    best = -np.inf
    mean = 0.0
    for a in range(own.shape[1]):
        value = 0.0
        for b in range(other.shape[1]):
            payoff = payoffs[game, a, b] if axis == 1 else payoffs[game, b, a]
            value += payoff * other[profile, b]
        mean += own[profile, a] * value
        best = value if value > best else best
    return best - mean


@jit
def stake(payoffs, game, axis):
    """The most that a player's own action can matter; NaN where payoffs are too coarse to tell."""
    most = 0.0
    size = 0.0
    for b in range(payoffs.shape[3 - axis]):
        low = np.inf
        high = -np.inf
        for a in range(payoffs.shape[axis]):
            value = payoffs[game, a, b] if axis == 1 else payoffs[game, b, a]
            low = value if value < low else low
            high = value if value > high else high
        most = high - low if high - low > most else most
        size = high if high > size else size
        size = -low if -low > size else size
    return most if most > COARSE * size else np.nan


@jit
def stray(mixtures, profile):
    """How far a vector is from a probability distribution."""
    total = 0.0
    miss = 0.0
    for a in range(mixtures.shape[1]):
        share = mixtures[profile, a]
        total += share
        miss = -share if -share > miss else miss
    return miss + abs(total - 1.0)


def _build(digest: int) -> Callable[..., Any]:
    @entry_point
    def relative_regrets(A, B, offsets, x, y, out):
        """Write into ``out`` the players' regrets, each over what is at stake for it, added up.

        How far the vectors are from distributions is added too.  NaN is written where for a player
        nothing is at stake, or too little for the size of its payoffs.

        Parameters
        ----------
        A, B : float64 (n, rows, columns)
        offsets : (n + 1,), game ``k`` has the profiles ``offsets[k]`` to ``offsets[k + 1]``
        x, y : float64 (profiles, rows) and (profiles, columns)
        out : float64 (profiles,), modified in place

        Returns
        -------
        The digest of the sources that this code was compiled from.
        """
        for k in range(A.shape[0]):
            if offsets[k] == offsets[k + 1]:
                continue
            by_row = stake(A, k, 1)
            by_column = stake(B, k, 2)
            for e in range(offsets[k], offsets[k + 1]):
                first = gain(A, k, x, y, e, 1) / by_row
                second = gain(B, k, y, x, e, 2) / by_column
                out[e] = first + second + stray(x, e) + stray(y, e)
        return digest

    return relative_regrets


relative_regrets = _build(source_digest(__name__))
