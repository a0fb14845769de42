"""Small multiples: maps over the same two parameters side by side, a third one changing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, LogLocator, MaxNLocator, NullLocator

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.plots import style
from gametheory_crisis.plots.map_cells import Scale
from gametheory_crisis.plots.map_frame import (
    BAR,
    BAR_ROOM,
    GAP,
    LEGEND,
    MARGIN,
    TEXT,
    TICKS,
    draw_bar,
    write_heading,
)
from gametheory_crisis.plots.map_legend import draw_legend, legend_height
from gametheory_crisis.plots.map_panel import draw_panel
from gametheory_crisis.plots.map_plan import HEIGHT, WIDTH, MapPlan
from gametheory_crisis.plots.map_words import AXIS, axis_title, heading, values_of

if TYPE_CHECKING:
    from gametheory_crisis.sweeps.sweep import Sweep

COLUMNS = (1, 2, 3, 2, 3, 3, 4, 4, 3, 4, 4, 4)
"""Columns of panels, by the number of panels."""
MOST_PANELS = len(COLUMNS)
WIDTHS = {1: WIDTH, 2: 250.0, 3: 200.0, 4: 170.0}
"""Width of a panel in points, by the number of columns."""
PANEL_TITLE, TICK_ROOM, TICK_GAP = 20.0, 18.0, 9.0
"""Height of a panel's title and of the labels below it; the least space between two labels."""
AXIS_LINE = 12.0
MOST_TICKS = 6


def facet_of(sweeps: Sequence[Sweep], facet: str | None) -> str:
    """The parameter that changes from panel to panel.

    Raises
    ------
    ParameterError
        There are no sweeps or too many, they are not over the same axes, or it is not one
        parameter that changes.
    """
    if not 1 <= len(sweeps) <= MOST_PANELS:
        raise ParameterError(f"{len(sweeps)} panels; a picture has 1 to {MOST_PANELS}")
    first = sweeps[0]
    for sweep in sweeps:
        same = list(sweep.axes) == list(first.axes) and all(
            np.array_equal(values, sweep.axes[name]) for name, values in first.axes.items()
        )
        if not same:
            raise ParameterError("panels share their axes, but these sweeps have different ones")
    differing = {
        name
        for sweep in sweeps
        for name in {*first.values, *sweep.values}
        if sweep.values.get(name) != first.values.get(name)
    }
    if facet is not None and facet not in first.values:
        raise ParameterError(f"'{facet}' is no parameter that the sweeps hold fixed")
    if differing - {facet} and (facet is not None or len(differing) > 1):
        raise ParameterError(
            f"between panels one parameter changes, here {', '.join(sorted(differing))} do"
        )
    if facet is None and not differing:
        raise ParameterError("no parameter changes between these sweeps; name the facet")
    return facet if facet is not None else differing.pop()


@dataclass(frozen=True, slots=True)
class _Marks:
    """The ticks of one side of a panel, no more than have room.

    Attributes
    ----------
    places : where they stand
    labels : what they say
    before, after : how far the first and the last label reach beyond the side, in points
    """

    places: tuple[float, ...]
    labels: tuple[str, ...]
    before: float = 0.0
    after: float = 0.0

    @classmethod
    def of(cls, scale: Scale, length: float, *, upright: bool) -> _Marks:
        """The ticks of a side of that length in points."""
        for wanted in range(MOST_TICKS, 0, -1):
            places = _places(scale, wanted)
            labels = [f"{place:.6g}".replace("-", "−") for place in places]
            sizes = [TEXT if upright else style.text_width(label, TEXT) for label in labels]
            centres = [scale.share(place) * length for place in places]
            spans = [(c - size / 2, c + size / 2) for c, size in zip(centres, sizes, strict=True)]
            if all(end + TICK_GAP <= start for (_, end), (start, _) in pairwise(spans)):
                break
        before, after = max(0.0, -spans[0][0]), max(0.0, spans[-1][1] - length)
        return cls(tuple(places), tuple(labels), before, after)

    @property
    def widest(self) -> float:
        """Width of the widest label in points."""
        return max(style.text_width(label, TEXT) for label in self.labels)

    def set(self, axis: Axis, *, labelled: bool) -> None:
        """Put the ticks on an axis, with their labels or without."""
        axis.set_major_locator(FixedLocator(self.places))
        axis.set_major_formatter(FixedFormatter(self.labels if labelled else [""] * 9))
        axis.set_minor_locator(NullLocator())


