"""The operations of a tape: one table that the language, the compiler and every back-end share.

Numbers are floats, rationals or intervals, as the back-end has it.  *Undefined* (a division by
zero, the logarithm of a number that is not positive, an even root of a negative number) is ``nan``
in every back-end.  Conditions are numbers too: 1 holds, 0 does not, ``nan`` is undecided because it
reads something undefined; ``and``, ``or`` and ``not`` follow Kleene's three-valued logic, so
``x > 0 and 1 / x < 2`` is 0 at ``x = 0``.

The second group is what the solvers emit.  It compares and selects without regard to ``nan``, which
they track by themselves, and so costs one instruction each.
"""

from __future__ import annotations

from enum import IntEnum


class Operation(IntEnum):
    """Code of an operation; the number is what stands on a tape."""

    ADD = 0
    SUB = 1
    MUL = 2
    DIV = 3
    POW = 4
    NEG = 5
    EXP = 6
    LOG = 7
    SQRT = 8
    ABS = 9
    MIN = 10
    MAX = 11
    PHI = 12
    LESS = 13
    LESS_EQUAL = 14
    EQUAL = 15
    AND = 16
    OR = 17
    NOT = 18
    WHERE = 19
    # Emitted by solvers only: operands are known to be numbers.
    GREATER = 20
    SAME = 21
    SELECT = 22
    CLOSE = 23
    FINITE = 24
    COPY = 25


ARITY = dict.fromkeys(Operation, 2) | {
    Operation.NEG: 1,
    Operation.EXP: 1,
    Operation.LOG: 1,
    Operation.SQRT: 1,
    Operation.ABS: 1,
    Operation.PHI: 1,
    Operation.NOT: 1,
    Operation.FINITE: 1,
    Operation.COPY: 1,
    Operation.WHERE: 3,
    Operation.SELECT: 3,
}
"""Number of operands of each operation."""

CONDITIONS = frozenset(
    {
        Operation.LESS,
        Operation.LESS_EQUAL,
        Operation.EQUAL,
        Operation.AND,
        Operation.OR,
        Operation.NOT,
    }
)
"""Operations of the language whose value is a condition, not a number."""

PARTIAL = frozenset(
    {Operation.DIV, Operation.POW, Operation.EXP, Operation.LOG, Operation.SQRT, Operation.WHERE}
)
"""Operations that can be undefined, or overflow, at finite operands of ordinary size."""

COMMUTATIVE = frozenset(
    {Operation.ADD, Operation.MUL, Operation.EQUAL, Operation.AND, Operation.OR, Operation.SAME}
)
"""Operations whose value does not depend on the operands' order, to the last bit."""

RELATIVE_TIE = 1e-12
"""Two floating-point payoffs closer than this share of the larger one are a tie (``CLOSE``)."""
