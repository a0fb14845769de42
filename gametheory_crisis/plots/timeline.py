"""Timelines as pictures: outcomes stacked over the days, with the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gametheory_crisis.language.graph import FOREVER, Graph
from gametheory_crisis.plots import style
from gametheory_crisis.plots.map_legend import percent
from gametheory_crisis.plots.timeline_offers import PANEL, draw_panels, titles_of
from gametheory_crisis.plots.timeline_stack import (
    LABEL,
    NOTE,
    TEXT,
    Look,
    draw_deadline,
    draw_layers,
    draw_stack,
    end_of,
    frame,
    label_shares,
    looks_of,
)

if TYPE_CHECKING:
    from gametheory_crisis.analysis.timeline import Timeline

WIDTH, HEIGHT, HAZARD = 345.0, 200.0, 74.0
"""Size of the stack in points, and height of the panel of daily hazards below it."""
COLUMN, ROW = 156.0, 140.0
"""Size of one of several stacks."""
IN_A_ROW = 3
LEFT, BELOW, MARGIN, APART, HEADING = 56.0, 44.0, 16.0, 22.0, 26.0
BESIDE, LABELS = 20.0, 150.0
"""Distance and width of what is written to the right of the stacks."""
TITLE, LINE = 13.0, 11.0
SWATCH = (14.0, 11.0)
NOTHING = 1e-9
"""A smaller share of plays that go on is rounding."""


def draw_timelines(graph: Graph, lines: Sequence[Timeline], name: str = "") -> Figure:
    """Draw one timeline, or several side by side.

    Parameters
    ----------
    lines : timelines of one model
    name : the parameter in which they differ; empty for a single one

    Returns
    -------
    Figure
        To be written by `style.save`. The height of a colour is the probability that play has ended
        so by that day; what stays white is still going on. Below a single timeline on which play
        may end on more than two days stands the probability of ending on each day, given that play
        has reached it; where offers are made day after day to a player who alone knows a number,
        the probability that each day is the last one, the offers, and the types left.
    """
    looks = looks_of(graph, lines)
    if not name:
        return _single(graph, lines[0], looks)
    return _several(graph, lines, looks, name)


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Centres near those wanted, in their order, of labels that do not overlap.

    Parameters
    ----------
    wanted : centres, ascending
    sizes : the room that each label needs
    low, high : where the first may begin and the last should end
    """
    placed: list[float] = []
    edge = low
    for centre, size in zip(wanted, sizes, strict=True):
        placed.append(max(centre, edge + size / 2))
        edge = placed[-1] + size / 2
    edge = high
    for k in reversed(range(len(placed))):
        placed[k] = max(min(placed[k], edge - sizes[k] / 2), low + sum(sizes[:k]) + sizes[k] / 2)
        edge = placed[k] - sizes[k] / 2
    return placed


# One timeline


def _single(graph: Graph, line: Timeline, looks: dict[str, Look]) -> Figure:
    title = style.wrap(graph.title, WIDTH + BESIDE + LABELS, TITLE, bold=True)
    known = graph.outcomes.get(FOREVER)
    never = known.label if known is not None and known.label else "never ends"
    levels, end = levels_of(line, looks, never), end_of([line])
    top, height = 46.0 + 17.0 * len(title), max(HEIGHT, sum(level.size for level in levels))
    titles = titles_of(line)
    with_hazard = len(line.eventful) > 2 and not titles
    below = BELOW + (APART + HAZARD if with_hazard else 0.0) + len(titles) * (APART + PANEL)
    figure, paper = style.page(LEFT + WIDTH + BESIDE + LABELS + MARGIN, top + height + below)
    _write_title(paper, title, _subtitle(graph, line))
    lowest = stack = style.axes_at(paper, LEFT, top, WIDTH, height)
    draw_stack(stack, line, looks, end)
    draw_deadline(stack, line, f"deadline, day {line.deadline}")
    _name_white(stack, line, height)
    label_shares(stack)
    _label_levels(paper, levels, LEFT + WIDTH, top, height)
    if with_hazard:
        stack.tick_params(labelbottom=False)
        lowest = style.axes_at(paper, LEFT, top + height + APART, WIDTH, HAZARD)
        _draw_hazard(lowest, line, looks, end)
        words = "of the plays that reach a day, how many end on it"
        _explain(paper, words, top + height + APART + HAZARD / 2)
    if titles:
        stack.tick_params(labelbottom=False)
        lowest = _add_panels(paper, line, looks, end, top + height)
    lowest.xaxis.set_label_text("day", **LABEL)
    return figure


