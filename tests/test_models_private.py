"""What the shipped models of private information imply, against closed forms over their ranges."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis import Equilibrium, Model
from gametheory_crisis.cli.axes import slow_pace
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.results import Choice


@cache
def model(name: str) -> Model:
    return gtc.load(name)


def equilibrium(name: str, **point: float) -> Equilibrium:
    """The one equilibrium that is found at a point."""
    (found,) = model(name).solve(point).equilibria
    return found


# Fearon's ultimatum: the best bet of a proposer who knows the cost of war to be uniform


def bet(p: float, c1: float, least: float, spread: float) -> tuple[float, float]:
    """The cost below which Two fights, and how likely that is."""
    most = least + spread
    cutoff = min(max((most - c1) / 2, least), most, 1 - p)
    return cutoff, min(max((cutoff - least) / spread, 0.0), 1.0)


FEARON = list(product((0.1, 0.5, 0.85), (-0.9, 0.0, 0.13, 0.6), (0.0, 0.21), (0.05, 0.37, 1.0)))


@pytest.mark.parametrize(("p", "c1", "least", "spread"), FEARON)
def test_a_private_cost_of_war_makes_the_bet_of_the_closed_form(p, c1, least, spread):
    cutoff, risk = bet(p, c1, least, spread)
    found = equilibrium("fearon_private_cost", p=p, c1=c1, least=least, spread=spread)
    fought = 1 - p - (least + cutoff) / 2
    assert found.outcomes["war"] == pytest.approx(risk, abs=1e-10)
    assert found.payoffs["One"] == pytest.approx(
        (p + cutoff) * (1 - risk) + (p - c1) * risk, abs=1e-10
    )
    assert found.payoffs["Two"] == pytest.approx(
        (1 - p - cutoff) * (1 - risk) + fought * risk, abs=1e-10
    )
    if risk < 1:
        (offered,) = found.strategies["propose"]
        assert offered.offer == pytest.approx(1 - p - cutoff, abs=1e-10)
    assert abs(found.regret) < 1e-11


def test_the_grid_of_bets_has_every_corner():
    corners = set()
    for p, c1, least, spread in FEARON:
        cutoff, risk = bet(p, c1, least, spread)
        most = least + spread
        capped = cutoff == 1 - p
        kind = "safe" if risk == 0 else "certain" if risk == 1 else "inner"
        corners.add((kind, capped and cutoff < min(max((most - c1) / 2, least), most)))
    assert corners == {
        ("safe", False),
        ("safe", True),
        ("inner", False),
        ("inner", True),
        ("certain", False),
    }


# Screening against a deadline: backward induction by hand


def linear_path(
    days: int, d_s: float, d_b: float, alpha: float, beta: float
) -> tuple[list[float], list[float], list[float]]:
    """Prices and cutoffs by day, and what the seller expects with one day left, two, and so on.

    With n days left and worths up to k possible, the price is ``g l k``, those above ``l k`` buy,
    and the seller expects ``g l / 2`` times k (Sobel and Takahashi 1983).
    """
    g, reach = [1 - beta], [(1 - beta) / (2 * (1 - beta) - alpha)]
    worth = [g[0] * reach[0] / 2]
    for _ in range(days - 1):
        g.append(1 - d_b + d_b * g[-1] * reach[-1])
        reach.append(g[-1] / (2 * (g[-1] - d_s * worth[-1])))
        worth.append(g[-1] * reach[-1] / 2)
    prices, cutoffs, k = [], [], 1.0
    for n in range(days - 1, -1, -1):
        k *= reach[n]
        prices.append(g[n] * k)
        cutoffs.append(k)
    return prices, cutoffs, worth


def buyers_worth(prices: list[float], cutoffs: list[float], d_b: float, beta: float) -> float:
    """What a buyer expects before it knows the good's worth."""
    highest = [1.0, *cutoffs[:-1]]
    days = zip(prices, cutoffs, highest, strict=True)
    bought = sum(
        d_b**t * ((high**2 - low**2) / 2 - price * (high - low))
        for t, (price, low, high) in enumerate(days)
    )
    return bought + d_b ** (len(prices) - 1) * beta * cutoffs[-1] ** 2 / 2


LINEAR = [(0.95, 0.95, 0.2, 0.1), (0.9, 0.97, 0.0, 0.0)]


