"""What the shipped models without a deadline imply, against closed forms derived by hand.

Nothing here uses the engine's own arithmetic.  Points are rational; where a law has a bound, it is
tried at the bound, which belongs to restraint, and a billionth to the other side of it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from fractions import Fraction as F
from functools import cache

import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis import Model
from gametheory_crisis.results import Equilibrium

NAMES = (
    "escalation_ladder",
    "powell_shifting_power",
    "schelling_brinkmanship",
    "tit_for_tat_containment",
    "war_of_attrition",
)
CLOSE = 1e-10
CERTIFIED = (1, 2, 3)
"""Statuses of a cell with an equilibrium that was tested for regret."""
Point = dict[str, F]


@cache
def model(name: str) -> Model:
    return gtc.load(name)


def selected(name: str, select: str | None = None, **values: F | float) -> Equilibrium:
    (equilibrium,) = model(name).solve(values, select=select).equilibria
    return equilibrium


def points(number: int, **ends: tuple[str, str]) -> list[Point]:
    """Seeded points with coordinates in thousandths of the way between two ends."""
    draw = random.Random(repr(ends))

    def between(low: str, high: str) -> F:
        return F(low) + (F(high) - F(low)) * F(draw.randrange(1, 1000), 1000)

    return [{name: between(*pair) for name, pair in ends.items()} for _ in range(number)]


def quits(equilibrium: Equilibrium, node: str) -> list[float]:
    """How likely each player is to quit on a day."""
    return [float(choice.play["quit"]) for choice in equilibrium.strategies[node]]


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_of_the_default_map_is_certified(name):
    axes = {
        axis.parameter: np.linspace(float(axis.low), float(axis.high), 6)
        for axis in model(name).graph.map_axes
    }
    assert np.isin(gtc.run_sweep(model(name), axes).status, CERTIFIED).all()


@pytest.mark.parametrize(
    ("name", "node"), [("war_of_attrition", "contest"), ("schelling_brinkmanship", "brink")]
)
def test_a_contest_has_two_equilibria_without_doubt_and_one_with(name, node):
    found = model(name).solve(select="all")
    shares = [quits(equilibrium, node) for equilibrium in found.equilibria]
    assert sorted(each for each in shares if set(each) <= {0, 1}) == [[0, 1], [1, 0]]
    (doubtful,) = (each for each in shares if not set(each) <= {0, 1})
    assert all(0 < share < 1 for share in doubtful)


# The escalation ladder, at the file's values but for risk and resolve


def wait(prize: F, risk: F, rung: int) -> F:
    """What a day on a rung is worth before a rival gives way, without the day's pain."""
    return F("0.99") * ((1 - rung * risk) * prize - rung * risk * 60 * F(rung, 4))


def who_prevails(risk: F, resolve: F) -> str:
    """The regime, from what each side could bear on the first two rungs."""
    stake, effort, pain, face = F(1), F("0.05"), F("0.02"), F("0.5")
    prizes = {"us_prevails": stake, "iran_prevails": resolve}
    climbs = {side: wait(prize, risk, 1) > effort for side, prize in prizes.items()}
    holds = {side: wait(prize, risk, 1) > pain - face for side, prize in prizes.items()}
    outdone = wait(stake, risk, 2) > pain + effort - face
    watchful = [side for side in prizes if holds[side] and not climbs[side]]
    if (watchful and not outdone) or not any(holds.values()):
        return "forever"
    return max((side for side in prizes if climbs[side]), key=prizes.__getitem__)


def test_who_prevails_on_the_ladder_follows_from_the_first_two_rungs():
    seen = set()
    for point in points(60, risk=("0.0005", "0.1"), resolve=("0.02", "2")):
        if abs(point["resolve"] - 1) < F(1, 20):
            continue  # the prizes are nearly equal: moving first counts too
        regime = who_prevails(**point)
        assert selected("escalation_ladder", **point).regime == regime, point
        seen.add(regime)
    assert seen == {"forever", "us_prevails", "iran_prevails"}


