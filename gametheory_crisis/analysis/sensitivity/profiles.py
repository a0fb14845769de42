"""One parameter at a time, from end to end of its range, the others as they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gametheory_crisis.analysis.sensitivity.measures import REGIME, Measure
from gametheory_crisis.analysis.sensitivity.solving import How, Solved, check_size, solve_points
from gametheory_crisis.analysis.sensitivity.study import CONSTANT, TAIL, Floats, Study, finite
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.sweeps.space import ParameterSpace, Varied

if TYPE_CHECKING:
    import xarray

    from gametheory_crisis.model import Model


@dataclass(frozen=True)
class Profile:
    """How quantities depend on one parameter.

    Attributes
    ----------
    parameter : its name
    at : float64 (points,), its values, ascending; its own among them where it lies in the range
    numbers : float64 (quantity, points), nan where there is no number
    unsolved : how many points have no solution
    """

    parameter: str
    at: Floats
    numbers: Floats
    unsolved: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of one parameter in a tornado.

    Attributes
    ----------
    parameter : its name
    lowest, highest : of the quantity along the profile
    lowest_at, highest_at : the value of the parameter at which it is so, of several the one nearest
        to the parameter's own
    """

    parameter: str
    lowest: float
    highest: float
    lowest_at: float
    highest_at: float

    @property
    def swing(self) -> float:
        """Length of the bar."""
        return self.highest - self.lowest


@dataclass(frozen=True)
class Profiles(Study):
    """Profiles of quantities along every parameter, through one point.

    Attributes
    ----------
    base : the parameters that vary, at the point
    base_numbers : float64 (quantity,), nan where there is none
    profiles : one for each parameter, in the order of ``over``
    """

    base: dict[str, float]
    base_numbers: Floats
    profiles: tuple[Profile, ...]

    def __repr__(self) -> str:
        return f"<Profiles of {self.model}: {', '.join(self.quantities)}>"

    def tornado(self, quantity: str) -> tuple[Bar, ...]:
        """The bars of a quantity, the longest first; a profile without a number has none.

        Raises
        ------
        ParameterError
            The quantity was not analysed.
        """
        if quantity not in self.quantities:
            raise ParameterError(f"no profiles of '{quantity}'; of {', '.join(self.quantities)}")
        k = self.quantities.index(quantity)
        bars = [
            _bar(one, k, self.base[one.parameter])
            for one in self.profiles
            if np.isfinite(one.numbers[k]).any()
        ]
        return tuple(sorted(bars, key=lambda bar: -bar.swing))

    def table(self, k: int) -> Floats:
        """The numbers of all profiles, one after the other."""
        return np.concatenate([one.numbers[k] for one in self.profiles])

    def to_dict(self) -> dict[str, Any]:
        """What ``crisis sensitivity --method profiles --json`` prints."""
        return self.header("profiles") | {
            "base": self.base,
            "quantities": {
                name: {
                    "base": finite(self.base_numbers[k]),
                    "tornado": {bar.parameter: _bar_to_dict(bar) for bar in self.tornado(name)},
                    "profiles": {
                        one.parameter: [finite(number) for number in one.numbers[k]]
                        for one in self.profiles
                    },
                }
                for k, name in enumerate(self.quantities)
            },
            "at": {one.parameter: one.at.tolist() for one in self.profiles},
        }

    def to_xarray(self) -> xarray.Dataset:
        """The profiles as a data set over quantities, parameters and steps.

        Whole numbers may take fewer steps than others; what is left is nan.
        """
        import xarray

        steps = max(len(one.at) for one in self.profiles)
        at = np.full((len(self.profiles), steps), np.nan)
        numbers = np.full((len(self.quantities), *at.shape), np.nan)
        for i, one in enumerate(self.profiles):
            at[i, : len(one.at)] = one.at
            numbers[:, i, : len(one.at)] = one.numbers
        return xarray.Dataset(
            {
                "at": (("parameter", "step"), at),
                "number": (("quantity", "parameter", "step"), numbers),
                "base": ("quantity", self.base_numbers),
                "base_at": ("parameter", [self.base[name] for name in self.parameters]),
            },
            coords={"quantity": list(self.quantities), "parameter": list(self.parameters)},
            attrs=self.attributes("profiles"),
        )


