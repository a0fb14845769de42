"""Trees with private shocks against closed forms, published numbers and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shock_games
from scipy import optimize, special, stats
from shock_games import AUDIENCE, CRISIS, LADDER, MESSAGES, VOLUNTEERS, solve

from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.games.distributions import distribution
from gametheory_crisis.results import Equilibrium
from gametheory_crisis.solvers.cutoffs.regions import region


def resists(equilibrium: Equilibrium) -> float:
    return equilibrium.strategies["answer"][0].play["resist"]


# The crisis game of Lewis and Schultz (2003), parameters of Crisman-Cox and Gibilisco (2021)


@pytest.mark.parametrize(
    ("WA", "WB", "resistance", "status_quo"),
    [
        (-1.9, -3.0, (0.21862282481710107,), (0.0004139190803600368,)),
        (
            -1.9,
            -2.9,
            (0.25110461597639766, 0.5947228294539281, 0.8133217203277774),
            (0.005210531372181748, 0.6201321650168574, 0.7945481590171811),
        ),
        (
            -1.9,
            -2.875,
            (0.26048059856837963, 0.561327541073582, 0.8334898408078494),
            (0.008796952123788282, 0.5750157460260951, 0.8039197427621964),
        ),
        (
            -1.9,
            -2.85,
            (0.27078259266030136, 0.5311078587788518, 0.849413389395531),
            (0.014484276447209399, 0.5279311039207527, 0.8108165539196381),
        ),
        (-1.8, -2.55, (0.29262228719275696,), (0.029999039006788797,)),
        (-1.8, -2.4, (0.4990996135583142,), (0.45482317202776024,)),
        (-1.8, -2.35, (0.6653794206459296,), (0.683461585837231,)),
        (-1.8, -2.25, (0.7696771097148599,), (0.7616959895639757,)),
    ],
)
def test_the_crisis_game_has_the_published_equilibria(WA, WB, resistance, status_quo):
    solution = solve(CRISIS, WA=WA, WB=WB)
    assert solution.complete
    assert [resists(e) for e in solution.equilibria] == pytest.approx(resistance, abs=1e-9)
    assert [e.outcomes["SQ"] for e in solution.equilibria] == pytest.approx(status_quo, abs=1e-9)
    assert all(e.regret < 1e-12 for e in solution.equilibria)


def test_the_crisis_game_has_three_equilibria_or_one():
    three, one = solve(CRISIS), solve(CRISIS, WB=-2.7)
    assert [round(resists(e), 6) for e in three.equilibria] == [0.296452, 0.472423, 0.874031]
    assert [round(resists(e), 6) for e in one.equilibria] == [0.907856]


@pytest.mark.parametrize(
    ("fold", "inside", "meeting"),
    [(-2.747043738785427, -1, 0.3698428), (-2.946912868314646, 1, 0.7154281)],
)
@pytest.mark.parametrize("distance", [1e-6, 1e-7, 1e-9])
def test_no_equilibrium_is_lost_next_to_a_fold(fold, inside, meeting, distance):
    within = solve(CRISIS, WB=fold + inside * distance)
    beyond = solve(CRISIS, WB=fold - inside * distance)
    assert (len(within.equilibria), len(beyond.equilibria)) == (3, 1)
    assert (within.complete, beyond.complete) == (True, True)
    near = [resists(e) for e in within.equilibria if abs(resists(e) - meeting) < 0.01]
    assert len(near) == 2
    assert np.mean(near) == pytest.approx(meeting, abs=1e-5)


def test_at_the_fold_itself_the_two_are_one_and_the_answer_says_so():
    solution = solve(CRISIS, WB=-2.747043738785427)
    assert len(solution.equilibria) == 2
    assert not solution.complete
    assert "two equilibria meet" in solution.notes[0]


def test_random_crisis_games_have_the_equilibria_that_brute_force_finds():
    draw = np.random.default_rng(4)
    numbers = set()
    for _ in range(12):
        WA, a = draw.uniform(-2.0, -1.8), draw.uniform(-1.4, -1.0)
        WB = draw.uniform(-3.1, -2.6)
        WA, a, WB = (round(float(x), 4) for x in (WA, a, WB))
        expected = shock_games.brackets(shock_games.crisis_error(WA, WB, a), 801)
        found = [resists(e) for e in solve(CRISIS, WA=WA, WB=WB, a=a).equilibria]
        assert sorted(found) == pytest.approx(expected, abs=1e-5)
        numbers.add(len(found))
    assert numbers >= {1, 3}


def test_scores_and_cutoffs_tell_who_does_what():
    first = solve(CRISIS, WB=-2.7).equilibria[0]
    answer, showdown = first.strategies["answer"][0], first.strategies["showdown"][0]
    firm = showdown.play["stand_firm"]
    indifferent = -(firm * -2.7 + (1 - firm)) / firm
    assert answer.cutoff == pytest.approx({"eB": indifferent}, abs=1e-9)
    assert answer.play["resist"] == pytest.approx(special.ndtr(-indifferent), abs=1e-12)
    assert showdown.scores["stand_firm"][0].slopes == pytest.approx({"eA": 1, "ea": 0}, abs=1e-12)
    assert showdown.scores["back_down"][0].constant == pytest.approx(-1.2, abs=1e-12)
    assert len(first.strategies["challenge"][0].scores["challenge"]) == 2


def test_what_types_get_averages_to_what_the_player_gets():
    equilibrium = solve(CRISIS, WB=-2.7).equilibria[0]
    types = [value for value in equilibrium.by_type if value.player == "B"]
    assert [value.numbers["eB"] for value in types] == pytest.approx(
        special.ndtri([0.1, 0.3, 0.5, 0.7, 0.9])
    )
    score = equilibrium.strategies["answer"][0]
    for value in types:
        best = max(
            entry.constant + entry.slopes["eB"] * value.numbers["eB"]
            for entries in score.scores.values()
            for entry in entries
        )
        assert value.payoff == pytest.approx(score.reached * best, abs=1e-12)
        assert sum(value.outcomes.values()) == pytest.approx(1, abs=1e-12)


# Audience costs: types who are indifferent all at once


@pytest.mark.parametrize(
    ("point", "resist", "challenge", "backdown"),
    [
        ({}, 0.9090909090909091, 0.8454545454545455, 0.2231404958677686),
        ({"p": 0.3, "C_A": 1.5, "C_B": 0.8, "a": 0.3}, 0.875, 0.2952380952380954, 0.0),
        ({"p": 0.2, "C_A": 2, "a": 0.6}, 0.8, 0.225, 0.0),
        ({"a": 0.3}, 0.75, 1.0, 0.15),
        ({"C_A": 1.2, "C_B": 2, "a": 0.2}, 0.6071428571428571, 1.0, 0.2529761904761904),
        ({"C_A": 1.2, "C_B": 2, "a": 0.5}, 0.35, 1.0, 0.05833333333333331),
        ({"C_A": 2, "C_B": 2, "a": 2}, 0.25, 1.0, 0.0),
    ],
)
def test_audience_costs_have_their_closed_form(point, resist, challenge, backdown):
    solution = solve(AUDIENCE, **point)
    (equilibrium,) = solution.equilibria
    assert solution.complete
    assert resists(equilibrium) == pytest.approx(resist, abs=1e-12)
    play = equilibrium.strategies["challenge"][0].play
    assert play["challenge"] == pytest.approx(challenge, abs=1e-12)
    assert equilibrium.outcomes["backdown"] == pytest.approx(backdown, abs=1e-12)
    assert equilibrium.regret < 1e-12


def test_types_who_bluff_or_not_are_told_by_their_ties():
    (equilibrium,) = solve(AUDIENCE).equilibria
    choice = equilibrium.strategies["challenge"][0]
    assert choice.ties == pytest.approx({"refrain": 0.3863636363636, "challenge": 0.6136363636364})
    assert choice.cutoff == {}
    assert equilibrium.strategies["showdown"][0].cutoff == pytest.approx({"c_A": 0.6})
    weak = [value for value in equilibrium.by_type if value.numbers.get("c_A", 0) > 0.6]
    assert [value.outcomes["SQ"] for value in weak] == pytest.approx([0.3863636363636] * 2)


def test_audience_costs_over_a_grid_follow_the_three_regimes():
    seen = set()
    for a in (0.05, 0.15, 0.25, 0.4, 0.8, 1.6):
        for C_B in (0.5, 1.0, 2.5):
            (equilibrium,) = solve(AUDIENCE, a=a, C_B=C_B).equilibria
            weak = max(0.0, 1 - (0.5 + a))
            reply = {s: min(max((1 / s - 0.5) / C_B, 0), 1) for s in (1.0, 1 - weak)}
            bluff = 1 / (1 + a)
            if reply[1.0] >= bluff:
                expected, regime = reply[1.0], "none"
            elif reply[1 - weak] <= bluff:
                expected, regime = reply[1 - weak], "all"
            else:
                expected, regime = bluff, "some"
            assert resists(equilibrium) == pytest.approx(expected, abs=1e-12)
            seen.add(regime)
    assert seen == {"none", "all", "some"}


def test_the_regimes_meet_without_a_gap():
    at = 0.2320508075688772  # where all weak types begin to bluff: (1 + a)(1 / (p + a) - p) = 1
    below, above = (solve(AUDIENCE, a=at + d).equilibria for d in (-1e-9, 1e-9))
    assert len(below) == len(above) == 1
    assert resists(below[0]) == pytest.approx(resists(above[0]), abs=1e-7)


def test_somebody_whose_shock_is_of_no_use_mixes_as_if_it_had_none():
    plain = AUDIENCE.replace("1 - p - c_B", "-0.2")
    (informed,) = solve(plain).equilibria
    without = plain.replace('  B: {c_B: "uniform(0, C_B)"}\n', "")
    (uninformed,) = solve(without).equilibria
    assert informed.outcomes == pytest.approx(uninformed.outcomes, abs=1e-9)
    assert 0 < resists(informed) < 1
    assert informed.strategies["answer"][0].ties["resist"] == pytest.approx(resists(informed))


@pytest.mark.parametrize("WB", [-2.5, -3.0, -3.5])
def test_a_useless_shock_changes_nothing_where_no_type_of_the_other_is_indifferent(WB):
    useless = CRISIS.replace("WB + eB", "WB")
    without = useless.replace('  B: {eB: "normal(0, 1)"}\n', "")
    one, other = solve(useless, WB=WB), solve(without, WB=WB)
    assert len(one.equilibria) == len(other.equilibria) > 0
    for informed, uninformed in zip(one.equilibria, other.equilibria, strict=True):
        assert informed.outcomes == pytest.approx(uninformed.outcomes, abs=1e-9)
    assert any(0.01 < resists(e) < 0.99 for e in other.equilibria)


# Simultaneous moves, two unknowns, and more


def test_volunteers_with_private_costs_match_brute_force():
    draw = np.random.default_rng(7)
    numbers = set()
    for _ in range(15):
        b, mA, mB, s = (
            round(float(draw.uniform(low, high)), 4)
            for low, high in ((0.6, 1.2), (0.3, 0.7), (0.3, 0.7), (0.1, 0.5))
        )

        def error(x, b=b, mA=mA, mB=mB, s=s):
            other = stats.norm.cdf(b * (1 - x), mA, s)
            return stats.norm.cdf(b * (1 - other), mB, s) - x

        expected = shock_games.brackets(error, 20001)
        solution = solve(VOLUNTEERS, b=b, mA=mA, mB=mB, s=s)
        found = [e.strategies["contest"][1].play["act"] for e in solution.equilibria]
        assert sorted(found) == pytest.approx(expected, abs=1e-10)
        assert solution.complete
        numbers.add(len(found))
    assert numbers >= {1, 3}


def test_narrow_costs_do_not_hide_equilibria():
    solution = solve(VOLUNTEERS, b=1.0, s=0.0005)
    found = sorted(e.strategies["contest"][1].play["act"] for e in solution.equilibria)
    assert found == pytest.approx([0, 0.5, 1], abs=1e-3)


def test_two_unknowns_are_solved_to_the_last_digit():
    solution = solve(MESSAGES)
    (equilibrium,) = solution.equilibria
    assert solution.complete

    # The target stands after the low message and is indifferent after the high one.
    def mean_above(c: float) -> float:
        return stats.norm.pdf(c) / stats.norm.sf(c)

    cut = optimize.brentq(lambda c: mean_above(c) - 0.5, -3, 1, xtol=1e-14)
    share = (cut - 1.5 * cut + 0.1) / (1.2 - 1.5 * cut + 0.1)
    assert equilibrium.strategies["message"][0].cutoff == pytest.approx({"x": cut}, abs=1e-10)
    assert equilibrium.strategies["alarm"][0].play["yield"] == pytest.approx(share, abs=1e-10)
    assert equilibrium.strategies["calm"][0].play["stand"] == 1


def test_types_who_mix_on_several_rungs_leave_others_indifferent():
    solution = solve(LADDER)
    (equilibrium,) = solution.equilibria
    assert not solution.complete
    play = {node: choices[0].play for node, choices in equilibrium.strategies.items()}
    # Types of A who would yield at the end are indifferent to going, standing and yielding.
    assert play["two"]["yield"] * 1 - (1 - play["two"]["yield"]) * 0.3 == pytest.approx(0)
    assert play["four"]["yield"] * 1.2 - (1 - play["four"]["yield"]) * 0.6 == pytest.approx(-0.3)
    assert equilibrium.regret < 1e-9


def test_common_values_shift_what_a_challenge_says():
    text = """
