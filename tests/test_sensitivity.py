"""Sensitivity: closed forms, agreement with SALib, points without a solution, seeds, profiles."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import games
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import gametheory_crisis as gtc
from gametheory_crisis.analysis.sensitivity import solving
from gametheory_crisis.analysis.sensitivity.measures import measures_of
from gametheory_crisis.analysis.sensitivity.sobol_indices import intervals, sobol_indices, terms
from gametheory_crisis.analysis.sensitivity.trajectories import elementary_effects, trajectories
from gametheory_crisis.errors import ParameterError, SolverError
from gametheory_crisis.model import Model
from gametheory_crisis.sweeps.space import draw

Floats = NDArray[np.float64]

UNIT = {"value": "1/2", "range": [0, 1]}


# Arrays with indices in closed form


def ishigami(x: Floats) -> Floats:
    """Ishigami & Homma 1990, with a = 7 and b = 0.1, on the unit cube."""
    u, v, w = math.pi * (2 * x - 1)
    return np.asarray(np.sin(u) + 7 * np.sin(v) ** 2 + 0.1 * w**4 * np.sin(u))


def ishigami_indices() -> tuple[list[float], list[float]]:
    a, b, pi4 = 7.0, 0.1, math.pi**4
    first = [(1 + b * pi4 / 5) ** 2 / 2, a**2 / 8, 0.0]
    together = 8 * (b * pi4) ** 2 / 225
    whole = sum(first) + together
    total = [first[0] + together, first[1], together]
    return [part / whole for part in first], [part / whole for part in total]


G = np.array([0.0, 1.0, 4.5, 9.0, 99.0])


def g_function(x: Floats) -> Floats:
    """Sobol's g-function (Saltelli & Sobol 1995)."""
    factors = (np.abs(4 * x - 2) + G[:, None]) / (1 + G[:, None])
    return np.asarray(factors.prod(axis=0))


def g_indices() -> tuple[list[float], list[float]]:
    parts = 1 / (3 * (1 + G) ** 2)
    whole = np.prod(1 + parts) - 1
    return (parts / whole).tolist(), (parts * np.prod(1 + parts) / (1 + parts) / whole).tolist()


def evaluate(function: Callable[[Floats], Floats], d: int, n: int, seed: int = 0) -> Floats:
    """A function at A, B and A with one column of B, float64 (2 + d, n)."""
    a, b = np.split(draw("sobol", n, 2 * d, seed).T, 2)
    mixed = []
    for i in range(d):
        x = a.copy()
        x[i] = b[i]
        mixed.append(function(x))
    return np.stack([function(a), function(b), *mixed])


CASES = [(ishigami, 3, ishigami_indices()), (g_function, 5, g_indices())]


@pytest.mark.parametrize(("function", "d", "expected"), CASES)
def test_indices_are_those_of_the_closed_form(
    function: Callable[[Floats], Floats], d: int, expected: tuple[list[float], list[float]]
) -> None:
    f = evaluate(function, d, 1 << 14)
    first, total = sobol_indices(f[0], f[1], f[2:])
    assert first.tolist() == pytest.approx(expected[0], abs=0.004)
    assert total.tolist() == pytest.approx(expected[1], abs=0.004)


@pytest.mark.parametrize(("function", "d", "expected"), CASES)
def test_intervals_hold_the_closed_form_and_shrink_with_more_rows(
    function: Callable[[Floats], Floats], d: int, expected: tuple[list[float], list[float]]
) -> None:
    widths = []
    for n in (1024, 8192):
        sample = evaluate(function, d, n)
        ends = intervals(terms([sample]), 0.99, np.random.default_rng(1))
        assert ends.shape == (2, d, 2)
        slack = 1e-3
        assert (ends[..., 0] <= np.array(expected) + slack).all()
        assert (ends[..., 1] >= np.array(expected) - slack).all()
        widths.append(np.diff(ends).max())
    assert widths[1] < 0.4 * widths[0]


