"""Laws of the solvers of extensive games, held against slow twins and the textbooks' answers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from itertools import product
from typing import Any

import pytest
import trees
from tree_twins import (
    arrival,
    backward_induction,
    behaviours,
    expected,
    in_hull,
    named,
    nash_gain,
    pure_profiles,
    random_games,
    replies,
    sequential_gain,
)

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.extensive import Assessment, Behaviour, ExtensiveGame
from gametheory_crisis.solvers.extensive_form.agent_logit import sequential
from gametheory_crisis.solvers.extensive_form.consistency import is_consistent
from gametheory_crisis.solvers.extensive_form.lemke import one_equilibrium
from gametheory_crisis.solvers.extensive_form.nash import nash
from gametheory_crisis.solvers.extensive_form.pure_bayesian import pure_bayesian
from gametheory_crisis.solvers.extensive_form.recall import forgotten
from gametheory_crisis.solvers.extensive_form.sequence_form import (
    all_equilibria,
    behaviour_of,
    sequence_form,
)
from gametheory_crisis.solvers.extensive_form.strategic_form import (
    behaviour_of_mix,
    num_strategies,
    strategic_form,
)
from gametheory_crisis.solvers.extensive_form.subgames import subgame_perfect, subgame_roots
from gametheory_crisis.solvers.extensive_form.values import largest_gains
from gametheory_crisis.solvers.normal_form.extreme_equilibria import extreme_equilibria

# Textbook games


def test_seltens_horse_has_two_nash_components_and_one_sequential_equilibrium() -> None:
    game = trees.selten_horse()
    three, two = trees.place_of(game, "three"), trees.place_of(game, "two")
    solution = nash(game)
    assert not solution.notes
    good, bad = solution.families
    assert named(game, good.assessment.behaviour) == {"one": "R", "two": "R", "three": "L"}
    assert good.ranges == {(three, 0): (F(3, 4), 1), (three, 1): (0, F(1, 4))}
    assert named(game, bad.assessment.behaviour) == {"one": "L", "two": "R", "three": "R"}
    assert bad.ranges == {(two, 0): (F(1, 3), 1), (two, 1): (0, F(2, 3))}
    (kept,) = pure_bayesian(game).families
    assert kept.assessment.behaviour == good.assessment.behaviour
    across = game.histories.words(game.information_sets[three].histories[0])
    assert across == "1: R, 2: L"
    assert set(kept.assessment.supporting[three]) == {(1, 0), (F(2, 3), F(1, 3))}
    (limit,) = sequential(game).families
    assert limit.assessment.behaviour[trees.place_of(game, "one")] == (1, 0)
    assert limit.assessment.behaviour[two] == (1, 0)


def test_beer_quiche_pools_twice() -> None:
    game = trees.beer_quiche(F(9, 10))
    for solution in (nash(game), pure_bayesian(game), subgame_perfect(game)):
        beer, quiche = solution.families
        for family, eaten, avoided in ((beer, 0, 1), (quiche, 1, 0)):
            meals = ("after beer", "after quiche")
            rows = family.assessment.behaviour
            assert rows[trees.place_of(game, "strong")][eaten] == 1
            assert rows[trees.place_of(game, "weak")][eaten] == 1
            assert rows[trees.place_of(game, meals[eaten])] == (0, 1)
            duel = trees.place_of(game, meals[avoided])
            assert rows[duel] == (1, 0)
            if solution.families[0].assessment.beliefs is None:
                assert family.ranges[duel, 0] == (F(1, 2), 1)
            else:
                assert set(family.assessment.supporting[duel]) == {(F(1, 2), F(1, 2)), (0, 1)}


def test_beer_quiche_at_even_odds_mixes() -> None:
    """With fewer strong types than weak ones the weak type mixes: beer with p / (1 - p)."""
    game = trees.beer_quiche(F(1, 4))
    (family,) = nash(game).families
    assert family.assessment.behaviour == trees.play(
        game,
        strong="beer",
        weak=(F(1, 3), F(2, 3)),
        **{"after beer": (F(1, 2), F(1, 2)), "after quiche": "fight"},
    )


def by_lemke(game: ExtensiveGame) -> Behaviour:
    """The one equilibrium of two players that complementary pivoting ends at."""
    form = sequence_form(game, 0, 1)
    return behaviour_of(form, one_equilibrium(form))


@pytest.mark.parametrize(("ante", "raised", "high"), [(1, 1, F(1, 2)), (2, 3, F(1, 3))])
def test_the_card_game_is_bluffed_and_met_as_in_the_closed_form(
    ante: int, raised: int, high: F
) -> None:
    game = trees.card_game(ante, raised, high)
    meet, bluff = F(2 * ante, 2 * ante + raised), high / (1 - high) * F(raised, 2 * ante + raised)
    closed = trees.play(game, high="bet", low=(bluff, 1 - bluff), answer=(meet, 1 - meet))
    for solution in (nash(game), sequential(game)):
        assert behaviours(solution) == [closed]
    assert by_lemke(game) == closed


def test_kuhn_poker_is_worth_a_loss_of_one_in_eighteen() -> None:
    game = trees.kuhn_poker()
    assert expected(game, by_lemke(game))[0] == F(-1, 18)
    (limit,) = behaviours(sequential(game))
    assert float(expected(game, limit)[0]) == pytest.approx(-1 / 18, abs=1e-9)


def test_kuhn_poker_has_the_line_of_equilibria_that_kuhn_found() -> None:
    """The first player bets the lowest card with a <= 1/3, the highest with 3a, and calls with the
    middle one with a + 1/3; the second player's strategy is the only one."""
    game = trees.kuhn_poker()
    solution = nash(game)
    assert not solution.notes
    ends = []
    for rows in behaviours(solution):
        assert expected(game, rows) == [F(-1, 18), F(1, 18)]
        bluff = rows[trees.place_of(game, "A0")][0]
        ends.append(bluff)
        assert rows[trees.place_of(game, "A2")][0] == 3 * bluff
        assert rows[trees.place_of(game, "A1")] == (0, 1)
        assert rows[trees.place_of(game, "A1 bet to")][0] == bluff + F(1, 3)
        assert rows[trees.place_of(game, "B1 after bet")][0] == F(1, 3)
        assert rows[trees.place_of(game, "B0 after check")][0] == F(1, 3)
    assert sorted(ends) == [0, F(1, 3)]


