"""From a point at which the regime flips to a nearer one, along the boundary between regimes.

All points are scaled (see `Field`): the base point is the origin. Several points are improved side
by side, so that every look at the model is one batch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis.flip.field import Field, Floats
from gametheory_crisis.analysis.flip.planes import fitted_normal, least_distance, unit

Indices: TypeAlias = NDArray[np.intp]

STEPS = np.array([2.0, 1.0, 0.7, 0.5, 0.3, 0.15, 0.05, 0.01, 1e-3, 1e-5])
"""Shares of the way to the foot of the perpendicular that are tried."""
FEW_STEPS = np.array([1.0, 0.5, 0.15, 0.03])
"""The same where points are dear."""
MOMENTUM = np.array([0.0, 0.5, 1.5])
"""Shares of the step before that are added, as conjugate gradients do."""
GAINS = np.array([0.0, 1e-13, 1e-11, 1e-9, 1e-7, 1e-5, 1e-4, 1e-3, 1e-2, 0.05, 0.15, 0.4, 0.8])
"""Shares of its distance by which a point may come nearer at once."""
LEADING = 6
"""Of the ways that come nearest so many are followed to the boundary."""
SLOPE = 6.0
"""Beside a boundary point the boundary is looked for that many times as far up and down."""
WIDEST, FINER, NARROWEST = 1e-3, 1000.0, 1e-6
"""Distance of the neighbours that give a normal, as a share of the point's own; how it shrinks."""
MOST_CUTS = 8
BEHIND = 1.1
"""A point that is farther than the nearest one by that factor, and comes on slowly, is left."""
SHARP = 1e-9
"""With boundary points that are known better than that, a second normal is worth its points."""


@dataclass
class Track:
    """A boundary point on its way, with the half-spaces in which nearer points are thought to lie.

    Attributes
    ----------
    point, before : float64 (d,), where it is and where it was
    share : distance of the neighbours that give a normal
    cuts : normals (d,) and offsets: ``normal @ point >= offset``
    done : whether it comes no nearer
    """

    point: Floats
    before: Floats
    share: float
    cuts: list[tuple[Floats, float]] = field(default_factory=list)
    done: bool = False

    @property
    def distance(self) -> float:
        """From the base point."""
        return float(np.linalg.norm(self.point))

    @property
    def slowed(self) -> bool:
        """Whether the last step brought less than a hundredth."""
        return self.distance > 0.99 * float(np.linalg.norm(self.before))

    def keep(self, normal: Floats, point: Floats) -> None:
        """Add the half-space beyond the plane through a boundary point."""
        self.cuts = [*self.cuts[1 - MOST_CUTS :], (normal, float(normal @ point))]

    def drop_refuted(self) -> None:
        """Forget half-spaces in which the point itself does not lie."""
        slack = 1e-9 * self.distance
        self.cuts = [(n, c) for n, c in self.cuts if n @ self.point >= c - slack]


