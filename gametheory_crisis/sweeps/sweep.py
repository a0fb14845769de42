"""Where deals, strikes or escalation dominate: a model solved over a grid of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.model import Model
from gametheory_crisis.points import unknown_parameter
from gametheory_crisis.solvers.block_induction import QUANTITIES, Cells, Progress

if TYPE_CHECKING:
    import xarray

STATUS = (
    "pending",
    "solved",
    "tie",
    "several regimes",
    "not converged",
    "payoff not finite",
    "no game at this point",
)
"""Meaning of each value of `Sweep.status`."""
SHORT_AXIS = 64
"""Below this length an axis is too short to fill the kernel's blocks."""


@dataclass(frozen=True)
class Sweep:
    """A model solved on a grid.

    Attributes
    ----------
    model : name of the model
    axes : name and float64 values of each swept parameter, in the order of the arrays' axes
    values : the other parameters
    players, outcomes, regimes : names
    regime : int8 [axes], index of the regime of the first equilibrium, -1 where unsolved
    regimes_mask : int32 [axes], bit k set where regime k belongs to an equilibrium found
    equilibria : int32 [axes], 1 where the equilibrium is unique, else how many were found (at
        least)
    status : int8 [axes], see `STATUS`
    expected_day : float64 [axes]
    probability : float64 [outcome, axes]
    payoff : float64 [player, axes]

    Quantities that were not asked for are empty arrays. A cell that failed holds no numbers.
    """

    model: str
    axes: dict[str, NDArray[np.float64]]
    values: dict[str, float]
    players: tuple[str, ...]
    outcomes: tuple[str, ...]
    regimes: tuple[str, ...]
    regime: NDArray[np.int8]
    regimes_mask: NDArray[np.int32]
    status: NDArray[np.int8]
    equilibria: NDArray[np.int32]
    expected_day: NDArray[np.float64]
    probability: NDArray[np.float64]
    payoff: NDArray[np.float64]
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Unit and doc of each swept parameter."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of points along each axis."""
        return tuple(len(values) for values in self.axes.values())

    def to_xarray(self) -> xarray.Dataset:
        """The sweep as a data set, with units and docs as attributes of the coordinates."""
        import xarray

        grid = tuple(self.axes)
        masks = [1 << index for index in range(len(self.regimes))]
        data: dict[str, Any] = {
            "regime": (grid, self.regime, _flags(range(len(self.regimes)), self.regimes)),
            "regimes": (grid, self.regimes_mask, _flags(masks, self.regimes, "flag_masks")),
            "status": (grid, self.status, _flags(range(len(STATUS)), STATUS)),
        }
        coordinates: dict[str, Any] = {
            name: (name, values, self.attributes.get(name, {}))
            for name, values in self.axes.items()
        }
        if self.equilibria.size:
            data["equilibria"] = (grid, self.equilibria)
        if self.expected_day.size:
            data["expected_day"] = (
                grid,
                self.expected_day,
                {"long_name": "expected day of the end"},
            )
        if self.probability.size:
            data["probability"] = (("outcome", *grid), self.probability)
            coordinates["outcome"] = list(self.outcomes)
        if self.payoff.size:
            data["payoff"] = (("player", *grid), self.payoff)
            coordinates["player"] = list(self.players)
        attributes: dict[str, Any] = {"model": self.model, "regimes": ",".join(self.regimes)}
        attributes |= {f"parameter_{k}": v for k, v in self.values.items()}
        return xarray.Dataset(data, coords=coordinates, attrs=attributes)


def _flags(codes: Sequence[int], names: Sequence[str], key: str = "flag_values") -> dict[str, Any]:
    """The meaning of codes, as the CF conventions write it."""
    words = " ".join(name.replace(" ", "_") for name in names)
    return {key: np.array(codes, dtype=np.int32), "flag_meanings": words}


def sweep(
    model: Model,
    axes: Mapping[str, ArrayLike],
    values: Mapping[str, Any] | None = None,
    **options: Any,
) -> xarray.Dataset:
    """Solve a model over a grid and return a data set; see `run_sweep` for the options.

    >>> import numpy as np, gametheory_crisis as gtc
    >>> model = gtc.load("sixty_day_ultimatum")
    >>> ds = gtc.sweep(model, {"c_iran": np.linspace(0, 0.6, 5), "threat": np.linspace(0, 0.6, 4)})
    >>> dict(ds.sizes)
    {'c_iran': 5, 'threat': 4, 'outcome': 3, 'player': 3}
    """
    return run_sweep(model, axes, values, **options).to_xarray()


