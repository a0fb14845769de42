"""Which types an offer is best aimed at: the upper envelope of what the proposer can get.

On one day the proposer chooses the position s of the last type that refuses. In a state of mass z
that is worth ``worth(s) + (z - mass(s)) * gain(s)``, where ``gain(s)`` is what a deal at the
reservation offer of s brings: a ray in z that starts at z = mass(s). Rays of higher positions are
steeper, so which branch of positions is best changes only upwards as z grows, and the best choices
are the upper envelope of the branches, found from left to right with a stack.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gametheory_crisis.kernels.jit import jit
from gametheory_crisis.kernels.screening_arrays import (
    density_at,
    gathered,
    interpolated,
    line,
    mass_at,
    piece_of,
    position_of,
)

INTERIOR = 0
"""A smooth range of positions with one best choice for every mass."""
POINT = 1
"""One position."""
IDLE = 2
"""Positions at which waiting beats a deal with the last type: the best choice is the highest."""
STUCK = 3
"""Positions whose types refuse every offer in range."""
NEAR = 1e-9
"""A state this near to a range of positions may be in it: masses know it no better."""
FLAT = 1e-13
"""A slope smaller than this, as a share, is none."""
LEAST_MASS = 1e-250
"""Masses below this are not told apart."""
SAME = 1e-12
"""Offers nearer than this are the same."""


class Day(NamedTuple):
    """One day's choice of the proposer: what `Pieces` and `Daily` say of it.

    Masses nearer than ``close``, as a share, are not told apart where the slopes of offers decide.
    """

    points: Any
    prior: Any
    knots: Any
    ends: Any
    reservation: Any
    worth: Any
    marginal: Any
    slopes: Any
    gain: Any
    extra: Any
    low: float
    high: float
    close: float


class Branches(NamedTuple):
    """Branches in ascending order of positions.

    Attributes
    ----------
    kind : int64 (branches,)
    piece : int64 (branches,), of `Day`
    first, last : float64 (branches,), positions
    offer : float64 (branches,), at a `POINT` the offer that is made
    opens, closes : float64 (branches,), of an `INTERIOR` the masses at which its first and its last
        position are the best
    """

    kind: Any
    piece: Any
    first: Any
    last: Any
    offer: Any
    opens: Any
    closes: Any


@jit
def unit(day: Any, p: int, s: float) -> Any:
    """A position of a piece, in [-1, 1]."""
    low, high = day.ends[p], day.ends[p + 1]
    return min(max(2.0 * (s - low) / (high - low) - 1.0, -1.0), 1.0)


@jit
def reservation_at(day: Any, p: int, s: float) -> Any:
    """The offer that leaves the type at a position of a piece indifferent."""
    return interpolated(day.points, day.reservation[p], unit(day, p, s))


@jit
def gain_at(day: Any, p: int, s: float) -> Any:
    """What a deal at the reservation offer brings the proposer, but for ``extra``."""
    return day.gain[0] + day.gain[1] * reservation_at(day, p, s)


@jit
def steepness(day: Any, p: int, s: float) -> Any:
    """The derivative of `gain_at`."""
    return day.gain[1] * interpolated(day.points, day.slopes[p], unit(day, p, s))


@jit
def eagerness(day: Any, p: int, s: float) -> Any:
    """What a deal with the type at a position is worth more than waiting."""
    middle = 0.5 * (day.ends[p] + day.ends[p + 1])
    extra = line(day.extra, piece_of(day.knots, middle), s)
    wait = interpolated(day.points, day.marginal[p], unit(day, p, s))
    return gain_at(day, p, s) + extra - wait


@jit
def worth_at(day: Any, p: int, s: float) -> Any:
    """The proposer's value of a refusal by all below ``s``, but for ``extra``."""
    middle = 0.5 * (day.ends[p] + day.ends[p + 1])
    j = piece_of(day.knots, middle)
    extra = gathered(day.prior, day.knots, day.extra, j, s)
    return interpolated(day.points, day.worth[p], unit(day, p, s)) - extra


