"""Single stages of a long game that floats cannot decide, solved by the exact method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import as_float
from gametheory_crisis.kernels.days_arrays import MIXED
from gametheory_crisis.solvers.long_stage import LongPoint
from gametheory_crisis.solvers.stage_equilibria import (
    is_pure,
    profile_shares,
    stage_equilibria,
)
from gametheory_crisis.solvers.stage_selection import select_equilibrium

Floats = NDArray[np.float64]

MAX_STAGES = 5_000
"""Different stages that are solved exactly."""
MAX_ASKED = 500_000
"""Places and days at which a stage is solved or looked up."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What is played at a stage.

    Attributes
    ----------
    branch : the profile, `MIXED` where play is mixed
    shares : probability of each action, mover by mover
    profile : probability of each action profile
    several : whether there are several equilibria
    """

    branch: int
    shares: tuple[float, ...]
    profile: tuple[float, ...]
    several: bool


class Settling:
    """Solves stages one by one, each once.

    Parameters
    ----------
    point : the game
    select : rule of selection, see `stage_selection`

    Attributes
    ----------
    most_asked : places and days that may ask
    """

    def __init__(self, point: LongPoint, select: str) -> None:
        self._point = point
        self._select = select
        self._known: dict[tuple[tuple[int, ...], bytes], Settled] = {}
        self._asked = 0
        self.most_asked: float = MAX_ASKED

    def settle(self, today: Floats, position: int, day: int) -> Settled:
        """Solve a stage and enter its value.

        Parameters
        ----------
        today : float64 (positions, players + 1), values of the positions behind; modified
        position, day : where and when; -1 for a known day

        Raises
        ------
        SolverError
            No equilibrium is found, or the stages to solve are too many.
        """
        arrays, numbers = self._point.stage.arrays, self._point.numbers.numbers
        here = arrays.positions[position]
        branches = arrays.branches[here["first"] : here["stop"]]
        options = today[branches["target"]]
        for k, row in enumerate(branches["pays"]):
            if row >= 0:
                options[k, :-1] += numbers[arrays.table[row]]
        settled = self._solve(options[:, :-1], position, day)
        if settled.branch == MIXED:
            today[position] = np.array(settled.profile) @ options
        else:
            today[position] = options[settled.branch]
        return settled

    def _solve(self, payoffs: Floats, position: int, day: int) -> Settled:
        where = self._point.stage.game.positions[position]
        key = (*where.shape, *where.movers), payoffs.tobytes()
        known = self._known.get(key)
        self._asked += 1
        if known is not None and self._asked <= self.most_asked:
            return known
        if len(self._known) >= MAX_STAGES or self._asked > self.most_asked:
            when = f" on day {day}" if day >= 0 else ""
            raise SolverError(
                f"too many stages need an exact method, the last at '{where.node}'{when}: in "
                "floats their equilibria are in doubt, or three players or more mix; shorten the "
                "deadline, or write the stage for two players"
            )
        rows = [tuple(map(float, row)) for row in payoffs]
        found = stage_equilibria(rows, where.shape, where.movers)
        if not found.profiles:
            raise SolverError(f"no equilibrium was found at '{where.node}'")
        chosen = select_equilibrium(self._select, found.profiles, rows, where.shape, where.movers)
        mix = found.profiles[chosen]
        profile = tuple(as_float(share) for share in profile_shares(mix))
        settled = Settled(
            branch=profile.index(1.0) if is_pure(mix) else MIXED,
            shares=tuple(as_float(share) for part in mix for share in part),
            profile=profile,
            several=len(found.profiles) > 1,
        )
        self._known[key] = settled
        return settled
