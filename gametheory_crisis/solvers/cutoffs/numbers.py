"""The numbers of a part of a tree, and what a player's sequences are worth against the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.arithmetic import Number, as_float
from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.games.shocks import ShockGame
from gametheory_crisis.solvers.cutoffs.layout import Comparison, Floats, Integers, Layout, compare


class Realisation(NamedTuple):
    """How a player plays, seen by others who do not know its shocks.

    Attributes
    ----------
    masses : (batches, sequences) probability that it plays a sequence as far as that lies with it
    moments : (batches, sequences, shocks) the integral of each shock over the types that do
    """

    masses: Floats
    moments: Floats


class Worths(NamedTuple):
    """What a player's sequences are worth to it, as far as play ends right behind them.

    Attributes
    ----------
    values : (batches, 1 + own shocks, sequences) the constant, then the slope in each shock
    sizes : the same of the absolute terms whose sum they are: what rounding errors are shares of
    stakes : (batches, sequences) how large such numbers can be, mistakes of others on the way apart
    """

    values: Floats
    sizes: Floats
    stakes: Floats

    def at(self, batches: NDArray[np.bool_]) -> Worths:
        """Those of some batches."""
        return Worths(self.values[batches], self.sizes[batches], self.stakes[batches])

    def repeated(self, batches: int) -> Worths:
        """As many batches as asked for, where it may be a single one so far."""
        return Worths(*(np.broadcast_to(part, (batches, *part.shape[1:])) for part in self))


@dataclass(frozen=True)
class Part:
    """A part of a tree with its numbers.

    Attributes
    ----------
    layout : its shape
    chance : (ends,) what moves of nature on the way contribute to the probability of an end
    constants : (players, ends) payoffs where all shocks are 0
    slopes : (players, shocks, ends)
    owned : per player the indices of its shocks
    distributions : of the shocks
    comparisons : per player with shocks its information sets with their plans
    outcomes, days : (ends,)
    discount : each player's daily discount factor
    """

    game: ShockGame
    layout: Layout
    chance: Floats
    constants: Floats
    slopes: Floats
    owned: tuple[tuple[int, ...], ...]
    distributions: tuple[Distribution, ...]
    comparisons: tuple[tuple[Comparison, ...], ...]
    incidence: tuple[Floats, ...]

    @property
    def num_players(self) -> int:
        return len(self.owned)

    def own(self, player: int) -> tuple[Distribution, ...]:
        """The distributions of a player's shocks."""
        return tuple(self.distributions[shock] for shock in self.owned[player])

    def means(self, player: int) -> Floats:
        """The expected values of a player's shocks."""
        return np.array([shock.mean for shock in self.own(player)])

    def felt(self, player: int) -> bool:
        """Whether a player's shocks enter the payoffs of anybody else."""
        others = [i for i in range(self.num_players) if i != player]
        return bool(np.any(self.slopes[np.ix_(others, self.owned[player])]))

    def idle(self, player: int) -> Realisation:
        """The realisation of a player who never moves."""
        means = self.means(player)
        return Realisation(np.ones((1, 1)), means[None, None, :])

    def weights(self, played: Sequence[Realisation], without: Sequence[int] = ()) -> Floats:
        """(batches, ends) how likely nature and players, but for some, lead to each end."""
        total = self.chance[None, :]
        for player, realisation in enumerate(played):
            if player not in without:
                total = total * realisation.masses[:, self.layout.moves[player].end_sequence]
        return total

    def leading(self, index: int, player: int, played: Sequence[Realisation]) -> Floats:
        """(batches,) how likely nature and the others lead a player to an information set."""
        layout, total = self.layout, np.zeros(1)
        steps = zip(layout.set_sequences[index], layout.set_chance[index], strict=True)
        for sequences, chance in steps:
            share = np.array([_product(self.game.tree.probability, chance)])
            for other, sequence in enumerate(sequences):
                if other != player:
                    share = share * played[other].masses[:, sequence]
            total = total + share
        return total

    def size(self, player: int) -> float:
        """How large a player's payoffs are, 1 where they are all 0."""
        typical = [abs(d.mean) + abs(d.quantile(0.84) - d.mean) for d in self.distributions]
        slopes = np.abs(self.slopes[player]).max(axis=1) @ np.array(typical)
        return float(np.abs(self.constants[player]).max() + slopes) or 1.0

    def worths(self, player: int, played: Sequence[Realisation]) -> Worths:
        """What a player's sequences are worth to it, as far as play ends right behind them.

        Parameters
        ----------
        played : per player how it plays; that of ``player`` is not used

        Returns
        -------
        Worths
            Weighted by the probability that nature and the others lead to each end
        """
        alone = self.weights(played, (player,))
        terms = [alone * self.constants[player]]
        for other, shocks in enumerate(self.owned):
            if other == player:
                continue
            sequence = self.layout.moves[other].end_sequence
            for k, shock in enumerate(shocks):
                slope = self.slopes[player, shock]
                if np.any(slope):
                    rest = self.weights(played, (player, other))
                    terms.append(rest * played[other].moments[:, sequence, k] * slope)
        slopes = [alone * self.slopes[player, shock] for shock in self.owned[player]]
        values = np.stack([sum(terms[1:], terms[0]), *slopes], axis=1)
        absolute = [np.abs(term) for term in terms]
        sizes = np.stack([sum(absolute[1:], absolute[0]), *map(np.abs, slopes)], axis=1)
        incidence, stakes = self.incidence[player], alone * self.size(player)
        return Worths(values @ incidence, sizes @ incidence, stakes @ incidence)


def part_of(game: ShockGame, layout: Layout) -> Part:
    """The numbers of a part of a game's tree."""
    players, tree = range(len(game.tree.players)), game.tree
    owned = tuple(tuple(k for k, s in enumerate(game.shocks) if s.player == i) for i in players)
    ends = layout.ends
    slopes = np.array([game.slopes[end] for end in ends], np.float64)
    return Part(
        game=game,
        layout=layout,
        chance=np.array([_product(tree.probability, steps) for steps in layout.chance]),
        constants=np.array([tree.payoffs[end] for end in ends], np.float64).T,
        slopes=slopes.reshape(len(ends), len(players), len(game.shocks)).transpose(1, 2, 0),
        owned=owned,
        distributions=tuple(shock.distribution for shock in game.shocks),
        comparisons=tuple(
            tuple(compare(layout.moves[i], place) for place in layout.moves[i].sets)
            if owned[i]
            else ()
            for i in players
        ),
        incidence=tuple(
            _incidence(moves.end_sequence, moves.num_sequences) for moves in layout.moves
        ),
    )


def _product(probability: Sequence[Number], steps: tuple[int, ...]) -> float:
    share = 1.0
    for step in steps:
        share *= as_float(probability[step])
    return share


def _incidence(sequence: Integers, num_sequences: int) -> Floats:
    """(ends, sequences) 1 where an end follows right behind a sequence."""
    found: Floats = np.eye(num_sequences)[sequence]
    return found
