"""Sweeps to a store: the same numbers as in memory, whatever the chunks, threads and accidents."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import games
import numpy as np
import pytest
import xarray
from stores import AXES, MODEL, plan, stored_digest, swept

import gametheory_crisis as gtc
from gametheory_crisis.cli.main import main
from gametheory_crisis.errors import ParameterError, StoreError, UnsupportedGame
from gametheory_crisis.sweeps.chunks import ChunkGrid, chunk_grid
from gametheory_crisis.sweeps.plan import grid_plan, sample_plan
from gametheory_crisis.sweeps.space import ParameterSpace
from gametheory_crisis.sweeps.store_layout import open_or_create
from gametheory_crisis.sweeps.stored import run_to_store
from gametheory_crisis.sweeps.sweep import run_plan


def same(stored: xarray.Dataset, memory: xarray.Dataset) -> bool:
    assert set(stored.variables) == set(memory.variables)
    return all(
        stored[name].dims == memory[name].dims
        and stored[name].values.astype(memory[name].dtype).tobytes()
        == memory[name].values.tobytes()
        for name in memory.data_vars
    )


@pytest.mark.parametrize(
    ("name", "axes"),
    [
        ("sixty_day_ultimatum", {"c_iran": (0, 0.6, 7), "T": (1, 5, 5), "threat": (0, 0.6, 70)}),
        ("beer_quiche", {"p": (0.05, 0.95, 23), "prey": (0.1, 2, 5)}),
        ("stag_hunt", {}),
        ("debs_monteiro", {}),
    ],
)
def test_a_store_holds_what_memory_would(tmp_path, name, axes):
    model = gtc.load(name)
    if not axes:
        first, second = (axis for axis in model.graph.map_axes)
        axes = {a.parameter: (float(a.low), float(a.high), 4) for a in (first, second)}
    grid = {key: np.linspace(*ends) for key, ends in axes.items()}
    stored = gtc.sweep(model, grid, store=tmp_path / "x.zarr", chunk=100)
    assert same(stored, gtc.sweep(model, grid))
    assert same(xarray.open_zarr(tmp_path / "x.zarr"), gtc.sweep(model, grid))


@pytest.mark.parametrize("chunk", [7, 1 << 10, 1 << 14, 1 << 20])
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_numbers_depend_neither_on_chunks_nor_on_threads(tmp_path, chunk, threads):
    small = {"c_iran": np.linspace(0, 0.6, 7), "threat": np.linspace(0, 0.6, 70)}
    axes = small if chunk == 7 else AXES
    made = swept(tmp_path / "x.zarr", axes=axes, chunk=chunk, threads=threads)
    assert made.digest() == stored_digest(axes)


def test_shards_together_make_the_whole(tmp_path):
    path = tmp_path / "x.zarr"
    for part in (3, 1):
        made = swept(path, chunk=3000, shard=(part, 3))
    assert not made.is_complete()
    assert np.isin(np.unique(made.tally().status > 0), [False, True]).all()
    left = made.tally().status[0]
    assert left == sum(made.grid.size(k) for k in range(1, len(made.grid), 3))
    assert (xarray.open_zarr(path).status.values == 0).sum() == left
    made = swept(path, chunk=3000, shard=(2, 3))
    assert made.is_complete()
    assert made.digest() == stored_digest(AXES)


def test_counts_of_a_store_are_those_of_its_cells(tmp_path):
    made = swept(tmp_path / "x.zarr", chunk=3000)
    sweep = run_plan(plan())
    status = np.bincount(sweep.status.ravel(), minlength=7)
    assert made.tally().status.tolist() == status.tolist()
    for k in range(len(sweep.regimes)):
        assert made.tally().regime[k] == (sweep.regime == k).sum()
        assert made.tally().among[k] == (sweep.regimes_mask >> k & 1).sum()


def test_a_store_is_continued_only_when_asked(tmp_path):
    path = tmp_path / "x.zarr"
    swept(path)
    with pytest.raises(StoreError, match="exists; --resume continues it, --force replaces it"):
        swept(path)
    assert swept(path, resume=True).digest() == stored_digest(AXES)
    assert swept(path, force=True, chunk=5000).digest() == stored_digest(AXES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"axes": {**AXES, "threat": AXES["threat"] * 0.5}}, "has other axes or points"),
        ({"axes": {"threat": AXES["threat"]}}, "has other axes or points|other values"),
        ({"values": {"p": 0.6}}, "has other values of the parameters that are fixed"),
        ({"quantities": ("payoff",)}, "holds other quantities"),
    ],
)
def test_a_store_of_another_sweep_is_refused_and_untouched(tmp_path, change, words):
    path = tmp_path / "x.zarr"
    made = swept(path)
    with pytest.raises(StoreError, match=words):
        swept(path, resume=True, **change)
    assert made.digest() == stored_digest(AXES)


def test_a_store_of_another_version_or_file_is_refused(tmp_path):
    path = tmp_path / "x.zarr"
    swept(path)
    for key, value, words in (
        ("version", "0.0.0", "made by version 0.0.0"),
        ("model_digest", "00", "another version of the model's file"),
    ):
        copy = tmp_path / f"{key}.zarr"
        shutil.copytree(path, copy)
        metadata = json.loads((copy / "zarr.json").read_text())
        metadata["attributes"]["gametheory_crisis"][key] = value
        (copy / "zarr.json").write_text(json.dumps(metadata))
        with pytest.raises(StoreError, match=words):
            swept(copy, resume=True)


def test_force_replaces_nothing_but_a_sweep(tmp_path):
    path = tmp_path / "x.zarr"
    path.mkdir()
    (path / "precious").write_text("keep me")
    with pytest.raises(StoreError, match="not a store of a sweep"):
        swept(path, force=True)
    assert (path / "precious").read_text() == "keep me"
    file = tmp_path / "y.zarr"
    file.write_text("keep me too")
    with pytest.raises(StoreError, match="not a store of a sweep"):
        swept(file, force=True)
    assert file.read_text() == "keep me too"


def test_a_truncated_file_is_an_error_on_reading_and_mended_on_resuming(tmp_path):
    path = tmp_path / "x.zarr"
    swept(path, chunk=3000)
    victim = path / "payoff" / "c.0.1.0"
    os.truncate(victim, victim.stat().st_size // 2)
    with pytest.raises(StoreError, match="payoff: a file is damaged: remove it, and --resume"):
        open_or_create(path, plan(), resume=True).digest()
    mended = swept(path, resume=True)
    assert mended.damaged == 1
    assert mended.digest() == stored_digest(AXES)


def test_a_missing_file_of_a_done_chunk_is_mended_on_resuming(tmp_path):
    path = tmp_path / "x.zarr"
    swept(path, chunk=3000)
    (path / "regime" / "c.2.0").unlink()
    assert swept(path, resume=True).digest() == stored_digest(AXES)


def test_a_chunk_without_its_entry_is_computed_again(tmp_path):
    path = tmp_path / "x.zarr"
    swept(path, chunk=3000)
    for entry in (1, 3):
        (path / "progress" / "done" / f"c.{entry}.0").unlink()
    # What a killed process wrote of a chunk is of no account.
    shutil.copy(path / "regime" / "c.0.0", path / "regime" / "c.1.0")
    store = open_or_create(path, plan(), resume=True)
    assert store.pending() == [1, 3]
    assert swept(path, resume=True).digest() == stored_digest(AXES)


def test_what_killed_processes_leave_half_written_is_cleared_away(tmp_path):
    path = tmp_path / "x.zarr"
    swept(path, chunk=3000, shard=(1, 2))
    leftover = path / "regime" / f".{'0' * 32}.partial"
    leftover.write_bytes(b"half")
    swept(path, chunk=3000, shard=(2, 2))
    assert not list(path.rglob("*.partial"))
    assert not list(tmp_path.glob(".*"))


def test_samples_go_to_stores_and_are_the_same_for_the_same_seed(tmp_path):
    model = gtc.load(MODEL)
    space = ParameterSpace.of(model, {"c_iran": (0.0, 0.6), "T": (1, 30)})
    for seed in (0, 1):
        points = sample_plan(model, space, "sobol", 500, seed)
        run_to_store(points, tmp_path / f"{seed}.zarr", chunk=64)
    again = run_plan(sample_plan(model, space, "sobol", 500, 0)).to_xarray()
    stored = xarray.open_zarr(tmp_path / "0.zarr")
    assert same(stored, again)
    assert np.array_equal(stored.c_iran.values, again.c_iran.values)
    assert stored.c_iran.dims == ("sample",)
    other = xarray.open_zarr(tmp_path / "1.zarr")
    assert not np.array_equal(stored.c_iran.values, other.c_iran.values)


def test_chunks_cover_every_cell_once():
    grid = ChunkGrid((7, 10, 3), (2, 4, 3))
    seen = np.zeros(grid.shape, dtype=int)
    for number in range(len(grid)):
        seen[grid.box(number)] += 1
        assert seen[grid.box(number)].size == grid.size(number)
    assert (seen == 1).all()


def test_too_many_chunks_and_too_small_ones_are_refused():
    axes = {"c_iran": np.linspace(0, 0.6, 1000), "threat": np.linspace(0, 0.6, 1000)}
    large = grid_plan(gtc.load(MODEL), axes)
    with pytest.raises(ParameterError, match="chunks are too many files"):
        chunk_grid(large, 1)
    with pytest.raises(ParameterError, match="a chunk has at least one cell"):
        chunk_grid(large, 0)


def test_exactly_the_cells_that_fail_are_marked_and_hold_no_numbers(tmp_path):
    model = games.build(
        {
            "players": ["A", "B"],
            "parameters": {"a": {"value": 1, "range": [0, 9]}, "b": {"value": 1, "range": [0, 9]}},
            "assume": ["a < 8.9"],
            "game": {
                "choose": {
                    "player": "A",
                    "actions": {
                        "stay": games.end("peace", A="log(a) + b", B="a"),
                        "go": games.end("war", A="b", B="b"),
                    },
                }
            },
        }
    )
    rng = np.random.default_rng(0)
    a = np.where(rng.random(400) < 0.01, 0.0, rng.uniform(0.1, 8.8, 400))
    a[7], axes = 9.0, {"a": a, "b": rng.uniform(0, 9, 150)}
    ds = gtc.sweep(model, axes, store=tmp_path / "x.zarr", chunk=999)
    undefined, no_game = (np.broadcast_to(a[:, None] == end, ds.status.shape) for end in (0, 9))
    failed = undefined | no_game
    assert 0.005 < undefined.mean() < 0.02
    assert np.array_equal(ds.status.values == 5, undefined)
    assert np.array_equal(ds.status.values == 6, no_game)
    assert np.array_equal(ds.regime.values == -1, failed)
    assert (ds.regimes.values[failed] == 0).all()
    best = np.where(failed, np.nan, np.log(np.where(a > 0, a, 1))[:, None].clip(0) + axes["b"])
    assert np.allclose(ds.payoff.sel(player="A").values, best, rtol=1e-15, equal_nan=True)
    assert np.isnan(ds.probability.values[:, failed]).all()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(StoreError, match="cannot be read or written: Permission denied"):
        swept(Path(tmp_path / "locked" / "x.zarr"))


@pytest.mark.parametrize("name", ["c_iran", "outcome"])
@pytest.mark.parametrize("damage", ["cut", "gone", "flipped"])
def test_damaged_coordinates_are_mended_on_resuming(tmp_path, name, damage):
    path = tmp_path / "x.zarr"
    small = {"c_iran": np.linspace(0, 0.6, 5), "threat": np.linspace(0, 0.6, 6)}
    whole = xarray.open_zarr(swept(path, axes=small).path).load()
    victim = path / name / "c" / "0"
    content = bytearray(victim.read_bytes())
    content[-1] ^= 1
    victim.write_bytes(content[:9] if damage == "cut" else content)
    if damage == "gone":
        victim.unlink()
    swept(path, axes=small, resume=True)
    assert xarray.open_zarr(path).load().identical(whole)


@pytest.mark.parametrize("content", [b"", b"garbage", bytes(112)])
def test_a_damaged_entry_is_that_of_a_chunk_not_done(tmp_path, content):
    path = tmp_path / "x.zarr"
    swept(path, chunk=3000)
    (path / "progress" / "done" / "c.2.0").write_bytes(content)
    assert open_or_create(path, plan(), resume=True).pending() == [2]
    made = swept(path, resume=True)
    assert made.tally().status.sum() == plan().size
    assert made.digest() == stored_digest(AXES)


@pytest.mark.parametrize("name", ["regime", "progress/done"])
def test_damaged_metadata_is_said(tmp_path, name):
    path = tmp_path / "x.zarr"
    swept(path)
    (path / name / "zarr.json").write_text("{")
    with pytest.raises(StoreError, match="the store's metadata is damaged"):
        swept(path, resume=True)


def test_axes_in_another_order_are_another_sweep(tmp_path):
    values = np.linspace(0, 0.6, 20)
    swept(tmp_path / "x.zarr", axes={"c_iran": values, "threat": values})
    with pytest.raises(StoreError, match="has other axes or points"):
        swept(tmp_path / "x.zarr", axes={"threat": values, "c_iran": values}, resume=True)


def test_what_cannot_be_solved_leaves_no_store(tmp_path):
    path = tmp_path / "x.zarr"
    for error, options in (
        (UnsupportedGame, {"select": "risk"}),
        (ParameterError, {"select": "best"}),
        (ParameterError, {"specialise": "sometimes"}),
    ):
        with pytest.raises(error):
            gtc.sweep(gtc.load(MODEL), AXES, store=path, **options)
    assert not path.exists()


def test_a_store_is_not_continued_and_replaced_at_once(tmp_path):
    path = tmp_path / "x.zarr"
    made = swept(path)
    for options in ({"resume": True}, {"shard": (1, 2)}):
        with pytest.raises(ParameterError, match="replaced at once"):
            swept(path, force=True, **options)
    assert made.is_complete()


def test_nothing_is_written_to_a_store_that_was_replaced(tmp_path):
    path = tmp_path / "x.zarr"
    first = open_or_create(path, plan(), chunk=3000)
    cells = first.plan.solve(first.grid.box(0))
    second = open_or_create(path, plan(values={"p": 0.6}), chunk=3000, force=True)
    with pytest.raises(StoreError, match="removed or replaced while it was being written"):
        first.write(0, cells)
    assert len(second.pending()) == len(second.grid)
    assert not (path / "regime" / "c.0.0").exists()
    shutil.rmtree(path)
    with pytest.raises(StoreError, match="removed or replaced"):
        first.write(0, cells)
    assert not path.exists()


def test_a_process_that_is_cleared_up_after_goes_on(tmp_path, monkeypatch):
    made = swept(tmp_path / "x.zarr", chunk=3000)
    cells = made.plan.solve(made.grid.box(0))
    replace = os.replace

    def late(source, target):
        made.tidy()
        replace(source, target)

    monkeypatch.setattr(os, "replace", late)
    made.write(0, cells)
    assert made.digest() == stored_digest(AXES)


def test_a_link_to_a_store_outlives_its_replacement(tmp_path):
    (tmp_path / "x.zarr").symlink_to(tmp_path / "y.zarr")
    for force in (False, True):
        swept(tmp_path / "x.zarr", force=force)
    assert (tmp_path / "x.zarr").is_symlink()
    assert (tmp_path / "y.zarr").is_dir()
    assert not list(tmp_path.glob(".*"))


def test_folders_that_a_killed_creation_left_are_cleared_away(tmp_path):
    for ending in ("new", "old"):
        (tmp_path / f".[x].zarr.0123.{ending}").mkdir()
        (tmp_path / f".x.zarr.0123.{ending}").mkdir()
    swept(tmp_path / "[x].zarr")
    assert sorted(path.name for path in tmp_path.glob(".*")) == [
        ".x.zarr.0123.new",
        ".x.zarr.0123.old",
    ]


def test_a_sample_that_no_memory_holds_is_refused():
    space = ParameterSpace.of(gtc.load(MODEL), {"c_iran": (0.0, 0.6), "threat": (0.0, 0.6)})
    with pytest.raises(ParameterError, match="2 parameters do not fit in memory; at most 200,000"):
        sample_plan(space=space, model=gtc.load(MODEL), design="random", num=10**9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--resume", "--force", "-o", "x.zarr"], "--resume continues a store, --force replaces"),
        (["--shard", "1/2", "--force", "-o", "x.zarr"], "--shard continues a store"),
        (["--seed", "7"], "--seed is for samples"),
    ],
)
def test_options_that_contradict_are_refused(tmp_path, monkeypatch, capsys, options, words):
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", MODEL, "-a", "c_iran=0:0.6:3", *options]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert not list(tmp_path.iterdir())


def test_a_sample_too_large_for_memory_is_refused(capsys):
    assert main(["sweep", MODEL, "--sample", "lhs:999999999"]) == 2
    assert "999,999,999 points do not fit in memory" in capsys.readouterr().err
