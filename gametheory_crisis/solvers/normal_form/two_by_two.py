"""All equilibria of many 2x2 games at once, in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CLEAR = 1e-9
"""A difference of payoffs, in shares of their spread, that is clear of a tie."""
PURE = ((0, 0), (0, 1), (1, 0), (1, 1))


def two_by_two(
    row: NDArray[np.float64], column: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """All equilibria of 2x2 games without ties.

    Parameters
    ----------
    row, column : float64 (n, 2, 2), payoffs of the row player and of the column player

    Returns
    -------
    game : int64 (total,), ascending: the game that each equilibrium belongs to; of each the pure
        ones come first, in lexicographic order
    x, y : float64 (total, 2), strategies of the row and of the column player
    clear : bool (n,), false where payoffs tie or nearly do; such a game has no equilibria listed
    """
    rows = row[:, 0] - row[:, 1]  # what the first row gains over the second, by column
    columns = column[:, :, 0] - column[:, :, 1]  # what the first column gains, by row
    clear = _clear(rows, row) & _clear(columns, column)
    best_row, best_column = np.where(rows > 0, 0, 1), np.where(columns > 0, 0, 1)
    found = [(best_row[:, j] == i) & (best_column[:, i] == j) for i, j in PURE]
    found.append((best_row[:, 0] != best_row[:, 1]) & (best_column[:, 0] != best_column[:, 1]))
    game, kind = np.nonzero(np.stack(found, axis=1) & clear[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        first_row = columns[:, 1] / (columns[:, 1] - columns[:, 0])
        first_column = rows[:, 1] / (rows[:, 1] - rows[:, 0])
    x = np.where(kind == len(PURE), first_row[game], kind < 2)
    y = np.where(kind == len(PURE), first_column[game], kind % 2 == 0)
    return game, np.stack((x, 1 - x), axis=1), np.stack((y, 1 - y), axis=1), clear


def _clear(gains: NDArray[np.float64], payoffs: NDArray[np.float64]) -> NDArray[np.bool_]:
    spread = payoffs.max(axis=(1, 2)) - payoffs.min(axis=(1, 2))
    clear: NDArray[np.bool_] = np.all(np.abs(gains) > CLEAR * spread[:, None], axis=1)
    return clear
