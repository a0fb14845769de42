"""Sensitivity analyses as pictures: a panel for each quantity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gametheory_crisis.analysis.sensitivity.morris import MorrisEffects
from gametheory_crisis.analysis.sensitivity.profiles import Profiles
from gametheory_crisis.analysis.sensitivity.sobol import SobolIndices
from gametheory_crisis.plots import style
from gametheory_crisis.plots.map_legend import percent
from gametheory_crisis.plots.sensitivity_panels import (
    ABOVE,
    BELOW,
    BESIDE,
    CHART,
    FIRST,
    LINE,
    MOST,
    NAMES,
    NOTE,
    SQUARE,
    TEXT,
    TOTAL,
    draw_effects,
    draw_indices,
    draw_tornado,
    rows_height,
)

if TYPE_CHECKING:
    from gametheory_crisis.analysis.sensitivity.run import Sensitivity
    from gametheory_crisis.language.graph import Graph

LEFT, MARGIN, APART, HEADING, AXIS = 16.0, 16.0, 26.0, 38.0, 34.0
"""Margins, the distance of columns, and the room above and below a chart."""
TITLE = 13.0
SWATCH = (14.0, 9.0)
FEW = 4
"""Up to so many panels stand in two columns, more in three."""
LEAST = 420.0
"""Least width of what is written."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the panels of a method need.

    Attributes
    ----------
    beside : width of what stands to the right of a chart
    height : of a chart
    key : colours and what they mean
    draw : draws the chart of quantity ``k`` with its left upper corner at a point of the page
    """

    beside: float
    height: float
    key: tuple[tuple[str, str], ...]
    draw: Callable[[Axes, float, float, int], None]


def draw_sensitivity(graph: Graph, found: Sensitivity) -> Figure:
    """Draw what matters for each quantity, the most important parameter on top.

    Sobol indices are bars with intervals, profiles a tornado around the value at the point through
    which they go, Morris's effects points: how large against how uneven. A quantity that has
    nothing to show is named below.

    Returns
    -------
    Figure
        To be written by `style.save`.
    """
    kind, shown = _kind(found), _shown(found)
    across = 1 if len(shown) == 1 else 2 if len(shown) <= FEW else 3
    column = NAMES + CHART + kind.beside
    inner = max(LEAST, min(across, max(len(shown), 1)) * (column + APART) - APART)
    title = style.wrap(graph.title, inner, TITLE, bold=True)
    said = [line for text in _said(found) for line in style.wrap(text, inner, NOTE)]
    top = 30.0 + 17.0 * len(title) + LINE * len(said)
    pitch = HEADING + kind.height + AXIS
    foot = top + -(-len(shown) // across) * pitch
    missing = [line for text in _missing(found) for line in style.wrap(text, inner, NOTE)]
    key = LINE * 1.6 * len(kind.key) if shown else 0.0
    size = LEFT + inner + MARGIN, foot + key + LINE * len(missing) + MARGIN
    figure, paper = style.page(*size)
    _write_head(paper, title, said)
    for number, k in enumerate(shown):
        row, place = divmod(number, across)
        left, above = LEFT + place * (column + APART), top + row * pitch
        style.write(paper, left, above + 10.0, named(found.quantities[k]), TEXT, weight="bold")
        kind.draw(paper, left, above + HEADING - 8.0, k)
    if shown:
        _draw_key(paper, kind.key, foot)
    for number, line in enumerate(missing):
        style.write(paper, LEFT, foot + key + LINE * number, line, NOTE, color=style.MUTED)
    return figure


def named(quantity: str) -> str:
    """A quantity in words."""
    kind, _, name = quantity.partition(":")
    if quantity == "regime":
        return "which regime prevails"
    if quantity == "unsolved":
        return "whether a point has no solution"
    if quantity == "day":
        return "expected day of the end"
    return f"whether the regime is {name}" if kind == "regime" else f"{kind} of {name}"


def _kind(found: Sensitivity) -> Kind:
    rows = rows_height(len(found.parameters))
    key: tuple[tuple[str, str], ...]
    match found:
        case SobolIndices():
            key = (
                (TOTAL, "total: share of the variance that would remain if all others were known"),
                (FIRST, "first order: share that would go if it alone were known"),
                (style.INK, f"line: {percent(found.confidence)} interval"),
            )
            return Kind(12.0, rows, key, lambda p, x, y, k: draw_indices(p, x, y, found, k))
        case MorrisEffects():
            key = ((style.FAINT, f"line through a point: {percent(found.confidence)} interval"),)
            return Kind(BESIDE, SQUARE, key, lambda p, x, y, k: draw_effects(p, x, y, found, k))
        case Profiles():
            key = ((BELOW, "less than at the point"), (ABOVE, "more than at the point"))
            return Kind(BESIDE, rows, key, lambda p, x, y, k: draw_tornado(p, x, y, found, k))


def _shown(found: Sensitivity) -> list[int]:
    """Quantities that have something to show, and something else than one before."""
    places = range(len(found.quantities))
    return [k for k in places if not _empty(found, k) and found.twin(k) is None]


def _empty(found: Sensitivity, k: int) -> bool:
    match found:
        case SobolIndices():
            return bool(found.notes[k])
        case MorrisEffects():
            return not (np.nan_to_num(found.mu_star[k]) > 0).any()
        case Profiles():
            return all(bar.swing == 0 for bar in found.tornado(found.quantities[k]))


def _said(found: Sensitivity) -> list[str]:
    """What was done."""
    match found:
        case SobolIndices():
            how = f"Sobol indices from {found.points:,} points ({found.n:,} base rows)"
        case MorrisEffects():
            how = f"elementary effects along {found.n:,} walks, {found.points:,} points"
        case Profiles():
            at = ", ".join(f"{name} = {value:.4g}" for name, value in found.base.items())
            how = f"one parameter at a time from end to end, the others at {at}"
    said = [how]
    if found.unsolved:
        said.append(f"{found.unsolved:,} of {found.points:,} points are unsolved")
    if len(found.parameters) > MOST:
        said.append(f"the {MOST} parameters that matter most, of {len(found.parameters)}")
    return said


def _missing(found: Sensitivity) -> list[str]:
    """What has no panel, and why."""
    empty = {k for k in range(len(found.quantities)) if _empty(found, k)}
    said = []
    for k, name in enumerate(found.quantities):
        twin = found.twin(k)
        if k in empty and isinstance(found, SobolIndices):
            said.append(f"{name}: no indices, {found.notes[k]}")
        elif twin is not None and k not in empty:
            said.append(f"{name}: the same as {twin}")
    if empty and not isinstance(found, SobolIndices):
        said.append(
            f"nothing has an effect on {', '.join(found.quantities[k] for k in sorted(empty))}"
        )
    return said


def _write_head(paper: Axes, title: Sequence[str], said: Sequence[str]) -> None:
    for k, line in enumerate(title):
        style.write(paper, LEFT, 22.0 + 17.0 * k, line, TITLE, weight="bold")
    for k, line in enumerate(said):
        y = 22.0 + 17.0 * len(title) + LINE * k
        style.write(paper, LEFT, y, line, NOTE, color=style.MUTED)


def _draw_key(paper: Axes, key: Sequence[tuple[str, str]], top: float) -> None:
    for number, (colour, words) in enumerate(key):
        y = top + LINE * 1.6 * number
        thick = 1.0 if words.startswith("line") else SWATCH[1]
        paper.add_patch(Rectangle((LEFT, y - thick / 2), SWATCH[0], thick, fc=colour, lw=0.0))
        style.write(paper, LEFT + SWATCH[0] + 8.0, y, words, NOTE)
