"""Laws of stationary play as the limit of ever longer games, held against closed forms."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction as F
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from naive import number

from gametheory_crisis.compiler.stages import stage_game
from gametheory_crisis.errors import (
    ModelError,
    NotFinite,
    ParameterError,
    SolverError,
    UnsupportedGame,
)
from gametheory_crisis.games.stage import StageGame
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Edge,
    Graph,
    Offer,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.results import Choice
from gametheory_crisis.solvers.one_day import Decided
from gametheory_crisis.solvers.recursion import Profile
from gametheory_crisis.solvers.stochastic.components import strongly_connected
from gametheory_crisis.solvers.stochastic.first_passage import ever_reached
from gametheory_crisis.solvers.stochastic.limit import StationaryLimit, stationary_limit
from gametheory_crisis.solvers.strategies import stationary_strategies
from gametheory_crisis.solvers.values import Value

CLOSE = 1e-10
Data = dict[str, Any]


class Solved:
    """A model, its stationary limit at a point, and the strategies that it shows."""

    def __init__(self, data: Data | str, /, **limits: Any) -> None:
        if not isinstance(data, str):
            data = json.dumps(data)
        text = f"{{format: 1, title: a test, {data.strip()[1:]}"
        self.graph: Graph = read_model(text.encode(), "test.yaml")
        self.game: StageGame = stage_game(self.graph)
        self.point = {name: parameter.value for name, parameter in self.graph.parameters.items()}
        self.limit: StationaryLimit = stationary_limit(self.game, self.point, **limits)

    @property
    def payoffs(self) -> dict[str, float]:
        return dict(zip(self.game.players, self.limit.profile.value.payoffs, strict=True))

    @property
    def outcomes(self) -> dict[str, float]:
        found = self.limit.profile.value.outcomes
        return {self.game.outcomes[k]: float(chance) for k, chance in found.items()}

    @property
    def strategies(self) -> dict[str, tuple[Choice, ...]]:
        return stationary_strategies(self.game, self.point, self.limit.profile)

    def gain(self) -> float:
        """The most that anyone gains by deviating once, anywhere."""
        return Twin(self.graph, self.point, self.strategies).gain()


class Twin:
    """One-shot deviations from a stationary profile, read from the graph in plain floats."""

    def __init__(
        self, graph: Graph, point: Mapping[str, Any], strategies: Mapping[str, tuple[Choice, ...]]
    ) -> None:
        self.graph = graph
        self.point = {name: float(value) for name, value in point.items()}
        self.players = tuple(graph.players)
        self.choices = {
            (node, choice.player, tuple(choice.state.values())): choice
            for node, choices in strategies.items()
            for choice in choices
        }
        self.values: dict[tuple[str, tuple[int, ...]], np.ndarray] = {}
        self.discount = np.array(
            [number(graph, graph.clock.discount[p], self.point) for p in self.players], float
        )
        self._evaluate()

    def _evaluate(self) -> None:
        """Values at dawn by repeated play of the profile, all days alike."""
        start = tuple(variable.start for variable in self.graph.state.values())
        self.values = {(self.graph.start, start): np.zeros(len(self.players))}
        for _ in range(200_000):
            before = dict(self.values)
            for node, state in before:
                self.values[node, state] = self.worth(node, state, {})
            old = {key: before.get(key, np.inf) for key in self.values}
            if all(np.all(np.abs(self.values[k] - old[k]) < 1e-15) for k in self.values):
                return
        raise AssertionError("the twin's values do not settle")

    def names(self, state: tuple[int, ...], offers: Mapping[str, float]) -> dict[str, Any]:
        return {**self.point, **dict(zip(self.graph.state, state, strict=True)), **offers}

    def read(self, handle: int, names: Mapping[str, Any]) -> Any:
        return number(self.graph, handle, names)

    def along(self, edge: Edge, state: tuple[int, ...], offers: Mapping[str, float]) -> np.ndarray:
        names = self.names(state, offers)
        pays = np.array(
            [float(self.read(edge.pays[p], names)) if p in edge.pays else 0.0 for p in self.players]
        )
        after = dict(zip(self.graph.state, state, strict=True))
        after |= {name: int(self.read(handle, names)) for name, handle in edge.set.items()}
        later = tuple(after.values())
        if not edge.days:
            return pays + self.worth(edge.target, later, offers)
        clock = self.graph.clock
        hazard = 0.0
        if clock.hazard is not None:
            hazard = float(self.read(clock.hazard, self.names(later, {})))
        total, stays = pays, 1.0
        for day in range(1, edge.days + 1):
            if hazard:
                assert clock.breakdown is not None
                end = self.along(clock.breakdown, later, {})
                total = total + stays * hazard * self.discount**day * end
            stays *= 1 - hazard
        value = self.values.setdefault((edge.target, later), np.zeros(len(self.players)))
        return total + stays * self.discount**edge.days * value

    def options(
        self, node: str, state: tuple[int, ...], offers: Mapping[str, float]
    ) -> dict[tuple[str, ...], np.ndarray]:
        """What each action, or each profile of actions, is worth."""
        at = self.graph.nodes[node]
        names = self.names(state, {})
        if isinstance(at, Simultaneous):
            profiles = product(*at.actions.values())
            return {p: self.along(at.results[p], state, offers) for p in profiles}
        assert isinstance(at, Decision)
        return {
            (action.name,): self.along(action.edge, state, offers)
            for action in at.actions
            if action.condition is None or self.read(action.condition, names)
        }

    def shares(
        self, node: str, player: str, state: tuple[int, ...], offers: Mapping[str, float]
    ) -> Mapping[str, float]:
        choice = self.choices[node, player, state]
        for reply in choice.replies:
            offered = next(iter(offers.values()))
            if float(reply.low) <= offered <= float(reply.high):
                return {reply.play: 1.0}
        assert not choice.replies
        return choice.play

    def worth(self, node: str, state: tuple[int, ...], offers: Mapping[str, float]) -> np.ndarray:
        at = self.graph.nodes[node]
        names = self.names(state, offers)
        match at:
            case Terminal():
                return np.array([float(self.read(at.payoffs[p], names)) for p in self.players])
            case Chance():
                chances = [float(self.read(event.probability, names)) for event in at.events]
                return sum(
                    chance * self.along(event.edge, state, offers)
                    for chance, event in zip(chances, at.events, strict=True)
                    if chance
                )
            case Offer():
                made = self.choices[node, at.player, state].offer
                assert made is not None
                return self.along(at.edge, state, {**offers, at.variable: float(made)})
        movers = [at.player] if isinstance(at, Decision) else list(at.actions)
        mixes = [self.shares(node, player, state, offers) for player in movers]
        return sum(
            math.prod(mix.get(a, 0.0) for mix, a in zip(mixes, actions, strict=True)) * value
            for actions, value in self.options(node, state, offers).items()
        )

    def gain(self) -> float:
        return max(self.gains(), default=0.0)

    def gains(self) -> Iterator[float]:
        for node, player, state in self.choices:
            at = self.graph.nodes[node]
            i = self.players.index(player)
            for offers in self.offers_before(node):
                here = self.worth(node, state, offers)[i]
                if isinstance(at, Offer):
                    for made in self.numbers(at, state):
                        value = self.along(at.edge, state, {**offers, at.variable: made})[i]
                        yield value - here
                elif isinstance(at, Decision):
                    for value in self.options(node, state, offers).values():
                        yield value[i] - here
                else:
                    yield from self.stage_gains(node, player, state, offers, here)

    def stage_gains(
        self,
        node: str,
        player: str,
        state: tuple[int, ...],
        offers: Mapping[str, float],
        here: float,
    ) -> Iterator[float]:
        at = self.graph.nodes[node]
        assert isinstance(at, Simultaneous)
        movers = list(at.actions)
        axis = movers.index(player)
        mixes = [self.shares(node, other, state, offers) for other in movers]
        worth = dict.fromkeys(at.actions[player], 0.0)
        for actions, value in self.options(node, state, offers).items():
            others = (mixes[k].get(a, 0.0) for k, a in enumerate(actions) if k != axis)
            worth[actions[axis]] += math.prod(others) * value[self.players.index(player)]
        for value in worth.values():
            yield value - here

    def numbers(self, at: Offer, state: tuple[int, ...]) -> list[float]:
        names = self.names(state, {})
        if at.grid is not None:
            return [float(self.read(handle, names)) for handle in at.grid]
        low, high = (float(self.read(end, names)) for end in (at.low, at.high))
        return [low + (high - low) * k / 64 for k in range(65)]

    def offers_before(self, node: str) -> list[dict[str, float]]:
        """Every offer that a node may answer, the breakpoints of its rules and their sides."""
        found: list[dict[str, float]] = []
        for name, at in self.graph.nodes.items():
            if isinstance(at, Offer) and node in self._answers(name):
                start = tuple(variable.start for variable in self.graph.state.values())
                numbers = self.numbers(at, start)
                if at.grid is None:
                    ends = [e for e in self._breakpoints(node) if numbers[0] <= e <= numbers[-1]]
                    numbers = sorted({*numbers, *ends})
                found += [{at.variable: x} for x in numbers]
        return found or [{}]

    def _breakpoints(self, node: str) -> Iterator[float]:
        for (place, _, _), choice in self.choices.items():
            for reply in choice.replies if place == node else ():
                for end in (float(reply.low), float(reply.high)):
                    yield from (end - 1e-9, end, end + 1e-9)

    def _answers(self, name: str) -> set[str]:
        """Nodes below an offer on the same day."""
        at = self.graph.nodes[name]
        assert isinstance(at, Offer)
        found, stack = set(), [at.edge]
        while stack:
            edge = stack.pop()
            if edge.days == 0 and edge.target not in found:
                found.add(edge.target)
                below = self.graph.nodes[edge.target]
                if isinstance(below, Decision):
                    stack += [action.edge for action in below.actions]
                elif isinstance(below, Chance):
                    stack += [event.edge for event in below.events]
        return found


# Alternating offers


def alternating(
    first: str = "a_offers", *, reject: Data | None = None, leave: Data | None = None, **more: Any
) -> Data:
    """A and B take turns in offering a division of 1; ``reject`` and ``leave`` are added."""

    def answer(player: str, share: str, following: str) -> Data:
        keep = f"1 - {share}"
        payoffs = {player: share, "AB".replace(player, ""): keep}
        ways: Data = {"accept": {"outcome": "deal", "payoffs": payoffs}}
        if leave and player == "B":
            ways["leave"] = leave
        return {
            "player": player,
            "actions": {**ways, "reject": {"next": following, "days": 1, **(reject or {})}},
        }

    game = {
        "a_offers": {"player": "A", "offer": {"x": [0, 1]}, "next": "b_answers"},
        "b_answers": answer("B", "x", "b_offers"),
        "b_offers": {"player": "B", "offer": {"y": [0, 1]}, "next": "a_answers"},
        "a_answers": answer("A", "y", "a_offers"),
    }
    clock = {"discount": {"A": "d1", "B": "d2"}, **more.pop("clock", {})}
    return {"players": ["A", "B"], "clock": clock, "start": first, "game": game, **more}


def test_alternating_offers_end_at_once_with_rubinsteins_division() -> None:
    for d1, d2 in product((0, 0.3, 0.9, 0.95, 0.99, 0.9999), (0, 0.5, 0.9, 0.999)):
        share = (1 - d2) / (1 - d1 * d2)
        for first, expected in (("a_offers", share), ("b_offers", d1 * share)):
            found = Solved(alternating(first, parameters={"d1": d1, "d2": d2}))
            assert found.limit.converged
            assert found.limit.gap <= 1e-15
            assert found.payoffs["A"] == pytest.approx(expected, abs=CLOSE)
            assert found.payoffs["B"] == pytest.approx(1 - expected, abs=CLOSE)
            assert found.outcomes == {"deal": 1}
            assert found.limit.profile.value.day == 0
            assert not found.limit.notes


def test_patient_players_take_no_more_days() -> None:
    almost = "999999/1000000"
    found = Solved(alternating(parameters={"d1": almost, "d2": almost}))
    assert found.limit.converged
    assert found.limit.days < 100
    assert found.payoffs["A"] == pytest.approx(1 / (1 + float(F(almost))), abs=CLOSE)


def breakdown(d1: float, d2: float, hazard: float, b1: float, b2: float, first: str) -> Solved:
    strike = {"outcome": "strike", "payoffs": {"A": "b1", "B": "b2"}}
    return Solved(
        alternating(
            first,
            parameters={"d1": d1, "d2": d2, "q": hazard, "b1": b1, "b2": b2},
            clock={"breakdown": {"hazard": "q", "to": strike}},
        )
    )


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((1, 1, 0.02, 0.1, 0.2, "a_offers"), 0.45353535353535296),
        ((0.99, 0.99, 0.05, 0.3, 0, "b_offers"), 0.6132851491537084),
    ],
)
def test_a_hazard_of_breakdown_bounds_the_game_and_moves_the_division(
    numbers: Any, expected: float
) -> None:
    found = breakdown(*numbers)
    assert found.limit.converged
    assert found.payoffs["A"] == pytest.approx(expected, abs=CLOSE)
    assert found.gain() < 1e-12


@pytest.mark.parametrize(
    ("d1", "d2", "outside", "expected"),
    [
        (0.95, 0.9, 0.31, 0.6896551724137928),
        (0.95, 0.9, 0.5, 0.5),
        (0.99, 0.99, 0.6, 0.4),
        # The option that binds exactly: whoever is indifferent takes the earliest action.
        (0.9, 0.9, 0.9 / 1.9, 1 / 1.9),
    ],
)
def test_an_outside_option_matters_only_where_it_beats_the_division(
    d1: float, d2: float, outside: float, expected: float
) -> None:
    away = {"outcome": "away", "payoffs": {"A": 0, "B": "o"}}
    found = Solved(alternating(leave=away, parameters={"d1": d1, "d2": d2, "o": outside}))
    assert found.limit.converged
    assert found.payoffs["A"] == pytest.approx(expected, abs=CLOSE)
    assert found.gain() < 1e-12


@pytest.mark.parametrize(
    ("d1", "d2", "g1", "g2", "expected"),
    [
        (0.95, 0.9, 0.3, 0.1, 0.7137931034482757),
        (0.98, 0.97, 0, 0.5, 0.30364372469635653),
    ],
)
def test_what_players_earn_while_they_disagree_splits_the_difference(
    d1: float, d2: float, g1: float, g2: float, expected: float
) -> None:
    flow = {"pays": {"A": "(1 - d1) * g1", "B": "(1 - d2) * g2"}}
    found = Solved(alternating(reject=flow, parameters={"d1": d1, "d2": d2, "g1": g1, "g2": g2}))
    assert found.limit.converged
    assert found.payoffs["A"] == pytest.approx(expected, abs=CLOSE)
    assert found.gain() < 1e-12


@pytest.mark.parametrize(
    ("d1", "d2", "chance", "expected"),
    [(0.95, 0.9, 0.5, 0.666666666666666), (0.99, 0.97, 0.25, 0.4999999999999963)],
)
def test_a_lottery_over_who_offers_gives_the_closed_form(
    d1: float, d2: float, chance: float, expected: float
) -> None:
    data = alternating(
        "draw", parameters={"d1": d1, "d2": d2, "pi": chance}, reject={"next": "draw"}
    )
    data["game"]["draw"] = {
        "chance": {"a": "pi", "b": "rest"},
        "next": {"a": "a_offers", "b": "b_offers"},
    }
    found = Solved(data)
    assert found.limit.converged
    assert found.payoffs["A"] == pytest.approx(expected, abs=CLOSE)
    assert found.gain() < 1e-12


def test_strategies_show_offers_and_the_rules_by_which_they_are_answered() -> None:
    found = Solved(alternating(parameters={"d1": 0.95, "d2": 0.9}))
    shown = found.strategies
    share = 0.1 / (1 - 0.95 * 0.9)
    assert [(c.player, c.day, c.reached) for c in shown["a_offers"]] == [("A", 0, 1.0)]
    assert [(c.player, c.day, c.reached) for c in shown["b_offers"]] == [("B", 1, 0.0)]
    assert float(shown["a_offers"][0].offer or 0) == pytest.approx(1 - share, abs=CLOSE)
    accept, reject = shown["b_answers"][0].replies
    assert (accept.play, reject.play) == ("accept", "reject")
    assert accept.low == reject.high == shown["a_offers"][0].offer
    assert shown["b_answers"][0].play == {"accept": 1, "reject": 0}
    assert not shown["a_offers"][0].optimal
    assert found.gain() < 1e-12


# Shifting power


def shifting(power: str, levels: int, d: float, c_d: float, c_r: float) -> Solved:
    """D offers a flow each day; refusal or attack is war, and R's power moves until level N."""
    war = {"outcome": "war", "payoffs": {"R": "p / (1 - d) - cR", "D": "(1 - p) / (1 - d) - cD"}}
    on = {"next": "demand", "days": 1, "pays": {"R": "x", "D": "1 - x"}}
    on["set"] = {"t": f"min(t + 1, {levels})"}
    return Solved(
        {
            "players": ["D", "R"],
            "parameters": {"d": d, "cD": c_d, "cR": c_r},
            "define": {"p": power},
            "state": {"t": [1, levels]},
            "clock": {"discount": "d"},
            "game": {
                "demand": {"player": "D", "actions": {"bargain": "offer", "attack": war}},
                "offer": {"player": "D", "offer": {"x": [0, 1]}, "next": "answer"},
                "answer": {"player": "R", "actions": {"accept": on, "fight": war}},
            },
        }
    )


