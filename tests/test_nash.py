"""Laws of `gtc.nash`: every equilibrium of bimatrix games, exactly, ties or no ties."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction as F
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import Any

import bimatrix_twin as twin
import numpy as np
import pytest
from bimatrix_games import WAYS, Game, degenerate_games, random_games, table

import gametheory_crisis as gtc
from gametheory_crisis.errors import ParameterError, SolverError
from gametheory_crisis.nash_results import BY_FLOATS, BY_RATIONALS, UNSOLVED, certified
from gametheory_crisis.solvers.normal_form import extreme_equilibria
from gametheory_crisis.solvers.normal_form.components import components
from gametheory_crisis.solvers.normal_form.extreme_equilibria import indexed_equilibria
from gametheory_crisis.solvers.normal_form.lemke_howson import lemke_howson
from gametheory_crisis.solvers.polyhedron import maximum

HALF = F(1, 2)
needs_lrsnash = pytest.mark.skipif(shutil.which("lrsnash") is None, reason="no lrsnash here")


def pairs(result: Iterable[gtc.NashEquilibrium]) -> list[Any]:
    return [equilibrium.exact_strategies for equilibrium in result]


def both_kinds(num: int, largest: int = 4, seed: int = 0) -> Iterator[Game]:
    yield from random_games(seed, num, largest)
    yield from degenerate_games(seed, num, largest)


# Held against other ways of computation


def agree(games: Iterable[Game], folder: Path | None = None) -> int:
    """Hold games against lrsnash, or else the twin; the number of equilibria found."""
    total = 0
    for A, B in games:
        result = gtc.nash(A, B, exact=True)
        found = pairs(result)
        if folder is None:
            expected = twin.extreme_equilibria(A, B)
        else:
            expected = twin.lrs_equilibria(A, B, folder)
        assert len(found) == len(set(found)), (A, B)
        assert set(found) == expected, (A, B)
        assert all(twin.is_equilibrium(A, B, pair) for pair in found), (A, B)
        assert result.complete
        assert all(equilibrium.regret == 0 and equilibrium.exact for equilibrium in result)
        total += len(found)
    return total


def test_all_equilibria_are_those_of_the_twin() -> None:
    assert agree(both_kinds(8 * len(WAYS))) > 500


@pytest.mark.slow
def test_all_equilibria_of_larger_games_are_those_of_the_twin() -> None:
    assert agree(both_kinds(40, largest=5, seed=5)) > 300
    assert agree(both_kinds(len(WAYS), largest=6, seed=6)) > 100


@needs_lrsnash
def test_all_equilibria_are_those_of_lrsnash(tmp_path: Path) -> None:
    assert agree(both_kinds(5 * len(WAYS), largest=6, seed=1), tmp_path) > 300


@needs_lrsnash
@pytest.mark.slow
@pytest.mark.parametrize(("maker", "num"), [(random_games, 600), (degenerate_games, 300)])
def test_all_equilibria_of_many_games_are_those_of_lrsnash(
    maker: Any, num: int, tmp_path: Path
) -> None:
    """``NASH_GAMES=20000`` holds as many games of each kind against it."""
    num = int(os.environ.get("NASH_GAMES", num))
    assert agree(maker(2, num, 6), tmp_path) > num


def test_supports_and_vertices_lead_to_the_same() -> None:
    for A, B in both_kinds(2 * len(WAYS), largest=3, seed=7):
        by_supports = gtc.nash(A, B, method="support_enumeration")
        assert pairs(by_supports) == pairs(gtc.nash(A, B))
        assert by_supports.complete


def test_pure_equilibria_come_first_and_are_all_that_the_method_pure_lists() -> None:
    for A, B in both_kinds(2 * len(WAYS), seed=8):
        pure = gtc.nash(A, B, method="pure")
        assert not pure.complete
        everything = pairs(gtc.nash(A, B))
        sure = [all(max(shares) == 1 for shares in pair) for pair in everything]
        assert sure == sorted(sure, reverse=True)
        assert pairs(pure) == everything[: sum(sure)]


def test_every_label_of_lemke_howson_leads_to_an_equilibrium() -> None:
    for A, B in both_kinds(2 * len(WAYS), seed=9):
        everything = set(pairs(gtc.nash(A, B)))
        ends = {lemke_howson(A, B, [label])[0] for label in range(len(A) + len(A[0]))}
        assert ends <= everything
        assert set(pairs(gtc.nash(A, B, method="lemke_howson", label=None))) == ends
        one = gtc.nash(A, B, method="lemke_howson")
        assert len(one) == 1
        assert not one.complete


def test_lemke_howson_ends_on_games_that_are_all_ties() -> None:
    for size in (1, 2, 7, 12):
        zero = [[0] * size for _ in range(size)]
        assert len(gtc.nash(zero, zero, method="lemke_howson", label=None)) >= 1
        identity = np.eye(size, dtype=int)
        assert gtc.nash(identity, identity, method="lemke_howson")[0].regret == 0


# Games of the literature


@pytest.mark.parametrize(
    ("A", "B", "expected"),
    [
        pytest.param([[3, 0], [5, 1]], [[3, 5], [0, 1]], [([0, 1], [0, 1])], id="dilemma"),
        pytest.param(
            [[1, -1], [-1, 1]],
            [[-1, 1], [1, -1]],
            [([HALF, HALF], [HALF, HALF])],
            id="matching pennies",
        ),
        pytest.param(
            [[3, 0], [0, 2]],
            [[2, 0], [0, 3]],
            [([1, 0], [1, 0]), ([0, 1], [0, 1]), ([F(3, 5), F(2, 5)], [F(2, 5), F(3, 5)])],
            id="battle of the sexes",
        ),
        pytest.param(
            [[0, -1, 1], [1, 0, -1], [-1, 1, 0]],
            [[0, 1, -1], [-1, 0, 1], [1, -1, 0]],
            [([F(1, 3)] * 3, [F(1, 3)] * 3)],
            id="rock paper scissors",
        ),
        pytest.param(  # von Stengel 2007, example 3.1
            [[3, 3], [2, 5], [0, 6]],
            [[3, 2], [2, 6], [3, 1]],
            [
                ([1, 0, 0], [1, 0]),
                ([F(4, 5), F(1, 5), 0], [F(2, 3), F(1, 3)]),
                ([0, F(1, 3), F(2, 3)], [F(1, 3), F(2, 3)]),
            ],
            id="von Stengel",
        ),
    ],
)
def test_textbook_games(A: Any, B: Any, expected: Any) -> None:
    result = gtc.nash(A, B)
    assert pairs(result) == [(tuple(x), tuple(y)) for x, y in expected]
    assert all(component.isolated for component in result.components)


def test_the_degenerate_game_of_von_stengel_has_a_component_that_is_a_segment() -> None:
    """Example 3.3 of von Stengel (2007): the game above with a tie in the first row of B."""
    result = gtc.nash([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]])
    segment, point = result.components
    assert [subset.x for subset in segment.subsets] == [((1, 0, 0),)]
    assert segment.subsets[0].y == ((1, 0), (F(2, 3), F(1, 3)))
    assert (segment.index, point.index, point.isolated) == (0, 1, True)
    assert pairs(result)[point.equilibria[0]] == ((0, F(1, 3), F(2, 3)), (F(1, 3), F(2, 3)))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (F(0), {0}),
        (F(1, 4), {0}),
        (F(5, 12), {F(1, 4), 0, 1}),
        (F(1, 2), {HALF, 0, 1}),
        (F(3, 5), {F(4, 5), 0, 1}),
        (F(3, 4), {1}),
        (F(1), {1}),
    ],
)
def test_a_parametric_game_has_the_regimes_of_its_closed_form(
    number: F, expected: set[F | int]
) -> None:
    """By the probabilities of both players' first actions: 3x - 1 mixed, or one action each."""
    A = [[number / 2, number], [1 - number, (1 - number) / 2]]
    result = gtc.nash(A, np.array(A, dtype=object).T)
    mixed = {p for p in expected if p == 3 * number - 1}
    firsts = {(x[0], y[0]) for x, y in pairs(result)}
    if len(expected) == 3:
        assert firsts == {(p, p) for p in mixed} | {(1, 0), (0, 1)}
    else:
        assert firsts == {(p, p) for p in expected}


