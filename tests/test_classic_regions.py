"""The shipped classics anywhere in their ranges: which equilibria there are, worked out by hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction as F
from functools import cache

import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis import Equilibrium, Model
from gametheory_crisis.sweeps.sweep import run_sweep

Point = dict[str, F]


@cache
def model(name: str) -> Model:
    return gtc.load(name)


def points(name: str, number: int) -> Iterator[Point]:
    """Seeded points in a model's ranges, as rationals that hardly ever tie."""
    draw = random.Random(name)
    for _ in range(number):
        point = {}
        for key, parameter in model(name).graph.parameters.items():
            low, high = parameter.range
            point[key] = low + (high - low) * F(draw.randrange(1, 997), 997)
        yield point


def equilibria(name: str, point: Point) -> tuple[Equilibrium, ...]:
    """All equilibria at a point, certified in rational arithmetic."""
    solution = model(name).solve(point, exact=True)
    assert solution.complete, point
    assert all(found.regret == 0 for found in solution.equilibria)
    return solution.equilibria


def regimes(name: str, point: Point) -> Counter[str]:
    """How many equilibria each regime has at a point."""
    return Counter(found.regime for found in equilibria(name, point))


# What the four numbers of a symmetric game of two actions are called: both take the first, one
# takes the second against it, one keeps to the first against it, both take the second.
SYMMETRIC = {
    "prisoners_dilemma": ("reward", "temptation", "sucker", "punishment"),
    "chicken": ("draw", "win", "lose", "crash"),
    "stag_hunt": ("stag", "hare + spoil", "empty", "hare"),
}
FIRST = {"prisoners_dilemma": "hold_back", "chicken": "yield", "stag_hunt": "stag"}


@pytest.mark.parametrize("name", SYMMETRIC)
def test_two_numbers_decide_the_equilibria_of_a_symmetric_game(name):
    seen = set()
    for point in points(name, 60):
        both, alone, left, neither = (
            sum(point[part] for part in term.split(" + ")) for term in SYMMETRIC[name]
        )
        gain, rescue = alone - both, left - neither
        seen.add((gain > 0, rescue > 0))
        mixed = rescue / (gain + rescue) if gain + rescue else F(0)
        expected = {
            (True, False): {(0, 0)},
            (False, True): {(1, 1)},
            (True, True): {(0, 1), (1, 0), (mixed, mixed)},
            (False, False): {(0, 0), (1, 1), (mixed, mixed)},
        }[gain > 0, rescue > 0]
        found = [
            tuple(
                F(c.play[FIRST[name]]) if c.exact_play is None else c.exact_play[FIRST[name]]
                for c in each.strategies[model(name).graph.start]
            )
            for each in equilibria(name, point)
        ]
        assert set(found) == expected, point
        assert len(found) == len(expected)
    assert len(seen) >= 3


def test_a_raid_is_a_gamble_unless_the_guard_makes_no_difference():
    for point in points("matching_pennies", 60):
        capital, port, leak = (point[name] for name in ("capital", "port", "leak"))
        (found,) = equilibria("matching_pennies", point)
        if leak * capital > port:
            assert found.outcomes["met_at_capital"] == 1
        elif leak * port > capital:
            assert found.outcomes["met_at_port"] == 1
        else:
            assert found.regime == "guessing"
            value = (1 + leak) * capital * port / (capital + port)
            assert found.exact_payoffs == {"Attacker": value, "Defender": -value}


def breakfasts(point: Point) -> Counter[str]:
    """Which equilibria a breakfast has: each candidate's conditions, one by one."""
    enough = point["p"] > point["prey"] / (point["prey"] + point["caution"])
    dear = point["taste_weak"] > point["peace"]
    return Counter(
        {
            "all_quiche": int(enough and point["taste_strong"] < point["peace"]),
            "all_beer": int(enough and not dear),
            "telling": int(dear or not enough),
        }
    )


def test_breakfast_tells_something_if_the_weak_abound_or_their_taste_is_strong():
    seen = set()
    for point in points("beer_quiche", 60):
        expected = +breakfasts(point)
        assert regimes("beer_quiche", point) == expected, point
        seen.add(frozenset(expected))
    assert len(seen) == 4


def test_a_sweep_of_breakfasts_marks_every_regime_of_a_cell():
    axes = {"p": [0.2, 0.4, 0.6, 0.9], "taste_strong": [0.5, 1.5, 2.5]}
    swept = run_sweep(model("beer_quiche"), axes)
    for place in np.ndindex(swept.shape):
        point = {
            name: F(str(values[k])) for (name, values), k in zip(axes.items(), place, strict=True)
        }
        expected = +breakfasts(model("beer_quiche").point(point))
        mask = int(swept.regimes_mask[place])
        assert {name for k, name in enumerate(swept.regimes) if mask >> k & 1} == set(expected)
        assert swept.equilibria[place] == expected.total()
        assert swept.status[place] == (1 if len(expected) == 1 else 3)


