"""Which (node, state) pairs play can reach, and the cycles among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import Clock, Decision, Edge, GraphNode, StateVariable, edges
from gametheory_crisis.language.integers import State, Undefined, Value, evaluator
from gametheory_crisis.language.report import Path, Report

MAX_PAIRS = 50_000

Pair: TypeAlias = tuple[str, State, bool]
"""A node, the values of the state variables, and whether the clock has expired."""


class TooManyStates(Exception):
    """Play can reach more than `MAX_PAIRS` pairs."""


@dataclass(frozen=True, slots=True)
class StateGraph:
    """Successors of every reachable pair, apart for those on the same day and on a later one."""

    today: dict[Pair, list[Pair]] = field(default_factory=dict)
    later: dict[Pair, list[Pair]] = field(default_factory=dict)


class Explorer:
    """Walks the graph from its start through every state; mistakes on the way are reported."""

    def __init__(
        self,
        nodes: Mapping[str, GraphNode],
        clock: Clock,
        variables: Mapping[str, StateVariable],
        expressions: Expressions,
        paths: Mapping[str, Path],
        report: Report,
    ) -> None:
        self._nodes = nodes
        self._clock = clock
        self._clock_acts = clock.expires is not None or clock.breakdown is not None
        self._variables = variables
        self._positions = {name: position for position, name in enumerate(variables)}
        self._expressions = expressions
        self._paths = paths
        self._report = report
        self._evaluators: dict[int, Callable[[State], Value]] = {}
        self._reported: set[tuple[str, str]] = set()

    def explore(self, start: str) -> StateGraph:
        """Every pair that can be reached from ``start``, with its successors.

        Raises
        ------
        TooManyStates : there are more than `MAX_PAIRS`
        """
        graph = StateGraph()
        initial = tuple(variable.start for variable in self._variables.values())
        waiting: list[Pair] = [(start, initial, False)]
        seen = set(waiting)
        while waiting:
            pair = waiting.pop()
            today, later = self._successors(pair)
            graph.today[pair], graph.later[pair] = today, later
            for successor in (*today, *later):
                if successor not in seen:
                    seen.add(successor)
                    waiting.append(successor)
            if len(seen) > MAX_PAIRS:
                raise TooManyStates
        return graph

    def _successors(self, pair: Pair) -> tuple[list[Pair], list[Pair]]:
        name, state, expired = pair
        today: dict[Pair, None] = {}
        later: dict[Pair, None] = {}
        for edge in self._open_edges(name, state):
            after = self._assign(edge, name, state)
            if after is None:
                continue
            if edge.days and (expired or not self._clock_acts):
                later[edge.target, after, expired] = None
            elif edge.days:
                later.update(dict.fromkeys(self._arrivals(edge, after, expired)))
            else:
                today[edge.target, after, expired] = None
        return list(today), list(later)

    def _arrivals(self, edge: Edge, state: State, expired: bool) -> Iterator[Pair]:
        """Where play can stand after the days of ``edge``: there, broken down, or expired."""
        yield edge.target, state, expired
        states, waiting = {state}, [state]
        breakdown = self._clock.breakdown
        while breakdown is not None and waiting:
            after = self._assign(breakdown, "clock", waiting.pop())
            if after is not None:
                yield breakdown.target, after, False
                if breakdown.days and after not in states:
                    states.add(after)
                    waiting.append(after)
        if self._clock.expires is not None:
            for reached in states:
                yield self._clock.expires, reached, True

    def _open_edges(self, name: str, state: State) -> Iterator[Edge]:
        node = self._nodes[name]
        if not isinstance(node, Decision):
            yield from edges(node)
            return
        anything = False
        for action in node.actions:
            if action.condition is None or self._value(action.condition, name, state, "if"):
                anything = True
                yield action.edge
        if not anything:
            self._say(name, "idle", f"no action is available {self._describe(state)}")

    def _assign(self, edge: Edge, name: str, state: State) -> State | None:
        """The state behind the edge, or None where it is no state."""
        if not edge.set:
            return state
        values = list(state)
        for variable, handle in edge.set.items():
            value = self._value(handle, name, state, "set")
            if value is None:
                return None
            low, high = self._variables[variable].low, self._variables[variable].high
            if value.denominator != 1 or not low <= value <= high:
                message = f"`set` makes {variable} {value} {self._describe(state)}"
                self._say(name, variable, f"{message}; its range is [{low}, {high}]")
                return None
            values[self._positions[variable]] = int(value)
        return tuple(values)

    def _value(self, handle: int, name: str, state: State, key: str) -> Value | None:
        if handle not in self._evaluators:
            self._evaluators[handle] = evaluator(self._expressions, handle, self._positions)
        try:
            return self._evaluators[handle](state)
        except Undefined:
            self._say(name, key, f"`{key}` is undefined {self._describe(state)}")
            return None

    def _describe(self, state: State) -> str:
        values = zip(self._variables, state, strict=True)
        return "where " + ", ".join(f"{name} is {value}" for name, value in values)

    def _say(self, name: str, what: str, message: str) -> None:
        if (name, what) not in self._reported:
            self._reported.add((name, what))
            self._report.add(self._paths.get(name, ("clock", "breakdown", "to")), message)


def find_cycle(successors: Mapping[Pair, list[Pair]]) -> list[Pair] | None:
    """Pairs of a cycle, the first again at the end, or None where there is none."""
    finished: set[Pair] = set()
    for root in successors:
        if root in finished:
            continue
        trail: dict[Pair, Iterator[Pair]] = {root: iter(successors[root])}
        while trail:
            pair, rest = next(reversed(trail.items()))
            for successor in rest:
                if successor in trail:
                    pairs = list(trail)
                    return [*pairs[pairs.index(successor) :], successor]
                if successor not in finished:
                    trail[successor] = iter(successors[successor])
                    break
            else:
                finished.add(pair)
                del trail[pair]
    return None
