"""The errors that every public function of the package raises, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class CrisisError(Exception):
    """Base of every error that the package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a model file, with its place.

    Attributes
    ----------
    source : name of the file (or ``<text>``)
    line, column : position counted from 1, as editors count; 0 where there is none
    path : key path inside the file, e.g. ``game.answer.actions.accept.payoffs``
    message : what is wrong and what would be right
    """

    source: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}:{self.column}" if self.line else self.source
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class ModelError(CrisisError):
    """A model file that cannot be read or is not a game; ``problems`` lists every mistake found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(tuple(problems))
        self.problems: tuple[Problem, ...] = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class ParameterError(CrisisError):
    """A parameter that is unknown, out of its range, not finite, or leaves no game to solve."""


class NotFinite(ParameterError):
    """A payoff that is undefined or infinite at a point."""


class UnsupportedGame(CrisisError):
    """A valid game with a feature that no solver here handles; the message names the feature."""


class SolverError(CrisisError):
    """A computation that did not converge; ``best`` carries the best point found."""

    def __init__(self, message: str, best: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, best)
        self.message = message
        self.best = dict(best or {})

    def __str__(self) -> str:
        return self.message


class StoreError(CrisisError):
    """A store of a sweep that cannot be made, continued, read or written."""
