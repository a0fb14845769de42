"""Text of the language to expressions: the only reader of formulas.

Python's grammar (`ast`) serves as the reader and nothing is ever evaluated: a short list of syntax
nodes is lowered into an `Expressions` graph and all else is refused. Length is checked before
parsing, nesting before recursing, and constants are exact rationals of the literal's own digits.
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings

from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.literals import ExpressionError, parse_constant
from gametheory_crisis.language.lowering import FUNCTIONS, Lowering, Resolve, rename
from gametheory_crisis.language.report import did_you_mean

__all__ = [
    "DISTRIBUTIONS",
    "FUNCTIONS",
    "MAX_LENGTH",
    "ExpressionError",
    "Resolve",
    "parse_condition",
    "parse_constant",
    "parse_distribution",
    "parse_number",
    "rename",
    "words",
]

MAX_LENGTH = 2000
MAX_DEPTH = 100

DISTRIBUTIONS = {
    "uniform": ("lo", "hi"),
    "beta": ("a", "b", "lo", "hi"),
    "normal": ("mu", "sd"),
    "triangular": ("lo", "mode", "hi"),
    "exponential": ("rate",),
}
"""The distributions of private numbers and the names of their arguments."""

_WORDS = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_OPERATOR_WORDS = frozenset({"and", "or", "not", "if", "else"})


def parse_number(text: str, expressions: Expressions, resolve: Resolve) -> int:
    """Handle of the number that ``text`` says.

    Parameters
    ----------
    text : an expression of the language
    expressions : the graph in which the expression is built
    resolve : called with every name and its column; gives the name's handle

    Raises
    ------
    ExpressionError : ``text`` is not an expression, is a condition, or has an undefined constant
    """
    tree, shift = _syntax_tree(text)
    return Lowering(text, shift, expressions, resolve).number(tree)


def parse_condition(text: str, expressions: Expressions, resolve: Resolve) -> int:
    """Handle of the condition that ``text`` says; a number is refused. See `parse_number`."""
    tree, shift = _syntax_tree(text)
    return Lowering(text, shift, expressions, resolve).condition(tree)


def parse_distribution(
    text: str, expressions: Expressions, resolve: Resolve
) -> tuple[str, tuple[int, ...]]:
    """Name and arguments of a distribution such as ``uniform(0, c_max)``.

    Raises
    ------
    ExpressionError : an unknown distribution, or a wrong number of arguments
    """
    tree, shift = _syntax_tree(text)
    known = ", ".join(f"{name}({', '.join(names)})" for name, names in DISTRIBUTIONS.items())
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        raise ExpressionError(f"expected a distribution, one of {known}")
    name = tree.func.id
    if name not in DISTRIBUTIONS:
        hint = did_you_mean(name, DISTRIBUTIONS)
        raise ExpressionError(f"unknown distribution '{name}'; it is one of {known}{hint}")
    names = DISTRIBUTIONS[name]
    if tree.keywords or len(tree.args) != len(names):
        arguments = f"{len(names)} argument{'s' if len(names) > 1 else ''}"
        raise ExpressionError(f"{name} takes {arguments}: {name}({', '.join(names)})")
    lowering = Lowering(text, shift, expressions, resolve)
    return name, tuple(lowering.number(argument) for argument in tree.args)


def words(text: str) -> list[str]:
    """The identifiers in ``text``, functions and operators in words included."""
    return _WORDS.findall(text[:MAX_LENGTH])


def _syntax_tree(text: str) -> tuple[ast.expr, int]:
    """The checked syntax tree of ``text`` and the number of blanks cut off in front."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression has at most {MAX_LENGTH} characters")
    for column, character in enumerate(text):
        if not character.isascii() or character in "#\\\0":
            shown = character if character.isprintable() else repr(character)[1:-1]
            raise ExpressionError(f"'{shown}' cannot stand in an expression", column)
    flat = "".join(" " if character.isspace() else character for character in text)
    body = flat.strip()
    shift = len(flat) - len(flat.lstrip())
    if not body:
        raise ExpressionError("expected an expression, found nothing")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(body, mode="eval").body
    except SyntaxError as error:
        raise _plain_syntax_error(body, shift, error) from None
    except (ValueError, MemoryError, RecursionError, Warning):
        raise ExpressionError("the expression is nested too deeply or not well formed") from None
    _check_depth(tree)
    return tree, shift


def _plain_syntax_error(body: str, shift: int, error: SyntaxError) -> ExpressionError:
    for match in _WORDS.finditer(body):
        word = match[0]
        if keyword.iskeyword(word) and word not in _OPERATOR_WORDS:
            return ExpressionError(
                f"'{word}' is a reserved word; try '{rename(word)}'", shift + match.start()
            )
    if re.search(r"(?<![<>=!])=(?!=)", body):
        return ExpressionError("'=' is not a comparison; write '=='", shift + body.index("="))
    opened, closed = body.count("("), body.count(")")
    if opened != closed:
        side = "opened but not closed" if opened > closed else "closed but not opened"
        return ExpressionError(f"a parenthesis is {side}", shift)
    if "too many nested" in str(error.msg):
        return ExpressionError("the expression is nested too deeply", shift)
    column = max((error.offset or 1) - 1, 0)
    near = body[column : column + 20]
    where = f"near '{near}'" if near else "at its end"
    return ExpressionError(f"the expression cannot be read {where}", shift + column)


def _check_depth(tree: ast.expr) -> None:
    """Refuse what the recursion of `Lowering` should not walk into."""
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise ExpressionError(f"an expression is nested at most {MAX_DEPTH} levels deep")
        stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node))
