"""Axes of sweeps and maps, as written after ``-a``, ``-x`` and ``-y``."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import click
import numpy as np
import numpy.typing as npt

from gametheory_crisis.cli.options import check_name, read_number, split_assignment
from gametheory_crisis.cli.output import remark
from gametheory_crisis.cli.wording import number

if TYPE_CHECKING:
    from gametheory_crisis.language.graph import Graph, Parameter
    from gametheory_crisis.model import Model

MAX_CELLS = 200_000_000
"""More do not fit in the memory of an ordinary machine (about 70 bytes a cell)."""
SLOW_CELLS = 1000
"""More take so long point by point that a person is told."""
MAP_RESOLUTION = 400
SLOW_RESOLUTION = 40
"""Of maps of models that are solved slowly, unless more is asked for."""
SCREENING_RESOLUTION = 24
"""Of those in which offers screen private numbers: a cell of sixty days takes some 0.1 s."""
MANY = 500
"""More decision processes in each cell take long."""
SWEEP_FORM = "NAME=lo:hi:n, NAME=log:lo:hi:n or NAME=v1,v2,v3"
FACET_FORM = "NAME=v1,v2,…"
MAP_FORM = "NAME, NAME=lo:hi or NAME=lo:hi:n"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis before its values are made: ``num`` steps from ``low`` to ``high``, or a list.

    ``asked`` tells a ``num`` that the user wrote from one that stands for want of it.
    """

    name: str
    low: Fraction
    high: Fraction
    num: int
    logarithmic: bool = False
    listed: tuple[Fraction, ...] = ()
    asked: bool = False

    def values(self, integer: bool) -> npt.NDArray[np.float64]:
        """The axis's values; ``integer`` keeps the whole numbers between the ends, each once."""
        if self.listed:
            return np.array([float(value) for value in self.listed])
        space = np.geomspace if self.logarithmic else np.linspace
        values = space(float(self.low), float(self.high), self.num)
        if not integer:
            return values
        first, last = math.ceil(self.low), math.floor(self.high)
        if first > last:
            ends = f"{number(self.low)} and {number(self.high)}"
            raise click.UsageError(f"the axis {self.name}: no whole number between {ends}")
        return np.unique(np.rint(values).clip(first, last))


def sweep_axes(
    texts: Sequence[str], graph: Graph, *, quiet: bool, most: int = MAX_CELLS
) -> dict[str, npt.NDArray[np.float64]]:
    """The axes of a sweep, by parameter, in the order given; ``most`` : cells that are allowed."""
    return _arrays([_sweep_axis(text) for text in texts], graph, quiet, most)


def facet_axis(text: str, graph: Graph) -> tuple[str, tuple[Fraction, ...]]:
    """The parameter that changes from panel to panel of a picture, and its values."""
    from gametheory_crisis.plots.map_facets import MOST_PANELS

    axis = _sweep_axis(text, FACET_FORM)
    if not axis.listed:
        raise click.BadParameter(f"'{text}': list the values of the panels, {axis.name}=v1,v2,…")
    check_name("parameter", axis.name, graph.parameters)
    if len(axis.listed) > MOST_PANELS:
        raise click.BadParameter(f"{len(axis.listed)} panels; a picture has at most {MOST_PANELS}")
    _check_range(axis, graph.parameters[axis.name])
    whole = all(value.denominator == 1 for value in axis.listed)
    if graph.parameters[axis.name].integer and not whole:
        raise click.BadParameter(f"'{text}': {axis.name} takes whole numbers only")
    return axis.name, axis.listed


def read_resolution(text: str) -> tuple[int, int]:
    """Cells across and upwards of ``N`` or ``NxM``."""
    parts = text.lower().split("x")
    numbers = [_count(text, part) for part in parts]
    if len(numbers) > 2:
        raise click.BadParameter(f"'{text}': write N or NxM")
    return numbers[0], numbers[-1]


