"""Laws of long deadlines: the day-by-day solver and its certificate, against the plain ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from random import Random
from typing import Any

import games
import numpy as np
import pytest

from gametheory_crisis.certificate import Certificate, certify
from gametheory_crisis.certificate.streamed import StreamedCertificate
from gametheory_crisis.compiler.stages import stage_game
from gametheory_crisis.engines import long_deadline as long_engine
from gametheory_crisis.errors import ModelError, ParameterError, SolverError, UnsupportedGame
from gametheory_crisis.games.stage import Kind, StageGame
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model
from gametheory_crisis.results import Choice
from gametheory_crisis.solvers import long_archive
from gametheory_crisis.solvers.long_deadline import LongSolution, solve_long
from gametheory_crisis.solvers.long_induction import Segment
from gametheory_crisis.solvers.long_stage import LongPoint, Places, at_point, long_stage
from gametheory_crisis.solvers.recursion import solve_recursion
from gametheory_crisis.solvers.stage_equilibria import profile_shares, stage_equilibria
from gametheory_crisis.solvers.stage_selection import select_equilibrium

Point = dict[str, float]

ATTRITION = """
format: 1
title: Attrition with a deadline
players: [One, Two]
parameters: {T: {value: 2, range: [1, 10000], integer: true}, v: 1, c: 0.05, w: -2}
clock: {deadline: T, expires: strike}
game:
  contest:
    simultaneous: {One: [stay, quit], Two: [stay, quit]}
    results:
      - when: [stay, stay]
        next: contest
        days: 1
        pays: {One: "where(day < T - 1, -c, 0)", Two: "where(day < T - 1, -c, 0)"}
      - {when: [stay, quit], outcome: one_wins, payoffs: {One: v, Two: 0}}
      - {when: [quit, stay], outcome: two_wins, payoffs: {One: 0, Two: v}}
      - {when: [quit, quit], outcome: both_quit, payoffs: {One: 0, Two: 0}}
  strike: {outcome: strike, payoffs: {One: w, Two: w}}
