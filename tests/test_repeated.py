"""Laws of repeated games: critical discount factors, sets of equilibrium payoffs, the command."""

from __future__ import annotations

import json
import random
import re
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model
from gametheory_crisis.plots.payoff_set import draw_payoff_sets
from gametheory_crisis.solvers.repeated.polygons import apart, hull
from gametheory_crisis.solvers.repeated.unit_roots import Partition, polynomial, unit_roots
from tests.repeated_twin import best_one_shot, best_plan

TINY = F(1, 10**9)
DILEMMAS = [(5, 3, 1, 0), (10, 6, 2, 1), (3, 2, 1, 0)]
"""T, R, P, S of prisoner's dilemmas."""
CHICKENS = [(6, 4, -3, 1), (F(3, 2), 1, -2, F(1, 5))]
"""T, R, P, S of games of chicken."""
# Abreu (1986) in miniature: a third action hurts whoever meets it, and a little whoever plays it.
STICK = gtc.RepeatedGame(
    [[3, 0, -5], [5, 1, -5], [-1, -1, -6]],
    [[3, 5, -1], [0, 1, -1], [-5, -5, -6]],
    actions=[["cooperate", "defect", "beat"]] * 2,
)

REPEATED = """
format: 1
title: Containment
players: [A, B]
parameters:
  {T: 5, R: 3, P: 1, S: 0, d: {value: 0.9, range: [0, 0.999]}, h: {value: 0.1, range: [0, 1]}}
state: {breach: [0, 1]}
clock: {discount: d, breakdown: {hazard: h, to: over}}
game:
  round:
    simultaneous: {A: [restrain, strike], B: [restrain, strike]}
    results:
      - {when: [restrain, restrain], next: round, days: 1, pays: {A: R, B: R}}
      - {when: [restrain, strike], next: round, days: 1, pays: {A: S, B: T}, set: {breach: 1}}
      - {when: [strike, restrain], next: round, days: 1, pays: {A: T, B: S}, set: {breach: 1}}
      - {when: [strike, strike], next: round, days: 1, pays: {A: P, B: P}, set: {breach: 1}}
  over:
    chance: {calm: 1 - breach, hot: breach}
    next:
      calm: {outcome: contained, payoffs: {A: 0, B: 0}}
      hot: {outcome: open_war, payoffs: {A: 0, B: 0}}
"""


def symmetric(T, R, P, S) -> gtc.RepeatedGame:
    return gtc.RepeatedGame([[R, S], [T, P]], [[R, T], [S, P]], actions=[["hold", "arm"]] * 2)


def model_of(text: str) -> Model:
    return Model(read_model(text.encode(), "model.yaml"), "model")


def as_floats(vertices) -> list[tuple[float, float]]:
    return hull([(float(x), float(y)) for x, y in vertices])


# Critical discount factors


@pytest.mark.parametrize("numbers", DILEMMAS)
def test_grim_and_tit_for_tat_are_as_in_the_closed_forms(numbers):
    T, R, P, S = map(F, numbers)
    game = symmetric(*numbers)
    assert game.target == ("hold", "hold")
    assert game.critical("grim").critical == (T - R) / (T - P)
    assert game.critical("grim", concept="nash").critical == (T - R) / (T - P)
    nash = game.critical("tit_for_tat", concept="nash")
    assert nash.critical == max((T - R) / (T - P), (T - R) / (R - S))
    assert nash.discounts == ((nash.critical, 1),)


@pytest.mark.parametrize(
    ("numbers", "where"),
    [((5, 3, 1, 0), ()), ((10, 6, 2, 1), ()), ((3, 2, 1, 0), ((F(1, 2),) * 2,))],
)
def test_tit_for_tat_is_subgame_perfect_at_the_knife_edge_only(numbers, where):
    found = symmetric(*numbers).critical("tit_for_tat")
    assert found.discounts == where
    assert found.critical == (where[0][0] if where else None)
    assert found.note == ("only at 0.5" if where else "nowhere")
    assert found.holds(F(1, 2)) is bool(where)
    assert not found.holds(F(1, 2) + TINY)


