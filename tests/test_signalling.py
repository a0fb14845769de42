"""Perfect Bayesian equilibria of signalling games: known answers, twins and laws."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from random import Random
from typing import Any

import naive_signalling as naive
import pytest
import signalling_games as games

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.extensive import ExtensiveGame, Family, TreeSolution
from gametheory_crisis.games.signalling import signalling_form
from gametheory_crisis.solvers.extensive_form.consistency import is_consistent
from gametheory_crisis.solvers.extensive_form.families import END
from gametheory_crisis.solvers.extensive_form.folding import foldings
from gametheory_crisis.solvers.extensive_form.pure_bayesian import pure_bayesian
from gametheory_crisis.solvers.extensive_form.refinements import refine
from gametheory_crisis.solvers.extensive_form.signalling import perfect_bayesian, products
from gametheory_crisis.solvers.extensive_form.trembles import OffPath
from gametheory_crisis.solvers.extensive_form.values import reach


def place_of(game: ExtensiveGame, node: str) -> int:
    return next(k for k, set_ in enumerate(game.information_sets) if set_.node == node)


def play(game: ExtensiveGame, family: Family, node: str, action: str) -> Any:
    """Probability of an action."""
    place = place_of(game, node)
    actions = game.information_sets[place].actions
    return family.assessment.behaviour[place][actions.index(action)]


def spread(game: ExtensiveGame, family: Family, node: str, action: str) -> tuple[Any, Any]:
    """Least and largest probability of an action."""
    place = place_of(game, node)
    index = game.information_sets[place].actions.index(action)
    shown = play(game, family, node, action)
    return family.ranges.get((place, index), (shown, shown))


def sound(game: ExtensiveGame, solution: TreeSolution) -> None:
    """What stands for each family is an equilibrium, with every vertex of the beliefs listed."""
    for family in solution.families:
        whole = family.assessment
        assert whole.beliefs is not None
        assert naive.is_bayesian(game, whole)
        assert naive.regret(game, whole) == 0
        assert is_consistent(game, whole)
        for place, vertices in whole.supporting.items():
            for vertex in vertices:
                beliefs = (*whole.beliefs[:place], vertex, *whole.beliefs[place + 1 :])
                assert naive.regret(game, replace(whole, beliefs=beliefs)) == 0


# Beer and quiche


@pytest.mark.parametrize("strong", [F(9, 10), F(3, 5), F(51, 100)])
def test_a_likely_strong_type_pools_on_either_breakfast(strong: F) -> None:
    game = games.beer_quiche(strong)
    solution = perfect_bayesian(game)
    sound(game, solution)
    assert solution.notes == ()
    assert [family.kind for family in solution.families] == ["pooling on beer", "pooling on quiche"]
    for family, sent, other in zip(
        solution.families, ("beer", "quiche"), ("quiche", "beer"), strict=True
    ):
        assert play(game, family, f"after {sent}", "duel") == 0
        assert play(game, family, f"after {other}", "duel") == 1
        off = place_of(game, f"after {other}")
        assert dict(family.ranges) == {(off, 0): (F(1, 2), F(1)), (off, 1): (F(0), F(1, 2))}
        assert dict(family.assessment.supporting) == {off: ((F(1, 2), F(1, 2)), (F(0), F(1)))}


def test_at_even_odds_the_ends_of_what_the_receiver_may_mix_are_listed() -> None:
    game = games.beer_quiche(F(1, 2))
    solution = perfect_bayesian(game)
    sound(game, solution)
    kinds = [family.kind for family in solution.families]
    assert kinds == [f"pooling on {sent}, {END}" for sent in ("beer", "beer", "quiche", "quiche")]
    for family, sent, other in zip(
        solution.families,
        ("beer", "beer", "quiche", "quiche"),
        ("quiche", "quiche", "beer", "beer"),
        strict=True,
    ):
        assert spread(game, family, f"after {sent}", "duel") == (0, F(1, 2))
        assert spread(game, family, f"after {other}", "duel") == (F(1, 2), 1)


@pytest.mark.parametrize("strong", [F(3, 10), F(1, 100), F(49, 100)])
@pytest.mark.parametrize("taste", [F(1), F(1, 3)])
def test_an_unlikely_strong_type_is_sometimes_imitated(strong: F, taste: F) -> None:
    game = games.beer_quiche(strong, taste=taste)
    solution = perfect_bayesian(game)
    sound(game, solution)
    assert solution.notes == ()
    (family,) = solution.families
    assert family.kind == "semi-separating"
    assert not family.ranges
    assert play(game, family, "sender strong", "beer") == 1
    assert play(game, family, "sender weak", "beer") == strong / (1 - strong)
    assert play(game, family, "after beer", "duel") == 1 - taste / 2
    assert play(game, family, "after quiche", "duel") == 1


def test_types_whose_taste_outweighs_a_duel_separate() -> None:
    game = games.beer_quiche(F(2, 5), taste=3)
    (family,) = perfect_bayesian(game).families
    assert family.kind == "separating"
    assert play(game, family, "sender strong", "beer") == 1
    assert play(game, family, "sender weak", "quiche") == 1


def test_floats_are_taken_for_the_rationals_that_they_stand_for() -> None:
    for strong in (F(9, 10), F(1, 2), F(1, 3)):
        exact = perfect_bayesian(games.beer_quiche(strong))
        rounded = perfect_bayesian(games.beer_quiche(float(strong), exact=False))
        assert len(exact.families) == len(rounded.families)
        for one, other in zip(exact.families, rounded.families, strict=True):
            assert one.kind == other.kind
            pairs = zip(one.assessment.behaviour, other.assessment.behaviour, strict=True)
            for row, more in pairs:
                assert all(isinstance(share, float) for share in more)
                assert more == pytest.approx(tuple(map(float, row)), abs=1e-12)


# Refinements


@pytest.mark.parametrize("criterion", ["intuitive", "D1", "d1", "divinity"])
def test_refinements_remove_quiche_and_keep_beer(criterion: str) -> None:
    game = games.beer_quiche(F(9, 10))
    beer, quiche = perfect_bayesian(game).families
    assert refine(game, beer, criterion) == ""
    assert refine(game, quiche, criterion).startswith("strong would send beer")
    assert "weak" in refine(game, quiche, criterion)


def test_at_even_odds_divinity_alone_keeps_quiche() -> None:
    game = games.beer_quiche(F(1, 2))
    quiche = perfect_bayesian(game).families[-1]
    assert refine(game, quiche, "intuitive")
    assert refine(game, quiche, "D1")
    assert refine(game, quiche, "divinity") == ""


def test_refinements_of_float_games_are_those_of_the_exact_ones() -> None:
    game = games.beer_quiche(0.9, exact=False)
    reasons = [refine(game, family, "intuitive") for family in perfect_bayesian(game).families]
    assert reasons[0] == ""
    assert reasons[1].startswith("strong would send beer")


def education(levels: int) -> ExtensiveGame:
    """Spence (1973) on a grid: two types, wages from three offers that guess the ability."""
    payoffs = {}
    for type_, ability in (("able", 2), ("less", 1)):
        for level in range(levels):
            for wage in (F(1), F(3, 2), F(2)):
                own = wage - F(3 * level, 5 * ability)
                payoffs[type_, f"e{level}", f"w{wage}"] = own, -((wage - ability) ** 2)
    return games.signalling({"able": F(1, 2), "less": F(1, 2)}, payoffs)


def test_of_education_only_the_cheapest_separation_survives() -> None:
    game = education(4)
    solution = perfect_bayesian(game)
    sound(game, solution)
    assert solution.notes == ()
    pooling = [family for family in solution.families if family.kind.startswith("pooling")]
    assert pooling
    assert all(refine(game, family, "D1") for family in pooling)
    kept = [family for family in solution.families if not refine(game, family, "D1")]
    for family in kept:
        able, less = (play(game, family, f"sender {t}", "e2") for t in ("able", "less"))
        assert (able, less) == (1, 0)
    assert len(kept) == 1


def test_what_the_intuitive_criterion_removes_d1_removes_and_divinity_removes_no_more() -> None:
    removed = {"intuitive": 0, "divinity": 0, "D1": 0}
    for seed in range(120):
        rng = Random(seed)
        shape = rng.choice([(2, 1, 2, 2), (2, 1, 2, 3), (3, 1, 2, 2)])
        game = naive.random_table(rng, shape, 3).game()
        for family in perfect_bayesian(game).families:
            reasons = {name: refine(game, family, name) for name in removed}
            for name, reason in reasons.items():
                removed[name] += bool(reason)
            if not reasons["D1"]:
                assert not reasons["intuitive"], seed
                assert not reasons["divinity"], seed
    assert 0 < removed["intuitive"] < removed["D1"]
    assert 0 < removed["divinity"] < removed["D1"]


@pytest.mark.parametrize("criterion", ["intuitive", "D1", "divinity"])
def test_refinements_agree_with_a_twin_that_tries_replies_one_by_one(criterion: str) -> None:
    verdicts = {True: 0, False: 0}
    for seed in range(150):
        table = naive.random_table(Random(seed), (2, 1, 2, 2), 3)
        game = table.game()
        for family in perfect_bayesian(game).families:
            sent = [pure_row(game, family, f"s{s}", "m") for s in range(2)]
            replied = [[pure_row(game, family, f"r0 after m{m}", "b")] for m in range(2)]
            silent = [m for m in range(2) if not any(row[m] for row in sent)]
            pure = all(max(row) == 1 for row in sent)
            if silent and pure and max(replied[1 - silent[0]][0]) == 1:
                expected = naive.survives(table, (sent, replied), silent[0], criterion)
                assert (refine(game, family, criterion) == "") == expected, seed
                verdicts[expected] += 1
    assert min(verdicts.values()) > 3


def pure_row(game: ExtensiveGame, family: Family, node: str, letter: str) -> naive.Mixture:
    """Probabilities of an information set's two actions."""
    return play(game, family, node, f"{letter}0"), play(game, family, node, f"{letter}1")


