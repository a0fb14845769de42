"""The polyhedra of best replies in a signalling form, as equations in numbers of at least 0.

As for two-player games in strategic form (Mangasarian 1964): the unknowns are what one side does,
and by how much each choice of the other side falls short of its best.  The equations hold for
rationals and, entry by entry, for arrays with one number for each of many points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from gametheory_crisis.games.signalling import NOBODY, SignallingForm, Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Entry: TypeAlias = Any
"""A number, or an array with one number for each of many points."""


@dataclass(frozen=True, slots=True)
class System:
    """The equations ``matrix z = right`` of a polyhedron in which ``z >= 0``."""

    matrix: list[list[Entry]]
    right: list[Entry]

    def arrays(self, num: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The equations at ``num`` points: float64 (points, rows, columns), (points, rows)."""
        import numpy as np

        matrix = np.empty((num, len(self.matrix), len(self.matrix[0])))
        right = np.empty((num, len(self.right)))
        for i, row in enumerate(self.matrix):
            for j, entry in enumerate(row):
                matrix[:, i, j] = entry
        for i, entry in enumerate(self.right):
            right[:, i] = entry
        return matrix, right


Choices: TypeAlias = tuple[tuple[int, ...], ...]
"""Per sender messages, or per receiver replies, that may be used."""


def message_system(form: SignallingForm, messages: Choices, replies: Choices) -> System:
    """Messages, and by how much each reply falls short of the best."""
    return _mixtures(messages, replies, form.receiver_payoffs)


def reply_system(form: SignallingForm, replies: Choices, messages: Choices) -> System:
    """Replies, and by how much each message falls short of the best."""
    return _mixtures(replies, messages, form.message_payoffs)


def tremble_system(
    form: SignallingForm, receivers: int, messages: Sequence[int] | None = None
) -> System:
    """Trembles that reach some receivers surely, and by how much their replies fall short.

    Parameters
    ----------
    receivers : bit mask
    messages : the messages that may tremble; None for all that lead to the receivers
    """
    places = [r for r in range(len(form.receivers)) if receivers >> r & 1]
    if messages is None:
        messages = sorted({message for r in places for message in form.leads[r]})
    others = [form.replies_of[r] for r in places]
    lead = [sum(form.leads[r].get(m, 0) for r in places) for m in messages]
    matrix, right = _shortfalls(messages, others, form.receiver_payoffs, constant=False)
    width = len(matrix[0]) if matrix else len(messages) + sum(map(len, others))
    return System([lead + [0] * (width - len(messages)), *matrix], [1, *right])


def _mixtures(
    owners: Sequence[Sequence[int]], others: Sequence[Sequence[int]], payoffs: Sequence[Weights]
) -> System:
    columns = [choice for choices in owners for choice in choices]
    matrix, right = _shortfalls(columns, others, payoffs, constant=True)
    rest = [0] * sum(map(len, others))
    sums = [[int(k in choices) for k in columns] + rest for choices in owners]
    return System([*sums, *matrix], [1] * len(owners) + right)


def _shortfalls(
    columns: Sequence[int],
    others: Sequence[Sequence[int]],
    payoffs: Sequence[Weights],
    *,
    constant: bool,
) -> tuple[list[list[Entry]], list[Entry]]:
    """One row per choice but the first: it plus its shortfall is worth what the first is."""
    slacks = [choice for choices in others for choice in choices]
    matrix, right = [], []
    for first, *rest in others:
        for choice in rest:
            more, less = payoffs[choice], payoffs[first]
            row: list[Entry] = [more.get(k, 0) - less.get(k, 0) for k in columns]
            row += [int(other == choice) - int(other == first) for other in slacks]
            matrix.append(row)
            right.append(less.get(NOBODY, 0) - more.get(NOBODY, 0) if constant else 0)
    return matrix, right
