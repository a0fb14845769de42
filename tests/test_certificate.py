"""The certificate on hand-made strategies whose payoffs and regret are known in closed form."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as F
from typing import Any

import pytest

from gametheory_crisis.certificate import Certificate, certify
from gametheory_crisis.errors import ParameterError, SolverError, UnsupportedGame
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.results import Choice, Reply

Strategies = dict[str, tuple[Choice, ...]]


def model(text: str) -> Graph:
    return read_model(f"format: 1\ntitle: test\n{text}".encode(), "test.yaml")


def pick(player: str, action: str, day: int = 0, **rest: Any) -> Choice:
    return mix(player, {action: 1.0}, day, **rest)


def mix(player: str, play: dict[str, Any], day: int = 0, **rest: Any) -> Choice:
    return Choice(player, day, rest.pop("state", {}), play, 1.0, **rest)


def bid(player: str, number: Any, day: int = 0, **rest: Any) -> Choice:
    return Choice(player, day, rest.pop("state", {}), {}, 1.0, offer=number, **rest)


def defaults(graph: Graph) -> dict[str, F]:
    return {name: parameter.value for name, parameter in graph.parameters.items()}


def certificate(graph: Graph, strategies: Strategies, **values: Any) -> Certificate:
    return certify(graph, defaults(graph) | values, strategies)


# Decisions and chance

ENTRY = """
players: [Entrant, Incumbent]
parameters: {war: -1/3}
game:
  enter:
    player: Entrant
    actions:
      stay_out: {outcome: peace, payoffs: {Entrant: 0, Incumbent: 2}}
      go_in: answer
  answer:
    player: Incumbent
    actions:
      fight: {outcome: war, payoffs: {Entrant: war, Incumbent: war}}
      share: {outcome: deal, payoffs: {Entrant: 1, Incumbent: 1}}
"""


def entry(enter: str, answer: str) -> Strategies:
    return {"enter": (pick("Entrant", enter),), "answer": (pick("Incumbent", answer),)}


def test_an_equilibrium_has_no_regret_exactly() -> None:
    result = certificate(model(ENTRY), entry("go_in", "share"))
    assert result == Certificate(
        payoffs={"Entrant": F(1), "Incumbent": F(1)},
        outcomes={"peace": F(0), "war": F(0), "deal": F(1)},
        expected_day=F(0),
        ends={"peace": {}, "war": {}, "deal": {0: F(1)}},
        regret=F(0),
        exact=True,
    )
    assert isinstance(result.regret, F)


@pytest.mark.parametrize(
    ("enter", "answer", "regret"),
    [
        ("stay_out", "share", F(1)),
        ("go_in", "fight", F(4, 3)),
        ("stay_out", "fight", F(4, 3)),  # the empty threat is off the path
    ],
)
def test_each_wrong_choice_is_regretted_on_the_path_and_off_it(
    enter: str, answer: str, regret: F
) -> None:
    result = certificate(model(ENTRY), entry(enter, answer))
    assert (result.regret, result.exact) == (regret, True)


def test_a_float_parameter_makes_the_certificate_inexact() -> None:
    result = certificate(model(ENTRY), entry("go_in", "fight"), war=-0.5)
    assert (result.payoffs["Entrant"], result.regret, result.exact) == (-0.5, 1.5, False)


TWICE = """
players: [A, B]
game:
  first:
    player: A
    actions:
      stop: {outcome: end, payoffs: {A: 1, B: 0}}
      go: middle
  middle:
    player: B
    actions:
      left: second
      right: {outcome: end, payoffs: {A: 2, B: 1}}
  second:
    player: A
    actions:
      low: {outcome: end, payoffs: {A: 0, B: 3}}
      high: {outcome: end, payoffs: {A: 5, B: 2}}
"""


@pytest.mark.parametrize(
    "profile", [*itertools.product(("stop", "go"), ("left", "right"), ("low", "high"))]
)
def test_no_plan_of_deviations_gains_more_than_the_regret(profile: tuple[str, str, str]) -> None:
    graph = model(TWICE)

    def at(first: str, middle: str, second: str) -> Certificate:
        choices = {
            "first": pick("A", first),
            "middle": pick("B", middle),
            "second": pick("A", second),
        }
        return certificate(graph, {node: (choice,) for node, choice in choices.items()})

    first, middle, second = profile
    claimed = at(*profile)
    plans_of_a = [at(a, middle, b).payoffs["A"] for a in ("stop", "go") for b in ("low", "high")]
    plans_of_b = [at(first, b, second).payoffs["B"] for b in ("left", "right")]
    subgame = {"low": {"left": 3, "right": 1}, "high": {"left": 2, "right": 1}}[second]
    assert claimed.regret == max(
        max(plans_of_a) - claimed.payoffs["A"],
        max(plans_of_b) - claimed.payoffs["B"],
        5 if second == "low" else 0,
        max(subgame.values()) - subgame[middle],
    )


CHANCE = """
players: [A]
parameters: {q: 1/3, zero: 0}
game:
  draw:
    chance: {good: q, never: zero, bad: rest}
    next:
      good: choose
      never: {outcome: hell, payoffs: {A: 1 / zero}}
      bad: {outcome: loss, payoffs: {A: -1}}
  choose:
    player: A
    actions:
      take: {outcome: win, payoffs: {A: 4}}
      leave: {outcome: loss, payoffs: {A: 0}}
