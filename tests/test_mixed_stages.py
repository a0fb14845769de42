"""Mixed play at simultaneous moves inside games with days: every stage with all its equilibria."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import games
import numpy as np
import pytest

from gametheory_crisis.model import Model
from gametheory_crisis.sweeps.sweep import run_sweep

STANDOFF = """
format: 1
title: Attrition with a deadline
players: [One, Two]
parameters: {T: {value: 2, range: [1, 200], integer: true}, v: 1, c: 0.05, w: -2}
define: {delay: "where(day < T - 1, -c, 0)"}
clock: {deadline: T, expires: strike}
game:
  contest:
    simultaneous: {One: [stay, quit], Two: [stay, quit]}
    results:
      - {when: [stay, stay], next: contest, days: 1, pays: {One: delay, Two: delay}}
      - {when: [stay, quit], outcome: one_wins, payoffs: {One: v, Two: 0}}
      - {when: [quit, stay], outcome: two_wins, payoffs: {One: 0, Two: v}}
      - {when: [quit, quit], outcome: both_quit, payoffs: {One: 0, Two: 0}}
  strike: {outcome: strike, payoffs: {One: w, Two: w}}
"""


@pytest.fixture(scope="module")
def standoff() -> Model:
    return games.build(STANDOFF)


def quitting(solution: Any, day: int) -> F:
    choice = next(c for c in solution.equilibria[0].strategies["contest"] if c.day == day)
    return choice.exact_play["quit"]


@pytest.mark.parametrize("point", [(2, "0.05", -2), (60, "0.01", -2), (60, "0.01", "-0.25")])
def test_attrition_to_a_deadline_has_the_mixed_equilibrium_of_the_closed_form(
    standoff: Model, point: tuple[int, str, Any]
) -> None:
    days, delay, strike = point[0], F(point[1]), F(point[2])
    solution = standoff.solve(T=days, c=delay, w=strike, select="mixed")
    found = solution.equilibria[0]
    daily, last = delay / (1 + delay), -strike / (1 - strike)
    assert quitting(solution, days - 1) == last
    assert all(quitting(solution, day) == daily for day in range(days - 1))
    expected = (1 - daily) ** (2 * (days - 1)) * (1 - last) ** 2
    assert found.outcomes["strike"] == pytest.approx(float(expected), abs=1e-15)
    assert (found.regret, found.exact) == (0, True)
    assert found.exact_payoffs == {"One": 0, "Two": 0}


def test_every_combination_of_the_stages_equilibria_is_listed_on_request(standoff: Model) -> None:
    solution = standoff.solve(T=2, select="all")
    # Three on the last day; of the mixed one, worth 0, follow three on the day before, of a pure
    # one, worth 1 to its winner, follows the winner's staying alone or with the other's.
    assert all(found.regret == 0 and found.exact for found in solution.equilibria)
    shares = sorted(found.outcomes["strike"] for found in solution.equilibria)
    assert shares[-1] == pytest.approx((1 - 1 / 21) ** 2 / 9, abs=1e-15)
    assert shares[:-1] == [0] * (len(shares) - 1)


@pytest.mark.parametrize("rule", ["first", "payoff", "mixed", "risk", "logit"])
def test_a_rule_selects_an_equilibrium_of_every_stage(standoff: Model, rule: str) -> None:
    solution = standoff.solve(T=3, select=rule)
    assert len(solution.equilibria) == 1
    assert solution.equilibria[0].regret <= 1e-9
    assert not solution.complete


def swept_as_solved(model: Model, axes: dict[str, Any]) -> None:
    """Compare each cell of a sweep with the first equilibrium of its point."""
    swept = run_sweep(model, axes)
    for place in np.ndindex(swept.shape):
        point = {name: values[k] for (name, values), k in zip(axes.items(), place, strict=True)}
        found = model.solve(point).equilibria[0]
        assert swept.regimes[swept.regime[place]] == found.regime, point
        probability = swept.probability[(slice(None), *place)]
        assert probability == pytest.approx(list(found.outcomes.values()), abs=1e-12), point
        payoff = swept.payoff[(slice(None), *place)]
        assert payoff == pytest.approx(list(found.payoffs.values()), abs=1e-12), point


def test_a_sweep_of_attrition_finds_what_solve_finds(standoff: Model) -> None:
    swept_as_solved(standoff, {"T": [1, 2, 5], "w": [-2, -0.5, 0.25], "c": [0.01, 0.3]})


INSPECTION = {
    "players": ["Inspector", "Inspected"],
    "parameters": {"T": {"value": 4, "integer": True, "range": [1, 40]}, "fine": 2, "d": 0.9},
    "clock": {"deadline": "T", "expires": "over", "discount": "d"},
    "game": {
        "day": {
            "simultaneous": {"Inspector": ["look", "sleep"], "Inspected": ["cheat", "comply"]},
            "results": [
                {"when": ["look", "cheat"], **games.end("caught", Inspector=1, Inspected="-fine")},
                {"when": ["look", "comply"], "next": "day", "days": 1, "pays": {"Inspector": -0.2}},
                {"when": ["sleep", "cheat"], **games.end("missed", Inspector=-1, Inspected=1)},
                {"when": ["sleep", "comply"], "next": "day", "days": 1},
            ],
        },
        "over": games.end("over", Inspector=0, Inspected=0),
    },
}


def test_a_sweep_of_a_stage_without_pure_equilibrium_finds_what_solve_finds() -> None:
    model = games.build(INSPECTION)
    assert run_sweep(model, {"T": [1, 9], "fine": [0.5, 3]}).status.tolist() == [[1, 1], [1, 1]]
    swept_as_solved(model, {"T": [1, 2, 9], "fine": [0.5, 1, 3], "d": [0.5, 1]})


def rock_paper_scissors(days: int) -> Model:
    """A draw is played again on the next day; a win is worth ``prize``."""
    names = ["rock", "paper", "scissors"]
    results: list[dict[str, Any]] = []
    for k, first in enumerate(names):
        for m, second in enumerate(names):
            if k == m:
                results.append({"when": [first, second], "next": "round", "days": 1})
            else:
                won = (k - m) % 3 == 1
                payoffs = ("prize", -1) if won else (-1, 1)
                end = games.end("one" if won else "two", One=payoffs[0], Two=payoffs[1])
                results.append({"when": [first, second], **end})
    return games.build(
        {
            "players": ["One", "Two"],
            "parameters": {"prize": 1},
            "clock": {"deadline": days, "expires": "draw"},
            "game": {
                "round": {"simultaneous": {"One": names, "Two": names}, "results": results},
                "draw": games.end("draw", One=0, Two=0),
            },
        }
    )


def test_a_stage_of_three_actions_is_mixed_too() -> None:
    found = rock_paper_scissors(3).solve(exact=True).equilibria[0]
    assert found.outcomes == {"one": 13 / 27, "two": 13 / 27, "draw": 1 / 27}
    assert (found.regret, found.exact) == (0, True)


def test_cells_that_the_kernel_cannot_decide_are_solved_by_themselves() -> None:
    swept_as_solved(rock_paper_scissors(2), {"prize": [0.5, 1, 2]})


def test_a_mixed_stage_has_every_regime_of_its_equilibria_in_the_mask() -> None:
    rows = [("c", "c"), (0, 1), (1, 0), (1, 1)]
    model = games.build(games.stage("RC", (2, 2), rows) | {"parameters": {"c": 2}})
    swept = run_sweep(model, {"c": [0.5, 2, 3]})
    assert swept.equilibria.tolist() == [1, 3, 3]
    assert swept.status.tolist() == [1, 3, 3]
    for cell, value in enumerate([0.5, 2, 3]):
        regimes = {found.regime for found in model.solve(c=value).equilibria}
        mask = swept.regimes_mask[cell]
        assert {name for k, name in enumerate(swept.regimes) if mask >> k & 1} == regimes


def test_a_stage_that_is_no_game_at_some_points_keeps_the_others() -> None:
    rows = [("c", "c + 1 / c"), (0, 1), (1, 0), (1, 1)]
    data = games.stage("RC", (2, 2), rows) | {"parameters": {"c": 2}, "assume": ["c < 2.5"]}
    swept = run_sweep(games.build(data), {"c": [0, 2, 3]})
    assert swept.status.tolist() == [5, 3, 6]
    assert swept.equilibria.tolist() == [0, 3, 0]
    assert np.isnan(swept.payoff[:, [0, 2]]).all()


HALF_MIXED = {
    "players": ["A", "B"],
    "parameters": {"k": 1, "d": 0.5},
    "game": {
        "open": {
            "player": "A",
            "actions": {"out": games.end("out", A=1, B=1), "in": "stage"},
        },
        "stage": {
            "simultaneous": {"A": ["x0", "x1"], "B": ["y0", "y1"]},
            "results": [
                {"when": ["x0", "y0"], **games.end("o00", A="1 - k", B="3 + k")},
                {"when": ["x0", "y1"], **games.end("o01", A="2 + k", B="3 + d")},
                {"when": ["x1", "y0"], **games.end("o10", A="3 + k", B=0)},
                {"when": ["x1", "y1"], **games.end("o11", A=3, B=3)},
            ],
        },
    },
}


def test_where_only_one_side_mixes_a_sweep_finds_what_solve_finds() -> None:
    model = games.build(HALF_MIXED)
    # At k = 1 A is indifferent against y1, and only A mixes in the equilibrium that is selected.
    assert model.solve(k=1).equilibria[0].payoffs["B"] == pytest.approx(24 / 7)
    swept_as_solved(model, {"k": [0.5, 1, 1.5], "d": [0.25, 0.5]})
