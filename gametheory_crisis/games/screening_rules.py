"""What the two sides do, on and off the path, where offers screen private numbers day after day.

Types are ordered from the most resistant to the most willing. A *position* in this order is a
number s in [0, 1]: for a continuum s is affine in the private number; for finitely many types it is
the share of types at most so willing, so that each type is an interval. Since more willing types
accept earlier, what is left after refusals are the positions below some *state*, 1 at first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MEETING = 1e-13
"""Positions nearer than this to where pieces meet are there."""


@dataclass(frozen=True)
class PiecewiseRule:
    """A piecewise smooth function on [0, 1], with jumps where pieces meet.

    Attributes
    ----------
    ends : float64 (pieces + 1,), ascending from 0 to 1
    coefficients : float64 (pieces, terms), per piece the coefficients of the Chebyshev polynomials
        of ``2 (s - a) / (b - a) - 1`` on ``[a, b]``
    """

    ends: Floats
    coefficients: Floats

    def at(self, positions: Floats, *, from_left: bool = True) -> Floats:
        """The values at some positions; where pieces meet, the limit from the left or the right.

        A position within rounding of where pieces meet counts as that place.
        """
        shift = -MEETING if from_left else MEETING
        piece = np.searchsorted(self.ends, positions + shift, side="right") - 1
        piece = np.clip(piece, 0, len(self.coefficients) - 1)
        low, high = self.ends[piece], self.ends[piece + 1]
        x = np.clip(2 * (positions - low) / (high - low) - 1, -1, 1)
        rows = self.coefficients[piece]
        value, after = np.zeros_like(x), np.zeros_like(x)
        for k in range(rows.shape[-1] - 1, 0, -1):
            value, after = rows[..., k] + 2 * x * value - after, value
        return np.asarray(rows[..., 0] + x * value - after)


@dataclass(frozen=True)
class DayRules:
    """The strategies of one day before the deadline.

    Attributes
    ----------
    reservation : per position the offer that leaves the type there indifferent; it may lie outside
        the range of offers. A type that is left accepts what is at least as good for it; one that
        ought to have accepted earlier does what is best for it, and nobody thinks it is there
    offer : per state the offer that is made
    after : per state what is left once that offer has been refused
    """

    reservation: PiecewiseRule
    offer: PiecewiseRule
    after: PiecewiseRule


@dataclass(frozen=True)
class ScreeningRules:
    """Strategies of daily offers to an informed player.

    Where a state lies on a jump of ``offer``, the proposer is indifferent between the limits from
    both sides, and makes the one that today's offer counts on (or a lottery over both).

    Attributes
    ----------
    days : one entry per day before the deadline
    ascending : whether a larger private number is a more willing type
    low, high : ends of the continuum of private numbers
    names, shares : where types are finitely many, their names from the most resistant to the most
        willing, and the share of types up to and including each (the last is 1); empty otherwise
    error : estimate of the largest error of values and probabilities
    """

    days: tuple[DayRules, ...]
    ascending: bool
    low: float = 0.0
    high: float = 1.0
    names: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    error: float = 0.0

    def number(self, positions: Floats) -> Floats:
        """The private numbers at positions of a continuum."""
        width = (self.high - self.low) * np.asarray(positions)
        return self.low + width if self.ascending else self.high - width
