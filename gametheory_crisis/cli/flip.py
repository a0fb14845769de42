"""``crisis flip``: how far a point is from another regime."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gametheory_crisis.cli.options import PICTURES, common_options, model_argument, point_option
from gametheory_crisis.cli.output import emit, progress, remark, save_figure
from gametheory_crisis.cli.spreads import over_option, rule_option

if TYPE_CHECKING:
    from gametheory_crisis.model import Model


@click.command("flip")
@model_argument
@point_option
@over_option
@rule_option
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    metavar="S",
    help="Seed of the directions in which the nearest point is looked for; default 0.",
)
@common_options(*PICTURES, ".csv", ".json")
def command(
    model: str,
    values: dict[str, Fraction],
    over: tuple[str, ...],
    select: str | None,
    seed: int,
    as_json: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    """Find the nearest points at which the regime of MODEL changes.

    First by one parameter at a time, over its whole range; then by all of them together, each
    measured in widths of its range. With -o the margins are drawn, or written as a table.

    \b
    crisis flip sixty_day_ultimatum -p c_iran=3/10
    crisis flip sixty_day_ultimatum --over c_iran=0:0.6 --over threat,face -o margins.png
    """
    from gametheory_crisis.analysis.flip.nearest import flip
    from gametheory_crisis.cli.flip_table import lines, write_csv
    from gametheory_crisis.model import load

    loaded = load(model)
    ends = _ends(over, loaded)
    _remark_pace(loaded, select, quiet)
    with progress(quiet, of="points") as show:
        found = flip(loaded, values, over=ends, seed=seed, select=select, progress=show)
    written = None
    if output is not None and output.suffix.lower() == ".csv":
        write_csv(found, output)
        remark(f"wrote {output}", quiet)
    elif output is not None and output.suffix.lower() in PICTURES:
        from gametheory_crisis.plots.margins import draw_margins

        save_figure(draw_margins(loaded.graph, found), output, quiet)
    else:
        written = output
    table = lines(loaded.graph.title, found)
    emit(found.to_dict(), table, as_json=as_json, output=written, quiet=quiet)


def _ends(over: tuple[str, ...], model: Model) -> dict[str, tuple[float, float]] | None:
    """What varies, between two ends each: no distribution says how far a point is."""
    from gametheory_crisis.cli.spreads import read_spreads

    spreads = read_spreads(over, model)
    if spreads is None:
        return None
    ends = {}
    for name, (low, high) in spreads.items():
        if isinstance(low, str) or not isinstance(high, (int, float)):
            raise click.BadParameter(
                f"'{name}': write {name}=lo:hi; distances need no distribution"
            )
        ends[name] = (low, high)
    return ends


def _remark_pace(model: Model, select: str | None, quiet: bool) -> None:
    """Say before a long wait that the model is a slow one."""
    from gametheory_crisis.cli.axes import slow_pace

    pace = slow_pace(model, select)
    if pace:
        remark(f"this model is solved {pace}; a search takes some minutes", quiet)
