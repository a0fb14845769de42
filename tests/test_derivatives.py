"""Derivatives of expressions, and the places where they jump."""

from __future__ import annotations

import math
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gametheory_crisis.compiler.derivatives import derivative
from gametheory_crisis.compiler.freezing import make_tape
from gametheory_crisis.compiler.switches import switches
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.parser import parse_condition, parse_number


def read(text: str) -> tuple[Expressions, int]:
    expressions = Expressions()
    return expressions, parse_number(text, expressions, lambda name, _: expressions.symbol(name))


def value(expressions: Expressions, handle: int, **inputs):
    return Evaluator(make_tape(expressions), inputs).value(handle)


EXACT = [
    ("3", F(0)),
    ("y", F(0)),
    ("x", F(1)),
    ("2 * x + 5 * y - x", F(1)),
    ("-(x * x)", F(-4)),
    ("x * y", F(3)),
    ("x ** 3", F(12)),
    ("x ** -2", F(-1, 4)),
    ("(x * x + 1) / (x + y)", F(3, 5)),
    ("y / x", F(-3, 4)),
    ("abs(x - 5)", F(-1)),
    ("abs(y - 5)", F(0)),
    ("min(x, 3 * x)", F(1)),
    ("max(x, 3 * x)", F(3)),
    ("where(x < y, x * x, 1 / (x - 2))", F(4)),
    ("where(x > y, 1 / (x - 2), 7)", F(0)),
    ("clip(x, 0, 1)", F(0)),
    ("clip(x, 0, 4)", F(1)),
]


@pytest.mark.parametrize(("text", "slope"), EXACT, ids=[text for text, _ in EXACT])
def test_rational_derivatives_are_exact(text, slope):
    expressions, handle = read(text)
    assert value(expressions, derivative(expressions, handle, "x"), x=F(2), y=F(3)) == slope


CURVES = [
    ("exp(2 * x)", lambda x: 2 * math.exp(2 * x)),
    ("log(1 + x * x)", lambda x: 2 * x / (1 + x * x)),
    ("sqrt(1 + 3 * x)", lambda x: 1.5 / math.sqrt(1 + 3 * x)),
    ("x ** 0.3", lambda x: 0.3 * x**-0.7),
    ("2 ** x", lambda x: math.log(2) * 2**x),
    ("x ** x", lambda x: x**x * (math.log(x) + 1)),
    ("Phi(2 * x - 1)", lambda x: 2 * math.exp(-((2 * x - 1) ** 2) / 2) / math.sqrt(2 * math.pi)),
    ("sqrt(x) * exp(-x) / x", lambda x: math.exp(-x) * (-(x**-0.5) - x**-1.5 / 2)),
]


@pytest.mark.parametrize(("text", "slope"), CURVES, ids=[text for text, _ in CURVES])
@given(x=st.floats(0.05, 3))
def test_derivatives_of_curves_are_those_of_calculus(text, slope, x):
    expressions, handle = read(text)
    found = value(expressions, derivative(expressions, handle, "x"), x=x)
    assert found == pytest.approx(slope(x), rel=1e-13, abs=1e-15)


def test_a_condition_has_no_derivative():
    expressions = Expressions()
    less = parse_condition("x < 1", expressions, lambda name, _: expressions.symbol(name))
    with pytest.raises(ValueError, match="a condition has no derivative"):
        derivative(expressions, less, "x")


def test_what_solvers_emit_has_no_derivative():
    expressions = Expressions()
    copy = expressions.apply(Operation.COPY, expressions.symbol("x"))
    with pytest.raises(ValueError, match="COPY is no operation of the language"):
        derivative(expressions, copy, "x")


SWITCHES = [
    ("x * x + y", []),
    ("min(x, y)", [F(-1)]),
    ("max(2 * y, 3)", []),
    ("abs(x - 5) + x", [F(-3)]),
    ("where(x < 1 and y < 2, max(x, 7), 0)", [F(1), F(-5)]),
    ("abs(min(x, y))", [F(-1), F(2)]),
    ("where(not (x == y or y > 2), 1, 2)", [F(-1)]),
]


@pytest.mark.parametrize(("text", "values"), SWITCHES, ids=[text for text, _ in SWITCHES])
def test_switches_are_the_numbers_whose_sign_decides(text, values):
    expressions, handle = read(text)
    found = switches(expressions, handle, "x")
    assert [value(expressions, node, x=F(2), y=F(3)) for node in found] == values


@given(x=st.fractions(-3, 3), step=st.fractions(0, F(1, 100)))
def test_between_the_roots_of_its_switches_an_expression_has_no_kink(x, step):
    expressions, handle = read("max(x, 1 - x) - where(abs(x) < 2, 3 * x, min(x, 4 - x))")
    slope = derivative(expressions, handle, "x")
    signs = [
        [value(expressions, s, x=at) > 0 for s in switches(expressions, handle, "x")]
        for at in (x, x + step)
    ]
    slopes = [value(expressions, slope, x=at) for at in (x, x + step)]
    assert signs[0] != signs[1] or slopes[0] == slopes[1]
