"""Which offers are known where: a dataflow analysis over the graph of moves."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from gametheory_crisis.language.graph import Clock, GraphNode, Offer, edges
from gametheory_crisis.language.report import Report
from gametheory_crisis.language.scopes import OfferUse


def reachable(nodes: Mapping[str, GraphNode], start: str, clock: Clock) -> set[str]:
    """Names of the nodes that play can get to, the clock's edges included."""
    seen: set[str] = set()
    waiting = [start, *clock_targets(clock)]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(edge.target for edge in edges(nodes[name]))
    return seen


def clock_targets(clock: Clock) -> Iterator[str]:
    """Where the clock sends play."""
    if clock.expires is not None:
        yield clock.expires
    if clock.breakdown is not None:
        yield clock.breakdown.target


def check_offer_scopes(
    uses: list[OfferUse],
    nodes: Mapping[str, GraphNode],
    start: str,
    clock: Clock,
    report: Report,
) -> None:
    """Report every use of an offer that some path to it does not make on the same day."""
    if not uses:
        return
    offers = Offers(nodes, start, clock)
    for use in uses:
        reason = offers.out_of_scope(use)
        if reason is not None:
            subject = f"'{use.name}'"
            if use.through is not None:
                subject = f"the definition '{use.through}' reads '{use.name}', which"
            report.add(use.path, f"{subject} {reason}", offset=use.offset)


class Offers:
    """For every node the offers made before it: surely today, perhaps today, perhaps ever.

    Sets of offers are the bits of an integer.
    """

    def __init__(self, nodes: Mapping[str, GraphNode], start: str, clock: Clock) -> None:
        self._nodes = nodes
        names = dict.fromkeys(node.variable for node in nodes.values() if isinstance(node, Offer))
        self._bits = {name: 1 << position for position, name in enumerate(names)}
        entries = [start, *clock_targets(clock)]
        everything = (1 << len(self._bits)) - 1
        self._surely = self._solve(entries, everything, any_day=False, surely=True)
        self._today = self._solve(entries, 0, any_day=False, surely=False)
        self._ever = self._solve([start], 0, any_day=True, surely=False)
        if clock.expires is not None or clock.breakdown is not None:
            made = 0
            for node in nodes:
                made |= self._after(node, 0)
            late = list(clock_targets(clock))
            below = self._solve(late, 0, any_day=True, surely=False, first=made)
            self._ever = {node: self._ever[node] | below[node] for node in nodes}

    def out_of_scope(self, use: OfferUse) -> str | None:
        """Why the offer is not known where it is used, or None where it is."""
        bit = self._bits[use.name]
        if use.node is None:
            return "was offered on an earlier day; an offer is known on its own day only"
        before = self._surely[use.node]
        if use.after:
            before = self._after(use.node, before)
        if before & bit:
            return None
        if self._today[use.node] & bit:
            return "is not offered on every path to this node"
        if self._ever[use.node] & bit:
            return "was offered on an earlier day; an offer is known on its own day only"
        return "is known only below its offer"

    def _after(self, name: str, before: int) -> int:
        node = self._nodes[name]
        return before | self._bits[node.variable] if isinstance(node, Offer) else before

    def _solve(
        self, entries: list[str], top: int, *, any_day: bool, surely: bool, first: int = 0
    ) -> dict[str, int]:
        """Fixed point from ``entries``, where ``first`` is known; others begin at ``top``."""
        values = dict.fromkeys(self._nodes, top)
        for entry in entries:
            values[entry] = first
        waiting = deque(entries)
        queued = set(entries)
        visited = set(entries)
        while waiting:
            name = waiting.popleft()
            queued.discard(name)
            known = self._after(name, values[name])
            for edge in edges(self._nodes[name]):
                value = known if any_day or not edge.days else 0
                old = values[edge.target]
                new = old & value if surely else old | value
                if new != old or edge.target not in visited:
                    values[edge.target] = new
                    visited.add(edge.target)
                    if edge.target not in queued:
                        queued.add(edge.target)
                        waiting.append(edge.target)
        return values