@pytest.mark.parametrize("ruin", [F(40), F(70), F(100)])
def test_restraint_begins_at_the_risk_at_which_climbing_ceases_to_pay(ruin):
    bound = (1 - F("0.05") / F("0.99")) / (1 + ruin / 4)
    near = F(1, 10**9)
    low = selected("escalation_ladder", ruin=ruin, resolve=F(1, 50), risk=bound - near)
    high = selected("escalation_ladder", ruin=ruin, resolve=F(1, 50), risk=bound + near)
    assert (low.regime, high.regime) == ("us_prevails", "forever")
    assert low.payoffs["US"] == pytest.approx(0, abs=1e-7)


# Tit-for-tat containment


def restraint_bound(gain: F, cost: F, accident: F, forgive: F) -> F:
    """The least weight of tomorrow at which restraint sustains itself."""
    return gain / ((1 - accident) * (gain + cost) - forgive * gain)


def feuds(point: Point) -> tuple[float, float]:
    """What restraint is worth, and how likely the crisis ends in calm, by linear equations."""
    open_, d = float(1 - point["hazard"]), float(point["d"])
    accident, forgive = float(point["accident"]), float(point["forgive"])
    moves = np.array([[1 - accident, accident], [forgive, 1 - forgive]])
    pays = np.array([0.0, -float(point["cost"])])
    values = np.linalg.solve(np.eye(2) - d * open_ * moves, pays)
    ends = np.linalg.solve(np.eye(2) - open_ * moves, (1 - open_) * moves[:, 0])
    return values[0], ends[0]


def test_restraint_sustains_itself_exactly_from_its_bound_on():
    seen = set()
    draws = points(
        40,
        gain=("0.1", "3"),
        cost=("0.1", "3"),
        harm=("0.1", "3"),
        hazard=("0.001", "0.3"),
        accident=("0", "0.2"),
        forgive=("0", "0.6"),
    )
    for point in draws:
        names = ("gain", "cost", "accident", "forgive")
        bound = restraint_bound(*(point[name] for name in names)) / (1 - point["hazard"])
        if not 0 < bound < F("0.999"):
            bound = F(2)
        for d in (bound - F(1, 10**9), bound, F(9, 10)):
            if d >= 1:
                continue
            found = selected("tit_for_tat_containment", **point, d=d)
            value, calm = feuds(point | {"d": d})
            if d < bound:
                value = -float(point["cost"] / (1 - d * (1 - point["hazard"])))
            else:
                assert found.outcomes["contained"] == pytest.approx(calm, abs=CLOSE)
            assert list(found.payoffs.values()) == pytest.approx([value, value], abs=1e-9)
            seen.add((d < bound, d == bound))
    assert seen == {(True, False), (False, True), (False, False)}


@pytest.mark.parametrize("hazard", [F(1, 100), F(1, 5), F(2, 5)])
def test_without_accidents_restraint_needs_what_the_textbook_says(hazard):
    gain, cost = F(1), F(3, 2)
    bound = gain / (gain + cost) / (1 - hazard)
    for d, outcome in ((bound, "contained"), (bound - F(1, 10**9), "open_war")):
        point = {"gain": gain, "cost": cost, "hazard": hazard, "accident": F(0), "forgive": F(0)}
        assert selected("tit_for_tat_containment", **point, d=d).outcomes[outcome] == 1


# The war of attrition


def day(cost: F | float, prize: F, loss: F, own: F, other: F, weight: F | float) -> F | float:
    """What one more day costs; ``weight`` is the discounted chance of a fall, ``own`` included."""
    return cost - weight * (other * prize - own * loss)


def attrition(point: Point) -> tuple[F, F]:
    """How likely Israel and Iran quit on a day where both are in doubt."""
    weight, (one, two) = point["d"] * point["hazard"], (point["f_israel"], point["f_iran"])
    israel = day(point["c_israel"], point["v_israel"], point["D_israel"], 1 - two, two, weight)
    iran = day(point["c_iran"], point["v_iran"], point["D_iran"], 1 - one, one, weight)
    assert min(israel, iran) > 0
    return iran / (point["v_iran"] + iran), israel / (point["v_israel"] + israel)


