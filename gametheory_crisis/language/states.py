"""Which (node, state) pairs play can reach, and the cycles among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import Clock, Decision, Edge, GraphNode, StateVariable, edges
from gametheory_crisis.language.integers import (
    Meter,
    State,
    TooMuchWork,
    Undefined,
    Value,
    evaluator,
)
from gametheory_crisis.language.report import Path, Report

MAX_PAIRS = 150_000
MAX_STEPS = 3_000_000
"""Moves followed and operations computed; what takes more is not read in a second or two."""
CHANGE_COST = 3
"""Steps that one change of a state counts for."""

BREAKDOWN = "(breakdown)"
"""Stands for a breakdown that passes days by itself, on which play may break down again."""

Successors: TypeAlias = Sequence[tuple[int, ...]]
"""For each pair the numbers of the pairs that may come next."""


class TooManyStates(Exception):
    """Play reaches more than `MAX_PAIRS` pairs, or to explore them takes more than `MAX_STEPS`."""


@dataclass(frozen=True, slots=True)
class StateGraph:
    """The pairs that play can reach, numbered as they are found.

    Attributes
    ----------
    nodes : name of each pair's node
    order : all pairs with a way on, in the order in which they were explored
    expired : those of ``order`` that lie behind the deadline
    today, later : successors on the same day, and those behind a day
    """

    nodes: list[str] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    today: list[tuple[int, ...]] = field(default_factory=list)
    later: list[tuple[int, ...]] = field(default_factory=list)


class _Move(NamedTuple):
    """A way on from a node: where it is open, what it does to the state, and where it leads."""

    condition: int | None
    changes: tuple[tuple[str, int], ...]
    target: int
    days: bool


def _cost(move: _Move) -> int:
    """Steps that following a move counts for, beside the computations of new values."""
    return 1 + CHANGE_COST * len(move.changes)


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
        self._names = [*nodes, BREAKDOWN]
        self._numbers = {name: number for number, name in enumerate(self._names)}
        self._variables = variables
        self._positions = {name: position for position, name in enumerate(variables)}
        self._expressions = expressions
        self._paths = paths
        self._report = report
        self._reported: set[tuple[str, str]] = set()
        self._meter = Meter(MAX_STEPS)
        self._evaluators: dict[int, Callable[[State], Value]] = {}
        self._decisions = [isinstance(node, Decision) for node in nodes.values()] + [False]
        self._moves = [self._moves_from(node) for node in nodes.values()]
        self._breakdown = None if clock.breakdown is None else self._move(clock.breakdown)
        self._moves.append(() if self._breakdown is None else (self._breakdown,))
        self._costs = [1 + sum(map(_cost, moves)) for moves in self._moves]
        self._expires = None if clock.expires is None else self._numbers[clock.expires]
        self._graph = StateGraph()
        self._states: list[State] = []
        self._state_numbers: dict[State, int] = {}
        self._codes: list[int] = []
        self._pairs: dict[int, int] = {}
        self._nights: dict[int, tuple[int, ...]] = {}
        self._waiting: list[int] = []

    def explore(self, start: str) -> StateGraph:
        """Every pair that can be reached from ``start``, with its successors.

        Raises
        ------
        TooManyStates : they are too many, or take too long; the message says which
        """
        initial = tuple(variable.start for variable in self._variables.values())
        self._reach(self._numbers[start], self._state_number(initial), expired=False)
        try:
            while self._waiting:
                self._leave(self._waiting.pop())
        except TooMuchWork:
            raise TooManyStates(
                f"to follow play through its states takes more than {MAX_STEPS:,} steps; "
                "narrow the ranges, or shorten `if` and `set`"
            ) from None
        return self._graph

    def _moves_from(self, node: GraphNode) -> tuple[_Move, ...]:
        if isinstance(node, Decision):
            moves = [self._move(action.edge, action.condition) for action in node.actions]
        else:
            moves = [self._move(edge) for edge in edges(node)]
        return tuple(dict.fromkeys(moves))

    def _move(self, edge: Edge, condition: int | None = None) -> _Move:
        changes = tuple(edge.set.items())
        return _Move(condition, changes, self._numbers[edge.target], edge.days > 0)

    def _leave(self, pair: int) -> None:
        """Follow every move that is open at a pair."""
        graph = self._graph
        state, place = divmod(self._codes[pair], 2 * len(self._names))
        node, expired = place >> 1, bool(place & 1)
        moves = self._moves[node]
        self._meter.spend(self._costs[node])
        today: list[int] = []
        behind_days: list[tuple[int, int]] = []
        idle = self._decisions[node]
        for move in moves:
            if move.condition is not None and not self._value(move.condition, node, state, "if"):
                continue
            idle = False
            after = self._assign(move, node, state) if move.changes else state
            if after is None:
                continue
            if move.days:
                behind_days.append((move.target, after))
            else:
                today.append(self._reach(move.target, after, expired=expired))
        later: list[int] = []
        for target, after in behind_days:
            later.append(self._reach(target, after, expired=expired))
            if not expired:
                later += self._night(after)
        if idle:
            self._say(node, "idle", f"no action is available {self._describe(state)}")
        graph.order.append(pair)
        if expired:
            graph.expired.append(pair)
        graph.today[pair], graph.later[pair] = tuple(today), tuple(later)

    def _night(self, state: int) -> tuple[int, ...]:
        """Where the clock may send play on days that pass in a state: broken down, or expired."""
        found = self._nights.get(state)
        if found is None:
            reached = []
            move = self._breakdown
            if move is not None and move.days:
                reached.append(self._reach(len(self._names) - 1, state, expired=False))
            elif move is not None:
                after = self._assign(move, len(self._names) - 1, state)
                if after is not None:
                    reached.append(self._reach(move.target, after, expired=False))
            if self._expires is not None:
                reached.append(self._reach(self._expires, state, expired=True))
            found = self._nights[state] = tuple(reached)
        return found

    def _reach(self, node: int, state: int, *, expired: bool) -> int:
        """The number of a pair, which waits to be explored if it is new."""
        code = 2 * (state * len(self._names) + node) + expired
        pair = self._pairs.get(code)
        if pair is None:
            pair = self._pairs[code] = len(self._codes)
            if pair >= MAX_PAIRS:
                raise TooManyStates(
                    f"play can reach more than {MAX_PAIRS:,} pairs of a node and a state; "
                    "narrow the ranges"
                )
            self._codes.append(code)
            self._graph.nodes.append(self._names[node])
            self._graph.today.append(())
            self._graph.later.append(())
            if self._moves[node]:
                self._waiting.append(pair)
        return pair

    def _state_number(self, state: State) -> int:
        number = self._state_numbers.get(state)
        if number is None:
            number = self._state_numbers[state] = len(self._states)
            self._states.append(state)
        return number

    def _assign(self, move: _Move, node: int, state: int) -> int | None:
        """The state behind a move, or None where it is no state."""
        values = list(self._states[state])
        for name, handle in move.changes:
            value = self._value(handle, node, state, "set")
            if value is None:
                return None
            variable = self._variables[name]
            if value.denominator != 1 or not variable.low <= value <= variable.high:
                message = f"`set` makes {name} {value} {self._describe(state)}"
                self._say(node, name, f"{message}; its range is [{variable.low}, {variable.high}]")
                return None
            values[self._positions[name]] = int(value)
        return self._state_number(tuple(values))

    def _value(self, handle: int, node: int, state: int, key: str) -> Value | None:
        compute = self._evaluators.get(handle)
        if compute is None:
            compute = evaluator(self._expressions, handle, self._positions, self._meter)
            self._evaluators[handle] = compute
        try:
            return compute(self._states[state])
        except Undefined:
            self._say(node, key, f"`{key}` is undefined {self._describe(state)}")
            return None

    def _describe(self, state: int) -> str:
        values = zip(self._variables, self._states[state], strict=True)
        return "where " + ", ".join(f"{name} is {value}" for name, value in values)

    def _say(self, node: int, what: str, message: str) -> None:
        name = self._names[node]
        if (name, what) not in self._reported:
            self._reported.add((name, what))
            self._report.add(self._paths.get(name, ("clock", "breakdown", "to")), message)


def find_cycle(successors: Successors, roots: Iterable[int]) -> list[int] | None:
    """Pairs of a cycle, the first again at the end, or None where none can be reached."""
    unseen, on_trail, finished = 0, 1, 2
    marks = bytearray(len(successors))
    for root in roots:
        if marks[root] != unseen:
            continue
        trail = [root]
        rests = [iter(successors[root])]
        marks[root] = on_trail
        while trail:
            for successor in rests[-1]:
                if marks[successor] == on_trail:
                    return [*trail[trail.index(successor) :], successor]
                if marks[successor] == unseen:
                    marks[successor] = on_trail
                    trail.append(successor)
                    rests.append(iter(successors[successor]))
                    break
            else:
                marks[trail.pop()] = finished
                rests.pop()
    return None
