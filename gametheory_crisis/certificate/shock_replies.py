"""Best replies of single types, and what they gain, in a game with continuum shocks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gametheory_crisis.certificate.knowledge import Taken
from gametheory_crisis.certificate.shock_cells import crossings
from gametheory_crisis.certificate.shock_distributions import FloatArray
from gametheory_crisis.certificate.shock_moments import Moment, Moments, Path
from gametheory_crisis.certificate.shock_payoffs import Receipt, ShockGame

_NUM_QUANTILES = {1: 201, 2: 41}
_BESIDE = 1e-9
"""How far from a switch point the types beside it stand, as a share of the spread."""


class Gain(NamedTuple):
    """The most that a type gains at an information set, and whether play gets there."""

    information_set: int
    gain: float
    on_path: bool


_Ways = tuple[list[Path], ...]
"""Per player the paths that lead to a history; it is as likely as all of them together."""


class Replies:
    """What types can gain by other plans than the one claimed.

    Parameters
    ----------
    game : the game
    moments : per player its claimed rules, integrated
    """

    def __init__(self, game: ShockGame, moments: Sequence[Moments]) -> None:
        self._game, self._moments = game, moments
        sets = game.tree.information_sets
        self._movers = [game.players.index(each.player) for each in sets]
        # Perfect recall: what a player has done before is the same at all histories of a set.
        self._own_paths = [
            game.paths[each.histories[0]][i] for each, i in zip(sets, self._movers, strict=True)
        ]
        self._received: dict[int, list[Receipt]] = defaultdict(list)
        for receipt in game.receipts:
            self._received[receipt.history].append(receipt)
        self._behind: dict[Taken, list[int]] = defaultdict(list)
        for position, path in enumerate(self._own_paths):
            if path:
                self._behind[path[-1]].append(position)

    def payoff(self, i: int) -> float:
        """What a player expects on day 0."""
        total = 0.0
        for receipt in self._game.receipts:
            moments = self._moments_at(receipt.history, self._paths(receipt.history))
            worth = self._worth(receipt, i, moments)
            mass, firsts = moments[i]
            discount = self._game.discounts[i] ** receipt.day
            total += discount * float(worth[0] * mass + worth[1:] @ firsts)
        return total

    def reach(self, history: int) -> float:
        """The probability that play gets to a history."""
        return self._weight(history, self._paths(history), without=-1)

    def gains(self, i: int) -> list[Gain]:
        """What the types of a player gain at most at each of its information sets.

        Where play never gets there, the histories are as likely as in the limit of mistakes that
        every type makes alike, each action of each information set as often as any other.
        """
        own = [at for at, mover in enumerate(self._movers) if mover == i]
        if not own:
            return []
        types = self._types(i)
        claimed = {at: self._moments[i].rules[at].behaviour(types) for at in own}
        weights = {at: self._weight_of_set(at, i) for at in own}
        table = self._table(i, ((r, self._paths(r.history)) for r in self._game.receipts))
        weighted = self._fold(i, own, table, types, claimed)
        return [
            Gain(at, float(weighted[at].max()) / weights[at], on_path=True)
            if weights[at] > 0
            else Gain(at, self._gain_off_path(i, at, own, types, claimed), on_path=False)
            for at in own
        ]

    def _gain_off_path(
        self,
        i: int,
        at: int,
        own: Sequence[int],
        types: FloatArray,
        claimed: Mapping[int, FloatArray],
    ) -> float:
        """The gain at a set that the others' play never leads to."""
        ways = self._mistaken_ways(i, at)
        total = sum(self._weight(history, way, without=i) for history, way in ways.items())
        table = self._table(i, self._received_below(ways))
        return float(self._fold(i, own, table, types, claimed)[at].max()) / total

    def _received_below(self, ways: Mapping[int, _Ways]) -> Iterator[tuple[Receipt, _Ways]]:
        """What is paid at histories and behind them, with the ways that lead there."""
        stack = list(ways.items())
        while stack:
            history, way = stack.pop()
            for receipt in self._received[history]:
                yield receipt, way
            children = self._game.tree.histories[history].children
            stack.extend((child, self._continued(way, history, child)) for child in children)

    def _mistaken_ways(self, i: int, at: int) -> dict[int, _Ways]:
        """The histories of a set that need the fewest mistakes, and how they come about."""
        ways: dict[int, _Ways] = {}
        needed: dict[int, int] = {}
        for history in self._game.tree.information_sets[at].histories:
            mistakes = [
                (0, [path]) if j == i else self._moments[j].mistakes(path)
                for j, path in enumerate(self._game.paths[history])
            ]
            needed[history] = sum(number for number, _ in mistakes)
            ways[history] = tuple(meant for _, meant in mistakes)
        fewest = min(needed.values())
        return {history: way for history, way in ways.items() if needed[history] == fewest}

    def _continued(self, ways: _Ways, parent: int, child: int) -> _Ways:
        """The ways to a history one move longer."""
        before, after = self._game.paths[parent], self._game.paths[child]
        return tuple(
            [(*path, *after[j][len(before[j]) :]) for path in paths] for j, paths in enumerate(ways)
        )

    def _fold(
        self,
        i: int,
        own: Sequence[int],
        table: Mapping[Taken, Sequence[tuple[int, FloatArray]]],
        types: FloatArray,
        claimed: Mapping[int, FloatArray],
    ) -> dict[int, FloatArray]:
        """Per set what each type gains there, times the probability of the set.

        Perfect recall makes a player's information sets a forest, which is folded from its leaves.
        """
        sets = self._game.tree.information_sets
        gains: dict[int, FloatArray] = {}
        values: dict[int, tuple[FloatArray, FloatArray]] = {}
        for at in sorted(own, key=lambda at: len(self._own_paths[at]), reverse=True):
            best, kept = None, np.zeros(len(types))
            for action in range(len(sets[at].actions)):
                option, claim = np.zeros(len(types)), np.zeros(len(types))
                for day, worth in table.get((at, action), ()):
                    factor = self._game.discounts[i] ** (day - sets[at].day)
                    option += factor * (worth[0] + types @ worth[1:])
                claim += option
                for behind in self._behind.get((at, action), ()):
                    factor = self._game.discounts[i] ** (sets[behind].day - sets[at].day)
                    option += factor * values[behind][0]
                    claim += factor * values[behind][1]
                best = option if best is None else np.maximum(best, option)
                kept += claimed[at][:, action] * claim
            values[at] = (kept if best is None else best, kept)
            gains[at] = values[at][0] - kept
        return gains

    def _table(
        self, i: int, receipts: Iterable[tuple[Receipt, _Ways]]
    ) -> dict[Taken, list[tuple[int, FloatArray]]]:
        """Behind each own action, per day, what a type of the player is paid up to its next."""
        sums: dict[Taken, dict[int, FloatArray]] = defaultdict(dict)
        for receipt, ways in receipts:
            path = self._game.paths[receipt.history][i]
            if path:
                worth = self._worth(receipt, i, self._moments_at(receipt.history, ways))
                by_day = sums[path[-1]]
                by_day[receipt.day] = by_day.get(receipt.day, 0.0) + worth
        return {step: list(by_day.items()) for step, by_day in sums.items()}

    def _worth(self, receipt: Receipt, i: int, moments: Sequence[Moment]) -> FloatArray:
        """What a receipt is worth to a type of a player: a constant, and a slope per own shock."""
        game = self._game
        masses = [moment.mass for moment in moments]
        others = math.prod([mass for j, mass in enumerate(masses) if j != i])
        paid = receipt.worth[i]
        worth = np.concatenate([paid[:1], paid[1:][game.columns[i]]]) * others
        for j, moment in enumerate(moments):
            slopes = paid[1:][game.columns[j]]
            if j != i and slopes.any():
                rest = math.prod([mass for k, mass in enumerate(masses) if k not in (i, j)])
                worth[0] += rest * float(slopes @ moment.firsts)
        return np.asarray(game.nature[receipt.history] * worth)

    def _weight(self, history: int, ways: _Ways, without: int) -> float:
        moments = self._moments_at(history, ways)
        masses = [moment.mass for j, moment in enumerate(moments) if j != without]
        return self._game.nature[history] * float(math.prod(masses))

    def _weight_of_set(self, at: int, i: int) -> float:
        """The probability that the others and nature lead to a set."""
        histories = self._game.tree.information_sets[at].histories
        return sum(self._weight(h, self._paths(h), without=i) for h in histories)

    def _paths(self, history: int) -> _Ways:
        return tuple([path] for path in self._game.paths[history])

    def _moments_at(self, history: int, ways: _Ways) -> list[Moment]:
        return [moments.total(way) for moments, way in zip(self._moments, ways, strict=True)]

    def _types(self, i: int) -> FloatArray:
        """The types that are asked: a spread, the outermost, and those beside switch points.

        Between switch points a gain is a convex function of the type, so it is largest there.
        """
        shocks = self._moments[i].shocks
        if not shocks:
            return np.zeros((1, 0))
        box = np.array([shock.outermost for shock in shocks])
        shares = np.linspace(0, 1, _NUM_QUANTILES[len(shocks)])[1:-1]
        axes = [
            np.concatenate([side, shock.quantile(shares)])
            for side, shock in zip(box, shocks, strict=True)
        ]
        spread = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(shocks))
        beside = _beside(self._moments[i].lines, box, [shock.spread for shock in shocks])
        return np.asarray(np.clip(np.concatenate([spread, beside]), box[:, 0], box[:, 1]))


def _beside(lines: FloatArray, box: FloatArray, spreads: Sequence[float]) -> FloatArray:
    """Types on all sides of where switches cross each other or the edges of the box."""
    if len(spreads) == 1:
        points = -lines[:, :1] / lines[:, 1:]
    else:
        edges = [(-box[0, 0], 1, 0), (-box[0, 1], 1, 0), (-box[1, 0], 0, 1), (-box[1, 1], 0, 1)]
        points = crossings(np.concatenate([lines, np.array(edges)]))
    inside = ((points >= box[:, 0]) & (points <= box[:, 1])).all(axis=1)
    sides = np.stack(np.meshgrid(*[(-1, -0.4, 0, 0.4, 1)] * len(spreads)), axis=-1)
    steps = _BESIDE * sides.reshape(-1, len(spreads)) * np.array(spreads)
    return np.asarray((points[inside][:, None, :] + steps).reshape(-1, len(spreads)))