"""


def test_payoffs_are_means_and_what_never_happens_does_not_count() -> None:
    result = certificate(model(CHANCE), {"choose": (pick("A", "take"),)})
    assert result.payoffs["A"] == F(2, 3)
    assert result.outcomes == {"win": F(1, 3), "hell": F(0), "loss": F(2, 3)}
    assert (result.regret, result.exact) == (F(0), True)


def test_regret_is_measured_where_it_arises_not_from_the_start() -> None:
    result = certificate(model(CHANCE), {"choose": (pick("A", "leave"),)})
    assert (result.payoffs["A"], result.regret) == (F(-2, 3), F(4))


@pytest.mark.parametrize("q", [F(4, 3), F(-1, 3), 1.5, math.nan])
def test_what_is_no_probability_is_refused(q: Any) -> None:
    with pytest.raises(ParameterError, match="the probability of 'good' at 'draw' is"):
        certificate(model(CHANCE), {"choose": (pick("A", "take"),)}, q=q)


def test_probabilities_that_do_not_sum_to_one_are_refused() -> None:
    graph = model(CHANCE.replace("bad: rest", "bad: 0.5"))
    with pytest.raises(ParameterError, match="the probabilities at 'draw' do not sum to 1"):
        certificate(graph, {"choose": (pick("A", "take"),)})


# Simultaneous moves

PRISONERS = """
players: [Row, Column]
game:
  dilemma:
    simultaneous: {Row: [silent, confess], Column: [silent, confess]}
    results:
      - {when: [silent, silent], outcome: trust, payoffs: {Row: 2, Column: 2}}
      - {when: [silent, confess], outcome: betrayal, payoffs: {Row: 0, Column: 3}}
      - {when: [confess, silent], outcome: betrayal, payoffs: {Row: 3, Column: 0}}
      - {when: [confess, confess], outcome: ruin, payoffs: {Row: 1, Column: 1}}
"""
PENNIES = """
players: [Even, Odd]
parameters: {prize: 1}
game:
  show:
    simultaneous: {Even: [heads, tails], Odd: [heads, tails]}
    results:
      - {when: [heads, heads], outcome: match, payoffs: {Even: prize, Odd: -1}}
      - {when: [tails, tails], outcome: match, payoffs: {Even: 1, Odd: -1}}
      - {when: [heads, tails], outcome: miss, payoffs: {Even: -1, Odd: 1}}
      - {when: [tails, heads], outcome: miss, payoffs: {Even: -1, Odd: 1}}
"""


@pytest.mark.parametrize(
    ("row", "column", "regret"),
    [("confess", "confess", 0), ("silent", "silent", 1), ("silent", "confess", 1)],
)
def test_confession_alone_is_without_regret(row: str, column: str, regret: int) -> None:
    strategies = {"dilemma": (pick("Row", row), pick("Column", column))}
    result = certificate(model(PRISONERS), strategies)
    assert (result.regret, result.exact) == (regret, True)


def test_mixed_play_is_certified_exactly_when_its_probabilities_are_rational() -> None:
    third = {"heads": F(1, 3), "tails": F(2, 3)}
    even = {"heads": F(1, 2), "tails": F(1, 2)}
    # Even gains (prize + 2) p - 1 from heads and 1 - 2 p from tails if Odd shows heads with p.
    odd = {"heads": F(2, 5), "tails": F(3, 5)}
    graph = model(PENNIES)
    right = certificate(graph, {"show": (mix("Even", even), mix("Odd", odd))}, prize=F(2))
    assert right.payoffs == {"Even": F(1, 5), "Odd": F(0)}
    assert right.outcomes == {"match": F(1, 2), "miss": F(1, 2)}
    assert (right.regret, right.exact) == (F(0), True)
    wrong = certificate(graph, {"show": (mix("Even", third), mix("Odd", odd))}, prize=F(2))
    assert wrong.regret == F(1, 3) + F(1, 15)  # Odd's best is heads


def test_floating_probabilities_are_certified_in_floats() -> None:
    half = {"heads": 0.5, "tails": 0.5}
    result = certificate(model(PENNIES), {"show": (mix("Even", half), mix("Odd", half))})
    assert (result.regret, result.exact) == (0.0, False)


MEETING = """
players: [A, B, C]
game:
  meet:
    simultaneous: {A: [left, right], B: [left, right], C: [left, right]}
    results:
      - {when: [left, left, left], outcome: all, payoffs: {A: 2, B: 0, C: 0}}
      - {when: [right, right, right], outcome: all, payoffs: {A: 2, B: 3, C: 0}}
      - {when: [left, right, "*"], outcome: some, payoffs: {A: 0, B: 1, C: 0}}
      - {when: [right, left, "*"], outcome: some, payoffs: {A: 0, B: 0, C: 0}}
      - {when: [left, left, right], outcome: some, payoffs: {A: 0, B: 0, C: 0}}
      - {when: [right, right, left], outcome: some, payoffs: {A: 0, B: 0, C: 0}}
"""


def test_three_movers_are_weighed_by_the_other_two() -> None:
    c = mix("C", {"left": F(1, 4), "right": F(3, 4)})
    result = certificate(model(MEETING), {"meet": (pick("A", "left"), pick("B", "right"), c)})
    assert result.payoffs == {"A": F(0), "B": F(1), "C": F(0)}
    assert result.outcomes == {"all": F(0), "some": F(1)}
    # Going right, A meets both others there with probability 3/4.
    assert (result.regret, result.exact) == (F(3, 2), True)


# The clock

WAITING = """
players: {A: waits or quits, B: gets what A leaves}
parameters: {T: 3, d: 1/2, late: -8}
clock:
  deadline: T
  expires: pause
  discount: {A: d, B: 1}
game:
  watch:
    player: A
    actions:
      quit: {outcome: quit, payoffs: {A: 1 + day, B: day}}
      wait: {next: watch, days: 1}
      nap: {next: watch, days: 7, pays: {A: -day, B: 1}}
  pause:
    chance: {tick: 1}
    next: {tick: {next: over, days: 2}}
  over: {outcome: expired, payoffs: {A: late, B: day}}
