"""Markov perfect equilibria in mixed strategies, by several ways to them.

Stage iteration is the fastest and finds equilibria of most games; the branch of logit equilibria
leads to one of almost every game; in tiny games every support is tried.  None of them proves that
there are no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf, prod
from typing import TYPE_CHECKING

from gametheory_crisis.games.stochastic import (
    StationaryProfile,
    StochasticArrays,
    StochasticGame,
    stochastic_arrays,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_ROUNDS, MOST_BOLD_STEPS, MOST_CAREFUL_STEPS = 12, 500, 3000
STARTS_ON_SUPPORT = 4
FOUND_BY = (
    "support",
    "stage iteration",
    "stage iteration",
    "logit branch",
    "logit branch",
    "start",
)
"""By the kernels' number of the plan; the last, number -1, is for a start that nothing improved."""
SAME = 1e-7
"""Profiles whose probabilities differ by no more are taken for one."""


@dataclass(frozen=True)
class Found:
    """A stationary profile, and what is known of it.

    Attributes
    ----------
    profile : floats; what is surely played or not has probability 1.0 or 0.0 exactly
    regret : the most that a player gains by deviating once, in payoff units; infinite where play
        has no finite value
    method : how it was found
    converged : whether it is an equilibrium but for rounding: no gain exceeds 1e-12 of the spread
        of the player's payoffs within a state.  If not, it is the best profile met
    """

    profile: StationaryProfile
    regret: float
    method: str
    converged: bool


@dataclass(frozen=True)
class CellEquilibria:
    """One equilibrium each of games that differ in their numbers alone.

    Attributes
    ----------
    profiles : float64 (cells, actions), state after state and player after player
    regrets : float64 (cells,), in payoff units
    converged : bool (cells,); where false, the profile is only the best one met
    """

    profiles: NDArray[np.float64]
    regrets: NDArray[np.float64]
    converged: NDArray[np.bool_]


def one_equilibrium(arrays: StochasticArrays) -> Found:
    """One equilibrium, the first that a fixed order of methods finds."""
    return _attempt(arrays, _all_plans(), centroid(arrays))


def cell_equilibria(
    arrays: StochasticArrays, pays: NDArray[np.float64], weight: NDArray[np.float64]
) -> CellEquilibria:
    """As `one_equilibrium`, for many games at once; without the interpreter lock.

    Parameters
    ----------
    arrays : what the games have in common; its numbers do not matter
    pays : float64 (cells, rows, players)
    weight : float64 (cells, entries, players)
    """
    from gametheory_crisis.kernels import stochastic_mixed as kernels

    profiles, regrets, statuses, _, _ = kernels.solve_games(
        arrays.sizes,
        arrays.row,
        pays,
        arrays.entry,
        arrays.target,
        weight,
        *_columns(_all_plans()),
        centroid(arrays),
    )
    return CellEquilibria(profiles, regrets, statuses == kernels.FOUND)


def stage_iteration(arrays: StochasticArrays, *, starts: int, seed: int = 0) -> list[Found]:
    """The distinct equilibria that stage iteration leads to from several profiles.

    Parameters
    ----------
    starts : how many runs; the first two are from the centroid, preferring pure equilibria of
        stages and mixed ones, the others from random profiles
    seed : of the random profiles
    """
    import numpy as np

    from gametheory_crisis.kernels import stochastic_mixed as kernels

    generator = np.random.default_rng(seed)
    plans = (kernels.PURE_STAGES, kernels.MIXED_STAGES)
    found = []
    for k in range(starts):
        start = centroid(arrays)
        if k >= len(plans):
            start = _normalised(arrays, generator.exponential(size=len(start)))
        found.append(_attempt(arrays, ((plans[k % len(plans)], MOST_ROUNDS),), start))
    return distinct(one for one in found if one.converged)


def logit_equilibrium(arrays: StochasticArrays, *, max_steps: int = MOST_CAREFUL_STEPS) -> Found:
    """The equilibrium that the branch of logit equilibria from the centroid ends in.

    It is believed to be at the end once the equilibrium on the support that the branch points to
    differs from it by less than 1 % in every probability.

    Parameters
    ----------
    max_steps : most steps along the branch

    Returns
    -------
    The equilibrium, or the best profile met where the branch could not be followed to its end
    """
    from gametheory_crisis.kernels import stochastic_mixed as kernels

    return _attempt(arrays, ((kernels.CAREFUL_WALK, max_steps),), centroid(arrays))


def support_equilibria(arrays: StochasticArrays, *, most: int = 5000) -> tuple[list[Found], bool]:
    """The distinct equilibria that Newton's method finds on each support.

    Parameters
    ----------
    most : no support is tried of a game that has more of them

    Returns
    -------
    The equilibria, and whether the supports were tried.  Even so there may be others: on one
    support there may be several, and players who are indifferent may have a continuum.
    """
    import numpy as np

    from gametheory_crisis.kernels import stochastic_mixed as kernels

    sizes = [int(size) for size in arrays.sizes.ravel()]
    if prod(2**size - 1 for size in sizes) > most:
        return [], False
    generator = np.random.default_rng(0)
    found = []
    for marks in product(*(_subsets(size) for size in sizes)):
        support = np.concatenate([np.array(mark, float) for mark in marks])
        starts = STARTS_ON_SUPPORT if support.sum() > len(sizes) else 1
        for k in range(starts):
            start = support if k == 0 else support * generator.exponential(size=len(support))
            one = _attempt(arrays, ((kernels.ON_SUPPORT, 1),), _normalised(arrays, start))
            if one.converged:
                found.append(one)
    return distinct(found), True