def test_the_centipede_stops_at_once() -> None:
    for legs in (1, 2, 5):
        game = trees.centipede(legs)
        take = tuple((F(1), F(0)) for _ in range(legs))
        for solver in (subgame_perfect, pure_bayesian, sequential):
            assert behaviours(solver(game)) == [take]
        assert not subgame_perfect(game).notes
        assert all(expected(game, rows) == [4, 1] for rows in behaviours(nash(game)))


def test_a_fight_that_no_belief_supports_deters_nobody() -> None:
    """Staying out is subgame-perfect, there being no subgame, but supported by no belief."""
    game = trees.entry_deterrence()
    assert len(subgame_perfect(game).families) == len(nash(game).families) == 2
    (entry,) = behaviours(pure_bayesian(game))
    assert named(game, entry) == {"entrant": "rash", "incumbent": "yield"}


def test_subgames_are_combined_in_every_way() -> None:
    game = trees.two_subgames()
    assert [game.histories.words(h) for h in subgame_roots(game)] == [
        "the beginning",
        "A: left",
        "A: right",
    ]
    solution = subgame_perfect(game)
    assert not solution.notes
    # A's payoffs: left 2, 1 or 2/3, right 3, 1 or 3/4; one tie, at 1 and 1.
    assert len(solution.families) == 3 * 3 + 1
    worths = sorted(expected(game, rows)[0] for rows in behaviours(solution))
    assert worths == sorted([3, 3, 3, 2, 2, 1, 1, 1, 1, F(3, 4)])
    assert all(nash_gain(game, rows) == 0 for rows in behaviours(solution))


def test_the_bound_on_subgame_perfect_equilibria_is_noted() -> None:
    game = trees.two_subgames()
    solution = subgame_perfect(game, bound=4)
    assert len(solution.families) == 4
    assert "only the first 4 equilibria are listed" in solution.notes