"""


def watch(*actions: str) -> Strategies:
    return {"watch": tuple(pick("A", action, day) for day, action in enumerate(actions))}


def test_days_pass_discount_and_expire() -> None:
    result = certificate(model(WAITING), watch("wait", "wait", "wait"))
    # The clock expires on day 3, two more days pass, and only A discounts.
    assert result.payoffs == {"A": F(-8, 32), "B": F(5)}
    assert result.outcomes == {"quit": F(0), "expired": F(1)}
    assert result.expected_day == 5
    # On day 2 the quitter gets 3 instead of -8 discounted over three days.
    assert (result.regret, result.exact) == (F(3) + F(8, 8), True)


def test_discounting_decides_when_to_quit() -> None:
    graph = model(WAITING)
    # 1, (1 + 1)/2, 3/4: the first two days are a tie.
    for right in (("quit", "quit", "quit"), ("wait", "quit", "quit")):
        assert certificate(graph, watch(*right)).regret == 0
    assert certificate(graph, watch("wait", "wait", "quit")).regret == F(1, 2)
    assert certificate(graph, watch("quit", "quit", "quit"), d=F(1)).regret == 2


def test_an_edge_of_many_days_ends_at_the_deadline() -> None:
    result = certificate(model(WAITING), watch("wait", "nap", "quit"))
    assert result.payoffs == {"A": F(1, 2) * (-1) - F(8, 32), "B": 1 + F(5)}
    assert result.expected_day == 5


def test_a_longer_edge_than_the_deadline_allows_is_as_good_as_one_that_reaches_it() -> None:
    shorter = model(WAITING.replace("days: 7", "days: 3"))
    for graph in (shorter, model(WAITING)):
        assert certificate(graph, watch("nap", "quit", "quit")).payoffs["A"] == F(-8, 32)


def test_a_discount_of_zero_looks_no_further_than_today() -> None:
    assert certificate(model(WAITING), watch("quit", "quit", "quit"), d=F(0)).regret == 0
    assert certificate(model(WAITING), watch("wait", "quit", "quit"), d=F(0)).regret == 1


def test_to_a_discount_of_zero_even_an_infinite_loss_tomorrow_is_nothing() -> None:
    result = certificate(model(WAITING), watch("quit", "quit", "quit"), d=0.0, late=-math.inf)
    assert result.regret == 0


HAZARD = """
players: [A]
parameters: {T: 3, h: 1/4, d: 1}
state: {alarm: [0, 2]}
clock:
  deadline: T
  expires: over
  discount: d
  breakdown:
    hazard: "min(h * alarm * day, 1)"
    to:
      next: {outcome: ruin, payoffs: {A: -10 * day}}
      days: 1
      pays: {A: -day}
      set: {alarm: 0}
game:
  watch:
    player: A
    actions:
      wait: {next: watch, days: 1, set: {alarm: "min(alarm + 1, 2)"}}
      sleep: {next: watch, days: 3, set: {alarm: 1}}
      quit: {outcome: quit, payoffs: {A: 0}}
  over: {outcome: over, payoffs: {A: 100}}
"""


def alert(first: str, later: str) -> Strategies:
    choices = [
        pick("A", later if day else first, day, state={"alarm": alarm})
        for day in range(7)
        for alarm in range(3)
    ]
    return {"watch": tuple(choices)}


def test_the_hazard_reads_the_new_state_on_the_new_day() -> None:
    result = certificate(model(HAZARD), alert("wait", "wait"), h=F(1, 6))
    # The alarm is 1 on day 1 and 2 from then on. Only the breakdown of day 1 is followed by
    # ruin: the day that passes after a later one expires the clock.
    first, second = F(1, 6), F(5, 6) * F(4, 6)
    third = 1 - first - second
    assert result.payoffs["A"] == first * (-1 - 20) + second * (-2 + 100) + third * (-3 + 100)
    assert result.outcomes == {"quit": 0, "ruin": first, "over": second + third}
    assert result.expected_day == first * 2 + second * 3 + third * 4
    assert result.exact


def test_each_day_of_a_long_edge_has_its_hazard() -> None:
    h = F(1, 5)
    result = certificate(model(HAZARD), alert("sleep", "quit"), h=h, T=F(6))
    strikes = {1: h, 2: (1 - h) * 2 * h, 3: (1 - h) * (1 - 2 * h) * 3 * h}
    assert result.outcomes["quit"] == 1 - sum(strikes.values())
    assert result.payoffs["A"] == sum(p * (-day - 10 * (day + 1)) for day, p in strikes.items())
    assert result.expected_day == 3 * result.outcomes["quit"] + sum(
        p * (day + 1) for day, p in strikes.items()
    )


def test_after_a_breakdown_on_the_deadline_day_the_next_day_expires() -> None:
    graph = model(HAZARD.replace("next: {outcome: ruin, payoffs: {A: -10 * day}}", "next: watch"))
    result = certificate(graph, alert("sleep", "sleep"), T=F(1), h=F(1))
    # The breakdown of day 1 strikes; the day after it the clock expires: no second hazard.
    assert result.outcomes["over"] == 1
    assert (result.expected_day, result.payoffs["A"]) == (2, 99)


def test_a_breakdown_before_the_deadline_leaves_the_clock_running() -> None:
    edge = HAZARD[HAZARD.index("to:") : HAZARD.index("game:")]
    graph = model(HAZARD.replace(edge, "to: watch\n"))
    result = certificate(graph, alert("sleep", "sleep"), h=F(1, 2), T=F(2))
    # Day 1: 1/2 back to watch, where sleep goes on; day 2 is the deadline and the hazard is 1.
    assert result.outcomes["over"] == 1
    assert result.expected_day == 3


@pytest.mark.parametrize("h", [F(2), 2.0, -0.5])
def test_a_hazard_that_is_no_probability_is_refused(h: Any) -> None:
    graph = model(HAZARD.replace('"min(h * alarm * day, 1)"', "h"))
    with pytest.raises(ParameterError, match=r"the hazard is \S+, outside \[0, 1\]"):
        certificate(graph, alert("wait", "wait"), h=h)


def test_without_a_deadline_the_hazard_acts_and_nothing_expires() -> None:
    graph = model("""
