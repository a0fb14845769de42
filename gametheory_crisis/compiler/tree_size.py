"""How large a tree will be, told before it is built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod

from gametheory_crisis.compiler.tree_steps import Spot, Steps
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.language.graph import Chance, Decision, Offer, Simultaneous, Terminal

MAX_HISTORIES = 1_000_000


def check_size(steps: Steps, draws: Sequence[int] = ()) -> int:
    """Number of histories, at most; ``draws`` has the number of events of each draw of types.

    Equal futures are counted once, so the count takes no longer than play has places and days.

    Raises
    ------
    UnsupportedGame
        There are more than `MAX_HISTORIES`; the message says what makes the tree large.
    """
    num_types = prod(draws)
    order, following = _places(steps, num_types)
    sizes: dict[Spot, int] = {}
    for spot in order:
        below = sum(times * sizes[target] for target, times in following[spot].items())
        sizes[spot] = _within_node(steps, spot) + below
    before_play = sum(prod(draws[:k]) for k in range(len(draws)))
    total = before_play + num_types * sizes[order[-1]]
    if total > MAX_HISTORIES:
        raise _too_large(steps, num_types, round_number(total), _multiplier(order, following))
    return total


def round_number(number: int) -> str:
    """A whole number in digits, or as a power of ten where it is long."""
    return f"{number:,}" if number < 10**9 else f"about 10^{len(str(number)) - 1}"


def _places(steps: Steps, num_types: int) -> tuple[list[Spot], dict[Spot, Counter[Spot]]]:
    """All spots behind every spot that they lead to, and how often each leads to which."""
    order: list[Spot] = []
    following: dict[Spot, Counter[Spot]] = {}
    stack = [(steps.start(), False)]
    while stack:
        spot, leaving = stack.pop()
        if leaving:
            order.append(spot)
        elif spot not in following:
            if len(following) >= MAX_HISTORIES:
                raise _too_large(steps, num_types, f"more than {MAX_HISTORIES:,}", None)
            following[spot] = _successors(steps, spot)
            stack.append((spot, True))
            stack.extend((target, False) for target in following[spot])
    return order, following


def _successors(steps: Steps, spot: Spot) -> Counter[Spot]:
    if spot.left:
        return Counter(_by_night(steps, spot))
    node = steps.graph.nodes[spot.node]
    match node:
        case Terminal():
            edges = []
        case Decision():
            edges = [action.edge for action in steps.available(node, spot)]
        case Offer():
            return Counter({steps.follow(node.edge, spot): len(set(node.grid or ()))})
        case Simultaneous():
            edges = list(node.results.values())
        case Chance():
            names, constant = steps.names(spot), steps.substitute.expressions.constant
            edges = [
                event.edge
                for event in node.events
                if constant(steps.substitute(event.probability, names)) != 0
            ]
    return Counter(steps.follow(edge, spot) for edge in edges)


def _by_night(steps: Steps, spot: Spot) -> list[Spot]:
    breakdown = steps.graph.clock.breakdown
    struck = [] if breakdown is None else [steps.follow(breakdown, steps.struck(spot))]
    return [*struck, steps.tomorrow(spot)]


def _within_node(steps: Steps, spot: Spot) -> int:
    """Histories at a spot itself: more than one where players move at once."""
    node = None if spot.left else steps.graph.nodes[spot.node]
    count = at_once = 1
    if isinstance(node, Simultaneous):
        for actions in list(node.actions.values())[:-1]:
            at_once *= len(actions)
            count += at_once
    return count


def _multiplier(order: list[Spot], following: dict[Spot, Counter[Spot]]) -> tuple[str, int] | None:
    """The node whose branches add most histories, and the most branches that it has."""
    arrivals: Counter[Spot] = Counter({order[-1]: 1})
    added: Counter[str] = Counter()
    widest: Counter[str] = Counter()
    for spot in reversed(order):
        branches = following[spot].total()
        for target, times in following[spot].items():
            arrivals[target] += times * arrivals[spot]
        if branches > 1 and not spot.left:
            added[spot.node] += (branches - 1) * arrivals[spot]
            widest[spot.node] = max(widest[spot.node], branches)
    if not added:
        return None
    name = max(added, key=lambda node: added[node])
    return name, widest[name]


def _too_large(
    steps: Steps, num_types: int, total: str, multiplier: tuple[str, int] | None
) -> UnsupportedGame:
    causes = [] if steps.deadline is None else [f"{steps.deadline} days"]
    causes += [f"{num_types} combinations of types"] if num_types > 1 else []
    if multiplier is not None:
        causes.append(f"'{multiplier[0]}' multiplies most, by up to {multiplier[1]} each time")
    changes = ["shorten the deadline"] if steps.deadline is not None else []
    changes += ["take fewer types"] if num_types > 1 else []
    grids = any(isinstance(node, Offer) for node in steps.graph.nodes.values())
    changes += ["take a coarser grid"] if grids else []
    changes += [] if changes else ["leave out moves"]
    return UnsupportedGame(
        f"the tree has {total} histories ({'; '.join(causes)}), more than the "
        f"{MAX_HISTORIES:,} that can be solved; {' or '.join(changes)}"
    )
