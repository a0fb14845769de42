"""The types of a player cut into cells in which all its claimed rules stand still.

One private number is cut at the switch points of the rules, and the cells are the intervals between
them. Of two, the first is integrated by Gauss-Legendre panels, which are halved until halving makes
no difference; at each of its numbers the second is cut as if it were the only one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gametheory_crisis.certificate.shock_distributions import FloatArray, Shock
from gametheory_crisis.certificate.shock_rules import Rule
from gametheory_crisis.errors import SolverError

Measure = Callable[[FloatArray], FloatArray]
"""From types (..., num_shocks) to quantities (..., num_quantities) constant in each cell."""

_PANEL_ENDS = np.array([0, 0.75, 1.5, 2.25, 3, 4, 5, 6, 7.5, 9.5, 13, 18, 26, 37]) / 37
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(14)
_TOLERANCE = 1e-13
"""Halving a panel may change an integral by this, relative to the whole."""
_NOISE = 1e-14
"""What rounding may do to an integral over a panel, relative to the panel's probability."""
_MOST_HALVINGS = 45
_MOST_PANELS = 20_000


@dataclass(frozen=True)
class Cells:
    """A partition of a player's types.

    Attributes
    ----------
    masses : shape (num_cells,), the probability of each
    firsts : shape (num_cells, num_shocks), the integral of each private number over each
    types : shape (num_cells, num_shocks), one type inside each
    """

    masses: FloatArray
    firsts: FloatArray
    types: FloatArray


def cells_of(shocks: Sequence[Shock], rules: Sequence[Rule], measure: Measure) -> Cells:
    """The cells of a player; ``measure`` is what must come out right of the integrals.

    Raises
    ------
    SolverError
        If the integrals over two private numbers do not converge.
    """
    if not shocks:
        return Cells(np.ones(1), np.zeros((1, 0)), np.zeros((1, 0)))
    lines = switch_lines(rules, len(shocks))
    if len(shocks) == 1:
        cut = _cut(shocks[0], -lines[:, 0] / lines[:, 1])
        return Cells(cut.mass, cut.first[:, None], cut.inside[:, None])
    return _Panels(shocks[0], shocks[1], lines, measure).cells()


def switch_lines(rules: Sequence[Rule], num_shocks: int) -> FloatArray:
    """The switches of all rules, shape (num_lines, 1 + num_shocks), each once."""
    lines = np.concatenate([np.zeros((0, 1 + num_shocks)), *(rule.switches for rule in rules)])
    if not len(lines):
        return lines
    lines /= np.abs(lines[:, 1:]).max(axis=1, keepdims=True)
    leading = np.where(lines[:, 1] != 0, lines[:, 1], lines[:, -1])
    return np.unique(lines * np.sign(leading)[:, None], axis=0)


class _Cut(NamedTuple):
    """Intervals of one private number; the arrays have shape (..., num_points + 1)."""

    mass: FloatArray
    first: FloatArray
    inside: FloatArray


def _cut(shock: Shock, points: FloatArray) -> _Cut:
    """Cut a support at points, shape (..., num_points), in any order."""
    ordered = np.sort(shock.snapped(points), axis=-1)
    end = np.ones((*points.shape[:-1], 1))
    bounds = np.concatenate([shock.low * end, ordered, shock.high * end], axis=-1)
    low, high = bounds[..., :-1], bounds[..., 1:]
    mass = shock.mass(low, high)
    return _Cut(mass, shock.first_moment(low, high, mass), shock.between(low, high))


