"""What types gain along the path of daily offers by stopping at their best time."""

from __future__ import annotations

import numpy as np

from gametheory_crisis.certificate.arrays import Floats
from gametheory_crisis.certificate.screening_account import Account, PathDay
from gametheory_crisis.certificate.screening_paths import Player
from gametheory_crisis.certificate.screening_tables import SNAP

NUM_TYPES = 25
"""Types spread over the range whose best stopping is compared with their rule."""
BESIDE = 1e-6
"""How far from the states of the path further types are tried."""


def type_regret(player: Player, days: list[PathDay], account: Account) -> float:
    """The most that a type gains on a day of the path by stopping at its best time after it."""
    if account.expiry is None:
        raise ValueError("an account of no path")
    game, factor = player.game, player.game.discount[player.game.informed]
    positions = _types_to_try(player, days)
    numbers = game.positions.numbers(positions)
    final, struck = account.expiry, _struck(account, numbers)
    takes, worths, paid = _offers(player, days, positions)
    best = final.subgame.informed_all(final.days, final.expected, numbers)
    best = claimed = np.broadcast_to(best, (len(final.days), len(positions)))
    gains, end = [], len(worths)
    for day in reversed(range(len(days))):
        path, hazard = days[day], game.hazards[day]
        rows = slice(end - len(path.states), end)
        end = rows.start
        if hazard and struck is not None:
            later = len(best)
            here, struck = struck[-later:], struck[:-later]
            best = hazard * here + (1 - hazard) * best
            claimed = hazard * here + (1 - hazard) * claimed
        best = np.maximum(paid[rows] + factor * _back(path, best), worths[rows])
        claimed = np.where(takes[rows], worths[rows], paid[rows] + factor * _back(path, claimed))
        # The rules speak of the types left; one that ought to have taken an earlier offer does
        # whatever is best for it, and nobody else's choice hangs on it.
        claimed = np.where(positions > path.states[:, None] + SNAP, best, claimed)
        gains.append(best - claimed)
    return float(np.max(np.concatenate(gains), initial=0.0))


def _offers(
    player: Player, days: list[PathDay], positions: Floats
) -> tuple[Floats, Floats, Floats]:
    """Whether types take offers, what those are worth to them, and what a refusal pays."""
    game = player.game
    offers = np.concatenate([path.offers for path in days])[:, None]
    day = np.repeat(np.arange(len(days)), [len(path.states) for path in days])[:, None]
    numbers = game.positions.numbers(positions)
    shape = (len(offers), len(positions))
    demands = player.demands(day, np.broadcast_to(positions, shape), np.zeros(1, bool))
    flows = (
        np.broadcast_to(flow(game.informed, day, offers, numbers), shape)
        for flow in (game.accepting, game.refusing)
    )
    return player.signs[day] * offers >= demands, *flows


def _struck(account: Account, numbers: dict[str, Floats]) -> Floats | None:
    """What breakdowns are worth to types in all states in which they strike, in order of days."""
    stop = account.breakdown
    if stop is None:
        return None
    found = stop.subgame.informed_all(stop.days, stop.expected, numbers)
    return np.broadcast_to(found, (len(stop.days), found.shape[-1]))


def _back(path: PathDay, onward: Floats) -> Floats:
    """From the rows of the next day to those of this one, (rows, types)."""
    if len(path.states) == len(onward) == 1:
        return onward
    first, second = path.next_rows()
    odds = np.where(first == second, 0.0, path.odds)[:, None]
    return np.where(odds > 0, (1 - odds) * onward[first] + odds * onward[second], onward[first])


def _types_to_try(player: Player, days: list[PathDay]) -> Floats:
    spread = (np.arange(NUM_TYPES) + 0.5) / NUM_TYPES
    every = max(1, len(days) // NUM_TYPES)
    states = np.concatenate([path.after[:1] for path in days[::every]])
    near = np.concatenate([states, np.array(player.game.positions.kinks)])
    tried = np.concatenate([spread, near - BESIDE, near + BESIDE, [0.0, 1.0]])
    return np.unique(np.clip(tried, 0.0, 1.0))