def map_axes(
    x: str | None,
    y: str | None,
    model: Model,
    *,
    quiet: bool,
    select: str | None = None,
    resolution: tuple[int, int] | None = None,
    taken: Collection[str] = (),
    panels: int = 1,
) -> dict[str, npt.NDArray[np.float64]]:
    """The two axes of a map, x first.

    What is not given comes from the file's map, or else from the parameters with a range. A model
    that is solved slowly has fewer points along an axis, unless they are asked for.

    Parameters
    ----------
    select : the rule where there are several equilibria
    resolution : cells across and upwards, where they are not given by axis
    taken : parameters that are no axes unless they are asked for
    panels : how many maps of that size there are
    """
    graph = model.graph
    given = [_map_axis(text, graph) if text is not None else None for text in (x, y)]
    defaults = _default_axes(graph)
    taken = {axis.name for axis in given if axis is not None} | {*taken}
    axes = []
    for position, axis in enumerate(given):
        if axis is None:
            preferred = [*defaults[position : position + 1], *defaults]
            axis = next((default for default in preferred if default.name not in taken), None)
        if axis is None:
            raise click.UsageError(
                "no axes to draw: the file has no map and fewer than two parameters with a range; "
                "write -x NAME=lo:hi -y NAME=lo:hi"
            )
        taken.add(axis.name)
        axes.append(axis)
    if resolution is not None:
        axes = [_resolved(axis, num) for axis, num in zip(axes, resolution, strict=True)]
    elif slow_pace(model, select):
        most = SCREENING_RESOLUTION if model.engine == "screening" else SLOW_RESOLUTION
        axes = [axis if axis.asked else replace(axis, num=min(axis.num, most)) for axis in axes]
    return _arrays(axes, graph, quiet, MAX_CELLS // panels)


def _resolved(axis: Axis, num: int) -> Axis:
    """An axis with as many cells as the whole map is to have."""
    if axis.asked:
        raise click.UsageError(
            f"the cells along {axis.name} are given twice: --resolution and -x/-y"
        )
    return replace(axis, num=num, asked=True)


def check_apart(axes: Collection[str], values: Collection[str]) -> None:
    """A usage error where a parameter is both an axis and set to a number."""
    both = [name for name in axes if name in values]
    if both:
        raise click.UsageError(f"'{both[0]}' is an axis and also set with -p")


def remark_pace(
    model: Model,
    axes: Mapping[str, npt.NDArray[np.float64]],
    option: str,
    *,
    quiet: bool,
    select: str | None = None,
) -> None:
    """Say before a long wait that the model is a slow one; ``option`` sets its axes."""
    cells = math.prod(map(len, axes.values()))
    pace = slow_pace(model, select) if cells > SLOW_CELLS else ""
    if pace:
        remark(
            f"this model is solved {pace}; {cells:,} cells: {option} NAME=lo:hi:n sets another "
            "number",
            quiet,
        )


def slow_pace(model: Model, select: str | None = None) -> str:
    """How slowly a model is swept, in words; empty where it is not.

    Parameters
    ----------
    select : the rule where there are several equilibria
    """
    from gametheory_crisis.solvers.pointwise import CellByCell

    solver = model.block_solver
    if model.engine == "screening":
        return "point by point, a few cells a second"
    if isinstance(solver, CellByCell):
        return "point by point, some tens of cells a second"
    processes = getattr(solver, "num_processes", 0)
    if processes > MANY:
        return f"through {processes:,} decision processes a cell"
    if solver.slow(select):
        return f"point by point where '{select}' is to select one of several equilibria"
    return ""


def _arrays(
    axes: Sequence[Axis], graph: Graph, quiet: bool, most: int = MAX_CELLS
) -> dict[str, npt.NDArray[np.float64]]:
    """Values of all axes, once they are known to be different and not too many."""
    names = [axis.name for axis in axes]
    for name in names:
        check_name("parameter", name, graph.parameters)
        if names.count(name) > 1:
            raise click.UsageError(f"two axes for '{name}'")
    for axis in axes:
        _check_range(axis, graph.parameters[axis.name])
    cells = 1
    for axis in axes:
        cells *= len(axis.listed) or axis.num
    if cells > most:
        hint = "`crisis sweep -o NAME.zarr` writes them to disk as it goes"
        stored = f"{cells:,} cells are too many; at most {most:,}"
        held = f"{cells:,} cells do not fit in memory; at most {most:,} do; {hint}"
        raise click.UsageError(held if most == MAX_CELLS else stored)
    for axis in axes:
        if axis.num > MAX_CELLS:
            raise click.UsageError(
                f"the axis {axis.name} has {axis.num:,} values; at most {MAX_CELLS:,} fit in memory"
            )
    arrays = {axis.name: axis.values(graph.parameters[axis.name].integer) for axis in axes}
    for axis in axes:
        if axis.asked and len(arrays[axis.name]) < axis.num:
            used = f"{len(arrays[axis.name]):,} of the {axis.num:,} values asked for"
            remark(f"{axis.name} takes whole numbers only: {used}", quiet)
    return arrays


def _check_range(axis: Axis, parameter: Parameter) -> None:
    """A usage error where an axis leaves the parameter's range."""
    if parameter.range is None:
        return
    low, high = parameter.range
    for verb, end in (("begins", axis.low), ("ends", axis.high)):
        if not low <= end <= high:
            reach = f"holds {number(end)}" if axis.listed else f"{verb} at {number(end)}"
            span = f"[{number(low)}, {number(high)}]"
            raise click.UsageError(f"the axis {axis.name} {reach}, but its range is {span}")


def _sweep_axis(text: str, form: str = SWEEP_FORM) -> Axis:
    name, value = split_assignment(text, form)
    if ":" not in value:
        listed = tuple(read_number(part) for part in value.split(","))
        if len(set(listed)) < len(listed):
            raise click.BadParameter(f"'{text}': a value stands twice")
        return Axis(name, min(listed), max(listed), len(listed), listed=listed)
    parts = value.split(":")
    logarithmic = parts[0].strip() == "log"
    if len(parts) != 3 + logarithmic:
        raise click.BadParameter(f"'{text}': write {form}")
    low, high = _ends(text, *parts[-3:-1])
    if logarithmic and low <= 0:
        raise click.BadParameter(f"'{text}': a logarithmic axis begins above 0")
    return Axis(name, low, high, _count(text, parts[-1]), logarithmic, asked=True)


def _map_axis(text: str, graph: Graph) -> Axis:
    if "=" not in text:
        return _own_axis(text.strip(), graph)
    name, value = split_assignment(text, MAP_FORM)
    parts = value.split(":")
    if len(parts) not in (2, 3):
        raise click.BadParameter(f"'{text}': write {MAP_FORM}")
    low, high = _ends(text, *parts[:2])
    if len(parts) == 2:
        return Axis(name, low, high, MAP_RESOLUTION)
    return Axis(name, low, high, _count(text, parts[2]), asked=True)


def _own_axis(name: str, graph: Graph) -> Axis:
    """The axis that a parameter's name alone stands for."""
    check_name("parameter", name, graph.parameters)
    for axis in _default_axes(graph):
        if axis.name == name:
            return axis
    lack = "has no range" if graph.parameters[name].range is None else "is a single number"
    raise click.BadParameter(f"'{name}' {lack} in the file; write {name}=lo:hi")


def _default_axes(graph: Graph) -> list[Axis]:
    """The file's own map, then every other parameter that has a range."""
    drawn = [
        Axis(axis.parameter, axis.low, axis.high, axis.num or MAP_RESOLUTION)
        for axis in graph.map_axes or ()
    ]
    names = {axis.name for axis in drawn}
    ranged = (parameter for parameter in graph.parameters.values() if parameter.name not in names)
    return drawn + [axis for parameter in ranged if (axis := _whole_range(parameter))]


def _whole_range(parameter: Parameter) -> Axis | None:
    if parameter.range is None:
        return None
    low, high = parameter.range
    return Axis(parameter.name, low, high, MAP_RESOLUTION) if low < high else None


def _ends(text: str, low: str, high: str) -> tuple[Fraction, Fraction]:
    ends = read_number(low), read_number(high)
    if not ends[0] < ends[1]:
        raise click.BadParameter(f"'{text}': the first end must be below the second")
    return ends


def _count(text: str, count: str) -> int:
    if not re.fullmatch(r"\s*[0-9]{1,9}\s*", count) or int(count) < 2:
        raise click.BadParameter(f"'{text}': '{count.strip()}' is no number of cells, 2 or more")
    return int(count)
