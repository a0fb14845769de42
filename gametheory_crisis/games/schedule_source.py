"""A schedule as the source text of a kernel for this one program.

The text does what the block kernel does with the schedule, operation by operation and in the same
order, and so gives the same bits.  But values are local variables instead of registers, a whole
segment is one loop over the cells of a block, and what is not wanted is left out.

A text is made of operations, register numbers and floats only: no name that a model chose stands in
it, and nothing of a model can become code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gametheory_crisis.games.schedule import Schedule, Segment
from gametheory_crisis.games.schedule_values import LAST, Values

WIDEST, NARROWEST = 128, 32
"""Cells per block, at most and at least."""
NEAREST = 3072
"""Numbers of a block that may cross from loop to loop: 24 kB, which the nearest cache holds."""
_EACH_CELL = "for i in range(np.uint64(num)):"
"""An index that has no sign: one that could be negative counts from the end, and in long loops the
compiler does not find out that it never is and works on one cell at a time."""

_HEADER = '''\
"""Written for one schedule and compiled from here; may be deleted."""

from math import exp

import numpy as np

from gametheory_crisis.kernels.blocks import SEVERAL, copy, erase, mark, power
from gametheory_crisis.kernels.specialised_operations import (
    both,
    checked,
    close,
    divide,
    either,
    equal,
    finite,
    grade_deadline,
    grade_flags,
    grade_game,
    grade_payoff,
    greater,
    larger,
    less,
    less_equal,
    logarithm,
    normal,
    number_of,
    root,
    same,
    select,
    smaller,
    tomorrow,
    where,
)


def solve_rows(fixed, row, cell, nothing, row_start, row_stop, out):
    regime, regimes_mask, status, equilibria, expected_day, payoff, probability = out
    num_cells = regime.shape[1]
'''


def schedule_source(
    plan: Schedule, quantities: Iterable[str], num_players: int, num_outcomes: int
) -> str:
    """The source text of a kernel that solves rows of cells by one schedule.

    Parameters
    ----------
    quantities : what the kernel stores besides regime and status: some of ``equilibria``,
        ``expected_day``, ``payoff``, ``probability``

    Returns
    -------
    str
        A module with a function ``solve_rows(fixed, row, cell, nothing, row_start, row_stop,
        out)``: values of the parameters of each level in the order of the schedule, float64
        (fixed,), (row, rows) and (cell, cells); -0.0; the rows to solve; and arrays as for `store`
        of the block kernel.
    """
    values = Values(plan)
    results = _Results.of(values.results, num_players, frozenset(quantities))
    live = values.live([*results.roots(), *([LAST] if values.has_deadline else [])])
    carried = {name: pair for name, pair in values.carried.items() if name in live}
    return _Writer(values, results, num_outcomes, live, carried).write()


@dataclass(frozen=True)
class _Results:
    """Names of the values that a solved cell shows; None or empty where not wanted.

    ``graded`` are the payoffs, wanted or not: a cell in which one is not finite has failed.
    """

    graded: Sequence[str]
    payoffs: Sequence[str]
    probabilities: Sequence[str]
    outcome: str | None
    day: str | None
    label: str
    count: str | None
    flags: Sequence[str]

    @classmethod
    def of(cls, names: Sequence[str], num_players: int, quantities: frozenset[str]) -> _Results:
        """The results of a schedule by their place, see `games.program.Results`."""
        payoffs, probabilities = names[:num_players], names[num_players:-8]
        outcome, day, label, count = names[-8:-4]
        wanted = "probability" in quantities
        return cls(
            graded=payoffs,
            payoffs=payoffs if "payoff" in quantities else (),
            probabilities=probabilities if wanted else (),
            outcome=(outcome or None) if wanted else None,
            day=day if "expected_day" in quantities else None,
            label=label,
            count=count if "equilibria" in quantities else None,
            flags=names[-4:],
        )

    def roots(self) -> list[str]:
        """All names of the schedule's values."""
        single = [name for name in (self.outcome, self.day, self.count) if name is not None]
        return [*self.graded, *self.probabilities, *single, self.label, *self.flags]

    def stored(self) -> list[tuple[str, str]]:
        """What leaves the loop over the cells: a name for its row, and the value."""
        return [
            *((f"payoff{k}", name) for k, name in enumerate(self.payoffs)),
            *((f"probability{k}", name) for k, name in enumerate(self.probabilities)),
            *([("outcome", self.outcome)] if self.outcome is not None else []),
            *([("expected_day", self.day)] if self.day is not None else []),
            *([("equilibria", "count")] if self.count is not None else []),
            ("regime", self.label),
            ("status", "grade"),
        ]