def test_some_equilibrium_of_a_generic_game_survives() -> None:
    for seed in range(60):
        game = naive.random_table(Random(seed), (2, 1, 3, 2), 1000).game()
        families = perfect_bayesian(game).families
        for criterion in ("intuitive", "D1", "divinity"):
            assert not all(refine(game, family, criterion) for family in families), seed


def test_an_unknown_criterion_is_named() -> None:
    game = games.beer_quiche(F(1, 2))
    family = perfect_bayesian(game).families[0]
    with pytest.raises(UnsupportedGame, match=r"no refinement 'D2'; there are intuitive, D1"):
        refine(game, family, "D2")


def test_refinements_want_one_informed_sender() -> None:
    game = games.unilateral_deterrence(F(3, 10), F(13, 20))
    family = perfect_bayesian(game).families[0]
    with pytest.raises(UnsupportedGame, match="each message answered at one information set"):
        refine(game, family, "intuitive")


# Noisy signals, two-sided types, a mediator


@pytest.mark.parametrize(
    ("ps", "wD", "invest", "strike"),
    [
        (F(3, 10), F(7, 10), F(10, 17), F(27, 37)),
        (F(1, 2), F(7, 10), F(2, 3), F(1, 3)),
        (F(3, 10), F(1, 2), F(50, 57), F(27, 37)),
    ],
)
def test_a_programme_seldom_seen_is_a_gamble_for_both(ps: F, wD: F, invest: F, strike: F) -> None:
    game = games.preventive_strike(ps, wD=wD)
    solution = perfect_bayesian(game)
    sound(game, solution)
    assert solution.notes == ()
    (family,) = solution.families
    assert not family.ranges
    assert play(game, family, "invest", "invest") == invest
    assert play(game, family, "nothing", "strike") == strike
    assert play(game, family, "signal", "strike") == 1


