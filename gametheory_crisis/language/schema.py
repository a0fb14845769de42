"""Values of a file to entries of the right shape, and the published JSON Schema."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import ErrorDetails, core_schema

from gametheory_crisis.language import source
from gametheory_crisis.language.node_shapes import (
    EDGE_KEYS,
    ClockShape,
    Entries,
    NodeShape,
    Shape,
    TerminalShape,
)
from gametheory_crisis.language.parser import ExpressionError
from gametheory_crisis.language.report import Path, Report, did_you_mean
from gametheory_crisis.language.shapes import Format, MapShape, ModelShape, Players
from gametheory_crisis.language.values import Key, Name, Text

MAX_ENTRIES = {"parameters": 1000, "define": 1000, "players": 50, "state": 50, "claims": 1000}
"""The most entries of a section: some later steps take time or memory quadratic in them."""


def read_shapes(root: source.Mapping, report: Report) -> ModelShape:
    """The sections of a file; an entry of a wrong shape is reported and left out.

    A section that is missing or wholly wrong is empty.
    """
    context = _Context(report)
    known = list(ModelShape.model_fields)
    sections: dict[str, Any] = {}
    for name, value in root.entries.items():
        if name not in ModelShape.model_fields:
            context.unknown_key(ModelShape, (), name, known)
        elif name in MAX_ENTRIES and _size(value) > MAX_ENTRIES[name]:
            report.add((name,), f"more than {MAX_ENTRIES[name]:,} entries; a model has fewer")
        else:
            read = _read_section(name, value, context)
            if read is not _NOTHING:
                sections[name] = read
    for name, section in ModelShape.model_fields.items():
        if section.is_required() and name not in root.entries:
            report.add((), f"missing section '{name}'")
    empty: dict[str, Any] = {"title": "", "players": [], "game": {}}
    return ModelShape.model_construct(None, **(empty | sections))


def json_schema() -> dict[str, Any]:
    """The JSON Schema of model files (draft 2020-12), for editors and other programs.

    It is the file ``model_schema.json`` of this package.
    """
    schema = ModelShape.model_json_schema(by_alias=True, schema_generator=_PlainSchema)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gametheory_crisis model, format 1",
    }
    return head | {key: value for key, value in schema.items() if key not in head}


_NOTHING: Any = object()
_WHOLE: dict[str, Any] = {
    "format": Format,
    "title": Text,
    "doc": Text,
    "players": Players,
    "clock": ClockShape,
    "start": Name,
    "map": MapShape,
    "key": Key,
}


class _Context:
    """Where the shapes report unknown keys while pydantic validates."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def unknown_key(self, shape: type[Shape], path: Path, key: str, known: Sequence[str]) -> None:
        if key in EDGE_KEYS and issubclass(shape, NodeShape | TerminalShape):
            message = f"'{key}' belongs to an edge: {{next: ..., {key}: ...}}, not to a node"
            if key == "next":
                message = "'next' does not stand beside the keys of this kind of node"
        elif key in ("if", "when"):
            place = "an action" if key == "if" else "an entry of `results`"
            message = f"'{key}' stands only in {place}"
        else:
            hint = did_you_mean(key, known) or f"; known: {', '.join(known)}"
            message = f"unknown key '{key[:60]}'{hint}"
        self.report.add((*path, key), message, key=True)


@cache
def _adapters() -> dict[str, tuple[Any, TypeAdapter[Any]]]:
    """For each section: whether it is read entry by entry (dict or list), and by what."""
    adapters: dict[str, tuple[Any, TypeAdapter[Any]]] = {
        name: (None, TypeAdapter(whole)) for name, whole in _WHOLE.items()
    }
    for name, section in ModelShape.model_fields.items():
        if name not in adapters:
            kind: Any = get_origin(section.annotation)
            adapters[name] = kind, TypeAdapter(get_args(section.annotation)[-1])
    return adapters


