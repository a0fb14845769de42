"""The principal branch of logit (quantal response) equilibria, followed by arc length.

At precision ``t`` every agent plays each action with a probability proportional to
``exp(t * value)``; the solutions that join the centroid at ``t = 0`` form a curve whose limit as
``t`` grows is a Nash equilibrium, in the agent form of a tree a sequential one (McKelvey and
Palfrey 1995, 1998).  The curve may turn back in ``t``, so it is followed by its arc length in the
logarithms of the probabilities and ``t`` together (Turocy 2005, 2010).

The unknowns are logarithms, so that probabilities far below the smallest float keep their ratios:
beliefs at places that are hardly ever reached depend on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
Status: TypeAlias = Literal["arrived", "stalled", "out of steps"]

FIRST_STEP = 0.05
SHORTEST_STEP = 1e-10
MOST_CORRECTIONS = 8
LARGEST_TURN = 0.95
"""Least cosine between the tangents at the two ends of a step."""
LARGEST_MISS = 0.1
"""Most by which a probability may differ between the prediction and the curve."""
LARGEST_SHIFT = 0.3
"""Most by which a probability may change in one step."""


class Model(Protocol):
    """What the tracer needs to know of a game.

    All agents' actions stand in one vector of length ``n = sum(sizes)``, agent after agent.  An
    agent is a player of a game in normal form, or an information set of a tree.
    """

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of actions of each agent, at least 1."""
        ...

    def values(self, logs: FloatArray) -> FloatArray:
        """What each action is worth to its agent, given that the agent moves.

        Parameters
        ----------
        logs : (n,) natural logarithms of the actions' probabilities.  They need not add up to
            one exactly: any smooth extension of the values off the simplices will do

        Returns
        -------
        (n,) values; only differences between one agent's actions count
        """
        ...

    def jacobian(self, logs: FloatArray) -> FloatArray:
        """The (n, n) derivatives of ``values`` (rows) by ``logs`` (columns).

        `finite_differences` serves where no formula is at hand.
        """
        ...


@dataclass(frozen=True, slots=True)
class PathPoint:
    """A logit equilibrium.

    Attributes
    ----------
    logs : (n,) logarithms of the probabilities
    precision : the weight of payoffs, per unit of payoff (``lambda`` in the literature)
    """

    logs: FloatArray
    precision: float

    @property
    def probabilities(self) -> FloatArray:
        """(n,) probabilities; those below the smallest float are 0."""
        return np.exp(np.minimum(self.logs, 0.0))


@dataclass(frozen=True, slots=True)
class Path:
    """A curve of logit equilibria.

    Attributes
    ----------
    points : in order, the start included
    status : ``arrived`` where the caller was satisfied with the last point; ``stalled`` where no
        step, however short, leads on; ``out of steps``
    """

    points: tuple[PathPoint, ...]
    status: Status

    @property
    def last(self) -> PathPoint:
        """The farthest point reached."""
        return self.points[-1]


def trace(
    model: Model,
    arrived: Callable[[PathPoint], bool],
    *,
    scale: float = 1.0,
    start: PathPoint | None = None,
    most_steps: int = 2000,
) -> Path:
    """Follow the branch of logit equilibria towards higher precision.

    Parameters
    ----------
    model : the game
    arrived : told each point in turn; true ends the walk
    scale : the spread of payoffs, which sets the unit of the precision while walking
    start : a logit equilibrium to start from; by default the centroid at precision 0
    most_steps : steps, shortened ones included

    Returns
    -------
    The curve.  The tracer never raises: where it can go no further, the status says so.
    """
    curve = _Curve(model, scale)
    place = curve.centroid() if start is None else np.append(start.logs, start.precision * scale)
    points = [curve.point(place)]
    if arrived(points[0]):
        return Path(tuple(points), "arrived")
    forward = np.zeros(len(place))
    forward[-1] = 1.0
    heading, step = curve.tangent(place, forward), FIRST_STEP
    for _ in range(most_steps):
        if heading is None or step < SHORTEST_STEP * (1.0 + np.abs(place).max()):
            return Path(tuple(points), "stalled")
        landed, corrections = curve.step(place, heading, step)
        turned = None if landed is None else curve.tangent(landed, heading)
        if landed is None or turned is None or turned @ heading < LARGEST_TURN:
            step *= 0.5
            continue
        place, heading = landed, turned
        points.append(curve.point(place))
        if arrived(points[-1]):
            return Path(tuple(points), "arrived")
        step *= 2.0 if corrections <= 2 else 1.4 if corrections <= 4 else 0.8
    return Path(tuple(points), "out of steps")


def settle(
    model: Model, logs: FloatArray, precision: float, *, most_steps: int = 50
) -> PathPoint | None:
    """The logit equilibrium of a given precision near ``logs``; None where Newton does not find it.

    Parameters
    ----------
    model : the game
    logs : (n,) logarithms of probabilities to start from
    precision : per unit of payoff
    """
    curve = _Curve(model, 1.0)
    place = np.append(logs, precision)
    for _ in range(most_steps):
        move = _solved(curve.derivative(place)[:, :-1], -curve.residual(place))
        if move is None:
            return None
        shortened = min(1.0, 2.0 / max(float(np.abs(move).max()), 1e-300))
        place[:-1] += shortened * move
        if float(np.abs(move).max()) <= 1e-12 * (1.0 + float(np.abs(place).max())):
            return curve.point(place)
    return None


