"""The certificate of finite trees with private numbers from a continuum, held against hand work."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from gametheory_crisis.certificate import ShockCertificate, certify_shocks, certify_tree
from gametheory_crisis.certificate.shock_cells import crossings
from gametheory_crisis.certificate.shock_distributions import Shock
from gametheory_crisis.certificate.shock_draws import shocks_of
from gametheory_crisis.certificate.shock_moments import Moments, Path
from gametheory_crisis.certificate.shock_payoffs import read_game
from gametheory_crisis.certificate.shock_rules import Rule
from gametheory_crisis.errors import NotFinite, ParameterError, SolverError, UnsupportedGame
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.results import Choice, Score

Strategies = dict[str, tuple[Choice, ...]]
Lines = tuple[float, dict[str, float]]


def model(text: str) -> Graph:
    return read_model(f"format: 1\ntitle: test\n{text}".encode(), "test.yaml")


def rule(
    player: str,
    play: Mapping[str, float],
    seen: Sequence[str] = (),
    *,
    type: str = "",
    day: int = 0,
    ties: Mapping[str, float] | None = None,
    cutoff: Mapping[str, float] | None = None,
    **scores: Sequence[Lines],
) -> Choice:
    """A choice among scores; each score is a constant and its slopes."""
    return Choice(
        player,
        day,
        {},
        dict(play),
        1.0,
        type=type,
        seen=tuple(seen),
        ties=ties or {},
        cutoff=cutoff or {},
        scores={name: tuple(Score(c, s) for c, s in given) for name, given in scores.items()},
    )


def mix(player: str, play: Mapping[str, float], seen: Sequence[str] = (), type: str = "") -> Choice:
    return Choice(player, 0, {}, dict(play), 1.0, type=type, seen=tuple(seen))


# A player alone

ONE_SHOT = model("""
players: [A]
parameters: {p: 0.3}
private: {A: {c: "uniform(0, 1)"}}
game:
  enter:
    player: A
    actions:
      go: {outcome: war, payoffs: {A: p - c}}
      stay: {outcome: peace, payoffs: {A: 0}}
""")


def one_shot(cut: float, play: float | None = None) -> Strategies:
    play = cut if play is None else play
    choice = rule("A", {"go": play, "stay": 1 - play}, go=[(cut, {"c": -1})], stay=[(0, {})])
    return {"enter": (choice,)}


def test_who_enters_if_it_pays_is_certified() -> None:
    found = certify_shocks(ONE_SHOT, {"p": 0.3}, one_shot(0.3))
    assert isinstance(found, ShockCertificate)
    assert found.payoffs["A"] == pytest.approx(0.3**2 / 2, abs=1e-15)
    assert found.outcomes == pytest.approx({"war": 0.3, "peace": 0.7}, abs=1e-15)
    assert found.ends["war"] == pytest.approx({0: 0.3}, abs=1e-15)
    assert found.expected_day == 0
    assert found.regret <= 1e-15
    assert not found.exact


@pytest.mark.parametrize("slip", [0.2, 1e-3, 1e-6, -1e-6, -0.2])
def test_a_cutoff_off_by_a_little_costs_the_types_beside_it_as_much(slip: float) -> None:
    found = certify_shocks(ONE_SHOT, {"p": 0.3}, one_shot(0.3 + slip))
    assert found.regret == pytest.approx(abs(slip), abs=1e-8)
    assert found.path_regret == found.regret
    assert found.payoffs["A"] == pytest.approx(0.3**2 / 2 - slip**2 / 2, abs=1e-14)


def test_swapped_actions_cost_the_most_to_the_outermost_type() -> None:
    swapped = rule("A", {"go": 0.7, "stay": 0.3}, go=[(0, {})], stay=[(0.3, {"c": -1})])
    found = certify_shocks(ONE_SHOT, {"p": 0.3}, {"enter": (swapped,)})
    assert found.regret == pytest.approx(0.7, abs=1e-12)


@pytest.mark.parametrize("far", [1.0, 1.3])
def test_a_cutoff_at_or_beyond_the_end_of_the_support_is_none(far: float) -> None:
    found = certify_shocks(ONE_SHOT, {"p": far}, one_shot(far, play=1.0))
    assert found.outcomes["war"] == 1
    assert found.regret <= 1e-15


def test_rounding_at_the_end_of_the_support_leads_nowhere() -> None:
    strategies = one_shot(-1e-17, play=0.0)
    assert certify_shocks(ONE_SHOT, {"p": 0}, strategies).outcomes["war"] == 0
    assert certify_shocks(ONE_SHOT, {"p": 0}, one_shot(1e-17, play=0.0)).outcomes["war"] == 0


# Crisis bargaining with one shock each: uniform costs of war, and a price of backing down.

AUDIENCE = model("""
players: [A, B]
parameters: {p: 0.5, C_A: 1, C_B: 1, a: 0.1}
private:
  A: {cA: "uniform(0, C_A)"}
  B: {cB: "uniform(0, C_B)"}
game:
  challenge:
    player: A
    actions:
      challenge: answer
      stay: {outcome: SQ, payoffs: {A: 0, B: 1}}
  answer:
    player: B
    actions:
      concede: {outcome: CD, payoffs: {A: 1, B: 0}}
      resist: showdown
  showdown:
    player: A
    actions:
      firm: {outcome: SF, payoffs: {A: p - cA, B: 1 - p - cB}}
      back: {outcome: BD, payoffs: {A: -a, B: 1}}