def test_groups_of_rows_leave_indices_and_the_size_of_intervals() -> None:
    generator = np.random.default_rng(3)
    a, b = generator.random((2, 3, 3000))
    sample = np.stack([ishigami(x) for x in (a, b, *(_mix(a, b, i) for i in range(3)))])
    grouped, single = terms([sample], groups=300), terms([sample], groups=3000)
    ones = [np.ones((1, len(one.rows))) for one in (grouped, single)]
    assert np.allclose(grouped.indices(ones[0]), single.indices(ones[1]), rtol=0, atol=1e-12)
    widths = [
        np.diff(intervals(one, 0.9, np.random.default_rng(1)))[..., 0] for one in (grouped, single)
    ]
    assert np.allclose(widths[0], widths[1], rtol=0.25)


def _mix(a: Floats, b: Floats, i: int) -> Floats:
    x = a.copy()
    x[i] = b[i]
    return x


def test_indices_do_not_depend_on_the_unit_or_the_zero_of_a_quantity() -> None:
    f = evaluate(ishigami, 3, 1024)
    other = -1e-6 * f + 5
    for found, moved in zip(
        sobol_indices(f[0], f[1], f[2:]), sobol_indices(other[0], other[1], other[2:]), strict=True
    ):
        assert np.allclose(found, moved, rtol=0, atol=1e-8)


def test_a_permutation_of_parameters_permutes_the_indices() -> None:
    f = evaluate(g_function, 5, 512)
    order = [3, 0, 4, 1, 2]
    there, back = sobol_indices(f[0], f[1], f[2:]), sobol_indices(f[0], f[1], f[2:][order])
    for found, permuted in zip(there, back, strict=True):
        assert np.allclose(found[order], permuted, rtol=0, atol=1e-13)


# SALib


@pytest.mark.parametrize(("function", "d", "expected"), CASES)
def test_indices_are_those_of_salib_on_the_same_sample(
    function: Callable[[Floats], Floats], d: int, expected: Any
) -> None:
    oracle = pytest.importorskip("SALib.analyze.sobol")
    f = evaluate(function, d, 700)
    rows = np.concatenate([f[:1], f[2:], f[1:2]]).T.ravel()
    problem = {"num_vars": d, "names": [f"x{i}" for i in range(d)], "bounds": [[0, 1]] * d}
    answer = oracle.analyze(problem, rows, calc_second_order=False, num_resamples=2, seed=1)
    first, total = sobol_indices(f[0], f[1], f[2:])
    assert np.allclose(first, answer["S1"], rtol=0, atol=1e-10)
    assert np.allclose(total, answer["ST"], rtol=0, atol=1e-10)


@pytest.mark.parametrize("levels", [4, 6])
def test_effects_are_those_of_salib_on_the_same_walks(levels: int) -> None:
    oracle = pytest.importorskip("SALib.analyze.morris")
    walks = trajectories(30, 3, levels, np.random.default_rng(2))
    flat = walks.reshape(-1, 3)
    numbers = ishigami(flat.T)
    problem = {"num_vars": 3, "names": ["u", "v", "w"], "bounds": [[0, 1]] * 3}
    answer = oracle.analyze(problem, flat, numbers, num_levels=levels, num_resamples=2, seed=1)
    effects = elementary_effects(walks, numbers.reshape(30, 4))
    assert np.allclose(effects.mean(axis=1), answer["mu"], rtol=0, atol=1e-10)
    assert np.allclose(np.abs(effects).mean(axis=1), answer["mu_star"], rtol=0, atol=1e-10)
    assert np.allclose(effects.std(axis=1, ddof=1), answer["sigma"], rtol=0, atol=1e-10)


