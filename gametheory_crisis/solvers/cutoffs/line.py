"""All equilibria in one unknown.

What the closing player's sequences are worth is affine in a single unknown, so the places where
types of positive probability change their minds all at once, being exactly indifferent, are known
beforehand. They cut [0, 1] into pieces. On each piece the equation is solved exhaustively: by
brackets from a grid that is refined wherever the error is small beside what it bends by. A pair of
roots near a fold shows as an extremum whose sign is settled before the piece is called clear.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.solvers.cutoffs.layout import Floats
from gametheory_crisis.solvers.cutoffs.replies import LOOSE_TIE
from gametheory_crisis.solvers.cutoffs.roots import ROUNDING, Errors, Found, Root, polish
from gametheory_crisis.solvers.cutoffs.system import System
from gametheory_crisis.solvers.cutoffs.ties import LEAP, SETTLED, at_tie, special_points

GRID = 25
"""Points of the first grid of a piece, those apart at which something is known to happen."""
NARROWEST = 1e-8
"""An interval this narrow is not divided any further."""
MAX_POINTS = 5000
APART = 1e-10
"""How far from a place where types change their minds a piece begins."""
FOLD_WIDTH = 1e-5
"""Roots that are nearer to each other may be one, seen twice for rounding."""
MEETING = "two equilibria meet at this point, as nearly as can be told"


def line_roots(system: System) -> Found:
    """All equilibria of a system with one unknown."""

    def errors(points: Floats) -> Floats:
        unknowns = points[:, None]
        return system.errors(unknowns, system.profile(unknowns))[:, 0]

    found = Found()
    ties, hints = special_points(system)
    for tie in ties:
        at_tie(system, tie, found)
    for end in (0.0, 1.0):
        if end not in ties:
            _at_end(errors, end, found)
    bounds = sorted({0.0, 1.0, *ties})
    for low, high in pairwise(bounds):
        inside = [x for x in hints if low < x < high]
        _solve_piece(system, errors, low, high, inside, found)
    found.roots.sort(key=lambda root: (-root.unknowns[0], root.latest))
    return found


def _at_end(errors: Errors, end: float, found: Found) -> None:
    """An end of [0, 1] is a root where the error does not point inwards."""
    error = float(errors(np.array([end]))[0])
    if (error <= ROUNDING) if end == 0 else (error >= -ROUNDING):
        found.roots.append(Root(np.array([end])))


# Brackets


def _solve_piece(
    system: System, errors: Errors, low: float, high: float, hints: list[float], found: Found
) -> None:
    """All roots strictly between two points."""
    points, values = _refined(errors, low, high, hints, found)
    if np.mean(np.abs(values) <= ROUNDING) > 0.5:
        found.note("a player is indifferent whatever it does over a range of others' probabilities")
        if not found.roots:
            found.roots.append(Root(points[np.abs(values) <= ROUNDING][:1]))
        return
    zero = np.abs(values) <= ROUNDING
    signs = np.where(zero, 0, np.sign(values))
    roots = [float(x) for x, hit in zip(points[1:-1], zero[1:-1], strict=True) if hit]
    crossing = np.nonzero(signs[:-1] * signs[1:] < 0)[0]
    inner = polish(errors, points[crossing], points[crossing + 1], values[crossing])
    if len(inner):
        left = errors(inner)
        for root, error, k in zip(inner.tolist(), left.tolist(), crossing.tolist(), strict=True):
            jump = float(min(abs(values[k]), abs(values[k + 1])))
            if abs(error) <= SETTLED or not _jumps(errors, root, jump):
                roots.append(root)
            else:
                _at_jump(system, root, found)
    for k in _extrema(points, values, signs):
        roots += _around_extremum(errors, points[k - 1], points[k + 1], values[k], found)
    for root in _distinct(errors, sorted(roots), found):
        if all(abs(root - r.unknowns[0]) > 10 * APART for r in found.roots):
            found.roots.append(Root(np.array([root])))


def _refined(
    errors: Errors, low: float, high: float, hints: list[float], found: Found
) -> tuple[Floats, Floats]:
    """A grid on which every interval is clear, bracketed or as narrow as they get."""
    width = high - low
    even = low + width * (1 - np.cos(np.linspace(0, np.pi, GRID))) / 2
    roots = [root.unknowns[0] for root in found.roots]
    margin = min(APART, width / 4)
    first, last = (end in (0.0, 1.0) and end not in roots for end in (low, high))
    inside = np.array([*even, *hints])
    points = np.unique(
        np.clip(inside, low + (0 if first else margin), high - (0 if last else margin))
    )
    values = errors(points)
    while len(points) < MAX_POINTS:
        doubtful = _doubtful(points, values)
        if not doubtful.any():
            return points, values
        middle = (points[:-1] + points[1:])[doubtful] / 2
        where = np.nonzero(doubtful)[0] + 1
        points = np.insert(points, where, middle)
        values = np.insert(values, where, errors(middle))
    found.note("two equilibria may be nearer to each other than the search can tell")
    return points, values


def _doubtful(points: Floats, values: Floats) -> NDArray[np.bool_]:
    """Which intervals may hide more roots than their ends tell.

    An interval is clear where the error is larger than it can bend by inside, or where it runs
    through 0 more steeply than its slope varies.
    """
    widths = np.diff(points)
    slopes = np.diff(values) / widths
    bends = np.abs(np.diff(slopes))
    around = np.maximum(np.concatenate([bends[:1], bends]), np.concatenate([bends, bends[-1:]]))
    first, last = values[:-1], values[1:]
    same = first * last > 0
    far = np.minimum(np.abs(first), np.abs(last)) > around * widths / 2
    steep = np.abs(slopes) > 2 * around
    clear = np.where(same, far, steep)
    flat = (np.abs(first) <= ROUNDING) & (np.abs(last) <= ROUNDING)
    doubtful: NDArray[np.bool_] = ~clear & (widths > NARROWEST) & ~flat
    return doubtful


def _jumps(errors: Errors, root: float, size: float) -> bool:
    """Whether the error leaps over 0 at a root rather than running through it."""
    step = 1e-13 * max(abs(root), 1e-3)
    near = np.abs(errors(np.array([root - step, root + step])))
    return bool(near.min() > SETTLED and near.min() > 1e-6 * size)


def _at_jump(system: System, point: float, found: Found) -> None:
    """A root at which the types of another player are indifferent: their mixture is the unknown."""
    unknowns = np.array([[point]])
    everybody = system.profile(unknowns)
    loose = replace(system, tie=LOOSE_TIE)
    ends = [loose.errors(unknowns, everybody, latest=late)[0, 0] for late in (False, True)]
    if min(ends) <= ROUNDING and max(ends) >= -ROUNDING and max(ends) > min(ends):
        found.roots.append(Root(unknowns[0]))
    else:
        found.note(LEAP)


def _extrema(points: Floats, values: Floats, signs: Floats) -> list[int]:
    """Where the error comes nearest to 0 without changing its sign, in the narrowest intervals."""
    inner = np.arange(1, len(points) - 1)
    sizes = np.abs(values)
    nearest = (sizes[inner] <= sizes[inner - 1]) & (sizes[inner] <= sizes[inner + 1])
    alike = (signs[inner - 1] == signs[inner]) & (signs[inner] == signs[inner + 1])
    narrow = points[inner + 1] - points[inner - 1] <= 4 * NARROWEST
    return [int(k) for k in inner[nearest & alike & narrow & (signs[inner] != 0)]]


def _around_extremum(
    errors: Errors, low: float, high: float, value: float, found: Found
) -> list[float]:
    """One root where the error touches 0 as nearly as can be told, else those that it hides."""
    points = np.linspace(low, high, 33)
    values = errors(points)
    if np.any(np.sign(values) == -np.sign(value)):
        crossing = np.nonzero(values[:-1] * values[1:] <= 0)[0]
        return [float(points[k]) for k in crossing]
    best = int(np.abs(values).argmin())
    if abs(values[best]) <= 2 * ROUNDING:
        found.note(MEETING)
        return [float(points[best])]
    return []


def _distinct(errors: Errors, roots: list[float], found: Found) -> list[float]:
    """Ascending roots, those between which the error is 0 but for rounding only once."""
    kept: list[float] = []
    for root in roots:
        if kept and root - kept[-1] < FOLD_WIDTH:
            between = float(np.abs(errors(np.linspace(kept[-1], root, 5)[1:-1])).max())
            if root - kept[-1] <= APART or between <= 2 * ROUNDING:
                if root - kept[-1] > APART:
                    found.note(MEETING)
                continue
        kept.append(root)
    return kept
