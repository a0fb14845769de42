"""Shocks in trees where mistakes, indifference or many unknowns mislead."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest

import gametheory_crisis as gtc
from gametheory_crisis.solvers.cutoffs.newton import Counted, newton

CRISIS = """
format: 1
title: A crisis with audience costs
players: [A, B]
parameters: {wa: -1/2, wb: -1/2, a: 1/2, w: {value: 1, range: [0, 5]}}
private: {A: {s: "uniform(-w, w)"}, B: {t: "uniform(-w, w)"}}
game:
  challenge:
    player: A
    actions:
      challenge: resist
      not: {outcome: status_quo, payoffs: {A: 0, B: 1}}
  resist:
    player: B
    actions:
      resist: fight
      concede: {outcome: acquisition, payoffs: {A: 1, B: 0}}
  fight:
    player: A
    actions:
      fight: {outcome: war, payoffs: {A: wa + s, B: wb + t}}
      back_down: {outcome: retreat, payoffs: {A: -a, B: 1}}
"""

SAFE_REPLIES = """
format: 1
title: Two messages that are worth the same
players: [A, B]
private: {A: {x: "uniform(0, 1)"}}
game:
  m1: {player: A, actions: {l: m2, r: m3}}
  m2:
    player: B
    actions:
      u: {outcome: o1, payoffs: {A: 2, B: 0.5}}
      d: {outcome: o2, payoffs: {A: 0.5, B: 0.3}}
  m3:
    player: B
    actions:
      u: {outcome: o3, payoffs: {A: 2, B: 1}}
      d: {outcome: o4, payoffs: {A: -1 + 2 * x, B: 0.3}}
"""

ONLY_BY_BELIEF = """
format: 1
title: An equilibrium that rests on beliefs
players: [A, B]
private: {A: {x: "triangular(-1, 0, 2)"}, B: {y: "uniform(0, 1)"}}
game:
  m1:
    player: A
    actions:
      c: m2
      s: {outcome: o1, payoffs: {A: 1 - x + 2 * y, B: -2 + 2 * x + 0.5 * y}}
  m2:
    player: B
    actions:
      r: m3
      d: {outcome: o2, payoffs: {A: 0.3 - 0.5 * y, B: 1 - 0.5 * x + y}}
  m3:
    player: A
    actions:
      f: {outcome: o3, payoffs: {A: -1 - x + y, B: 0.3}}
      b: {outcome: o4, payoffs: {A: -1 + 2 * y, B: 0.3}}
"""

MANY_UNKNOWNS = """
format: 1
title: Nine probabilities
players: [A, B]
clock: {discount: 0.9}
private:
  A: {x: "uniform(-1, 2)", z: "beta(2, 3, -1, 1)"}
  B: {y: "normal(0, 1)"}
game:
  m1:
    player: B
    actions:
      g: m2
      o: {outcome: o1, payoffs: {A: 2 + z + y, B: 1 - z}}
  m2:
    player: A
    actions:
      l: {next: m3, days: 1}
      r: {outcome: o2, payoffs: {A: -2 - x - 0.5 * z + y, B: 0.5 - 0.5 * x - 0.5 * y}}
      q: {outcome: o3, payoffs: {A: 2 - x, B: -1 + 0.5 * x}}
  m3:
    player: B
    actions:
      u: {outcome: o4, payoffs: {A: 1 + 0.5 * y, B: -0.5 + 0.5 * x + 2 * z}}
      d: {outcome: o5, payoffs: {A: -2, B: 2 + 2 * y}}
