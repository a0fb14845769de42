"""Makes the store of a sweep, or opens the one that stands there if it is of the same sweep."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import zarr
from zarr.codecs import ZstdCodec

from gametheory_crisis import __version__
from gametheory_crisis.errors import ParameterError, StoreError
from gametheory_crisis.sweeps.chunk_files import KEYS, LEVEL
from gametheory_crisis.sweeps.chunks import ChunkGrid, chunk_grid
from gametheory_crisis.sweeps.plan import Plan
from gametheory_crisis.sweeps.store import (
    BESIDE,
    DONE,
    FORMAT,
    KEY,
    SweepStore,
    frame_of,
    held_by,
    kept_variables,
    num_entries,
    said,
)
from gametheory_crisis.sweeps.variables import Variable, coordinates, model_attributes

COMPRESSION = ZstdCodec(level=LEVEL, checksum=True)
METADATA_DAMAGED = "the store's metadata is damaged; another -o, or --force to replace it"
UNREADABLE = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, MemoryError)
"""What reading a damaged store may raise."""
Form: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], str]


def open_or_create(
    path: str | os.PathLike[str],
    plan: Plan,
    *,
    chunk: int | None = None,
    resume: bool = False,
    force: bool = False,
    join: bool = False,
) -> SweepStore:
    """The store of a plan: a new one, or the one that stands there.

    Parameters
    ----------
    chunk : about how many cells a chunk has; default by the size of the sweep and the model's pace
    resume : continue the store that stands there
    force : replace what stands there, if it is a sweep's store
    join : continue a store of the same sweep, or make it: for processes that share one

    Raises
    ------
    StoreError
        Something stands there and neither may be continued nor replaced; or the folder cannot be
        written to.
    ParameterError
        Chunks of that size are too many, or a store is to be both continued and replaced.
    """
    if force and (resume or join):
        other = "continued" if resume else "shared"
        raise ParameterError(f"{path}: a store cannot be {other} and replaced at once")
    target = Path(os.path.realpath(path))
    grid = chunk_grid(plan, chunk)
    stands = os.path.lexists(target)
    if stands and force:
        held_by(target)
    if force or not stands:
        try:
            return _create(target, plan, grid, replace=stands)
        except FileExistsError:
            # Another process was faster.
            pass
    if not (resume or join):
        raise StoreError(f"{path}: exists; --resume continues it, --force replaces it")
    return _continued(target, plan, grid if chunk is not None else None)


def specification(plan: Plan) -> dict[str, Any]:
    """What makes a sweep the same sweep, to the last bit of its numbers."""
    return {
        "format": FORMAT,
        "version": __version__,
        "model": plan.model.name,
        "model_digest": plan.model.graph.digest,
        "parameters": plan.fixed,
        # A list, because two axes in another order are another grid.
        "points": [
            [name, hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()]
            for name, values in (plan.axes | plan.columns).items()
        ],
        "quantities": list(plan.quantities),
        "select": plan.select,
    }


DIFFERENCES = {
    "version": "was made by version {} of gametheory_crisis",
    "model": "is of the model {}",
    "model_digest": "is of another version of the model's file",
    "parameters": "has other values of the parameters that are fixed",
    "points": "has other axes or points",
    "quantities": "holds other quantities: {}",
    "select": "has another rule for several equilibria: {}",
}
"""How the store of another sweep differs, in words, by what differs."""


def _continued(path: Path, plan: Plan, grid: ChunkGrid | None) -> SweepStore:
    held, wanted = held_by(path), specification(plan)
    for name, words in DIFFERENCES.items():
        if held.get(name) != wanted[name]:
            difference = words.format(_worded(held.get(name)))
            raise StoreError(
                f"{path}: the store {difference}; another -o, or --force to replace it"
            )
    own = ChunkGrid(plan.shape, _sides(path, held, plan))
    if grid is not None and grid != own:
        sides = " x ".join(map(str, own.chunk))
        raise StoreError(f"{path}: the store's chunks are {sides}, not of the size asked for")
    store = SweepStore(path, plan, own, held)
    _check_arrays(store)
    _mend_coordinates(store)
    return store


def _worded(value: Any) -> str:
    """What a store says of itself, for people."""
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return str(value or "none")


def _sides(path: Path, held: dict[str, Any], plan: Plan) -> tuple[int, ...]:
    """Number of points of a chunk along each dimension, as the store says."""
    sides = held.get("chunk")
    if (
        not isinstance(sides, list)
        or len(sides) != len(plan.shape)
        or not all(isinstance(side, int) and side > 0 for side in sides)
    ):
        raise StoreError(f"{path}: {METADATA_DAMAGED}")
    return tuple(sides)


def _check_arrays(store: SweepStore) -> None:
    """Refuse a store whose arrays are not of the form that they were given."""
    wanted = _forms(store.plan, store.grid)
    try:
        group: Any = zarr.open_group(store.path, mode="r", use_consolidated=False)
        found = {
            name: (group[name].shape, group[name].chunks, str(group[name].dtype)) for name in wanted
        }
    except UNREADABLE:
        found = {}
    if found != wanted:
        raise StoreError(f"{store.path}: {METADATA_DAMAGED}")


def _mend_coordinates(store: SweepStore) -> None:
    """Write the coordinates again that are missing or damaged."""
    group: Any = zarr.open_group(store.path, mode="r+", use_consolidated=False)
    for name, (dim, values, attributes) in _held_coordinates(store.plan).items():
        kind = None if isinstance(values, np.ndarray) else object
        try:
            sound = np.array_equal(np.asarray(group[name][:], kind), np.asarray(values, kind))
        except UNREADABLE:
            sound = False
        if not sound:
            with said(store.path):
                shutil.rmtree(store.path / name, ignore_errors=True)
                _coordinate(group, name, dim, values, attributes)


def _create(path: Path, plan: Plan, grid: ChunkGrid, *, replace: bool) -> SweepStore:
    """Lay out an empty store beside its place, then put it there.

    Raises
    ------
    FileExistsError
        Something stands there by now that did not before.
    """
    token = secrets.token_hex(4)
    beside, old = (path.with_name(f".{path.name}.{token}{ending}") for ending in BESIDE)
    with said(path):
        try:
            own = specification(plan) | {"chunk": list(grid.chunk)}
            _lay_out(beside, plan, grid, own)
            if replace:
                path.rename(old)
            beside.rename(path)
        except OSError:
            # Where another process has put its own, it may have cleared this one away.
            if not replace and path.exists():
                raise FileExistsError(path) from None
            raise
        finally:
            if replace and not path.exists():
                with suppress(OSError):
                    old.rename(path)
            shutil.rmtree(beside, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    return SweepStore(path, plan, grid, own)


def _lay_out(path: Path, plan: Plan, grid: ChunkGrid, own: dict[str, Any]) -> None:
    sweep = frame_of(plan)
    group = zarr.open_group(path, mode="w", zarr_format=3)
    forms = _forms(plan, grid)
    for one in kept_variables(plan, sweep):
        shape, chunks, dtype = forms[one.name]
        group.create_array(
            one.name,
            shape=shape,
            chunks=chunks,
            dtype=dtype,
            fill_value=one.empty,
            chunk_key_encoding=KEYS,
            compressors=COMPRESSION,
            dimension_names=list(one.dims),
            attributes={name: _plain(value) for name, value in one.attributes.items()},
        )
    for name, (dim, values, attributes) in _held_coordinates(plan).items():
        _coordinate(group, name, dim, values, attributes)
    shape, chunks, dtype = forms[DONE]
    group.create_array(
        DONE,
        shape=shape,
        chunks=chunks,
        dtype=dtype,
        fill_value=0,
        chunk_key_encoding=KEYS,
        compressors=COMPRESSION,
        dimension_names=["chunk", "entry"],
        attributes={"long_name": "bytes of each chunk, then its cells by status and by regime"},
    )
    group.attrs.update({**model_attributes(sweep), KEY: own})
    with warnings.catch_warnings():
        # The third version of the format does not say how, but xarray looks for it first.
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        zarr.consolidate_metadata(group.store)


def _forms(plan: Plan, grid: ChunkGrid) -> dict[str, Form]:
    """Shape, shape of chunks and type of each array, the coordinates' aside."""
    owners = {"outcome": len(plan.model.outcomes), "player": len(plan.model.players)}
    sizes = dict(zip(plan.axes, grid.chunk, strict=True)) | owners
    shape = dict(zip(plan.axes, plan.shape, strict=True)) | owners

    def form(one: Variable) -> Form:
        whole, part = (tuple(of[dim] for dim in one.dims) for of in (shape, sizes))
        return whole, part, one.stored(len(plan.model.regimes))

    entries = num_entries(plan)
    forms = {one.name: form(one) for one in kept_variables(plan, frame_of(plan))}
    return forms | {DONE: ((len(grid), entries), (1, entries), "int64")}


def _held_coordinates(plan: Plan) -> dict[str, tuple[str, Any, dict[str, str]]]:
    """The coordinates along which something is stored."""
    sweep = frame_of(plan)
    held = {dim for one in kept_variables(plan, sweep) for dim in one.dims}
    return {name: found for name, found in coordinates(sweep).items() if found[0] in held}


def _coordinate(group: Any, name: str, dim: str, values: Any, attributes: dict[str, str]) -> None:
    array = np.asarray(values)
    # Of texts only those of variable length are part of the format's third version.
    kind: Any = str if array.dtype.kind == "U" else array.dtype
    made = group.create_array(
        name,
        shape=array.shape,
        dtype=kind,
        # What is missing does not pass for a number.
        fill_value=np.nan if array.dtype.kind == "f" else None,
        compressors=COMPRESSION,
        dimension_names=[dim],
        attributes=attributes,
    )
    made[:] = array.astype(object) if kind is str else array


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
