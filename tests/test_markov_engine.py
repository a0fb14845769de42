"""Games without end, from the file to the solution: what is found, selected, refused and swept."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis.cli.axes import slow_pace
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model
from gametheory_crisis.sweeps.sweep import run_sweep

FOLDER = Path(__file__).parent / "good_models"

DUEL = """
format: 1
title: Two sides wait for the other to leave
players: [One, Two]
parameters:
  v: 1
  c: {value: 0.1, range: [0, 1]}
  h: {value: 0.05, range: [0, 1]}
  d: {value: 0.9, range: [0, 1]}
clock: {discount: d, breakdown: {hazard: h, to: collapse}}
game:
  contest:
    simultaneous: {One: [stay, quit], Two: [stay, quit]}
    results:
      - {when: [stay, stay], next: contest, days: 1, pays: {One: -c, Two: -c}}
      - {when: [stay, quit], outcome: one_wins, payoffs: {One: v, Two: 0}}
      - {when: [quit, stay], outcome: two_wins, payoffs: {One: 0, Two: v}}
      - {when: [quit, quit], outcome: both_quit, payoffs: {One: 0, Two: 0}}
  collapse: {outcome: collapse, payoffs: {One: 0, Two: 0}}
"""

PENNIES = """
format: 1
title: Matching pennies, every day
players: [Even, Odd]
parameters: {d: {value: 0.9, range: [0, 0.99]}, prize: 1}
clock: {discount: d}
game:
  show:
    simultaneous: {Even: [heads, tails], Odd: [heads, tails]}
    results:
      - {when: [heads, heads], next: show, days: 1, pays: {Even: prize, Odd: -prize}}
      - {when: [heads, tails], next: show, days: 1, pays: {Even: -prize, Odd: prize}}
      - {when: [tails, heads], next: show, days: 1, pays: {Even: -prize, Odd: prize}}
      - {when: [tails, tails], next: show, days: 1, pays: {Even: prize, Odd: -prize}}
