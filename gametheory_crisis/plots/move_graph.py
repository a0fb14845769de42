"""The picture of a model: its graph of moves, every node once, from left to right."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gametheory_crisis.language.graph import Graph
from gametheory_crisis.plots import shapes, style
from gametheory_crisis.plots.captions import (
    NOTE,
    Way,
    clock_lines,
    knowledge,
    ways,
)
from gametheory_crisis.plots.lanes import Layout, layout
from gametheory_crisis.plots.layout import Box, Link

MARGIN = 22.0
TITLE, TITLE_STEP, KEY_STEP = 13.0, 17.0, 13.0
LEAST_WIDTH, KEY_WIDTH = 300.0, 420.0
"""Least width of a picture, and what the key may widen it to, in points."""


def draw_graph(graph: Graph) -> Figure:
    """Draw the graph of moves.

    Decisions are rounded boxes in the player's colour, offers have pointed sides and show their
    interval, simultaneous moves list the actions of all who move, chance is a diamond, and a
    terminal is a pill in its outcome's colour with the payoffs beside it. Dashed links are the
    clock's. A link that closes a cycle runs around what it passes. Long expressions are cut.

    Returns
    -------
    Figure
        As large as the graph needs; to be written by `style.save`.
    """
    painter = shapes.Painter.of(graph)
    links = ways(graph)
    placed = arranged(graph)
    left, upper, right, lower = placed.ends()
    left -= shapes.START
    width = max(right - left, LEAST_WIDTH, min(_key_width(graph), KEY_WIDTH))
    title = style.wrap(graph.title, width, TITLE, bold=True)
    top = MARGIN + TITLE_STEP * len(title) + KEY_STEP * len(graph.players) + 24.0
    figure, paper = style.page(width + 2 * MARGIN, top + lower - upper + MARGIN)
    for k, line in enumerate(title):
        style.write(paper, MARGIN, MARGIN + TITLE_STEP * k, line, TITLE, weight="bold")
    _draw_key(paper, graph, painter, MARGIN + TITLE_STEP * len(title), width)
    placed = placed.moved(MARGIN - left, top - upper)
    for way, route in zip(links, placed.routes, strict=True):
        painter.link(paper, way, route, placed.boxes)
    for name, spot in placed.boxes.items():
        painter.box(paper, name, spot)
    painter.start(paper, placed.boxes[graph.start])
    return figure


def arranged(graph: Graph) -> Layout:
    """Places of all nodes and clocks, and the ways of all links in the order of `captions.ways`."""
    boxes = [Box(name, *shapes.size_of(graph, node)) for name, node in graph.nodes.items()]
    boxes += [Box(name, *shapes.clock_size(lines)) for name, lines in clock_lines(graph).items()]
    return layout(boxes, [_link(way) for way in ways(graph)], graph.start)


def _link(way: Way) -> Link:
    width, height = shapes.label_size(way.lines)
    return Link(way.source, way.target, width, height, way.late)


def _said_of(graph: Graph, player: str) -> str:
    return "; ".join(said for said in (graph.players[player], knowledge(graph, player)) if said)


def _key_width(graph: Graph) -> float:
    return max(
        20.0
        + style.text_width(player, NOTE + 1, bold=True)
        + style.text_width(_said_of(graph, player), NOTE + 0.5)
        for player in graph.players
    )


def _draw_key(paper: Axes, graph: Graph, painter: shapes.Painter, top: float, width: float) -> None:
    """One line for each player: colour, name, who it is, and what it alone knows."""
    for k, player in enumerate(graph.players):
        y = top + 8.0 + KEY_STEP * k
        painter.swatch(paper, player, MARGIN, y)
        style.write(paper, MARGIN + 14.0, y, player, NOTE + 1, weight="bold")
        x = 14.0 + style.text_width(player, NOTE + 1, bold=True) + 6.0
        said = style.shorten(_said_of(graph, player), width - x, NOTE + 0.5)
        style.write(paper, MARGIN + x, y, said, NOTE + 0.5, color=style.MUTED)
