"""How kernels are compiled, and a digest that keeps compiled code from going stale."""

from __future__ import annotations

import hashlib
import os
import re
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
    of any kernel that it may call makes it a different function.  Where the user's cache cannot be
    written, the code is compiled anew in every process.
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


def source_digest(module: str) -> int:
    """A number that stands for the sources of a kernel module and of all kernels that it imports.

    Imports must have the form ``from gametheory_crisis.kernels.NAME import …`` for the digest to
    follow them.

    Returns
    -------
    int
        62 bits of the SHA-256 of the sources, in the order of their names.
    """
    folder = Path(__file__).parent
    sources: dict[str, bytes] = {}
    waiting = [module.rpartition(".")[2]]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            sources[name] = (folder / f"{name}.py").read_bytes()
            waiting += [found.decode() for found in _IMPORT.findall(sources[name])]
    digest = hashlib.sha256()
    for name in sorted(sources):
        digest.update(name.encode())
        digest.update(sources[name])
    return int.from_bytes(digest.digest()[:8], "big") >> 2


_IMPORT = re.compile(rb"^from gametheory_crisis\.kernels\.(\w+) import", re.MULTILINE)
