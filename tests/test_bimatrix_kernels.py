"""The float kernels for bimatrix games: what they list is all there is, or they say so."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain

import numpy as np
import pytest
from bimatrix_games import degenerate_games
from numpy.typing import NDArray

from gametheory_crisis.kernels.bimatrix import all_equilibria, stage_equilibria
from gametheory_crisis.kernels.lemke_howson import lemke_howson
from gametheory_crisis.solvers.normal_form.extreme_equilibria import extreme_equilibria

Matrices = NDArray[np.float64]

SETTLED, DOUBTFUL, NOT_FINITE, TOO_LARGE = 1, 2, 3, 4
SMALL = ((1, 1), (1, 4), (3, 1), (2, 2), (2, 3), (4, 2), (2, 5), (3, 3), (3, 5), (4, 4), (5, 5))
LARGE = ((1, 9), (6, 2), (2, 9), (3, 6), (6, 4), (6, 6))
SHAPES = SMALL + LARGE


def exact(payoffs: Matrices) -> list[list[Fraction]]:
    return [[Fraction(float(value)) for value in line] for line in payoffs]


def assert_right(row: Matrices, column: Matrices) -> NDArray[np.int8]:
    """Games said to be settled have exactly the equilibria that the exact method finds."""
    offsets, x, y, status = all_equilibria(row, column)
    assert set(status.tolist()) <= {SETTLED, DOUBTFUL}
    for k in range(len(row)):
        ours = slice(offsets[k], offsets[k + 1])
        if status[k] != SETTLED:
            assert len(x[ours]) == 0
            continue
        truth = extreme_equilibria(exact(row[k]), exact(column[k]))
        assert len(x[ours]) == len(truth), (row[k], column[k])
        for p, q in truth:
            gaps = abs(x[ours] - np.array(p, float)).max(axis=1)
            gaps += abs(y[ours] - np.array(q, float)).max(axis=1)
            assert gaps.min() < 1e-7, (row[k], column[k], p, q)
    return status


def normal(shape: tuple[int, int], num: int) -> tuple[Matrices, Matrices]:
    generator = np.random.default_rng(shape)
    return generator.normal(size=(num, *shape)), generator.normal(size=(num, *shape))


def integers(shape: tuple[int, int], num: int, high: int) -> tuple[Matrices, Matrices]:
    generator = np.random.default_rng((high, *shape))
    row, column = generator.integers(0, high, size=(2, num, *shape)).astype(float)
    return row, column


@pytest.mark.parametrize("shape", SHAPES)
def test_generic_games_are_settled_with_all_their_equilibria(shape: tuple[int, int]) -> None:
    num = 60 if shape in SMALL else 15
    assert (assert_right(*normal(shape, num)) == SETTLED).all()


@pytest.mark.parametrize("high", [2, 3, 6])
@pytest.mark.parametrize("shape", SHAPES)
def test_games_full_of_ties_are_right_or_in_doubt(shape: tuple[int, int], high: int) -> None:
    assert_right(*integers(shape, 120 if shape in SMALL else 30, high))


def test_ties_that_bear_on_no_equilibrium_leave_a_game_settled() -> None:
    # The column player is indifferent where the row player plays a dominated action.
    row = np.array([[[3.0, 2.0, 4.0], [1.0, 1.0, 1.0]]])
    column = np.array([[[0.0, 1.0, 2.0], [5.0, 5.0, 5.0]]])
    assert assert_right(row, column).tolist() == [SETTLED]


def test_games_made_degenerate_on_purpose_are_right_or_in_doubt() -> None:
    for A, B in degenerate_games(5, 400, 6):
        assert_right(np.array([A], dtype=float), np.array([B], dtype=float))


@pytest.mark.parametrize("distance", [1e-3, 1e-7, 1e-9, 1e-10, 1e-12, 1e-15])
def test_near_ties_are_right_or_in_doubt(distance: float) -> None:
    generator = np.random.default_rng(7)
    for shape in ((2, 2), (3, 3), (4, 4), (3, 6)):
        row, column = integers(shape, 40, 3)
        row = row + distance * generator.normal(size=row.shape)
        column = column + distance * generator.normal(size=column.shape)
        status = assert_right(row, column)
        if distance >= 1e-3:
            assert (status == SETTLED).mean() > 0.9


@pytest.mark.parametrize("scales", [(1e-9, 1e12), (1e-12, 1e-12), (1e300, 1e-290)])
@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (4, 4), (2, 6), (6, 6)])
def test_units_of_payoffs_change_nothing(
    shape: tuple[int, int], scales: tuple[float, float]
) -> None:
    row, column = normal(shape, 20)
    offsets, x, y, status = all_equilibria(row, column)
    scaled = all_equilibria(scales[0] * row, scales[1] * column)
    assert (scaled[0] == offsets).all()
    assert (scaled[3] == status).all()
    assert abs(scaled[1] - x).max() < 1e-12
    assert abs(scaled[2] - y).max() < 1e-12


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (4, 4), (3, 6)])
def test_payoffs_of_mixed_magnitudes_are_right_or_in_doubt(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(11)
    row, column = normal(shape, 60)
    assert_right(
        row * 10.0 ** generator.integers(-12, 13, size=row.shape),
        column * 10.0 ** generator.integers(-12, 13, size=row.shape),
    )


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (5, 5), (2, 6)])
def test_a_payoff_that_is_not_finite_is_a_status(shape: tuple[int, int]) -> None:
    for value in (np.nan, np.inf, -np.inf):
        row, column = normal(shape, 3)
        column[1, 0, 1] = value
        offsets, _, _, status = all_equilibria(row, column)
        assert status.tolist() == [SETTLED, NOT_FINITE, SETTLED]
        assert offsets[1] == offsets[2]
    row, column = normal(shape, 1)
    row[0, 0, 0], row[0, 1, 0] = 1.7e308, -1.7e308
    assert all_equilibria(row, column)[3].tolist() == [DOUBTFUL]


def test_a_game_without_end_is_a_status() -> None:
    row, column = normal((31, 32), 2)
    offsets, _, _, status = all_equilibria(row, column)
    assert status.tolist() == [TOO_LARGE, TOO_LARGE]
    assert offsets.tolist() == [0, 0, 0]


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (4, 3), (6, 6), (6, 7)])
def test_equilibria_are_listed_by_supports(shape: tuple[int, int]) -> None:
    offsets, x, y, _ = all_equilibria(*normal(shape, 40))
    several = 0
    for k in range(40):
        keys = []
        for e in range(offsets[k], offsets[k + 1]):
            rows, columns = np.flatnonzero(x[e]).tolist(), np.flatnonzero(y[e]).tolist()
            assert len(rows) == len(columns)
            keys.append((len(rows), rows, columns))
        assert keys == sorted(keys)
        several += len(keys) > 1
    assert several >= 5


@pytest.mark.parametrize("num", [3, 7])
def test_room_grows_with_the_equilibria(num: int) -> None:
    # With the identity for both players every support is that of one equilibrium.
    game = np.eye(num)[None]
    offsets, x, y, status = all_equilibria(game, game)
    assert status.tolist() == [SETTLED]
    assert offsets[-1] == 2**num - 1
    assert (x == y).all()
    assert np.allclose(x, (x > 0) / (x > 0).sum(axis=1, keepdims=True))


@pytest.mark.kernels
@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 6)])
def test_one_game_within_other_kernels_is_as_in_a_batch(shape: tuple[int, int]) -> None:
    row, column = normal(shape, 4)
    row[3] = 0.0
    offsets, x, y, status = all_equilibria(row, column)
    x_out, y_out = np.zeros((12, shape[0])), np.zeros((12, shape[1]))
    for k in range(4):
        num, found = stage_equilibria(row[k], column[k], x_out, y_out)
        ours = slice(offsets[k], offsets[k + 1])
        assert (num, found) == (offsets[k + 1] - offsets[k], status[k])
        assert (x_out[:num] == x[ours]).all()
        assert (y_out[:num] == y[ours]).all()


@pytest.mark.kernels
def test_one_game_without_enough_room_says_so() -> None:
    for num in (3, 6):
        game = np.eye(num)
        out = np.zeros((2**num - 1, num))
        assert stage_equilibria(game, game, out, out.copy()) == (-1, SETTLED)


@pytest.mark.kernels
def test_every_path_of_lemke_and_howson_ends_in_the_known_equilibrium() -> None:
    # von Stengel (2007), Algorithmic Game Theory, example 3.3: three equilibria.
    row = np.array([[3.0, 3.0], [2.0, 5.0], [0.0, 6.0]])
    column = np.array([[3.0, 2.0], [2.0, 6.0], [3.0, 1.0]])
    ends = set()
    for label in range(5):
        x, y, status, pivots = lemke_howson(row, column, label)
        assert status == 1
        assert pivots >= 2
        ends.add((*np.round(x * 3, 9).tolist(), *np.round(y * 3, 9).tolist()))
    assert ends <= {(3, 0, 0, 3, 0), (0, 1, 2, 1, 2), (2.4, 0.6, 0, 2, 1)}
    assert (0, 1, 2, 1, 2) in ends


def regret(payoffs: Matrices, own: Matrices, other: Matrices) -> float:
    values = payoffs @ other
    return float(max(values) - own @ values)


def test_lemke_howson_ends_in_an_equilibrium_however_degenerate() -> None:
    games = (
        (np.array(A, dtype=float), np.array(B, dtype=float)) for A, B in degenerate_games(3, 300, 6)
    )
    tied = ((row[k], column[k]) for row, column in [integers((6, 6), 50, 2)] for k in range(50))
    for row, column in chain(games, tied):
        for label in range(sum(row.shape)):
            x, y, status, _ = lemke_howson(row, column, label)
            assert status == 1, (row, column, label)
            assert min(*x, *y) >= 0
            assert abs(x.sum() - 1) + abs(y.sum() - 1) < 1e-12
            bound = 1e-8 * (np.ptp(row) + np.ptp(column))
            assert max(regret(row, x, y), regret(column.T, y, x)) <= bound


def test_a_long_path_of_lemke_and_howson_loses_nothing_to_rounding() -> None:
    generator = np.random.default_rng(0)
    lengths = []
    for _ in range(12):
        row, column = generator.random((2, 80, 80))
        x, y, status, pivots = lemke_howson(row, column, 0)
        assert status == 1
        assert max(regret(row, x, y), regret(column.T, y, x)) < 1e-12
        lengths.append(pivots)
    assert max(lengths) > 500


def test_lemke_howson_says_what_it_cannot_solve() -> None:
    assert lemke_howson(np.array([[1.0, np.nan]]), np.ones((1, 2)))[2] == 3
    assert lemke_howson(np.array([[1.7e308], [-1.7e308]]), np.ones((2, 1)))[2] == 2