def wars(found: Solved) -> list[int]:
    """Periods in which either side goes to war, whether or not play gets there."""
    shown = found.strategies
    attacks = {c.state["t"]: c.play["attack"] for c in shown["demand"]}
    fights = {c.state["t"]: c.play["fight"] for c in shown["answer"]}
    return [t for t in sorted(attacks) if attacks[t] or fights[t]]


@pytest.mark.parametrize(
    ("powers", "d", "cost", "r", "w", "first"),
    [
        ((0.3, 0.6), 0.9, 0.5, 2.5, 6.5, 1),
        ((0.3, 0.4), 0.9, 0.2, 2.8, 6.8, 1),
        ((0.3, 0.35), 0.9, 0.2, 2.97, 7.03, None),
        ((0.2, 0.9), 0.5, 0.2, 0.2, 1.4, 1),
        ((0.5, 0.5), 0.9, 0.1, 4.9, 5.1, None),
    ],
)
def test_a_fast_shift_of_power_brings_preventive_war(
    powers: tuple[float, float], d: float, cost: float, r: float, w: float, first: int | None
) -> None:
    found = shifting(f"where(t == 1, {powers[0]}, {powers[1]})", 2, d, cost, cost)
    assert found.limit.converged
    assert found.payoffs["R"] == pytest.approx(r, abs=CLOSE)
    assert found.payoffs["D"] == pytest.approx(w, abs=CLOSE)
    assert wars(found)[:1] == ([] if first is None else [first])
    assert found.gain() < 1e-12
    forever = first is None
    assert found.outcomes.get("war", 0) == (0 if forever else 1)
    assert math.isnan(found.limit.profile.value.day) == forever