def test_each_side_quits_just_often_enough_for_the_other_not_to_care():
    draws = points(
        25,
        hazard=("0", "0.01"),
        c_israel=("0.06", "0.5"),
        c_iran=("0.06", "0.5"),
        v_israel=("0.5", "5"),
        v_iran=("0.5", "5"),
        D_israel=("0", "5"),
        D_iran=("0", "5"),
        f_israel=("0", "0.5"),
        f_iran=("0", "0.5"),
        d=("0.5", "0.999"),
    )
    for point in draws:
        found = selected("war_of_attrition", select="mixed", **point)
        expected = [float(q) for q in attrition(point)]
        assert quits(found, "contest") == pytest.approx(expected, abs=CLOSE)
        assert list(found.payoffs.values()) == pytest.approx([0, 0], abs=CLOSE)


@pytest.mark.parametrize("shares", [(F(0), F(0)), (F(1, 4), F(2, 5))], ids=["both fall", "one"])
def test_short_days_lead_to_the_rates_of_continuous_time(shares):
    costs, prizes, losses, rate = (1, F(3, 2)), (F(2), F(3)), (F(4), F(2)), 0.5
    falls = {"f_israel": shares[0], "f_iran": shares[1]}
    rates = [
        float(day(costs[i], prizes[i], losses[i], 1 - shares[1 - i], shares[1 - i], rate) / v)
        for i, v in enumerate(prizes)
    ][::-1]
    gaps = []
    for length in (0.02, 0.002):
        found = selected(
            "war_of_attrition",
            select="mixed",
            hazard=1 - math.exp(-rate * length),
            d=math.exp(-length),
            c_israel=costs[0] * length,
            c_iran=costs[1] * length,
            v_israel=prizes[0],
            v_iran=prizes[1],
            D_israel=losses[0],
            D_iran=losses[1],
            **falls,
        )
        per_time = np.array(quits(found, "contest")) / length
        gaps.append(np.abs(per_time - rates).max())
    assert gaps[1] < 0.02
    assert gaps[1] == pytest.approx(gaps[0] / 10, rel=0.1)


def test_the_war_of_attrition_ends_at_a_steady_rate():
    timeline = gtc.timeline(model("war_of_attrition"), select="mixed")
    ends = np.asarray(timeline.probability).sum(axis=0)
    left = 1 - np.concatenate([[0], np.cumsum(ends)[:-1]])
    stay = math.prod(1 - float(q) for q in attrition(model("war_of_attrition").point()))
    assert ends[0] == pytest.approx(1 - stay, abs=CLOSE)
    assert (ends / left)[1:60] == pytest.approx(1 - 0.99 * stay, abs=CLOSE)


# Brinkmanship


def doubt(prize: float, loss: float, split: float, risk: float, discount: float) -> float:
    """How likely a player's rival quits, without shame: the smaller root of a quadratic."""
    later = (1 - risk) * discount * split * prize
    middle = risk * loss + later + (1 - split) * prize
    if later == 0:
        return risk * loss / middle
    return (middle - math.sqrt(middle**2 - 4 * later * risk * loss)) / (2 * later)


def brink(**values: F | float) -> Equilibrium:
    return selected("schelling_brinkmanship", select="mixed", **({"shame": F(0)} | values))


def alike(prize: F, loss: F, risk: F, discount: F) -> dict[str, F]:
    return {
        "v_1": prize,
        "v_2": prize,
        "D_1": loss,
        "D_2": loss,
        "r": risk,
        "delta_1": discount,
        "delta_2": discount,
    }


@pytest.mark.parametrize(
    ("loss", "risk", "quit_", "value", "disaster"),
    [
        (F(2), F("0.1"), 0.1876990627584121, 0.09384953137920606, 0.1624601874483176),
        (F(5), F("0.05"), 0.2234405736563635, 0.11172028682818175, 0.07059631148578512),
    ],
)
def test_brinkmanship_of_equals(loss, risk, quit_, value, disaster):
    found = brink(**alike(F(1), loss, risk, F(1)), split=F(1, 2))
    assert quits(found, "brink") == pytest.approx([quit_] * 2, abs=CLOSE)
    assert list(found.payoffs.values()) == pytest.approx([value] * 2, abs=CLOSE)
    assert found.outcomes["disaster"] == pytest.approx(disaster, abs=CLOSE)
    stay = (1 - quit_) ** 2
    assert found.expected_day == pytest.approx(1 / (1 - stay * (1 - float(risk))) - 1, abs=1e-9)


