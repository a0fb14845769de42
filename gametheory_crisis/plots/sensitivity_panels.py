"""Panels that show how a quantity depends on the parameters: bars, tornados, effects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from gametheory_crisis.plots import style
from gametheory_crisis.plots.timeline import spread

if TYPE_CHECKING:
    from gametheory_crisis.analysis.sensitivity.morris import MorrisEffects
    from gametheory_crisis.analysis.sensitivity.profiles import Profiles
    from gametheory_crisis.analysis.sensitivity.sobol import SobolIndices

NAMES, CHART, BESIDE = 76.0, 190.0, 104.0
"""Width in points of the parameters' names, of the chart, and of what is written to its right."""
ROW, SQUARE = 19.0, 160.0
"""Height of a parameter's bars, and of a chart of effects."""
FURTHEST = 1.5
"""Where an axis of indices ends at the latest; what goes on has an arrowhead."""
MOST = 12
"""Parameters in a panel; of more, those that matter most."""
NOTE, TEXT = 7.5, 8.5
LINE = 11.0
TOTAL, FIRST = style.mix(style.STRONG[0], style.PAPER, 0.45), style.STRONG[0]
BELOW, ABOVE = style.STRONG[1], style.STRONG[0]
TICKS: Any = {"labelsize": NOTE, "length": 3, "color": style.MUTED, "labelcolor": style.INK}


def rows_height(parameters: int) -> float:
    """Height of a chart with a row for each parameter."""
    return ROW * min(parameters, MOST)


# Sobol


def draw_indices(paper: Axes, left: float, top: float, found: SobolIndices, k: int) -> None:
    """Total and first-order indices of a quantity as bars, with their intervals as lines."""
    order = np.argsort(-found.total[k], kind="stable")[:MOST]
    chart = _rows(paper, left, top, [found.parameters[i] for i in order])
    furthest = 1.0
    for row, i in enumerate(order):
        pairs = (
            (row - 0.19, found.total, found.total_interval, TOTAL),
            (row + 0.19, found.first, found.first_interval, FIRST),
        )
        for y, numbers, intervals, colour in pairs:
            value, (low, high) = numbers[k, i], intervals[k, i]
            chart.barh(y, max(value, 0.0), 0.36, color=colour)
            if math.isfinite(low):
                chart.plot((max(low, 0.0), max(high, 0.0)), (y, y), color=style.INK, lw=0.9)
                if high > FURTHEST:
                    chart.plot(FURTHEST, y, ">", color=style.INK, ms=3.0, clip_on=False)
            furthest = max(furthest, value, high if math.isfinite(high) else value)
    chart.set_xlim(0.0, min(1.02 * furthest, FURTHEST))


# Profiles


def draw_tornado(paper: Axes, left: float, top: float, found: Profiles, k: int) -> None:
    """Bars from the lowest to the highest value of a quantity, and where they are."""
    bars, base = found.tornado(found.quantities[k])[:MOST], float(found.base_numbers[k])
    chart = _rows(paper, left, top, [bar.parameter for bar in bars])
    known = math.isfinite(base)
    for row, bar in enumerate(bars):
        middle = min(max(base, bar.lowest), bar.highest) if known else bar.highest
        chart.barh(row, middle - bar.lowest, 0.62, bar.lowest, color=BELOW)
        chart.barh(row, bar.highest - middle, 0.62, middle, color=ABOVE)
        places = ("no effect", "") if bar.swing == 0 else (bar.lowest_at, bar.highest_at)
        _write_ends(paper, left + NAMES + CHART, top + ROW * (row + 0.5), places)
    if known:
        chart.axvline(base, color=style.INK, lw=1.1)
    ends = [end for bar in bars for end in (bar.lowest, bar.highest)] + [base] * known
    low, high = min(ends), max(ends)
    room = 0.04 * (high - low) or 0.1 * abs(high) or 1.0
    chart.set_xlim(low - room, high + room)
    _write_ends(paper, left + NAMES + CHART, top - 8.0, ("lowest at", "highest at"))


def _write_ends(paper: Axes, left: float, y: float, ends: tuple[float | str, float | str]) -> None:
    """Two columns to the right of a chart: headings, or values of a parameter."""
    for column, end in enumerate(ends):
        x = left + 10.0 + BESIDE / 2 * column
        if isinstance(end, str):
            style.write(paper, x, y, end, NOTE, color=style.MUTED)
        else:
            style.write(paper, x, y, f"{end:.4g}", NOTE)