def test_a_programme_often_seen_is_not_begun() -> None:
    game = games.preventive_strike(F(3, 5))
    (family,) = perfect_bayesian(game).families
    assert play(game, family, "invest", "invest") == 0
    assert play(game, family, "nothing", "wait") == 1


def test_at_the_threshold_of_detection_investing_is_a_matter_of_indifference() -> None:
    game = games.preventive_strike(F(6, 11))
    solution = perfect_bayesian(game)
    sound(game, solution)
    # The share that makes the other indifferent: (3/10) (1 - i) = (3/10) (1 - ps) i.
    shares = {play(game, family, "invest", "invest") for family in solution.families}
    assert shares == {0, F(11, 16)}
    for family in solution.families:
        assert spread(game, family, "invest", "invest") == (0, F(11, 16))
        assert play(game, family, "nothing", "strike") == 0


def test_false_alarms_are_believed_only_as_far_as_they_inform() -> None:
    game = games.preventive_strike(F(3, 10), false_alarm=F(3, 10))
    solution = perfect_bayesian(game)
    sound(game, solution)
    for family in solution.families:
        invest = play(game, family, "invest", "invest")
        for node in ("signal", "nothing"):
            beliefs = family.assessment.beliefs
            assert beliefs is not None
            assert beliefs[place_of(game, node)] == (1 - invest, invest)


