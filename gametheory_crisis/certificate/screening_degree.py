"""Whether payoffs are affine in the offers that are made."""

from __future__ import annotations

import math

from gametheory_crisis.certificate.moves import expressions_at
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import Chance, Graph, Offer


def affine_in_offers(graph: Graph) -> bool:
    """Whether every payoff is seen to be affine in the offer, and no probability reads one."""
    offers = {node.variable for node in graph.nodes.values() if isinstance(node, Offer)}
    for node in graph.nodes.values():
        if isinstance(node, Chance):
            for event in node.events:
                if graph.expressions.free_symbols(event.probability) & offers:
                    return False
        if any(_degree(graph.expressions, each, offers) > 1 for each in expressions_at(node)):
            return False
    return True


def _degree(expressions: Expressions, handle: int, offers: set[str]) -> float:
    """Degree of an expression as a polynomial in offers; infinite where it is seen as none."""
    if not expressions.free_symbols(handle) & offers:
        return 0
    found = expressions.operation(handle)
    if found is None:
        return 1
    operation, operands = found
    degrees = [_degree(expressions, operand, offers) for operand in operands]
    match operation:
        case Operation.ADD | Operation.SUB | Operation.NEG:
            return max(degrees)
        case Operation.MUL:
            return sum(degrees)
        case Operation.DIV if degrees[1] == 0:
            return degrees[0]
        case _:
            return math.inf