players: [A]
clock: {discount: 1/2, breakdown: {hazard: 1/4, to: {outcome: ruin, payoffs: {A: 0}}}}
game:
  build:
    player: A
    actions:
      slowly: {next: done, days: 2}
      never: {outcome: quit, payoffs: {A: 2}}
  done: {outcome: done, payoffs: {A: 16}}
""")
    result = certificate(graph, {"build": (pick("A", "slowly"),)})
    assert result.payoffs["A"] == F(16, 4) * F(9, 16)
    assert result.expected_day == F(1, 4) + 2 * F(3, 4)
    assert result.regret == 0
    assert certificate(graph, {"build": (pick("A", "never"),)}).regret == F(1, 4)


@pytest.mark.parametrize("deadline", ["0", "5/2", "-1"])
def test_a_deadline_is_a_whole_number_from_one_on(deadline: str) -> None:
    with pytest.raises(ParameterError, match="not a whole number from 1 on"):
        certificate(model(WAITING), watch("quit"), T=F(deadline))


def test_thousands_of_days_pass_without_recursion() -> None:
    days = 4000
    result = certificate(model(WAITING), watch(*["wait"] * days), T=float(days), d=1.0)
    assert result.expected_day == days + 2
    assert result.regret == days + 8


# State and payments

LADDER = """
players: [A, B]
parameters: {prize: 9}
state: {rung: [0, 3], other: {range: [0, 3], start: 2}}
game:
  climb:
    player: A
    actions:
      up: {if: rung < 2, next: climb, pays: {A: -rung - 1, B: other}, set: {rung: rung + 1}}
      swap:
        if: rung == 2
        next: top
        pays: {A: 10 * rung + other}
        set: {rung: other, other: rung + 1}
      down: {outcome: fall, payoffs: {A: rung, B: 0}}
  top: {outcome: top, payoffs: {A: prize * rung, B: other}}
"""


def climb(*actions: str) -> Strategies:
    choices = (
        pick("A", action, state={"rung": rung, "other": 2}) for rung, action in enumerate(actions)
    )
    return {"climb": tuple(choices)}


def test_payments_read_the_state_before_the_edge_and_settings_happen_at_once() -> None:
    result = certificate(model(LADDER), climb("up", "up", "swap"))
    assert result.payoffs == {"A": F(-1 - 2 + 22 + 18), "B": F(2 + 2 + 3)}
    assert (result.regret, result.expected_day) == (0, 0)


def test_an_action_that_is_not_available_cannot_be_regretted() -> None:
    result = certificate(model(LADDER), climb("down", "down", "swap"))
    assert result.regret == -1 - 2 + 22 + 18
    assert certificate(model(LADDER), climb("up", "up", "down")).regret == 22 + 18 - 2


def test_a_choice_of_an_unavailable_action_is_an_error_that_names_the_place() -> None:
    with pytest.raises(SolverError, match="A at 'climb' on day 0 in state rung = 0, other = 2"):
        certificate(model(LADDER), climb("swap", "up", "swap"))


def test_a_missing_choice_is_an_error_that_names_node_state_and_day() -> None:
    with pytest.raises(
        SolverError, match="no choice of A at 'climb' on day 0 in state rung = 1, other = 2"
    ):
        certificate(model(LADDER), {"climb": climb("down", "down", "swap")["climb"][::2]})
    with pytest.raises(SolverError, match=r"no choice of A at 'watch' on day 2$"):
        certificate(model(WAITING), watch("quit", "quit"))


def test_a_choice_says_the_whole_state() -> None:
    with pytest.raises(SolverError, match="a choice of A at 'climb' in no whole state"):
        certificate(model(LADDER), {"climb": (pick("A", "down", state={"rung": 0}),)})


def test_two_choices_for_one_place_are_an_error() -> None:
    doubled = {"enter": (pick("Entrant", "go_in"), pick("Entrant", "stay_out"))}
    with pytest.raises(SolverError, match="two choices of Entrant at 'enter' on day 0"):
        certificate(model(ENTRY), doubled)


@pytest.mark.parametrize(
    "play", [{"fight": 0.5}, {"fight": 2.0, "share": -1.0}, {"fight": math.nan}]
)
def test_what_is_no_distribution_over_actions_is_an_error(play: dict[str, float]) -> None:
    strategies = {"enter": (pick("Entrant", "go_in"),), "answer": (mix("Incumbent", play),)}
    with pytest.raises(SolverError, match="the probabilities over fight, share sum to"):
        certificate(model(ENTRY), strategies)


def test_the_same_node_is_another_place_once_the_clock_has_expired() -> None:
    graph = model("""
players: [A]
clock: {deadline: 1, expires: choose}
game:
  choose:
    player: A
    actions:
      stop: {outcome: stop, payoffs: {A: day}}
      on: {next: last, days: 1}
  last: {outcome: last, payoffs: {A: 10}}
