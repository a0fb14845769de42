"""Nash equilibria of games given as arrays.

>>> import gametheory_crisis as gtc
>>> chicken = gtc.nash([[0, -1], [1, -10]], [[0, 1], [-1, -10]])
>>> [tuple(map(str, equilibrium.exact_strategies[0])) for equilibrium in chicken]
[('1', '0'), ('0', '1'), ('9/10', '1/10')]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError, SolverError
from gametheory_crisis.games.payoffs import PayoffArray, exact_table, floats, payoff_arrays
from gametheory_crisis.nash_results import (
    BY_FLOATS,
    BY_RATIONALS,
    TOLERANCE,
    UNSOLVED,
    NashBatch,
    NashResult,
    bimatrix_result,
    certified,
)
from gametheory_crisis.solvers.normal_form.bimatrix import (
    METHODS,
    BimatrixSolution,
    solve_bimatrix,
)
from gametheory_crisis.solvers.normal_form.many_players import solve_many
from gametheory_crisis.solvers.normal_form.multilinear import Profile, sure
from gametheory_crisis.solvers.normal_form.pure_profiles import pure_equilibria

MANY_METHODS = ("supports", "logit", "pure")
"""Methods for three and more players."""


def nash(
    *payoffs: Any, method: str | None = None, exact: bool = False, label: int | None = 0
) -> NashResult | NashBatch:
    """Nash equilibria of a game in normal form, or of a batch of bimatrix games.

    Parameters
    ----------
    *payoffs : an array, or nested sequences, for each player, all of one shape, never changed

        - ``nash(A, B)``: matrices with the first player's actions as rows; all extreme
          equilibria;
        - ``nash(A)``: the zero-sum game of A and -A;
        - ``nash(A, B)`` with arrays of shape (n, rows, columns): n games, quickly;
        - ``nash(A, B, C, ...)``: arrays with one axis for each player, in player order, e.g.
          ``C[a, b, c]`` for the third player's payoff at a profile.

        Payoffs are integers, `Fraction`s, `Decimal`s or floats; a float counts as the decimal that
        it prints as (0.1 is one tenth).
    method : for two players

        - ``vertex_enumeration`` (the default): all equilibria;
        - ``support_enumeration``: all of them, by another way, slower;
        - ``lemke_howson``: the one that the path from ``label`` ends at;
        - ``pure``: all pure ones;
        - ``logit``: the one that the path of logit responses ends at (not in batches).

        For more players ``supports`` (the default: pure and mixed ones, or where there are too many
        supports, the logit one), ``logit`` or ``pure``.
    exact : work in rationals from the beginning. A single game of two players is settled in
        rationals in any case; without ``exact`` large games and batches are solved in floats first
    label : the label that Lemke-Howson drops: ``i`` a row, ``rows + j`` a column; None takes all in
        turn

    Returns
    -------
    A `NashResult`, for a batch a `NashBatch`.

    Raises
    ------
    ParameterError : payoffs that are ragged, empty, not finite or of different shapes; an unknown
        method
    SolverError : too many vertices, or a plausibility check that failed; no false equilibrium is
        ever returned
    """
    tables = payoff_arrays(payoffs)
    if len(tables) == 1:
        tables.append(_negative(tables[0]))
    players, axes = len(tables), tables[0].ndim
    if players == 2 and axes in (2, 3):
        _check_method(method, METHODS if axes == 3 else (*METHODS, "logit"))
        _check_label(label, tables[0].shape[-2] + tables[0].shape[-1])
        if method == "logit":
            return _by_path(tables)
        solve = _one_game if axes == 2 else _batch
        return solve(tables[0], tables[1], method or METHODS[0], exact=exact, label=label)
    if players != axes:
        raise ParameterError(
            f"{players} players need arrays with {players} axes, these have {axes}"
        )
    _check_method(method, MANY_METHODS)
    if method == "logit":
        return _by_path(tables)
    return _many_players(tables, method or MANY_METHODS[0])


def _check_method(method: str | None, known: tuple[str, ...]) -> None:
    if method is not None and method not in known:
        raise ParameterError(f"unknown method {method!r}; known: {', '.join(known)}")


def _check_label(label: int | None, num: int) -> None:
    whole = isinstance(label, (int, np.integer)) and not isinstance(label, bool)
    if label is not None and not (whole and 0 <= label < num):
        raise ParameterError(f"label {label!r} is none of the {num} actions, counted from 0")


def _negative(array: PayoffArray) -> PayoffArray:
    """The other side's payoffs, unsigned and the least integer not excepted."""
    if array.dtype.kind == "f":
        return -array
    return -np.vectorize(int, otypes=[object])(array) if array.dtype.kind in "biu" else -array


def _one_game(
    A: PayoffArray, B: PayoffArray, method: str, *, exact: bool, label: int | None
) -> NashResult:
    tables = exact_table(A), exact_table(B)
    return bimatrix_result(
        tables, solve_bimatrix(*tables, method, exact=exact, label=label), method
    )


