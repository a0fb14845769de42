"""``crisis sweep``: the model solved over a grid of parameters, as numbers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import click

from gametheory_crisis.cli.options import common_options, model_argument, point_option
from gametheory_crisis.cli.output import emit, progress, remark

TABLES = (".nc", ".csv", ".parquet")


@click.command("sweep")
@model_argument
@click.option(
    "-a",
    "--axis",
    "axes",
    multiple=True,
    required=True,
    metavar="AXIS",
    help="NAME=lo:hi:n, NAME=log:lo:hi:n or NAME=v1,v2,v3; repeatable, the last varies fastest.",
)
@point_option
@common_options(*TABLES)
def command(
    model: str,
    axes: tuple[str, ...],
    values: dict[str, Fraction],
    as_json: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    """Solve MODEL over one or more parameters, the others as in the file or after -p.

    \b
    crisis sweep sixty_day_ultimatum -a c_iran=0:0.6:200 -a threat=0:0.6:200 -o sweep.csv
    """
    from gametheory_crisis.cli.axes import check_apart, remark_pace, sweep_axes
    from gametheory_crisis.cli.summary import summarise, summary_lines
    from gametheory_crisis.cli.tables import check_writer, write_table
    from gametheory_crisis.model import load
    from gametheory_crisis.sweeps.sweep import run_sweep

    if output is not None:
        check_writer(output)
    loaded = load(model)
    grid = sweep_axes(axes, loaded.graph, quiet=quiet)
    check_apart(grid, values)
    remark_pace(loaded, grid, "-a", quiet=quiet)
    with progress(quiet) as show:
        sweep = run_sweep(loaded, grid, values, progress=show)
    if output is not None:
        write_table(sweep, output)
        remark(f"wrote {output}", quiet)
    summary = summarise(sweep, "sweep", output)
    emit(summary, summary_lines(summary), as_json=as_json)
