"""Operations on single numbers, for kernels written for one program each.

Each does what the block kernel's loop for the operation does, to the last bit; the other operations
are plain arithmetic.  As functions they are cheap to compile: a choice written out in the text of a
kernel costs the compiler three blocks.
"""

from __future__ import annotations

from math import erfc, log, sqrt

import numpy as np

from gametheory_crisis.kernels.blocks import MAX_DAYS, NO_GAME, SOLVED, STUCK, TIE, UNDEFINED
from gametheory_crisis.kernels.jit import inlined
from gametheory_crisis.kernels.operations import RELATIVE_TIE

_HALF_ROOT = sqrt(0.5)


@inlined
def divide(a, b):
    """``DIV``."""
    return a / b if b != 0.0 else np.nan


@inlined
def logarithm(a):
    """``LOG``."""
    return log(a) if a > 0.0 else np.nan


@inlined
def root(a):
    """``SQRT``."""
    return sqrt(a) if a >= 0.0 else np.nan


@inlined
def smaller(a, b):
    """``MIN``."""
    return a if a < b or a != a else b


@inlined
def larger(a, b):
    """``MAX``."""
    return a if a > b or a != a else b


@inlined
def normal(a):
    """``PHI``."""
    return 0.5 * erfc(-a * _HALF_ROOT)


@inlined
def less(a, b):
    """``LESS``."""
    return np.nan if a != a or b != b else (1.0 if a < b else 0.0)


@inlined
def less_equal(a, b):
    """``LESS_EQUAL``."""
    return np.nan if a != a or b != b else (1.0 if a <= b else 0.0)


@inlined
def equal(a, b):
    """``EQUAL``."""
    return np.nan if a != a or b != b else (1.0 if a == b else 0.0)


@inlined
def both(a, b):
    """``AND``."""
    return 0.0 if a == 0.0 or b == 0.0 else (a * b)


@inlined
def either(a, b):
    """``OR``."""
    return 1.0 if a == 1.0 or b == 1.0 else (a + b)


@inlined
def where(a, b, c):
    """``WHERE``."""
    chosen = b if a == 1.0 else c
    return chosen if a == a else np.nan


@inlined
def greater(a, b):
    """``GREATER``."""
    return 1.0 if a - b > RELATIVE_TIE * max(abs(a), abs(b)) else 0.0


@inlined
def same(a, b):
    """``SAME``."""
    return 1.0 if a == b else 0.0


@inlined
def select(a, b, c):
    """``SELECT``."""
    return b if a != 0.0 else c


@inlined
def close(a, b):
    """``CLOSE``."""
    return 1.0 if abs(a - b) <= RELATIVE_TIE * max(abs(a), abs(b)) else 0.0


@inlined
def finite(a):
    """``FINITE``."""
    return 1.0 if a - a == 0.0 else 0.0


@inlined
def checked(deadline):
    """A deadline, or ``nan`` where it is not one."""
    whole = deadline >= 1.0 and deadline <= MAX_DAYS and deadline == np.floor(deadline)
    return deadline if whole else np.nan


@inlined
def tomorrow(following, carried, elapsed, deadline):
    """A carried number after a day; it stays where the deadline is nearer than that."""
    return following if elapsed <= deadline else carried


@inlined
def grade_flags(tie, stuck, undefined):
    """Status of a cell by the flags of its results; the gravest finding counts."""
    grade = float(TIE) if tie != 0.0 else float(SOLVED)
    grade = float(STUCK) if stuck != 0.0 else grade
    return float(UNDEFINED) if undefined != 0.0 else grade


@inlined
def grade_payoff(grade, payoff):
    """A status once a payoff has been seen."""
    return grade if payoff - payoff == 0.0 else float(UNDEFINED)


@inlined
def grade_deadline(grade, deadline):
    """A status once a checked deadline has been seen."""
    return grade if deadline == deadline else float(NO_GAME)


@inlined
def grade_game(grade, invalid):
    """A status once it is seen whether there is a game at all."""
    return grade if invalid == 0.0 else float(NO_GAME)


@inlined
def number_of(count, grade):
    """Number of equilibria, at least two where choices tie."""
    several = 2.0 if grade == float(TIE) else 1.0
    return count if count > several else several
