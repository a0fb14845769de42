"""``crisis scenarios``: simple rules that describe a regime."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gametheory_crisis.cli.budgets import affordable_points, remark_slow_points
from gametheory_crisis.cli.options import (
    PICTURES,
    TEXTS,
    check_name,
    common_options,
    model_argument,
    point_option,
)
from gametheory_crisis.cli.output import emit, progress, remark, save_figure
from gametheory_crisis.cli.spreads import over_option, read_spreads, rule_option
from gametheory_crisis.cli.wording import columns, number

if TYPE_CHECKING:
    from gametheory_crisis.analysis.scenarios.discovery import Scenarios
    from gametheory_crisis.analysis.scenarios.results import Box, Scenario, Tree
    from gametheory_crisis.model import Model

POINTS = 4096
MOST_POINTS = 2_000_000
"""More do not fit in the memory of an ordinary machine."""
LOST = 0.1
"""A share that falls by more on fresh points was bent to the sample."""


@click.command("scenarios")
@model_argument
@click.option(
    "--regime",
    "regimes",
    multiple=True,
    metavar="NAME",
    help="A regime to describe; repeatable. Default: every one that occurs.",
)
@over_option
@click.option(
    "-n",
    "count",
    type=click.IntRange(20, MOST_POINTS),
    default=None,
    help="Points to solve; as many more check what was found. Default: 4096, fewer where a model "
    "is solved slowly.",
)
@click.option(
    "--density",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.8,
    show_default=True,
    help="How pure a box should be: the regime's share of the points inside.",
)
@click.option(
    "--boxes",
    type=click.IntRange(1, 20),
    default=3,
    show_default=True,
    help="Boxes for a regime, at most.",
)
@click.option(
    "--depth",
    type=click.IntRange(1, 10),
    default=3,
    show_default=True,
    help="Questions of the tree one after the other, at most.",
)
@click.option(
    "--method",
    type=click.Choice(("prim", "tree", "both")),
    default="both",
    show_default=True,
    help="Boxes (the Patient Rule Induction Method), a shallow tree, or both.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the draw."
)
@rule_option
@point_option
@common_options(*PICTURES, *TEXTS)
def command(
    model: str,
    regimes: tuple[str, ...],
    over: tuple[str, ...],
    count: int | None,
    density: float,
    boxes: int,
    depth: int,
    method: str,
    seed: int,
    select: str | None,
    values: dict[str, Fraction],
    as_json: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    """Describe the regimes of MODEL by simple rules: which parameters, between which limits.

    A rule covers a share of a regime's points, and is pure to the regime's share of the points that
    meet it. Both are given on the points on which the rule was found and on fresh ones.

    \b
    crisis scenarios sixty_day_ultimatum --over c_iran=0:0.6 --over threat=0:0.6
    crisis scenarios sixty_day_ultimatum --regime strike --over c_iran,threat -o strike.png
    """
    from gametheory_crisis.analysis.scenarios.discovery import scenarios
    from gametheory_crisis.model import load

    loaded = load(model)
    for name in regimes:
        check_name("regime", name, loaded.regimes)
    picture = output is not None and output.suffix.lower() in PICTURES
    if picture and method == "tree":
        raise click.UsageError("a picture shows boxes; leave out '--method tree'")
    spreads = read_spreads(over, loaded)
    count = _sample_size(loaded, count, select, quiet)
    with progress(quiet, of="points") as show:
        found = scenarios(
            loaded,
            regimes or None,
            over=spreads,
            values=values,
            n=count,
            seed=seed,
            method=method,
            boxes=boxes,
            density=density,
            depth=depth,
            select=select,
            progress=show,
        )
    if output is not None and picture:
        from gametheory_crisis.plots.scenarios import draw_scenarios

        save_figure(draw_scenarios(loaded.graph, found), output, quiet)
        output = None
    said = lines(found, loaded.graph.title)
    emit(found.to_dict(), said, as_json=as_json, output=output, quiet=quiet)
    for name in bent(found):
        remark(f"{name}: the rules fit fresh points worse than their own; try a larger -n", quiet)


def _sample_size(model: Model, asked: int | None, select: str | None, quiet: bool) -> int:
    """How many points are drawn; where that takes long, it is said."""
    most = affordable_points(model, select)
    count = asked or (POINTS if most is None else min(POINTS, most // 2))
    remark_slow_points(
        model,
        2 * count,
        "half of them fresh; -n sets another number",
        fewer=asked is None and count < POINTS,
        select=select,
        quiet=quiet,
    )
    return count


def lines(found: Scenarios, title: str) -> list[str]:
    """The result for people."""
    total = len(found.sample.regime)
    names = ", ".join(found.names)
    said = [f"{title}: {total:,} points over {names}, and {total:,} fresh ones"]
    if found.sample.unsolved:
        said.append(f"unsolved, of no regime: {found.sample.unsolved:,} points")
    for scenario in found.scenarios:
        said += ["", *_scenario_lines(scenario, found.density)]
    if found.tree is not None:
        said += ["", *_tree_lines(found.tree)]
    return said


def bent(found: Scenarios) -> list[str]:
    """Regimes whose boxes fit fresh points much worse than those on which they were found."""
    return [
        one.regime
        for one in found.scenarios
        if one.boxes
        and min(one.fresh.coverage - one.fit.coverage, one.fresh.density - one.fit.density) < -LOST
    ]


def _scenario_lines(scenario: Scenario, density: float) -> list[str]:
    said = scenario.text.splitlines()
    asked = f"{number(100 * density)} %"
    if not scenario.boxes:
        fit = scenario.fit
        plain = density * fit.points <= fit.members < fit.points
        return [*said, f"  no limit is needed for the {asked} asked for"] if plain else said
    said.append(f"  on fresh points: {scenario.fresh.text}")
    if scenario.fit.density < density:
        said.append(
            f"  less pure than the {asked} asked for: no box that covers more than a few is"
        )
    for place, box in enumerate(scenario.boxes, 1):
        if len(scenario.boxes) > 1:
            said.append(f"  box {place}, on fresh points: {box.fresh.text}")
        said += columns(_weights(box), indent=4)
    return said


def _weights(box: Box) -> list[list[str]]:
    """What each restriction does."""
    from gametheory_crisis.analysis.scenarios.words import percent

    return [
        [
            one.text,
            f"without it pure to {percent(weight.density_without)}",
            f"by chance {weight.quasi_p_value:.1g}",
            f"on fresh points {weight.p_value:.1g}",
        ]
        for one, weight in zip(box.restrictions, box.weights, strict=True)
    ]


def _tree_lines(tree: Tree) -> list[str]:
    from gametheory_crisis.analysis.scenarios.words import percent

    right = f"right at {percent(tree.accuracy)}, at {percent(tree.fresh_accuracy)} of fresh points"
    questions = f"{tree.depth} question{'' if tree.depth == 1 else 's'}"
    return [f"tree of at most {questions}, {right}", *(f"  {x}" for x in tree.text.splitlines())]
