"""The nearest point of a box at which the regime flips: rays, scattered points, then descent."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np

from gametheory_crisis.analysis.flip.alone import Change, Line, changes_of, close_in
from gametheory_crisis.analysis.flip.descent import Descent
from gametheory_crisis.analysis.flip.field import Field, Floats
from gametheory_crisis.sweeps.space import draw

RAYS = 1024
"""Rays of one batch."""
MOST_SIGNS = 10
"""With more parameters the patterns of signs are drawn, not listed."""
ALIKE = 0.95
"""Starts whose directions have a larger cosine are alike."""
SCALES = 10.0 ** -np.arange(0.0, 9.0)
PROBES = np.where(SCALES < 0.05, 512, 4096)
"""Points that are tried about the nearest one, at distances that are those shares of its own.

Far from it another part of the boundary is looked for, and the chances are small.
"""
FEW = 3.0
"""In many dimensions a flip may depend on that many parameters."""
PROBED = np.array([1e-12, 1e-9, 1e-6, 1e-3, 0.1, 0.5, 1.0])
"""Shares by which a probe lies nearer than the nearest point so far."""
PROBINGS = 3
ROUNDING, WORSE = 1e-6, 1e-11
COARSE_ROUNDING, COARSELY_WORSE = 1e-2, 1e-5
"""A change that is no larger share of the distance is left out where that costs no more distance;
of a coarse search."""


def nearest_flip(field: Field, known: Floats, seed: int | None) -> Floats | None:
    """The nearest scaled point (d,) found at which the regime flips; None where none was found.

    Parameters
    ----------
    known : scaled points (n, d) at which it flips; what is found is no farther than they are
    seed : of the directions
    """
    generator = np.random.default_rng(seed)
    start = generator.integers(1 << 32)
    corners = np.maximum(field.high - field.base, field.base - field.low) / field.width
    reach = float(np.linalg.norm(corners))
    if len(known):
        reach = float(np.linalg.norm(known, axis=1).min())
    if reach == 0.0:
        return _nearest(known)
    hits = _first_hits(field, _directions(field, int(start)), reach)
    starts = np.concatenate([known, hits, _scattered(field, reach, int(start))])
    if not len(starts):
        return None
    descent = Descent(field)
    found = np.concatenate([known, descent.run(_varied(starts, field.effort.starts))])
    best = _nearest(found)
    if not field.effort.thorough:
        return _tidy(field, descent, best)
    for _ in range(PROBINGS):
        probes = _probe(field, best, generator)
        if not len(probes):
            break
        better = descent.run(_varied(probes, 4))
        best = _nearest(np.concatenate([best[None, :], better]))
    return _tidy(field, descent, best)


def boundary(field: Field, point: Floats) -> Change | None:
    """The change on the way from the base point to a flip, near the flip; None if it is a touch.

    Places are shares of the way to ``point``; whole numbers are those of ``point`` all the way.
    """
    whole = np.where(field.whole, point, 0.0)

    def points(shares: Floats) -> Floats:
        return field.at(whole + shares[:, None] * (point - whole))

    if not np.any(point - whole):
        code = int(field.codes(field.at(point[None, :]))[0])
        return Change(1.0, field.code, code, 1.0)
    line = Line(0.0, 2.0, 0.0, points)
    spread = 2.0 ** -np.arange(4.0, -np.log2(field.effort.precision), 1.0)
    near = np.concatenate([1 - spread, [1.0], 1 + spread])
    line.add(np.array([0.0]), np.array([field.code]))
    line.add(near, field.codes(points(near)))
    close_in(field, [line])
    flips = [c for c in changes_of(line) if c.after >= 0 and c.after != field.code]
    return min(flips, key=lambda change: abs(change.at - 1.0), default=None)


def _directions(field: Field, seed: int) -> Floats:
    """Unit vectors (n, d): axes, diagonals, patterns of signs, then evenly over the sphere.

    A direction that leads out of the box at once is mirrored into it.
    """
    dimensions, most = len(field.names), field.effort.directions
    axes = np.concatenate([np.eye(dimensions), -np.eye(dimensions)])
    pairs = [
        a * axes[i] + b * axes[j]
        for i, j in combinations(range(dimensions), 2)
        for a, b in product((-1.0, 1.0), repeat=2)
    ]
    generator = np.random.default_rng(seed)
    if dimensions <= MOST_SIGNS:
        signs = np.array(list(product((-1.0, 1.0), repeat=dimensions)))
    else:
        signs = generator.choice([-1.0, 1.0], size=(1 << MOST_SIGNS, dimensions))
    listed = np.concatenate([axes, np.array(pairs).reshape(-1, dimensions), signs])
    listed = listed[: max(most // 2, 2 * dimensions)]
    spread = _sphere(most - len(listed), dimensions, seed)
    # Half of them move few parameters at a time.
    few = generator.random(spread.shape) < FEW / dimensions
    few |= generator.random(len(spread))[:, None] < 0.5
    spread = np.where(few, spread, 0.0)
    directions = np.concatenate([listed, spread[np.any(spread, axis=1)]])
    directions = np.where((directions > 0) & (field.base == field.high), -directions, directions)
    directions = np.where((directions < 0) & (field.base == field.low), -directions, directions)
    unit: Floats = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return unit


def _sphere(num: int, dimensions: int, seed: int) -> Floats:
    """Points spread evenly over a sphere."""
    from scipy.special import ndtri

    if num < 1:
        return np.empty((0, dimensions))
    # The sequence gives 0, at which the normal quantile is infinite.
    shares = np.clip(draw("sobol", num, dimensions, seed), 2.0**-40, 1 - 2.0**-40)
    normal: Floats = ndtri(shares)
    return normal


def _first_hits(field: Field, directions: Floats, reach: float) -> Floats:
    """On each ray the first point looked at that flips; scaled, (n, d), rays without one left out.

    Rays go on along the sides of the box where they meet them.
    """
    effort = field.effort
    few, finest = effort.radii, effort.finest
    dense = np.geomspace(finest, 1.0, 2 * few if effort.thorough else few)
    radii = reach * np.unique(np.concatenate([np.linspace(1 / few, 1.0, few), dense]))
    hits = []
    for first in range(0, len(directions), RAYS):
        part = directions[first : first + RAYS]
        points = part[:, None, :] * radii[:, None]
        flips = field.flips_at(points.reshape(-1, points.shape[2])).reshape(len(part), -1)
        hit = flips.any(axis=1)
        hits.append(points[hit, np.argmax(flips[hit], axis=1)])
    found = np.concatenate(hits)
    scaled = field.scaled(field.at(found))
    within: Floats = scaled[np.linalg.norm(scaled, axis=1) <= reach]
    return within


def _scattered(field: Field, reach: float, seed: int) -> Floats:
    """Points spread evenly over the box, no farther than ``reach``, at which the regime flips.

    They find what stands between the rays far away from the base point.
    """
    effort = field.effort
    num = effort.directions * effort.radii // (1 if effort.thorough else 4)
    low = np.maximum((field.low - field.base) / field.width, -reach)
    high = np.minimum((field.high - field.base) / field.width, reach)
    points = low + draw("sobol", num, len(field.names), seed) * (high - low)
    points = field.scaled(field.at(points))
    points = points[np.linalg.norm(points, axis=1) <= reach]
    flipped: Floats = points[field.flips_at(points)]
    return flipped


def _varied(points: Floats, num: int) -> Floats:
    """The nearest points, but no two in much the same direction unless there are no others."""
    distances = np.linalg.norm(points, axis=1)
    order = np.argsort(distances, kind="stable")[: 64 * num]
    units = points / np.where(distances > 0, distances, 1.0)[:, None]
    chosen: list[int] = []
    for k in order:
        if len(chosen) < num and all(units[k] @ units[j] < ALIKE for j in chosen):
            chosen.append(int(k))
    rest = [int(k) for k in order if k not in set(chosen)]
    return points[chosen + rest[: max(0, num - len(chosen))]]


def _nearest(points: Floats) -> Floats:
    nearest: Floats = points[int(np.argmin(np.linalg.norm(points, axis=1)))]
    return nearest


def _tidy(field: Field, descent: Descent, best: Floats) -> Floats:
    """The same point without changes that are but the rounding of the search."""
    size = float(np.linalg.norm(best))
    fine = field.effort.thorough
    share, worse = (ROUNDING, WORSE) if fine else (COARSE_ROUNDING, COARSELY_WORSE)
    stretch = max(ROUNDING, worse)
    bare = np.where(np.abs(best) < share * size, 0.0, best)[None, :]
    stretched = np.where(field.whole, bare, bare * (1 + stretch))
    if np.array_equal(bare[0], best) or not field.flips_at(stretched)[0]:
        return best
    tidied = descent.inward(stretched)[0]
    return tidied if np.linalg.norm(tidied) <= size * (1 + worse) else best


def _probe(field: Field, best: Floats, generator: np.random.Generator) -> Floats:
    """Points about the nearest one, nearer than it is, at which the regime flips; (n, d).

    Whole numbers are moved towards the base point, or by one.
    """
    size, dimensions = float(np.linalg.norm(best)), len(best)
    if size == 0.0:
        return np.empty((0, dimensions))
    scales = np.repeat(SCALES, PROBES)[:, None]
    noise = generator.standard_normal((len(scales), dimensions))
    few = generator.random(noise.shape) < FEW / dimensions
    few |= generator.random((len(noise), 1)) < 0.5
    moved = best + size * scales * np.where(few, noise, 0.0)
    shrunk = best * generator.random((len(scales), 1))
    stepped = best + generator.integers(-1, 2, noise.shape) / field.width
    towards = np.where(generator.random(noise.shape) < 0.5, shrunk, stepped)
    moved = np.where(field.whole, towards, moved)
    moved = field.scaled(field.at(moved))
    whole = np.where(field.whole, moved, 0.0)
    room = size**2 - np.sum(whole**2, axis=1)
    moved, whole, room = moved[room > 0], whole[room > 0], room[room > 0]
    free = moved - whole
    lengths = np.linalg.norm(free, axis=1)
    free *= (np.sqrt(room) / np.where(lengths > 0, lengths, 1.0))[:, None]
    points = (whole[:, None, :] + (1 - PROBED)[:, None] * free[:, None, :]).reshape(-1, dimensions)
    points = field.scaled(field.at(points))
    points = points[np.linalg.norm(points, axis=1) < size * (1 - 1e-13)]
    flipped: Floats = points[field.flips_at(points)]
    return flipped
