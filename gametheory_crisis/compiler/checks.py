"""Conditions under which a point has a game, and the conditions that name a regime."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gametheory_crisis.games.stage import Check
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.language.rendering import render

TOLERANCE = Fraction(1, 10**9)
"""Probabilities and days are compared to this in the conditions of regimes."""


def within(expressions: Expressions, handle: int, low: int, high: int) -> int:
    """The condition ``low <= handle <= high``."""
    above = expressions.apply(Operation.LESS_EQUAL, expressions.number(low), handle)
    below = expressions.apply(Operation.LESS_EQUAL, handle, expressions.number(high))
    return expressions.apply(Operation.AND, above, below)


def sums_to_one(expressions: Expressions, handles: Sequence[int]) -> tuple[int, int]:
    """The condition that numbers sum to one, but for rounding, and exactly."""
    one = expressions.number(1)
    total = expressions.total(handles)
    distance = expressions.apply(Operation.ABS, expressions.sub(total, one))
    nearly = expressions.apply(Operation.LESS_EQUAL, distance, expressions.number(TOLERANCE))
    return nearly, expressions.apply(Operation.EQUAL, total, one)


def model_checks(
    graph: Graph, expressions: Expressions, discount: Sequence[int]
) -> tuple[Check, ...]:
    """The model's assumptions, and that discount factors are shares."""
    assumptions = expressions.substitute(graph.assumptions, {}, graph.expressions)
    checks = [
        Check(condition, f"the assumption '{render(expressions, condition)}' does not hold")
        for condition in assumptions
    ]
    for player, factor in zip(graph.players, discount, strict=True):
        condition = within(expressions, factor, 0, 1)
        if expressions.constant(condition) != 1:
            checks.append(Check(condition, f"the discount factor of {player} is not in [0, 1]"))
    return tuple(checks)


def regime_conditions(graph: Graph, expressions: Expressions) -> tuple[tuple[str, int | None], ...]:
    """Each regime's name and condition, with comparisons that allow for rounding.

    Outcomes follow as regimes without a condition: they name what no condition covers.
    """
    result: dict[str, int | None] = {}
    for regime in graph.regimes:
        if regime.condition is not None:
            condition = expressions.substitute([regime.condition], {}, graph.expressions)[0]
            result[regime.name] = _tolerant(expressions, condition)
    for outcome in graph.outcomes:
        result.setdefault(outcome, None)
    return tuple(result.items())


def _tolerant(expressions: Expressions, root: int) -> int:
    """A condition in which numbers that differ by at most the tolerance count as equal."""
    slack = expressions.number(TOLERANCE)
    image: dict[int, int] = {}
    for handle in expressions.closure([root]):
        node = expressions.operation(handle)
        if node is None or node[0] not in _RELAXED:
            image[handle] = (
                handle
                if node is None
                else expressions.apply(node[0], *(image[operand] for operand in node[1]))
            )
            continue
        operation, (a, b) = node[0], (image[operand] for operand in node[1])
        if operation is Operation.EQUAL:
            distance = expressions.apply(Operation.ABS, expressions.sub(a, b))
            image[handle] = expressions.apply(Operation.LESS_EQUAL, distance, slack)
        else:
            shifted = (
                expressions.sub(b, slack)
                if operation is Operation.LESS
                else expressions.add(b, slack)
            )
            image[handle] = expressions.apply(operation, a, shifted)
    return image[root]


_RELAXED = (Operation.LESS, Operation.LESS_EQUAL, Operation.EQUAL)
