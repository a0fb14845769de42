"""Laws of selection in sweeps: what a rule shows of cells with several equilibria."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import games
import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis.errors import CrisisError, ParameterError, UnsupportedGame
from gametheory_crisis.model import Model
from gametheory_crisis.solvers.cell_selection import best_of_each, largest_sum
from gametheory_crisis.sweeps.sweep import Sweep, run_sweep

STUCK = 4
FIELDS = ("regime", "regimes_mask", "status", "equilibria", "expected_day", "payoff", "probability")


def with_parameters(stage: games.Data, **parameters: Any) -> Model:
    return games.build({"parameters": parameters, **stage})


def battle() -> Model:
    """Each prefers another meeting, and ``a`` and ``b`` are what missing the other is worth."""
    payoffs = [("3", "2"), ("a", "b"), ("0", "0"), ("2", "3")]
    return with_parameters(games.stage("RC", (2, 2), payoffs), a=0, b=0)


def three_actions() -> Model:
    """Coordination of two on one of three points, a symmetric game."""
    payoffs = [(("a", "a"), ("0", "0"), ("0", "0")), (("0", "0"), ("b", "b"), ("0", "0"))]
    rows = [cell for row in (*payoffs, (("0", "0"), ("0", "0"), ("1", "1"))) for cell in row]
    return with_parameters(games.stage("RC", (3, 3), rows), a=2, b=1)


def three_movers() -> Model:
    """Three who gain by all doing the same; ``a`` by the first action, ``b`` by the second."""
    rows = [("a",) * 3, *[("0",) * 3] * 6, ("b",) * 3]
    return with_parameters(games.stage("ABC", (2, 2, 2), rows), a=1, b=1)


def stage_behind_a_choice() -> Model:
    """One may stay out of a game in which both gain by agreeing."""
    both = {"One": ["left", "right"], "Two": ["left", "right"]}
    results = [
        {"when": ["left", "left"], **games.end("left", One="a", Two="a")},
        {"when": ["right", "right"], **games.end("right", One="b", Two="b")},
        {"when": ["left", "right"], **games.end("apart", One="c", Two=0)},
        {"when": ["right", "left"], **games.end("apart", One="c", Two=0)},
    ]
    return games.build(
        {
            "players": ["One", "Two"],
            "parameters": {"a": 2, "b": 1, "c": 0, "out": 0.5},
            "game": {
                "enter": {
                    "player": "One",
                    "actions": {"stay_out": games.end("out", One="out", Two=0), "go": "meet"},
                },
                "meet": {"simultaneous": both, "results": results},
            },
        }
    )


def tied_choice() -> Model:
    """One is indifferent where ``gain`` is 0, and Two is not."""
    return games.build(
        {
            "players": ["One", "Two"],
            "parameters": {"gain": 0, "gift": 1},
            "game": {
                "choose": {
                    "player": "One",
                    "actions": {
                        "keep": games.end("kept", One=0, Two=0),
                        "give": games.end("given", One="gain", Two="gift"),
                    },
                }
            },
        }
    )


STAG_HUNT = {"hare": np.linspace(0.5, 6, 5), "empty": np.linspace(-2, 0.4, 3)}
CHICKEN = {"crash": np.linspace(-2, 4, 5), "win": np.linspace(2, 6, 4)}
QUICHE = {"p": np.linspace(0.06, 0.95, 4), "taste_strong": np.linspace(0.1, 4, 3)}
BATTLE = {"a": np.linspace(-1, 4, 4), "b": np.linspace(-1, 4, 4)}
POINTS = {"a": np.array([1.0, 3.0]), "b": np.array([-1.0, 2.0])}
CASES = [
    (lambda: gtc.load("stag_hunt"), STAG_HUNT, ("payoff", "first", "risk", "mixed")),
    (lambda: gtc.load("stag_hunt"), {"hare": [1.0, 2.2, 3.0], "empty": [0.0]}, ("logit",)),
    (lambda: gtc.load("chicken"), CHICKEN, ("payoff", "first", "risk", "mixed")),
    (lambda: gtc.load("beer_quiche"), QUICHE, ("payoff", "first")),
    (lambda: gtc.load("beer_quiche"), {"p": [0.7, 0.8], "taste_strong": [0.5, 1.0]}, ("logit",)),
    (battle, BATTLE, ("payoff", "first", "risk", "mixed")),
    (battle, {"a": [0.5, 1.5], "b": [0.0, 0.5]}, ("logit",)),
    (three_actions, POINTS, ("payoff", "first", "mixed", "risk")),
    (three_movers, {"a": [2.0], "b": [3.0]}, ("payoff", "first", "mixed")),
]


def shown(sweep: Sweep, place: tuple[int, ...]) -> tuple[str, list[float]]:
    """The regime and the payoffs of a cell."""
    return sweep.regimes[sweep.regime[place]], sweep.payoff[(slice(None), *place)].tolist()


def of_point(model: Model, point: Mapping[str, float], rule: str | None) -> Any:
    """The equilibrium that a point has under a rule; None where the rule takes none."""
    try:
        return model.solve(point, select=rule).equilibria[0]
    except CrisisError:
        return None


@pytest.mark.parametrize(("make", "axes", "rules"), CASES)
def test_a_cell_shows_what_its_rule_selects_at_its_point(
    make: Any, axes: dict[str, Any], rules: tuple[str, ...]
) -> None:
    model = make()
    everything = run_sweep(model, axes)
    for rule in rules:
        swept = run_sweep(model, axes, select=rule)
        np.testing.assert_array_equal(swept.regimes_mask, everything.regimes_mask)
        np.testing.assert_array_equal(swept.equilibria, everything.equilibria)
        for place in np.ndindex(swept.shape):
            point = {name: float(axes[name][k]) for name, k in zip(axes, place, strict=True)}
            selected = of_point(model, point, rule)
            if selected is None:
                assert swept.status[place] == STUCK, (rule, point)
                assert swept.regime[place] == -1, (rule, point)
                assert np.isnan(swept.payoff[(slice(None), *place)]).all(), (rule, point)
                continue
            regime, payoffs = shown(swept, place)
            assert swept.status[place] == everything.status[place], (rule, point)
            assert regime == selected.regime, (rule, point)
            wanted = [float(payoff) for payoff in selected.payoffs.values()]
            assert payoffs == pytest.approx(wanted, abs=1e-9), (rule, point)


@pytest.mark.parametrize("name", ["stag_hunt", "beer_quiche"])
def test_what_a_cell_shows_is_among_all_equilibria_of_its_point(name: str) -> None:
    model, axes = gtc.load(name), STAG_HUNT if name == "stag_hunt" else QUICHE
    swept = run_sweep(model, axes, select="payoff")
    for place in np.ndindex(swept.shape):
        point = {name: float(axes[name][k]) for name, k in zip(axes, place, strict=True)}
        found = model.solve(point, select="all").equilibria
        _, payoffs = shown(swept, place)
        sums = [float(sum(equilibrium.payoffs.values())) for equilibrium in found]
        assert sum(payoffs) == pytest.approx(max(sums)), point
        assert any(
            payoffs == pytest.approx([float(p) for p in equilibrium.payoffs.values()])
            for equilibrium in found
        ), point


def test_rules_differ_where_equilibria_do() -> None:
    swept = {
        rule: run_sweep(gtc.load("stag_hunt"), STAG_HUNT, select=rule).payoff[0]
        for rule in ("payoff", "risk", "mixed")
    }
    assert (swept["payoff"] > swept["risk"]).any()
    assert (swept["risk"] > swept["mixed"]).any()


@pytest.mark.parametrize("name", ["stag_hunt", "beer_quiche", "tit_for_tat_containment"])
def test_without_a_rule_a_cell_shows_the_equilibrium_listed_first(name: str) -> None:
    model = gtc.load(name)
    axes = {"stag_hunt": STAG_HUNT, "beer_quiche": QUICHE}.get(name, {"d": [0.6, 0.9]})
    rule = "payoff" if name == "tit_for_tat_containment" else "first"
    plain, ruled = run_sweep(model, axes), run_sweep(model, axes, select=rule)
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(plain, field), getattr(ruled, field))
    place = (0,) * len(axes)
    point = {name: float(values[0]) for name, values in axes.items()}
    assert shown(plain, place)[0] == model.solve(point).equilibria[0].regime


def test_a_list_of_points_is_selected_from_like_a_grid() -> None:
    model = gtc.load("chicken")
    grid = run_sweep(model, CHICKEN, select="risk")
    mesh = np.meshgrid(*CHICKEN.values(), indexing="ij")
    columns = {name: array.ravel() for name, array in zip(CHICKEN, mesh, strict=True)}
    fixed = {name: float(v) for name, v in model.point().items() if name not in CHICKEN}
    listed = model.block_solver.solve_columns(fixed, columns, select="risk")
    np.testing.assert_array_equal(listed.regime[0], grid.regime.ravel())
    np.testing.assert_array_equal(listed.payoff[:, 0], grid.payoff.reshape(2, -1))


def test_a_stage_behind_a_choice_is_played_as_the_rule_says() -> None:
    model = stage_behind_a_choice()
    axes = {"a": np.array([2.0, 1.0]), "b": np.array([1.0, 1.6]), "c": np.array([0.0, 0.9])}
    for rule in ("payoff", "first", "risk", "mixed"):
        swept = run_sweep(model, axes, select=rule)
        for place in np.ndindex(swept.shape):
            point = {name: float(axes[name][k]) for name, k in zip(axes, place, strict=True)}
            wanted = model.solve(point, select=rule).equilibria[0]
            regime, payoffs = shown(swept, place)
            assert regime == wanted.regime, (rule, point)
            assert payoffs == pytest.approx([float(p) for p in wanted.payoffs.values()])
            assert swept.regimes_mask[place] >> swept.regime[place] & 1


def test_of_tied_choices_payoff_takes_the_one_that_is_worth_most_to_all() -> None:
    axes = {"gain": np.array([-1.0, 0.0, 1.0]), "gift": np.array([-1.0, 1.0])}
    plain, best = (run_sweep(tied_choice(), axes, select=rule) for rule in ("first", "payoff"))
    assert plain.regime.tolist() == [[0, 0], [0, 0], [1, 1]]
    assert best.regime.tolist() == [[0, 0], [0, 1], [1, 1]]
    assert best.status.tolist() == plain.status.tolist() == [[1, 1], [3, 3], [1, 1]]
    np.testing.assert_array_equal(best.regimes_mask, plain.regimes_mask)


@pytest.mark.parametrize(
    ("name", "rule", "error", "message"),
    [
        ("stag_hunt", "all", ParameterError, "'all' selects none"),
        ("stag_hunt", "best", ParameterError, "unknown selection 'best'"),
        ("beer_quiche", "risk", UnsupportedGame, "take payoff or logit or first"),
        ("beer_quiche", "mixed", UnsupportedGame, "counts the actions that are mixed"),
        ("fearon_private_cost", "logit", UnsupportedGame, "take payoff or first"),
        ("crisis_signalling_shocks", "risk", UnsupportedGame, "take payoff or first"),
        ("tit_for_tat_containment", "risk", UnsupportedGame, "compares strict equilibria"),
        ("sixty_day_ultimatum", "mixed", UnsupportedGame, "take payoff or first"),
    ],
)
def test_a_rule_that_does_not_apply_is_refused(
    name: str, rule: str, error: type[Exception], message: str
) -> None:
    model = gtc.load(name)
    parameter = model.parameters[0]
    value = float(model.graph.parameters[parameter].value)
    with pytest.raises(error, match=message):
        run_sweep(model, {parameter: [value]}, select=rule)


def test_the_best_of_each_point_is_the_earliest_of_equals() -> None:
    point = np.array([0, 0, 0, 2, 2, 3])
    score = np.array([1.0, 2.0, 2.0 + 1e-14, 0.0, 0.0, -5.0])
    counts, best = best_of_each(point, score, 5)
    assert counts.tolist() == [3, 0, 2, 1, 0]
    assert best[[0, 2, 3]].tolist() == [1, 3, 5]
    assert best_of_each(point, None, 5)[1][[0, 2, 3]].tolist() == [0, 3, 5]
    assert largest_sum([(1, 1), (2, 0), (1.5, 0.6), (0, 2.1)]) == 2
