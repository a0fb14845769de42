"""Maps filled in from few cells: what they find, what they cost, and what they never do."""

from __future__ import annotations

from typing import Any

import games
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.model import Model, load
from gametheory_crisis.sweeps.adaptive import Adaptive, run_adaptive
from gametheory_crisis.sweeps.refinement import Labels, refine
from gametheory_crisis.sweeps.sweep import Sweep, run_sweep

MAPS = ("regime", "regimes_mask", "status")
TOUCHING = np.ones((3, 3))


def plane(left: str, right: str, **more: Any) -> Model:
    """One player's choice, whose payoffs depend on a place in a plane."""
    actions = {"left": games.end("one", A=left), "right": games.end("two", A=right)}
    return games.build(
        {
            "players": ["A"],
            "parameters": {
                "x": {"value": 0, "range": [-1, 1]},
                "y": {"value": 0, "range": [-1, 1]},
            },
            "game": {"n": {"player": "A", "actions": actions}},
            **more,
        }
    )


def square(rows: int, columns: int) -> dict[str, NDArray[np.float64]]:
    return {"y": np.linspace(-1, 1, rows), "x": np.linspace(-1, 1, columns)}


def own_axes(model: Model, rows: int, columns: int) -> dict[str, NDArray[np.float64]]:
    """The axes of the model's own map, the vertical one first."""
    assert model.graph.map_axes is not None
    across, upwards = model.graph.map_axes
    return {
        axis.parameter: np.linspace(float(axis.low), float(axis.high), num)
        for axis, num in ((upwards, rows), (across, columns))
    }


def kinds(sweep: Sweep) -> NDArray[np.int64]:
    """One number for regime, regimes and status of every cell."""
    regime, mask, status = (getattr(sweep, name).astype(np.int64) for name in MAPS)
    numbers: NDArray[np.int64] = regime + 1 + (status << 8) + (mask << 16)
    return numbers


def in_regions_with(solved: NDArray[np.bool_], truth: NDArray[Any]) -> NDArray[np.bool_]:
    """Cells from which like cells that touch lead to a solved one."""
    held = np.zeros(truth.shape, dtype=np.bool_)
    for kind in np.unique(truth):
        regions, _ = ndimage.label(truth == kind, TOUCHING)
        held |= np.isin(regions, np.setdiff1d(regions[solved], 0))
    return held


