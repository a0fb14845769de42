"""What a single value of a model file may look like: names, texts, numbers, expressions.

Every scalar arrives as text. Each kind is an annotated type: how the text is checked, and what the
JSON Schema says of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from gametheory_crisis.language.colours import is_colour
from gametheory_crisis.language.parser import MAX_LENGTH, parse_constant

MAX_NAME = 60
MAX_TEXT = 20_000
MAX_DAYS = 100_000
MAX_INTEGER = 10**9
MAX_POINTS = 10_000
MAX_GRID = 10_001

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WHOLE = re.compile(r"[+-]?[0-9]{1,10}")


def _name(data: object) -> str:
    if not isinstance(data, str):
        raise ValueError("expected a name")
    if not data:
        raise ValueError("expected a name, found nothing")
    if len(data) > MAX_NAME:
        raise ValueError(f"a name has at most {MAX_NAME} characters")
    if _NAME.fullmatch(data) is None:
        raise ValueError(
            f"'{data}' is not a name: names are ASCII letters, digits and '_', "
            "and do not begin with a digit"
        )
    return data


def _pattern(data: object) -> str:
    return data if data == "*" and isinstance(data, str) else _name(data)


def _text(data: object) -> str:
    if not isinstance(data, str):
        raise ValueError(f"expected text, found {_kind(data)}")
    if len(data) > MAX_TEXT:
        raise ValueError(f"text has at most {MAX_TEXT:,} characters")
    return data


def _expression(data: object) -> str:
    if not isinstance(data, str):
        raise ValueError(f"expected an expression, found {_kind(data)}")
    if not data.strip():
        raise ValueError("expected an expression, found nothing")
    if len(data) > MAX_LENGTH:
        raise ValueError(f"an expression has at most {MAX_LENGTH} characters")
    return data


def _number(data: object) -> Fraction:
    if not isinstance(data, str):
        raise ValueError(f"expected a number, found {_kind(data)}")
    return parse_constant(data)


def _whole(low: int, high: int) -> Callable[[object], int]:
    def check(data: object) -> int:
        if not isinstance(data, str) or _WHOLE.fullmatch(data) is None:
            shown = f"'{data[:40]}'" if isinstance(data, str) else _kind(data)
            raise ValueError(f"expected a whole number, written out, found {shown}")
        value = int(data)
        if not low <= value <= high:
            raise ValueError(f"expected a whole number from {low} to {high}, found {value}")
        return value

    return check


def _boolean(data: object) -> bool:
    if data in ("true", "True", "TRUE"):
        return True
    if data in ("false", "False", "FALSE"):
        return False
    raise ValueError("expected true or false")


def _colour(data: object) -> str:
    if not isinstance(data, str) or not is_colour(data):
        shown = f"'{data[:40]}'" if isinstance(data, str) else _kind(data)
        raise ValueError(f'{shown} is not a colour; write "#rrggbb" (quoted) or a CSS name')
    return data


def _kind(data: object) -> str:
    return "a list" if isinstance(data, list) else "a mapping"


_TEXT_TYPES = ["string", "number", "boolean", "null"]
_NAME_PATTERN = f"^{_NAME.pattern}$"
_RATIO_PATTERN = r"^\s*[+-]?\s*[0-9.][0-9.eE+-]*\s*(/\s*[0-9.][0-9.eE+-]*\s*)?$"

Name = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema(
        {"type": ["string", "boolean"], "pattern": _NAME_PATTERN, "maxLength": MAX_NAME}
    ),
]
Key = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "pattern": _NAME_PATTERN, "maxLength": MAX_NAME}),
]
Pattern = Annotated[
    str,
    BeforeValidator(_pattern),
    WithJsonSchema({"type": ["string", "boolean"], "pattern": rf"^(\*|{_NAME.pattern})$"}),
]
Text = Annotated[
    str, BeforeValidator(_text), WithJsonSchema({"type": _TEXT_TYPES, "maxLength": MAX_TEXT})
]
Expression = Annotated[
    str,
    BeforeValidator(_expression),
    WithJsonSchema({"type": ["string", "number"], "minLength": 1, "maxLength": MAX_LENGTH}),
]
Condition = Annotated[
    str,
    BeforeValidator(_expression),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_LENGTH}),
]
Number = Annotated[
    Fraction,
    BeforeValidator(_number),
    WithJsonSchema({"type": ["number", "string"], "pattern": _RATIO_PATTERN}),
]
Boolean = Annotated[bool, BeforeValidator(_boolean), WithJsonSchema({"type": "boolean"})]
Colour = Annotated[str, BeforeValidator(_colour), WithJsonSchema({"type": "string"})]


StateBound = Annotated[
    int, BeforeValidator(_whole(-MAX_INTEGER, MAX_INTEGER)), WithJsonSchema({"type": "integer"})
]
Count = Annotated[
    int,
    BeforeValidator(_whole(0, MAX_INTEGER)),
    WithJsonSchema({"type": "integer", "minimum": 0}),
]
Days = Annotated[
    int,
    BeforeValidator(_whole(1, MAX_DAYS)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_DAYS}),
]
Points = Annotated[
    int,
    BeforeValidator(_whole(1, MAX_POINTS)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_POINTS}),
]
GridSize = Annotated[
    int,
    BeforeValidator(_whole(2, MAX_GRID)),
    WithJsonSchema({"type": "integer", "minimum": 2, "maximum": MAX_GRID}),
]