""")
CHALLENGED = ("A: challenge",)
RESISTED = (*CHALLENGED, "B: resist")


def audience(
    p: float, a: float, r: float, s: float, b: float, challenge: float, resist: float | None = None
) -> Strategies:
    """B resists with probability r; a challenge is meant with s; b of the weak types bluff."""
    resist = r if resist is None else resist
    firm = (1 - r + r * p, {"cA": -r})
    first = rule(
        "A",
        {"challenge": challenge, "stay": 1 - challenge},
        ties={"challenge": b, "stay": 1 - b},
        challenge=[firm, (1 - r - r * a, {})],
        stay=[(0, {})],
    )
    answer = rule(
        "B",
        {"concede": 1 - resist, "resist": resist},
        CHALLENGED,
        concede=[(0, {})],
        resist=[(1 - s * p, {"cB": -s})],
    )
    last = rule(
        "A",
        {"firm": s, "back": 1 - s},
        RESISTED,
        cutoff={"cA": p + a},
        firm=[(p, {"cA": -1})],
        back=[(-a, {})],
    )
    return {"challenge": (first,), "answer": (answer,), "showdown": (last,)}


# Per case p, C_A, C_B, a; then r, s, b, the probability of a challenge; then SQ, CD, SF, BD.
AUDIENCE_CASES = [
    ((0.5, 1, 1, 0.1), (1 / 1.1, 22 / 31, 27 / 44, 93 / 110), (17 / 110, 93 / 1210, 6 / 11)),
    ((0.3, 1.5, 0.8, 0.3), (0.875, 1, 0, 31 / 105), (74 / 105, 31 / 840, 31 / 120)),
    ((0.2, 2, 1, 0.6), (0.8, 1, 0, 0.225), (0.775, 0.045, 0.18)),
    ((0.5, 1, 1, 0.3), (0.75, 0.8, 1, 1), (0, 0.25, 0.6)),
    ((0.5, 1.2, 2, 0.2), (17 / 28, 7 / 12, 1, 1), (0, 11 / 28, 17 / 48)),
    ((0.5, 1.2, 2, 0.5), (0.35, 5 / 6, 1, 1), (0, 0.65, 7 / 24)),
    ((0.5, 2, 2, 2), (0.25, 1, 0, 1), (0, 0.75, 0.25)),
]


@pytest.mark.parametrize(("at", "claim", "outcomes"), AUDIENCE_CASES)
def test_three_regimes_of_audience_costs(
    at: tuple[float, ...], claim: tuple[float, ...], outcomes: tuple[float, ...]
) -> None:
    p, c_a, c_b, a = at
    r, s, b, challenge = claim
    found = certify_shocks(
        AUDIENCE, {"p": p, "C_A": c_a, "C_B": c_b, "a": a}, audience(p, a, r, s, b, challenge)
    )
    assert list(found.outcomes.values())[:3] == pytest.approx(outcomes, abs=1e-14)
    assert sum(found.outcomes.values()) == pytest.approx(1, abs=1e-14)
    assert found.regret <= 1e-14
    # A gets 1 where B concedes, what war is worth where it fights, and -a where it backs down.
    fights = found.outcomes["SF"] / r if r else 0.0
    mean_cost = c_a * fights / 2
    war = found.outcomes["SF"] * (p - mean_cost)
    a_gets = found.outcomes["CD"] + war - a * found.outcomes["BD"]
    assert found.payoffs["A"] == pytest.approx(a_gets, abs=1e-13)
    b_gets = found.outcomes["SQ"] + found.outcomes["BD"]
    b_gets += found.outcomes["SF"] * (1 - p - c_b * r / 2)
    assert found.payoffs["B"] == pytest.approx(b_gets, abs=1e-13)


def test_too_many_bluffs_are_found_out() -> None:
    p, a, r, s, b = 0.5, 0.1, 1 / 1.1, 22 / 31, 27 / 44
    more = b + 0.1
    challenge = 0.6 + 0.4 * more
    claimed = audience(p, a, r, s, more, challenge)
    claimed["showdown"] = (
        replace(
            claimed["showdown"][0], play={"firm": 0.6 / challenge, "back": 1 - 0.6 / challenge}
        ),
    )
    found = certify_shocks(AUDIENCE, {"p": p, "C_A": 1, "C_B": 1, "a": a}, claimed)
    # B believes that s of the challenges are meant, though fewer are; 1 - s' (p + c) is what
    # resisting is worth, and the type at its cutoff (1 - s p) / s gains what it is wrong by.
    meant = 0.6 / challenge
    cutoff = (1 - s * p) / s
    assert found.regret == pytest.approx(1 - meant * (p + cutoff), abs=1e-8)


def test_probabilities_other_than_those_of_the_rule_are_an_error() -> None:
    p, a, r, s, b, challenge = 0.5, 0.1, 1 / 1.1, 22 / 31, 27 / 44, 93 / 110
    values = {"p": p, "C_A": 1, "C_B": 1, "a": a}
    good = audience(p, a, r, s, b, challenge)
    wrong = audience(p, a, r, s, b, challenge, resist=r + 1e-5)
    with pytest.raises(SolverError, match=r"'concede' is claimed .* B at 'answer'"):
        certify_shocks(AUDIENCE, values, wrong)
    wrong = audience(p, a, r, s, b + 0.01, challenge)
    with pytest.raises(SolverError, match=r"'challenge' is claimed .* A at 'challenge'"):
        certify_shocks(AUDIENCE, values, wrong)
    # What A does when resisted is said of those who challenge, not of all.
    showdown = replace(good["showdown"][0], play={"firm": 0.6, "back": 0.4})
    with pytest.raises(SolverError, match=r"'firm' is claimed .* A at 'showdown'"):
        certify_shocks(AUDIENCE, values, {**good, "showdown": (showdown,)})


def test_a_claim_that_is_none_is_an_error() -> None:
    values = {"p": 0.5, "C_A": 1, "C_B": 1, "a": 0.3}
    good = audience(0.5, 0.3, 0.75, 0.8, 1, 1)

    def refused(match: str, node: str, **changes: Any) -> None:
        choice = replace(good[node][0], **changes)
        with pytest.raises(SolverError, match=match):
            certify_shocks(AUDIENCE, values, {**good, node: (choice,)})

    concede, resist = (good["answer"][0].scores[name] for name in ("concede", "resist"))
    with pytest.raises(SolverError, match="no choice of B at 'answer'"):
        certify_shocks(AUDIENCE, values, {**good, "answer": ()})
    refused("no score of 'concede'", "answer", scores={"resist": resist})
    refused("no score of 'concede'", "answer", scores={})
    refused(
        "unavailable action 'yield'",
        "answer",
        scores={"concede": concede, "resist": resist, "yield": concede},
    )
    foreign = (Score(0.7, {"cA": -1.0}),)
    refused("reads 'cA'", "answer", scores={"concede": concede, "resist": foreign})
    refused("not finite", "answer", scores={"concede": concede, "resist": (Score(math.nan, {}),)})
    refused("probabilities of ties", "challenge", ties={"challenge": 0.5, "stay": 0.6})
    refused("does not turn at the cutoff cA = 0.7", "showdown", cutoff={"cA": 0.7})
    refused("sum to 0.9", "answer", play={"concede": 0.2, "resist": 0.7})


# Two shocks of one player: the statistical crisis game of Lewis and Schultz (2003).

CRISIS_TEXT = """
players: [A, B]
parameters: {S_A: 0, V_A: 1, C_B: 0, W_A: -1.9, W_B: -2.9, a: -1.2, V_B: 1, k: 0}
private:
  A: {e_A: "normal(0, 1)", e_a: "normal(0, 1)"}
  B: {e_B: "normal(0, 1)"}