@pytest.mark.parametrize(
    ("p_A", "p_B", "least", "other"),
    [
        (F(3, 10), F(13, 20), F(9, 49), ("separating", 1, 0, 0)),
        (F(7, 10), F(3, 10), F(29, 49), ("pooling on defect", 1, 1, 0)),
        (F(1, 10), F(1, 10), F(43, 63), ("semi-separating", 1, F(4, 27), F(41, 81))),
        (F(21, 50), F(11, 20), F(23, 63), ("semi-separating", 1, F(28, 29), F(1, 81))),
    ],
)
def test_unilateral_deterrence(p_A: F, p_B: F, least: F, other: tuple[str, F, F, F]) -> None:
    game = games.unilateral_deterrence(p_A, p_B)
    solution = perfect_bayesian(game)
    sound(game, solution)
    assert solution.notes == ()
    steadfast, second = solution.families
    assert steadfast.kind == "pooling on cooperate"
    assert spread(game, steadfast, "B 1", "resist") == (least, 1)
    assert spread(game, steadfast, "B 0", "resist") == (1, 1)
    soft = place_of(game, "B 1")
    assert steadfast.assessment.supporting[soft] == ((F(3, 7), F(4, 7)), (F(0), F(1)))
    kind, hard_A, soft_A, soft_B = other
    assert second.kind == kind
    assert play(game, second, "A 0", "defect") == hard_A
    assert play(game, second, "A 1", "defect") == soft_A
    assert play(game, second, "B 1", "resist") == soft_B


def test_a_defender_surely_hard_deters_alone() -> None:
    game = games.unilateral_deterrence(F(3, 10), F(4, 5))
    (family,) = perfect_bayesian(game).families
    assert family.kind == "pooling on cooperate"
    assert spread(game, family, "B 1", "resist") == (0, 1)


