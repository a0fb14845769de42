"""The certificate of stationary strategies, on profiles known in closed form and on naive twins."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest

from gametheory_crisis.certificate import Certificate, certify, certify_markov, markov_places
from gametheory_crisis.certificate.markov_systems import components, solve
from gametheory_crisis.errors import ParameterError, SolverError, UnsupportedGame
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Edge,
    Graph,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.results import Choice, Reply
from tests.naive import number

Strategies = dict[str, tuple[Choice, ...]]
GOOD_MODELS = Path(__file__).parent / "good_models"


def model(text: str) -> Graph:
    return read_model(f"format: 1\ntitle: test\n{text}".encode(), "test.yaml")


def good_model(name: str) -> Graph:
    path = GOOD_MODELS / f"{name}.yaml"
    return read_model(path.read_bytes(), path.name)


def pick(player: str, action: str, state: Mapping[str, int] | None = None, **rest: Any) -> Choice:
    return Choice(player, 0, state or {}, {action: 1.0}, 1.0, **rest)


def mix(player: str, play: Mapping[str, F], state: Mapping[str, int] | None = None) -> Choice:
    floats = {action: float(share) for action, share in play.items()}
    return Choice(player, 0, state or {}, floats, 1.0, exact_play=play)


def bid(player: str, number: Any, state: Mapping[str, int] | None = None) -> Choice:
    return Choice(player, 0, state or {}, {}, 1.0, offer=number)


def certificate(graph: Graph, strategies: Strategies, **values: Any) -> Certificate:
    defaults = {name: parameter.value for name, parameter in graph.parameters.items()}
    return certify_markov(graph, defaults | values, strategies)


# Repeated restraint: remembered_breach has T = 5, R = 3, P = 1, S = 0

BREACH = good_model("remembered_breach")


def restraint(calm: str, hot: str) -> Strategies:
    return {
        "round": tuple(
            pick(player, action, {"breach": breach})
            for breach, action in enumerate((calm, hot))
            for player in "AB"
        )
    }


GRIM = restraint("restrain", "strike")


@pytest.mark.parametrize("h", [F(0), F(1, 10), F(1, 100)])
def test_grim_restraint_holds_exactly_from_the_critical_discount_factor_on(h: F) -> None:
    critical = F(5 - 3, 5 - 1) / (1 - h)
    for d in (critical, critical + F(1, 1000), F(99, 100)):
        result = certificate(BREACH, GRIM, d=d, h=h)
        assert (result.regret, result.exact) == (F(0), True)
        assert result.payoffs["A"] == 3 / (1 - d * (1 - h))
    for d in (critical - F(1, 10**9), critical / 2, F(0)):
        kept = d * (1 - h)
        gain = 5 + kept * 1 / (1 - kept) - 3 / (1 - kept)
        result = certificate(BREACH, GRIM, d=d, h=h)
        assert (result.regret, result.exact) == (gain, True)


@pytest.mark.parametrize("d", [F(0), F(1, 2), F(999, 1000)])
def test_striking_for_ever_is_always_an_equilibrium(d: F) -> None:
    assert certificate(BREACH, restraint("strike", "strike"), d=d).regret == 0


def test_restraint_without_punishment_is_regretted_on_every_day_ahead() -> None:
    result = certificate(BREACH, restraint("restrain", "restrain"), d=F(9, 10), h=F(1, 100))
    assert result.regret == (5 - 3) / (1 - F(9, 10) * F(99, 100))


def test_the_regret_of_a_plan_exceeds_that_of_any_single_deviation() -> None:
    # Struck every day, A gains 1 by striking back on one of them.
    one_sided = {
        "round": tuple(
            pick(player, action, {"breach": breach})
            for breach in (0, 1)
            for player, action in (("A", "restrain"), ("B", "strike"))
        )
    }
    assert certificate(BREACH, one_sided, d=F(1, 2), h=F(0)).regret == 1 / (1 - F(1, 2))


def test_the_crisis_ends_by_itself_after_one_over_the_hazard_days() -> None:
    result = certificate(BREACH, GRIM, h=F(1, 20))
    assert result.outcomes == {"contained": 1, "open_war": 0, "forever": 0}
    assert result.expected_day == 20
    by_day = result.ends["contained"]
    assert by_day[1] == F(1, 20)
    assert by_day[7] == F(1, 20) * F(19, 20) ** 6
    assert result.ends["open_war"] == {}
    assert 1 - 1e-12 < sum(by_day.values()) < 1
    assert 0.95 ** max(by_day) < 1e-12 <= 0.95 ** (max(by_day) - 1)


def test_without_a_hazard_peace_is_for_ever() -> None:
    result = certificate(BREACH, GRIM, h=F(0))
    assert result.outcomes == {"contained": 0, "open_war": 0, "forever": 1}
    assert result.expected_day is None
    assert result.ends == {"contained": {}, "open_war": {}}


def test_a_tiny_hazard_is_followed_for_ten_thousand_days() -> None:
    result = certificate(BREACH, GRIM, h=F(1, 10**6))
    assert max(result.ends["contained"]) == 10_000
    assert sum(result.ends["contained"].values()) == pytest.approx(-math.expm1(-0.01), abs=1e-8)
    assert (result.expected_day, result.exact) == (10**6, True)


def test_the_day_of_a_choice_does_not_matter() -> None:
    late = {"round": tuple(replace(choice, day=3) for choice in GRIM["round"])}
    assert certificate(BREACH, late) == certificate(BREACH, GRIM)


@pytest.mark.parametrize("place", range(4))
def test_a_single_wrong_action_is_found_out(place: int) -> None:
    choices = list(GRIM["round"])
    wrong = "strike" if "restrain" in choices[place].play else "restrain"
    choices[place] = replace(choices[place], play={wrong: 1.0})
    assert certificate(BREACH, {"round": tuple(choices)}).regret >= F(1)


# Attrition: both stay, and disaster may strike; whoever quits leaves the prize to the other

BY_HAZARD = """
players: [A, B]
parameters: {vA: 1, vB: 1, split: 0, DA: 1, DB: 1, r: 0.1}
clock: {breakdown: {hazard: r, to: {outcome: disaster, payoffs: {A: -DA, B: -DB}}}}
game:
  standoff:
    simultaneous: {A: [stay, quit], B: [stay, quit]}
    results:
      - {when: [stay, stay], next: standoff, days: 1}
      - {when: [stay, quit], outcome: B_quits, payoffs: {A: vA, B: 0}}
      - {when: [quit, stay], outcome: A_quits, payoffs: {A: 0, B: vB}}
      - {when: [quit, quit], outcome: both_quit, payoffs: {A: split * vA, B: split * vB}}
