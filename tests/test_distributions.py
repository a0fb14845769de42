"""Distributions of private numbers against the same in 40 digits, tails included."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.distributions import Distribution, distribution

CASES = [
    ("uniform", (0.3, 1.7)),
    ("uniform", (-2.0, 5.0)),
    ("uniform", (1.0, 1.000001)),
    ("triangular", (0.0, 0.2, 1.0)),
    ("triangular", (0.0, 0.0, 1.0)),
    ("triangular", (0.5, 1.0, 1.0)),
    ("exponential", (3.0,)),
    ("normal", (0.0, 1.0)),
    ("normal", (5.0, 0.3)),
    ("beta", (2.0, 5.0, 0.0, 0.5)),
    ("beta", (0.5, 0.75, 1.0, 3.0)),
    ("beta", (1.0, 1.0, 0.0, 1.0)),
    ("beta", (40.0, 3.0, 0.0, 1.0)),
]
IDS = [f"{name}{arguments}" for name, arguments in CASES]
SHARES = (1e-12, 1e-6, 1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999, 1 - 1e-6, 1 - 1e-12)
PRECISE = pytest.mark.parametrize(("name", "arguments"), CASES, ids=IDS)


class Precise:
    """A distribution in 40 digits: density and probability between two numbers."""

    def __init__(self, name: str, arguments: tuple[float, ...]) -> None:
        self.name, self.arguments = name, [mpmath.mpf(argument) for argument in arguments]

    def pdf(self, t):
        match self.name, self.arguments:
            case "uniform", [low, high]:
                return 1 / (high - low)
            case "triangular", [low, mode, high]:
                rising = t < mode or mode == high
                slope = (t - low) / (mode - low) if rising else (high - t) / (high - mode)
                return 2 * slope / (high - low)
            case "exponential", [rate]:
                return rate * mpmath.exp(-rate * t)
            case "normal", [mu, sd]:
                return mpmath.npdf(t, mu, sd)
            case _, [a, b, low, high]:
                below, above = (t - low) / (high - low), (high - t) / (high - low)
                return below ** (a - 1) * above ** (b - 1) / mpmath.beta(a, b) / (high - low)

    def mass(self, start: float, end: float):
        with mpmath.workdps(60):
            a, b = mpmath.mpf(start), mpmath.mpf(end)
            match self.name, self.arguments:
                case "exponential", [rate]:
                    return mpmath.exp(-rate * a) - mpmath.exp(-rate * b)
                case "normal", [mu, sd]:
                    return mpmath.ncdf(b, mu, sd) - mpmath.ncdf(a, mu, sd)
                case "beta", [shape, other, low, high]:
                    u, v = (a - low) / (high - low), (b - low) / (high - low)
                    return mpmath.betainc(shape, other, u, v, regularized=True)
                case _:
                    return self.integral(start, end, lambda t: 1)

    def integral(self, start: float, end: float, weight, inner: tuple[float, ...] = ()):
        points = {mpmath.mpf(point) for point in (start, end, *inner) if start <= point <= end}
        if self.name == "triangular" and start < self.arguments[1] < end:
            points.add(self.arguments[1])
        return mpmath.quad(lambda t: weight(t) * self.pdf(t), sorted(points))


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(40):
        yield


def quantiles(made: Distribution) -> list[float]:
    """Numbers spread over the support, both tails included, but not its ends."""
    found = [float(made.quantile(share)) for share in SHARES]
    return [x for x in found if made.low < x < made.high]


def off(found: float, expected) -> float:
    """The relative error."""
    return abs(float((mpmath.mpf(float(found)) - expected) / expected))


@PRECISE
def test_probabilities_and_densities_are_right_to_the_last_digits(name, arguments):
    made, precise = distribution(name, arguments), Precise(name, arguments)
    for x in quantiles(made):
        assert off(made.cdf(x), precise.mass(made.low, x)) < 2e-14
        assert off(made.sf(x), precise.mass(x, made.high)) < 2e-14
        assert off(made.pdf(x), precise.pdf(mpmath.mpf(x))) < 2e-14


@PRECISE
def test_nothing_cancels_between_two_numbers(name, arguments):
    made, precise = distribution(name, arguments), Precise(name, arguments)
    xs = quantiles(made)[1:-1:2]
    for k, x in enumerate(xs):
        for y in (x + abs(x) * 1e-9, x + abs(x) * 1e-4, *xs[k + 1 :]):
            if not x < y < made.high:
                continue
            inner = tuple(z for z in xs if x < z < y)
            assert off(made.mass_between(x, y), precise.mass(x, y)) < 3e-14
            size = precise.integral(x, y, abs, (0.0, *inner))
            moment = precise.integral(x, y, lambda t: t, inner)
            assert abs(float((made.moment_between(x, y) - moment) / size)) < 3e-14


@PRECISE
def test_a_quantile_undoes_the_probability(name, arguments):
    made = distribution(name, arguments)
    for share in SHARES[2:-2]:
        x = made.quantile(share)
        spacing = made.pdf(x) * np.spacing(abs(x)) * 4
        assert made.cdf(x) == pytest.approx(share, rel=1e-13, abs=spacing)
    assert [made.quantile(0.0), made.quantile(1.0)] == pytest.approx([made.low, made.high])


@PRECISE
def test_the_whole_support_has_probability_one_and_the_mean(name, arguments):
    made = distribution(name, arguments)
    assert made.cdf(made.low) == made.sf(made.high) == 0
    assert made.cdf(made.high) == pytest.approx(1, rel=1e-15)
    assert made.mass_between(made.low, made.high) == pytest.approx(1, rel=1e-15)
    assert made.partial_mean(made.low) == 0
    assert made.partial_mean(made.high) == pytest.approx(made.mean, rel=1e-14, abs=1e-15)
    assert made.moment_between(-math.inf, math.inf) == pytest.approx(made.mean, abs=1e-14)


@PRECISE
def test_outside_the_support_there_is_nothing(name, arguments):
    made = distribution(name, arguments)
    if math.isfinite(made.low):
        assert made.cdf(made.low - 1) == made.pdf(made.low - 1) == 0
        assert made.sf(made.low - 1) == 1
    if math.isfinite(made.high):
        assert made.sf(made.high + 1) == made.pdf(made.high + 1) == 0
    middle = made.quantile(0.5)
    assert made.mass_between(middle, middle - 1) == made.moment_between(middle, middle - 1) == 0


@PRECISE
def test_arrays_give_what_their_numbers_give(name, arguments):
    made = distribution(name, arguments)
    xs = np.array([made.low, *quantiles(made), made.high])
    for method in (made.cdf, made.sf, made.partial_mean):
        np.testing.assert_allclose(method(xs), [method(x) for x in xs], rtol=4e-16)
    ends = xs[:, None], xs[None, :]
    for between in (made.mass_between, made.moment_between):
        one_by_one = [[between(x, y) for y in xs] for x in xs]
        np.testing.assert_allclose(between(*ends), one_by_one, rtol=4e-16)


def test_the_mode_of_a_triangle_is_its_only_kink():
    assert distribution("triangular", (0.0, 0.25, 1.0)).kinks == (0.25,)
    assert distribution("triangular", (0.0, 0.0, 1.0)).kinks == ()
    assert distribution("uniform", (0.0, 1.0)).kinks == ()


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("uniform", (1.0, 1.0), "uniform: lo must lie below hi"),
        ("uniform", (0.0, math.inf), "uniform: every argument must be finite"),
        ("uniform", (-1.7e308, 1.7e308), "uniform: the support is too wide for floats"),
        ("beta", (0.0, 1.0, 0.0, 1.0), "beta: a and b must be positive"),
        ("beta", (1.0, 1.0, 1.0, 0.0), "beta: lo must lie below hi"),
        ("normal", (0.0, 0.0), "normal: sd must be positive"),
        ("normal", (math.nan, 1.0), "normal: every argument must be finite"),
        ("triangular", (0.0, 2.0, 1.0), "triangular: lo, mode and hi must come in this order"),
        ("triangular", (1.0, 1.0, 1.0), "triangular: lo, mode and hi must come in this order"),
        ("exponential", (-1.0,), "exponential: rate must be positive"),
    ],
)
def test_arguments_that_make_no_distribution_are_refused(name, arguments, message):
    with pytest.raises(ParameterError, match=message):
        distribution(name, arguments)
