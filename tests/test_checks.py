"""What must hold for there to be a game, only where and when play can stand."""

from __future__ import annotations

import pytest

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model

HEAD = "format: 1\ntitle: Checks\nplayers: [A]\n"


def model(text: str) -> Model:
    return Model(read_model((HEAD + text).encode(), "checks.yaml"), "checks")


REACHED_ON_ONE_DAY = {
    "probability": """
clock: {deadline: 10, expires: e}
game:
  n: {player: A, actions: {go: {next: m, days: 1}}}
  m:
    chance: {a: day, b: rest}
    next: {a: {outcome: x, payoffs: {A: 1}}, b: {outcome: y, payoffs: {A: 0}}}
  e: {outcome: y, payoffs: {A: 0}}
""",
    "offer": """
clock: {deadline: 10, expires: e}
game:
  n: {player: A, offer: {z: [0, 2 - day]}, next: m}
  m: {player: A, actions: {stop: {outcome: x, payoffs: {A: z / 2}}}}
  e: {outcome: y, payoffs: {A: 0}}
""",
    "hazard": """
state: {r: [0, 1]}
clock: {deadline: 10, expires: e, breakdown: {hazard: (r + day) / 10, to: e}}
game:
  n: {player: A, actions: {go: {next: m, days: 2, set: {r: 1}}}}
  m: {outcome: x, payoffs: {A: 1}}
  e: {outcome: y, payoffs: {A: 0}}
""",
}


@pytest.mark.parametrize("kind", REACHED_ON_ONE_DAY)
def test_a_day_on_which_play_cannot_stand_refuses_no_game(kind):
    checked = model(REACHED_ON_ONE_DAY[kind])
    payoff = checked.solve().equilibria[0].payoffs["A"]
    batch = checked.solve_batch([[]])
    assert batch.status[0, 0] == 1
    assert batch.payoff[0, 0, 0] == pytest.approx(payoff, abs=1e-12)
    assert payoff == pytest.approx({"probability": 1, "offer": 1, "hazard": 0.8 * 0.7}[kind])


def test_a_hazard_that_is_none_is_named_with_its_state_and_day():
    checked = model("""
parameters: {h: 0.4}
state: {rung: [0, 3]}
clock: {deadline: 5, expires: e, breakdown: {hazard: h * rung, to: e}}
game:
  n: {player: A, actions: {climb: {next: n, days: 1, set: {rung: "min(rung + 1, 3)"}}}}
  e: {outcome: y, payoffs: {A: 0}}
""")
    with pytest.raises(ParameterError, match=r"hazard .* where rung = 3"):
        checked.solve()
    assert checked.solve_batch([[0.4]]).status[0, 0] == 6
    assert checked.solve_batch([[0.3]]).status[0, 0] == 1


def test_forever_has_probability_zero_in_a_game_that_ends():
    checked = model("""
regimes: {stuck: forever > 0, ends: x == 1}
game: {a: {outcome: x, payoffs: {A: 1}}}
""")
    assert checked.solve().equilibria[0].regime == "ends"
    assert checked.regimes[checked.solve_batch([[]]).regime[0, 0]] == "ends"


def test_an_event_of_probability_zero_never_happens_whatever_it_would_bring():
    checked = model("""
parameters: {p: {value: 0, range: [0, 1]}}
game:
  n:
    chance: {a: p, b: 1 - p}
    next:
      a: {player: A, actions: {l: left, r: right}}
      b: {outcome: y, payoffs: {A: 2}}
  left: {outcome: x, payoffs: {A: 1 / p}}
  right: {outcome: y, payoffs: {A: 1 / p}}
""")
    solution = checked.solve()
    assert [equilibrium.payoffs["A"] for equilibrium in solution.equilibria] == [2]
    assert solution.equilibria[0].strategies == {}
    assert len(checked.solve(p=0.5).equilibria) == 2
