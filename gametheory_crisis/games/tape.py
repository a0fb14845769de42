"""A tape: a model's arithmetic as a flat list of operations, and its evaluation at a point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.games.arithmetic import APPLY, Number, as_float
from gametheory_crisis.kernels.operations import Operation

Entry: TypeAlias = tuple[Operation, tuple[int, ...]] | Fraction | str


@dataclass(frozen=True)
class Tape:
    """Operations in an order in which operands come first.

    Attributes
    ----------
    entries : per slot a constant, the name of an input, or an operation with the slots it reads
    reads : per slot the names of the inputs that it depends on
    """

    entries: tuple[Entry, ...]
    reads: tuple[frozenset[str], ...]

    def __len__(self) -> int:
        return len(self.entries)

    def closure(self, roots: Iterable[int]) -> list[int]:
        """All slots that ``roots`` need, operands first."""
        needed: set[int] = set()
        stack = list(roots)
        while stack:
            slot = stack.pop()
            if slot not in needed:
                needed.add(slot)
                entry = self.entries[slot]
                if isinstance(entry, tuple):
                    stack.extend(entry[1])
        return sorted(needed)


class Evaluator:
    """Values of a tape's slots at one point, each computed once.

    Inputs are bound in layers: the parameters at the start, then the day, then offers.  Binding a
    layer again forgets only what reads it.

    Parameters
    ----------
    tape : the tape
    values : the inputs that never change here
    exact : keep rationals; otherwise every number is a float from the start
    """

    def __init__(self, tape: Tape, values: Mapping[str, Number], *, exact: bool = True) -> None:
        self._tape = tape
        self._exact = exact
        self._fixed = dict(values) if exact else {k: as_float(v) for k, v in values.items()}
        self._fixed_names = frozenset(values)
        self._memory: dict[int, Number] = {}
        self._day: dict[str, Number] = {}
        self._day_memory: dict[int, Number] = {}
        self._programs: dict[int, list[int]] = {}

    def set_day(self, day: int) -> None:
        """Bind the input ``day``."""
        self._day = {"day": Fraction(day) if self._exact else float(day)}
        self._day_memory = {}

    def value(self, slot: int, offers: Mapping[str, Number] | None = None) -> Number:
        """The number in a slot, given the parameters, the day and any ``offers``."""
        reads = self._tape.reads[slot]
        if reads <= self._fixed_names:
            return self._run(slot, self._fixed, self._memory)
        if offers is None or reads.isdisjoint(offers):
            return self._run(slot, self._day, self._day_memory)
        return self._run(slot, self._day | dict(offers), {})

    def fill(self, program: Sequence[int]) -> None:
        """Compute many slots at once that read the inputs bound at the start only.

        ``program`` has every slot behind its operands.
        """
        memory, entries = self._memory, self._tape.entries
        for slot in program:
            if slot in memory:
                continue
            entry = entries[slot]
            if isinstance(entry, tuple):
                operation, operands = entry
                memory[slot] = APPLY[operation](*[memory[operand] for operand in operands])
            elif isinstance(entry, str):
                memory[slot] = self._fixed[entry]
            else:
                memory[slot] = entry if self._exact else as_float(entry)

    def _run(self, root: int, inputs: Mapping[str, Number], memory: dict[int, Number]) -> Number:
        known = memory.get(root)
        if known is not None:
            return known
        program = self._programs.get(root)
        if program is None:
            program = self._programs[root] = self._tape.closure([root])
        for slot in program:
            if slot in memory:
                continue
            entry = self._tape.entries[slot]
            if isinstance(entry, Fraction):
                memory[slot] = entry if self._exact else as_float(entry)
            elif isinstance(entry, str):
                memory[slot] = inputs[entry] if entry in inputs else self._fixed[entry]
            else:
                operation, operands = entry
                memory[slot] = APPLY[operation](*(memory[operand] for operand in operands))
        return memory[root]
