"""YAML text to values that know where they stand.

Only PyYAML's *events* are used: nothing is constructed, aliases cannot multiply, and depth and size
are bounded while the file is read. Scalars stay text; what is a number is for the schema to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from gametheory_crisis.errors import ModelError, Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_NODES = 50_000
MAX_KEY = 200
MAX_PIECES = 20
MAX_MISTAKES = 50

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """A position in the file, line and column counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A piece of text; ``plain`` where it stands without quotes, ``one_line`` where columns add."""

    text: str
    place: Place
    plain: bool = True
    one_line: bool = True


@dataclass(frozen=True, slots=True)
class List:
    """A list."""

    items: list[Value]
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with values; ``keys`` has the position of each key."""

    entries: dict[str, Value]
    keys: dict[str, Place]
    place: Place


Value: TypeAlias = Scalar | List | Mapping


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that is wrong, with its position and key path, and did not stop the reading."""

    place: Place
    path: tuple[str | int, ...]
    message: str


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been read yet; ``parts`` alternates keys and values."""

    place: Place
    is_mapping: bool
    flow: bool
    parts: list[Value] = field(default_factory=list)


def compose(data: bytes, source: str) -> tuple[Mapping, list[Mistake]]:
    """The values of a file, and the mistakes that did not stop its reading.

    Parameters
    ----------
    data : the bytes of the file
    source : name of the file, for messages

    Returns
    -------
    The top-level mapping, and the mistakes: anchors, aliases, tags, duplicate keys and
    expressions that a comma has cut; such a mistake is repaired, so that reading can go on.

    Raises
    ------
    ModelError : the file is too large, not text, not YAML, nested too deeply, or not a mapping
    """
    text = _decode(data, source)
    composer = _Composer()
    try:
        root = composer.run(yaml.parse(text, Loader=_LOADER))
    except _Stop as stop:
        problem = Problem(source, stop.place.line, stop.place.column, "", str(stop))
        raise ModelError([problem]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        rest = text[_offset(text, mark) :] if mark else ""
        message = _plain_words(error, rest)
        raise ModelError([Problem(source, line, column, "", message)]) from None
    except (yaml.YAMLError, RecursionError) as error:
        message = str(getattr(error, "reason", "it is nested too deeply"))
        raise ModelError([Problem(source, 0, 0, "", f"not valid YAML: {message}")]) from None
    if not isinstance(root, Mapping):
        message = "a model is a mapping of sections: format, title, players, game, ..."
        if root is None:
            message = f"the file is empty; {message}"
        raise ModelError([Problem(source, 1, 1, "", message)])
    return root, composer.mistakes


def _decode(data: bytes, source: str) -> str:
    if len(data) > MAX_BYTES:
        raise ModelError([Problem(source, 0, 0, "", too_large())])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = "the file is not UTF-8 text"
        raise ModelError([Problem(source, line, column, "", message)]) from None
    for position, character in enumerate(text):
        if character < " " and character not in "\t\n\r":
            line = text.count("\n", 0, position) + 1
            column = position - text.rfind("\n", 0, position)
            message = f"the control character {ord(character):#04x} cannot stand in a model"
            raise ModelError([Problem(source, line, column, "", message)])
    return text


def too_large() -> str:
    """What is said of a file that is too large."""
    return f"the file has more than {MAX_BYTES:,} bytes; a model is smaller"


class _Stop(Exception):
    """A file that cannot be read further."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place


class _Composer:
    """Builds values from events."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self._open: list[_Open] = []
        self._count = 0
        self._documents = 0

    def run(self, events: Iterator[Any]) -> Value | None:
        """The value of the only document, or None where the file has none."""
        root: Value | None = None
        for event in events:
            mark: Any = event.start_mark
            place = Place(mark.line + 1, mark.column + 1)
            value = self._take(event, place)
            if value is None:
                continue
            if self._open:
                self._open[-1].parts.append(value)
            else:
                root = value
        if isinstance(root, Scalar) and root.plain and not root.text:
            return None
        return root

    def _take(self, event: Any, place: Place) -> Value | None:
        """The value that the event completes, if it completes one."""
        if isinstance(event, yaml.NodeEvent):
            self._check(event, place)
        match event:
            case yaml.AliasEvent():
                return Scalar("0", place)
            case yaml.ScalarEvent():
                end: Any = event.end_mark
                one_line = place.line == end.line + 1
                return Scalar(event.value, place, event.implicit[0], one_line)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                if len(self._open) >= MAX_DEPTH:
                    raise _Stop(place, f"nested more than {MAX_DEPTH} levels deep")
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                self._open.append(_Open(place, is_mapping, bool(event.flow_style)))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                return self._close(self._open.pop())
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise _Stop(place, "a second document begins; a file holds one model")
        return None

    def _check(self, event: Any, place: Place) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise _Stop(place, f"more than {MAX_NODES:,} values; a model is smaller")
        if isinstance(event, yaml.AliasEvent):
            message = f"aliases (*{event.anchor}) are not available; write it out or quote it"
            self._mistake(place, message)
            return
        if event.anchor is not None:
            self._mistake(place, f"anchors (&{event.anchor}) are not available; remove it")
        if getattr(event, "tag", None) is not None:
            self._mistake(place, f"tags ({event.tag}) are not available; remove it")

    def _mistake(self, place: Place, message: str, *path: str) -> None:
        """Note what is wrong at ``path``, seen from the innermost open list or mapping."""
        if len(self.mistakes) < MAX_MISTAKES:
            self.mistakes.append(Mistake(place, (*map(_step, self._open), *path), message))

    def _close(self, opened: _Open) -> Value:
        if opened.flow:
            self._join_cut_expressions(opened)
        if not opened.is_mapping:
            return List(opened.parts, opened.place)
        entries: dict[str, Value] = {}
        keys: dict[str, Place] = {}
        for key, value in zip(opened.parts[::2], opened.parts[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._mistake(key.place, "a key is plain text, not a list or a mapping")
            elif key.text in entries:
                first = keys[key.text].line
                self._mistake(
                    key.place,
                    f"duplicate key '{key.text[:60]}'; it stands already on line {first}",
                    key.text,
                )
            elif key.text == "<<" and key.plain:
                self._mistake(key.place, "merge keys (<<) are not available; write it out")
            elif len(key.text) > MAX_KEY:
                self._mistake(key.place, f"a key has at most {MAX_KEY} characters")
            else:
                entries[key.text] = value
                keys[key.text] = key.place
        return Mapping(entries, keys, opened.place)

    def _join_cut_expressions(self, opened: _Open) -> None:
        """Put together again what commas have cut: ``{A: where(x > 0, 1, 2)}`` is three keys."""
        step = 2 if opened.is_mapping else 1
        parts = opened.parts
        position = step - 1
        while position < len(parts):
            first = parts[position]
            if isinstance(first, Scalar) and first.plain and _unclosed(first.text):
                self._join(opened, position, step, first)
            position += step

    def _join(self, opened: _Open, position: int, step: int, first: Scalar) -> None:
        parts = opened.parts
        pieces, end = [first.text], position + 1
        missing = _unclosed(first.text)
        while missing > 0 and end < len(parts) and len(pieces) < MAX_PIECES:
            piece = parts[end]
            if not isinstance(piece, Scalar) or not piece.plain:
                return
            if step == 2 and _text(parts[end + 1]) != "":
                return
            pieces.append(piece.text)
            missing += _unclosed(piece.text)
            end += step
        if missing > 0 or len(pieces) == 1:
            return
        joined = ", ".join(pieces)
        name = (_text(parts[position - 1]) or "") if step == 2 else ""
        key = f"{name}: " if name else ""
        brackets = "{ }" if step == 2 else "[ ]"
        self._mistake(
            first.place,
            f'a comma inside {brackets} ends a value; quote the expression: {key}"{joined[:120]}"',
            *filter(None, [name]),
        )
        parts[position:end] = [Scalar(joined, first.place, True, False)]


def _step(opened: _Open) -> str | int:
    """The key or index at which the reading of a list or mapping stands."""
    if not opened.is_mapping:
        return len(opened.parts)
    return (_text(opened.parts[-1]) or "?") if len(opened.parts) % 2 else "?"


def _unclosed(text: str) -> int:
    return text.count("(") - text.count(")")


def _text(value: Value) -> str | None:
    return value.text if isinstance(value, Scalar) else None


def _offset(text: str, mark: Any) -> int:
    """Where in the text a mark stands."""
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: mark.line])) + int(mark.column)


def _plain_words(error: yaml.MarkedYAMLError, rest: str) -> str:
    """What is wrong with a text that is no YAML; ``rest`` begins where the reader stopped."""
    problem, context = str(error.problem or ""), str(error.context or "")
    if rest.startswith("\t") or "tab" in problem or "'\\t'" in problem:
        return "a tab cannot indent; use spaces"
    if "alias" in context:
        return 'what begins with "*" must be quoted, e.g. "*"'
    if "block sequence entries" in problem or (rest.startswith("- ") and "flow" in context):
        return 'what begins with "- " must be quoted here'
    if "cannot start any token" in problem:
        return "not valid YAML: a value cannot begin with this character; quote the text"
    if "mapping values are not allowed" in problem:
        return "not valid YAML: ': ' inside a value, or a wrong indent; quote the text"
    if "expected ',' or" in problem:
        return f"not valid YAML: a bracket is not closed, or a comma is missing ({context})"
    return (
        f"not valid YAML: {problem} ({context})"
        if problem and context
        else (f"not valid YAML: {problem or context}")
    )
