"""Where deals, strikes or escalation dominate: a model solved over a grid of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gametheory_crisis.model import Model
from gametheory_crisis.solvers.cells import Cells
from gametheory_crisis.solvers.spreading import Progress
from gametheory_crisis.sweeps.plan import Plan, grid_plan
from gametheory_crisis.sweeps.variables import STATUS, coordinates, model_attributes, variables

if TYPE_CHECKING:
    import xarray

__all__ = ["STATUS", "Sweep", "run_plan", "run_sweep", "sweep"]


@dataclass(frozen=True)
class Sweep:
    """A model solved on a grid, or at a list of points.

    Attributes
    ----------
    model : name of the model
    axes : name and float64 values of each swept parameter, in the order of the arrays' axes; of a
        list of points the only axis is ``sample``
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
    attributes : unit and doc of each swept parameter
    columns : of a list of points the values of each parameter, float64 (points,)

    Quantities that were not asked for are empty arrays. A cell that failed holds no numbers.
    """

    model: str
    axes: dict[str, NDArray[Any]]
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
    columns: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of points along each axis."""
        return tuple(len(values) for values in self.axes.values())

    @classmethod
    def of(cls, plan: Plan, cells: Cells) -> Sweep:
        """What was found at the points of a plan."""
        model = plan.model
        parameters = model.graph.parameters
        return cls(
            model=model.name,
            axes=plan.axes,
            values=plan.fixed,
            players=model.players,
            outcomes=model.outcomes,
            regimes=model.regimes,
            attributes={
                name: {"units": parameters[name].unit, "long_name": parameters[name].doc}
                for name in plan.parameters
            },
            columns=plan.columns,
            **vars(cells),
        )

    def to_xarray(self) -> xarray.Dataset:
        """The sweep as a data set, with units and docs as attributes of the coordinates."""
        import xarray

        data = {
            one.name: (one.dims, values, one.attributes)
            for one in variables(self)
            if (values := getattr(self, one.source)).size
        }
        dims = {dim for held, _, _ in data.values() for dim in held}
        found = {name: one for name, one in coordinates(self).items() if one[0] in dims}
        return xarray.Dataset(data, coords=found, attrs=model_attributes(self))


def sweep(
    model: Model,
    axes: Mapping[str, ArrayLike],
    values: Mapping[str, Any] | None = None,
    **options: Any,
) -> xarray.Dataset:
    """Solve a model over a grid and return a data set.

    With ``store`` the numbers go to a Zarr store on disk, chunk by chunk, and the data set reads
    from there; see `sweeps.stored.sweep_to_store` for the options, among them ``resume``,
    ``force``, ``shard`` and ``client``. Without, see `run_sweep`.

    >>> import numpy as np, gametheory_crisis as gtc
    >>> model = gtc.load("sixty_day_ultimatum")
    >>> ds = gtc.sweep(model, {"c_iran": np.linspace(0, 0.6, 5), "threat": np.linspace(0, 0.6, 4)})
    >>> dict(ds.sizes)
    {'c_iran': 5, 'threat': 4, 'outcome': 3, 'player': 3}
    """
    if options.get("store") is not None:
        from gametheory_crisis.sweeps.stored import sweep_to_store

        return sweep_to_store(model, axes, values, **options)
    return run_sweep(model, axes, values, **options).to_xarray()


def run_sweep(
    model: Model,
    axes: Mapping[str, ArrayLike],
    values: Mapping[str, Any] | None = None,
    quantities: Sequence[str] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    *,
    select: str | None = None,
    specialise: str = "auto",
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
    select : rule that picks the equilibrium whose regime and numbers a cell shows where it has
        several: ``payoff``, ``risk``, ``logit``, ``mixed`` or ``first``; default that of the
        model's engine
    specialise : whether code is compiled for this model: ``always``, ``never``, or ``auto``, where
        that pays; the result does not depend on it

    Raises
    ------
    ParameterError
        An unknown parameter, a value outside its range, or no axis.
    UnsupportedGame
        No engine solves the model, or the rule does not apply to it.
    """
    plan = grid_plan(model, axes, values, quantities, select, specialise)
    return run_plan(plan, threads=threads, progress=progress)


def run_plan(plan: Plan, *, threads: int | None = None, progress: Progress | None = None) -> Sweep:
    """Solve all points of a plan in memory."""
    return Sweep.of(plan, plan.solve(threads=threads, progress=progress))
