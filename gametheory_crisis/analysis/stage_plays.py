"""Plays of a public game: through the positions of its stage game, day by day.

Plays that stand at the same position on the same day, after the same offers of that day, are moved
together: what happens next is computed once for all of them, and chance drawn at once.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gametheory_crisis.analysis.playing import CLOCK, NATURE, Deed, Plays, Recorder, split
from gametheory_crisis.errors import SolverError
from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.stage import Branch, Kind, Phase, Position, StageGame
from gametheory_crisis.games.tape import Evaluator
from gametheory_crisis.language.graph import Graph, Offer
from gametheory_crisis.results import Choice, Reply

Key: TypeAlias = tuple[str, str, tuple[int, ...], int, bool]
"""Node, player, state, day, and whether the clock has expired."""


class Said(NamedTuple):
    """What has been offered on a day: the continuous offers by name, and the last of any kind."""

    offers: tuple[tuple[str, Number], ...] = ()
    last: Number | None = None


NOTHING = Said()

Crowds: TypeAlias = dict[int, dict[Said, list[Plays]]]
"""Plays by position and by what has been said on the way there."""


class StagePlayer:
    """Plays a profile of a stage game.

    Parameters
    ----------
    graph, game : the model, and its numeric form
    point : every parameter
    strategies : as in `Equilibrium`
    draw : the source of chance
    record : what takes the plays down
    """

    def __init__(
        self,
        graph: Graph,
        game: StageGame,
        point: Mapping[str, Number],
        strategies: Mapping[str, Sequence[Choice]],
        draw: Generator,
        record: Recorder,
    ) -> None:
        self._graph = graph
        self._game = game
        self._numbers = Evaluator(game.tape, point)
        self._draw = draw
        self._record = record
        self._choices: dict[Key, Choice] = {}
        for node, choices in strategies.items():
            for choice in choices:
                state = tuple(choice.state[name] for name in game.state)
                key = self._key(node, choice.player, state, choice.day, choice.expired)
                self._choices[key] = choice
        self._factors = [as_float(self._numbers.value(slot)) for slot in game.discount]
        deadline = game.deadline
        self._deadline = None if deadline is None else int(self._numbers.value(deadline))
        self._day = 0
        self._waiting: list[int] = []
        self._today: Crowds = {}
        self._tomorrow: Crowds = {}

    def play(self, plays: Plays, max_days: int) -> None:
        """Play from the start to the end, or to day ``max_days`` where play may last for ever."""
        self._tomorrow = {self._game.start: {NOTHING: [plays]}}
        while self._tomorrow and not (self._game.endless and self._day > max_days):
            self._play_day()
            self._day += 1

    def _play_day(self) -> None:
        """Within a day play moves to ever lower positions, so each is passed once."""
        self._numbers.set_day(self._day)
        self._today, self._tomorrow = self._tomorrow, {}
        self._waiting = [-index for index in self._today]
        heapq.heapify(self._waiting)
        while self._waiting:
            index = -heapq.heappop(self._waiting)
            for said, parts in self._today.pop(index).items():
                plays = parts[0] if len(parts) == 1 else np.concatenate(parts)
                self._step(self._game.positions[index], said, plays)

    def _step(self, position: Position, said: Said, plays: Plays) -> None:
        match position.kind:
            case Kind.TERMINAL:
                self._pay(position.payoffs, said, plays)
                self._record.end(plays, self._game.outcomes[position.outcome], self._day)
            case Kind.NIGHT:
                self._night(position, plays)
            case Kind.CHANCE:
                self._chance(position, said, plays)
            case Kind.OFFER:
                self._offer(position, said, plays)
            case Kind.SIMULTANEOUS:
                self._at_once(position, said, plays)
            case Kind.DECISION if position.branches[0].offer is not None:
                self._offer_from_grid(position, said, plays)
            case Kind.DECISION:
                actions = [branch.label for branch in position.branches]
                parts = self._act(position, 0, actions, said, plays)
                for branch, part in zip(position.branches, parts, strict=True):
                    self._take(branch, said, part)

    # Moves

    def _at_once(self, position: Position, said: Said, plays: Plays) -> None:
        groups = [(0, plays)]
        for axis, actions in enumerate(position.actions):
            groups = [
                (profile * len(actions) + action, part)
                for profile, group in groups
                for action, part in enumerate(self._act(position, axis, actions, said, group))
            ]
        for profile, part in groups:
            self._take(position.branches[profile], said, part)

    def _act(
        self, position: Position, axis: int, actions: Sequence[str], said: Said, plays: Plays
    ) -> list[Plays]:
        """The plays by the action that one mover takes in each."""
        choice = self._choice(position, axis)
        if choice.replies and said.last is not None:
            reply = reply_to(said.last, choice.replies)
            weights = [float(action == reply) for action in actions]
        else:
            weights = [choice.play.get(action, 0.0) for action in actions]
        parts = split(self._draw, plays, weights)
        for action, part in zip(actions, parts, strict=True):
            self._record.move(part, self._deed(position, choice.player, action))
        return parts

    def _offer(self, position: Position, said: Said, plays: Plays) -> None:
        choice = self._choice(position, 0)
        for number, part in self._offered(choice, plays):
            deed = self._deed(position, choice.player, position.variable, as_float(number))
            self._record.move(part, deed)
            offers = {**dict(said.offers), position.variable: number}
            self._take(position.branches[0], Said(tuple(offers.items()), number), part)

    def _offer_from_grid(self, position: Position, said: Said, plays: Plays) -> None:
        choice = self._choice(position, 0)
        node = self._graph.nodes[position.node]
        variable = node.variable if isinstance(node, Offer) else ""
        grid = [self._numbers.value(b.offer) for b in position.branches if b.offer is not None]
        for claimed, part in self._offered(choice, plays):
            place = min(range(len(grid)), key=lambda k: abs(as_float(grid[k] - claimed)))
            deed = self._deed(position, choice.player, variable, as_float(grid[place]))
            self._record.move(part, deed)
            self._take(position.branches[place], said._replace(last=grid[place]), part)

    def _offered(self, choice: Choice, plays: Plays) -> list[tuple[Number, Plays]]:
        """The numbers that a choice offers, and the plays in which it does."""
        made = choice.offers
        if choice.offer is not None and not made:
            made = ((choice.offer, 1.0),)
        parts = split(self._draw, plays, [share for _, share in made])
        return [(number, part) for (number, _), part in zip(made, parts, strict=True)]

    def _chance(self, position: Position, said: Said, plays: Plays) -> None:
        offers = dict(said.offers)
        shares = [
            as_float(self._numbers.value(branch.probability, offers))
            for branch in position.branches
            if branch.probability is not None
        ]
        for branch, part in zip(position.branches, split(self._draw, plays, shares), strict=True):
            # A breakdown that pays or lasts is a position of its own, taken down at night.
            if position.node in self._graph.nodes:
                self._record.move(part, self._deed(position, NATURE, branch.label))
            self._take(branch, said, part)

    def _night(self, position: Position, plays: Plays) -> None:
        night = position.night
        if night is None:
            raise ValueError("a night leads somewhere")
        last = position.repeats and self._day + 1 == self._deadline
        tomorrow = night.tomorrow_at_deadline if last else night.tomorrow
        breakdown = night.breakdown_at_deadline if last else night.breakdown
        if night.hazard is not None and breakdown is not None:
            hazard = as_float(self._numbers.value(night.hazard))
            struck, plays = split(self._draw, plays, [hazard, 1 - hazard])
            deed = Deed(self._day + 1, CLOCK, position.state, CLOCK, "breakdown")
            self._record.move(struck, deed)
            _stand(self._tomorrow, breakdown, NOTHING, struck)
        if tomorrow is not None:
            _stand(self._tomorrow, tomorrow, NOTHING, plays)

    def _take(self, branch: Branch, said: Said, plays: Plays) -> None:
        """Follow a branch: what it pays, and where it leads on the same day."""
        if not len(plays):
            return
        self._pay(branch.pays, said, plays)
        if _stand(self._today, branch.target, said, plays):
            heapq.heappush(self._waiting, -branch.target)

    # Numbers

    def _pay(self, slots: Sequence[int], said: Said, plays: Plays) -> None:
        """Payments or payoffs of today, discounted to day 0."""
        if slots:
            worth = np.array([factor**self._day for factor in self._factors])
            self._record.pay(plays, worth * self._amounts(slots, said, plays))

    def _amounts(self, slots: Sequence[int], said: Said, plays: Plays) -> NDArray[np.float64]:
        """What every player gets today; float64 (players,) or (plays, players)."""
        offers = dict(said.offers)
        return np.array([as_float(self._numbers.value(slot, offers)) for slot in slots])

    def _deed(
        self,
        position: Position,
        player: str,
        action: str,
        offer: float = math.nan,
        type_: str = "",
    ) -> Deed:
        return Deed(self._day, position.node, position.state, player, action, type_, offer)

    def _choice(self, position: Position, axis: int) -> Choice:
        """What a mover does at a position today."""
        player = self._game.players[position.movers[axis]]
        expired = position.phase is Phase.EXPIRED
        key = self._key(position.node, player, position.state, self._day, expired)
        if key not in self._choices:
            where = f"'{position.node}' on day {self._day}"
            raise SolverError(
                f"the solution lists no choice of {player} at {where}; of a very large game only "
                "the first days are listed, unless the method 'recursion' is asked for"
            )
        return self._choices[key]

    def _key(self, node: str, player: str, state: tuple[int, ...], day: int, expired: bool) -> Key:
        """Where a choice is found; on an infinite horizon it holds on every day."""
        return node, player, state, 0 if self._game.endless else day, expired


def reply_to(offer: Number, replies: Sequence[Reply]) -> str:
    """The first reply whose interval holds the offer, or the nearest where rounding left a gap."""
    # In floats: a rational end and a rounded offer that stand for one number must be equal.
    x = as_float(offer)
    return min(replies, key=lambda r: max(as_float(r.low) - x, x - as_float(r.high), 0.0)).play


def _stand(crowds: Crowds, index: int, said: Said, plays: Plays) -> bool:
    """Let plays stand at a position; whether they are the first there."""
    if not len(plays):
        return False
    first = index not in crowds
    crowds.setdefault(index, {}).setdefault(said, []).append(plays)
    return first
