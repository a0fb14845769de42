"""The legend beside a map: swatches that look like the cells, names and shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from gametheory_crisis.plots import style
from gametheory_crisis.plots.hatching import Image

SWATCH = (26.0, 15.0)
"""Width and height of a swatch in points."""
TEXT_LEFT, SHARE_ROOM = 34.0, 44.0
LINE, BETWEEN, HEADING = 11.0, 8.0, 24.0
NOTE, TEXT = 7.5, 8.5
ROOM = 180.0
TEXT_ROOM = ROOM - TEXT_LEFT


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the legend; a heading where it has neither image nor marker and is no note.

    Attributes
    ----------
    share : share of the map's cells, from 0 to 1
    image : paints the swatch, given its rows and columns of pixels
    marker : whether the swatch is the marker of the default values
    note : whether it is a remark on the whole map, in small lines
    """

    text: str
    share: float | None = None
    image: Callable[[int, int], Image] | None = None
    marker: bool = False
    note: bool = False

    @property
    def heading(self) -> bool:
        """Whether the entry stands above others."""
        return self.image is None and not self.marker and not self.note

    @property
    def lines(self) -> list[str]:
        """The text as it is broken in the legend, at most three lines unless it is a note."""
        if self.note:
            return style.wrap(self.text, ROOM, NOTE)
        room = TEXT_ROOM - (SHARE_ROOM if self.share is not None else 0.0)
        lines = style.wrap(self.text, room, TEXT)
        return (
            lines if len(lines) <= 3 else [*lines[:2], style.shorten(lines[2] + " …", room, TEXT)]
        )

    @property
    def height(self) -> float:
        """Height in points, with the space below."""
        if self.note:
            return LINE * len(self.lines) + BETWEEN
        return HEADING if self.heading else max(SWATCH[1], LINE * len(self.lines)) + BETWEEN


def legend_height(entries: Sequence[Entry]) -> float:
    """Height of a legend in points."""
    return sum(entry.height for entry in entries)


def draw_legend(paper: Axes, entries: Sequence[Entry], left: float, top: float) -> None:
    """Draw the entries one below another, in the units of the page."""
    for entry in entries:
        if entry.heading:
            style.write(paper, left, top + 14.0, entry.text, NOTE, color=style.MUTED)
        elif entry.note:
            for k, line in enumerate(entry.lines):
                y = top + LINE * (k + 0.5)
                style.write(paper, left, y, line, NOTE, color=style.MUTED)
        else:
            _draw_entry(paper, entry, left, top)
        top += entry.height


def _draw_entry(paper: Axes, entry: Entry, left: float, top: float) -> None:
    middle = top + (entry.height - BETWEEN) / 2
    if entry.image is not None:
        _draw_swatch(paper, entry.image, left, middle - SWATCH[1] / 2)
    else:
        paper.plot(left + SWATCH[0] / 2, middle, "o", ms=7, mfc=style.PAPER, mec=style.INK, mew=1.6)
    first = middle - LINE * (len(entry.lines) - 1) / 2
    for k, line in enumerate(entry.lines):
        style.write(paper, left + TEXT_LEFT, first + LINE * k, line, TEXT)
    if entry.share is not None:
        right = left + TEXT_LEFT + TEXT_ROOM
        style.write(paper, right, middle, percent(entry.share), TEXT, ha="right")


def _draw_swatch(paper: Axes, image: Callable[[int, int], Image], left: float, top: float) -> None:
    width, height = SWATCH
    per_point = style.DOTS / style.POINTS
    pixels = image(round(height * per_point), round(width * per_point))
    paper.imshow(
        np.round(pixels * 255).astype(np.uint8),
        extent=(left, left + width, top + height, top),
        interpolation="none",
        aspect="auto",
    )
    paper.add_patch(Rectangle((left, top), width, height, fill=False, ec=style.MUTED, lw=0.6))


def percent(share: float) -> str:
    """A share as the legend writes it: a tiny one is not rounded to nothing, nor a large one up."""
    if 0 < share < 0.001:
        return "<0.1 %"
    if 0.999 < share < 1:
        return ">99.9 %"
    return f"{100 * share:.1f} %".replace(".0 %", " %")
