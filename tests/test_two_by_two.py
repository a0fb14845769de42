"""The closed form of 2x2 games against exact vertex enumeration."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np

from gametheory_crisis.solvers.normal_form.extreme_equilibria import extreme_equilibria
from gametheory_crisis.solvers.normal_form.two_by_two import two_by_two


def fractions(table: np.ndarray) -> list[list[F]]:
    return [[F(value) for value in row] for row in table.tolist()]


def agree(rows: np.ndarray, columns: np.ndarray) -> int:
    """Compare every clear game with the exact solver; returns how many there were."""
    game, x, y, clear = two_by_two(rows, columns)
    for k in np.flatnonzero(clear):
        exact = extreme_equilibria(fractions(rows[k]), fractions(columns[k]))
        ours = sorted((*x[i].tolist(), *y[i].tolist()) for i in np.flatnonzero(game == k))
        theirs = sorted(tuple(float(share) for share in (*a, *b)) for a, b in exact)
        assert len(ours) == len(theirs)
        assert np.allclose(ours, theirs, atol=1e-12)
    assert not np.isin(game, np.flatnonzero(~clear)).any()
    return int(clear.sum())


def test_games_without_ties_have_the_exact_equilibria() -> None:
    draw = np.random.default_rng(3)
    assert agree(draw.random((300, 2, 2)), draw.random((300, 2, 2))) == 300


def test_games_with_ties_are_in_doubt_and_the_others_are_right() -> None:
    draw = np.random.default_rng(4)
    rows = draw.integers(0, 4, (300, 2, 2)).astype(float)
    columns = draw.integers(0, 4, (300, 2, 2)).astype(float)
    tied = (rows[:, 0] == rows[:, 1]).any(axis=1) | (columns[:, :, 0] == columns[:, :, 1]).any(1)
    assert agree(rows, columns) == (~tied).sum()


def test_the_scale_of_payoffs_does_not_matter() -> None:
    draw = np.random.default_rng(5)
    rows, columns = draw.random((2, 100, 2, 2))
    whole = two_by_two(rows, columns)
    for scale in (1e-9, 1e12):
        for one, other in zip(whole, two_by_two(rows * scale, columns * scale), strict=True):
            assert np.allclose(one, other, atol=1e-12)
