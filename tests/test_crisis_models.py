"""What the crisis models with hidden information imply, at points drawn at random.

Every expectation here is derived by hand from the players' indifferences, on paper, and is computed
apart from the engine.  The points are rational, and none of them lies on an edge between two cases.
"""

from __future__ import annotations

import random
from fractions import Fraction as F
from functools import cache

import pytest

import gametheory_crisis as gtc
from gametheory_crisis import Model
from gametheory_crisis.results import Equilibrium, Solution

NAMES = (
    "audience_costs",
    "biased_mediator",
    "deceptive_diplomacy",
    "fog_of_war",
    "outside_powers",
    "preventive_strike",
)
CLOSE = 1e-9
Point = dict[str, F]


@cache
def model(name: str) -> Model:
    return gtc.load(name)


@cache
def solution(name: str, **values: F) -> Solution:
    return model(name).solve(values)


def regimes(solved: Solution) -> set[str]:
    return {equilibrium.regime for equilibrium in solved.equilibria}


def the_only(solved: Solution) -> Equilibrium:
    assert solved.complete
    (equilibrium,) = solved.equilibria
    return equilibrium


def points(number: int, **ends: tuple[str, str]) -> list[Point]:
    """Seeded points with coordinates in thousandths of the way between two ends."""
    draw = random.Random(repr(ends))

    def between(low: str, high: str) -> F:
        return F(low) + (F(high) - F(low)) * F(draw.randrange(1, 1000), 1000)

    return [{name: between(*pair) for name, pair in ends.items()} for _ in range(number)]


@pytest.mark.parametrize("name", NAMES)
def test_all_equilibria_are_found_and_certified_exactly(name):
    solved = solution(name)
    assert solved.complete
    assert solved.method == "tree"
    assert all(e.exact and e.regret == 0 for e in solved.equilibria)


def inspection(s: F, f: F, attack: F, k: F) -> dict[str, F]:
    """Outcomes of ``preventive_strike`` where its other parameters are at their values."""
    loss, prize, doubt = F(4, 10), F(11, 10), (1 - attack) / F(6, 10)
    slips = (1 - s) * prize - (1 - f) * loss
    if prize - loss < k:
        builds, alarmed, calm = F(0), F(0), F(0)
    elif slips > k:
        builds = doubt * (1 - f) / (doubt * (1 - f) + (1 - doubt) * (1 - s))
        alarmed, calm = F(1), 1 - k / slips
    else:
        builds = doubt * f / (doubt * f + (1 - doubt) * s)
        alarmed, calm = (prize - loss - k) / (s * prize - f * loss), F(0)
    hit, mistake = s * alarmed + (1 - s) * calm, f * alarmed + (1 - f) * calm
    return {
        "strike": builds * hit,
        "bomb_built": builds * (1 - hit),
        "mistaken_strike": (1 - builds) * mistake,
        "peace": (1 - builds) * (1 - mistake),
    }


@pytest.mark.parametrize(
    "point",
    [
        *points(15, s=("0.3", "0.95"), f=("0", "0.2"), attack=("0.45", "0.95"), k=("0", "0.8")),
        *points(5, s=("0", "1"), f=("0", "0"), attack=("0.45", "0.95"), k=("0", "0.8")),
    ],
)
def test_inspection_has_one_equilibrium_in_closed_form(point):
    found = the_only(solution("preventive_strike", **point))
    assert found.outcomes == pytest.approx(inspection(**point), abs=CLOSE)


@pytest.mark.parametrize(
    ("s", "attack", "builds", "war", "mistaken"),
    [
        ("0.3", "0.7", 0.5882352941176472, 0.7774244833068361, 0.3004769475357709),
        ("0.5", "0.7", 0.6666666666666669, 0.5555555555555554, 0.11111111111111091),
        ("0.6", "0.7", 0, 0, 0),
        ("0.3", "0.5", 0.8771929824561404, 0.8008534850640112, 0.08961593172119482),
    ],
)
def test_without_false_alarms_inspection_is_the_model_of_debs_and_monteiro(
    s, attack, builds, war, mistaken
):
    ends = the_only(solution("preventive_strike", s=F(s), attack=F(attack), f=F(0))).outcomes
    assert ends["strike"] + ends["bomb_built"] == pytest.approx(builds, abs=1e-8)
    assert ends["strike"] + ends["mistaken_strike"] == pytest.approx(war, abs=1e-8)
    assert ends["mistaken_strike"] == pytest.approx(mistaken, abs=1e-8)


