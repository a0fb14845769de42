"""A profile of claimed rules in a game with private numbers from a continuum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gametheory_crisis.certificate.claims import Claims
from gametheory_crisis.certificate.evaluation import as_float
from gametheory_crisis.certificate.knowledge import InformationSet
from gametheory_crisis.certificate.shock_moments import Moments, Path
from gametheory_crisis.certificate.shock_payoffs import read_game
from gametheory_crisis.certificate.shock_replies import Gain, Replies
from gametheory_crisis.certificate.shock_rules import Rule, claimed_rule, fixed_rule
from gametheory_crisis.errors import SolverError
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Choice, Number

MISPLAY = 1e-7
"""Probabilities of actions may differ by this from what the claimed rule comes to."""


class ShockAssessment:
    """Claimed rules, found for every information set and integrated over the types.

    Parameters are those of `certify_shocks`, and so are the errors raised.
    """

    def __init__(
        self,
        graph: Graph,
        values: Mapping[str, Number],
        strategies: Mapping[str, tuple[Choice, ...]],
    ) -> None:
        self._game = read_game(graph, values)
        self._claims = Claims(self._game.tree, strategies, None, self._game.numbers)
        self._moments = [self._integrated(i) for i in range(len(self._game.players))]
        self._check_play()
        self._replies = Replies(self._game, self._moments)

    def payoffs(self) -> dict[str, Number]:
        """What each player expects on day 0."""
        return {player: self._replies.payoff(i) for i, player in enumerate(self._game.players)}

    def gains(self) -> list[Gain]:
        """What the types of all players gain at most, at every information set."""
        return [gain for i in range(len(self._game.players)) for gain in self._replies.gains(i)]

    def ends(self, graph: Graph) -> tuple[dict[str, Number], float, dict[str, dict[int, Number]]]:
        """Probability of each outcome, the expected day, and both by day."""
        outcomes: dict[str, Number] = dict.fromkeys(graph.outcomes, 0.0)
        ends: dict[str, dict[int, Number]] = {outcome: {} for outcome in graph.outcomes}
        expected_day = 0.0
        for index, history in enumerate(self._game.tree.histories):
            share = self._replies.reach(index) if history.outcome else 0.0
            if share:
                outcomes[history.outcome] += share
                expected_day += share * history.day
                by_day = ends[history.outcome]
                by_day[history.day] = by_day.get(history.day, 0.0) + share
        return outcomes, expected_day, ends

    def _integrated(self, i: int) -> Moments:
        """The claimed rules of one player, integrated over its types."""
        game, player = self._game, self._game.players[i]
        rules: dict[int, Rule] = {}
        for position, information_set in enumerate(game.tree.information_sets):
            if information_set.player == player:
                if game.shocks[i]:
                    choice = self._claims.choice(information_set)
                    rules[position] = claimed_rule(choice, information_set, game.shocks[i])
                else:
                    play = map(as_float, self._claims.behaviour(information_set))
                    rules[position] = fixed_rule(list(play), 0)
        paths = dict.fromkeys(paths[i] for paths in game.paths)
        singles: list[Path] = [
            ((at, a),) for at, rule in rules.items() for a in range(rule.taken.shape[1])
        ]
        return Moments(game.shocks[i], rules, list(paths | dict.fromkeys(singles)))

    def _check_play(self) -> None:
        """Hold claimed cutoffs and probabilities of actions against what the rules come to."""
        for position, information_set in enumerate(self._game.tree.information_sets):
            i = self._game.players.index(information_set.player)
            if self._game.shocks[i]:
                self._check_cutoffs(i, position, information_set)
            path = self._game.paths[information_set.histories[0]][i]
            moments = self._moments[i]
            _, meant = moments.mistakes(path)
            reached = moments.total(meant).mass
            for action, claimed in enumerate(self._claims.behaviour(information_set)):
                step = (position, action)
                played = moments.total([(*rest, step) for rest in meant]).mass / reached
                if abs(played - as_float(claimed)) > MISPLAY:
                    raise SolverError(
                        f"'{information_set.actions[action]}' is claimed with probability "
                        f"{float(claimed):.9g}, but the rule comes to {played:.9g}, in the choice "
                        f"of {information_set}"
                    )

    def _check_cutoffs(self, i: int, position: int, information_set: InformationSet) -> None:
        """Hold claimed cutoffs against the rule: it turns there, or no types lie beyond."""
        shocks, rule = self._game.shocks[i], self._moments[i].rules[position]
        for name, cutoff in self._claims.choice(information_set).cutoff.items():
            for k, shock in enumerate(shocks):
                if shock.name != name or not shock.divides(cutoff):
                    continue
                types = np.array([[each.median for each in shocks]] * 2)
                types[:, k] = cutoff + MISPLAY * shock.spread * np.array([-1, 1])
                below, above = rule.behaviour(types)
                if (below == above).all():
                    raise SolverError(
                        f"the rule does not turn at the cutoff {name} = {cutoff:.9g} in the choice "
                        f"of {information_set}"
                    )
