"""Laws of backward induction on finite games, held against a brute-force twin."""

from __future__ import annotations

import copy
import math
import pickle
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction as F
from random import Random
from typing import Any

import games
import naive
import numpy as np
import pytest

from gametheory_crisis.errors import ModelError, ParameterError
from gametheory_crisis.model import Model
from gametheory_crisis.results import Equilibrium, Solution

MOST = 64
"""Equilibria listed at most."""


def random_model(seed: int) -> Model | None:
    """A random finite game, or None where an outcome is missing by chance."""
    try:
        return games.build(games.FiniteGames(seed).data())
    except ModelError:
        return None


def numbers(equilibrium: Equilibrium) -> tuple[Any, ...]:
    assert equilibrium.exact_payoffs is not None
    return (*equilibrium.exact_payoffs.values(), *equilibrium.outcomes.values())


def agree_with_the_twin(seeds: range) -> int:
    """Compare every listed equilibrium of the seeds' games; returns how many games had several."""
    several = 0
    for seed in seeds:
        model = random_model(seed)
        if model is None:
            continue
        twin = naive.FiniteGame(model.graph, model.point())
        expected = [found[twin.start][1] for found in twin.equilibria(MOST)]
        solution = model.solve(exact=True)
        first = solution.equilibria[0]
        assert numbers(first) == (*expected[0].payoffs, *map(float, expected[0].outcomes)), seed
        assert first.expected_day == float(expected[0].day), seed
        assert solution.complete == (len(expected) <= MOST), seed
        assert all(found.regret == 0 and found.exact for found in solution.equilibria)
        if solution.complete:
            listed = Counter(numbers(found)[:3] for found in solution.equilibria)
            assert listed == Counter(worth.payoffs for worth in expected), seed
        else:
            assert len(solution.equilibria) == MOST
        several += len(expected) > 1
    return several


def test_every_pure_equilibrium_of_random_games_is_that_of_the_brute_force_twin() -> None:
    assert agree_with_the_twin(range(50)) > 20


@pytest.mark.slow
def test_every_pure_equilibrium_of_many_random_games_is_that_of_the_brute_force_twin() -> None:
    assert agree_with_the_twin(range(50, 110)) > 20


# Ties


def chooser(**payoffs: int) -> dict[str, Any]:
    return {
        "player": "A",
        "actions": {name: games.end(name, A=value) for name, value in payoffs.items()},
    }


def outcome_of(equilibrium: Equilibrium) -> str:
    return next(name for name, share in equilibrium.outcomes.items() if share == 1)


def test_ties_list_the_earliest_action_first_and_the_others_in_the_files_order() -> None:
    model = games.build({"players": ["A"], "game": {"n": chooser(b=1, c=0, a=1, d=1)}})
    solution = model.solve()
    assert [outcome_of(found) for found in solution.equilibria] == ["b", "a", "d"]
    assert solution.complete


def grid_game(grid: Any, late: str = "2") -> Model:
    """A is indifferent among all offers; play ends at once only where x is above ``late``."""
    ways = {
        "wait": {
            "next": games.end("late", A=1, B=0),
            "days": 1,
            "pays": {"B": "where(x > u, 0, 1)"},
        },
        "stop": games.end("now", A=1, B="where(x > u, 1, 0)"),
    }
    return games.build(
        {
            "players": ["A", "B"],
            "parameters": {"u": late, "v": "1/4"},
            "clock": {"discount": 1},
            "game": {
                "n": {
                    "player": "A",
                    "offer": {"x": [0, 1]},
                    "grid": grid,
                    "next": {"player": "B", "actions": ways},
                }
            },
        }
    )


