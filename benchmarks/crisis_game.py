"""Challenge; concede or resist; strike or back down: four parameters, 4000 x 4000 cells."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
import numpy as np

import gametheory_crisis as gtc
from benchmarks.measure import Row, compare, quantity, seconds
from gametheory_crisis.solvers.block_induction import BlockSolver
from gametheory_crisis.solvers.cells import QUANTITIES, Cells

NUM = 4000
MODEL = """\
format: 1
title: Challenge, resist, strike
players: [Challenger, Defender]
parameters:
  v: {value: 1, range: [0, 2], doc: the prize}
  w: {value: 0.2, range: [-1, 1], doc: the challenger's value of war}
  r: {value: 0.1, range: [-1, 1], doc: the defender's value of resisting}
  a: {value: 0.3, range: [0, 1], doc: the challenger's cost of backing down}
game:
  challenge:
    player: Challenger
    actions:
      refrain: {outcome: status_quo, payoffs: {Challenger: 0, Defender: v}}
      challenge: answer
  answer:
    player: Defender
    actions:
      concede: {outcome: concession, payoffs: {Challenger: v, Defender: 0}}
      resist: stand
  stand:
    player: Challenger
    actions:
      strike: {outcome: war, payoffs: {Challenger: w * v, Defender: r - w * v}}
      back_down: {outcome: backed_down, payoffs: {Challenger: -a, Defender: v + a / 2}}
"""
W = np.linspace(-1, 1, NUM)
A = np.linspace(0, 1, NUM)


@numba.njit(error_model="numpy", nogil=True)
def by_hand(v, r, a, w, out):  # type: ignore[no-untyped-def]
    """The same outputs from a kernel written for this one game."""
    regime, mask, status, equilibria, day, payoff, probability = out
    for i in range(len(a)):
        for j in range(len(w)):
            tie = 0
            c, d, end = w[j] * v, r - w[j] * v, 2
            if -a[i] > c:
                c, d, end = -a[i], v + a[i] / 2.0, 3
            elif -a[i] == c:
                tie = 1
            if d == 0.0:
                tie = 1
            if not d > 0.0:
                c, d, end = v, 0.0, 1
            if c == 0.0:
                tie = 1
            if not c > 0.0:
                c, d, end = 0.0, v, 0
            regime[i, j] = end
            mask[i, j] = 1 << end
            status[i, j] = 1 + tie
            equilibria[i, j] = 1 + tie
            day[i, j] = 0.0
            payoff[0, i, j] = c
            payoff[1, i, j] = d
            for k in range(4):
                probability[k, i, j] = 1.0 if end == k else 0.0


def outputs() -> tuple[np.ndarray, ...]:
    """Arrays of the shapes and types that a sweep returns."""
    grid = (NUM, NUM)
    return (
        np.empty(grid, dtype=np.int8),
        np.empty(grid, dtype=np.int32),
        np.empty(grid, dtype=np.int8),
        np.empty(grid, dtype=np.int32),
        np.empty(grid),
        np.empty((2, *grid)),
        np.empty((4, *grid)),
    )


@contextmanager
def model_file() -> Iterator[Path]:
    """The model as a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crisis_game.yaml"
        path.write_text(MODEL, encoding="utf-8")
        yield path


def run() -> list[Row | str]:
    """Cells per second on one thread and on two, peak memory, and Gambit where installed."""
    with model_file() as path:
        model = gtc.load(path)
        memory = peak_memory(path)

    solver = model.block_solver
    assert isinstance(solver, BlockSolver)
    fixed = {name: float(model.point()[name]) for name in ("v", "r")}

    def ours(specialise: str, threads: int = 1, quantities: tuple[str, ...] = QUANTITIES) -> Cells:
        return solver.solve(
            fixed, {"a": A}, {"w": W}, quantities=quantities, threads=threads, specialise=specialise
        )

    def theirs() -> tuple[np.ndarray, ...]:
        made = outputs()
        by_hand(1.0, 0.1, A, W, made)
        return made

    check(ours("never"), theirs())
    check_same(ours("never"), ours("always"))
    cells = float(NUM**2)

    def rate(*arguments: Any) -> tuple[Callable[[], object], float]:
        return (lambda: ours(*arguments)), cells

    hand = theirs, cells
    few: tuple[Any, ...] = (1, ())
    return [
        compare("one thread", rate("never"), hand, "by hand", aim="0.12 to 0.25"),
        compare("specialised, one thread", rate("always"), hand, "by hand", aim="0.6"),
        compare("specialised", rate("always"), rate("never"), "block kernel"),
        compare(
            "specialised, regimes only",
            rate("always", *few),
            rate("never", *few),
            "block kernel",
        ),
        compare("two threads", rate("never", 2), rate("never"), "one thread", aim="1.7"),
        f"peak memory beyond the imports: {memory:.2f} of the output arrays  (aim: below 2)",
        gambit(model),
    ]


def check(solved: Cells, made: tuple[np.ndarray, ...]) -> None:
    """Our answers against the hand-written kernel's; it sees a tie only where numbers are equal."""
    agree = solved.regime == made[0]
    tied = solved.status != 1
    assert np.all(agree | tied)
    assert tied.mean() < 0.01
    assert np.allclose(np.where(tied, 0, solved.payoff), np.where(tied, 0, made[5]), atol=1e-12)


def check_same(one: Cells, other: Cells) -> None:
    """All bits of two solutions."""
    for name, values in vars(one).items():
        assert np.array_equal(values, getattr(other, name)), name


def peak_memory(path: Path) -> float:
    """Peak resident memory of a sweep in a process of its own, as a share of its output arrays."""
    code = (
        "import resource, sys, numpy as np, gametheory_crisis as gtc\n"
        "model = gtc.load(sys.argv[1])\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "gtc.run_sweep(model, {'a': np.linspace(0, 1, 9), 'w': np.linspace(-1, 1, 9)})\n"
        "before = peak()\n"
        f"axes = {{'a': np.linspace(0, 1, {NUM}), 'w': np.linspace(-1, 1, {NUM})}}\n"
        "sweep = gtc.run_sweep(model, axes)\n"
        "names = ('regime', 'regimes_mask', 'status', 'equilibria', 'expected_day', 'payoff', "
        "'probability')\n"
        "print((peak() - before) / sum(getattr(sweep, name).nbytes for name in names))\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)


def gambit(model: gtc.Model) -> str:
    """Gambit's rate on the same game, one tree per cell."""
    try:
        import pygambit
    except ImportError:
        return "pygambit is not installed: no comparison with Gambit"
    game = pygambit.Game.new_tree(players=["Challenger", "Defender"])
    game.append_move(game.root, "Challenger", ["refrain", "challenge"])
    game.append_move(game.root.children[1], "Defender", ["concede", "resist"])
    game.append_move(game.root.children[1].children[1], "Challenger", ["strike", "back_down"])
    ends = [
        game.root.children[0],
        game.root.children[1].children[0],
        *game.root.children[1].children[1].children,
    ]
    count = 300

    def solve_all() -> None:
        for w in np.linspace(-1, 1, count):
            pays = ([0, 1], [1, 0], [w, 0.1 - w], [-0.3, 1.15])
            for node, pay in zip(ends, pays, strict=True):
                game.set_outcome(node, game.add_outcome(pay))
            pygambit.nash.enumpure_agent_solve(game)

    rate = count / seconds(solve_all)
    ours = NUM**2 / seconds(lambda: gtc.run_sweep(model, {"a": A, "w": W}, threads=1))
    return f"Gambit {quantity(rate)}cells/s; ours over Gambit {ours / rate:.3g}"
