"""What a map shows, of one sweep or of several as panels: scales, looks, legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.plots.map_cells import Scale, kinds_of_cells
from gametheory_crisis.plots.map_legend import Entry
from gametheory_crisis.plots.map_paint import (
    Field,
    Palette,
    field_of,
    legend_of_regimes,
    legend_of_unsolved,
    without_undefined,
)
from gametheory_crisis.plots.map_panel import Panel
from gametheory_crisis.plots.map_words import selection_note

if TYPE_CHECKING:
    from gametheory_crisis.sweeps.sweep import Sweep

WIDTH, HEIGHT, STRIP = 345.0, 315.0, 110.0
"""Width and height of a map in points, and its height where the second axis has one value."""


@dataclass(frozen=True, slots=True)
class MapPlan:
    """Everything that a map shows; `names` and `scales` are y first."""

    graph: Graph
    names: tuple[str, str]
    scales: tuple[Scale, Scale]
    panels: tuple[Panel, ...]
    field: Field | None
    entries: list[Entry]


def plan_map(
    graph: Graph,
    sweeps: Sequence[Sweep],
    quantity: str,
    select: str | None,
    note: str,
    facet: str | None = None,
) -> MapPlan:
    """What a map of one sweep or several shows; the panels have the size of a map of one."""
    first, merged = sweeps[0], _merged(sweeps)
    if len(first.axes) != 2:
        raise ParameterError(f"a map needs a sweep over two parameters, not {len(first.axes)}")
    y, x = first.axes
    scales = (Scale.of(first.axes[y]), Scale.of(first.axes[x]))
    field = field_of(merged, quantity)
    palette = _palette(graph, merged)
    kinds, index = kinds_of_cells(merged)
    chosen = selection_note(
        kinds, index, merged.equilibria, numbers=field is not None, select=select
    )
    if field is None:
        entries = legend_of_regimes(palette, kinds, index)
    else:
        kinds, index = without_undefined(kinds, index, field)
        entries = []
    entries += legend_of_unsolved(kinds, index)
    points = [_defaults(graph, sweep, scales, facet) for sweep in sweeps]
    entries += _default_entry(points, (y, x))
    entries += [Entry(text, note=True) for text in (chosen, note) if text]
    height = STRIP if scales[0].single else HEIGHT
    panels = tuple(
        Panel(scales, kinds, part, palette, values, point, WIDTH, height)
        for part, values, point in zip(
            np.split(index, len(sweeps)), _fields(field, len(sweeps)), points, strict=True
        )
    )
    return MapPlan(graph, (y, x), scales, panels, field, entries)


def _merged(sweeps: Sequence[Sweep]) -> Sweep:
    """All cells as one sweep, panel upon panel; its axes are those of the first."""
    if len(sweeps) == 1:
        return sweeps[0]
    names = ("regime", "regimes_mask", "status", "equilibria", "expected_day")
    numbers = ("probability", "payoff")
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(sweep, name) for sweep in sweeps]) for name in names
    }
    arrays |= {
        name: np.concatenate([getattr(sweep, name) for sweep in sweeps], axis=1) for name in numbers
    }
    return replace(sweeps[0], **arrays)


def _fields(field: Field | None, number: int) -> list[Field | None]:
    if field is None:
        return [None] * number
    return [replace(field, values=values) for values in np.split(field.values, number)]


def _palette(graph: Graph, sweep: Sweep) -> Palette:
    masks = int(np.bitwise_or.reduce(sweep.regimes_mask, axis=None))
    shown = [name for k, name in enumerate(sweep.regimes) if masks >> k & 1]
    return Palette.of(sweep.regimes, graph.outcomes, shown)


def _defaults(
    graph: Graph, sweep: Sweep, scales: tuple[Scale, Scale], facet: str | None
) -> tuple[float, float] | None:
    """The default values of y and x, where the panel holds them."""
    y, x = (float(graph.parameters[name].value) for name in sweep.axes)
    if facet is not None and float(graph.parameters[facet].value) != sweep.values[facet]:
        return None
    return (y, x) if scales[0].holds(y) and scales[1].holds(x) else None


def _default_entry(
    points: Sequence[tuple[float, float] | None], names: tuple[str, str]
) -> list[Entry]:
    for point in points:
        if point is not None:
            said = f"{names[1]} = {point[1]:.4g}, {names[0]} = {point[0]:.4g}"
            return [Entry(f"default values: {said}", marker=True)]
    return []