game:
  challenge:
    player: A
    actions:
      challenge: answer
      stay: {outcome: SQ, payoffs: {A: S_A, B: 0}}
  answer:
    player: B
    actions:
      concede: {outcome: CD, payoffs: {A: V_A, B: C_B}}
      resist: showdown
  showdown:
    player: A
    actions:
      firm: {outcome: SF, payoffs: {A: W_A + e_A, B: W_B + e_B + k * e_A}}
      back: {outcome: BD, payoffs: {A: a + e_a, B: V_B}}
"""
CRISIS = model(CRISIS_TEXT)
CRISIS_AT = {"S_A": 0.0, "V_A": 1.0, "C_B": 0.0, "W_A": -1.9, "a": -1.2, "V_B": 1.0, "k": 0.0}

# W_B; then the probabilities of resisting, challenging, standing firm; then SQ, CD, SF, BD.
CRISIS_CASES = [
    (
        -3.0,
        (0.21862282481710107, 0.99958608091964, 0.310255760300449),
        (0.0004139190803600368, 0.7810537482611329, 0.06780091501919576, 0.15073141763931133),
    ),
    (
        -2.9,
        (0.25110461597639766, 0.9947894686278183, 0.3096951044453634),
        (0.005210531372181748, 0.7449932411306652, 0.07736066876478856, 0.17243555873236444),
    ),
    (
        -2.9,
        (0.5947228294539281, 0.3798678349831426, 0.24156275901688465),
        (0.6201321650168574, 0.1539517613434302, 0.05457291005467061, 0.17134316358504179),
    ),
    (
        -2.9,
        (0.8133217203277774, 0.20545184098281888, 0.20875939283374909),
        (0.7945481590171811, 0.03835339623016367, 0.03488336987002807, 0.13221507488262713),
    ),
]


def crisis(
    resist: float, challenge: float, firm: float, w_b: float, war_bonus: float = 0.0
) -> Strategies:
    """The rules of the crisis game; ``war_bonus`` is what A's shock adds to war for B."""
    first = rule(
        "A",
        {"challenge": challenge, "stay": 1 - challenge},
        challenge=[
            (1 - resist - 1.9 * resist, {"e_A": resist}),
            (1 - resist - 1.2 * resist, {"e_a": resist}),
        ],
        stay=[(0, {})],
    )
    fight = (firm * (w_b + war_bonus) + 1 - firm, {"e_B": firm})
    answer = rule(
        "B",
        {"concede": 1 - resist, "resist": resist},
        CHALLENGED,
        concede=[(0, {})],
        resist=[fight],
    )
    last = rule(
        "A",
        {"firm": firm, "back": 1 - firm},
        RESISTED,
        firm=[(-1.9, {"e_A": 1})],
        back=[(-1.2, {"e_a": 1})],
    )
    return {"challenge": (first,), "answer": (answer,), "showdown": (last,)}


@pytest.mark.parametrize(("w_b", "claim", "outcomes"), CRISIS_CASES)
def test_every_equilibrium_of_the_statistical_crisis_game_is_certified(
    w_b: float, claim: tuple[float, float, float], outcomes: tuple[float, ...]
) -> None:
    found = certify_shocks(CRISIS, {**CRISIS_AT, "W_B": w_b}, crisis(*claim, w_b))
    assert list(found.outcomes.values()) == pytest.approx(outcomes, abs=2e-14)
    assert found.regret <= 1e-12
    # What a challenge is worth to A, below z with probability Phi(...) Phi(...), or nothing.
    resist = claim[0]

    def exceeds(z: float) -> float:
        needed = (z - 1 + resist) / resist
        return 1 - float(stats.norm.cdf(needed + 1.9) * stats.norm.cdf(needed + 1.2))

    worth = integrate.quad(exceeds, 0, 20, epsabs=1e-14, epsrel=1e-13, limit=200)[0]
    assert found.payoffs["A"] == pytest.approx(worth, abs=1e-12)


@pytest.mark.parametrize("slip", [1e-2, 1e-4, -1e-3])
def test_a_fixed_point_missed_by_a_little_costs_a_little(slip: float) -> None:
    resist, challenge, firm = CRISIS_CASES[2][1]
    claimed = crisis(resist, challenge, firm, -2.9)
    fight = claimed["answer"][0].scores["resist"][0]
    moved = (replace(fight, constant=fight.constant + slip * firm),)
    played = float(stats.norm.sf(-fight.constant / firm - slip))
    answer = replace(
        claimed["answer"][0],
        scores={**claimed["answer"][0].scores, "resist": moved},
        play={"concede": 1 - played, "resist": played},
    )
    found = certify_shocks(CRISIS, {**CRISIS_AT, "W_B": -2.9}, {**claimed, "answer": (answer,)})
    # B's types between the cutoffs lose; A best replies to a probability that is not played.
    assert found.regret >= abs(slip) * firm * (1 - 1e-6)
    assert found.regret <= 6 * abs(slip)


