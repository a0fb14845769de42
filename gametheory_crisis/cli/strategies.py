"""Strategies in plain words: days on which a player does the same become one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from gametheory_crisis.cli.wording import columns, number

if TYPE_CHECKING:
    from gametheory_crisis.language.graph import Graph
    from gametheory_crisis.results import Belief, Choice, Equilibrium, Number

MAX_HISTORIES = 4
"""Histories told of one belief."""
MAX_LINES = 24
"""Lines of one part of the telling; the JSON form has all."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done at one place on one day: words with ``{}`` for each of ``numbers``."""

    day: int
    words: str
    numbers: tuple[Number, ...] = ()


def tell(graph: Graph, equilibrium: Equilibrium) -> list[str]:
    """Who does what: first where play goes, then elsewhere."""
    play = _part(graph, equilibrium, reached=True)
    lines = ["play", *play] if play else []
    elsewhere = _part(graph, equilibrium, reached=False)
    if elsewhere:
        lines += ["elsewhere, where play does not come", *elsewhere]
    believed = _beliefs(equilibrium)
    return lines + (["beliefs", *believed] if believed else [])


def _part(graph: Graph, equilibrium: Equilibrium, *, reached: bool) -> list[str]:
    """Lines on the places that play reaches, by day; or on the others, by place."""
    rows = []
    for place, (label, deeds) in enumerate(_places(graph, equilibrium, reached)):
        for run in _runs(deeds):
            key = (run[0].day, place) if reached else (place, run[0].day)
            rows.append((key, (_days(run, bool(graph.cycle)), label, _words(run))))
    rows.sort(key=lambda row: row[0])
    lines = columns([row for _, row in rows[:MAX_LINES]])
    hidden = len(rows) - MAX_LINES
    return lines + ([f"  ... and {hidden} more (--json lists them)"] if hidden > 0 else [])


def _places(
    graph: Graph, equilibrium: Equilibrium, reached: bool
) -> Iterator[tuple[str, list[Deed]]]:
    """Each place of choice (node, player, state, phase) with what is done there, by day."""
    for node, choices in equilibrium.strategies.items():
        places: dict[str, list[Deed]] = {}
        for choice in sorted(choices, key=lambda choice: choice.day):
            if (choice.reached > 0) == reached:
                places.setdefault(_label(node, choice), []).append(_deed(graph, node, choice))
        yield from places.items()


def _label(node: str, choice: Choice | Belief) -> str:
    state = ", ".join(f"{name} = {value}" for name, value in choice.state.items())
    mover = f"{choice.player} ({choice.type})" if choice.type else choice.player
    where = f"{mover} at {node}" + (f" ({state})" if state else "")
    return where + (f" after {', '.join(choice.seen)}" if choice.seen else "")


def _beliefs(equilibrium: Equilibrium) -> list[str]:
    """What is believed at each place where several histories look the same."""
    rows = [
        (_label(node, belief), _believed(belief))
        for node, beliefs in equilibrium.beliefs.items()
        for belief in beliefs
    ]
    lines = columns(rows[:MAX_LINES])
    hidden = len(rows) - MAX_LINES
    return lines + ([f"  ... and {hidden} more (--json lists them)"] if hidden > 0 else [])


def _believed(belief: Belief) -> str:
    """What the player does not know, and the probability of each way it may be.

    Where several beliefs serve as well, the span of each probability. What all histories share is
    known and left out, and so is what is impossible.
    """
    histories = [history.split(", ") for history, _ in belief.belief]
    known = set.intersection(*map(set, histories))
    parts = []
    for k, (_, share) in enumerate(belief.belief):
        low, high = float(share), float(share)
        for vertex in belief.supporting:
            low, high = min(low, float(vertex[k])), max(high, float(vertex[k]))
        if high > 0:
            span = number(share) if low == high else f"{number(low)} to {number(high)}"
            parts.append(f"{span} on {_unknown(histories[k], known)}")
    shown = parts[:MAX_HISTORIES]
    hidden = len(parts) - len(shown)
    return "; ".join(shown) + (f"; ... {hidden} more" if hidden else "")


def _unknown(moves: Sequence[str], known: set[str]) -> str:
    """The moves of a history that the player has not seen."""
    words = [move.removeprefix("type of ") for move in moves if move not in known]
    return ", ".join(words) or "nothing else"


def _deed(graph: Graph, node: str, choice: Choice) -> Deed:
    if choice.offers:
        words = ", ".join(f"offers {{}} with {number(share)}" for _, share in choice.offers)
        return Deed(choice.day, words, tuple(offer for offer, _ in choice.offers))
    if choice.offer is not None:
        variable = getattr(graph.nodes.get(node), "variable", "")
        words = f"offers {variable} = {{}}" if variable else "offers {}"
        for _ in choice.optimal:
            words += ", as good as any in [{}, {}]"
        ends = [end for interval in choice.optimal for end in interval]
        return Deed(choice.day, words, (choice.offer, *ends))
    if choice.replies:
        rule = "; ".join(f"{reply.play} from {{}} to {{}}" for reply in choice.replies)
        ends = [end for reply in choice.replies for end in (reply.low, reply.high)]
        return Deed(choice.day, f"{_chosen(choice)} [{rule}]", tuple(ends))
    return Deed(choice.day, _chosen(choice))


def _chosen(choice: Choice) -> str:
    """The action played, or the actions with their probabilities; and how far these may vary."""
    likely = {action: chance for action, chance in choice.play.items() if chance > 0}
    exact = choice.exact_play or {}
    parts = []
    for action, chance in likely.items():
        said = action if len(likely) == 1 else f"{action} with {number(exact.get(action, chance))}"
        if action in choice.ranges:
            low, high = choice.ranges[action]
            said += f" (any from {number(low)} to {number(high)})"
        parts.append(said)
    return ", ".join(parts)


def _runs(deeds: list[Deed]) -> Iterator[list[Deed]]:
    """Stretches of days, without a gap, on which the same is done, whatever the numbers."""
    run: list[Deed] = deeds[:1]
    for before, deed in pairwise(deeds):
        if deed.words != before.words or deed.day > before.day + 1:
            yield run
            run = []
        run.append(deed)
    if run:
        yield run


def _days(run: list[Deed], lasting: bool) -> str:
    """When a stretch is; in a game without end what is done holds for good."""
    first, last = run[0].day, run[-1].day
    if lasting:
        return f"from day {first} on"
    return f"day {first}" if first == last else f"days {first}-{last}"


def _words(run: list[Deed]) -> str:
    """The words of a stretch, with what each number does in its course."""
    courses = zip(*(deed.numbers for deed in run), strict=True)
    return run[0].words.format(*map(_course, courses))


def _course(numbers: Sequence[Number]) -> str:
    """A number day by day: itself; ``first...last`` if it only rises or falls; else its bounds.

    Compared is what would be printed: noise in later digits is no turn.
    """
    printed = [float(f"{float(value):.6g}") for value in numbers]
    low, high = min(printed), max(printed)
    if low == high:
        return number(numbers[0])
    if printed in (sorted(printed), sorted(printed, reverse=True)):
        return f"{number(numbers[0])}...{number(numbers[-1])}"
    return f"between {low:.6g} and {high:.6g}"