@given(d=st.integers(1, 7), half=st.integers(1, 4), num=st.integers(2, 6), seed=st.integers(0, 99))
def test_walks_change_every_parameter_once_by_one_step_between_levels(
    d: int, half: int, num: int, seed: int
) -> None:
    levels = 2 * half
    walks = trajectories(num, d, levels, np.random.default_rng(seed))
    steps = np.diff(walks, axis=1)
    size = levels / (2 * (levels - 1))
    assert np.allclose(np.abs(steps).sum(axis=1), size)
    assert np.allclose(np.abs(steps).sum(axis=2), size)
    on_levels = walks * (levels - 1)
    assert np.allclose(on_levels, np.rint(on_levels))
    assert on_levels.min() >= 0
    assert on_levels.max() <= levels - 1 + 1e-9


# Models whose payoff is a known function


def bilinear() -> Model:
    return games.lone_payoff("a + 2*b + a*b", {"a": UNIT, "b": UNIT})


def test_sobol_indices_of_a_payoff_are_those_of_its_formula() -> None:
    found = gtc.sensitivity(bilinear(), "payoff:A", n=4096, seed=0)
    # Around the middle it is 3/2 u + 5/2 v + u v, and u, v have variance 1/12 each.
    assert found.first[0].tolist() == pytest.approx([27 / 103, 75 / 103], abs=2e-3)
    assert found.total[0].tolist() == pytest.approx([28 / 103, 76 / 103], abs=2e-3)
    assert found.mean[0] == pytest.approx(7 / 4, abs=1e-3)
    assert found.deviation[0] == pytest.approx(math.sqrt(103) / 12, abs=1e-3)
    assert found.points == 4096 * 4
    assert (found.unsolved, found.rows.tolist(), found.notes) == (0, [4096], ("",))


def test_the_strike_of_the_ultimatum_has_the_indices_of_its_condition() -> None:
    model = gtc.load("sixty_day_ultimatum")
    over = {"c_iran": (0, 0.6), "threat": (0, 0.5), "c_isr": (0, 0.5), "rein": (0, 1)}
    found = gtc.sensitivity(
        model, quantity="probability:strike", over=over, method="sobol", n=4096, seed=0
    )
    # A strike comes if threat > c_isr and c_us + c_iran < 1 - (1 - face) / d**T, which has share q.
    q = (1 - 0.7 / 0.999**60 - 0.1) / 0.6
    variance = q / 2 * (1 - q / 2)
    shares = dict(zip(found.parameters, np.stack([found.first, found.total])[:, 0].T, strict=True))
    assert shares["c_iran"] == pytest.approx(q * (1 - q) / np.array([4, 2]) / variance, abs=0.02)
    for name in ("threat", "c_isr"):
        assert shares[name] == pytest.approx(np.array([q**2 / 12, q / 6]) / variance, abs=0.02)
    assert shares["rein"].tolist() == [0, 0]


def test_parameters_without_a_range_vary_by_a_distribution() -> None:
    model = games.lone_payoff("a + b", {"a": 0, "b": UNIT})
    over = {"a": ("normal", (0, 1)), "b": (0, 1)}
    found = gtc.sensitivity(model, "payoff:A", over, n=4096, seed=0)
    assert found.total[0].tolist() == pytest.approx([12 / 13, 1 / 13], abs=0.01)
    walks = gtc.sensitivity(model, "payoff:A", over, "morris", seed=0)
    assert np.isfinite(walks.mu).all()
    line = gtc.sensitivity(model, "payoff:A", over, "profiles")
    # One half per cent of the probability lies beyond each end.
    assert line.profiles[0].at[[0, -1]].tolist() == pytest.approx([-2.5758, 2.5758], abs=1e-4)


def test_effects_of_a_linear_payoff_are_its_slopes_times_the_ranges() -> None:
    spread = {"value": 1, "range": [0, 2]}
    model = games.lone_payoff("2*a - 3*b", {"a": spread, "b": UNIT, "idle": UNIT})
    found = gtc.sensitivity(model, "payoff:A", method="morris", n=8, seed=0)
    assert found.mu[0].tolist() == pytest.approx([4, -3, 0])
    assert found.mu_star[0].tolist() == pytest.approx([4, 3, 0])
    assert found.sigma[0].tolist() == pytest.approx([0, 0, 0], abs=1e-12)
    assert found.mu_star_interval[0].ravel().tolist() == pytest.approx([4, 4, 3, 3, 0, 0])
    assert found.effects.tolist() == [[8, 8, 8]]
    assert found.points == 8 * 4


