"""The engines against results that can be written down: closed forms, textbook recursions, tables.

The tables and the model files that belong to them stand in ``tests/cases``. A day of the clock is
one period of bargaining, so period t of a table is day t - 1.
"""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis import Equilibrium, Model

CASES = Path(__file__).parent / "cases"
SHARES = 1e-12
ROOTS = 1e-8


@cache
def model(name: str) -> Model:
    path = CASES / f"{name}.yaml"
    return gtc.load(path) if path.exists() else gtc.load(name)


def table(name: str, part: str) -> list[Any]:
    points = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))[part]
    return [pytest.param(p["params"], p["expected"], id=f"{part}{k}") for k, p in enumerate(points)]


def near(expected: float | list[float]) -> Any:
    return pytest.approx(expected, rel=0, abs=ROOTS)


def the_equilibrium(name: str, values: dict[str, Any]) -> Equilibrium:
    """The first equilibrium; any others must agree with it in payoffs."""
    found = model(name).solve(values).equilibria
    for other in found:
        assert other.payoffs == pytest.approx(found[0].payoffs, abs=SHARES)
    return found[0]


def offer_on(equilibrium: Equilibrium, node: str, day: int) -> float:
    """The offer made at a node on a day."""
    offers = [c.offer for c in equilibrium.strategies[node] if c.day == day]
    assert len(offers) == 1
    assert offers[0] is not None
    return float(offers[0])


def played(equilibrium: Equilibrium, node: str, day: int, **state: int) -> str:
    """The action surely taken at a node on a day."""
    (choice,) = (c for c in equilibrium.strategies[node] if c.day == day and dict(c.state) == state)
    (action,) = (name for name, probability in choice.play.items() if probability == 1)
    return action


# Alternating offers (Stahl 1972; Rubinstein 1982)


def textbook(T: int, d: tuple[Any, Any], s: tuple[Any, Any], first: int) -> tuple[Any, Any]:
    """Values on day 0 by the textbook's recursion, in the arithmetic of its arguments.

    The responder on a day accepts its discounted value of the next day; the proposer takes the
    rest if that is no less than its own discounted value, and otherwise both wait.
    """
    values = list(s)
    for day in reversed(range(T)):
        proposer = (first - 1 + day) % 2
        waiting = [d[0] * values[0], d[1] * values[1]]
        concession = max(0, waiting[1 - proposer])
        if 1 - concession >= waiting[proposer]:
            values[proposer], values[1 - proposer] = 1 - concession, concession
        else:
            values = waiting
    return values[0], values[1]


def rationals(*texts: str) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, texts))


ONE_SET = rationals("0.95", "0.9", "0.2", "0.1")
WIDE_SETS = [
    rationals("0.99", "0.97", "0", "0"),
    rationals("1", "1", "0.3", "0.2"),
    rationals("1", "0.9", "0", "0.4"),
    rationals("0.9", "0.9", "0.7", "0.6"),
    rationals("0.97", "0.95", "-0.5", "-0.4"),
    rationals("0.5", "0.99", "0.9", "0.05"),
    rationals("0", "0.9", "1", "1"),
]


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize("T", range(1, 61))
def test_alternating_offers_follow_the_textbook_recursion(T, first):
    d1, d2, s1, s2 = ONE_SET
    values = {"T": T, "d1": d1, "d2": d2, "s1": s1, "s2": s2, "first": first}
    payoffs = the_equilibrium("stahl_rubinstein", values).payoffs
    expected = textbook(T, (d1, d2), (s1, s2), first)
    assert abs(payoffs["One"] - expected[0]) <= SHARES
    assert abs(payoffs["Two"] - expected[1]) <= SHARES