def test_a_common_value_is_the_mean_of_the_types_that_fight() -> None:
    resist, k = 0.5, 0.7
    # A challenges if x >= c or y >= d, and stands firm if y <= x - (c - d): then x >= c.
    c, d = 1.9 - (1 - resist) / resist, 1.2 - (1 - resist) / resist
    phi, cdf = stats.norm.pdf, stats.norm.cdf

    def over(integrand: Any) -> float:
        return float(integrate.quad(integrand, c, 40, epsabs=1e-15, epsrel=1e-13, limit=200)[0])

    fighting = over(lambda x: phi(x) * cdf(x - c + d))
    mean = over(lambda x: x * phi(x) * cdf(x - c + d)) / fighting
    challenge = 1 - float(cdf(c) * cdf(d))
    firm = fighting / challenge
    # War is worth so little that half of B's types resist.
    w_b = -(1 - firm) / firm - k * mean
    values = {**CRISIS_AT, "W_B": w_b, "k": k}
    found = certify_shocks(CRISIS, values, crisis(resist, challenge, firm, w_b, war_bonus=k * mean))
    assert found.regret <= 1e-12
    assert found.payoffs["B"] == pytest.approx(fighting * float(phi(0)), abs=1e-13)
    # Who forgets that only the keen fight resists too rarely, and is wrong by that at its cutoff.
    blind = crisis(resist, challenge, firm, w_b)
    rarely = float(cdf((firm * w_b + 1 - firm) / firm))
    answer = replace(blind["answer"][0], play={"concede": 1 - rarely, "resist": rarely})
    found = certify_shocks(CRISIS, values, {**blind, "answer": (answer,)})
    assert found.regret >= k * mean * firm * (1 - 1e-6)


# Places to which play never gets

ENTRY = model("""
players: [A, B]
parameters: {high: 0, k: 1}
private:
  A: {x: "uniform(0, 1)"}
  B: {y: "uniform(0, 1)"}
game:
  enter:
    player: A
    actions:
      left: reply
      right: reply
      out: {outcome: out, payoffs: {A: 5, B: 0}}
  reply:
    player: B
    actions:
      fight: {outcome: war, payoffs: {A: x, B: k * x - y}}
      yield: {outcome: deal, payoffs: {A: 1 + x, B: 0}}
""")


def entry(seen: str, mean: float) -> Choice:
    return rule(
        "B",
        {"fight": mean, "yield": 1 - mean},
        (seen,),
        fight=[(mean, {"y": -1})],
        **{"yield": [(0, {})]},
    )


def test_mistakes_tell_nothing_of_the_type() -> None:
    out = rule(
        "A",
        {"left": 0, "right": 0, "out": 1},
        left=[(0.5, {"x": 1})],
        right=[(0.5, {"x": 1})],
        out=[(5, {})],
    )
    claimed = {"enter": (out,), "reply": (entry("A: left", 0.5), entry("A: right", 0.5))}
    found = certify_shocks(ENTRY, {"high": 0, "k": 1}, claimed)
    assert found.regret <= 1e-15
    assert found.outcomes == {"out": 1, "war": 0, "deal": 0}
    claimed["reply"] = (entry("A: left", 0.5), entry("A: right", 0.9))
    found = certify_shocks(ENTRY, {"high": 0, "k": 1}, claimed)
    assert found.path_regret <= 1e-15
    assert found.regret == pytest.approx(0.4, abs=1e-8)


def test_play_after_an_own_mistake_is_that_of_all_types() -> None:
    game = model("""
players: [A]
private: {A: {x: "uniform(0, 1)"}}
game:
  first:
    player: A
    actions:
      stop: {outcome: stop, payoffs: {A: 5}}
      go: second
  second:
    player: A
    actions:
      high: {outcome: high, payoffs: {A: x}}
      low: {outcome: low, payoffs: {A: "1/4"}}
""")
    first = rule("A", {"stop": 1, "go": 0}, stop=[(5, {})], go=[(0, {"x": 1}), (0.25, {})])
    second = rule(
        "A", {"high": 0.75, "low": 0.25}, ("A: go",), high=[(0, {"x": 1})], low=[(0.25, {})]
    )
    found = certify_shocks(game, {}, {"first": (first,), "second": (second,)})
    assert found.regret == 0
    second = replace(second, scores={**second.scores, "low": (Score(0.5),)})
    with pytest.raises(SolverError, match="'high' is claimed"):
        certify_shocks(game, {}, {"first": (first,), "second": (second,)})
    second = replace(second, play={"high": 0.5, "low": 0.5})
    found = certify_shocks(game, {}, {"first": (first,), "second": (second,)})
    assert found.regret == pytest.approx(0.25, abs=1e-8)