def _add_panels(
    paper: Axes, line: Timeline, looks: dict[str, Look], end: float, top: float
) -> Axes:
    """Panels of daily offers below what ends at ``top``; returns the lowest."""
    panels: list[Axes] = []
    for _, words in titles_of(line):
        panels.append(style.axes_at(paper, LEFT, top + APART, WIDTH, PANEL))
        _explain(paper, words, top + APART + PANEL / 2)
        top += APART + PANEL
    draw_panels(panels, line, looks, end, WIDTH)
    for axes in panels[:-1]:
        axes.tick_params(labelbottom=False)
    return panels[-1]


def _explain(paper: Axes, words: str, middle: float) -> None:
    """Say beside a panel what it shows."""
    text = style.wrap(words, 0.8 * LABELS, NOTE)
    for k, line in enumerate(text):
        y = middle + LINE * (k - (len(text) - 1) / 2)
        style.write(paper, LEFT + WIDTH + BESIDE, y, line, NOTE, color=style.MUTED)


def _subtitle(graph: Graph, line: Timeline) -> str:
    """When play ends, and what is not as in the file."""
    day = line.expected_day
    never = "never ends" if line.forever > 1 - NOTHING else "perhaps never ends"
    said = [never if day is None else f"ends on day {day:.3g} in expectation"]
    said += [
        f"{name} = {float(value):.4g}"
        for name, value in line.parameters.items()
        if value != graph.parameters[name].value
    ]
    return style.shorten(", ".join(said), WIDTH + BESIDE + LABELS, NOTE)


@dataclass(frozen=True, slots=True)
class Level:
    """What is written beside one layer of the stack: its middle, its words and their colour."""

    middle: float
    words: tuple[str, ...]
    ink: str

    @property
    def size(self) -> float:
        """Height of the words in points, with the space between."""
        return LINE * len(self.words) + 3.0


def levels_of(line: Timeline, looks: dict[str, Look], never: str = "never ends") -> list[Level]:
    """How play ends and how likely, from the top of the stack down.

    ``never`` : the words for play without end
    """
    named = [(line.total[name], look.label, look.ink) for name, look in looks.items()]
    for share, words in ((line.undecided, "still going on"), (line.forever, never)):
        if share > NOTHING:
            named.append((share, words, style.MUTED))
    levels, below = [], 0.0
    for share, words, ink in named:
        text = style.wrap(f"{percent(share)} {words}", LABELS, TEXT)
        levels.append(Level(below + share / 2, tuple(text), ink))
        below += share
    return levels[::-1]


def _label_levels(
    paper: Axes, levels: Sequence[Level], right: float, top: float, height: float
) -> None:
    wanted = [top + height * (1 - level.middle) for level in levels]
    sizes = [level.size for level in levels]
    placed = spread(wanted, sizes, top - LINE / 2, top + height + LINE / 2)
    for level, from_, y in zip(levels, wanted, placed, strict=True):
        steps = [right + step for step in (2, 7, 12, 16)]
        paper.plot(steps, (from_, from_, y, y), color=level.ink, lw=1.0)
        for k, words in enumerate(level.words):
            above = LINE * (len(level.words) - 1) / 2
            style.write(paper, right + BESIDE, y - above + LINE * k, words, TEXT)


def _draw_hazard(axes: Axes, line: Timeline, looks: dict[str, Look], end: float) -> None:
    """The probability of ending on each day, given that play reaches it, stacked by outcome."""
    draw_layers(axes, line, line.hazard, looks, float(line.days[-1] + 1))
    axes.set_xlim(0.0, end)
    axes.set_ylim(0.0, 1.06 * float(line.hazard.sum(axis=0).max()))
    axes.yaxis.set_label_text("daily hazard", **LABEL)
    frame(axes, shares=3)
    draw_deadline(axes, line, "")


