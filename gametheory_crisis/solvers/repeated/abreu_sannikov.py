"""The payoffs of all subgame-perfect equilibria, by the algorithm of Abreu and Sannikov.

Abreu, D. and Sannikov, Y. (2014). An algorithm for two-player repeated games with perfect
monitoring. Theoretical Economics 9, 313-338.  Pure actions, a public random device in every period,
one discount factor.  The operator R takes a polygon that holds the set to a smaller one that still
does, of at most four vertices for each action profile; where it changes nothing any more, the
polygon is the set.

Rationals are kept as long as they stay short: a polygon that R leaves exactly as it is settles the
matter.  Where they grow, floats go on from there, and everything is read with a slack, so that what
holds only at a knife edge is not lost to rounding.  The polygon that they come to is then tried
with its coordinates rounded to short rationals, or shrunk a little: where that one lies in its own
image, each of its payoffs is exactly an equilibrium's (self-generation: Abreu, Pearce and
Stacchetti 1990).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.solvers.repeated.automata import Actions
from gametheory_crisis.solvers.repeated.polygons import (
    Point,
    apart,
    chord,
    clip,
    contains,
    distance,
    hull,
)
from gametheory_crisis.solvers.repeated.stage_facts import StageFacts

MAX_STEPS = 20_000
MAX_BITS = 200
"""Rationals longer than this are given up for floats."""
MAX_EXACT = 64
"""Action profiles beyond which floats are used from the beginning."""
MAX_DENOMINATOR = 10**6
"""Of the rationals that a polygon of floats is rounded to."""
SHRINKING = (Fraction(1, 10**10), Fraction(1, 10**8), Fraction(1, 10**6))
"""Shares by which a polygon is shrunk towards its middle where rounding does not confirm it."""
SLACK = 1e-11
"""What counts as equal in floats, in units of the spread of the payoffs."""
STILL = 1e-13
"""A step in floats that moves no vertex by more than this, in the same units, is the last one."""


@dataclass(frozen=True, slots=True)
class EquilibriumSet:
    """A set of equilibrium payoffs.

    Attributes
    ----------
    vertices : counterclockwise; none where no equilibrium exists
    exact : whether nothing was rounded
    error : distance within which the set is known: 0 where exact, and otherwise that of an outer
        polygon, in floats, from an exact inner one, whose vertices are given; None where no inner
        one was found
    steps : applications of the operator
    """

    vertices: list[Point]
    exact: bool
    error: float | None
    steps: int


@dataclass(frozen=True, slots=True)
class Rule:
    """What an action profile pays, and what must be at stake to keep each player to it.

    Attributes
    ----------
    payoffs : of the stage
    margins : per player what tomorrow must be worth above the threat: the temptation times
        (1 - delta) / delta
    """

    payoffs: Point
    margins: Point


def rules(stage: StageFacts, discount: Fraction) -> list[Rule]:
    """The rules of all action profiles that can be enforced at a positive discount factor."""
    scale = (1 - discount) / discount

    def rule(actions: Actions) -> Rule:
        first, second = (scale * stage.temptation(i, actions) for i in range(2))
        return Rule(stage.payoffs(actions), (first, second))

    return [rule(actions) for actions in stage.profiles]


def abreu_sannikov(stage: StageFacts, discount: Fraction) -> EquilibriumSet:
    """The set of payoffs of subgame-perfect equilibria in pure actions with public randomisation.

    Parameters
    ----------
    discount : at least 0 and below 1

    Raises
    ------
    SolverError
        If `MAX_STEPS` steps were not enough.
    """
    if discount == 0:
        vertices = hull(stage.payoffs(actions) for actions in stage.pure_equilibria)
        return EquilibriumSet(vertices, True, 0.0, 0)
    iteration = Iteration(stage, discount)
    while not iteration.done:
        iteration.step()
    outer = iteration.polygon
    candidates = iter([outer]) if iteration.exact else _candidates(outer, iteration.slack)
    for inner in candidates:
        if is_self_generating(stage, discount, inner):
            error = 0.0 if iteration.exact else apart(outer, inner) + iteration.slack
            return EquilibriumSet(inner, iteration.exact, error, iteration.steps)
    return EquilibriumSet(outer, False, None, iteration.steps)


def _candidates(polygon: Sequence[Point], slack: float) -> Iterator[list[Point]]:
    """Polygons of rationals close to one of floats: with short coordinates, then shrunk ones."""

    def near(value: Number) -> Fraction:
        short = Fraction(value).limit_denominator(MAX_DENOMINATOR)
        return short if abs(float(short - Fraction(value))) <= 8 * slack else Fraction(value)

    short = [(near(x), near(y)) for x, y in polygon]
    yield hull(short)
    middle = [sum(point[k] for point in short) / len(short) for k in range(2)]
    for share in SHRINKING if len(short) > 2 else ():
        yield hull((x + share * (middle[0] - x), y + share * (middle[1] - y)) for x, y in short)


def is_self_generating(stage: StageFacts, discount: Fraction, polygon: Sequence[Point]) -> bool:
    """Whether a polygon of rationals lies in its image, so that all of it is equilibrium payoffs.

    The image is that of the operator B of Abreu, Pearce and Stacchetti, with the worst payoffs in
    the polygon for threats.
    """
    if not polygon:
        return True
    worst, found = lowest(polygon), []
    for rule in rules(stage, discount):
        ahead = polygon
        for axis in range(2):
            ahead = clip(ahead, axis, worst[axis] + rule.margins[axis])
        found += [_today(rule.payoffs, point, discount) for point in ahead]
    image = hull(found)
    return all(contains(image, point) for point in polygon)


def _today(payoffs: Point, ahead: Point, discount: Number) -> Point:
    """Payoffs today and tomorrow, averaged."""
    kept = 1 - discount
    return kept * payoffs[0] + discount * ahead[0], kept * payoffs[1] + discount * ahead[1]


class Iteration:
    """A polygon that holds the set, on its way down.

    Attributes
    ----------
    polygon : holds every equilibrium payoff
    threats : no equilibrium is worse than this for a player
    exact, steps : see `EquilibriumSet`
    done : whether the polygon is the set

    Parameters
    ----------
    discount : positive and below 1
    """

    def __init__(self, stage: StageFacts, discount: Fraction) -> None:
        self.discount: Number = discount
        self.rules = rules(stage, discount)
        self.polygon: list[Point] = stage.feasible
        self.threats: Point = stage.pure_minmax
        self.exact, self.steps, self.done = True, 0, False
        spread = max(
            max(p[i] for p in self.polygon) - min(p[i] for p in self.polygon) for i in range(2)
        )
        self.scale = float(spread) or 1.0
        # A whole number: less 0.0, a rational would be a float.
        self.slack: float = 0
        if len(self.rules) > MAX_EXACT:
            self._give_up_rationals()

    def step(self) -> None:
        """Apply the operator once."""
        if self.steps == MAX_STEPS:
            raise SolverError(
                f"the set of equilibrium payoffs did not settle in {MAX_STEPS:,} steps",
                {"vertices": [[float(v) for v in point] for point in self.polygon]},
            )
        before, threats = self.polygon, self.threats
        images = [(rule, self._images(rule)) for rule in self.rules]
        # The polygon shrinks and the threats rise: what cannot be enforced now never can.
        self.rules = [rule for rule, found in images if found]
        self.polygon = hull((point for _, found in images for point in found), self.slack / 64)
        self.steps += 1
        if not self.polygon:
            self.done = True
            return
        least = lowest(self.polygon)
        self.threats = max(threats[0], least[0]), max(threats[1], least[1])
        self.done = self._still(before, threats)
        if self.exact and not self.done and _bits(self.polygon) > MAX_BITS:
            self._give_up_rationals()

    def _images(self, rule: Rule) -> list[Point]:
        """Today's values of a profile that can be extreme."""
        return [
            ahead if ahead is rule.payoffs else _today(rule.payoffs, ahead, self.discount)
            for ahead in self._continuations(rule)
        ]

    def _continuations(self, rule: Rule) -> list[Point]:
        """Tomorrow's payoffs that can make an extreme point: C(a, W, u) of the paper."""
        least = self.threats[0] + rule.margins[0], self.threats[1] + rule.margins[1]
        payoffs, slack = rule.payoffs, self.slack
        stays = payoffs[0] >= least[0] - slack and payoffs[1] >= least[1] - slack
        if stays and contains(self.polygon, payoffs, slack):
            return [payoffs]
        found: list[Point] = []
        for axis in range(2):
            bound = least[1 - axis]
            ends = chord(self.polygon, axis, least[axis], slack)
            if ends is not None and ends[1] >= bound - slack:
                others = max(ends[0], bound), max(ends[1], bound)
                found += [(least[0], o) if axis == 0 else (o, least[1]) for o in others]
        return found

    def _still(self, before: Sequence[Point], threats: Point) -> bool:
        if self.exact:
            return self.polygon == before and self.threats == threats
        allowed = STILL * self.scale
        moved = max(float(a - b) for a, b in zip(self.threats, threats, strict=True))
        return moved <= allowed and all(
            distance(self.polygon, point) <= allowed for point in before
        )

    def _give_up_rationals(self) -> None:
        self.exact, self.slack = False, SLACK * self.scale
        self.discount = float(self.discount)
        self.rules = [Rule(_floats(rule.payoffs), _floats(rule.margins)) for rule in self.rules]
        self.polygon = hull(map(_floats, self.polygon))
        self.threats = _floats(self.threats)


def lowest(polygon: Sequence[Point]) -> Point:
    """Each player's worst payoff in a polygon that is not empty."""
    return min(x for x, _ in polygon), min(y for _, y in polygon)


def _floats(point: Point) -> Point:
    return float(point[0]), float(point[1])


def _bits(polygon: Sequence[Point]) -> int:
    return max(
        value.denominator.bit_length()
        for point in polygon
        for value in point
        if isinstance(value, Fraction)
    )
