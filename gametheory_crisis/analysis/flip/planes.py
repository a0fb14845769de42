"""Planes in scaled space: normals from points on them, and the nearest point beyond several."""

from __future__ import annotations

import numpy as np

from gametheory_crisis.analysis.flip.field import Floats


def least_distance(normals: Floats, offsets: Floats, low: Floats, high: Floats) -> Floats | None:
    """The point of a polyhedron that is nearest to the origin; None where there is none.

    Least-distance programming by non-negative least squares: Lawson & Hanson (1974), Solving Least
    Squares Problems, section 23.4.

    Parameters
    ----------
    normals, offsets : float64 (m, d) and (m,), ``normals @ x >= offsets``
    low, high : float64 (d,), ``low <= x <= high``
    """
    from scipy.optimize import nnls

    identity = np.eye(len(low))
    left = np.concatenate([normals, identity, -identity])
    right = np.concatenate([offsets, low, -high])
    system = np.concatenate([left.T, right[None, :]])
    target = np.zeros(len(low) + 1)
    target[-1] = 1.0
    try:
        weights, residual = nnls(system, target)
    except RuntimeError:
        return None
    if residual < 1e-12:
        return None
    rest = system @ weights - target
    nearest: Floats = -rest[:-1] / rest[-1]
    return nearest


def fitted_normal(offsets: Floats, outward: Floats, away: float) -> Floats:
    """The unit normal of a plane through the origin that fits offsets, (m, d), on it."""
    system = np.concatenate([offsets / away, outward[None, :]])
    target = np.zeros(len(system))
    target[-1] = 1.0
    normal = np.linalg.lstsq(system, target, rcond=1e-12)[0]
    return unit(normal if normal @ outward > 0 else outward)


def unit(vectors: Floats) -> Floats:
    """Vectors of length 1; those of length 0 stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    result: Floats = vectors / np.where(lengths > 0, lengths, 1.0)
    return result
