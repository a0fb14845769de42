"""A task over many rows, spread over threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Called with what is done and what there is to do."""


def default_threads() -> int:
    """Threads that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    task: Callable[[int, int], None],
    rows: int,
    cells: int,
    step: int,
    threads: int,
    progress: Progress | None,
) -> None:
    """Run a task over all rows, ``step`` at a time, on several threads."""
    chunks = [(start, min(start + step, rows)) for start in range(0, rows, step)]
    done = 0
    if progress is not None:
        progress(0, rows * cells)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        waiting: dict[Future[None], int] = {}
        upcoming = iter(chunks)
        try:
            while True:
                for start, stop in upcoming:
                    waiting[pool.submit(task, start, stop)] = (stop - start) * cells
                    if len(waiting) > 2 * threads:
                        break
                if not waiting:
                    return
                finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += waiting.pop(future)
                    future.result()
                if progress is not None:
                    progress(done, rows * cells)
        except BaseException:
            for future in waiting:
                future.cancel()
            raise
