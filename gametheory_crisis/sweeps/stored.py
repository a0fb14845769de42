"""Sweeps that go to a store on disk: begun, continued, shared among processes and machines."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from gametheory_crisis.model import Model
from gametheory_crisis.solvers.spreading import Progress
from gametheory_crisis.sweeps.plan import Plan, grid_plan
from gametheory_crisis.sweeps.runner import Shard, fill_store
from gametheory_crisis.sweeps.store import SweepStore
from gametheory_crisis.sweeps.store_layout import open_or_create

if TYPE_CHECKING:
    import xarray


def sweep_to_store(
    model: Model,
    axes: Mapping[str, ArrayLike],
    values: Mapping[str, Any] | None = None,
    *,
    store: str | os.PathLike[str],
    quantities: Sequence[str] | None = None,
    select: str | None = None,
    specialise: str = "auto",
    **options: Any,
) -> xarray.Dataset:
    """Solve a model over a grid into a Zarr store, and open it.

    Parameters
    ----------
    axes, values, quantities, select, specialise : see `run_sweep`
    store : the store's folder, ``NAME.zarr``
    **options : of `run_to_store`

    Returns
    -------
    xarray.Dataset
        Reads from the store what is looked at.
    """
    import xarray

    plan = grid_plan(model, axes, values, quantities, select, specialise)
    made = run_to_store(plan, store, **options)
    opened: xarray.Dataset = xarray.open_zarr(made.path)
    return opened


def run_to_store(
    plan: Plan,
    path: str | os.PathLike[str],
    *,
    chunk: int | None = None,
    resume: bool = False,
    force: bool = False,
    shard: tuple[int, int] | None = None,
    client: Any = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> SweepStore:
    """Solve the points of a plan into a Zarr store.

    Parameters
    ----------
    chunk : about how many cells are solved and written at once
    resume : continue the store that stands there; without, and without ``force``, that is an error
    force : replace the store that stands there
    shard : ``(k, N)``: solve only every N-th chunk, from the k-th on, as one of N processes that
        share the store; whichever comes first makes it
    client : a Dask client, the address of a Dask cluster, or ``"local"`` for one on this machine
    threads : of this process or of a local cluster; default: all that the process may use
    progress : called now and then with cells done and cells in all

    Raises
    ------
    StoreError
        The store cannot be made, continued or written; what is done stays done.
    ParameterError, UnsupportedGame
        As `run_sweep`, or the cluster does not answer: before anything is made.
    """
    plan.check()
    part = Shard(*(shard or (1, 1)))
    with _cluster(client, threads) as connected:
        made = open_or_create(
            path, plan, chunk=chunk, resume=resume, force=force, join=shard is not None
        )
        if connected is None:
            fill_store(made, shard=part, threads=threads, progress=progress)
        else:
            from gametheory_crisis.sweeps.cluster import fill_on_cluster

            fill_on_cluster(made, connected, shard=part, progress=progress)
    return made


def _cluster(client: Any, threads: int | None) -> AbstractContextManager[Any]:
    """A connected client, None where there is to be no cluster."""
    if client is None:
        return nullcontext()
    from gametheory_crisis.sweeps.cluster import connected

    return connected(client, threads)