def run_sweep(
    model: Model,
    axes: Mapping[str, ArrayLike],
    values: Mapping[str, Any] | None = None,
    quantities: Sequence[str] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Solve a model at every point of a grid.

    Parameters
    ----------
    axes : for each swept parameter its values
    values : the other parameters, where they differ from the file's
    quantities : what to store besides regime and status: some of ``equilibria``, ``expected_day``,
        ``payoff``, ``probability``; default all
    threads : default: all that the process may use; the result does not depend on it
    progress : called now and then with cells done and cells in all

    Raises
    ------
    ParameterError
        An unknown parameter, a value outside its range, or no axis.
    UnsupportedGame
        No engine solves the model.
    """
    wanted = _quantities(quantities)
    grid = _axes(model, axes)
    point = model.point({name: value for name, value in (values or {}).items() if name not in grid})
    fixed = {name: float(value) for name, value in point.items() if name not in grid}
    names, shape = list(grid), tuple(len(array) for array in grid.values())
    inner = _inner_axis(shape)
    outer = [name for k, name in enumerate(names) if k != inner]
    mesh = np.meshgrid(*(grid[name] for name in outer), indexing="ij")
    row = {name: array.ravel() for name, array in zip(outer, mesh, strict=True)}
    cell = {names[inner]: grid[names[inner]]}
    cells = model.block_solver.solve(
        fixed, row, cell, quantities=wanted, threads=threads, progress=progress
    )
    return _assemble(model, grid, fixed, cells, inner)


def _quantities(quantities: Sequence[str] | None) -> tuple[str, ...]:
    for name in quantities or ():
        if name not in QUANTITIES:
            raise ParameterError(f"unknown quantity '{name}'; quantities: {', '.join(QUANTITIES)}")
    return QUANTITIES if quantities is None else tuple(quantities)


def _axes(model: Model, axes: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    if not axes:
        raise ParameterError("a sweep needs at least one axis")
    grid = {}
    for name, given in axes.items():
        if name not in model.graph.parameters:
            raise ParameterError(unknown_parameter(name, model.parameters))
        array = np.atleast_1d(np.asarray(given, dtype=np.float64))
        if array.ndim != 1 or len(array) == 0:
            raise ParameterError(f"the axis '{name}' is not a list of numbers")
        _check_axis(model, name, array)
        grid[name] = array
    return grid


def _check_axis(model: Model, name: str, array: NDArray[np.float64]) -> None:
    parameter = model.graph.parameters[name]
    bad = ~np.isfinite(array)
    if parameter.integer:
        bad |= array != np.floor(array)
    if parameter.range is not None:
        bad |= (array < float(parameter.range[0])) | (array > float(parameter.range[1]))
    if bad.any():
        model.point({name: array[np.argmax(bad)]})


def _inner_axis(shape: tuple[int, ...]) -> int:
    """The axis along which blocks run: the last, unless it is too short to fill them."""
    last = len(shape) - 1
    if shape[last] >= SHORT_AXIS:
        return last
    return max(range(len(shape)), key=lambda k: (shape[k], k))


def _assemble(
    model: Model,
    grid: dict[str, NDArray[np.float64]],
    fixed: dict[str, float],
    cells: Cells,
    inner: int,
) -> Sweep:
    shape = tuple(len(array) for array in grid.values())
    blocks = (*(n for k, n in enumerate(shape) if k != inner), shape[inner])

    def spread(array: NDArray[Any]) -> NDArray[Any]:
        """Rows and cells back to the axes, whatever stands before them; nothing stays nothing."""
        lead = array.ndim - 2
        if array.size == 0:
            return array
        whole = array.reshape(*array.shape[:lead], *blocks)
        return np.moveaxis(whole, -1, lead + inner)

    graph = model.graph
    return Sweep(
        model=model.name,
        axes=grid,
        values=fixed,
        players=model.players,
        outcomes=model.outcomes,
        regimes=model.regimes,
        regime=spread(cells.regime),
        regimes_mask=spread(cells.regimes_mask),
        status=spread(cells.status),
        equilibria=spread(cells.equilibria),
        expected_day=spread(cells.expected_day),
        probability=spread(cells.probability),
        payoff=spread(cells.payoff),
        attributes={
            name: {"units": graph.parameters[name].unit, "long_name": graph.parameters[name].doc}
            for name in grid
        },
    )