def test_a_counter_that_stops_costs_one_fixed_point_however_long_it_counts() -> None:
    logistic = "0.2 + 0.6 / (1 + exp(-(t - 30) / 1.5))"
    found = shifting(logistic, 60, 0.95, 0.3, 0.3)
    assert found.limit.converged
    assert found.limit.days < 100
    assert found.payoffs["R"] == pytest.approx(3.700000048179997, abs=1e-9)
    assert found.payoffs["D"] == pytest.approx(16.124806537216724, abs=1e-9)
    assert wars(found) == [25, 26, 27, 28, 29, 30, 31]
    assert found.limit.profile.value.day == pytest.approx(24)
    assert found.outcomes == {"war": 1}


# Play without end


def status_quo(days: int = 1, hazard: float = 0, **more: Any) -> Data:
    """A offers, B always prefers what it has."""
    quarrel = {"outcome": "quarrel", "payoffs": {"A": 0, "B": 0}}
    deal = {"outcome": "deal", "payoffs": {"A": "1 - x", "B": "x"}}
    stay = {"next": "offer", "days": days, "pays": {"A": 1, "B": 2}}
    return {
        "players": ["A", "B"],
        "clock": {"discount": "9/10", "breakdown": {"hazard": hazard, "to": quarrel}},
        "game": {
            "offer": {"player": "A", "offer": {"x": [0, 1]}, "next": "answer"},
            "answer": {"player": "B", "actions": {"accept": deal, "reject": stay}},
        },
        **more,
    }


