"""Models of some hundred thousand (node, state) pairs: read, expanded, and bounded."""

from __future__ import annotations

import pickle
from collections import Counter
from functools import cache

import pytest

from gametheory_crisis.compiler.stages import stage_game
from gametheory_crisis.errors import ModelError
from gametheory_crisis.games.stage import Kind, Phase, StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.language.states import find_cycle

FRONTS = """
format: 1
title: Escalation on two fronts
players: [A, B]
parameters: {{T: {{value: 60, integer: true}}, risk: 0.02, ruin: 20, prize: 1, q: 0.3}}
state: {{a: [0, {top}], b: [0, {top}]}}
define: {{heat: "max(a, b) / 100"}}
clock:
  {deadline}
  discount: 0.98
  breakdown: {{hazard: risk * (a + b) / 200, to: disaster}}
game:
  exchange:
    simultaneous: {{A: [climb, hold, yield], B: [climb, hold, yield]}}
    results:
      - {{when: [climb, climb], next: both, pays: {{A: -a, B: -b * (1 + q)}}}}
      - {{when: [climb, hold], next: ahead, pays: {{A: -a}}}}
      - {{when: [hold, climb], next: exchange, days: 1, set: {{b: "min(b + 1, {top})"}}}}
      - {{when: [hold, hold], next: lull}}
      - {{when: [yield, "*"], outcome: b_wins, payoffs: {{A: 0, B: prize - heat}}}}
      - {{when: [climb, yield], outcome: a_wins, payoffs: {{A: prize - heat, B: 0}}}}
      - {{when: [hold, yield], outcome: a_wins, payoffs: {{A: prize, B: -heat}}}}
  both:
    chance: {{contained: 1 - q * heat, runaway: rest}}
    next:
      contained:
        {{next: exchange, days: 1, set: {{a: "min(a + 1, {top})", b: "min(b + 1, {top})"}}}}
      runaway:
        {{next: exchange, days: 1, set: {{a: "min(a + 2, {top})", b: "min(b + 2, {top})"}}}}
  ahead:
    player: B
    actions:
      match: {{next: exchange, days: 1, set: {{a: "min(a + 1, {top})", b: "max(b, a)"}}}}
      bear: {{next: exchange, days: 1, set: {{a: "min(a + 1, {top})"}}, pays: {{B: -heat}}}}
      call: {{if: a > b, next: bluff}}
  bluff:
    simultaneous: {{A: [stand, fold], B: [stand, fold]}}
    results:
      - {{when: [stand, stand], outcome: war, payoffs: {{A: -ruin * a, B: -ruin * b}}}}
      - {{when: [stand, fold], next: exchange, days: 1, set: {{b: "max(b - 1, 0)"}}}}
      - {{when: [fold, stand], next: exchange, days: 1, set: {{a: "max(a - 1, 0)"}}}}
      - {{when: [fold, fold], next: lull}}
  lull:
    player: A
    actions:
      wait: {{next: exchange, days: 1, set: {{a: "max(a - 1, 0)", b: "max(b - 1, 0)"}}}}
      offer: reply
  reply:
    player: B
    actions:
      accept: {{outcome: deal, payoffs: {{A: (1 + a) / (2 + a + b), B: (1 + b) / (2 + a + b)}}}}
      reject: {{next: exchange, days: 1, set: {{b: "min(b + 1, {top})"}}}}
  disaster: {{outcome: disaster, payoffs: {{A: -ruin * heat, B: -ruin * heat}}}}
{talks}
"""
DEADLINE = {
    "deadline": "deadline: T\n  expires: talks",
    "talks": "  talks: {outcome: deal, payoffs: {A: 1 / 2 - (b - a) / 400, B: 1 / 2}}",
}
OPEN = {"deadline": "doc: play has no deadline", "talks": ""}
TOP = 89
HEAD = "format: 1\ntitle: t\nplayers: [A]\n"


