"""The certificate of hidden moves and private types, on assessments worked out by hand."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction as F
from typing import Any

import pytest

from gametheory_crisis.certificate import TreeCertificate, certify, certify_tree
from gametheory_crisis.certificate.certify import evaluator
from gametheory_crisis.certificate.growing import grow
from gametheory_crisis.errors import ParameterError, SolverError, UnsupportedGame
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.results import Belief, Choice

Strategies = dict[str, tuple[Choice, ...]]
Beliefs = dict[str, tuple[Belief, ...]]


def model(text: str) -> Graph:
    return read_model(f"format: 1\ntitle: test\n{text}".encode(), "test.yaml")


def mix(player: str, play: dict[str, Any], seen: str = "", type: str = "", day: int = 0) -> Choice:
    """A choice; ``seen`` separates its entries by semicolons."""
    exact = {action: F(share) for action, share in play.items()}
    floats = {action: float(share) for action, share in play.items()}
    return Choice(player, day, {}, floats, 1.0, type=type, seen=entries(seen), exact_play=exact)


def pick(player: str, action: str, seen: str = "", type: str = "", day: int = 0) -> Choice:
    return Choice(player, day, {}, {action: 1.0}, 1.0, type=type, seen=entries(seen))


def believe(
    player: str,
    belief: dict[str, Any],
    seen: str = "",
    type: str = "",
    day: int = 0,
    supporting: Any = (),
) -> Belief:
    return Belief(
        player,
        day,
        {},
        tuple(belief.items()),
        1.0,
        type=type,
        seen=entries(seen),
        supporting=supporting,
    )


def entries(seen: str) -> tuple[str, ...]:
    return tuple(seen.split("; ")) if seen else ()


def certificate(
    graph: Graph, choices: list[Choice], beliefs: list[Belief] | None = None, **values: Any
) -> TreeCertificate:
    """Of choices and beliefs that stand under any node."""
    point = {name: parameter.value for name, parameter in graph.parameters.items()} | values
    claimed = None if beliefs is None else {"anywhere": tuple(beliefs)}
    return certify_tree(graph, point, {"anywhere": tuple(choices)}, claimed)


# Signalling

BEER_QUICHE = """
players: [Sender, Receiver]
parameters: {tough: 9/10}
private:
  Sender:
    type: {tough: tough, weak: rest}
    beer: {tough: 1, weak: 0}
    weak: {tough: 0, weak: 1}
game:
  breakfast: {player: Sender, actions: {beer: after_beer, quiche: after_quiche}}
  after_beer:
    player: Receiver
    actions:
      duel: {outcome: duel, payoffs: {Sender: beer, Receiver: weak}}
      defer: {outcome: peace, payoffs: {Sender: beer + 2, Receiver: 1 - weak}}
  after_quiche:
    player: Receiver
    actions:
      duel: {outcome: duel, payoffs: {Sender: 1 - beer, Receiver: weak}}
      defer: {outcome: peace, payoffs: {Sender: 3 - beer, Receiver: 1 - weak}}
