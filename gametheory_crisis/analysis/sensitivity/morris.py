"""Which parameters matter at all, from few points: elementary effects along random walks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis.sensitivity.measures import REGIME, Measure
from gametheory_crisis.analysis.sensitivity.solving import How, Solved, check_size, solve_points
from gametheory_crisis.analysis.sensitivity.study import (
    TAIL,
    Floats,
    Study,
    binary_scale,
    finite,
    interval,
)
from gametheory_crisis.analysis.sensitivity.trajectories import (
    elementary_effects,
    mean_interval,
    trajectories,
)
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.sweeps.space import ParameterSpace, Varied

if TYPE_CHECKING:
    import xarray

    from gametheory_crisis.model import Model

LEAST_EFFECTS = 2


@dataclass(frozen=True)
class MorrisEffects(Study):
    """Elementary effects of the parameters on quantities.

    An elementary effect is the change of a quantity when one parameter makes a step and the others
    stay, per whole range of the parameter (of a distribution: per unit of probability).

    Attributes
    ----------
    n : walks; with d parameters that vary, n (d + 1) points were solved
    levels : of each parameter
    seed : from which the walks were drawn
    confidence : of the intervals
    mu : float64 (quantity, parameter), mean effect; nan where there are fewer than two effects
    mu_star : the same, mean size of an effect (Campolongo, Cariboni & Saltelli 2007, Environmental
        Modelling & Software 22)
    sigma : the same, standard deviation of the effects
    mu_star_interval : float64 (quantity, parameter, 2)
    effects : int64 (quantity, parameter), steps that count: those with a number at both ends
    """

    n: int
    levels: int
    seed: int
    confidence: float
    mu: Floats
    mu_star: Floats
    sigma: Floats
    mu_star_interval: Floats
    effects: NDArray[np.int64]

    def __repr__(self) -> str:
        return f"<MorrisEffects of {self.model}: {', '.join(self.quantities)}; {self.n} walks>"

    def table(self, k: int) -> Floats:
        """mu, mu* and sigma, (3, parameter)."""
        return np.stack([self.mu[k], self.mu_star[k], self.sigma[k]])

    def to_dict(self) -> dict[str, Any]:
        """What ``crisis sensitivity --method morris --json`` prints."""
        return self.header("morris") | {
            "n": self.n,
            "levels": self.levels,
            "seed": self.seed,
            "confidence": self.confidence,
            "quantities": {name: self._quantity(k) for k, name in enumerate(self.quantities)},
        }

    def _quantity(self, k: int) -> dict[str, Any]:
        return {
            name: {
                "mu": finite(self.mu[k, i]),
                "mu_star": finite(self.mu_star[k, i]),
                "mu_star_interval": interval(self.mu_star_interval[k, i]),
                "sigma": finite(self.sigma[k, i]),
                "effects": int(self.effects[k, i]),
                "effects_left_out": self.n - int(self.effects[k, i]),
            }
            for i, name in enumerate(self.parameters)
        }

    def to_xarray(self) -> xarray.Dataset:
        """The effects as a data set over quantities and parameters."""
        import xarray

        by_parameter = ("quantity", "parameter")
        attributes = self.attributes("morris") | {"n": self.n, "levels": self.levels}
        return xarray.Dataset(
            {
                "mu": (by_parameter, self.mu),
                "mu_star": (by_parameter, self.mu_star),
                "sigma": (by_parameter, self.sigma),
                "mu_star_interval": ((*by_parameter, "end"), self.mu_star_interval),
                "effects": (by_parameter, self.effects),
            },
            coords={
                "quantity": list(self.quantities),
                "parameter": list(self.parameters),
                "end": ["lower", "upper"],
            },
            attrs=attributes | {"seed": self.seed, "confidence": self.confidence},
        )


def analyse(
    model: Model,
    space: ParameterSpace,
    measures: Sequence[Measure],
    n: int,
    levels: int,
    seed: int,
    confidence: float,
    how: How,
) -> MorrisEffects:
    """Effects along ``n`` walks; see `sensitivity`.

    Raises
    ------
    ParameterError
        Fewer than two walks, or a number of levels that is not even.
    SolverError
        No point has a solution.
    """
    if n < LEAST_EFFECTS:
        raise ParameterError(f"Morris screening needs at least {LEAST_EFFECTS} walks, not {n}")
    dimensions = len(space.varied)
    num = n * (dimensions + 1)
    check_size(num, num * dimensions, measures)
    walk_seed, resample_seed = np.random.SeedSequence(seed).spawn(2)
    generator = np.random.default_rng(walk_seed)
    walks = trajectories(n, dimensions, levels, generator)
    columns = _columns(space, walks.reshape(-1, dimensions))

    def points(start: int, stop: int) -> dict[str, Floats]:
        return {name: column[start:stop] for name, column in columns.items()}

    single = [one for one in measures if one.name != REGIME]
    solved = solve_points(model, space, num, points, single, how)
    shown = solved.present(single)
    found = [_statistics(walks, solved, one, confidence, resample_seed) for one in shown]
    return MorrisEffects(
        model=model.name,
        over=space.varied,
        values=space.fixed,
        select=how.select,
        quantities=tuple(one.name for one in shown),
        status=solved.status,
        unsolved=solved.unsolved,
        n=n,
        levels=levels,
        seed=seed,
        confidence=confidence,
        mu=np.stack([table[0] for table in found]),
        mu_star=np.stack([table[1] for table in found]),
        sigma=np.stack([table[2] for table in found]),
        mu_star_interval=np.stack([table[3:5].T for table in found]),
        effects=np.stack([table[5] for table in found]).astype(np.int64),
    )


def _columns(space: ParameterSpace, shares: Floats) -> dict[str, Floats]:
    """Points from levels between 0 and 1, ends included."""
    inner = shares.copy()
    for k, one in enumerate(space.varied):
        if not _bounded(one):
            inner[:, k] = TAIL + (1 - 2 * TAIL) * inner[:, k]
    return space.columns(inner)


def _bounded(one: Varied) -> bool:
    return math.isfinite(one.low) and math.isfinite(one.high)


def _statistics(
    walks: Floats,
    solved: Solved,
    measure: Measure,
    confidence: float,
    seed: np.random.SeedSequence,
) -> Floats:
    """By parameter: mu, mu*, sigma, both ends of the interval of mu*, effects that count."""
    numbers = solved.column(measure.name).reshape(walks.shape[:2])
    table = np.full((6, walks.shape[2]), np.nan)
    # Every quantity sees the same resamples, whatever else is analysed beside it.
    generator = np.random.default_rng(seed)
    for i, effects in enumerate(elementary_effects(walks, numbers)):
        kept = effects[np.isfinite(effects)]
        table[5, i] = len(kept)
        if len(kept) >= LEAST_EFFECTS:
            sizes, scale = np.abs(kept), binary_scale(kept)
            table[:3, i] = kept.mean(), sizes.mean(), scale * (kept / scale).std(ddof=1)
            table[3:5, i] = mean_interval(sizes, confidence, generator)
    return table
