"""What may stand where in the game of a model file: nodes, targets, the clock.

These classes say which keys an entry has and what their values look like, nothing more. Which names
exist and what they mean is for `language.builder` and `language.validation`.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    model_validator,
)

from gametheory_crisis.language.values import (
    Condition,
    Days,
    Expression,
    GridSize,
    Key,
    Name,
    Pattern,
    Text,
)

EDGE_KEYS = ("next", "days", "pays", "set")


class Entries(dict[str, Any]):
    """A mapping of the file that knows its key path."""

    def __init__(self, entries: dict[str, Any], path: tuple[str | int, ...]) -> None:
        super().__init__(entries)
        self.path = path


class Shape(BaseModel):
    """Base of all: unknown keys go, with their place, to the validation's context."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _set_unknown_keys_aside(cls, data: Any, info: ValidationInfo) -> Any:
        if not isinstance(data, Entries) or cls.model_config.get("extra") != "forbid":
            return data
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in data:
            if key not in known and info.context is not None:
                info.context.unknown_key(cls, data.path, key, known)
        return Entries({key: data[key] for key in data if key in known}, data.path)


def form(data: Any) -> str | None:
    """Whether a value is text, a list or a mapping."""
    if isinstance(data, dict):
        return "<mapping>"
    return "<list>" if isinstance(data, list) else "<text>"


def node_kind(data: Any) -> str | None:
    """Which kind of node the keys of ``data`` tell; None where they tell none."""
    if not isinstance(data, dict):
        return None
    for kind, keys in (
        ("<terminal>", ("outcome", "payoffs")),
        ("<simultaneous>", ("simultaneous", "results")),
        ("<chance>", ("chance",)),
        ("<offer>", ("offer", "grid")),
        ("<decision>", ("actions",)),
    ):
        if any(key in data for key in keys):
            return kind
    return "<decision>" if "player" in data and "next" not in data else None


def _target_kind(data: Any) -> str | None:
    if isinstance(data, str):
        return "<name>"
    kind = node_kind(data)
    if kind is None and isinstance(data, dict) and any(key in data for key in EDGE_KEYS):
        return "<edge>"
    return kind


def _inline_kind(data: Any) -> str | None:
    return "<name>" if isinstance(data, str) else node_kind(data)


_KINDS = (
    "player+actions (a decision), player+offer+next (an offer), simultaneous+results, "
    "chance+next, or outcome+payoffs (the end)"
)
_NODE = Discriminator(
    node_kind,
    custom_error_type="kind",
    custom_error_message=f"no kind of node has these keys; a node has {_KINDS}",
)
_INLINE = Discriminator(
    _inline_kind,
    custom_error_type="kind",
    custom_error_message=f"expected the name of a node, or a node: {_KINDS}",
)
_TARGET = Discriminator(
    _target_kind,
    custom_error_type="kind",
    custom_error_message=(
        "expected the name of a node, an edge {next: ...} with days, pays or set, "
        f"or a node: {_KINDS}"
    ),
)
FORM = Discriminator(form)
ONLY = Field(min_length=1)
PAIR = Field(min_length=2, max_length=2)

Inline: TypeAlias = Annotated[
    Annotated[Name, Tag("<name>")]
    | Annotated["DecisionShape", Tag("<decision>")]
    | Annotated["OfferShape", Tag("<offer>")]
    | Annotated["SimultaneousShape", Tag("<simultaneous>")]
    | Annotated["ChanceShape", Tag("<chance>")]
    | Annotated["TerminalShape", Tag("<terminal>")],
    _INLINE,
]
Target: TypeAlias = Annotated[
    Annotated[Name, Tag("<name>")]
    | Annotated["EdgeShape", Tag("<edge>")]
    | Annotated["DecisionShape", Tag("<decision>")]
    | Annotated["OfferShape", Tag("<offer>")]
    | Annotated["SimultaneousShape", Tag("<simultaneous>")]
    | Annotated["ChanceShape", Tag("<chance>")]
    | Annotated["TerminalShape", Tag("<terminal>")],
    _TARGET,
]
ActionTarget: TypeAlias = Annotated[
    Annotated[Name, Tag("<name>")]
    | Annotated["EdgeAction", Tag("<edge>")]
    | Annotated["DecisionAction", Tag("<decision>")]
    | Annotated["OfferAction", Tag("<offer>")]
    | Annotated["SimultaneousAction", Tag("<simultaneous>")]
    | Annotated["ChanceAction", Tag("<chance>")]
    | Annotated["TerminalAction", Tag("<terminal>")],
    _TARGET,
]
ResultTarget: TypeAlias = Annotated[
    Annotated["EdgeResult", Tag("<edge>")]
    | Annotated["DecisionResult", Tag("<decision>")]
    | Annotated["OfferResult", Tag("<offer>")]
    | Annotated["SimultaneousResult", Tag("<simultaneous>")]
    | Annotated["ChanceResult", Tag("<chance>")]
    | Annotated["TerminalResult", Tag("<terminal>")],
    _TARGET,
]