@jit
def best_mass(day: Any, p: int, s: float) -> Any:
    """The mass in whose state a position is the best choice of its neighbourhood."""
    steep = steepness(day, p, s)
    eager = eagerness(day, p, s)
    if steep <= 0.0:
        return np.inf if eager > 0.0 else -np.inf
    return mass_at(day.prior, s) + density_at(day.prior, s) * eager / steep


@jit
def best_position(day: Any, b: Any, i: int, z: float) -> Any:
    """The best position of an `INTERIOR` branch in a state of mass ``z``."""
    low, high = b.first[i], b.last[i]
    if z <= b.opens[i]:
        return low
    if z >= b.closes[i]:
        return high
    p = b.piece[i]
    below, above = _lead(z, b.opens[i]), _lead(z, b.closes[i])
    s = low + (high - low) * below / (below - above)
    side = 0
    for _ in range(200):
        value = _lead(z, best_mass(day, p, s))
        if value > 0.0:
            low, below = s, value
            above = 0.5 * above if side == 1 else above
            side = 1
        elif value < 0.0:
            high, above = s, value
            below = 0.5 * below if side == -1 else below
            side = -1
        else:
            return s
        following = low + (high - low) * below / (below - above)
        if not low < following < high:
            following = 0.5 * (low + high)
        if high - low <= 2e-16 * max(1.0, high) or abs(following - s) <= 1e-17:
            return following
        s = following
    return s


@jit
def _lead(z: float, mass: float) -> Any:
    """By how much a mass exceeds another, of the order of 1 however small both are."""
    if mass == np.inf:
        return -1.0
    return 1.0 if mass <= 0.0 else (z - mass) / (z + mass)


@jit
def chosen(day: Any, b: Any, i: int, z: float, k: float) -> Any:
    """The position that a branch chooses in state ``k`` of mass ``z``."""
    if b.kind[i] == INTERIOR:
        return best_position(day, b, i, z)
    if b.kind[i] == POINT:
        return b.first[i]
    return min(b.last[i], k)


@jit
def offer_at(day: Any, b: Any, i: int, s: float) -> Any:
    """The offer with which a branch aims at a position."""
    return b.offer[i] if b.kind[i] == POINT else reservation_at(day, b.piece[i], s)


@jit
def value_at(day: Any, b: Any, i: int, z: float, k: float) -> Any:
    """What a branch is worth in state ``k`` of mass ``z``, but for ``extra``; see `gathered`."""
    if b.kind[i] == STUCK and k > b.last[i] + NEAR:
        return -np.inf
    s = chosen(day, b, i, z, k)
    gain = day.gain[0] + day.gain[1] * offer_at(day, b, i, s)
    if day.prior.even:
        return worth_at(day, b.piece[i], s) + (z - mass_at(day.prior, s)) * gain
    left = min(mass_at(day.prior, s) / z, 1.0) if z > 0.0 else 1.0
    if left == 0.0:
        return gain
    return left * worth_at(day, b.piece[i], s) + (1.0 - left) * gain


@jit
def root_in_piece(day: Any, p: int, low: float, high: float, of: int, level: float) -> Any:
    """Where a quantity of a piece passes a level, once, between two positions."""
    start = _quantity(day, p, low, of) - level
    for _ in range(80):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if ((_quantity(day, p, middle, of) - level) > 0.0) == (start > 0.0):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@jit
def _quantity(day: Any, p: int, s: float, of: int) -> Any:
    return gain_at(day, p, s) if of == 0 else eagerness(day, p, s)


