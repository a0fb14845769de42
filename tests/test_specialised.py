"""Kernels written for one program each: the block kernel's bits, whatever becomes of the files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import games
import numba
import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.program import Carried, Results, SolutionProgram
from gametheory_crisis.games.tape import Entry, Tape
from gametheory_crisis.kernels import specialised
from gametheory_crisis.kernels.blocks import BLOCK
from gametheory_crisis.kernels.operations import ARITY, Operation
from gametheory_crisis.model import Model
from gametheory_crisis.solvers.block_induction import BlockSolver
from gametheory_crisis.solvers.block_rows import _sparse
from gametheory_crisis.solvers.cells import QUANTITIES, SEVERAL, Cells
from gametheory_crisis.solvers.specialised import TieredSchedule

SUBSETS = ((), ("payoff", "equilibria"), ("expected_day", "probability"))
NUMBERS = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 3.0, 1e-13, 1e300, np.inf, -np.inf, np.nan)


def chain(length: int) -> Model:
    """Two who in turn take one of many ends or pass; some of the ends are worth the same."""
    players = ("One", "Two")
    game: dict[str, Any] = {
        f"n{k}": {
            "player": players[k % 2],
            "actions": {
                "take": games.end(f"end{k}", One=f"{k % 5} * a - b / 3", Two=f"b + {k % 3} * a"),
                "pass": f"n{k + 1}",
            },
        }
        for k in range(length)
    }
    game[f"n{length}"] = games.end("last", One="b", Two="a")
    parameters = {name: {"value": 0, "range": [-1, 1]} for name in "ab"}
    return games.build({"players": list(players), "parameters": parameters, "game": game})


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for every test, with nothing loaded from another."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(specialised, "_LOADED", {})
    return tmp_path / "specialised"


class Builder:
    """A tape under construction."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.reads: list[frozenset[str]] = []

    def add(self, entry: Entry) -> int:
        reads = frozenset({entry} if isinstance(entry, str) else ())
        if isinstance(entry, tuple):
            reads = frozenset().union(*(self.reads[slot] for slot in entry[1]))
        self.entries.append(entry)
        self.reads.append(reads)
        return len(self.entries) - 1

    def apply(self, operation: Operation, *slots: int) -> int:
        return self.add((operation, slots))

    @property
    def tape(self) -> Tape:
        return Tape(tuple(self.entries), tuple(self.reads))


def plain_results(zero: int, **changes: Any) -> Results:
    """Results of which all but those named are zero."""
    names = ("day", "regime", "equilibria", "tie", "stuck", "undefined", "invalid")
    values: dict[str, Any] = dict.fromkeys(names, zero)
    return Results(**(values | {"payoffs": (), "probabilities": (), "outcome": -1} | changes))


def solver_of(program: SolutionProgram) -> BlockSolver:
    results = program.results
    outcomes = len(results.probabilities) or 2
    never_asked = chain(1).block_solver.fallback
    return BlockSolver(program, program, len(results.payoffs), outcomes, never_asked)


def every_operation() -> BlockSolver:
    """Each operation, of constants, row and cell parameters, is the probability of an outcome.

    A probability is stored as it is, finite or not.  The payoff fails some of the cells.
    """
    build = Builder()
    zero, x, y, z = map(build.add, (F(0), "x", "y", "z"))
    slots = [build.apply(o, *(x, y, z)[: ARITY[o]]) for o in Operation]
    square = build.apply(Operation.POW, x, build.add(F(2)))
    doubled = build.apply(Operation.POW, build.add(F(2)), z)
    slots += [square, doubled]
    tie = build.apply(Operation.SAME, x, y)
    results = plain_results(zero, payoffs=(x, y), probabilities=tuple(slots), tie=tie)
    return solver_of(SolutionProgram(build.tape, ("x", "y", "z"), None, (), results))


def two_that_change_places() -> BlockSolver:
    """Two carried numbers, each the other's following value but for a term that reads the day."""
    build = Builder()
    zero, days, h, a, b, day = map(build.add, (F(0), "T", "h", "a", "b", "day"))
    grown = build.apply(Operation.ADD, a, build.apply(Operation.MUL, h, day))
    twice = build.apply(Operation.MUL, h, h)
    late = build.apply(Operation.GREATER, a, b)
    results = plain_results(
        zero,
        payoffs=(a, build.apply(Operation.SUB, b, twice)),
        outcome=late,
        day=b,
        regime=late,
        tie=build.apply(Operation.SAME, a, h),
    )
    carried = (Carried("a", h, b), Carried("b", twice, grown))
    return solver_of(SolutionProgram(build.tape, ("T", "h"), days, carried, results))


