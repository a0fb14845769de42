"""All (node, state) pairs of a game with a deadline, found group by group in whole arrays.

A *group* holds the states in which play can stand at one node: before the deadline on any day, or
on one day behind it.  Of a day that passes it keeps the node where play goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.certificate.evaluation import Evaluator
from gametheory_crisis.certificate.streamed_numbers import Program
from gametheory_crisis.errors import SolverError, UnsupportedGame
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.graph import Decision, Edge, Graph, GraphNode, edges

Codes: TypeAlias = NDArray[np.int64]

RUNNING, LATE, EXPIRED = 0, 1, 2
"""Before the deadline; on it, after a breakdown; after expiry."""
BREAKDOWN = ""
"""Name of the place at which the clock's breakdown edge is about to be taken."""
MAX_CODE = 1 << 62
"""Most states, reached or not."""


class Group(NamedTuple):
    """Places that differ in their state only.

    While days are ``left`` to pass, ``node`` is where play will stand after them. ``late`` counts
    the days since the deadline.
    """

    phase: int
    node: str
    left: int
    late: int


class Way(NamedTuple):
    """Where some places of a group lead.

    ``edge`` is the place of the edge among those of the node, or the name of a night's way;
    ``rows`` are the places that have it, ``codes`` the states that they lead to.
    """

    edge: int | str
    rows: NDArray[np.int64]
    group: Group
    codes: Codes


@dataclass(frozen=True)
class States:
    """States as single whole numbers.

    Attributes
    ----------
    names : the state variables
    lows, strides : int64 (variables,)
    """

    names: tuple[str, ...]
    lows: NDArray[np.int64]
    strides: NDArray[np.int64]

    @classmethod
    def of(cls, graph: Graph) -> States:
        """The states of a model."""
        strides, size = [], 1
        for variable in graph.state.values():
            strides.append(size)
            size *= variable.high - variable.low + 1
        if size > MAX_CODE:
            raise UnsupportedGame("the ranges of the state variables have too many combinations")
        lows = [variable.low for variable in graph.state.values()]
        return cls(tuple(graph.state), np.array(lows, np.int64), np.array(strides, np.int64))

    def encode(self, levels: NDArray[np.int64]) -> Codes:
        """The number of each row of levels, int64 (states, variables)."""
        codes: Codes = (levels - self.lows) @ self.strides
        return codes

    def decode(self, codes: Codes) -> NDArray[np.int64]:
        """The levels of each state, int64 (states, variables)."""
        levels = np.empty((len(codes), len(self.names)), dtype=np.int64)
        rest = codes
        for k in reversed(range(len(self.names))):
            levels[:, k], rest = rest // self.strides[k], rest % self.strides[k]
        return levels + self.lows

    def columns(self, codes: Codes) -> dict[str, NDArray[np.float64]]:
        """The levels of each variable, as expressions read them."""
        levels = self.decode(codes).astype(np.float64)
        return {name: levels[:, k] for k, name in enumerate(self.names)}


