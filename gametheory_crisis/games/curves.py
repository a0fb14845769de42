"""Payoffs as curves: their derivatives, and where they can have kinks, as slots of one tape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gametheory_crisis.games.tape import Tape


@dataclass(frozen=True)
class Curves:
    """The arithmetic of a stage game, with that of its derivatives behind it.

    Attributes
    ----------
    tape : the tape; the slots of the stage game keep their numbers
    slopes : for a slot and an input that it reads, the slot of the derivative
    switches : for a slot and an input that it reads, the slots of the numbers that read the input
        and whose sign decides which branch of the slot's arithmetic holds
    """

    tape: Tape
    slopes: Mapping[tuple[int, str], int]
    switches: Mapping[tuple[int, str], tuple[int, ...]]

    def is_affine(self, slot: int, name: str) -> bool:
        """Whether the slot is affine in an input, for all that its arithmetic shows."""
        if name not in self.tape.reads[slot]:
            return True
        slope = self.slopes[slot, name]
        return name not in self.tape.reads[slope] and not self.switches[slot, name]
