"""Rules of daily offers followed forward, from many states at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from gametheory_crisis.certificate.arrays import Floats
from gametheory_crisis.certificate.screening_paths import Player, Step
from gametheory_crisis.certificate.screening_starts import Starts
from gametheory_crisis.certificate.screening_tables import Flags, Integers
from gametheory_crisis.errors import SolverError

MAX_PLAYS = 2_000_000
"""Plays followed at once; every lottery adds one."""


class Morning(NamedTuple):
    """Plays at the start of a day, or as the clock expires; the path is the first of them.

    In the order: those that went on from the day before, the second ways of those that went on by
    lot, and those that start here, as many on every day.

    Attributes
    ----------
    states, right : the states, and whether play goes on as in states just above
    types : positions of the types whose best answers are followed
    path : rows of the path's plays
    """

    states: Floats
    right: Flags
    types: Floats
    path: Integers


class Plays(NamedTuple):
    """Plays that started in various states on various days.

    Attributes
    ----------
    mornings : per day, and at expiry
    steps : per day what is played
    lots : per day the rows that go on by lot
    """

    mornings: list[Morning]
    steps: list[Step]
    lots: list[Integers]


def follow(player: Player, starts: Starts, claimed: Mapping[int, float]) -> Plays:
    """Carry plays forward a day at a time; the path, and new ones from the states of every day.

    Where either limit of an offer will do on the path, it is the one claimed for the day.
    """
    plays = Plays([], [], [])
    morning = Morning(np.ones(1), np.zeros(1, bool), np.ones(1), np.zeros(1, np.intp))
    before = 1.0
    for day in range(player.game.num_days + 1):
        if day in claimed:
            free = player.freely_right(day, morning.states[morning.path], claimed[day])
            morning.right[morning.path] |= free
        new, right = starts.on(day, float(morning.states[0]), before)
        before = float(morning.states[0])
        morning = Morning(
            np.concatenate([morning.states, new]),
            np.concatenate([morning.right, right]),
            np.concatenate([morning.types, player.game.positions.beside(new, right)]),
            morning.path,
        )
        plays.mornings.append(morning)
        if day < player.game.num_days:
            plays.steps.append(player.step(day, morning.states, morning.right))
            morning, by_lot = _night(morning, plays.steps[-1])
            plays.lots.append(by_lot)
    return plays


def _night(morning: Morning, step: Step) -> tuple[Morning, Integers]:
    """Where play goes on by lot, one play goes each way."""
    right = step.odds == 1
    by_lot = np.flatnonzero((step.odds > 0) & ~right)
    if not len(by_lot):
        return Morning(step.after, right, morning.types, morning.path), by_lot
    second = np.arange(len(step.after), len(step.after) + len(by_lot))
    if second[-1] >= MAX_PLAYS:
        raise SolverError("the rules lead to too many lotteries to be followed")
    return Morning(
        np.concatenate([step.after, step.after[by_lot]]),
        np.concatenate([right, np.ones(len(by_lot), bool)]),
        np.concatenate([morning.types, morning.types[by_lot]]),
        np.concatenate([morning.path, second[np.isin(by_lot, morning.path)]]),
    ), by_lot