# Components


def test_components_part_the_equilibria_and_their_indices_sum_to_one() -> None:
    for A, B in both_kinds(3 * len(WAYS), seed=10):
        result = gtc.nash(A, B)
        numbers = [k for component in result.components for k in component.equilibria]
        assert sorted(numbers) == list(range(len(result)))
        assert sum(component.index for component in result.components) == 1
        for c, component in enumerate(result.components):
            assert all(result[k].component == c for k in component.equilibria)
            covered = {k for subset in component.subsets for k in subset.equilibria}
            assert covered == set(component.equilibria)


def mixture(points: Sequence[Sequence[F]], random: Random) -> tuple[F, ...]:
    weights = [F(random.randint(1, 9)) for _ in points]
    return tuple(
        sum(w * p for w, p in zip(weights, column, strict=True)) / sum(weights)
        for column in zip(*points, strict=True)
    )


def test_mixtures_within_a_nash_subset_are_equilibria_and_no_subset_can_grow() -> None:
    random, wide = Random(11), 0
    for A, B in degenerate_games(11, 6 * len(WAYS), 4):
        result = gtc.nash(A, B)
        listed = set(pairs(result))
        subsets = [subset for component in result.components for subset in component.subsets]
        for subset in subsets:
            assert {pairs(result)[k] for k in subset.equilibria} == set(product(subset.x, subset.y))
            pair = mixture(subset.x, random), mixture(subset.y, random)
            assert twin.is_equilibrium(A, B, pair)
            for x in {x for x, _ in listed} - set(subset.x):
                assert not all((x, y) in listed for y in subset.y)
            for y in {y for _, y in listed} - set(subset.y):
                assert not all((x, y) in listed for x in subset.x)
            wide += len(subset.equilibria) > 2
        for one, other in combinations(result.components, 2):
            assert not {pairs(result)[k] for k in one.equilibria} & {
                pairs(result)[k] for k in other.equilibria
            }
            for first, second in product(one.subsets, other.subsets):
                assert not (set(first.x) & set(second.x) and set(first.y) & set(second.y))
    assert wide > 20


