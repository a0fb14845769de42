"""What the commands have in common: MODEL, ``-p``, ``--json``, ``-o`` and ``-q``."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

Command = TypeVar("Command", bound=Callable[..., Any])

PICTURES = (".png", ".svg", ".pdf")
TEXTS = (".txt", ".json")
FOLDERS = (".zarr",)
"""Of outputs that are folders; whether one may be replaced is for the command to say."""


def complete_model(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Shipped models whose names begin so; where there are none, files."""
    from gametheory_crisis.model import shipped_models

    start = incomplete.replace("-", "_")
    names = [name for name in sorted(shipped_models()) if name.startswith(start)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def model_argument(command: Command) -> Command:
    """MODEL, passed on as ``model``."""
    return click.argument("model", shell_complete=complete_model)(command)


def output_path(text: str, suffixes: Collection[str]) -> Path:
    """A path that can be written, or a usage error before any work is done.

    Links are followed, so that they outlive the writing.
    """
    path = Path(text)
    if path.suffix.lower() not in suffixes:
        known = ", ".join(suffixes)
        raise click.BadParameter(f"{text}: unknown suffix '{path.suffix}'; it may be {known}")
    try:
        path = path.resolve()
    except (OSError, RuntimeError):
        raise click.BadParameter(f"{text}: a link that leads nowhere") from None
    if path.exists() and not path.is_file() and path.suffix.lower() not in FOLDERS:
        raise click.BadParameter(f"{text}: not a file")
    if not path.parent.is_dir():
        raise click.BadParameter(f"{text}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise click.BadParameter(f"{text}: the folder {path.parent} cannot be written to")
    return path


def common_options(*suffixes: str) -> Callable[[Command], Command]:
    """``--json``, ``-o FILE`` with one of ``suffixes``, and ``-q``.

    Passed on as ``as_json``, ``output`` and ``quiet``.
    """

    def read(ctx: click.Context, param: click.Parameter, text: str | None) -> Path | None:
        return None if text is None else output_path(text, suffixes)

    decorators = (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        click.option(
            "-o",
            "--output",
            callback=read,
            default=None,
            metavar="FILE",
            help=f"Write to FILE ({', '.join(suffixes)}).",
        ),
        click.option("-q", "--quiet", is_flag=True, help="No progress and no remarks on stderr."),
    )

    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def point_option(command: Command) -> Command:
    """``-p NAME=VALUE``, repeatable; passed on as ``values``, exact."""
    return click.option(
        "-p",
        "--parameter",
        "values",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_read_values,
        help="Set a parameter: a number or a ratio such as 7/10; repeatable.",
    )(command)


def read_number(text: str) -> Fraction:
    """The exact value of a number or ratio, or a usage error."""
    from gametheory_crisis.language.parser import ExpressionError, parse_constant

    try:
        return parse_constant(text.strip())
    except ExpressionError as error:
        raise click.BadParameter(str(error)) from error


def split_assignment(text: str, form: str) -> tuple[str, str]:
    """Name and value of ``NAME=VALUE``; ``form`` is what the error shows as right."""
    name, equals, value = text.partition("=")
    if not (equals and name.strip() and value.strip()):
        raise click.BadParameter(f"'{text}': write {form}")
    return name.strip(), value.strip()


def check_name(kind: str, name: str, known: Collection[str]) -> None:
    """A usage error where ``name`` is none of ``known``."""
    from gametheory_crisis.language.report import unknown

    if name not in known:
        raise click.BadParameter(unknown(kind, name, known))


def _read_values(
    ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]
) -> dict[str, Fraction]:
    values: dict[str, Fraction] = {}
    for text in texts:
        name, value = split_assignment(text, "NAME=VALUE")
        if name in values:
            raise click.BadParameter(f"'{name}' is set twice")
        values[name] = read_number(value)
    return values