@pytest.mark.parametrize("days", [*range(1, 13), 24, 37, 60])
@pytest.mark.parametrize(("d_s", "d_b", "alpha", "beta"), LINEAR)
def test_daily_prices_follow_the_linear_recursion(days, d_s, d_b, alpha, beta):
    follow_the_recursion(days, d_s, d_b, alpha, beta)


@pytest.mark.slow
@pytest.mark.parametrize("days", range(13, 60))
@pytest.mark.parametrize(("d_s", "d_b", "alpha", "beta"), [*LINEAR, (0.99, 0.96, 0.5, 0.3)])
def test_daily_prices_follow_the_linear_recursion_for_all_deadlines(days, d_s, d_b, alpha, beta):
    follow_the_recursion(days, d_s, d_b, alpha, beta)


def follow_the_recursion(days: int, d_s: float, d_b: float, alpha: float, beta: float) -> None:
    """Compare a whole equilibrium with the recursion."""
    prices, cutoffs, worth = linear_path(days, d_s, d_b, alpha, beta)
    found = equilibrium("deadline_screening", N=days, d_s=d_s, d_b=d_b, alpha=alpha, beta=beta)
    offers = [choice.offer for choice in found.strategies["price"]]
    assert offers == pytest.approx(prices, abs=1e-8)
    assert [cutoff(choice) for choice in found.strategies["answer"]] == pytest.approx(
        cutoffs, abs=1e-8
    )
    assert found.payoffs["Seller"] == pytest.approx(worth[-1], abs=1e-8)
    assert found.payoffs["Buyer"] == pytest.approx(
        buyers_worth(prices, cutoffs, d_b, beta), abs=1e-8
    )
    before = [1.0, *cutoffs][-2]
    assert found.outcomes["disagreement"] == pytest.approx(cutoffs[-1], abs=1e-8)
    assert found.outcomes["last_trade"] == pytest.approx(before - cutoffs[-1], abs=1e-8)
    assert abs(found.regret) < 1e-9


def cutoff(choice: Choice) -> float:
    """The private number at which the answer changes."""
    (number,) = choice.cutoff.values()
    return number


LIMITS = [
    ({"r": 0.5, "alpha": 0.0, "beta": 0.0}, 0.13661483691602785, 0.15163266492815836),
    ({"r": 1.0, "alpha": 0.0, "beta": 0.0}, 0.0160875300608387, 0.09196986029286058),
    ({"r": 0.4, "alpha": 0.3, "beta": 0.3}, 0.12054921674886597, 0.14929855570793785),
]
"""Discounting over all days together, the share that buys at the deadline, the seller's worth."""


def approach(days: tuple[int, ...], case: dict[str, float], atom: float, seller: float) -> None:
    """See that shorter days come closer to the limit of Fuchs and Skrzypacz (2013), from above."""
    errors = []
    for num in days:
        d = math.exp(-case["r"] / num)
        point = {"N": num, "d_s": d, "d_b": d, "alpha": case["alpha"], "beta": case["beta"]}
        found = equilibrium("deadline_screening", **point)
        errors.append((found.outcomes["last_trade"] - atom, found.payoffs["Seller"] - seller))
    rush, worth = zip(*errors, strict=True)
    for gaps in (rush, worth):
        assert all(0 < closer < gap / 2 for gap, closer in pairwise(gaps))


@pytest.mark.parametrize(("case", "atom", "seller"), LIMITS)
def test_the_rush_tends_to_its_limit_as_the_day_shrinks(case, atom, seller):
    approach((15, 60), case, atom, seller)


@pytest.mark.slow
@pytest.mark.parametrize(("case", "atom", "seller"), LIMITS)
def test_the_rush_tends_to_its_limit_up_to_a_thousand_days(case, atom, seller):
    approach((15, 60, 240, 960), case, atom, seller)


# Sixty days: the same seller, who sells the avoidance of war


