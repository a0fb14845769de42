"""How play ends under a stationary profile: a Markov chain and where it is absorbed."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from gametheory_crisis.certificate.evaluation import as_float
from gametheory_crisis.certificate.markov_days import Onward
from gametheory_crisis.certificate.markov_systems import solve
from gametheory_crisis.results import Number

UNDECIDED = 1e-12
"""Plays are followed day by day until fewer than this share may still end."""
MAX_DAYS = 10_000
"""The last day to which they are followed."""
MAX_STEPS = 2_000_000
"""The most moves along which they are followed."""
MAX_BITS = 2_048
"""A rational share of a day with a longer numerator or denominator goes on as a float."""


class Ends(NamedTuple):
    """How play ends.

    Attributes
    ----------
    outcomes : probability of each outcome that is reached
    forever : probability that play never ends
    expected_day : expected day of the end; None where ``forever`` is above 0
    by_day : per outcome its probability on each day
    """

    outcomes: dict[str, Number]
    forever: Number
    expected_day: Number | None
    by_day: dict[str, dict[int, Number]]


def ends(start: int, fresh: Mapping[int, Onward], one: Number) -> Ends:
    """How play that starts at a place ends.

    Parameters
    ----------
    start : the place
    fresh : what follows from each fresh place
    one : the number 1 in the arithmetic to use
    """
    zero = one - one
    open_places = _can_end(_reached(start, fresh), fresh)
    # The expected number of days begun at a place: one if play starts there, and what comes in.
    visits = solve(
        _inflow(open_places, fresh, zero),
        {place: one if place == start else zero for place in open_places},
    )
    outcomes: dict[str, Number] = defaultdict(lambda: zero)
    forever, expected_day = (zero if start in open_places else one), zero
    for place, count in visits.items():
        for outcome, share in fresh[place].ends.items():
            outcomes[outcome] += count * share
        for (target, days), share in fresh[place].moves.items():
            expected_day += count * share * days
            if target not in open_places:
                forever += count * share
    return Ends(
        dict(outcomes),
        forever,
        None if forever else expected_day,
        _by_day(start, fresh, open_places, one),
    )


def _reached(start: int, fresh: Mapping[int, Onward]) -> set[int]:
    """The fresh places that play gets to."""
    reached, waiting = {start}, [start]
    while waiting:
        for target, _ in fresh[waiting.pop()].moves:
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def _can_end(reached: set[int], fresh: Mapping[int, Onward]) -> dict[int, None]:
    """Those places of ``reached`` from which an end can be reached, in order."""
    before: dict[int, list[int]] = {place: [] for place in reached}
    for place in reached:
        for target, _ in fresh[place].moves:
            before[target].append(place)
    waiting = [place for place in reached if fresh[place].ends]
    found = set(waiting)
    while waiting:
        for place in before[waiting.pop()]:
            if place not in found:
                found.add(place)
                waiting.append(place)
    return dict.fromkeys(sorted(found))


def _inflow(
    open_places: Mapping[int, None], fresh: Mapping[int, Onward], zero: Number
) -> dict[int, dict[int, Number]]:
    """For each place the probability of standing there next, by the place before."""
    inflow: dict[int, dict[int, Number]] = {place: {} for place in open_places}
    for place in open_places:
        for (target, _), share in fresh[place].moves.items():
            if target in open_places:
                inflow[target][place] = inflow[target].get(place, zero) + share
    return inflow


def _by_day(
    start: int, fresh: Mapping[int, Onward], open_places: Mapping[int, None], one: Number
) -> dict[str, dict[int, Number]]:
    """Probability of each outcome on each day, as far as plays are followed."""
    found: dict[str, dict[int, Number]] = defaultdict(dict)
    zero, undecided, steps = one - one, 1.0, 0
    standing: dict[int, dict[int, Number]] = {0: {start: one}} if start in open_places else {}
    dates = list(standing)
    while dates and dates[0] <= MAX_DAYS and undecided >= UNDECIDED and steps < MAX_STEPS:
        today = heapq.heappop(dates)
        for place, mass in standing.pop(today).items():
            undecided -= as_float(mass)
            for outcome, share in fresh[place].ends.items():
                found[outcome][today] = found[outcome].get(today, zero) + mass * share
            for (target, days), share in fresh[place].moves.items():
                steps += 1
                if target not in open_places:
                    continue
                carried = _shortened(mass * share)
                undecided += as_float(carried)
                if today + days not in standing:
                    standing[today + days] = {}
                    heapq.heappush(dates, today + days)
                later = standing[today + days]
                later[target] = later.get(target, zero) + carried
    return {outcome: dict(sorted(by_day.items())) for outcome, by_day in found.items()}


def _shortened(share: Number) -> Number:
    if isinstance(share, Fraction) and share.denominator.bit_length() > MAX_BITS:
        return float(share)
    return share
