"""Syntax trees to expressions: the short list of what may stand in a formula."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeAlias

from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import ConstantError, Expressions
from gametheory_crisis.language.literals import ExpressionError, literal
from gametheory_crisis.language.report import did_you_mean

Resolve: TypeAlias = Callable[[str, int], int]
"""Gives the handle of a name that stands at a column (from 0) of the text."""

FUNCTIONS = {
    "min": (2, None),
    "max": (2, None),
    "abs": (1, 1),
    "sqrt": (1, 1),
    "exp": (1, 1),
    "log": (1, 1),
    "where": (3, 3),
    "clip": (3, 3),
    "Phi": (1, 1),
}
"""The functions of the language and the least and greatest number of their arguments."""

_UNARY = {
    "abs": Operation.ABS,
    "sqrt": Operation.SQRT,
    "exp": Operation.EXP,
    "log": Operation.LOG,
    "Phi": Operation.PHI,
}
_ARITHMETIC: dict[type[ast.operator], Operation] = {
    ast.Add: Operation.ADD,
    ast.Sub: Operation.SUB,
    ast.Mult: Operation.MUL,
    ast.Div: Operation.DIV,
    ast.Pow: Operation.POW,
}
_INSTEAD: dict[type[ast.AST], str] = {
    ast.BitXor: "'^' is not an operator here; a power is written '**'",
    ast.BitAnd: "'&' is not an operator here; write 'and'",
    ast.BitOr: "'|' is not an operator here; write 'or'",
    ast.Invert: "'~' is not an operator here; write 'not'",
    ast.IfExp: "'if … else' is not available; write where(condition, a, b)",
    ast.Attribute: "attributes are not available; an expression has names, numbers and functions",
    ast.Subscript: "indices are not available; an expression has names, numbers and functions",
    ast.Tuple: "a comma stands only between the arguments of a function",
    ast.NamedExpr: "nothing can be assigned in an expression",
}
_RENAME = {"lambda": "lam"}


def rename(word: str) -> str:
    """A name to use in place of a reserved word."""
    return _RENAME.get(word, f"{word}_")


class Lowering:
    """Turns a checked syntax tree into handles."""

    def __init__(self, text: str, shift: int, expressions: Expressions, resolve: Resolve) -> None:
        self._text = text
        self._shift = shift
        self._expressions = expressions
        self._resolve = resolve

    def _column(self, node: ast.expr) -> int:
        return node.col_offset + self._shift

    def _apply(self, node: ast.expr, operation: Operation, *operands: int) -> int:
        try:
            return self._expressions.apply(operation, *operands)
        except ConstantError as error:
            raise ExpressionError(str(error), self._column(node)) from None

    def number(self, node: ast.expr) -> int:
        """Handle of a number."""
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name():
                if node.id in FUNCTIONS:
                    raise ExpressionError(
                        f"'{node.id}' is a function and needs arguments", self._column(node)
                    )
                return self._resolve(node.id, self._column(node))
            case ast.UnaryOp(op=ast.UAdd()):
                return self.number(node.operand)
            case ast.UnaryOp(op=ast.USub()):
                return self._apply(node, Operation.NEG, self.number(node.operand))
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                left, right = self.number(node.left), self.number(node.right)
                return self._apply(node, _ARITHMETIC[type(node.op)], left, right)
            case ast.Call():
                return self._call(node)
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                raise ExpressionError(
                    "a condition is not a number; write where(condition, 1, 0)", self._column(node)
                )
        raise self._refusal(node)

    def condition(self, node: ast.expr) -> int:
        """Handle of a condition."""
        match node:
            case ast.Compare():
                return self._compare(node)
            case ast.BoolOp():
                operation = Operation.AND if isinstance(node.op, ast.And) else Operation.OR
                result = self.condition(node.values[0])
                for value in node.values[1:]:
                    result = self._apply(node, operation, result, self.condition(value))
                return result
            case ast.UnaryOp(op=ast.Not()):
                return self._apply(node, Operation.NOT, self.condition(node.operand))
            case ast.Constant(value=bool()):
                raise self._refusal(node)
        self.number(node)
        raise ExpressionError(
            "a number is not a condition; compare it, e.g. 'x > 0'", self._column(node)
        )

    def _compare(self, node: ast.Compare) -> int:
        operands = [self.number(operand) for operand in (node.left, *node.comparators)]
        parts = []
        for symbol, left, right in zip(node.ops, operands, operands[1:], strict=False):
            match symbol:
                case ast.Lt():
                    part = self._apply(node, Operation.LESS, left, right)
                case ast.LtE():
                    part = self._apply(node, Operation.LESS_EQUAL, left, right)
                case ast.Gt():
                    part = self._apply(node, Operation.LESS, right, left)
                case ast.GtE():
                    part = self._apply(node, Operation.LESS_EQUAL, right, left)
                case ast.Eq():
                    part = self._apply(node, Operation.EQUAL, left, right)
                case ast.NotEq():
                    equal = self._apply(node, Operation.EQUAL, left, right)
                    part = self._apply(node, Operation.NOT, equal)
                case _:
                    raise ExpressionError(
                        "only <, <=, >, >=, == and != compare", self._column(node)
                    )
            parts.append(part)
        result = parts[0]
        for part in parts[1:]:
            result = self._apply(node, Operation.AND, result, part)
        return result

    def _call(self, node: ast.Call) -> int:
        if not isinstance(node.func, ast.Name):
            raise ExpressionError("only functions can be called", self._column(node))
        name, arguments = node.func.id, node.args
        if name not in FUNCTIONS:
            known, hint = ", ".join(FUNCTIONS), did_you_mean(name, FUNCTIONS)
            raise ExpressionError(
                f"unknown function '{name}'; the functions are {known}{hint}", self._column(node)
            )
        least, most = FUNCTIONS[name]
        wrong = len(arguments) < least or (most is not None and len(arguments) > most)
        if wrong or node.keywords or any(isinstance(a, ast.Starred) for a in arguments):
            count = f"{least} argument{'s' if least > 1 else ''}"
            count += " or more" if most is None else ""
            raise ExpressionError(f"{name} takes {count}", self._column(node))
        if name == "where":
            handles = [self.condition(arguments[0]), *map(self.number, arguments[1:])]
            return self._apply(node, Operation.WHERE, *handles)
        handles = [self.number(argument) for argument in arguments]
        if name == "clip":
            floor = self._apply(node, Operation.MAX, handles[0], handles[1])
            return self._apply(node, Operation.MIN, floor, handles[2])
        if name in _UNARY:
            return self._apply(node, _UNARY[name], handles[0])
        operation = Operation.MIN if name == "min" else Operation.MAX
        result = handles[0]
        for handle in handles[1:]:
            result = self._apply(node, operation, result, handle)
        return result

    def _constant(self, node: ast.Constant) -> int:
        if type(node.value) not in (int, float):
            raise self._refusal(node)
        column, end = self._column(node), (node.end_col_offset or 0) + self._shift
        return self._expressions.number(literal(self._text[column:end], column))

    def _refusal(self, node: ast.expr) -> ExpressionError:
        column = self._column(node)
        if isinstance(node, ast.Constant):
            if isinstance(node.value, bool) or node.value is None:
                word = str(node.value)
                return ExpressionError(
                    f"'{word}' is a reserved word; try '{rename(word.lower())}'", column
                )
            return ExpressionError("text cannot stand in an expression", column)
        operator = getattr(node, "op", node)
        reason = _INSTEAD.get(type(node)) or _INSTEAD.get(type(operator))
        return ExpressionError(
            reason or "this cannot stand in an expression; operators are + - * / **", column
        )
