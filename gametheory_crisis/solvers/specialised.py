"""A schedule with code of its own, where that is worth compiling.

Code written for one schedule gives the bits of the block kernel in less time, but takes seconds to
compile.  With ``auto`` it is used at once where an earlier process compiled it, and else from the
moment when it would have saved as much time as it takes to compile: then all the time spent is at
most twice what it would have been had one known how much was still to come (the ski rental rule).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.schedule import Schedule, Segment
from gametheory_crisis.games.schedule_source import schedule_source

Kernel: TypeAlias = Callable[..., Any]

CHOICES = ("auto", "always", "never")
SAVED = 2e-10
"""Seconds that specialised code saves per cell and operation (measured: 0.15 to 0.27 ns)."""
FIRST, EACH = 2.0, 0.0045
"""Seconds to compile a text, and more for each of its operations (2.2 s for 62, 4.5 s for 604)."""
MAX_DAYS = 1_000_000
"""Longest deadline that the kernels take."""
LOADING = 0.02
"""Seconds to write a text and to load what an earlier process compiled from it."""


@dataclass
class TieredSchedule:
    """A schedule, and how much it has been used.

    Attributes
    ----------
    schedule : what the block kernel runs, and what specialised code is written from
    num_players, num_outcomes : sizes of the game
    """

    schedule: Schedule
    num_players: int
    num_outcomes: int
    _texts: dict[frozenset[str], str] = field(default_factory=dict)
    _missed: dict[frozenset[str], float] = field(default_factory=dict)
    """Seconds that specialised code would have saved so far, by what was stored."""
    _kept: dict[frozenset[str], bool] = field(default_factory=dict)
    """Whether an earlier process compiled it, once that has been looked up."""

    def kernel(
        self, quantities: Sequence[str], num_operations: float, specialise: str
    ) -> Kernel | None:
        """The compiled code for some quantities, or None where the block kernel is to be used.

        Parameters
        ----------
        num_operations : how many operations each thread is about to do, over all cells and days
        specialise : ``auto``, ``always`` or ``never``

        Raises
        ------
        ParameterError
            Another word.
        """
        if specialise not in CHOICES:
            raise ParameterError(f"specialise: '{specialise}' is not one of {', '.join(CHOICES)}")
        stored = frozenset(quantities)
        wanted = specialise == "always"
        if specialise == "auto":
            self._missed[stored] = self._missed.get(stored, 0.0) + SAVED * num_operations
            wanted = self._pays(stored)
        if not wanted:
            return None
        from gametheory_crisis.kernels.specialised import specialised_kernel

        return specialised_kernel(self._text(stored))

    def anticipate(self, quantities: Sequence[str], num_operations: float, specialise: str) -> None:
        """Compile now what so many operations to come, in many calls of `kernel`, will pay for."""
        stored = frozenset(quantities)
        before = self._missed.get(stored, 0.0)
        self._missed[stored] = before + SAVED * num_operations
        if specialise == "always" or (specialise == "auto" and self._pays(stored)):
            self.kernel(quantities, 0, specialise)
        else:
            self._missed[stored] = before

    def _pays(self, stored: frozenset[str]) -> bool:
        """Whether the time that was lost so far would have been enough to compile, or to load."""
        from gametheory_crisis.kernels import specialised

        missed = self._missed[stored]
        if missed < LOADING or not specialised.compiles():
            return False
        if missed > FIRST + EACH * len(self.schedule.code):
            return True
        if stored not in self._kept:
            self._kept[stored] = specialised.is_kept(self._text(stored))
        return self._kept[stored]

    def _text(self, stored: frozenset[str]) -> str:
        text = self._texts.get(stored)
        if text is None:
            text = schedule_source(self.schedule, stored, self.num_players, self.num_outcomes)
            self._texts[stored] = text
        return text

    def operations_per_cell(self, *levels: Mapping[str, Any]) -> float:
        """Operations that a cell takes, given the parameters' values at each level."""
        sizes = np.diff(self.schedule.bounds)
        days = self._days(*levels) if self.schedule.deadline >= 0 else 0.0
        return float(sizes[Segment.CELL] + sizes[Segment.FINAL] + days * sizes[Segment.DAY])

    def _days(self, *levels: Mapping[str, Any]) -> float:
        """Days to the deadline, on average; 1 where it is computed from parameters."""
        plan = self.schedule
        values: dict[int, Any] = {}
        values |= dict(zip(plan.constants[0].tolist(), plan.constants[1], strict=True))
        for names, registers in (plan.fixed, plan.row, plan.cell):
            values |= dict(zip(registers.tolist(), names, strict=True))
        found = values.get(plan.deadline, 1.0)
        if isinstance(found, str):
            found = next(level[found] for level in levels if found in level)
        days = np.atleast_1d(found)
        valid = days[(days >= 1.0) & (days <= MAX_DAYS)]
        return float(valid.mean()) if len(valid) else 1.0
