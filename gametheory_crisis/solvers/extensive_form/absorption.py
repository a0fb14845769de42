"""Products of sets of messages and replies, and which of them are parts of others.

Equilibria that have the same behaviour on the path are not told apart, whatever is replied or
believed off it.  A product is therefore absorbed by another that has all its behaviour on the path,
as long as the two leave the same receivers off it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.signalling import SignallingForm
from gametheory_crisis.solvers.extensive_form.corners import Corner
from gametheory_crisis.solvers.extensive_form.trembles import profile, without_trembles
from gametheory_crisis.solvers.extensive_form.values import value_of
from gametheory_crisis.solvers.polyhedron import Vector, feasible


@dataclass(frozen=True, slots=True)
class Product:
    """A set of equilibria: any mixture of some messages with any mixture of some replies.

    Attributes
    ----------
    reached : receivers on the path where all the messages are mixed, as a bit mask
    messages, replies : the vertices of the two sets
    """

    reached: int
    messages: tuple[Corner, ...]
    replies: tuple[Corner, ...]


Result: TypeAlias = tuple[tuple[Number, ...], tuple[tuple[int, Number], ...], Number]
"""What play leads to: payoffs, the probability of each outcome, and the expected day."""
Ends: TypeAlias = dict[Result, list[tuple[Corner, Corner]]]
"""Pairs of messages and replies, by what they lead to."""


@dataclass
class Absorption:
    """Which products are parts of others, as far as the path of play goes.

    Attributes
    ----------
    form : the game
    chosen : actions known in advance
    products : the products, of which every equilibrium belongs to one
    """

    form: SignallingForm
    chosen: Mapping[int, int]
    products: Sequence[Product]
    _ends: dict[int, Ends] = field(default_factory=dict)

    def into(self, k: int) -> int:
        """The product that absorbs one in the end; itself where none does.

        Of two that absorb each other the earlier is taken, and messages in use only grow in
        number, so following the relation upwards ends.
        """
        above = next((other for other in range(len(self.products)) if self._yields(k, other)), None)
        return k if above is None else self.into(above)

    def _yields(self, one: int, other: int) -> bool:
        return (
            one != other
            and self._absorbs(other, one)
            and (other < one or not self._absorbs(one, other))
        )

    def _absorbs(self, one: int, other: int) -> bool:
        """Whether one has all the equilibria of another but for what is replied off the path.

        Where one uses more messages than the other, replies to these count as well, unless it
        matters to nobody which messages are used (as where talk is cheap and nobody listens).
        """
        large, small = self.products[one], self.products[other]
        if not set(small.messages) <= set(large.messages):
            return False
        alike = small.reached == large.reached or self.matters_to_nobody(one)
        seen = small.reached if alike else large.reached
        compared = [k for k, (r, _) in enumerate(self.form.replies) if seen >> r & 1]
        theirs = {tuple(corner.point[k] for k in compared) for corner in large.replies}
        return all(
            in_hull(tuple(corner.point[k] for k in compared), theirs) for corner in small.replies
        )

    def matters_to_nobody(self, k: int) -> bool:
        """Whether payoffs and outcomes are the same throughout a product."""
        return len(self.ends(k)) == 1

    def ends(self, k: int) -> Ends:
        """The pairs of vertices of a product, by what they lead to.

        Payoffs and outcomes are linear in either side, so where all pairs lead to the same the
        whole product does.
        """
        if k not in self._ends:
            product, found = self.products[k], self._ends.setdefault(k, {})
            known: dict[object, Result] = {}
            for sent in product.messages:
                on_path = self.form.replies_at(sent.reached)
                for replied in product.replies:
                    seen = [share for r, share in enumerate(replied.point) if on_path >> r & 1]
                    key = (sent.point, tuple(seen))
                    if key not in known:
                        known[key] = self._result(sent.point, replied.point)
                    found.setdefault(known[key], []).append((sent, replied))
        return self._ends[k]

    def _result(self, messages: Vector, replies: Vector) -> Result:
        rows = profile(self.form, self.chosen, messages, replies, {})
        value = value_of(self.form.game, without_trembles(rows))
        return value.payoffs, tuple(sorted(value.outcomes.items())), value.day


def in_hull(point: Vector, others: set[Vector]) -> bool:
    """Whether a point is a mixture of others."""
    if point in others:
        return True
    if len(others) == 1:
        return False
    corners = sorted(others)
    rows = [[corner[k] for corner in corners] for k in range(len(point))]
    return feasible([*rows, [Fraction(1)] * len(corners)], [*point, Fraction(1)]) is not None