def mediation(right: F, bias: F) -> ExtensiveGame:
    """A mediator who sees a cost with noise tells the bolder of two demands to be made or not.

    A high cost (chance 1/2) accepts both demands, a low one the modest; ``right`` is the chance
    that the mediator sees what is there, ``bias`` what the mediator loses in war.
    """
    modest, bold, war, fight = F(1, 2), F(4, 5), F(2, 5), F(3, 10)

    def demand(said: str, cost: str) -> games.Move:
        def answer(size: F, name: str) -> games.Move:
            ends = {"accept": (size, 1 - size, size), "reject": (war, yields, war - bias)}
            return games.Move("Two", f"{cost} {name} {said}", ends, type=cost)

        yields = F(1, 10) if cost == "high" else fight
        after = {"modest": answer(modest, "modest"), "bold": answer(bold, "bold")}
        return games.Move("One", f"demand after {said}", after)

    def word(seen: str, cost: str) -> games.Move:
        return games.Move("M", f"word on {seen}", {s: demand(s, cost) for s in ("high", "low")})

    def look(cost: str) -> games.Move:
        shares = {seen: right if seen == cost else 1 - right for seen in ("high", "low")}
        return games.nature(**{seen: (share, word(seen, cost)) for seen, share in shares.items()})

    tree = games.nature(high=(F(1, 2), look("high")), low=(F(1, 2), look("low")))
    return games.build(["One", "Two", "M"], tree)


@pytest.mark.parametrize("right", [F(11, 20), F(13, 20), F(4, 5), F(9, 10)])
@pytest.mark.parametrize("bias", [F(0), F(1, 10), F(1, 2), F(3), F(20)])
def test_a_mediator_is_believed_while_its_interest_follows_what_it_sees(right: F, bias: F) -> None:
    game = mediation(right, bias)
    solution = perfect_bayesian(game)
    sound(game, solution)
    assert solution.notes == ()
    informative = [
        family
        for family in solution.families
        if family.kind == "separating"
        and play(game, family, "demand after high", "bold")
        != play(game, family, "demand after low", "bold")
    ]
    # A bold demand is worth it from these chances of a high cost on: to One, to the mediator.
    needed = [F(1, 10) / F(4, 10), (F(1, 10) + bias) / (F(4, 10) + bias)]
    assert bool(informative) == all(1 - right <= share <= right for share in needed)


def test_beliefs_off_the_path_say_no_more_than_the_sender_knows() -> None:
    def answer(good: Any, bad: Any) -> games.Move:
        return games.Move("B", "answer", {"yes": good, "no": bad})

    def choice(yes: Any, no: Any) -> games.Move:
        return games.Move("A", "choice", {"stay": (2, 0), "ask": answer(yes, no)})

    tree = games.nature(
        rain=(F(1, 4), choice((3, 1), (0, 0))), sun=(F(3, 4), choice((0, 0), (1, 1)))
    )
    game = games.build(["A", "B"], tree)
    (family,) = perfect_bayesian(game).families
    assert play(game, family, "choice", "stay") == 1
    assert family.assessment.beliefs is not None
    assert family.assessment.beliefs[place_of(game, "answer")] == (F(1, 4), F(3, 4))
    assert play(game, family, "answer", "no") == 1
    assert not family.assessment.supporting


@pytest.mark.parametrize("wary_of", [0, 1])
def test_receivers_who_see_the_same_message_agree_about_the_sender(wary_of: int) -> None:
    # Both receivers must resist to keep the sender at home.  The first does if the sender is likely
    # to be of type 0, the second if it is likely to be of type ``wary_of``.
    sender = [[[[1, 1], [0, 3]] for _ in range(2)] for _ in range(2)]
    receiver = [
        [[[0, 0], [2 * (s == target), F(4, 3)]] for target in (0, wary_of)] for s in range(2)
    ]
    even = [[F(1, 4), F(1, 4)]] * 2
    game = naive.Table((2, 2, 2, 2), even, sender, receiver).game()
    solution = perfect_bayesian(game)
    sound(game, solution)
    at_home = [family for family in solution.families if family.kind == "pooling on m0"]
    assert len(at_home) == (wary_of == 0)


# Games that are no signalling games at first sight