def distance(point: Sequence[F], hull: Sequence[Sequence[F]]) -> F:
    """Sum of absolute differences between a point and the nearest of a convex hull."""
    size, num = len(point), len(hull)
    rows = [
        [p[i] for p in hull] + [F(k == i) for k in range(size)] + [-F(k == i) for k in range(size)]
        for i in range(size)
    ]
    best = maximum(
        [0] * num + [-1] * (2 * size), [*rows, [1] * num + [0] * (2 * size)], [*point, 1]
    )
    assert best is not None
    assert best.value is not None
    return -best.value


def test_a_component_leaves_equilibria_of_its_index_behind_when_payoffs_tremble() -> None:
    random, several = Random(12), 0
    for A, B in both_kinds(4 * len(WAYS), largest=3, seed=12):
        scale = F(1, 10**9) * max(abs(entry) for row in (*A, *B, [F(1)]) for entry in row)
        if scale > 1:
            continue  # payoffs of 1e-12 and 1e12 together leave no room to tremble in
        trembling = [
            [[entry + scale * random.randint(-999, 999) / 999 for entry in row] for row in side]
            for side in (A, B)
        ]
        parts = gtc.nash(A, B).components
        near = [0] * len(parts)
        for found in indexed_equilibria(*trembling):
            close = [
                c
                for c, component in enumerate(parts)
                for subset in component.subsets
                if distance(found.x, subset.x) + distance(found.y, subset.y) < F(1, 1000)
            ]
            assert len(set(close)) == 1
            near[close[0]] += found.index
        assert near == [component.index for component in parts]
        several += len(parts) > 1
    assert several > 10


def test_a_strict_equilibrium_has_index_one_and_the_mixed_one_between_two_minus_one() -> None:
    result = gtc.nash([[2, 0], [0, 1]], [[2, 0], [0, 1]])
    assert [component.index for component in result.components] == [1, 1, -1]


def test_a_missing_equilibrium_is_noticed() -> None:
    game = [[F(2), F(0)], [F(0), F(1)]]
    with pytest.raises(SolverError, match="sum to 0, not to 1"):
        components(indexed_equilibria(game, game)[1:])


