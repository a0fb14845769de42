"""What all pictures share: colours, text measures, the page, and saving.

A picture is laid out on a *page*, axes that cover the whole figure with the typographic point (1/72
inch) as unit and y downwards, so sizes of text and of boxes are in one unit.
"""

from __future__ import annotations

import io
import os
import secrets
import threading
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import is_color_like, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text

STRONG = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7")
"""Five colours that the colour-blind can tell apart (Okabe & Ito 2008, Color Universal Design)."""
INK = "#222222"
MUTED = "#666666"
FAINT = "#8f8f8f"
PAPER = "#ffffff"

POINTS = 72.0
"""Points per inch."""
DOTS = 200
"""Resolution of a picture in dots per inch, unless it is huge."""
MAX_DOTS = 30_000
"""No side of a bitmap is longer; Agg itself stops at 65536."""

FAMILY = "DejaVu Sans"
"""The font that comes with matplotlib, so that a picture is the same on every machine."""

SUFFIXES = (".pdf", ".png", ".svg")
# matplotlib writes the date of the day unless told not to; two runs should give the same bytes.
METADATA: dict[str, dict[str, Any]] = {
    ".pdf": {"CreationDate": None, "Producer": None, "Creator": "gametheory_crisis"},
    ".png": {"Software": "gametheory_crisis"},
    ".svg": {"Date": None, "Creator": "gametheory_crisis"},
}

SETTINGS: Any = {"svg.hashsalt": "gametheory_crisis", "svg.fonttype": "none", "pdf.fonttype": 42}

_saving = threading.Lock()


def page(width: float, height: float) -> tuple[Figure, Axes]:
    """A new figure of ``width`` by ``height`` points and its page."""
    longest = max(width, height) / POINTS
    figure = Figure(
        figsize=(width / POINTS, height / POINTS),
        dpi=min(DOTS, MAX_DOTS / longest),
        facecolor=PAPER,
    )
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0.0, width)
    axes.set_ylim(height, 0.0)
    return figure, axes


def axes_at(paper: Axes, left: float, top: float, width: float, height: float) -> Axes:
    """Axes whose place is given in points on a page."""
    figure = paper.get_figure(root=True)
    if figure is None:
        raise ValueError("a page belongs to a figure")
    across, down = figure.get_size_inches() * POINTS
    box = (left / across, 1 - (top + height) / down, width / across, height / down)
    return figure.add_axes(box)


def write(axes: Axes, x: float, y: float, text: str, size: float = 8.0, **options: Any) -> Text:
    """Plain text at a point of ``axes``; a dollar sign in it is a dollar sign."""
    settings: dict[str, Any] = {"color": INK, "va": "center", "family": FAMILY}
    return axes.text(x, y, text, fontsize=size, parse_math=False, **(settings | options))


@cache
def _advance(character: str, bold: bool) -> float:
    font = get_font(findfont(FontProperties(family=FAMILY, weight="bold" if bold else "normal")))
    if not font.get_char_index(ord(character)):
        return 1.0
    font.set_size(100, POINTS)
    return float(font.load_char(ord(character)).linearHoriAdvance) / 65536 / 100


def text_width(text: str, size: float = 8.0, bold: bool = False) -> float:
    """Width of one line in points, kerning left out."""
    return size * sum(_advance(character, bold) for character in text)


def shorten(text: str, width: float, size: float = 8.0, bold: bool = False) -> str:
    """``text``, cut and ended by an ellipsis where it is wider than ``width`` points."""
    if text_width(text, size, bold) <= width:
        return text
    while text and text_width(text + "…", size, bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, width: float, size: float = 8.0, bold: bool = False) -> list[str]:
    """Lines of at most ``width`` points, broken between words; a longer word is shortened."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(shorten(word, width, size, bold))
    return lines


def colours_of(names: Sequence[str], chosen: Mapping[str, str | None]) -> dict[str, str]:
    """A colour for each name: the chosen one where it is a colour, else the next strong one.

    Strong colours that are chosen for no name come first.
    """
    given = {
        name: to_hex(colour)
        for name in names
        if (colour := chosen.get(name)) and is_color_like(colour)
    }
    taken = {colour.lower() for colour in given.values()}
    spare = cycle(sorted(STRONG, key=lambda colour: colour.lower() in taken))
    return {name: given[name] if name in given else next(spare) for name in names}


def luminance(colour: str) -> float:
    """Relative luminance of a colour, from 0 (black) to 1 (white), as WCAG 2 defines it."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ink_on(colour: str) -> str:
    """Black or white, whichever is read more easily on ``colour``."""
    return INK if luminance(colour) > 0.3 else PAPER


def mix(colour: str, other: str, share: float) -> str:
    """``share`` of ``other`` mixed into ``colour``."""
    pairs = zip(to_rgb(colour), to_rgb(other), strict=True)
    red, green, blue = ((1 - share) * a + share * b for a, b in pairs)
    return to_hex((red, green, blue))


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure, in the format that the suffix names, whole or not at all.

    The same figure gives the same bytes every time. In an SVG, text stays text.

    Raises
    ------
    ValueError
        If the suffix is none of ``SUFFIXES``.
    OSError
        If the file cannot be written; what stood there before is untouched.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise ValueError(f"{path.name}: cannot tell the format of a picture; end it in {known}")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    content = _encode(figure, suffix)
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _encode(figure: Figure, suffix: str) -> bytes:
    buffer = io.BytesIO()
    # rc_context and catch_warnings change the state of the whole process.
    with _saving, rc_context(SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(
            buffer, format=suffix[1:], dpi=figure.dpi, metadata=METADATA[suffix], transparent=False
        )
    return buffer.getvalue()
