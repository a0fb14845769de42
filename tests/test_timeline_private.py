"""Laws of timelines and simulated plays where a number from a continuum is private."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from matplotlib.text import Text
from private_models import ONE_OFFER, PRICE, SIXTY_DAYS, TWO_TYPES, model_of
from shock_games import AUDIENCE, CRISIS
from test_simulation import agree_with_the_timeline

from gametheory_crisis.analysis.histories import Histories
from gametheory_crisis.analysis.offers_by_day import OffersByDay, offers_by_day
from gametheory_crisis.analysis.simulation import play
from gametheory_crisis.analysis.timeline import Timeline, timeline, timeline_of
from gametheory_crisis.cli.timetable import phases
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.plots.timeline import draw_timelines
from gametheory_crisis.results import Choice, Equilibrium, Solution

DAILY = {
    "strike": (SIXTY_DAYS, {}),
    "hazard": (SIXTY_DAYS, {"h": 0.002, "d": 1}),
    "price": (PRICE, {}),
    "long": (PRICE, {"T": 400, "d": 0.99}),
    "two types": (TWO_TYPES, {}),
}
PLAYS = 20_000


@cache
def solved(case: str) -> tuple[Solution, Timeline]:
    text, values = DAILY[case]
    solution = model_of(text).solve(values)
    return solution, timeline_of(model_of(text), solution)


# Offers and types left


def test_offers_and_types_left_follow_the_linear_recursion():
    # Slopes of the reservation price and of the share left, from the last day back.
    _, line = solved("price")
    d, gamma, slopes = 0.9, 1.0, []
    for left in range(line.deadline):
        gamma = gamma if left == 0 else 1 - d + d * gamma * slopes[-1][1]
        slopes.append((gamma, gamma / (gamma + 1 - d) if left else 0.5))
    state, offers, cutoffs = 1.0, [], []
    for gamma, share in reversed(slopes):
        offers.append(gamma * share * state)
        state *= share
        cutoffs.append(state)
    last = line.deadline
    assert line.offers[:last] == pytest.approx(offers, abs=1e-9)
    assert line.cutoffs[:last] == pytest.approx(cutoffs, abs=1e-9)
    assert np.isnan(line.offers[last:]).all()
    assert line.surviving[:last] == pytest.approx(cutoffs, abs=1e-9)


@pytest.mark.parametrize(("case", "share"), [("strike", 1 / 0.6), ("price", 1.0), ("long", 1.0)])
def test_the_types_left_are_those_who_still_play(case, share):
    # The number is even on [0, 1 / share] and nothing breaks down before the deadline.
    _, line = solved(case)
    left, days = line.screening.left, line.days[: line.deadline]
    assert share * (left[1] - left[0])[days] == pytest.approx(line.surviving[days], abs=1e-9)
    assert (np.isclose(left, line.cutoffs).any(axis=0))[days].all()


def test_those_who_fear_a_strike_least_are_left():
    _, line = solved("strike")
    assert (line.screening.left[0, : line.deadline] == 0).all()
    assert line.screening.support == (0.0, 0.6)
    assert (line.screening.variable, line.screening.number) == ("x", "c")


def test_finite_types_have_offers_but_no_cutoff():
    _, line = solved("two types")
    assert len(line.offers) == len(line.days)
    assert line.cutoffs.size == 0


def test_other_timelines_have_no_offers():
    line = timeline(model_of(ONE_OFFER))
    assert (line.offers.size, line.cutoffs.size) == (0, 0)
    assert "offers" not in line.to_dict()
    assert set(line.to_xarray()) == {"probability", "cumulative", "hazard", "surviving"}


def test_of_drawn_offers_the_likeliest_is_told():
    def ask(day: int, offer: float, reached: float, **more: object) -> Choice:
        return Choice("Seller", day, {}, {}, reached, offer=offer, **more)

    drawn = ask(0, 0.5, 1.0, offers=((0.5, 0.3), (0.4, 0.7)))
    high = ask(1, 0.35, 0.2, seen=("day 0", "Seller: 0.5"))
    low = ask(1, 0.25, 0.6, seen=("day 0", "Seller: 0.4"))
    found = Equilibrium(
        {}, {}, "trade", 1.0, {"ask": (drawn, high, low, ask(2, 0.1, 0.0))}, 0.0, False, error=0.0
    )
    told = offers_by_day(model_of(PRICE).graph, found, 3)
    assert told.offers.tolist()[:2] == [0.4, 0.25]
    assert np.isnan(told.offers[2])
    assert told.drawn
    assert not OffersByDay().drawn


def test_json_and_xarray_hold_offers_and_cutoffs():
    _, line = solved("strike")
    said = line.to_dict()["offers"]
    assert said["variable"] == "x"
    assert said["days"] == list(range(60))
    assert said["offer"] == line.offers[:60].tolist()
    assert said["cutoff"] == {"c": line.cutoffs[:60].tolist()}
    assert said["left"]["c"][-1] == [0.0, line.cutoffs[59]]
    data = line.to_xarray()
    assert data["offer"].dims == data["cutoff"].dims == ("day",)
    assert float(data["offer"][3]) == line.offers[3]


# The deadline


def test_deals_rush_in_on_the_last_day():
    _, line = solved("strike")
    deal, strike = (line.probability[line.outcomes.index(name)] for name in ("deal", "strike"))
    assert deal[59] > 100 * deal[:59].max()
    assert strike.nonzero()[0].tolist() == [60]


@pytest.mark.parametrize("case", ["strike", "hazard", "price", "long"])
def test_the_last_offer_has_a_line_of_its_own(case):
    _, line = solved(case)
    days = [(phase.first, phase.last) for phase in phases(line)]
    assert (line.deadline - 1, line.deadline - 1) in days
    assert (line.deadline, line.deadline) in days
    assert len(days) <= 30


# Pictures


def written(figure):
    """All words that are drawn, and where: not the labels of ticks beyond the end of an axis."""
    figure.draw_without_rendering()
    boxes = []
    for axes in figure.axes:
        inside = axes.get_window_extent().padded(1.0)
        beyond = {
            id(label)
            for labels, low, high, side in (
                (axes.get_xticklabels(), inside.x0, inside.x1, 0),
                (axes.get_yticklabels(), inside.y0, inside.y1, 1),
            )
            for label in labels
            if not axes.axison
            or not low <= np.mean(label.get_window_extent().get_points()[:, side]) <= high
        }
        boxes += [
            (text.get_text(), text.get_window_extent())
            for text in axes.findobj(Text)
            if text.get_text() and text.get_visible() and id(text) not in beyond
        ]
    return boxes


@pytest.mark.parametrize("case", DAILY)
def test_pictures_have_panels_on_one_axis_of_days_without_overlap(case):
    _, line = solved(case)
    figure = draw_timelines(model_of(DAILY[case][0]).graph, [line])
    panels = figure.axes[1:]
    assert len(panels) == (3 if case == "two types" else 4)
    assert len({axes.get_xlim() for axes in panels}) == 1
    assert len({axes.get_position().x0 for axes in panels}) == 1
    boxes = written(figure)
    assert {words for words, _ in boxes} >= {"day", "ends that day", "offer x"}
    for k, (words, box) in enumerate(boxes):
        assert figure.bbox.padded(1.0).containsx(box.x0), words
        assert figure.bbox.padded(1.0).containsx(box.x1), words
        for other, beside in boxes[:k]:
            assert not box.padded(-1.0).overlaps(beside.padded(-1.0)), (words, other)


@pytest.mark.parametrize("case", ["strike", "long"])
def test_the_rush_and_the_days_before_it_can_both_be_seen(case):
    _, line = solved(case)
    figure = draw_timelines(model_of(DAILY[case][0]).graph, [line])
    figure.draw_without_rendering()
    ends = figure.axes[2]
    bars = [bar.get_window_extent() for bar in ends.patches]
    visible = [bar for bar in bars if bar.width > 0 and bar.height > 1]
    assert ends.get_yscale() == "log"
    assert len(visible) >= line.deadline // 2
    rush = [
        bar for bar in visible if abs(bar.x1 - ends.transData.transform((line.deadline, 1))[0]) < 2
    ]
    assert max(bar.width for bar in rush) * 72 / figure.dpi >= 2.5


# Simulated plays

PLAYED = {
    "strike": (SIXTY_DAYS, {}),
    "hazard": (SIXTY_DAYS, {"h": 0.002, "d": 1}),
    "price": (PRICE, {}),
    "two types": (TWO_TYPES, {}),
    "one offer": (ONE_OFFER, {}),
    "half of the types": (ONE_OFFER, {"c1": 0.0}),
    "two shocks": (CRISIS, {}),
    "types that are indifferent": (AUDIENCE, {}),
}


@cache
def played(case: str) -> tuple[Solution, Histories]:
    text, values = PLAYED[case]
    solution = model_of(text).solve(values)
    return solution, play(model_of(text), solution, PLAYS, 11)


@pytest.mark.parametrize("case", PLAYED)
def test_frequencies_agree_with_the_timeline(case):
    solution, sample = played(case)
    agree_with_the_timeline(model_of(PLAYED[case][0]), solution, sample)


@pytest.mark.parametrize("case", PLAYED)
def test_mean_payoffs_agree_with_the_equilibrium(case):
    solution, sample = played(case)
    for player, expected in solution.equilibria[0].payoffs.items():
        realised = sample.plays[f"payoff:{player}"]
        error = realised.std() / np.sqrt(PLAYS)
        assert realised.mean() == pytest.approx(float(expected), abs=4.5 * error + 1e-9)


def test_types_answer_by_the_cutoffs_of_their_day():
    _, sample = played("strike")
    cutoffs = solved("strike")[1].cutoffs
    numbers, moves = sample.plays["number:c"], sample.moves
    answers = moves["node"] == "answer"
    accepts = moves["action"][answers] == "accept"
    above = numbers[moves["play"][answers]] > cutoffs[moves["day"][answers]]
    assert (accepts == above).all()


def test_every_type_gets_what_is_best_for_it_in_plays():
    solution, sample = played("one offer")
    numbers, outcome = sample.plays["number:c2"], sample.plays["outcome"]
    cutoff = solution.equilibria[0].strategies["answer"][0].cutoff["c2"]
    assert ((outcome == "war") == (numbers <= cutoff)).all()
    fought = outcome == "war"
    assert sample.plays["payoff:Two"][fought] == pytest.approx(0.5 - numbers[fought])
    assert "type:Two" not in sample.plays


def test_the_same_seed_gives_the_same_plays():
    model = model_of(CRISIS)
    one, two = (model.simulate(50, 3).to_dict() for _ in range(2))
    assert one == two
    assert one["plays"]["number:eA"] != model.simulate(50, 4).to_dict()["plays"]["number:eA"]


def test_histories_with_private_numbers_become_data_sets():
    _, sample = played("two shocks")
    data = sample.to_xarray()
    assert data["number_eA"].dims == ("play",)
    assert "informed" not in data.dims


def test_drawn_offers_are_refused_by_name():
    solution, _ = solved("price")
    (found,) = solution.equilibria
    ask = found.strategies["ask"]
    lottery = replace(ask[0], offers=((0.5, 0.5), (0.4, 0.5)))
    strategies = {**found.strategies, "ask": (lottery, *ask[1:])}
    other = replace(solution, equilibria=(replace(found, strategies=strategies),))
    with pytest.raises(UnsupportedGame, match="draws between offers are not simulated"):
        play(model_of(PRICE), other, 10, 1)