"""
BREAKFASTS = ("beer", "quiche")


def breakfast(tough: str, weak: str, beer: str, quiche: str) -> list[Choice]:
    return [
        pick("Sender", tough, type="tough"),
        pick("Sender", weak, type="weak"),
        pick("Receiver", beer, "Sender: beer"),
        pick("Receiver", quiche, "Sender: quiche"),
    ]


def taken_for_weak(meal: str, weak: Any, **rest: Any) -> Belief:
    belief = {
        f"type of Sender: tough, Sender: {meal}": 1 - weak,
        f"type of Sender: weak, Sender: {meal}": weak,
    }
    return believe("Receiver", belief, f"Sender: {meal}", **rest)


@pytest.mark.parametrize("meal", BREAKFASTS)
@pytest.mark.parametrize("weak", [F(1, 2), F(2, 3), F(1)])
def test_both_pooling_equilibria_of_beer_and_quiche_have_no_regret(meal: str, weak: F) -> None:
    other = "quiche" if meal == "beer" else "beer"
    replies = {meal: "defer", other: "duel"}
    result = certificate(
        model(BEER_QUICHE),
        breakfast(meal, meal, **replies),
        [taken_for_weak(meal, F(1, 10)), taken_for_weak(other, weak)],
    )
    joy = F(9, 10) if meal == "beer" else F(1, 10)
    assert result.payoffs == {"Sender": 2 + joy, "Receiver": F(9, 10)}
    assert result.outcomes == {"duel": 0, "peace": 1}
    assert (result.expected_day, result.ends) == (0, {"duel": {}, "peace": {0: 1}})
    assert (result.regret, result.subgame_regret) == (0, 0)
    assert (result.belief_error, result.tremble_error, result.supporting_regret) == (0, 0, 0)
    assert result.exact
    assert result.consistent
    assert isinstance(result.regret, F)


def test_a_type_that_is_rarely_met_regrets_as_much_as_a_frequent_one() -> None:
    choices = breakfast("beer", "beer", beer="defer", quiche="defer")
    beliefs = [taken_for_weak("beer", F(1, 10)), taken_for_weak("quiche", F(1, 4))]
    assert certificate(model(BEER_QUICHE), choices, beliefs).regret == 1
    assert certificate(model(BEER_QUICHE), choices).regret == 1


def test_an_answer_that_no_belief_supports_is_regretted_off_the_path_only() -> None:
    choices = breakfast("beer", "beer", beer="defer", quiche="duel")
    beliefs = [taken_for_weak("beer", F(1, 10)), taken_for_weak("quiche", F(1, 4))]
    assert certificate(model(BEER_QUICHE), choices, beliefs).regret == F(1, 2)
    assert certificate(model(BEER_QUICHE), choices).regret == 0


def test_a_wrong_belief_on_the_path_is_told() -> None:
    choices = breakfast("beer", "beer", beer="defer", quiche="duel")
    result = certificate(
        model(BEER_QUICHE),
        choices,
        [taken_for_weak("beer", F(1, 2)), taken_for_weak("quiche", F(1))],
    )
    assert (result.belief_error, result.consistent) == (F(2, 5), False)
    assert result.regret == 0


def test_rounded_beliefs_on_the_path_leave_the_regret_exact() -> None:
    choices = breakfast("beer", "beer", beer="defer", quiche="duel")
    result = certificate(
        model(BEER_QUICHE),
        choices,
        [taken_for_weak("beer", 0.1 + 2e-17), taken_for_weak("quiche", 1.0)],
    )
    assert 0 < result.belief_error < 1e-15
    assert result.consistent
    assert (result.regret, result.exact) == (0, True)


def test_floats_off_the_path_make_the_certificate_inexact() -> None:
    choices = breakfast("beer", "beer", beer="defer", quiche="duel")
    beliefs = [taken_for_weak("beer", F(1, 10)), taken_for_weak("quiche", 0.75)]
    result = certificate(model(BEER_QUICHE), choices, beliefs)
    assert (result.regret, result.exact) == (0, False)


def test_every_vertex_of_the_supporting_beliefs_is_tried() -> None:
    choices = breakfast("beer", "beer", beer="defer", quiche="duel")

    def worst(*vertices: tuple[F, F]) -> Any:
        off_the_path = taken_for_weak("quiche", F(1), supporting=vertices)
        beliefs = [taken_for_weak("beer", F(1, 10)), off_the_path]
        return certificate(model(BEER_QUICHE), choices, beliefs).supporting_regret

    assert worst((F(1, 2), F(1, 2)), (F(0), F(1))) == 0
    assert worst((F(3, 5), F(2, 5)), (F(0), F(1))) == F(1, 5)


def test_a_semi_separating_equilibrium_is_certified_exactly() -> None:
    # With a prior of 1/3 the weak drink beer half the time, and beer leaves the odds even.
    choices = [
        pick("Sender", "beer", type="tough"),
        mix("Sender", {"beer": F(1, 2), "quiche": F(1, 2)}, type="weak"),
        mix("Receiver", {"duel": F(1, 2), "defer": F(1, 2)}, "Sender: beer"),
        pick("Receiver", "duel", "Sender: quiche"),
    ]
    beliefs = [taken_for_weak("beer", F(1, 2)), taken_for_weak("quiche", F(1))]
    result = certificate(model(BEER_QUICHE), choices, beliefs, tough=F(1, 3))
    assert (result.regret, result.belief_error, result.exact) == (0, 0, True)
    assert result.payoffs == {"Sender": F(1, 3) * 2 + F(2, 3), "Receiver": F(2, 3)}


def test_a_type_of_probability_zero_is_nowhere() -> None:
    choices = [
        pick("Sender", "beer", type="tough"),
        pick("Receiver", "defer", "Sender: beer"),
        pick("Receiver", "defer", "Sender: quiche"),
    ]
    result = certificate(model(BEER_QUICHE), choices, [], tough=F(1))
    assert (result.regret, result.payoffs["Sender"]) == (0, 3)


@pytest.mark.parametrize("tough", [F(3, 2), -0.5, math.nan])
def test_a_prior_that_is_no_probability_is_refused(tough: Any) -> None:
    with pytest.raises(ParameterError, match="the probability of Sender tough is"):
        certificate(model(BEER_QUICHE), breakfast("beer", "beer", "defer", "duel"), tough=tough)


# What is missing or unavailable


def test_a_missing_choice_is_named_by_what_the_player_knows() -> None:
    choices = breakfast("beer", "beer", "defer", "duel")
    message = "no choice of Receiver at 'after_quiche' on day 0, having seen Sender: quiche"
    with pytest.raises(SolverError, match=message):
        certificate(model(BEER_QUICHE), choices[:3])
    message = "no choice of Sender at 'breakfast' on day 0 as type weak, having seen nothing"
    with pytest.raises(SolverError, match=message):
        certificate(model(BEER_QUICHE), [choices[0], *choices[2:]])


def test_a_missing_belief_is_named() -> None:
    choices = breakfast("beer", "beer", "defer", "duel")
    with pytest.raises(SolverError, match="no belief of Receiver at 'after_quiche'"):
        certificate(model(BEER_QUICHE), choices, [taken_for_weak("beer", F(1, 10))])


@pytest.mark.parametrize(
    ("belief", "message"),
    [
        ({"type of Sender: weak, Sender: beer": F(1, 2)}, "the belief sums to 0.5"),
        (
            {
                "type of Sender: weak, Sender: beer": F(3, 2),
                "type of Sender: tough, Sender: beer": F(-1, 2),
            },
            "has a negative probability",
        ),
        (
            {
                "type of Sender: weak, Sender: beer": F(1, 2),
                "type of Sender: mad, Sender: beer": F(1, 2),
            },
            "'type of Sender: mad, Sender: beer' is believed in, but no history",
        ),
    ],
)
def test_a_belief_is_a_distribution_over_the_histories(belief: Any, message: str) -> None:
    beliefs = [believe("Receiver", belief, "Sender: beer"), taken_for_weak("quiche", F(1))]
    with pytest.raises(SolverError, match=message):
        certificate(model(BEER_QUICHE), breakfast("beer", "beer", "defer", "duel"), beliefs)


def test_what_is_said_twice_must_agree() -> None:
    choices = breakfast("beer", "beer", "defer", "duel")
    beliefs = [taken_for_weak("beer", F(1, 10)), taken_for_weak("quiche", F(1))]
    graph = model(BEER_QUICHE)
    assert certificate(graph, choices * 2, beliefs * 2).regret == 0
    with pytest.raises(SolverError, match="two choices of Receiver"):
        certificate(graph, [*choices, pick("Receiver", "duel", "Sender: beer")], beliefs)
    with pytest.raises(SolverError, match="two beliefs of Receiver"):
        certificate(graph, choices, [*beliefs, taken_for_weak("quiche", F(1, 2))])


def test_an_action_that_is_not_there_cannot_be_chosen() -> None:
    with pytest.raises(SolverError, match="probabilities over duel, defer sum to 0, not 1"):
        certificate(model(BEER_QUICHE), breakfast("beer", "beer", "flee", "duel"))


# Hidden moves

HORSE = """
players: [One, Two, Three]
game:
  one:
    player: One
    observed_by: [Two]
    actions: {across: two, down: three_below}
  two:
    player: Two
    observed_by: []
    actions: {across: {outcome: across, payoffs: {One: 1, Two: 1, Three: 1}}, down: three}
  three:
    player: Three
    actions:
      left: {outcome: left, payoffs: {One: 4, Two: 4, Three: 0}}
      right: {outcome: right, payoffs: {One: 0, Two: 0, Three: 1}}
  three_below:
    player: Three
    actions:
      left: {outcome: left, payoffs: {One: 3, Two: 3, Three: 2}}
      right: {outcome: right, payoffs: {One: 0, Two: 0, Three: 0}}