""")
    before, after = pick("A", "on", 0), pick("A", "on", 1, expired=True)
    assert certificate(graph, {"choose": (before, after)}).payoffs["A"] == 10
    late = certificate(graph, {"choose": (before, pick("A", "stop", 1, expired=True))})
    assert (late.payoffs["A"], late.regret) == (1, 9)
    with pytest.raises(SolverError, match="no choice of A at 'choose' on day 1, the clock expired"):
        certificate(graph, {"choose": (before, pick("A", "on", 1))})


# Offers

ULTIMATUM = """
players: [Proposer, Responder]
parameters: {war: 0.3, cost: 0.2}
game:
  demand:
    player: Proposer
    offer: {x: [0, 1]}
    next: answer
  answer:
    player: Responder
    actions:
      accept: {outcome: deal, payoffs: {Proposer: 1 - x, Responder: x}}
      reject: {outcome: war, payoffs: {Proposer: 0.7 - cost, Responder: war}}
"""


def ultimatum(offer: Any, *replies: tuple[Any, Any, str]) -> Strategies:
    answer = pick("Responder", "accept", replies=tuple(Reply(*reply) for reply in replies))
    return {"demand": (bid("Proposer", offer),), "answer": (answer,)}


def test_the_ultimatum_is_certified() -> None:
    result = certificate(model(ULTIMATUM), ultimatum(0.3, (0.3, 1, "accept"), (0, 0.3, "reject")))
    assert result.payoffs == {"Proposer": 0.7, "Responder": 0.3}
    assert result.outcomes == {"deal": 1.0, "war": 0.0}
    assert result.regret == pytest.approx(0, abs=1e-15)
    assert not result.exact


@pytest.mark.parametrize(
    ("offer", "bound", "regret"),
    [
        (0.4, 0.3, 0.1),  # too generous
        (0.1, 0.3, 0.2),  # war instead of the best deal
        (0.4, 0.4, 0.1),  # the responder refuses good offers, the path is fine
        (0.2, 0.2, 0.1),  # the responder accepts what is worse than war
    ],
)
def test_wrong_offers_and_wrong_replies_are_regretted(
    offer: float, bound: float, regret: float
) -> None:
    strategies = ultimatum(offer, (bound, 1, "accept"), (0, bound, "reject"))
    assert certificate(model(ULTIMATUM), strategies).regret == pytest.approx(regret, abs=1e-8)


def test_a_gap_in_the_replies_is_found_however_narrow() -> None:
    trap = ultimatum(0.3, (0.5201, 0.5202, "reject"), (0.3, 1, "accept"), (0, 0.3, "reject"))
    assert certificate(model(ULTIMATUM), trap).regret == pytest.approx(0.2202, abs=1e-8)


def test_the_first_reply_whose_interval_holds_the_offer_counts() -> None:
    accept, reject = (0.3, 1, "accept"), (0, 0.3, "reject")
    assert certificate(model(ULTIMATUM), ultimatum(0.3, accept, reject)).outcomes["deal"] == 1
    assert certificate(model(ULTIMATUM), ultimatum(0.3, reject, accept)).outcomes["war"] == 1


def test_play_without_replies_holds_whatever_the_offer() -> None:
    result = certificate(model(ULTIMATUM), ultimatum(0.0))
    assert result.payoffs["Responder"] == 0
    assert result.regret == pytest.approx(0.3)  # the responder would rather fight at x = 0


def test_an_offer_without_an_answer_or_outside_its_range_is_an_error() -> None:
    graph = model(ULTIMATUM)
    with pytest.raises(
        SolverError, match=r"no reply to the offer 0\.\d+ in the choice of Responder"
    ):
        certificate(graph, ultimatum(0.3, (0.3, 1, "accept"), (0, 0.2, "reject")))
    with pytest.raises(
        SolverError, match=r"the offer 1\.2 may not be made by Proposer at 'demand'"
    ):
        certificate(graph, ultimatum(1.2))
    with pytest.raises(SolverError, match="no offer of Proposer at 'demand'"):
        certificate(graph, ultimatum(None))
    with pytest.raises(SolverError, match="unavailable action 'flee' of Responder"):
        certificate(graph, ultimatum(0.3, (0, 1, "flee")))


RATIFIED = """
players: [Proposer, House, Senate]
game:
  draft: {player: Proposer, offer: {x: [0, 1]}, next: vote}
  vote:
    simultaneous: {House: [aye, nay], Senate: [aye, nay]}
    results:
      - when: [aye, aye]
        outcome: law
        payoffs: {Proposer: 1 - x, House: x - 0.2, Senate: x - 0.4}
      - {when: [nay, "*"], outcome: none, payoffs: {Proposer: 0, House: 0, Senate: 0}}
      - {when: [aye, nay], outcome: none, payoffs: {Proposer: 0, House: 0, Senate: 0}}
