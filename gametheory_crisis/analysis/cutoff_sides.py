"""Who does what on the two sides of a cutoff: what the types above it choose."""

from __future__ import annotations

from collections.abc import Sequence

from gametheory_crisis.language.graph import Decision, Graph, Terminal, edges
from gametheory_crisis.results import Choice, Equilibrium, Reply, Score, TypeValue

NOTHING = 1e-12
"""A smaller probability is rounding."""


def taken_above(graph: Graph, node: str, choice: Choice, equilibrium: Equilibrium) -> str | None:
    """The action of the types above a cutoff; None where the equilibrium does not tell."""
    if choice.scores:
        return _best_above(choice)
    if choice.reservation and choice.replies:
        accepted, refused = (reply.play for reply in choice.replies[:2])
        willing = willing_above(choice.reservation, choice.replies)
        return None if willing is None else accepted if willing else refused
    return _led_to_above(graph, node, choice, equilibrium.by_type)


def _best_above(choice: Choice) -> str | None:
    """The action with the steepest score, which is the best for large enough numbers.

    The cutoff itself need not be where scores cross: outside the support it stands at its end.
    """
    (name,) = choice.cutoff

    def steepest(scores: Sequence[Score]) -> float:
        return max(score.slopes.get(name, 0.0) for score in scores)

    return max(choice.scores, key=lambda action: steepest(choice.scores[action]))


def _led_to_above(
    graph: Graph, node: str, choice: Choice, types: Sequence[TypeValue]
) -> str | None:
    """The one action that can lead to how play ends for some type above."""
    place = graph.nodes[node]
    if not isinstance(place, Decision):
        return None
    behind = {a.name: _outcomes_behind(graph, a.edge.target) for a in place.actions}
    ((name, cutoff),) = choice.cutoff.items()
    telling: dict[bool, set[str]] = {True: set(), False: set()}
    for value in types:
        if value.player != choice.player or name not in value.numbers:
            continue
        ends = {outcome for outcome, share in value.outcomes.items() if share > NOTHING}
        for action, own in behind.items():
            others = set().union(*(ends for key, ends in behind.items() if key != action))
            if ends & (own - others):
                telling[value.numbers[name] > cutoff].add(action)
    above, below = telling[True], telling[False]
    if len(above) == 1 and above != below:
        return next(iter(above))
    rest = behind.keys() - below
    return next(iter(rest)) if len(below) == 1 and len(rest) == 1 and not above else None


def _outcomes_behind(graph: Graph, start: str) -> set[str]:
    """All outcomes to which a node can lead."""
    found: set[str] = set()
    seen, waiting = {start}, [start]
    while waiting:
        place = graph.nodes[waiting.pop()]
        if isinstance(place, Terminal):
            found.add(place.outcome)
            continue
        following = {edge.target for edge in edges(place)} - seen
        seen |= following
        waiting += following
    return found


def willing_above(
    reservation: Sequence[tuple[float, float]], replies: Sequence[Reply]
) -> bool | None:
    """Whether the types above a cutoff accept; None where all ask for the same.

    They do where larger numbers ask for less and larger offers are the better for them. The first
    of the replies is the one to offers that all types accept.
    """
    accepted, refused = replies[:2]
    rising = reservation[-1][1] - reservation[0][1]
    larger = float(accepted.low + accepted.high) - float(refused.low + refused.high)
    if rising == 0.0 or larger == 0.0:
        return None
    return (rising < 0) == (larger > 0)