class NodeShape(Shape):
    """What the nodes that move have in common."""

    observed_by: list[Name] | None = None
    doc: Text = ""


class DecisionShape(NodeShape):
    """``player`` and ``actions``."""

    player: Name
    actions: Annotated[dict[Key, ActionTarget], ONLY]


class OfferShape(NodeShape):
    """``player``, ``offer: {x: [lo, hi]}``, ``next``; ``grid`` makes it finite."""

    player: Name
    offer: Annotated[
        dict[Key, Annotated[list[Expression], PAIR]], Field(min_length=1, max_length=1)
    ]
    grid: (
        Annotated[
            Annotated[GridSize, Tag("<text>")] | Annotated[list[Expression], Tag("<list>"), ONLY],
            FORM,
        ]
        | None
    ) = None
    next: Target


class SimultaneousShape(NodeShape):
    """``simultaneous: {A: [a1, a2], B: [b1, b2]}`` and ``results``."""

    simultaneous: Annotated[dict[Key, Annotated[list[Name], ONLY]], ONLY]
    results: Annotated[list[ResultTarget], ONLY]


class ChanceShape(NodeShape):
    """``chance: {event: probability}`` and ``next: {event: target}``."""

    chance: Annotated[dict[Key, Expression], ONLY]
    next: Annotated[dict[Key, Target], ONLY]


class TerminalShape(Shape):
    """``outcome`` and ``payoffs``."""

    outcome: Name
    payoffs: dict[Key, Expression]
    doc: Text = ""


class EdgeShape(Shape):
    """``{next, days, pays, set}``."""

    next: Inline
    days: Days | None = None
    pays: dict[Key, Expression] = Field(default_factory=dict)
    set: dict[Key, Expression] = Field(default_factory=dict)


class Conditional(Shape):
    """What stands behind an action: ``if`` beside the keys of the target."""

    available: Condition | None = Field(None, alias="if")


class Matched(Shape):
    """What stands behind a result: ``when`` beside the keys of the target."""

    when: Annotated[list[Pattern], ONLY]


class DecisionAction(DecisionShape, Conditional):
    """A decision behind an action."""


class OfferAction(OfferShape, Conditional):
    """An offer behind an action."""


class SimultaneousAction(SimultaneousShape, Conditional):
    """A simultaneous node behind an action."""


class ChanceAction(ChanceShape, Conditional):
    """A chance node behind an action."""


class TerminalAction(TerminalShape, Conditional):
    """An end behind an action."""


class EdgeAction(EdgeShape, Conditional):
    """An edge behind an action."""


class DecisionResult(DecisionShape, Matched):
    """A decision as a result."""


class OfferResult(OfferShape, Matched):
    """An offer as a result."""


class SimultaneousResult(SimultaneousShape, Matched):
    """A simultaneous node as a result."""


class ChanceResult(ChanceShape, Matched):
    """A chance node as a result."""


class TerminalResult(TerminalShape, Matched):
    """An end as a result."""


class EdgeResult(EdgeShape, Matched):
    """An edge as a result."""


class BreakdownShape(Shape):
    """``{hazard, to}``."""

    hazard: Expression
    to: Target


class ClockShape(Shape):
    """``{deadline, expires, discount, breakdown}``."""

    deadline: Expression | None = None
    expires: Inline | None = None
    discount: (
        Annotated[
            Annotated[Expression, Tag("<text>")]
            | Annotated[dict[Key, Expression], Tag("<mapping>")],
            FORM,
        ]
        | None
    ) = None
    breakdown: BreakdownShape | None = None
    doc: Text = ""


Node: TypeAlias = Annotated[
    Annotated[DecisionShape, Tag("<decision>")]
    | Annotated[OfferShape, Tag("<offer>")]
    | Annotated[SimultaneousShape, Tag("<simultaneous>")]
    | Annotated[ChanceShape, Tag("<chance>")]
    | Annotated[TerminalShape, Tag("<terminal>")],
    _NODE,
]
