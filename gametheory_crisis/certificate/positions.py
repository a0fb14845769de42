"""Where a history stands while a tree grows, and the moves that may come next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gametheory_crisis.certificate.knowledge import Knowledge
from gametheory_crisis.certificate.private_types import TypeDraw
from gametheory_crisis.results import Number


class Position(NamedTuple):
    """Where a history stands, as far as its continuation depends on it.

    ``place`` is an index into the places of the unrolled graph, ``chosen`` what has been chosen so
    far at a simultaneous node.
    """

    place: int
    types: Mapping[str, str]
    private: Mapping[str, Number]
    offers: Mapping[str, Number]
    knowledge: Knowledge
    chosen: tuple[str, ...] = ()


class Move(NamedTuple):
    """A move about to be made: its words, its probability, what is known behind it."""

    label: str
    chance: Number
    edge: int
    position: Position


def drawn(position: Position, way: TypeDraw) -> Position:
    """The position after a draw of types; a player may draw its type in parts."""
    types = dict(position.types)
    for player, name in way.types.items():
        types[player] = f"{types[player]} {name}" if player in types else name
    return position._replace(types=types, private={**position.private, **way.numbers})


def arrived(position: Position, place: int, days: int) -> Position:
    """The position at a place ``days`` later, when the offers of before no longer stand."""
    return position._replace(place=place, offers={} if days else position.offers)
