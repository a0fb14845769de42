"""Laws of the command line on models of private numbers: what people read, and what JSON holds."""

from __future__ import annotations

import csv
import json
from functools import cache

import numpy as np
import pytest
from private_models import ONE_OFFER, PRICE, SIXTY_DAYS, TWO_TYPES, model_of
from shock_games import AUDIENCE, CRISIS

from gametheory_crisis.analysis.cutoff_sides import taken_above
from gametheory_crisis.cli.solve import solution_lines
from gametheory_crisis.results import Solution


@cache
def solved(text: str, **values: float) -> Solution:
    return model_of(text).solve(values)


def told(text: str, **values: float) -> list[str]:
    """What ``crisis solve`` prints, without what only aligns."""
    lines = solution_lines(model_of(text).graph, solved(text, **values))
    return [" ".join(line.split()) for line in lines]


@pytest.fixture
def path(tmp_path):
    def write(text: str):
        file = tmp_path / "private.yaml"
        file.write_text(text)
        return file

    return write


# What people read


def test_sixty_days_take_a_few_lines():
    lines = told(SIXTY_DAYS)
    assert len(lines) < 32
    assert any(line.startswith("days 0-58 US at demand offers x = 0.10") for line in lines)
    assert any(line.startswith("day 59 US at demand offers x = 0.11") for line in lines)
    (early,) = (line for line in lines if line.startswith("days 0-58 Iran at answer"))
    assert "accept if c >= 0.59" in early
    assert "...0.47" in early
    assert early.endswith("else reject")
    assert "day 60 Israel at day_61 strike" in lines


def test_the_numerical_error_stands_beside_the_regret():
    lines = told(SIXTY_DAYS)
    (regret,) = (k for k, line in enumerate(lines) if line.startswith("regret"))
    assert lines[regret + 1].startswith("error")
    assert lines[regret + 1].endswith("(estimate)")
    assert not any(line.startswith("error") for line in told(ONE_OFFER))


def test_beliefs_are_told_as_the_types_that_are_left():
    lines = told(PRICE)
    assert any(line.startswith("days 0-4 Seller at ask v in [0, 1...") for line in lines)


def test_payoffs_by_type_are_a_small_table():
    lines = told(ONE_OFFER)
    start = lines.index("by type")
    assert lines[start + 1] == "payoff deal war"
    assert lines[start + 2] == "Two, c2 = 0.02 0.48 0 1"
    assert len(lines) - start <= 9


def test_one_offer_says_who_accepts_and_what_types_ask_for():
    lines = told(ONE_OFFER)
    assert "day 0 One at offer offers x = 0.65" in lines
    assert "day 0 Two at answer accept if c2 >= 0.15 (with 0.625), else reject" in lines
    assert "indifferent at 0.5 where c2 = 0, to 0.9 where c2 = 0.4" in lines


def test_half_of_the_types_are_on_the_right_side():
    # The side cannot be told from the probabilities where they are even.
    solution = solved(ONE_OFFER, c1=0.0)
    (answer,) = solution.equilibria[0].strategies["answer"]
    assert answer.play["accept"] == pytest.approx(0.5)
    assert any("accept if c2 >= 0.2 (with 0.5)" in line for line in told(ONE_OFFER, c1=0.0))


@pytest.mark.parametrize(
    ("text", "node", "above"),
    [
        (SIXTY_DAYS, "answer", "accept"),
        (PRICE, "answer", "buy"),
        (ONE_OFFER, "answer", "accept"),
        (CRISIS, "answer", "resist"),
        (AUDIENCE, "showdown", "back_down"),
    ],
)
def test_the_types_above_a_cutoff_are_told_from_those_below(text, node, above):
    model, found = model_of(text), solved(text).equilibria[0]
    choice = found.strategies[node][0]
    assert taken_above(model.graph, node, choice, found) == above


