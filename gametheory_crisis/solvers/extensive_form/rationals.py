"""A game of floats as a game of rationals, so that what ties but for rounding ties exactly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from gametheory_crisis.games.extensive import ExtensiveGame

DIGITS = 12
"""Differences beyond this digit, counted from the spread of a player's payoffs, are rounding."""
SIMPLE = 10_000
"""A ratio with no larger denominator is taken for what a float close to it stands for."""


def in_rationals(game: ExtensiveGame) -> ExtensiveGame:
    """The game itself where it is exact, else one of nearby rationals.

    A probability, or a payoff measured in its player's spread, is taken for the ratio with a
    denominator of at most `SIMPLE` that is within 10^-`DIGITS` of it, where there is one, and
    rounded to `DIGITS` decimals elsewhere.
    """
    if game.exact:
        return game
    columns = list(zip(*(game.payoffs[end] for end in game.ends), strict=True))
    spreads = [_power_of_ten(max(map(abs, (max(c), min(c), max(c) - min(c))))) for c in columns]
    payoffs = tuple(
        tuple(_simple(p, spread) for p, spread in zip(row, spreads, strict=bool(row)))
        for row in game.payoffs
    )
    probability = tuple(_simple(p, Fraction(1)) for p in game.probability)
    return replace(game, payoffs=payoffs, probability=probability, exact=True)


def _power_of_ten(size: float | Fraction) -> Fraction:
    """The power of ten just above a size; 1 for 0."""
    power, size = Fraction(1), Fraction(size)
    if size == 0:
        return power
    while power <= size:
        power *= 10
    while power > 10 * size:
        power /= 10
    return power


def _simple(value: float | Fraction, unit: Fraction) -> Fraction:
    share, step = Fraction(value) / unit, Fraction(1, 10**DIGITS)
    near = share.limit_denominator(SIMPLE)
    return unit * (near if abs(near - share) <= step else round(share / step) * step)
