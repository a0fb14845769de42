"""Daily offers to a player with private numbers, against closed forms and a grid.

Closed forms: Sobel and Takahashi (1983), A Multistage Model of Bargaining, Review of Economic
Studies 50; for two types Fudenberg and Tirole (1983), Sequential Bargaining with Incomplete
Information, Review of Economic Studies 50.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from games import build, end
from scipy import stats

from gametheory_crisis.compiler.screening import screening_game
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model
from gametheory_crisis.results import Equilibrium
from gametheory_crisis.solvers.screening.daily import DailySolution, solve_daily
from gametheory_crisis.solvers.screening.daily_path import DailyPath, play

NO_TRADE = end("none", S=0, B=0, A=0)
STATES = np.linspace(0.05, 1, 20)
REGRET = 1e-8


def bargaining(
    private: Mapping[str, Any] | str,
    days: int,
    *,
    expires: Mapping[str, Any] = NO_TRADE,
    discount: Any = 1,
    trade: Mapping[str, Any] | None = None,
    offers: Sequence[float] = (0, 1),
    pays: Mapping[str, Any] | None = None,
    nodes: Mapping[str, Any] | None = None,
    **clock: Any,
) -> Model:
    """A seller names prices day after day to a buyer who alone knows what the thing is worth."""
    refuse = {"next": "ask", "days": 1, **({"pays": pays} if pays else {})}
    accept = {"S": "x", "B": "v - x", "A": 0, **(trade or {})}
    return build(
        {
            "players": ["S", "B", "A"],
            "private": {"B": {"v": private} if isinstance(private, str) else private},
            "clock": {"deadline": days, "expires": "last", "discount": discount, **clock},
            "game": {
                "ask": {"player": "S", "offer": {"x": list(offers)}, "next": "answer"},
                "answer": {
                    "player": "B",
                    "actions": {"accept": end("trade", **accept), "reject": refuse},
                },
                "last": dict(expires),
                **(nodes or {}),
            },
        }
    )


def types(**probabilities: float) -> dict[str, Any]:
    """Types named after what the thing is worth to them, in tenths."""
    worth = {name: int(name[1:]) / 10 for name in probabilities}
    return {"type": probabilities, "v": worth}


def solved(
    model: Model, days: int, tolerance: float | None = None
) -> tuple[DailySolution, DailyPath]:
    solution = solve_daily(screening_game(model.graph), {}, days, tolerance)
    return solution, play(solution)


def only(model: Model) -> Equilibrium:
    (equilibrium,) = model.solve().equilibria
    assert equilibrium.regret < REGRET
    assert sum(equilibrium.outcomes.values()) == pytest.approx(1, abs=1e-9)
    return equilibrium


# Closed forms


def linear(
    power: float, days: int, d_seller: float, d_buyer: float, alpha: float = 0, beta: float = 0
) -> tuple[list[tuple[float, float, float]], float]:
    """The equilibrium if F(v) = v ** power and shares of v are had at the last refusal.

    Returns
    -------
    per day the reservation price per value and the offer and the next state per state; the
    seller's payoff
    """
    mean = power / (power + 1)
    reserve, after, worth, found = 1 - beta, 0.0, alpha * mean, []
    for left in range(days):
        discount = d_seller if left else 1.0
        if left:
            reserve = 1 - d_buyer + d_buyer * reserve * after
        gap = (power + 1) * (reserve - discount * worth)
        after = (reserve / gap) ** (1 / power)
        sold = (1 - after**power) * reserve * after
        worth = discount * worth * after ** (power + 1) + sold
        found.append((reserve, reserve * after, after))
    return found[::-1], worth


@pytest.mark.parametrize(
    ("power", "days", "d_seller", "d_buyer", "alpha", "beta"),
    [
        (1, 1, 0.9, 0.9, 0, 0),
        (1, 5, 0.95, 0.9, 0, 0),
        (1, 5, 0.95, 0.9, 0.3, 0.2),
        (1, 7, 0.8, 0.95, 0.3, 0.7),
        (1, 60, 0.99, 0.97, 0.1, 0.05),
        (1, 1000, 0.999, 0.999, 0, 0),
        (2, 20, 0.97, 0.97, 0, 0),
        (2, 3, 0.9, 0.7, 0.2, 0.1),
        (1.5, 60, 0.99, 0.99, 0, 0),
        (3, 60, 0.98, 0.99, 0, 0),
        (8, 30, 0.95, 0.95, 0, 0),
        (2, 1000, 0.999, 0.999, 0, 0),
    ],
)
def test_powers_keep_prices_and_states_in_proportion(
    power: float, days: int, d_seller: float, d_buyer: float, alpha: float, beta: float
) -> None:
    expected, worth = linear(power, days, d_seller, d_buyer, alpha, beta)
    at_last = end("none", S=f"{alpha} * v / {d_seller}", B=f"{beta} * v / {d_buyer}", A=0)
    discount = {"S": d_seller, "B": d_buyer}
    private = "uniform(0, 1)" if power == 1 else f"beta({power}, 1, 0, 1)"
    model = bargaining(private, days, expires=at_last, discount=discount)
    solution, path = solved(model, days)
    assert path.payoffs[0] == pytest.approx(worth, abs=1e-10)
    for rules, (reserve, offer, after) in zip(solution.rules.days, expected, strict=True):
        assert rules.reservation.at(STATES) == pytest.approx(reserve * STATES, abs=1e-8)
        assert rules.offer.at(STATES) == pytest.approx(offer * STATES, abs=1e-8)
        assert rules.after.at(STATES) == pytest.approx(after * STATES, abs=1e-8)


@pytest.mark.parametrize(
    ("high", "low", "share"), [(1.0, 0.8, 0.5), (1.0, 0.3, 0.4), (2.0, 1.0, 0.6), (1.0, 0.8, 0.9)]
)
def test_two_types_are_pooled_screened_or_bargained_hard_with(
    high: float, low: float, share: float
) -> None:
    d = 0.9
    worth = low
    if share * high > low:
        give_in = (share * high - low) / (high - low)
        worth = max(share * (1 - d) * high + d * low, give_in * high + d * (1 - give_in) * low)
    private = {"type": {"h": share, "l": f"1 - {share}"}, "v": {"h": high, "l": low}}
    equilibrium = only(bargaining(private, 2, discount=d, offers=(0, 3)))
    assert equilibrium.payoffs["S"] == pytest.approx(worth, abs=1e-9)


@pytest.mark.parametrize(("seller", "buyer"), [(-0.2, -0.1), (0.2, 0.3), (-0.9, -0.4), (0.6, 0.7)])
def test_the_last_offer_splits_the_cost_of_disagreement(seller: float, buyer: float) -> None:
    cutoff = min(max((1 + seller + buyer) / 2, 0), 1)
    model = bargaining(
        "uniform(0, 1)", 1, expires=end("none", S=seller, B=buyer, A=0), offers=(-2, 2)
    )
    equilibrium = only(model)
    sold = (1 - cutoff) * (cutoff - buyer)
    assert equilibrium.payoffs["S"] == pytest.approx(sold + cutoff * seller, abs=1e-10)
    assert equilibrium.outcomes["none"] == pytest.approx(cutoff, abs=1e-10)


# A grid


def by_grid(
    prior: Any,
    days: int,
    num: int = 1200,
    *,
    last: tuple[float, float, float, float] = (0, 0, 0, 0),
    discount: tuple[float, float] = (1, 1),
    offers: tuple[float, float] = (0, 1),
    costs: tuple[float, float] = (0, 0),
    hazard: Callable[[int], float] = lambda _: 0.0,
) -> float:
    """The seller's payoff by backward induction over a grid of cutoffs.

    Parameters
    ----------
    prior : of the buyer's value, frozen, with bounds
    last : intercept and slope in the value of the seller's and of the buyer's payoff at the end,
        which a breakdown comes to as well
    costs : of the seller and of the buyer when an offer is refused
    """
    low, high = prior.support()
    values = np.linspace(low, high, num + 1)
    share = prior.cdf(values)
    middle = 0.5 * (values[1:] + values[:-1])
    seller = np.append(0, np.cumsum((last[0] + last[1] * middle) * np.diff(share)))
    buyer = last[2] + last[3] * values
    worth, waits = seller, buyer
    everyone = np.arange(num + 1)
    for day in range(days - 1, -1, -1):
        h = hazard(day + 1)
        refused = discount[0] * ((1 - h) * worth + h * seller) - costs[0] * share
        reserve = values - (discount[1] * ((1 - h) * waits + h * buyer) - costs[1])
        # Of the types that would pay more than may be asked only the first can be aimed at.
        dear = np.flatnonzero(reserve > offers[1])
        dear = dear[0] if len(dear) else num
        price = np.clip(reserve, *offers)
        gains = refused + (share[:, None] - share) * price
        allowed = (everyone <= everyone[:, None]) & (everyone <= dear)
        allowed &= (reserve >= offers[0]) | (everyone == everyone[:, None])
        choice = np.argmax(np.where(allowed, gains, -np.inf), axis=1)
        worth = gains[everyone, choice]
        waits = values - price[choice]
        idle = choice == everyone
        waits[idle] = (values - reserve)[idle]
    return float(worth[-1])


GRIDDED: list[tuple[str, Any, int, dict[str, Any]]] = [
    ("uniform(0, 1)", stats.uniform(), 4, {"discount": (0.9, 0.8)}),
    ("uniform(0.4, 1)", stats.uniform(0.4, 0.6), 5, {"discount": (0.9, 0.9)}),
    ("uniform(0, 1)", stats.uniform(), 4, {"discount": (0.9, 0.9), "offers": (0, 0.35)}),
    ("uniform(0, 1)", stats.uniform(), 4, {"discount": (0.9, 0.9), "offers": (0.3, 1)}),
    ("uniform(0, 1)", stats.uniform(), 4, {"costs": (0.02, 0.03)}),
    ("uniform(0, 1)", stats.uniform(), 4, {"last": (0.1, 0.3, -0.1, 0.2)}),
    ("uniform(0, 1)", stats.uniform(), 5, {"hazard": lambda t: 0.1 * t, "last": (0.05, 0, 0, 0.3)}),
    ("beta(2, 3, 0, 1)", stats.beta(2, 3), 4, {"discount": (0.9, 0.9)}),
    ("beta(2, 2, 0, 1)", stats.beta(2, 2), 4, {"discount": (0.9, 0.95)}),
    ("beta(1.5, 1.5, 0, 1)", stats.beta(1.5, 1.5), 4, {"discount": (0.9, 0.9)}),
    ("beta(8, 12, 0, 1)", stats.beta(8, 12), 4, {"discount": (0.9, 0.9)}),
    ("beta(2, 3, 0.2, 1)", stats.beta(2, 3, 0.2, 0.8), 3, {"discount": (0.9, 0.9)}),
    ("triangular(0, 0.5, 1)", stats.triang(0.5), 4, {"discount": (0.9, 0.9)}),
]


@pytest.mark.parametrize(("private", "prior", "days", "more"), GRIDDED)
def test_a_grid_of_cutoffs_agrees(
    private: str, prior: Any, days: int, more: Mapping[str, Any]
) -> None:
    last = more.get("last", (0, 0, 0, 0))
    costs, d = more.get("costs", (0, 0)), more.get("discount", (1, 1))
    clock: dict[str, Any] = {}
    if "hazard" in more:
        clock["breakdown"] = {"hazard": "0.1 * day", "to": "last"}
    model = bargaining(
        private,
        days,
        expires=end("none", S=f"{last[0]} + {last[1]} * v", B=f"{last[2]} + {last[3]} * v", A=0),
        discount={"S": d[0], "B": d[1]},
        offers=more.get("offers", (0, 1)),
        pays={"S": -costs[0], "B": -costs[1]} if any(costs) else None,
        **clock,
    )
    _, path = solved(model, days)
    assert path.payoffs[0] == pytest.approx(by_grid(prior, days, **more), abs=1e-2)


@pytest.mark.parametrize(
    ("private", "days", "discount"),
    [
        ("beta(2, 3, 0, 1)", 20, 0.97),
        ("beta(8, 12, 0, 1)", 20, 0.95),
        ("beta(1.5, 1.5, 0, 1)", 20, 0.95),
        ("triangular(0, 0.2, 1)", 20, 0.99),
    ],
)
def test_results_settle_as_the_tolerance_falls(private: str, days: int, discount: float) -> None:
    model = bargaining(private, days, discount=discount)
    rough, fine = (solved(model, days, tolerance)[1] for tolerance in (1e-9, 1e-10))
    assert rough.payoffs == pytest.approx(fine.payoffs, abs=1e-6)


# Laws


def test_a_sure_breakdown_is_a_deadline() -> None:
    def model(days: int, **clock: Any) -> Model:
        at_last = end("none", S=0.1, B="0.3 * v", A=0)
        return bargaining("uniform(0, 1)", days, expires=at_last, discount=0.95, **clock)

    breakdown = {"hazard": "where(day < 3, 0, 1)", "to": "last"}
    long, short = only(model(9, breakdown=breakdown)), only(model(3))
    assert long.payoffs == pytest.approx(short.payoffs, abs=1e-9)
    assert long.outcomes == pytest.approx(short.outcomes, abs=1e-9)


def test_a_hazard_that_leaves_nothing_counts_as_a_discount() -> None:
    breakdown = {"hazard": 0.1, "to": "last"}
    risky = bargaining("uniform(0, 1)", 10, discount=0.95, breakdown=breakdown)
    patient = bargaining("uniform(0, 1)", 10, discount=0.95 * 0.9)
    assert only(risky).payoffs["S"] == pytest.approx(only(patient).payoffs["S"], abs=1e-10)


def test_low_numbers_may_be_the_willing_ones() -> None:
    up = only(bargaining("uniform(0, 1)", 6, discount=0.9))
    down = only(bargaining("uniform(0, 1)", 6, discount=0.9, trade={"B": "1 - v - x"}))
    assert down.payoffs == pytest.approx(up.payoffs, abs=1e-10)


def test_a_third_type_of_probability_0_changes_nothing() -> None:
    two = only(bargaining(types(a3=0.4, b9=0.6), 5, discount=0.9))
    three = only(bargaining(types(a3=0.4, b9=0.6, c5=0), 5, discount=0.9))
    assert three.payoffs == pytest.approx(two.payoffs, abs=1e-10)


@pytest.mark.parametrize("days", [1, 2, 3, 8, 30])
def test_three_types_have_no_regret(days: int) -> None:
    only(bargaining(types(a2=0.3, b5=0.3, c9=0.4), days, discount=0.9))


@pytest.mark.parametrize("decider", ["S", "A", "B"])
def test_somebody_decides_at_expiry(decider: str) -> None:
    actions = {
        "go": end("war", S="0.5 * v - 0.2", B="0.4 * v - 0.1", A="0.4 - v"),
        "stay": end("peace", S=0.05, B=0.02 if decider == "B" else "0.4 * v - 0.1", A=0),
    }
    chooses = {"player": decider, "actions": actions}
    for days in (1, 3):
        only(bargaining("uniform(0, 1)", days, discount=0.95, expires=chooses))


# Refusals


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"private": "normal(0.5, 0.1)"}, "has no bounds"),
        ({"private": "exponential(2)"}, "has no bounds"),
        ({"private": "beta(0.5, 2, 0, 1)"}, "has no bound at an end of its range"),
        ({"private": "beta(2, 0.5, 0, 1)"}, "has no bound at an end of its range"),
        ({"trade": {"S": "x ** 2"}}, "not affine in 'x'"),
        ({"trade": {"B": "v ** 2 - x"}}, "not affine in 'v'"),
        ({"trade": {"S": "x * (1 + v)"}}, "depends on the private number"),
        ({"trade": {"S": "-x"}}, "better for one side and worse for the other"),
        ({"expires": end("none", S=0, B="2 * v", A=0), "discount": 0.6}, "single crossing fails"),
    ],
)
def test_what_is_not_solved_is_refused(changes: Mapping[str, Any], message: str) -> None:
    settings = {"private": "uniform(0, 1)", "days": 3, **changes}
    with pytest.raises(UnsupportedGame, match=message):
        bargaining(**settings).solve()


# Random games


def random_game(rng: Random) -> Model:
    def number(low: float, high: float) -> float:
        return round(rng.uniform(low, high), 3)

    low = number(0, 0.3)
    high = low + number(0.2, 0.7)
    private: Any = f"uniform({low}, {high:.3f})"
    if rng.random() < 0.4:
        first = number(0.1, 0.8)
        private = {"type": {"a": first, "b": f"1 - {first}"}, "v": {"a": low, "b": high}}
    fates = [
        end(f"o{k}", S=number(-0.3, 0.4), B=f"{number(0, 0.6)} * v + {number(-0.2, 0.1)}", A=k)
        for k in range(2)
    ]
    last: Mapping[str, Any] = fates[0]
    if rng.random() < 0.5:
        last = {"player": "S", "actions": {"go": fates[0], "stay": fates[1]}}
    clock: dict[str, Any] = {}
    if rng.random() < 0.5:
        clock["breakdown"] = {"hazard": number(0, 0.2), "to": "blow"}
        clock["nodes"] = {"blow": end("blown", S=number(-0.3, 0.3), B=number(-0.3, 0.1), A=0)}
    return bargaining(
        private,
        rng.choice([1, 2, 3, 5, 12]),
        expires=last,
        discount={"S": number(0.6, 1), "B": number(0.6, 1), "A": 1},
        offers=rng.choice([(0, 1), (-5, 5), (0, 0.4), (0.1, 2)]),
        pays={"S": number(-0.05, 0), "B": number(-0.05, 0)} if rng.random() < 0.4 else None,
        **clock,
    )


def test_random_games_have_no_regret() -> None:
    for seed in range(25):
        only(random_game(Random(seed)))


@pytest.mark.slow
def test_more_random_games_have_no_regret() -> None:
    for seed in range(25, 150):
        only(random_game(Random(seed)))


def test_a_thousand_days_of_uneven_types_take_seconds() -> None:
    solution, path = solved(bargaining("beta(2, 1, 0, 1)", 1000, discount=0.999), 1000)
    assert math.isfinite(solution.error)
    assert sum(path.outcomes.values()) == pytest.approx(1, abs=1e-9)


ALLY = """format: 1
title: an ally that goes by who is left
players: [S, B, A]
private: {B: {v: "uniform(0, 1)"}}
clock: {deadline: %d, expires: end, discount: 0.95}
game:
  price: {player: S, offer: {x: [0, 1]}, next: answer}
  answer:
    player: B
    actions:
      buy: {outcome: sale, payoffs: {S: x, B: v - x, A: 0}}
      wait: {next: price, days: 1}
  end:
    player: A
    actions:
      go: {outcome: went, payoffs: {S: 0.5 * v - 0.2, B: 0.4 * v - 0.1, A: %s - v}}
      stay: {outcome: stayed, payoffs: {S: 0.05, B: 0.4 * v - 0.1, A: 0}}
"""


@pytest.mark.parametrize("worth", [0.3, 0.25, 0.28])
@pytest.mark.parametrize("days", [1, 3, 20])
def test_the_last_offer_breaks_the_tie_of_an_ally_in_favour_of_who_made_it(
    days: int, worth: float
) -> None:
    """The ally is indifferent at v = 2 worth; the seller wants it to stay, and leaves it there."""
    text = ALLY % (days, worth)
    found = Model(read_model(text.encode(), "ally.yaml"), "ally").solve().equilibria[0]
    assert found.outcomes["went"] == 0
    assert found.outcomes["stayed"] == pytest.approx(2 * worth, abs=1e-12)
    assert found.regret < 1e-12
    if days == 1:
        # Those above pay what leaves that type indifferent to expiry.
        price = 2 * worth - 0.95 * (0.8 * worth - 0.1)
        gain = (1 - 2 * worth) * price + 2 * worth * 0.95 * 0.05
        assert found.payoffs["S"] == pytest.approx(gain, abs=1e-12)
