"""``crisis check``: is the file a game, and does it do what its author says?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gametheory_crisis.cli.failures import FAILED
from gametheory_crisis.cli.options import TEXTS, common_options, model_argument
from gametheory_crisis.cli.output import emit, style

if TYPE_CHECKING:
    from gametheory_crisis.analysis.claims import ClaimResult
    from gametheory_crisis.model import Model


@click.command("check")
@model_argument
@common_options(*TEXTS)
@click.pass_context
def command(
    context: click.Context, model: str, as_json: bool, output: Path | None, quiet: bool
) -> None:
    """Validate MODEL and verify its claims; exit code 1 if one does not hold.

    \b
    crisis check sixty_day_ultimatum
    """
    from gametheory_crisis.analysis.claims import check_claims
    from gametheory_crisis.model import load

    loaded = load(model)
    results = check_claims(loaded) if loaded.graph.claims else []
    document, lines = _document(loaded, results), _lines(loaded, results)
    emit(document, lines, as_json=as_json, output=output, quiet=quiet)
    if not document["holds"]:
        context.exit(FAILED)


def _document(model: Model, results: list[ClaimResult]) -> dict[str, Any]:
    return {
        "schema": "gametheory_crisis.check/1",
        "model": model.name,
        "warnings": list(model.graph.warnings),
        "claims": [
            {
                "line": result.claim.line,
                "holds": result.holds,
                "message": result.message,
                "doc": result.claim.doc,
            }
            for result in results
        ],
        "holds": all(result.holds for result in results),
    }


def _lines(model: Model, results: list[ClaimResult]) -> list[str]:
    """The verdict, the warnings, and each claim with its numbers."""
    held = sum(result.holds for result in results)
    verdict = f"{held} of {len(results)} claims hold" if results else "no claims"
    lines = [f"{model.name}: valid; {verdict}"]
    from gametheory_crisis.cli.wording import claim_in_words

    lines += [f"warning: {warning}" for warning in model.graph.warnings]
    for result in results:
        mark = style("ok    ", fg="green") if result.holds else style("failed", fg="red")
        place = f"{model.graph.source}:{result.claim.line}"
        said = claim_in_words(model.graph, result.claim)
        lines.append(f"{mark}  {place}: {said}{'' if result.holds else f': {result.message}'}")
    return lines
