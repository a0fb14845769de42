"""Sweeps: statuses, shapes, threads and chunks, and agreement with one point at a time."""

from __future__ import annotations

import pickle
from fractions import Fraction as F
from typing import Any

import games
import numpy as np
import pytest

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.program import run_program
from gametheory_crisis.model import Model
from gametheory_crisis.solvers import block_induction
from gametheory_crisis.solvers.block_induction import BlockSolver
from gametheory_crisis.sweeps.sweep import Sweep, run_sweep

ARRAYS = ("regime", "regimes_mask", "status", "equilibria", "expected_day", "payoff", "probability")


def bits(result: Any) -> list[bytes]:
    return [np.ascontiguousarray(getattr(result, name)).tobytes() for name in ARRAYS]


def standoff() -> Model:
    """A deadline, an offer each day, a hazard, and a choice once the days are over."""
    return games.build(
        {
            "players": ["A", "B"],
            "parameters": {
                "T": {"value": 5, "range": [1, 40], "integer": True},
                "h": {"value": "1/10", "range": [0, 1]},
                "c": {"value": "1/4", "range": [-1, 1]},
                "d": {"value": "9/10", "range": [0, 1]},
            },
            "clock": {
                "deadline": "T",
                "expires": "last",
                "discount": {"A": "d", "B": 1},
                "breakdown": {"hazard": "h", "to": games.end("war", A="-c", B="-c")},
            },
            "game": {
                "demand": {"player": "A", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {
                    "player": "B",
                    "actions": {
                        "accept": games.end("deal", A="2/5 - x", B="x"),
                        "reject": {"next": "demand", "days": 1},
                    },
                },
                "last": {
                    "player": "A",
                    "actions": {
                        "hold": games.end("peace", A=0, B="1/2"),
                        "strike": games.end("war", A="1/3 - c", B="sqrt(1 + c) - 1"),
                    },
                },
            },
            "outcomes": {"deal": {}, "peace": {}, "war": {}},
        }
    )


GRID: dict[str, Any] = {
    "c": np.linspace(-0.5, 0.9, 71),
    "h": np.linspace(0, 0.4, 5),
    "T": np.array([1, 7, 3]),
}


def test_a_sweep_is_one_point_after_the_other_bit_for_bit() -> None:
    model = standoff()
    result = run_sweep(model, GRID)
    mesh = np.meshgrid(*GRID.values(), indexing="ij")
    columns = dict(zip(GRID, (m.ravel() for m in mesh), strict=True)) | {
        "d": np.full(mesh[0].size, 0.9)
    }
    theta = np.column_stack([columns[name] for name in model.parameters])
    cells = model.solve_batch(theta)
    for name in ARRAYS:
        swept, solved = getattr(result, name), getattr(cells, name)
        assert swept.tobytes() == solved.reshape(swept.shape).tobytes(), name
    assert (result.status == 1).mean() > 0.99
    assert len(np.unique(result.regime)) == 3


def test_the_order_of_the_axes_only_transposes_the_result() -> None:
    model = standoff()
    there = run_sweep(model, GRID)
    back = run_sweep(model, {name: GRID[name] for name in reversed(GRID)})
    for name in ARRAYS:
        a, b = getattr(there, name), getattr(back, name)
        lead = a.ndim - 3
        order = (*range(lead), lead + 2, lead + 1, lead)
        assert np.array_equal(a, b.transpose(order), equal_nan=True), name


def test_threads_and_chunks_do_not_change_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    model = standoff()
    theta = np.column_stack(
        [
            np.arange(900) % 9 + 1,
            np.linspace(0, 0.4, 900),
            np.linspace(-0.5, 0.9, 900),
            np.full(900, 0.9),
        ]
    )
    expected, batch = (
        bits(run_sweep(model, GRID, threads=1)),
        bits(model.solve_batch(theta, threads=1)),
    )
    for chunk in (1 << 16, 300, 7):
        monkeypatch.setattr(block_induction, "CHUNK", chunk)
        for threads in (1, 2):
            assert bits(run_sweep(model, GRID, threads=threads)) == expected
            assert bits(model.solve_batch(theta, threads=threads)) == batch


def test_deadlines_that_differ_from_cell_to_cell_are_solved_each_for_itself() -> None:
    model = standoff()
    solver = model.block_solver
    assert isinstance(solver, BlockSolver)
    days = np.arange(1.0, 41.0)
    cells = model.solve_batch([[t, 0.1, 0.05, 0.9] for t in days])
    for k, t in enumerate(days):
        expected = run_program(solver.program, {"T": t, "h": 0.1, "c": 0.05, "d": 0.9})
        assert cells.payoff[:, 0, k].tolist() == expected[:2]
        assert cells.probability[:, 0, k].tolist() == expected[2:5]


@pytest.mark.parametrize("point", [(3, "1/10", "1/4"), (5, 0, "2/5"), (2, "1/2", "-1/4")])
def test_a_cell_agrees_with_the_solution_at_its_point(point: tuple[Any, ...]) -> None:
    model = standoff()
    values = dict(zip(("T", "h", "c"), map(F, point), strict=True))
    first = model.solve(values).equilibria[0]
    cells = model.solve_batch([[*map(float, values.values()), 0.9]])
    assert cells.payoff[:, 0, 0] == pytest.approx(list(first.payoffs.values()), abs=1e-12)
    assert model.regimes[cells.regime[0, 0]] == first.regime


# Statuses


def emptied(result: Any, index: tuple[Any, ...]) -> bool:
    """Whether a failed cell holds no numbers."""
    numbers = [
        result.expected_day[index],
        *result.payoff[(..., *index)],
        *result.probability[(..., *index)],
    ]
    return bool(
        np.isnan(numbers).all()
        and result.regime[index] == -1
        and result.regimes_mask[index] == 0
        and result.equilibria[index] == 0
    )


def lone_choice(left: Any, right: Any, **more: Any) -> Model:
    actions = {"left": games.end("one", A=left), "right": games.end("two", A=right)}
    return games.build(
        {
            "players": ["A"],
            "parameters": {"c": {"value": 1, "range": [-2, 2]}},
            "game": {"n": {"player": "A", "actions": actions}},
            **more,
        }
    )


def test_a_tie_shows_every_regime_that_it_allows() -> None:
    result = run_sweep(lone_choice(0, "c"), {"c": [-1, 0, 1]})
    assert result.status.tolist() == [1, 3, 1]
    assert result.regime.tolist() == [0, 0, 1]
    assert result.regimes_mask.tolist() == [0b01, 0b11, 0b10]
    assert result.equilibria.tolist() == [1, 2, 1]


def test_a_tie_within_one_regime_is_a_tie() -> None:
    regimes = {"any": "one + two == 1"}
    result = run_sweep(lone_choice(0, "c", regimes=regimes), {"c": [0]})
    assert (result.status[0], result.regimes_mask[0]) == (2, 1)


def test_a_payoff_that_is_not_finite_empties_its_cell_and_no_other() -> None:
    result = run_sweep(lone_choice(0, "1 / c"), {"c": [-1, 0, 1]})
    assert result.status.tolist() == [1, 5, 1]
    assert emptied(result, (1,))
    assert result.payoff[0].tolist()[::2] == [0.0, 1.0]


def test_a_broken_assumption_is_no_game() -> None:
    result = run_sweep(lone_choice(0, "c", assume=["c < 1"]), {"c": [0.5, 1, 2]})
    assert result.status.tolist() == [1, 6, 6]
    assert emptied(result, (1,))


def test_a_probability_beyond_one_is_no_game() -> None:
    chance = {
        "chance": {"e": "c", "f": "1 - c"},
        "next": {"e": games.end("one", A=1), "f": games.end("two", A=0)},
    }
    data = {"players": ["A"], "parameters": {"c": "1/2"}, "game": {"n": chance}}
    result = run_sweep(games.build(data), {"c": [-0.1, 0, 0.5, 1, 1.1]})
    assert result.status.tolist() == [6, 1, 1, 1, 6]
    assert emptied(result, (0,))
    assert result.payoff[0, 1:4].tolist() == [0, 0.5, 1]


@pytest.mark.parametrize("swept", ["cells", "rows"])
def test_a_deadline_that_is_no_number_of_days_is_no_game(swept: str) -> None:
    data = {
        "players": ["A"],
        "parameters": {"T": 2, "z": 0},
        "clock": {"deadline": "T", "expires": "over"},
        "game": {
            "n": {"player": "A", "actions": {"wait": {"next": "n", "days": 1}}},
            "over": games.end("over", A="T + z"),
        },
    }
    deadlines = np.array([2, 0, 2.5, -1, 1, 3])
    axes: dict[str, Any] = {"T": deadlines, "z": np.zeros(80 if swept == "rows" else 1)}
    result = run_sweep(games.build(data), axes)
    assert (result.status == np.array([1, 6, 6, 6, 1, 1])[:, None]).all()
    assert np.array_equal(result.payoff[0, :, 0][[0, 4, 5]], [2, 1, 3])
    assert emptied(result, (1, 0))


def test_points_outside_a_range_are_no_game_and_do_not_touch_the_others() -> None:
    model = lone_choice(0, "c")
    cells = model.solve_batch([[1], [3], [np.nan], [np.inf], [-1]])
    assert cells.status[0].tolist() == [1, 6, 6, 6, 1]
    assert all(emptied(cells, (0, k)) for k in (1, 2, 3))
    assert cells.payoff[0, 0].tolist()[::4] == [1.0, 0.0]
    with pytest.raises(ParameterError, match="outside its range"):
        run_sweep(model, {"c": [0, 3]})


def test_a_stage_is_mixed_in_the_cells_without_a_pure_equilibrium_only() -> None:
    rows = [("c", -1), ("c - 2", 1), (-1, 1), (1, -1)]
    data = games.stage("RC", (2, 2), rows) | {"parameters": {"c": 1}}
    result = run_sweep(games.build(data), {"c": [1, 4]})
    assert result.status.tolist() == [1, 1]
    assert result.probability[:, 0].tolist() == [0.25] * 4
    assert sorted(result.probability[:, 1]) == [0, 0, 0, 1]


def test_more_regimes_than_bits_of_a_byte_are_told_apart() -> None:
    actions = {f"a{k}": games.end(f"o{k}", A=f"-(c - {k}) ** 2") for k in range(12)}
    data = {
        "players": ["A"],
        "parameters": {"c": 1},
        "game": {"n": {"player": "A", "actions": actions}},
    }
    result = run_sweep(games.build(data), {"c": np.arange(12.0)})
    assert result.regime.tolist() == list(range(12))
    assert result.regimes_mask.tolist() == [1 << k for k in range(12)]


# What is stored


def test_only_what_is_asked_for_is_stored() -> None:
    model = standoff()
    whole, bare = run_sweep(model, GRID), run_sweep(model, GRID, quantities=())
    assert all(getattr(bare, name).size == 0 for name in ARRAYS[3:])
    for name in ("regime", "regimes_mask", "status"):
        assert np.array_equal(getattr(whole, name), getattr(bare, name))
    payoffs = run_sweep(model, GRID, quantities=("payoff",))
    assert np.array_equal(payoffs.payoff, whole.payoff)
    assert payoffs.probability.size == 0


def test_a_sweep_survives_pickling() -> None:
    result = run_sweep(standoff(), GRID)
    again = pickle.loads(pickle.dumps(result))
    assert isinstance(again, Sweep)
    assert bits(again) == bits(result)
    assert again.shape == result.shape == (71, 5, 3)


def test_solving_does_not_change_what_it_is_given() -> None:
    model = standoff()
    theta = np.array([[5.0, 0.1, 0.25, 0.9], [5.5, 0.1, 0.25, 0.9]])
    before = theta.copy()
    theta.setflags(write=False)
    assert model.solve_batch(theta).status[0].tolist() == [1, 6]
    assert np.array_equal(theta, before)
    axis = np.linspace(0, 0.4, 5)
    axis.setflags(write=False)
    assert run_sweep(model, {"h": axis}).status.tolist() == [1] * 5