@pytest.mark.parametrize(
    ("grid", "late", "offer"),
    [
        (3, "2", 0),
        (["1", "1/2", "3/4"], "2", 0.5),
        (["1", "v", "3/4"], "2", 0.25),
        (["0", "1", "1/2"], "1/3", 0.5),
    ],
)
def test_an_offerer_who_is_indifferent_ends_soonest_and_then_offers_least(
    grid: Any, late: str, offer: float
) -> None:
    model = grid_game(grid, late)
    first = model.solve().equilibria[0]
    assert first.strategies["n"][0].offer == offer
    cells = model.solve_batch([[float(F(late)), 0.25]])
    assert cells.expected_day[0, 0] == first.expected_day == (1 if late == "2" else 0)
    assert cells.payoff[:, 0, 0].tolist() == list(first.payoffs.values())


def test_a_tied_offer_is_the_lowest_in_a_sweep_too_whatever_the_grids_order() -> None:
    answer = games.end("deal", A=1, B="x")
    data = {
        "players": ["A", "B"],
        "parameters": {"v": "1/4"},
        "game": {
            "n": {"player": "A", "offer": {"x": [0, 1]}, "grid": ["1", "v", "1/2"], "next": answer}
        },
    }
    model = games.build(data)
    assert model.solve().equilibria[0].payoffs["B"] == 0.25
    assert model.solve_batch([[0.25], [0.75]]).payoff[1, 0].tolist() == [0.25, 0.5]


def test_more_than_sixty_four_equilibria_are_cut_and_said_to_be() -> None:
    tied = chooser(a=0, b=0)
    game: dict[str, Any] = {"n": {"chance": {}, "next": {}}}
    for k in range(7):
        game["n"]["chance"][f"e{k}"] = "1/7"
        game["n"]["next"][f"e{k}"] = {**tied}
    solution = games.build({"players": ["A"], "game": game}).solve()
    assert len(solution.equilibria) == MOST
    assert not solution.complete
    assert "64" in solution.notes[0]


# Days on which play cannot stand


def postponed(first: Any, **later: Any) -> dict[str, Any]:
    """A waits a day before a choice that is then made once."""
    return {
        "players": ["A"],
        "parameters": {"T": {"value": 5, "integer": True}},
        "clock": {"deadline": "T", "expires": "over"},
        "game": {
            "n": {"player": "A", "actions": {"wait": {"next": "choice", "days": 1}}},
            "choice": {"player": "A", "actions": {"x": first, **later}},
            "over": games.end("over", A=-9),
        },
    }


def test_a_tie_on_a_day_that_play_cannot_reach_makes_no_equilibrium() -> None:
    data = postponed(games.end("left", A="day"), y=games.end("right", A="day + day * (day - 1)"))
    # The two tie on day 1, where they are reached, and on day 0, where they are not.
    solution = games.build(data).solve()
    assert [outcome_of(found) for found in solution.equilibria] == ["left", "right"]


def test_a_payoff_undefined_on_a_day_that_play_cannot_reach_does_no_harm() -> None:
    model = games.build(postponed(games.end("done", A="1 / day")))
    assert model.solve().equilibria[0].payoffs == {"A": 1.0}
    cells = model.solve_batch([[5.0], [2.0], [1.0]])
    assert cells.status[0].tolist() == [1, 1, 1]
    assert cells.payoff[0, 0].tolist() == [1.0, 1.0, -9.0]


def test_a_place_behind_the_deadline_counts_only_where_the_deadline_leaves_time_to_reach_it() -> (
    None
):
    data = {
        "players": ["A"],
        "state": {"s": [0, 3]},
        "parameters": {"T": {"value": 1, "integer": True}},
        "clock": {"deadline": "T", "expires": "over"},
        "game": {
            "n": {
                "player": "A",
                "actions": {"wait": {"next": "n", "days": 1, "set": {"s": "min(s + 1, 3)"}}},
            },
            "over": games.end("over", A="1 / (3 - s)"),
        },
    }
    model = games.build(data)
    assert model.solve().equilibria[0].payoffs == {"A": 0.5}
    cells = model.solve_batch([[1.0], [2.0], [3.0]])
    assert cells.status[0].tolist() == [1, 1, 5]
    assert cells.payoff[0, 0, :2].tolist() == [0.5, 1.0]


