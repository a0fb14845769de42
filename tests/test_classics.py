"""Textbook games in the model language against the numbers of the textbooks.

The numbers stand in ``tests/cases/classics.json``, the games that are not shipped beside them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction as F
from functools import cache
from pathlib import Path
from typing import Any

import games
import pytest

import gametheory_crisis as gtc
from gametheory_crisis import Choice, Equilibrium, Model, Solution

TESTS = Path(__file__).parent
TABLES = json.loads((TESTS / "cases" / "classics.json").read_text(encoding="utf-8"))


@cache
def model(name: str) -> Model:
    """A model of the tests, or a shipped one."""
    for folder in ("cases", "good_models"):
        file = TESTS / folder / f"{name}.yaml"
        if file.exists():
            return gtc.load(file)
    return gtc.load(name)


def table(part: str) -> Any:
    """Points of a table, as arguments of a test."""
    points = [
        pytest.param(p["params"], p["expected"], id=f"{k}") for k, p in enumerate(TABLES[part])
    ]
    return pytest.mark.parametrize(("params", "expected"), points)


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=0, abs=TABLES["abs_tolerance"])


def choice(found: Equilibrium, node: str, type_: str = "", seen: str = "") -> Choice:
    """The choice of a type at a node, where what it has seen ends in some words."""
    (only,) = (
        each
        for each in found.strategies[node]
        if each.type == type_ and ("; ".join(each.seen or ())).endswith(seen)
    )
    return only


def span(found: Choice, action: str) -> tuple[float, float]:
    """The least and the largest probability of an action in a family of equilibria."""
    share = found.play[action]
    return found.ranges.get(action, (share, share))


def sound(solution: Solution) -> tuple[Equilibrium, ...]:
    """All equilibria, certified in rational arithmetic."""
    assert solution.complete
    assert all(found.exact and found.regret == 0 for found in solution.equilibria)
    return solution.equilibria


# Two sides, two actions, at the same time


@table("chicken")
def test_chicken_has_two_sure_equilibria_and_one_by_chance(params, expected):
    first, second, mixed = sound(model("chicken").solve(params))
    assert [first.outcomes["one_wins"], second.outcomes["two_wins"]] == [1, 1]
    for node in mixed.strategies["collision_course"]:
        assert node.play["yield"] == near(expected["yields"])
    assert mixed.outcomes["collision"] == near(expected["collision"])
    assert mixed.payoffs == near({"One": expected["value"], "Two": expected["value"]})


@table("missiles")
def test_the_missiles_in_cuba_are_a_game_of_chicken(params, expected):
    ours, theirs = ("blockade", "air_strike"), ("withdraw", "maintain")
    results = [
        {
            "when": [ours[i], theirs[j]],
            **games.end(f"{ours[i]}_{theirs[j]}", US=params["A"][i][j], USSR=params["B"][i][j]),
        }
        for i in range(2)
        for j in range(2)
    ]
    node = {"simultaneous": {"US": list(ours), "USSR": list(theirs)}, "results": results}
    crisis = games.build({"players": ["US", "USSR"], "game": {"crisis": node}})
    *pure, mixed = sound(crisis.solve())
    assert [found.regime for found in pure] == ["_".join(each) for each in expected["pure"]]
    assert all(found.outcomes[found.regime] == 1 for found in pure)
    assert list(mixed.payoffs.values()) == near(expected["values"])
    assert [
        c.play[a] for c, a in zip(mixed.strategies["crisis"], (ours[0], theirs[0]), strict=True)
    ] == (near(expected["mixed"]))
    assert mixed.outcomes["air_strike_maintain"] == near(expected["war"])


PARAMETRIC = games.stage(
    "RC", (2, 2), [("x / 2", "x / 2"), ("x", "1 - x"), ("1 - x", "x"), ("(1 - x) / 2",) * 2]
) | {"parameters": {"x": {"value": 0.5, "range": [0, 1]}}}


@pytest.mark.parametrize("x", [F(1, 10), F(1, 3), F(2, 5), F(1, 2), F(2, 3), F(9, 10)], ids=str)
def test_a_game_that_changes_with_its_parameter_has_all_its_equilibria(x):
    inner = {(3 * x - 1, 3 * x - 1), (F(1), F(0)), (F(0), F(1))}
    expected = {(F(1), F(1))} if x > F(2, 3) else inner if x >= F(1, 3) else {(F(0), F(0))}
    solution = games.build(PARAMETRIC).solve(x=x, exact=True)
    found = [
        tuple(played(c, f"{c.player.lower()}0") for c in each.strategies["stage"])
        for each in sound(solution)
    ]
    assert set(found) == expected
    assert len(found) == len(expected)


def played(found: Choice, action: str) -> F:
    """The exact probability of an action."""
    return F(found.play[action]) if found.exact_play is None else found.exact_play[action]


@table("attrition")
def test_attrition_settles_early_by_chance_and_late_in_a_rush(params, expected):
    found = model("attrition").solve(params, select="mixed").equilibria[0]
    days = params["T"]
    for each in found.strategies["contest"]:
        quits = expected["q_T"] if each.day == days - 1 else expected["q"]
        assert each.play["quit"] == near(quits)
    assert found.outcomes["strike"] == near(expected["p_strike"])
    late = found.ends["settled"][days - 1]
    assert late == near(expected["p_concession_at_deadline"])
    assert late + found.outcomes["strike"] == near(expected["p_reach_deadline"])
    assert found.outcomes["settled"] - late == near(expected["p_settle_before"])
    assert found.payoffs == near({"One": expected["value"], "Two": expected["value"]})


# Hidden moves


@table("horse")
def test_seltens_horse_has_two_components_and_one_of_them_is_sensible(params, expected):
    horse = model("selten_horse")
    for found, component in zip(
        sound(horse.solve(params, method="nash")), expected["components"], strict=True
    ):
        assert list(found.payoffs.values()) == component["payoffs"]
        assert choice(found, "one").play["pass"] == component["pass"]
        assert span(choice(found, "two"), "keep_quiet") == near(tuple(component["keep_quiet"]))
        assert span(choice(found, "three"), "act") == near(tuple(component["act"]))
    quiet = expected["components"][1]["payoffs"]
    for method in (None, "sequential"):
        (only,) = horse.solve(params, method=method).equilibria
        assert list(only.payoffs.values()) == quiet
        assert (only.regret, only.exact) == (0, True)


@table("poker")
def test_poker_with_three_cards_has_its_value_and_a_line_of_ways_to_play_it(params, expected):
    low, high = sound(model("three_card_poker").solve(params, method="nash"))
    for found, alpha in zip((low, high), expected["alpha_range"], strict=True):
        assert found.payoffs == near({"One": expected["value1"], "Two": -expected["value1"]})
        for card, bets in (("jack", alpha), ("queen", 0), ("king", 3 * alpha)):
            assert choice(found, "first", card).play["bet"] == near(bets)
        assert choice(found, "last", "jack").play["call"] == 0
        assert choice(found, "last", "queen").play["call"] == near(alpha + 1 / 3)
        for card, bluffs, calls in (("jack", 1 / 3, 0), ("queen", 0, 1 / 3), ("king", 1, 1)):
            assert choice(found, "after_check", card).play["bet"] == near(bluffs)
            assert choice(found, "after_bet", card).play["call"] == near(calls)


@table("chain_store")
def test_a_chain_store_earns_a_reputation(params, expected):
    found = model("chain_store").solve(params, method="sequential").equilibria[0]
    assert found.regret == 0
    fought = ""
    for stage in expected["path"]:
        entrant = f"E{stage['n']}"
        node = f"enter{stage['n']}"
        assert choice(found, node, seen=fought).play["in"] == near(stage["enter"])
        (held,) = (b for b in found.beliefs[node] if "; ".join(b.seen).endswith(fought))
        assert float(held.belief[0][1]) == near(stage["belief"])
        entered = f"{fought}; {entrant}: in" if fought else f"{entrant}: in"
        reply = choice(found, f"reply{stage['n']}", "weak", seen=entered)
        assert reply.play["fight"] == near(stage["weak_fight"])
        fought = f"{entered}; Incumbent: fight"
    # The strong fight every entry. Entry 3 is certain; of the last two each fails with one chance,
    # and after a failure of the first, which teaches the last nothing, the last is certain.
    eps, out = params["eps"], 1 - expected["path"][1]["enter"]
    strong = params["a"] * (out + (1 - out) * out)
    assert found.payoffs["Incumbent"] == near(eps * strong + (1 - eps) * expected["weak_value"])


# Private types


@table("beer_quiche")
def test_beer_and_quiche_pool_on_either_breakfast(params, expected):
    solution = model("beer_quiche").solve(params)
    assert len(sound(solution)) == expected["n_outcomes"]
    for found, breakfast, other in zip(
        solution.equilibria, ("quiche", "beer"), ("beer", "quiche"), strict=True
    ):
        numbers = expected[f"pooling_{breakfast}"]
        for type_, row in (("strong", "s_beer"), ("weak", "w_beer")):
            assert choice(found, "breakfast", type_).play["beer"] == numbers[row]
        assert choice(found, f"after_{breakfast}").play["challenge"] == 0
        left_alone = span(choice(found, f"after_{other}"), "leave")
        duel = numbers[f"duel_{other}_range"]
        assert (1 - left_alone[1], 1 - left_alone[0]) == near(tuple(duel))
        strong, weak = numbers["payoff_strong"], numbers["payoff_weak"]
        p = params["p"]
        assert found.payoffs["Newcomer"] == near(p * strong + (1 - p) * weak)
        assert found.payoffs["Bully"] == near(numbers["receiver"])


@table("beer_quiche")
@pytest.mark.parametrize("criterion", ["intuitive", "d1", "divinity"])
def test_refinements_take_a_surprising_beer_for_strength(params, expected, criterion):
    solution = model("beer_quiche").solve(params, refine=criterion)
    assert [found.regime for found in solution.equilibria] == ["all_beer"]
    (removed,) = solution.refined_away
    assert removed.regime == "all_quiche"
    assert "beer" in removed.refined_away
    assert "strong" in removed.refined_away
    assert expected["pooling_beer"]["intuitive"]
    assert not expected["pooling_quiche"]["intuitive"]


@table("rudimentary")
def test_a_defender_likely_to_be_hard_deters(params, expected):
    (found,) = sound(model("rudimentary_deterrence").solve(params))
    assert choice(found, "challenge").play["attack"] == expected["x"]
    for type_, row in (("hard", "yH"), ("soft", "yS")):
        assert choice(found, "answer", type_).play["resist"] == expected[row]
    assert found.payoffs["A"] == near(expected["u_A"])
    deterred = params["p_B"] > expected["threshold"]
    assert deterred == (expected["regime"] == "deterrence")
    assert found.outcomes["status_quo"] == deterred


def deterrence_point(params: Mapping[str, Any]) -> dict[str, float]:
    """The table's parameters under the names of the model."""
    ours = ("quo", "wins", "back", "hard", "soft")
    theirs = ("quo", "loses", "prevails", "hard", "soft")
    rows = ("SQ", "DC", "CD", "DDH", "DDS")
    return (
        {f"challenger_{name}": params["A"][row] for name, row in zip(ours, rows, strict=True)}
        | {f"defender_{name}": params["B"][row] for name, row in zip(theirs, rows, strict=True)}
        | {"p_challenger": params["p_A"], "p_defender": params["p_B"]}
    )


