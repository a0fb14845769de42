"""One cell at a time, for users' own compiled code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.kernels.blocks import NO_GAME, SEVERAL, grade, loop_days, run
from gametheory_crisis.kernels.jit import entry_point, jit, source_digest


class CellResult(NamedTuple):
    """What an embedded kernel returns.

    Attributes
    ----------
    status : 1 solved, 2 tie, 4 not converged, 5 payoff not finite, 6 no game at this point
    regime : index among the model's regimes, -1 where unsolved
    expected_day : expected day of the end
    payoffs : float64 (players,)
    probabilities : float64 (outcomes,)
    """

    status: int
    regime: int
    expected_day: float
    payoffs: NDArray[np.float64]
    probabilities: NDArray[np.float64]


def _build(digest: int) -> Callable[..., Any]:
    @entry_point
    def solve_cell(
        code, bounds, num_registers, constants, cell, clock, initial, following, results, theta, out
    ):
        """Solve one point and write payoffs, then probabilities, into ``out``.

        Parameters
        ----------
        code, bounds, num_registers, constants, initial, following, results : of the `Schedule`
        cell : registers of the parameters and their positions in ``theta``
        clock : registers of the deadline and of the day
        theta : float64 (parameters,)
        out : (payoffs, probabilities), modified

        Returns
        -------
        Status, regime, expected day, and the digest of the sources.
        """
        registers = np.zeros((num_registers, 1))
        for k in range(len(constants[0])):
            registers[constants[0][k], 0] = constants[1][k]
        for k in range(len(cell[0])):
            registers[cell[0][k], 0] = theta[cell[1][k]]
        width = registers.shape[1]
        run(code, bounds[0], bounds[3], registers, width)
        for k in range(len(initial)):
            registers[initial[k, 0], 0] = registers[initial[k, 1], 0]
        if clock[0] >= 0:
            loop_days(code, bounds, registers, clock[0], clock[1], following, width)
        run(code, bounds[4], bounds[5], registers, width)
        payoffs, probabilities = out
        num, n = len(payoffs), len(results)
        grades = np.empty(1)
        status = int(grade(registers, results, clock[0], num, width, grades))
        failed = status > SEVERAL
        for k in range(num):
            payoffs[k] = np.nan if failed else registers[results[k], 0]
        outcome = results[n - 8]
        for k in range(len(probabilities)):
            if failed:
                probabilities[k] = np.nan
            elif outcome >= 0:
                probabilities[k] = 1.0 if registers[outcome, 0] == k else 0.0
            else:
                probabilities[k] = registers[results[num + k], 0]
        if failed:
            return status, -1, np.nan, digest
        return status, int(registers[results[n - 6], 0]), registers[results[n - 7], 0], digest

    return solve_cell


solve_cell = _build(source_digest(__name__))
"""Solves one point; see the docstring of the function itself."""


def cell_kernel(
    plan: Any, order: NDArray[np.int64], bounds: NDArray[np.float64], sizes: tuple[int, int]
) -> Any:
    """A compiled function from a point to its `CellResult`.

    Parameters
    ----------
    plan : the `Schedule`, with every parameter at the level of cells
    order : position in a point of each parameter that the schedule reads
    bounds : float64 (parameters, 3): lowest and highest value, and 1 where the value is whole
    sizes : number of players and of outcomes
    """
    code, segments, num_registers = plan.code, plan.bounds, plan.num_registers
    constant_registers, constant_values = plan.constants
    cell_registers = plan.cell[1]
    clock = np.array([plan.deadline, plan.day], dtype=np.int64)
    initial, following, results = plan.initial, plan.following, plan.results
    num_players, num_outcomes = sizes

    @jit
    def kernel(theta):
        """Solve the model at ``theta``, float64, in the order of `Model.parameters`."""
        payoffs = np.full(num_players, np.nan)
        probabilities = np.full(num_outcomes, np.nan)
        for k in range(len(bounds)):
            value = theta[k]
            inside = value >= bounds[k, 0] and value <= bounds[k, 1]
            if not inside or (bounds[k, 2] == 1.0 and value != np.floor(value)):
                return CellResult(NO_GAME, -1, np.nan, payoffs, probabilities)
        status, regime, day, _ = solve_cell(
            code,
            segments,
            num_registers,
            (constant_registers, constant_values),
            (cell_registers, order),
            clock,
            initial,
            following,
            results,
            theta,
            (payoffs, probabilities),
        )
        return CellResult(status, regime, day, payoffs, probabilities)

    return kernel
