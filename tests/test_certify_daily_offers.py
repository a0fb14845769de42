"""The certificate of daily offers to a player with private numbers, on rules known in closed form.

Sobel and Takahashi (1983), A Multistage Model of Bargaining, Review of Economic Studies 50, for the
linear game; Fudenberg and Tirole (1983), Sequential Bargaining with Incomplete Information, Review
of Economic Studies 50, for two types.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from games import build, end
from scipy.optimize import brentq

from gametheory_crisis.certificate.arrays import Arrays
from gametheory_crisis.certificate.certify_daily_offers import certify_daily_offers
from gametheory_crisis.certificate.evaluation import Evaluator
from gametheory_crisis.certificate.screening_certificate import OfferCertificate
from gametheory_crisis.errors import SolverError, UnsupportedGame
from gametheory_crisis.games.screening_rules import DayRules, PiecewiseRule, ScreeningRules
from gametheory_crisis.model import Model
from gametheory_crisis.results import Choice

EXACT = 1e-13

NO_TRADE = end("none", S=0, B=0, A=0)


def bargaining(
    private: Mapping[str, Any],
    days: int,
    *,
    expires: Mapping[str, Any] = NO_TRADE,
    discount: Any = 1,
    worth: str = "v",
    offers: Sequence[float] = (0, 1),
    **more: Any,
) -> Model:
    """A seller names prices day after day to a buyer who alone knows what the thing is worth."""
    return build(
        {
            "players": ["S", "B", "A"],
            "private": {"B": private},
            "clock": {"deadline": days, "expires": "last", "discount": discount, **more},
            "game": {
                "ask": {"player": "S", "offer": {"x": list(offers)}, "next": "answer"},
                "answer": {
                    "player": "B",
                    "actions": {
                        "accept": end("trade", S="x", B=f"{worth} - x", A=0),
                        "reject": {"next": "ask", "days": 1},
                    },
                },
                "last": dict(expires),
            },
        }
    )


def certificate(
    model: Model, rules: ScreeningRules, strategies: Mapping[str, tuple[Choice, ...]] | None = None
) -> OfferCertificate:
    values = {name: parameter.value for name, parameter in model.graph.parameters.items()}
    return certify_daily_offers(model.graph, values, rules, strategies or {})


def lines(*pieces: tuple[float, float, float]) -> PiecewiseRule:
    """A rule from pieces: where each ends, and its values at both of its ends."""
    ends = np.array([0.0, *(piece[0] for piece in pieces)])
    means = [[(a + b) / 2, (b - a) / 2] for _, a, b in pieces]
    return PiecewiseRule(ends, np.array(means, dtype=float))


def steps(*pieces: tuple[float, float]) -> PiecewiseRule:
    return lines(*((stop, value, value) for stop, value in pieces))


def linear_rules(
    days: int, d_seller: float, d_buyer: float, alpha: float, beta: float
) -> tuple[ScreeningRules, float]:
    """The linear equilibrium if the buyer's value is even on [0, 1], and the seller's payoff."""
    gamma, lam = 1 - beta, (1 - beta) / (2 * (1 - beta) - alpha)
    found = []
    for left in range(1, days + 1):
        if left > 1:
            worth = gamma * lam / 2
            gamma = 1 - d_buyer + d_buyer * gamma * lam
            lam = gamma / (2 * (gamma - d_seller * worth))
        rules = (lines((1, 0, slope)) for slope in (gamma, gamma * lam, lam))
        found.append(DayRules(*rules))
    return ScreeningRules(tuple(reversed(found)), ascending=True), gamma * lam / 2


def shared(alpha: float, beta: float, d_seller: float, d_buyer: float) -> dict[str, Any]:
    """Shares of the value at the date of the last refusal, reached a day later."""
    return end("none", S=f"{alpha} * v / {d_seller}", B=f"{beta} * v / {d_buyer}", A=0)


@pytest.mark.parametrize(
    ("days", "d_seller", "d_buyer", "alpha", "beta", "no_deal"),
    [
        (1, 1, 1, 0, 0, 0.5),
        (2, 0.9, 0.9, 0, 0, 0.423076923076923),
        (5, 0.95, 0.9, 0, 0, 0.291969509314893),
        (5, 0.95, 0.9, 0.3, 0.2, None),
        (7, 0.8, 0.95, 0.3, 0.7, None),
        (60, 0.98, 0.98, 0, 0, 0.01257395874360398),
        (60, 0.99, 0.97, 0, 0, 0.02373417440865707),
    ],
)
def test_the_linear_equilibrium_has_no_regret(
    days: int,
    d_seller: float,
    d_buyer: float,
    alpha: float,
    beta: float,
    no_deal: float | None,
) -> None:
    rules, worth = linear_rules(days, d_seller, d_buyer, alpha, beta)
    model = bargaining(
        {"v": "uniform(0, 1)"},
        days,
        expires=shared(alpha, beta, d_seller, d_buyer),
        discount={"S": d_seller, "B": d_buyer},
    )
    found = certificate(model, rules)
    assert found.payoffs["S"] == pytest.approx(worth, abs=EXACT)
    assert found.regret <= 1e-12
    assert sum(found.outcomes.values()) == pytest.approx(1, abs=EXACT)
    assert not found.exact
    if no_deal is not None:
        assert found.outcomes["none"] == pytest.approx(no_deal, abs=EXACT)


def test_payoffs_and_days_follow_the_path() -> None:
    rules, _ = linear_rules(2, 0.9, 0.9, 0, 0)
    found = certificate(bargaining({"v": "uniform(0, 1)"}, 2, discount=0.9), rules)
    assert found.payoffs["B"] == pytest.approx(0.15096153846153848, abs=EXACT)
    deals = {0: 0.15384615384615397, 1: 0.423076923076923}
    assert found.ends["trade"] == pytest.approx(deals, abs=EXACT)
    assert found.ends["none"] == pytest.approx({2: 0.423076923076923}, abs=EXACT)
    assert found.expected_day == pytest.approx(3 * 0.423076923076923, abs=EXACT)


def test_a_hazard_without_worth_counts_as_a_discount() -> None:
    rules, worth = linear_rules(10, 0.95 * 0.9, 0.95 * 0.9, 0, 0)
    breakdown = {"hazard": 0.1, "to": end("struck", S=0, B=0, A=-1)}
    model = bargaining({"v": "uniform(0, 1)"}, 10, discount=0.95, breakdown=breakdown)
    found = certificate(model, rules)
    assert found.payoffs["S"] == pytest.approx(worth, abs=EXACT)
    assert found.regret <= 1e-12
    assert found.ends["struck"].keys() == set(range(1, 11))
    assert sum(found.outcomes.values()) == pytest.approx(1, abs=EXACT)


def test_types_may_be_ordered_by_a_falling_number() -> None:
    rules, worth = linear_rules(4, 0.9, 0.8, 0, 0)
    model = bargaining({"c": "uniform(0, 1)"}, 4, discount={"S": 0.9, "B": 0.8}, worth="1 - c")
    found = certificate(model, replace(rules, ascending=False))
    assert found.payoffs["S"] == pytest.approx(worth, abs=EXACT)
    assert found.regret <= 1e-12
    assert certificate(model, rules).regret > 0.1


@pytest.mark.parametrize("prior", ["beta(2, 1, 0, 1)", "triangular(0, 1, 1)"])
def test_the_last_offer_to_an_uneven_prior(prior: str) -> None:
    """With F(v) = v ** 2 the seller asks for the state over the root of 3."""
    lam = 1 / math.sqrt(3)
    day = DayRules(lines((1, 0, 1)), lines((1, 0, lam)), lines((1, 0, lam)))
    found = certificate(bargaining({"v": prior}, 1), ScreeningRules((day,), ascending=True))
    assert found.payoffs["S"] == pytest.approx(lam * (1 - lam**2), abs=1e-12)
    buyer = 2 / 3 * (1 - lam**3) - lam * (1 - lam**2)
    assert found.payoffs["B"] == pytest.approx(buyer, abs=1e-12)
    assert found.regret <= 1e-12


def test_kinks_in_the_private_number_are_located() -> None:
    rules, worth = linear_rules(2, 0.9, 0.9, 0, 0)
    model = bargaining({"v": "uniform(0, 1)"}, 2, discount=0.9)
    plain = certificate(model, rules)
    text = end("none", S=0, B=0, A="abs(v - 0.3) + where(day > 1, max(v, 0.2), 0)")
    found = certificate(bargaining({"v": "uniform(0, 1)"}, 2, discount=0.9, expires=text), rules)
    last = plain.outcomes["none"]
    kinked = (0.3**2 + (last - 0.3) ** 2) / 2 + 0.2**2 + (last**2 - 0.2**2) / 2
    assert found.payoffs["A"] == pytest.approx(0.81 * kinked, abs=1e-13)
    assert found.payoffs["S"] == pytest.approx(worth, abs=EXACT)


# Two types


def hard_bargaining(first: float = 2.0, middle: float = 1.1) -> ScreeningRules:
    """Of two offers the first is the high price; high types mix (probability 0.6, discount 0.9)."""
    last = DayRules(steps((0.4, 1), (1, 2)), steps((0.8, 1), (1, 2)), steps((0.8, 0), (1, 0.4)))
    turn = 0.8 / 0.9
    day = DayRules(
        steps((0.4, 1), (0.8, middle), (1, 2)),
        steps((0.8, 1), (turn, 1.1), (1, first)),
        steps((0.8, 0), (turn, 0.4), (1, 0.8)),
    )
    return ScreeningRules((day, last), True, names=("low", "high"), shares=(0.4, 1.0))


def low_price(share: float) -> ScreeningRules:
    """The low price at once, whatever the state; the last offer too is made to all."""
    offer, after = steps((1, 1)), steps((1, 0))
    day = DayRules(steps((share, 1), (1, 1.1)), offer, after)
    last = DayRules(steps((share, 1), (1, 2)), offer, after)
    return ScreeningRules((day, last), True, names=("low", "high"), shares=(share, 1.0))


def two_types(high: float) -> Model:
    private = {"type": {"high": high, "low": 1 - high}, "v": {"high": 2, "low": 1}}
    return bargaining(private, 2, discount=0.9, offers=(0, 3))


def test_hard_bargaining_with_two_types() -> None:
    found = certificate(two_types(0.6), hard_bargaining())
    assert found.payoffs["S"] == pytest.approx(1.12, abs=EXACT)
    assert found.payoffs["B"] == pytest.approx(0, abs=EXACT)
    assert found.ends["trade"] == pytest.approx({0: 0.2, 1: 0.4}, abs=EXACT)
    assert found.regret <= 1e-12


def test_few_high_types_are_not_worth_waiting_for() -> None:
    found = certificate(two_types(0.4), low_price(0.6))
    assert found.payoffs["S"] == pytest.approx(1, abs=EXACT)
    assert found.ends["trade"] == pytest.approx({0: 1.0}, abs=EXACT)
    assert found.regret <= 1e-12


def test_the_regret_of_asking_for_less_than_types_would_pay() -> None:
    # The next offer is then a lottery that makes high types indifferent, worth the same to her.
    found = certificate(two_types(0.6), hard_bargaining(first=1.9))
    assert found.payoffs["S"] == pytest.approx(1.1, abs=1e-12)
    assert found.proposer_regret == pytest.approx(0.02, abs=1e-12)
    assert found.type_regret <= 1e-12


def test_the_regret_of_a_wrong_reservation_price() -> None:
    found = certificate(two_types(0.6), hard_bargaining(middle=1.2))
    assert found.type_regret == pytest.approx(0.1, abs=1e-12)


def test_the_regret_of_a_price_too_low_off_the_path() -> None:
    # If the low price were refused, the last offer would be 2: worth 1.2 instead of 1.
    found = certificate(two_types(0.6), low_price(0.4))
    assert found.proposer_regret == pytest.approx(0.2, abs=1e-12)


def test_rules_for_other_types_are_refused() -> None:
    with pytest.raises(SolverError, match="the shares"):
        certificate(two_types(0.5), hard_bargaining())
    with pytest.raises(SolverError, match="rules for low, middle"):
        certificate(two_types(0.6), replace(hard_bargaining(), names=("low", "middle")))


# Constant payoffs without a deal


def strike_rules(days: int, d: float) -> ScreeningRules:
    """Without a deal the seller gets -0.2 and the buyer -0.1 at the date of the last refusal."""
    last = DayRules(
        lines((1, 0.1, 1.1)),
        lines((0.3, 0.1, 0.1), (1, 0.1, 0.45)),
        lines((0.3, 0, 0), (1, 0, 0.35)),
    )
    if days == 1:
        return ScreeningRules((last,), ascending=True)

    def reservation(c: float) -> float:
        return (1 - d) * c + d * (0.1 if c <= 0.3 else c / 2 - 0.05)

    def worth(k: float, c: float) -> float:
        after = max(0.0, (c - 0.3) / 2)
        return (k - c) * reservation(c) + d * ((c - after) * (after + 0.1) - 0.2 * after)

    far = (1 - d / 2) / (2 - 1.5 * d)
    turn = brentq(lambda k: worth(k, k / 2) - worth(k, far * k), 0.36, 0.6, xtol=1e-15)
    day = DayRules(
        lines((0.3, reservation(0), reservation(0.3)), (1, reservation(0.3), reservation(1))),
        lines(
            (turn, reservation(0), reservation(turn / 2)),
            (1, reservation(far * turn), reservation(far)),
        ),
        lines((turn, 0, turn / 2), (1, far * turn, far)),
    )
    return ScreeningRules((day, last), ascending=True)


@pytest.mark.parametrize(
    ("days", "worth", "no_deal"),
    [(1, 0.22249999999999998, 0.35), (2, 0.20794230769230768, 0.273076923076951)],
)
def test_strike_costs_that_everybody_avoids_in_the_end(
    days: int, worth: float, no_deal: float
) -> None:
    expires = end("strike", S=-0.2 / 0.9, B=-0.1 / 0.9, A=0)
    model = bargaining({"v": "uniform(0, 1)"}, days, discount=0.9, expires=expires)
    found = certificate(model, strike_rules(days, 0.9))
    assert found.payoffs["S"] == pytest.approx(worth, abs=1e-12)
    assert found.outcomes["strike"] == pytest.approx(no_deal, abs=1e-9)
    assert found.regret <= 1e-12


def test_a_jump_that_the_proposer_minds_is_a_regret() -> None:
    expires = end("strike", S=-0.2 / 0.9, B=-0.1 / 0.9, A=0)
    model = bargaining({"v": "uniform(0, 1)"}, 2, discount=0.9, expires=expires)
    rules = strike_rules(2, 0.9)
    day, last = rules.days
    moved = [replace(rule, ends=np.array([0, 0.55, 1.0])) for rule in (day.offer, day.after)]
    wrong = replace(rules, days=(replace(day, offer=moved[0], after=moved[1]), last))
    found = certificate(model, wrong)
    assert found.payoffs["S"] == pytest.approx(0.20794230769230768, abs=1e-12)
    assert found.proposer_regret > 1e-4


# Third parties at the deadline

ALLY = {
    "player": "A",
    "actions": {
        "strike": end("strike", S=-0.1, B=-0.3, A="v - 1 / 4"),
        "hold": end("none", S=0, B=0, A=0),
    },
}
"""An ally who strikes if it takes the buyer's value to be large, on the day after one offer."""