def test_mistaken_strikes_are_rarer_the_costlier_a_strike_and_the_better_the_sight():
    def mistaken(**values: F) -> float:
        return the_only(solution("preventive_strike", **values)).outcomes["mistaken_strike"]

    by_attack = [mistaken(attack=F(n, 10)) for n in (5, 6, 7, 8, 9)]
    by_sight = [mistaken(s=F(n, 20)) for n in (4, 6, 8, 10, 11)]
    assert by_attack == sorted(by_attack)
    assert by_sight == sorted(by_sight, reverse=True)
    assert min(mistaken(s=F(n, 20)) for n in (12, 15, 19)) > 0


def threats(hawks: F, doves: F, q: F, s: F) -> set[str]:
    """Regimes of ``audience_costs`` with a resolute leader at 0.3 and a wavering one at -0.4."""
    resolute, wavering = F(3, 10) - doves, F(-4, 10) - doves
    if resolute < -hawks:
        return {"silence"}
    after = [1 - s + s * max(war, -hawks) for war in (resolute, wavering)]
    if wavering > -hawks:
        return {"trap" if min(after) > 0 else "candour" if max(after) > 0 else "silence"}
    found = {"silence"} if resolute < 0 else set()
    if after[0] > 0:
        found.add("bluff" if after[1] > 0 else "candour")
    return found


@pytest.mark.parametrize(
    "point",
    points(40, hawks=("0", "1.6"), doves=("0", "1.2"), q=("0.05", "0.9"), s=("0.2", "0.8")),
)
def test_threats_follow_from_the_two_prices(point):
    solved = solution("audience_costs", **point)
    assert solved.complete
    assert regimes(solved) == threats(**point)


def test_a_dearer_climb_down_makes_war_rarer_until_it_springs_the_trap():
    prices = [F(n, 20) for n in range(1, 12)]
    war = [the_only(solution("audience_costs", hawks=x)).outcomes["war"] for x in prices]
    assert war == pytest.approx([0.3 / (1 + float(x)) for x in prices])
    trapped = the_only(solution("audience_costs", hawks=F(13, 20)))
    assert trapped.outcomes["war"] == 0.5


def talks(q: F, w: F, v: F, k: F) -> set[str]:
    """Regimes of ``deceptive_diplomacy`` where attacks are worth 1 and 0.4 and trust is 8/15."""
    surprise, prepared = F(1), F(4, 10)
    fooled = max(surprise - w, v) - k
    foiled = max(prepared - w, F(0)) - k
    if q < F(8, 15):
        found = {"distrust"} if surprise - w > v else set()
        if fooled < prepared:
            found.add("proof")
        elif (prepared - foiled) / (fooled - foiled) * v > k:
            found.add("deception")
        return found
    found = {"blind_trust"}
    if fooled < prepared:
        found.add("proof")
    if fooled < prepared + (1 - k / v) * (surprise - prepared):
        found.add("deception")
    return found


@pytest.mark.parametrize(
    "point",
    points(40, q=("0.05", "0.95"), w=("0", "1"), v=("0.25", "0.45"), k=("0.06", "0.24")),
)
def test_a_pull_back_is_proof_where_a_deceiver_cannot_afford_it(point):
    solved = solution("deceptive_diplomacy", **point)
    assert solved.complete
    assert regimes(solved) == talks(**point)


def test_distrust_rests_on_beliefs_that_refinements_rule_out():
    """No deceiver gains by a proof, and an imitation tempts the sincere sooner than deceivers."""
    assert regimes(solution("deceptive_diplomacy", w=F(1, 2))) == {"distrust", "proof"}
    assert regimes(solution("deceptive_diplomacy", w=F(3, 10))) == {"distrust", "deception"}
    talking = model("deceptive_diplomacy")
    assert regimes(talking.solve(w=F(1, 2), refine="intuitive")) == {"proof"}
    assert regimes(talking.solve(w=F(3, 10), refine="intuitive")) == {"distrust", "deception"}
    assert regimes(talking.solve(w=F(3, 10), refine="d1")) == {"deception"}
    half_hearted = talking.solve(w=F(1, 10), refine="d1")
    assert regimes(half_hearted) == {"distrust"}


