"""What the models of allies, neighbours and clashes imply, at points drawn at random.

Every expectation here is derived by hand from who would do what last, on paper, and is computed
apart from the engine.  The points are rational, and none of them lies on an edge between two cases.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction as F
from functools import cache

import pytest

import gametheory_crisis as gtc
from gametheory_crisis import Model
from gametheory_crisis.results import Equilibrium

CLOSE = 1e-9
Point = dict[str, F]


@cache
def model(name: str) -> Model:
    return gtc.load(name)


def the_only(name: str, point: Point | None = None, /, **values: F) -> Equilibrium:
    solved = model(name).solve({**(point or {}), **values})
    assert solved.complete
    (equilibrium,) = solved.equilibria
    assert abs(equilibrium.regret) < CLOSE
    return equilibrium


def points(number: int, days: int = 0, **ends: tuple[str, str]) -> list[Point]:
    """Seeded points with coordinates in thousandths of the way between two ends.

    Where ``days`` is given, the deadline ``T`` is drawn as well, up to so many days.
    """
    draw = random.Random(repr(ends))

    def between(low: str, high: str) -> F:
        return F(low) + (F(high) - F(low)) * F(draw.randrange(1, 1000), 1000)

    drawn = [{name: between(*pair) for name, pair in ends.items()} for _ in range(number)]
    if days:
        for point in drawn:
            point["T"] = F(draw.randint(1, days))
    return drawn


@dataclass(frozen=True)
class Ending:
    """How ``ally_restraint`` ends, and what it leaves to the US, Israel and Iran."""

    outcome: str
    us: F
    israel: F
    iran: F


def blow(p: Point, leashed: bool) -> Ending:
    """What follows a strike by an Israel that was held back, or was not."""
    us, israel = p["align"] * p["g"] - p["blame"], p["g"] - p["c_isr"]
    if leashed:
        us, israel = us - p["rho"], israel - p["pen"]
    enters = not leashed and p["cred"] > p["c_rescue"]
    if p["revenge"] < (p["loss"] if enters else 0):
        return Ending("strike", us, israel, -p["d_iran"])
    answered = p["revenge"] - p["d_iran"]
    if enters:
        return Ending("drawn_in", us - p["c_rescue"], israel, answered - p["loss"])
    abandoned = us - (F(0) if leashed else p["cred"])
    return Ending("abandoned", abandoned, israel - p["hurt"], answered)


def refusal(p: Point) -> Ending:
    """What follows if Iran refuses: what is best for the US of three courses."""
    free, held = blow(p, leashed=False), blow(p, leashed=True)
    courses = [
        free if free.israel > 0 else Ending("quiet", F(0), F(0), F(0)),
        held if held.israel > 0 else Ending("restraint", -p["rho"], F(0), F(0)),
        Ending(
            "joint_war",
            p["align"] * p["g"] - p["blame"] - p["c_join"],
            p["g"] - p["c_isr"],
            p["revenge"] - p["d_iran"] - p["loss"],
        ),
    ]
    return max(courses, key=lambda course: course.us)


def restraint(p: Point) -> Ending:
    """A deal if Iran would give something to avoid the worse, and more than the US has without."""
    otherwise = refusal(p)
    concession = min(-otherwise.iran - p["face"], F(1))
    if concession < 0 or concession < otherwise.us:
        return otherwise
    return Ending("deal", concession, F(0), -concession - p["face"])


ALLIES = points(
    50,
    g=("0", "1.4"),
    c_isr=("0", "0.5"),
    hurt=("0", "0.6"),
    d_iran=("0.2", "1"),
    revenge=("-0.2", "0.6"),
    loss=("0", "0.6"),
    face=("0", "0.8"),
    align=("0", "1"),
    blame=("0", "0.5"),
    rho=("0", "0.6"),
    pen=("0", "0.5"),
    cred=("0", "1"),
    c_rescue=("0", "0.8"),
    c_join=("0", "0.8"),
)


@pytest.mark.parametrize("point", ALLIES)
def test_a_patron_lets_go_restrains_or_joins_as_the_prices_say(point):
    found, expected = the_only("ally_restraint", point), restraint(point)
    assert found.outcomes[expected.outcome] == 1
    assert list(found.payoffs.values()) == pytest.approx(
        [float(expected.us), float(expected.israel), float(expected.iran)], abs=CLOSE
    )
    assert found.expected_day == 0


def test_the_drawn_points_show_every_way_in_which_the_alliance_may_end():
    outcomes = {restraint(point).outcome for point in ALLIES}
    assert outcomes == set(model("ally_restraint").solve().equilibria[0].outcomes)


@pytest.mark.parametrize(
    ("d_iran", "g", "pen", "rho", "align", "blame", "payoffs"),
    [
        ("0.6", "0.5", "0.5", "0.1", "0", "0.3", (0, 0, 0)),
        ("0.6", "0.5", "0.5", "0.4", "0", "0.3", (0.6, 0, -0.6)),
        ("0.6", "0.1", "0.5", "0.1", "0", "0.3", (0, 0, 0)),
        ("0.3", "0.5", "0.1", "0.1", "0.8", "0", (0.4, 0.3, -0.3)),
    ],
)
def test_without_retaliation_the_ally_is_a_delegated_punisher(
    d_iran, g, pen, rho, align, blame, payoffs
):
    """A threat that the patron can call off is worth nothing; one that it cannot, all of it."""
    never = {"revenge": F(-1, 10), "face": F(0), "c_join": F(1), "c_isr": F(1, 5)}
    drawn = {"d_iran": F(d_iran), "g": F(g), "pen": F(pen), "rho": F(rho)}
    point = {**never, **drawn, "align": F(align), "blame": F(blame)}
    solved = model("ally_restraint").solve(point)
    assert solved.complete
    for equilibrium in solved.equilibria:
        assert tuple(equilibrium.payoffs.values()) == pytest.approx(payoffs, abs=1e-8)


def test_the_cheaper_restraint_the_weaker_the_patron_in_the_talks():
    prices = [F(n, 100) for n in (5, 10, 15, 25, 30)]
    found = [the_only("ally_restraint", rho=price) for price in prices]
    assert [e.regime for e in found] == ["restraint"] * 3 + ["deal"] * 2
    assert max(e.payoffs["US"] for e in found[:3]) < min(e.payoffs["US"] for e in found[3:])


def test_a_promise_of_rescue_emboldens_the_ally_and_entraps_the_patron():
    defiant = {"face": F(6, 10), "g": F(3, 10), "rho": F(1, 2)}
    promised = the_only("ally_restraint", defiant, cred=F(6, 10))
    doubted = the_only("ally_restraint", defiant, cred=F(2, 10))
    assert (promised.regime, doubted.regime) == ("joined_war", "quiet")
    assert promised.payoffs["US"] < doubted.payoffs["US"] == 0
    assert promised.payoffs["Israel"] > doubted.payoffs["Israel"]


def worn_down(hit: F, days: int) -> list[F]:
    """The chances that at least one, two and three thirds are gone after so many days of war."""
    strength = [F(1), F(0), F(0), F(0)]
    for _ in range(days):
        passed = [strength[n] * hit for n in range(3)]
        strength = [
            strength[0] - passed[0],
            strength[1] - passed[1] + passed[0],
            strength[2] - passed[2] + passed[1],
            strength[3] + passed[2],
        ]
    return [sum(strength[n:], F(0)) for n in (1, 2, 3)]


def moment(p: Point) -> int:
    """How many thirds must be gone for the neighbour to gain by a seizure; 4 if it never does."""
    gains = [
        p["prey"] - p["guard"] * (3 - m) / 3 - p["spill"] * p["brittle"] * m / 3 for m in (1, 2, 3)
    ]
    return next((m for m, gain in enumerate(gains, start=1) if gain > 0), 4)


def halts_there(p: Point, m: int) -> bool:
    """Whether Israel would not fight on for a day beside a neighbour that seizes on every day."""
    if m >= 3:
        return True
    return p["hit"] * p["gain"] - p["cost"] < p["chaos"] * p["brittle"] * (m + p["hit"]) / 3


def intransigent(point: Point) -> Point:
    """The same with an Iran that loses less by any end of the war than by Israel's terms."""
    return {**point, "terms": F(2), "land": F(3, 10), "ruin": F(6, 10), "wound": F(1, 10)}