def test_a_false_equilibrium_is_never_returned() -> None:
    game = [[F(2), F(0)], [F(0), F(1)]]
    with pytest.raises(SolverError, match="regret 2"):
        certified([game, game], [(F(0), F(1)), (F(1), F(0))])
    with pytest.raises(SolverError, match="regret"):
        certified([game, game], [(1 / 3 + 1e-6, 2 / 3 - 1e-6), (1 / 3, 2 / 3)])
    assert not certified([game, game], [(1 / 3, 2 / 3), (1 / 3, 2 / 3)]).exact


# Laws


def test_positive_affine_payoffs_leave_the_equilibria_unchanged() -> None:
    for A, B in both_kinds(len(WAYS), seed=13):
        expected = gtc.nash(A, B)
        for factor, shift in ((F(3, 7), -5), (F(1, 10**9), 0), (F(10**12), 10**20)):
            moved = [[factor * entry + shift for entry in row] for row in A]
            by_column = [[entry + j for j, entry in enumerate(row)] for row in moved]
            assert pairs(gtc.nash(moved, B)) == pairs(expected)
            assert pairs(gtc.nash(by_column, B)) == pairs(expected)
            assert [c.index for c in gtc.nash(moved, B).components] == [
                c.index for c in expected.components
            ]


def test_exchanging_the_players_exchanges_the_strategies() -> None:
    for A, B in both_kinds(2 * len(WAYS), seed=14):
        exchanged = gtc.nash(list(zip(*B, strict=True)), list(zip(*A, strict=True)))
        assert {(x, y) for y, x in pairs(exchanged)} == set(pairs(gtc.nash(A, B)))


def test_relabelling_actions_relabels_the_strategies() -> None:
    random = Random(15)
    for A, B in both_kinds(2 * len(WAYS), seed=15):
        rows, columns = (random.sample(range(len(side)), len(side)) for side in (A, A[0]))
        moved = gtc.nash(*([[side[i][j] for j in columns] for i in rows] for side in (A, B)))
        expected = {
            (tuple(x[i] for i in rows), tuple(y[j] for j in columns))
            for x, y in pairs(gtc.nash(A, B))
        }
        assert set(pairs(moved)) == expected


def test_solving_leaves_the_arrays_unchanged_and_depends_on_nothing_else() -> None:
    A, B = np.random.default_rng(3).integers(0, 3, (2, 4, 5)).astype(float)
    before = A.copy(), B.copy()
    first, second = gtc.nash(A, B), gtc.nash(A, B)
    assert first.to_dict() == second.to_dict()
    assert np.array_equal(A, before[0])
    assert np.array_equal(B, before[1])
    with pytest.raises(ValueError, match="read-only"):
        first[0].strategies[0][0] = 2


# Games at which solvers stumble


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (4, 1), (3, 3)])
def test_in_the_zero_game_every_profile_is_an_equilibrium(shape: tuple[int, int]) -> None:
    zero = np.zeros(shape)
    result = gtc.nash(zero, zero)
    assert len(result) == shape[0] * shape[1]
    (component,) = result.components
    (subset,) = component.subsets
    assert (len(subset.x), len(subset.y), component.index) == (*shape, 1)


def test_games_with_a_single_action_on_one_side_are_those_of_the_twin() -> None:
    random = Random(16)
    shapes = [(1, columns) for columns in range(1, 5)] + [(rows, 1) for rows in range(2, 5)]
    games = [(table(random, *shape, 0, 2), table(random, *shape, 0, 2)) for shape in shapes * 3]
    assert agree(games) > len(games)


def test_with_one_action_against_it_a_player_maximises() -> None:
    result = gtc.nash([[1, 1, 1]], [[2, 5, 5]])
    assert [y for _, y in pairs(result)] == [(0, 1, 0), (0, 0, 1)]
    assert len(result.components) == 1


def test_constant_payoffs_are_like_zero() -> None:
    constant = [[F(1, 3)] * 2] * 2
    assert pairs(gtc.nash(constant, constant)) == pairs(gtc.nash([[0, 0]] * 2, [[0, 0]] * 2))


