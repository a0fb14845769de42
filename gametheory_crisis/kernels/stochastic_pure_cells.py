"""Pure Markov perfect equilibria of many stochastic games that differ in numbers alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gametheory_crisis.kernels.jit import entry_point, jit, source_digest
from gametheory_crisis.kernels.stochastic_dense import LOOSE, PAY, evaluate, tolerances
from gametheory_crisis.kernels.stochastic_pure import (
    COMPLETE,
    DOUBTFUL,
    MAX_CANDIDATES,
    NO_VALUE,
    TOO_MANY,
    allocate,
    lay_out,
    search,
)

LISTED = 64
"""Equilibria of a cell that are worth listing."""
STRICT = 1e-10
"""A relative gain up to it counts as a tie."""
SURE = 1e-11
"""A relative gain above it, and not above `LOOSE`, makes a cell doubtful."""


@jit
def verdict(tested, limits):
    """Whether a candidate counts as an equilibrium, and whether rounding may decide that.

    ``tested`` : float64 (2, players), gains and scales
    """
    strict, doubt = True, False
    for i in range(tested.shape[1]):
        gain, scale = tested[0, i], tested[1, i]
        if gain > max(LOOSE * scale, 2.0 * limits[1, i]):
            return False, False
        strict = strict and gain <= STRICT * scale
        doubt = doubt or gain > SURE * scale
    return strict, doubt


@jit
def before(one, other):
    """Whether a profile comes before another in the order of the file."""
    for s in range(len(one)):
        if one[s] != other[s]:
            return one[s] < other[s]
    return False


@jit
def in_order(found, tested, num, limits, order):
    """Sort the equilibria among the candidates into ``order``; returns their number and a doubt."""
    count = 0
    doubtful = False
    for k in range(num):
        strict, doubt = verdict(tested[k], limits)
        doubtful = doubtful or doubt
        if strict:
            spot = count
            while spot > 0 and before(found[k], found[order[spot - 1]]):
                order[spot] = order[spot - 1]
                spot -= 1
            order[spot] = k
            count += 1
    return count, doubtful


@jit
def payoff_at_start(dense, settled, place, rows, player, start, work):
    """What play is worth to a player before it first stands in a state.

    ``start`` : ``pays`` float64 (players,), ``target`` int64 (entries,) and ``weight`` float64
    (entries, players)
    """
    moves, rewards = dense
    pays, target, weight = start
    num, others = len(rows), settled.shape[1]
    _, system, value, _ = work
    evaluate(moves[player], rewards[player, PAY], rows, system, value)
    total = pays[player]
    for e in range(len(target)):
        k = place[target[e]]
        if k >= 0:
            worth = value[k]
        else:
            through = settled[player, -1 - k]
            worth = through[others + num + PAY]
            for c in range(num):
                worth += through[others + c] * value[c]
        total += weight[e, player] * worth
    return total


def _build_cells(digest: int) -> Callable[..., Any]:
    @entry_point
    def solve_cells(structure, cells, start, rounding, begin, end, out):
        """All pure Markov perfect equilibria of many games that differ in numbers alone.

        Ranges of cells may be solved at once, by several threads.

        Parameters
        ----------
        structure : ``sizes``, ``row``, ``entry`` and ``target`` as in `StochasticArrays`
        cells : ``pays`` float64 (cells, rows, players) and ``weight`` float64 (cells, entries,
            players)
        start : what follows until play first stands in a state: ``pays`` float64 (cells, players),
            ``target`` int64 (n,) and ``weight`` float64 (cells, n, players)
        rounding : relative error of the weights
        begin, end : the cells to solve
        out : ``status`` int8 (cells,), ``count`` int64 (cells,), ``profile`` int64 (cells, listed,
            states) and ``payoff`` float64 (cells, listed, players), overwritten in these cells: the
            number of equilibria, and of the first ones in the order of the file the row played in
            each state and what play is worth from the start; the rest is -1 and nan. A cell that is
            not `COMPLETE` lists what is known to be one, or nothing where it has `NO_VALUE`.

        Returns
        -------
        The digest of the sources that this code was compiled from.
        """
        sizes, row, entry, target = structure
        pays, weight = cells
        status, counts, profile, payoff = out
        frame = lay_out(sizes, row)
        place, free, _, _, _, _ = frame
        links = (row, entry, target)
        dense, settled, limits, work, buffers, found, tested = allocate(
            frame, pays.shape[1], MAX_CANDIDATES
        )
        order = np.empty(MAX_CANDIDATES, np.int64)
        for cell in range(begin, end):
            status[cell], counts[cell] = NO_VALUE, 0
            profile[cell] = -1
            payoff[cell] = np.nan
            if not tolerances(
                links, pays[cell], weight[cell], place, free, dense, settled, rounding, work, limits
            ):
                continue
            num = search(dense, frame, limits, work, buffers, found, tested)
            known = min(num, MAX_CANDIDATES)
            count, doubtful = in_order(found, tested, known, limits, order)
            status[cell] = DOUBTFUL if doubtful else COMPLETE
            if num > known:
                status[cell] = TOO_MANY
            counts[cell] = count
            beginning = (start[0][cell], start[1], start[2][cell])
            for k in range(min(count, profile.shape[1])):
                rows = found[order[k]]
                for s in range(len(place)):
                    profile[cell, k, s] = rows[place[s]] if place[s] >= 0 else row[s]
                for i in range(payoff.shape[2]):
                    payoff[cell, k, i] = payoff_at_start(
                        dense, settled, place, rows, i, beginning, work
                    )
        return digest

    return solve_cells


solve_cells = _build_cells(source_digest(__name__))
"""Solves cells; see the docstring of the function itself."""
