"""Laws of the nearest flip: closed forms, thin slivers, whole numbers, ties and unsolved places."""

from __future__ import annotations

import itertools
import json
import math
from functools import cache
from typing import Any

import games
import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis.analysis.flip.alone import Line, changes_of, stretches_of
from gametheory_crisis.analysis.flip.planes import least_distance
from gametheory_crisis.analysis.flip.results import Crossing, Flips
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.model import Model

WIDTH = 2.0
"""Of the range of every parameter of `box`."""


def choice(payoff: str, parameters: dict[str, Any], threshold: str = "0") -> Model:
    """A single choice: war where ``payoff`` is above ``threshold``, peace where it is below."""
    actions = {
        "fight": games.end("war", A=payoff),
        "wait": games.end("peace", A=threshold),
    }
    return games.build(
        {
            "players": ["A"],
            "parameters": parameters,
            "game": {"move": {"player": "A", "actions": actions}},
        }
    )


def box(num: int, **values: float) -> dict[str, Any]:
    """Parameters x0, x1, ... from -1 to 1, at 0 unless said otherwise."""
    names = [f"x{k}" for k in range(num)]
    return {name: {"value": values.get(name, 0), "range": [-1, 1]} for name in names}


def told(crossings: tuple[Crossing, ...]) -> list[tuple[str, str]]:
    return [(crossing.side, str(crossing.becomes)) for crossing in crossings]


def weighted(num: int) -> str:
    return " + ".join(f"{(k + 1) / num}*x{k}" for k in range(num))


def squares(centre: list[float], axes: list[float]) -> str:
    terms = zip(centre, axes, strict=True)
    return " + ".join(f"((x{k} - {c}) / {a})**2" for k, (c, a) in enumerate(terms))


TEN = np.arange(1, 11) / 10
CORNER = np.linalg.solve([[1, 2], [2, -1]], [0.6, 0.7])
ALL_CASES: dict[str, tuple[str, int, float]] = {
    "half-space": (weighted(4) + " - 0.5", 4, 0.5 / float(np.linalg.norm(np.arange(1, 5) / 4))),
    "hyperbola": ("x0*x1 - 0.25", 4, math.sqrt(0.5)),
    "corner of slanted sides": (
        "min(x0 + 2*x1 - 0.6, 2*x0 - x1 - 0.7)",
        3,
        float(np.linalg.norm(CORNER)),
    ),
    "sliver beside the point": ("1e-6 - abs(x0 + x1 - 3e-6)", 3, 2e-6 / math.sqrt(2)),
}
SLOW_CASES: dict[str, tuple[str, int, float]] = {
    "half-space of ten": (weighted(10) + " - 0.5", 10, 0.5 / float(np.linalg.norm(TEN))),
    "out of a ball": (f"{squares([0.1, 0, 0, 0, 0], [0.8] * 5)} - 1", 5, 0.7),
    "into a ball": (f"1 - ({squares([0.3, 0.4, 0.2], [0.3] * 3)})", 3, math.sqrt(0.29) - 0.3),
    "out of an ellipsoid": (
        f"{squares([0] * 8, [0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9])} - 1",
        8,
        0.4,
    ),
    "corner of ten sides": (
        f"min({', '.join(f'x{k} - 0.3' for k in range(10))})",
        10,
        0.3 * math.sqrt(10),
    ),
    "thin layer far away": ("0.002 - abs(x0 + x1 - 0.5)", 5, 0.498 / math.sqrt(2)),
    "small ball nearby": (
        "1e-12 - (x0 - 2e-6)**2 - (x1 - 2e-6)**2",
        4,
        (2 * math.sqrt(2) - 1) * 1e-6,
    ),
}


def check_closed_form(case: tuple[str, int, float]) -> None:
    payoff, num, distance = case
    found = gtc.flip(choice(payoff, box(num)))
    assert found.regime == "peace"
    assert found.jointly is not None
    assert found.jointly.distance == pytest.approx(distance / WIDTH, rel=1e-9)
    assert str(found.jointly.becomes) == "war"
    shares = np.array(list(found.jointly.shares.values()))
    assert np.linalg.norm(shares) == pytest.approx(found.jointly.distance, rel=1e-12)


