"""Labels of other programs to names of the model language."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable

from gametheory_crisis.language.values import MAX_NAME

OUTCOME_WORDS = frozenset({"day", "rest", "forever", *keyword.kwlist})
"""Words that no outcome is called: they mean something else where outcomes are named."""

_NAME = re.compile(rf"[A-Za-z_][A-Za-z0-9_]{{0,{MAX_NAME - 1}}}")
_GAPS = re.compile(r"[^A-Za-z0-9]+")


class Namer:
    """Gives names that are all different, and says where one differs from its label.

    Parameters
    ----------
    what : what a warning calls the thing that is named
    warnings : where they go
    avoid : names that are never given
    """

    def __init__(self, what: str, warnings: list[str], avoid: Collection[str] = ()) -> None:
        self._what = what
        self._warnings = warnings
        self._given = set(avoid)
        self._labels: set[str] = set()
        self._suffixes: dict[str, int] = {}

    def name(self, label: str, otherwise: str) -> str:
        """A name for ``label``; ``otherwise`` where the label is empty."""
        name = self._free(identifier(label) or otherwise)
        if label and label in self._labels:
            message = f"{self._what} '{short(label)}' stands twice; the later one is called {name}"
            self._warnings.append(message)
        elif label and name != label:
            self._warnings.append(f"{self._what} '{short(label)}' is called {name}")
        self._labels.add(label)
        self._given.add(name)
        return name

    def _free(self, wanted: str) -> str:
        name = wanted
        while name in self._given:
            number = self._suffixes.get(wanted, 1) + 1
            self._suffixes[wanted] = number
            suffix = f"_{number}"
            name = wanted[: MAX_NAME - len(suffix)] + suffix
        return name


def distinct(what: str, labels: Iterable[str], warnings: list[str]) -> tuple[str, ...]:
    """Names for labels that belong together; empty ones become ``_1``, ``_2`` by their place."""
    namer = Namer(what, warnings)
    return tuple(namer.name(label, f"_{place}") for place, label in enumerate(labels, start=1))


def identifier(label: str) -> str:
    """The name nearest to a label, empty where the label has neither letter nor digit."""
    if _NAME.fullmatch(label):
        return label
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode("ascii")
    name = _GAPS.sub("_", plain).strip("_")
    return (f"_{name}" if name[:1].isdigit() else name)[:MAX_NAME]


def short(label: str) -> str:
    """A label as a warning shows it."""
    text = " ".join(label.split())
    return text if len(text) <= 60 else text[:57] + "..."
