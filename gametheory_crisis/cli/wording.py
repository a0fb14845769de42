"""Numbers and the graph of moves in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from gametheory_crisis.language.graph import (
    Chance,
    Claim,
    Decision,
    Edge,
    Graph,
    GraphNode,
    Offer,
    Simultaneous,
    Terminal,
)
from gametheory_crisis.language.rendering import render, render_number

if TYPE_CHECKING:
    from gametheory_crisis.language.graph import Expr
    from gametheory_crisis.results import Number


SURELY = 1 - 1e-9
"""Probabilities from here on count as certainty in words."""


def number(value: Number) -> str:
    """A number in six digits; a rational in full where that is short."""
    if isinstance(value, Fraction) and len(text := render_number(value)) <= 9:
        return text
    return f"{float(value):.6g}"


def ending(day: float | None, forever: float) -> str:
    """When play ends; ``forever`` : the probability that it never does."""
    if day is None:
        return "perhaps never" if forever < SURELY else "never"
    return f"day {number(day)} in expectation"


def columns(rows: Iterable[Sequence[str]], indent: int = 2) -> list[str]:
    """Rows of cells as lines, aligned to the left."""
    rows = [list(row) for row in rows]
    if not rows:
        return []
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return [
        " " * indent
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def cells_in_words(count: int) -> str:
    """``1 cell``, ``1,000 cells``."""
    return f"{count:,} cell{'' if count == 1 else 's'}"


def listing(words: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def claim_in_words(graph: Graph, claim: Claim) -> str:
    """What a claim says, and where."""
    parts = []
    if claim.regime is not None:
        parts.append(f"regime {claim.regime}")
    if claim.outcome is not None:
        parts.append(claim.outcome + (f" on day {claim.day}" if claim.day is not None else ""))
    for kind, numbers in (("payoff", claim.payoff), ("probability", claim.probability)):
        for name, handle in numbers.items():
            formula = shortened(render(graph.expressions, handle), MAX_FORMULA)
            parts.append(f"{kind} of {name} = {formula}")
    if claim.equilibria is not None:
        parts.append(f"{claim.equilibria} equilibria")
    at = ", ".join(f"{name} = {number(value)}" for name, value in claim.at.items())
    said = claim.doc or "; ".join(parts) + (" in some equilibrium" if claim.some else "")
    return f"{said} (at {at or 'the defaults'})"


def shortened(text: str, length: int) -> str:
    """A text cut to a length, the cut shown."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


MAX_FORMULA = 48
"""Characters of a formula that a line about a claim shows."""


class Narrator:
    """Tells what stands in a graph of moves."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def kind(self, node: GraphNode) -> str:
        """The kind of a node, as the language calls it."""
        return type(node).__name__.lower()

    def expression(self, handle: Expr) -> str:
        """An expression as the language writes it."""
        return render(self._graph.expressions, handle)

    def node(self, node: GraphNode) -> list[str]:
        """A move: a line on who does what, then one line for each way on."""
        seen = self._seen(node)
        match node:
            case Decision():
                ways = [(self._offered(a.name, a.condition), a.edge) for a in node.actions]
                return [f"{node.player} chooses{seen}:", *self._ways(ways)]
            case Offer():
                return [f"{node.player} offers {self._range(node)}{seen}", *self._onward(node.edge)]
            case Simultaneous():
                ways = [(f"({', '.join(profile)})", edge) for profile, edge in node.results.items()]
                return [f"{listing(list(node.actions))} choose at once{seen}:", *self._ways(ways)]
            case Chance():
                ways = [
                    (f"{event.name} with probability {self.expression(event.probability)}", e)
                    for event in node.events
                    for e in (event.edge,)
                ]
                return [f"nature draws{seen}:", *self._ways(ways)]
            case Terminal():
                return [self._ending(node)]

    def clock(self) -> list[str]:
        """What the passing of days does."""
        clock = self._graph.clock
        lines = []
        if clock.deadline is not None:
            lines.append(f"play lasts {self.expression(clock.deadline)} days, from day 0")
        if clock.expires is not None:
            lines.append(f"when they have passed: {self._target(clock.expires)}")
        factors = {player: self.expression(rate) for player, rate in clock.discount.items()}
        if len(set(factors.values())) == 1:
            factors = {"everybody": next(iter(factors.values()))}
        lines += [
            f"a payoff one day later is worth {factor} of itself to {player}"
            for player, factor in factors.items()
            if factor != "1"
        ]
        if clock.hazard is not None and clock.breakdown is not None:
            chance = self.expression(clock.hazard)
            lines.append(f"each day, with probability {chance}: {self._edge(clock.breakdown)}")
        return lines

    def private(self) -> list[str]:
        """What players alone know."""
        lines = []
        for player, secret in self._graph.private.items():
            for place, kind in enumerate(secret.types):
                prior = secret.prior and f" with probability {self.expression(secret.prior[place])}"
                values = [
                    f"{name} = {self.expression(handles[place])}"
                    for name, handles in secret.numbers.items()
                ]
                about = f": {', '.join(values)}" if values else ""
                lines.append(f"{player} alone knows whether it is {kind}{prior or ''}{about}")
            for name, draw in secret.draws.items():
                arguments = ", ".join(self.expression(handle) for handle in draw.arguments)
                points = f", at {draw.points} points" if draw.points else ""
                law = f"{draw.distribution}({arguments}){points}"
                lines.append(f"{player} alone knows {name}, drawn from {law}")
        return lines

    def _ways(self, ways: Sequence[tuple[str, Edge]]) -> list[str]:
        return columns([(label, f"-> {self._edge(edge)}") for label, edge in ways])

    def _onward(self, edge: Edge) -> list[str]:
        return columns([(f"-> {self._edge(edge)}",)])

    def _edge(self, edge: Edge) -> str:
        steps = []
        if edge.pays:
            steps.append(f"pays {self._payments(edge.pays)}")
        if edge.set:
            changes = (f"{name} to {self.expression(value)}" for name, value in edge.set.items())
            steps.append(f"sets {', '.join(changes)}")
        if edge.days:
            steps.append("a day passes" if edge.days == 1 else f"{edge.days} days pass")
        return ", ".join([*steps, self._target(edge.target)])

    def _target(self, name: str) -> str:
        node = self._graph.nodes[name]
        return self._ending(node) if isinstance(node, Terminal) else name

    def _ending(self, node: Terminal) -> str:
        return f"{node.outcome} ({self._payments(node.payoffs)})"

    def _payments(self, payments: dict[str, Expr]) -> str:
        return ", ".join(f"{player}: {self.expression(x)}" for player, x in payments.items())

    def _offered(self, action: str, condition: Expr | None) -> str:
        return action if condition is None else f"{action} (if {self.expression(condition)})"

    def _range(self, node: Offer) -> str:
        if node.grid is not None:
            count, ends = len(node.grid), (node.grid[0], node.grid[-1])
            low, high = (self.expression(end) for end in ends)
            return f"{node.variable}, one of {count} numbers from {low} to {high}"
        low, high = self.expression(node.low), self.expression(node.high)
        return f"{node.variable} between {low} and {high}"

    def _seen(self, node: GraphNode) -> str:
        if isinstance(node, Terminal) or node.observed_by is None:
            return ""
        return f", seen by {listing(node.observed_by) or 'nobody else'}"