"""
BY_CHANCE = (
    BY_HAZARD.replace("clock: {breakdown", "# clock: {breakdown").replace(
        "next: standoff, days: 1", "next: luck"
    )
    + """
  luck:
    chance: {strikes: r, passes: rest}
    next:
      strikes: {outcome: disaster, payoffs: {A: -DA, B: -DB}}
      passes: {next: standoff, days: 1}
"""
)


def attrition(a: Any, b: Any) -> Strategies:
    shares = [("A", a), ("B", b)]
    return {"standoff": tuple(mix(p, {"stay": 1 - q, "quit": q}) for p, q in shares)}


@pytest.mark.parametrize(
    ("v", "D", "r", "expected"),
    [
        ((1, 2), (3, 1), F(1, 20), (0.2185792349726775, 0.10928961748633875, 5.153005464480871)),
        ((1, 1), (1, 1), F(1), (0.25, 0.25, 1.0)),
    ],
)
@pytest.mark.parametrize("text", [BY_HAZARD, BY_CHANCE])
def test_asymmetric_attrition_is_exact(
    text: str, v: tuple[int, int], D: tuple[int, int], r: F, expected: tuple[float, ...]
) -> None:
    numbers = {"vA": F(v[0]), "vB": F(v[1]), "DA": F(D[0]), "DB": F(D[1]), "r": r}
    a, b = r * D[1] / (v[1] + r * D[1]), r * D[0] / (v[0] + r * D[0])
    result = certificate(model(text), attrition(a, b), **numbers)
    assert (result.regret, result.exact) == (F(0), True)
    assert result.payoffs == {"A": 0, "B": 0}
    stay = (1 - a) * (1 - b)
    disaster = stay * r / (1 - stay * (1 - r))
    assert result.outcomes["disaster"] == disaster
    assert float(disaster) == pytest.approx(expected[0], abs=1e-12)
    assert float(result.outcomes["A_quits"]) == pytest.approx(expected[1], abs=1e-12)
    # A disaster that the clock brings stands on the day after the period.
    late = disaster if text == BY_HAZARD else 0
    assert sum(result.outcomes.values()) == 1
    assert float(result.expected_day - late) == pytest.approx(expected[2] - 1, abs=1e-12)
    if r < 1:
        slip = certificate(model(text), attrition(a, b + F(1, 100)), **numbers)
        assert slip.regret > 0


@pytest.mark.parametrize(
    ("D", "r", "expected"),
    [
        (2.0, 0.1, (0.1624601874483176, 0.08674356151803436, 2.4621416870348587)),
        (5.0, 0.05, (0.07059631148578512, 0.11689251158198395, 2.341329918229917)),
    ],
)
def test_symmetric_attrition_follows_the_closed_form(
    D: float, r: float, expected: tuple[float, float, float]
) -> None:
    s = 1 - r
    q = (1 + 2 * r * D + s - math.sqrt((1 + 2 * r * D + s) ** 2 - 8 * s * r * D)) / (2 * s)
    result = certificate(model(BY_HAZARD), attrition(q, q), DA=D, DB=D, r=r, split=0.5)
    assert result.regret == pytest.approx(0, abs=1e-14)
    assert result.payoffs["A"] == pytest.approx(q / 2, abs=1e-14)
    assert result.outcomes["disaster"] == pytest.approx(expected[0], abs=1e-12)
    assert result.outcomes["both_quit"] == pytest.approx(expected[1], abs=1e-12)
    assert result.outcomes["forever"] == 0
    assert result.expected_day == pytest.approx(expected[2] - 1 + expected[0], abs=1e-12)


# Alternating offers without a deadline

ALTERNATING = """
players: [A, B]
parameters: {dA: 0.95, dB: 0.9, q: 0, bA: 0, bB: 0}
clock:
  discount: {A: dA, B: dB}
  breakdown: {hazard: q, to: {outcome: strike, payoffs: {A: bA, B: bB}}}
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


