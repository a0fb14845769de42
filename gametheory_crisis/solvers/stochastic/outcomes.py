"""How play under a stationary profile ends, and when: absorption in a Markov chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.games.stochastic import StationaryProfile, StochasticGame
from gametheory_crisis.solvers.stage_equilibria import profile_shares
from gametheory_crisis.solvers.stochastic.values import solve_sparse


@dataclass(frozen=True, slots=True)
class Endings:
    """How play ends.

    Attributes
    ----------
    outcomes : probability of each outcome that can happen, by index
    forever : probability that play never ends
    day : expected day of the end; None where play goes on for ever with positive probability
    """

    outcomes: Mapping[int, Number]
    forever: Number
    day: Number | None


def endings(game: StochasticGame, profile: StationaryProfile) -> Endings:
    """How play from the start on ends under a profile; exact where game and profile are."""
    chain = _chain(game, profile)
    ending = _may_end(chain)
    kept = [s for s in range(len(chain)) if s in ending]
    number = {s: k for k, s in enumerate(kept)}
    outcomes = sorted({outcome for steps in chain for outcome, _ in steps.ends})
    after = {
        outcome: _expected(chain, kept, number, [chain[s].share(outcome) for s in kept])
        for outcome in outcomes
    }
    start = game.start
    chances: dict[int, Number] = {}
    for (outcome, _), share in start.ends.items():
        chances[outcome] = chances.get(outcome, 0) + share
    for (state, _), share in start.moves.items():
        for outcome in outcomes:
            chance = after[outcome][number[state]] if state in number else 0
            if chance != 0:
                chances[outcome] = chances.get(outcome, 0) + share * chance
    never = _never(chain, ending, kept, number)
    forever = sum(share * never.get(state, 1) for (state, _), share in start.moves.items())
    if forever != 0:
        return Endings(chances, forever, None)
    days = _expected(chain, kept, number, [chain[s].days for s in kept])
    day: Number = sum(days_ * share for (_, days_), share in start.ends.items())
    for (state, later), share in start.moves.items():
        day += share * (later + days[number[state]])
    return Endings(chances, forever, day)


@dataclass(frozen=True, slots=True)
class _Steps:
    """One state's row of the chain: next states, ends, and the expected days until either."""

    moves: dict[int, Number]
    ends: dict[tuple[int, int], Number]
    days: Number

    def share(self, outcome: int) -> Number:
        """Probability of ending in an outcome before the next state."""
        return sum(share for (end, _), share in self.ends.items() if end == outcome)


def _chain(game: StochasticGame, profile: StationaryProfile) -> list[_Steps]:
    chain = []
    for mixes, rows in zip(profile, game.onward, strict=True):
        moves: dict[int, Number] = {}
        ends: dict[tuple[int, int], Number] = {}
        days: Number = 0
        for weight, onward in zip(profile_shares(mixes), rows, strict=True):
            if weight == 0:
                continue
            for (state, later), share in onward.moves.items():
                moves[state] = moves.get(state, 0) + weight * share
                days += weight * share * later
            for end, share in onward.ends.items():
                ends[end] = ends.get(end, 0) + weight * share
                days += weight * share * end[1]
        chain.append(_Steps(moves, ends, days))
    return chain


def _may_end(chain: Sequence[_Steps]) -> set[int]:
    """States from which play ends with positive probability."""
    before: dict[int, list[int]] = {}
    for s, steps in enumerate(chain):
        for target, share in steps.moves.items():
            if share != 0:
                before.setdefault(target, []).append(s)
    found: set[int] = set()
    stack = [s for s, steps in enumerate(chain) if any(share != 0 for share in steps.ends.values())]
    while stack:
        s = stack.pop()
        if s not in found:
            found.add(s)
            stack.extend(before.get(s, ()))
    return found


def _never(
    chain: Sequence[_Steps], ending: set[int], kept: Sequence[int], number: Mapping[int, int]
) -> dict[int, Number]:
    """For states that may end: the probability of getting to one that may not."""
    lost = [
        sum(share for target, share in chain[s].moves.items() if target not in ending) for s in kept
    ]
    if all(share == 0 for share in lost):
        return dict.fromkeys(kept, 0)
    return dict(zip(kept, _expected(chain, kept, number, lost), strict=True))


def _expected(
    chain: Sequence[_Steps], kept: Sequence[int], number: Mapping[int, int], right: Sequence[Number]
) -> list[Number]:
    """Expected total of ``right`` on the way through the kept states."""
    rows: list[dict[int, Number]] = []
    for k, s in enumerate(kept):
        row: dict[int, Number] = {k: 1}
        for target, share in chain[s].moves.items():
            if target in number:
                row[number[target]] = row.get(number[target], 0) - share
        rows.append(row)
    return solve_sparse(rows, list(right))
