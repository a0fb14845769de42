"""Laws of simulation: plays follow the equilibrium, and their frequencies the timeline."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction as F
from functools import cache
from pathlib import Path

import games
import numpy as np
import pytest

import gametheory_crisis as gtc
from gametheory_crisis.analysis.histories import Histories, histories
from gametheory_crisis.analysis.playing import Recorder, split
from gametheory_crisis.analysis.simulation import play
from gametheory_crisis.analysis.stage_plays import StagePlayer, reply_to
from gametheory_crisis.analysis.timeline import timeline_of
from gametheory_crisis.errors import ModelError, ParameterError
from gametheory_crisis.model import Model
from gametheory_crisis.results import Choice, Reply, Solution

GOOD = Path(__file__).with_name("good_models")
CASES = {
    "mixed stages, a hazard and a deadline": (GOOD / "attrition_with_collapse.yaml", "mixed", {}),
    "continuous offers until a strike": ("sixty_day_ultimatum", None, {"c_iran": F(1, 10)}),
    "a continuous offer accepted": ("sixty_day_ultimatum", None, {}),
    "state and a breakdown": ("mediation_precondition", None, {}),
    "payments by day and a breakdown": ("intervention_dilemma", None, {}),
    "a mixed stage": ("chicken", "mixed", {}),
    "private types": ("crisis_signalling", None, {}),
    "types on both sides": (GOOD / "correlated_types.yaml", None, {}),
    "hidden signals": (GOOD / "noisy_signal.yaml", None, {}),
    "offers from a grid to unknown types": ("deceptive_diplomacy", None, {}),
    "a mediator": ("kydd_mediator", None, {}),
}
PLAYS = 20_000


@cache
def played(case: str) -> tuple[Model, Solution, Histories]:
    path, select, values = CASES[case]
    model = gtc.load(path)
    solution = model.solve(values, select=select)
    return model, solution, play(model, solution, PLAYS, 7)


# Agreement with the equilibrium


@pytest.mark.parametrize("case", CASES)
def test_frequencies_agree_with_the_timeline(case):
    model, solution, sample = played(case)
    agree_with_the_timeline(model, solution, sample)


def agree_with_the_timeline(model: Model, solution: Solution, sample: Histories) -> None:
    """Counts by outcome and day against their expectations; rare days count together."""
    line, plays = timeline_of(model, solution), len(sample)
    expected = plays * np.append(line.probability.ravel(), line.forever + line.undecided)
    counts = np.zeros(len(expected))
    for k, name in enumerate(line.outcomes):
        days = sample.plays["day"][sample.plays["outcome"] == name]
        assert days.size == 0 or days.max() < len(line.days) or line.undecided > 0
        days = days[days < len(line.days)].astype(np.int64)
        start = k * len(line.days)
        counts[start : start + len(line.days)] = np.bincount(days, minlength=len(line.days))
    counts[-1] = plays - counts.sum()
    assert (counts[expected == 0] == 0).all()
    often = expected > 5
    counts = np.append(counts[often], counts[~often].sum())
    expected = np.append(expected[often], expected[~often].sum())
    squares = ((counts - expected) ** 2 / np.maximum(expected, 1)).sum()
    freedom = len(counts) - 1
    assert squares <= freedom + 4 * np.sqrt(2 * freedom) + 4


@pytest.mark.parametrize("case", CASES)
def test_mean_payoffs_agree_with_the_equilibrium(case):
    _, solution, sample = played(case)
    agree_with_the_payoffs(solution, sample)


def agree_with_the_payoffs(solution: Solution, sample: Histories) -> None:
    for player, expected in solution.equilibria[0].payoffs.items():
        paid = sample.plays[f"payoff:{player}"]
        error = paid.std() / np.sqrt(len(sample))
        assert abs(paid.mean() - expected) <= 4 * error + 1e-9


@pytest.mark.parametrize("case", CASES)
def test_actions_are_taken_as_often_as_the_strategies_say(case):
    model, solution, _ = played(case)
    plays = 1000
    moves = play(model, solution, plays, 11).moves
    state = [moves[f"state:{name}"].tolist() for name in model.graph.state]
    places = zip(moves["node"], moves["player"], moves["day"].tolist(), *state, strict=True)
    counts: dict[tuple[object, ...], Counter[str]] = {}
    for place, action in zip(places, moves["action"], strict=True):
        counts.setdefault(place, Counter())[action] += 1
    for node, choices in solution.equilibria[0].strategies.items():
        for choice in choices:
            if choice.seen is None:
                taken = counts.pop((node, choice.player, choice.day, *choice.state.values()), {})
                count = sum(taken.values())
                assert near(count, plays, choice.reached)
                for action, share in choice.play.items() if not choice.replies else ():
                    assert near(taken.get(action, 0), count, share)
    if not model.graph.private and model.engine == "recursion":
        assert {place[1] for place in counts} <= {"nature", "clock"}


def near(count: int, tries: int, share: float) -> bool:
    return abs(count - tries * share) <= 5 * np.sqrt(tries * share * (1 - share)) + 1e-6


def test_random_finite_games_are_played_as_they_are_solved():
    games_played = 0
    for seed in range(40):
        try:
            model = games.build(games.FiniteGames(seed).data())
            solution = model.solve()
        except (ModelError, ParameterError):
            continue
        sample = play(model, solution, 1000, seed)
        agree_with_the_timeline(model, solution, sample)
        agree_with_the_payoffs(solution, sample)
        games_played += 1
    assert games_played > 25


# Histories


@pytest.mark.parametrize("case", CASES)
def test_histories_are_whole_and_in_order(case):
    model, _, sample = played(case)
    moves = sample.moves
    assert len(sample) == PLAYS
    assert len(moves["play"]) == sample.num_moves
    assert (np.diff(moves["play"]) >= 0).all()
    later = np.diff(moves["play"]) == 0
    assert (np.diff(moves["step"])[later] == 1).all()
    assert (moves["step"][1:][~later] == 0).all()
    assert (np.diff(moves["day"])[later] >= 0).all()
    assert (moves["day"] <= sample.plays["day"][moves["play"]]).all()
    known = {*model.graph.nodes, "clock"}
    assert set(moves["node"]) <= known
    assert set(moves["player"]) <= {*model.players, "nature", "clock"}
    assert all(column.shape == moves["play"].shape for column in moves.values())


def test_a_repeated_seed_repeats_the_histories_and_another_does_not():
    model = gtc.load("mediation_precondition")
    first, again, other = (model.simulate(500, seed=seed) for seed in (0, 0, 1))
    assert first.to_dict() == again.to_dict()
    assert first.to_dict()["plays"] != other.to_dict()["plays"]
    assert model.simulate(500, 0).to_dict() == first.to_dict()


def test_values_may_stand_in_a_mapping_or_by_name():
    model = gtc.load("sixty_day_ultimatum")
    one = model.simulate(3, 1, {"c_iran": F(1, 10), "T": 5})
    two = model.simulate(3, 1, c_iran=F(1, 10), T=5)
    assert one.to_dict() == two.to_dict()
    assert one.plays["day"].tolist() == [5.0] * 3


def test_the_refused_offers_of_sixty_days_and_the_strike():
    sample = gtc.load("sixty_day_ultimatum").simulate(2, 0, T=3, c_iran=F(1, 10))
    moves = sample.moves
    first = moves["play"] == 0
    assert moves["node"][first].tolist() == ["demand", "answer"] * 3 + ["deadline", "day_61"]
    assert moves["action"][first].tolist() == ["x", "reject"] * 3 + ["stand_aside", "strike"]
    assert moves["day"][first].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert np.isnan(moves["offer"][first][1::2]).all()
    assert sample.plays["payoff:Israel"] == pytest.approx(0.15 * 0.999**3)


def test_types_are_drawn_from_the_joint_prior_and_told_by_play():
    model, _, sample = played("types on both sides")
    pairs = list(zip(sample.plays["type:Iran"], sample.plays["type:Israel"], strict=True))
    shares = {pair: pairs.count(pair) / PLAYS for pair in set(pairs)}
    prior = {("resolved", "bold"): 0.3, ("soft", "wary"): 0.3}
    prior |= {("resolved", "wary"): 0.2, ("soft", "bold"): 0.2}
    assert shares == pytest.approx(prior, abs=5 * np.sqrt(0.25 / PLAYS))
    moves = sample.moves
    for player in model.graph.private:
        here = moves["player"] == player
        known = sample.plays[f"type:{player}"][moves["play"][here]]
        assert (moves["type"][here] == known).all()


def test_a_breakdown_is_a_move_of_the_clock():
    _, _, sample = played("mixed stages, a hazard and a deadline")
    moves = sample.moves
    broken = moves["player"] == "clock"
    collapsed = np.isin(sample.plays["outcome"].astype(str), ["one_collapses", "two_collapses"])
    assert np.count_nonzero(broken) == np.count_nonzero(collapsed) > 0
    assert (sample.plays["day"][moves["play"][broken]] == moves["day"][broken]).all()


def test_the_forms_of_histories_agree():
    _, _, sample = played("types on both sides")
    document, data = sample.to_dict(), sample.to_xarray()
    json.dumps(document, allow_nan=False)
    assert document["schema"] == "gametheory_crisis.histories/1"
    for name, column in sample.moves.items():
        assert len(document["moves"][name]) == len(column)
        assert data[f"move_{name}"].values.tolist()[:50] == column.tolist()[:50] or name == "offer"
    assert data["payoff"].dims == ("play", "player")
    paid = data["payoff"].sel(player="Iran").values
    assert paid.tolist() == document["plays"]["payoff:Iran"]
    assert data["type"].sel(informed="Israel").values.tolist() == document["plays"]["type:Israel"]
    assert (
        repr(sample) == f"<Histories of correlated_types: {PLAYS} plays, {sample.num_moves} moves>"
    )


def test_many_plays_of_many_days_take_seconds():
    model = gtc.load("sixty_day_ultimatum")
    sample = model.simulate(100_000, 1, c_iran=F(1, 10))
    assert sample.num_moves == 100_000 * 122
    # All do the same, so they share one block a move, and the table waits until asked for.
    assert len({id(plays) for plays, _ in sample._blocks}) == 1


# Play without end


ENDLESS = """
format: 1
title: Restraint from day to day
players: [A, B]
parameters: {h: {value: 0.05, range: [0, 1]}, d: {value: 0.9, range: [0, 1]}}
state: {breach: [0, 1]}
clock: {discount: d, breakdown: {hazard: h, to: over}}
game:
  round:
    simultaneous: {A: [restrain, strike], B: [restrain, strike]}
    results:
      - {when: [restrain, restrain], next: round, days: 1, pays: {A: 3, B: 3}}
      - {when: [strike, "*"], next: round, days: 1, pays: {A: 1}, set: {breach: 1}}
      - {when: [restrain, strike], next: round, days: 1, pays: {B: 1}, set: {breach: 1}}
  over: {outcome: calm, payoffs: {A: 0, B: 0}}
