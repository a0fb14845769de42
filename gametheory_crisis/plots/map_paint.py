"""What each kind of cell looks like on a map, and what the legend says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from gametheory_crisis.errors import ParameterError
from gametheory_crisis.language.graph import Outcome
from gametheory_crisis.plots import hatching, style
from gametheory_crisis.plots.hatching import Image
from gametheory_crisis.plots.map_cells import TIE, UNSELECTED, Kind
from gametheory_crisis.plots.map_legend import Entry

if TYPE_CHECKING:
    from gametheory_crisis.sweeps.sweep import Sweep

UNSOLVED = {
    0: "not computed yet",
    4: "not converged",
    5: "a payoff is not finite",
    6: "no game at this point",
    UNSELECTED: "the rule selects no equilibrium",
}
UNDEFINED, UNDEFINED_STATUS = "not a finite number", 7
"""Of cells that are solved, but whose quantity is infinite or undefined."""
MOST_MARKS = 6
"""Sets of regimes beyond that many are one line of the legend."""
GREY, GREY_LINES = "#e2e2e2", "#9a9a9a"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colour, hatch and label of every regime, by its index in the sweep."""

    colours: tuple[str, ...]
    labels: tuple[str, ...]

    @classmethod
    def of(
        cls, regimes: Sequence[str], outcomes: Mapping[str, Outcome], shown: Sequence[str]
    ) -> Palette:
        """Colours and labels of the outcomes that regimes are named after, and spare ones.

        Those that are ``shown`` come first, so that they differ as long as there are colours.
        """
        chosen = {name: outcome.colour for name, outcome in outcomes.items()}
        colours = style.colours_of(regimes, {}) | style.colours_of(shown, chosen)
        known = {name: outcome.label for name, outcome in outcomes.items()}
        return cls(
            tuple(colours[name] for name in regimes),
            tuple(known.get(name) or name for name in regimes),
        )

    def regime(self, k: int, rows: int, columns: int) -> Image:
        """The look of regime ``k``."""
        return hatching.hatched(self.colours[k], k, rows, columns)

    def kind(self, kind: Kind, rows: int, columns: int) -> Image:
        """The look of a kind of cell."""
        if not kind.solved:
            return unsolved(kind.status, rows, columns)
        # In the regimes' own order, so that a set of regimes looks the same whichever comes first.
        layers = [self.regime(k, rows, columns) for k in sorted(kind.regimes)]
        image = hatching.striped(layers)
        return hatching.dotted(image) if kind.status == TIE and len(kind.regimes) == 1 else image

    def title(self, kind: Kind) -> str:
        """What the legend calls a kind of solved cell that is marked."""
        names = " or ".join(self.labels[k] for k in sorted(kind.regimes))
        return f"tie: {names}" if kind.status == TIE else names


def unsolved(status: int, rows: int, columns: int) -> Image:
    """The look of cells without a solution; every status has its own hatch."""
    return hatching.blend(GREY, GREY_LINES, hatching.coverage(1 + status % 8, rows, columns))


def assembled(
    cells: NDArray[np.int64], kinds: Sequence[Kind], look: Callable[[Kind, int, int], Image]
) -> Image:
    """The image whose pixel ``[row, column]`` has the look of the kind ``cells[row, column]``."""
    image = np.empty((*cells.shape, 3), dtype=np.float32)
    for number in np.unique(cells):
        here = cells == number
        image[here] = look(kinds[number], *cells.shape)[here]
    return image


def legend_of_regimes(
    palette: Palette, kinds: Sequence[Kind], index: NDArray[np.int64]
) -> list[Entry]:
    """Regimes with their shares, then what the marks mean."""
    shares = _shares(kinds, index)
    of_regime = np.zeros(len(palette.labels))
    for kind, share in zip(kinds, shares, strict=True):
        if kind.solved:
            of_regime[kind.regimes[0]] += share
    entries = [
        Entry(palette.labels[k], share, partial(palette.regime, k))
        for k, share in enumerate(of_regime)
        if share > 0
    ]
    marked = _legend_of_marks(palette, kinds, shares)
    return [*entries, Entry("of these, with further equilibria:"), *marked] if marked else entries


