"""The shapes of the graph of moves: boxes of all kinds, links and their labels."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch, Patch, PathPatch, Polygon
from matplotlib.path import Path

from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Graph,
    GraphNode,
    Offer,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.plots import style
from gametheory_crisis.plots.captions import NAME, Line, Way, clock_lines, node_lines
from gametheory_crisis.plots.lanes import Route, Spot

PADDING = 8.0
SLANT = 11.0
"""How far the pointed sides of an offer stand out."""
PILL, PILL_PADDING, BESIDE = 20.0, 11.0, 6.0
"""Height of a terminal's pill, room around its text, and distance of the payoffs."""
CLOCK = 8.0
"""Radius of a clock's face."""
DOT = 9.0
"""Room for a player's colour before its actions."""
START = 28.0
"""Length of the arrow at which play starts."""
HEAD = (6.5, 2.7)
"""Length and half the width of an arrow's head."""
TURN = 7.0
"""Radius at which a lane turns."""
GREY, PALE = "#757575", "#f3f3f3"
BEHIND, ABOVE, TOP = 1.0, 2.0, 3.0
"""Drawing order: links, boxes and the ground of labels, text."""


def extent(lines: Sequence[Line]) -> tuple[float, float]:
    """Width and height of lines one below another."""
    return max((line.width for line in lines), default=0.0), sum(line.height for line in lines)


def label_size(lines: Sequence[Line]) -> tuple[float, float]:
    """Room for a link's label."""
    width, height = extent(lines)
    return (width + 6.0, height + 2.0) if lines else (0.0, 0.0)


def clock_size(lines: Sequence[Line]) -> tuple[float, float]:
    """Room for a clock with its text beside it."""
    width, height = extent(lines)
    return 2 * CLOCK + 5.0 + width + 4.0, max(2 * CLOCK, height)


def size_of(graph: Graph, node: GraphNode) -> tuple[float, float]:
    """Room for a node with its text."""
    width, height = extent(node_lines(graph, node))
    match node:
        case Decision():
            return width + 2 * PADDING, height + 2 * PADDING
        case Offer():
            return width + 2 * PADDING + SLANT, height + 2 * PADDING
        case Simultaneous():
            return width + DOT + 2 * PADDING, height + 2 * PADDING
        case Chance():
            # A box of text touches a diamond's sides where width/a + height/b is 2.
            return 1.55 * width + 18.0, 2.5 * height + 10.0
        case Terminal():
            beside = BESIDE + width if width else 0.0
            return _pill_width(pill_label(graph, node)) + beside, max(PILL, height)


def pill_label(graph: Graph, node: Terminal) -> str:
    """What the pill of a terminal says."""
    return graph.outcomes[node.outcome].label or node.outcome


def _pill_width(label: str) -> float:
    return style.text_width(label, NAME, bold=True) + 2 * PILL_PADDING


