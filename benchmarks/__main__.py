"""``python -m benchmarks [NAME ...]``: run benchmarks and print a table.

Every benchmark checks its answers before it is believed. Peers that are not installed are named.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from importlib import import_module, metadata

from benchmarks.measure import Row

BENCHMARKS = {
    "sixty_days": "a map of the sixty-day ultimatum against a hand-written kernel",
    "crisis_game": "a three-move crisis game on 4000 x 4000 cells against a hand-written kernel",
    "large_sweep": "the three-move game to a store, 10^9 cells, against the same in memory",
    "kills": "sweeps to a store killed at random moments and resumed",
    "stage_game": "a 2x2 stage swept against QuantEcon and nashpy, one game at a time",
    "signalling": "beer or quiche swept over 500 x 500 cells against solving point by point",
    "bimatrix": "all equilibria of random bimatrix games against QuantEcon and nashpy",
    "lemke_howson": "one equilibrium of large bimatrix games against QuantEcon",
    "stochastic": "one equilibrium of random stochastic games against sgamesolver",
    "long_deadline": "a rivalry of 90 x 90 states over 3000 days, solved and certified",
    "private_resolve": "daily offers to a private type against closed forms and a grid",
    "embedding": "one point at a time from the user's compiled code",
    "start_up": "whole commands from process start",
}
PACKAGES = ("gametheory_crisis", "numpy", "numba", "quantecon", "nashpy", "pygambit", "sgamesolver")


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all, and print what was measured."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"unknown benchmark {unknown[0]}; there are:")
        for name, text in BENCHMARKS.items():
            print(f"  {name:15} {text}")
        return 2
    print(f"Python {platform.python_version()}, {_versions()}")
    for name in names or BENCHMARKS:
        print(f"\n{name}: {BENCHMARKS[name]}")
        run: Callable[[], list[Row | str]] = import_module(f"benchmarks.{name}").run
        for row in run():
            print(f"  {row}")
    return 0


def _versions() -> str:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"{package} not installed")
    return ", ".join(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