@pytest.mark.parametrize(
    ("days", "c_max", "hazard", "face"),
    [(7, 0.6, 0.05, 0.2), (30, 0.45, 0.01, 0.3), (60, 0.6, 0.004, 0.2), (60, 0.9, 0.02, 0.12)],
)
def test_demands_under_a_daily_risk_are_prices_in_disguise(days, c_max, hazard, face):
    p, c_us = 0.7, 0.1
    spared = face - c_us
    wide = c_max - spared
    prices, cutoffs, worth = linear_path(days, 1 - hazard, 1 - hazard, 0, 0)
    found = equilibrium("sixty_day_private_resolve", T=days, c_max=c_max, hazard=hazard, face=face)
    offers = [choice.offer for choice in found.strategies["demand"]]
    assert offers == pytest.approx(
        [1 - p + face - spared - wide * price for price in prices], abs=1e-8
    )
    signed = [cutoff(choice) for choice in found.strategies["answer"]]
    assert signed == pytest.approx([spared + wide * k for k in cutoffs], abs=1e-8)
    gain = worth[-1] * wide**2 / c_max
    assert found.payoffs["US"] == pytest.approx(p - c_us + gain, abs=1e-8)
    unsigned = (spared + wide * cutoffs[-1]) / c_max
    assert found.outcomes["strike"] == pytest.approx((1 - hazard) ** days * unsigned, abs=1e-8)
    assert sum(found.ends["late_deal"].values()) == pytest.approx(
        (1 - hazard) ** (days - 1) * wide * (cutoffs[-2] - cutoffs[-1]) / c_max, abs=1e-8
    )


@pytest.mark.parametrize("c_max", ["0.25", "0.4", "0.5", "0.8"])
@pytest.mark.parametrize("days", [2, 3, 8])
def test_round_numbers_are_certified_as_any_others(c_max, days):
    near = equilibrium("sixty_day_private_resolve", T=days, c_max=float(c_max) + 1e-9)
    (found,) = model("sixty_day_private_resolve").solve({"T": days, "c_max": c_max}).equilibria
    assert abs(found.regret) < 1e-9
    assert list(found.outcomes.values()) == pytest.approx(list(near.outcomes.values()), abs=1e-7)


# Constant payoffs of disagreement, and two types

CONSTANT = """\
format: 1
title: Disagreement that does not depend on the worth
players: [Seller, Buyer]
parameters: {{N: {{value: {days}, integer: true}}, d: {d}, seller: {seller}, buyer: {buyer}}}
private: {{Buyer: {{v: "uniform(0, 1)"}}}}
clock: {{deadline: N, expires: strike, discount: d}}
game:
  price: {{player: Seller, offer: {{x: [-1, 2]}}, next: answer}}
  answer:
    player: Buyer
    actions:
      buy: {{outcome: trade, payoffs: {{Seller: x, Buyer: v - x}}}}
      wait: {{next: price, days: 1}}
  strike: {{outcome: strike, payoffs: {{Seller: seller / d, Buyer: buyer / d}}}}
"""


@pytest.mark.parametrize(
    ("days", "d", "seller", "buyer", "prices", "cutoffs", "worth"),
    [
        (1, 0.9, -0.2, -0.1, [0.45], [0.35], 0.2225),
        (2, 0.9, -0.2, -0.1, [5465 / 13000, 97 / 260], [11 / 13, 71 / 260], 0.2079423076923077),
        (2, 0.9, 0.2, 0.1, [6635 / 13000, 123 / 260], [11 / 13, 149 / 260], 0.2979423076923077),
        (2, 0.6, -0.3, -0.3, [0.38, 0.3], [0.5, 0.0], 0.28),
    ],
)
def test_strikes_of_constant_cost_are_priced_in(days, d, seller, buyer, prices, cutoffs, worth):
    text = CONSTANT.format(days=days, d=d, seller=seller, buyer=buyer)
    (found,) = Model(read_model(text.encode(), "constant.yaml"), "constant").solve().equilibria
    offers = [choice.offer for choice in found.strategies["price"]]
    assert offers == pytest.approx(prices, abs=1e-8)
    assert found.outcomes["strike"] == pytest.approx(cutoffs[-1], abs=1e-8)
    assert found.ends["trade"][0] == pytest.approx(1 - cutoffs[0], abs=1e-8)
    assert found.payoffs["Seller"] == pytest.approx(worth, abs=1e-8)


TWO_TYPES = """\
format: 1
title: Two types, two prices
players: [Seller, Buyer]
parameters: {{q: {q}, h: 2, l: 1, d: {d}}}
private: {{Buyer: {{type: {{high: q, low: 1 - q}}, v: {{high: h, low: l}}}}}}
clock: {{deadline: 2, expires: over, discount: d}}
game:
  price: {{player: Seller, offer: {{x: [0, 3]}}, next: answer}}
  answer:
    player: Buyer
    actions:
      buy: {{outcome: trade, payoffs: {{Seller: x, Buyer: v - x}}}}
      wait: {{next: price, days: 1}}
  over: {{outcome: no_trade, payoffs: {{Seller: 0, Buyer: 0}}}}
"""


