"""Positions of a stage game before they have a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gametheory_crisis.games.stage import Branch, Check, Kind, Night, Phase, Position


class Place(NamedTuple):
    """A position before it has a number.

    ``days`` is the day where there is no deadline, and the days since the deadline after it; where
    play can go on for ever it is 0.
    ``nights`` above 0 means that so many days pass before ``node`` is reached.
    """

    node: str
    state: tuple[int, ...]
    phase: Phase
    days: int
    offers: tuple[tuple[str, int], ...] = ()
    nights: int = 0


@dataclass(frozen=True, slots=True)
class Mould:
    """What all positions of a node have in common; see `Position`."""

    kind: Kind
    movers: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()
    actions: tuple[tuple[str, ...], ...] = ()
    variable: str = ""


class Twig(NamedTuple):
    """A branch whose target is the number of a place; see `Branch`."""

    label: str
    target: int
    pays: tuple[int, ...]
    probability: int | None
    offer: int | None


@dataclass(slots=True)
class Draft:
    """A position whose branches still lead to places, each by its number; behind a night that
    ``returns``, play may come back to it."""

    place: Place
    mould: Mould
    day: int
    repeats: bool
    reads: frozenset[str] = frozenset()
    low: int = -1
    high: int = -1
    outcome: int = -1
    payoffs: tuple[int, ...] = ()
    branches: tuple[Twig, ...] = ()
    night: dict[str, int] | None = None
    hazard: int | None = None
    returns: bool = False
    checks: tuple[Check, ...] = ()

    def same_day(self) -> list[int]:
        """Places that must be solved before this one."""
        if self.night is not None:
            return [] if self.returns else list(self.night.values())
        return [twig.target for twig in self.branches]

    def later(self) -> list[int]:
        """Places that this one leads to across a day."""
        return [] if self.night is None else list(self.night.values())

    def position(self, index: Sequence[int]) -> Position:
        """The finished position; ``index`` gives the position of every place."""
        place, mould = self.place, self.mould
        night = None
        if self.night is not None:
            ends = {name: index[end] for name, end in self.night.items()}
            night = Night(hazard=self.hazard, **ends)
        return Position(
            node=place.node,
            state=place.state,
            phase=place.phase,
            kind=mould.kind,
            day=self.day,
            repeats=self.repeats,
            branches=tuple(
                [
                    Branch(label, index[target], pays, probability, offer)
                    for label, target, pays, probability, offer in self.branches
                ]
            ),
            movers=mould.movers,
            shape=mould.shape,
            actions=mould.actions,
            variable=mould.variable,
            low=self.low,
            high=self.high,
            outcome=self.outcome,
            payoffs=self.payoffs,
            night=night,
            offers=place.offers,
            reads=self.reads,
            checks=self.checks,
        )


def ordered(drafts: Mapping[int, Draft]) -> list[int]:
    """Places so that whatever is solved first comes first; those of every day come last."""
    order: list[int] = []
    done: set[int] = set()
    for repeats in (False, True):
        for root, draft in drafts.items():
            if draft.repeats is not repeats:
                continue
            stack = [root]
            while stack:
                place = stack.pop()
                if place < 0:
                    order.append(~place)
                elif place not in done:
                    done.add(place)
                    stack.append(~place)
                    stack += drafts[place].same_day()
    return order
