"""How kernels are compiled, and a digest that keeps compiled code from going stale."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile for one thread, without the interpreter lock, division by zero giving infinities."""
    compiled: Callable[..., Any] = numba.njit(error_model="numpy", nogil=True)(function)
    return compiled


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `jit`, and always inlined: where a call costs as much as its body."""
    compiled: Callable[..., Any] = numba.njit(error_model="numpy", nogil=True, forceinline=True)(
        function
    )
    return compiled


def entry_point(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `jit`, and keep the machine code on disk between processes.

    The disk cache knows the function's own bytecode and the values that it closes over, but not the
    functions that it calls.  An entry point therefore closes over `source_digest`, so that a change
    of any kernel makes it a different function.  Where the user's cache cannot be written, the code
    is compiled anew in every process.
    """
    try:
        with _cache_of_the_user():
            compiled: Callable[..., Any] = numba.njit(error_model="numpy", nogil=True, cache=True)(
                function
            )
    except (RuntimeError, OSError):
        return jit(function)
    return compiled


@contextmanager
def _cache_of_the_user() -> Iterator[None]:
    """Let numba keep what it compiles here in the user's cache, unless its own variable says where.

    Beside the package it would outlive an uninstallation, and a folder left behind in
    site-packages hides a package that is installed anew in editable mode.
    """
    settings: Any = numba.config
    if settings.CACHE_DIR:
        yield
        return
    settings.CACHE_DIR = str(cache_folder())
    try:
        yield
    finally:
        settings.CACHE_DIR = ""


def cache_folder() -> Path:
    """The folder of compiled kernels in the user's cache, as the platform has it."""
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "gametheory_crisis"


def source_digest() -> int:
    """A number that stands for the sources of all kernels: 62 bits of their SHA-256."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:8], "big") >> 2
