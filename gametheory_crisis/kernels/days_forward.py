"""Play followed forwards through the days: where it can stand, and with what probability."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gametheory_crisis.kernels.days_arrays import CHANCE, MIXED, NIGHT, TERMINAL, load_day
from gametheory_crisis.kernels.jit import entry_point, inlined, source_digest


@inlined
def reach(here, branches, numbers, today, tomorrow, last):
    """Mark the positions that play can reach from one at which it can stand."""
    if here["kind"] == NIGHT:
        onward = here["onward_at_deadline"] if last else here["onward"]
        struck = here["struck_at_deadline"] if last else here["struck"]
        hazard = 0.0 if here["hazard"] < 0 else numbers[here["hazard"]]
        if hazard != 1.0 and onward >= 0:
            tomorrow[onward] = 1
        if hazard != 0.0 and struck >= 0:
            tomorrow[struck] = 1
        return
    for b in range(here["first"], here["stop"]):
        probability = branches[b]["probability"]
        if probability < 0 or numbers[probability] != 0.0:
            today[branches[b]["target"]] = 1


@inlined
def pass_night(night, numbers, mass, tomorrow, last):
    """Hand on the probability that a day passes."""
    onward = night["onward_at_deadline"] if last else night["onward"]
    struck = night["struck_at_deadline"] if last else night["struck"]
    hazard = 0.0 if night["hazard"] < 0 or struck < 0 else numbers[night["hazard"]]
    if hazard != 0.0:
        tomorrow[struck] += mass * hazard
    if hazard != 1.0:
        tomorrow[onward] += mass * (1.0 - hazard)


@inlined
def profile_share(here, k, movers, mixes):
    """Probability of a profile where play is mixed."""
    place = here["mix"]
    for m in range(here["first_mover"], here["stop_mover"]):
        place += movers[m]["size"]
    share, rest = 1.0, k
    for m in range(here["stop_mover"] - 1, here["first_mover"] - 1, -1):
        size = movers[m]["size"]
        place -= size
        share *= mixes[place + rest % size]
        rest //= size
    return share


@inlined
def spread(here, branches, movers, numbers, mass, today, row, mixes):
    """Hand on the probability that play stands at a position of moves."""
    first, stop = here["first"], here["stop"]
    if here["kind"] == CHANCE:
        for b in range(first, stop):
            share = numbers[branches[b]["probability"]]
            if share != 0.0:
                today[branches[b]["target"]] += mass * share
        return
    branch = row[here["column"]]
    if branch != MIXED:
        today[branches[first + branch]["target"]] += mass
        return
    for k in range(stop - first):
        today[branches[first + k]["target"]] += mass * profile_share(here, k, movers, mixes)


def _build_reach(digest: int) -> Callable[..., Any]:
    @entry_point
    def reach_day(stage, daily, clock, today, tomorrow):
        """Mark where play can stand on a day and on the next.

        Parameters
        ----------
        stage, daily : `FlatStage` and `DailyNumbers`
        clock : the day, -1 for the positions on known days, and the deadline
        today, tomorrow : uint8 (positions,), modified

        Returns
        -------
        The digest of the sources that this code was compiled from.
        """
        day, deadline = clock
        if day >= 0:
            load_day(daily, day)
        begin = 0 if day < 0 else stage.num_fixed
        stop = stage.num_fixed if day < 0 else len(stage.positions)
        positions, branches, numbers = stage.positions, stage.branches, daily.numbers
        for p in range(stop - 1, begin - 1, -1):
            if today[p] != 0:
                reach(positions[p], branches, numbers, today, tomorrow, day + 1 == deadline)
        return digest

    return reach_day


def _build_spread(digest: int) -> Callable[..., Any]:
    @entry_point
    def spread_days(stage, daily, clock, mass, decisions, ends):
        """Follow what is decided through days, forwards.

        Parameters
        ----------
        stage, daily : `FlatStage` and `DailyNumbers`
        clock : the first day, -1 for the positions on known days, the day behind the last, and the
            deadline
        mass : float64 (2, positions), probability of each position on even and on odd days; that of
            a day is used up, so all is 0 but what comes after the last; modified
        decisions : int16 (days, columns) and float64 (days, probabilities), see `solve_days`
        ends : float64 (days, outcomes) before the deadline; (positions, 1), the probability of each
            end, for the positions on known days; modified

        Returns
        -------
        The digest of the sources that this code was compiled from.
        """
        low, high, deadline = clock
        branches, mixes = decisions
        begin = 0 if low < 0 else stage.num_fixed
        stop = stage.num_fixed if low < 0 else len(stage.positions)
        positions, ways, movers = stage.positions, stage.branches, stage.movers
        for day in range(low, high):
            if low >= 0:
                load_day(daily, day)
            today = mass[0] if low < 0 else mass[day % 2]
            tomorrow = mass[0] if low < 0 else mass[(day + 1) % 2]
            for p in range(stop - 1, begin - 1, -1):
                share = today[p]
                if share == 0.0:
                    continue
                today[p] = 0.0
                here = positions[p]
                if here["kind"] == TERMINAL and low < 0:
                    ends[p, 0] += share
                elif here["kind"] == TERMINAL:
                    ends[day - low, here["outcome"]] += share
                elif here["kind"] == NIGHT:
                    pass_night(here, daily.numbers, share, tomorrow, day + 1 == deadline)
                else:
                    row, mixed = branches[day - low], mixes[day - low]
                    spread(here, ways, movers, daily.numbers, share, today, row, mixed)
        return digest

    return spread_days


DIGEST = source_digest(__name__)
reach_day = _build_reach(DIGEST)
spread_days = _build_spread(DIGEST)