def test_play_that_never_ends_has_no_outcome_and_no_day() -> None:
    found = Solved(status_quo())
    assert found.limit.converged
    assert found.payoffs == pytest.approx({"A": 10, "B": 20}, abs=CLOSE)
    assert "deal" not in found.outcomes
    assert math.isnan(found.limit.profile.value.day)
    assert found.strategies["offer"][0].offer == 0
    assert found.strategies["offer"][0].optimal == ((0, 1),)


def test_an_edge_of_several_days_is_discounted_and_broken_down_day_by_day() -> None:
    found = Solved(status_quo(days=3, hazard=0.25))
    factor = (0.9 * 0.75) ** 3
    assert found.limit.converged
    assert found.payoffs["B"] == pytest.approx(2 / (1 - factor), abs=CLOSE)
    assert found.outcomes == {"quarrel": pytest.approx(1, abs=1e-12)}
    # A day passes for sure, then ends with probability 1/4 each: the mean of a geometric variable.
    assert found.limit.profile.value.day == pytest.approx(4, abs=CLOSE)
    assert found.gain() < 1e-12


def test_play_may_end_or_go_on_for_ever() -> None:
    """Nature leads either to a quarrel that never ends or to talks in which A gives all at once."""
    data = status_quo()
    data["game"] = {
        "nature": {
            "chance": {"war": "1/4", "talk": "rest"},
            "next": {"war": {"next": "offer", "days": 2}, "talk": "talk"},
        },
        "talk": {"player": "B", "actions": {"yes": "peace", "no": {"next": "nature", "days": 1}}},
        "peace": {"outcome": "peace", "payoffs": {"A": 0, "B": 50}},
        **data["game"],
    }
    found = Solved(data | {"start": "nature"})
    assert found.outcomes["peace"] == pytest.approx(0.75, abs=1e-12)
    assert found.outcomes.get("forever", 0.25) == pytest.approx(0.25, abs=1e-12)
    assert "deal" not in found.outcomes
    assert math.isnan(found.limit.profile.value.day)
    assert found.payoffs["B"] == pytest.approx(0.75 * 50 + 0.25 * 0.81 * 20, abs=CLOSE)
    assert [c.day for c in found.strategies["offer"]] == [2]
    assert found.strategies["offer"][0].reached == pytest.approx(0.25)