NEIGHBOURS = [
    intransigent(point)
    for point in points(
        120,
        days=15,
        prey=("0", "1"),
        guard=("1", "1.4"),
        brittle=("0.3", "1"),
        spill=("0", "0.4"),
        chaos=("0", "1.6"),
        gain=("0.2", "0.8"),
        hit=("0.1", "0.6"),
        cost=("0.01", "0.12"),
    )
    if halts_there(point, moment(point))
][:40]


def neighbour(p: Point) -> tuple[dict[str, F], dict[str, F]]:
    """Outcomes and payoffs of ``opportunist_neighbour`` where Iran fights on to the end."""
    outcomes = dict.fromkeys(("peace", "submission", "truce", "seizure", "fragmentation"), F(0))
    worth, m = p["gain"] - p["cost"] / p["hit"], moment(p)
    crash = p["brittle"] * min(m, 3) / 3
    dares = m == 4 or worth > p["chaos"] * crash
    goal = min(m, 3) if dares else m - 1
    if worth < 0 or goal == 0:
        return {**outcomes, "peace": F(1)}, dict.fromkeys(("Israel", "Iran", "Neighbour"), F(0))
    gone = worn_down(p["hit"], int(p["T"]))[:goal]
    seized = gone[-1] if dares and m < 4 else F(0)
    # A third more takes 1 / hit days of war on average, cut short by the truce or not.
    thirds = sum(gone, F(0))
    outcomes |= {
        "truce": 1 - seized,
        "seizure": seized * (1 - crash),
        "fragmentation": seized * crash,
    }
    price = p["guard"] * (3 - min(m, 3)) / 3
    return outcomes, {
        "Israel": worth * thirds - seized * crash * p["chaos"],
        "Iran": -p["wound"] * thirds - seized * (p["land"] + (p["ruin"] - p["land"]) * crash),
        "Neighbour": seized * (p["prey"] - price - crash * p["spill"]),
    }