@pytest.mark.parametrize("name", ALL_CASES)
def test_the_nearest_point_of_all_parameters_is_that_of_the_closed_form(name):
    check_closed_form(ALL_CASES[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW_CASES)
def test_the_nearest_point_is_found_on_curves_corners_and_slivers(name):
    check_closed_form(SLOW_CASES[name])


# One parameter


def test_every_crossing_of_a_parameter_is_found_whatever_lies_between():
    roots = [-0.7, -1e-7, 2e-6, 0.25, 0.2503, 1 / 3]
    payoff = "*".join(f"(x0 - {root!r})" for root in roots)
    (margin,) = gtc.flip(choice(payoff, box(1)), over=["x0"]).alone
    values = sorted(crossing.value for crossing in margin.crossings)
    assert values == pytest.approx(roots, abs=1e-12)
    assert margin.nearest is margin.crossings[0]
    assert told(margin.crossings)[:3] == [("below", "peace"), ("above", "peace"), ("above", "war")]
    assert [crossing.flips for crossing in margin.crossings].count(True) == 3
    assert [margin.stretches[0].low, margin.stretches[-1].high] == [-1, 1]


def test_a_parameter_that_flips_nothing_says_so():
    found = gtc.flip(choice("x0 - 2", box(1)), over=["x0"])
    assert (found["x0"].crossings, found["x0"].nearest, found.nearest) == ((), None, None)
    assert found.jointly is None
    assert repr(found) == "<Flips of test: peace, no flip found>"


def test_a_touch_is_no_crossing_and_a_tie_at_the_end_is_one():
    touching = gtc.flip(choice("0 - (x0 - 0.5)**2", box(1)), over=["x0"])
    assert touching["x0"].crossings == ()
    (end,) = gtc.flip(choice("x0 - 1", box(1)), over=["x0"])["x0"].crossings
    assert (end.value, set(end.becomes.regimes)) == (1.0, {"war", "peace"})


def test_a_base_point_on_a_boundary_is_said_to_lie_there():
    found = gtc.flip(choice("x0", box(1)), over=["x0"])
    below, above = found["x0"].crossings
    assert (below.value, below.change, above.change) == (0.0, 0.0, 0.0)
    assert {(c.side, str(c.becomes)) for c in (below, above)} == {
        ("below", "peace"),
        ("above", "war"),
    }
    assert "lies on a boundary: war, peace" in found.notes[0]
    assert found.jointly is not None
    assert found.jointly.distance == 0.0


def test_unsolved_places_are_crossings_but_no_flips():
    model = choice("x0 + 0*sqrt(0.8 - abs(x0 - 0.1)) - 0.5", box(1))
    found = gtc.flip(model, over=["x0"])
    flip, below, above = found["x0"].crossings
    assert (flip.value, flip.kind, flip.flips) == (pytest.approx(0.5, abs=1e-12), "regime", True)
    assert [below.value, above.value] == pytest.approx([-0.7, 0.9], abs=1e-9)
    for crossing in (below, above):
        assert (crossing.kind, crossing.flips) == ("unsolved", False)
        assert str(crossing.becomes) == "unsolved (payoff not finite)"


def test_a_base_point_that_is_unsolved_is_told_where_a_regime_begins():
    found = gtc.flip(choice("0*sqrt(x0 - 0.25) + 1", box(1)), over=["x0"])
    (crossing,) = found["x0"].crossings
    assert (found.regime, crossing.kind, crossing.flips) == (None, "solved", True)
    assert crossing.value == pytest.approx(0.25, abs=1e-12)
    assert "the base point itself is unsolved (payoff not finite)" in found.notes[0]


def test_a_change_of_the_set_of_regimes_is_told_from_a_change_of_the_regime():
    stage = games.stage("RC", (2, 2), [("x", "x"), (0, 1), (1, 0), ("y", "y")])
    ranges = {"x": {"value": 2, "range": [0, 3]}, "y": {"value": 1, "range": [-1, 2]}}
    found = gtc.flip(games.build(stage | {"parameters": ranges}))
    assert found.place.regimes == ("o0", "o3")
    ((first,), (second,)) = (margin.crossings for margin in found.alone)
    assert [first.value, second.value] == pytest.approx([1.0, 0.0], abs=1e-8)
    assert (first.becomes.regimes, first.kind) == (("o3",), "regime")
    assert (second.becomes.regimes, second.kind) == (("o0",), "set")
    assert "the base point has equilibria of several regimes: o0, o3" in found.notes[0]


# Whole numbers


def test_whole_numbers_flip_at_whole_numbers_and_jointly_as_all_pairs_say():
    whole = {"value": 3, "range": [0, 20], "integer": True}
    found = gtc.flip(choice("n*m + x0", {"n": whole, "m": whole, **box(1)}, "31.5"))
    assert [c.value for c in found["n"].crossings] == [11.0]
    pairs = itertools.product(range(21), repeat=2)
    nearest = min(
        math.hypot((n - 3) / 20, (m - 3) / 20, max(0.0, 31.5 - n * m) / 2)
        for n, m in pairs
        if n * m + 1 > 31.5
    )
    assert found.jointly is not None
    assert found.jointly.distance == pytest.approx(nearest, rel=1e-9)
    assert all(found.jointly.point[name] == int(found.jointly.point[name]) for name in "nm")


def test_whole_numbers_of_a_wide_range_are_closed_in_on():
    model = choice(
        "n", {"n": {"value": 5, "range": [-1_000_000, 10**9], "integer": True}}, "123456"
    )
    values = [crossing.value for crossing in gtc.flip(model)["n"].crossings]
    assert values in ([123456.0, 123457.0], [123457.0])


# Shipped models


@cache
def ultimatum() -> Flips:
    return gtc.flip(gtc.load("sixty_day_ultimatum"), c_iran=0.3)


def test_the_thresholds_of_the_ultimatum_are_those_of_its_file():
    found = ultimatum()
    patience = 0.999**60
    known = {
        "c_iran": (1 - (1 - 0.3) / patience - 0.1, "strike"),
        "threat": (0.15, "stalemate"),
        "c_isr": (0.3, "stalemate"),
        "c_us": (0.7 + 0.2, "stalemate"),
        "face": (1 - patience * (1 - 0.1 - 0.3), "strike"),
    }
    for margin in found.alone:
        value, regime = known.get(margin.name, (None, None))
        nearest = margin.nearest
        assert (nearest is None) == (value is None)
        if nearest is not None:
            assert nearest.value == pytest.approx(value, abs=1e-9)
            assert nearest.becomes.regime == regime
    assert found.nearest is found["face"]


def test_the_regimes_on_both_sides_of_a_crossing_are_those_that_solving_gives():
    model, found = gtc.load("sixty_day_ultimatum"), ultimatum()
    rows, regimes = [], []
    for margin in found.alone:
        for crossing in margin.crossings:
            away = math.copysign(1e-9, crossing.change)
            for value, place in (
                (crossing.value - away, crossing.before),
                (crossing.value + away, crossing.becomes),
            ):
                point = model.point({"c_iran": 0.3, margin.name: value})
                rows.append([float(number) for number in point.values()])
                regimes.append(place.regime)
    cells = model.solve_batch(np.array(rows))
    assert [model.regimes[k] for k in cells.regime[0]] == regimes


def test_the_nearest_point_is_no_farther_than_one_parameter_and_lands_where_it_says():
    found = ultimatum()
    assert found.jointly is not None
    # At d = 1 there is a deal where c_us + c_iran >= face, and d is the cheapest to change.
    assert found.jointly.distance == pytest.approx(math.hypot(0.1 / math.sqrt(6), 0.01), rel=1e-9)
    assert found.jointly.largest == "c_us"
    assert found.nearest is not None
    assert found.nearest.nearest is not None
    assert found.jointly.distance < abs(found.nearest.nearest.share)
    solution = gtc.load("sixty_day_ultimatum").solve(found.jointly.beyond)
    assert solution.equilibria[0].regime == found.jointly.becomes.regime == "strike"


def test_no_point_of_a_grid_is_nearer_than_the_nearest_flip():
    model = gtc.load("sixty_day_ultimatum")
    over = {"c_iran": (0.0, 0.6), "threat": (0.0, 0.6)}
    found = gtc.flip(model, over=over, c_iran=0.2, threat=0.24)
    axis = np.linspace(0, 0.6, 301)
    sweep = gtc.run_sweep(model, dict.fromkeys(over, axis), quantities=())
    away = np.hypot(*np.meshgrid((axis - 0.2) / 0.6, (axis - 0.24) / 0.6, indexing="ij"))
    others = sweep.regime != sweep.regimes.index(found.regime)
    nearest = float(away[others].min())
    assert found.jointly is not None
    assert nearest - math.sqrt(2) / 300 <= found.jointly.distance <= nearest


@pytest.mark.slow
def test_a_slow_model_is_searched_with_few_points_and_still_placed_to_1e_9():
    found = gtc.flip(gtc.load("sixty_day_private_resolve"), over=["threat"])
    (crossing,) = found["threat"].crossings
    assert crossing.value == pytest.approx(0.15, abs=1e-9)
    assert found.points < 100
    assert "wider than 1/12 of a range" in found.notes[-1]


@pytest.mark.slow
def test_models_solved_by_tables_are_searched_too():
    found = gtc.flip(gtc.load("crisis_signalling"), over=["q", "r"])
    assert found["q"].nearest is not None
    assert found["q"].nearest.value == pytest.approx(0.6, abs=1e-8)


def test_a_rule_of_selection_decides_which_equilibrium_is_the_first():
    model = gtc.load("stag_hunt")
    first, risk = (
        gtc.flip(model, over=["stag"], hare=2, stag=3, select=rule) for rule in (None, "risk")
    )
    assert first.place.regimes == ("cooperation", "mistrust")
    assert risk.place.regimes == ("mistrust", "cooperation")
    # Where a stag is worth more than twice a hare, risk dominance turns to the stag.
    crossing = next(one for one in risk["stag"].crossings if one.value > 3)
    assert (crossing.value, crossing.kind) == (pytest.approx(4.0, abs=1e-8), "regime")
    assert risk.to_dict()["select"] == "risk"


# Repeatability, results, errors


def test_the_same_seed_gives_the_same_result_whatever_the_threads():
    model = choice("x0*x1 - 0.1", box(2))
    first, second = (gtc.flip(model, seed=7, threads=n).to_dict() for n in (1, 3))
    assert first == second
    assert json.loads(json.dumps(first, allow_nan=False)) == first


def test_progress_counts_the_points_that_are_solved():
    calls: list[tuple[int, int]] = []
    found = gtc.flip(
        choice("x0 - 0.3", box(1)), over=["x0"], progress=lambda *counts: calls.append(counts)
    )
    assert calls[-1] == (found.points, found.points)
    assert all(done <= total for done, total in calls)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"over": "x0"}, "write a list of names"),
        ({"over": 5}, "write a list of names"),
        ({"over": ["x0", 3]}, "write a list of names"),
        ({"over": ["y0"]}, "unknown parameter 'y0'"),
        ({"over": ["free"]}, "'free' has no range in the file"),
        ({"over": []}, "nothing varies"),
        ({"over": {"x0": 3}}, "'x0' varies between two numbers, not 3"),
        ({"over": {"x0": (0, "high")}}, "'x0' varies between two numbers"),
        ({"over": {"x0": (0, math.nan)}}, "no finite interval"),
        ({"over": {"x0": (1, 0)}}, "no interval"),
        ({"over": {"x0": (0, 5)}}, r"its range is \[-1, 1\]"),
        ({"over": {"x0": (0.2, 0.6)}}, "x0 = 0 is outside the interval from 0.2 to 0.6"),
        ({"seed": -1}, "seed = -1 is below 0"),
        ({"seed": True}, "seed is a whole number, not True"),
        ({"seed": "x"}, "seed is a whole number, not 'x'"),
        ({"threads": 0}, "threads = 0 is below 1"),
        ({"select": "best"}, "unknown selection 'best'"),
        ({"over": {"x0": ("beta", (2, 3, 0, 1))}}, "distances need no other"),
        ({"over": {5: (0, 1)}}, "write a list of names"),
        ({"x0": 7}, "outside its range"),
        ({"x7": 0}, "unknown parameter 'x7'"),
    ],
)
def test_what_cannot_be_searched_is_an_error_in_one_line(options, message):
    with pytest.raises(ParameterError, match=message):
        gtc.flip(choice("x0 + free", {**box(1), "free": 0.5}), **options)


# The parts


def test_between_two_unlike_places_bisection_goes_into_both_halves():
    line = Line(0.0, 1.0, 0.0, lambda at: at[:, None])
    line.add(np.array([0.0, 0.5, 1.0]), np.array([1, 2, 1]))
    assert line.middles(0.0).tolist() == [0.25, 0.75]
    line.add(np.array([0.25, 0.75]), np.array([1, 4]))
    assert [stretch.code for stretch in stretches_of(line)] == [1, 2, 4, 1]
    assert [change.at for change in changes_of(line)] == [0.375, 0.625, 0.875]


def test_the_nearest_point_of_a_polyhedron_is_that_of_the_closed_form():
    wide = np.full(2, 10.0)
    corner = least_distance(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([3.0, 4.0]), -wide, wide)
    assert corner == pytest.approx([3.0, 4.0])
    plane = least_distance(np.array([[3.0, 4.0]]), np.array([5.0]), -wide, wide)
    assert plane == pytest.approx([0.6, 0.8])
    assert least_distance(np.array([[1.0, 0.0]]), np.array([11.0]), -wide, wide) is None
