"""Daily offers to a player with private numbers: backward induction over days and states.

Source of the recursion in cutoffs: Sobel and Takahashi (1983), Fudenberg, Levine and Tirole (1985).
Every day's functions of the state are pieces that end exactly where they have a kink or a jump; a
piece is halved until its polynomial is right to the tolerance asked for. The best choice is
parametrised by the type that it aims at, where first-order conditions need no search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.kernels.jit import entry_point, jit, source_digest
from gametheory_crisis.kernels.screening_arrays import (
    Daily,
    Pieces,
    Points,
    Prior,
    gathered,
    interpolated,
    line,
    mass_at,
    piece_of,
    position_of,
)
from gametheory_crisis.kernels.screening_branches import (
    IDLE,
    INTERIOR,
    STUCK,
    Day,
    branches,
    chosen,
    envelope,
    offer_at,
    unit,
    value_at,
)

Floats = NDArray[np.float64]

SOLVED = 0
NOT_MONOTONE = 1
"""A more resistant type would be content with a worse offer: types are not skimmed."""
TOO_MANY_PIECES = 2
UNDEFINED = 3
MAX_PIECES = 20_000
NARROWEST = 1e-10
"""Pieces are not halved below this width."""
THIN = 1e-3
"""On pieces narrower than this an error counts by their width: where hardly any types are, rounding
leaves no more digits."""
THINNEST = 1e-13
"""Ranges of states thinner than this belong to their neighbour."""
SLOPES = 0.1
"""How much less than an error of an offer one of its slope counts."""
TEST_POINTS = (-0.95, -0.55, 0.08, 0.62, 0.97)
"""Where a polynomial is compared with what it stands for."""


@jit
def _solve(
    points: Any,
    prior: Any,
    daily: Any,
    final_ends: Any,
    final_informed: Any,
    final_worth: Any,
    final_marginal: Any,
    tolerance: float,
    close: float,
) -> Any:
    days, n = len(daily.hazard), len(points.nodes)
    ends, informed = final_ends.copy(), final_informed.copy()
    worth, marginal = final_worth.copy(), final_marginal.copy()
    refused = _a_day_earlier(points, prior, daily, days - 1, ends, informed, worth, marginal)
    # What each day's rules are made of, the last day first: pieces of the reservation offers, then
    # pieces of the offer made and of the state after it.
    sizes = np.zeros((days, 2), np.int64)
    pool_ends, pool_values = np.empty(1024), np.empty((1024, n))
    used_ends, used_values = 0, 0
    error = 0.0
    for back in range(days):
        t = days - 1 - back
        if not np.all(np.isfinite(refused.reservation)) or not np.all(np.isfinite(refused.worth)):
            return UNDEFINED, t, 0.0, error, sizes, pool_ends, pool_values
        _join(points, refused.reservation, close * _size(daily, t, refused))
        _join(points, refused.marginal, close * np.max(np.abs(refused.marginal)))
        broken = _falls(daily, t, refused, close)
        if broken >= 0.0:
            return NOT_MONOTONE, t, broken, error, sizes, pool_ends, pool_values
        day = _day(points, prior, daily, t, refused, close)
        status, missed, made, after, offer = _day_before(day, daily, t, tolerance, days)
        if status != SOLVED:
            return status, t, 0.0, error, sizes, pool_ends, pool_values
        error += missed
        old, new = len(refused.ends) - 1, len(made.ends) - 1
        sizes[t, 0], sizes[t, 1] = old, new
        pool_ends = _room(pool_ends, used_ends + old + new + 2)
        pool_values = _rows(pool_values, used_values + old + 2 * new)
        pool_ends[used_ends : used_ends + old + 1] = refused.ends
        used_ends += old + 1
        pool_ends[used_ends : used_ends + new + 1] = made.ends
        used_ends += new + 1
        pool_values[used_values : used_values + old] = refused.reservation
        used_values += old
        pool_values[used_values : used_values + new] = offer
        used_values += new
        pool_values[used_values : used_values + new] = after
        used_values += new
        refused = made
    return SOLVED, 0, 0.0, error, sizes, pool_ends[:used_ends], pool_values[:used_values]


def _build(digest: int) -> Callable[..., Any]:
    @entry_point
    def solve_days(
        points: Any,
        prior: Any,
        daily: Any,
        final_ends: Any,
        final_informed: Any,
        final_worth: Any,
        final_marginal: Any,
        tolerance: float,
        close: float,
    ) -> Any:
        """`solve_days`, and the digest of the sources."""
        found = _solve(
            points,
            prior,
            daily,
            final_ends,
            final_informed,
            final_worth,
            final_marginal,
            tolerance,
            close,
        )
        return found, digest

    return solve_days


_solve_days = _build(source_digest(__name__))


def solve_days(
    points: Points,
    prior: Prior,
    daily: Daily,
    final_ends: Floats,
    final: Sequence[Floats],
    tolerance: float,
    close: float,
) -> tuple[int, int, float, float, NDArray[np.int64], Floats, Floats]:
    """The strategies of all days.

    Parameters
    ----------
    points : `Points`
    prior : `Prior`
    daily : `Daily`
    final_ends : float64 (pieces + 1,), pieces of the state at expiry
    final : three float64 (pieces, n): what the most willing type left gets; what the proposer gets
        over the types left (see `gathered`), and what the last of them adds to its sum
    tolerance : largest error of values and offers on one day
    close : jumps of offers and of their slopes smaller than this, as a share, are rounding

    Returns
    -------
    status : int, see the constants of this module
    day, position : where the status arose
    error : sum over the days of the largest error left
    sizes : int64 (days, 2), number of pieces of the reservation offers and of the choices of a day
    ends : float64, the ends of both kinds of pieces, day by day from the last to the first
    values : float64 (..., n), per day the reservation offers, the offers, the states after them
    """
    found: tuple[int, int, float, float, NDArray[np.int64], Floats, Floats]
    found, _ = _solve_days(points, prior, daily, final_ends, *final, tolerance, close)
    return found


@jit
def _room(array: Any, needed: int) -> Any:
    if needed <= len(array):
        return array
    larger = np.empty(2 * needed)
    larger[: len(array)] = array
    return larger


@jit
def _rows(array: Any, needed: int) -> Any:
    if needed <= len(array):
        return array
    larger = np.empty((2 * needed, array.shape[1]))
    larger[: len(array)] = array
    return larger


@jit
def _day(points: Any, prior: Any, daily: Any, t: int, refused: Any, close: float) -> Any:
    """What the branches of a day read."""
    slopes = np.empty_like(refused.reservation)
    for p in range(len(slopes)):
        half = 0.5 * (refused.ends[p + 1] - refused.ends[p])
        slopes[p] = points.slopes @ refused.reservation[p] / half
    _join(points, slopes, close * np.max(np.abs(slopes)))
    return Day(
        points,
        prior,
        daily.knots,
        refused.ends,
        refused.reservation,
        refused.worth,
        refused.marginal,
        slopes,
        daily.gain[t],
        daily.extra[t],
        daily.limits[t, 0],
        daily.limits[t, 1],
        close,
    )


@jit
def _join(points: Any, values: Any, close: float) -> Any:
    """Let a piecewise function that is as good as continuous be so.

    A jump upwards, however small, is worth aiming at: from day to day back in time its square root
    is what is jumped over, so that rounding would soon be a jump of the size of the whole.
    """
    n = len(points.nodes)
    for p in range(1, len(values)):
        gap = values[p, 0] - values[p - 1, n - 1]
        if abs(gap) <= close:
            middle = 0.5 * (values[p, 0] + values[p - 1, n - 1])
            # A linear correction leaves the function as smooth as it was.
            for i in range(n):
                share = 0.5 * (1.0 + points.nodes[i])
                values[p - 1, i] += 0.5 * gap * share
                values[p, i] -= 0.5 * gap * (1.0 - share)
            values[p - 1, n - 1] = values[p, 0] = middle


@jit
def _size(daily: Any, t: int, refused: Any) -> Any:
    """The size of the offers of a day."""
    limits = abs(daily.limits[t, 0]) + abs(daily.limits[t, 1])
    return np.max(np.abs(refused.reservation)) + limits


@jit
def _falls(daily: Any, t: int, refused: Any, close: float) -> Any:
    """Where the reservation offer turns worse for the proposer; -1 if nowhere."""
    sign = 1.0 if daily.gain[t, 1] > 0.0 else -1.0
    least = max(close, 1e-9) * _size(daily, t, refused)
    highest = -np.inf
    for p in range(len(refused.ends) - 1):
        for i in range(refused.reservation.shape[1]):
            offer = sign * refused.reservation[p, i]
            if offer < highest - least:
                return refused.ends[p]
            highest = max(highest, offer)
    return -1.0


@jit
def _before(
    prior: Any, daily: Any, t: int, j: int, k: float, informed: float, worth: float, slope: float
) -> Any:
    """Reservation offer, worth and its slope once day ``t``'s offer is refused, from tomorrow's."""
    h = daily.hazard[t]
    stay, out = daily.discount[0] * (1.0 - h), daily.discount[0] * h
    refusing = line(daily.waiting[t, 0], j, k) + stay * informed
    if out > 0.0:
        refusing += out * line(daily.broken[t, 0], j, k)
    reservation = (refusing - line(daily.deal[t], j, k)) / line(daily.slope[t], j, k)
    stay, out = daily.discount[1] * (1.0 - h), daily.discount[1] * h
    total = gathered(prior, daily.knots, daily.waiting[t, 1], j, k) + stay * worth
    rate = line(daily.waiting[t, 1], j, k) + stay * slope
    if out > 0.0:
        total += out * gathered(prior, daily.knots, daily.broken[t, 1], j, k)
        rate += out * line(daily.broken[t, 1], j, k)
    return reservation, total, rate


@jit
def _a_day_earlier(
    points: Any, prior: Any, daily: Any, t: int, ends: Any, informed: Any, worth: Any, slope: Any
) -> Any:
    """`Pieces` of day ``t`` from values at the beginning of the next day."""
    made = Pieces(ends, np.empty_like(worth), np.empty_like(worth), np.empty_like(worth))
    for p in range(len(ends) - 1):
        j = piece_of(daily.knots, 0.5 * (ends[p] + ends[p + 1]))
        for i in range(len(points.nodes)):
            k = _node(points, ends[p], ends[p + 1], i)
            made.reservation[p, i], made.worth[p, i], made.marginal[p, i] = _before(
                prior, daily, t, j, k, informed[p, i], worth[p, i], slope[p, i]
            )
    return made


@jit
def _node(points: Any, low: float, high: float, i: int) -> Any:
    """A Chebyshev point of an interval; the ends exactly."""
    if i == 0:
        return low
    if i == len(points.nodes) - 1:
        return high
    return low + 0.5 * (high - low) * (points.nodes[i] + 1.0)


@jit
def _choice(day: Any, b: Any, i: int, idle: bool, k: float) -> Any:
    """What branch ``i`` chooses in state ``k``, the offer, its worth, and the worth's slope.

    Worth and slope leave out what a deal brings by type, but for the slope where the choice is
    ``idle``, an offer that all refuse.
    """
    s = chosen(day, b, i, mass_at(day.prior, k), k)
    worth = value_at(day, b, i, mass_at(day.prior, k), k)
    offer = offer_at(day, b, i, s)
    if idle:
        p = b.piece[i]
        slope = interpolated(day.points, day.marginal[p], unit(day, p, k))
    else:
        slope = day.gain[0] + day.gain[1] * offer
    return s, offer, worth, slope


@jit
def _day_before(day: Any, daily: Any, t: int, tolerance: float, days: int) -> Any:
    """The choices of day ``t``, and `Pieces` of the day before."""
    n = len(day.points.nodes)
    count, b = branches(day)
    best, since = envelope(day, b, count)
    cuts, owner = _ranges(day, b, best, since)
    room = 64
    ends, after, offer = np.empty(room + 1), np.empty((room, n)), np.empty((room, n))
    earlier = np.empty((3, room, n))
    filled, error = 0, 0.0
    ends[0] = 0.0
    waiting = np.empty((200, 2))
    for r in range(len(owner)):
        waiting[0, 0], waiting[0, 1] = cuts[r], cuts[r + 1]
        height = 1
        while height > 0:
            height -= 1
            low, high = waiting[height, 0], waiting[height, 1]
            if filled == room:
                room *= 2
                ends = _room(ends, room + 1)[: room + 1]
                after, offer = _rows(after, room)[:room], _rows(offer, room)[:room]
                larger = np.empty((3, room, n))
                larger[:, :filled] = earlier[:, :filled]
                earlier = larger
            missed = _fill(
                day,
                daily,
                t,
                b,
                owner[r],
                low,
                high,
                after[filled],
                offer[filled],
                earlier[0, filled],
                earlier[1, filled],
                earlier[2, filled],
            )
            if missed > tolerance and high - low > NARROWEST and height < 198:
                middle = 0.5 * (low + high)
                waiting[height, 0], waiting[height, 1] = middle, high
                waiting[height + 1, 0], waiting[height + 1, 1] = low, middle
                height += 2
                continue
            error = max(error, missed)
            filled += 1
            ends[filled] = high
            if filled >= MAX_PIECES:
                made = Pieces(ends[:1], after[:0], after[:0], after[:0])
                return TOO_MANY_PIECES, error, made, after[:0], offer[:0]
    made = Pieces(
        ends[: filled + 1].copy(),
        earlier[0, :filled].copy(),
        earlier[1, :filled].copy(),
        earlier[2, :filled].copy(),
    )
    return SOLVED, error, made, after[:filled], offer[:filled]


@jit
def _fill(
    day: Any,
    daily: Any,
    t: int,
    b: Any,
    i: int,
    low: float,
    high: float,
    after: Any,
    offer: Any,
    reservation: Any,
    worth: Any,
    marginal: Any,
) -> Any:
    """One piece: the values at its points; returns by how much its polynomials are wrong."""
    n = len(day.points.nodes)
    middle = 0.5 * (low + high)
    j = piece_of(day.knots, middle)
    idle = (b.kind[i] == IDLE or b.kind[i] == STUCK) and middle < b.last[i]
    for m in range(n):
        k = _node(day.points, low, high, m)
        after[m], offer[m], reservation[m], worth[m], marginal[m] = _state(
            day, daily, t, b, i, idle, j, k
        )
    missed = 0.0
    scale = 1.0 / (1.0 + abs(daily.gain[t, 1]))
    for u in TEST_POINTS:
        k = low + 0.5 * (high - low) * (u + 1.0)
        s, made, there, value, _ = _state(day, daily, t, b, i, idle, j, k)
        missed = max(missed, abs(s - interpolated(day.points, after, u)))
        missed = max(missed, abs(made - interpolated(day.points, offer, u)))
        wrong = abs(there - interpolated(day.points, reservation, u))
        # The day before also reads the slope of the reservation offers.
        missed = max(missed, max(1.0, SLOPES * 2.0 * n * n / (high - low)) * wrong)
        missed = max(missed, scale * abs(value - interpolated(day.points, worth, u)))
    return missed * min(1.0, (high - low) / THIN)


@jit
def _state(day: Any, daily: Any, t: int, b: Any, i: int, idle: bool, j: int, k: float) -> Any:
    """The state after state ``k``, the offer made in it, and what `Pieces` keep of the day before.

    On day 0 there is no day before.
    """
    s, offer, worth, slope = _choice(day, b, i, idle, k)
    extra = gathered(day.prior, day.knots, day.extra, j, k)
    informed = line(daily.deal[t], j, k) + line(daily.slope[t], j, k) * offer
    worth += extra
    if not idle:
        slope += line(day.extra, j, k)
    made = _refused_by_all(daily, t) if idle else offer
    if t == 0:
        return s, made, 0.0, worth, slope
    reservation, worth, slope = _before(day.prior, daily, t - 1, j, k, informed, worth, slope)
    return s, made, reservation, worth, slope


@jit
def _refused_by_all(daily: Any, t: int) -> Any:
    """The offer that the informed player likes least."""
    likes_more = daily.slope[t, 0, 0] + daily.slope[t, 0, 1] > 0.0
    return daily.limits[t, 0] if likes_more else daily.limits[t, 1]


@jit
def _ranges(day: Any, b: Any, best: Any, since: Any) -> Any:
    """Ranges of states on which the choice is smooth: their ends, and the branch of each."""
    room = 4 * len(best) + len(day.prior.kinks) + 8
    edges = np.empty(room)
    owner = np.empty(room, np.int64)
    number, kink = 0, 0
    edges[0] = 0.0
    for e in range(len(best)):
        i = best[e]
        finish = since[e + 1] if e + 1 < len(best) else 1.0
        inner = np.empty(3)
        inner[2] = position_of(day.prior, finish) if finish < 1.0 else 1.0
        inner[0] = inner[1] = inner[2]
        if b.kind[i] == INTERIOR:
            inner[0] = position_of(day.prior, min(max(b.opens[i], 0.0), finish))
            inner[1] = position_of(day.prior, min(max(b.closes[i], 0.0), finish))
        elif b.kind[i] == IDLE or b.kind[i] == STUCK:
            inner[0] = min(b.last[i], inner[2])
        for end in inner:
            while kink < len(day.prior.kinks) and day.prior.kinks[kink] < end - THINNEST:
                if day.prior.kinks[kink] > edges[number] + THINNEST:
                    owner[number] = i
                    number += 1
                    edges[number] = day.prior.kinks[kink]
                kink += 1
            if end > edges[number] + THINNEST:
                owner[number] = i
                number += 1
                edges[number] = end
    edges[number] = 1.0
    return edges[: number + 1], owner[:number]
