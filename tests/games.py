"""Small models, written as data: textbook stages, and generators of random games.

A model here is a dictionary of the language's keys; JSON is YAML, so its text is a model file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from gametheory_crisis.language.reader import read_model
from gametheory_crisis.model import Model

Data = dict[str, Any]


def text_of(data: Mapping[str, Any]) -> str:
    """The file of a model."""
    return json.dumps({"format": 1, "title": "a test", **data})


def build(data: Mapping[str, Any] | str) -> Model:
    """A model from its keys or from its text."""
    text = data if isinstance(data, str) else text_of(data)
    return Model(read_model(text.encode(), "test.yaml"), "test")


def end(outcome: str, **payoffs: Any) -> Data:
    """A terminal."""
    return {"outcome": outcome, "payoffs": payoffs}


def lone_payoff(expression: str, parameters: Mapping[str, Any]) -> Model:
    """A game that ends at once with one number."""
    return build(
        {
            "players": ["A"],
            "parameters": dict(parameters),
            "game": {"stop": end("over", A=expression)},
        }
    )


def stage(players: Sequence[str], shape: Sequence[int], payoffs: Sequence[Sequence[Any]]) -> Data:
    """A simultaneous move and nothing else; profiles with the last player's action fastest."""
    names = {p: [f"{p.lower()}{k}" for k in range(n)] for p, n in zip(players, shape, strict=True)}
    profiles: list[list[str]] = [[]]
    for actions in names.values():
        profiles = [[*profile, action] for profile in profiles for action in actions]
    results = [
        {"when": profile, "outcome": f"o{k}", "payoffs": dict(zip(players, row, strict=True))}
        for k, (profile, row) in enumerate(zip(profiles, payoffs, strict=True))
    ]
    return {
        "players": list(players),
        "game": {"stage": {"simultaneous": names, "results": results}},
    }


PRISONERS_DILEMMA = stage("RC", (2, 2), [(2, 2), (0, 3), (3, 0), (1, 1)])
STAG_HUNT = stage("RC", (2, 2), [(2, 2), (0, 1), (1, 0), (1, 1)])
MATCHING_PENNIES = stage("RC", (2, 2), [(1, -1), (-1, 1), (-1, 1), (1, -1)])


# Random finite games


