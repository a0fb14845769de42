"""What a stationary profile is worth, by one linear system per player."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.stochastic import Onward, StationaryProfile, StochasticGame
from gametheory_crisis.solvers.stage_equilibria import profile_shares


def profile_values(game: StochasticGame, profile: StationaryProfile) -> list[list[Number]]:
    """What play is worth to each player in each state; exact where the game and profile are.

    Returns
    -------
    ``values[s][i]``, in units of the day on which play stands in state ``s``
    """
    players, states = range(game.num_players), range(len(game.sizes))
    columns = []
    shares = [profile_shares(mixes) for mixes in profile]
    for i in players:
        rows: list[dict[int, Number]] = []
        right: list[Number] = []
        for s in states:
            row: dict[int, Number] = {s: Fraction(1)}  # whole numbers divide exactly
            total: Number = 0
            for share, onward in zip(shares[s], game.onward[s], strict=True):
                if share == 0:
                    continue
                total += share * onward.pays[i]
                for target, weight in weights(game, onward, i).items():
                    row[target] = row.get(target, 0) - share * weight
            rows.append(row)
            right.append(total)
        columns.append(solve_sparse(rows, right))
    return [[columns[i][s] for i in players] for s in states]


def weights(game: StochasticGame, onward: Onward, player: int) -> dict[int, Number]:
    """Discounted probability of each next state, as a player counts it."""
    result: dict[int, Number] = {}
    for (target, days), share in onward.moves.items():
        result[target] = result.get(target, 0) + share * game.factors[player] ** days
    return result


def action_values(
    game: StochasticGame,
    profile: StationaryProfile,
    values: Sequence[Sequence[Number]],
    state: int,
    player: int,
) -> list[Number]:
    """What each action of a player is worth in a state, if all goes on as in the profile.

    Parameters
    ----------
    values : what the states are worth, from `profile_values`
    """
    sizes = game.sizes[state]
    result: list[Number] = [0] * sizes[player]
    for actions, onward in zip(product(*map(range, sizes)), game.onward[state], strict=True):
        share: Number = 1
        for j, action in enumerate(actions):
            if j != player:
                share *= profile[state][j][action]
        if share != 0:
            worth = onward.pays[player] + sum(
                weight * values[target][player]
                for target, weight in weights(game, onward, player).items()
            )
            result[actions[player]] += share * worth
    return result


def regret(game: StochasticGame, profile: StationaryProfile) -> Number:
    """The most that a player gains by deviating once, in any state; 0 if and only if the profile is
    Markov perfect."""
    values = profile_values(game, profile)
    gains: list[Number] = [0]
    for s, sizes in enumerate(game.sizes):
        for i, size in enumerate(sizes):
            if size > 1:
                gains.append(max(action_values(game, profile, values, s, i)) - values[s][i])
    return max(gains)


def solve_sparse(rows: Sequence[dict[int, Number]], right: Sequence[Number]) -> list[Number]:
    """The solution of a square linear system whose matrix is diagonally dominant by rows.

    Works on copies, by elimination without pivoting, in the arithmetic of its numbers.

    Parameters
    ----------
    rows : the entries of each row by column
    right : the right-hand side
    """
    left = [dict(row) for row in rows]
    known = list(right)
    below: list[set[int]] = [set() for _ in left]
    for r, row in enumerate(left):
        for c in row:
            if c < r:
                below[c].add(r)
    for k, row in enumerate(left):
        for r in sorted(below[k]):
            ratio = left[r].pop(k, 0) / row[k]
            if ratio == 0:
                continue
            known[r] -= ratio * known[k]
            for c, entry in row.items():
                if c > k:
                    left[r][c] = left[r].get(c, 0) - ratio * entry
                    if c < r:
                        below[c].add(r)
    for k in reversed(range(len(left))):
        for c, entry in left[k].items():
            if c > k:
                known[k] -= entry * known[c]
        known[k] /= left[k][k]
    return known