def test_the_tornado_of_a_linear_payoff_has_its_ends_at_the_ends() -> None:
    spread = {"value": "1/2", "range": [0, 2]}
    model = games.lone_payoff("2*a - 3*b", {"b": UNIT, "a": spread, "idle": UNIT})
    found = gtc.sensitivity(model, "payoff:A", method="profiles", n=5)
    assert found.base_numbers.tolist() == pytest.approx([-0.5])
    told = [
        (bar.parameter, bar.lowest, bar.lowest_at, bar.highest, bar.highest_at)
        for bar in found.tornado("payoff:A")
    ]
    assert told == [
        ("a", -1.5, 0, 2.5, 2),
        ("b", -2, 1, 1, 0),
        ("idle", -0.5, 0.5, -0.5, 0.5),
    ]
    with pytest.raises(ParameterError, match="no profiles of 'day'; of payoff:A"):
        found.tornado("day")


def test_an_extreme_on_a_plateau_is_told_where_it_is_nearest() -> None:
    model = games.lone_payoff("where(a > 1/2, 1, 0)", {"a": {"value": 0.2, "range": [0, 1]}})
    found = gtc.sensitivity(model, "payoff:A", method="profiles", n=101)
    (bar,) = found.tornado("payoff:A")
    assert (bar.lowest_at, bar.highest_at) == (0.2, 0.51)


def test_profiles_go_through_the_point_that_is_given() -> None:
    found = gtc.sensitivity(bilinear(), "payoff:A", method="profiles", n=3, values={"b": 1})
    assert found.base == {"a": 0.5, "b": 1.0}
    a, b = found.profiles
    assert (a.at.tolist(), a.numbers.tolist()) == ([0, 0.5, 1], [[2, 3, 4]])
    assert (b.at.tolist(), b.numbers.tolist()) == ([0, 0.5, 1], [[0.5, 1.75, 3]])


def test_a_whole_number_takes_whole_values_only() -> None:
    whole = {"value": 3, "range": [1, 4], "integer": True}
    model = games.lone_payoff("k", {"k": whole, "b": UNIT})
    found = gtc.sensitivity(model, "payoff:A", method="profiles", n=50)
    assert found.profiles[0].at.tolist() == [1, 2, 3, 4]
    indices = gtc.sensitivity(model, "payoff:A", n=4096, seed=0)
    assert indices.mean[0] == pytest.approx(2.5, abs=0.01)
    assert indices.deviation[0] == pytest.approx(math.sqrt(15 / 12), abs=0.01)


# Points without a solution


def half_defined() -> Model:
    return games.lone_payoff("sqrt(x) + y", {"x": {"value": 1, "range": [-1, 3]}, "y": UNIT})


def test_rows_without_a_payoff_are_left_out_and_counted() -> None:
    n = 512
    found = gtc.sensitivity(half_defined(), "all", n=n, seed=5)
    shares = draw("sobol", n, 4, 5)
    undefined = 4 * shares[:, [0, 2]] - 1 < 0
    assert found.quantities[-1] == "unsolved"
    # A row has x from A in A and A_B^(y), x from B in B and A_B^(x).
    assert found.unsolved == found.status["payoff not finite"] == 2 * undefined.sum()
    rows = dict(zip(found.quantities, found.rows.tolist(), strict=True))
    assert rows["payoff:A"] == n - np.count_nonzero(undefined.any(axis=1))
    assert rows["regime"] == rows["regime:over"] == rows["unsolved"] == n