def alternating(x: float, y: float) -> Strategies:
    """A offers ``x`` and B ``y``; each accepts just that."""

    def answers(player: str, limit: float) -> tuple[Choice, ...]:
        replies = (Reply(limit, 1, "accept"), Reply(0, limit, "reject"))
        return (pick(player, "accept", replies=replies),)

    return {
        "a_offers": (bid("A", x),),
        "b_answers": answers("B", x),
        "b_offers": (bid("B", y),),
        "a_answers": answers("A", y),
    }


@pytest.mark.parametrize(
    ("dA", "dB", "v"),
    [(0.95, 0.9, 0.6896551724137928), (0.99, 0.99, 0.5025125628140701), (0.5, 0.5, 2 / 3)],
)
def test_alternating_offers_follow_rubinstein(dA: float, dB: float, v: float) -> None:
    assert v == pytest.approx((1 - dB) / (1 - dA * dB), abs=1e-14)
    graph = model(ALTERNATING)
    result = certificate(graph, alternating(1 - v, dA * v), dA=dA, dB=dB)
    assert result.payoffs == {"A": pytest.approx(v), "B": pytest.approx(1 - v)}
    assert result.regret == pytest.approx(0, abs=1e-14)
    assert (result.outcomes["deal"], result.expected_day, result.exact) == (1, 0, False)


def test_a_hazard_bounds_bargaining_without_discounting() -> None:
    v = 0.45353535353535296
    values = {"dA": 1.0, "dB": 1.0, "q": 0.02, "bA": 0.1, "bB": 0.2}
    result = certificate(model(ALTERNATING), alternating(1 - v, 0.02 * 0.1 + 0.98 * v), **values)
    assert result.payoffs["A"] == pytest.approx(v)
    assert result.regret == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("slip", [0.01, -0.01])
def test_an_offer_that_misses_the_responders_value_is_regretted(slip: float) -> None:
    v = 0.1 / 0.145
    result = certificate(model(ALTERNATING), alternating(1 - v + slip, 0.95 * v))
    assert result.regret > 0.001


def test_a_refused_offer_is_regretted_by_what_an_accepted_one_gains() -> None:
    v = 0.1 / 0.145
    strategies = alternating(1 - v, 0.95 * v) | {"a_offers": (bid("A", 0.0),)}
    result = certificate(model(ALTERNATING), strategies)
    # A waits for the day on which B offers 0.95 v, which is then worth 0.95 squared of v.
    assert result.payoffs["A"] == pytest.approx(0.95**2 * v)
    assert result.regret == pytest.approx(v - 0.95**2 * v)


GRID = ALTERNATING.replace("[0, 1]}, next", "[0, 1]}, grid: 5, next")


def test_on_a_grid_alternating_offers_are_exact_and_ties_may_go_either_way() -> None:
    graph, half = model(GRID), {"dA": F(1, 2), "dB": F(1, 2)}

    def at(x: F, y: F) -> Certificate:
        return certificate(graph, alternating(x, y), **half)

    # B waits for half of 1/2: offered 1/4, it may take it or not.
    for x, y in ((F(1, 4), F(1, 2)), (F(1, 2), F(1, 4)), (F(1, 2), F(1, 2))):
        assert (at(x, y).regret, at(x, y).exact) == (F(0), True)
        assert at(x, y).payoffs == {"A": 1 - x, "B": x}
    # Offered 1/4, either would rather wait for half of 3/4.
    assert at(F(1, 4), F(1, 4)).regret == F(1, 8)
    assert at(F(3, 4), F(1, 2)).regret == F(1, 4)


# Shifting power (Powell 2006): the stronger R will be, the less D has to lose today

SHIFTING = """
players: [D, R]
parameters: {d: 0.9, c: 0.2, first: 0.3, last: 0.35}
state: {t: [0, 1]}
define:
  p: where(t == 0, first, last)
  war_R: p / (1 - d) - c
  war_D: (1 - p) / (1 - d) - c
clock: {discount: d}
game:
  open:
    player: D
    actions: {bargain: propose, attack: {outcome: war, payoffs: {D: war_D, R: war_R}}}
  propose: {player: D, offer: {x: [0, 1]}, next: answer}
  answer:
    player: R
    actions:
      accept: {next: open, days: 1, pays: {D: 1 - x, R: x}, set: {t: 1}}
      fight: {outcome: war, payoffs: {D: war_D, R: war_R}}
outcomes: {war: {}, forever: {}}
"""


