"""The certificate of a stationary equilibrium in a game without a deadline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import chain

from gametheory_crisis.certificate.certify import Certificate, check_seen, evaluator
from gametheory_crisis.certificate.evaluation import Evaluator
from gametheory_crisis.certificate.markov_days import Days, Vector
from gametheory_crisis.certificate.markov_ends import ends
from gametheory_crisis.certificate.markov_places import (
    StationaryUnroller,
    endless_places,
    later_movers,
    node_at,
)
from gametheory_crisis.certificate.markov_replies import largest_regret, worths
from gametheory_crisis.certificate.moves import Moves, expressions_at
from gametheory_crisis.certificate.profile import Profile
from gametheory_crisis.certificate.unrolling import Unrolled
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Choice, Number

FOREVER = "forever"
"""The outcome of play that never ends."""


def certify_markov(
    graph: Graph, values: Mapping[str, Number], strategies: Mapping[str, tuple[Choice, ...]]
) -> Certificate:
    """Recompute the numbers of a claimed Markov perfect equilibrium, and by how much it fails.

    Parameters
    ----------
    graph : a game of public moves without a deadline, in which play may come back
    values : value of every parameter; the arithmetic is exact if all are rational and no player
        chooses from a continuum
    strategies : for each node of choice, what its players do in each state, on any day; a choice's
        own day is ignored. Offers and replies are as in `certify`.

    Returns
    -------
    Certificate
        Of the strategies as they stand, whether or not they are an equilibrium. ``outcomes`` also
        has ``forever``, the probability that play never ends. ``ends`` goes as far as the day on
        which fewer than 1e-12 of all plays may still end, or day 10,000, in floats where rationals
        grow long. The regret, see `largest_regret`, counts deviations on all days.

    Raises
    ------
    SolverError
        If a place that a deviation can reach has no choice, or one that is not available there.
    ParameterError
        If the values leave no game: a parameter is missing, a probability is none, an offer's
        range is empty, or play can go on for ever where a player does not discount.
    UnsupportedGame
        If there is a deadline, private information, a hidden move or an expression that reads the
        day.
    """
    _check_timeless(graph)
    numbers = evaluator(graph, values)
    unroller = StationaryUnroller(graph, numbers)
    unrolled = unroller.unroll()
    _check_public(graph, unrolled)
    factors = _factors(graph, numbers)
    _check_discounting(graph, unrolled, numbers, factors)
    profile = Profile(graph, strategies, numbers, stationary=True)
    days = Days(graph, Moves(graph, unrolled, profile, numbers), factors)
    fresh = days.fresh()
    worth = worths(days, {place: (onward,) * len(factors) for place, onward in fresh.items()})
    start = unrolled.places.index(unroller.start)
    ended = ends(start, fresh, numbers.number(1))
    zero = numbers.number(0)
    named = [outcome for outcome in graph.outcomes if outcome != FOREVER]
    outcomes = {outcome: ended.outcomes.get(outcome, zero) for outcome in graph.outcomes}
    outcomes[FOREVER] = ended.forever
    regret = largest_regret(days, worth)
    found = [*chain.from_iterable(worth.values()), *outcomes.values(), regret]
    return Certificate(
        payoffs=dict(zip(graph.players, worth[start], strict=True)),
        outcomes=outcomes,
        expected_day=ended.expected_day,
        ends={outcome: ended.by_day.get(outcome, {}) for outcome in named},
        regret=regret,
        exact=numbers.exact and all(isinstance(number, Fraction) for number in found),
    )


def _check_timeless(graph: Graph) -> None:
    """Refuse what stationary choices among public moves cannot express."""
    if graph.private:
        raise UnsupportedGame("private information: only games of public moves can be certified")
    if graph.clock.deadline is not None:
        raise UnsupportedGame("a deadline: choices that hold on every day need a game without one")
    if any("day" in graph.expressions.free_symbols(handle) for handle in _expressions(graph)):
        raise UnsupportedGame("an expression reads the day: no choice is for all days")


def _expressions(graph: Graph) -> Iterator[int]:
    for node in graph.nodes.values():
        yield from expressions_at(node)
    if graph.clock.hazard is not None:
        yield graph.clock.hazard
    if graph.clock.breakdown is not None:
        yield from graph.clock.breakdown.pays.values()


def _check_public(graph: Graph, unrolled: Unrolled) -> None:
    """Refuse a move that somebody who moves later does not see."""
    for place, later in zip(unrolled.places, later_movers(graph, unrolled), strict=True):
        check_seen(node_at(graph, place), later)


def _factors(graph: Graph, numbers: Evaluator) -> Vector:
    """Per player its daily discount factor."""
    factors = []
    for player in graph.players:
        written = graph.clock.discount.get(player)
        factor = numbers.number(1) if written is None else numbers.value(written, {})
        if not 0 <= factor <= 1:
            raise ParameterError(f"the discount factor of {player} is not in [0, 1]")
        factors.append(factor)
    return tuple(factors)


def _check_discounting(
    graph: Graph, unrolled: Unrolled, numbers: Evaluator, factors: Vector
) -> None:
    """Refuse a game in which payments can go on for ever and never count less."""
    patient = [player for player, f in zip(graph.players, factors, strict=True) if f == 1]
    endless = endless_places(graph, unrolled, numbers) if patient else []
    if endless:
        names = {unrolled.places[index].node for index in endless}
        node = next(name for name in graph.nodes if name in names)
        raise ParameterError(
            f"the discount factor of {patient[0]} is 1 where play can go on for ever, at '{node}', "
            "without a hazard"
        )