def assert_same_bits(found: Cells, expected: Cells) -> None:
    for name, values in vars(expected).items():
        other = getattr(found, name)
        assert other.shape == values.shape
        assert np.array_equal(other, values, equal_nan=values.dtype == np.float64), name
        if values.dtype == np.float64:
            number = ~np.isnan(values)
            assert np.array_equal(np.signbit(other[number]), np.signbit(values[number])), name


def compare(
    solver: BlockSolver,
    fixed: Mapping[str, float],
    row: Mapping[str, Any],
    cell: Mapping[str, Any],
    quantities: tuple[str, ...] = QUANTITIES,
) -> Cells:
    """The cells, solved in both ways, which must agree to the last bit."""
    expected, found = (
        solver.solve(fixed, row, cell, quantities=quantities, specialise=specialise)
        for specialise in ("never", "always")
    )
    assert_same_bits(found, expected)
    return found


def irregular_numbers(num: int) -> np.ndarray:
    drawn = np.random.default_rng(5).normal(size=num).round(1)
    drawn[: len(NUMBERS)] = NUMBERS
    return np.random.default_rng(6).permutation(drawn)


def test_every_operation_gives_the_bits_of_the_block_kernel() -> None:
    x = np.repeat(NUMBERS, len(NUMBERS))
    y = np.tile(NUMBERS, len(NUMBERS))
    assert len(x) % BLOCK
    cells = compare(every_operation(), {}, {"z": np.array(NUMBERS)}, {"x": x, "y": y})
    assert set(np.unique(cells.status)) == {1, 2, 5}


@pytest.mark.slow
def test_each_cell_counts_its_own_days() -> None:
    solver = two_that_change_places()
    days = np.tile([1.0, 7.0, 0.0, 2.5, 30.0, np.nan, -1.0, np.inf, 2e6], 33)
    cells = compare(solver, {}, {"h": np.array([0.0, 0.3, -1.1, np.inf])}, {"T": days})
    assert set(np.unique(cells.status)) == {1, 2, 5, 6}
    once = solver.solve({"h": 0.3, "T": 7.0}, {}, {}, specialise="never")
    assert cells.payoff[:, 1, 1].tolist() == once.payoff[:, 0, 0].tolist()


@pytest.mark.kernels
@pytest.mark.skipif(specialised.compiles(), reason="for a suite in which nothing is compiled")
def test_a_text_run_as_plain_python_is_the_compiled_kernel() -> None:
    solver = two_that_change_places()
    days = np.array([1.0, 4.0, 3.0])
    compare(solver, {}, {}, {"T": days, "h": np.array([0.1, 0.5, -0.25])})


@pytest.mark.slow
def test_a_long_program_works_on_cells_side_by_side_and_sees_the_same_ties() -> None:
    model = chain(12)
    values = np.linspace(-1, 1, 41)
    listed = {"a": np.repeat(values, 41), "b": np.tile(values, 41)}
    expected, found = (
        model.block_solver.solve_columns({}, listed, threads=2, specialise=choice)
        for choice in ("never", "always")
    )
    assert_same_bits(found, expected)
    assert 0 < (found.status == SEVERAL).sum() < found.status.size
    (kernel,) = specialised._LOADED.values()
    (machine_code,) = kernel.inspect_llvm().values()
    assert re.search(r" fmul <\d+ x double>", machine_code)


TEXT = """\
import numpy as np


def solve_rows(fixed, row, cell, nothing, row_start, row_stop, out):
    out[0][0, 0] = NUMBER
"""


def result_of(text: str) -> int:
    """What a text writes, when a new process loads it."""
    specialised._LOADED.clear()
    floats, stack = np.zeros((1, 1)), np.zeros((1, 1, 1))
    small, whole = np.zeros((1, 1), np.int8), np.zeros((1, 1), np.int32)
    kernel = specialised.specialised_kernel(text)
    out = (small, whole, small.copy(), whole.copy(), floats.copy(), stack, stack.copy())
    kernel(np.zeros(1), floats, floats.copy(), -0.0, 0, 1, out)
    return int(small[0, 0])


def files(folder: Path, pattern: str) -> Iterator[Path]:
    found = list(folder.rglob(pattern))
    assert found, pattern
    return iter(found)


@pytest.mark.parametrize("pattern", ["*.py", "*.sum", "*.nbc", "*.nbi"])
def test_a_file_that_was_cut_short_is_made_anew(cache: Path, pattern: str) -> None:
    text = TEXT.replace("NUMBER", "7")
    assert not specialised.is_kept(text)
    assert result_of(text) == 7
    specialised._LOADED.clear()
    assert specialised.is_kept(text)
    for path in files(cache, pattern):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
    assert not specialised.is_kept(text)
    assert result_of(text) == 7
    specialised._LOADED.clear()
    assert specialised.is_kept(text)