"""


def horse(one: str, two: str, three: str) -> list[Choice]:
    return [
        pick("One", one),
        pick("Two", two, "One: across"),
        pick("Three", three),
    ]


def thinks_down(one: Any) -> list[Belief]:
    return [believe("Three", {"One: down": one, "One: across, Two: down": 1 - one})]


def test_the_sensible_equilibrium_of_the_horse_needs_a_belief_of_at_most_a_third() -> None:
    graph, choices = model(HORSE), horse("across", "across", "right")
    assert certificate(graph, choices).regret == 0
    assert certificate(graph, choices, thinks_down(F(1, 3))).regret == 0
    assert certificate(graph, choices, thinks_down(F(1, 2))).regret == F(1, 2)


def test_the_other_nash_equilibrium_of_the_horse_is_not_sequential() -> None:
    graph, choices = model(HORSE), horse("down", "across", "left")
    assert certificate(graph, choices).regret == 0
    result = certificate(graph, choices, thinks_down(F(1)))
    assert (result.regret, result.subgame_regret, result.consistent) == (3, 0, True)


WHISPER = """
players: [A, B, C]
game:
  whisper: {player: A, observed_by: [B], actions: {red: shout, green: shout}}
  shout: {player: B, actions: {go: answer, stay: answer}}
  answer:
    player: C
    actions:
      trust: {outcome: trust, payoffs: {A: 1, B: 0, C: 1}}
      doubt: {outcome: doubt, payoffs: {A: 0, B: 1, C: 0}}
"""


def test_a_whisper_is_heard_by_its_listener_alone() -> None:
    choices = [
        mix("A", {"red": F(1, 3), "green": F(2, 3)}),
        pick("B", "go", "A: red"),
        mix("B", {"go": F(1, 4), "stay": F(3, 4)}, "A: green"),
        pick("C", "trust", "B: go"),
        pick("C", "doubt", "B: stay"),
    ]
    beliefs = [
        believe("C", {"A: red, B: go": F(2, 3), "A: green, B: go": F(1, 3)}, "B: go"),
        believe("C", {"A: green, B: stay": F(1)}, "B: stay"),
    ]
    result = certificate(model(WHISPER), choices, beliefs)
    assert result.belief_error == 0
    assert result.payoffs == {"A": F(1, 2), "B": F(1, 2), "C": F(1, 2)}
    # B doubts to get 1 for sure, and C should not have doubted.
    assert result.regret == 1


ENTRY = """
players: [E, I]
game:
  enter:
    player: E
    actions: {out: {outcome: out, payoffs: {E: 1, I: 5}}, go_in: contest}
  contest:
    simultaneous: {E: [soft, hard], I: [soft, hard]}
    results:
      - {when: [soft, soft], outcome: war, payoffs: {E: 3, I: 3}}
      - {when: [soft, hard], outcome: war, payoffs: {E: 0, I: 0}}
      - {when: [hard, soft], outcome: war, payoffs: {E: 2, I: 0}}
      - {when: [hard, hard], outcome: war, payoffs: {E: 0, I: 1}}
"""


def test_a_belief_against_the_strategies_off_the_path_shows_as_no_common_tremble() -> None:
    graph = model(ENTRY)
    choices = [
        pick("E", "out"),
        pick("E", "soft", "E: go_in"),
        pick("I", "hard", "E: go_in"),
    ]

    def thinks_hard(share: F) -> TreeCertificate:
        belief = {"E: go_in, E: soft": 1 - share, "E: go_in, E: hard": share}
        return certificate(graph, choices, [believe("I", belief, "E: go_in")])

    # Alone it supports an answer that is no equilibrium of the subgame.
    wrong = thinks_hard(F(1))
    assert (wrong.regret, wrong.tremble_error, wrong.subgame_regret) == (0, 1, 3)
    right = thinks_hard(F(0))
    assert (right.regret, right.tremble_error, right.subgame_regret) == (3, 0, 3)


BLIND = """
players: [A, B]
game:
  draw: {chance: {x: 1/3, y: rest}, next: {x: act, y: act}, observed_by: []}
  act:
    player: A
    actions: {stop: {outcome: stop, payoffs: {A: 1, B: 0}}, go: answer}
  answer:
    player: B
    actions: {yes: {outcome: go, payoffs: {A: 0, B: 0}}, no: {outcome: go, payoffs: {A: 0, B: 0}}}