def ally_rules(highest: float) -> ScreeningRules:
    """One offer aims at the state 1/2, in which the ally is indifferent."""
    price = min(0.8, highest)
    odds = (price - 0.5) / 0.3
    turn = brentq(lambda s: (s - 0.5) * price - 0.05 * odds - s**2 / 4, 0.5, 1, xtol=1e-15)
    day = DayRules(
        lines((0.5, 0, 0.5), (1, 0.8, 1.3)),
        lines((turn, 0, turn / 2), (1, price, price)),
        lines((turn, 0, turn / 2), (1, 0.5, 0.5)),
    )
    return ScreeningRules((day,), ascending=True)


def ally_plays(strike: float) -> dict[str, tuple[Choice, ...]]:
    play = {"strike": strike, "hold": 1 - strike}
    return {"last": (Choice("A", 1, {}, play, 0.5, expired=True),)}


def test_an_indifferent_ally_does_what_the_offer_counts_on() -> None:
    model = bargaining({"v": "uniform(0, 1)"}, 1, expires=ALLY)
    found = certificate(model, ally_rules(1.0), ally_plays(1.0))
    assert found.payoffs == pytest.approx({"S": 0.35, "B": -0.175, "A": 0}, abs=1e-12)
    assert found.outcomes == pytest.approx({"trade": 0.5, "strike": 0.5, "none": 0}, abs=1e-12)
    assert found.regret <= 1e-12
    with pytest.raises(
        SolverError, match=r"'strike' at 'last' on day 1 with probability 0 .* and 1"
    ):
        certificate(model, ally_rules(1.0), ally_plays(0.0))


