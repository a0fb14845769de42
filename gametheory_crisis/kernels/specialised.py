"""Kernels compiled from source texts that were written for one program each, and kept as files.

A text stands in the user's cache under a digest of itself, of the kernels that it calls and of what
compiles it; the machine code stands beside it.  A file is never read as code: what runs is the text
given, and machine code is used only where its checksum, written when it was compiled, still fits.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import ModuleType
from typing import Any

import numba
from numba import types

from gametheory_crisis.kernels.jit import cache_folder, jit, source_digest

_FLOATS = types.Array(types.float64, 1, "C")
_TABLE = types.Array(types.float64, 2, "C")
_STACK = types.Array(types.float64, 3, "C")
_SMALL = types.Array(types.int8, 2, "C")
_WHOLE = types.Array(types.int32, 2, "C")
_SIGNATURE = (
    _FLOATS,
    _TABLE,
    _TABLE,
    types.float64,
    types.int64,
    types.int64,
    types.Tuple((_SMALL, _WHOLE, _SMALL, _WHOLE, _TABLE, _STACK, _STACK)),
)
_CALLED = source_digest("gametheory_crisis.kernels.specialised_operations")
"""Digest of the kernels that a text may call."""
_LOCK = threading.Lock()
_LOADED: dict[str, Callable[..., Any]] = {}


def compiles() -> bool:
    """Whether anything is compiled here at all."""
    settings: Any = numba.config
    return not settings.DISABLE_JIT


def is_kept(text: str) -> bool:
    """Whether a text need not be compiled again, in this process or since an earlier one."""
    name = _name(text)
    if name in _LOADED:
        return True
    source = _folder() / f"{name}.py"
    try:
        return source.read_bytes() == text.encode() and _is_sound(source)
    except OSError:
        return False


def specialised_kernel(text: str) -> Callable[..., Any]:
    """The compiled function ``solve_rows`` of a text; see `schedule_source`.

    It is compiled once, whichever thread comes first, and kept for later processes where the user's
    cache can be written.
    """
    name = _name(text)
    with _LOCK:
        if name not in _LOADED:
            _LOADED[name] = _load(text, name)
        return _LOADED[name]


def _name(text: str) -> str:
    """A text's name; the same for every process in which the same machine code serves."""
    made_by = (text, str(_CALLED), numba.__version__, sys.version)
    return "specialised_" + hashlib.sha256("\0".join(made_by).encode()).hexdigest()[:32]


def _folder() -> Path:
    """Where texts are kept: beside the other kernels."""
    settings: Any = numba.config
    return Path(settings.CACHE_DIR or cache_folder()) / "specialised"


def _load(text: str, name: str) -> Callable[..., Any]:
    source = _folder() / f"{name}.py"
    function = _function(text, name, source)
    if not compiles():
        return function
    try:
        _place(source, text.encode())
        if not _is_sound(source):
            _forget(source)
        kernel = _compiled(_caching(function))
        _seal(source)
    except Exception:  # whatever a folder, or a file in it, has against being used
        _forget(source)
        return _compiled(jit(function))
    return kernel


def _function(text: str, name: str, source: Path) -> Callable[..., Any]:
    """The text's function, in a module that compiled code finds again by its name."""
    module = ModuleType(name)
    module.__file__ = str(source)
    sys.modules[name] = module
    exec(compile(text, str(source), "exec"), vars(module))
    function: Callable[..., Any] = module.solve_rows
    return function


def _compiled(kernel: Any) -> Callable[..., Any]:
    kernel.compile(_SIGNATURE)
    compiled: Callable[..., Any] = kernel
    return compiled


def _caching(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `jit`, with machine code kept beside the source, so that its checksum can be taken."""
    with _cache_beside_the_source():
        compiled: Callable[..., Any] = numba.njit(error_model="numpy", nogil=True, cache=True)(
            function
        )
    return compiled


@contextmanager
def _cache_beside_the_source() -> Iterator[None]:
    settings: Any = numba.config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = ""
    try:
        yield
    finally:
        settings.CACHE_DIR = before


def _place(path: Path, content: bytes) -> None:
    """Have a file with this content, whole or not at all; one that has it already is left alone.

    Machine code belongs to one time of change of its source.
    """
    with suppress(OSError):
        if path.read_bytes() == content:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=path.stem, suffix=".tmp", delete=False) as new:
        try:
            new.write(content)
            new.close()
            os.replace(new.name, path)
        except BaseException:
            os.unlink(new.name)
            raise


def _machine_code(source: Path) -> list[Path]:
    return sorted((source.parent / "__pycache__").glob(f"{source.stem}.*"))


def _checksum(source: Path) -> bytes:
    digest = hashlib.sha256()
    for path in _machine_code(source):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest().encode()


def _is_sound(source: Path) -> bool:
    """Whether there is machine code, and it is what was compiled."""
    try:
        return source.with_suffix(".sum").read_bytes() == _checksum(source)
    except OSError:
        return False


def _seal(source: Path) -> None:
    """Take the checksum of the machine code, unless the compiler could not leave any."""
    with suppress(OSError):  # another process may be replacing it: then it is compiled once more
        if _machine_code(source):
            _place(source.with_suffix(".sum"), _checksum(source))


def _forget(source: Path) -> None:
    """Remove machine code that is not to be used."""
    for path in _machine_code(source):
        with suppress(OSError):
            path.unlink()