"""


def model_of(text: str) -> Model:
    return Model(read_model(text.encode(), "test.yaml"), "test")


def good(name: str) -> Model:
    return gtc.load(FOLDER / f"{name}.yaml")


def test_restraint_that_punishment_sustains_is_found_exactly_where_it_can_be_sustained() -> None:
    model = good("remembered_breach")
    for d, regime in (("1/2", "forever"), ("499999/1000000", "forever")):
        solution = model.solve(d=d, h=0, select="all")
        best = max(e.payoffs["A"] for e in solution.equilibria)
        restrained = 3 / (1 - float(Fraction(d)))
        assert (best == pytest.approx(restrained)) == (d == "1/2")
        assert {e.regime for e in solution.equilibria} == {regime}
        assert all(e.regret == 0 and e.exact for e in solution.equilibria if e.exact)


def test_one_equilibrium_is_selected_by_the_sum_of_payoffs_and_all_are_listed_on_request() -> None:
    model = good("remembered_breach")
    one, every = model.solve(), model.solve(select="all")
    assert len(one.equilibria) == 1 < len(every.equilibria)
    assert not one.complete
    assert not every.complete
    sums = [sum(e.payoffs.values()) for e in every.equilibria]
    assert sum(one.equilibria[0].payoffs.values()) == max(sums)
    assert one.equilibria[0].regime == "contained"
    assert model.solve(select="first").equilibria[0].to_dict() == every.equilibria[0].to_dict()


def test_play_that_never_ends_is_an_outcome_without_a_day() -> None:
    solution = good("remembered_breach").solve(h=0)
    entry = solution.to_dict()["equilibria"][0]
    assert entry["outcomes"]["forever"] == 1.0
    assert entry["expected_day"] is None
    assert sum(entry["outcomes"].values()) == 1.0
    ended = good("remembered_breach").solve(h=Fraction(1, 10)).equilibria[0]
    assert ended.outcomes["forever"] == 0.0
    assert ended.expected_day == pytest.approx(10)


def test_the_only_equilibrium_that_dominance_leaves_is_said_to_be_all() -> None:
    model = good("remembered_breach")
    solution = model.solve(d=Fraction(1, 10), h=0)
    assert solution.complete
    assert solution.notes == ()
    assert len(solution.equilibria) == 1


def test_the_mixed_equilibrium_of_attrition_is_found_beside_the_pure_ones() -> None:
    model = model_of(DUEL)
    found = model.solve(select="all").equilibria
    regimes = [e.regime for e in found]
    assert {"one_wins", "two_wins"} <= set(regimes)
    mixed = model.solve(select="mixed").equilibria[0]
    # Staying is worth as much as quitting, which is worth nothing: q v = (1 - q) c.
    for choice in mixed.strategies["contest"]:
        assert choice.play["quit"] == pytest.approx(0.1 / 1.1, abs=1e-12)
    assert mixed.regret <= 1e-12


@pytest.mark.parametrize("method", ["enumerate", "logit", "policy", "limit", None])
def test_every_method_returns_certified_equilibria(method: str | None) -> None:
    solution = model_of(DUEL).solve(method=method)
    assert solution.method == (method or "recursion")
    assert solution.concept == "Markov perfect"
    for equilibrium in solution.equilibria:
        assert equilibrium.regret <= 1e-10


def test_a_game_without_pure_equilibrium_is_solved_in_mixed_strategies() -> None:
    equilibrium = model_of(PENNIES).solve().equilibria[0]
    assert equilibrium.payoffs == {"Even": 0.0, "Odd": 0.0}
    assert equilibrium.exact
    assert all(c.play == {"heads": 0.5, "tails": 0.5} for c in equilibrium.strategies["show"])
    with pytest.raises(gtc.SolverError, match="none of 4 pure profiles is an equilibrium"):
        model_of(PENNIES).solve(method="enumerate")


def test_what_does_not_apply_is_refused_by_name() -> None:
    model = model_of(DUEL)
    with pytest.raises(gtc.UnsupportedGame, match="2x2"):
        model.solve(select="risk")
    with pytest.raises(gtc.UnsupportedGame, match="private information"):
        model.solve(refine="d1")
    with pytest.raises(gtc.UnsupportedGame, match="for ever"):
        model.kernel()
    with pytest.raises(gtc.UnsupportedGame, match="grid"):
        good("shifting_power").solve(method="enumerate")
    with pytest.raises(gtc.UnsupportedGame, match="without end"):
        gtc.load("sixty_day_ultimatum").solve(method="policy")
    with pytest.raises(gtc.UnsupportedGame, match="for ever"):
        model.solve(method="tree")


def test_patience_without_a_hazard_leaves_no_game() -> None:
    model = model_of(DUEL)
    with pytest.raises(gtc.ParameterError, match="discount factor of One is 1"):
        model.solve(d=1, h=0)
    assert model.solve(d=1, h=Fraction(1, 10)).equilibria[0].regret == 0
    sweep = run_sweep(model, {"d": [0.5, 1.0], "h": [0.0, 0.5]})
    # Either side may win, and the sum of payoffs is the same.
    assert sweep.status.tolist() == [[3, 3], [6, 3]]


@pytest.mark.parametrize("name", ["remembered_breach", "duel", "pennies"])
def test_a_sweep_finds_what_solving_its_cells_finds(name: str) -> None:
    models = {"duel": model_of(DUEL), "pennies": model_of(PENNIES)}
    model = models.get(name) or good(name)
    rng = np.random.default_rng(0)
    other = "prize" if name == "pennies" else "h"
    axes = {"d": np.sort(rng.uniform(0.05, 0.95, 5)), other: np.sort(rng.uniform(0, 0.6, 4))}
    sweep = run_sweep(model, axes)
    assert set(sweep.status.ravel()) == {3 if name == "duel" else 1}
    for i, d in enumerate(axes["d"]):
        for j, value in enumerate(axes[other]):
            equilibrium = model.solve({"d": d, other: value}).equilibria[0]
            assert sweep.regimes[sweep.regime[i, j]] == equilibrium.regime
            expected = [equilibrium.payoffs[player] for player in sweep.players]
            assert sweep.payoff[:, i, j] == pytest.approx(expected, rel=1e-9, abs=1e-12)
            chances = [equilibrium.outcomes[outcome] for outcome in sweep.outcomes]
            assert sweep.probability[:, i, j] == pytest.approx(chances, abs=1e-9)
            day = equilibrium.expected_day
            assert sweep.expected_day[i, j] == pytest.approx(
                np.nan if day is None else day, nan_ok=True
            )


def test_a_sweep_does_not_depend_on_the_threads() -> None:
    model = good("remembered_breach")
    axes = {"d": np.linspace(0, 0.99, 150), "h": np.linspace(0, 1, 150)}
    one, two = run_sweep(model, axes, threads=1), run_sweep(model, axes, threads=2)
    assert np.array_equal(one.payoff, two.payoff)
    assert np.array_equal(one.regime, two.regime)


def test_continuous_offers_without_end_are_solved_as_the_limit_of_deadlines() -> None:
    solution = good("shifting_power").solve()
    equilibrium = solution.equilibria[0]
    assert equilibrium.regime == "forever"
    assert equilibrium.regret <= 1e-10
    assert not solution.complete
    sweep = run_sweep(good("shifting_power"), {"p_last": [0.35, 0.7]})
    assert sweep.status.tolist() == [1, 1]
    assert sweep.payoff[0, 1] == pytest.approx(equilibrium.payoffs["D"], rel=1e-9)


def test_a_cell_whose_equilibria_tie_in_their_sums_is_marked_and_all_pure_ones_are_counted() -> (
    None
):
    sweep = run_sweep(model_of(DUEL), {"c": [0.1, 0.2]})
    assert sweep.status.tolist() == [3, 3]
    assert sweep.equilibria.tolist() == [2, 2]
    assert {sweep.regimes[k] for k in sweep.regime} == {"one_wins"}
    restraint = run_sweep(good("remembered_breach"), {"d": [0.4, 0.9]})
    assert restraint.status.tolist() == [1, 1]
    assert restraint.equilibria.tolist() == [1, 2]


BORDER = """
format: 1
title: A border skirmish
players: [East, West]
parameters: {d: 0.9, h: 0.01, gain: 0.4, loss: 0.5}
state: {heat: [0, 3]}
clock: {discount: d, breakdown: {hazard: h * heat, to: war}}
game:
  east:
    player: East
    actions:
      quiet: {next: west, days: 1, set: {heat: "max(heat - 1, 0)"}}
      raid: {next: west, days: 1, pays: {East: gain, West: -loss}, set: {heat: "min(heat + 1, 3)"}}
  west:
    player: West
    actions:
      quiet: {next: east, days: 1, set: {heat: "max(heat - 1, 0)"}}
      raid: {next: east, days: 1, pays: {East: -loss, West: gain}, set: {heat: "min(heat + 1, 3)"}}
      treaty: {if: heat == 0, outcome: treaty, payoffs: {East: 0.1, West: 0.1}}
  war: {outcome: war, payoffs: {East: -5, West: -5}}
