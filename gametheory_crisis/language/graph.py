"""The graph of moves: what a model file means, validated and immutable.

Inline nodes of the file stand here as nodes of their own, called by their path (`answer.reject`,
`demand.next`, `contest.(stay, quit)`, `breakdown.to`, `expires`), so an edge always names a node.
An `Expr` is a handle into `Graph.expressions`, with definitions already put in; a symbol there
is a parameter, an offer, a state variable, a private number or ``day``, and in the condition of a
regime also ``outcome:NAME``, the probability of an outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.language.expressions import Expressions

Expr: TypeAlias = int

FOREVER = "forever"
"""The outcome of play that never ends."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that the analyst may vary."""

    name: str
    value: Fraction
    range: tuple[Fraction, Fraction] | None = None
    integer: bool = False
    unit: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class StateVariable:
    """A bounded whole number that the play remembers."""

    name: str
    low: int
    high: int
    start: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one node to another.

    ``pays`` is received on the day on which the edge is taken; then ``set`` takes effect; then
    ``days`` days pass (0: play goes on at once). ``pays`` holds only the players that the file
    names.
    """

    target: str
    days: int = 0
    pays: dict[str, Expr] = field(default_factory=dict)
    set: dict[str, Expr] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a decision; ``condition`` reads state variables only."""

    name: str
    edge: Edge
    condition: Expr | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One player picks one of several actions."""

    name: str
    player: str
    actions: tuple[Action, ...]
    observed_by: tuple[str, ...] | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A player names a number between ``low`` and ``high``; with ``grid``, one of finitely many."""

    name: str
    player: str
    variable: str
    low: Expr
    high: Expr
    edge: Edge
    grid: tuple[Expr, ...] | None = None
    observed_by: tuple[str, ...] | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Simultaneous:
    """Several players choose at once; ``results`` has every profile exactly once."""

    name: str
    actions: dict[str, tuple[str, ...]]
    results: dict[tuple[str, ...], Edge]
    observed_by: tuple[str, ...] | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a chance node; ``rest`` is already spelled out as one minus the others."""

    name: str
    probability: Expr
    edge: Edge


@dataclass(frozen=True, slots=True)
class Chance:
    """Nature moves."""

    name: str
    events: tuple[Event, ...]
    observed_by: tuple[str, ...] | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Terminal:
    """The game ends; ``payoffs`` names every player."""

    name: str
    outcome: str
    payoffs: dict[str, Expr]
    doc: str = ""


GraphNode: TypeAlias = Decision | Offer | Simultaneous | Chance | Terminal


@dataclass(frozen=True, slots=True)
class Clock:
    """Days: the deadline, what follows it, discounting and the daily hazard."""

    deadline: Expr | None = None
    expires: str | None = None
    discount: dict[str, Expr] = field(default_factory=dict)
    """Per day, for every player."""
    hazard: Expr | None = None
    breakdown: Edge | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Draw:
    """A private number from a continuum; ``points`` replaces it by as many mid-quantiles."""

    distribution: str
    arguments: tuple[Expr, ...]
    points: int | None = None


@dataclass(frozen=True, slots=True)
class Private:
    """What one player alone knows from the start.

    ``prior`` is None where a joint prior gives the probabilities; ``numbers[name][k]`` is the value
    for the k-th of ``types``.
    """

    player: str
    types: tuple[str, ...] = ()
    prior: tuple[Expr, ...] | None = None
    numbers: dict[str, tuple[Expr, ...]] = field(default_factory=dict)
    draws: dict[str, Draw] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JointType:
    """One combination of types and its probability."""

    types: dict[str, str]
    probability: Expr


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a play can end."""

    name: str
    colour: str | None = None
    label: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Regime:
    """A name for a kind of equilibrium; ``condition`` is None where the regime is an outcome."""

    name: str
    condition: Expr | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What the author says must hold at a point; ``line`` is where the file says it."""

    line: int
    at: dict[str, Fraction] = field(default_factory=dict)
    regime: str | None = None
    outcome: str | None = None
    day: int | None = None
    probability: dict[str, Expr] = field(default_factory=dict)
    payoff: dict[str, Expr] = field(default_factory=dict)
    equilibria: int | None = None
    within: Fraction = Fraction(1, 10**6)
    some: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True)
class MapAxis:
    """An axis of the default map."""

    parameter: str
    low: Fraction
    high: Fraction
    num: int | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole model.

    ``nodes`` keeps the file's order, each inline node behind the node that holds it. ``outcomes``
    are in the order of `outcomes` where the file gives it, else of first appearance; ``regimes``
    are those of the file, or else one per outcome. ``warnings`` are findings that do not stop the
    model. ``cycle`` names the nodes, the first again at the end, of a circle of (node, state) pairs
    on which play can stay for ever; empty where there is a deadline, or the state ends play.
    """

    source: str
    title: str
    doc: str
    expressions: Expressions
    players: dict[str, str]
    parameters: dict[str, Parameter]
    definitions: dict[str, Expr]
    state: dict[str, StateVariable]
    clock: Clock
    nodes: dict[str, GraphNode]
    start: str
    outcomes: dict[str, Outcome]
    regimes: tuple[Regime, ...]
    private: dict[str, Private]
    joint_prior: tuple[JointType, ...]
    assumptions: tuple[Expr, ...]
    claims: tuple[Claim, ...]
    map_axes: tuple[MapAxis, MapAxis] | None
    sources: tuple[str, ...]
    digest: str
    """sha256 of the file's bytes, in hexadecimal."""
    warnings: tuple[str, ...] = ()
    cycle: tuple[str, ...] = ()


def edges(node: GraphNode) -> tuple[Edge, ...]:
    """The edges that leave a node, in the file's order."""
    match node:
        case Decision():
            return tuple(action.edge for action in node.actions)
        case Offer():
            return (node.edge,)
        case Simultaneous():
            return tuple(node.results.values())
        case Chance():
            return tuple(event.edge for event in node.events)
        case Terminal():
            return ()