def test_three_equilibria_are_told_one_after_the_other():
    lines = told(CRISIS)
    titles = [line for line in lines if line.startswith("Equilibrium ")]
    assert titles == ["Equilibrium 1 of 3", "Equilibrium 2 of 3", "Equilibrium 3 of 3"]
    resist = [line for line in lines if line.startswith("day 0 B at answer")]
    assert ["(with 0.703548)" in resist[0], "else resist" in resist[0]] == [True, True]
    assert sum("whichever is worth most: stand_firm -1.9 + eA" in line for line in lines) == 3


def test_types_who_do_not_care_are_told_apart():
    assert any(line.startswith("those who are indifferent: refrain") for line in told(AUDIENCE))


def test_two_types_are_told_with_what_is_believed_of_them():
    lines = told(TWO_TYPES)
    assert any(line.startswith("days 0-4 Seller at ask 0.4") for line in lines)
    assert any(line.startswith("Buyer (high)") for line in lines)


# What programs read


def test_json_holds_cutoffs_types_and_the_error(crisis, path):
    result = crisis("solve", path(PRICE), "-p", "T=3", "--json")
    assert result.code == 0
    (found,) = result.json["equilibria"]
    answers = found["strategies"]["answer"]
    assert [set(entry["cutoff"]) for entry in answers] == [{"v"}] * 3
    assert found["error"] < 1e-9
    assert found["by_type"][0]["player"] == "Buyer"
    assert found["beliefs"]["ask"][0]["support"] == {"v": [0.0, 1.0]}


@pytest.mark.parametrize("text", [SIXTY_DAYS, PRICE, TWO_TYPES, ONE_OFFER, CRISIS, AUDIENCE])
def test_every_solution_is_plain_json(text):
    solution = solved(text)
    assert json.loads(json.dumps(solution.to_dict(), allow_nan=False))["method"] == solution.method
    assert solution.model in repr(solution)


def test_show_says_what_is_private_and_what_solves_it(crisis, path):
    lines = crisis("show", path(SIXTY_DAYS)).stdout.splitlines()
    assert "  screening (perfect Bayesian)" in lines
    assert "  Iran alone knows c, drawn from uniform(0, c_max)" in lines


def test_the_table_of_all_days_has_offers_and_cutoffs(crisis, path, tmp_path):
    table = tmp_path / "days.csv"
    result = crisis("timeline", path(PRICE), "-p", "T=4", "-o", table)
    assert result.code == 0
    assert "v left" in result.stdout
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [row["cutoff"] != "" for row in rows] == [True] * 4 + [False]
    assert rows[4]["offer"] == ""
    assert float(rows[3]["left:to"]) == float(rows[3]["cutoff"])


def test_maps_and_sweeps_take_private_numbers(crisis, path, tmp_path):
    file, table = path(PRICE), tmp_path / "cells.csv"
    assert crisis("sweep", file, "-a", "d=0.5,0.9", "-a", "T=1,3", "-q", "-o", table).code == 0
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert len(rows) == 4
    found = solved(PRICE, T=3, d=0.9).equilibria[0].outcomes["trade"]
    cell = next(row for row in rows if (row["T"], row["d"]) in {("3", "0.9"), ("3.0", "0.9")})
    assert float(cell["probability:trade"]) == pytest.approx(found)
    for quantity in ("day", "payoff:Buyer", "probability:none", "regime"):
        axes = ("-x", "d=0.5:0.9:2", "-y", "T=1:3:2")
        picture = tmp_path / "map.png"
        assert crisis("map", file, *axes, "--quantity", quantity, "-q", "-o", picture).code == 0
        assert picture.stat().st_size > 5000


def test_timelines_of_deadlines_are_compared(crisis, path, tmp_path):
    picture = tmp_path / "line.png"
    result = crisis("timeline", path(PRICE), "--compare", "T=2,4", "--json", "-o", picture)
    assert result.code == 0
    offers = [line["offers"]["offer"] for line in result.json["timelines"]]
    assert list(map(len, offers)) == [2, 4]
    assert np.all(np.diff(offers[1]) < 0)
