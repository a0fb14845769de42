"""Linear systems ``x = constants + rows x`` with weights above 0 that leave less than all behind.

They give the worth of a stationary profile and how often play stands where. Such a system falls
into blocks, one per strongly connected component of its graph, that are solved one by one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.certificate.evaluation import as_float
from gametheory_crisis.errors import SolverError
from gametheory_crisis.results import Number

Rows: TypeAlias = Mapping[int, Mapping[int, Number]]

MAX_EXACT_BLOCK = 1_000
"""A block of more unknowns is solved in floats."""
MAX_EXACT_STEPS = 100_000
"""So is one whose elimination takes more products of rationals."""
MAX_ELIMINATED = 100
"""A block of more floats than this is left to a sparse factorisation."""


def solve(rows: Rows, constants: Mapping[int, Number]) -> dict[int, Number]:
    """The solution ``x[k] = constants[k] + sum(rows[k][c] * x[c])``.

    Exact where all numbers that enter are rational and the blocks not too large. An infinite or
    undefined constant carries over to all that depends on it.

    Raises
    ------
    SolverError
        If nothing is left behind: a component that is never left and where nothing is discounted.
    """
    known: dict[int, Number] = {}
    for block in components(rows):
        inside = set(block)
        shifted = {
            k: _total([constants[k], *(w * known[c] for c, w in rows[k].items() if c in known)])
            for k in block
        }
        within = {k: {c: w for c, w in rows[k].items() if c in inside} for k in block}
        known.update(_solve_block(within, shifted))
    return known


def components(ways: Mapping[int, Iterable[int]]) -> list[list[int]]:
    """The strongly connected components of a graph, each behind those it leads to (Tarjan 1972)."""
    number: dict[int, int] = {}
    lowest: dict[int, int] = {}
    found: list[list[int]] = []
    closed: set[int] = set()
    trail: list[int] = []
    for root in ways:
        if root in number:
            continue
        stack: list[tuple[int, Iterator[int]]] = []
        _open(root, ways, number, lowest, trail, stack)
        while stack:
            vertex, rest = stack[-1]
            for target in rest:
                if target not in number:
                    _open(target, ways, number, lowest, trail, stack)
                    break
                if target not in closed:
                    lowest[vertex] = min(lowest[vertex], number[target])
            else:
                stack.pop()
                if stack:
                    parent = stack[-1][0]
                    lowest[parent] = min(lowest[parent], lowest[vertex])
                if lowest[vertex] == number[vertex]:
                    block = [trail.pop()]
                    while block[-1] != vertex:
                        block.append(trail.pop())
                    closed.update(block)
                    found.append(sorted(block))
    return found


def _open(
    vertex: int,
    ways: Mapping[int, Iterable[int]],
    number: dict[int, int],
    lowest: dict[int, int],
    trail: list[int],
    stack: list[tuple[int, Iterator[int]]],
) -> None:
    """Meet a vertex for the first time; all but ``ways`` are modified in place."""
    number[vertex] = lowest[vertex] = len(number)
    trail.append(vertex)
    stack.append((vertex, iter(ways[vertex])))


def _total(numbers: list[Number]) -> Number:
    return sum(numbers[1:], numbers[0])


def _solve_block(rows: Rows, constants: Mapping[int, Number]) -> Mapping[int, Number]:
    """The solution of one strongly connected block."""
    if not all(isinstance(c, Fraction) or math.isfinite(c) for c in constants.values()):
        # Whatever depends on itself through all of the others shares the fate of any.
        fate = sum(c for c in constants.values() if not math.isfinite(c))
        return dict.fromkeys(constants, fate)
    numbers = [*constants.values(), *(weight for row in rows.values() for weight in row.values())]
    rational = all(isinstance(value, Fraction) for value in numbers)
    if rational and len(constants) <= MAX_EXACT_BLOCK:
        exact = _eliminate(rows, constants, MAX_EXACT_STEPS)
        if exact is not None:
            return exact
    floats = {k: {c: as_float(weight) for c, weight in row.items()} for k, row in rows.items()}
    right = {k: as_float(constant) for k, constant in constants.items()}
    eliminated = None
    if len(right) <= MAX_ELIMINATED:
        eliminated = _eliminate(floats, right, MAX_ELIMINATED**3)
    return _factorise(floats, right) if eliminated is None else eliminated


def _eliminate(
    rows: Rows, constants: Mapping[int, Number], max_steps: int
) -> dict[int, Number] | None:
    """The solution, one unknown put into the others at a time; None after ``max_steps`` products.

    The unknown that touches the fewest others goes first (Markowitz 1957). Nothing is subtracted
    but the weight of an unknown on itself from 1.
    """
    left = {k: dict(row) for k, row in rows.items()}
    known = dict(constants)
    users: dict[int, set[int]] = {k: set() for k in left}
    for k, row in left.items():
        for c in row.keys() - {k}:
            users[c].add(k)
    order: list[int] = []
    while len(order) < len(known):
        k = min(users, key=lambda c: (len(users[c]) * len(left[c]), c))
        row, above = left[k], users.pop(k)
        rest = 1 - row.pop(k, 0)
        if not rest > 0:
            raise SolverError("too little is left behind each day for floats to tell the payoffs")
        known[k] /= rest
        for c in row:
            row[c] /= rest
            users[c].discard(k)
        max_steps -= len(above) * len(row)
        if max_steps < 0:
            return None
        for user in sorted(above):
            weight = left[user].pop(k)
            known[user] += weight * known[k]
            for c, entry in row.items():
                left[user][c] = left[user].get(c, 0) + weight * entry
                if c != user:
                    users[c].add(user)
        order.append(k)
    for k in reversed(order):
        known[k] = _total([known[k], *(weight * known[c] for c, weight in left[k].items())])
    return known


def _factorise(
    rows: Mapping[int, Mapping[int, float]], constants: Mapping[int, float]
) -> dict[int, float]:
    """The solution by a sparse LU factorisation, in floats."""
    import numpy as np
    from scipy.sparse import csc_matrix, identity
    from scipy.sparse.linalg import splu

    position = {k: index for index, k in enumerate(rows)}
    entries = [(position[k], position[c], w) for k, row in rows.items() for c, w in row.items()]
    down, across, weights = zip(*entries, strict=True)
    size = len(position)
    matrix = csc_matrix((weights, (down, across)), shape=(size, size))
    try:
        factors = splu((identity(size, format="csc") - matrix).tocsc())
    except RuntimeError as error:
        raise SolverError(f"floats cannot tell the payoffs: {error}") from None
    solution = factors.solve(np.array([constants[k] for k in rows]))
    return dict(zip(rows, solution.tolist(), strict=True))
