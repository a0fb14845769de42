"""Laws of the Patient Rule Induction Method: planted boxes, nesting, ties, readable limits."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gametheory_crisis.analysis.scenarios.box_limits import Limits, readable, rounded
from gametheory_crisis.analysis.scenarios.peeling import FEWEST, LEAST_COVERAGE, PEELED, peel
from gametheory_crisis.analysis.scenarios.prim import (
    CHANCE,
    cover,
    f_score,
    find_box,
    paste,
    quasi_p_value,
    simplify,
)

NUM = 3000


def cube(seed: int, dimensions: int = 5, num: int = NUM):
    return np.random.default_rng(seed).random((num, dimensions))


def reals(points):
    return np.zeros(points.shape[1], dtype=np.bool_)


def inside(points, low, high):
    """Membership written a second time, one point after the other."""
    return np.array(
        [all(a < x < b for a, x, b in zip(low, p, high, strict=True)) for p in points], dtype=bool
    )


def figures(points, members, limits):
    """Coverage and density, counted a second time."""
    held = inside(points, limits.low, limits.high)
    return (held & members).sum() / members.sum(), (held & members).sum() / held.sum()


def box_of(**limits: tuple[float, float]):
    """Limits of five columns, written as ``x0=(low, high)``."""
    low, high = np.full(5, -np.inf), np.full(5, np.inf)
    for name, (a, b) in limits.items():
        low[int(name[1])], high[int(name[1])] = a, b
    return Limits(low, high)


PLANTED = {
    "corner": box_of(x0=(-np.inf, 0.3), x2=(0.6, np.inf)),
    "inside": box_of(x1=(0.25, 0.75), x3=(0.4, 0.9)),
    "slab": box_of(x4=(0.45, 0.55)),
    "thin": box_of(x0=(0.8, np.inf), x1=(0.8, np.inf), x2=(-np.inf, 0.4)),
}


# Boxes found


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_planted_box_is_found(name, seed):
    points, planted = cube(seed), PLANTED[name]
    members = planted.holds(points)
    (found,) = cover(points, members, reals(points))
    assert found.limits.restricted.tolist() == planted.restricted.tolist()
    for ends, wanted in ((found.limits.low, planted.low), (found.limits.high, planted.high)):
        assert np.array_equal(np.isfinite(ends), np.isfinite(wanted))
        # Neighbouring values of so many points that lie in the box's other limits are as close.
        finite = np.isfinite(ends)
        assert np.abs(ends[finite] - wanted[finite]).max(initial=0.0) < 0.012
    coverage, density = figures(points, members, found.limits)
    assert min(coverage, density) > 0.98


def test_a_planted_box_is_found_under_noise():
    points = cube(2)
    members = PLANTED["corner"].holds(points) ^ (np.random.default_rng(3).random(NUM) < 0.05)
    (found,) = cover(points, members, reals(points), most=3)
    assert found.limits.restricted.tolist() == [0, 2]
    assert found.limits.high[0] == pytest.approx(0.3, abs=0.012)
    assert found.limits.low[2] == pytest.approx(0.6, abs=0.012)
    assert figures(points, members, found.limits)[1] == pytest.approx(0.95, abs=0.03)


def test_two_planted_boxes_are_both_found():
    points = cube(4)
    planted = [PLANTED["corner"], PLANTED["inside"]]
    members = planted[0].holds(points) | planted[1].holds(points)
    found = [one.limits for one in cover(points, members, reals(points), most=4)]
    assert len(found) == 2
    restricted = sorted(one.restricted.tolist() for one in found)
    assert restricted == [[0, 2], [1, 3]]
    held = found[0].holds(points) | found[1].holds(points)
    assert f_score(held, members) > 0.97


def test_either_of_two_kinds_of_one_colour_is_covered():
    """Neither column alone tells anything of an exclusive or."""
    points = cube(5)
    members = (points[:, 0] > 0.5) ^ (points[:, 1] > 0.5)
    found = [one.limits for one in cover(points, members, reals(points), most=3)]
    assert [one.restricted.tolist() for one in found] == [[0, 1], [0, 1]]
    assert f_score(found[0].holds(points) | found[1].holds(points), members) > 0.98


@pytest.mark.parametrize("density", [0.5, 0.8, 0.95])
def test_an_ellipse_is_boxed_as_pure_as_asked_for(density):
    points = cube(6, dimensions=3)
    members = ((points[:, 0] - 0.5) / 0.2) ** 2 + ((points[:, 1] - 0.5) / 0.4) ** 2 < 1
    (found,) = cover(points, members, reals(points), density=density)
    assert found.limits.restricted.tolist() == [0, 1]
    coverage, purity = figures(points, members, found.limits)
    assert purity >= density
    # The bounding box of an ellipse is pure to pi / 4, the largest one inside covers 2 / pi.
    assert coverage > 2 / math.pi - 0.02
    assert 2 * coverage * purity / (coverage + purity) > 0.86


def test_a_purer_box_covers_less():
    points = cube(7)
    members = points[:, 0] > points[:, 1]
    boxes = [cover(points, members, reals(points), density=d)[0].limits for d in (0.8, 0.9, 0.97)]
    coverages, densities = zip(*(figures(points, members, one) for one in boxes), strict=True)
    assert coverages[0] > coverages[1] > coverages[2]
    assert densities[0] < densities[1] < densities[2]


@pytest.mark.parametrize("seed", [0, 7])
def test_further_boxes_leave_all_together_as_pure_as_asked_for(seed):
    points = cube(seed, dimensions=4, num=1500)
    members = (points[:, 0] > points[:, 1]) & (points[:, 2] > points[:, 3])
    found = cover(points, members, reals(points), density=0.9, most=4)
    held = np.zeros(1500, dtype=bool)
    scores = []
    for one in found:
        held |= inside(points, one.limits.low, one.limits.high)
        assert (held & members).sum() >= 0.9 * held.sum()
        scores.append(f_score(held, members))
    assert scores == sorted(scores)
    assert len(found) == 2


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_no_box(seed):
    generator = np.random.default_rng(seed)
    points = generator.random((NUM, 6))
    assert cover(points, generator.random(NUM) < 0.3, reals(points), most=3) == []


def test_the_order_of_the_points_is_irrelevant():
    points = np.round(cube(8), 2)
    members = (points[:, 0] < 0.4) & (points[:, 1] + points[:, 2] > 0.8)
    order = np.random.default_rng(9).permutation(NUM)
    first = cover(points, members, reals(points), most=3)
    second = cover(points[order], members[order], reals(points), most=3)
    assert len(first) == len(second) > 1
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a.limits.low, b.limits.low)
        assert np.array_equal(a.limits.high, b.limits.high)
        assert np.array_equal(a.peeling.hits, b.peeling.hits)


def test_relabelled_columns_give_the_relabelled_box():
    points, columns = cube(10), [3, 0, 4, 1, 2]
    members = PLANTED["inside"].holds(points) | (points[:, 0] < 0.1)
    first = find_box(points, members, reals(points), 0.8).limits
    second = find_box(points[:, columns], members, reals(points), 0.8).limits
    assert np.array_equal(first.low[columns], second.low)
    assert np.array_equal(first.high[columns], second.high)


def test_finding_a_box_leaves_the_points_unchanged():
    points = cube(11)
    members = PLANTED["corner"].holds(points)
    copies = points.copy(), members.copy()
    cover(points, members, reals(points), most=2)
    assert np.array_equal(points, copies[0])
    assert np.array_equal(members, copies[1])


# Peeling


def test_peeled_boxes_are_nested_and_counted_right():
    points = cube(12, dimensions=4)
    members = points[:, 0] * points[:, 1] > 0.4
    peeling = peel(points, members)
    assert len(peeling.boxes) > 20
    for place, limits in enumerate(peeling.boxes[::7]):
        held = limits.holds(points)
        assert held.sum() == peeling.inside[7 * place]
        assert (held & members).sum() == peeling.hits[7 * place]
    assert (np.diff(peeling.mass) < 0).all()
    assert (np.diff(peeling.coverage) <= 0).all()
    assert (np.diff(peeling.restricted) >= 0).all()
    for outer, inner in pairwise(peeling.boxes):
        assert (outer.low <= inner.low).all()
        assert (inner.high <= outer.high).all()
    assert peeling.density[-1] == 1 or peeling.inside[-1] < 2 * FEWEST
    assert peeling.inside[-1] >= FEWEST


def test_peeling_ends_at_a_box_that_is_small_but_holds_something():
    points = cube(21)
    peeling = peel(points, np.random.default_rng(22).random(NUM) < 0.5)
    assert FEWEST <= peeling.inside[-1] <= FEWEST / (1 - 2 * PEELED)


def test_a_small_slice_goes_before_half_of_the_points():
    """A slice is worth what it brings for each point that it takes along."""
    generator = np.random.default_rng(23)
    points = np.column_stack([generator.integers(0, 2, NUM), generator.random(NUM)]).astype(float)
    members = (points[:, 1] < 0.95) & (generator.random(NUM) < 0.5 + 0.1 * points[:, 0])
    halved, sliced = members[points[:, 0] == 1].mean(), members[points[:, 1] < 0.95].mean()
    assert halved > sliced
    assert peel(points, members).boxes[1].restricted.tolist() == [1]


def test_a_slice_is_as_thin_as_was_said():
    points = cube(13)
    peeling = peel(points, points[:, 0] > points[:, 1])
    gone = -np.diff(peeling.inside) / peeling.inside[:-1]
    assert (gone <= PEELED).all()
    assert gone[0] == PEELED


def test_equal_values_are_peeled_together():
    generator = np.random.default_rng(14)
    points = generator.integers(1, 13, (NUM, 3)).astype(float)
    members = (points[:, 0] >= 3) & (points[:, 0] <= 7) & (points[:, 1] > 6)
    peeling = peel(points, members)
    for limits in peeling.boxes:
        ends = np.concatenate([limits.low, limits.high])
        ends = ends[np.isfinite(ends)]
        assert np.array_equal(ends % 1, np.full(len(ends), 0.5))
    (found,) = cover(points, members, np.ones(3, dtype=bool))
    assert found.limits.low.tolist() == [2.5, 6.5, -np.inf]
    assert found.limits.high.tolist() == [7.5, np.inf, np.inf]
    assert figures(points, members, found.limits) == (1, 1)


def test_a_column_of_two_values_and_one_of_a_single_value():
    generator = np.random.default_rng(15)
    points = np.column_stack(
        [generator.integers(0, 2, NUM), np.full(NUM, 7.0), generator.random(NUM)]
    ).astype(float)
    members = points[:, 0] == 1
    (found,) = cover(points, members, np.array([True, True, False]))
    assert found.limits.restricted.tolist() == [0]
    assert found.limits.low[0] == 0.5


@pytest.mark.parametrize("density", [0.3, 0.6, 0.9, 1.0])
def test_the_box_chosen_has_the_best_balance_of_those_pure_enough(density):
    points = cube(16, dimensions=3)
    members = points.sum(axis=1) > 1.9
    peeling = peel(points, members)
    balance = 2 / (1 / peeling.coverage + 1 / peeling.density)
    enough = (peeling.density >= density) & (peeling.coverage >= LEAST_COVERAGE)
    wanted = max(balance[enough]) if enough.any() else max(balance)
    assert balance[peeling.choice(density)] == pytest.approx(wanted, abs=1e-12)


# Pasting


def test_no_single_limit_could_be_put_better():
    points = cube(17, dimensions=2, num=300)
    members = (points[:, 0] < 0.5) & (points[:, 1] + 0.2 * points[:, 0] < 0.6)
    start = Limits(np.full(2, -np.inf), np.array([0.35, 0.4]))
    limits = paste(points, members, start, 0.8)
    best = f_score(limits.holds(points), members)
    assert best > f_score(start.holds(points), members)
    for column in (0, 1):
        for value in [*points[:, column], np.inf]:
            other = limits.moved(column, True, value).holds(points)
            if (other & members).sum() >= 0.8 * other.sum() and other.sum() >= FEWEST:
                assert f_score(other, members) <= best + 1e-12


@pytest.mark.parametrize("seed", range(4))
def test_no_restriction_is_kept_that_chance_explains(seed):
    generator = np.random.default_rng(seed)
    points = generator.random((120, 4))
    members = (points[:, 0] < 0.5) & (generator.random(120) < 0.7)
    peeling = peel(points, members)
    crowded = paste(points, members, peeling.boxes[-1], 0.9)
    simple = simplify(points, members, crowded, 0.9)
    chances = [quasi_p_value(points, members, simple, int(k)) for k in simple.restricted]
    assert 0 in simple.restricted
    assert max(chances) <= CHANCE


def test_quasi_p_values_are_binomial_tails():
    points = cube(18, dimensions=2, num=60)
    members = points[:, 0] + 0.3 * points[:, 1] < 0.6
    limits = Limits(np.full(2, -np.inf), np.array([0.5, 0.7]))
    wider = points[:, 1] < 0.7
    held = wider & (points[:, 0] < 0.5)
    chance = Fraction(int((wider & members).sum()), int(wider.sum()))
    count, hits = int(held.sum()), int((held & members).sum())
    tail = sum(
        math.comb(count, k) * chance**k * (1 - chance) ** (count - k)
        for k in range(hits, count + 1)
    )
    assert 0 < tail < 1
    assert quasi_p_value(points, members, limits, 0) == pytest.approx(float(tail), rel=1e-10)


# Readable limits


@settings(max_examples=25)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=40, unique=True),
    st.integers(0, 3),
    st.data(),
)
def test_a_readable_limit_moves_few_points(values, most, data):
    ordered = np.sort(np.array(values))
    place = data.draw(st.integers(1, len(ordered) - 1))
    limit = 0.5 * ordered[place - 1] + 0.5 * ordered[place]
    found = readable(limit, ordered, most)
    assert abs(int((ordered < found).sum()) - int((ordered < limit).sum())) <= most
    assert found == limit or found not in ordered


@pytest.mark.parametrize(
    ("limit", "values", "most", "found"),
    [
        (0.15678, [0.1, 0.1561, 0.1573, 0.2], 0, 0.157),
        (0.15678, [0.1, 0.1561, 0.1573, 0.2], 1, 0.16),
        (0.001234, [0.0, 0.0011, 0.0013, 0.1], 0, 0.0012),
        (-1234.5, [-2000.0, -1260.0, -1150.0, 0.0], 0, -1200.0),
        (0.02, [-1.0, -0.3, 0.4, 1.0], 0, 0.0),
        (0.25, [0.0, 0.2, 0.3, 1.0], 0, 0.25),
    ],
)
def test_readable_limits(limit, values, most, found):
    assert readable(limit, np.array(values), most) == found


def test_rounding_keeps_whole_numbers_and_nearly_all_points():
    points = cube(19, dimensions=2)
    points[:, 1] = np.floor(9 * points[:, 1])
    limits = Limits(np.array([0.123456789, 2.0]), np.array([0.987654321, 7.0]))
    neat = rounded(limits, points, np.array([False, True]))
    assert (neat.low[1], neat.high[1]) == (2.5, 6.5)
    assert len(repr(float(neat.low[0]))) <= 6
    changed = neat.holds(points) != limits.holds(points)
    assert changed.sum() <= 2 * 0.005 * limits.holds(points).sum()
