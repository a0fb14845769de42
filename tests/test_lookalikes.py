"""Warnings where only the actions' names tell a player two histories apart."""

from __future__ import annotations

import time

import pytest

from gametheory_crisis.language.lookalikes import MAX_WARNINGS
from gametheory_crisis.language.reader import read_model

HEAD = "format: 1\ntitle: t\nplayers: [A, B, C]\n"
END = "{outcome: end, payoffs: {A: 0, B: 0, C: 0}}"
TOLD = "can have seen the same"


def warned(text: str) -> list[str]:
    """The warnings of this kind that a model has, END standing for an end."""
    graph = read_model((HEAD + text.replace("END", END)).encode(), "model.yaml")
    return [warning for warning in graph.warnings if TOLD in warning]


def game(seen: str, right: str, before: str = "") -> str:
    """A chooses which of two nodes B moves at; ``right`` names B's action at the second."""
    return f"""{before}
game:
  a: {{player: A, {seen} actions: {{l: b, r: c}}}}
  b: {{player: B, actions: {{stay: END, go: END}}}}
  c: {{player: B, actions: {{stay: END, {right}: END}}}}
"""


def test_names_of_actions_that_tell_hidden_moves_apart_are_warned_of():
    (warning,) = warned(game("observed_by: [C],", "leave"))
    assert warning == (
        "B can have seen the same at 'b' and at 'c'; only its actions' names tell them apart"
    )


@pytest.mark.parametrize(
    ("seen", "right"), [("", "leave"), ("observed_by: [B],", "leave"), ("observed_by: [],", "go")]
)
def test_no_warning_where_the_move_is_seen_or_the_actions_are_the_same(seen, right):
    assert warned(game(seen, right)) == []


def test_a_hidden_event_of_nature_leaves_no_trace():
    text = """
game:
  n: {chance: {u: 1/2, d: rest}, observed_by: [A], next: {u: a, d: a2}}
  a: {player: A, actions: {l: b}}
  a2: {player: A, actions: {l: c}}
  b: {player: B, actions: {stay: END}}
  c: {player: B, actions: {leave: END}}
"""
    assert len(warned(text)) == 1
    assert (
        warned(text.replace("a2: {player: A, actions: {l:", "a2: {player: A, actions: {k:")) == []
    )


@pytest.mark.parametrize(("days", "count"), [(2, 1), (3, 0)])
def test_the_day_tells_histories_apart(days, count):
    text = """
game:
  a: {player: A, observed_by: [], actions: {l: {next: b, days: 2}, r: {next: c, days: DAYS}}}
  b: {player: B, actions: {stay: END}}
  c: {player: B, actions: {leave: END}}
"""
    assert len(warned(text.replace("DAYS", str(days)))) == count


def test_a_state_that_nobody_sees_is_told_by_what_it_allows():
    text = """
state: {armed: [0, 1]}
game:
  a: {player: A, observed_by: [], actions: {arm: {next: b, set: {armed: 1}}, wait: b}}
  b: {player: B, actions: {stay: END, yield: {next: e, if: armed == 1}}}
  e: END
"""
    (warning,) = warned(text)
    assert "twice at 'b'" in warning


def test_the_choices_of_others_at_a_hidden_stage_are_unseen_and_its_own_are_seen():
    text = """
game:
  s:
    simultaneous: {A: [u, d], B: [l, r]}
    observed_by: []
    results: [{when: [u, l], next: b}, {when: [d, l], next: c}, {when: ["*", r], next: e}]
  b: {player: B, actions: {stay: END}}
  c: {player: B, actions: {leave: END}}
  e: {player: B, actions: {wait: END}}
"""
    (warning,) = warned(text)
    assert "'b' and at 'c'" in warning


def test_what_the_clock_does_is_seen_by_all():
    text = """
clock: {deadline: 3, expires: e, breakdown: {hazard: 1/2, to: f}}
game:
  a: {player: A, observed_by: [], actions: {l: {next: b, days: 1}, r: {next: b, days: 2}}}
  b: {player: C, actions: {stay: END}}
  e: {player: B, actions: {stay: END}}
  f: {player: B, actions: {leave: END}}
"""
    assert warned(text) == []


def test_the_search_is_bounded():
    events = ", ".join(f"e{k}: 1/400" for k in range(400))
    nodes = "".join(f"  b{k}: {{player: B, actions: {{x{k}: END}}}}\n" for k in range(400))
    following = ", ".join(f"e{k}: b{k}" for k in range(400))
    text = f"game:\n  n: {{chance: {{{events}}}, observed_by: [], next: {{{following}}}}}\n{nodes}"
    begun = time.perf_counter()
    assert len(warned(text)) == MAX_WARNINGS
    assert time.perf_counter() - begun < 5