def small_games() -> list[tuple[int, tuple[Fraction, ...]]]:
    """Deadlines and numbers; the equilibria of sides without impatience multiply with T."""
    deadlines = {True: (1, 2, 3), False: (1, 2, 5, 14)}
    return [(T, numbers) for numbers in WIDE_SETS for T in deadlines[numbers[:2] == (1, 1)]]


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize(("T", "numbers"), small_games())
def test_impatience_and_disagreement_may_take_any_value(T, numbers, first):
    d1, d2, s1, s2 = numbers
    values = {"T": T, "d1": d1, "d2": d2, "s1": s1, "s2": s2, "first": first}
    payoffs = the_equilibrium("stahl_rubinstein", values).payoffs
    expected = textbook(T, (d1, d2), (s1, s2), first)
    assert abs(payoffs["One"] - expected[0]) <= SHARES
    assert abs(payoffs["Two"] - expected[1]) <= SHARES


@pytest.mark.parametrize("numbers", [ONE_SET, *WIDE_SETS], ids=lambda n: "_".join(map(str, n)))
def test_the_kernel_follows_the_textbook_for_every_deadline(numbers):
    d1, d2, s1, s2 = numbers
    games = [(T, first) for T in range(1, 61) for first in (1, 2)]
    stahl = model("stahl_rubinstein")
    assert stahl.parameters == ("T", "d1", "d2", "s1", "s2", "first")
    theta = [[T, float(d1), float(d2), float(s1), float(s2), first] for T, first in games]
    payoffs = stahl.solve_batch(np.array(theta, dtype=float)).payoff[:, 0, :]
    expected = [textbook(T, (d1, d2), (s1, s2), first) for T, first in games]
    assert payoffs == pytest.approx(np.array(expected, dtype=float).T, rel=0, abs=SHARES)