"""


@pytest.mark.parametrize(("share", "error"), [(F(1, 3), F(0)), (F(1, 2), F(1, 6)), (F(0), F(1, 3))])
def test_a_deviation_tells_nothing_that_the_deviator_does_not_know(share: F, error: F) -> None:
    choices = [pick("A", "stop"), pick("B", "yes", "A: go")]
    beliefs = [
        believe("A", {"nature: x": F(1, 3), "nature: y": F(2, 3)}),
        believe("B", {"nature: x, A: go": share, "nature: y, A: go": 1 - share}, "A: go"),
    ]
    result = certificate(model(BLIND), choices, beliefs)
    assert (result.tremble_error, result.belief_error, result.regret) == (error, 0, 0)


SIGNAL = """
players: [T, D]
parameters: {seen: 1/2, false: 0}
state: {dirty: [0, 1]}
game:
  invest:
    player: T
    observed_by: []
    actions: {refrain: look, invest: {next: look, set: {dirty: 1}}}
  look:
    chance: {alarm: "where(dirty == 1, seen, false)", nothing: rest}
    next: {alarm: choose, nothing: choose}
  choose:
    player: D
    actions:
      wait: {outcome: wait, payoffs: {T: 1 + dirty, D: 1 - 2 * dirty}}
      strike: {outcome: strike, payoffs: {T: 0, D: 0}}
"""


def test_what_nature_makes_impossible_is_no_history() -> None:
    graph = model(SIGNAL)
    choices = [
        mix("T", {"refrain": F(3, 4), "invest": F(1, 4)}),
        pick("D", "strike", "nature: alarm"),
        pick("D", "wait", "nature: nothing"),
    ]
    clean = {"T: refrain, nature: nothing": F(6, 7), "T: invest, nature: nothing": F(1, 7)}
    # Nothing but investment sets off the alarm, so there is nothing to believe about.
    result = certificate(graph, choices, [believe("D", clean, "nature: nothing")])
    assert (result.belief_error, result.payoffs["D"]) == (0, F(3, 4) - F(1, 8))
    assert result.payoffs["T"] == F(3, 4) + F(1, 4)
    assert result.regret == 0
    with pytest.raises(SolverError, match=r"no belief of D at 'choose' .* nature: alarm"):
        certificate(graph, choices, [believe("D", clean, "nature: nothing")], false=F(1, 9))


# Types

CORRELATED = """
players: [A, B]
private:
  A: {type: [hi, lo], a: {hi: 1, lo: 0}}
  B: {type: [hi, lo]}
joint_prior:
  - {types: {A: hi, B: hi}, probability: 1/2}
  - {types: {A: hi, B: lo}, probability: 0}
  - {types: {A: lo, B: hi}, probability: 1/4}
  - {types: {A: lo, B: lo}, probability: rest}
game:
  guess:
    player: B
    actions:
      high: {outcome: high, payoffs: {A: 0, B: a}}
      low: {outcome: low, payoffs: {A: 0, B: 1 - a}}
"""


@pytest.mark.parametrize(("action", "regret"), [("high", F(0)), ("low", F(1, 3))])
def test_correlated_types_are_learnt_from_ones_own(action: str, regret: F) -> None:
    choices = [pick("B", action, type="hi"), pick("B", "low", type="lo")]
    belief = {"types: A hi, B hi": F(2, 3), "types: A lo, B hi": F(1, 3)}
    result = certificate(model(CORRELATED), choices, [believe("B", belief, type="hi")])
    assert (result.belief_error, result.regret) == (0, regret)
    assert certificate(model(CORRELATED), choices).regret == regret


POINTS = """
players: [A, B]
parameters: {top: 1}
private: {A: {c: {draw: "DRAW", points: 2}, d: {draw: "uniform(2, 4)", points: 1}}}
game:
  choose:
    player: A
    actions:
      take: {outcome: take, payoffs: {A: c + 100 * d, B: 0}}
      leave: {outcome: leave, payoffs: {A: 0, B: 0}}
"""


@pytest.mark.parametrize(
    ("draw", "points"),
    [
        ("uniform(0, top)", (F(1, 4), F(3, 4))),
        ("triangular(0, 0, 4)", (4 - math.sqrt(12), 2.0)),
        ("triangular(0, 4, 4)", (2.0, math.sqrt(12))),
        ("exponential(2)", (math.log(4 / 3) / 2, math.log(4) / 2)),
        ("normal(1, 2)", (1 - 2 * 0.6744897501960817, 1 + 2 * 0.6744897501960817)),
    ],
)
def test_points_are_the_mid_quantiles_of_a_continuum(draw: str, points: tuple[Any, Any]) -> None:
    for k, point in enumerate(points):
        choices = [pick("A", "take" if k == j else "leave", type=f"c_{j + 1} d_1") for j in (0, 1)]
        result = certificate(model(POINTS.replace("DRAW", draw)), choices)
        assert result.payoffs["A"] == pytest.approx(150 + point / 2, abs=1e-12)
        assert result.exact == isinstance(point, F)


def test_a_continuum_of_types_is_refused() -> None:
    text = POINTS.replace("DRAW", "uniform(0, 1)")
    graph = model(text.replace('{draw: "uniform(2, 4)", points: 1}', '"uniform(2, 4)"'))
    with pytest.raises(UnsupportedGame, match="the continuum 'd' of A"):
        certificate(graph, [])


# Offers from a grid

OFFER = """
players: [A, B]
parameters: {third: 1/3}
private: {A: {type: {rich: 1/2, poor: rest}, w: {rich: 2, poor: 1}}}
game:
  ask: {player: B, offer: {x: [0, 1]}, grid: [0, third, 2 * third], next: answer}
  answer:
    player: A
    actions:
      buy: {outcome: sold, payoffs: {A: w - 3 * x, B: x}}
      leave: {outcome: kept, payoffs: {A: 0, B: 0}}
