"""One equilibrium of a game in normal form: the limit of its principal logit path.

Each player's payoffs are first mapped to [0, 1], so that the equilibrium selected does not depend
on the units in which payoffs are written; the precision is in those units.

Towards the limit the path's points show which actions are played; the equilibrium with these
supports is then found by Newton's method on the indifference equations (Turocy 2010 leaves off at
a large precision instead, which may be far from any equilibrium).  What is returned as an
equilibrium has been tested against the payoffs as they were given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.solvers.normal_form.logit_path import FloatArray, Path, PathPoint, trace
from gametheory_crisis.solvers.normal_form.many_players import solve_many
from gametheory_crisis.solvers.normal_form.multilinear import (
    Payoffs,
    Profiles,
    check_tables,
    gains,
    spread,
)
from gametheory_crisis.solvers.normal_form.normal_form_model import NormalFormModel
from gametheory_crisis.solvers.normal_form.support_systems import SupportSearch

Status: TypeAlias = Literal["equilibrium", "not converged"]
Mask: TypeAlias = NDArray[np.bool_]
Route: TypeAlias = Literal["path", "perturbed path", "supports"]

CUTS = (1e-3, 1e-2, 1e-5, 1e-8, 0.1)
"""Probabilities below which an action is tried as one that is not played."""
NEAR = 1e-4
"""Distance between a point of the path and the equilibrium that counts as its limit."""
NEAR_THE_END = 1e-2
"""The same where the path got stuck."""
LEAST_PRECISION = 30.0
MOST_PRECISION = 1e9
"""Where limits begin to be looked for, and where the path is left if it has led to none."""
PERTURBATIONS = (1e-7, 1e-5, 1e-3, 1e-2)
"""Sizes, in units of the spread of payoffs, of the random changes tried where a path is stuck."""
MOST_SUPPORTS = 5_000
"""Size of game, in supports, up to which the last resort is to go through all of them."""
MOST_PROVEN = 100
"""Size of the support's product up to which the equilibrium is proven in rationals."""


@dataclass(frozen=True, slots=True)
class LogitResult:
    """The end of a logit path.

    Attributes
    ----------
    profile : per player the probability of each action; rationals where the equilibrium was
        recognised as rational and proven, else floats
    regret : the most that any player gains by deviating, in units of the payoffs as given; exact
        for ``profile`` as it stands
    status : ``equilibrium``, or ``not converged``, where ``profile`` is the point of least regret
        that was seen and no equilibrium
    precision : reached on the path, for payoffs mapped to [0, 1]
    route : what led to the profile: the ``path`` itself; a ``perturbed path``, that of a game with
        slightly different payoffs; or a search by ``supports``, where both paths got stuck, for an
        equilibrium close to where they did
    path : the points of the path
    """

    profile: Profiles
    regret: Fraction
    status: Status
    precision: float
    route: Route
    path: Path


def logit_equilibrium(
    payoffs: Payoffs, shape: Sequence[int], *, tolerance: float = 1e-10, most_steps: int = 2000
) -> LogitResult:
    """The equilibrium to which the principal branch of logit equilibria leads.

    Parameters
    ----------
    payoffs : ``payoffs[i]`` over the profiles of actions, the last player's action fastest
    shape : number of actions of each player
    tolerance : most that a player may gain by deviating, as a share of the spread of its payoffs
    most_steps : along one path

    Raises
    ------
    ParameterError
        where the payoffs are not one finite table for each player
    """
    check_tables(payoffs, shape)
    return _Solver(payoffs, shape, tolerance, most_steps).solve()