def _bar(profile: Profile, k: int, own: float) -> Bar:
    known = np.isfinite(profile.numbers[k])
    at, numbers = profile.at[known], profile.numbers[k, known]
    rounding = CONSTANT * float(np.abs(numbers).max())
    lowest, highest = float(numbers.min()), float(numbers.max())
    if highest - lowest <= rounding:
        highest = lowest
    places = [
        float(at[alike][np.abs(at[alike] - own).argmin()])
        for alike in (numbers <= lowest + rounding, numbers >= highest - rounding)
    ]
    return Bar(profile.parameter, lowest, highest, places[0], places[1])


def _bar_to_dict(bar: Bar) -> dict[str, float]:
    return {name: getattr(bar, name) for name in Bar.__slots__ if name != "parameter"}


def analyse(
    model: Model,
    space: ParameterSpace,
    base: dict[str, float],
    measures: Sequence[Measure],
    n: int,
    how: How,
) -> Profiles:
    """Profiles of ``n`` points each through ``base``; see `sensitivity`.

    Raises
    ------
    ParameterError
        Fewer than two points.
    SolverError
        No point has a solution.
    """
    if n < 2:
        raise ParameterError(f"a profile has at least two points, not {n}")
    dimensions = len(space.varied)
    check_size(n * dimensions, n * dimensions**2, measures)
    axes = [_axis(one, base[one.name], n) for one in space.varied]
    columns = _columns(space.names, axes, base)
    num = 1 + sum(map(len, axes))

    def points(start: int, stop: int) -> dict[str, Floats]:
        return {name: column[start:stop] for name, column in columns.items()}

    single = [one for one in measures if one.name != REGIME]
    solved = solve_points(model, space, num, points, single, how)
    shown = solved.present(single)
    numbers = np.stack([solved.column(one.name) for one in shown])
    return Profiles(
        model=model.name,
        over=space.varied,
        values=space.fixed,
        select=how.select,
        quantities=tuple(one.name for one in shown),
        status=solved.status,
        unsolved=solved.unsolved,
        base=base,
        base_numbers=numbers[:, 0],
        profiles=_cut(space.names, axes, numbers, solved),
    )


def _axis(one: Varied, own: float, n: int) -> Floats:
    """Values from end to end, and the parameter's own."""
    low, high = one.low, one.high
    if one.distribution is not None:
        tails = np.asarray(one.distribution.quantile(np.array([TAIL, 1 - TAIL])))
        low = low if math.isfinite(low) else float(tails[0])
        high = high if math.isfinite(high) else float(tails[1])
    values = np.linspace(low, high, n)
    if one.integer:
        values = np.rint(values)
    if low <= own <= high:
        values = np.append(values, own)
    return np.unique(values)


def _columns(
    names: Sequence[str], axes: Sequence[Floats], base: dict[str, float]
) -> dict[str, Floats]:
    """The point itself, then profile after profile, as columns."""
    num = 1 + sum(map(len, axes))
    columns = {name: np.full(num, base[name]) for name in names}
    start = 1
    for name, axis in zip(names, axes, strict=True):
        columns[name][start : start + len(axis)] = axis
        start += len(axis)
    return columns


def _cut(
    names: Sequence[str], axes: Sequence[Floats], numbers: Floats, solved: Solved
) -> tuple[Profile, ...]:
    profiles, start = [], 1
    for name, axis in zip(names, axes, strict=True):
        stop = start + len(axis)
        unsolved = int(np.count_nonzero(solved.regime[start:stop] < 0))
        profiles.append(Profile(name, axis, numbers[:, start:stop], unsolved))
        start = stop
    return tuple(profiles)
