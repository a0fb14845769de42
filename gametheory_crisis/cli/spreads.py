"""What analyses have in common: what varies, after ``--over``, and ``--select``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gametheory_crisis.cli.map import RULES
from gametheory_crisis.cli.options import check_name, read_number, split_assignment

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.sweeps.space import Spread

Command = TypeVar("Command", bound=Callable[..., Any])

FORM = "NAME, NAME=lo:hi or NAME=beta(a, b, lo, hi)"
_DISTRIBUTION = re.compile(r"\s*([a-z]+)\s*\(([^()]*)\)\s*", re.ASCII)


def over_option(command: Command) -> Command:
    """``--over``, repeatable; passed on as ``over``, to be read by `read_spreads`."""
    return click.option(
        "--over",
        "over",
        multiple=True,
        metavar="NAME[=lo:hi]",
        help="A parameter that varies, over its range unless ends or a distribution such as "
        "'beta(2, 3, 0, 0.6)' are given; repeatable, names may stand in a list with commas. "
        "Default: all parameters that have a range.",
    )(command)


def rule_option(command: Command) -> Command:
    """``--select``; passed on as ``select``."""
    return click.option(
        "--select",
        type=click.Choice(RULES),
        default=None,
        help="Which equilibrium counts where a point has several; default: the one listed first.",
    )(command)


def read_spreads(texts: Sequence[str], model: Model) -> dict[str, Spread] | None:
    """The spreads that ``--over`` names, in order; None where it was not given."""
    spreads: dict[str, Spread] = {}
    for text in texts:
        parts = [text] if "=" in text else text.split(",")
        for part in parts:
            name, spread = _read_spread(part, model)
            if name in spreads:
                raise click.BadParameter(f"'{name}' stands twice in what varies")
            spreads[name] = spread
    return spreads or None


def _read_spread(text: str, model: Model) -> tuple[str, Spread]:
    if "=" not in text:
        return text.strip(), _whole_range(text.strip(), model)
    name, value = split_assignment(text, FORM)
    check_name("parameter", name, model.graph.parameters)
    found = _DISTRIBUTION.fullmatch(value)
    if found:
        return name, _distribution(text, found[1], found[2])
    ends = value.split(":")
    if len(ends) != 2:
        raise click.BadParameter(f"'{text}': write {FORM}")
    low, high = (float(read_number(end)) for end in ends)
    return name, (low, high)


def _whole_range(name: str, model: Model) -> Spread:
    check_name("parameter", name, model.graph.parameters)
    span = model.graph.parameters[name].range
    if span is None:
        raise click.BadParameter(f"'{name}' has no range in the file; write {name}=lo:hi")
    return float(span[0]), float(span[1])


def _distribution(text: str, name: str, inside: str) -> Spread:
    from gametheory_crisis.analysis.arguments import DISTRIBUTIONS

    if name not in DISTRIBUTIONS:
        raise click.BadParameter(f"'{text}': distributions are {', '.join(DISTRIBUTIONS)}")
    numbers = [float(read_number(part)) for part in inside.split(",")] if inside.strip() else []
    if len(numbers) != DISTRIBUTIONS[name]:
        raise click.BadParameter(
            f"'{text}': {name} takes {DISTRIBUTIONS[name]} numbers, not {len(numbers)}"
        )
    return name, tuple(numbers)