def test_a_price_ceiling_makes_the_ally_mix() -> None:
    model = bargaining({"v": "uniform(0, 1)"}, 1, expires=ALLY, offers=(0, 0.65))
    found = certificate(model, ally_rules(0.65), ally_plays(0.5))
    assert found.payoffs["S"] == pytest.approx(0.5 * 0.65 - 0.05 * 0.5, abs=1e-12)
    assert found.outcomes["strike"] == pytest.approx(0.25, abs=1e-12)
    assert found.regret <= 1e-12


def test_the_informed_player_moves_last_by_its_type() -> None:
    last = {
        "player": "B",
        "actions": {
            "flee": end("none", S=0, B=0, A=0),
            "fight": end("strike", S=-0.1, B="v - 1 / 4", A=0),
        },
    }
    # Whoever is above 1/4 has v - 1/4 without a deal, and pays no more than 1/4.
    day = DayRules(
        lines((0.25, 0, 0.25), (1, 0.25, 0.25)),
        lines((0.5, 0, 0.25), (1, 0.25, 0.25)),
        lines((0.5, 0, 0.25), (1, 0.25, 0.25)),
    )
    flee = Choice("B", 1, {}, {"flee": 1.0, "fight": 0.0}, 0.25, expired=True)
    model = bargaining({"v": "uniform(0, 1)"}, 1, expires=last)
    rules = ScreeningRules((day,), ascending=True)
    found = certificate(model, rules, {"last": (flee,)})
    assert found.payoffs["S"] == pytest.approx(0.75 * 0.25, abs=1e-12)
    assert found.outcomes == pytest.approx({"trade": 0.75, "none": 0.25, "strike": 0}, abs=1e-12)
    assert found.regret <= 1e-12
    fight = replace(flee, play={"flee": 0.5, "fight": 0.5})
    with pytest.raises(SolverError, match="B plays 'flee' at 'last' on day 1"):
        certificate(model, rules, {"last": (fight,)})