@dataclass(frozen=True, slots=True)
class Painter:
    """Draws the parts of one graph, each at its place."""

    graph: Graph
    players: dict[str, str]
    outcomes: dict[str, str]

    @classmethod
    def of(cls, graph: Graph) -> Painter:
        """The painter of a graph, with its colours chosen."""
        chosen = {name: outcome.colour for name, outcome in graph.outcomes.items()}
        return cls(
            graph,
            style.colours_of(list(graph.players), {}),
            style.colours_of(list(graph.outcomes), chosen),
        )

    def swatch(self, paper: Axes, player: str, x: float, y: float) -> None:
        """The colour of a player in the key."""
        paper.add_patch(_rounded(x, y - 4.0, 8.0, 8.0, 2.0, self.players[player], "none"))

    def box(self, paper: Axes, name: str, spot: Spot) -> None:
        """A node or a clock."""
        node = self.graph.nodes.get(name)
        match node:
            case None:
                _draw_clock(paper, spot, clock_lines(self.graph)[name])
            case Terminal():
                self._terminal(paper, node, spot)
            case _:
                paper.add_patch(self._outline(node, spot))
                dots = list(node.actions) if isinstance(node, Simultaneous) else []
                lines = node_lines(self.graph, node)
                _draw_lines(paper, lines, spot.x + (DOT / 2 if dots else 0.0), spot.y)
                self._draw_dots(paper, dots, lines, spot)

    def _outline(self, node: Decision | Offer | Simultaneous | Chance, spot: Spot) -> Patch:
        match node:
            case Decision():
                fill, line = self._tint(node.player)
                return _rounded(spot.left, spot.top, spot.width, spot.height, 6.0, fill, line)
            case Offer():
                fill, line = self._tint(node.player)
                return _polygon(_pointed(spot), fill, line)
            case Simultaneous():
                return _rounded(spot.left, spot.top, spot.width, spot.height, 6.0, PALE, style.INK)
            case Chance():
                return _polygon(_diamond(spot), PALE, GREY)

    def _tint(self, player: str) -> tuple[str, str]:
        colour = self.players[player]
        return style.mix(colour, style.PAPER, 0.82), colour

    def _draw_dots(
        self, paper: Axes, players: Sequence[str], lines: Sequence[Line], spot: Spot
    ) -> None:
        """Dots in the colours of those who move at once, each before its line of actions."""
        y = spot.y - extent(lines)[1] / 2 + lines[0].height
        for player, line in zip(players, lines[1:], strict=False):
            x = spot.x + (DOT - line.width) / 2 - 6.0
            dot = Circle((x, y + line.height / 2), 2.6, fc=self.players[player], ec="none")
            dot.set_zorder(TOP)
            paper.add_patch(dot)
            y += line.height

    def _terminal(self, paper: Axes, node: Terminal, spot: Spot) -> None:
        label, colour = pill_label(self.graph, node), self.outcomes[node.outcome]
        width = _pill_width(label)
        line = style.mix(colour, style.INK, 0.3)
        paper.add_patch(_rounded(spot.left, spot.y - PILL / 2, width, PILL, PILL / 2, colour, line))
        settings = {"weight": "bold", "ha": "center", "color": style.ink_on(colour)}
        style.write(paper, spot.left + width / 2, spot.y, label, NAME, zorder=TOP, **settings)
        lines = node_lines(self.graph, node)
        _draw_lines(paper, lines, spot.left + width + BESIDE, spot.y, "left")

    def start(self, paper: Axes, spot: Spot) -> None:
        """The short arrow at which play starts."""
        dot = Circle((spot.left - START + 4.0, spot.y), 3.0, fc=style.INK, ec="none")
        paper.add_patch(dot)
        _draw_line(paper, ((spot.left - START + 4.0, spot.y), (spot.left, spot.y)), style.INK)

    def link(self, paper: Axes, way: Way, route: Route, boxes: Mapping[str, Spot]) -> None:
        """A link with its arrow's head and its label."""
        colour = GREY if way.player is None else self.players[way.player]
        points = list(route.points)
        if route.corners:
            points[0] = (points[0][0] - self._inset(way.source, boxes, points[0][1]), points[0][1])
            points[-1] = (
                points[-1][0] + self._inset(way.target, boxes, points[-1][1]),
                points[-1][1],
            )
        _draw_line(paper, points, colour, way.clock, route.corners)
        if way.lines:
            label = route.label
            ground = _rounded(
                label.left, label.top, label.width, label.height, 2.0, style.PAPER, "none"
            )
            ground.set_zorder(BEHIND + 0.5)
            paper.add_patch(ground)
            _draw_lines(paper, way.lines, label.x, label.y)

    def _inset(self, name: str, boxes: Mapping[str, Spot], y: float) -> float:
        """How far inside its rectangle the outline of a pointed box lies at height ``y``."""
        node, spot = self.graph.nodes.get(name), boxes[name]
        off = abs(y - spot.y) / (spot.height / 2)
        match node:
            case Offer():
                return SLANT * off
            case Chance():
                return off * spot.width / 2
            case _:
                return 0.0


