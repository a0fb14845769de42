"""An equilibrium close to a profile that nearly is one, also where equilibria form a continuum.

On a support, equilibria solve as many equations as there are unknowns. Where those leave a
continuum Newton's method has no step, but the shortest least-squares step leads to the point of
the continuum that is nearest (Ben-Israel 1966, A Newton-Raphson method for the solution of systems
of equations).
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.stochastic import (
    StationaryProfile,
    StochasticGame,
    stochastic_arrays,
)
from gametheory_crisis.solvers.stochastic.mixed import Found, stationary_profile
from gametheory_crisis.solvers.stochastic.values import regret

Floats = NDArray[np.float64]

CUTOFFS = (1e-4, 1e-3, 1e-2, 5e-2)
"""Actions less likely than this are left out, one cutoff after the other."""
MOST_STEPS = 40
SINGULAR = 1e-9
"""Smaller singular values, as a share of the largest, count as 0."""
TOLERANCE = 1e-12
"""Largest regret of an equilibrium, as a share of the largest payoff."""


def nearby_equilibrium(game: StochasticGame, profile: StationaryProfile) -> Found | None:
    """An equilibrium near a profile, played on the profile's likely actions, if there is one.

    Parameters
    ----------
    profile : nearly an equilibrium

    Returns
    -------
    The equilibrium, its regret recomputed, or None
    """
    system = _System(game)
    start = np.array([float(share) for state in profile for mix in state for share in mix])
    for cutoff in CUTOFFS:
        play = system.solve(start, start > cutoff)
        if play is None:
            continue
        found = stationary_profile(system.arrays, play)
        worst = float(regret(game, found))
        if worst <= TOLERANCE * max(1e-300, system.scale(play)):
            return Found(found, worst, "nearby", converged=True)
    return None


class _System:
    """The equations of a game: mixing players are indifferent, and values are what play is worth.

    Attributes
    ----------
    arrays : the game
    action : int64 (rows, players), the number of the action that a player takes in a row; actions
        are numbered state after state and player after player
    owner : int64 (actions,), number of the state and player of each action, ``s * players + i``
    moves : float64 (players, rows, states), discounted probability of each next state
    """

    def __init__(self, game: StochasticGame) -> None:
        self.arrays = stochastic_arrays(game)
        sizes = self.arrays.sizes
        self.players, self.states = sizes.shape[1], len(sizes)
        first = (np.cumsum(sizes) - sizes.ravel()).reshape(sizes.shape)
        rows = [
            first[s] + np.array(actions)
            for s in range(self.states)
            for actions in product(*map(range, sizes[s].tolist()))
        ]
        self.action = np.array(rows, dtype=np.int64)
        self.owner = np.repeat(np.arange(sizes.size), sizes.ravel())
        self.moves = np.zeros((self.players, len(rows), self.states))
        source = np.repeat(np.arange(len(rows)), np.diff(self.arrays.entry))
        for player in range(self.players):
            at = (source, self.arrays.target)
            np.add.at(self.moves[player], at, self.arrays.weight[:, player])

    def solve(self, start: Floats, support: NDArray[np.bool_]) -> Floats | None:
        """Probabilities that solve the equations of a support, from some close by; or None."""
        play = np.where(support, start, 0.0)
        play /= np.bincount(self.owner, play)[self.owner]
        point = np.concatenate([play, self._values(play)])
        kept = np.concatenate([support, np.ones(self.states * self.players, dtype=np.bool_)])
        for _ in range(MOST_STEPS):
            residual, slopes = self._equations(point, support)
            size = np.abs(residual).max()
            if size <= 1e-15 * max(1.0, np.abs(point).max()):
                break
            step = np.linalg.lstsq(slopes[:, kept], -residual, rcond=SINGULAR)[0]
            if not np.isfinite(step).all():
                return None
            point[kept] += step
            if np.abs(step).max() <= 1e-15 * max(1.0, np.abs(point).max()):
                break
        play = point[: len(start)]
        if play.min() < -1e-9 or not np.isfinite(play).all():
            return None
        play = np.maximum(play, 0.0)
        shares: Floats = play / np.bincount(self.owner, play)[self.owner]
        return shares

    def scale(self, play: Floats) -> float:
        """The largest value of a profile."""
        return float(np.abs(self._values(play)).max())

    def _values(self, play: Floats) -> Floats:
        """What each state is worth to each player, float64 (states * players,)."""
        shares = play[self.action].prod(axis=1)
        state = np.repeat(np.arange(self.states), np.diff(self.arrays.row))
        values = np.empty((self.states, self.players))
        for player in range(self.players):
            chain = np.zeros((self.states, self.states))
            np.add.at(chain, state, shares[:, None] * self.moves[player])
            pays = np.bincount(state, shares * self.arrays.pays[:, player], self.states)
            values[:, player] = np.linalg.solve(np.eye(self.states) - chain, pays)
        return values.ravel()

    def _equations(self, point: Floats, support: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Residuals and their slopes: one per action of the support, and one per state and player.

        An action's is what it is worth less what its state is; a state and player's is the sum of
        probabilities less 1.
        """
        num = len(self.owner)
        play, values = point[:num], point[num:].reshape(self.states, self.players)
        worth = np.zeros(num)
        slopes = np.zeros((num, len(point)))
        for i in range(self.players):
            ahead = self.arrays.pays[:, i] + self.moves[i] @ values[:, i]
            others = np.delete(play[self.action], i, axis=1)
            weight = others.prod(axis=1)
            own = self.action[:, i]
            np.add.at(worth, own, weight * ahead)
            columns = num + np.arange(self.states) * self.players + i
            np.add.at(slopes, (own[:, None], columns[None]), weight[:, None] * self.moves[i])
            for k, j in enumerate(j for j in range(self.players) if j != i):
                rest = np.delete(others, k, axis=1).prod(axis=1)
                np.add.at(slopes, (own, self.action[:, j]), rest * ahead)
        slopes[np.arange(num), num + self.owner] -= 1.0
        sums = np.zeros((self.states * self.players, len(point)))
        sums[self.owner, np.arange(num)] = 1.0
        residual = np.concatenate([(worth - values.ravel()[self.owner])[support], sums @ point - 1])
        return residual, np.vstack([slopes[support], sums])
