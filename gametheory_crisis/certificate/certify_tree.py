"""The certificate of an equilibrium of a game with hidden moves or private types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gametheory_crisis.certificate.assessment import TreeAssessment
from gametheory_crisis.certificate.certify import Certificate, evaluator
from gametheory_crisis.certificate.claims import Claims
from gametheory_crisis.certificate.evaluation import Evaluator, distance, undefined
from gametheory_crisis.certificate.growing import grow
from gametheory_crisis.certificate.profile import ROUNDING
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Belief, Choice, Number


@dataclass(frozen=True, slots=True)
class TreeCertificate(Certificate):
    """What an assessment is worth, recomputed from the graph of moves.

    Attributes
    ----------
    regret : the most that any player, knowing its type, gains by deviating from the beginning on
        and, where there are beliefs, the most that any player gains at any information set, on or
        off the path, in payoff units of that day. A deviation may change all the player's later
        choices; what it leads to follows from the others' strategies and, by Bayes' rule, from the
        belief: Bayes' own where play gets, else the one claimed. ``nan`` where a payoff is
        undefined
    subgame_regret : the most that any player gains by deviating from the beginning of any subgame
        on, that of the whole game with each type apart included
    belief_error : the largest difference of a claimed belief from Bayes' rule, where play gets
    tremble_error : the largest difference of a claimed belief, off the path, from what all trembles
        have in common (see `TreeAssessment.tremble_error`). Perfect Bayesian equilibria as such
        may have one; sequential equilibria have none
    supporting_regret : the most that any player gains at a vertex of the beliefs claimed to support
        the equilibrium as well
    """

    subgame_regret: Number
    belief_error: Number
    tremble_error: Number
    supporting_regret: Number

    @property
    def consistent(self) -> bool:
        """Whether the beliefs are Bayes' wherever play gets, up to rounding."""
        return self.belief_error <= ROUNDING


def certify_tree(
    graph: Graph,
    values: Mapping[str, Number],
    strategies: Mapping[str, tuple[Choice, ...]],
    beliefs: Mapping[str, tuple[Belief, ...]] | None,
) -> TreeCertificate:
    """Recompute the numbers of a claimed equilibrium, and by how much it fails to be one.

    Parameters
    ----------
    graph : a game that ends, with finitely many types and actions
    values : value of every parameter; the arithmetic is exact if all are rational
    strategies : for each information set a choice, under any node: sets are told apart by player,
        day, type, what was seen and the actions, then by the first node; the choices of sets alike
        in all of this stand in the order of the sets' first histories. A choice is read from
        ``exact_play`` where it is given, else from ``play``; on a grid from ``offers`` or ``offer``
    beliefs : for each information set of more than one history a belief; histories are named by
        their moves, hidden ones included, and those left out have probability 0. The probabilities
        may be rationals; floats off the path make the certificate inexact. None certifies a Nash
        equilibrium

    Returns
    -------
    TreeCertificate
        Of the assessment as it stands, whether or not it is an equilibrium.

    Raises
    ------
    SolverError
        If an information set has no choice, or one that is not available there, or no belief, or
        one in what is none of its histories.
    ParameterError
        If the values leave no game: a parameter is missing, a probability is none.
    UnsupportedGame
        If an offer or a type is a continuum, play may go on for ever, or the tree is too large.
    """
    numbers = evaluator(graph, values)
    tree = grow(graph, numbers)
    claims = Claims(tree, strategies, beliefs, numbers)
    behaviour = [claims.behaviour(information_set) for information_set in tree.information_sets]
    assessment = TreeAssessment(graph, tree, behaviour, numbers)
    zero = numbers.number(0)
    at_start = _regret_at_start(assessment, graph, zero)
    found = _Findings(zero, zero, zero, zero)
    if beliefs is not None:
        found = _examine(assessment, claims, numbers)
    outcomes, expected_day, ends = _ends(graph, assessment, zero)
    return TreeCertificate(
        payoffs=dict(zip(graph.players, assessment.worth[0], strict=True)),
        outcomes=outcomes,
        expected_day=expected_day,
        ends=ends,
        regret=_worse(at_start, found.regret),
        exact=numbers.exact,
        subgame_regret=_worse(at_start, _regret_in_subgames(assessment, graph, zero)),
        belief_error=found.belief_error,
        tremble_error=found.tremble_error,
        supporting_regret=found.supporting_regret,
    )


def _regret_at_start(assessment: TreeAssessment, graph: Graph, zero: Number) -> Number:
    """What a player gains by a best response, knowing nothing but its type."""
    regret = zero
    for player in graph.players:
        roots: dict[str, dict[int, Number]] = defaultdict(dict)
        for start, types in assessment.tree.starts.items():
            roots[types.get(player, "")][start] = assessment.reach[start]
        for weights in roots.values():
            total = sum(weights.values(), zero)
            given = {start: weight / total for start, weight in weights.items()}
            regret = _worse(regret, assessment.gain(player, given))
    return regret


def _regret_in_subgames(assessment: TreeAssessment, graph: Graph, zero: Number) -> Number:
    """What a player gains by a best response from the beginning of a subgame on."""
    regret = zero
    for root in assessment.tree.subgames():
        for player in graph.players:
            regret = _worse(regret, assessment.gain(player, {root: zero + 1}))
    return regret


class _Findings(NamedTuple):
    """What information sets bring to light; the fields are as in `TreeCertificate`."""

    regret: Number
    belief_error: Number
    tremble_error: Number
    supporting_regret: Number


def _examine(assessment: TreeAssessment, claims: Claims, numbers: Evaluator) -> _Findings:
    """What each player gains at each information set, and whether its belief is right."""
    regret = belief_error = tremble_error = supporting_regret = numbers.number(0)
    for position, information_set in enumerate(assessment.tree.information_sets):
        player, histories = information_set.player, information_set.histories
        claimed, vertices = claims.belief(information_set)
        belief = assessment.bayes(position)
        if belief is None:
            belief = tuple(map(numbers.number, claimed))
            tremble_error = max(tremble_error, assessment.tremble_error(position, belief))
        else:
            belief_error = max(belief_error, *map(distance, claimed, belief))
        roots = dict(zip(histories, belief, strict=True))
        regret = _worse(regret, assessment.gain(player, roots))
        for vertex in vertices:
            gain = assessment.gain(player, dict(zip(histories, vertex, strict=True)))
            supporting_regret = _worse(supporting_regret, gain)
    return _Findings(regret, belief_error, tremble_error, supporting_regret)


def _worse(regret: Number, gain: Number) -> Number:
    """The larger; ``nan`` if either is."""
    if undefined(regret):
        return regret
    return gain if undefined(gain) or gain > regret else regret


def _ends(
    graph: Graph, assessment: TreeAssessment, zero: Number
) -> tuple[dict[str, Number], Number, dict[str, dict[int, Number]]]:
    """Probability of each outcome, the expected day, and both by day."""
    outcomes, expected_day = dict.fromkeys(graph.outcomes, zero), zero
    ends: dict[str, dict[int, Number]] = {outcome: {} for outcome in graph.outcomes}
    for history, share in zip(assessment.tree.histories, assessment.reach, strict=True):
        if history.outcome and share:
            outcomes[history.outcome] += share
            expected_day += share * history.day
            by_day = ends[history.outcome]
            by_day[history.day] = by_day.get(history.day, zero) + share
    return outcomes, expected_day, ends
