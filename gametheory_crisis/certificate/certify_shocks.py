"""The certificate of an equilibrium in a finite tree with private numbers from a continuum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gametheory_crisis.certificate.certify import Certificate
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Choice, Number


@dataclass(frozen=True, slots=True)
class ShockCertificate(Certificate):
    """What a profile of rules is worth, recomputed from the graph of moves.

    Attributes
    ----------
    regret : the most that any type of any player gains by another plan at any information set, on
        or off the path, in payoff units of that day. No player gains more ex ante. Types beyond
        the quantiles ``1e-9`` and ``1 - 1e-9`` of an unbounded support are left out
    path_regret : the same at the information sets to which the others' play leads
    """

    path_regret: float


def certify_shocks(
    graph: Graph, values: Mapping[str, Number], strategies: Mapping[str, tuple[Choice, ...]]
) -> ShockCertificate:
    """Recompute the numbers of a claimed equilibrium, and by how much it fails to be one.

    Parameters
    ----------
    graph : a game that ends, with finitely many actions, in which private numbers are drawn from a
        continuum, at most two to a player; payoffs are affine in them
    values : value of every parameter; the arithmetic is that of floats
    strategies : for each information set a choice, found as by `certify_tree`. That of a player
        with such numbers is the rule ``scores``, with ``ties`` where scores are the same for all
        types, and else the first action in the file's order; ``play`` must be what the rule comes
        to, given that the player gets there. Any other choice is ``play``

    Returns
    -------
    ShockCertificate
        Of the rules as they stand, whether or not they are an equilibrium. Where play never gets,
        mistakes are taken to lead there that every type makes alike: nothing is learnt from them
        about private numbers, and as few of them are made as can be, all others equally likely.

    Raises
    ------
    SolverError
        If an information set has no choice, an action no score, or one that is not available
        there; if ``play`` differs from what the rule comes to.
    ParameterError
        If the values leave no game: a parameter is missing, a distribution is none.
    UnsupportedGame
        If a payoff is not affine in the private numbers, a probability reads one, a player has more
        than two, an offer is a continuum, play may go on for ever, or the tree is too large.
    """
    # With numpy and scipy behind it, which other certificates do without.
    from gametheory_crisis.certificate.shock_assessment import ShockAssessment

    assessment = ShockAssessment(graph, values, strategies)
    gains = assessment.gains()
    outcomes, expected_day, ends = assessment.ends(graph)
    return ShockCertificate(
        payoffs=assessment.payoffs(),
        outcomes=outcomes,
        expected_day=expected_day,
        ends=ends,
        regret=max((found.gain for found in gains), default=0.0),
        exact=False,
        path_regret=max((found.gain for found in gains if found.on_path), default=0.0),
    )
