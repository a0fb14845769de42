"""What frames the panels of a map: heading, ticks, the scale of colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from gametheory_crisis.plots import style
from gametheory_crisis.plots.map_cells import Scale
from gametheory_crisis.plots.map_paint import Field
from gametheory_crisis.plots.map_words import AXIS, NOTE, TITLE

LEFT, BELOW, GAP, MARGIN = 66.0, 62.0, 22.0, 16.0
BAR, BAR_ROOM = 12.0, 56.0
LEGEND = 180.0
TEXT = 8.5
"""Size of the text at ticks."""
LABEL: Any = {"fontsize": AXIS, "family": style.FAMILY, "parse_math": False, "color": style.INK}
TICKS: Any = {"labelsize": TEXT, "length": 3, "color": style.MUTED, "labelcolor": style.INK}


def set_ticks(axis: Axis, scale: Scale) -> None:
    """Where the ticks of an axis stand."""
    if scale.single:
        axis.set_major_locator(FixedLocator([float(scale.values[0])]))
    elif scale.log:
        fine = scale.high / scale.low < 1e4
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if fine else (1.0,)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())


def write_heading(
    paper: Axes, title: Sequence[str], subtitle: Sequence[str], left: float = LEFT
) -> None:
    """Write the title and the lines below it at the top of a page."""
    for k, line in enumerate(title):
        style.write(paper, left, 22.0 + 17.0 * k, line, TITLE, weight="bold")
    for k, line in enumerate(subtitle):
        y = 20.0 + 17.0 * len(title) + 11.0 * k
        style.write(paper, left, y, line, NOTE, color=style.MUTED)


def draw_bar(axes: Axes, field: Field) -> None:
    """Draw the scale of colours of a field."""
    figure: Figure = axes.figure  # type: ignore[assignment]
    bar = figure.colorbar(ScalarMappable(field.norm, field.colours), cax=axes)
    bar.outline.set_visible(False)
    if bar.solids is not None:
        bar.solids.set_rasterized(True)
    axes.tick_params(labelfontfamily=style.FAMILY, **TICKS)
    axes.yaxis.set_label_text(field.label, **LABEL)