def finite_differences(
    values: Callable[[FloatArray], FloatArray], logs: FloatArray, width: float = 1e-6
) -> FloatArray:
    """Central differences of ``values`` at ``logs``, in the shape of `Model.jacobian`."""
    columns = []
    for b in range(len(logs)):
        shift = np.zeros(len(logs))
        shift[b] = width
        columns.append((values(logs + shift) - values(logs - shift)) / (2.0 * width))
    return np.stack(columns, axis=1)


class _Curve:
    """The equations of the curve, and steps along it.

    A place is the vector of the ``n`` logarithms and the precision in units of ``1 / scale``.
    Per agent the probabilities add up to 1, and each action's logarithm exceeds the first's by
    precision times the difference of the values; those rows are divided by 1 + precision, which
    keeps the residual in units of payoff.
    """

    def __init__(self, model: Model, scale: float) -> None:
        self._model, self._scale = model, scale
        ends = np.cumsum((0, *model.sizes))
        self._agents = [slice(int(low), int(high)) for low, high in pairwise(ends)]
        self._first = np.repeat(ends[:-1], model.sizes)

    def centroid(self) -> FloatArray:
        """Every action equally likely, at precision 0."""
        return np.concatenate(
            [-np.log(np.repeat(np.array(s, float), s)) for s in self._model.sizes] + [np.zeros(1)]
        )

    def point(self, place: FloatArray) -> PathPoint:
        """A place in the caller's units."""
        return PathPoint(place[:-1].copy(), float(place[-1]) / self._scale)

    def residual(self, place: FloatArray) -> FloatArray:
        """(n,) residuals of the equations."""
        logs, weight = place[:-1], place[-1]
        values = self._model.values(logs) / self._scale
        rows = (logs - logs[self._first] - weight * (values - values[self._first])) / (
            1.0 + abs(weight)
        )
        for agent in self._agents:
            rows[agent.start] = np.exp(logs[agent]).sum() - 1.0
        return np.asarray(rows)

    def derivative(self, place: FloatArray) -> FloatArray:
        """(n, n + 1) derivatives of the residuals, exact where the residuals vanish."""
        logs, weight = place[:-1], place[-1]
        n = len(logs)
        values = self._model.values(logs) / self._scale
        slopes = self._model.jacobian(logs) / self._scale
        rows = np.zeros((n, n + 1))
        rows[:, :-1] = np.eye(n) - np.eye(n)[self._first]
        rows[:, :-1] -= weight * (slopes - slopes[self._first])
        rows[:, -1] = values[self._first] - values
        rows /= 1.0 + abs(weight)
        for agent in self._agents:
            rows[agent.start] = 0.0
            rows[agent.start, agent] = np.exp(logs[agent])
        return rows

    def tangent(self, place: FloatArray, along: FloatArray) -> FloatArray | None:
        """The unit tangent that points along another vector; None where none is defined.

        It is continued by its direction, not by the sign of a determinant: a symmetric game's
        curve runs straight through the points where asymmetric branches leave it.
        """
        square = np.vstack([self.derivative(place), along])
        target = np.zeros(len(place))
        target[-1] = 1.0
        found = _solved(square, target)
        return None if found is None else found / np.linalg.norm(found)

    def step(
        self, place: FloatArray, heading: FloatArray, length: float
    ) -> tuple[FloatArray | None, int]:
        """Predict along the tangent and correct at right angles to it.

        Returns the place on the curve, or None where the prediction was too bold, and the number
        of corrections.
        """
        guess = place + length * heading
        if guess[:-1].max() > 1.0:
            return None, 0
        landed, last = guess.copy(), np.inf
        for correction in range(1, MOST_CORRECTIONS + 1):
            square = np.vstack([self.derivative(landed), heading])
            move = _solved(square, np.append(-self.residual(landed), 0.0))
            if move is None:
                return None, correction
            landed += move
            size = float(np.linalg.norm(move))
            if landed[:-1].max() > 1.0 or size > max(0.5 * last, 1e-9 * np.abs(landed).max()):
                return None, correction
            if size <= 1e-10 * (1.0 + float(np.abs(landed).max())):
                near = self._apart(guess, landed) <= LARGEST_MISS
                short = self._apart(place, landed) <= LARGEST_SHIFT
                return (landed if near and short else None), correction
            last = size
        return None, MOST_CORRECTIONS

    @staticmethod
    def _apart(one: FloatArray, other: FloatArray) -> float:
        """The largest difference between two places' probabilities."""
        return float(np.abs(np.exp(one[:-1]) - np.exp(other[:-1])).max())


def _solved(matrix: FloatArray, target: FloatArray) -> FloatArray | None:
    """The solution of a square linear system, or None where there is none to be had."""
    try:
        found: FloatArray = np.asarray(np.linalg.solve(matrix, target))
    except np.linalg.LinAlgError:
        return None
    return found if bool(np.isfinite(found).all()) else None
