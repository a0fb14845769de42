"""The certificate of offers that a player with private numbers answers once and for all.

Closed forms of J. Fearon (1995), Rationalist Explanations for War, International Organization 49.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from statistics import NormalDist
from typing import Any

import pytest
from games import build, end
from scipy.optimize import brentq

from gametheory_crisis.certificate.certify_offer import certify_offer
from gametheory_crisis.certificate.screening_certificate import OfferCertificate
from gametheory_crisis.errors import SolverError, UnsupportedGame
from gametheory_crisis.model import Model
from gametheory_crisis.results import Choice, Number

Claims = dict[str, tuple[Choice, ...]]


def certificate(model: Model, strategies: Claims, **values: Number) -> OfferCertificate:
    standard = {name: parameter.value for name, parameter in model.graph.parameters.items()}
    return certify_offer(model.graph, {**standard, **values}, strategies)


def choice(player: str, play: Mapping[str, Any] | None = None, **more: Any) -> Choice:
    return Choice(player, more.pop("day", 0), {}, play or {}, 1.0, **more)


def ultimatum(
    private: Mapping[str, Any],
    p: float,
    c1: float,
    first: str = "x",
    second: str = "1 - x",
) -> Model:
    """The first player demands a share; the second alone knows what war would cost it."""
    return build(
        {
            "players": ["One", "Two"],
            "parameters": {"p": p, "c1": c1},
            "private": {"Two": private},
            "game": {
                "demand": {"player": "One", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {
                    "player": "Two",
                    "actions": {
                        "accept": end("deal", One=first, Two=second),
                        "fight": end("war", One="p - c1", Two="1 - p - c2"),
                    },
                },
            },
        }
    )


def demand(offer: Number, fights: float, cutoff: float) -> Claims:
    play = {"accept": 1 - fights, "fight": fights}
    return {
        "demand": (choice("One", offer=offer),),
        "answer": (choice("Two", play, cutoff={"c2": cutoff}),),
    }


@pytest.mark.parametrize(
    ("prior", "p", "c1", "offer", "cutoff", "war", "worth"),
    [
        ("uniform(0, 0.4)", 0.5, 0.0, 0.7, 0.2, 0.5, 0.6),
        ("uniform(0, 0.4)", 0.5, 0.5, 0.5, 0.0, 0.0, 0.5),
        ("uniform(0.2, 0.45)", 0.5, 0.1, 0.7, 0.2, 0.0, 0.7),
        ("uniform(0, 0.2)", 0.5, 0.2, 0.5, 0.0, 0.0, 0.5),
        ("exponential(3)", 0.4, 0.2, 8 / 15, 2 / 15, 0.3296799539643607, 0.42344001534521314),
        ("exponential(10)", 0.6, 0.05, 0.65, 0.05, 0.3934693402873666, 0.6106530659712633),
        (
            "beta(5, 2, 0, 0.5)",
            0.45,
            0.2,
            0.7033299125180853,
            0.2533299125180853,
            0.11574406050905556,
            0.650859667693027,
        ),
    ],
)
def test_the_best_demand_has_no_regret(
    prior: str, p: float, c1: float, offer: float, cutoff: float, war: float, worth: float
) -> None:
    found = certificate(ultimatum({"c2": prior}, p, c1), demand(offer, war, cutoff))
    assert found.payoffs["One"] == pytest.approx(worth, abs=1e-11)
    assert found.outcomes == pytest.approx({"deal": 1 - war, "war": war}, abs=1e-11)
    assert found.regret <= 1e-10
    assert not found.exact


def test_an_unbounded_prior_on_both_sides() -> None:
    cost, c1 = NormalDist(0.15, 0.1), 0.05
    z = brentq(lambda z: 1 - cost.cdf(z) - cost.pdf(z) * (z + c1), 0, 0.3, xtol=1e-15)
    model, war = ultimatum({"c2": "normal(0.15, 0.1)"}, 0.5, c1), cost.cdf(z)
    found = certificate(model, demand(0.5 + z, war, z))
    worth = (0.5 + z) * (1 - war) + (0.5 - c1) * war
    assert found.payoffs["One"] == pytest.approx(worth, abs=1e-12)
    assert found.regret <= 1e-10


def test_kinks_in_the_private_number_are_located() -> None:
    # Only what war costs beyond 0.1 counts, so that a quarter of a continuum costs nothing.
    model = build(
        {
            "players": ["One", "Two"],
            "private": {"Two": {"c": "uniform(0, 0.4)"}},
            "game": {
                "demand": {"player": "One", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {
                    "player": "Two",
                    "actions": {
                        "accept": end("deal", One="x + max(c, 0.1)", Two="-x"),
                        "fight": end("war", One="abs(c - 0.05)", Two="-max(c - 0.1, 0) - 1"),
                    },
                },
            },
        }
    )
    claims = {
        "demand": (choice("One", offer=Fraction(1)),),
        "answer": (choice("Two", {"accept": 1.0, "fight": 0.0}),),
    }
    found = certificate(model, claims)
    kept = (0.1 * 0.1 + (0.16 - 0.01) / 2) / 0.4
    assert found.payoffs["One"] == pytest.approx(1 + kept, abs=1e-13)
    assert found.regret <= 1e-10


@pytest.mark.parametrize(
    ("p", "c1", "cbar", "alpha", "beta", "offer", "cutoff", "war", "worth"),
    [
        (0.5, 0.1, 0.4, 0.5, 1.0, 0.5, 0.0, 0.0, 0.7071067811865476),
        (0.6, 0.2, 0.3, 0.7, 0.6, 0.7828465906724075, 0.0, 0.0, 0.8425072856998739),
        (
            0.5,
            0.02,
            0.45,
            0.9,
            0.8,
            0.7278259507758977,
            0.1469165417580907,
            0.32648120390686824,
            0.6627389250669955,
        ),
    ],
)
def test_risk_aversion(
    p: float,
    c1: float,
    cbar: float,
    alpha: float,
    beta: float,
    offer: float,
    cutoff: float,
    war: float,
    worth: float,
) -> None:
    model = ultimatum({"c2": f"uniform(0, {cbar})"}, p, c1, f"x ** {alpha}", f"(1 - x) ** {beta}")
    found = certificate(model, demand(offer, war, cutoff))
    assert found.payoffs["One"] == pytest.approx(worth, abs=1e-11)
    assert found.regret <= 1e-10


def test_the_regret_of_a_demand_that_is_too_high() -> None:
    # With costs even on [0, 0.4] and z = 0.3, one gets 0.5 * 3/4 + 0.8 / 4 instead of 0.6.
    found = certificate(ultimatum({"c2": "uniform(0, 0.4)"}, 0.5, 0.0), demand(0.8, 0.75, 0.3))
    assert found.proposer_regret == pytest.approx(0.025, abs=1e-10)
    assert found.type_regret <= 1e-12


def test_the_regret_of_types_who_fight_in_vain() -> None:
    found = certificate(ultimatum({"c2": "uniform(0, 0.4)"}, 0.5, 0.0), demand(0.7, 0.75, 0.3))
    assert found.type_regret == pytest.approx(0.1, abs=1e-6)


def test_probabilities_have_to_follow_from_the_cutoff() -> None:
    with pytest.raises(SolverError, match=r"'accept' at 'answer' .* 0\.6 by the choice and 0\.5"):
        certificate(ultimatum({"c2": "uniform(0, 0.4)"}, 0.5, 0.0), demand(0.7, 0.4, 0.2))


# Finitely many types


def by_type(offer: Number, **accepts: float) -> Claims:
    answers = (
        choice("Two", {"accept": share, "fight": 1 - share}, type=name)
        for name, share in accepts.items()
    )
    return {"demand": (choice("One", offer=offer),), "answer": tuple(answers)}


def two_costs(q: str = "1/2") -> Model:
    private = {"type": {"low": q, "high": f"1 - {q}"}, "c2": {"low": 0.05, "high": 0.3}}
    return ultimatum(private, 0.5, 0.1)


def test_two_types_are_certified_in_rationals() -> None:
    found = certificate(two_costs(), by_type(Fraction(4, 5), low=0, high=1))
    assert found.exact
    assert found.payoffs == {"One": Fraction(3, 5), "Two": Fraction(13, 40)}
    assert found.outcomes == {"deal": Fraction(1, 2), "war": Fraction(1, 2)}
    assert found.regret == 0
    assert isinstance(found.regret, Fraction)


def test_the_regret_of_the_safe_demand_is_exact() -> None:
    found = certificate(two_costs(), by_type(Fraction(11, 20), low=1, high=1))
    assert found.proposer_regret == Fraction(1, 20)
    assert found.type_regret == 0


def test_an_indifferent_offerer_has_no_regret_from_either_demand() -> None:
    # The shares are such that the safe and the risky demand are worth the same.
    model = two_costs("5/8")
    for claims in (
        by_type(Fraction(4, 5), low=0, high=1),
        by_type(Fraction(11, 20), low=1, high=1),
    ):
        assert certificate(model, claims).regret == 0


def test_a_type_that_takes_what_it_should_not() -> None:
    found = certificate(two_costs(), by_type(Fraction(4, 5), low=1, high=1))
    assert found.type_regret == Fraction(1, 4)


def test_floats_are_not_exact() -> None:
    found = certificate(two_costs(), by_type(0.8, low=0, high=1), c1=0.1)
    assert not found.exact
    assert found.regret <= 1e-12


def test_payoffs_that_curve_in_the_offer_are_not_exact() -> None:
    private = {"type": {"low": "1/2", "high": "1/2"}, "c2": {"low": 0.05, "high": 0.3}}
    model = ultimatum(private, 0.5, 0.1, "x * x")
    found = certificate(model, by_type(Fraction(4, 5), low=0, high=1))
    assert not found.exact
    assert found.regret <= 1e-12


# Third parties after the answer


def delegated(strike: float, share: str = "x") -> Model:
    """A patron demands a concession; after a refusal its ally strikes with some probability."""
    return build(
        {
            "players": ["US", "Iran"],
            "parameters": {"s": strike, "u": -0.2, "dbar": 1},
            "private": {"Iran": {"d": "uniform(0, dbar)"}},
            "game": {
                "demand": {"player": "US", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {
                    "player": "Iran",
                    "actions": {
                        "accept": end("deal", US=share, Iran="-x"),
                        "reject": {
                            "chance": {"strike": "s", "hold": "rest"},
                            "next": {
                                "strike": end("strike", US="u", Iran="-d"),
                                "hold": end("hold", US=0, Iran=0),
                            },
                        },
                    },
                },
            },
        }
    )


@pytest.mark.parametrize("strike", [1.0, 0.6])
def test_a_strike_by_an_ally_after_a_refusal(strike: float) -> None:
    x = (strike + strike * -0.2) / 2
    reject = x / strike
    claims = {
        "demand": (choice("US", offer=x),),
        "answer": (choice("Iran", {"accept": 1 - reject, "reject": reject}, cutoff={"d": reject}),),
    }
    found = certificate(delegated(strike), claims)
    assert found.payoffs["US"] == pytest.approx(x * (1 - reject) - 0.2 * reject * strike, abs=1e-12)
    assert found.outcomes["strike"] == pytest.approx(reject * strike, abs=1e-12)
    assert found.regret <= 1e-10


def watched(prior: Mapping[str, Any], gain: str) -> Model:
    """After a refusal an ally strikes if it thinks enough of the buyer's value."""
    return build(
        {
            "players": ["S", "B", "A"],
            "private": {"B": prior},
            "game": {
                "ask": {"player": "S", "offer": {"x": [0, 2]}, "next": "answer"},
                "answer": {
                    "player": "B",
                    "actions": {
                        "accept": end("trade", S="x", B="v - x", A=0),
                        "reject": {"next": "ally"},
                    },
                },
                "ally": {
                    "player": "A",
                    "actions": {
                        "hold": end("none", S=0, B=0, A=0),
                        "strike": end("strike", S=-0.1, B=-0.3, A=gain),
                    },
                },
            },
        }
    )