def chain_store_reputation(game: ExtensiveGame) -> Assessment:
    """Kreps and Wilson (1982b), for a = 3, b = 1/2 and a tough monopolist in one of ten cases.

    With n markets left, q is brought to b^(n-1) by a weak monopolist that fights with
    ((1 - b^(n-1)) q) / ((1 - q) b^(n-1)); entrants come in for sure below b^n and at b^n stay
    out with 1 / a.
    """
    half = F(1, 2)

    def belief(past: str) -> F:
        q = F(1, 10)
        for k, step in zip((3, 2, 1), past, strict=False):
            if step == "y" or q == 0:
                q = F(0)
            elif step == "f":
                q = max(half ** (k - 1), q)
        return q

    rows, beliefs = [], []
    for place in game.information_sets:
        past = ""
        if place.node.startswith("tough"):
            rows.append((F(1), F(0)))
        elif place.node.startswith("weak"):
            past = place.node[4:]
            k, q = 3 - len(past), belief(past)
            share = F(0)
            if k > 1 and q >= half ** (k - 1):
                share = F(1)
            elif k > 1 and q:
                share = (1 - half ** (k - 1)) * q / ((1 - q) * half ** (k - 1))
            rows.append((share, 1 - share))
        else:
            past = place.node[2:]
            k, q = 3 - len(past), belief(past)
            enter = F(1) if q < half**k else F(2, 3) if q == half**k else F(0)
            rows.append((enter, 1 - enter))
        own = [F(1)]
        if len(place.histories) == 2:
            own = [belief(past), 1 - belief(past)]
        beliefs.append(tuple(own))
    return Assessment(tuple(rows), tuple(beliefs))


def test_reputation_in_the_chain_store_is_a_sequential_equilibrium() -> None:
    game = trees.chain_store()
    assessment = chain_store_reputation(game)
    share = {p.node: r for p, r in zip(game.information_sets, assessment.behaviour, strict=True)}
    assert share["E3"] == (1, 0)
    assert share["weak"] == (F(1, 3), F(2, 3))
    assert share["E2f"] == (F(2, 3), F(1, 3))
    assert share["weakf"] == (F(1, 3), F(2, 3))
    assert share["E1ff"] == (F(2, 3), F(1, 3))
    assert is_consistent(game, assessment)
    assert assessment.beliefs is not None
    assert largest_gains(game, assessment.behaviour, assessment.beliefs) == [0] * 4


def test_the_path_of_quantal_responses_finds_reputation_in_the_chain_store() -> None:
    game = trees.chain_store()
    closed = chain_store_reputation(game)
    (family,) = sequential(game).families
    found = family.assessment.behaviour
    on_path = [
        k
        for k, place in enumerate(game.information_sets)
        if any(arrival(game, closed.behaviour, h) for h in place.histories)
    ]
    assert [found[k] for k in on_path] == [closed.behaviour[k] for k in on_path]
    assert is_consistent(game, family.assessment)


# Random games


def test_random_trees_hide_moves_and_players_remember() -> None:
    hidden = 0
    for _, game in random_games(range(200)):
        assert forgotten(game) is None
        hidden += any(len(place.histories) > 1 for place in game.information_sets)
    assert hidden > 60


def test_without_hidden_moves_subgame_perfection_is_backward_induction() -> None:
    tied = 0
    for seed, game in random_games(range(120), hidden=0.0, depth=4, most=3000):
        twin = backward_induction(game)
        solution = subgame_perfect(game, bound=10_000)
        found = [tuple(row.index(1) for row in rows) for rows in behaviours(solution)]
        numbers = range(len(game.information_sets))
        assert set(found) == {tuple(profile[k] for k in numbers) for profile in twin}, seed
        assert len(found) == len(twin)
        assert found[0] == tuple(twin[0][k] for k in numbers)
        tied += len(found) > 1
    assert tied > 20


def weights(form: Any, behaviour: Behaviour) -> tuple[tuple[F, ...], ...]:
    """Realisation plans from behaviour."""
    plans = []
    for own, sizes in zip(form.players, form.sizes, strict=True):
        plan = [F(1)] * len(own.moves)
        for at, place in enumerate(own.places):
            for action, k in enumerate(own.after(at, sizes[at])):
                plan[k] = plan[own.before[at]] * F(behaviour[place][action])
        plans.append(tuple(plan))
    return tuple(plans)