def _rounded(
    left: float, top: float, width: float, height: float, radius: float, fill: str, line: str
) -> FancyBboxPatch:
    return FancyBboxPatch(
        (left, top),
        width,
        height,
        boxstyle=f"round,pad=0,rounding_size={radius}",
        fc=fill,
        ec=line,
        lw=1.1,
        zorder=ABOVE,
    )


def _polygon(corners: Sequence[tuple[float, float]], fill: str, line: str) -> Polygon:
    return Polygon(corners, closed=True, fc=fill, ec=line, lw=1.1, joinstyle="round", zorder=ABOVE)


def _pointed(spot: Spot) -> list[tuple[float, float]]:
    left, right = spot.left + SLANT, spot.right - SLANT
    return [
        (spot.left, spot.y),
        (left, spot.top),
        (right, spot.top),
        (spot.right, spot.y),
        (right, spot.bottom),
        (left, spot.bottom),
    ]


def _diamond(spot: Spot) -> list[tuple[float, float]]:
    return [(spot.left, spot.y), (spot.x, spot.top), (spot.right, spot.y), (spot.x, spot.bottom)]


def _draw_clock(paper: Axes, spot: Spot, lines: Sequence[Line]) -> None:
    x, y = spot.left + CLOCK, spot.y
    paper.add_patch(Circle((x, y), CLOCK, fc=style.PAPER, ec=GREY, lw=1.3, zorder=ABOVE))
    hands = Path([(x, y - 5.5), (x, y), (x + 3.5, y + 2.0)])
    paper.add_patch(PathPatch(hands, fill=False, ec=GREY, lw=1.3, capstyle="round", zorder=TOP))
    _draw_lines(paper, lines, x + CLOCK + 5.0, y, "left")


def _draw_lines(
    paper: Axes, lines: Sequence[Line], x: float, y: float, align: str = "center"
) -> None:
    y -= extent(lines)[1] / 2
    for line in lines:
        settings = {"color": line.colour or style.INK, "ha": align, "zorder": TOP}
        settings["weight"] = "bold" if line.bold else "normal"
        style.write(paper, x, y + line.height / 2, line.text, line.size, **settings)
        y += line.height


def _draw_line(
    paper: Axes,
    points: Sequence[tuple[float, float]],
    colour: str,
    dashed: bool = False,
    corners: bool = False,
) -> None:
    """A line that ends in an arrow's head pointing right."""
    x, y = points[-1]
    length, half = HEAD
    shortened = [*points[:-1], (x - length / 2, y)]
    path = _turning(shortened) if corners else _smooth(shortened)
    paper.add_patch(
        PathPatch(
            path, fill=False, ec=colour, lw=1.1, ls=(0, (4, 2.5)) if dashed else "-", zorder=BEHIND
        )
    )
    head = [(x, y), (x - length, y - half), (x - length, y + half)]
    paper.add_patch(Polygon(head, closed=True, fc=colour, ec="none", zorder=TOP))


def _smooth(points: Sequence[tuple[float, float]]) -> Path:
    """Through the points, level at each."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for (x, y), (next_x, next_y) in itertools.pairwise(points):
        if abs(y - next_y) < 0.1:
            vertices.append((next_x, next_y))
            codes.append(Path.LINETO)
        else:
            middle = (x + next_x) / 2
            vertices += [(middle, y), (middle, next_y), (next_x, next_y)]
            codes += [Path.CURVE4] * 3
    return Path(vertices, codes)


def _turning(points: Sequence[tuple[float, float]]) -> Path:
    """Straight between the points, with rounded corners."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        vertices += [_towards(corner, before), corner, _towards(corner, after)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, points[-1]], [*codes, Path.LINETO])


def _towards(point: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """The place on the way from ``point`` to ``other`` at which a turn begins."""
    across, down = other[0] - point[0], other[1] - point[1]
    share = min(TURN / max(abs(across) + abs(down), 1e-9), 0.5)
    return point[0] + share * across, point[1] + share * down