@pytest.mark.parametrize("numbers", DILEMMAS)
@pytest.mark.parametrize(
    ("periods", "critical"),
    [
        (2, 0.6180339887498949),
        (3, 0.5436890126920764),
        (5, 0.508660391642004),
        (10, 0.5002454622667944),
    ],
)
def test_a_finite_punishment_needs_more_patience(numbers, periods, critical):
    for concept in ("nash", "subgame_perfect"):
        found = symmetric(*numbers).critical("n_period", periods=periods, concept=concept)
        assert found.critical == pytest.approx(critical, rel=0, abs=1e-12)


@pytest.mark.parametrize("numbers", DILEMMAS)
def test_one_period_of_punishment_is_enough_only_in_the_limit(numbers):
    found = symmetric(*numbers).critical("n_period", periods=1)
    assert (found.critical, found.discounts) == (1, ())
    assert found.note.startswith("only in the limit")
    assert not found.holds(1 - TINY)
    # Where the gain outweighs the loss not even the limit will do.
    assert symmetric(6, 3, 1, 0).critical("n_period", periods=1).critical is None


@pytest.mark.parametrize("numbers", CHICKENS)
def test_chicken_is_as_in_the_closed_forms(numbers):
    T, R, P, S = map(F, numbers)
    game = symmetric(*numbers)
    mixed = (R * (S - P) + S * (T - R)) / ((T - R) + (S - P))
    assert game.critical("grim").critical == (T - R) / (T - S)
    assert game.critical("grim", punishment="mixed").critical == (T - R) / (T - mixed)
    assert game.minmax() == (S, S)
    nash = game.critical("tit_for_tat", concept="nash").critical
    assert nash == max((T - R) / (R - S), (T - R) / (T - P))
    assert game.critical("tit_for_tat").critical is None
    assert game.critical("penal_code").critical == (T - R) / (T - S)


def test_the_numbers_of_chicken():
    first, second = (symmetric(*numbers) for numbers in CHICKENS)
    found = [
        [game.critical("grim").critical, game.critical("grim", punishment="mixed").critical]
        for game in (first, second)
    ]
    assert found == [[F(2, 5), F(2, 3)], [F(5, 13), F(27, 35)]]
    assert second.critical("tit_for_tat", concept="nash").critical == F(5, 8)
    mixing = [e for e in second.stage_equilibria if 1.0 not in e.strategies[0]]
    assert mixing[0].payoffs[0] == pytest.approx(0.8518518518518519, abs=1e-15)


def test_a_hazard_is_made_up_for_by_patience():
    game = symmetric(5, 3, 1, 0)
    found = game.critical("grim", hazard=0.1)
    assert found.critical == F(5, 9)
    assert found.discounts == ((F(5, 9), 1),)
    assert game.critical("penal_code", hazard=0.1).critical == F(5, 9)
    edge = game.critical("grim", hazard="1/2")
    assert (edge.critical, edge.discounts) == (1, ((1, 1),))
    assert game.critical("grim", hazard=F(1, 2) + TINY).critical is None
    assert game.critical("penal_code", hazard=F(1, 2) + TINY).critical is None
    assert game.sustains("grim", F(5, 9), hazard=0.1).subgame_perfect
    assert not game.sustains("grim", F(5, 9) - TINY, hazard=0.1).subgame_perfect


def strategies_of(game: gtc.RepeatedGame):
    yield "grim", {}
    yield "grim", {"punishment": "any"}
    yield "n_period", {"periods": 2}
    yield "n_period", {"periods": 3}
    yield "tit_for_tat", {"punishment": ("arm", "arm")}
    yield "stick_and_carrot", {}


