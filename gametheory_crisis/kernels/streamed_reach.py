"""The certificate of a long deadline: where play can stand on each day, and how likely it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gametheory_crisis.kernels.jit import entry_point, source_digest
from gametheory_crisis.kernels.streamed_arrays import END, NATURE, WAIT, load_shares, share_of


def _build_mark(digest: int) -> Callable[..., Any]:
    @entry_point
    def mark_day(game, numbers, bounds, last, stands, later):
        """Mark the places that play can reach on a day and on the next, whatever is chosen.

        Parameters
        ----------
        game, numbers, bounds, last : as in `assess_day`
        stands, later : uint8 (places,), on the day and on the next; modified

        Returns
        -------
        The digest of the sources that this code was compiled from.
        """
        places, edges, _, _ = game
        for p in range(bounds[1] - 1, bounds[0] - 1, -1):
            here = places[p]
            if stands[p] == 0:
                continue
            if here["kind"] == WAIT:
                hazard = 0.0 if here["hazard"] < 0 else numbers[here["hazard"]]
                if hazard != 0.0:
                    later[here["struck_late"] if last else here["struck"]] = 1
                if hazard != 1.0:
                    later[here["expired"] if last else here["onward"]] = 1
            for e in range(here["edge"], here["stop_edge"]):
                if edges[e]["chance"] < 0 or numbers[edges[e]["chance"]] != 0.0:
                    stands[edges[e]["target"]] = 1
        return digest

    return mark_day


def _build_follow(digest: int) -> Callable[..., Any]:
    @entry_point
    def follow_day(game, numbers, bounds, last, mass, later, taken, mixes, shares, ends):
        """Follow the profile through one day.

        Parameters
        ----------
        game, numbers, bounds, last, taken, mixes : as in `assess_day`
        mass, later : float64 (places,), probability of each place on the day, used up, and on the
            next; modified
        shares : float64 (most shares of a place,), overwritten
        ends : float64 (places,), the probability that play ends there on the day is added; modified

        Returns
        -------
        The digest of the sources that this code was compiled from.
        """
        places, edges, players, _ = game
        for p in range(bounds[1] - 1, bounds[0] - 1, -1):
            here, share = places[p], mass[p]
            if share == 0.0:
                continue
            mass[p] = 0.0
            kind, first = here["kind"], here["edge"]
            if kind == END:
                ends[p] += share
            elif kind == WAIT:
                hazard = 0.0 if here["hazard"] < 0 else numbers[here["hazard"]]
                if hazard > 0.0:
                    later[here["struck_late"] if last else here["struck"]] += share * hazard
                if hazard < 1.0:
                    later[here["expired"] if last else here["onward"]] += share * (1.0 - hazard)
            elif kind == NATURE:
                for e in range(first, here["stop_edge"]):
                    chance = 1.0 if edges[e]["chance"] < 0 else numbers[edges[e]["chance"]]
                    mass[edges[e]["target"]] += share * chance
            elif taken[here["column"]] >= 0:
                mass[edges[first + taken[here["column"]]]["target"]] += share
            elif load_shares(here, players, mixes, shares):
                for e in range(first, here["stop_edge"]):
                    weight, _ = share_of(here, players, e - first, -1, shares)
                    mass[edges[e]["target"]] += share * weight
        return digest

    return follow_day


DIGEST = source_digest(__name__)
mark_day = _build_mark(DIGEST)
follow_day = _build_follow(DIGEST)
