"""Points shared out over processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from games import build, end

from gametheory_crisis.errors import SolverError
from gametheory_crisis.model import Model
from gametheory_crisis.solvers.cell_workers import CellWorkers, solve_shared
from gametheory_crisis.solvers.pointwise import CellByCell
from gametheory_crisis.solvers.values import Value

ALL = ("equilibria", "expected_day", "payoff", "probability")


def last_offer() -> Model:
    """One price for a thing that is worth what only the buyer knows."""
    return build(
        {
            "players": ["S", "B"],
            "parameters": {"high": 1, "cost": 0},
            "private": {"B": {"v": "uniform(0, high)"}},
            "game": {
                "ask": {"player": "S", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {
                    "player": "B",
                    "actions": {
                        "accept": end("trade", S="x - cost", B="v - x"),
                        "reject": end("none", S=0, B=0),
                    },
                },
            },
        }
    )


def test_processes_find_what_one_process_finds() -> None:
    solver = last_offer().block_solver
    row, cell = {"cost": np.array([0.0, 0.1, 0.2])}, {"high": np.linspace(-0.2, 1.0, 7)}
    seen: list[tuple[int, int]] = []
    with CellWorkers(solver, 2) as workers:
        shared = solve_shared(
            solver,
            {},
            row,
            cell,
            ("payoff",),
            workers,
            lambda done, total: seen.append((done, total)),
        )
    alone = solver.solve({}, row, cell, quantities=("payoff",), threads=1)
    for name, found in vars(alone).items():
        np.testing.assert_array_equal(getattr(shared, name), found)
    assert set(np.unique(alone.status)) == {1, 6}
    assert seen[0] == (0, 21)
    assert seen[-1] == (21, 21)


def test_processes_last_as_long_as_they_are_kept(monkeypatch) -> None:
    solver = last_offer().block_solver
    started: list[int] = []
    begin = CellWorkers.__init__

    def counted(self: CellWorkers, own: CellByCell, number: int) -> None:
        started.append(number)
        begin(self, own, number)

    monkeypatch.setattr(CellWorkers, "__init__", counted)
    columns = {"high": np.linspace(0.5, 1.0, 9), "cost": np.linspace(0, 0.1, 9)}
    alone = solver.solve_columns({}, columns)
    with solver.keeping_workers(600, threads=2):
        kept = [solver.solve_columns({}, columns) for _ in range(2)]
    assert started == [2]
    after = solver.solve_columns({}, columns)
    for found in (*kept, after):
        np.testing.assert_array_equal(found.payoff, alone.payoff)
    with solver.keeping_workers(499, threads=2):
        solver.solve_columns({}, columns)
    assert started == [2]


class Broken(CellByCell):
    """A solver that fails in its own way, or ends the process."""

    num_players, num_outcomes = 1, 1

    def equilibria(self, point: Mapping[str, float]) -> Sequence[tuple[Value, int]]:
        if point["x"] == 0:
            raise ZeroDivisionError("x is 0")
        raise SystemExit(3)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [(0.0, ZeroDivisionError, "x is 0"), (1.0, SolverError, "ended before its time")],
)
def test_errors_in_a_process_are_raised(x: float, error: type[Exception], message: str) -> None:
    with CellWorkers(Broken(), 1) as workers, pytest.raises(error, match=message):
        workers.solve({"x": np.array([x])}, ALL)