# Claims that fail


def test_the_regret_of_an_offer_beside_the_best() -> None:
    # A price of 0.6 is worth 0.6 * 0.4 instead of 1/4.
    day = DayRules(lines((1, 0, 1)), lines((1, 0, 0.6)), lines((1, 0, 0.6)))
    model = bargaining({"v": "uniform(0, 1)"}, 1)
    found = certificate(model, ScreeningRules((day,), ascending=True))
    assert found.proposer_regret == pytest.approx(0.01, abs=1e-12)
    assert found.type_regret <= 1e-12


def test_the_regret_of_types_who_ask_for_too_much() -> None:
    day = DayRules(lines((1, -0.1, 0.9)), lines((1, 0, 0.45)), lines((1, 0.1, 0.55)))
    model = bargaining({"v": "uniform(0, 1)"}, 1)
    found = certificate(model, ScreeningRules((day,), ascending=True))
    assert found.type_regret == pytest.approx(0.1, abs=1e-12)


def test_a_state_that_the_offer_does_not_lead_to_is_a_regret() -> None:
    rules, worth = linear_rules(3, 0.9, 0.9, 0, 0)
    day = replace(rules.days[0], after=lines((1, 0, 0.95)))
    model = bargaining({"v": "uniform(0, 1)"}, 3, discount=0.9)
    found = certificate(model, replace(rules, days=(day, *rules.days[1:])))
    assert found.regret > 0.01
    assert found.payoffs["S"] == pytest.approx(worth, abs=1e-9)