@pytest.mark.parametrize(
    "numbers", [*DILEMMAS, *CHICKENS, (4, 3, 1, 2), (3, 4, 2, 0), (7, 2, 1, 0)]
)
def test_the_sets_agree_with_brute_force_just_above_and_just_below_their_ends(numbers):
    game = symmetric(*numbers)
    ends = 0
    for strategy, options in strategies_of(game):
        for concept, gain in (("subgame_perfect", best_one_shot), ("nash", best_plan)):
            if concept == "nash" and strategy == "n_period":
                continue  # the plans are too many to try
            found = game.critical(strategy, concept=concept, target=("hold", "hold"), **options)
            near = {F(1, 3), F(9, 10)}
            for low, high in found.discounts:
                near |= {F(end) + step for end in (low, high) for step in (-TINY, TINY, 0)}
            for delta in near:
                if not 0 <= delta < 1 or (delta.denominator > 10**12 and strategy == "n_period"):
                    continue
                regret = gain(game.payoffs, game.actions, found.automaton, delta)
                assert found.holds(delta) == (regret == 0), (strategy, concept, delta)
                ends += 1
    assert ends > 20


@pytest.mark.parametrize("seed", range(12))
def test_random_automata_are_judged_as_by_brute_force(seed):
    draw = random.Random(seed)
    names = (("a", "b"), ("c", "d"))
    pairs = [(first, second) for first in names[0] for second in names[1]]
    states = ["0", "1", "2"]
    tables = [[[draw.randint(-3, 3) for _ in range(2)] for _ in range(2)] for _ in range(2)]
    game = gtc.RepeatedGame(*tables, actions=names)
    automaton = gtc.Automaton(
        {state: (draw.choice(names[0]), draw.choice(names[1])) for state in states},
        {state: {pair: draw.choice(states) for pair in pairs} for state in states},
        "0",
    )
    perfect = game.critical(automaton)
    nash = game.critical(automaton, concept="nash")
    for k in range(20):
        delta = F(k, 20)
        told = game.sustains(automaton, delta)
        assert told.regret == best_one_shot(tables, names, automaton, delta)
        assert told.nash_regret == best_plan(tables, names, automaton, delta)
        assert told.subgame_perfect == perfect.holds(delta) == (told.regret == 0)
        assert told.nash == nash.holds(delta) == (told.nash_regret == 0)
        assert told.nash or not told.subgame_perfect


def test_positive_affine_payoffs_and_swapped_players_change_nothing():
    game = symmetric(5, 3, 1, 0)
    scaled = gtc.RepeatedGame([[16, 10], [20, 12]], [[3.5, 5.5], [0.5, 1.5]])
    A, B = ([list(row) for row in zip(*table, strict=True)] for table in scaled.payoffs)
    swapped = gtc.RepeatedGame(B, A)
    for strategy in ("grim", "tit_for_tat", "penal_code"):
        base = game.critical(strategy)
        one, other = scaled.critical(strategy), swapped.critical(strategy)
        assert one.thresholds == other.thresholds[::-1]
        assert one.critical == other.critical
    assert game.critical("grim").thresholds == (F(1, 2), F(1, 2)) == base.thresholds
    assert scaled.critical("grim").thresholds == (F(4, 8), F(2, 4))


def test_a_stage_equilibrium_needs_no_patience():
    hunt = symmetric(3, 4, 2, 0)
    assert hunt.target == ("hold", "hold")
    assert hunt.critical("grim").discounts == ((0, 1),)
    assert hunt.critical("penal_code").critical == 0


def test_a_stick_can_do_better_than_reversion_and_the_penal_code_better_than_both():
    assert STICK.critical("grim").critical == F(1, 2)
    assert STICK.critical("stick_and_carrot").critical == F(2, 9)
    # A threat of the minmax: 2 (1 - d) = 8 d.
    assert STICK.critical("penal_code").critical == pytest.approx(0.2, rel=0, abs=1e-9)
    at = STICK.sustains("stick_and_carrot", F(2, 9))
    assert (at.subgame_perfect, at.payoffs) == (True, (3, 3))
    assert not STICK.sustains("stick_and_carrot", F(2, 9) - TINY).subgame_perfect


