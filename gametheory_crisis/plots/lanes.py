"""Places on the page: columns, ways of the links, and lanes for links that close a cycle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gametheory_crisis.plots.layout import Arrangement, Box, Link, arrange

CHANNEL = 30.0
"""Room between two neighbouring layers, in which links turn."""
TRACK = 9.0
"""Room that a channel gains for each link that runs up or down in it."""
CLEARANCE = 10.0
"""Distance of a lane from what it passes."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A rectangle given by its centre and size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        """Left side."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """Right side."""
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        """Upper side; y grows downwards."""
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        """Lower side."""
        return self.y + self.height / 2

    def overlaps(self, other: Spot) -> bool:
        """Whether the two have inner points in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def moved(self, x: float, y: float) -> Spot:
        """The same rectangle elsewhere."""
        return Spot(self.x + x, self.y + y, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a link: corners, and the place of its label.

    A way with ``corners`` turns at right angles, any other runs smoothly through its points,
    level at each of them.
    """

    points: tuple[tuple[float, float], ...]
    label: Spot
    corners: bool

    def moved(self, x: float, y: float) -> Route:
        """The same way elsewhere."""
        points = tuple((point[0] + x, point[1] + y) for point in self.points)
        return Route(points, self.label.moved(x, y), self.corners)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands."""

    boxes: dict[str, Spot]
    routes: tuple[Route, ...]

    def ends(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all that is drawn."""
        spots = [*self.boxes.values(), *(route.label for route in self.routes)]
        points = [point for route in self.routes for point in route.points]
        return (
            min([spot.left for spot in spots] + [x for x, _ in points]),
            min([spot.top for spot in spots] + [y for _, y in points]),
            max([spot.right for spot in spots] + [x for x, _ in points]),
            max([spot.bottom for spot in spots] + [y for _, y in points]),
        )

    def moved(self, x: float, y: float) -> Layout:
        """The same elsewhere."""
        return Layout(
            {name: spot.moved(x, y) for name, spot in self.boxes.items()},
            tuple(route.moved(x, y) for route in self.routes),
        )


def layout(boxes: Sequence[Box], links: Sequence[Link], start: str) -> Layout:
    """Places of all boxes and links, without overlap of boxes and labels."""
    arrangement = arrange(boxes, links, start)
    columns = _columns(arrangement, links)
    spots, sides = {}, {}
    for box in boxes:
        item = arrangement.boxes[box.name]
        left, width = columns[item.layer]
        spots[box.name] = Spot(left + box.width / 2, item.y, box.width, box.height)
        sides[box.name] = (left, left + width)
    routes: dict[int, Route] = {}
    for k, link in enumerate(links):
        if arrangement.chains[k] is not None:
            routes[k] = _forward(arrangement, columns, spots, link, k)
    closing = [k for k in range(len(links)) if k not in routes]
    lanes = _Lanes(spots, sides, [route.label for route in routes.values()])
    routes |= lanes.lead(links, closing)
    return Layout(spots, tuple(routes[k] for k in range(len(links))))


def _columns(arrangement: Arrangement, links: Sequence[Link]) -> list[tuple[float, float]]:
    """Left side and width of every layer; channels are wide enough for the tracks in them."""
    tracks = [0] * (len(arrangement.layers) + 1)
    for link, chain in zip(links, arrangement.chains, strict=True):
        if chain is None:
            tracks[arrangement.boxes[link.source].layer + 1] += 1
            tracks[arrangement.boxes[link.target].layer] += 1
    columns, left = [], 0.0
    for layer, items in enumerate(arrangement.layers):
        left += CHANNEL + TRACK * tracks[layer]
        width = max((item.width for item in items), default=0.0)
        columns.append((left, width))
        left += width
    return columns


def _forward(
    arrangement: Arrangement,
    columns: Sequence[tuple[float, float]],
    spots: dict[str, Spot],
    link: Link,
    k: int,
) -> Route:
    source, target = spots[link.source], spots[link.target]
    chain = arrangement.chains[k] or []
    left, width = columns[arrangement.boxes[link.source].layer]
    points = [(source.right, source.y), (left + width, source.y)]
    for item in chain:
        left, width = columns[item.layer]
        points += [(left, item.y), (left + width, item.y)] if width else [(left, item.y)]
    points.append((target.left, target.y))
    left, width = columns[chain[0].layer]
    label = Spot(left + width / 2, chain[0].y, link.width, link.height)
    return Route(tuple(points), label, corners=False)


class _Lanes:
    """Leads links that close a cycle above or below all that stands between their ends.

    ``sides`` are the left and right sides of the column in which each box stands.
    """

    def __init__(
        self,
        spots: dict[str, Spot],
        sides: dict[str, tuple[float, float]],
        labels: Sequence[Spot],
    ) -> None:
        self.spots = spots
        self.sides = sides
        self.obstacles = [*spots.values(), *labels]
        self.middle = (
            min(spot.top for spot in self.obstacles) + max(spot.bottom for spot in self.obstacles)
        ) / 2
        self.tracks: Counter[float] = Counter()
        self.ports: Counter[tuple[str, str, bool]] = Counter()

    def lead(self, links: Sequence[Link], closing: Sequence[int]) -> dict[int, Route]:
        """Routes of the links with these indices; short ones are led first and lie inside."""

        def span(k: int) -> float:
            return self.spots[links[k].source].right - self.spots[links[k].target].left

        return {k: self._lead_one(links[k]) for k in sorted(closing, key=span)}

    def _lead_one(self, link: Link) -> Route:
        source, target = self.spots[link.source], self.spots[link.target]
        above = (source.y + target.y) / 2 <= self.middle
        right = self.sides[link.source][1] + self._track(self.sides[link.source][1])
        left = self.sides[link.target][0] - self._track(self.sides[link.target][0])
        out_y = self._port(link.source, "out", above)
        back_y = self._port(link.target, "in", above)
        width = max(right - left, link.width)
        band = Spot((left + right) / 2, 0.0, width + 2 * CLEARANCE, max(link.height, TRACK))
        y = self._free_height(band, source, target, above)
        label_x = max(right - CLEARANCE - link.width / 2, (left + right) / 2)
        if right - left < link.width + 2 * CLEARANCE:
            label_x = (left + right) / 2
        self.obstacles.append(Spot(band.x, y, band.width, band.height))
        points = (
            (source.right, out_y),
            (right, out_y),
            (right, y),
            (left, y),
            (left, back_y),
            (target.left, back_y),
        )
        return Route(points, Spot(label_x, y, link.width, link.height), corners=True)

    def _track(self, side: float) -> float:
        """How far from a column's side a link turns; links led later turn further out."""
        self.tracks[side] += 1
        return TRACK * (0.3 + self.tracks[side])

    def _port(self, name: str, way: str, above: bool) -> float:
        """Where a link meets its box: links led later meet it nearer to the middle, uncrossed."""
        spot = self.spots[name]
        off_middle = spot.height * 0.36 / (1 + 0.5 * self.ports[name, way, above])
        self.ports[name, way, above] += 1
        return spot.y - off_middle if above else spot.y + off_middle

    def _free_height(self, band: Spot, source: Spot, target: Spot, above: bool) -> float:
        passed = [
            spot for spot in self.obstacles if spot.left < band.right and band.left < spot.right
        ]
        half = band.height / 2 + CLEARANCE
        if above:
            return min(spot.top for spot in (*passed, source, target)) - half
        return max(spot.bottom for spot in (*passed, source, target)) + half
