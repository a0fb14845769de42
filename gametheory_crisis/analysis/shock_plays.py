"""Plays of a finite tree whose players draw private numbers from continua."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gametheory_crisis.analysis.playing import Plays, Recorder, split
from gametheory_crisis.analysis.tree_plays import TreePlayer
from gametheory_crisis.games.extensive import InformationSet
from gametheory_crisis.games.shocks import ShockForm, ShockGame
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Choice, Score

ALIKE = 1e-9
"""Actions whose worths differ by no more, relative to the larger, are worth the same."""

Floats = NDArray[np.float64]


class ShockPlayer(TreePlayer):
    """Plays a profile in cutoff strategies: each takes what is worth most to it.

    Parameters
    ----------
    form, game : the model's tree, and its numbers at a point
    graph, strategies, draw, record : as of `TreePlayer`
    """

    def __init__(
        self,
        graph: Graph,
        form: ShockForm,
        game: ShockGame,
        strategies: Mapping[str, Sequence[Choice]],
        draw: Generator,
        record: Recorder,
    ) -> None:
        super().__init__(graph, form.form, game.tree, strategies, draw, record)
        num_plays = len(record.outcome)
        self._slopes = game.slopes
        self._shocks: dict[str, Floats] = {}
        for shock in game.shocks:
            drawn = np.asarray(shock.distribution.quantile(draw.random(num_plays)), np.float64)
            self._shocks[shock.name] = record.numbers[shock.name] = drawn
        listed = {node: iter(choices) for node, choices in strategies.items()}
        self._choices = [next(listed[place.node]) for place in game.tree.information_sets]

    def _payoffs(self, history: int, plays: Plays) -> Floats:
        constants = np.broadcast_to(
            super()._payoffs(history, plays), (len(plays), len(self._game.players))
        )
        drawn = np.array([numbers[plays] for numbers in self._shocks.values()])
        return np.asarray(constants + (np.array(self._slopes[history]) @ drawn).T)

    def _taken(self, place: int, plays: Plays) -> list[Plays]:
        choice, actions = self._choices[place], self._game.information_sets[place].actions
        if not choice.scores:
            return super()._taken(place, plays)
        worths = np.array([self._worth(choice.scores[action], plays) for action in actions])
        best = worths.max(axis=0)
        among = worths >= best - ALIKE * np.maximum(1.0, np.abs(best))
        if not choice.ties:
            first = among.argmax(axis=0)
            return [plays[first == k] for k in range(len(actions))]
        return self._drawn(self._game.information_sets[place], choice, among, plays)

    def _worth(self, scores: Sequence[Score], plays: Plays) -> Floats:
        """What an action is worth in each play, by what the player does later."""
        each = [
            score.constant
            + sum(slope * self._shocks[k][plays] for k, slope in score.slopes.items())
            for score in scores
        ]
        return np.asarray(np.max([np.broadcast_to(worth, plays.shape) for worth in each], axis=0))

    def _drawn(
        self, place: InformationSet, choice: Choice, among: NDArray[np.bool_], plays: Plays
    ) -> list[Plays]:
        """The plays by action, where those who are indifferent randomise."""
        alone = among.sum(axis=0) == 1
        parts = [plays[alone & row] for row in among]
        shares = [choice.ties.get(action, 0.0) for action in place.actions]
        for k, part in enumerate(split(self._draw, plays[~alone], shares)):
            parts[k] = np.sort(np.concatenate([parts[k], part]))
        return parts
