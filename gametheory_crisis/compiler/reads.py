"""Which offers of earlier on the same day a node depends on."""

from __future__ import annotations

from gametheory_crisis.language.graph import Chance, Graph, Offer, Terminal, edges


def offers_read(graph: Graph) -> dict[str, frozenset[str]]:
    """For each node, the offers of earlier on the same day that it, or what follows it, reads."""
    variables = {node.variable for node in graph.nodes.values() if isinstance(node, Offer)}
    free = graph.expressions.free_symbols
    reads: dict[str, frozenset[str]] = {}
    own: dict[str, frozenset[str]] = {}
    for node in graph.nodes.values():
        handles = [handle for edge in edges(node) for handle in edge.pays.values()]
        match node:
            case Terminal():
                handles += node.payoffs.values()
            case Chance():
                handles += [event.probability for event in node.events]
            case Offer():
                handles += [node.low, node.high, *(node.grid or ())]
            case _:
                pass
        own[node.name] = frozenset().union(*map(free, handles)) & variables
        reads[node.name] = frozenset()
    changed = True
    while changed:
        changed = False
        for node in graph.nodes.values():
            below = [reads[edge.target] for edge in edges(node) if not edge.days]
            total = own[node.name].union(*below)
            if isinstance(node, Offer):
                total -= {node.variable}
            if total != reads[node.name]:
                reads[node.name] = total
                changed = True
    return reads
