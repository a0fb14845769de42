"""How far a point is from another regime, as a picture: a line for each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gametheory_crisis.plots import style
from gametheory_crisis.plots.map_paint import Palette

if TYPE_CHECKING:
    from gametheory_crisis.analysis.flip.field import Place
    from gametheory_crisis.analysis.flip.results import Flips, Margin, Nearest
    from gametheory_crisis.language.graph import Graph

LEFT, TRACK, RIGHT, EDGE = 104.0, 300.0, 176.0, 16.0
"""Width of the names, of the tracks, of what is written beside them, and of the margins."""
ROW, BAR, MARGIN = 35.0, 9.0, 3.6
"""Height of a parameter's row, of its range and of the bar that shows the margin."""
LITTLE = 17.0
"""Height of a row of the nearest point."""
TITLE, TEXT, NOTE = 13.0, 8.5, 7.0
LINE = 17.0
SWATCH = (14.0, 9.0)
GAP = 12.0
MOST = 10
"""Changes of the nearest point that are drawn."""
PALE = 0.45
"""Share of white in the colours of the ranges, on which the margins are dark."""


@dataclass(frozen=True, slots=True)
class Look:
    """The colour of a place, and that of its stripes, if any."""

    colour: str
    stripes: str | None = None


def draw_margins(graph: Graph, found: Flips) -> Figure:
    """Draw how far a point is from another regime.

    Returns
    -------
    Figure
        To be written by `style.save`. A line for each parameter, that with the nearest flip on top,
        shows its range in the colours of the regimes; the mark is the point, and the dark bar
        reaches from it to the nearest flip. Below stand the changes by which the nearest point
        differs, all parameters together, each as a share of its range.
    """
    width = EDGE + LEFT + TRACK + GAP + RIGHT + EDGE
    title = style.wrap(graph.title, width - 2 * EDGE, TITLE, bold=True)
    margins = sorted(found.alone, key=_nearness)
    looks = _looks(graph, found)
    key = _key_rows(_places(found), graph, width - 2 * EDGE)
    moved = _moved(found.jointly)
    top = 36.0 + LINE * len(title) + 15.0 * len(key)
    below = top + ROW * len(margins) + 8.0
    height = below + 44.0 + LITTLE * len(moved) + 14.0
    figure, paper = style.page(width, height)
    for k, line in enumerate(title):
        style.write(paper, EDGE, 22.0 + LINE * k, line, TITLE, weight="bold")
    subtitle = style.shorten(_subtitle(graph, found), width - 2 * EDGE, NOTE)
    style.write(paper, EDGE, 21.0 + LINE * len(title), subtitle, NOTE, color=style.MUTED)
    _draw_key(paper, key, looks, 38.0 + LINE * len(title))
    for k, margin in enumerate(margins):
        _draw_margin(paper, margin, graph, looks, top + ROW * (k + 0.5))
    _draw_jointly(paper, found, moved, graph, looks, below + 16.0)
    return figure


def _nearness(margin: Margin) -> float:
    return float("inf") if margin.nearest is None else abs(margin.nearest.share)


def _moved(nearest: Nearest | None) -> list[str]:
    """The parameters that change, the largest share first."""
    if nearest is None:
        return []
    shares = nearest.shares
    changed = [name for name, share in shares.items() if share != 0.0]
    return sorted(changed, key=lambda name: -abs(shares[name]))[:MOST]


def _places(found: Flips) -> dict[str, Place]:
    """The places of the picture, by their words."""
    places = [found.place]
    places += [stretch.place for margin in found.alone for stretch in margin.stretches]
    places += [found.jointly.becomes] if found.jointly is not None else []
    return {str(place): place for place in places}


def _looks(graph: Graph, found: Flips) -> dict[str, Look]:
    """How each place looks: in the colour of the outcome that its regime is named after.

    Stripes have the colour of a second regime; a place without one is striped white.
    """
    places = _places(found)
    seen = {name for place in places.values() for name in place.regimes}
    # As on maps, the order of the model decides who has which colour.
    shown = [name for name in found.regimes if name in seen]
    palette = Palette.of(found.regimes, graph.outcomes, shown)
    colours = dict(zip(found.regimes, palette.colours, strict=True))
    looks = {}
    for words, place in places.items():
        own = [colours[name] for name in place.regimes] or [style.PAPER, style.FAINT]
        looks[words] = Look(style.mix(own[0], style.PAPER, PALE), *own[1:2])
    return looks


def _label(place: Place, graph: Graph) -> str:
    """The words for a place: the labels of the outcomes, where the file has them."""
    if not place.solved:
        return str(place)
    named = [graph.outcomes.get(name) for name in place.regimes]
    words = [
        outcome.label if outcome is not None and outcome.label else name
        for outcome, name in zip(named, place.regimes, strict=True)
    ]
    return ", or ".join(words)


def _subtitle(graph: Graph, found: Flips) -> str:
    """The base point's regime, and what is not as in the file."""
    said = [f"at this point: {_label(found.place, graph)}"]
    said += [
        f"{name} = {float(value):.4g}"
        for name, value in found.parameters.items()
        if value != graph.parameters[name].value
    ]
    return ", ".join(said)


