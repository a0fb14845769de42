"""The reduced strategic form: strategies that agree wherever they can get to are one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.extensive import Behaviour, ExtensiveGame
from gametheory_crisis.solvers.extensive_form.recall import (
    Move,
    Sequences,
    last_moves,
    movers,
    sequences,
)
from gametheory_crisis.solvers.normal_form.multilinear import actions_of, sure
from gametheory_crisis.solvers.pure_nash import pure_nash

MOST_PROFILES = 20_000
"""Profiles of reduced strategies that are tried one by one at most."""
CONTINUUM = "an end of a continuum"
"""The kind of an extreme equilibrium of a continuum in which outcomes vary."""

Strategy = frozenset[Move]
"""A pure reduced strategy: an action at every information set that the earlier ones do not
exclude."""
Mix = tuple[tuple[Number, ...], ...]
"""Per mover the probability of each strategy."""


@dataclass(frozen=True, slots=True)
class StrategicForm:
    """The reduced strategic form of a game whose players remember.

    Attributes
    ----------
    movers : players who move somewhere
    strategies : per mover its strategies, earlier actions first
    payoffs : per profile, the last mover's strategy fastest, the payoffs of all the game's players
    """

    movers: tuple[int, ...]
    strategies: tuple[tuple[Strategy, ...], ...]
    payoffs: tuple[tuple[Fraction, ...], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of strategies of each mover."""
        return tuple(len(own) for own in self.strategies)


def num_strategies(game: ExtensiveGame) -> tuple[int, ...]:
    """The number of reduced strategies of each player who moves, without listing them."""
    return tuple(_Plans(game, sequences(game, i)).count(0) for i in movers(game))


def num_profiles(game: ExtensiveGame) -> int:
    """The number of profiles of reduced strategies."""
    return prod(num_strategies(game))


def strategic_form(game: ExtensiveGame) -> StrategicForm:
    """All reduced strategies and what their profiles pay."""
    players = movers(game)
    strategies = tuple(tuple(_Plans(game, sequences(game, i)).strategies(0)) for i in players)
    paths = _own_moves(game, players)
    payoffs = []
    for profile in product(*strategies):
        total = [Fraction(0)] * len(game.players)
        for end, moves in paths:
            if all(own <= strategy for own, strategy in zip(moves, profile, strict=True)):
                share = Fraction(game.chance[end])
                rows = zip(total, game.payoffs[end], strict=True)
                total = [t + share * Fraction(p) for t, p in rows]
        payoffs.append(tuple(total))
    return StrategicForm(players, strategies, tuple(payoffs))


def _own_moves(
    game: ExtensiveGame, players: Sequence[int]
) -> list[tuple[int, tuple[frozenset[Move], ...]]]:
    """Per end the moves that each player makes on the way to it."""
    found = []
    for end in game.ends:
        moves: dict[int, set[Move]] = {i: set() for i in players}
        for step in game.histories.path(end):
            parent = game.histories.parent[step]
            place = game.histories.information_set[parent]
            if place >= 0:
                action = game.histories.children[parent].index(step)
                moves[game.information_sets[place].player].add((place, action))
        found.append((end, tuple(frozenset(moves[i]) for i in players)))
    return found


class _Plans:
    """The reduced strategies of one player, sequence by sequence."""

    def __init__(self, game: ExtensiveGame, own: Sequences) -> None:
        self._sizes = {place: len(game.information_sets[place].actions) for place in own.places}
        self._number = own.number
        self._follow: dict[int, list[int]] = {}
        for place, before in zip(own.places, own.before, strict=True):
            self._follow.setdefault(before, []).append(place)

    def count(self, sequence: int) -> int:
        """The number of ways to go on from a sequence."""
        return prod(
            sum(self.count(self._number[place, a]) for a in range(self._sizes[place]))
            for place in self._follow.get(sequence, ())
        )

    def strategies(self, sequence: int) -> Iterator[Strategy]:
        """The ways to go on from a sequence, earlier actions first."""
        options = [
            [
                after | {(place, a)}
                for a in range(self._sizes[place])
                for after in self.strategies(self._number[place, a])
            ]
            for place in self._follow.get(sequence, ())
        ]
        for parts in product(*options):
            yield frozenset().union(*parts)


def pure_equilibria(form: StrategicForm) -> list[Mix]:
    """All equilibria in pure reduced strategies."""
    found = pure_nash(form.payoffs, form.shape, form.movers)
    return [sure(actions_of(profile, form.shape), form.shape) for profile in found]


def behaviour_of_mix(game: ExtensiveGame, form: StrategicForm, mix: Mix) -> Behaviour:
    """Choices that play like mixed strategies (Kuhn 1953); excluded places take the first action.

    Parameters
    ----------
    mix : per mover the probability of each strategy
    """
    rows: list[tuple[Number, ...]] = []
    last = last_moves(game)
    for k, place in enumerate(game.information_sets):
        i = form.movers.index(place.player)
        before = last[place.histories[0]][place.player]
        weight: dict[int, Number] = {}
        arrives: Number = Fraction(0)
        for strategy, share in zip(form.strategies[i], mix[i], strict=True):
            if share and (before[0] < 0 or before in strategy):
                arrives += share
                for a in range(len(place.actions)):
                    if (k, a) in strategy:
                        weight[a] = weight.get(a, Fraction(0)) + share
        rows.append(
            tuple(weight.get(a, Fraction(0)) / arrives for a in range(len(place.actions)))
            if arrives
            else tuple(Fraction(int(a == 0)) for a in range(len(place.actions)))
        )
    return tuple(rows)