# Ties


def test_of_offers_that_tie_the_one_after_which_play_ends_soonest_is_made() -> None:
    """A earns as much from waiting for ever as from the best deal."""
    flow = {"pays": {"A": "1/20", "B": 0}}
    data = alternating(reject=flow, parameters={"d1": "9/10", "d2": 0})
    data["game"]["b_offers"]["offer"] = {"y": [0, "1/2"]}
    found = Solved(data)
    assert found.limit.converged
    assert found.strategies["a_offers"][0].offer == 0
    assert found.payoffs["A"] == pytest.approx(1, abs=CLOSE)
    assert found.gain() < 1e-12


def waiting(**actions: Data) -> Data:
    return {
        "players": ["A", "B"],
        "clock": {"discount": "1/2"},
        "game": {"n": {"player": "A", "actions": actions}},
    }


def test_a_tie_that_is_there_on_every_day_goes_to_the_earliest_action() -> None:
    stop = {"outcome": "stop", "payoffs": {"A": 2, "B": 0}}
    on = {"next": "n", "days": 1, "pays": {"A": 1, "B": 1}}
    found = Solved(waiting(go=on, halt=stop))
    assert found.payoffs == {"A": 2, "B": 2}
    assert found.strategies["n"][0].play == {"go": 1, "halt": 0}
    found = Solved(waiting(halt=stop, go=on))
    assert found.payoffs == {"A": 2, "B": 0}