@jit
def branches(day: Any) -> Any:
    """All branches of a day, in ascending order of positions."""
    n, pieces = len(day.points.nodes), len(day.ends) - 1
    found = _empty(8 * pieces + 8 * n * n)
    count = 0
    ends = day.gain[0] + day.gain[1] * day.low, day.gain[0] + day.gain[1] * day.high
    least, most = min(ends), max(ends)
    stingiest = day.low if ends[0] > ends[1] else day.high
    cuts = np.empty(4 * n + 4)
    for p in range(pieces):
        if count + 7 * n * n > len(found.kind):
            found = _longer(found, count)
        number = _cuts(day, p, least, most, cuts)
        for c in range(number - 1):
            a, b = cuts[c], cuts[c + 1]
            gain = gain_at(day, p, 0.5 * (a + b))
            if gain > most:
                count = _add(found, count, POINT, p, a, a, stingiest)
                return count, found
            if gain < least:
                count = _add(found, count, STUCK, p, a, b, 0.0)
                continue
            eager = eagerness(day, p, 0.5 * (a + b))
            if abs(steepness(day, p, 0.5 * (a + b))) * (b - a) <= FLAT * _scale(day):
                # Waiting that is worth as much as a deal gives way to it: play ends sooner.
                if eager >= -_rounding(day):
                    offer = reservation_at(day, p, a)
                    count = _add(found, count, POINT, p, a, a, offer)
                else:
                    count = _add(found, count, IDLE, p, a, b, 0.0)
            elif eager <= 0.0:
                count = _add(found, count, IDLE, p, a, b, 0.0)
            else:
                count = _monotone_runs(day, found, count, p, a, b)
    return count, found


@jit
def _empty(room: int) -> Any:
    return Branches(
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room),
        np.empty(room),
        np.empty(room),
        np.empty(room),
        np.empty(room),
    )


@jit
def _longer(found: Any, count: int) -> Any:
    """The same branches with room for twice as many."""
    longer = _empty(2 * len(found.kind))
    longer.kind[:count], longer.piece[:count] = found.kind[:count], found.piece[:count]
    longer.first[:count], longer.last[:count] = found.first[:count], found.last[:count]
    longer.offer[:count] = found.offer[:count]
    longer.opens[:count], longer.closes[:count] = found.opens[:count], found.closes[:count]
    return longer


@jit
def _scale(day: Any) -> Any:
    """The size of what a deal brings the proposer."""
    return abs(day.gain[0]) + abs(day.gain[1]) * (abs(day.low) + abs(day.high))


@jit
def _rounding(day: Any) -> Any:
    """An eagerness no larger than this is none."""
    return FLAT * 10.0 * _scale(day)


@jit
def _cuts(day: Any, p: int, least: float, most: float, cuts: Any) -> Any:
    """The ends of a piece, and where deals leave the range of offers or stop being wanted."""
    n = len(day.points.nodes)
    low, high = day.ends[p], day.ends[p + 1]
    cuts[0] = low
    number = 1
    for of, level in ((0, least), (0, most), (1, 0.0)):
        zero = FLAT * _scale(day) if of == 0 else _rounding(day)
        before, sign = low, 0.0
        for i in range(n):
            s = high if i == n - 1 else low + 0.5 * (high - low) * (day.points.nodes[i] + 1.0)
            above = _quantity(day, p, s, of) - level
            if abs(above) <= zero:
                # A root at a point of the piece: the signs on its two sides tell.
                continue
            if sign * above < 0.0:
                cuts[number] = root_in_piece(day, p, before, s, of, level)
                number += 1
            before, sign = s, above
    cuts[1:number].sort()
    cuts[number] = high
    return number + 1


@jit
def _monotone_runs(day: Any, found: Any, count: int, p: int, a: float, b: float) -> Any:
    """Branches of a range in which deals are wanted, by where `best_mass` grows."""
    n = len(day.points.nodes)
    start, before = a, best_mass(day, p, a)
    growing = True
    last, previous = before, a
    for i in range(1, n):
        s = b if i == n - 1 else a + 0.5 * (b - a) * (day.points.nodes[i] + 1.0)
        mass = best_mass(day, p, s)
        if i == 1:
            growing = mass >= last * (1.0 - day.close)
        elif (mass >= last * (1.0 - day.close if growing else 1.0)) != growing:
            count = _add_run(day, found, count, p, start, previous, before, last, growing)
            start, before, growing = previous, last, not growing
        last, previous = mass, s
    return _add_run(day, found, count, p, start, b, before, last, growing)


