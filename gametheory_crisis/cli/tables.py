"""A sweep as a file of numbers: CSV, Parquet, netCDF."""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from gametheory_crisis.cli.failures import OutputError
from gametheory_crisis.cli.output import write_file
from gametheory_crisis.sweeps.sweep import Sweep
from gametheory_crisis.sweeps.variables import STATUS

WRITERS = {".nc": ("netCDF4", "h5netcdf", "scipy"), ".parquet": ("pyarrow",), ".csv": ()}
"""Libraries of which one must be installed, by suffix."""
ENGINES = {"netCDF4": "netcdf4", "h5netcdf": "h5netcdf", "scipy": "scipy"}
ROWS = 65_536
"""Rows of a CSV written at a time."""


def check_writer(path: Path) -> None:
    """Refuse a suffix whose library is not installed, before any work is done.

    Raises
    ------
    OutputError
        Naming the extra to install.
    """
    libraries = WRITERS[path.suffix.lower()]
    if libraries and not any(map(find_spec, libraries)):
        needed = " or ".join(libraries)
        advice = "pip install 'gametheory_crisis[io]'"
        raise OutputError(f"{path.name}: {path.suffix} files need {needed}: {advice}")


def write_table(sweep: Sweep, path: Path) -> None:
    """Write a sweep in the format that the suffix names, whole or not at all."""
    writers = {".csv": _write_csv, ".parquet": _write_parquet, ".nc": _write_netcdf}
    write = writers[path.suffix.lower()]
    write_file(path, lambda target: write(sweep, target))


def columns_of(sweep: Sweep) -> dict[str, np.ndarray[Any, Any]]:
    """One array per column, one row per cell, the last axis fastest.

    ``regime`` and ``status`` are words (an unsolved cell's regime is empty); ``regimes`` is a bit
    mask in the order of the model's regimes.
    """
    columns: dict[str, np.ndarray[Any, Any]] = _points(sweep)
    # Index -1, an unsolved cell, picks the empty word at the end.
    columns["regime"] = np.array([*sweep.regimes, ""])[sweep.regime.ravel()]
    columns["regimes"] = sweep.regimes_mask.ravel()
    columns["equilibria"] = sweep.equilibria.ravel()
    columns["status"] = np.array(STATUS)[sweep.status.ravel()]
    columns["expected_day"] = sweep.expected_day.ravel()
    for outcome, chances in zip(sweep.outcomes, sweep.probability, strict=True):
        columns[f"probability:{outcome}"] = chances.ravel()
    for player, payoffs in zip(sweep.players, sweep.payoff, strict=True):
        columns[f"payoff:{player}"] = payoffs.ravel()
    # What was not asked for has no numbers.
    return {name: column for name, column in columns.items() if column.size}


def _points(sweep: Sweep) -> dict[str, np.ndarray[Any, Any]]:
    """The values of each swept parameter, one row per cell."""
    if sweep.columns:
        return dict(sweep.columns)
    shape = sweep.shape
    return {
        name: np.broadcast_to(
            values.reshape([-1 if axis == position else 1 for axis in range(len(shape))]), shape
        ).ravel()
        for position, (name, values) in enumerate(sweep.axes.items())
    }


def _write_csv(sweep: Sweep, path: Path) -> None:
    columns = columns_of(sweep)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for start in range(0, sweep.status.size, ROWS):
            block = [column[start : start + ROWS].tolist() for column in columns.values()]
            # A number that is none is an empty field.
            rows = zip(*block, strict=True)
            writer.writerows(["" if value != value else value for value in row] for row in rows)


def _write_parquet(sweep: Sweep, path: Path) -> None:
    from pyarrow import parquet, table

    parquet.write_table(table(columns_of(sweep)), path)


def _write_netcdf(sweep: Sweep, path: Path) -> None:
    engine: Any = next(ENGINES[library] for library in WRITERS[".nc"] if find_spec(library))
    sweep.to_xarray().to_netcdf(path, engine=engine)
