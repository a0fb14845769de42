"""What stands around a map: titles of axes, the values of other parameters, remarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.language.graph import Graph
from gametheory_crisis.plots import style
from gametheory_crisis.plots.map_cells import SEVERAL, TIE, Kind
from gametheory_crisis.plots.map_legend import percent

NOTE, AXIS, TITLE = 7.5, 9.0, 13.0
"""Sizes of text."""
DIGITS, MOST_DIGITS = 4, 17
"""Of a number on a picture: as a rule, and at most; so many tell any two floats apart."""
SELECTED: Mapping[str | None, str] = {
    None: "the equilibrium listed first",
    "first": "the equilibrium listed first",
    "payoff": "the equilibrium with the largest sum of payoffs",
    "risk": "the risk-dominant equilibrium",
    "logit": "the equilibrium at the end of the logit path",
    "mixed": "the equilibrium that mixes most",
}
"""What a rule of selection shows of a cell, in words."""


def heading(
    graph: Graph, values: Mapping[str, float], drawn: Sequence[str], width: float
) -> tuple[list[str], list[str]]:
    """Lines of the title and of the other parameters' values, of which two lines are shown.

    Parameters
    ----------
    values : of the parameters that are the same everywhere
    drawn : names of the parameters that are not to be listed
    width : in points
    """
    listed = {name: value for name, value in values.items() if name not in drawn}
    others = [said for name, value in listed.items() for said in values_of(graph, name, [value])]
    lines: list[str] = []
    for k, said in enumerate(others):
        said += "," if k + 1 < len(others) else ""
        longer = f"{lines[-1]} {said}" if lines else said
        if lines and style.text_width(longer, NOTE) < width - 70:
            lines[-1] = longer
        elif len(lines) < 2:
            lines.append(style.shorten(said, width, NOTE))
        else:
            lines[-1] += f" and {len(others) - k} more"
            break
    return style.wrap(graph.title, width, TITLE, bold=True), lines


def values_of(graph: Graph, name: str, values: Sequence[float]) -> list[str]:
    """A parameter's values with its unit; whole numbers of one that takes no others in full."""
    parameter = graph.parameters.get(name)
    unit = f" {parameter.unit}" if parameter and parameter.unit else ""
    whole = parameter is not None and parameter.integer
    said = [f"{value:.0f}" for value in values] if whole else told_apart(values, DIGITS)
    return [f"{name} = {text}{unit}" for text in said]


def told_apart(values: Sequence[float], digits: int) -> list[str]:
    """Numbers in so many digits, or in as many as tell those apart that differ."""
    said = [f"{value:.{digits}g}" for value in values]
    if len(set(said)) == len(set(values)) or digits >= MOST_DIGITS:
        return said
    return told_apart(values, digits + 1)


def axis_title(graph: Graph, name: str, width: float) -> list[str]:
    """Lines of the title of an axis."""
    parameter = graph.parameters[name]
    symbol = f"{name}, {parameter.unit}" if parameter.unit else name
    lines = style.wrap(f"{parameter.doc} ({symbol})" if parameter.doc else symbol, width, AXIS)
    if len(lines) > 2:
        lines = [lines[0], style.shorten(f"{lines[1]} {lines[2]}", width - 60, AXIS)]
        lines[1] = f"{lines[1]} ({symbol})"
    return lines


def selection_note(
    kinds: Sequence[Kind],
    index: NDArray[np.int64],
    equilibria: NDArray[np.int32],
    *,
    numbers: bool,
    select: str | None,
) -> str:
    """Which equilibrium of cells with several is counted or drawn; nothing where that is plain.

    Parameters
    ----------
    kinds, index : see `map_cells.kinds_of_cells`
    equilibria : of each cell, where the sweep has it
    numbers : whether numbers are drawn; a map of regimes shows all, and counts one only in shares
    select : the rule
    """
    marked = np.array([kind.solved and kind.status in (TIE, SEVERAL) for kind in kinds])[index]
    several = marked | (equilibria > 1) if equilibria.size else marked
    share = float(np.mean(several))
    if share == 0 or (select is None and not numbers):
        return ""
    what = "numbers" if numbers else "shares of regimes"
    return f"{percent(share)} of cells have several equilibria; {what} are of {SELECTED[select]}"