@dataclass
class _Writer:
    """Puts values into loops, and the loops into a function.

    A value that one loop over a block's cells computes and a later one reads crosses in a row of
    ``scratch``, as wide as a block.
    """

    values: Values
    results: _Results
    num_outcomes: int
    live: set[str]
    carried: dict[str, tuple[str, str]]
    rows: dict[str, str] = field(default_factory=dict)

    def write(self) -> str:
        """The whole text: later loops first, because they say what earlier ones must leave."""
        store = self._store()
        roots, grade = self.results.roots(), self._grade()
        if self.values.has_deadline:
            final = self._loop(Segment.FINAL, [*roots, LAST], grade)
            days = self._days()
            block = [*self._loop(Segment.CELL, (), self._leave()), *days, *final, *store]
        else:
            block = [*self._loop(Segment.CELL, roots, grade), *store]
        num, width = len(self.rows), self._width()
        lines = [
            f"scratch = np.empty({width * num})",
            f"rows = scratch.reshape(({num}, {width}))",
            *(f"s{k} = scratch[{width * k} : {width * (k + 1)}]" for k in range(num)),
            *self._assign(Segment.CONSTANT),
            "for r in range(row_start, row_stop):",
            *_indent(self._assign(Segment.ROW)),
            f"    for first in range(0, num_cells, {width}):",
            f"        num = min({width}, num_cells - first)",
            "        stop = first + num",
            "        failed = 0",
            *_indent([*self._cell_inputs(), *block], 2),
        ]
        return _HEADER + "\n".join(_indent(lines)) + "\n"

    def _width(self) -> int:
        """Cells of a block."""
        width = WIDEST
        while width > NARROWEST and width * len(self.rows) > NEAREST:
            width //= 2
        return width

    def _row(self, name: str) -> str:
        """The row of ``scratch`` for a value."""
        return self.rows.setdefault(name, f"s{len(self.rows)}")

    def _own(self, segment: Segment) -> list[str]:
        """The names that a segment sets."""
        return [
            name
            for name, value in self.values.known.items()
            if name in self.live and value.segment is segment
        ]

    def _assign(self, segment: Segment) -> list[str]:
        return [f"{name} = {self.values.known[name].text}" for name in self._own(segment)]

    def _cell_inputs(self) -> list[str]:
        """Slices, because an index that is a sum keeps the compiler from vectorising."""
        return [
            f"cell{k} = cell[{k}, first:stop]"
            for k, name in enumerate(self.values.cell)
            if name in self.live
        ]

    def _loop(self, segment: Segment, roots: Iterable[str], tail: list[str]) -> list[str]:
        """A segment over a block's cells: values of earlier loops, its own, and the ``tail``."""
        known, own = self.values.known, dict.fromkeys(self._own(segment))
        read = dict.fromkeys([*(name for o in own for name in known[o].reads), *roots])
        loads = [f"{n} = {self._row(n)}[i]" for n in read if n not in own and known[n].by_cell]
        return [_EACH_CELL, *_indent([*loads, *self._assign(segment), *tail])]

    def _leave(self) -> list[str]:
        """The cells' own values that later loops read, and each carried number's first value."""
        first = [f"{self._row(name)}[i] = {value}" for name, (value, _) in self.carried.items()]
        own = self._own(Segment.CELL)
        return [*first, *(f"{self.rows[name]}[i] = {name}" for name in own if name in self.rows)]

    def _days(self) -> list[str]:
        """Day after day over the whole block; a cell whose deadline is shorter stops earlier."""
        if not self.carried:
            return []
        current = {name: name for name in self.carried}
        tail = []
        for name, (_, following) in self.carried.items():
            value = current.get(following, following)
            current[name] = f"n{name}"
            tail.append(f"n{name} = tomorrow({value}, {name}, elapsed, {LAST})")
        tail += [f"{self._row(name)}[i] = n{name}" for name in self.carried]
        roots = [*(following for _, following in self.carried.values()), *self.carried, LAST]
        loop = self._loop(Segment.DAY, roots, tail)
        return [*self._longest(), "for elapsed in range(1, int(longest) + 1):", *_indent(loop)]

    def _longest(self) -> list[str]:
        """The longest deadline of the block."""
        if not self.values.known[LAST].by_cell:
            return [f"longest = {LAST} if {LAST} == {LAST} else 0.0"]
        row = self._row(LAST)
        choice = f"longest = {row}[i] if {row}[i] > longest else longest"
        return ["longest = 0.0", _EACH_CELL, f"    {choice}"]

    def _grade(self) -> list[str]:
        """Status of a cell, the gravest finding, and its results into their rows."""
        *flags, invalid = self.results.flags
        lines = [
            f"grade = grade_flags({', '.join(flags)})",
            *(f"grade = grade_payoff(grade, {name})" for name in self.results.graded),
            *([f"grade = grade_deadline(grade, {LAST})"] if self.values.has_deadline else []),
            f"grade = grade_game(grade, {invalid})",
        ]
        if self.results.count is not None:
            lines.append(f"count = number_of({self.results.count}, grade)")
        lines.append("failed += 1 if grade > float(SEVERAL) else 0")
        return [*lines, *(f"{self._row(row)}[i] = {name}" for row, name in self.results.stored())]

    def _store(self) -> list[str]:
        """A block's results into the arrays; see `store` of the block kernel."""
        results = self.results
        place = {row: int(self._row(row)[1:]) for row, _ in results.stored()}
        lines = [
            f"copy({self._row(row)}, {row}[r, first:stop], num)"
            for row in ("status", "regime", "equilibria", "expected_day")
            if row in place
        ]
        for kind, names in (("payoff", results.payoffs), ("probability", results.probabilities)):
            if names:
                lines.append(f"for k in range({len(names)}):")
                row = f"rows[{place[kind + '0']} + k]"
                lines.append(f"    copy({row}, {kind}[k, r, first:stop], num)")
        if results.outcome is not None:
            lines.append(f"for k in range({self.num_outcomes}):")
            row = self._row("outcome")
            lines.append(f"    mark({row}, float(k), probability[k, r, first:stop], num)")
        return [
            *lines,
            "masks = regimes_mask[r, first:stop]",
            _EACH_CELL,
            f"    masks[i] = np.int32(1) << np.int32({self._row('regime')}[i])",
            "if failed > 0:",
            "    erase(r, first, num, out)",
        ]


def _indent(lines: Iterable[str], times: int = 1) -> list[str]:
    return ["    " * times + line for line in lines]