def _batch(
    A: PayoffArray, B: PayoffArray, method: str, *, exact: bool, label: int | None
) -> NashBatch:
    offsets = np.zeros(len(A) + 1, dtype=np.int64)
    x, y = np.empty((0, A.shape[1])), np.empty((0, A.shape[2]))
    status = np.zeros(len(A), dtype=np.int8)
    if method == METHODS[0] and not exact:
        offsets, x, y, status = _by_floats(A, B)
    solved: dict[int, BimatrixSolution] = {}
    for k in np.flatnonzero(status != BY_FLOATS).tolist():
        try:
            solved[k] = solve_bimatrix(
                exact_table(A[k]), exact_table(B[k]), method, exact=True, label=label
            )
            status[k] = BY_RATIONALS
        except SolverError as error:
            solved[k] = BimatrixSolution((), (), False, (str(error),))
            status[k] = UNSOLVED
    if solved:
        offsets, x, y = _spliced(offsets, x, y, status, solved)
    return NashBatch(offsets, x, y, status, method, (A.copy(), B.copy()), solved)


def _by_floats(
    A: PayoffArray, B: PayoffArray
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]:
    """All equilibria of the games of which the compiled kernel is sure, and the regret confirms."""
    from gametheory_crisis.kernels.bimatrix import all_equilibria
    from gametheory_crisis.kernels.regret import relative_regrets

    try:
        row, column = floats(A), floats(B)
    except OverflowError:  # a rational beyond the range of floats
        row = column = np.zeros(A.shape)
    offsets, x, y, status = all_equilibria(row, column)
    regrets = np.empty(len(x))
    relative_regrets(row, column, offsets, x, y, regrets)
    doubtful = np.flatnonzero(~(regrets <= TOLERANCE))
    status[np.searchsorted(offsets, doubtful, side="right") - 1] = BY_RATIONALS
    status[np.diff(offsets) % 2 == 0] = BY_RATIONALS
    return offsets, x, y, status


def _spliced(
    offsets: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    status: NDArray[np.int8],
    solved: dict[int, BimatrixSolution],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """The flat arrays with the games solved exactly in their places."""
    counts = np.where(status == BY_FLOATS, np.diff(offsets), 0)
    for k, solution in solved.items():
        counts[k] = len(solution.equilibria)
    places = np.concatenate([[0], np.cumsum(counts)])
    new_x, new_y = np.empty((places[-1], x.shape[1])), np.empty((places[-1], y.shape[1]))
    kept = np.repeat(status == BY_FLOATS, np.diff(offsets))
    target = np.repeat(places[:-1] - offsets[:-1], np.diff(offsets)) + np.arange(len(x))
    new_x[target[kept]], new_y[target[kept]] = x[kept], y[kept]
    for k, solution in solved.items():
        for e, (first, second) in enumerate(solution.equilibria, start=places[k]):
            new_x[e] = [float(share) for share in first]
            new_y[e] = [float(share) for share in second]
    return places, new_x, new_y


def _many_players(arrays: list[PayoffArray], method: str) -> NashResult:
    tables, flat = _tables(arrays)
    shape = arrays[0].shape
    if method == "pure":
        found = [sure(actions, shape) for actions in pure_equilibria(flat, shape)]
        return _listed(tables, found, method, ("mixed equilibria were not sought",))
    solution = solve_many(flat, shape)
    if not solution.equilibria:
        fallback = _by_path(arrays)
        return replace(fallback, notes=(*solution.notes, *fallback.notes))
    profiles = [equilibrium.profile for equilibrium in solution.equilibria]
    return replace(_listed(tables, profiles, method, solution.notes), complete=solution.complete)


def _by_path(arrays: list[PayoffArray]) -> NashResult:
    """The equilibrium at the end of the logit path."""
    from gametheory_crisis.solvers.normal_form.logit import logit_equilibrium

    tables, flat = _tables(arrays)
    end = logit_equilibrium(flat, arrays[0].shape)
    if end.status != "equilibrium":
        raise SolverError(
            f"the logit path did not lead to an equilibrium; least regret {float(end.regret):g}",
            {"profile": end.profile, "regret": float(end.regret)},
        )
    return _listed(tables, [end.profile], "logit", ("the logit path leads to one equilibrium",))


def _tables(arrays: list[PayoffArray]) -> tuple[list[Any], list[list[Fraction]]]:
    """Each player's payoffs as rationals, nested by player and in one row."""
    return [exact_table(array) for array in arrays], [exact_table(a.reshape(-1)) for a in arrays]


def _listed(
    tables: list[Any], profiles: Sequence[Profile], method: str, notes: tuple[str, ...]
) -> NashResult:
    equilibria = tuple(certified(tables, profile) for profile in profiles)
    return NashResult(equilibria, False, (), method, notes)
