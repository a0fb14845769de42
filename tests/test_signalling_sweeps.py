"""Sweeps of games of private information: each cell has the equilibria that its point has."""

from __future__ import annotations

from typing import Any

import games
import numpy as np
import pytest

from gametheory_crisis.model import Model
from gametheory_crisis.solvers.signalling_tables import SignallingTables
from gametheory_crisis.sweeps.sweep import run_sweep

BREAKFAST = """
format: 1
title: Beer or quiche
players: [Sender, Receiver]
parameters: {p: {value: 0.9, range: [0, 1]}, c: {value: 2, range: [0, 4]}}
private:
  Sender:
    type: {strong: p, weak: 1 - p}
    beer_lover: {strong: 1, weak: 0}
game:
  breakfast: {player: Sender, actions: {beer: after_beer, quiche: after_quiche}}
  after_beer:
    player: Receiver
    actions:
      duel: {outcome: beer_duel, payoffs: {Sender: beer_lover, Receiver: 1 - beer_lover}}
      leave: {outcome: beer_peace, payoffs: {Sender: beer_lover + c, Receiver: beer_lover}}
  after_quiche:
    player: Receiver
    actions:
      duel: {outcome: quiche_duel, payoffs: {Sender: 1 - beer_lover, Receiver: 1 - beer_lover}}
      leave: {outcome: quiche_peace, payoffs: {Sender: 1 - beer_lover + c, Receiver: beer_lover}}
"""

SIGNAL = """
format: 1
title: A noisy signal
players: [D, T]
parameters: {w: 0.7, k: 0.1, ps: {value: 0.3, range: [0, 1]}, alarm: {value: 0, range: [0, 1]}}
state: {dirty: [0, 1]}
game:
  invest:
    player: T
    observed_by: []
    actions: {refrain: look, invest: {next: look, set: {dirty: 1}, pays: {T: -k}}}
  look:
    chance: {signal: "where(dirty == 1, ps, alarm)", nothing: rest}
    next: {signal: choose, nothing: choose}
  choose: {player: D, actions: {wait: waited, strike: struck}}
  waited:
    chance: {clean: 1 - dirty, dirty: dirty}
    next:
      clean: {outcome: peace, payoffs: {D: 1, T: 0.5}}
      dirty: {outcome: shift, payoffs: {D: 0.4, T: 1.2}}
  struck: {outcome: war, payoffs: {D: w, T: 0.1}}
"""

TWO_SIDED = """
format: 1
title: Both sides informed, an answer on the next day
players: [A, B]
parameters:
  T: {value: 2, range: [2, 5], integer: true}
  a: {value: 0.3, range: [0, 1]}
  b: {value: 0.65, range: [0, 1]}
  prize: 1
clock: {deadline: T, expires: over, discount: 0.9}
private:
  A: {type: {hard: a, soft: 1 - a}, fight: {hard: 0.3, soft: -0.4}}
  B: {type: {hard: b, soft: 1 - b}, stand: {hard: 0.5, soft: -0.6}}
game:
  move:
    player: A
    actions:
      keep: {outcome: status_quo, payoffs: {A: 0.5, B: 1}}
      demand: {next: answer, days: 1}
  answer:
    player: B
    actions:
      concede: {outcome: concession, payoffs: {A: prize, B: 0.2}}
      resist: last
  last:
    player: A
    actions:
      back_down: {outcome: retreat, payoffs: {A: 0.1, B: 0.8}}
      press: {outcome: war, payoffs: {A: fight, B: stand}}
  over: {outcome: over, payoffs: {A: 0, B: 0}}
"""


def agrees(model: Model, axes: dict[str, Any], cells: int = 60, seed: int = 0) -> None:
    """Compare random cells of a sweep, and its corners, with their points."""
    swept = run_sweep(model, axes)
    assert isinstance(model.block_solver, SignallingTables)
    places = list(np.ndindex(swept.shape))
    chosen = np.random.default_rng(seed).permutation(len(places))[:cells]
    for index in {0, len(places) - 1, *chosen.tolist()}:
        place = places[index]
        point = {name: values[k] for (name, values), k in zip(axes.items(), place, strict=True)}
        found = model.solve({name: float(value) for name, value in point.items()}).equilibria
        assert swept.equilibria[place] == len(found), point
        regimes = {equilibrium.regime for equilibrium in found}
        mask = swept.regimes_mask[place]
        assert {name for k, name in enumerate(swept.regimes) if mask >> k & 1} == regimes, point
        first = found[0]
        assert swept.regimes[swept.regime[place]] == first.regime, point
        whole = (slice(None), *place)
        assert swept.payoff[whole] == pytest.approx(list(first.payoffs.values()), abs=1e-9), point
        assert swept.probability[whole] == pytest.approx(list(first.outcomes.values()), abs=1e-9), (
            point
        )
        assert swept.expected_day[place] == pytest.approx(first.expected_day, abs=1e-9), point


def test_cells_of_a_signalling_game_have_the_equilibria_of_their_points() -> None:
    agrees(games.build(BREAKFAST), {"p": np.linspace(0, 1, 41), "c": np.linspace(0, 4, 33)})


def test_knife_edges_have_their_own_equilibria() -> None:
    model = games.build(BREAKFAST)
    agrees(model, {"p": [0.25, 1 / 3, 0.5, 0.75], "c": [0, 0.5, 1, 2, 3]})
    near = [0.5 - 1e-13, 0.5, 0.5 + 1e-13, 0.5 + 1e-6]
    counts = run_sweep(model, {"p": near}).equilibria.tolist()
    assert counts[:3] == [counts[1]] * 3
    assert counts[3] == 2


def test_cells_of_a_hidden_move_have_the_equilibria_of_their_points() -> None:
    axes = {"ps": np.linspace(0.05, 0.95, 19), "w": np.linspace(0.3, 1.1, 17)}
    agrees(games.build(SIGNAL), axes)
    agrees(games.build(SIGNAL), {"alarm": np.linspace(0, 0.3, 7), "k": np.linspace(0, 0.6, 13)})


def test_cells_of_two_informed_sides_have_the_equilibria_of_their_points() -> None:
    axes = {"a": np.linspace(0.05, 0.95, 10), "b": np.linspace(0.05, 0.95, 10), "T": [2, 4]}
    agrees(games.build(TWO_SIDED), axes, cells=40)


def test_where_equilibria_of_several_regimes_coexist_a_sweep_has_them_all() -> None:
    swept = run_sweep(games.build(BREAKFAST), {"p": [0.3, 0.9], "c": [2.0]})
    assert swept.status[:, 0].tolist() == [1, 3]
    regimes = [swept.regimes[k] for k in range(4) if swept.regimes_mask[1, 0] >> k & 1]
    assert regimes == ["beer_peace", "quiche_peace"]


def test_a_sweep_does_not_depend_on_its_threads() -> None:
    axes = {"p": np.linspace(0, 1, 150), "c": np.linspace(0, 4, 120)}
    one = run_sweep(games.build(BREAKFAST), axes, threads=1)
    two = run_sweep(games.build(BREAKFAST), axes, threads=2)
    for name in ("regime", "regimes_mask", "equilibria", "status", "payoff", "probability"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True)


def test_a_batch_of_points_is_solved_as_a_sweep_is() -> None:
    model = games.build(BREAKFAST)
    points = np.array([[0.9, 2.0], [0.3, 2.0], [1.5, 2.0]])
    cells = model.solve_batch(points)
    assert cells.equilibria[0].tolist() == [2, 1, 0]
    assert cells.status[0].tolist() == [3, 1, 6]