def test_hidden_simultaneous_moves_have_all_their_equilibria() -> None:
    def second(*rows: tuple[int, int]) -> games.Move:
        return games.Move("C", "column", dict(zip(("left", "right"), rows, strict=True)))

    tree = games.Move("R", "row", {"top": second((2, 1), (0, 0)), "bottom": second((0, 0), (1, 2))})
    game = games.build(["R", "C"], tree)
    solution = perfect_bayesian(game)
    sound(game, solution)
    assert solution.notes == ()
    found = {
        (play(game, f, "row", "top"), play(game, f, "column", "left")) for f in solution.families
    }
    assert found == {(1, 1), (0, 0), (F(2, 3), F(1, 3))}


def three_moves(tied: Any) -> ExtensiveGame:
    """A demand, an answer, and a last word that is worth nothing to its speaker."""
    last = games.Move("A", "last", {"thank": (1, 1), "gloat": (1, tied)})
    answer = games.Move("B", "answer", {"yield": last, "fight": (0, 0)})
    return games.build(
        ["A", "B"], games.Move("A", "first", {"demand": answer, "pass": (F(1, 2), 2)})
    )


def test_a_choice_that_nobody_cares_about_is_a_range() -> None:
    game = three_moves(1)
    solution = perfect_bayesian(game)
    sound(game, solution)
    assert solution.notes == ()
    (family,) = solution.families
    assert spread(game, family, "last", "thank") == (0, 1)
    assert play(game, family, "first", "demand") == 1


def test_a_tie_that_others_care_about_is_tried_both_ways_and_noted() -> None:
    game = three_moves(-1)
    solution = perfect_bayesian(game)
    sound(game, solution)
    assert solution.notes == ("mixtures between actions that tie at last are not listed",)
    kind, spiteful = solution.families
    assert play(game, kind, "last", "thank") == 1
    assert play(game, kind, "first", "demand") == 1
    assert play(game, spiteful, "last", "gloat") == 1
    assert play(game, spiteful, "first", "pass") == 1


def test_a_game_of_more_than_one_answer_is_refused() -> None:
    def bid(player: str, before: str, left: int) -> Any:
        if not left:
            return (len(before) % 3, 2 - len(before.strip("u")) % 3)
        after = {name: bid("AB"[left % 2], before + name[0], left - 1) for name in ("up", "down")}
        return games.Move(player, f"move {left}", after)

    game = games.build(["A", "B"], bid("A", "", 4))
    with pytest.raises(UnsupportedGame, match="more than one move and one answer"):
        perfect_bayesian(game)


def test_a_game_in_which_all_is_known_in_advance_has_one_equilibrium() -> None:
    game = games.build(["A"], games.Move("A", "only", {"good": (1,), "bad": (0,)}))
    solution = perfect_bayesian(game)
    assert solution.notes == ()
    assert [family.assessment.behaviour for family in solution.families] == [((1, 0),)]
    assert perfect_bayesian(games.build(["A"], games.end(1))).families[0].assessment.behaviour == ()


# Twins


@pytest.mark.parametrize(
    ("shape", "num", "most", "holes"),
    [
        ((2, 1, 2, 2), 4, 2, False),
        ((2, 1, 2, 2), 4, 1, False),
        ((2, 1, 2, 3), 1, 2, False),
        ((3, 1, 2, 2), 2, 2, False),
        ((2, 2, 2, 2), 1, 2, False),
        ((2, 2, 2, 2), 1, 2, True),
    ],
)
def test_every_equilibrium_on_a_grid_is_listed(
    shape: tuple[int, int, int, int], num: int, most: int, holes: bool
) -> None:
    points = 0
    for seed in range(12):
        table = naive.random_table(Random(seed), shape, most, holes=holes)
        game = table.game()
        solution = perfect_bayesian(game)
        assert solution.notes == ()
        sound(game, solution)
        for profile in filter(table.is_equilibrium, table.grid(num)):
            points += 1
            assert any(naive.listed_in(game, f, profile) for f in solution.families), seed
    assert points > 12


