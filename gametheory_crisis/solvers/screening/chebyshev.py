"""Piecewise polynomials on Chebyshev points, fitted to functions until they are right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.kernels.screening_arrays import Points

Floats = NDArray[np.float64]

NARROWEST = 1e-12
"""Pieces are not halved below this width, as a share of the whole."""
THIN = 1e-3
"""On pieces narrower than this an error counts by their width: near a singularity it is rounding in
what is fitted, and few states lie there."""
BETWEEN = np.array([-0.97, -0.6, -0.13, 0.31, 0.71, 0.98])
"""Where a polynomial on [-1, 1] is compared with what it stands for."""


@cache
def chebyshev_points(number: int) -> Points:
    """Chebyshev points of the second kind, ascending, with weights and differentiation matrix.

    Source: Berrut and Trefethen (2004), Barycentric Lagrange interpolation, SIAM Review 46.
    """
    order = np.arange(number)
    nodes = np.sin(np.pi * (2 * order - number + 1) / (2 * (number - 1)))
    weights = np.where(order % 2 == 0, 1.0, -1.0)
    weights[[0, -1]] *= 0.5
    apart = nodes[:, None] - nodes[None, :]
    np.fill_diagonal(apart, 1.0)
    slopes = weights[None, :] / weights[:, None] / apart
    np.fill_diagonal(slopes, 0.0)
    np.fill_diagonal(slopes, -slopes.sum(axis=1))
    return Points(nodes, weights, slopes)


@cache
def _transform(number: int) -> Floats:
    vandermonde = np.polynomial.chebyshev.chebvander(chebyshev_points(number).nodes, number - 1)
    return np.asarray(np.linalg.inv(vandermonde))


def coefficients(values: Floats) -> Floats:
    """Chebyshev coefficients of the polynomials through values at the points; rows are pieces."""
    return np.ascontiguousarray(values @ _transform(values.shape[-1]).T)


def spread(low: float, high: float, number: int) -> Floats:
    """The Chebyshev points of an interval, its ends exact."""
    at = low + 0.5 * (high - low) * (chebyshev_points(number).nodes + 1)
    at[0], at[-1] = low, high
    return np.asarray(at)


def fitted(
    functions: Callable[[Floats], Sequence[Floats]],
    ends: Sequence[float],
    number: int,
    tolerance: float,
) -> tuple[Floats, Floats]:
    """Functions on an interval as polynomials on pieces, halved until all are right.

    Parameters
    ----------
    functions : at given positions, the values of each function
    ends : the ends of the interval, and between them where the functions are not smooth
    number : points per piece
    tolerance : largest error, checked between the points; on pieces thinner than `THIN` the larger
        the thinner they are

    Returns
    -------
    ends : float64 (pieces + 1,)
    values : float64 (functions, pieces, number)
    """
    edges, done = [ends[0]], []
    narrowest = NARROWEST * (ends[-1] - ends[0])
    waiting = list(pairwise(ends))[::-1]
    powers = np.polynomial.chebyshev.chebvander(BETWEEN, number - 1) @ _transform(number)
    while waiting:
        low, high = waiting.pop()
        values = np.array(functions(spread(low, high, number)))
        checks = np.array(functions(low + 0.5 * (high - low) * (BETWEEN + 1)))
        missed = np.max(np.abs(values @ powers.T - checks))
        weight = min(1.0, (high - low) / THIN)
        if missed * weight > tolerance and high - low > narrowest:
            middle = 0.5 * (low + high)
            waiting += [(middle, high), (low, middle)]
        else:
            edges.append(high)
            done.append(values)
    return np.array(edges), np.ascontiguousarray(np.array(done).transpose(1, 0, 2))
