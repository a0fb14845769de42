"""Laws of beliefs: consistency, pure equilibria with all that supports them, and a path's limit."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import product
from random import Random
from typing import Any

import pytest
import trees
from tree_twins import (
    arrival,
    behaviours,
    in_hull,
    nash_gain,
    pure_profiles,
    random_games,
    sequential_gain,
    trembled,
    unplayed,
)

from gametheory_crisis.games.extensive import Assessment, Behaviour, ExtensiveGame
from gametheory_crisis.solvers.extensive_form.agent_logit import sequential
from gametheory_crisis.solvers.extensive_form.consistency import is_consistent
from gametheory_crisis.solvers.extensive_form.pure_bayesian import pure_bayesian
from gametheory_crisis.solvers.extensive_form.values import largest_gains


@pytest.mark.parametrize("players", [2, 3])
def test_pure_equilibria_with_beliefs_keep_to_the_definition(players: int) -> None:
    found = 0
    for seed, game in random_games(range(70), players=players, most=128):
        for family in pure_bayesian(game).families:
            assessment = family.assessment
            assert assessment.beliefs is not None
            assert sequential_gain(game, assessment) == 0, seed
            assert nash_gain(game, assessment.behaviour) == 0, seed
            assert is_consistent(game, assessment), seed
            for place, belief in zip(game.information_sets, assessment.beliefs, strict=True):
                shares = [arrival(game, assessment.behaviour, h) for h in place.histories]
                if sum(shares):
                    assert belief == tuple(share / sum(shares) for share in shares), seed
            found += 1
    assert found > 40


BLURRED = {"hidden": 0.9, "leads": 1.0, "stop": 0.3, "chance": 0.1, "wide": 0.6}
"""Options of games in which beliefs off the path matter."""


def supported_by_small_mistakes(game: ExtensiveGame, profile: Behaviour) -> bool:
    """Whether mistakes of orders 1 to 3 bring about beliefs that make a profile rational."""
    free = unplayed(game, profile)
    for orders in product((1, 2, 3), repeat=len(free)):
        order = dict(zip(free, orders, strict=True))
        for scale in (F(1), F(1, 3), F(3)):
            size = {move: scale if k % 2 else F(1) for k, move in enumerate(free)}
            beliefs = trembled(game, profile, order, size)
            if max(largest_gains(game, profile, beliefs)) == 0:
                return True
    return False


def compare_with_small_mistakes(seeds: range, most: int, **options: Any) -> int:
    """Every profile that small mistakes support is listed; returns how many need off-path care."""
    off_path = 0
    for seed, game in random_games(seeds, most=most, **options):
        solution = pure_bayesian(game, bound=10_000)
        assert len(solution.notes) == 1, seed
        listed = set(behaviours(solution))
        for profile in pure_profiles(game):
            few = len(unplayed(game, profile)) <= 5
            if profile not in listed and few and nash_gain(game, profile) == 0:
                assert not supported_by_small_mistakes(game, profile), seed
        off_path += any(family.assessment.supporting for family in solution.families)
    return off_path


def test_no_profile_that_small_mistakes_support_is_left_out() -> None:
    assert compare_with_small_mistakes(range(60), 48, players=3, **BLURRED) > 3


@pytest.mark.slow
def test_no_profile_that_small_mistakes_support_is_left_out_of_many_games() -> None:
    compare_with_small_mistakes(range(1000, 1040), 64, **BLURRED)
    compare_with_small_mistakes(range(1000, 1025), 64, players=3, **BLURRED)


def types_game(num: int) -> ExtensiveGame:
    """One of many types comes out or stays in; a reply suits the types of one half or the other."""

    def moves(k: int) -> trees.Move:
        replies = {"l": (0, int(2 * k < num)), "r": (2, int(2 * k >= num))}
        return trees.Move("A", f"A{k}", {"in": (1, 0), "out": trees.Move("B", "B", replies)})

    return trees.tree("AB", trees.Chance({f"{k}": (F(1, num), moves(k)) for k in range(num)}))


@pytest.mark.parametrize("num", [2, 6, 12])
def test_information_sets_of_many_histories_find_their_beliefs(num: int) -> None:
    game = types_game(num)
    all_in = trees.play(game, B="l", **{f"A{k}": "in" for k in range(num)})
    solution = pure_bayesian(game)
    assert not any("open" in note for note in solution.notes)
    family = next(f for f in solution.families if f.assessment.behaviour == all_in)
    assert is_consistent(game, family.assessment)
    assert sequential_gain(game, family.assessment) == 0 if num < 12 else True
    corners = family.assessment.supporting[trees.place_of(game, "B")]
    half = num // 2
    assert len(corners) == half + half * half
    assert all(sum(corner[:half]) >= F(1, 2) for corner in corners)


def test_every_vertex_of_the_supporting_beliefs_supports() -> None:
    checked = 0
    for seed, game in random_games(range(60), most=200, players=3, **BLURRED):
        for family in pure_bayesian(game).families:
            assert family.assessment.beliefs is not None
            for place, corners in family.assessment.supporting.items():
                beliefs = list(family.assessment.beliefs)
                assert in_hull(beliefs[place], corners), seed
                for corner in corners:
                    beliefs[place] = corner
                    gains = largest_gains(game, family.assessment.behaviour, tuple(beliefs))
                    assert max(gains) == 0, seed
                    checked += 1
    assert checked > 20


@pytest.mark.parametrize("players", [2, 3])
def test_the_limit_of_quantal_responses_is_a_sequential_equilibrium(players: int) -> None:
    for seed, game in random_games(range(40), players=players):
        (family,) = sequential(game).families
        assessment = family.assessment
        assert sequential_gain(game, assessment) < 1e-8, seed
        assert nash_gain(game, assessment.behaviour) < 1e-8, seed
        exact = all(isinstance(p, F) for row in assessment.behaviour for p in row)
        assert is_consistent(game, assessment, 0.0 if exact else 1e-6), seed


# Consistency


def test_beliefs_that_mistakes_of_some_order_bring_about_are_consistent() -> None:
    random = Random(5)
    for _, game in random_games(range(60), players=3):
        rows = []
        for place in game.information_sets:
            shares = [random.choice((0, 0, 1, 2)) for _ in place.actions]
            shares[random.randrange(len(shares))] += 1
            rows.append(tuple(F(s, sum(shares)) for s in shares))
        free = unplayed(game, tuple(rows))
        order = {move: random.randint(1, 4) for move in free}
        size = {move: F(random.randint(1, 5), random.randint(1, 5)) for move in free}
        beliefs = trembled(game, tuple(rows), order, size)
        assert is_consistent(game, Assessment(tuple(rows), beliefs))


def shared_deviation() -> ExtensiveGame:
    """A may play one of two moves that neither B nor C tells apart; C does not see B's move."""

    def then(x: int) -> trees.Move:
        last = trees.Move("C", "C", {"l": (0, 0, x), "r": (0, 0, 1)})
        return trees.Move("B", "B", {"l": last, "r": last})

    return trees.tree("ABC", trees.Move("A", "A", {"out": (1, 0, 0), "x": then(0), "y": then(2)}))


