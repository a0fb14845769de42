"""From the root of a system to the equilibrium of a part of a tree."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gametheory_crisis.solvers.cutoffs.behaviours import NEVER, Behaviour, Group, behaviours
from gametheory_crisis.solvers.cutoffs.layout import Comparison, OwnSet
from gametheory_crisis.solvers.cutoffs.numbers import Part, Worths
from gametheory_crisis.solvers.cutoffs.payoffs import expected, type_results
from gametheory_crisis.solvers.cutoffs.play import (
    Played,
    SetPlay,
    cutoff,
    scores,
    typed_players,
)
from gametheory_crisis.solvers.cutoffs.replies import gains
from gametheory_crisis.solvers.cutoffs.roots import Root
from gametheory_crisis.solvers.cutoffs.system import System


class Assembled(NamedTuple):
    """An equilibrium of a part of a tree, and why there may be others beside it."""

    played: Played
    notes: tuple[str, ...]


def assemble(system: System, root: Root) -> Assembled:
    """The equilibrium that a root stands for."""
    if root.mixing:
        system = System(system.part, system.closing, mixing=True)
    part, players = system.part, behaviours(system, root)
    sets = {
        place.index: _set_play(system, players, player, place)
        for player, moves in enumerate(part.layout.moves)
        for place in moves.sets
    }
    types = {player: type_results(part, players, player) for player in typed_players(part.game)}
    played = Played(expected(part, [b.true for b in players]), sets, types)
    return Assembled(played, _notes(part, players))


# Notes


def _notes(part: Part, players: list[Behaviour]) -> tuple[str, ...]:
    """Why there may be equilibria beside this one."""
    notes = []
    for player, own in enumerate(players):
        if own.unsettled:
            notes.append(
                f"types of {part.game.tree.players[player]} to whom actions are worth the same "
                "take the earliest; they may do otherwise"
            )
    if any(
        _belief_matters(part, player, place) and _reached(part, players, player, place) == 0
        for player, moves in enumerate(part.layout.moves)
        for place in moves.sets
    ):
        notes.append("beliefs off the path: every type is thought to err alike")
    return tuple(notes)


def _belief_matters(part: Part, player: int, place: OwnSet) -> bool:
    """Whether what a player does at an information set may depend on what it believes there."""
    sequences, ends = part.layout.set_sequences[place.index], part.layout.set_ends[place.index]
    if len(sequences) > 1:
        return True
    for other, shocks in enumerate(part.owned):
        if other == player or not shocks or sequences[0, other] == 0:
            continue
        moves_later = len(np.unique(part.layout.moves[other].end_sequence[ends])) > 1
        if moves_later or np.any(part.slopes[player, list(shocks)][:, ends]):
            return True
    return False


# What is done at an information set


def _reached(part: Part, players: list[Behaviour], player: int, place: OwnSet) -> float:
    """How likely play is to get to an information set."""
    true = [own.true for own in players]
    leading = part.leading(place.index, player, true)
    return float(leading[0] * true[player].masses[0, place.before])


def _set_play(system: System, players: list[Behaviour], player: int, place: OwnSet) -> SetPlay:
    part, own = system.part, players[player]
    masses = own.true.masses[0]
    if masses[place.before] <= 0:
        masses = own.erring.masses[0]
    play = np.clip(masses[place.after] / masses[place.before], 0.0, 1.0)
    found = SetPlay(tuple(map(float, play / play.sum())), _reached(part, players, player, place))
    if system.informed[player] is None:
        return found
    comparison = next(c for c in part.comparisons[player] if c.place == place)
    erring = [behaviour.erring for behaviour in players]
    worths = part.worths(player, erring)
    information_set = part.game.tree.information_sets[place.index]
    unit = float(part.leading(place.index, player, erring)[0])
    unit *= part.game.discount[player] ** information_set.day
    owned = part.owned[player]
    names = tuple(part.game.shocks[shock].name for shock in owned)
    by_action = scores(worths, comparison, names, unit)
    ties = _ties(place, own.groups)
    if not ties and found.reached == 0 and _all_alike(worths, comparison):
        ties = found.play
    supports = {
        part.game.shocks[shock].name: (d.low, d.high)
        for shock, d in zip(owned, part.own(player), strict=True)
    }
    return SetPlay(
        found.play,
        found.reached,
        by_action,
        None if ties else cutoff(by_action, supports),
        ties,
    )


def _ties(place: OwnSet, groups: tuple[Group, ...]) -> tuple[float, ...]:
    """The probability of each action among the types that are indifferent between some of them."""
    for group in groups:
        passing = group.comparison.membership[:, place.after] > 0
        actions = passing[list(group.members)].any(axis=0)
        shares = group.shares @ passing
        if actions.sum() > 1 and shares.sum() > 0:
            return tuple(map(float, shares / shares.sum()))
    return ()


def _all_alike(worths: Worths, comparison: Comparison) -> bool:
    """Whether all that can be done at an information set is worth the same to all types."""
    found, _ = gains(worths, comparison)
    scale = (worths.sizes[0, 0] @ comparison.membership.T).max()
    flat = np.all(found[..., 1:] == 0)
    return bool(flat and np.abs(found[..., 0]).max() <= NEVER * scale)
