"""Strategy profiles as automata: what is played in each state, and where each profile leads.

Machines that play repeated games are those of Rubinstein (1986, Journal of Economic Theory 39) and
Osborne and Rubinstein (1994, A Course in Game Theory, chapter 8); a *profile* here is the joint
machine of both players.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TypeAlias

Mix: TypeAlias = tuple[Fraction, ...]
"""Probability of each action of a player."""
Actions: TypeAlias = tuple[int, int]
"""One action of each player."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A strategy profile of two players with finitely many states.

    Attributes
    ----------
    names : of the states
    plays : per state what each player does
    onward : per state and action profile, the second player's action changing fastest, the next
        state
    start : the state in which play begins
    """

    names: tuple[str, ...]
    plays: tuple[tuple[Mix, Mix], ...]
    onward: tuple[tuple[int, ...], ...]
    start: int = 0

    @property
    def sizes(self) -> tuple[int, int]:
        """Numbers of actions."""
        first, second = self.plays[0]
        return len(first), len(second)

    def after(self, state: int, actions: Actions) -> int:
        """The state that follows when these actions have been seen."""
        return self.onward[state][actions[0] * self.sizes[1] + actions[1]]

    def reached(self) -> list[int]:
        """The states that play can come to, whoever deviates, in order of discovery."""
        found = [self.start]
        for state in found:
            found += [s for s in dict.fromkeys(self.onward[state]) if s not in found]
        return found


def pure(action: int, size: int) -> Mix:
    """An action, for sure."""
    return tuple(Fraction(int(a == action)) for a in range(size))


def sure_actions(actions: Actions, sizes: Actions) -> tuple[Mix, Mix]:
    """A profile of actions, for sure."""
    return pure(actions[0], sizes[0]), pure(actions[1], sizes[1])


def deviator(actions: Actions, prescribed: Actions) -> int | None:
    """Who alone departs from what is prescribed; None where nobody does, or both do.

    What both do at once neither can be tempted by, so it may count as if nothing had happened.
    """
    departed = [a != p for a, p in zip(actions, prescribed, strict=True)]
    return departed.index(True) if sum(departed) == 1 else None


def reversion(
    target: Actions,
    punishments: Sequence[tuple[Mix, Mix]],
    sizes: Actions,
    periods: int | None = None,
) -> Profile:
    """Play the target; whoever departs alone is punished, for some periods or for ever.

    Parameters
    ----------
    punishments : per deviator the stage equilibrium that is played
    periods : None for ever (grim trigger); else what is played meanwhile does not matter, and play
        comes back to the target
    """
    length = 1 if periods is None else periods
    names, plays = ["target"], [sure_actions(target, sizes)]
    onward = [_table(sizes, lambda actions: _phase(deviator(actions, target), 0, length))]
    for i in range(2):
        for k in range(length):
            here = _phase(i, k, length)
            names.append(f"punish {i + 1}" if periods is None else f"punish {i + 1}, {k + 1}")
            plays.append(punishments[i])
            following = here if periods is None else (0 if k + 1 == length else here + 1)
            onward.append((following,) * (sizes[0] * sizes[1]))
    return Profile(tuple(names), tuple(plays), tuple(onward))


def _phase(culprit: int | None, k: int, length: int) -> int:
    """Number of the state of a punishment's k-th period; the target's where nobody is guilty."""
    return 0 if culprit is None else 1 + culprit * length + k


def tit_for_tat(target: Actions, defections: Actions, sizes: Actions) -> Profile:
    """Each plays its part of the target, but its defection after the other has left the target."""
    states = list(product((False, True), repeat=2))
    plays = [sure_actions(_parts(target, defections, angry), sizes) for angry in states]
    table = _table(sizes, lambda actions: 2 * (actions[1] != target[1]) + (actions[0] != target[0]))
    words = {False: "calm", True: "angry"}
    names = tuple(f"{words[first]}, {words[second]}" for first, second in states)
    return Profile(names, tuple(plays), (table,) * 4)


def _parts(target: Actions, defections: Actions, angry: tuple[bool, ...]) -> Actions:
    first, second = (
        bad if cross else good for good, bad, cross in zip(target, defections, angry, strict=True)
    )
    return first, second


def stick_and_carrot(target: Actions, sticks: Sequence[Actions], sizes: Actions) -> Profile:
    """After each deviation one period of the deviator's stick, begun anew if not obeyed.

    The simplest of Abreu's (1988, Econometrica 56) penal codes: a stick, then the target again.

    Parameters
    ----------
    sticks : per deviator the actions that punish it
    """
    rules = [target, *sticks]

    def following(rule: Actions) -> Callable[[Actions], int]:
        def choose(actions: Actions) -> int:
            guilty = deviator(actions, rule)
            return 0 if guilty is None else 1 + guilty

        return choose

    return Profile(
        ("target", "stick 1", "stick 2"),
        tuple(sure_actions(rule, sizes) for rule in rules),
        tuple(_table(sizes, following(rule)) for rule in rules),
    )


def _table(sizes: Actions, choose: Callable[[Actions], int]) -> tuple[int, ...]:
    return tuple(choose((a, b)) for a, b in product(range(sizes[0]), range(sizes[1])))


def support(mix: Iterable[Fraction]) -> list[int]:
    """The actions that are played at all."""
    return [action for action, share in enumerate(mix) if share]