def compare_with_the_strategic_form(seeds: range, **options: Any) -> int:
    """Hold the sequence form against extreme equilibria of the reduced strategic form.

    Returns how many games had a continuum of equilibria.
    """
    continua = 0
    for seed, game in random_games(seeds, **options):
        if len(num_strategies(game)) != 2 or max(num_strategies(game)) > 9:
            continue
        form, sequences = strategic_form(game), sequence_form(game, 0, 1)
        shape = form.shape
        tables = [
            [[form.payoffs[r * shape[1] + c][i] for c in range(shape[1])] for r in range(shape[0])]
            for i in (0, 1)
        ]
        twin = {
            weights(sequences, behaviour_of_mix(game, form, pair))
            for pair in extreme_equilibria(*tables)
        }
        subsets = all_equilibria(sequences)
        assert subsets is not None
        corners = {pair for s in subsets for pair in product(s.x, s.y)}
        assert corners <= twin, seed
        for x, y in twin:
            assert any(in_hull(x, s.x) and in_hull(y, s.y) for s in subsets), seed
        assert one_equilibrium_is_listed(sequences, subsets), seed
        continua += any(len(s.x) * len(s.y) > 1 for s in subsets)
    return continua


def one_equilibrium_is_listed(form: Any, subsets: Any) -> bool:
    x, y = one_equilibrium(form)
    return any(in_hull(x, s.x) and in_hull(y, s.y) for s in subsets)


def test_the_sequence_form_and_the_strategic_form_have_the_same_equilibria() -> None:
    assert compare_with_the_strategic_form(range(150), most=300) > 30


@pytest.mark.slow
def test_the_sequence_form_and_the_strategic_form_have_the_same_equilibria_of_many_games() -> None:
    compare_with_the_strategic_form(range(1000, 1200), most=2000, depth=4)
    compare_with_the_strategic_form(range(100), most=300, payoffs=(0, 1))


def in_subgame(game: ExtensiveGame, behaviour: Behaviour, root: int) -> Any:
    """The most that a player gains in a subgame by any strategy of its own."""
    worth = expected(game, behaviour, root)
    return max(
        expected(game, reply, root)[player] - worth[player]
        for player in range(len(game.players))
        for reply in replies(game, behaviour, player)
    )


def test_subgame_perfect_equilibria_are_equilibria_of_every_subgame_and_none_is_missed() -> None:
    subgames = 0
    for seed, game in random_games(range(90), hidden=0.5, most=48):
        solution = subgame_perfect(game, bound=10_000)
        roots = subgame_roots(game)
        for rows in behaviours(solution):
            assert all(in_subgame(game, rows, root) == 0 for root in roots), seed
        worths = {tuple(expected(game, rows)) for rows in behaviours(solution)}
        for profile in pure_profiles(game):
            if all(in_subgame(game, profile, root) == 0 for root in roots):
                assert tuple(expected(game, profile)) in worths, seed
        subgames += len(roots) > 1
    assert subgames > 25


@pytest.mark.parametrize(("players", "num"), [(1, 60), (2, 60), (3, 12)])
def test_nobody_gains_by_any_strategy_at_an_equilibrium(players: int, num: int) -> None:
    for seed, game in random_games(range(num), players=players, most=64):
        for solver in (nash, subgame_perfect):
            for family in solver(game).families:
                gain = nash_gain(game, family.assessment.behaviour)
                assert gain == 0 or abs(gain) < 1e-9, (seed, solver)


def test_the_ends_of_ranges_are_equilibria_and_the_next_numbers_are_none() -> None:
    checked = 0
    for seed, game in random_games(range(150), most=200):
        for family in nash(game).families:
            if len({place for place, _ in family.ranges}) != 1:
                continue
            ((place, _), *_) = family.ranges
            rows = family.assessment.behaviour
            if len(rows[place]) != 2:
                continue
            low, high = family.ranges[place, 0]
            for share in (low, high, (low + high) / 2):
                varied = (*rows[:place], (share, 1 - share), *rows[place + 1 :])
                assert nash_gain(game, varied) == 0, seed
                assert expected(game, varied) == expected(game, rows)
            for share in (low - F(1, 1000), high + F(1, 1000)):
                if 0 <= share <= 1:
                    varied = (*rows[:place], (share, 1 - share), *rows[place + 1 :])
                    assert nash_gain(game, varied) > 0, seed
                    checked += 1
    assert checked > 5


def test_all_pure_nash_equilibria_are_among_those_found() -> None:
    """Of two players: every pure profile without gain plays like a member of a family."""
    for seed, game in random_games(range(80), most=64):
        if len(num_strategies(game)) != 2:
            continue
        form = sequence_form(game, 0, 1)
        subsets = all_equilibria(form)
        assert subsets is not None
        for profile in pure_profiles(game):
            x, y = weights(form, profile)
            listed = any(in_hull(x, s.x) and in_hull(y, s.y) for s in subsets)
            assert listed == (nash_gain(game, profile) == 0), seed


