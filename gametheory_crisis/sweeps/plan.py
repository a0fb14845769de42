"""What a sweep solves: a model over a grid of parameters, or at a list of points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.points import unknown_parameter
from gametheory_crisis.solvers.block_induction import BlockSolver
from gametheory_crisis.solvers.cell_selection import check_rule
from gametheory_crisis.solvers.cells import QUANTITIES, Cells, Floats
from gametheory_crisis.solvers.specialised import CHOICES
from gametheory_crisis.solvers.spreading import Progress
from gametheory_crisis.sweeps.space import ParameterSpace, draw

if TYPE_CHECKING:
    from gametheory_crisis.model import Model

Box: TypeAlias = tuple[slice, ...]
"""A part of the points: where it begins and ends along each dimension."""

SAMPLE = "sample"
"""The dimension of a list of points."""
SHORT_AXIS = 64
"""Below this length an axis is too short to fill the kernel's blocks."""


@dataclass(frozen=True)
class Plan:
    """Points of a model to be solved, and what is kept of each.

    Attributes
    ----------
    axes : by dimension its coordinates: the values of a parameter, or the numbers of a list's
        points
    fixed : the parameters that are the same everywhere
    columns : of a list of points the values of each parameter, float64 (points,); else empty
    quantities : what is kept besides regime and status, some of `QUANTITIES`
    select : rule where a point has several equilibria, see `run_sweep`
    specialise : whether code is compiled for the model, see `run_sweep`
    """

    model: Model
    axes: dict[str, NDArray[Any]]
    fixed: dict[str, float]
    columns: dict[str, Floats] = field(default_factory=dict)
    quantities: tuple[str, ...] = QUANTITIES
    select: str | None = None
    specialise: str = "auto"

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of points along each dimension."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def size(self) -> int:
        """Number of points."""
        return math.prod(self.shape)

    @property
    def inner(self) -> int:
        """The dimension along which blocks run: the last, unless it is too short to fill them."""
        shape = self.shape
        last = len(shape) - 1
        if shape[last] >= SHORT_AXIS:
            return last
        return max(range(len(shape)), key=lambda k: (shape[k], k))

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that are not the same everywhere."""
        return tuple(self.columns or self.axes)

    def whole(self) -> Box:
        """All points."""
        return tuple(slice(0, length) for length in self.shape)

    def solve(
        self,
        box: Box | None = None,
        *,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Cells:
        """Solve the points of a part, by default all.

        Returns
        -------
        Cells
            With the part's dimensions in place of rows and cells. A point's numbers depend
            neither on the part nor on ``threads``.
        """
        box = self.whole() if box is None else box
        solver = self.model.block_solver
        options: dict[str, Any] = {
            "quantities": self.quantities,
            "select": self.select,
            "threads": threads,
            "progress": progress,
        }
        if isinstance(solver, BlockSolver):
            options["specialise"] = self.specialise
        if self.columns:
            part = {name: values[box[0]] for name, values in self.columns.items()}
            cells: Cells = solver.solve_columns(self.fixed, part, **options)
            return Cells(**{name: a[..., 0, :] if a.size else a for name, a in vars(cells).items()})
        return self._solve_grid(solver, box, options)

    def check(self) -> None:
        """Refuse options that no point could be solved with.

        Raises
        ------
        ParameterError, UnsupportedGame
            As `run_sweep`.
        """
        check_rule(self.select, self.model.block_solver.rules)
        if self.specialise not in CHOICES:
            choices = ", ".join(CHOICES)
            raise ParameterError(f"specialise: '{self.specialise}' is not one of {choices}")

    def anticipate(self, num_cells: int) -> None:
        """Compile beforehand what pays for so many cells, solved part by part."""
        solver = self.model.block_solver
        if not isinstance(solver, BlockSolver):
            return
        row, cell = {} if self.columns else dict(self.axes), dict(self.columns)
        if row:
            name = tuple(self.axes)[self.inner]
            cell = {name: row.pop(name)}
        solver.anticipate(
            self.fixed,
            row,
            cell,
            num_cells,
            quantities=self.quantities,
            specialise=self.specialise,
        )

    def _solve_grid(self, solver: Any, box: Box, options: dict[str, Any]) -> Cells:
        parts = [
            (name, values[chosen])
            for (name, values), chosen in zip(self.axes.items(), box, strict=True)
        ]
        name, along = parts.pop(self.inner)
        mesh = np.meshgrid(*(values for _, values in parts), indexing="ij")
        row = {outer: array.ravel() for (outer, _), array in zip(parts, mesh, strict=True)}
        cells = solver.solve(self.fixed, row, {name: along}, **options)
        blocks = (*(len(values) for _, values in parts), len(along))

        def spread(array: NDArray[Any]) -> NDArray[Any]:
            """Rows and cells back to the dimensions, whatever stands before them."""
            lead = array.ndim - 2
            whole = array.reshape(*array.shape[:lead], *blocks)
            return np.moveaxis(whole, -1, lead + self.inner)

        return Cells(
            **{
                name: spread(values) if values.size else values
                for name, values in vars(cells).items()
            }
        )


def grid_plan(
    model: Model,
    axes: Mapping[str, ArrayLike],
    values: Mapping[str, Any] | None = None,
    quantities: Sequence[str] | None = None,
    select: str | None = None,
    specialise: str = "auto",
) -> Plan:
    """Every combination of some values of some parameters; see `run_sweep`."""
    grid = _axes(model, axes)
    point = model.point({name: value for name, value in (values or {}).items() if name not in grid})
    fixed = {name: float(value) for name, value in point.items() if name not in grid}
    return Plan(model, grid, fixed, {}, _quantities(quantities), select, specialise)


def sample_plan(
    model: Model,
    space: ParameterSpace,
    design: str,
    num: int,
    seed: int | None = None,
    quantities: Sequence[str] | None = None,
    select: str | None = None,
    specialise: str = "auto",
) -> Plan:
    """Points drawn from a box of parameters.

    Parameters
    ----------
    design, num, seed : see `draw`
    """
    columns = space.columns(draw(design, num, len(space.varied), seed))
    axes = {SAMPLE: np.arange(num)}
    return Plan(model, axes, space.fixed, columns, _quantities(quantities), select, specialise)


def _quantities(quantities: Sequence[str] | None) -> tuple[str, ...]:
    for name in quantities or ():
        if name not in QUANTITIES:
            raise ParameterError(f"unknown quantity '{name}'; quantities: {', '.join(QUANTITIES)}")
    return QUANTITIES if quantities is None else tuple(q for q in QUANTITIES if q in quantities)


def _axes(model: Model, axes: Mapping[str, ArrayLike]) -> dict[str, NDArray[Any]]:
    if not axes:
        raise ParameterError("a sweep needs at least one axis")
    grid: dict[str, NDArray[Any]] = {}
    for name, given in axes.items():
        if name not in model.graph.parameters:
            raise ParameterError(unknown_parameter(name, model.parameters))
        array = np.atleast_1d(np.asarray(given, dtype=np.float64))
        if array.ndim != 1 or len(array) == 0:
            raise ParameterError(f"the axis '{name}' is not a list of numbers")
        _check_axis(model, name, array)
        grid[name] = array
    return grid


def _check_axis(model: Model, name: str, array: Floats) -> None:
    parameter = model.graph.parameters[name]
    bad = ~np.isfinite(array)
    if parameter.integer:
        bad |= array != np.floor(array)
    if parameter.range is not None:
        bad |= (array < float(parameter.range[0])) | (array > float(parameter.range[1]))
    if bad.any():
        model.point({name: array[np.argmax(bad)]})
