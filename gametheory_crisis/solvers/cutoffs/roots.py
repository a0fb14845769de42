"""What a search for equilibria finds, and the roots of a function in brackets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from gametheory_crisis.solvers.cutoffs.layout import Floats

Errors: TypeAlias = Callable[[Floats], Floats]
"""A function of many numbers in [0, 1] at once."""
ROUNDING = 1e-13
"""An error this small is 0."""
EXACT = 2e-16
"""An error this small cannot be improved upon."""


@dataclass(frozen=True)
class Root:
    """An equilibrium of a system.

    Attributes
    ----------
    unknowns : (unknowns,) where it is
    latest : the share of the closing player's indifferent types that take the later plan
    mixing : whether the system is the one in which it is unknown, too, how such types mix
    """

    unknowns: Floats
    latest: float = 0.0
    mixing: bool = False


@dataclass
class Found:
    """What a search has found, and why it may not be all."""

    roots: list[Root] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Add a reason, once."""
        if text not in self.notes:
            self.notes.append(text)


def polish(errors: Errors, low: Floats, high: Floats, at_low: Floats) -> Floats:
    """The roots in brackets, all at once, to the last digits (Chandrupatla 1997)."""
    if len(low) == 0:
        return np.array([])
    a, b = high.copy(), low.copy()
    fa, fb = errors(a), at_low.copy()
    c, fc = a.copy(), fa.copy()
    step = np.full(len(a), 0.5)
    for _ in range(80):
        x = a + step * (b - a)
        fx = errors(x)
        same = np.sign(fx) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        best = np.where(np.abs(fa) < np.abs(fb), a, b)
        tolerance = 4e-16 * np.abs(best) + 1e-17
        room = tolerance / np.maximum(np.abs(b - a), 1e-300)
        done = (room > 0.5) | (np.minimum(np.abs(fa), np.abs(fb)) <= EXACT)
        if done.all():
            return best
        step = np.clip(_inverse_step(a, b, c, fa, fb, fc), np.minimum(room, 0.5), 1 - room)
        step = np.where(done, 0.5, step)
    return best


def _inverse_step(a: Floats, b: Floats, c: Floats, fa: Floats, fb: Floats, fc: Floats) -> Floats:
    """Inverse quadratic interpolation where it is safe, else the middle."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        xi = (a - b) / (c - b)
        phi = (fa - fb) / (fc - fb)
        safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
        t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return np.where(safe & np.isfinite(t), t, 0.5)
