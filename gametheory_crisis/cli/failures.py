"""What the user sees when something fails: one line per problem and an exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
"""Exit codes: failed computation or claim; wrong input or usage; interrupted."""


class OutputError(click.ClickException):
    """A file that cannot be written as asked."""

    exit_code = MISUSED


def report(error: BaseException) -> int:
    """Say on stderr what went wrong, and return the exit code.

    With ``CRISIS_DEBUG`` in the environment an error that nobody foresaw is raised again, traceback
    and all.
    """
    code, lines = _explain(error)
    if lines is None:
        if os.environ.get("CRISIS_DEBUG"):
            raise error
        name, text = type(error).__name__, " ".join(str(error).split())
        lines = [f"internal error: {name}: {text} (CRISIS_DEBUG=1 shows the traceback)"]
    with suppress(OSError):
        for line in lines:
            click.echo(f"crisis: {line}", err=True)
    return code


def _explain(error: BaseException) -> tuple[int, list[str] | None]:
    """Exit code and lines of an error; None for the lines of one that nobody foresaw."""
    from gametheory_crisis import errors

    if isinstance(error, click.exceptions.Exit):
        return error.exit_code, []
    # Compiled code that is interrupted raises an error of its own, caused by the interrupt.
    if isinstance(error, (click.Abort, KeyboardInterrupt)) or isinstance(
        error.__cause__, KeyboardInterrupt
    ):
        return INTERRUPTED, ["interrupted"]
    if isinstance(error, click.UsageError):
        return MISUSED, [_usage(error)]
    if isinstance(error, click.ClickException):
        return error.exit_code, [f"error: {error.format_message()}"]
    if isinstance(error, errors.SolverError):
        return FAILED, _errors(error)
    if isinstance(error, errors.CrisisError):
        return MISUSED, _errors(error)
    if isinstance(error, MemoryError):
        return FAILED, ["error: not enough memory; a coarser grid needs less"]
    if isinstance(error, OSError) and error.filename is None:
        _drop_stdout()
        if isinstance(error, BrokenPipeError):
            return FAILED, []
        return FAILED, [f"error: cannot write the output: {error.strerror}"]
    return FAILED, None


def _errors(error: Exception) -> list[str]:
    return [f"error: {line}" for line in str(error).splitlines()]


def _usage(error: click.UsageError) -> str:
    """A usage error in one line, with the command whose help would settle it."""
    message = " ".join(error.format_message().split()).rstrip(".")
    path = error.ctx.command_path if error.ctx else "crisis"
    return f"error: {message} (see '{path} --help')"


def _drop_stdout() -> None:
    """Let go of what stdout holds; on leaving, the interpreter would try to write it again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
