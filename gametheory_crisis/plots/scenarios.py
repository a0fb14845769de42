"""Scenarios as pictures: the points and the boxes drawn around them, and what purity costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.plots import style
from gametheory_crisis.plots.hatching import Image
from gametheory_crisis.plots.map_legend import Entry, draw_legend, legend_height
from gametheory_crisis.plots.map_paint import GREY_LINES, Palette
from gametheory_crisis.plots.trade_off import AXIS, LABEL, TEXT, draw_trade_off, frame

if TYPE_CHECKING:
    from gametheory_crisis.analysis.scenarios.discovery import Scenarios
    from gametheory_crisis.analysis.scenarios.results import Box, Scenario

WIDTH, HEIGHT = 290.0, 250.0
"""Size in points of the panel with the points; the trade-off beside it is as high."""
TRADE = 190.0
LEFT, APART, LEGEND, MARGIN = 62.0, 62.0, 180.0, 16.0
BELOW, BETWEEN = 54.0, 26.0
TITLE = 13.0
LINE, TITLE_LINE, HEADING = 11.0, 17.0, 18.0
MOST_DOTS = 2048
"""More points would hide each other."""
PALE = 0.82
"""Share of white in points that a box leaves out for a parameter that is not shown."""
MARGINS = 0.02
"""Room around the points, as a share of the axis."""
BESIDE = 0.35
"""How far from its whole number a point may be drawn."""


def draw_scenarios(graph: Graph, found: Scenarios) -> Figure:
    """Draw every scenario: its points and boxes, and the trade-off between coverage and density.

    Returns
    -------
    Figure
        To be written by `style.save`. Points are shown over the two parameters that matter most;
        those that the first box leaves out for another parameter are pale. Beside them stand
        coverage and density of the boxes on the way to the first one, by how many parameters they
        restrict.

    Raises
    ------
    ParameterError
        No scenario was looked for, or no point is solved.
    """
    if not found.scenarios:
        raise ParameterError("there is no scenario to draw")
    regimes = np.unique(found.sample.regime)
    shown = [name for k, name in enumerate(found.regimes) if k in regimes]
    palette = Palette.of(found.regimes, graph.outcomes, shown)
    rows = [_Row(graph, found, one, palette) for one in found.scenarios]
    entries = _legend(found, palette)
    width = LEFT + WIDTH + APART + TRADE + MARGIN + LEGEND + MARGIN
    title = style.wrap(graph.title, width - LEFT - MARGIN, TITLE, bold=True)
    top = 30.0 + TITLE_LINE * len(title)
    deepest = max(top + sum(row.height for row in rows), top + legend_height(entries) + MARGIN)
    figure, paper = style.page(width, deepest)
    for k, line in enumerate(title):
        style.write(paper, LEFT, 22.0 + TITLE_LINE * k, line, TITLE, weight="bold")
    draw_legend(paper, entries, width - LEGEND - MARGIN, top + HEADING)
    for row in rows:
        row.draw(paper, top)
        top += row.height
    return figure


def _legend(found: Scenarios, palette: Palette) -> list[Entry]:
    """Regimes and their shares of the points."""
    sample = found.sample
    counts = [np.count_nonzero(sample.regime == k) for k in range(len(found.regimes))]
    entries = [
        Entry(palette.labels[k], count / len(sample.regime), partial(_plain, palette.colours[k]))
        for k, count in enumerate(counts)
        if count
    ]
    if sample.unsolved:
        share = sample.unsolved / len(sample.regime)
        entries.append(Entry("unsolved", share, partial(_plain, GREY_LINES)))
    return entries


def _plain(colour: str, rows: int, columns: int) -> Image:
    """An image of one colour."""
    return np.full((rows, columns, 3), to_rgb(colour), dtype=np.float32)


@dataclass(frozen=True)
class _Row:
    """One scenario on the page."""

    graph: Graph
    found: Scenarios
    scenario: Scenario
    palette: Palette

    @cached_property
    def words(self) -> list[str]:
        """Lines of the description."""
        lines = self.scenario.text.splitlines()
        room = WIDTH + APART + TRADE
        return [part for line in lines for part in style.wrap(line.strip(), room, TEXT)]

    @property
    def height(self) -> float:
        """Height in points, with the space below."""
        return HEADING + LINE * len(self.words) + HEIGHT + BELOW + BETWEEN

    @cached_property
    def columns(self) -> tuple[int, int | None]:
        """The two parameters that matter most, to the right and upwards, in their order."""
        names, order = self.found.names, list[str]()
        for box in self.scenario.boxes:
            ranked = zip(box.restrictions, box.weights, strict=True)
            by_loss = sorted(ranked, key=lambda pair: pair[1].density_without)
            order += [one.parameter for one, _ in by_loss]
        order = list(dict.fromkeys([*order, *names]))
        first, *others = sorted(names.index(name) for name in order[:2])
        return first, others[0] if others else None

    def draw(self, paper: Axes, top: float) -> None:
        """Draw the words and both panels; ``top`` in points from the page's upper edge."""
        index = self.found.regimes.index(self.scenario.regime)
        label = style.shorten(self.palette.labels[index], WIDTH + APART + TRADE, 10.0, bold=True)
        style.write(paper, LEFT, top + 4.0, label, 10.0, weight="bold")
        for k, line in enumerate(self.words):
            style.write(paper, LEFT, top + HEADING + LINE * k, line, TEXT)
        top += HEADING + LINE * len(self.words) + 4.0
        self._draw_points(style.axes_at(paper, LEFT, top, WIDTH, HEIGHT))
        if self.scenario.boxes:
            trade = style.axes_at(paper, LEFT + WIDTH + APART, top, TRADE, HEIGHT)
            draw_trade_off(trade, self.scenario.boxes[0], self.found.density)

    # The points

    def _draw_points(self, axes: Axes) -> None:
        sample = self.found.sample
        points, regime = sample.points[:MOST_DOTS], sample.regime[:MOST_DOTS]
        x, y = self.columns
        across = self._spread(points, x)
        # A single parameter leaves the height free.
        heights = np.random.default_rng(0).random(len(points))
        upwards = heights if y is None else self._spread(points, y)
        near = self._meets_the_hidden(points)
        rgb = np.array([to_rgb(colour) for colour in (*self.palette.colours, GREY_LINES)])
        # Index -1, an unsolved point, picks the grey at the end.
        colours = rgb[regime]
        for chosen, share in ((~near, PALE), (near, 0.0)):
            axes.scatter(
                across[chosen],
                upwards[chosen],
                s=5.0,
                c=colours[chosen] * (1 - share) + share,
                linewidths=0.0,
                rasterized=True,
            )
        for axis in (axes.xaxis, axes.yaxis):
            # Of large numbers a factor would stand above the axis, among other words.
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value + 0.0:.4g}"))
        axes.set_xlim(*self._ends(x))
        axes.set_ylim(*((0.0, 1.0) if y is None else self._ends(y)))
        axes.xaxis.set_label_text(self._axis_title(x, WIDTH), **LABEL)
        if y is None:
            axes.set_yticks([])
        else:
            axes.yaxis.set_label_text(self._axis_title(y, HEIGHT), **LABEL)
        frame(axes)
        # The first box on top.
        for place, box in reversed(list(enumerate(self.scenario.boxes))):
            self._draw_box(axes, box, place)

    def _meets_the_hidden(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which points meet the first box's restrictions of parameters that are not shown."""
        met = np.ones(len(points), dtype=np.bool_)
        names = self.found.names
        for one in self.scenario.boxes[0].restrictions if self.scenario.boxes else ():
            column = names.index(one.parameter)
            if column not in self.columns:
                met &= one.holds(points[:, column])
        return met

    def _spread(self, points: NDArray[np.float64], column: int) -> NDArray[np.float64]:
        """Values of a parameter; equal whole numbers side by side, so that all are seen."""
        values = points[:, column]
        if not self.found.varied[column].integer:
            return values
        return values + np.random.default_rng(column).uniform(-BESIDE, BESIDE, len(values))

    def _ends(self, column: int) -> tuple[float, float]:
        """Where an axis begins and ends."""
        values = self.found.sample.points[:, column]
        low, high = float(values.min()), float(values.max())
        whole = self.found.varied[column].integer
        room = 0.5 if whole else MARGINS * (high - low) or 0.5
        return low - room, high + room

    def _axis_title(self, column: int, room: float) -> str:
        parameter = self.graph.parameters[self.found.names[column]]
        symbol = f"{parameter.name}, {parameter.unit}" if parameter.unit else parameter.name
        if not parameter.doc:
            return style.shorten(symbol, room, AXIS)
        lines = style.wrap(f"{parameter.doc} ({symbol})", room, AXIS)
        if len(lines) > 2:
            room -= style.text_width(f" ({symbol})", AXIS)
            lines = [lines[0], f"{style.shorten(' '.join(lines[1:]), room, AXIS)} ({symbol})"]
        return "\n".join(lines)

    def _draw_box(self, axes: Axes, box: Box, place: int) -> None:
        """Outline a box; a side without a limit runs along the frame."""
        limits = {one.parameter: one.ends for one in box.restrictions}
        sides = []
        for column, (first, last) in zip(
            self.columns, (axes.get_xlim(), axes.get_ylim()), strict=True
        ):
            name = "" if column is None else self.found.names[column]
            low, high = limits.get(name, (-np.inf, np.inf))
            sides.append((max(low, first), min(high, last)))
        (left, right), (lower, upper) = sides
        looks: Any = {"ls": "-" if place == 0 else "--", "lw": 1.8 if place == 0 else 1.1}
        for colour, extra in ((style.PAPER, 1.6), (style.INK, 0.0)):
            edge = Rectangle((left, lower), right - left, upper - lower, fill=False, ec=colour)
            edge.set(linestyle=looks["ls"], linewidth=looks["lw"] + extra, zorder=3)
            axes.add_patch(edge)
        if len(self.scenario.boxes) > 1:
            axes.annotate(
                f"{place + 1}",
                (left, upper),
                (4.0, -4.0 - LINE * place),
                textcoords="offset points",
                fontsize=TEXT,
                family=style.FAMILY,
                weight="bold",
                va="top",
                bbox={"boxstyle": "round,pad=0.15", "fc": style.PAPER, "ec": "none"},
                zorder=4,
            )
