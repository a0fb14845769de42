"""A rivalry with two state variables, a daily hazard and a deadline of 3000 days."""

from __future__ import annotations

import resource
import time

import numpy as np

from benchmarks.measure import Row, compare, seconds
from gametheory_crisis.certificate.streamed import StreamedCertificate
from gametheory_crisis.compiler.stages import stage_game
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.solvers.long_deadline import LongSolution, solve_long
from gametheory_crisis.solvers.long_stage import LongPoint, at_point, long_stage
from gametheory_crisis.solvers.recursion import solve_recursion

LEVELS, DAYS = 90, 3000
FEW_LEVELS, FEW_DAYS = 6, 20

RIVALRY = """
format: 1
title: A rivalry beside a deadline
players: [A, B]
parameters: {T: {value: 60, range: [1, 100000], integer: true}, c: 0.02, w: 0.9, r: 0.001}
state: {a: [0, TOP], b: [0, TOP]}
define: {scale: TOP + 1}
clock:
  deadline: T
  expires: late
  discount: {A: 0.999, B: 0.998}
  breakdown: {hazard: r * (1 + a + b) / scale, to: war}
game:
  contest:
    simultaneous: {A: [push, hold], B: [push, hold]}
    results:
      - {when: [push, push], next: crisis, pays: {A: -c, B: -c}}
      - {when: [push, hold], next: respond_b, pays: {A: -c * a / scale}}
      - {when: [hold, push], next: respond_a, pays: {B: -c * b / scale}}
      - {when: [hold, hold], next: calm}
  respond_a:
    player: A
    actions:
      back_down: {next: contest, days: 1, set: {b: "min(b + 1, TOP)"}}
      escalate: crisis
      settle: {outcome: deal, payoffs: {A: 0.4 - b / (4 * scale), B: 0.4 + b / (4 * scale)}}
  respond_b:
    player: B
    actions:
      back_down: {next: contest, days: 1, set: {a: "min(a + 1, TOP)"}}
      escalate: crisis
      settle: {outcome: deal, payoffs: {A: 0.4 + a / (4 * scale), B: 0.4 - a / (4 * scale)}}
  crisis:
    chance: {spark: 1 / (20 + a + b), pause: rest}
    next: {spark: war, pause: {next: talks, days: 1}}
  talks:
    simultaneous: {A: [talk, wait], B: [talk, wait]}
    results:
      - {when: [talk, talk], outcome: deal, payoffs: {A: 0.45 + day / (9 * T), B: 0.45}}
      - {when: [talk, wait], next: contest, days: 1, pays: {B: c * (b - a) / scale}}
      - {when: [wait, talk], next: contest, days: 1, pays: {A: c * (a - b) / scale}}
      - {when: [wait, wait], next: contest, days: 1}
  calm:
    chance: {drift_a: 0.3, drift_b: 0.3, still: rest}
    next:
      drift_a: {next: contest, days: 1, set: {a: "max(a - 1, 0)"}}
      drift_b: {next: contest, days: 1, set: {b: "max(b - 1, 0)"}}
      still: {next: contest, days: 1}
  war:
    outcome: war
    payoffs: {A: w * (1 + (a - b) / scale) / 2 - 0.2, B: w * (1 + (b - a) / scale) / 2 - 0.2}
  late: {outcome: late, payoffs: {A: 0.5 - 0.1 * b / scale, B: 0.5 - 0.1 * a / scale}}
"""


def rivalry(levels: int) -> Graph:
    """The model with so many levels of each state variable."""
    return read_model(RIVALRY.replace("TOP", str(levels - 1)).encode(), "rivalry.yaml")


def point_of(graph: Graph, days: int) -> LongPoint:
    """The game at its default parameters and a deadline."""
    return at_point(long_stage(stage_game(graph)), values_of(graph, days))


def values_of(graph: Graph, days: int) -> dict[str, float]:
    """The default parameters and a deadline."""
    return {name: float(p.value) for name, p in graph.parameters.items()} | {"T": float(days)}


def certified(graph: Graph, point: LongPoint) -> LongSolution:
    """A solution whose certificate was made as the days were solved."""
    values = values_of(graph, point.days)
    certificate = StreamedCertificate(graph, values, point.stage.places, point.place_days)
    solution = solve_long(point, watch=certificate.watch)
    found = certificate.finish(solution.segments())
    assert found.regret < 1e-9
    assert np.allclose(list(found.payoffs.values()), solution.payoffs, rtol=0, atol=1e-9)
    return solution


def run() -> list[Row | str]:
    """Positions and days per second, against the plain recursion on a small game."""
    few = rivalry(FEW_LEVELS)
    small = point_of(few, FEW_DAYS)
    game, values = stage_game(few), values_of(few, FEW_DAYS)
    plain = solve_recursion(game, values, exact=False, select="payoff").profiles[0].value
    found = certified(few, small)
    assert np.allclose(found.payoffs, [float(payoff) for payoff in plain.payoffs], atol=1e-9)
    units = len(game.positions) * FEW_DAYS
    row = compare(
        "long deadline, small game",
        (lambda: solve_long(small), units),
        (lambda: solve_recursion(game, values, exact=False, select="payoff"), units),
        "plain recursion",
        unit="positions x days/s",
        runs=1,
    )
    start = time.perf_counter()
    graph = rivalry(LEVELS)
    point = point_of(graph, DAYS)
    loading = time.perf_counter() - start
    solving = seconds(lambda: solve_long(point))
    both = seconds(lambda: certified(graph, point))
    pairs = len(point.stage.arrays.positions)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = 1e9 / (pairs * DAYS)
    return [
        row,
        f"{pairs:,} positions, {DAYS} days: loaded in {loading:.1f} s; solved in {solving:.1f} s "
        f"({solving * each:.0f} ns a position and day); solved and certified in {both:.1f} s "
        f"({both * each:.0f} ns); peak memory {peak:.0f} MB",
    ]