def test_the_penal_code_needs_the_least_patience():
    draw = random.Random(3)
    compared = 0
    for _ in range(12):
        tables = [[[draw.randint(-4, 4) for _ in range(2)] for _ in range(2)] for _ in range(2)]
        game = gtc.RepeatedGame(*tables)
        least = game.critical("penal_code").critical
        for strategy in ("grim", "stick_and_carrot", "tit_for_tat"):
            if strategy == "grim" and not any(
                all(1.0 in mix for mix in e.strategies) for e in game.stage_equilibria
            ):
                continue
            for low, high in game.critical(strategy).discounts:
                compared += 1
                assert least is not None
                assert float(least) <= float(low) + 1e-8 or low == high
    assert compared > 8


# Roots


def test_roots_are_isolated_and_rational_ones_found_exactly():
    # (x - 1/3) (x - 1/2) (x^2 - 1/2) (x - 2)
    p = polynomial([F(1)])
    for factor in ([F(-1, 3), 1], [F(-1, 2), 1], [F(-1, 2), 0, 1], [-2, 1]):
        longer = [F(0)] * (len(p) + len(factor) - 1)
        for j, a in enumerate(p):
            for k, b in enumerate(factor):
                longer[j + k] += a * b
        p = polynomial(longer)
    values = [root.value for root in unit_roots(p)]
    assert values[:2] == [F(1, 3), F(1, 2)]
    assert values[2] == pytest.approx(0.5**0.5, rel=0, abs=1e-15)
    assert len(values) == 3


def test_signs_are_exact_at_roots_that_polynomials_share():
    square = polynomial([F(-1, 2), 0, 1])
    other = polynomial([F(-70710678118654752440, 10**20), 1])  # a root a hair lower
    both = polynomial([F(1, 4), 0, -1, 0, 1])
    partition = Partition([square, other, both])
    points = [cell for cell in partition.cells if cell.sample is None]
    signs = [[partition.sign(p, cell) for p in (square, other, both)] for cell in points]
    assert signs == [[-1, -1, 1], [-1, 0, 1], [0, 1, 0]]


# Sets of payoffs


@pytest.mark.parametrize(
    ("delta", "vertices"),
    [
        (0, [(1, 1)]),
        (F(1, 2) - TINY, None),
        (F(1, 2), [(1, 1), (F(13, 3), 1), (3, 3), (1, F(13, 3))]),
        (F(9, 10), [(1, 1), (F(13, 3), 1), (3, 3), (1, F(13, 3))]),
        (F(1, 10), [(1, 1)]),
    ],
)
def test_the_set_of_the_dilemma_is_exact_on_both_sides_of_the_knife_edge(delta, vertices):
    found = symmetric(5, 3, 1, 0).payoff_set(delta)
    if vertices is None:
        assert not found.contains((3, 3), within=0.1)
    else:
        assert (found.exact, found.error) == (True, 0.0)
        assert list(found.vertices) == vertices
    assert found.threats == (1, 1)


def test_alternating_needs_less_patience_than_restraint_where_it_pays_better():
    # (0 + 5 d) / (1 + d) >= 1 from d = 1/4 on: each in turn yields to the other.
    game = symmetric(5, 3, 1, 0)
    assert game.payoff_set(F(1, 4) - TINY).vertices == ((1, 1),)
    found = game.payoff_set(F(1, 4))
    assert found.contains((1, 4))
    assert found.contains((4, 1))
    assert not found.contains((3, 3))
    turns = gtc.Automaton(
        {"1": ("hold", "arm"), "2": ("arm", "hold"), "war": ("arm", "arm")},
        {
            "1": {("hold", "arm"): "2", "*": "war"},
            "2": {("arm", "hold"): "1", "*": "war"},
            "war": {"*": "war"},
        },
        "1",
    )
    assert game.critical(turns).critical == F(1, 4)
    assert game.sustains(turns, F(1, 4)).payoffs == (1, 4)


