"""What must hold of the whole graph of moves: no dead ends, no endless day, offers in scope."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gametheory_crisis.language.builder import Builder
from gametheory_crisis.language.flow import check_offer_scopes, reachable
from gametheory_crisis.language.graph import Clock, GraphNode, StateVariable
from gametheory_crisis.language.report import Path, Report, unknown
from gametheory_crisis.language.scopes import Names
from gametheory_crisis.language.states import (
    MAX_PAIRS,
    Explorer,
    Pair,
    StateGraph,
    TooManyStates,
    find_cycle,
)


def check_targets(builder: Builder, game: Collection[str], report: Report) -> bool:
    """Report targets that are no node of ``game``; whether all are."""
    complete = True
    for path, name in builder.targets:
        if name not in game:
            complete = False
            report.add(path, unknown("node", name, game))
    return complete


def check_graph(
    nodes: Mapping[str, GraphNode],
    start: str,
    clock: Clock,
    variables: Mapping[str, StateVariable],
    names: Names,
    paths: Mapping[str, Path],
    report: Report,
) -> None:
    """Report unreachable nodes, offers out of scope, endless days and states without a way on."""
    reached = reachable(nodes, start, clock)
    for name in nodes:
        if name not in reached and "." not in name:
            message = f"no path from the start '{start}' leads to this node"
            report.add(paths[name], message, key=True)
    check_offer_scopes(names.offer_uses, nodes, start, clock, report)
    if report.touches("if", "set", "state", "define"):
        return
    explorer = Explorer(nodes, clock, variables, names.expressions, paths, report)
    try:
        graph = explorer.explore(start)
    except TooManyStates:
        message = f"play can reach more than {MAX_PAIRS:,} pairs of a node and a state"
        report.add(("state",), message)
        return
    _check_cycles(graph, clock, names, paths, report)


def _check_cycles(
    graph: StateGraph, clock: Clock, names: Names, paths: Mapping[str, Path], report: Report
) -> None:
    cycle = find_cycle(graph.today)
    if cycle is not None:
        message = f"a cycle that passes no day: {_write(cycle)}; let an edge take `days: 1`"
        report.add(paths[cycle[0][0]], message)
        return
    both = {pair: [*graph.today[pair], *graph.later[pair]] for pair in graph.today}
    expired = {pair: both[pair] for pair in both if pair[2]}
    cycle = find_cycle(expired)
    if cycle is not None:
        message = f"a cycle after the deadline: {_write(cycle)}; what follows `expires` must end"
        report.add(("clock", "expires"), message)
    if clock.deadline is not None or not names.day_uses:
        return
    cycle = find_cycle(both)
    if cycle is None:
        return
    for use in names.day_uses:
        subject = (
            "'day'" if use.through is None else f"the definition '{use.through}' reads 'day', which"
        )
        message = (
            f"{subject} cannot stand where play has no deadline and can go on for ever "
            f'({_write(cycle)}); count with a state, e.g. set: {{t: "min(t + 1, 60)"}}'
        )
        report.add(use.path, message, offset=use.offset)


def _write(cycle: list[Pair]) -> str:
    nodes = [pair[0] for pair in cycle]
    if len(nodes) > 10:
        nodes = [*nodes[:8], "...", nodes[-1]]
    return " -> ".join(nodes)