def test_choices_that_are_strict_on_every_day_hold_in_the_limit_where_they_tie() -> None:
    """Going is worth less than 2 with any horizon, and 2 in the limit; but in no longer game does B
    get what it would if A went."""
    data = waiting(
        go={"next": "m", "days": 1, "pays": {"A": 1, "B": 9}},
        halt={"outcome": "stop", "payoffs": {"A": 2, "B": 0}},
    )
    ways = {
        "stay": {"next": "m", "days": 1, "pays": {"A": 1}},
        "back": {"next": "n", "days": 1},
    }
    data["game"]["m"] = {"player": "A", "actions": ways}
    found = Solved(data)
    assert found.limit.converged
    assert found.payoffs == {"A": 2, "B": 0}
    assert found.strategies["n"][0].play == {"go": 0, "halt": 1}
    assert found.gain() < 1e-12


# Bounds


def test_games_that_do_not_settle_say_so_and_give_the_best_point() -> None:
    """With no discounting, who offers last takes all: the values alternate with the deadline."""
    found = Solved(alternating(parameters={"d1": 1, "d2": 1}))
    assert not found.limit.converged
    assert found.limit.gap == 1
    assert found.limit.days < 100


def test_days_are_bounded() -> None:
    found = Solved(alternating(parameters={"d1": 0.99, "d2": 0.98}), most_days=7)
    assert not found.limit.converged
    assert found.limit.days == 7
    assert 0 < found.limit.gap < 1
    assert sum(found.outcomes.values()) == pytest.approx(1)


def test_a_game_with_an_end_has_no_limit() -> None:
    with pytest.raises(SolverError, match="comes to an end"):
        Solved({"players": ["A"], "game": {"n": {"outcome": "o", "payoffs": {"A": 1}}}})


def test_points_without_a_game_are_refused() -> None:
    data = status_quo()
    data["parameters"] = {"q": 2}
    data["clock"]["breakdown"]["hazard"] = "q"
    with pytest.raises(ParameterError, match=r"hazard of a breakdown is not in \[0, 1\]"):
        Solved(data)
    data = status_quo(parameters={"z": 0})
    data["game"]["answer"]["actions"]["reject"]["pays"] = {"A": "1 / z"}
    with pytest.raises(NotFinite, match="a payoff at 'answer' is not finite"):
        Solved(data)


# Random games


def random_game(seed: int, *, offers: bool) -> Data:
    """Five nodes that lead anywhere across a day; small whole payoffs, so that ties abound."""
    random = Random(seed)
    names = [f"n{k}" for k in range(5)]
    game: Data = {}

    def pay(low: int = -2, high: int = 3) -> Data:
        return {player: random.randint(low, high) for player in "AB"}

    def way() -> Data:
        if random.random() < 0.35:
            return {"outcome": random.choice(["o", "u"]), "payoffs": pay()}
        edge = {"next": random.choice(names), "days": random.choice([1, 1, 2])}
        return edge | ({"pays": pay()} if random.random() < 0.6 else {})

    for name in names:
        player = random.choice("AB")
        if offers and random.random() < 0.5:
            other = "AB".replace(player, "")
            deal = {"outcome": "deal", "payoffs": {player: f"{name}x + 1", other: f"2 - {name}x"}}
            if random.random() < 0.3:
                deal = {"next": random.choice(names), "days": 1}
                deal["pays"] = {player: f"{name}x", other: f"1 - {name}x"}
            game[name] = {"player": player, "offer": {f"{name}x": [0, 1]}, "next": f"{name}a"}
            actions = {"yes": deal, "no": way()}
            game[f"{name}a"] = {"player": other, "actions": actions}
        elif random.random() < 0.2:
            share = random.choice(["1/2", "1/3", "0", "1"])
            game[name] = {"chance": {"h": share, "l": "rest"}, "next": {"h": way(), "l": way()}}
        else:
            game[name] = {"player": player, "actions": {a: way() for a in "pqr"}}
    discount = {player: random.choice(["1/2", "9/10", "19/20", "3/4"]) for player in "AB"}
    return {"players": ["A", "B"], "clock": {"discount": discount}, "game": game}


def endless(seeds: range, *, offers: bool) -> Iterator[tuple[int, Solved]]:
    for seed in seeds:
        try:
            found = Solved(random_game(seed, offers=offers))
        except (ModelError, SolverError):
            continue
        yield seed, found