@table("unilateral")
def test_unilateral_deterrence_always_has_a_second_story(params, expected):
    solution = model("zagare_kilgour_unilateral").solve(deterrence_point(params))
    found = {each.regime: each for each in sound(solution)}
    names = {"steadfast_deterrence": "deterrence"}
    classes = {names.get(row["cls"], row["cls"]): row for row in expected["equilibria"]}
    assert set(found) == set(classes)
    outcomes = {"status_quo": "p_SQ", "concession": "p_DC", "retreat": "p_CD", "conflict": "p_DD"}
    for name, row in classes.items():
        each = found[name]
        assert each.outcomes == near({outcome: row[key] for outcome, key in outcomes.items()})
        for type_, x, y in (("hard", "xH", "yH"), ("soft", "xS", "yS")):
            assert choice(each, "demand", type_).play["challenge"] == near(row[x])
            if y in row:
                assert choice(each, "answer", type_).play["resist"] == near(row[y])
    steadfast, row = found["deterrence"], classes["deterrence"]
    resists = span(choice(steadfast, "answer", "soft"), "resist")
    assert resists == near((row["yS_min"], 1))
    (held,) = (b for b in steadfast.beliefs["answer"] if b.type == "soft")
    hard = [k for k, (history, _) in enumerate(held.belief) if "Challenger: hard" in history]
    assert max(vertex[k] for vertex in held.supporting for k in hard) == (
        near(row["offpath_belief_max"])
    )


