"""Stationary profiles of many stochastic games of one structure, evaluated together.

The games have the same states, actions and moves, and differ in their numbers. Everything here is
dense linear algebra over the games, and shares nothing with the kernels that search for equilibria:
the regret of a cell in a sweep is computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.stochastic import Onward, StochasticArrays, StochasticGame

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class BatchedGame:
    """Many games.

    Attributes
    ----------
    one : the structure; its numbers are those of no game in particular
    pays : float64 (games, rows, players)
    weight : float64 (games, entries, players), discounted probability of each move
    share : float64 (games, entries), probability of each move
    days : float64 (games, rows), expected days until the next state or the end
    ends : float64 (games, rows, outcomes), probability of ending before the next state
    start_pays : float64 (games, players), what is paid before the first state
    start_weight : float64 (games, states, players), discounted probability of each first state
    start_share : float64 (games, states)
    start_days : float64 (games,)
    start_ends : float64 (games, outcomes)
    """

    one: StochasticArrays
    pays: Floats
    weight: Floats
    share: Floats
    days: Floats
    ends: Floats
    start_pays: Floats
    start_weight: Floats
    start_share: Floats
    start_days: Floats
    start_ends: Floats

    def take(self, games: Whole) -> BatchedGame:
        """Some of the games."""
        arrays = {name: getattr(self, name)[games] for name in _NUMBERS}
        return replace(self, **arrays)

    @cached_property
    def action(self) -> Whole:
        """int64 (rows, players): which of all actions, states and players in turn, a row takes."""
        sizes = self.one.sizes
        first = np.cumsum([0, *sizes.ravel()])[:-1].reshape(sizes.shape)
        rows = [
            first[s] + np.array(actions)
            for s in range(len(sizes))
            for actions in product(*(range(size) for size in sizes[s]))
        ]
        return np.array(rows, dtype=np.int64).reshape(-1, sizes.shape[1])

    @cached_property
    def state(self) -> Whole:
        """int64 (rows,): the state of each row."""
        return np.repeat(np.arange(len(self.one.sizes)), np.diff(self.one.row))

    @cached_property
    def source(self) -> Whole:
        """int64 (entries,): the row of each entry."""
        return np.repeat(np.arange(len(self.state)), np.diff(self.one.entry))


_NUMBERS = [field.name for field in fields(BatchedGame) if field.name != "one"]


@dataclass(frozen=True)
class Evaluation:
    """What one profile per game is worth.

    Attributes
    ----------
    regret : float64 (games,), the most that one deviation gains in any state
    scale : float64 (games,), the largest payoff in any state
    payoffs : float64 (players, games), from the start
    outcomes : float64 (outcomes, games), without play that never ends
    forever : float64 (games,)
    day : float64 (games,), expected day of the end, ``nan`` where play may never end
    """

    regret: Floats
    scale: Floats
    payoffs: Floats
    outcomes: Floats
    forever: Floats
    day: Floats


def batched_game(game: StochasticGame, num: int, num_outcomes: int) -> BatchedGame:
    """Many games at once, from one whose numbers are arrays over the games.

    Parameters
    ----------
    num : how many games
    num_outcomes : how many outcomes there are
    """
    rows = [onward for state in game.onward for onward in state]
    factors = [np.broadcast_to(np.asarray(f, dtype=np.float64), num) for f in game.factors]
    start = _single(game.start, factors, num, num_outcomes)
    parts = [_single(onward, factors, num, num_outcomes) for onward in rows]
    entries = [(target, days) for onward in rows for target, days in onward.moves]
    weights = [weight for part in parts for weight in part.weights]
    shares = [share for part in parts for share in part.shares]
    states, players = len(game.sizes), game.num_players
    start_weight = np.zeros((num, states, players))
    start_share = np.zeros((num, states))
    for (target, _), weight, share in zip(
        game.start.moves, start.weights, start.shares, strict=True
    ):
        start_weight[:, target] += weight
        start_share[:, target] += share
    one = StochasticArrays(
        sizes=np.array(game.sizes, dtype=np.int64).reshape(-1, players),
        row=np.cumsum([0, *(len(state) for state in game.onward)], dtype=np.int64),
        pays=np.zeros((len(rows), players)),
        entry=np.cumsum([0, *(len(onward.moves) for onward in rows)], dtype=np.int64),
        target=np.array([target for target, _ in entries], dtype=np.int64),
        weight=np.zeros((len(entries), players)),
    )
    return BatchedGame(
        one=one,
        pays=_stack([part.pays for part in parts], (num, 0, players)),
        weight=_stack(weights, (num, 0, players)),
        share=_stack(shares, (num, 0)),
        days=_stack([part.days for part in parts], (num, 0)),
        ends=_stack([part.ends for part in parts], (num, 0, num_outcomes)),
        start_pays=np.ascontiguousarray(start.pays),
        start_weight=start_weight,
        start_share=start_share,
        start_days=start.days,
        start_ends=start.ends,
    )


@dataclass(frozen=True)
class _Single:
    """One `Onward` over all games: pays (games, players), per move weights (games, players) and
    shares (games,), days (games,) and ends (games, outcomes)."""

    pays: Floats
    weights: list[Floats]
    shares: list[Floats]
    days: Floats
    ends: Floats


def _single(onward: Onward, factors: Sequence[Floats], num: int, num_outcomes: int) -> _Single:
    def over(number: object) -> Floats:
        return np.broadcast_to(np.asarray(number, dtype=np.float64), num)

    days = np.zeros(num)
    ends = np.zeros((num, num_outcomes))
    for (outcome, later), share in onward.ends.items():
        ends[:, outcome] += over(share)
        days += over(share) * later
    weights, shares = [], []
    for (_, later), share in onward.moves.items():
        shares.append(over(share))
        weights.append(np.stack([over(share) * factor**later for factor in factors], axis=1))
        days += over(share) * later
    pays = np.stack([over(p) for p in onward.pays], axis=1)
    return _Single(pays, weights, shares, days, ends)


def _stack(parts: Sequence[Floats], empty: tuple[int, ...]) -> Floats:
    return np.ascontiguousarray(np.stack(parts, axis=1)) if parts else np.zeros(empty)


def evaluate(game: BatchedGame, play: Floats) -> Evaluation:
    """Values, regret and endings of one profile per game.

    Parameters
    ----------
    play : float64 (games, actions), probability of each action, states and players in turn
    """
    num = len(play)
    chosen = play[:, game.action]
    shares = chosen.prod(axis=2)
    values = _values(game, shares)
    worth = game.pays.copy()
    for entry, (row, target) in enumerate(zip(game.source, game.one.target, strict=True)):
        worth[:, row] += game.weight[:, entry] * values[:, target]
    regret = np.zeros(num)
    for player in range(game.pays.shape[2]):
        others = np.delete(chosen, player, axis=2).prod(axis=2) * worth[:, :, player]
        gains = np.zeros_like(play)
        for row, action in enumerate(game.action[:, player]):
            gains[:, action] += others[:, row]
        of_state = np.full(play.shape[1], -1)
        of_state[game.action[:, player]] = game.state
        own = np.flatnonzero(of_state >= 0)
        gain = gains[:, own] - values[:, of_state[own], player]
        regret = np.maximum(regret, gain.max(axis=1, initial=0.0))
    outcomes, forever, day = _endings(game, shares)
    start = np.einsum("gsi,gsi->ig", game.start_weight, values) + game.start_pays.T
    return Evaluation(
        regret=regret,
        scale=np.abs(values).max(axis=(1, 2), initial=0.0),
        payoffs=start,
        outcomes=outcomes,
        forever=forever,
        day=day,
    )


def _values(game: BatchedGame, shares: Floats) -> Floats:
    """float64 (games, states, players)."""
    num, states, players = len(shares), len(game.one.sizes), game.pays.shape[2]
    values = np.zeros((num, states, players))
    right = _by_state(game, shares[:, :, None] * game.pays)
    for player in range(players):
        matrix = _matrix(game, shares, game.weight[:, :, player])
        values[:, :, player] = np.linalg.solve(matrix, right[:, :, player, None])[..., 0]
    return values


def _matrix(game: BatchedGame, shares: Floats, weight: Floats) -> Floats:
    """Identity less the discounted chain, float64 (games, states, states)."""
    states = len(game.one.sizes)
    matrix = np.tile(np.eye(states), (len(shares), 1, 1))
    for entry, (row, target) in enumerate(zip(game.source, game.one.target, strict=True)):
        matrix[:, game.state[row], target] -= shares[:, row] * weight[:, entry]
    return matrix


def _by_state(game: BatchedGame, rows: Floats) -> Floats:
    """Sums over the rows of each state: (games, rows, …) to (games, states, …)."""
    return np.asarray(np.add.reduceat(rows, game.one.row[:-1], axis=1))


def _endings(game: BatchedGame, shares: Floats) -> tuple[Floats, Floats, Floats]:
    """Outcomes (outcomes, games), probability of no end, and expected day."""
    states = len(game.one.sizes)
    chain = np.eye(states) - _matrix(game, shares, game.share)
    ends = _by_state(game, shares[:, :, None] * game.ends)
    may_end = ends.sum(axis=2) > 0
    for _ in range(states):
        may_end |= ((chain > 0) & may_end[:, None, :]).any(axis=2)
    lost = np.where(may_end[:, None, :], 0.0, chain).sum(axis=2)
    days = _by_state(game, (shares * game.days)[:, :, None])
    inner = np.where(may_end[:, :, None] & may_end[:, None, :], chain, 0.0)
    right = np.concatenate([ends, lost[:, :, None], days], axis=2)
    right = np.where(may_end[:, :, None], right, 0.0)
    total = np.linalg.solve(np.eye(states) - inner, right)
    never = np.where(may_end, total[:, :, -2], 1.0)
    forever = (game.start_share * never).sum(axis=1)
    outcomes = game.start_ends + np.einsum("gs,gso->go", game.start_share, total[:, :, :-2])
    day = game.start_days + (game.start_share * total[:, :, -1]).sum(axis=1)
    return outcomes.T, forever, np.where(forever > 0, np.nan, day)
