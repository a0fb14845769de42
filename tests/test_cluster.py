"""Sweeps on a Dask cluster: the same store, though a worker dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from stores import AXES, stored_digest, swept

from gametheory_crisis.errors import UnsupportedGame

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as connected,
    ):
        yield connected


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_more_than_its_chunk(tmp_path, client):
    victim = next(iter(client.run(os.getpid).values()))
    calls = []

    def progress(done: int, total: int) -> None:
        calls.append((done, total))
        if len(calls) == 10:
            os.kill(victim, signal.SIGKILL)

    made = swept(tmp_path / "x.zarr", chunk=150, client=client, progress=progress)
    assert made.is_complete()
    assert made.digest() == stored_digest(AXES)
    cells = AXES["c_iran"].size * AXES["threat"].size
    assert calls[0] == (0, cells)
    assert calls[-1] == (cells, cells)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


@pytest.mark.slow
def test_a_cluster_is_found_by_its_address_and_continues_a_store(tmp_path, client):
    swept(tmp_path / "x.zarr", chunk=1500, shard=(1, 3))
    made = swept(tmp_path / "x.zarr", resume=True, client=client.scheduler.address)
    assert made.digest() == stored_digest(AXES)


def test_a_cluster_that_does_not_answer_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("gametheory_crisis.sweeps.cluster.PATIENCE", 0.2)
    with pytest.raises(UnsupportedGame, match=r"no Dask cluster at tcp://127\.0\.0\.1:1"):
        swept(tmp_path / "x.zarr", client="tcp://127.0.0.1:1")