# Games as such


@pytest.mark.parametrize("solver", [nash, subgame_perfect, pure_bayesian, sequential])
def test_games_with_imperfect_recall_are_refused_by_name(solver: Any) -> None:
    assert forgotten(trees.absent_minded_driver()) == 0
    with pytest.raises(UnsupportedGame, match="D forgets its own moves at 'junction'"):
        solver(trees.absent_minded_driver())
    with pytest.raises(UnsupportedGame, match="A forgets its own moves at 'second'"):
        solver(trees.forgetful())


@pytest.mark.parametrize("solver", [nash, subgame_perfect, pure_bayesian, sequential])
def test_a_game_in_which_nobody_moves_has_one_equilibrium(solver: Any) -> None:
    for root in ((1, 2), trees.Chance({"up": (F(1, 3), (0, 1)), "down": (F(2, 3), (3, 3))})):
        (family,) = solver(trees.tree("AB", root)).families
        assert family.assessment.behaviour == ()


@pytest.mark.parametrize("solver", [nash, subgame_perfect, pure_bayesian, sequential])
def test_positive_affine_payoffs_leave_equilibria_unchanged(solver: Any) -> None:
    for game in (trees.selten_horse(), trees.beer_quiche(), trees.card_game()):
        payoffs = tuple(
            tuple(F(7, 3) * p - 5 * i for i, p in enumerate(row)) for row in game.payoffs
        )
        moved = replace(game, payoffs=payoffs)
        assert behaviours(solver(moved)) == behaviours(solver(game))


@pytest.mark.parametrize("solver", [nash, subgame_perfect, pure_bayesian, sequential])
def test_floats_are_solved_like_the_rationals_next_to_them(solver: Any) -> None:
    for game in (trees.beer_quiche(), trees.card_game(1, 1, F(1, 3)), trees.two_subgames()):
        inexact = replace(
            game,
            probability=tuple(map(float, game.probability)),
            payoffs=tuple(tuple(float(p) / 3 for p in row) for row in game.payoffs),
            exact=False,
        )
        exact, found = solver(game), solver(inexact)
        assert len(found.families) == len(exact.families)
        for one, other in zip(found.families, exact.families, strict=True):
            pairs = zip(one.assessment.behaviour, other.assessment.behaviour, strict=True)
            for a, b in pairs:
                assert all(isinstance(p, float) for p in a)
                assert a == pytest.approx(tuple(map(float, b)), abs=1e-9)


def test_toughness_that_is_likely_enough_deters_in_pure_strategies() -> None:
    game = trees.chain_store(2, a=3, b=F(1, 2), tough=F(2, 3))
    found = [family.assessment for family in pure_bayesian(game).families]
    assert all(sequential_gain(game, assessment) == 0 for assessment in found)
    profiles = [named(game, assessment.behaviour) for assessment in found]
    deterred = [p for p in profiles if p["E2"] == p["E1o"] == p["E1f"] == "out"]
    assert deterred
    assert all(p["tough"] == p["weak"] == p["toughf"] == "fight" for p in deterred)


def test_long_games_of_seen_moves_are_solved_at_once() -> None:
    game = trees.centipede(300)
    for solver in (subgame_perfect, pure_bayesian, sequential):
        (rows,) = behaviours(solver(game))
        assert set(rows) == {(1, 0)}


def test_games_too_large_for_a_path_of_responses_are_refused() -> None:
    hidden = {
        f"{k}": (
            F(1, 120),
            trees.Move(
                "A",
                f"A{k}",
                {
                    a: trees.Move("B", f"B {a}", {b: (k % 3 * (a == b), k % 2) for b in "lr"})
                    for a in "lr"
                },
            ),
        )
        for k in range(60)
    }
    game = trees.tree(
        "AB",
        trees.Chance(
            {
                **hidden,
                **{
                    f"{k}": (F(1, 120), trees.Move("A", f"A{k}", {"l": (0, 0), "r": (1, 0)}))
                    for k in range(60, 120)
                },
            }
        ),
    )
    with pytest.raises(UnsupportedGame, match="244 actions"):
        sequential(game)
