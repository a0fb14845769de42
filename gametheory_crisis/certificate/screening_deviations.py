"""What can be gained off the path of daily offers: by one other offer, or one other answer.

Play is followed from a spread of states on every day. The worth of the plays of one day serves
both as the claim there and as what follows the offers of the day before: whoever aims at a state
offers what its marginal type asks for.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gametheory_crisis.certificate.arrays import Floats
from gametheory_crisis.certificate.screening_follower import Plays
from gametheory_crisis.certificate.screening_paths import Player
from gametheory_crisis.certificate.screening_starts import Starts
from gametheory_crisis.certificate.screening_subgames import ASIDE
from gametheory_crisis.certificate.screening_tables import SNAP, Flags
from gametheory_crisis.certificate.screening_worths import worths

SMALLEST = 1e-7
"""States with less probability are not examined: rounding would speak."""


class Gains(NamedTuple):
    """The largest gains, of the proposer and of types."""

    proposer: float
    types: float


def examine(player: Player, starts: Starts, plays: Plays) -> Gains:
    """The largest gains by one deviation, on and off the path."""
    found, count = worths(player, plays), starts.states.shape[1]
    # Plays that start on a day are the last of its morning.
    worth = np.array([each[-count:] for each in found.proposer[:-1]])
    onward = np.array([each[-count:] for each in found.onward_proposer])
    waiting = np.array([each[-count:] for each in found.onward_types])
    leaves = np.array([step.after[-count:] for step in plays.steps]) < starts.states[:-1] - SNAP
    offers = _Offers(player, starts, onward, waiting)
    return Gains(offers.proposer_gain(worth, leaves), offers.type_gain())


class _Offers:
    """The offers of every day, each aimed at a state in which the next day is known.

    Arrays are (days, states); ``onward`` and ``waiting`` are what the state aimed at is worth the
    night before to the proposer and to the marginal type.
    """

    def __init__(self, player: Player, starts: Starts, onward: Floats, waiting: Floats) -> None:
        self._player, game = player, player.game
        self._days = np.arange(game.num_days)[:, None]
        self._states, self._right = starts.states[:-1], starts.right[:-1]
        self._targets, self._beyond = starts.states[1:], starts.right[1:]
        self._onward = game.discount[game.proposer] * onward
        self._waiting = game.discount[game.informed] * waiting
        self._demands = player.demands(self._days, self._targets, self._beyond)
        self._low, self._high = player.ranges[:, :1], player.ranges[:, 1:]
        self._signs = player.signs[:, None]

    def type_gain(self) -> float:
        """What marginal types gain by taking what they refuse, or refusing what they take."""
        player, demands = self._player, self._demands
        positions = player.game.positions.beside(self._targets, self._beyond)
        y = np.clip(demands, self._low, self._high)
        gap = player.acceptance(self._days, self._signs * y, positions) - self._waiting
        gains = np.where(
            demands > self._high, gap, np.where(demands < self._low, -gap, np.abs(gap))
        )
        order = np.lexsort((self._beyond, self._targets))
        asked = np.take_along_axis(demands, order, axis=1)
        states = np.take_along_axis(self._targets, order, axis=1)
        rises = np.where(np.diff(states) > ASIDE, np.diff(asked), 0.0)
        rise = np.max(rises, initial=0.0, axis=1) * player.units
        return float(np.max([0.0, np.max(gains), np.max(rise)]))

    def proposer_gain(self, worth: Floats, leaves: Flags) -> float:
        """What the proposer gains by another offer, per unit of the probability of the state.

        Parameters
        ----------
        worth : what the claim is worth in each state
        leaves : whether some types take the day's offer
        """
        states = self._states
        mass = self._player.game.positions.mass(np.zeros_like(states), states)
        large = mass > SMALLEST
        mass = np.where(large, mass, 1.0)
        gains = np.where(large, (self._aimed() - worth) / mass, 0.0)
        # On a jump of the rules the offer of either side can be made, unless all types refuse it:
        # then what follows may hang on the choices of others, who are indifferent.
        same = (states[:, :, None] == states[:, None]) & (leaves & large)[:, None]
        ahead = (worth[:, None] - worth[:, :, None]) / mass[:, :, None]
        jumps = np.where(same & large[:, :, None], ahead, 0.0)
        return float(np.max([0.0, np.max(gains), np.max(jumps)]))

    def _aimed(self) -> Floats:
        """The most that an offer is worth in each state, together over the types left."""
        game, days = self._player.game, self._days
        y = np.clip(self._demands, self._low, self._high)
        feasible = self._demands == y
        onward = self._onward.copy()
        # What follows the ends of the range counts on a lottery where the state is on a jump.
        y[:, -4:] = np.tile(self._player.ranges, 2)
        after = self._targets[:, -2:]
        odds = self._player.odds(days, self._signs * y[:, -2:], after)
        onward[:, -4:] = np.tile((1 - odds) * onward[:, -4:-2] + odds * onward[:, -2:], 2)
        feasible[:, -4:] = True
        offers, aims, states = self._signs * y, self._targets, self._states[:, :, None]
        taken = game.accepted(
            game.proposer,
            days[:, :, None],
            offers[:, None],
            np.minimum(aims[:, None], states),
            states,
        )
        value = game.refused(game.proposer, days, offers, aims) + onward
        value = np.where(
            feasible[:, None] & (aims[:, None] < states), taken + value[:, None], -np.inf
        )
        # Where nobody accepts, play goes on from the same side; the worst offer for types does it.
        stays = (aims[:, None] == states) & (self._beyond[:, None] == self._right[:, :, None])
        stays &= (self._low < self._demands)[:, None]
        worst = np.broadcast_to(self._signs * self._low, aims.shape)
        aside = game.refused(game.proposer, days, worst, aims) + self._onward
        best: Floats = np.max(np.where(stays, aside[:, None], value), axis=2)
        return best
