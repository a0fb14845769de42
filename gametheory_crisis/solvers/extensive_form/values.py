"""What a profile does and is worth: how likely histories are, payoffs, beliefs, deviations.

Solvers work on games in rationals; `restored` gives an answer back in the game's own numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.extensive import (
    Assessment,
    Behaviour,
    Beliefs,
    ExtensiveGame,
    Family,
    TreeSolution,
)
from gametheory_crisis.solvers.values import Value

Worth: TypeAlias = list[tuple[Number, ...]]
"""Per history the expected payoff of each player from there on, discounted to day 0."""

ALIKE = 1e-6
"""Probabilities that differ by less are the same play."""


def reach(game: ExtensiveGame, behaviour: Behaviour) -> list[Number]:
    """Per history the probability that play comes through it."""
    histories = game.histories
    shares: list[Number] = [Fraction(1)] * len(histories)
    for history, children in enumerate(histories.children):
        here = histories.information_set[history]
        for action, child in enumerate(children):
            move = game.probability[child] if here < 0 else behaviour[here][action]
            shares[child] = shares[history] * move
    return shares


def value_of(game: ExtensiveGame, behaviour: Behaviour) -> Value:
    """Expected payoffs, probability of each outcome and expected day of the end."""
    shares = reach(game, behaviour)
    payoffs: list[Number] = [Fraction(0)] * len(game.players)
    outcomes: dict[int, Number] = {}
    day: Number = Fraction(0)
    for end in game.ends:
        if shares[end] == 0:
            continue
        payoffs = [p + shares[end] * q for p, q in zip(payoffs, game.payoffs[end], strict=True)]
        outcome = game.histories.outcome[end]
        outcomes[outcome] = outcomes.get(outcome, 0) + shares[end]
        day = day + shares[end] * game.histories.day[end]
    return Value(tuple(payoffs), outcomes, day)


def same_play(game: ExtensiveGame, one: Behaviour, other: Behaviour) -> bool:
    """Whether two profiles lead to the same histories with the same probabilities."""
    pairs = zip(reach(game, one), reach(game, other), strict=True)
    return all(abs(as_float(a) - as_float(b)) < ALIKE for a, b in pairs)


def worth(game: ExtensiveGame, behaviour: Behaviour) -> Worth:
    """Expected payoffs from every history on."""
    found: Worth = [()] * len(game.histories)
    for history in reversed(range(len(game.histories))):
        children = game.histories.children[history]
        if not children:
            found[history] = game.payoffs[history]
            continue
        place = game.histories.information_set[history]
        shares = [game.probability[child] for child in children] if place < 0 else behaviour[place]
        found[history] = mean(shares, [found[child] for child in children])
    return found


def mean(shares: Sequence[Number], rows: Sequence[Sequence[Number]]) -> tuple[Number, ...]:
    """The average of payoff vectors, what has no weight left out."""
    total: list[Number] = [Fraction(0)] * len(rows[0])
    for share, row in zip(shares, rows, strict=True):
        if share == 1:
            return tuple(row)
        if share != 0:
            total = [t + share * p for t, p in zip(total, row, strict=True)]
    return tuple(total)


def bayes(game: ExtensiveGame, behaviour: Behaviour) -> tuple[tuple[Number, ...] | None, ...]:
    """Per information set the beliefs that Bayes' rule gives, None where play never gets there."""
    shares = reach(game, behaviour)
    found: list[tuple[Number, ...] | None] = []
    for place in game.information_sets:
        weights = [shares[history] for history in place.histories]
        total = sum(weights)
        found.append(tuple(weight / total for weight in weights) if total > 0 else None)
    return tuple(found)


def action_values(
    game: ExtensiveGame, place: int, belief: Sequence[Number], after: Worth
) -> list[Number]:
    """What each action at an information set is worth to the player who moves there.

    Parameters
    ----------
    place : the information set
    belief : probability of each of its histories
    after : expected payoffs from every history on
    """
    here = game.information_sets[place]
    values: list[Number] = []
    for action in range(len(here.actions)):
        value: Number = Fraction(0)
        for share, history in zip(belief, here.histories, strict=True):
            if share != 0:
                child = game.histories.children[history][action]
                value = value + share * after[child][here.player]
        values.append(value)
    return values


def largest_gains(game: ExtensiveGame, behaviour: Behaviour, beliefs: Beliefs) -> list[Number]:
    """The most that each player gains by changing what it does at a single information set.

    Zero for consistent assessments means sequential rationality: with beliefs that agree with each
    other, a player who cannot gain at one information set cannot gain by several (Hendon, Jacobsen
    and Sloth 1996).
    """
    after = worth(game, behaviour)
    gains: list[Number] = [Fraction(0)] * len(game.players)
    for place, (shares, belief) in enumerate(zip(behaviour, beliefs, strict=True)):
        values = action_values(game, place, belief, after)
        played = sum(share * value for share, value in zip(shares, values, strict=True) if share)
        player = game.information_sets[place].player
        gains[player] = max(gains[player], max(values) - played)
    return gains


def restored(game: ExtensiveGame, solution: TreeSolution) -> TreeSolution:
    """An answer in rationals in the numbers of the game it was asked for: floats unless exact."""
    if game.exact:
        return solution
    return replace(solution, families=tuple(in_floats(family) for family in solution.families))


def in_floats(family: Family) -> Family:
    """A family with floats for rationals."""
    assessment = family.assessment
    inexact = Assessment(
        _floats(assessment.behaviour),
        None if assessment.beliefs is None else _floats(assessment.beliefs),
        {place: _floats(ends) for place, ends in assessment.supporting.items()},
    )
    ranges = {where: (float(low), float(high)) for where, (low, high) in family.ranges.items()}
    return replace(family, assessment=inexact, ranges=ranges)


def _floats(rows: Sequence[Sequence[Number]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(entry) for entry in row) for row in rows)
