"""The panels of a map: solved one after the other, drawn together, and summed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.cli.summary import summarise, summary_lines
from gametheory_crisis.cli.wording import columns
from gametheory_crisis.results import plain
from gametheory_crisis.sweeps.adaptive import Adaptive, run_adaptive
from gametheory_crisis.sweeps.sweep import Sweep, run_sweep

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gametheory_crisis.model import Model
    from gametheory_crisis.solvers.spreading import Progress


@dataclass(frozen=True, slots=True)
class MapPanels:
    """The maps of one picture.

    Attributes
    ----------
    grid : the axes, x first
    sweeps : one for each panel
    filled : the same where not all cells were solved
    facet : the parameter that changes from panel to panel, and its values
    select : the rule where a cell has several equilibria
    """

    model: Model
    grid: Mapping[str, NDArray[np.float64]]
    sweeps: Sequence[Sweep]
    filled: Sequence[Adaptive]
    facet: tuple[str, tuple[Fraction, ...]] | None
    select: str | None

    def draw(self, quantity: str) -> Figure:
        """The picture."""
        from gametheory_crisis.plots.map_legend import percent
        from gametheory_crisis.plots.regime_map import draw_facets, draw_map

        share = self._evaluated / sum(sweep.status.size for sweep in self.sweeps)
        note = f"solved {percent(share)} of cells, the rest filled" if share < 1 else ""
        select = self.select
        if select is None and quantity != "regime":
            select = self.model.block_solver.default
        if self.facet is None:
            (sweep,) = self.sweeps
            return draw_map(self.model, sweep, quantity, select=select, note=note)
        name, _ = self.facet
        return draw_facets(self.model, self.sweeps, quantity, facet=name, select=select, note=note)

    def summary(self, quantity: str, output: Path) -> dict[str, Any]:
        """What ``--json`` prints; shares are of the cells of all panels."""
        whole = _joined(self.sweeps)
        summary = summarise(whole, "map", output) | {"quantity": quantity}
        summary["axes"] = {name: summary["axes"][name] for name in self.grid}
        summary["select"] = self.select
        summary["regime_sets"] = _regime_sets(whole)
        summary["evaluated"] = self._evaluated
        summary["guarantee"] = self._guarantee(0) if self.facet is None else None
        summary["facet"], summary["panels"] = None, []
        if self.facet is not None:
            name, values = self.facet
            summary["facet"] = name
            del summary["parameters"][name]
            summary["panels"] = [
                self._panel(k, value, sweep)
                for k, (value, sweep) in enumerate(zip(values, self.sweeps, strict=True))
            ]
        return summary

    def lines(self, summary: dict[str, Any]) -> list[str]:
        """The same for people."""
        lines = summary_lines(summary)
        if not summary["panels"]:
            return lines + ([summary["guarantee"]] if summary["guarantee"] else [])
        from gametheory_crisis.plots.map_words import told_apart

        name, panels = summary["facet"], summary["panels"]
        values = told_apart([float(panel["value"]) for panel in panels], 6)
        present = [regime for regime, share in summary["among"].items() if share]
        solved = ("solved",) if self.filled else ()
        rows = [(name, *present, *solved)]
        for value, panel in zip(values, panels, strict=True):
            shares = [f"{panel['regimes'][regime]:.2%}" for regime in present]
            counts = [f"{panel['evaluated']:,}"] if self.filled else []
            rows.append((value, *shares, *counts))
        lines += ["panels", *columns(rows)]
        if self.filled:
            others = "" if len(panels) == 1 else " So with the other panels."
            lines.append(f"{name} = {values[0]}: {panels[0]['guarantee']}{others}")
        return lines

    @property
    def _evaluated(self) -> int:
        if self.filled:
            return sum(one.solved for one in self.filled)
        return sum(sweep.status.size for sweep in self.sweeps)

    def _panel(self, k: int, value: Fraction, sweep: Sweep) -> dict[str, Any]:
        """What ``--json`` says of one panel."""
        alone = summarise(sweep, "map")
        kept = {name: alone[name] for name in ("cells", "regimes", "among", "status")}
        evaluated = self.filled[k].solved if self.filled else alone["cells"]
        return {
            "value": plain(value),
            **kept,
            "regime_sets": _regime_sets(sweep),
            "evaluated": evaluated,
            "guarantee": self._guarantee(k),
        }

    def _guarantee(self, k: int) -> str | None:
        """What an adaptive panel says of the cells that were not solved."""
        return self.filled[k].guarantee if self.filled else None


def solve_panels(
    model: Model,
    grid: Mapping[str, NDArray[np.float64]],
    values: Mapping[str, Fraction],
    facet: tuple[str, tuple[Fraction, ...]] | None,
    *,
    select: str | None,
    adaptive: bool,
    progress: Progress | None,
) -> MapPanels:
    """Solve the panels of a map one after the other; see `MapPanels`."""
    rows_first = dict(reversed(list(grid.items())))
    points: list[dict[str, Fraction]] = [dict(values)]
    if facet is not None:
        name, listed = facet
        for taken, use in ((grid, "is an axis"), (values, "is set with -p")):
            if name in taken:
                raise click.UsageError(f"'{name}' {use} and also the facet")
        points = [{**values, name: value} for value in listed]
    sweeps, filled = [], []
    for point in points:
        if adaptive:
            found = run_adaptive(model, rows_first, point, select=select, progress=progress)
            filled.append(found)
            sweeps.append(found.sweep)
        else:
            sweeps.append(run_sweep(model, rows_first, point, select=select, progress=progress))
    return MapPanels(model, grid, sweeps, filled, facet, select)


def _joined(sweeps: Sequence[Sweep]) -> Sweep:
    """All panels as one sweep, of which only the counts of cells mean anything."""
    names = ("regime", "regimes_mask", "status")
    arrays: dict[str, Any] = {
        name: np.stack([getattr(sweep, name) for sweep in sweeps]) for name in names
    }
    return replace(sweeps[0], **arrays)


def _regime_sets(sweep: Sweep) -> list[dict[str, Any]]:
    """The sets of regimes that share a cell, the most common first, with their share of all cells.

    A cell counts with the regimes of all equilibria found in it.
    """
    masks, counts = np.unique(sweep.regimes_mask, return_counts=True)
    ordered = sorted(zip(masks.tolist(), counts.tolist(), strict=True), key=lambda pair: -pair[1])
    return [
        {
            "regimes": [name for k, name in enumerate(sweep.regimes) if mask >> k & 1],
            "share": count / sweep.status.size,
        }
        for mask, count in ordered
        if mask
    ]