def test_indices_from_rows_left_are_those_of_a_model_without_the_others() -> None:
    found = gtc.sensitivity(half_defined(), "payoff:A", n=4096, seed=0)
    # The square root on [0, 3] has variance 3/2 - 4/3, the other summand 1/12.
    assert found.total[0].tolist() == pytest.approx([2 / 3, 1 / 3], abs=0.02)


def test_an_unsolved_point_is_in_no_regime() -> None:
    found = gtc.sensitivity(half_defined(), "regimes", n=1024, seed=0)
    assert found.quantities == ("regime", "regime:over", "unsolved")
    assert found.mean[1:].tolist() == pytest.approx([0.75, 0.25], abs=0.01)
    assert np.allclose(found.first, [[1, 0]] * 3, atol=0.02)
    assert np.allclose(found.total, [[1, 0]] * 3, atol=0.02)


def test_steps_and_profiles_count_what_has_no_number() -> None:
    model = half_defined()
    walks = gtc.sensitivity(model, ["payoff:A", "unsolved"], method="morris", n=40, seed=0)
    assert 0 < walks.effects[0, 0] < walks.effects[1, 0] == 40
    # Three levels of four are defined; a step from the lowest one is two thirds of the range.
    assert np.isfinite(walks.mu_star).all()
    line = gtc.sensitivity(model, "payoff:A", method="profiles", n=5)
    assert [one.unsolved for one in line.profiles] == [1, 0]
    assert line.to_dict()["quantities"]["payoff:A"]["profiles"]["x"][0] is None


def test_without_any_solution_the_analysis_says_why() -> None:
    model = games.lone_payoff("sqrt(x - 2)", {"x": UNIT})
    with pytest.raises(SolverError, match="none of the 48 points has a solution: 48 payoff not"):
        gtc.sensitivity(model, "payoff:A", n=16)


def test_too_few_rows_with_a_number_give_no_indices() -> None:
    model = games.lone_payoff("sqrt(x) + y", {"x": {"value": 1, "range": [-30, 1]}, "y": UNIT})
    found = gtc.sensitivity(model, "payoff:A", n=64, seed=0)
    assert found.notes[0].startswith("numbers in ")
    assert np.isnan(found.total).all()
    assert found.to_dict()["quantities"]["payoff:A"]["indices"] is None


def test_payoffs_may_be_so_large_that_their_squares_overflow() -> None:
    ends = {"value": 0, "range": [0, 1]}
    small, large = (
        games.lone_payoff(f"{unit} * a * (1 + 2*b)", {"a": ends, "b": ends})
        for unit in ("1", "1e280")
    )
    for method in ("sobol", "morris"):
        first, second = (
            gtc.sensitivity(m, "payoff:A", None, method, 64, seed=0) for m in (small, large)
        )
        assert second.table(0)[-1] == pytest.approx(1e280 * first.table(0)[-1], rel=1e-9)
    one, other = (gtc.sensitivity(m, "payoff:A", n=64, seed=0).total for m in (small, large))
    assert other == pytest.approx(one, rel=1e-9)


def test_a_rule_of_selection_decides_which_equilibrium_counts() -> None:
    model = gtc.load("stag_hunt")
    over = {"stag": (3, 5), "hare": (2, 3)}
    shares = [
        gtc.sensitivity(model, "regime:cooperation", over, n=64, seed=0, select=rule).mean[0]
        for rule in (None, "payoff", "risk")
    ]
    assert shares[0] == shares[1] > shares[2]


def test_a_constant_quantity_has_no_indices() -> None:
    found = gtc.sensitivity(games.lone_payoff("1/4", {"x": UNIT}), n=64, seed=0)
    assert found.quantities == ("payoff:A", "probability:over", "regime", "regime:over")
    assert set(found.notes) == {"constant"}
    assert np.isnan(found.first).all()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["quantities"]["payoff:A"] == {
        "mean": 0.25,
        "deviation": 0.0,
        "rows": 64,
        "rows_left_out": 0,
        "note": "constant",
        "indices": None,
    }


# Regimes


