"""A sweep in a few lines: how many cells, which regimes, what went unsolved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.cli.wording import cells_in_words, columns, number
from gametheory_crisis.results import plain
from gametheory_crisis.sweeps.sweep import Sweep
from gametheory_crisis.sweeps.tally import Tally
from gametheory_crisis.sweeps.variables import STATUS


def summarise(
    sweep: Sweep, command: str, output: Path | None = None, tally: Tally | None = None
) -> dict[str, Any]:
    """What ``crisis sweep --json`` and ``crisis map --json`` print.

    ``regimes`` are shares of all cells, by each cell's first equilibrium; what is missing from one
    is the share of unsolved cells. ``among`` are the shares of cells in which some equilibrium
    found has the regime.

    Parameters
    ----------
    tally : counts of the cells, where the sweep itself does not hold them
    """
    tally = tally or Tally.of(sweep, len(sweep.regimes))
    cells = int(tally.status.sum())
    sampled, spans = bool(sweep.columns), sweep.columns or sweep.axes
    return {
        "schema": f"gametheory_crisis.{command}/1",
        "model": sweep.model,
        "parameters": {name: plain(value) for name, value in sweep.values.items()},
        "axes": {name: _span(values, sampled=sampled) for name, values in spans.items()},
        "cells": cells,
        "regimes": _shares(sweep.regimes, tally.regime, cells),
        "among": _shares(sweep.regimes, tally.among, cells),
        "status": {
            name: int(count) for name, count in zip(STATUS, tally.status, strict=True) if count
        },
        "file": None if output is None else str(output),
    }


def _span(values: NDArray[np.float64], *, sampled: bool) -> dict[str, Any]:
    """Where the values of a parameter begin and end, and how many there are."""
    ends = (values.min(), values.max()) if sampled else (values[0], values[-1])
    return {"from": float(ends[0]), "to": float(ends[1]), "num": len(values)}


def _shares(names: Sequence[str], counts: NDArray[np.int64], cells: int) -> dict[str, float]:
    return {name: float(count / cells) for name, count in zip(names, counts, strict=True)}


def summary_lines(summary: dict[str, Any]) -> list[str]:
    """The same for people."""
    sides = " x ".join(f"{axis['num']:,}" for axis in summary["axes"].values())
    if "sample" in summary:
        sides = "{design} sample, seed {seed}".format(**summary["sample"])
    axes = [
        (name, f"{number(axis['from'])} to {number(axis['to'])}")
        for name, axis in summary["axes"].items()
    ]
    among = summary["among"]
    regimes = [
        (name, f"{share:7.2%}", f"among others {among[name]:7.2%}" if among[name] > share else "")
        for name, share in summary["regimes"].items()
        if among[name]
    ]
    others = [
        (name, cells_in_words(count))
        for name, count in summary["status"].items()
        if name != "solved"
    ]
    lines = [f"{summary['model']}: {cells_in_words(summary['cells'])} ({sides})"]
    lines += columns(axes)
    lines += ["regimes", *columns(regimes)]
    return lines + (["marked", *columns(others)] if others else [])
