"""Sweeps of offers with curved payoffs: bisected on the tape, or point by point where irregular."""

from __future__ import annotations

import numpy as np
import pytest

from gametheory_crisis.compiler.curved_offer import GRID
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model
from gametheory_crisis.solvers.block_induction import BlockSolver
from gametheory_crisis.solvers.pointwise import PointwiseSolver

TEMPLATE = """\
format: 1
title: A curved offer
players: [One, Two]
parameters:
  a: {{value: 0.5, range: [0.1, 2]}}
  b: {{value: 0.3, range: [-1, 1]}}
clock: {{deadline: 3, expires: war, discount: 0.9}}
game:
  demand: {{player: One, offer: {{x: [0, 1]}}, next: answer}}
  answer:
    player: Two
    actions:
      {first}
      {second}
  war: {{outcome: war, payoffs: {{One: 0.1, Two: b}}}}
"""
ACCEPT = 'accept: {{outcome: deal, payoffs: {{One: "{one}", Two: "{two}"}}}}'
REJECT = "reject: {next: demand, days: 1}"
AXES = {"a": np.linspace(0.5, 2, 9), "b": np.linspace(-0.9, 0.9, 11)}


def curved(one: str, two: str, *, reject_first: bool = False) -> Model:
    accept = ACCEPT.format(one=one, two=two)
    first, second = (REJECT, accept) if reject_first else (accept, REJECT)
    text = TEMPLATE.format(first=first, second=second)
    return Model(read_model(text.encode(), "curved.yaml"), "curved")


@pytest.mark.parametrize("reject_first", [False, True])
@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("1 - x", "x ** a"),
        ("(1 - x) ** a", "x"),
        ("x ** 2", "1 - x ** 3"),
        ("exp(-a * x)", "sqrt(x) - a / 4"),
        ("where(x > a / 2, 1 - x, 0.5 - x)", "x ** 2"),
    ],
)
def test_a_sweep_of_a_regular_curve_equals_the_solution_of_each_point(one, two, reject_first):
    model = curved(one, two, reject_first=reject_first)
    assert isinstance(model.block_solver, BlockSolver)
    _agree(model)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("x * (1 - x)", "x ** a"),  # the offerer's best is inside
        ("1 - x", "4 * x * (1 - x) * a"),  # accepted in the middle only
        ("x", "(x - 0.5) ** 2 * a"),  # rejected in the middle only
    ],
)
def test_an_irregular_curve_is_solved_point_by_point(one, two):
    model = curved(one, two)
    points = np.array([[a, b] for a in AXES["a"][::3] for b in AXES["b"][::2]])
    expected = PointwiseSolver(model.stage_game).solve_columns(
        {}, {"a": points[:, 0].copy(), "b": points[:, 1].copy()}
    )
    found = model.solve_batch(points)
    regular = found.status == 1
    assert np.array_equal(found.status, expected.status)
    assert np.array_equal(found.regime, expected.regime)
    assert np.allclose(found.payoff, expected.payoff, rtol=0, atol=1e-9, equal_nan=True)
    assert regular.mean() > 0.9


def test_two_changes_within_one_interval_of_the_grid_go_unseen_by_the_sweep_alone():
    """The stated limit of a sweep: what cancels between two points of its grid is not seen."""
    width = 0.4 / GRID
    model = curved("1 - x", f"where(abs(x - 0.5 - 1 / {2 * GRID}) < {width}, 0.95, -2)")
    values = {"a": 1.0, "b": 0.3}
    point = model.solve(values).equilibria[0]
    assert point.outcomes["deal"] == 1
    swept = model.solve_batch([[1.0, 0.3]])
    assert swept.probability[0, 0, 0] == 0


def _agree(model: Model) -> None:
    points = [(a, b) for a in AXES["a"][::4] for b in AXES["b"][::3]]
    batch = model.solve_batch(np.array(points))
    for k, (a, b) in enumerate(points):
        equilibrium = model.solve(a=a, b=b).equilibria[0]
        assert np.allclose(list(equilibrium.payoffs.values()), batch.payoff[:, 0, k], atol=1e-9)
        if batch.status[0, k] == 1:
            assert model.regimes[batch.regime[0, k]] == equilibrium.regime