def asks(offer: Number, strike: float, *answers: Choice) -> Claims:
    ally = choice("A", {"hold": 1 - strike, "strike": strike})
    return {"ask": (choice("S", offer=offer),), "answer": answers, "ally": (ally,)}


def answer(accept: Any, **more: Any) -> Choice:
    return choice("B", {"accept": accept, "reject": 1 - accept}, **more)


TWO_VALUES = {"type": {"low": "1/2", "high": "1/2"}, "v": {"low": "1/5", "high": 1}}


def test_an_ally_that_is_never_convinced() -> None:
    claims = asks(Fraction(1), 0, answer(0, type="low"), answer(1, type="high"))
    found = certificate(watched(TWO_VALUES, "v - 7/10"), claims)
    assert found.payoffs["S"] == Fraction(1, 2)
    assert found.regret == 0


def test_after_a_high_price_buyer_and_ally_mix() -> None:
    # Between 1 and 1.3 high buyers refuse if the ally holds and accept if it strikes: 2/5 accept,
    # so that the ally is indifferent. At 1.3 that is worth 0.26 - 0.08, at a price of 1 one half.
    model = watched(TWO_VALUES, "v - 1/2")
    high = choice(
        "B",
        {"accept": 0.4, "reject": 0.6},
        type="high",
        exact_play={"accept": Fraction(2, 5), "reject": Fraction(3, 5)},
    )
    found = certificate(model, asks(Fraction(13, 10), 1, answer(0, type="low"), high))
    assert found.exact
    assert found.payoffs["S"] == Fraction(9, 50)
    assert found.proposer_regret == Fraction(8, 25)
    assert found.type_regret == 0
    best = asks(Fraction(1), 0, answer(0, type="low"), answer(1, type="high"))
    assert certificate(model, best).regret == 0