"""


def answers(*texts: str) -> list[Choice]:
    bought = {("rich", 0), ("rich", 1), ("rich", 2), ("poor", 0), ("poor", 1)}
    return [
        pick("A", "buy" if (type_, k) in bought else "leave", f"B: {text}", type=type_)
        for type_ in ("rich", "poor")
        for k, text in enumerate(texts)
    ]


EVEN = believe("B", {"type of A: rich": F(1, 2), "type of A: poor": F(1, 2)})


def offer(player: str, *offers: tuple[Any, Any]) -> Choice:
    return Choice(player, 0, {}, {}, 1.0, offers=offers, seen=())


@pytest.mark.parametrize(
    "texts",
    [("0", "1/3", "2/3"), ("0", "0.333333333333", "0.666666666667"), ("0.0", "0.3333333", "2/3")],
)
def test_numbers_are_known_by_their_value_however_written(texts: tuple[str, ...]) -> None:
    choices = [offer("B", (0.3333333333333333, F(1, 2)), (F(2, 3), F(1, 2))), *answers(*texts)]
    result = certificate(model(OFFER), choices, [EVEN])
    assert result.payoffs == {"A": F(1, 4), "B": F(1, 3)}
    assert (result.regret, result.exact) == (0, True)


def test_equal_numbers_on_a_grid_are_one_offer() -> None:
    choices = [offer("B", (F(0), F(1))), *answers("0", "0", "0")[::3]]
    assert certificate(model(OFFER), choices, [EVEN], third=F(0)).regret == 0


def test_an_offer_beside_the_grid_cannot_be_made() -> None:
    choices = [offer("B", (F(1, 2), F(1))), *answers("0", "1/3", "2/3")]
    with pytest.raises(SolverError, match=r"the offer 0\.5 may not be made by B at 'ask'"):
        certificate(model(OFFER), choices)


def test_a_continuous_offer_is_refused() -> None:
    with pytest.raises(UnsupportedGame, match="the offer at 'ask' is a continuum"):
        certificate(model(OFFER.replace("grid: [0, third, 2 * third], ", "")), [])


# Days

DAYS = """
players: [A, B]
parameters: {d: 1/2, h: 0}
clock: {deadline: 3, expires: late, discount: {A: d}, breakdown: {hazard: h, to: broken}}
game:
  first:
    player: A
    observed_by: []
    actions: {l: {next: second, days: 1, pays: {A: 3}}, r: {next: second, days: 1}}
  second:
    player: B
    actions: {stop: {outcome: stop, payoffs: {A: 0, B: 1}}, go: {next: third, days: 1}}
  third:
    player: A
    actions:
      take: {outcome: take, payoffs: {A: 4 * day, B: 2}}
      leave: {outcome: leave, payoffs: {A: 0, B: 0}}
  broken:
    player: B
    actions:
      mend: {outcome: mend, payoffs: {A: 1, B: 1}}
      weep: {outcome: weep, payoffs: {A: 0, B: 0}}
  late: {outcome: late, payoffs: {A: 0, B: 0}}
"""


def days(second: str, third: str) -> list[Choice]:
    return [
        pick("A", "l"),
        pick("B", second, day=1),
        *(pick("A", third, f"A: {a}; day 1; B: go", day=2) for a in ("l", "r")),
    ]


def saw_l(share: Any, seen: str = "", day: int = 1) -> Belief:
    return believe("B", {"A: l": share, "A: r": 1 - share}, seen, day=day)


def test_payoffs_are_discounted_and_regret_is_in_units_of_its_day() -> None:
    graph = model(DAYS)
    result = certificate(graph, days("go", "take"), [saw_l(F(1))])
    assert result.payoffs == {"A": 3 + F(8, 4), "B": 2}
    assert (result.expected_day, result.ends["take"]) == (2, {2: 1})
    assert (result.regret, result.belief_error) == (0, 0)
    # 8 are lost on day 2, which are 2 on day 0; B, who does not discount, would rather stop.
    result = certificate(graph, days("go", "leave"), [saw_l(F(1))])
    assert result.regret == 8
    assert certificate(graph, days("go", "leave")).regret == 2


def test_who_does_not_look_further_than_today_is_served_too() -> None:
    result = certificate(model(DAYS), days("go", "leave"), [saw_l(F(1))], d=F(0))
    assert (result.payoffs["A"], result.regret) == (3, 8)
    assert certificate(model(DAYS), days("go", "leave"), d=F(0)).regret == 1


def test_a_breakdown_is_seen_by_all() -> None:
    h = F(1, 5)
    choices = days("go", "take")
    after = ("day 1; clock: breakdown", "B: go; day 2; clock: breakdown")
    choices += [
        pick("B", "mend", after[0], day=1),
        pick("B", "weep", f"day 1; {after[1]}", day=2),
    ]
    struck = {
        "A: l, clock: breakdown": F(1),
        "A: r, clock: breakdown": F(0),
    }
    later = {
        "A: l, clock: no breakdown, B: go, clock: breakdown": F(1),
        "A: r, B: go, clock: breakdown": F(0),
    }
    beliefs = [
        saw_l(F(1)),
        believe("B", struck, after[0], day=1),
        believe("B", later, f"day 1; {after[1]}", day=2),
    ]
    result = certificate(model(DAYS), choices, beliefs, h=h)
    assert result.outcomes == {
        "stop": 0,
        "take": (1 - h) ** 2,
        "leave": 0,
        "mend": h,
        "weep": h * (1 - h),
        "late": 0,
    }
    assert result.payoffs["A"] == 3 + h / 2 + (1 - h) ** 2 * 2
    assert result.regret == 1
    assert result.ends["weep"] == {2: h * (1 - h)}


def test_a_player_called_clock_cannot_pass_for_the_clock() -> None:
    graph = model(
        """
