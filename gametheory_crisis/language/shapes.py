"""What the sections of a model file look like: parameters, state, private numbers, answers.

With `language.node_shapes` these classes make the JSON Schema. Which names exist and what they mean
is for `language.sections` and `language.answers`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema

from gametheory_crisis.language.node_shapes import FORM, ONLY, PAIR, ClockShape, Node, Shape, form
from gametheory_crisis.language.values import (
    Boolean,
    Colour,
    Condition,
    Count,
    Expression,
    GridSize,
    Key,
    Name,
    Number,
    Points,
    StateBound,
    Text,
)


class ParameterShape(Shape):
    """``{value, range, integer, unit, doc}``."""

    value: Number
    range: Annotated[list[Number], PAIR] | None = None
    integer: Boolean = False
    unit: Text = ""
    doc: Text = ""


class StateShape(Shape):
    """``{range: [lo, hi], start: n}``."""

    range: Annotated[list[StateBound], PAIR]
    start: StateBound | None = None


class DrawShape(Shape):
    """``{draw: distribution, points: n}``."""

    draw: Condition
    points: Points


def _private_form(data: Any) -> str | None:
    if isinstance(data, dict) and ("draw" in data or "points" in data):
        return "<draw>"
    return form(data)


PrivateNumber: TypeAlias = Annotated[
    Annotated[Condition, Tag("<text>")]
    | Annotated[DrawShape, Tag("<draw>")]
    | Annotated[dict[Key, Expression], Tag("<mapping>"), ONLY],
    Discriminator(
        _private_form,
        custom_error_type="private",
        custom_error_message="expected a number for each type, or a distribution",
    ),
]


class PrivateShape(Shape):
    """``type`` and, under their names, the private numbers of one player."""

    model_config = ConfigDict(extra="allow", frozen=True, arbitrary_types_allowed=True)
    __pydantic_extra__: dict[str, PrivateNumber] = Field(init=False)

    type: (
        Annotated[
            Annotated[list[Name], Tag("<list>"), ONLY]
            | Annotated[dict[Key, Expression], Tag("<mapping>"), ONLY],
            FORM,
        ]
        | None
    ) = None

    @property
    def numbers(self) -> dict[str, Any]:
        """The private numbers by name."""
        return self.__pydantic_extra__ or {}


class JointShape(Shape):
    """``{types: {player: type}, probability}``."""

    types: dict[Key, Name]
    probability: Expression


class OutcomeShape(Shape):
    """``{colour, label, doc}``."""

    colour: Colour | None = None
    label: Text = ""
    doc: Text = ""


class AxisShape(Shape):
    """``{parameter, from, to, num}``."""

    parameter: Name
    low: Number = Field(alias="from")
    high: Number = Field(alias="to")
    num: GridSize | None = None


class MapShape(Shape):
    """``{x: axis, y: axis}``."""

    x: AxisShape
    y: AxisShape


class ClaimShape(Shape):
    """What must hold at a point."""

    ANSWERS: ClassVar = ("regime", "outcome", "probability", "payoff", "equilibria")

    at: dict[Key, Number] = Field(default_factory=dict)
    regime: Name | None = None
    outcome: Name | None = None
    day: Count | None = None
    probability: dict[Key, Expression] = Field(default_factory=dict)
    payoff: dict[Key, Expression] = Field(default_factory=dict)
    equilibria: Count | None = None
    within: Number | None = None
    some: Boolean = False
    doc: Text = ""


def _format(data: Any) -> int:
    if data != "1":
        raise ValueError("this program reads `format: 1`")
    return 1


Format = Annotated[int, BeforeValidator(_format), WithJsonSchema({"const": 1})]


Players: TypeAlias = Annotated[
    Annotated[list[Name], Tag("<list>"), ONLY] | Annotated[dict[Key, Text], Tag("<mapping>"), ONLY],
    FORM,
]


class ModelShape(Shape):
    """The sections of a model file.

    In a list, None stands where an entry was reported and left out, so that indices stay true.
    """

    format: Format
    title: Text
    doc: Text = ""
    players: Players
    parameters: dict[
        Key,
        Annotated[
            Annotated[Number, Tag("<text>")] | Annotated[ParameterShape, Tag("<mapping>")], FORM
        ],
    ] = Field(default_factory=dict)
    define: dict[Key, Expression] = Field(default_factory=dict)
    state: dict[
        Key,
        Annotated[
            Annotated[list[StateBound], Tag("<list>"), PAIR]
            | Annotated[StateShape, Tag("<mapping>")],
            FORM,
        ],
    ] = Field(default_factory=dict)
    private: dict[Key, PrivateShape] = Field(default_factory=dict)
    joint_prior: list[JointShape | None] = Field(default_factory=list)
    clock: ClockShape = Field(default_factory=ClockShape)
    start: Name | None = None
    game: Annotated[dict[Key, Node], ONLY]
    outcomes: dict[Key, OutcomeShape] = Field(default_factory=dict)
    regimes: dict[Key, Condition] = Field(default_factory=dict)
    assume: list[Condition | None] = Field(default_factory=list)
    map: MapShape | None = None
    claims: list[ClaimShape | None] = Field(default_factory=list)
    sources: list[Text | None] = Field(default_factory=list)
