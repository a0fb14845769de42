"""Text to expressions: what is meant, and what is refused where."""

from __future__ import annotations

from fractions import Fraction

import pytest

from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.parser import (
    ExpressionError,
    parse_condition,
    parse_constant,
    parse_distribution,
    parse_number,
)
from gametheory_crisis.language.rendering import render


@pytest.fixture
def graph():
    return Expressions()


def number(graph: Expressions, text: str) -> int:
    return parse_number(text, graph, lambda name, column: graph.symbol(name))


def condition(graph: Expressions, text: str) -> int:
    return parse_condition(text, graph, lambda name, column: graph.symbol(name))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Fraction(1, 10)),
        ("1e-3", Fraction(1, 1000)),
        (".5", Fraction(1, 2)),
        ("2.", Fraction(2)),
        ("1/3 + 1/6", Fraction(1, 2)),
        ("2 ** -2", Fraction(1, 4)),
        ("-2 ** 2", Fraction(-4)),
        ("2 ** 3 ** 2", Fraction(512)),
        ("10 - 4 - 3", Fraction(3)),
        ("clip(5, 0, 1)", Fraction(1)),
        ("clip(-5, 0, 1)", Fraction(0)),
        ("min(3, 1, 2) + max(3, 1, 2)", Fraction(4)),
        ("abs(-3)", Fraction(3)),
        ("where(1 < 2 <= 2, 5, 6)", Fraction(5)),
        ("where(1 > 2 or not 3 != 3, 5, 6)", Fraction(5)),
        ("where(1 >= 2 and 1 == 1, 5, 6)", Fraction(6)),
        (" +7 ", Fraction(7)),
    ],
)
def test_constants_are_exact(graph, text, value):
    assert graph.constant(number(graph, text)) == value


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a > b", "b < a"),
        ("a >= b", "b <= a"),
        ("a != b", "not a == b"),
        ("a < b < c", "a < b and b < c"),
        ("(a)  <\n b", "a < b"),
    ],
)
def test_comparisons_have_one_form(graph, text, same):
    assert condition(graph, text) == condition(graph, same)


@pytest.mark.parametrize(
    "text", ["a + b * c", "(a + b) * c", "a - (b - c)", "where(a < b, sqrt(a), log(b))", "Phi(a)"]
)
def test_what_is_rendered_reads_as_the_same(graph, text):
    handle = number(graph, text)
    assert number(graph, render(graph, handle)) == handle


def test_equal_subexpressions_are_one(graph):
    assert number(graph, "(a + b) * (b + a)") == number(graph, "(a + b) * (a + b)")


@pytest.mark.parametrize("name", ["I", "E", "S", "N", "beta", "pi", "e1", "_x", "print"])
def test_any_identifier_is_a_plain_name(graph, name):
    assert graph.symbol_name(number(graph, name)) == name


def test_names_come_with_their_columns(graph):
    found = []

    def resolve(name: str, column: int) -> int:
        found.append((name, column))
        return graph.symbol(name)

    parse_number("  a + min(bc, a)", graph, resolve)
    assert found == [("a", 2), ("bc", 10), ("a", 14)]


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("a + 1 / (2 - 2)", "division by zero", 4),
        ("a + lambda", "'lambda' is a reserved word; try 'lam'", 4),
        ("True", "'True' is a reserved word; try 'true_'", 0),
        ("a ^ 2", "a power is written '\\*\\*'", 0),
        ("a if b else c", "write where", 0),
        ("a < b", "a condition is not a number", 0),
        ("1 + (a < b)", "a condition is not a number", 5),
        ("where(a, 1, 2)", "a number is not a condition", 6),
        ("min(a)", "min takes 2 arguments or more", 0),
        ("where(a < b, 1)", "where takes 3 arguments", 0),
        ("min", "'min' is a function", 0),
        ("sin(a)", "unknown function 'sin'; the functions are min, max", 0),
        ("sqr(a)", "unknown function 'sqr'; .* Phi; did you mean 'sqrt'", 0),
        ("a.b", "attributes are not available", 0),
        ("a[0]", "indices are not available", 0),
        ("'text'", "text cannot stand", 0),
        ("007", "cannot be read", 0),
        ("0x10", "'0x10' is not a decimal number", 0),
        ("1_000", "'1_000' is not a decimal number", 0),
        ("1j", "text cannot stand|cannot stand", 0),
        ("sqrt(-1)", "square root of a negative number", 0),
        ("log(0)", "logarithm", 0),
        ("(a", "opened but not closed", 0),
        ("a)", "closed but not opened", 0),
        ("a b", "cannot be read", 2),
        ("", "found nothing", 0),
        ("a = b", "write '=='", 2),
        ("a # b", "'#' cannot stand", 2),
        ("a + é", "'é' cannot stand", 4),
        ("min(a, *b)", "min takes 2", 0),
        ("a // b", "cannot stand in an expression; operators are", 0),
    ],
)
def test_mistakes_are_named_at_their_column(graph, text, message, column):
    with pytest.raises(ExpressionError, match=message) as caught:
        number(graph, text)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("text", "message"),
    [("a", "compare it"), ("a in b", "reserved word|only <"), ("a is b", "reserved word|only <")],
)
def test_a_condition_compares_numbers(graph, text, message):
    with pytest.raises(ExpressionError, match=message):
        condition(graph, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("7/10", "7/10"), ("-7 / 10", "-7/10"), ("1e-3", "1/1000"), (" +2.5", "5/2"), ("60", "60")],
)
def test_constants_of_the_command_line_are_exact(text, value):
    assert parse_constant(text) == Fraction(value)


@pytest.mark.parametrize(
    "text",
    ["", "a", "1e400", "1e-400", "nan", "inf", "-inf", "1/0", "1/2/3", "1 2", "0x1", "1_0", "²",
     "٣", "1" * 100, "1+1", "2**3", "1e99999999", "--1"],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused(text):
    with pytest.raises(ExpressionError, match=r"expected a number|beyond|division|more than"):
        parse_constant(text)


def test_distributions_have_their_arguments(graph):
    name, arguments = parse_distribution(
        "beta(2, b, 0, 1 / 2)", graph, lambda name, column: graph.symbol(name)
    )
    assert name == "beta"
    assert [render(graph, handle) for handle in arguments] == ["2", "b", "0", "0.5"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("uniform(0)", r"uniform takes 2 arguments: uniform\(lo, hi\)"),
        ("exponential(1, 2)", "exponential takes 1 argument:"),
        ("gauss(0, 1)", "unknown distribution 'gauss'"),
        ("unifrm(0, 1)", "unknown distribution 'unifrm'; .*; did you mean 'uniform'"),
        ("0.5", "expected a distribution"),
    ],
)
def test_distributions_are_checked(graph, text, message):
    with pytest.raises(ExpressionError, match=message):
        parse_distribution(text, graph, lambda name, column: graph.symbol(name))
