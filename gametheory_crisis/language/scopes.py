"""Which names an expression may read at its place, and the reading of expressions in place."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from gametheory_crisis.language.expressions import Expressions
from gametheory_crisis.language.parser import (
    FUNCTIONS,
    ExpressionError,
    Resolve,
    parse_condition,
    parse_distribution,
    parse_number,
    rename,
    words,
)
from gametheory_crisis.language.report import Path, Report, unknown

MAX_DEPTH = 200
"""Deepest expression once definitions are put in: later steps recurse over expressions."""


class Kind(Enum):
    """What a name stands for; the value is how messages call it."""

    PARAMETER = "a parameter"
    DEFINITION = "a definition"
    STATE = "a state variable"
    OFFER = "an offer"
    PRIVATE = "a private number"
    DAY = "the day"


@dataclass(frozen=True, slots=True)
class Site:
    """A kind of place where expressions stand, and what may be read there."""

    where: str
    kinds: frozenset[Kind]
    reads: str


PAYOFF = Site("payoffs", frozenset(Kind), "")
CHANCE = Site("the probability of an event", frozenset(Kind), "")
DEFINITION = Site("a definition", frozenset(Kind), "")
OFFER_END = Site(
    "the ends and the grid of an offer",
    frozenset({Kind.PARAMETER, Kind.STATE, Kind.DAY, Kind.OFFER}),
    "parameters, state variables, the day and offers",
)
HAZARD = Site(
    "`hazard`",
    frozenset({Kind.PARAMETER, Kind.STATE, Kind.DAY}),
    "parameters, state variables and the day",
)
MOVE = Site("`if` and `set`", frozenset({Kind.STATE}), "state variables and whole numbers")
CONSTANT = Site(
    "deadlines, discounts, priors, distributions, assumptions and claims",
    frozenset({Kind.PARAMETER}),
    "parameters",
)
REGIME = Site(
    "a regime's condition",
    frozenset({Kind.PARAMETER, Kind.DAY}),
    "outcomes, the day and parameters",
)


@dataclass(frozen=True, slots=True)
class OfferUse:
    """An expression that reads an offer; `language.flow` decides whether it is in scope.

    ``node`` is where the expression stands (None: behind a passing day); with ``after``, behind
    the node's own offer. ``through`` is the definition that reads the offer, if one does.
    """

    path: Path
    offset: int
    node: str | None
    after: bool
    name: str
    through: str | None


@dataclass(frozen=True, slots=True)
class DayUse:
    """An expression that reads the day."""

    path: Path
    offset: int
    through: str | None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an expression stands: its place in the file, and in the game."""

    path: Path
    site: Site
    node: str | None = None
    after: bool = False