def test_a_file_with_another_text_is_never_run(cache: Path) -> None:
    text = TEXT.replace("NUMBER", "7")
    assert result_of(text) == 7
    for path in files(cache, "*.py"):
        path.write_text(text.replace("7", "8"))
    specialised._LOADED.clear()
    assert not specialised.is_kept(text)
    assert result_of(text) == 7


def test_a_folder_that_cannot_be_written_only_costs_the_file(cache: Path) -> None:
    cache.write_text("in the way")
    text = TEXT.replace("NUMBER", "7")
    assert result_of(text) == 7
    assert not specialised.is_kept(text + "\n")


def test_auto_compiles_once_it_would_have_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(specialised, "specialised_kernel", asked.append)
    solver = two_that_change_places()
    plan = TieredSchedule(solver.tiered_schedule(("T",), ("h",)).schedule, 2, 2)
    assert plan.kernel((), 1e6, "auto") is None
    assert plan.kernel((), 1e12, "never") is None
    for _ in range(20):
        plan.kernel(("payoff",), 2e9, "auto")
    assert 0 < len(asked) < 20
    asked.clear()
    plan.kernel((), 1e12, "auto")
    assert len(asked) == 1


def test_what_pays_is_reckoned_by_the_work_of_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    monkeypatch.setattr(TieredSchedule, "kernel", lambda *given: asked.append(given[2]))
    solver, days = two_that_change_places(), {"T": np.arange(1.0, 9.0)}
    for threads in (1, 4):
        solver.solve({"h": 0.3}, {}, days, threads=threads)
        solver.solve_columns({"h": 0.3}, days, threads=threads)
    one, listed, *shared = asked
    assert shared == [one / 4, listed / 4]


def test_the_work_of_a_cell_grows_with_its_days() -> None:
    solver = two_that_change_places()
    plan = solver.tiered_schedule(("T",), ("h",))
    short, long = (
        plan.operations_per_cell({}, {"T": np.array(days)}, {"h": np.zeros(3)})
        for days in ([1.0, 3.0], [np.nan, 200.0])
    )
    assert 0 < short < long


def test_another_word_for_the_tier_is_refused() -> None:
    with pytest.raises(ParameterError, match="'sometimes' is not one of auto, always, never"):
        two_that_change_places().solve({"T": 3.0, "h": 0.0}, {}, {}, specialise="sometimes")


def test_a_plan_is_made_once() -> None:
    solver = two_that_change_places()
    assert solver.tiered_schedule(("T",), ("h",)) is solver.tiered_schedule(("T",), ("h",))
    assert solver.tiered_schedule(("T",), ("h",)) is not solver.tiered_schedule((), ("T", "h"))


def test_few_positions_are_found_wherever_they_are() -> None:
    for length in (0, 1, 7, 8, 9, 64, 203):
        for share in (0.0, 0.02, 1.0):
            mask = np.random.default_rng(length).random((1, length)) < share
            assert _sparse(mask).tolist() == np.flatnonzero(mask).tolist()


@pytest.mark.slow
@pytest.mark.parametrize("quantities", SUBSETS, ids="+".join)
def test_only_what_is_wanted_is_stored(quantities: tuple[str, ...]) -> None:
    days = np.tile([1.0, 7.0, 0.0, 30.0, np.nan], 33)
    row = {"h": np.array([0.0, 0.3, np.inf])}
    compare(two_that_change_places(), {}, row, {"T": days}, quantities)


SHIPPED = {
    "lopsided_deal": ("T", "c_isr"),
    "sixty_day_breakdown": ("hazard", "T"),
}
"""Shipped models and an axis of rows and of cells of each."""


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_gives_the_bits_of_the_block_kernel(name: str) -> None:
    model = gtc.load(name)
    parameters = model.graph.parameters

    def axis(swept: str, num: int) -> np.ndarray:
        low, high = parameters[swept].range or (0, 1)
        values = np.linspace(float(low), min(float(high), 90.0), num)
        return np.unique(values.round()) if parameters[swept].integer else values

    rows, cells = SHIPPED[name]
    fixed = {k: float(v) for k, v in model.point().items() if k not in (rows, cells)}
    found = compare(model.block_solver, fixed, {rows: axis(rows, 5)}, {cells: axis(cells, 331)})
    assert (found.status != 0).all()
