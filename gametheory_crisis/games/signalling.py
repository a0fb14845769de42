"""The signalling form: games in which at most one move answers another.

On every path of play at most one player moves first, at one of the *senders'* information sets, and
at most one answers, at one of the *receivers'*; nature moves anywhere.  A sender's payoffs are then
linear in what the receivers do, and a receiver's, weighted by the probability of its histories, are
linear in what the senders do.  Besides the signalling games of Spence and of Cho and Kreps, games
of two uninformed movers, noisy signals and receivers with private types have this form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from gametheory_crisis.games.extensive import NATURE, ExtensiveGame

NOBODY = -1
"""In place of a message, where no sender has moved before a receiver."""

Weights = Mapping[int, Fraction]
"""Coefficients of a linear function of messages or replies; those left out are 0."""


@dataclass(frozen=True)
class SignallingForm:
    """A game of exact numbers in which at most one move answers another.

    Attributes
    ----------
    game : the game
    senders : information sets of first moves
    receivers : information sets of answers
    messages : every (place in ``senders``, action), by sender
    replies : every (place in ``receivers``, action), by receiver
    constant : per message what its sender expects where nobody answers, times the chance of the
        sender's information set
    sender_payoffs : per message what its sender expects from each reply, in the same units
    receiver_payoffs : per reply what its receiver expects behind each message (behind `NOBODY` as
        well), times the chance that the message, once sent, leads there
    leads : per receiver the chance with which each message, once sent, leads there
    """

    game: ExtensiveGame
    senders: tuple[int, ...]
    receivers: tuple[int, ...]
    messages: tuple[tuple[int, int], ...]
    replies: tuple[tuple[int, int], ...]
    constant: tuple[Fraction, ...]
    sender_payoffs: tuple[Weights, ...]
    receiver_payoffs: tuple[Weights, ...]
    leads: tuple[Weights, ...]

    @cached_property
    def messages_of(self) -> tuple[tuple[int, ...], ...]:
        """Per sender its messages."""
        return _by_owner(self.messages, len(self.senders))

    @cached_property
    def replies_of(self) -> tuple[tuple[int, ...], ...]:
        """Per receiver its replies."""
        return _by_owner(self.replies, len(self.receivers))

    @cached_property
    def message_payoffs(self) -> tuple[Weights, ...]:
        """Per message what its sender expects from the replies, its constant at `NOBODY`."""
        return tuple(
            {**weights, NOBODY: constant}
            for weights, constant in zip(self.sender_payoffs, self.constant, strict=True)
        )

    @cached_property
    def message_before(self) -> Mapping[int, int]:
        """Per history of a receiver the message sent on the way to it, or `NOBODY`."""
        histories = self.game.histories
        place = {set_: k for k, set_ in enumerate(self.senders)}
        index = {message: k for k, message in enumerate(self.messages)}
        found = {}
        for receiver in self.receivers:
            for history in self.game.information_sets[receiver].histories:
                found[history] = NOBODY
                for step in histories.path(history):
                    before = histories.parent[step]
                    sender = place.get(histories.information_set[before])
                    if sender is not None:
                        action = histories.children[before].index(step)
                        found[history] = index[sender, action]
        return found

    def replies_at(self, receivers: int) -> int:
        """The replies of several receivers; receivers and replies as bit masks."""
        mask = 0
        for reply, (receiver, _) in enumerate(self.replies):
            mask |= (receivers >> receiver & 1) << reply
        return mask


def signalling_form(
    game: ExtensiveGame, folded: Mapping[int, int] | None = None
) -> SignallingForm | None:
    """A game in signalling form, or None where it has none.

    Parameters
    ----------
    game : a game of exact numbers
    folded : action of each information set at which it is known in advance
    """
    lines = _lines(game, folded or {})
    if any(len(line.moves) > 2 for line in lines):
        return None
    second = {line.moves[1][0] for line in lines if len(line.moves) == 2}
    first = {line.moves[0][0] for line in lines if len(line.moves) == 2}
    if first & second:
        return None
    standing = {set_ for line in lines for set_, _ in line.moves}
    senders, receivers = sorted(standing - second), sorted(second)
    return _form(game, senders, receivers, lines)


def late_movers(game: ExtensiveGame, folded: Mapping[int, int]) -> frozenset[int]:
    """Information sets at which, on some path, a third or later open choice is made.

    These stand between a game and its signalling form; see there for ``folded``.
    """
    return frozenset(set_ for line in _lines(game, folded) for set_, _ in line.moves[2:])


@dataclass(frozen=True, slots=True)
class _Line:
    """One way to an end: the moves on it that are not known in advance, and its chance.

    Numbers are rationals, or arrays that hold the numbers of many points.
    """

    moves: tuple[tuple[int, int], ...]
    end: int
    last: int
    chance: Any
    payoffs: Sequence[Any]

    def among(self, numbers: Mapping[tuple[int, int], int]) -> int:
        """The number of the message, or of the reply, on the way; `NOBODY` where there is none."""
        return next((numbers[move] for move in self.moves if move in numbers), NOBODY)


def ways_to_ends(
    form: SignallingForm, game: ExtensiveGame, folded: Mapping[int, int]
) -> Iterator[tuple[int, int, int]]:
    """Each end that the folded choices allow, with the message and the reply on the way to it.

    `NOBODY` stands where none is sent or none given.
    """
    sent, answered = _numbers(form.senders, form.messages), _numbers(form.receivers, form.replies)
    for line in _lines(game, folded):
        yield line.end, line.among(sent), line.among(answered)


def _lines(game: ExtensiveGame, folded: Mapping[int, int]) -> list[_Line]:
    """The ways to all ends that the folded choices allow; ``last`` is the last mover's history."""
    histories, lines = game.histories, []
    moves: list[tuple[tuple[int, int], ...] | None] = [()] * len(histories)
    last = [-1] * len(histories)
    for history, children in enumerate(histories.children):
        so_far, set_ = moves[history], histories.information_set[history]
        if not children and so_far is not None:
            chance, payoffs = game.chance[history], game.payoffs[history]
            lines.append(_Line(so_far, history, last[history], chance, payoffs))
        for action, child in enumerate(children):
            last[child] = last[history]
            if so_far is None or set_ == NATURE:
                moves[child] = so_far
            elif set_ in folded:
                moves[child] = so_far if folded[set_] == action else None
            else:
                moves[child], last[child] = (*so_far, (set_, action)), history
    return lines