format: 1
title: Common values
players: [A, B]
parameters: {k: 0.5, m: 0}
private: {A: {x: "uniform(0, 1)"}, B: {y: "uniform(0, 1)"}}
game:
  one:
    player: A
    actions: {stay: {outcome: quiet, payoffs: {A: 0.3, B: 1}}, go: two}
  two:
    player: B
    actions:
      yield: {outcome: yields, payoffs: {A: 1, B: 0}}
      stand: {outcome: war, payoffs: {A: x - 0.4 + m * y, B: y - k * x - 0.1}}
"""
    for k, m in ((0.5, 0), (0.5, 0.3), (-0.2, 0.2)):
        (equilibrium,) = solve(text, k=k, m=m).equilibria

        def types(least: float, k=k, m=m) -> tuple[float, float]:
            """The least type of A who goes, given that, and the least type of B who stands."""
            stands = min(max(k * (least + 1) / 2 + 0.1, 0), 1)
            war = 1 - stands
            worth = 0.3 - stands - war * (m * (1 + stands) / 2 - 0.4)
            return (min(max(worth / war, 0), 1) if war > 0 else 0), stands

        least = optimize.brentq(lambda x: types(x)[0] - x, 0, 0.999)
        assert equilibrium.outcomes["quiet"] == pytest.approx(least, abs=1e-9)
        stands = equilibrium.strategies["two"][0].play["stand"]
        assert stands == pytest.approx(1 - types(least)[1], abs=1e-9)


def test_a_patron_moves_first_and_takes_the_better_continuation():
    text = AUDIENCE.replace("players: [A, B]", "players: [P, A, B]")
    text = text.replace("B: 1}", "B: 1, P: 0}").replace("B: -e}", "B: -e, P: 1}")
    text = text.replace("- c_B}", "- c_B, P: gain}").replace("e: 0}", "e: 0, gain: 0.2}")
    text = text.replace(
        "game:\n",
        "game:\n  begin:\n    player: P\n    actions:\n"
        "      out: {outcome: SQ, payoffs: {P: 0.1, A: 0, B: 1}}\n      in: challenge\n",
    )
    alone = solve(AUDIENCE).equilibria[0]
    inside, outside = (solve(text, gain=gain) for gain in (0.2, -0.2))
    assert (inside.complete, outside.complete) == (True, True)
    worth = alone.outcomes["concede"] + 0.2 * alone.outcomes["war"]
    assert inside.equilibria[0].payoffs["P"] == pytest.approx(worth, abs=1e-12)
    assert outside.equilibria[0].outcomes["SQ"] == 1
    assert outside.equilibria[0].strategies["answer"][0].reached == 0
    assert outside.equilibria[0].strategies["answer"][0].play["resist"] == pytest.approx(1 / 1.1)


def test_what_is_never_reached_rests_on_equal_mistakes_and_says_so():
    solution = solve(CRISIS.replace("normal(0, 1)", "uniform(0, 1)"), SA=3)
    (equilibrium,) = solution.equilibria
    assert equilibrium.outcomes["SQ"] == 1
    assert solution.notes == ("beliefs off the path: every type is thought to err alike",)
    # Of all types, those stand firm for whom WA + eA > a + ea: a triangle.
    assert equilibrium.strategies["showdown"][0].play["stand_firm"] == pytest.approx(0.3**2 / 2)


def test_finite_types_stand_beside_shocks():
    text = CRISIS.replace("B: {eB:", "B: {type: {hawk: 0.3, dove: 0.7}, eB:")
    solution = solve(text, WB=-2.7)
    (same,) = solve(CRISIS, WB=-2.7).equilibria
    (equilibrium,) = solution.equilibria
    assert [choice.type for choice in equilibrium.strategies["answer"]] == ["hawk", "dove"]
    assert equilibrium.outcomes == pytest.approx(same.outcomes, abs=1e-9)


# Regions of two shocks


@pytest.mark.parametrize(
    "shocks",
    [
        (("normal", (0, 1)), ("normal", (1, 2))),
        (("uniform", (-1, 2)), ("triangular", (-1, 0, 2))),
        (("exponential", (1.5,)), ("normal", (0, 1))),
        (("beta", (0.5, 0.7, -1, 2)), ("beta", (2, 3, -1, 2))),
        (("normal", (0, 1)), ("normal", (0, 1e-3))),
    ],
)
def test_regions_have_the_probability_of_an_independent_quadrature(shocks):
    drawn = tuple(distribution(name, arguments) for name, arguments in shocks)
    rows = np.array([[[0.3, 1.0, -1.0], [0.8, -0.5, -1.0], [0.6, 1.0, 0.4]]])
    masses, moments = region(rows, drawn, moments=True)
    steps = (np.arange(3000) + 0.5) / 3000
    x, y = (np.asarray(d.quantile(steps)) for d in drawn)
    inside = np.ones((3000, 3000), bool)
    for constant, along, across in rows[0]:
        inside &= constant + along * x[:, None] + across * y[None, :] > 0
    assert masses[0] == pytest.approx(inside.mean(), abs=3e-4)
    assert moments[0, 0] == pytest.approx((inside * x[:, None]).mean(), abs=2e-3)
    assert moments[0, 1] == pytest.approx((inside * y[None, :]).mean(), abs=2e-3)
    every = [region(np.array([[row]]), drawn, moments=True) for row in rows[0]]
    rest = [region(-np.array([[row]]), drawn, moments=True) for row in rows[0]]
    for (mass, first), (other, second) in zip(every, rest, strict=True):
        assert mass + other == pytest.approx(1, abs=1e-12)
        means = [d.mean for d in drawn]
        assert first[0] + second[0] == pytest.approx(means, abs=1e-11)


def test_a_half_plane_of_normal_shocks_is_exact():
    drawn = (distribution("normal", (0.3, 1.2)), distribution("normal", (-0.4, 0.7)))
    for constant, along, across in ((0.5, 1, -2), (-3, 0.2, 1), (0.1, 5, 0.01), (-9, 1, 1)):
        (mass,), _ = region(np.array([[[constant, along, across]]]), drawn, moments=False)
        mean = constant + 0.3 * along - 0.4 * across
        spread = math.hypot(1.2 * along, 0.7 * across)
        assert mass == pytest.approx(special.ndtr(mean / spread), rel=1e-11)


# What is refused, selected and swept


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "WA + eA",
            "WA + eA ** 2",
            "payoff of A at 'showdown.stand_firm' is not affine in the pri",
        ),
        ("WA + eA", "WA + eA * ea", "not affine in 'eA' and 'ea' together"),
        ("WA + eA", "abs(eA)", "not affine in the private number 'eA'"),
        ('ea: "normal(0, 1)"', 'ea: "normal(0, 1)", u: "uniform(0, 1)"', "A draws eA, ea, u"),
    ],
)
def test_what_cutoffs_cannot_have_is_refused_by_name(old, new, message):
    with pytest.raises(UnsupportedGame, match=message):
        solve(CRISIS.replace(old, new))


def test_a_chance_that_reads_a_private_number_is_refused_by_name():
    text = AUDIENCE.replace(
        "challenge: answer\n",
        "challenge: luck\n  luck:\n    chance: {on: c_A / C_A, off: rest}\n    next:\n"
        "      on: answer\n      off: {outcome: SQ, payoffs: {A: 0, B: 1}}\n",
    )
    with pytest.raises(UnsupportedGame, match="'c_A' is drawn from a continuum and read in the pr"):
        solve(text)


def test_a_distribution_that_is_none_leaves_no_game():
    with pytest.raises(ParameterError, match="lo must lie below hi"):
        solve(AUDIENCE, C_A=-1)


def test_rules_select_one_equilibrium_or_are_refused():
    best = solve(CRISIS, select="payoff")
    first = solve(CRISIS, select="first")
    assert [len(s.equilibria) for s in (best, first)] == [1, 1]
    assert (best.complete, first.complete) == (False, False)
    sums = [sum(e.payoffs.values()) for e in solve(CRISIS).equilibria]
    assert sum(best.equilibria[0].payoffs.values()) == max(sums)
    with pytest.raises(UnsupportedGame, match="the selection 'risk' does not apply"):
        solve(CRISIS, select="risk")
    with pytest.raises(UnsupportedGame, match="no embedded kernel"):
        shock_games.engine(CRISIS).kernel()


def test_cells_hold_all_equilibria_and_mark_points_without_a_game():
    cells = shock_games.engine(AUDIENCE).block_solver.solve(
        {"p": 0.5, "C_B": 1, "e": 0}, {"C_A": np.array([1.0, -1.0])}, {"a": np.array([0.1, 0.3])}
    )
    assert cells.equilibria.tolist() == [[1, 1], [0, 0]]
    assert cells.status.tolist() == [[1, 1], [6, 6]]
    point = dict.fromkeys(("SA", "CB"), 0.0) | {"VA": 1, "VB": 1, "WA": -1.9, "a": -1.2}
    cells = shock_games.engine(CRISIS).block_solver.solve(
        point, {}, {"WB": np.array([-3.0, -2.8, -2.7])}
    )
    assert cells.equilibria.tolist() == [[1, 3, 1]]


def test_solving_twice_gives_the_same_bits():
    assert solve(CRISIS).to_dict() == solve(CRISIS).to_dict()


def test_positive_affine_payoffs_leave_the_equilibria_unchanged():
    scaled = CRISIS.replace("B: CB", "B: 3 * CB + 2").replace("SA, B: 0}", "SA, B: 2}")
    scaled = scaled.replace("B: WB + eB", "B: 3 * (WB + eB) + 2").replace("B: VB", "B: 3 * VB + 2")
    one, other = solve(CRISIS), solve(scaled)
    assert [resists(e) for e in one.equilibria] == pytest.approx(
        [resists(e) for e in other.equilibria], abs=1e-9
    )