def check_promise(found: Adaptive, truth: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a map differs from the truth, once it is known to differ as it may."""
    wrong: NDArray[np.bool_] = kinds(found.sweep) != truth
    assert not (wrong & in_regions_with(found.evaluated, truth)).any()
    return wrong


# Grids of labels


def filled(truth: Labels, strides: tuple[int, int]) -> tuple[Labels, NDArray[np.bool_]]:
    """A grid refined from its labels."""
    return refine(truth.shape, strides, lambda rows, columns: truth[rows, columns])


@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(2, 40), st.integers(2, 40)),
    st.tuples(st.sampled_from([1, 2, 4, 8, 16]), st.sampled_from([1, 2, 4, 8, 16])),
    st.floats(0.3, 5),
)
def test_every_region_with_a_known_cell_is_exact(
    seed: int, shape: tuple[int, int], strides: tuple[int, int], grain: float
) -> None:
    field = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), grain)
    truth = np.digitize(field, np.quantile(field, [0.1, 0.5, 0.93])).astype(np.int32)
    asked = np.zeros(shape, dtype=np.int64)

    def labelling(rows: Any, columns: Any) -> Any:
        np.add.at(asked, (rows, columns), 1)
        return truth[rows, columns]

    labels, known = refine(shape, strides, labelling)
    assert np.array_equal(asked, known), "asked once, and for nothing but what it says"
    assert not ((labels != truth) & in_regions_with(known, truth)).any()
    alike = ndimage.minimum_filter(labels, 3) == ndimage.maximum_filter(labels, 3)
    assert known[~alike].all(), "what lies beside another label is known"
    assert known[:: strides[0], :: strides[1]].all()
    assert known[-1, :: strides[1]].all()
    assert known[:: strides[0], -1].all()


@pytest.mark.parametrize("offset", [3, 6, 9, 12])
def test_straight_bands_of_three_cells_are_found_whole(offset: int) -> None:
    rows, columns = np.indices((512, 512))
    for distance in (
        rows - 200 - offset,
        columns - 200 - offset,
        rows - columns - offset,
        rows + columns - 496 - offset,
    ):
        band = (np.abs(distance) <= 1).astype(np.int32)
        labels, known = filled(band, (16, 16))
        assert np.array_equal(labels, band)
        assert known.mean() < 0.05


def test_a_rectangle_as_large_as_the_strides_is_found_wherever_it_lies() -> None:
    for first in range(40):
        truth = np.zeros((60, 57), dtype=np.int32)
        truth[first : first + 8, 39 - first : 43 - first] = 1
        labels, _ = filled(truth, (8, 4))
        assert np.array_equal(labels, truth)


def test_noise_is_labelled_cell_by_cell() -> None:
    noise = np.random.default_rng(0).integers(0, 1000, (70, 90)).astype(np.int32)
    labels, known = filled(noise, (16, 16))
    assert known.all()
    assert np.array_equal(labels, noise)


# Models


@pytest.mark.parametrize("name", ["sixty_day_ultimatum", "ally_restraint", "fearon_ultimatum"])
def test_large_maps_of_shipped_models_equal_the_sweep_at_a_twentieth_of_its_cells(
    name: str,
) -> None:
    model = load(name)
    axes = own_axes(model, 1024, 1024)
    found = run_adaptive(model, axes)
    assert not check_promise(found, kinds(run_sweep(model, axes, quantities=()))).any()
    assert found.solved < 0.05 * 1024**2


def test_a_signalling_game_is_mapped_exactly() -> None:
    model = load("deceptive_diplomacy")
    axes = own_axes(model, 80, 100)
    found = run_adaptive(model, axes)
    truth = kinds(run_sweep(model, axes, quantities=()))
    assert not check_promise(found, truth).any()
    assert len(np.unique(truth)) > 4
    assert run_adaptive(model, own_axes(model, 1024, 1024)).solved < 0.05 * 1024**2


def test_a_ladder_is_mapped_but_for_scattered_ties() -> None:
    model = load("escalation_ladder")
    axes = own_axes(model, 50, 60)
    found, truth = run_adaptive(model, axes), run_sweep(model, axes, quantities=())
    missed = check_promise(found, kinds(truth))
    assert np.array_equal(found.sweep.regime, truth.regime)
    assert (truth.status[missed] == 2).all()
    assert not ndimage.binary_erosion(missed, np.ones((2, 2))).any()


CIRCLE = ("1/3 - x**2 - y**2", "0")
BAND = ("3/1000 - abs(x - 3/10 * y - 1/50)", "0")


@pytest.mark.parametrize("payoffs", [CIRCLE, BAND], ids=["circle", "band"])
def test_curved_and_narrow_regions_are_mapped_exactly(payoffs: tuple[str, str]) -> None:
    model, axes = plane(*payoffs), square(1024, 1000)
    found = run_adaptive(model, axes)
    truth = kinds(run_sweep(model, axes, quantities=()))
    assert len(np.unique(truth)) > 1
    assert not check_promise(found, truth).any()
    assert found.solved < 0.05 * 1024**2


def test_cells_without_a_solution_are_kinds_of_their_own() -> None:
    model = plane("1 / max(x, 0)", "y", assume=["x + y < 1"])
    axes = square(200, 300)
    found = run_adaptive(model, axes)
    assert not check_promise(found, kinds(run_sweep(model, axes, quantities=()))).any()
    assert set(np.unique(found.sweep.status)) >= {1, 5, 6}
    assert (found.sweep.regime[found.sweep.status >= 5] == -1).all()


@pytest.mark.parametrize("cells", [257, 251, 263])
def test_a_tie_between_two_regions_is_found_and_is_one_cell_wide(cells: int) -> None:
    found = run_adaptive(plane("0", "x"), square(cells, cells))
    tied = found.sweep.status == 3
    assert np.array_equal(np.flatnonzero(tied.any(axis=0)), [cells // 2])
    assert tied[:, cells // 2].all()
    assert found.evaluated[tied].all()
    assert (found.sweep.regimes_mask[tied] == 0b11).all()
    assert found.solved < 0.06 * cells**2


@pytest.mark.parametrize("cells", [257, 251])
def test_a_tie_within_a_region_is_never_filled_into_cells_that_do_not_tie(cells: int) -> None:
    model = plane("0", "x - y", regimes={"any": "one + two == 1"})
    axes = square(cells, cells)
    found, truth = run_adaptive(model, axes), run_sweep(model, axes, quantities=())
    check_promise(found, kinds(truth))
    assert (truth.status[found.sweep.status == 2] == 2).all()
    assert found.evaluated[found.sweep.status == 2].all()
    assert (truth.status == 2).sum() == cells


@pytest.mark.parametrize(
    "shape", [(2, 2), (2, 300), (300, 2), (3, 17), (16, 33), (37, 1000)], ids=str
)
def test_any_shape_is_covered(shape: tuple[int, int]) -> None:
    model, axes = plane(*CIRCLE), square(*shape)
    found = run_adaptive(model, axes)
    assert not check_promise(found, kinds(run_sweep(model, axes, quantities=()))).any()
    assert found.sweep.shape == found.evaluated.shape == shape
    assert found.evaluated[:: shape[0] - 1, :: shape[1] - 1].all()


def test_a_transposed_map_is_the_map_transposed() -> None:
    model, axes = plane(*CIRCLE), square(90, 130)
    there = run_adaptive(model, axes)
    back = run_adaptive(model, {name: axes[name] for name in reversed(axes)})
    assert list(back.sweep.axes) == ["x", "y"]
    assert np.array_equal(there.evaluated, back.evaluated.T)
    for name in MAPS:
        assert np.array_equal(getattr(there.sweep, name), getattr(back.sweep, name).T)


def test_threads_do_not_change_a_map_and_progress_only_grows() -> None:
    model, axes = plane(*CIRCLE), square(300, 300)
    seen: list[tuple[int, int]] = []
    one = run_adaptive(model, axes, threads=1, progress=lambda *step: seen.append(step))
    two = run_adaptive(model, axes, threads=2)
    assert np.array_equal(one.evaluated, two.evaluated)
    assert np.array_equal(kinds(one.sweep), kinds(two.sweep))
    assert all(done <= needed for done, needed in seen)
    assert seen == sorted(seen)
    assert [needed for _, needed in seen] == sorted(needed for _, needed in seen)
    assert seen[-1] == (one.solved, one.solved)


@pytest.mark.parametrize("select", ["payoff", "risk"])
def test_a_selection_rule_decides_which_regime_a_map_shows(select: str) -> None:
    model = load("stag_hunt")
    axes = own_axes(model, 100, 110)
    found = run_adaptive(model, axes, select=select)
    truth = run_sweep(model, axes, quantities=(), select=select)
    assert not check_promise(found, kinds(truth)).any()
    assert np.bincount(truth.regime.ravel()).min() > 100


def test_a_map_is_a_sweep_without_quantities() -> None:
    model, axes = load("sixty_day_ultimatum"), {"threat": [0, 0.2, 0.6], "c_iran": [0, 0.3]}
    found = run_adaptive(model, axes, {"p": 0.4}).sweep
    plain = run_sweep(model, axes, {"p": 0.4}, quantities=())
    for name, expected in vars(plain).items():
        value = getattr(found, name)
        if isinstance(expected, np.ndarray):
            assert (value.dtype, value.shape) == (expected.dtype, expected.shape), name
            assert np.array_equal(value, expected), name
        elif name != "axes":
            assert value == expected, name
    assert [list(values) for values in found.axes.values()] == [[0, 0.2, 0.6], [0, 0.3]]


def test_the_guarantee_says_what_was_solved() -> None:
    found = run_adaptive(plane(*CIRCLE), square(200, 70), start=32)
    assert found.guarantee.startswith(f"{found.solved:,} of 14,000 cells solved (")
    assert "if it holds 16 x 8 cells" in found.guarantee
    assert found.strides == (16, 8)
    assert found.evaluated[::16, ::8].all()
    whole = run_adaptive(plane(*CIRCLE), square(20, 30), start=1)
    assert whole.evaluated.all()
    assert whole.guarantee == "All 600 cells solved."


def test_a_start_beyond_the_map_leaves_it_some_blocks() -> None:
    found = run_adaptive(plane("1", "0"), square(33, 17), start=2**40)
    assert found.strides == (4, 2)
    assert found.solved == 9 * 9 + 8 * 8


@pytest.mark.parametrize(
    ("axes", "start", "message"),
    [
        ({"x": [0, 1]}, 16, "has two axes, not 1"),
        ({"x": [0, 1], "y": [0]}, 16, "'y' of an adaptive map needs two values or more"),
        ({"x": [0, 1], "y": [0, 2]}, 16, "outside its range"),
        ({"x": [0, 1], "z": [0, 1]}, 16, "unknown parameter 'z'"),
        ({"x": [0, 1], "y": [0, 1]}, 12, "a power of two, not 12"),
        ({"x": [0, 1], "y": [0, 1]}, 0, "a power of two, not 0"),
        ({"x": [0, 1], "y": [0, 1]}, 2.0, r"a power of two, not 2\.0"),
    ],
)
def test_what_cannot_be_mapped_is_refused(axes: Any, start: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        run_adaptive(plane("0", "x"), axes, start=start)
