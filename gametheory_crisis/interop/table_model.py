"""A strategic form as a model of one simultaneous node."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TypeVar

from gametheory_crisis.interop.gambit_forms import GambitTable
from gametheory_crisis.interop.model_text import (
    ModelText,
    check_size,
    end,
    head,
    model_text,
    outcome_labels,
    outcome_names,
    player_names,
)
from gametheory_crisis.interop.names import OUTCOME_WORDS, Namer, identifier
from gametheory_crisis.language.values import MAX_NAME

Item = TypeVar("Item")


def table_model(table: GambitTable, source: str) -> ModelText:
    """The model file of a table.

    Where the file lists no outcomes, each profile is an outcome with the names of its actions.

    Raises
    ------
    UnsupportedGame : a game too large for a model file
    """
    check_size(len(table.results) * profile_values(len(table.players)), source)
    warnings = list(table.warnings)
    players = player_names(table.players, warnings)
    names = outcome_names(table.outcomes, warnings) if table.named else _by_profile(table)
    nothing = (Fraction(0),) * len(players)
    results = (
        end(names[k], players, table.outcomes[k].payoffs if k else nothing)[1:-1]
        for k in table.results
    )
    labels = {
        names[k]: table.outcomes[k].label if table.named and k else ""
        for k in dict.fromkeys(table.results)
    }
    lines = [
        *head(table.title, table.comment, source, players),
        "game:",
        *stage_lines("stage", players, table.strategies, results),
        *outcome_labels(labels),
    ]
    return model_text(lines, warnings)


def profile_values(num_players: int) -> int:
    """The most values that the result of a profile has in a model file."""
    return 8 + 3 * num_players


def profiles(strategies: Sequence[Sequence[Item]]) -> Iterator[tuple[Item, ...]]:
    """All profiles, the first player's strategy changing fastest."""
    for reverse in itertools.product(*reversed(strategies)):
        yield tuple(reversed(reverse))


def stage_lines(
    name: str,
    players: Iterable[str],
    strategies: Sequence[Sequence[str]],
    results: Iterable[str],
) -> Iterator[str]:
    """The simultaneous node.

    Parameters
    ----------
    strategies : per player the names of its strategies
    results : what stands behind `when`, the first player's strategy changing fastest
    """
    yield f"  {name}:"
    yield "    simultaneous:"
    for player, own in zip(players, strategies, strict=True):
        yield f"      {player}: [{', '.join(own)}]"
    yield "    results:"
    for profile, result in zip(profiles(strategies), results, strict=True):
        yield f"      - {{when: [{', '.join(profile)}], {result}}}"


def _by_profile(table: GambitTable) -> dict[int, str]:
    namer = Namer("outcome", [], OUTCOME_WORDS)
    names = {}
    for number, profile in zip(table.results, profiles(table.strategies), strict=True):
        actions = "_".join(action.strip("_") for action in profile)
        names[number] = namer.name("", identifier(actions[:MAX_NAME]) or f"outcome_{number}")
    return names
