"""Laws of the extensive form: histories, what players know in them, and numbers at points."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction as F
from pathlib import Path
from random import Random
from typing import Any

import games
import pytest

from gametheory_crisis.certificate.evaluation import Evaluator
from gametheory_crisis.certificate.growing import grow
from gametheory_crisis.certificate.tree import Tree
from gametheory_crisis.compiler.classify import classify
from gametheory_crisis.compiler.stages import stage_game
from gametheory_crisis.compiler.tree import extensive_form
from gametheory_crisis.compiler.tree_size import check_size
from gametheory_crisis.compiler.tree_steps import Steps
from gametheory_crisis.errors import ModelError, NotFinite, ParameterError, UnsupportedGame
from gametheory_crisis.games.extensive import ExtensiveForm, ExtensiveGame
from gametheory_crisis.games.extensive_point import at_point
from gametheory_crisis.language.reader import read_file
from gametheory_crisis.model import Model
from gametheory_crisis.solvers.recursion import solve_recursion

CALM = "clock: no breakdown"
SKETCHES = Path(__file__).parent / "good_models"


def form_of(data: Any, days: int | None = None) -> ExtensiveForm:
    return extensive_form(games.build(data).graph, days)


def game_of(data: Any, days: int | None = None, **values: Any) -> ExtensiveGame:
    model = games.build(data)
    return at_point(extensive_form(model.graph, days), model.point(**values))


def places(game: ExtensiveGame | ExtensiveForm, player: str) -> list[Any]:
    """The information sets of one player."""
    index = game.players.index(player)
    return [place for place in game.information_sets if place.player == index]


def end_of(game: ExtensiveGame, *labels: str) -> int:
    """The history with these moves, in order."""
    history = 0
    for label in labels:
        children = game.histories.children[history]
        history = next(c for c in children if game.histories.label[c] == label)
    return history


# Textbook games

BEER_QUICHE: dict[str, Any] = {
    "players": ["Sender", "Receiver"],
    "parameters": {"q": "9/10"},
    "private": {
        "Sender": {
            "type": {"weak": "1 - q", "surly": "q"},
            "beer": {"weak": 0, "surly": 1},
            "quiche": {"weak": 1, "surly": 0},
            "brave": {"weak": 1, "surly": 0},
        }
    },
    "game": {
        "order": {"player": "Sender", "actions": {"beer": "after_beer", "quiche": "after_quiche"}},
        **{
            f"after_{dish}": {
                "player": "Receiver",
                "actions": {
                    "duel": games.end("duel", Sender=dish, Receiver="2 * brave - 1"),
                    "retreat": games.end("peace", Sender=f"{dish} + 2", Receiver=0),
                },
            }
            for dish in ("beer", "quiche")
        },
    },
}


def test_beer_and_quiche_unrolls_into_the_textbooks_tree() -> None:
    game = game_of(BEER_QUICHE)
    assert len(game.histories) == 1 + 2 + 4 + 8
    assert [(p.type, p.seen, p.actions) for p in places(game, "Sender")] == [
        ("weak", (), ("beer", "quiche")),
        ("surly", (), ("beer", "quiche")),
    ]
    after = places(game, "Receiver")
    assert [p.seen for p in after] == [("Sender: beer",), ("Sender: quiche",)]
    assert [p.node for p in after] == ["after_beer", "after_quiche"]
    assert [len(p.histories) for p in after] == [2, 2]
    assert game.histories.words(after[0].histories[1]) == "type of Sender: surly, Sender: beer"
    assert [game.chance[h] for h in after[0].histories] == [F(1, 10), F(9, 10)]
    surly_beer = end_of(game, "type of Sender: surly", "Sender: beer", "Receiver: retreat")
    assert game.payoffs[surly_beer] == (3, 0)
    weak_beer = end_of(game, "type of Sender: weak", "Sender: beer", "Receiver: duel")
    assert game.payoffs[weak_beer] == (0, 1)
    assert game.exact


def test_a_type_without_weight_is_cut_off_with_all_that_it_would_do() -> None:
    game = game_of(BEER_QUICHE, q=1)
    assert len(game.histories) == 1 + 1 + 2 + 4
    assert [p.type for p in places(game, "Sender")] == ["surly"]
    assert [p.histories for p in places(game, "Receiver")] == [(2,), (5,)]
    assert [p.before for p in game.information_sets] == [None] * 3
    assert game.probability[1] == 1
    with pytest.raises(ParameterError, match="of the types of Sender are not all in"):
        game_of(BEER_QUICHE, q=2)


SELTEN: dict[str, Any] = {
    "players": ["One", "Two", "Three"],
    "game": {
        "first": {
            "player": "One",
            "observed_by": ["Two"],
            "actions": {"D": "third", "C": "second"},
        },
        "second": {
            "player": "Two",
            "observed_by": ["One"],
            "actions": {"c": games.end("across", One=1, Two=1, Three=1), "d": "third"},
        },
        "third": {
            "player": "Three",
            "actions": {
                "L": games.end("left", One=3, Two=2, Three=2),
                "R": games.end("right", One=0, Two=0, Three=0),
            },
        },
    },
}


def test_in_seltens_horse_the_third_player_does_not_know_who_passed_the_move_on() -> None:
    game = game_of(SELTEN)
    assert len(game.histories) == 1 + 2 + 2 + 2 + 2
    assert [(p.player, len(p.histories), p.seen) for p in game.information_sets] == [
        (0, 1, ()),
        (2, 2, ()),
        (1, 1, ("One: C",)),
    ]


def test_moves_at_once_are_moves_in_sequence_that_nobody_sees_in_time() -> None:
    data = games.stage("RC", (2, 3), [(k, -k) for k in range(6)])
    game = game_of(data)
    assert len(game.histories) == 1 + 2 + 6
    assert [(p.player, p.actions, len(p.histories)) for p in game.information_sets] == [
        (0, ("r0", "r1"), 1),
        (1, ("c0", "c1", "c2"), 2),
    ]
    assert [game.payoffs[h][0] for h in game.ends] == list(range(6))


def after_a_stage(observed_by: list[str] | None) -> ExtensiveGame:
    actions = {p: [f"{p.lower()}0", f"{p.lower()}1"] for p in ("A", "B")}
    node: dict[str, Any] = {
        "simultaneous": actions,
        "results": [{"when": list(w), "next": "a"} for w in itertools.product(*actions.values())],
    }
    if observed_by is not None:
        node["observed_by"] = observed_by
    nobody: dict[str, Any] = {"observed_by": []}
    last = {"player": "C", "actions": {"x": games.end("o", A=0, B=0, C=0)}}
    body = {
        "stage": node,
        "a": {"player": "A", "actions": {"go": "b", "stop": "b"}, **nobody},
        "b": {"player": "B", "actions": {"go": "c", "stop": "c"}, **nobody},
        "c": last,
    }
    return game_of({"players": ["A", "B", "C"], "game": body})


@pytest.mark.parametrize(
    ("observed_by", "seen_by_a", "seen_by_c", "sets"),
    [
        (None, ("A: a0", "B: b0"), ("A: a0", "B: b0"), (1 + 4, 1 + 4, 4)),
        ([], ("A: a0",), (), (1 + 2, 1 + 2, 1)),
        (["B", "C"], ("A: a0",), ("A: a0", "B: b0"), (1 + 2, 1 + 4, 4)),
    ],
)
def test_observed_by_holds_for_the_whole_profile_and_movers_see_their_own_part(
    observed_by: list[str] | None,
    seen_by_a: tuple[str, ...],
    seen_by_c: tuple[str, ...],
    sets: tuple[int, int, int],
) -> None:
    game = after_a_stage(observed_by)
    assert tuple(len(places(game, player)) for player in "ABC") == sets
    assert places(game, "A")[1].seen == seen_by_a
    assert places(game, "C")[0].seen == seen_by_c


def test_players_remember_which_actions_they_had() -> None:
    """Nature's hidden move decides whether A may `leave`: having had the choice is information."""
    ways = {"open": {"next": "first", "set": {"s": 1}}, "shut": "first"}
    leave = {"if": "s == 1", "outcome": "left", "payoffs": {"A": 0}}
    data = {
        "players": ["A"],
        "state": {"s": [0, 1]},
        "game": {
            "fate": {"observed_by": [], "chance": {"open": "1/2", "shut": "1/2"}, "next": ways},
            "first": {"player": "A", "actions": {"stay": "then", "leave": leave}},
            "then": {
                "player": "A",
                "actions": {"x": games.end("x", A=1), "y": games.end("y", A=2)},
            },
        },
    }
    game = game_of(data)
    assert [(p.node, p.before, dict(p.state)) for p in game.information_sets] == [
        ("first", None, {"s": 1}),
        ("then", (0, 0), {"s": 1}),
        ("first", None, {"s": 0}),
        ("then", (2, 0), {"s": 0}),
    ]