def deviations_gain_nothing(seeds: range, *, offers: bool) -> int:
    """Check each limit that settles; returns how many do."""
    settled = 0
    for seed, found in endless(seeds, offers=offers):
        if found.limit.converged:
            settled += 1
            assert found.gain() < 1e-12, seed
            assert sum(found.outcomes.values()) < 1 + 1e-12, seed
        else:
            assert found.limit.gap > 1e-3, seed
    return settled


def test_nobody_gains_by_deviating_once_from_the_limit_of_a_random_game() -> None:
    assert deviations_gain_nothing(range(60), offers=False) > 10
    assert deviations_gain_nothing(range(60), offers=True) > 3


@pytest.mark.slow
def test_nobody_gains_by_deviating_once_from_the_limit_of_many_random_games() -> None:
    assert deviations_gain_nothing(range(60, 120), offers=False) > 12
    assert deviations_gain_nothing(range(60, 120), offers=True) > 5


def test_a_curved_offer_is_settled_as_precisely() -> None:
    """Two players averse to risk: each offer leaves the other indifferent."""
    data = alternating(parameters={"d1": 0.9, "d2": 0.8})
    ways = data["game"]["b_answers"]["actions"], data["game"]["a_answers"]["actions"]
    ways[0]["accept"]["payoffs"] = {"A": "sqrt(1 - x)", "B": "x"}
    ways[1]["accept"]["payoffs"] = {"A": "sqrt(y)", "B": "1 - y"}
    found = Solved(data)
    x, y = (float(found.strategies[node][0].offer or 0) for node in ("a_offers", "b_offers"))
    assert found.limit.converged
    assert x == pytest.approx(0.8 * (1 - y), abs=1e-12)
    assert math.sqrt(y) == pytest.approx(0.9 * math.sqrt(1 - x), abs=1e-12)
    assert found.gain() < 1e-12


def attrition(r: float, d: float, prize: float, disaster: float) -> Data:
    """Both stay until one quits, or disaster strikes overnight."""
    strike = {"outcome": "disaster", "payoffs": dict.fromkeys("AB", "-D / d")}
    ends = {
        ("stay", "quit"): ("a", {"A": "v", "B": 0}),
        ("quit", "stay"): ("b", {"A": 0, "B": "v"}),
        ("quit", "quit"): ("both", {"A": "v / 2", "B": "v / 2"}),
    }
    results: list[Data] = [
        {"when": list(when), "outcome": outcome, "payoffs": payoffs}
        for when, (outcome, payoffs) in ends.items()
    ]
    results.append({"when": ["stay", "stay"], "next": "n", "days": 1})
    ways = {player: ["stay", "quit"] for player in "AB"}
    return {
        "players": ["A", "B"],
        "parameters": {"r": r, "d": d, "v": prize, "D": disaster},
        "clock": {"discount": "d", "breakdown": {"hazard": "r", "to": strike}},
        "game": {"n": {"simultaneous": ways, "results": results}},
    }


@pytest.mark.parametrize(
    ("r", "d", "v", "loss"),
    [(0.1, 0.9, 1, 2), (0.02, 0.99, 1, 0.5), (0.3, 0.5, 2, 1), (0.001, 0.999, 1, 10)],
)
def test_the_mixed_war_of_attrition_has_its_closed_form(
    r: float, d: float, v: float, loss: float
) -> None:
    found = Solved(attrition(r, d, v, loss), select="mixed")
    s = (1 - r) * d
    b = v + 2 * r * loss + s * v
    quits = (b - math.sqrt(b * b - 8 * s * v * r * loss)) / (2 * s * v)
    assert found.limit.converged
    assert found.payoffs["A"] == pytest.approx(quits * v / 2, abs=CLOSE)
    assert [c.player for c in found.strategies["n"]] == ["A", "B"]
    assert found.strategies["n"][1].play["quit"] == pytest.approx(quits, abs=CLOSE)
    assert found.limit.notes == ("at 'n' one of several equilibria is selected",)
    assert found.gain() < 1e-10


# Strategies


