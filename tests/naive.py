"""Slow and obvious twins of the solvers; they share nothing with the package but the reader."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Edge,
    Event,
    Graph,
    Offer,
    Terminal,
    edges,
)

RATIONAL: dict[Operation, Callable[..., Any]] = {
    Operation.ADD: lambda a, b: a + b,
    Operation.SUB: lambda a, b: a - b,
    Operation.MUL: lambda a, b: a * b,
    Operation.DIV: lambda a, b: a / b,
    Operation.POW: lambda a, b: a**b,
    Operation.NEG: lambda a: -a,
    Operation.ABS: abs,
    Operation.MIN: min,
    Operation.MAX: max,
    Operation.LESS: lambda a, b: a < b,
    Operation.LESS_EQUAL: lambda a, b: a <= b,
    Operation.EQUAL: lambda a, b: a == b,
    Operation.AND: lambda a, b: a and b,
    Operation.OR: lambda a, b: a or b,
    Operation.NOT: lambda a: not a,
    Operation.SQRT: lambda a: math.sqrt(a),
    Operation.EXP: lambda a: math.exp(a),
    Operation.LOG: lambda a: math.log(a),
}


def number(graph: Graph, handle: int, names: Mapping[str, Any]) -> Any:
    """Value of an expression, by recursion; of a `where` only the chosen branch is looked at."""
    expressions = graph.expressions
    constant, name = expressions.constant(handle), expressions.symbol_name(handle)
    if constant is not None:
        return constant
    if name is not None:
        return names[name]
    node = expressions.operation(handle)
    assert node is not None
    operation, operands = node
    if operation is Operation.WHERE:
        return number(graph, operands[1 if number(graph, operands[0], names) else 2], names)
    return RATIONAL[operation](*(number(graph, operand, names) for operand in operands))


class Place(NamedTuple):
    """Where a choice or a chance move stands, with the offers of the day that still matter."""

    node: str
    day: int
    state: tuple[int, ...]
    expired: bool
    offers: tuple[tuple[str, Fraction], ...]


class Way(NamedTuple):
    """One place that an action may lead to, and what a breakdown on the way there pays."""

    probability: Fraction
    days: int
    place: Place
    pays: tuple[Fraction, ...] = ()


@dataclass(frozen=True)
class Option:
    """An action: who is paid what at once, and the places that follow."""

    label: str
    pays: tuple[Fraction, ...]
    ways: tuple[Way, ...]
    offer: Fraction | None = None


@dataclass(frozen=True)
class Worth:
    """What play from a place on is worth."""

    payoffs: tuple[Fraction, ...]
    outcomes: tuple[Fraction, ...]
    day: Fraction


class FiniteGame:
    """A finite public game at one point, its places found by walking the graph from the start."""

    def __init__(self, graph: Graph, values: Mapping[str, Fraction]) -> None:
        self.graph, self.values = graph, dict(values)
        self.players, self.outcomes = tuple(graph.players), tuple(graph.outcomes)
        clock = graph.clock
        self.deadline = None if clock.deadline is None else int(self.number(clock.deadline, {}))
        self.discount = [self.number(clock.discount[player], {}) for player in self.players]
        self.options: dict[Place, list[Option]] = {}
        self.order: list[Place] = []
        start = tuple(variable.start for variable in graph.state.values())
        self.start = Place(graph.start, 0, start, expired=False, offers=())
        self._visit(self.start)

    def number(self, handle: int, names: Mapping[str, Any]) -> Fraction:
        return number(self.graph, handle, {**self.values, **names})

    def equilibria(self, most: int) -> list[dict[Place, tuple[int, Worth]]]:
        """All pure subgame-perfect equilibria, or the first ``most`` and one more to show it.

        Each maps places to the option taken (-1 where nobody chooses) and the worth of play.
        """
        return [found for found, _ in zip(self._extended({}, 0), range(most + 1), strict=False)]

    def _extended(
        self, known: dict[Place, tuple[int, Worth]], done: int
    ) -> Iterator[dict[Place, tuple[int, Worth]]]:
        if done == len(self.order):
            yield known
            return
        place = self.order[done]
        for choice in self._choices(place, known):
            yield from self._extended({**known, place: choice}, done + 1)

    def _choices(
        self, place: Place, known: Mapping[Place, tuple[int, Worth]]
    ) -> list[tuple[int, Worth]]:
        node = self.graph.nodes[place.node]
        if isinstance(node, Terminal):
            payoffs = tuple(self.number(node.payoffs[p], self._names(place)) for p in self.players)
            outcomes = tuple(Fraction(name == node.outcome) for name in self.outcomes)
            return [(-1, Worth(payoffs, outcomes, Fraction(place.day)))]
        worths = [self._after(option, known) for option in self.options[place]]
        if isinstance(node, Chance):
            events = self._events(place)
            shares = [self.number(e.probability, self._names(place)) for e in events]
            return [(-1, _mean(shares, worths))]
        mover = self.players.index(node.player)
        best = max(worth.payoffs[mover] for worth in worths)
        tied = [k for k, worth in enumerate(worths) if worth.payoffs[mover] == best]
        if isinstance(node, Offer):
            tied.sort(key=lambda k: (worths[k].day, self.options[place][k].offer))
        return [(k, worths[k]) for k in tied]

    def _after(self, option: Option, known: Mapping[Place, tuple[int, Worth]]) -> Worth:
        parts = []
        for way in option.ways:
            worth = known[way.place][1]
            payoffs = tuple(
                d**way.days * v for d, v in zip(self.discount, worth.payoffs, strict=True)
            )
            if way.pays:
                payoffs = tuple(map(Fraction.__add__, way.pays, payoffs))
            parts.append(Worth(payoffs, worth.outcomes, worth.day))
        mean = _mean([way.probability for way in option.ways], parts)
        return Worth(
            tuple(map(Fraction.__add__, option.pays, mean.payoffs)), mean.outcomes, mean.day
        )

    # Walking the graph

    def _visit(self, place: Place) -> None:
        if place in self.options:
            return
        self.options[place] = self._options(place)
        for option in self.options[place]:
            for way in option.ways:
                self._visit(way.place)
        self.order.append(place)

    def _names(self, place: Place) -> dict[str, Fraction]:
        state = dict(zip(self.graph.state, map(Fraction, place.state), strict=True))
        return {**state, **dict(place.offers), "day": Fraction(place.day)}

    def _options(self, place: Place) -> list[Option]:
        node, names = self.graph.nodes[place.node], self._names(place)
        match node:
            case Terminal():
                return []
            case Decision():
                open_actions = [
                    action
                    for action in node.actions
                    if action.condition is None or self.number(action.condition, names)
                ]
                return [self._option(place, names, a.name, a.edge) for a in open_actions]
            case Chance():
                return [self._option(place, names, e.name, e.edge) for e in self._events(place)]
            case Offer():
                assert node.grid is not None
                found = []
                for handle in node.grid:
                    offer = self.number(handle, names)
                    offers = {**dict(place.offers), node.variable: offer}
                    made = place._replace(offers=tuple(sorted(offers.items())))
                    after = {**names, node.variable: offer}
                    found.append(self._option(made, after, str(offer), node.edge, offer))
                return found
        raise AssertionError(node)

    def _events(self, place: Place) -> list[Event]:
        """Events that can happen."""
        node, names = self.graph.nodes[place.node], self._names(place)
        assert isinstance(node, Chance)
        return [event for event in node.events if self.number(event.probability, names)]

    def _option(
        self,
        place: Place,
        names: Mapping[str, Fraction],
        label: str,
        edge: Edge,
        offer: Fraction | None = None,
    ) -> Option:
        zero = Fraction(0)
        pays = tuple(
            self.number(edge.pays[p], names) if p in edge.pays else zero for p in self.players
        )
        return Option(label, pays, tuple(self._ways(place, names, edge)), offer)

    def _ways(self, place: Place, names: Mapping[str, Fraction], edge: Edge) -> list[Way]:
        state = tuple(
            int(self.number(edge.set[name], names)) if name in edge.set else level
            for name, level in zip(self.graph.state, place.state, strict=True)
        )
        arrived = place._replace(node=edge.target, state=state)
        if not edge.days:
            kept = tuple(pair for pair in place.offers if pair[0] in self._reads(edge.target))
            return [Way(Fraction(1), 0, arrived._replace(offers=kept))]
        return self._nights(arrived._replace(offers=()), edge.days, 0)

    def _nights(self, place: Place, left: int, passed: int) -> list[Way]:
        """Days one by one: first the hazard of the new day, then the deadline."""
        if not left:
            return [Way(Fraction(1), passed, place)]
        clock, place = self.graph.clock, place._replace(day=place.day + 1)
        if place.expired:
            return self._nights(place, left - 1, passed + 1)
        ways, share = [], Fraction(1)
        late = self.deadline is not None and place.day > self.deadline
        if clock.hazard is not None and clock.breakdown is not None and not late:
            hazard = self.number(clock.hazard, self._names(place))
            if hazard:
                ways = self._broken(place, hazard, passed + 1)
            share -= hazard
        if self.deadline is not None and place.day >= self.deadline:
            assert clock.expires is not None
            quiet = [Way(Fraction(1), passed + 1, place._replace(node=clock.expires, expired=True))]
        else:
            quiet = self._nights(place, left - 1, passed + 1) if share else []
        return ways + [w._replace(probability=share * w.probability) for w in quiet if share]

    def _broken(self, place: Place, hazard: Fraction, passed: int) -> list[Way]:
        edge, names = self.graph.clock.breakdown, self._names(place)
        assert edge is not None
        option = self._option(place, names, "breakdown", edge)
        paid = tuple(d**passed * p for d, p in zip(self.discount, option.pays, strict=True))
        ways = []
        for way in option.ways:
            assert not way.pays
            ways.append(Way(hazard * way.probability, passed + way.days, way.place, paid))
        return ways

    def _reads(self, node: str) -> frozenset[str]:
        """Names read at a node, or behind it before a day has passed or a new offer is made."""
        found, seen, stack = set(), set(), [node]
        free = self.graph.expressions.free_symbols
        while stack:
            name = stack.pop()
            if name in seen:
                continue
            seen.add(name)
            current = self.graph.nodes[name]
            handles = [h for edge in edges(current) for h in edge.pays.values()]
            if isinstance(current, Terminal):
                handles += current.payoffs.values()
            if isinstance(current, Chance):
                handles += [event.probability for event in current.events]
            for handle in handles:
                found |= free(handle)
            stack += [edge.target for edge in edges(current) if not edge.days]
        return frozenset(found)


def _mean(shares: Sequence[Fraction], worths: Sequence[Worth]) -> Worth:
    def mean(numbers: Sequence[Fraction]) -> Fraction:
        return sum((s * n for s, n in zip(shares, numbers, strict=True)), Fraction(0))

    return Worth(
        tuple(map(mean, zip(*(w.payoffs for w in worths), strict=True))),
        tuple(map(mean, zip(*(w.outcomes for w in worths), strict=True))),
        mean([w.day for w in worths]),
    )


def pure_nash(shape: Sequence[int], payoffs: Sequence[Sequence[float]]) -> list[tuple[int, ...]]:
    """Pure equilibria of a stage, by trying every deviation from every profile."""
    table = dict(zip(product(*map(range, shape)), payoffs, strict=True))
    found = []
    for profile, own in table.items():
        others = (
            (i, table[(*profile[:i], action, *profile[i + 1 :])][i])
            for i, size in enumerate(shape)
            for action in range(size)
        )
        if all(gain <= own[i] for i, gain in others):
            found.append(profile)
    return found


# Continuous offers


class OfferGame:
    """A game of one continuous offer, of moves below it that no day separates from it."""

    def __init__(self, graph: Graph, values: Mapping[str, Any]) -> None:
        self.graph, self.values = graph, dict(values)
        node = graph.nodes[graph.start]
        assert isinstance(node, Offer)
        self.offer, self.players = node, tuple(graph.players)
        self.low = number(graph, node.low, self.values)
        self.high = number(graph, node.high, self.values)

    def worths(self, x: Any, *, tolerance: float | Fraction = Fraction(0)) -> list[tuple[Any, ...]]:
        """Payoffs of every equilibrium of the subgame after an offer."""
        found = self._worths(self.offer.edge, {**self.values, self.offer.variable: x}, tolerance)
        return list(dict.fromkeys(found))

    def _worths(
        self, edge: Edge, names: Mapping[str, Any], slack: float | Fraction
    ) -> list[tuple[Any, ...]]:
        zero = Fraction(0)
        pays = [
            number(self.graph, edge.pays[p], names) if p in edge.pays else zero
            for p in self.players
        ]
        below = self._at(self.graph.nodes[edge.target], names, slack)
        return [tuple(a + b for a, b in zip(pays, row, strict=True)) for row in below]

    def _at(
        self, node: Any, names: Mapping[str, Any], slack: float | Fraction
    ) -> list[tuple[Any, ...]]:
        if isinstance(node, Terminal):
            return [tuple(number(self.graph, node.payoffs[p], names) for p in self.players)]
        options = [self._worths(edge, names, slack) for edge in edges(node)]
        if isinstance(node, Chance):
            shares = [number(self.graph, event.probability, names) for event in node.events]
            return [
                tuple(
                    sum(s * row[i] for s, row in zip(shares, rows, strict=True))
                    for i in range(len(self.players))
                )
                for rows in product(*options)
            ]
        assert isinstance(node, Decision)
        mover = self.players.index(node.player)
        found = []
        for rows in product(*options):
            best = max(row[mover] for row in rows)
            found += [row for row in rows if best - row[mover] <= slack]
        return found

    def grid_best(self, num: int) -> Any:
        """The offerer's best over a grid, the answers to each offer in the file's order on ties."""
        offerer = self.players.index(self.offer.player)
        step = (self.high - self.low) / num
        offers = [self.low + step * k for k in range(num)] + [self.high]
        return max(self.worths(x)[0][offerer] for x in offers)
