"""The certificate of daily offers to a player with private numbers.

Only the rules are taken from the claim. Play follows them from every state and day that is tried,
and what is found there, by policy evaluation, is held against the best of other offers and answers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gametheory_crisis.certificate.arrays import Arrays
from gametheory_crisis.certificate.evaluation import Evaluator
from gametheory_crisis.certificate.screening_account import Account, path_of
from gametheory_crisis.certificate.screening_certificate import OfferCertificate
from gametheory_crisis.certificate.screening_claims import check_claims, offers_by_day
from gametheory_crisis.certificate.screening_days import DailyOffers
from gametheory_crisis.certificate.screening_deviations import examine
from gametheory_crisis.certificate.screening_follower import follow
from gametheory_crisis.certificate.screening_paths import Player
from gametheory_crisis.certificate.screening_positions import positions_of
from gametheory_crisis.certificate.screening_starts import Starts
from gametheory_crisis.certificate.screening_stopping import type_regret
from gametheory_crisis.errors import ParameterError
from gametheory_crisis.games.screening_rules import ScreeningRules
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Choice, Number


def certify_daily_offers(
    graph: Graph,
    values: Mapping[str, Number],
    rules: ScreeningRules,
    strategies: Mapping[str, tuple[Choice, ...]],
) -> OfferCertificate:
    """Recompute the numbers of claimed rules of daily offers, and by how much they fail.

    On the path a spread of types could stop at any other time. On and off it, on every day and in
    a spread of states and around those of the path, the proposer could aim at any other of the
    states tried, and make the last offers of the range; what the marginal types of these states ask
    for must be worth to them just what refusing is. Where rules jump, both limits are tried and
    must be worth the same to the proposer.

    Parameters
    ----------
    graph : a game of daily offers to the only player with private numbers
    values : value of every parameter
    rules : the claim
    strategies : choices on the path that must follow from the rules; others are not read

    Returns
    -------
    OfferCertificate
        Of the rules as they stand, whether or not they are an equilibrium.

    Raises
    ------
    SolverError
        If the rules are none for this game, or a choice on the path does not follow from them.
    ParameterError
        If the values leave no game.
    UnsupportedGame
        If the graph is of another kind.
    """
    missing = graph.parameters.keys() - values.keys()
    if missing:
        raise ParameterError(f"no value for the parameter '{min(missing)}'")
    numbers = Evaluator(graph.expressions, values, rational=False)
    arrays = Arrays(graph.expressions, values)
    positions = positions_of(graph, numbers, arrays, rules)
    game = DailyOffers(graph, arrays, positions)
    player = Player(game, rules)
    starts = Starts(player)
    plays = follow(player, starts, offers_by_day(game.offer.name, strategies))
    days, last = path_of(plays)
    account = Account(player)
    account.add_path(days, last)
    check_claims(player, days, account, strategies)
    found = examine(player, starts, plays)
    missed = [step.missed for step in plays.steps] * player.units
    types = np.max([found.types, *missed, type_regret(player, days, account)])
    ends: dict[str, dict[int, Number]] = {
        name: dict(account.by_day(name)) for name in graph.outcomes
    }
    outcomes: dict[str, Number] = {name: sum(by_day.values()) for name, by_day in ends.items()}
    return OfferCertificate(
        payoffs={name: float(payoff) for name, payoff in account.payoffs.items()},
        outcomes=outcomes,
        expected_day=sum(day * share for by_day in ends.values() for day, share in by_day.items()),
        ends=ends,
        regret=float(np.max([types, found.proposer])),
        exact=False,
        proposer_regret=found.proposer,
        type_regret=float(types),
    )
