"""The strategic form of a model at a point, with names: what programs for matrices take."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.extensive import ExtensiveGame
from gametheory_crisis.interop.efg_writer import unique
from gametheory_crisis.results import Number

if TYPE_CHECKING:
    from gametheory_crisis.model import Model

MAX_STEPS = 5_000_000
"""Profiles times ends."""


@dataclass(frozen=True, slots=True)
class StrategicTable:
    """A game in reduced strategic form.

    Attributes
    ----------
    players : names
    strategies : per player the names of its strategies: their actions, in the order in which the
        places to act stand in the game
    payoffs : per profile the payoff of each player, the first player's strategy changing fastest
    """

    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    payoffs: tuple[tuple[Number, ...], ...]


def strategic_table(game: ExtensiveGame) -> StrategicTable:
    """The reduced strategic form of a game; who never moves has one strategy.

    Raises
    ------
    UnsupportedGame : there are too many profiles
    """
    from gametheory_crisis.solvers.extensive_form.strategic_form import (
        num_profiles,
        strategic_form,
    )

    profiles = num_profiles(game)
    if profiles * len(game.ends) > MAX_STEPS:
        raise UnsupportedGame(
            f"the strategic form has {profiles:,} profiles, too many to list; the extensive form "
            "can be exported (.efg)"
        )
    form = strategic_form(game)
    strategies: list[tuple[str, ...]] = [("no_move",)] * len(game.players)
    for mover, own in zip(form.movers, form.strategies, strict=True):
        plans = [
            "_".join(game.information_sets[k].actions[action] for k, action in sorted(plan))
            for plan in own
        ]
        strategies[mover] = unique(plans)
    by_profile = dict(zip(itertools.product(*map(range, form.shape)), form.payoffs, strict=True))
    first_fastest = itertools.product(*map(range, reversed(form.shape)))
    payoffs = tuple(by_profile[profile[::-1]] for profile in first_fastest)
    return StrategicTable(game.players, tuple(strategies), payoffs)


def game_at(model: Model, values: Mapping[str, Any] | None) -> ExtensiveGame:
    """The extensive game of a model at a point.

    Raises
    ------
    ParameterError : no such point
    UnsupportedGame : a continuous offer or type, or no finite tree; the message says what to change
    """
    return model.tree.game(model.point(values))
