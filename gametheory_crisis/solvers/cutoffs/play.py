"""An equilibrium of a part of a tree as what it does and is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.shocks import ShockGame
from gametheory_crisis.results import Score
from gametheory_crisis.solvers.cutoffs.layout import Comparison, Floats
from gametheory_crisis.solvers.cutoffs.numbers import Worths
from gametheory_crisis.solvers.cutoffs.replies import MISTAKEN
from gametheory_crisis.solvers.values import Value

QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""The types of a player with one shock whose results are told."""
ROUNDING = 1e-15
"""A sum smaller than this share of its terms is 0."""


@dataclass(frozen=True)
class SetPlay:
    """What is done at one information set.

    Attributes
    ----------
    play : probability of each action, given that play gets here; where it does not, what it would
        be after mistakes
    reached : probability that play gets here from the root of its part of the tree
    scores : where a player with shocks moves, per action all that it can be worth
    cutoff : the name of a shock and the value at which the player changes its mind, where that is
        all there is to it
    ties : the probability of each action among the types that are indifferent, where such types
        have positive probability
    """

    play: tuple[float, ...]
    reached: float
    scores: tuple[tuple[Score, ...], ...] = ()
    cutoff: tuple[str, float] | None = None
    ties: tuple[float, ...] = ()


class TypeResults(NamedTuple):
    """What some types of a player get: payoffs (types,) and outcomes (types, outcomes)."""

    payoffs: Floats
    outcomes: Floats


@dataclass(frozen=True)
class Played:
    """One equilibrium of a part of a tree.

    Attributes
    ----------
    value : what it is worth, discounted to day 0
    sets : what is done, by information set
    types : for each player with one shock what its types at `QUANTILES` get
    """

    value: Value
    sets: Mapping[int, SetPlay]
    types: Mapping[int, TypeResults] = field(default_factory=dict)


def at_end(game: ShockGame, end: int) -> Played:
    """The end of the game, as a part of the tree with nothing left to do."""
    tree = game.tree
    slopes = np.array(game.slopes[end], np.float64).reshape(len(tree.players), len(game.shocks))
    means = np.array([shock.distribution.mean for shock in game.shocks])
    constants = np.array([as_float(payoff) for payoff in tree.payoffs[end]])
    payoffs = constants + slopes @ means
    outcome = tree.histories.outcome[end]
    types = {}
    for player in typed_players(game):
        shock = next(k for k, s in enumerate(game.shocks) if s.player == player)
        numbers = type_numbers(game, player)
        own = payoffs[player] + slopes[player, shock] * (numbers - means[shock])
        reached = np.zeros((len(QUANTILES), len(tree.outcomes)))
        reached[:, outcome] = 1
        types[player] = TypeResults(own, reached)
    value = Value(tuple(map(float, payoffs)), {outcome: 1.0}, float(tree.histories.day[end]))
    return Played(value, {}, types)


def typed_players(game: ShockGame) -> list[int]:
    """The players with a single shock."""
    owners = [shock.player for shock in game.shocks]
    return [player for player in range(len(game.tree.players)) if owners.count(player) == 1]


def type_numbers(game: ShockGame, player: int) -> Floats:
    """The shocks of a player's types at `QUANTILES`."""
    shock = next(s for s in game.shocks if s.player == player)
    return np.asarray(shock.distribution.quantile(np.array(QUANTILES)), np.float64)


def mixed(weights: Floats, parts: list[Played]) -> Played:
    """What follows a move at random."""
    outcomes: dict[int, Number] = {}
    for weight, part in zip(weights, parts, strict=True):
        for outcome, share in part.value.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0.0) + float(weight) * as_float(share)
    payoffs = weights @ np.array([part.value.payoffs for part in parts], np.float64)
    day = float(weights @ np.array([part.value.day for part in parts], np.float64))
    return Played(
        Value(tuple(map(float, payoffs)), outcomes, day),
        {
            index: _likelier(play, float(weight))
            for weight, part in zip(weights, parts, strict=True)
            for index, play in part.sets.items()
        },
        {
            player: TypeResults(
                sum(w * part.types[player].payoffs for w, part in zip(weights, parts, strict=True)),
                sum(
                    w * part.types[player].outcomes for w, part in zip(weights, parts, strict=True)
                ),
            )
            for player in parts[0].types
        },
    )


def _likelier(play: SetPlay, weight: float) -> SetPlay:
    return SetPlay(play.play, weight * play.reached, play.scores, play.cutoff, play.ties)


# What a player with shocks does at an information set


def scores(
    worths: Worths, comparison: Comparison, shocks: tuple[str, ...], unit: float
) -> tuple[tuple[Score, ...], ...]:
    """Per action all that it can be worth, but for rounding errors and what rests on mistakes.

    Parameters
    ----------
    worths : of a single batch; see `Part.worths`
    shocks : the names of the player's shocks
    unit : what the worths are divided by: how likely nature and the others lead here, and the
        discount
    """
    plans = comparison.membership @ worths.values[0].T / unit
    sizes = comparison.membership @ worths.sizes[0].T / unit
    rounding = np.maximum(
        ROUNDING * sizes, MISTAKEN * (comparison.membership @ worths.stakes[0]).max() / unit
    )
    plans = np.where(np.abs(plans) <= rounding, 0.0, plans)
    place = comparison.place
    found: list[tuple[Score, ...]] = []
    for sequence in range(place.first, place.first + place.num_actions):
        rows = plans[comparison.membership[:, sequence] > 0]
        found.append(
            tuple(
                Score(float(row[0]), dict(zip(shocks, map(float, row[1:]), strict=True)))
                for row in rows
            )
        )
    return tuple(found)


def cutoff(
    by_action: tuple[tuple[Score, ...], ...], supports: Mapping[str, tuple[float, float]]
) -> tuple[str, float] | None:
    """The one threshold of one shock that decides between two actions, None where there is none.

    A threshold outside the support stands at its nearer end.
    """
    if len(by_action) != 2:
        return None
    names = [
        name
        for name in supports
        if not all(
            _parallel(a.slopes[name], b.slopes[name]) for a in by_action[0] for b in by_action[1]
        )
    ]
    if len(names) != 1:
        return None
    name = names[0]
    if len(supports) > 1 and max(map(len, by_action)) > 1:
        return None
    crossing = _single_crossing(*([(s.constant, s.slopes[name]) for s in a] for a in by_action))
    return (
        None
        if crossing is None
        else (name, min(max(crossing, supports[name][0]), supports[name][1]))
    )


def _single_crossing(
    one: list[tuple[float, float]], other: list[tuple[float, float]]
) -> float | None:
    """Where two maxima of affine functions cross, None where they do so never or several times."""

    def lead(x: float) -> float:
        return max(a + b * x for a, b in one) - max(a + b * x for a, b in other)

    meetings = sorted({(c - a) / (b - d) for a, b in one for c, d in other if not _parallel(b, d)})
    if not meetings:
        return None
    inner = [(x + y) / 2 for x, y in pairwise(meetings)]
    width = max(1.0, abs(meetings[0]), abs(meetings[-1]))
    signs = [lead(x) > 0 for x in (meetings[0] - width, *inner, meetings[-1] + width)]
    changes = [k for k in range(len(meetings)) if signs[k] != signs[k + 1]]
    return meetings[changes[0]] if len(changes) == 1 else None


def _parallel(slope: float, other: float) -> bool:
    """Whether two slopes are the same but for rounding."""
    return abs(slope - other) <= 1e-12 * max(abs(slope), abs(other))