def shifting(first: str, offers: tuple[float, float]) -> Strategies:
    states = [{"t": 0}, {"t": 1}]
    return {
        "open": (pick("D", first, states[0]), pick("D", "bargain", states[1])),
        "propose": tuple(bid("D", x, state) for x, state in zip(offers, states, strict=True)),
        "answer": tuple(
            pick("R", "accept", state, replies=(Reply(x, 1.0, "accept"), Reply(0.0, x, "fight")))
            for x, state in zip(offers, states, strict=True)
        ),
    }


def test_a_slow_shift_of_power_is_peaceful_for_ever() -> None:
    result = certificate(model(SHIFTING), shifting("bargain", (0.0, 0.33)))
    assert result.payoffs == {"D": pytest.approx(7.03), "R": pytest.approx(2.97)}
    assert result.regret == pytest.approx(0, abs=1e-12)
    assert result.outcomes == {"war": 0, "forever": 1}
    assert list(result.outcomes) == ["war", "forever"]
    assert result.expected_day is None
    hasty = certificate(model(SHIFTING), shifting("attack", (0.0, 0.33)))
    assert hasty.outcomes["war"] == 1
    assert hasty.regret == pytest.approx(7.03 - (0.7 / 0.1 - 0.2))


def test_a_fast_shift_of_power_means_war_at_once() -> None:
    graph = model(SHIFTING)
    war = certificate(graph, shifting("attack", (0.0, 0.55)), last=0.6, c=0.5)
    assert war.payoffs == {"D": pytest.approx(6.5), "R": pytest.approx(2.5)}
    assert war.regret == pytest.approx(0, abs=1e-12)
    peace = certificate(graph, shifting("bargain", (0.0, 0.55)), last=0.6, c=0.5)
    assert peace.regret == pytest.approx(6.5 - (1 + 0.9 * 4.5))


def test_an_offer_too_generous_every_day_is_regretted_for_every_day() -> None:
    strategies = shifting("bargain", (0.0, 0.33)) | {
        "propose": (bid("D", 0.0, {"t": 0}), bid("D", 0.5, {"t": 1}))
    }
    result = certificate(model(SHIFTING), strategies)
    assert result.payoffs["R"] == pytest.approx(0.9 * 0.5 / 0.1)
    assert result.regret == pytest.approx((0.5 - 0.33) / (1 - 0.9))


# The escalation ladder

LADDER = good_model("escalation_ladder")


def ladder(us: str, iran: str, **slips: str) -> Strategies:
    return {
        "exchange": tuple(
            pick(player, slips.get(f"{player}_{rung}", action), {"rung": rung})
            for rung in range(6)
            for player, action in (("US", us), ("Iran", iran))
        )
    }


def test_whoever_is_sure_to_climb_is_yielded_to() -> None:
    result = certificate(LADDER, ladder("climb", "yield"))
    assert (result.regret, result.exact) == (F(0), True)
    assert result.payoffs == {"US": 1, "Iran": 0}
    assert (result.outcomes["us_prevails"], result.expected_day) == (1, 0)


@pytest.mark.parametrize("slip", ["US_0", "US_3", "Iran_0", "Iran_5"])
def test_a_slip_on_any_rung_is_found_out(slip: str) -> None:
    wrong = "yield" if slip.startswith("US") else "climb"
    assert certificate(LADDER, ladder("climb", "yield", **{slip: wrong})).regret > 0


def test_two_climbers_meet_disaster_on_the_top_rung() -> None:
    result = certificate(LADDER, ladder("climb", "climb"))
    # Rungs 2 and 4 by the hazards 0.04 and 0.08, then 0.1 every day.
    assert result.outcomes == dict.fromkeys(LADDER.outcomes, 0) | {"disaster": 1, "forever": 0}
    assert result.ends["disaster"][1] == F(4, 100)
    assert result.ends["disaster"][2] == F(96, 100) * F(8, 100)
    reach_top = F(96, 100) * F(92, 100)
    assert result.expected_day == 1 + F(96, 100) + reach_top * 10


# Naive twins on random models

NODES = 5