def test_the_intuitive_criterion_removes_quiche_wherever_it_is_an_equilibrium():
    removed = 0
    for point in points("beer_quiche", 60):
        if breakfasts(point)["all_quiche"]:
            solution = model("beer_quiche").solve(point, refine="intuitive")
            assert [found.regime for found in solution.refined_away] == ["all_quiche"]
            removed += 1
    assert removed >= 5


def test_the_horse_has_a_second_sensible_story_if_ones_own_alarm_is_worth_more():
    for point in points("selten_horse", 8):
        found = model("selten_horse").solve(point).equilibria
        expected = ["calm"] if point["relief"] < point["prize"] else ["rescue", "calm"]
        assert [each.regime for each in found] == expected
        assert all(each.regret == 0 for each in found)


def test_the_horses_nash_equilibria_allow_what_nobody_is_asked_for():
    for point in points("selten_horse", 8):
        quiet, relief, prize = (point[name] for name in ("quiet", "relief", "prize"))
        solution = model("selten_horse").solve(point, method="nash")
        assert solution.complete
        rescue, calm = solution.equilibria
        (three,) = calm.strategies["three"]
        assert three.ranges["act"] == pytest.approx((0, quiet / max(prize, relief)), abs=1e-12)
        (two,) = rescue.strategies["two"]
        most = min(1, (relief - quiet) / (prize - quiet))
        assert two.ranges["alarm"] == pytest.approx((0, most), abs=1e-12)


def believed(point: Point) -> bool:
    """Whether the mediator's word can change One's mind, and it means what it says."""
    q, acc, s, cM, cL, cH = (point[name] for name in ("q", "acc", "s", "cM", "cL", "cH"))
    high = q * acc / (q * acc + (1 - q) * (1 - acc))
    low = q * (1 - acc) / (q * (1 - acc) + (1 - q) * acc)
    bold = (cL + point["c1"]) / (cH + point["c1"])

    def likes_bold(chance: F) -> bool:
        return s * (chance * cH - cL) > (1 - chance) * cM

    return low < bold < high and likes_bold(high) and not likes_bold(low)


def test_a_mediator_is_believed_where_its_word_matters_and_its_bias_is_within_bounds():
    count = Counter[bool]()
    for point in points("kydd_mediator", 60):
        bold = point["q"] * (point["cH"] + point["c1"]) > point["cL"] + point["c1"]
        expected = Counter({"bold_anyway" if bold else "modest_anyway": 1})
        if believed(point):
            expected["believed"] = 2  # the words may change their meanings
        assert regimes("kydd_mediator", point) == expected, point
        count[believed(point)] += 1
    assert min(count.values()) >= 10


def stories(point: Point) -> set[str]:
    """The equilibria of unilateral deterrence by the odds of hard sides."""
    wins, quo = point["challenger_wins"], point["challenger_quo"]
    deters_hard = (wins - quo) / (wins - point["challenger_hard"])
    deters_soft = (wins - quo) / (wins - point["challenger_back"])
    prevails = point["defender_prevails"]
    credible = (prevails - point["defender_loses"]) / (prevails - point["defender_soft"])
    if point["p_defender"] > deters_hard:
        return {"deterrence"}
    if point["p_defender"] > deters_soft:
        return {"deterrence", "separating"}
    return {"deterrence", "attack" if point["p_challenger"] > credible else "bluff"}


def test_deterrence_is_certain_or_has_one_rival_which_depends_on_the_odds():
    seen = set()
    for point in points("zagare_kilgour_unilateral", 60):
        expected = stories(point)
        assert regimes("zagare_kilgour_unilateral", point) == Counter(expected), point
        seen |= expected
    assert seen == {"deterrence", "separating", "attack", "bluff"}


def test_bluffs_depend_on_the_price_of_backing_down_and_on_who_is_behind_them():
    seen = set()
    for point in points("crisis_signalling", 60):
        believes = (1 + point["shame"]) / (1 - point["soft_war"])
        if point["r"] * (1 + point["audience"]) > 1:
            expected = "no_bluff"
        else:
            expected = "all_bluff" if point["q"] > believes else "some_bluff"
        (found,) = equilibria("crisis_signalling", point)
        assert found.regime == expected, point
        seen.add(expected)
    assert seen == {"no_bluff", "all_bluff", "some_bluff"}


def test_the_price_of_backing_down_is_paid_most_often_where_bluffs_begin_to_be_doubted():
    q, believes = F(1, 4), F(6, 10)
    paid = {}
    for audience in (F(1, 10), F(1, 2), F(1), F(3, 2), F(2), F(5, 2), F(3)):
        (found,) = equilibria("crisis_signalling", {"q": q, "audience": audience})
        called = 1 / (1 + audience)
        bluffs = q * (1 - believes) / believes if called > F(3, 10) else 0
        paid[audience] = audience * F(bluffs) * called
        assert found.outcomes["retreat"] == pytest.approx(float(bluffs * called), abs=1e-12)
    most = max(paid, key=lambda audience: paid[audience])
    assert 0 < paid[min(paid)] < paid[most]
    assert paid[max(paid)] == 0