@pytest.mark.parametrize(("first", "T"), [(1, 180), (2, 180), (1, 179)])
def test_a_distant_deadline_leaves_the_division_of_rubinstein(first, T):
    d1, d2 = Fraction("0.98"), Fraction("0.95")
    values = {"T": T, "d1": d1, "d2": d2, "s1": 1, "s2": 0, "first": first}
    share = the_equilibrium("stahl_rubinstein", values).payoffs["One"]
    limit = (1 - d2) / (1 - d1 * d2) * (1 if first == 1 else d1)
    fading = (d1 * d2) ** (T // 2)
    assert 0 < abs(share - limit) <= fading
    assert float(fading) < 2e-3


@pytest.mark.parametrize(("params", "expected"), table("alternating_offers", "deadline"))
def test_alternating_offers_with_a_deadline(params, expected):
    values = solve_one("stahl_rubinstein", params)
    assert values == near([expected["v1"], expected["v2"]])
    # Without impatience the game of two days has the same values, with few equilibria.
    days = 2 if params["d1"] == params["d2"] == 1 else params["T"]
    equilibrium = the_equilibrium("stahl_rubinstein", params | {"T": days})
    check_alternating(equilibrium, params, expected)
    if "share1_lastperiod" in expected:
        node = "one_proposes" if (params["first"] + days) % 2 == 0 else "two_proposes"
        assert offer_on(equilibrium, node, days - 1) == near(expected["share1_lastperiod"])


def solve_one(name: str, params: dict[str, Any]) -> list[float]:
    """Payoffs at one point by the kernel."""
    values = model(name).point(params)
    cells = model(name).solve_batch([[float(values[key]) for key in model(name).parameters]])
    return [float(number) for number in cells.payoff[:, 0, 0]]


def check_alternating(
    equilibrium: Equilibrium, params: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert equilibrium.payoffs["One"] == near(expected["v1"])
    assert equilibrium.payoffs["Two"] == near(expected["v2"])
    node = "one_proposes" if params["first"] == 1 else "two_proposes"
    assert offer_on(equilibrium, node, 0) == near(expected["offer_share1_t1"])
    if expected.get("agree_t1"):
        assert equilibrium.outcomes["deal"] == 1
        assert equilibrium.expected_day == 0


@pytest.mark.parametrize(
    ("params", "expected"),
    table("alternating_offers", "breakdown") + table("alternating_offers", "inside_options"),
)
def test_breakdown_and_inside_options_move_the_division(params, expected):
    check_alternating(the_equilibrium("alternating_offers", params), params, expected)


@pytest.mark.parametrize(("params", "expected"), table("alternating_offers", "outside_option"))
def test_an_outside_option_counts_only_where_it_is_used(params, expected):
    values = solve_one("alternating_offers", params)
    assert values == near([expected["v1"], expected["v2"]])
    if params["T"] <= 60:
        check_alternating(the_equilibrium("alternating_offers", params), params, expected)


@pytest.mark.parametrize(("params", "expected"), table("alternating_offers", "random_proposer"))
def test_a_random_proposer_divides_by_the_odds_of_proposing(params, expected):
    equilibrium = the_equilibrium("random_proposer", params)
    assert equilibrium.payoffs["One"] == near(expected["v1"])
    assert equilibrium.payoffs["Two"] == near(expected["v2"])
    ones, twos = (offer_on(equilibrium, f"{side}_proposes", 0) for side in ("one", "two"))
    assert ones == near(expected["offer1_if_1_proposes"])
    assert twos == near(expected["share1_if_2_proposes"])


# Ultimatums (Fearon 1995)


def random_ultimatums(number: int) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Points (p, c1, c2) with c1 + c2 > 0, some of which make the offer hit an end."""
    draw = random.Random(20)
    points = []
    while len(points) < number:
        p = Fraction(draw.randrange(0, 1001), 1000)
        c1, c2 = (Fraction(draw.randrange(-500, 1001), 1000) for _ in range(2))
        if c1 + c2 > 0 and 1 - p - c2 <= 1:
            points.append((p, c1, c2))
    return points


@pytest.mark.parametrize(("p", "c1", "c2"), random_ultimatums(40))
def test_the_ultimatum_leaves_the_responder_its_war(p, c1, c2):
    equilibrium = the_equilibrium("fearon_ultimatum", {"p": p, "c1": c1, "c2": c2})
    share = max(Fraction(0), 1 - p - c2)
    assert equilibrium.outcomes == {"deal": 1, "war": 0}
    assert offer_on(equilibrium, "propose", 0) == float(share)
    assert equilibrium.payoffs == {"One": float(1 - share), "Two": float(share)}


@pytest.mark.parametrize(("c1", "c2"), [("-0.2", "0.1"), ("0.1", "-0.3"), ("-0.1", "-0.1")])
def test_sides_that_gain_by_war_together_fight(c1, c2):
    p = Fraction("0.6")
    equilibrium = the_equilibrium("fearon_ultimatum", {"p": p, "c1": c1, "c2": c2})
    assert equilibrium.outcomes["war"] == 1
    assert equilibrium.payoffs["One"] == float(p - Fraction(c1))


@pytest.mark.parametrize(("params", "expected"), table("ultimatum", "complete_information"))
def test_the_bargaining_range_ends_at_the_offer(params, expected):
    equilibrium = the_equilibrium("risk_averse_ultimatum", params)
    assert equilibrium.outcomes[expected["outcome"]] == 1
    assert offer_on(equilibrium, "propose", 0) == near(expected["x"])
    assert equilibrium.payoffs["One"] == near(expected["u1"])
    assert equilibrium.payoffs["Two"] == near(expected["u2"])


@pytest.mark.parametrize("alpha", ["0.4", "1"])
@pytest.mark.parametrize("beta", ["0.3", "0.5", "0.77", "1"])
@pytest.mark.parametrize(("p", "c2"), [("0.7", "0.05"), ("0.35", "0.2"), ("0.1", "0.6")])
def test_a_risk_averse_responder_is_offered_less(alpha, beta, p, c2):
    values = {"p": p, "c1": "0.15", "c2": c2, "alpha": alpha, "beta": beta}
    equilibrium = the_equilibrium("risk_averse_ultimatum", values)
    share = 1 - (1 - float(p) - float(c2)) ** (1 / float(beta))
    assert equilibrium.outcomes["deal"] == 1
    assert offer_on(equilibrium, "propose", 0) == near(share)
    assert equilibrium.payoffs["One"] == near(share ** float(alpha))
    assert equilibrium.payoffs["Two"] == near((1 - share) ** float(beta))
    assert equilibrium.regret <= ROOTS


@pytest.mark.parametrize(("alpha", "beta"), [("1", "0.5"), ("0.4", "0.3"), ("1", "1")])
def test_an_offer_at_the_end_of_its_range_is_the_end_itself(alpha, beta):
    values = {"p": "0.9", "c1": "0.15", "c2": "0.3", "alpha": alpha, "beta": beta}
    equilibrium = the_equilibrium("risk_averse_ultimatum", values)
    assert offer_on(equilibrium, "propose", 0) == 1
    assert equilibrium.payoffs == {"One": 1, "Two": 0}


# Mediation with preconditions

SIDES = ("us", "israel", "iran", "russia")


def mediation_point(params: dict[str, Any]) -> dict[str, Any]:
    """The table's parameters under the names of the model."""
    values = {name: params[name] for name in ("T", "h", "delta", "kU", "pen", "kR")}
    for name in ("S", "C", "gPC", "gPH", "gHC"):
        values |= {f"{name}_{side}": v for side, v in zip(SIDES, params[name], strict=True)}
    assert params["gHH"] == [0, 0, 0, 0]
    return values


def settles_on(equilibrium: Equilibrium, day: int) -> bool:
    """Whether a day that begins with the window open ends in a settlement."""
    pressed = int(played(equilibrium, "washington", day, pressed=0) == "press")
    return (
        played(equilibrium, "jerusalem", day, pressed=pressed) == "halt"
        and played(equilibrium, "tehran", day, pressed=pressed) == "halt"
        and played(equilibrium, "moscow", day, pressed=pressed) == "mediate"
    )


@pytest.mark.parametrize(("params", "expected"), table("mediation", "preconditions"))
def test_mediation_waits_for_the_last_day_unless_the_window_closes_fast(params, expected):
    equilibrium = the_equilibrium("mediation_precondition", mediation_point(params))
    payoffs = [equilibrium.payoffs[name] for name in ("US", "Israel", "Iran", "Russia")]
    assert payoffs == pytest.approx(expected["W1"], rel=0, abs=ROOTS)
    assert equilibrium.outcomes["settlement"] == near(expected["deal_prob"])

    days = range(params["T"])
    settling = [day for day in days if settles_on(equilibrium, day)]
    first = settling[0] + 1 if settling else None
    assert first == expected["first_settlement_period"]
    pressing = [day for day in days if played(equilibrium, "washington", day, pressed=0) == "press"]
    assert len(pressing) == expected["n_press"]
    assert (0 in pressing) == expected["press_t1"]
    assert (days[-1] in pressing) == expected["press_last"]
    # A settlement less likely than a billionth counts as none.
    sure_enough = expected["regime"] != "deadline_deal" or equilibrium.outcomes["settlement"] > 1e-9
    assert equilibrium.regime == (expected["regime"] if sure_enough else "no_deal")


@pytest.mark.parametrize(("h", "regime"), [("0.499", "deadline_deal"), ("0.501", "immediate_deal")])
def test_mediation_is_immediate_from_the_threshold_of_the_hazard_on(h, regime):
    # Israel's gain from a day of fire under pressure, 1.2 - 0.7, over its stake, 1.5 - 0.5.
    assert the_equilibrium("mediation_precondition", {"h": h}).regime == regime


# Power that shifts (Fearon 1995; Powell 2006), ladders, and punishment by an ally


def shifting_point(params: dict[str, Any]) -> dict[str, Any]:
    values = {name: params[name] for name in ("delta", "c_D", "c_R")}
    if "p_path" in params:
        start, end = params["p_path"]
        return values | {"T": 1, "p_start": start, "p_end": end}
    # The table's path of sixty periods: 0.2 + 0.6 / (1 + exp(-(t - 30) / 1.5)).
    return values | {"T": 59, "p_start": 0.2, "p_end": 0.6, "centre": 30, "width": 1.5}


@pytest.mark.parametrize(("params", "expected"), table("shifting_power", "shifting_power"))
def test_a_rapid_shift_of_power_is_fought_over_before_it_comes(params, expected):
    equilibrium = the_equilibrium("shifting_power", shifting_point(params))
    assert equilibrium.payoffs["R"] == near(expected["V_R"])
    assert equilibrium.payoffs["D"] == near(expected["V_D"])
    period = expected["first_war_period"]
    assert equilibrium.outcomes["war"] == (period is not None)
    if period is not None:
        assert equilibrium.expected_day == period - 1
    elif "offers" in expected:
        assert offer_on(equilibrium, "propose", 0) == near(expected["offers"][0])


@pytest.mark.parametrize(("params", "expected"), table("escalation_ladder", "ladder"))
def test_the_ladder_ends_where_backward_induction_says(params, expected):
    values = {name: params[name] for name in ("K", "v", "b")}
    values |= {f"r{k}": r for k, r in enumerate(params["r"])}
    for i, (disaster, war) in enumerate(zip(params["D"], params["w"], strict=True), start=1):
        values |= {f"D{i}": disaster, f"w{i}": war}
    equilibrium = the_equilibrium("escalation_ladder", values)
    assert equilibrium.payoffs["One"] == near(expected["value1"])
    assert equilibrium.payoffs["Two"] == near(expected["value2"])
    assert equilibrium.outcomes["disaster"] == near(expected["p_accident"])
    assert equilibrium.outcomes["war"] == near(expected["p_war_top"])
    actions = [
        "E" if played(equilibrium, ("one", "two")[rung % 2], rung) == "escalate" else "B"
        for rung in range(params["K"])
    ]
    assert "".join(actions) == expected["actions"]


def after_a_refusal(equilibrium: Equilibrium) -> str:
    """What follows when Iran rejects."""
    restrained = played(equilibrium, "patron", 0) == "restrain"
    action = played(equilibrium, "restrained_ally" if restrained else "ally", 0)
    if action == "strike":
        return "IL_strike"
    return "hold_restrained" if restrained else "hold"


@pytest.mark.parametrize(("params", "expected"), table("delegated_punisher", "one_shot"))
def test_a_patron_that_can_restrain_its_ally_has_no_threat(params, expected):
    assert params.pop("own_strike") is None
    equilibrium = the_equilibrium("delegated_punisher", params)
    assert equilibrium.payoffs["US"] == near(expected["u_US"])
    assert equilibrium.payoffs["Israel"] == near(expected["u_Israel"])
    assert equilibrium.payoffs["Iran"] == near(expected["u_Iran"])
    assert after_a_refusal(equilibrium) == expected["threat_after_rejection"]
    assert equilibrium.outcomes["strike"] == (expected["outcome"] == "IL_strike")
    if expected["x"] is not None:
        assert offer_on(equilibrium, "demand", 0) == near(expected["x"])


@pytest.mark.parametrize(("params", "expected"), table("delegated_punisher", "deadline"))
def test_delay_and_the_hazard_of_a_strike_set_the_demand(params, expected):
    equilibrium = the_equilibrium("delegated_punisher_deadline", params)
    assert equilibrium.payoffs["US"] == near(expected["u_US"])
    assert equilibrium.payoffs["Iran"] == near(expected["u_Iran"])
    assert equilibrium.outcomes["deal"] == 1
    assert equilibrium.expected_day == 0
    assert offer_on(equilibrium, "demand", 0) == near(expected["x_t1"])

    decay = params["delta"] * (1 - params["ally_hazard"])
    rest = params["delta"] * params["ally_hazard"] * params["d_Iran"] - params["progress"]
    periods = params["T"] - 1
    if math.isclose(decay, 1):
        demand = params["d_Iran"] + periods * rest
    else:
        fixed_point = rest / (1 - decay)
        demand = fixed_point + decay**periods * (params["d_Iran"] - fixed_point)
    assert offer_on(equilibrium, "demand", 0) == near(demand)
