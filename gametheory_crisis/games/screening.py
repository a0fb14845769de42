"""Games in which offers are made to one player who alone knows a number: what a solver sees.

The public part is a `StageGame` whose arithmetic reads the private numbers as inputs, like
parameters. Nobody but the informed player knows them, and before the first answer it does nothing
that could give them away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gametheory_crisis.games.stage import Check, StageGame


@dataclass(frozen=True, slots=True)
class ContinuumSlots:
    """A private number drawn from a continuum.

    Attributes
    ----------
    name : of the number, an input of the tape
    distribution : ``uniform``, ``beta``, ``normal``, ``triangular`` or ``exponential``
    arguments : slots, which read parameters only
    """

    name: str
    distribution: str
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TypeSlots:
    """Finitely many types.

    Attributes
    ----------
    names : of the types
    prior : per type the slot of its probability
    numbers : per private number, an input of the tape, the slot of its value for each type
    checks : conditions without which the prior is none
    """

    names: tuple[str, ...]
    prior: tuple[int, ...]
    numbers: Mapping[str, tuple[int, ...]]
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferStage:
    """An offer and the position at which the informed player answers it on the same day.

    Attributes
    ----------
    offer, answer : positions of the stage game
    proposer : index of the player who offers
    """

    offer: int
    answer: int
    proposer: int


@dataclass(frozen=True, slots=True)
class DailyOffers:
    """Offers made day after day until one is accepted or the clock ends them.

    Attributes
    ----------
    stage : the offer with which every day begins, and its answer
    deal, refusal : which branches of the answer accept the offer, and let a day pass
    night : the position of the night after a refusal
    """

    stage: OfferStage
    deal: int
    refusal: int
    night: int


@dataclass(frozen=True)
class ScreeningGame:
    """Offers to a player with private numbers.

    Attributes
    ----------
    stage : the public part; private numbers are inputs of its tape
    informed : index of the player who knows the private numbers
    continuum, types : the prior; one of the two is None
    offers : all offers that the informed player answers
    daily : where a refusal leads to the next day's offer; None where no offer comes again
    """

    stage: StageGame
    informed: int
    continuum: ContinuumSlots | None
    types: TypeSlots | None
    offers: tuple[OfferStage, ...]
    daily: DailyOffers | None

    @property
    def private_numbers(self) -> tuple[str, ...]:
        """Names of the private numbers."""
        if self.continuum is not None:
            return (self.continuum.name,)
        return () if self.types is None else tuple(self.types.numbers)
