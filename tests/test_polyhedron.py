"""Laws of exact polyhedra, held against all choices of columns."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction as F
from itertools import combinations
from random import Random

from gametheory_crisis.solvers.polyhedron import feasible, maximum, vertices

Matrix = Sequence[Sequence[F | int]]


def solution(columns: Sequence[Sequence[F]], right: Sequence[F]) -> list[F] | None:
    """The only solution of a system given by columns; None where there is none or more than one."""
    rows = [[*row, end] for row, end in zip(zip(*columns, strict=True), right, strict=True)]
    rows = [list(map(F, row)) for row in rows]
    num = len(columns)
    for k in range(num):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], [entry / rows[pivot][k] for entry in rows[k]]
        rows[k] = [entry / rows[k][k] for entry in rows[k]]
        for i, row in enumerate(rows):
            if i != k:
                rows[i] = [a - row[k] * b for a, b in zip(row, rows[k], strict=True)]
    return None if any(row[-1] for row in rows[num:]) else [rows[k][-1] for k in range(num)]


def brute_vertices(matrix: Matrix, right: Sequence[F | int]) -> set[tuple[F, ...]]:
    """Feasible points whose positive coordinates belong to independent columns."""
    num, found = len(matrix[0]), set()
    for size in range(num + 1):
        for support in combinations(range(num), size):
            if not size:
                values = [] if not any(right) else None
            else:
                columns = [[F(row[j]) for row in matrix] for j in support]
                values = solution(columns, [F(end) for end in right])
            if values is not None and all(value > 0 for value in values):
                point = [F(0)] * num
                for j, value in zip(support, values, strict=True):
                    point[j] = value
                found.add(tuple(point))
    return found


def random_system(random: Random) -> tuple[list[list[F]], list[F]]:
    """Small integers, so that ties abound; at times a right hand side that is surely met."""
    num_rows, num = random.randint(1, 4), random.randint(1, 6)
    low = random.choice((-2, 0))
    matrix = [
        [F(random.randint(low, 2), random.choice((1, 1, 2))) for _ in range(num)]
        for _ in range(num_rows)
    ]
    if random.random() < 0.3:
        matrix.append([a + 2 * b for a, b in zip(matrix[0], matrix[-1], strict=True)])
    if random.random() < 0.7:
        inside = [random.randint(0, 2) for _ in range(num)]
        return matrix, [sum(map(F.__mul__, row, map(F, inside)), F(0)) for row in matrix]
    return matrix, [F(random.randint(-2, 2)) for _ in matrix]


def test_vertices_are_those_that_all_choices_of_columns_give() -> None:
    random, empty, degenerate = Random(1), 0, 0
    for _ in range(400):
        matrix, right = random_system(random)
        expected = brute_vertices(matrix, right)
        found = vertices(matrix, right)
        assert len(found) == len(set(found))
        assert set(found) == expected
        assert found == sorted(found, reverse=True)
        empty += not expected
        degenerate += any(sum(map(bool, point)) < len(matrix) for point in expected)
        point = feasible(matrix, right)
        assert point in expected if expected else point is None
    assert empty > 30
    assert degenerate > 100


def test_the_greatest_value_is_attained_at_a_vertex_or_has_no_bound() -> None:
    random, unbounded = Random(2), 0
    for _ in range(300):
        matrix, right = random_system(random)
        objective = [F(random.randint(-3, 3), 2) for _ in matrix[0]]
        points = brute_vertices(matrix, right)
        best = maximum(objective, matrix, right)
        if not points:
            assert best is None
            continue
        assert best is not None
        assert best.point in points
        values = [sum(map(F.__mul__, objective, point), F(0)) for point in points]
        direction = feasible([*matrix, objective], [0] * len(matrix) + [1])
        assert (best.value is None) == (direction is not None)
        if best.value is None:
            unbounded += 1
        else:
            assert best.value == max(values)
            assert best.value == sum(map(F.__mul__, objective, best.point), F(0))
    assert unbounded > 20


def test_the_probability_simplex_has_its_corners() -> None:
    assert vertices([[1, 1, 1]], [1]) == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_numbers_of_very_different_size_stay_exact() -> None:
    tiny, huge = F(1, 10**12), 10**30 + 1
    found = vertices([[tiny, huge, 1]], [1])
    assert found == [(10**12, 0, 0), (0, F(1, huge), 0), (0, 0, 1)]


def test_equations_that_contradict_each_other_leave_nothing() -> None:
    assert vertices([[1, 1], [2, 2]], [1, 3]) == []
    assert feasible([[1, 1], [2, 2]], [1, 3]) is None
    assert maximum([1, 0], [[1, 1], [2, 2]], [1, 3]) is None


def test_no_equation_but_zero_leaves_the_orthant_with_one_vertex() -> None:
    assert vertices([[0, 0]], [0]) == [(0, 0)]
    assert maximum([1, 0], [[0, 0]], [0]) == maximum([1, 0], [[0, 0], [0, 0]], [0, 0])


def test_the_cube_in_six_dimensions_has_64_vertices() -> None:
    matrix = [[int(i == j) for j in range(6)] + [int(i == j) for j in range(6)] for i in range(6)]
    assert len(vertices(matrix, [1] * 6)) == 64
