"""The mistakes found in one file, collected so that all can be told at once."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from typing import TypeAlias

from gametheory_crisis.errors import ModelError, Problem
from gametheory_crisis.language.source import List, Mapping, Place, Scalar, Value

Path: TypeAlias = tuple[str | int, ...]

MAX_PROBLEMS = 50
"""Reading stops here: a file with more mistakes is not a model with slips."""


class Report:
    """Collects problems of the file ``source``, whose values are ``root``."""

    def __init__(self, source: str, root: Value) -> None:
        self.source = source
        self.root = root
        self._problems: dict[Problem, None] = {}
        self._keys: set[str | int] = set()

    def __len__(self) -> int:
        return len(self._problems)

    def add(self, path: Path, message: str, *, key: bool = False, offset: int = 0) -> None:
        """Note that ``message`` is wrong with the value (or the ``key``) at ``path``.

        Parameters
        ----------
        path : keys and indices from the top; the part that the file has gives the position
        offset : characters from the start of the value's text to the mistake
        """
        value, place = self._find(path, key)
        column = place.column
        if offset and isinstance(value, Scalar) and value.one_line:
            column += offset + (0 if value.plain else 1)
        self.add_at(Place(place.line, column), path, message)

    def add_at(self, place: Place, path: Path, message: str) -> None:
        """Note a problem at a known position."""
        self._keys.update(path)
        problem = Problem(self.source, place.line, place.column, write_path(path), message)
        self._problems.setdefault(problem)
        if len(self._problems) >= MAX_PROBLEMS:
            message = f"{MAX_PROBLEMS} mistakes; the rest of the file was not looked at"
            raise ModelError([*self._ordered(), Problem(self.source, 0, 0, "", message)])

    def add_repeats(self, path: Path, names: Sequence[str]) -> None:
        """Note every entry of the list at ``path`` that stands in it already."""
        seen: set[str] = set()
        for index, name in enumerate(names):
            if name in seen:
                self.add((*path, index), f"'{name}' is listed twice")
            seen.add(name)

    def touches(self, *keys: str) -> bool:
        """Whether any problem lies at or below one of ``keys``, wherever they stand."""
        return not self._keys.isdisjoint(keys)

    def raise_if_any(self) -> None:
        """Raise a `ModelError` of all problems, in the file's order, if there are any."""
        if self._problems:
            raise ModelError(self._ordered())

    def _ordered(self) -> list[Problem]:
        return sorted(self._problems, key=lambda problem: (problem.line, problem.column))

    def line(self, path: Path) -> int:
        """Line of the value at ``path``."""
        return self._find(path, False)[1].line

    def _find(self, path: Path, key: bool) -> tuple[Value, Place]:
        value, place = self.root, self.root.place
        for depth, step in enumerate(path):
            last = depth == len(path) - 1
            if isinstance(value, Mapping) and step in value.entries:
                name = str(step)
                place = value.keys[name]
                value = value.entries[name]
                if not (last and key):
                    place = value.place
            elif isinstance(value, List) and isinstance(step, int) and step < len(value.items):
                value = value.items[step]
                place = value.place
            else:
                break
        return value, place


def write_path(path: Path) -> str:
    """The key path as text: ``claims[0].payoff``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            shown = step if len(step) <= 60 else step[:57] + "..."
            text += f".{shown}" if text else shown
    return text


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` with the closest known name, or nothing."""
    if len(name) > 100:
        return ""
    near = [word for word in known if abs(len(word) - len(name)) <= len(name) // 2 + 1]
    matches = difflib.get_close_matches(name, near, 1)
    if not matches:
        lowered = {word.lower(): word for word in near}
        matches = [lowered[name.lower()]] if name.lower() in lowered else []
    return f"; did you mean '{matches[0]}'?" if matches else ""


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """``unknown player 'Iram'; did you mean 'Iran'?``, or the list of what is known."""
    shown = name if len(name) <= 60 else name[:57] + "..."
    hint = did_you_mean(name, known)
    if not hint and 0 < len(known) <= 8:
        hint = f"; known: {', '.join(known)}"
    return f"unknown {what} '{shown}'{hint}"
