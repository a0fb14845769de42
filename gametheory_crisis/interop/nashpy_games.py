"""Models as games of nashpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.interop.strategic_table import game_at, strategic_table

if TYPE_CHECKING:
    from gametheory_crisis.model import Model


def to_nashpy(model: Model, values: Mapping[str, Any] | None = None) -> Any:
    """The reduced strategic form of a two-player model as a `nashpy.Game`.

    Parameters
    ----------
    values : the point; parameters left out have the values of the file

    Returns
    -------
    nashpy.Game
        Two float64 arrays; rows are the strategies of the first player in the file, columns those
        of the second, both in the order of their actions.

    Raises
    ------
    ParameterError : no such point
    UnsupportedGame : not two players, or no strategic form that can be listed
    """
    if len(model.players) != 2:
        raise UnsupportedGame(
            f"nashpy takes games of two players; this model has {len(model.players)}"
        )
    import nashpy
    import numpy as np

    table = strategic_table(game_at(model, values))
    rows, columns = map(len, table.strategies)
    payoffs = np.array(table.payoffs, dtype=np.float64).reshape(columns, rows, 2)
    return nashpy.Game(payoffs[:, :, 0].T.copy(), payoffs[:, :, 1].T.copy())