def fronts(top: int, clock: dict[str, str]) -> Graph:
    text = FRONTS.format(top=top, **clock)
    if clock is OPEN:
        text = text.replace("T: {value: 60, integer: true}, ", "")
    return read_model(text.encode(), "fronts.yaml")


@cache
def large() -> StageGame:
    """A dozen nodes in each of 8,100 states, with the nights between their days."""
    return stage_game(fronts(TOP, DEADLINE))


def test_a_large_model_has_a_position_for_every_node_and_state():
    game = large()
    counts = Counter(p.node for p in game.positions if p.kind is not Kind.NIGHT)
    for node in ("exchange", "both", "ahead", "lull", "reply", "disaster", "talks"):
        assert counts[node] >= (TOP + 1) ** 2
    # B can be called at every state in which it trails.
    assert counts["bluff"] == TOP * (TOP + 1) // 2
    places = {(p.node, p.state, p.phase, p.kind is Kind.NIGHT) for p in game.positions}
    assert len(places) == len(game.positions) > 100_000


def test_every_position_of_a_large_model_is_led_to():
    game = large()
    reached = {game.start}
    for position in game.positions:
        reached.update(branch.target for branch in position.branches)
        if position.night is not None:
            night = position.night
            reached.update((night.tomorrow, night.breakdown, night.tomorrow_at_deadline))
            reached.add(night.breakdown_at_deadline)
    assert reached - {None} == set(range(len(game.positions)))


def test_a_day_of_a_large_model_moves_to_positions_solved_before():
    for index, position in enumerate(large().positions):
        assert all(branch.target < index for branch in position.branches)


def test_positions_of_a_large_model_lead_where_the_state_says():
    positions = large().positions
    for position in positions:
        if position.node != "both" or position.kind is Kind.NIGHT:
            continue
        a, b = position.state
        for branch, step in zip(position.branches, (1, 2), strict=False):
            dusk = positions[branch.target]
            assert dusk.kind is Kind.NIGHT
            assert dusk.state == (min(a + step, TOP), min(b + step, TOP))


def test_numbers_of_a_large_model_read_the_state():
    game = large()
    values = {"T": 60, "risk": 0.02, "ruin": 20, "prize": 1, "q": 0.3}
    evaluator = Evaluator(game.tape, values, exact=False)
    for position in game.positions[::97]:
        if position.node != "reply.accept":
            continue
        a, b = position.state
        expected = [(1 + a) / (2 + a + b), (1 + b) / (2 + a + b)]
        assert [evaluator.value(slot) for slot in position.payoffs] == expected


def test_equal_numbers_of_a_large_model_share_a_slot():
    game = large()
    hazards = {p.state: p.night.hazard for p in game.positions if p.night and p.night.hazard}
    assert len({a + b for a, b in hazards}) == len(set(hazards.values()))
    assert len(game.tape) < len(game.positions) // 5


def test_the_part_of_a_large_model_in_small_states_is_that_of_a_small_model():
    # In the interior the two models have the same moves, so the same numbers and states follow.
    small = stage_game(fronts(9, DEADLINE))

    def moves(game: StageGame) -> dict[object, object]:
        return {
            (p.node, p.state, p.phase, p.kind): [
                (branch.label, game.positions[branch.target].node, len(branch.pays))
                for branch in p.branches
            ]
            for p in game.positions
            if max(p.state) < 7 and p.phase is not Phase.LATE
        }

    assert moves(large()).items() >= moves(small).items()


def test_a_large_model_without_a_deadline_goes_on_for_ever():
    graph = fronts(30, OPEN)
    assert graph.cycle[0] == graph.cycle[-1]
    game = stage_game(graph)
    assert game.endless
    assert not any(position.repeats for position in game.positions)
    assert {position.phase for position in game.positions} == {Phase.RUNNING}


