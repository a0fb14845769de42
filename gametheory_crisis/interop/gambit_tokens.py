"""Text of Gambit's files to tokens that know where they stand.

What both formats share: commas are blanks, texts stand in double quotes, a number may be an
integer, a decimal, ``1e-3`` or a ratio ``a/b``.
"""

from __future__ import annotations

import re
from enum import Enum
from fractions import Fraction
from typing import NamedTuple, NoReturn

from gametheory_crisis.errors import ModelError, Problem
from gametheory_crisis.language.literals import ExpressionError, parse_constant

MAX_BYTES = 1_000_000

_TOKEN = re.compile(
    r'(?P<blank>[\s,]++)|(?P<text>"(?:[^"\\]|\\.)*+")|(?P<open>\{)|(?P<close>\})'
    r"|(?P<number>[+-]?[0-9.][0-9.eE/]*+(?:(?<=[eE])[+-][0-9.eE/]*+)*+)|(?P<word>[A-Za-z]\w*+)",
    re.DOTALL,
)
_ESCAPE = re.compile(r'\\(["\\])')
_WHOLE = re.compile(r"[0-9]{1,9}")


class Kind(Enum):
    """Kinds of tokens; the value is what a message calls them."""

    WORD = "a word"
    NUMBER = "a number"
    TEXT = "a text in quotes"
    OPEN = "'{'"
    CLOSE = "'}'"
    END = "the end of the file"


class Token(NamedTuple):
    """A piece of the file, and how many characters stand before it."""

    kind: Kind
    text: str
    offset: int


class Tokens:
    """The tokens of a file, one after the other.

    Attributes
    ----------
    source : name of the file, for messages
    next : the token that comes next; at the end it is one of the kind ``END``
    """

    next: Token

    def __init__(self, data: bytes, source: str) -> None:
        self.source = source
        self._text = _decode(data, source)
        self._position = 0
        self._counted = 0, 1
        self.next = self._read()

    def take(self, *kinds: Kind) -> Token:
        """The next token, which must be one of ``kinds``.

        Raises
        ------
        ModelError : it is not
        """
        token = self.next
        if token.kind not in kinds:
            wanted = " or ".join(kind.value for kind in kinds)
            self.fail(f"expected {wanted}, found {shown(token)}", token)
        self._position = token.offset + self._length
        self.next = self._read()
        return token

    def comes(self, kind: Kind) -> bool:
        """Whether the next token is of this kind."""
        return self.next.kind is kind

    def text(self) -> str:
        """A text in quotes, its escapes resolved."""
        quoted = self.take(Kind.TEXT).text
        return _ESCAPE.sub(r"\1", quoted[1:-1])

    def word(self, *words: str) -> Token:
        """One of ``words``."""
        token = self.next
        if token.kind is not Kind.WORD or token.text not in words:
            wanted = " or ".join(f"'{word}'" for word in words)
            self.fail(f"expected {wanted}, found {shown(token)}", token)
        return self.take(Kind.WORD)

    def number(self) -> Fraction:
        """A number, exact."""
        token = self.take(Kind.NUMBER)
        try:
            return parse_constant(token.text)
        except ExpressionError as error:
            self.fail(str(error), token)

    def whole(self, what: str) -> int:
        """A whole number of at least 0; ``what`` is what a message calls it."""
        token = self.next
        if token.kind is not Kind.NUMBER or _WHOLE.fullmatch(token.text) is None:
            self.fail(f"expected {what}, a whole number, found {shown(token)}", token)
        return int(self.take(Kind.NUMBER).text)

    def fail(self, message: str, token: Token) -> NoReturn:
        """Raise a `ModelError` that says what is wrong with ``token``."""
        raise ModelError([_problem(self.source, self._text, token.offset, message)])

    def line(self, token: Token) -> int:
        """The line on which a token stands, counted from 1."""
        before, line = self._counted
        if token.offset < before:
            before, line = 0, 1
        self._counted = token.offset, line + self._text.count("\n", before, token.offset)
        return self._counted[1]

    def _read(self) -> Token:
        match = _TOKEN.match(self._text, self._position)
        if match is not None and match.lastgroup == "blank":
            self._position = match.end()
            match = _TOKEN.match(self._text, self._position)
        if match is None or match.lastgroup is None:
            self._length = 0
            if self._position < len(self._text):
                self._refuse()
            return Token(Kind.END, "", len(self._text))
        self._length = match.end() - match.start()
        return Token(Kind[match.lastgroup.upper()], match.group(), match.start())

    def _refuse(self) -> NoReturn:
        character = self._text[self._position]
        message = f"a file of this format has no {character!r} here"
        if character == '"':
            message = "this text in quotes has no end"
        raise ModelError([_problem(self.source, self._text, self._position, message)])


def shown(token: Token) -> str:
    """A token as a message shows it."""
    if token.kind is Kind.END:
        return str(token.kind.value)
    text = " ".join(token.text.split())
    return f"'{text if len(text) <= 40 else text[:37] + '...'}'"


def _decode(data: bytes, source: str) -> str:
    if len(data) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES:,} bytes; a game that can be read has fewer"
        raise ModelError([Problem(source, 0, 0, "", message)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = data[: error.start].decode("utf-8-sig", errors="replace")
        message = "the file is not UTF-8 text"
        raise ModelError([_problem(source, text, len(text), message)]) from None


def _problem(source: str, text: str, offset: int, message: str) -> Problem:
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return Problem(source, line, column, "", message)
