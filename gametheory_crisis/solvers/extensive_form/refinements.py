"""Refinements of equilibria of signalling games: what a message off the path should make believe.

Each criterion looks at one message m that no type sends, at what each type t gets in equilibrium,
u*(t), and at MBR, the mixed replies that are best for some belief after m.  Let D(t) be the replies
in MBR by which t would gain, and D0(t) those that leave it as well off.

intuitive
    Cho and Kreps (1987): types for which u*(t) exceeds all that MBR can give do not send m.  The
    equilibrium fails if one of the others gains by every reply that is best for some belief over
    those others.
D1
    Banks and Sobel (1987), Cho and Kreps (1987): t does not send m if D(t) and D0(t) together are a
    proper part of D(t') for another type t'.  The equilibrium fails if no reply that is best for
    some belief over the types left keeps every type from sending m.
divinity
    Banks and Sobel's (1987), in its first round: where D(t) and D0(t) together are a proper part of
    D(t'), seeing m must not make t likelier against t' than it was.  The equilibrium fails if no
    reply that is best for such a belief keeps every type from sending m.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations_with_replacement, pairwise

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.extensive import Behaviour, ExtensiveGame, Family
from gametheory_crisis.games.signalling import SignallingForm
from gametheory_crisis.solvers.extensive_form.folding import foldings
from gametheory_crisis.solvers.extensive_form.rationals import in_rationals
from gametheory_crisis.solvers.extensive_form.signalling import perfect_bayesian
from gametheory_crisis.solvers.extensive_form.trembles import maximal, trembles
from gametheory_crisis.solvers.extensive_form.values import in_floats
from gametheory_crisis.solvers.polyhedron import feasible

CRITERIA = ("intuitive", "D1", "divinity")


def refine(game: ExtensiveGame, family: Family, criterion: str) -> str:
    """Why a refinement removes a family of perfect Bayesian equilibria; empty if it survives.

    Payoffs in equilibrium are those of the assessment that stands for the family, so what is
    replied and believed off the path makes no difference.

    Parameters
    ----------
    game : a signalling game: one player sends, every type the same messages, each answered at one
        information set
    family : one of `perfect_bayesian`
    criterion : ``intuitive``, ``D1`` or ``divinity``, capital letters or not

    Raises
    ------
    UnsupportedGame
        The criterion is unknown, or the game is not a signalling game in this narrow sense.
    """
    tests = {"intuitive": _intuitive, "d1": _d1, "divinity": _divinity}
    test = tests.get(criterion.lower())
    if test is None:
        raise UnsupportedGame(f"no refinement {criterion!r}; there are {', '.join(CRITERIA)}")
    rational = in_rationals(game)
    behaviour = _exactly(game, rational, family).assessment.behaviour
    form = next(
        form
        for folding, form in foldings(rational)
        if all(behaviour[place][folding.chosen[place]] for place in folding.picked)
    )
    return next(filter(None, map(test, _unsent(form, behaviour))), "")


def _exactly(game: ExtensiveGame, rational: ExtensiveGame, family: Family) -> Family:
    """The family in rationals."""
    if game.exact:
        return family
    plain = replace(family, refined_away="")
    return next(exact for exact in perfect_bayesian(rational).families if in_floats(exact) == plain)


@dataclass(frozen=True)
class _Unsent:
    """A message off the path.

    Attributes
    ----------
    form : the game
    name : the message
    receiver : who is to answer it
    messages : per type the message's number
    types : their names
    gains : per type what each reply gives it above u*
    """

    form: SignallingForm
    name: str
    receiver: int
    messages: tuple[int, ...]
    types: tuple[str, ...]
    gains: tuple[dict[int, Fraction], ...]

    def best(
        self, types: Sequence[int] | None = None, no_likelier: Sequence[tuple[int, int]] = ()
    ) -> list[list[int]]:
        """The maximal sets of replies that are best together for some belief over some types."""
        messages = self.messages if types is None else [self.messages[t] for t in types]
        pairs = [(self.messages[t], self.messages[u]) for t, u in no_likelier]
        found = {
            tremble.best for tremble in trembles(self.form, 1 << self.receiver, messages, pairs)
        }
        return [
            [reply for reply in self.form.replies_of[self.receiver] if mask >> reply & 1]
            for mask in sorted(maximal(found))
        ]

    def deterred(self, best: Sequence[Sequence[int]]) -> bool:
        """Whether some mixture of replies that are best together lets no type gain."""
        num = len(self.types)
        for replies in best:
            rows = [
                [gains[reply] for reply in replies] + [Fraction(k == t) for k in range(num)]
                for t, gains in enumerate(self.gains)
            ]
            rows.append([Fraction(1)] * len(replies) + [Fraction(0)] * num)
            if feasible(rows, [Fraction(0)] * num + [Fraction(1)]) is not None:
                return True
        return False

    def keener(self) -> list[tuple[int, int]]:
        """Pairs (t, t') such that D(t) and D0(t) together are a proper part of D(t')."""
        best = self.best()

        def somewhere(t: int, u: int, holds: Callable[[Fraction, Fraction], bool]) -> bool:
            return any(
                holds(own, other)
                for replies in best
                for own, other in _values(self.gains[t], self.gains[u], replies)
            )

        num = range(len(self.types))
        return [
            (t, u)
            for t in num
            for u in num
            if t != u
            and not somewhere(t, u, lambda own, other: own >= 0 >= other)
            and somewhere(t, u, lambda own, other: own < 0 < other)
        ]

    def deviator(self, types: Sequence[int], best: Sequence[Sequence[int]]) -> str:
        """The type that would send the message: one that surely gains, where there is one."""
        replies = [reply for row in best for reply in row]
        order = [*types, *(t for t in range(len(self.types)) if t not in types)]
        surely = [t for t in order if all(self.gains[t][reply] > 0 for reply in replies)]
        maybe = [t for t in order if any(self.gains[t][reply] > 0 for reply in replies)]
        return self.types[(surely or maybe)[0]]


def _values(
    first: dict[int, Fraction], second: dict[int, Fraction], replies: Sequence[int]
) -> Iterator[tuple[Fraction, Fraction]]:
    """Values of two linear functions on a simplex that show every combination of signs they take.

    The pairs of values fill a polygon.  A quadrant, unbounded, meets a polygon only if it meets an
    edge, so mixtures of two replies are enough, and of these the zeros and one between each two.
    """
    for a, b in combinations_with_replacement(replies, 2):
        shares = {Fraction(0), Fraction(1)}
        for gains in (first, second):
            if gains[a] * gains[b] < 0:
                shares.add(gains[b] / (gains[b] - gains[a]))
        ordered = sorted(shares)
        for share in [*ordered, *((low + high) / 2 for low, high in pairwise(ordered))]:
            yield (
                share * first[a] + (1 - share) * first[b],
                share * second[a] + (1 - share) * second[b],
            )


def _intuitive(unsent: _Unsent) -> str:
    possible = [reply for replies in unsent.best() for reply in replies]
    left = [
        t for t, gains in enumerate(unsent.gains) if max(gains[reply] for reply in possible) >= 0
    ]
    if not left:
        return ""
    replies = [reply for row in unsent.best(left) for reply in row]
    for t in left:
        if min(unsent.gains[t][reply] for reply in replies) > 0:
            others = [name for k, name in enumerate(unsent.types) if k not in left]
            return (
                f"{unsent.types[t]} would send {unsent.name}: {_joined(others)} could only lose "
                f"by it, whatever the reply"
            )
    return ""


def _d1(unsent: _Unsent) -> str:
    keener = unsent.keener()
    pruned = {t for t, _ in keener}
    left = [t for t in range(len(unsent.types)) if t not in pruned]
    best = unsent.best(left)
    if not pruned or unsent.deterred(best):
        return ""
    others = [unsent.types[t] for t in sorted(pruned)]
    return (
        f"{unsent.deviator(left, best)} would send {unsent.name}: fewer replies would make "
        f"{_joined(others)} gain by it"
    )


def _divinity(unsent: _Unsent) -> str:
    keener = unsent.keener()
    best = unsent.best(no_likelier=keener)
    if not keener or unsent.deterred(best):
        return ""
    pruned = {t for t, _ in keener}
    left = [t for t in range(len(unsent.types)) if t not in pruned]
    others = [unsent.types[t] for t in sorted(pruned)]
    return (
        f"{unsent.deviator(left, best)} would send {unsent.name}: that should not make "
        f"{_joined(others)} likelier, since fewer replies would make it gain"
    )


def _joined(names: Sequence[str]) -> str:
    return " and ".join(names)


def _unsent(form: SignallingForm, behaviour: Behaviour) -> Iterator[_Unsent]:
    """The messages that nobody sends and somebody is to answer."""
    sets = [form.game.information_sets[place] for place in form.senders]
    if not form.receivers:
        return
    if len({(set_.player, set_.actions) for set_ in sets}) > 1 or not sets:
        raise UnsupportedGame("refinements need one sender, all of whose types send alike")
    shares = [behaviour[place] for place in form.senders]
    for action, name in enumerate(sets[0].actions):
        messages = tuple(form.messages.index((k, action)) for k in range(len(sets)))
        receiver = _receiver(form, messages)
        if receiver is not None and not any(row[action] for row in shares):
            yield _Unsent(
                form,
                name,
                receiver,
                messages,
                tuple(set_.type or ", ".join(set_.seen) or set_.node for set_ in sets),
                tuple(
                    _gains(form, behaviour, sender, message)
                    for sender, message in enumerate(messages)
                ),
            )


def _receiver(form: SignallingForm, messages: Sequence[int]) -> int | None:
    """The one receiver of a message that all types can send, or None where nobody answers it."""
    found = [r for r, leads in enumerate(form.leads) if set(leads) & set(messages)]
    if not found:
        return None
    if len(found) > 1 or set(form.leads[found[0]]) != set(messages):
        raise UnsupportedGame("refinements need each message answered at one information set")
    return found[0]


def _gains(
    form: SignallingForm, behaviour: Behaviour, sender: int, message: int
) -> dict[int, Fraction]:
    """What each reply to a message gives its sender above what it gets in equilibrium."""
    own = behaviour[form.senders[sender]]
    used = next(k for k in form.messages_of[sender] if own[form.messages[k][1]])
    level = form.constant[used]
    for reply, payoff in form.sender_payoffs[used].items():
        receiver, action = form.replies[reply]
        level += payoff * Fraction(behaviour[form.receivers[receiver]][action])
    (receiver,) = {form.replies[reply][0] for reply in form.sender_payoffs[message]}
    payoffs = form.sender_payoffs[message]
    return {
        reply: form.constant[message] + payoffs[reply] - level
        for reply in form.replies_of[receiver]
    }