def mixed_equilibria(game: StochasticGame, *, starts: int = 8) -> list[Found]:
    """The distinct equilibria that all methods together find.

    Parameters
    ----------
    starts : of stage iteration

    Returns
    -------
    The equilibria, that of the logit branch first where it was found; or the best profile met,
    alone and not converged, where there is none among them
    """
    from gametheory_crisis.kernels import stochastic_mixed as kernels

    arrays = stochastic_arrays(game)
    first = logit_equilibrium(arrays)
    if not first.converged:
        bold = _attempt(arrays, ((kernels.BOLD_WALK, MOST_BOLD_STEPS),), centroid(arrays))
        first = bold if bold.converged or bold.regret < first.regret else first
    others = stage_iteration(arrays, starts=starts) + support_equilibria(arrays)[0]
    found = distinct(one for one in [first, *others] if one.converged)
    return found or [first]


def distinct(found: Iterable[Found]) -> list[Found]:
    """Without repetitions: of profiles that are the same, the one with the least regret."""
    kept: list[Found] = []
    for one in found:
        for k, other in enumerate(kept):
            if apart(one.profile, other.profile) <= SAME:
                kept[k] = min(other, one, key=lambda same: same.regret)
                break
        else:
            kept.append(one)
    return kept


def centroid(arrays: StochasticArrays) -> NDArray[np.float64]:
    """The profile in which every action is equally likely, as one vector."""
    import numpy as np

    sizes = arrays.sizes.ravel()
    return np.repeat(1.0 / sizes.astype(np.float64), sizes)


def stationary_profile(arrays: StochasticArrays, shares: NDArray[np.float64]) -> StationaryProfile:
    """A vector of probabilities, state after state and player after player, by state and player."""
    remaining: Iterator[float] = iter(shares.tolist())
    return tuple(
        tuple(tuple(next(remaining) for _ in range(size)) for size in sizes)
        for sizes in arrays.sizes.tolist()
    )


def _all_plans() -> tuple[tuple[int, int], ...]:
    from gametheory_crisis.kernels import stochastic_mixed as kernels

    return (
        (kernels.PURE_STAGES, MOST_ROUNDS),
        (kernels.MIXED_STAGES, MOST_ROUNDS),
        (kernels.BOLD_WALK, MOST_BOLD_STEPS),
        (kernels.CAREFUL_WALK, MOST_CAREFUL_STEPS),
    )


def _attempt(
    arrays: StochasticArrays, plans: Sequence[tuple[int, int]], start: NDArray[np.float64]
) -> Found:
    """What the plans, each with its bound, find from a profile."""
    import numpy as np

    from gametheory_crisis.kernels import stochastic_mixed as kernels

    shares, regret, status, plan, _ = kernels.solve_games(
        arrays.sizes,
        arrays.row,
        arrays.pays[np.newaxis],
        arrays.entry,
        arrays.target,
        arrays.weight[np.newaxis],
        *_columns(plans),
        start,
    )
    return Found(
        profile=stationary_profile(arrays, shares[0]),
        regret=float(regret[0]) if status[0] != kernels.UNDEFINED else inf,
        method=FOUND_BY[int(plan[0])],
        converged=bool(status[0] == kernels.FOUND),
    )


def _columns(plans: Sequence[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The plans and their bounds, as the kernels take them."""
    import numpy as np

    table = np.array(plans, dtype=np.int64)
    return table[:, 0].copy(), table[:, 1].copy()


def _normalised(arrays: StochasticArrays, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The profile whose probabilities are proportional to the weights."""
    import numpy as np

    sizes = arrays.sizes.ravel()
    first = np.cumsum(sizes) - sizes
    shares: NDArray[np.float64] = weights / np.repeat(np.add.reduceat(weights, first), sizes)
    return shares


def _subsets(size: int) -> Iterator[tuple[int, ...]]:
    """The non-empty subsets of so many actions, as marks, the smallest first."""
    marks = (mark for mark in product((1, 0), repeat=size) if any(mark))
    return iter(sorted(marks, key=sum))


def apart(one: StationaryProfile, other: StationaryProfile) -> float:
    """The largest difference between the probabilities of two profiles."""
    pairs = zip(_flat(one), _flat(other), strict=True)
    return max((abs(p - q) for p, q in pairs), default=0.0)


def _flat(profile: StationaryProfile) -> Iterator[float]:
    """The probabilities of a profile in order."""
    return (float(share) for state in profile for mix in state for share in mix)
