"""All equilibria of one simultaneous stage, mixed ones included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import frexp, prod
from typing import TypeAlias

from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.solvers.normal_form.extreme_equilibria import extreme_equilibria
from gametheory_crisis.solvers.normal_form.multilinear import actions_of, sure
from gametheory_crisis.solvers.normal_form.pure_profiles import undominated
from gametheory_crisis.solvers.pure_nash import Payoffs, pure_nash

Mix: TypeAlias = tuple[tuple[Number, ...], ...]
"""Per mover the probability of each action."""

MOST_CELLS = 5_000
"""Effort in looking for the mixed equilibria of a stage of three movers or more."""
FLOAT_BITS = 40
"""Float payoffs count to so many bits of the largest, so that rounding breaks no tie."""


@dataclass(frozen=True, slots=True)
class StageEquilibria:
    """The equilibria of a stage.

    Attributes
    ----------
    profiles : pure ones first, in the file's order, then the mixed ones; of a continuum its extreme
        points
    continuum : whether equilibria form a continuum
    complete : whether there is provably no other
    """

    profiles: tuple[Mix, ...]
    continuum: bool = False
    complete: bool = True


def stage_equilibria(
    payoffs: Payoffs, shape: Sequence[int], movers: Sequence[int]
) -> StageEquilibria:
    """All equilibria of a stage.

    Parameters
    ----------
    payoffs : payoff of every player of the game at each profile
    shape : number of actions of each mover
    movers : for each mover, the index of the player in the rows of ``payoffs``
    """
    pure = tuple(
        sure(actions_of(profile, shape), shape) for profile in pure_nash(payoffs, shape, movers)
    )
    tables = [[row[player] for row in payoffs] for player in movers]
    # One profile left by strict dominance is the only equilibrium, in mixed strategies too.
    if len(movers) == 1 or all(len(kept) == 1 for kept in undominated(tables, shape)):
        return StageEquilibria(pure)
    own = [_rationals(table) for table in tables]
    exact = all(isinstance(number, Fraction) for table in tables for number in table)
    if len(movers) == 2:
        return _two_movers(own, shape, exact=exact)
    return _many_movers(own, shape, exact=exact)


def profile_shares(mix: Mix) -> list[Number]:
    """Probability of each profile, the last mover's action changing fastest."""
    return [prod(shares[1:], start=shares[0]) for shares in product(*mix)]


def is_pure(mix: Mix) -> bool:
    """Whether every mover plays one action for sure."""
    return all(max(shares) == 1 for shares in mix)


def _two_movers(
    own: Sequence[Sequence[Fraction]], shape: Sequence[int], *, exact: bool
) -> StageEquilibria:
    rows, columns = shape
    first, second = (
        [numbers[k * columns : (k + 1) * columns] for k in range(rows)] for numbers in own
    )
    found = extreme_equilibria(first, second)
    profiles = sorted((_plain(mix, exact) for mix in found), key=_file_order)
    continuum = any(len({mix[k] for mix in found}) < len(found) for k in (0, 1))
    return StageEquilibria(tuple(profiles), continuum=continuum)


def _many_movers(
    own: Sequence[Sequence[Fraction]], shape: Sequence[int], *, exact: bool
) -> StageEquilibria:
    from gametheory_crisis.solvers.normal_form.many_players import solve_many

    found = solve_many(own, shape, most_cells=MOST_CELLS)
    profiles = sorted((_plain(e.profile, exact) for e in found.equilibria), key=_file_order)
    return StageEquilibria(tuple(profiles), bool(found.continua), found.complete)


def _plain(mix: Mix, exact: bool) -> Mix:
    """Probabilities as the stage's payoffs are: floats where those are; sure actions stay exact."""
    if exact or is_pure(mix):
        return mix
    return tuple(tuple(as_float(share) for share in shares) for shares in mix)


def _file_order(mix: Mix) -> tuple[int, tuple[tuple[Number, ...], ...]]:
    """Pure profiles first; earlier actions before later ones."""
    return int(not is_pure(mix)), tuple(tuple(-share for share in shares) for shares in mix)


def _rationals(numbers: Sequence[Number]) -> list[Fraction]:
    """The numbers as rationals; floats to `FLOAT_BITS` bits of the largest."""
    largest = max(abs(as_float(number)) for number in numbers)
    unit = Fraction(2) ** (frexp(largest)[1] - FLOAT_BITS)
    return [
        number if isinstance(number, Fraction) else round(Fraction(number) / unit) * unit
        for number in numbers
    ]