def _places(scale: Scale, wanted: int) -> list[float]:
    """At most so many round numbers between the ends of a scale; one end where there is none."""
    if scale.single:
        return [float(scale.values[0])]
    if scale.log:
        ticks = LogLocator(numticks=wanted).tick_values(scale.low, scale.high)
    else:
        ticks = MaxNLocator(max(wanted - 1, 1), steps=[1, 2, 2.5, 5, 10]).tick_values(
            scale.low, scale.high
        )
    slack = 1e-9 * (scale.high - scale.low)
    inside = [float(x) for x in ticks if scale.low - slack <= x <= scale.high + slack]
    return inside[:wanted] or [scale.low]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the panels stand, in points on the page."""

    number: int
    columns: int
    width: float
    height: float
    between: float
    left: float = 0.0
    top: float = 0.0

    @property
    def rows(self) -> int:
        return ceil(self.number / self.columns)

    @property
    def step(self) -> float:
        """From the top of a row of panels to that of the next."""
        return self.height + PANEL_TITLE + TICK_ROOM

    def corner(self, k: int) -> tuple[float, float]:
        """Left and top of a panel."""
        row, column = divmod(k, self.columns)
        return self.left + column * (self.width + self.between), self.top + row * self.step

    def lowest(self, k: int) -> bool:
        """Whether no panel stands below."""
        return k + self.columns >= self.number

    @property
    def across(self) -> float:
        return self.columns * (self.width + self.between) - self.between

    @property
    def down(self) -> float:
        return (self.rows - 1) * self.step + self.height

    @property
    def right(self) -> float:
        return self.left + self.across

    @property
    def bottom(self) -> float:
        return self.top + self.down


def draw_panels(plan: MapPlan, sweeps: Sequence[Sweep], facet: str) -> Figure:
    """Draw the panels of a plan, with one legend and one scale of colours."""
    grid, marks = _layout(plan)
    titles = [
        axis_title(plan.graph, name, max(length, 160.0))
        for name, length in zip(plan.names, (grid.down, grid.across), strict=True)
    ]
    left = MARGIN + AXIS_LINE * len(titles[0]) + marks[0].widest + 2 * TICK_GAP
    fixed = {name: value for name, value in sweeps[0].values.items() if name != facet}
    title, subtitle = heading(plan.graph, fixed, plan.names, grid.across + GAP + LEGEND)
    top = 26.0 + 17.0 * len(title) + 11.0 * len(subtitle) + PANEL_TITLE
    grid = replace(grid, left=left, top=top)
    legend_left = grid.right + GAP + marks[1].after + (BAR + BAR_ROOM if plan.field else 0.0)
    below = TICK_ROOM + AXIS_LINE * len(titles[1]) + MARGIN
    deepest = max(grid.bottom + below, top + legend_height(plan.entries) + MARGIN)
    figure, paper = style.page(legend_left + LEGEND + MARGIN, deepest)
    write_heading(paper, title, subtitle, grid.left)
    said = values_of(plan.graph, facet, [sweep.values[facet] for sweep in sweeps])
    for k, panel_title in enumerate(said):
        axes = _draw_one(paper, plan, grid, k, panel_title)
        marks[0].set(axes.yaxis, labelled=k % grid.columns == 0)
        marks[1].set(axes.xaxis, labelled=grid.lowest(k))
        axes.tick_params(labelfontfamily=style.FAMILY, **TICKS)
    _write_axis_titles(paper, grid, titles)
    if plan.field is not None:
        bar = legend_left - BAR - BAR_ROOM
        length = min(grid.down, HEIGHT)
        draw_bar(style.axes_at(paper, bar, top, BAR, length), plan.field)
    draw_legend(paper, plan.entries, legend_left, top)
    return figure


def _layout(plan: MapPlan) -> tuple[_Grid, tuple[_Marks, _Marks]]:
    """The panels' places but for the left and top of all, and the ticks of y and x."""
    number = len(plan.panels)
    columns = COLUMNS[number - 1]
    width, height = WIDTHS[columns], plan.panels[0].height
    if not plan.scales[0].single:
        height *= width / WIDTH
    y = _Marks.of(plan.scales[0], height, upright=True)
    x = _Marks.of(plan.scales[1], width, upright=False)
    between = max(14.0, x.before + x.after + TICK_GAP)
    return _Grid(number, columns, width, height, between), (y, x)


def _draw_one(paper: Axes, plan: MapPlan, grid: _Grid, k: int, title: str) -> Axes:
    """Draw a panel and its title."""
    left, top = grid.corner(k)
    axes = style.axes_at(paper, left, top, grid.width, grid.height)
    draw_panel(axes, replace(plan.panels[k], width=grid.width, height=grid.height))
    said = style.shorten(title, grid.width, TEXT, bold=True)
    middle = left + grid.width / 2
    style.write(paper, middle, top - 10.0, said, TEXT, ha="center", weight="bold")
    return axes


def _write_axis_titles(paper: Axes, grid: _Grid, titles: Sequence[Sequence[str]]) -> None:
    """One title for all axes to the left, and one for all below."""
    for k, line in enumerate(titles[0]):
        x = MARGIN + AXIS_LINE * (k + 0.5)
        middle = grid.top + grid.down / 2
        style.write(paper, x, middle, line, AXIS, ha="center", rotation=90)
    for k, line in enumerate(titles[1]):
        y = grid.bottom + TICK_ROOM + AXIS_LINE * (k + 0.5)
        style.write(paper, grid.left + grid.across / 2, y, line, AXIS, ha="center")
