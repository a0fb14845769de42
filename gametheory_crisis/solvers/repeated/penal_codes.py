"""How patient players must be for some punishment to sustain a target.

A path is an equilibrium outcome if and only if it is sustained by the worst equilibria of whoever
leaves it (Abreu 1988, Econometrica 56, Proposition 5).  With public randomisation the set of
equilibrium payoffs grows with the discount factor (Abreu, Pearce and Stacchetti 1990, Theorem 6),
so the discount factors at which a target can be sustained reach up to 1, and bisection finds the
least.  Where a simple code does as well, its critical value, which is exact, takes the place of the
bisection's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.solvers.repeated.abreu_sannikov import Iteration
from gametheory_crisis.solvers.repeated.automata import (
    Actions,
    Profile,
    reversion,
    stick_and_carrot,
)
from gametheory_crisis.solvers.repeated.incentives import subgame_perfect_set
from gametheory_crisis.solvers.repeated.motion import choices
from gametheory_crisis.solvers.repeated.stage_facts import StageFacts

PRECISION = Fraction(1, 10**9)
"""Of a critical value found by bisection, and what a simple code may be behind it."""
PATIENT = Fraction(99, 100)
"""Where no simple code sustains a target, the most patience that is tried."""
FEW_PROFILES = 4
"""Up to which every pair of sticks is tried, one for each deviator."""


@dataclass(frozen=True, slots=True)
class LeastPatience:
    """The least discount factor at which some equilibrium sustains a target.

    Attributes
    ----------
    critical : exact where ``code`` is given, else to `PRECISION`; None where none was found,
        neither by a simple code nor up to `PATIENT`
    code : a simple profile that does it, and its name
    """

    critical: Number | None
    code: tuple[str, Profile] | None


def least_patience(stage: StageFacts, target: Actions) -> LeastPatience:
    """The least discount factor at which a target is played for ever in some equilibrium.

    The equilibria are those in pure actions with public randomisation.
    """
    best: tuple[Number, str, Profile] | None = None
    for name, profile in _simple_codes(stage, target):
        found = subgame_perfect_set([choices(stage, profile, i) for i in range(2)]).intervals
        if found and found[-1][1] == 1 and (best is None or found[-1][0] < best[0]):
            best = found[-1][0], name, profile
    high = Fraction(best[0]) if best is not None else PATIENT
    if best is not None and not (high > PRECISION and sustained(stage, high - PRECISION, target)):
        return LeastPatience(best[0], best[1:])
    if best is None and not sustained(stage, high, target):
        return LeastPatience(None, None)
    low = Fraction(0)
    while high - low > PRECISION:
        # Short rationals: floats in disguise.
        middle = Fraction(float(low + high) / 2)
        low, high = (low, middle) if sustained(stage, middle, target) else (middle, high)
    for digits in range(1, 9):
        simple = high.limit_denominator(10**digits)
        if low < simple <= high and sustained(stage, simple, target):
            return LeastPatience(float(simple), None)
    return LeastPatience(float(high), None)


def sustained(stage: StageFacts, discount: Fraction, target: Actions) -> bool:
    """Whether some equilibrium plays a target for ever.

    The threats are bounded from below on the way, so that a denial comes early.
    """
    temptations = [stage.temptation(i, target) for i in range(2)]
    if not any(temptations):
        return True
    if discount == 0:
        return False
    iteration = Iteration(stage, discount)
    payoffs = stage.payoffs(target)
    while True:
        for i, temptation in enumerate(temptations):
            at_stake = iteration.discount * (payoffs[i] - iteration.threats[i])
            if at_stake < (1 - iteration.discount) * temptation - iteration.slack:
                return False
        if iteration.done:
            return bool(iteration.polygon)
        iteration.step()


def _simple_codes(stage: StageFacts, target: Actions) -> Iterator[tuple[str, Profile]]:
    """Reversion to the worst pure equilibrium of the stage, and sticks and carrots."""
    sizes, profiles = stage.sizes, stage.profiles
    if stage.pure_equilibria:
        punishments = [
            min(map(stage.sure, stage.pure_equilibria), key=partial(stage.expected, i))
            for i in range(2)
        ]
        yield "grim", reversion(target, punishments, sizes)
    pairs = [(stick, stick) for stick in profiles]
    if len(profiles) <= FEW_PROFILES:
        pairs = [(first, second) for first in profiles for second in profiles]
    for sticks in pairs:
        yield "stick_and_carrot", stick_and_carrot(target, sticks, sizes)
