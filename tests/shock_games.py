"""Games with private shocks as model files, and independent answers to them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import special

from gametheory_crisis.engines.cutoffs import CutoffsEngine
from gametheory_crisis.engines.request import Request
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.results import Solution

# Lewis and Schultz (2003): a challenge, resistance, and whether the challenger means it.
CRISIS = """
format: 1
title: A crisis with private shocks
players: [A, B]
parameters: {WA: -1.9, WB: -2.8, a: -1.2, VA: 1, VB: 1, SA: 0, CB: 0}
private:
  A: {eA: "normal(0, 1)", ea: "normal(0, 1)"}
  B: {eB: "normal(0, 1)"}
game:
  challenge:
    player: A
    actions:
      refrain: {outcome: SQ, payoffs: {A: SA, B: 0}}
      challenge: answer
  answer:
    player: B
    actions:
      concede: {outcome: CD, payoffs: {A: VA, B: CB}}
      resist: showdown
  showdown:
    player: A
    actions:
      stand_firm: {outcome: SF, payoffs: {A: WA + eA, B: WB + eB}}
      back_down: {outcome: BD, payoffs: {A: a + ea, B: VB}}
"""

# Fearon (1994), Schultz (1999), discrete: types who would back down are indifferent to bluffing
# all at once.
AUDIENCE = """
format: 1
title: Audience costs
players: [A, B]
parameters: {p: 0.5, C_A: 1, C_B: 1, a: 0.1, e: 0}
private:
  A: {c_A: "uniform(0, C_A)"}
  B: {c_B: "uniform(0, C_B)"}
game:
  challenge:
    player: A
    actions:
      refrain: {outcome: SQ, payoffs: {A: 0, B: 1}}
      challenge: answer
  answer:
    player: B
    actions:
      concede: {outcome: concede, payoffs: {A: 1, B: -e}}
      resist: showdown
  showdown:
    player: A
    actions:
      fight: {outcome: war, payoffs: {A: p - c_A, B: 1 - p - c_B}}
      back_down: {outcome: backdown, payoffs: {A: -a, B: 1}}
"""

# Each of two may act for both; the cost is private.
VOLUNTEERS = """
format: 1
title: Volunteers
players: [A, B]
parameters: {b: 0.8, mA: 0.5, mB: 0.5, s: 0.3}
private:
  A: {x: "normal(mA, s)"}
  B: {y: "normal(mB, s)"}
game:
  contest:
    simultaneous: {A: [act, wait], B: [act, wait]}
    results:
      - {when: [act, act], outcome: both, payoffs: {A: b - x, B: b - y}}
      - {when: [act, wait], outcome: one, payoffs: {A: b - x, B: b}}
      - {when: [wait, act], outcome: other, payoffs: {A: b, B: b - y}}
      - {when: [wait, wait], outcome: none, payoffs: {A: 0, B: 0}}
"""

# A player without private numbers answers two messages, of which types choose one: two unknowns.
MESSAGES = """
format: 1
title: Two messages
players: [A, B]
private:
  A: {x: "normal(0, 1)"}
game:
  message:
    player: A
    actions: {low: calm, high: alarm}
  calm:
    player: B
    actions:
      yield: {outcome: calm_yield, payoffs: {A: 1, B: 0}}
      stand: {outcome: calm_war, payoffs: {A: x, B: 0.6 - x}}
  alarm:
    player: B
    actions:
      yield: {outcome: alarm_yield, payoffs: {A: 1.2, B: 0}}
      stand: {outcome: alarm_war, payoffs: {A: 1.5 * x - 0.1, B: 0.5 - x}}
"""

# Both have private costs, and both move several times.
LADDER = """
format: 1
title: A ladder
players: [A, B]
parameters: {s: 0}
private:
  A: {x: "normal(-0.5, 1)"}
  B: {y: "normal(-0.5, 1)"}
game:
  one:
    player: A
    actions:
      stay: {outcome: quiet, payoffs: {A: 0, B: 1}}
      go: two
  two:
    player: B
    actions:
      yield: {outcome: B_first, payoffs: {A: 1, B: 0}}
      stand: three
  three:
    player: A
    actions:
      yield: {outcome: A_first, payoffs: {A: -0.3, B: 1}}
      stand: four
  four:
    player: B
    actions:
      yield: {outcome: B_late, payoffs: {A: 1.2, B: -0.4}}
      stand: five
  five:
    player: A
    actions:
      yield: {outcome: A_late, payoffs: {A: -0.6, B: 1.3}}
      war: {outcome: war, payoffs: {A: x, B: y + s * x}}
"""


def engine(text: str) -> CutoffsEngine:
    """The engine of a model file."""
    return CutoffsEngine(read_model(text.encode(), "model.yaml"), "model")


def solve(text: str, *, select: str | None = None, **parameters: Any) -> Solution:
    """The equilibria of a model file at a point."""
    of = engine(text)
    point = {name: parameter.value for name, parameter in of.graph.parameters.items()}
    point |= {name: Fraction(repr(value)) for name, value in parameters.items()}
    return of.solve(point, Request(select=select))


def brackets(error: Callable[[np.ndarray], np.ndarray], num: int) -> list[float]:
    """The roots of a continuous function on [0, 1] by the simplest means there are."""
    points = np.concatenate([[1e-12], np.linspace(0, 1, num)[1:-1], [1 - 1e-12]])
    values = error(points)
    roots = []
    for k in np.nonzero(values[:-1] * values[1:] < 0)[0]:
        low, high, sign = points[k], points[k + 1], np.sign(values[k])
        for _ in range(50):
            middle = (low + high) / 2
            if np.sign(error(np.array([middle]))[0]) == sign:
                low = middle
            else:
                high = middle
        roots.append(float(middle))
    return roots


def crisis_error(WA: float, WB: float, a: float, VB: float = 1.0) -> Callable[..., np.ndarray]:
    """How much resistance exceeds what the target's best reply makes of it, by the trapezium rule.

    For a prize of 1, no cost of conceding and nothing without a challenge.
    """
    nodes = np.linspace(0, 1, 2001)

    def error(resist: np.ndarray) -> np.ndarray:
        least = -(1 - resist) / resist
        challenge = 1 - special.ndtr(least - WA) * special.ndtr(least - a)
        low = np.maximum(least - WA, -9.0)
        shocks = low[:, None] + (9 - low)[:, None] * nodes
        density = np.exp(-(shocks**2) / 2) / np.sqrt(2 * np.pi) * special.ndtr(WA + shocks - a)
        firm = np.trapezoid(density, shocks, axis=1) / challenge
        return special.ndtr((firm * WB + (1 - firm) * VB) / firm) - resist

    return error
