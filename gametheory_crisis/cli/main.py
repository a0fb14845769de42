"""The entry point: a group that knows its commands by name and imports the one that runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from keyword import iskeyword

import click
from click.shell_completion import CompletionItem

from gametheory_crisis import __version__
from gametheory_crisis.cli.failures import report

COMMANDS = {
    "models": "List the shipped models.",
    "show": "Describe a model: players, parameters, moves, class.",
    "check": "Validate a model and verify its claims.",
    "new": "Write a commented starter file.",
    "solve": "Equilibria at one point.",
    "map": "Draw the regimes over two parameters.",
    "timeline": "When play ends, and how: outcomes by day.",
    "sweep": "Solve over one or more parameters and store the numbers.",
    "sensitivity": "Which parameters matter, and how much.",
    "flip": "The nearest point at which the regime changes.",
    "scenarios": "Simple rules that describe a regime.",
    "repeated": "When restraint enforces itself in a game played every day.",
    "export": "Write a game for Gambit and OpenSpiel.",
    "import": "Turn a game of Gambit's into a model.",
}
"""Names in the order of a first session, with their help lines; each has a module of its name, or
of its name and `_` where the name is a word of Python."""


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, imported when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, its module imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = import_module(f"gametheory_crisis.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Completions of a command's name, from the table alone."""
        return [
            CompletionItem(name, help=line)
            for name, line in COMMANDS.items()
            if name.startswith(incomplete)
        ] + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that ``args`` name; an unknown one is answered with its nearest kin."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(name, COMMANDS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"it is one of {', '.join(COMMANDS)}"
            raise click.UsageError(f"unknown command '{name}'; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="crisis", message="%(prog)s %(version)s")
def commands() -> None:
    """Write a crisis down as a graph of moves; see where deals, strikes or stalemates prevail.

    MODEL is a path, or the name of a shipped model (see `crisis models`).

    \b
    crisis show sixty_day_ultimatum
    crisis solve sixty_day_ultimatum -p T=30 -p c_iran=2/5
    crisis map sixty_day_ultimatum -o map.png
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``crisis``; the entry point of the console script.

    Parameters
    ----------
    arguments : words after the program's name, default those of the process

    Returns
    -------
    int
        the exit code: 0 done; 1 the computation failed or a claim does not hold; 2 the input or
        the usage is wrong; 130 interrupted
    """
    colour = False if os.environ.get("NO_COLOR") else None
    # Left to click, a call without a word would be a usage error.
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        if "_CRISIS_COMPLETE" in os.environ:
            commands.main(words, prog_name="crisis")
        # `commands.main` would put its own words around failures.
        with commands.make_context("crisis", words, color=colour) as context:
            commands.invoke(context)
    except (Exception, KeyboardInterrupt) as error:
        return report(error)
    return 0
