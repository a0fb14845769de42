"""Where types of positive probability are indifferent all at once, and equilibria there."""

from __future__ import annotations

import numpy as np

from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.solvers.cutoffs.layout import Comparison, Floats
from gametheory_crisis.solvers.cutoffs.numbers import Realisation
from gametheory_crisis.solvers.cutoffs.replies import gains
from gametheory_crisis.solvers.cutoffs.roots import ROUNDING, Found, Root, polish
from gametheory_crisis.solvers.cutoffs.system import System

SHARES = 25
"""Shares of the indifferent types between which a mixture is looked for."""
LEVELS = np.array([0.0, 0.02, 0.16, 0.5, 0.84, 0.98, 1.0])
"""Quantiles of the closing player's shocks: the first grid sees them become indifferent."""

SETTLED = 1e-9
"""Where an error that changes its sign is larger, it leaps over 0."""
LEAP = (
    "best replies leap where no type is indifferent, as an information set stops being "
    "reached: equilibria there rest on other beliefs and are not listed"
)


def special_points(system: System) -> tuple[list[float], list[float]]:
    """Where types of positive probability may be indifferent, and where some quantiles are."""
    if system.closing is None:
        return [], []
    who = system.informed[system.closing]
    if who is None:
        return [], []
    ends = np.array([[0.0], [1.0]])
    worths = system.part.worths(system.closing, system.others(ends, mistakes=False))
    ties: set[float] = set()
    hints: set[float] = set()
    types = _some_types(who.shocks)
    for comparison in who.comparisons:
        first, second = np.triu_indices(comparison.num_plans, 1)
        pairs = comparison.differences[first * comparison.num_plans + second]
        start, end = worths.values @ pairs.T
        slope = end - start
        for k in range(len(pairs)):
            tie = _common_zero(start[:, k], slope[:, k])
            if (
                tie is not None
                and tie not in ties
                and _tied(system, system.closing, comparison, tie)
            ):
                ties.add(tie)
        change = types @ slope
        crossing = -(types @ start)[change != 0] / change[change != 0]
        hints.update(crossing[(crossing > 0) & (crossing < 1)].tolist())
    return sorted(ties), sorted(hints)


def _some_types(shocks: tuple[Distribution, ...]) -> Floats:
    """(types, 1 + shocks) types at quantiles of one shock and the medians of the others."""
    medians = [1.0, *(float(shock.quantile(0.5)) for shock in shocks)]
    rows = [
        [*medians[:position], float(number), *medians[position + 1 :]]
        for position, shock in enumerate(shocks, start=1)
        for number in np.asarray(shock.quantile(LEVELS))
        if np.isfinite(number)
    ]
    return np.array(rows)


def _common_zero(start: Floats, slope: Floats) -> float | None:
    """Where in [0, 1] several affine functions are all 0, None where they are nowhere."""
    leading = int(np.abs(slope).argmax())
    if slope[leading] == 0:
        return None
    zero = -start[leading] / slope[leading]
    if abs(zero - round(zero)) < ROUNDING:
        zero = float(round(zero))
    misses = np.abs(start + zero * slope) > 1e-12 * (np.abs(start) + np.abs(zero * slope))
    return None if misses.any() or not 0 <= zero <= 1 else float(zero) + 0.0


def _tied(system: System, player: int, comparison: Comparison, point: float) -> bool:
    """Whether types of positive probability are indifferent at a point."""
    worths = system.part.worths(player, system.others(np.array([[point]])))
    if not gains(worths, comparison)[1].any():
        return False
    earliest, latest = (_answer(system, point, latest=latest) for latest in (False, True))
    return bool(np.abs(earliest.masses - latest.masses).max() > ROUNDING)


def _answer(system: System, point: float, *, latest: bool) -> Realisation:
    unknowns = np.array([[point]])
    answer = system.answer(unknowns, system.others(unknowns), latest=latest)
    if answer is None:
        raise ValueError("nobody replies exactly")
    return answer


def at_tie(system: System, point: float, found: Found) -> None:
    """Equilibria in which indifferent types of the closing player mix."""
    unknowns = np.array([[point]])
    played = system.others(unknowns)
    earliest, latest = (_answer(system, point, latest=late) for late in (False, True))

    def errors(shares: Floats) -> Floats:
        answer = blended(earliest, latest, shares)
        many = np.repeat(unknowns, len(shares), axis=0)
        return system.errors(many, system.joined(played, answer))[:, 0]

    shares = np.linspace(0, 1, SHARES)
    values = errors(shares)
    if point in (0.0, 1.0):
        inwards = values > ROUNDING if point == 0 else values < -ROUNDING
        held = shares[~inwards]
        found.roots += [Root(unknowns[0], float(share)) for share in held[:1]]
    elif np.all(np.abs(values) <= ROUNDING):
        found.roots.append(Root(unknowns[0], 0.0))
        held = shares
    else:
        held = np.array([])
        zeros = [float(s) for s, v in zip(shares, values, strict=True) if abs(v) <= ROUNDING]
        crossing = np.nonzero((values[:-1] * values[1:] < 0) & (np.abs(values[:-1]) > ROUNDING))[0]
        crossing = crossing[np.abs(values[crossing + 1]) > ROUNDING]
        inner = polish(errors, shares[crossing], shares[crossing + 1], values[crossing])
        settled = np.abs(errors(inner)) <= SETTLED if len(inner) else np.zeros(0, bool)
        if not settled.all():
            found.note(LEAP)
        zeros += inner[settled].tolist()
        found.roots += [Root(unknowns[0], share) for share in sorted(zeros)]
    if len(held) > 1:
        found.note("types who are indifferent may mix in more ways than the one listed")


def blended(one: Realisation, other: Realisation, share: float | Floats) -> Realisation:
    """Some of the types play one realisation, a share of them the other."""
    weight = np.reshape(np.asarray(share, np.float64), (-1, 1))
    return Realisation(
        (1 - weight) * one.masses + weight * other.masses,
        (1 - weight[..., None]) * one.moments + weight[..., None] * other.moments,
    )