def helps(q: F, t: F, k: F, c: F) -> list[str]:
    """Regimes of ``outside_powers`` where the US is not in awe of arms alone (q < 0.25).

    Besides the gamble on arms there is what a devoted Russia does if arms are taken for a pose.
    """
    stops = (k - F(8, 100)) / F(32, 100)
    by_arms, by_forces, by_nothing = -k - (1 - stops) * c, -t, -c
    found = ["shield" if by_forces > by_nothing else "gamble"]
    if by_arms > max(by_forces, by_nothing):
        found.append("gamble")
    return sorted(found)


@pytest.mark.parametrize(
    "point", points(25, q=("0.02", "0.24"), t=("0.1", "1.4"), k=("0.1", "0.38"), c=("0.5", "1.15"))
)
def test_a_friend_in_whom_few_believe_sends_its_forces_or_gambles(point):
    solved = solution("outside_powers", **point)
    assert solved.complete
    assert sorted(e.regime for e in solved.equilibria) == helps(**point)


def test_an_untried_belief_that_arms_are_a_pose_is_ruled_out_by_d1():
    helping = model("outside_powers")
    for price in (F(9, 10), F(6, 5)):
        assert len(helping.solve(t=price).equilibria) == 2
        kept = the_only(helping.solve(t=price, refine="d1"))
        assert kept.outcomes["spared_by_arms"] > 0


def test_dearer_arms_are_tested_less_and_risk_war_less():
    def war(price: F) -> float:
        kept = the_only(model("outside_powers").solve(t=F(6, 5), k=price, refine="d1"))
        return kept.outcomes["great_war"]

    risks = [war(F(n, 100)) for n in (15, 20, 25, 30, 35)]
    assert risks == sorted(risks, reverse=True)


def word(q: F, lean: F, acc: F) -> tuple[str, F]:
    """Regime of ``biased_mediator``, and what the US gets, where it would press by itself."""
    bar = F(5, 14)
    odds = q * (1 - bar) / (bar * (1 - q))
    if lean * (acc - odds * (1 - acc)) > odds * acc - (1 - acc):
        return "tested", 1 - q * F(14, 10)
    eager = q * (1 - acc) * (1 - lean)
    safe = (1 - q) * acc * (1 - lean)
    return "believed", F(1, 2) + safe / 2 - eager * F(9, 10)


@pytest.mark.parametrize(
    "point", points(20, q=("0.17", "0.35"), lean=("0.02", "0.98"), acc=("0.85", "0.99"))
)
def test_a_mediator_is_believed_if_it_lies_no_more_often_than_is_bearable(point):
    found = the_only(solution("biased_mediator", **point))
    regime, us = word(**point)
    assert found.regime == regime
    assert found.payoffs["US"] == pytest.approx(us, abs=CLOSE)


def shown(p: F, e: F, r: F) -> tuple[str, F]:
    """Regime of ``fog_of_war``, and how likely something is shown, if 0.2 < p < 0.5."""
    k, b, strong, crippled, odds = F(15, 100), F(1), F(5, 2), F(1, 2), F(1, 4)
    if e < (b - k) / (b + strong):
        return "strength", p
    if e < (b - k) / (b + (1 - r) * strong):
        return "strength", p - (1 - p) * odds
    if e < k / (r * crippled):
        return "fog", F(0)
    return "wounds", 1 - 2 * p


@pytest.mark.parametrize(
    "point", points(25, p=("0.21", "0.49"), e=("0.05", "0.75"), r=("0.2", "0.6"))
)
def test_what_is_shown_depends_on_which_audience_is_likelier_to_act(point):
    found = the_only(solution("fog_of_war", **point))
    regime, chance = shown(**point)
    assert found.regime == regime
    seen = found.outcomes["strength_shown"] + found.outcomes["wounds_shown"]
    assert seen == pytest.approx(chance, abs=CLOSE)