"""


@pytest.mark.parametrize(("house", "regret"), [(0.2, 0), (0.5, 0.3), (0.0, 0)])
def test_each_of_several_movers_replies_by_a_rule_of_its_own(house: float, regret: float) -> None:
    def vote(player: str, bound: float) -> Choice:
        return pick(player, "aye", replies=(Reply(bound, 1, "aye"), Reply(0, bound, "nay")))

    draft = bid("Proposer", max(house, 0.4))
    result = certificate(
        model(RATIFIED), {"draft": (draft,), "vote": (vote("House", house), vote("Senate", 0.4))}
    )
    assert result.outcomes == {"law": 1, "none": 0}
    assert result.regret == pytest.approx(regret, abs=1e-8)


def test_a_payoff_undefined_at_some_offer_leaves_the_regret_undefined() -> None:
    graph = model(ULTIMATUM.replace("Proposer: 1 - x", "Proposer: 1 - x / (x - 0.5)"))
    assert math.isnan(certificate(graph, ultimatum(1.0)).regret)


def test_an_empty_range_is_refused_and_a_single_number_is_not() -> None:
    graph = model(ULTIMATUM.replace("[0, 1]", "[cost, 0.5]"))
    with pytest.raises(ParameterError, match=r"the range of the offer at 'demand' is empty: \[0.6"):
        certificate(graph, ultimatum(0.5), cost=0.6)
    assert certificate(graph, ultimatum(0.5), cost=0.5).payoffs["Proposer"] == 0.5


def test_a_smooth_optimum_between_the_probes_is_found() -> None:
    graph = model(
        ULTIMATUM.replace("Proposer: 1 - x", "Proposer: 1 - 1000 * (x - peak) ** 2").replace(
            "cost: 0.2", "peak: 0.4217, cost: 0.2"
        )
    )
    strategies = ultimatum(0.4217, (0.3, 1, "accept"), (0, 0.3, "reject"))
    assert certificate(graph, strategies).regret == pytest.approx(0, abs=1e-12)
    strategies = ultimatum(0.42, (0.3, 1, "accept"), (0, 0.3, "reject"))
    assert certificate(graph, strategies).regret == pytest.approx(1000 * 0.0017**2, abs=1e-9)


GRID = ULTIMATUM.replace("    next: answer", "    grid: 4\n    next: answer")


def test_on_a_grid_only_its_numbers_can_be_offered_and_all_is_exact() -> None:
    graph = model(GRID)
    replies = ((F(1, 3), 1, "accept"), (0, F(1, 3), "reject"))
    right = certificate(graph, ultimatum(F(1, 3), *replies))
    assert right.payoffs == {"Proposer": F(2, 3), "Responder": F(1, 3)}
    assert (right.regret, right.exact) == (F(0), True)
    assert certificate(graph, ultimatum(F(2, 3), *replies)).regret == F(1, 3)
    assert certificate(
        graph, ultimatum(F(1, 3), (F(2, 3), 1, "accept"), (0, 1, "reject"))
    ).regret == (max(F(1, 2) - F(1, 2), F(1, 3) - F(3, 10)))
    with pytest.raises(SolverError, match=r"the offer 0\.3 may not be made"):
        certificate(graph, ultimatum(0.3, *replies))


def test_a_rounded_number_stands_for_its_neighbour_on_the_grid() -> None:
    result = certificate(model(GRID), ultimatum(1 / 3, (0.32, 1, "accept"), (0, 0.32, "reject")))
    assert result.payoffs["Responder"] == F(1, 3)
    assert (result.regret, result.exact) == (0, True)


COUNTER = """
players: [A, B]
game:
  first: {player: A, offer: {x: [0, 1]}, next: reply}
  reply:
    player: B
    actions:
      accept: {outcome: deal, payoffs: {A: 1 - x, B: x}}
      counter: second
  second: {player: B, offer: {y: [0, 1]}, next: last}
  last:
    player: A
    actions:
      accept: {outcome: deal, payoffs: {A: y - x / 4, B: 1 - y - x / 2}}
      reject: {outcome: war, payoffs: {A: 0.2 - x / 4, B: 0}}
"""


def test_an_offer_below_an_offer_keeps_both_numbers() -> None:
    # At y = 0.2 A is indifferent, and B then gets 0.8 - x / 2, more than x below x = 8 / 15.
    meet = 8 / 15
    strategies = {
        "first": (bid("A", meet),),
        "reply": (
            pick("B", "accept", replies=(Reply(meet, 1, "accept"), Reply(0, meet, "counter"))),
        ),
        "second": (bid("B", 0.2),),
        "last": (pick("A", "accept", replies=(Reply(0.2, 1, "accept"), Reply(0, 0.2, "reject"))),),
    }
    graph = model(COUNTER)
    right = certificate(graph, strategies)
    assert right.payoffs == {"A": pytest.approx(7 / 15), "B": pytest.approx(8 / 15)}
    assert right.regret == pytest.approx(0, abs=1e-12)
    hasty = strategies | {"reply": (pick("B", "accept"),)}
    assert certificate(graph, hasty).regret == pytest.approx(0.8)  # B at x = 0
    stingy = strategies | {"second": (bid("B", 0.1),)}
    assert certificate(graph, stingy).regret == pytest.approx(0.8)  # B at x = 0 again


PONDER = """
players: [A]
parameters: {T: 2}
clock: {deadline: T, expires: {outcome: late, payoffs: {A: 1}}}
game:
  name: {player: A, offer: {x: [0, 1]}, next: ponder}
  ponder:
    player: A
    actions:
      wait: {next: ponder, days: 1}
      stop: {outcome: stop, payoffs: {A: 0}}
"""


def ponder(days: int) -> Strategies:
    stop = (Reply(0.0, 1.0, "stop"),)
    choices = [pick("A", "wait", day, replies=stop) for day in range(1, days)]
    wait = (Reply(0.0, 0.7, "wait"), Reply(0.7, 1.0, "stop"))
    return {
        "name": (bid("A", 0.5),),
        "ponder": (pick("A", "stop", replies=wait), *choices),
    }


def test_an_offer_is_forgotten_when_a_day_passes() -> None:
    result = certificate(model(PONDER), ponder(2))
    assert result.outcomes == {"late": 1, "stop": 0}
    assert result.regret == 1  # for stopping after an offer above 0.7


def test_thousands_of_days_pass_where_an_offer_could_have_been_made() -> None:
    assert certificate(model(PONDER), ponder(2000), T=2000.0).expected_day == 2000


def test_a_payment_below_an_offer_reads_it() -> None:
    graph = model("""
