"""The block kernel: runs a schedule over rows of cells, a block of cells at a time.

Every register is a row of `BLOCK` numbers, one per cell, so each operation is one loop without
branches that the compiler vectorises, and a block's registers stay in cache.
"""

from __future__ import annotations

from collections.abc import Callable
from math import erfc, exp, log, sqrt
from typing import Any

import numpy as np

from gametheory_crisis.kernels.jit import entry_point, jit, source_digest
from gametheory_crisis.kernels.operations import RELATIVE_TIE, Operation

BLOCK = 256
"""Cells per block."""
MAX_DAYS = 1_000_000
"""Longest deadline."""

SOLVED, TIE, SEVERAL, STUCK, UNDEFINED, NO_GAME = 1, 2, 3, 4, 5, 6
"""Status of a cell; 0 is pending."""

# Compiled code reads plain integers.
_ADD = int(Operation.ADD)
_SUB = int(Operation.SUB)
_MUL = int(Operation.MUL)
_DIV = int(Operation.DIV)
_POW = int(Operation.POW)
_NEG = int(Operation.NEG)
_EXP = int(Operation.EXP)
_LOG = int(Operation.LOG)
_SQRT = int(Operation.SQRT)
_ABS = int(Operation.ABS)
_MIN = int(Operation.MIN)
_MAX = int(Operation.MAX)
_PHI = int(Operation.PHI)
_LESS = int(Operation.LESS)
_LESS_EQUAL = int(Operation.LESS_EQUAL)
_EQUAL = int(Operation.EQUAL)
_AND = int(Operation.AND)
_OR = int(Operation.OR)
_NOT = int(Operation.NOT)
_WHERE = int(Operation.WHERE)
_GREATER = int(Operation.GREATER)
_SAME = int(Operation.SAME)
_SELECT = int(Operation.SELECT)
_CLOSE = int(Operation.CLOSE)
_FINITE = int(Operation.FINITE)
_COPY = int(Operation.COPY)
_HALF_ROOT = sqrt(0.5)


@jit
def power(a, b):
    """``a ** b``, undefined where it is infinite or complex."""
    if a != a or b != b or (a == 0.0 and b < 0.0) or (a < 0.0 and b != np.floor(b)):
        return np.nan
    return a**b


@jit
def run(code, start, stop, registers, num):
    """Run operations ``code[start:stop]`` on the first ``num`` cells; ``registers`` is modified.

    Parameters
    ----------
    code : int32 (n, 5)
    registers : float64 (num_registers, BLOCK)
    """
    for k in range(start, stop):
        o = code[k, 0]
        d = registers[code[k, 1]]
        a = registers[code[k, 2]]
        b = registers[code[k, 3]]
        c = registers[code[k, 4]]
        if o == _ADD:
            for i in range(num):
                d[i] = a[i] + b[i]
        elif o == _SUB:
            for i in range(num):
                d[i] = a[i] - b[i]
        elif o == _MUL:
            for i in range(num):
                d[i] = a[i] * b[i]
        elif o == _SELECT:
            for i in range(num):
                x = b[i]  # read before the choice, so that the loop has no branch
                y = c[i]
                d[i] = x if a[i] != 0.0 else y
        elif o == _GREATER:
            for i in range(num):
                d[i] = 1.0 if a[i] - b[i] > RELATIVE_TIE * max(abs(a[i]), abs(b[i])) else 0.0
        elif o == _CLOSE:
            for i in range(num):
                d[i] = 1.0 if abs(a[i] - b[i]) <= RELATIVE_TIE * max(abs(a[i]), abs(b[i])) else 0.0
        elif o == _SAME:
            for i in range(num):
                d[i] = 1.0 if a[i] == b[i] else 0.0
        elif o == _MIN:
            for i in range(num):
                d[i] = a[i] if a[i] < b[i] or a[i] != a[i] else b[i]
        elif o == _MAX:
            for i in range(num):
                d[i] = a[i] if a[i] > b[i] or a[i] != a[i] else b[i]
        elif o == _DIV:
            for i in range(num):
                d[i] = a[i] / b[i] if b[i] != 0.0 else np.nan
        elif o == _NEG:
            for i in range(num):
                d[i] = -a[i]
        elif o == _ABS:
            for i in range(num):
                d[i] = abs(a[i])
        elif o == _COPY:
            for i in range(num):
                d[i] = a[i]
        elif o == _FINITE:
            for i in range(num):
                d[i] = 1.0 if a[i] - a[i] == 0.0 else 0.0
        elif o == _LESS:
            for i in range(num):
                d[i] = np.nan if a[i] != a[i] or b[i] != b[i] else (1.0 if a[i] < b[i] else 0.0)
        elif o == _LESS_EQUAL:
            for i in range(num):
                d[i] = np.nan if a[i] != a[i] or b[i] != b[i] else (1.0 if a[i] <= b[i] else 0.0)
        elif o == _EQUAL:
            for i in range(num):
                d[i] = np.nan if a[i] != a[i] or b[i] != b[i] else (1.0 if a[i] == b[i] else 0.0)
        elif o == _AND:
            for i in range(num):
                d[i] = 0.0 if a[i] == 0.0 or b[i] == 0.0 else (a[i] * b[i])
        elif o == _OR:
            for i in range(num):
                d[i] = 1.0 if a[i] == 1.0 or b[i] == 1.0 else (a[i] + b[i])
        elif o == _NOT:
            for i in range(num):
                d[i] = 1.0 - a[i]
        elif o == _WHERE:
            for i in range(num):
                x = b[i]
                y = c[i]
                z = x if a[i] == 1.0 else y
                d[i] = z if a[i] == a[i] else np.nan
        elif o == _SQRT:
            for i in range(num):
                d[i] = sqrt(a[i]) if a[i] >= 0.0 else np.nan
        elif o == _EXP:
            for i in range(num):
                d[i] = exp(a[i])
        elif o == _LOG:
            for i in range(num):
                d[i] = log(a[i]) if a[i] > 0.0 else np.nan
        elif o == _POW:
            for i in range(num):
                d[i] = power(a[i], b[i])
        elif o == _PHI:
            for i in range(num):
                d[i] = 0.5 * erfc(-a[i] * _HALF_ROOT)


