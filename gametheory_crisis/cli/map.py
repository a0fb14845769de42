"""``crisis map``: the regimes over two parameters, as a picture."""

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
    output_path,
    point_option,
)
from gametheory_crisis.cli.output import emit, progress, save_figure

if TYPE_CHECKING:
    from gametheory_crisis.model import Model

AXIS = "NAME[=lo:hi[:n]]"
QUANTITIES = ("regime", "day", "probability:OUTCOME", "payoff:PLAYER")
RULES = ("payoff", "risk", "logit", "mixed", "first")


@click.command("map")
@model_argument
@click.option("-x", "across", default=None, metavar=AXIS, help="Axis to the right.")
@click.option("-y", "upwards", default=None, metavar=AXIS, help="Axis upwards.")
@click.option(
    "--quantity", default="regime", metavar="WHAT", help=f"One of {', '.join(QUANTITIES)}."
)
@click.option(
    "--select",
    type=click.Choice(RULES),
    default=None,
    help="Which equilibrium a cell's numbers are of where it has several.",
)
@click.option(
    "--facet",
    default=None,
    metavar="NAME=v1,v2,…",
    help="A panel for each value of a third parameter.",
)
@click.option(
    "--resolution",
    default=None,
    metavar="N[xM]",
    help="So many cells, of which those are solved where regimes meet, and the rest filled.",
)
@point_option
@common_options(*PICTURES)
def command(
    model: str,
    across: str | None,
    upwards: str | None,
    quantity: str,
    select: str | None,
    facet: str | None,
    resolution: str | None,
    values: dict[str, Fraction],
    as_json: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    """Draw where in a plane of two parameters which regime of MODEL prevails.

    The axes are those of the file's map unless given, 400 cells each (40 where a model is solved
    slowly); without -o the picture goes to MODEL-map.png.  A cell with several equilibria is
    striped in the colours of all their regimes.

    \b
    crisis map sixty_day_ultimatum -o map.png
    crisis map sixty_day_ultimatum -x c_iran=0:1 -y p --quantity probability:strike
    crisis map sixty_day_ultimatum --facet T=10,60,180 --resolution 2048
    crisis map stag_hunt --quantity payoff:One --select risk
    """
    from gametheory_crisis.cli.axes import (
        check_apart,
        facet_axis,
        map_axes,
        read_resolution,
        remark_pace,
    )
    from gametheory_crisis.cli.map_panels import solve_panels
    from gametheory_crisis.model import load

    loaded = load(model)
    check_quantity(quantity, loaded)
    cells = None if resolution is None else read_resolution(resolution)
    if cells is not None and quantity != "regime":
        raise click.UsageError(
            f"--resolution fills in regimes, but '{quantity}' changes from cell to cell; "
            "give the axes more cells instead (-x NAME=lo:hi:n)"
        )
    panels = None if facet is None else facet_axis(facet, loaded.graph)
    taken = set() if panels is None else {panels[0]}
    number = 1 if panels is None else len(panels[1])
    grid = map_axes(
        across,
        upwards,
        loaded,
        quiet=quiet,
        select=select,
        resolution=cells,
        taken=taken,
        panels=number,
    )
    check_apart(grid, values)
    if output is None:
        output = output_path(f"{loaded.name}-map.png", PICTURES)
    if cells is None:
        remark_pace(loaded, grid, "-x", quiet=quiet, select=select)
    with progress(quiet) as show:
        solved = solve_panels(
            loaded, grid, values, panels, select=select, adaptive=cells is not None, progress=show
        )
    save_figure(solved.draw(quantity), output, quiet)
    summary = solved.summary(quantity, output)
    emit(summary, solved.lines(summary), as_json=as_json)


def check_quantity(quantity: str, model: Model) -> None:
    """A usage error where the model has no such quantity."""
    kind, _, name = quantity.partition(":")
    owners = {"probability": ("outcome", model.outcomes), "payoff": ("player", model.players)}
    if kind in owners and not name:
        what, names = owners[kind]
        choices = ", ".join(f"{kind}:{owner}" for owner in names)
        raise click.BadParameter(f"{kind} of which {what}? {choices}")
    if kind in owners:
        what, names = owners[kind]
        check_name(what, name, names)
    else:
        check_name("quantity", quantity, QUANTITIES)
