"""Processes that are killed while they write a store, and what the next ones make of it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stores import AXES, MODEL, stored_digest, swept

CHUNK = 150
"""One row of cells: chunks enough to be killed between any two."""
SWEEP = "from gametheory_crisis.cli.main import main; import sys; sys.exit(main(sys.argv[1:]))"


def arguments(path: Path, *options: str) -> list[str]:
    axes = [
        text
        for name, values in AXES.items()
        for text in ("-a", f"{name}={values[0]}:{values[-1]}:{len(values)}")
    ]
    words = ["sweep", MODEL, *axes, "-o", str(path), "--chunk", str(CHUNK), "-q", *options]
    return [sys.executable, "-c", SWEEP, *words]


def done(path: Path) -> int:
    return len(list((path / "progress" / "done").glob("c.*.0")))


def kill_after(process: subprocess.Popen[bytes], path: Path, chunks: int, delay: float) -> None:
    """Kill a process some time after so many chunks are done."""
    while done(path) < chunks and process.poll() is None:
        time.sleep(0.001)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no such signal here")
@pytest.mark.parametrize("shards", [1, 2])
def test_killed_at_any_moment_and_resumed_a_store_is_what_it_would_have_been(tmp_path, shards):
    path = tmp_path / "x.zarr"
    rng = random.Random(shards)
    options = ["--threads", "2"] if shards == 1 else []
    for attempt in range(2 if shards == 1 else 1):
        more = [*options, "--resume"] if attempt and shards == 1 else options
        processes = [
            subprocess.Popen(
                arguments(path, *more, *(["--shard", f"{k}/{shards}"] if shards > 1 else []))
            )
            for k in range(1, shards + 1)
        ]
        target = done(path) + rng.randint(1, 30)
        for process in processes:
            kill_after(process, path, target, rng.uniform(0, 0.003))
            assert process.returncode == -signal.SIGKILL
    assert 0 < done(path) < len(AXES["c_iran"])
    made = swept(path, resume=True)
    assert made.is_complete()
    assert made.digest() == stored_digest(AXES)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process's files")
def test_a_full_disk_is_said_and_what_is_done_is_kept(tmp_path):
    path = tmp_path / "x.zarr"
    # A file larger than the limit cannot be written, as on a disk that is full.
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
    command = arguments(path)
    command[2] = limited + command[2]
    failed = subprocess.run(command, capture_output=True, text=True)
    assert failed.returncode == 2
    assert failed.stdout == ""
    assert failed.stderr.count("\n") == 1
    assert "x.zarr: cannot be read or written: File too large" in failed.stderr
    made = swept(path, resume=True)
    assert made.digest() == stored_digest(AXES)


def test_an_interrupt_says_how_to_go_on(tmp_path):
    path = tmp_path / "x.zarr"
    command = [word for word in arguments(path) if word != "-q"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while done(path) < 3:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert "--resume continues it" in said
    assert 3 <= done(path) < len(AXES["c_iran"])
    assert swept(path, resume=True).digest() == stored_digest(AXES)
