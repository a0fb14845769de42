"""Daily offers to a player whose resolve is private: accuracy, and time by the deadline."""

from __future__ import annotations

import json
from functools import partial

import numpy as np

from benchmarks.measure import Row, compare, seconds
from gametheory_crisis.compiler.screening import screening_game
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model
from gametheory_crisis.solvers.screening.daily import solve_daily
from gametheory_crisis.solvers.screening.daily_path import play

DISCOUNT = 0.98
DEADLINES = (1, 10, 60, 200, 1000)
TOLERANCES = (1e-6, 1e-8, 1e-10)
POWERS = (1.0, 1.5, 2.0, 4.0)
CLOSE = 1e-9
GRID, GRID_DAYS = 1000, 20


def bargaining(private: str, days: int) -> Model:
    """A seller names prices day after day to a buyer who alone knows what the thing is worth."""
    accept = {"outcome": "trade", "payoffs": {"S": "x", "B": "v - x"}}
    data = {
        "format": 1,
        "title": "a seller and a buyer",
        "players": ["S", "B"],
        "private": {"B": {"v": private}},
        "clock": {"deadline": days, "expires": "last", "discount": DISCOUNT},
        "game": {
            "ask": {"player": "S", "offer": {"x": [0, 1]}, "next": "answer"},
            "answer": {
                "player": "B",
                "actions": {"accept": accept, "reject": {"next": "ask", "days": 1}},
            },
            "last": {"outcome": "none", "payoffs": {"S": 0, "B": 0}},
        },
    }
    return Model(read_model(json.dumps(data).encode(), "bargaining.yaml"), "bargaining")


def closed_form(power: float, days: int) -> float:
    """The seller's payoff if a share v ** power of the buyers values the thing at less than v.

    Offers and states are linear in the state (Sobel and Takahashi 1983).
    """
    reserve, after, worth = 1.0, 0.0, 0.0
    for left in range(days):
        reserve = 1 - DISCOUNT + DISCOUNT * reserve * after if left else 1.0
        after = (reserve / ((power + 1) * (reserve - DISCOUNT * worth))) ** (1 / power)
        worth = DISCOUNT * worth * after ** (power + 1) + (1 - after**power) * reserve * after
    return worth


def by_grid(days: int, num: int) -> float:
    """The seller's payoff by the same recursion on a grid of even types, as one would write it."""
    states = np.linspace(0, 1, num + 1)
    below = np.tri(num + 1, dtype=bool)
    refused, reserve = np.zeros(num + 1), states
    for _ in range(days):
        worth = refused + (states[:, None] - states) * reserve
        choice = np.argmax(np.where(below, worth, -np.inf), axis=1)
        value = worth[np.arange(num + 1), choice]
        refused = DISCOUNT * value
        reserve = (1 - DISCOUNT) * states + DISCOUNT * reserve[choice]
    return float(value[-1])


def _payoff(game: ScreeningGame, days: int, tolerance: float | None = None) -> float:
    solution = solve_daily(game, {}, days, tolerance)
    return float(play(solution).payoffs[game.stage.players.index("S")])


def run() -> list[Row | str]:
    """Errors against closed forms, seconds by the deadline, and solves against a grid."""
    found: list[Row | str] = []
    for power in POWERS:
        game = screening_game(bargaining(f"beta({power}, 1, 0, 1)", 60).graph)
        errors = [abs(_payoff(game, 60, t) - closed_form(power, 60)) for t in TOLERANCES]
        assert errors[-1] < CLOSE
        told = ", ".join(f"{e:.0e} at {t:.0e}" for e, t in zip(errors, TOLERANCES, strict=True))
        found.append(f"error, values v ** {power:g}, 60 days: {told}")
    for private in ("uniform(0, 1)", "beta(2, 3, 0, 1)"):
        for days in DEADLINES:
            game = screening_game(bargaining(private, days).graph)
            time = min(seconds(partial(_payoff, game, days)) for _ in range(3))
            found.append(f"{private:17} {days:5} days: {time:.3g} s")
    found.append(_against_a_grid())
    model = bargaining("uniform(0, 1)", 60)
    assert model.solve().equilibria[0].regret < CLOSE
    time = min(seconds(model.solve) for _ in range(3))
    found.append(f"sixty days, solved and certified, warm: {time:.3g} s")
    return found


def _against_a_grid() -> Row:
    """Solves per second; the grid is right to less than the solver."""
    game = screening_game(bargaining("uniform(0, 1)", GRID_DAYS).graph)
    true = closed_form(1.0, GRID_DAYS)
    rough, ours = abs(by_grid(GRID_DAYS, GRID) - true), abs(_payoff(game, GRID_DAYS) - true)
    assert ours < rough
    return compare(
        f"{GRID_DAYS} days, errors {ours:.0e} and {rough:.0e}",
        (lambda: _payoff(game, GRID_DAYS), 1),
        (lambda: by_grid(GRID_DAYS, GRID), 1),
        f"a grid of {GRID} types",
        unit="solves/s",
        runs=3,
    )
