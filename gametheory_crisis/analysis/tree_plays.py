"""Plays of a game with hidden moves or private types: down the histories of its tree."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gametheory_crisis.analysis.playing import CLOCK, NATURE, Deed, Plays, Recorder, split
from gametheory_crisis.games.arithmetic import as_float
from gametheory_crisis.games.extensive import ExtensiveForm, ExtensiveGame, InformationSet
from gametheory_crisis.language.graph import Graph, Offer
from gametheory_crisis.results import Choice

BREAKDOWN = "clock: breakdown"
NO_BREAKDOWN = "clock: no breakdown"


class TreePlayer:
    """Plays a profile of an extensive game.

    Parameters
    ----------
    graph, form, game : the model, its tree, and what is left of the tree at a point
    strategies : as in `Equilibrium`
    draw : the source of chance
    record : what takes the plays down
    """

    def __init__(
        self,
        graph: Graph,
        form: ExtensiveForm,
        game: ExtensiveGame,
        strategies: Mapping[str, Sequence[Choice]],
        draw: Generator,
        record: Recorder,
    ) -> None:
        self._graph = graph
        self._game = game
        self._draw = draw
        self._record = record
        self._behaviour = list(_behaviour(game, strategies))
        # The trees that a form remembers know which of its histories they kept.
        trees = form.at_points.values()
        kept = next(tree.kept for tree in trees if tree.histories is game.histories)
        self._states = [form.states[history] for history in kept] if form.states else None

    def play(self, plays: Plays) -> None:
        """Play from the beginning to the end, one history after the other."""
        waiting = [(0, plays)]
        while waiting:
            history, here = waiting.pop()
            if self._game.histories.children[history]:
                waiting.extend(self._step(history, here))
            else:
                self._end(history, here)

    def _end(self, history: int, plays: Plays) -> None:
        histories = self._game.histories
        self._record.pay(plays, self._payoffs(history, plays))
        outcome = self._game.outcomes[histories.outcome[history]]
        self._record.end(plays, outcome, histories.day[history])

    def _payoffs(self, history: int, plays: Plays) -> NDArray[np.float64]:
        """What every player gets at an end; float64 (players,) or (plays, players)."""
        return np.array([as_float(payoff) for payoff in self._game.payoffs[history]])

    def _step(self, history: int, plays: Plays) -> Iterator[tuple[int, Plays]]:
        """The histories one move longer, and the plays that take each."""
        children = self._game.histories.children[history]
        place = self._game.histories.information_set[history]
        if place >= 0:
            parts = self._taken(place, plays)
        else:
            weights = [as_float(self._game.probability[child]) for child in children]
            parts = split(self._draw, plays, weights)
        for action, (child, part) in enumerate(zip(children, parts, strict=True)):
            if not len(part):
                continue
            if place >= 0:
                information_set = self._game.information_sets[place]
                self._record.move(part, self._choice(history, information_set, action))
            else:
                self._happen(history, self._game.histories.label[child], part)
            yield child, part

    def _taken(self, place: int, plays: Plays) -> list[Plays]:
        """The plays by the action that is taken in each at an information set."""
        return split(self._draw, plays, self._behaviour[place])

    def _choice(self, history: int, place: InformationSet, action: int) -> Deed:
        name, offer = place.actions[action], math.nan
        node = self._graph.nodes[self._game.histories.node[history]]
        if isinstance(node, Offer):
            name, offer = node.variable, as_float(place.numbers[action])
        return Deed(
            day=place.day,
            node=node.name,
            state=self._state(history),
            player=self._game.players[place.player],
            action=name,
            type=place.type,
            offer=offer,
        )

    def _happen(self, history: int, label: str, plays: Plays) -> None:
        """A move of nature's or of the clock; types are no moves, but belong to the plays."""
        day, node = self._game.histories.day[history], self._game.histories.node[history]
        if node:
            event = label.partition(": ")[2]
            self._record.move(plays, Deed(day, node, self._state(history), NATURE, event))
        elif label == BREAKDOWN:
            deed = Deed(day + 1, CLOCK, self._state(history), CLOCK, "breakdown")
            self._record.move(plays, deed)
        elif label != NO_BREAKDOWN:
            for player, type_ in _types(label).items():
                self._record.learn(plays, player, type_)

    def _state(self, history: int) -> tuple[int, ...]:
        return () if self._states is None else self._states[history]


def _behaviour(
    game: ExtensiveGame, strategies: Mapping[str, Sequence[Choice]]
) -> Iterator[list[float]]:
    """Per information set the probability of each action; choices stand in the sets' order."""
    choices = {node: iter(listed) for node, listed in strategies.items()}
    for place in game.information_sets:
        choice = next(choices[place.node])
        if place.numbers:
            made = dict(choice.offers) if choice.offers else {choice.offer: 1.0}
            yield [made.get(number, 0.0) for number in place.numbers]
        else:
            yield [choice.play[action] for action in place.actions]


def _types(label: str) -> dict[str, str]:
    """Who learns to be of which type, from nature's words.

    >>> _types("type of Iran: soft"), _types("types: Iran soft, Israel bold")
    ({'Iran': 'soft'}, {'Iran': 'soft', 'Israel': 'bold'})
    """
    what, _, drawn = label.partition(": ")
    if what != "types":
        return {what.removeprefix("type of "): drawn}
    return dict(entry.split(" ", 1) for entry in drawn.split(", "))
