"""``crisis models``: the shipped models."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

import click

from gametheory_crisis.cli.options import TEXTS, common_options
from gametheory_crisis.cli.output import emit, style


@click.command("models")
@common_options(*TEXTS)
def command(as_json: bool, output: Path | None, quiet: bool) -> None:
    """List the shipped models.

    \b
    crisis models
    """
    entries = _entries()
    document = {"schema": "gametheory_crisis.models/1", "models": entries}
    emit(document, _lines(entries), as_json=as_json, output=output, quiet=quiet)


def _entries() -> list[dict[str, Any]]:
    from gametheory_crisis.model import load, shipped_models

    entries = [
        {
            "name": name,
            "title": load(name).graph.title,
            "collection": PurePath(str(file)).parent.name,
            "file": str(file),
        }
        for name, file in shipped_models().items()
    ]
    return sorted(entries, key=lambda entry: (entry["collection"] != "crisis", entry["name"]))


def _lines(entries: list[dict[str, Any]]) -> list[str]:
    width = max((len(entry["name"]) for entry in entries), default=0)
    lines: list[str] = []
    collection = None
    for entry in entries:
        if entry["collection"] != collection:
            collection = entry["collection"]
            lines.append(style(str(collection), bold=True))
        lines.append(f"  {entry['name'].ljust(width)}  {entry['title']}")
    return lines
