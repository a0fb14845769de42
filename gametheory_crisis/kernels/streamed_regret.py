"""The certificate of a long deadline, a day at a time: the worth of a profile and of deviations.

This shares no code with the kernels that solve days; it reads arrays that the certificate makes
from the graph of moves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gametheory_crisis.kernels.jit import entry_point, inlined, jit, source_digest
from gametheory_crisis.kernels.streamed_arrays import (
    CHOICE,
    END,
    FINE,
    NATURE,
    NO_CHANCE,
    NO_CHOICE,
    NO_DISTRIBUTION,
    ROUNDING,
    WAIT,
    load_shares,
    share_of,
)


@inlined
def best_along(edge, i, worth, rows, numbers):
    """What an edge is worth to a player who goes on to deviate wherever that pays."""
    paid = 0.0 if edge["pays"] < 0 else numbers[rows[edge["pays"], i]]
    return worth[edge["target"], 1, i] + paid


@inlined
def take(edge, p, worth, rows, numbers):
    """The worth of an edge becomes that of a place."""
    target, row = edge["target"], edge["pays"]
    for i in range(worth.shape[2]):
        paid = 0.0 if row < 0 else numbers[rows[row, i]]
        worth[p, 0, i] = worth[target, 0, i] + paid
        worth[p, 1, i] = worth[target, 1, i] + paid


@inlined
def add(edge, share, p, worth, rows, numbers):
    """Add a share of the worth of an edge to that of a place."""
    target, row = edge["target"], edge["pays"]
    for i in range(worth.shape[2]):
        paid = 0.0 if row < 0 else numbers[rows[row, i]]
        worth[p, 0, i] += share * (worth[target, 0, i] + paid)
        worth[p, 1, i] += share * (worth[target, 1, i] + paid)


@inlined
def clear(p, worth):
    """Nothing yet is the worth of a place."""
    for i in range(worth.shape[2]):
        worth[p, 0, i] = 0.0
        worth[p, 1, i] = 0.0


@inlined
def wait(here, p, worth, later, numbers, factors, last):
    """The worth of a place where a day passes."""
    onward = here["expired"] if last else here["onward"]
    struck = here["struck_late"] if last else here["struck"]
    hazard = 0.0 if here["hazard"] < 0 else numbers[here["hazard"]]
    if not 0.0 <= hazard <= 1.0:
        return NO_CHANCE
    for i in range(len(factors)):
        for side in range(2):
            ahead = 0.0
            if hazard > 0.0 and factors[i] != 0.0:
                ahead += hazard * later[struck, side, i]
            if hazard < 1.0 and factors[i] != 0.0:
                ahead += (1.0 - hazard) * later[onward, side, i]
            worth[p, side, i] = factors[i] * ahead
    return FINE


@inlined
def draw(here, p, edges, worth, rows, numbers):
    """The mean over what nature may do."""
    clear(p, worth)
    total = 0.0
    for e in range(here["edge"], here["stop_edge"]):
        chance = 1.0 if edges[e]["chance"] < 0 else numbers[edges[e]["chance"]]
        if not 0.0 <= chance <= 1.0:
            return NO_CHANCE
        total += chance
        if chance > 0.0:
            add(edges[e], chance, p, worth, rows, numbers)
    return FINE if abs(total - 1.0) <= ROUNDING else NO_CHANCE


@inlined
def choose(here, p, edges, players, worth, rows, numbers, taken):
    """The worth of a place where one player chooses one edge for sure."""
    if taken < 0 or here["edge"] + taken >= here["stop_edge"]:
        return NO_CHOICE
    take(edges[here["edge"] + taken], p, worth, rows, numbers)
    owner = players[here["mover"]]["index"]
    for e in range(here["edge"], here["stop_edge"]):
        value = best_along(edges[e], owner, worth, rows, numbers)
        # An undefined value is not below the best and stays once it is.
        if not value <= worth[p, 1, owner]:
            worth[p, 1, owner] = value
    return FINE


@inlined
def meet_surely(here, p, edges, players, worth, rows, numbers, taken):
    """The worth of a place where several players choose at once, each one action for sure."""
    first, profile = here["edge"], here["edge"] + taken
    if profile >= here["stop_edge"]:
        return NO_CHOICE
    take(edges[profile], p, worth, rows, numbers)
    stride = 1
    for m in range(here["stop_mover"] - 1, here["mover"] - 1, -1):
        i, num = players[m]["index"], players[m]["actions"]
        start = first + taken - taken // stride % num * stride
        for a in range(num):
            value = best_along(edges[start + a * stride], i, worth, rows, numbers)
            if not value <= worth[p, 1, i]:
                worth[p, 1, i] = value
        stride *= num
    return FINE


@jit
def meet(here, p, edges, players, worth, rows, numbers, shares, values):
    """The worth of a place where several players choose at once and mix."""
    first, stop = here["edge"], here["stop_edge"]
    clear(p, worth)
    for e in range(first, stop):
        share, _ = share_of(here, players, e - first, -1, shares)
        if share > 0.0:
            add(edges[e], share, p, worth, rows, numbers)
    for m in range(here["mover"], here["stop_mover"]):
        i = players[m]["index"]
        for a in range(players[m]["actions"]):
            values[a] = 0.0
        for e in range(first, stop):
            share, own = share_of(here, players, e - first, m, shares)
            if share > 0.0:
                values[own] += share * best_along(edges[e], i, worth, rows, numbers)
        best = values[0]
        for a in range(1, players[m]["actions"]):
            best = values[a] if not values[a] <= best else best
        worth[p, 1, i] = best


@inlined
def largest_gain(worth, p, regret):
    """The regret so far and that of a place; ``nan`` once something is undefined."""
    for i in range(worth.shape[2]):
        # Two equal infinities are no gain, though their difference is undefined.
        if worth[p, 0, i] != worth[p, 1, i]:
            gain = worth[p, 1, i] - worth[p, 0, i]
            regret = gain if regret == regret and not gain <= regret else regret
    return regret


@jit
def assess(game, numbers, factors, worth, later, bounds, last, stands, taken, mixes, work, regret):
    """Worth of a range of places on one day; the status, the place where it arose, the regret."""
    places, edges, players, rows = game
    shares, values = work
    for p in range(bounds[0], bounds[1]):
        if stands[p] == 0:
            continue
        here = places[p]
        kind, status = here["kind"], FINE
        if kind == END:
            for i in range(worth.shape[2]):
                payoff = numbers[rows[here["gain"], i]]
                worth[p, 0, i] = payoff
                worth[p, 1, i] = payoff
                regret = regret if payoff == payoff else payoff
        elif kind == WAIT:
            status = wait(here, p, worth, later, numbers, factors, last)
        elif kind == NATURE:
            status = draw(here, p, edges, worth, rows, numbers)
        elif here["column"] < 0:
            status = NO_CHOICE
        elif kind == CHOICE:
            status = choose(here, p, edges, players, worth, rows, numbers, taken[here["column"]])
            regret = largest_gain(worth, p, regret)
        elif taken[here["column"]] < -1:
            status = NO_CHOICE
        elif taken[here["column"]] >= 0:
            choice = taken[here["column"]]
            status = meet_surely(here, p, edges, players, worth, rows, numbers, choice)
            regret = largest_gain(worth, p, regret)
        elif load_shares(here, players, mixes, shares):
            meet(here, p, edges, players, worth, rows, numbers, shares, values)
            regret = largest_gain(worth, p, regret)
        else:
            status = NO_DISTRIBUTION
        if status != FINE:
            return status, p, regret
    return FINE, bounds[1], regret


def _build_assess(digest: int) -> Callable[..., Any]:
    @entry_point
    def assess_day(
        game, numbers, factors, worth, later, bounds, last, stands, taken, mixes, work, regret
    ):
        """Worth of a range of places on one day, each behind those that it leads to.

        Parameters
        ----------
        game : `PLACE` (places,), `EDGE` (edges,), `PLAYER` (players at places,), and int32 (rows,
            players), numbers
        numbers : float64, those of the day
        factors : float64 (players,), daily discount factors
        worth, later : float64 (places, 2, players), on the day and on the next: of the profile, and
            of the best deviations from it; modified
        bounds : the first place, and the one behind the last
        last : whether the next day is the deadline
        stands : uint8 (places,), whether play can stand there
        taken, mixes : int16 (columns,) and float64 (shares,), what the profile does on the day
        work : float64 (most shares of a place,) and (most actions of a player,), overwritten
        regret : the largest so far

        Returns
        -------
        Status, the place where it arose, the largest regret and the digest of the sources.
        """
        status, place, most = assess(
            game, numbers, factors, worth, later, bounds, last, stands, taken, mixes, work, regret
        )
        return status, place, most, digest

    return assess_day


assess_day = _build_assess(source_digest(__name__))