def random_model(rng: random.Random, factor: str) -> str:
    """Nodes n0 to n4 of any kind; edges on the same day lead to a later node."""

    def edge(position: int) -> str:
        if rng.random() < 0.2:
            a, b = rng.randint(-4, 4), rng.randint(-4, 4)
            return f"{{outcome: {rng.choice(['x', 'y'])}, payoffs: {{A: {a}, B: {b}}}}}"
        days = rng.randint(0, 2) if position + 1 < NODES else rng.randint(1, 2)
        target = rng.randrange(0 if days else position + 1, NODES)
        pays = f", pays: {{A: {rng.randint(-3, 3)}}}" if rng.random() < 0.5 else ""
        change = f", set: {{s: {rng.randint(0, 1)}}}" if rng.random() < 0.3 else ""
        pause = f", days: {days}" if days else ""
        return f"{{next: n{target}{pause}{pays}{change}}}"

    lines = []
    for k in range(NODES):
        kind = rng.choice(["decision", "decision", "simultaneous", "chance"]) if k else "decision"
        if kind == "decision":
            # The first node leads to every other in both states, so all are reached.
            later = itertools.product(range(NODES), (0, 1)) if not k else ()
            ways = [f"to_{m}_{s}: {{next: n{m}, days: 1, set: {{s: {s}}}}}" for m, s in later]
            ways += [f"{name}: {edge(k)}" for name in "lr"]
            lines += [f"  n{k}: {{player: {rng.choice('AB')}, actions: {{{', '.join(ways)}}}}}"]
        elif kind == "chance":
            lines += [f"  n{k}: {{chance: {{h: (1 + s) / 3, t: rest}}, "]
            lines[-1] += f"next: {{h: {edge(k)}, t: {edge(k)}}}}}"
        else:
            lines += [f"  n{k}:", "    simultaneous: {A: [u, d], B: [l, r]}", "    results:"]
            for when in itertools.product("ud", "lr"):
                lines += [f"      - {{when: [{', '.join(when)}], {edge(k)[1:]}"]
    struck = rng.choice(
        [
            "{outcome: broken, payoffs: {A: -2, B: 1 - s}}",
            "{next: n1, days: 2, pays: {B: 1}, set: {s: 1}}",
        ]
    )
    head = [
        "players: [A, B]",
        f"parameters: {{dA: {factor}, dB: 1/2, h: {rng.choice(['0', '1/5'])}}}",
        "state: {s: [0, 1]}",
        "clock:",
        "  discount: {A: dA, B: dB}",
        f"  breakdown: {{hazard: h * (1 + s), to: {struck}}}",
        "game:",
    ]
    return "\n".join([*head, *lines]) + "\n"


def random_strategies(graph: Graph, rng: random.Random) -> Strategies:
    def choice(player: str, actions: list[str], state: int) -> Choice:
        weights = [rng.randint(0, 2) for _ in actions]
        weights[rng.randrange(len(actions))] += 1
        shares = [F(weight, sum(weights)) for weight in weights]
        return mix(player, dict(zip(actions, shares, strict=True)), {"s": state})

    strategies: dict[str, list[Choice]] = {}
    for name, node in graph.nodes.items():
        for state in (0, 1):
            found = strategies.setdefault(name, [])
            if isinstance(node, Decision):
                found += [choice(node.player, [action.name for action in node.actions], state)]
            elif isinstance(node, Simultaneous):
                found += [choice(p, list(actions), state) for p, actions in node.actions.items()]
    return {name: tuple(choices) for name, choices in strategies.items() if choices}


class Twin:
    """Payoffs and best replies by stepping back many times, in floats."""

    def __init__(self, graph: Graph, strategies: Strategies) -> None:
        self.graph = graph
        self.names = {name: float(p.value) for name, p in graph.parameters.items()}
        self.factors = [self.names["dA"], self.names["dB"]]
        self.play = {
            (node, choice.state["s"], choice.player): choice.play
            for node, choices in strategies.items()
            for choice in choices
        }

    def run(self, i: int, deviating: bool, rounds: int) -> dict[tuple[str, int], float]:
        """What every node is worth to player ``i`` in each state, its own play the best or not."""
        values = {(name, s): 0.0 for name in ["", *self.graph.nodes] for s in (0, 1)}
        for _ in range(rounds):
            before = dict(values)
            for name, s in reversed(values):
                values[name, s] = self.at(name, s, i, deviating, values, before)
        return values

    def at(self, name: str, s: int, i: int, deviating: bool, today: Any, before: Any) -> float:
        def along(edge: Edge) -> float:
            return self.along(edge, s, i, today, before)

        if not name:
            assert self.graph.clock.breakdown is not None
            return along(self.graph.clock.breakdown)
        node, player = self.graph.nodes[name], "AB"[i]
        match node:
            case Terminal():
                return float(number(self.graph, node.payoffs[player], self.names | {"s": s}))
            case Chance():
                return sum(
                    float(number(self.graph, event.probability, self.names | {"s": s}))
                    * along(event.edge)
                    for event in node.events
                )
            case Decision():
                worth = {action.name: along(action.edge) for action in node.actions}
                if deviating and node.player == player:
                    return max(worth.values())
                play = self.play[name, s, node.player]
                return sum(play[action] * value for action, value in worth.items())
            case Simultaneous():
                own = self.play[name, s, player]
                other = self.play[name, s, "BA"[i]]
                worth = dict.fromkeys(own, 0.0)
                for profile, edge in node.results.items():
                    worth[profile[i]] += other[profile[1 - i]] * along(edge)
                if deviating:
                    return max(worth.values())
                return sum(own[action] * value for action, value in worth.items())
        raise AssertionError(name)

    def along(self, edge: Edge, s: int, i: int, today: Any, before: Any) -> float:
        pays = edge.pays.get("AB"[i])
        paid = 0.0 if pays is None else float(number(self.graph, pays, self.names | {"s": s}))
        after = int(number(self.graph, edge.set["s"], {})) if "s" in edge.set else s
        total, alive, d = paid, 1.0, self.factors[i]
        hazard = self.names["h"] * (1 + after)
        for day in range(1, edge.days + 1):
            total += alive * hazard * d**day * before["", after]
            alive *= 1 - hazard
        ahead = (before if edge.days else today)[edge.target, after]
        return total + alive * d**edge.days * ahead