# Days

DELAY: dict[str, Any] = {
    "players": {"A": "asks", "B": "answers"},
    "parameters": {"d": "1/2", "h": "1/4", "k": 3},
    "clock": {
        "deadline": 3,
        "expires": "late",
        "discount": {"A": "d", "B": 1},
        "breakdown": {"hazard": "h * day", "to": {"next": "crash", "pays": {"B": "day"}}},
    },
    "game": {
        "ask": {
            "player": "A",
            "actions": {
                "stop": games.end("stopped", A="day", B=0),
                "wait": {"next": "ask", "days": 2, "pays": {"A": "k"}},
            },
        },
        "crash": games.end("crash", A=16, B="day"),
        "late": {"player": "B", "actions": {"quit": games.end("late", A=8, B="day")}},
    },
}


def test_payments_and_ends_are_worth_what_their_day_makes_them() -> None:
    game = game_of(DELAY, 3)
    calm = "clock: no breakdown"
    paths = {
        ("A: stop",): (0, 0),
        ("A: wait", "clock: breakdown"): (3 + F(16, 2), 1 + 1),
        ("A: wait", calm, "clock: breakdown"): (3 + F(16, 4), 2 + 2),
        ("A: wait", calm, calm, "A: stop"): (3 + F(2, 4), 0),
        ("A: wait", calm, calm, "A: wait", "clock: breakdown"): (3 + F(3, 4) + F(16, 8), 6),
        ("A: wait", calm, calm, "A: wait", calm, "B: quit"): (3 + F(3, 4) + F(8, 8), 3),
    }
    ends = [end_of(game, *path) for path in paths]
    assert sorted(ends) == list(game.ends)
    assert [game.payoffs[h] for h in ends] == list(paths.values())
    assert [game.histories.day[h] for h in ends] == [0, 1, 2, 2, 3, 3]
    assert [game.chance[h] for h in ends] == [
        1,
        F(1, 4),
        F(3, 4) * F(1, 2),
        F(3, 8),
        F(3, 8) * F(3, 4),
        F(3, 8) * F(1, 4),
    ]
    late = places(game, "B")[0]
    assert (late.day, late.expired) == (3, True)
    assert late.seen == ("A: wait", "day 2", "A: wait")