"""


@pytest.mark.parametrize("method", [None, "logit"])
def test_an_equilibrium_within_a_continuum_is_found_where_newtons_step_is_not_defined(
    method: str | None,
) -> None:
    """The mixtures in two states matter together only, so that equilibria form a line."""
    solution = model_of(BORDER).solve(method=method)
    assert solution.equilibria[0].regret <= 1e-12
    assert (
        max(
            len(c.play) - sum(p == 0 for p in c.play.values())
            for c in solution.equilibria[0].strategies["east"]
        )
        == 2
    )


@pytest.mark.parametrize("method", [None, "enumerate", "logit", "policy", "limit"])
def test_play_that_ends_before_anybody_chooses_is_solved(method: str | None) -> None:
    text = PENNIES.replace(
        "game:",
        "game:\n  first: {chance: {over: q, on: 1 - q}, next: {over: "
        "{outcome: over, payoffs: {Even: 1, Odd: 2}}, on: show}}",
    )
    text = text.replace("prize: 1}", "prize: 1, q: 1}")
    equilibrium = model_of(text).solve(method=method).equilibria[0]
    assert equilibrium.outcomes == {"over": 1.0, "forever": 0.0}
    assert equilibrium.payoffs == {"Even": 1.0, "Odd": 2.0}
    assert equilibrium.expected_day == 0.0


@pytest.mark.parametrize(
    ("method", "select"), [("enumerate", "mixed"), ("logit", "mixed"), ("enumerate", "logit")]
)
def test_a_selection_that_a_method_cannot_serve_is_refused(method: str, select: str) -> None:
    with pytest.raises(gtc.UnsupportedGame, match=select):
        model_of(DUEL).solve(method=method, select=select)


FEARLESS = """
format: 1
title: One side may leave, and a breakdown brings play back
players: [A]
parameters: {h: {value: 1/2, range: [0, 1]}, d: {value: 9/10, range: [0, 1]}}
clock: {discount: d, breakdown: {hazard: h, to: move}}
game:
  move:
    player: A
    actions:
      stay: {next: move, days: 1, pays: {A: 1}}
      leave: {outcome: gone, payoffs: {A: 0}}
"""


@pytest.mark.parametrize("method", [None, "enumerate", "logit", "policy", "limit"])
def test_a_breakdown_that_brings_play_back_ends_nothing(method: str | None) -> None:
    model = model_of(FEARLESS)
    assert model.solve(method=method).equilibria[0].payoffs["A"] == pytest.approx(10)
    with pytest.raises(gtc.ParameterError, match="for ever"):
        model.solve(method=method, d=1)
    assert run_sweep(model, {"d": [1.0]}).status.tolist() == [6]
    assert run_sweep(model, {"d": [0.5, 1.0]}, {"h": 1}).status.tolist() == [1, 6]


@pytest.mark.parametrize("method", ["enumerate", "limit"])
def test_a_search_that_fails_is_an_error_that_says_how_far_it_came(method: str) -> None:
    model = model_of(BORDER)
    with pytest.raises(gtc.SolverError, match=r"do not settle|none of 384"):
        model.solve(method=method)
    assert run_sweep(model, {"gain": [0.4, 0.41]}).status.tolist() == [1, 1]
    assert model.solve().equilibria[0].regret <= 1e-12


def test_what_does_not_settle_carries_its_payoffs_and_its_regret() -> None:
    with pytest.raises(gtc.SolverError) as failure:
        model_of(BORDER).solve(method="limit")
    assert failure.value.best["regret"] > 0.01
    assert set(failure.value.best["payoffs"]) == {"East", "West"}


def test_a_sweep_that_takes_much_effort_in_each_cell_is_known_to_be_slow() -> None:
    # Six rungs, at each of which the other side has three actions.
    assert slow_pace(good("escalation_ladder")) == "through 729 decision processes a cell"
    assert slow_pace(good("remembered_breach")) == ""
    assert "point by point" in slow_pace(good("shifting_power"))
