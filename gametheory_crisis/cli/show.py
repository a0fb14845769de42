"""``crisis show``: a model in plain words, or its graph of moves as a picture."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gametheory_crisis.cli.options import PICTURES, TEXTS, common_options, model_argument
from gametheory_crisis.cli.output import emit, save_figure, style
from gametheory_crisis.results import plain

if TYPE_CHECKING:
    from gametheory_crisis.language.graph import Graph, Parameter
    from gametheory_crisis.model import Model

WIDTH = 100


@click.command("show")
@model_argument
@common_options(*PICTURES, *TEXTS)
def command(model: str, as_json: bool, output: Path | None, quiet: bool) -> None:
    """Describe MODEL: its players, parameters and moves, and what solves it.

    With -o and the suffix of a picture, the graph of moves is drawn.

    \b
    crisis show sixty_day_ultimatum
    crisis show sixty_day_ultimatum -o tree.svg
    """
    from gametheory_crisis.model import load

    loaded = load(model)
    if output is not None and output.suffix.lower() in PICTURES:
        from gametheory_crisis.plots.move_graph import draw_graph

        save_figure(draw_graph(loaded.graph), output, quiet)
        if not as_json:
            return
        output = None
    emit(_document(loaded), _lines(loaded), as_json=as_json, output=output, quiet=quiet)


def _solver(model: Model) -> tuple[str | None, str | None, str | None]:
    """Engine and concept, or else the feature that no engine solves."""
    from gametheory_crisis.errors import UnsupportedGame

    try:
        return model.engine, model.concept, None
    except UnsupportedGame as obstacle:
        return None, None, str(obstacle)


def _tree(model: Model) -> dict[str, int] | None:
    """How large the tree is at the file's own values, where a tree is what is solved."""
    from gametheory_crisis.errors import CrisisError

    if model.game_class.engine != "tree" or model.game_class.obstacle is not None:
        return None
    try:
        form = model.tree.form(model.point())
    except CrisisError:
        return None
    return {"histories": len(form.histories), "information_sets": len(form.information_sets)}


def _alike(model: Model) -> list[str]:
    """The nodes that a player cannot tell apart, and what it has seen there."""
    if _tree(model) is None:
        return []
    form = model.tree.form(model.point())
    lines: dict[str, None] = {}
    for place in form.information_sets:
        nodes = list(dict.fromkeys(form.histories.node[history] for history in place.histories))
        if len(nodes) > 1:
            seen = f" after {', '.join(place.seen)}" if place.seen else ""
            lines[f"{form.players[place.player]}: {', '.join(nodes)}{seen}"] = None
    return list(lines)


def _document(model: Model) -> dict[str, Any]:
    from gametheory_crisis.cli.wording import Narrator

    graph, narrator = model.graph, Narrator(model.graph)
    engine, concept, unsupported = _solver(model)
    return {
        "schema": "gametheory_crisis.show/1",
        "model": model.name,
        "title": graph.title,
        "doc": graph.doc,
        "players": dict(graph.players),
        "parameters": {name: _parameter(value) for name, value in graph.parameters.items()},
        "nodes": {
            name: {"kind": narrator.kind(node), "doc": node.doc, "text": narrator.node(node)}
            for name, node in graph.nodes.items()
        },
        "start": graph.start,
        "outcomes": {name: outcome.label or name for name, outcome in graph.outcomes.items()},
        "regimes": list(model.regimes),
        "engine": engine,
        "concept": concept,
        "unsupported": unsupported,
        "tree": _tree(model),
        "sources": list(graph.sources),
        "warnings": list(graph.warnings),
        "digest": graph.digest,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "value": plain(parameter.value),
        "range": parameter.range and [plain(end) for end in parameter.range],
        "integer": parameter.integer,
        "unit": parameter.unit,
        "doc": parameter.doc,
    }


def _lines(model: Model) -> list[str]:
    from gametheory_crisis.cli.wording import Narrator, columns

    graph, narrator = model.graph, Narrator(model.graph)
    engine, concept, unsupported = _solver(model)
    lines = [style(graph.title, bold=True)]
    for paragraph in graph.doc.split("\n\n"):
        lines += textwrap.wrap(paragraph, WIDTH)
    solved = f"{engine} ({concept})" if engine else f"not solved: {unsupported}"
    tree = _tree(model)
    if tree is not None:
        solved += f"; {tree['histories']:,} histories in all, "
        solved += f"{tree['information_sets']:,} information sets"
    lines += _section("Class", [f"  {solved}"])
    lines += _section("Players", columns(graph.players.items()))
    lines += _section("Parameters", columns(map(_row, graph.parameters.values())))
    lines += _section("Clock", [f"  {line}" for line in narrator.clock()])
    lines += _section("Known to one player alone", [f"  {line}" for line in narrator.private()])
    lines += _section("Moves", _moves(graph, narrator))
    lines += _section("Nodes that look alike to", [f"  {line}" for line in _alike(model)])
    lines += _section("Regimes", columns(_regimes(graph)))
    lines += _section("Sources", [f"  {source}" for source in graph.sources])
    return lines + _section("Warnings", [f"  {warning}" for warning in graph.warnings])


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", style(title, bold=True), *lines] if lines else []


def _row(parameter: Parameter) -> tuple[str, ...]:
    """Name, value, range, unit and doc, as a row of the table."""
    from gametheory_crisis.cli.wording import number

    ends = parameter.range and ", ".join(number(end) for end in parameter.range)
    span = f"in [{ends}]" if ends else ""
    return (parameter.name, number(parameter.value), span, parameter.unit, parameter.doc)


def _regimes(graph: Graph) -> list[tuple[str, str]]:
    """Each regime and when it holds."""
    from gametheory_crisis.language.rendering import render

    rows = []
    for regime in graph.regimes:
        if regime.condition is not None:
            said = render(graph.expressions, regime.condition).replace("outcome:", "")
            rows.append((regime.name, said))
    if rows:
        return [*rows, ("(else)", "the likeliest outcome")]
    return [(name, "where it is the likeliest outcome") for name in graph.outcomes]


def _moves(graph: Graph, narrator: Any) -> list[str]:
    """Every node that is a move, the first one first; endings are told where they are reached."""
    names = sorted(graph.nodes, key=lambda name: name != graph.start)
    lines = []
    for name in names:
        node = graph.nodes[name]
        if narrator.kind(node) != "terminal" or name == graph.start:
            first, *rest = narrator.node(node)
            lines.append(f"  {name}: {first}")
            lines += [f"    {line}" for line in rest]
    return lines
