"""Payoffs of many players as tables, and what mixed profiles are worth in them.

``payoffs[i]`` is a flat table: player i's payoff at each profile of actions, profiles in
lexicographic order, the last player's action fastest.  A profile is per player the probability of
each action.  Sums are exact where all numbers are.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import TypeAlias

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.arithmetic import Number, is_finite

Table: TypeAlias = Sequence[Number]
Payoffs: TypeAlias = Sequence[Table]
Profile: TypeAlias = Sequence[Sequence[Number]]
Profiles: TypeAlias = tuple[tuple[Number, ...], ...]
Supports: TypeAlias = tuple[tuple[int, ...], ...]
"""Per player the actions that it mixes, ascending."""


def check_tables(payoffs: Payoffs, shape: Sequence[int]) -> None:
    """Refuse payoffs that are not one finite table of the right length per player."""
    if len(payoffs) != len(shape) or not shape or min(shape) < 1:
        raise ParameterError(
            f"{len(payoffs)} tables of payoffs for {len(shape)} players with {list(shape)} actions"
        )
    for i, table in enumerate(payoffs):
        if len(table) != prod(shape):
            raise ParameterError(
                f"player {i} has {len(table)} payoffs where there are {prod(shape)} profiles"
            )
        if not all(map(is_finite, table)):
            raise ParameterError(f"player {i} has a payoff that is not finite")


def actions_of(number: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The actions of the profile with a number in lexicographic order."""
    actions = []
    for size in reversed(shape):
        number, action = divmod(number, size)
        actions.append(action)
    return tuple(reversed(actions))


def number_of(actions: Sequence[int], shape: Sequence[int]) -> int:
    """The number of a profile of actions in lexicographic order."""
    number = 0
    for action, size in zip(actions, shape, strict=True):
        number = number * size + action
    return number


def restricted(
    table: Sequence[Number], shape: Sequence[int], kept: Sequence[Sequence[int]]
) -> list[Number]:
    """The part of a table in which players use only some of their actions."""
    offsets = [0]
    for size, actions in zip(shape, kept, strict=True):
        offsets = [offset * size + a for offset in offsets for a in actions]
    return [table[offset] for offset in offsets]


def gain_table(
    table: Sequence[Fraction],
    shape: Sequence[int],
    supports: Sequence[Sequence[int]],
    i: int,
    actions: tuple[int, int],
) -> list[Fraction]:
    """What one action of player i gains on another, at pure profiles of the others' supports."""
    one, other = (
        restricted(table, shape, [[a] if j == i else s for j, s in enumerate(supports)])
        for a in actions
    )
    return [Fraction(x - y) for x, y in zip(one, other, strict=True)]


def contracted(table: Table, shape: Sequence[int], axis: int, weights: Table) -> list[Number]:
    """The weighted sum of a table along one axis, which disappears."""
    inner = prod(shape[axis + 1 :])
    block = inner * shape[axis]
    terms = [(a * inner, weight) for a, weight in enumerate(weights) if weight != 0]
    if len(terms) == 1 and terms[0][1] == 1:
        shift = terms[0][0]
        return [
            table[start + shift + k] for start in range(0, len(table), block) for k in range(inner)
        ]
    return [
        sum((weight * table[start + shift + k] for shift, weight in terms), start=0 * table[0])
        for start in range(0, len(table), block)
        for k in range(inner)
    ]


def action_values(
    table: Table, shape: Sequence[int], player: int, profile: Profile
) -> list[Number]:
    """What each of a player's actions is worth against the others' part of a profile."""
    left, sizes = list(table), list(shape)
    for axis in reversed(range(len(sizes))):
        if axis != player:
            left = contracted(left, sizes, axis, profile[axis])
            sizes[axis] = 1
    return left


def expected(table: Table, shape: Sequence[int], profile: Profile) -> Number:
    """The expectation of a table under a profile."""
    return contracted(action_values(table, shape, 0, profile), shape[:1], 0, profile[0])[0]


def gains(payoffs: Payoffs, shape: Sequence[int], profile: Profile) -> list[Fraction]:
    """What each player gains at most by a deviation from a profile, in units of payoff.

    Exact for the payoffs and probabilities as they stand, floats included: payoffs that differ by
    little beside their size would hide a gain, or feign one, in floating point.  Probabilities of
    one player are divided by their sum.
    """
    shares = [[Fraction(p) for p in part] for part in profile]
    shares = [[p / sum(part) for p in part] for part in shares]
    found = []
    for i, table in enumerate(payoffs):
        values = action_values([Fraction(value) for value in table], shape, i, shares)
        own = contracted(values, shape[i : i + 1], 0, shares[i])[0]
        found.append(Fraction(max(values) - own))
    return found


def regret(payoffs: Payoffs, shape: Sequence[int], profile: Profile) -> Fraction:
    """The most that any player gains by a deviation from a profile; see `gains`."""
    return max(gains(payoffs, shape, profile))


def spread(table: Table) -> Fraction:
    """The difference between the largest and the smallest payoff of a player."""
    return Fraction(max(table)) - Fraction(min(table))


def sure(actions: Sequence[int], shape: Sequence[int]) -> tuple[tuple[Fraction, ...], ...]:
    """The profile in which every player is sure of an action."""
    return tuple(
        tuple(Fraction(int(a == action)) for a in range(size))
        for action, size in zip(actions, shape, strict=True)
    )