def _legend_of_marks(
    palette: Palette, kinds: Sequence[Kind], shares: Sequence[float]
) -> list[Entry]:
    """One entry for each set of regimes that share a cell, the most common first."""
    marked: dict[Kind, float] = {}
    for kind, share in zip(kinds, shares, strict=True):
        if kind.solved and (kind.status == TIE or len(kind.regimes) > 1):
            alike = Kind(kind.status, tuple(sorted(kind.regimes)))
            marked[alike] = marked.get(alike, 0.0) + share
    ordered = sorted(marked.items(), key=lambda item: -item[1])
    entries = [
        Entry(palette.title(kind), share, partial(palette.kind, kind))
        for kind, share in ordered[:MOST_MARKS]
    ]
    rest = ordered[MOST_MARKS:]
    if rest:
        look = partial(palette.kind, rest[0][0])
        entries.append(Entry("other sets of regimes", sum(share for _, share in rest), look))
    return entries


def legend_of_unsolved(kinds: Sequence[Kind], index: NDArray[np.int64]) -> list[Entry]:
    """Why cells are grey, with the share of each reason."""
    entries = [
        Entry(UNSOLVED.get(kind.status, UNDEFINED), share, partial(unsolved, kind.status))
        for kind, share in zip(kinds, _shares(kinds, index), strict=True)
        if not kind.solved and share > 0
    ]
    return [Entry("unsolved:"), *entries] if entries else []


def _shares(kinds: Sequence[Kind], index: NDArray[np.int64]) -> list[float]:
    counts = np.bincount(index.ravel(), minlength=len(kinds))
    return [float(count) / index.size for count in counts]


@dataclass(frozen=True, slots=True)
class Field:
    """A number of every cell ``values[y, x]`` with its name, colours and their ends."""

    values: NDArray[np.float64]
    label: str
    colours: str
    norm: Normalize

    def image(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Image:
        """The field in colours at the given cells, where it is finite."""
        finite = np.where(np.isfinite(self.values), self.values, self.norm.vmin or 0.0)
        shown = self.norm(finite[np.ix_(rows, columns)])
        return np.asarray(colormaps[self.colours](shown)[..., :3], dtype=np.float32)


def field_of(sweep: Sweep, quantity: str) -> Field | None:
    """The field that ``quantity`` names; None for the regime.

    Raises
    ------
    ParameterError
        If there is no such quantity, outcome or player.
    """
    sort, _, name = quantity.partition(":")
    named = {
        "probability": (sweep.outcomes, sweep.probability, "cividis"),
        "payoff": (sweep.players, sweep.payoff, "viridis"),
    }
    if quantity == "regime":
        return None
    if quantity == "day":
        return _field(sweep.expected_day, "expected day of the end", "viridis")
    if sort not in named:
        wanted = "regime, probability:OUTCOME, payoff:PLAYER or day"
        raise ParameterError(f"unknown quantity '{quantity}'; a map shows {wanted}")
    names, values, colours = named[sort]
    if name not in names:
        raise ParameterError(f"unknown quantity '{quantity}': the {sort} of {', '.join(names)}")
    label = f"{sort} of {name}"
    ends = (0.0, 1.0) if sort == "probability" else None
    return _field(values[list(names).index(name)], label, colours, ends)


def _field(
    values: NDArray[np.float64],
    label: str,
    colours: str,
    ends: tuple[float, float] | None = None,
) -> Field:
    if ends is None:
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        # A constant field still needs two ends for a colour bar.
        ends = (low, high) if low < high else (low - (abs(low) or 1), high + (abs(high) or 1))
    return Field(values, label, colours, Normalize(*ends))


def without_undefined(
    kinds: Sequence[Kind], index: NDArray[np.int64], field: Field
) -> tuple[list[Kind], NDArray[np.int64]]:
    """The same kinds and cells, with one more kind for solved cells whose field is not finite."""
    solved = np.array([kind.solved for kind in kinds])[index]
    undefined = solved & ~np.isfinite(field.values)
    return [*kinds, Kind(UNDEFINED_STATUS)], np.where(undefined, len(kinds), index)
