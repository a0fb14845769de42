"""The places of a long game as flat arrays for the certificate's kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.certificate.evaluation import Evaluator
from gametheory_crisis.certificate.streamed_numbers import DailyNumbers
from gametheory_crisis.certificate.streamed_places import (
    RUNNING,
    Codes,
    Expansion,
    Group,
)
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.kernels.streamed_arrays import (
    CHOICE,
    EDGE,
    END,
    JOINT,
    NATURE,
    PLACE,
    PLAYER,
    WAIT,
)
from gametheory_crisis.language.graph import (
    Chance,
    Decision,
    Expr,
    Graph,
    GraphNode,
    Offer,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.results import Number

Whole: TypeAlias = NDArray[np.int32]


class FlatGame(NamedTuple):
    """The arrays that the certificate's kernel reads, see `streamed_regret`."""

    places: NDArray[np.void]
    edges: NDArray[np.void]
    players: NDArray[np.void]
    rows: Whole


@dataclass(frozen=True)
class StreamedGame:
    """A long game at a point, laid out by the certificate.

    Attributes
    ----------
    flat : the arrays; places behind the deadline come first, each place behind those that it
        leads to
    num_known : places behind the deadline
    numbers : what the arrays refer to
    start : the place where play starts
    days : the deadline
    late : int64 (places,), the day of each place, for those behind the deadline
    groups : the places of each group, in the order of its states
    expansion : the states of each group
    """

    flat: FlatGame
    num_known: int
    numbers: DailyNumbers
    start: int
    days: int
    late: NDArray[np.int64]
    groups: dict[Group, NDArray[np.int64]]
    expansion: Expansion

    def find(self, group: Group, levels: NDArray[np.int64]) -> NDArray[np.int64]:
        """The places of a group in some states, int64 (n, variables); -1 where there is none."""
        places, codes = self.groups.get(group), self.expansion.groups.get(group)
        if places is None or codes is None:
            return np.full(len(levels), -1, dtype=np.int64)
        wanted = self.expansion.states.encode(levels)
        at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
        return np.where(codes[at] == wanted, places[at], -1)


def streamed_game(
    graph: Graph, values: Mapping[str, Number], numbers: Evaluator, days: int
) -> StreamedGame:
    """Lay out a game with a deadline.

    Parameters
    ----------
    numbers : the exact arithmetic of the point
    days : the deadline

    Raises
    ------
    UnsupportedGame
        If there is an offer, or a move that somebody who chooses does not see.
    """
    _check_kind(graph)
    expansion = Expansion(graph, numbers)
    expansion.expand()
    return _Layout(graph, values, expansion, days).lay_out()


def _check_kind(graph: Graph) -> None:
    """Refuse offers, and moves that somebody who moves anywhere does not see."""
    choosing: set[str] = set()
    for node in graph.nodes.values():
        choosing |= _movers(node)
    for node in graph.nodes.values():
        if isinstance(node, Offer):
            raise UnsupportedGame(f"the offer at '{node.name}' is not certified day by day")
        if isinstance(node, Terminal) or node.observed_by is None:
            continue
        if not choosing <= {*node.observed_by, *_movers(node)}:
            raise UnsupportedGame(
                f"the hidden move at '{node.name}': only games of public moves can be certified"
            )


def _movers(node: GraphNode) -> set[str]:
    """The players who choose at a node."""
    if isinstance(node, Decision | Offer):
        return {node.player}
    return set(node.actions) if isinstance(node, Simultaneous) else set()