players: [A, B]
game:
  name: {player: A, offer: {x: [0, 1]}, next: answer}
  answer:
    player: B
    actions:
      pay: {next: done, pays: {A: x, B: -x}}
      leave: {outcome: leave, payoffs: {A: 0, B: -0.5}}
  done: {outcome: done, payoffs: {A: 1, B: 0}}
""")
    replies = (Reply(0.0, 0.5, "pay"), Reply(0.5, 1.0, "leave"))
    strategies = {"name": (bid("A", 0.5),), "answer": (pick("B", "pay", replies=replies),)}
    result = certificate(graph, strategies)
    assert result.payoffs == {"A": 1.5, "B": -0.5}
    assert result.regret == 0
    shy = certificate(graph, strategies | {"name": (bid("A", 0.1),)})
    assert shy.regret == pytest.approx(0.4)


def test_an_event_may_depend_on_the_offer() -> None:
    graph = model("""
players: [A]
game:
  risk: {player: A, offer: {x: [0, 1]}, next: luck}
  luck:
    chance: {win: 1 - x, lose: x}
    next:
      win: {outcome: win, payoffs: {A: x}}
      lose: {outcome: loss, payoffs: {A: 0}}
""")
    best = certificate(graph, {"risk": (bid("A", 0.5),)})
    assert best.outcomes == {"win": 0.5, "loss": 0.5}
    assert best.regret == pytest.approx(0, abs=1e-15)
    assert certificate(graph, {"risk": (bid("A", 0.2),)}).regret == pytest.approx(0.25 - 0.16)


ALTERNATING = """
players: [A, B]
parameters: {T: 3, dA: 0.9, dB: 0.8}
clock: {deadline: T, expires: {outcome: breakdown, payoffs: {A: 0, B: 0}}, discount: {A: dA, B: dB}}
game:
  a_offers: {player: A, offer: {x: [0, 1]}, next: b_answers}
  b_answers:
    player: B
    actions:
      accept: {outcome: deal, payoffs: {A: 1 - x, B: x}}
      reject: {next: b_offers, days: 1}
  b_offers: {player: B, offer: {y: [0, 1]}, next: a_answers}
  a_answers:
    player: A
    actions:
      accept: {outcome: deal, payoffs: {A: y, B: 1 - y}}
      reject: {next: a_offers, days: 1}
"""


def alternating(d_a: float, d_b: float) -> Strategies:
    """Three days (Ståhl 1972): the last proposer takes all, the others leave the waiting value."""
    offers = [d_b * (1 - d_a), d_a, 0.0]
    strategies: Strategies = {}
    for day, number in enumerate(offers):
        proposer, responder = ("a", "b") if day % 2 == 0 else ("b", "a")
        answers = (Reply(number, 1, "accept"), Reply(0, number, "reject"))
        made = bid(proposer.upper(), number, day)
        answer = pick(responder.upper(), "accept", day, replies=answers)
        strategies[f"{proposer}_offers"] = (*strategies.get(f"{proposer}_offers", ()), made)
        strategies[f"{responder}_answers"] = (*strategies.get(f"{responder}_answers", ()), answer)
    return strategies


def test_alternating_offers_over_three_days_follow_the_closed_form() -> None:
    graph = model(ALTERNATING)
    right = certificate(graph, alternating(0.9, 0.8))
    assert right.payoffs == {"A": pytest.approx(0.92), "B": pytest.approx(0.08)}
    assert right.regret == pytest.approx(0, abs=1e-15)
    # B, sure of 0.8 * 0.1 tomorrow, is offered 0.8 * 0.2 by an A who counts with d_A = 0.8.
    assert certificate(graph, alternating(0.8, 0.8)).regret == pytest.approx(0.1, abs=1e-8)


SIXTY = """
players: [US, Iran, Israel]
parameters: {T: 60, p: 0.7, c_us: 0.1, c_iran: 0.25, threat: 0.3, c_isr: 0.15, rein: 0.2, d: 0.999}
clock: {deadline: T, expires: deadline, discount: d}
game:
  demand: {player: US, offer: {x: [0, 1]}, next: answer}
  answer:
    player: Iran
    actions:
      accept: {outcome: deal, payoffs: {US: 1 - x, Iran: x, Israel: 0}}
      reject: {next: demand, days: 1}
  deadline:
    player: US
    actions:
      stand_aside: day_61
      restrain: {outcome: stalemate, payoffs: {US: -rein, Iran: 1 - p, Israel: 0}}
  day_61:
    player: Israel
    actions:
      strike:
        outcome: strike
        payoffs: {US: p - c_us, Iran: 1 - p - c_iran, Israel: threat - c_isr}
      hold: {outcome: stalemate, payoffs: {US: 0, Iran: 1 - p, Israel: 0}}