players: [A, clock]
clock: {breakdown: {hazard: 1/2, to: ask}}
game:
  wait: {player: A, actions: {wait: {next: tick, days: 1}}}
  tick: {player: clock, actions: {breakdown: ask, tock: ask}}
  ask: {player: A, actions: {a: {outcome: end, payoffs: {A: 0, clock: 0}}}}
"""
    )
    choices = [
        pick("A", "wait"),
        pick("clock", "tock", "A: wait", day=1),
        pick("A", "a", "A: wait; day 1; clock: tock", day=1),
        pick("A", "a", "A: wait; day 1; clock: breakdown", day=1),
    ]
    with pytest.raises(SolverError, match=r"two histories of A at 'ask' .* are the same in words"):
        certificate(graph, choices, [])


REMEMBERED = """
players: [A, B]
game:
  draw: {chance: {x: 1/2, y: rest}, next: {x: at_x, y: at_y}, observed_by: []}
  at_x: {player: A, actions: {a: guess, b: guess}}
  at_y: {player: A, actions: {a: guess_y, c: guess_y}}
  guess:
    player: A
    actions:
      x: {outcome: right, payoffs: {A: 1, B: 0}}
      y: {outcome: wrong, payoffs: {A: 0, B: 0}}
  guess_y:
    player: A
    actions:
      x: {outcome: wrong, payoffs: {A: 0, B: 0}}
      y: {outcome: right, payoffs: {A: 1, B: 0}}
"""


def test_players_remember_which_actions_they_had() -> None:
    # What A saw, `A: a`, is the same on both sides; what it could have done is not.
    choices = {
        "at_x": (mix("A", {"a": 1, "b": 0}),),
        "at_y": (mix("A", {"a": 1, "c": 0}),),
        "guess": (pick("A", "x", "A: a"), pick("A", "x", "A: b")),
        "guess_y": (pick("A", "y", "A: a"), pick("A", "y", "A: c")),
    }
    result = certify_tree(model(REMEMBERED), {}, choices, {})
    assert (result.payoffs["A"], result.regret) == (1, 0)
    forgetful = {**choices, "guess_y": (pick("A", "x", "A: a"), pick("A", "y", "A: c"))}
    result = certify_tree(model(REMEMBERED), {}, forgetful, {})
    assert (result.payoffs["A"], result.regret) == (F(1, 2), 1)


def test_choices_that_only_the_past_tells_apart_stand_in_the_order_of_play() -> None:
    text = REMEMBERED[: REMEMBERED.index("  guess_y:")].replace("guess_y", "guess")
    text = text.replace("game:", "state: {y: [0, 1]}\ngame:")
    text = text.replace("y: at_y", "y: {next: at_y, set: {y: 1}}")
    text = text.replace("A: 1,", "A: 1 - y,").replace("A: 0,", "A: y,")
    first = [mix("A", {"a": 1, "b": 0}), mix("A", {"a": 1, "c": 0})]
    rest = [pick("A", "x", "A: b"), pick("A", "y", "A: c")]
    after_a = [mix("A", {"x": 1, "y": 0}, "A: a"), mix("A", {"x": 0, "y": 1}, "A: a")]
    right = certify_tree(model(text), {}, {"guess": (*first, *after_a, *rest)}, {})
    assert (right.payoffs["A"], right.regret) == (1, 0)
    wrong = certify_tree(model(text), {}, {"guess": (*first, *after_a[::-1], *rest)}, {})
    assert (wrong.payoffs["A"], wrong.regret) == (0, 1)


# Laws

MAZE = """
players: [A, B]
parameters: {d: 2/3}
private:
  A: {type: {u: 1/3, v: rest}, k: {u: 2, v: -1}}
  B: {type: {s: 1/4, t: rest}, m: {s: 1, t: 3}}
clock: {deadline: 3, expires: end, discount: d}
game:
  one: {player: A, observed_by: [], actions: {l: both, r: {next: both, pays: {A: 1}}}}
  both:
    simultaneous: {A: [x, y], B: [x, y]}
    results:
      - {when: [x, x], next: two, days: 1}
      - {when: [x, y], outcome: stop, payoffs: {A: k, B: m}}
      - {when: [y, x], outcome: stop, payoffs: {A: 2 * k, B: 1}}
      - {when: [y, y], next: two, days: 1, pays: {B: k}}
  two:
    player: A
    actions: {go: {outcome: go, payoffs: {A: m, B: k}}, wait: {next: two, days: 2}}
  end: {outcome: end, payoffs: {A: m - k, B: k * m}}
