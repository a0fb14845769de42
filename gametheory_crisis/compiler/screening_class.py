"""Which games of private numbers and continuous offers are solved, told from the graph alone."""

from __future__ import annotations

from collections.abc import Iterator

from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Graph,
    GraphNode,
    Offer,
    Private,
    Simultaneous,
    edges,
)


def screened(graph: Graph) -> Private:
    """The private numbers of the one player who has any."""
    (private,) = graph.private.values()
    return private


def daily_offer(graph: Graph) -> str | None:
    """The offer with which every day begins, where a refusal leads back to it."""
    start = graph.nodes[graph.start]
    if not isinstance(start, Offer) or start.grid is not None or start.edge.days:
        return None
    answer = graph.nodes[start.edge.target]
    back = any(edge.days and edge.target == graph.start for edge in edges(answer))
    return graph.start if back else None


def screening_obstacle(graph: Graph) -> str | None:
    """What stands in the way of solving offers to a player with private numbers, if anything."""
    findings = (_whose_numbers, _public_moves, _continuous_offers, _first_moves, _days)
    return next((found for check in findings if (found := check(graph)) is not None), None)


def _whose_numbers(graph: Graph) -> str | None:
    """One player has private numbers: one continuum, or types."""
    if len(graph.private) > 1 or graph.joint_prior:
        return (
            f"private numbers of {', '.join(graph.private)} beside a continuous offer: only one "
            "player may have them; give the offer a grid (grid: 21) and continua points "
            "(points: 20)"
        )
    private = screened(graph)
    continua = [name for name, draw in private.draws.items() if draw.points is None]
    if len(private.draws) > len(continua):
        name = next(name for name in private.draws if name not in continua)
        return (
            f"the points of '{name}' beside a continuous offer; "
            "leave `points` out, or give the offer a grid (grid: 21)"
        )
    if len(continua) + bool(private.types) > 1:
        return (
            f"several private numbers of {private.player} beside a continuous offer, not all of "
            "them given by one type; give the offer a grid (grid: 21) and continua points"
        )
    return None


def _public_moves(graph: Graph) -> str | None:
    names = set(screened(graph).numbers) | set(screened(graph).draws)
    for node in graph.nodes.values():
        if isinstance(node, Simultaneous):
            return (
                f"the simultaneous move at '{node.name}' beside private numbers and a continuous "
                "offer; give the offer a grid (grid: 21)"
            )
        if isinstance(node, Decision | Offer | Chance) and node.observed_by is not None:
            return (
                f"the hidden move at '{node.name}' beside private numbers and a continuous offer; "
                "let all see it, or give the offer a grid (grid: 21)"
            )
        if isinstance(node, Chance):
            for event in node.events:
                if graph.expressions.free_symbols(event.probability) & names:
                    return (
                        f"the probability of '{event.name}' at '{node.name}' reads a private "
                        "number beside a continuous offer; give the offer a grid (grid: 21)"
                    )
    return None


def _continuous_offers(graph: Graph) -> str | None:
    """Every offer is made by somebody else and answered at once by the informed player."""
    informed = screened(graph).player
    for node in graph.nodes.values():
        if not isinstance(node, Offer):
            continue
        if node.player == informed:
            return (
                f"{informed}, who has private numbers, offers at '{node.name}', and an offer may "
                "give them away; give it a grid (grid: 21)"
            )
        answer = graph.nodes[node.edge.target]
        answered = isinstance(answer, Decision) and answer.player == informed
        if node.grid is None and (node.edge.days or not answered):
            return (
                f"the offer at '{node.name}' is not answered at once by {informed}, "
                "who has private numbers; give it a grid (grid: 21)"
            )
        if node.grid is not None:
            return (
                f"the offer at '{node.name}' has a grid, others are continuous; "
                "give all of them a grid, or none"
            )
    return None


def _first_moves(graph: Graph) -> str | None:
    """What the informed player does before the first offer could give its numbers away."""
    informed = screened(graph).player
    seen, stack = set(), [graph.start]
    while stack:
        node = graph.nodes[stack.pop()]
        if node.name in seen or (isinstance(node, Offer) and node.grid is None):
            continue
        seen.add(node.name)
        if isinstance(node, Decision) and node.player == informed and _offers_below(graph, node):
            return (
                f"{informed} moves at '{node.name}' before it gets an offer, which may give its "
                "private numbers away; give the offer a grid (grid: 21)"
            )
        stack += [edge.target for edge in edges(node)]
    return None


def _days(graph: Graph) -> str | None:
    """Days pass between offers in one way: a refusal leads to the next day's offer."""
    daily = daily_offer(graph)
    if daily is None:
        return _no_days(graph)
    answer = edges(graph.nodes[daily])[0].target
    if graph.cycle or graph.clock.deadline is None:
        return (
            f"offers at '{daily}' to a player with private numbers could go on for ever; "
            "give the clock a deadline"
        )
    if graph.state:
        return (
            f"the state variable '{next(iter(graph.state))}' beside daily offers to a player with "
            "private numbers; write what it remembers with the day, or give the offer a grid"
        )
    if len(edges(graph.nodes[answer])) != 2:
        return f"the answer at '{answer}' has to be one of two: a deal, or a day that passes"
    for node in _below(graph, graph.nodes[answer], but=daily):
        if any(edge.target == daily for edge in edges(node)) or isinstance(node, Offer):
            return (
                f"'{node.name}' leads to an offer besides the refusal at '{answer}'; "
                "with private numbers only a refusal may lead to the next day's offer"
            )
    return None


def _no_days(graph: Graph) -> str | None:
    """Without daily offers nobody gets a second offer once one has been refused."""
    for node in graph.nodes.values():
        if isinstance(node, Offer):
            answer = graph.nodes[node.edge.target]
            if _offers_below(graph, answer):
                return (
                    f"an offer may follow the answer at '{answer.name}'; with private numbers only "
                    "a refusal that leads back to the same offer on the next day may, from the "
                    "first node on"
                )
    return None


def _offers_below(graph: Graph, node: GraphNode) -> bool:
    return any(isinstance(below, Offer) for below in _below(graph, node))


def _below(graph: Graph, node: GraphNode, but: str = "") -> Iterator[GraphNode]:
    """The nodes that can come after one, the clock's included; not through the node ``but``."""
    seen: set[str] = set()
    stack = [edge.target for edge in edges(node)]
    clock = graph.clock
    if clock.expires is not None:
        stack.append(clock.expires)
    if clock.breakdown is not None:
        stack.append(clock.breakdown.target)
    while stack:
        name = stack.pop()
        if name in seen or name == but:
            continue
        seen.add(name)
        yield graph.nodes[name]
        stack += [edge.target for edge in edges(graph.nodes[name])]