# Simultaneous stages


def random_stage(rng: Random) -> tuple[tuple[str, ...], tuple[int, ...], list[tuple[int, ...]]]:
    shape = rng.choice([(2, 2), (2, 3), (3, 3), (2, 2, 2), (3, 3, 2)])
    players = tuple("RCL"[: len(shape)])
    rows = [tuple(rng.randint(0, 3) for _ in players) for _ in range(math.prod(shape))]
    return players, shape, rows


def profiles_of(solution: Solution, players: tuple[str, ...]) -> list[tuple[int, ...]]:
    """The pure equilibria of a solution, as actions."""
    found = []
    for equilibrium in solution.equilibria:
        choices = {choice.player: choice for choice in equilibrium.strategies["stage"]}
        plays = [list(choices[player].play.values()) for player in players]
        if all(1.0 in play for play in plays):
            found.append(tuple(play.index(1.0) for play in plays))
    return found


@pytest.mark.parametrize("seed", range(1, 10))
def test_the_pure_equilibria_of_a_stage_are_those_of_brute_force_and_come_first(seed: int) -> None:
    players, shape, rows = random_stage(Random(seed))
    model = games.build(games.stage(players, shape, rows))
    expected = naive.pure_nash(shape, rows)
    solution = model.solve()
    assert profiles_of(solution, players) == expected
    assert all(found.regret <= 1e-9 for found in solution.equilibria)
    if expected:
        assert profiles_of(model.solve(select="first"), players) == expected[:1]
        cells = model.solve_batch(np.empty((1, 0)))
        table = dict(zip(np.ndindex(*shape), rows, strict=True))
        assert cells.payoff[:, 0, 0].tolist() == list(table[expected[0]])
        assert cells.equilibria[0, 0] == len(solution.equilibria)


@pytest.mark.parametrize(
    ("data", "num"),
    [(games.PRISONERS_DILEMMA, 1), (games.STAG_HUNT, 3), (games.MATCHING_PENNIES, 1)],
)
def test_all_equilibria_of_a_stage_of_two_are_listed(data: Mapping[str, Any], num: int) -> None:
    solution = games.build(data).solve(exact=True)
    assert (len(solution.equilibria), solution.complete) == (num, True)
    assert all(found.regret == 0 and found.exact for found in solution.equilibria)


# Transformations


