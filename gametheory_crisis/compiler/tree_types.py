"""Private information as moves of nature at the beginning of a tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

from gametheory_crisis.compiler.checks import sums_to_one, within
from gametheory_crisis.compiler.tree_steps import Substitution
from gametheory_crisis.games.stage import Check
from gametheory_crisis.kernels.operations import Operation
from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.graph import Draw, Graph, Private


@dataclass(frozen=True, slots=True)
class TypeEvent:
    """One event of a move of nature that draws types.

    Attributes
    ----------
    label : the move in words, ``type of Iran: soft``
    probability : handle
    types : what is drawn for each player who learns something
    numbers : handles of the private numbers that the types stand for
    """

    label: str
    probability: int
    types: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TypeMoves:
    """All moves of nature before play begins, and the conditions that make them such."""

    moves: tuple[tuple[TypeEvent, ...], ...]
    checks: tuple[Check, ...]


def type_moves(graph: Graph, substitute: Substitution) -> TypeMoves:
    """One move per private player in the file's order, behind one for a joint prior."""
    writer = _Writer(graph, substitute)
    moves = [writer.joint_prior()] if graph.joint_prior else []
    for private in graph.private.values():
        events = writer.draws(private)
        if len(events) > 1 or events[0].types:
            moves.append(events)
    return TypeMoves(tuple(moves), tuple(writer.checks))


class _Writer:
    """Writes types, priors and quantiles into the tree's expressions."""

    def __init__(self, graph: Graph, substitute: Substitution) -> None:
        self.graph = graph
        self.substitute = substitute
        self.expressions = substitute.expressions
        self.checks: list[Check] = []

    def joint_prior(self) -> tuple[TypeEvent, ...]:
        """One event per combination of types."""
        events = []
        for entry in self.graph.joint_prior:
            numbers: dict[str, int] = {}
            types = {who: entry.types[who] for who in self.graph.private if who in entry.types}
            for player, name in types.items():
                numbers |= self._numbers(self.graph.private[player], name)
            label = "types: " + ", ".join(f"{who} {name}" for who, name in types.items())
            events.append(TypeEvent(label, self._here(entry.probability), types, numbers))
        self._check_prior([event.probability for event in events], "of the joint prior")
        return self._possible(events)

    def draws(self, private: Private) -> tuple[TypeEvent, ...]:
        """What is drawn for one player independently of all others."""
        one = self.expressions.number(1)
        parts: list[list[tuple[str, int, dict[str, int]]]] = []
        if private.prior is not None:
            priors = [self._here(handle) for handle in private.prior]
            self._check_prior(priors, f"of the types of {private.player}")
            parts.append(
                [
                    (name, prior, self._numbers(private, name))
                    for name, prior in zip(private.types, priors, strict=True)
                ]
            )
        parts += [self._points(name, draw) for name, draw in private.draws.items()]
        events = []
        for drawn in product(*parts):
            probability = one
            numbers: dict[str, int] = {}
            for _, share, values in drawn:
                probability = self.expressions.mul(probability, share)
                numbers |= values
            name = " ".join(name for name, _, _ in drawn)
            types = {private.player: name} if drawn else {}
            label = f"type of {private.player}: {name}"
            events.append(TypeEvent(label, probability, types, numbers))
        return self._possible(events)

    def _possible(self, events: Iterable[TypeEvent]) -> tuple[TypeEvent, ...]:
        return tuple(e for e in events if self.expressions.constant(e.probability) != 0)

    def _here(self, handle: int) -> int:
        return self.substitute(handle, {})

    def _numbers(self, private: Private, name: str) -> dict[str, int]:
        position = private.types.index(name)
        return {key: self._here(values[position]) for key, values in private.numbers.items()}

    def _points(self, name: str, draw: Draw) -> list[tuple[str, int, dict[str, int]]]:
        """Equally likely types at the mid-quantiles of a distribution."""
        arguments = tuple(self._here(argument) for argument in draw.arguments)
        self._check_arguments(name, draw.distribution, arguments)
        count = draw.points or 0
        share = self.expressions.number(Fraction(1, count))
        return [
            (
                f"{name}_{k}",
                share,
                {
                    name: quantile(
                        self.expressions,
                        draw.distribution,
                        arguments,
                        Fraction(2 * k - 1, 2 * count),
                    )
                },
            )
            for k in range(1, count + 1)
        ]

    def _check_prior(self, priors: list[int], of_what: str) -> None:
        message = f"the probabilities {of_what} are not all in [0, 1]"
        for prior in priors:
            self._require(within(self.expressions, prior, 0, 1), message)
        nearly, exact = sums_to_one(self.expressions, priors)
        if self.expressions.constant(exact) != 1:
            message = f"the probabilities {of_what} do not sum to 1"
            self.checks.append(Check(nearly, message, exact))

    def _check_arguments(self, name: str, distribution: str, arguments: tuple[int, ...]) -> None:
        less, at_most = Operation.LESS, Operation.LESS_EQUAL
        match distribution:
            case "uniform":
                lo, hi = arguments
                orders = [(less, lo, hi)]
                why = "lo does not lie below hi"
            case "triangular":
                lo, mode, hi = arguments
                orders = [(less, lo, hi), (at_most, lo, mode), (at_most, mode, hi)]
                why = "lo, mode and hi do not come in this order, with lo below hi"
            case _:
                orders = [(less, self.expressions.number(0), arguments[0])]
                why = "the rate is not positive"
        for operation, small, large in orders:
            condition = self.expressions.apply(operation, small, large)
            self._require(condition, f"'{name}' has no {distribution} distribution: {why}")

    def _require(self, condition: int, message: str) -> None:
        if self.expressions.constant(condition) != 1:
            self.checks.append(Check(condition, message))


def quantile(
    expressions: Expressions, distribution: str, arguments: tuple[int, ...], share: Fraction
) -> int:
    """The number below which a draw lies with probability ``share``, as an expression."""
    e = expressions
    below, above = e.number(share), e.number(1 - share)
    if distribution == "exponential":
        return e.div(e.neg(e.apply(Operation.LOG, above)), arguments[0])
    lo, hi = arguments[0], arguments[-1]
    width = e.sub(hi, lo)
    if distribution == "uniform":
        return e.add(lo, e.mul(below, width))
    rising, falling = e.sub(arguments[1], lo), e.sub(hi, arguments[1])
    left = e.add(lo, e.apply(Operation.SQRT, e.mul(below, e.mul(width, rising))))
    right = e.sub(hi, e.apply(Operation.SQRT, e.mul(above, e.mul(width, falling))))
    on_the_left = e.apply(Operation.LESS_EQUAL, e.mul(below, width), rising)
    return e.apply(Operation.WHERE, on_the_left, left, right)