def test_a_hazard_is_checked_only_on_nights_that_can_come() -> None:
    with pytest.raises(ParameterError, match=r"hazard of a breakdown is not in .* on day 2"):
        game_of(DELAY, 3, h="2/5")
    game = game_of(DELAY, 3, h="1/3")
    patient = [h for h in game.ends if game.histories.label[h] != "A: stop"]
    assert sum(game.chance[h] for h in patient) == 1
    assert places(game, "B") == []
    certain = game_of(DELAY, 3, h=1)
    assert len(certain.histories) == 4


def test_a_player_who_looks_no_further_than_today_has_no_tree() -> None:
    with pytest.raises(UnsupportedGame, match="A moves after day 0 with a discount factor of 0"):
        game_of(DELAY, 3, d=0)
    assert len(game_of(DELAY, 3, d=0, h=1).histories) == 4
    with pytest.raises(ParameterError, match="the discount factor of A is not in"):
        game_of(DELAY, 3, d=2)


def test_a_breakdown_is_seen_by_all_and_the_clock_goes_on_from_there() -> None:
    body = {
        "start": {"player": "A", "actions": {"go": {"next": "start", "days": 1}}},
        "broken": {
            "player": "A",
            "actions": {"end": games.end("o", A=0), "on": {"next": "broken", "days": 1}},
        },
        "late": {"player": "A", "actions": {"over": games.end("o", A=1)}},
    }
    clock = {"deadline": 2, "expires": "late", "breakdown": {"hazard": "1/2", "to": "broken"}}
    game = game_of({"players": ["A"], "clock": clock, "game": body}, 2)
    seen = {place.seen: (place.node, place.day, place.expired) for place in game.information_sets}
    shock, on = "clock: breakdown", "A: on"
    assert seen == {
        (): ("start", 0, False),
        ("A: go",): ("start", 1, False),
        ("A: go", "day 1", "A: go"): ("late", 2, True),
        ("A: go", "day 1", shock): ("broken", 1, False),
        ("A: go", "day 1", "A: go", "day 2", shock): ("broken", 2, False),
        ("A: go", "day 1", shock, on): ("late", 2, True),
        ("A: go", "day 1", shock, on, "day 2", shock): ("broken", 2, False),
        ("A: go", "day 1", "A: go", "day 2", shock, on): ("late", 3, True),
        ("A: go", "day 1", shock, on, "day 2", shock, on): ("late", 3, True),
    }


# Offers