def test_degenerate_and_empty_sets():
    chicken = symmetric(6, 4, -3, 1)
    segment = chicken.payoff_set(F(1, 4))
    assert (segment.vertices, segment.area) == (((1, 6), (6, 1)), 0)
    assert segment.contains((F(7, 2), F(7, 2)))
    assert not segment.contains((4, 4))
    pennies = gtc.RepeatedGame([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    for method in ("abreu_sannikov", "jyc"):
        for delta in (0, 0.3, 0.95):
            none = pennies.payoff_set(delta, method)
            assert (none.empty, none.threats, none.area) == (True, None, 0)
    single = gtc.RepeatedGame([[2]], [[3]])
    assert single.payoff_set(0.5).vertices == ((2, 3),)
    assert single.critical("grim").critical == 0
    flat = gtc.RepeatedGame([[1, 1], [1, 1]], [[0, 2], [1, 3]])
    assert flat.payoff_set(0.5, "jyc").error < 1e-8


@pytest.mark.parametrize(
    "game",
    [symmetric(5, 3, 1, 0), symmetric(3, 2, 1, 0), symmetric(6, 4, -3, 1), STICK],
    ids=["dilemma", "knife edge", "chicken", "stick"],
)
@pytest.mark.parametrize("delta", [F(1, 20), F(2, 5), F(11, 20), F(2, 3), F(3, 4)])
def test_the_two_algorithms_agree_within_their_errors(game, delta):
    exact, around = game.payoff_set(delta), game.payoff_set(delta, "jyc")
    assert exact.error is not None
    assert around.error is not None
    outer, inner = as_floats(around.vertices), as_floats(around.inner)
    middle = as_floats(exact.vertices)
    assert apart(outer, inner) <= around.error + 1e-12
    assert apart(outer, middle) <= around.error + 1e-7
    assert apart(inner, middle) <= around.error + 1e-7
    reach = 1e-7 * max(abs(v) for point in outer for v in point)
    assert all(around.contains(point, within=reach) for point in middle)


def test_more_patience_sustains_more():
    for game in (symmetric(5, 3, 1, 0), symmetric(6, 4, -3, 1), STICK):
        smaller: list[tuple[float, float]] = []
        for k in range(0, 20, 3):
            found = game.payoff_set(F(k, 20))
            assert all(found.contains(point, within=1e-9) for point in smaller)
            smaller = as_floats(found.vertices)


def peer_set(game: gtc.RepeatedGame, delta: float) -> list[tuple[float, float]]:
    theory = pytest.importorskip("quantecon.game_theory")
    A, B = (np.array(table, dtype=np.float64) for table in game.payoffs)
    players = [theory.Player(A), theory.Player(np.ascontiguousarray(B.T))]
    repeated = theory.RepeatedGame(theory.NormalFormGame(players), delta)
    found = repeated.equilibrium_payoffs(
        options={"max_iter": 20_000, "u_init": np.array(game.minmax(), dtype=np.float64)}
    )
    return as_floats(found.points[found.vertices])


@pytest.mark.slow
@pytest.mark.parametrize(
    "delta", [F(1, 4), F(3, 10), F(9, 20), F(1, 2), F(3, 5), F(3, 4), F(9, 10)]
)
@pytest.mark.parametrize("numbers", [(5, 3, 1, 0), (9, 6, 1, 0), (10, 6, 2, 1)])
def test_the_set_of_the_dilemma_equals_quantecons(numbers, delta):
    game = symmetric(*numbers)
    assert apart(as_floats(game.payoff_set(delta).vertices), peer_set(game, float(delta))) < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("delta", [F(2, 5), F(1, 2), F(2, 3), F(9, 10)])
def test_the_set_of_chicken_equals_quantecons(delta):
    for numbers in CHICKENS:
        game = symmetric(*numbers)
        assert (
            apart(as_floats(game.payoff_set(delta).vertices), peer_set(game, float(delta))) < 1e-9
        )


def cournot(num: int) -> gtc.RepeatedGame:
    """Abreu and Sannikov's example: price 6 less the quantities, each of them from 0 to 6."""
    quantities = [F(6 * k, num - 1) for k in range(num)]

    def profit(own: F, other: F) -> F:
        return max(6 - own - other, F(0)) * own

    A = [[profit(a, b) for b in quantities] for a in quantities]
    return gtc.RepeatedGame(A, [list(row) for row in zip(*A, strict=True)])


@pytest.mark.slow
def test_the_set_of_a_duopoly_of_fifteen_quantities_equals_quantecons():
    game = cournot(15)
    found = game.payoff_set(F(1, 4))
    assert apart(as_floats(found.vertices), peer_set(game, 0.25)) < 1e-9
    assert found.error is not None


@pytest.mark.slow
def test_the_sets_of_random_games_equal_quantecons():
    draw = random.Random(11)
    compared = 0
    for _ in range(60):
        rows, columns = draw.randint(2, 3), draw.randint(2, 4)
        tables = [
            [[draw.randint(-5, 5) for _ in range(columns)] for _ in range(rows)] for _ in range(2)
        ]
        game, delta = gtc.RepeatedGame(*tables), F(draw.randint(6, 18), 20)
        found = game.payoff_set(delta)
        if len(found.vertices) < 3:
            continue  # the peer needs a polygon
        compared += 1
        assert apart(as_floats(found.vertices), peer_set(game, float(delta))) < 1e-7
    assert compared > 10


# Stages and models


def test_the_stage_of_a_model_is_its_table():
    game = gtc.RepeatedGame(gtc.load("prisoners_dilemma"), temptation=4)
    assert game.players == ("One", "Two")
    assert game.actions == (("hold_back", "arm"), ("hold_back", "arm"))
    assert game.payoffs == ([[2, 0], [4, 1]], [[2, 4], [0, 1]])
    assert game.critical("grim").critical == F(2, 3)
    again = gtc.RepeatedGame(gtc.load("prisoners_dilemma"), {"temptation": 4}, hazard="1/10")
    assert again.critical("grim").critical == F(20, 27)


def test_a_model_that_repeats_a_stage_gives_payments_and_hazard():
    game = gtc.RepeatedGame(model_of(REPEATED))
    assert (game.hazard, game.players) == (F(1, 10), ("A", "B"))
    assert game.payoffs == ([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    assert game.critical("grim").critical == F(5, 9)
    assert game.critical("grim", hazard=0).critical == F(1, 2)
    assert gtc.RepeatedGame(model_of(REPEATED), h=0, R="7/2").critical("grim").critical == F(3, 8)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "hot: {outcome: open_war, payoffs: {A: 0",
            "hot: {outcome: open_war, payoffs: {A: -1",
            "dep",
        ),
        ("hazard: h,", "hazard: h * breach,", "depends on what was played"),
        ("pays: {A: P, B: P}", "pays: {A: P - breach, B: P}", "changes with the state"),
        (
            "next: round, days: 1, pays: {A: P, B: P}, set: {breach: 1}}",
            "outcome: open_war, payoffs: {A: P, B: P}}",
            "some play ends",
        ),
    ],
)
def test_what_is_no_repetition_of_one_stage_is_refused(old, new, message):
    assert old in REPEATED
    with pytest.raises(UnsupportedGame, match=message):
        gtc.RepeatedGame(model_of(REPEATED.replace(old, new)))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sixty_day_ultimatum", "two players"),
        ("beer_quiche", "public moves only"),
        ("stahl_rubinstein", "deadline"),
        ("fearon_ultimatum", "no simultaneous move"),
    ],
)
def test_models_without_a_stage_are_refused(name, message):
    with pytest.raises(UnsupportedGame, match=message):
        gtc.RepeatedGame(gtc.load(name))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g: g.critical("grimm"), "unknown strategy 'grimm'"),
        (lambda g: g.critical(concept="perfect"), "unknown concept"),
        (lambda g: g.critical("n_period"), "needs periods"),
        (lambda g: g.critical("n_period", periods=0), "needs periods"),
        (lambda g: g.critical("grim", periods=2), "no number of periods"),
        (lambda g: g.critical(target=("hold", "aim")), "no action 'aim'"),
        (lambda g: g.critical(target="hold"), "not one action of each"),
        (lambda g: g.critical(punishment=("hold", "hold")), "no equilibrium of the stage"),
        (lambda g: g.critical(punishment="mixed"), "no equilibrium of the stage is mixed"),
        (lambda g: g.critical(punishment=7), "counted from 0"),
        (lambda g: g.critical("penal_code", concept="nash"), "subgame-perfect"),
        (lambda g: g.payoff_set(1), "lies in"),
        (lambda g: g.payoff_set("x"), "not a number"),
        (lambda g: g.payoff_set(0.5, "apx"), "unknown method"),
        (lambda g: g.payoff_set(0.5, directions=8), "for the method 'jyc' only"),
        (lambda g: g.sustains("penal_code", 0.5), "unknown strategy"),
        (lambda g: gtc.RepeatedGame([[1, 2]]), "two matrices"),
        (lambda g: gtc.RepeatedGame([[1]], [[1]], hazard=1), "hazard is 1"),
        (lambda g: gtc.RepeatedGame([[1, 2]], [[1, 2]], actions=[["a"], ["b"]]), "different names"),
        (lambda g: gtc.RepeatedGame([[1, 2]], [[1], [2]]), "shape"),
    ],
)
def test_wrong_questions_are_answered_by_what_is_wrong(call, message):
    with pytest.raises(ParameterError, match=message):
        call(symmetric(5, 3, 1, 0))