def three_ways() -> Model:
    """A picks the largest of three numbers."""
    names = ("x", "y", "z")
    actions = {name: games.end(f"takes_{name}", A=name) for name in names}
    return games.build(
        {
            "players": ["A"],
            "parameters": dict.fromkeys(names, UNIT),
            "game": {"pick": {"player": "A", "actions": actions}},
        }
    )


def test_the_regime_as_a_whole_is_the_mean_of_each_against_the_rest_by_variance() -> None:
    found = gtc.sensitivity(three_ways(), "regimes", n=1024, seed=0)
    weights = found.deviation[1:] ** 2
    assert found.deviation[0] ** 2 == pytest.approx(weights.sum())
    for numbers in (found.first, found.total):
        mean = weights @ numbers[1:] / weights.sum()
        assert numbers[0].tolist() == pytest.approx(mean.tolist(), abs=1e-12)
    # No number is more important than another.
    assert np.ptp(found.total[0]) < 0.05


def test_where_nobody_mixes_an_outcome_and_its_regime_are_twins() -> None:
    found = gtc.sensitivity(three_ways(), n=64, seed=0)
    names = found.quantities
    twins = {names[k]: found.twin(k) for k in range(len(names))}
    assert twins["regime:takes_x"] == "probability:takes_x"
    assert twins["regime"] is twins["payoff:A"] is twins["probability:takes_x"] is None


# Seeds, order, pieces, threads


def same(one: Any, other: Any, fields: Sequence[str]) -> bool:
    return all(
        np.asarray(getattr(one, name)).tobytes() == np.asarray(getattr(other, name)).tobytes()
        for name in fields
    )


SOBOL = ("first", "total", "first_interval", "total_interval", "mean", "deviation", "rows")
MORRIS = ("mu", "mu_star", "sigma", "mu_star_interval", "effects")


@pytest.mark.parametrize(("method", "fields"), [("sobol", SOBOL), ("morris", MORRIS)])
def test_a_seed_decides_every_bit_whatever_threads_and_pieces(
    method: str, fields: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = half_defined()
    expected = gtc.sensitivity(model, method=method, n=64, seed=0, threads=1)
    assert same(expected, gtc.sensitivity(model, method=method, n=64, seed=0, threads=2), fields)
    assert not same(expected, gtc.sensitivity(model, method=method, n=64, seed=1), fields[:2])
    monkeypatch.setattr(solving, "PIECE", 7)
    assert same(expected, gtc.sensitivity(model, method=method, n=64, seed=0), fields)


def test_a_seed_from_the_system_is_told() -> None:
    found = gtc.sensitivity(bilinear(), "payoff:A", n=32)
    again = gtc.sensitivity(bilinear(), "payoff:A", n=32, seed=found.seed)
    assert same(found, again, SOBOL)


@pytest.mark.parametrize("method", ["sobol", "morris", "profiles"])
def test_the_order_in_which_parameters_are_named_changes_nothing(method: str) -> None:
    over = {"a": (0, 1), "b": (0.25, 1)}
    there = gtc.sensitivity(bilinear(), "all", over, method, 32, seed=3)
    back = gtc.sensitivity(bilinear(), "all", dict(reversed(over.items())), method, 32, seed=3)
    assert there.parameters == back.parameters == ("a", "b")
    assert there.to_dict() == back.to_dict()


def test_what_else_is_analysed_changes_nothing() -> None:
    alone = gtc.sensitivity(half_defined(), "payoff:A", n=64, seed=3)
    among = gtc.sensitivity(half_defined(), ["unsolved", "day", "payoff:A"], n=64, seed=3)
    assert among.to_dict()["quantities"]["payoff:A"] == alone.to_dict()["quantities"]["payoff:A"]


def test_progress_runs_over_all_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "PIECE", 50)
    seen: list[tuple[int, int]] = []
    gtc.sensitivity(bilinear(), n=32, seed=0, progress=lambda *told: seen.append(told))
    done = [told[0] for told in seen]
    assert done == sorted(done)
    assert seen[-1] == (128, 128)


