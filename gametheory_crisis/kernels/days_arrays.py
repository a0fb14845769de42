"""What the kernels of long deadlines read: a stage game as flat arrays, and its numbers by day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.kernels.blocks import run
from gametheory_crisis.kernels.jit import entry_point, jit, source_digest

TERMINAL, DECISION, SIMULTANEOUS, CHANCE, NIGHT = 0, 1, 2, 3, 4
"""Kinds of position."""
SOLVED, NOT_FINITE, NO_GAME, STAGE = 0, 1, 2, 3
"""Status: all done, a payoff is not finite, a check fails, a stage is left to an exact method."""
MIXED, NOWHERE = -1, -2
"""Stand for a branch where play is mixed, and where play cannot stand."""
TIED, SEVERAL = 1, 2
"""Flags of a position: options tied at a decision; a stage had several equilibria."""


POSITION = np.dtype(
    [
        (name, np.int32)
        for name in (
            "kind",
            "first",
            "stop",
            "payoffs",
            "outcome",
            "day",
            "hazard",
            "onward",
            "struck",
            "onward_at_deadline",
            "struck_at_deadline",
            "first_mover",
            "stop_mover",
            "column",
            "mix",
            "first_check",
            "stop_check",
        )
    ]
)
"""One position; what does not apply is -1.

kind : see above
first, stop : its branches
payoffs, outcome : of a terminal: the row of `FlatStage.table` and the index of the outcome
day : number of the day, of a terminal or a place of choice on a known day
hazard : number, of a night
onward, struck : of a night, the position tomorrow and after a breakdown; and where tomorrow is the
    deadline
first_mover, stop_mover : its movers
column, mix : of a place of choice, its column among the decisions, and where the probabilities of
    its actions begin among those of mixed play
first_check, stop_check : numbers that must be 1
"""
BRANCH = np.dtype([(name, np.int32) for name in ("target", "pays", "probability", "offer")])
"""One branch: a position, a row of `FlatStage.table` or -1, and two numbers or -1."""
MOVER = np.dtype([("player", np.int32), ("size", np.int32)])
"""One player who moves at a position, and the number of its actions there."""


class FlatStage(NamedTuple):
    """A stage game as arrays; a *number* is an index into the numbers of a day.

    Attributes
    ----------
    num_fixed : the positions before this one stand on known days, the others before a deadline
    positions : `POSITION` (positions,)
    branches : `BRANCH` (branches,)
    movers : `MOVER` (movers,)
    checks : int32 (checks,), numbers
    table : int32 (rows, players), numbers
    """

    num_fixed: int
    positions: NDArray[np.void]
    branches: NDArray[np.void]
    movers: NDArray[np.void]
    checks: NDArray[np.int32]
    table: NDArray[np.int32]


class DailyNumbers(NamedTuple):
    """The numbers of a day, and what computes those that read it.

    Attributes
    ----------
    numbers : float64, those that never change first; the rest modified in place
    first : the first number that changes
    rows : int32, the register of each number that changes
    code : int32 (operations, 5), see `blocks.run`; the day is register 0
    registers : float64 (registers, days at once), modified in place
    block : int64 (1,), the first of the days that the registers hold, or -1; modified in place
    """

    numbers: NDArray[np.float64]
    first: int
    rows: NDArray[np.int32]
    code: NDArray[np.int32]
    registers: NDArray[np.float64]
    block: NDArray[np.int64]


@jit
def load_day(daily, day):
    """Put the numbers of a day in their place; several days are computed at once."""
    if len(daily.rows) == 0:
        return
    registers = daily.registers
    width = registers.shape[1]
    start = day - day % width
    if daily.block[0] != start:
        for j in range(width):
            registers[0, j] = start + j
        run(daily.code, 0, len(daily.code), registers, width)
        daily.block[0] = start
    for k in range(len(daily.rows)):
        daily.numbers[daily.first + k] = registers[daily.rows[k], day - start]


def _build(digest: int) -> Callable[..., Any]:
    @entry_point
    def compute(code, numbers):
        """Run operations on single numbers; ``numbers``, float64 (n,), is modified.

        Returns the digest of the sources that this code was compiled from.
        """
        run(code, 0, len(code), numbers.reshape((len(numbers), 1)), 1)
        return digest

    return compute


compute = _build(source_digest(__name__))
