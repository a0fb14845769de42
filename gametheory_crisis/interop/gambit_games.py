"""Models as games of Gambit: as text, and as its Python package holds them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.interop.efg_writer import efg_text
from gametheory_crisis.interop.nfg_writer import nfg_text
from gametheory_crisis.interop.strategic_table import game_at, strategic_table

if TYPE_CHECKING:
    from gametheory_crisis.model import Model

FORMATS = ("efg", "nfg")


def gambit_text(
    model: Model,
    values: Mapping[str, Any] | None = None,
    form: str = "efg",
    *,
    names: bool = False,
) -> str:
    """A model at a point in one of Gambit's formats.

    Parameters
    ----------
    values : the point; parameters left out have the values of the file
    form : ``efg`` for the extensive form, ``nfg`` for the reduced strategic form
    names : in the strategic form write the names of strategies; see `nfg_text`

    Raises
    ------
    ParameterError : no such point
    UnsupportedGame : the game has no finite tree; the message says what to change
    """
    game = game_at(model, values)
    if form == "efg":
        return efg_text(game, model.graph.title)
    table = strategic_table(game)
    title = model.graph.title
    return nfg_text(table.payoffs, table.strategies, table.players, title, names=names)


def to_gambit(model: Model, values: Mapping[str, Any] | None = None) -> Any:
    """A model at a point as a `pygambit.Game` in extensive form; see `gambit_text`.

    Raises
    ------
    UnsupportedGame : pygambit is not installed, or the game has no finite tree
    """
    text = gambit_text(model, values)
    try:
        pygambit = import_module("pygambit")
    except ImportError:
        raise UnsupportedGame(
            "pygambit is not installed; `crisis export MODEL -o game.efg` writes a file that "
            "Gambit reads"
        ) from None
    return pygambit.read_efg(io.StringIO(text))
