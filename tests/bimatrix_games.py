"""Random bimatrix games, generic and full of ties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction as F
from random import Random

Table = list[list[F]]
Game = tuple[Table, Table]


def table(random: Random, rows: int, columns: int, low: int, high: int) -> Table:
    return [[F(random.randint(low, high)) for _ in range(columns)] for _ in range(rows)]


def random_games(seed: int, num: int, largest: int) -> Iterator[Game]:
    """Games of all shapes from 2 x 2 on, with small integers as payoffs."""
    random = Random(seed)
    for _ in range(num):
        rows, columns = random.randint(2, largest), random.randint(2, largest)
        high = random.choice((1, 2, 3, 5, 10, 100))
        yield table(random, rows, columns, 0, high), table(random, rows, columns, -high, high)


def degenerate_games(seed: int, num: int, largest: int) -> Iterator[Game]:
    """Games made degenerate on purpose, one way after the other."""
    random, ways = Random(seed), list(WAYS)
    for k in range(num):
        rows, columns = random.randint(2, largest), random.randint(2, largest)
        A, B = table(random, rows, columns, 0, 2), table(random, rows, columns, 0, 2)
        yield ways[k % len(ways)](random, A, B)


def _duplicate_row(random: Random, A: Table, B: Table) -> Game:
    i, k = random.sample(range(len(A)), 2)
    A[i], B[i] = list(A[k]), list(B[k])
    return A, B


def _tied_column(random: Random, A: Table, B: Table) -> Game:
    """Two columns that are the same to the column player only."""
    j, k = random.sample(range(len(A[0])), 2)
    for row in B:
        row[j] = row[k]
    return A, B


def _zero(random: Random, A: Table, B: Table) -> Game:
    return A, [[F(0)] * len(row) for row in B]


def _indifferent_row_player(random: Random, A: Table, B: Table) -> Game:
    """Payoffs on which the row player's own action has no influence."""
    return [list(A[0]) for _ in A], B


def _weakly_dominated(random: Random, A: Table, B: Table) -> Game:
    i, k = random.sample(range(len(A)), 2)
    A[i] = [payoff - random.choice((0, 0, 1)) for payoff in A[k]]
    return A, B


def _dominated_by_a_mixture(random: Random, A: Table, B: Table) -> Game:
    if len(A) > 2:
        i, k, last = random.sample(range(len(A)), 3)
        A[last] = [(a + b) / 2 for a, b in zip(A[i], A[k], strict=True)]
    return A, B


def _identity(random: Random, A: Table, B: Table) -> Game:
    rows, columns = len(A), len(A[0])
    return tuple(  # type: ignore[return-value]
        [[F(i % size == j % size) for j in range(columns)] for i in range(rows)]
        for size in (min(rows, columns), max(1, min(rows, columns) - 1))
    )


def _zero_sum(random: Random, A: Table, B: Table) -> Game:
    return A, [[-payoff for payoff in row] for row in A]


def _common_interest(random: Random, A: Table, B: Table) -> Game:
    return A, [list(row) for row in A]


def _low_rank(random: Random, A: Table, B: Table) -> Game:
    u, v = ([random.randint(-1, 1) for _ in side] for side in (A, A[0]))
    return [[F(a * b) for b in v] for a in u], [[F(b - a) for b in v] for a in u]


def _symmetric(random: Random, A: Table, B: Table) -> Game:
    size = min(len(A), len(A[0]))
    A = [row[:size] for row in A[:size]]
    return A, [list(column) for column in zip(*A, strict=True)]


def _vast_range(random: Random, A: Table, B: Table) -> Game:
    scales = (F(1, 10**12), F(1), F(10**12))
    return tuple(  # type: ignore[return-value]
        [[payoff * random.choice(scales) for payoff in row] for row in side] for side in (A, B)
    )


WAYS: tuple[Callable[[Random, Table, Table], Game], ...] = (
    _duplicate_row,
    _tied_column,
    _zero,
    _indifferent_row_player,
    _weakly_dominated,
    _dominated_by_a_mixture,
    _identity,
    _zero_sum,
    _common_interest,
    _low_rank,
    _symmetric,
    _vast_range,
)