@pytest.mark.parametrize("point", NEIGHBOURS)
def test_a_war_goes_to_the_neighbours_moment_or_stops_a_step_short_of_it(point):
    found = the_only("opportunist_neighbour", point)
    outcomes, payoffs = neighbour(point)
    assert found.outcomes == pytest.approx({k: float(v) for k, v in outcomes.items()}, abs=CLOSE)
    assert found.payoffs == pytest.approx({k: float(v) for k, v in payoffs.items()}, abs=CLOSE)


def test_the_drawn_wars_end_in_every_way_and_at_every_moment():
    ends = [neighbour(point)[0] for point in NEIGHBOURS]
    for outcome in ("peace", "truce", "seizure", "fragmentation"):
        assert any(end[outcome] > F(1, 4) for end in ends)
    assert {moment(point) for point in NEIGHBOURS} == {1, 2, 3, 4}


def test_iran_accepts_where_the_terms_are_milder_than_the_war():
    """At the defaults Iran knows that the neighbour comes when two thirds are gone."""
    first, second, _ = worn_down(F(1, 5), 30)
    crash = F(8, 15)
    war = (first + second) / 10 + second * (F(6, 10) * (1 - crash) + crash)
    # A hit on the first day hurts before Iran can answer, and brings the rest closer.
    mild, harsh = war - F(1, 10), war + F(1, 10)
    accepted = the_only("opportunist_neighbour", terms=mild)
    assert accepted.outcomes["submission"] == 1
    assert accepted.expected_day == 0
    assert the_only("opportunist_neighbour", terms=harsh).payoffs["Iran"] == pytest.approx(
        -float(war), abs=CLOSE
    )


ULTIMATUMS = points(
    12,
    days=15,
    p=("0", "1"),
    c_us=("0", "1.4"),
    c_iran=("0", "1"),
    threat=("0", "0.5"),
    c_isr=("0", "0.3"),
    rein=("0", "0.5"),
    face=("0", "0.9"),
    d=("0.9", "1"),
)


@pytest.mark.parametrize("point", ULTIMATUMS)
def test_without_a_hazard_it_is_the_sixty_day_ultimatum(point):
    found = the_only("sixty_day_breakdown", point, hazard=F(0))
    plain = the_only("sixty_day_ultimatum", point)
    assert found.outcomes == {**plain.outcomes, "clash": 0}
    assert found.payoffs == plain.payoffs
    assert found.ends == {**plain.ends, "clash": {}}
    assert found.strategies == plain.strategies


def test_both_ultimatums_have_the_same_parameters_but_for_the_hazard():
    with_it, plain = (
        model(f"sixty_day_{name}").graph.parameters for name in ("breakdown", "ultimatum")
    )
    assert set(with_it) - set(plain) == {"hazard"}
    assert all(with_it[name].range == plain[name].range for name in plain)


def series(p: Point, days: int) -> tuple[F, F]:
    """What a payoff of 1 in a clash, and of 1 at the deadline, is worth so many days before it."""
    in_war, alive = F(0), F(1)
    for day in range(1, days + 1):
        in_war += p["d"] ** day * p["hazard"] * alive
        alive *= 1 - p["hazard"]
    return in_war, p["d"] ** days * alive