def test_the_fewest_mistakes_lead_to_a_place_that_is_never_reached() -> None:
    # B cannot tell one mistake of A from two; one is infinitely likelier.
    game = model(
        """
players: [A, B]
private: {B: {y: "uniform(0, 1)"}}
game:
  first:
    player: A
    observed_by: [A]
    actions:
      stop: {outcome: stop, payoffs: {A: 5, B: 0}}
      once: reply
      on: second
  second:
    player: A
    observed_by: [A]
    actions:
      back: {outcome: stop, payoffs: {A: 5, B: 0}}
      twice: answer
  reply: &REPLY
    player: B
    actions:
      fight: {outcome: war, payoffs: {A: 0, B: 1 - y}}
      yield: {outcome: deal, payoffs: {A: 0, B: "1/2"}}
  answer:
    player: B
    actions:
      fight: {outcome: war, payoffs: {A: 0, B: -1 - y}}
      yield: {outcome: deal, payoffs: {A: 0, B: "1/2"}}
""".replace(" &REPLY", "")
    )
    claimed = {
        "first": (mix("A", {"stop": 1, "once": 0, "on": 0}),),
        "second": (mix("A", {"back": 1, "twice": 0}, ("A: on",)),),
        "reply": (
            rule(
                "B",
                {"fight": 0.5, "yield": 0.5},
                fight=[(1, {"y": -1})],
                **{"yield": [(0.5, {})]},
            ),
        ),
    }
    found = certify_shocks(game, {}, claimed)
    assert found.regret <= 1e-15
    blamed = replace(
        claimed["reply"][0],
        play={"fight": 0, "yield": 1},
        scores={"fight": (Score(0.0, {"y": -1.0}),), "yield": (Score(0.5),)},
    )
    found = certify_shocks(game, {}, {**claimed, "reply": (blamed,)})
    assert found.path_regret == 0
    assert found.regret == pytest.approx(0.5, abs=1e-8)


# Types, days, nature and hidden moves beside shocks


def test_finite_types_stand_beside_shocks() -> None:
    game = model("""
players: [A]
parameters: {q: 0.25}
private: {A: {type: {low: q, high: 1 - q}, v: {low: 0.2, high: 0.6}, c: "exponential(2)"}}
game:
  enter:
    player: A
    actions:
      go: {outcome: war, payoffs: {A: v - c}}
      stay: {outcome: peace, payoffs: {A: 0}}
""")

    def choice(name: str, v: float) -> Choice:
        share = 1 - math.exp(-2 * v)
        return rule(
            "A", {"go": share, "stay": 1 - share}, type=name, go=[(v, {"c": -1})], stay=[(0, {})]
        )

    found = certify_shocks(game, {"q": 0.25}, {"enter": (choice("low", 0.2), choice("high", 0.6))})
    worth = {v: v - (1 - math.exp(-2 * v)) / 2 for v in (0.2, 0.6)}
    assert found.payoffs["A"] == pytest.approx(0.25 * worth[0.2] + 0.75 * worth[0.6], abs=1e-14)
    assert found.regret <= 1e-14
    low = replace(choice("high", 0.6), type="low")
    found = certify_shocks(game, {"q": 0.25}, {"enter": (low, choice("high", 0.6))})
    assert found.regret == pytest.approx(0.4, abs=1e-8)


def test_days_payments_and_nature_beside_shocks() -> None:
    game = model("""
players: [A, B]
parameters: {d: 0.5}
private: {A: {x: "triangular(0, 1, 1)"}}
clock: {deadline: 3, discount: d, expires: {outcome: over, payoffs: {A: 0, B: x}}}
game:
  start:
    player: A
    actions:
      wait: {next: draw, days: 1, pays: {A: -x / 8}}
      stop: {outcome: stop, payoffs: {A: 0, B: 0}}
  draw:
    chance: {good: 1/4, bad: rest}
    next:
      good: choose
      bad: {outcome: bad, payoffs: {A: 0, B: 1}}
  choose:
    player: A
    actions:
      take: {outcome: taken, payoffs: {A: 2 * x - 1, B: x}}
      leave: {next: choose, days: 5}
""")
    behind = ("A: wait", "day 1", "nature: good")
    # F(x) = x^2. On day 1 A takes from x = 1/2 on; that is worth (2 x - 1) / 8 on day 0.
    choose = rule(
        "A",
        {"take": 1, "leave": 0},
        behind,
        day=1,
        take=[(-1, {"x": 2})],
        leave=[(0, {})],
    )
    # From x = 1 on waiting pays: nobody waits. With a larger price of stopping, all would.
    first = rule(
        "A",
        {"wait": 0, "stop": 1},
        wait=[(-1 / 8, {"x": 1 / 4 - 1 / 8}), (0, {"x": -1 / 8})],
        stop=[(0, {})],
    )
    never = replace(choose, play={"take": 0.75, "leave": 0.25})
    found = certify_shocks(game, {"d": 0.5}, {"start": (first,), "choose": (never,)})
    assert found.regret <= 1e-12
    assert found.expected_day == 0
    # All wait instead: A's payoff and B's, and what the lowest type would gain.
    wait = rule("A", {"wait": 1, "stop": 0}, wait=[(1, {})], stop=[(0, {})])
    found = certify_shocks(game, {"d": 0.5}, {"start": (wait,), "choose": (never,)})
    # E x = 2/3, E[2 x - 1; x > 1/2] = 4/3 (1 - 1/8) - 3/4, E[x; x > 1/2] = 7/12.
    taken = 4 / 3 * 7 / 8 - 3 / 4
    assert found.payoffs["A"] == pytest.approx(-1 / 12 + taken / 8, abs=1e-14)
    b_gets = 0.5 * (3 / 4 + 7 / 12 / 4) + 0.125 / 4 * (2 / 3 - 7 / 12)
    assert found.payoffs["B"] == pytest.approx(b_gets, abs=1e-14)
    assert found.ends == {
        "over": pytest.approx({3: 1 / 16}),
        "stop": {},
        "bad": pytest.approx({1: 3 / 4}),
        "taken": pytest.approx({1: 3 / 16}),
    }
    assert found.expected_day == pytest.approx(15 / 16 + 3 / 16)
    # x / 8 is saved by stopping, and 2 x - 1 lost with probability 1/8 from x = 1/2 on.
    assert found.regret == pytest.approx(1 / 16, abs=1e-9)


