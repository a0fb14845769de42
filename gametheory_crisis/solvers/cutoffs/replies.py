"""The best reply of a player with shocks, as a realisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gametheory_crisis.games.continuum import Distribution
from gametheory_crisis.solvers.cutoffs.layout import Comparison, Floats, Moves
from gametheory_crisis.solvers.cutoffs.numbers import Realisation, Worths
from gametheory_crisis.solvers.cutoffs.regions import region

TREMBLE = 1e-40
"""Probability of a mistake: nothing beside any probability that play has."""
MISTAKEN = 1e-25
"""What is worth less than this share of all that is at stake happens by mistake alone."""
RELATIVE_TIE = 1e-12
LOOSE_TIE = 1e-11
"""Two plans tie where they differ by less, as a share of what the difference is made of; the loose
one serves where they have been found to tie by their reversal on both sides."""


class Informed(NamedTuple):
    """A player with shocks, as far as its own decisions go.

    Attributes
    ----------
    moves : what it can do
    comparisons : per information set its plans
    shocks : the distributions of its shocks
    moments : whether anybody else cares which of its types does what
    needed : sequences that matter even where nobody plays them: somebody moves behind them
    tie : plans tie that differ by less than this share
    """

    moves: Moves
    comparisons: tuple[Comparison, ...]
    shocks: tuple[Distribution, ...]
    moments: bool
    needed: NDArray[np.int64]
    tie: float = RELATIVE_TIE


class PlanMixture(NamedTuple):
    """How parallel plans are mixed: which they are, and (batches, plans) how likely each is."""

    members: tuple[int, ...]
    shares: Floats


def gains(
    worths: Worths, comparison: Comparison, tie: float = RELATIVE_TIE
) -> tuple[Floats, NDArray[np.bool_]]:
    """What each plan at an information set is worth more than each other one.

    Parameters
    ----------
    worths : what its sequences are worth

    Returns
    -------
    gains : (batches, plans, plans, 1 + shocks); 0 stands for rounding errors, and for what rests on
        mistakes alone beside something that does not
    tied : (batches, plans, plans) whether two different plans are worth the same to all types
    """
    batches, width, _ = worths.values.shape
    plans = comparison.num_plans
    found = worths.values @ comparison.differences.T
    scale = worths.sizes @ np.abs(comparison.differences).T
    stakes = worths.stakes @ np.abs(comparison.differences).T
    rounding = np.maximum(tie * scale, MISTAKEN * stakes[:, None, :])
    found = np.where(np.abs(found) <= rounding, 0.0, found)
    found = found.reshape(batches, width, plans, plans).transpose(0, 2, 3, 1)
    tied = (found == 0).all(axis=-1) & ~np.eye(plans, dtype=bool)
    return found, tied


def conditions(
    worths: Worths, comparison: Comparison, tie: float, *, latest: bool = False
) -> list[Floats]:
    """Per plan at an information set the conditions under which it is the best one.

    Types to whom plans are worth the same take the one of the earliest action, or of the latest.

    Returns
    -------
    list of float64 (batches, plans - 1, 1 + shocks); see `region`
    """
    found, tied = gains(worths, comparison, tie)
    order = np.arange(comparison.num_plans)
    sign = np.sign(order[None, :] - order[:, None]) * (-1.0 if latest else 1.0)
    found[..., 0] = np.where(tied, sign, found[..., 0])
    return [found[:, plan, order != plan] for plan in order]


def reply(who: Informed, worths: Worths, *, latest: bool = False) -> Realisation:
    """What a player with shocks does who knows what its sequences are worth."""
    batches = len(worths.values)
    masses = np.zeros((batches, who.moves.num_sequences))
    moments = np.zeros((batches, who.moves.num_sequences, len(who.shocks)))
    masses[:, 0] = 1
    moments[:, 0] = [shock.mean for shock in who.shocks]
    for comparison in who.comparisons:
        if comparison.place.before != 0:
            continue
        rows = conditions(worths, comparison, who.tie, latest=latest)
        for member, own in zip(comparison.membership, rows, strict=True):
            share, integral = region(own, who.shocks, moments=who.moments)
            masses += share[:, None] * member
            moments += integral[:, None, :] * member[:, None]
    return Realisation(masses, moments)


def parallel(worths: Worths, comparison: Comparison) -> list[tuple[int, ...]]:
    """Plans that all types rank alike: those whose worths rise alike with the player's shocks.

    Parameters
    ----------
    worths : a few batches that stand for all

    Returns
    -------
    The classes of more than one plan, each ascending
    """
    slopes = gains(worths, comparison)[0][..., 1:]
    alike = (slopes == 0).all(axis=(0, 3))
    classes = {tuple(int(k) for k in np.nonzero(row)[0]) for row in alike}
    return sorted(members for members in classes if len(members) > 1)


def mixing_reply(
    who: Informed, worths: Worths, mixtures: Mapping[int, Sequence[PlanMixture]]
) -> Realisation:
    """A reply in which parallel plans are mixed as told, each class where its best plan is best.

    Parameters
    ----------
    mixtures : by information set
    """
    batches = len(worths.values)
    masses = np.zeros((batches, who.moves.num_sequences))
    moments = np.zeros((batches, who.moves.num_sequences, len(who.shocks)))
    masses[:, 0] = 1
    moments[:, 0] = [shock.mean for shock in who.shocks]
    for comparison in who.comparisons:
        if comparison.place.before != 0:
            continue
        own = list(mixtures.get(comparison.place.index, ()))
        mixed = {plan for mixture in own for plan in mixture.members}
        own += [
            PlanMixture((plan,), np.ones((batches, 1)))
            for plan in range(comparison.num_plans)
            if plan not in mixed
        ]
        found, _ = gains(worths, comparison)
        own = [settled(mixture, found) for mixture in own]
        best = np.stack([_best(found, mixture.members) for mixture in own], axis=1)
        every = np.arange(batches)
        for k, mixture in enumerate(own):
            others = np.arange(len(own)) != k
            rows = found[every[:, None], best[:, k, None], best[:, others]]
            share, integral = region(_untied(rows, k), who.shocks, moments=who.moments)
            member = mixture.shares @ comparison.membership[list(mixture.members)]
            masses += share[:, None] * member
            moments += integral[:, None, :] * member[..., None]
    return Realisation(masses, moments)


def settled(mixture: PlanMixture, found: Floats) -> PlanMixture:
    """A mixture in which plans that differ only behind a mistake give way to the best of them.

    Parameters
    ----------
    found : the gains at the information set; see `gains`
    """
    members = list(mixture.members)
    if len(members) == 1:
        return mixture
    ahead = found[:, members][:, :, members, 0]
    stake = np.abs(found).max(axis=(1, 2, 3), initial=0.0)[:, None, None]
    better = np.where((ahead > 0) & (ahead < MISTAKEN * stake), ahead, 0.0)
    # Where nothing is better a plan stands for itself.
    better += np.where(better.max(axis=1, keepdims=True) == 0, np.eye(len(members)), 0.0)
    aim = better.argmax(axis=1)
    shares = np.zeros_like(mixture.shares)
    every = np.arange(len(shares))
    for k in range(len(members)):
        shares[every, aim[:, k]] += mixture.shares[:, k]
    return PlanMixture(mixture.members, shares)


def _best(found: Floats, members: tuple[int, ...]) -> NDArray[np.int64]:
    """Per batch the best of several parallel plans, the earliest on a tie."""
    ahead = found[:, list(members)][:, :, list(members), 0]
    best: NDArray[np.int64] = np.array(members)[(ahead >= 0).all(axis=2).argmax(axis=1)]
    return best


def _untied(rows: Floats, position: int) -> Floats:
    """Conditions on a class of plans, one that ties with it throughout won by the earlier one."""
    tied = (rows == 0).all(axis=-1)
    later = np.where(np.arange(rows.shape[1]) < position, -1.0, 1.0)
    rows[..., 0] = np.where(tied, later, rows[..., 0])
    return rows


def trembling(
    who: Informed, worths: Worths, played: Realisation, *, latest: bool = False
) -> Realisation:
    """A reply with mistakes, so rare that they matter only where nothing else leads.

    At each information set every type errs alike. So a sequence that no type would play belongs to
    the types that have to err least often to play it.
    """
    missing = ~np.all(played.masses[:, who.needed] > 0, axis=1)
    if not missing.any():
        return played
    masses, moments = played.masses.copy(), played.moments.copy()
    felt = who._replace(moments=True)
    rows = {
        sequence: [
            own
            for member, own in zip(
                c.membership, conditions(worths.at(missing), c, who.tie, latest=latest), strict=True
            )
            if member[sequence]
        ]
        for c in who.comparisons
        for sequence in range(c.place.first, c.place.first + c.place.num_actions)
    }
    for sequence, way in _ways(who.moves).items():
        for num_right in range(len(way)):
            weight = TREMBLE ** (len(way) - num_right)
            for right in combinations(way, num_right):
                for choice in product(*(rows[step] for step in right)):
                    share, integral = _common(felt, choice, int(missing.sum()))
                    masses[missing, sequence] += weight * share
                    moments[missing, sequence] += weight * integral
    return Realisation(masses, moments)


def _common(who: Informed, choice: tuple[Floats, ...], batches: int) -> tuple[Floats, Floats]:
    """Probability and moments of the types for whom several plans are the best ones."""
    if not choice:
        means = np.array([shock.mean for shock in who.shocks])
        return np.ones(batches), np.tile(means, (batches, 1))
    return region(np.concatenate(choice, axis=1), who.shocks, moments=True)


def _ways(moves: Moves) -> dict[int, tuple[int, ...]]:
    """Per sequence but the empty one all sequences on the way to it, itself included."""
    found: dict[int, tuple[int, ...]] = {0: ()}
    for place in moves.sets:
        for sequence in range(place.first, place.first + place.num_actions):
            found[sequence] = (*found[place.before], sequence)
    del found[0]
    return found
