"""A tree as its agents see it: one agent per information set, probabilities in logarithms.

An action's value is the mean payoff over the ends that may follow it, given that its information
set is reached.  In logarithms, with L the sum over the moves on the way to a history,

    value(a) = sum over ends e after (h, a) of exp(L_e - log p_a - log sum_h exp L_h) payoff_e,

so that information sets that are hardly ever reached lose no digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.extensive import ExtensiveGame
from gametheory_crisis.solvers.normal_form.logit_path import FloatArray

Mask = NDArray[np.bool_]

MOST_ACTIONS = 200
"""Actions of all information sets; a game with more is refused."""
MOST_STEPS = 2_000_000
"""Steps on the way to all ends, counted once for each player's move among them, at most."""


class _Steps:
    """The actions on the way to each of some histories, as two flat lists side by side."""

    def __init__(self, actions: Sequence[Sequence[int]]) -> None:
        self.num = len(actions)
        self.which = np.repeat(np.arange(self.num), [len(way) for way in actions])
        self.action = np.array([a for way in actions for a in way], dtype=np.intp)

    def total(self, vector: FloatArray) -> FloatArray:
        """Per history the sum over its actions."""
        return np.bincount(self.which, vector[self.action], self.num).astype(np.float64)

    def spread(
        self, rows: NDArray[np.intp], weight: FloatArray, shape: tuple[int, int]
    ) -> FloatArray:
        """A matrix with each history's weight at its row and at the columns of its actions."""
        flat = rows[self.which] * shape[1] + self.action
        entries = np.bincount(flat, weight[self.which], shape[0] * shape[1])
        return entries.astype(np.float64).reshape(shape)


