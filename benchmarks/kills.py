"""Sweeps killed at random moments and resumed: one process, two shards, a cluster's worker."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import gametheory_crisis as gtc
from gametheory_crisis.sweeps.plan import Plan, grid_plan
from gametheory_crisis.sweeps.store_layout import open_or_create
from gametheory_crisis.sweeps.stored import run_to_store

MODEL = "sixty_day_ultimatum"
ENDS = {"c_iran": (0, 0.6, 600), "threat": (0, 0.6, 1000)}
CHUNK = 1000
KILLS = 20
SWEEP = "from gametheory_crisis.cli.main import main; import sys; sys.exit(main(sys.argv[1:]))"


def run() -> list[str]:
    """How many kills each kind of run survived, each resumed store compared with the reference."""
    with tempfile.TemporaryDirectory() as folder:
        reference = run_to_store(sweep_plan(), Path(folder) / "reference.zarr").digest()
        return [
            killed_processes(Path(folder), 1, reference),
            killed_processes(Path(folder), 2, reference),
            killed_workers(Path(folder), reference),
        ]


def sweep_plan() -> Plan:
    """What is swept."""
    return grid_plan(gtc.load(MODEL), {name: np.linspace(*ends) for name, ends in ENDS.items()})


def killed_processes(folder: Path, shards: int, reference: str) -> str:
    """Kill the processes that share a store at random moments, and compare what is resumed."""
    rng = random.Random(shards)
    kills, stores = 0, 0
    while kills < KILLS:
        path = folder / f"{shards}-{stores}.zarr"
        # A store is killed several times over, or it would always be killed at its beginning.
        for attempt in range(5):
            more = ["--resume"] if attempt and shards == 1 else []
            running = [start(path, more, k, shards) for k in range(1, shards + 1)]
            await_more(path, running)
            for process in running:
                time.sleep(rng.uniform(0, 0.25))
                process.send_signal(signal.SIGKILL)
                ended = process.wait()
                assert ended in (0, -signal.SIGKILL), f"a sweep ended with {ended}"
                kills += ended == -signal.SIGKILL
        made = run_to_store(sweep_plan(), path, resume=True)
        assert made.digest() == reference, path
        stores += 1
    who = "one process" if shards == 1 else f"{shards} shards at once"
    return f"{who}: killed {kills} times in {stores} stores, each resumed equal to the reference"


def start(path: Path, more: list[str], shard: int, shards: int) -> subprocess.Popen[bytes]:
    """A process that sweeps."""
    axes = [w for n, (a, b, num) in ENDS.items() for w in ("-a", f"{n}={a}:{b}:{num}")]
    parts = ["--shard", f"{shard}/{shards}"] if shards > 1 else []
    words = ["sweep", MODEL, *axes, "-o", str(path), "--chunk", str(CHUNK), "-q", *more, *parts]
    return subprocess.Popen([sys.executable, "-c", SWEEP, *words], stdout=subprocess.DEVNULL)


def await_more(path: Path, running: list[subprocess.Popen[bytes]]) -> None:
    """Wait until the processes have begun to write, or have ended."""
    before = chunks_done(path)
    while chunks_done(path) == before and any(process.poll() is None for process in running):
        time.sleep(0.002)


def chunks_done(path: Path) -> int:
    """Entries of chunks that are done."""
    return len(list((path / "progress" / "done").glob("c.*.0")))


class Killer:
    """Kills a process when a third of the cells are done."""

    def __init__(self, victim: int) -> None:
        self.victim = victim
        self.done = False

    def __call__(self, solved: int, total: int) -> None:
        """As the progress of a sweep."""
        if not self.done and solved > total // 3:
            self.done = True
            os.kill(self.victim, signal.SIGKILL)


def killed_workers(folder: Path, reference: str) -> str:
    """Kill a worker of a cluster of two while it solves."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        return "dask is not installed: no cluster"
    kills = 3
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        for k in range(kills):
            victim = random.Random(k).choice(list(client.run(os.getpid).values()))
            path = folder / f"cluster-{k}.zarr"
            killer = Killer(victim)
            store = run_to_store(sweep_plan(), path, chunk=CHUNK, client=client, progress=killer)
            assert killer.done
            assert store.is_complete()
            assert store.digest() == reference
    opened = open_or_create(folder / "cluster-0.zarr", sweep_plan(), resume=True)
    assert opened.pending() == []
    return f"a cluster of two workers: {kills} sweeps in which one was killed, equal as well"