@pytest.mark.parametrize(
    ("q", "d", "first", "worth", "sold", "never"),
    [
        (0.4, 0.9, 1.0, 1.0, 1.0, 0.0),
        (0.6, 0.9, 2.0, 1.12, 0.2, 0.4),
        (0.9, 0.3, 2.0, 1.66, 0.8, 0.1),
        # Screening for certain: (1 - d) h + d l first, then l.
        (0.55, 0.3, 1.7, 0.55 * 1.7 + 0.45 * 0.3, 0.55, 0.0),
    ],
)
def test_two_types_and_two_prices_are_those_of_fudenberg_and_tirole(
    q, d, first, worth, sold, never
):
    text = TWO_TYPES.format(q=q, d=d)
    (found,) = Model(read_model(text.encode(), "types.yaml"), "types").solve().equilibria
    assert found.strategies["price"][0].offer == pytest.approx(first, abs=1e-9)
    assert found.payoffs["Seller"] == pytest.approx(worth, abs=1e-9)
    assert found.ends["trade"][0] == pytest.approx(sold, abs=1e-9)
    assert found.outcomes["no_trade"] == pytest.approx(never, abs=1e-9)


# Crisis signalling with shocks (Lewis and Schultz 2003)


def resistance(W_B: float) -> list[float]:
    """How often the target resists in each equilibrium."""
    solution = model("crisis_signalling_shocks").solve({"W_B": W_B})
    assert solution.complete
    return [found.strategies["answer"][0].play["resist"] for found in solution.equilibria]


def test_the_crisis_with_shocks_has_three_equilibria_and_then_one():
    assert resistance(-2.8) == pytest.approx([0.296452, 0.472423, 0.874031], abs=1e-6)
    assert resistance(-2.7) == pytest.approx([0.907856], abs=1e-6)


def test_the_fold_of_the_crisis_lies_where_two_equilibria_merge():
    assert [len(resistance(-2.747043739 + step)) for step in (-1e-6, 1e-6)] == [3, 1]
    assert [len(resistance(-2.946912868 + step)) for step in (-1e-6, 1e-6)] == [1, 3]
    low, high, _ = resistance(-2.747043739 - 1e-6)
    assert low < 0.3698428 < high
    assert high - low < 0.005


# Power shifts that are hard to see (Debs and Monteiro 2014)


@pytest.mark.parametrize("seen", np.linspace(0, 0.9, 7).round(3))
@pytest.mark.parametrize("war", [0.55, 0.7, 0.9])
def test_investments_and_strikes_leave_each_other_in_doubt(seen, war):
    k, shift, calm, struck, weaker = 0.1, 1.2, 0.5, 0.1, 0.4
    solution = model("debs_monteiro").solve({"seen": seen, "war": war})
    assert solution.complete
    (found,) = solution.equilibria
    doubt = (1 - war) / (1 - weaker)
    lure = (1 - seen) * (shift - struck) - (calm - struck)
    invests = doubt / (1 - seen + seen * doubt) if lure > k else 0
    blind = 1 - k / lure if lure > k else 0
    outcomes = [
        (1 - invests) * (1 - blind),
        invests * (1 - seen) * (1 - blind),
        invests * (seen + (1 - seen) * blind),
        (1 - invests) * blind,
    ]
    names = ("peace", "power_shift", "preventive_war", "mistaken_war")
    assert [found.outcomes[name] for name in names] == pytest.approx(outcomes, abs=1e-9)
    assert found.payoffs["Target"] == pytest.approx(calm - (calm - struck) * blind, abs=1e-9)
    assert found.payoffs["Deterrer"] == pytest.approx(war if lure > k else 1, abs=1e-9)


def test_models_that_are_solved_one_point_at_a_time_say_so():
    assert slow_pace(model("sixty_day_private_resolve")) == "point by point, a few cells a second"
    assert "some tens of cells" in slow_pace(model("crisis_signalling_shocks"))
    assert slow_pace(model("debs_monteiro")) == ""