def test_choices_on_the_path_have_to_follow_from_the_rules() -> None:
    rules, _ = linear_rules(1, 1, 1, 0, 0)
    model = bargaining({"v": "uniform(0, 1)"}, 1)

    def claims(offer: float, accept: float) -> dict[str, tuple[Choice, ...]]:
        play = {"accept": accept, "reject": 1 - accept}
        return {
            "ask": (Choice("S", 0, {}, {}, 1.0, offer=offer),),
            "answer": (Choice("B", 0, {}, play, 1.0),),
        }

    assert certificate(model, rules, claims(0.5, 0.5)).regret <= 1e-12
    with pytest.raises(SolverError, match=r"the offer 0\.51 is made at 'ask' on day 0"):
        certificate(model, rules, claims(0.51, 0.5))
    with pytest.raises(SolverError, match="plays 'accept' at 'answer' on day 0"):
        certificate(model, rules, claims(0.5, 0.51))


def test_rules_for_fewer_days_or_other_ends_are_refused() -> None:
    rules, _ = linear_rules(3, 0.9, 0.9, 0, 0)
    with pytest.raises(SolverError, match="rules for 3 days, not for 4"):
        certificate(bargaining({"v": "uniform(0, 1)"}, 4), rules)
    with pytest.raises(SolverError, match="where 'v' lies in"):
        certificate(bargaining({"v": "uniform(0, 2)"}, 3), rules)


