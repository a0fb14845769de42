"""Best replies of one side of a signalling form to the other, as the vertices of two polyhedra.

As for two-player games in strategic form (Mangasarian 1964): the pairs (replies, what each sender
can get against them) form a polyhedron whose faces say which replies are not used and which
messages are best; so do the pairs (messages, what each receiver can get).  Every set of equilibria
in which certain messages and replies are used is a product of two faces, so two lists of vertices
hold all that is needed, and the rest is counting with bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.signalling import NOBODY, SignallingForm, Weights
from gametheory_crisis.solvers.extensive_form.best_reply_systems import (
    Choices,
    System,
    message_system,
    reply_system,
)
from gametheory_crisis.solvers.extensive_form.trembles import trembles
from gametheory_crisis.solvers.polyhedron import Vector, feasible, lexicographic_bases, start

MAX_BASES = 20_000
"""Bases of one polyhedron that are walked; a game with more is refused."""


@dataclass(frozen=True, slots=True)
class Corner:
    """A vertex: what one side does, and what is then best for the other.

    Attributes
    ----------
    point : probability of each message, or of each reply
    used : those of positive probability, as a bit mask
    best : the other side's best replies, or messages, as a bit mask; where no message leads to a
        receiver, all its replies are
    reached : receivers to which a message in use leads, as a bit mask; 0 for replies
    """

    point: Vector
    used: int
    best: int
    reached: int = 0


def message_corners(form: SignallingForm, usable: Usable) -> list[Corner]:
    """What senders do: the vertices of the set of (messages, best payoffs of the receivers)."""
    always = sum(1 << r for r, leads in enumerate(form.leads) if NOBODY in leads)
    found = []
    system = message_system(form, usable.messages, usable.replies)
    for point, best in _corners(system, len(form.messages), usable.messages, usable.replies):
        used = _mask(point)
        reached = sum(
            1 << r
            for r, leads in enumerate(form.leads)
            if any(message >= 0 and used >> message & 1 for message in leads)
        )
        found.append(Corner(point, used, best, reached | always))
    return found


def reply_corners(form: SignallingForm, usable: Usable) -> list[Corner]:
    """What receivers do: the vertices of the set of (replies, best payoffs of the senders)."""
    system = reply_system(form, usable.replies, usable.messages)
    corners = _corners(system, len(form.replies), usable.replies, usable.messages)
    return [Corner(point, _mask(point), best) for point, best in corners]


@dataclass(frozen=True, slots=True)
class Usable:
    """What sequential rationality leaves to choose from: per sender messages, per receiver replies.

    A message is left out if it is best for its sender against no replies whatever, a reply if it is
    best against no trembles whatever.
    """

    messages: Choices
    replies: Choices


def usable(form: SignallingForm) -> Usable:
    """The messages and replies that can be best."""
    replies = []
    for receiver, choices in enumerate(form.replies_of):
        best = 0
        for tremble in trembles(form, 1 << receiver):
            best |= tremble.best
        replies.append(tuple(choice for choice in choices if best >> choice & 1))
    messages = tuple(
        tuple(message for message in own if _can_be_best(form, message, own, replies))
        for own in form.messages_of
    )
    return Usable(messages, tuple(replies))


def _can_be_best(
    form: SignallingForm, message: int, own: Sequence[int], replies: Sequence[Sequence[int]]
) -> bool:
    worth, columns = form.message_payoffs, [reply for choices in replies for reply in choices]
    others = [other for other in own if other != message]
    matrix = [
        [Fraction(reply in choices) for reply in columns] + [Fraction(0)] * len(others)
        for choices in replies
    ]
    right = [Fraction(1)] * len(replies)
    for k, other in enumerate(others):
        slack = [-Fraction(k == column) for column in range(len(others))]
        matrix.append(_difference(worth[message], worth[other], columns) + slack)
        right.append(_at(worth[other], NOBODY) - _at(worth[message], NOBODY))
    return not matrix or feasible(matrix, right) is not None


def _corners(
    system: System, num: int, owners: Choices, others: Choices
) -> list[tuple[Vector, int]]:
    """Per vertex what the owners do, and the other side's best choices as a bit mask.

    Parameters
    ----------
    num : number of the owners' choices, usable or not
    owners, others : the usable choices of either side
    """
    columns = [choice for choices in owners for choice in choices]
    theirs = [choice for choices in others for choice in choices]
    points = _vertices(system) if system.matrix else [(Fraction(0),) * len(theirs)]
    found = []
    for point in points:
        shares = dict(zip(columns, point, strict=False))
        slacks = zip(theirs, point[len(columns) :], strict=True)
        best = sum(1 << choice for choice, slack in slacks if not slack)
        found.append((tuple(shares.get(k, Fraction(0)) for k in range(num)), best))
    return found


def _vertices(system: System) -> list[Vector]:
    tableau = start(system.matrix, system.right)
    if tableau is None:
        return []
    found: dict[int, Vector] = {}
    for count, basis in enumerate(lexicographic_bases(tableau)):
        if count == MAX_BASES:
            raise UnsupportedGame(
                f"too many types, messages and replies: their best-reply polyhedra have more than "
                f"{MAX_BASES:,} bases"
            )
        support = basis.support()
        if support not in found:
            found[support] = basis.point(len(system.matrix[0]))
    return sorted(found.values(), reverse=True)


def _difference(more: Weights, less: Weights, columns: Sequence[int]) -> list[Fraction]:
    return [_at(more, k) - _at(less, k) for k in columns]


def _at(weights: Weights, index: int) -> Fraction:
    return weights.get(index, Fraction(0))


def _mask(numbers: Sequence[Fraction]) -> int:
    return sum(1 << k for k, number in enumerate(numbers) if number)