def test_moves_made_at_once() -> None:
    game = model("""
players: [A, B]
private: {A: {x: "uniform(-1, 1)"}, B: {y: "normal(0, 2)"}}
game:
  meet:
    simultaneous: {A: [up, down], B: [left, right]}
    results:
      - {when: [up, left], outcome: one, payoffs: {A: x + 1, B: y}}
      - {when: [up, right], outcome: two, payoffs: {A: x, B: 0}}
      - {when: [down, left], outcome: two, payoffs: {A: 0, B: x + y}}
      - {when: [down, right], outcome: two, payoffs: {A: 0, B: x}}
""")
    # A goes up if x + Pr(left) > 0, and B left if y > 0, whatever A does.
    up = rule("A", {"up": 0.75, "down": 0.25}, up=[(0.5, {"x": 1})], down=[(0, {})])
    left = rule("B", {"left": 0.5, "right": 0.5}, left=[(0, {"y": 1})], right=[(0, {})])
    found = certify_shocks(game, {}, {"meet": (up, left)})
    assert found.regret <= 1e-14
    assert found.outcomes["one"] == pytest.approx(0.375, abs=1e-15)
    # E[x + 1/2; x > -1/2] = 9/16; E[x; x < -1/2] = -3/16, E[y; y > 0] = 2 phi(0).
    assert found.payoffs["A"] == pytest.approx(9 / 16, abs=1e-14)
    b_gets = 2 / math.sqrt(2 * math.pi) - 3 / 16
    assert found.payoffs["B"] == pytest.approx(b_gets, abs=1e-14)


def test_a_game_without_shocks_is_certified_too() -> None:
    game = model("""
players: [A, B]
game:
  meet:
    simultaneous: {A: [heads, tails], B: [heads, tails]}
    results:
      - {when: [heads, heads], outcome: same, payoffs: {A: 1, B: -1}}
      - {when: [heads, tails], outcome: other, payoffs: {A: -1, B: 1}}
      - {when: [tails, heads], outcome: other, payoffs: {A: -1, B: 1}}
      - {when: [tails, tails], outcome: same, payoffs: {A: 1, B: -1}}
""")
    even, uneven = {"heads": 0.5, "tails": 0.5}, {"heads": 0.6, "tails": 0.4}
    found = certify_shocks(game, {}, {"meet": (mix("A", even), mix("B", even))})
    assert found.regret == 0
    found = certify_shocks(game, {}, {"meet": (mix("A", even), mix("B", uneven))})
    assert found.regret == pytest.approx(0.2, abs=1e-15)


# The same games with finitely many types

TWIN = """
players: [A, B]
clock: {{discount: 1/2}}
private:
  A: {{type: {{keen: 1/4, loth: 3/4}}, t: {{keen: 2, loth: -1}}, x: {draw}}}
  B: {{y: {draw}}}
game:
  open:
    player: A
    observed_by: [A]
    actions:
      left: news
      right: {{next: news, pays: {{A: x + t, B: 1 - y}}}}
      stop: {{outcome: stop, payoffs: {{A: 1 - 3 * x + y, B: 2 * x}}}}
  news:
    chance: {{good: 1/3, bad: rest}}
    next:
      good: {{next: reply, days: 1}}
      bad: {{next: reply, days: 1, pays: {{B: x}}}}
  reply:
    player: B
    actions:
      up: close
      down: {{outcome: down, payoffs: {{A: 3 - 2 * x + 3 * y, B: 3 + x - y}}}}
  close:
    player: A
    actions:
      keep: {{outcome: keep, payoffs: {{A: t - x + 2 * y, B: y - 2 * x}}}}
      yield: {{next: end, days: 2}}
  end: {{outcome: yield, payoffs: {{A: x - 3 + 3 * y, B: x - 1 - 3 * y}}}}
"""
QUARTERS = (0.125, 0.375, 0.625, 0.875)


class Steps:
    """A random rule of one shock that turns at quarters only, with its ties."""

    def __init__(self, random: Random, num_actions: int) -> None:
        turns = sorted(random.sample(range(5), num_actions - 1))
        rows = [(0.0, 0.0)]
        for turn in turns:
            constant, slope = rows[-1]
            rows.append((constant - turn / 4, slope + 1))
        if random.random() < 0.3:
            rows = [(float(random.randrange(2)), 0.0) for _ in rows]
        random.shuffle(rows)
        self.rows = rows
        shares = [random.randint(1, 3) for _ in rows]
        self.ties = [share / sum(shares) for share in shares]

    def play(self, x: float) -> list[float]:
        worth = [constant + slope * x for constant, slope in self.rows]
        best = [k for k, each in enumerate(worth) if each > max(worth) - 1e-9]
        total = sum(self.ties[k] for k in best)
        return [self.ties[k] / total if k in best else 0.0 for k in range(len(worth))]


@pytest.mark.parametrize("seed", range(12))
def test_steps_at_quarters_are_worth_what_four_types_make_of_them(seed: int) -> None:
    random = Random(seed)
    rules: dict[tuple[str, str, tuple[str, ...]], Steps] = {}
    fine: dict[str, list[Choice]] = defaultdict(list)
    coarse: dict[str, list[Choice]] = defaultdict(list)
    continuum = model(TWIN.format(draw='"uniform(0, 1)"'))
    tree = read_game(continuum, {}).tree
    for place in tree.information_sets:
        steps = Steps(random, len(place.actions))
        rules[place.player, place.type, place.seen] = steps
        name = "x" if place.player == "A" else "y"
        # Of an earlier own choice, at 'open', it is known what it says of the type.
        before = rules["A", place.type, ()] if place.node == "close" else None
        taken = ("A: left", "A: right").index(place.seen[0]) if before else 0
        weights = [before.play(x)[taken] if before else 1.0 for x in QUARTERS]
        weights = weights if sum(weights) else [1.0] * 4
        plays = [steps.play(x) for x in QUARTERS]
        mean = np.average(plays, axis=0, weights=weights).tolist()
        common = Choice(place.player, place.day, {}, {}, 1.0, type=place.type, seen=place.seen)
        scores = zip(place.actions, steps.rows, strict=True)
        fine[place.node].append(
            replace(
                common,
                play=dict(zip(place.actions, mean, strict=True)),
                scores={action: (Score(c, {name: s}),) for action, (c, s) in scores},
                ties=dict(zip(place.actions, steps.ties, strict=True)),
            )
        )
        for k, play in enumerate(plays, start=1):
            one = dict(zip(place.actions, play, strict=True))
            type_ = f"{place.type} {name}_{k}".strip()
            coarse[place.node].append(replace(common, play=one, type=type_))
    found = certify_shocks(continuum, {}, {node: tuple(each) for node, each in fine.items()})
    finite = model(TWIN.format(draw='{draw: "uniform(0, 1)", points: 4}'))
    twin = certify_tree(finite, {}, {node: tuple(each) for node, each in coarse.items()}, None)
    assert found.payoffs == pytest.approx({i: float(v) for i, v in twin.payoffs.items()}, abs=1e-13)
    assert found.outcomes == pytest.approx(
        {name: float(share) for name, share in twin.outcomes.items()}, abs=1e-14
    )
    assert found.expected_day == pytest.approx(float(twin.expected_day or 0), abs=1e-13)
    # The four types are among all.
    assert found.regret >= float(twin.regret) - 1e-12