def _key_rows(
    places: Mapping[str, Place], graph: Graph, width: float
) -> list[list[tuple[float, str, str]]]:
    """Swatches in rows: their left sides, the places that they stand for, and their words."""
    rows: list[list[tuple[float, str, str]]] = [[]]
    left = EDGE
    for name, place in places.items():
        words = style.shorten(_label(place, graph), width - SWATCH[0] - 6.0, TEXT)
        room = SWATCH[0] + 6.0 + style.text_width(words, TEXT) + 16.0
        if rows[-1] and left + room > EDGE + width:
            rows.append([])
            left = EDGE
        rows[-1].append((left, name, words))
        left += room
    return rows


def _draw_key(
    paper: Axes,
    rows: Sequence[Sequence[tuple[float, str, str]]],
    looks: Mapping[str, Look],
    top: float,
) -> None:
    for k, row in enumerate(rows):
        middle = top + 15.0 * k
        for left, name, words in row:
            _box(paper, left, left + SWATCH[0], middle, SWATCH[1], looks[name])
            style.write(paper, left + SWATCH[0] + 6.0, middle, words, TEXT)


def _box(paper: Axes, left: float, right: float, middle: float, height: float, look: Look) -> None:
    """A bar in the look of a place."""
    corner, width = (left, middle - height / 2), right - left
    edge, hatch = look.stripes or "none", "//////" if look.stripes else None
    paper.add_patch(Rectangle(corner, width, height, fc=look.colour, ec=edge, hatch=hatch, lw=0.0))


def _draw_margin(
    paper: Axes, margin: Margin, graph: Graph, looks: Mapping[str, Look], middle: float
) -> None:
    """The row of one parameter."""
    left = EDGE + LEFT

    def across(value: float) -> float:
        return left + TRACK * (value - margin.low) / (margin.high - margin.low)

    edges = _edges(margin)
    for (low, high), stretch in zip(edges, margin.stretches, strict=True):
        look = looks[str(stretch.place)]
        _box(paper, across(low), across(high), middle, BAR, look)
    nearest, base = margin.nearest, across(margin.value)
    if nearest is not None:
        ends = sorted((base, across(nearest.value)))
        bar = Rectangle((ends[0], middle - MARGIN / 2), ends[1] - ends[0], MARGIN, fc=style.INK)
        paper.add_patch(bar)
    paper.plot([base], [middle], "o", ms=6.5, mfc=style.PAPER, mec=style.INK, mew=1.4, zorder=5)
    name = style.shorten(margin.name, LEFT - GAP, TEXT, bold=True)
    style.write(paper, EDGE, middle - 5.0, name, TEXT, weight="bold")
    style.write(paper, EDGE, middle + 6.0, f"{margin.value:.6g}", NOTE, color=style.MUTED)
    for value, side in ((margin.low, "left"), (margin.high, "right")):
        place = middle + BAR / 2 + 6.0
        style.write(paper, across(value), place, f"{value:.4g}", NOTE, ha=side, color=style.FAINT)
    beside = left + TRACK + GAP
    if nearest is None:
        words = "no flip in this range"
        style.write(paper, beside, middle, words, TEXT, color=style.MUTED)
        return
    words = f"{_percent(nearest.share)} of the range, at {nearest.shown:.5g}"
    if nearest.change == 0.0:
        words = "on a boundary here"
    style.write(paper, beside, middle - 5.0, style.shorten(words, RIGHT, TEXT), TEXT)
    becomes = style.shorten(_label(nearest.becomes, graph), RIGHT, NOTE)
    style.write(paper, beside, middle + 6.0, becomes, NOTE, color=style.MUTED)


def _edges(margin: Margin) -> list[tuple[float, float]]:
    """Where the coloured stretches of a range begin and end: halfway between known values."""
    inner = [(a.high + b.low) / 2 for a, b in pairwise(margin.stretches)]
    marks = [margin.low, *inner, margin.high]
    return list(pairwise(marks))


def _draw_jointly(
    paper: Axes,
    found: Flips,
    moved: Sequence[str],
    graph: Graph,
    looks: Mapping[str, Look],
    top: float,
) -> None:
    """The nearest point of all parameters together: its changes, largest first."""
    nearest = found.jointly
    if nearest is None:
        style.write(paper, EDGE, top, "All together: no flip was found", TEXT, weight="bold")
        return
    words = (
        f"All together: {_label(nearest.becomes, graph)}, {nearest.distance:.4g} range widths away"
    )
    words = style.shorten(words, LEFT + TRACK + GAP + RIGHT, TEXT, bold=True)
    style.write(paper, EDGE, top, words, TEXT, weight="bold")
    middle = EDGE + LEFT + TRACK / 2
    largest = max((abs(nearest.shares[name]) for name in moved), default=1.0)
    look = looks[str(nearest.becomes)]
    for k, name in enumerate(moved):
        y, share = top + LITTLE * (k + 1.1), nearest.shares[name]
        end = middle + share / largest * TRACK / 2
        _box(paper, min(middle, end), max(middle, end), y, BAR, look)
        style.write(paper, EDGE, y, style.shorten(name, LEFT - GAP, TEXT), TEXT)
        words = f"{_percent(share)}, to {nearest.point[name]:.5g}"
        style.write(paper, EDGE + LEFT + TRACK + GAP, y, style.shorten(words, RIGHT, TEXT), TEXT)
    if moved:
        ends = (top + 0.5 * LITTLE, top + LITTLE * (len(moved) + 0.7))
        paper.plot([middle, middle], ends, color=style.INK, lw=0.8)


def _percent(share: float) -> str:
    return f"{100 * share:+.3g} %"
