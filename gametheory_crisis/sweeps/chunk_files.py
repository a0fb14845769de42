"""Writes the chunks of a Zarr array as the files that they are, whole or not at all; reads them.

The format of a chunk is that of the array's metadata: numbers in C order, little-endian, in one
Zstandard frame with a checksum. Writing through `zarr.Array` gives the same bytes; but there all
threads of a sweep wait for one event loop, which halves the pace of quick models.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numcodecs.zstd import Zstd
from numpy.typing import NDArray

LEVEL = 1
"""Of Zstandard: the lowest shrinks regimes a thousandfold at gigabytes a second."""
HALF_WRITTEN = ".partial"
"""Ending of files that are being written, or that a killed process left."""


KEYS: dict[str, Any] = {"name": "default", "separator": "."}
"""How a chunk's file is called, as Zarr writes it: all of an array stand in one folder."""


def chunk_file(array: Path, place: Sequence[int]) -> Path:
    """The file of the chunk at a place of the array in a folder."""
    return array / ".".join(map(str, ("c", *place)))


def write_chunk(
    array: Path,
    place: Sequence[int],
    values: NDArray[np.generic],
    shape: tuple[int, ...],
    empty: float,
) -> int:
    """Write one chunk.

    Parameters
    ----------
    array : the array's folder
    place : the chunk's index along each dimension
    values : the chunk's numbers; at the far ends of the array fewer than ``shape`` says
    shape : of whole chunks
    empty : what fills a chunk beyond the ends of the array

    Returns
    -------
    int
        Size of the file in bytes.

    Raises
    ------
    OSError
        The file cannot be written; what stood there before is untouched.
    """
    whole = values
    if values.shape != shape:
        whole = np.full(shape, empty, dtype=values.dtype)
        whole[tuple(map(slice, values.shape))] = values
    whole = np.ascontiguousarray(whole, dtype=values.dtype.newbyteorder("<"))
    content = Zstd(level=LEVEL, checksum=True).encode(whole)
    _put(chunk_file(array, place), content)
    return len(content)


def read_chunk(file: Path, numbers: NDArray[np.generic]) -> bool:
    """Read one chunk, if its file is undamaged.

    Parameters
    ----------
    numbers : takes the chunk's numbers

    Returns
    -------
    bool
        Whether the file holds so many numbers of that type; if not, ``numbers`` is untouched.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    try:
        content = Zstd().decode(file.read_bytes())
    except (RuntimeError, MemoryError):
        return False
    if len(content) != numbers.nbytes:
        return False
    stored = numbers.dtype.newbyteorder("<")
    numbers[...] = np.frombuffer(content, dtype=stored).reshape(numbers.shape)
    return True


def _put(path: Path, content: bytes) -> None:
    """Have a file hold some bytes, as a whole or not at all."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}{HALF_WRITTEN}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except FileNotFoundError:
        # Another process may have written the same chunk, been done, and cleared up meanwhile.
        if not path.exists():
            raise
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
