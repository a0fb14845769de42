"""How likely the types of a player take certain actions, and their mean private numbers then."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np

from gametheory_crisis.certificate.knowledge import Taken
from gametheory_crisis.certificate.shock_cells import Cells, cells_of, switch_lines
from gametheory_crisis.certificate.shock_distributions import FloatArray, Shock
from gametheory_crisis.certificate.shock_rules import Rule

Path: TypeAlias = tuple[Taken, ...]
"""Actions of one player, each with the information set at which it is taken."""


class Moment(NamedTuple):
    """The probability that types take a path, and the integral of each private number over them."""

    mass: float
    firsts: FloatArray

    def plus(self, other: Moment) -> Moment:
        """The sum of two moments."""
        return Moment(self.mass + other.mass, self.firsts + other.firsts)


class Moments:
    """The rules of one player, integrated over its types.

    Parameters
    ----------
    shocks : the player's private numbers from a continuum
    rules : its rule at each of its information sets, by position
    paths : what the player can do; these paths are integrated to full precision
    """

    def __init__(
        self, shocks: Sequence[Shock], rules: Mapping[int, Rule], paths: Sequence[Path]
    ) -> None:
        self.shocks = tuple(shocks)
        self.rules = rules
        self.lines = switch_lines(tuple(rules.values()), len(shocks))
        self._paths = paths
        self._known: dict[Path, Moment] = {}
        self._cells: Cells = cells_of(shocks, tuple(rules.values()), self._followed)
        self._behaviour = {at: rule.behaviour(self._cells.types) for at, rule in rules.items()}

    def of(self, path: Path) -> Moment:
        """The moment of the types that take every action of a path where they come to choose."""
        if path not in self._known:
            weights = np.ones(len(self._cells.masses))
            for position, action in path:
                weights *= self._behaviour[position][:, action]
            self._known[path] = Moment(
                float(weights @ self._cells.masses), weights @ self._cells.firsts
            )
        return self._known[path]

    def mistakes(self, path: Path) -> tuple[int, list[Path]]:
        """The fewest actions of a path that must be mistakes, and the rests of it then meant.

        All types err alike, and all mistakes are as likely, so mistakes tell nothing of the type.
        """
        few = next(n for n in range(len(path) + 1) if self._meant(path, n))
        return few, self._meant(path, few)

    def _meant(self, path: Path, num_mistakes: int) -> list[Path]:
        """The rests of a path without so many of its actions, where some types take them."""
        rests = combinations(path, len(path) - num_mistakes)
        return [rest for rest in rests if self.of(rest).mass > 0]

    def total(self, paths: Sequence[Path]) -> Moment:
        """The sum of the moments of some paths."""
        return reduce(Moment.plus, map(self.of, paths))

    def _followed(self, types: FloatArray) -> FloatArray:
        """Per type, shape (..., num_shocks), whether it takes each path, shape (..., num_paths)."""
        behaviour = {at: rule.behaviour(types) for at, rule in self.rules.items()}
        ones = np.ones(types.shape[:-1])
        return np.stack(
            [
                math.prod((behaviour[at][..., action] for at, action in path), start=ones)
                for path in self._paths
            ],
            axis=-1,
        )