"""


def model(tmp_path: Path, text: str) -> gtc.Model:
    """The model of a text."""
    path = tmp_path / "shocks.yaml"
    path.write_text(text)
    return gtc.load(str(path))


def test_mistakes_of_others_are_no_reason_to_prefer_an_action(tmp_path: Path) -> None:
    solution = model(tmp_path, SAFE_REPLIES).solve()
    (found,) = solution.equilibria
    (choice,) = found.strategies["m1"]
    assert choice.play == {"l": 1, "r": 0}
    assert all(s.slopes == {"x": 0} for scores in choice.scores.values() for s in scores)
    assert any("take the earliest" in note for note in solution.notes)


def test_scores_show_no_rounding(tmp_path: Path) -> None:
    (found,) = model(tmp_path, CRISIS).solve().equilibria
    (choice,) = found.strategies["challenge"]
    assert [score.constant for score in choice.scores["challenge"]] == [0, 0]


def test_indifferent_types_mix_so_that_the_crisis_has_its_one_equilibrium(tmp_path: Path) -> None:
    # Resisted with 2/3, bluffs are worth nothing: 1/3 - 2/3 * 1/2; 5/11 of those who challenge
    # and are resisted back down, which is what makes B with t = -1/3 indifferent.
    solution = model(tmp_path, CRISIS).solve()
    (found,) = solution.equilibria
    assert solution.complete
    assert found.strategies["resist"][0].cutoff["t"] == pytest.approx(-1 / 3, abs=1e-12)
    assert found.strategies["challenge"][0].play["challenge"] == pytest.approx(11 / 12, abs=1e-12)
    assert found.strategies["fight"][0].play["fight"] == pytest.approx(6 / 11, abs=1e-12)


def test_shocks_that_nobody_feels_leave_a_game_that_is_solved(tmp_path: Path) -> None:
    text = CRISIS.replace("wa + s", "wa").replace("wb + t", "wb")
    solution = model(tmp_path, text).solve()
    assert not solution.complete
    for found in solution.equilibria:
        assert found.regret <= 1e-12


def test_a_leap_of_best_replies_is_no_equilibrium(tmp_path: Path) -> None:
    # A is indifferent between fighting and backing down, B is not between what they lead to.
    text = CRISIS.replace("wa + s", "wa").replace("wb + t", "wb")
    for found in model(tmp_path, text).solve().equilibria:
        assert found.strategies["resist"][0].play["resist"] in (0.0, 1.0)


def test_a_search_that_finds_nothing_says_what_it_tried(tmp_path: Path) -> None:
    with pytest.raises(gtc.SolverError, match=r"none of \d+ starts led to one.*errs alike"):
        model(tmp_path, ONLY_BY_BELIEF).solve()


def test_a_continuum_of_equilibria_is_cut_short(tmp_path: Path) -> None:
    # B does not care what it does after `r`, so that A may be drawn to either message.
    text = SAFE_REPLIES.replace("A: 2, B: 0.5", "A: 0, B: 1").replace(
        "A: 0.5, B: 0.3", "A: 1, B: 0"
    )
    text = text.replace("A: 2, B: 1", "A: 1, B: -1").replace(
        "A: -1 + 2 * x, B: 0.3", "A: -1, B: -1"
    )
    solution = model(tmp_path, text).solve()
    assert not solution.complete
    assert 1 < len(solution.equilibria) <= 16
    assert all(found.regret <= 1e-12 for found in solution.equilibria)


def test_payoffs_of_0_lend_mistakes_no_weight(tmp_path: Path) -> None:
    text = CRISIS.replace("A: 0, B: 1", "A: 1, B: -1").replace("A: 1, B: 0", "A: 0, B: 0")
    text = text.replace("A: wa + s, B: wb + t", "A: -1, B: -t").replace("A: -a, B: 1", "A: 0, B: 0")
    for found in model(tmp_path, text).solve().equilibria:
        (choice,) = found.strategies["resist"]
        assert choice.cutoff == {}
        assert all(s.slopes == {"t": 0} for scores in choice.scores.values() for s in scores)


def test_a_spent_search_begins_no_further_step() -> None:
    import numpy as np

    spent = Counted(lambda points: points - 2.0, most=40)
    assert not len(newton(spent, np.full((20, 3), 0.5)))
    assert spent.points <= 40 + 20 * (3 + 12)


def test_a_prior_without_width_is_no_game(tmp_path: Path) -> None:
    crisis = model(tmp_path, CRISIS)
    with pytest.raises(gtc.ParameterError, match="lo must lie below hi"):
        crisis.solve(w=0)
    cells = crisis.solve_batch([[-0.5, -0.5, 0.5, 0.0], [-0.5, -0.5, 0.5, 1.0]])
    assert cells.status[0, 0] == 6
    assert cells.status[0, 1] == 1


@pytest.mark.slow
def test_many_unknowns_take_seconds_at_most(tmp_path: Path) -> None:
    start = perf_counter()
    with pytest.raises(gtc.SolverError, match="9 probabilities hang together"):
        model(tmp_path, MANY_UNKNOWNS).solve()
    assert perf_counter() - start < 30
