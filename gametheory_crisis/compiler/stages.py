"""The stage game of a graph: all (node, state) pairs in reach, with nights between days.

The graph is expanded once per model.  States, days that are known and numbers offered from a grid
are put into the expressions, so that what is left reads parameters, ``day`` (before a deadline) and
continuous offers only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gametheory_crisis.compiler.checks import (
    model_checks,
    regime_conditions,
    sums_to_one,
    within,
)
from gametheory_crisis.compiler.classify import classify, holds, next_state
from gametheory_crisis.compiler.freezing import freeze
from gametheory_crisis.compiler.places import Draft, Place
from gametheory_crisis.compiler.reads import offers_read
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.stage import Branch, Check, Kind, Night, Phase, Position, StageGame
from gametheory_crisis.games.tape import Tape
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Edge,
    Graph,
    Offer,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.language.rendering import render, render_number

MAX_POSITIONS = 1_000_000

BREAKDOWN = "(breakdown)"
"""Stands for the edge that a breakdown takes, where that edge pays or passes days by itself."""


def stage_game(graph: Graph) -> StageGame:
    """The stage game of a model with public moves.

    Raises
    ------
    UnsupportedGame
        The model has a feature that the recursion does not handle; the message names it.
    """
    found = classify(graph)
    if found.obstacle is not None:
        raise UnsupportedGame(found.obstacle)
    if found.engine != "recursion":
        raise UnsupportedGame(f"the model is solved by '{found.engine}', not by 'recursion'")
    return StageBuilder(graph).build()


class StageBuilder:
    """Expands a graph place by place into a stage game."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.expressions = Expressions(strict=False)
        self.players = tuple(graph.players)
        self.outcomes = tuple(graph.outcomes)
        self.has_deadline = graph.clock.deadline is not None
        self.reads = offers_read(graph)
        self.deadline = self._here([graph.clock.deadline])[0] if self.has_deadline else None
        self.checks: dict[Place, list[Check]] = {}
        self.drafts: dict[Place, Draft] = {}

    def build(self) -> StageGame:
        """Expand from the start, number the positions and freeze the arithmetic."""
        graph = self.graph
        initial = tuple(variable.start for variable in graph.state.values())
        start = Place(graph.start, initial, Phase.RUNNING, 0)
        self._expand(start)
        order = self._order()
        index = {place: number for number, place in enumerate(order)}
        positions = tuple(self._finish(place, index) for place in order)
        discount = self._here([graph.clock.discount[player] for player in self.players])
        checks = model_checks(graph, self.expressions, discount)
        return freeze(
            self.expressions,
            StageGame(
                tape=Tape((), ()),
                players=self.players,
                outcomes=self.outcomes,
                state=tuple(graph.state),
                parameters=tuple(graph.parameters),
                positions=positions,
                start=index[start],
                deadline=self.deadline,
                discount=tuple(discount),
                checks=checks,
                regimes=regime_conditions(graph, self.expressions),
            ),
        )

    # Expansion

    def _expand(self, start: Place) -> None:
        pending = [start]
        while pending:
            place = pending.pop()
            if place in self.drafts:
                continue
            if len(self.drafts) >= MAX_POSITIONS:
                raise UnsupportedGame(
                    f"the model has more than {MAX_POSITIONS:,} pairs of node and state; "
                    "narrow the state variables' ranges"
                )
            draft = self.drafts[place] = self._draft(place)
            pending.extend(draft.same_day() + draft.later())

    def _draft(self, place: Place) -> Draft:
        if place.nights:
            return self._night(place)
        if place.node == BREAKDOWN:
            assert self.graph.clock.breakdown is not None
            draft = Draft(self._position(place, Kind.CHANCE))
            self._branch(draft, place, "breakdown", self.graph.clock.breakdown, probability=1)
            return draft
        node = self.graph.nodes[place.node]
        match node:
            case Terminal():
                payoffs = self._at(place, [node.payoffs[player] for player in self.players])
                outcome = self.outcomes.index(node.outcome)
                position = self._position(place, Kind.TERMINAL)
                return Draft(replace(position, outcome=outcome, payoffs=tuple(payoffs)))
            case Decision():
                return self._decision(place, node)
            case Offer():
                return self._offer(place, node)
            case Simultaneous():
                return self._simultaneous(place, node)
            case Chance():
                return self._chance(place, node)

    def _position(self, place: Place, kind: Kind, movers: Iterable[str] = ()) -> Position:
        reads = frozenset() if place.nights else self._reads(place)
        return Position(
            node=place.node,
            state=place.state,
            phase=place.phase,
            kind=kind,
            day=self._day(place),
            repeats=self.has_deadline and place.phase is Phase.RUNNING,
            movers=tuple(self.players.index(player) for player in movers),
            offers=place.offers,
            reads=reads,
        )

    def _reads(self, place: Place) -> frozenset[str]:
        if place.node == BREAKDOWN:
            return frozenset()
        return self.reads[place.node] - {name for name, _ in place.offers}

    def _decision(self, place: Place, node: Decision) -> Draft:
        draft = Draft(self._position(place, Kind.DECISION, [node.player]))
        for action in node.actions:
            if holds(self.graph, action.condition, place.state):
                self._branch(draft, place, action.name, action.edge)
        return draft

    def _offer(self, place: Place, node: Offer) -> Draft:
        low, high = self._at(place, [node.low, node.high])
        self._check_range(place, node, low, high)
        if node.grid is None:
            draft = Draft(self._position(place, Kind.OFFER, [node.player]))
            draft.position = replace(draft.position, variable=node.variable, low=low, high=high)
            self._branch(draft, place, "", node.edge)
            return draft
        draft = Draft(self._position(place, Kind.DECISION, [node.player]))
        for number in self._at(place, node.grid):
            offers = {**dict(place.offers), node.variable: number}
            bound = replace(place, offers=tuple(sorted(offers.items())))
            constant = self.expressions.constant(number)
            label = (
                render(self.expressions, number) if constant is None else render_number(constant)
            )
            self._branch(draft, bound, label, node.edge, offer=number)
        return draft

    def _simultaneous(self, place: Place, node: Simultaneous) -> Draft:
        position = self._position(place, Kind.SIMULTANEOUS, node.actions)
        names = tuple(node.actions.values())
        shape = tuple(len(actions) for actions in names)
        draft = Draft(replace(position, actions=names, shape=shape))
        for profile in profiles(names):
            self._branch(draft, place, f"({', '.join(profile)})", node.results[profile])
        return draft

    def _chance(self, place: Place, node: Chance) -> Draft:
        draft = Draft(self._position(place, Kind.CHANCE))
        handles = self._at(place, [event.probability for event in node.events])
        for event, handle in zip(node.events, handles, strict=True):
            if self.expressions.constant(handle) != 0:
                self._branch(draft, place, event.name, event.edge, probability=handle)
        self._check_probabilities(place, node, handles)
        return draft

    def _branch(
        self,
        draft: Draft,
        place: Place,
        label: str,
        edge: Edge,
        *,
        probability: int | None = None,
        offer: int | None = None,
    ) -> None:
        """Add the branch along ``edge``; ``place`` gives the state, the day and the offers."""
        if probability == 1 and place.node == BREAKDOWN:
            probability = self.expressions.number(1)
        zero = self.expressions.number(0)
        pays: tuple[int, ...] = ()
        if edge.pays:
            paid = dict(zip(edge.pays, self._at(place, list(edge.pays.values())), strict=True))
            pays = tuple(paid.get(player, zero) for player in self.players)
        state = next_state(self.graph, edge.set, place.state)
        target = replace(place, node=edge.target, state=state, nights=edge.days)
        kept = () if edge.days else self._kept(edge.target, place.offers)
        draft.branches.append(
            (Branch(label, -1, pays, probability, offer), replace(target, offers=kept))
        )

    def _kept(self, node: str, offers: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        """The offers that still matter at a node; forgetting the others merges positions."""
        return tuple((name, handle) for name, handle in offers if name in self.reads[node])

    # Nights

    def _night(self, place: Place) -> Draft:
        draft = Draft(self._position(place, Kind.NIGHT))
        if place.phase is Phase.EXPIRED:
            draft.night["tomorrow"] = self._next_day(place)
            return draft
        clock = self.graph.clock
        if place.phase is Phase.LATE:
            draft.night["tomorrow"] = self._expiry(place.state, 1)
            return draft
        draft.night["tomorrow"] = self._next_day(place)
        if self.has_deadline:
            draft.night["tomorrow_at_deadline"] = self._expiry(place.state, 0)
        if clock.hazard is None or clock.breakdown is None:
            return draft
        draft.hazard = self._hazard(place)
        if self.expressions.constant(draft.hazard) == 0:
            draft.hazard = None
            return draft
        draft.night["breakdown"] = self._breakdown(place.state, Phase.RUNNING, place.days + 1)
        if self.has_deadline:
            draft.night["breakdown"] = self._breakdown(place.state, Phase.RUNNING, 0)
            draft.night["breakdown_at_deadline"] = self._breakdown(place.state, Phase.LATE, 0)
        return draft

    def _next_day(self, place: Place) -> Place:
        days = 0 if self.has_deadline and place.phase is Phase.RUNNING else place.days + 1
        return replace(place, days=days, nights=place.nights - 1)

    def _expiry(self, state: tuple[int, ...], days: int) -> Place:
        assert self.graph.clock.expires is not None
        return Place(self.graph.clock.expires, state, Phase.EXPIRED, days)

    def _breakdown(self, state: tuple[int, ...], phase: Phase, days: int) -> Place:
        edge = self.graph.clock.breakdown
        assert edge is not None
        if edge.days or edge.pays:
            return Place(BREAKDOWN, state, phase, days)
        return Place(edge.target, next_state(self.graph, edge.set, state), phase, days)

    def _hazard(self, place: Place) -> int:
        """The hazard in the state at dusk, read on the next day."""
        assert self.graph.clock.hazard is not None
        expressions = self.expressions
        today = self._day(place)
        values = self._state_values(place.state)
        values["day"] = expressions.add(today, expressions.number(1))
        hazard = expressions.substitute([self.graph.clock.hazard], values, self.graph.expressions)[
            0
        ]
        within_unit = self._within_unit(hazard)
        self._require(place, within_unit, "the hazard of a breakdown is not in [0, 1]")
        return hazard

    # Expressions at a place

    def _here(self, handles: Iterable[int | None]) -> list[int]:
        kept = [handle for handle in handles if handle is not None]
        return self.expressions.substitute(kept, {}, self.graph.expressions)

    def _at(self, place: Place, handles: Iterable[int]) -> list[int]:
        values = self._state_values(place.state) | dict(place.offers)
        values["day"] = self._day(place)
        return self.expressions.substitute(handles, values, self.graph.expressions)

    def _state_values(self, state: tuple[int, ...]) -> dict[str, int]:
        numbers = (self.expressions.number(value) for value in state)
        return dict(zip(self.graph.state, numbers, strict=True))

    def _day(self, place: Place) -> int:
        expressions = self.expressions
        if place.phase is Phase.RUNNING:
            return (
                expressions.symbol("day") if self.has_deadline else expressions.number(place.days)
            )
        assert self.deadline is not None
        return expressions.add(self.deadline, expressions.number(place.days))

    # Checks

    def _require(
        self, place: Place, condition: int, message: str, exact: int | None = None
    ) -> None:
        """Nothing can be played at a place unless a condition on parameters and the day holds."""
        if self.expressions.constant(condition) == 1 and exact is None:
            return
        readable = self.expressions.free_symbols(condition) <= {*self.graph.parameters, "day"}
        if readable:
            state = zip(self.graph.state, place.state, strict=True)
            where = ", ".join(f"{name} = {value}" for name, value in state)
            message += f" where {where}" if where else ""
            self.checks.setdefault(place, []).append(Check(condition, message, exact))

    def _within_unit(self, handle: int) -> int:
        return within(self.expressions, handle, 0, 1)

    def _check_range(self, place: Place, node: Offer, low: int, high: int) -> None:
        expressions = self.expressions
        condition = expressions.apply(Operation.LESS_EQUAL, low, high)
        self._require(place, condition, f"the range of the offer at '{node.name}' is empty")

    def _check_probabilities(self, place: Place, node: Chance, handles: list[int]) -> None:
        message = f"the probabilities at '{node.name}' are not all in [0, 1]"
        for handle in handles:
            self._require(place, self._within_unit(handle), message)
        condition, exact = sums_to_one(self.expressions, handles)
        self._require(
            place, condition, f"the probabilities at '{node.name}' do not sum to 1", exact
        )

    # Numbering

    def _order(self) -> list[Place]:
        """Places so that whatever is solved first comes first; those of every day come last."""
        order: list[Place] = []
        done: set[Place] = set()
        for repeats in (False, True):
            for root, draft in self.drafts.items():
                if draft.position.repeats is not repeats:
                    continue
                stack = [(root, False)]
                while stack:
                    place, leaving = stack.pop()
                    if leaving:
                        order.append(place)
                    elif place not in done:
                        done.add(place)
                        stack.append((place, True))
                        stack.extend((child, False) for child in self.drafts[place].same_day())
        return order

    def _finish(self, place: Place, index: dict[Place, int]) -> Position:
        draft = self.drafts[place]
        branches = tuple(replace(branch, target=index[end]) for branch, end in draft.branches)
        night = None
        if draft.night:
            numbers = {name: index[end] for name, end in draft.night.items()}
            night = Night(hazard=draft.hazard, **numbers)
        checks = tuple(self.checks.get(place, ()))
        return replace(draft.position, branches=branches, night=night, checks=checks)


def profiles(actions: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
    """All action profiles, the last player's action changing fastest."""
    result: list[tuple[str, ...]] = [()]
    for names in actions:
        result = [(*profile, name) for profile in result for name in names]
    return result
