"""The shares of a quantity's variance that its parameters explain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis.sensitivity.measures import Measure
from gametheory_crisis.analysis.sensitivity.sobol_indices import intervals, terms
from gametheory_crisis.analysis.sensitivity.solving import (
    How,
    Points,
    Solved,
    check_size,
    solve_points,
)
from gametheory_crisis.analysis.sensitivity.study import (
    Floats,
    Study,
    binary_scale,
    finite,
    interval,
    is_constant,
)
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.sweeps.space import ParameterSpace, draw

if TYPE_CHECKING:
    import xarray

    from gametheory_crisis.model import Model

LEAST_ROWS = 16
"""With fewer base rows nothing can be said."""


@dataclass(frozen=True)
class SobolIndices(Study):
    """Sobol indices of quantities, and what they rest on.

    A parameter's first-order index is the share of a quantity's variance that knowing this
    parameter alone would remove on average; its total index the share that would be left if all
    parameters but this one were known. Parameters are independent.

    Attributes
    ----------
    n : base rows; with d parameters that vary, n (d + 2) points were solved
    seed : from which the sample was drawn
    confidence : of the intervals
    first, total : float64 (quantity, parameter); nan where a quantity has no indices
    first_interval, total_interval : float64 (quantity, parameter, 2)
    mean, deviation : float64 (quantity,), mean and standard deviation over the base rows; of
        ``regime``, which is no number, only the second: the root of the sum of the variances of
        the memberships
    rows : int64 (quantity,), base rows that count: those at all of whose points there is a number
    notes : per quantity why it has no indices; empty where it has
    """

    n: int
    seed: int
    confidence: float
    first: Floats
    total: Floats
    first_interval: Floats
    total_interval: Floats
    mean: Floats
    deviation: Floats
    rows: NDArray[np.int64]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<SobolIndices of {self.model}: {', '.join(self.quantities)}; {self.n} base rows>"

    def table(self, k: int) -> Floats:
        """First-order indices, total indices, mean and standard deviation."""
        moments = [self.mean[k], self.deviation[k]]
        return np.concatenate([self.first[k], self.total[k], moments])

    def to_dict(self) -> dict[str, Any]:
        """What ``crisis sensitivity --json`` prints."""
        return self.header("sobol") | {
            "n": self.n,
            "seed": self.seed,
            "confidence": self.confidence,
            "quantities": {name: self._quantity(k) for k, name in enumerate(self.quantities)},
        }

    def _quantity(self, k: int) -> dict[str, Any]:
        indices = {
            name: {
                "first": finite(self.first[k, i]),
                "first_interval": interval(self.first_interval[k, i]),
                "total": finite(self.total[k, i]),
                "total_interval": interval(self.total_interval[k, i]),
            }
            for i, name in enumerate(self.parameters)
        }
        return {
            "mean": finite(self.mean[k]),
            "deviation": finite(self.deviation[k]),
            "rows": int(self.rows[k]),
            "rows_left_out": self.n - int(self.rows[k]),
            "note": self.notes[k] or None,
            "indices": None if self.notes[k] else indices,
        }

    def to_xarray(self) -> xarray.Dataset:
        """The indices as a data set over quantities and parameters."""
        import xarray

        by_parameter = ("quantity", "parameter")
        attributes = self.attributes("sobol") | {"n": self.n, "seed": self.seed}
        return xarray.Dataset(
            {
                "first": (by_parameter, self.first),
                "total": (by_parameter, self.total),
                "first_interval": ((*by_parameter, "end"), self.first_interval),
                "total_interval": ((*by_parameter, "end"), self.total_interval),
                "mean": ("quantity", self.mean),
                "deviation": ("quantity", self.deviation),
                "rows": ("quantity", self.rows),
            },
            coords={
                "quantity": list(self.quantities),
                "parameter": list(self.parameters),
                "end": ["lower", "upper"],
            },
            attrs=attributes | {"confidence": self.confidence},
        )


def analyse(
    model: Model,
    space: ParameterSpace,
    measures: Sequence[Measure],
    n: int,
    seed: int,
    confidence: float,
    how: How,
) -> SobolIndices:
    """Indices from ``n`` base rows; see `sensitivity`.

    Raises
    ------
    ParameterError
        Too few rows, or too many.
    SolverError
        No point has a solution.
    """
    if n < LEAST_ROWS:
        raise ParameterError(f"a Sobol analysis needs at least {LEAST_ROWS} base rows, not {n}")
    dimensions = len(space.varied)
    num = n * (dimensions + 2)
    check_size(num, 2 * n * dimensions, measures)
    points = saltelli_points(space, draw("sobol", n, 2 * dimensions, seed))
    solved = solve_points(model, space, num, points, measures, how)
    shown = solved.present(measures)
    found = [_Indices.of(solved, one, n, confidence, seed) for one in shown]
    return SobolIndices(
        model=model.name,
        over=space.varied,
        values=space.fixed,
        select=how.select,
        quantities=tuple(one.name for one in shown),
        status=solved.status,
        unsolved=solved.unsolved,
        n=n,
        seed=seed,
        confidence=confidence,
        first=np.array([one.first for one in found]),
        total=np.array([one.total for one in found]),
        first_interval=np.array([one.ends[0] for one in found]),
        total_interval=np.array([one.ends[1] for one in found]),
        mean=np.array([one.mean for one in found]),
        deviation=np.array([one.deviation for one in found]),
        rows=np.array([one.rows for one in found], dtype=np.int64),
        notes=tuple(one.note for one in found),
    )


def saltelli_points(space: ParameterSpace, shares: Floats) -> Points:
    """The points of Saltelli's scheme, matrix after matrix: A, B, then A with one column of B.

    Parameters
    ----------
    shares : float64 (n, 2 parameters) in [0, 1), those of A before those of B
    """
    num, dimensions = len(shares), len(space.varied)
    of_a, of_b = space.columns(shares[:, :dimensions]), space.columns(shares[:, dimensions:])

    def points(start: int, stop: int) -> dict[str, Floats]:
        matrix, row = np.divmod(np.arange(start, stop), num)
        return {
            name: np.where((matrix == 1) | (matrix == k + 2), of_b[name][row], of_a[name][row])
            for k, name in enumerate(space.names)
        }

    return points


@dataclass(frozen=True, slots=True)
class _Indices:
    """Indices of one quantity: first and total (parameters,), ``ends`` (2, parameters, 2)."""

    first: Floats
    total: Floats
    ends: Floats
    mean: float
    deviation: float
    rows: int
    note: str

    @classmethod
    def of(cls, solved: Solved, measure: Measure, n: int, confidence: float, seed: int) -> _Indices:
        samples = [solved.column(name).reshape(-1, n) for name in measure.columns]
        kept = np.logical_and.reduce([np.isfinite(sample).all(axis=0) for sample in samples])
        rows = int(np.count_nonzero(kept))
        if rows < n:
            samples = [sample[:, kept] for sample in samples]
        dimensions = len(samples[0]) - 2
        none = np.full(dimensions, np.nan)
        lost = np.full((2, dimensions, 2), np.nan)
        if rows < LEAST_ROWS:
            note = f"numbers in {rows} base rows only"
            return cls(none, none, lost, np.nan, np.nan, rows, note)
        scale = max(map(binary_scale, samples))
        samples = [sample / scale for sample in samples]
        base = [sample[:2] for sample in samples]
        mean = scale * float(base[0].mean()) if len(base) == 1 else np.nan
        if all(map(is_constant, base)):
            return cls(none, none, lost, mean, 0.0, rows, "constant")
        found = terms(samples)
        first, total = found.indices(np.ones((1, len(found.rows))))
        # Every quantity sees the same resamples, whatever else is analysed beside it.
        generator = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
        ends = intervals(found, confidence, generator)
        deviation = scale * math.sqrt(sum(float(sample.var()) for sample in base))
        return cls(first[0], total[0], ends, mean, deviation, rows, "")
