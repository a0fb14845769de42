"""Sensitivity analyses as lines for people, and as a table of numbers."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gametheory_crisis.analysis.sensitivity.morris import MorrisEffects
from gametheory_crisis.analysis.sensitivity.profiles import Profiles
from gametheory_crisis.analysis.sensitivity.sobol import SobolIndices
from gametheory_crisis.cli.output import write_file
from gametheory_crisis.cli.wording import columns, listing, number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gametheory_crisis.analysis.sensitivity.run import Sensitivity
    from gametheory_crisis.sweeps.space import Varied

NOTHING = 0.01
"""Parameters whose total indices surely lie below are named together."""
SEVERAL = ("tie", "several regimes")
"""Statuses of points with several equilibria."""
WIDE = 0.5
"""An index whose interval is longer is hardly known."""


def lines(title: str, found: Sensitivity) -> list[str]:
    """An analysis for people: what was done, then quantity by quantity, what matters most first."""
    head: list[tuple[str, str]] = [("vary", ", ".join(map(_spread, found.over)))]
    if isinstance(found, Profiles):
        at = ", ".join(f"{name} = {number(value)}" for name, value in found.base.items())
        head.append(("through", at))
    head.append(("points", _points(found)))
    told = [title, *columns(head)]
    for k in range(len(found.quantities)):
        told += ["", *_quantity(found, k)]
    if isinstance(found, SobolIndices) and (wide := _wide(found)):
        told += ["", f"wide intervals, of {listing(wide)}: a larger -n narrows them"]
    return told


def _quantity(found: Sensitivity, k: int) -> list[str]:
    twin = found.twin(k)
    if twin is not None:
        return [f"{found.quantities[k]}: the same as {twin}"]
    match found:
        case SobolIndices():
            return _indices(found, k)
        case MorrisEffects():
            return _effects(found, k)
        case Profiles():
            return _bars(found, k)


def _spread(one: Varied) -> str:
    kind = "" if one.distribution is None else f" ({type(one.distribution).__name__.lower()})"
    return f"{one.name} {number(one.low)} to {number(one.high)}{kind}"


def _points(found: Sensitivity) -> str:
    match found:
        case SobolIndices():
            made = f"{found.n:,} base rows, seed {found.seed}"
        case MorrisEffects():
            made = f"{found.n:,} walks on {found.levels} levels, seed {found.seed}"
        case Profiles():
            made = "one parameter at a time"
    told = f"{found.points:,} ({made})"
    several = sum(found.status.get(word, 0) for word in SEVERAL)
    counted = "the first" if found.select is None else f"that of '{found.select}'"
    more = f"; {several:,} with several equilibria, of which {counted} counts" if several else ""
    if not found.unsolved:
        return f"{told}, all solved{more}"
    reasons = ", ".join(
        f"{count:,} {word}"
        for word, count in found.status.items()
        if word not in ("solved", *SEVERAL)
    )
    return f"{told}, {found.unsolved / found.points:.2%} unsolved ({reasons}){more}"


# Sobol


def _indices(found: SobolIndices, k: int) -> list[str]:
    name, note = found.quantities[k], found.notes[k]
    if note:
        value = f" at {found.mean[k]:.3g}" if math.isfinite(found.mean[k]) else ""
        return [f"{name}: no indices, {note}{value}{_rows_left_out(found, k)}"]
    numbers = [f"standard deviation {found.deviation[k]:.3g}"]
    if math.isfinite(found.mean[k]):
        numbers.insert(0, f"mean {found.mean[k]:.3g}")
    order = np.argsort(-found.total[k], kind="stable")
    # Where there is no interval, nothing is sure.
    small = [i for i in order if found.total_interval[k, i, 1] < NOTHING]
    rows = [
        (
            found.parameters[i],
            _between(found.total[k, i], found.total_interval[k, i]),
            _between(found.first[k, i], found.first_interval[k, i]),
        )
        for i in order
        if i not in small
    ]
    told = [f"{name}: {', '.join(numbers)}{_rows_left_out(found, k)}"]
    told += columns([("", "total", "first order"), *rows])
    if small:
        named = listing([found.parameters[i] for i in small])
        told.append(f"  {named}: below {NOTHING:g}")
    return told


def _wide(found: SobolIndices) -> list[str]:
    """Quantities of whose indices little is known; of twins the first."""
    lengths = np.diff(found.total_interval, axis=2)[:, :, 0].max(axis=1)
    return [
        name
        for k, name in enumerate(found.quantities)
        if lengths[k] > WIDE and found.twin(k) is None
    ]


def _rows_left_out(found: SobolIndices, k: int) -> str:
    left = found.n - int(found.rows[k])
    return f"; {left:,} of {found.n:,} base rows without a number left out" if left else ""


def _between(value: float, ends: NDArray[np.float64]) -> str:
    """An index with its interval, in two digits."""
    if not np.isfinite(ends).all():
        return _share(value)
    return f"{_share(value)} [{_share(ends[0])}, {_share(ends[1])}]"


def _share(value: float) -> str:
    # Adding zero makes of a negative zero a zero.
    return f"{round(float(value), 2) + 0.0:.2f}"


# Morris


def _effects(found: MorrisEffects, k: int) -> list[str]:
    steps = found.n * len(found.parameters)
    left = steps - int(found.effects[k].sum())
    lost = f": {left:,} of {steps:,} steps without a number left out" if left else ""
    known = np.nan_to_num(found.mu_star[k], nan=-1.0)
    rows = [
        (
            found.parameters[i],
            _sized(found.mu_star[k, i], found.mu_star_interval[k, i]),
            _signed(found.mu[k, i]),
            _signed(found.sigma[k, i]),
        )
        for i in np.argsort(-known, kind="stable")
    ]
    return [found.quantities[k] + lost, *columns([("", "mu*", "mu", "sigma"), *rows])]


def _sized(value: float, ends: NDArray[np.float64]) -> str:
    if not math.isfinite(value):
        return "no number"
    return f"{value:.3g} [{ends[0]:.3g}, {ends[1]:.3g}]"


def _signed(value: float) -> str:
    return f"{value + 0.0:.3g}" if math.isfinite(value) else ""


# Profiles


def _bars(found: Profiles, k: int) -> list[str]:
    name, base = found.quantities[k], float(found.base_numbers[k])
    bars = found.tornado(name)
    rows = [
        (
            bar.parameter,
            f"{bar.lowest:.3g}",
            number(bar.lowest_at),
            f"{bar.highest:.3g}",
            number(bar.highest_at),
        )
        for bar in bars
        if bar.swing > 0
    ]
    still = [bar.parameter for bar in bars if bar.swing == 0]
    blank = set(found.parameters).difference(bar.parameter for bar in bars)
    told = [f"{name}: {f'{base:.3g}' if math.isfinite(base) else 'no number'} at the point"]
    if rows:
        told += columns([("", "lowest", "at", "highest", "at"), *rows])
    if still:
        told.append(f"  {listing(still)}: no effect")
    if blank:
        told.append(f"  {listing([name for name in found.parameters if name in blank])}: no number")
    return told


# A table of numbers

HEADINGS = {
    SobolIndices: (
        "quantity",
        "parameter",
        "total",
        "total_lower",
        "total_upper",
        "first",
        "first_lower",
        "first_upper",
    ),
    MorrisEffects: (
        "quantity",
        "parameter",
        "mu_star",
        "mu_star_lower",
        "mu_star_upper",
        "mu",
        "sigma",
        "effects",
    ),
    Profiles: ("quantity", "parameter", "at", "number"),
}


def write_csv(found: Sensitivity, path: Path) -> None:
    """One row per quantity and parameter, of profiles per point; what is no number is empty."""

    def write(target: Path) -> None:
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADINGS[type(found)])
            for k, quantity in enumerate(found.quantities):
                for parameter, numbers in _rows(found, k):
                    kept = ["" if value != value else value for value in numbers]
                    writer.writerow([quantity, parameter, *kept])

    write_file(path, write)


def _rows(found: Sensitivity, k: int) -> Iterator[tuple[str, Sequence[float]]]:
    """Per row the parameter and the numbers of one quantity."""
    for i, name in enumerate(found.parameters):
        match found:
            case SobolIndices():
                total = [float(found.total[k, i]), *found.total_interval[k, i].tolist()]
                yield name, [*total, float(found.first[k, i]), *found.first_interval[k, i].tolist()]
            case MorrisEffects():
                size = [float(found.mu_star[k, i]), *found.mu_star_interval[k, i].tolist()]
                others = float(found.mu[k, i]), float(found.sigma[k, i])
                yield name, [*size, *others, int(found.effects[k, i])]
            case Profiles():
                one = found.profiles[i]
                for at, value in zip(one.at.tolist(), one.numbers[k].tolist(), strict=True):
                    yield name, [at, value]