"""


def stationary(model: Model, strikes: float) -> dict[str, tuple[Choice, ...]]:
    """Both strike with a probability before the first breach, and surely after it."""
    choices = []
    for breach, share, day in ((0, strikes, 0), (1, 1.0, 1)):
        for player in model.players:
            mix = {"restrain": 1 - share, "strike": share}
            choices.append(Choice(player, day, {"breach": breach}, mix, 1.0))
    return {"round": tuple(choices)}


def wander(h: float, strikes: float, max_days: int, plays: int = 4000) -> Histories:
    """Plays of a stationary profile, which need not be an equilibrium."""
    model = games.build(ENDLESS)
    point = model.point(h=h)
    record = Recorder(plays, model.players, ())
    draw = np.random.default_rng(5)
    player = StagePlayer(
        model.graph, model.stage_game, point, stationary(model, strikes), draw, record
    )
    player.play(np.arange(plays), max_days)
    return histories(model.name, point, 5, model.players, tuple(model.graph.state), record)


def test_stationary_choices_hold_on_every_day():
    sample = wander(0.05, 0.2, 10_000)
    assert set(sample.plays["outcome"]) == {"calm"}
    # The day of the end is geometric from day 1 on.
    assert sample.plays["day"].mean() == pytest.approx(20, abs=4 * 20 / np.sqrt(len(sample)))
    moves = sample.moves
    before = (moves["state:breach"] == 0) & (moves["player"] != "clock")
    share = (moves["action"][before] == "strike").mean()
    assert share == pytest.approx(0.2, abs=5 * np.sqrt(0.16 / np.count_nonzero(before)))
    after = (moves["state:breach"] == 1) & (moves["player"] != "clock")
    assert set(moves["action"][after]) == {"strike"}


def test_payments_of_every_day_are_discounted():
    sample = wander(0.05, 0.0, 10_000)
    for end, paid in zip(sample.plays["day"][:50], sample.plays["payoff:A"][:50], strict=True):
        assert paid == pytest.approx(3 * (1 - 0.9**end) / 0.1)


def test_play_without_end_is_given_up_after_the_last_day_asked_for():
    sample = wander(0.0, 0.0, 30, plays=5)
    assert sample.plays["outcome"].tolist() == ["forever"] * 5
    assert np.isnan(sample.plays["day"]).all()
    assert sample.moves["day"].max() == 30
    assert sample.num_moves == 5 * 31 * 2
    assert json.loads(json.dumps(sample.to_dict()))["plays"]["day"] == [None] * 5


def test_a_deadline_is_played_to_the_end_however_few_days_are_asked_for():
    model = gtc.load("sixty_day_ultimatum")
    sample = model.simulate(3, 0, c_iran=F(1, 10), max_days=10)
    assert sample.plays["day"].tolist() == [60.0] * 3


# Draws and replies


def test_a_way_without_weight_is_never_taken():
    draw, plays = np.random.default_rng(3), np.arange(100_000)
    parts = split(draw, plays, [0.0, 0.1, 0.0, 0.9 - 1e-16, 0.0])
    assert [len(part) > 0 for part in parts] == [False, True, False, True, False]
    assert np.sort(np.concatenate(parts)).tolist() == plays.tolist()
    assert len(parts[1]) == pytest.approx(10_000, abs=5 * np.sqrt(9000))


def test_a_sure_way_needs_no_draw():
    draw = np.random.default_rng(3)
    before = draw.bit_generator.state
    assert [len(part) for part in split(draw, np.arange(5), [0.0, 1.0])] == [0, 5]
    assert draw.bit_generator.state == before


def test_the_reply_to_an_offer_is_the_first_whose_interval_holds_it():
    replies = (Reply(F(1, 10), F(1), "accept"), Reply(F(0), F(1, 10), "reject"))
    assert reply_to(F(1, 10), replies) == reply_to(0.1, replies) == "accept"
    assert reply_to(0.09, replies) == "reject"
    apart = (Reply(0.1 + 1e-15, 1.0, "accept"), Reply(0.0, 0.1 - 1e-12, "reject"))
    assert reply_to(0.1, apart) == "accept"


def test_no_play_or_no_such_equilibrium_is_refused():
    model = gtc.load("chicken")
    with pytest.raises(ParameterError, match="0 plays: there must be at least one"):
        model.simulate(0)
    with pytest.raises(ParameterError, match="max_days is -3"):
        model.simulate(n=10, seed=1, max_days=-3)
    with pytest.raises(ParameterError, match="no equilibrium 9"):
        model.simulate(5, 0, equilibrium=9)
    with pytest.raises(ParameterError, match="unknown parameter"):
        model.simulate(5, 0, speed=1)
