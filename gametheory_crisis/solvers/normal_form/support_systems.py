"""The equilibria of a game with given supports, each proven, and whether they are all.

A player who mixes is indifferent among the actions of its support; that makes one multilinear
equation per free probability.  Where one or two players mix they are solved exactly
(`few_mixing`); otherwise `subdivision` finds all their roots, `root_certificate` encloses each, and
signs decide which of them are equilibria.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.solvers.normal_form.few_mixing import few_mixing
from gametheory_crisis.solvers.normal_form.multilinear import (
    Supports,
    action_values,
    gain_table,
)
from gametheory_crisis.solvers.normal_form.root_certificate import Equation, Equations, Root
from gametheory_crisis.solvers.normal_form.simplex_cells import FloatArray
from gametheory_crisis.solvers.normal_form.subdivision import System, find_roots

Verdict = Literal["equilibrium", "tie", "none"]


@dataclass(frozen=True, slots=True)
class Supported:
    """What is known of the equilibria with given supports.

    Attributes
    ----------
    equilibria : roots at which nobody gains by deviating, probabilities of the supports only
    ties : roots at which it cannot be told whether an action off the support ties or gains
    settled : whether there are no others, but for a continuum of which these are the extreme points
    continuum : whether there is one
    cells : how many cells the search looked at
    """

    equilibria: tuple[Root, ...] = ()
    ties: tuple[Root, ...] = ()
    settled: bool = True
    continuum: bool = False
    cells: int = 0


class SupportSearch:
    """A game prepared for the search of equilibria support by support.

    Parameters
    ----------
    payoffs : exact tables as in `multilinear`
    shape : number of actions of each player
    """

    def __init__(self, payoffs: Sequence[Sequence[Fraction]], shape: Sequence[int]) -> None:
        self._payoffs, self._shape = payoffs, tuple(shape)

    @cached_property
    def _gains(self) -> list[dict[tuple[int, int], FloatArray]]:
        """Per player and pair of actions what the first gains on the second, scaled to 1.

        The differences are exact before they are rounded.
        """
        gains: list[dict[tuple[int, int], FloatArray]] = []
        for i, table in enumerate(self._payoffs):
            array = np.empty(len(table), dtype=object)
            array[:] = table
            lines = np.moveaxis(array.reshape(self._shape), i, 0)
            gains.append({})
            for a, b in combinations(range(self._shape[i]), 2):
                gain = np.expand_dims(_scaled(lines[a] - lines[b]), i)
                gains[i][a, b], gains[i][b, a] = gain, -gain
        return gains

    def solve(self, supports: Supports, *, most_cells: int) -> Supported:
        """All equilibria in which each player mixes exactly the actions of its support."""
        system = self._system(supports)
        if system is None:
            return Supported()
        faces = few_mixing(self._payoffs, self._shape, supports)
        if faces is not None:
            points = tuple(Root(point, Fraction(0), Fraction(0)) for point in faces.points)
            return Supported(points, continuum=faces.continuum)
        equations = self._equations(supports)
        roots: list[Root] = []

        def certify(approximate: list[FloatArray]) -> int | None:
            root = equations.enclose([part.tolist() for part in approximate])
            if root is None:
                return None
            for k, known in enumerate(roots):
                if known.same(root) or root.same(known):
                    return k
            roots.append(root)
            return len(roots) - 1

        search = find_roots(system, certify, most_cells=most_cells)
        sorted_: dict[Verdict, list[Root]] = {"equilibrium": [], "tie": [], "none": []}
        for name in search.found:
            verdict, root = self._judge(supports, equations, roots[name])
            sorted_[verdict].append(root)
        return Supported(
            tuple(sorted_["equilibrium"]),
            tuple(sorted_["tie"]),
            settled=search.settled,
            cells=search.cells,
        )

    def near(self, supports: Supports, approximate: Sequence[Sequence[float]]) -> Root | None:
        """The proven equilibrium with given supports next to an approximate one, or None.

        Parameters
        ----------
        supports : per player the actions that it mixes
        approximate : per player the probabilities of those actions
        """
        equations = self._equations(supports)
        root = equations.enclose(approximate)
        if root is None:
            return None
        verdict, fine = self._judge(supports, equations, root)
        return fine if verdict == "equilibrium" else None

    def _system(self, supports: Supports) -> System | None:
        """The functions in floating point; None where their signs alone exclude an equilibrium.

        All probabilities are positive, so a gain that is never negative and somewhere positive is
        positive: it is enough that an action of a support is weakly dominated given the supports.
        """
        sizes = tuple(map(len, supports))
        parts: tuple[list[FloatArray], ...] = ([], [], [])
        for i, support in enumerate(supports):
            kept = np.ix_(*([0] if j == i else list(s) for j, s in enumerate(supports)))
            for a in support:
                for b in range(self._shape[i]):
                    if b == a or (b in support and b < a):
                        continue
                    gain = _rescaled(self._gains[i][b, a][kept])
                    low, high = float(gain.min()), float(gain.max())
                    if (low >= 0.0 and high > 0.0) or (b in support and high <= 0.0 and low < 0.0):
                        return None
                    part = parts[2 if b not in support else 0 if a == support[0] else 1]
                    part.append(np.broadcast_to(gain, sizes))
        equations, also_zero, not_positive = (
            np.stack(part) if part else np.zeros((0, *sizes)) for part in parts
        )
        return System(sizes, equations, also_zero, not_positive)

    def _equations(self, supports: Supports) -> Equations:
        """The same equations in rationals."""
        equations = []
        for i, support in enumerate(supports):
            for a in support[1:]:
                gain = gain_table(self._payoffs[i], self._shape, supports, i, (a, support[0]))
                largest: Fraction = max(map(abs, gain)) or _ONE
                equations.append(Equation(i, tuple(value / largest for value in gain)))
        return Equations(tuple(map(len, supports)), equations)

    def _judge(self, supports: Supports, equations: Equations, root: Root) -> tuple[Verdict, Root]:
        """Whether a root is an equilibrium with all of its supports, and its best enclosure."""
        rough = self._verdict(supports, root)
        if rough == "none":
            return "none", root
        fine = equations.refine(root)
        return self._verdict(supports, fine), fine

    def _verdict(self, supports: Supports, root: Root) -> Verdict:
        if any(p + root.error <= 0 for part in root.point for p in part if len(part) > 1):
            return "none"
        sure = all(p - root.error > 0 for part in root.point for p in part)
        for low, high in self._outside_gains(supports, root):
            if low > 0:
                return "none"
            sure = sure and high <= 0
        return "equilibrium" if sure else "tie"

    def _outside_gains(self, supports: Supports, root: Root) -> Iterator[tuple[Fraction, Fraction]]:
        """Bounds on what each action off the supports gains at a root.

        All actions of a support are worth the same there; the one that gives the tightest bound
        serves: a twin of an action gains nothing on it for certain.
        """
        masses = [sum(map(abs, part)) for part in root.point]
        wide = [m + len(s) * root.error for m, s in zip(masses, supports, strict=True)]
        drift = Fraction(prod(wide) - prod(masses))
        for i, support in enumerate(supports):
            one = tuple(part if j != i else (_ONE,) for j, part in enumerate(root.point))
            sizes = tuple(map(len, one))
            for a in range(self._shape[i]):
                if a in support:
                    continue
                lows, highs = [], []
                for b in support:
                    gain = gain_table(self._payoffs[i], self._shape, supports, i, (a, b))
                    value = Fraction(action_values(gain, sizes, i, one)[0])
                    slack = max(map(abs, gain)) * drift
                    lows.append(value - slack)
                    highs.append(value + slack)
                yield max(lows), min(highs)


_ONE = Fraction(1)


def _scaled(values: NDArray[np.object_]) -> FloatArray:
    """Exact numbers over the largest of them, rounded once."""
    numbers: list[Fraction] = values.ravel().tolist()
    size = max(map(abs, numbers)) or _ONE
    return np.array([float(number / size) for number in numbers]).reshape(values.shape)


def _rescaled(values: FloatArray) -> FloatArray:
    size = float(np.abs(values).max())
    return values / size if size > 0.0 else values
