"""A solution program arranged for the block kernel: segments, registers, and what fills them.

What depends on no swept parameter is computed once, what depends on the outer ones once per row,
the rest once per block of cells, and what changes from day to day once per block and day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.arithmetic import as_float
from gametheory_crisis.games.program import SolutionProgram
from gametheory_crisis.games.tape import Entry

UNUSED = -1


class Segment(IntEnum):
    """When an operation runs."""

    CONSTANT = 0
    ROW = 1
    CELL = 2
    DAY = 3
    FINAL = 4


@dataclass(frozen=True)
class Schedule:
    """Register code of a solution program.

    Attributes
    ----------
    code : int32 (n, 5): operation, destination, and up to three operands, all registers
    bounds : int64 (6,): segment k of `Segment` is ``code[bounds[k]:bounds[k + 1]]``
    num_registers : registers that a block needs
    constants : registers and values of the program's constants
    fixed, row, cell : names and registers of the parameters at each level
    deadline, day : registers, or -1
    initial, following : int32 (k, 2): register pairs (to, from) copied before the first day and
        after each
    results : int32: registers of the results, in the order of `Results.slots`
    """

    code: NDArray[np.int32]
    bounds: NDArray[np.int64]
    num_registers: int
    constants: tuple[NDArray[np.int32], NDArray[np.float64]]
    fixed: tuple[tuple[str, ...], NDArray[np.int32]]
    row: tuple[tuple[str, ...], NDArray[np.int32]]
    cell: tuple[tuple[str, ...], NDArray[np.int32]]
    deadline: int
    day: int
    initial: NDArray[np.int32]
    following: NDArray[np.int32]
    results: NDArray[np.int32]


def schedule(program: SolutionProgram, row: Iterable[str], cell: Iterable[str]) -> Schedule:
    """Arrange a program for a sweep.

    Parameters
    ----------
    row, cell : parameters that change from row to row, and from cell to cell
    """
    return _Scheduler(program, tuple(row), tuple(cell)).build()


@dataclass
class _Scheduler:
    """Sorts operations into segments and gives every value a register."""

    program: SolutionProgram
    row: tuple[str, ...]
    cell: tuple[str, ...]
    registers: dict[tuple[int, bool], int] = field(default_factory=dict)
    free: list[int] = field(default_factory=list)
    num_registers: int = 0
    code: list[tuple[int, int, int, int, int]] = field(default_factory=list)

    def build(self) -> Schedule:
        """Segment by segment; values used beyond their segment keep their register."""
        program = self.program
        self.daily = {carried.name for carried in program.carried} | {"day"}
        self.levels = [self._level(reads) for reads in program.tape.reads]
        results = [slot for slot in program.results.slots() if slot != UNUSED]
        initial = [carried.initial for carried in program.carried]
        following = [carried.following for carried in program.carried]
        before = initial + ([] if program.deadline is None else [program.deadline])
        loop = self._needed(following)
        final = self._needed(results)
        self.pinned = self._pinned(before, following, results, loop, final)
        self._inputs({*loop, *final, *self._needed(before)})
        early = sorted({s for s in (*loop, *final, *self._needed(before)) if self.levels[s] < 3})
        bounds = [0]
        for segment in (Segment.CONSTANT, Segment.ROW, Segment.CELL):
            self._emit([s for s in early if self.levels[s] == segment], final=False)
            bounds.append(len(self.code))
        self._emit([s for s in loop if self.levels[s] == Segment.DAY], final=False)
        bounds.append(len(self.code))
        self._emit([s for s in final if self.levels[s] == Segment.DAY], final=True)
        bounds.append(len(self.code))
        return self._freeze(bounds, initial, following, program.results.slots())

    def _level(self, reads: frozenset[str]) -> Segment:
        if not reads.isdisjoint(self.daily):
            return Segment.DAY
        if not reads.isdisjoint(self.cell):
            return Segment.CELL
        return Segment.CONSTANT if reads.isdisjoint(self.row) else Segment.ROW

    def _needed(self, roots: list[int]) -> list[int]:
        return self.program.tape.closure(roots)

    def _pinned(
        self,
        before: list[int],
        following: list[int],
        results: list[int],
        loop: list[int],
        final: list[int],
    ) -> set[tuple[int, bool]]:
        """Values that outlive the segment that computes them."""
        pinned = {(s, False) for s in (*before, *following)}
        pinned |= {self._instance(s, final=True) for s in results}
        for slots, is_final in ((self._needed(before), False), (loop, False), (final, True)):
            for slot in slots:
                own = self._segment(slot, is_final)
                for operand in self._operands(slot):
                    instance = self._instance(operand, final=is_final)
                    if self._segment(operand, is_final) != own or own < Segment.CELL:
                        pinned.add(instance)
        return pinned

    def _segment(self, slot: int, final: bool) -> Segment:
        level = self.levels[slot]
        return Segment.FINAL if final and level == Segment.DAY else level

    def _instance(self, slot: int, *, final: bool) -> tuple[int, bool]:
        """What holds a value: what changes daily is computed anew for the results."""
        is_operation = isinstance(self.program.tape.entries[slot], tuple)
        return slot, final and is_operation and self.levels[slot] == Segment.DAY

    def _operands(self, slot: int) -> tuple[int, ...]:
        entry = self.program.tape.entries[slot]
        return entry[1] if isinstance(entry, tuple) else ()

    def _inputs(self, slots: set[int]) -> None:
        for slot in sorted(slots):
            if not isinstance(self.program.tape.entries[slot], tuple):
                self.registers[slot, False] = self._new()

    def _new(self) -> int:
        if self.free:
            return self.free.pop()
        self.num_registers += 1
        return self.num_registers - 1

    def _emit(self, slots: list[int], *, final: bool) -> None:
        """Code for one segment; a destination never shares a register with its own operands."""
        operations = [s for s in slots if isinstance(self.program.tape.entries[s], tuple)]
        last_use: dict[tuple[int, bool], int] = {}
        for slot in operations:
            for operand in self._operands(slot):
                last_use[self._instance(operand, final=final)] = slot
        for slot in operations:
            instance = self._instance(slot, final=final)
            if instance in self.registers:
                continue
            entry = self.program.tape.entries[slot]
            assert isinstance(entry, tuple)
            sources = [self._instance(operand, final=final) for operand in entry[1]]
            destination = self.registers[instance] = self._new()
            used = [self.registers[source] for source in sources]
            a, b, c = (used * 3)[:3]
            self.code.append((int(entry[0]), destination, a, b, c))
            for source in dict.fromkeys(sources):
                is_input = not isinstance(self.program.tape.entries[source[0]], tuple)
                if last_use[source] == slot and source not in self.pinned and not is_input:
                    self.free.append(self.registers[source])

    def _freeze(
        self, bounds: list[int], initial: list[int], following: list[int], results: tuple[int, ...]
    ) -> Schedule:
        entries = self.program.tape.entries
        register = {
            entries[slot]: number
            for (slot, _), number in self.registers.items()
            if isinstance(entries[slot], str)
        }
        constants = [
            (number, as_float(entry))
            for (slot, _), number in self.registers.items()
            if isinstance(entry := entries[slot], Fraction)
        ]
        kept = [(register[c.name], c) for c in self.program.carried if c.name in register]
        deadline = self.program.deadline
        levels = {name: self._parameters(name, register) for name in ("fixed", "row", "cell")}
        return Schedule(
            code=np.array(self.code, dtype=np.int32).reshape(-1, 5),
            bounds=np.array(bounds, dtype=np.int64),
            num_registers=self.num_registers,
            constants=(
                np.array([number for number, _ in constants], dtype=np.int32),
                np.array([value for _, value in constants], dtype=np.float64),
            ),
            deadline=-1 if deadline is None else self.registers[deadline, False],
            day=register.get("day", -1),
            initial=_pairs([(n, self.registers[c.initial, False]) for n, c in kept]),
            following=_pairs([(n, self.registers[c.following, False]) for n, c in kept]),
            results=np.array(
                [
                    UNUSED if slot == UNUSED else self.registers[self._instance(slot, final=True)]
                    for slot in results
                ],
                dtype=np.int32,
            ),
            **levels,
        )

    def _parameters(
        self, level: str, register: dict[Entry, int]
    ) -> tuple[tuple[str, ...], NDArray[np.int32]]:
        chosen = {"row": self.row, "cell": self.cell}.get(level)
        if chosen is None:
            swept = {*self.row, *self.cell}
            chosen = tuple(name for name in self.program.parameters if name not in swept)
        names = tuple(name for name in chosen if name in register)
        return names, np.array([register[name] for name in names], dtype=np.int32)


def _pairs(pairs: list[tuple[int, int]]) -> NDArray[np.int32]:
    return np.array(pairs, dtype=np.int32).reshape(-1, 2)
