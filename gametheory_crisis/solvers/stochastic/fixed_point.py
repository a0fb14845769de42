"""The fixed point of a day whose choices stay the same, and whether days lead there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gametheory_crisis.solvers.stochastic.day_operator import Day, DayOperator, Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CORRECTIONS = 24
"""Steps of Newton's method per jump."""
MOST_DOUBLINGS = 40
"""Values that would take more than two to this power of days to settle count as unsettled."""
FARTHER = 1e3
"""Values may move away from a limit by so much before they approach it."""
ROUNDING = 1e-15
"""Changes of a value below this share of the largest are rounding."""


def fixed_point(
    operator: DayOperator,
    point: Point,
    day: Day,
    slope: NDArray[np.float64],
    tolerance: float,
) -> Point | None:
    """Newton's method from a point; the slope is renewed where steps stop to shrink fast."""
    import numpy as np

    here, now, gap = point, day, distance(day, point)
    best, least = here, gap
    for _ in range(MOST_CORRECTIONS):
        try:
            step = np.linalg.solve(
                np.eye(len(slope)) - slope, (now.point.payoffs - here.payoffs).ravel()
            )
        except np.linalg.LinAlgError:
            return None
        payoffs = here.payoffs + step.reshape(here.payoffs.shape)
        if not np.isfinite(payoffs).all():
            return None
        # A value that is 0 but for rounding would break every tie with 0.
        small = np.abs(payoffs) <= 16 * ROUNDING * now.scale
        here, before = Point(np.where(small, 0.0, payoffs), point.days), gap
        now = operator(here, day.decided)
        gap = distance(now, here)
        if gap < least:
            best, least = here, gap
        if gap <= ROUNDING or (gap > before / 2 and least <= tolerance):
            break
        if gap > before / 16:
            slope = operator.slope(here, now)
    return best if least <= tolerance else None


def attracts(
    operator: DayOperator,
    point: Point,
    fixed: Point,
    slope: NDArray[np.float64],
    day: Day,
    tolerance: float,
) -> bool:
    """Whether the days from a point on lead to a fixed point without a change of choices.

    With the choices of the day, ``2**k`` days shrink the distance by that power of the slope; the
    choices are looked at where play would then stand.
    """
    import numpy as np

    away = (point.payoffs - fixed.payoffs).ravel()
    scale = np.tile(day.scale, len(point.payoffs))
    first = distance = float(np.abs(away / scale).max())
    for _ in range(MOST_DOUBLINGS):
        shrunk = slope @ away
        distance = float(np.abs(shrunk / scale).max())
        there = Point(fixed.payoffs + shrunk.reshape(fixed.payoffs.shape), point.days)
        if not distance <= FARTHER * first or operator(there, day.decided).choices != day.choices:
            return False
        if distance <= tolerance:
            return True
        slope = slope @ slope
    return False


def distance(day: Day, point: Point) -> float:
    """The largest change of a payoff to the day before, as a share of the player's largest."""
    import numpy as np

    return float((np.abs(day.point.payoffs - point.payoffs) / day.scale).max())
