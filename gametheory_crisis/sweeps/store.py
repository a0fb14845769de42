"""A sweep on disk: a Zarr v3 store that any program for such stores opens.

A chunk of cells is one file per variable, which takes its place as a whole or not at all. When all
files of a chunk stand, its entry in ``progress/done`` is written, last. So whatever was going on
when a process died, a chunk is done, or is computed again with the same result to the last bit.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from glob import escape
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from gametheory_crisis.errors import StoreError
from gametheory_crisis.solvers.cells import Cells, empty_cells
from gametheory_crisis.sweeps.chunk_files import (
    HALF_WRITTEN,
    chunk_file,
    read_chunk,
    write_chunk,
)
from gametheory_crisis.sweeps.chunks import ChunkGrid
from gametheory_crisis.sweeps.plan import Plan
from gametheory_crisis.sweeps.sweep import Sweep
from gametheory_crisis.sweeps.tally import Tally
from gametheory_crisis.sweeps.variables import STATUS, Variable, variables

FORMAT = "gametheory_crisis.sweep/1"
KEY = "gametheory_crisis"
"""The attribute that holds what the store is of."""
METADATA = "zarr.json"
BESIDE = (".new", ".old")
"""Endings of hidden folders beside a store: one that is laid out for it, one that it replaces."""

DONE = "progress/done"
"""In a group of its own, so that it does not stand among the results when they are opened."""
DAMAGED = "a file is damaged: remove it, and --resume computes its chunk again"


class SweepStore:
    """A store of one sweep, complete or not.

    Attributes
    ----------
    path : the store's folder
    plan : what is solved
    grid : the chunks
    own : what the store says that it is of
    frame : the sweep without its numbers
    kept : the variables that are stored
    damaged : chunks that were done when `pending` was last asked for, but whose files have changed
    """

    def __init__(self, path: Path, plan: Plan, grid: ChunkGrid, own: dict[str, Any]) -> None:
        self.path = path
        self.plan = plan
        self.grid = grid
        self.own = own
        self.frame = frame_of(plan)
        self.kept = kept_variables(plan, self.frame)
        self.damaged = 0

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_arrays"}

    @cached_property
    def _arrays(self) -> dict[str, Any]:
        with said(self.path, reading=True):
            group = zarr.open_group(self.path, mode="r")
            return {one.name: group[one.name] for one in self.kept}

    def write(self, number: int, cells: Cells) -> None:
        """Write a chunk, and then that it is done.

        Raises
        ------
        StoreError
            The disk is full, the folder cannot be written to, or another store stands there now.
        """
        self._check_own()
        model = self.plan.model
        owners = {"outcome": len(model.outcomes), "player": len(model.players)}
        size = 0
        with said(self.path):
            for one in self.kept:
                values = getattr(cells, one.source)
                values = values.astype(one.stored(len(model.regimes)), copy=False)
                lead = tuple(owners[dim] for dim in one.dims if dim in owners)
                size += write_chunk(
                    self.path / one.name,
                    self._place(one, number),
                    values,
                    (*lead, *self.grid.chunk),
                    one.empty,
                )
            tally = Tally.of(cells, len(model.regimes))
            entry = np.array([[size, *tally.status, *tally.regime, *tally.among]], dtype=np.int64)
            self._check_own()
            write_chunk(self.path / DONE, (number, 0), entry, entry.shape, 0)

    def _check_own(self) -> None:
        """Refuse to write where the store was removed or replaced by that of another sweep."""
        stands = None
        with suppress(StoreError):
            stands = held_by(self.path)
        if stands != self.own:
            raise StoreError(f"{self.path}: removed or replaced while it was being written")

    def _place(self, one: Variable, number: int) -> tuple[int, ...]:
        """The place of a chunk in a variable, whose owners are all in the same chunk."""
        place = self.grid.place(number)
        return (*(0,) * (len(one.dims) - len(place)), *place)

    def pending(self) -> list[int]:
        """Numbers of the chunks that are not done, or whose files have not the size they had."""
        with said(self.path):
            recorded = self._entries()[:, 0]
            done = [int(number) for number in np.flatnonzero(recorded)]
            whole = {number for number in done if self._bytes(number) == recorded[number]}
        self.damaged = len(done) - len(whole)
        return [number for number in range(len(self.grid)) if number not in whole]

    def is_complete(self) -> bool:
        """Whether all chunks are done, whoever did them."""
        with said(self.path):
            return bool((self._entries()[:, 0] != 0).all())

    def tally(self) -> Tally:
        """Counts of all cells; those of pending chunks have the status 0."""
        with said(self.path):
            total = self._entries().sum(axis=0)
        regimes = len(self.plan.model.regimes)
        status, regime, among = np.split(total[1:], [len(STATUS), len(STATUS) + regimes])
        status[0] = self.plan.size - status[1:].sum()
        return Tally(status, regime, among)

    def _entries(self) -> NDArray[np.int64]:
        """What is recorded of each chunk, int64 (chunks, entries); nothing but 0 if not done."""
        entries = np.zeros((len(self.grid), num_entries(self.plan)), dtype=np.int64)
        folder = self.path / DONE
        present = set(os.listdir(folder))
        for number in range(len(self.grid)):
            file = chunk_file(folder, (number, 0))
            if file.name in present:
                read_chunk(file, entries[number])
        return entries

    def _bytes(self, number: int) -> int:
        """Bytes of a chunk's files."""
        total = 0
        for one in self.kept:
            with suppress(FileNotFoundError):
                file = chunk_file(self.path / one.name, self._place(one, number))
                total += file.stat().st_size
        return total

    def tidy(self) -> None:
        """Remove what processes that were killed left half-written."""
        for leftover in self.path.rglob(f"*{HALF_WRITTEN}"):
            with suppress(OSError):
                leftover.unlink()
        for ending in BESIDE:
            for folder in self.path.parent.glob(f".{escape(self.path.name)}.*{ending}"):
                shutil.rmtree(folder, ignore_errors=True)

    def digest(self) -> str:
        """sha256 of the numbers of all variables, whatever the chunks."""
        digest = hashlib.sha256()
        for one in self.kept:
            lead = len(one.dims) - len(self.grid.shape)
            with said(self.path / one.name, reading=True):
                for part in _slabs(self._arrays[one.name], lead):
                    digest.update(np.ascontiguousarray(part, dtype=one.dtype).tobytes())
        return digest.hexdigest()


