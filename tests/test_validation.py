"""Bad models: every mistake is told, at its place, with what would be right.

A file of `bad_models` begins with the messages that it must give, one in each remark, in order.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gametheory_crisis.errors import ModelError
from gametheory_crisis.language.reader import read_file, read_model

BAD = sorted((Path(__file__).parent / "bad_models").glob("*.yaml"))
GOOD = Path(__file__).parent / "good_models"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_all_mistakes_of_a_file_are_told(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = [line.removeprefix("# ") for line in lines if line.startswith("# ")]
    with pytest.raises(ModelError) as caught:
        read_file(path)
    found = [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]
    assert found == expected


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("sixty_day_ultimatum", "Iran: war_iran", "Iran: war_irn", "did you mean 'war_iran'"),
        ("sixty_day_ultimatum", "next: demand, days: 1", "next: demand", "passes no day"),
        ("sixty_day_ultimatum", "stand_aside: day_61", "stand_aside: demand", "after the deadline"),
        ("sixty_day_ultimatum", "expires: deadline ", "", "`deadline` needs `expires`"),
        ("lopsided_deal", "reject: ally", "reject: demand", "passes no day"),
        ("shifting_power", "t / 60", "day / 60", "no deadline and can go on for ever"),
        ("escalation_ladder", "min(rung + 2, 5)", "rung + 2", "`set` makes rung 6"),
        ("correlated_types", "probability: rest", "probability: 2", "between 0 and 1"),
        ("opportunist_neighbour", '"*", seize', "resist, seize", "matched by no entry"),
        ("chain_store", "in: reply3", "in: reply2", "no path from the start 'enter3'"),
    ],
)
def test_one_slip_in_a_good_model_is_found(name, old, new, message):
    text = (GOOD / f"{name}.yaml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ModelError, match=message):
        read_model(text.replace(old, new, 1).encode(), name)


def test_a_counter_that_ends_makes_the_horizon_finite():
    text = """
format: 1
title: three tries
players: [A]
state: {tries: [0, 3]}
game:
  a:
    player: A
    actions:
      stop: {outcome: o, payoffs: {A: day}}
      again: {if: tries < 3, next: a, days: 1, set: {tries: tries + 1}}
"""
    assert read_model(text.encode(), "m.yaml").warnings == ()


def test_a_definition_is_checked_where_it_is_used():
    text = """
format: 1
title: t
players: [A]
define: {late: x + day}
game:
  a: {player: A, offer: {x: [0, 1]}, next: {outcome: o, payoffs: {A: late}}}
"""
    assert read_model(text.encode(), "m.yaml").warnings == ()


def test_a_problem_prints_file_line_column_path_and_message():
    data = b"format: 1\ntitle: t\nplayers: [A]\ngame: {a: {outcome: o, payoffs: {A: 1 + b}}}\n"
    with pytest.raises(ModelError) as caught:
        read_model(data, "m.yaml")
    assert str(caught.value) == "m.yaml:4:41: game.a.payoffs.A: unknown name 'b'; known: day"
