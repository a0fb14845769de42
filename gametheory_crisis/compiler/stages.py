"""The stage game of a graph: all (node, state) pairs in reach, with nights between days.

The graph is expanded once per model.  States, days that are known and numbers offered from a grid
are put into the expressions, so that what is left reads parameters, ``day`` (before a deadline) and
continuous offers only.
"""

from __future__ import annotations

from gametheory_crisis.compiler.checks import (
    model_checks,
    regime_conditions,
    sums_to_one,
    within,
)
from gametheory_crisis.compiler.classify import classify
from gametheory_crisis.compiler.freezing import freeze
from gametheory_crisis.compiler.images import Batch, Images
from gametheory_crisis.compiler.places import Draft, Mould, Place, Twig, ordered
from gametheory_crisis.compiler.plans import Plan, Planner, Way
from gametheory_crisis.compiler.reads import offers_read
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.stage import Check, Kind, Phase, StageGame
from gametheory_crisis.games.tape import Tape
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import Graph, Offer
from gametheory_crisis.language.integers import State, StateArithmetic
from gametheory_crisis.language.rendering import render, render_number

MAX_POSITIONS = 1_000_000

BREAKDOWN = "(breakdown)"
"""Stands for the edge that a breakdown takes, where that edge pays or passes days by itself."""