def _name_white(axes: Axes, line: Timeline, height: float) -> None:
    """Say what the white above the stack means, where there is room for it."""
    words = "still going on"
    days_per_point = axes.get_xlim()[1] / WIDTH
    room = int(np.ceil((style.text_width(words, TEXT) + 12.0) * days_per_point))
    first = int(np.ceil(6.0 * days_per_point))
    white = line.surviving[first : first + room]
    if len(white) == room and white.min() * height > 3 * LINE:
        middle, level = first + room / 2, 1 - float(white.min()) / 2
        style.write(axes, middle, level, words, TEXT, ha="center", color=style.MUTED)


# Several


def _several(graph: Graph, lines: Sequence[Timeline], looks: dict[str, Look], name: str) -> Figure:
    down = -(-len(lines) // IN_A_ROW)
    across = -(-len(lines) // down)
    inner = across * COLUMN + (across - 1) * APART
    title = style.wrap(graph.title, inner + BESIDE + LABELS, TITLE, bold=True)
    top, pitch = 66.0 + 17.0 * len(title), ROW + BELOW + HEADING
    width = LEFT + inner + BESIDE + LABELS + MARGIN
    deepest = max(top + down * pitch - HEADING, top + _key_height(looks) + MARGIN)
    figure, paper = style.page(width, deepest)
    parameter = graph.parameters[name]
    unit = f", {parameter.unit}" if parameter.unit else ""
    _write_title(paper, title, f"{name}{unit}: {parameter.doc}" if parameter.doc else "")
    end = end_of(lines)
    for number, line in enumerate(lines):
        row, column = divmod(number, across)
        left, above = LEFT + column * (COLUMN + APART), top + row * pitch
        axes = style.axes_at(paper, left, above, COLUMN, ROW)
        draw_stack(axes, line, looks, end)
        draw_deadline(axes, line, "deadline")
        if column == 0:
            label_shares(axes)
        axes.tick_params(labelleft=column == 0)
        axes.xaxis.set_label_text("day" if number + across >= len(lines) else "", **LABEL)
        value = f"{name} = {float(line.parameters[name]):.4g}"
        style.write(paper, left, above - 22.0, value, TEXT, weight="bold")
        day = line.expected_day
        when = "perhaps never ends" if day is None else f"expected day {day:.3g}"
        right = left + style.text_width(value, TEXT, bold=True) + 8.0
        style.write(paper, right, above - 22.0, when, NOTE, color=style.MUTED)
    _draw_key(paper, looks, LEFT + inner + BESIDE, top)
    return figure


def _key_words(look: Look) -> list[str]:
    return style.wrap(look.label, LABELS - SWATCH[0] - 8.0, TEXT)


def _key_height(looks: dict[str, Look]) -> float:
    return sum(LINE * len(_key_words(look)) + 8.0 for look in looks.values()) + LINE


def _draw_key(paper: Axes, looks: dict[str, Look], left: float, top: float) -> None:
    """Swatches and names, in the order of the stack from the top down."""
    for look in reversed(looks.values()):
        text = _key_words(look)
        box = Rectangle((left, top), *SWATCH, fc=look.colour, ec=look.ink, hatch=look.hatch, lw=0.0)
        paper.add_patch(box)
        for k, words in enumerate(text):
            style.write(paper, left + SWATCH[0] + 8.0, top + SWATCH[1] / 2 + LINE * k, words, TEXT)
        top += LINE * len(text) + 8.0
    style.write(paper, left, top + 6.0, "white: still going on", NOTE, color=style.MUTED)


def _write_title(paper: Axes, title: Sequence[str], subtitle: str) -> None:
    for k, line in enumerate(title):
        style.write(paper, LEFT, 22.0 + 17.0 * k, line, TITLE, weight="bold")
    style.write(paper, LEFT, 20.0 + 17.0 * len(title), subtitle, NOTE, color=style.MUTED)
