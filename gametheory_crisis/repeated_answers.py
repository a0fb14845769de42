"""What the solvers of repeated games find, as results."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from gametheory_crisis.games.arithmetic import Number
from gametheory_crisis.repeated_results import (
    ANY,
    Automaton,
    CriticalDiscount,
    PayoffSet,
    Play,
    Vertices,
)
from gametheory_crisis.solvers.repeated.abreu_sannikov import abreu_sannikov
from gametheory_crisis.solvers.repeated.automata import Actions, Mix, Profile
from gametheory_crisis.solvers.repeated.incentives import (
    DiscountSet,
    nash_set,
    subgame_perfect_set,
)
from gametheory_crisis.solvers.repeated.motion import choices
from gametheory_crisis.solvers.repeated.penal_codes import least_patience
from gametheory_crisis.solvers.repeated.stage_facts import StageFacts

Names = tuple[tuple[str, ...], tuple[str, ...]]
CONCEPTS = {"subgame_perfect": "subgame perfect", "nash": "Nash"}
PENAL_CODE = "penal_code"


def critical_of_profile(
    stage: StageFacts,
    names: Names,
    strategy: str,
    profile: Profile,
    target: Actions,
    hazard: Fraction,
    concept: str,
) -> CriticalDiscount:
    """Where a profile is an equilibrium.

    Parameters
    ----------
    names : of the actions
    concept : one of `CONCEPTS`
    """
    ways = [choices(stage, profile, i) for i in range(2)]
    where = subgame_perfect_set if concept == "subgame_perfect" else nash_set
    groups = (ways, ways[:1], ways[1:])
    both, first, second = (_scaled(where(group, 1 - hazard), hazard) for group in groups)
    return CriticalDiscount(
        strategy=strategy,
        concept=CONCEPTS[concept],
        target=(names[0][target[0]], names[1][target[1]]),
        payoffs=stage.payoffs(target),
        critical=_least(both),
        discounts=both.intervals,
        thresholds=(_least(first), _least(second)),
        hazard=hazard,
        note=_note(both),
        automaton=automaton_of(profile, names),
    )


def critical_of_penal_code(
    stage: StageFacts, names: Names, target: Actions, hazard: Fraction
) -> CriticalDiscount:
    """Where the hardest punishments sustain a target."""
    found = least_patience(stage, target)
    value = found.critical
    intervals = () if value is None else ((value, Fraction(1)),)
    scaled = _scaled(DiscountSet(intervals, False), hazard)
    if found.code is not None:
        note = f"no punishment in pure actions does better than {found.code[0]}"
    elif value is not None:
        note = "found by bisection on the set of equilibrium payoffs, to 1e-9"
    else:
        note = "nothing in pure actions sustains the target up to a discount factor of 0.99"
    least = _least(scaled)
    return CriticalDiscount(
        strategy=PENAL_CODE,
        concept=CONCEPTS["subgame_perfect"],
        target=(names[0][target[0]], names[1][target[1]]),
        payoffs=stage.payoffs(target),
        critical=least,
        discounts=scaled.intervals,
        thresholds=(least, least),
        hazard=hazard,
        note=note,
        automaton=None if found.code is None else automaton_of(found.code[1], names),
    )


def payoff_set(stage: StageFacts, asked: Fraction, discount: Fraction) -> PayoffSet:
    """The set of equilibrium payoffs, by Abreu and Sannikov.

    Parameters
    ----------
    asked, discount : the discount factor, and what is left of it where there is a hazard
    """
    found = abreu_sannikov(stage, discount)
    vertices = tuple(found.vertices)
    sure = found.error is not None
    return PayoffSet(
        delta=asked,
        method="abreu_sannikov",
        vertices=vertices,
        inner=vertices if sure else None,
        exact=found.exact,
        error=found.error,
        threats=_worst(vertices),
        steps=found.steps,
        note="" if sure else "settled in floating point; no inner polygon confirms it",
    )


def bracketed_set(
    stage: StageFacts, asked: Fraction, discount: Fraction, directions: int | None
) -> PayoffSet:
    """The set of equilibrium payoffs, by Judd, Yeltekin and Conklin; see `payoff_set`."""
    from gametheory_crisis.solvers.repeated.judd_yeltekin_conklin import (
        DIRECTIONS,
        judd_yeltekin_conklin,
    )

    found = judd_yeltekin_conklin(stage, discount, directions or DIRECTIONS)
    outer, inner = tuple(found.outer), tuple(found.inner)
    known = bool(inner) or not outer
    return PayoffSet(
        delta=asked,
        method="jyc",
        vertices=outer,
        inner=inner if known else None,
        exact=False,
        error=found.error if known else None,
        threats=_worst(outer),
        steps=found.steps,
        note="" if known else "no inner polygon was found",
    )


def _scaled(found: DiscountSet, hazard: Fraction) -> DiscountSet:
    """Discount factors that are worth the found ones once the hazard counts."""
    if not hazard:
        return found

    def scaled(value: Number) -> Number:
        kept = 1 - hazard
        return value / (kept if isinstance(value, Fraction) else float(kept))

    pairs = [(scaled(low), scaled(high)) for low, high in found.intervals]
    return DiscountSet(
        tuple((low, min(high, Fraction(1))) for low, high in pairs if low <= 1), found.limit
    )


def _least(found: DiscountSet) -> Number | None:
    if found.intervals:
        return found.intervals[0][0]
    return Fraction(1) if found.limit else None


def _note(found: DiscountSet) -> str:
    if not found.intervals:
        return "only in the limit as the discount factor goes to 1" if found.limit else "nowhere"
    if len(found.intervals) == 1 and found.intervals[0][1] == 1:
        return ""
    parts = [
        f"at {float(low):.6g}" if low == high else f"from {float(low):.6g} to {float(high):.6g}"
        for low, high in found.intervals
    ]
    return f"only {' and '.join(parts)}"


def _worst(vertices: Vertices) -> tuple[Number, Number] | None:
    if not vertices:
        return None
    return min(x for x, _ in vertices), min(y for _, y in vertices)


def automaton_of(profile: Profile, actions: Names) -> Automaton:
    """A profile by name; what most pairs of actions lead to stands under ``"*"``."""
    pairs = [(first, second) for first in actions[0] for second in actions[1]]
    moves: dict[str, dict[tuple[str, str] | str, str]] = {}
    for name, row in zip(profile.names, profile.onward, strict=True):
        usual = Counter(row).most_common(1)[0][0]
        listed: dict[tuple[str, str] | str, str] = {
            seen: profile.names[after]
            for seen, after in zip(pairs, row, strict=True)
            if after != usual
        }
        moves[name] = {**listed, ANY: profile.names[usual]}
    play = {
        name: (_play(mixes[0], actions[0]), _play(mixes[1], actions[1]))
        for name, mixes in zip(profile.names, profile.plays, strict=True)
    }
    return Automaton(play, moves, profile.names[profile.start])


def _play(mix: Mix, names: tuple[str, ...]) -> Play:
    if Fraction(1) in mix:
        return names[mix.index(Fraction(1))]
    return {name: share for name, share in zip(names, mix, strict=True) if share}