_NIGHT = Mould(Kind.NIGHT)


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
        self.has_deadline = graph.clock.deadline is not None
        self.endless = bool(graph.cycle)
        self.deadline = self._here([graph.clock.deadline])[0] if self.has_deadline else None
        variables = (node.variable for node in graph.nodes.values() if isinstance(node, Offer))
        self.images = Images(
            self.expressions, graph.expressions, tuple(graph.state), frozenset(variables)
        )
        self.reads = {**offers_read(graph), BREAKDOWN: frozenset()}
        self.arithmetic = StateArithmetic(graph.expressions, graph.state)
        planner = Planner(graph, self.images)
        self.plans = {name: planner.plan(node) for name, node in graph.nodes.items()}
        if graph.clock.breakdown is not None:
            self.plans[BREAKDOWN] = planner.breakdown(graph.clock.breakdown)
        self.hazard = Batch(self.images, [graph.clock.hazard])
        self.places: list[Place] = []
        self.numbers: dict[Place, int] = {}
        self.drafts: dict[int, Draft] = {}
        self._days: dict[tuple[Phase, int], int] = {}
        self._within: dict[int, int] = {}
        self._sums: dict[tuple[int, ...], tuple[int, int]] = {}
        self._checkable = {*graph.parameters, "day"}

    def build(self) -> StageGame:
        """Expand from the start, number the positions and freeze the arithmetic."""
        graph = self.graph
        initial = tuple(variable.start for variable in graph.state.values())
        start = self._number(Place(graph.start, initial, Phase.RUNNING, 0))
        self._expand(start)
        order = ordered(self.drafts)
        index = [-1] * len(self.places)
        for position, place in enumerate(order):
            index[place] = position
        positions = tuple(self.drafts.pop(place).position(index) for place in order)
        discount = self._here([graph.clock.discount[player] for player in self.players])
        checks = model_checks(graph, self.expressions, discount)
        return freeze(
            self.expressions,
            StageGame(
                tape=Tape((), ()),
                players=self.players,
                outcomes=tuple(graph.outcomes),
                state=tuple(graph.state),
                parameters=tuple(graph.parameters),
                positions=positions,
                start=index[start],
                deadline=self.deadline,
                discount=tuple(discount),
                checks=checks,
                regimes=regime_conditions(graph, self.expressions),
                endless=self.endless,
            ),
        )

    # Expansion

    def _expand(self, start: int) -> None:
        pending = [start]
        while pending:
            number = pending.pop()
            if number in self.drafts:
                continue
            if len(self.drafts) >= MAX_POSITIONS:
                raise UnsupportedGame(
                    f"the model has more than {MAX_POSITIONS:,} pairs of node and state; "
                    "narrow the state variables' ranges"
                )
            draft = self.drafts[number] = self._draft(self.places[number])
            pending += draft.same_day()
            pending += draft.later()

    def _number(self, place: Place) -> int:
        number = self.numbers.get(place)
        if number is None:
            number = self.numbers[place] = len(self.places)
            self.places.append(place)
        return number

    def _draft(self, place: Place) -> Draft:
        if place.nights:
            return self._night(place)
        plan = self.plans[place.node]
        match plan.mould.kind:
            case Kind.TERMINAL:
                assert plan.numbers is not None
                payoffs = self._at(place, plan.numbers)
                draft = self._begin(place, plan.mould)
                draft.outcome, draft.payoffs = plan.outcome, payoffs
                return draft
            case Kind.CHANCE if plan.numbers is not None:
                return self._chance(place, plan, plan.numbers)
            case Kind.CHANCE:
                draft = self._begin(place, plan.mould)
                sure = self.images.number(1)
                draft.branches = (self._twig(place, plan.ways[0], probability=sure),)
                return draft
            case _ if plan.numbers is not None:
                return self._offer(place, plan, plan.numbers)
            case _:
                draft = self._begin(place, plan.mould)
                value = self.arithmetic.value
                ways = (
                    way
                    for way in plan.ways
                    if way.condition is None or value(way.condition, place.state)
                )
                draft.branches = tuple([self._twig(place, way) for way in ways])
                return draft

    def _begin(self, place: Place, mould: Mould) -> Draft:
        repeats = self.has_deadline and place.phase is Phase.RUNNING
        draft = Draft(place, mould, self._day(place), repeats)
        if not place.nights:
            reads = self.reads[place.node]
            draft.reads = reads - {name for name, _ in place.offers} if place.offers else reads
        return draft

    def _offer(self, place: Place, plan: Plan, limits: Batch) -> Draft:
        expressions = self.expressions
        low, high = self._at(place, limits)
        condition = expressions.apply(Operation.LESS_EQUAL, low, high)
        draft = self._begin(place, plan.mould)
        self._require(draft, condition, f"the range of the offer at '{place.node}' is empty")
        way = plan.ways[0]
        if plan.grid is None:
            draft.low, draft.high = low, high
            draft.branches = (self._twig(place, way),)
            return draft
        node = self.graph.nodes[place.node]
        assert isinstance(node, Offer)
        for number in self._at(place, plan.grid):
            constant = expressions.constant(number)
            label = render(expressions, number) if constant is None else render_number(constant)
            offers = tuple(sorted({**dict(place.offers), node.variable: number}.items()))
            bound = place._replace(offers=offers)
            draft.branches += (self._twig(bound, way, label=label, offer=number),)
        return draft

    def _chance(self, place: Place, plan: Plan, probabilities: Batch) -> Draft:
        draft = self._begin(place, plan.mould)
        handles = self._at(place, probabilities)
        zero = self.images.number(0)
        draft.branches = tuple(
            [
                self._twig(place, way, probability=handle)
                for way, handle in zip(plan.ways, handles, strict=True)
                if handle != zero
            ]
        )
        self._check_probabilities(draft, handles)
        return draft

    def _twig(
        self,
        place: Place,
        way: Way,
        *,
        label: str = "",
        probability: int | None = None,
        offer: int | None = None,
    ) -> Twig:
        """The branch along ``way``; ``place`` gives the state, the day and the offers."""
        edge = way.edge
        # Slots have the order in which they are made, and 0 comes before what is paid.
        self.images.number(0)
        pays = () if way.pays is None else self._at(place, way.pays)
        state = self.arithmetic.after(edge.set, place.state)
        offers = () if edge.days else self._kept(edge.target, place.offers)
        target = Place(edge.target, state, place.phase, place.days, offers, edge.days)
        return Twig(label or way.label, self._number(target), pays, probability, offer)

    def _kept(self, node: str, offers: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        """The offers that still matter at a node; forgetting the others merges positions."""
        return tuple(pair for pair in offers if pair[0] in self.reads[node]) if offers else ()

    # Nights

    def _night(self, place: Place) -> Draft:
        draft = self._begin(place, _NIGHT)
        draft.returns = draft.repeats or self.endless
        if place.phase is Phase.LATE:
            draft.night = {"tomorrow": self._expiry(place.state, 1)}
            return draft
        draft.night = {"tomorrow": self._next_day(place)}
        if place.phase is Phase.EXPIRED:
            return draft
        if self.has_deadline:
            draft.night["tomorrow_at_deadline"] = self._expiry(place.state, 0)
        if self.graph.clock.hazard is None or self.graph.clock.breakdown is None:
            return draft
        hazard = self._hazard(draft)
        if hazard == self.images.number(0):
            return draft
        draft.hazard = hazard
        draft.night["breakdown"] = self._breakdown(place, Phase.RUNNING)
        if self.has_deadline:
            draft.night["breakdown_at_deadline"] = self._breakdown(place, Phase.LATE)
        return draft

    def _next_day(self, place: Place) -> int:
        return self._number(place._replace(days=self._later(place), nights=place.nights - 1))

    def _later(self, place: Place) -> int:
        """The days of a place a night later, where they count."""
        uncounted = self.endless or (self.has_deadline and place.phase is Phase.RUNNING)
        return 0 if uncounted else place.days + 1

    def _expiry(self, state: State, days: int) -> int:
        assert self.graph.clock.expires is not None
        return self._number(Place(self.graph.clock.expires, state, Phase.EXPIRED, days))

    def _breakdown(self, place: Place, phase: Phase) -> int:
        """Where a breakdown leads on the night of ``place``."""
        edge = self.graph.clock.breakdown
        assert edge is not None
        days = 0 if phase is Phase.LATE else self._later(place)
        if edge.days or edge.pays:
            return self._number(Place(BREAKDOWN, place.state, phase, days))
        state = self.arithmetic.after(edge.set, place.state)
        return self._number(Place(edge.target, state, phase, days))

    def _hazard(self, draft: Draft) -> int:
        """The hazard in the state at dusk, read on the next day."""
        state = self.images.state(draft.place.state)
        tomorrow = self.images.add(draft.day, self.images.number(1))
        hazard = self.hazard.at(state, tomorrow)[0]
        message = "the hazard of a breakdown is not in [0, 1]"
        self._require(draft, self._within_unit(hazard), message)
        return hazard

    # Expressions at a place

    def _here(self, handles: list[int | None]) -> list[int]:
        kept = [handle for handle in handles if handle is not None]
        return self.expressions.substitute(kept, {}, self.graph.expressions)

    def _at(self, place: Place, batch: Batch) -> tuple[int, ...]:
        return batch.at(self.images.state(place.state), self._day(place), place.offers)

    def _day(self, place: Place) -> int:
        key = place.phase, place.days
        day = self._days.get(key)
        if day is None:
            day = self._days[key] = self._make_day(*key)
        return day

    def _make_day(self, phase: Phase, days: int) -> int:
        expressions = self.expressions
        if phase is Phase.RUNNING:
            return expressions.symbol("day") if self.has_deadline else expressions.number(days)
        assert self.deadline is not None
        return expressions.add(self.deadline, expressions.number(days))

    # Checks

    def _require(
        self, draft: Draft, condition: int, message: str, exact: int | None = None
    ) -> None:
        """Nothing can be played at a place unless a condition on parameters and the day holds."""
        if condition == self.images.number(1) and exact is None:
            return
        if self.expressions.free_symbols(condition) <= self._checkable:
            state = zip(self.graph.state, draft.place.state, strict=True)
            where = ", ".join(f"{name} = {value}" for name, value in state)
            message += f" where {where}" if where else ""
            draft.checks += (Check(condition, message, exact),)

    def _within_unit(self, handle: int) -> int:
        condition = self._within.get(handle)
        if condition is None:
            condition = self._within[handle] = within(self.expressions, handle, 0, 1)
        return condition

    def _check_probabilities(self, draft: Draft, handles: tuple[int, ...]) -> None:
        node = draft.place.node
        message = f"the probabilities at '{node}' are not all in [0, 1]"
        for handle in handles:
            self._require(draft, self._within_unit(handle), message)
        sums = self._sums.get(handles)
        if sums is None:
            sums = self._sums[handles] = sums_to_one(self.expressions, handles)
        self._require(draft, sums[0], f"the probabilities at '{node}' do not sum to 1", sums[1])
