"""An equilibrium played many times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gametheory_crisis.analysis.histories import Histories, histories
from gametheory_crisis.analysis.playing import Recorder
from gametheory_crisis.analysis.screening_plays import ScreeningPlayer
from gametheory_crisis.analysis.shock_plays import ShockPlayer
from gametheory_crisis.analysis.stage_plays import StagePlayer
from gametheory_crisis.analysis.timeline import chosen
from gametheory_crisis.analysis.tree_plays import TreePlayer
from gametheory_crisis.engines.request import PRIVATE_METHODS, TREE_METHODS
from gametheory_crisis.errors import ParameterError

if TYPE_CHECKING:
    from gametheory_crisis.language.graph import Graph
    from gametheory_crisis.model import Model
    from gametheory_crisis.results import Solution

MAX_DAYS = 10_000


def _typed(graph: Graph) -> tuple[str, ...]:
    """The players who have one of finitely many types."""
    return tuple(
        player
        for player, private in graph.private.items()
        if private.types or any(draw.points is not None for draw in private.draws.values())
    )


def simulate(
    model: Model,
    num_plays: int,
    /,
    seed: int | None = None,
    values: Mapping[str, Any] | None = None,
    *,
    equilibrium: int = 0,
    method: str | None = None,
    select: str | None = None,
    max_days: int = MAX_DAYS,
    **parameters: Any,
) -> Histories:
    """Solve a model at a point and play one of its equilibria; see `Model.simulate`."""
    if num_plays < 1:
        raise ParameterError(f"{num_plays} plays: there must be at least one")
    if max_days < 1:
        raise ParameterError(f"max_days is {max_days}: play must go on for at least a day")
    solution = model.solve(values, method=method, select=select, **parameters)
    return play(model, solution, num_plays, seed, equilibrium=equilibrium, max_days=max_days)


def play(
    model: Model,
    solution: Solution,
    num_plays: int,
    seed: int | None = None,
    *,
    equilibrium: int = 0,
    max_days: int = MAX_DAYS,
) -> Histories:
    """Play an equilibrium of a solution that has been found.

    Parameters
    ----------
    num_plays : how many times
    seed : the same seed gives the same histories; None takes one from the system
    equilibrium : which of the equilibria listed, from 0
    max_days : the day after which play that may last for ever counts as doing so

    Raises
    ------
    ParameterError
        No such equilibrium.
    UnsupportedGame
        A private number from a continuum enters in a way that plays cannot follow.
    """
    found = chosen(solution, equilibrium)
    strategies = found.strategies
    point, graph, plays = solution.parameters, model.graph, np.arange(num_plays, dtype=np.int64)
    record = Recorder(num_plays, model.players, _typed(graph))
    draw = np.random.default_rng(seed)
    if solution.method == "cutoffs":
        shocks = model.cutoffs.form(point), model.cutoffs.game(point)
        ShockPlayer(graph, *shocks, strategies, draw, record).play(plays)
    elif solution.method in PRIVATE_METHODS:
        screening = model.screening.game
        ScreeningPlayer(graph, screening, point, found, draw, record).play(plays, max_days)
    elif solution.method in TREE_METHODS:
        game = model.tree.game(point)
        form = model.tree.form(point)
        TreePlayer(graph, form, game, strategies, draw, record).play(plays)
    else:
        stages = StagePlayer(graph, model.stage_game, point, strategies, draw, record)
        stages.play(plays, max_days)
    return histories(model.name, point, seed, model.players, tuple(graph.state), record)
