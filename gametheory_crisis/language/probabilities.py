"""Probabilities that must sum to one, with ``rest`` for what the others leave."""

from __future__ import annotations

from fractions import Fraction

from gametheory_crisis.language.expressions import ConstantError
from gametheory_crisis.language.graph import Expr
from gametheory_crisis.language.report import Path
from gametheory_crisis.language.scopes import Names, Site, Spot

REST = "rest"


def read_probabilities(
    names: Names, texts: dict[Path, str], path: Path, site: Site, node: str | None = None
) -> tuple[Expr, ...]:
    """Handles of probabilities, in the order of ``texts``; what cannot sum to one is reported.

    Parameters
    ----------
    texts : text of each probability by its key path; one may be ``rest``
    path : key path of all of them together
    node : the node at which they are read, if they belong to one
    """
    expressions, report = names.expressions, names.report
    rests = [place for place, text in texts.items() if text.strip() == REST]
    for place in rests[1:]:
        report.add(place, "only one probability may be `rest`")
    before = len(report)
    given = {
        place: names.number(text, Spot(place, site, node))
        for place, text in texts.items()
        if place not in rests
    }
    try:
        total = expressions.total(given.values())
        rest = expressions.sub(expressions.number(1), total)
    except ConstantError as error:
        report.add(path, str(error))
        return tuple(names.expressions.number(0) for _ in texts)
    if len(report) == before:
        _check_constants(names, given, total, path, complete=not rests)
    return tuple(given.get(place, rest) for place in texts)


def _check_constants(
    names: Names, given: dict[Path, Expr], total: Expr, path: Path, *, complete: bool
) -> None:
    outside = False
    for place, handle in given.items():
        value = names.expressions.constant(handle)
        if value is not None and not 0 <= value <= 1:
            outside = True
            names.report.add(place, f"a probability lies between 0 and 1, not at {_shown(value)}")
    value = names.expressions.constant(total)
    if value is None or outside:
        return
    if complete and value != 1:
        names.report.add(path, f"the probabilities sum to {_shown(value)}, not to 1")
    elif value > 1:
        names.report.add(path, f"the probabilities beside `rest` sum to {_shown(value)}, above 1")


def _shown(value: Fraction) -> str:
    return f"{float(value):.12g}"