class FiniteGames:
    """Random games of decisions, chance, grid offers and days, with payoffs small enough to tie.

    Nodes of a day are numbered; an edge that passes no day leads to a higher number, one that
    passes days leads anywhere.
    """

    players = ("A", "B", "C")
    outcomes = ("peace", "deal", "war")

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.has_state = self.random.random() < 0.5
        self.has_breakdown = self.random.random() < 0.4
        self.num_nodes = self.random.randint(1, 3)
        self.offered: str | None = None

    def data(self) -> Data:
        """The model."""
        rng = self.random
        game = {f"n{k}": self._node(k, running=True) for k in range(self.num_nodes)}
        game["late"] = self._node(0, running=False)
        game["last"] = self._node(1, running=False)
        clock: Data = {
            "deadline": "T",
            "expires": rng.choice(["late", "last"]),
            "discount": {p: rng.choice([1, 1, "1/2", 0]) for p in self.players},
        }
        if self.has_breakdown:
            to: Any = rng.choice(["last", self._edge(0, days=0)])
            clock["breakdown"] = {"hazard": rng.choice(["1/2", "h", "day / 8"]), "to": to}
        data: Data = {
            "players": list(self.players),
            "parameters": {"T": {"value": rng.randint(1, 4), "integer": True}, "h": "1/3", "u": 1},
            "clock": clock,
            "game": {"first": self._first(), **game},
            "outcomes": {name: {} for name in self.outcomes},
            "start": "first",
        }
        if self.has_state:
            data["state"] = {"s": [0, 2]}
        return data

    def _first(self) -> Data:
        """Leads to every node, so that none is unreachable."""
        nodes = [f"n{k}" for k in range(self.num_nodes)]
        actions: Data = {f"to_{node}": node for node in nodes}
        actions |= {"to_late": {"next": "late", "days": 1}, "to_last": {"next": "last", "days": 1}}
        return {"player": self.random.choice(self.players), "actions": actions}

    def _payoff(self) -> Any:
        rng = self.random
        numbers: list[Any] = [0, 0, 1, 1, 2, -1, "u", "1/2"]
        if self.has_state:
            numbers += ["s", "u - s"]
        if self.offered:
            numbers += [self.offered, f"1 - {self.offered}"]
        if rng.random() < 0.1:
            numbers = ["day"]
        return rng.choice(numbers)

    def _end(self) -> Data:
        outcome = self.random.choice(self.outcomes)
        return end(outcome, **{player: self._payoff() for player in self.players})

    def _edge(self, above: int, *, days: int | None = None, running: bool = True) -> Any:
        """A target below node ``above``, or any node when a day passes."""
        rng = self.random
        if days is None:
            days = rng.choice([0, 0, 0, 1, 1, 2]) if running else 0
        low = 0 if days else above + 1
        named = [f"n{k}" for k in range(low, self.num_nodes)] if running else []
        target: Any = rng.choice([*named, "end"]) if named else "end"
        edge: Data = {"next": self._end() if target == "end" else target}
        if days:
            edge["days"] = days
        if rng.random() < 0.3:
            edge["pays"] = {rng.choice(self.players): self._payoff()}
        if self.has_state and rng.random() < 0.5:
            edge["set"] = {"s": rng.choice(["min(s + 1, 2)", "max(s - 1, 0)", "2 - s"])}
        return edge if len(edge) > 1 else edge["next"]

    def _node(self, number: int, *, running: bool) -> Data:
        rng = self.random
        kinds = ["decision", "decision", "chance", *(["offer"] if running else [])]
        kind = rng.choice(kinds)
        if kind == "chance":
            shares = rng.choice([["1/2", "1/2"], ["h", "1 - h"], [0, 1], ["1/4", "1/4", "1/2"]])
            events = {f"e{k}": share for k, share in enumerate(shares)}
            ways = {name: self._edge(number, running=running) for name in events}
            return {"chance": events, "next": ways}
        if kind == "offer":
            return self._grid_offer(number)
        return self._decision(number, running=running)

    def _decision(self, number: int, *, running: bool) -> Data:
        rng = self.random
        actions = {}
        for k in range(rng.randint(2, 3)):
            target = self._edge(number, running=running)
            if k and self.has_state and rng.random() < 0.4:
                target = target if isinstance(target, dict) else {"next": target}
                target = {**target, "if": rng.choice(["s > 0", "s == 1", "s < 2"])}
            actions[f"a{k}"] = target
        return {"player": rng.choice(self.players), "actions": actions}

    def _grid_offer(self, number: int) -> Data:
        """An offer from a grid, answered in an inline node."""
        rng = self.random
        grid = rng.choice([2, 3, ["0", "1/2"], ["1", "0", "1/2"], ["u", "0"]])
        variable = self.offered = f"x{number}"
        answer = {
            "player": rng.choice(self.players),
            "actions": {"yes": self._end(), "no": self._edge_without_offer(number)},
        }
        self.offered = None
        return {
            "player": rng.choice(self.players),
            "offer": {variable: [0, 1]},
            "grid": grid,
            "next": answer,
        }

    def _edge_without_offer(self, number: int) -> Any:
        offered, self.offered = self.offered, None
        edge = self._edge(number)
        self.offered = offered
        return edge


# Random games with one continuous offer


class OfferGames:
    """Random games in which A offers a number that others answer; payoffs are lines in it."""

    players = ("A", "B", "C")
    parameters = ("u", "v", "w")

    def __init__(self, seed: int, *, curved: bool = False) -> None:
        self.random = Random(seed)
        self.curved = curved

    def data(self) -> Data:
        """The model."""
        low, high = self.random.choice([("0", "1"), ("0", "1"), ("u - 1/2", "1"), ("0", "v")])
        offer = {"player": "A", "offer": {"x": [low, high]}, "next": self._answer(2)}
        names = {name: {"value": "1/2", "range": [0, 1]} for name in self.parameters}
        return {
            "players": list(self.players),
            "parameters": names,
            "game": {"demand": offer},
        }

    def _line(self) -> str:
        rng = self.random
        flat = [*self.parameters, "0", "1/4", "1/2", "1 - u - v", "v - w"]
        steep = ["x", "1 - x", "x", "1 - x", "u * x", "1/2 - v * x", "x - w", "2 * x - u"]
        if self.curved:
            steep += ["x ** 2", "sqrt(x + 1)", "x * (1 - x)", "(x + 1) ** (1/2 + v)"]
        return rng.choice(flat if rng.random() < 0.35 else steep)

    def _end(self) -> Data:
        outcome = self.random.choice(["o0", "o1", "o2"])
        return end(outcome, **{player: self._line() for player in self.players})

    def _target(self, depth: int) -> Any:
        rng = self.random
        target = self._answer(depth - 1) if depth > 1 and rng.random() < 0.5 else self._end()
        if rng.random() < 0.25:
            return {"next": target, "pays": {rng.choice(self.players): self._line()}}
        return target

    def _answer(self, depth: int) -> Data:
        rng = self.random
        if rng.random() < 0.2:
            ways = {"e0": self._target(depth), "e1": self._target(depth)}
            return {"chance": {"e0": "w", "e1": "1 - w"}, "next": ways}
        actions = {f"a{k}": self._target(depth) for k in range(rng.choice([2, 2, 3]))}
        return {"player": rng.choice("BC"), "actions": actions}