class _Panels:
    """Adaptive integration over the first of two private numbers, on its smooth scale."""

    def __init__(self, first: Shock, second: Shock, lines: FloatArray, measure: Measure) -> None:
        self._first, self._second = first, second
        self._measure = measure
        # The others are switches of the first number alone, at which panels end.
        self._slanted = lines[lines[:, 2] != 0]
        self._ends = self._panel_ends(lines)

    def cells(self) -> Cells:
        """Halve the panels until halving makes no difference."""
        low, high = self._ends[:-1], self._ends[1:]
        _, coarse = self._integrate(low, high)
        total = coarse.sum(axis=0)
        found: list[Cells] = []
        for _ in range(_MOST_HALVINGS):
            middle = 0.5 * (low + high)
            halves = np.stack([low, middle], axis=1), np.stack([middle, high], axis=1)
            cells, parts = self._integrate(halves[0].ravel(), halves[1].ravel())
            fine = parts.reshape(len(low), 2, -1)
            total = total + (fine.sum(axis=1) - coarse).sum(axis=0)
            error = np.abs(fine.sum(axis=1) - coarse)
            noise = _NOISE * cells.masses.reshape(len(low), -1).sum(axis=1, keepdims=True)
            halve = (error > _TOLERANCE * total + noise).any(axis=1)
            found.append(_chosen(cells, np.repeat(~halve, 2)))
            low, high = halves[0][halve].ravel(), halves[1][halve].ravel()
            coarse = fine[halve].reshape(len(low), fine.shape[-1])
            if not len(low):
                return _joined(found)
            if len(low) > _MOST_PANELS:
                break
        raise SolverError("the integrals over the types do not converge")

    def _panel_ends(self, lines: FloatArray) -> FloatArray:
        """Where the integrand has kinks, on the smooth scale, and points between them."""
        first, second = self._first, self._second
        kinks = [np.array(first.knots)]
        upright = lines[lines[:, 2] == 0]
        kinks.append(-upright[:, 0] / upright[:, 1])
        leaning = self._slanted[self._slanted[:, 1] != 0]
        levels = [each for each in (second.low, second.high, *second.knots) if math.isfinite(each)]
        kinks += [-(leaning[:, 0] + level * leaning[:, 2]) / leaning[:, 1] for level in levels]
        kinks.append(crossings(self._slanted)[:, 0])
        inside = first.to_smooth(first.snapped(np.concatenate(kinks)))
        ends = first.farthest * _PANEL_ENDS
        return np.unique(np.concatenate([-ends, ends, inside]))

    def _integrate(self, low: FloatArray, high: FloatArray) -> tuple[Cells, FloatArray]:
        """The cells over panels, shape (num_panels, num_cells), and the measure of each panel."""
        half = 0.5 * (high - low)[:, None]
        scores = 0.5 * (high + low)[:, None] + half * _NODES
        weights = half * _WEIGHTS * self._first.smooth_density(scores)
        values = self._first.from_smooth(scores)[..., None]
        lines = self._slanted
        points = -(lines[:, 0] + lines[:, 1] * values) / lines[:, 2]
        cut = _cut(self._second, points)
        masses = weights[..., None] * cut.mass
        firsts = np.stack([masses * values, weights[..., None] * cut.first], axis=-1)
        types = np.stack([np.broadcast_to(values, masses.shape), cut.inside], axis=-1)
        num_panels = len(low)
        cells = Cells(
            masses.reshape(num_panels, -1),
            firsts.reshape(num_panels, -1, 2),
            types.reshape(num_panels, -1, 2),
        )
        measured = np.einsum("pc,pcq->pq", cells.masses, self._measure(cells.types))
        return cells, measured


def crossings(lines: FloatArray) -> FloatArray:
    """Where lines ``a + b x + c y = 0`` in the plane cross, shape (num_crossings, 2)."""
    i, j = np.triu_indices(len(lines), 1)
    p, q = lines[i], lines[j]
    determinant = p[:, 1] * q[:, 2] - q[:, 1] * p[:, 2]
    crossing = determinant != 0
    p, q, determinant = p[crossing], q[crossing], determinant[crossing]
    with np.errstate(over="ignore"):
        x = (q[:, 0] * p[:, 2] - p[:, 0] * q[:, 2]) / determinant
        y = (p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1]) / determinant
    return np.stack([x, y], axis=1)


def _chosen(cells: Cells, panels: FloatArray) -> Cells:
    """The cells of some panels, one after another."""
    return Cells(
        cells.masses[panels].ravel(),
        cells.firsts[panels].reshape(-1, 2),
        cells.types[panels].reshape(-1, 2),
    )


def _joined(parts: Sequence[Cells]) -> Cells:
    return Cells(
        np.concatenate([part.masses for part in parts]),
        np.concatenate([part.firsts for part in parts]),
        np.concatenate([part.types for part in parts]),
    )
