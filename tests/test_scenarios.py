"""Laws of scenario discovery: theory's inequalities, figures counted twice, fresh points, words."""

from __future__ import annotations

import json
import math
import re
from functools import cache

import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis.analysis.scenarios import tree
from gametheory_crisis.analysis.scenarios.discovery import scenarios
from gametheory_crisis.analysis.scenarios.words import Fit, Restriction, percent
from gametheory_crisis.errors import ParameterError, SolverError
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model, load

PLANE = {"c_iran": (0, 0.6), "threat": (0, 0.6)}

WAGER = """
format: 1
title: A wager
players: [Player]
parameters:
  count: {value: 3, range: [1, 9], integer: true}
  stake: {value: 0.5, range: [0, 1]}
  nerve: {value: 0.5, range: [0, 1]}
  noise: {value: 0.5, range: [0, 1]}
  idle: {value: 0.5, range: [0, 1]}
define:
  gain: where(count >= 4 and stake < 0.3 and nerve > 0.4, 1, -1)
assume: ["noise < 3/4"]
game:
  start:
    player: Player
    actions:
      bet: {outcome: bet, payoffs: {Player: gain}}
      pass: {outcome: pass, payoffs: {Player: 0}}
"""


@cache
def ultimatum() -> Model:
    return load("sixty_day_ultimatum")


@cache
def wager() -> Model:
    return Model(read_model(WAGER.encode(), "wager"), "wager")


@cache
def in_the_plane() -> gtc.Scenarios:
    return scenarios(ultimatum(), over=PLANE, seed=0, method="both")


@cache
def of_the_wager() -> gtc.Scenarios:
    return scenarios(wager(), seed=0, n=2000, method="both")


def meets(conditions: str, columns: dict[str, np.ndarray]) -> np.ndarray:
    """The points that a rule admits, by its words alone."""
    held = np.ones(len(next(iter(columns.values()))), dtype=bool)
    signs = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
    signs["="] = np.equal
    for words in conditions.split(" and "):
        terms = re.split(r" (<=|>=|<|>|=) ", words)
        values = [columns[term] if term in columns else float(term) for term in terms[::2]]
        for left, sign, right in zip(values[:-1], terms[1::2], values[1:], strict=True):
            held &= signs[sign](left, right)
    return held


def regimes_at(model: Model, found: gtc.Scenarios, points: np.ndarray) -> np.ndarray:
    """Regimes by the solver of batches, from whole points."""
    theta = np.empty((len(points), len(model.parameters)))
    for k, name in enumerate(model.parameters):
        column = points[:, found.names.index(name)] if name in found.names else found.values[name]
        theta[:, k] = column
    return model.solve_batch(theta).regime[0]


# What is found


def test_strikes_are_described_by_the_inequalities_of_the_theory():
    model = ultimatum()
    at = {name: float(value) for name, value in model.point().items()}
    # With a strike to follow there is a deal if 1 - face >= d**T (1 - c_us - c_iran), and a strike
    # follows if Israel gains from it.
    bound = 1 - (1 - at["face"]) / at["d"] ** at["T"] - at["c_us"]
    (box,) = in_the_plane()["strike"].boxes
    limits = {one.parameter: (one.low, one.high) for one in box.restrictions}
    assert limits["c_iran"][0] is None
    assert limits["c_iran"][1] == pytest.approx(bound, abs=1e-3)
    assert limits["threat"][0] == pytest.approx(at["c_isr"], abs=1e-3)
    assert limits["threat"][1] is None
    assert box.text == "strike: c_iran < 0.157 and threat > 0.15; covers 100 %, pure to 99.8 %"
    for fit in (box.fit, box.fresh):
        assert fit.coverage > 0.995
        assert fit.density > 0.99