@jit
def fill(registers, targets, values):
    """Set whole registers to one number each."""
    for k in range(len(targets)):
        for i in range(registers.shape[1]):
            registers[targets[k], i] = values[k]


@jit
def loop_days(code, bounds, registers, deadline, day, following, num):
    """Backward induction over the days of a block; cells whose deadline is shorter stop earlier.

    ``following`` : int32 (k, 2), registers replaced after each day and where from.
    """
    last = registers[deadline]
    longest = 0.0
    uniform = True
    for i in range(num):
        if not (last[i] >= 1.0 and last[i] <= MAX_DAYS and last[i] == np.floor(last[i])):
            last[i] = np.nan
        elif last[i] > longest:
            longest = last[i]
        if last[i] != last[0]:
            uniform = False
    for elapsed in range(1, int(longest) + 1):
        if day >= 0:
            for i in range(num):
                registers[day, i] = last[i] - elapsed
        run(code, bounds[3], bounds[4], registers, num)
        for k in range(len(following)):
            d = registers[following[k, 0]]
            s = registers[following[k, 1]]
            if uniform:
                copy(s, d, num)
            else:
                for i in range(num):
                    d[i] = s[i] if elapsed <= last[i] else d[i]


@jit
def grade(registers, results, deadline, num_payoffs, num, grades):
    """Status of the cells of a block from their flags; the gravest finding counts.

    ``results`` ends with the registers of the flags tie, stuck, undefined, invalid; ``grades``
    (float64) is modified.  Returns the gravest status of the block.
    """
    n = len(results)
    tie = registers[results[n - 4]]
    stuck = registers[results[n - 3]]
    undefined = registers[results[n - 2]]
    invalid = registers[results[n - 1]]
    for i in range(num):
        found = TIE if tie[i] != 0.0 else SOLVED
        found = STUCK if stuck[i] != 0.0 else found
        grades[i] = UNDEFINED if undefined[i] != 0.0 else found
    for k in range(num_payoffs):
        value = registers[results[k]]
        for i in range(num):
            finite = value[i] - value[i] == 0.0
            kept = grades[i]
            grades[i] = kept if finite else UNDEFINED
    if deadline >= 0:
        last = registers[deadline]
        for i in range(num):
            kept = grades[i]
            grades[i] = kept if last[i] == last[i] else NO_GAME
    worst = 0.0
    for i in range(num):
        kept = grades[i]
        grades[i] = kept if invalid[i] == 0.0 else NO_GAME
        worst = grades[i] if grades[i] > worst else worst
    return worst


@jit
def copy(source, target, num):
    """The first ``num`` numbers of ``source`` into ``target``."""
    for i in range(num):
        target[i] = source[i]


@jit
def mark(source, number, target, num):
    """1 into ``target`` where ``source`` is ``number``, else 0."""
    for i in range(num):
        target[i] = 1.0 if source[i] == number else 0.0


