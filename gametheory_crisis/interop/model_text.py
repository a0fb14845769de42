"""Pieces of a model file: texts, names and ends as YAML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.interop.gambit_forms import GambitOutcome
from gametheory_crisis.interop.names import OUTCOME_WORDS, Namer
from gametheory_crisis.interop.number_text import model_number
from gametheory_crisis.language.source import MAX_NODES

MAX_TITLE = 200
MAX_DOC = 10_000
MAX_WARNINGS = 20


@dataclass(frozen=True, slots=True)
class ModelText:
    """A model file, and what had to be changed on the way to it."""

    text: str
    warnings: tuple[str, ...]


def quoted(text: str, longest: int = MAX_TITLE) -> str:
    """A text of the file as one line in double quotes."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    plain = " ".join(printable.split())
    return json.dumps(plain[:longest], ensure_ascii=False)


def head(title: str, comment: str, source: str, players: Mapping[str, str]) -> list[str]:
    """The first lines: title, remarks, and the players with their labels.

    A game without a title is called by the name of its file, ``source``.
    """
    lines = ["format: 1", f"title: {quoted(title.strip() or Path(source).stem)}"]
    if comment.strip():
        lines.append(f"doc: {quoted(comment, MAX_DOC)}")
    if all(label in ("", name) for name, label in players.items()):
        return [*lines, f"players: [{', '.join(players)}]"]
    told = (
        f"  {name}: {quoted('' if label == name else label)}" for name, label in players.items()
    )
    return [*lines, "players:", *told]


def end(outcome: str, players: Iterable[str], payoffs: Iterable[Fraction]) -> str:
    """An end of the game, written on the spot."""
    pairs = zip(players, payoffs, strict=True)
    amounts = ", ".join(f"{player}: {model_number(payoff)}" for player, payoff in pairs)
    return f"{{outcome: {outcome}, payoffs: {{{amounts}}}}}"


def outcome_labels(labels: Mapping[str, str]) -> list[str]:
    """The section `outcomes`, where a label says more than the name."""
    if all(label in ("", name) for name, label in labels.items()):
        return []
    entries = (
        f"  {name}: {{{'' if label in ('', name) else f'label: {quoted(label)}'}}}"
        for name, label in labels.items()
    )
    return ["outcomes:", *entries]


def player_names(labels: Sequence[str], warnings: list[str]) -> dict[str, str]:
    """Names of the players, with their labels."""
    namer = Namer("player", warnings)
    return {
        namer.name(label, f"player_{place}"): label for place, label in enumerate(labels, start=1)
    }


def outcome_names(outcomes: Mapping[int, GambitOutcome], warnings: list[str]) -> dict[int, str]:
    """Names of the outcomes by their number; 0 is where no outcome stands."""
    namer = Namer("outcome", warnings, OUTCOME_WORDS)
    names = {
        number: namer.name(outcome.label, f"outcome_{number}")
        for number, outcome in outcomes.items()
    }
    return {0: namer.name("", "outcome_0"), **names}


def check_size(values: int, source: str) -> None:
    """Raise an `UnsupportedGame` where a model file would have too many values."""
    if values > MAX_NODES:
        raise UnsupportedGame(
            f"{source}: the game is too large for a model file: about {values:,} values where "
            f"{MAX_NODES:,} are read"
        )


def model_text(lines: Iterable[str], warnings: Sequence[str]) -> ModelText:
    """The whole file, with as many warnings as somebody reads."""
    told = list(warnings[:MAX_WARNINGS])
    if len(warnings) > MAX_WARNINGS:
        told.append(f"and {len(warnings) - MAX_WARNINGS} more names changed")
    return ModelText("\n".join(lines) + "\n", tuple(told))
