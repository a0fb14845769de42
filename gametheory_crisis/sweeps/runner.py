"""Runs the chunks of a sweep into its store: on threads, or as one of several shards."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.solvers.pointwise import CellByCell
from gametheory_crisis.solvers.spreading import Progress, default_threads, spread

if TYPE_CHECKING:
    from gametheory_crisis.sweeps.store import SweepStore


@dataclass(frozen=True, slots=True)
class Shard:
    """The part of a sweep that one of several processes solves: every ``count``-th chunk.

    Attributes
    ----------
    number : from 1 to ``count``
    """

    number: int = 1
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise ParameterError(f"no shard {self.number}/{self.count}: write k/N, k from 1 to N")

    def __contains__(self, chunk: int) -> bool:
        return chunk % self.count == self.number - 1


class Work:
    """The chunks that are pending in a store, and how far they have got.

    Attributes
    ----------
    chunks : numbers of the chunks that are to be solved
    """

    def __init__(self, store: SweepStore, shard: Shard, progress: Progress | None) -> None:
        self._store = store
        self._progress = progress
        self._lock = Lock()
        own = [number for number in range(len(store.grid)) if number in shard]
        pending = set(store.pending())
        self.chunks = [number for number in own if number in pending]
        self._total = sum(map(store.grid.size, own))
        self._solved = self._total - sum(map(store.grid.size, self.chunks))

    def report(self) -> None:
        """Tell how many cells are done, those of earlier runs included."""
        if self._progress is not None:
            self._progress(self._solved, self._total)

    def done(self, number: int) -> None:
        """Note that a chunk is done; any thread may."""
        with self._lock:
            self._solved += self._store.grid.size(number)
            self.report()

    def finish(self) -> None:
        """Clean up, if nothing is pending any more, in any shard."""
        if self._store.is_complete():
            self._store.tidy()


def fill_store(
    store: SweepStore,
    *,
    shard: Shard,
    threads: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Solve what is pending in a store, and write it.

    Memory holds as many chunks as there are threads.

    Parameters
    ----------
    shard : the part of the chunks that this process is to solve
    threads : default: all that the process may use; the store does not depend on it
    progress : called now and then with cells done and cells in all, those of earlier runs included

    Raises
    ------
    StoreError
        The store cannot be read or written; what is done stays done.
    """
    work = Work(store, shard, progress)
    work.report()
    threads = threads or default_threads()
    pending = sum(map(store.grid.size, work.chunks))
    store.plan.anticipate(pending)
    solver = store.plan.model.block_solver
    if isinstance(solver, CellByCell):
        # Such solvers hold the interpreter lock, and use processes where it is worth it.
        with solver.keeping_workers(pending, threads):
            for number in work.chunks:
                solve_chunk(store, number, threads=threads)
                work.done(number)
    else:
        _on_threads(store, work, threads)
    work.finish()


def _on_threads(store: SweepStore, work: Work, threads: int) -> None:
    def task(start: int, stop: int) -> None:
        for number in work.chunks[start:stop]:
            solve_chunk(store, number, threads=1)
            work.done(number)

    spread(task, len(work.chunks), 1, 1, threads, None)


def solve_chunk(store: SweepStore, number: int, *, threads: int) -> None:
    """Solve one chunk and write it."""
    store.write(number, store.plan.solve(store.grid.box(number), threads=threads))