def test_an_ally_who_does_not_do_what_is_best_for_it() -> None:
    claims = asks(Fraction(1), 1, answer(0, type="low"), answer(1, type="high"))
    found = certificate(watched(TWO_VALUES, "v - 1/2"), claims)
    assert found.proposer_regret == Fraction(3, 10)


def test_a_threat_that_rests_on_who_refuses() -> None:
    # If half of a continuum refuses, the ally is indifferent, and its strike makes others pay 0.8.
    model = watched({"v": "uniform(0, 1)"}, "v - 1/4")
    found = certificate(model, asks(0.8, 1.0, answer(0.5, cutoff={"v": 0.5})))
    assert found.payoffs["S"] == pytest.approx(0.35, abs=1e-12)
    assert found.regret <= 1e-10
    modest = certificate(model, asks(0.4, 0.0, answer(0.6, cutoff={"v": 0.4})))
    assert modest.proposer_regret == pytest.approx(0.11, abs=1e-10)


def test_where_nobody_refuses_any_belief_may_support_the_threat() -> None:
    everybody = (answer(1, type="low"), answer(1, type="high"))
    model = watched(TWO_VALUES, "v - 1/2")
    # The ally strikes if it takes who refuses to be high, and holds if it takes it to be low.
    for strike in (0, 1):
        found = certificate(model, asks(Fraction(1, 5), strike, *everybody))
        assert found.proposer_regret == Fraction(3, 10)
    never = certificate(watched(TWO_VALUES, "v - 2"), asks(Fraction(1, 5), 1, *everybody))
    assert never.proposer_regret == 1


