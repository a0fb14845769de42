"""The map: a sweep over two parameters as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.plots import style
from gametheory_crisis.plots.map_cells import Kind, Scale, borders, kinds_of_cells, roomiest
from gametheory_crisis.plots.map_legend import Entry, draw_legend, legend_height
from gametheory_crisis.plots.map_paint import (
    Field,
    Palette,
    assembled,
    field_of,
    legend_of_regimes,
    legend_of_unsolved,
    without_undefined,
)

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.sweeps.sweep import Sweep


WIDTH, HEIGHT, STRIP = 345.0, 315.0, 110.0
"""Width and height of a map in points, and its height where the second axis has one value."""
LEFT, BELOW, GAP, MARGIN = 66.0, 62.0, 22.0, 16.0
BAR, BAR_ROOM = 12.0, 56.0
LEGEND = 180.0
NOTE, TEXT, AXIS, TITLE = 7.5, 8.5, 9.0, 13.0
"""Sizes of text."""
LABEL: Any = {"fontsize": AXIS, "family": style.FAMILY, "parse_math": False, "color": style.INK}
TICKS: Any = {"labelsize": TEXT, "length": 3, "color": style.MUTED, "labelcolor": style.INK}
BORDER, NOISE = 0.75, 0.2
"""How white the borders of regions are; above that share of border pixels none are drawn."""


def draw_map(model: Model, sweep: Sweep, quantity: str = "regime") -> Figure:
    """Draw a sweep over two parameters; the first axis goes up, the second to the right.

    Parameters
    ----------
    quantity : ``regime``, ``probability:OUTCOME``, ``payoff:PLAYER`` or ``day`` (the expected day)

    Returns
    -------
    Figure
        To be written by `style.save`. The legend gives each regime's share of the cells, counted
        by the equilibrium listed first. A cell with several regimes is striped in their colours,
        one with a tie inside a regime is dotted, an unsolved one is grey.

    Raises
    ------
    ParameterError
        If the sweep has not exactly two axes, or the quantity is unknown.
    """
    plan = _plan(model.graph, sweep, quantity)
    title, subtitle = _heading(plan)
    above = 26.0 + 17.0 * len(title) + 11.0 * len(subtitle)
    legend_left = LEFT + WIDTH + GAP + (BAR + BAR_ROOM if plan.field else 0.0)
    deepest = max(plan.height + BELOW, legend_height(plan.entries) + MARGIN)
    figure, paper = style.page(legend_left + LEGEND + MARGIN, above + deepest)
    for k, line in enumerate(title):
        style.write(paper, LEFT, 22.0 + 17.0 * k, line, TITLE, weight="bold")
    for k, line in enumerate(subtitle):
        y = 20.0 + 17.0 * len(title) + 11.0 * k
        style.write(paper, LEFT, y, line, NOTE, color=style.MUTED)
    axes = style.axes_at(paper, LEFT, above, WIDTH, plan.height)
    _set_scales(axes, plan)
    _paint(axes, plan)
    if plan.field is not None:
        bar = style.axes_at(paper, LEFT + WIDTH + GAP, above, BAR, plan.height)
        _draw_bar(bar, plan.field)
    draw_legend(paper, plan.entries, legend_left, above)
    return figure


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything that a map shows; `names`, `scales` and `point` (the defaults) are y first."""

    graph: Graph
    sweep: Sweep
    names: tuple[str, str]
    scales: tuple[Scale, Scale]
    kinds: list[Kind]
    index: NDArray[np.int64]
    palette: Palette
    field: Field | None
    entries: list[Entry]
    point: tuple[float, float] | None

    @property
    def height(self) -> float:
        """Height of the map in points."""
        return STRIP if self.scales[0].single else HEIGHT

    @property
    def pixels(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The row of the sweep behind each row of pixels from the top, and so for columns."""
        per_point = style.DOTS / style.POINTS
        rows = self.scales[0].nearest(round(self.height * per_point))
        return rows[::-1], self.scales[1].nearest(round(WIDTH * per_point))


def _plan(graph: Graph, sweep: Sweep, quantity: str) -> _Plan:
    if len(sweep.axes) != 2:
        raise ParameterError(f"a map needs a sweep over two parameters, not {len(sweep.axes)}")
    y, x = sweep.axes
    scales = (Scale.of(sweep.axes[y]), Scale.of(sweep.axes[x]))
    field = field_of(sweep, quantity)
    masks = int(np.bitwise_or.reduce(sweep.regimes_mask, axis=None))
    shown = [name for k, name in enumerate(sweep.regimes) if masks >> k & 1]
    palette = Palette.of(sweep.regimes, graph.outcomes, shown)
    kinds, index = kinds_of_cells(sweep)
    if field is None:
        entries = legend_of_regimes(palette, kinds, index)
    else:
        kinds, index = without_undefined(kinds, index, field)
        entries = []
    entries += legend_of_unsolved(kinds, index)
    point = _defaults(graph, (y, x), scales)
    if point is not None:
        said = f"{x} = {point[1]:.4g}, {y} = {point[0]:.4g}"
        entries.append(Entry(f"default values: {said}", marker=True))
    return _Plan(graph, sweep, (y, x), scales, kinds, index, palette, field, entries, point)


def _defaults(
    graph: Graph, names: tuple[str, str], scales: tuple[Scale, Scale]
) -> tuple[float, float] | None:
    y, x = (float(graph.parameters[name].value) for name in names)
    return (y, x) if scales[0].holds(y) and scales[1].holds(x) else None


def _heading(plan: _Plan) -> tuple[list[str], list[str]]:
    """Lines of the title and of the other parameters' values, of which two lines are shown."""
    width = WIDTH + GAP + LEGEND
    others = []
    for name, value in plan.sweep.values.items():
        if name not in plan.names:
            parameter = plan.graph.parameters.get(name)
            unit = f" {parameter.unit}" if parameter and parameter.unit else ""
            others.append(f"{name} = {float(value):.4g}{unit}")
    lines: list[str] = []
    for k, said in enumerate(others):
        said += "," if k + 1 < len(others) else ""
        longer = f"{lines[-1]} {said}" if lines else said
        if lines and style.text_width(longer, NOTE) < width - 70:
            lines[-1] = longer
        elif len(lines) < 2:
            lines.append(style.shorten(said, width, NOTE))
        else:
            lines[-1] += f" and {len(others) - k} more"
            break
    return style.wrap(plan.graph.title, width, TITLE, bold=True), lines


def _set_scales(axes: Axes, plan: _Plan) -> None:
    y, x = plan.scales
    if y.log:
        axes.set_yscale("log")
    if x.log:
        axes.set_xscale("log")
    axes.set_ylim(y.low, y.high)
    axes.set_xlim(x.low, x.high)
    sides = ((axes.yaxis, plan.height), (axes.xaxis, WIDTH))
    for name, scale, (axis, length) in zip(plan.names, plan.scales, sides, strict=True):
        _set_ticks(axis, scale)
        title = "\n".join(_axis_title(plan.graph, name, max(length, 160.0)))
        axis.set_label_text(title, **LABEL)
    axes.tick_params(labelfontfamily=style.FAMILY, **TICKS)
    for spine in axes.spines.values():
        spine.set(color=style.MUTED, linewidth=0.8)


def _set_ticks(axis: Axis, scale: Scale) -> None:
    if scale.single:
        axis.set_major_locator(FixedLocator([float(scale.values[0])]))
    elif scale.log:
        fine = scale.high / scale.low < 1e4
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if fine else (1.0,)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())


