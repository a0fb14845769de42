"""The map: a sweep over two parameters as a picture, or several as panels of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from gametheory_crisis.plots import style
from gametheory_crisis.plots.map_facets import draw_panels, facet_of
from gametheory_crisis.plots.map_frame import (
    BAR,
    BAR_ROOM,
    BELOW,
    GAP,
    LABEL,
    LEFT,
    LEGEND,
    MARGIN,
    TICKS,
    draw_bar,
    set_ticks,
    write_heading,
)
from gametheory_crisis.plots.map_legend import draw_legend, legend_height
from gametheory_crisis.plots.map_panel import draw_panel
from gametheory_crisis.plots.map_plan import WIDTH, plan_map
from gametheory_crisis.plots.map_words import axis_title, heading

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.sweeps.sweep import Sweep


def draw_map(
    model: Model,
    sweep: Sweep,
    quantity: str = "regime",
    *,
    select: str | None = None,
    note: str = "",
) -> Figure:
    """Draw a sweep over two parameters; the first axis goes up, the second to the right.

    Parameters
    ----------
    quantity : ``regime``, ``probability:OUTCOME``, ``payoff:PLAYER`` or ``day`` (the expected day)
    select : the rule of selection that the sweep was made with; the legend says whose numbers are
        drawn
    note : a remark at the end of the legend

    Returns
    -------
    Figure
        To be written by `style.save`. The legend gives each regime's share of the cells, counted
        by the equilibrium listed first or selected. A cell with several regimes is striped in their
        colours, one with a tie inside a regime is dotted, an unsolved one is grey.

    Raises
    ------
    ParameterError
        If the sweep has not exactly two axes, or the quantity is unknown.
    """
    plan = plan_map(model.graph, [sweep], quantity, select, note)
    (panel,) = plan.panels
    title, subtitle = heading(plan.graph, sweep.values, plan.names, WIDTH + GAP + LEGEND)
    above = 26.0 + 17.0 * len(title) + 11.0 * len(subtitle)
    legend_left = LEFT + WIDTH + GAP + (BAR + BAR_ROOM if plan.field else 0.0)
    deepest = max(panel.height + BELOW, legend_height(plan.entries) + MARGIN)
    figure, paper = style.page(legend_left + LEGEND + MARGIN, above + deepest)
    write_heading(paper, title, subtitle)
    axes = style.axes_at(paper, LEFT, above, WIDTH, panel.height)
    draw_panel(axes, panel)
    sides = ((axes.yaxis, panel.height), (axes.xaxis, WIDTH))
    for name, scale, (axis, length) in zip(plan.names, plan.scales, sides, strict=True):
        set_ticks(axis, scale)
        axis.set_label_text("\n".join(axis_title(plan.graph, name, max(length, 160.0))), **LABEL)
    axes.tick_params(labelfontfamily=style.FAMILY, **TICKS)
    if plan.field is not None:
        bar = style.axes_at(paper, LEFT + WIDTH + GAP, above, BAR, panel.height)
        draw_bar(bar, plan.field)
    draw_legend(paper, plan.entries, legend_left, above)
    return figure


def draw_facets(
    model: Model,
    sweeps: Sequence[Sweep],
    quantity: str = "regime",
    *,
    facet: str | None = None,
    select: str | None = None,
    note: str = "",
) -> Figure:
    """Draw sweeps over the same two parameters as panels; between them one parameter changes.

    Axes, legend and scale of colours are shared, so panels can be compared. The legend's shares are
    of the cells of all panels.

    Parameters
    ----------
    sweeps : one for each panel, at most `map_facets.MOST_PANELS`
    facet : the parameter that changes; None for the only one in whose values the sweeps differ
    quantity, select, note : see `draw_map`

    Raises
    ------
    ParameterError
        If there are no sweeps or too many, their axes differ, or more than one of the other
        parameters do; and as `draw_map` does.
    """
    name = facet_of(sweeps, facet)
    plan = plan_map(model.graph, sweeps, quantity, select, note, facet=name)
    return draw_panels(plan, sweeps, name)
