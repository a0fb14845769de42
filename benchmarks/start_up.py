"""Whole commands from process start, after one warm-up: what a user waits for."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.measure import Row, seconds

RUNS = 5
COMMANDS = (
    ("crisis --help", ["--help"], "0.15 s"),
    ("crisis solve fearon_ultimatum", ["solve", "fearon_ultimatum"], "1.5 s"),
    ("crisis solve sixty_day_ultimatum", ["solve", "sixty_day_ultimatum"], "1.5 s"),
    ("crisis map sixty_day_ultimatum", ["map", "sixty_day_ultimatum", "-o", "{out}"], "5 s"),
)


def run() -> list[Row | str]:
    """Median seconds of each command, and of an empty Python process beside it."""
    empty = _median([sys.executable, "-c", "pass"])
    rows: list[Row | str] = [f"{'an empty Python process':34} {empty:8.3f} s"]
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "map.png")
        for title, arguments, aim in COMMANDS:
            command = [sys.executable, "-m", "gametheory_crisis"]
            command += [argument.format(out=out) for argument in arguments]
            rows.append(f"{title:34} {_median(command):8.3f} s  (aim: {aim})")
        assert Path(out).stat().st_size > 10_000
    return rows


def _median(command: list[str]) -> float:
    def once() -> None:
        subprocess.run(command, check=True, capture_output=True)

    once()
    return median(seconds(once) for _ in range(RUNS))
