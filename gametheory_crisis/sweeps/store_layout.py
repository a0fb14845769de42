"""Makes the store of a sweep, or opens the one that stands there if it is of the same sweep."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.codecs import ZstdCodec

from gametheory_crisis import __version__
from gametheory_crisis.errors import StoreError
from gametheory_crisis.sweeps.chunk_files import KEYS, LEVEL
from gametheory_crisis.sweeps.chunks import ChunkGrid, chunk_grid
from gametheory_crisis.sweeps.plan import Plan
from gametheory_crisis.sweeps.store import DONE, SweepStore, frame_of, kept_variables, reason, said
from gametheory_crisis.sweeps.variables import STATUS, coordinates, model_attributes

FORMAT = "gametheory_crisis.sweep/1"
KEY = "gametheory_crisis"
"""The attribute that holds what the store is of."""


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
        Chunks of that size are too many.
    """
    target = Path(path).absolute()
    grid = chunk_grid(plan, chunk)
    stands = os.path.lexists(target)
    if stands and not force:
        if not (resume or join):
            raise StoreError(f"{path}: exists; --resume continues it, --force replaces it")
        return _continued(target, plan, grid if chunk is not None else None)
    if stands:
        held_by(target)
    try:
        _create(target, plan, grid, replace=stands)
    except FileExistsError:
        # Another process that shares the store was faster.
        return _continued(target, plan, grid if chunk is not None else None)
    return SweepStore(target, plan, grid)


def held_by(path: Path) -> dict[str, Any]:
    """What the store at a path says that it is of.

    Raises
    ------
    StoreError
        There is no store of a sweep.
    """
    try:
        attributes = dict(zarr.open_group(path, mode="r").attrs)
    except PermissionError as error:
        raise StoreError(f"{path}: cannot be read: {reason(error)}") from None
    except (OSError, ValueError, KeyError):
        raise StoreError(f"{path}: not a store of a sweep") from None
    found = attributes.get(KEY)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise StoreError(f"{path}: not a store of a sweep")
    return found


def specification(plan: Plan) -> dict[str, Any]:
    """What makes a sweep the same sweep, to the last bit of its numbers."""
    points = plan.columns or plan.axes
    return {
        "format": FORMAT,
        "version": __version__,
        "model": plan.model.name,
        "model_digest": plan.model.graph.digest,
        "parameters": plan.fixed,
        "points": {
            name: hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
            for name, values in points.items()
        },
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
            said = words.format(held.get(name))
            raise StoreError(f"{path}: the store {said}; another -o, or --force to replace it")
    own = ChunkGrid(plan.shape, tuple(held["chunk"]))
    if grid is not None and grid != own:
        sides = " x ".join(map(str, own.chunk))
        raise StoreError(f"{path}: the store's chunks are {sides}, not of the size asked for")
    return SweepStore(path, plan, own)


def _create(path: Path, plan: Plan, grid: ChunkGrid, *, replace: bool) -> None:
    """Lay out an empty store beside its place, then put it there."""
    token = secrets.token_hex(4)
    beside = path.with_name(f".{path.name}.{token}.new")
    old = path.with_name(f".{path.name}.{token}.old")
    with said(path):
        try:
            _lay_out(beside, plan, grid)
            if replace:
                path.rename(old)
            _put(beside, path)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)


def _put(beside: Path, path: Path) -> None:
    """Rename a folder; FileExistsError where something stands there by now."""
    try:
        beside.rename(path)
    except OSError:
        if path.exists():
            raise FileExistsError(path) from None
        raise


def _lay_out(path: Path, plan: Plan, grid: ChunkGrid) -> None:
    sweep = frame_of(plan)
    group = zarr.open_group(path, mode="w", zarr_format=3)
    sizes = dict(zip(plan.axes, grid.chunk, strict=True))
    shape = dict(zip(plan.axes, plan.shape, strict=True))
    owners = {"outcome": len(plan.model.outcomes), "player": len(plan.model.players)}
    kept = kept_variables(plan, sweep)
    for one in kept:
        group.create_array(
            one.name,
            shape=tuple((shape | owners)[dim] for dim in one.dims),
            chunks=tuple((sizes | owners)[dim] for dim in one.dims),
            dtype=one.stored(len(plan.model.regimes)),
            fill_value=one.empty,
            chunk_key_encoding=KEYS,
            compressors=ZstdCodec(level=LEVEL, checksum=True),
            dimension_names=list(one.dims),
            attributes={name: _plain(value) for name, value in one.attributes.items()},
        )
    held = {dim for one in kept for dim in one.dims}
    for name, (dim, values, attributes) in coordinates(sweep).items():
        if dim in held:
            _coordinate(group, name, dim, values, attributes)
    entries = 1 + len(STATUS) + 2 * len(plan.model.regimes)
    group.create_array(
        DONE,
        shape=(len(grid), entries),
        chunks=(1, entries),
        dtype="int64",
        fill_value=0,
        chunk_key_encoding=KEYS,
        compressors=None,
        dimension_names=["chunk", "entry"],
        attributes={"long_name": "bytes of each chunk, then its cells by status and by regime"},
    )
    own = specification(plan) | {"chunk": list(grid.chunk)}
    group.attrs.update({**model_attributes(sweep), KEY: own})
    with warnings.catch_warnings():
        # The third version of the format does not say how, but xarray looks for it first.
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        zarr.consolidate_metadata(group.store)


def _coordinate(group: Any, name: str, dim: str, values: Any, attributes: dict[str, str]) -> None:
    array = np.asarray(values)
    # Of texts only those of variable length are part of the format's third version.
    kind: Any = str if array.dtype.kind == "U" else array.dtype
    made = group.create_array(
        name, shape=array.shape, dtype=kind, dimension_names=[dim], attributes=attributes
    )
    made[:] = array.astype(object) if kind is str else array


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
