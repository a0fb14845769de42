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


@click.command("map")
@model_argument
@click.option("-x", "across", default=None, metavar=AXIS, help="Axis to the right.")
@click.option("-y", "upwards", default=None, metavar=AXIS, help="Axis upwards.")
@click.option(
    "--quantity", default="regime", metavar="WHAT", help=f"One of {', '.join(QUANTITIES)}."
)
@point_option
@common_options(*PICTURES)
def command(
    model: str,
    across: str | None,
    upwards: str | None,
    quantity: str,
    values: dict[str, Fraction],
    as_json: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    """Draw where in a plane of two parameters which regime of MODEL prevails.

    The axes are those of the file's map unless given, 400 cells each (40 where a model is solved
    slowly); without -o the picture goes to MODEL-map.png.

    \b
    crisis map sixty_day_ultimatum -o map.png
    crisis map sixty_day_ultimatum -x c_iran=0:1 -y p --quantity probability:strike
    """
    from gametheory_crisis.cli.axes import check_apart, map_axes, remark_pace
    from gametheory_crisis.cli.summary import summarise, summary_lines
    from gametheory_crisis.model import load
    from gametheory_crisis.plots.regime_map import draw_map
    from gametheory_crisis.sweeps.sweep import run_sweep

    loaded = load(model)
    check_quantity(quantity, loaded)
    grid = map_axes(across, upwards, loaded, quiet=quiet)
    check_apart(grid, values)
    if output is None:
        output = output_path(f"{loaded.name}-map.png", PICTURES)
    remark_pace(loaded, grid, "-x", quiet=quiet)
    rows_first = dict(reversed(grid.items()))
    with progress(quiet) as show:
        sweep = run_sweep(loaded, rows_first, values, progress=show)
    save_figure(draw_map(loaded, sweep, quantity), output, quiet)
    summary = summarise(sweep, "map", output) | {"quantity": quantity}
    summary["axes"] = {name: summary["axes"][name] for name in grid}
    emit(summary, summary_lines(summary), as_json=as_json)


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
