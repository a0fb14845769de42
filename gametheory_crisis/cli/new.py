"""``crisis new``: a commented file to start from."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from gametheory_crisis.cli.failures import OutputError
from gametheory_crisis.cli.options import output_path
from gametheory_crisis.cli.output import emit, write_file

MODELS = (".yaml", ".yml")


def _read_path(ctx: click.Context, param: click.Parameter, text: str) -> Path:
    """The path; ``.yaml`` is understood where there is no suffix."""
    path = Path(text)
    if path.is_dir():
        raise click.BadParameter(f"{path}: is a folder; write {path / 'NAME.yaml'}")
    return output_path(text if path.suffix else f"{text}.yaml", MODELS)


@click.command("new")
@click.argument("file", callback=_read_path, metavar="NAME.yaml")
@click.option("--title", default=None, metavar="TEXT", help="Default: the file's name.")
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing.")
def command(file: Path, title: str | None, force: bool, as_json: bool, quiet: bool) -> None:
    """Write a small, complete model with comments to NAME.yaml.

    \b
    crisis new standoff.yaml --title "The standoff"
    """
    from gametheory_crisis.language.starter import starter

    if file.exists() and not force:
        raise OutputError(f"{file}: exists; --force overwrites it")
    title = title or file.stem.replace("_", " ").replace("-", " ").strip().capitalize()
    write_file(file, lambda path: path.write_text(starter(title), encoding="utf-8"))
    if as_json or not quiet:
        document = {"schema": "gametheory_crisis.new/1", "file": str(file), "title": title}
        word = shlex.quote(str(file))
        lines = [f"wrote {file}; try `crisis show {word}` and `crisis check {word}`"]
        emit(document, lines, as_json=as_json)
