"""The arithmetic of a long game as code for the kernels: once at a point, and once a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.arithmetic import as_float
from gametheory_crisis.games.stage import StageGame


class Numbering:
    """The arithmetic behind a set of slots: first what never changes at a point, then the daily."""

    def __init__(self, game: StageGame, slots: Iterable[int]) -> None:
        tape = game.tape
        roots = list(slots)
        needed = tape.closure(roots)
        never = [slot for slot in needed if "day" not in tape.reads[slot]]
        changing = [slot for slot in needed if "day" in tape.reads[slot]]
        asked = set(roots)
        daily_roots = [slot for slot in changing if slot in asked]
        self.first = len(never)
        self.number = {slot: k for k, slot in enumerate([*never, *daily_roots])}
        operations = [(s, e) for s in changing if isinstance(e := tape.entries[s], tuple)]
        inner = set(changing)
        outer = sorted({k for _, entry in operations for k in entry[1]} - inner)
        days = [slot for slot in changing if not isinstance(tape.entries[slot], tuple)]
        order = [*outer, *(slot for slot, _ in operations)]
        register = {slot: 1 + k for k, slot in enumerate(order)} | dict.fromkeys(days, 0)
        self.sources = whole([self.number[slot] for slot in outer])
        self.rows = whole([register[slot] for slot in daily_roots])
        self.daily = _code(
            [
                (int(operation), register[slot], _three(operands, register))
                for slot, (operation, operands) in operations
            ]
        )
        constants: list[tuple[int, float]] = []
        inputs: list[tuple[int, str]] = []
        code: list[tuple[int, int, tuple[int, int, int]]] = []
        for slot in never:
            entry = tape.entries[slot]
            if isinstance(entry, tuple):
                code.append((int(entry[0]), self.number[slot], _three(entry[1], self.number)))
            elif isinstance(entry, Fraction):
                constants.append((self.number[slot], as_float(entry)))
            else:
                inputs.append((self.number[slot], entry))
        self.never = _code(code)
        self.inputs = tuple(inputs)
        self.constants = (
            np.array([number for number, _ in constants], dtype=np.int64),
            np.array([value for _, value in constants], dtype=np.float64),
        )


def _three(operands: Sequence[int], register: Mapping[int, int]) -> tuple[int, int, int]:
    """Three registers of an operation of one to three operands."""
    used = [register[operand] for operand in operands]
    a, b, c = (used * 3)[:3]
    return a, b, c


def _code(operations: Sequence[tuple[int, int, tuple[int, int, int]]]) -> NDArray[np.int32]:
    rows = [(operation, register, *operands) for operation, register, operands in operations]
    return np.array(rows, dtype=np.int32).reshape(-1, 5)


def whole(numbers: Sequence[int]) -> NDArray[np.int32]:
    """The numbers as the kernels take them."""
    return np.array(numbers, dtype=np.int32)