class _Layout:
    """Fills the arrays group by group, then puts the places in order."""

    def __init__(
        self, graph: Graph, values: Mapping[str, Number], expansion: Expansion, days: int
    ) -> None:
        self.graph = graph
        self.expansion = expansion
        self.days = days
        self.numbers = DailyNumbers(graph.expressions, values)
        sizes = [len(codes) for codes in expansion.groups.values()]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        self.first = dict(zip(expansion.groups, starts.tolist(), strict=False))
        self.num = int(starts[-1])
        self.table = {name: np.full(self.num, -1, np.int32) for name in PLACE.names or ()}
        self.links: list[tuple[NDArray[np.int64], int, NDArray[np.int64], Whole, Whole]] = []
        self.players: list[tuple[int, int]] = []
        self.rows: list[Whole] = []
        self.num_rows = 0

    def lay_out(self) -> StreamedGame:
        """All groups, then the order in which places are solved."""
        late = np.full(self.num, -1, dtype=np.int64)
        for group, codes in self.expansion.groups.items():
            own = slice(self.first[group], self.first[group] + len(codes))
            if group.phase != RUNNING:
                late[own] = self.days + group.late
            self._add(group, codes, own)
        self.numbers.finish()
        sources, ordinals, targets, pays, chances = (
            np.concatenate([np.asarray(link[k]) for link in self._filled()]) for k in range(5)
        )
        order = self._order(sources, targets, late)
        place_of = np.empty(len(order), dtype=np.int64)
        place_of[order] = np.arange(len(order))
        sorting = np.lexsort((ordinals, place_of[sources]))
        edges = np.empty(len(sorting), dtype=EDGE)
        edges["target"] = place_of[targets[sorting]]
        edges["pays"], edges["chance"] = pays[sorting], chances[sorting]
        counts = np.bincount(place_of[sources], minlength=len(order))
        places = self._renumbered(order, place_of, counts)
        flat = FlatGame(
            places,
            edges,
            np.array(self.players or [(0, 0)], dtype=PLAYER),
            np.concatenate(self.rows) if self.rows else np.zeros((0, 1), np.int32),
        )
        groups = {
            group: place_of[self.first[group] : self.first[group] + len(codes)]
            for group, codes in self.expansion.groups.items()
        }
        start = groups[Group(RUNNING, self.graph.start, 0, 0)]
        initial = np.array([[v.start for v in self.graph.state.values()]], dtype=np.int64)
        codes = self.expansion.groups[Group(RUNNING, self.graph.start, 0, 0)]
        at = int(np.searchsorted(codes, self.expansion.states.encode(initial))[0])
        return StreamedGame(
            flat=flat,
            num_known=int(np.count_nonzero(late >= 0)),
            numbers=self.numbers,
            start=int(start[at]),
            days=self.days,
            late=late[order],
            groups=groups,
            expansion=self.expansion,
        )

    # Groups

    def _add(self, group: Group, codes: Codes, own: slice) -> None:
        node = self.expansion.node(group)
        columns = self.expansion.states.columns(codes)
        table = self.table
        match node:
            case Terminal():
                table["kind"][own] = END
                table["outcome"][own] = list(self.graph.outcomes).index(node.outcome)
                table["gain"][own] = self._payments(node.payoffs, group, columns, len(codes))
            case Decision():
                table["kind"][own] = CHOICE
                self._movers(own, {node.player: len(node.actions)})
            case Simultaneous():
                table["kind"][own] = JOINT
                self._movers(own, {p: len(actions) for p, actions in node.actions.items()})
            case _:
                table["kind"][own] = WAIT if group.left else NATURE
        if group.left and group.phase == RUNNING and self.graph.clock.hazard is not None:
            hazard = self.graph.clock.hazard
            table["hazard"][own] = self.numbers.add(hazard, columns, len(codes), None, 1)
        self._ways(group, codes, own, columns)

    def _movers(self, own: slice, actions: Mapping[str, int]) -> None:
        names = list(self.graph.players)
        self.table["mover"][own] = len(self.players)
        self.players += [(names.index(player), num) for player, num in actions.items()]
        self.table["stop_mover"][own] = len(self.players)

    def _ways(
        self, group: Group, codes: Codes, own: slice, columns: Mapping[str, NDArray[np.float64]]
    ) -> None:
        node, edges = self.expansion.node(group), self.expansion.edges(group)
        ranks = _ranks(node) if isinstance(node, Simultaneous) else range(len(edges))
        for way in self.expansion.ways(group, codes):
            at = np.searchsorted(self.expansion.groups[way.group], way.codes)
            targets = self.first[way.group] + at
            if isinstance(way.edge, str):
                self.table[way.edge][own] = targets
                continue
            here = {name: column[way.rows] for name, column in columns.items()}
            num = len(way.rows)
            chance = np.full(num, -1, dtype=np.int32)
            if isinstance(node, Chance):
                chance = self._number(node.events[way.edge].probability, group, here, num)
            pays = self._payments(edges[way.edge].pays, group, here, num)
            self.links.append((own.start + way.rows, ranks[way.edge], targets, pays, chance))

    def _payments(
        self,
        pays: Mapping[str, Expr],
        group: Group,
        columns: Mapping[str, NDArray[np.float64]],
        num: int,
    ) -> Whole:
        """The row of each place's payments; those alike in all places share one."""
        if not pays:
            return np.full(num, -1, dtype=np.int32)
        rows = np.zeros((num, len(self.graph.players)), dtype=np.int32)
        for i, player in enumerate(self.graph.players):
            if player in pays:
                rows[:, i] = self._number(pays[player], group, columns, num)
        shared = bool(np.all(rows == rows[0]))
        first = self.num_rows
        self.rows.append(rows[:1] if shared else rows)
        self.num_rows += len(self.rows[-1])
        return (
            np.full(num, first, np.int32)
            if shared
            else np.arange(first, first + num, dtype=np.int32)
        )

    def _number(
        self,
        expression: Expr,
        group: Group,
        columns: Mapping[str, NDArray[np.float64]],
        num: int,
    ) -> Whole:
        day = None if group.phase == RUNNING else self.days + group.late
        return self.numbers.add(expression, columns, num, day, 0)

    # Order

    def _filled(
        self,
    ) -> list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Whole, Whole]]:
        """The edges with their ordinals spelled out."""
        return [
            (sources, np.full(len(sources), ordinal), targets, pays, chances)
            for sources, ordinal, targets, pays, chances in self.links
        ]

    def _order(
        self, sources: NDArray[np.int64], targets: NDArray[np.int64], late: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Places behind the deadline first, each place behind those that it needs."""
        passing = np.flatnonzero((late >= 0) & (self.table["kind"] == WAIT))
        above = np.concatenate([sources, passing])
        below = np.concatenate([targets, self.table["onward"][passing]])
        level = np.zeros(len(late), dtype=np.int64)
        for _ in range(len(late) + 1):
            raised = level.copy()
            np.maximum.at(raised, above, level[below] + 1)
            if np.array_equal(raised, level):
                return np.lexsort((level, late < 0))
            level = raised
        raise UnsupportedGame("play can come back to a place without a day passing")

    def _renumbered(
        self, order: NDArray[np.int64], place_of: NDArray[np.int64], counts: NDArray[np.int64]
    ) -> NDArray[np.void]:
        places = np.empty(len(order), dtype=PLACE)
        for name, column in self.table.items():
            places[name] = column[order]
        for name in ("onward", "struck", "expired", "struck_late"):
            known = places[name] >= 0
            places[name][known] = place_of[places[name][known]]
        places["stop_edge"] = np.cumsum(counts)
        places["edge"] = places["stop_edge"] - counts
        return places


def _ranks(node: Simultaneous) -> list[int]:
    """Where each result stands when the last player's action changes fastest."""
    ranks = []
    for profile in node.results:
        rank = 0
        for name, actions in zip(profile, node.actions.values(), strict=True):
            rank = rank * len(actions) + actions.index(name)
        ranks.append(rank)
    return ranks