GRID: dict[str, Any] = {
    "players": ["A", "B"],
    "parameters": {"u": "1/4", "v": "1/2"},
    "game": {
        "offer": {
            "player": "A",
            "offer": {"x": [0, 1]},
            "grid": ["u", "v", "1/2"],
            "next": "answer",
        },
        "answer": {
            "player": "B",
            "actions": {
                "yes": games.end("deal", A="1 - x", B="x"),
                "no": games.end("war", A=0, B="u"),
            },
        },
    },
}


def test_an_offer_from_a_grid_is_a_choice_among_numbers() -> None:
    game = game_of(GRID, v="2/3")
    offer, *answers = game.information_sets
    assert offer.actions == ("0.25", "2/3", "0.5")
    assert offer.numbers == (F(1, 4), F(2, 3), F(1, 2))
    assert [p.seen for p in answers] == [("A: 0.25",), ("A: 2/3",), ("A: 0.5",)]
    assert game.payoffs[end_of(game, "A: 2/3", "B: yes")] == (F(1, 3), F(2, 3))


def test_two_ways_to_write_one_number_are_one_offer() -> None:
    game = game_of(GRID)
    assert game.information_sets[0].actions == ("0.25", "0.5")
    assert len(game.histories) == 1 + 2 + 4
    assert len(game_of(GRID, v="1/4", u="1/2").histories) == 1 + 2 + 4
    assert len(game_of(GRID, u="1/2").histories) == 1 + 1 + 2


def test_a_number_that_is_seen_tells_no_more_than_the_number() -> None:
    """A hidden choice of node leads to offers of u or of v: B knows them apart unless u = v."""
    offers = {
        name: {"player": "A", "offer": {name: [0, 1]}, "grid": [number], "next": f"answer_{name}"}
        for name, number in (("x", "u"), ("y", "v"))
    }
    answers = {
        f"answer_{name}": {
            "player": "B",
            "actions": {
                "yes": games.end("deal", A=0, B=name),
                "no": games.end("war", A=0, B="1/3"),
            },
        }
        for name in offers
    }
    first = {"player": "A", "observed_by": [], "actions": {"left": "x", "right": "y"}}
    data = {**GRID, "game": {"first": first, **offers, **answers}}
    assert [len(p.histories) for p in places(game_of(data), "B")] == [1, 1]
    alike = game_of(data, u="1/2")
    (place,) = places(alike, "B")
    assert (place.node, place.seen, len(place.histories)) == ("answer_x", ("A: 0.5",), 2)


def test_a_continuous_offer_is_refused_by_name() -> None:
    data = {**GRID, "game": {**GRID["game"], "offer": {**GRID["game"]["offer"]}}}
    del data["game"]["offer"]["grid"]
    with pytest.raises(UnsupportedGame, match=r"the offer at 'offer' is continuous.*grid: 21"):
        form_of(data)


# Private numbers


def drawn(draw: Any, **parameters: Any) -> dict[str, Any]:
    return {
        "players": ["A", "B"],
        "parameters": {"p": 1, **parameters},
        "private": {"A": {"c": draw}},
        "game": {"end": games.end("o", A="c", B=0)},
    }


def values_of(draw: Any, **parameters: Any) -> list[Any]:
    game = game_of(drawn(draw, **parameters))
    assert {game.probability[h] for h in game.ends} == {F(1, len(game.ends))} or not game.exact
    return [game.payoffs[h][0] for h in game.ends]


def test_points_of_a_continuum_are_its_mid_quantiles() -> None:
    assert values_of({"draw": "uniform(0, p)", "points": 4}) == [F(k, 8) for k in (1, 3, 5, 7)]
    assert values_of({"draw": "uniform(-1, 3)", "points": 1}) == [1]
    third = values_of({"draw": "exponential(p)", "points": 3}, p="1/2")
    assert third == pytest.approx([0.36464311358790924, 1.3862943611198906, 3.583518938456110])
    peak = values_of({"draw": "triangular(0, p, 4)", "points": 2})
    assert peak == [F(1), pytest.approx(4 - 3**0.5)]


def test_a_discretised_continuum_names_its_types() -> None:
    game = game_of(drawn({"draw": "uniform(0, 1)", "points": 2}))
    assert game.histories.label == ("", "type of A: c_1", "type of A: c_2")


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        ("uniform(0, p)", "'c' is drawn from a continuum; give it points"),
        ({"draw": "normal(0, p)", "points": 3}, "quantiles of a normal distribution"),
        ({"draw": "beta(2, p, 0, 1)", "points": 3}, "quantiles of a beta distribution"),
    ],
)
def test_what_has_no_finite_types_is_refused_by_name(draw: Any, message: str) -> None:
    with pytest.raises(UnsupportedGame, match=message):
        form_of(drawn(draw))


