"""Conditional dominance: last moves that are known in advance, whatever is believed.

An information set all of whose actions lead straight to ends (nature's moves averaged out), and at
which one action is strictly best at every one of its histories, is played so in every sequentially
rational assessment.  It is replaced by that action, from the last moves up.  Where the best actions
tie at every history, two things can happen: the tied actions are worth the same to *everybody*, and
then nothing before depends on the choice; or somebody else cares, and then play before may well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.extensive import NATURE, ExtensiveGame
from gametheory_crisis.games.signalling import SignallingForm, late_movers, signalling_form

MAX_FOLDINGS = 64
"""Combinations of choices at ties that are looked at; a game with more is refused."""


@dataclass(frozen=True, slots=True)
class Folding:
    """What is known in advance.

    Attributes
    ----------
    chosen : the action of each folded information set
    indifferent : for those at which several actions are worth the same to everybody, these actions
    picked : information sets at which ``chosen`` is one of several best actions between which
        others are not indifferent
    """

    chosen: Mapping[int, int] = field(default_factory=dict)
    indifferent: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    picked: tuple[int, ...] = ()


def foldings(game: ExtensiveGame) -> Iterator[tuple[Folding, SignallingForm]]:
    """Fold a game of exact numbers until it has signalling form.

    Where that takes a choice between best actions, each is tried: one folding per combination,
    earlier actions first.

    Raises
    ------
    UnsupportedGame
        The game has no signalling form, or more than `MAX_FOLDINGS` combinations.
    """
    lone = {k: 0 for k, set_ in enumerate(game.information_sets) if len(set_.actions) == 1}
    waiting, found = [Folding(lone)], 0
    while waiting:
        folding, form, tied = _fold(game, waiting.pop())
        if form is not None:
            found += 1
            if found + len(waiting) > MAX_FOLDINGS:
                raise UnsupportedGame(f"more than {MAX_FOLDINGS} combinations of choices at ties")
            yield folding, form
            continue
        if not tied:
            raise UnsupportedGame(
                "not a signalling game: play may take more than one move and one answer to it"
            )
        place, actions = next(iter(tied.items()))
        waiting += [
            replace(
                folding,
                chosen={**folding.chosen, place: action},
                picked=(*folding.picked, place),
            )
            for action in reversed(actions)
        ]


Tied = Mapping[int, tuple[int, ...]]
"""Information sets at which several actions are best, with these actions."""


def _fold(game: ExtensiveGame, folding: Folding) -> tuple[Folding, SignallingForm | None, Tied]:
    """Fold as far as needed, or as far as no choice between best actions has to be made.

    Choices that stand in the way come first; the others keep their place in the signalling form,
    and what may be believed there is then part of the answer.
    """
    while True:
        form = signalling_form(game, folding.chosen)
        if form is not None:
            return folding, form, {}
        worth, late = worth_of(game, folding.chosen), late_movers(game, folding.chosen)
        best = {
            place: actions
            for place in range(len(game.information_sets))
            if place not in folding.chosen and (actions := _best_everywhere(game, place, worth))
        }
        sure = {
            place: actions
            for place, actions in best.items()
            if len(actions) == 1 or _same_to_all(game, place, actions, worth, folding.chosen)
        }
        if not sure:
            return folding, None, {p: a for p, a in best.items() if p in late} or best
        sure = {p: a for p, a in sure.items() if p in late} or sure
        folding = replace(
            folding,
            chosen={**folding.chosen, **{place: actions[0] for place, actions in sure.items()}},
            indifferent={
                **folding.indifferent,
                **{place: actions for place, actions in sure.items() if len(actions) > 1},
            },
        )


Worth = Sequence[tuple[Number, ...] | None]
"""Per history everybody's expected payoff, or None where a choice below is open."""


def worth_of(game: ExtensiveGame, chosen: Mapping[int, int]) -> Worth:
    """Everybody's expected payoffs where the choices known in advance leave nothing open."""
    histories = game.histories
    worth: list[tuple[Number, ...] | None] = [None] * len(histories)
    for history in reversed(range(len(histories))):
        children, set_ = histories.children[history], histories.information_set[history]
        if not children:
            worth[history] = game.payoffs[history]
        elif set_ in chosen:
            worth[history] = worth[children[chosen[set_]]]
        elif set_ == NATURE:
            below = [row for child in children if (row := worth[child]) is not None]
            if len(below) == len(children):
                shares = [game.probability[child] for child in children]
                worth[history] = tuple(
                    sum(share * row[i] for share, row in zip(shares, below, strict=True))
                    for i in range(len(game.players))
                )
    return worth


def _best_everywhere(game: ExtensiveGame, place: int, worth: Worth) -> tuple[int, ...]:
    """Actions that are best at every history, where all others are strictly worse at each."""
    set_, found = game.information_sets[place], None
    for history in set_.histories:
        below = [worth[child] for child in game.histories.children[history]]
        own = [row[set_.player] for row in below if row is not None]
        if len(own) < len(below):
            return ()
        best = tuple(a for a, payoff in enumerate(own) if payoff == max(own))
        if found not in (None, best):
            return ()
        found = best
    return found or ()


def _same_to_all(
    game: ExtensiveGame,
    place: int,
    actions: Sequence[int],
    worth: Worth,
    chosen: Mapping[int, int],
) -> bool:
    """Whether actions are worth the same to every player, and end alike, at every history."""
    for history in game.information_sets[place].histories:
        below = [game.histories.children[history][action] for action in actions]
        if len({worth[child] for child in below}) > 1:
            return False
        first, *others = (_endings(game, child, chosen) for child in below)
        if any(other != first for other in others):
            return False
    return True


def _endings(
    game: ExtensiveGame, history: int, chosen: Mapping[int, int]
) -> dict[tuple[int, int], Number]:
    """Probability of each outcome and day, once a history is reached."""
    histories = game.histories
    children, set_ = histories.children[history], histories.information_set[history]
    if not children:
        return {(histories.outcome[history], histories.day[history]): 1}
    if set_ in chosen:
        return _endings(game, children[chosen[set_]], chosen)
    found: dict[tuple[int, int], Number] = {}
    for child in children:
        for ending, share in _endings(game, child, chosen).items():
            found[ending] = found.get(ending, 0) + game.probability[child] * share
    return found
