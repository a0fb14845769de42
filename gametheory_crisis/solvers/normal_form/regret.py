"""Payoffs and regrets of a profile, by their definition; no solver has a part in it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

Strategy: TypeAlias = Sequence[Fraction]


def expected(table: Any, profile: Sequence[Strategy]) -> Fraction:
    """The mean of a table, nested by player, under mixed strategies of all players."""
    if not profile:
        return Fraction(table)
    first, *rest = profile
    return sum(
        (share * expected(part, rest) for share, part in zip(first, table, strict=True) if share),
        Fraction(0),
    )


def gains(tables: Sequence[Any], profile: Sequence[Strategy]) -> list[Fraction]:
    """What each player would gain at most by playing otherwise; at least 0.

    Parameters
    ----------
    tables : per player the payoffs, nested with one level per player
    profile : per player the probability of each action
    """
    found = []
    for player, table in enumerate(tables):
        own = profile[player]
        sure = ([Fraction(int(k == a)) for k in range(len(own))] for a in range(len(own)))
        best = max(
            expected(table, [*profile[:player], action, *profile[player + 1 :]]) for action in sure
        )
        found.append(best - expected(table, profile))
    return found


def is_profile(profile: Sequence[Strategy]) -> bool:
    """Whether every strategy is a probability distribution, exactly."""
    return all(sum(shares) == 1 and min(shares) >= 0 for shares in profile)