def test_a_counter_that_stops_play_leaves_no_cycle():
    text = (
        HEAD
        + """
state: {t: [0, 5000], s: [0, 1]}
game:
  a:
    player: A
    actions:
      go: {if: t < 5000, next: b, days: 1, set: {t: t + 1, s: 1 - s}}
      stop: {outcome: o, payoffs: {A: t + s}}
  b: {player: A, actions: {back: a}}
"""
    )
    graph = read_model(text.encode(), "m.yaml")
    assert graph.cycle == ()
    game = stage_game(graph)
    assert not game.endless
    ends = {p.state for p in game.positions if p.kind is Kind.TERMINAL}
    assert ends == {(t, t % 2) for t in range(5001)}


def test_a_breakdown_that_can_follow_a_breakdown_goes_on_for_ever():
    text = (
        HEAD
        + """
clock: {discount: 0.9, breakdown: {hazard: 1/2, to: {next: b, days: 1}}}
game:
  a: {player: A, actions: {go: {next: b, days: 1}}}
  b: {outcome: o, payoffs: {A: 1}}
"""
    )
    graph = read_model(text.encode(), "m.yaml")
    assert graph.cycle == ("(breakdown)", "(breakdown)")
    game = stage_game(graph)
    assert game.endless
    # a, the night to b, the breakdown on it, and b
    assert len(game.positions) == 4


def test_an_undefined_branch_that_is_not_chosen_changes_no_state():
    text = (
        HEAD
        + """
state: {s: [0, 3]}
game:
  a:
    player: A
    actions:
      stop: {outcome: o, payoffs: {A: s}}
      on: {if: s < 3, next: a, days: 1, set: {s: "where(s == 0, 1, s + s / s)"}}
"""
    )
    game = stage_game(read_model(text.encode(), "m.yaml"))
    assert {p.state for p in game.positions if p.kind is Kind.TERMINAL} == {(s,) for s in range(4)}


def test_a_large_graph_is_pickled_without_its_states():
    graph = fronts(20, DEADLINE)
    text = pickle.dumps(graph)
    assert len(text) == len(pickle.dumps(fronts(30, DEADLINE)))
    assert stage_game(pickle.loads(text)) == stage_game(graph)


def wide(count: int) -> str:
    actions = ", ".join(
        f'u{k}: {{next: a, days: 1, set: {{s{k % 3}: "min(s{k % 3} + {k}, 999)"}}}}'
        for k in range(1, count)
    )
    states = ", ".join(f"s{k}: [0, 999]" for k in range(3))
    return f"state: {{{states}}}\ngame: {{a: {{player: A, actions: {{{actions}}}}}}}"


def long_sum(term: str) -> str:
    terms = " + ".join(term.format(k=k) for k in range(1, 60))
    change = f'"min(s0 + 1, 99 + 0 * ({terms}))"'
    grow = "u: {next: a, days: 1, set: {s1: 's1 + 1'}, if: s1 < 9999}"
    return (
        "state: {s0: [0, 99], s1: [0, 9999]}\n"
        f"game: {{a: {{player: A, actions: {{v: {{next: a, days: 1, set: {{s0: {change}}}}}, "
        f"{grow}}}}}}}"
    )


@pytest.mark.parametrize(
    "body", [wide(900), long_sum("s0 * {k} * s1"), long_sum("s0 / (s1 + {k})")]
)
def test_play_that_takes_too_long_to_follow_is_refused(body):
    with pytest.raises(ModelError, match=r"state: .* more than [\d,]+ (steps|pairs)"):
        read_model((HEAD + body).encode(), "m.yaml")


def test_a_cycle_is_found_wherever_it_stands():
    length = 50_000
    chain = [(k + 1,) for k in range(length)]
    assert find_cycle([*chain, ()], range(length)) is None
    assert find_cycle([*chain, (length - 2,)], range(length)) == [
        length - 2,
        length - 1,
        length,
        length - 2,
    ]
    assert find_cycle([(1,), (2, 1), ()], [0]) == [1, 1]
    assert find_cycle([(), (1,)], [0]) is None