SUPPORTS = [
    ((2, 1, 2, 2), 2, False, 12),
    ((2, 1, 2, 2), 30, False, 12),
    ((2, 1, 2, 3), 2, False, 3),
    ((3, 1, 2, 2), 2, False, 5),
    ((2, 2, 2, 2), 2, False, 2),
    ((2, 2, 2, 2), 2, True, 2),
]


def every_support_is_listed(
    shape: tuple[int, int, int, int], most: int, holes: bool, seeds: range
) -> int:
    points = 0
    for seed in seeds:
        table = naive.random_table(Random(seed), shape, most, holes=holes)
        game = table.game()
        families = perfect_bayesian(game).families
        for profile in naive.supported_profiles(table):
            points += 1
            assert any(naive.listed_in(game, f, profile) for f in families), seed
    return points


@pytest.mark.parametrize(("shape", "most", "holes", "num"), SUPPORTS)
def test_every_choice_of_supports_that_has_an_equilibrium_is_listed(
    shape: tuple[int, int, int, int], most: int, holes: bool, num: int
) -> None:
    assert every_support_is_listed(shape, most, holes, range(num)) >= num


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "most", "holes", "num"), SUPPORTS)
def test_every_choice_of_supports_is_listed_in_many_games(
    shape: tuple[int, int, int, int], most: int, holes: bool, num: int
) -> None:
    assert every_support_is_listed(shape, most, holes, range(100, 100 + 8 * num)) > num


@pytest.mark.parametrize("shape", [(2, 1, 2, 3), (3, 1, 2, 2), (2, 2, 2, 2), (3, 2, 2, 2)])
def test_pure_equilibria_found_by_trying_profiles_are_listed(shape: Any) -> None:
    for seed in range(8):
        game = naive.random_table(Random(seed), shape, 2, holes=shape[1] > 1).game()
        solution = perfect_bayesian(game)
        sound(game, solution)
        for pure in pure_bayesian(game).families:
            behaviour = pure.assessment.behaviour
            shares = reach(game, behaviour)
            reached = [
                place
                for place, set_ in enumerate(game.information_sets)
                if any(shares[history] for history in set_.histories)
            ]
            assert any(within(family, behaviour, reached) for family in solution.families), seed


def within(family: Family, behaviour: Any, places: list[int]) -> bool:
    """Whether behaviour at some information sets is within the ranges of a family."""
    for place in places:
        for action, share in enumerate(behaviour[place]):
            shown = family.assessment.behaviour[place][action]
            low, high = family.ranges.get((place, action), (shown, shown))
            if not low <= share <= high:
                return False
    return True


@pytest.mark.parametrize("shape", [(2, 1, 2, 2), (2, 1, 2, 3), (3, 1, 2, 2), (2, 2, 2, 2)])
def test_any_mixtures_of_a_product_are_an_equilibrium(shape: tuple[int, int, int, int]) -> None:
    rng = Random(7)
    for seed in range(15):
        table = naive.random_table(Random(seed), shape, 2, holes=shape[1] > 1)
        ((_, form),) = foldings(table.game())
        for product in products(form, OffPath(form)):
            for _ in range(3):
                sent = random_point(rng, [c.point for c in product.messages])
                replied = random_point(rng, [c.point for c in product.replies])
                assert table.is_equilibrium(as_profile(table, form, sent, replied)), seed


def random_point(rng: Random, points: list[Any]) -> tuple[F, ...]:
    """A random mixture of points, of few of them more often than not."""
    weights = [rng.choice([0, 0, 1, 2]) for _ in points]
    weights[rng.randrange(len(points))] += 1
    rows = zip(*points, strict=True)
    return tuple(
        F(sum(w * x for w, x in zip(weights, row, strict=True)), sum(weights)) for row in rows
    )


