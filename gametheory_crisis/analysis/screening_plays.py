"""Plays of offers to one player who alone knows a number, once or day after day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gametheory_crisis.analysis.cutoff_sides import taken_above
from gametheory_crisis.analysis.playing import Plays, Recorder, split
from gametheory_crisis.analysis.stage_plays import Key, Said, StagePlayer, reply_to
from gametheory_crisis.errors import UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.distributions import distribution
from gametheory_crisis.games.screening import ScreeningGame
from gametheory_crisis.games.stage import Kind, Position
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.games.tape_arrays import ArrayEvaluator
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Choice, Equilibrium

Floats = NDArray[np.float64]


class ScreeningPlayer(StagePlayer):
    """Plays a profile in which the informed player goes by its private numbers.

    Parameters
    ----------
    graph, game : the model, and its numeric form
    point : every parameter
    equilibrium : what is played
    draw, record : as of `StagePlayer`

    Raises
    ------
    UnsupportedGame
        The proposer draws between offers, nature reads a private number, or the equilibrium does
        not say which types do what.
    """

    def __init__(
        self,
        graph: Graph,
        game: ScreeningGame,
        point: Mapping[str, Number],
        equilibrium: Equilibrium,
        draw: Generator,
        record: Recorder,
    ) -> None:
        super().__init__(graph, game.stage, point, equilibrium.strategies, draw, record)
        _check(game, equilibrium)
        self._point = {name: as_float(value) for name, value in point.items()}
        self._equilibrium, self._informed = equilibrium, game.stage.players[game.informed]
        self._typed: dict[tuple[Key, str], Choice] = {}
        for node, choices in equilibrium.strategies.items():
            for choice in choices:
                state = tuple(choice.state[name] for name in game.stage.state)
                key = self._key(node, choice.player, state, choice.day, choice.expired)
                self._typed[key, choice.type] = choice
        self._types = game.types.names if game.types is not None else ()
        self._type_of, self._drawn = self._draw_types(game, len(record.outcome))

    def _draw_types(self, game: ScreeningGame, num_plays: int) -> tuple[Plays, dict[str, Floats]]:
        """The number of the type in each play, and the private numbers."""
        numbers = Evaluator(game.stage.tape, self._point, exact=False)
        everybody = np.arange(num_plays)
        type_of = np.zeros(num_plays, dtype=np.int64)
        if game.continuum is not None:
            slots = game.continuum
            arguments = [as_float(numbers.value(slot)) for slot in slots.arguments]
            drawn = distribution(slots.distribution, arguments).quantile(
                self._draw.random(num_plays)
            )
            self._record.numbers[slots.name] = np.asarray(drawn, np.float64)
            return type_of, {slots.name: self._record.numbers[slots.name]}
        if game.types is None:
            raise ValueError("no private numbers")
        prior = [as_float(numbers.value(slot)) for slot in game.types.prior]
        for k, part in enumerate(split(self._draw, everybody, prior)):
            type_of[part] = k
            if len(part):
                self._record.learn(part, self._informed, game.types.names[k])
        values = {
            name: np.array([as_float(numbers.value(slot)) for slot in slots])
            for name, slots in game.types.numbers.items()
        }
        return type_of, {name: each[type_of] for name, each in values.items()}

    def _act(
        self, position: Position, axis: int, actions: Sequence[str], said: Said, plays: Plays
    ) -> list[Plays]:
        if self._game.players[position.movers[axis]] != self._informed:
            return super()._act(position, axis, actions, said, plays)
        if self._types:
            parts = self._by_type(position, actions, said, plays)
        else:
            parts = self._by_cutoff(position, actions, plays)
        return parts

    def _by_type(
        self, position: Position, actions: Sequence[str], said: Said, plays: Plays
    ) -> list[Plays]:
        key = self._place(position)
        parts: list[list[Plays]] = [[plays[:0]] for _ in actions]
        for k, type_ in enumerate(self._types):
            here = plays[self._type_of[plays] == k]
            if not len(here):
                continue
            choice = self._typed[key, type_]
            weights = [choice.play.get(action, 0.0) for action in actions]
            if choice.replies and said.last is not None:
                reply = reply_to(said.last, choice.replies)
                weights = [float(action == reply) for action in actions]
            for action, (own, part) in enumerate(
                zip(parts, split(self._draw, here, weights), strict=True)
            ):
                own.append(part)
                self._record.move(
                    part, self._deed(position, self._informed, actions[action], type_=type_)
                )
        return [np.sort(np.concatenate(own)) for own in parts]

    def _by_cutoff(self, position: Position, actions: Sequence[str], plays: Plays) -> list[Plays]:
        choice = self._typed[self._place(position), ""]
        sure = [action for action, share in choice.play.items() if share == 1.0]
        if choice.cutoff:
            parts = self._on_sides(position, choice, actions, plays)
        elif sure:
            parts = [plays if action == sure[0] else plays[:0] for action in actions]
        else:
            raise _untold(position)
        for action, part in zip(actions, parts, strict=True):
            self._record.move(part, self._deed(position, self._informed, action))
        return parts

    def _on_sides(
        self, position: Position, choice: Choice, actions: Sequence[str], plays: Plays
    ) -> list[Plays]:
        above = taken_above(self._graph, position.node, choice, self._equilibrium)
        ((name, cutoff),) = choice.cutoff.items()
        if above is None or len(actions) != 2:
            raise _untold(position)
        higher = self._drawn[name][plays] > cutoff
        return [plays[higher] if action == above else plays[~higher] for action in actions]

    def _place(self, position: Position) -> Key:
        expired = position.phase is position.phase.EXPIRED
        return self._key(position.node, self._informed, position.state, self._day, expired)

    def _amounts(self, slots: Sequence[int], said: Said, plays: Plays) -> Floats:
        offers = {name: as_float(number) for name, number in said.offers}
        known = {name: numbers[plays] for name, numbers in self._drawn.items()}
        inputs = {**self._point, "day": float(self._day), **offers, **known}
        values = ArrayEvaluator(self._game.tape, inputs).values(slots)
        return np.stack([np.broadcast_to(value, plays.shape) for value in values], axis=1)


def _check(game: ScreeningGame, equilibrium: Equilibrium) -> None:
    for choices in equilibrium.strategies.values():
        if any(choice.offers or (choice.seen and game.daily is not None) for choice in choices):
            raise UnsupportedGame(
                "plays in which the proposer draws between offers are not simulated; `timeline` "
                "has the probabilities by day"
            )
    reads = game.stage.tape.reads
    for position in game.stage.positions:
        slots = [branch.probability for branch in position.branches if position.kind is Kind.CHANCE]
        for slot in slots:
            if slot is not None and reads[slot] & set(game.private_numbers):
                raise UnsupportedGame(
                    f"plays are not simulated where a chance reads a private number, as at "
                    f"'{position.node}'"
                )


def _untold(position: Position) -> UnsupportedGame:
    return UnsupportedGame(
        f"plays are not simulated: the equilibrium does not tell which types do what at "
        f"'{position.node}'"
    )