"""
MAZE_SETS = [
    *(("A", ("l", "r"), "", 0, t) for t in "uv"),
    *(("A", ("x", "y"), f"A: {a}", 0, t) for t in "uv" for a in "lr"),
    *(("B", ("x", "y"), "", 0, t) for t in "st"),
    *(
        ("A", ("go", "wait"), f"A: {a}; A: {b}; B: {b}", 1, t)
        for t in "uv"
        for a in "lr"
        for b in "xy"
    ),
]


def maze(plays: Any) -> list[Choice]:
    return [
        mix(player, dict(zip(actions, play, strict=True)), seen, type_, day)
        for (player, actions, seen, day, type_), play in zip(MAZE_SETS, plays, strict=True)
    ]


SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 4))]
TYPES = {("A", "u"): F(1, 3), ("A", "v"): F(2, 3), ("B", "s"): F(1, 4), ("B", "t"): F(3, 4)}


def best_gain(graph: Graph, plays: list[Any], sets: list[int]) -> F:
    """What the owner of some information sets gains on day 0 by its best plan for them."""
    player = MAZE_SETS[sets[0]][0]
    kept = certificate(graph, maze(plays)).payoffs[player]
    gains = []
    for plan in itertools.product(((F(1), F(0)), (F(0), F(1))), repeat=len(sets)):
        changed = {**dict(enumerate(plays)), **dict(zip(sets, plan, strict=True))}
        changed_plays = [changed[k] for k in range(len(plays))]
        gains.append(F(certificate(graph, maze(changed_plays)).payoffs[player] - kept))
    return max(gains)


def own(player: str, type_: str, seen: str = "") -> list[int]:
    """The information sets of a type from which it remembers having seen ``seen``."""
    return [
        k
        for k, (mover, _, later, _, mine) in enumerate(MAZE_SETS)
        if (mover, mine) == (player, type_) and later.startswith(seen)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_of_a_type_gains_more_than_the_regret(seed: int) -> None:
    graph, draw = model(MAZE), random.Random(seed)
    shares = [F(draw.randrange(5), 4) for _ in MAZE_SETS]
    plays = [(share, 1 - share) for share in shares]
    gains = [best_gain(graph, plays, own(*who)) / prior for who, prior in TYPES.items()]
    claimed = certificate(graph, maze(plays))
    assert (claimed.regret, claimed.exact) == (max(gains), True)


@pytest.mark.parametrize("seed", SEEDS)
def test_regret_where_a_player_moves_is_what_a_plan_from_there_on_gains(seed: int) -> None:
    graph, draw = model(MAZE), random.Random(seed)
    shares = [F(draw.randrange(1, 4), 4) for _ in MAZE_SETS]
    plays = [(share, 1 - share) for share in shares]
    play = {
        (seen, type_): dict(zip(actions, plays[k], strict=True))
        for k, (_, actions, seen, _, type_) in enumerate(MAZE_SETS)
    }
    gains = []
    for (player, type_), prior in TYPES.items():
        gains.append(best_gain(graph, plays, own(player, type_)) / prior)
        for a in "lr" * (player == "A"):
            first, here = prior * play["", type_][a], f"A: {a}"
            gains.append(best_gain(graph, plays, own("A", type_, here)) / first)
            for b in "xy":
                answer = sum(TYPES["B", t] * play["", t][b] for t in "st")
                reached = first * play[here, type_][b] * answer
                later = own("A", type_, f"{here}; A: {b}")
                gains.append(best_gain(graph, plays, later) / reached / F(2, 3))
    tree = grow(graph, evaluator(graph, {"d": F(2, 3)}))
    beliefs = [
        believe(
            s.player,
            {", ".join(tree.words(h)): F(1, len(s.histories)) for h in s.histories},
            "; ".join(s.seen),
            s.type,
            s.day,
        )
        for s in tree.information_sets
    ]
    # All sets are reached, so that whatever is claimed Bayes' own beliefs count.
    assert certificate(graph, maze(plays), beliefs).regret == max(gains)


ATTRITION = """
players: [One, Two]
parameters: {T: {value: 4, integer: true}, v: 3, c: 1, w: -2}
define: {toll: "where(day < T - 1, -c, 0)"}
clock: {deadline: T, expires: over}
game:
  contest:
    simultaneous: {One: [stay, quit], Two: [stay, quit]}
    results:
      - {when: [stay, stay], next: contest, days: 1, pays: {One: toll, Two: toll}}
      - {when: [stay, quit], outcome: one_wins, payoffs: {One: v, Two: 0}}
      - {when: [quit, stay], outcome: two_wins, payoffs: {One: 0, Two: v}}
      - {when: [quit, quit], outcome: both_quit, payoffs: {One: 0, Two: 0}}
  over: {outcome: over, payoffs: {One: w, Two: w}}
