"""Continuous offers: the best one, the rule of the answers, and the sweep's straight-line twin."""

from __future__ import annotations

from fractions import Fraction as F
from random import Random
from typing import Any

import games
import naive
import numpy as np
import pytest

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.model import Model
from gametheory_crisis.results import Equilibrium, Solution

NEAR = 1e-9


def ultimatum(
    accept: dict[str, Any],
    reject: dict[str, Any],
    ends: Any = (0, 1),
    *,
    reject_first: bool = False,
) -> Model:
    """A offers x, B accepts or rejects."""
    answers = {
        "accept": games.end("deal", **accept),
        "reject": games.end("war", **reject),
    }
    if reject_first:
        answers = dict(reversed(answers.items()))
    parameters = {"u": {"value": "1/2", "range": [-1, 2]}, "v": {"value": "1/4", "range": [-1, 2]}}
    return games.build(
        {
            "players": ["A", "B"],
            "parameters": parameters,
            "game": {
                "demand": {"player": "A", "offer": {"x": list(ends)}, "next": "answer"},
                "answer": {"player": "B", "actions": answers},
            },
            "outcomes": {"deal": {}, "war": {}},
        }
    )


def offered(found: Solution | Equilibrium) -> float:
    first = found.equilibria[0] if isinstance(found, Solution) else found
    offer = first.strategies["demand"][0].offer
    assert offer is not None
    return float(offer)


def solved_alike(model: Model, **values: Any) -> Equilibrium:
    """The first equilibrium, once the sweep has been seen to find the same."""
    first = model.solve(values).equilibria[0]
    point = model.point(values)
    cells = model.solve_batch([[float(point[name]) for name in model.parameters]])
    assert cells.status[0, 0] in (1, 2, 3)
    assert cells.payoff[:, 0, 0] == pytest.approx(list(first.payoffs.values()), abs=NEAR)
    assert model.regimes[cells.regime[0, 0]] == first.regime
    assert first.regret < NEAR
    return first


# Random games


def hold_against_the_twin(seeds: range, *, curved: bool, num: int) -> int:
    """Compare random games with a dense grid and with their sweep; returns the points compared."""
    compared = 0
    for seed in seeds:
        model = games.build(games.OfferGames(seed, curved=curved).data())
        rng = Random(seed)
        points = [[F(rng.randint(1, 999), 1000) for _ in range(3)] for _ in range(2)]
        cells = model.solve_batch(np.array(points, dtype=float), threads=1)
        for k, row in enumerate(points):
            values = dict(zip(model.parameters, row, strict=True))
            solution = model.solve(values)
            first, twin = solution.equilibria[0], naive.OfferGame(model.graph, values)
            payoffs = list(first.payoffs.values())
            assert payoffs[0] >= twin.grid_best(num) - NEAR, (seed, row)
            assert first.regret < NEAR, (seed, row)
            attained = twin.worths(F(offered(first)), tolerance=F(NEAR))
            assert any(
                [*map(float, worth)] == pytest.approx(payoffs, abs=NEAR) for worth in attained
            )
            assert cells.payoff[0, 0, k] == pytest.approx(payoffs[0], abs=NEAR), (seed, row)
            if cells.status[0, k] == 1:
                assert cells.payoff[:, 0, k] == pytest.approx(payoffs, abs=NEAR), (seed, row)
                assert model.regimes[cells.regime[0, k]] == first.regime, (seed, row)
                assert len(solution.equilibria) == 1, (seed, row)
            compared += 1
    return compared


def test_no_offer_on_a_grid_beats_the_best_offer_of_a_random_game_and_the_sweep_agrees() -> None:
    assert hold_against_the_twin(range(40), curved=False, num=60) == 80


def test_curved_payoffs_are_solved_as_well() -> None:
    assert hold_against_the_twin(range(100, 112), curved=True, num=60) == 24


