"""A timeline as a table: days on which the same happens become one line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.analysis.timeline import Timeline
from gametheory_crisis.cli.cutoff_words import tidy
from gametheory_crisis.cli.output import style, write_file
from gametheory_crisis.cli.wording import columns, ending, number
from gametheory_crisis.language.graph import Graph, edges

SCHEMA = "gametheory_crisis.timelines/1"
ALIKE, ROUNDING = 1e-9, 1e-15
"""Days whose hazards differ by no more than this share are alike; rounding of what is undecided."""
MANY_PHASES = 24
"""With more, neighbours are put together until each holds its part of the probability."""


@dataclass(frozen=True, slots=True)
class Phase:
    """Consecutive days."""

    first: int
    last: int

    @property
    def days(self) -> slice:
        """The days as indices."""
        return slice(self.first, self.last + 1)


def document(found: Sequence[Timeline], name: str) -> dict[str, Any]:
    """What ``--json`` prints: one timeline, or those that are compared by parameter ``name``."""
    if not name:
        return found[0].to_dict()
    return {
        "schema": SCHEMA,
        "model": found[0].model,
        "parameter": name,
        "timelines": [line.to_dict() for line in found],
    }


def lines(graph: Graph, found: Sequence[Timeline], name: str) -> list[str]:
    """The same for people."""
    text = [style(graph.title, bold=True)]
    for line in found:
        if name:
            text += ["", style(f"{name} = {number(line.parameters[name])}", bold=True)]
        text += [*_heading(graph, line), *columns([_titles(line), *_rows(line)])]
    return text


def write_csv(found: Sequence[Timeline], name: str, path: Path) -> None:
    """Write every day of every timeline as a row, whole or not at all."""
    tables = [_table(line, name) for line in found]

    def write(target: Path) -> None:
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(tables[0])
            for table in tables:
                writer.writerows(zip(*map(_cells, table.values()), strict=True))

    write_file(path, write)


def _cells(column: NDArray[Any]) -> list[Any]:
    """A column as Python numbers, empty where there is none."""
    return ["" if value != value else value for value in column.tolist()]


def phases(line: Timeline) -> list[Phase]:
    """All days of a timeline, those that are alike together.

    Alike are days in a row with the same hazard of each outcome. The deadline stands by itself.
    """
    hazard = line.hazard
    before, after = hazard[:, :-1], hazard[:, 1:]
    # What is undecided is known up to rounding, which counts the more the fewer plays are left.
    slack = ROUNDING / line.reached[1:] if line.undecided > 0 else 0.0
    alike = np.abs(after - before) <= ALIKE * np.maximum(before, after) + slack
    changes = ~np.all(alike, axis=0)
    starts = {0, *(np.flatnonzero(changes) + 1).tolist()}
    if line.deadline is not None:
        starts |= {day for day in (line.deadline, line.deadline + 1) if day in line.days}
    if line.offers.size:
        starts |= _news(line)
    first = sorted(starts)
    found = [Phase(a, b - 1) for a, b in zip(first, [*first[1:], len(line.days)], strict=True)]
    return found if len(found) <= MANY_PHASES else _coarser(line, found)


def _news(line: Timeline) -> set[int]:
    """The last day of daily offers, and the day after."""
    last = int(np.flatnonzero(np.isfinite(line.offers)).max(initial=0))
    return {day for day in (last, last + 1) if day in line.days}


def _coarser(line: Timeline, found: list[Phase]) -> list[Phase]:
    """Neighbours put together as long as they hold less than their part of the probability."""
    ending = line.probability.sum(axis=0)
    part = float(ending.sum()) / MANY_PHASES
    result = found[:1]
    alone = _news(line) if line.offers.size else set()
    for phase in found[1:]:
        apart = line.deadline in (phase.first, result[-1].last) or phase.first in alone
        together = Phase(result[-1].first, phase.last)
        if not apart and ending[together.days].sum() <= part:
            result[-1] = together
        else:
            result.append(phase)
    return result


def _heading(graph: Graph, line: Timeline) -> list[str]:
    which = f", equilibrium {line.equilibrium + 1} of {line.equilibria}"
    rows = [
        ("regime", line.regime + (which if line.equilibria > 1 else "")),
        ("ends", ending(line.expected_day, line.forever)),
    ]
    if line.deadline is not None:
        rows.append(("deadline", f"day {line.deadline}"))
    elif not any(edge.days for node in graph.nodes.values() for edge in edges(node)):
        rows.append(("days", "none pass in this model: all moves are made on day 0"))
    if line.forever > 0:
        rows.append(("forever", number(line.forever)))
    return [*columns(rows), ""]


def _shown(line: Timeline) -> list[int]:
    """The outcomes that may happen."""
    return [k for k, name in enumerate(line.outcomes) if line.total[name] > 0]


def _titles(line: Timeline) -> list[str]:
    names = [line.outcomes[k] for k in _shown(line)]
    titles = ["days", *names, "ended", "still going on", "daily hazard"]
    if line.offers.size:
        titles.append("likeliest offer" if line.screening.drawn else "offer")
    return titles + ([f"{line.screening.number} left"] if line.cutoffs.size else [])


def _rows(line: Timeline) -> Iterator[list[str]]:
    for phase in phases(line):
        shares = line.probability[:, phase.days].sum(axis=1)
        yield [
            _days(phase, line),
            *(number(float(shares[k])) for k in _shown(line)),
            number(float(line.cumulative[:, phase.last].sum())),
            number(float(line.surviving[phase.last])),
            _hazards(line.hazard[:, phase.days].sum(axis=0)),
            *_offered(line, phase),
        ]


def _offered(line: Timeline, phase: Phase) -> list[str]:
    """What is offered in a phase, and which types are left at its end."""
    if not line.offers.size:
        return []
    offers = line.offers[phase.days]
    offers = offers[np.isfinite(offers)]
    span = [number(float(x)) for x in (offers[:1].tolist() + offers[-1:].tolist())]
    told = [" to ".join(dict.fromkeys(span))]
    if line.cutoffs.size:
        low, high = (number(tidy(float(end))) for end in line.screening.left[:, phase.last])
        known = bool(np.isfinite(line.cutoffs[phase.last]))
        told.append(f"{low} to {high}" if known else "")
    return told


def _days(phase: Phase, line: Timeline) -> str:
    """The days of a phase; what is still open on the last day that is known goes on as before."""
    deadline = line.deadline
    if phase.last == len(line.days) - 1 and (line.undecided > 0 or line.forever > 0):
        return f"from {phase.first} on"
    if phase.first < phase.last:
        return f"{phase.first} to {phase.last}"
    return f"{phase.first} (deadline)" if phase.first == deadline else str(phase.first)


def _hazards(hazard: NDArray[np.float64]) -> str:
    """The chance that play ends on a day that it reaches, least and largest."""
    low, high = f"{hazard.min():.3g}", f"{hazard.max():.3g}"
    return number(float(hazard[0])) if low == high else f"{low} to {high}"


def _table(line: Timeline, name: str) -> dict[str, NDArray[Any]]:
    """Every day as a row."""
    table: dict[str, NDArray[Any]] = {}
    if name:
        table[name] = np.full(len(line.days), float(line.parameters[name]))
    table["day"] = line.days
    table["surviving"] = line.surviving
    kinds = {
        "probability": line.probability,
        "cumulative": line.cumulative,
        "hazard": line.hazard,
    }
    for kind, rows in kinds.items():
        table |= {
            f"{kind}:{outcome}": row for outcome, row in zip(line.outcomes, rows, strict=True)
        }
    if line.offers.size:
        table["offer"] = line.offers
    if line.cutoffs.size:
        table["cutoff"] = line.cutoffs
        table |= {"left:from": line.screening.left[0], "left:to": line.screening.left[1]}
    return table