@pytest.mark.parametrize(
    ("play", "moves", "start", "message"),
    [
        ({"a": ("hold", "aim")}, {"a": {"*": "a"}}, "a", "plays 'aim'"),
        ({"a": ("hold", "arm")}, {"a": {"*": "b"}}, "a", "leads to 'b'"),
        ({"a": ("hold", "arm")}, {"a": {("hold", "arm"): "a"}}, "a", "leads nowhere"),
        ({"a": ("hold", "arm")}, {"a": {("arm", "aim"): "a", "*": "a"}}, "a", "no pair of actions"),
        ({"a": ("hold", "arm")}, {"a": {"*": "a"}}, "b", "starts in 'b'"),
        ({"a": ({"hold": 0.5}, "arm")}, {"a": {"*": "a"}}, "a", "sum to 1"),
    ],
)
def test_an_automaton_that_does_not_fit_is_refused(play, moves, start, message):
    with pytest.raises(ParameterError, match=message):
        symmetric(5, 3, 1, 0).critical(gtc.Automaton(play, moves, start))


def test_a_mixture_that_moves_the_automaton_by_chance_is_refused():
    half = {"hold": F(1, 2), "arm": F(1, 2)}
    moves = {"a": {("hold", "hold"): "a", "*": "b"}, "b": {"*": "b"}}
    automaton = gtc.Automaton({"a": (half, half), "b": ("arm", "arm")}, moves, "a")
    with pytest.raises(UnsupportedGame, match="by chance which state comes next"):
        symmetric(5, 3, 1, 0).critical(automaton)