"""


class LongGames:
    """Random games of decisions, joint moves, chance and days, with a state and a breakdown."""

    players = ("A", "B", "C")
    shapes = ((2, 2), (2, 2), (2, 3), (3, 3))

    def __init__(self, seed: int, *, ties: bool) -> None:
        self.random = Random(seed)
        self.ties = ties
        self.num_nodes = self.random.randint(2, 4)

    def data(self) -> dict[str, Any]:
        """The model."""
        rng = self.random
        nodes = {f"n{k}": self._node(k, running=True) for k in range(self.num_nodes)}
        nodes |= {"late": self._node(8, running=False), "last": self._node(9, running=False)}
        ways = [*(f"n{k}" for k in range(self.num_nodes)), self._day("late"), self._day("last")]
        first = {"player": "A", "actions": {f"a{k}": way for k, way in enumerate(ways)}}
        struck = rng.choice(["last", "n0", {"next": "n0", "days": 2, "set": {"s": 1}}, self._end()])
        return {
            "players": list(self.players),
            "parameters": {"T": {"value": rng.randint(1, 9), "integer": True}, "h": "1/3", "u": 1},
            "state": {"s": [0, 2]},
            "clock": {
                "deadline": "T",
                "expires": rng.choice(["late", "last"]),
                "discount": {p: rng.choice([1, 0.9, "1/2", 0]) for p in self.players},
                "breakdown": {
                    "hazard": rng.choice(["h", "s / 4", "min(day, 12) / 12", 0]),
                    "to": struck,
                },
            },
            "game": {"first": first, **nodes},
            "start": "first",
        }

    def _day(self, target: str) -> dict[str, Any]:
        return {"next": target, "days": self.random.randint(1, 2)}

    def _payoff(self) -> Any:
        if self.ties:
            return self.random.choice([0, 0, 1, 1, 2, -1, "u", "u - s", "s", "day", "1/2"])
        state, day = self.random.uniform(-1, 1), self.random.uniform(-0.1, 0.1)
        return f"{self.random.uniform(-1, 1):.6f} + {state:.6f} * s + {day:.6f} * day"

    def _payoffs(self) -> dict[str, Any]:
        return {player: self._payoff() for player in self.players}

    def _end(self) -> dict[str, Any]:
        return games.end(self.random.choice(["war", "peace", "deal"]), **self._payoffs())

    def _edge(self, above: int, *, running: bool) -> dict[str, Any]:
        """To a later node on the same day, to any on a later one, or to an end."""
        rng = self.random
        days = rng.choice([0, 0, 1, 1, 2])
        low = 0 if days else above + 1
        named = [f"n{k}" for k in range(low, self.num_nodes)] if running else []
        if above == 8:
            named = ["last"]
        target = rng.choice([*named, *named, None]) if named else None
        edge: dict[str, Any] = {"next": self._end() if target is None else target}
        if days:
            edge["days"] = days
        if rng.random() < 0.4:
            edge["pays"] = {rng.choice(self.players): self._payoff()}
        if rng.random() < 0.5:
            edge["set"] = {"s": rng.choice(["min(s + 1, 2)", "max(s - 1, 0)", "2 - s"])}
        return edge

    def _node(self, number: int, *, running: bool) -> dict[str, Any]:
        rng = self.random
        kind = rng.choice(["decision", "chance", "joint", "joint"])
        if kind == "chance":
            shares = rng.choice([["1/2", "1/2"], ["h", "1 - h"], ["s / 2", "1 - s / 2"]])
            ways = {f"e{k}": self._edge(number, running=running) for k in range(2)}
            return {"chance": dict(zip(ways, shares, strict=True)), "next": ways}
        if kind == "decision":
            actions = {f"a{k}": self._edge(number, running=running) for k in range(3)}
            actions["a1"]["if"] = rng.choice(["s > 0", "s == 1", "s < 2"])
            return {"player": rng.choice(self.players), "actions": actions}
        shape = rng.choice(self.shapes)
        movers = rng.sample(self.players, 2)
        names = {
            p: [f"{p.lower()}{k}" for k in range(n)] for p, n in zip(movers, shape, strict=True)
        }
        first, second = names.values()
        results = [
            {"when": [a, b], **self._edge(number, running=running)} for a in first for b in second
        ]
        rng.shuffle(results)
        return {"simultaneous": names, "results": results}


def graph_of(data: Mapping[str, Any] | str) -> Graph:
    text = data if isinstance(data, str) else games.text_of(data)
    return read_model(text.encode(), "test.yaml")


def values_of(graph: Graph, **changed: float) -> Point:
    return {name: float(p.value) for name, p in graph.parameters.items()} | changed


def point_of(graph: Graph, **changed: float) -> LongPoint:
    return at_point(long_stage(stage_game(graph)), values_of(graph, **changed))


def random_graph(seed: int, *, ties: bool) -> Graph | None:
    try:
        return graph_of(LongGames(seed, ties=ties).data())
    except ModelError:  # a node that nothing leads to, or nothing but itself
        return None


def agree_with_the_recursion(graph: Graph, select: str = "payoff") -> LongSolution:
    values, game = values_of(graph), stage_game(graph)
    expected = solve_recursion(game, values, exact=False, select=select).profiles[0].value
    found = solve_long(point_of(graph), select=select)
    outcomes = [float(expected.outcomes.get(k, 0)) for k in range(len(game.outcomes))]
    assert found.payoffs == pytest.approx([float(v) for v in expected.payoffs], abs=1e-9)
    assert found.outcomes == pytest.approx(outcomes, abs=1e-9)
    assert found.expected_day == pytest.approx(float(expected.day), abs=1e-8)
    assert found.ends.sum() == pytest.approx(1, abs=1e-12)
    return found


# The solver


@pytest.mark.parametrize("ties", [False, True])
def test_random_games_are_solved_as_by_the_plain_recursion(ties: bool) -> None:
    solved = [
        agree_with_the_recursion(graph)
        for seed in range(8)
        if (graph := random_graph(seed, ties=ties)) is not None
    ]
    assert len(solved) > 4
    assert any(np.any(s.decisions(0).branches == -1) for s in solved)
    assert any(s.days > 5 and s.selected for s in solved)
    assert not ties or any(s.tied for s in solved)


ROUNDING_DECIDES = {(False, "payoff"): {65}, (False, "mixed"): {64, 65}}
"""Games in which a player is indifferent but for rounding, so that the kernel selects another
equilibrium than the recursion; the recursion selects the one of exact arithmetic."""


@pytest.mark.slow
@pytest.mark.parametrize("select", ["payoff", "mixed", "first"])
@pytest.mark.parametrize("ties", [False, True])
def test_many_random_games_are_solved_as_by_the_plain_recursion(ties: bool, select: str) -> None:
    for seed in range(60, 62):
        graph = random_graph(seed, ties=ties)
        if graph is None:
            continue
        if seed in ROUNDING_DECIDES.get((ties, select), ()):
            assert streamed(graph, select=select).regret < 1e-11, seed
        else:
            agree_with_the_recursion(graph, select)


def one_stage(shape: tuple[int, int]) -> Graph:
    """A joint move on the only day; every payoff of it, and of an onlooker, is a parameter."""
    names = {p: [f"{p}{k}" for k in range(n)] for p, n in zip("AB", shape, strict=True)}
    parameters, results = {}, []
    for k, (a, b) in enumerate((a, b) for a in names["A"] for b in names["B"]):
        payoffs = {player: f"{player}_{k}" for player in "ABC"}
        parameters |= dict.fromkeys(payoffs.values(), 0)
        results.append({"when": [a, b], **games.end(f"o{k}", **payoffs)})
    return graph_of(
        {
            "players": ["A", "B", "C"],
            "parameters": parameters,
            "clock": {"deadline": 1, "expires": games.end("never", A=0, B=0, C=0)},
            "game": {"stage": {"simultaneous": names, "results": results}},
        }
    )


@pytest.mark.parametrize("select", ["payoff", "mixed", "first"])
@pytest.mark.parametrize(("shape", "count"), [((2, 2), 600), ((2, 3), 40), ((3, 3), 40)])
def test_a_stage_full_of_ties_has_the_equilibrium_that_the_rule_selects(
    shape: tuple[int, int], count: int, select: str
) -> None:
    rng = Random(f"{shape} {select}")
    stage = long_stage(stage_game(one_stage(shape)))
    num = shape[0] * shape[1]
    kinds = set()
    for _ in range(count):
        rows = [tuple(float(rng.choice([-1, 0, 0, 1, 2])) for _ in "ABC") for _ in range(num)]
        if rng.random() < 0.3 and shape[0] == shape[1]:
            turned = [rows[(k % shape[0]) * shape[0] + k // shape[0]] for k in range(num)]
            rows = [(row[0], back[0], row[2]) for row, back in zip(rows, turned, strict=True)]
        values = {f"{p}_{k}": row[i] for k, row in enumerate(rows) for i, p in enumerate("ABC")}
        equilibria = stage_equilibria(rows, shape, (0, 1))
        mix = equilibria.profiles[
            select_equilibrium(select, equilibria.profiles, rows, shape, (0, 1))
        ]
        found = solve_long(at_point(stage, values), select=select)
        expected = [float(share) for share in profile_shares(mix)]
        assert found.outcomes[:num] == pytest.approx(expected, abs=1e-9), rows
        assert (found.selected == ("stage",)) == (len(equilibria.profiles) > 1), rows
        kinds.add((len(equilibria.profiles) > 2, equilibria.continuum, max(expected) == 1))
    assert len(kinds) > 3


def test_a_stage_of_three_players_is_settled_by_the_exact_method() -> None:
    """A three-player game without an equilibrium in pure strategies, richer from day to day."""
    players = ("A", "B", "C")
    results = []
    for k in range(8):
        moves = [k >> 2 & 1, k >> 1 & 1, k & 1]
        wins = [moves[0] == moves[1], moves[1] == moves[2], moves[2] != moves[0]]
        payoffs = {p: f"{int(win)} * (1 + day)" for p, win in zip(players, wins, strict=True)}
        way = {"next": "stage", "days": 1, "pays": payoffs} if k in (0, 5) else None
        when = [f"{p}{move}" for p, move in zip(players, moves, strict=True)]
        results.append({"when": when, **(way or games.end("over", **payoffs))})
    graph = graph_of(
        {
            "players": list(players),
            "clock": {"deadline": 4, "expires": games.end("late", A=0, B=0, C=0)},
            "game": {
                "stage": {
                    "simultaneous": {p: [f"{p}0", f"{p}1"] for p in players},
                    "results": results,
                }
            },
        }
    )
    found = agree_with_the_recursion(graph)
    assert np.all(found.decisions(2).branches == -1)
    assert streamed(graph).regret < 1e-9


def test_games_of_grid_offers_are_solved_as_by_the_plain_recursion() -> None:
    """Ties between offers go to the soonest end, then to the lowest number."""
    offers = 0
    for seed in range(50):
        try:
            graph = graph_of(games.FiniteGames(seed).data())
        except ModelError:
            continue
        agree_with_the_recursion(graph)
        offers += any(p.branches and p.branches[0].offer for p in stage_game(graph).positions)
    assert offers > 8


@pytest.mark.parametrize("days", [1, 2, 60, 3000])
def test_attrition_to_a_deadline_has_the_mixed_equilibrium_of_the_closed_form(days: int) -> None:
    graph = graph_of(ATTRITION)
    v, c, w = 1.0, 0.05 if days == 2 else 0.01, -2.0
    found = solve_long(point_of(graph, T=days, c=c), select="mixed")
    q, last = c / (v + c), -w / (v - w)
    for day in {0, days // 2, days - 1}:
        expected = last if day == days - 1 else q
        stay, quit_, *other = found.decisions(day).mixes[0]
        assert (quit_, other[1]) == pytest.approx((expected, expected), abs=1e-10)
        assert stay == pytest.approx(1 - expected, abs=1e-10)
    strike = (1 - q) ** (2 * (days - 1)) * (1 - last) ** 2
    assert found.ends[days, -1] == pytest.approx(strike, rel=1e-9)
    assert found.payoffs == pytest.approx((0, 0), abs=1e-12)
    if days == 2:
        assert (q, strike) == pytest.approx((0.047619047619047616, 0.10078105316200554))
    if days == 60:
        reach = 1 - found.ends[:59].sum()
        assert (strike, reach) == pytest.approx((0.034342774973079596, 0.30908497475771557))


@pytest.mark.parametrize("budget", [long_archive.BUDGET, 500, -1])
def test_what_is_kept_on_the_way_changes_no_bit(
    budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_archive, "BUDGET", budget)
    for seed in (3, 5, 8, 13):
        graph = random_graph(seed, ties=True)
        if graph is None:
            continue
        point = point_of(graph, T=23)
        coarse, fine = solve_long(point, spacing=23), solve_long(point, spacing=1)
        usual = solve_long(point)
        for found in (fine, usual):
            assert found.payoffs == coarse.payoffs
            assert np.array_equal(found.ends, coarse.ends)
            for day in (0, 7, 22, 3):
                one, other = found.decisions(day), coarse.decisions(day)
                assert np.array_equal(one.branches, other.branches)
                mixed = np.isin(np.arange(one.mixes.shape[1]), used(found.places, one))
                assert np.array_equal(one.mixes[0, mixed], other.mixes[0, mixed])


def used(places: Places, segment: Segment) -> list[int]:
    """The shares of the places where play is mixed, the first two actions of each."""
    starts = places.mix[segment.branches[0] == -1]
    return [int(start) + k for start in starts for k in range(2)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"expires": "stop"}, "only games with a deadline"),
        ({"offer": True}, "is continuous"),
    ],
)
def test_a_game_of_another_kind_is_refused(data: dict[str, Any], message: str) -> None:
    stop = games.end("over", A=0)
    game: dict[str, Any] = {"stop": stop}
    model: dict[str, Any] = {"players": ["A"], "game": game}
    if "offer" in data:
        model |= {"clock": {"deadline": 3, "expires": "stop"}, "start": "bid"}
        game["bid"] = {"player": "A", "offer": {"x": [0, 1]}, "next": games.end("deal", A="x")}
    with pytest.raises(UnsupportedGame, match=message):
        point_of(graph_of(model))


def wait_for(payoff: str, hazard: str = "0") -> Graph:
    """One player waits from day to day, or ends the game with a payoff."""
    wait = {"next": "here", "days": 1}
    return graph_of(
        {
            "players": ["A"],
            "parameters": {"T": 9},
            "clock": {
                "deadline": "T",
                "expires": games.end("late", A=0),
                "breakdown": {"hazard": hazard, "to": games.end("broken", A=0)},
            },
            "game": {
                "here": {"player": "A", "actions": {"go": games.end("over", A=payoff), "w": wait}}
            },
        }
    )


def test_a_payoff_that_is_not_finite_on_some_day_is_an_error() -> None:
    with pytest.raises(ParameterError, match="not finite"):
        solve_long(point_of(wait_for("1 / (day - 4)")))


def test_a_hazard_that_is_none_on_some_day_is_an_error() -> None:
    with pytest.raises(ParameterError, match=r"hazard of a breakdown is not in .0, 1. on day 4"):
        solve_long(point_of(wait_for("1", hazard="where(day == 5, 2, 0)")))


def test_a_deadline_that_is_no_number_of_days_is_an_error() -> None:
    with pytest.raises(ParameterError, match="not a whole number of days"):
        point_of(wait_for("1"), T=2.5)


def test_a_rule_that_needs_another_method_is_refused() -> None:
    with pytest.raises(UnsupportedGame, match="under the rules payoff, mixed, first"):
        solve_long(point_of(wait_for("1")), select="risk")


# The certificate


Change = Callable[[Segment, Places], None]


def streamed(graph: Graph, change: Change | None = None, select: str = "payoff") -> Certificate:
    """The certificate of a solution, or of what a change makes of its decisions."""
    point = point_of(graph)
    certificate = StreamedCertificate(graph, values_of(graph), point.stage.places, point.place_days)

    def altered(segment: Segment) -> Segment:
        if change is not None:
            change(segment, point.stage.places)
        return segment

    solution = solve_long(point, select=select)
    certificate.watch(altered(copied(solution.known)))
    for segment in solution.segments(backwards=True):
        certificate.watch(altered(copied(segment)))
    return certificate.finish(altered(copied(segment)) for segment in solution.segments())


def copied(segment: Segment) -> Segment:
    return Segment(segment.low, segment.branches.copy(), segment.mixes.copy())


def plain(graph: Graph, change: Change | None = None) -> Certificate:
    """The same by the plain certificate, every choice written out."""
    point = point_of(graph)
    solution, game = solve_long(point), stage_game(graph)
    found: dict[str, list[Choice]] = {}
    for segment in [solution.known, *map(copied, solution.segments())]:
        segment = copied(segment)
        if change is not None:
            change(segment, point.stage.places)
        for choice, node in choices(game, point, segment):
            found.setdefault(node, []).append(choice)
    return certify(graph, values_of(graph), {node: tuple(entry) for node, entry in found.items()})


def choices(game: StageGame, point: LongPoint, segment: Segment) -> Iterator[tuple[Choice, str]]:
    places = point.stage.places
    for row, taken in enumerate(segment.branches):
        for column in np.flatnonzero(taken > -2):
            position = game.positions[places.positions[column]]
            known = point.place_days[column]
            for axis, player in enumerate(position.movers):
                if position.kind is Kind.SIMULTANEOUS:
                    names = position.actions[axis]
                    own = np.unravel_index(max(taken[column], 0), position.shape)[axis]
                else:
                    names = tuple(branch.label for branch in position.branches)
                    own = taken[column]
                shares = [float(k == own) for k in range(len(names))]
                if taken[column] == -1:
                    start = places.mix[column] + sum(position.shape[:axis])
                    shares = segment.mixes[row, start : start + len(names)].tolist()
                choice = Choice(
                    player=game.players[player],
                    day=int(known) if known >= 0 else segment.low + row,
                    state=dict(zip(game.state, position.state, strict=True)),
                    play=dict(zip(names, shares, strict=True)),
                    reached=0.0,
                    expired=places.expired[column],
                )
                yield choice, position.node


def always_the_first(segment: Segment, places: Places) -> None:
    segment.branches[segment.branches > -2] = 0


def one_day_only(segment: Segment, places: Places) -> None:
    if segment.low <= 1 < segment.high:
        always_the_first(Segment(1, segment.branches[1 - segment.low :][:1], segment.mixes), places)


def certificates_agree(graph: Graph, change: Change | None) -> Certificate:
    found, expected = streamed(graph, change), plain(graph, change)
    assert found.regret == pytest.approx(float(expected.regret), abs=1e-9)
    assert found.payoffs == pytest.approx(
        {k: float(v) for k, v in expected.payoffs.items()}, abs=1e-9
    )
    assert found.expected_day == pytest.approx(float(expected.expected_day), abs=1e-9)
    for outcome, by_day in expected.ends.items():
        days = {day: float(share) for day, share in by_day.items() if share > 1e-12}
        ended = {day: share for day, share in found.ends[outcome].items() if share > 1e-12}
        assert ended == pytest.approx(days, abs=1e-9)
    return found


@pytest.mark.parametrize("ties", [False, True])
def test_the_streamed_certificate_is_the_plain_one(ties: bool) -> None:
    count = 0
    for seed in range(16):
        graph = random_graph(seed, ties=ties)
        if graph is not None:
            assert certificates_agree(graph, None).regret < 1e-9
            count += 1
    assert count > 5


@pytest.mark.parametrize("change", [always_the_first, one_day_only])
def test_the_regret_of_a_wrong_profile_is_that_of_the_plain_certificate(change: Change) -> None:
    found = [
        certificates_agree(graph, change).regret
        for seed in range(12)
        if (graph := random_graph(seed, ties=False)) is not None
    ]
    assert sum(regret > 0.1 for regret in found) > 3


def test_a_choice_that_is_missing_is_found() -> None:
    def forget(segment: Segment, places: Places) -> None:
        segment.branches[:] = -2

    with pytest.raises(SolverError, match=r"no choice.* at 'contest' on day 1"):
        streamed(graph_of(ATTRITION), forget)


def test_probabilities_that_are_none_are_found() -> None:
    def spoil(segment: Segment, places: Places) -> None:
        segment.branches[:] = -1
        segment.mixes[:] = 0.7

    with pytest.raises(SolverError, match="do not sum to 1"):
        streamed(graph_of(ATTRITION), spoil)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"player": "B", "offer": {"x": [0, 1]}, "grid": 3}, "the offer at 'x' is not certified"),
        ({"chance": {"up": "1/2", "down": "rest"}, "observed_by": ["B"]}, "the hidden move at 'x'"),
    ],
)
def test_what_the_streamed_certificate_does_not_cover_is_refused(
    node: dict[str, Any], message: str
) -> None:
    wait = {"next": "here", "days": 1}
    ways: Any = "here" if "offer" in node else {"up": "here", "down": wait}
    graph = graph_of(
        {
            "players": ["A", "B"],
            "clock": {"deadline": 5, "expires": games.end("late", A=0, B=0)},
            "start": "x",
            "game": {
                "x": {**node, "next": ways},
                "here": {"player": "A", "actions": {"go": games.end("o", A=1, B=0), "w": wait}},
            },
        }
    )
    places = point_of(graph_of(ATTRITION)).stage.places
    with pytest.raises(UnsupportedGame, match=message):
        StreamedCertificate(graph, {}, places, np.array([-1]))


def test_days_out_of_order_are_refused() -> None:
    graph = graph_of(ATTRITION)
    point = point_of(graph, T=9)
    certificate = StreamedCertificate(
        graph, values_of(graph, T=9), point.stage.places, point.place_days
    )
    solution = solve_long(point)
    certificate.watch(solution.known)
    with pytest.raises(SolverError, match="out of order"):
        certificate.watch(solution.decisions(3))
    with pytest.raises(SolverError, match="day 8 are missing"):
        certificate.finish(solution.segments())


def test_an_exact_point_is_certified_in_floats() -> None:
    graph = graph_of(ATTRITION)
    values = {name: Fraction(value) for name, value in values_of(graph, T=40).items()}
    point = at_point(long_stage(stage_game(graph)), values)
    certificate = StreamedCertificate(graph, values, point.stage.places, point.place_days)
    solution = solve_long(point, watch=certificate.watch)
    found = certificate.finish(solution.segments())
    assert found.regret < 1e-12
    assert tuple(found.payoffs.values()) == pytest.approx(solution.payoffs, abs=1e-12)


# The engine


RACE = """
format: 1
title: Two sides arm until one of them strikes or the talks end
players: [A, B]
parameters: {T: {value: 40, range: [1, 5000], integer: true}, c: 0.01, risk: 0.002}
state: {a: [0, 8], b: [0, 8]}
clock: {deadline: T, expires: over, discount: 0.99, breakdown: {hazard: risk * (a + b), to: war}}
game:
  arm:
    simultaneous: {A: [arm, wait], B: [arm, wait]}
    results:
      - when: [arm, arm]
        next: talk
        pays: {A: -c, B: -c}
        set: {a: "min(a + 1, 8)", b: "min(b + 1, 8)"}
      - {when: [arm, wait], next: talk, pays: {A: -c}, set: {a: "min(a + 1, 8)"}}
      - {when: [wait, arm], next: talk, pays: {B: -c}, set: {b: "min(b + 1, 8)"}}
      - {when: [wait, wait], next: talk}
  talk:
    player: A
    actions:
      go_on: {next: arm, days: 1}
      strike: {outcome: war, payoffs: {A: (a - b) / 8 - 0.3, B: (b - a) / 8 - 0.3}}
  war: {outcome: war, payoffs: {A: -0.5, B: -0.5}}
  over: {outcome: peace, payoffs: {A: a / 16, B: b / 16}}
