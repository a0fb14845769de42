"""What must hold of the whole graph of moves: no dead ends, no endless day, offers in scope."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gametheory_crisis.language.builder import Builder
from gametheory_crisis.language.flow import check_offer_scopes, reachable
from gametheory_crisis.language.graph import Clock, GraphNode, StateVariable
from gametheory_crisis.language.report import Path, Report, unknown
from gametheory_crisis.language.scopes import Names
from gametheory_crisis.language.states import (
    Explorer,
    StateGraph,
    Successors,
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
) -> tuple[str, ...]:
    """Report unreachable nodes, offers out of scope, endless days and states without a way on.

    Returns
    -------
    the nodes of a cycle on which play can stay for ever; none where the clock or the state ends it
    """
    reached = reachable(nodes, start, clock)
    for name in nodes:
        if name not in reached and "." not in name:
            message = f"no path from the start '{start}' leads to this node"
            report.add(paths[name], message, key=True)
    check_offer_scopes(names.offer_uses, nodes, start, clock, report)
    if report.touches("if", "set", "state", "define"):
        return ()
    explorer = Explorer(nodes, clock, variables, names.expressions, paths, report)
    try:
        graph = explorer.explore(start)
    except TooManyStates as error:
        report.add(("state",), str(error))
        return ()
    if not _days_end(graph, paths, report) or clock.deadline is not None:
        return ()
    cycle = find_cycle(_all_successors(graph), graph.order)
    if cycle is None:
        return ()
    _check_day_uses(_write(graph, cycle), names, report)
    return tuple(graph.nodes[pair] for pair in cycle)


def _days_end(graph: StateGraph, paths: Mapping[str, Path], report: Report) -> bool:
    """Report a cycle that passes no day, or else one behind the deadline; whether days end."""
    cycle = find_cycle(graph.today, graph.order)
    if cycle is not None:
        message = f"a cycle that passes no day: {_write(graph, cycle)}; let an edge take `days: 1`"
        report.add(paths[graph.nodes[cycle[0]]], message)
        return False
    cycle = find_cycle(_all_successors(graph), graph.expired)
    if cycle is not None:
        written = _write(graph, cycle)
        message = f"a cycle after the deadline: {written}; what follows `expires` must end"
        report.add(("clock", "expires"), message)
    return True


def _all_successors(graph: StateGraph) -> Successors:
    return [today + later for today, later in zip(graph.today, graph.later, strict=True)]


def _check_day_uses(cycle: str, names: Names, report: Report) -> None:
    """Report every use of ``day`` where days have no end."""
    for use in names.day_uses:
        subject = (
            "'day'" if use.through is None else f"the definition '{use.through}' reads 'day', which"
        )
        message = (
            f"{subject} cannot stand where play has no deadline and can go on for ever "
            f'({cycle}); count with a state, e.g. set: {{t: "min(t + 1, 60)"}}'
        )
        report.add(use.path, message, offset=use.offset)


def _write(graph: StateGraph, cycle: Sequence[int]) -> str:
    nodes = [graph.nodes[pair] for pair in cycle]
    if len(nodes) > 10:
        nodes = [*nodes[:8], "...", nodes[-1]]
    return " -> ".join(nodes)