# The command and the picture


def test_the_command_tells_critical_values_and_verdicts(crisis):
    result = crisis("repeated", "prisoners_dilemma", "--delta", "1/2", "--delta", "0.4")
    assert (result.code, result.stderr) == (0, "")
    lines = {
        line.split("  ")[1].strip(): line for line in result.stdout.splitlines() if "  " in line
    }
    assert lines["grim trigger"].split()[2:] == ["0.5", "0.5", "subgame", "perfect", "-"]
    assert lines["tit for tat"].split()[3:] == [
        "0.5",
        "only",
        "at",
        "0.5",
        "subgame",
        "perfect",
        "-",
    ]
    assert "Equilibrium payoffs at 0.4: a point (exact)" in result.stdout


def test_the_json_of_the_command_is_one_object(crisis):
    result = crisis("repeated", "chicken", "--json", "--delta", "0.8", "--periods", "4", "-q")
    assert (result.code, result.stderr) == (0, "")
    document = result.json
    assert document["schema"] == "gametheory_crisis.repeated/1"
    assert document["target"] == ["yield", "yield"]
    names = [entry["name"] for entry in document["strategies"]]
    assert "4 periods of punishment" in names
    grim = document["strategies"][0]
    assert grim["subgame_perfect"]["critical"] == 0.5
    assert grim["at"] == [{"delta": 0.8, "nash": True, "subgame_perfect": True}]
    assert sorted(document["sets"][0]["vertices"]) == [[2, 2], [2, 4], [4, 2]]


