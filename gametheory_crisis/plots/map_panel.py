"""One panel of a map: its cells in colours, its scales and the names of its regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from gametheory_crisis.plots import style
from gametheory_crisis.plots.map_cells import Kind, Scale, borders, roomiest
from gametheory_crisis.plots.map_paint import Field, Palette, assembled

BORDER, NOISE = 0.75, 0.2
"""How white the borders of regions are; above that share of border pixels none are drawn."""
NAME = 10.0
"""Size of the names of regions."""
MARKER: Any = {"mfc": style.PAPER, "mec": style.INK, "mew": 1.6}


@dataclass(frozen=True, slots=True)
class Panel:
    """What one panel shows.

    Attributes
    ----------
    scales : of y and of x
    kinds : kinds of cells, the same in all panels of a picture
    index : int64 [y, x], the kind of each cell
    palette : looks of the regimes
    field : the number that is drawn, or None for the regimes
    point : y and x of the default values, where they lie in the panel
    width, height : in points
    """

    scales: tuple[Scale, Scale]
    kinds: list[Kind]
    index: NDArray[np.int64]
    palette: Palette
    field: Field | None
    point: tuple[float, float] | None
    width: float
    height: float

    @property
    def pixels(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The row of the sweep behind each row of pixels from the top, and so for columns."""
        per_point = style.DOTS / style.POINTS
        rows = self.scales[0].nearest(round(self.height * per_point))
        return rows[::-1], self.scales[1].nearest(round(self.width * per_point))


def draw_panel(axes: Axes, panel: Panel) -> None:
    """Draw a panel, all but ticks and titles."""
    y, x = panel.scales
    if y.log:
        axes.set_yscale("log")
    if x.log:
        axes.set_xscale("log")
    axes.set_ylim(y.low, y.high)
    axes.set_xlim(x.low, x.high)
    for spine in axes.spines.values():
        spine.set(color=style.MUTED, linewidth=0.8)
    _paint(axes, panel)


def _paint(axes: Axes, panel: Panel) -> None:
    rows, columns = panel.pixels
    cells = panel.index[np.ix_(rows, columns)]
    image = assembled(cells, panel.kinds, panel.palette.kind)
    if panel.field is not None:
        solved = np.array([kind.solved for kind in panel.kinds])[cells]
        image[solved] = panel.field.image(rows, columns)[solved]
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
    if panel.field is None:
        _name_regions(axes, panel, cells)
    if panel.point is not None:
        y, x = panel.point
        axes.plot(x, y, "o", ms=7, clip_on=False, zorder=5, **MARKER)


def _name_regions(axes: Axes, panel: Panel, cells: NDArray[np.int64]) -> None:
    """Write the name of each regime where it is at home, if there is room."""
    rows, columns = cells.shape
    per_point = style.DOTS / style.POINTS
    free = _free_of_marker(panel, cells)
    for number, kind in enumerate(panel.kinds):
        if len(kind.regimes) != 1:
            continue
        regime = kind.regimes[0]
        label, colour = panel.palette.labels[regime], panel.palette.colours[regime]
        size = (18.0, style.text_width(label, NAME, bold=True) + 14.0)
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
                fontsize=NAME,
                weight="bold",
                family=style.FAMILY,
                parse_math=False,
                color=style.ink_on(colour),
                bbox={"boxstyle": "round,pad=0.35", "fc": colour, "ec": "none", "alpha": 0.92},
                zorder=4,
            )


def _free_of_marker(panel: Panel, cells: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The pixels that the marker of the default values leaves free."""
    free = np.ones(cells.shape, dtype=np.bool_)
    if panel.point is not None:
        rows, columns = cells.shape
        row = round((1 - panel.scales[0].share(panel.point[0])) * rows)
        column = round(panel.scales[1].share(panel.point[1]) * columns)
        around = round(8 * style.DOTS / style.POINTS)
        free[max(row - around, 0) : row + around, max(column - around, 0) : column + around] = False
    return free
