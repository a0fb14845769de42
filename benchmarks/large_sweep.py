"""A thousand million cells of the three-move game to a store: pace against memory, and size."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import xarray

import gametheory_crisis as gtc
from benchmarks.crisis_game import model_file
from benchmarks.measure import quantity
from gametheory_crisis.sweeps.plan import Plan, grid_plan
from gametheory_crisis.sweeps.stored import run_to_store

ROWS, COLUMNS = 31_250, 32_000
IN_MEMORY = 10
"""The sweep in memory has so many times fewer rows."""
PAIRS = 3
LIMIT = 1.5e9
"""Bytes."""


def run() -> list[str]:
    """Cells per second into a store and in memory, peak memory, and the stores opened again."""
    with model_file() as path, tempfile.TemporaryDirectory(dir=".") as folder:
        lines = [large(path, Path(folder))]
        model = gtc.load(path)
        for keep, words in (((), "regime and status"), (None, "everything")):
            plan = three_moves(model, ROWS // (10 if keep is None else 5), keep)
            lines.append(against_memory(plan, Path(folder) / "pair.zarr", words))
    return lines


def three_moves(model: gtc.Model, rows: int, keep: tuple[str, ...] | None) -> Plan:
    """The game over a plane of two parameters."""
    axes = {"a": np.linspace(0, 1, rows), "w": np.linspace(-1, 1, COLUMNS)}
    return grid_plan(model, axes, quantities=keep)


def large(model: Path, folder: Path) -> str:
    """Run the command itself on 10^9 cells, and look at what it left."""
    store = folder / "large.zarr"
    code = (
        "import resource, sys; from gametheory_crisis.cli.main import main; "
        "failed = main(sys.argv[1:]); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(failed)"
    )
    axes = ["-a", f"a=0:1:{ROWS}", "-a", f"w=-1:1:{COLUMNS}"]
    command = ["sweep", str(model), *axes, "--keep", "none", "-q", "-o", str(store)]
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *command], check=True, capture_output=True, text=True
    )
    elapsed = perf_counter() - began
    peak = 1024 * int(done.stdout.split()[-1])
    assert peak < LIMIT, f"peak memory {peak}"
    opened = xarray.open_zarr(store)
    assert opened.regime.size == ROWS * COLUMNS
    rows = slice(0, None, ROWS // 7)
    part = three_moves(gtc.load(model), ROWS, ())
    thin = grid_plan(part.model, {"a": part.axes["a"][rows], "w": part.axes["w"]}, quantities=())
    assert np.array_equal(opened.regime[rows].values, thin.solve().regime)
    size = sum(file.stat().st_size for file in store.rglob("*") if file.is_file())
    rate = quantity(ROWS * COLUMNS / elapsed)
    return (
        f"10^9 cells from the start of the process: {elapsed:.1f} s, {rate}cells/s; "
        f"peak memory {peak / 1e9:.2f} GB (aim: below 1.5); {size / 1e6:.0f} MB on disk"
    )


def against_memory(plan: Plan, store: Path, words: str) -> str:
    """The pace into a store over that in memory, in pairs."""
    small = three_moves(plan.model, 100, plan.quantities)
    small.solve()
    ratios = []
    for _ in range(PAIRS):
        began = perf_counter()
        cells = plan.solve()
        middle = perf_counter()
        del cells
        between = perf_counter()
        run_to_store(plan, store, force=True)
        ratios.append((middle - began, perf_counter() - between))
    memory, stored = np.median(np.array(ratios), axis=0)
    ratio = np.median([a / b for a, b in ratios])
    return (
        f"{words}: {quantity(plan.size / stored)}cells/s into a store; "
        f"in memory {quantity(plan.size / memory)}; ratio {ratio:.2f}  (aim: 0.7)"
    )
