"""``crisis solve``: the equilibria at one point."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gametheory_crisis.cli.options import TEXTS, common_options, model_argument, point_option
from gametheory_crisis.cli.output import emit, progress, style
from gametheory_crisis.engines.request import METHODS, REFINEMENTS, SELECTIONS

if TYPE_CHECKING:
    from gametheory_crisis.language.graph import Graph
    from gametheory_crisis.results import Equilibrium, Number, Solution

ROUNDING = 1e-15
"""Payoffs that are not exact and no larger are printed as 0."""
MAX_TOLD = 4
"""Equilibria told in full; of the others only the result is printed."""


@click.command("solve")
@model_argument
@point_option
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=None,
    help="Engine or solution concept; default: the model's own.",
)
@click.option(
    "--select", type=click.Choice(SELECTIONS), default=None, help="Which equilibrium where several."
)
@click.option(
    "--refine",
    type=click.Choice(REFINEMENTS, case_sensitive=False),
    default=None,
    help="Remove equilibria of a signalling game that a refinement rules out.",
)
@click.option("--exact", is_flag=True, help="Insist on rational arithmetic.")
@click.option(
    "--tolerance",
    type=float,
    default=None,
    help="Largest error of a step, where a method approximates (daily offers to a continuum).",
)
@common_options(*TEXTS)
def command(
    model: str,
    values: dict[str, Fraction],
    method: str | None,
    select: str | None,
    refine: str | None,
    exact: bool,
    tolerance: float | None,
    as_json: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    """Find the equilibria of MODEL at one point: outcomes, payoffs, and who does what.

    \b
    crisis solve sixty_day_ultimatum -p T=30 -p c_iran=2/5
    """
    from gametheory_crisis.model import load

    loaded = load(model)
    point = loaded.point(values)
    with progress(quiet, of="equilibria") as show:
        solution = loaded.solve_point(
            point,
            method=method,
            select=select,
            refine=refine,
            exact=exact,
            progress=show,
            tolerance=tolerance,
        )
    lines = solution_lines(loaded.graph, solution)
    emit(solution.to_dict(), lines, as_json=as_json, output=output, quiet=quiet)


def solution_lines(graph: Graph, solution: Solution) -> list[str]:
    """A solution for people."""
    count = len(solution.equilibria)
    plural = "equilibrium" if count == 1 else "equilibria"
    complete = "all there are" if solution.complete else "perhaps not all"
    removed = len(solution.refined_away)
    found = f"{count} of {count + removed}" if removed else str(count)
    own = graph.cycle and solution.method == "recursion"
    how = "" if own else f" by {solution.method}"  # the notes say more of games without end
    lines = [
        style(graph.title, bold=True),
        f"{found} {solution.concept} {plural}{how} ({complete})",
    ]
    for place, equilibrium in enumerate(solution.equilibria, start=1):
        title = f"Equilibrium {place} of {count}" if count > 1 else "Equilibrium"
        lines += ["", style(title, bold=True), *_result(equilibrium)]
        if place <= MAX_TOLD:
            lines += _strategies(graph, equilibrium)
    for equilibrium in solution.refined_away:
        title = f"Refined away: {equilibrium.kind or equilibrium.regime}"
        lines += ["", style(title, bold=True), f"  {equilibrium.refined_away}"]
    return lines + [f"note: {note}" for note in solution.notes]


def _result(equilibrium: Equilibrium) -> list[str]:
    from gametheory_crisis.cli.wording import columns, ending, number

    day = equilibrium.expected_day
    rounding = max(equilibrium.regret, equilibrium.error or 0.0, ROUNDING)
    payoffs: Mapping[str, Number] = equilibrium.exact_payoffs or {
        name: payoff if abs(payoff) > rounding else 0.0
        for name, payoff in equilibrium.payoffs.items()
    }
    arithmetic = "exact" if equilibrium.exact else "floating point"
    kind = [("kind", equilibrium.kind)] if equilibrium.kind else []
    error = equilibrium.error
    near = [] if error is None else [("error", f"{number(error)} (estimate)")]
    return columns(
        [
            *kind,
            ("regime", equilibrium.regime),
            ("outcomes", _pairs({k: p for k, p in equilibrium.outcomes.items() if p > 0})),
            ("payoffs", _pairs(payoffs)),
            ("ends", ending(day, equilibrium.outcomes.get("forever", 0.0))),
            ("regret", f"{number(equilibrium.regret)} ({arithmetic})"),
            *near,
        ]
    )


def _pairs(numbers: Mapping[str, Number]) -> str:
    from gametheory_crisis.cli.wording import number

    return ", ".join(f"{name} {number(value)}" for name, value in numbers.items())


def _strategies(graph: Graph, equilibrium: Equilibrium) -> list[str]:
    from gametheory_crisis.cli.strategies import tell

    return [f"  {line}" for line in tell(graph, equilibrium)]