@table("mediator")
def test_a_mediator_is_believed_if_biased_within_bounds(params, expected):
    renamed = {"acc" if name == "accuracy" else name: value for name, value in params.items()}
    found = sound(model("kydd_mediator").solve(renamed))
    believed = [each for each in found if each.regime == "believed"]
    (ignored,) = (each for each in found if each.regime != "believed")
    assert len(believed) == (2 if expected["truthful_equilibrium"] else 0)
    assert ignored.outcomes["war"] == near(expected["p_war_babbling"])
    assert ignored.payoffs["One"] == near(expected["u1_babbling"])
    best = max(found, key=lambda each: each.payoffs["One"])
    assert best.outcomes["war"] == near(expected["p_war_best_eq"])
    assert best.payoffs["One"] == near(expected["u1_best_eq"])


@table("detection")
def test_a_programme_is_a_gamble_unless_it_is_often_detected(params, expected):
    (found,) = sound(model("noisy_signal").solve(params))
    assert choice(found, "invest").play["invest"] == near(expected["i"])
    assert choice(found, "choose", seen="nothing").play["strike"] == near(expected["sigma"])
    outcomes = found.outcomes
    assert outcomes["war"] + outcomes["mistaken_war"] == near(expected["p_war"])
    assert outcomes["mistaken_war"] == near(expected["p_mistaken_war"])
    assert outcomes["shift"] == near(expected["p_shift"])
    assert found.payoffs == near({"D": expected["U_D"], "T": expected["U_T"]})
    if expected["regime"] == "mixed":
        assert choice(found, "choose", seen="signal").play["strike"] == 1
        (held,) = (b for b in found.beliefs["choose"] if "nothing" in b.seen[-1])
        clean = sum(float(share) for history, share in held.belief if "refrain" in history)
        assert 1 - clean == near(expected["mu_star"])
