"""How play moves through a profile's states, and what it is worth as a function of the discount.

Totals are discounted sums, not averages: the difference of two totals is a polynomial in the
discount factor, over one minus a power of it, because play in finitely many states comes round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.solvers.repeated.automata import Actions, Profile, support
from gametheory_crisis.solvers.repeated.stage_facts import StageFacts
from gametheory_crisis.solvers.repeated.unit_roots import Polynomial, polynomial

Step: TypeAlias = tuple[Fraction, int]
"""A payoff today, and the state tomorrow."""
Plan: TypeAlias = Sequence[Step]
"""What a player gets in each state, and where play goes from there."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What one player can do about a profile, the other playing its part.

    Attributes
    ----------
    steps : per state the player's ways on: first as prescribed, then each action
    start : the state in which play begins
    """

    steps: tuple[tuple[Step, ...], ...]
    start: int

    @property
    def prescribed(self) -> list[Step]:
        """The plan of the profile."""
        return [ways[0] for ways in self.steps]

    def plan(self, picks: Sequence[int]) -> list[Step]:
        """The plan that takes a way in each state."""
        return [ways[k] for ways, k in zip(self.steps, picks, strict=True)]


def choices(stage: StageFacts, profile: Profile, player: int) -> Choices:
    """What a player can do in each state that deviations or play can lead to.

    Raises
    ------
    UnsupportedGame
        If a mixture decides by chance which state comes next.
    """
    states = profile.reached()
    number = {state: k for k, state in enumerate(states)}
    steps = []
    for state in states:
        mixes = profile.plays[state]
        prescribed = _next(profile, state, product(support(mixes[0]), support(mixes[1])))
        ways = [(stage.expected(player, mixes), number[prescribed])]
        replies = support(mixes[1 - player])
        for action in range(profile.sizes[player]):
            met = [(action, other) if player == 0 else (other, action) for other in replies]
            payoff = stage.reply(player, action, mixes[1 - player])
            ways.append((payoff, number[_next(profile, state, met)]))
        steps.append(tuple(ways))
    return Choices(tuple(steps), number[profile.start])


def _next(profile: Profile, state: int, seen: Iterable[Actions]) -> int:
    following = {profile.after(state, actions) for actions in seen}
    if len(following) > 1:
        raise UnsupportedGame(
            f"in state '{profile.names[state]}' a mixed action decides by chance which state comes "
            "next; critical discount factors need a next state that is sure"
        )
    return following.pop()


def difference(
    first: tuple[Plan, int], second: tuple[Plan, int], today: Fraction = Fraction(0)
) -> Polynomial:
    """``today`` and, from tomorrow on, what one plan is worth more than another.

    Parameters
    ----------
    first, second : a plan and the state in which it begins tomorrow

    Returns
    -------
    A polynomial with the sign of the difference at every discount factor from 0 to below 1; at 1,
    with the sign of the limit.
    """
    pairs = {}
    gaps: list[Fraction] = []
    here = first[1], second[1]
    while here not in pairs:
        pairs[here] = len(gaps)
        (gain, x), (loss, y) = first[0][here[0]], second[0][here[1]]
        gaps.append(gain - loss)
        here = x, y
    tail = pairs[here]
    head, block = [today, *gaps[:tail]], gaps[tail:]
    if not any(block):
        return polynomial(head)
    length = len(head) + len(block)
    numerator = [*head, *[Fraction(0)] * len(block)]
    for k, value in enumerate(head):
        numerator[k + len(block)] -= value
    for k, value in enumerate(block, start=length - len(block)):
        numerator[k] += value
    return polynomial(_without_root_at_one(numerator) if sum(block) == 0 else numerator)


def _without_root_at_one(coefficients: Sequence[Fraction]) -> list[Fraction]:
    """The quotient by 1 - x of a polynomial that is 0 at 1."""
    total, result = Fraction(0), []
    for c in coefficients[:-1]:
        total += c
        result.append(total)
    return result


def totals(plan: Plan, discount: Fraction) -> list[Fraction]:
    """Discounted sum of payoffs from each state on."""
    worth: dict[int, Fraction] = {}
    for begin in range(len(plan)):
        path: list[int] = []
        state = begin
        while state not in worth and state not in path:
            path.append(state)
            state = plan[state][1]
        if state not in worth:
            cycle = path[path.index(state) :]
            total = sum((plan[s][0] * discount**k for k, s in enumerate(cycle)), Fraction(0))
            worth[state] = total / (1 - discount ** len(cycle))
        for s in reversed(path):
            if s not in worth:
                worth[s] = plan[s][0] + discount * worth[plan[s][1]]
    return [worth[state] for state in range(len(plan))]


def long_run(plan: Plan, state: int) -> Fraction:
    """Average payoff of the states that play from a state on comes back to for ever."""
    path: list[int] = []
    while state not in path:
        path.append(state)
        state = plan[state][1]
    cycle = path[path.index(state) :]
    return sum((plan[s][0] for s in cycle), Fraction(0)) / len(cycle)