@jit
def store(registers, results, deadline, row, first, num, grades, out):
    """Write the results of a block into row ``row`` from cell ``first`` on.

    ``out`` holds regime, regimes_mask, status, equilibria, expected_day, payoff, probability, all
    with rows and cells as their last two axes; those not wanted have no rows.  A cell that failed
    stores no numbers.
    """
    regime, regimes_mask, status, equilibria, expected_day, payoff, probability = out
    num_payoffs = payoff.shape[0]
    num_outcomes = probability.shape[0]
    n = len(results)
    worst = grade(registers, results, deadline, num_payoffs, num, grades)
    label = registers[results[n - 6]]
    stop = first + num
    # Slices, because an index that is a sum keeps the compiler from vectorising.
    statuses = status[row, first:stop]
    regimes = regime[row, first:stop]
    masks = regimes_mask[row, first:stop]
    for i in range(num):
        statuses[i] = np.int8(grades[i])
    for i in range(num):
        regimes[i] = np.int8(label[i])
    for i in range(num):
        masks[i] = np.int32(1) << np.int32(label[i])
    if equilibria.shape[0] > 0:
        count = registers[results[n - 5]]
        counts = equilibria[row, first:stop]
        for i in range(num):
            several = 2.0 if grades[i] == TIE else 1.0
            counts[i] = np.int32(count[i] if count[i] > several else several)
    if expected_day.shape[0] > 0:
        copy(registers[results[n - 7]], expected_day[row, first:stop], num)
    if payoff.shape[1] > 0:
        for k in range(num_payoffs):
            copy(registers[results[k]], payoff[k, row, first:stop], num)
    if probability.shape[1] > 0:
        outcome = results[n - 8]
        for k in range(num_outcomes):
            target = probability[k, row, first:stop]
            if outcome >= 0:
                mark(registers[outcome], float(k), target, num)
            else:
                copy(registers[results[num_payoffs + k]], target, num)
    if worst > SEVERAL:
        erase(row, first, num, out)


@jit
def erase(row, first, num, out):
    """Take the numbers out of cells that failed."""
    regime, regimes_mask, status, equilibria, expected_day, payoff, probability = out
    for i in range(first, first + num):
        if status[row, i] <= SEVERAL:
            continue
        regime[row, i] = -1
        regimes_mask[row, i] = 0
        if equilibria.shape[0] > 0:
            equilibria[row, i] = 0
        if expected_day.shape[0] > 0:
            expected_day[row, i] = np.nan
        if payoff.shape[1] > 0:
            for k in range(payoff.shape[0]):
                payoff[k, row, i] = np.nan
        if probability.shape[1] > 0:
            for k in range(probability.shape[0]):
                probability[k, row, i] = np.nan


def _build(digest: int) -> Callable[..., Any]:
    @entry_point
    def solve_rows(
        code,
        bounds,
        num_registers,
        constants,
        fixed,
        row,
        cell,
        clock,
        initial,
        following,
        results,
        row_start,
        row_stop,
        out,
    ):
        """Solve rows ``row_start`` to ``row_stop`` of a sweep.

        Parameters
        ----------
        code, bounds, num_registers, initial, following, results : of the `Schedule`
        constants, fixed : (registers, values)
        row, cell : (registers, values of shape (len(registers), rows or cells))
        clock : registers of the deadline and of the day
        out : see `store`; modified

        Returns
        -------
        The digest of the sources that this code was compiled from.
        """
        registers = np.zeros((num_registers, BLOCK))
        grades = np.empty(BLOCK)
        width = registers.shape[1]  # a variable: for a literal the callee is compiled anew
        fill(registers, constants[0], constants[1])
        fill(registers, fixed[0], fixed[1])
        run(code, bounds[0], bounds[1], registers, width)
        num_cells = out[0].shape[1]
        for r in range(row_start, row_stop):
            for k in range(len(row[0])):
                for i in range(width):
                    registers[row[0][k], i] = row[1][k, r]
            run(code, bounds[1], bounds[2], registers, width)
            for first in range(0, num_cells, width):
                num = min(width, num_cells - first)
                for k in range(len(cell[0])):
                    copy(cell[1][k, first : first + num], registers[cell[0][k]], num)
                run(code, bounds[2], bounds[3], registers, num)
                for k in range(len(initial)):
                    copy(registers[initial[k, 1]], registers[initial[k, 0]], num)
                if clock[0] >= 0:
                    loop_days(code, bounds, registers, clock[0], clock[1], following, num)
                run(code, bounds[4], bounds[5], registers, num)
                store(registers, results, clock[0], r, first, num, grades, out)
        return digest

    return solve_rows


DIGEST = source_digest(__name__)
solve_rows = _build(DIGEST)
"""Solves rows of cells; see the docstring of the function itself."""