"""


def race() -> Model:
    return Model(read_model(RACE.encode(), "race.yaml"), "race")


def test_a_large_game_is_solved_as_a_small_one_and_says_what_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = race().solve(T=12)
    monkeypatch.setattr(long_engine, "FEW_PLACES", 0)
    long = race().solve(T=12)
    one, other = plain.equilibria[0], long.equilibria[0]
    assert not long.complete
    assert "one equilibrium is computed" in long.notes[0]
    assert other.payoffs == pytest.approx(one.payoffs, abs=1e-12)
    assert other.outcomes == pytest.approx(one.outcomes, abs=1e-12)
    assert other.expected_day == pytest.approx(one.expected_day, abs=1e-9)
    assert other.regret <= 1e-12
    for node, choices in one.strategies.items():
        found = {(c.player, c.day, *c.state.values()): c for c in other.strategies[node]}
        assert len(found) == len(choices)
        for choice in choices:
            same = found[choice.player, choice.day, *choice.state.values()]
            assert same.play == pytest.approx(choice.play, abs=1e-12)
            assert same.reached == pytest.approx(choice.reached, abs=1e-12)


def test_of_a_very_large_game_the_strategies_of_the_first_days_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = race().solve(T=600)
    monkeypatch.setattr(long_engine, "MAX_LISTED", 1)
    first = race().solve(T=600)
    assert first.notes[-1] == "strategies are listed for day 0 of 600"
    assert {c.day for cs in first.equilibria[0].strategies.values() for c in cs} == {0}
    for node, choices in first.equilibria[0].strategies.items():
        assert [c for c in whole.equilibria[0].strategies[node] if c.day == 0] == list(choices)
    by_day = first.equilibria[0].ends
    assert sum(share for days in by_day.values() for share in days.values()) == pytest.approx(1)