@dataclass(slots=True)
class Names:
    """The one namespace of parameters, definitions, offers, state and private numbers."""

    expressions: Expressions
    report: Report
    kinds: dict[str, Kind] = field(default_factory=lambda: {"day": Kind.DAY})
    definitions: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    offer_uses: list[OfferUse] = field(default_factory=list)
    day_uses: list[DayUse] = field(default_factory=list)
    _depth: list[int] = field(default_factory=list)

    def declare(self, name: str, kind: Kind, path: Path) -> None:
        """Enter a name; reserved words and clashes are reported."""
        if not (name.isascii() and name.isidentifier()):
            self.report.add(path, f"'{name[:60]}' is not a name", key=True)
        elif keyword.iskeyword(name):
            self.report.add(
                path, f"'{name}' is a reserved word; try '{rename(name.lower())}'", key=True
            )
        elif name in ("day", "rest") or name in FUNCTIONS:
            what = "a function" if name in FUNCTIONS else "a word of the language"
            self.report.add(path, f"'{name}' is {what}; choose another name", key=True)
        elif name in self.kinds and not (kind is Kind.OFFER and self.kinds[name] is Kind.OFFER):
            already = self.kinds[name].value
            self.report.add(path, f"'{name}' is already {already}; choose another name", key=True)
        else:
            self.kinds[name] = kind

    def define(self, definitions: dict[str, str]) -> None:
        """Read all definitions, in an order in which each comes after those that it reads."""
        for name in self._definition_order(definitions):
            handle = self.number(definitions[name], Spot(("define", name), DEFINITION))
            self.definitions[name] = handle

    def number(self, text: str, spot: Spot) -> int:
        """Handle of a number; mistakes are reported, and the handle is then of no use."""
        return self._read(parse_number, text, spot)

    def condition(self, text: str, spot: Spot, resolve: Resolve | None = None) -> int:
        """Handle of a condition; mistakes are reported, and the handle is then of no use."""
        return self._read(parse_condition, text, spot, resolve)

    def distribution(self, text: str, spot: Spot) -> tuple[str, tuple[int, ...]] | None:
        """Name and arguments of a distribution, or None once a mistake is reported."""
        try:
            return parse_distribution(text, self.expressions, self._resolver(spot))
        except ExpressionError as error:
            self.report.add(spot.path, error.message, offset=error.column)
            return None

    def resolve(self, name: str, column: int, spot: Spot) -> int:
        """Handle of a name at a spot; a name that cannot stand there is reported."""
        if name not in self.kinds:
            fitting = {*spot.site.kinds, Kind.DEFINITION}
            known = [word for word, kind in self.kinds.items() if kind in fitting]
            self.report.add(spot.path, unknown("name", name, known), offset=column)
            return self.expressions.symbol(name)
        if self.kinds[name] is not Kind.DEFINITION:
            self._check(name, column, spot, None)
            return self.expressions.symbol(name)
        handle = self.definitions.get(name)
        if handle is None:
            return self.expressions.symbol(name)
        self.used.add(name)
        for free in sorted(self.expressions.free_symbols(handle)):
            if free in self.kinds:
                self._check(free, column, spot, name)
        return handle

    def _check(self, name: str, column: int, spot: Spot, through: str | None) -> None:
        kind = self.kinds[name]
        if spot.site is DEFINITION:
            return
        self.used.add(name)
        if kind not in spot.site.kinds:
            subject = f"'{name}' is {kind.value}" if name != "day" else "'day' is the day of play"
            if through is not None:
                subject = f"the definition '{through}' reads '{name}', {kind.value}"
            message = f"{subject}; {spot.site.where} may read {spot.site.reads} only"
            self.report.add(spot.path, message, offset=column)
        elif kind is Kind.OFFER:
            use = OfferUse(spot.path, column, spot.node, spot.after, name, through)
            self.offer_uses.append(use)
        elif kind is Kind.DAY and spot.site is not REGIME:
            self.day_uses.append(DayUse(spot.path, column, through))

    def _resolver(self, spot: Spot) -> Resolve:
        return lambda name, column: self.resolve(name, column, spot)

    def _read(
        self,
        parse: Callable[[str, Expressions, Resolve], int],
        text: str,
        spot: Spot,
        resolve: Resolve | None = None,
    ) -> int:
        try:
            handle = parse(text, self.expressions, resolve or self._resolver(spot))
        except ExpressionError as error:
            self.report.add(spot.path, error.message, offset=error.column)
            return self.expressions.symbol("?")
        if self._depth_of(handle) > MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} levels deep once its definitions are put in"
            self.report.add(spot.path, message)
            return self.expressions.symbol("?")
        return handle

    def _depth_of(self, handle: int) -> int:
        """Levels of operations in an expression; operands have smaller handles than their node."""
        for node in range(len(self._depth), len(self.expressions)):
            found = self.expressions.operation(node)
            operands: Iterable[int] = found[1] if found else ()
            self._depth.append(1 + max((self._depth[operand] for operand in operands), default=0))
        return self._depth[handle]

    def _definition_order(self, definitions: dict[str, str]) -> list[str]:
        """Names of definitions, those that others read first; circles are reported and left out."""
        needs = {
            name: [word for word in dict.fromkeys(words(text)) if word in definitions]
            for name, text in definitions.items()
        }
        order: list[str] = []
        done: set[str] = set()
        for root in definitions:
            trail: dict[str, int] = {root: 0}
            while trail and root not in done:
                name, position = trail.popitem()
                if position < len(needs[name]):
                    trail[name] = position + 1
                    need = needs[name][position]
                    if need in trail:
                        self._report_circle(need, trail)
                        done.update(trail)
                    elif need not in done:
                        trail[need] = 0
                elif name not in done:
                    done.add(name)
                    order.append(name)
        return order

    def _report_circle(self, need: str, trail: Iterable[str]) -> None:
        names = list(trail)
        circle = [*names[names.index(need) :], need]
        shown = circle if len(circle) <= 8 else [*circle[:7], "...", need]
        message = f"definitions in a circle: {' -> '.join(shown)}"
        self.report.add(("define", need), message)
