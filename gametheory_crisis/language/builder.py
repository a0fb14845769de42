"""Shapes of nodes to the graph of moves: inline nodes get names, expressions become handles."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from gametheory_crisis.language import node_shapes as shapes
from gametheory_crisis.language.expressions import ConstantError
from gametheory_crisis.language.graph import (
    Action,
    Chance,
    Decision,
    Edge,
    Event,
    Expr,
    GraphNode,
    Offer,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.language.integers import not_whole
from gametheory_crisis.language.probabilities import read_probabilities
from gametheory_crisis.language.report import Path, Report, unknown
from gametheory_crisis.language.scopes import CHANCE, MOVE, OFFER_END, PAYOFF, Kind, Names, Spot

MAX_PROFILES = 20_000


class Builder:
    """Builds nodes one by one and keeps what the checks of the whole graph need.

    Attributes
    ----------
    order : names of all nodes as they stand in the file, inline nodes behind their holders
    built : the nodes by name
    paths : key path of each node
    targets : (path, name) of every node that is named as a target
    """

    def __init__(
        self, names: Names, report: Report, players: Sequence[str], states: Iterable[str]
    ) -> None:
        self._names = names
        self._expressions = names.expressions
        self._report = report
        self._players = tuple(players)
        self._states = tuple(states)
        self.order: list[str] = []
        self.built: dict[str, GraphNode] = {}
        self.paths: dict[str, Path] = {}
        self.targets: list[tuple[Path, str]] = []

    def nodes(self) -> dict[str, GraphNode]:
        """All nodes in the file's order."""
        return {name: self.built[name] for name in self.order}

    def node(self, name: str, shape: shapes.Shape, path: Path) -> None:
        """Build the node ``name`` and the inline nodes that it holds."""
        if name in self.paths:
            self._report.add(path, f"this inline node is called '{name}', and so is another node")
            return
        self.order.append(name)
        self.paths[name] = path
        match shape:
            case shapes.DecisionShape():
                self.built[name] = self._decision(name, shape, path)
            case shapes.OfferShape():
                self.built[name] = self._offer(name, shape, path)
            case shapes.SimultaneousShape():
                self.built[name] = self._simultaneous(name, shape, path)
            case shapes.ChanceShape():
                self.built[name] = self._chance(name, shape, path)
            case shapes.TerminalShape():
                self.built[name] = self._terminal(name, shape, path)

    def edge(
        self,
        target: str | shapes.Shape,
        path: Path,
        inline_name: str,
        node: str | None,
        *,
        after: bool = False,
    ) -> Edge:
        """The edge to a target that stands at ``path``.

        Parameters
        ----------
        inline_name : what the target is called if it is an inline node
        node : the node that the edge leaves; None for the clock's edges
        after : whether the node's own offer has been made
        """
        if not isinstance(target, shapes.EdgeShape):
            return Edge(self.target(target, path, inline_name))
        spot_of = {key: Spot((*path, "pays", key), PAYOFF, node, after) for key in target.pays}
        self.known_players(target.pays, (*path, "pays"))
        pays = {key: self._names.number(text, spot_of[key]) for key, text in target.pays.items()}
        assigned = {key: self._assignment(key, target.set[key], path) for key in target.set}
        name = self.target(target.next, (*path, "next"), inline_name)
        return Edge(name, target.days or 0, pays, assigned)

    def target(self, target: str | shapes.Shape, path: Path, inline_name: str) -> str:
        """Name of the node that ``target`` names or is."""
        if isinstance(target, str):
            self.targets.append((path, target))
            return target
        self.node(inline_name, target, path)
        return inline_name

    def known_players(self, names: Iterable[str], path: Path) -> None:
        """Report names that are no player's; keys of a mapping, or entries of a list."""
        is_list = isinstance(names, list)
        for index, name in enumerate(names):
            if self._players and name not in self._players:
                place = (*path, index) if is_list else (*path, name)
                message = unknown("player", name, self._players)
                self._report.add(place, message, key=not is_list)

    def _player(self, name: str, path: Path) -> None:
        if self._players and name not in self._players:
            self._report.add((*path, "player"), unknown("player", name, self._players))

    def _observers(self, shape: shapes.NodeShape, path: Path) -> tuple[str, ...] | None:
        if shape.observed_by is None:
            return None
        self.known_players(shape.observed_by, (*path, "observed_by"))
        return tuple(dict.fromkeys(shape.observed_by))

    def _assignment(self, name: str, text: str, path: Path) -> Expr:
        place = (*path, "set", name)
        if self._names.kinds.get(name) is not Kind.STATE:
            self._report.add(place, unknown("state variable", name, self._states), key=True)
        return self._whole(self._names.number(text, Spot(place, MOVE)), place)

    def _whole(self, handle: Expr, path: Path) -> Expr:
        reason = not_whole(self._expressions, handle)
        if reason is not None:
            self._report.add(path, reason)
        return handle

    def _decision(self, name: str, shape: shapes.DecisionShape, path: Path) -> Decision:
        self._player(shape.player, path)
        actions = []
        for action, target in shape.actions.items():
            place = (*path, "actions", action)
            condition = None
            if isinstance(target, shapes.Conditional) and target.available is not None:
                spot = Spot((*place, "if"), MOVE)
                condition = self._names.condition(target.available, spot)
                self._whole(condition, spot.path)
            edge = self.edge(target, place, f"{name}.{action}", name)
            actions.append(Action(action, edge, condition))
        observers = self._observers(shape, path)
        return Decision(name, shape.player, tuple(actions), observers, shape.doc)

    def _offer(self, name: str, shape: shapes.OfferShape, path: Path) -> Offer:
        self._player(shape.player, path)
        (variable, ends), *_ = shape.offer.items()
        place = (*path, "offer", variable)
        low, high = (
            self._names.number(text, Spot((*place, index), OFFER_END, name))
            for index, text in enumerate(ends)
        )
        self._check_ends(low, high, place)
        grid = None
        if isinstance(shape.grid, int):
            grid = self._equal_steps(low, high, shape.grid, (*path, "grid"))
        elif shape.grid is not None:
            grid = tuple(
                self._names.number(text, Spot((*path, "grid", index), OFFER_END, name))
                for index, text in enumerate(shape.grid)
            )
        edge = self.edge(shape.next, (*path, "next"), f"{name}.next", name, after=True)
        observers = self._observers(shape, path)
        return Offer(name, shape.player, variable, low, high, edge, grid, observers, shape.doc)

    def _check_ends(self, low: Expr, high: Expr, path: Path) -> None:
        least, most = self._expressions.constant(low), self._expressions.constant(high)
        if least is not None and most is not None and least > most:
            self._report.add(path, "the low end lies above the high end: no number can be offered")

    def _equal_steps(self, low: Expr, high: Expr, num: int, path: Path) -> tuple[Expr, ...]:
        graph = self._expressions
        try:
            width = graph.sub(high, low)
            between = [
                graph.add(low, graph.mul(width, graph.number(Fraction(step, num - 1))))
                for step in range(1, num - 1)
            ]
        except ConstantError as error:
            self._report.add(path, str(error))
            between = []
        return (low, *between, high)

    def _chance(self, name: str, shape: shapes.ChanceShape, path: Path) -> Chance:
        for event in shape.chance:
            if event not in shape.next:
                message = f"the event '{event}' has no target in `next`"
                self._report.add((*path, "chance", event), message, key=True)
        for event in shape.next:
            if event not in shape.chance:
                message = unknown("event", event, tuple(shape.chance))
                self._report.add((*path, "next", event), message, key=True)
        place = (*path, "chance")
        texts: dict[Path, str] = {(*place, event): text for event, text in shape.chance.items()}
        probabilities = read_probabilities(self._names, texts, place, CHANCE, name)
        events = tuple(
            Event(
                event,
                probability,
                self.edge(shape.next[event], (*path, "next", event), f"{name}.{event}", name),
            )
            for event, probability in zip(shape.chance, probabilities, strict=True)
            if event in shape.next
        )
        return Chance(name, events, self._observers(shape, path), shape.doc)

    def _simultaneous(self, name: str, shape: shapes.SimultaneousShape, path: Path) -> Simultaneous:
        place = (*path, "simultaneous")
        self.known_players(shape.simultaneous, place)
        for player, actions in shape.simultaneous.items():
            self._report.add_repeats((*place, player), actions)
        choices = {player: tuple(dict.fromkeys(a)) for player, a in shape.simultaneous.items()}
        found: dict[tuple[str, ...], Edge] = {}
        if math.prod(len(actions) for actions in choices.values()) > MAX_PROFILES:
            self._report.add(place, f"more than {MAX_PROFILES:,} combinations of actions")
        else:
            found = self._results(name, shape.results, choices, path)
        observers = self._observers(shape, path)
        return Simultaneous(name, choices, found, observers, shape.doc)

    def _results(
        self,
        name: str,
        results: Sequence[shapes.Matched],
        choices: dict[str, tuple[str, ...]],
        path: Path,
    ) -> dict[tuple[str, ...], Edge]:
        by_profile: dict[tuple[str, ...], tuple[int, Edge]] = {}
        matched = 0
        for index, result in enumerate(results):
            place = (*path, "results", index)
            inline_name = f"{name}.({', '.join(result.when)})"
            covered = self._covered(result.when, choices, (*place, "when"))
            edge = self.edge(result, place, inline_name, name)
            for profile in covered:
                matched += 1
                if profile in by_profile:
                    first = by_profile[profile][0]
                    message = f"({', '.join(profile)}) is matched already by results[{first}]"
                    self._report.add((*place, "when"), message)
                    break
                by_profile[profile] = (index, edge)
            if matched > 4 * MAX_PROFILES:
                break
        missing = [p for p in itertools.product(*choices.values()) if p not in by_profile]
        for profile in missing[:4]:
            message = f"({', '.join(profile)}) is matched by no entry"
            self._report.add((*path, "results"), message)
        if missing[4:]:
            message = f"{len(missing) - 4} more profiles are matched by no entry"
            self._report.add((*path, "results"), message)
        ordered = itertools.product(*choices.values())
        return {profile: by_profile[profile][1] for profile in ordered if profile in by_profile}

    def _covered(
        self, when: Sequence[str], choices: dict[str, tuple[str, ...]], path: Path
    ) -> list[tuple[str, ...]]:
        """The profiles that ``when`` matches."""
        if len(when) != len(choices):
            order = ", ".join(choices)
            message = f"expected {len(choices)} actions, in the order {order}; found {len(when)}"
            self._report.add(path, message)
            return []
        options: list[tuple[str, ...]] = []
        for index, (action, (player, actions)) in enumerate(
            zip(when, choices.items(), strict=True)
        ):
            if action != "*" and action not in actions:
                message = unknown(f"action of {player}", action, actions)
                self._report.add((*path, index), message)
                return []
            options.append(actions if action == "*" else (action,))
        return list(itertools.product(*options))

    def _terminal(self, name: str, shape: shapes.TerminalShape, path: Path) -> Terminal:
        if shape.outcome == "forever":
            message = "no outcome of an end is called 'forever': that is play that never ends"
            self._report.add((*path, "outcome"), message)
        place = (*path, "payoffs")
        self.known_players(shape.payoffs, place)
        left_out = [player for player in self._players if player not in shape.payoffs]
        if left_out:
            self._report.add(place, f"payoffs leave out {', '.join(left_out)}")
        payoffs = {
            player: self._names.number(text, Spot((*place, player), PAYOFF, name))
            for player, text in shape.payoffs.items()
        }
        ordered = {player: payoffs[player] for player in self._players if player in payoffs}
        return Terminal(name, shape.outcome, ordered, shape.doc)

    def declare_offers(self, shape: object, path: Path) -> None:
        """Enter the names of all offers in ``shape``, before any expression is read."""
        if isinstance(shape, shapes.OfferShape):
            for variable in shape.offer:
                self._names.declare(variable, Kind.OFFER, (*path, "offer", variable))
            self.declare_offers(shape.next, (*path, "next"))
        elif isinstance(shape, shapes.DecisionShape):
            for action, behind in shape.actions.items():
                self.declare_offers(behind, (*path, "actions", action))
        elif isinstance(shape, shapes.SimultaneousShape):
            for index, result in enumerate(shape.results):
                self.declare_offers(result, (*path, "results", index))
        elif isinstance(shape, shapes.ChanceShape):
            for event, target in shape.next.items():
                self.declare_offers(target, (*path, "next", event))
        elif isinstance(shape, shapes.EdgeShape):
            self.declare_offers(shape.next, (*path, "next"))