class _Solver:
    """One game on its way to an equilibrium."""

    def __init__(
        self, payoffs: Payoffs, shape: Sequence[int], tolerance: float, most_steps: int
    ) -> None:
        self._payoffs, self._shape = payoffs, tuple(shape)
        self._tolerance, self._most_steps = tolerance, most_steps
        self._tables = [_unit(table).reshape(self._shape) for table in payoffs]
        self._model = NormalFormModel(self._tables)
        self._last: list[FloatArray] | None = None

    def solve(self) -> LogitResult:
        """The first candidate that is an equilibrium, else the one of least regret."""
        path = trace(self._model, self._arrived, most_steps=self._most_steps)
        tried = []
        for route, found in self._candidates(path):
            result = self._result(found, path, route)
            if result.status == "equilibrium":
                return result
            tried.append(result)
        return min([*tried, self._least_regret(path)], key=lambda result: result.regret)

    def _candidates(self, path: Path) -> Iterator[tuple[Route, list[FloatArray]]]:
        """Profiles that may be equilibria, those that the path leads to first."""
        if path.status == "arrived" and self._last is not None:
            yield "path", self._last
        found = self._polished(path.last, NEAR_THE_END)
        if found is not None:
            yield "path", found
        for k, width in enumerate(PERTURBATIONS):
            found = self._perturbed(width, seed=k)
            if found is not None:
                yield "perturbed path", found
        found = self._polished(path.last, 1.0)
        if found is not None:
            yield "supports", found
        found = self._searched(path)
        if found is not None:
            yield "supports", found

    def _arrived(self, point: PathPoint) -> bool:
        """Whether the path has come close to an equilibrium, twice to the same one."""
        if point.precision < LEAST_PRECISION:
            self._last = None
            return False
        before, self._last = self._last, self._polished(point, NEAR)
        if before is not None and self._last is not None and _apart(before, self._last) < 1e-9:
            return True
        return point.precision > MOST_PRECISION

    def _polished(self, point: PathPoint, near: float) -> list[FloatArray] | None:
        """The equilibrium with the supports that a point of the path suggests, if there is one."""
        parts = self._model.split(point.probabilities)
        for played in _supports(parts):
            found = self._indifferent(parts, played)
            if found is None or _apart(parts, found) > near:
                continue
            if self._gain(found) <= self._tolerance:
                return found
        return None

    def _indifferent(self, parts: list[FloatArray], played: list[Mask]) -> list[FloatArray] | None:
        """The profile with given supports that leaves everybody indifferent within them.

        Gauss-Newton with steps of least length, so that a continuum of such profiles does no harm.
        """
        support = np.concatenate(played)
        current = np.concatenate(
            [np.where(m, p, 0.0) / p[m].sum() for m, p in zip(played, parts, strict=True)]
        )
        for _ in range(50):
            rows, target = self._conditions(current, played)
            move = np.linalg.lstsq(rows[:, support], target, rcond=1e-12)[0]
            current[support] += move
            if not np.abs(move).max() < 2.0:
                return None
            if np.abs(move).max() < 1e-15:
                break
        if current.min() < -1e-13:
            return None
        return [
            part / part.sum() for part in self._model.split(np.where(current < 1e-15, 0, current))
        ]

    def _conditions(self, current: FloatArray, played: list[Mask]) -> tuple[FloatArray, FloatArray]:
        """Indifference and sums of 1, linearised at a point: rows and what is missing."""
        slopes = self._model.slopes(current)
        values = self._model.worth(current)
        rows, target, start = [], [], 0
        for mask in played:
            actions = start + np.flatnonzero(mask)
            for a in actions[1:]:
                rows.append(slopes[a] - slopes[actions[0]])
                target.append(values[actions[0]] - values[a])
            total = np.zeros(len(current))
            total[start : start + len(mask)] = 1.0
            rows.append(total)
            target.append(1.0 - current[start : start + len(mask)].sum())
            start += len(mask)
        return np.array(rows), np.array(target)

    def _gain(self, profile: Sequence[FloatArray]) -> float:
        """The most that a player gains by deviating, as a share of the spread of its payoffs."""
        values = self._model.split(self._model.worth(np.concatenate(profile)))
        return max(float(v.max() - v @ p) for v, p in zip(values, profile, strict=True))

    def _perturbed(self, width: float, *, seed: int) -> list[FloatArray] | None:
        """An equilibrium of the game at which the path of a game close to it arrives."""
        rng = np.random.default_rng(seed)
        tables = [table + width * rng.random(table.shape) for table in self._tables]
        self._last = None
        path = trace(NormalFormModel(tables), self._arrived, most_steps=self._most_steps)
        return self._last if path.status == "arrived" else None

    def _searched(self, path: Path) -> list[FloatArray] | None:
        """The equilibrium nearest to the end of the path among those found by their supports."""
        if prod((1 << size) - 1 for size in self._shape) > MOST_SUPPORTS:
            return None
        end = self._model.split(path.last.probabilities)
        profiles = [
            [np.array(part, dtype=float) for part in equilibrium.profile]
            for equilibrium in solve_many(self._payoffs, self._shape).equilibria
        ]
        return min(profiles, key=lambda profile: _apart(end, profile), default=None)

    def _result(self, found: Sequence[FloatArray], path: Path, route: Route) -> LogitResult:
        profile = self._proven(found) or _plain(found)
        lost = gains(self._payoffs, self._shape, profile)
        return LogitResult(
            profile,
            max(lost),
            "equilibrium" if self._small(lost) else "not converged",
            path.last.precision,
            route,
            path,
        )

    def _small(self, lost: Sequence[Fraction]) -> bool:
        """Whether no player gains more than the tolerance, in the payoffs as they were given."""
        share = Fraction(self._tolerance)
        return all(
            gain <= share * spread(table) for gain, table in zip(lost, self._payoffs, strict=True)
        )

    def _least_regret(self, path: Path) -> LogitResult:
        """The point of the path at which deviating gains least."""
        points = [self._model.split(point.probabilities) for point in path.points]
        return self._result(min(points, key=self._gain), path, "path")

    def _proven(self, found: Sequence[FloatArray]) -> Profiles | None:
        """The same equilibrium, proven: in rationals, or the floats nearest to it."""
        supports = tuple(tuple(np.flatnonzero(part).tolist()) for part in found)
        if prod(map(len, supports)) > MOST_PROVEN:
            return None
        rationals = [[Fraction(value) for value in table] for table in self._payoffs]
        parts = [part[list(s)].tolist() for part, s in zip(found, supports, strict=True)]
        root = SupportSearch(rationals, self._shape).near(supports, parts)
        if root is None:
            return None
        profile = [[Fraction(0)] * size for size in self._shape]
        for part, support, shares in zip(profile, supports, root.point, strict=True):
            for a, share in zip(support, shares, strict=True):
                part[a] = share
        exact = tuple(map(tuple, profile))
        return exact if root.error == 0 else tuple(tuple(map(float, part)) for part in exact)


def _unit(table: Sequence[Number]) -> FloatArray:
    """Payoffs mapped to [0, 1], by exact differences; zeros where all are equal."""
    numbers = [Fraction(value) for value in table]
    low = min(numbers)
    width = max(numbers) - low or Fraction(1)
    return np.array([float((number - low) / width) for number in numbers])


def _supports(parts: Sequence[FloatArray]) -> Iterator[list[Mask]]:
    """Masks of the actions that may be played in the limit, without repetition."""
    seen = set()
    for cut in CUTS:
        masks = [part > min(cut, 0.5 * float(part.max())) for part in parts]
        key = tuple(mask.tobytes() for mask in masks)
        if key not in seen:
            seen.add(key)
            yield masks


def _apart(one: Sequence[FloatArray], other: Sequence[FloatArray]) -> float:
    """The largest difference between two profiles' probabilities."""
    return max(float(np.abs(p - q).max()) for p, q in zip(one, other, strict=True))


def _plain(profile: Sequence[FloatArray]) -> Profiles:
    return tuple(tuple(map(float, part)) for part in profile)