def test_two_who_see_the_same_deviation_must_believe_the_same() -> None:
    game = shared_deviation()
    rows = trees.play(game, A="out", B="l", C="l")

    def believes(b: F, c: F) -> Assessment:
        histories = game.information_sets[trees.place_of(game, "C")].histories
        words = [game.histories.words(h) for h in histories]
        by_c = {"A: x, B: l": c, "A: y, B: l": 1 - c}
        return Assessment(rows, ((F(1),), (b, 1 - b), tuple(by_c.get(w, F(0)) for w in words)))

    assert is_consistent(game, believes(F(1, 3), F(1, 3)))
    assert is_consistent(game, believes(F(1), F(1)))
    assert not is_consistent(game, believes(F(1, 3), F(1, 2)))
    assert not is_consistent(game, believes(F(1), F(1, 2)))
    assert not is_consistent(game, believes(F(1), F(0)))


def test_a_deviation_says_nothing_of_what_its_maker_does_not_know() -> None:
    """A moves without seeing nature's; whatever A does, nature's odds stay."""

    def answer(x: int) -> trees.Move:
        return trees.Move("B", "B", {"l": (0, x), "r": (0, 1 - x)})

    def move(x: int) -> trees.Move:
        return trees.Move("A", "A", {"out": (1, 0), "in": answer(x)})

    game = trees.tree("AB", trees.Chance({"one": (F(3, 4), move(1)), "two": (F(1, 4), move(0))}))
    rows = trees.play(game, A="out", B="l")
    prior = (F(3, 4), F(1, 4))
    assert is_consistent(game, Assessment(rows, (prior, prior)))
    assert not is_consistent(game, Assessment(rows, (prior, (F(1, 2), F(1, 2)))))
    (family,) = pure_bayesian(game).families
    assert family.assessment == Assessment(rows, (prior, prior))


def test_ratios_of_mistakes_agree_across_three_information_sets() -> None:
    """Sizes of mistakes a : b and b : c fix a : c, whatever their orders."""

    def pair(name: str) -> trees.Move:
        return trees.Move("B", name, {"l": (0, 0), "r": (0, 0)})

    def choice(*names: str) -> trees.Chance:
        return trees.Chance({name: (F(1, len(names)), pair(name)) for name in names})

    game = trees.tree(
        "AB",
        trees.Move(
            "A",
            "A",
            {
                "out": (1, 0),
                "a": choice("ab", "ac"),
                "b": choice("ab", "bc"),
                "c": choice("bc", "ac"),
            },
        ),
    )
    rows = trees.play(game, A="out", ab="l", ac="l", bc="l")
    order = {p.node: k for k, p in enumerate(game.information_sets)}

    def believes(ab: F, bc: F, ac: F) -> Assessment:
        beliefs: list[tuple[F, ...]] = [()] * 4
        for name, share in (("A", F(1)), ("ab", ab), ("bc", bc), ("ac", ac)):
            beliefs[order[name]] = (share,) if name == "A" else (share, 1 - share)
        return Assessment(rows, tuple(beliefs))

    assert is_consistent(game, believes(F(2, 3), F(3, 4), F(6, 7)))
    assert not is_consistent(game, believes(F(2, 3), F(3, 4), F(5, 7)))
    assert is_consistent(game, believes(F(1), F(1, 2), F(1)))
    assert not is_consistent(game, believes(F(1), F(1, 2), F(0)))
    assert not is_consistent(game, believes(F(1), F(1), F(0)))


def test_an_assessment_without_beliefs_is_neither() -> None:
    game = trees.selten_horse()
    with pytest.raises(ValueError, match="no beliefs"):
        is_consistent(game, Assessment(trees.play(game, one="R", two="R", three="L")))
