"""What the picture of a graph says: the text of nodes, of links and of its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import (
    Action,
    Chance,
    Decision,
    Edge,
    Expr,
    Graph,
    GraphNode,
    Offer,
    Private,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.language.rendering import render
from gametheory_crisis.plots import style

NAME, NOTE = 9.5, 7.0
"""Sizes of text: names, and what is said of them."""
NODE_WIDTH, LABEL_WIDTH = 190.0, 150.0
"""Widest text in a node and in a link's label, in points."""
MOST_GRID = 4
"""A grid of offers with more values is described by its ends."""

EXPIRES, BREAKDOWN = "clock: expires", "clock: breakdown"
"""Names of the two clocks in a picture; no node of a file has a space in its name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; ``colour`` None for the usual ink."""

    text: str
    size: float = NOTE
    bold: bool = False
    colour: str | None = None

    @property
    def width(self) -> float:
        """Width in points."""
        return style.text_width(self.text, self.size, self.bold)

    @property
    def height(self) -> float:
        """Height in points, with the space between lines."""
        return 1.28 * self.size


@dataclass(frozen=True, slots=True)
class Way:
    """A link of the picture: an edge of the graph, or what the clock does."""

    source: str
    target: str
    lines: tuple[Line, ...]
    player: str | None = None
    late: bool = False
    clock: bool = False


def note(text: str, width: float = NODE_WIDTH) -> Line:
    """A small line, shortened to ``width``."""
    return Line(style.shorten(text, width, NOTE), colour=style.MUTED)


def node_lines(graph: Graph, node: GraphNode) -> list[Line]:
    """The text inside a node; of a terminal, what stands beside its outcome."""
    match node:
        case Decision():
            said = [Line(node.player, NOTE + 0.5), Line(node.name, NAME, bold=True)]
        case Offer():
            interval = note(f"{node.variable} {_choice(graph.expressions, node)}")
            said = [
                Line(f"{node.player} offers", NOTE + 0.5),
                Line(node.name, NAME, bold=True),
                interval,
            ]
        case Simultaneous():
            said = [Line(node.name, NAME, bold=True)]
            said += [
                note(f"{player}: {', '.join(actions)}") for player, actions in node.actions.items()
            ]
        case Chance():
            return [Line(node.name, NAME, bold=True), *_seen_by(node)]
        case Terminal():
            payoffs = [
                note(f"{player}: {render(graph.expressions, payoff)}")
                for player, payoff in node.payoffs.items()
            ]
            return [*payoffs, Line(node.name, NOTE - 1.0, colour=style.FAINT)]
    return [*said, *_seen_by(node)]


def _choice(expressions: Expressions, node: Offer) -> str:
    low, high = render(expressions, node.low), render(expressions, node.high)
    if node.grid is None:
        return f"in [{low}, {high}]"
    if len(node.grid) <= MOST_GRID:
        return f"in {{{', '.join(render(expressions, value) for value in node.grid)}}}"
    ends = render(expressions, node.grid[0]), render(expressions, node.grid[-1])
    return f"one of {len(node.grid)} values, {ends[0]} to {ends[1]}"


def _seen_by(node: Decision | Offer | Simultaneous | Chance) -> list[Line]:
    if node.observed_by is None:
        return []
    if not node.observed_by:
        return [note("(unseen by others)")]
    return [note(f"(seen only by {', '.join(node.observed_by)})")]


def ways(graph: Graph) -> list[Way]:
    """All links of the picture, in the file's order; the clock's come last."""
    found = [way for node in graph.nodes.values() for way in _ways_of(graph, node)]
    clock = graph.clock
    if clock.expires is not None and clock.deadline is not None:
        found.append(Way(EXPIRES, clock.expires, (), clock=True))
    if clock.breakdown is not None and clock.hazard is not None:
        lines = _edge_lines(graph, clock.breakdown)
        found.append(Way(BREAKDOWN, clock.breakdown.target, lines, clock=True))
    return found


def _ways_of(graph: Graph, node: GraphNode) -> list[Way]:
    expressions = graph.expressions
    match node:
        case Decision():
            return [_action(graph, node, action) for action in node.actions]
        case Offer():
            return [_way(graph, node.name, node.edge, node.variable, player=node.player)]
        case Simultaneous():
            return [
                _way(graph, node.name, edge, ", ".join(profile))
                for profile, edge in node.results.items()
            ]
        case Chance():
            return [
                _way(
                    graph,
                    node.name,
                    event.edge,
                    event.name,
                    f"prob. {render(expressions, event.probability)}",
                )
                for event in node.events
            ]
        case Terminal():
            return []


def _action(graph: Graph, node: Decision, action: Action) -> Way:
    condition = action.condition
    extra = "" if condition is None else f"if {render(graph.expressions, condition)}"
    return _way(graph, node.name, action.edge, action.name, extra, player=node.player)


def _way(
    graph: Graph, source: str, edge: Edge, name: str, extra: str = "", player: str | None = None
) -> Way:
    lines = (Line(name, NOTE + 1.0), *([note(extra, LABEL_WIDTH)] if extra else []))
    lines += _edge_lines(graph, edge)
    return Way(source, edge.target, lines, player, late=edge.days > 0)


def _edge_lines(graph: Graph, edge: Edge) -> tuple[Line, ...]:
    """Days, payments and changes of state, one line each."""
    said = [f"+{edge.days} day{'s' if edge.days > 1 else ''}"] if edge.days else []
    said += _payments(graph.expressions, edge.pays)
    said += [f"{name} := {render(graph.expressions, new)}" for name, new in edge.set.items()]
    return tuple(note(text, LABEL_WIDTH) for text in said)


def _payments(expressions: Expressions, pays: Mapping[str, Expr]) -> list[str]:
    """What an edge pays; players who get the same share a line."""
    together: dict[Expr, list[str]] = {}
    for player, payment in pays.items():
        together.setdefault(payment, []).append(player)
    return [
        f"{', '.join(players)}: {render(expressions, payment)}"
        for payment, players in together.items()
    ]


def clock_lines(graph: Graph) -> dict[str, list[Line]]:
    """The text of the clocks that the model has."""
    clock, lines = graph.clock, {}
    if clock.expires is not None and clock.deadline is not None:
        lines[EXPIRES] = [note(f"day {render(graph.expressions, clock.deadline)}")]
    if clock.breakdown is not None and clock.hazard is not None:
        hazard = note(f"prob. {render(graph.expressions, clock.hazard)}", LABEL_WIDTH)
        lines[BREAKDOWN] = [note("each day"), hazard]
    return lines


def knowledge(graph: Graph, player: str) -> str:
    """What the player alone knows, or nothing."""
    private = graph.private.get(player)
    if private is None:
        return ""
    known = [_types(graph.expressions, private)] if private.types else []
    known += [f"{name} by type" for name in private.numbers]
    known += [
        f"{name} ~ {draw.distribution}"
        f"({', '.join(render(graph.expressions, value) for value in draw.arguments)})"
        for name, draw in private.draws.items()
    ]
    return f"knows alone: {', '.join(known)}"


def _types(expressions: Expressions, private: Private) -> str:
    if private.prior is None:
        return f"its type ({' or '.join(private.types)})"
    pairs = zip(private.types, private.prior, strict=True)
    return (
        f"its type ({', '.join(f'{kind}: {render(expressions, share)}' for kind, share in pairs)})"
    )
