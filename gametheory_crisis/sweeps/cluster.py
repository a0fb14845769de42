"""Runs the chunks of a sweep on a Dask cluster; its workers write to the store by themselves."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gametheory_crisis import __version__
from gametheory_crisis.errors import StoreError, UnsupportedGame
from gametheory_crisis.solvers.spreading import Progress, default_threads
from gametheory_crisis.sweeps.runner import Shard, Work, solve_chunk

if TYPE_CHECKING:
    from gametheory_crisis.sweeps.store import SweepStore

LOCAL = "local"
"""Instead of an address: a cluster on this machine, for as long as the sweep takes."""
WAITING = 4
"""Chunks that wait at the cluster, for each thread of its workers."""
PATIENCE = 10
"""Seconds to wait for a cluster to answer."""
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""A terminal interrupts all processes at once; workers leave it to the one that ends them."""


def fill_on_cluster(
    store: SweepStore, client: Any, *, shard: Shard, progress: Progress | None = None
) -> None:
    """Solve what is pending in a store on a cluster.

    A worker that dies costs the chunks that it was solving; others solve them again.

    Parameters
    ----------
    client : a `dask.distributed.Client`
    shard, progress : see `runner.fill_store`

    Raises
    ------
    StoreError
        A worker cannot reach or write the store, or the cluster is lost.
    """
    work = Work(store, shard, progress)
    work.report()
    _send(client, store, work)
    work.finish()


def _send(client: Any, store: SweepStore, work: Work) -> None:
    """Keep the cluster busy without handing it every chunk at once."""
    from dask.distributed import CancelledError, KilledWorker, as_completed
    from distributed.comm.core import CommClosedError

    packed = pickle.dumps(store)
    upcoming = iter(work.chunks)
    room = WAITING * max(1, sum(client.nthreads().values()))

    def submit(count: int) -> list[Any]:
        return [
            client.submit(_solve, packed, number, pure=False)
            for _, number in zip(range(count), upcoming, strict=False)
        ]

    try:
        running = as_completed(submit(room))
        for future in running:
            work.done(future.result())
            for more in submit(1):
                running.add(more)
    except (CancelledError, CommClosedError, KilledWorker) as error:
        lost = " ".join(str(error).split()) or type(error).__name__
        raise StoreError(f"{store.path}: the cluster was lost, --resume goes on: {lost}") from error


def _solve(packed: bytes, number: int) -> int:
    """A worker's task: solve a chunk and write it."""
    solve_chunk(_unpacked(packed), number, threads=1)
    return number


@lru_cache(maxsize=2)
def _unpacked(packed: bytes) -> SweepStore:
    store: SweepStore = pickle.loads(packed)
    if not Path(store.path).is_dir():
        raise StoreError(f"{store.path}: a worker of the cluster does not see this folder")
    if store.own["version"] != __version__:
        raise StoreError(f"a worker of the cluster has version {__version__} of gametheory_crisis")
    return store


@contextmanager
def connected(client: Any, threads: int | None = None) -> Iterator[Any]:
    """A client; one that is made here is closed in the end.

    Parameters
    ----------
    client : a `dask.distributed.Client`, the address of a scheduler, or ``"local"``
    threads : workers of a local cluster; default: as many as the process may use threads

    Raises
    ------
    UnsupportedGame
        Dask is not installed, or the cluster does not answer.
    """
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError:
        advice = "pip install 'gametheory_crisis[dask]'"
        raise UnsupportedGame(f"Dask is not installed: {advice}") from None
    if not isinstance(client, str):
        yield client
        return
    if client == LOCAL:
        with (
            LocalCluster(
                n_workers=threads or default_threads(),
                threads_per_worker=1,
                dashboard_address=":0",
                # What goes wrong in a worker is raised here; its log would say it again.
                silence_logs=logging.CRITICAL,
                preload=[DEAF],
            ) as cluster,
            Client(cluster) as own,
        ):
            yield own
        return
    try:
        own = Client(client, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        said = " ".join(str(error).split()) or "no answer"
        raise UnsupportedGame(f"no Dask cluster at {client}: {said}") from None
    with own:
        yield own
