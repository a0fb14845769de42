"""How many points an analysis solves unless it is told, and what is said of a slow model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gametheory_crisis.cli.output import remark

if TYPE_CHECKING:
    from gametheory_crisis.model import Model

SLOW_POINTS, SCREENING_POINTS = 4096, 1024
"""Points that take some minutes where a model is solved point by point, or by daily screening."""


def affordable_points(model: Model, select: str | None) -> int | None:
    """So many points take a few minutes at most; None where a model is quick."""
    from gametheory_crisis.cli.axes import slow_pace

    if not slow_pace(model, select):
        return None
    return SCREENING_POINTS if model.engine == "screening" else SLOW_POINTS


def remark_slow_points(
    model: Model, points: int, advice: str, *, fewer: bool, select: str | None, quiet: bool
) -> None:
    """Say before a long wait that a model is a slow one.

    Parameters
    ----------
    advice : what makes the wait shorter, or the analysis finer
    fewer : whether there are fewer points than of a quick model
    """
    from gametheory_crisis.cli.axes import SLOW_CELLS, slow_pace

    pace = slow_pace(model, select)
    if pace and (fewer or points > SLOW_CELLS):
        few = ", fewer than for quick models" if fewer else ""
        remark(f"this model is solved {pace}; {points:,} points{few}: {advice}", quiet)