"""


@pytest.mark.parametrize(("slip_on", "regret"), [(None, 0), (17, 0.01), (59, 0.01)])
def test_sixty_days_of_offers_are_certified_day_by_day(slip_on: int | None, regret: float) -> None:
    demand, answer = [], []
    for day in range(60):
        limit = 0.05 * 0.999 ** (60 - day)
        offer = limit + 0.01 if day == slip_on else limit
        replies = (Reply(limit, 1, "accept"), Reply(0, limit, "reject"))
        demand.append(bid("US", offer, day))
        answer.append(pick("Iran", "accept", day, replies=replies))
    strategies = {
        "demand": tuple(demand),
        "answer": tuple(answer),
        "deadline": (pick("US", "stand_aside", 60, expired=True),),
        "day_61": (pick("Israel", "strike", 60, expired=True),),
    }
    result = certificate(model(SIXTY), strategies)
    assert result.payoffs["Iran"] == pytest.approx(0.05 * 0.999**60)
    assert result.outcomes == {"deal": 1, "strike": 0, "stalemate": 0}
    assert result.regret == pytest.approx(regret, abs=1e-9)


# Expressions


def worth_of(expression: str, **values: Any) -> Certificate:
    graph = model(
        "players: [A]\nparameters: {zero: 0, one: 1, two: 2, big: 1000}\n"
        f'game:\n  end: {{outcome: end, payoffs: {{A: "{expression}"}}}}\n'
    )
    return certificate(graph, {}, **values)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(one + 2 * two) / 3 - 1/7", F(5, 3) - F(1, 7)),
        ("two ** -3 + (-two) ** 3", F(1, 8) - 8),
        ("(1 + one / big) ** 60", F(1001, 1000) ** 60),
        ("min(one, two) + max(one, two) + abs(-two) + clip(big, 0, two)", F(1 + 2 + 2 + 2)),
        ("where(zero > 0, 1 / zero, two)", F(2)),
        ("where(zero > 0 and 1 / zero > 1, 1, two)", F(2)),
        ("where(one == 1 or 1 / zero > 1, 1, two)", F(1)),
        ("where(not (two <= 1), 1, 0) + where(two != 2, 1, 0)", F(1)),
        ("where(one / zero > 1 and two < 1, 1, two)", F(2)),
        ("where(two < 1 or not (one < 1), 1, two)", F(1)),
        ("zero ** zero", F(1)),
    ],
)
def test_rational_arithmetic_stays_exact(expression: str, value: F) -> None:
    result = worth_of(expression)
    assert (result.payoffs["A"], result.exact) == (value, True)
    assert isinstance(result.payoffs["A"], F)
    floating = worth_of(expression, zero=0.0)
    assert (floating.payoffs["A"], floating.exact) == (pytest.approx(float(value)), False)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("sqrt(two)", math.sqrt(2)),
        ("exp(one) + log(two)", math.e + math.log(2)),
        ("Phi(one) - Phi(-one)", math.erf(1 / math.sqrt(2))),
        ("two ** (one / 2)", math.sqrt(2)),
        ("exp(big)", math.inf),
        ("-(sqrt(two) ** (big ** two))", -math.inf),
        ("where(sqrt(two) > 1, two, one)", 2.0),
        ("max(sqrt(two), two)", 2.0),
        ("big ** big ** two", math.inf),
        ("(big ** big) ** 20 / (big ** big) ** 20", math.nan),
        ("sqrt(two) * big ** big", math.inf),
        ("sqrt(two) - big ** big", -math.inf),
    ],
)
@pytest.mark.parametrize("zero", [F(0), 0.0])
def test_what_a_float_enters_is_not_exact(expression: str, value: float, zero: Any) -> None:
    result = worth_of(expression, zero=zero)
    assert (result.payoffs["A"], result.exact) == (pytest.approx(value, nan_ok=True), False)


@pytest.mark.parametrize(
    "expression",
    [
        "one / zero",
        "log(zero)",
        "sqrt(-one)",
        "zero ** -one",
        "(-two) ** (one / 2)",
        "0 * (one / zero)",
        "min(one, one / zero)",
        "where(one / zero > 0, 1, 2)",
        "where(one / zero > 0 or two < 1, 1, 2)",
        "where(not (one / zero > 0), 1, 2)",
    ],
)
@pytest.mark.parametrize("zero", [F(0), 0.0])
def test_what_is_undefined_is_nan_and_so_is_the_regret(expression: str, zero: Any) -> None:
    result = worth_of(expression, zero=zero)
    assert math.isnan(result.payoffs["A"])
    assert math.isnan(result.regret)
    assert not result.exact


# Games that are refused


def test_a_game_without_end_is_refused() -> None:
    graph = model("""
players: [A]
clock: {discount: 1/2}
game:
  watch:
    player: A
    actions:
      quit: {outcome: quit, payoffs: {A: 1}}
      wait: {next: watch, days: 1}
""")
    with pytest.raises(UnsupportedGame, match="play can come back to 'watch' for ever"):
        certificate(graph, watch("quit"))


def test_a_hidden_move_is_refused_if_the_blind_move_later() -> None:
    hidden = TWICE.replace("  middle:\n", "  middle:\n    observed_by: [B]\n")
    with pytest.raises(UnsupportedGame, match="the hidden move at 'middle'"):
        certificate(model(hidden), {})
    far = """
players: [A, B]
game:
  luck: {chance: {heads: 1/2, tails: 1/2}, next: {heads: first, tails: first}, observed_by: [A]}
  first: {player: A, actions: {on: second, off: second}}
  second: {player: B, actions: {up: end, down: end}}
  end: {outcome: end, payoffs: {A: 0, B: 0}}
"""
    with pytest.raises(UnsupportedGame, match="the hidden move at 'luck'"):
        certificate(model(far), {})
    last = TWICE.replace("  second:\n", "  second:\n    observed_by: [A]\n")
    choices = {"first": pick("A", "go"), "middle": pick("B", "left"), "second": pick("A", "high")}
    strategies = {node: (choice,) for node, choice in choices.items()}
    assert certificate(model(last), strategies).regret == 0


def test_private_information_is_refused() -> None:
    graph = model(ENTRY + 'private: {Incumbent: {c: "uniform(0, 1)"}}\n')
    with pytest.raises(UnsupportedGame, match="private information"):
        certificate(graph, entry("go_in", "share"))


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(ParameterError, match="no value for the parameter 'war'"):
        certify(model(ENTRY), {}, entry("go_in", "share"))
