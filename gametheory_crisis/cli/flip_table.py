"""The nearest flips as tables: for people, and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

from gametheory_crisis.analysis.flip.results import Crossing, Flips, Margin, Nearest
from gametheory_crisis.cli.output import style, write_file
from gametheory_crisis.cli.wording import columns, number

MOST = 6
"""Crossings of one parameter that are told to people."""
PAGE = 100
"""Characters of a line of notes."""
TITLES = ("parameter", "now", "flips at", "change", "of range", "becomes")
FIELDS = (
    "search",
    "parameter",
    "now",
    "low",
    "high",
    "at",
    "change",
    "share",
    "kind",
    "flips",
    "nearest",
    "becomes",
    "regimes",
    "status",
)


def lines(title: str, found: Flips) -> list[str]:
    """What was found, in lines: each parameter alone, nearest first, then all together."""
    text = [style(title, bold=True), *columns([("regime", str(found.place))]), ""]
    ordered = by_nearness(found)
    crossed = [margin for margin in ordered if margin.crossings]
    rows = [row for margin in crossed for row in _rows(margin)]
    text += columns([TITLES, *rows]) if rows else []
    text += [
        f"  {margin.name}: {found.place} from {number(margin.low)} to {number(margin.high)}"
        for margin in ordered
        if not margin.crossings
    ]
    text += ["", *_jointly(found), ""]
    notes = [*found.notes, f"{found.points:,} points solved"]
    return text + [line for note in notes for line in _wrapped(note)]


def _wrapped(note: str) -> list[str]:
    return wrap(note, PAGE, initial_indent="  ", subsequent_indent="    ")


def by_nearness(found: Flips) -> list[Margin]:
    """The parameters, that with the nearest flip first, those that cross nothing last."""

    def key(margin: Margin) -> tuple[int, float]:
        if margin.nearest is not None:
            return 0, abs(margin.nearest.share)
        if margin.crossings:
            return 1, abs(margin.crossings[0].share)
        return 2, 0.0

    return sorted(found.alone, key=key)


def _rows(margin: Margin) -> Iterator[tuple[str, ...]]:
    """A line for each crossing of one parameter; its name stands on the first."""
    shown = margin.crossings[:MOST]
    for k, crossing in enumerate(shown):
        first = k == 0
        yield (
            margin.name if first else "",
            number(margin.value) if first else "",
            f"{crossing.shown:.10g}",
            f"{crossing.change:+.6g}",
            _percent(crossing.share),
            _becomes(crossing),
        )
    left = len(margin.crossings) - len(shown)
    if left:
        yield "", "", f"and {left} more", "", "", ""


def _becomes(crossing: Crossing) -> str:
    """What stands beyond; where that is no flip, why not."""
    words = str(crossing.becomes)
    if crossing.change == 0.0:
        return f"{words} {crossing.side}"
    if crossing.flips or not crossing.becomes.solved:
        return words
    return f"{words} again"


def _jointly(found: Flips) -> list[str]:
    nearest = found.jointly
    if nearest is None:
        return ["together: no flip was found"]
    head = f"together: {nearest.becomes} at a distance of {nearest.distance:.6g} range widths"
    now = {margin.name: margin.value for margin in found.alone}
    moved = sorted(_moved(nearest), key=lambda name: -abs(nearest.shares[name]))
    rows = [
        (
            name,
            number(now[name]),
            number(nearest.point[name]),
            f"{nearest.point[name] - now[name]:+.6g}",
            _percent(nearest.shares[name]),
        )
        for name in moved
    ]
    if not rows:
        return [head]
    return [head, *columns([("parameter", "now", "at", "change", "of range"), *rows])]


def _moved(nearest: Nearest) -> list[str]:
    return [name for name, share in nearest.shares.items() if share != 0.0]


def _percent(share: float) -> str:
    return f"{100 * share:+.3g} %"


def write_csv(found: Flips, path: Path) -> None:
    """Write every crossing as a row, then the nearest point, a row for each parameter."""

    def write(target: Path) -> None:
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(_alone_rows(found))
            writer.writerows(_joint_rows(found))

    write_file(path, write)


def _head(search: str, margin: Margin) -> dict[str, Any]:
    return {
        "search": search,
        "parameter": margin.name,
        "now": margin.value,
        "low": margin.low,
        "high": margin.high,
    }


def _alone_rows(found: Flips) -> Iterator[dict[str, Any]]:
    for margin in found.alone:
        for crossing in margin.crossings:
            yield _head("alone", margin) | {
                "at": crossing.value,
                "change": crossing.change,
                "share": crossing.share,
                "kind": crossing.kind,
                "flips": int(crossing.flips),
                "nearest": int(crossing is margin.nearest),
                "becomes": crossing.becomes.regime or "",
                "regimes": " ".join(crossing.becomes.regimes),
                "status": crossing.becomes.status,
            }


def _joint_rows(found: Flips) -> Iterator[dict[str, Any]]:
    nearest = found.jointly
    if nearest is None:
        return
    for margin in found.alone:
        yield _head("together", margin) | {
            "at": nearest.point[margin.name],
            "change": nearest.point[margin.name] - margin.value,
            "share": nearest.shares[margin.name],
            "becomes": nearest.becomes.regime or "",
            "regimes": " ".join(nearest.becomes.regimes),
            "status": nearest.becomes.status,
        }