# What is refused


def single(payoff: str, draws: str = 'x: "uniform(0, 1)"', rest: str = "") -> Graph:
    return model(f"""
players: [A]
parameters: {{r: 1}}
private: {{A: {{{draws}}}}}
game:
  enter:
    player: A
    actions:
      go: {{outcome: war, payoffs: {{A: "{payoff}"}}}}
      stay: {{outcome: peace, payoffs: {{A: 0}}}}
{rest}""")


@pytest.mark.parametrize("payoff", ["x ** 2", "max(x, 0.001)", "max(0, x - 0.999)"])
def test_payoffs_that_are_not_affine_are_refused(payoff: str) -> None:
    with pytest.raises(UnsupportedGame, match="after 'A: go' is not affine"):
        certify_shocks(single(payoff), {"r": 1}, {})


def test_products_of_shocks_are_refused() -> None:
    game = single("x * y", 'x: "uniform(0, 1)", y: "normal(0, 1)"')
    with pytest.raises(UnsupportedGame, match="not affine"):
        certify_shocks(game, {"r": 1}, {})


def test_affine_on_the_support_is_affine() -> None:
    choice = rule("A", {"go": 1, "stay": 0}, go=[(0, {"x": 1})], stay=[(0, {})])
    for draw, mean in (
        ("uniform(0, 1)", 0.5),
        ("exponential(2)", 0.5),
        ("beta(0.2, 3, 0, 1)", 1 / 16),
    ):
        game = single("max(x, 0)", f'x: "{draw}"')
        found = certify_shocks(game, {"r": 1}, {"enter": (choice,)})
        assert found.payoffs["A"] == pytest.approx(mean, abs=1e-14)
        assert found.regret == 0


def test_undefined_payoffs_are_refused() -> None:
    with pytest.raises(NotFinite, match="after 'A: go' is not finite"):
        certify_shocks(single("x / (r - 1)"), {"r": 1}, {})


def test_three_shocks_of_one_player_are_refused() -> None:
    draws = ", ".join(f'{name}: "uniform(0, 1)"' for name in "xyz")
    with pytest.raises(UnsupportedGame, match="3 private numbers"):
        certify_shocks(single("x + y + z", draws), {"r": 1}, {})


