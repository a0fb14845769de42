"""What players do who alone know a number, in words: cutoffs, scores, and payoffs type by type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gametheory_crisis.analysis.cutoff_sides import taken_above
from gametheory_crisis.cli.wording import columns, listing, number

if TYPE_CHECKING:
    from gametheory_crisis.language.graph import Graph
    from gametheory_crisis.results import Choice, Equilibrium, Number, Score, TypeValue

MAX_TYPES = 5
"""Types told of one continuum."""
NOTHING = 1e-12
"""Numbers no larger are printed as 0."""


def by_cutoff(
    graph: Graph, node: str, choice: Choice, equilibrium: Equilibrium
) -> tuple[str, tuple[Number, ...]]:
    """What types on both sides of a cutoff do: words with ``{}`` for each of the numbers."""
    ((name, cutoff),) = choice.cutoff.items()
    first, *others = choice.play
    numbers = (tidy(cutoff), tidy(choice.play[first]))
    above = taken_above(graph, node, choice, equilibrium)
    if above is None or len(others) != 1:
        shares = ", ".join(f"{action} with {{}}" for action in choice.play)
        return f"{shares}, by which side of {name} = {{}} it is on", (
            *map(tidy, choice.play.values()),
            numbers[0],
        )
    side = ">=" if first == above else "<="
    return f"{first} if {name} {side} {{}} (with {{}}), else {others[0]}", numbers


def asked(choice: Choice) -> str:
    """A line on the offers that leave the types at the ends of the continuum indifferent."""
    (low, at_low), (high, at_high) = choice.reservation[0], choice.reservation[-1]
    names = listing(list(choice.cutoff)) or "the private number"
    first, last = (f"{number(tidy(x))}" for x in (at_low, at_high))
    if first == last:
        return f"\nevery type is indifferent at {first}"
    ends = f"{first} where {names} = {number(tidy(low))}, to {last} where {names} = "
    return f"\nindifferent at {ends}{number(tidy(high))}"


def by_scores(choice: Choice) -> str:
    """A line on the rule where several numbers decide: what each action is worth to the player."""
    worths = [f"{action} {_worth(scores)}" for action, scores in choice.scores.items()]
    return f"\nwhichever is worth most: {', '.join(worths)}"


def _worth(scores: Sequence[Score]) -> str:
    told = [_affine(score) for score in scores]
    return told[0] if len(told) == 1 else f"max({', '.join(told)})"


def _affine(score: Score) -> str:
    """A constant and a slope per number, as a sum; what is 0 is left out."""
    terms = [(slope, f" {name}") for name, slope in score.slopes.items() if abs(slope) > NOTHING]
    if abs(score.constant) > NOTHING or not terms:
        terms.insert(0, (score.constant, ""))
    text = ""
    for size, name in terms:
        sign = (" - " if text else "-") if size < 0 else (" + " if text else "")
        digits = number(abs(size))
        text += sign + (name[1:] if name and digits == "1" else f"{digits}{name}")
    return text


def by_ties(choice: Choice) -> str:
    """A line on what the types do to whom the best actions are worth the same."""
    shares = [f"{action} with {number(share)}" for action, share in choice.ties.items() if share]
    return f"\nthose who are indifferent: {', '.join(shares)}"


def types_table(equilibrium: Equilibrium) -> list[str]:
    """What single types get, and how play ends for them."""
    shown = [value for group in _groups(equilibrium.by_type) for value in group]
    if not shown:
        return []
    outcomes = [k for k in equilibrium.outcomes if any(v.outcomes.get(k, 0) > 0 for v in shown)]
    rows = [["", "payoff", *outcomes]]
    for value in shown:
        known = ", ".join(f"{name} = {number(x)}" for name, x in value.numbers.items())
        whose = f"{value.player} ({value.type})" if value.type else f"{value.player}, {known}"
        shares = (number(tidy(value.outcomes.get(k, 0.0))) for k in outcomes)
        rows.append([whose, number(tidy(value.payoff)), *shares])
    return columns(rows)


def _groups(types: Sequence[TypeValue]) -> Iterator[list[TypeValue]]:
    """All types that have names, and per player some that are spread over a continuum."""
    owners: dict[str, list[TypeValue]] = {}
    for value in types:
        owners.setdefault(value.player, []).append(value)
    for own in owners.values():
        if own[0].type or len(own) <= MAX_TYPES:
            yield own
        else:
            last = len(own) - 1
            yield [own[round(k * last / (MAX_TYPES - 1))] for k in range(MAX_TYPES)]


def tidy(value: float) -> float:
    """A number without what is only rounding."""
    return 0.0 if abs(value) <= NOTHING else value
