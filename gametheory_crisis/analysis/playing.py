"""What simulated plays have in common: the moves that are taken down, and the draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gametheory_crisis.language.graph import FOREVER

Plays: TypeAlias = NDArray[np.int64]
"""Numbers of plays."""
NATURE, CLOCK = "nature", "clock"
"""Who moves where no player does."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One move, which many plays make alike.

    Attributes
    ----------
    day, node, state : when and where; ``state`` in the order of the model's state variables
    player : who moves, ``nature`` or ``clock``
    type : the mover's private type, empty where it has none
    action : the action or event; of an offer the name of its number
    offer : the number offered
    """

    day: int
    node: str
    state: tuple[int, ...]
    player: str
    action: str
    type: str = ""
    offer: float = np.nan


class Recorder:
    """Takes down what happens to plays, many at a time.

    Parameters
    ----------
    num_plays : how many plays there are
    players : names
    private : the players who have a type

    Attributes
    ----------
    numbers : the private numbers from a continuum by name, one per play
    """

    def __init__(self, num_plays: int, players: Sequence[str], private: Sequence[str]) -> None:
        self.blocks: list[tuple[Plays, Deed]] = []
        self.payoffs = np.zeros((num_plays, len(players)))
        self.outcome = np.full(num_plays, FOREVER, dtype=object)
        self.day = np.full(num_plays, np.nan)
        self.numbers: dict[str, NDArray[np.float64]] = {}
        self.types = {player: np.full(num_plays, "", dtype=object) for player in private}

    def move(self, plays: Plays, deed: Deed) -> None:
        """Plays make a move, after all that they have made before."""
        if len(plays):
            self.blocks.append((plays, deed))

    def pay(self, plays: Plays, amounts: NDArray[np.float64]) -> None:
        """Every player gets an amount, worth on day 0, in some plays, which may differ by play."""
        self.payoffs[plays] += amounts

    def learn(self, plays: Plays, player: str, type_: str) -> None:
        """A player learns its type, or one more part of it, in some plays."""
        known = self.types[player]
        # All plays that learn a thing together have learnt the same before.
        before = known[plays[0]]
        known[plays] = f"{before} {type_}" if before else type_

    def end(self, plays: Plays, outcome: str, day: int) -> None:
        """Plays end."""
        self.outcome[plays] = outcome
        self.day[plays] = day


def split(draw: Generator, plays: Plays, weights: Sequence[float]) -> list[Plays]:
    """Plays by the way that each takes, drawn with probabilities in proportion to ``weights``.

    A way of weight 0 is taken by none, and a sure one needs no draw.
    """
    ways = [way for way, weight in enumerate(weights) if weight > 0]
    parts = [plays[:0]] * len(weights)
    if len(ways) == 1:
        parts[ways[0]] = plays
        return parts
    bounds = np.cumsum([weights[way] for way in ways])
    drawn = np.searchsorted(bounds[:-1], draw.random(len(plays)) * bounds[-1], side="right")
    for number, way in enumerate(ways):
        parts[way] = plays[drawn == number]
    return parts