def seeds(quick: int, slow: int) -> list[Any]:
    return [*range(quick), *(pytest.param(k, marks=pytest.mark.slow) for k in range(quick, slow))]


@pytest.mark.parametrize("seed", seeds(8, 80))
def test_payoffs_and_regret_agree_with_stepping_back_far_enough(seed: int) -> None:
    rng = random.Random(seed)
    graph = model(random_model(rng, "3/4"))
    strategies = random_strategies(graph, rng)
    result = certificate(graph, strategies)
    assert result.exact
    twin = Twin(graph, strategies)
    kept, best = ([twin.run(i, deviating, 120) for i in (0, 1)] for deviating in (False, True))
    assert [float(x) for x in result.payoffs.values()] == pytest.approx(
        [values["n0", 0] for values in kept], abs=1e-9
    )
    gains = [best[i][place] - kept[i][place] for i in (0, 1) for place in kept[i]]
    assert float(result.regret) == pytest.approx(max(gains), abs=1e-9)
    floats = {name: float(p.value) for name, p in graph.parameters.items()}
    inexact = certify_markov(graph, floats, strategies)
    assert not inexact.exact
    assert inexact.regret == pytest.approx(float(result.regret), abs=1e-9)
    assert inexact.outcomes == {
        name: pytest.approx(float(share), abs=1e-9) for name, share in result.outcomes.items()
    }


@pytest.mark.parametrize("seed", seeds(4, 40))
def test_a_long_deadline_changes_nothing_before_it(seed: int) -> None:
    rng = random.Random(100 + seed)
    text = random_model(rng, "1/2")
    graph = model(text)
    strategies = random_strategies(graph, rng)
    endless = certificate(graph, strategies)
    expires = "  deadline: 60\n  expires: {outcome: late, payoffs: {A: 0, B: 0}}\n"
    limited = model(text.replace("clock:\n", "clock:\n" + expires))
    daily = {
        name: tuple(replace(choice, day=day) for choice in choices for day in range(60))
        for name, choices in strategies.items()
    }
    values = {name: parameter.value for name, parameter in limited.parameters.items()}
    finite = certify(limited, values, daily)
    for player, payoff in endless.payoffs.items():
        assert abs(payoff - finite.payoffs[player]) < F(1, 2**50)
    for outcome, by_day in endless.ends.items():
        known = finite.ends[outcome]
        for day in range(60):
            assert by_day.get(day, 0) == pytest.approx(known.get(day, 0), rel=1e-12, abs=1e-12)


# The clock

WAIT = """
players: [A]
parameters: {d: 9/10, h: 1/4}
state: {s: [0, 1]}
clock:
  discount: d
  breakdown:
    hazard: where(s == 0, h, 0)
    to: {next: over, days: 2, pays: {A: 7 - s}, set: {s: 1}}
game:
  watch: {player: A, actions: {wait: {next: watch, days: 3, pays: {A: 1}}}}
  over: {outcome: over, payoffs: {A: 4 * s}}
"""
WATCH = {"watch": (pick("A", "wait", {"s": 0}),)}


def test_a_breakdown_pays_sets_and_takes_its_days() -> None:
    d, h = F(9, 10), F(1, 4)
    result = certificate(model(WAIT), WATCH)
    calm = d * (1 - h)
    struck = 7 + d**2 * 4
    value = (1 + d * h * struck * (1 + calm + calm**2)) / (1 - calm**3)
    assert (result.payoffs["A"], result.regret, result.exact) == (value, 0, True)
    assert result.expected_day == 1 / h + 2
    assert result.ends["over"][3] == h
    assert result.ends["over"][9] == (1 - h) ** 6 * h


def test_a_sure_hazard_ends_the_first_night() -> None:
    result = certificate(model(WAIT), WATCH, h=F(1))
    assert (result.outcomes["over"], result.expected_day) == (1, 3)
    assert result.ends["over"] == {3: 1}


def test_what_does_not_count_tomorrow_is_worth_nothing_today() -> None:
    graph = model(WAIT.replace("4 * s", "exp(10 ** 9)"))
    result = certificate(graph, WATCH, d=F(0))
    assert (result.payoffs["A"], result.regret) == (1, 0)