def _form(
    game: ExtensiveGame, senders: list[int], receivers: list[int], lines: list[_Line]
) -> SignallingForm:
    sets = game.information_sets
    messages, replies = _choices(game, senders), _choices(game, receivers)
    sent, answered = _numbers(senders, messages), _numbers(receivers, replies)
    constant: dict[int, Fraction] = {}
    sender_payoffs: list[dict[int, Fraction]] = [{} for _ in messages]
    receiver_payoffs: list[dict[int, Fraction]] = [{} for _ in replies]
    leads: list[dict[int, Fraction]] = [{} for _ in receivers]
    counted: set[int] = set()
    for line in lines:
        message, reply = line.among(sent), line.among(answered)
        worth = [line.chance * payoff for payoff in line.payoffs]
        if message != NOBODY:
            own = worth[sets[senders[messages[message][0]]].player]
            if reply == NOBODY:
                _add(constant, message, own)
            else:
                _add(sender_payoffs[message], reply, own)
        if reply != NOBODY:
            receiver = replies[reply][0]
            _add(receiver_payoffs[reply], message, worth[sets[receivers[receiver]].player])
            if line.last not in counted:
                counted.add(line.last)
                chance: Any = game.chance[line.last]
                _add(leads[receiver], message, chance)
    return SignallingForm(
        game,
        tuple(senders),
        tuple(receivers),
        messages,
        replies,
        tuple(constant.get(message, Fraction(0)) for message in range(len(messages))),
        tuple(sender_payoffs),
        tuple(receiver_payoffs),
        tuple(leads),
    )


def _choices(game: ExtensiveGame, places: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Every action at some information sets, these by their order."""
    counts = [len(game.information_sets[place].actions) for place in places]
    return tuple((k, action) for k, count in enumerate(counts) for action in range(count))


def _numbers(
    places: Sequence[int], choices: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    """The number of each choice, by its information set in the game and its action."""
    return {(places[k], action): number for number, (k, action) in enumerate(choices)}


def _add(weights: dict[int, Fraction], index: int, amount: Fraction) -> None:
    weights[index] = weights[index] + amount if index in weights else amount


def _by_owner(moves: Sequence[tuple[int, int]], num: int) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(index for index, (owner, _) in enumerate(moves) if owner == k) for k in range(num)
    )