def test_the_command_knows_hazard_parameters_and_target(crisis):
    words = ("prisoners_dilemma", "--hazard", "0.1", "-p", "temptation=4", "--json")
    document = crisis("repeated", *words, "--target", "hold_back,hold_back").json
    assert document["strategies"][0]["subgame_perfect"]["critical"] == pytest.approx(20 / 27)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("chicken", "--delta", "1"), "does not lie in [0, 1)"),
        (("chicken", "--delta", "many"), "expected a number"),
        (("chicken", "--hazard", "2"), "does not lie in [0, 1)"),
        (("chicken", "--target", "yield"), "one action of each player"),
        (("chicken", "--target", "yield,yeld"), "did you mean 'yield'"),
        (("chicken", *(f"--delta=0.{k}" for k in range(1, 7))), "at most 5"),
        (("selten_horse",), "public moves only"),
    ],
)
def test_misuse_of_the_command_is_one_line_and_exit_code_2(crisis, words, message):
    result = crisis("repeated", *words)
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


def test_the_examples_of_the_document_do_what_they_say():
    text = (Path(__file__).parents[1] / "docs" / "repeated.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) == 3
    scope: dict[str, object] = {}
    for line in "".join(blocks).splitlines():
        call, _, said = line.partition("  # ")
        if said:
            assert str(eval(call, scope)) == said
        else:
            exec(call, scope)


def test_the_table_of_the_document_is_what_the_command_prints(crisis):
    text = (Path(__file__).parents[1] / "docs" / "repeated.md").read_text(encoding="utf-8")
    call, printed = re.findall(r"```\n\$ crisis (.*?)\n(.*?)```", text, flags=re.DOTALL)[0]
    assert crisis(*call.split()).stdout == printed


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_picture_is_written_in_each_format(crisis, tmp_path: Path, suffix):
    target = tmp_path / f"set.{suffix}"
    words = ("chicken", "--delta", "0.3", "--delta", "0.8", "-o", target, "-q")
    assert crisis("repeated", *words).code == 0
    assert target.stat().st_size > 1000


def test_the_picture_names_profiles_sets_and_players(crisis, tmp_path: Path):
    target = tmp_path / "set.svg"
    assert crisis("repeated", "matching_pennies", "-o", target, "-q").code == 0
    text = target.read_text(encoding="utf-8")
    assert "discount factor 0.9: no equilibrium" in text
    assert crisis("repeated", "prisoners_dilemma", "-o", target, "-q", "--delta", "0.6").code == 0
    text = target.read_text(encoding="utf-8")
    for words in ("hold_back, arm", "discount factor 0.6", "average payoff of One", "target"):
        assert words in text


def test_equal_sets_are_both_seen_in_the_picture():
    game = symmetric(3, 2, 1, 0)
    sets = [game.payoff_set(delta) for delta in ("1/5", "1/4", "3/5", "4/5")]
    figure = draw_payoff_sets(game, sets, game.target, "Dilemma")
    axes = figure.axes[1]
    widths = {round(patch.get_linewidth(), 3) for patch in axes.patches}
    assert {1.6, 5.6} <= widths
    json.dumps([found.to_dict() for found in sets])
