"""All equilibria of a bimatrix game by the vertices of one player's best-reply polytope.

The polytope of the mixer is ``{z >= 0: C z <= 1}`` with the opponent's table as ``C``; a vertex
other than 0 is a mixture up to scale.  Label ``i`` of a vertex means ``z[i] = 0``, label ``d + j``
that inequality ``j`` is tight; a simple vertex has as many labels as there are dimensions, ``d``.

Every vertex that is reached is *verified*: it satisfies the inequalities as they were given, those
that are not its labels clearly, with a bound on the error from the residual and the inverse.  Two
vertices whose labels differ in one are neighbours; when the ``d`` neighbours of every vertex found
are found and verified, none is missing, because the graph of a polytope is connected.

Source: Avis, Rosenberg, Savani and von Stengel (2010), Enumeration of Nash equilibria for
two-player games, Economic Theory 42, for vertices and labels.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gametheory_crisis.kernels.bimatrix_mixtures import (
    COMPLETE,
    DOUBTFUL,
    FEASIBLE,
    INFEASIBLE,
    TIE,
    solve_mixture,
)
from gametheory_crisis.kernels.jit import jit

LEAST_PIVOT = 1e-9
"""A smaller one is doubt at once; what larger ones do to precision is seen at the vertex."""
FULL = -2
"""Row that says: there is no room for more vertices."""
NO_ROOM, NO_PIVOT = -1, -2
"""Ends of the queue that say: it is full, or a pivot is too small to go on."""


class Walk(NamedTuple):
    """Room for the vertices of a polytope of dimension d given by num inequalities, and signs.

    Attributes
    ----------
    tableaux : float64 (capacity, num, width), a queue; right-hand sides in column d
    basic, cobasic : int64 (capacity, num) and (capacity, d), labels of rows and columns
    labels, hashes : int64 (capacity,), the set of labels of a vertex and its hash
    keys : int64 (d + num,), a random number for each label
    seen : int64 (8 capacity,), open hash table of the sets of labels seen; all 0 between games
    taken, num_taken : int64 (4 capacity,) and (1,), the places taken in it
    transposed : float64 (d, num), the inequalities
    point, inverse, residual, line : float64 (d,), (num,), (num,), (width,)
    beaten : int64 (d, d), of `compare`
    system, members : of `solve_mixture`
    """

    tableaux: Any
    basic: Any
    cobasic: Any
    labels: Any
    hashes: Any
    keys: Any
    seen: Any
    taken: Any
    num_taken: Any
    transposed: Any
    point: Any
    inverse: Any
    residual: Any
    line: Any
    beaten: Any
    system: Any
    members: Any


@jit
def make_walk(dimension, num, capacity):
    """`Walk` with room for ``capacity`` vertices, a power of 2, in the queue."""
    keys = np.empty(dimension + num, dtype=np.int64)
    state = 1
    for k in range(len(keys)):
        state = state * 48271 % 2147483647  # Park, Miller and Stockmeyer (1993)
        keys[k] = state
    width = (dimension + 4) // 4 * 4
    return Walk(
        np.zeros((capacity, num, width)),
        np.empty((capacity, num), dtype=np.int64),
        np.empty((capacity, dimension), dtype=np.int64),
        np.empty(capacity, dtype=np.int64),
        np.empty(capacity, dtype=np.int64),
        keys,
        np.zeros(8 * capacity, dtype=np.int64),
        np.empty(4 * capacity, dtype=np.int64),
        np.empty(1, dtype=np.int64),
        np.empty((dimension, num)),
        np.empty(dimension),
        np.empty(num),
        np.empty(num),
        np.empty(width),
        np.empty((dimension, dimension), dtype=np.int64),
        np.empty((dimension, dimension + 1)),
        np.empty((2, dimension), dtype=np.int64),
    )


@jit
def enumerate_vertices(mixer, replier, walk, mixtures, replies, place):
    """All equilibria of a game, vertex by vertex of the mixer's polytope.

    Parameters
    ----------
    mixer, replier, mixtures, replies, place : of `enumerate_supports`
    walk : `Walk`, modified

    Returns
    -------
    As `enumerate_supports`; the row is `FULL` where there are more vertices than ``walk`` holds.
    """
    dimension = len(mixer)
    every = (1 << dimension) - 1
    compare(mixer, walk.beaten)
    start(replier, walk)
    head, tail, end, indices = np.int64(0), np.int64(1), place, 0
    status = COMPLETE
    while head < tail and status == COMPLETE and end >= 0:
        slot = head % len(walk.labels)
        labels = walk.labels[slot]
        own, chosen = every & ~labels, labels >> dimension
        if not verify(
            walk.tableaux,
            walk.basic,
            slot,
            walk.transposed,
            walk.point,
            walk.inverse,
            walk.residual,
        ):
            status = DOUBTFUL
        elif head > 0 and not any_dominated(walk.beaten, own, chosen):
            status, index = complete_vertex(
                mixer, replier, own, chosen, walk.system, walk.members, mixtures, replies, end
            )
            end += abs(index)
            indices += index
            if end == len(mixtures):
                end = -1
        if status == COMPLETE and end >= 0:
            tail = visit_neighbours(walk, slot, head, tail)
            if tail == NO_ROOM:
                end = FULL
            elif tail == NO_PIVOT:
                status = DOUBTFUL
        head += 1
    for k in range(walk.num_taken[0]):
        walk.seen[walk.taken[k]] = 0
    return end, status, indices


@jit
def compare(table, beaten):
    """Write into ``beaten[c, a]`` the opponent's actions at which ``a`` clearly beats ``c``."""
    num_own, num_other = table.shape
    for c in range(num_own):
        for a in range(num_own):
            wins = 0
            for b in range(num_other):
                wins |= (1 if table[a, b] - table[c, b] > TIE else 0) << b
            beaten[c, a] = wins