def test_brinkmanship_of_unequals_with_nothing_to_share():
    found = brink(v_1=1, v_2=2, D_1=3, D_2=1, r=F("0.05"), split=F(0))
    expected = [0.02439024390243903, 0.13043478260869568]
    assert quits(found, "brink") == pytest.approx(expected, abs=CLOSE)
    assert found.outcomes["disaster"] == pytest.approx(0.21857923497267745, abs=CLOSE)
    assert found.exact
    assert list(found.payoffs.values()) == [0, 0]


def test_the_rival_of_the_more_fearful_quits_more_often():
    draws = points(
        25,
        v_1=("0.5", "5"),
        v_2=("0.5", "5"),
        D_1=("0.5", "10"),
        D_2=("0.5", "10"),
        r=("0.01", "0.5"),
        split=("0", "0.9"),
        delta_1=("0.5", "1"),
        delta_2=("0.5", "1"),
    )
    for point in draws:
        found = brink(**point)
        mine, theirs = (
            doubt(*(float(point[key]) for key in (f"v_{i}", f"D_{i}", "split", "r", f"delta_{i}")))
            for i in (1, 2)
        )
        assert quits(found, "brink") == pytest.approx([theirs, mine], abs=CLOSE)
        shares = [float(point["split"] * point[f"v_{i}"]) for i in (1, 2)]
        expected = [mine * shares[0], theirs * shares[1]]
        assert list(found.payoffs.values()) == pytest.approx(expected, abs=1e-9)
        stay, risk = (1 - mine) * (1 - theirs), float(point["r"])
        disaster = stay * risk / (1 - stay * (1 - risk))
        assert found.outcomes["disaster"] == pytest.approx(disaster, abs=1e-9)


# Shifting power


def shifting(point: Point) -> tuple[str, list[float]]:
    """What happens, and the payoffs, by the bargaining range of every round from the last."""
    d, total = point["d"], 1 / (1 - point["d"])
    outcome, values = "forever", [F(0), F(0)]
    for t in (2, 1, 0):
        chance = point["p_first"] + (point["p_last"] - point["p_first"]) * min(
            F(t) / point["rounds"], F(1)
        )
        war = [(1 - chance) * total - point["c_D"], chance * total - point["c_R"]]
        if t == 2:  # the round repeats: R is kept at its war, or at nothing
            values = [total - max(war[1], F(0)), max(war[1], F(0))]
            continue
        offer = max(F(0), war[1] - d * values[1])
        peace = [1 - offer + d * values[0], offer + d * values[1]]
        if offer > 1:
            outcome, values = "revolt", war
        elif peace[0] < war[0]:
            outcome, values = "preventive_war", war
        else:
            values = peace
    return outcome, [float(value) for value in values]


def shifts(seed: Sequence[Point]) -> set[str]:
    seen = set()
    for point in seed:
        outcome, values = shifting(point)
        found = selected("powell_shifting_power", **point)
        assert found.regime == outcome, point
        assert list(found.payoffs.values()) == pytest.approx(values, abs=1e-9)
        seen.add(outcome)
    return seen


def test_what_happens_when_power_shifts_follows_from_the_bargaining_ranges():
    ends = {"p_first": ("0", "1"), "p_last": ("0", "1"), "rounds": ("1", "2")}
    costs = {"c_D": ("0", "0.4"), "c_R": ("0", "0.4"), "d": ("0.6", "0.95")}
    assert shifts(points(40, **ends, **costs)) == {"preventive_war", "revolt", "forever"}


@pytest.mark.parametrize("d", [F("0.6"), F("0.75"), F("0.95")])
def test_power_that_shifts_in_one_round_is_fought_over_beyond_the_published_bound(d):
    point = {"d": d, "rounds": F(1), "p_first": F(2, 5), "c_D": F(1, 5), "c_R": F(1, 10)}
    bound = (point["p_first"] + (1 - d) * (point["c_D"] + d * point["c_R"])) / d
    for step, regime in ((F(-1, 10**6), "forever"), (F(1, 10**6), "preventive_war")):
        assert selected("powell_shifting_power", **point, p_last=bound + step).regime == regime