def test_a_decision_may_be_mixed_and_what_is_reached_follows() -> None:
    """A quits with probability 1/3 a day; else B answers, and half the time play goes on."""
    data = waiting(
        quit={"outcome": "over", "payoffs": {"A": 0, "B": 0}}, stay={"next": "m", "days": 2}
    )
    data["game"]["m"] = {
        "player": "B",
        "actions": {"end": "truce", "fight": {"next": "n", "days": 1}, "flee": "late"},
    }
    data["game"]["truce"] = {"outcome": "truce", "payoffs": {"A": 0, "B": 0}}
    offers = {"player": "A", "offer": {"g": [0, 1]}, "grid": 3, "next": "truce"}
    data["game"]["late"] = offers
    found = Solved(data)
    index = {p.node: k for k, p in enumerate(found.game.positions) if p.movers}
    third, half = F(1, 3), F(1, 2)
    profile = Profile(
        Value((0, 0), {}, 0),
        {
            (index["n"], -1): Decided(-1, mix=((third, 1 - third),)),
            (index["m"], -1): Decided(-1, mix=((F(0), half, half),)),
            (index["late"], -1): Decided(-1, mix=((half, F(0), half),)),
        },
    )
    shown = stationary_strategies(found.game, found.point, profile)
    assert [(c.player, c.day, c.reached) for c in shown["n"]] == [("A", 0, 1)]
    assert shown["n"][0].exact_play == {"quit": third, "stay": 1 - third}
    assert [(c.player, c.day) for c in shown["m"]] == [("B", 2)]
    assert shown["m"][0].reached == pytest.approx(2 / 3, abs=1e-12)
    assert shown["m"][0].play == {"end": 0, "fight": 0.5, "flee": 0.5}
    # From n: 1/3 over, 1/3 back at n, 1/3 late; so half of all play gets there.
    assert shown["late"][0].reached == pytest.approx(1 / 2, abs=1e-12)
    assert shown["late"][0].offers == ((0, 0.5), (1, 0.5))
    assert shown["late"][0].offer is None
    assert not shown["late"][0].play


def test_a_mixed_reply_to_an_offer_of_the_same_day_is_refused() -> None:
    data = status_quo()
    data["game"]["offer"]["grid"] = 3
    found = Solved(data)
    replies = [k for k, p in enumerate(found.game.positions) if p.node == "answer"]
    mixed = {(k, -1): Decided(-1, mix=((F(1, 2), F(1, 2)),)) for k in replies}
    profile = Profile(found.limit.profile.value, {**found.limit.profile.decisions, **mixed})
    with pytest.raises(UnsupportedGame, match="the decision at 'answer' mixes in reply"):
        stationary_strategies(found.game, found.point, profile)


def test_replies_to_a_grid_of_offers_are_one_rule() -> None:
    data = status_quo()
    data["game"]["offer"]["grid"] = 5
    data["game"]["answer"]["actions"]["reject"]["pays"] = {"B": "1/20"}
    found = Solved(data)
    (answer,) = found.strategies["answer"]
    assert [(reply.low, reply.play) for reply in answer.replies] == [
        (0, "reject"),
        (F(1, 4), "reject"),
        (F(1, 2), "accept"),
        (F(3, 4), "accept"),
        (1, "accept"),
    ]
    assert answer.play == {"accept": 1, "reject": 0}
    assert (answer.reached, found.strategies["offer"][0].offer) == (1, F(1, 2))
    assert found.gain() < 1e-12


# Chains


def random_chain(random: Random, size: int) -> dict[int, list[tuple[int, float]]]:
    steps = {}
    for place in range(size):
        targets = random.sample(range(size), random.randint(0, min(3, size)))
        weights = [random.choice([0.0, 0.2, 0.5, 1.0]) for _ in targets]
        total = sum(weights) or 1.0
        steps[place] = [(t, w / total) for t, w in zip(targets, weights, strict=True)]
    return steps


def hit(steps: Mapping[int, list[tuple[int, float]]], start: int, group: list[int]) -> float:
    """The probability of ever standing in a group: play is stopped there, and followed for long."""
    mass, caught = {start: 1.0}, 0.0
    for _ in range(20_000):
        caught += sum(share for place, share in mass.items() if place in group)
        moved: dict[int, float] = {}
        for place, share in mass.items():
            for target, chance in [] if place in group else steps[place]:
                moved[target] = moved.get(target, 0.0) + share * chance
        mass = {place: share for place, share in moved.items() if share > 1e-16}
        if not mass:
            break
    return caught


def test_first_passage_is_what_following_the_chain_gives() -> None:
    random = Random(5)
    between = 0
    for _ in range(120):
        size = random.randint(1, 7)
        steps = random_chain(random, size)
        groups = [random.sample(range(size), random.randint(1, min(3, size))) for _ in range(4)]
        found = ever_reached(steps, 0, groups)
        expected = [hit(steps, 0, group) for group in groups]
        assert found == pytest.approx(expected, abs=1e-10)
        between += sum(0.01 < chance < 0.99 for chance in found)
    assert between > 20


def test_components_come_before_all_that_lead_to_them() -> None:
    random = Random(3)
    for _ in range(100):
        size = random.randint(1, 8)
        onward = {
            v: random.sample(range(size), random.randint(0, min(3, size))) for v in range(size)
        }
        reach = {v: {v} for v in onward}
        for _ in range(size):
            reach = {v: ends | {t for e in ends for t in onward[e]} for v, ends in reach.items()}
        groups = strongly_connected(onward)
        order = {v: k for k, group in enumerate(groups) for v in group}
        assert sorted(v for group in groups for v in group) == list(range(size))
        for v, w in product(range(size), repeat=2):
            assert (order[v] == order[w]) == (w in reach[v] and v in reach[w])
            assert w not in reach[v] or order[w] <= order[v]
