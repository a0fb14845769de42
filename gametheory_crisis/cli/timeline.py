"""``crisis timeline``: when play ends, and how, at one point or at several."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gametheory_crisis.cli.options import (
    PICTURES,
    check_name,
    common_options,
    model_argument,
    point_option,
    read_number,
    split_assignment,
)
from gametheory_crisis.cli.output import emit, progress, remark, save_figure
from gametheory_crisis.engines.request import SELECTIONS

if TYPE_CHECKING:
    from gametheory_crisis.analysis.timeline import Timeline
    from gametheory_crisis.model import Model

COMPARISON = "NAME=v1,v2,v3"
MAX_COMPARED = 6
"""More timelines side by side cannot be told apart."""


@click.command("timeline")
@model_argument
@point_option
@click.option(
    "--compare",
    default=None,
    metavar=COMPARISON,
    help=f"Timelines for up to {MAX_COMPARED} values of a parameter, side by side.",
)
@click.option(
    "--select", type=click.Choice(SELECTIONS), default=None, help="Which equilibrium where several."
)
@click.option(
    "--equilibrium",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Which of those that `crisis solve` lists; default: the first.",
)
@common_options(*PICTURES, ".csv")
def command(
    model: str,
    values: dict[str, Fraction],
    compare: str | None,
    select: str | None,
    equilibrium: int,
    as_json: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    """Tell when play ends in an equilibrium of MODEL, and how: the outcomes by day.

    With -o the timeline is drawn, or written as a table of all days.

    \b
    crisis timeline sixty_day_ultimatum -p c_iran=1/10
    crisis timeline mediation_precondition --compare h=0,1/20,1/5 -o timeline.png
    """
    from gametheory_crisis.cli.timetable import document, lines, write_csv
    from gametheory_crisis.model import load

    loaded = load(model)
    name, compared = ("", [None]) if compare is None else _comparison(compare, loaded, values)
    found = []
    for value in compared:
        point = values if value is None else {**values, name: value}
        found.append(_timeline(loaded, point, select, equilibrium, quiet))
    if output is not None and output.suffix.lower() == ".csv":
        write_csv(found, name, output)
        remark(f"wrote {output}", quiet)
    elif output is not None:
        from gametheory_crisis.plots.timeline import draw_timelines

        save_figure(draw_timelines(loaded.graph, found, name), output, quiet)
    emit(document(found, name), lines(loaded.graph, found, name), as_json=as_json)


def _comparison(
    text: str, model: Model, values: dict[str, Fraction]
) -> tuple[str, list[Fraction | None]]:
    """The parameter that is compared, and its values."""
    name, listed = split_assignment(text, COMPARISON)
    check_name("parameter", name, model.parameters)
    if name in values:
        raise click.UsageError(f"'{name}' is compared and also set with -p")
    numbers: list[Fraction | None] = [read_number(part) for part in listed.split(",")]
    if len(set(numbers)) < len(numbers):
        raise click.BadParameter(f"'{text}': a value stands twice")
    if len(numbers) > MAX_COMPARED:
        raise click.BadParameter(f"'{text}': {len(numbers)} values; at most {MAX_COMPARED}")
    return name, numbers


def _timeline(
    model: Model, values: dict[str, Fraction], select: str | None, equilibrium: int, quiet: bool
) -> Timeline:
    from gametheory_crisis.analysis.timeline import timeline_of

    with progress(quiet, of="equilibria") as show:
        solution = model.solve_point(model.point(values), select=select, progress=show)
    count = len(solution.equilibria)
    if equilibrium > count:
        found = f"only {count} {'was' if count == 1 else 'were'} found"
        raise click.BadParameter(f"there is no equilibrium {equilibrium}: {found}")
    return timeline_of(model, solution, equilibrium - 1)