# Morris


def draw_effects(paper: Axes, left: float, top: float, found: MorrisEffects, k: int) -> None:
    """The mean size of the effects against their standard deviation, a point for each parameter."""
    known = [i for i in range(len(found.parameters)) if math.isfinite(found.mu_star[k, i])]
    shown = sorted(known, key=lambda i: -found.mu_star[k, i])[:MOST]
    sizes, deviations = found.mu_star[k, shown], found.sigma[k, shown]
    chart = style.axes_at(paper, left + NAMES, top, CHART, SQUARE)
    _frame(chart)
    right = max(float(found.mu_star_interval[k, shown, 1].max()), float(sizes.max())) or 1.0
    high = float(deviations.max()) or 1.0
    chart.set_xlim(-0.04 * right, 1.06 * right)
    chart.set_ylim(-0.06 * high, 1.1 * high)
    chart.yaxis.set_major_locator(MaxNLocator(4))
    chart.yaxis.set_major_formatter(FuncFormatter(_plain))
    for i, x, y in zip(shown, sizes, deviations, strict=True):
        chart.plot(found.mu_star_interval[k, i], (y, y), color=style.FAINT, lw=1.0)
        chart.plot(x, y, "o", ms=4.5, mfc=style.STRONG[0], mec=style.PAPER, mew=0.5)
    _label(chart, "mu* (mean size of an effect)", "sigma (its spread)")
    across = left + NAMES + CHART * (sizes + 0.04 * right) / (1.1 * right)
    upwards = top + SQUARE * (1 - (deviations + 0.06 * high) / (1.16 * high))
    _name_points(
        paper, left + NAMES + CHART, top, [found.parameters[i] for i in shown], across, upwards
    )


def _name_points(
    paper: Axes, right: float, top: float, names: Sequence[str], x: Any, y: Any
) -> None:
    """Names of points in a column to the right of a chart, and lines to the points."""
    order = np.argsort(y, kind="stable")
    placed = spread([float(y[i]) for i in order], [LINE] * len(order), top, top + SQUARE)
    for i, height in zip(order, placed, strict=True):
        ends = (float(x[i]) + 4.0, right + 6.0, right + 10.0), (float(y[i]), height, height)
        paper.plot(*ends, color=style.FAINT, lw=0.7, ls=(0, (1, 2)))
        name = style.shorten(names[i], BESIDE - 16.0, TEXT)
        style.write(paper, right + 13.0, height, name, TEXT)


# What they share


def _rows(paper: Axes, left: float, top: float, names: Sequence[str]) -> Axes:
    """A chart with a row for each name, from the top down."""
    height = ROW * len(names)
    chart = style.axes_at(paper, left + NAMES, top, CHART, height)
    _frame(chart)
    chart.set_ylim(len(names) - 0.5, -0.5)
    chart.set_yticks([])
    chart.grid(axis="x", color=style.MUTED, alpha=0.2, lw=0.6)
    for row, name in enumerate(names):
        y = top + ROW * (row + 0.5)
        style.write(
            paper, left + NAMES - 6.0, y, style.shorten(name, NAMES - 8.0, TEXT), TEXT, ha="right"
        )
    return chart


def _frame(chart: Axes) -> None:
    # What is drawn on the page stays visible below.
    chart.patch.set_visible(False)
    chart.tick_params(labelfontfamily=style.FAMILY, **TICKS)
    chart.xaxis.set_major_locator(MaxNLocator(5))
    chart.xaxis.set_major_formatter(FuncFormatter(_plain))
    chart.set_axisbelow(True)
    for side in ("top", "right"):
        chart.spines[side].set_visible(False)
    for spine in chart.spines.values():
        spine.set(color=style.MUTED, linewidth=0.8)


def _label(chart: Axes, across: str, upwards: str) -> None:
    settings: Any = {"fontsize": NOTE, "family": style.FAMILY, "parse_math": False}
    chart.xaxis.set_label_text(across, color=style.INK, **settings)
    chart.yaxis.set_label_text(upwards, color=style.INK, **settings)


def _plain(value: float, _: int | None) -> str:
    # Adding zero makes of a negative zero a zero.
    return f"{value + 0.0:.4g}"