def test_the_other_regimes_have_the_rest_of_the_plane():
    found = in_the_plane()
    assert [one.regime for one in found.scenarios] == ["deal", "strike", "stalemate"]
    assert found["deal"].boxes[0].conditions == "c_iran > 0.157 and threat > 0.15"
    assert found["stalemate"].boxes[0].conditions == "threat < 0.15"
    with pytest.raises(KeyError, match="war"):
        found["war"]


def test_a_whole_number_has_its_own_words():
    """With c_iran = 1/10 there is no deal while 0.7 / 0.999**T < 0.8."""
    last = math.floor(math.log(0.7 / 0.8) / math.log(0.999))
    found = scenarios(
        ultimatum(), "strike", over={"T": (1, 180)}, values={"c_iran": 0.1}, seed=0, n=1024
    )
    assert found["strike"].boxes[0].conditions == f"T <= {last}"
    assert found["strike"].fresh.coverage == found["strike"].fresh.density == 1


def test_only_what_matters_is_restricted():
    found = of_the_wager()
    (box,) = found["bet"].boxes
    assert [one.parameter for one in box.restrictions] == ["count", "stake", "nerve", "noise"]
    assert box.restrictions[0].text == "count >= 4"
    assert box.restrictions[1].high == pytest.approx(0.3, abs=0.01)
    assert box.restrictions[2].low == pytest.approx(0.4, abs=0.01)
    assert all(weight.p_value < 1e-6 for weight in box.weights)
    assert all(weight.density_without < box.fit.density for weight in box.weights)


def test_unsolved_points_are_counted_and_of_no_regime():
    found = of_the_wager()
    noise = found.names.index("noise")
    assert found.sample.unsolved == (found.sample.points[:, noise] >= 0.75).sum() > 0
    fits = [one.fit for one in found.scenarios]
    assert sum(fit.members for fit in fits) + found.sample.unsolved == fits[0].points
    # What has no game is not described as a bet.
    (box,) = found["bet"].boxes
    assert box.restrictions[3].high == pytest.approx(0.75, abs=0.01)
    sure = {"count": 4, "stake": 0.1}
    over = {"noise": (0, 1), "idle": (0, 1)}
    found = scenarios(wager(), over=over, values=sure, seed=0, n=500, method="both")
    assert found.text == "\n".join(["bet: noise < 0.75; covers 100 %, pure to 100 %"] * 2)
    everywhere = found.sample.fit(np.ones(500, dtype=bool), found.regimes.index("bet"))
    assert everywhere.density == pytest.approx(0.75, abs=0.01)


def test_regimes_that_leave_nothing_to_describe_are_named():
    model = ultimatum()
    far = {"threat": (0.2, 0.6)}
    found = scenarios(model, ["strike", "deal"], over=far, seed=0, n=256, method="both")
    assert found["strike"].text == "strike: at none of the 256 points"
    assert found["deal"].text == "deal: at every one of the 256 points"
    assert (
        found.tree.text == "deal: always; covers 100 %, pure to 100 %\nstrike: prevails in no leaf"
    )
    assert found["strike"].to_dict()["fresh"]["coverage"] is None
    edge = scenarios(model, "strike", over={"c_iran": (0.15, 0.6)}, seed=0, n=256)["strike"]
    assert edge.text == "strike: at 4 of 256 points, too few to describe; a larger sample has more"


def test_where_nothing_is_solved_there_is_nothing_to_describe():
    with pytest.raises(SolverError, match="none of the 100 points has a solution: 100 no game"):
        scenarios(wager(), over={"noise": (0.8, 1)}, seed=0, n=50)


# Figures


