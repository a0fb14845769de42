"""Beliefs off the path: what receivers may think when they are reached though nobody meant it.

An assessment is consistent (Kreps and Wilson 1982) if its beliefs are limits of Bayes' rule when
players tremble.  Nature does not tremble, and trembles of different senders are independent; in a
signalling form, beliefs off the path are thus ratios of the senders' trembles, and receivers
reached by the same trembles agree about them.  Trembles may be of different orders: a receiver that
the likeliest ones do not reach thinks of the next.  Where every message is seen by one receiver
only, these are all beliefs over the types that can send it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from gametheory_crisis.games.extensive import Behaviour, Beliefs, ExtensiveGame
from gametheory_crisis.games.signalling import SignallingForm
from gametheory_crisis.solvers.extensive_form.best_reply_systems import tremble_system
from gametheory_crisis.solvers.polyhedron import Vector, feasible, vertices


@dataclass(frozen=True, slots=True)
class Tremble:
    """One vertex of the set of trembles by which some receivers are reached.

    Attributes
    ----------
    weights : per message that trembles its weight
    best : replies that are best where the trembles reach the receiver, as a bit mask
    reached : the receivers that they reach, as a bit mask
    """

    weights: Mapping[int, Fraction]
    best: int
    reached: int


@dataclass
class OffPath:
    """Beliefs and replies of the receivers of one form, when they are off the path.

    Sets of receivers and of replies are bit masks.
    """

    form: SignallingForm
    _vertices: dict[int, tuple[Tremble, ...]] = field(default_factory=dict)
    _supported: dict[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def solved(self) -> tuple[int, ...]:
        """The sets of receivers whose trembles have been looked at."""
        return tuple(self._vertices)

    def supported(self, receivers: int) -> tuple[int, ...]:
        """The maximal sets of replies such that consistent beliefs make all of them best.

        Each holds replies of every one of the receivers; a mixed profile of replies is sequentially
        rational for some consistent beliefs if and only if one of them holds all replies mixed.
        """
        if receivers not in self._supported:
            found = {0} if not receivers else set()
            for tremble in self.vertices(receivers):
                rest = self.supported(receivers & ~tremble.reached)
                found |= {tremble.best | others for others in rest}
            self._supported[receivers] = tuple(sorted(maximal(found)))
        return self._supported[receivers]

    def vertices(self, receivers: int) -> tuple[Tremble, ...]:
        """The trembles by which at least one of some receivers is reached, up to scale."""
        if receivers not in self._vertices:
            self._vertices[receivers] = tuple(trembles(self.form, receivers)) if receivers else ()
        return self._vertices[receivers]

    def beliefs(self, receivers: int, replies: int, receiver: int) -> list[dict[int, Fraction]]:
        """Vertices of the set of one receiver's beliefs that support what all off the path reply.

        Parameters
        ----------
        receivers : all receivers off the path
        replies : the replies that they use
        receiver : the one whose beliefs are wanted

        Returns
        -------
        Beliefs about the messages sent, as weights that sum to 1.
        """
        fitting = self._fitting(receivers, replies)
        ahead = 0
        for tremble in fitting:
            if not tremble.reached >> receiver & 1:
                ahead |= tremble.reached
        if ahead:
            return self.beliefs(receivers & ~ahead, replies, receiver)
        leads = self.form.leads[receiver]
        found = []
        for tremble in fitting:
            shares = {m: w * leads[m] for m, w in tremble.weights.items() if m in leads}
            total = sum(shares.values())
            belief = {m: share / total for m, share in shares.items()}
            if belief not in found:
                found.append(belief)
        return _extreme(found, tuple(leads))

    def orders(self, receivers: int, replies: int) -> list[Mapping[int, Fraction]]:
        """Trembles that support what receivers off the path reply, the likeliest first.

        Of several the one by the fewest messages is taken, then by later senders.
        """
        stages: list[Mapping[int, Fraction]] = []
        while receivers:
            chosen = min(
                self._fitting(receivers, replies),
                key=lambda t: (len(t.weights), [-m for m in sorted(t.weights, reverse=True)]),
            )
            stages.append(chosen.weights)
            receivers &= ~chosen.reached
        return stages

    def _fitting(self, receivers: int, replies: int) -> list[Tremble]:
        return [
            tremble
            for tremble in self.vertices(receivers)
            if not replies & self.form.replies_at(tremble.reached) & ~tremble.best
        ]


def trembles(
    form: SignallingForm,
    receivers: int,
    messages: Sequence[int] | None = None,
    no_likelier: Sequence[tuple[int, int]] = (),
) -> Iterator[Tremble]:
    """Vertices of the set of trembles that reach some receivers, scaled to reach them surely.

    Parameters
    ----------
    receivers : bit mask
    messages : the messages that may tremble; None for all that lead to the receivers
    no_likelier : pairs of messages of which the first trembles at most as much as the second
    """
    places = [r for r in range(len(form.receivers)) if receivers >> r & 1]
    replies = [reply for r in places for reply in form.replies_of[r]]
    if messages is None:
        messages = sorted({message for r in places for message in form.leads[r]})
    system = tremble_system(form, receivers, messages)
    extra = len(no_likelier)
    matrix = [[*row, *[0] * extra] for row in system.matrix]
    for k, (less, more) in enumerate(no_likelier):
        row = [int(m == less) - int(m == more) for m in messages]
        matrix.append([*row, *[0] * len(replies), *(int(k == other) for other in range(extra))])
    column = {reply: len(messages) + k for k, reply in enumerate(replies)}
    for vertex in vertices(matrix, [*system.right, *[0] * extra]):
        weights = {m: vertex[k] for k, m in enumerate(messages) if vertex[k]}
        reached = sum(1 << r for r in places if any(m in form.leads[r] for m in weights))
        best = sum(1 << reply for reply in replies if not vertex[column[reply]])
        yield Tremble(weights, best & form.replies_at(reached), reached)


def maximal(masks: set[int]) -> list[int]:
    """The bit masks that none of the others contains."""
    return [a for a in masks if not any(a != b and a & ~b == 0 for b in masks)]


def _extreme(
    beliefs: list[dict[int, Fraction]], messages: Sequence[int]
) -> list[dict[int, Fraction]]:
    """Those that are no mixture of the others."""
    zero, kept = Fraction(0), list(beliefs)
    for belief in beliefs:
        others = [other for other in kept if other is not belief]
        rows = [[other.get(m, zero) for other in others] for m in messages]
        if others and feasible(rows, [belief.get(m, zero) for m in messages]) is not None:
            kept = others
    return kept


Share = tuple[int, Fraction]
"""A probability that may vanish: the order in which it does, and its coefficient."""


def profile(
    form: SignallingForm,
    chosen: Mapping[int, int],
    messages: Vector,
    replies: Vector,
    trembles: Mapping[int, Share],
) -> list[list[Share]]:
    """What is done at every information set of a game.

    Parameters
    ----------
    chosen : actions known in advance
    messages, replies : probability of each
    trembles : how messages that are not sent tremble; all other mistakes are of the first order
    """
    sets, mistake = form.game.information_sets, (1, Fraction(1))
    shares: list[list[Share]] = [[mistake] * len(set_.actions) for set_ in sets]
    for place, action in chosen.items():
        shares[place][action] = (0, Fraction(1))
    for k, (sender, action) in enumerate(form.messages):
        share = (0, messages[k]) if messages[k] else trembles.get(k, mistake)
        shares[form.senders[sender]][action] = share
    for k, (receiver, action) in enumerate(form.replies):
        shares[form.receivers[receiver]][action] = (0, replies[k]) if replies[k] else mistake
    return shares


def without_trembles(shares: Sequence[Sequence[Share]]) -> Behaviour:
    """The behaviour in the limit, where all that trembles has vanished."""
    return tuple(tuple(Fraction(0) if order else share for order, share in row) for row in shares)


def limit_beliefs(game: ExtensiveGame, shares: Sequence[Sequence[Share]]) -> Beliefs:
    """Beliefs at every information set when choices tremble.

    Parameters
    ----------
    shares : per information set and action its probability, to leading order
    """
    histories = game.histories
    reach: list[Share] = [(0, Fraction(1))] * len(histories)
    for history, children in enumerate(histories.children):
        place, (order, weight) = histories.information_set[history], reach[history]
        for action, child in enumerate(children):
            later, share = (0, game.probability[child]) if place < 0 else shares[place][action]
            reach[child] = (order + later, weight * Fraction(share))
    found = []
    for set_ in game.information_sets:
        first = min(reach[history][0] for history in set_.histories)
        leading: Vector = tuple(
            reach[history][1] if reach[history][0] == first else Fraction(0)
            for history in set_.histories
        )
        total = sum(leading)
        found.append(tuple(weight / total for weight in leading))
    return tuple(found)