"""


def attrition(quitting: list[Any], *, exact: bool) -> Strategies:
    return {
        "contest": tuple(
            Choice(
                player,
                day,
                {},
                {"stay": float(1 - q), "quit": float(q)},
                1.0,
                exact_play={"stay": 1 - q, "quit": q} if exact else None,
            )
            for day, q in enumerate(quitting)
            for player in ("One", "Two")
        )
    }


def in_the_tree(strategies: Strategies) -> list[Choice]:
    """The same choices by what was seen: all stayed."""
    choices = []
    for choice in strategies["contest"]:
        seen: list[str] = []
        for day in range(choice.day):
            seen += [f"day {day}"] * (day > 0) + ["One: stay", "Two: stay"]
        dated = (*seen,)
        play = choice.exact_play or choice.play
        choices.append(
            Choice(choice.player, choice.day, {}, choice.play, 1.0, seen=dated, exact_play=play)
        )
    return choices


def test_mixing_over_days_is_exact_in_rationals_and_near_in_floats() -> None:
    graph, point = model(ATTRITION), {"T": F(4), "v": F(3), "c": F(1), "w": F(-2)}
    equilibrium = [F(1, 4)] * 3 + [F(2, 5)]
    result = certify(graph, point, attrition(equilibrium, exact=True))
    assert (result.payoffs, result.regret) == ({"One": 0, "Two": 0}, 0)
    assert result.exact
    assert result.outcomes["over"] == F(3, 4) ** 6 * F(3, 5) ** 2
    result = certify(graph, point, attrition(equilibrium, exact=False))
    assert not result.exact
    assert 0 <= result.regret < 1e-15


@pytest.mark.parametrize("seed", range(5))
def test_the_tree_of_public_moves_agrees_with_the_recursion(seed: int) -> None:
    graph, point = model(ATTRITION), {"T": F(3), "v": F(3), "c": F(1), "w": F(-2)}
    draw = random.Random(seed)
    profile = attrition([F(draw.randrange(7), 6) for _ in range(3)], exact=True)
    public = certify(graph, point, profile)
    tree = certificate(graph, in_the_tree(profile), T=F(3))
    assert tree.subgame_regret == public.regret
    assert (tree.payoffs, tree.outcomes) == (public.payoffs, public.outcomes)
    assert (tree.expected_day, tree.ends) == (public.expected_day, public.ends)


VOLUNTEERS = """
players: [A, B, C]
parameters: {v: 4, c: 1}
game:
  call:
    simultaneous: {A: [go, sit], B: [go, sit], C: [go, sit]}
    results:
      - {when: [go, go, go], outcome: help, payoffs: {A: v - c, B: v - c, C: v - c}}
      - {when: [go, go, sit], outcome: help, payoffs: {A: v - c, B: v - c, C: v}}
      - {when: [go, sit, go], outcome: help, payoffs: {A: v - c, B: v, C: v - c}}
      - {when: [go, sit, sit], outcome: help, payoffs: {A: v - c, B: v, C: v}}
      - {when: [sit, go, go], outcome: help, payoffs: {A: v, B: v - c, C: v - c}}
      - {when: [sit, go, sit], outcome: help, payoffs: {A: v, B: v - c, C: v}}
      - {when: [sit, sit, go], outcome: help, payoffs: {A: v, B: v, C: v - c}}
      - {when: [sit, sit, sit], outcome: none, payoffs: {A: 0, B: 0, C: 0}}
"""


@pytest.mark.parametrize(("go", "regret"), [(F(1, 2), F(0)), (F(1, 4), F(15, 16)), (F(1), F(1))])
def test_three_players_may_mix_at_once(go: F, regret: F) -> None:
    # Who sits gets 4 (1 - sit^2), who goes 3; at one half they are the same.
    graph, point = model(VOLUNTEERS), {"v": F(4), "c": F(1)}
    choices = tuple(mix(i, {"go": go, "sit": 1 - go}) for i in "ABC")
    public = certify(graph, point, {"call": choices})
    assert (public.regret, public.exact) == (regret, True)
    assert public.outcomes["none"] == (1 - go) ** 3
    assert certificate(graph, list(choices)).regret == regret


MIXED_OFFER = """
players: [A, B]
game:
  propose: {player: A, offer: {x: [0, 1]}, grid: [1/4, 1/2, 3/4], next: answer}
  answer:
    player: B
    actions:
      yes: {outcome: deal, payoffs: {A: (x - 1/2) ** 2, B: x}}
      no: {outcome: none, payoffs: {A: 0, B: 0}}
"""


def test_a_player_may_mix_over_the_numbers_of_a_grid() -> None:
    graph = model(MIXED_OFFER)

    def mixed(*offers: tuple[Any, Any]) -> Strategies:
        return {
            "propose": (Choice("A", 0, {}, {}, 1.0, offers=offers),),
            "answer": (Choice("B", 0, {}, {"yes": 1.0}, 1.0),),
        }

    result = certify(graph, {}, mixed((F(1, 4), F(1, 3)), (F(3, 4), F(2, 3))))
    assert result.payoffs == {"A": F(1, 16), "B": F(7, 12)}
    assert (result.regret, result.exact) == (0, True)
    result = certify(graph, {}, mixed((F(1, 4), F(1, 2)), (F(1, 2), F(1, 2))))
    assert result.regret == F(1, 32)
    with pytest.raises(SolverError, match=r"the probabilities of the offers sum to 0\.5"):
        certify(graph, {}, mixed((F(1, 4), F(1, 2))))


def test_a_player_may_mix_over_a_continuum_too() -> None:
    graph = model(MIXED_OFFER.replace("grid: [1/4, 1/2, 3/4], ", ""))

    def regret(*offers: tuple[float, float]) -> Any:
        made = Choice("A", 0, {}, {}, 1.0, offers=offers)
        strategies = {"propose": (made,), "answer": (Choice("B", 0, {}, {"yes": 1.0}, 1.0),)}
        return certify(graph, {}, strategies).regret

    assert regret((0.0, 0.25), (1.0, 0.75)) == 0
    assert regret((0.5, 0.5), (1.0, 0.5)) == pytest.approx(1 / 8)


def test_an_undefined_payoff_makes_the_regret_undefined() -> None:
    graph = model(BEER_QUICHE.replace("Sender: 1 - beer", "Sender: 1 / (tough - tough)"))
    result = certificate(graph, breakfast("beer", "beer", "defer", "duel"))
    assert math.isnan(result.regret)


def test_the_words_of_a_claim_do_not_depend_on_the_node_it_stands_under() -> None:
    graph = model(HORSE)
    point: dict[str, F] = {}
    under = {"three": (pick("Three", "right"),), "one": tuple(horse("across", "across", "right"))}
    assert certify_tree(graph, point, under, {"x": tuple(thinks_down(F(0)))}).regret == 0