def test_numbers_beyond_machine_integers_and_of_very_different_size_are_exact() -> None:
    big = 2**63 + 1
    assert pairs(gtc.nash([[big, 0], [0, 1]], [[1, 0], [0, big]]))[-1] == (
        (F(big, big + 1), F(1, big + 1)),
        (F(1, big + 1), F(big, big + 1)),
    )
    tiny = 1e-12
    mixed = pairs(gtc.nash([[1e12, 0], [0, tiny]], [[tiny, 0], [0, 1e12]]))[-1]
    much, little = F(10**24, 10**24 + 1), F(1, 10**24 + 1)
    assert mixed == ((much, little), (little, much))
    enormous = 10**400
    result = gtc.nash([[enormous, 0], [0, enormous]], [[1, 0], [0, 1]])
    assert pairs(result)[-1] == ((HALF, HALF), (HALF, HALF))
    assert result[-1].payoffs == (float("inf"), 0.5)


def test_payoffs_may_be_scaled_by_a_billionth_in_floats() -> None:
    A, B = np.random.default_rng(4).random((2, 3, 3))
    assert len(gtc.nash(A, B)) == len(gtc.nash(A * 1e-9, B * 1e-9))


def test_a_float_counts_as_the_decimal_that_it_prints_as() -> None:
    tie = gtc.nash([[0.1 + 0.0, 0.0], [0.1, 0.0]], [[0.3, 0.3], [0.3, 0.3]])
    written = gtc.nash([[Decimal("0.1"), 0], [F(1, 10), 0]], [[F(3, 10)] * 2] * 2)
    assert pairs(tie) == pairs(written)
    single = np.array([[0.1, 0.3], [0.7, 0.2]], dtype=np.float32)
    double = gtc.nash([[0.1, 0.3], [0.7, 0.2]])
    assert pairs(gtc.nash(single)) == pairs(double) == [((F(5, 7), F(2, 7)), (F(1, 7), F(6, 7)))]


def test_one_matrix_is_a_zero_sum_game() -> None:
    least = np.array([[-(2**63), 1], [2, 0]])
    assert pairs(gtc.nash(least)) == pairs(gtc.nash(least, [[2**63, -1], [-2, 0]]))


@pytest.mark.parametrize(
    ("payoffs", "message"),
    [
        ((), "an array for each player"),
        (([[1, float("nan")]], [[1, 2]]), r"player 1 at \[0, 1\] is nan, not a finite number"),
        ((np.array([[1.0]]), np.array([[np.inf]])), r"player 2 at \[0, 0\] is inf"),
        (([[1, 2], [3]], [[1, 2], [3]]), "player 1 are ragged"),
        (([[1, 2]], [[1], [2]]), r"player 2 have shape \(2, 1\), those of player 1 \(1, 2\)"),
        (([[]], [[]]), r"shape \(1, 0\)"),
        (([], []), r"shape \(0,\)"),
        (([1, 2], [1, 2]), r"shape \(2,\)"),
        (([[1, "a"]], [[1, 2]]), "'a', not a finite number"),
        (([[1j]], [[1]]), "1j, not a finite number"),
        (([[1]], [[1]], [[1]]), "3 players need arrays with 3 axes, these have 2"),
        ((np.zeros((2, 2, 2, 2)), np.zeros((2, 2, 2, 2))), "2 players need arrays with 2 axes"),
    ],
)
def test_what_is_not_a_game_is_refused(payoffs: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        gtc.nash(*payoffs)


def test_unknown_methods_and_labels_are_refused() -> None:
    with pytest.raises(ParameterError, match="unknown method 'magic'; known: vertex_enumeration"):
        gtc.nash([[1]], [[1]], method="magic")
    with pytest.raises(ParameterError, match="label 2 is none of the 2 actions"):
        gtc.nash([[1]], [[1]], method="lemke_howson", label=2)


# Batches


def assert_same_as_one_by_one(A: Any, B: Any, batch: gtc.NashBatch) -> None:
    for k in range(len(A)):
        alone = gtc.nash(A[k], B[k], exact=True)
        own = slice(batch.offsets[k], batch.offsets[k + 1])
        assert pairs(batch[k]) == pairs(alone)
        assert batch[k].to_dict() == alone.to_dict()
        for rows, player in ((batch.x[own], 0), (batch.y[own], 1)):
            expected = [equilibrium.strategies[player] for equilibrium in alone]
            np.testing.assert_allclose(rows, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 3), (5, 4)])
