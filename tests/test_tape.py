"""One tape, several back-ends: the compiled kernel, plain Python floats and exact rationals."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as F
from typing import Any

import games
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gametheory_crisis.errors import ModelError
from gametheory_crisis.games.program import run_program
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.model import Model
from gametheory_crisis.solvers.block_induction import BlockSolver
from gametheory_crisis.sweeps.sweep import run_sweep

pytestmark = pytest.mark.kernels

NAMES = ("a", "b", "c")
VALUES = (0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 0.1, 3.0)
POINTS = [
    (0.0, 1.0, -1.0),
    (0.5, 2.0, 0.1),
    (-2.5, 0.0, 3.0),
    (1.0, -1.0, 0.5),
    (0.1, 0.1, 0.0),
    (3.0, 0.5, 2.0),
]


def numbers() -> st.SearchStrategy[str]:
    leaves = st.sampled_from([*NAMES, "0", "1", "2", "1/3", "0.1", "3"])
    return st.recursive(leaves, branches, max_leaves=12)


def branches(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    binary = st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/"]), inner)
    power = st.builds("({} ** {})".format, inner, st.sampled_from(["2", "-1", "3", "a", "(1/2)"]))
    unary = st.builds(
        "{}({})".format, st.sampled_from(["abs", "sqrt", "exp", "log", "Phi", "-", ""]), inner
    )
    extreme = st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner)
    test = st.builds("{} {} {}".format, inner, st.sampled_from(["<", "<=", "==", ">", ">="]), inner)
    both = st.builds("({}) {} ({})".format, test, st.sampled_from(["and", "or"]), test)
    condition = st.one_of(test, both, st.builds("not ({})".format, test))
    choice = st.builds("where({}, {}, {})".format, condition, inner, inner)
    return st.one_of(binary, binary, power, unary, extreme, choice, choice)


def model_of(expression: str) -> Model | None:
    """The expression as a payoff; None where it has a constant that is undefined."""
    try:
        return games.lone_payoff(expression, dict.fromkeys(NAMES, 1))
    except ModelError:
        return None


def same(x: float, y: float) -> bool:
    """Bit for bit, but that all undefined numbers are one."""
    return (math.isnan(x) and math.isnan(y)) or (
        x == y and math.copysign(1, x) == math.copysign(1, y)
    )


def in_python(model: Model, point: dict[str, Any]) -> float:
    solver = model.block_solver
    assert isinstance(solver, BlockSolver)
    return run_program(solver.program, point)[0]


def in_rationals(model: Model, point: dict[str, Any]) -> F | float:
    game = model.stage_game
    slot = game.positions[game.start].payoffs[0]
    return Evaluator(game.tape, {name: F(value) for name, value in point.items()}).value(slot)


@settings(max_examples=150)
@given(numbers())
def test_the_kernel_gives_the_bits_of_plain_python(expression: str) -> None:
    model = model_of(expression)
    if model is None:
        return
    cells = model.solve_batch(POINTS, threads=1)
    for k, point in enumerate(POINTS):
        expected = in_python(model, dict(zip(NAMES, point, strict=True)))
        if math.isfinite(expected):
            assert same(cells.payoff[0, 0, k], expected), (expression, point)
            assert cells.status[0, k] == 1
        else:
            assert cells.status[0, k] == 5, (expression, point)
            assert math.isnan(cells.payoff[0, 0, k])


@settings(max_examples=30)
@given(numbers(), st.permutations(NAMES))
def test_what_is_swept_and_in_which_order_does_not_change_a_bit(
    expression: str, order: list[str]
) -> None:
    model = model_of(expression)
    if model is None:
        return
    axes = {name: np.array([0.5, 2.0, 0.0][: 2 + k]) for k, name in enumerate(order)}
    for swept in (order, order[:2], order[1:2]):
        grid = {name: axes[name] for name in swept}
        result = run_sweep(
            model, grid, {name: -1 for name in NAMES if name not in swept}, threads=1
        )
        assert result.payoff is not None
        for index in itertools.product(*(range(len(axis)) for axis in grid.values())):
            point = dict.fromkeys(NAMES, -1.0)
            point |= {name: grid[name][k] for name, k in zip(swept, index, strict=True)}
            expected = model.solve_batch([[point[name] for name in NAMES]], threads=1)
            assert same(result.payoff[(0, *index)], expected.payoff[0, 0, 0]), (expression, point)
            assert result.status[index] == expected.status[0, 0]


def rationals() -> st.SearchStrategy[str]:
    leaves = st.sampled_from([*NAMES, "1", "2", "1/3", "0.1"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
            st.builds("({} / {})".format, inner, st.sampled_from(["a", "3", "(1 + b ** 2)"])),
            st.builds("max({}, {})".format, inner, inner),
            st.builds("abs({})".format, inner),
            st.builds("where({} > 1/7, {}, {})".format, inner, inner, inner),
        ),
        max_leaves=8,
    )


@settings(max_examples=100)
@given(rationals(), st.sampled_from(POINTS))
def test_floats_agree_with_rationals_within_rounding(
    expression: str, row: tuple[float, ...]
) -> None:
    model = model_of(expression)
    assert model is not None
    point = dict(zip(NAMES, row, strict=True))
    exact, rounded = in_rationals(model, point), in_python(model, point)
    if not isinstance(exact, F):
        assert math.isnan(exact)
        assert math.isnan(rounded)
        return
    assert rounded == pytest.approx(float(exact), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "expression",
    ["1 / a", "log(a)", "log(-1 - a)", "sqrt(a - 1)", "a ** -1", "(a - 2) ** (1/2)", "1 / (a * b)"],
)
def test_undefined_is_undefined_in_every_back_end(expression: str) -> None:
    model = games.lone_payoff(expression, dict.fromkeys(NAMES, 1))
    point = {"a": 0.0, "b": 1.0, "c": 1.0}
    assert math.isnan(in_python(model, point))
    assert math.isnan(in_rationals(model, point))
    cells = model.solve_batch([list(point.values())], threads=1)
    assert cells.status[0, 0] == 5


@pytest.mark.parametrize("undefined", ["1 / a", "log(a)", "sqrt(a - 1)", "a ** -1"])
def test_where_ignores_the_branch_not_chosen_in_every_back_end(undefined: str) -> None:
    point = {"a": 0.0, "b": 1.0, "c": 1.0}
    for expression in (f"where(a > 0, {undefined}, 7)", f"where(a <= 0, 7, {undefined})"):
        model = games.lone_payoff(expression, dict.fromkeys(NAMES, 1))
        assert in_python(model, point) == 7
        assert in_rationals(model, point) == 7
        assert model.solve_batch([list(point.values())], threads=1).payoff[0, 0, 0] == 7
        assert model.solve(point).equilibria[0].payoffs["A"] == 7


def test_a_condition_that_reads_something_undefined_is_decided_where_it_can_be() -> None:
    decided = games.lone_payoff("where(a > 0 and 1 / a < 2, 1, 5)", {"a": 1})
    undecided = games.lone_payoff("where(a == 0 and 1 / a < 2, 1, 5)", {"a": 1})
    assert decided.solve_batch([[0.0]], threads=1).payoff[0, 0, 0] == 5
    assert undecided.solve_batch([[0.0]], threads=1).status[0, 0] == 5
