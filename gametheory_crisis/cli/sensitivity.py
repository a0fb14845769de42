"""``crisis sensitivity``: which parameters matter, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gametheory_crisis.cli.budgets import affordable_points, remark_slow_points
from gametheory_crisis.cli.options import PICTURES, common_options, model_argument, point_option
from gametheory_crisis.cli.output import emit, progress, remark, save_figure
from gametheory_crisis.cli.spreads import over_option, rule_option

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.sweeps.space import Spread

BESIDES = {"sobol": 2, "morris": 1, "profiles": 0}
"""Methods, and the points of a row, walk or step besides one for each parameter."""
LEAST = 16
"""Fewer rows, walks or steps are not worth their points, however slow the model."""
QUANTITIES = (
    "payoff:PLAYER",
    "probability:OUTCOME",
    "day",
    "regime:REGIME",
    "regime",
    "unsolved",
    "regimes",
    "all",
)


@click.command("sensitivity")
@model_argument
@click.option(
    "--quantity",
    "quantities",
    multiple=True,
    metavar="WHAT",
    help=f"One of {', '.join(QUANTITIES)}; repeatable. Default: all.",
)
@click.option(
    "--method",
    type=click.Choice(tuple(BESIDES)),
    default="sobol",
    help="Sobol indices (default), Morris screening, or one parameter at a time.",
)
@over_option
@rule_option
@click.option(
    "-n",
    "size",
    type=int,
    default=None,
    metavar="N",
    help="Base rows of Sobol's method, best a power of two (default 1024); walks of Morris's "
    "(64); points along each profile (201). The defaults are smaller where a model is solved "
    "slowly.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=None,
    metavar="S",
    help="The same seed gives the same numbers; default: one from the system.",
)
@point_option
@common_options(*PICTURES, ".csv", ".json")
def command(
    model: str,
    quantities: tuple[str, ...],
    method: str,
    over: tuple[str, ...],
    select: str | None,
    size: int | None,
    seed: int | None,
    values: dict[str, Fraction],
    as_json: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    """Say which parameters of MODEL matter for its payoffs and outcomes, and how much.

    \b
    crisis sensitivity sixty_day_ultimatum --over c_iran=0:0.6 --over threat,face
    crisis sensitivity sixty_day_ultimatum --method profiles -o tornado.png
    """
    from gametheory_crisis.analysis.sensitivity.run import sensitivity
    from gametheory_crisis.cli.sensitivity_tables import lines, write_csv
    from gametheory_crisis.cli.spreads import read_spreads
    from gametheory_crisis.model import load

    loaded = load(model)
    spreads = read_spreads(over, loaded)
    dimensions = _dimensions(loaded, method, spreads, values)
    size = _size(loaded, method, size, dimensions, select, quiet)
    with progress(quiet, of="points") as show:
        found = sensitivity(
            loaded,
            quantities or "all",
            spreads,
            method,
            size,
            values=values,
            seed=seed,
            select=select,
            progress=show,
        )
    written = None
    if output is not None and output.suffix.lower() == ".csv":
        write_csv(found, output)
        remark(f"wrote {output}", quiet)
    elif output is not None and output.suffix.lower() in PICTURES:
        from gametheory_crisis.plots.tornado import draw_sensitivity

        save_figure(draw_sensitivity(loaded.graph, found), output, quiet)
    else:
        written = output
    table = lines(loaded.graph.title, found)
    emit(found.to_dict(), table, as_json=as_json, output=written, quiet=quiet)


def _dimensions(
    model: Model,
    method: str,
    spreads: Mapping[str, Spread] | None,
    values: dict[str, Fraction],
) -> int:
    """How many parameters vary."""
    ranged = [name for name, one in model.graph.parameters.items() if one.range is not None]
    free = [name for name in ranged if method == "profiles" or name not in values]
    return len(free if spreads is None else spreads)


def _size(
    model: Model, method: str, asked: int | None, dimensions: int, select: str | None, quiet: bool
) -> int:
    """Rows, walks or steps; where they take long, it is said."""
    from gametheory_crisis.analysis.sensitivity.run import SIZES

    points_each = dimensions + BESIDES[method]
    size = SIZES[method] if asked is None else asked
    most = affordable_points(model, select)
    fewer = asked is None and most is not None and size * points_each > most
    if most is not None and fewer:
        size = max(most // points_each, LEAST)
        if method == "sobol":
            size = 1 << size.bit_length() - 1
    remark_slow_points(
        model,
        size * points_each,
        "-n sets another number, --over fewer parameters",
        fewer=fewer,
        select=select,
        quiet=quiet,
    )
    return size