def test_probabilities_that_read_a_shock_are_refused() -> None:
    game = model("""
players: [A]
private: {A: {x: "uniform(0, 1)"}}
game:
  draw:
    chance: {good: x, bad: rest}
    next:
      good: {outcome: good, payoffs: {A: 1}}
      bad: {outcome: bad, payoffs: {A: 0}}
""")
    with pytest.raises(UnsupportedGame, match="reads the continuum 'x'"):
        certify_shocks(game, {}, {})


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        ("uniform(r, 0)", "lo must lie below hi"),
        ("normal(0, r - 1)", "sd must be positive"),
        ("exponential(r - 1)", "rate must be positive"),
        ("beta(r - 1, 1, 0, 1)", "a and b must be positive"),
        ("beta(1, 1, r, 0)", "lo must lie below hi"),
        ("triangular(0, 2 * r, 1)", "must come in this order"),
    ],
)
def test_arguments_that_make_no_distribution_are_refused(draw: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        certify_shocks(single("x", f'x: "{draw}"'), {"r": 1}, {})


# Integrals

DISTRIBUTIONS = {
    "uniform(-1, 2)": stats.uniform(-1, 3),
    "normal(0.3, 1.5)": stats.norm(0.3, 1.5),
    "exponential(1.3)": stats.expon(scale=1 / 1.3),
    "beta(0.5, 0.7, -1, 1)": stats.beta(0.5, 0.7, -1, 2),
    "beta(3, 2, 0, 1)": stats.beta(3, 2),
    "triangular(-1, 0.2, 1)": stats.triang(0.6, -1, 2),
    "triangular(0, 0, 2)": stats.triang(0, 0, 2),
}
DRAWS = tuple(DISTRIBUTIONS)


def shock(draw: str) -> Shock:
    return read_game(single("x", f'x: "{draw}"'), {"r": 1}).shocks[0][0]


@pytest.mark.parametrize("draw", DRAWS)
def test_moments_of_intervals_are_integrals_of_the_quantile_function(draw: str) -> None:
    x = shock(draw)
    shares = np.array([[0, 0.3], [0.1, 0.11], [0.25, 0.9], [0.97, 1.0], [0.4, 0.4]])
    low, high = x.quantile(shares[:, 0]), x.quantile(shares[:, 1])
    mass = x.mass(low, high)
    assert mass == pytest.approx(shares[:, 1] - shares[:, 0], abs=1e-14)

    assert x.upper_quantile(1 - shares[1:4]) == pytest.approx(x.quantile(shares[1:4]), abs=1e-12)
    for found, (a, b) in zip(x.first_moment(low, high, mass), shares, strict=True):
        expected = integrate.quad(DISTRIBUTIONS[draw].ppf, a, b, epsabs=1e-13, limit=400)[0]
        assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("draw", DRAWS)
def test_the_normal_scale_is_undone(draw: str) -> None:
    x = shock(draw)
    scores = np.array([-3.0, -2.0, -0.1, 0.0, 0.7, 2.0, 3.0])
    assert x.to_normal(x.from_normal(scores)) == pytest.approx(scores, abs=1e-7)


def test_rare_events_keep_their_precision() -> None:
    x = shock("normal(0, 1)")
    mass = x.mass(np.array([20.0]), np.array([21.0]))
    assert mass == pytest.approx(stats.norm.sf(20) - stats.norm.sf(21), rel=1e-14, abs=0)
    mean = x.first_moment(np.array([20.0]), np.array([21.0]), mass) / mass
    assert mean == pytest.approx(20.0498, abs=1e-4)


def regions(first: Shock, second: Shock, rows: Sequence[Sequence[float]]) -> Moments:
    """Who takes which of several actions, worth 'constant, slope, slope' each."""
    table = np.array(rows, dtype=float)
    paths: list[Path] = [((0, action),) for action in range(len(table))]
    return Moments((first, second), {0: Rule(table, np.eye(len(table)))}, paths)


def test_areas_of_polygons_are_exact() -> None:
    unit = shock("uniform(0, 1)")
    found = regions(unit, unit, [(0, 1, 0), (0, 0, 1), (0.5, 0, 0)])
    # The square [0, 1/2]^2 takes the last; the first two share out the rest.
    assert found.of(((0, 2),)).mass == pytest.approx(0.25, abs=1e-15)
    assert found.of(((0, 0),)).mass == pytest.approx(0.375, abs=1e-15)
    # E[x; x > y, x > 1/2] = integral of x^2 from 1/2 to 1; of y likewise half of it.
    assert found.of(((0, 0),)).firsts == pytest.approx([7 / 24, 7 / 48], abs=1e-15)


@pytest.mark.parametrize(
    ("a", "b"), [(0.05, 0.05), (0.01, 3), (2, 0.5), (100, 0.3), (1000, 1000), (1, 1)]
)
def test_no_shape_of_the_beta_distribution_loses_probability(a: float, b: float) -> None:
    steep, even = shock(f"beta({a}, {b}, -1, 3)"), shock("normal(0, 1)")
    mean = -1 + 4 * a / (a + b)
    for first, second, column in ((steep, even, 0), (even, steep, 1)):
        found = regions(first, second, [(steep.median, -1, 1), (0, 0, 0)])
        parts = [found.of(((0, action),)) for action in range(2)]
        assert sum(part.mass for part in parts) == pytest.approx(1, abs=1e-12)
        assert sum(part.firsts[column] for part in parts) == pytest.approx(mean, abs=1e-12)


def test_a_switch_at_the_end_of_a_support_cuts_nothing_off() -> None:
    for draw in ("uniform(0, 1)", "beta(2, 0.5, 0, 1)", "triangular(0, 0, 1)"):
        for other in ("uniform(0, 1)", "normal(0, 1)"):
            found = regions(shock(draw), shock(other), [(-1, 1, 0), (0, 0, 0)])
            assert found.of(((0, 0),)).mass == 0
            found = regions(shock(other), shock(draw), [(0, 0, -1), (0, 0, 0)])
            assert found.of(((0, 0),)).mass == 0


def test_a_thin_wedge_is_not_missed() -> None:
    unit = shock("uniform(0, 1)")
    found = regions(unit, unit, [(0, 1, 0), (-1e-6, 1, 1e-5), (0, 1 - 1e-7, 1e-7)])
    total = sum(found.of(((0, action),)).mass for action in range(3))
    assert total == pytest.approx(1, abs=1e-14)
    # The third is best where y > x and 99 y < 10 - x.
    third = integrate.quad(lambda x: max(0.0, (10 - x) / 99 - x), 0, 10 / 100)[0]
    assert found.of(((0, 2),)).mass == pytest.approx(third, abs=1e-10)


@pytest.mark.parametrize("first", DRAWS[:6])
@pytest.mark.parametrize("second", DRAWS[:6])
def test_regions_of_two_shocks_agree_with_nested_quadrature(first: str, second: str) -> None:
    x, y = shock(first), shock(second)
    found = regions(x, y, [(0.1, 1, 0.3), (0, -0.5, 1), (0.2, 0, 0)]).of(((0, 1),))

    def above(share: float) -> float:
        """The probability that the second is best, given the first shock's quantile."""
        at = float(DISTRIBUTIONS[first].ppf(share))
        bound = max((0.1 + 1.5 * at) / 0.7, 0.2 + 0.5 * at)
        return float(DISTRIBUTIONS[second].sf(bound))

    # Both bounds are equal at one number; no support but the first's matters to the integral.
    kinks = [(0.14 - 0.1) / 1.15]
    for end in (y.low, y.high, 0.2):
        if math.isfinite(end):
            kinks += [(0.7 * end - 0.1) / 1.5, 2 * (end - 0.2)]
    shares = DISTRIBUTIONS[first].cdf(kinks)
    points = sorted({float(share) for share in shares if 0 < share < 1})
    cuts = [0.0, *points, 1.0]
    expected = sum(
        integrate.quad(above, a, b, epsabs=1e-11, limit=200)[0] for a, b in pairwise(cuts)
    )
    assert found.mass == pytest.approx(expected, abs=2e-9)


def test_crossings_of_lines() -> None:
    lines = np.array([[-1.0, 1, 1], [0, 1, -1], [3, 1, -1]])
    assert crossings(lines) == pytest.approx(np.array([[0.5, 0.5], [-1, 2]]))


def test_only_draws_without_points_are_shocks() -> None:
    game = single("x + y", 'x: {draw: "uniform(0, 1)", points: 3}, y: "uniform(0, 1)"')
    found = read_game(game, {"r": 1})
    assert [each.name for each in shocks_of(game, found.numbers)["A"]] == ["y"]
    assert len(found.tree.starts) == 3
