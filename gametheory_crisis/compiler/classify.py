"""Which engine a model belongs to, and which of its features no engine handles yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from gametheory_crisis.compiler.screening_class import daily_offer, screening_obstacle
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Draw,
    Graph,
    GraphNode,
    Offer,
    Simultaneous,
    edges,
)
from gametheory_crisis.language.integers import State, StateArithmetic

QUANTILES = ("uniform", "triangular", "exponential")
"""Distributions whose quantiles the language's operations can express."""


@dataclass(frozen=True, slots=True)
class GameClass:
    """The class of a model.

    Attributes
    ----------
    engine : name of the engine that the class belongs to
    concept : solution concept, as printed
    obstacle : the feature that stands in the way and what to change; None if the model is solved
    endless : whether play can go on for ever
    """

    engine: str
    concept: str
    obstacle: str | None = None
    endless: bool = False


def classify(graph: Graph) -> GameClass:
    """The class of a model, told from its graph alone."""
    if graph.private:
        return _private_class(graph)
    if hidden_node(graph) is not None:
        return GameClass("tree", "perfect Bayesian", no_tree(graph))
    simultaneous = [node for node in graph.nodes.values() if isinstance(node, Simultaneous)]
    others = [node for node in graph.nodes.values() if isinstance(node, Decision | Offer)]
    concept = "Nash" if len(simultaneous) == 1 and not others and not graph.clock.deadline else ""
    unanswered = unanswered_offer(graph)
    if unanswered is not None:
        return GameClass(
            "recursion",
            "subgame-perfect",
            f"the offers at {unanswered} are made on one day before anybody answers; "
            "let the other side answer in between, or give one of them a grid (grid: 21)",
        )
    if graph.cycle:
        return GameClass("recursion", "Markov perfect", endless=True)
    return GameClass("recursion", concept or "subgame-perfect")


def _private_class(graph: Graph) -> GameClass:
    draws = [draw for private in graph.private.values() for draw in private.draws.values()]
    offers = any(isinstance(n, Offer) and n.grid is None for n in graph.nodes.values())
    continuum = any(draw.points is None for draw in draws)
    if offers:
        engine = "screening" if continuum or daily_offer(graph) is not None else "thresholds"
        return GameClass(engine, "perfect Bayesian", screening_obstacle(graph))
    if continuum:
        return GameClass("cutoffs", "perfect Bayesian", no_tree(graph, continua=True))
    return GameClass("tree", "perfect Bayesian", no_tree(graph))


def no_tree(graph: Graph, *, continua: bool = False) -> str | None:
    """Why a model has no finite tree, however long its deadline, and what to change.

    With ``continua``, private numbers from a continuum may stay numbers that payoffs read.
    """
    for node in graph.nodes.values():
        if isinstance(node, Offer) and node.grid is None:
            return f"the offer at '{node.name}' is continuous; give it a grid (grid: 21)"
    for private in graph.private.values():
        for name, draw in private.draws.items():
            if continua and draw.points is None:
                continue
            reason = _undrawable(name, draw)
            if reason is not None:
                return reason
    if not graph.cycle:
        return None
    return (
        f"play can go round {' -> '.join(graph.cycle)} for ever, which makes no tree; "
        "give the clock a deadline"
    )


def _undrawable(name: str, draw: Draw) -> str | None:
    if draw.points is None:
        return f"the private number '{name}' is drawn from a continuum; give it points (points: 20)"
    if draw.distribution not in QUANTILES:
        return (
            f"the points of '{name}' are quantiles of a {draw.distribution} distribution, which "
            f"have no closed form; list types with their numbers, or take {', '.join(QUANTILES)}"
        )
    return None


def movers(node: GraphNode) -> tuple[str, ...]:
    """The players who choose at a node."""
    match node:
        case Decision() | Offer():
            return (node.player,)
        case Simultaneous():
            return tuple(node.actions)
        case _:
            return ()


def successors(graph: Graph, node: GraphNode) -> set[str]:
    """Names of all nodes that may come next, the clock's included if a day may pass."""
    names = {edge.target for edge in edges(node)}
    if any(edge.days for edge in edges(node)):
        names |= clock_targets(graph)
    return names


def clock_targets(graph: Graph) -> set[str]:
    """Where the clock may send play."""
    targets = set()
    if graph.clock.expires is not None:
        targets.add(graph.clock.expires)
    if graph.clock.breakdown is not None:
        targets.add(graph.clock.breakdown.target)
    return targets


def hidden_node(graph: Graph) -> str | None:
    """The first node with a move that someone who moves later does not see."""
    for node in graph.nodes.values():
        if not isinstance(node, Decision | Offer | Simultaneous | Chance):
            continue
        if node.observed_by is None:
            continue
        blind = set(graph.players) - set(node.observed_by) - set(movers(node))
        if isinstance(node, Simultaneous):
            blind = set(graph.players) - set(node.observed_by)
        if blind & _later_movers(graph, node):
            return node.name
    return None


def _later_movers(graph: Graph, node: GraphNode) -> set[str]:
    seen: set[str] = set()
    stack = list(successors(graph, node))
    while stack:
        name = stack.pop()
        if name not in seen:
            seen.add(name)
            stack.extend(successors(graph, graph.nodes[name]))
    return {player for name in seen for player in movers(graph.nodes[name])}


def unanswered_offer(graph: Graph) -> str | None:
    """Two continuous offers of which the second follows the first before anybody decides."""
    for node in graph.nodes.values():
        if not isinstance(node, Offer) or node.grid is not None:
            continue
        stack, seen = [node.edge], set()
        while stack:
            edge = stack.pop()
            if edge.days or edge.target in seen:
                continue
            seen.add(edge.target)
            target = graph.nodes[edge.target]
            if isinstance(target, Offer) and target.grid is None:
                return f"'{node.name}' and '{target.name}'"
            if isinstance(target, Chance | Offer):
                stack.extend(edges(target))
    return None


def holds(graph: Graph, condition: int | None, state: State) -> bool:
    """Whether a condition on the state holds."""
    return condition is None or _arithmetic(graph).value(condition, state) != 0


def next_state(graph: Graph, changes: Mapping[str, int], state: State) -> State:
    """The state after the changes of an edge, all read in the state before it."""
    return _arithmetic(graph).after(changes, state)


_ARITHMETIC: WeakKeyDictionary[Expressions, StateArithmetic] = WeakKeyDictionary()
"""What has been computed for the graphs in use, by their expressions."""


def _arithmetic(graph: Graph) -> StateArithmetic:
    known = _ARITHMETIC.get(graph.expressions)
    if known is None:
        known = _ARITHMETIC[graph.expressions] = StateArithmetic(graph.expressions, graph.state)
    return known
