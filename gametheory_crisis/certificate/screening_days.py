"""One day of daily offers to a player with private numbers, read from the graph of moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from gametheory_crisis.certificate.arrays import Arrays, Floats, Values
from gametheory_crisis.certificate.screening_positions import NONE, Positions, piecewise
from gametheory_crisis.certificate.screening_subgames import Subgame
from gametheory_crisis.certificate.screening_tables import Days
from gametheory_crisis.certificate.unrolling import probability
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Edge,
    Graph,
    Offer,
    Terminal,
    edges,
)


class _Ending(NamedTuple):
    """One way in which a deal can end play: chances and payments on the way, and the terminal."""

    chances: tuple[int, ...]
    pays: tuple[Mapping[str, int], ...]
    terminal: Terminal


class DailyOffers:
    """The moves of a day and of the night after it.

    Parameters
    ----------
    graph : the game
    arrays : its arithmetic
    positions : the prior

    Attributes
    ----------
    num_days : days on which offers are made
    limits : float64 (days, 2), least and greatest offer
    hazards : per day, the probability that the clock breaks down in the night after it
    proposer, informed : names of the players
    offer, answer : the day's two nodes
    deal, refusal : the actions of the answer
    discount : daily, by player
    expiry, breakdown : what follows the last refusal, and a night in which the clock breaks down

    Raises
    ------
    UnsupportedGame
        If days do not start with an offer, which the informed player takes, or lets a day pass.
    ParameterError
        If an offer has no range, or a hazard is no probability.
    """

    def __init__(self, graph: Graph, arrays: Arrays, positions: Positions) -> None:
        self._graph, self._arrays, self.positions = graph, arrays, positions
        self.offer, self.answer = _first_moves(graph)
        self.proposer, self.informed = self.offer.player, self.answer.player
        back = [action for action in self.answer.actions if action.edge.target == graph.start]
        others = [action for action in self.answer.actions if action not in back]
        if len(back) != 1 or len(others) != 1 or back[0].edge.days != 1 or others[0].edge.days:
            raise UnsupportedGame(f"'{self.answer.name}' is no choice between a deal and a day")
        self.deal, self.refusal = others[0], back[0]
        self._endings = _endings(graph, self.deal.edge, (), ())
        clock = graph.clock
        self.discount = {
            player: float(arrays.value(clock.discount[player], {}))
            if player in clock.discount
            else 1.0
            for player in graph.players
        }
        self.num_days = _deadline(graph, arrays)
        start = Edge(clock.expires or "")
        self.expiry = Subgame(graph, arrays, positions, self.discount, start)
        self.breakdown = None
        if clock.breakdown is not None:
            _check_no_days(graph, clock.breakdown)
            self.breakdown = Subgame(graph, arrays, positions, self.discount, clock.breakdown)
        self._private = frozenset(positions.numbers(np.zeros(1)))
        self.limits, self.hazards = self._limits(), self._hazards()

    def _limits(self) -> Floats:
        names = {"day": np.arange(self.num_days, dtype=np.float64)}
        ends = (self._arrays.value(end, names) for end in (self.offer.low, self.offer.high))
        limits = np.stack([np.broadcast_to(end, (self.num_days,)) for end in ends], axis=-1)
        for low, high in limits:
            if not -np.inf < low <= high < np.inf:
                raise ParameterError(
                    f"the range of the offer at '{self.offer.name}' is empty: [{low:g}, {high:g}]"
                )
        return limits

    def _hazards(self) -> Floats:
        hazard = self._graph.clock.hazard
        if hazard is None or self.breakdown is None:
            return np.zeros(self.num_days)
        days = np.arange(1.0, self.num_days + 1)
        hazards = np.broadcast_to(self._arrays.value(hazard, {"day": days}), days.shape)
        for day, value in zip(days, hazards, strict=True):
            probability(float(value), f"the hazard on day {day:g}")
        return hazards

    def accepting(
        self, player: str, day: Days, offers: Floats, numbers: Mapping[str, Floats]
    ) -> Values:
        """What a deal is worth."""
        names = self._names(day, offers, numbers)
        total: Values = 0.0
        for ending in self._endings:
            worth = self._arrays.value(ending.terminal.payoffs[player], names)
            for pays in ending.pays:
                if player in pays:
                    worth = worth + self._arrays.value(pays[player], names)
            for chance in ending.chances:
                worth = worth * self._arrays.value(chance, names)
            total = total + worth
        return total

    def outcomes(self, day: Days, offers: Floats) -> dict[str, Values]:
        """The probability of each outcome of a deal."""
        names = self._names(day, offers, {})
        shares: dict[str, Values] = {}
        for ending in self._endings:
            share: Values = 1.0
            for chance in ending.chances:
                share = share * self._arrays.value(chance, names)
            outcome = ending.terminal.outcome
            shares[outcome] = shares.get(outcome, 0.0) + share
        return shares

    def refusing(
        self, player: str, day: Days, offers: Floats, numbers: Mapping[str, Floats]
    ) -> Values:
        """What is paid on a refusal."""
        pays = self.refusal.edge.pays
        if player not in pays:
            return 0.0
        return self._arrays.value(pays[player], self._names(day, offers, numbers))

    def accepted(self, player: str, day: Days, offers: Floats, low: Floats, high: Floats) -> Floats:
        """The integral of what a deal is worth over the types of each interval."""
        read = [e.terminal.payoffs[player] for e in self._endings]
        read += [p[player] for e in self._endings for p in e.pays if player in p]
        if not self._of_types(read):
            worth = self.accepting(player, day, offers, {})
            return np.asarray(worth * self.positions.mass(low, high))
        shape = np.broadcast_shapes(np.shape(day), offers.shape, low.shape, high.shape)
        day, offers, low, high = (
            np.broadcast_to(each, shape).ravel() for each in (day, offers, low, high)
        )

        def integral(rows: slice) -> Floats:
            numbers, weights = self.positions.nodes(low[rows], high[rows], NONE)
            at = day[rows, None], offers[rows, None]
            return np.asarray(np.sum(self.accepting(player, *at, numbers) * weights, axis=-1))

        return piecewise(integral, len(low)).reshape(shape)

    def refused(self, player: str, day: Days, offers: Floats, states: Floats) -> Values:
        """The integral of what is paid on a refusal over the types up to each state."""
        pays = self.refusal.edge.pays
        if player not in pays:
            return 0.0
        if not self._of_types([pays[player]]):
            worth = self.refusing(player, day, offers, {})
            return worth * self.positions.mass(np.zeros_like(states), states)
        shape = np.broadcast_shapes(np.shape(day), offers.shape, states.shape)
        day, offers, states = (
            np.broadcast_to(each, shape).ravel() for each in (day, offers, states)
        )

        def integral(rows: slice) -> Floats:
            numbers, weights = self.positions.nodes(np.zeros_like(states[rows]), states[rows], NONE)
            at = day[rows, None], offers[rows, None]
            return np.asarray(np.sum(self.refusing(player, *at, numbers) * weights, axis=-1))

        return piecewise(integral, len(states)).reshape(shape)

    def _names(self, day: Days, offers: Floats, numbers: Mapping[str, Floats]) -> dict[str, Values]:
        return {**numbers, self.offer.variable: offers, "day": np.asarray(day, np.float64)}

    def _of_types(self, expressions: list[int]) -> bool:
        return any(self._arrays.reads(each) & self._private for each in expressions)


def _first_moves(graph: Graph) -> tuple[Offer, Decision]:
    offer = graph.nodes[graph.start]
    if isinstance(offer, Offer) and offer.grid is None and not offer.edge.days:
        answer = graph.nodes[offer.edge.target]
        plain = not offer.edge.pays and not graph.state
        if plain and isinstance(answer, Decision) and list(graph.private) == [answer.player]:
            return offer, answer
    raise UnsupportedGame(
        f"'{graph.start}' is no offer that the only player with private numbers answers"
    )


def _endings(
    graph: Graph, edge: Edge, chances: tuple[int, ...], pays: tuple[Mapping[str, int], ...]
) -> list[_Ending]:
    pays = (*pays, edge.pays) if edge.pays else pays
    node = graph.nodes[edge.target]
    if isinstance(node, Terminal):
        return [_Ending(chances, pays, node)]
    if not isinstance(node, Chance) or any(event.edge.days for event in node.events):
        raise UnsupportedGame(f"'{node.name}' follows a deal: only ends of play may")
    return [
        ending
        for event in node.events
        for ending in _endings(graph, event.edge, (*chances, event.probability), pays)
    ]


def _deadline(graph: Graph, arrays: Arrays) -> int:
    clock = graph.clock
    if clock.deadline is None or clock.expires is None:
        raise UnsupportedGame("daily offers without a deadline cannot be certified")
    deadline = float(arrays.value(clock.deadline, {}))
    if not deadline >= 1 or deadline == np.inf or deadline != int(deadline):
        raise ParameterError(f"the deadline is {deadline:g}, not a whole number from 1 on")
    return int(deadline)


def _check_no_days(graph: Graph, edge: Edge) -> None:
    if edge.days:
        raise UnsupportedGame("days that pass once the clock has broken down cannot be certified")
    for below in edges(graph.nodes[edge.target]):
        _check_no_days(graph, below)