@pytest.mark.slow
def test_no_offer_on_a_dense_grid_beats_the_best_offer_of_many_random_games() -> None:
    assert hold_against_the_twin(range(40, 60), curved=False, num=300) == 40


@pytest.mark.slow
def test_no_offer_on_a_dense_grid_beats_the_best_offer_of_many_curved_games() -> None:
    assert hold_against_the_twin(range(112, 117), curved=True, num=300) == 10


# Where the best offer lies

SPLIT = {"A": "1 - x", "B": "x"}


@pytest.mark.parametrize("reject_first", [False, True])
@pytest.mark.parametrize(
    ("u", "payoffs"),
    [("1/2", (0.5, 0.5)), ("0", (1, 0)), ("1", (0, 1)), ("-1/2", (1, 0)), ("3/2", (-0.5, 1.5))],
)
def test_the_responder_accepts_its_reservation_share_wherever_it_lies(
    u: str, payoffs: tuple[float, float], reject_first: bool
) -> None:
    model = ultimatum(SPLIT, {"A": "-1/2", "B": "u"}, reject_first=reject_first)
    found = solved_alike(model, u=F(u))
    assert tuple(found.payoffs.values()) == payoffs
    assert found.regime == ("war" if u == "3/2" else "deal")


@pytest.mark.parametrize("reject_first", [False, True])
@pytest.mark.parametrize("share", ["x", "x ** 2", "sqrt(x)", "x * x * x"])
def test_acceptance_at_the_last_number_only_is_found(share: str, reject_first: bool) -> None:
    model = ultimatum({"A": "2 - x", "B": share}, {"A": 0, "B": "u"}, reject_first=reject_first)
    found = solved_alike(model, u=1)
    assert found.regime == "deal"
    assert offered(found) == pytest.approx(1, abs=1e-11)


@pytest.mark.parametrize("reject_first", [False, True])
@pytest.mark.parametrize("share", ["1 - x", "1 - x ** 2", "(1 - x) ** 2"])
def test_acceptance_at_the_first_number_only_is_found(share: str, reject_first: bool) -> None:
    model = ultimatum({"A": "1 + x", "B": share}, {"A": 0, "B": "u"}, reject_first=reject_first)
    found = solved_alike(model, u=1)
    assert found.regime == "deal"
    # A responder takes payoffs as equal to one part in 1e12; where its payoff is flat at the end,
    # that is one part in 1e6 of the offer.
    assert offered(found) == pytest.approx(0, abs=2e-6)


def test_a_responder_whose_payoff_falls_in_the_offer_is_given_the_most_it_bears() -> None:
    model = ultimatum({"A": "x", "B": "1 - x"}, {"A": 0, "B": "u"})
    found = solved_alike(model, u=F(1, 4))
    assert (offered(found), found.payoffs["B"]) == (0.75, 0.25)


@pytest.mark.parametrize(("u", "regime"), [("1/4", "deal"), ("1/2", "war")])
def test_parallel_payoffs_are_answered_alike_whatever_is_offered(u: str, regime: str) -> None:
    model = ultimatum({"A": "1 - x", "B": "x + v"}, {"A": "x - 2", "B": "x + u"})
    found = solved_alike(model, u=F(u), v=F(1, 4))
    assert found.regime == regime
    assert offered(found) == (0 if regime == "deal" else 1)


@pytest.mark.parametrize("ends", [("u", "v"), ("u - v", "u - v"), ("v", "v")])
def test_the_range_may_depend_on_parameters_and_be_a_single_number(ends: tuple[str, str]) -> None:
    model = ultimatum(SPLIT, {"A": -2, "B": 0}, ends)
    found = solved_alike(model, u=F(1, 4), v=F(1, 4))
    assert offered(found) == (0.0 if ends[0] == "u - v" else 0.25)
    assert found.regime == "deal"