@jit
def any_dominated(beaten, own, opposing):
    """Whether one of the actions ``own`` is clearly beaten by another at all of ``opposing``."""
    for c in range(len(beaten)):
        if own >> c & 1:
            found = False
            for a in range(len(beaten)):
                found |= (beaten[c, a] & opposing) == opposing
            if found:
                return True
    return False


@jit
def start(table, walk):
    """Put the vertex 0 into the queue."""
    num, dimension = table.shape
    key = np.int64(0)
    for i in range(dimension):
        for j in range(num):
            walk.transposed[i, j] = table[j, i]
            walk.tableaux[0, j, i] = table[j, i]
        walk.cobasic[0, i] = i
        key ^= walk.keys[i]
    for j in range(num):
        walk.tableaux[0, j, dimension] = 1.0
        walk.basic[0, j] = dimension + j
    labels = (1 << dimension) - 1
    walk.labels[0] = labels
    walk.hashes[0] = key
    place = find(walk.seen, labels, key)
    walk.seen[place] = labels
    walk.taken[0] = place
    walk.num_taken[0] = 1


@jit
def find(seen, labels, key):
    """The place in the hash table where a set of labels belongs, -1 if it is there already."""
    last = len(seen) - 1
    place = key & last
    while seen[place] != 0:
        if seen[place] == labels:
            return -1
        place = (place + 1) & last
    return place


@jit
def verify(tableaux, basic, slot, transposed, point, inverse, residual):
    """Whether a vertex is one beyond doubt, and a simple one.

    ``inverse`` gets the reciprocals of the right-hand sides; ``point`` and ``residual`` are
    modified.
    """
    num = tableaux.shape[1]
    dimension = len(point)
    for i in range(dimension):
        point[i] = 0.0
    for j in range(num):
        residual[j] = 1.0
    least = np.inf
    for k in range(num):
        value = tableaux[slot, k, dimension]
        least = value if value < least else least
        inverse[k] = 1.0 / value
        label = basic[slot, k]
        if label < dimension:
            point[label] = value
        else:
            residual[label - dimension] -= value
    for i in range(dimension):
        value = point[i]
        if value != 0.0:
            for j in range(num):
                residual[j] -= transposed[i, j] * value
    worst = 0.0
    for j in range(num):
        worst = max(worst, abs(residual[j]))
    # A residual moves the point by at most the inverse, whose entries stand in the tableau.
    return least - num * worst * growth(tableaux, slot) > TIE


