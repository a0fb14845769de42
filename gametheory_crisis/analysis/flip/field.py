"""The regimes of a model over a box of parameters, looked up in batches around one point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis.arguments import num_threads, point_values, read_over
from gametheory_crisis.analysis.point_lists import solve_points
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.solvers.block_induction import BlockSolver
from gametheory_crisis.solvers.cells import SEVERAL
from gametheory_crisis.solvers.equilibrium_tables import DOUBTFUL, TableSolver
from gametheory_crisis.solvers.pointwise import CellByCell
from gametheory_crisis.sweeps.space import ParameterSpace, draw
from gametheory_crisis.sweeps.sweep import STATUS

if TYPE_CHECKING:
    from gametheory_crisis.model import Model
    from gametheory_crisis.solvers.spreading import Progress

Floats: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]
Ends: TypeAlias = tuple[float, float]

MASK_BITS = 32
"""A code holds the set of regimes in its low bits and the first regime above them."""
MANY_PROCESSES = 500
"""More Markov decision processes at each point make a model a slow one."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How many points a search may spend, by the pace of the model's solver.

    Attributes
    ----------
    scan : equal steps of a parameter's range
    ratio, finest : a scan is denser about the point and the ends: distances there grow by
        ``ratio``, from ``finest`` of the range on
    gap : a crossing is closed in on up to that width, or that share of a range below 1; at 0 until
        no floating-point number lies between
    directions, radii : rays of the joint search, and equal steps on each
    starts, steps : boundary points that are improved, and how often
    precision : share of a ray up to which its boundary is found
    batch : points of one step of a bisection: it cuts in halves where that is 1
    """

    scan: int
    ratio: float
    finest: float
    gap: float
    directions: int
    radii: int
    starts: int
    steps: int
    precision: float
    batch: int

    @property
    def thorough(self) -> bool:
        """Whether points cost so little that surroundings are searched on suspicion."""
        return self.gap == 0.0


FAST = Effort(4096, 2.0, 2.0**-48, 0.0, 4096, 24, 12, 30, 1e-15, 4096)
ORDINARY = Effort(256, 4.0, 2.0**-32, 1e-9, 512, 8, 3, 8, 1e-6, 1)
SLOW = Effort(32, 8.0, 2.0**-15, 1e-9, 64, 4, 2, 4, 1e-5, 1)
SLOWEST = Effort(12, 16.0, 2.0**-8, 1e-9, 32, 4, 1, 3, 1e-4, 1)
SAMPLE, DOUBTS = 64, 0.05
"""Points at which a solver by tables is tried, and the share of doubts that makes it slow."""


def effort_for(model: Model, space: ParameterSpace, select: str | None = None) -> Effort:
    """The effort that fits the pace of a model, told without a clock so that results repeat."""
    solver = model.block_solver
    if model.engine == "screening":
        return SLOWEST
    if isinstance(solver, CellByCell) or getattr(solver, "num_processes", 0) > MANY_PROCESSES:
        return SLOW
    if isinstance(solver, (BlockSolver, TableSolver)) and solver.slow(select):
        return SLOW
    if isinstance(solver, TableSolver):
        columns = {name: np.full(SAMPLE, value) for name, value in space.fixed.items()}
        columns |= space.columns(draw("sobol", SAMPLE, len(space.names), 0))
        doubtful = np.mean(solver.table(columns, SAMPLE).status == DOUBTFUL)
        return SLOW if doubtful > DOUBTS else ORDINARY
    whole = isinstance(solver, BlockSolver) and not solver.program.partial
    return FAST if whole else ORDINARY


@dataclass(frozen=True, slots=True)
class Place:
    """What one finds at a point.

    Attributes
    ----------
    regime : of the first equilibrium, as in sweeps; None where the point is unsolved
    regimes : those of all equilibria found, the first one's in front
    status : one of `STATUS`
    """

    regime: str | None
    regimes: tuple[str, ...]
    status: str

    def __str__(self) -> str:
        if self.regime is None:
            return f"unsolved ({self.status})"
        others = self.regimes[1:]
        return f"{self.regime} (or {', '.join(others)})" if others else self.regime

    @property
    def solved(self) -> bool:
        """Whether there is a regime."""
        return self.regime is not None

    def to_dict(self) -> dict[str, Any]:
        """The place as JSON has it."""
        return {"regime": self.regime, "regimes": list(self.regimes), "status": self.status}


class Field:
    """A box of parameters around a base point, and what the model does in it.

    Points are rows of parameter values, float64 (n, d), in the order of ``names``. What stands at a
    point is a code: equal codes are equal first regimes and equal sets of regimes, and codes below
    0 are points without a regime.

    Attributes
    ----------
    names, whole : the parameters that vary, and which of them are whole numbers
    select : the rule that picks the first equilibrium; None for the one listed first
    base, low, high, width : float64 (d,), the base point and the box
    code : of the base point
    solved : points solved so far
    """

    def __init__(
        self,
        model: Model,
        values: Mapping[str, Any],
        over: Mapping[str, Ends] | Sequence[str] | None,
        select: str | None,
        threads: int | None,
        progress: Progress | None,
    ) -> None:
        point = model.point(point_values(values))
        space = _space(model, over)
        varied = space.varied
        self.names = tuple(one.name for one in varied)
        self.model = model
        self.select = select
        self.point = point
        self.fixed = {k: float(v) for k, v in point.items() if k not in self.names}
        self.base = np.array([float(point[name]) for name in self.names])
        self.low = np.array([one.low for one in varied])
        self.high = np.array([one.high for one in varied])
        self.width = self.high - self.low
        self.whole = np.array([one.integer for one in varied])
        self.effort = effort_for(model, ParameterSpace(varied, self.fixed), select)
        self.threads, self.progress = num_threads(threads), progress
        self.solved = 0
        self._check_base()
        self.code = int(self.codes(self.base[None, :])[0])

    def _check_base(self) -> None:
        for name, value, low, high in zip(self.names, self.base, self.low, self.high, strict=True):
            if not low <= value <= high:
                raise ParameterError(
                    f"{name} = {value:g} is outside the interval from {low:g} to {high:g} over "
                    "which it varies"
                )

    def codes(self, points: Floats) -> Codes:
        """What stands at some points, int64 (n,)."""
        if not len(points):
            return np.empty(0, dtype=np.int64)
        columns = {name: np.ascontiguousarray(points[:, k]) for k, name in enumerate(self.names)}
        cells = solve_points(
            self.model,
            self.fixed,
            columns,
            select=self.select,
            threads=self.threads,
            progress=self._show(),
        )
        self.solved += len(points)
        mask = cells.regimes_mask[0].astype(np.int64) & ((1 << MASK_BITS) - 1)
        status = cells.status[0].astype(np.int64)
        known = (cells.regime[0].astype(np.int64) << MASK_BITS) | mask
        codes: Codes = np.where(status <= SEVERAL, known, -status)
        return codes

    def _show(self) -> Progress | None:
        """Progress of one batch, told as points of all batches so far."""
        if self.progress is None:
            return None
        show, before = self.progress, self.solved
        return lambda done, total: show(before + done, before + total)

    def place(self, code: int) -> Place:
        """A code in names."""
        if code < 0:
            return Place(None, (), STATUS[-code])
        first, mask = code >> MASK_BITS, code & ((1 << MASK_BITS) - 1)
        held = [k for k in range(len(self.model.regimes)) if mask >> k & 1 and k != first]
        regimes = tuple(self.model.regimes[k] for k in [first, *held])
        return Place(regimes[0], regimes, "several regimes" if held else "solved")

    def flipped(self, codes: Codes) -> NDArray[np.bool_]:
        """Where a regime is found, and not the one of the base point or not the same set."""
        flips: NDArray[np.bool_] = (codes >= 0) & (codes != self.code)
        return flips

    # Scaled space: the base point is the origin, and the box has sides of length 1.

    def at(self, scaled: Floats) -> Floats:
        """Points from scaled ones, (n, d), drawn into the box; whole numbers are rounded."""
        points = self.base + scaled * self.width
        points = np.where(self.whole, np.rint(points), points)
        inside: Floats = np.clip(points, self.low, self.high)
        return inside

    def scaled(self, points: Floats) -> Floats:
        """The inverse of `at`."""
        result: Floats = (points - self.base) / self.width
        return result

    def flips_at(self, scaled: Floats) -> NDArray[np.bool_]:
        """Whether the regime flips at scaled points, (n, d)."""
        return self.flipped(self.codes(self.at(scaled)))


def several(code: int) -> bool:
    """Whether a code stands for more than one regime."""
    mask = code & ((1 << MASK_BITS) - 1)
    return code >= 0 and bool(mask & (mask - 1))


def _space(model: Model, over: Mapping[str, Ends] | Sequence[str] | None) -> ParameterSpace:
    """The parameters that vary, each with its ends."""
    read = read_over(model, over)
    for name, ends in (read or {}).items():
        if isinstance(ends[0], str):
            raise ParameterError(f"'{name}' varies between two numbers; distances need no other")
    space = ParameterSpace.of(model, read)
    varied = tuple(one for one in space.varied if one.low < one.high)
    if not varied:
        raise ParameterError("nothing varies: every interval is a single number")
    return ParameterSpace(varied, space.fixed)