def test_play_that_can_go_on_undiscounted_is_refused() -> None:
    message = "the discount factor of B is 1 where play can go on for ever, at 'a_offers', without"
    with pytest.raises(ParameterError, match=message):
        certificate(model(ALTERNATING), alternating(0.5, 0.5), dB=1.0)
    message = "the discount factor of A is 1 .*'watch'"
    with pytest.raises(ParameterError, match=message):
        certificate(model(WAIT), WATCH, d=F(1), h=F(0))
    assert certificate(model(WAIT), WATCH, d=F(1)).payoffs["A"] == 7 + 4 + 1 / (1 - F(27, 64))
    with pytest.raises(ParameterError, match=r"the discount factor of A is not in \[0, 1\]"):
        certificate(model(WAIT), WATCH, d=F(11, 10))


def test_a_single_state_without_a_hazard_is_enough_to_be_refused() -> None:
    with pytest.raises(ParameterError, match=r"the discount factor of US is 1 .*'exchange'"):
        certificate(LADDER, ladder("climb", "yield"), d=F(1))


def test_chance_that_an_offer_steers_bounds_nothing() -> None:
    graph = model("""
players: [A]
game:
  risk: {player: A, offer: {x: [0, 1]}, next: luck}
  luck:
    chance: {fall: x, stand: rest}
    next:
      fall: {outcome: fall, payoffs: {A: 0}}
      stand: {next: risk, days: 1, pays: {A: 1}}
""")
    with pytest.raises(ParameterError, match=r"the discount factor of A is 1 .*'risk'"):
        certificate(graph, {"risk": (bid("A", 0.5),)})


def test_play_may_go_on_for_ever_with_some_probability() -> None:
    graph = model("""
players: [A]
parameters: {d: 1/2}
clock: {discount: d}
game:
  draw: {chance: {war: 1/3, talks: 1/3, peace: 1/3}, next: {war: fight, talks: talk, peace: rest_}}
  talk: {player: A, actions: {again: {next: draw, days: 1}}}
  fight: {outcome: war, payoffs: {A: 6}}
  rest_: {player: A, actions: {stay: {next: rest_, days: 1, pays: {A: 1}}}}
""")
    strategies = {"talk": (pick("A", "again"),), "rest_": (pick("A", "stay"),)}
    result = certificate(graph, strategies)
    assert result.outcomes == {"war": F(1, 2), "forever": F(1, 2)}
    assert result.expected_day is None
    assert result.payoffs["A"] == F(2 + F(2, 3)) / (1 - F(1, 6))
    assert result.ends["war"][2] == F(1, 27)
    assert 24 <= max(result.ends["war"]) <= 26  # a third to the power of 25 is 1.2e-12


# Payoffs that are no numbers

STOP = """
players: [A]
parameters: {d: 1/2, big: 1000, zero: 0}
clock: {discount: d}
game:
  watch:
    player: A
    actions:
      wait: {next: watch, days: 1}
      stop: {outcome: stop, payoffs: {A: 1}}
      rage: {outcome: rage, payoffs: {A: RAGE}}
"""


def test_an_undefined_payoff_leaves_the_regret_undefined() -> None:
    result = certificate(model(STOP.replace("RAGE", "1 / zero")), {"watch": (pick("A", "stop"),)})
    assert (result.payoffs["A"], result.outcomes["stop"]) == (1, 1)
    assert math.isnan(result.regret)
    assert not result.exact


def test_an_infinite_payoff_is_an_infinite_regret_until_it_is_taken() -> None:
    graph = model(STOP.replace("RAGE", "exp(big)"))
    assert certificate(graph, {"watch": (pick("A", "stop"),)}).regret == math.inf
    halves = mix("A", {"wait": F(1, 2), "stop": F(0), "rage": F(1, 2)})
    result = certificate(graph, {"watch": (halves,)})
    assert (result.payoffs["A"], result.regret) == (math.inf, 0)


def test_never_stopping_is_regretted_by_what_stopping_pays() -> None:
    graph = model(STOP.replace("RAGE", "0 - 1"))
    result = certificate(graph, {"watch": (pick("A", "wait"),)})
    assert (result.payoffs["A"], result.regret, result.outcomes["forever"]) == (0, 1, 1)


# What is refused


def test_strategies_that_leave_a_place_open_are_refused() -> None:
    calm = {"round": tuple(choice for choice in GRIM["round"] if not choice.state["breach"])}
    with pytest.raises(SolverError, match=r"no choice of A at 'round' in state breach = 1$"):
        certificate(BREACH, calm)
    twice = {"round": (*GRIM["round"], replace(GRIM["round"][0], day=4))}
    with pytest.raises(SolverError, match="two choices of A at 'round' in state breach = 0"):
        certificate(BREACH, twice)
    with pytest.raises(ParameterError, match="the hazard is 2, outside"):
        certificate(BREACH, GRIM, h=F(2))


