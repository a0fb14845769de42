"""Private numbers at which payoffs have a kink or a jump."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gametheory_crisis.certificate.arrays import Arrays, Floats
from gametheory_crisis.certificate.moves import expressions_at
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.graph import Graph

_OF_TWO = {
    Operation.MIN,
    Operation.MAX,
    Operation.LESS,
    Operation.LESS_EQUAL,
    Operation.EQUAL,
}


def kinks(
    graph: Graph, arrays: Arrays, name: str, spread: Floats, days: Iterable[int]
) -> list[float]:
    """Values of a private number at which a payoff switches from one expression to another.

    Parameters
    ----------
    graph, arrays : the game and its arithmetic
    name : the private number
    spread : ascending values of it, between which it is looked for one kink of each switch
    days : the days on which payoffs are reached

    Returns
    -------
    Ascending; without those that depend on offers or states as well.
    """
    found: set[float] = set()
    times = np.array(sorted(set(days)), np.float64)[:, None]
    for a, b in _switches(graph, name):
        read = arrays.reads(a) | (arrays.reads(b) if b is not None else frozenset())
        if name not in read or not read <= {name, "day"}:
            continue
        at = times if "day" in read else times[:1]
        found.update(_roots(arrays, (a, b), name, spread, at))
    return sorted(found)


def _switches(graph: Graph, name: str) -> set[tuple[int, int | None]]:
    """Pairs of expressions of which the larger decides; one alone is held against 0."""
    expressions = graph.expressions
    roots = [each for node in graph.nodes.values() for each in expressions_at(node)]
    pairs: set[tuple[int, int | None]] = set()
    for handle in expressions.closure(roots):
        found = expressions.operation(handle)
        if found is None or name not in expressions.free_symbols(handle):
            continue
        operation, operands = found
        if operation in _OF_TWO:
            pairs.add((operands[0], operands[1]))
        elif operation is Operation.ABS:
            pairs.add((operands[0], None))
    return pairs


def _roots(
    arrays: Arrays, pair: tuple[int, int | None], name: str, spread: Floats, days: Floats
) -> list[float]:
    a, b = pair

    def lead(numbers: Floats, day: Floats) -> Floats:
        names = {name: numbers, "day": day}
        value = arrays.value(a, names) - (0.0 if b is None else arrays.value(b, names))
        return np.broadcast_to(np.asarray(value), np.broadcast_shapes(numbers.shape, day.shape))

    ahead = lead(spread, days) > 0
    row, column = np.nonzero(ahead[:, 1:] != ahead[:, :-1])
    low, high, day = spread[column], spread[column + 1], days[row, 0]
    first = ahead[row, column]
    for _ in range(60 if len(low) else 0):
        middle = (low + high) / 2
        same = (lead(middle, day) > 0) == first
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return [float(number) for number in high]
