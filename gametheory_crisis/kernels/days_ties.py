"""When two payoffs of a long deadline tie, and by which rules equilibria are selected."""

from __future__ import annotations

from gametheory_crisis.kernels.jit import jit
from gametheory_crisis.kernels.operations import RELATIVE_TIE

PAYOFF, MOST_MIXED, FIRST = 0, 1, 2
"""Rules of selection."""
UNDECIDED = -3
"""Stands for a branch where an exact method must be asked."""


@jit
def greater(a, b):
    """Whether ``a`` exceeds ``b`` by more than a tie."""
    return a - b > RELATIVE_TIE * max(abs(a), abs(b))


@jit
def close(a, b):
    """Whether two payoffs tie."""
    return abs(a - b) <= RELATIVE_TIE * max(abs(a), abs(b))
