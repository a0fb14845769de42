"""The rules by which an offer is answered: a branch for every number that can be offered."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.results import Reply
from gametheory_crisis.solvers.offer_candidates import Candidate
from gametheory_crisis.solvers.offer_segments import Segment
from gametheory_crisis.solvers.offer_subgame import OfferSubgame

Piece: TypeAlias = tuple[Number, Number, int]
"""Both ends of an interval of offers and the branch taken there."""
Rule: TypeAlias = tuple[Piece, ...]
"""Closed intervals of offers; the first that contains an offer holds."""


def rules(
    subgame: OfferSubgame,
    segments: Sequence[Segment],
    ends: Sequence[Candidate],
    chosen: Candidate,
) -> dict[int, Rule]:
    """The rule of each position below an offer at which someone chooses.

    Parameters
    ----------
    segments : the range of the offer
    ends : candidates at ends of the segments, which have answers of their own
    chosen : the offer made, whose answers hold at its number
    """
    pieces = [(end.offer, end.offer, end.choices) for end in ends]
    pieces += [(segment.low, segment.high, segment.choices) for segment in segments]
    pieces.sort(key=lambda piece: piece[:2])
    pieces = [
        (low, high, chosen.choices if low == high == chosen.offer else choices)
        for low, high, choices in pieces
    ]
    return {
        index: _rule([(low, high, choices[index]) for low, high, choices in pieces])
        for index in subgame.below
        if subgame.game.positions[index].movers
    }


def named(rule: Sequence[Piece], names: Sequence[str]) -> tuple[Reply, ...]:
    """A rule with the names of the branches."""
    return tuple(Reply(low, high, names[choice]) for low, high, choice in rule)


def _rule(pieces: Sequence[Piece]) -> Rule:
    """Adjacent pieces merged by choice, ordered so that the first that contains an offer holds.

    Where two intervals meet, the one that owns the common end comes first.
    """
    runs = [list(run) for _, run in groupby(pieces, key=itemgetter(2))]
    merged = [(run[0][0], run[-1][1], run[0][2]) for run in runs]
    before: dict[int, set[int]] = {k: set() for k in range(len(runs))}
    for k in range(len(runs) - 1):
        owns_end = runs[k][-1][0] == runs[k][-1][1]
        before[k + 1 if owns_end else k].add(k if owns_end else k + 1)
    ordered: list[Piece] = []
    while before:
        free = min((k for k, needs in before.items() if not needs), key=lambda k: merged[k][2])
        ordered.append(merged[free])
        del before[free]
        for needs in before.values():
            needs.discard(free)
    return tuple(ordered)
