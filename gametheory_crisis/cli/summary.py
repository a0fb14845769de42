"""A sweep in a few lines: how many cells, which regimes, what went unsolved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gametheory_crisis.cli.wording import cells_in_words, columns, number
from gametheory_crisis.results import plain
from gametheory_crisis.sweeps.sweep import STATUS, Sweep


def summarise(sweep: Sweep, command: str, output: Path | None = None) -> dict[str, Any]:
    """What ``crisis sweep --json`` and ``crisis map --json`` print.

    ``regimes`` are shares of all cells, by each cell's first equilibrium; what is missing from one
    is the share of unsolved cells. ``among`` are the shares of cells in which some equilibrium
    found has the regime.
    """
    status = np.bincount(sweep.status.ravel(), minlength=len(STATUS))
    regime = np.bincount(sweep.regime[sweep.regime >= 0].ravel(), minlength=len(sweep.regimes))
    cells = sweep.status.size
    among = [np.count_nonzero(sweep.regimes_mask >> k & 1) for k in range(len(sweep.regimes))]
    return {
        "schema": f"gametheory_crisis.{command}/1",
        "model": sweep.model,
        "parameters": {name: plain(value) for name, value in sweep.values.items()},
        "axes": {
            name: {"from": float(values[0]), "to": float(values[-1]), "num": len(values)}
            for name, values in sweep.axes.items()
        },
        "cells": cells,
        "regimes": {
            name: float(count / cells) for name, count in zip(sweep.regimes, regime, strict=True)
        },
        "among": {
            name: float(count / cells) for name, count in zip(sweep.regimes, among, strict=True)
        },
        "status": {name: int(count) for name, count in zip(STATUS, status, strict=True) if count},
        "file": None if output is None else str(output),
    }


def summary_lines(summary: dict[str, Any]) -> list[str]:
    """The same for people."""
    sides = " x ".join(f"{axis['num']:,}" for axis in summary["axes"].values())
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
