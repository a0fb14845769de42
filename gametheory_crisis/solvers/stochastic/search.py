"""Markov perfect equilibria of a stochastic game: which ways are tried, and what is selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from gametheory_crisis.errors import SolverError, UnsupportedGame
from gametheory_crisis.games.arithmetic import Number, greater
from gametheory_crisis.games.stochastic import (
    StationaryProfile,
    StochasticGame,
    stochastic_arrays,
)
from gametheory_crisis.solvers.stochastic.values import profile_values, regret

if TYPE_CHECKING:
    from gametheory_crisis.solvers.stochastic.mixed import Found

MAX_STATES = 2_000
"""States beyond which the linear systems, solved densely, take too long."""
MAX_EXACT_STATES = 200
"""States up to which equilibria are computed in rationals."""
STARTS = 8
SIMPLE = 10_000
"""Probabilities with no larger denominator are tried in rationals."""


@dataclass(frozen=True, slots=True)
class MarkovEquilibria:
    """What was found.

    Attributes
    ----------
    profiles : the equilibria, those selected
    notes : what stands against there being no others; empty where that is proven
    """

    profiles: tuple[StationaryProfile, ...]
    notes: tuple[str, ...]


def markov_equilibria(
    game: StochasticGame, *, method: str | None = None, select: str | None = None
) -> MarkovEquilibria:
    """Markov perfect equilibria of a game.

    Parameters
    ----------
    game : the game
    method : ``enumerate``, all pure profiles; ``logit``, the path of logit equilibria from the
        centroid; ``policy``, stage by stage from several starts, which in a game of perfect
        information is policy iteration. None is ``enumerate`` where the game is small enough; where
        it is not, or no pure profile is an equilibrium, one mixed equilibrium is looked for, and
        with the selections ``all`` and ``mixed`` as many as can be found
    select : ``all``, ``payoff``, ``mixed``, ``first`` or ``logit``; None is ``payoff``: of the
        equilibria found, the one with the largest sum of payoffs from the start

    Raises
    ------
    UnsupportedGame
        The game is too large, or the rule does not apply.
    SolverError
        No equilibrium was found; carries the payoffs of the best profile.
    """
    if len(game.sizes) > MAX_STATES:
        raise UnsupportedGame(
            f"play can come back to {len(game.sizes):,} places of choice, more than "
            f"{MAX_STATES:,}; narrow the state variables' ranges"
        )
    if select == "risk":
        raise UnsupportedGame("the selection 'risk' is for single stages of 2x2; take 'logit'")
    if select == "logit":
        if method not in (None, "logit"):
            raise UnsupportedGame(
                f"the selection 'logit' is a method of its own; leave out the method '{method}'"
            )
        method = "logit"
    if not game.sizes:  # play ends before anybody chooses
        return MarkovEquilibria(((),), ())
    if select == "mixed" and method in ("enumerate", "logit"):
        raise UnsupportedGame(
            f"the method '{method}' does not look for what the selection 'mixed' takes; "
            "leave one of them out"
        )
    wide = select in ("all", "mixed")
    found, notes = _by_default(game, wide) if method is None else _SEARCHES[method](game)
    if not found:
        raise SolverError("no Markov perfect equilibrium was found: " + "; ".join(notes))
    if len(found) == 1 and len(game.sizes) <= MAX_EXACT_STATES:
        from gametheory_crisis.solvers.stochastic.elimination import surviving_actions

        if surviving_actions(game).unique:
            return MarkovEquilibria(found, ())
    kept = _selected(select or "payoff", game, found)
    if len(kept) < len(found):
        rule = select or "payoff"
        notes.append(
            f"of {len(found)} equilibria found one is selected, by '{rule}'; the selection 'all' "
            "lists them"
        )
    return MarkovEquilibria(kept, tuple(notes))


Search: TypeAlias = tuple[tuple[StationaryProfile, ...], list[str]]
"""The equilibria found, and what stands against there being no others."""


def _by_default(game: StochasticGame, wide: bool) -> Search:
    """Pure equilibria, all mixed ones that can be found where those are wanted, or else one where
    there is no pure one."""
    from gametheory_crisis.solvers.stochastic.pure import pure_equilibria

    pure = pure_equilibria(game)
    found, notes = pure.profiles, []
    if pure.truncated:
        notes.append("so many profiles tie that not all pure equilibria are listed")
    if not pure.exhaustive:
        notes.append("there are too many pure profiles to try all of them")
    if wide:
        from gametheory_crisis.solvers.stochastic.mixed import mixed_equilibria

        mixed = mixed_equilibria(game, starts=STARTS)
        if not found or any(each.converged for each in mixed):
            mixed = [_settled(game, each) for each in mixed]
        found = _distinct([*found, *_mixed(game, mixed)])
        notes.append("mixed equilibria were looked for from several starts; there may be others")
    elif found:
        notes.append("mixed equilibria were not looked for; the selection 'all' does")
    else:
        from gametheory_crisis.solvers.stochastic.mixed import one_equilibrium

        found = _mixed(game, [_settled(game, one_equilibrium(stochastic_arrays(game)))])
        notes.append("the first equilibrium found; the selection 'all' looks for others")
    return found, notes


def _enumerated(game: StochasticGame) -> Search:
    from gametheory_crisis.solvers.stochastic.pure import MAX_PROFILES, pure_equilibria

    pure = pure_equilibria(game)
    if not pure.exhaustive:
        raise UnsupportedGame(
            f"there are more than {MAX_PROFILES:,} pure profiles, too many to enumerate"
        )
    if not pure.profiles:
        raise SolverError(
            f"none of {game.num_profiles:,} pure profiles is an equilibrium; leave out the method "
            "to look for mixed ones"
        )
    return pure.profiles, ["mixed equilibria were not looked for"]


def _by_logit(game: StochasticGame) -> Search:
    from gametheory_crisis.solvers.stochastic.mixed import logit_equilibrium

    found = _settled(game, logit_equilibrium(stochastic_arrays(game)))
    notes = ["the limit of the logit path is one equilibrium; there may be others"]
    return _mixed(game, [found]), notes


def _by_policy(game: StochasticGame) -> Search:
    from gametheory_crisis.solvers.stochastic.mixed import stage_iteration

    settled = stage_iteration(stochastic_arrays(game), starts=STARTS)
    if not settled:
        raise SolverError(f"from none of {STARTS} starts do stages settle; try the method 'logit'")
    notes = ["found stage by stage from several starts; there may be others"]
    return _distinct(_mixed(game, settled)), notes


_SEARCHES: dict[str, Callable[[StochasticGame], Search]] = {
    "enumerate": _enumerated,
    "logit": _by_logit,
    "policy": _by_policy,
}


def _settled(game: StochasticGame, found: Found) -> Found:
    """An equilibrium as it is, or else one close to the best profile that was met.

    Raises
    ------
    SolverError
        There is none; carries the payoffs of the best profile, and its regret.
    """
    if found.converged:
        return found
    from gametheory_crisis.solvers.stochastic.nearby import nearby_equilibrium

    near = nearby_equilibrium(game, found.profile)
    if near is not None:
        return near
    payoffs = tuple(float(payoff) for payoff in start_payoffs(game, found.profile))
    raise SolverError(
        f"the search did not converge: its best profile has a regret of {found.regret:.3g}",
        {"payoffs": payoffs, "regret": found.regret},
    )


# From floats to what is listed


def _mixed(game: StochasticGame, found: Sequence[Found]) -> tuple[StationaryProfile, ...]:
    """The profiles of equilibria found in floats, in rationals where those are equilibria too."""
    return tuple(_simplest(game, each.profile) for each in found if each.converged)


def _simplest(game: StochasticGame, profile: StationaryProfile) -> StationaryProfile:
    if len(game.sizes) > MAX_EXACT_STATES or any(isinstance(f, float) for f in game.factors):
        return profile
    simple = tuple(
        tuple(_ratios([float(share) for share in shares]) for shares in mixes) for mixes in profile
    )
    return simple if regret(game, simple) == 0 else profile


def _ratios(shares: Sequence[float]) -> tuple[Fraction, ...]:
    """Simple ratios close by; the likeliest action takes what is left, so that they add up to 1."""
    ratios = [Fraction(share).limit_denominator(SIMPLE) for share in shares]
    likeliest = shares.index(max(shares))
    ratios[likeliest] += 1 - sum(ratios)
    return tuple(ratios)


def _distinct(profiles: Sequence[StationaryProfile]) -> tuple[StationaryProfile, ...]:
    """The profiles without those that an earlier one is, but for rounding."""
    from gametheory_crisis.solvers.stochastic.mixed import SAME, apart

    kept: list[StationaryProfile] = []
    for profile in profiles:
        if all(apart(profile, other) > SAME for other in kept):
            kept.append(profile)
    return tuple(kept)


# Selection


def start_payoffs(game: StochasticGame, profile: StationaryProfile) -> list[Number]:
    """What the game is worth to each player from its start."""
    values = profile_values(game, profile)
    return [
        game.start.pays[i]
        + sum(
            share * factor**days * values[state][i]
            for (state, days), share in game.start.moves.items()
        )
        for i, factor in enumerate(game.factors)
    ]


def _selected(
    rule: str, game: StochasticGame, found: tuple[StationaryProfile, ...]
) -> tuple[StationaryProfile, ...]:
    if rule == "all":
        return found
    if rule == "mixed":
        return (max(found, key=lambda profile: (_support(profile), -_asymmetry(profile))),)
    best = 0
    if rule == "payoff":
        sums = [sum(start_payoffs(game, profile)) for profile in found]
        for index, total in enumerate(sums):
            if greater(total, sums[best]):
                best = index
    return (found[best],)


def _support(profile: StationaryProfile) -> int:
    """How many actions are played with positive probability."""
    return sum(share > 0 for mixes in profile for shares in mixes for share in shares)


def _asymmetry(profile: StationaryProfile) -> float:
    """The largest difference between what two players with as many actions do in a state."""
    worst = 0.0
    for mixes in profile:
        moving = [shares for shares in mixes if len(shares) > 1]
        for one in moving:
            for other in moving:
                if len(one) == len(other):
                    apart = max(abs(float(a - b)) for a, b in zip(one, other, strict=True))
                    worst = max(worst, apart)
    return worst