def frontier(field: Field, same: Floats, flip: Floats, precision: float) -> Floats:
    """The first boundary points on segments from points without a flip to points with one.

    Parameters
    ----------
    same, flip : scaled points (n, d)
    precision : share of a segment to which its boundary is found

    Returns
    -------
    float64 (n, d), on the side of the flip
    """
    num = len(same)
    if not num:
        return flip
    sections = max(1, field.effort.batch // num)
    shares = np.arange(1, sections + 1) / (sections + 1)
    low, high, rows = np.zeros(num), np.ones(num), np.arange(num)
    while np.max(high - low) > precision:
        at = low[:, None] + (high - low)[:, None] * shares
        points = same[:, None, :] + at[:, :, None] * (flip - same)[:, None, :]
        flips = field.flips_at(points.reshape(-1, points.shape[2])).reshape(num, sections)
        first = np.where(flips.any(axis=1), np.argmax(flips, axis=1), sections)
        places = np.concatenate([low[:, None], at, high[:, None]], axis=1)
        low, high = places[rows, first], places[rows, first + 1]
    found: Floats = same + high[:, None] * (flip - same)
    return found


class Descent:
    """Improves boundary points of one field."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.free = ~field.whole
        self.precision = field.effort.precision
        self.widest = max(WIDEST, 100 * self.precision)
        self.narrowest = max(NARROWEST, 10 * self.precision)
        self.gains = GAINS[(GAINS == 0.0) | (10 * self.precision < GAINS)]
        self.low = (field.low - field.base) / field.width
        self.high = (field.high - field.base) / field.width

    def run(self, points: Floats) -> Floats:
        """Nearer points for points (n, d) with a flip; whole numbers stay what they are."""
        points = self.inward(points)
        tracks = [Track(point, point, self.widest) for point in points]
        for _ in range(self.field.effort.steps if self.free.any() else 0):
            for track in tracks:
                track.done |= not np.any(track.point[self.free])
            active = [track for track in tracks if not track.done]
            if not active:
                break
            self._step(active)
            nearest = min(track.distance for track in tracks)
            for track in active:
                track.done |= track.slowed and track.distance > BEHIND * nearest
        return np.array([track.point for track in tracks])

    def anchors(self, points: Floats) -> Floats:
        """The nearest points with the same whole numbers."""
        return np.where(self.free, 0.0, points)

    def inward(self, points: Floats) -> Floats:
        """Points drawn straight towards the base point up to the boundary."""
        anchors = self.anchors(points)
        flips = self.field.flips_at(anchors)
        moved = np.array(points)
        moved[flips] = anchors[flips]
        moved[~flips] = frontier(
            self.field, anchors[~flips], np.array(points)[~flips], self.precision
        )
        return moved

    def _step(self, tracks: list[Track]) -> None:
        """One step of each track: normals, feet of perpendiculars, the best point about them."""
        points = np.array([track.point for track in tracks])
        outward = unit(np.where(self.free, points, 0.0))
        shares = np.array([track.share for track in tracks])
        for track, normal in zip(tracks, self._normals(points, outward, shares), strict=True):
            track.drop_refuted()
            track.keep(normal, track.point)
        if self.precision < SHARP:
            self._find_corners(tracks)
        self._move(tracks)

    def _find_corners(self, tracks: list[Track]) -> None:
        """Where the way along the boundary ends at another one, note that one's half-space."""
        ways = [(t, foot) for t in tracks if (foot := self._foot(t, t.cuts)) is not None]
        if not ways:
            return
        lift = 1.0 + np.array([1e-3 * track.share for track, _ in ways])[:, None]
        stood = np.array([track.point for track, _ in ways])
        ends = np.array([foot for _, foot in ways])
        start, end = (np.where(self.free, p * lift, p) for p in (stood, ends))
        blocked = self.field.flips_at(start) & ~self.field.flips_at(end)
        start, end = start[blocked], end[blocked]
        held = [track for (track, _), is_blocked in zip(ways, blocked, strict=True) if is_blocked]
        met = frontier(self.field, end, start, 1e-12)
        shares = np.array([track.share for track in held])
        normals = self._normals(met, unit(start - end), shares)
        for track, point, normal in zip(held, met, normals, strict=True):
            track.keep(normal, point)

    def _foot(self, track: Track, cuts: list[tuple[Floats, float]]) -> Floats | None:
        """The point nearest to the base in all of some half-spaces and the box."""
        size = float(np.linalg.norm(track.point[self.free]))
        normals = np.array([normal[self.free] for normal, _ in cuts])
        # The whole numbers stay what they are, so their part moves to the offset.
        fixed = np.where(self.free, 0.0, track.point)
        offsets = np.array([offset - normal @ fixed for normal, offset in cuts])
        low, high = self.low[self.free] / size, self.high[self.free] / size
        found = least_distance(normals, offsets / size, low, high)
        if found is None:
            return None
        foot = np.array(track.point)
        foot[self.free] = found * size
        return foot

    def _move(self, tracks: list[Track]) -> None:
        """Go to the nearest point with a flip among those on the way to the feet."""
        gains = self.gains
        ways, owners = [], []
        for k, track in enumerate(tracks):
            for way in self._ways(track):
                ways.append(way)
                owners.append(k)
        owner = np.array(owners)
        points = np.array([track.point for track in tracks])
        sizes = np.linalg.norm(points[:, self.free], axis=1)
        anchor = self.anchors(points)[owner]
        rays = unit(np.where(self.free, np.array(ways), 0.0)) * sizes[owner][:, None]
        tried = anchor[:, None, :] + (1 - gains)[:, None] * rays[:, None, :]
        flips = self.field.flips_at(tried.reshape(-1, tried.shape[2])).reshape(len(owner), -1)
        # The gain up to which a flip is seen all the way, so that no thin layer is jumped.
        reach = np.where(flips[:, 0], np.argmin(flips, axis=1) - 1, -1)
        reach[flips.all(axis=1)] = len(gains) - 1
        picked = _leading(reach, owner, LEADING if self.field.effort.thorough else 1)
        flip = tried[picked, reach[picked]]
        beyond = np.minimum(reach[picked] + 1, len(gains) - 1)
        same = np.where((reach[picked] == beyond)[:, None], anchor[picked], tried[picked, beyond])
        found = frontier(self.field, same, flip, self.precision)
        for k, track in enumerate(tracks):
            self._settle(track, found[owner[picked] == k])

    def _ways(self, track: Track) -> Floats:
        """Points whose directions are tried: towards the feet, with and without momentum."""
        thorough = self.field.effort.thorough
        steps = STEPS if thorough else FEW_STEPS
        momentum = MOMENTUM if thorough else MOMENTUM[:1]
        feet = [self._foot(track, track.cuts[-1:]), self._foot(track, track.cuts)]
        known = [foot for foot in feet if foot is not None] or [track.point]
        last = track.point - track.before
        ways = [
            track.point + steps[:, None] * (foot - track.point) + m * last
            for foot in known
            for m in momentum
        ]
        return np.concatenate(ways)

    def _settle(self, track: Track, found: Floats) -> None:
        """Take the nearest of some points; where none is nearer look more closely, then stop."""
        old = new = track.distance
        if len(found):
            sizes = np.linalg.norm(found, axis=1)
            k = int(np.argmin(sizes))
            if (new := float(sizes[k])) < old:
                track.before, track.point = track.point, found[k]
        if new >= old * (1 - 1e-6):
            track.done = track.share <= self.narrowest and new >= old * (1 - 1e-13)
            track.share = max(track.share / FINER, self.narrowest)

    def _normals(self, points: Floats, outward: Floats, shares: Floats) -> Floats:
        """Normals of the boundary at some of its points, towards the side of the flip, (n, d).

        Beside each point, along every axis, the boundary is looked for in the direction
        ``outward``; the normal is that of the plane that fits best.
        """
        num, dimensions = points.shape
        axes = np.flatnonzero(self.free)
        away = shares * np.maximum(np.linalg.norm(points[:, self.free], axis=1), 1e-12)
        shift = np.zeros((num, len(axes), dimensions))
        for j, axis in enumerate(axes):
            room = points[:, axis] + away <= self.high[axis]
            shift[:, j, axis] = np.where(room, away, -away)
        beside = (points[:, None, :] + shift).reshape(-1, dimensions)
        rise = np.repeat(SLOPE * away[:, None] * outward, len(axes), axis=0)
        same, flip = (self._in_box(beside + sign * rise) for sign in (-1.0, 1.0))
        below, above = self.field.flips_at(same), self.field.flips_at(flip)
        between = ~below & above
        met = np.where(below[:, None], same, flip)
        precision = 1e-9 if self.precision < SHARP else 1e-3
        met[between] = frontier(self.field, same[between], flip[between], precision)
        met = met.reshape(num, len(axes), dimensions)
        return np.array(
            [fitted_normal(met[k] - points[k], outward[k], away[k]) for k in range(num)]
        )

    def _in_box(self, points: Floats) -> Floats:
        inside: Floats = np.clip(points, self.low, self.high)
        return inside


def _leading(reach: Indices, owner: Indices, num: int) -> Indices:
    """Indices of the few ways of each track that come nearest."""
    order = np.argsort(-reach, kind="stable")
    order = order[reach[order] >= 0]
    leading = [order[owner[order] == k][:num] for k in np.unique(owner)]
    return np.concatenate(leading)
