"""Positions of a stage game before they have a number."""

from __future__ import annotations

from dataclasses import dataclass, field

from gametheory_crisis.games.stage import Branch, Phase, Position


@dataclass(frozen=True, slots=True)
class Place:
    """A position before it has a number.

    ``days`` is the day where there is no deadline, and the days since the deadline after it.
    ``nights`` above 0 means that so many days pass before ``node`` is reached.
    """

    node: str
    state: tuple[int, ...]
    phase: Phase
    days: int
    offers: tuple[tuple[str, int], ...] = ()
    nights: int = 0


@dataclass(slots=True)
class Draft:
    """A position whose branches still name places."""

    position: Position
    branches: list[tuple[Branch, Place]] = field(default_factory=list)
    night: dict[str, Place] = field(default_factory=dict)
    hazard: int | None = None

    def same_day(self) -> list[Place]:
        """Places that must be solved before this one."""
        if self.night:
            return [] if self.position.repeats else list(self.night.values())
        return [place for _, place in self.branches]

    def later(self) -> list[Place]:
        """Places that this one leads to across a day."""
        return list(self.night.values())
