"""Some equilibria in three unknowns or more: those that several starts lead to."""

from __future__ import annotations

from itertools import islice, product

import numpy as np

from gametheory_crisis.solvers.cutoffs.layout import Floats
from gametheory_crisis.solvers.cutoffs.newton import Counted, newton
from gametheory_crisis.solvers.cutoffs.roots import Found, Root
from gametheory_crisis.solvers.cutoffs.system import System

SPREAD = 16
"""Starts spread evenly over the cube."""
CORNERS = 16
"""Starts near its corners, at most."""
MORE = 64
"""Further starts where these lead nowhere."""
MOST_PROMISING = 32
"""Of all those the ones with the smallest errors are taken."""
DIGITS = 3
"""Starts that best replies lead to the same place, to so many digits, are one."""
REPLIES = 30
"""Rounds of best replies, each taken half, before Newton's method."""
MAX_POINTS = 20_000
"""Points at which equations are looked at where each player has one shock."""
MAX_POINTS_OF_TWO = 5_000
"""The same where somebody has two, whose regions take quadrature."""


def many_roots(system: System) -> Found:
    """The equilibria that best replies and Newton's method lead to from several starts."""
    found = Found()
    system = System(system.part, system.closing, mixing=True)
    two = max(map(len, system.part.owned)) > 1
    misses = Counted(system.misses, (MAX_POINTS_OF_TWO if two else MAX_POINTS) // 2)
    starts = _starts(system.num_unknowns)
    points = starts.copy()
    for _ in range(REPLIES):
        points = np.clip(points + misses(points) / 2, 0.0, 1.0)
    _, first = np.unique(points.round(DIGITS), axis=0, return_index=True)
    roots, tried = newton(misses, points[np.sort(first)]), len(starts)
    if not len(roots):
        misses.most *= 2
        further = np.concatenate([starts, _lattice(system.num_unknowns, MORE)])
        order = np.argsort(np.abs(misses(further)).max(axis=1), kind="stable")
        roots, tried = newton(misses, further[order[:MOST_PROMISING]]), tried + MORE
    found.roots = [Root(root, mixing=True) for root in roots]
    hang = f"{system.num_unknowns} probabilities hang together"
    if len(roots):
        found.note(f"{hang}: those equilibria are listed that {tried} starts lead to")
    else:
        found.note(
            f"{hang}, and none of {tried} starts led to one; where play never comes, only the "
            "belief is tried that every type errs alike"
        )
    return found


def _starts(width: int) -> Floats:
    """The centre, corners, and points spread evenly."""
    corners = np.array(list(islice(product((0.05, 0.95), repeat=width), CORNERS)))
    return np.concatenate([_lattice(width, SPREAD), corners])


def _lattice(width: int, count: int) -> Floats:
    """Points of a lattice of irrational steps, the centre first (Roberts 2018)."""
    ratio = 1.0
    for _ in range(60):
        ratio = (1 + ratio) ** (1 / (width + 1))
    steps = ratio ** -np.arange(1.0, width + 1)
    return (0.5 + np.outer(np.arange(count), steps)) % 1