@pytest.mark.parametrize("draw", ["uniform(0, p)", "triangular(0, p, 0.5)", "exponential(p)"])
def test_arguments_that_make_no_distribution_make_no_game(draw: str) -> None:
    with pytest.raises(ParameterError, match=r"'c' has no .* distribution"):
        game_of(drawn({"draw": draw, "points": 2}), p=-1)


def test_types_and_points_of_one_player_are_drawn_together_and_of_two_in_the_files_order() -> None:
    data = {
        "players": ["A", "B"],
        "private": {
            "B": {"type": {"t": "1/3", "s": "2/3"}, "c": {"draw": "uniform(0, 1)", "points": 2}},
            "A": {"type": {"hi": "1/2", "lo": "1/2"}, "e": {"hi": 1, "lo": 0}},
        },
        "game": {"end": games.end("o", A="c", B="e")},
    }
    game = game_of(data)
    assert len(game.histories) == 1 + 4 + 8
    first = end_of(game, "type of B: s c_2", "type of A: hi")
    assert game.payoffs[first] == (F(3, 4), 1)
    assert game.chance[first] == F(1, 6)


def test_a_joint_prior_is_one_move_of_nature() -> None:
    model = Model(read_file(str(SKETCHES / "correlated_types.yaml")), "sketch")
    game = at_point(extensive_form(model.graph), model.point())
    first = game.histories.children[0]
    assert [game.histories.label[h] for h in first][1] == "types: Iran resolved, Israel wary"
    assert [game.probability[h] for h in first] == [F(3, 10), F(1, 5), F(1, 5), F(3, 10)]
    assert len(game.histories) == 1 + 4 + 4 * 2 + 4 * 2 * 2 + 4 * 2 * 2
    assert len(game.information_sets) == 2 + 4 + 4
    without = at_point(extensive_form(model.graph), model.point(q=0, r="1/2"))
    assert len(without.histories.children[0]) == 2
    with pytest.raises(ParameterError, match="of the joint prior are not all in"):
        at_point(extensive_form(model.graph), model.point(q="1/2", r="1/2"))


# The sketches of crises