def _slabs(array: Any, lead: int) -> Iterator[NDArray[Any]]:
    """An array in the order of its elements, part by part; ``lead`` : how many axes are owners'."""
    step = array.chunks[lead]
    for owner in np.ndindex(*array.shape[:lead]):
        for start in range(0, array.shape[lead], step):
            yield array[(*owner, slice(start, start + step))]


def frame_of(plan: Plan) -> Sweep:
    """A sweep without its numbers."""
    nothing = empty_cells(len(plan.model.players), len(plan.model.outcomes), 0, 0, ())
    return Sweep.of(plan, nothing)


def num_entries(plan: Plan) -> int:
    """Numbers that are recorded of a chunk: its bytes, its cells by status and by regime."""
    return 1 + len(STATUS) + 2 * len(plan.model.regimes)


def held_by(path: Path) -> dict[str, Any]:
    """What the store at a path says that it is of.

    Raises
    ------
    StoreError
        There is no store of a sweep.
    """
    try:
        found = json.loads((path / METADATA).read_bytes())["attributes"][KEY]
        own: dict[str, Any] = dict(found)
    except PermissionError as error:
        raise StoreError(f"{path}: cannot be read: {reason(error)}") from None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        own = {}
    if own.get("format") != FORMAT:
        raise StoreError(f"{path}: not a store of a sweep")
    return own


def kept_variables(plan: Plan, sweep: Sweep) -> list[Variable]:
    """The variables that a store of a plan holds."""
    names = {"regime", "regimes", "status", *plan.quantities}
    return [one for one in variables(sweep) if one.name in names]


@contextmanager
def said(path: Path, *, reading: bool = False) -> Iterator[None]:
    """Errors of the disk, and on reading those of damaged files, in words."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise StoreError(f"{path}: cannot be read or written: {reason(error)}") from error
    except (ValueError, RuntimeError, KeyError) as error:
        if not reading:
            raise
        raise StoreError(f"{path}: {DAMAGED} ({reason(error)})") from error


def reason(error: Exception) -> str:
    """What an error says, on one line."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(said.split())