class AgentModel:
    """The agents of a tree, for `logit_path.trace`.

    All actions stand in one vector of length ``n``, information set after information set; all
    histories at which players move in another one of length ``m``, in the same order.

    Raises
    ------
    UnsupportedGame
        The tree is too large.
    """

    def __init__(self, game: ExtensiveGame) -> None:
        places = game.information_sets
        self.sizes = tuple(len(place.actions) for place in places)
        self._starts = np.cumsum((0, *self.sizes))[:-1].tolist()
        self.agent = np.repeat(np.arange(len(places)), self.sizes)
        self.history_agent = np.repeat(
            np.arange(len(places)), [len(place.histories) for place in places]
        )
        taken, chance = self._taken(game)
        steps = sum(len(taken[end]) ** 2 for end in game.ends)
        if len(self.agent) > MOST_ACTIONS or steps > MOST_STEPS:
            raise UnsupportedGame(
                f"the tree has {len(self.agent)} actions and {len(game.ends)} ends: too large for "
                "a path of quantal responses"
            )
        heads = [h for place in places for h in place.histories]
        self._end_steps = _Steps([taken[end] for end in game.ends])
        self._head_steps = _Steps([taken[head] for head in heads])
        self._end_chance = np.array([chance[end] for end in game.ends])
        self._head_chance = np.array([chance[head] for head in heads])
        self._list_pairs(game)
        self._pair_steps = _Steps([taken[game.ends[e]] for e in self._pair_end])
        self._payoffs = self._unit_payoffs(game)
        self._kept: Mask = np.ones(len(self._pair_end), dtype=bool)
        self._believed: Mask = np.ones(len(heads), dtype=bool)

    def _taken(self, game: ExtensiveGame) -> tuple[list[tuple[int, ...]], list[float]]:
        """Per history the actions taken on the way to it and the logarithm of nature's share."""
        num = len(game.histories)
        taken: list[tuple[int, ...]] = [()] * num
        chance = [0.0] * num
        for history, children in enumerate(game.histories.children):
            place = game.histories.information_set[history]
            for action, child in enumerate(children):
                taken[child], chance[child] = taken[history], chance[history]
                if place >= 0:
                    taken[child] = (*taken[history], self._starts[place] + action)
                else:
                    chance[child] += log(game.probability[child])
        return taken, chance

    def _list_pairs(self, game: ExtensiveGame) -> None:
        """All pairs of a history at which a player moves and an end after it."""
        number, count = {}, 0
        for place in game.information_sets:
            for history in place.histories:
                number[history] = count
                count += 1
        rows, heads, ends = [], [], []
        for e, end in enumerate(game.ends):
            for step in game.histories.path(end):
                parent = game.histories.parent[step]
                here = game.histories.information_set[parent]
                if here >= 0:
                    action = game.histories.children[parent].index(step)
                    rows.append(self._starts[here] + action)
                    heads.append(number[parent])
                    ends.append(e)
        self._pair_row = np.array(rows, dtype=np.intp)
        self._pair_head = np.array(heads, dtype=np.intp)
        self._pair_end = np.array(ends, dtype=np.intp)

    def _unit_payoffs(self, game: ExtensiveGame) -> FloatArray:
        """Per pair the payoff of the player who moves, its payoffs mapped to [0, 1]."""
        columns = []
        for i in range(len(game.players)):
            numbers = [game.payoffs[end][i] for end in game.ends]
            low = min(numbers)
            width = max(numbers) - low or 1
            columns.append([float((number - low) / width) for number in numbers])
        table = np.array(columns)
        player = np.array([place.player for place in game.information_sets], dtype=np.intp)
        movers = player[self.agent[self._pair_row]]
        return np.asarray(table[movers, self._pair_end])

    def limited(self, played: Mask, believed: Mask) -> AgentModel:
        """The same where only some actions are played and some histories believed.

        Parameters
        ----------
        played : (n,) actions with positive probability
        believed : (m,) histories with positive belief
        """
        other = object.__new__(AgentModel)
        other.__dict__.update(self.__dict__)
        never = (~played).astype(float)
        late, soon = self._end_steps.total(never), self._head_steps.total(never)
        after = late[self._pair_end] - soon[self._pair_head]
        other._kept = (after - never[self._pair_row] < 0.5) & believed[self._pair_head]
        other._believed = believed
        return other

    def disturbed(self, width: float, seed: int) -> AgentModel:
        """The same with payoffs moved at random by up to ``width``."""
        other = object.__new__(AgentModel)
        other.__dict__.update(self.__dict__)
        noise = np.random.default_rng(seed).random((len(self.sizes), self._end_steps.num))
        other._payoffs = self._payoffs + width * noise[self.agent[self._pair_row], self._pair_end]
        return other

    def split(self, vector: FloatArray) -> list[FloatArray]:
        """A vector over all actions, information set by information set."""
        ends = np.cumsum((0, *self.sizes))
        return [vector[low:high] for low, high in pairwise(ends)]

    def beliefs(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(m,) beliefs, and per agent the logarithm of the probability that it moves."""
        weight = self._head_steps.total(logs) + self._head_chance
        weight = np.where(self._believed, weight, -np.inf)
        top = np.full(len(self.sizes), -np.inf)
        np.maximum.at(top, self.history_agent, weight)
        shares = np.exp(weight - top[self.history_agent])
        total = np.bincount(self.history_agent, shares, len(self.sizes))
        return shares / total[self.history_agent], top + np.log(total)

    def values(self, logs: FloatArray) -> FloatArray:
        """(n,) what each action is worth at its information set."""
        return np.bincount(self._pair_row, self._terms(logs), len(logs)).astype(np.float64)

    def _terms(self, logs: FloatArray) -> FloatArray:
        """Per pair its contribution to the value of its action."""
        _, reached = self.beliefs(logs)
        way = self._end_steps.total(logs) + self._end_chance
        power = way[self._pair_end] - logs[self._pair_row] - reached[self.agent[self._pair_row]]
        return np.where(self._kept, np.exp(np.where(self._kept, power, 0.0)), 0.0) * self._payoffs

    def jacobian(self, logs: FloatArray) -> FloatArray:
        """(n, n) derivatives of the values by the logarithms."""
        n = len(logs)
        terms = self._terms(logs)
        value = np.bincount(self._pair_row, terms, n)
        belief, _ = self.beliefs(logs)
        ways = self._head_steps.spread(self.history_agent, belief, (len(self.sizes), n))
        slopes = self._pair_steps.spread(self._pair_row, terms, (n, n))
        slopes -= value[:, None] * ways[self.agent]
        slopes[np.arange(n), np.arange(n)] -= value
        return slopes