def test_games_that_know_the_day_or_hide_moves_are_refused() -> None:
    limited = BY_HAZARD.replace(
        "clock: {", "clock: {deadline: 3, expires: {outcome: late, payoffs: {A: 0, B: 0}}, "
    )
    with pytest.raises(UnsupportedGame, match="a deadline"):
        certificate(model(limited), attrition(F(1), F(1)))
    secret = BY_HAZARD + 'private: {A: {c: "uniform(0, 1)"}}\n'
    with pytest.raises(UnsupportedGame, match="private information"):
        certificate(model(secret), attrition(F(1), F(1)))
    hidden = BY_HAZARD.replace("  standoff:\n", "  standoff:\n    observed_by: [A]\n")
    with pytest.raises(UnsupportedGame, match="the hidden move at 'standoff'"):
        certificate(model(hidden), attrition(F(1), F(1)))
    dated = "players: [A]\ngame:\n  end: {outcome: end, payoffs: {A: day}}\n"
    with pytest.raises(UnsupportedGame, match="reads the day"):
        certificate(model(dated), {})


def test_a_game_of_too_many_places_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markov_places, "MAX_PLACES", 3)
    with pytest.raises(UnsupportedGame, match="more than 3 places"):
        certificate(model(ALTERNATING), alternating(0.5, 0.5))


def test_a_game_that_ends_has_the_same_certificate_either_way() -> None:
    graph = model(
        BY_CHANCE.replace("next: standoff, days: 1", "outcome: calm, payoffs: {A: 1, B: 0}")
    )
    strategies = attrition(F(1, 3), F(1, 4))
    values = {name: parameter.value for name, parameter in graph.parameters.items()}
    markov, finite = certify_markov(graph, values, strategies), certify(graph, values, strategies)
    assert markov == replace(finite, outcomes=finite.outcomes | {"forever": 0})


# Linear systems


@pytest.mark.parametrize("seed", range(20))
def test_components_are_what_reaches_each_other_and_stand_behind_what_they_lead_to(
    seed: int,
) -> None:
    rng = random.Random(seed)
    size = rng.randint(1, 14)
    ways = {k: rng.choices(range(size), k=rng.randint(0, 3)) for k in range(size)}
    reach = {k: {k} for k in ways}
    for _ in ways:
        for k, targets in ways.items():
            reach[k] |= set().union(*(reach[target] for target in targets))
    found = components(ways)
    assert sorted(itertools.chain(*found)) == list(ways)
    for position, block in enumerate(found):
        assert {c for c in reach[block[0]] if block[0] in reach[c]} == set(block)
        behind = set(itertools.chain(*found[: position + 1]))
        assert all(set(ways[k]) <= behind for k in block)


@pytest.mark.parametrize("size", [5, 99, 400])
def test_a_random_walk_is_solved_in_rationals_and_in_floats(size: int) -> None:
    rows = {k: {c: F(9, 20) for c in (k - 1, k + 1) if 0 <= c < size} for k in range(size)}
    constants = {k: F(k % 7) for k in range(size)}
    exact = solve(rows, constants)
    for k in range(size):
        assert exact[k] == constants[k] + sum(w * exact[c] for c, w in rows[k].items())
    floats = solve(
        {k: {c: float(w) for c, w in row.items()} for k, row in rows.items()},
        {k: float(c) for k, c in constants.items()},
    )
    assert list(floats.values()) == pytest.approx([float(x) for x in exact.values()], rel=1e-13)


def test_a_system_whose_rationals_grow_too_long_is_solved_in_floats() -> None:
    size = 1001
    rows = {k: {(k + 1) % size: F(99, 100)} for k in range(size)}
    solution = solve(rows, dict.fromkeys(range(size), F(1)))
    assert list(solution.values()) == pytest.approx([100.0] * size, rel=1e-12)
    assert isinstance(solution[0], float)


def test_floats_far_off_the_path_make_the_certificate_inexact() -> None:
    graph = model("""
players: [A]
state: {t: [0, 1000]}
clock: {discount: 9/10}
game:
  watch: {player: A, actions: {stop: {outcome: stop, payoffs: {A: 1}}, go: ring}}
  ring: {player: A, actions: {on: {next: ring, days: 1, set: {t: "where(t == 1000, 0, t + 1)"}}}}
""")
    on = tuple(pick("A", "on", {"t": t}) for t in range(1001))
    result = certificate(graph, {"watch": (pick("A", "stop", {"t": 0}),), "ring": on})
    assert (result.payoffs["A"], result.regret, result.exact) == (1, 0, False)


def test_a_system_that_keeps_all_is_refused() -> None:
    with pytest.raises(SolverError, match="too little is left behind"):
        solve({0: {1: 1.0}, 1: {0: 1.0}}, {0: 1.0, 1: 0.0})
    ring = {k: {(k + 1) % 150: 1.0} for k in range(150)}
    with pytest.raises(SolverError, match="floats cannot tell the payoffs"):
        solve(ring, dict.fromkeys(ring, 1.0))
