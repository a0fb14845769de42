"""``crisis import``: a game in one of Gambit's formats as a model file."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from gametheory_crisis.cli.options import output_path
from gametheory_crisis.cli.output import encode, remark, write_file

MODELS = (".yaml", ".yml")


def _read_output(ctx: click.Context, param: click.Parameter, text: str | None) -> Path | None:
    return None if text is None else output_path(text, MODELS)


@click.command("import")
@click.argument("file", metavar="GAME.efg|GAME.nfg")
@click.option("--strategic", is_flag=True, help="Of a tree, take the reduced strategic form.")
@click.option(
    "-o",
    "--output",
    callback=_read_output,
    default=None,
    metavar="FILE",
    help=f"Write the model to FILE ({', '.join(MODELS)}).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No remarks on stderr.")
def command(file: str, strategic: bool, output: Path | None, as_json: bool, quiet: bool) -> None:
    """Turn a game in Gambit's extensive or strategic format into a model.

    \b
    crisis import game.efg -o game.yaml
    crisis solve game.yaml
    """
    from gametheory_crisis.interop.gambit_files import gambit_model, graph_of

    read = gambit_model(file, strategic_form=strategic)
    graph = graph_of(read, file)
    for warning in graph.warnings:
        remark(f"crisis: warning: {warning}", quiet)
    if output is not None:
        write_file(output, lambda path: path.write_text(read.text, encoding="utf-8"))
        remark(f"wrote {output}; try `crisis solve {shlex.quote(str(output))}`", quiet)
    document: dict[str, Any] = {
        "schema": "gametheory_crisis.import/1",
        "file": file,
        "title": graph.title,
        "players": list(graph.players),
        "outcomes": list(graph.outcomes),
        "nodes": len(graph.nodes),
        "warnings": list(graph.warnings),
        "model": read.text,
    }
    if as_json:
        click.echo(encode(document))
    elif output is None:
        click.echo(read.text, nl=False)
