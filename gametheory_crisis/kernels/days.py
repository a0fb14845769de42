"""Backward induction over a range of days at one point, all positions of a day in one sweep.

Only the values of two days are held.  What a day decides goes into one row of the decisions, so the
caller keeps as many days as it asks for.  A stage that floats cannot decide stops the sweep: the
caller decides it and has the sweep go on behind it.

Arrays are passed one by one: taking them from a tuple at every position costs more than the work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gametheory_crisis.kernels.days_arrays import (
    CHANCE,
    DECISION,
    MIXED,
    NIGHT,
    NO_GAME,
    NOT_FINITE,
    NOWHERE,
    SEVERAL,
    SOLVED,
    STAGE,
    TERMINAL,
    TIED,
    load_day,
)
from gametheory_crisis.kernels.days_stage import solve_stage
from gametheory_crisis.kernels.days_ties import UNDECIDED, close, greater
from gametheory_crisis.kernels.jit import entry_point, inlined, jit, source_digest


@inlined
def payment(table, row, player, numbers):
    """What a player is paid along a branch; ``row`` is -1 where nobody is."""
    return 0.0 if row < 0 else numbers[table[row, player]]


@inlined
def are_finite(table, row, numbers):
    """Whether the payments in a row of ``table`` are numbers."""
    finite = True
    for i in range(table.shape[1]):
        number = numbers[table[row, i]]
        finite &= number - number == 0.0
    return finite


@inlined
def solve_night(night, p, today, tomorrow, numbers, factors, last):
    """The value of a passing day; what has no probability does not count."""
    onward = night["onward_at_deadline"] if last else night["onward"]
    struck = night["struck_at_deadline"] if last else night["struck"]
    hazard = 0.0 if night["hazard"] < 0 or struck < 0 else numbers[night["hazard"]]
    num = len(factors)
    for i in range(num + 1):
        value = 0.0
        if hazard != 0.0:
            value += hazard * tomorrow[struck, i]
        if hazard != 1.0:
            value += (1.0 - hazard) * tomorrow[onward, i]
        today[p, i] = factors[i] * value if i < num else value


@inlined
def solve_chance(first, stop, p, today, branches, table, numbers):
    """The mean over the events that can happen; False where a payment is not finite."""
    num = table.shape[1]
    finite = True
    for i in range(num + 1):
        today[p, i] = 0.0
    for b in range(first, stop):
        weight = numbers[branches[b]["probability"]]
        if weight == 0.0:
            continue
        target, row = branches[b]["target"], branches[b]["pays"]
        for i in range(num):
            today[p, i] += weight * (today[target, i] + payment(table, row, i, numbers))
        today[p, num] += weight * today[target, num]
        finite &= row < 0 or are_finite(table, row, numbers)
    return finite


@inlined
def worth_to(mover, branch, today, table, numbers):
    """What a branch is worth to a player."""
    return today[branch["target"], mover] + payment(table, branch["pays"], mover, numbers)


@inlined
def solve_decision(first, stop, mover, today, branches, table, numbers):
    """The branch that the mover takes, and how many tie with it.

    Ties go to the first in the file's order, between offers to the soonest end, then the lowest.
    """
    best = worth_to(mover, branches[first], today, table, numbers)
    for b in range(first + 1, stop):
        worth = worth_to(mover, branches[b], today, table, numbers)
        best = worth if greater(worth, best) else best
    chosen, tied = first, 0
    for b in range(first, stop):
        if not close(worth_to(mover, branches[b], today, table, numbers), best):
            continue
        tied += 1
        if tied == 1 or precedes(branches[b], branches[chosen], today, numbers):
            chosen = b
    return chosen, tied


@inlined
def precedes(offer, other, today, numbers):
    """Whether one of two tied offers is made rather than the other; no action ever does."""
    if offer["offer"] < 0:
        return False
    end = today.shape[1] - 1
    day, other_day = today[offer["target"], end], today[other["target"], end]
    lower = numbers[offer["offer"]] < numbers[other["offer"]]
    return (lower and close(day, other_day)) or greater(other_day, day)


@inlined
def take(p, branch, today, table, numbers):
    """The value of a branch becomes that of the position."""
    num = table.shape[1]
    target, row = branch["target"], branch["pays"]
    for i in range(num):
        today[p, i] = today[target, i] + payment(table, row, i, numbers)
    today[p, num] = today[target, num]


@jit
def take_mixed(here, p, today, branches, movers, mixes, payoffs):
    """The mean value of a stage whose profiles have ``payoffs``."""
    num = payoffs.shape[1]
    length = 0
    for m in range(here["first_mover"], here["stop_mover"]):
        length += movers[m]["size"]
    for i in range(num + 1):
        today[p, i] = 0.0
    for k in range(here["stop"] - here["first"]):
        share, rest, place = 1.0, k, here["mix"] + length
        for m in range(here["stop_mover"] - 1, here["first_mover"] - 1, -1):
            size = movers[m]["size"]
            place -= size
            share *= mixes[place + rest % size]
            rest //= size
        if share != 0.0:
            for i in range(num):
                today[p, i] += share * payoffs[k, i]
            today[p, num] += share * today[branches[here["first"] + k]["target"], num]


@inlined
def gather(first, stop, today, branches, table, numbers, payoffs):
    """Write what each profile of a stage is worth to each player."""
    for b in range(first, stop):
        target, row = branches[b]["target"], branches[b]["pays"]
        for i in range(table.shape[1]):
            payoffs[b - first, i] = today[target, i] + payment(table, row, i, numbers)


@inlined
def are_paid(first, stop, branches, table, numbers):
    """Whether the payments on branches are numbers."""
    finite = True
    for b in range(first, stop):
        row = branches[b]["pays"]
        finite &= row < 0 or are_finite(table, row, numbers)
    return finite


@inlined
def is_game(first, stop, checks, numbers):
    """Whether all that must hold at a position does."""
    holds = True
    for c in range(first, stop):
        holds &= numbers[checks[c]] == 1.0
    return holds


@jit
def solve_positions(
    stage, numbers, factors, today, tomorrow, bounds, clock, stands, row, mixes, flags, work
):
    """Values of a range of positions on one day, each behind those that it leads to.

    Parameters
    ----------
    today, tomorrow : float64 (positions, players + 1), values and expected days; modified
    bounds : the first position, and the one behind the last
    clock : the day, and whether tomorrow is the deadline
    stands : uint8 (positions,), whether play can stand there
    row, mixes : int16 (columns,) and float64 (shares,), decisions of the day; modified
    flags : uint8 (positions,), modified
    work : the rule of selection, float64 (profiles, players), overwritten, and whether stages are
        solved that are larger than 2x2, see `solve_stage`

    Returns
    -------
    Status and the position where it arose.
    """
    num_fixed, positions, branches, movers, checks, table = stage
    day, last = clock
    rule, payoffs, beyond = work
    num = len(factors)
    for p in range(bounds[0], bounds[1]):
        here = positions[p]
        kind, column = here["kind"], here["column"]
        first, stop = here["first"], here["stop"]
        if stands[p] == 0:
            if column >= 0:
                row[column] = NOWHERE
        elif not is_game(here["first_check"], here["stop_check"], checks, numbers):
            return NO_GAME, p
        elif kind == TERMINAL:
            for i in range(num):
                today[p, i] = numbers[table[here["payoffs"], i]]
            today[p, num] = day if p >= num_fixed else numbers[here["day"]]
            if not are_finite(table, here["payoffs"], numbers):
                return NOT_FINITE, p
        elif kind == NIGHT:
            solve_night(here, p, today, tomorrow, numbers, factors, last)
        elif kind == CHANCE:
            if not solve_chance(first, stop, p, today, branches, table, numbers):
                return NOT_FINITE, p
        elif not are_paid(first, stop, branches, table, numbers):
            return NOT_FINITE, p
        elif kind == DECISION:
            mover = movers[here["first_mover"]]["player"]
            chosen, tied = solve_decision(first, stop, mover, today, branches, table, numbers)
            take(p, branches[chosen], today, table, numbers)
            row[column] = chosen - first
            flags[p] |= TIED if tied > 1 else 0
        else:
            gather(first, stop, today, branches, table, numbers, payoffs)
            group = (here["first_mover"], here["stop_mover"])
            branch, count = solve_stage(payoffs, movers, group, rule, beyond, mixes, here["mix"])
            if branch == UNDECIDED:
                return STAGE, p
            if branch == MIXED:
                take_mixed(here, p, today, branches, movers, mixes, payoffs)
            else:
                take(p, branches[first + branch], today, table, numbers)
            row[column] = branch
            flags[p] |= SEVERAL if count > 1 else 0
    return SOLVED, bounds[1]


def _build(digest: int) -> Callable[..., Any]:
    @entry_point
    def solve_days(stage, daily, factors, clock, where, values, standing, decisions, flags, work):
        """Solve days backwards, from where an earlier call stopped.

        Parameters
        ----------
        stage, daily : `FlatStage` and `DailyNumbers`
        factors : float64 (players,), daily discount factors
        clock : the first day of the range, and the deadline; a first day of -1 means the positions
            on known days
        where : int64 (2,), day and position to begin with; on return where it stopped
        values : float64 (2, positions, players + 1), of even and of odd days; modified
        standing : uint8 (sets, positions) and int64 (days,), the sets of positions at which play
            can stand and which one belongs to each day of the range
        decisions : int16 (days, columns) and float64 (days, shares), modified: the branch taken, or
            `MIXED` or `NOWHERE`; probabilities of the actions
        flags : uint8 (positions,), `TIED` and `SEVERAL` are added to it
        work : see `solve_positions`

        Returns
        -------
        The status, and the digest of the sources that this code was compiled from.
        """
        low, deadline = clock
        sets, set_of = standing
        branches, mixes = decisions
        begin = 0 if low < 0 else stage.num_fixed
        stop = stage.num_fixed if low < 0 else len(stage.positions)
        for day in range(where[0], low - 1, -1):
            start = where[1]
            if low >= 0 and start == begin:
                load_day(daily, day)
            today = values[0] if low < 0 else values[day % 2]
            tomorrow = values[0] if low < 0 else values[(day + 1) % 2]
            status, position = solve_positions(
                stage,
                daily.numbers,
                factors,
                today,
                tomorrow,
                (start, stop),
                (float(day), day + 1 == deadline),
                sets[set_of[day - low]],
                branches[day - low],
                mixes[day - low],
                flags,
                work,
            )
            where[0], where[1] = day, position
            if status != SOLVED:
                return status, digest
            where[1] = begin
        return SOLVED, digest

    return solve_days


solve_days = _build(source_digest(__name__))
"""Solves a range of days; see the docstring of the function itself."""
