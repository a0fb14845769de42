"""What the pictures of timelines are made of: outcomes stacked over the days, and the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from gametheory_crisis.language.graph import Graph
from gametheory_crisis.plots import style

if TYPE_CHECKING:
    from gametheory_crisis.analysis.timeline import Timeline

NOTE, TEXT = 7.5, 8.5
"""Sizes of text."""
AFTER = 0.05
"""Share of the axis on which the state after the last day is shown."""
TAIL = 2e-3
"""Without a deadline the axis ends where no more than that is still to end."""
HATCHES = ("", "///", "...", "\\\\\\", "---", "xxx", "ooo", "|||")
TICKS: Any = {"labelsize": TEXT, "length": 3, "color": style.MUTED, "labelcolor": style.INK}
LABEL: Any = {"fontsize": TEXT, "family": style.FAMILY, "parse_math": False, "color": style.INK}


@dataclass(frozen=True, slots=True)
class Look:
    """How an outcome is shown."""

    label: str
    colour: str
    hatch: str

    @property
    def ink(self) -> str:
        """A darker shade, for hatches and lines."""
        return style.mix(self.colour, style.INK, 0.35)


def looks_of(graph: Graph, lines: Sequence[Timeline]) -> dict[str, Look]:
    """Colour, hatch and label of every outcome that may happen, the file's where it has them.

    They are stacked in this order: what can happen sooner lies below what comes on top of it later.
    """
    shown = [name for name in lines[0].outcomes if any(line.total[name] > 0 for line in lines)]
    colours = style.colours_of(shown, {name: graph.outcomes[name].colour for name in shown})
    looks: dict[str, Look] = {}
    used: list[str] = []
    for number, name in enumerate(shown):
        # There are five strong colours; one that comes again is paler each time.
        paler = 1 - 0.5 ** used.count(colours[name])
        used.append(colours[name])
        colour = style.mix(colours[name], style.PAPER, paler)
        label = graph.outcomes[name].label or name
        looks[name] = Look(label, colour, HATCHES[number % len(HATCHES)])
    return dict(sorted(looks.items(), key=lambda item: _first_day(item[0], lines)))


def _first_day(outcome: str, lines: Sequence[Timeline]) -> int:
    """The first day on which an outcome may come about in one of the timelines."""
    days = []
    for line in lines:
        possible = line.days[line.probability[line.outcomes.index(outcome)] > 0]
        days.extend(possible[:1].tolist())
    return min(days, default=0)


def end_of(lines: Sequence[Timeline]) -> float:
    """Where the axis of days ends: behind the last day on which much happens."""
    return (max(map(_last, lines)) + 1) / (1 - AFTER)


def _last(line: Timeline) -> int:
    last = int(line.days[-1])
    if line.deadline is not None:
        return max(last, line.deadline)
    ending = line.reached - line.forever - line.undecided
    return last if line.undecided > TAIL else int(np.flatnonzero(ending > TAIL).max(initial=0))


def draw_stack(axes: Axes, line: Timeline, looks: dict[str, Look], end: float) -> None:
    """What has happened so far, outcome upon outcome."""
    after = max(end, float(line.days[-1] + 1))
    for top, edges in draw_layers(axes, line, line.cumulative, looks, after):
        axes.stairs(top, edges, color=style.PAPER, lw=0.5)
    axes.set_xlim(0.0, end)
    axes.set_ylim(0.0, 1.0)
    frame(axes, shares=4)


def draw_layers(
    axes: Axes,
    line: Timeline,
    heights: NDArray[np.float64],
    looks: dict[str, Look],
    until: float,
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Heights by outcome and day, one upon the other, the last day's ``until`` a later one.

    Returns
    -------
    The upper side of each layer, and the days between which it is level.
    """
    edges = np.append(line.days, until).astype(np.float64)
    base, sides = np.zeros(len(line.days)), []
    for name, look in looks.items():
        top = base + heights[line.outcomes.index(name)]
        fill: Any = {"fc": look.colour, "ec": look.ink, "hatch": look.hatch, "lw": 0.0}
        axes.stairs(top, edges, baseline=base, fill=True, **fill)
        sides.append((top, edges))
        base = top
    return sides


def draw_deadline(axes: Axes, line: Timeline, words: str) -> None:
    """A dashed line where the clock expires, with ``words`` above it."""
    if line.deadline is None:
        return
    axes.axvline(line.deadline, color=style.PAPER, lw=2.6, alpha=0.6)
    axes.axvline(line.deadline, color=style.INK, lw=1.1, ls=(0, (4, 2.5)))
    share = line.deadline / axes.get_xlim()[1]
    style.write(
        axes,
        share,
        1.0 + 8.0 / (axes.get_position().height * _height(axes)),
        words,
        NOTE,
        transform=axes.transAxes,
        ha="left" if share < 0.1 else "center" if share < 0.9 else "right",
    )


def _height(axes: Axes) -> float:
    figure = axes.get_figure(root=True)
    return 1.0 if figure is None else float(figure.get_size_inches()[1]) * style.POINTS


def label_shares(axes: Axes) -> None:
    """Say what the height of a stack is."""
    axes.yaxis.set_label_text("ended by then", **LABEL)


def frame(axes: Axes, shares: int) -> None:
    """Days below, and about as many ``shares`` to the left."""
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(shares, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.6g} %"))
    axes.tick_params(labelfontfamily=style.FAMILY, **TICKS)
    axes.set_axisbelow(False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for spine in axes.spines.values():
        spine.set(color=style.MUTED, linewidth=0.8)
