"""An exact solution of a signalling game carried over to other points of the parameters.

Whether a set of messages and replies is an equilibrium is decided by the zeros of a few vertices:
those of the polyhedra of messages, of replies, and of trembles (`corners`, `trembles`).  As long as
every vertex that a game has at one point keeps its zeros at another, so does the polyhedron, since
the neighbours of each vertex are then among them; the families of equilibria are the same, and only
their numbers move with the vertices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.extensive import ExtensiveGame, Family
from gametheory_crisis.games.signalling import NOBODY, SignallingForm
from gametheory_crisis.solvers.extensive_form.best_reply_systems import (
    Choices,
    Entry,
    System,
    message_system,
    reply_system,
    tremble_system,
)
from gametheory_crisis.solvers.extensive_form.corners import usable
from gametheory_crisis.solvers.extensive_form.families import by_earliest_actions, families, listed
from gametheory_crisis.solvers.extensive_form.folding import Folding, foldings
from gametheory_crisis.solvers.extensive_form.signalling import products
from gametheory_crisis.solvers.extensive_form.trembles import OffPath
from gametheory_crisis.solvers.polyhedron import vertices

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Supports:
    """The vertices of one system at the point where it was solved.

    Attributes
    ----------
    columns : int64 (vertices, variables), the positive variables of each vertex, then zeros
    sizes : int64 (vertices,), how many they are
    points : the vertices themselves
    """

    columns: NDArray[np.int64]
    sizes: NDArray[np.int64]
    points: tuple[tuple[Fraction, ...], ...]

    def support(self, vertex: int) -> tuple[int, ...]:
        """The positive variables of a vertex."""
        return tuple(self.columns[vertex, : self.sizes[vertex]].tolist())

    def place(self, mixture: Sequence[Number]) -> int:
        """The vertex that begins with a mixture, or -1."""
        size = len(mixture)
        places = (v for v, point in enumerate(self.points) if point[:size] == tuple(mixture))
        return next(places, -1)


def supports(system: System) -> Supports:
    """The vertices of a system of exact numbers."""
    points = vertices(system.matrix, system.right)
    positive = [[k for k, number in enumerate(point) if number] for point in points]
    columns = np.zeros((len(points), len(system.matrix[0])), dtype=np.int64)
    for v, support in enumerate(positive):
        columns[v, : len(support)] = support
    sizes = np.array([len(support) for support in positive], dtype=np.int64)
    return Supports(columns, sizes, tuple(points))


@dataclass(frozen=True)
class Plan:
    """A family of equilibria: its messages and its replies.

    Attributes
    ----------
    messages : the vertex that they are, or -1 for `even`
    replies : the vertex that they are
    even : the same messages at every point: each that is used with the same probability
    """

    messages: int
    replies: int
    even: tuple[Fraction, ...] = ()


@dataclass(frozen=True)
class Continuation:
    """The solution of a game at one point, ready to be carried over to others.

    Attributes
    ----------
    folding : the choices known in advance
    choices : per receiver the replies that some trembles make best; the others are never given
    messages, replies : vertices of the two polyhedra
    trembles : per set of receivers the vertices of the trembles that reach it
    plans : the families
    """

    folding: Folding
    choices: Choices
    messages: Supports
    replies: Supports
    trembles: Mapping[int, Supports]
    plans: tuple[Plan, ...]

    @cached_property
    def given(self) -> tuple[int, ...]:
        """The replies that are ever given, in the order of the variables of `replies`."""
        return tuple(reply for own in self.choices for reply in own)

    def used(self, plan: Plan) -> tuple[int, ...]:
        """The replies that a family uses."""
        support = self.replies.support(plan.replies)
        return tuple(self.given[k] for k in support if k < len(self.given))

    def structure(self) -> frozenset[tuple[tuple[object, ...], tuple[int, ...]]]:
        """What the families use, and what is best against it: the same wherever it holds."""
        return frozenset(
            (
                plan.even or self.messages.support(plan.messages),
                self.replies.support(plan.replies),
            )
            for plan in self.plans
        )


def continuation(game: ExtensiveGame) -> Continuation | None:
    """Solve a game of exact numbers and keep what carries over; None where something does not.

    Raises
    ------
    UnsupportedGame
        The game has no signalling form, or is too large.
    """
    ways = list(foldings(game))
    folding, form = ways[0]
    if len(ways) > 1 or folding.indifferent or folding.picked:
        return None
    off_path = OffPath(form)
    every = families(form, folding, off_path, list(products(form, off_path)))
    found = listed(game, sorted(every, key=by_earliest_actions))
    choices = usable(form).replies
    messages = supports(message_system(form, form.messages_of, choices))
    replies = supports(reply_system(form, choices, form.messages_of))
    plans = [_plan(form, family, choices, messages, replies) for family in found]
    masks = {*off_path.solved, *(1 << r for r in range(len(form.receivers)))}
    known = tuple(plan for plan in plans if plan is not None)
    if len(known) < len(plans):
        return None
    trembling = {mask: supports(tremble_system(form, mask)) for mask in sorted(masks)}
    return Continuation(folding, choices, messages, replies, trembling, known)


def _plan(
    form: SignallingForm, family: Family, choices: Choices, messages: Supports, replies: Supports
) -> Plan | None:
    behaviour = family.assessment.behaviour
    sent = tuple(behaviour[form.senders[k]][action] for k, action in form.messages)
    replied = [behaviour[form.receivers[k]][action] for k, action in form.replies]
    given = [replied[reply] for own in choices for reply in own]
    place, reply = messages.place(sent), replies.place(given)
    if reply < 0:
        return None
    if place >= 0:
        return Plan(place, reply)
    shares = [{sent[k] for k in own if sent[k]} for own in form.messages_of]
    if any(len(share) > 1 for share in shares):
        return None
    return Plan(-1, reply, tuple(Fraction(share) for share in sent))


def shortfall(form: SignallingForm, even: Sequence[Fraction], used: Sequence[int]) -> Entry:
    """By how much the replies used miss the best against messages that are the same everywhere."""
    most: Entry = 0.0
    for own in form.replies_of:
        worth: list[Entry] = [
            sum(float(even[k]) * amount for k, amount in form.receiver_payoffs[r].items() if k >= 0)
            + form.receiver_payoffs[r].get(NOBODY, 0)
            for r in own
        ]
        for reply, gained in zip(own, worth, strict=True):
            if reply in used:
                for other in worth:
                    most = np.maximum(most, other - gained)
    return most
