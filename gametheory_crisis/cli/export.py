"""``crisis export``: a model at one point in one of Gambit's formats."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import click

from gametheory_crisis.cli.options import model_argument, output_path, point_option
from gametheory_crisis.cli.output import encode, remark, write_file
from gametheory_crisis.results import plain

GAMES = (".efg", ".nfg")


def _read_output(ctx: click.Context, param: click.Parameter, text: str | None) -> Path | None:
    return None if text is None else output_path(text, GAMES)


@click.command("export")
@model_argument
@point_option
@click.option(
    "-o",
    "--output",
    callback=_read_output,
    default=None,
    metavar="FILE",
    help="Write to FILE: .efg, the extensive form, or .nfg, the reduced strategic form.",
)
@click.option(
    "--names", is_flag=True, help="Name the strategies in .nfg; Gambit reads that, OpenSpiel not."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No remarks on stderr.")
def command(
    model: str,
    values: dict[str, Fraction],
    output: Path | None,
    names: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write MODEL at one point for Gambit and OpenSpiel; without -o, print its extensive form.

    \b
    crisis export chicken -o chicken.efg
    """
    from gametheory_crisis.interop.gambit_games import gambit_text
    from gametheory_crisis.model import load

    loaded = load(model)
    point = loaded.point(values)
    form = "efg" if output is None else output.suffix.lower().removeprefix(".")
    text = gambit_text(loaded, point, form, names=names)
    if output is not None:
        write_file(output, lambda path: path.write_text(text, encoding="utf-8"))
        remark(f"wrote {output}", quiet)
    if as_json:
        document = {
            "schema": "gametheory_crisis.export/1",
            "model": loaded.name,
            "parameters": {name: plain(value) for name, value in point.items()},
            "format": form,
            "game": text,
        }
        click.echo(encode(document))
    elif output is None:
        click.echo(text, nl=False)
