"""The tree of a game with private numbers from a continuum, and payoffs affine in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gametheory_crisis.certificate.certify import evaluator
from gametheory_crisis.certificate.evaluation import Evaluator, as_float
from gametheory_crisis.certificate.growing import grow
from gametheory_crisis.certificate.shock_distributions import FloatArray, Shock
from gametheory_crisis.certificate.shock_draws import shocks_of
from gametheory_crisis.certificate.shock_moments import Path
from gametheory_crisis.certificate.tree import Tree
from gametheory_crisis.errors import NotFinite, UnsupportedGame
from gametheory_crisis.language.graph import Graph
from gametheory_crisis.results import Number

_ROUNDING = 1e-9
"""Payoffs may miss an affine function by this, relative to the largest where that exceeds 1."""

_PROBES = np.array([0.004, 0.11, 0.29, 0.61, 0.83, 0.997])
"""Quantiles at which payoffs are held against the affine functions fitted to them."""


@dataclass(frozen=True)
class Receipt:
    """What players receive at a history on a day.

    ``worth`` has shape (num_players, 1 + num_shocks): a constant, then a slope for each private
    number of all players in order.
    """

    history: int
    day: int
    worth: FloatArray


@dataclass(frozen=True)
class ShockGame:
    """A game with its histories.

    Attributes
    ----------
    tree : the histories
    numbers : the arithmetic, in floats
    players : in order
    shocks : per player its private numbers from a continuum
    columns : per player where these stand among those of all players
    discounts : per player what a payoff a day later counts
    nature : per history the product of nature's probabilities on the way
    paths : per history and player, what the player has done on the way
    receipts : all that is ever paid
    """

    tree: Tree
    numbers: Evaluator
    players: tuple[str, ...]
    shocks: tuple[tuple[Shock, ...], ...]
    columns: tuple[slice, ...]
    discounts: tuple[float, ...]
    nature: list[float]
    paths: list[tuple[Path, ...]]
    receipts: list[Receipt]


def read_game(graph: Graph, values: Mapping[str, Number]) -> ShockGame:
    """Grow the tree and fit its payoffs.

    Raises
    ------
    ParameterError
        If the values leave no game; `NotFinite` if a payoff is not finite.
    UnsupportedGame
        If a payoff is not affine in the private numbers, a player has too many of them, a
        probability reads one, an offer is a continuum, or the tree is too large or endless.
    """
    numbers = evaluator(graph, {name: as_float(value) for name, value in values.items()})
    players = tuple(graph.players)
    shocks = shocks_of(graph, numbers)
    every = [shock for player in players for shock in shocks[player]]
    samples = _samples(every)
    tree = grow(graph, numbers, samples)
    ends = np.cumsum([0, *(len(shocks[player]) for player in players)])
    nature, paths = _ways(tree, players)
    return ShockGame(
        tree,
        numbers,
        players,
        tuple(shocks[player] for player in players),
        tuple(slice(a, b) for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)),
        tuple(
            as_float(numbers.value(graph.clock.discount[player], {}))
            if player in graph.clock.discount
            else 1.0
            for player in players
        ),
        nature,
        paths,
        _receipts(tree, len(players), every, samples),
    )


def _samples(shocks: Sequence[Shock]) -> list[dict[str, float]]:
    """The medians; per private number its usual ends; then probes spread out."""
    centre = {shock.name: shock.median for shock in shocks}
    samples = [centre]
    for shock in shocks:
        samples += [{**centre, shock.name: usual} for usual in shock.usual]
    if not shocks:
        return samples
    table = [[*shock.quantile(_PROBES).tolist(), *shock.outermost] for shock in shocks]
    for probe in range(len(table[0])):
        samples.append(
            {
                shock.name: row[(probe + 3 * k) % len(row)]
                for k, (shock, row) in enumerate(zip(shocks, table, strict=True))
            }
        )
    return samples


def _receipts(
    tree: Tree, num_players: int, shocks: Sequence[Shock], samples: Sequence[Mapping[str, float]]
) -> list[Receipt]:
    types = np.array([[each[shock.name] for shock in shocks] for each in samples])
    found = []
    for index, history in enumerate(tree.histories):
        for values, day in (
            (history.pays, history.day - history.days),
            (history.payoffs, history.day),
        ):
            if values:
                table = np.array(values, dtype=np.float64).reshape(len(samples), num_players)
                found.append(Receipt(index, day, _fitted(table, types, tree, index, shocks)))
    return found


def _fitted(
    table: FloatArray, types: FloatArray, tree: Tree, index: int, shocks: Sequence[Shock]
) -> FloatArray:
    """The affine functions through payoffs, (num_samples, num_players), of one history."""
    where = ", ".join(tree.words(index))
    if not np.isfinite(table).all():
        raise NotFinite(f"a payoff after '{where}' is not finite")
    num_shocks = len(shocks)
    lower, upper = table[1 : 2 * num_shocks : 2], table[2 : 2 * num_shocks + 1 : 2]
    slopes = (upper - lower) / np.array([shock.spread for shock in shocks])[:, None]
    worth = np.concatenate([table[:1] - types[:1] @ slopes, slopes]).T
    missed = np.abs(table - table[0] - (types - types[0]) @ slopes)
    if (missed > _ROUNDING * max(1.0, float(np.abs(table).max()))).any():
        raise UnsupportedGame(
            f"a payoff after '{where}' is not affine in the private numbers: no certificate for it"
        )
    return worth


def _ways(tree: Tree, players: Sequence[str]) -> tuple[list[float], list[tuple[Path, ...]]]:
    """Per history nature's probability, and what each player has done."""
    nature, paths = [1.0], [tuple[Path, ...](() for _ in players)]
    for index, history in enumerate(tree.histories[1:], start=1):
        parent = tree.histories[history.parent]
        nature.append(nature[history.parent] * as_float(history.chance))
        path = paths[history.parent]
        if parent.information_set >= 0:
            i = players.index(tree.information_sets[parent.information_set].player)
            step = (parent.information_set, parent.children.index(index))
            path = (*path[:i], (*path[i], step), *path[i + 1 :])
        paths.append(path)
    return nature, paths
