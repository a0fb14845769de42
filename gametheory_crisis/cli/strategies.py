"""Strategies in plain words: days on which a player does the same become one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from gametheory_crisis.cli.cutoff_words import (
    NOTHING,
    asked,
    by_cutoff,
    by_scores,
    by_ties,
    tidy,
    types_table,
)
from gametheory_crisis.cli.wording import columns, number

if TYPE_CHECKING:
    from gametheory_crisis.language.graph import Graph
    from gametheory_crisis.results import Belief, Choice, Equilibrium, Number, Reply

MAX_HISTORIES = 4
"""Histories told of one belief."""
MAX_LINES = 24
"""Lines of one part of the telling; the JSON form has all."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done at one place on one day: words with ``{}`` for each of ``numbers``.

    The words may go on for further lines.
    """

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
    lines += ["beliefs", *believed] if believed else []
    types = types_table(equilibrium)
    return lines + (["by type", *types] if types else [])


def _part(graph: Graph, equilibrium: Equilibrium, *, reached: bool) -> list[str]:
    """Lines on the places that play reaches, by day; or on the others, by place."""
    rows = []
    for place, (label, runs) in enumerate(_places(graph, equilibrium, reached)):
        for run in runs:
            key = (run[0].day, place) if reached else (place, run[0].day)
            rows.append((key, (_days(run, bool(graph.cycle)), label, _words(run))))
    rows.sort(key=lambda row: row[0])
    return _table([row for _, row in rows])


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """The first rows, and how many there are besides; last cells may have several lines."""
    shown = []
    for *cells, words in rows[:MAX_LINES]:
        first, *more = words.split("\n")
        blank = [""] * len(cells)
        shown += [[*cells, first], *([*blank, line] for line in more)]
    lines = columns(shown)
    hidden = len(rows) - MAX_LINES
    return lines + ([f"  ... and {hidden} more (--json lists them)"] if hidden > 0 else [])


def _places(
    graph: Graph, equilibrium: Equilibrium, reached: bool
) -> Iterator[tuple[str, list[list[Deed]]]]:
    """Each place of choice (node, player, state, phase) with what is done there, by day."""
    for node, choices in equilibrium.strategies.items():
        places: dict[str, list[Deed]] = {}
        for choice in sorted(choices, key=lambda choice: choice.day):
            if (choice.reached > 0) == reached:
                deed = _deed(graph, node, choice, equilibrium)
                places.setdefault(_label(node, choice), []).append(deed)
        last = _last_answer(choices, equilibrium)
        yield from ((label, list(_runs(deeds, last))) for label, deeds in places.items())


def _last_answer(choices: Sequence[Choice], equilibrium: Equilibrium) -> int | None:
    """The last day of daily offers: it is told by itself, since no other day is like it."""
    days = {choice.day for choice in choices if not choice.expired}
    return max(days) if equilibrium.error is not None and len(days) > 1 else None


def _label(node: str, choice: Choice | Belief) -> str:
    state = ", ".join(f"{name} = {value}" for name, value in choice.state.items())
    mover = f"{choice.player} ({choice.type})" if choice.type else choice.player
    where = f"{mover} at {node}" + (f" ({state})" if state else "")
    return where + (f" after {', '.join(choice.seen)}" if choice.seen else "")


def _beliefs(equilibrium: Equilibrium) -> list[str]:
    """What is believed at each place where several histories look the same, or a number is open."""
    rows = []
    for node, beliefs in equilibrium.beliefs.items():
        places: dict[str, list[Deed]] = {}
        for belief in sorted(beliefs, key=lambda belief: belief.day):
            places.setdefault(_label(node, belief), []).append(_believed(belief))
        daily = len(beliefs) > len(places)
        for label, deeds in places.items():
            for run in _runs(deeds, None):
                when = [_days(run, lasting=False)] if daily else []
                rows.append([*when, label, _words(run)])
    # Where some places are told day by day, the others leave the day open.
    width = max(map(len, rows), default=0)
    return _table([[""] * (width - len(row)) + row for row in rows])


def _believed(belief: Belief) -> Deed:
    """What the player does not know, and the probability of each way it may be.

    Where several beliefs serve as well, the span of each probability. What all histories share is
    known and left out, and so is what is impossible.
    """
    within = [f"{name} in [{{}}, {{}}]" for name in belief.support]
    numbers: list[Number] = [tidy(end) for ends in belief.support.values() for end in ends]
    parts, chances = _histories(belief)
    shown = parts[:MAX_HISTORIES]
    hidden = len(parts) - len(shown)
    shown += [f"... {hidden} more"] if hidden else []
    numbers += [end for pair in chances[:MAX_HISTORIES] for end in pair]
    return Deed(belief.day, "; ".join([*within, *shown]), tuple(numbers))


def _histories(belief: Belief) -> tuple[list[str], list[tuple[Number, ...]]]:
    """Per possible history words with ``{}`` for each number, and the numbers."""
    histories = [history.split(", ") for history, _ in belief.belief]
    known = set(histories[0]).intersection(*histories) if histories else set()
    parts: list[str] = []
    chances: list[tuple[Number, ...]] = []
    for k, (_, share) in enumerate(belief.belief):
        low, high = float(share), float(share)
        for vertex in belief.supporting:
            low, high = min(low, float(vertex[k])), max(high, float(vertex[k]))
        if high > 0:
            span = "{}" if low == high else "{} to {}"
            parts.append(f"{span} on {_unknown(histories[k], known)}")
            chances.append((share,) if low == high else (low, high))
    return parts, chances


def _unknown(moves: Sequence[str], known: set[str]) -> str:
    """The moves of a history that the player has not seen."""
    words = [move.removeprefix("type of ") for move in moves if move not in known]
    return ", ".join(words) or "what is known"


def _deed(graph: Graph, node: str, choice: Choice, equilibrium: Equilibrium) -> Deed:
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
    if choice.cutoff:
        words, numbers = by_cutoff(graph, node, choice, equilibrium)
        once = choice.reservation and equilibrium.error is None
        words += asked(choice) if once else ""
        return Deed(choice.day, words + (by_ties(choice) if choice.ties else ""), numbers)
    if choice.replies and equilibrium.error is None:
        replies = _plainer(choice.replies)
        rule = "; ".join(f"{reply.play} from {{}} to {{}}" for reply in replies)
        ends = [end for reply in replies for end in (reply.low, reply.high)]
        return Deed(choice.day, f"{_chosen(choice)} [{rule}]", tuple(ends))
    if equilibrium.error is not None:
        return _likely(choice)
    words = _chosen(choice) + (asked(choice) if choice.reservation else "")
    words += by_scores(choice) if choice.scores else ""
    return Deed(choice.day, words + (by_ties(choice) if choice.ties else ""))


def _plainer(replies: Sequence[Reply]) -> Sequence[Reply]:
    """The same rule in two intervals, where a single offer comes before two that meet at it."""
    if len(replies) == 3 and replies[0].low == replies[0].high:
        first, *others = replies
        alike = [reply for reply in others if reply.play == first.play]
        if len(alike) == 1 and first.low in (alike[0].low, alike[0].high):
            return [*alike, *(reply for reply in others if reply is not alike[0])]
    return replies


def _likely(choice: Choice) -> Deed:
    """Actions with probabilities that may differ a little from day to day."""
    likely = {action: chance for action, chance in choice.play.items() if chance > NOTHING}
    if len(likely) == 1:
        return Deed(choice.day, next(iter(likely)))
    words = ", ".join(f"{action} with {{}}" for action in likely)
    return Deed(choice.day, words, tuple(likely.values()))


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


def _runs(deeds: list[Deed], last: int | None) -> Iterator[list[Deed]]:
    """Stretches of days, without a gap, on which the same is done, whatever the numbers.

    The day ``last`` stands by itself where the numbers are not the same as before.
    """
    run: list[Deed] = deeds[:1]
    for before, deed in pairwise(deeds):
        alone = deed.day == last and deed.numbers != before.numbers
        if deed.words != before.words or deed.day > before.day + 1 or alone:
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
