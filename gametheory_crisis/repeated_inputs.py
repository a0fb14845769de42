"""What users give to `RepeatedGame`: matrices, names, numbers, and automata by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.payoffs import exact_number, exact_table, payoff_arrays
from gametheory_crisis.repeated_results import ANY, Automaton, Play
from gametheory_crisis.solvers.repeated.automata import Mix, Profile

Names = tuple[tuple[str, ...], tuple[str, ...]]


def matrices(A: Any, B: Any) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    """Two payoff matrices of one shape, exact."""
    first, second = payoff_arrays([A, B])
    if first.ndim != 2:
        raise ParameterError(f"the payoffs have {first.ndim} axes; a matrix has 2")
    return exact_table(first), exact_table(second)


def action_names(actions: Sequence[Sequence[str]], present: Names) -> Names:
    """The names given to both players' actions, which were called otherwise."""
    sizes = [len(names) for names in present]
    given = [tuple(map(str, names)) for names in actions]
    if [len(set(names)) for names in given] != sizes or [len(names) for names in given] != sizes:
        raise ParameterError(f"actions must be {sizes[0]} and {sizes[1]} different names")
    return given[0], given[1]


def share(value: Any, what: str) -> Fraction:
    """A number of at least 0 and below 1, exact."""
    try:
        number = Fraction(value) if isinstance(value, str) else exact_number(value)
    except (TypeError, ValueError, ZeroDivisionError):
        raise ParameterError(f"{what} {value!r} is not a number") from None
    if not 0 <= number < 1:
        raise ParameterError(f"{what} is {float(number):g}; it lies in [0, 1)")
    return number


def profile_of(automaton: Automaton, actions: Names) -> Profile:
    """An automaton by number.

    Raises
    ------
    ParameterError
        A state or an action that does not exist, a pair of actions without a next state, or
        probabilities that do not sum to 1.
    """
    states = list(automaton.play)
    number = {state: k for k, state in enumerate(states)}
    if automaton.start not in number:
        raise ParameterError(f"the automaton starts in '{automaton.start}', which plays nothing")
    plays, onward = [], []
    for state in states:
        here = automaton.play[state]
        if isinstance(here, str) or len(here) != 2:
            raise ParameterError(f"state '{state}' needs a play for each of two players")
        plays.append((_mix(here[0], actions[0], state), _mix(here[1], actions[1], state)))
        onward.append(_row(automaton, state, number, actions))
    return Profile(tuple(states), tuple(plays), tuple(onward), number[automaton.start])


def _row(
    automaton: Automaton, state: str, number: Mapping[str, int], actions: Names
) -> tuple[int, ...]:
    moves = automaton.moves.get(state, {})
    pairs = [(first, second) for first in actions[0] for second in actions[1]]
    for seen, after in moves.items():
        if seen != ANY and seen not in pairs:
            raise ParameterError(f"state '{state}': {seen!r} is no pair of actions")
        if after not in number:
            raise ParameterError(f"state '{state}' leads to '{after}', which plays nothing")
    row = []
    for seen in pairs:
        if seen not in moves and ANY not in moves:
            pair = ", ".join(seen)
            raise ParameterError(f"state '{state}' leads nowhere after ({pair}); add '*'")
        row.append(number[moves[seen if seen in moves else ANY]])
    return tuple(row)


def _mix(play: Play, names: tuple[str, ...], state: str) -> Mix:
    shares: Mapping[str, object] = {play: 1} if isinstance(play, str) else play
    for name in shares:
        if name not in names:
            known = ", ".join(names)
            raise ParameterError(f"state '{state}' plays '{name}'; there are {known}")
    mix = tuple(exact_number(shares.get(name, 0)) for name in names)
    if min(mix) < 0 or sum(mix) != 1:
        raise ParameterError(f"state '{state}': the probabilities do not sum to 1")
    return mix