@jit
def _add_run(
    day: Any,
    found: Any,
    count: int,
    p: int,
    a: float,
    b: float,
    opens: float,
    closes: float,
    growing: bool,
) -> Any:
    if growing:
        count = _add(found, count, INTERIOR, p, a, b, 0.0)
        found.opens[count - 1], found.closes[count - 1] = opens, closes
        return count
    count = _add(found, count, POINT, p, a, a, reservation_at(day, p, a))
    return _add(found, count, POINT, p, b, b, reservation_at(day, p, b))


@jit
def _add(found: Any, count: int, kind: int, p: int, a: float, b: float, offer: float) -> Any:
    found.kind[count], found.piece[count] = kind, p
    found.first[count], found.last[count], found.offer[count] = a, b, offer
    found.opens[count], found.closes[count] = -np.inf, np.inf
    return count + 1


@jit
def envelope(day: Any, b: Any, count: int) -> Any:
    """The branches that are best somewhere, and the masses from which on they are.

    Where two are equally good the one with the lower positions counts: more deals are made at once.
    """
    best, since = np.empty(count, np.int64), np.empty(count)
    height = 0
    for q in range(count):
        opening = mass_at(day.prior, b.first[q])
        while True:
            if height == 0:
                best[0], since[0] = q, 0.0
                height = 1
                break
            p, from_here = best[height - 1], max(opening, since[height - 1])
            if b.kind[p] == STUCK:
                best[height], since[height] = q, from_here
                height += 1
                break
            if value_at(day, b, q, 1.0, 1.0) <= value_at(day, b, p, 1.0, 1.0):
                break
            start = _crossing(day, b, p, q, from_here)
            if start > since[height - 1]:
                best[height], since[height] = q, start
                height += 1
                break
            height -= 1
    return best[:height], since[:height]


@jit
def _crossing(day: Any, b: Any, p: int, q: int, start: float) -> Any:
    """The mass from which on branch ``q`` is better than the earlier ``p``, from ``start`` on."""
    if b.last[p] == b.first[q]:
        here = offer_at(day, b, p, b.last[p])
        there = offer_at(day, b, q, b.first[q])
        kept = worth_at(day, b.piece[p], b.last[p]), worth_at(day, b.piece[q], b.first[q])
        offers, worths = abs(here - there), abs(kept[0] - kept[1])
        if offers <= SAME * (abs(day.low) + abs(day.high)) and worths <= max(
            10.0 * SAME, day.close
        ) * _scale(day):
            closes = b.closes[p] if b.kind[p] == INTERIOR else -np.inf
            opens = b.opens[q] if b.kind[q] == INTERIOR else -np.inf
            if closes <= opens:
                return min(max(opens, start), 1.0)
            if closes <= opens * (1.0 + day.close):
                return min(max(0.5 * (opens + closes), start), 1.0)
    low, high = max(start, LEAST_MASS), 1.0
    below, above = _ahead(day, b, p, q, low), _ahead(day, b, p, q, high)
    if below >= 0.0:
        return start
    side = 0
    for _ in range(200):
        z = low + (high - low) * below / (below - above)
        if not low < z < high:
            z = 0.5 * (low + high)
        if not low < z < high:
            break
        value = _ahead(day, b, p, q, z)
        if value < 0.0:
            low, below = z, value
            above = 0.5 * above if side == -1 else above
            side = -1
        elif value > 0.0:
            high, above = z, value
            below = 0.5 * below if side == 1 else below
            side = 1
        else:
            return z
    return high


@jit
def _ahead(day: Any, b: Any, p: int, q: int, z: float) -> Any:
    k = position_of(day.prior, z)
    return value_at(day, b, q, z, k) - value_at(day, b, p, z, k)
