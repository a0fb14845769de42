"""All beliefs at one information set off the path that support an equilibrium."""

from __future__ import annotations

from fractions import Fraction

from gametheory_crisis.solvers.extensive_form.belief_search import BeliefSearch, Place, average
from gametheory_crisis.solvers.polyhedron import vertices


def supporting(search: BeliefSearch) -> dict[int, tuple[tuple[Fraction, ...], ...]]:
    """Where the beliefs at an information set are free of those elsewhere, all that support.

    Returns
    -------
    Per such information set off the path the vertices of the set of beliefs under which the choices
    there are best, if it is more than a point.  Beliefs are free of those elsewhere if each class
    takes a mistake that no other takes, and none of these mistakes tells classes apart at another
    information set at which not every belief will do.
    """
    found = {}
    for place in search.off_path:
        elsewhere = {
            move
            for other in search.bound
            if other.index != place.index
            for way in other.proper(range(len(other.classes))).values()
            for move in way
        }
        proper = list(place.proper(range(len(place.classes))).values())
        own = [way - frozenset().union(*(w for w in proper if w is not way)) for way in proper]
        if len(proper) > 1 and all(own) and not any(way & elsewhere for way in proper):
            corners = _corners(search, place)
            if len(corners) > 1:
                found[place.index] = corners
    return found


def _corners(search: BeliefSearch, place: Place) -> tuple[tuple[Fraction, ...], ...]:
    """The vertices of the beliefs at an information set under which the choices there are best."""
    mistakes, weight = search.known.mistakes[place.index], search.known.weight[place.index]
    total = {
        way: sum((Fraction(w) for m, w in zip(mistakes, weight, strict=True) if m == way))
        for way in place.classes
    }
    everything = range(len(place.classes))
    rows = [
        [loss / total[way] for loss, way in zip(condition, place.classes, strict=True)]
        for condition in place.conditions(everything)
    ]
    points = vertices(*average(rows, len(place.classes)))
    number = {way: c for c, way in enumerate(place.classes)}
    return tuple(
        tuple(
            point[number[way]] * Fraction(w) / total[way]
            for way, w in zip(mistakes, weight, strict=True)
        )
        for point in points
    )