def test_an_offer_out_of_range_is_refused() -> None:
    rules, _ = linear_rules(1, 1, 1, 0, 0)
    model = bargaining({"v": "uniform(0, 1)"}, 1, offers=(0, 0.4))
    with pytest.raises(SolverError, match=r"the offer 0\.5 may not be made on day 0"):
        certificate(model, rules)


def test_an_undefined_payoff_is_an_undefined_regret() -> None:
    rules, _ = linear_rules(2, 0.9, 0.9, 0, 0)
    for player in ("S", "B"):
        payoffs = {"S": 0, "B": 0, "A": 0, player: "log(v - 2)"}
        model = bargaining({"v": "uniform(0, 1)"}, 2, discount=0.9, expires=end("none", **payoffs))
        assert math.isnan(certificate(model, rules).regret)


def test_days_after_a_breakdown_are_refused() -> None:
    rules, _ = linear_rules(2, 0.9, 0.9, 0, 0)
    later = {"chance": {"yes": 1}, "next": {"yes": {"next": NO_TRADE, "days": 1}}}
    model = bargaining(
        {"v": "uniform(0, 1)"}, 2, discount=0.9, breakdown={"hazard": 0.1, "to": later}
    )
    with pytest.raises(UnsupportedGame, match="once the clock has broken down"):
        certificate(model, rules)


EXPRESSIONS = [
    "1 / x",
    "x ** y",
    "log(x)",
    "sqrt(x) - abs(y)",
    "where(x > 0 and 1 / x < 2, x, -y)",
    "where(not (x <= y) or x == 0, min(x, y), max(x, 1 / y))",
    "exp(x) * Phi(y)",
    "a * x + y / a",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expressions_over_arrays_are_those_at_single_points(text: str) -> None:
    model = build(
        {
            "players": ["S"],
            "parameters": {"a": 2},
            "game": {
                "ask": {"player": "S", "offer": {"x": [0, 1]}, "next": "then"},
                "then": {"player": "S", "offer": {"y": [0, 1]}, "next": end("o", S=text)},
            },
        }
    )
    (handle,) = (
        node.payoffs["S"] for node in model.graph.nodes.values() if hasattr(node, "payoffs")
    )
    one = Evaluator(model.graph.expressions, {"a": 2.0}, rational=False)
    x, y = np.meshgrid([-1.5, -0.0, 0.5, 2.0, np.nan], [-2.0, 0.0, 0.5, 3.0])
    found = np.broadcast_to(
        Arrays(model.graph.expressions, {"a": 2.0}).value(handle, {"x": x, "y": y}), x.shape
    )
    for place in np.ndindex(x.shape):
        single = one.value(handle, {"x": float(x[place]), "y": float(y[place])})
        assert found[place] == pytest.approx(float(single), rel=1e-14, nan_ok=True)


@pytest.mark.parametrize("second", [0.5, 0.3])
def test_where_nobody_minds_either_limit_of_an_offer_may_be_claimed(second: float) -> None:
    """Prices of at least 0.3, no discount: on the first of two days all from 0.3 on take it."""
    lowest = lines((0.3, 0.5, 0.5), (1, 0.3, 0.3)), lines((0.3, 0, 0.3), (1, 0.3, 0.3))
    day = DayRules(lines((0.3, 0, 0.3), (1, 0.3, 0.3)), *lowest)
    last = DayRules(lines((1, 0, 1)), *lowest)
    model = bargaining({"v": "uniform(0, 1)"}, 2, offers=(0.3, 0.5))
    claims = (Choice("S", 1, {}, {}, 0.3, offer=second),)
    rules = ScreeningRules((day, last), ascending=True)
    found = certificate(model, rules, {"ask": claims})
    assert found.payoffs["S"] == pytest.approx(0.21, abs=1e-12)
    with pytest.raises(SolverError, match=r"the offer 0\.4 is made at 'ask' on day 1"):
        certificate(model, rules, {"ask": (replace(claims[0], offer=0.4),)})