def test_a_single_number_that_leaves_the_responder_indifferent_is_accepted() -> None:
    model = ultimatum(SPLIT, {"A": 0, "B": "u"}, ("v", "v"), reject_first=True)
    assert solved_alike(model, u=F(1, 4), v=F(1, 4)).regime == "deal"


def test_an_empty_range_is_no_game() -> None:
    model = ultimatum(SPLIT, {"A": 0, "B": 0}, ("u", "v"))
    with pytest.raises(ParameterError, match="the range of the offer at 'demand' is empty"):
        model.solve(u=1, v=0)
    cells = model.solve_batch([[1, 0], [0, 1]])
    assert cells.status[0].tolist() == [6, 1]
    assert np.isnan(cells.payoff[:, 0, 0]).all()


# Ties


def test_a_tie_that_no_offer_brings_about_goes_to_the_earliest_action() -> None:
    answers = {
        "accept": games.end("deal", A="1 - x", B="x"),
        "thank": games.end("thanks", A="2 - x", B="x"),
        "reject": games.end("war", A=-1, B="u"),
    }
    model = games.build(
        {
            "players": ["A", "B"],
            "parameters": {"u": "1/4"},
            "game": {
                "demand": {"player": "A", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {"player": "B", "actions": answers},
            },
        }
    )
    found = solved_alike(model)
    assert (found.regime, offered(found)) == ("deal", 0.25)
    solution = model.solve()
    assert not solution.complete
    assert "tie at 'answer'" in solution.notes[0]
    assert model.solve_batch([[0.25]]).status[0, 0] in (2, 3)


def test_a_tie_where_crossings_coincide_serves_the_offerer() -> None:
    """At x = 1/2 B is indifferent among three answers, of which the last is best only there."""
    answers = {
        "low": games.end("o0", A=0, B="1 - x"),
        "high": games.end("o1", A=0, B="x"),
        "even": games.end("o2", A=1, B="1/2"),
    }
    model = games.build(
        {
            "players": ["A", "B"],
            "parameters": {"u": 0},
            "game": {
                "demand": {"player": "A", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {"player": "B", "actions": answers},
            },
        }
    )
    found = solved_alike(model)
    assert (found.regime, offered(found)) == ("o2", 0.5)


def test_several_best_offers_are_all_named() -> None:
    model = ultimatum({"A": "x", "B": "1 - x"}, {"A": "1 - x", "B": "x"})
    solution = model.solve()
    assert [offered(found) for found in solution.equilibria] == [0.5, 0.5]
    flat = ultimatum({"A": "1/2", "B": "x"}, {"A": 0, "B": -1}).solve()
    assert flat.equilibria[0].strategies["demand"][0].optimal == ((0, 1),)
    two = ultimatum({"A": "x", "B": "x"}, {"A": "1 - x", "B": "u"})
    assert [offered(found) for found in two.solve().equilibria] == [0, 1]
    assert two.solve_batch([[0.5, 0.25]]).status[0, 0] == 3


def test_offers_that_differ_only_in_what_others_get_are_a_tie_in_a_sweep() -> None:
    model = games.build(
        {
            "players": ["A", "B"],
            "parameters": {"u": "1/2"},
            "game": {
                "demand": {"player": "A", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {
                    "player": "B",
                    "actions": {
                        "left": games.end("over", A="1 - x", B="u"),
                        "right": games.end("over", A="x", B="x"),
                    },
                },
            },
        }
    )
    solution, cells = model.solve(), model.solve_batch([[0.5]])
    assert [dict(found.payoffs) for found in solution.equilibria] == [
        {"A": 1.0, "B": 0.5},
        {"A": 1.0, "B": 1.0},
    ]
    assert cells.status[0, 0] == 2
    assert cells.payoff[:, 0, 0].tolist() == [1.0, 0.5]


def test_a_tie_among_answers_that_are_not_given_marks_nothing() -> None:
    answers = {
        "a": games.end("o0", A=0, B=0),
        "b": games.end("o1", A=0, B=0),
        "c": games.end("o2", A="1 - x", B="1 + x"),
    }
    model = games.build(
        {
            "players": ["A", "B"],
            "parameters": {"u": 0},
            "game": {
                "demand": {"player": "A", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {"player": "B", "actions": answers},
            },
        }
    )
    assert model.solve().complete
    assert model.solve_batch([[0.0]]).status[0, 0] == 1


# Curves, kinks and jumps


@pytest.mark.parametrize(
    ("gain", "offer", "value"),
    [
        ("x * (1 - x)", 0.5, 0.25),
        ("min(2 * x, 1 - x)", 1 / 3, 2 / 3),
        ("-abs(x - u)", 0.3, 0.0),
        ("where(x >= u, 1 - x, 0)", 0.3, 0.7),
        ("where(x > u, 0, x)", 0.3, 0.3),
        ("sqrt(x) - x", 0.25, 0.25),
        ("x ** u - x", 0.3 ** (1 / 0.7), 0.3 ** (0.3 / 0.7) - 0.3 ** (1 / 0.7)),
        ("exp(-(x - u) ** 2)", 0.3, 1.0),
    ],
)
def test_an_inner_maximum_is_found_with_kinks_and_jumps(
    gain: str, offer: float, value: float
) -> None:
    model = ultimatum({"A": gain, "B": 1}, {"A": -5, "B": 0})
    found = model.solve(u=0.3).equilibria[0]
    assert found.payoffs["A"] == pytest.approx(value, abs=NEAR)
    assert offered(found) == pytest.approx(offer, abs=1e-7)


# Days


def test_payments_that_read_the_offer_come_before_the_days_that_pass() -> None:
    wait = {
        "next": games.end("late", A="u", B=1),
        "days": 2,
        "pays": {"A": "1 - x", "B": "x"},
    }
    model = games.build(
        {
            "players": ["A", "B"],
            "parameters": {"u": "1/2", "d": "1/2"},
            "clock": {"discount": "d"},
            "game": {
                "demand": {"player": "A", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {
                    "player": "B",
                    "actions": {"wait": wait, "leave": games.end("now", A=0, B="3/4")},
                },
            },
        }
    )
    found = solved_alike(model)
    assert offered(found) == 0.5
    assert found.payoffs == {"A": 0.5 + 0.25 * 0.5, "B": 0.5 + 0.25}
    assert found.expected_day == 2


@pytest.mark.parametrize("days", [1, 2, 3, 7, 10])
def test_alternating_offers_give_the_textbook_shares(days: int) -> None:
    """Stahl (1972): from the last day back, each proposer leaves the other its discounted share."""

    def turn(proposer: str, other: str, following: str) -> dict[str, Any]:
        return {
            "player": proposer,
            "offer": {"x": [0, 1]},
            "next": {
                "player": other,
                "actions": {
                    "accept": games.end("deal", **{proposer: "1 - x", other: "x"}),
                    "reject": {"next": following, "days": 1},
                },
            },
        }

    model = games.build(
        {
            "players": ["A", "B"],
            "parameters": {"T": {"value": days, "integer": True}, "d": "9/10", "e": "4/5"},
            "clock": {"deadline": "T", "expires": "over", "discount": {"A": "d", "B": "e"}},
            "game": {
                "first": turn("A", "B", "second"),
                "second": turn("B", "A", "first"),
                "over": games.end("none", A=0, B=0),
            },
        }
    )
    shares = {"A": F(0), "B": F(0)}
    factors = {"A": F(9, 10), "B": F(4, 5)}
    for day in reversed(range(days)):
        proposer, other = ("A", "B") if day % 2 == 0 else ("B", "A")
        left = factors[other] * shares[other]
        shares = {proposer: 1 - left, other: left}
    found = solved_alike(model)
    assert found.payoffs == pytest.approx({k: float(v) for k, v in shares.items()}, abs=1e-12)
