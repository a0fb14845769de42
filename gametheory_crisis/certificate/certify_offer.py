"""The certificate of offers that a player with private numbers answers once and for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gametheory_crisis.certificate.evaluation import Evaluator, as_float, undefined
from gametheory_crisis.certificate.screening_alternatives import Alternatives
from gametheory_crisis.certificate.screening_answers import Claim, check_answers
from gametheory_crisis.certificate.screening_certificate import OfferCertificate
from gametheory_crisis.certificate.screening_degree import affine_in_offers
from gametheory_crisis.certificate.screening_kinks import kinks
from gametheory_crisis.certificate.screening_plays import Play, Plays, gain, reached
from gametheory_crisis.certificate.screening_types import (
    Arithmetic,
    Continuum,
    Types,
    finite_types,
)
from gametheory_crisis.certificate.shock_draws import shocks_of
from gametheory_crisis.errors import ParameterError, UnsupportedGame
from gametheory_crisis.language.graph import Decision, Graph, Offer, Terminal
from gametheory_crisis.results import Choice, Number

OUTERMOST = 1e-9
"""The outermost types that are looked at have this share of types beyond them."""
NUM_LOOKS = 40
BESIDE = (1e-7, 1e-4, 1e-2)
"""How far from a cutoff types are looked at, on the normal scale."""


def certify_offer(
    graph: Graph, values: Mapping[str, Number], strategies: Mapping[str, tuple[Choice, ...]]
) -> OfferCertificate:
    """Recompute the numbers of a claimed equilibrium, and by how much it fails to be one.

    Finitely many types with rational numbers are certified in rationals if payoffs are affine in
    the offer: then the only offers that can be best are the ends of the range and those that leave
    a type indifferent. Otherwise the regret of the offerer is the most that a spread of offers
    brings, the reservation offers of a spread of types and offers near the claimed one included.
    Offers after which no equilibrium is found, lotteries of one player included, are passed over.

    Parameters
    ----------
    graph : a game of public moves but for the private numbers of one player, who answers offers
    values : value of every parameter
    strategies : for each node of choice its choices. Offers stand in ``offer``; the informed
        player's choices in ``play``, by ``type`` or with a ``cutoff`` on whose two sides types of a
        continuum do different things; those of others in ``play``, for the offer claimed

    Returns
    -------
    OfferCertificate
        Of the strategies as they stand, whether or not they are an equilibrium.

    Raises
    ------
    SolverError
        If a place has no choice, one that is not available, or one whose probabilities do not
        follow from its cutoff.
    ParameterError
        If the values leave no game.
    UnsupportedGame
        If the graph is of another kind.
    """
    missing = graph.parameters.keys() - values.keys()
    if missing:
        raise ParameterError(f"no value for the parameter '{min(missing)}'")
    if len(graph.private) != 1 or graph.joint_prior:
        raise UnsupportedGame("one player, and no other, has to have private numbers")
    finite = not any(private.draws for private in graph.private.values())
    rational = finite and not any(isinstance(x, float) for x in values.values())
    rational = rational and affine_in_offers(graph)
    numbers = Evaluator(graph.expressions, values, rational=rational)
    arithmetic = Arithmetic(graph, values, numbers)
    plays = Plays(graph, arithmetic)
    continuum = None if finite else _continuum(graph, plays)
    claim = Claim(plays, strategies, None if continuum is None else continuum.shock)
    types = finite_types(graph, numbers) if continuum is None else _spread(continuum, claim)
    play = plays.play(plays.start, {}, types, claim.policy(types))
    check_answers(play, types, claim)
    type_regret = _type_regret(play, types, plays)
    proposer_regret = _public_regret(play, types, plays, continuum)
    payoffs = {p: arithmetic.total(types.weights, play.worths[p]) for p in graph.players}
    outcomes, expected_day, ends = _ends(play, types, plays)
    return OfferCertificate(
        payoffs=payoffs,
        outcomes=outcomes,
        expected_day=expected_day,
        ends=ends,
        regret=_larger(type_regret, proposer_regret),
        exact=numbers.exact,
        proposer_regret=proposer_regret,
        type_regret=type_regret,
    )


def _continuum(graph: Graph, plays: Plays) -> Continuum:
    ((player, private),) = graph.private.items()
    shocks = shocks_of(graph, plays.arithmetic.numbers)[player]
    if len(shocks) != 1 or private.types or len(private.draws) != 1:
        raise UnsupportedGame(f"{player} has more than one private number")
    arrays, name = plays.arithmetic.arrays, shocks[0].name
    days = [place.day for place in plays.unrolled.places]
    return Continuum(shocks[0], lambda spread: kinks(graph, arrays, name, spread, days))


def _spread(continuum: Continuum, claim: Claim) -> Types:
    """All of a continuum, and types at its ends and around the claimed cutoffs to look at."""
    cutoffs, shock = claim.cutoffs(), continuum.shock
    shares = np.array([OUTERMOST, 1 - OUTERMOST])
    low, high = shock.to_normal(shock.quantile(shares))
    looks = [*np.linspace(low, high, NUM_LOOKS)]
    looks += [at + sign * by for at in cutoffs for by in BESIDE for sign in (-1, 1)]
    return continuum.types(cutoffs, looks)


def _type_regret(play: Play, types: Types, plays: Plays) -> Number:
    """The most that a type gains, from any of its decisions on."""
    zero = plays.arithmetic.numbers.number(0)
    regret: Number = zero
    for place, _ in reached(play, types.weights):
        if isinstance(place.node, Decision) and place.node.player == plays.informed:
            gains = place.best - place.worths[plays.informed]
            regret = _larger(regret, zero + _largest(gains))
    return regret


def _public_regret(play: Play, types: Types, plays: Plays, continuum: Continuum | None) -> Number:
    """The most that an uninformed player gains, at any of its moves."""
    arithmetic = plays.arithmetic
    regret: Number = arithmetic.numbers.number(0)
    for place, weights in reached(play, types.weights, plays.informed):
        node = place.node
        if isinstance(node, Decision) and node.player != plays.informed:
            regret = _larger(regret, gain(place, node.player, weights, arithmetic))
        elif isinstance(node, Offer):
            alternatives = Alternatives(plays, place.place, place.offers, types, continuum)
            worth = arithmetic.total(types.weights, place.worths[node.player])
            claimed = place.ways[0].legs[0].play.offers[node.variable]
            regret = _larger(regret, alternatives.best(claimed) - worth)
    return regret


def _ends(
    play: Play, types: Types, plays: Plays
) -> tuple[dict[str, Number], Number, dict[str, dict[int, Number]]]:
    """Probability of each outcome, the expected day, and both by day."""
    zero = plays.arithmetic.numbers.number(0)
    outcomes = dict.fromkeys(plays.graph.outcomes, zero)
    ends: dict[str, dict[int, Number]] = {outcome: {} for outcome in outcomes}
    expected_day = zero
    for place, weights in reached(play, types.weights):
        if isinstance(place.node, Terminal):
            share = plays.arithmetic.total(weights, 1)
            if share:
                day = plays.unrolled.places[place.place].day
                outcomes[place.node.outcome] += share
                expected_day += share * day
                by_day = ends[place.node.outcome]
                by_day[day] = by_day.get(day, zero) + share
    return outcomes, expected_day, ends


def _largest(values: Any) -> Number:
    column = np.atleast_1d(values)
    for value in column:
        if undefined(value):
            return float("nan")
    largest: Number = max(column)
    return largest if column.dtype == object else as_float(largest)


def _larger(a: Number, b: Number) -> Number:
    """The larger; ``nan`` if either is."""
    if undefined(a):
        return a
    return b if undefined(b) or b > a else a