def as_profile(table: naive.Table, form: Any, sent: Any, replied: Any) -> naive.Profile:
    """Messages and replies of a form by the types and messages of its table."""
    types, others, messages, replies = table.shape
    sets = form.game.information_sets
    rows: list[Any] = [None] * types
    for k, sender in enumerate(form.senders):
        rows[int(sets[sender].node[1:])] = tuple(sent[m] for m in form.messages_of[k])
    idle = (F(1), *([F(0)] * (replies - 1)))
    answers = [[idle] * others for _ in range(messages)]
    for k, receiver in enumerate(form.receivers):
        r, m = (int(word[1:]) for word in sets[receiver].node.replace("after ", "").split())
        answers[m][r] = tuple(replied[b] for b in form.replies_of[k])
    return rows, answers


# Laws


@pytest.mark.parametrize("seed", range(8))
def test_other_units_of_payoff_leave_the_families_unchanged(seed: int) -> None:
    game = naive.random_table(Random(seed), (2, 1, 2, 3), 3).game()
    payoffs = tuple((3 * row[0] + 7, row[1] / 5 - 1) if row else () for row in game.payoffs)
    assert perfect_bayesian(replace(game, payoffs=payoffs)) == perfect_bayesian(game)


@pytest.mark.parametrize("seed", range(8))
def test_renumbered_types_and_messages_have_the_same_families(seed: int) -> None:
    table = naive.random_table(Random(seed), (3, 1, 2, 2), 2)
    turned = naive.Table(
        table.shape,
        table.prior[::-1],
        [[row[::-1] for row in by_type] for by_type in table.sender[::-1]],
        [[row[::-1] for row in by_type] for by_type in table.receiver[::-1]],
    )
    one, other = (perfect_bayesian(t.game()).families for t in (table, turned))
    assert len(one) == len(other)
    assert sorted(len(family.ranges) for family in one) == sorted(len(f.ranges) for f in other)


def test_payoffs_that_are_all_alike_make_one_family() -> None:
    table = naive.random_table(Random(0), (2, 1, 2, 2), 0)
    game = table.game()
    (family,) = perfect_bayesian(game).families
    assert all(ends == (0, 1) for ends in family.ranges.values())
    assert len(family.ranges) == 8


def test_cheap_talk_that_nobody_hears_is_one_family() -> None:
    # Sender and receiver want opposite things, so no word is believed.
    payoffs = {
        (type_, word, deed): (int(type_ != deed), 2 * int(type_ == deed))
        for type_ in ("left", "right")
        for word in ("hm", "ah")
        for deed in ("left", "right")
    }
    game = games.signalling({"left": F(2, 3), "right": F(1, 3)}, payoffs)
    solution = perfect_bayesian(game)
    sound(game, solution)
    assert solution.notes == ()
    (family,) = solution.families
    assert family.kind == "pooling on hm and ah"
    assert spread(game, family, "sender left", "hm") == (0, 1)
    assert spread(game, family, "after hm", "left")[1] == 1
    assert play(game, family, "after hm", "left") == play(game, family, "after ah", "left") == 1


def test_no_family_is_listed_twice() -> None:
    for seed in range(60):
        game = naive.random_table(Random(seed), (2, 1, 2, 3), 1).game()
        families = perfect_bayesian(game).families
        shown = [(f.assessment.behaviour, tuple(f.ranges.items())) for f in families]
        assert len(set(shown)) == len(shown)


def test_a_large_game_of_three_types_messages_and_replies_is_solved_whole() -> None:
    table = naive.random_table(Random(3), (3, 1, 3, 3), 9)
    game = table.game()
    solution = perfect_bayesian(game)
    sound(game, solution)
    for profile in filter(table.is_equilibrium, table.grid(1)):
        assert any(naive.listed_in(game, f, profile) for f in solution.families)


@pytest.mark.slow
def test_a_game_out_of_reach_is_refused() -> None:
    table = naive.random_table(Random(3), (5, 1, 5, 5), 9)
    assert signalling_form(table.game()) is not None
    with pytest.raises(UnsupportedGame, match="too many types, messages and replies"):
        perfect_bayesian(table.game())
