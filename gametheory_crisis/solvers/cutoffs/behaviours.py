"""How everybody plays at the root of a system, mixtures of indifferent types included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gametheory_crisis.solvers.cutoffs.layout import Comparison, Floats
from gametheory_crisis.solvers.cutoffs.numbers import Realisation, Worths
from gametheory_crisis.solvers.cutoffs.replies import (
    LOOSE_TIE,
    Informed,
    PlanMixture,
    gains,
    reply,
    settled,
    trembling,
)
from gametheory_crisis.solvers.cutoffs.roots import Root
from gametheory_crisis.solvers.cutoffs.system import System
from gametheory_crisis.solvers.cutoffs.ties import blended
from gametheory_crisis.solvers.cutoffs.unknowns import Blend, behaviour

TIED_MASS = 1e-11
"""Indifferent types less likely than this do not count."""
NEVER = 1e-9
"""A plan that is mixed in with less than this is not taken."""


class Group(NamedTuple):
    """Plans between which types are indifferent, and how likely these types take each.

    Attributes
    ----------
    comparison : the information set with which the plans begin
    shares : per plan; 0 for those of other types
    """

    comparison: Comparison
    members: tuple[int, ...]
    shares: Floats


class Behaviour(NamedTuple):
    """How a player plays.

    Attributes
    ----------
    true : its realisation
    erring : the same with mistakes, for what is never reached
    groups : how its indifferent types mix
    unsettled : whether nothing pins down how they mix
    """

    true: Realisation
    erring: Realisation
    groups: tuple[Group, ...] = ()
    unsettled: bool = False


def behaviours(system: System, root: Root) -> list[Behaviour]:
    """How everybody plays: the closing player's reply, then the replies to it."""
    unknowns = root.unknowns[None, :]
    sure, erring = system.others(unknowns, mistakes=False), system.others(unknowns)
    players = [Behaviour(*pair) for pair in zip(sure, erring, strict=True)]
    closing = system.closing
    if closing is not None and system.informed[closing] is not None:
        players[closing] = _reply(system, closing, erring, root)
        erring = [behaviour.erring for behaviour in players]
    for player, who in enumerate(system.informed):
        if who is not None and player != closing:
            target = players[player].true.masses
            found = _reply(system, player, erring, root, target)
            players[player] = found._replace(
                true=Realisation(target, found.true.moments),
                erring=Realisation(players[player].erring.masses, found.erring.moments),
            )
    return players


def _reply(
    system: System,
    player: int,
    everybody: list[Realisation],
    root: Root,
    target: Floats | None = None,
) -> Behaviour:
    """The best reply that belongs to a root.

    Where indifferent types mix as no unknown tells, they do so as to reach the masses ``target``.
    """
    who = system.informed[player]
    if who is None:
        raise ValueError("a player without shocks has no reply in cutoffs")
    who = who._replace(moments=True, tie=LOOSE_TIE if target is not None else who.tie)
    worths = system.part.worths(player, everybody)
    if root.mixing:
        best = system.best(player, who, worths, root.unknowns[None, :])
        groups = tuple(
            _blended(root, blend, worths) for blend in system.blends if blend.player == player
        )
        return Behaviour(best, trembling(who, worths, best), groups)
    first = reply(who, worths)
    if not any(gains(worths, comparison, who.tie)[1].any() for comparison in who.comparisons):
        return Behaviour(first, trembling(who, worths, first))
    last = reply(who, worths, latest=True)
    shift = (last.masses - first.masses)[0]
    widest = int(np.abs(shift).argmax())
    if abs(shift[widest]) <= TIED_MASS:
        return Behaviour(first, trembling(who, worths, first))
    late = root.latest
    if target is not None:
        late = float(np.clip((target - first.masses)[0, widest] / shift[widest], 0.0, 1.0))
    mistaken = trembling(who, worths, first), trembling(who, worths, last, latest=True)
    return Behaviour(
        blended(first, last, late),
        blended(mistaken[0], mistaken[1], late),
        tuple(_tied_groups(who, worths, late)),
        # A mixture inside (0, 1) is pinned down by somebody else's indifference.
        unsettled=late in (0.0, 1.0),
    )


def _blended(root: Root, blend: Blend, worths: Worths) -> Group:
    mixture = PlanMixture(blend.members, behaviour(root.unknowns[None, blend.at]))
    shares = np.zeros(blend.comparison.num_plans)
    shares[list(blend.members)] = settled(mixture, gains(worths, blend.comparison)[0]).shares[0]
    shares[shares < NEVER] = 0
    members = tuple(k for k in blend.members if shares[k] > 0)
    return Group(blend.comparison, members, shares / shares.sum())


def _tied_groups(who: Informed, worths: Worths, late: float) -> Iterator[Group]:
    """Plans of equal worth, of which the earliest and the latest are taken."""
    for comparison in who.comparisons:
        if comparison.place.before != 0:
            continue
        alike = gains(worths, comparison, who.tie)[1][0] | np.eye(comparison.num_plans, dtype=bool)
        for members in {tuple(map(int, np.nonzero(row)[0])) for row in alike}:
            if len(members) > 1:
                shares = np.zeros(comparison.num_plans)
                shares[members[0]], shares[members[-1]] = 1 - late, late
                yield Group(comparison, members, shares)
