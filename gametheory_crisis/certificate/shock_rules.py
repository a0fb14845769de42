"""Claimed rules of players with private numbers from a continuum: which type takes which action."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from gametheory_crisis.certificate.knowledge import InformationSet
from gametheory_crisis.certificate.profile import ROUNDING, is_distribution
from gametheory_crisis.certificate.shock_distributions import FloatArray, Shock
from gametheory_crisis.errors import SolverError
from gametheory_crisis.results import Choice, Score

TIE = 1e-9
"""Scores that differ by less than this, relative to the largest where that exceeds 1, are equal."""

_NEAR = 1e-6
"""Numbers on a grid are told apart down to this, relative to their size."""


@dataclass(frozen=True)
class Rule:
    """What each type does at one information set.

    A type is an array of the player's private numbers; a player without any has one type.

    Attributes
    ----------
    scores : shape (num_scores, 1 + num_shocks); per score its constant, then its slopes
    taken : shape (num_scores, num_actions); the probability of each action for the types whose
        largest score is this one
    """

    scores: FloatArray
    taken: FloatArray

    def behaviour(self, types: FloatArray) -> FloatArray:
        """The probability of each action, shape (..., num_actions), for types (..., num_shocks)."""
        if len(self.scores) == 1:
            return np.tile(self.taken[0], (*types.shape[:-1], 1))
        worth = self.scores[:, 0] + types @ self.scores[:, 1:].T
        return np.asarray(self.taken[np.argmax(worth, axis=-1)])

    @cached_property
    def switches(self) -> FloatArray:
        """Differences of scores, shape (num_switches, 1 + num_shocks): behaviour turns at zeros."""
        upper, lower = np.triu_indices(len(self.scores), 1)
        differ = (self.taken[upper] != self.taken[lower]).any(axis=1)
        upper, lower = upper[differ], lower[differ]
        lines = self.scores[upper] - self.scores[lower]
        turning = (lines[:, 1:] != 0).any(axis=1)
        lines, upper = lines[turning], upper[turning]
        if lines.shape[1] == 3 and len(lines):
            lines = lines[_on_top(self.scores, self.scores[upper], lines)]
        return np.asarray(lines)


def fixed_rule(play: Sequence[float], num_shocks: int) -> Rule:
    """The rule by which every type mixes alike."""
    return Rule(np.zeros((1, 1 + num_shocks)), np.array([play], dtype=np.float64))


def claimed_rule(choice: Choice, of: InformationSet, shocks: Sequence[Shock]) -> Rule:
    """The rule of a choice among scores.

    Raises
    ------
    SolverError
        If an action has no score, a score is none, or the probabilities of ties are none.
    """
    if len(of.actions) == 1 and not choice.scores:
        return fixed_rule([1.0], len(shocks))
    listed = _by_action(choice.scores, of)
    rows, owners = [], []
    for action, scores in enumerate(listed):
        if not scores:
            raise SolverError(f"no score of '{of.actions[action]}' in the choice of {of}")
        for score in scores:
            rows.append(_row(score, of, shocks))
            owners.append(action)
    table, owner = np.array(rows), np.array(owners)
    ties = _tie_shares(choice, of)
    alike = _alike(table, shocks)
    taken = np.array([_taken(owner[alike[row]], ties, of) for row in range(len(table))])
    return Rule(table, taken)


def _by_action(
    scores: Mapping[str, Sequence[Score]], of: InformationSet
) -> list[tuple[Score, ...]]:
    listed: list[tuple[Score, ...]] = [() for _ in of.actions]
    for name, given in scores.items():
        listed[_position(name, of)] = tuple(given)
    return listed


def _position(name: str, of: InformationSet) -> int:
    """Which action is meant; a number on a grid may be written in any way."""
    if name in of.actions:
        return of.actions.index(name)
    if of.numbers:
        try:
            number = float(name)
        except ValueError:
            number = math.nan
        misses = [abs(float(each) - number) for each in of.numbers]
        nearest = min(range(len(misses)), key=misses.__getitem__)
        if misses[nearest] <= _NEAR * max(1.0, abs(number)):
            return nearest
    raise SolverError(f"unavailable action '{name}' of {of}")


def _row(score: Score, of: InformationSet, shocks: Sequence[Shock]) -> list[float]:
    names = [shock.name for shock in shocks]
    foreign = score.slopes.keys() - set(names)
    if foreign:
        raise SolverError(f"a score reads '{min(foreign)}', which is unknown to {of}")
    row = [float(score.constant), *(float(score.slopes.get(name, 0.0)) for name in names)]
    if not all(map(math.isfinite, row)):
        raise SolverError(f"a score is not finite in the choice of {of}")
    return row


def _tie_shares(choice: Choice, of: InformationSet) -> list[float]:
    shares = [0.0] * len(of.actions)
    for name, share in choice.ties.items():
        shares[_position(name, of)] = float(share)
    if choice.ties and not is_distribution(shares):
        raise SolverError(f"the probabilities of ties are none in the choice of {of}")
    return shares


def _alike(table: FloatArray, shocks: Sequence[Shock]) -> FloatArray:
    """Which scores are the same for every type, shape (num_scores, num_scores), boolean."""
    corners = np.array(list(product(*(shock.usual for shock in shocks))))
    values = table[:, :1] + table[:, 1:] @ corners.T
    tolerance = TIE * max(1.0, float(np.abs(values).max()))
    distance = np.abs(values[:, None, :] - values[None, :, :]).max(axis=2)
    return np.asarray(distance <= tolerance)


def _taken(tied: FloatArray, ties: Sequence[float], of: InformationSet) -> list[float]:
    """The probability of each action where those in ``tied`` are worth the same."""
    actions = sorted({int(action) for action in tied})
    total = sum(ties[action] for action in actions)
    taken = [0.0] * len(of.actions)
    if len(actions) == 1 or total <= ROUNDING:
        taken[actions[0]] = 1.0
    else:
        for action in actions:
            taken[action] = ties[action] / total
    return taken


def _on_top(scores: FloatArray, first: FloatArray, lines: FloatArray) -> FloatArray:
    """Which lines in the plane of types, where ``first`` is one of two equal scores, matter.

    Along a line all other scores are affine, too; it matters where none of them is larger.
    """
    normal = lines[:, 1:]
    size = (normal**2).sum(axis=1, keepdims=True)
    foot = -lines[:, :1] * normal / size
    along = np.stack([-normal[:, 1], normal[:, 0]], axis=1) / np.sqrt(size)
    lead = scores[None, :, :] - first[:, None, :]
    level = lead[:, :, 0] + np.einsum("lsk,lk->ls", lead[:, :, 1:], foot)
    slope = np.einsum("lsk,lk->ls", lead[:, :, 1:], along)
    tolerance = TIE * max(1.0, float(np.abs(scores).max()))
    level = level - tolerance
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        bound = -level / slope
    flat = np.abs(slope) <= tolerance
    latest = np.where(~flat & (slope > 0), bound, np.inf).min(axis=1)
    earliest = np.where(~flat & (slope < 0), bound, -np.inf).max(axis=1)
    beaten = (flat & (level > 0)).any(axis=1)
    return np.asarray((earliest <= latest) & ~beaten)
