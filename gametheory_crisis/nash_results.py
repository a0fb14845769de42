"""What `nash` returns: equilibria with their certificates, components, and batches of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.payoffs import PayoffArray, exact_table
from gametheory_crisis.solvers.normal_form.bimatrix import BimatrixSolution, settle
from gametheory_crisis.solvers.normal_form.components import NashComponent
from gametheory_crisis.solvers.normal_form.extreme_equilibria import support
from gametheory_crisis.solvers.normal_form.regret import expected, gains, is_profile

__all__ = [
    "NashBatch",
    "NashComponent",
    "NashEquilibrium",
    "NashResult",
    "bimatrix_result",
    "certified",
]

SCHEMA = "gametheory_crisis.nash/1"

TOLERANCE = 1e-8
"""Most regret of an equilibrium that is not exact, in units of the spread of a player's payoffs."""

BY_FLOATS, BY_RATIONALS, UNSOLVED = 1, 2, 4
"""Status of a game of a batch."""


@dataclass(frozen=True, slots=True, eq=False)
class NashEquilibrium:
    """One equilibrium.

    Attributes
    ----------
    strategies : per player the probability of each action, float64, read-only
    payoffs : expected payoff of each player
    regret : the most that any player gains by playing otherwise, in payoff units, computed from the
        payoffs as given; exactly zero where ``exact``
    exact : whether the equilibrium was computed in rational arithmetic
    exact_strategies, exact_payoffs : the same as rationals, where ``exact``
    component : number of the component that it lies in; None where components are not known
    """

    strategies: tuple[NDArray[np.float64], ...]
    payoffs: tuple[float, ...]
    regret: Number
    exact: bool
    exact_strategies: tuple[tuple[Fraction, ...], ...] | None = field(default=None, repr=False)
    exact_payoffs: tuple[Fraction, ...] | None = field(default=None, repr=False)
    component: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The equilibrium as JSON; a payoff beyond the range of floats is null."""
        return {
            "strategies": [shares.tolist() for shares in self.strategies],
            "payoffs": [value if isfinite(value) else None for value in self.payoffs],
            "regret": float(self.regret),
            "exact": self.exact,
            "component": self.component,
        }


@dataclass(frozen=True, slots=True, eq=False)
class NashResult(Sequence[NashEquilibrium]):
    """The equilibria of one game: a sequence of them, and what is known of the whole set.

    Attributes
    ----------
    equilibria : for two players extreme ones, of which all others are mixtures
    complete : whether there are provably no others (but for mixtures within a component)
    components : for two players the connected sets that the equilibria span, where all are known
    method : the algorithm, by name
    notes : in words, what stands against completeness
    """

    equilibria: tuple[NashEquilibrium, ...]
    complete: bool
    components: tuple[NashComponent, ...] = field(repr=False)
    method: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.equilibria)

    @overload
    def __getitem__(self, k: int) -> NashEquilibrium: ...
    @overload
    def __getitem__(self, k: slice) -> tuple[NashEquilibrium, ...]: ...
    def __getitem__(self, k: int | slice) -> NashEquilibrium | tuple[NashEquilibrium, ...]:
        return self.equilibria[k]

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON."""
        return {
            "schema": SCHEMA,
            "method": self.method,
            "complete": self.complete,
            "equilibria": [equilibrium.to_dict() for equilibrium in self.equilibria],
            "components": [component.to_dict() for component in self.components],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True, eq=False)
class NashBatch(Sequence[NashResult]):
    """All equilibria of many bimatrix games of one shape: flat arrays, and a result for each game.

    Attributes
    ----------
    offsets : int64 (n + 1,); game ``k`` has the equilibria ``offsets[k]`` to ``offsets[k + 1]``
    x, y : float64 (equilibria, rows) and (equilibria, columns), the strategies
    status : int8 (n,): 1 solved in floats, beyond doubt; 2 in doubt there, hence solved exactly; 4
        not solved: no equilibria are listed, and the notes of ``batch[k]`` say why
    method : the algorithm, by name

    ``batch[k]`` is worked out when asked for, in rationals.
    """

    offsets: NDArray[np.int64] = field(repr=False)
    x: NDArray[np.float64] = field(repr=False)
    y: NDArray[np.float64] = field(repr=False)
    status: NDArray[np.int8]
    method: str
    payoffs: tuple[PayoffArray, PayoffArray] = field(repr=False)
    solved: dict[int, BimatrixSolution] = field(repr=False)

    def __len__(self) -> int:
        return len(self.status)

    @overload
    def __getitem__(self, k: int) -> NashResult: ...
    @overload
    def __getitem__(self, k: slice) -> tuple[NashResult, ...]: ...
    def __getitem__(self, k: int | slice) -> NashResult | tuple[NashResult, ...]:
        if isinstance(k, slice):
            return tuple(self._result(game) for game in range(*k.indices(len(self))))
        return self._result(range(len(self))[k])

    def _result(self, k: int) -> NashResult:
        tables = [exact_table(array[k]) for array in self.payoffs]
        solution = self.solved.get(k)
        if solution is None:
            own = range(self.offsets[k], self.offsets[k + 1])
            A, B = tables
            solution = settle(A, B, [(support(self.x[e]), support(self.y[e])) for e in own])
            if solution is None:
                raise SolverError(f"game {k}: floats and rationals disagree")
        return bimatrix_result(tables, solution, self.method)


def bimatrix_result(tables: Sequence[Any], solution: BimatrixSolution, method: str) -> NashResult:
    """The result for two players, every equilibrium of it certified."""
    home = {
        number: c
        for c, component in enumerate(solution.components)
        for number in component.equilibria
    }
    equilibria = tuple(
        certified(tables, pair, home.get(number)) for number, pair in enumerate(solution.equilibria)
    )
    return NashResult(equilibria, solution.complete, solution.components, method, solution.notes)


def certified(
    tables: Sequence[Any], profile: Sequence[Sequence[Number]], component: int | None = None
) -> NashEquilibrium:
    """A profile with its regret, computed by the definition.

    Parameters
    ----------
    tables : per player the payoffs as rationals, nested with one level per player
    profile : per player the probability of each action; exact where all are rationals

    Raises
    ------
    SolverError : the profile is not an equilibrium
    """
    exact = all(isinstance(share, Fraction) for shares in profile for share in shares)
    rational = tuple(tuple(Fraction(share) for share in shares) for shares in profile)
    gained = gains(tables, rational)
    if exact:
        fails = not is_profile(rational) or any(gained)
    else:
        fails = any(g > TOLERANCE * _spread(t) for g, t in zip(gained, tables, strict=True))
    if fails:
        raise SolverError(
            f"a solver returned a profile with regret {as_float(max(gained)):g}",
            {"profile": [[float(share) for share in shares] for shares in profile]},
        )
    payoffs = tuple(expected(table, rational) for table in tables)
    return NashEquilibrium(
        tuple(_read_only(shares) for shares in profile),
        tuple(map(as_float, payoffs)),
        Fraction(0) if exact else as_float(max(gained)),
        exact,
        rational if exact else None,
        payoffs if exact else None,
        component,
    )


def _spread(table: Any) -> Fraction:
    """Greatest less least payoff of a nested table."""
    entries = list(_flat(table))
    return max(entries) - min(entries)


def _flat(table: Any) -> list[Fraction]:
    if isinstance(table, list):
        return [entry for part in table for entry in _flat(part)]
    return [table]


def _read_only(shares: Sequence[Number]) -> NDArray[np.float64]:
    array = np.array([float(share) for share in shares])
    array.flags.writeable = False
    return array