def _axis_title(graph: Graph, name: str, width: float) -> list[str]:
    parameter = graph.parameters[name]
    symbol = f"{name}, {parameter.unit}" if parameter.unit else name
    lines = style.wrap(f"{parameter.doc} ({symbol})" if parameter.doc else symbol, width, AXIS)
    if len(lines) > 2:
        lines = [lines[0], style.shorten(f"{lines[1]} {lines[2]}", width - 60, AXIS)]
        lines[1] = f"{lines[1]} ({symbol})"
    return lines


def _paint(axes: Axes, plan: _Plan) -> None:
    rows, columns = plan.pixels
    cells = plan.index[np.ix_(rows, columns)]
    image = assembled(cells, plan.kinds, plan.palette.kind)
    if plan.field is not None:
        solved = np.array([kind.solved for kind in plan.kinds])[cells]
        image[solved] = plan.field.image(rows, columns)[solved]
    edge = borders(cells)
    if edge.mean() < NOISE:
        image[edge] += BORDER * (1 - image[edge])
    # The array has one pixel for every dot, so nothing may be interpolated.
    axes.imshow(
        np.round(image * 255).astype(np.uint8),
        extent=(0.0, 1.0, 0.0, 1.0),
        transform=axes.transAxes,
        interpolation="none",
        aspect="auto",
        zorder=0,
    )
    if plan.field is None:
        _name_regions(axes, plan, cells)
    if plan.point is not None:
        y, x = plan.point
        axes.plot(x, y, "o", ms=7, mfc=style.PAPER, mec=style.INK, mew=1.6, clip_on=False, zorder=5)


def _name_regions(axes: Axes, plan: _Plan, cells: NDArray[np.int64]) -> None:
    """Write the name of each regime where it is at home, if there is room."""
    rows, columns = cells.shape
    per_point = style.DOTS / style.POINTS
    free = np.ones(cells.shape, dtype=np.bool_)
    if plan.point is not None:
        row = round((1 - plan.scales[0].share(plan.point[0])) * rows)
        column = round(plan.scales[1].share(plan.point[1]) * columns)
        around = round(8 * per_point)
        free[max(row - around, 0) : row + around, max(column - around, 0) : column + around] = False
    for number, kind in enumerate(plan.kinds):
        if len(kind.regimes) != 1:
            continue
        label, colour = plan.palette.labels[kind.regimes[0]], plan.palette.colours[kind.regimes[0]]
        size = (18.0, style.text_width(label, 10.0, bold=True) + 14.0)
        height, width = (round(length * per_point) for length in size)
        centre = roomiest((cells == number) & free, height, width)
        if centre is not None:
            axes.text(
                centre[1] / columns,
                1 - centre[0] / rows,
                label,
                transform=axes.transAxes,
                ha="center",
                va="center",
                fontsize=10.0,
                weight="bold",
                family=style.FAMILY,
                parse_math=False,
                color=style.ink_on(colour),
                bbox={"boxstyle": "round,pad=0.35", "fc": colour, "ec": "none", "alpha": 0.92},
                zorder=4,
            )


def _draw_bar(axes: Axes, field: Field) -> None:
    figure: Figure = axes.figure  # type: ignore[assignment]
    bar = figure.colorbar(ScalarMappable(field.norm, field.colours), cax=axes)
    bar.outline.set_visible(False)
    if bar.solids is not None:
        bar.solids.set_rasterized(True)
    axes.tick_params(labelfontfamily=style.FAMILY, **TICKS)
    axes.yaxis.set_label_text(field.label, **LABEL)
