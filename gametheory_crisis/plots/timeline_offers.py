"""Panels of daily offers to a player with a private number: ends by day, offers, types left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from gametheory_crisis.plots import style
from gametheory_crisis.plots.timeline_stack import LABEL, Look, draw_deadline, frame

if TYPE_CHECKING:
    from gametheory_crisis.analysis.timeline import Timeline

PANEL = 62.0
"""Height of each panel in points."""
TITLE_LEFT = 0.12
"""How far to the left of a panel its title stands, as a share of the panel's width."""
DECADES = 4
"""Powers of ten that a logarithmic scale shows at most."""
SPIKE = 8.0
"""A day that is so many times likelier than the median one needs a logarithmic scale."""
LEAST = 3.0
"""Least width in points of the bars around the deadline."""
BARS = 90
"""With more days there are no gaps between bars."""
FEW = 40
"""Up to so many days each offer has a mark of its own."""

Floats = NDArray[np.float64]


def titles_of(line: Timeline) -> list[tuple[str, str]]:
    """Per panel what stands at its axis and what beside it; none where nothing is offered daily."""
    if not line.offers.size:
        return []
    logarithmic = "; every line is ten times the one below" if _needs_decades(line) else ""
    drawn = "; of offers that are drawn, the likeliest" if line.screening.drawn else ""
    panels = [
        ("ends that day", f"how likely each day is to be the last one{logarithmic}"),
        (f"offer {line.screening.variable}", f"what is offered on each day{drawn}"),
    ]
    if line.cutoffs.size:
        number = line.screening.number
        panels.append(
            (f"{number} left", f"values of {number} with which no offer has been accepted by then")
        )
    return panels


def draw_panels(
    panels: list[Axes], line: Timeline, looks: dict[str, Look], end: float, width: float
) -> None:
    """Fill the panels that `titles_of` names, from the top down.

    Parameters
    ----------
    end : where the axis of days ends, the same in all
    width : of every panel in points
    """
    _draw_ends(panels[0], line, looks, LEAST * end / width)
    _draw_offers(panels[1], line)
    if line.cutoffs.size:
        _draw_left(panels[2], line)
    for axes, (title, _) in zip(panels, titles_of(line), strict=True):
        axes.set_xlim(0.0, end)
        axes.yaxis.set_label_text(title, **LABEL)
        axes.yaxis.set_label_coords(-TITLE_LEFT, 0.5)
        draw_deadline(axes, line, "")


def _needs_decades(line: Timeline) -> bool:
    ending = line.probability.sum(axis=0)
    ending = ending[ending > 0]
    return bool(len(ending) > 2 and ending.max() > SPIKE * np.median(ending))


def _draw_ends(axes: Axes, line: Timeline, looks: dict[str, Look], least: float) -> None:
    """Bars of the probability of ending so on each day; the smaller ones stand in front.

    Those around the deadline are at least ``least`` days wide, or they could not be seen.
    """
    frame(axes, shares=3)
    largest = float(line.probability.sum(axis=0).max())
    floor = 0.0
    if _needs_decades(line):
        floor = _scale_by_decades(axes, line, largest)
    else:
        axes.set_ylim(0.0, 1.06 * largest)
    rows, (left, widths) = line.probability, _bars(line, least)
    order = np.argsort(-rows, axis=0, kind="stable")
    for depth in range(len(rows)):
        for name, look in looks.items():
            row = line.outcomes.index(name)
            days = line.days[(order[depth] == row) & (rows[row] > 0)]
            fill: Any = {"fc": look.colour, "ec": look.ink, "hatch": look.hatch, "lw": 0.0}
            heights = rows[row, days] - floor
            axes.bar(left[days], heights, widths[days], bottom=floor, align="edge", **fill)


def _bars(line: Timeline, least: float) -> tuple[Floats, Floats]:
    """Where the bar of each day begins, and how wide it is."""
    width = 0.8 if len(line.days) <= BARS else 1.0
    left = np.asarray(line.days + (1.0 - width) / 2, np.float64)
    widths = np.full(len(left), width)
    if line.deadline is not None and least > width:
        widths[line.days >= line.deadline - 1] = least
        left[line.days == line.deadline - 1] = line.deadline - least
    return left, widths


def _scale_by_decades(axes: Axes, line: Timeline, largest: float) -> float:
    """Make the scale logarithmic; returns where it begins."""
    positive = line.probability[line.probability > 0]
    lowest = max(float(positive.min()), largest / 10**DECADES)
    floor = float(10.0 ** np.floor(np.log10(lowest) - 0.01))
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(numticks=DECADES + 2))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(_decade))
    axes.tick_params(axis="y", which="minor", length=0)
    axes.grid(axis="y", which="major", color=style.MUTED, alpha=0.25, lw=0.6)
    axes.set_axisbelow(True)
    axes.set_ylim(floor, 1.4 if largest >= 0.1 else 10.0 ** np.ceil(np.log10(largest) + 0.01))
    return floor


def _decade(share: float, _: int | None) -> str:
    """A power of ten in per cent; where it begins there is no room for one of many digits."""
    return f"{100 * share:.6g} %" if share > 5e-5 else ""


def _draw_offers(axes: Axes, line: Timeline) -> None:
    frame(axes, shares=3)
    days = np.flatnonzero(np.isfinite(line.offers))
    marks: Any = {"marker": "o", "ms": 2.4} if len(days) <= FEW else {}
    axes.plot(days + 0.5, line.offers[days], color=style.INK, lw=1.2, **marks)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
    low, high = float(line.offers[days].min()), float(line.offers[days].max())
    constant = high - low <= 1e-9 * max(abs(low), abs(high))
    room = 0.1 * (abs(high) or 1.0) if constant else 0.12 * (high - low)
    axes.set_ylim(low - room, high + room)


def _draw_left(axes: Axes, line: Timeline) -> None:
    """The interval of types that are left, day after day, from that before the first answer."""
    frame(axes, shares=3)
    days = np.flatnonzero(np.isfinite(line.cutoffs))
    low, high = line.screening.left[:, days]
    edges = np.append(days, days[-1] + 1.0)
    axes.stairs(high, edges, baseline=low, fill=True, fc=style.mix(style.INK, style.PAPER, 0.8))
    axes.stairs(line.cutoffs[days], edges, baseline=None, color=style.INK, lw=1.2)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
    bottom, top = line.screening.support
    axes.set_ylim(bottom - 0.03 * (top - bottom), top + 0.03 * (top - bottom))