def test_a_batch_lists_what_its_games_have_one_by_one(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(sum(shape))
    A, B = random.integers(0, 6, (2, 60, *shape))
    batch = gtc.nash(A, B)
    assert len(batch) == 60
    assert {BY_FLOATS, BY_RATIONALS} == set(batch.status.tolist())
    assert_same_as_one_by_one(A, B, batch)
    A, B = random.normal(size=(2, 40, *shape))
    batch = gtc.nash(A, B)
    assert set(batch.status.tolist()) == {BY_FLOATS}
    assert_same_as_one_by_one(A, B, batch)


def test_a_batch_is_not_deceived_by_rounding() -> None:
    """Ties in decimals that are none in binary, and differences that a large constant swallows."""
    base = np.random.default_rng(5).integers(0, 3, (2, 30, 3, 3))
    for A, B in (base * 0.1, base + 1e12 * base.max(), base * 1e-9, base / 3 + 1e5):
        assert_same_as_one_by_one(A, B, gtc.nash(A, B))


def test_a_batch_takes_numbers_up_to_the_ends_of_the_range_of_floats() -> None:
    base = np.random.default_rng(6).integers(-3, 4, (2, 10, 2, 3))
    for scale in (1e-320, 1e-300, 1e150, 5e307):
        A, B = base * scale
        assert_same_as_one_by_one(A, B, gtc.nash(A, B))


def test_a_batch_knows_fractions_beyond_floats() -> None:
    A = np.array([[[F(10**400), F(0)], [F(0), F(10**400)]], [[F(1), F(0)], [F(0), F(2)]]])
    batch = gtc.nash(A, A)
    assert len(batch[0]) == len(batch[1]) == 3
    assert batch.status.tolist() == [BY_RATIONALS] * 2


def test_other_methods_and_exactness_work_on_batches() -> None:
    A, B = np.random.default_rng(6).integers(0, 4, (2, 20, 2, 3))
    everything = gtc.nash(A, B)
    exact = gtc.nash(A, B, exact=True)
    assert set(exact.status.tolist()) == {BY_RATIONALS}
    assert np.array_equal(exact.offsets, everything.offsets)
    np.testing.assert_allclose(exact.x, everything.x, rtol=0, atol=1e-12)
    one = gtc.nash(A, B, method="lemke_howson")
    assert np.diff(one.offsets).tolist() == [1] * 20
    assert len(one[-1]) == len(one[19:20][0]) == 1
    with pytest.raises(IndexError):
        one[20]


def test_a_batch_without_games_is_empty() -> None:
    batch = gtc.nash(np.zeros((0, 2, 2)), np.zeros((0, 2, 2)))
    assert len(batch) == 0
    assert batch.offsets.tolist() == [0]


def test_a_game_of_a_batch_that_is_not_solved_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extreme_equilibria, "MOST_NUMBERS", 30)
    small, large = np.zeros((2, 1, 2)), np.zeros((2, 3, 3))
    assert gtc.nash(small, small).status.tolist() == [BY_RATIONALS] * 2
    batch = gtc.nash(large, large)
    assert batch.status.tolist() == [UNSOLVED] * 2
    assert batch.offsets.tolist() == [0, 0, 0]
    assert (len(batch[0]), batch[0].complete) == (0, False)
    assert "too large for all its equilibria" in batch[0].notes[0]
    with pytest.raises(SolverError, match="too large for all its equilibria"):
        gtc.nash(large[0], large[0])


def test_a_batch_outlives_a_change_of_the_callers_arrays() -> None:
    A = np.array([[[2.0, 0.0], [0.0, 1.0]]])
    batch = gtc.nash(A, A)
    A[:] = 0
    assert len(batch[0]) == 3


# Large games, and many players


def test_large_games_are_found_in_floats_and_settled_exactly() -> None:
    A, B = np.random.default_rng(7).integers(0, 50, (2, 11, 11))
    quick = gtc.nash(A, B)
    assert all(equilibrium.exact for equilibrium in quick)
    assert quick.to_dict() == gtc.nash(A, B, exact=True).to_dict()


