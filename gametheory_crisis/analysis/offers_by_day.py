"""Daily offers to a player who alone knows a number, as they are made in an equilibrium."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis.cutoff_sides import willing_above
from gametheory_crisis.language.graph import Graph, Offer
from gametheory_crisis.results import Choice, Equilibrium

Floats = NDArray[np.float64]


def _none() -> Floats:
    return np.empty(0)


@dataclass(frozen=True)
class OffersByDay:
    """What is offered on each day, and which types are left; empty where no offers are made daily.

    Where the proposer draws between offers, those on the likeliest way of play.

    Attributes
    ----------
    variable : name of the number offered
    number : name of the private number that decides; empty where types are finitely many
    offers : float64 (day,), nan on days on which none is made
    cutoffs : float64 (day,), the private number that is indifferent; empty without ``number``
    left : float64 (2, day), the interval of types that are left after the answer; likewise
    support : all types before the first answer; likewise
    drawn : whether the proposer draws
    """

    variable: str = ""
    number: str = ""
    offers: Floats = field(default_factory=_none)
    cutoffs: Floats = field(default_factory=_none)
    left: Floats = field(default_factory=_none)
    support: tuple[float, float] = (0.0, 0.0)
    drawn: bool = False


def offers_by_day(graph: Graph, equilibrium: Equilibrium, num_days: int) -> OffersByDay:
    """The daily offers on the path of an equilibrium, on its first ``num_days`` days."""
    if equilibrium.error is None:
        return OffersByDay()
    node, variable = next(
        (name, place.variable)
        for name, place in graph.nodes.items()
        if isinstance(place, Offer) and name in equilibrium.strategies
    )
    made = equilibrium.strategies[node]
    made = tuple(choice for choice in made if choice.reached > 0 and choice.day < num_days)
    drawn = any(choice.offers for choice in made) or len({c.day for c in made}) < len(made)
    offers = np.full(num_days, np.nan)
    for choice in _likeliest(made):
        offers[choice.day] = _likeliest_offer(choice)
    answers = [
        choice
        for choices in equilibrium.strategies.values()
        for choice in choices
        if choice.cutoff and choice.reservation and choice.reached > 0 and choice.day < num_days
    ]
    if not answers:
        return OffersByDay(variable, offers=offers, drawn=drawn)
    number = next(iter(answers[0].cutoff))
    cutoffs, left = np.full(num_days, np.nan), np.full((2, num_days), np.nan)
    for choice in _likeliest(answers):
        cutoffs[choice.day] = choice.cutoff[number]
        left[:, choice.day] = _left(choice, number)
    support = answers[0].reservation[0][0], answers[0].reservation[-1][0]
    return OffersByDay(variable, number, offers, cutoffs, left, support, drawn)


def _likeliest(choices: Sequence[Choice]) -> list[Choice]:
    """The likeliest choice of each day."""
    found: dict[int, Choice] = {}
    for choice in choices:
        if choice.day not in found or choice.reached > found[choice.day].reached:
            found[choice.day] = choice
    return list(found.values())


def _likeliest_offer(choice: Choice) -> float:
    if choice.offers:
        return float(max(choice.offers, key=lambda offer: offer[1])[0])
    return float("nan") if choice.offer is None else float(choice.offer)


def _left(choice: Choice, number: str) -> tuple[float, float]:
    """The types that refuse."""
    low, high = choice.reservation[0][0], choice.reservation[-1][0]
    cutoff = choice.cutoff[number]
    return (low, cutoff) if willing_above(choice.reservation, choice.replies) else (cutoff, high)
