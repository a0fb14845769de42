"""How kernels are compiled, and a digest that keeps compiled code from going stale."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile for one thread, without the interpreter lock, division by zero giving infinities."""
    compiled: Callable[..., Any] = numba.njit(error_model="numpy", nogil=True)(function)
    return compiled


def entry_point(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `jit`, and keep the machine code on disk between processes.

    The disk cache knows the function's own bytecode and the values that it closes over, but not the
    functions that it calls.  An entry point therefore closes over `source_digest`, so that a change
    of any kernel makes it a different function.  Where no folder can be written, neither beside the
    package nor in the user's cache, the code is compiled anew in every process.
    """
    try:
        compiled: Callable[..., Any] = numba.njit(error_model="numpy", nogil=True, cache=True)(
            function
        )
    except RuntimeError:
        return jit(function)
    return compiled


def source_digest() -> int:
    """A number that stands for the sources of all kernels: 62 bits of their SHA-256."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:8], "big") >> 2