def deadline(p: Point) -> tuple[str, F, F]:
    """Outcome on day 61, and what it is worth to the US and to Iran."""
    war_us, war_iran = p["p"] - p["c_us"], 1 - p["p"] - p["c_iran"]
    follows = (
        ("strike", war_us, war_iran) if p["threat"] > p["c_isr"] else ("stalemate", F(0), F(1))
    )
    return follows if follows[1] > -p["rein"] else ("stalemate", -p["rein"], F(1))


RISKS = points(
    30,
    days=20,
    hazard=("0", "0.1"),
    p=("0.4", "0.7"),
    c_us=("0", "1.2"),
    c_iran=("0", "0.3"),
    threat=("0.1", "0.5"),
    rein=("0", "0.3"),
    face=("0.2", "0.7"),
    d=("0.98", "1"),
)
"""Points where a war leaves Iran something, so that no share it is offered is below 0, and where
the clash is no better than what the deadline brings, so that waiting is worth least on day 0."""


@pytest.mark.parametrize("point", RISKS)
def test_a_deal_is_signed_at_once_or_never_in_the_shadow_of_a_clash(point):
    p = {**point, "c_isr": F(15, 100)}
    outcome, us, iran = deadline(p)
    war_us, war_iran = p["p"] - p["c_us"], 1 - p["p"] - p["c_iran"]
    in_war, in_peace = series(p, int(p["T"]))
    wait_us, wait_iran = in_war * war_us + in_peace * us, in_war * war_iran + in_peace * iran
    found = the_only("sixty_day_breakdown", p)
    if 1 - p["face"] > max(wait_us + wait_iran, wait_iran):
        assert found.outcomes["deal"] == 1
        assert found.expected_day == 0
        assert found.payoffs["Iran"] == pytest.approx(float(wait_iran), abs=CLOSE)
        assert found.payoffs["US"] == pytest.approx(float(1 - p["face"] - wait_iran), abs=CLOSE)
    else:
        alive = float((1 - p["hazard"]) ** int(p["T"]))
        assert found.outcomes[outcome] == pytest.approx(alive, abs=CLOSE)
        assert found.outcomes["clash"] == pytest.approx(1 - alive, abs=CLOSE)
        assert found.payoffs["Iran"] == pytest.approx(float(wait_iran), abs=CLOSE)
        assert found.payoffs["US"] == pytest.approx(float(wait_us), abs=CLOSE)


def test_the_drawn_risks_end_in_deals_strikes_and_stalemates():
    ends = [the_only("sixty_day_breakdown", {**p, "c_isr": F(15, 100)}).outcomes for p in RISKS]
    for outcome in ("deal", "strike", "stalemate"):
        assert any(end[outcome] > 0 for end in ends)


def test_every_days_demand_is_a_geometric_series_of_the_days_that_are_left():
    p = {"T": F(12), "c_us": F(1, 2), "hazard": F(1, 50), "d": F(99, 100)}
    found = the_only("sixty_day_breakdown", p)
    ahead = p["d"] * (1 - p["hazard"])
    for choice in found.strategies["demand"]:
        left = 12 - choice.day
        worth = p["d"] * p["hazard"] * (1 - ahead**left) / (1 - ahead) + ahead**left
        kept = worth * F(5, 100) + F(6, 10)
        assert float(choice.offer) == pytest.approx(float(kept), abs=CLOSE)
    assert len(found.strategies["demand"]) == 12


def test_a_greater_risk_worsens_the_terms_of_the_side_that_fears_the_clash():
    restrained = {"T": F(20), "c_us": F(6, 5), "face": F(1, 2)}

    def iran(**values: F) -> float:
        found = the_only("sixty_day_breakdown", restrained, **values)
        assert found.outcomes["deal"] == 1
        return found.payoffs["Iran"]

    by_risk = [iran(hazard=F(n, 100)) for n in (6, 10, 20)]
    by_fear = [iran(hazard=F(10, 100), c_iran=F(n, 10)) for n in (0, 1, 3)]
    assert by_risk == sorted(by_risk, reverse=True)
    assert by_fear == sorted(by_fear, reverse=True)
    assert len(set(by_risk)) == 3
    assert len(set(by_fear)) == 3


def test_the_chance_of_war_grows_day_by_day():
    line = gtc.timeline(model("sixty_day_breakdown"))
    clash, strike = (list(line.outcomes).index(name) for name in ("clash", "strike"))
    for day in (1, 10, 30, 60):
        assert line.cumulative[clash, day] == pytest.approx(1 - 0.99**day, abs=CLOSE)
    assert line.cumulative[strike, 59] == 0
    assert line.cumulative[strike, 60] == pytest.approx(0.99**60, abs=CLOSE)
