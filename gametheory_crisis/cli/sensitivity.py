"""``crisis sensitivity``: which parameters matter, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gametheory_crisis.cli.options import PICTURES, common_options, model_argument, point_option
from gametheory_crisis.cli.output import emit, progress, remark, save_figure
from gametheory_crisis.cli.spreads import over_option

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.sweeps.space import Spread

BESIDES = {"sobol": 2, "morris": 1, "profiles": 0}
"""Methods, and the points of a row, walk or step besides one for each parameter."""
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
@click.option(
    "-n",
    "size",
    type=int,
    default=None,
    metavar="N",
    help="Base rows of Sobol's method, best a power of two (default 1024); walks of Morris's "
    "(64); points along each profile (201).",
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
    _remark_pace(loaded, method, size, spreads, values, quiet)
    with progress(quiet, of="points") as show:
        found = sensitivity(
            loaded,
            quantities or "all",
            spreads,
            method,
            size,
            values=values,
            seed=seed,
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


def _remark_pace(
    model: Model,
    method: str,
    size: int | None,
    spreads: Mapping[str, Spread] | None,
    values: dict[str, Fraction],
    quiet: bool,
) -> None:
    """Say before a long wait that the model is a slow one."""
    from gametheory_crisis.analysis.sensitivity.run import SIZES
    from gametheory_crisis.cli.axes import SLOW_CELLS, slow_pace

    ranged = [name for name, one in model.graph.parameters.items() if one.range is not None]
    free = [name for name in ranged if method == "profiles" or name not in values]
    dimensions = len(free if spreads is None else spreads)
    steps = SIZES[method] if size is None else size
    points = steps * (dimensions + BESIDES[method])
    pace = slow_pace(model) if points > SLOW_CELLS else ""
    if pace:
        remark(
            f"this model is solved {pace}; {points:,} points: -n sets another number, --over "
            "fewer parameters",
            quiet,
        )