def transformed(data: dict[str, Any], change: Any) -> dict[str, Any]:
    """The game with every payment and payoff of player A changed."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                key: change(value) if key == "A" and not isinstance(value, dict) else walk(value)
                for key, value in node.items()
            }
        return [walk(item) for item in node] if isinstance(node, list) else node

    changed = copy.deepcopy(data)
    changed["game"] = walk(changed["game"])
    if "breakdown" in changed.get("clock", {}):
        changed["clock"]["breakdown"] = walk(changed["clock"]["breakdown"])
    return changed


def strategies(solution: Solution) -> list[Any]:
    return [
        {
            node: [(c.player, c.day, tuple(c.state.items()), c.play, c.offer) for c in choices]
            for node, choices in found.strategies.items()
        }
        for found in solution.equilibria
    ]


@pytest.mark.parametrize("seed", [0, 3, 4, 6, 9, 14, 21])
def test_scaling_a_players_payoffs_leaves_strategies_unchanged(seed: int) -> None:
    data = games.FiniteGames(seed).data()
    before = games.build(data).solve()
    after = games.build(transformed(data, lambda value: f"3 * ({value}) / 2")).solve()
    assert strategies(before) == strategies(after)
    for old, new in zip(before.equilibria, after.equilibria, strict=True):
        assert old.exact_payoffs is not None
        assert new.exact_payoffs is not None
        assert new.exact_payoffs["A"] == old.exact_payoffs["A"] * F(3, 2)
        assert new.exact_payoffs["B"] == old.exact_payoffs["B"]


@pytest.mark.parametrize("seed", range(6))
def test_shifting_a_players_payoffs_leaves_the_equilibria_of_a_stage_unchanged(seed: int) -> None:
    players, shape, rows = random_stage(Random(seed))
    model = games.build(games.stage(players, shape, rows))
    shifted = [(F(5, 2) * row[0] - 7, *row[1:]) for row in rows]
    texts = [(str(row[0]), *row[1:]) for row in shifted]
    other = games.build(games.stage(players, shape, texts))
    assert strategies(model.solve()) == strategies(other.solve())


@pytest.mark.parametrize("seed", [0, 3, 9, 14, 16, 21])
def test_reordering_the_players_permutes_the_payoffs(seed: int) -> None:
    data = games.FiniteGames(seed).data()
    before = games.build(data).solve()
    after = games.build({**data, "players": ["C", "A", "B"]}).solve()
    assert strategies(before) == strategies(after)
    for old, new in zip(before.equilibria, after.equilibria, strict=True):
        assert list(new.payoffs) == ["C", "A", "B"]
        assert dict(old.payoffs) == dict(new.payoffs)


# Objects


def test_solving_leaves_the_model_unchanged_and_gives_the_same_answer_again() -> None:
    model = games.build(games.FiniteGames(4).data())
    before = pickle.dumps(model)
    first = model.solve()
    model.solve_batch(np.array([[2.0, 0.5, 1.0]]))
    assert model.solve() == first
    assert pickle.dumps(model) == before


def test_a_model_and_its_solution_survive_pickling() -> None:
    model = games.build(games.FiniteGames(4).data())
    solution = model.solve()
    again = pickle.loads(pickle.dumps(model))
    assert again.solve() == solution
    assert pickle.loads(pickle.dumps(solution)) == solution


@pytest.mark.parametrize("deadline", ["0", "5/2", "-1"])
def test_a_deadline_that_is_no_number_of_days_has_no_game(deadline: str) -> None:
    data = postponed(games.end("done", A=1))
    data["clock"] = {"deadline": "T + shift", "expires": "over"}
    data["parameters"] = {"T": 0, "shift": 0}
    with pytest.raises(ParameterError, match="the deadline is"):
        games.build(data).solve(T=F(deadline))


# Sweeps of finite games


def sweeps_agree(seeds: range) -> int:
    """Compare solved batches with solutions point by point; returns how many cells had ties."""
    tied = 0
    points = np.array([[t, h, 1.0] for t in (1.0, 2.0, 3.0, 4.0) for h in (0.25, 0.5)])
    for seed in seeds:
        model = random_model(seed)
        if model is None:
            continue
        cells = model.solve_batch(points, threads=1)
        for k, row in enumerate(points):
            solution = model.solve(dict(zip(model.parameters, row, strict=True)))
            first = solution.equilibria[0]
            assert model.regimes[cells.regime[0, k]] == first.regime, (seed, row)
            assert cells.payoff[:, 0, k] == pytest.approx(list(first.payoffs.values()), abs=1e-12)
            assert cells.probability[:, 0, k] == pytest.approx(list(first.outcomes.values()))
            assert cells.expected_day[0, k] == pytest.approx(first.expected_day)
            several = len(solution.equilibria) > 1
            assert (cells.status[0, k] in (2, 3)) == several, (seed, row)
            listed = {model.regimes.index(found.regime) for found in solution.equilibria}
            marked = {bit for bit in range(3) if cells.regimes_mask[0, k] >> bit & 1}
            assert marked <= listed or not solution.complete
            assert (cells.status[0, k] == 3) == (len(marked) > 1)
            tied += several
    return tied


def test_a_sweep_of_a_random_game_finds_the_first_equilibrium_and_marks_every_tie() -> None:
    assert sweeps_agree(range(8)) > 10


@pytest.mark.slow
def test_sweeps_of_many_random_games_find_the_first_equilibrium_and_mark_every_tie() -> None:
    assert sweeps_agree(range(8, 18)) > 10
