"""Where results go: stdout, a file that is whole or not there, progress on a terminal."""

from __future__ import annotations

import json
import math
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from gametheory_crisis.cli.failures import OutputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REFRESH = 0.2
"""Seconds between two updates of the progress shown."""


def emit(
    document: dict[str, Any],
    lines: Sequence[str],
    *,
    as_json: bool,
    output: Path | None = None,
    quiet: bool = False,
) -> None:
    """Print a result as JSON or as text, or write it to ``output``, whose suffix then decides.

    With ``as_json`` the object is printed in any case, and nothing else is.
    """
    text = "\n".join(lines)
    if output is not None:
        content = encode(document) if output.suffix.lower() == ".json" else text
        write_file(output, lambda path: path.write_text(content + "\n", encoding="utf-8"))
        remark(f"wrote {output}", quiet)
    if as_json:
        click.echo(encode(document))
    elif output is None:
        click.echo(text)


def encode(document: dict[str, Any]) -> str:
    """A document as JSON, for readers of both kinds."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def save_figure(figure: Figure, path: Path, quiet: bool) -> None:
    """Write a picture."""
    from gametheory_crisis.plots.style import save

    write_file(path, lambda target: save(figure, target))
    remark(f"wrote {path}", quiet)


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Have ``write`` fill a new file beside ``path``, then put it in the place of ``path``.

    Raises
    ------
    OutputError
        If the file cannot be written; what stood at ``path`` before is untouched.
    """
    temporary = path.with_name(f".{secrets.token_hex(4)}{path.suffix}")
    try:
        write(temporary)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def remark(text: str, quiet: bool) -> None:
    """Tell a person something that is no result."""
    if not quiet:
        click.echo(text, err=True)


def style(text: str, **looks: Any) -> str:
    """``text`` in colour where stdout is a terminal and nobody asked for none."""
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return click.style(text, **looks) if wanted else text


@contextmanager
def progress(
    quiet: bool, stream: TextIO | None = None, *, of: str = "cells"
) -> Iterator[Callable[[int, int], None] | None]:
    """A function that shows how many ``of`` all are done; None where nobody watches."""
    stream = stream or sys.stderr
    if quiet or not stream.isatty():
        yield None
        return
    meter = _Meter(stream, of)
    try:
        yield meter.show
    finally:
        print("\r\033[K", end="", file=stream, flush=True)


class _Meter:
    """How far a computation has got, how fast, and how long it will take, on one line."""

    def __init__(self, stream: TextIO, of: str) -> None:
        self._stream = stream
        self._of = of
        self._began: tuple[float, int] | None = None
        self._shown = -math.inf

    def show(self, done: int, total: int) -> None:
        """Write the line anew, a few times a second."""
        now = time.monotonic()
        if self._began is None or done < self._began[1]:
            self._began = now, done
        if now - self._shown < REFRESH and done < total:
            return
        self._shown = now
        share = 100 * done // max(total, 1)
        line = f"{share:3d} % of {total:,} {self._of}{self._pace(done, total)}"
        print(f"\r{line}\033[K", end="", file=self._stream, flush=True)

    def _pace(self, done: int, total: int) -> str:
        # What was done before the first call, by an earlier run, says nothing of the pace.
        began, before = self._began or (0.0, 0)
        elapsed = self._shown - began
        if elapsed < REFRESH or done <= before:
            return ""
        rate = (done - before) / elapsed
        pace = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
        return f", {pace}/s, {_duration((total - done) / rate)} left"


def _duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{round(minutes / 60)} h"