def _read_section(name: str, value: source.Value, context: _Context) -> Any:
    kind, adapter = _adapters()[name]
    path: Path = (name,)
    if kind is dict and isinstance(value, source.Mapping):
        if not value.entries and name == "game":
            context.report.add(path, "a game has at least one node")
        read = {}
        for key, entry in value.entries.items():
            keyed = _validate(_adapters()["key"][1], key, (*path, key), context, key=True)
            checked = _validate(adapter, _plain(entry, (*path, key)), (*path, key), context)
            if keyed is not _NOTHING and checked is not _NOTHING:
                read[key] = checked
        return read
    if kind is list and isinstance(value, source.List):
        entries = [
            _validate(adapter, _plain(entry, (*path, index)), (*path, index), context)
            for index, entry in enumerate(value.items)
        ]
        return [None if entry is _NOTHING else entry for entry in entries]
    if kind is not None:
        expected = "a mapping" if kind is dict else "a list"
        context.report.add(path, f"expected {expected}, found {_found(_plain(value, path))}")
        return _NOTHING
    return _validate(adapter, _plain(value, path), path, context)


def _size(value: source.Value) -> int:
    match value:
        case source.Mapping():
            return len(value.entries)
        case source.List():
            return len(value.items)
        case source.Scalar():
            return 0


def _plain(value: source.Value, path: Path) -> Any:
    """The value as pydantic takes it; mappings keep their key path."""
    match value:
        case source.Scalar():
            return value.text
        case source.List():
            return [_plain(item, (*path, index)) for index, item in enumerate(value.items)]
        case source.Mapping():
            entries = {key: _plain(item, (*path, key)) for key, item in value.entries.items()}
            return Entries(entries, path)


def _validate(
    adapter: TypeAdapter[Any], data: Any, path: Path, context: _Context, *, key: bool = False
) -> Any:
    """``data`` in its shape, or `_NOTHING` once what is wrong has been reported."""
    before = len(context.report)
    try:
        shaped = adapter.validate_python(data, context=context)
    except ValidationError as errors:
        for error in errors.errors(include_url=False):
            _report(error, data, path, context.report, key=key)
        return _NOTHING
    return shaped if len(context.report) == before else _NOTHING


def _report(error: ErrorDetails, data: Any, path: Path, report: Report, *, key: bool) -> None:
    """One of pydantic's errors in plain words, at its place in the file."""
    steps, key_error = _file_path(error["loc"], data)
    offset = 0
    match error["type"]:
        case "missing":
            message = f"missing key '{error['loc'][-1]}'"
        case "value_error":
            reason = error["ctx"]["error"]
            message = str(reason)
            offset = reason.column if isinstance(reason, ExpressionError) else 0
        case "dict_type" | "model_type" | "model_attributes_type":
            message = f"expected a mapping, found {_found(error['input'])}"
        case "list_type":
            message = f"expected a list, found {_found(error['input'])}"
        case "union_tag_invalid":
            message = f"expected {_alternatives(error)}, found {_found(error['input'])}"
        case "too_short" | "too_long":
            message = _wrong_length(error)
        case _:
            message = error["msg"]
    report.add((*path, *steps), message, key=key or key_error, offset=offset)


def _file_path(location: tuple[str | int, ...], data: Any) -> tuple[Path, bool]:
    """Pydantic's location without union tags, and whether it means the key itself."""
    path: list[str | int] = []
    for step in location:
        is_index = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if is_index or (isinstance(data, dict) and step in data):
            path.append(step)
            data = data[step]
    return tuple(path), location[-1:] == ("[key]",)


def _found(data: Any) -> str:
    if isinstance(data, str):
        return f"'{data[:40]}'" if data else "nothing"
    return "a list" if isinstance(data, list) else "a mapping"


def _alternatives(error: ErrorDetails) -> str:
    tags = str(error["ctx"]["expected_tags"])
    wanted = {"<text>": "a number or text", "<list>": "a list", "<mapping>": "a mapping"}
    return " or ".join(words for tag, words in wanted.items() if tag in tags)


def _wrong_length(error: ErrorDetails) -> str:
    context = error["ctx"]
    found, least = len(error["input"]), context.get("min_length")
    wanted = "at least 1" if least == 1 else f"exactly {least or context.get('max_length')}"
    entries = "entry" if wanted.endswith(" 1") else "entries"
    return f"expected {wanted} {entries}, found {found}"


class _PlainSchema(GenerateJsonSchema):
    """Pydantic's schema without its titles and defaults, and without ``null`` for left-out keys."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        union = super().tagged_union_schema(schema)
        return {"anyOf": union["oneOf"]} if "oneOf" in union else union

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        keys = self.generate_inner(schema["keys_schema"])
        return super().dict_schema(schema) | {"propertyNames": keys}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
