"""The certificate of an equilibrium: its payoffs, outcomes, expected day and regret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gametheory_crisis.certificate.evaluation import Evaluator
from gametheory_crisis.certificate.moves import Moves, Offers, movers
from gametheory_crisis.certificate.profile import Profile
from gametheory_crisis.certificate.regret import Assessment
from gametheory_crisis.certificate.unrolling import Unrolled, Unroller
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.language.graph import Graph, GraphNode, Offer, Simultaneous, Terminal
from gametheory_crisis.results import Choice, Number


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a profile is worth, recomputed from the graph of moves.

    Attributes
    ----------
    payoffs : expected payoff of each player on day 0
    outcomes : probability of each outcome of the model
    expected_day : expected day on which play ends; None where play may go on for ever
    ends : probability of each outcome on each day on which it can be reached
    regret : the most that any player gains by deviating at any place, on or off the path, in
        payoff units of that day; 0 for a subgame-perfect equilibrium, ``nan`` where a payoff is
        undefined
    exact : whether all of it is rational arithmetic; what a float entered is not, nor is a search
        among infinitely many offers
    """

    payoffs: dict[str, Number]
    outcomes: dict[str, Number]
    expected_day: Number | None
    ends: dict[str, dict[int, Number]]
    regret: Number
    exact: bool


def certify(
    graph: Graph, values: Mapping[str, Number], strategies: Mapping[str, tuple[Choice, ...]]
) -> Certificate:
    """Recompute the numbers of a claimed equilibrium, and by how much it fails to be one.

    Parameters
    ----------
    graph : a game of public moves that ends: by a deadline, or because no play comes back
    values : value of every parameter; the arithmetic is exact if all are rational and no player
        chooses from a continuum
    strategies : for each node of choice, what its players do in each state on each day. A choice
        on a grid names the number in ``offer``. A choice with ``replies`` follows them wherever a
        number has been offered before on the same day, else ``play``.

    Returns
    -------
    Certificate
        Of the strategies as they stand, whether or not they are an equilibrium.

    Raises
    ------
    SolverError
        If a place that a deviation can reach has no choice, or one that is not available there.
    ParameterError
        If the values leave no game: a parameter is missing, a probability is none, an offer's
        range is empty.
    UnsupportedGame
        If there is private information or a hidden move, or play may go on for ever.
    """
    if graph.private:
        raise UnsupportedGame("private information: only games of public moves can be certified")
    numbers = evaluator(graph, values)
    unrolled = Unroller(graph, numbers).unroll()
    _check_public(graph, unrolled)
    moves = Moves(graph, unrolled, Profile(graph, strategies, numbers), numbers)
    assessment = Assessment(graph, moves)
    payoffs = assessment.assess().profile
    outcomes, expected_day, ends = _ends(graph, moves)
    return Certificate(
        payoffs=dict(zip(graph.players, payoffs, strict=True)),
        outcomes=outcomes,
        expected_day=expected_day,
        ends=ends,
        regret=assessment.regret,
        exact=numbers.exact,
    )


def evaluator(graph: Graph, values: Mapping[str, Number]) -> Evaluator:
    """The arithmetic of a point: rational where its numbers are and all choices are finite.

    Raises
    ------
    ParameterError
        If a parameter has no value.
    """
    missing = graph.parameters.keys() - values.keys()
    if missing:
        raise ParameterError(f"no value for the parameter '{min(missing)}'")
    return Evaluator(graph.expressions, values, rational=_is_rational(graph, values))


def _is_rational(graph: Graph, values: Mapping[str, Number]) -> bool:
    continuous = (isinstance(node, Offer) and node.grid is None for node in graph.nodes.values())
    return not any(continuous) and not any(isinstance(x, float) for x in values.values())


def _check_public(graph: Graph, unrolled: Unrolled) -> None:
    """Refuse a move that somebody who moves later does not see."""
    later: list[frozenset[str]] = []
    for place, exits in zip(unrolled.places, unrolled.exits, strict=True):
        node = None if place.left else graph.nodes.get(place.node)
        below = frozenset().union(*(later[leg.place] for legs in exits for leg in legs))
        check_seen(node, below)
        later.append(below | movers(node))


def check_seen(node: GraphNode | None, later: frozenset[str]) -> None:
    """Refuse a move at ``node`` that one of the players who move ``later`` does not see."""
    if node is None or isinstance(node, Terminal) or node.observed_by is None:
        return
    # Who moves alone knows that move; at once with others, a player sees what it is told.
    own = set[str]() if isinstance(node, Simultaneous) else movers(node)
    if later - {*node.observed_by, *own}:
        raise UnsupportedGame(
            f"the hidden move at '{node.name}': only games of public moves can be certified"
        )


def _ends(
    graph: Graph, moves: Moves
) -> tuple[dict[str, Number], Number, dict[str, dict[int, Number]]]:
    """Probability of each outcome, the expected day, and both by day: mass from the start on."""
    unrolled, zero = moves.unrolled, moves.numbers.number(0)
    outcomes = dict.fromkeys(graph.outcomes, zero)
    expected_day = zero
    ends: dict[str, dict[int, Number]] = {outcome: {} for outcome in graph.outcomes}
    mass: list[dict[Offers, Number]] = [{} for _ in unrolled.places]
    mass[-1][()] = moves.numbers.number(1)
    for index in reversed(range(len(unrolled.places))):
        node = moves.node(index)
        for offers, share in mass[index].items():
            if isinstance(node, Terminal):
                day = unrolled.places[index].day
                outcomes[node.outcome] += share
                expected_day += share * day
                by_day = ends[node.outcome]
                by_day[day] = by_day.get(day, zero) + share
            for weight, edge, made in moves.branches(index, offers):
                for chance, place, days in unrolled.exits[index][edge]:
                    carried = moves.carried(place, days, made)
                    mass[place][carried] = mass[place].get(carried, zero) + share * weight * chance
    return outcomes, expected_day, ends