class Expansion:
    """Finds the groups of a game and the states of each.

    Attributes
    ----------
    states : how states are numbered
    groups : the states of each group, sorted
    """

    def __init__(self, graph: Graph, numbers: Evaluator) -> None:
        self._graph = graph
        self._numbers = numbers
        self._programs: dict[int, bool] = {}
        self.states = States.of(graph)
        self.groups: dict[Group, Codes] = {}

    def expand(self) -> None:
        """Find everything that play can reach from its start."""
        start = np.array([[variable.start for variable in self._graph.state.values()]], np.int64)
        waiting = {Group(RUNNING, self._graph.start, 0, 0): [self.states.encode(start)]}
        while waiting:
            group = next(iter(waiting))
            found = np.unique(np.concatenate(waiting.pop(group)))
            known = self.groups.get(group)
            if known is not None:
                found = np.setdiff1d(found, known, assume_unique=True)
            if not len(found):
                continue
            self.groups[group] = found if known is None else np.union1d(known, found)
            for way in self.ways(group, found):
                waiting.setdefault(way.group, []).append(way.codes)

    def node(self, group: Group) -> GraphNode | None:
        """The node of a group; None while days pass and where the clock breaks down."""
        return None if group.left else self._graph.nodes.get(group.node)

    def edges(self, group: Group) -> tuple[Edge, ...]:
        """The edges that leave the places of a group."""
        node = self.node(group)
        if node is not None:
            return edges(node)
        breakdown = self._graph.clock.breakdown
        return () if group.left or breakdown is None else (breakdown,)

    def ways(self, group: Group, codes: Codes) -> Iterator[Way]:
        """Where places of a group lead."""
        if group.left:
            yield from self._nights(group, codes)
            return
        levels = self.states.decode(codes)
        node = self.node(group)
        for k, edge in enumerate(self.edges(group)):
            rows = np.arange(len(codes))
            if isinstance(node, Decision):
                condition = node.actions[k].condition
                if condition is not None:
                    rows = np.flatnonzero(self._whole(condition, levels) == 1)
            if len(rows):
                after = self._set(edge, levels[rows])
                yield Way(k, rows, group._replace(node=edge.target, left=edge.days), after)

    def _nights(self, group: Group, codes: Codes) -> Iterator[Way]:
        """Where a passing day leads."""
        rows, clock = np.arange(len(codes)), self._graph.clock
        if group.phase == EXPIRED:
            onward = group._replace(left=group.left - 1, late=group.late + 1)
            yield Way("onward", rows, onward, codes)
            return
        if clock.expires is None:
            raise UnsupportedGame("a game without a deadline is not certified day by day")
        expired = Group(EXPIRED, clock.expires, 0, 0)
        if group.phase == LATE:
            yield Way("onward", rows, expired._replace(late=group.late + 1), codes)
            return
        yield Way("onward", rows, group._replace(left=group.left - 1), codes)
        yield Way("expired", rows, expired, codes)
        if clock.hazard is not None:
            yield Way("struck", rows, Group(RUNNING, BREAKDOWN, 0, 0), codes)
            yield Way("struck_late", rows, Group(LATE, BREAKDOWN, 0, 0), codes)

    def _set(self, edge: Edge, levels: NDArray[np.int64]) -> Codes:
        """The states behind an edge."""
        after = levels.copy()
        for k, (name, variable) in enumerate(self._graph.state.items()):
            if name in edge.set:
                after[:, k] = self._whole(edge.set[name], levels)
                if np.any((after[:, k] < variable.low) | (after[:, k] > variable.high)):
                    raise SolverError(f"an edge to '{edge.target}' takes {name} out of its range")
        return self.states.encode(after)

    def _whole(self, expression: int, levels: NDArray[np.int64]) -> NDArray[np.int64]:
        """Whole-number arithmetic in each of several states; exact, as ``if`` and ``set`` are."""
        if expression not in self._programs:
            expressions = self._graph.expressions
            operations = map(expressions.operation, expressions.closure([expression]))
            divides = any(found is not None and found[0] is Operation.DIV for found in operations)
            self._programs[expression] = divides
        if self._programs[expression]:
            return np.array([self._exactly(expression, row) for row in levels], dtype=np.int64)
        columns = {
            name: levels[:, k].astype(np.float64) for k, name in enumerate(self.states.names)
        }
        value = Program(self._graph.expressions, expression, columns).on(0.0)
        return np.broadcast_to(np.asarray(value, dtype=np.float64), len(levels)).astype(np.int64)

    def _exactly(self, expression: int, row: NDArray[np.int64]) -> int:
        """One state in rationals: a quotient may be whole only without rounding."""
        names: Mapping[str, Fraction] = {
            name: Fraction(int(level)) for name, level in zip(self.states.names, row, strict=True)
        }
        return int(self._numbers.value(expression, names))
