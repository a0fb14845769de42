"""Expected values over the types in an interval, as weighted sums over a few of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.continuum import NODES, WEIGHTS, Distribution

Floats: TypeAlias = NDArray[np.float64]
Turns: TypeAlias = Callable[[Floats], list[Floats]]
"""Numbers by offer and type whose sign changes at a kink, for types (offers, types)."""

GRADES = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])
"""Ends of panels, in units of the length in which the tail beyond the first falls."""
ENDINGS = 8.0 ** -np.arange(1, 14)
"""Ends of panels next to an end of the support, as shares of the interval: payoffs may rise there
like a root, and the density without bound."""
SAMPLES = 65
"""Types at which kinks are looked for."""


def mean_type(distribution: Distribution, a: Floats, b: Floats) -> Floats:
    """The mean of the types between ``a`` and ``b``; the likeliest where there are none."""
    mass = distribution.mass_between(a, b)
    nearest = np.where(np.isinf(a), b, np.where(np.isinf(b), a, np.clip(distribution.mean, a, b)))
    some = mass > np.finfo(np.float64).tiny
    mean = distribution.moment_between(a, b) / np.where(some, mass, 1.0)
    return np.where(some, np.clip(mean, a, b), nearest)


def types_between(
    distribution: Distribution, a: Floats, b: Floats, turns: Turns
) -> tuple[Floats, Floats]:
    """Types and weights, which sum to 1, for payoffs that are smooth inside, with kinks.

    Gauss's rule with 20 points on panels that end at the kinks, the median and in steps towards
    the tails and the ends of the support. A panel has the probability that is known of it.

    Parameters
    ----------
    a, b : float64 (offers,), the intervals
    turns : see `Turns`

    Returns
    -------
    types, weights : float64 (offers, points)
    """
    middle = np.clip(distribution.quantile(0.5), a, b)
    upwards = _graded(middle, b, distribution.sf(middle), distribution.pdf(middle), 1.0)
    downwards = _graded(middle, a, distribution.cdf(middle), distribution.pdf(middle), -1.0)
    endings = _endings(distribution, a, b)
    edges = np.sort(np.concatenate([downwards, upwards, *endings], axis=1), axis=1)
    kinks = _kinks(turns, edges)
    smooth = np.broadcast_to(np.array(distribution.kinks), (len(a), len(distribution.kinks)))
    inner = np.clip(np.concatenate([kinks, smooth], axis=1), edges[:, :1], edges[:, -1:])
    edges = np.sort(np.concatenate([edges, inner], axis=1), axis=1)
    low, high = edges[:, :-1, None], edges[:, 1:, None]
    half = (high - low) / 2
    types = np.asarray(low + half * (1 + NODES))
    weights = half * WEIGHTS * distribution.pdf(types)
    found = weights.sum(axis=2, keepdims=True)
    known = distribution.mass_between(low, high)
    weights = np.where(found > 0, weights / np.where(found > 0, found, 1.0) * known, 0.0)
    types, weights = types.reshape(len(a), -1), weights.reshape(len(a), -1)
    total = weights.sum(axis=1, keepdims=True)
    nobody = ~(total > 0)
    even = np.zeros_like(weights)
    even[:, 0] = 1.0
    alone = np.where(nobody, mean_type(distribution, a, b)[:, None], types)
    return alone, np.where(nobody, even, weights / np.where(nobody, 1.0, total))


def _graded(start: Floats, end: Floats, tail: Floats, density: Floats, sign: float) -> Floats:
    """Ends of panels from ``start`` towards ``end``; (offers, len(GRADES))."""
    span = np.abs(end - start)
    length = np.where(density > 0, tail / np.where(density > 0, density, 1.0), span)
    length = np.where(np.isfinite(span), np.minimum(length, span), length)
    reach = np.minimum(length[:, None] * GRADES, span[:, None])
    reach[:, -1] = np.where(np.isfinite(span), span, reach[:, -1])
    ends: Floats = start[:, None] + sign * reach
    return ends


def _endings(distribution: Distribution, a: Floats, b: Floats) -> list[Floats]:
    """Ends of panels towards the ends of the support that intervals reach, (offers, panels)."""
    found = []
    for ends, last, others in ((a, distribution.low, b), (b, distribution.high, a)):
        touching = ends == last
        if np.isfinite(last) and touching.any():
            others = np.where(np.isfinite(others), others, distribution.quantile(0.5))
            reach = np.where(touching, others - ends, 0.0)
            found.append(ends[:, None] + reach[:, None] * ENDINGS)
    return found


def _kinks(turns: Turns, edges: Floats) -> Floats:
    """Where the sign of a turn changes, per offer, padded with the first edge."""
    steps = np.linspace(0, 1, max(2, SAMPLES // edges.shape[1] + 1))[:-1]
    widths = np.diff(edges, axis=1)[..., None]
    grid = np.concatenate(
        [(edges[:, :-1, None] + widths * steps).reshape(len(edges), -1), edges[:, -1:]], axis=1
    )
    columns = []
    for k, values in enumerate(turns(grid)):
        signs = np.sign(values)
        changes = (signs[:, :-1] != 0) & (signs[:, :-1] != signs[:, 1:])
        for nth in range(int(changes.sum(axis=1).max(initial=0))):
            here = changes & (np.cumsum(changes, axis=1) == nth + 1)
            cell = here.argmax(axis=1)
            rows = np.arange(len(edges))
            high = np.where(here.any(axis=1), grid[rows, cell + 1], grid[rows, cell])
            columns.append((k, grid[rows, cell], high))
    if not columns:
        return np.empty((len(edges), 0))
    return _bisect(turns, columns)


def _bisect(turns: Turns, columns: list[tuple[int, Floats, Floats]]) -> Floats:
    """The root of each turn in its brackets, one per offer; (offers, brackets).

    Chords and halves in turn, so that smooth turns take few steps and others not many more.
    """
    which = np.array([k for k, _, _ in columns])
    low = np.stack([a for _, a, _ in columns], axis=1)
    high = np.stack([b for _, _, b in columns], axis=1)

    def at(types: Floats) -> Floats:
        rows = turns(types)
        return np.stack([rows[k][:, j] for j, k in enumerate(which)], axis=1)

    below, above = at(low), at(high)
    for step in range(120):
        middle = low / 2 + high / 2
        if step % 2 == 0:
            with np.errstate(all="ignore"):
                chord = low - below * (high - low) / (above - below)
            middle = np.where((chord > low) & (chord < high), chord, middle)
        if np.all((middle <= low) | (middle >= high) | (high - low <= 4 * np.spacing(middle))):
            break
        value = at(middle)
        before = np.sign(value) == np.sign(below)
        low, below = np.where(before, middle, low), np.where(before, value, below)
        high, above = np.where(before, high, middle), np.where(before, above, value)
    return low