@jit
def growth(tableaux, slot):
    """A bound on the entries of a tableau, at least 1."""
    largest = 1.0
    for k in range(tableaux.shape[1]):
        for c in range(tableaux.shape[2]):
            largest = max(largest, abs(tableaux[slot, k, c]))
    return largest


@jit
def visit_neighbours(walk, slot, head, tail):
    """Append the unseen neighbours of a verified vertex to the queue.

    Returns its new end, or `NO_ROOM` or `NO_PIVOT`.
    """
    tableaux, basic, cobasic, capacity = walk.tableaux, walk.basic, walk.cobasic, len(walk.labels)
    num, dimension = tableaux.shape[1], cobasic.shape[1]
    for column in range(dimension):
        best = 0.0
        row = num - 1
        for k in range(num):
            ratio = tableaux[slot, k, column] * walk.inverse[k]
            row = k if ratio > best else row
            best = ratio if ratio > best else best
        leaving, entering = basic[slot, row], cobasic[slot, column]
        labels = walk.labels[slot] ^ (1 << leaving) ^ (1 << entering)
        key = walk.hashes[slot] ^ walk.keys[leaving] ^ walk.keys[entering]
        place = find(walk.seen, labels, key)
        if place < 0:
            continue
        num_taken = walk.num_taken[0]
        if num_taken == len(walk.taken) or tail - head == capacity:
            return NO_ROOM
        if tableaux[slot, row, column] < LEAST_PIVOT:
            return NO_PIVOT
        walk.seen[place] = labels
        walk.taken[num_taken] = place
        walk.num_taken[0] = num_taken + 1
        target = tail % capacity
        pivot(tableaux, slot, target, row, column, walk.line)
        for k in range(num):
            basic[target, k] = basic[slot, k]
        for c in range(dimension):
            cobasic[target, c] = cobasic[slot, c]
        basic[target, row] = entering
        cobasic[target, column] = leaving
        walk.labels[target] = labels
        walk.hashes[target] = key
        tail += 1
    return tail


@jit
def pivot(tableaux, source, target, row, column, line):
    """Write into slot ``target`` the tableau after ``column`` has entered and ``row`` has left."""
    _, num, width = tableaux.shape
    reciprocal = 1.0 / tableaux[source, row, column]
    for c in range(width):
        line[c] = tableaux[source, row, c] * reciprocal
    line[column] = reciprocal
    for k in range(num):
        factor = tableaux[source, k, column]
        for c in range(width):
            tableaux[target, k, c] = tableaux[source, k, c] - factor * line[c]
        tableaux[target, k, column] = -factor * reciprocal
    for c in range(width):
        tableaux[target, row, c] = line[c]


@jit
def complete_vertex(mixer, replier, own, chosen, system, members, mixtures, replies, place):
    """Write the equilibrium of which a vertex is the mixer's part into row ``place``, if there is.

    Returns the status and the index of the equilibrium, 0 where there is none.
    """
    verdict, other_sign, _, _ = solve_mixture(mixer, own, chosen, system, members, replies, place)
    if verdict == INFEASIBLE:
        return COMPLETE, 0
    sign = 0
    if verdict == FEASIBLE:
        # The vertex again, from the given numbers, and the sign that only this system has.
        verdict, sign, _, _ = solve_mixture(replier, chosen, own, system, members, mixtures, place)
    if verdict != FEASIBLE:
        return DOUBTFUL, 0
    # Index of a nondegenerate equilibrium of a game with positive payoffs (Shapley, 1974).
    size = 0
    for a in range(len(mixer)):
        size += own >> a & 1
    return COMPLETE, sign * other_sign * (1 if size % 2 == 1 else -1)
