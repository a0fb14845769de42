"""Claimed choices on the path of daily offers, held against what the rules give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeAlias

import numpy as np

from gametheory_crisis.certificate.arrays import Floats, Values
from gametheory_crisis.certificate.profile import offers_of
from gametheory_crisis.certificate.screening_account import Account, PathDay, Stop
from gametheory_crisis.certificate.screening_paths import Player
from gametheory_crisis.certificate.screening_positions import NONE
from gametheory_crisis.certificate.screening_tables import Flags
from gametheory_crisis.errors import SolverError
from gametheory_crisis.results import Choice

SAME = 1e-7
"""Probabilities, and offers as a share of the larger of 1 and their size, may be off by this."""
REACHED = 1e-9
"""What is reached with less probability is not compared."""

Play: TypeAlias = Mapping[str, Floats]
"""The probability of each action, per type where types are finitely many, else one for all."""


class _Place(NamedTuple):
    node: str
    day: int
    play: Play


def offers_by_day(node: str, strategies: Mapping[str, tuple[Choice, ...]]) -> dict[int, float]:
    """The claimed offers that are no lotteries."""
    return {
        choice.day: float(choice.offer)
        for choice in strategies.get(node, ())
        if choice.offer is not None and not choice.offers
    }


def check_claims(
    player: Player,
    days: list[PathDay],
    account: Account,
    strategies: Mapping[str, tuple[Choice, ...]],
) -> None:
    """Compare the choices at places that the path reaches.

    Raises
    ------
    SolverError
        If one does not follow from the rules; the message names the place.
    """
    groups: dict[tuple[str, int, str], list[Choice]] = {}
    for node, choices in strategies.items():
        for choice in choices:
            groups.setdefault((node, choice.day, choice.type), []).append(choice)
    claims: dict[tuple[str, int], list[Choice]] = {}
    for (node, day, _), alike in groups.items():
        claims.setdefault((node, day), []).append(_together(alike))
    for day, path in enumerate(days):
        for choice in claims.get((player.game.offer.name, day), ()):
            _check_offer(player, path, choice, f"'{player.game.offer.name}' on day {day}")
    for place in _places(player, days, account) if claims else ():
        for choice in claims.get((place.node, place.day), ()):
            _check_play(player, place, choice)


def _together(choices: list[Choice]) -> Choice:
    """One choice for all that stand at a place, after different draws of the proposer."""
    total = sum(choice.reached for choice in choices)
    if len(choices) == 1 or not total > 0:
        return choices[0]
    shares = [choice.reached / total for choice in choices]
    play = {
        action: sum(w * c.play.get(action, 0.0) for w, c in zip(shares, choices, strict=True))
        for action in choices[0].play
    }
    offers = tuple(
        (x, w * share)
        for w, choice in zip(shares, choices, strict=True)
        if choice.offer is not None
        for x, share in offers_of(choice)
    )
    return replace(choices[0], play=play, offers=offers)


def _check_offer(player: Player, path: PathDay, choice: Choice, where: str) -> None:
    reach = player.game.positions.mass(np.zeros_like(path.states), path.states) * path.odds_of
    total = float(np.sum(reach))
    if not total > REACHED:
        return
    claimed = [(float(x), float(share)) for x, share in offers_of(choice)]
    own = list(zip(map(float, path.offers), map(float, reach / total), strict=True))
    for offer, _ in claimed + own:
        width = SAME * max(1.0, abs(offer))
        said, found = (
            sum(share for x, share in lottery if abs(x - offer) <= width)
            for lottery in (claimed, own)
        )
        if not abs(said - found) <= SAME:
            raise SolverError(
                f"the offer {offer:g} is made at {where} with probability {said:g} by the choice "
                f"and {found:g} by the rules"
            )


def _places(player: Player, days: list[PathDay], account: Account) -> Iterator[_Place]:
    """The finite choices on the path."""
    game = player.game
    for day, path in enumerate(days):
        taken = _by_type(player, path.after, path.states)
        kept = _by_type(player, np.zeros_like(path.after), path.after)
        weights = account.survival[day] * path.odds_of[:, None]
        play = {game.deal.name: weights * taken, game.refusal.name: weights * kept}
        yield _Place(game.answer.name, day, _over_rows(player, play))
    for stop in account.stops():
        for day in np.unique(stop.days):
            yield from _stop_places(player, stop, stop.days == day)


def _by_type(player: Player, low: Floats, high: Floats) -> Floats:
    """The probability of intervals of positions, (intervals, types); one type for a continuum."""
    positions = player.game.positions
    if not positions.names:
        return positions.mass(low, high)[:, None]
    return positions.nodes(low, high, NONE)[1]


def _stop_places(player: Player, stop: Stop, rows: Flags) -> Iterator[_Place]:
    """The choices in a subgame that is reached on one day, from some of its states."""
    positions, day = player.game.positions, int(stop.days[rows][0])
    states, weights = stop.place.states[rows], (stop.chance * stop.place.odds_of)[rows]
    mass = weights * positions.mass(np.zeros_like(states), states)
    for (node, later), (reach, play) in stop.expected.plays.items():
        reached = mass * np.broadcast_to(reach, rows.shape)[rows]
        shares = {
            name: np.atleast_1d(np.sum(reached * np.broadcast_to(each, rows.shape)[rows]))
            for name, each in play.items()
        }
        yield _Place(node, day + later, shares)
    for (node, later), informed in stop.over_types.plays.items():
        play = {name: weights[:, None] * np.asarray(each)[rows] for name, each in informed.items()}
        yield _Place(node, day + later, _over_rows(player, play))


def _over_rows(player: Player, play: Mapping[str, Values]) -> Play:
    """Sums over states, and over a continuum's types."""
    by_type = bool(player.game.positions.names)
    return {
        name: np.sum(each, axis=0) if by_type else np.atleast_1d(np.sum(each))
        for name, each in play.items()
    }


def _check_play(player: Player, place: _Place, choice: Choice) -> None:
    names = list(player.game.positions.names)
    shares = dict(place.play)
    if choice.type and len(next(iter(shares.values()))) == len(names):
        k = names.index(choice.type)
        shares = {action: each[k : k + 1] for action, each in shares.items()}
    totals = {action: float(np.sum(each)) for action, each in shares.items()}
    reached = sum(totals.values())
    if not reached > REACHED:
        return
    for action, total in totals.items():
        said, found = float(choice.play.get(action, 0.0)), total / reached
        if not abs(said - found) <= max(SAME, REACHED / reached):
            whom = f"{choice.player} of type {choice.type}" if choice.type else choice.player
            raise SolverError(
                f"{whom} plays '{action}' at '{place.node}' on day {place.day} with probability "
                f"{said:g} by the choice and {found:g} by the rules"
            )