@pytest.mark.parametrize("result", [in_the_plane, of_the_wager])
def test_figures_are_those_of_the_words_on_points_solved_again(result):
    found = result()
    model = {"wager": wager, "sixty_day_ultimatum": ultimatum}[found.model]()
    for sample, kind in ((found.sample, "fit"), (found.fresh, "fresh")):
        regime = regimes_at(model, found, sample.points)
        columns = dict(zip(found.names, sample.points.T, strict=True))
        rules = [box for one in found.scenarios for box in one.boxes] + list(found.tree.rules)
        assert len(rules) >= 4
        for rule in rules:
            held = meets(rule.conditions, columns)
            members = regime == model.regimes.index(rule.regime)
            counted = Fit(len(held), members.sum(), held.sum(), (held & members).sum())
            assert getattr(rule, kind) == counted
        for one in found.scenarios:
            held = np.any([meets(box.conditions, columns) for box in one.boxes], axis=0)
            members = regime == model.regimes.index(one.regime)
            assert getattr(one, kind).inside == held.sum()
            assert getattr(one, kind).hits == (held & members).sum()


def test_accuracy_is_that_of_the_words():
    found = of_the_wager()
    for sample, accuracy in (
        (found.sample, found.tree.accuracy),
        (found.fresh, found.tree.fresh_accuracy),
    ):
        columns = dict(zip(found.names, sample.points.T, strict=True))
        said = np.full(len(sample.regime), -1)
        for rule in found.tree.rules:
            said[meets(rule.conditions, columns)] = found.regimes.index(rule.regime)
        assert accuracy == pytest.approx((said == sample.regime).mean(), abs=1e-12)


def test_leaves_predict_what_the_grown_tree_predicts():
    sample = of_the_wager().sample
    kinds = sample.regime.astype(np.int64)
    whole = np.array([True, False, False, False, False])
    grown = tree.grow(sample.points, kinds, 4)
    leaves = tree.leaves_of(grown, sample.points, whole, share=0)
    wanted = grown.predict(sample.points)
    assert np.array_equal(tree.predicted(leaves, sample.points), wanted)
    neat = tree.leaves_of(grown, sample.points, whole)
    assert (tree.predicted(neat, sample.points) == wanted).mean() > 0.98


def test_the_leaves_are_the_fewest_that_say_the_same():
    """Siblings of one kind are one leaf."""
    found = in_the_plane()
    assert [rule.conditions for rule in found.tree.rules] == [
        "threat < 0.15",
        "c_iran < 0.157 and threat > 0.15",
        "c_iran > 0.157 and threat > 0.15",
    ]


def test_a_rule_bent_to_few_points_is_found_out_by_fresh_ones():
    found = scenarios(ultimatum(), "strike", seed=0, n=4096)["strike"]
    assert found.boxes
    assert found.fresh.density < found.fit.density - 0.1
    assert found.boxes[0].weights[0].p_value > found.boxes[0].weights[0].quasi_p_value


# Samples


def test_the_same_seed_gives_the_same_result_on_any_number_of_threads():
    options = {"over": PLANE, "n": 512, "method": "both"}
    first, second, other = (
        scenarios(ultimatum(), seed=seed, threads=threads, **options)
        for seed, threads in ((0, 1), (0, 3), (1, 1))
    )
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())
    assert np.array_equal(first.fresh.points, second.fresh.points)
    assert not np.array_equal(first.sample.points, other.sample.points)
    assert not np.array_equal(first.fresh.points, other.fresh.points)
    unseeded = [scenarios(ultimatum(), n=64, over=PLANE).sample.points for _ in range(2)]
    assert not np.array_equal(*unseeded)


def test_fresh_points_are_others_from_the_same_box():
    found = in_the_plane()
    points = [{tuple(point) for point in one.points} for one in (found.sample, found.fresh)]
    assert len(points[0]) == len(points[1]) == 4096
    assert not points[0] & points[1]
    for one in (found.sample, found.fresh):
        assert one.points.min() >= 0
        assert one.points.max() <= 0.6


@pytest.mark.parametrize("design", ["lhs", "random"])
def test_other_designs_and_distributions_find_the_same_rule(design):
    over = {"c_iran": ("triangular", (0, 0.2, 0.6)), "threat": ("beta", (2, 3, 0, 0.6))}
    found = scenarios(ultimatum(), "strike", over=over, design=design, seed=2)
    (box,) = found["strike"].boxes
    assert [one.parameter for one in box.restrictions] == ["c_iran", "threat"]
    assert box.restrictions[0].high == pytest.approx(0.1567, abs=0.003)
    assert box.restrictions[1].low == pytest.approx(0.15, abs=0.003)
    assert found.to_dict()["over"]["c_iran"] == {"from": 0, "to": 0.6, "whole": False}


