"""The trade-off between coverage and density on the way to a box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from gametheory_crisis.plots import style

if TYPE_CHECKING:
    from gametheory_crisis.analysis.scenarios.results import Box

NOTE, TEXT, AXIS = 7.5, 8.5, 9.0
LABEL: Any = {"fontsize": AXIS, "family": style.FAMILY, "parse_math": False, "color": style.INK}
TICKS: Any = {"labelsize": TEXT, "length": 3, "color": style.MUTED, "labelcolor": style.INK}


def draw_trade_off(axes: Axes, box: Box, density: float) -> None:
    """Draw coverage and density of the boxes on the way to ``box``, and its own.

    Parameters
    ----------
    density : how pure the box was to be
    """
    peeling = box.peeling
    counts = np.unique(peeling.restricted)
    tones = colormaps["viridis"](np.linspace(0.9, 0.1, len(counts)))
    axes.plot(peeling.coverage, peeling.density, color=style.FAINT, lw=0.6, zorder=1)
    for count, tone in zip(counts, tones, strict=True):
        here = peeling.restricted == count
        axes.scatter(
            peeling.coverage[here],
            peeling.density[here],
            s=11.0,
            color=[tone],
            linewidths=0.0,
            zorder=2,
            label=f"{count}",
        )
    axes.axhline(density, color=style.MUTED, lw=0.8, ls=":", zorder=0)
    axes.plot(
        box.fit.coverage, box.fit.density, "o", ms=10, mfc="none", mec=style.INK, mew=1.6,
        clip_on=False, zorder=4, label="box 1",
    )  # fmt: skip
    axes.plot(
        box.fresh.coverage, box.fresh.density, "D", ms=5, mfc=style.PAPER, mec=style.INK, mew=1.1,
        clip_on=False, zorder=5, label="box 1, fresh points",
    )  # fmt: skip
    axes.set_xlim(-0.02, 1.04)
    axes.set_ylim(-0.02, 1.04)
    axes.xaxis.set_label_text("coverage", **LABEL)
    axes.yaxis.set_label_text("density", **LABEL)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(np.linspace(0.0, 1.0, 6))
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    legend = axes.legend(
        title="parameters restricted",
        loc="lower left",
        ncols=1 if len(counts) <= 5 else 2,
        prop={"size": NOTE, "family": style.FAMILY},
        title_fontproperties={"size": NOTE, "family": style.FAMILY},
        frameon=True,
        framealpha=0.85,
        edgecolor="none",
        handletextpad=0.4,
        labelspacing=0.3,
        borderpad=0.2,
    )
    legend.set_zorder(1.5)
    frame(axes)


def frame(axes: Axes) -> None:
    """Give axes the ticks and the thin frame of all panels."""
    axes.tick_params(labelfontfamily=style.FAMILY, **TICKS)
    for spine in axes.spines.values():
        spine.set(color=style.MUTED, linewidth=0.8)
