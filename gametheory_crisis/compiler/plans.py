"""What every place of a node does alike, prepared once per node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gametheory_crisis.compiler.images import Batch, Images
from gametheory_crisis.compiler.places import Mould
from gametheory_crisis.games.stage import Kind
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Edge,
    Graph,
    GraphNode,
    Offer,
    Simultaneous,
    Terminal,
)


@dataclass(frozen=True, slots=True)
class Way:
    """A way on from a node.

    Attributes
    ----------
    label : of its branch
    condition : expression that is not 0 where the way is open, or None
    edge : where it leads
    pays : each player's payment, or None where nobody is paid
    """

    label: str
    condition: int | None
    edge: Edge
    pays: Batch | None


@dataclass(frozen=True, slots=True)
class Plan:
    """How a place of a node becomes a position.

    Attributes
    ----------
    mould : what its positions have in common
    ways : in the file's order; an offer has one
    numbers : payoffs of a terminal, probabilities of events, the least and the greatest offer
    grid : the numbers that can be offered, where they are finitely many
    outcome : index of a terminal's outcome
    """

    mould: Mould
    ways: tuple[Way, ...] = ()
    numbers: Batch | None = None
    grid: Batch | None = None
    outcome: int = -1


class Planner:
    """Makes the plans of a graph's nodes."""

    def __init__(self, graph: Graph, images: Images) -> None:
        self._players = tuple(graph.players)
        self._outcomes = tuple(graph.outcomes)
        self._images = images

    def breakdown(self, edge: Edge) -> Plan:
        """The plan of a breakdown whose edge pays or passes days."""
        return Plan(Mould(Kind.CHANCE), (self._way("breakdown", edge),))

    def plan(self, node: GraphNode) -> Plan:
        """The plan of a node."""
        match node:
            case Terminal():
                payoffs = self._batch([node.payoffs[player] for player in self._players])
                outcome = self._outcomes.index(node.outcome)
                return Plan(Mould(Kind.TERMINAL), numbers=payoffs, outcome=outcome)
            case Decision():
                mould = Mould(Kind.DECISION, self._movers([node.player]))
                return Plan(mould, tuple(self._actions(node)))
            case Simultaneous():
                names = tuple(node.actions.values())
                shape = tuple(len(actions) for actions in names)
                mould = Mould(Kind.SIMULTANEOUS, self._movers([*node.actions]), shape, names)
                return Plan(mould, tuple(self._profiles(node)))
            case Chance():
                probabilities = self._batch([event.probability for event in node.events])
                ways = tuple(self._way(event.name, event.edge) for event in node.events)
                return Plan(Mould(Kind.CHANCE), ways, probabilities)
            case Offer():
                return self._offer(node)

    def _offer(self, node: Offer) -> Plan:
        movers = self._movers([node.player])
        ways = (self._way("", node.edge),)
        limits = self._batch([node.low, node.high])
        if node.grid is None:
            return Plan(Mould(Kind.OFFER, movers, variable=node.variable), ways, limits)
        return Plan(Mould(Kind.DECISION, movers), ways, limits, self._batch(node.grid))

    def _actions(self, node: Decision) -> Iterator[Way]:
        for action in node.actions:
            yield self._way(action.name, action.edge, action.condition)

    def _profiles(self, node: Simultaneous) -> Iterator[Way]:
        for profile in profiles(tuple(node.actions.values())):
            yield self._way(f"({', '.join(profile)})", node.results[profile])

    def _way(self, label: str, edge: Edge, condition: int | None = None) -> Way:
        pays = None
        if edge.pays:
            pays = self._batch([edge.pays.get(player) for player in self._players])
        return Way(label, condition, edge, pays)

    def _batch(self, roots: Sequence[int | None]) -> Batch:
        return Batch(self._images, roots)

    def _movers(self, players: Sequence[str]) -> tuple[int, ...]:
        return tuple(self._players.index(player) for player in players)


def profiles(actions: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
    """All action profiles, the last player's action changing fastest."""
    result: list[tuple[str, ...]] = [()]
    for names in actions:
        result = [(*profile, name) for profile in result for name in names]
    return result