def test_one_equilibrium_of_a_game_of_60_actions_a_side_is_exact() -> None:
    A, B = np.random.default_rng(9).random((2, 60, 60))
    (one,) = gtc.nash(A, B, method="lemke_howson", label=7)
    assert one.exact
    assert one.regret == 0
    A, B = np.random.default_rng(9).integers(0, 100, (2, 31, 31))
    quick = gtc.nash(A, B, method="lemke_howson")
    assert quick.to_dict() == gtc.nash(A, B, method="lemke_howson", exact=True).to_dict()
    same = np.ones((40, 30), dtype=int)
    assert gtc.nash(same, same, method="lemke_howson")[0].regret == 0


def test_a_large_game_full_of_ties_is_solved_in_rationals() -> None:
    size = 11
    A = np.eye(size, dtype=int)
    A[1] = A[0]
    A[:, 1] = A[:, 0]
    result = gtc.nash(A[:, :2], A[:, :2])
    assert result.complete
    assert sum(component.index for component in result.components) == 1


def test_three_players_who_want_to_meet_may_do_so_in_either_place_or_toss_coins() -> None:
    meet = np.zeros((2, 2, 2))
    meet[0, 0, 0] = meet[1, 1, 1] = 1
    found = pairs(gtc.nash(meet, meet, meet))
    pure = pairs(gtc.nash(meet, meet, meet, method="pure"))
    assert pure == [((1, 0),) * 3, ((0, 1),) * 3]
    assert {*pure, ((HALF, HALF),) * 3} <= set(found)


def test_the_logit_path_leads_to_an_equilibrium_of_two_or_three_players() -> None:
    hunt = [[4, 1], [3, 3]]
    one = gtc.nash(hunt, list(zip(*hunt, strict=True)), method="logit")
    assert (len(one), one.complete) == (1, False)
    cubes = np.random.default_rng(8).random((3, 2, 2, 2))
    (three,) = gtc.nash(*cubes, method="logit")
    assert three.regret <= 1e-8


# The package


def test_small_games_need_no_compiled_code_and_importing_needs_no_arrays() -> None:
    code = (
        "import sys, gametheory_crisis as gtc; assert 'numpy' not in sys.modules;"
        "gtc.NashResult; gtc.nash([[1, 2, 0], [3, 0, 1], [0, 0, 2]]);"
        "assert 'numba' not in sys.modules; assert callable(gtc.nash)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_result_is_a_sequence_that_becomes_json() -> None:
    result = gtc.nash([[2, 0], [0, 1]], [[2, 0], [0, 1]])
    assert list(result) == list(result.equilibria)
    assert result[1:] == result.equilibria[1:]
    data = result.to_dict()
    assert data["schema"] == "gametheory_crisis.nash/1"
    assert data["equilibria"][2]["strategies"] == [[1 / 3, 2 / 3]] * 2
    assert data["components"][2] == {
        "index": -1,
        "equilibria": [2],
        "subsets": [{"x": [[1 / 3, 2 / 3]], "y": [[1 / 3, 2 / 3]], "equilibria": [2]}],
    }


def test_subclasses_of_arrays_are_read_as_arrays_and_masks_are_refused() -> None:
    table = np.array([[1, 0], [0, 1]])
    assert len(gtc.nash(table.view(np.matrix), table)) == 3
    with pytest.raises(ParameterError, match="masked entries"):
        gtc.nash(np.ma.array(table, mask=[[0, 1], [0, 0]]), table)


def test_a_label_is_any_whole_number() -> None:
    table = [[1, 0], [0, 1]]
    assert len(gtc.nash(table, table, method="lemke_howson", label=np.int64(1))) == 1
    with pytest.raises(ParameterError, match="label True is none of the 4 actions"):
        gtc.nash(table, table, method="lemke_howson", label=True)


def test_payoffs_beyond_floats_are_null_in_json() -> None:
    huge = 10**400
    found = gtc.nash([[huge, 0], [0, huge]], [[huge, 0], [0, 1]]).to_dict()
    text = json.dumps(found, allow_nan=False)
    assert "null" in text