# What may be asked


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"method": "fast"}, "unknown method 'fast'; methods: sobol, morris, profiles"),
        ({"quantity": "payoff:B"}, "'payoff:B': no such player; payoff:A"),
        ({"quantity": "chance"}, "unknown quantity 'chance'; quantities: day, probability:OUTCOME"),
        ({"quantity": []}, "at least one quantity"),
        ({"quantity": "regime", "method": "morris"}, "'regime' is no number; Sobol indices take"),
        ({"n": 15}, "a Sobol analysis needs at least 16 base rows, not 15"),
        ({"n": 10.5}, "n is a whole number, not 10.5"),
        ({"n": 1 << 28}, "1,073,741,824 points are too many to keep 4 numbers of each"),
        ({"n": 1 << 28, "method": "morris"}, "805,306,368 points are too many"),
        ({"n": 1 << 28, "method": "profiles"}, "536,870,912 points are too many"),
        ({"n": 1, "method": "morris"}, "at least 2 walks, not 1"),
        ({"levels": 3, "method": "morris"}, "an even number of levels, not 3"),
        ({"n": 1, "method": "profiles"}, "at least two points, not 1"),
        ({"over": {"c": (0, 1)}}, "unknown parameter 'c'"),
        ({"over": {"a": (0, 2)}}, "but its range is \\[0, 1\\]"),
        ({"over": {"a": (0, 1)}, "values": {"a": 0}}, "'a' varies and is also set to a number"),
        ({"values": {"a": 0, "b": 1}}, "nothing varies"),
        ({"values": {"a": 7}}, "'?a'?"),
        ({"seed": -1}, "seed = -1 is below 0"),
        ({"seed": True}, "seed is a whole number, not True"),
        ({"threads": 0}, "threads = 0 is below 1"),
        ({"confidence": "wide"}, "confidence is a number, not 'wide'"),
        ({"quantity": ["day", 5]}, "quantity is a text or a list of texts"),
        ({"values": 5}, "values are given by name"),
        ({"over": "a"}, "write a list of names"),
        ({"over": {"a": (0,)}}, "'a' varies between two numbers"),
        ({"over": {"a": (0, 10**400)}}, "'a' varies between two numbers"),
        ({"over": {"a": ("gamma", (1,))}}, "'a': unknown distribution 'gamma'; distributions: uni"),
        ({"over": {"a": ("beta", (1, 2))}}, "'a': beta takes 4 numbers"),
        ({"over": {"a": ("beta", (1, "x", 0, 1))}}, "an argument of beta is a number, not 'x'"),
        ({"select": "best"}, "unknown selection 'best'"),
        ({"seed": "x"}, "seed is a whole number, not 'x'"),
        ({"confidence": 1}, "confidence lies between 0 and 1, not at 1"),
    ],
)
def test_what_cannot_be_analysed_is_a_parameter_error(words: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        gtc.sensitivity(bilinear(), **words)


def test_a_quantity_named_twice_is_analysed_once() -> None:
    found = measures_of(three_ways(), ["regime:takes_y", "unsolved", "all", "payoff:A"])
    names = [one.name for one in found]
    assert names[:3] == ["regime:takes_y", "unsolved", "payoff:A"]
    assert len(names) == len(set(names)) == 9
    assert not found[1].incidental


@pytest.mark.parametrize("method", ["sobol", "morris", "profiles"])
def test_results_are_data_sets_and_json(method: str) -> None:
    found = gtc.sensitivity(half_defined(), method=method, n=32, seed=0, values={"y": 0.25})
    data = found.to_xarray()
    assert data.attrs["method"] == method
    assert data["quantity"].values.tolist() == list(found.quantities)
    assert data["parameter"].values.tolist() == list(found.parameters)
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document["schema"] == "gametheory_crisis.sensitivity/1"
    assert document["points"] == sum(document["status"].values()) == found.points
    assert document["unsolved"] == found.unsolved > 0