# Days, and what may be missing


def test_days_after_a_refusal_are_discounted() -> None:
    model = build(
        {
            "players": ["One", "Two"],
            "private": {"Two": {"c": "uniform(0, 1)"}},
            "clock": {"discount": {"One": 0.5, "Two": 0.8}},
            "game": {
                "demand": {"player": "One", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {
                    "player": "Two",
                    "actions": {
                        "accept": end("deal", One="x", Two="-x"),
                        "fight": {"next": "war", "days": 2},
                    },
                },
                "war": end("war", One=0, Two="-c / 0.64"),
            },
        }
    )
    play = {"accept": 0.5, "fight": 0.5}
    claims = {
        "demand": (choice("One", offer=0.5),),
        "answer": (choice("Two", play, cutoff={"c": 0.5}),),
    }
    found = certificate(model, claims)
    assert found.payoffs == pytest.approx({"One": 0.25, "Two": -0.375}, abs=1e-12)
    assert found.expected_day == pytest.approx(1)
    assert found.regret <= 1e-10


def test_an_undefined_payoff_is_an_undefined_regret() -> None:
    model = ultimatum({"c2": "uniform(0, 0.4)"}, 0.5, 0.0, first="sqrt(x - 2)")
    assert math.isnan(certificate(model, demand(0.7, 0.5, 0.2)).regret)


def test_a_place_without_a_choice_is_an_error() -> None:
    claims = demand(0.7, 0.5, 0.2)
    del claims["answer"]
    with pytest.raises(SolverError, match="no choice at 'answer' on day 0"):
        certificate(ultimatum({"c2": "uniform(0, 0.4)"}, 0.5, 0.0), claims)


def test_a_type_without_a_choice_is_an_error() -> None:
    with pytest.raises(SolverError, match="no choice of type 'low'"):
        certificate(two_costs(), by_type(Fraction(4, 5), high=1))


def test_a_demand_out_of_range_is_an_error() -> None:
    with pytest.raises(SolverError, match=r"the offer 1\.2 may not be made at 'demand'"):
        certificate(two_costs(), by_type(Fraction(6, 5), low=0, high=0))


def test_two_informed_players_are_refused() -> None:
    stop = end("over", One=0, Two=0)
    model = build(
        {
            "players": ["One", "Two"],
            "private": {"One": {"a": "uniform(0, 1)"}, "Two": {"b": "uniform(0, 1)"}},
            "game": {"move": {"player": "One", "actions": {"stop": stop}}},
        }
    )
    with pytest.raises(UnsupportedGame, match="one player, and no other"):
        certificate(model, {"move": (choice("One", {"stop": 1.0}),)})
