"""What a solved point shows: payoffs, outcomes, the day, the regime and the flags."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gametheory_crisis.compiler.writer import Play, Writer
from gametheory_crisis.games.program import Results
from gametheory_crisis.kernels.operations import Operation

LIKELIEST_TIE = Fraction(1, 10**9)
"""Outcomes whose probabilities differ by less are equally likely."""


def write_results(writer: Writer, start: Play, equilibria: int, counts: dict[str, int]) -> Results:
    """The slots of what a solved point shows.

    Parameters
    ----------
    start : play from the start
    equilibria, counts : handles: equilibria of a single stage, and how often flags were raised
    """
    probabilities: Sequence[int] = start.outcomes
    if writer.certain:
        probabilities = [
            writer.apply(Operation.SAME, start.outcomes[0], writer.graph.number(k))
            for k in range(len(writer.game.outcomes))
        ]
    return Results(
        payoffs=start.payoffs,
        probabilities=() if writer.certain else tuple(probabilities),
        outcome=start.outcomes[0] if writer.certain else -1,
        day=start.day,
        regime=write_regime(writer, start, probabilities),
        equilibria=equilibria,
        tie=counts["tie"],
        stuck=counts["stuck"],
        undefined=counts["undefined"],
        invalid=counts["invalid"],
    )


def write_regime(writer: Writer, start: Play, probabilities: Sequence[int]) -> int:
    """The first regime whose condition holds, or else that of the likeliest outcome."""
    names = [name for name, _ in writer.game.regimes]
    order = [names.index(outcome) for outcome in writer.game.outcomes]
    inputs = {f"outcome:{n}": p for n, p in zip(writer.game.outcomes, probabilities, strict=True)}
    inputs["day"] = start.day
    inputs.setdefault("outcome:forever", writer.zero)  # what the recursion solves comes to an end
    regime = write_likeliest(writer, start, probabilities, order)
    for index, (_, condition) in reversed(list(enumerate(writer.game.regimes))):
        if condition is not None:
            handle = writer.lift([condition], inputs)[condition]
            holds = writer.apply(Operation.SAME, handle, writer.one)
            regime = writer.apply(Operation.SELECT, holds, writer.graph.number(index), regime)
    return regime


def write_likeliest(
    writer: Writer, start: Play, probabilities: Sequence[int], order: list[int]
) -> int:
    """The regime named like the likeliest outcome, the earlier in the file on a tie.

    ``order`` : index of the regime of each outcome.
    """
    if writer.certain and order == list(range(len(order))):
        return start.outcomes[0]
    slack = writer.graph.number(LIKELIEST_TIE)
    best, regime = probabilities[0], writer.graph.number(order[0])
    for probability, number in zip(probabilities[1:], order[1:], strict=True):
        more = writer.apply(Operation.GREATER, writer.graph.sub(probability, slack), best)
        best = writer.apply(Operation.SELECT, more, probability, best)
        regime = writer.apply(Operation.SELECT, more, writer.graph.number(number), regime)
    return regime