HISTORIES = {
    "biased_mediator": (1 + 2 + 4 + 8 + 16 + 32, 2 + 2 + 8),
    "correlated_types": (45, 10),
    "noisy_signal": (1 + 2 + 4 + 8 + 8, 3),
    "chain_store": (107, 39),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_sketches_have_as_many_histories_as_counting_gives(name: str) -> None:
    form = extensive_form(read_file(str(SKETCHES / f"{name}.yaml")))
    assert (len(form.histories), len(form.information_sets)) == HISTORIES[name]


@pytest.mark.parametrize("path", sorted(SKETCHES.iterdir()), ids=lambda path: path.stem)
def test_every_sketch_unrolls_or_says_why_not(path: Path) -> None:
    model = Model(read_file(str(path)), path.stem)
    days = None if model.graph.clock.deadline is None else 2
    if classify(model.graph).engine == "tree":
        game = at_point(extensive_form(model.graph, days), model.point())
        assert sum(game.chance[h] for h in first_replies(game)) == 1
    elif any(word in path.stem for word in ("deal", "resolve", "ultimatum", "power", "punisher")):
        with pytest.raises(UnsupportedGame, match="is continuous"):
            extensive_form(model.graph, days)


def first_replies(game: ExtensiveGame) -> Iterator[int]:
    """The ends of play in which everybody takes the first action."""
    stack = [0]
    while stack:
        history = stack.pop()
        children = game.histories.children[history]
        if not children:
            yield history
        elif game.histories.information_set[history] < 0:
            stack.extend(children)
        else:
            stack.append(children[0])


def test_a_whisper_reaches_the_ally_alone() -> None:
    model = Model(read_file(str(SKETCHES / "deceptive_diplomacy.yaml")), "sketch")
    game = at_point(extensive_form(model.graph, 1), model.point(T=1))
    iran, israel = places(game, "Iran"), places(game, "Israel")
    assert [p.seen for p in iran] == [("US: concede_a_point",), ("US: stall",)]
    assert [len(p.histories) for p in iran] == [4, 4]
    assert israel[0].seen == ("US: red_light", "US: concede_a_point")
    assert [len(p.histories) for p in israel] == [4] * 4
    assert israel[0].state == {}
    assert len(places(game, "US")) == 2 + 4


def test_a_state_that_all_histories_share_is_known() -> None:
    model = Model(read_file(str(SKETCHES / "noisy_signal.yaml")), "sketch")
    form = extensive_form(model.graph)
    alarm, silence = (dict(p.state) for p in places(at_point(form, model.point()), "D")[::-1])
    assert (alarm, silence) == ({"dirty": 1}, {})
    doubtful = at_point(form, model.point(false_alarm="1/10"))
    assert [dict(p.state) for p in places(doubtful, "D")] == [{}, {}]


# Numbers at points


def test_floats_anywhere_make_a_game_of_floats() -> None:
    data = {**GRID, "parameters": {"u": "1/4", "v": "2/3", "w": 2}}
    data["game"] = {
        **GRID["game"],
        "answer": {
            "player": "B",
            "actions": {
                "yes": games.end("deal", A="1 - x", B="x"),
                "no": games.end("war", A=0, B="sqrt(w)"),
            },
        },
    }
    game = game_of(data)
    numbers = [n for payoffs in game.payoffs for n in payoffs] + list(game.probability)
    numbers += [n for place in game.information_sets for n in place.numbers]
    assert not game.exact
    assert all(isinstance(number, float) for number in numbers)
    assert game_of(data, w=4).exact
    model = games.build(data)
    assert not at_point(extensive_form(model.graph), model.point(w=4), exact=False).exact


def test_an_undefined_payoff_counts_only_where_play_can_get() -> None:
    body = {
        "fate": {
            "chance": {"good": "p", "bad": "rest"},
            "next": {"good": games.end("o", A=1), "bad": games.end("o", A="1 / q")},
        }
    }
    data = {"players": ["A"], "parameters": {"p": "1/2", "q": 0}, "game": body}
    with pytest.raises(NotFinite, match=r"a payoff at 'fate\.bad' is not finite"):
        game_of(data)
    assert game_of(data, p=1).payoffs == ((), (1,))


def test_probabilities_are_checked_only_where_play_can_get() -> None:
    inner = {"chance": {"x": "q", "y": "1/2"}, "next": {e: games.end("o", A=0) for e in "xy"}}
    body = {
        "fate": {
            "chance": {"good": "p", "bad": "rest"},
            "next": {"good": games.end("o", A=1), "bad": inner},
        }
    }
    data = {"players": ["A"], "parameters": {"p": "1/2", "q": "1/3"}, "game": body}
    with pytest.raises(ParameterError, match=r"probabilities at 'fate\.bad' do not sum to 1"):
        game_of(data)
    assert len(game_of(data, p=1).histories) == 2
    with pytest.raises(ParameterError, match=r"'fate\.bad' are not all in \[0, 1\]"):
        game_of(data, q=3)
    assert len(game_of(data, q="1/2").histories) == 5


def test_points_do_not_depend_on_the_points_before_them() -> None:
    model = games.build(BEER_QUICHE)
    form = extensive_form(model.graph)
    fresh = {q: at_point(extensive_form(model.graph), model.point(q=q)) for q in ("0", "1/2", "1")}
    for q in ("1", "0", "1/2", "1", "1/2", "0"):
        assert at_point(form, model.point(q=q)) == fresh[q]


# Size

COIN: dict[str, Any] = {
    "players": ["A", "B"],
    "parameters": {"T": {"value": 60, "integer": True}},
    "clock": {"deadline": "T", "expires": "end"},
    "game": {
        "go": {
            "player": "A",
            "actions": {n: {"next": "fate", "days": 1} for n in ("left", "middle", "right")},
        },
        "fate": {"chance": {"x": "1/2", "y": "1/2"}, "next": {"x": "go", "y": "go"}},
        "end": games.end("o", A=0, B=0),
    },
}


def test_a_tree_that_is_too_large_is_refused_at_once_and_says_why() -> None:
    started = time.process_time()
    message = r"about 10\^46 histories \(60 days; 'go' multiplies most, by up to 3.*; shorten the"
    with pytest.raises(UnsupportedGame, match=message):
        form_of(COIN, 60)
    with pytest.raises(UnsupportedGame, match=f"{4 * (6**8 - 1) // 5:,} histories"):
        form_of(COIN, 8)
    assert time.process_time() - started < 1


def test_types_that_make_a_tree_too_large_are_named() -> None:
    points = {"draw": "uniform(0, 1)", "points": 1000}
    data = {
        "players": ["A", "B"],
        "private": {"A": {"c": points}, "B": {"e": points}},
        "game": {"end": games.end("o", A="c", B="e")},
    }
    with pytest.raises(UnsupportedGame, match=r"1000000 combinations of types.*take fewer types"):
        form_of(data)


def test_a_cycle_without_a_deadline_makes_no_tree() -> None:
    body = {
        "go": {
            "player": "A",
            "actions": {"on": {"next": "go", "days": 1}, "off": games.end("o", A=0)},
        }
    }
    data = {"players": ["A"], "clock": {"discount": "1/2"}, "game": body}
    with pytest.raises(UnsupportedGame, match="go -> go for ever"):
        form_of(data)


# Random games


def random_data(seed: int, *, hidden: bool) -> dict[str, Any]:
    """A random finite game without players of discount 0, with hidden moves and types if wished."""
    data = games.FiniteGames(seed).data()
    discount = data["clock"]["discount"]
    data["clock"]["discount"] = {p: "1/3" if d == 0 else d for p, d in discount.items()}
    if not hidden:
        return data
    rng = Random(seed)
    for node in data["game"].values():
        if "player" in node or "chance" in node:
            node["observed_by"] = [p for p in data["players"] if rng.random() < 0.4]
    if rng.random() < 0.5:
        types = {"type": {"soft": "h", "hard": "rest"}, "c": {"soft": 0, "hard": "u"}}
        data["private"] = {rng.choice(data["players"]): types}
        _read_types(data["game"], rng)
    return data


def _read_types(node: dict[str, Any], rng: Random) -> None:
    """Make some payments depend on the private number ``c``."""
    for key, value in node.items():
        if key in ("payoffs", "pays"):
            node[key] = {p: "c" if rng.random() < 0.3 else payoff for p, payoff in value.items()}
        elif isinstance(value, dict):
            _read_types(value, rng)


def random_games(seeds: range, *, hidden: bool) -> Iterator[tuple[Model, ExtensiveForm]]:
    for seed in seeds:
        try:
            model = games.build(random_data(seed, hidden=hidden))
        except ModelError:
            continue
        days = int(model.point()["T"])
        try:
            form = extensive_form(model.graph, days)
        except UnsupportedGame:
            continue
        if len(form.histories) < 1000:
            yield model, form


def test_histories_stand_in_preorder_and_are_as_many_as_estimated() -> None:
    for model, form in random_games(range(40), hidden=True):
        tree = form.histories
        days = int(model.point()["T"])
        assert len(tree) <= check_size(Steps(model.graph, days), [2] if model.graph.private else [])
        order, stack = [], [0]
        while stack:
            history = stack.pop()
            order.append(history)
            stack.extend(reversed(tree.children[history]))
        assert order == list(range(len(tree)))
        assert all(h in tree.children[p] for h, p in enumerate(tree.parent) if h)


def test_recall_is_perfect_in_random_games_with_hidden_moves() -> None:
    joined = 0
    for model, form in random_games(range(40), hidden=True):
        game = at_point(form, model.point())
        for index, place in enumerate(game.information_sets):
            joined += len(place.histories) > 1
            for history in place.histories:
                assert game.histories.information_set[history] == index
                assert game.histories.day[history] == place.day
                assert len(game.histories.children[history]) == len(place.actions)
                assert own_last_choice(game, history, place.player) == place.before
    assert joined > 50


def own_last_choice(game: ExtensiveGame, history: int, player: int) -> tuple[int, int] | None:
    tree = game.histories
    while tree.parent[history] >= 0:
        child, history = history, tree.parent[history]
        place = tree.information_set[history]
        if place >= 0 and game.information_sets[place].player == player:
            return place, tree.children[history].index(child)
    return None


def seen_along(model: Model, game: ExtensiveGame, history: int, player: str) -> list[str]:
    """What a player has seen, told from the moves alone."""
    tree, today, seen = game.histories, 0, []
    for step in tree.path(history):
        before = tree.parent[step]
        node = model.graph.nodes.get(tree.node[before])
        label, day = tree.label[step], tree.day[before]
        observed_by = None if node is None else node.observed_by
        if node is None:
            day += 1
        hidden = observed_by is not None and player not in observed_by
        if label.startswith("type of "):
            continue
        mine = label.startswith(f"{player}: ")
        if (hidden and not mine) or label == "clock: no breakdown":
            continue
        if day > today:
            seen.append(f"day {day}")
            today = day
        seen.append(label)
    return seen


def test_information_sets_are_what_players_have_seen() -> None:
    compared = 0
    for model, form in random_games(range(40), hidden=True):
        game = at_point(form, model.point())
        known: dict[tuple[Any, ...], int] = {}
        for index, place in enumerate(game.information_sets):
            name = game.players[place.player]
            for history in place.histories:
                assert tuple(seen_along(model, game, history, name)) == place.seen
            key = place.player, place.day, place.type, place.seen, place.actions, place.before
            assert known.setdefault(key, index) == index
            compared += 1
    assert compared > 300


def equilibrium_values(game: ExtensiveGame, most: int) -> set[tuple[Any, ...]] | None:
    """Payoffs of all pure subgame-perfect equilibria where every move is seen; None if too many."""
    values: dict[int, set[tuple[Any, ...]]] = {}
    for history in reversed(range(len(game.histories))):
        children = game.histories.children[history]
        if not children:
            values[history] = {game.payoffs[history]}
            continue
        place = game.histories.information_set[history]
        options = [values[child] for child in children]
        if len(list(itertools.islice(itertools.product(*options), most + 1))) > most:
            return None
        found = set()
        for combination in itertools.product(*options):
            if place < 0:
                weights = [game.probability[child] for child in children]
                rows = zip(*combination, strict=True)
                found.add(
                    tuple(sum(w * x for w, x in zip(weights, row, strict=True)) for row in rows)
                )
            else:
                player = game.information_sets[place].player
                best = max(value[player] for value in combination)
                found |= {value for value in combination if value[player] == best}
        values[history] = found
    return values[0]


def test_backward_induction_on_the_tree_gives_what_the_recursion_gives() -> None:
    unique = 0
    for model, form in random_games(range(40), hidden=False):
        game = at_point(form, model.point())
        assert all(len(place.histories) == 1 for place in game.information_sets)
        values = equilibrium_values(game, 200)
        if values is None:
            continue
        found = solve_recursion(stage_game(model.graph), model.point())
        listed = {profile.value.payoffs for profile in found.profiles}
        assert listed <= values
        unique += len(values) == 1
        assert len(values) > 1 or listed == values
    assert unique > 10


def in_numbers(label: str) -> str:
    """A move in words, with a number that is offered as a ratio."""
    who, _, what = label.partition(": ")
    return f"{who}: {F(what)}" if what and what[0] in "-0123456789" else label


def test_the_certificates_own_tree_has_the_same_plays_and_information_sets() -> None:
    compared = 0
    for model, form in random_games(range(40), hidden=True):
        point = model.point()
        game = at_point(form, point)
        twin = grow(model.graph, Evaluator(model.graph.expressions, point, rational=True))
        assert plays(game) == plays_of_the_twin(model, twin)
        mine = Counter(
            (
                game.players[p.player],
                p.day,
                p.type,
                tuple(map(in_numbers, p.seen)),
                p.node,
                len(p.histories),
            )
            for p in game.information_sets
        )
        assert mine == Counter(
            (p.player, p.day, p.type, tuple(map(in_numbers, p.seen)), p.node, len(p.histories))
            for p in twin.information_sets
        )
        compared += len(game.information_sets)
    assert compared > 300


def plays(game: ExtensiveGame) -> Counter[tuple[Any, ...]]:
    """Every play: its moves, its probability if players make them, its day, outcome, payoffs."""
    tree = game.histories
    return Counter(
        (
            tuple(in_numbers(tree.label[h]) for h in tree.path(end) if tree.label[h] != CALM),
            game.chance[end],
            tree.day[end],
            game.outcomes[tree.outcome[end]],
            game.payoffs[end],
        )
        for end in game.ends
    )


def plays_of_the_twin(model: Model, twin: Tree) -> Counter[tuple[Any, ...]]:
    discount = {p: at_file(model, handle) for p, handle in model.graph.clock.discount.items()}
    found: Counter[tuple[Any, ...]] = Counter()
    for end in (h for h, history in enumerate(twin.histories) if history.outcome):
        last = twin.histories[end]
        worth = [
            x * discount[p] ** last.day for p, x in zip(model.players, last.payoffs, strict=True)
        ]
        chance, labels, at = F(1), [], end
        while at >= 0:
            history = twin.histories[at]
            chance *= history.chance
            labels.append(history.label)
            for k, paid in enumerate(history.pays):
                worth[k] += paid * discount[model.players[k]] ** twin.histories[history.parent].day
            at = history.parent
        moves = tuple(in_numbers(label) for label in reversed(labels) if label)
        found[moves, chance, last.day, last.outcome, tuple(worth)] += 1
    return found


def at_file(model: Model, handle: int) -> Any:
    return Evaluator(model.graph.expressions, model.point(), rational=True).value(handle, {})


def test_the_recursion_refuses_what_belongs_to_the_tree() -> None:
    with pytest.raises(UnsupportedGame, match="solved by 'tree', not by 'recursion'"):
        stage_game(games.build(SELTEN).graph)
