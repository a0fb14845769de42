"""A slow and obvious twin of the bimatrix solvers: every choice of tight constraints, in rationals.

It shares nothing with the package.  A strategy x of the row player and the bound u on what the
column player can get against it are a point of {(x, u): x >= 0, sum x = 1, B' x <= u}; its vertices
are found by making m of the m + n inequalities tight, in every possible way.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction as F
from itertools import combinations
from pathlib import Path

Matrix = Sequence[Sequence[F]]
Pair = tuple[tuple[F, ...], tuple[F, ...]]


def solve(system: list[list[F]]) -> list[F] | None:
    """The solution of a square system with its right hand side in the last column, if only one."""
    size, rows = len(system), [list(row) for row in system]
    for k in range(size):
        pivot = next((i for i in range(k, size) if rows[i][k] != 0), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [entry / rows[k][k] for entry in rows[k]]
        for i in range(size):
            if i != k and rows[i][k] != 0:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]


def extreme_strategies(payoffs: Matrix) -> dict[tuple[F, ...], set[int]]:
    """Vertices of one player's polytope, each with its labels.

    ``payoffs[a][b]`` is what the *other* player gets; a label a < len(payoffs) says that a is not
    played, a label len(payoffs) + b that b is a best reply.
    """
    own, other = len(payoffs), len(payoffs[0])
    constraints = [[F(k == a) for k in range(own)] + [F(0), F(0)] for a in range(own)]
    constraints += [[payoffs[a][b] for a in range(own)] + [F(-1), F(0)] for b in range(other)]
    total = [F(1)] * own + [F(0), F(1)]
    found: dict[tuple[F, ...], set[int]] = {}
    for tight in combinations(range(own + other), own):
        if all(k < own for k in tight):
            continue
        point = solve([total, *(constraints[k] for k in tight)])
        if point is None or min(point[:own]) < 0:
            continue
        worth = [sum(payoffs[a][b] * point[a] for a in range(own)) for b in range(other)]
        if max(worth) <= point[own]:
            idle = {a for a in range(own) if point[a] == 0}
            best = {own + b for b in range(other) if worth[b] == point[own]}
            found[tuple(point[:own])] = idle | best
    return found


def extreme_equilibria(A: Matrix, B: Matrix) -> set[Pair]:
    """All extreme equilibria: pairs of vertices in which every action is idle or a best reply."""
    m, n = len(A), len(A[0])
    rows, columns = extreme_strategies(B), extreme_strategies(list(zip(*A, strict=True)))
    found = set()
    for x, by_row in rows.items():
        for y, by_column in columns.items():
            shared = {label + m if label < n else label - n for label in by_column}
            if len(by_row | shared) == m + n:
                found.add((x, y))
    return found


def is_equilibrium(A: Matrix, B: Matrix, pair: Pair) -> bool:
    """Whether neither player gains by any pure deviation, by the definition."""
    x, y = pair
    if sum(x) != 1 or sum(y) != 1 or min(x) < 0 or min(y) < 0:
        return False
    by_row = [sum(a * q for a, q in zip(row, y, strict=True)) for row in A]
    by_column = [sum(row[j] * p for row, p in zip(B, x, strict=True)) for j in range(len(y))]
    return max(by_row) == sum(u * p for u, p in zip(by_row, x, strict=True)) and max(
        by_column
    ) == sum(u * q for u, q in zip(by_column, y, strict=True))


def lrs_equilibria(A: Matrix, B: Matrix, folder: Path) -> set[Pair]:
    """The extreme equilibria that the program lrsnash prints."""
    text = "\n\n".join("\n".join(" ".join(map(str, row)) for row in table) for table in (A, B))
    file = folder / "game"
    file.write_text(f"{len(A)} {len(A[0])}\n\n{text}\n")
    printed = subprocess.run(
        ["lrsnash", str(file)], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    found: set[Pair] = set()
    answers: list[tuple[F, ...]] = []
    for line in printed.splitlines():
        words = line.split()
        if words and words[0] in "12":
            strategy = tuple(map(F, words[1:-1]))
            if words[0] == "2":
                answers.append(strategy)
            else:
                found |= {(strategy, y) for y in answers}
        else:
            answers = []
    return found
