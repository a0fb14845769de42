"""The points of an analysis, solved piece by piece; only the numbers that it needs are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis import point_lists
from gametheory_crisis.analysis.sensitivity.measures import UNSOLVED, Measure
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.sweeps.quantities import Quantity

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.solvers.spreading import Progress
    from gametheory_crisis.sweeps.space import ParameterSpace

Floats: TypeAlias = NDArray[np.float64]
Points: TypeAlias = Callable[[int, int], dict[str, Floats]]
"""Gives the points from one position up to another, as columns."""

PIECE = 1 << 18
"""Points solved at a time."""
MOST_BYTES = 1 << 32
"""What needs more is refused."""


@dataclass(frozen=True, slots=True)
class How:
    """How points are solved.

    Attributes
    ----------
    select : the rule that picks one of several equilibria; None for the one listed first
    threads : None for all that the process may use
    progress : called now and then with points done and points in all
    """

    select: str | None = None
    threads: int | None = None
    progress: Progress | None = None

    def shifted(self, start: int, total: int) -> Progress | None:
        """Progress of a piece, told as that of all pieces."""
        show = self.progress
        return None if show is None else lambda done, _: show(start + done, total)


@dataclass(frozen=True)
class Solved:
    """What is kept of solved points.

    Attributes
    ----------
    regimes : names
    regime : int8 (points,), index of the regime of the first equilibrium, -1 where unsolved
    numbers : float64 (points,) by name of the quantity, nan where a point has none
    status : number of points by status, in words; statuses that no point has are left out
    """

    regimes: tuple[str, ...]
    regime: NDArray[np.int8]
    numbers: dict[str, Floats]
    status: dict[str, int]

    @property
    def unsolved(self) -> int:
        """Number of points without a solution."""
        return int(np.count_nonzero(self.regime < 0))

    def column(self, name: str) -> Floats:
        """A number of every point, float64 (points,); see `Measure.columns`."""
        if name in self.numbers:
            return self.numbers[name]
        index = -1 if name == UNSOLVED else self.regimes.index(name.partition(":")[2])
        member: Floats = (self.regime == index).astype(np.float64)
        return member

    def present(self, measures: Sequence[Measure]) -> tuple[Measure, ...]:
        """The measures without the incidental ones, where nothing is unsolved."""
        return tuple(one for one in measures if self.unsolved or not one.incidental)


def solve_points(
    model: Model,
    space: ParameterSpace,
    num: int,
    points: Points,
    measures: Sequence[Measure],
    how: How,
) -> Solved:
    """Solve ``num`` points and keep what the measures need.

    Raises
    ------
    SolverError
        Not a single point has a solution.
    """
    names = dict.fromkeys(name for measure in measures for name in measure.columns)
    wanted = [Quantity.of(model, name) for name in names if name != UNSOLVED]
    wanted = [one for one in wanted if one.stored]
    needed = sorted({name for one in wanted for name in one.stored})
    regime = np.empty(num, dtype=np.int8)
    numbers = {str(one): np.empty(num) for one in wanted}
    statuses = np.empty(num, dtype=np.int8)
    for start in range(0, num, PIECE):
        stop = min(start + PIECE, num)
        cells = point_lists.solve_points(
            model,
            space.fixed,
            points(start, stop),
            quantities=needed,
            select=how.select,
            total=num,
            threads=how.threads,
            progress=how.shifted(start, num),
        )
        regime[start:stop] = cells.regime[0]
        statuses[start:stop] = cells.status[0]
        for one in wanted:
            numbers[str(one)][start:stop] = one.of_cells(cells)
    counts = point_lists.counts_by_status(statuses)
    point_lists.check_some_solved(counts)
    return Solved(model.regimes, regime, numbers, counts)


def check_size(num: int, drawn: int, measures: Sequence[Measure]) -> None:
    """Refuse what does not fit in memory, before anything is drawn.

    Parameters
    ----------
    num : points to be solved
    drawn : numbers of the sample that they are made of

    Raises
    ------
    ParameterError
        That is too much.
    """
    columns = {name for measure in measures for name in measure.columns}
    # The sample is held as shares and as values of parameters.
    if 16 * drawn + 8 * num * len(columns) > MOST_BYTES:
        raise ParameterError(
            f"{num:,} points are too many to keep {len(columns)} numbers of each; ask for fewer "
            "points or fewer quantities"
        )