# Words


@pytest.mark.parametrize(
    ("restriction", "words"),
    [
        (Restriction("c", None, 0.21), "c < 0.21"),
        (Restriction("c", 0.34, None), "c > 0.34"),
        (Restriction("c", -0.5, 1e-7), "-0.5 < c < 1e-07"),
        (Restriction("T", 12, None, whole=True), "T >= 12"),
        (Restriction("T", 3, 12, whole=True), "3 <= T <= 12"),
        (Restriction("T", 4, 4, whole=True), "T = 4"),
    ],
)
def test_restrictions_in_words_admit_what_they_say(restriction, words):
    assert restriction.text == words
    values = np.array([-1.0, -0.5, 0.1, 0.21, 0.34, 1.0, 3.0, 4.0, 12.0, 13.0])
    admitted = meets(words, {"c": values, "T": values})
    assert np.array_equal(restriction.holds(values), admitted)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1.0, "100 %"),
        (0.9984, "99.8 %"),
        (0.99999, "over 99.9 %"),
        (0.88, "88 %"),
        (0.001, "under 1 %"),
        (0.0, "0 %"),
    ],
)
def test_nearly_all_is_not_all(share, words):
    assert percent(share) == words


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"regime": "war"}, "unknown regime 'war'"),
        ({"regime": []}, "no regime is asked for"),
        ({"method": "forest"}, "unknown method 'forest'; methods: prim, tree, both"),
        ({"design": "grid"}, "unknown design 'grid'"),
        ({"density": 0}, "density = 0 is not above 0"),
        ({"density": math.nan}, "density = nan is not above 0"),
        ({"boxes": 0}, "one box at least"),
        ({"depth": 11}, "a tree asks 1 to 10 questions"),
        ({"n": 19}, "fewer than 20 points describe nothing"),
        ({"seed": -1}, "seed = -1 is below 0"),
        ({"seed": 1.5}, "seed is a whole number, not 1.5"),
        ({"n": "many"}, "n is a whole number, not 'many'"),
        ({"boxes": 1.5}, "boxes is a whole number, not 1.5"),
        ({"density": "high"}, "density is a number, not 'high'"),
        ({"regime": 5}, "regime is a text or a list of texts, not 5"),
        ({"values": "threat"}, "values are given by name"),
        ({"over": 5}, "write a list of names"),
        ({"over": {"threat": "01"}}, "'threat' varies between two numbers, not '01'"),
        ({"threads": -1}, "threads = -1 is below 1"),
        ({"over": {"c_irn": (0, 1)}}, "did you mean 'c_iran'"),
        ({"over": {"c_iran": (0, 2)}}, "its range is"),
        ({"over": PLANE, "values": {"threat": 0.1}}, "varies and is also set"),
    ],
)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(ParameterError, match=re.escape(message)):
        scenarios(ultimatum(), **options)


def test_a_rule_of_selection_decides_which_regime_a_point_has():
    model = load("stag_hunt")
    first, risk = (
        scenarios(model, "cooperation", over=["stag", "hare"], n=64, seed=0, select=rule)
        for rule in (None, "risk")
    )
    for (stag, hare), regime in zip(risk.sample.points[:8], risk.sample.regime, strict=False):
        solved = model.solve(stag=stag, hare=hare, select="risk").equilibria[0]
        assert solved.regime == model.regimes[regime]
    assert (risk.sample.regime == 0).sum() < (first.sample.regime == 0).sum()
    assert (risk.to_dict()["select"], first.to_dict()["select"]) == ("risk", None)
    with pytest.raises(ParameterError, match="unknown selection 'best'"):
        scenarios(model, n=64, select="best")
