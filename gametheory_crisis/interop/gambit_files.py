"""Gambit's files as models."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from gametheory_crisis.errors import ModelError, Problem
from gametheory_crisis.interop.efg_reader import read_efg
from gametheory_crisis.interop.gambit_tokens import MAX_BYTES
from gametheory_crisis.interop.model_text import ModelText
from gametheory_crisis.interop.nfg_reader import read_nfg
from gametheory_crisis.interop.plan_model import plan_model
from gametheory_crisis.interop.table_model import table_model
from gametheory_crisis.interop.tree_model import tree_model
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model

SUFFIXES = (".efg", ".nfg")


def gambit_model(path: str | os.PathLike[str], *, strategic_form: bool = False) -> ModelText:
    """The model file of a game in one of Gambit's formats.

    Parameters
    ----------
    path : a file whose name ends in ``.efg`` or ``.nfg``
    strategic_form : of an ``.efg`` file read the reduced strategic form, as one simultaneous node

    Raises
    ------
    ModelError
        There is no such file, or it is no game; the message names line and column.
    UnsupportedGame
        A player forgets what it knew (imperfect recall), or the game is too large for a model.
    """
    name = os.fspath(path)
    data = _bytes(name)
    if name.lower().endswith(".nfg"):
        return table_model(read_nfg(data, name), name)
    if not name.lower().endswith(".efg"):
        raise ModelError([Problem(name, 0, 0, "", "a Gambit file ends in .efg or .nfg")])
    tree = read_efg(data, name)
    return plan_model(tree, name) if strategic_form else tree_model(tree, name)


def graph_of(model: ModelText, source: str) -> Graph:
    """The graph of moves of a model file made here; `source` is what messages call it.

    Its ``warnings`` begin with what the making had to change.
    """
    graph = read_model(model.text.encode(), source)
    return replace(graph, warnings=(*model.warnings, *graph.warnings))


def read_gambit(path: str | os.PathLike[str], *, strategic_form: bool = False) -> Model:
    """A game in one of Gambit's formats as a model like any other; see `gambit_model`."""
    name = os.fspath(path)
    graph = graph_of(gambit_model(name, strategic_form=strategic_form), name)
    return Model(graph, Path(name).stem)


def _bytes(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        message = "there is no such file"
    except IsADirectoryError:
        message = "this is a directory, not a file"
    except (OSError, ValueError) as error:
        message = f"the file cannot be read: {getattr(error, 'strerror', None) or error}"
    raise ModelError([Problem(name, 0, 0, "", message)])
