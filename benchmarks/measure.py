"""Timing two things in turn, so that their ratio holds when the machine's speed drifts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    """One line of the table: our rate, theirs, and the ratio (median over pairs of runs)."""

    what: str
    ours: float
    theirs: float
    ratio: float
    unit: str
    other: str
    aim: str = ""

    def __str__(self) -> str:
        aim = f"  (aim: {self.aim})" if self.aim else ""
        return (
            f"{self.what:34} {quantity(self.ours):>8} {self.unit}; "
            f"{self.other} {quantity(self.theirs)}; ratio {self.ratio:.3g}{aim}"
        )


def quantity(number: float) -> str:
    """A number with three digits and a prefix."""
    for limit, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= limit:
            return f"{number / limit:.3g} {prefix}"
    return f"{number:.3g} "


def seconds(action: Callable[[], object]) -> float:
    """Wall-clock seconds of one run."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def compare(
    what: str,
    ours: tuple[Callable[[], object], float],
    theirs: tuple[Callable[[], object], float],
    other: str,
    *,
    unit: str = "cells/s",
    runs: int = 7,
    aim: str = "",
) -> Row:
    """Run two actions in turn; each comes with the number of units that a run produces."""
    ours[0]()
    theirs[0]()
    rates = [(ours[1] / seconds(ours[0]), theirs[1] / seconds(theirs[0])) for _ in range(runs)]
    return Row(
        what=what,
        ours=median(rate for rate, _ in rates),
        theirs=median(rate for _, rate in rates),
        ratio=median(a / b for a, b in rates),
        unit=unit,
        other=other,
        aim=aim,
    )
